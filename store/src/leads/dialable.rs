//! The dialable set: leads that may be dialled now, best first, straight from an index.
//!
//! ```text
//!   callbacks that are due, the longest due first
//!   then by priority, the highest first; within one, the longest due first
//! ```
//!
//! Each list has one short range of an index a priority and a set of campaigns that put leads off
//! (`put_off`), so the cost follows what is asked for and not how long the list is. What the query
//! leaves out (do-not-call, a live attempt on the number, no attempts left) the gate checks again
//! at the INVITE: this only spares it the walk. Whom another campaign promised a call the gate does
//! not know.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use routing::{CampaignId, Number};
use uuid::Uuid;

use dialer::campaigns::{Filter, Order};
use dialer::leads::NumberHistory;
use dialer::{Lead, LeadId, ListId};

use super::put_off::{PROMISED, Shelf, push_promised_elsewhere};
use super::{Leads, filter, record};
use crate::error::Error;
use crate::fold;
use crate::row::Row;
use crate::sql::{self, Connection};

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
        let enough = wanted.limit.saturating_add(wanted.excluding.len());
        let mut shelves = Vec::with_capacity(wanted.lists.len());
        for list in wanted.lists {
            shelves.push(Shelf::of(&mut reading, *list, wanted.campaign).await?);
        }
        let promised = shelves.iter().collect::<Vec<_>>();
        let mut found = level(&mut reading, wanted, (Level::Promised, &promised), enough).await?;
        let mut steps = Steps::from_the_top(&shelves);
        while found.len() < enough
            && let Some((priority, shelves)) = steps.down(&mut reading).await?
        {
            let of = (Level::Open(priority), &shelves[..]);
            let missing = enough - found.len();
            found.extend(level(&mut reading, wanted, of, missing).await?);
        }
        let held: BTreeSet<_> = wanted.excluding.iter().collect();
        found.retain(|lead| !held.contains(&lead.id));
        found.truncate(wanted.limit);
        add_histories(&mut reading, &mut found).await?;
        Ok(Dialable { leads: found, folded_to })
    }
}

