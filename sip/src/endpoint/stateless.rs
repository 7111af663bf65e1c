//! Answers that leave no state: what strangers get (S5), and never more bytes than they sent (S6).

use std::borrow::Cow;
use std::net::IpAddr;
use std::time::Instant;

use bytes::Bytes;

use super::{Endpoint, Flow, Output, Transport};
use crate::digest::hmac_sha256;
use crate::header::Name;
use crate::leg::Received;
use crate::message::{Malformed, Method, Request, Status, Writer};
use crate::uri::Host;

impl Endpoint {
    /// Answers without a transaction; a retransmission gets the same answer, tag and all.
    pub(super) fn reply(
        &mut self,
        received: &Received,
        code: u16,
        add: impl Fn(&mut Writer),
        out: &mut Vec<Output>,
    ) {
        let tag = self.stateless_tag(&received.request);
        let full = || {
            let mut writer = received.response(code, Some(&tag), &self.config);
            add(&mut writer);
            writer.finish()
        };
        let bare = || compact(received.response(code, Some(&tag), &self.config).finish().ok()?);
        let bytes = self.fit(received, &[&|| full().ok(), &bare]);
        self.send_reply(received, bytes, out);
    }

    /// Says what is wrong with a request.
    pub(super) fn reply_malformed(
        &mut self,
        received: &Received,
        fault: Malformed,
        out: &mut Vec<Output>,
    ) {
        let tag = self.stateless_tag(&received.request);
        let (request, source) = (&received.request, received.flow.remote);
        let full = || {
            let (status, tag) = (fault.status, Some(tag.as_str()));
            Writer::response_to_with(request, status, fault, tag, source).finish().ok()
        };
        let bare = || {
            let mut writer = Writer::response_to(request, fault.status, Some(&tag), source);
            compact(writer.finish().ok()?)
        };
        let bytes = self.fit(received, &[&full, &bare]);
        self.send_reply(received, bytes, out);
    }

    /// Asks for credentials: 401 by the registrar, 407 before an INVITE.
    pub(super) fn challenge(
        &mut self,
        now: Instant,
        received: &Received,
        (code, name): (u16, Name),
        stale: bool,
        out: &mut Vec<Output>,
    ) {
        let (source, transport) = (received.flow.remote.ip(), received.flow.transport);
        let browser = matches!(transport, Transport::Ws | Transport::Wss);
        let user = claimed_user(&received.request);
        let challenges = self.authenticator.challenges(now, source, &user, browser, stale);
        let tag = self.stateless_tag(&received.request);
        let write = |challenges: &[String]| {
            let mut writer = received.response(code, Some(&tag), &self.config);
            for challenge in challenges {
                writer.header(name, challenge);
            }
            writer.finish().ok()
        };
        // The last is MD5, which every phone knows.
        let last = challenges.last().cloned().into_iter().collect::<Vec<_>>();
        let both = || write(&challenges);
        let one = || write(&last);
        let bare = || {
            let (request, source) = (&received.request, received.flow.remote);
            let status = Status::new(code)?;
            let tag = Some(tag.as_str());
            let mut writer = Writer::response_to_with(request, status, "Auth", tag, source);
            for challenge in &last {
                // MD5 is what a challenge without an algorithm means (RFC 7616 §3.3).
                writer.header(name, challenge.replace(",algorithm=MD5", ""));
            }
            compact(writer.finish().ok()?)
        };
        let bytes = self.fit(received, &[&both, &one, &bare]);
        self.send_reply(received, bytes, out);
    }

    /// The first version that may go out: over UDP a stranger gets at most what it sent.
    fn fit(&self, received: &Received, versions: &[&dyn Fn() -> Option<Bytes>]) -> Option<Bytes> {
        let flow = received.flow;
        let free = flow.transport.is_reliable() || self.peers.find(flow.remote).is_some();
        let most = if free { usize::MAX } else { received.request.raw().len() };
        versions.iter().filter_map(|version| version()).find(|bytes| bytes.len() <= most)
    }

    fn send_reply(&mut self, received: &Received, bytes: Option<Bytes>, out: &mut Vec<Output>) {
        match bytes {
            Some(bytes) => out.push(Output::Send { flow: reply_path(received), bytes }),
            None => self.unanswered += 1,
        }
    }

    pub(super) fn stateless_tag(&self, request: &Request) -> String {
        let mut text = request.header(Name::CallId).unwrap_or_default().to_owned();
        text += request.header(Name::From).unwrap_or_default();
        let mac = hmac_sha256(&self.tag_key, text.as_bytes());
        hex::encode(&mac[..4])
    }
}

/// Whose credentials a request should bring: its address of record, or who it is from.
fn claimed_user(request: &Request) -> String {
    let address = if request.method() == Method::Register { request.to() } else { request.from() };
    let user = address.ok().and_then(|address| address.uri.user_unescaped().map(Cow::into_owned));
    user.unwrap_or_default()
}

/// Where responses go: RFC 3581 with `rport`; without it the port in Via, unless a NAT has made
/// that address meaningless (RFC 3261 §18.2.2).
pub(super) fn reply_path(received: &Received) -> Flow {
    let mut flow = received.flow;
    if flow.transport.is_reliable() {
        return flow;
    }
    let Ok(via) = received.request.top_via() else { return flow };
    let stated = match via.host {
        Host::V4(ip) => Some(IpAddr::V4(ip)),
        Host::V6(ip) => Some(IpAddr::V6(ip)),
        Host::Name(_) => None,
    };
    if via.rport().is_none() && stated == Some(flow.remote.ip()) {
        flow.remote.set_port(via.port_or_default());
    }
    flow
}

/// The same message with short header names (RFC 3261 §7.3.3); only for messages without a body.
fn compact(bytes: Bytes) -> Option<Bytes> {
    let mut text = String::from_utf8(bytes.into()).ok()?;
    for (long, short) in [
        ("\r\nVia: ", "\r\nv:"),
        ("\r\nFrom: ", "\r\nf:"),
        ("\r\nTo: ", "\r\nt:"),
        ("\r\nCall-ID: ", "\r\ni:"),
        ("\r\nContent-Length: ", "\r\nl:"),
    ] {
        text = text.replace(long, short);
    }
    Some(Bytes::from(text))
}
