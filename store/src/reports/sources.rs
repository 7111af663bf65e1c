//! Where figures are counted from: the rows, the moment each counts at, and whose it is.
//!
//! `{…}` in a text stands for the period and for what several statements share ([`window`]). Every
//! source is read by an index on its moment.

use jiff::Timestamp;

use super::Grouping;
use crate::reach::Whose;

/// Rows that figures are sums over.
#[derive(Debug)]
pub(super) struct Source {
    /// The tables.
    pub(super) from: &'static str,
    /// Which of their rows.
    pub(super) filter: &'static str,
    /// The moment that a row counts at.
    pub(super) at: &'static str,
    /// Where rows last: their end. They are cut at the period and at each hour or day.
    pub(super) until: Option<&'static str>,
    /// What rows can be grouped and narrowed by.
    pub(super) keys: &'static [(Grouping, &'static str)],
    /// Whose a row is.
    pub(super) whose: Whose,
    /// The call that a row is about.
    pub(super) call: Option<&'static str>,
    /// What the settings say, as a table of its own.
    pub(super) with: Option<Setting>,
}

impl Source {
    /// What its rows are grouped or narrowed by; none where it cannot tell.
    pub(super) fn key(&self, by: Grouping) -> Option<&'static str> {
        self.keys.iter().find(|(known, _)| *known == by).map(|(_, sql)| *sql)
    }
}

/// What a source asks the settings for, as they are now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Setting {
    /// `success (campaign, code)`: dispositions that are conversions.
    Success,
    /// `target (queue, us)`: how soon a queue's callers should be answered.
    Target,
    /// `cost (agent, cents)`: what an agent's hour costs.
    Cost,
}

/// Agents' time by state.
pub(super) static TIME: Source = SPANS;

/// Agents' time that was a campaign's work, with what it costs.
pub(super) static COST: Source = Source {
    from: "agent_interval LEFT JOIN cost ON cost.agent = agent_interval.agent",
    filter: "agent_interval.campaign IS NOT NULL",
    whose: Whose::both("agent_interval.agent", "agent_interval.campaign"),
    with: Some(Setting::Cost),
    ..SPANS
};

const SPANS: Source = Source {
    from: "agent_interval",
    filter: "1 = 1",
    at: "agent_interval.from_at",
    until: Some("agent_interval.to_at"),
    keys: &[
        (Grouping::Agent, "agent_interval.agent"),
        (Grouping::Campaign, "agent_interval.campaign"),
    ],
    whose: Whose::agents("agent_interval.agent"),
    call: Some("agent_interval.call"),
    with: None,
};

/// Shifts by their clock-in.
pub(super) static SHIFTS: Source = Source {
    from: "agent_clock",
    filter: "agent_clock.clocked_in = 1",
    at: "agent_clock.at",
    until: None,
    keys: &[(Grouping::Agent, "agent_clock.agent")],
    whose: Whose::agents("agent_clock.agent"),
    call: None,
    with: None,
};

/// Everything that an agent did: clock events, and changes of state.
pub(super) static ACTIVITY: Source = Source {
    from: "(SELECT agent, at FROM agent_clock WHERE at >= {from} AND at < {to} UNION ALL \
           SELECT agent, from_at AS at FROM agent_interval WHERE from_at >= {from} \
           AND from_at < {to} UNION ALL SELECT agent, to_at AS at FROM agent_interval \
           WHERE from_at >= {from} AND from_at < {to} AND to_at < {to}) AS act",
    filter: "1 = 1",
    at: "act.at",
    until: None,
    keys: &[(Grouping::Agent, "act.agent")],
    whose: Whose::agents("act.agent"),
    call: None,
    with: None,
};

/// Calls that were delivered to agents, each once for each agent, colleagues' calls aside.
pub(super) static DELIVERED: Source = Source {
    from: "(SELECT spent.agent AS agent, spent.call AS call, min(spent.from_at) AS at, \
           max(CASE WHEN spent.state = 'talking' THEN 1 ELSE 0 END) AS handled \
           FROM agent_interval AS spent \
           WHERE spent.from_at >= {from} - 43200000000 AND spent.from_at < {to} + 43200000000 \
           AND spent.call IS NOT NULL \
           AND spent.state IN ('reserved', 'ringing', 'previewing', 'talking') \
           GROUP BY spent.call, spent.agent) AS delivered",
    filter: "NOT EXISTS (SELECT 1 FROM call AS colleague \
             WHERE colleague.id = delivered.call AND colleague.direction = 'internal')",
    at: "delivered.at",
    until: None,
    keys: &[(Grouping::Agent, "delivered.agent")],
    whose: Whose::agents("delivered.agent"),
    call: Some("delivered.call"),
    with: None,
};

/// What agents declared of campaigns' calls: of each agent and call the last word.
pub(super) static DECLARED: Source = Source {
    from: "disposition LEFT JOIN success ON success.campaign = disposition.campaign \
           AND success.code = disposition.code",
    filter: "disposition.campaign IS NOT NULL \
           AND NOT EXISTS (SELECT 1 FROM disposition AS later \
           WHERE later.call = disposition.call AND later.agent = disposition.agent \
           AND later.seq > disposition.seq)",
    at: "disposition.at",
    until: None,
    keys: &[
        (Grouping::Agent, "disposition.agent"),
        (Grouping::Campaign, "disposition.campaign"),
        (Grouping::Disposition, "disposition.code"),
    ],
    whose: Whose::both("disposition.agent", "disposition.campaign"),
    call: Some("disposition.call"),
    with: Some(Setting::Success),
};

