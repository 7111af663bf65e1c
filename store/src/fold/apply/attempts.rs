//! Attempts, their permits, and the leads that they are about.

use dialer::campaign::{BY_AGENT, Recycle};
use dialer::permit::PermitRecord;
use dialer::{AttemptId, LeadId};
use jiff::Timestamp;
use routing::CallId;
use uuid::Uuid;

use crate::error::Error;
use crate::event::{Entry, Event};
use crate::fold::gathered::{Gathered, Table};
use crate::leads::{Turn, due, turn_to};
use crate::row;
use crate::sql::{self, Connection};

/// A permit was given: the attempt lives, and with it the claim on lead and number.
///
/// The database holds at most one live claim for each. A second one says that the gate failed,
/// after the fact: the call was made. Both are kept, the older closed here, and it is counted.
pub(super) async fn permitted(
    connection: &mut Connection,
    gathered: &mut Gathered,
    entry: &Entry,
    (permit, call): (&PermitRecord, CallId),
) -> Result<u64, Error> {
    let found = &permit.evidence.findings;
    let attempt = Uuid::from(found.attempt);
    let rivals = sql::query(
        "UPDATE attempt SET ended_at = $4, outcome = 'interrupted', counted = 1 \
         WHERE ended_at IS NULL AND (lead = $1 OR number = $2) AND id <> $3",
    )
    .bind(Uuid::from(found.lead))
    .bind(found.number.to_string())
    .bind(attempt)
    .bind(entry.at.as_microsecond())
    .execute(&mut *connection)
    .await?;
    if rivals > 0 {
        tracing::error!(seq = entry.seq, lead = %found.lead, "two live attempts on one claim");
    }
    let row = vec![
        row::signed(permit.evidence.sequence).into(),
        row::signed(entry.seq).into(),
        attempt.into(),
        permit.evidence.previous.as_bytes()[..].into(),
        permit.hash.as_bytes()[..].into(),
        row::json("permit", &permit.evidence)?.into(),
    ];
    gathered.add(Table::Permit, row);
    sql::query(
        "INSERT INTO attempt (id, call, lead, campaign, list, number, cli, trunk, permitted_at, \
         own) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
    )
    .bind(attempt)
    .bind(Uuid::from(call))
    .bind(Uuid::from(found.lead))
    .bind(Uuid::from(found.campaign))
    .bind(Uuid::from(found.list))
    .bind(found.number.to_string())
    .bind(found.cli.number.to_string())
    .bind(Uuid::from(found.trunk))
    .bind(found.at.as_microsecond())
    .bind(i64::from(found.pacing.mode == BY_AGENT))
    .execute(&mut *connection)
    .await?;
    sql::query(
        "UPDATE lead SET status = 'in_flight', last_attempt_at = $2, version = version + 1, \
         updated_at = $3 WHERE id = $1",
    )
    .bind(Uuid::from(found.lead))
    .bind(found.at.as_microsecond())
    .bind(entry.at.as_microsecond())
    .execute(connection)
    .await?;
    Ok(rivals)
}

/// An attempt ended: the claim is free, and the lead stands where the dialer put it.
pub(super) async fn ended(connection: &mut Connection, entry: &Entry) -> Result<(), Error> {
    let Event::AttemptEnded {
        attempt,
        lead,
        outcome,
        sip,
        q850,
        recycle,
        attempts,
        carrier_failures,
        ..
    } = &entry.event
    else {
        return Ok(());
    };
    sql::query(
        "UPDATE attempt SET ended_at = $2, outcome = $3, sip = $4, q850 = $5, counted = $6 \
         WHERE id = $1 AND ended_at IS NULL",
    )
    .bind(Uuid::from(*attempt))
    .bind(entry.at.as_microsecond())
    .bind(outcome.as_str())
    .bind(sip.map(i64::from))
    .bind(q850.map(i64::from))
    .bind(i64::from(*carrier_failures == 0))
    .execute(&mut *connection)
    .await?;
    sql::query(
        "UPDATE lead SET attempts = $2, carrier_failures = $3, last_outcome = $4, status = $5, \
         next_due_at = $6, version = version + 1, updated_at = $7 WHERE id = $1",
    )
    .bind(Uuid::from(*lead))
    .bind(i64::from(*attempts))
    .bind(i64::from(*carrier_failures))
    .bind(outcome.as_str())
    .bind(recycle.status.as_str())
    .bind(due(recycle.next_due_at))
    .bind(entry.at.as_microsecond())
    .execute(&mut *connection)
    .await?;
    turned(connection, (*attempt, *lead), recycle, entry.at).await
}

/// Another number of theirs may have its turn, unless people put another there meanwhile.
async fn turned(
    connection: &mut Connection,
    (attempt, lead): (AttemptId, LeadId),
    recycle: &Recycle,
    at: Timestamp,
) -> Result<(), Error> {
    let Some(next) = recycle.number else { return Ok(()) };
    let dialled = sql::query("SELECT number FROM attempt WHERE id = $1").bind(Uuid::from(attempt));
    let Some(row) = dialled.fetch_optional(&mut *connection).await? else { return Ok(()) };
    let existed = recycle.outcome != dialer::Outcome::BadNumber;
    let turn = Turn { lead, dialled: row.parsed("number")?, next, existed };
    turn_to(connection, turn, at).await
}

/// Somebody listened to who answered, or left a message for it.
pub(super) async fn answered(connection: &mut Connection, entry: &Entry) -> Result<(), Error> {
    match &entry.event {
        Event::Judged { attempt, answerer, why, at_ms, audited, .. } => {
            sql::query(
                "UPDATE attempt SET answerer = $2, answerer_why = $3, judged_ms = $4, \
                 audited = $5 WHERE id = $1",
            )
            .bind(Uuid::from(*attempt))
            .bind(answerer.as_str())
            .bind(why)
            .bind(i64::from(*at_ms))
            .bind(i64::from(*audited))
            .execute(connection)
            .await?;
        }
        Event::MessageLeft { attempt, .. } => {
            sql::query("UPDATE attempt SET message_left = 1 WHERE id = $1")
                .bind(Uuid::from(*attempt))
                .execute(connection)
                .await?;
        }
        _ => {}
    }
    Ok(())
}

/// A lead is moved to where the dialer put it.
pub(super) async fn recycled(
    connection: &mut Connection,
    lead: LeadId,
    recycle: &Recycle,
    at: Timestamp,
) -> Result<(), Error> {
    sql::query(
        "UPDATE lead SET status = $2, next_due_at = $3, version = version + 1, updated_at = $4 \
         WHERE id = $1",
    )
    .bind(Uuid::from(lead))
    .bind(recycle.status.as_str())
    .bind(due(recycle.next_due_at))
    .bind(at.as_microsecond())
    .execute(connection)
    .await?;
    Ok(())
}
