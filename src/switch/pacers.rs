//! Pacers: what each campaign's pacer is told, and what it is asked.
//!
//! ```text
//!  placed, rings, answered, met, lost, over ─▶ ┐
//!  agent moved, latched, hired             ─▶ ├─ Pacer ◀─ Situation ─ pace_campaign
//!  clock jumped                            ─▶ ┘    └──▶ Verdict ─▶ Campaign::pace
//! ```
//! Every campaign has one, whatever its mode: one that turns predictive in mid-day knows the day.
//! Campaigns that share agents count each other's calls as rivals, and take turns (`Turns`).

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use dialer::campaign::{Demand, Needs};
use dialer::pacer::{
    Contender, Doing, Doubt, Event, Footing, Pacer, Row, STEPS, Situation, Turns, Verdict,
};
use dialer::{AttemptId, Campaign, Mode, Outcome};
use jiff::SignedDuration;
use routing::{Agent, AgentId, CallId, CampaignId, QueueId, State, Target};

use super::calls::Slot;
use super::{Now, Output, Switch};
use crate::call::{self, Input, Origin};

/// The pacers of all campaigns.
#[derive(Debug, Default)]
pub(super) struct Pacers {
    of: BTreeMap<CampaignId, Pacer>,
    turns: Turns,
    /// Which share of the second campaign's agents serve the first too, and the rosters that it was
    /// counted by: of each two that once had calls at the same time.
    shares: BTreeMap<(CampaignId, CampaignId), ([u64; 2], f64)>,
    /// How far the wall clock was from the monotonic one when it was last set.
    apart: SignedDuration,
}

impl Pacers {
    pub(super) fn get_mut(&mut self, campaign: CampaignId) -> Option<&mut Pacer> {
        self.of.get_mut(&campaign)
    }

    /// When the first of them wants to be asked again.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.of.values().filter_map(Pacer::deadline).min()
    }

    /// Those that want to be asked by now.
    pub(super) fn due(&self, now: Instant) -> impl Iterator<Item = CampaignId> + '_ {
        let due = move |pacer: &Pacer| pacer.deadline().is_some_and(|at| at <= now);
        self.of.iter().filter(move |(_, pacer)| due(pacer)).map(|(id, _)| *id)
    }

    /// Which share of another campaign's agents serve this one too.
    fn share(&mut self, own: CampaignId, other: CampaignId) -> f64 {
        let (Some(ours), Some(theirs)) = (self.of.get(&own), self.of.get(&other)) else {
            return 0.0;
        };
        let rosters = [ours.roster(), theirs.roster()];
        if let Some((_, share)) = self.shares.get(&(own, other)).filter(|(by, _)| *by == rosters) {
            return *share;
        }
        let ours: BTreeSet<_> = ours.agents().collect();
        let (shared, all) = theirs.agents().fold((0_u32, 0_u32), |(shared, all), agent| {
            (shared + u32::from(ours.contains(&agent)), all + 1)
        });
        let share = f64::from(shared) / f64::from(all.max(1));
        self.shares.insert((own, other), (rosters, share));
        share
    }

    /// Nobody asks this one for a while.
    pub(super) fn rest(&mut self, campaign: CampaignId) {
        if let Some(pacer) = self.of.get_mut(&campaign) {
            pacer.rest();
        }
    }
}

impl Switch {
    /// Something happened to an attempt of a campaign.
    pub(super) fn tell(&mut self, now: Now, campaign: CampaignId, event: Event) {
        if matches!(event, Event::Connected(_)) {
            self.pacers.turns.connected(campaign);
        }
        if let Some(pacer) = self.pacers.of.get_mut(&campaign) {
            pacer.handle(now.at, event);
        }
    }

    /// A call rings at the other end.
    pub(super) fn tell_rings(&mut self, now: Now, call: CallId) {
        let origin = self.calls.get(&call).map(|slot| slot.call.origin);
        if let Some(Origin::Dialled { campaign, attempt, .. }) = origin {
            self.tell(now, campaign, Event::Rings(attempt));
        }
    }

    /// An attempt is over.
    pub(super) fn tell_over(
        &mut self,
        now: Now,
        campaign: CampaignId,
        attempt: AttemptId,
        outcome: Outcome,
    ) {
        let event = match outcome {
            Outcome::Machine => Event::Machine(attempt),
            Outcome::Cancelled => Event::Cancelled(attempt),
            Outcome::CarrierFailure => Event::Failed(attempt),
            // What it came to was told when it came to it.
            Outcome::Connected | Outcome::Abandoned | Outcome::HungUp | Outcome::Delivered => {
                Event::HungUp(attempt)
            }
            _ => Event::Ended(attempt),
        };
        self.tell(now, campaign, event);
    }

