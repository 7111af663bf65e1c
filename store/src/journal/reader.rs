//! Reads entries in order, from any sequence number, up to what is durable and never past it.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use dialer::permit::ChainHead;
use tokio::sync::watch;

use super::JournalError;
use super::frame::{self, Unreadable};
use super::recover::{self, corrupt};
use super::segment::{HEADER_BYTES, Segment};
use crate::event::Entry;

/// A position in the journal; reads files, so it belongs on a thread that may block.
pub struct Reader {
    dir: PathBuf,
    durable: watch::Receiver<u64>,
    next: u64,
    open: Option<Open>,
}

impl Reader {
    pub(super) fn from(
        dir: &Path,
        seq: u64,
        durable: watch::Receiver<u64>,
    ) -> Result<Self, JournalError> {
        let mut reader = Self { dir: dir.to_owned(), durable, next: seq.max(1), open: None };
        if reader.next <= *reader.durable.borrow() {
            reader.open = Some(Open::at(&reader.dir, reader.next)?);
        }
        Ok(reader)
    }

    /// A reader of a journal at rest, from its first entry, and where its chain of permits ends.
    ///
    /// It changes nothing, and what a running switch appends meanwhile is not read.
    pub fn at_rest(dir: &Path) -> Result<(Self, ChainHead), JournalError> {
        let (next, chain) = recover::end(dir)?;
        let (_, durable) = watch::channel(next.saturating_sub(1));
        Ok((Self::from(dir, 1, durable)?, chain))
    }

    /// The sequence number of the next entry to be read.
    #[must_use]
    pub fn next_seq(&self) -> u64 {
        self.next
    }

    /// Durable entries that wait to be read.
    #[must_use]
    pub fn behind(&self) -> u64 {
        (*self.durable.borrow() + 1).saturating_sub(self.next)
    }

    /// A handle that wakes when something new is durable; it carries the highest durable entry.
    #[must_use]
    pub fn durable(&self) -> watch::Receiver<u64> {
        self.durable.clone()
    }

    /// The next entries, `max` at the most; none when all that is durable has been read.
    pub fn read(&mut self, max: usize) -> Result<Vec<Entry>, JournalError> {
        let durable = *self.durable.borrow();
        let mut entries = Vec::new();
        while entries.len() < max && self.next <= durable {
            let open = match &mut self.open {
                Some(open) => open,
                none => none.insert(Open::at(&self.dir, self.next)?),
            };
            entries.push(open.entry(&self.dir, self.next)?);
            self.next += 1;
        }
        if self.next > durable
            && let Some(open) = &mut self.open
        {
            // What lies past the durable end may still be rolled back and written anew.
            open.forget();
        }
        Ok(entries)
    }
}

/// A segment being read.
struct Open {
    segment: Segment,
    file: File,
    /// Where `buffer` begins in the file.
    offset: u64,
    buffer: Vec<u8>,
    /// How much of `buffer` has been used.
    used: usize,
}

impl Open {
    /// The segment that holds entry `seq`.
    fn at(dir: &Path, seq: u64) -> Result<Self, JournalError> {
        let mut holds = None;
        for segment in Segment::list(dir)? {
            match segment.header()? {
                Some(header) if header.first_seq <= seq => holds = Some(segment),
                _ => break,
            }
        }
        let segment = holds.ok_or_else(|| JournalError::Missing { file: dir.to_owned() })?;
        Self::begin(segment)
    }

    fn begin(segment: Segment) -> Result<Self, JournalError> {
        let file = File::open(&segment.path).map_err(|e| JournalError::io(&segment.path, e))?;
        Ok(Self { segment, file, offset: HEADER_BYTES as u64, buffer: Vec::new(), used: 0 })
    }

    /// Entry `seq`, passing over earlier ones.
    fn entry(&mut self, dir: &Path, seq: u64) -> Result<Entry, JournalError> {
        loop {
            let at = self.offset + self.used as u64;
            match frame::decode(&self.buffer[self.used..]) {
                Ok(frame) => {
                    let entry: Entry = serde_json::from_slice(frame.payload)
                        .map_err(|cause| corrupt(&self.segment, at, seq, &cause.to_string()))?;
                    self.used += frame.bytes();
                    if entry.seq == seq {
                        return Ok(entry);
                    }
                    if entry.seq > seq {
                        let what = format!("entry {} stands there", entry.seq);
                        return Err(corrupt(&self.segment, at, seq, &what));
                    }
                }
                Err(Unreadable::Broken) => {
                    return Err(corrupt(&self.segment, at, seq, "the record is unreadable"));
                }
                Err(Unreadable::Short) => self.fill(dir, seq)?,
            }
        }
    }

    /// Reads on in this segment, or begins the next when this one ends.
    fn fill(&mut self, dir: &Path, seq: u64) -> Result<(), JournalError> {
        self.buffer.drain(..self.used);
        self.offset += self.used as u64;
        self.used = 0;
        let failed = |cause: io::Error| JournalError::io(&self.segment.path, cause);
        let from = self.offset + self.buffer.len() as u64;
        self.file.seek(SeekFrom::Start(from)).map_err(failed)?;
        let read =
            (&mut self.file).take(CHUNK_BYTES).read_to_end(&mut self.buffer).map_err(failed)?;
        if read > 0 {
            return Ok(());
        }
        let next = Segment::new(dir, self.segment.number + 1);
        if self.buffer.is_empty() && next.path.exists() {
            *self = Self::begin(next)?;
            return Ok(());
        }
        Err(corrupt(&self.segment, self.offset, seq, "the file ends before the record does"))
    }

    fn forget(&mut self) {
        self.offset += self.used as u64;
        self.used = 0;
        self.buffer.clear();
    }
}

/// Bytes read from a segment at once.
const CHUNK_BYTES: u64 = 1 << 18;
