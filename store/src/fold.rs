//! The fold: journal entries become records in SQL, in batches, exactly once.
//!
//! ```text
//!   Reader ──a batch──▶ BEGIN ─ apply each ─ position := last ─ COMMIT ──▶ next batch
//!                         └── the database fails ──▶ wait, the same batch again
//! ```
//!
//! The position stands in the transaction that it is about, so a crash repeats a batch wholly or
//! not at all. What webhooks are told of it (`webhooks::noting`) stands there too. SQL may be slow
//! or gone (FAULTS F3, F4): the journal is the spool, nothing waits for the fold, and it drains
//! when the database is back.

mod apply;
mod gathered;
mod interrupted;

use std::time::Duration;

use tokio::sync::watch;

use crate::database::Store;
use crate::dnc;
use crate::error::Error;
use crate::event::Entry;
use crate::journal::{Journal, JournalError, Reader};
use crate::sql::{self, Connection};
use crate::webhooks::noting::{Noting, Rooms, WAITING_MAX};

pub(crate) use gathered::Gathered;
pub(crate) use interrupted::CLOCKED_OUT;
pub use interrupted::interrupted;

/// Reads the journal and writes the records.
pub struct Fold {
    store: Store,
    reader: Option<Reader>,
    durable: watch::Receiver<u64>,
    position: u64,
    progress: watch::Sender<Progress>,
    rooms: Rooms,
}

/// How far the fold has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The last journal entry that the records contain.
    pub folded_to: u64,
    /// Durable entries that wait.
    pub behind: u64,
    /// What the database says, while it fails.
    pub failing: Option<String>,
    /// Records that contradicted each other: a second live attempt on a lead or number.
    pub anomalies: u64,
}

/// Why the fold cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum FoldError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] Error),
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The records contain entries that the journal does not have.
    #[error("the records are at entry {folded}, but the journal ends at {durable}")]
    Ahead {
        /// The last entry that the records contain.
        folded: u64,
        /// The last entry of the journal.
        durable: u64,
    },
    /// Another fold wrote to the same database.
    #[error("another fold moved the position from {expected}")]
    Rival {
        /// Where this fold had left it.
        expected: u64,
    },
}

impl Fold {
    /// A fold that goes on where the records end.
    ///
    /// [`FoldError::Ahead`] says that this is not the journal these records were folded from.
    pub async fn open(store: &Store, journal: &Journal) -> Result<Self, FoldError> {
        let mut connection = store.readers().acquire().await.map_err(Error::from)?;
        let position = position(&mut connection).await?;
        let reader = journal.reader(position + 1)?;
        let durable = reader.durable();
        let ends = *durable.borrow();
        if position > ends {
            return Err(FoldError::Ahead { folded: position, durable: ends });
        }
        let (progress, _) = watch::channel(Progress {
            folded_to: position,
            behind: reader.behind(),
            ..Progress::default()
        });
        let (reader, rooms) = (Some(reader), Rooms::default());
        Ok(Self { store: store.clone(), reader, durable, position, progress, rooms })
    }

    /// Tells how far the fold has come, now and after each batch.
    #[must_use]
    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    /// Folds all that is durable now, and says up to where.
    pub async fn catch_up(&mut self) -> Result<u64, FoldError> {
        loop {
            let batch = self.read().await?;
            if batch.is_empty() {
                return Ok(self.position);
            }
            self.fold(&batch).await?;
        }
    }

    /// Folds what becomes durable until the journal is closed, through every failure of the
    /// database. What follows within a tenth of a second of an entry is folded with it.
    ///
    /// Errors: the journal cannot be read, or another fold is at work on the same records.
    pub async fn run(mut self) -> Result<(), FoldError> {
        loop {
            let batch = self.read().await?;
            if !batch.is_empty() {
                self.fold_however_long_it_takes(&batch).await?;
            } else if self.durable.changed().await.is_err() {
                return Ok(());
            } else {
                tokio::time::sleep(GATHER).await;
            }
        }
    }

    async fn fold_however_long_it_takes(&mut self, batch: &[Entry]) -> Result<(), FoldError> {
        let mut pause = PAUSE_MIN;
        loop {
            match self.fold(batch).await {
                Err(FoldError::Store(error)) => {
                    if pause == PAUSE_MIN {
                        tracing::warn!(%error, "the database fails; the journal spools");
                    }
                    let behind = self.behind();
                    self.progress.send_modify(|progress| {
                        progress.failing = Some(error.to_string());
                        progress.behind = behind;
                    });
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(PAUSE_MAX);
                }
                done => return done,
            }
        }
    }

    /// The next batch. Files are read where blocking is allowed.
    async fn read(&mut self) -> Result<Vec<Entry>, FoldError> {
        let Some(mut reader) = self.reader.take() else { return Ok(Vec::new()) };
        let reading = tokio::task::spawn_blocking(move || {
            let batch = reader.read(BATCH_ENTRIES);
            (reader, batch)
        });
        match reading.await {
            Ok((reader, batch)) => {
                self.reader = Some(reader);
                Ok(batch?)
            }
            // Only a runtime that is shutting down does not run it.
            Err(_) => Ok(Vec::new()),
        }
    }

    /// Writes one batch and its position, or nothing.
    async fn fold(&mut self, batch: &[Entry]) -> Result<(), FoldError> {
        let Some(last) = batch.last() else { return Ok(()) };
        let mut writing = self.store.begin().await?;
        let mut noting = Noting::begin(&mut writing, &mut self.rooms, WAITING_MAX).await?;
        let mut gathered = Gathered::default();
        let mut anomalies = 0;
        for entry in batch {
            anomalies += apply::apply(&mut writing, &mut gathered, entry).await?;
            noting.note(&mut writing, &mut gathered, entry).await?;
        }
        gathered.write(&mut writing).await?;
        noting.end(&mut writing).await?;
        dnc::passed(&mut writing, last.at).await?;
        let moved = sql::query("UPDATE fold_position SET seq = $1 WHERE seq = $2")
            .bind(crate::row::signed(last.seq))
            .bind(crate::row::signed(self.position))
            .execute(&mut *writing)
            .await
            .map_err(Error::from)?;
        if moved != 1 {
            return Err(FoldError::Rival { expected: self.position });
        }
        writing.commit().await?;
        self.position = last.seq;
        let behind = self.behind();
        self.progress.send_modify(|progress| {
            progress.folded_to = last.seq;
            progress.behind = behind;
            progress.failing = None;
            progress.anomalies += anomalies;
        });
        Ok(())
    }

    fn behind(&self) -> u64 {
        self.durable.borrow().saturating_sub(self.position)
    }
}

/// Entries in one transaction: enough to be quick, few enough that others may write in between. A
/// webhook's room is counted by it (`webhooks::noting`).
const BATCH_ENTRIES: usize = 500;

/// A transaction costs more than what is in it: ten a second keep up with any rate.
const GATHER: Duration = Duration::from_millis(100);

/// Between two tries on a database that fails: this long at first, doubling to the other.
const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// The last journal entry that the records contain.
pub(crate) async fn position(connection: &mut Connection) -> Result<u64, Error> {
    let seq: i64 =
        sql::query("SELECT seq FROM fold_position").fetch_one(connection).await?.only()?;
    u64::try_from(seq).map_err(|_| Error::unreadable("fold_position", &seq))
}
