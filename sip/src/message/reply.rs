//! The response that belongs to a request: RFC 3261 §8.2.6 and §18.2.1, RFC 3581 §4.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use crate::header::{Commas, Name, Rport, Via};
use crate::message::{Headers, Request, Status, Writer};
use crate::uri::Host;

impl Writer {
    /// Starts the answer to `request`, which came from `source`.
    ///
    /// Copies Via (its top one completed with `received` and `rport`), From, To, Call-ID and CSeq;
    /// Record-Route where the answer makes a dialog; Timestamp in a 100. `to_tag` is added to a To
    /// without one, never to a 100. Works on the salvage of a malformed request too.
    #[must_use]
    pub fn response_to(
        request: &Request,
        status: Status,
        to_tag: Option<&str>,
        source: SocketAddr,
    ) -> Self {
        Self::response_to_with(request, status, status.phrase(), to_tag, source)
    }

    /// As [`Writer::response_to`] with a reason phrase of its own: a malformed request is told
    /// what is wrong with it.
    #[must_use]
    pub fn response_to_with(
        request: &Request,
        status: Status,
        reason: impl fmt::Display,
        to_tag: Option<&str>,
        source: SocketAddr,
    ) -> Self {
        let mut writer = Self::response(status, reason);
        writer.vias(request, source);
        writer.copy(request, Name::From);
        match (to_tag, request.header(Name::To)) {
            (Some(tag), Some(to)) if status != Status::TRYING && takes_tag(request) => {
                writer.header(Name::To, format_args!("{to};tag={tag}"));
            }
            _ => {
                writer.copy(request, Name::To);
            }
        }
        writer.copy(request, Name::CallId);
        writer.copy(request, Name::CSeq);
        if request.method().creates_dialog() && (101..300).contains(&status.code()) {
            writer.copy(request, Name::RecordRoute);
        }
        if status == Status::TRYING {
            writer.copy(request, Name::Timestamp);
        }
        writer
    }

    fn vias(&mut self, request: &Headers, source: SocketAddr) {
        let mut lines = request.lines_of(Name::Via);
        let Some(top_line) = lines.next() else { return };
        let mut values = Commas::new(top_line);
        if let Some(top) = values.next() {
            match Via::parse(top) {
                Ok(via) => self.header(Name::Via, Stamped { via, text: top, source }),
                // Unreadable, so nothing can be added; the transport still knows its source.
                Err(_) => self.header(Name::Via, top),
            };
        }
        for value in values {
            self.header(Name::Via, value);
        }
        for line in lines {
            self.header(Name::Via, line);
        }
    }
}

/// What is added to a To that does not read might end up inside its quotes.
fn takes_tag(request: &Request) -> bool {
    request.to().is_ok_and(|to| to.tag().is_none())
}

/// A top Via with what the next hop saw.
struct Stamped<'a> {
    via: Via<'a>,
    text: &'a str,
    source: SocketAddr,
}

