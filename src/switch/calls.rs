//! Calls in hand: inputs to their machines, and what the machines want done.

use std::collections::BTreeSet;
use std::time::Instant;

use bytes::Bytes;
use dialer::zones::{Clock, Whereabouts};
use dialer::{Outcome, outcomes, pacer};
use routing::{
    AgentId, CallId, CampaignId, KeptPlace, QueueId, Refused, StateName, Target, Work, WorkflowId,
};
use store::{Event, Party as By};

use super::answering::Heard;
use super::desk::LastCall;
use super::failover::Path;
use super::legs::Ending;
use super::lines::access::Access;
use super::voicemail::left_message;
use super::workflows::Led;
use super::{Now, Output, Owner, Settings, Switch, streams};
use crate::call::{Call, Effect, Input, Origin, State, Wanted};

/// A call with what the switch needs to know beside its machine.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) call: Call,
    pub(super) ending: Ending,
    /// Its way through a carrier's addresses.
    pub(super) path: Path,
    /// We gave it up while it rang: a DNC entry, a stopped campaign.
    pub(super) cancelled: bool,
    /// Whoever answered never sent a packet.
    pub(super) no_media: bool,
    /// Which clock the person is called by whom we dialled.
    pub(super) clock: Clock,
    /// Where they may be.
    pub(super) lives: Option<Whereabouts>,
    /// The agent or the desk ended it.
    pub(super) hung_up_by: Option<By>,
    /// The campaign it is counted in.
    pub(super) campaign: Option<CampaignId>,
    /// The queue it waits or waited in.
    pub(super) queue: Option<QueueId>,
    /// The queue that its record says it waits in, until an agent has it.
    pub(super) told_queue: Option<QueueId>,
    /// The queue that it last came to, and when.
    pub(super) came: Option<(QueueId, Instant)>,
    /// The queues whose caller it is counted as.
    pub(super) offered: BTreeSet<QueueId>,
    /// How often it was sent elsewhere.
    pub(super) overflows: u8,
    /// Where it is to go now, if not where it was meant for.
    pub(super) wanted: Option<Wanted>,
    /// When a workflow passed it to the first that its caller asked for; else its answer counts.
    pub(super) asked_at: Option<Instant>,
    /// Its way through a workflow, until that sends it on.
    pub(super) led: Option<Box<Led>>,
    /// Its way to be an agent's line.
    pub(super) access: Option<Box<Access>>,
    /// The place in line that its caller kept.
    pub(super) kept: Option<KeptPlace>,
    /// The workflow that is to lead it, instead of an agent or queue.
    pub(super) to_workflow: Option<WorkflowId>,
    /// An agent sent it there, which some agents receive while paused (R150).
    pub(super) transferred: bool,
    /// The call that stands and falls with it.
    pub(super) mate: Option<CallId>,
    /// Present where somebody listens to who answered.
    pub(super) heard: Option<Heard>,
    pub(super) started: Instant,
    pub(super) since: Instant,
}

impl Slot {
    pub(super) fn new(now: Now, call: Call, campaign: Option<CampaignId>) -> Self {
        Self {
            call,
            ending: Ending::default(),
            path: Path::default(),
            cancelled: false,
            no_media: false,
            clock: Clock::default(),
            lives: None,
            hung_up_by: None,
            campaign,
            queue: None,
            told_queue: None,
            came: None,
            offered: BTreeSet::new(),
            overflows: 0,
            wanted: None,
            asked_at: None,
            led: None,
            access: None,
            kept: None,
            to_workflow: None,
            transferred: false,
            mate: None,
            heard: None,
            started: now.at,
            since: now.at,
        }
    }

    /// Whom its caller has asked for; none where a workflow still asks, and for whom we called.
    pub(super) fn meant(&self) -> Option<Wanted> {
        match self.call.origin {
            Origin::Inbound { wanted, .. } => self.wanted.or(wanted),
            _ => self.wanted,
        }
    }
}

