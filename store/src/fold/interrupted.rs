//! What a crash left alive in the records, and the events that end it (FAULTS F1).
//!
//! The switch appends these to the journal before anything else when it starts, once the fold has
//! caught up. So each INVITE ever sent gets exactly one end, and a second crash in between changes
//! nothing: what was appended is folded, and what was not is found again.
//!
//! Whoever had answered and waited for an agent, or heard the notice, was let go without one: the
//! crash abandoned them, and they are counted, and rest, like all whom we abandon (RULES US-1).
//! Whoever spoke with an agent was reached, however the conversation ended: they are counted as
//! connected, and are not called again as if nobody had been there. A machine stays one.

use std::collections::BTreeMap;

use dialer::callbacks::Callback;
use dialer::campaign::{Recycle, recycle_interrupted};
use dialer::{Answerer, AttemptId, CampaignSettings, LeadStatus, Outcome};
use jiff::Timestamp;
use routing::{AgentId, CallId, CampaignId};
use uuid::Uuid;

use crate::attempts::AttemptRecord;
use crate::database::Store;
use crate::error::Error;
use crate::event::{Event, Party};
use crate::row::Row;
use crate::sql;

/// The events that end what was alive when the switch died.
///
/// `died_at` is the time of the journal's last entry, and the time to append these at: nothing
/// lived longer. `now` is the present: leads are due again by the recycling rule from then on.
/// Calls end first, then attempts, then agents are clocked out.
pub async fn interrupted(
    store: &Store,
    died_at: Timestamp,
    now: Timestamp,
) -> Result<Vec<Event>, Error> {
    let (mut events, mut ends, mut let_go) = (Vec::new(), Vec::new(), BTreeMap::new());
    for attempt in store.attempts().live().await? {
        let ended = attempt_ended(store, &attempt, now).await?;
        if matches!(ended, Event::AttemptEnded { outcome: Outcome::Abandoned, .. }) {
            let_go.insert(attempt.call, attempt.campaign);
        }
        ends.push(ended);
    }
    let rows = sql::query("SELECT * FROM call WHERE ended_at IS NULL ORDER BY started_at, id")
        .fetch_all(store.readers())
        .await?;
    for row in &rows {
        let call = row.id("id")?;
        if let (Some(campaign), false) = (let_go.get(&call), row.flag("abandoned")?) {
            let campaign = Some(*campaign);
            events.push(Event::CallAbandoned { call, campaign, queue: None, noticed: false });
        }
        events.push(call_ended(row, died_at)?);
    }
    events.extend(ends);
    for agent in clocked_in(store).await? {
        let reason = Some(CLOCKED_OUT.to_owned());
        events.push(Event::AgentClock { agent, clocked_in: false, reason, unit: None });
    }
    Ok(events)
}

/// The reason of a clock-out that nobody gave; the last state of such a shift was never told.
pub(crate) const CLOCKED_OUT: &str = "the switch was interrupted";

/// How a call ended that nobody saw end. Talk is what lies between the connection and the death;
/// what part of it was on hold is not known.
fn call_ended(row: &Row, died_at: Timestamp) -> Result<Event, Error> {
    let call: CallId = row.id("id")?;
    let started = row.time("started_at")?;
    let answered = row.time_maybe("answered_at")?;
    let connected = row.time_maybe("connected_at")?;
    let between = |from: Timestamp, to: Timestamp| {
        u64::try_from(to.duration_since(from).as_millis()).unwrap_or_default()
    };
    Ok(Event::CallEnded {
        call,
        by: Party::Interrupted,
        sip: None,
        q850: None,
        ring_ms: between(started, answered.unwrap_or(died_at)),
        talk_ms: connected.map_or(0, |connected| between(connected, died_at)),
        hold_ms: 0,
        wait_ms: answered.map_or(0, |answered| between(answered, connected.unwrap_or(died_at))),
    })
}

