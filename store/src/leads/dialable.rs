//! The dialable set: leads that may be dialled now, best first, straight from an index.
//!
//! ```text
//!   callbacks that are due, the longest due first
//!   then by priority, the highest first; within one, the longest due first
//! ```
//!
//! Each list has one short range of an index a priority, so the cost follows what is asked for and
//! not how long the list is. What the query leaves out (do-not-call, a live attempt on the number,
//! no attempts left) the gate checks again at the INVITE: this only spares it the walk.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use routing::{CampaignId, Number};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use dialer::campaigns::{Filter, Order};
use dialer::leads::NumberHistory;
use dialer::{Lead, LeadId, ListId};

use super::{Leads, filter, record};
use crate::error::Error;
use crate::fold;
use crate::row::Row;
use crate::sql::{self, Connection, Statement};

/// Leaves out numbers that nobody may dial, and those being dialled.
macro_rules! not_excluded {
    () => {
        "AND NOT EXISTS (SELECT 1 FROM dnc WHERE dnc.number = lead.number \
         AND (dnc.campaign IS NULL OR dnc.campaign = $4)) \
         AND NOT EXISTS (SELECT 1 FROM dnc_registered JOIN dnc_register \
         ON dnc_register.id = dnc_registered.register WHERE dnc_registered.number = lead.number \
         AND (lead.consent_kind IS NULL OR dnc_register.lifted_by IS NULL OR \
         (dnc_register.lifted_by = 'written' AND lead.consent_kind = 'express') \
         OR lead.consent_until <= $2 OR lead.consent_from > $2)) \
         AND NOT EXISTS (SELECT 1 FROM attempt WHERE attempt.number = lead.number \
         AND attempt.ended_at IS NULL) "
    };
}

/// Which leads are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// The campaign that will dial: its do-not-call list counts.
    pub campaign: CampaignId,
    /// The campaign's lists.
    pub lists: &'a [ListId],
    /// Counted attempts after which a lead is exhausted.
    pub max_attempts: u32,
    /// The moment of asking.
    pub now: Timestamp,
    /// Whom of them the campaign dials.
    pub filters: &'a [Filter],
    /// In which order, within one priority.
    pub order: Order,
    /// How many at the most.
    pub limit: usize,
    /// Leads that the campaign holds already, in stock or in flight.
    pub excluding: &'a [LeadId],
}

/// Leads that may be dialled now.
#[derive(Clone, Debug, PartialEq)]
pub struct Dialable {
    /// The leads, best first, each with the history of its number.
    pub leads: Vec<Lead>,
    /// The journal entry up to which SQL knew what happened when they were read.
    ///
    /// A lead whose attempt was permitted or ended by a later entry stands here as it was before;
    /// whoever restocks must drop it.
    pub folded_to: u64,
}

impl Leads {
    /// Leads of these lists that may be dialled now.
    pub async fn dialable(&self, wanted: &Wanted<'_>) -> Result<Dialable, Error> {
        let mut reading = self.store.readers().begin().await?;
        let folded_to = fold::position(&mut reading).await?;
        let mut found = Vec::new();
        let enough = wanted.limit.saturating_add(wanted.excluding.len());
        for list in wanted.lists {
            found.extend(callbacks(&mut reading, wanted, *list, enough).await?);
        }
        let mut priorities = Priorities::default();
        for list in wanted.lists {
            priorities.of(&mut reading, *list).await?;
        }
        for (priority, lists) in priorities.0.iter().rev() {
            if found.len() >= enough {
                break;
            }
            let mut level = Vec::new();
            for list in lists {
                let missing = enough - found.len();
                level.extend(open(&mut reading, wanted, *list, *priority, missing).await?);
            }
            level.sort_by_key(|lead| (lead.next_due_at, lead.id));
            if wanted.order == Order::NewestFirst {
                level.reverse();
            }
            found.extend(level);
        }
        let held: BTreeSet<_> = wanted.excluding.iter().collect();
        found.retain(|lead| !held.contains(&lead.id));
        found.truncate(wanted.limit);
        add_histories(&mut reading, &mut found).await?;
        Ok(Dialable { leads: found, folded_to })
    }