impl Switch {
    /// Gives an input to a call and does what it wants done.
    pub(super) fn drive(&mut self, now: Now, id: CallId, input: Input, out: &mut Vec<Output>) {
        let Some(slot) = self.calls.get_mut(&id) else { return };
        let (before, due) = (slot.call.state(), slot.call.deadline());
        let mut effects = vec![];
        slot.call.handle(now.at, input, &mut effects);
        let (after, queue) = (slot.call.state(), slot.queue);
        if after != before {
            slot.since = now.at;
        }
        self.alarms.replace(due, slot.call.deadline(), Owner::Call(id));
        self.rest_talk(now, id, after);
        match (before, after) {
            (State::Stored { .. }, State::Stored { .. }) => {}
            (_, State::Stored { by, .. }) => self.floor.parked(by, id, queue),
            (State::Stored { .. }, _) => self.floor(|floor, o| floor.unparked(now.at, id, o)),
            _ => {}
        }
        self.touch_call(id);
        self.note_rescue(id);
        for effect in effects {
            self.perform(now, id, effect, out);
        }
    }

    fn perform(&mut self, now: Now, id: CallId, effect: Effect, out: &mut Vec<Output>) {
        let customer = self.calls.get(&id).and_then(|slot| slot.call.customer);
        // The plane knows no stream before offer and answer have met.
        let near = self.calls.get(&id).and_then(|slot| self.near(slot));
        let near = near.filter(|stream| self.streams.is_open(*stream));
        match effect {
            Effect::Dial => self.invite_customer(now, id, out),
            Effect::Seek => self.seek(now, id, out),
            Effect::Lead => self.lead_by_time(now, id, out),
            Effect::Withdraw => {
                let agent = self.floor.owner(id);
                self.floor(|floor, o| floor.withdraw(now.at, id, o));
                // A prompt may end, and nobody must be heard through the row behind it.
                streams::part(&near.into_iter().collect::<Vec<_>>(), out);
                if let Some(agent) = agent {
                    self.muted.remove(&agent);
                    self.reroute(agent, out);
                }
            }
            Effect::Connect(agent) if self.line_up(agent).is_none() => {
                out.push(Output::Warn(format!("call {id}: no line to connect it to")));
            }
            Effect::Connect(agent) => {
                self.reroute(agent, out);
                let theirs = self.is_with(id, agent);
                if let Some(line) = self.line_up(agent).filter(|_| theirs) {
                    self.measure_line(agent, Some(id), out);
                    self.measure_others(id, Some(agent), out);
                    self.record(now, id, (agent, line.stream), out);
                    self.begin_talk(now, (id, agent), out);
                    if let Some(stream) = near {
                        self.miss(now, stream, out);
                    }
                }
            }
            Effect::Separate(agent) => {
                streams::part(&near.into_iter().collect::<Vec<_>>(), out);
                self.reroute(agent, out);
            }
            Effect::Music => {
                let music = self.calls.get(&id).and_then(|slot| self.music_of(slot));
                if let Some(stream) = near {
                    streams::music(stream, music, out);
                }
            }
            Effect::Ringback => {
                if let Some(stream) = near {
                    streams::ringback(stream, self.country_of(id), out);
                }
            }
            Effect::Bridge(other) => self.bridge(id, other, out),
            Effect::Notice => self.notice(now, id, out),
            Effect::Message => self.message(id, out),
            Effect::Greet => self.greet(id, out),
            Effect::Tone => self.take_down(now, id, out),
            Effect::Hush => {
                if let Some(stream) = near {
                    streams::hush(stream, out);
                }
            }
            Effect::CallBack(agent) => self.ring_line(now, agent, out),
            Effect::HangUp => {
                if let Some(party) = customer {
                    self.sip(out, |sip, o| sip.hang_up(now.at, party.leg, None, o));
                }
            }
            Effect::Finished => self.conclude(now, id, out),
        }
    }

