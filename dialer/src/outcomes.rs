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
    /// Somebody or something answered and was played the campaign's message to its end.
    Delivered,
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
    pub const ALL: [Self; 15] = [
        Self::Connected,
        Self::Abandoned,
        Self::HungUp,
        Self::Delivered,
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
        let told = match (by_response, heard.q850.and_then(Self::from_cause)) {
            // Both say "declined"; the response alone knows that the network did it.
            (Some(Self::Blocked), Some(Self::Refused)) => Self::Blocked,
            (_, Some(by_cause)) => by_cause,
            (Some(by_response), None) => by_response,
            // Silence: no final response and no ringing that we ended ourselves.
            (None, None) => Self::CarrierFailure,
        };
        // RULES US-3, UK-5: a telephone that has rung has troubled somebody, whoever failed then.
        if heard.rang && !told.counts_as_attempt() { Self::NoAnswer } else { told }
    }

    /// The SIP half of INTEROP 64. `code` is the final response, 300..=699.
    fn from_response(code: u16, network_block: bool) -> Self {
        match code {
            408 | 480 | 487 => Self::NoAnswer,
            404 | 410 | 484 | 485 | 604 => Self::BadNumber,
            603 if network_block => Self::Blocked,
            603 => Self::Refused,
            607 | 608 => Self::Blocked,
            606 => Self::CarrierFailure,
            // 402 and the identity family (RFC 8224 §6.2.2, RFC 5079) are about us, not them.
            401..=403 | 407 | 428 | 429 | 433 | 436..=438 => Self::Configuration,
            486 | 600..=699 => Self::Busy,
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
    /// A failure of the carrier or of ours must not burn a lead (FAULTS F7), as long as nobody was
    /// troubled: who picked up and heard nothing has been called, and is soon enough called again.
    #[must_use]
    pub const fn counts_as_attempt(self) -> bool {
        !matches!(self, Self::CarrierFailure | Self::Configuration)
    }

    /// Whether the far end answered.
    #[must_use]
    pub const fn is_answered(self) -> bool {
        matches!(
            self,
            Self::Connected
                | Self::Abandoned
                | Self::HungUp
                | Self::Delivered
                | Self::Machine
                | Self::NoMedia
        )
    }

    /// Whether nobody is to be met at the number for now, so that another number of the same
    /// person may have its turn.
    #[must_use]
    pub const fn met_nobody(self) -> bool {
        matches!(
            self,
            Self::Machine | Self::NoMedia | Self::Busy | Self::NoAnswer | Self::BadNumber
        )
    }

    /// When to try the lead again, where the campaign does not say otherwise.
    #[must_use]
    pub const fn default_retry(self) -> Retry {
        match self {
            Self::Connected | Self::Delivered | Self::BadNumber => Retry::Never,
            Self::Abandoned => Retry::AfterS(72 * HOUR_S),
            Self::Refused | Self::Blocked | Self::HungUp => Retry::AfterS(24 * HOUR_S),
            Self::Machine => Retry::AfterS(4 * HOUR_S),
            Self::NoAnswer => Retry::AfterS(2 * HOUR_S),
            Self::Busy | Self::Configuration | Self::Interrupted | Self::NoMedia => {
                Retry::AfterS(15 * MINUTE_S)
            }
            Self::Cancelled => Retry::AfterS(5 * MINUTE_S),
            Self::CarrierFailure => Retry::AfterS(MINUTE_S),
        }
    }

    /// The outcome as the store and the API spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Abandoned => "abandoned",
            Self::HungUp => "hung_up",
            Self::Delivered => "delivered",
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
    /// Their telephone rang: a 180 came.
    pub rang: bool,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn of(sip: u16, q850: Option<u8>) -> Outcome {
        Outcome::from_signalling(Signalling { sip: Some(sip), q850, ..Signalling::default() })
    }

    /// INTEROP 64, and for what it does not name RFC 3261 §8.1.3.2: every final response.
    #[test]
    fn every_final_response_has_its_outcome() {
        let table = [
            (Outcome::Busy, vec![486, 600]),
            (Outcome::NoAnswer, vec![480, 408, 487]),
            (Outcome::BadNumber, vec![404, 410, 484, 604]),
            (Outcome::Refused, vec![603]),
            (Outcome::Blocked, vec![607, 608]),
            (Outcome::Configuration, vec![401, 403, 407]),
            (Outcome::CarrierFailure, vec![500, 502, 503, 504, 606]),
            // Not named there. Ambiguous (RFC 3261 §21.4.23): as given it reaches nobody.
            (Outcome::BadNumber, vec![485]),
            // Payment, and the identity we show: ours to put right.
            (Outcome::Configuration, vec![402, 428, 429, 433, 436, 437, 438]),
        ];
        let expected = |code: u16| {
            let named = table.iter().find(|(_, codes)| codes.contains(&code));
            let unnamed = if code >= 600 { Outcome::Busy } else { Outcome::CarrierFailure };
            named.map_or(unnamed, |(outcome, _)| *outcome)
        };
        for code in 300..700 {
            assert_eq!(of(code, None), expected(code), "{code}");
        }
    }

    /// INTEROP 64: these causes override a response, whatever it is; no other cause does.
    #[test]
    fn thirteen_causes_override_every_response() {
        let overriding = [
            (1, Outcome::BadNumber),
            (17, Outcome::Busy),
            (18, Outcome::NoAnswer),
            (19, Outcome::NoAnswer),
            (21, Outcome::Refused),
            (22, Outcome::BadNumber),
            (27, Outcome::CarrierFailure),
            (28, Outcome::BadNumber),
            (31, Outcome::NoAnswer),
            (34, Outcome::CarrierFailure),
            (38, Outcome::CarrierFailure),
            (41, Outcome::CarrierFailure),
            (42, Outcome::CarrierFailure),
        ];
        for sip in [403, 404, 480, 486, 500, 503, 603] {
            for cause in 0..=127 {
                let expected = overriding.iter().find(|(known, _)| *known == cause);
                let expected = expected.map_or(of(sip, None), |(_, outcome)| *outcome);
                assert_eq!(of(sip, Some(cause)), expected, "{sip} with cause {cause}");
            }
        }
    }

    /// INTEROP 49: 607, 608 and 603+ are "blocked", even when the cause says "rejected".
    #[test]
    fn a_network_block_is_told_from_a_person_who_declines() {
        for (sip, phrase, expected) in [
            (603, "Decline", Outcome::Refused),
            (603, "Network Blocked", Outcome::Blocked),
            (603, " network blocked ", Outcome::Blocked),
            (607, "Unwanted", Outcome::Blocked),
            (608, "Rejected", Outcome::Blocked),
        ] {
            for q850 in [None, Some(21)] {
                let network_block = is_network_block(phrase);
                let heard =
                    Signalling { sip: Some(sip), q850, network_block, ..Signalling::default() };
                assert_eq!(Outcome::from_signalling(heard), expected, "{sip} {phrase} {q850:?}");
            }
        }
    }

    /// Our own CANCEL at the end of the ring time is answered 487, or by a crossing refusal.
    #[test]
    fn a_call_that_rang_out_is_a_no_answer_whatever_the_network_says_then() {
        for sip in [None, Some(487), Some(486), Some(503)] {
            let heard = Signalling { sip, rang_out: true, ..Signalling::default() };
            assert_eq!(Outcome::from_signalling(heard), Outcome::NoAnswer);
        }
    }

    /// FAULTS F7: a trunk that says nothing at all has failed; nobody was rung.
    #[test]
    fn silence_is_the_carriers_failure() {
        assert_eq!(Outcome::from_signalling(Signalling::default()), Outcome::CarrierFailure);
    }

    #[test]
    fn an_outcome_reads_as_it_writes() {
        for outcome in Outcome::ALL {
            assert_eq!(outcome.as_str().parse(), Ok(outcome));
            assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.as_str());
        }
        let told = "answered".parse::<Outcome>().unwrap_err().to_string();
        assert!(told.starts_with("outcome: must be one of connected, abandoned"), "{told}");
    }

    /// FAULTS F7: the lead is not burnt by what is not theirs.
    #[test]
    fn only_failures_of_carrier_or_configuration_do_not_count() {
        let free: Vec<_> = Outcome::ALL.into_iter().filter(|o| !o.counts_as_attempt()).collect();
        assert_eq!(free, [Outcome::CarrierFailure, Outcome::Configuration]);
    }

    /// Caps on a number count whom it rang for, whatever the carrier says in the end.
    #[test]
    fn who_was_rung_is_never_a_failure_that_is_free() {
        for sip in [None, Some(403), Some(500), Some(503), Some(606), Some(486), Some(404)] {
            let outcome =
                |rang| Outcome::from_signalling(Signalling { sip, rang, ..Signalling::default() });
            let expected =
                if outcome(false).counts_as_attempt() { outcome(false) } else { Outcome::NoAnswer };
            assert_eq!(outcome(true), expected, "{sip:?}");
        }
    }
}
