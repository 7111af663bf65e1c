//! A transaction that writes, and enters what it changed as it commits: both are durable, or
//! neither.

use std::ops::{Deref, DerefMut};

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::act::{Performance, sound};
use super::{Ending, append};
use crate::error::Error;
use crate::sql::{Connection, Transaction};

/// A transaction that writes.
#[derive(Debug)]
pub(crate) struct Writing {
    transaction: Transaction,
    notes: Vec<Note>,
}

/// A change, for the entry about it.
#[derive(Debug, Default)]
pub(super) struct Note {
    pub(super) object: Option<Uuid>,
    pub(super) before: Option<Value>,
    pub(super) after: Option<Value>,
}

impl Writing {
    pub(crate) fn begun(transaction: Transaction) -> Self {
        Self { transaction, notes: Vec::new() }
    }

    /// Notes a change of `object`; what is not part of an act is not entered.
    pub(crate) fn note<T: Serialize>(
        &mut self,
        object: impl Into<Uuid>,
        before: Option<&T>,
        after: Option<&T>,
    ) -> Result<(), Error> {
        let value = |state: Option<&T>| {
            let value = state.map(serde_json::to_value).transpose();
            value.map(|value| value.map(sound)).map_err(|e| Error::unreadable("audit", &e))
        };
        let (before, after) = (value(before)?, value(after)?);
        self.notes.push(Note { object: Some(object.into()), before, after });
        Ok(())
    }

    /// Notes that `object` was changed in a way that has no words, such as a new secret.
    pub(crate) fn touched(&mut self, object: impl Into<Uuid>) {
        self.notes.push(Note { object: Some(object.into()), ..Note::default() });
    }

    /// Makes the changes and their entries durable.
    pub(crate) async fn commit(mut self) -> Result<(), Error> {
        let performance = Performance::current().filter(|_| !self.notes.is_empty());
        if let Some(performance) = &performance {
            for note in std::mem::take(&mut self.notes) {
                let entry = performance.entry(Some(note), Ending::Done);
                append(&mut self.transaction, entry).await?;
            }
        }
        self.transaction.commit().await?;
        performance.inspect(Performance::entered);
        Ok(())
    }
}

impl Deref for Writing {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.transaction
    }
}

impl DerefMut for Writing {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.transaction
    }
}
