//! What a peer's description says about the one audio stream that we take from it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use sdp_types::{Attribute, Connection, ConnectionAddressError, Media, ParserError, Session};

use super::{
    Codec, Direction, Local, Policy, SdpError, SrtpPolicy, Web,
    crypto::{self, Crypto},
    web::{self, WebPeer},
    write::{AVP, SAVP},
};

/// A description as received.
pub(super) struct Peer {
    pub(super) session: Session,
}

/// The peer's side of one stream.
#[derive(Debug)]
pub(super) struct Audio {
    pub(super) remote: SocketAddr,
    pub(super) rtcp: SocketAddr,
    pub(super) rtcp_mux: bool,
    /// Payload types of codecs that we know, in the peer's order.
    pub(super) formats: Vec<(u8, Codec)>,
    /// telephone-event: payload types and clocks.
    pub(super) events: Vec<(u8, u32)>,
    /// Payload types of Opus of which nothing is wanted while nobody speaks.
    pub(super) dtx: Vec<u8>,
    pub(super) ptime_ms: u8,
    /// As the peer sees it.
    pub(super) direction: Direction,
    /// The first line that we can use, where the policy allows it.
    pub(super) crypto: Option<Crypto>,
    pub(super) is_savp: bool,
    pub(super) proto: String,
    /// Present where our end is one for browsers.
    web: Option<WebPeer>,
    pub(super) connection_line: String,
    media_line: String,
}

impl Peer {
    pub(super) fn read(text: &[u8]) -> Result<Self, SdpError> {
        let session = Session::parse(text).map_err(|error| malformed(&error))?;
        if session.medias.len() > MEDIA_MAX {
            return Err(SdpError::Unacceptable {
                line: format!("with {} m= lines", session.medias.len()),
                expected: "at most 32",
            });
        }
        Ok(Self { session })
    }

    /// The first stream that we can carry with one of `codecs`, and its place among the m-lines.
    ///
    /// A stream that fails only for its address is an error of its own: the peer meant it, and
    /// passing over it in silence would hide an attack or a mistake.
    pub(super) fn audio(
        &self,
        codecs: &[Codec],
        local: &Local,
        policy: &Policy,
    ) -> Result<(usize, Audio), SdpError> {
        let mut refusal = SdpError::Unacceptable {
            line: "without an m=audio line".to_owned(),
            expected: "m=audio PORT RTP/AVP with PCMU, PCMA, G722 or opus",
        };
        for (index, media) in self.session.medias.iter().enumerate() {
            if media.media != "audio" {
                continue;
            }
            if let Some(expected) = unfit(media, local) {
                refusal = SdpError::Unacceptable { line: media_line(media), expected };
                continue;
            }
            let audio = match local.web {
                Some(_) => self.browser(media, local)?,
                None => self.stream(media, local.srtp, policy)?,
            };
            match audio.first_of(codecs) {
                Ok(_) => return Ok((index, audio)),
                Err(error) => refusal = error,
            }
        }
        Err(refusal)
    }

    fn stream(&self, media: &Media, srtp: SrtpPolicy, policy: &Policy) -> Result<Audio, SdpError> {
        let connection = media.connections.first().or(self.session.connection.as_ref());
        let connection = connection.ok_or_else(|| SdpError::Unacceptable {
            line: media_line(media),
            expected: "a c= line for the stream or the session",
        })?;
        let connection_line = connection_line(connection);
        let remote = SocketAddr::new(ip(connection, &connection_line)?, media.port);
        policy.check(remote, &format!("{connection_line}, {}", media_line(media)))?;
        let rtcp_mux = media.has_attribute("rtcp-mux");
        let rtcp = if rtcp_mux { remote } else { rtcp(media, remote, policy)? };
        let crypto = (srtp != SrtpPolicy::Off).then(|| crypto::lines(media).next()).flatten();
        let direction = self.direction(media, remote);
        Ok(Audio { rtcp, rtcp_mux, direction, crypto, connection_line, ..audio(media, remote) })
    }

    /// Where a browser is, its checks prove; the addresses that it names are not looked at.
    fn browser(&self, media: &Media, local: &Local) -> Result<Audio, SdpError> {
        let web = web::read(&self.session, media)
            .map_err(|expected| SdpError::Unacceptable { line: media_line(media), expected })?;
        let nowhere = match local.address {
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        };
        let direction = self.said_direction(media);
        let audio = audio(media, SocketAddr::new(nowhere, media.port));
        Ok(Audio { rtcp_mux: true, web: Some(web), direction, ..audio })
    }

    /// Of the stream, else of the session, else both ways; `c=0.0.0.0` takes the peer's ear away
    /// (RFC 3264 §8.4, the spelling of RFC 2543).
    fn direction(&self, media: &Media, remote: SocketAddr) -> Direction {
        let said = self.said_direction(media);
        if remote.ip().is_unspecified() { said.within(Direction::RecvOnly) } else { said }
    }

    fn said_direction(&self, media: &Media) -> Direction {
        direction_in(&media.attributes)
            .or_else(|| direction_in(&self.session.attributes))
            .unwrap_or_default()
    }
}

