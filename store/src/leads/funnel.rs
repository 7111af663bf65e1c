//! The funnel: where the leads of a campaign's lists stand, and what narrows them down.
//!
//! ```text
//!   total ─▶ still open ─▶ not in a call ─▶ in the window ─▶ not on DNC ─▶ with consent ─┐
//!         └ done …      └ in_flight      └ out_of_window  └ forbidden   └ without_consent │
//!                  ┌────────────────────────────────────────────────────────────────────┘
//!                  └▶ wanted by the filters ─▶ attempts left ─▶ rested ─▶ due ─▶ dialable
//!                  └ unwanted               └ exhausted      └ resting └ waiting
//! ```
//! Each lead is counted once, at the first step that stops it, so the parts always add up to the
//! total. Leads are counted by the groups of `lead_tally`, which the database keeps itself; what is
//! read beside them is a range of an index for what waits, the leads that are on a list, those
//! whose consent is over or has not begun, and those whose number rests. Only a campaign with
//! filters has its open leads looked at one by one.

use dialer::LeadStatus;
use dialer::campaigns::{Filter, LockOut};
use dialer::rules::ConsentRule;
use dialer::window::{self, CallingWindow};
use dialer::zones::Whereabouts;
use jiff::{SignedDuration, Timestamp};
use routing::CampaignId;
use serde::Serialize;
use sqlx::AssertSqlSafe;
use std::collections::BTreeMap;
use uuid::Uuid;

use dialer::ListId;

use super::{Leads, filter};
use crate::error::Error;
use crate::row::Row;
use crate::sql::{self, Connection, Statement};

/// Where the leads of a campaign's lists stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Funnel {
    /// All of them: the sum of the rest.
    pub total: u64,
    /// Spoken to.
    pub done: u64,
    /// The number does not exist.
    pub bad_number: u64,
    /// Asked not to be called.
    pub do_not_call: u64,
    /// Being dialled, or in a conversation.
    pub in_flight: u64,
    /// It is no hour to call them, wherever they may be.
    pub out_of_window: u64,
    /// On a do-not-call list or a register.
    pub forbidden: u64,
    /// Consent is asked of them, and theirs is not there, not enough, over, or yet to begin.
    pub without_consent: u64,
    /// A filter of the campaign keeps them out.
    pub unwanted: u64,
    /// Every allowed attempt was used.
    pub exhausted: u64,
    /// Their number rests, after they met no agent or a machine answered.
    pub resting: u64,
    /// Their time has not come.
    pub waiting: u64,
    /// To be dialled now, as far as is in the tables: what happened a moment ago, the gate knows.
    pub dialable: u64,
}

/// Whose funnel.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// The campaign: its do-not-call list counts.
    pub campaign: CampaignId,
    /// Its lists.
    pub lists: &'a [ListId],
    /// Whom of them the campaign dials.
    pub filters: &'a [Filter],
    /// Counted attempts after which a lead is exhausted.
    pub max_attempts: u32,
    /// The consent that is asked: the stronger of the campaign's and its law's.
    pub consent: ConsentRule,
    /// How long numbers rest: the longer of the campaign's and its law's.
    pub rests: LockOut,
    /// The windows that all must be open: the campaign's and its law's.
    pub windows: &'a [&'a CallingWindow],
    /// The moment.
    pub now: Timestamp,
}

impl Leads {
    /// Counts the leads of these lists as a campaign sees them.
    pub async fn funnel(&self, asked: &Asked<'_>) -> Result<Funnel, Error> {
        let mut funnel = Funnel::default();
        let mut reading = self.store.readers().begin().await?;
        let open = OpenPlaces::at(&mut reading, asked).await?;
        let entries: u64 = sql::query(ENTRIES).fetch_one(&mut *reading).await?.count("entries")?;
        for list in asked.lists {
            let (now, list) = (asked.now.as_microsecond(), Uuid::from(*list));
            let every = sql::query(TALLY).bind(list).bind(now).fetch_all(&mut *reading).await?;
            let every = every.iter().map(Group::of).collect::<Result<Vec<_>, _>>()?;
            let outer = Outer::of(entries, every.iter().map(|group| group.leads).sum());
            let held = held(&mut reading, asked, (list, outer)).await?;
            let unwanted = unwanted(&mut reading, asked, (list, outer)).await?;
            for group in every {
                let of = |groups: &ByKey| groups.get(&group.key()).copied().unwrap_or_default();
                let out = Out {
                    forbidden: of(&held.forbidden),
                    lapsed: of(&held.lapsed),
                    unwanted: of(&unwanted),
                    resting: of(&held.resting),
                };
                funnel.add(asked, &group, &out, open.contains(group.place));
            }
        }
        Ok(funnel)
    }
}