    /// Puts leads off that the gate would not let pass before `until`: out of their hours, or
    /// resting after an abandoned call. Without this they would stand at the front of the index
    /// and be read again at every refill.
    ///
    /// A lead that changed since is left alone.
    pub async fn defer(&self, leads: &[(LeadId, Timestamp)], now: Timestamp) -> Result<(), Error> {
        let mut writing = self.store.begin().await?;
        for (lead, until) in leads {
            sql::query(
                "UPDATE lead SET next_due_at = $2, updated_at = $3 WHERE id = $1 \
                 AND status IN ('new', 'due', 'callback') AND next_due_at < $2",
            )
            .bind(Uuid::from(*lead))
            .bind(until.as_microsecond())
            .bind(now.as_microsecond())
            .execute(&mut *writing)
            .await?;
        }
        writing.commit().await?;
        Ok(())
    }
}

/// The priorities that lists have dialable leads in, lowest first.
#[derive(Default)]
struct Priorities(BTreeMap<i64, Vec<ListId>>);

impl Priorities {
    /// Steps down the index from one priority to the next lower.
    async fn of(&mut self, connection: &mut Connection, list: ListId) -> Result<(), Error> {
        let mut below = i64::MAX;
        for _ in 0..PRIORITIES_MAX {
            let highest: Option<i64> = sql::query(NEXT_PRIORITY)
                .bind(Uuid::from(list))
                .bind(below)
                .fetch_one(&mut *connection)
                .await?
                .only()?;
            let Some(priority) = highest else { break };
            self.0.entry(priority).or_default().push(list);
            below = priority;
        }
        Ok(())
    }
}

const NEXT_PRIORITY: &str = "SELECT max(priority) FROM lead \
    WHERE list = $1 AND status IN ('new', 'due') AND priority < $2";

/// Priorities of one list that are looked at; a list with more is dialled from the highest of them.
const PRIORITIES_MAX: usize = 64;

async fn callbacks(
    connection: &mut Connection,
    wanted: &Wanted<'_>,
    list: ListId,
    limit: usize,
) -> Result<Vec<Lead>, Error> {
    let rows = sql::query(CALLBACKS)
        .bind(Uuid::from(list))
        .bind(wanted.now.as_microsecond())
        .bind(i64::from(wanted.max_attempts))
        .bind(*wanted.campaign.as_uuid())
        .bind(crate::row::signed(limit))
        .fetch_all(connection)
        .await?;
    rows.iter().map(record::lead).collect()
}

const CALLBACKS: &str = concat!(
    "SELECT * FROM lead WHERE list = $1 AND status = 'callback' AND next_due_at <= $2 \
     AND $3 > 0 ",
    not_excluded!(),
    "ORDER BY next_due_at, id LIMIT $5"
);

async fn open(
    connection: &mut Connection,
    wanted: &Wanted<'_>,
    list: ListId,
    priority: i64,
    limit: usize,
) -> Result<Vec<Lead>, Error> {
    let (filters, values) = filter::fits(wanted.filters, OPEN_PLACES);
    let order = match wanted.order {
        Order::OldestFirst => "ORDER BY next_due_at, id LIMIT $5",
        Order::NewestFirst => "ORDER BY next_due_at DESC, id DESC LIMIT $5",
    };
    let statement = sql::query(AssertSqlSafe(format!("{OPEN}{filters}{order}")))
        .bind(Uuid::from(list))
        .bind(wanted.now.as_microsecond())
        .bind(i64::from(wanted.max_attempts))
        .bind(*wanted.campaign.as_uuid())
        .bind(crate::row::signed(limit))
        .bind(priority);
    let statement = values.into_iter().fold(statement, Statement::bind);
    let rows = statement.fetch_all(connection).await?;
    rows.iter().map(record::lead).collect()
}

