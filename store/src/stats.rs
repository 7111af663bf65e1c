//! My Stats: one agent's period, folded from intervals, clock events, calls and dispositions.
//!
//! Each figure is R85–R95's, with the gaps decided as in REQUIREMENTS A6: pause is the sum of all
//! classes and break that of one, so login = available + ring + talk + hold + wrap-up + pause;
//! total calls are those delivered to the agent, handled ones those answered, and conversion is
//! taken of the total. A colleague's call is nobody's customer and counts in none of the three.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use jiff::Timestamp;
use routing::{AgentId, CampaignId, Counts, PauseClass};
use serde::Serialize;
use uuid::Uuid;

use crate::database::Store;
use crate::error::Error;
use crate::sql;

/// An agent's figures between two moments; times in microseconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct AgentStats {
    /// The first thing the agent did (R85).
    pub first_activity_at: Option<Timestamp>,
    /// The last (R86).
    pub last_activity_at: Option<Timestamp>,
    /// Logged in (R87): the sum of the six below.
    pub login_us: u64,
    /// Available to receive calls (R91).
    pub available_us: u64,
    /// Reserved, rung or previewing.
    pub ring_us: u64,
    /// Actively talking (R92).
    pub talk_us: u64,
    /// With the customer on hold.
    pub hold_us: u64,
    /// After calls.
    pub wrap_up_us: u64,
    /// Not receiving calls, breaks included (R90).
    pub pause_us: u64,
    /// The part of the pauses that was a break (R89).
    pub break_us: u64,
    /// The pauses by their reason (R95).
    pub pauses: Vec<PauseSpent>,
    /// Calls delivered (R88).
    pub total_calls: u64,
    /// Calls delivered and answered (R93).
    pub calls_handled: u64,
    /// Calls of which the agent's last word is a success.
    pub conversions: u64,
    /// Successes of all calls delivered, 0 to 1 (R94); none without a call.
    pub conversion_rate: Option<f64>,
}

/// Time paused for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PauseSpent {
    /// What it counts under; none is not ready yet, or put there by the watchdog.
    pub class: Option<PauseClass>,
    /// The reason's words.
    pub text: Option<String>,
    /// How long, in microseconds.
    pub us: u64,
}

impl AgentStats {
    /// Adds time that is not in the records yet: the state that goes on.
    pub fn add(&mut self, counts: Counts, class: Option<PauseClass>, us: u64) {
        let spent = match counts {
            Counts::Ready => &mut self.available_us,
            Counts::Ring => &mut self.ring_us,
            Counts::Talk => &mut self.talk_us,
            Counts::Hold => &mut self.hold_us,
            Counts::WrapUp => &mut self.wrap_up_us,
            Counts::Pause => &mut self.pause_us,
        };
        *spent += us;
        self.login_us += us;
        if counts == Counts::Pause && class == Some(PauseClass::Break) {
            self.break_us += us;
        }
    }
}

/// The repository of agents' figures.
#[derive(Clone, Debug)]
pub struct Stats {
    store: Store,
}

