//! Do-not-call entries at rest. The brain holds them all in memory; this is where they survive.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use routing::{CampaignId, Number};
use serde::Serialize;
use uuid::Uuid;

use dialer::Dnc;
use dialer::dnc::DncScope;

use crate::database::Store;
use crate::error::Error;
use crate::page::{self, Cursor, Page, Query};
use crate::registers::RegisterNumbers;
use crate::row::Row;
use crate::sql::{self, Connection};

/// A number that is not to be called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DncEntry {
    /// Its identity.
    pub id: Uuid,
    /// The number.
    pub number: Number,
    /// Whom it binds.
    pub scope: DncScope,
    /// Why, in words.
    pub reason: String,
    /// Since when.
    pub created_at: Timestamp,
}

/// The repository of do-not-call entries.
#[derive(Clone, Debug)]
pub struct DncEntries {
    store: Store,
}

impl DncEntries {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Adds one; [`Error::Taken`] when the number is in that scope already.
    pub async fn insert(&self, entry: &DncEntry) -> Result<(), Error> {
        match self.insert_many(std::slice::from_ref(entry)).await? {
            0 => Err(Error::Taken("number")),
            _ => Ok(()),
        }
    }

    /// Adds many in one transaction, as an import does; how many were new.
    pub async fn insert_many(&self, entries: &[DncEntry]) -> Result<u64, Error> {
        let mut writing = self.store.begin().await?;
        let mut added = 0;
        for part in entries.chunks(ROWS_AT_ONCE) {
            let mut sql =
                sql::Builder::new("INSERT INTO dnc (id, number, campaign, reason, created_at) ");
            sql.push_values(part, |mut row, entry| {
                row.push_bind(entry.id)
                    .push_bind(entry.number.to_string())
                    .push_bind(campaign(entry.scope))
                    .push_bind(entry.reason.clone())
                    .push_bind(entry.created_at.as_microsecond());
            });
            sql.push(" ON CONFLICT DO NOTHING");
            let done = sql.build().execute(&mut *writing).await;
            added += done.map_err(|error| Error::of_write(error, &["id"], "scope.campaign"))?;
        }
        if added > 0 {
            raise_version(&mut writing).await?;
        }
        writing.commit().await?;
        Ok(added)
    }

    /// The one with this identity.
    pub async fn find(&self, id: Uuid) -> Result<DncEntry, Error> {
        sql::query("SELECT * FROM dnc WHERE id = $1")
            .bind(id)
            .fetch_optional(self.store.readers())
            .await?
            .as_ref()
            .map_or(Err(Error::NotFound("do-not-call entry")), entry)
    }

    /// A page of them, the oldest first; a search finds part of the number.
    pub async fn list(&self, query: &Query) -> Result<Page<DncEntry>, Error> {
        let limit = query.limit();
        let rows = sql::query(
            "SELECT * FROM dnc WHERE id > $1 AND number LIKE $2 ESCAPE '\\' ORDER BY id LIMIT $3",
        )
        .bind(query.after.map_or(Uuid::nil(), |cursor| cursor.id))
        .bind(page::contains(query.text.as_deref().unwrap_or_default()))
        .bind(i64::from(limit) + 1)
        .fetch_all(self.store.readers())
        .await?;
        let found = rows.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::of(found, limit, |entry: &DncEntry| Cursor::by_id(entry.id)))
    }

    /// Every entry about one number.
    pub async fn of_number(&self, number: Number) -> Result<Vec<DncEntry>, Error> {
        let rows = sql::query("SELECT * FROM dnc WHERE number = $1 ORDER BY id")
            .bind(number.to_string())
            .fetch_all(self.store.readers())
            .await?;
        rows.iter().map(entry).collect()
    }

    /// Takes numbers off one list; how many stood there. What somebody asked before `now` and the
    /// fold has not come to yet does not put a number back; what they ask from then on does.
    pub async fn remove(
        &self,
        numbers: &[Number],
        scope: DncScope,
        now: Timestamp,
    ) -> Result<u64, Error> {
        let mut writing = self.store.begin().await?;
        let mut removed = 0;
        for number in numbers {
            let mut sql = sql::Builder::new("DELETE FROM dnc WHERE number = ");
            sql.push_bind(number.to_string());
            match scope {
                DncScope::Organisation => sql.push(" AND campaign IS NULL"),
                DncScope::Campaign(id) => sql.push(" AND campaign = ").push_bind(Uuid::from(id)),
            };
            removed += sql.build().execute(&mut *writing).await?;
            if scope == DncScope::Organisation {
                removed_at(&mut writing, *number, now).await?;
            }
        }
        if removed > 0 {
            raise_version(&mut writing).await?;
        }
        writing.commit().await?;
        Ok(removed)
    }

    /// Every entry with the version of the whole: what the gate loads when it starts.
    pub async fn load(&self) -> Result<Dnc, Error> {
        let mut reading = self.store.readers().begin().await?;
        let version: i64 =
            sql::query("SELECT version FROM dnc_version").fetch_one(&mut *reading).await?.only()?;
        let rows = sql::query("SELECT number, campaign FROM dnc ORDER BY campaign, number")
            .fetch_all(&mut *reading)
            .await?;
        let mut sets = BTreeMap::<DncScope, BTreeSet<Number>>::new();
        for row in &rows {
            sets.entry(scope(row)?).or_default().insert(row.parsed("number")?);
        }
        let registers = RegisterNumbers::load(&mut reading).await?;
        Ok(Dnc::restored(u64::try_from(version).unwrap_or_default(), sets, registers))
    }
}

