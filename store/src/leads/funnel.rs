//! The funnel: where the leads of a campaign's lists stand, and what narrows them down.
//!
//! ```text
//!   total ─▶ still open ─▶ not in a call ─▶ in the window ─▶ not on DNC ─┐
//!         └ done …      └ in_flight      └ out_of_window  └ forbidden    │
//!                  ┌───────────────────────────────────────────────────────┘
//!                  └▶ wanted by the filters ─▶ attempts left ─▶ due ─▶ dialable
//!                  └ unwanted               └ exhausted     └ waiting
//! ```
//! Each lead is counted once, at the first step that stops it, so the parts always add up to the
//! total. Leads are counted by the groups of `lead_tally`, which the database keeps itself; what is
//! read beside them is a range of an index for what waits, and the leads that are on a list. Only a
//! campaign with filters has its open leads looked at one by one.

use dialer::LeadStatus;
use dialer::campaigns::Filter;
use dialer::window::{self, CallingWindow};
use dialer::zones::Whereabouts;
use jiff::Timestamp;
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
    /// A filter of the campaign keeps them out.
    pub unwanted: u64,
    /// Every allowed attempt was used.
    pub exhausted: u64,
    /// Their time has not come.
    pub waiting: u64,
    /// To be dialled now, as far as lists and hours go; rests of numbers the gate knows.
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
        for list in asked.lists {
            let (now, list) = (asked.now.as_microsecond(), Uuid::from(*list));
            let every = sql::query(TALLY).bind(list).bind(now).fetch_all(&mut *reading).await?;
            let forbidden = sql::query(FORBIDDEN)
                .bind(list)
                .bind(now)
                .bind(*asked.campaign.as_uuid())
                .fetch_all(&mut *reading)
                .await?;
            let forbidden = by_key(&forbidden)?;
            let unwanted = unwanted(&mut reading, asked, list).await?;
            for row in &every {
                let group = Group::of(row)?;
                let of = |groups: &ByKey| groups.get(&group.key()).copied().unwrap_or_default();
                let out = [of(&forbidden), of(&unwanted)];
                funnel.add(&group, &out, asked.max_attempts, open.contains(group.place));
            }
        }
        Ok(funnel)
    }
}

/// Every group of a list, with how many of each wait.
const TALLY: &str = "SELECT status, attempts, place, leads, \
    CASE WHEN status IN ('new', 'due', 'callback') THEN \
    (SELECT count(*) FROM lead WHERE lead.list = lead_tally.list \
    AND lead.status = lead_tally.status AND lead.attempts = lead_tally.attempts \
    AND lead.place = lead_tally.place AND lead.next_due_at > $2) ELSE 0 END AS waiting \
    FROM lead_tally WHERE list = $1 AND leads > 0";

/// Those of a list that a do-not-call list or a register forbids. Its entries are looked up among
/// the leads, or the leads among them: whichever are fewer.
macro_rules! forbidden {
    () => {
        "WITH forbidden AS ( \
         SELECT lead.id FROM dnc JOIN lead ON lead.number = dnc.number \
         WHERE lead.list = $1 AND (dnc.campaign IS NULL OR dnc.campaign = $3) \
         UNION SELECT lead.id FROM dnc_registered \
         JOIN dnc_register ON dnc_register.id = dnc_registered.register \
         JOIN lead ON lead.number = dnc_registered.number \
         WHERE lead.list = $1 AND (lead.consent_kind IS NULL OR dnc_register.lifted_by IS NULL \
         OR (dnc_register.lifted_by = 'written' AND lead.consent_kind = 'express'))) \
         SELECT status, attempts, place, count(*) AS leads, \
         sum(CASE WHEN next_due_at > $2 THEN 1 ELSE 0 END) AS waiting "
    };
}

/// Their groups.
const FORBIDDEN: &str = concat!(
    forbidden!(),
    "FROM forbidden JOIN lead ON lead.id = forbidden.id \
     WHERE status IN ('new', 'due', 'callback') GROUP BY status, attempts, place"
);

/// The groups of those that a filter keeps out and that are not forbidden; none without filters. A
/// promised callback is kept out by none.
async fn unwanted(
    connection: &mut Connection,
    asked: &Asked<'_>,
    list: Uuid,
) -> Result<ByKey, Error> {
    if asked.filters.is_empty() {
        return Ok(ByKey::new());
    }
    let (fits, values) = filter::fits(asked.filters, UNWANTED_PLACES);
    let statement = sql::query(AssertSqlSafe(format!(
        "{UNWANTED}AND NOT (1 = 1 {fits}) GROUP BY status, attempts, place"
    )));
    let campaign = *asked.campaign.as_uuid();
    let statement = statement.bind(list).bind(asked.now.as_microsecond()).bind(campaign);
    let rows = values.into_iter().fold(statement, Statement::bind).fetch_all(connection).await?;
    by_key(&rows)
}

const UNWANTED: &str = concat!(
    forbidden!(),
    "FROM lead WHERE list = $1 AND status IN ('new', 'due') \
     AND id NOT IN (SELECT id FROM forbidden) "
);

/// Its parameters; those of filters follow.
const UNWANTED_PLACES: usize = 3;

/// Groups by status, attempts and place.
type ByKey = BTreeMap<(LeadStatus, u32, i64), Group>;

fn by_key(rows: &[Row]) -> Result<ByKey, Error> {
    let keyed = |row: &Row| Group::of(row).map(|group| (group.key(), group));
    rows.iter().map(keyed).collect()
}

/// Leads of one status, with as many attempts, at one place.
#[derive(Clone, Copy, Debug, Default)]
struct Group {
    status: LeadStatus,
    attempts: u32,
    place: i64,
    leads: u64,
    waiting: u64,
}

impl Group {
    fn of(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            status: row.parsed("status")?,
            attempts: row.count("attempts")?,
            place: row.column("place")?,
            leads: row.count("leads")?,
            waiting: row.count("waiting")?,
        })
    }

    fn key(&self) -> (LeadStatus, u32, i64) {
        (self.status, self.attempts, self.place)
    }
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
    fn add(
        &mut self,
        group: &Group,
        [forbidden, unwanted]: &[Group; 2],
        max_attempts: u32,
        in_window: bool,
    ) {
        let leads = group.leads;
        self.total += leads;
        let figure = match group.status {
            LeadStatus::InFlight => &mut self.in_flight,
            LeadStatus::Done => &mut self.done,
            LeadStatus::Exhausted => &mut self.exhausted,
            LeadStatus::BadNumber => &mut self.bad_number,
            LeadStatus::DoNotCall => &mut self.do_not_call,
            LeadStatus::New | LeadStatus::Due | LeadStatus::Callback if in_window => {
                let allowed = leads.saturating_sub(forbidden.leads);
                self.forbidden += leads - allowed;
                let free = allowed.saturating_sub(unwanted.leads);
                self.unwanted += allowed - free;
                // Who was promised a call has it, however often they were tried before.
                if group.attempts >= max_attempts && group.status != LeadStatus::Callback {
                    self.exhausted += free;
                    return;
                }
                let out = forbidden.waiting.saturating_add(unwanted.waiting);
                let waiting = group.waiting.saturating_sub(out).min(free);
                self.waiting += waiting;
                self.dialable += free - waiting;
                return;
            }
            LeadStatus::New | LeadStatus::Due | LeadStatus::Callback => &mut self.out_of_window,
        };
        *figure += leads;
    }
}
