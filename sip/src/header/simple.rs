//! Headers with a handful of fields: CSeq, RAck, Reason, Session-Expires and the like.

use std::fmt;

use crate::header::Name;
use crate::header::params::Params;
use crate::header::text::{decimal, delta_seconds, is_token, trim};
use crate::message::{Malformed, Method};

/// RFC 3261 §20.16: a number below 2^31 and the method it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CSeq<'a> {
    /// 0..=2^31-1.
    pub number: u32,
    /// The request's method.
    pub method: Method,
    /// The method as sent, also when unknown.
    pub method_text: &'a str,
}

impl<'a> CSeq<'a> {
    /// Reads a CSeq value.
    pub fn parse(text: &'a str) -> Result<Self, Malformed> {
        const FAULT: Malformed = Malformed::header(Name::CSeq, "a number below 2^31 and a method");
        let (number, method_text) = text.split_once([' ', '\t']).ok_or(FAULT)?;
        let method_text = trim(method_text);
        let number = sequence(number).ok_or(FAULT)?;
        if !is_token(method_text) {
            return Err(FAULT);
        }
        Ok(Self { number, method: Method::parse(method_text), method_text })
    }
}

impl fmt::Display for CSeq<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.method_text)
    }
}

fn sequence(text: &str) -> Option<u32> {
    decimal(text).filter(|&number| number < 1 << 31)
}

/// RFC 3262 §7.2: which provisional response a PRACK acknowledges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RAck<'a> {
    /// The response's RSeq.
    pub rseq: u32,
    /// The CSeq of the request it answered.
    pub cseq: CSeq<'a>,
}

impl<'a> RAck<'a> {
    /// Reads a `RAck` value.
    pub fn parse(text: &'a str) -> Result<Self, Malformed> {
        const FAULT: Malformed = Malformed::header(Name::RAck, "RSeq, CSeq number and method");
        let (rseq, cseq) = text.split_once([' ', '\t']).ok_or(FAULT)?;
        let rseq = decimal(rseq).ok_or(FAULT)?;
        Ok(Self { rseq, cseq: CSeq::parse(trim(cseq)).map_err(|_| FAULT)? })
    }
}

/// RFC 3326: why a request or response was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason<'a> {
    /// `SIP`, `Q.850`, …
    pub protocol: &'a str,
    /// A status code or a Q.850 cause, by the protocol.
    pub cause: Option<u16>,
    params: Params<'a>,
}

impl<'a> Reason<'a> {
    /// Reads one Reason value.
    pub fn parse(text: &'a str) -> Result<Self, Malformed> {
        const FAULT: Malformed = Malformed::header(Name::Reason, "protocol;cause=number");
        let (protocol, params) = text.split_at(text.find(';').unwrap_or(text.len()));
        let (protocol, params) = (trim(protocol), Params::new(params));
        if !is_token(protocol) || !params.is_well_formed() {
            return Err(FAULT);
        }
        let number = |text| decimal(text).and_then(|cause| u16::try_from(cause).ok());
        let cause = params.value("cause").map(|text| number(text).ok_or(FAULT)).transpose()?;
        Ok(Self { protocol, cause, params })
    }

    /// Whether the cause is one of Q.850, the PSTN's.
    #[must_use]
    pub fn is_q850(&self) -> bool {
        self.protocol.eq_ignore_ascii_case("Q.850")
    }

    /// Whether the cause is a SIP status code.
    #[must_use]
    pub fn is_sip(&self) -> bool {
        self.protocol.eq_ignore_ascii_case("SIP")
    }

    /// Words for people.
    #[must_use]
    pub fn text(&self) -> Option<&'a str> {
        self.params.value("text")
    }
}

/// Who refreshes a session timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresher {
    /// The side that sent the request.
    Uac,
    /// The side that answers it.
    Uas,
}

/// RFC 4028 §4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionExpires {
    /// The session interval in seconds.
    pub seconds: u32,
    /// Who refreshes, once settled.
    pub refresher: Option<Refresher>,
}

