//! Leads at rest: bulk insert, search, one at a time, and (in `dialable`) the indexed query that
//! replaces a hopper.
//!
//! Who may change what: people change a lead's person and priority here; `status`, attempts and due
//! time follow from the journal and are written by the fold, with the one exception of
//! [`Leads::defer`].

mod caller;
mod dialable;
mod export;
mod filter;
mod funnel;
mod place;
mod put_off;
mod record;
mod trace;
mod turn;

use futures_util::TryStreamExt;
use jiff::Timestamp;
use routing::{CampaignId, Number};
use serde::Deserialize;
use uuid::Uuid;

use dialer::leads::OtherNumber;
use dialer::{Lead, LeadId, LeadStatus, ListId};

use crate::database::Store;
use crate::dialect::PARAMETERS_MAX;
use crate::documents::Stored;
use crate::error::Error;
use crate::holds::LEAD_IS_HELD;
use crate::page::{self, Cursor, Page};
use crate::row;
use crate::sql::{self, Connection};
use place::Places;

pub(crate) use caller::read;
pub use dialable::{Dialable, Wanted};
pub use funnel::{Asked, Funnel};
pub use put_off::Reconsidered;
pub(crate) use record::due;
pub(crate) use turn::{Turn, turn_to};

/// The repository of leads.
#[derive(Clone, Debug)]
pub struct Leads {
    store: Store,
}

/// What to search for; every field that is given must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeadQuery {
    /// On this list.
    pub list: Option<ListId>,
    /// On a list of this campaign (R148).
    pub campaign: Option<CampaignId>,
    /// In this status.
    pub status: Option<LeadStatus>,
    /// Part of the name, of any of their numbers or of the external id.
    pub text: Option<String>,
    /// Where the page before ended.
    pub after: Option<Cursor>,
    /// Rows on the page.
    pub limit: Option<u32>,
}

/// Where a number or an external id that is imported must not stand already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Within {
    /// On the list itself.
    #[default]
    List,
    /// On any list of any campaign that has the list.
    Campaign,
    /// On any list at all.
    Organisation,
}

/// Those of the lists of every campaign that has the list, and its own.
macro_rules! of_campaigns {
    () => {
        "(list = $1 OR list IN \
         (SELECT other.list FROM link AS own JOIN link AS other ON other.owner = own.owner \
         WHERE own.list = $1 AND other.list IS NOT NULL))"
    };
}

const NUMBERS_OF_CAMPAIGNS: &str =
    concat!("SELECT DISTINCT number, other_numbers FROM lead WHERE ", of_campaigns!());
const KEYS_OF_CAMPAIGNS: &str = concat!(
    "SELECT DISTINCT external_id FROM lead WHERE external_id IS NOT NULL AND ",
    of_campaigns!()
);

/// What became of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inserted {
    /// Leads that are on the list now.
    pub added: usize,
    /// The indexes in the batch of leads whose number or external id was on the list before.
    pub duplicates: Vec<usize>,
}

impl Leads {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Adds a batch in one transaction; leads that the list has already are left as they are.
    ///
    /// A stream of a million rows is a stream of batches of a few thousand each.
    /// [`Error::Unknown`] names the list when there is none.
    pub async fn insert(&self, leads: &[Lead], now: Timestamp) -> Result<Inserted, Error> {
        let mut writing = self.store.begin().await?;
        let mut inserted = Inserted::default();
        let places = Places::of(&mut writing, leads).await?;
        let mut first = 0;
        for rows in leads.chunks(PARAMETERS_MAX / record::COLUMNS) {
            let added = insert_rows(&mut writing, rows, &places, now).await?;
            inserted.added += added.len();
            let duplicate =
                |(_, lead): &(usize, &Lead)| added.binary_search(&Uuid::from(lead.id)).is_err();
            let found = rows.iter().enumerate().filter(duplicate).map(|(at, _)| first + at);
            inserted.duplicates.extend(found);
            first += rows.len();
        }
        writing.commit().await?;
        Ok(inserted)
    }

    /// The one with this identity.
    pub async fn find(&self, id: LeadId) -> Result<Stored<Lead>, Error> {
        let mut reading = self.store.readers().begin().await?;
        let row = sql::query("SELECT * FROM lead WHERE id = $1")
            .bind(Uuid::from(id))
            .fetch_optional(&mut *reading)
            .await?
            .ok_or(Error::NotFound("lead"))?;
        let mut found = [record::lead(&row)?];
        dialable::add_histories(&mut reading, &mut found).await?;
        let [value] = found;
        record::stored(&row, value)
    }