/// The priorities that lists have open leads in, from the highest down; each step is one seek in
/// the index of each list that has leads there, and none is made before it is asked for.
struct Steps<'a> {
    /// The highest that is left of each list.
    ahead: Vec<(i64, &'a Shelf)>,
    /// Lists whose next is not known, and below what it is.
    passed: Vec<(i64, &'a Shelf)>,
}

impl<'a> Steps<'a> {
    fn from_the_top(shelves: &'a [Shelf]) -> Self {
        let passed = shelves.iter().map(|shelf| (i64::MAX, shelf)).collect();
        Self { ahead: Vec::with_capacity(shelves.len()), passed }
    }

    /// The highest priority that is left, and where it is.
    async fn down(
        &mut self,
        connection: &mut Connection,
    ) -> Result<Option<(i64, Vec<&'a Shelf>)>, Error> {
        for (below, shelf) in self.passed.drain(..) {
            let next: Option<i64> = sql::query(NEXT_PRIORITY)
                .bind(Uuid::from(shelf.list))
                .bind(below)
                .fetch_one(&mut *connection)
                .await?
                .only()?;
            self.ahead.extend(next.map(|priority| (priority, shelf)));
        }
        let Some(highest) = self.ahead.iter().map(|(priority, _)| *priority).max() else {
            return Ok(None);
        };
        self.passed.extend(self.ahead.extract_if(.., |(priority, _)| *priority == highest));
        Ok(Some((highest, self.passed.iter().map(|(_, shelf)| *shelf).collect())))
    }
}

const NEXT_PRIORITY: &str = "SELECT max(priority) FROM lead \
    WHERE list = $1 AND status IN ('new', 'due') AND consent_level >= bound AND priority < $2";

/// Leads that come before or after each other by their time alone.
#[derive(Clone, Copy, Debug)]
enum Level {
    /// A call was promised, and is due.
    Promised,
    /// Of this priority.
    Open(i64),
}

/// One range of an index.
#[derive(Clone, Copy, Debug)]
enum Range<'a> {
    /// Leads that this set of campaigns put off, ours not among them.
    Others(&'a str),
    /// Leads that our campaign put off until now or before.
    Own,
}

/// Leads of one level, those of all shelves in one order.
async fn level(
    connection: &mut Connection,
    wanted: &Wanted<'_>,
    (level, shelves): (Level, &[&Shelf]),
    limit: usize,
) -> Result<Vec<Lead>, Error> {
    let mut found = Vec::new();
    for shelf in shelves {
        let others = shelf.sets.iter().map(|set| Range::Others(set));
        for range in others.chain(shelf.own.then_some(Range::Own)) {
            let mut sql = sql::Builder::new("");
            of_range(&mut sql, wanted, (shelf.list, level, range), limit);
            for row in &sql.build().fetch_all(&mut *connection).await? {
                found.push((row.column::<i64>("from_at")?, record::lead(row)?));
            }
        }
    }
    found.sort_by_key(|(from, lead)| (*from, lead.id));
    if matches!(level, Level::Open(_)) && wanted.order == Order::NewestFirst {
        found.reverse();
    }
    Ok(found.into_iter().map(|(_, lead)| lead).collect())
}

/// The statement that reads one range of one list from its front.
fn of_range(
    sql: &mut sql::Builder,
    wanted: &Wanted<'_>,
    (list, level, range): (ListId, Level, Range<'_>),
    limit: usize,
) {
    let now = wanted.now.as_microsecond();
    let (from_at, then) = match range {
        Range::Others(_) => ("lead.next_due_at", "lead.id"),
        Range::Own => ("off.until_at", "off.lead"),
    };
    sql.push(format!("SELECT lead.*, {from_at} AS from_at FROM "));
    match range {
        Range::Others(set) => {
            sql.push("lead WHERE lead.list = ").push_bind(Uuid::from(list));
            sql.push(" AND lead.put_off_by = ").push_bind(set);
        }
        Range::Own => {
            let priority = match level {
                Level::Promised => PROMISED,
                Level::Open(priority) => priority,
            };
            sql.push("lead_put_off AS off CROSS JOIN lead WHERE lead.id = off.lead");
            sql.push(" AND off.campaign = ").push_bind(*wanted.campaign.as_uuid());
            sql.push(" AND off.list = ").push_bind(Uuid::from(list));
            sql.push(" AND off.level = ").push_bind(priority);
        }
    }
    sql.push(format!(" AND {from_at} <= ")).push_bind(now);
    match level {
        Level::Promised => {
            sql.push(" AND lead.status = 'callback' ");
        }
        Level::Open(priority) => {
            sql.push(" AND lead.status IN ('new', 'due') AND lead.priority = ").push_bind(priority);
            let most = i64::from(wanted.max_attempts);
            sql.push(" AND lead.attempts < ").push_bind(most).push(" ");
            filter::fits(sql, wanted.filters);
        }
    }
    may_be_dialled(sql, wanted);
    let back = match (level, wanted.order) {
        (Level::Open(_), Order::NewestFirst) => " DESC",
        _ => "",
    };
    sql.push(format!("ORDER BY {from_at}{back}, {then}{back} LIMIT "));
    sql.push_bind(crate::row::signed(limit));
}

/// Leaves out numbers that nobody may dial, those being dialled, and whom another campaign promised
/// a call.
fn may_be_dialled(sql: &mut sql::Builder, wanted: &Wanted<'_>) {
    let now = wanted.now.as_microsecond();
    // Whom a list of our own forbids is in no range that is read: at whichever number they asked.
    sql.push("AND lead.consent_level >= lead.bound AND (lead.bound = 0 OR (");
    sql.push("(lead.consent_until IS NULL OR lead.consent_until > ").push_bind(now);
    sql.push(") AND (lead.consent_from IS NULL OR lead.consent_from <= ").push_bind(now);
    sql.push(
        "))) AND NOT EXISTS (SELECT 1 FROM attempt WHERE attempt.number = lead.number \
         AND attempt.ended_at IS NULL) AND NOT ",
    );
    push_promised_elsewhere(sql, wanted.campaign);
    sql.push(" ");
}

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
    use crate::testing::{furnished, id, start};

    /// Issue 6: the next lead takes no longer from a million leads than from ten. A plan that
    /// scans or sorts would.
    #[tokio::test]
    async fn the_dialable_set_is_read_from_the_front_of_an_index() {
        let dir = tempfile::tempdir().unwrap();
        let store = furnished(dir.path()).await;
        let filter = Filter { column: "a".into(), values: vec!["b".into()], exclude: false };
        let wanted = Wanted {
            campaign: id(1),
            lists: &[],
            max_attempts: 3,
            now: start(),
            filters: &[filter],
            order: Order::OldestFirst,
            limit: 1,
            excluding: &[],
        };
        let newest = Wanted { order: Order::NewestFirst, ..wanted.clone() };
        let (open, set) = (Level::Open(0), Range::Others("x"));
        let mut next = sql::Builder::new("EXPLAIN QUERY PLAN ");
        next.push(NEXT_PRIORITY.replace("$1", "x'00'").replace("$2", "0"));
        let mut plans = vec![(next, "lead_open")];
        for (wanted, level, range, index) in [
            (&wanted, Level::Promised, set, "lead_callback"),
            (&wanted, Level::Promised, Range::Own, "lead_put_off_due"),
            (&wanted, open, set, "lead_open"),
            (&wanted, open, Range::Own, "lead_put_off_due"),
            (&newest, open, set, "lead_open"),
            (&newest, open, Range::Own, "lead_put_off_due"),
        ] {
            let mut asked = sql::Builder::new("EXPLAIN QUERY PLAN ");
            of_range(&mut asked, wanted, (id(2), level, range), 1);
            plans.push((asked, index));
        }
        for (asked, index) in plans {
            let rows = asked.build().fetch_all(store.readers()).await.unwrap();
            let plan: Vec<String> = rows.iter().map(|row| row.column("detail").unwrap()).collect();
            let first = plan.first().unwrap();
            assert!(first.contains("SEARCH") && first.contains(index), "{index}:\n{plan:#?}");
            let plan = plan.join("\n");
            assert!(!plan.contains("TEMP B-TREE") && !plan.contains("SCAN"), "{plan}");
        }
    }
}
