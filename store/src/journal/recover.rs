//! What a journal holds when it is opened, with a torn tail cut off.
//!
//! A record that cannot be read is the torn tail of the last batch, unless a later record says that
//! it had been durable: then the disk has lost an acknowledged event, and opening fails. Only the
//! last segment is read, for a segment is synced before the next one begins.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};

use dialer::permit::ChainHead;
use jiff::Timestamp;

use super::JournalError;
use super::frame::{self, FRAME_HEAD_BYTES};
use super::segment::{HEADER_BYTES, Header, Segment};
use crate::event::{Entry, Event};

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// The sequence number the next entry must have; 1 in an empty journal.
    pub next_seq: u64,
    /// The chain of permits, which the next permit must follow.
    pub chain: ChainHead,
    /// The torn tail that was cut off, if there was one.
    pub cut: Option<Cut>,
    /// The time of the last entry: when the switch was last known to live.
    pub last_at: Option<Timestamp>,
    /// Whether the last entry is [`Event::Stopped`] or there is none: nobody was killed.
    pub clean: bool,
    pub(crate) tail: Tail,
}

/// A torn tail: a write that never ended. None of it had been acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The segment.
    pub file: PathBuf,
    /// Where the first unreadable record began, in bytes.
    pub offset: u64,
    /// How much was cut off, in bytes.
    pub bytes: u64,
}

/// Where the writer goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tail {
    pub(crate) number: u32,
    /// Length of the segment.
    pub(crate) bytes: u64,
    /// The header of a segment that must be created first.
    pub(crate) header: Option<Header>,
}

/// Reads the end of the journal and mends it.
pub(crate) fn recover(dir: &Path) -> Result<Recovered, JournalError> {
    let segments = Segment::list(dir)?;
    let Some((last, before)) = segments.split_last() else {
        return Ok(Recovered::begin(1, FIRST));
    };
    let Some(header) = last.header()? else {
        // The header is synced before the first record: a longer file was a whole segment once.
        let length = fs::metadata(&last.path).map_err(|e| JournalError::io(&last.path, e))?.len();
        if length > HEADER_BYTES as u64 {
            return Err(corrupt(last, 0, 0, "the header of the segment is unreadable"));
        }
        let Some(previous) = before.last() else {
            return Ok(Recovered::begin(last.number, FIRST));
        };
        let found = whole(previous)?;
        let header = Header { first_seq: found.next_seq, chain: found.chain };
        return Ok(Recovered::begin(last.number, header).after(&found));
    };
    let recovered = mend(last, &header)?;
    match before.last() {
        // A segment without a record yet: what happened last stands in the one before.
        Some(previous) if recovered.last_at.is_none() => Ok(recovered.after(&whole(previous)?)),
        _ => Ok(recovered),
    }
}

/// Where a journal ends that nobody has open: the next sequence number and the chain of permits.
/// Nothing is mended.
pub(super) fn end(dir: &Path) -> Result<(u64, ChainHead), JournalError> {
    for segment in Segment::list(dir)?.iter().rev() {
        if let Some(header) = segment.header()? {
            let found = scan(segment, &header)?;
            return Ok((found.next_seq, found.chain));
        }
    }
    Ok((FIRST.first_seq, FIRST.chain))
}

/// Reads a segment that another follows: its end cannot be torn.
fn whole(segment: &Segment) -> Result<Found, JournalError> {
    let header = segment
        .header()?
        .ok_or_else(|| corrupt(segment, 0, 0, "the header of the segment is unreadable"))?;
    let found = scan(segment, &header)?;
    match found.torn {
        Some(torn) => Err(corrupt(segment, torn, found.next_seq, "the record is unreadable")),
        None => Ok(found),
    }
}

impl Recovered {
    /// A journal that goes on with an empty segment.
    fn begin(number: u32, header: Header) -> Self {
        Self {
            next_seq: header.first_seq,
            chain: header.chain,
            cut: None,
            last_at: None,
            clean: true,
            tail: Tail { number, bytes: 0, header: Some(header) },
        }
    }

    fn after(self, found: &Found) -> Self {
        Self { last_at: found.last_at, clean: found.clean, ..self }
    }
}

/// The header of a journal that begins.
const FIRST: Header = Header { first_seq: 1, chain: ChainHead::START };

fn mend(segment: &Segment, header: &Header) -> Result<Recovered, JournalError> {
    let found = scan(segment, header)?;
    let cut = match found.torn {
        Some(offset) => {
            let file = OpenOptions::new().write(true).open(&segment.path);
            file.and_then(|file| file.set_len(offset).and_then(|()| file.sync_all()))
                .map_err(|cause| JournalError::io(&segment.path, cause))?;
            let bytes = found.bytes - offset;
            Some(Cut { file: segment.path.clone(), offset, bytes })
        }
        None => None,
    };
    let bytes = found.torn.unwrap_or(found.bytes);
    Ok(Recovered {
        next_seq: found.next_seq,
        chain: found.chain,
        cut,
        last_at: found.last_at,
        clean: found.clean,
        tail: Tail { number: segment.number, bytes, header: None },
    })
}

/// What one segment holds.
struct Found {
    next_seq: u64,
    chain: ChainHead,
    last_at: Option<Timestamp>,
    clean: bool,
    /// Length of the file.
    bytes: u64,
    /// Where a torn tail begins.
    torn: Option<u64>,
}

fn scan(segment: &Segment, header: &Header) -> Result<Found, JournalError> {
    let bytes = fs::read(&segment.path).map_err(|cause| JournalError::io(&segment.path, cause))?;
    let mut found = Found {
        next_seq: header.first_seq,
        chain: header.chain,
        last_at: None,
        clean: true,
        bytes: bytes.len() as u64,
        torn: None,
    };
    let mut offset = HEADER_BYTES;
    while offset < bytes.len() {
        let Ok(frame) = frame::decode(&bytes[offset..]) else {
            if was_durable(&bytes[offset + 1..], found.next_seq) {
                let what = "the record is unreadable, and a later one says it was durable";
                return Err(corrupt(segment, offset, found.next_seq, what));
            }
            found.torn = Some(offset as u64);
            break;
        };
        let entry: Entry = serde_json::from_slice(frame.payload)
            .map_err(|cause| corrupt(segment, offset, found.next_seq, &cause.to_string()))?;
        if entry.seq != found.next_seq {
            let what = format!("entry {} stands there", entry.seq);
            return Err(corrupt(segment, offset, found.next_seq, &what));
        }
        found.next_seq += 1;
        found.chain = entry.event.chain_head().unwrap_or(found.chain);
        found.last_at = Some(entry.at);
        found.clean = matches!(entry.event, Event::Stopped);
        offset += frame.bytes();
    }
    Ok(found)
}

/// Whether any readable record in `rest` was written after entry `seq` was durable.
fn was_durable(rest: &[u8], seq: u64) -> bool {
    (0..rest.len().saturating_sub(FRAME_HEAD_BYTES))
        .any(|at| frame::decode(&rest[at..]).is_ok_and(|frame| frame.synced >= seq))
}

pub(super) fn corrupt(
    segment: &Segment,
    offset: impl TryInto<u64>,
    seq: u64,
    what: &str,
) -> JournalError {
    JournalError::Corrupt {
        file: segment.path.clone(),
        offset: offset.try_into().unwrap_or(u64::MAX),
        seq,
        what: what.to_owned(),
    }
}
