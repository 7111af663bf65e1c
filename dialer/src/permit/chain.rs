//! The chain that permits form, and how a stranger checks it.

use super::{Evidence, PermitRecord, canonical};
use serde::{Deserialize, Serialize};
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
    let mut text = String::new();
    // Evidence is plain structs with string keys, which always have a JSON form.
    let value = serde_json::to_value(evidence).unwrap_or_default();
    canonical::write(&value, &mut text);
    Hash(Sha256::digest(text.as_bytes()).into())
}