    /// A page of them, in the order they were imported.
    ///
    /// The history of the number is not read: a page shows people, not calls.
    pub async fn list(&self, query: &LeadQuery) -> Result<Page<Stored<Lead>>, Error> {
        let limit = page::limit(query.limit);
        let mut sql = sql::Builder::new("SELECT * FROM lead WHERE id > ");
        sql.push_bind(query.after.map_or(Uuid::nil(), |cursor| cursor.id));
        if let Some(list) = query.list {
            sql.push(" AND list = ").push_bind(Uuid::from(list));
        }
        if let Some(campaign) = query.campaign {
            sql.push(" AND list IN (SELECT list FROM link WHERE list IS NOT NULL AND owner = ");
            sql.push_bind(Uuid::from(campaign)).push(")");
        }
        if let Some(status) = query.status {
            sql.push(" AND status = ").push_bind(status.as_str());
        }
        if let Some(text) = &query.text {
            let pattern = page::contains(text);
            sql.push(" AND (number LIKE ").push_bind(pattern.clone()).push(" ESCAPE '\\'");
            sql.push(" OR EXISTS (SELECT 1 FROM further_number AS more WHERE more.lead = lead.id ");
            sql.push("AND more.number LIKE ").push_bind(pattern.clone()).push(" ESCAPE '\\')");
            sql.push(" OR lower(first_name || ' ' || last_name) LIKE ");
            sql.push_bind(pattern.clone()).push(" ESCAPE '\\'");
            sql.push(" OR lower(external_id) LIKE ").push_bind(pattern).push(" ESCAPE '\\')");
        }
        sql.push(" ORDER BY id LIMIT ").push_bind(i64::from(limit) + 1);
        let rows = sql.build().fetch_all(self.store.readers()).await?;
        let found = rows
            .iter()
            .map(|row| record::stored(row, record::lead(row)?))
            .collect::<Result<Vec<_>, Error>>()?;
        Ok(Page::of(found, limit, |found: &Stored<Lead>| Cursor::by_id(found.value.id)))
    }

    /// The numbers that an import to this list is to be compared with, further ones too.
    pub async fn numbers(&self, list: ListId, within: Within) -> Result<Vec<Number>, Error> {
        let sql = match within {
            Within::List => "SELECT number, other_numbers FROM lead WHERE list = $1",
            Within::Campaign => NUMBERS_OF_CAMPAIGNS,
            // The parameter is named so that all three take it.
            Within::Organisation => {
                "SELECT DISTINCT number, other_numbers FROM lead WHERE $1 IS NOT NULL"
            }
        };
        let mut rows = sql::query(sql).bind(Uuid::from(list)).fetch(self.store.readers());
        let mut numbers = Vec::new();
        while let Some(row) = rows.try_next().await? {
            numbers.push(row.parsed("number")?);
            // Nearly all have none, and need no reader of JSON.
            if row.column::<&str>("other_numbers")? != "[]" {
                let others: Vec<OtherNumber> = row.json("other_numbers")?;
                numbers.extend(others.into_iter().map(|other| other.number));
            }
        }
        Ok(numbers)
    }

    /// The external ids that an import to this list is to be compared with.
    pub async fn keys(&self, list: ListId, within: Within) -> Result<Vec<String>, Error> {
        let sql = match within {
            Within::List => {
                "SELECT external_id FROM lead WHERE external_id IS NOT NULL AND list = $1"
            }
            Within::Campaign => KEYS_OF_CAMPAIGNS,
            // As above.
            Within::Organisation => {
                "SELECT DISTINCT external_id FROM lead \
                 WHERE external_id IS NOT NULL AND $1 IS NOT NULL"
            }
        };
        let rows = sql::query(sql).bind(Uuid::from(list)).fetch_all(self.store.readers()).await?;
        rows.iter().map(crate::row::Row::only).collect()
    }

    /// Changes what people may change of a lead that was read at `version`: the person, the
    /// numbers, the consent, the priority. The rest of `lead` is not looked at.
    ///
    /// A lead whose number did not exist is due again with another one. Errors: [`Error::Stale`];
    /// [`Error::Live`] for another number while the old one is being dialled; [`Error::Taken`].
    pub async fn update(
        &self,
        lead: &Lead,
        version: u64,
        now: Timestamp,
    ) -> Result<Stored<Lead>, Error> {
        let mut writing = self.store.begin().await?;
        let found = sql::query("SELECT * FROM lead WHERE id = $1")
            .bind(Uuid::from(lead.id))
            .fetch_optional(&mut *writing)
            .await?
            .ok_or(Error::NotFound("lead"))?;
        let current = found.count("version")?;
        if current != version {
            return Err(Error::Stale { current });
        }
        let before = record::lead(&found)?;
        if before.number != lead.number {
            refuse_if_dialled(&mut writing, &before).await?;
        }
        let places = Places::of(&mut writing, std::slice::from_ref(lead)).await?;
        replace(&mut writing, lead, places.id(lead), version, now).await?;
        let (before, after) = trace::of_change(&before, lead);
        writing.note(lead.id, Some(&before), Some(&after))?;
        writing.commit().await?;
        self.find(lead.id).await
    }

