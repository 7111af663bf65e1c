//! The invariants D1 to D15, looked at from outside: by what the switch writes, sends and shows.
//!
//! | | looked at | how |
//! | --- | --- | --- |
//! | D1 | each entry, each INVITE, the end | books on attempts; a durable permit for each INVITE |
//! | D2 | each permit | books on live leads and numbers |
//! | D3 | each permit | own time zones, own do-not-call set, own counts |
//! | D4 | each connection, each sweep | books on agents; `Floor::check_invariants` |
//! | D5 | each connection, each sweep | books on calls; the floor and the calls compared |
//! | D6 | each sweep, the end | legs have owners; every far side is at rest at the end |
//! | D7 | each permit | own abandon rate; over the cap no more than one attempt a free agent |
//! | D8 | each message to a carrier | `carrier::line` |
//! | D9 | each 2xx that arrives | an ACK leaves in the same step |
//! | D10 | – | nothing is recorded here yet: nothing is claimed |
//! | D11 | each media command | `plane`; streams and ports at the end |
//! | D12 | each disposition | books on calls and leads |
//! | D13 | each connection of a caller | books on who waits in which queue |
//! | D14 | each interval | intervals meet to the microsecond; the last ends at the clock-out |
//! | D15 | each step, the end | as many calls in memory as in the journal; nothing is left |
//!
//! A sweep is [`crate::switch::Switch::check`], which looks at everything; it runs every so many
//! steps, at each change of the weather and at the end, and after every step when a failure is
//! being replayed. Books are rebuilt from what was durable after a power cut.

mod agents;
mod attempts;
mod calls;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use routing::{AgentId, CallId, Number, Priority, QueueId};
use sip::{Message, Method};
use store::{Entry, Event};

pub(super) use agents::Time;

use self::agents::Agents;
use self::attempts::Attempts;
use self::calls::Calls;
use super::invariant::Invariant;
use super::scene::Scene;

/// What is wrong, and which invariant says so.
pub(super) type Found = Result<(), (Invariant, String)>;

/// Everybody's books.
#[derive(Debug)]
pub(super) struct Audit {
    attempts: Attempts,
    calls: Calls,
    agents: Agents,
    /// What each agent answers, and how urgently.
    queues: BTreeMap<AgentId, Vec<(QueueId, Priority)>>,
    /// Answers to the agent's audio, in microseconds, of people we dialled.
    answer_to_agent: Vec<u64>,
    counts: Counts,
}

/// What a shift came to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) attempts: u64,
    pub(super) answered: u64,
    pub(super) connected: u64,
    pub(super) abandoned: u64,
    pub(super) callers: u64,
    pub(super) disposed: u64,
}

impl Audit {
    pub(super) fn new(scene: &Scene) -> Self {
        let queues = scene.agents.iter().map(|agent| {
            let own = agent.queues.iter().map(|one| (one.queue, one.priority));
            (agent.id, own.collect())
        });
        Self {
            attempts: Attempts::new(scene),
            calls: Calls::default(),
            agents: Agents::default(),
            queues: queues.collect(),
            answer_to_agent: vec![],
            counts: Counts::default(),
        }
    }

    /// After a power cut: what was durable is what happened.
    pub(super) fn replay(&mut self, scene: &Scene, history: &[Entry]) {
        let forbidden = self.attempts.take_forbidden();
        self.attempts = Attempts::new(scene);
        self.attempts.forbid_all(forbidden);
        (self.calls, self.agents) = (Calls::default(), Agents::default());
        for entry in history {
            self.attempts.replay(entry);
            self.calls.replay(entry);
        }
    }

    /// An administrator's do-not-call entry was acknowledged.
    pub(super) fn forbid(&mut self, number: Number) {
        self.attempts.forbid(number);
    }

    /// An entry is durable up to here.
    pub(super) fn durable(&mut self, seq: u64) {
        self.attempts.durable(seq);
    }

