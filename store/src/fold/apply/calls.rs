//! Calls: one row each, and their steps.

use std::borrow::Cow;

use routing::{AgentId, CallId};
use uuid::Uuid;

use crate::calls::{LegQuality, TalkFigures};
use crate::error::Error;
use crate::event::{Entry, Event};
use crate::row;
use crate::sql::{self, Connection};

/// A call changed.
pub(super) async fn changed(connection: &mut Connection, entry: &Entry) -> Result<(), Error> {
    let at = entry.at.as_microsecond();
    let (call, step, agent) = match &entry.event {
        Event::CallStarted { call, .. } => {
            started(connection, entry).await?;
            (*call, "started", None)
        }
        Event::CallAnswered { call } => {
            let sql = "UPDATE call SET answered_at = $2 WHERE id = $1 AND answered_at IS NULL";
            sql::query(sql).bind(id(*call)).bind(at).execute(&mut *connection).await?;
            (*call, "answered", None)
        }
        Event::CallQueued { call, queue } => {
            sql::query(
                "UPDATE call SET queued_at = coalesce(queued_at, $2), queue = $3 WHERE id = $1",
            )
            .bind(id(*call))
            .bind(at)
            .bind(Uuid::from(*queue))
            .execute(&mut *connection)
            .await?;
            (*call, "queued", None)
        }
        Event::CallConnected { call, agent, answer_to_agent_us } => {
            connected(connection, entry, *call, *agent, *answer_to_agent_us).await?;
            (*call, "connected", Some(*agent))
        }
        Event::CallHeld { call } => (*call, "held", None),
        Event::CallResumed { call } => (*call, "resumed", None),
        Event::AgentLost { call, agent } => (*call, "agent_lost", Some(*agent)),
        Event::CallTransferred { call, agent, .. } => (*call, "transferred", Some(*agent)),
        Event::CallParked { call, agent } => (*call, "parked", Some(*agent)),
        Event::CallLed { call, .. } => (*call, "led", None),
        Event::CalledIn { call, agent, .. } => (*call, "called_in", *agent),
        Event::Judged { call, .. } => (*call, "judged", None),
        Event::MessageLeft { call, .. } => (*call, "message_left", None),
        Event::CallAbandoned { call, noticed, .. } => {
            sql::query("UPDATE call SET abandoned = 1, noticed = $2 WHERE id = $1")
                .bind(id(*call))
                .bind(i64::from(*noticed))
                .execute(&mut *connection)
                .await?;
            (*call, "abandoned", None)
        }
        Event::AudioLost { call, agent, .. } => (*call, "audio_lost", *agent),
        Event::DeadAir { call, agent, .. } => (*call, "dead_air", Some(*agent)),
        Event::TalkOver { call, agent, .. } => (*call, "talk_over", Some(*agent)),
        Event::AudioRepaired { call, agent, .. } => (*call, "audio_repaired", *agent),
        Event::AudioBack { call, agent } => (*call, "audio_back", *agent),
        Event::CallEnded { call, .. } => {
            ended(connection, entry).await?;
            (*call, "ended", None)
        }
        _ => return Ok(()),
    };
    sql::query(
        "INSERT INTO call_step (seq, call, at, step, agent, note) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT DO NOTHING",
    )
    .bind(row::signed(entry.seq))
    .bind(id(call))
    .bind(at)
    .bind(step)
    .bind(agent.map(Uuid::from))
    .bind(note_of(&entry.event))
    .execute(connection)
    .await?;
    Ok(())
}

/// What a step says beside its name.
fn note_of(event: &Event) -> Option<Cow<'_, str>> {
    match event {
        Event::CallTransferred { to: note, .. } | Event::Judged { why: note, .. } => {
            Some(note.into())
        }
        Event::CallLed { workflow, version, step, .. } => {
            Some(format!("{step} (workflow {workflow}, version {version})").into())
        }
        Event::CalledIn { how, .. } => Some(how.as_str().into()),
        Event::AudioLost { both, .. } => Some(if *both { "none" } else { "one_way" }.into()),
        Event::AudioRepaired { step, .. } => Some(step.as_str().into()),
        Event::DeadAir { for_ms, .. } | Event::TalkOver { for_ms, .. } => {
            Some(for_ms.to_string().into())
        }
        _ => None,
    }
}

