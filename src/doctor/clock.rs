//! How far the wall clock is off: calling windows, permits and STIR passports rest on it.
//!
//! SNTP, the client's side of RFC 5905 §14: one packet of 48 bytes each way.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use config::Config;
use jiff::{SignedDuration, Timestamp};
use tokio::net::UdpSocket;

use super::Finding;

pub(super) async fn examine(config: &Config, server: Option<&str>) -> Vec<Finding> {
    let mut found = vec![];
    if let Some(server) = server {
        found.push(match offset(server).await {
            Ok(offset) => judge(server, offset),
            Err(error) => Finding::doubtful(
                "clock",
                format!("could not be compared with {server}: {error:#}"),
                "name a server that answers with --time-server, or see: timedatectl status",
            ),
        });
    }
    found.extend(backwards(config));
    found
}

fn judge(server: &str, offset: SignedDuration) -> Finding {
    let seen = format!("{} ms from {server}", offset.as_millis());
    let cure = "keep time by chrony or systemd-timesyncd";
    match offset.abs() {
        far if far > WRONG => Finding::wrong("clock", seen, cure),
        far if far > DOUBTFUL => Finding::doubtful("clock", seen, cure),
        _ => Finding::fine("clock", seen),
    }
}

/// The clock stands before what the switch has last written.
fn backwards(config: &Config) -> Option<Finding> {
    let journal = config.node.state_dir.join("journal");
    let files = std::fs::read_dir(journal).ok()?;
    let written = files.filter_map(|file| file.ok()?.metadata().ok()?.modified().ok()).max()?;
    let ahead = written.duration_since(std::time::SystemTime::now()).ok()?;
    (ahead > Duration::from_secs(1)).then(|| {
        let seen = format!("{} s before the journal's last entry", ahead.as_secs());
        Finding::wrong("clock", seen, "set it right before the switch starts")
    })
}

/// How far the server's clock is ahead of ours.
async fn offset(server: &str) -> anyhow::Result<SignedDuration> {
    let at = if server.contains(':') { server.to_owned() } else { format!("{server}:123") };
    let remote = tokio::net::lookup_host(&at).await?.next().context("it has no address")?;
    let any = if remote.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(remote).await?;
    let asked = Timestamp::now();
    let mut packet = [0; PACKET];
    packet[0] = CLIENT;
    packet[40..].copy_from_slice(&ntp(asked).to_be_bytes());
    socket.send(&packet).await?;
    let mut answer = [0; PACKET];
    let got = tokio::time::timeout(PATIENCE, socket.recv(&mut answer)).await;
    let got = got.context("no answer in 3 s")??;
    read(asked, Timestamp::now(), answer.get(..got).unwrap_or_default(), &packet[40..])
}

/// RFC 5905 §8: ((T2 − T1) + (T3 − T4)) / 2.
fn read(
    asked: Timestamp,
    heard: Timestamp,
    answer: &[u8],
    origin: &[u8],
) -> anyhow::Result<SignedDuration> {
    let answer: &[u8; PACKET] = answer.try_into().context("it is no time server")?;
    ensure!(answer[0] & 7 == SERVER && answer[1] != 0, "it will not tell the time");
    ensure!(answer[24..32] == *origin, "it answers another question");
    let at = |from: usize| {
        let bytes = answer.get(from..from + 8).and_then(|bytes| bytes.try_into().ok());
        of_ntp(bytes.map(u64::from_be_bytes).unwrap_or_default())
    };
    let (received, sent) = (at(32)?, at(40)?);
    Ok((received.duration_since(asked) + sent.duration_since(heard)) / 2)
}

/// Seconds since 1900 in the upper half, parts of a second in the lower.
fn ntp(at: Timestamp) -> u64 {
    let second = u64::try_from(at.as_second()).unwrap_or_default() + SINCE_1900;
    let nanosecond = u64::try_from(at.subsec_nanosecond()).unwrap_or_default();
    (second << 32) | ((nanosecond << 32) / 1_000_000_000)
}

fn of_ntp(at: u64) -> anyhow::Result<Timestamp> {
    // The era ends in 2036; an odd stamp is an error and no panic.
    let second = i64::try_from((at >> 32).saturating_sub(SINCE_1900))?;
    let nanosecond = i32::try_from(((at & 0xFFFF_FFFF) * 1_000_000_000) >> 32)?;
    Ok(Timestamp::new(second, nanosecond)?)
}

const PACKET: usize = 48;

/// Version 4, mode 3.
const CLIENT: u8 = 0x23;

/// Mode 4.
const SERVER: u8 = 4;

const SINCE_1900: u64 = 2_208_988_800;
const PATIENCE: Duration = Duration::from_secs(3);
const DOUBTFUL: SignedDuration = SignedDuration::from_secs(1);

/// Half of what RFC 8224 §4.1 lets a passport be old, and long enough to dial past a window.
const WRONG: SignedDuration = SignedDuration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    /// RFC 5905 §8, with 20 ms each way and a server 1.5 s ahead.
    #[test]
    fn the_offset_is_what_is_left_when_the_way_there_and_back_is_taken_off() {
        let at = |ms: i64| Timestamp::from_millisecond(1_795_312_800_000 + ms).unwrap();
        let mut answer = [0; PACKET];
        (answer[0], answer[1]) = (0x24, 2);
        answer[24..32].copy_from_slice(&ntp(at(0)).to_be_bytes());
        answer[32..40].copy_from_slice(&ntp(at(1_520)).to_be_bytes());
        answer[40..].copy_from_slice(&ntp(at(1_530)).to_be_bytes());
        let origin = ntp(at(0)).to_be_bytes();
        let offset = read(at(0), at(50), &answer, &origin).unwrap();
        assert!((offset.as_millis() - 1_500).abs() <= 1, "{offset:?}");
        assert_eq!(judge("t", offset).verdict, Verdict::Doubtful);
        assert!(read(at(0), at(50), &answer, &ntp(at(7)).to_be_bytes()).is_err());
        assert!(read(at(0), at(50), &answer[..40], &origin).is_err());
        answer[1] = 0;
        assert!(read(at(0), at(50), &answer, &origin).is_err(), "a kiss of death tells no time");
    }
}
