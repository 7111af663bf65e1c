//! What a batch of the fold writes at its end, many rows a statement.
//!
//! A statement costs the same whether it writes one row or sixty, and a call has a dozen of them.
//! So what nothing reads within a batch waits here: rows that are only ever added, and what
//! changes in calls, one row a call however many events told it. Whoever reads calls in between
//! (`webhooks::message`) writes first.
//!
//! Invariant: after [`Gathered::write`] the records are what they would be had each entry been
//! written by itself, in its order.

use std::collections::BTreeMap;

use routing::CallId;
use uuid::Uuid;

use crate::error::Error;
use crate::event::Entry;
use crate::row;
use crate::sql::{self, Connection, Value};

/// The rows of one batch that were not written yet.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    rows: BTreeMap<Table, Vec<Vec<Value>>>,
    changes: BTreeMap<CallId, Change>,
    ends: BTreeMap<CallId, Vec<Value>>,
}

/// Tables whose rows are only ever added; calls, which change, are written first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Table {
    Call,
    CallStep,
    CallLeg,
    CallTalk,
    Interval,
    Permit,
    ClockSet,
}

/// What changes in a call while it lives; what is nothing stays as it is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Change {
    /// The first one stands.
    pub(super) answered_at: Option<i64>,
    /// The first one stands.
    pub(super) queued_at: Option<i64>,
    /// The last one stands.
    pub(super) queue: Option<Uuid>,
    /// The first one stands.
    pub(super) connected_at: Option<i64>,
    /// The last one stands.
    pub(super) agent: Option<Uuid>,
    /// The first one stands.
    pub(super) answer_to_agent_us: Option<i64>,
    /// A person met no agent, and heard the notice or not; the last one stands.
    pub(super) noticed: Option<i64>,
    /// The worst one stands.
    pub(super) mos: Option<i64>,
}

impl Gathered {
    /// A row to be added, its values in the order of [`Table::statement`]; a row that is there
    /// already stays.
    pub(super) fn add(&mut self, table: Table, row: Vec<Value>) {
        self.rows.entry(table).or_default().push(row);
    }

    /// The wall clock was set.
    pub(super) fn clock_set(&mut self, entry: &Entry, by_us: i64) {
        let row =
            vec![row::signed(entry.seq).into(), entry.at.as_microsecond().into(), by_us.into()];
        self.add(Table::ClockSet, row);
    }

    /// A call changes.
    pub(super) fn change(&mut self, call: CallId, change: Change) {
        self.changes.entry(call).or_default().join(change);
    }

    /// A call ends, with the values of [`END`] after its identity; the first end stands.
    pub(super) fn end(&mut self, call: CallId, end: Vec<Value>) {
        self.ends.entry(call).or_insert(end);
    }

    /// Writes all there is.
    pub(crate) async fn write(&mut self, connection: &mut Connection) -> Result<(), Error> {
        for (table, rows) in std::mem::take(&mut self.rows) {
            let begin = table.statement();
            write(connection, (begin, " ON CONFLICT DO NOTHING"), rows).await?;
        }
        let changes = std::mem::take(&mut self.changes);
        let rows = changes.into_iter().map(|(call, change)| change.row(call)).collect();
        write(connection, CHANGE, rows).await?;
        let of = |(call, mut end): (CallId, Vec<Value>)| {
            end.insert(0, Uuid::from(call).into());
            end
        };
        let rows = std::mem::take(&mut self.ends).into_iter().map(of).collect();
        write(connection, END, rows).await
    }
}

impl Change {
    fn join(&mut self, later: Self) {
        self.answered_at = self.answered_at.or(later.answered_at);
        self.queued_at = self.queued_at.or(later.queued_at);
        self.queue = later.queue.or(self.queue);
        self.connected_at = self.connected_at.or(later.connected_at);
        self.agent = later.agent.or(self.agent);
        self.answer_to_agent_us = self.answer_to_agent_us.or(later.answer_to_agent_us);
        self.noticed = later.noticed.or(self.noticed);
        self.mos = self.mos.into_iter().chain(later.mos).min();
    }