impl Asked<'_> {
    /// The least consent that is enough, as leads have it.
    fn level(&self) -> i64 {
        match self.consent {
            ConsentRule::None => 0,
            ConsentRule::Express => 1,
            ConsentRule::Written => 2,
        }
    }

    /// Since when an end rests a number for so many hours.
    fn since(&self, hours: u16) -> i64 {
        let rest = SignedDuration::from_hours(hours.into());
        self.now.saturating_sub(rest).unwrap_or(Timestamp::MIN).as_microsecond()
    }
}

/// Every group of a list, with how many of each wait.
const TALLY: &str = "SELECT status, attempts, place, consent_level, leads, \
    CASE WHEN status IN ('new', 'due', 'callback') THEN \
    (SELECT count(*) FROM lead WHERE lead.list = lead_tally.list \
    AND lead.status = lead_tally.status AND lead.attempts = lead_tally.attempts \
    AND lead.place = lead_tally.place AND lead.consent_level = lead_tally.consent_level \
    AND lead.next_due_at > $2) ELSE 0 END AS waiting \
    FROM lead_tally WHERE list = $1 AND leads > 0";

/// What the groups count of an open lead.
const COUNTED: &str = "lead.id, lead.status, lead.attempts, lead.place, lead.consent_level, \
    CASE WHEN lead.next_due_at > $2 THEN 1 ELSE 0 END AS waits, ";

const OPEN: &str = "lead.status IN ('new', 'due', 'callback')";

/// Which of two is looked up among the other: SQLite keeps to the order of a CROSS JOIN, and has no
/// statistics to find it by itself. PostgreSQL goes by its own.
#[derive(Clone, Copy, Debug)]
enum Outer {
    Entries,
    Leads,
}

impl Outer {
    /// Entries are read in their order, so that one costs less than a lead.
    fn of(entries: u64, leads: u64) -> Self {
        if entries <= leads.saturating_mul(4) { Self::Entries } else { Self::Leads }
    }
}

/// How many do-not-call entries there are, those of registers among them.
const ENTRIES: &str = "SELECT (SELECT count(*) FROM dnc) + \
    (SELECT CAST(coalesce(sum(numbers), 0) AS BIGINT) FROM dnc_register) AS entries";

/// Those of a list that a do-not-call list or a register forbids, and those whose consent would be
/// enough and does not hold.
fn barred(outer: Outer) -> String {
    let (listed, registered) = match outer {
        Outer::Entries => {
            ("dnc CROSS JOIN lead", "dnc_register CROSS JOIN dnc_registered CROSS JOIN lead")
        }
        Outer::Leads => {
            ("lead CROSS JOIN dnc", "lead CROSS JOIN dnc_registered CROSS JOIN dnc_register")
        }
    };
    let lapsed = |over: &str| {
        format!(
            "SELECT {COUNTED}2 FROM lead WHERE $4 > 0 AND list = $1 AND {over} \
             AND consent_level >= $4 AND {OPEN}"
        )
    };
    let (ended, begins) = (lapsed("consent_until <= $2"), lapsed("consent_from > $2"));
    format!(
        "WITH barred AS (SELECT {COUNTED}1 AS why FROM {listed} \
         WHERE lead.number = dnc.number AND lead.list = $1 \
         AND (dnc.campaign IS NULL OR dnc.campaign = $3) AND {OPEN} \
         UNION ALL SELECT {COUNTED}1 FROM {registered} \
         WHERE dnc_register.id = dnc_registered.register \
         AND lead.number = dnc_registered.number AND lead.list = $1 AND {OPEN} \
         AND (lead.consent_level = 0 OR dnc_register.lifted_by IS NULL \
         OR (dnc_register.lifted_by = 'written' AND lead.consent_level = 1) \
         OR lead.consent_until <= $2 OR lead.consent_from > $2) \
         UNION ALL {ended} UNION ALL {begins}) "
    )
}

/// The groups of those who are held by a list, their consent or a rest, each by the first of them.
struct Held {
    forbidden: ByKey,
    lapsed: ByKey,
    resting: ByKey,
}

