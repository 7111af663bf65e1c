//! Nonces that need no memory until they have been used: a time and a hash over it.
//!
//! `nonce = hex(stamp, 7 bytes) ‖ hex(HMAC-SHA-256(secret, stamp ‖ source), 8 bytes)`, where the
//! stamp is milliseconds (5 bytes) and a counter (2 bytes) that keeps nonces of one millisecond
//! apart. Only a nonce that came back with the right response is remembered, with its highest
//! `nc`; at the bound the oldest is forgotten and with it every nonce of its age, so forgetting
//! opens no replay.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Mints nonces and watches over their use.
pub(crate) struct Nonces {
    secret: [u8; 32],
    lifetime: Duration,
    bound: usize,
    /// The first instant seen: the zero of a nonce's clock.
    epoch: Option<Instant>,
    /// Highest count by stamp and user.
    counts: HashMap<(u64, String), u32>,
    /// The same keys by age; the second number breaks ties.
    ages: BTreeMap<(u64, u64), (u64, String)>,
    order: u64,
    minted: u64,
    /// Nonces stamped at or before this were forgotten.
    floor: Option<u64>,
}

/// A nonce that is ours, for this source and not too old.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fresh {
    stamp: u64,
}

/// The count came before: a replay, or datagrams out of order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Replayed;

impl Nonces {
    /// At most `bound` used nonces are remembered.
    pub(crate) fn new(secret: [u8; 32], lifetime: Duration, bound: usize) -> Self {
        Self {
            secret,
            lifetime,
            bound,
            epoch: None,
            counts: HashMap::new(),
            ages: BTreeMap::new(),
            order: 0,
            minted: 0,
            floor: None,
        }
    }

    /// A nonce for a challenge to `source`: 30 characters.
    pub(crate) fn mint(&mut self, now: Instant, source: IpAddr) -> String {
        self.minted += 1;
        let stamp = self.clock_ms(now) << 16 | self.minted & 0xFFFF;
        let mac = self.mac(stamp, source);
        format!("{stamp:014x}{mac:016x}")
    }

    /// Whether `nonce` was minted here, for `source`, within its lifetime; work and time are the
    /// same for every well-formed nonce.
    pub(crate) fn check(&mut self, now: Instant, source: IpAddr, nonce: &str) -> Option<Fresh> {
        let clock_ms = self.clock_ms(now);
        if nonce.len() != 30 || !nonce.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let (stamp, mac) = nonce.split_at(14);
        let stamp = u64::from_str_radix(stamp, 16).ok()?;
        let mac = u64::from_str_radix(mac, 16).ok()?;
        let genuine = bool::from(self.mac(stamp, source).to_be_bytes().ct_eq(&mac.to_be_bytes()));
        let age = Duration::from_millis(clock_ms.checked_sub(stamp >> 16)?);
        let forgotten = self.floor.is_some_and(|floor| stamp <= floor);
        (genuine && age < self.lifetime && !forgotten).then_some(Fresh { stamp })
    }

    /// Records that `user` proved itself with `count` (`None`: without qop, good for one use).
    pub(crate) fn spend(
        &mut self,
        nonce: Fresh,
        user: &str,
        count: Option<u32>,
    ) -> Result<(), Replayed> {
        let key = (nonce.stamp, user.to_owned());
        if let Some(highest) = self.counts.get_mut(&key) {
            return match count {
                Some(count) if count > *highest => {
                    *highest = count;
                    Ok(())
                }
                _ => Err(Replayed),
            };
        }
        self.order += 1;
        self.ages.insert((nonce.stamp, self.order), key.clone());
        self.counts.insert(key, count.unwrap_or(u32::MAX));
        if self.counts.len() > self.bound {
            self.forget_oldest();
        }
        Ok(())
    }

    /// Forgets nonces that are stale anyway.
    pub(crate) fn expire(&mut self, now: Instant) {
        let clock_ms = self.clock_ms(now);
        let lifetime_ms = u64::try_from(self.lifetime.as_millis()).unwrap_or(u64::MAX);
        while let Some(entry) = self.ages.first_entry() {
            if clock_ms.saturating_sub(entry.key().0 >> 16) < lifetime_ms {
                return;
            }
            let key = entry.remove();
            self.counts.remove(&key);
        }
    }

    fn forget_oldest(&mut self) {
        if let Some(((stamp, _), key)) = self.ages.pop_first() {
            self.counts.remove(&key);
            self.floor = Some(stamp);
        }
    }

    fn clock_ms(&mut self, now: Instant) -> u64 {
        let epoch = *self.epoch.get_or_insert(now);
        let ms = u64::try_from(now.saturating_duration_since(epoch).as_millis());
        ms.unwrap_or(u64::MAX) & 0xFF_FFFF_FFFF
    }

    fn mac(&self, stamp: u64, source: IpAddr) -> u64 {
        let ip = match source {
            IpAddr::V4(v4) => v4.to_ipv6_mapped(),
            IpAddr::V6(v6) => v6,
        };
        let mut message = [0; 24];
        message[..8].copy_from_slice(&stamp.to_be_bytes());
        message[8..].copy_from_slice(&ip.octets());
        let mac = hmac_sha256(&self.secret, &message);
        mac.iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
    }
}

