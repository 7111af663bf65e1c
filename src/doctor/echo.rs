//! An echo call: a telephone of the doctor's calls a second one over SIP, by the addresses that the
//! switch will show, and hears its own RTP come back.
//!
//! ```text
//!  near ──INVITE──▶ listener's address     near ══RTP══▶ address in SDP : media.ports
//!         ◀──200────                                ◀═ echo ═
//! ```
//! Behind a NAT the call by the public address needs the router to turn packets round, which some
//! do not: there a silence is only doubtful.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use config::Config;
use media::rtp::Header;
use media::sdp::{self, Codec, Direction, Local, Policy, SrtpPolicy, SrtpSecret};
use sip::{Destination, Event, Identity, Invite, Peer, PeerId};
use tokio::net::UdpSocket;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::Finding;
use crate::demo::signalling::Signalling;

pub(super) async fn examine(config: &Config, shown: IpAddr) -> Vec<Finding> {
    let bound = local(config.media_address());
    let mut found = vec![finding(bound, call(config, bound).await, false)];
    if !shown.is_unspecified() && shown != bound {
        found.push(finding(shown, call(config, shown).await, true));
    }
    found
}

fn finding(shown: IpAddr, call: anyhow::Result<Echo>, is_far: bool) -> Finding {
    let subject = format!("echo call by {shown}");
    let cure = "let UDP through to sip.udp and media.ports at the firewall";
    match call {
        Ok(Echo { back, longest }) if back * 100 >= SENT * 98 => {
            let took = longest.as_secs_f64() * 1_000.0;
            Finding::fine(subject, format!("{back} of {SENT} packets came back, {took:.1} ms"))
        }
        Ok(Echo { back, .. }) if is_far && back == 0 => Finding::doubtful(
            subject,
            "nothing came back: the router may not turn packets round",
            "call from outside to be sure",
        ),
        Ok(Echo { back, .. }) => {
            Finding::wrong(subject, format!("{back} of {SENT} packets came back"), cure)
        }
        Err(error) => Finding::wrong(subject, format!("{error:#}"), cure),
    }
}

struct Echo {
    back: usize,
    longest: Duration,
}

async fn call(config: &Config, shown: IpAddr) -> anyhow::Result<Echo> {
    let here = local(config.sip.first_listener().ip());
    let mut far = telephone(config, here).await?;
    let mut near = telephone(config, here).await?;
    for one in [&mut far, &mut near] {
        // Both are here.
        let addresses = vec![(here, None)];
        one.act(|endpoint, _, _| endpoint.set_peer(Peer { id: PeerId(1), addresses }));
    }
    let bound = local(config.media_address());
    let mirror = mirror(config, bound).await?;
    let ears = UdpSocket::bind((bound, 0)).await?;
    let (offer, our_local) = (local_of(bound, ears.local_addr()?.port()), far.local());
    let invite = Invite {
        to: Destination::Peer {
            id: PeerId(1),
            user: "echo".to_owned(),
            flow: near.path(our_local),
        },
        from: Identity { user: "doctor".to_owned(), display: None, host: config.sip.domain() },
        asserted: None,
        sdp: Some(sdp::offer(&offer, &CODECS, Direction::SendRecv)),
        headers: vec![],
        credentials: None,
        timer_b: Some(PATIENCE),
    };
    let leg = near.act(|endpoint, now, out| endpoint.invite(now, invite, out))?;
    let answer = local_of(shown, mirror.local_addr()?.port());
    let answered = timeout(PATIENCE, ring(&mut near, &mut far, (&offer, &answer))).await;
    let remote = answered.context("the call was not answered in 4 s")??;
    let echo = listen(&ears, &mirror, remote).await;
    near.act(|endpoint, now, out| endpoint.hang_up(now, leg, None, out));
    echo
}

