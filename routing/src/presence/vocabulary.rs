//! The four vocabularies, each a projection of the one state (REQUIREMENTS D6).

use super::pause::PauseClass;
use super::state::State;
use serde::{Deserialize, Serialize};

/// What a state's time counts as; the six add up to the login time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counts {
    /// Available time (R91).
    Ready,
    /// Reserved, ringing, previewing.
    Ring,
    /// Talk time (R92).
    Talk,
    /// The customer was on hold.
    Hold,
    /// Wrap-up.
    WrapUp,
    /// Pause time (R90), breaks included.
    Pause,
}

/// The attendance tracker's words (R179–R182).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attendance {
    /// Not clocked in.
    Away,
    /// Clocked in, ready, not working.
    Available,
    /// Working on a case.
    Active,
    /// Clocked in, cannot work.
    Unavailable,
}

impl Attendance {
    /// The word for time that counts as this.
    #[must_use]
    pub fn of(counts: Counts) -> Self {
        match counts {
            Counts::Ready => Self::Available,
            Counts::Pause => Self::Unavailable,
            Counts::Ring | Counts::Talk | Counts::Hold | Counts::WrapUp => Self::Active,
        }
    }
}

/// The dialer desk's words (R72, R73, R79, R92).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeskWord {
    /// Logged out.
    LoggedOut,
    /// Logged in, before Play.
    BeforePlay,
    /// Ready.
    Ready,
    /// Talk.
    Talk,
    /// Wrap-up.
    WrapUp,
    /// Break.
    Break,
    /// Pause.
    Pause,
}

/// The agent toolbar's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolbarWord {
    /// Logged out.
    LoggedOut,
    /// Available.
    Available,
    /// Interaction.
    Interaction,
    /// Wrap.
    Wrap,
    /// Paused.
    Paused,
}

impl State {
    /// What the time in this state counts as; none while logged out.
    ///
    /// A call kept for an agent whose line dropped counts as hold, for so it is to the customer.
    #[must_use]
    pub fn counts(&self) -> Option<Counts> {
        Some(match self {
            Self::LoggedOut => return None,
            Self::Ready => Counts::Ready,
            Self::Reserved { .. } | Self::Ringing { .. } | Self::Previewing { .. } => Counts::Ring,
            Self::Talking { .. } | Self::Consulting { .. } => Counts::Talk,
            Self::Hold { .. } | Self::System { stranded: Some(_), .. } => Counts::Hold,
            Self::WrapUp { .. } => Counts::WrapUp,
            Self::NotReady | Self::Paused { .. } | Self::System { stranded: None, .. } => {
                Counts::Pause
            }
        })
    }

    /// Whether the time is break time (R89).
    #[must_use]
    pub fn is_break(&self) -> bool {
        self.reason().is_some_and(|reason| reason.class == PauseClass::Break)
    }

    /// The attendance tracker's word.
    #[must_use]
    pub fn attendance(&self) -> Attendance {
        self.counts().map_or(Attendance::Away, Attendance::of)
    }

    /// The dialer desk's word.
    #[must_use]
    pub fn desk_word(&self) -> DeskWord {
        match (self, self.counts()) {
            (_, None) => DeskWord::LoggedOut,
            (Self::NotReady, _) => DeskWord::BeforePlay,
            (_, Some(Counts::Ready | Counts::Ring)) => DeskWord::Ready,
            (_, Some(Counts::Talk | Counts::Hold)) => DeskWord::Talk,
            (_, Some(Counts::WrapUp)) => DeskWord::WrapUp,
            (_, Some(Counts::Pause)) if self.is_break() => DeskWord::Break,
            (_, Some(Counts::Pause)) => DeskWord::Pause,
        }
    }

    /// The agent toolbar's word.
    #[must_use]
    pub fn toolbar_word(&self) -> ToolbarWord {
        match (self, self.counts()) {
            (_, None) | (Self::NotReady, _) => ToolbarWord::LoggedOut,
            (_, Some(Counts::Ready | Counts::Ring)) => ToolbarWord::Available,
            (_, Some(Counts::Talk | Counts::Hold)) => ToolbarWord::Interaction,
            (_, Some(Counts::WrapUp)) => ToolbarWord::Wrap,
            (_, Some(Counts::Pause)) => ToolbarWord::Paused,
        }
    }
}
