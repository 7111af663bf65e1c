//! A recording as bytes: two channels of G.711 in slots of 20 ms, each written once its time has
//! come, so that whatever ends the writer leaves a file that opens.
//!
//! ```text
//!  file  = head (128) · slot · slot · …            slot n holds samples 160 n … 160 n + 159
//!  slot  = flags 1 · 3 unused · version 4 · index 8 · samples 320 (interleaved) · tag 16
//!  chain = SHA-256(head) · then for every second: SHA-256(link before · the slots of the second)
//! ```
//! A slot that was never written is zero: a gap, and readers say so. A slot may be written again
//! within the half second in which late packets come; its version rises, and with it the nonce.
//! With a key file each recording has a key of its own, wrapped by AES-256-GCM in the head, and
//! each slot is sealed with it (FAULTS S17). The chain's newest link is kept outside, in the
//! journal: nobody alters a second, or cuts one off, without breaking it.

use std::fmt;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::g711::Law;

pub use self::{reader::Reader, slot::Slot};

mod reader;
pub(crate) mod slot;
mod wav;

/// One recording; chosen by the brain and never used again. A file is named by its hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RecordingId(pub u128);

impl fmt::Display for RecordingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// What wraps the keys of all recordings: 32 bytes from the key file.
#[derive(Clone)]
pub struct MasterKey(LessSafeKey);

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey")
    }
}

/// Why a recording cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The disk.
    #[error("reading the recording: {0}")]
    Io(#[from] std::io::Error),
    /// Its first 128 bytes are none of ours.
    #[error("not a recording: expected {0}")]
    Head(&'static str),
    /// It is encrypted, and no key file is configured.
    #[error("the recording is encrypted: expected recording.key_file to name its key")]
    NoKey,
    /// The key file is not the one it was made with, or its bytes were altered.
    #[error("second {0} does not open: another key, or altered bytes")]
    Sealed(u64),
}

impl MasterKey {
    /// From a key file: 32 bytes, or 64 hex digits with or without a line end.
    pub fn read(file: &[u8]) -> Result<Self, String> {
        let expected = "expected 32 bytes or 64 hex digits";
        let bytes: [u8; 32] = match file.try_into() {
            Ok(bytes) => bytes,
            Err(_) => from_hex(file).ok_or_else(|| expected.to_owned())?,
        };
        Self::of(&bytes).ok_or_else(|| expected.to_owned())
    }

    fn of(bytes: &[u8; 32]) -> Option<Self> {
        Some(Self(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, bytes).ok()?)))
    }
}

/// The first 128 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) id: RecordingId,
    /// The law of its samples; G.711 is kept as it was received.
    pub(crate) law: Law,
    /// Nonce, then the recording's key under the master key.
    wrapped: Option<[u8; WRAPPED_LEN]>,
}

/// The key of one recording.
#[derive(Clone, Debug)]
pub(crate) struct FileKey(LessSafeKey);

impl Head {
    pub(crate) const LEN: usize = 128;

    pub(crate) fn plain(id: RecordingId, law: Law) -> Self {
        Self { id, law, wrapped: None }
    }

    /// `random` is the recording's key and the nonce that wraps it.
    pub(crate) fn sealed(
        id: RecordingId,
        law: Law,
        master: &MasterKey,
        random: [u8; 32 + NONCE_LEN],
    ) -> Option<(Self, FileKey)> {
        let (key, nonce) = random.split_first_chunk::<32>()?;
        let nonce: [u8; NONCE_LEN] = nonce.try_into().ok()?;
        let mut wrapped = [0; WRAPPED_LEN];
        wrapped[..NONCE_LEN].copy_from_slice(&nonce);
        let body = &mut wrapped[NONCE_LEN..];
        body[..32].copy_from_slice(key);
        let aad = Aad::from(id.0.to_be_bytes());
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = master.0.seal_in_place_separate_tag(nonce, aad, &mut body[..32]).ok()?;
        body[32..].copy_from_slice(tag.as_ref());
        Some((Self { id, law, wrapped: Some(wrapped) }, FileKey::of(key)?))
    }

