//! What address the world sees us at: one STUN binding request (RFC 8489 §6.2.1).
//!
//! Asked from the address that audio is bound to, by a socket of its own: a NAT gives one public
//! address to all of them, and the ports have to be forwarded anyhow. Only the server that was
//! asked is believed, and only with the transaction id of the question.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use media::stun::{question, told_address};
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
            match told_address(answer.get(..got?).unwrap_or_default(), id) {
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

/// RFC 8489 §18.6.
const PORT: u16 = 3_478;

/// An address that a provider changes is wrong for at most this long.
const AGAIN: Duration = Duration::from_mins(1);

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!((length, &packet[..2]), (20, &[0, 1][..]));
            let mut answer = packet[..length].to_vec();
            (answer[0], answer[3]) = (0x01, 12);
            answer.extend(b"\x00\x01\x00\x08\x00\x01\x00\x07\xcb\x00\x71\x07");
            server.send_to(&answer, from).await.unwrap();
        };
        let local = IpAddr::from([127, 0, 0, 1]);
        let (learned, ()) = tokio::join!(learn(&at, local), answering);
        assert_eq!(learned.unwrap(), IpAddr::from([203, 0, 113, 7]));
    }
}
