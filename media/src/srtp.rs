//! SRTP and SRTCP: RFC 3711 with AES in counter mode and HMAC-SHA1, RFC 7714 with AES-GCM.
//!
//! ```text
//!  SDES (RFC 4568) ─┐                 ┌─ Sender:   packet in place ▶ ciphertext, tag
//!                   ├─ Keys ▶ derive ─┤
//!  DTLS (RFC 5764) ─┘                 └─ Receiver: replayed? ▶ authentic? ▶ plaintext
//! ```
//! Pure: bytes in, bytes out. Invariants: nothing of a packet is believed before its tag is
//! checked; no index is accepted twice; a sender uses no index twice, and stops before it must.

use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::{receiver::Receiver, sender::Sender};

mod cipher;
mod receiver;
mod sender;

/// How packets are protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Profile {
    /// AES-CM, HMAC-SHA1 of 80 bits.
    AesCm128Sha1Tag80,
    /// AES-CM, HMAC-SHA1 of 32 bits on RTP and of 80 on RTCP.
    AesCm128Sha1Tag32,
    /// AES-GCM with a key of 128 bits.
    AeadAes128Gcm,
    /// AES-GCM with a key of 256 bits.
    AeadAes256Gcm,
}

/// Master key and master salt of one direction.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys {
    profile: Profile,
    /// Shorter ones end in zeros.
    key: [u8; 32],
    salt: [u8; 14],
}

/// What a stream's two directions are protected with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Protection {
    /// Of what we send.
    pub send: Keys,
    /// Of what we receive.
    pub receive: Keys,
}

/// Why a packet was not protected or unprotected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Too short, or no RTP or RTCP.
    #[error("no RTP or RTCP packet")]
    Malformed,
    /// Its tag does not fit: forged, damaged, or another key.
    #[error("the packet is not authentic")]
    Forged,
    /// It came before, or is too old to tell.
    #[error("the packet came before")]
    Replayed,
    /// The key has protected as many packets as it may (RFC 3711 §9.2).
    #[error("the key is used up: expected new keys")]
    KeyUsedUp,
}

impl Profile {
    /// Bytes of a master key.
    #[must_use]
    pub fn key_len(self) -> usize {
        match self {
            Self::AeadAes256Gcm => 32,
            _ => 16,
        }
    }

    /// Bytes of a master salt.
    #[must_use]
    pub fn salt_len(self) -> usize {
        if self.is_aead() { 12 } else { 14 }
    }

    fn is_aead(self) -> bool {
        matches!(self, Self::AeadAes128Gcm | Self::AeadAes256Gcm)
    }

    /// Bytes that an RTP packet grows by.
    fn rtp_tag(self) -> usize {
        match self {
            Self::AesCm128Sha1Tag80 => 10,
            Self::AesCm128Sha1Tag32 => 4,
            Self::AeadAes128Gcm | Self::AeadAes256Gcm => 16,
        }
    }

    fn rtcp_tag(self) -> usize {
        if self.is_aead() { 16 } else { 10 }
    }
}

impl Keys {
    /// From key and salt, one after the other; none if their length is not the profile's.
    #[must_use]
    pub fn new(profile: Profile, key_and_salt: &[u8]) -> Option<Self> {
        let (given_key, given_salt) = key_and_salt.split_at_checked(profile.key_len())?;
        let (mut key, mut salt) = ([0; 32], [0; 14]);
        key[..profile.key_len()].copy_from_slice(given_key);
        if given_salt.len() != profile.salt_len() {
            return None;
        }
        salt[..profile.salt_len()].copy_from_slice(given_salt);
        Some(Self { profile, key, salt })
    }

    /// What they are for.
    #[must_use]
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// Key and salt, one after the other, as SDES and DTLS carry them.
    #[must_use]
    pub fn key_and_salt(&self) -> Vec<u8> {
        [self.key(), self.salt()].concat()
    }

    fn key(&self) -> &[u8] {
        &self.key[..self.profile.key_len()]
    }

    fn salt(&self) -> &[u8] {
        &self.salt[..self.profile.salt_len()]
    }
}

/// Keys are never printed (FAULTS S23).
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("profile", &self.profile).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
