//! Who calls, by the number that is shown; and who a lead is, whatever was tried.

use dialer::{Lead, LeadId, ListId};
use routing::Number;
use uuid::Uuid;

use super::{Leads, record};
use crate::error::Error;
use crate::sql::{self, Connection};

impl Leads {
    /// The newest lead with this number, else the newest with it as a further one, else who was
    /// dialled there and still has it; none where no list has it.
    pub async fn of_number(&self, number: Number) -> Result<Option<Lead>, Error> {
        Ok(self.with_number(number).await?.into_iter().next())
    }

    /// The same on these lists, with what was tried at each of their numbers: whom an agent calls
    /// who dials the number for a campaign.
    pub async fn at_number(&self, lists: &[ListId], number: Number) -> Result<Option<Lead>, Error> {
        let found = self.with_number(number).await?;
        let Some(lead) = found.into_iter().find(|lead| lists.contains(&lead.list)) else {
            return Ok(None);
        };
        match self.find(lead.id).await {
            Ok(stored) => Ok(Some(stored.value)),
            Err(Error::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whoever has the number, best first.
    async fn with_number(&self, number: Number) -> Result<Vec<Lead>, Error> {
        let mut reading = self.store.readers().begin().await?;
        let mut found = Vec::new();
        for sql in [OWN, FURTHER, DIALLED] {
            let rows = sql::query(sql).bind(number.to_string()).fetch_all(&mut *reading).await?;
            let leads = rows.iter().map(record::lead).collect::<Result<Vec<_>, _>>()?;
            found.extend(leads.into_iter().filter(|lead| lead.numbers().any(|own| own == number)));
        }
        Ok(found)
    }
}

const OWN: &str = "SELECT * FROM lead WHERE number = $1 ORDER BY id DESC LIMIT 200";

const FURTHER: &str = "SELECT lead.* FROM further_number AS further JOIN lead \
    ON lead.id = further.lead WHERE further.number = $1 AND further.in_turn = 1 \
    ORDER BY lead.id DESC LIMIT 200";

/// By the index of attempts; whoever had the number and has it no longer is left out afterwards.
const DIALLED: &str = "SELECT lead.* FROM (SELECT DISTINCT lead FROM attempt WHERE number = $1) \
    AS tried JOIN lead ON lead.id = tried.lead ORDER BY lead.id DESC LIMIT 200";

/// A lead without the history of its number; none where it was deleted.
pub(crate) async fn read(connection: &mut Connection, id: LeadId) -> Result<Option<Lead>, Error> {
    let row = sql::query("SELECT * FROM lead WHERE id = $1").bind(Uuid::from(id));
    let row = row.fetch_optional(connection).await?;
    row.as_ref().map(record::lead).transpose()
}
