//! The journal: what happened, in order, on disk before anything acts on it (DESIGN §1, §5).
//!
//! ```text
//!   brain ──append──▶ bounded queue ──▶ writer thread: frame all that waits ─▶ write ─▶ fdatasync
//!                                                                                         │
//!   brain ◀────────────── Report::Durable(seq) ◀──────────────────────────────────────────┤
//!   fold  ◀── Reader (never past what is durable) ◀───────────────────────────────────────┘
//! ```
//!
//! Invariants: sequence numbers rise by one from 1 without a gap; an entry reported durable
//! survives a power cut (FAULTS F2); a torn tail is cut and reported, a hole before it is an error.
//! The policy when full: permits are refused once half of the room is taken, so that what is still
//! to be said about calls in progress always has the other half.

mod copying;
mod disk;
mod frame;
mod reader;
mod recover;
mod segment;
#[cfg(test)]
mod tests;
mod writer;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use tokio::sync::watch;

pub use copying::copy;
pub use reader::Reader;
pub use recover::{Cut, Recovered};

use crate::event::{Entry, Event};
use disk::{Disk, Files};
use frame::PAYLOAD_BYTES_MAX;
use writer::{Record, Writer};

/// The one way to write the journal; dropping it writes what is queued and ends the thread.
pub struct Journal {
    dir: PathBuf,
    queue: Option<SyncSender<Record>>,
    writer: Option<JoinHandle<()>>,
    /// Entries appended and not yet durable.
    pending: Arc<AtomicUsize>,
    closing: Arc<AtomicBool>,
    durable: watch::Receiver<u64>,
    room: usize,
    next_seq: u64,
}

/// How the journal uses its disk and its memory.
#[derive(Clone, Debug)]
pub struct Options {
    /// Entries that may wait for the disk.
    pub room: usize,
    /// A segment is closed at the first write past this size, in bytes.
    pub segment_bytes: u64,
    /// Disk kept back for the moment the disk is full, in bytes (FAULTS F5); 0 keeps none.
    pub reserve_bytes: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { room: 65_536, segment_bytes: 64 << 20, reserve_bytes: 16 << 20 }
    }
}

/// What the writer thread tells the root; the callback must not block.
#[derive(Debug)]
pub enum Report {
    /// Every entry up to and including this sequence number survives a power cut.
    Durable(u64),
    /// The disk is full and the reserve is being used: stop originating.
    OnReserve,
    /// Nothing can be written; the writer keeps the entries and tries on. Stop originating.
    Failed(JournalError),
    /// Writing works again and the reserve is whole.
    Restored,
}

/// The journal did not take an entry; the caller still owns it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Too much waits for the disk. A permit meets this at half of the room, others at all of it.
    #[error("the journal is full: the disk is behind")]
    Full,
    /// The entry does not follow the last one.
    #[error("entry {got} does not follow: the journal expects {expected}")]
    OutOfOrder {
        /// The sequence number the next entry must have.
        expected: u64,
        /// The one it had.
        got: u64,
    },
    /// The entry takes more than 1 MiB.
    #[error("the entry is too long for a record")]
    TooLong,
    /// The writer thread is gone.
    #[error("the journal is closed")]
    Closed,
}

/// The journal cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file system refused.
    #[error("{}: {cause}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// An acknowledged record cannot be read back.
    #[error("{}: corrupt at byte {offset}, where entry {seq} should stand: {what}", file.display())]
    Corrupt {
        /// The segment.
        file: PathBuf,
        /// Where the record begins.
        offset: u64,
        /// The entry that should stand there.
        seq: u64,
        /// What is wrong with it.
        what: String,
    },
    /// A segment between two others is gone.
    #[error("{}: this segment is missing", file.display())]
    Missing {
        /// The file that should exist.
        file: PathBuf,
    },
}

