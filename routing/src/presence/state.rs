//! The states, with exactly what is valid in each, and who may cause a change.

use super::pause::PauseReason;
use crate::ids::CallId;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Instant;

/// What an agent is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Not clocked in.
    LoggedOut,
    /// Clocked in, and has not pressed Ready.
    NotReady,
    /// Takes work.
    Ready,
    /// Work is set aside for the agent and not delivered yet.
    Reserved {
        /// The call.
        call: CallId,
        /// The reservation ends by itself then.
        until: Instant,
    },
    /// The agent's handset rings, or the customer's for a call that the agent made.
    Ringing {
        /// The call.
        call: CallId,
        /// Ringing ends by itself then.
        until: Instant,
    },
    /// The agent looks at a lead before it is dialled.
    Previewing {
        /// The call that will be.
        call: CallId,
        /// The preview ends by itself then.
        until: Instant,
    },
    /// In conversation.
    Talking {
        /// The call.
        call: CallId,
    },
    /// The customer is on hold.
    Hold {
        /// The call.
        call: CallId,
    },
    /// Calls a colleague, whose work the call is.
    Consulting {
        /// The call.
        call: CallId,
    },
    /// The call is over, its disposition is not given yet.
    WrapUp {
        /// The call that was.
        call: CallId,
        /// The wrap-up ends by itself then.
        until: Instant,
    },
    /// Takes no work, with a reason.
    Paused {
        /// Why.
        reason: PauseReason,
    },
    /// Unavailable because the watchdog misses something.
    System {
        /// What is gone.
        fault: Fault,
        /// The call that is kept while the agent is called back, its customer hearing music.
        stranded: Option<Stranded>,
    },
}

impl State {
    /// The state's name alone.
    #[must_use]
    pub fn name(&self) -> StateName {
        match self {
            Self::LoggedOut => StateName::LoggedOut,
            Self::NotReady => StateName::NotReady,
            Self::Ready => StateName::Ready,
            Self::Reserved { .. } => StateName::Reserved,
            Self::Ringing { .. } => StateName::Ringing,
            Self::Previewing { .. } => StateName::Previewing,
            Self::Talking { .. } => StateName::Talking,
            Self::Hold { .. } => StateName::Hold,
            Self::Consulting { .. } => StateName::Consulting,
            Self::WrapUp { .. } => StateName::WrapUp,
            Self::Paused { .. } => StateName::Paused,
            Self::System { .. } => StateName::System,
        }
    }

    /// The call that the state is about: the finished one in a wrap-up and a colleague's included.
    #[must_use]
    pub fn call(&self) -> Option<CallId> {
        match *self {
            Self::WrapUp { call, .. } | Self::Consulting { call } => Some(call),
            _ => self.owns(),
        }
    }

    /// The live call that the agent owns in this state.
    #[must_use]
    pub fn owns(&self) -> Option<CallId> {
        match *self {
            Self::Reserved { call, .. }
            | Self::Ringing { call, .. }
            | Self::Previewing { call, .. }
            | Self::Talking { call }
            | Self::Hold { call }
            | Self::System { stranded: Some(Stranded { call, .. }), .. } => Some(call),
            _ => None,
        }
    }

    /// When the state ends by itself.
    #[must_use]
    pub fn until(&self) -> Option<Instant> {
        match *self {
            Self::Reserved { until, .. }
            | Self::Ringing { until, .. }
            | Self::Previewing { until, .. }
            | Self::WrapUp { until, .. }
            | Self::System { stranded: Some(Stranded { until, .. }), .. } => Some(until),
            _ => None,
        }
    }

    /// The reason, where the state is a pause.
    #[must_use]
    pub fn reason(&self) -> Option<&PauseReason> {
        match self {
            Self::Paused { reason } => Some(reason),
            _ => None,
        }
    }
}

/// A call whose agent's line dropped in mid-talk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stranded {
    /// The call.
    pub call: CallId,
    /// The call is kept for the agent until then.
    pub until: Instant,
}

/// A state's name, as the API and the journal spell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateName {
    /// Not clocked in.
    LoggedOut,
    /// Clocked in, and has not pressed Ready.
    NotReady,
    /// Takes work.
    Ready,
    /// Work is set aside.
    Reserved,
    /// A handset rings.
    Ringing,
    /// Looks at a lead.
    Previewing,
    /// In conversation.
    Talking,
    /// The customer is on hold.
    Hold,
    /// Calls a colleague.
    Consulting,
    /// After the call.
    WrapUp,
    /// Takes no work.
    Paused,
    /// Something is gone.
    System,
}

impl StateName {
    /// The name as it is written in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LoggedOut => "logged_out",
            Self::NotReady => "not_ready",
            Self::Ready => "ready",
            Self::Reserved => "reserved",
            Self::Ringing => "ringing",
            Self::Previewing => "previewing",
            Self::Talking => "talking",
            Self::Hold => "hold",
            Self::Consulting => "consulting",
            Self::WrapUp => "wrap_up",
            Self::Paused => "paused",
            Self::System => "system",
        }
    }
}

impl StateName {
    /// The name in words: "an agent who is …".
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::LoggedOut => "logged out",
            Self::NotReady => "not ready",
            Self::Ready => "ready",
            Self::Reserved => "reserved for a call",
            Self::Ringing => "being rung",
            Self::Previewing => "previewing a lead",
            Self::Talking => "talking",
            Self::Hold => "holding a call",
            Self::Consulting => "calling a colleague",
            Self::WrapUp => "wrapping up",
            Self::Paused => "paused",
            Self::System => "unavailable",
        }
    }
}

impl fmt::Display for StateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What the watchdog misses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The persistent agent line is down.
    LineLost,
    /// The desk stopped answering.
    DeskLost,
    /// The handset's registration is gone.
    DeviceLost,
}

/// The faults of one agent at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Faults(u8);

impl Faults {
    pub(super) fn insert(&mut self, fault: Fault) {
        self.0 |= 1 << fault as u8;
    }

    pub(super) fn remove(&mut self, fault: Fault) {
        self.0 &= !(1 << fault as u8);
    }

    pub(super) fn first(self) -> Option<Fault> {
        [Fault::LineLost, Fault::DeskLost, Fault::DeviceLost]
            .into_iter()
            .find(|fault| self.0 & (1 << *fault as u8) != 0)
    }
}

/// What follows the work in hand instead of Ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Latch {
    /// A pause, asked for during a call or interrupted by one.
    Pause(PauseReason),
    /// Not ready, as before the agent dialled.
    NotReady,
    /// Clock-out.
    ClockOut {
        /// Said by whoever did it (R188).
        reason: Option<String>,
    },
}

impl Latch {
    /// What brings an agent who dials from `state` back there.
    pub(super) fn back_to(state: &State) -> Option<Self> {
        match state {
            State::Paused { reason } => Some(Self::Pause(reason.clone())),
            State::NotReady => Some(Self::NotReady),
            _ => None,
        }
    }
}

/// Who or what changed a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The agent.
    Agent,
    /// A supervisor.
    Supervisor,
    /// The watchdog.
    Watchdog,
    /// The course of a call.
    Call,
    /// A time limit.
    Timeout,
    /// A changed setting.
    Setting,
}