    /// The permit is durable: the INVITE leaves.
    fn invite_customer(&mut self, now: Now, id: CallId, out: &mut Vec<Output>) {
        let Some(slot) = self.calls.get(&id) else { return };
        let Some(trunk) = slot.call.origin.dials() else { return };
        if let Err(why) = self.give_leg(now, id, trunk, None, out) {
            out.push(Output::Warn(format!("call {id}: {why}")));
            self.drive(now, id, Input::LegEnded, out);
        }
    }

    /// The customer's 200 came.
    pub(super) fn call_answered(
        &mut self,
        now: Now,
        id: CallId,
        sdp: Option<&Bytes>,
        out: &mut Vec<Output>,
    ) {
        let Some(slot) = self.calls.get(&id) else { return };
        let Some(party) = slot.call.customer else { return };
        let (campaign, origin) = (slot.campaign, slot.call.origin);
        // What an early UPDATE agreed stands (RFC 3311), and the answer says no more of it.
        let agreed = match sdp {
            None if self.streams.is_open(party.stream) => Ok(None),
            sdp => self.streams.accept(party.stream, sdp.map_or(&[], |sdp| &sdp[..])).map(Some),
        };
        match agreed {
            Ok(agreed) => {
                if let Some(agreed) = agreed {
                    self.open_stream(party.stream, agreed, out);
                }
                self.measure_customer(party.stream, out);
            }
            Err(error) => {
                out.push(Output::Warn(format!(
                    "call {id}: an answer that cannot be used: {error}"
                )));
                self.drive(now, id, Input::HangUp, out);
                return;
            }
        }
        self.write(now, Event::CallAnswered { call: id }, out);
        if let Some(trunk) = origin.dials() {
            let number = self.calls.get(&id).and_then(|slot| slot.call.called.parse().ok());
            self.trunks.answered(now, trunk, id, number);
            self.served(id);
        }
        if let (Origin::Dialled { attempt, .. }, Some(campaign)) = (origin, campaign)
            && let Some(campaign) = self.campaigns.get_mut(&campaign)
        {
            campaign.answered(attempt);
        }
        if let (Origin::Dialled { attempt, .. }, Some(campaign)) = (origin, campaign) {
            self.picked_up(now, id, (campaign, attempt), out);
            self.count_campaign(campaign, |counts| counts.answered += 1);
        }
        match origin {
            Origin::Dialled { by: Some(agent), .. } => self.reached(now, id, agent, out),
            Origin::Consult { about, .. } => self.third_answered(now, id, about, out),
            Origin::Forwarded { about, .. } => self.forward_answered(now, id, about, out),
            Origin::Line { agent, .. } => self.phone_answered(now, id, agent, out),
            _ => self.drive(now, id, Input::Answered, out),
        }
    }

    /// Asks the floor for an agent.
    pub(super) fn seek(&mut self, now: Now, id: CallId, out: &mut Vec<Output>) {
        let Some(slot) = self.calls.get(&id) else { return };
        if let Origin::Access { .. } = slot.call.origin {
            return self.begin_access(now, id, out);
        }
        if let Some(workflow) = slot.to_workflow {
            return self.follow_sent(now, id, workflow, out);
        }
        if let Some(closed) = self.after_hours(now, slot) {
            return self.overflow(now, id, closed, out);
        }
        let rescue = slot.call.connected_to().is_some();
        let (campaign, transfer) = (slot.campaign, slot.transferred);
        let work = match (slot.call.origin, slot.wanted) {
            (Origin::Consult { .. }, Some(wanted)) => Work::colleague(target(wanted)),
            (Origin::Consult { .. } | Origin::Forwarded { .. }, None)
            | (Origin::Line { .. } | Origin::Access { .. }, _) => {
                return self.drive(now, id, Input::HangUp, out);
            }
            (Origin::Inbound { wanted: None, did, .. }, None) => {
                return self.follow_did(now, id, did, out);
            }
            (_, Some(wanted)) | (Origin::Inbound { wanted: Some(wanted), .. }, None) => {
                Work { campaign, transfer, ..Work::inbound(target(wanted)) }
            }
            (Origin::Dialled { campaign, .. }, None) => {
                let due = match self.campaigns.get(&campaign) {
                    Some(campaign) if !rescue => {
                        self.connect_by(now, slot, campaign.settings().connect_within_ms)
                    }
                    _ => now.at + Settings::RESCUE_WAIT,
                };
                let work = Work::answered(campaign, due);
                match self.made_for(slot).filter(|_| !rescue) {
                    Some(agent) => Work { target: Target::Agent(agent), ..work },
                    None => work,
                }
            }
        };
        self.offer(now, id, work, out);
    }

