//! One slot of a recording: 20 ms of both channels, and its place.

use ring::aead::{Aad, NONCE_LEN, Nonce};

use super::FileKey;

/// 20 ms of a recording, to be written at its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Its place, in slots from the start.
    pub index: u64,
    /// Rises when late packets make it be written again.
    pub version: u32,
    /// The audio was masked on demand (S18) and is silence here.
    pub masked: bool,
    /// 160 samples of both channels in turn, agent first.
    pub samples: [u8; Slot::SAMPLES],
}

impl Slot {
    /// Bytes of audio.
    pub const SAMPLES: usize = 320;

    /// Bytes in the file.
    pub const LEN: usize = PREFIX + Self::SAMPLES + TAG;

    /// Samples of one channel.
    pub const SPAN: u64 = 160;

    /// A second, and the stretch of one link of the chain.
    pub const PER_SECOND: u64 = 50;

    /// As it stands in the file.
    pub(crate) fn write(&self, key: Option<&FileKey>) -> Option<[u8; Self::LEN]> {
        let mut bytes = [0; Self::LEN];
        bytes[0] = PRESENT | if self.masked { MASKED } else { 0 };
        bytes[4..8].copy_from_slice(&self.version.to_be_bytes());
        bytes[8..PREFIX].copy_from_slice(&self.index.to_be_bytes());
        let (prefix, body) = bytes.split_first_chunk_mut::<PREFIX>()?;
        let (samples, tag) = body.split_at_mut(Self::SAMPLES);
        samples.copy_from_slice(&self.samples);
        if let Some(key) = key {
            let (nonce, aad) = (nonce(prefix)?, Aad::from(*prefix));
            tag.copy_from_slice(
                key.0.seal_in_place_separate_tag(nonce, aad, samples).ok()?.as_ref(),
            );
        }
        Some(bytes)
    }

    /// Whether the bytes at a slot's place are a slot, and not a gap.
    pub(crate) fn is_in(bytes: &[u8]) -> bool {
        bytes.first().is_some_and(|first| first & PRESENT != 0)
    }

    /// From the file; `Ok(None)` is a gap, `Err` is a slot that was altered.
    pub(crate) fn read(
        mut bytes: [u8; Self::LEN],
        index: u64,
        key: Option<&FileKey>,
    ) -> Result<Option<Self>, Altered> {
        if !Self::is_in(&bytes) {
            let is_hole = bytes.iter().all(|byte| *byte == 0);
            return if is_hole { Ok(None) } else { Err(Altered) };
        }
        let (prefix, body) = bytes.split_first_chunk_mut::<PREFIX>().ok_or(Altered)?;
        let prefix = *prefix;
        if prefix[8..] != index.to_be_bytes() {
            return Err(Altered);
        }
        if let Some(key) = key {
            let nonce = nonce(&prefix).ok_or(Altered)?;
            key.0.open_in_place(nonce, Aad::from(prefix), body).map_err(|_| Altered)?;
        }
        let version = prefix[4..8].try_into().map_err(|_| Altered)?;
        Ok(Some(Self {
            index,
            version: u32::from_be_bytes(version),
            masked: prefix[0] & MASKED != 0,
            samples: *body.first_chunk().ok_or(Altered)?,
        }))
    }
}

/// A slot whose bytes are not those that were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Altered;

/// Version and index: no two writes of one recording have the same.
fn nonce(prefix: &[u8; PREFIX]) -> Option<Nonce> {
    let unique: [u8; NONCE_LEN] = *prefix[4..].first_chunk()?;
    Some(Nonce::assume_unique_for_key(unique))
}

const PREFIX: usize = 16;
const TAG: usize = 16;
const PRESENT: u8 = 1;
const MASKED: u8 = 2;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::g711::Law;
    use crate::recording::{Head, MasterKey, RecordingId};

    fn slot() -> Slot {
        Slot { index: 70_000, version: 2, masked: false, samples: [0x5A; 320] }
    }

    fn key() -> FileKey {
        let master = MasterKey::read(&[7; 32]).unwrap();
        Head::sealed(RecordingId(1), Law::A, &master, [9; 44]).unwrap().1
    }

    #[test]
    fn a_slot_is_read_as_written_with_a_key_and_without() {
        for key in [None, Some(&key())] {
            let bytes = slot().write(key).unwrap();
            assert_eq!(Slot::read(bytes, 70_000, key).unwrap(), Some(slot()));
            assert_eq!(bytes[16..336] == [0x5A; 320], key.is_none());
        }
    }

    #[test]
    fn a_hole_is_a_gap() {
        assert_eq!(Slot::read([0; Slot::LEN], 5, None), Ok(None));
        assert_eq!(Slot::read([0; Slot::LEN], 5, Some(&key())), Ok(None));
    }

    /// S17: not a bit of a sealed slot can be changed, nor can it be put elsewhere.
    #[test]
    fn an_altered_slot_is_refused() {
        let key = key();
        let bytes = slot().write(Some(&key)).unwrap();
        assert_eq!(Slot::read(bytes, 70_001, Some(&key)), Err(Altered));
        for at in 0..Slot::LEN {
            let mut altered = bytes;
            altered[at] ^= 0x01;
            assert_eq!(Slot::read(altered, 70_000, Some(&key)), Err(Altered), "byte {at}");
        }
    }
}
