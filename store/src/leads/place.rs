//! Where leads may be, one row a place: what the funnel is counted by.

use std::collections::BTreeMap;

use dialer::Lead;
use dialer::zones::Whereabouts;

use crate::error::Error;
use crate::sql::{self, Connection};

/// The places of a batch of leads, new ones written down.
pub(super) struct Places(BTreeMap<String, i64>);

impl Places {
    pub(super) async fn of(connection: &mut Connection, leads: &[Lead]) -> Result<Self, Error> {
        let mut places = BTreeMap::new();
        for lead in leads {
            places.entry(Whereabouts::of(lead).key()).or_insert(0);
        }
        for (key, id) in &mut places {
            let found = sql::query("SELECT id FROM place WHERE key = $1")
                .bind(key.as_str())
                .fetch_optional(&mut *connection)
                .await?;
            *id = match found {
                Some(row) => row.column("id")?,
                None => sql::query("INSERT INTO place (key) VALUES ($1) RETURNING id")
                    .bind(key.as_str())
                    .fetch_one(&mut *connection)
                    .await?
                    .column("id")?,
            };
        }
        Ok(Self(places))
    }

    /// The place of a lead of the batch.
    pub(super) fn id(&self, lead: &Lead) -> i64 {
        self.0.get(&Whereabouts::of(lead).key()).copied().unwrap_or_default()
    }
}
