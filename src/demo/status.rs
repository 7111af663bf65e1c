//! Where the demo stands: the switch's live events, folded into what the terminal shows and what
//! simulated agents are told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use admin_api::live::{CallState, CampaignView, LiveEvent, News};
use routing::{AgentId, CallId, CampaignId, StateName};
use tokio::sync::watch;

/// Takes every live event of the switch; clones share what they know.
#[derive(Clone, Debug, Default)]
pub struct Feed {
    seen: Arc<Mutex<Seen>>,
}

#[derive(Debug, Default)]
struct Seen {
    agents: BTreeMap<AgentId, watch::Sender<StateName>>,
    calls: BTreeMap<CallId, CallState>,
    campaigns: BTreeMap<CampaignId, CampaignView>,
    waiting: BTreeMap<routing::QueueId, u32>,
}

impl Feed {
    /// Takes what the switch's hub has to tell; never waits.
    pub fn take(&self, news: &News) {
        let (News::Live(events) | News::Since(events)) = news;
        if matches!(news, News::Live(_)) {
            let mut seen = self.seen();
            seen.calls.clear();
            seen.campaigns.clear();
            seen.waiting.clear();
        }
        for event in events {
            self.notice(event);
        }
    }

    /// Takes one event of the switch; never waits.
    pub fn notice(&self, event: &LiveEvent) {
        let mut seen = self.seen();
        match event {
            LiveEvent::Agent(view) => {
                seen.agent(view.id).send_replace(view.state);
            }
            LiveEvent::AgentGone { id } => drop(seen.agents.remove(id)),
            LiveEvent::Call(view) => drop(seen.calls.insert(view.id, view.state)),
            LiveEvent::CallGone { id } => drop(seen.calls.remove(id)),
            LiveEvent::Campaign(view) => drop(seen.campaigns.insert(view.id, view.clone())),
            LiveEvent::CampaignGone { id } => drop(seen.campaigns.remove(id)),
            LiveEvent::Queue(view) => drop(seen.waiting.insert(view.id, view.waiting)),
            LiveEvent::QueueGone { id } => drop(seen.waiting.remove(id)),
            LiveEvent::Trunk(_)
            | LiveEvent::TrunkGone { .. }
            | LiveEvent::Totals(_)
            | LiveEvent::Message { .. } => {}
        }
    }

    /// An agent's state, now and as it changes.
    #[must_use]
    pub fn agent(&self, id: AgentId) -> watch::Receiver<StateName> {
        self.seen().agent(id).subscribe()
    }

    /// Everything at this moment.
    #[must_use]
    pub fn status(&self) -> DemoStatus {
        let seen = self.seen();
        let mut status = DemoStatus::default();
        for state in seen.agents.values() {
            status.agents.add(*state.borrow());
        }
        for state in seen.calls.values() {
            status.calls.add(*state);
        }
        status.waiting = seen.waiting.values().sum();
        for campaign in seen.campaigns.values() {
            status.in_flight += campaign.in_flight;
            status.attempts += campaign.attempts;
            status.answered += campaign.answered;
            status.connected += campaign.connected;
            status.abandoned += campaign.abandoned;
            // Never pooled (RULES US-2): the worst campaign is what matters.
            status.abandon_rate = status.abandon_rate.max(campaign.abandon_rate);
            if status.held_by.is_none() {
                status.held_by.clone_from(&campaign.held_by);
            }
        }
        status
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn agent(&mut self, id: AgentId) -> &watch::Sender<StateName> {
        self.agents.entry(id).or_insert_with(|| watch::Sender::new(StateName::LoggedOut))
    }
}

/// The whole demo in numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DemoStatus {
    /// Agents by state.
    pub agents: AgentsByState,
    /// Calls by state.
    pub calls: CallsByState,
    /// Callers in queues.
    pub waiting: u32,
    /// Attempts in the network now.
    pub in_flight: u32,
    /// Attempts so far.
    pub attempts: u64,
    /// Those that a person or a machine answered.
    pub answered: u64,
    /// Those that reached an agent.
    pub connected: u64,
    /// Those that a person answered and no agent took in time.
    pub abandoned: u64,
    /// The highest of any campaign, 0 to 1.
    pub abandon_rate: f64,
    /// Why a campaign does not dial although it is running.
    pub held_by: Option<String>,
}