/// What stands in the lines of the stream alone, of a plain one.
fn audio(media: &Media, remote: SocketAddr) -> Audio {
    Audio {
        remote,
        rtcp: remote,
        rtcp_mux: false,
        formats: payload_types(media)
            .filter_map(|payload_type| Some((payload_type, codec(media, payload_type)?)))
            .collect(),
        events: payload_types(media)
            .filter_map(|payload_type| {
                let (name, clock) = encoding(media, payload_type)?.split_once('/')?;
                let is_event = name.eq_ignore_ascii_case("telephone-event");
                Some((payload_type, clock.parse().ok().filter(|_| is_event)?))
            })
            .collect(),
        dtx: payload_types(media)
            .filter(|payload_type| codec(media, *payload_type) == Some(Codec::Opus))
            .filter(|payload_type| has_parameter(media, *payload_type, "usedtx=1"))
            .collect(),
        ptime_ms: ptime_ms(media),
        direction: Direction::SendRecv,
        crypto: None,
        is_savp: media.proto.eq_ignore_ascii_case(SAVP),
        proto: media.proto.clone(),
        web: None,
        connection_line: String::new(),
        media_line: media_line(media),
    }
}

impl Audio {
    /// The first of ours that the peer has too.
    pub(super) fn first_of(&self, codecs: &[Codec]) -> Result<(u8, Codec), SdpError> {
        codecs
            .iter()
            .find_map(|ours| self.formats.iter().find(|(_, theirs)| theirs == ours).copied())
            .ok_or_else(|| self.no_codec())
    }

    /// The payload type of events that count time as the audio does.
    pub(super) fn events_at(&self, clock: u32) -> Option<u8> {
        self.events.iter().find(|(_, of)| *of == clock).map(|(payload_type, _)| *payload_type)
    }

    /// Those the peer has and we do, in the peer's order.
    pub(super) fn formats_of(&self, codecs: &[Codec]) -> impl Iterator<Item = (u8, Codec)> {
        self.formats.iter().copied().filter(|(_, codec)| codecs.contains(codec))
    }

    /// What is agreed with a browser.
    pub(super) fn agree(&self, local: &Local) -> Option<Web> {
        Some(local.web?.agree(self.web.as_ref()?, &local.secret))
    }

    /// What a browser calls the stream.
    pub(super) fn mid(&self) -> Option<&str> {
        self.web.as_ref()?.mid.as_deref()
    }

    /// S9: an answer that takes none of our suites.
    pub(super) fn unprotected(&self) -> SdpError {
        let expected = "a=crypto with a suite of the offer";
        SdpError::Unacceptable { line: self.media_line.clone(), expected }
    }

    pub(super) fn no_codec(&self) -> SdpError {
        let expected = "a codec of ours, of PCMU (0), PCMA (8), G722 (9) and opus";
        SdpError::Unacceptable { line: self.media_line.clone(), expected }
    }
}

/// What a stream lacks to be carried under this policy (S9).
fn unfit(media: &Media, local: &Local) -> Option<&'static str> {
    if local.web.is_some() {
        return (media.port == 0).then_some("an audio stream with a port");
    }
    let is_plain = media.proto.eq_ignore_ascii_case(AVP);
    let is_savp = media.proto.eq_ignore_ascii_case(SAVP);
    let is_protected = || crypto::lines(media).next().is_some();
    match local.srtp {
        _ if media.port == 0 || !(is_plain || is_savp) => {
            Some("an audio stream over RTP/AVP with a port")
        }
        SrtpPolicy::Off if is_savp => Some("an audio stream over RTP/AVP with a port"),
        SrtpPolicy::Prefer if is_savp && !is_protected() => Some("a=crypto with a suite of ours"),
        SrtpPolicy::Require if !is_protected() => {
            Some("a protected stream: a=crypto with a suite of ours")
        }
        _ => None,
    }
}

/// More streams than any phone or browser offers.
const MEDIA_MAX: usize = 32;

fn payload_types(media: &Media) -> impl Iterator<Item = u8> {
    media.fmt.split_ascii_whitespace().filter_map(|text| text.parse().ok()).filter(|pt| *pt < 128)
}

/// `a=rtpmap` of a payload type, as `name/clock`; a trailing channel count of 1 is dropped.
fn encoding(media: &Media, payload_type: u8) -> Option<&str> {
    let maps = media.attributes.iter().filter(|attribute| attribute.attribute == "rtpmap");
    maps.filter_map(|attribute| attribute.value.as_deref()?.trim().split_once(' '))
        .find(|(number, _)| number.parse() == Ok(payload_type))
        .map(|(_, name)| name.trim().trim_end_matches("/1"))
}

/// Whether `a=fmtp` of a payload type has this among its parameters.
fn has_parameter(media: &Media, payload_type: u8, wanted: &str) -> bool {
    let lines = media.attributes.iter().filter(|attribute| attribute.attribute == "fmtp");
    lines
        .filter_map(|attribute| attribute.value.as_deref()?.trim().split_once(' '))
        .filter(|(number, _)| number.parse() == Ok(payload_type))
        .flat_map(|(_, parameters)| parameters.split(';'))
        .any(|parameter| parameter.trim().eq_ignore_ascii_case(wanted))
}

