//! What agents did: their time, their attendance, and what they declared.

use uuid::Uuid;

use super::attempts::recycled;
use super::objections;
use crate::error::Error;
use crate::event::{Entry, Event};
use crate::fold::gathered::{Gathered, Table};
use crate::row;
use crate::sql::{self, Connection};

/// An agent left a state.
pub(super) fn interval(gathered: &mut Gathered, entry: &Entry) -> Result<(), Error> {
    let Event::AgentInterval { agent, state, counts, reason, from, to, call, campaign } =
        &entry.event
    else {
        return Ok(());
    };
    let class = reason.as_ref().map(|reason| row::word("class", &reason.class)).transpose()?;
    let row = vec![
        row::signed(entry.seq).into(),
        Uuid::from(*agent).into(),
        state.as_str().into(),
        row::word("counts", counts)?.into(),
        class.into(),
        reason.as_ref().and_then(|reason| reason.text.clone()).into(),
        from.as_microsecond().into(),
        to.as_microsecond().into(),
        call.map(Uuid::from).into(),
        campaign.map(Uuid::from).into(),
    ];
    gathered.add(Table::Interval, row);
    Ok(())
}

/// An agent clocked in or out.
pub(super) async fn clock(connection: &mut Connection, entry: &Entry) -> Result<(), Error> {
    let Event::AgentClock { agent, clocked_in, reason, unit } = &entry.event else { return Ok(()) };
    sql::query(
        "INSERT INTO agent_clock (seq, agent, at, clocked_in, reason, unit) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
    )
    .bind(row::signed(entry.seq))
    .bind(Uuid::from(*agent))
    .bind(entry.at.as_microsecond())
    .bind(i64::from(*clocked_in))
    .bind(reason)
    .bind(unit.map(Uuid::from))
    .execute(connection)
    .await?;
    Ok(())
}

/// An agent declared what a conversation came to; a wish not to be called is kept with it.
pub(super) async fn disposed(connection: &mut Connection, entry: &Entry) -> Result<(), Error> {
    let Event::Disposed {
        call,
        agent,
        campaign,
        lead,
        code,
        notes,
        callback_at,
        dnc,
        machine,
        recycle,
    } = &entry.event
    else {
        return Ok(());
    };
    sql::query(
        "INSERT INTO disposition (seq, call, agent, campaign, lead, code, notes, callback_at, \
         dnc, machine, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
         ON CONFLICT DO NOTHING",
    )
    .bind(row::signed(entry.seq))
    .bind(Uuid::from(*call))
    .bind(Uuid::from(*agent))
    .bind(campaign.map(Uuid::from))
    .bind(lead.map(Uuid::from))
    .bind(code)
    .bind(notes)
    .bind(callback_at.map(jiff::Timestamp::as_microsecond))
    .bind(i64::from(dnc.is_some()))
    .bind(i64::from(*machine))
    .bind(entry.at.as_microsecond())
    .execute(&mut *connection)
    .await?;
    if let Some(number) = dnc {
        let reason = format!("disposition {code}");
        objections::forbid(connection, entry, *number, &reason).await?;
    }
    if let (Some(lead), Some(recycle)) = (lead, recycle) {
        recycled(connection, *lead, recycle, entry.at).await?;
    }
    Ok(())
}

/// A supervisor acted on an agent.
pub(super) async fn supervised(connection: &mut Connection, entry: &Entry) -> Result<(), Error> {
    let Event::Supervised { agent, user, act, call } = &entry.event else { return Ok(()) };
    sql::query(
        "INSERT INTO supervision (seq, agent, account, act, call, at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
    )
    .bind(row::signed(entry.seq))
    .bind(Uuid::from(*agent))
    .bind(*user)
    .bind(act)
    .bind(call.map(Uuid::from))
    .bind(entry.at.as_microsecond())
    .execute(connection)
    .await?;
    Ok(())
}