async fn held(
    connection: &mut Connection,
    asked: &Asked<'_>,
    (list, outer): (Uuid, Outer),
) -> Result<Held, Error> {
    let (fits, values) = filter::fits(asked.filters, HELD_PLACES);
    let statement = sql::query(AssertSqlSafe(held_by(outer, &fits)));
    let statement = statement
        .bind(list)
        .bind(asked.now.as_microsecond())
        .bind(*asked.campaign.as_uuid())
        .bind(asked.level())
        .bind(asked.since(asked.rests.after_abandoned_h))
        .bind(asked.since(asked.rests.after_machine_h));
    let rows = values.into_iter().fold(statement, Statement::bind).fetch_all(connection).await?;
    let because = |why: i64| -> Result<ByKey, Error> {
        let mut groups = ByKey::new();
        for row in &rows {
            if row.column::<i64>("why")? == why {
                let group = Group::of(row)?;
                groups.insert(group.key(), group);
            }
        }
        Ok(groups)
    };
    Ok(Held { forbidden: because(1)?, lapsed: because(2)?, resting: because(3)? })
}

/// Whom a filter keeps out is unwanted before their number rests; a promised callback is kept out
/// by none.
fn held_by(outer: Outer, fits: &str) -> String {
    let barred = barred(outer);
    format!(
        "{barred}, rests AS ( \
         SELECT number FROM attempt WHERE outcome = 'abandoned' AND ended_at > $5 \
         UNION SELECT number FROM attempt WHERE outcome = 'machine' AND ended_at > $6), \
         held AS (SELECT * FROM barred UNION ALL SELECT {COUNTED}3 FROM rests CROSS JOIN lead \
         WHERE lead.number = rests.number AND lead.list = $1 AND lead.consent_level >= $4 \
         AND {OPEN} AND (lead.status = 'callback' OR (1 = 1 {fits}))), \
         first AS (SELECT id, status, attempts, place, consent_level, waits, \
         CAST(min(why) AS BIGINT) AS why FROM held \
         GROUP BY id, status, attempts, place, consent_level, waits) \
         SELECT status, attempts, place, consent_level, why, count(*) AS leads, \
         sum(waits) AS waiting FROM first GROUP BY status, attempts, place, consent_level, why"
    )
}

/// Its parameters; those of filters follow.
const HELD_PLACES: usize = 6;

/// The groups of those that a filter keeps out and that nothing before it stops; none without
/// filters. A promised callback is kept out by none.
async fn unwanted(
    connection: &mut Connection,
    asked: &Asked<'_>,
    (list, outer): (Uuid, Outer),
) -> Result<ByKey, Error> {
    if asked.filters.is_empty() {
        return Ok(ByKey::new());
    }
    let (fits, values) = filter::fits(asked.filters, UNWANTED_PLACES);
    let barred = barred(outer);
    let statement = sql::query(AssertSqlSafe(format!(
        "{barred}SELECT status, attempts, place, consent_level, count(*) AS leads, \
         sum(CASE WHEN next_due_at > $2 THEN 1 ELSE 0 END) AS waiting \
         FROM lead WHERE list = $1 AND status IN ('new', 'due') AND consent_level >= $4 \
         AND id NOT IN (SELECT id FROM barred) AND NOT (1 = 1 {fits}) \
         GROUP BY status, attempts, place, consent_level"
    )));
    let statement = statement
        .bind(list)
        .bind(asked.now.as_microsecond())
        .bind(*asked.campaign.as_uuid())
        .bind(asked.level());
    let rows = values.into_iter().fold(statement, Statement::bind).fetch_all(connection).await?;
    by_key(&rows)
}

/// Its parameters; those of filters follow.
const UNWANTED_PLACES: usize = 4;

/// Groups by status, attempts, place and consent.
type ByKey = BTreeMap<(LeadStatus, u32, i64, i64), Group>;

fn by_key(rows: &[Row]) -> Result<ByKey, Error> {
    let keyed = |row: &Row| Group::of(row).map(|group| (group.key(), group));
    rows.iter().map(keyed).collect()
}

/// Leads of one status, with as many attempts, at one place, with one kind of consent.
#[derive(Clone, Copy, Debug, Default)]
struct Group {
    status: LeadStatus,
    attempts: u32,
    place: i64,
    consent_level: i64,
    leads: u64,
    waiting: u64,
}

