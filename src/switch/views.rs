//! What people see: each agent and call that changed, once a pass, with its whole new state; the
//! figures of campaigns, queues, trunks and the floor, which every step moves, four times a second.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use admin_api::live::{
    AbandonLimit, AgentView, CallAction, CallDirection, CallState, CallView, CampaignView,
    LeadView, LiveEvent, QueueView, Totals, TrunkView,
};
use dialer::Campaign;
use dialer::campaign::Standing;
use routing::presence::Latch;
use routing::{AgentId, CallId, CampaignId, QueueId, StateName, Target, TrunkId};

use super::calls::Slot;
use super::{Now, Output, Switch};
use crate::call::actions::Act;
use crate::call::{Origin, State};

/// What has to be shown again: agents and calls after this pass, figures when it is time.
#[derive(Debug, Default)]
pub(super) struct Touched {
    pub(super) agents: BTreeSet<AgentId>,
    pub(super) campaigns: BTreeSet<CampaignId>,
    pub(super) queues: BTreeSet<QueueId>,
    pub(super) trunks: BTreeSet<TrunkId>,
    calls: BTreeSet<CallId>,
    gone: BTreeSet<CallId>,
    /// Something has changed since the totals were shown.
    totals: bool,
    /// When figures may be shown again; none before the first.
    figures_at: Option<Instant>,
}

impl Switch {
    /// Publishes what was touched, and figures if it is time.
    pub(super) fn publish(&mut self, now: Now, out: &mut Vec<Output>) {
        let agents = std::mem::take(&mut self.touched.agents);
        let moved: Vec<_> = agents.into_iter().collect();
        self.light_lamps(now, &moved, out);
        let before = out.len();
        out.extend(moved.iter().map(|id| Output::Live(self.agent_event(*id))));
        let calls = std::mem::take(&mut self.touched.calls);
        let calls = calls.iter().filter_map(|id| self.calls.get(id));
        out.extend(calls.map(|slot| Output::Live(LiveEvent::Call(self.call_view(slot)))));
        let gone = std::mem::take(&mut self.touched.gone);
        out.extend(gone.into_iter().map(|id| Output::Live(LiveEvent::CallGone { id })));
        self.touched.totals |= out.len() > before;
        if self.figures_deadline(now).is_some_and(|at| at <= now.at) {
            self.touched.figures_at = Some(now.at + FIGURES_EVERY);
            self.publish_figures(now, out);
        }
    }

    /// When figures that have changed are to be shown.
    pub(super) fn figures_deadline(&self, now: Now) -> Option<Instant> {
        let Touched { campaigns, queues, trunks, totals, figures_at, .. } = &self.touched;
        let changed = *totals || !campaigns.is_empty() || !queues.is_empty() || !trunks.is_empty();
        changed.then(|| figures_at.unwrap_or(now.at))
    }

    fn publish_figures(&mut self, now: Now, out: &mut Vec<Output>) {
        let campaigns = std::mem::take(&mut self.touched.campaigns);
        for id in &campaigns {
            self.refresh_rate(now, *id);
        }
        let queues = std::mem::take(&mut self.touched.queues);
        let trunks = std::mem::take(&mut self.touched.trunks);
        self.touched.totals = false;
        let campaigns = campaigns.iter().map(|id| self.campaign_event(*id));
        let queues = queues.iter().map(|id| self.queue_event(now, *id));
        let trunks = trunks.iter().map(|id| self.trunk_event(*id));
        let figures = campaigns.chain(queues).chain(trunks);
        let totals = std::iter::once_with(|| LiveEvent::Totals(self.totals()));
        out.extend(figures.chain(totals).map(Output::Live));
    }

    pub(super) fn touch_call(&mut self, id: CallId) {
        self.touched.calls.insert(id);
        if let Some(slot) = self.calls.get(&id) {
            self.touched.queues.extend(slot.queue);
            self.touched.trunks.extend(slot.call.origin.trunk());
            // What may be done with the customer's call depends on where the third party is.
            if let Origin::Consult { about: Some(call), .. } = slot.call.origin {
                self.touched.calls.insert(call);
            }
            self.touched.agents.extend(slot.call.agent());
        }
    }

    pub(super) fn touch_gone(&mut self, id: CallId) {
        self.touched.calls.remove(&id);
        self.touched.gone.insert(id);
    }