    /// Removes one that was read at `version`, was never dialled, and is promised no call.
    pub async fn delete(&self, id: LeadId, version: u64) -> Result<Stored<Lead>, Error> {
        let found = self.find(id).await?;
        let mut writing = self.store.begin().await?;
        let dialled = sql::query("SELECT 1 FROM attempt WHERE lead = $1 LIMIT 1")
            .bind(Uuid::from(id))
            .fetch_optional(&mut *writing)
            .await?;
        if dialled.is_some() {
            return Err(Error::Referenced { by: "records of attempts" });
        }
        let promised =
            sql::query("SELECT 1 FROM callback WHERE lead = $1 AND closed_at IS NULL LIMIT 1");
        let promised = promised.bind(Uuid::from(id)).fetch_optional(&mut *writing).await?;
        if promised.is_some() {
            return Err(Error::Referenced { by: "a promised call" });
        }
        let mut held = sql::Builder::new("SELECT 1 FROM lead WHERE id = ");
        held.push_bind(Uuid::from(id)).push(" AND ").push(LEAD_IS_HELD);
        if held.build().fetch_optional(&mut *writing).await?.is_some() {
            return Err(Error::Held);
        }
        let deleted = sql::query("DELETE FROM lead WHERE id = $1 AND version = $2")
            .bind(Uuid::from(id))
            .bind(row::signed(version))
            .execute(&mut *writing)
            .await?;
        if deleted == 0 {
            return Err(Error::Stale { current: found.version });
        }
        writing.note(id, Some(&trace::of(&found.value)), None)?;
        writing.commit().await?;
        Ok(found)
    }
}

/// Another number is not the one that rings.
async fn refuse_if_dialled(connection: &mut Connection, lead: &Lead) -> Result<(), Error> {
    let live = sql::query("SELECT 1 FROM attempt WHERE lead = $1 AND ended_at IS NULL LIMIT 1")
        .bind(Uuid::from(lead.id))
        .fetch_optional(connection)
        .await?;
    if live.is_some() || lead.status == LeadStatus::InFlight { Err(Error::Live) } else { Ok(()) }
}

/// Writes what people say of a lead that stands at `version`.
async fn replace(
    connection: &mut Connection,
    lead: &Lead,
    place: i64,
    version: u64,
    now: Timestamp,
) -> Result<(), Error> {
    let terms = record::Terms::of(lead);
    sql::query(
        "UPDATE lead SET number = $2, other_numbers = $3, external_id = $4, first_name = $5, \
         last_name = $6, zone = $7, fields = $8, priority = $9, version = version + 1, \
         updated_at = $10, region = $12, consent = $13, consent_kind = $14, place = $15, \
         consent_level = $16, consent_from = $17, consent_until = $18, number_kind = $19, \
         status = CASE WHEN status = 'bad_number' AND number <> $2 THEN 'due' ELSE status END \
         WHERE id = $1 AND version = $11",
    )
    .bind(Uuid::from(lead.id))
    .bind(lead.number.to_string())
    .bind(row::json("other_numbers", &lead.other_numbers)?)
    .bind(&lead.external_id)
    .bind(&lead.first_name)
    .bind(&lead.last_name)
    .bind(&lead.zone)
    .bind(row::json("fields", &lead.fields)?)
    .bind(i64::from(lead.priority))
    .bind(now.as_microsecond())
    .bind(row::signed(version))
    .bind(&lead.region)
    .bind(record::consent(lead)?)
    .bind(lead.consent.as_ref().map(|consent| consent.kind.as_str()))
    .bind(place)
    .bind(terms.level)
    .bind(terms.from)
    .bind(terms.until)
    .bind(&lead.number_kind)
    .execute(connection)
    .await
    .map_err(|error| {
        match Error::of_write(error, &["external_id", "external", "number"], "list") {
            // PostgreSQL names the index, which is shorter than its column.
            Error::Taken("external") => Error::Taken("external_id"),
            error => error,
        }
    })?;
    Ok(())
}

/// Adds rows of one statement; the ids that were added, sorted.
async fn insert_rows(
    connection: &mut Connection,
    leads: &[Lead],
    places: &Places,
    now: Timestamp,
) -> Result<Vec<Uuid>, Error> {
    let values = |lead| record::Values::of(lead, places.id(lead));
    let rows = leads.iter().map(values).collect::<Result<Vec<_>, Error>>()?;
    let mut sql = sql::Builder::new(record::INSERT);
    sql.push_values(rows, |row, values| values.bind(row, now));
    sql.push(" ON CONFLICT DO NOTHING RETURNING id");
    let added = sql
        .build()
        .persistent(leads.len() == PARAMETERS_MAX / record::COLUMNS)
        .fetch_all(connection)
        .await
        .map_err(|error| Error::of_write(error, &["id"], "list"))?;
    let mut added =
        added.iter().map(|row| row.column("id")).collect::<Result<Vec<Uuid>, Error>>()?;
    added.sort_unstable();
    Ok(added)
}
