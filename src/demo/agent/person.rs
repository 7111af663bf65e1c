//! The person at a simulated agent's desk: clocks in, takes calls, disposes of them, has a break
//! now and then, and goes home when told.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use admin_api::{AgentVerb, CallbackBy, ClockIn};
use routing::{AgentId, PauseClass, PauseReason, StateName};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::desk::Desk;
use super::phone::LineState;
use crate::demo::outcomes::Chance;

/// How agents work; [`Habits::default`] suits a demo of a minute.
#[derive(Clone, Debug)]
pub struct Habits {
    /// From the start of a conversation to the agent's hanging up, in ms.
    pub patience_ms: RangeInclusive<u32>,
    /// From the end of a conversation to its disposition, in ms.
    pub wrap_up_ms: RangeInclusive<u32>,
    /// One call in so many is followed by a pause; 0 is never.
    pub pause_one_in: u32,
    /// Length of a pause, in ms.
    pub pause_ms: RangeInclusive<u32>,
    /// What a conversation comes to: codes of the campaign, each as likely as the others.
    pub dispositions: Vec<String>,
}

impl Default for Habits {
    fn default() -> Self {
        let codes = ["sale", "not_interested", "not_interested", "wrong_person"];
        Self {
            patience_ms: 5_000..=12_000,
            wrap_up_ms: 1_000..=3_000,
            pause_one_in: 12,
            pause_ms: 2_000..=4_000,
            dispositions: codes.map(str::to_owned).to_vec(),
        }
    }
}

#[derive(Debug)]
pub(super) struct Person<D> {
    pub(super) id: AgentId,
    pub(super) desk: Arc<D>,
    pub(super) habits: Habits,
    pub(super) chance: Chance,
    pub(super) line: watch::Receiver<LineState>,
    pub(super) state: watch::Receiver<StateName>,
    pub(super) going_home: watch::Receiver<bool>,
}

/// How long the switch may take to show the effect of what was asked before it is asked again.
const SETTLE: Duration = Duration::from_secs(1);

/// The shift is being torn down: its channels are closed.
struct TornDown;

impl<D: Desk> Person<D> {
    /// A working day: from a registered telephone to the way home.
    pub(super) async fn work(mut self) {
        tokio::select! {
            registered = self.line.wait_for(|line| *line != LineState::Unregistered) => {
                if registered.is_err() { return }
            }
            _ = self.going_home.wait_for(|home| *home) => return,
        }
        loop {
            self.line.mark_unchanged();
            let state = *self.state.borrow_and_update();
            let home = *self.going_home.borrow_and_update();
            let is_over = home && state == StateName::LoggedOut;
            if is_over || self.act(state, home).await.is_err() {
                return;
            }
        }
    }

    /// Does what the state calls for, and waits until it changes.
    async fn act(&mut self, state: StateName, home: bool) -> Result<(), TornDown> {
        use StateName as S;
        let (after, verb) = match state {
            S::LoggedOut => (Duration::ZERO, AgentVerb::ClockIn(ClockIn::default())),
            S::NotReady | S::Ready | S::Paused | S::System if home => {
                (Duration::ZERO, AgentVerb::ClockOut { reason: None })
            }
            S::NotReady => (Duration::ZERO, AgentVerb::Ready),
            S::Paused => (self.chance.ms(&self.habits.pause_ms), AgentVerb::Ready),
            S::Talking => (self.chance.ms(&self.habits.patience_ms), AgentVerb::HangUp),
            S::WrapUp => (self.chance.ms(&self.habits.wrap_up_ms), self.disposition()),
            _ => return self.until_changed().await,
        };
        if state == S::Talking && !home && self.wants_a_pause() {
            // Taken after the call: no call that is being dialled loses its agent.
            self.ask(AgentVerb::Pause { reason: Some(PauseReason::of(PauseClass::Break)) }).await;
        }
        // Going home cuts nothing short but a pause.
        let interrupted = tokio::select! {
            changed = self.state.changed() => changed.map(|()| true),
            changed = self.going_home.changed(), if state == S::Paused => changed.map(|()| true),
            () = sleep(after) => Ok(false),
        };
        if interrupted.map_err(|_| TornDown)? {
            return Ok(());
        }
        self.ask(verb).await;
        timeout(SETTLE, self.until_changed()).await.unwrap_or(Ok(()))
    }

    async fn ask(&self, verb: AgentVerb) {
        // Refused is no fault: the call may have ended in the same moment. The state tells.
        if let Err(error) = self.desk.ask(self.id, verb.clone()).await {
            tracing::debug!(agent = %self.id, ?verb, %error, "the switch refused");
        }
    }

    async fn until_changed(&mut self) -> Result<(), TornDown> {
        let changed = tokio::select! {
            changed = self.state.changed() => changed,
            changed = self.line.changed() => changed,
            changed = self.going_home.changed() => changed,
        };
        changed.map_err(|_| TornDown)
    }

    fn disposition(&mut self) -> AgentVerb {
        let codes = &self.habits.dispositions;
        let choices = u32::try_from(codes.len()).unwrap_or(0);
        let choice = usize::try_from(self.chance.below(choices)).unwrap_or(0);
        let code = codes.get(choice).cloned().unwrap_or_default();
        AgentVerb::Dispose {
            call: None,
            code,
            notes: None,
            callback_at: None,
            callback_by: CallbackBy::Anyone,
            callback_zone: None,
        }
    }

    fn wants_a_pause(&mut self) -> bool {
        self.habits.pause_one_in > 0 && self.chance.below(self.habits.pause_one_in) == 0
    }
}
