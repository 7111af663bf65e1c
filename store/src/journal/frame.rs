//! One record on disk.
//!
//! ```text
//!   length u32 │ crc32c u32 │ synced u64 │ payload: `length` bytes of JSON      (little endian)
//!                └─ over ───▶ synced and payload
//! ```
//!
//! `synced` is the highest sequence number that was durable when this record was written. It tells
//! a torn tail from a corrupt middle: when a record is unreadable and a later, readable one says
//! that it had been durable, then the disk has lost an acknowledged event.

/// The longest payload; the longest honest one is a disposition with its notes.
pub(crate) const PAYLOAD_BYTES_MAX: usize = 1 << 20;

/// Bytes before the payload.
pub(crate) const FRAME_HEAD_BYTES: usize = 16;

/// A record as it stands in a buffer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub(crate) synced: u64,
    pub(crate) payload: &'a [u8],
}

impl Frame<'_> {
    /// Bytes on disk.
    pub(crate) fn bytes(&self) -> usize {
        FRAME_HEAD_BYTES + self.payload.len()
    }
}

/// Why no record could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// The bytes end before the record does.
    Short,
    /// The length is impossible or the checksum disagrees.
    Broken,
}

/// Appends a record.
///
/// The payload is at most [`PAYLOAD_BYTES_MAX`] long: `Journal::append` has refused longer ones.
pub(crate) fn encode(payload: &[u8], synced: u64, out: &mut Vec<u8>) {
    let synced = synced.to_le_bytes();
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    let checksum = crc32c::crc32c_append(crc32c::crc32c(&synced), payload);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&checksum.to_le_bytes());
    out.extend_from_slice(&synced);
    out.extend_from_slice(payload);
}

/// Reads the record at the start of `bytes`.
pub(crate) fn decode(bytes: &[u8]) -> Result<Frame<'_>, Unreadable> {
    let (length, rest) = bytes.split_first_chunk::<4>().ok_or(Unreadable::Short)?;
    let (checksum, body) = rest.split_first_chunk::<4>().ok_or(Unreadable::Short)?;
    let length = u32::from_le_bytes(*length) as usize;
    if length == 0 || length > PAYLOAD_BYTES_MAX {
        return Err(Unreadable::Broken);
    }
    let body = body.get(..8 + length).ok_or(Unreadable::Short)?;
    if crc32c::crc32c(body) != u32::from_le_bytes(*checksum) {
        return Err(Unreadable::Broken);
    }
    let (synced, payload) = body.split_first_chunk::<8>().ok_or(Unreadable::Short)?;
    Ok(Frame { synced: u64::from_le_bytes(*synced), payload })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bytes(length: std::ops::Range<usize>) -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(any::<u8>(), length)
    }

    proptest! {
        #[test]
        fn a_record_reads_back_as_written(payload in bytes(1..600), synced: u64) {
            let mut bytes = vec![];
            encode(&payload, synced, &mut bytes);
            let frame = decode(&bytes).unwrap();
            prop_assert_eq!(frame.bytes(), bytes.len());
            prop_assert_eq!(frame, Frame { synced, payload: &payload });
        }

        #[test]
        fn one_flipped_bit_is_always_noticed(
            payload in bytes(1..200),
            at: prop::sample::Index,
            bit in 0..8_u8,
        ) {
            let mut bytes = vec![];
            encode(&payload, 7, &mut bytes);
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            prop_assert!(decode(&bytes).is_err());
        }

        #[test]
        fn any_bytes_at_all_are_read_without_panic(bytes in bytes(0..100)) {
            let _ = decode(&bytes);
        }
    }

    #[test]
    fn a_cut_record_is_short_wherever_it_is_cut() {
        let mut bytes = vec![];
        encode(b"{\"seq\":1}", 0, &mut bytes);
        for end in 0..bytes.len() {
            assert_eq!(decode(&bytes[..end]), Err(Unreadable::Short), "cut at {end}");
        }
    }
}
