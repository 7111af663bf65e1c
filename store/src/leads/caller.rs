//! Who calls, by the number that is shown.

use dialer::Lead;
use routing::Number;

use super::{Leads, record};
use crate::error::Error;
use crate::sql;

impl Leads {
    /// The newest lead with this number; none where no list has it.
    pub async fn of_number(&self, number: Number) -> Result<Option<Lead>, Error> {
        let sql = "SELECT * FROM lead WHERE number = $1 ORDER BY id DESC LIMIT 1";
        let row =
            sql::query(sql).bind(number.to_string()).fetch_optional(self.store.readers()).await?;
        row.as_ref().map(record::lead).transpose()
    }
}
