//! How long a source waits after wrong passwords.
//!
//! ```text
//!   free ──5 wrong──▶ waits 1 s ──wrong──▶ 2 s ──▶ 4 s … ──▶ 15 min
//!     ▲                                                        │
//!     └──── right password, or an hour without a try ──────────┘
//! ```
//!
//! Counted for each user and source, and for each source over all users. The source is locked
//! out, never the user (FAULTS S2): who guesses a colleague's password cannot keep the colleague
//! from working. A user that does not exist is counted like any other (S3).

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// The wrong passwords of the last hour.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    entries: Mutex<HashMap<Key, Entry>>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    wrong: u32,
    last: Timestamp,
}

/// A digest, so that a long user name takes no more room than a short one.
type Key = [u8; 32];

impl Backoff {
    /// How long `source` must still wait before it may try `user` again.
    pub(crate) fn wait(&self, user: &str, source: IpAddr, now: Timestamp) -> Option<Duration> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let left = |key: Key, free: u32| {
            let entry = entries.get(&key)?;
            let penalty = penalty(entry.wrong.checked_sub(free)?);
            let passed = Duration::try_from(now.duration_since(entry.last)).unwrap_or_default();
            penalty.checked_sub(passed).filter(|left| !left.is_zero())
        };
        let (pair, alone) = keys(user, source);
        left(pair, FREE_FOR_USER).max(left(alone, FREE_FOR_SOURCE))
    }

    /// Counts a wrong password.
    pub(crate) fn wrong(&self, user: &str, source: IpAddr, now: Timestamp) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let (pair, alone) = keys(user, source);
        for key in [pair, alone] {
            if entries.len() >= ENTRIES_MAX && !entries.contains_key(&key) {
                make_room(&mut entries, now);
            }
            let entry = entries.entry(key).or_insert(Entry { wrong: 0, last: now });
            if is_over(entry.last, now) {
                entry.wrong = 0;
            }
            entry.wrong = entry.wrong.saturating_add(1);
            entry.last = now;
        }
    }

    /// Forgets the wrong passwords of a user who came in; those of the source stand.
    pub(crate) fn right(&self, user: &str, source: IpAddr) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.remove(&keys(user, source).0);
    }
}

/// The wait after the last free try and `more` further ones.
fn penalty(more: u32) -> Duration {
    Duration::from_secs(1 << more.min(10)).min(PENALTY_MAX)
}

/// Drops what is over, and else the older half: a flood of names must not take the memory.
fn make_room(entries: &mut HashMap<Key, Entry>, now: Timestamp) {
    entries.retain(|_, entry| !is_over(entry.last, now));
    if entries.len() < ENTRIES_MAX {
        return;
    }
    let mut times: Vec<Timestamp> = entries.values().map(|entry| entry.last).collect();
    let middle = times.len() / 2;
    let (_, median, _) = times.select_nth_unstable(middle);
    let median = *median;
    let mut surplus = entries.len() / 2;
    entries.retain(|_, entry| {
        let goes = entry.last <= median && surplus > 0;
        surplus -= usize::from(goes);
        !goes
    });
}

fn is_over(last: Timestamp, now: Timestamp) -> bool {
    now.duration_since(last) > REMEMBERED
}

fn keys(user: &str, source: IpAddr) -> (Key, Key) {
    let source = network(source).to_string();
    let pair = Sha256::new_with_prefix(source.as_bytes())
        .chain_update([0])
        .chain_update(user.to_lowercase().as_bytes());
    (pair.finalize().into(), Sha256::digest(source.as_bytes()).into())
}

/// A household has a whole /64 of IPv6 to come from.
pub(crate) fn network(source: IpAddr) -> IpAddr {
    match source.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// Wrong passwords for one user before the first wait.
const FREE_FOR_USER: u32 = 5;

/// Wrong passwords of one source for all users: an office shares one address.
const FREE_FOR_SOURCE: u32 = 50;

const PENALTY_MAX: Duration = Duration::from_mins(15);

const REMEMBERED: jiff::SignedDuration = jiff::SignedDuration::from_hours(1);

const ENTRIES_MAX: usize = 65_536;

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;

    const SOURCE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + seconds.seconds()
    }

    /// FAULTS S2: exact waits.
    #[test]
    fn the_fifth_wrong_password_costs_a_second_and_each_further_one_twice_that() {
        let backoff = Backoff::default();
        for _ in 0..4 {
            backoff.wrong("ada", SOURCE, at(0));
        }
        assert_eq!(backoff.wait("ada", SOURCE, at(0)), None);
        let mut waits = vec![];
        for _ in 0..12 {
            backoff.wrong("ada", SOURCE, at(0));
            waits.push(backoff.wait("ada", SOURCE, at(0)).unwrap().as_secs());
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
        assert_eq!(backoff.wait("ada", SOURCE, at(899)).unwrap().as_secs(), 1);
        assert_eq!(backoff.wait("ada", SOURCE, at(900)), None);
    }

    /// FAULTS S2: the source is locked out, never the user.
    #[test]
    fn a_guessing_source_does_not_lock_the_user_out_elsewhere() {
        let backoff = Backoff::default();
        for _ in 0..20 {
            backoff.wrong("ada", SOURCE, at(0));
        }
        assert!(backoff.wait("ADA", SOURCE, at(0)).is_some());
        assert_eq!(backoff.wait("ada", "192.0.2.2".parse().unwrap(), at(0)), None);
        assert_eq!(backoff.wait("bob", SOURCE, at(0)), None);
    }

    #[test]
    fn a_source_that_walks_through_user_names_is_slowed_too() {
        let backoff = Backoff::default();
        for user in 0..50 {
            backoff.wrong(&format!("user{user}"), SOURCE, at(0));
        }
        assert!(backoff.wait("never tried", SOURCE, at(0)).is_some());
    }

    #[test]
    fn ipv6_sources_of_one_network_are_one_source() {
        let backoff = Backoff::default();
        for host in 0..9 {
            backoff.wrong("ada", format!("2001:db8::{host:x}").parse().unwrap(), at(0));
        }
        assert!(backoff.wait("ada", "2001:db8::ffff".parse().unwrap(), at(0)).is_some());
        assert_eq!(backoff.wait("ada", "2001:db8:0:1::1".parse().unwrap(), at(0)), None);
    }

    #[test]
    fn a_right_password_or_an_hour_wipes_the_slate() {
        let backoff = Backoff::default();
        for _ in 0..9 {
            backoff.wrong("ada", SOURCE, at(0));
        }
        backoff.right("ada", SOURCE);
        assert_eq!(backoff.wait("ada", SOURCE, at(0)), None);
        for _ in 0..9 {
            backoff.wrong("bob", SOURCE, at(0));
        }
        backoff.wrong("bob", SOURCE, at(3601));
        assert_eq!(backoff.wait("bob", SOURCE, at(3601)), None);
    }

    #[test]
    fn a_flood_of_names_stays_within_its_room() {
        let backoff = Backoff::default();
        for user in 0..70_000 {
            backoff.wrong(&user.to_string(), SOURCE, at(0));
        }
        assert!(backoff.entries.lock().unwrap().len() <= ENTRIES_MAX);
    }
}