/// Agents by what they are doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AgentsByState {
    /// Not clocked in.
    pub out: u32,
    /// Ready for a call.
    pub ready: u32,
    /// A call is on its way to them.
    pub ringing: u32,
    /// In conversation or holding it.
    pub talking: u32,
    /// Wrapping up.
    pub wrap_up: u32,
    /// Paused, not ready, or without a line.
    pub paused: u32,
}

impl AgentsByState {
    fn add(&mut self, state: StateName) {
        use StateName as S;
        let count = match state {
            S::LoggedOut => &mut self.out,
            S::Ready => &mut self.ready,
            S::Reserved | S::Ringing | S::Previewing => &mut self.ringing,
            S::Talking | S::Hold | S::Consulting => &mut self.talking,
            S::WrapUp => &mut self.wrap_up,
            S::NotReady | S::Paused | S::System => &mut self.paused,
        };
        *count += 1;
    }

    /// Everybody who is clocked in.
    #[must_use]
    pub fn working(&self) -> u32 {
        self.ready + self.ringing + self.talking + self.wrap_up + self.paused
    }
}

/// Calls by how far they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallsByState {
    /// Dialling or ringing at the customer's.
    pub ringing: u32,
    /// Answered or waiting, and no agent yet.
    pub waiting: u32,
    /// With an agent.
    pub talking: u32,
    /// Hearing the notice, or leaving a message.
    pub notice: u32,
}

impl CallsByState {
    fn add(&mut self, state: CallState) {
        use CallState as S;
        let count = match state {
            S::Dialling | S::Ringing => &mut self.ringing,
            S::Answered | S::Waiting | S::Offered | S::Parked | S::Transferring => {
                &mut self.waiting
            }
            S::Talking | S::Held | S::Bridged => &mut self.talking,
            S::Notice | S::Voicemail => &mut self.notice,
        };
        *count += 1;
    }

    /// All of them.
    #[must_use]
    pub fn total(&self) -> u32 {
        self.ringing + self.waiting + self.talking + self.notice
    }
}

#[cfg(test)]
mod tests {
    use admin_api::live::{AgentView, CallDirection, CallView};
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;

    fn agent(id: AgentId, state: StateName) -> LiveEvent {
        LiveEvent::Agent(AgentView {
            id,
            number: 1_427.try_into().unwrap(),
            name: "Rita Moreno".to_owned(),
            state,
            since: Timestamp::UNIX_EPOCH,
            until: None,
            reason: None,
            counts: Some(routing::Counts::Ready),
            attendance: routing::Attendance::Available,
            unit: None,
            next: None,
            fault: None,
            call: None,
            line: routing::LinePlan::default(),
            line_up: true,
            registered: true,
            allowed: vec![],
            help: None,
            watched: false,
            inactive: vec![],
        })
    }

    fn call(id: CallId, state: CallState) -> LiveEvent {
        LiveEvent::Call(CallView {
            id,
            direction: CallDirection::Outbound,
            state,
            calling: None,
            called: "+12025550100".to_owned(),
            campaign: None,
            campaign_name: None,
            queue: None,
            agent: None,
            by: None,
            about: None,
            allowed: vec![],
            recording: None,
            legs: vec![],
            talk: None,
            lead: None,
            since: Timestamp::UNIX_EPOCH,
            started_at: Timestamp::UNIX_EPOCH,
        })
    }

    #[test]
    fn an_agent_and_a_call_are_counted_once_in_their_latest_state() {
        let feed = Feed::default();
        let (who, what) = (Uuid::from_u128(1).into(), Uuid::from_u128(2).into());
        for state in [StateName::NotReady, StateName::Ready, StateName::Talking] {
            feed.notice(&agent(who, state));
        }
        for state in [CallState::Dialling, CallState::Ringing, CallState::Talking] {
            feed.notice(&call(what, state));
        }
        let status = feed.status();
        assert_eq!(status.agents, AgentsByState { talking: 1, ..AgentsByState::default() });
        assert_eq!(status.calls, CallsByState { talking: 1, ..CallsByState::default() });
        feed.notice(&LiveEvent::CallGone { id: what });
        assert_eq!(feed.status().calls.total(), 0);
    }

    #[test]
    fn an_agent_s_own_watch_sees_what_the_feed_is_told() {
        let feed = Feed::default();
        let id = Uuid::from_u128(1).into();
        let watch = feed.agent(id);
        assert_eq!(*watch.borrow(), StateName::LoggedOut);
        feed.clone().notice(&agent(id, StateName::Ready));
        assert_eq!(*watch.borrow(), StateName::Ready);
    }
}
