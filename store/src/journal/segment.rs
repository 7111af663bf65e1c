//! Segment files: their names, and the header that lets a reader start in any of them.
//!
//! ```text
//!   magic 8 │ first seq u64 │ permits u64 │ hash of the last 32 │ crc32c u32 │ records …
//! ```
//!
//! The header carries the head of the permit chain before the segment, so that recovery continues
//! the chain from the last segment alone.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use dialer::permit::{ChainHead, Hash};

use super::JournalError;

/// Bytes before the first record.
pub(crate) const HEADER_BYTES: usize = 60;

/// One segment file that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) number: u32,
    pub(crate) path: PathBuf,
}

/// What stands at the start of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// The sequence number of the first record.
    pub(crate) first_seq: u64,
    /// The chain of permits before it.
    pub(crate) chain: ChainHead,
}

impl Segment {
    pub(crate) fn new(dir: &Path, number: u32) -> Self {
        Self { number, path: dir.join(format!("{number:08}.journal")) }
    }

    /// All segments of a directory in order; other files are not touched.
    pub(crate) fn list(dir: &Path) -> Result<Vec<Self>, JournalError> {
        let failed = |cause| JournalError::io(dir, cause);
        let mut found = Vec::new();
        for entry in fs::read_dir(dir).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            let number = name.to_str().and_then(|name| name.strip_suffix(".journal"));
            if let Some(number) = number.filter(|digits| digits.len() == 8)
                && let Ok(number) = number.parse()
            {
                found.push(Self::new(dir, number));
            }
        }
        found.sort_by_key(|segment| segment.number);
        for pair in found.windows(2) {
            if pair[1].number != pair[0].number + 1 {
                return Err(JournalError::Missing {
                    file: Self::new(dir, pair[0].number + 1).path,
                });
            }
        }
        Ok(found)
    }

    /// Its header; `None` when the file ends inside it or the checksum disagrees.
    pub(crate) fn header(&self) -> Result<Option<Header>, JournalError> {
        let mut bytes = [0; HEADER_BYTES];
        let mut file = File::open(&self.path).map_err(|e| JournalError::io(&self.path, e))?;
        match file.read_exact(&mut bytes) {
            Ok(()) => Ok(Header::decode(&bytes)),
            Err(cause) if cause.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(cause) => Err(JournalError::io(&self.path, cause)),
        }
    }
}

impl Header {
    pub(crate) fn encode(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..16].copy_from_slice(&self.first_seq.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.chain.length.to_le_bytes());
        bytes[24..56].copy_from_slice(self.chain.hash.as_bytes());
        let checksum = crc32c::crc32c(&bytes[..56]);
        bytes[56..].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    pub(crate) fn decode(bytes: &[u8; HEADER_BYTES]) -> Option<Self> {
        let (magic, rest) = bytes.split_first_chunk::<8>()?;
        let (first_seq, rest) = rest.split_first_chunk::<8>()?;
        let (length, rest) = rest.split_first_chunk::<8>()?;
        let (hash, checksum) = rest.split_first_chunk::<32>()?;
        let checksum = u32::from_le_bytes(*checksum.first_chunk()?);
        let chain =
            ChainHead { length: u64::from_le_bytes(*length), hash: Hash::from_bytes(*hash) };
        (magic == MAGIC && checksum == crc32c::crc32c(&bytes[..56]))
            .then(|| Self { first_seq: u64::from_le_bytes(*first_seq), chain })
    }
}

/// The last digit is the version of the format.
const MAGIC: &[u8; 8] = b"CORDJNL1";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_reads_back_and_a_changed_one_does_not() {
        let chain = ChainHead { length: 5, hash: Hash::from_bytes([9; 32]) };
        let header = Header { first_seq: 77, chain };
        let bytes = header.encode();
        assert_eq!(Header::decode(&bytes), Some(header));
        for at in 0..HEADER_BYTES {
            let mut changed = bytes;
            changed[at] ^= 1;
            assert_eq!(Header::decode(&changed), None, "byte {at}");
        }
    }

    #[test]
    fn a_lost_segment_is_an_error_that_names_it() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["00000001.journal", "00000003.journal", "reserve", "notes.txt"] {
            fs::write(dir.path().join(name), b"").unwrap();
        }
        let error = Segment::list(dir.path()).unwrap_err();
        assert!(
            matches!(error, JournalError::Missing { file } if file.ends_with("00000002.journal"))
        );
    }
}