    /// Counts something that happened in a queue.
    pub(super) fn count_queue(
        &mut self,
        queue: Option<QueueId>,
        add: impl FnOnce(&mut QueueCounts),
    ) {
        if let Some(queue) = queue {
            add(self.queue_counts.entry(queue).or_default());
            self.touched.queues.insert(queue);
        }
    }

    /// Counts something that happened to a campaign's attempts.
    pub(super) fn count_campaign(&mut self, id: CampaignId, add: impl FnOnce(&mut CampaignCounts)) {
        add(self.campaign_counts.entry(id).or_default());
        self.touched.campaigns.insert(id);
    }

    /// The abandon rate is a sum over up to two months: taken once a minute, and when more was
    /// counted.
    fn refresh_rate(&mut self, now: Now, id: CampaignId) {
        let Some(campaign) = self.campaigns.get(&id) else { return };
        let counts = self.campaign_counts.entry(id).or_default();
        let taken = (now.wall.as_second() / 60, counts.connected + counts.abandoned);
        if counts.rate_taken != Some(taken) {
            counts.standing = campaign.rates(now.wall);
            counts.rate_taken = Some(taken);
        }
    }

    fn agent_event(&self, id: AgentId) -> LiveEvent {
        let Some(view) = self.floor.agent(id) else { return LiveEvent::AgentGone { id } };
        let extension = self.directory.extension(id).unwrap_or_default();
        let profile = view.profile;
        LiveEvent::Agent(AgentView {
            id,
            number: profile.number,
            name: format!("{} {}", profile.first_name, profile.last_name).trim().to_owned(),
            state: view.state().name(),
            since: self.wall(view.presence.since()),
            until: view.state().until().map(|until| self.wall(until)),
            reason: view.state().reason().cloned(),
            counts: view.state().counts(),
            attendance: view.state().attendance(),
            unit: view.unit.filter(|_| view.state().name() != StateName::LoggedOut),
            next: view.latch().map(next_state),
            fault: view.presence.fault(),
            call: view.state().call(),
            line: view.line,
            line_up: self.line_up(id).is_some(),
            registered: self.sip.is_registered(extension),
            allowed: view.allowed(),
            help: self.help.get(&id).cloned(),
            watched: self.watched.contains_key(&id),
            inactive: view
                .groups()
                .filter(|(_, active)| !active)
                .map(|(member, _)| member.queue)
                .collect(),
        })
    }

    fn call_view(&self, slot: &Slot) -> CallView {
        let call = &slot.call;
        let lead = match call.origin {
            Origin::Dialled { campaign, attempt, by: None, .. } => {
                let running = self.campaigns.get(&campaign);
                running.and_then(|running| running.lead_of(attempt)).map(LeadView::of)
            }
            _ => None,
        };
        let direction = match call.origin {
            Origin::Dialled { .. }
            | Origin::Forwarded { .. }
            | Origin::Consult { trunk: Some(_), .. } => CallDirection::Outbound,
            Origin::Inbound { .. } => CallDirection::Inbound,
            Origin::Line { .. } | Origin::Access { .. } => CallDirection::Line,
            Origin::Consult { trunk: None, .. } => CallDirection::Internal,
        };
        let by = match call.state() {
            State::Stored { by, .. } => Some(by),
            _ => call.origin.made_by(),
        };
        let situation = call.agent().and_then(|agent| self.situation(agent));
        let situation = situation.filter(|(in_hand, _)| *in_hand == call.id);
        let allowed = situation.map(|(_, situation)| situation.allowed()).unwrap_or_default();
        CallView {
            id: call.id,
            direction,
            state: shown_as(call.state(), direction),
            calling: Some(call.calling.clone()),
            called: call.called.clone(),
            campaign: slot.campaign,
            campaign_name: slot
                .campaign
                .and_then(|id| self.campaigns.get(&id))
                .map(|campaign| campaign.settings().name.clone()),
            queue: slot.queue,
            agent: call.agent(),
            by,
            about: match call.origin {
                Origin::Consult { about, .. } => about,
                Origin::Forwarded { about, .. } => Some(about),
                _ => None,
            },
            allowed: allowed.into_iter().map(shown_act).collect(),
            recording: self.recordings.mark(call.id),
            legs: self.leg_views(call),
            talk: self.talk_view(call.id),
            lead,
            since: self.wall(slot.since),
            started_at: self.wall(slot.started),
        }
    }

