//! What agents prove themselves with at an access number (R126), as hashes.

use std::fmt;

use jiff::Timestamp;
use routing::AgentId;

use crate::database::Store;
use crate::error::Error;
use crate::sql;

/// What is kept of a PIN; never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct CallInPin {
    /// Whose.
    pub agent: AgentId,
    /// An argon2id hash in PHC form.
    pub hash: String,
    /// When it was set.
    pub set_at: Timestamp,
}

impl fmt::Debug for CallInPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallInPin").field("agent", &self.agent).finish_non_exhaustive()
    }
}

/// The repository of PINs.
#[derive(Clone, Debug)]
pub struct CallInPins {
    store: Store,
}

impl CallInPins {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Gives an agent a PIN; the one before stops to work.
    ///
    /// Errors: [`Error::Unknown`] without the agent.
    pub async fn put(&self, pin: &CallInPin) -> Result<(), Error> {
        let mut writing = self.store.begin().await?;
        sql::query(
            "INSERT INTO call_in_pin (agent, hash, set_at) VALUES ($1, $2, $3) \
             ON CONFLICT (agent) DO UPDATE SET hash = excluded.hash, set_at = excluded.set_at",
        )
        .bind(*pin.agent.as_uuid())
        .bind(&pin.hash)
        .bind(pin.set_at.as_microsecond())
        .execute(&mut *writing)
        .await
        .map_err(|error| Error::of_write(error, &[], "agent"))?;
        writing.touched(*pin.agent.as_uuid());
        writing.commit().await?;
        Ok(())
    }

    /// The PIN of one agent; none is none.
    pub async fn find(&self, agent: AgentId) -> Result<Option<CallInPin>, Error> {
        let row = sql::query("SELECT hash, set_at FROM call_in_pin WHERE agent = $1")
            .bind(*agent.as_uuid())
            .fetch_optional(self.store.readers())
            .await?;
        row.map(|row| {
            Ok(CallInPin { agent, hash: row.column("hash")?, set_at: row.time("set_at")? })
        })
        .transpose()
    }

    /// Takes an agent's PIN away; whether there was one.
    pub async fn remove(&self, agent: AgentId) -> Result<bool, Error> {
        let mut writing = self.store.begin().await?;
        let removed = sql::query("DELETE FROM call_in_pin WHERE agent = $1")
            .bind(*agent.as_uuid())
            .execute(&mut *writing)
            .await?;
        writing.touched(*agent.as_uuid());
        writing.commit().await?;
        Ok(removed == 1)
    }
}
