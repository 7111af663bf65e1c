//! What a campaign's own calls have been like: how those it dialled answered, how long they talked,
//! and how long the work after a call took. The simulator asks, to answer "what if".

use std::collections::{BTreeMap, BTreeSet};

use dialer::Outcome;
use jiff::Timestamp;
use routing::{AgentId, CampaignId};
use uuid::Uuid;

use crate::database::Store;
use crate::error::Error;
use crate::row::Row;
use crate::sql;

/// A campaign's calls and its agents' work in some time, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// Calls that the campaign dialled and that are over, at most [`CALLS_MAX`].
    pub calls: Vec<PastCall>,
    /// How long wrap-ups took, in ms, at most [`CALLS_MAX`].
    pub wrap_ups_ms: Vec<u32>,
    /// Agents who talked for it within one hour, in the middle one of those hours.
    pub agents: u16,
}

/// One call that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PastCall {
    /// How it ended.
    pub outcome: Outcome,
    /// The final SIP response of a call that nobody answered.
    pub sip: Option<u16>,
    /// The Q.850 cause.
    pub q850: Option<u8>,
    /// From the INVITE to the answer, or to the end, in ms.
    pub ring_ms: u32,
    /// Answered and without an agent, in ms.
    pub wait_ms: u32,
    /// Talk and hold, in ms.
    pub talk_ms: u32,
}

/// The most calls, and the most intervals of agents, that are looked at.
pub const CALLS_MAX: u32 = 50_000;

/// The repository of what was.
#[derive(Clone, Debug)]
pub struct Pasts {
    store: Store,
}

impl Pasts {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// What a campaign's calls were like that began in `from..to`.
    pub async fn of(
        &self,
        campaign: CampaignId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Past, Error> {
        let over = |statement: sql::Statement| {
            statement
                .bind(Uuid::from(campaign))
                .bind(from.as_microsecond())
                .bind(to.as_microsecond())
                .bind(i64::from(CALLS_MAX))
                .fetch_all(self.store.readers())
        };
        let calls = over(sql::query(
            "SELECT attempt.outcome, call.sip, call.q850, call.ring_ms, call.wait_ms, \
             call.talk_ms, call.hold_ms FROM call JOIN attempt ON attempt.id = call.attempt \
             WHERE call.campaign = $1 AND call.started_at >= $2 AND call.started_at < $3 \
             AND call.ended_at IS NOT NULL AND attempt.outcome IS NOT NULL \
             ORDER BY call.started_at DESC LIMIT $4",
        ))
        .await?;
        let work = over(sql::query(
            "SELECT agent, state, from_at, to_at FROM agent_interval \
             WHERE campaign = $1 AND from_at >= $2 AND from_at < $3 \
             AND state IN ('talking', 'wrap_up') ORDER BY from_at DESC LIMIT $4",
        ))
        .await?;
        let calls = calls.iter().map(call).collect::<Result<_, _>>()?;
        let mut past = Past { calls, ..Past::default() };
        past.look_at(&work)?;
        Ok(past)
    }
}

impl Past {
    /// How many of its calls met an agent.
    #[must_use]
    pub fn conversations(&self) -> usize {
        self.calls.iter().filter(|call| call.outcome == Outcome::Connected).count()
    }

    fn look_at(&mut self, work: &[Row]) -> Result<(), Error> {
        let mut hours: BTreeMap<i64, BTreeSet<AgentId>> = BTreeMap::new();
        for row in work {
            let (from, to) = (row.time("from_at")?, row.time("to_at")?);
            if row.column::<&str>("state")? == "wrap_up" {
                let lasted = to.as_millisecond().saturating_sub(from.as_millisecond());
                self.wrap_ups_ms.push(u32::try_from(lasted).unwrap_or_default());
            } else {
                hours.entry(from.as_second() / 3_600).or_default().insert(row.id("agent")?);
            }
        }
        let mut at_once: Vec<_> = hours.values().map(BTreeSet::len).collect();
        at_once.sort_unstable();
        let middle = at_once.get(at_once.len() / 2).copied().unwrap_or_default();
        self.agents = u16::try_from(middle).unwrap_or(u16::MAX);
        Ok(())
    }
}

fn call(row: &Row) -> Result<PastCall, Error> {
    let ms = |name| Ok::<u32, Error>(row.count_maybe(name)?.unwrap_or_default());
    Ok(PastCall {
        outcome: row.parsed("outcome")?,
        sip: row.count_maybe("sip")?,
        q850: row.count_maybe("q850")?,
        ring_ms: ms("ring_ms")?,
        wait_ms: ms("wait_ms")?,
        talk_ms: ms("talk_ms")?.saturating_add(ms("hold_ms")?),
    })
}