/// How an attempt ended. A lead that has gone since needs no recycling, but the attempt its end.
async fn attempt_ended(
    store: &Store,
    attempt: &AttemptRecord,
    now: Timestamp,
) -> Result<Event, Error> {
    let mut lead = match store.leads().find(attempt.lead).await {
        Ok(found) => found.value,
        Err(Error::NotFound(_)) => dialer::Lead::new(attempt.lead, attempt.list, attempt.number),
        Err(error) => return Err(error),
    };
    let settings = match store.campaigns().find(attempt.campaign).await {
        Ok(found) => found.value,
        Err(Error::NotFound(_)) => defaults(attempt.campaign),
        Err(error) => return Err(error),
    };
    lead.attempts += 1;
    lead.carrier_failures = 0;
    let is_machine = attempt.answerer == Some(Answerer::Machine);
    let given_up = is_machine && !attempt.audited && settings.amd.gives_up();
    let outcome = match stood(store, attempt.call).await? {
        Stood::Talking => Outcome::Connected,
        // RULES UK-5: its number rests, and what the law charges for it stays charged.
        _ if given_up && attempt.message_left => Outcome::Delivered,
        _ if given_up => Outcome::Machine,
        Stood::Waiting if settings.mode.needs_agents() && !is_machine => Outcome::Abandoned,
        Stood::Waiting | Stood::Unanswered => Outcome::Interrupted,
    };
    let promised = store.callbacks().open_to(attempt.lead).await?;
    let anyone_at = promised.as_ref().map(Callback::anyone_at);
    // Whom the dialer was done with is not its to call again because an agent did.
    let done = promised.is_none()
        && (lead.status, lead.last_outcome) == (LeadStatus::InFlight, Some(Outcome::Connected))
        && is_own(store, attempt.id).await?;
    Ok(Event::AttemptEnded {
        attempt: attempt.id,
        lead: attempt.lead,
        campaign: attempt.campaign,
        outcome,
        sip: None,
        q850: None,
        recycle: if done {
            Recycle::done(outcome)
        } else {
            recycle_interrupted(now, &settings, &lead, outcome, anyone_at)
        },
        attempts: lead.attempts,
        carrier_failures: lead.carrier_failures,
    })
}

/// Whether an agent made it.
async fn is_own(store: &Store, attempt: AttemptId) -> Result<bool, Error> {
    let row = sql::query("SELECT 1 FROM attempt WHERE id = $1 AND own = 1");
    let found = row.bind(Uuid::from(attempt)).fetch_optional(store.readers()).await?;
    Ok(found.is_some())
}

/// Where the call of an attempt stood.
enum Stood {
    /// Nobody had answered, or the call was over and nobody was let go.
    Unanswered,
    /// Somebody had answered, and no agent was with them yet.
    Waiting,
    /// An agent had them on the line.
    Talking,
}

async fn stood(store: &Store, call: CallId) -> Result<Stood, Error> {
    let found = sql::query(
        "SELECT connected_at, abandoned FROM call WHERE id = $1 AND answered_at IS NOT NULL \
         AND (connected_at IS NOT NULL OR ended_at IS NULL OR abandoned = 1)",
    )
    .bind(Uuid::from(call))
    .fetch_optional(store.readers())
    .await?;
    Ok(match found {
        None => Stood::Unanswered,
        Some(row) if row.flag("abandoned")? => Stood::Waiting,
        Some(row) if row.time_maybe("connected_at")?.is_some() => Stood::Talking,
        Some(_) => Stood::Waiting,
    })
}

/// The rules of a campaign that has gone.
fn defaults(campaign: CampaignId) -> CampaignSettings {
    CampaignSettings::new(campaign, campaign.to_string())
}

/// Agents whose last word was to clock in.
async fn clocked_in(store: &Store) -> Result<Vec<AgentId>, Error> {
    let rows = sql::query(
        "SELECT agent FROM agent_clock AS last WHERE clocked_in = 1 AND seq = \
         (SELECT max(seq) FROM agent_clock WHERE agent = last.agent) ORDER BY seq",
    )
    .fetch_all(store.readers())
    .await?;
    rows.iter().map(|row| row.id("agent")).collect()
}