    /// The agent that a call was made for, while they are ready to take it.
    fn made_for(&self, slot: &Slot) -> Option<AgentId> {
        let agent = slot.path.made_for?;
        let view = self.floor.agent(agent)?;
        (view.state().name() == StateName::Ready && view.line.persistent).then_some(agent)
    }

    /// A call found its agent: both are connected, or the call has gone on meanwhile.
    pub(super) fn connect(&mut self, now: Now, reserved: routing::Reserved, out: &mut Vec<Output>) {
        let (agent, id) = (reserved.agent(), reserved.call());
        if self.places.of_next(id).is_some() {
            return self.place_assigned(now, reserved, out);
        }
        if self.must_be_rung(agent) {
            return self.ring_for(now, reserved, out);
        }
        if let Err(refused) = self.floor(|floor, o| floor.connect(now.at, reserved, o)) {
            out.push(Output::Warn(format!("call {id}: {refused}")));
            return;
        }
        self.connected(now, id, agent, out);
        self.drive(now, id, Input::Assigned(agent), out);
    }

    /// Writes that an agent has the call now, and counts it once.
    pub(super) fn connected(
        &mut self,
        now: Now,
        id: CallId,
        agent: AgentId,
        out: &mut Vec<Output>,
    ) {
        let Some(slot) = self.calls.get_mut(&id) else { return };
        slot.told_queue = None;
        let answered = slot.asked_at.or(slot.call.answered_at()).unwrap_or(now.at);
        let waited = now.at.saturating_duration_since(answered);
        let first = slot.call.connected_to().is_none();
        let queue = slot.queue.filter(|_| first);
        if let (Origin::Dialled { attempt, .. }, Some(id)) = (slot.call.origin, slot.campaign)
            && let Some(campaign) = self.campaigns.get_mut(&id)
        {
            campaign.connected(attempt);
            if first {
                self.tell(now, id, pacer::Event::Connected(attempt));
            }
        }
        let level = queue.and_then(|id| self.floor.queue(id)).map(|queue| queue.service_level_ms);
        let in_time = level.is_some_and(|ms| waited <= Settings::millis(ms));
        self.count_queue(queue, |counts| {
            counts.answered += 1;
            counts.in_time += u64::from(in_time);
        });
        if let Some(queue) = queue {
            self.waits.entry(queue).or_default().taken(now.at, answered);
        }
        let answer_to_agent_us = u64::try_from(waited.as_micros()).unwrap_or(u64::MAX);
        self.write(now, Event::CallConnected { call: id, agent, answer_to_agent_us }, out);
        self.promise_kept(now, id, first, out);
        self.place_reached(now, id, out);
    }

    /// Nobody came in time: the customer hears why, and it is counted once.
    fn notice(&mut self, now: Now, id: CallId, out: &mut Vec<Output>) {
        let Some(slot) = self.calls.get(&id) else { return };
        let Some(party) = slot.call.customer else { return };
        let (campaign, queue) = (slot.campaign, slot.queue);
        let abandoned = slot.call.was_abandoned();
        let words = self.notice_of(now, slot);
        if let (Origin::Dialled { attempt, .. }, true) = (slot.call.origin, abandoned) {
            let event = Event::CallAbandoned { call: id, campaign, queue, noticed: true };
            self.write(now, event, out);
            // Not at the end of the notice: the next decision must know.
            if let Some(running) = campaign.and_then(|id| self.campaigns.get_mut(&id)) {
                running.abandoned(attempt);
            }
            if let Some(campaign) = campaign {
                self.tell(now, campaign, pacer::Event::Abandoned(attempt));
                self.pace.insert(campaign);
            }
        }
        streams::notice(party.stream, words, out);
    }

