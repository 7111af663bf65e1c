//! Callers whom a workflow leads (R157, R158, R161, R174).
//!
//! ```text
//!  a DID, or an overflow ─▶ Led: clips, keys, hours, questions to the edge
//!                             └─▶ queue, agent, mailbox, number outside, or the end of the call
//! ```
//! A call keeps the version it began with, whatever is saved meanwhile. Each step is in the journal
//! by its name; keys and values are not. Who hangs up in a workflow, or is hung up on by one, has
//! asked for nobody and is not counted as abandoned, unless they came there from somebody whom they
//! had asked for.

use std::collections::BTreeMap;
use std::sync::Arc;

use dialer::zones::Zone;
use routing::workflows::{Act, Answer, Exit, Input as Step, Moment, Question, Run};
use routing::{CallId, DidId, DidTarget, Mailbox, Number, Overflow, Workflow, WorkflowId};
use store::Event;

use super::{Now, Output, Switch, streams};
use crate::call::{Input, Origin, State, Wanted};

/// The workflows in force.
#[derive(Debug, Default)]
pub(super) struct Workflows {
    newest: BTreeMap<WorkflowId, (Arc<Workflow>, u64)>,
}

/// A call's way through one version of a workflow.
#[derive(Debug)]
pub(super) struct Led {
    workflow: WorkflowId,
    version: u64,
    run: Run,
}

/// What a workflow asks of the edge; [`Input::Answered`](super::Input::Answered) answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// For which call.
    pub call: CallId,
    /// Comes back with the answer.
    pub ticket: u64,
    /// What.
    pub question: Question,
}

impl Switch {
    /// New calls are led by this version; those in a workflow keep theirs.
    pub(super) fn set_workflow(&mut self, workflow: Workflow, version: u64) {
        // Two that are saved at once may be told in the other order.
        let known = self.workflows.newest.get(&workflow.id);
        if known.is_none_or(|(_, told)| *told <= version) {
            self.workflows.newest.insert(workflow.id, (Arc::new(workflow), version));
        }
    }

    pub(super) fn remove_workflow(&mut self, id: WorkflowId) {
        self.workflows.newest.remove(&id);
    }

    /// A caller of a number whose target is a workflow.
    pub(super) fn follow_did(&mut self, now: Now, id: CallId, did: DidId, out: &mut Vec<Output>) {
        match self.directory.did_by_id(did).map(|did| did.target) {
            Some(DidTarget::Workflow { workflow }) => self.follow(now, id, workflow, out),
            _ => self.drive(now, id, Input::Unserved, out),
        }
    }

    /// An agent sent the customer to a workflow.
    pub(super) fn follow_sent(
        &mut self,
        now: Now,
        id: CallId,
        workflow: WorkflowId,
        out: &mut Vec<Output>,
    ) {
        if let Some(slot) = self.calls.get_mut(&id) {
            slot.to_workflow = None;
        }
        self.follow(now, id, workflow, out);
    }

    /// Begins a workflow; where there is none any more, nobody is here.
    pub(super) fn follow(
        &mut self,
        now: Now,
        id: CallId,
        workflow: WorkflowId,
        out: &mut Vec<Output>,
    ) {
        let newest = self.workflows.newest.get(&workflow).cloned();
        let slot = self.calls.get_mut(&id).filter(|slot| slot.call.customer.is_some());
        let (Some(slot), Some((settings, version))) = (slot, newest) else {
            return self.drive(now, id, Input::Unserved, out);
        };
        let (calling, called) = match slot.call.origin {
            Origin::Inbound { .. } => (&slot.call.calling, &slot.call.called),
            // The customer's number is the one that we called.
            _ => (&slot.call.called, &slot.call.calling),
        };
        let run = Run::new(settings, calling, called);
        slot.led = Some(Box::new(Led { workflow, version, run }));
        self.drive(now, id, Input::Led(now.at), out);
        self.lead(now, id, Step::Begin, out);
    }

    /// Gives an input to the workflow of a call and does what it wants done.
    pub(super) fn lead(&mut self, now: Now, id: CallId, input: Step, out: &mut Vec<Output>) {
        let led = self.calls.get_mut(&id).and_then(|slot| slot.led.as_mut());
        let Some(led) = led else { return self.drive(now, id, Input::Unserved, out) };
        let mut acts = vec![];
        let local = |zone: &str| Some(Zone::named(zone)?.local(now.wall));
        led.run.handle(Moment { at: now.at, local: &local }, input, &mut acts);
        if let Some(until) = led.run.deadline() {
            self.drive(now, id, Input::Led(until), out);
        }
        for act in acts {
            self.act(now, id, act, out);
        }
    }

    /// A caller in a workflow pressed a key.
    pub(super) fn lead_by_key(&mut self, now: Now, id: CallId, key: char, out: &mut Vec<Output>) {
        let led = self.calls.get(&id).is_some_and(|slot| slot.led.is_some());
        if led && self.is_led(id) {
            self.lead(now, id, Step::Key(key), out);
        }
    }

    /// The time of what leads a call is over.
    pub(super) fn lead_by_time(&mut self, now: Now, id: CallId, out: &mut Vec<Output>) {
        if self.is_access(id) {
            self.access(now, id, routing::call_in::Input::Tick, out);
        } else {
            self.lead(now, id, Step::Tick, out);
        }
    }