const OPEN: &str = concat!(
    "SELECT * FROM lead WHERE list = $1 AND status IN ('new', 'due') AND next_due_at <= $2 \
     AND attempts < $3 AND priority = $6 ",
    not_excluded!()
);

/// Parameters of [`OPEN`] and its order; those of filters follow.
const OPEN_PLACES: usize = 6;

/// Reads what was tried at each number of these leads, whichever list it stands on.
pub(super) async fn add_histories(
    connection: &mut Connection,
    leads: &mut [Lead],
) -> Result<(), Error> {
    for part in leads.chunks_mut(HISTORIES_AT_ONCE) {
        let histories = histories(connection, part).await?;
        for lead in part {
            lead.recall(|number| histories.get(&number));
        }
    }
    Ok(())
}

/// Leads in one query, each with ten numbers at the most.
const HISTORIES_AT_ONCE: usize = 500;

async fn histories(
    connection: &mut Connection,
    leads: &[Lead],
) -> Result<BTreeMap<Number, NumberHistory>, Error> {
    let mut sql = sql::Builder::new(
        "SELECT number, permitted_at, ended_at, outcome, counted FROM attempt \
         WHERE outcome IS NOT NULL AND number IN (",
    );
    let mut numbers = sql.separated(", ");
    for number in leads.iter().flat_map(Lead::numbers) {
        numbers.push_bind(number.to_string());
    }
    sql.push(") ORDER BY permitted_at");
    let mut histories: BTreeMap<Number, NumberHistory> = BTreeMap::new();
    let rows = sql.build().fetch_all(connection).await?;
    for row in &rows {
        let history = histories.entry(row.parsed("number")?).or_default();
        remember(history, row)?;
    }
    for history in histories.values_mut() {
        // "Recent" is counted back from the newest: the gate drops what has become too old.
        let newest = history.recent.last().copied();
        let horizon = newest.and_then(|at| at.checked_sub(WEEK).ok());
        history.recent.retain(|at| horizon.is_none_or(|horizon| *at > horizon));
    }
    Ok(histories)
}

/// The window of the longest cap on a number.
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

fn remember(history: &mut NumberHistory, row: &Row) -> Result<(), Error> {
    if row.count_maybe::<u8>("counted")? == Some(1) {
        history.recent.push(row.time("permitted_at")?);
    }
    let ended = row.time_maybe("ended_at")?;
    match row.parsed::<dialer::Outcome>("outcome")? {
        dialer::Outcome::Abandoned => history.abandoned_at = history.abandoned_at.max(ended),
        dialer::Outcome::Machine => history.machine_at = history.machine_at.max(ended),
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::furnished;

    /// Issue 6: the next lead takes no longer from a million leads than from ten. A plan that
    /// scans or sorts would.
    #[tokio::test]
    async fn the_dialable_set_is_read_from_the_front_of_an_index() {
        let dir = tempfile::tempdir().unwrap();
        let store = furnished(dir.path()).await;
        let oldest = format!("{OPEN}ORDER BY next_due_at, id LIMIT $5");
        let newest = format!("{OPEN}ORDER BY next_due_at DESC, id DESC LIMIT $5");
        for (sql, index) in [
            (CALLBACKS, "lead_callback"),
            (&oldest, "lead_open"),
            (&newest, "lead_open"),
            (NEXT_PRIORITY, "lead_open"),
        ] {
            let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
            let rows = sql::query(explain).fetch_all(store.readers()).await.unwrap();
            let plan: Vec<String> = rows.iter().map(|row| row.column("detail").unwrap()).collect();
            let plan = plan.join("\n");
            let of_lead = plan.lines().find(|line| line.contains(" lead ")).unwrap();
            assert!(of_lead.contains("SEARCH") && of_lead.contains(index), "{sql}:\n{plan}");
            assert!(!plan.contains("TEMP B-TREE") && !plan.contains("SCAN"), "{sql}:\n{plan}");
        }
    }
}
