//! Callbacks as records: what was promised, and what became of it; and callers whom nobody
//! answered ([`ReturnedCall`]).

use dialer::callbacks::{Callback, Closing};
use dialer::{CallbackId, Lead, LeadId};
use jiff::Timestamp;
use routing::{AgentId, CampaignId};
use serde::Serialize;
use uuid::Uuid;

mod returned;

pub use returned::{Dialled, MissedCaller, MissedQuery, ReturnedCall};

use crate::database::Store;
use crate::error::Error;
use crate::page::{self, Cursor, Page};
use crate::reach::{Whose, Within};
use crate::row::Row;
use crate::sql;

/// A promise, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CallbackRecord {
    /// The promise.
    #[serde(flatten)]
    pub callback: Callback,
    /// When it was made.
    pub promised_at: Timestamp,
    /// Who made it; none is an administrator.
    pub promised_by: Option<AgentId>,
    /// When it was over; none while it is open.
    pub closed_at: Option<Timestamp>,
    /// What became of it.
    pub closing: Option<Closing>,
}

/// What to search for; every field that is given must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallbackQuery {
    /// Of this campaign.
    pub campaign: Option<CampaignId>,
    /// Of this agent.
    pub owner: Option<AgentId>,
    /// To this person.
    pub lead: Option<LeadId>,
    /// Only those that are open.
    pub open: bool,
    /// Due at or after this.
    pub from: Option<Timestamp>,
    /// Due before this.
    pub to: Option<Timestamp>,
    /// Where the page before ended.
    pub after: Option<Cursor>,
    /// Rows on the page.
    pub limit: Option<u32>,
    /// Of these only; all when none.
    pub within: Option<Within>,
}

/// What became of the promises that were due in a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CallbackReport {
    /// Reached within the window.
    pub kept: u64,
    /// Reached after it.
    pub late: u64,
    /// Never reached.
    pub broken: u64,
    /// The customer called first.
    pub called_in: u64,
    /// Taken back or moved.
    pub withdrawn: u64,
    /// Not over yet.
    pub open: u64,
}

/// The repository of callbacks.
#[derive(Clone, Debug)]
pub struct Callbacks {
    store: Store,
}

impl Callbacks {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// The one with this identity.
    pub async fn find(&self, id: CallbackId) -> Result<CallbackRecord, Error> {
        sql::query("SELECT * FROM callback WHERE id = $1")
            .bind(Uuid::from(id))
            .fetch_optional(self.store.readers())
            .await?
            .as_ref()
            .map_or(Err(Error::NotFound("callback")), record)
    }

    /// A page of them, the latest due first.
    pub async fn list(&self, query: &CallbackQuery) -> Result<Page<CallbackRecord>, Error> {
        let limit = page::limit(query.limit);
        let mut sql = sql::Builder::new("SELECT * FROM callback WHERE 1 = 1");
        if let Some(campaign) = query.campaign {
            sql.push(" AND campaign = ").push_bind(Uuid::from(campaign));
        }
        if let Some(owner) = query.owner {
            sql.push(" AND owner = ").push_bind(Uuid::from(owner));
        }
        if let Some(lead) = query.lead {
            sql.push(" AND lead = ").push_bind(Uuid::from(lead));
        }
        if query.open {
            sql.push(" AND closed_at IS NULL");
        }
        if let Some(within) = query.within {
            within.narrow(&mut sql, WHOSE);
        }
        let order = ("due_at", "id");
        page::newest_first(&mut sql, order, query.from, query.to, query.after, limit);
        let rows = sql.build().fetch_all(self.store.readers()).await?;
        let found = rows.iter().map(record).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::of(found, limit, |found: &CallbackRecord| {
            Cursor::by_time(found.callback.due_at, found.callback.id)
        }))
    }

    /// Every open promise: what the brain loads when it starts.
    pub async fn open(&self) -> Result<Vec<Callback>, Error> {
        let rows =
            sql::query("SELECT callback FROM callback WHERE closed_at IS NULL ORDER BY due_at, id")
                .fetch_all(self.store.readers())
                .await?;
        rows.iter().map(|row| row.json("callback")).collect()
    }

    /// The open promise to a person.
    pub async fn open_to(&self, lead: LeadId) -> Result<Option<Callback>, Error> {
        let sql = "SELECT callback FROM callback WHERE lead = $1 AND closed_at IS NULL LIMIT 1";
        let row = sql::query(sql).bind(Uuid::from(lead));
        let row = row.fetch_optional(self.store.readers()).await?;
        row.map(|row| row.json("callback")).transpose()
    }

    /// Whether a person called us from a number of theirs, and met an agent, since they were
    /// promised a call.
    pub async fn called_in(&self, lead: &Lead) -> Result<bool, Error> {
        let mut sql = sql::Builder::new("SELECT 1 FROM callback CROSS JOIN call WHERE lead = ");
        sql.push_bind(Uuid::from(lead.id)).push(" AND closed_at IS NULL AND call.calling IN (");
        let mut numbers = sql.separated(", ");
        for number in lead.numbers() {
            let written = number.to_string();
            // Carriers write it with a plus and without.
            numbers.push_bind(written.trim_start_matches('+').to_owned()).push_bind(written);
        }
        sql.push(") AND call.direction = 'inbound' AND call.connected_at IS NOT NULL ");
        sql.push("AND call.started_at >= callback.promised_at LIMIT 1");
        Ok(sql.build().fetch_optional(self.store.readers()).await?.is_some())
    }

    /// What became of the promises due from one moment until before another.
    pub async fn report(
        &self,
        from: Timestamp,
        to: Timestamp,
        within: Option<Within>,
    ) -> Result<CallbackReport, Error> {
        let mut sql = sql::Builder::new(
            "SELECT closing, count(*) AS promises FROM callback WHERE due_at >= ",
        );
        sql.push_bind(from.as_microsecond()).push(" AND due_at < ").push_bind(to.as_microsecond());
        if let Some(within) = within {
            within.narrow(&mut sql, WHOSE);
        }
        sql.push(" GROUP BY closing");
        let rows = sql.build().fetch_all(self.store.readers()).await?;
        let mut report = CallbackReport::default();
        for row in &rows {
            let figure = match row.word_maybe("closing")? {
                None => &mut report.open,
                Some(Closing::Kept) => &mut report.kept,
                Some(Closing::Late) => &mut report.late,
                Some(Closing::Broken) => &mut report.broken,
                Some(Closing::CalledIn) => &mut report.called_in,
                Some(Closing::Withdrawn) => &mut report.withdrawn,
            };
            *figure += row.count::<u64>("promises")?;
        }
        Ok(report)
    }
}

const WHOSE: Whose = Whose::both("callback.owner", "callback.campaign");

fn record(row: &Row) -> Result<CallbackRecord, Error> {
    Ok(CallbackRecord {
        callback: row.json("callback")?,
        promised_at: row.time("promised_at")?,
        promised_by: row.id_maybe("promised_by")?,
        closed_at: row.time_maybe("closed_at")?,
        closing: row.word_maybe("closing")?,
    })
}
