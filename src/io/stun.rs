//! What address the world sees us at: one STUN binding request (RFC 8489 §5, §6.2.1, §14).
//!
//! Asked from the address that audio is bound to, by a socket of its own: a NAT gives one public
//! address to all of them, and the ports have to be forwarded anyhow. Only the server that was
//! asked is believed, and only with the transaction id of the question.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tokio::net::UdpSocket;
use tokio::time::timeout;

use super::brain::Letter;
use super::inbox::{Class, Inbox};
use crate::switch::Input;

/// The address that `server` (a host, or host and port) sees packets from `local` come from.
pub async fn learn(server: &str, local: IpAddr) -> anyhow::Result<IpAddr> {
    let at = if has_port(server) { server.to_owned() } else { format!("{server}:{PORT}") };
    let found = tokio::net::lookup_host(&at).await.with_context(|| format!("cannot find {at}"))?;
    let same = |address: &SocketAddr| address.is_ipv4() == local.is_ipv4();
    let remote = found.into_iter().find(same).context("it has no address of our family")?;
    let socket = UdpSocket::bind((local, 0)).await?;
    socket.connect(remote).await?;
    let mut id = [0; 12];
    getrandom::fill(&mut id).context("the system has no randomness")?;
    let mut answer = [0; 1_500];
    // RFC 8489 §6.2.1, cut short: whoever waits here is a start that is held up.
    for wait in [500, 1_000, 2_000].map(Duration::from_millis) {
        socket.send(&question(id)).await?;
        if let Ok(got) = timeout(wait, socket.recv(&mut answer)).await {
            match read(answer.get(..got?).unwrap_or_default(), id) {
                Some(address) => return Ok(address.ip()),
                None => bail!("it answers with something else than STUN"),
            }
        }
    }
    bail!("no answer in 3.5 s")
}

/// Asks again and again; the brain hears when the world sees us elsewhere than before.
pub(super) async fn follow(
    server: String,
    local: IpAddr,
    mut known: Option<IpAddr>,
    inbox: Arc<Inbox<Letter>>,
) {
    loop {
        tokio::time::sleep(AGAIN).await;
        match learn(&server, local).await {
            Ok(seen) if known != Some(seen) => {
                let letter = Letter::Input(Input::PublicAddress(seen));
                if inbox.push(Instant::now(), Class::Desk, letter).is_ok() {
                    tracing::warn!(%seen, before = ?known, "the public address has changed");
                    known = Some(seen);
                }
            }
            Ok(_) => {}
            Err(error) => tracing::debug!(%server, %error, "the STUN server does not answer"),
        }
    }
}

fn has_port(server: &str) -> bool {
    server.rsplit_once(':').is_some_and(|(host, port)| {
        port.parse::<u16>().is_ok() && (!host.contains(':') || host.ends_with(']'))
    })
}

fn question(id: [u8; 12]) -> [u8; HEADER] {
    let mut packet = [0; HEADER];
    packet[1] = 0x01;
    packet[4..8].copy_from_slice(&COOKIE);
    packet[8..].copy_from_slice(&id);
    packet
}

/// The mapped address of a success response to the question with that id.
fn read(packet: &[u8], id: [u8; 12]) -> Option<SocketAddr> {
    let (header, mut rest) = packet.split_first_chunk::<HEADER>()?;
    let ours = header[..2] == SUCCESS && header[4..8] == COOKIE && header[8..] == id;
    if !ours {
        return None;
    }
    let mut plain = None;
    while let Some(([kind_high, kind, high, low], after)) = rest.split_first_chunk::<4>() {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let value = after.get(..length)?;
        match (kind_high, kind) {
            (0, 0x20) => return mapped(value, &[&COOKIE[..], &id].concat()),
            (0, 0x01) => plain = mapped(value, &[0; 16]),
            _ => {}
        }
        // RFC 8489 §14: attributes stand on words.
        rest = after.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    plain
}

fn mapped(value: &[u8], mask: &[u8]) -> Option<SocketAddr> {
    let unmasked = |from: usize, count: usize| {
        let bytes = value.get(from..from + count)?.iter().zip(mask);
        Some(bytes.map(|(byte, mask)| byte ^ mask).collect::<Vec<_>>())
    };
    let port = u16::from_be_bytes(unmasked(2, 2)?.try_into().ok()?);
    let ip = match value.get(1)? {
        1 => Ipv4Addr::from(<[u8; 4]>::try_from(unmasked(4, 4)?).ok()?).into(),
        2 => Ipv6Addr::from(<[u8; 16]>::try_from(unmasked(4, 16)?).ok()?).into(),
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

/// RFC 8489 §18.6.
const PORT: u16 = 3_478;

const HEADER: usize = 20;
const COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];
const SUCCESS: [u8; 2] = [0x01, 0x01];

/// An address that a provider changes is wrong for at most this long.
const AGAIN: Duration = Duration::from_mins(1);

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 5769 §2.2 and §2.3: the sample responses' mapped addresses, in their own packets.
    #[test]
    fn the_sample_responses_of_rfc_5769_are_read() {
        let id = *b"\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae";
        let packet = |attribute: &[u8]| {
            let mut packet = vec![0x01, 0x01, 0x00, 0x00];
            packet.extend(COOKIE);
            packet.extend(id);
            packet.extend(b"\x80\x22\x00\x0btest vector\x20");
            packet.extend(attribute);
            packet
        };
        let v4 = packet(b"\x00\x20\x00\x08\x00\x01\xa1\x47\xe1\x12\xa6\x43");
        assert_eq!(read(&v4, id), Some("192.0.2.1:32853".parse().unwrap()));
        let v6 = packet(
            b"\x00\x20\x00\x14\x00\x02\xa1\x47\x01\x13\xa9\xfa\xa5\xd3\xf1\x79\xbc\x25\xf4\xb5\
              \xbe\xd2\xb9\xd9",
        );
        let expected = "[2001:db8:1234:5678:11:2233:4455:6677]:32853";
        assert_eq!(read(&v6, id), Some(expected.parse().unwrap()));
        assert_eq!(read(&v4, [0; 12]), None, "another question's answer");
        for length in 0..v4.len() {
            assert_eq!(read(&v4[..length], id), None, "cut at {length}");
        }
    }

    #[test]
    fn a_server_may_name_its_port() {
        assert!(has_port("stun.example:3479") && has_port("[2001:db8::1]:3478"));
        assert!(!has_port("stun.example") && !has_port("2001:db8::1"));
    }

    /// A server on loopback sees us where we are.
    #[tokio::test]
    async fn an_address_is_learned_from_whoever_was_asked() {
        let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let at = server.local_addr().unwrap().to_string();
        let answering = async {
            let mut packet = [0; 64];
            let (length, from) = server.recv_from(&mut packet).await.unwrap();
            assert_eq!((length, &packet[..2]), (HEADER, &[0, 1][..]));
            let mut answer = packet[..HEADER].to_vec();
            answer[0] = 0x01;
            answer.extend(b"\x00\x01\x00\x08\x00\x01\x00\x07\xcb\x00\x71\x07");
            server.send_to(&answer, from).await.unwrap();
        };
        let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let (learned, ()) = tokio::join!(learn(&at, local), answering);
        assert_eq!(learned.unwrap(), IpAddr::from([203, 0, 113, 7]));
    }
}