    pub(crate) fn write(&self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8] = match self.law {
            Law::Mu => 0,
            Law::A => 8,
        };
        bytes[9] = u8::from(self.wrapped.is_some());
        bytes[16..32].copy_from_slice(&self.id.0.to_be_bytes());
        if let Some(wrapped) = &self.wrapped {
            bytes[32..32 + WRAPPED_LEN].copy_from_slice(wrapped);
        }
        bytes
    }

    pub(crate) fn read(bytes: &[u8; Self::LEN]) -> Result<Self, Fault> {
        if &bytes[..8] != MAGIC {
            return Err(Fault::Head("CBREC001 at its start"));
        }
        let law = match bytes[8] {
            0 => Law::Mu,
            8 => Law::A,
            _ => return Err(Fault::Head("A-law or µ-law")),
        };
        let id: [u8; 16] = bytes[16..32].try_into().map_err(|_| Fault::Head("an id"))?;
        let wrapped = bytes[32..].first_chunk().copied().filter(|_| bytes[9] == 1);
        Ok(Self { id: RecordingId(u128::from_be_bytes(id)), law, wrapped })
    }

    /// The recording's own key; none if it is not encrypted.
    pub(crate) fn key(&self, master: Option<&MasterKey>) -> Result<Option<FileKey>, Fault> {
        let Some(mut wrapped) = self.wrapped else { return Ok(None) };
        let master = master.ok_or(Fault::NoKey)?;
        let (nonce, body) = wrapped.split_at_mut(NONCE_LEN);
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Fault::NoKey)?;
        let aad = Aad::from(self.id.0.to_be_bytes());
        let opened = master.0.open_in_place(nonce, aad, body).map_err(|_| Fault::Sealed(0))?;
        let key = opened.first_chunk().and_then(FileKey::of);
        key.map(Some).ok_or(Fault::Sealed(0))
    }
}

impl FileKey {
    fn of(bytes: &[u8; 32]) -> Option<Self> {
        Some(Self(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, bytes).ok()?)))
    }
}

/// The chain over a recording's seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chain([u8; 32]);

impl Chain {
    pub(crate) fn start(head: &[u8; Head::LEN]) -> Self {
        Self(Sha256::digest(head).into())
    }

    /// Goes on over the slots of a second, as they stand in the file.
    pub(crate) fn link(&mut self, slots: &[u8]) {
        self.0 = Sha256::new().chain_update(self.0).chain_update(slots).finalize().into();
    }

    pub(crate) fn newest(self) -> [u8; 32] {
        self.0
    }
}

const MAGIC: &[u8] = b"CBREC001";

/// Nonce, key and tag.
const WRAPPED_LEN: usize = NONCE_LEN + 32 + 16;

fn from_hex(text: &[u8]) -> Option<[u8; 32]> {
    let text = std::str::from_utf8(text).ok()?.trim_end();
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: RecordingId = RecordingId(0x0123);

    #[test]
    fn a_head_is_read_as_written() {
        let head = Head::plain(ID, Law::Mu);
        let bytes = head.write();
        assert_eq!(Head::read(&bytes).unwrap(), head);
        assert!(head.key(None).unwrap().is_none());
        let mut other = bytes;
        other[0] = b'R';
        assert!(matches!(Head::read(&other), Err(Fault::Head(_))));
    }

    #[test]
    fn only_its_own_key_file_opens_a_recording() {
        let master = MasterKey::read(&[7; 32]).unwrap();
        let (head, _) = Head::sealed(ID, Law::A, &master, [9; 44]).unwrap();
        let head = Head::read(&head.write()).unwrap();
        assert!(head.key(Some(&master)).unwrap().is_some());
        assert!(matches!(head.key(None), Err(Fault::NoKey)));
        let other = MasterKey::read(&[8; 32]).unwrap();
        assert!(matches!(head.key(Some(&other)), Err(Fault::Sealed(0))));
        // A head moved to another recording's file does not open either.
        let moved = Head { id: RecordingId(5), ..head };
        assert!(matches!(moved.key(Some(&master)), Err(Fault::Sealed(0))));
    }

    #[test]
    fn a_key_file_is_bytes_or_hex() {
        assert!(MasterKey::read(format!("{}\n", "ab".repeat(32)).as_bytes()).is_ok());
        for wrong in [&b"secret"[..], "zz".repeat(32).as_bytes(), &[0; 31]] {
            assert_eq!(MasterKey::read(wrong).unwrap_err(), "expected 32 bytes or 64 hex digits");
        }
    }
}
