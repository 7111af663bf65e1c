//! `[media]`: where audio flows.

use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU16;

use serde::{Deserialize, Serialize};

/// The RTP sockets and the threads that serve them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Media {
    /// The address audio is bound to; see [`crate::Config::media_address`] for its default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    /// The UDP ports audio may use, in even and odd pairs (RFC 3550 §11).
    pub ports: PortRange,
    /// Threads that move packets, 1..=64; one for each processor when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workers: Option<NonZeroU16>,
    /// Whether telephones' audio is protected by SRTP (SDES); trunks have a setting each.
    pub srtp: Srtp,
    /// What telephones are offered and may choose, best first; trunks have a list each.
    pub codecs: Vec<Codec>,
    /// What browsers are offered, best first.
    pub web_codecs: Vec<Codec>,
    /// Whether pages that register by WebSocket have WebRTC; without it they are telephones whose
    /// audio is plain RTP, which no browser speaks.
    pub web: bool,
    /// The one UDP port of all browsers' audio; the number of `http.listen` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub web_port: Option<u16>,
    /// Whether conversations are listened to for who speaks: dead air, talk-over, shares.
    pub follow_talk: bool,
    /// The calling code, `+` first, of the country whose ringing, busy and congestion tones are
    /// heard where no number that was called says so.
    pub tones: String,
    /// The program that speaks text prompts; without it they cannot be made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speech: Option<Speech>,
}

impl Default for Media {
    fn default() -> Self {
        Self {
            address: None,
            ports: PortRange::default(),
            workers: None,
            srtp: Srtp::default(),
            codecs: vec![Codec::Pcma, Codec::Pcmu],
            web_codecs: vec![Codec::Opus, Codec::Pcma, Codec::Pcmu],
            web: true,
            web_port: None,
            follow_talk: true,
            tones: "+1".to_owned(),
            speech: None,
        }
    }
}

impl Media {
    /// Whether [`Self::tones`] is a calling code (ITU-T E.164 §6.2.1: one to three digits), or a
    /// number that has one.
    pub(crate) fn has_tones(&self) -> bool {
        let digits = self.tones.strip_prefix('+').unwrap_or_default();
        (1..=15).contains(&digits.len())
            && digits.bytes().all(|digit| digit.is_ascii_digit())
            && !digits.starts_with('0')
    }
}

/// A program that reads a text on its standard input and writes WAV or Ogg/Opus on its output.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Speech {
    /// The program and its arguments, each for itself: no shell reads them.
    pub command: Vec<String>,
    /// How long it may take, in seconds; 1..=120.
    #[serde(default = "timeout_s")]
    pub timeout_s: u16,
}

fn timeout_s() -> u16 {
    20
}

impl Speech {
    /// What is wrong with it, and what was expected.
    pub(crate) fn fault(&self) -> Option<(&'static str, &'static str)> {
        if self.command.first().is_none_or(|program| program.trim().is_empty()) {
            let expected = "command = [\"espeak-ng\", \"--stdin\", \"--stdout\"]";
            return Some(("the command names no program", expected));
        }
        let in_range = (1..=120).contains(&self.timeout_s);
        (!in_range)
            .then_some(("the program would have no time, or too much", "timeout_s from 1 to 120"))
    }
}

/// How audio is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Codec {
    /// G.711 A-law.
    Pcma,
    /// G.711 µ-law.
    Pcmu,
    /// G.722, which is wide between two ends that both speak it.
    G722,
    /// Opus, which repairs what the network lost.
    Opus,
}

/// Whether audio is protected. SDES keys stand in the SIP messages, so it protects what SIP over
/// TLS carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Srtp {
    /// Never.
    #[default]
    Off,
    /// Where the telephone can.
    Prefer,
    /// Always: a telephone without it is refused.
    Require,
}

/// An inclusive range of UDP ports, from an even one to an odd one, written `"16384-32767"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct PortRange {
    first: u16,
    last: u16,
}

impl PortRange {
    /// The even port the range starts with.
    #[must_use]
    pub fn first(self) -> u16 {
        self.first
    }

    /// The odd port the range ends with.
    #[must_use]
    pub fn last(self) -> u16 {
        self.last
    }

    /// How many RTP and RTCP pairs the range holds.
    #[must_use]
    pub fn pairs(self) -> u32 {
        (u32::from(self.last) - u32::from(self.first)).div_ceil(2)
    }

    /// True when `port` is one of the range.
    #[must_use]
    pub fn contains(self, port: u16) -> bool {
        (self.first..=self.last).contains(&port)
    }
}

impl Default for PortRange {
    fn default() -> Self {
        Self { first: 16_384, last: 32_767 }
    }
}

impl TryFrom<String> for PortRange {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let Some((first, last)) = text.split_once('-') else {
            return Err(format!("expected FIRST-LAST such as \"16384-32767\", got {text:?}"));
        };
        let port = |digits: &str| {
            let digits = digits.trim();
            digits
                .parse::<u16>()
                .map_err(|_| format!("expected two ports from 1024 to 65535, got {digits:?}"))
        };
        let (first, last) = (port(first)?, port(last)?);
        if first < LOWEST {
            return Err(format!("expected ports from {LOWEST} upwards, got {first}"));
        }
        if first % 2 == 1 {
            return Err(format!("expected an even first port (RTP takes even ports), got {first}"));
        }
        if last % 2 == 0 {
            return Err(format!("expected an odd last port (RTCP takes odd ports), got {last}"));
        }
        let range = Self { first, last };
        if last < first || range.pairs() < PAIRS_MIN {
            let ports = 2 * PAIRS_MIN;
            return Err(format!("expected at least {ports} ports, got {text:?}"));
        }
        Ok(range)
    }
}

/// Peers refuse audio from the ports below, and so do we (FAULTS S7).
const LOWEST: u16 = 1024;

/// Twenty-five calls of two legs: less is a typing error.
const PAIRS_MIN: u32 = 50;

impl From<PortRange> for String {
    fn from(range: PortRange) -> Self {
        range.to_string()
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_counts_its_pairs() {
        assert_eq!(PortRange::default().pairs(), 8192);
        let range = PortRange::try_from("20000-20099".to_owned()).unwrap();
        assert_eq!((range.first(), range.last(), range.pairs()), (20_000, 20_099, 50));
        assert!(range.contains(20_099) && !range.contains(20_100));
    }

    #[test]
    fn a_range_that_cannot_hold_pairs_is_refused() {
        for text in ["16385-32767", "16384-32766", "32768-16385", "16384-16401", "80-32767"] {
            assert!(PortRange::try_from(text.to_owned()).is_err(), "{text}");
        }
        for text in ["16384", "a-b", "-", "16384-99999", ""] {
            assert!(PortRange::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
