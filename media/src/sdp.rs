//! Offer and answer (RFC 3264) over the lines of RFC 8866, as pure functions.
//!
//! We speak one audio stream over RTP/AVP, protected by SDES over RTP/SAVP, or with a browser over
//! UDP/TLS/RTP/SAVPF. Whatever else an offer holds keeps its place in the answer, with port 0.
//! Addresses that S7 forbids are refused before anything is sent there.

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use sdp_types::Session;
use serde::{Deserialize, Serialize};

use self::peer::Peer;
pub use self::{
    crypto::{SrtpPolicy, SrtpSecret},
    web::{DtlsRole, Fingerprint, Login, LoginMark, Web, WebEnd},
};
use crate::{g711::Law, opus, plane::PortRange, srtp::Protection, tone::RATE};

mod address;
mod crypto;
mod peer;
mod web;
mod write;

/// Our end of a stream, as written into SDP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Local {
    /// What the other side can reach; not necessarily what the socket is bound to.
    pub address: IpAddr,
    /// The RTP port, from [`Ports::take`](crate::Ports::take).
    pub port: u16,
    /// `o=` session id; the same through a dialog.
    pub session: u64,
    /// `o=` version; rises by one when what we say changes, and only then.
    pub version: u64,
    /// Whether the stream is protected.
    pub srtp: SrtpPolicy,
    /// What our keys are made from; the same through a dialog.
    pub secret: SrtpSecret,
    /// Present where a browser is at the other end: ICE and DTLS take the place of SDES.
    pub web: Option<WebEnd>,
}

/// What addresses a peer may name (FAULTS S7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Accept loopback, for tests and the demo.
    pub allow_loopback: bool,
    /// Our own address and RTP ports, which no peer may name.
    pub own: Option<(IpAddr, PortRange)>,
}

/// A codec we carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Codec {
    /// G.711 µ-law.
    Pcmu,
    /// G.711 A-law.
    Pcma,
    /// G.722 at 64 kbit/s, whose RTP clock runs at 8 kHz for want of care (RFC 3551 §4.5.2).
    G722,
    /// Opus (RFC 7587), for browsers first of all.
    Opus,
}

/// Which way media flows, seen from our side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Direction {
    /// Both ways.
    #[default]
    SendRecv,
    /// We send only: the party is held, and may hear music.
    SendOnly,
    /// We receive only: the party holds us.
    RecvOnly,
    /// Neither.
    Inactive,
}

/// What both sides agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Negotiated {
    /// Where the party wants RTP.
    pub remote: SocketAddr,
    /// Where it wants RTCP: `a=rtcp`, else the port above; the RTP address when muxed.
    pub rtcp: SocketAddr,
    /// RTP and RTCP share one port (RFC 5761).
    pub rtcp_mux: bool,
    /// The codec, the same both ways.
    pub codec: Codec,
    /// Payload type that the party expects.
    pub payload_type_send: u8,
    /// Payload type that the party sends.
    pub payload_type_recv: u8,
    /// telephone-event (RFC 4733): payload types to send and to expect.
    pub dtmf: Option<(u8, u8)>,
    /// Packet time that the party wants, in ms: 10, 20 or 30.
    pub ptime_ms: u8,
    /// Ours, after both had their say.
    pub direction: Direction,
    /// The party wants no Opus while nobody speaks (RFC 7587 §6.1, `usedtx=1`). We ask nobody for
    /// that: whoever sends all the time is missed sooner when it is gone.
    pub dtx: bool,
    /// The keys of both directions, where the stream is protected by SDES.
    pub srtp: Option<Protection>,
    /// How a browser is reached and known; its keys come by DTLS.
    pub web: Option<Web>,
}

/// Why a description cannot be used; names the line and what was expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum SdpError {
    /// Not SDP: answer 400.
    #[error("SDP line {line}: expected {expected}")]
    Malformed {
        /// Counted from 1.
        line: usize,
        /// What the line should have held.
        expected: String,
    },
    /// Nothing in it that we can carry: answer 488.
    #[error("SDP {line}: expected {expected}")]
    Unacceptable {
        /// The line, as received, or the kind of line that is missing.
        line: String,
        /// What we can carry.
        expected: &'static str,
    },
    /// The address is a name; resolve it and call again with the number in its place, or answer
    /// 488.
    #[error("SDP {line}: expected an IP address, found a host name")]
    HostName {
        /// The line, as received.
        line: String,
        /// The name in it.
        host: String,
    },
    /// An address that no peer may name (S7): answer 488.
    #[error("SDP {line}: expected {expected}")]
    Forbidden {
        /// The line, as received.
        line: String,
        /// What addresses are allowed.
        expected: &'static str,
    },
}

