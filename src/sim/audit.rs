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
//! | D3, F7 | each permit, each INVITE | books on carriers: switched off, ill, calls in a second |
//! | D14 | each interval | intervals meet to the microsecond; the last ends at the clock-out |
//! | D15 | each step, the end | as many calls in memory as in the journal; nothing is left |
//! | Kept | each interval, each view of an agent | limits; what a desk was granted |
//! | Wire | each message, both ways; each step | `wire` |
//!
//! A sweep is [`crate::switch::Switch::check`], which looks at everything; it runs every so many
//! steps, at each change of the weather and at the end, and after every step when a failure is
//! being replayed. Books are rebuilt from what was durable after a power cut.

mod agents;
mod attempts;
mod calls;
mod order;
mod outcomes;
mod promises;
mod rules;
mod told;
mod trunks;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use admin_api::live::AgentView;
use dialer::abandon::Sum;
use dialer::dnc::DncScope;
use jiff::Timestamp;
use routing::{AgentId, CallId, CampaignId, Number, QueueId, StateName, TrunkId};
use sip::{Message, Method, Response};
use store::{Direction, Entry, Event};

pub(super) use agents::Time;

use self::agents::Agents;
use self::attempts::Attempts;
use self::calls::{Calls, Serves};
use self::order::Order;
use self::outcomes::Outcomes;
use self::promises::Promises;
use self::rules::Rules;
use self::told::{Hears, Told};
use self::trunks::Trunks;
use super::invariant::Invariant;
use super::scene::Scene;

/// What is wrong, and which invariant says so.
pub(super) type Found = Result<(), (Invariant, String)>;

/// Everybody's books.
#[derive(Debug)]
pub(super) struct Audit {
    attempts: Attempts,
    outcomes: Outcomes,
    trunks: Trunks,
    promises: Promises,
    calls: Calls,
    agents: Agents,
    order: Order,
    told: Told,
    serves: BTreeMap<AgentId, Serves>,
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
    pub(super) opted_out: u64,
}

impl Audit {
    pub(super) fn new(scene: &Scene, start: Timestamp) -> Self {
        let serves = scene.agents.iter().map(|agent| {
            let queues = agent.queues.iter().map(|one| (one.queue, one.priority));
            let dialled_for = agent.campaigns.iter().filter(|_| agent.connection.persistent);
            let campaigns = dialled_for.map(|one| one.campaign);
            let serves = Serves { queues: queues.collect(), campaigns: campaigns.collect() };
            (agent.id, serves)
        });
        Self {
            attempts: Attempts::new(scene, Rules::new(scene, start)),
            outcomes: Outcomes::new(scene),
            trunks: Trunks::new(scene),
            promises: Promises::new(&scene.promises),
            calls: Calls::new(scene),
            agents: Agents::default(),
            order: Order::new(scene),
            told: Told::default(),
            serves: serves.collect(),
            answer_to_agent: vec![],
            counts: Counts::default(),
        }
    }

    /// After a power cut: what was durable is what happened.
    pub(super) fn replay(&mut self, scene: &Scene, history: &[Entry]) {
        let rules = self.attempts.take_rules().restart();
        self.attempts = Attempts::new(scene, rules);
        self.outcomes = Outcomes::new(scene);
        self.trunks = Trunks::new(scene);
        self.promises = Promises::new(&scene.promises);
        (self.calls, self.agents) = (Calls::new(scene), Agents::default());
        (self.order, self.told) = (Order::new(scene), Told::default());
        for entry in history {
            self.attempts.replay(entry);
            self.outcomes.replay(entry);
            self.calls.replay(entry);
            match &entry.event {
                Event::CallbackPromised { callback, .. } => self.promises.made(callback),
                Event::CallbackClosed { callback, .. } => self.promises.forget(*callback),
                _ => {}
            }
        }
    }

    /// An administrator's do-not-call entry was acknowledged.
    pub(super) fn forbid(&mut self, scope: DncScope, number: Number) {
        self.attempts.forbid(scope, number);
    }

    /// An administrator starts or stops a campaign.
    pub(super) fn runs(&mut self, campaign: CampaignId, running: bool) {
        self.attempts.runs(campaign, running);
    }

    /// A number whose telephone rings now.
    pub(super) fn ringing(&self) -> Option<Number> {
        self.attempts.ringing()
    }