impl Journal {
    /// Opens the journal of `dir`, mends its tail and starts the writer thread.
    ///
    /// `report` is called on the writer thread. Errors: the directory cannot be used, or an
    /// acknowledged record is unreadable ([`JournalError::Corrupt`]).
    pub fn open(
        dir: &Path,
        options: &Options,
        report: impl FnMut(Report) + Send + 'static,
    ) -> Result<(Self, Recovered), JournalError> {
        fs::create_dir_all(dir).map_err(|cause| JournalError::io(dir, cause))?;
        let recovered = recover::recover(dir)?;
        let files = Files::open(dir, recovered.tail, options.reserve_bytes)?;
        Self::start(dir, options, recovered, files, report)
    }

    fn start(
        dir: &Path,
        options: &Options,
        recovered: Recovered,
        disk: impl Disk + 'static,
        report: impl FnMut(Report) + Send + 'static,
    ) -> Result<(Self, Recovered), JournalError> {
        let (queue, records) = sync_channel(options.room);
        let pending = Arc::new(AtomicUsize::new(0));
        let closing = Arc::new(AtomicBool::new(false));
        let (announce, durable) = watch::channel(recovered.next_seq - 1);
        let writer = Writer {
            records,
            disk,
            report,
            announce,
            pending: Arc::clone(&pending),
            closing: Arc::clone(&closing),
            segment_bytes: options.segment_bytes,
            durable: recovered.next_seq - 1,
            chain: recovered.chain,
            on_reserve: None,
        };
        let thread = std::thread::Builder::new()
            .name("journal".into())
            .spawn(move || writer.run())
            .map_err(|cause| JournalError::io(dir, cause))?;
        let journal = Self {
            dir: dir.to_owned(),
            queue: Some(queue),
            writer: Some(thread),
            pending,
            closing,
            durable,
            room: options.room,
            next_seq: recovered.next_seq,
        };
        Ok((journal, recovered))
    }

    /// Queues an entry and returns at once; [`Report::Durable`] tells when it is on disk.
    ///
    /// `entry.seq` must be [`Journal::next_seq`].
    pub fn append(&mut self, entry: &Entry) -> Result<(), Refused> {
        if entry.seq != self.next_seq {
            return Err(Refused::OutOfOrder { expected: self.next_seq, got: entry.seq });
        }
        let permit = matches!(entry.event, Event::Permitted { .. });
        let room = if permit { self.room / 2 } else { self.room };
        if self.pending.load(Ordering::Acquire) >= room {
            return Err(Refused::Full);
        }
        let payload = serde_json::to_vec(entry).map_err(|_| Refused::TooLong)?;
        if payload.len() > PAYLOAD_BYTES_MAX {
            return Err(Refused::TooLong);
        }
        // Killed in between, the switch would have a call of a lead that nothing permitted.
        let joined = matches!(entry.event, Event::CallStarted { attempt: Some(_), .. });
        let record = Record { seq: entry.seq, chain: entry.event.chain_head(), joined, payload };
        self.pending.fetch_add(1, Ordering::AcqRel);
        let sent = self.queue.as_ref().ok_or(Refused::Closed)?.try_send(record);
        if let Err(error) = sent {
            self.pending.fetch_sub(1, Ordering::AcqRel);
            return Err(match error {
                TrySendError::Full(_) => Refused::Full,
                TrySendError::Disconnected(_) => Refused::Closed,
            });
        }
        self.next_seq += 1;
        Ok(())
    }

    /// The sequence number the next entry must have.
    #[must_use]
    pub fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// Entries that wait for the disk.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.pending.load(Ordering::Acquire)
    }

    /// A reader that begins with entry `seq` and never passes what is durable.
    pub fn reader(&self, seq: u64) -> Result<Reader, JournalError> {
        Reader::from(&self.dir, seq, self.durable.clone())
    }

    /// Writes what is queued and ends the writer thread.
    ///
    /// What a failing disk still refuses is lost; it was never reported durable.
    pub fn close(mut self) {
        self.stop();
    }

    fn stop(&mut self) {
        self.closing.store(true, Ordering::Release);
        self.queue = None;
        if let Some(writer) = self.writer.take()
            && writer.join().is_err()
        {
            tracing::error!("the journal's writer thread ended in a panic");
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.stop();
    }
}

impl JournalError {
    fn io(path: &Path, cause: io::Error) -> Self {
        Self::Io { path: path.to_owned(), cause }
    }
}