/// An offer of one audio stream.
#[must_use]
pub fn offer(local: &Local, codecs: &[Codec], direction: Direction) -> Bytes {
    let formats: Vec<_> = codecs.iter().map(|&codec| (codec.payload_type(), codec)).collect();
    let mut session = write::session(local);
    let (proto, security) = match (&local.web, local.srtp) {
        (Some(end), _) => {
            session.attributes = web::session_lines(Some(web::MID));
            (web::UDP_TLS, web::lines(local, end, None, Some(web::MID)))
        }
        (None, SrtpPolicy::Off) => (write::AVP, Vec::new()),
        (None, SrtpPolicy::Prefer) => (write::AVP, local.secret.offer()),
        (None, SrtpPolicy::Require) => (write::SAVP, local.secret.offer()),
    };
    session.medias.push(
        write::Audio {
            port: local.port,
            formats: &formats,
            dtmf: &events(codecs),
            ptime_ms: PTIME_MS,
            direction,
            rtcp_mux: local.web.is_some(),
            proto,
            security,
        }
        .media(),
    );
    write::bytes(&session)
}

/// Answers `offer` with the first of our `codecs` (preferred first) that it holds, in the
/// direction we want as far as the offer allows it.
pub fn answer(
    local: &Local,
    offer: &[u8],
    codecs: &[Codec],
    direction: Direction,
    policy: &Policy,
) -> Result<(Bytes, Negotiated), SdpError> {
    let peer = Peer::read(offer)?;
    let (index, audio) = peer.audio(codecs, local, policy)?;
    if audio.remote.is_ipv4() != local.address.is_ipv4() {
        return Err(SdpError::Unacceptable {
            line: audio.connection_line,
            expected: if local.address.is_ipv4() { "IP4" } else { "IP6" },
        });
    }
    let (payload_type, codec) = audio.first_of(codecs)?;
    let protected = audio.crypto.and_then(|offered| local.secret.answer(&offered));
    let (line, protection) = protected.unzip();
    let web = audio.agree(local);
    let negotiated = Negotiated {
        remote: audio.remote,
        rtcp: audio.rtcp,
        rtcp_mux: audio.rtcp_mux,
        codec,
        payload_type_send: payload_type,
        payload_type_recv: payload_type,
        dtmf: audio.events_at(codec.clock()).map(|payload_type| (payload_type, payload_type)),
        ptime_ms: codec.ptime_ms(audio.ptime_ms),
        direction: direction.within(audio.direction),
        dtx: audio.dtx.contains(&payload_type),
        srtp: protection,
        web,
    };
    let (proto, security) = match (&local.web, &web) {
        (Some(end), Some(agreed)) => {
            (audio.proto.as_str(), web::lines(local, end, Some(agreed), audio.mid()))
        }
        _ if audio.is_savp => (write::SAVP, line.into_iter().collect()),
        _ => (write::AVP, line.into_iter().collect()),
    };
    let ours = write::Audio {
        port: local.port,
        formats: &[(payload_type, codec)],
        dtmf: &audio
            .events_at(codec.clock())
            .map(|pt| (pt, codec.clock()))
            .into_iter()
            .collect::<Vec<_>>(),
        ptime_ms: negotiated.ptime_ms,
        direction: negotiated.direction,
        rtcp_mux: negotiated.rtcp_mux,
        proto,
        security,
    };
    let mut session = answering(local, &peer.session, index, &ours);
    if web.is_some() {
        session.attributes = web::session_lines(audio.mid());
    }
    Ok((write::bytes(&session), negotiated))
}

/// Reads the answer to the offer of ours that `local` made, with the codecs `offered` in
/// `direction`.
pub fn accept(
    local: &Local,
    answer: &[u8],
    offered: &[Codec],
    direction: Direction,
    policy: &Policy,
) -> Result<Negotiated, SdpError> {
    let peer = Peer::read(answer)?;
    let (_, audio) = peer.audio(offered, local, policy)?;
    let srtp = audio.crypto.and_then(|answered| local.secret.accept(&answered));
    if audio.is_savp && srtp.is_none() {
        return Err(audio.unprotected());
    }
    let (payload_type, codec) = audio.formats_of(offered).next().ok_or_else(|| audio.no_codec())?;
    Ok(Negotiated {
        remote: audio.remote,
        rtcp: audio.rtcp,
        rtcp_mux: local.web.is_some(),
        codec,
        payload_type_send: payload_type,
        payload_type_recv: codec.payload_type(),
        dtmf: audio.events_at(codec.clock()).zip(event_type(codec.clock())),
        ptime_ms: codec.ptime_ms(audio.ptime_ms),
        direction: direction.within(audio.direction),
        dtx: audio.dtx.contains(&payload_type),
        srtp,
        web: audio.agree(local),
    })
}

