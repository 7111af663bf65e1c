//! What the network showed of an attempt, and what it means for the lead.
//!
//! INTEROP 64 decides: a final SIP response has an outcome, and thirteen Q.850 causes (carried in
//! a Reason header, RFC 3326) override it, because a gateway knows better than the response it
//! was translated to (RFC 3398 §7.2.4.1). A code that the table does not name counts as the x00 of
//! its class (RFC 3261 §8.1.3.2). What an agent says about the conversation is a disposition, not
//! an outcome.

use routing::Invalid;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A person answered and met an agent in time.
    Connected,
    /// A person answered and met no agent in time; the notice was played.
    Abandoned,
    /// A person answered and hung up before either could happen.
    HungUp,
    /// A machine, a fax or a network announcement answered.
    Machine,
    /// The carrier answered and sent no audio.
    NoMedia,
    /// The line is engaged.
    Busy,
    /// It rang and nobody came.
    NoAnswer,
    /// The number does not exist or is no number.
    BadNumber,
    /// Somebody, or somebody's telephone, declined.
    Refused,
    /// The network withheld the call from them: 607, 608, or "603+" (ATIS-1000099).
    Blocked,
    /// The carrier could not; elsewhere it might.
    CarrierFailure,
    /// Our own credentials, identity or account are wrong.
    Configuration,
    /// We gave it up while it rang, for lack of agents or because the campaign stopped.
    Cancelled,
    /// The switch died while the attempt was live.
    Interrupted,
}

impl Outcome {
    /// Every outcome, in order of declaration.
    pub const ALL: [Self; 14] = [
        Self::Connected,
        Self::Abandoned,
        Self::HungUp,
        Self::Machine,
        Self::NoMedia,
        Self::Busy,
        Self::NoAnswer,
        Self::BadNumber,
        Self::Refused,
        Self::Blocked,
        Self::CarrierFailure,
        Self::Configuration,
        Self::Cancelled,
        Self::Interrupted,
    ];

    /// Reads how an unanswered attempt ended from what the network said.
    #[must_use]
    pub fn from_signalling(heard: Signalling) -> Self {
        if heard.rang_out {
            return Self::NoAnswer;
        }
        let by_response = heard.sip.map(|code| Self::from_response(code, heard.network_block));
        match (by_response, heard.q850.and_then(Self::from_cause)) {
            // Both say "declined"; the response alone knows that the network did it.
            (Some(Self::Blocked), Some(Self::Refused)) => Self::Blocked,
            (_, Some(by_cause)) => by_cause,
            (Some(by_response), None) => by_response,
            // Silence: no final response and no ringing that we ended ourselves.
            (None, None) => Self::CarrierFailure,
        }
    }

    /// The SIP half of INTEROP 64. `code` is the final response, 300..=699.
    fn from_response(code: u16, network_block: bool) -> Self {
        match code {
            486 => Self::Busy,
            408 | 480 | 487 => Self::NoAnswer,
            404 | 410 | 484 | 485 | 604 => Self::BadNumber,
            603 if network_block => Self::Blocked,
            603 => Self::Refused,
            607 | 608 => Self::Blocked,
            606 => Self::CarrierFailure,
            // 402 and the identity family (RFC 8224 §6.2.2, RFC 5079) are about us, not them.
            401..=403 | 407 | 428 | 429 | 433 | 436..=438 => Self::Configuration,
            600..=699 => Self::Busy,
            _ => Self::CarrierFailure,
        }
    }

    /// The Q.850 half of INTEROP 64: the causes that override a response, and no others.
    fn from_cause(cause: u8) -> Option<Self> {
        match cause {
            1 | 22 | 28 => Some(Self::BadNumber),
            17 => Some(Self::Busy),
            18 | 19 | 31 => Some(Self::NoAnswer),
            21 => Some(Self::Refused),
            27 | 34 | 38 | 41 | 42 => Some(Self::CarrierFailure),
            _ => None,
        }
    }

    /// Whether the attempt counts against the lead's cap.
    ///
    /// A failure of the carrier or of ours must not burn a lead (FAULTS F7).
    #[must_use]
    pub const fn counts_as_attempt(self) -> bool {
        !matches!(self, Self::CarrierFailure | Self::Configuration | Self::NoMedia)
    }

    /// Whether the far end answered.
    #[must_use]
    pub const fn is_answered(self) -> bool {
        matches!(
            self,
            Self::Connected | Self::Abandoned | Self::HungUp | Self::Machine | Self::NoMedia
        )
    }

    /// When to try the lead again, where the campaign does not say otherwise.
    #[must_use]
    pub const fn default_retry(self) -> Retry {
        match self {
            Self::Connected | Self::BadNumber => Retry::Never,
            Self::Abandoned => Retry::AfterS(72 * HOUR_S),
            Self::Refused | Self::Blocked | Self::HungUp => Retry::AfterS(24 * HOUR_S),
            Self::Machine => Retry::AfterS(4 * HOUR_S),
            Self::NoAnswer => Retry::AfterS(2 * HOUR_S),
            Self::Busy | Self::Configuration | Self::Interrupted => Retry::AfterS(15 * MINUTE_S),
            Self::Cancelled => Retry::AfterS(5 * MINUTE_S),
            Self::CarrierFailure | Self::NoMedia => Retry::AfterS(MINUTE_S),
        }
    }

    /// The outcome as the store and the API spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Abandoned => "abandoned",
            Self::HungUp => "hung_up",
            Self::Machine => "machine",
            Self::NoMedia => "no_media",
            Self::Busy => "busy",
            Self::NoAnswer => "no_answer",
            Self::BadNumber => "bad_number",
            Self::Refused => "refused",
            Self::Blocked => "blocked",
            Self::CarrierFailure => "carrier_failure",
            Self::Configuration => "configuration",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
        }
    }
}

const MINUTE_S: u32 = 60;
const HOUR_S: u32 = 3_600;

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Outcome {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text).ok_or_else(|| {
            let known = Self::ALL.map(Self::as_str).join(", ");
            Invalid::new("outcome", format!("must be one of {known}"))
        })
    }
}

/// What was heard of an attempt that nobody answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signalling {
    /// The final response, 300..=699; none when nothing final ever came.
    pub sip: Option<u16>,
    /// The Q.850 cause of its Reason header, 1..=127.
    pub q850: Option<u8>,
    /// We cancelled it because its ring time was over.
    pub rang_out: bool,
    /// The refusal says that the network made it: see [`is_network_block`].
    pub network_block: bool,
}

/// Whether the reason phrase of a 603 is the one of "603+" (ATIS-1000099): a block by analytics.
#[must_use]
pub fn is_network_block(reason_phrase: &str) -> bool {
    reason_phrase.trim().eq_ignore_ascii_case("Network Blocked")
}

/// When to try a lead again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// Not at all: the lead is done.
    Never,
    /// After this many seconds, 0..=31,536,000.
    AfterS(u32),
}
