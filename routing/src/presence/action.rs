//! What an agent may do now, and why not the rest.
//!
//! One table answers both: [`Presence::allowed`] lists the actions it has nothing against, and an
//! arrow that an agent can ask for consults it first. So a desk that greys out what is not allowed
//! is never refused, and one that does not is told why.

use super::state::{Fault, Latch, State, StateName};
use super::{Input, Presence};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

/// What an agent can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Begin to work.
    ClockIn,
    /// Stop working.
    ClockOut,
    /// Take work, or take back a pause that waits for the end of the call.
    Ready,
    /// Take no work; during a call, after it.
    Pause,
    /// Dial a number.
    Dial,
    /// Call a colleague.
    CallAgent,
    /// Take a call that waits or is parked.
    Take,
    /// Take the call that rings.
    Answer,
    /// Leave the call that rings to somebody else.
    Decline,
    /// Dial the lead that is previewed.
    DialPreviewed,
    /// Pass the lead that is previewed.
    Skip,
    /// Put the customer on hold.
    Hold,
    /// Take the customer back.
    Resume,
    /// End the call.
    HangUp,
    /// Give the disposition and end the wrap-up.
    Dispose,
}

impl Action {
    /// Every action, in the order a desk shows them.
    pub const ALL: [Self; 15] = [
        Self::ClockIn,
        Self::ClockOut,
        Self::Ready,
        Self::Pause,
        Self::Dial,
        Self::CallAgent,
        Self::Take,
        Self::Answer,
        Self::Decline,
        Self::DialPreviewed,
        Self::Skip,
        Self::Hold,
        Self::Resume,
        Self::HangUp,
        Self::Dispose,
    ];
}

impl Presence {
    /// What the agent may do now.
    ///
    /// An organisation that allows clock-out while active (R189) allows that besides.
    #[must_use]
    pub fn allowed(&self) -> Vec<Action> {
        Action::ALL.into_iter().filter(|action| self.why_not(*action).is_none()).collect()
    }

    /// Refuses `action` where it is not allowed now.
    pub fn check(&self, action: Action) -> Result<(), Refused> {
        match self.why_not(action) {
            Some(why) => Err(Refused::illegal(why)),
            None => Ok(()),
        }
    }

    #[expect(clippy::match_same_arms, reason = "read action by action")]
    fn why_not(&self, action: Action) -> Option<&'static str> {
        use Action as A;
        use State as S;
        match (action, &self.state) {
            (A::ClockIn, S::LoggedOut) => None,
            (A::ClockIn, _) => Some("the agent is clocked in already"),
            (_, S::LoggedOut) => Some("the agent must clock in first"),
            (A::ClockOut, state) => (state.call().is_some())
                .then_some("the call and its wrap-up must be finished first"),
            (A::Ready, _) => self.why_not_ready(),
            (A::Pause, _) => None,
            (A::Dial | A::CallAgent | A::Take, S::Ready | S::NotReady | S::Paused { .. })
            | (A::Take, S::WrapUp { .. }) => {
                (self.fault() == Some(Fault::LineLost)).then(|| missing(Fault::LineLost))
            }
            (A::Dial, _) => Some("a number can be dialled only while no call is in hand"),
            (A::CallAgent, _) => Some("a colleague can be called only while no call is in hand"),
            (A::Take, _) => Some("a call can be taken only while none is in hand"),
            (A::Answer | A::Decline, S::Ringing { .. }) => {
                self.outgoing.then_some("the call that rings is the agent's own; hang up instead")
            }
            (A::Answer | A::Decline, _) => Some("no call rings at the agent"),
            (A::DialPreviewed | A::Skip, S::Previewing { .. }) => None,
            (A::DialPreviewed | A::Skip, _) => Some("no lead is being previewed"),
            (A::Hold, S::Talking { .. }) | (A::Resume, S::Hold { .. }) => None,
            (A::Hold, _) => Some("only a call in conversation can be held"),
            (A::Resume, _) => Some("no call is on hold"),
            (A::HangUp, S::Talking { .. } | S::Hold { .. } | S::Consulting { .. }) => None,
            (A::HangUp, S::Ringing { .. }) if self.outgoing => None,
            (A::HangUp, _) => Some("there is no call to hang up"),
            (A::Dispose, S::WrapUp { .. }) => None,
            (A::Dispose, _) => Some("there is no wrap-up to finish"),
        }
    }

    fn why_not_ready(&self) -> Option<&'static str> {
        match (&self.state, &self.latch) {
            (State::Ready, _) => Some("the agent is ready already"),
            (
                State::NotReady
                | State::Paused { .. }
                | State::WrapUp { .. }
                | State::System { stranded: None, .. },
                _,
            ) => self.fault().map(missing),
            (_, Some(Latch::Pause(_) | Latch::NotReady)) => None,
            (_, Some(Latch::ClockOut { .. })) => Some("the agent is clocked out after this call"),
            (_, None) => Some("a call is in hand already"),
        }
    }
}

/// Why a fault stands in the way.
fn missing(fault: Fault) -> &'static str {
    match fault {
        Fault::LineLost => "the agent line is down; it must come up first",
        Fault::DeskLost => "the desk does not answer; it must come back first",
        Fault::DeviceLost => "the handset is not registered; it must come back first",
    }
}

/// A request that changed nothing, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Refused {
    /// What kind of refusal.
    pub kind: Refusal,
    /// Why, in words for the person who asked.
    pub why: Cow<'static, str>,
}

/// What kind of refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// There is no such agent, queue or call.
    Unknown,
    /// It exists, but not in a state for this.
    Illegal,
    /// A limit is reached.
    Limit,
    /// The reservation is over.
    Stale,
}

impl Refused {
    pub(crate) fn new(kind: Refusal, why: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, why: why.into() }
    }

    pub(crate) fn illegal(why: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Refusal::Illegal, why)
    }

    /// No arrow of the figure starts in `state` with `input`.
    pub(super) fn arrow(state: StateName, input: &Input) -> Self {
        Self::illegal(format!("an agent who is {} cannot {input}", state.words()))
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ClockIn { .. } => "clock in",
            Self::ClockOut { .. } => "clock out",
            Self::Ready => "become ready",
            Self::Pause(_) => "pause",
            Self::Lost { .. } => "lose a line",
            Self::Back(_) => "get a line back",
            Self::Reserve { .. } => "be reserved for work",
            Self::Dial { .. } => "dial",
            Self::Release => "be released from work",
            Self::Ring { .. } => "be rung",
            Self::Preview { .. } => "preview a lead",
            Self::Consult { .. } => "call a colleague",
            Self::Take { .. } => "take a call",
            Self::Turn { .. } => "turn to another call",
            Self::DialPreviewed { .. } => "dial a previewed lead",
            Self::DialKept { .. } => "dial who kept a place in line",
            Self::Decline => "decline a call",
            Self::Connect => "be connected",
            Self::Hold => "hold a call",
            Self::Resume => "resume a call",
            Self::Ended => "end a call",
            Self::Disposed => "finish a wrap-up",
            Self::Tick => "wait",
        })
    }
}
