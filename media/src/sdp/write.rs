//! The lines that we write.

use bytes::Bytes;
use sdp_types::{Attribute, Connection, Media, Origin, Session, Time};

use super::{Codec, Direction, Local};

/// Our audio stream.
pub(super) struct Audio<'a> {
    pub(super) port: u16,
    pub(super) formats: &'a [(u8, Codec)],
    /// telephone-event: payload types and clocks.
    pub(super) dtmf: &'a [(u8, u32)],
    pub(super) ptime_ms: u8,
    pub(super) direction: Direction,
    pub(super) rtcp_mux: bool,
    pub(super) proto: &'a str,
    /// SDES, or what a browser needs.
    pub(super) security: Vec<Attribute>,
}

impl Audio<'_> {
    pub(super) fn media(&self) -> Media {
        let events = self.dtmf.iter().map(|(payload_type, _)| *payload_type);
        let types = self.formats.iter().map(|(payload_type, _)| *payload_type).chain(events);
        let fmt: Vec<_> = types.map(|payload_type| payload_type.to_string()).collect();
        let mut media = empty("audio", self.port, self.proto, &fmt.join(" "));
        let mut add = |name: &str, value: String| {
            media.attributes.push(Attribute::with_value(name, value));
        };
        for (payload_type, codec) in self.formats {
            // RFC 7587 §7: opus is always declared with two channels.
            let channels = if *codec == Codec::Opus { "/2" } else { "" };
            let (name, clock) = (codec.name(), codec.clock());
            add("rtpmap", format!("{payload_type} {name}/{clock}{channels}"));
            if *codec == Codec::Opus {
                add("fmtp", format!("{payload_type} minptime=10;useinbandfec=1"));
            }
        }
        for (payload_type, clock) in self.dtmf {
            add("rtpmap", format!("{payload_type} telephone-event/{clock}"));
            // RFC 4733 §2.4.1: the sixteen keys.
            add("fmtp", format!("{payload_type} 0-15"));
        }
        add("ptime", self.ptime_ms.to_string());
        media.attributes.push(Attribute::new(self.direction.attribute()));
        if self.rtcp_mux {
            media.attributes.push(Attribute::new("rtcp-mux"));
        }
        media.attributes.extend(self.security.iter().cloned());
        media
    }
}

/// The session level, without media.
pub(super) fn session(local: &Local) -> Session {
    let origin = Origin::with_ip_addr(local.session.to_string(), local.version, local.address);
    let mut session = Session::new(origin, "-");
    session.connection = Some(Connection::from_ip_addr(local.address));
    session.times = vec![Time::new(0, 0)];
    session
}

/// The offered stream with port 0 (RFC 3264 §6).
pub(super) fn rejected(offered: &Media) -> Media {
    empty(&offered.media, 0, &offered.proto, &offered.fmt)
}

pub(super) fn bytes(session: &Session) -> Bytes {
    Bytes::from(session.to_string())
}

pub(super) const AVP: &str = "RTP/AVP";

/// Protected (RFC 3711).
pub(super) const SAVP: &str = "RTP/SAVP";

fn empty(media: &str, port: u16, proto: &str, fmt: &str) -> Media {
    Media {
        media: media.to_owned(),
        port,
        num_ports: None,
        proto: proto.to_owned(),
        fmt: fmt.to_owned(),
        media_title: None,
        connections: Vec::new(),
        bandwidths: Vec::new(),
        key: None,
        attributes: Vec::new(),
    }
}