    /// Whoever answered hears what the campaign has to say; no agent is to come.
    fn message(&mut self, id: CallId, out: &mut Vec<Output>) {
        let Some(slot) = self.calls.get(&id) else { return };
        let (Some(party), Some(campaign)) = (slot.call.customer, slot.campaign) else { return };
        let Some(campaign) = self.campaigns.get_mut(&campaign) else { return };
        if let Origin::Dialled { attempt, .. } = slot.call.origin {
            campaign.hears_message(attempt);
        }
        let name = campaign.settings().message.clone().unwrap_or_default();
        streams::notice(party.stream, name, out);
    }

    /// The agent holds the customer.
    pub(super) fn hold(
        &mut self,
        now: Now,
        agent: AgentId,
        out: &mut Vec<Output>,
    ) -> Result<(), Refused> {
        self.floor(|floor, o| floor.hold(now.at, agent, o))?;
        if let Some(call) = self.call_of(agent) {
            self.write(now, Event::CallHeld { call }, out);
            self.drive(now, call, Input::Hold, out);
        }
        Ok(())
    }

    /// The agent takes the customer back.
    pub(super) fn resume(
        &mut self,
        now: Now,
        agent: AgentId,
        out: &mut Vec<Output>,
    ) -> Result<(), Refused> {
        self.floor(|floor, o| floor.resume(now.at, agent, o))?;
        if let Some(call) = self.call_of(agent) {
            self.write(now, Event::CallResumed { call }, out);
            self.drive(now, call, Input::Resume, out);
        }
        Ok(())
    }

    /// The call that the agent has in hand.
    pub(super) fn call_of(&self, agent: AgentId) -> Option<CallId> {
        self.floor.agent(agent)?.state().owns()
    }

    /// Whether this agent talks in the call, holds it or is called back for it.
    pub(super) fn is_with(&self, call: CallId, agent: AgentId) -> bool {
        self.calls.get(&call).is_some_and(|slot| slot.call.agent() == Some(agent))
    }

    /// A caller who met no agent is counted once: as abandoned, or as overflowed where they heard
    /// the notice, left a message or were put through elsewhere.
    fn count_unmet(&mut self, now: Now, slot: &Slot, out: &mut Vec<Output>) {
        let unmet = slot.call.answered_at().is_some() && slot.call.connected_to().is_none();
        // Whom a workflow has still, and who came for nobody else, has asked for nobody.
        let unmet = unmet && (slot.led.is_none() || slot.meant().is_some());
        let (true, Origin::Inbound { .. }) = (unmet, slot.call.origin) else { return };
        // Who kept a place is counted as that, and is told of by it.
        if slot.kept.is_some() {
            return;
        }
        let (campaign, queue) = (slot.campaign, slot.queue);
        let noticed = slot.call.was_abandoned();
        // Without an agent there is talk only with the number that a caller was sent on to.
        let elsewhere = !slot.call.times(now.at).talk.is_zero() || left_message(now, slot);
        self.count_queue(queue, |counts| {
            counts.overflowed += u64::from(noticed || elsewhere);
            counts.abandoned += u64::from(!noticed && !elsewhere);
        });
        if !elsewhere {
            let call = slot.call.id;
            self.write(now, Event::CallAbandoned { call, campaign, queue, noticed }, out);
        }
    }

