//! Calls: one row each, and their steps.

use std::borrow::Cow;

use routing::{AgentId, CallId};
use uuid::Uuid;

use crate::calls::{LedBy, LegQuality, TalkFigures};
use crate::error::Error;
use crate::event::{Entry, Event};
use crate::fold::gathered::{Change, Gathered, Table};
use crate::row;

/// A call changed.
pub(super) fn changed(gathered: &mut Gathered, entry: &Entry) -> Result<(), Error> {
    let at = Some(entry.at.as_microsecond());
    let (call, step, agent) = match &entry.event {
        Event::CallStarted { call, .. } => {
            started(gathered, entry)?;
            (*call, "started", None)
        }
        Event::CallAnswered { call } => {
            gathered.change(*call, Change { answered_at: at, ..Change::default() });
            (*call, "answered", None)
        }
        Event::CallQueued { call, queue } => {
            let queue = Some(Uuid::from(*queue));
            gathered.change(*call, Change { queued_at: at, queue, ..Change::default() });
            (*call, "queued", None)
        }
        Event::CallConnected { call, agent, answer_to_agent_us } => {
            let connected = Change {
                connected_at: at,
                agent: Some(Uuid::from(*agent)),
                answer_to_agent_us: Some(row::signed(*answer_to_agent_us)),
                ..Change::default()
            };
            gathered.change(*call, connected);
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
        Event::OptedOut { call, .. } => (*call, "opted_out", None),
        Event::CallAbandoned { call, noticed, .. } => {
            let noticed = Some(i64::from(*noticed));
            gathered.change(*call, Change { noticed, ..Change::default() });
            (*call, "abandoned", None)
        }
        Event::AudioLost { call, agent, .. } => (*call, "audio_lost", *agent),
        Event::DeadAir { call, agent, .. } => (*call, "dead_air", Some(*agent)),
        Event::TalkOver { call, agent, .. } => (*call, "talk_over", Some(*agent)),
        Event::AudioRepaired { call, agent, .. } => (*call, "audio_repaired", *agent),
        Event::AudioBack { call, agent } => (*call, "audio_back", *agent),
        Event::CallEnded { call, .. } => {
            ended(gathered, entry)?;
            (*call, "ended", None)
        }
        _ => return Ok(()),
    };
    let row = vec![
        row::signed(entry.seq).into(),
        id(call).into(),
        at.into(),
        step.into(),
        agent.map(Uuid::from).into(),
        note_of(&entry.event).into(),
    ];
    gathered.add(Table::CallStep, row);
    Ok(())
}

/// What a step says beside its name.
fn note_of(event: &Event) -> Option<Cow<'_, str>> {
    match event {
        Event::CallTransferred { to: note, .. } | Event::Judged { why: note, .. } => {
            Some(note.into())
        }
        Event::CallLed { workflow, version, step, .. } => {
            let (workflow, version, start) = (*workflow, *version, step.clone());
            Some(LedBy { workflow, version, start }.note().into())
        }
        Event::CalledIn { how, .. } => Some(how.as_str().into()),
        Event::OptedOut { key, .. } => key.map(|key| key.to_string().into()),
        Event::AudioLost { both, .. } => Some(if *both { "none" } else { "one_way" }.into()),
        Event::AudioRepaired { step, .. } => Some(step.as_str().into()),
        Event::DeadAir { for_ms, .. } | Event::TalkOver { for_ms, .. } => {
            Some(for_ms.to_string().into())
        }
        _ => None,
    }
}

/// A leg has left a call: how it was heard, and whether the call has a worse one.
pub(super) fn measured(
    gathered: &mut Gathered,
    entry: &Entry,
    (call, agent): (CallId, Option<AgentId>),
    quality: &LegQuality,
) {
    let row = vec![
        row::signed(entry.seq).into(),
        id(call).into(),
        entry.at.as_microsecond().into(),
        agent.map(Uuid::from).into(),
        i64::from(quality.mos).into(),
        row::signed(quality.received).into(),
        i64::from(quality.lost).into(),
        quality.lost_by_party.map(i64::from).into(),
        i64::from(quality.jitter_us).into(),
        i64::from(quality.jitter_max_us).into(),
        quality.round_trip_us.map(i64::from).into(),
    ];
    gathered.add(Table::CallLeg, row);
    let mos = Some(i64::from(quality.mos));
    gathered.change(call, Change { mos, ..Change::default() });
}

/// An agent's part of a conversation is over.
pub(super) fn talked(
    gathered: &mut Gathered,
    entry: &Entry,
    (call, agent): (CallId, AgentId),
    talk: &TalkFigures,
) {
    let row = vec![
        row::signed(entry.seq).into(),
        id(call).into(),
        entry.at.as_microsecond().into(),
        Uuid::from(agent).into(),
        row::signed(talk.agent_us).into(),
        row::signed(talk.customer_us).into(),
        row::signed(talk.both_us).into(),
        row::signed(talk.nobody_us).into(),
        row::signed(talk.dead_airs).into(),
        row::signed(talk.talk_overs).into(),
    ];
    gathered.add(Table::CallTalk, row);
}

fn started(gathered: &mut Gathered, entry: &Entry) -> Result<(), Error> {
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
    let row = vec![
        id(*call).into(),
        row::word("direction", direction)?.into(),
        calling.into(),
        called.into(),
        campaign.map(Uuid::from).into(),
        queue.map(Uuid::from).into(),
        did.map(Uuid::from).into(),
        trunk.map(Uuid::from).into(),
        attempt.map(Uuid::from).into(),
        entry.at.as_microsecond().into(),
    ];
    gathered.add(Table::Call, row);
    Ok(())
}

fn ended(gathered: &mut Gathered, entry: &Entry) -> Result<(), Error> {
    let Event::CallEnded { call, by, sip, q850, ring_ms, talk_ms, hold_ms, wait_ms } = &entry.event
    else {
        return Ok(());
    };
    let end = vec![
        entry.at.as_microsecond().into(),
        row::word("party", by)?.into(),
        sip.map(i64::from).into(),
        q850.map(i64::from).into(),
        row::signed(*ring_ms).into(),
        row::signed(*talk_ms).into(),
        row::signed(*hold_ms).into(),
        row::signed(*wait_ms).into(),
    ];
    gathered.end(*call, end);
    Ok(())
}

fn id(call: CallId) -> Uuid {
    call.into()
}