impl Stats {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// The figures of an agent from one moment to another.
    ///
    /// Time is cut at both; a call counts where it was delivered in between.
    pub async fn of(
        &self,
        agent: AgentId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<AgentStats, Error> {
        let mut stats = AgentStats::default();
        self.times(&mut stats, agent, from, to).await?;
        self.activity(&mut stats, agent, from, to).await?;
        self.calls(&mut stats, agent, from, to).await?;
        stats.conversions = self.conversions(agent, from, to).await?;
        let rate = |total: u32| {
            f64::from(u32::try_from(stats.conversions).unwrap_or(total)) / f64::from(total)
        };
        stats.conversion_rate = u32::try_from(stats.total_calls).ok().filter(|n| *n > 0).map(rate);
        Ok(stats)
    }

    /// When the agent clocked in last: where a session's figures begin.
    pub async fn session_began(&self, agent: AgentId) -> Result<Option<Timestamp>, Error> {
        let row = sql::query(
            "SELECT at FROM agent_clock WHERE agent = $1 AND clocked_in = 1 \
             ORDER BY seq DESC LIMIT 1",
        )
        .bind(Uuid::from(agent))
        .fetch_optional(self.store.readers())
        .await?;
        row.map(|row| row.time("at")).transpose()
    }

    async fn times(
        &self,
        stats: &mut AgentStats,
        agent: AgentId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<(), Error> {
        let rows = sql::query(
            "SELECT counts, class, reason, \
             CAST(sum(CASE WHEN to_at < $3 THEN to_at ELSE $3 END \
             - CASE WHEN from_at > $2 THEN from_at ELSE $2 END) AS BIGINT) AS spent \
             FROM agent_interval WHERE agent = $1 AND from_at < $3 AND to_at > $2 \
             GROUP BY counts, class, reason ORDER BY spent DESC, class, reason",
        )
        .bind(Uuid::from(agent))
        .bind(from.as_microsecond())
        .bind(to.as_microsecond())
        .fetch_all(self.store.readers())
        .await?;
        for row in &rows {
            let (counts, class): (Counts, _) = (row.word("counts")?, row.word_maybe("class")?);
            let us = row.count("spent")?;
            stats.add(counts, class, us);
            if counts == Counts::Pause {
                let text = row.column("reason")?;
                stats.pauses.push(PauseSpent { class, text, us });
            }
        }
        Ok(())
    }

    /// R85 and R86: clock events and changes of state are what an agent does.
    async fn activity(
        &self,
        stats: &mut AgentStats,
        agent: AgentId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<(), Error> {
        let row = sql::query(
            "SELECT min(at) AS first, max(at) AS last FROM (\
             SELECT at FROM agent_clock WHERE agent = $1 AND at >= $2 AND at < $3 \
             UNION ALL SELECT from_at AS at FROM agent_interval \
             WHERE agent = $1 AND from_at >= $2 AND from_at < $3 \
             UNION ALL SELECT to_at AS at FROM agent_interval \
             WHERE agent = $1 AND to_at >= $2 AND to_at < $3) AS acts",
        )
        .bind(Uuid::from(agent))
        .bind(from.as_microsecond())
        .bind(to.as_microsecond())
        .fetch_one(self.store.readers())
        .await?;
        stats.first_activity_at = row.time_maybe("first")?;
        stats.last_activity_at = row.time_maybe("last")?;
        Ok(())
    }

    async fn calls(
        &self,
        stats: &mut AgentStats,
        agent: AgentId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<(), Error> {
        let row = sql::query(
            "SELECT count(DISTINCT spent.call) AS total, \
             count(DISTINCT CASE WHEN spent.state = 'talking' THEN spent.call END) AS handled \
             FROM agent_interval AS spent LEFT JOIN call ON call.id = spent.call \
             WHERE spent.agent = $1 AND spent.from_at >= $2 AND spent.from_at < $3 \
             AND spent.state IN ('reserved', 'ringing', 'previewing', 'talking') \
             AND coalesce(call.direction, '') <> 'internal'",
        )
        .bind(Uuid::from(agent))
        .bind(from.as_microsecond())
        .bind(to.as_microsecond())
        .fetch_one(self.store.readers())
        .await?;
        stats.total_calls = row.count("total")?;
        stats.calls_handled = row.count("handled")?;
        Ok(())
    }

    /// R94: which codes are successes, the campaigns say.
    async fn conversions(
        &self,
        agent: AgentId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<u64, Error> {
        let rows = sql::query(
            "SELECT campaign, code, count(*) AS calls FROM disposition \
             WHERE agent = $1 AND at >= $2 AND at < $3 AND campaign IS NOT NULL \
             AND NOT EXISTS (SELECT 1 FROM disposition AS later \
             WHERE later.call = disposition.call AND later.agent = disposition.agent \
             AND later.seq > disposition.seq) GROUP BY campaign, code",
        )
        .bind(Uuid::from(agent))
        .bind(from.as_microsecond())
        .bind(to.as_microsecond())
        .fetch_all(self.store.readers())
        .await?;
        let mut campaigns = BTreeMap::new();
        let mut successes = 0;
        for row in &rows {
            let id: CampaignId = row.id("campaign")?;
            let settings = match campaigns.entry(id) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(self.store.campaigns().find(id).await.ok()),
            };
            let code: String = row.column("code")?;
            let settings = settings.as_ref().map(|found| &found.value);
            let chosen = settings.and_then(|settings| settings.disposition(&code));
            if chosen.is_some_and(|row| row.flags.success) {
                successes += row.count::<u64>("calls")?;
            }
        }
        Ok(successes)
    }
}