    /// The call is over: its record is written, its attempt resolved, its stream closed.
    fn conclude(&mut self, now: Now, id: CallId, out: &mut Vec<Output>) {
        let Some(slot) = self.calls.remove(&id) else { return };
        self.ladders.close(id);
        self.touch_gone(id);
        self.end_recording(id, out);
        self.end_verdict(now, id, false, out);
        self.measure_others(id, None, out);
        self.end_talk(now, id, out);
        if let Some(party) = slot.call.customer {
            self.close_stream(now, party.stream, out);
        }
        if let Some(trunk) = slot.call.origin.trunk() {
            self.trunks.ended(now, trunk, id);
            if slot.path.reserved {
                self.trunks.give_back(trunk);
            }
        }
        self.count_unmet(now, &slot, out);
        if let Some(agent) = slot.call.connected_to() {
            self.last_calls.insert(agent, LastCall::of(&slot));
        }
        let times = slot.call.times(now.at);
        let ended = Event::CallEnded {
            call: id,
            by: ended_by(&slot),
            sip: slot.ending.code,
            q850: slot.ending.q850,
            ring_ms: millis(times.ring),
            talk_ms: millis(times.talk),
            hold_ms: millis(times.hold),
            wait_ms: millis(times.wait),
        };
        self.end_try(now, &slot, out);
        self.write(now, ended, out);
        self.let_others_know(now, &slot, out);
        // Whoever kept a place in line is called for it again.
        let for_place = self.places.of_next(id).is_some();
        self.place_follows(now, &slot, out);
        if let Origin::Dialled { campaign, attempt, lead, trunk, by } = slot.call.origin {
            let outcome = outcome_of(&slot);
            self.cli_told(now, &slot, outcome, times.talk, out);
            let failed = outcome == Outcome::CarrierFailure;
            if let Some(line) = self.trunks.get_mut(trunk).filter(|_| failed) {
                line.failures += 1;
            }
            let (sip, q850) = match slot.call.answered_at() {
                None => (slot.ending.code, slot.ending.q850),
                Some(_) => (None, slot.ending.q850),
            };
            self.attempts.remove(&attempt);
            let lead = self.resolve(now, (campaign, attempt, lead), outcome, (sip, q850), out);
            let elsewhere = failed && !for_place && !slot.cancelled && !slot.path.rang;
            if let Some(lead) = lead.filter(|_| elsewhere) {
                let mut path = slot.path;
                path.trunks.insert(trunk);
                self.redial(now, campaign, (lead, by), path, out);
            }
        }
    }
}

/// The target on the floor.
fn target(wanted: Wanted) -> Target {
    match wanted {
        Wanted::Agent(agent) => Target::Agent(agent),
        Wanted::Queue(queue) => Target::Queue(queue),
    }
}

pub(super) fn outcome_of(slot: &Slot) -> Outcome {
    let call = &slot.call;
    if call.answered_at().is_some() {
        // R108: who is called to hear a message has heard it, machine or person.
        if call.was_delivered() {
            return Outcome::Delivered;
        }
        if call.met_machine() {
            return Outcome::Machine;
        }
        if slot.no_media {
            return Outcome::NoMedia;
        }
        return match (call.was_abandoned(), call.connected_to()) {
            (true, _) => Outcome::Abandoned,
            (false, Some(_)) => Outcome::Connected,
            (false, None) => Outcome::HungUp,
        };
    }
    if slot.cancelled {
        return Outcome::Cancelled;
    }
    let reason = slot.ending.reason.as_deref().unwrap_or_default();
    Outcome::from_signalling(outcomes::Signalling {
        sip: slot.ending.code.filter(|code| *code >= 300),
        q850: slot.ending.q850,
        rang: slot.path.rang,
        rang_out: call.rang_out(),
        network_block: outcomes::is_network_block(reason),
    })
}

fn ended_by(slot: &Slot) -> By {
    match (slot.hung_up_by, slot.ending.by_us, slot.ending.by_network) {
        (Some(by), true, _) => by,
        (_, true, _) => By::Switch,
        (_, false, true) => By::Network,
        (_, false, false) => By::Customer,
    }
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// The states in which an attempt has not been answered yet.
pub(super) fn is_ringing(state: State) -> bool {
    matches!(state, State::Cleared | State::Dialling { .. })
}
