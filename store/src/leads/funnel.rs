//! The funnel: how many leads stand where, from all of them down to those that can be dialled now.
//! Every lead is counted in exactly one of the figures, so they add up to the total.

use jiff::Timestamp;
use routing::CampaignId;
use serde::Serialize;
use sqlx::{QueryBuilder, Sqlite};
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
        if lists.is_empty() {
            return Ok(funnel);
        }
        let mut sql = QueryBuilder::<Sqlite>::new(
            "SELECT CASE WHEN status NOT IN ('new', 'due', 'callback') THEN status \
             WHEN EXISTS (SELECT 1 FROM dnc WHERE dnc.number = lead.number \
             AND (dnc.campaign IS NULL OR dnc.campaign = ",
        );
        sql.push_bind(*campaign.as_uuid()).push(")) THEN 'do_not_call' WHEN attempts >= ");
        sql.push_bind(i64::from(max_attempts)).push(" THEN 'exhausted' WHEN next_due_at <= ");
        sql.push_bind(now.as_microsecond());
        sql.push(
            " THEN 'new' ELSE 'due' END AS stage, count(*) AS leads FROM lead WHERE list IN (",
        );
        let mut ids = sql.separated(", ");
        for list in lists {
            ids.push_bind(Uuid::from(*list));
        }
        sql.push(") GROUP BY 1");
        for row in &sql.build().fetch_all(self.store.readers()).await? {
            let leads: u64 = row.count("leads")?;
            funnel.total += leads;
            *match row.parsed::<LeadStatus>("stage")? {
                LeadStatus::New => &mut funnel.dialable,
                LeadStatus::Due | LeadStatus::Callback => &mut funnel.waiting,
                LeadStatus::InFlight => &mut funnel.in_flight,
                LeadStatus::Done => &mut funnel.done,
                LeadStatus::Exhausted => &mut funnel.exhausted,
                LeadStatus::BadNumber => &mut funnel.bad_number,
                LeadStatus::DoNotCall => &mut funnel.do_not_call,
            } += leads;
        }
        Ok(funnel)
    }
}