    /// An agent moved, was hired, or changed campaigns.
    pub(super) fn tell_agent(&mut self, now: Now, agent: AgentId) {
        let view = self.floor.agent(agent);
        for (campaign, pacer) in &mut self.pacers.of {
            let Some(view) = view.filter(|view| view.serves(*campaign)) else {
                pacer.handle(now.at, Event::Agent(agent, Doing::Out));
                continue;
            };
            let doing = doing(view.state(), &self.calls, *campaign);
            pacer.handle(now.at, Event::Agent(agent, doing));
            let leaves = view.latch().is_some();
            pacer
                .handle(now.at, if leaves { Event::Leaving(agent) } else { Event::Staying(agent) });
        }
    }

    /// A caller came to a queue: it is counted, once for each queue however often they come round,
    /// and the pacers of its agents are told.
    pub(super) fn caller_arrived(&mut self, now: Now, id: CallId, queue: QueueId) {
        if !self.calls.get_mut(&id).is_some_and(|slot| slot.offered.insert(queue)) {
            return;
        }
        self.count_queue(Some(queue), |counts| counts.offered += 1);
        let serves_queue = |agent: &Agent| agent.queues.iter().any(|own| own.queue == queue);
        for pacer in self.pacers.of.values_mut() {
            let shares = pacer
                .agents()
                .filter_map(|id| self.floor.agent(id))
                .any(|view| serves_queue(view.profile));
            if shares {
                pacer.handle(now.at, Event::CallerArrived);
            }
        }
    }

    /// A campaign is new or changed: its pacer keeps what it has learnt.
    pub(super) fn set_pacer(&mut self, now: Now, campaign: CampaignId) {
        let Some(policy) = self.campaigns.get(&campaign).map(Campaign::policy) else { return };
        if let Some(pacer) = self.pacers.of.get_mut(&campaign) {
            pacer.set(policy);
            return;
        }
        self.pacers.of.insert(campaign, Pacer::new(now.at, policy));
        let agents: Vec<_> = self.floor.agents().map(|view| view.profile.id).collect();
        for agent in agents {
            self.tell_agent(now, agent);
        }
    }

    /// Tells which pacer counts on a call that is over, or on an agent who is not there.
    pub(super) fn pacers_see_what_is_there(&self) -> Result<(), String> {
        for (id, pacer) in &self.pacers.of {
            let Some(campaign) = self.campaigns.get(id) else { continue };
            if let Some(over) = pacer.calls().find(|call| campaign.needs(*call).is_none()) {
                return Err(format!("the pacer of {id} waits for {over}, which is over"));
            }
            let there = |agent: &AgentId| {
                let view = self.floor.agent(*agent).filter(|view| view.serves(*id));
                view.is_some_and(|view| *view.state() != State::LoggedOut)
            };
            if let Some(gone) = pacer.agents().find(|agent| !there(agent)) {
                return Err(format!("the pacer of {id} counts on {gone}, who is not there"));
            }
        }
        Ok(())
    }

    /// FAULTS F12: that the wall clock was set stands in the records, whose times are its own;
    /// after a jump no forecast is believed for a while.
    pub(super) fn watch_clock(&mut self, now: Now, out: &mut Vec<Output>) {
        let apart = now.wall.duration_since(self.wall(now.at));
        let set = apart - self.pacers.apart;
        if set.abs() <= STEP {
            return;
        }
        self.pacers.apart = apart;
        let by_us = i64::try_from(set.as_micros()).unwrap_or_default();
        self.write(now, store::Event::ClockSet { by_us }, out);
        if set.abs() > JUMP {
            for pacer in self.pacers.of.values_mut() {
                pacer.distrust(Doubt::ClockJumped);
            }
        }
    }

    /// In which order campaigns are asked: by rank and weight, and nobody starves.
    pub(super) fn take_turns(&self, campaigns: BTreeSet<CampaignId>) -> Vec<CampaignId> {
        let contender = |campaign: CampaignId| {
            let settings = self.campaigns.get(&campaign).map(Campaign::settings);
            let pacing = settings.map(|settings| settings.pacing).unwrap_or_default();
            Contender { campaign, rank: pacing.rank, weight: pacing.weight }
        };
        let contenders: Vec<_> = campaigns.into_iter().map(contender).collect();
        self.pacers.turns.order(&contenders)
    }