impl Group {
    fn of(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            status: row.parsed("status")?,
            attempts: row.count("attempts")?,
            place: row.column("place")?,
            consent_level: row.column("consent_level")?,
            leads: row.count("leads")?,
            waiting: row.count("waiting")?,
        })
    }

    fn key(&self) -> (LeadStatus, u32, i64, i64) {
        (self.status, self.attempts, self.place, self.consent_level)
    }
}

/// What stops leads of one group; none of them stands in two of these.
struct Out {
    forbidden: Group,
    lapsed: Group,
    unwanted: Group,
    resting: Group,
}

/// The places where it is an hour to call at this moment.
struct OpenPlaces(Vec<i64>);

impl OpenPlaces {
    async fn at(connection: &mut Connection, asked: &Asked<'_>) -> Result<Self, Error> {
        let rows =
            sql::query("SELECT id, key FROM place ORDER BY id").fetch_all(connection).await?;
        let mut open = Vec::new();
        for row in &rows {
            let here = Whereabouts::read(row.column("key")?);
            if window::are_open(asked.windows, asked.now, &here) {
                open.push(row.column("id")?);
            }
        }
        Ok(Self(open))
    }

    fn contains(&self, place: i64) -> bool {
        self.0.binary_search(&place).is_ok()
    }
}

impl Funnel {
    fn add(&mut self, asked: &Asked<'_>, group: &Group, out: &Out, in_window: bool) {
        let leads = group.leads;
        self.total += leads;
        let figure = match group.status {
            LeadStatus::InFlight => &mut self.in_flight,
            LeadStatus::Done => &mut self.done,
            LeadStatus::Exhausted => &mut self.exhausted,
            LeadStatus::BadNumber => &mut self.bad_number,
            LeadStatus::DoNotCall => &mut self.do_not_call,
            LeadStatus::New | LeadStatus::Due | LeadStatus::Callback if in_window => {
                return self.add_open(asked, group, out);
            }
            LeadStatus::New | LeadStatus::Due | LeadStatus::Callback => &mut self.out_of_window,
        };
        *figure += leads;
    }

    /// Leads that are open, at an hour to call them.
    fn add_open(&mut self, asked: &Asked<'_>, group: &Group, out: &Out) {
        let mut left = group.leads;
        let mut stop = |figure: &mut u64, many: u64| {
            let stopped = many.min(left);
            *figure += stopped;
            left -= stopped;
        };
        stop(&mut self.forbidden, out.forbidden.leads);
        if group.consent_level < asked.level() {
            return stop(&mut self.without_consent, u64::MAX);
        }
        stop(&mut self.without_consent, out.lapsed.leads);
        stop(&mut self.unwanted, out.unwanted.leads);
        // Who was promised a call has it, however often they were tried before.
        if group.attempts >= asked.max_attempts && group.status != LeadStatus::Callback {
            return stop(&mut self.exhausted, u64::MAX);
        }
        stop(&mut self.resting, out.resting.leads);
        let stopped = [&out.forbidden, &out.lapsed, &out.unwanted, &out.resting];
        let waited: u64 = stopped.into_iter().map(|part| part.waiting).sum();
        stop(&mut self.waiting, group.waiting.saturating_sub(waited));
        stop(&mut self.dialable, u64::MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::furnished;

    /// Issue 6: what is read beside the tally is a range of an index each, however long the list.
    #[tokio::test]
    async fn the_funnel_reads_ranges_of_indexes() {
        let dir = tempfile::tempdir().unwrap();
        let store = furnished(dir.path()).await;
        let by_consent = ["lead_consent_until", "lead_consent_from"];
        let by_rest = ["attempt_abandoned", "attempt_machine"];
        let by_number = ["lead_number"];
        let of_lists = ["dnc_", "sqlite_autoindex_dnc_register"];
        for (sql, indexes) in [
            (TALLY, &["lead_funnel"][..]),
            (&held_by(Outer::Entries, ""), &[&by_consent[..], &by_rest, &by_number].concat()),
            (&held_by(Outer::Leads, ""), &[&by_consent[..], &by_rest, &of_lists].concat()),
        ] {
            let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
            let rows = sql::query(explain).fetch_all(store.readers()).await.unwrap();
            let plan: Vec<String> = rows.iter().map(|row| row.column("detail").unwrap()).collect();
            let plan = plan.join("\n");
            for index in indexes {
                assert!(plan.contains(index), "{index}:\n{plan}");
            }
            assert!(!plan.contains("SCAN lead\n") && !plan.contains("SCAN attempt"), "{plan}");
        }
    }
}