    /// The clip of a ticket was played to its end.
    pub(super) fn lead_on(&mut self, now: Now, id: CallId, ticket: u64, out: &mut Vec<Output>) {
        let step = routing::call_in::Input::Played(ticket);
        if !self.is_led(id) {
            return;
        }
        if self.is_access(id) {
            self.access(now, id, step, out);
        } else {
            self.lead(now, id, Step::Played(ticket), out);
        }
    }

    /// The clip that is to be played now is not there.
    pub(super) fn lead_past(&mut self, now: Now, id: CallId, out: &mut Vec<Output>) {
        if self.access_past(now, id, out) {
            return;
        }
        let led = self.calls.get(&id).and_then(|slot| slot.led.as_ref());
        if let Some(ticket) = led.map(|led| led.run.ticket()) {
            self.lead_on(now, id, ticket, out);
        }
    }

    /// The edge answered a question, in time or not.
    pub(super) fn lead_answered(
        &mut self,
        now: Now,
        (id, ticket): (CallId, u64),
        answer: Answer,
        out: &mut Vec<Output>,
    ) {
        if self.is_led(id) {
            self.lead(now, id, Step::Answered(ticket, answer), out);
        }
    }

    /// Whether a workflow or an access number leads the call.
    pub(super) fn is_led(&self, id: CallId) -> bool {
        let state = self.calls.get(&id).map(|slot| slot.call.state());
        matches!(state, Some(State::Led { .. }))
    }

    fn act(&mut self, now: Now, id: CallId, act: Act, out: &mut Vec<Output>) {
        let Some(slot) = self.calls.get(&id) else { return };
        let (Some(party), Some(led)) = (slot.call.customer, slot.led.as_ref()) else { return };
        match act {
            Act::Enter(step) => {
                let (workflow, version) = (led.workflow, led.version);
                self.write(now, Event::CallLed { call: id, workflow, version, step }, out);
            }
            Act::Play { clip, ticket } => streams::clip(party.stream, clip, ticket, out),
            Act::Forbid { number } => self.opt_out_by_step(now, id, number, out),
            Act::Quiet => streams::play(party.stream, media::Prompt::Silence, out),
            Act::Ask { ticket, question } => {
                out.push(Output::Ask(Asked { call: id, ticket, question }));
            }
            Act::Leave(exit) => self.lead_out(now, id, exit, out),
        }
    }

    /// The workflow is done with the call.
    fn lead_out(&mut self, now: Now, id: CallId, exit: Exit, out: &mut Vec<Output>) {
        match exit {
            Exit::Queue { queue } => {
                self.caller_arrived(now, id, queue);
                self.pass_on(now, id, Wanted::Queue(queue), out);
            }
            Exit::Agent { agent } => self.pass_on(now, id, Wanted::Agent(agent), out),
            Exit::Voicemail { mailbox } => {
                self.want(
                    id,
                    match mailbox {
                        Mailbox::Agent { agent } => Wanted::Agent(agent),
                        Mailbox::Queue { queue } => Wanted::Queue(queue),
                    },
                );
                self.take_message(now, id, out);
            }
            Exit::Number { number } => self.send_to(now, id, number, out),
            Exit::HangUp => self.drive(now, id, Input::HangUp, out),
        }
    }

    /// Our own number is reached here: by a carrier it would come round for ever (FAULTS F24).
    fn send_to(&mut self, now: Now, id: CallId, number: Number, out: &mut Vec<Output>) {
        match self.directory.did(number).map(|did| did.target) {
            Some(DidTarget::Queue { queue }) => {
                self.lead_out(now, id, Exit::Queue { queue }, out);
            }
            Some(DidTarget::Agent { agent }) => {
                self.lead_out(now, id, Exit::Agent { agent }, out);
            }
            Some(DidTarget::Workflow { workflow }) => {
                self.overflow(now, id, Overflow::Workflow { workflow }, out);
            }
            Some(DidTarget::CallIn) => self.drive(now, id, Input::Unserved, out),
            None => self.forward(now, id, number, out),
        }
    }

    fn pass_on(&mut self, now: Now, id: CallId, wanted: Wanted, out: &mut Vec<Output>) {
        if let Some(slot) = self.calls.get_mut(&id).filter(|slot| slot.meant().is_none()) {
            slot.asked_at = Some(now.at);
        }
        self.want(id, wanted);
        if let (Some(slot), Wanted::Queue(queue)) = (self.calls.get_mut(&id), wanted) {
            (slot.queue, slot.told_queue) = (Some(queue), Some(queue));
            // Its record says so even where an agent is free and nobody waits.
            self.write(now, Event::CallQueued { call: id, queue }, out);
        }
        self.drive(now, id, Input::Sent, out);
    }

    /// From here on the call is meant for somebody, and no workflow leads it.
    fn want(&mut self, id: CallId, wanted: Wanted) {
        if let Some(slot) = self.calls.get_mut(&id) {
            (slot.wanted, slot.transferred, slot.led) = (Some(wanted), false, None);
        }
    }
}