    /// What floor, lines and forecast leave for a campaign now; a call that the forecast would
    /// rather give up is given up.
    pub(super) fn demand(
        &mut self,
        now: Now,
        id: CampaignId,
        free_lines: usize,
        out: &mut Vec<Output>,
    ) -> Demand {
        self.follow_hour(now, id, out);
        let mode = self.campaigns.get(&id).map(|campaign| campaign.settings().mode);
        if !matches!(mode, Some(Mode::Predictive { .. })) {
            self.pacers.rest(id);
            let free_agents = self.free_agents(now, id);
            // Agents whom rivals want too are not counted out: whoever is left keeps their call.
            let ready = self.floor.ready_count(id);
            let too_many = self.campaigns.get(&id).map_or(0, |own| own.too_many(ready));
            self.let_ringing_go(now, id, too_many, out);
            return Demand { free_agents, free_lines, verdict: None };
        }
        let free_agents = self.floor.ready_count(id);
        let verdict = self.predict(now, id, free_lines);
        if let Some(attempt) = verdict.and_then(|verdict| verdict.give_up) {
            self.give_up(now, attempt, out);
        }
        self.let_ringing_go(now, id, verdict.map_or(0, |verdict| verdict.too_many), out);
        Demand { free_agents, free_lines, verdict }
    }

    fn predict(&mut self, now: Now, id: CampaignId, room: usize) -> Option<Verdict> {
        if self.pacers.of.get(&id)?.deadline().is_some_and(|due| now.at < due) {
            return None;
        }
        let shares = self.rivals(id);
        let campaign = self.campaigns.get(&id)?;
        let ours: BTreeSet<_> = self.pacers.of.get(&id)?.agents().collect();
        let (mut waiting, mut rivals) = (campaign.waiting(), [0.0; STEPS]);
        for (rival, share) in shares {
            waiting += self.campaigns.get(&rival).map_or(0, Campaign::waiting);
            if let Some(pacer) = self.pacers.of.get(&rival) {
                add(&mut rivals, pacer.coming(now.at), share);
            }
        }
        let sum = campaign.standing(now.wall);
        let settings = campaign.settings();
        let day_left = campaign.day_left(now.wall).min(AHEAD_MOST);
        let window_left = if settings.pacing.strict { Duration::ZERO } else { day_left };
        let leads_left = campaign.leads_left();
        let situation = Situation {
            idle: self.floor.ready_count(id),
            waiting,
            queued: self.callers_waiting(&ours),
            room,
            abandoned: sum.abandoned,
            people: sum.people,
            charged: sum.charged,
            window_left,
            leads_left: leads_left.map_or(u32::MAX, |n| u32::try_from(n).unwrap_or(u32::MAX)),
            rivals,
        };
        let pacer = self.pacers.of.get_mut(&id)?;
        let verdict = pacer.decide(now.at, &situation);
        let footing = verdict.map(|verdict| verdict.footing);
        if matches!(footing, Some(Footing::Doubtful(_))) {
            // Whatever was lost: what the floor shows now is true.
            for agent in ours {
                self.tell_agent(now, agent);
            }
        }
        verdict
    }

    /// Other campaigns whose calls land on our agents, and which share of theirs do.
    fn rivals(&mut self, id: CampaignId) -> Vec<(CampaignId, f64)> {
        let busy = self.pacers.of.iter().filter(|(other, pacer)| {
            **other != id
                && (pacer.undecided() > 0 || self.waits(**other))
                && self.wants_agents(**other)
        });
        let others: Vec<_> = busy.map(|(other, _)| *other).collect();
        let shares = others.into_iter().map(|other| (other, self.pacers.share(id, other)));
        shares.filter(|(_, share)| *share > 0.0).collect()
    }

    fn wants_agents(&self, campaign: CampaignId) -> bool {
        let campaign = self.campaigns.get(&campaign);
        campaign.is_some_and(|campaign| campaign.settings().mode.needs_agents())
    }

    fn waits(&self, campaign: CampaignId) -> bool {
        self.campaigns.get(&campaign).is_some_and(|campaign| campaign.waiting() > 0)
    }

    /// Callers who wait in queues that these agents serve.
    fn callers_waiting(&self, agents: &BTreeSet<AgentId>) -> usize {
        let views = agents.iter().filter_map(|id| self.floor.agent(*id));
        let queues: BTreeSet<_> =
            views.flat_map(|view| view.profile.queues.iter().map(|own| own.queue)).collect();
        queues.into_iter().map(|queue| self.floor.waiting_count(Target::Queue(queue))).sum()
    }

    /// Agents who are ready for this campaign and promised to no attempt of another.
    pub(super) fn free_agents(&mut self, now: Now, id: CampaignId) -> usize {
        let ready = self.floor.ready_count(id);
        if ready == 0 {
            return 0;
        }
        let rivals = self.rivals(id);
        ready.saturating_sub(rivals.iter().map(|(rival, _)| self.needs(now, *rival)).sum())
    }

