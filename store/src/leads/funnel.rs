//! The funnel: where the leads of a campaign's lists stand, and what narrows them down.
//!
//! ```text
//!   total ─▶ still open ─▶ not in a call ─▶ in the window ─▶ not on DNC ─▶ attempts left ─▶ due
//!         └ done …      └ in_flight      └ out_of_window  └ forbidden  └ exhausted       └ waiting
//! ```
//! Each lead is counted once, at the first step that stops it, so the parts always add up to the
//! total. Leads are counted by the groups of `lead_tally`, which the database keeps itself; what is
//! read beside them is a range of an index for what waits, and the leads that are on a list.

use dialer::LeadStatus;
use dialer::window::{self, CallingWindow};
use dialer::zones::Whereabouts;
use jiff::Timestamp;
use routing::CampaignId;
use serde::Serialize;
use std::collections::BTreeMap;
use uuid::Uuid;

use dialer::ListId;

use super::Leads;
use crate::error::Error;
use crate::row::Row;
use crate::sql::{self, Connection};

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
            let forbidden = forbidden.iter().map(Group::of).collect::<Result<Vec<_>, _>>()?;
            let forbidden: BTreeMap<_, _> =
                forbidden.into_iter().map(|group| (group.key(), group)).collect();
            for row in &every {
                let group = Group::of(row)?;
                let listed = forbidden.get(&group.key()).copied().unwrap_or_default();
                funnel.add(&group, &listed, asked.max_attempts, open.contains(group.place));
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

/// The groups of those that a do-not-call list or a register forbids. Its entries are looked up
/// among the leads, or the leads among them: whichever are fewer.
const FORBIDDEN: &str = "WITH forbidden AS ( \
    SELECT lead.id FROM dnc JOIN lead ON lead.number = dnc.number \
    WHERE lead.list = $1 AND (dnc.campaign IS NULL OR dnc.campaign = $3) \
    UNION SELECT lead.id FROM dnc_registered \
    JOIN dnc_register ON dnc_register.id = dnc_registered.register \
    JOIN lead ON lead.number = dnc_registered.number \
    WHERE lead.list = $1 AND (lead.consent_kind IS NULL OR dnc_register.lifted_by IS NULL \
    OR (dnc_register.lifted_by = 'written' AND lead.consent_kind = 'express'))) \
    SELECT status, attempts, place, count(*) AS leads, \
    sum(CASE WHEN next_due_at > $2 THEN 1 ELSE 0 END) AS waiting \
    FROM forbidden JOIN lead ON lead.id = forbidden.id \
    WHERE status IN ('new', 'due', 'callback') GROUP BY status, attempts, place";

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
    fn add(&mut self, group: &Group, forbidden: &Group, max_attempts: u32, in_window: bool) {
        let leads = group.leads;
        self.total += leads;
        let figure = match group.status {
            LeadStatus::InFlight => &mut self.in_flight,
            LeadStatus::Done => &mut self.done,
            LeadStatus::Exhausted => &mut self.exhausted,
            LeadStatus::BadNumber => &mut self.bad_number,
            LeadStatus::DoNotCall => &mut self.do_not_call,
            LeadStatus::New | LeadStatus::Due | LeadStatus::Callback if in_window => {
                let free = leads.saturating_sub(forbidden.leads);
                self.forbidden += leads - free;
                // Who was promised a call has it, however often they were tried before.
                if group.attempts >= max_attempts && group.status != LeadStatus::Callback {
                    self.exhausted += free;
                    return;
                }
                let waiting = group.waiting.saturating_sub(forbidden.waiting).min(free);
                self.waiting += waiting;
                self.dialable += free - waiting;
                return;
            }
            LeadStatus::New | LeadStatus::Due | LeadStatus::Callback => &mut self.out_of_window,
        };
        *figure += leads;
    }
}
