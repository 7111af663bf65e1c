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
//! read beside them (`stops`) is a range of an index for what waits, the leads that are on a list,
//! those whose consent is over or has not begun, and those whose number rests. Only a campaign with
//! filters has its open leads looked at one by one.

mod stops;

use dialer::LeadStatus;
use dialer::campaigns::{Filter, LockOut};
use dialer::rules::ConsentRule;
use dialer::window::{self, CallingWindow};
use dialer::zones::Whereabouts;
use jiff::{SignedDuration, Timestamp};
use routing::CampaignId;
use serde::Serialize;
use std::collections::BTreeMap;
use uuid::Uuid;

use dialer::ListId;

use super::Leads;
use crate::error::Error;
use crate::row::Row;
use crate::sql::{self, Connection};
use stops::{Forbidden, Part, View};

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
    /// Their time has not come, or another campaign promised them a call.
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
        for list in asked.lists {
            let (now, list) = (asked.now.as_microsecond(), Uuid::from(*list));
            let every = sql::query(TALLY).bind(list).bind(now).fetch_all(&mut *reading).await?;
            let every = every.iter().map(Group::of).collect::<Result<Vec<_>, _>>()?;
            let view = View { asked, list };
            let forbidden = view.forbidden(&mut reading).await?;
            let lapsed = view.lapsed(&mut reading).await?;
            let unwanted = view.unwanted(&mut reading).await?;
            let resting = view.resting(&mut reading).await?;
            let held_back = view.held_back(&mut reading).await?;
            for group in every {
                let of = |parts: &ByKey<Part>| parts.get(&group.key()).copied().unwrap_or_default();
                let stops = Stops {
                    forbidden: forbidden.get(&group.key()).copied().unwrap_or_default(),
                    lapsed: of(&lapsed),
                    unwanted: of(&unwanted),
                    resting: of(&resting),
                    held_back: of(&held_back),
                };
                funnel.add(asked, &group, &stops, open.contains(group.place));
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

/// By status, attempts, place and consent.
type ByKey<T> = BTreeMap<(LeadStatus, u32, i64, i64), T>;

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

/// What stops leads of one group. A forbidden lead is counted by what else would stop it, too.
struct Stops {
    forbidden: Forbidden,
    lapsed: Part,
    unwanted: Part,
    resting: Part,
    held_back: Part,
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
    fn add(&mut self, asked: &Asked<'_>, group: &Group, stops: &Stops, in_window: bool) {
        let leads = group.leads;
        self.total += leads;
        let figure = match group.status {
            LeadStatus::InFlight => &mut self.in_flight,
            LeadStatus::Done => &mut self.done,
            LeadStatus::Exhausted => &mut self.exhausted,
            LeadStatus::BadNumber => &mut self.bad_number,
            LeadStatus::DoNotCall => &mut self.do_not_call,
            LeadStatus::New | LeadStatus::Due | LeadStatus::Callback if in_window => {
                return self.add_open(asked, group, stops);
            }
            LeadStatus::New | LeadStatus::Due | LeadStatus::Callback => &mut self.out_of_window,
        };
        *figure += leads;
    }

    /// Leads that are open, at an hour to call them.
    fn add_open(&mut self, asked: &Asked<'_>, group: &Group, stops: &Stops) {
        let Stops { forbidden, lapsed, unwanted, resting, held_back } = stops;
        let mut left = group.leads;
        let mut stop = |figure: &mut u64, many: u64| {
            let stopped = many.min(left);
            *figure += stopped;
            left -= stopped;
        };
        stop(&mut self.forbidden, forbidden.leads);
        if group.consent_level < asked.level() {
            return stop(&mut self.without_consent, u64::MAX);
        }
        stop(&mut self.without_consent, lapsed.leads.saturating_sub(forbidden.lapsed));
        stop(&mut self.unwanted, unwanted.leads.saturating_sub(forbidden.unwanted));
        // Who was promised a call has it, however often they were tried before.
        if group.attempts >= asked.max_attempts && group.status != LeadStatus::Callback {
            return stop(&mut self.exhausted, u64::MAX);
        }
        stop(&mut self.resting, resting.leads.saturating_sub(forbidden.resting));
        let elsewhere = lapsed.waiting + unwanted.waiting + resting.waiting + forbidden.waiting;
        let waiting = group.waiting + held_back.leads;
        stop(&mut self.waiting, waiting.saturating_sub(elsewhere));
        stop(&mut self.dialable, u64::MAX);
    }
}