const ROWS_AT_ONCE: usize = crate::dialect::PARAMETERS_MAX / 5;

/// Forbids a number for the organisation, as a part of a fold; once is enough, and none where a
/// person has taken it off since.
pub(crate) async fn forbid(
    connection: &mut Connection,
    number: Number,
    reason: &str,
    at: Timestamp,
    id: Uuid,
) -> Result<(), Error> {
    let removed = sql::query("SELECT 1 FROM dnc_removal WHERE number = $1 AND at > $2")
        .bind(number.to_string())
        .bind(at.as_microsecond())
        .fetch_optional(&mut *connection)
        .await?;
    if removed.is_some() {
        return Ok(());
    }
    let done = sql::query(
        "INSERT INTO dnc (id, number, campaign, reason, created_at) \
         VALUES ($1, $2, NULL, $3, $4) ON CONFLICT DO NOTHING",
    )
    .bind(id)
    .bind(number.to_string())
    .bind(reason)
    .bind(at.as_microsecond())
    .execute(&mut *connection)
    .await?;
    if done > 0 { raise_version(connection).await } else { Ok(()) }
}

/// Forgets removals that the fold has passed long ago: nothing older than them is folded any more.
pub(crate) async fn passed(connection: &mut Connection, at: Timestamp) -> Result<(), Error> {
    let long_ago = at.saturating_sub(PASSED_AFTER).unwrap_or(Timestamp::MIN);
    sql::query("DELETE FROM dnc_removal WHERE at < $1")
        .bind(long_ago.as_microsecond())
        .execute(connection)
        .await?;
    Ok(())
}

/// However far a wall clock may be set back.
const PASSED_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// Keeps when a person took a number off the organisation's list; the latest counts.
async fn removed_at(
    connection: &mut Connection,
    number: Number,
    now: Timestamp,
) -> Result<(), Error> {
    sql::query(
        "INSERT INTO dnc_removal (number, at) VALUES ($1, $2) ON CONFLICT (number) \
         DO UPDATE SET at = excluded.at WHERE dnc_removal.at < excluded.at",
    )
    .bind(number.to_string())
    .bind(now.as_microsecond())
    .execute(connection)
    .await?;
    Ok(())
}

/// Tells whoever kept the sets' version that they are others now.
pub(crate) async fn raise_version(connection: &mut Connection) -> Result<(), Error> {
    sql::query("UPDATE dnc_version SET version = version + 1").execute(connection).await?;
    Ok(())
}

fn campaign(scope: DncScope) -> Option<Uuid> {
    match scope {
        DncScope::Organisation => None,
        DncScope::Campaign(id) => Some(id.into()),
    }
}

fn scope(row: &Row) -> Result<DncScope, Error> {
    let campaign: Option<CampaignId> = row.id_maybe("campaign")?;
    Ok(campaign.map_or(DncScope::Organisation, DncScope::Campaign))
}

fn entry(row: &Row) -> Result<DncEntry, Error> {
    Ok(DncEntry {
        id: row.column("id")?,
        number: row.parsed("number")?,
        scope: scope(row)?,
        reason: row.column("reason")?,
        created_at: row.time("created_at")?,
    })
}
