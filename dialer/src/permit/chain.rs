//! The chain that permits form, and how a stranger checks it.

use super::{Evidence, PermitRecord, canonical};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// A SHA-256; in text, 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hash([u8; 32]);

impl Hash {
    /// What the first record names as the one before it.
    pub const GENESIS: Self = Self([0; 32]);

    /// The bytes as the store keeps them.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The hash of a JSON value in its canonical form; numbers in it are integers.
    #[must_use]
    pub fn of(value: &Value) -> Self {
        let mut text = String::new();
        canonical::write(value, &mut text);
        Self(Sha256::digest(text.as_bytes()).into())
    }

    /// Takes bytes that the store kept.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

impl FromStr for Hash {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| "a hash is 64 hexadecimal digits")?;
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Hash {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Hash> for String {
    fn from(hash: Hash) -> Self {
        hash.to_string()
    }
}

/// Where a chain ends: what the next permit must follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainHead {
    /// How many records there are.
    pub length: u64,
    /// The hash of the last.
    pub hash: Hash,
}

impl ChainHead {
    /// A chain without a record.
    pub const START: Self = Self { length: 0, hash: Hash::GENESIS };

    /// The end of a chain whose last record is this one.
    #[must_use]
    pub const fn after(record: &PermitRecord) -> Self {
        Self { length: record.evidence.sequence.saturating_add(1), hash: record.hash }
    }
}

/// Where and how a chain is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// A record was dropped, moved or slipped in.
    #[error("record {at}: sequence {at} expected, {found} found")]
    Sequence {
        /// The sequence that was due.
        at: u64,
        /// The one that was there.
        found: u64,
    },
    /// A record does not follow the one before it.
    #[error("record {at}: `previous` is not the hash of the record before it")]
    Link {
        /// Its sequence.
        at: u64,
    },
    /// A record was changed.
    #[error("record {at}: `hash` is not the hash of its evidence")]
    Content {
        /// Its sequence.
        at: u64,
    },
}

/// Checks records in order from `start`, and says where the chain ends.
///
/// Pass [`ChainHead::START`] for a whole chain. Compare the result with the head that was kept
/// elsewhere to see that nothing was cut off the end.
pub fn verify_chain<'a>(
    start: ChainHead,
    records: impl IntoIterator<Item = &'a PermitRecord>,
) -> Result<ChainHead, Broken> {
    records.into_iter().try_fold(start, |head, record| {
        let (at, found) = (head.length, record.evidence.sequence);
        if found != at {
            return Err(Broken::Sequence { at, found });
        }
        if record.evidence.previous != head.hash {
            return Err(Broken::Link { at });
        }
        if hash_of(&record.evidence) != record.hash {
            return Err(Broken::Content { at });
        }
        Ok(ChainHead::after(record))
    })
}

pub(super) fn hash_of(evidence: &Evidence) -> Hash {
    // Evidence is plain structs with string keys, which always have a JSON form.
    Hash::of(&serde_json::to_value(evidence).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::*;
    use serde_json::Value;

    fn chain(length: u8) -> Vec<PermitRecord> {
        let (mut gate, settings, cli) = (gate(), settings(), cli());
        let pacing = decision(&settings);
        let mut dial = |n: u8| {
            let lead = lead(n);
            let ask = ask(n.into(), &settings, &lead, &cli, &pacing);
            gate.check(at(NOON), &ask).unwrap().record().clone()
        };
        (0..length).map(&mut dial).collect()
    }

    #[test]
    fn a_chain_verifies_whole_and_from_any_head_on() {
        let records = chain(5);
        let end = verify_chain(ChainHead::START, &records).unwrap();
        assert_eq!(end, ChainHead { length: 5, hash: records[4].hash });
        let middle = ChainHead::after(&records[1]);
        assert_eq!(verify_chain(middle, &records[2..]), Ok(end));
        assert_eq!(records[0].evidence.previous, Hash::GENESIS);
    }

    /// Whoever changes any fact in any record, and the record's own hash to suit, is found out
    /// at the next one.
    #[test]
    fn every_changed_fact_breaks_the_chain() {
        let records = chain(3);
        let original = serde_json::to_value(&records[1].evidence).unwrap();
        let mut paths = Vec::new();
        leaves(&original, String::new(), &mut paths);
        let mut readable = 0;
        for path in paths {
            let mut changed = original.clone();
            alter(changed.pointer_mut(&path).unwrap());
            let Ok(evidence) = serde_json::from_value::<Evidence>(changed) else { continue };
            assert_ne!(evidence, records[1].evidence, "{path}");
            readable += 1;
            let mut forged = records.clone();
            forged[1].evidence = evidence;
            assert!(verify_chain(ChainHead::START, &forged).is_err(), "{path}");
            forged[1].hash = hash_of(&forged[1].evidence);
            assert!(verify_chain(ChainHead::START, &forged).is_err(), "{path}, hashed again");
        }
        // Fewer would mean that the changes are refused by their types, not by the chain.
        assert!(readable >= 24, "{readable} of the facts were changed to something that reads");
    }

    fn leaves(value: &Value, path: String, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                members.iter().for_each(|(key, v)| leaves(v, format!("{path}/{key}"), found));
            }
            Value::Array(items) => {
                let each = items.iter().enumerate();
                each.for_each(|(index, v)| leaves(v, format!("{path}/{index}"), found));
            }
            _ => found.push(path),
        }
    }

    /// Another value of the same kind, which still reads as what it was where that is possible.
    fn alter(value: &mut Value) {
        *value = match &*value {
            Value::Number(n) => Value::from(n.as_u64().unwrap() + 1),
            Value::Null => Value::from("2026-01-01T00:00:00Z"),
            Value::String(text) => {
                let digit = text.rfind(|c: char| c.is_ascii_digit());
                let changed = digit.map(|index| {
                    let other = if text[index..].starts_with('1') { "2" } else { "1" };
                    format!("{}{other}{}", &text[..index], &text[index + 1..])
                });
                Value::from(changed.unwrap_or_else(|| format!("{text}x")))
            }
            other => other.clone(),
        };
    }

    #[test]
    fn a_dropped_swapped_repeated_or_foreign_record_is_found() {
        let records = chain(4);
        let verify = |order: &[usize]| {
            verify_chain(ChainHead::START, order.iter().map(|index| &records[*index]))
        };
        assert_eq!(verify(&[0, 2, 3]), Err(Broken::Sequence { at: 1, found: 2 }));
        assert_eq!(verify(&[0, 2, 1, 3]), Err(Broken::Sequence { at: 1, found: 2 }));
        assert_eq!(verify(&[0, 1, 1]), Err(Broken::Sequence { at: 2, found: 1 }));
        // Cut off at the end: only the head that was kept elsewhere shows it.
        assert_ne!(verify(&[0, 1, 2]).unwrap(), ChainHead::after(&records[3]));
        let mut other = chain(2);
        other[1].evidence.previous = Hash::from_bytes([7; 32]);
        assert_eq!(verify_chain(ChainHead::START, &other), Err(Broken::Link { at: 1 }));
    }

    #[test]
    fn a_record_reads_as_it_writes() {
        for record in chain(2) {
            let json = serde_json::to_string(&record).unwrap();
            assert_eq!(serde_json::from_str::<PermitRecord>(&json).unwrap(), record);
        }
        assert_eq!("zz".parse::<Hash>(), Err("a hash is 64 hexadecimal digits"));
    }
}