/// RFC 2104 with a key that is shorter than the block.
pub(crate) fn hmac_sha256(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    #[cfg(test)]
    super::work::note("HMAC", message.len());
    let pad = |byte: u8| {
        let mut block = [byte; 64];
        block.iter_mut().zip(key).for_each(|(block, key)| *block ^= key);
        block
    };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().into()
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test reads the clock once, for its epoch")]
mod tests {
    use super::*;

    const SOURCE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));
    const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 8));
    const LIFETIME: Duration = Duration::from_mins(5);

    /// RFC 4231 has no 32-byte key; this value is OpenSSL's for key 00..1f and "cordboard".
    #[test]
    fn hmac_is_hmac() {
        let key = std::array::from_fn(|index| u8::try_from(index).unwrap());
        assert_eq!(
            hex::encode(hmac_sha256(&key, b"cordboard")),
            "78fd3ebe4dce8cb3d553ea8550c6cc031a5a723ed398e7d3c5fb9101b39e0616"
        );
    }

    #[test]
    fn a_nonce_is_good_for_its_source_until_its_lifetime_is_over() {
        let start = Instant::now();
        let mut nonces = Nonces::new([7; 32], LIFETIME, 10);
        let nonce = nonces.mint(start, SOURCE);
        let last = start + Duration::from_millis(299_999);
        assert!(nonces.check(last, SOURCE, &nonce).is_some());
        assert!(nonces.check(last, OTHER, &nonce).is_none());
        assert!(nonces.check(start + LIFETIME, SOURCE, &nonce).is_none());
    }

    #[test]
    fn a_forged_nonce_is_not_ours() {
        let start = Instant::now();
        let mut nonces = Nonces::new([7; 32], LIFETIME, 10);
        let nonce = nonces.mint(start, SOURCE);
        let mut forged = nonce.clone();
        forged.replace_range(11..12, if nonce.as_bytes()[11] == b'0' { "1" } else { "0" });
        assert!(nonces.check(start + LIFETIME / 2, SOURCE, &forged).is_none());
        for junk in ["", "é", "00", &"z".repeat(30), &"+".repeat(30)] {
            assert!(nonces.check(start, SOURCE, junk).is_none(), "{junk}");
        }
    }

    #[test]
    fn two_nonces_of_one_millisecond_differ() {
        let start = Instant::now();
        let mut nonces = Nonces::new([7; 32], LIFETIME, 10);
        assert_ne!(nonces.mint(start, SOURCE), nonces.mint(start, SOURCE));
    }

    /// RFC 7616 §3.4: a count that does not rise is a replay, for each user of a shared nonce.
    #[test]
    fn a_count_must_rise_for_each_user() {
        let start = Instant::now();
        let mut nonces = Nonces::new([7; 32], LIFETIME, 10);
        let nonce = nonces.mint(start, SOURCE);
        let fresh = nonces.check(start, SOURCE, &nonce).unwrap();
        assert_eq!(nonces.spend(fresh, "1001", Some(1)), Ok(()));
        assert_eq!(nonces.spend(fresh, "1001", Some(1)), Err(Replayed));
        assert_eq!(nonces.spend(fresh, "1002", Some(1)), Ok(()));
        assert_eq!(nonces.spend(fresh, "1001", Some(5)), Ok(()));
        assert_eq!(nonces.spend(fresh, "1001", Some(4)), Err(Replayed));
    }

    #[test]
    fn a_nonce_without_counts_is_good_once() {
        let start = Instant::now();
        let mut nonces = Nonces::new([7; 32], LIFETIME, 10);
        let nonce = nonces.mint(start, SOURCE);
        let fresh = nonces.check(start, SOURCE, &nonce).unwrap();
        assert_eq!(nonces.spend(fresh, "1001", None), Ok(()));
        assert_eq!(nonces.spend(fresh, "1001", None), Err(Replayed));
        assert_eq!(nonces.spend(fresh, "1001", Some(1)), Err(Replayed));
    }

    /// Forgetting for lack of room must not make an old count good again.
    #[test]
    fn what_is_forgotten_at_the_bound_is_stale() {
        let start = Instant::now();
        let mut nonces = Nonces::new([7; 32], LIFETIME, 2);
        let mut minted = vec![];
        for step in 0..3 {
            let now = start + Duration::from_millis(step);
            let nonce = nonces.mint(now, SOURCE);
            let fresh = nonces.check(now, SOURCE, &nonce).unwrap();
            assert_eq!(nonces.spend(fresh, "1001", Some(1)), Ok(()));
            minted.push(nonce);
        }
        let now = start + Duration::from_secs(1);
        assert!(nonces.check(now, SOURCE, &minted[0]).is_none());
        assert!(nonces.check(now, SOURCE, &minted[1]).is_some());
        assert_eq!(nonces.counts.len(), 2);
    }

    #[test]
    fn stale_nonces_leave_nothing_behind() {
        let start = Instant::now();
        let mut nonces = Nonces::new([7; 32], LIFETIME, 10);
        let nonce = nonces.mint(start, SOURCE);
        let fresh = nonces.check(start, SOURCE, &nonce).unwrap();
        nonces.spend(fresh, "1001", Some(1)).unwrap();
        nonces.expire(start + LIFETIME);
        assert!(nonces.counts.is_empty() && nonces.ages.is_empty());
    }
}
