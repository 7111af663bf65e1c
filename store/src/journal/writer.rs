//! The writer thread: everything that waits goes to disk in one write and one fdatasync.
//!
//! ```text
//!   Writing ──disk full──▶ OnReserve ──reserve whole again──▶ Writing
//!      │  ▲                    │
//!      │  └────────────────────┴──any other error──▶ Failed: roll back, wait, write again
//!      └── queue closed and empty ──▶ end
//! ```
//!
//! A batch is acknowledged or written again, never forgotten. Only [`Journal::close`] during a
//! failure gives a batch up, and it was never reported durable.
//!
//! [`Journal::close`]: super::Journal::close

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use dialer::permit::ChainHead;
use tokio::sync::watch;

use super::disk::Disk;
use super::frame;
use super::segment::Header;
use super::{JournalError, Report};

/// An entry on its way to the disk.
pub(crate) struct Record {
    pub(crate) seq: u64,
    /// Where the chain of permits stands after it, when it is one.
    pub(crate) chain: Option<ChainHead>,
    /// It means nothing without the record that follows: both are in one write, or neither.
    pub(crate) joined: bool,
    pub(crate) payload: Vec<u8>,
}

pub(crate) struct Writer<D, R> {
    pub(crate) records: Receiver<Record>,
    pub(crate) disk: D,
    pub(crate) report: R,
    pub(crate) announce: watch::Sender<u64>,
    pub(crate) pending: Arc<AtomicUsize>,
    pub(crate) closing: Arc<AtomicBool>,
    pub(crate) segment_bytes: u64,
    /// The highest durable sequence number.
    pub(crate) durable: u64,
    /// The chain of durable permits.
    pub(crate) chain: ChainHead,
    /// Since when the reserve is being used, or was last found unable to be refilled.
    pub(crate) on_reserve: Option<Instant>,
}

impl<D: Disk, R: FnMut(Report)> Writer<D, R> {
    pub(crate) fn run(mut self) {
        loop {
            match self.records.recv_timeout(RESERVE_RETRY) {
                Ok(first) => {
                    let batch = self.gather(first);
                    self.commit(&batch);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.restore_reserve();
        }
    }

    /// All that waits, up to a bound that keeps one write short.
    fn gather(&mut self, first: Record) -> Vec<Record> {
        let (mut bytes, mut joined) = (first.payload.len(), first.joined);
        let mut batch = vec![first];
        loop {
            let next = match joined {
                true => self.records.recv_timeout(FOLLOWS_WITHIN).ok(),
                false if bytes < BATCH_BYTES_MAX => self.records.try_recv().ok(),
                false => None,
            };
            let Some(record) = next else { return batch };
            (bytes, joined) = (bytes + record.payload.len(), record.joined);
            batch.push(record);
        }
    }

    /// Returns when the batch is durable, or given up because the journal closes.
    fn commit(&mut self, batch: &[Record]) {
        let mut failing = false;
        while let Err(cause) = self.try_commit(batch) {
            if cause.kind() == io::ErrorKind::StorageFull && self.spend_reserve() {
                continue;
            }
            if !failing {
                failing = true;
                let error = JournalError::io(self.disk.path(), cause);
                tracing::error!(%error, "the journal cannot write");
                (self.report)(Report::Failed(error));
            }
            if self.closing.load(Ordering::Acquire) {
                return;
            }
            std::thread::sleep(FAILURE_RETRY);
        }
        self.acknowledge(batch);
        if failing && self.on_reserve.is_none() {
            (self.report)(Report::Restored);
        }
    }

    fn try_commit(&mut self, batch: &[Record]) -> io::Result<()> {
        self.disk.roll_back()?;
        if self.disk.segment_bytes() >= self.segment_bytes {
            self.disk.rotate(&Header { first_seq: self.durable + 1, chain: self.chain })?;
        }
        let mut bytes = Vec::with_capacity(BATCH_BYTES_MAX / 4);
        for record in batch {
            frame::encode(&record.payload, self.durable, &mut bytes);
        }
        self.disk.write(&bytes)?;
        self.disk.sync()
    }

    fn acknowledge(&mut self, batch: &[Record]) {
        for record in batch {
            self.durable = record.seq;
            self.chain = record.chain.unwrap_or(self.chain);
        }
        self.announce.send_replace(self.durable);
        self.pending.fetch_sub(batch.len(), Ordering::AcqRel);
        (self.report)(Report::Durable(self.durable));
    }

    /// FAULTS F5: the reserve's blocks go to the journal; `false` when there are none left.
    fn spend_reserve(&mut self) -> bool {
        let spent = self.disk.spend_reserve().unwrap_or(false);
        if spent {
            tracing::error!("the disk is full: the journal writes into its reserve");
            self.on_reserve = Some(Instant::now());
            (self.report)(Report::OnReserve);
        }
        spent
    }

    fn restore_reserve(&mut self) {
        if self.on_reserve.is_some_and(|since| since.elapsed() >= RESERVE_RETRY) {
            if self.disk.refill_reserve().is_ok() {
                self.on_reserve = None;
                tracing::warn!("the journal's reserve is whole again");
                (self.report)(Report::Restored);
            } else {
                self.on_reserve = Some(Instant::now());
            }
        }
    }
}

/// How long a record that is joined to the next waits for it. It comes at once, unless a journal
/// that is half full refuses it for a while.
const FOLLOWS_WITHIN: Duration = Duration::from_secs(2);

/// One write is at most about this long.
const BATCH_BYTES_MAX: usize = 1 << 20;

/// Between two tries on a disk that refuses.
const FAILURE_RETRY: Duration = Duration::from_millis(250);

/// Between two tries to make the reserve whole.
const RESERVE_RETRY: Duration = Duration::from_secs(5);