impl fmt::Display for Stamped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wants_port = self.via.rport() == Some(Rport::Requested);
        let address = self.source.ip().to_canonical();
        let differs = match self.via.host {
            Host::V4(host) => IpAddr::V4(host) != address,
            Host::V6(host) => IpAddr::V6(host) != address,
            Host::Name(_) => true,
        };
        // RFC 3581 §4: with rport, received goes in even where it says nothing new.
        if !wants_port && (!differs || self.via.params.contains("received")) {
            return f.write_str(self.text);
        }
        let head = self.text.find(';').unwrap_or(self.text.len());
        f.write_str(&self.text[..head])?;
        for (name, value) in &self.via.params {
            if name.eq_ignore_ascii_case("received") {
                continue;
            }
            write!(f, ";{name}")?;
            match value {
                Some(value) if !value.is_empty() => write!(f, "={value}")?,
                _ if name.eq_ignore_ascii_case("rport") => write!(f, "={}", self.source.port())?,
                Some(_) => f.write_str("=")?,
                None => {}
            }
        }
        write!(f, ";received={address}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Message;

    fn answer(head: &str, status: Status, tag: Option<&str>, source: &str) -> Message {
        let text = format!(
            "INVITE sip:a@h SIP/2.0\r\n{head}Record-Route: <sip:p;lr>\r\nTimestamp: 54\r\n\
             From: <sip:b@h>;tag=1\r\nCall-ID: c\r\nCSeq: 2 INVITE\r\n\r\n"
        );
        let message = Message::parse(text.into()).unwrap();
        let request = message.request().unwrap();
        let source = source.parse().unwrap();
        let answer = Writer::response_to(request, status, tag, source).finish().unwrap();
        Message::parse(answer).unwrap()
    }

    /// RFC 3261 §18.2.1 and RFC 3581 §4: the top Via tells its sender how it was seen.
    #[test]
    fn the_top_via_gets_received_and_rport() {
        for (via, source, expected) in [
            ("192.0.2.1;branch=x", "192.0.2.1:5060", "192.0.2.1;branch=x"),
            ("192.0.2.1;branch=x", "192.0.2.9:5060", "192.0.2.1;branch=x;received=192.0.2.9"),
            ("h:5062;branch=x", "192.0.2.9:99", "h:5062;branch=x;received=192.0.2.9"),
            (
                "192.0.2.1;rport;branch=x",
                "192.0.2.1:99",
                "192.0.2.1;rport=99;branch=x;received=192.0.2.1",
            ),
            // A sender's own claim of what was seen is not passed on.
            (
                "192.0.2.1;received=9.9.9.9;rport",
                "192.0.2.1:99",
                "192.0.2.1;rport=99;received=192.0.2.1",
            ),
            ("[2001:db8::1];branch=x", "[2001:db8::1]:5060", "[2001:db8::1];branch=x"),
            ("192.0.2.1;branch=x", "[::ffff:192.0.2.1]:5060", "192.0.2.1;branch=x"),
        ] {
            let via =
                format!("Via: SIP/2.0/UDP {via}, SIP/2.0/TCP next\r\nv: SIP/2.0/TCP last\r\n");
            let answer = answer(&format!("{via}To: <sip:a@h>\r\n"), Status::OK, None, source);
            let hops: Vec<_> = answer.headers(Name::Via).collect();
            let top = format!("SIP/2.0/UDP {expected}");
            assert_eq!(hops, [&*top, "SIP/2.0/TCP next", "SIP/2.0/TCP last"], "{source}");
        }
    }

    /// RFC 3261 §8.2.6.2: our tag goes into a To without one, and never into a 100.
    #[test]
    fn a_tag_is_added_once() {
        for (to, status, expected) in [
            ("<sip:a@h>", Status::RINGING, Some("ours")),
            ("sip:a@h", Status::OK, Some("ours")),
            ("<sip:a@h>;tag=theirs", Status::OK, Some("theirs")),
            ("<sip:a@h>", Status::TRYING, None),
        ] {
            let head = format!("Via: SIP/2.0/UDP h\r\nTo: {to}\r\n");
            let answer = answer(&head, status, Some("ours"), "192.0.2.1:5060");
            assert_eq!(answer.to().unwrap().tag(), expected, "{to}");
        }
        let head = "Via: SIP/2.0/UDP h\r\nTo: \"open <sip:a@h>\r\n";
        let answer = answer(head, Status::BAD_REQUEST, Some("ours"), "192.0.2.1:5060");
        assert_eq!(answer.header(Name::To), Some("\"open <sip:a@h>"));
    }

    /// RFC 3261 §12.1.1 and §8.2.6.1: Record-Route makes the dialog's route, Timestamp is for 100.
    #[test]
    fn record_route_and_timestamp_go_where_they_belong() {
        let head = "Via: SIP/2.0/UDP h\r\nTo: <sip:a@h>\r\n";
        for (status, route, timestamp) in [
            (Status::TRYING, 0, 1),
            (Status::RINGING, 1, 0),
            (Status::OK, 1, 0),
            (Status::BUSY_HERE, 0, 0),
        ] {
            let answer = answer(head, status, Some("t"), "192.0.2.1:5060");
            assert_eq!(answer.count(Name::RecordRoute), route, "{status}");
            assert_eq!(answer.count(Name::Timestamp), timestamp, "{status}");
        }
    }
}
