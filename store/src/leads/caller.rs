//! Who calls, by the number that is shown; and who a lead is, whatever was tried.

use dialer::{Lead, LeadId};
use routing::Number;
use uuid::Uuid;

use super::{Leads, record};
use crate::error::Error;
use crate::sql::{self, Connection};

impl Leads {
    /// The newest lead with this number; none where no list has it.
    pub async fn of_number(&self, number: Number) -> Result<Option<Lead>, Error> {
        let sql = "SELECT * FROM lead WHERE number = $1 ORDER BY id DESC LIMIT 1";
        let row =
            sql::query(sql).bind(number.to_string()).fetch_optional(self.store.readers()).await?;
        row.as_ref().map(record::lead).transpose()
    }
}

/// A lead without the history of its number; none where it was deleted.
pub(crate) async fn read(connection: &mut Connection, id: LeadId) -> Result<Option<Lead>, Error> {
    let row = sql::query("SELECT * FROM lead WHERE id = $1").bind(Uuid::from(id));
    let row = row.fetch_optional(connection).await?;
    row.as_ref().map(record::lead).transpose()
}