/// Carries both telephones until the near one knows where to send its audio.
async fn ring(
    near: &mut Signalling,
    far: &mut Signalling,
    (offered, answering): (&Local, &Local),
) -> anyhow::Result<SocketAddr> {
    loop {
        tokio::select! {
            event = far.next() => if let Event::Incoming { leg, sdp: Some(offer), .. } = event {
                let both = Direction::SendRecv;
                let (sdp, _) = sdp::answer(answering, &offer, &CODECS, both, &POLICY)?;
                far.act(|endpoint, now, out| endpoint.answer(now, leg, sdp, out));
            },
            event = near.next() => match event {
                Event::Answered { sdp: Some(sdp), .. } => {
                    let both = Direction::SendRecv;
                    return Ok(sdp::accept(offered, &sdp, &CODECS, both, &POLICY)?.remote);
                }
                Event::Ended { code, .. } => bail!("the call was refused: {code:?}"),
                _ => {}
            },
        }
    }
}

/// Speaks a second of silence towards `remote` and counts what comes back.
async fn listen(ears: &UdpSocket, mirror: &UdpSocket, remote: SocketAddr) -> anyhow::Result<Echo> {
    let mut echo = Echo { back: 0, longest: Duration::ZERO };
    let mut sent: Vec<Instant> = Vec::with_capacity(SENT);
    let mut tick = interval(PACKET);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut at_mirror, mut at_ears) = ([0; 2_048], [0; 2_048]);
    // From the last packet on: a busy machine takes longer over them, and loses none.
    let mut until = tokio::time::Instant::now() + AFTER;
    while echo.back < SENT {
        tokio::select! {
            // What is there counts before the time that it took.
            biased;
            got = mirror.recv_from(&mut at_mirror) => {
                let (length, from) = got?;
                mirror.send_to(&at_mirror[..length], from).await?;
            }
            got = ears.recv_from(&mut at_ears) => {
                let (length, _) = got?;
                let header = Header::read(&at_ears[..length]).filter(|(rtp, _)| rtp.ssrc == SSRC);
                let at = header.and_then(|(rtp, _)| sent.get(usize::from(rtp.sequence)));
                if let Some(at) = at {
                    echo.back += 1;
                    echo.longest = echo.longest.max(at.elapsed());
                    until = tokio::time::Instant::now() + AFTER;
                }
            }
            _ = tick.tick(), if sent.len() < SENT => {
                ears.send_to(&packet(sent.len()), remote).await?;
                sent.push(Instant::now());
                until = tokio::time::Instant::now() + AFTER;
            }
            () = tokio::time::sleep_until(until) => break,
        }
    }
    Ok(echo)
}

fn packet(index: usize) -> Vec<u8> {
    let sequence = u16::try_from(index).unwrap_or_default();
    let header = Header {
        marker: index == 0,
        payload_type: Codec::Pcma.payload_type(),
        sequence,
        timestamp: u32::from(sequence) * 160,
        ssrc: SSRC,
    };
    let mut packet = header.write().to_vec();
    packet.resize(Header::LEN + 160, QUIET);
    packet
}

async fn telephone(config: &Config, here: IpAddr) -> anyhow::Result<Signalling> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).context("the system has no randomness")?;
    let sip = sip::Config::new(config.sip.realm.clone());
    Signalling::bind((here, 0).into(), sip, seed).await.context("no UDP port for SIP")
}

/// The first audio port that is free: where the switch would have its own.
async fn mirror(config: &Config, bound: IpAddr) -> anyhow::Result<UdpSocket> {
    let range = config.media.ports;
    for port in (range.first()..range.last()).step_by(2) {
        if let Ok(socket) = UdpSocket::bind((bound, port)).await {
            return Ok(socket);
        }
    }
    bail!("no port of {range} is free")
}

/// An address to bind to when every one is listened on.
fn local(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(ip) if ip.is_unspecified() => std::net::Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => std::net::Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    }
}

fn local_of(address: IpAddr, port: u16) -> Local {
    let (srtp, secret) = (SrtpPolicy::Off, SrtpSecret::default());
    Local { address, port, session: u64::from(port), version: 1, srtp, secret, web: None }
}

const CODECS: [Codec; 1] = [Codec::Pcma];

/// The doctor calls itself, wherever it is.
const POLICY: Policy = Policy { allow_loopback: true, own: None };

const SENT: usize = 50;
const PACKET: Duration = Duration::from_millis(20);

/// How long the last packet may take.
const AFTER: Duration = Duration::from_secs(1);

const PATIENCE: Duration = Duration::from_secs(4);
const SSRC: u32 = 0x00D0_C702;

/// Silence in A-law.
const QUIET: u8 = 0xD5;
