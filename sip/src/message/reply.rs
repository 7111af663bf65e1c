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
            (Some(tag), Some(to)) if status != Status::TRYING && !has_tag(request) => {
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
        let mut lines = request.lines().filter(|line| line.known == Some(Name::Via));
        let Some(top_line) = lines.next() else { return };
        let mut values = Commas::new(top_line.value);
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
            self.header(Name::Via, line.value);
        }
    }
}

/// A To that does not read has no tag we could trust, so it gets none of ours either.
fn has_tag(request: &Request) -> bool {
    request.to().is_ok_and(|to| to.tag().is_some())
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