impl SessionExpires {
    /// Reads a Session-Expires value.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        const FAULT: Malformed =
            Malformed::header(Name::SessionExpires, "seconds and refresher=uac or uas");
        let (seconds, params) = text.split_at(text.find(';').unwrap_or(text.len()));
        let refresher = match Params::new(params).value("refresher") {
            None => None,
            Some(side) if side.eq_ignore_ascii_case("uac") => Some(Refresher::Uac),
            Some(side) if side.eq_ignore_ascii_case("uas") => Some(Refresher::Uas),
            Some(_) => return Err(FAULT),
        };
        Ok(Self { seconds: delta_seconds(trim(seconds), FAULT)?, refresher })
    }
}

impl fmt::Display for SessionExpires {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let refresher = match self.refresher {
            None => "",
            Some(Refresher::Uac) => ";refresher=uac",
            Some(Refresher::Uas) => ";refresher=uas",
        };
        write!(f, "{}{refresher}", self.seconds)
    }
}

/// RFC 3261 §20.33: when to come back; comment and duration are for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryAfter {
    /// Seconds to wait.
    pub seconds: u32,
}

impl RetryAfter {
    /// Reads a Retry-After value.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        const FAULT: Malformed = Malformed::header(Name::RetryAfter, "seconds");
        let end = text.find([' ', '\t', '(', ';']).unwrap_or(text.len());
        Ok(Self { seconds: delta_seconds(&text[..end], FAULT)? })
    }
}

/// RFC 3261 §20.15: what the body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentType<'a> {
    /// `application`
    pub kind: &'a str,
    /// `sdp`
    pub subtype: &'a str,
    /// `boundary`, `charset`, …
    pub params: Params<'a>,
}

impl<'a> ContentType<'a> {
    /// Reads a Content-Type value.
    pub fn parse(text: &'a str) -> Result<Self, Malformed> {
        const FAULT: Malformed = Malformed::header(Name::ContentType, "type/subtype");
        let (media, params) = text.split_at(text.find(';').unwrap_or(text.len()));
        let (kind, subtype) = media.split_once('/').ok_or(FAULT)?;
        let (kind, subtype, params) = (trim(kind), trim(subtype), Params::new(params));
        if !is_token(kind) || !is_token(subtype) || !params.is_well_formed() {
            return Err(FAULT);
        }
        Ok(Self { kind, subtype, params })
    }

    /// Whether it is `kind/subtype`, in any case.
    #[must_use]
    pub fn is(&self, kind: &str, subtype: &str) -> bool {
        self.kind.eq_ignore_ascii_case(kind) && self.subtype.eq_ignore_ascii_case(subtype)
    }
}

/// RFC 6665 §8.2.1: what is subscribed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// `dialog`, `message-summary`, `refer`, …
    pub package: &'a str,
    /// `id` tells several subscriptions in one dialog apart.
    pub params: Params<'a>,
}

impl<'a> Event<'a> {
    /// Reads an Event value.
    pub fn parse(text: &'a str) -> Result<Self, Malformed> {
        let (package, params) = text.split_at(text.find(';').unwrap_or(text.len()));
        let (package, params) = (trim(package), Params::new(params));
        if !is_token(package) || !params.is_well_formed() {
            return Err(Malformed::header(Name::Event, "a package name"));
        }
        Ok(Self { package, params })
    }
}

/// RFC 3891 §6.1: the dialog that a new one takes the place of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replaces<'a> {
    /// The dialog's Call-ID.
    pub call_id: &'a str,
    /// The tag that the reader of this header owns.
    pub to_tag: &'a str,
    /// The tag of the reader's peer.
    pub from_tag: &'a str,
    /// Refuse with 486 once the dialog is confirmed.
    pub early_only: bool,
}