    /// The values of [`CHANGE`].
    fn row(self, call: CallId) -> Vec<Value> {
        vec![
            Uuid::from(call).into(),
            self.answered_at.into(),
            self.queued_at.into(),
            self.queue.into(),
            self.connected_at.into(),
            self.agent.into(),
            self.answer_to_agent_us.into(),
            self.noticed.into(),
            self.mos.into(),
        ]
    }
}

impl Table {
    /// How its rows are written.
    fn statement(self) -> &'static str {
        match self {
            Self::Call => {
                "INSERT INTO call (id, direction, calling, called, campaign, queue, did, trunk, \
                 attempt, started_at) "
            }
            Self::CallStep => "INSERT INTO call_step (seq, call, at, step, agent, note) ",
            Self::CallLeg => {
                "INSERT INTO call_leg (seq, call, at, agent, mos, received, lost, lost_by_party, \
                 jitter_us, jitter_max_us, round_trip_us) "
            }
            Self::CallTalk => {
                "INSERT INTO call_talk (seq, call, at, agent, agent_us, customer_us, both_us, \
                 nobody_us, dead_airs, talk_overs) "
            }
            Self::Interval => {
                "INSERT INTO agent_interval (seq, agent, state, counts, class, reason, from_at, \
                 to_at, call, campaign) "
            }
            Self::ClockSet => "INSERT INTO clock_set (seq, at, by_us) ",
            Self::Permit => "INSERT INTO permit (place, seq, attempt, previous, hash, evidence) ",
        }
    }
}

/// Writes rows between the two halves of a statement.
async fn write(
    connection: &mut Connection,
    (begin, end): (&'static str, &'static str),
    rows: Vec<Vec<Value>>,
) -> Result<(), Error> {
    let mut rows = rows.into_iter();
    while rows.len() > 0 {
        let together = TOGETHER.into_iter().find(|size| *size <= rows.len()).unwrap_or(1);
        let mut statement = sql::Builder::new(begin);
        statement.push_values(rows.by_ref().take(together), |mut places, row| {
            for value in row {
                places.push_bind(value);
            }
        });
        statement.push(end);
        statement.build().execute(&mut *connection).await?;
    }
    Ok(())
}

/// Rows a statement: few sizes, so that the database keeps each statement prepared.
const TOGETHER: [usize; 4] = [64, 16, 4, 1];

const CHANGE: (&str, &str) = (
    "WITH new (id, answered_at, queued_at, queue, connected_at, agent, answer_to_agent_us, \
     noticed, mos) AS (",
    ") UPDATE call SET answered_at = coalesce(call.answered_at, new.answered_at), \
     queued_at = coalesce(call.queued_at, new.queued_at), \
     queue = coalesce(new.queue, call.queue), \
     connected_at = coalesce(call.connected_at, new.connected_at), \
     agent = coalesce(new.agent, call.agent), \
     answer_to_agent_us = coalesce(call.answer_to_agent_us, new.answer_to_agent_us), \
     abandoned = CASE WHEN new.noticed IS NULL THEN call.abandoned ELSE 1 END, \
     noticed = coalesce(new.noticed, call.noticed), \
     mos = CASE WHEN call.mos IS NULL OR new.mos < call.mos THEN new.mos ELSE call.mos END \
     FROM new WHERE call.id = new.id",
);

const END: (&str, &str) = (
    "WITH new (id, ended_at, ended_by, sip, q850, ring_ms, talk_ms, hold_ms, wait_ms) AS (",
    ") UPDATE call SET ended_at = new.ended_at, ended_by = new.ended_by, sip = new.sip, \
     q850 = new.q850, ring_ms = new.ring_ms, talk_ms = new.talk_ms, hold_ms = new.hold_ms, \
     wait_ms = new.wait_ms FROM new WHERE call.id = new.id AND call.ended_at IS NULL",
);
