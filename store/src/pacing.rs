//! What pacers have learnt, by campaign and hour of the week.

use dialer::pacer::{HourOfWeek, Learnt};
use routing::CampaignId;
use uuid::Uuid;

use crate::database::Store;
use crate::error::Error;
use crate::sql;

/// The repository of pacers' memories.
#[derive(Clone, Debug)]
pub struct PacerMemories {
    store: Store,
}

impl PacerMemories {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// What a campaign's pacer knew at the end of this hour, the last time that it paced in one.
    pub async fn find(
        &self,
        campaign: CampaignId,
        hour: HourOfWeek,
    ) -> Result<Option<Learnt>, Error> {
        let row = sql::query("SELECT learnt FROM pacer_memory WHERE campaign = $1 AND hour = $2")
            .bind(Uuid::from(campaign))
            .bind(i64::from(hour.number()))
            .fetch_optional(self.store.readers())
            .await?;
        row.map(|row| row.json("learnt")).transpose()
    }
}
