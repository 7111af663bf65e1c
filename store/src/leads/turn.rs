//! Another number of a lead's has its turn.

use dialer::{Lead, LeadId, LeadStatus};
use jiff::Timestamp;
use routing::Number;
use uuid::Uuid;

use super::caller::read;
use super::place::Places;
use super::record::due;
use crate::error::Error;
use crate::row;
use crate::sql::{self, Connection};

/// Whose turn, and what for.
pub(crate) struct Turn {
    pub(crate) lead: LeadId,
    /// The number that was dialled.
    pub(crate) dialled: Number,
    /// The number whose turn it is.
    pub(crate) next: Number,
    /// Whether the one before may have another turn.
    pub(crate) existed: bool,
}

/// Gives the turn to another number of a lead's; the one before it comes last, and never again
/// where it does not exist.
///
/// A number that is another person's on the list is passed over from now on, and the one after it
/// has the turn. A lead that is gone, or whose number people changed meanwhile, stays as it is.
pub(crate) async fn turn_to(
    connection: &mut Connection,
    turn: Turn,
    at: Timestamp,
) -> Result<(), Error> {
    let Some(mut lead) = read(connection, turn.lead).await? else { return Ok(()) };
    if lead.number != turn.dialled {
        return Ok(());
    }
    let mut next = Some(turn.next);
    while let Some(number) = next {
        if !is_taken(connection, &lead, number).await? {
            lead.turn_to(number, turn.existed);
            break;
        }
        lead.pass_over(number);
        next = lead.numbers_in_turn().find(|one| *one != lead.number);
    }
    if next.is_none() && !turn.existed {
        (lead.status, lead.next_due_at) = (LeadStatus::BadNumber, None);
    }
    write(connection, &lead, at).await
}

/// Whether the number is another person's on the list, where it stands once.
async fn is_taken(connection: &mut Connection, lead: &Lead, number: Number) -> Result<bool, Error> {
    let found = sql::query("SELECT 1 FROM lead WHERE list = $1 AND number = $2 AND id <> $3")
        .bind(Uuid::from(lead.list))
        .bind(number.to_string())
        .bind(Uuid::from(lead.id))
        .fetch_optional(connection)
        .await?;
    Ok(found.is_some())
}

async fn write(connection: &mut Connection, lead: &Lead, at: Timestamp) -> Result<(), Error> {
    let places = Places::of(connection, std::slice::from_ref(lead)).await?;
    sql::query(
        "UPDATE lead SET number = $2, number_kind = $3, other_numbers = $4, place = $5, \
         status = $6, next_due_at = $7, version = version + 1, updated_at = $8 WHERE id = $1",
    )
    .bind(Uuid::from(lead.id))
    .bind(lead.number.to_string())
    .bind(&lead.number_kind)
    .bind(row::json("other_numbers", &lead.other_numbers)?)
    .bind(places.id(lead))
    .bind(lead.status.as_str())
    .bind(due(lead.next_due_at))
    .bind(at.as_microsecond())
    .execute(connection)
    .await?;
    Ok(())
}