    /// A number at which somebody waits for a call that was promised.
    pub(super) fn promised(&self) -> Option<Number> {
        self.promises.number()
    }

    /// While nobody sets the clock: no promise is open that is to be given up.
    pub(super) fn promises_end(&self, wall: Timestamp) -> Found {
        self.promises.in_time(wall, |lead| self.attempts.is_dialling(lead))
    }

    /// With each sweep: what campaigns count of answered calls is what became of them.
    pub(super) fn stands(&self, standings: &[(CampaignId, Sum)]) -> Found {
        self.attempts.stand(standings)
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
            Event::Permitted { permit, call } => {
                self.counts.attempts += 1;
                self.attempts.permitted(entry, (permit, *call), wall)?;
                let found = &permit.evidence.findings;
                self.outcomes.permitted((found.lead, found.number), wall)?;
                self.trunks.permitted(found.attempt, (found.campaign, found.trunk), steady)?;
            }
            Event::AttemptEnded { attempt, lead, outcome, recycle, .. } => {
                self.attempts.ended(*attempt, *outcome)?;
                self.trunks.ended(*attempt, *outcome, steady);
                self.outcomes.ended(entry, self.promises.to(*lead))?;
                self.calls.recycled(*lead, recycle)?;
            }
            Event::CallStarted { call, queue, campaign, attempt, calling, direction, .. } => {
                if *direction == Direction::Inbound {
                    self.told.began(*call);
                    self.promises.called(*call, calling);
                }
                self.counts.callers += u64::from(attempt.is_none());
                self.calls.started(*call, (*queue, *campaign), attempt.is_some())?;
            }
            Event::CallAnswered { call } => {
                self.attempts.answered(*call);
                self.counts.answered += u64::from(self.calls.answered(*call, steady)?);
            }
            Event::CallQueued { call, queue } => self.calls.queued(*call, *queue, steady)?,
            Event::CallConnected { call, agent, answer_to_agent_us } => {
                self.connected((*call, *agent), *answer_to_agent_us, steady)?;
                self.promises.met(*call, |lead| self.attempts.is_dialling(lead));
            }
            Event::CallAbandoned { call, .. } => {
                self.attempts.met(*call, true)?;
                self.counts.abandoned += u64::from(self.calls.abandoned(*call)?);
            }
            Event::CallEnded { call, .. } => {
                self.calls.ended(*call)?;
                self.agents.over(*call);
                self.told.ended(*call);
                self.promises.hung_up(*call);
            }
            Event::AgentInterval { agent, state, counts, from, to, call, campaign, .. } => {
                if *state == StateName::Ready {
                    self.order.left(*agent);
                }
                self.agents.interval(*agent, (*state, *counts), (*from, *to), steady)?;
                let of_call = call.and_then(|call| self.calls.campaign(call));
                Agents::booked(*agent, *state, (of_call, *campaign))?;
            }
            Event::AgentClock { agent, clocked_in, .. } => {
                self.agents.clock(*agent, *clocked_in, steady)?;
            }
            Event::Disposed { .. } | Event::OptedOut { .. } => self.wished(entry)?,
            Event::CallbackPromised { callback, .. } => self.promises.made(callback),
            Event::CallbackClosed { callback, how } => {
                self.promises.closed(*callback, *how, wall)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// An agent says what a conversation came to, or a person by a key that it is to be the last.
    fn wished(&mut self, entry: &Entry) -> Found {
        match &entry.event {
            Event::Disposed { call, agent, dnc, lead, recycle, .. } => {
                self.counts.disposed += 1;
                self.calls.disposed(*call, *agent, *lead, recycle.as_ref())?;
                Outcomes::declared(entry)?;
                if let (Some(lead), Some(recycle)) = (lead, recycle) {
                    self.outcomes.disposed(*lead, recycle);
                }
                if let Some(number) = dnc {
                    self.attempts.refuse(*number);
                }
            }
            Event::OptedOut { number, lead, .. } => {
                self.counts.opted_out += 1;
                self.attempts.refuse(*number);
                if let Some(lead) = lead {
                    self.outcomes.objected(*lead);
                    self.calls.objected(*lead);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// An agent is with a caller or a person.
    fn connected(
        &mut self,
        (call, agent): (CallId, AgentId),
        answer_to_agent_us: u64,
        steady: Timestamp,
    ) -> Found {
        if let Some(serves) = self.serves.get(&agent) {
            self.calls.in_order(call, serves, &self.order.rung_for(), steady)?;
        }
        if let Some(queue) = self.calls.waited_in(call) {
            self.order.takes(queue, agent)?;
        }
        if let Some(first) = self.calls.connected((call, agent), steady)? {
            self.counts.connected += u64::from(first);
            if first {
                self.answer_to_agent.push(answer_to_agent_us);
            }
        }
        self.attempts.met(call, false)?;
        self.agents.takes(agent, call)
    }

    /// D1 for one message that the switch sends: an INVITE that begins a call to a carrier has a
    /// durable permit of its own.
    pub(super) fn sent(&mut self, at: Duration, to: SocketAddr, bytes: &bytes::Bytes) -> Found {
        if !bytes.starts_with(b"INVITE ") && !bytes.starts_with(b"CANCEL ") {
            return Ok(());
        }
        let Ok(Message::Request(invite)) = Message::parse(bytes.clone()) else {
            return Err((Invariant::Sane, "an INVITE that cannot be read".to_owned()));
        };
        if invite.method() == Method::Cancel {
            self.outcomes.cancelled(invite.call_id().unwrap_or_default());
            return Ok(());
        }
        let begins =
            invite.method() == Method::Invite && invite.to().is_ok_and(|to| to.tag().is_none());
        if !begins {
            return Ok(());
        }
        let number = invite.uri().ok().and_then(|uri| uri.user()?.parse().ok());
        let call_id = invite.call_id().unwrap_or_default();
        let cli = invite.from().ok().and_then(|from| from.uri.user()?.parse().ok());
        if self.attempts.since_invite(at, call_id).is_none() {
            self.trunks.invited(at, to)?;
        }
        self.attempts.invited(at, call_id, (number, cli))?;
        if let Some(attempt) = number.and_then(|number| self.attempts.at_number(number)) {
            self.outcomes.invited(attempt, call_id);
        }
        Ok(())
    }

    /// A carrier's answer is about to reach the switch.
    pub(super) fn answered(&mut self, from: SocketAddr, response: &Response, steady: Timestamp) {
        self.outcomes.answered(response);
        self.trunks.answered(from, response, steady);
    }

    /// The switch has something played: a caller hears their own place in line.
    pub(super) fn plays(&mut self, command: &media::Command, steady: Timestamp) -> Found {
        match self.told.hears(command, steady) {
            Some((call, Hears::Notice)) => self.calls.gives_up(call, steady),
            Some((call, Hears::Place(place))) => match self.calls.ahead(call, steady) {
                Some(ahead) => told::is_right(call, (place, ahead), self.order.set_aside()),
                None => Ok(()),
            },
            None => Ok(()),
        }
    }

    /// The switch shows an agent.
    pub(super) fn see(&mut self, at: Duration, view: &AgentView, steady: Timestamp) {
        self.order.see(at, view.id, (view.state, view.call));
        if let (StateName::Reserved | StateName::Ringing, Some(call)) = (view.state, view.call) {
            self.calls.rung_for(call, steady);
        }
    }

    /// An administrator switches a carrier off or on.
    pub(super) fn switched(&mut self, trunk: TrunkId, enabled: bool) {
        self.trunks.switched(trunk, enabled);
    }

    /// How long ago the INVITE of this Call-ID first left.
    pub(super) fn since_invite(&self, at: Duration, call_id: &str) -> Option<Duration> {
        self.attempts.since_invite(at, call_id)
    }

    /// A queue holds so many from now on.
    pub(super) fn resize(&mut self, queue: QueueId, length_max: u32) {
        self.calls.resize(queue, length_max);
    }

    /// After each step: D14 for agents who clocked out in it, D5 for people who wait, D15 for the
    /// calls in memory.
    pub(super) fn step(&mut self, calls_in_memory: usize, steady: Timestamp) -> Found {
        self.agents.step()?;
        self.promises.step()?;
        self.calls.in_room(|call| self.told.knows(call))?;
        self.calls.in_time(steady)?;
        self.told.step();
        let silent =
            |(call, waits): &(CallId, Timestamp)| self.told.is_overdue(*call, *waits, steady);
        if let Some((call, since)) = self.calls.in_line().find(silent) {
            let what = format!("call {call} waits since {since}, and is told nothing of it");
            return Err((Invariant::Kept, what));
        }
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
