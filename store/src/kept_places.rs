//! Places in line that callers kept when they hung up, and what became of them.

use jiff::Timestamp;
use routing::{CallId, KeptPlace, Number, PlaceEnd, QueueId};
use serde::Serialize;

use crate::database::Store;
use crate::error::Error;
use crate::page::{self, Cursor, Page};
use crate::reach::{Whose, Within};
use crate::row::Row;
use crate::sql;
use uuid::Uuid;

/// A place, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeptPlaceRecord {
    /// The place.
    #[serde(flatten)]
    pub place: KeptPlace,
    /// How often they were called.
    pub tries: u8,
    /// The call that was made last.
    pub last_call: Option<CallId>,
    /// When it was over; none while it is kept.
    pub closed_at: Option<Timestamp>,
    /// What became of it.
    pub closing: Option<PlaceEnd>,
}

/// What to search for; every field that is given must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptPlaceQuery {
    /// In the line of this queue.
    pub queue: Option<QueueId>,
    /// Of this person.
    pub number: Option<Number>,
    /// Only those that are kept now.
    pub open: bool,
    /// Kept at or after this.
    pub from: Option<Timestamp>,
    /// Kept before this.
    pub to: Option<Timestamp>,
    /// Where the page before ended.
    pub after: Option<Cursor>,
    /// Rows on the page.
    pub limit: Option<u32>,
    /// Of these campaigns only; all when none.
    pub within: Option<Within>,
}

/// The repository of kept places.
#[derive(Clone, Debug)]
pub struct KeptPlaces {
    store: Store,
}

impl KeptPlaces {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// A page of them, the latest kept first.
    pub async fn list(&self, query: &KeptPlaceQuery) -> Result<Page<KeptPlaceRecord>, Error> {
        let limit = page::limit(query.limit);
        let mut sql = sql::Builder::new("SELECT * FROM kept_place WHERE 1 = 1");
        if let Some(queue) = query.queue {
            sql.push(" AND queue = ").push_bind(Uuid::from(queue));
        }
        if let Some(number) = query.number {
            sql.push(" AND number = ").push_bind(number.to_string());
        }
        if query.open {
            sql.push(" AND closed_at IS NULL");
        }
        if let Some(within) = query.within {
            within.narrow(&mut sql, Whose::campaigns("kept_place.campaign"));
        }
        let order = ("kept_at", "call");
        page::newest_first(&mut sql, order, query.from, query.to, query.after, limit);
        let rows = sql.build().fetch_all(self.store.readers()).await?;
        let found = rows.iter().map(record).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::of(found, limit, |found: &KeptPlaceRecord| {
            Cursor::by_time(found.place.kept_at, found.place.call)
        }))
    }

    /// Every place that is kept, with how often it was called for: what the brain loads when it
    /// starts.
    pub async fn open(&self) -> Result<Vec<(KeptPlace, u8)>, Error> {
        let rows = sql::query(
            "SELECT * FROM kept_place WHERE closed_at IS NULL ORDER BY arrived_at, call",
        )
        .fetch_all(self.store.readers())
        .await?;
        let found = rows.iter().map(record).collect::<Result<Vec<_>, _>>()?;
        Ok(found.into_iter().map(|found| (found.place, found.tries)).collect())
    }
}

fn record(row: &Row) -> Result<KeptPlaceRecord, Error> {
    Ok(KeptPlaceRecord {
        place: KeptPlace {
            call: row.id("call")?,
            queue: row.id("queue")?,
            campaign: row.id("campaign")?,
            number: row.parsed("number")?,
            arrived_at: row.time("arrived_at")?,
            kept_at: row.time("kept_at")?,
            until: row.time("until_at")?,
            tries_max: row.count("tries_max")?,
            retry_s: row.count("retry_s")?,
        },
        tries: row.count("tries")?,
        last_call: row.id_maybe("last_call")?,
        closed_at: row.time_maybe("closed_at")?,
        closing: row.word_maybe("closing")?,
    })
}