/// telephone-event in our offers: payload type and clock, which has to be that of the audio (RFC
/// 4733 §2.1).
const EVENTS: [(u8, u32); 2] = [(101, 8_000), (110, 48_000)];

fn event_type(clock: u32) -> Option<u8> {
    EVENTS.iter().find(|(_, of)| *of == clock).map(|(payload_type, _)| *payload_type)
}

/// Those that go with these codecs.
fn events(codecs: &[Codec]) -> Vec<(u8, u32)> {
    let goes = |clock: u32| codecs.iter().any(|codec| codec.clock() == clock);
    EVENTS.into_iter().filter(|(_, clock)| goes(*clock)).collect()
}

/// Packet time in our offers.
const PTIME_MS: u8 = 20;

/// The answer with `ours` at `index`; every other stream of the offer keeps its place and is
/// rejected (RFC 3264 §6).
fn answering(local: &Local, offer: &Session, index: usize, ours: &write::Audio<'_>) -> Session {
    let mut session = write::session(local);
    session.medias = offer
        .medias
        .iter()
        .enumerate()
        .map(|(at, media)| if at == index { ours.media() } else { write::rejected(media) })
        .collect();
    session
}

impl Codec {
    /// Static payload type (RFC 3551 §6), or the dynamic one of our offers.
    #[must_use]
    pub fn payload_type(self) -> u8 {
        match self {
            Self::Pcmu => 0,
            Self::Pcma => 8,
            Self::G722 => 9,
            Self::Opus => 111,
        }
    }

    /// Name in `a=rtpmap`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pcmu => "PCMU",
            Self::Pcma => "PCMA",
            Self::G722 => "G722",
            Self::Opus => "opus",
        }
    }

    /// The law of one that is G.711.
    #[must_use]
    pub fn law(self) -> Option<Law> {
        match self {
            Self::Pcmu => Some(Law::Mu),
            Self::Pcma => Some(Law::A),
            Self::G722 | Self::Opus => None,
        }
    }

    /// The RTP clock, in Hz.
    #[must_use]
    pub fn clock(self) -> u32 {
        match self {
            Self::Pcmu | Self::Pcma | Self::G722 => 8_000,
            Self::Opus => 48_000,
        }
    }

    /// Ticks of the RTP clock to a sample of ours.
    pub(crate) fn scale(self) -> u32 {
        self.clock() / RATE
    }

    /// How long a packet lasts, in ticks of the RTP clock.
    pub(crate) fn span(self, payload: &[u8]) -> usize {
        match self {
            Self::Pcmu | Self::Pcma | Self::G722 => payload.len(),
            Self::Opus => opus::duration(payload),
        }
    }

    /// The packet time nearest to what is wanted: Opus has no frames of 30 ms (RFC 6716 §2.1.4).
    fn ptime_ms(self, wanted: u8) -> u8 {
        if self == Self::Opus { wanted.min(20) } else { wanted }
    }

    /// Whether its packets become packets of `other` one by one, without being decoded in order.
    #[must_use]
    pub(crate) fn relays_to(self, other: Self) -> bool {
        self == other || (self.law().is_some() && other.law().is_some())
    }
}

impl Direction {
    /// Whether we send.
    #[must_use]
    pub fn sends(self) -> bool {
        matches!(self, Self::SendRecv | Self::SendOnly)
    }

    /// Whether we receive.
    #[must_use]
    pub fn receives(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }

    /// The same stream seen from the other end.
    #[must_use]
    pub fn reversed(self) -> Self {
        Self::of(self.receives(), self.sends())
    }

    /// What is left of ours when the peer declares `theirs` (RFC 3264 §6.1).
    #[must_use]
    pub fn within(self, theirs: Self) -> Self {
        Self::of(self.sends() && theirs.receives(), self.receives() && theirs.sends())
    }

    fn of(sends: bool, receives: bool) -> Self {
        match (sends, receives) {
            (true, true) => Self::SendRecv,
            (true, false) => Self::SendOnly,
            (false, true) => Self::RecvOnly,
            (false, false) => Self::Inactive,
        }
    }

    fn attribute(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }
}