    /// One entry that the switch appends.
    ///
    /// `wall` is what the wall clock shows, `steady` what it would show had nobody set it since the
    /// switch started: people's hours go by the one, agents' time by the other.
    pub(super) fn entry(&mut self, entry: &Entry, (wall, steady): (Timestamp, Timestamp)) -> Found {
        match &entry.event {
            Event::Permitted { permit, .. } => {
                self.counts.attempts += 1;
                self.attempts.permitted(entry, permit, wall)?;
            }
            Event::AttemptEnded { attempt, lead, outcome, recycle, .. } => {
                self.attempts.ended(*attempt, *outcome)?;
                self.calls.recycled(*lead, recycle)?;
            }
            Event::CallStarted { call, queue, attempt, .. } => {
                self.counts.callers += u64::from(attempt.is_none());
                self.calls.started(*call, *queue, attempt.is_some())?;
            }
            Event::CallAnswered { call } => {
                self.counts.answered += u64::from(self.calls.answered(*call)?);
            }
            Event::CallQueued { call, queue } => self.calls.queued(*call, *queue, steady)?,
            Event::CallConnected { call, agent, answer_to_agent_us } => {
                let queues = self.queues.get(agent).map(Vec::as_slice).unwrap_or_default();
                self.calls.in_order(*call, queues, steady)?;
                if let Some(first) = self.calls.connected(*call, *agent)? {
                    self.counts.connected += u64::from(first);
                    if first {
                        self.answer_to_agent.push(*answer_to_agent_us);
                    }
                }
                self.agents.takes(*agent, *call)?;
            }
            Event::CallAbandoned { call, .. } => {
                self.counts.abandoned += u64::from(self.calls.is_dialled(*call)?);
            }
            Event::CallEnded { call, .. } => {
                self.calls.ended(*call)?;
                self.agents.over(*call);
            }
            Event::AgentInterval { agent, counts, from, to, .. } => {
                self.agents.interval(*agent, *counts, (*from, *to), steady)?;
            }
            Event::AgentClock { agent, clocked_in, .. } => {
                self.agents.clock(*agent, *clocked_in, steady)?;
            }
            Event::Disposed { call, agent, dnc, lead, recycle, .. } => {
                self.counts.disposed += 1;
                self.calls.disposed(*call, *agent, *lead, recycle.as_ref())?;
                if let Some(number) = dnc {
                    self.attempts.forbid(*number);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// D1 for one message that the switch sends: an INVITE that begins a call to a carrier has a
    /// durable permit of its own.
    pub(super) fn sent(&mut self, at: Duration, bytes: &bytes::Bytes) -> Found {
        if !bytes.starts_with(b"INVITE ") {
            return Ok(());
        }
        let Ok(Message::Request(invite)) = Message::parse(bytes.clone()) else {
            return Err((Invariant::Sane, "an INVITE that cannot be read".to_owned()));
        };
        let begins =
            invite.method() == Method::Invite && invite.to().is_ok_and(|to| to.tag().is_none());
        if !begins {
            return Ok(());
        }
        let number = invite.uri().ok().and_then(|uri| uri.user()?.parse().ok());
        let call_id = invite.call_id().unwrap_or_default();
        self.attempts.invited(at, call_id, number)
    }

    /// How long ago the INVITE of this Call-ID first left.
    pub(super) fn since_invite(&self, at: Duration, call_id: &str) -> Option<Duration> {
        self.attempts.since_invite(at, call_id)
    }

    /// After each step: D14 for agents who clocked out in it, D15 for the calls in memory.
    pub(super) fn step(&mut self, calls_in_memory: usize) -> Found {
        self.agents.step()?;
        let written = self.calls.live();
        if written == calls_in_memory {
            return Ok(());
        }
        let what = format!("{calls_in_memory} calls in memory, {written} in the journal");
        Err((Invariant::D15, what))
    }

    /// At the end nothing is open.
    pub(super) fn end(&self) -> Found {
        self.attempts.end()?;
        self.calls.end()?;
        self.agents.end()
    }

    pub(super) fn is_nobody_at_work(&self) -> bool {
        self.agents.end().is_ok()
    }

    /// The call that has been alive the longest.
    pub(super) fn oldest_call(&self) -> Option<CallId> {
        self.calls.oldest()
    }

    pub(super) fn counts(&self) -> Counts {
        self.counts
    }

    pub(super) fn time(&self) -> Time {
        self.agents.time()
    }

    /// Answer to agent at the given share of all, in ms.
    pub(super) fn answer_to_agent_ms(&mut self, share: f64) -> f64 {
        self.answer_to_agent.sort_unstable();
        let last = self.answer_to_agent.len().saturating_sub(1);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a rank among some thousands"
        )]
        let (rank, us) = {
            let rank = (last as f64 * share).round() as usize;
            (rank, |us: u64| us as f64 / 1_000.0)
        };
        self.answer_to_agent.get(rank).copied().map_or(0.0, us)
    }
}