/// A leg has left a call: how it was heard, and whether the call has a worse one.
pub(super) async fn measured(
    connection: &mut Connection,
    entry: &Entry,
    (call, agent): (CallId, Option<AgentId>),
    quality: &LegQuality,
) -> Result<(), Error> {
    sql::query(
        "INSERT INTO call_leg (seq, call, at, agent, mos, received, lost, lost_by_party, \
         jitter_us, jitter_max_us, round_trip_us) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING",
    )
    .bind(row::signed(entry.seq))
    .bind(id(call))
    .bind(entry.at.as_microsecond())
    .bind(agent.map(Uuid::from))
    .bind(i64::from(quality.mos))
    .bind(row::signed(quality.received))
    .bind(i64::from(quality.lost))
    .bind(quality.lost_by_party.map(i64::from))
    .bind(i64::from(quality.jitter_us))
    .bind(i64::from(quality.jitter_max_us))
    .bind(quality.round_trip_us.map(i64::from))
    .execute(&mut *connection)
    .await?;
    sql::query("UPDATE call SET mos = $2 WHERE id = $1 AND coalesce(mos, $2) >= $2")
        .bind(id(call))
        .bind(i64::from(quality.mos))
        .execute(connection)
        .await?;
    Ok(())
}

/// An agent's part of a conversation is over.
pub(super) async fn talked(
    connection: &mut Connection,
    entry: &Entry,
    (call, agent): (CallId, AgentId),
    talk: &TalkFigures,
) -> Result<(), Error> {
    sql::query(
        "INSERT INTO call_talk (seq, call, at, agent, agent_us, customer_us, both_us, nobody_us, \
         dead_airs, talk_overs) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
         ON CONFLICT DO NOTHING",
    )
    .bind(row::signed(entry.seq))
    .bind(id(call))
    .bind(entry.at.as_microsecond())
    .bind(Uuid::from(agent))
    .bind(row::signed(talk.agent_us))
    .bind(row::signed(talk.customer_us))
    .bind(row::signed(talk.both_us))
    .bind(row::signed(talk.nobody_us))
    .bind(row::signed(talk.dead_airs))
    .bind(row::signed(talk.talk_overs))
    .execute(connection)
    .await?;
    Ok(())
}

async fn started(connection: &mut Connection, entry: &Entry) -> Result<(), Error> {
    let Event::CallStarted {
        call,
        direction,
        calling,
        called,
        campaign,
        queue,
        did,
        attempt,
        trunk,
    } = &entry.event
    else {
        return Ok(());
    };
    sql::query(
        "INSERT INTO call (id, direction, calling, called, campaign, queue, did, trunk, attempt, \
         started_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
    )
    .bind(id(*call))
    .bind(row::word("direction", direction)?)
    .bind(calling)
    .bind(called)
    .bind(campaign.map(Uuid::from))
    .bind(queue.map(Uuid::from))
    .bind(did.map(Uuid::from))
    .bind(trunk.map(Uuid::from))
    .bind(attempt.map(Uuid::from))
    .bind(entry.at.as_microsecond())
    .execute(connection)
    .await?;
    Ok(())
}

/// The first agent's times stand; the last agent is whose call it is.
async fn connected(
    connection: &mut Connection,
    entry: &Entry,
    call: CallId,
    agent: AgentId,
    answer_to_agent_us: u64,
) -> Result<(), Error> {
    sql::query(
        "UPDATE call SET connected_at = coalesce(connected_at, $2), agent = $3, \
         answer_to_agent_us = coalesce(answer_to_agent_us, $4) WHERE id = $1",
    )
    .bind(id(call))
    .bind(entry.at.as_microsecond())
    .bind(Uuid::from(agent))
    .bind(row::signed(answer_to_agent_us))
    .execute(connection)
    .await?;
    Ok(())
}

async fn ended(connection: &mut Connection, entry: &Entry) -> Result<(), Error> {
    let Event::CallEnded { call, by, sip, q850, ring_ms, talk_ms, hold_ms, wait_ms } = &entry.event
    else {
        return Ok(());
    };
    sql::query(
        "UPDATE call SET ended_at = $2, ended_by = $3, sip = $4, q850 = $5, ring_ms = $6, \
         talk_ms = $7, hold_ms = $8, wait_ms = $9 WHERE id = $1 AND ended_at IS NULL",
    )
    .bind(id(*call))
    .bind(entry.at.as_microsecond())
    .bind(row::word("party", by)?)
    .bind(sip.map(i64::from))
    .bind(q850.map(i64::from))
    .bind(row::signed(*ring_ms))
    .bind(row::signed(*talk_ms))
    .bind(row::signed(*hold_ms))
    .bind(row::signed(*wait_ms))
    .execute(connection)
    .await?;
    Ok(())
}

fn id(call: CallId) -> Uuid {
    call.into()
}