    fn campaign_event(&self, id: CampaignId) -> LiveEvent {
        let Some(campaign) = self.campaigns.get(&id) else { return LiveEvent::CampaignGone { id } };
        let settings = campaign.settings();
        let counts = self.campaign_counts.get(&id).copied().unwrap_or_default();
        LiveEvent::Campaign(CampaignView {
            id,
            name: settings.name.clone(),
            mode: settings.mode.as_str().to_owned(),
            pacing: campaign.decision().to_string(),
            running: settings.running,
            held_by: self.dialling_held().filter(|_| settings.running),
            in_flight: count(campaign.live()),
            attempts: counts.attempts,
            answered: counts.answered,
            connected: counts.connected,
            abandoned: counts.abandoned,
            abandon_rate: counts.standing.own,
            plain_abandon_rate: counts.standing.plain,
            abandon_cap: campaign.counting().cap(),
            abandon_cap_by: campaign.counting().cap_by,
            abandon_limits: limits(campaign, counts.standing),
            ready: count(self.floor.ready_count(id)),
            stock: count(campaign.stocked()),
        })
    }

    /// Who waits on the line; a place that was kept is nobody there.
    pub(super) fn callers_in_line(&self, target: Target) -> usize {
        self.floor.line(target).filter(|call| self.places.of_next(*call).is_none()).count()
    }

    fn queue_event(&self, now: Now, id: QueueId) -> LiveEvent {
        let Some(queue) = self.floor.queue(id) else { return LiveEvent::QueueGone { id } };
        let target = Target::Queue(id);
        let waits = |slot: &&Slot| slot.queue == Some(id) && slot.call.state() == State::Waiting;
        let oldest = self.calls.values().filter(waits).map(|slot| slot.since).min();
        let counts = self.queue_counts.get(&id).copied().unwrap_or_default();
        let (places, _) = self.places.count(id);
        LiveEvent::Queue(QueueView {
            id,
            name: queue.name.clone(),
            waiting: count(self.callers_in_line(target)),
            places: count(places),
            oldest_since: oldest.map(|at| self.wall(at)),
            likely_wait_s: self.likely_wait(now, id),
            ready: count(self.floor.tally(target).ready),
            offered: counts.offered,
            answered: counts.answered,
            in_time: counts.in_time,
            service_level_offered: share(counts.in_time, counts.offered),
            service_level_answered: share(counts.in_time, counts.answered),
            abandoned: counts.abandoned,
            overflowed: counts.overflowed,
            kept: counts.kept,
        })
    }

    /// How long a caller who comes now is likely to wait for an agent of the queue, in seconds;
    /// none where nobody knows, or nobody is there.
    fn likely_wait(&self, now: Now, id: QueueId) -> Option<u64> {
        let tally = self.floor.tally(Target::Queue(id));
        if tally.ready > 0 || tally.logged_in == 0 {
            return (tally.ready > 0).then_some(0);
        }
        let place = count(self.floor.waiting_count(Target::Queue(id))) + 1;
        let likely = self.waits.get(&id)?.likely(now.at, place)?;
        Some(likely.as_secs())
    }

    fn trunk_event(&self, id: TrunkId) -> LiveEvent {
        let Some(line) = self.trunks.get(id) else { return LiveEvent::TrunkGone { id } };
        LiveEvent::Trunk(TrunkView {
            id,
            name: line.trunk.name.clone(),
            enabled: line.trunk.enabled,
            up: line.is_up(),
            registered: line.registration.map(|own| own.is_up),
            calls: count(line.calls),
            failures: line.failures,
        })
    }

    fn totals(&self) -> Totals {
        let counted = self.campaign_counts.values();
        let (attempts, connected, abandoned) = counted.fold((0, 0, 0), |sum, one| {
            (sum.0 + one.attempts, sum.1 + one.connected, sum.2 + one.abandoned)
        });
        let (mut agents, mut ready, mut talking) = (0, 0, 0);
        for view in self.floor.agents() {
            match view.state().name() {
                StateName::LoggedOut => continue,
                StateName::Ready => ready += 1,
                StateName::Talking => talking += 1,
                _ => {}
            }
            agents += 1;
        }
        Totals {
            calls: count(self.calls.len()),
            legs: count(self.sip.legs()),
            registered: count(self.sip.contacts()),
            agents,
            ready,
            talking,
            attempts,
            connected,
            abandoned,
            dialling_stopped: self.dialling_held(),
        }
    }
}

