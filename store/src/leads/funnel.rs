//! The funnel: how many leads stand where, from all of them down to those that can be dialled now.
//! Every lead is counted in exactly one of the figures, so they add up to the total.

use jiff::Timestamp;
use routing::CampaignId;
use serde::Serialize;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use dialer::{LeadStatus, ListId};

use super::Leads;
use crate::error::Error;
use crate::row::Columns;

/// Where the leads of a campaign's lists stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Funnel {
    /// All of them.
    pub total: u64,
    /// Spoken to.
    pub done: u64,
    /// Every allowed attempt was used.
    pub exhausted: u64,
    /// The number does not exist.
    pub bad_number: u64,
    /// Asked not to be called, or on a do-not-call list.
    pub do_not_call: u64,
    /// Being dialled, or in a conversation.
    pub in_flight: u64,
    /// Dialable later: their time has not come.
    pub waiting: u64,
    /// Dialable now, but for the hour it is where they live, which only the gate knows.
    pub dialable: u64,
}

impl Leads {
    /// Counts the leads of these lists as a campaign sees them.
    pub async fn funnel(
        &self,
        campaign: CampaignId,
        lists: &[ListId],
        max_attempts: u32,
        now: Timestamp,
    ) -> Result<Funnel, Error> {
        let mut funnel = Funnel::default();
        let mut reading = self.store.readers().begin().await?;
        for list in lists {
            let every = sqlx::query(EVERY)
                .bind(Uuid::from(*list))
                .bind(i64::from(max_attempts))
                .bind(now.as_microsecond());
            for row in &every.fetch_all(&mut *reading).await? {
                let stage = Stage::of(row)?;
                funnel.total += stage.leads;
                funnel.add(&stage, u64::checked_add)?;
            }
            let forbidden = sqlx::query(FORBIDDEN)
                .bind(Uuid::from(*list))
                .bind(i64::from(max_attempts))
                .bind(now.as_microsecond())
                .bind(*campaign.as_uuid());
            for row in &forbidden.fetch_all(&mut *reading).await? {
                let stage = Stage::of(row)?;
                funnel.do_not_call += stage.leads;
                funnel.add(&stage, u64::checked_sub)?;
            }
        }
        Ok(funnel)
    }
}

/// Every lead of a list, read in the order of one index and from nothing else.
const EVERY: &str = "SELECT status, count(*) AS leads, \
    sum(CASE WHEN attempts >= $2 THEN 1 ELSE 0 END) AS exhausted, \
    sum(CASE WHEN attempts < $2 AND next_due_at <= $3 THEN 1 ELSE 0 END) AS dialable \
    FROM lead WHERE list = $1 GROUP BY status";

/// Those of them that would be dialable were it not for a do-not-call list or a register. Its
/// entries are looked up among the leads, or the leads among them: whichever are fewer.
const FORBIDDEN: &str = "WITH forbidden AS ( \
    SELECT lead.id FROM dnc JOIN lead ON lead.number = dnc.number \
    WHERE lead.list = $1 AND (dnc.campaign IS NULL OR dnc.campaign = $4) \
    UNION SELECT lead.id FROM dnc_registered \
    JOIN dnc_register ON dnc_register.id = dnc_registered.register \
    JOIN lead ON lead.number = dnc_registered.number \
    WHERE lead.list = $1 AND (lead.consent_kind IS NULL OR dnc_register.lifted_by IS NULL \
    OR (dnc_register.lifted_by = 'written' AND lead.consent_kind = 'express'))) \
    SELECT status, count(*) AS leads, \
    sum(CASE WHEN attempts >= $2 THEN 1 ELSE 0 END) AS exhausted, \
    sum(CASE WHEN attempts < $2 AND next_due_at <= $3 THEN 1 ELSE 0 END) AS dialable \
    FROM forbidden JOIN lead ON lead.id = forbidden.id \
    WHERE status IN ('new', 'due', 'callback') GROUP BY status";

/// How many leads of one status there are, and how many of them for which reason.
struct Stage {
    status: LeadStatus,
    leads: u64,
    exhausted: u64,
    dialable: u64,
}

impl Stage {
    fn of(row: &SqliteRow) -> Result<Self, Error> {
        Ok(Self {
            status: row.parsed("status")?,
            leads: row.count("leads")?,
            exhausted: row.count("exhausted")?,
            dialable: row.count("dialable")?,
        })
    }
}

impl Funnel {
    /// Moves the leads of a stage into their figures, or out of them.
    fn add(&mut self, stage: &Stage, sum: fn(u64, u64) -> Option<u64>) -> Result<(), Error> {
        let figures = match stage.status {
            LeadStatus::New | LeadStatus::Due | LeadStatus::Callback => {
                let waiting = stage.leads - stage.exhausted - stage.dialable;
                vec![
                    (&mut self.exhausted, stage.exhausted),
                    (&mut self.dialable, stage.dialable),
                    (&mut self.waiting, waiting),
                ]
            }
            LeadStatus::InFlight => vec![(&mut self.in_flight, stage.leads)],
            LeadStatus::Done => vec![(&mut self.done, stage.leads)],
            LeadStatus::Exhausted => vec![(&mut self.exhausted, stage.leads)],
            LeadStatus::BadNumber => vec![(&mut self.bad_number, stage.leads)],
            LeadStatus::DoNotCall => vec![(&mut self.do_not_call, stage.leads)],
        };
        for (figure, leads) in figures {
            *figure = sum(*figure, leads)
                .ok_or_else(|| Error::unreadable("funnel", "a stage has more leads than all"))?;
        }
        Ok(())
    }
}