/// An rtpmap decides; without one the static types of RFC 3551 §6 hold.
fn codec(media: &Media, payload_type: u8) -> Option<Codec> {
    let known = [Codec::Pcmu, Codec::Pcma, Codec::G722, Codec::Opus];
    match encoding(media, payload_type) {
        Some(name) => known.into_iter().find(|codec| {
            let (known, clock) = (codec.name(), codec.clock());
            // RFC 7587 §7: opus says two channels whatever it carries.
            let channels = if *codec == Codec::Opus { "/2" } else { "" };
            name.eq_ignore_ascii_case(&format!("{known}/{clock}{channels}"))
        }),
        None => known.into_iter().find(|codec| {
            let is_static = *codec != Codec::Opus;
            is_static && codec.payload_type() == payload_type
        }),
    }
}

/// The longest packet of 10, 20 or 30 ms within `a=ptime` and `a=maxptime`; 20 if neither is said.
fn ptime_ms(media: &Media) -> u8 {
    let read =
        |name: &str| -> Option<f32> { media.get_first_attribute_value(name)??.trim().parse().ok() };
    let wanted = read("ptime").unwrap_or(20.0).min(read("maxptime").unwrap_or(f32::MAX));
    [30, 20].into_iter().find(|ms| f32::from(*ms) <= wanted).unwrap_or(10)
}

/// `a=rtcp` (RFC 3605) with or without an address, else the port above (RFC 3550 §11).
fn rtcp(media: &Media, remote: SocketAddr, policy: &Policy) -> Result<SocketAddr, SdpError> {
    let Some(value) = media.get_first_attribute_value("rtcp").flatten() else {
        return Ok(SocketAddr::new(remote.ip(), remote.port().saturating_add(1)));
    };
    let line = format!("a=rtcp:{value}");
    let expected = "PORT or PORT IN IP4|IP6 ADDRESS";
    let unacceptable = || SdpError::Unacceptable { line: line.clone(), expected };
    let mut words = value.split_ascii_whitespace();
    let port = words.next().and_then(|word| word.parse().ok()).ok_or_else(unacceptable)?;
    let ip = match words.nth(2) {
        Some(word) => word.parse().map_err(|_| unacceptable())?,
        None => remote.ip(),
    };
    let rtcp = SocketAddr::new(ip, port);
    policy.check(rtcp, &line)?;
    Ok(rtcp)
}

fn ip(connection: &Connection, line: &str) -> Result<IpAddr, SdpError> {
    let address = match connection.try_address() {
        Ok(address) => address,
        Err(ConnectionAddressError::InvalidAddress(host)) if is_host_name(&host) => {
            return Err(SdpError::HostName { line: line.to_owned(), host });
        }
        Err(_) => {
            return Err(SdpError::Unacceptable {
                line: line.to_owned(),
                expected: "IN IP4 or IN IP6 and an address",
            });
        }
    };
    Ok(address.ip)
}

fn is_host_name(host: &str) -> bool {
    host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
        && host.bytes().any(|byte| byte.is_ascii_alphabetic())
}

fn direction_in(attributes: &[Attribute]) -> Option<Direction> {
    const ALL: [Direction; 4] =
        [Direction::SendRecv, Direction::SendOnly, Direction::RecvOnly, Direction::Inactive];
    attributes.iter().find_map(|attribute| {
        ALL.into_iter().find(|direction| direction.attribute() == attribute.attribute)
    })
}

fn connection_line(connection: &Connection) -> String {
    let Connection { nettype, addrtype, connection_address } = connection;
    format!("c={nettype} {addrtype} {connection_address}")
}

fn media_line(media: &Media) -> String {
    format!("m={} {} {} {}", media.media, media.port, media.proto, media.fmt)
}

fn malformed(error: &ParserError) -> SdpError {
    use ParserError as E;
    let (line, expected) = match error {
        E::InvalidLineFormat(line, what) => (*line, format!("LETTER=VALUE ({what})")),
        E::InvalidFieldEncoding(line, field) => (*line, format!("UTF-8 in {field}")),
        E::InvalidFieldFormat(line, field) | E::MissingField(line, field) => {
            (*line, format!("a valid {field}"))
        }
        E::FieldTrailingData(line, field) => (*line, format!("nothing after {field}")),
        E::InvalidVersion(line, _) => (*line, "v=0".to_owned()),
        E::NoVersion => (1, "v=0".to_owned()),
        E::MultipleVersions(line)
        | E::MultipleOrigins(line)
        | E::MultipleSessionNames(line)
        | E::MultipleSessionDescription(line)
        | E::MultipleUris(line)
        | E::MultipleConnections(line)
        | E::MultipleTimeZones(line)
        | E::MultipleMediaTitles(line)
        | E::MultipleKeys(line) => (*line, "this kind of line only once".to_owned()),
        E::RepeatWithoutTime(line) => (*line, "t= before r=".to_owned()),
        // The rest are deprecated and no longer made.
        other => (0, other.to_string()),
    };
    SdpError::Malformed { line, expected }
}