impl<'a> Replaces<'a> {
    /// Reads a Replaces value: a header's, or one unescaped from a Refer-To URI.
    pub fn parse(text: &'a str) -> Result<Self, Malformed> {
        const FAULT: Malformed =
            Malformed::header(Name::Replaces, "Call-ID;to-tag=tag;from-tag=tag");
        let (call_id, params) = text.split_at(text.find(';').ok_or(FAULT)?);
        let (call_id, params) = (trim(call_id), Params::new(params));
        let to_tag = params.value("to-tag").ok_or(FAULT)?;
        let from_tag = params.value("from-tag").ok_or(FAULT)?;
        if call_id.is_empty() || !params.is_well_formed() {
            return Err(FAULT);
        }
        Ok(Self { call_id, to_tag, from_tag, early_only: params.contains("early-only") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequence_numbers_stay_below_two_to_the_31() {
        let cseq = CSeq::parse("0002147483647 \t INVITE").unwrap();
        assert_eq!((cseq.number, cseq.method), (2_147_483_647, Method::Invite));
        for text in ["2147483648 BYE", "-1 BYE", "1", "BYE", "1 B@E", "1 BYE x", ""] {
            assert!(CSeq::parse(text).is_err(), "{text}");
        }
        let rack = RAck::parse("776656 1 INVITE").unwrap();
        assert_eq!((rack.rseq, rack.cseq.number), (776_656, 1));
        assert!(RAck::parse("1 INVITE").is_err());
    }

    /// RFC 3326 §2: the cause is read by its protocol.
    #[test]
    fn reasons_read_with_protocol_cause_and_text() {
        let reason = Reason::parse("Q.850 ;cause=17 ;text=\"User; busy\"").unwrap();
        assert!(reason.is_q850() && !reason.is_sip());
        assert_eq!((reason.cause, reason.text()), (Some(17), Some("User; busy")));
        assert_eq!(Reason::parse("sip").unwrap().cause, None);
        assert!(Reason::parse("SIP;cause=x").is_err());
        assert!(Reason::parse(";cause=1").is_err());
    }

    #[test]
    fn session_timers_and_waits_read_in_seconds() {
        let timer = SessionExpires::parse("1800 ; Refresher=UAS").unwrap();
        assert_eq!((timer.seconds, timer.refresher), (1_800, Some(Refresher::Uas)));
        assert_eq!(timer.to_string(), "1800;refresher=uas");
        assert!(SessionExpires::parse("1800;refresher=me").is_err());
        assert!(SessionExpires::parse("soon").is_err());
        for text in ["18", "18 (in a meeting)", "18;duration=3600", "18(x)"] {
            assert_eq!(RetryAfter::parse(text), Ok(RetryAfter { seconds: 18 }), "{text}");
        }
        assert!(RetryAfter::parse("(x)").is_err());
    }

    /// RFC 3891 §6.1: each tag exactly where its reader looks for it.
    #[test]
    fn replaces_names_a_dialog() {
        let text = "98732@h;from-tag=r33;to-tag=ffe;early-only";
        let replaces = Replaces::parse(text).unwrap();
        assert_eq!(
            (replaces.call_id, replaces.to_tag, replaces.from_tag),
            ("98732@h", "ffe", "r33")
        );
        assert!(replaces.early_only);
        for text in ["c;to-tag=1", "c;from-tag=1", ";to-tag=1;from-tag=2", "c", ""] {
            assert!(Replaces::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn bodies_and_events_are_named() {
        let kind = ContentType::parse("Multipart / Mixed ; boundary=\"a;b\"").unwrap();
        assert!(kind.is("multipart", "mixed"));
        assert_eq!(kind.params.value("boundary"), Some("a;b"));
        assert!(ContentType::parse("sdp").is_err() && ContentType::parse("a/b c").is_err());
        let event = Event::parse("refer;id=93809824").unwrap();
        assert_eq!((event.package, event.params.value("id")), ("refer", Some("93809824")));
        assert!(Event::parse(";id=1").is_err());
    }
}
