//! A list read whole, page by page in the order of its import: what an export is made of.

use dialer::{Lead, LeadId, ListId};
use uuid::Uuid;

use super::{Leads, record};
use crate::error::Error;
use crate::sql;

impl Leads {
    /// The leads of a list that come after one, at most `limit`; none begins at the first.
    ///
    /// The history of their numbers is not read.
    pub async fn page_of(
        &self,
        list: ListId,
        after: Option<LeadId>,
        limit: u32,
    ) -> Result<Vec<Lead>, Error> {
        let rows =
            sql::query("SELECT * FROM lead WHERE list = $1 AND id > $2 ORDER BY id LIMIT $3")
                .bind(Uuid::from(list))
                .bind(after.map_or(Uuid::nil(), Uuid::from))
                .bind(i64::from(limit))
                .fetch_all(self.store.readers())
                .await?;
        rows.iter().map(record::lead).collect()
    }
}
