//! Supervision: a supervisor listens to an agent, whispers, barges in, takes over, sends a word.
//!
//! A supervisor takes part by a line of their own, at the agent's table, from one conversation to
//! the next until told to stop: a standing monitor. Nothing is heard of it, neither a click nor a
//! re-INVITE, because it is one media command. Who takes calls does not supervise, so both an
//! agent who is ready and one with work in hand are refused. Every act is in the journal (issue 5).

use admin_api::control::{CommandError, Reply, Supervise, Supervisor};
use admin_api::live::LiveEvent;
use routing::{AgentId, Cause, StateName};
use store::Event;

use super::consult::illegal;
use super::desk::{LastCall, refused};
use super::{Now, Output, Switch};
use crate::call::table::Ear;
use crate::call::{Input, Origin, State};

impl Switch {
    /// Carries a supervisor's act out, and writes it down where it was.
    pub(super) fn supervise(
        &mut self,
        now: Now,
        agent: AgentId,
        by: &Supervisor,
        act: Supervise,
        out: &mut Vec<Output>,
    ) -> Result<Reply, CommandError> {
        if self.floor.agent(agent).is_none() {
            return Err(CommandError::Unknown);
        }
        let (word, call) = (act.word(), self.call_of(agent));
        let reply = match act {
            Supervise::Listen => self.watch(agent, by, Ear::Listen, out),
            Supervise::Whisper => self.watch(agent, by, Ear::Whisper, out),
            Supervise::Barge => self.watch(agent, by, Ear::Barge, out),
            Supervise::Stop => {
                self.unwatch(own_line(by)?, out);
                Ok(Reply::Done)
            }
            Supervise::TakeOver => self.take_over(now, agent, by, out),
            Supervise::Message { text } => {
                let from = by.name.clone();
                out.push(Output::Live(LiveEvent::Message { to: agent, from, text }));
                Ok(Reply::Done)
            }
            Supervise::Force(verb) => self.agent_verb(now, (agent, Cause::Supervisor), verb, out),
        }?;
        let record = Event::Supervised { agent, user: by.user, act: word.to_owned(), call };
        self.write(now, record, out);
        self.touched.agents.insert(agent);
        Ok(reply)
    }

    /// The agent asks for help, or needs none any more.
    pub(super) fn ask_for_help(&mut self, agent: AgentId, reason: Option<String>) {
        match reason {
            Some(reason) => drop(self.help.insert(agent, reason)),
            None => drop(self.help.remove(&agent)),
        }
        self.touched.agents.insert(agent);
    }

    /// The supervisor is at nobody's table any more.
    pub(super) fn unwatch(&mut self, boss: AgentId, out: &mut Vec<Output>) {
        let mut left = vec![];
        self.watched.retain(|agent, bosses| {
            left.extend(bosses.remove(&boss).map(|_| *agent));
            !bosses.is_empty()
        });
        if left.is_empty() {
            return;
        }
        // First their own line falls silent, and then nobody hears them.
        self.reroute(boss, out);
        for agent in left {
            self.reroute(agent, out);
            self.touched.agents.insert(agent);
        }
    }

    fn watch(
        &mut self,
        agent: AgentId,
        by: &Supervisor,
        ear: Ear,
        out: &mut Vec<Output>,
    ) -> Result<Reply, CommandError> {
        let boss = own_line(by)?;
        if boss == agent {
            return Err(illegal("nobody supervises themselves"));
        }
        let state = self.floor.agent(boss).map(|view| view.state().name());
        if !matches!(state, Some(StateName::NotReady | StateName::Paused)) {
            return Err(illegal("clock in and pause first: who takes calls does not supervise"));
        }
        if self.line_up(boss).is_none() {
            return Err(illegal("the supervisor's line is down; it must come up first"));
        }
        if self.watched.get(&agent).and_then(|bosses| bosses.get(&boss)).is_none() {
            self.unwatch(boss, out);
        }
        let bosses = self.watched.entry(agent).or_default();
        if bosses.len() >= BOSSES_MAX && !bosses.contains_key(&boss) {
            return Err(illegal("as many supervisors as may already listen to the agent"));
        }
        bosses.insert(boss, ear);
        self.help.remove(&agent);
        self.reroute(agent, out);
        self.touched.agents.insert(agent);
        Ok(Reply::Done)
    }

    /// The customer is the supervisor's from now on; the agent wraps up.
    fn take_over(
        &mut self,
        now: Now,
        agent: AgentId,
        by: &Supervisor,
        out: &mut Vec<Output>,
    ) -> Result<Reply, CommandError> {
        let boss = own_line(by)?;
        if self.line_up(boss).is_none() {
            return Err(illegal("the supervisor's line is down; it must come up first"));
        }
        let call = self.call_of(agent).filter(|call| {
            self.calls.get(call).is_some_and(|slot| {
                matches!(slot.call.state(), State::Talking { .. } | State::Held { .. })
                    && !matches!(slot.call.origin, Origin::Consult { .. })
            })
        });
        let call = call.ok_or_else(|| illegal("the agent has no customer to be taken over"))?;
        self.end_consultation(now, agent, out);
        let campaign = self.calls.get(&call).and_then(|slot| slot.campaign);
        self.floor(|floor, o| floor.pass(now.at, (agent, boss), campaign, o)).map_err(refused)?;
        if let Some(slot) = self.calls.get(&call) {
            self.last_calls.insert(agent, LastCall::of(slot));
        }
        self.unwatch(boss, out);
        self.muted.remove(&agent);
        self.connected(now, call, boss, out);
        self.drive(now, call, Input::Passed(boss), out);
        self.reroute(agent, out);
        Ok(Reply::Done)
    }
}

fn own_line(by: &Supervisor) -> Result<AgentId, CommandError> {
    by.agent.ok_or_else(|| illegal("an agent profile with a line is needed to hear or speak"))
}

/// Supervisors at one table; each is a source more to be mixed.
const BOSSES_MAX: usize = 4;
