//! What a carrier says: its messages and its SDP, built by the product's own printer.

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use sip::header::Name;
use sip::message::Writer;
use sip::{Method, Request, Status};

/// What both halves of a dialog are called, seen from the carrier.
#[derive(Clone, Debug)]
pub(super) struct Dialog {
    pub(super) call_id: String,
    /// From of our requests, with our tag.
    pub(super) local: String,
    /// To of our requests; with the switch's tag once there is one.
    pub(super) remote: String,
    /// Request-URI of what we send within the dialog.
    pub(super) target: String,
    /// Our last `CSeq`.
    pub(super) sent: u32,
    /// The switch's last `CSeq`.
    pub(super) heard: u32,
}

/// An answer to a request of the switch.
pub(super) fn response(
    request: &Request,
    status: Status,
    tag: &str,
    ends: (SocketAddr, SocketAddr),
    sdp: Option<&str>,
) -> Bytes {
    response_with(request, status, tag, ends, (sdp, &[]))
}

/// The same with headers of its own.
pub(super) fn response_with(
    request: &Request,
    status: Status,
    tag: &str,
    (us, switch): (SocketAddr, SocketAddr),
    (sdp, headers): (Option<&str>, &[(Name, String)]),
) -> Bytes {
    let mut writer = Writer::response_to(request, status, Some(tag), switch);
    if request.method() == Method::Invite && (101..300).contains(&status.code()) {
        writer.header(Name::Contact, format_args!("<sip:{us}>"));
        if request.to().is_ok_and(|to| to.tag().is_none()) {
            for proxy in proxies(us) {
                writer.header(Name::RecordRoute, proxy);
            }
        }
    }
    for (name, value) in headers {
        writer.header(*name, value);
    }
    let printed = match sdp {
        Some(sdp) => writer.finish_with("application/sdp", sdp.as_bytes()),
        None => writer.finish(),
    };
    printed.unwrap_or_default()
}

/// A refusal of the switch's INVITE, with the cause that the network tells, and for how long it
/// asks to be left alone.
pub(super) fn refusal(
    invite: &Request,
    status: Status,
    tag: &str,
    switch: SocketAddr,
    (q850, again): (Option<u8>, Option<u32>),
) -> Bytes {
    let mut writer = Writer::response_to(invite, status, Some(tag), switch);
    if let Some(cause) = q850 {
        writer.header(Name::Reason, format_args!("Q.850;cause={cause}"));
    }
    if let Some(seconds) = again {
        writer.header(Name::RetryAfter, seconds);
    }
    writer.finish().unwrap_or_default()
}

/// The ACK of a refusal, in the transaction of the INVITE that was refused.
pub(super) fn ack_of_refusal(
    dialog: &Dialog,
    cseq: u32,
    us: SocketAddr,
    branch: Option<&str>,
) -> Bytes {
    let branch = branch.unwrap_or_default();
    Writer::request(Method::Ack, &dialog.target)
        .header(Name::Via, format_args!("SIP/2.0/UDP {us};rport;branch={branch}"))
        .header(Name::MaxForwards, 70)
        .header(Name::From, &dialog.local)
        .header(Name::To, &dialog.remote)
        .header(Name::CallId, &dialog.call_id)
        .header(Name::CSeq, format_args!("{cseq} ACK"))
        .finish()
        .unwrap_or_default()
}

/// A request within a dialog, or the INVITE that begins one.
pub(super) fn request(
    method: Method,
    dialog: &Dialog,
    cseq: u32,
    (us, branch): (SocketAddr, u64),
    sdp: Option<&str>,
) -> Bytes {
    let mut writer = Writer::request(method, &dialog.target);
    writer
        .header(Name::Via, format_args!("SIP/2.0/UDP {us};rport;branch=z9hG4bK{branch:016x}"))
        .header(Name::MaxForwards, 70)
        .header(Name::From, &dialog.local)
        .header(Name::To, &dialog.remote)
        .header(Name::CallId, &dialog.call_id)
        .header(Name::CSeq, format_args!("{cseq} {}", method.as_str().unwrap_or_default()));
    if method == Method::Invite {
        writer.header(Name::Contact, format_args!("<sip:{us}>"));
        if !dialog.remote.contains(";tag=") {
            for proxy in proxies(us) {
                writer.header(Name::RecordRoute, proxy);
            }
        }
    }
    let printed = match sdp {
        Some(sdp) => writer.finish_with("application/sdp", sdp.as_bytes()),
        None => writer.finish(),
    };
    printed.unwrap_or_default()
}

/// Our SDP: µ-law, and where we want it.
pub(super) fn sdp(us: SocketAddr, port: u16, version: u32) -> String {
    let ip = us.ip();
    format!(
        "v=0\r\no=- {port} {version} IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\n\
         m=audio {port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=sendrecv\r\n"
    )
}

/// Session and version of an `o=` line.
pub(super) fn origin(sdp: &[u8]) -> Option<(u64, u64)> {
    let text = std::str::from_utf8(sdp).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("o="))?;
    let mut words = line.split(' ').skip(1);
    Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?))
}

/// The proxies of a carrier that want to stay on the way of a call, as Record-Route tells them:
/// two at every other carrier, both at its own address.
pub(super) fn proxies(us: SocketAddr) -> Vec<String> {
    let IpAddr::V4(ip) = us.ip() else { return vec![] };
    let wanted = ip.octets()[3].is_multiple_of(2);
    let both = [format!("<sip:{us};lr>"), format!("<sip:{us};lr;second>")];
    both.into_iter().filter(|_| wanted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_line_tells_its_session_and_version() {
        let us = SocketAddr::from(([198, 51, 100, 1], 5_060));
        assert_eq!(origin(sdp(us, 4_000, 3).as_bytes()), Some((4_000, 3)));
        assert_eq!(origin(b"v=0\r\n"), None);
    }
}