/// Attempts with their calls.
pub(super) static ATTEMPTS: Source = Source {
    from: "attempt LEFT JOIN call ON call.id = attempt.call",
    filter: "1 = 1",
    at: "attempt.permitted_at",
    until: None,
    keys: &[
        (Grouping::Campaign, "attempt.campaign"),
        (Grouping::List, "attempt.list"),
        (Grouping::Trunk, "attempt.trunk"),
        (Grouping::Cli, "attempt.cli"),
        (Grouping::Outcome, "attempt.outcome"),
    ],
    whose: Whose::both("call.agent", "attempt.campaign"),
    call: Some("attempt.call"),
    with: None,
};

/// Callers of queues.
pub(super) static QUEUED: Source = Source {
    from: "{queue_calls} LEFT JOIN target ON target.queue = queued.queue",
    filter: "1 = 1",
    at: "queued.started_at",
    until: None,
    keys: &[(Grouping::Queue, "queued.queue"), (Grouping::Agent, "queued.agent")],
    whose: Whose::both("queued.agent", "queued.campaign"),
    call: Some("queued.id"),
    with: Some(Setting::Target),
};

/// Calls that we sent to trunks.
pub(super) static SENT: Source = Source {
    from: "call",
    filter: "call.direction = 'outbound' AND call.trunk IS NOT NULL",
    at: "call.started_at",
    until: None,
    keys: &[(Grouping::Trunk, "call.trunk"), (Grouping::Campaign, "call.campaign")],
    whose: Whose::both("call.agent", "call.campaign"),
    call: Some("call.id"),
    with: None,
};

/// Legs that fell silent in calls that we sent to trunks.
pub(super) static SILENT: Source = Source {
    from: "call JOIN call_step AS silent ON silent.call = call.id \
           AND silent.step = 'audio_lost' AND silent.agent IS NULL \
           AND NOT EXISTS (SELECT 1 FROM call_step AS before WHERE before.call = call.id \
           AND before.step = 'audio_lost' AND before.agent IS NULL AND before.seq < silent.seq)",
    filter: "call.direction = 'outbound' AND call.trunk IS NOT NULL",
    at: "call.started_at",
    until: None,
    keys: &[(Grouping::Trunk, "call.trunk"), (Grouping::Campaign, "call.campaign")],
    whose: Whose::both("call.agent", "call.campaign"),
    call: Some("call.id"),
    with: None,
};

/// Promises to call back, at the moment they are due.
pub(super) static PROMISED: Source = Source {
    from: "callback",
    filter: "1 = 1",
    at: "callback.due_at",
    until: None,
    keys: &[(Grouping::Campaign, "callback.campaign"), (Grouping::Agent, "callback.owner")],
    whose: Whose::both("callback.owner", "callback.campaign"),
    call: None,
    with: None,
};

/// Recordings of calls that are over.
pub(super) static RECORDED: Source = Source {
    from: "recording JOIN call ON call.id = recording.call",
    filter: "call.ended_at IS NOT NULL",
    at: "recording.started_at",
    until: None,
    keys: &[
        (Grouping::Agent, "recording.agent"),
        (Grouping::Campaign, "call.campaign"),
        (Grouping::Queue, "call.queue"),
    ],
    whose: Whose::both("recording.agent", "call.campaign"),
    call: Some("recording.call"),
    with: None,
};

/// A statement with its period and with what several share put in.
pub(crate) fn window(text: &str, from: Timestamp, to: Timestamp) -> String {
    text.replace("{queue_calls}", QUEUE_CALLS)
        .replace("{started}", "call.started_at >= {from} AND call.started_at < {to}")
        .replace("{queued}", "queued.started_at >= {from} AND queued.started_at < {to}")
        .replace("{from}", &from.as_microsecond().to_string())
        .replace("{to}", &to.as_microsecond().to_string())
}

/// Callers of queues that we answered, each with the one thing that it came to.
///
/// A caller who met nobody is overflowed where they heard the notice, left a message or were put
/// through elsewhere, kept where they hung up to be called back, and abandoned where they gave up:
/// as the switch itself counts them.
const QUEUE_CALLS: &str = "(SELECT call.*, CASE WHEN call.connected_at IS NOT NULL \
    AND call.agent IS NOT NULL THEN 'answered' WHEN call.ended_at IS NULL THEN 'waiting' \
    WHEN EXISTS (SELECT 1 FROM kept_place WHERE kept_place.call = call.id) THEN 'kept' \
    WHEN call.abandoned = 1 AND call.noticed = 0 THEN 'abandoned' \
    WHEN call.noticed = 1 OR call.talk_ms > 0 OR EXISTS \
    (SELECT 1 FROM voicemail WHERE voicemail.call = call.id) THEN 'overflowed' \
    WHEN call.ended_by = 'interrupted' THEN 'interrupted' \
    WHEN EXISTS (SELECT 1 FROM call_step AS led WHERE led.call = call.id \
    AND led.step = 'led') THEN 'overflowed' END AS ending \
    FROM call WHERE call.direction = 'inbound' AND call.queue IS NOT NULL \
    AND call.answered_at IS NOT NULL) AS queued";