    /// Agents that a campaign's calls will need: all of them, or of those that are dialled ahead
    /// the ones expected to be answered.
    fn needs(&self, now: Now, id: CampaignId) -> usize {
        let Some(campaign) = self.campaigns.get(&id) else { return 0 };
        let (all, mode) = (campaign.unserved(), campaign.settings().mode);
        if !mode.needs_agents() {
            return 0;
        }
        if !mode.dials_ahead() {
            return all;
        }
        let coming = self.pacers.of.get(&id).map_or([0.0; STEPS], |pacer| pacer.coming(now.at));
        let answers = (0..all).take_while(|n| as_figure(*n) < coming[STEPS - 1]).count();
        (campaign.waiting() + answers).min(all)
    }

    /// FAULTS F20: agents have left, and so many calls that ring are too many for the rest. The
    /// newest go first, where the law lets them.
    fn let_ringing_go(&mut self, now: Now, id: CampaignId, too_many: usize, out: &mut Vec<Output>) {
        let pacer = self.pacers.of.get(&id);
        if pacer.is_none_or(|pacer| !pacer.walked_out(now.at)) {
            return;
        }
        let ends = |attempt: &AttemptId| {
            let call = self.attempts.get(attempt).and_then(|call| self.calls.get(call));
            call.is_some_and(|slot| slot.cancelled)
        };
        // Those that are being cancelled are still in the air, and are of the number already.
        let (ending, ringing): (Vec<_>, Vec<_>) = self.surplus(now, id).into_iter().partition(ends);
        for attempt in ringing.into_iter().take(too_many.saturating_sub(ending.len())) {
            self.cancel_attempt(now, attempt, out);
        }
    }

    /// A campaign's calls that ring for any of its agents and that its law lets go, newest first:
    /// no agent's own, nor one that was promised.
    pub(super) fn surplus(&self, now: Now, id: CampaignId) -> Vec<AttemptId> {
        let (Some(pacer), Some(campaign)) = (self.pacers.of.get(&id), self.campaigns.get(&id))
        else {
            return vec![];
        };
        let anybodys = |attempt: &AttemptId| {
            let call = self.attempts.get(attempt).and_then(|call| self.calls.get(call));
            // One whose INVITE has not left yet leaves first: each permit is one INVITE.
            call.is_some_and(|slot| {
                matches!(slot.call.state(), call::State::Dialling { .. } | call::State::Closing)
                    && slot.call.origin.made_by().is_none()
                    && slot.path.made_for.is_none()
                    && campaign.needs(*attempt) == Some(Needs::AnAnswer)
            })
        };
        pacer.surplus(now.at).into_iter().filter(anybodys).collect()
    }

    /// Gives up a call that has rung long enough: a no-answer, as if it had rung out.
    fn give_up(&mut self, now: Now, attempt: AttemptId, out: &mut Vec<Output>) {
        if let Some(call) = self.attempts.get(&attempt).copied() {
            self.drive(now, call, Input::GiveUp, out);
        }
    }

    /// Whoever waits for another agent takes one from those who ring (D7).
    pub(super) fn note_rescue(&mut self, id: CallId) {
        let Some(slot) = self.calls.get(&id) else { return };
        let Origin::Dialled { campaign, attempt, by: None, .. } = slot.call.origin else { return };
        let waits = slot.call.state() == call::State::Waiting && slot.meant().is_none();
        if slot.call.connected_to().is_some()
            && let Some(campaign) = self.campaigns.get_mut(&campaign)
        {
            campaign.waits_again(attempt, waits);
        }
    }
}

/// What an agent does, as far as pacing this campaign cares.
fn doing(state: &State, calls: &BTreeMap<CallId, Slot>, campaign: CampaignId) -> Doing {
    match state {
        State::LoggedOut => Doing::Out,
        State::Ready => Doing::Idle,
        State::WrapUp { .. } => Doing::WrapUp,
        _ => match state.owns() {
            None => Doing::Paused,
            Some(call) => {
                let ours = calls.get(&call).is_some_and(|slot| {
                    slot.campaign == Some(campaign)
                        && matches!(slot.call.origin, Origin::Dialled { .. })
                });
                if ours { Doing::Talk } else { Doing::Inbound }
            }
        },
    }
}

fn add(sum: &mut Row, row: Row, share: f64) {
    for (sum, one) in sum.iter_mut().zip(row) {
        *sum += share * one;
    }
}

fn as_figure(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// What is borrowed from answers to come is borrowed from those of the next hours: a campaign may
/// not run to the end of its day.
const AHEAD_MOST: Duration = Duration::from_hours(4);

/// A step of the wall clock that is no correction.
const JUMP: SignedDuration = SignedDuration::from_secs(5);

/// Within this it is the two clocks that were not read at once.
const STEP: SignedDuration = SignedDuration::from_millis(1);