/// Often enough for an eye, seldom beside a thousand steps a second.
const FIGURES_EVERY: Duration = Duration::from_millis(250);

/// Counted since the switch started.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct CampaignCounts {
    pub(super) attempts: u64,
    pub(super) answered: u64,
    pub(super) connected: u64,
    pub(super) abandoned: u64,
    /// How its abandoned calls stand.
    standing: Standing,
    /// In which minute, and after how many calls.
    pub(super) rate_taken: Option<(i64, u64)>,
}

/// Counted since the switch started.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct QueueCounts {
    pub(super) offered: u64,
    pub(super) answered: u64,
    /// Of the answered ones, those within the queue's service level.
    pub(super) in_time: u64,
    pub(super) abandoned: u64,
    pub(super) overflowed: u64,
    /// Those who hung up and kept their place.
    pub(super) kept: u64,
}

/// The act as the API spells it.
fn shown_act(act: Act) -> CallAction {
    match act {
        Act::Hold => CallAction::Hold,
        Act::Resume => CallAction::Resume,
        Act::Mute => CallAction::Mute,
        Act::Unmute => CallAction::Unmute,
        Act::Press => CallAction::Press,
        Act::Transfer => CallAction::Transfer,
        Act::Consult => CallAction::Consult,
        Act::Swap => CallAction::Swap,
        Act::Merge => CallAction::Merge,
        Act::Complete => CallAction::Complete,
        Act::Dismiss => CallAction::Dismiss,
        Act::Park => CallAction::Park,
        Act::HangUp => CallAction::HangUp,
    }
}

fn next_state(latch: &Latch) -> StateName {
    match latch {
        Latch::Pause(_) => StateName::Paused,
        Latch::NotReady => StateName::NotReady,
        Latch::ClockOut { .. } => StateName::LoggedOut,
    }
}

fn shown_as(state: State, direction: CallDirection) -> CallState {
    match (state, direction) {
        (State::Cleared, _) => CallState::Dialling,
        (State::Dialling { .. }, _) => CallState::Ringing,
        (State::Waiting | State::Offered { .. }, CallDirection::Outbound)
        | (State::Judging { .. } | State::Led { .. }, _) => CallState::Answered,
        (State::Waiting | State::Offered { .. }, _) => CallState::Waiting,
        (
            State::Talking { .. }
            | State::Beside { .. }
            | State::Line { .. }
            | State::Closing
            | State::Ended,
            _,
        ) => CallState::Talking,
        (State::Held { .. } | State::Parked { .. }, _) => CallState::Held,
        (State::Handed { .. }, _) => CallState::Transferring,
        (State::Bridged { .. }, _) => CallState::Bridged,
        (State::Stored { .. }, _) => CallState::Parked,
        (State::Notice { .. } | State::Greeted { .. }, _) => CallState::Notice,
        (State::Asked { .. } | State::Leaving { .. }, _) => CallState::Voicemail,
    }
}

/// The campaign's own limit, and its law's.
fn limits(campaign: &Campaign, standing: Standing) -> Vec<AbandonLimit> {
    let own = AbandonLimit {
        profile: None,
        policy: campaign.settings().abandon.clone(),
        rate: standing.own,
        binds: !standing.law_binds,
    };
    let law = campaign.counting().law().map(|(name, policy)| AbandonLimit {
        profile: Some(name.to_owned()),
        policy: policy.clone(),
        rate: standing.law.unwrap_or(0.0),
        binds: standing.law_binds,
    });
    std::iter::once(own).chain(law).collect()
}

/// A part of a whole, 0 to 1; none of nothing.
fn share(part: u64, whole: u64) -> Option<f64> {
    let (part, whole) = (u32::try_from(part).ok()?, u32::try_from(whole).ok()?);
    (whole > 0).then(|| f64::from(part) / f64::from(whole))
}

pub(super) fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
