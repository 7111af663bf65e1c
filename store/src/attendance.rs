//! Attendance: shifts from clock-in to clock-out, and what they were spent on (R193).
//!
//! A shift is a fold over two records: the clock events bound it, and the intervals between them
//! fill it. So the three times of a finished shift add up to its length, to the microsecond.

use jiff::Timestamp;
use routing::{AgentId, Attendance, TeamId};
use serde::Serialize;
use uuid::Uuid;

use crate::database::Store;
use crate::error::Error;
use crate::reach::{Whose, Within};
use crate::row::Row;
use crate::sql;

/// One shift of an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shift {
    /// The journal entry of the clock-in.
    pub seq: u64,
    /// Who.
    pub agent: AgentId,
    /// The team that they clocked in to.
    pub unit: Option<TeamId>,
    /// The clock-in.
    pub clocked_in_at: Timestamp,
    /// The clock-out; none while the shift goes on.
    pub clocked_out_at: Option<Timestamp>,
    /// Said at the clock-out (R188).
    pub reason: Option<String>,
    /// Ready, and not at work on a call (R180), in µs.
    pub available_us: u64,
    /// At work on a call, its wrap-up included (R181), in µs.
    pub active_us: u64,
    /// Unable to work (R182), in µs.
    pub unavailable_us: u64,
}

/// Which shifts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShiftQuery {
    /// Of this agent.
    pub agent: Option<AgentId>,
    /// For this unit.
    pub unit: Option<TeamId>,
    /// Begun at or after this.
    pub from: Option<Timestamp>,
    /// Begun before this.
    pub to: Option<Timestamp>,
    /// Before this journal entry: where the page before ended.
    pub before: Option<u64>,
    /// Rows on the page.
    pub limit: Option<u32>,
    /// Of these only; all when none.
    pub within: Option<Within>,
}

impl Shift {
    /// Adds time of which this is the word; time away is no part of a shift.
    pub fn add(&mut self, word: Attendance, us: u64) {
        let spent = match word {
            Attendance::Available => &mut self.available_us,
            Attendance::Active => &mut self.active_us,
            Attendance::Unavailable => &mut self.unavailable_us,
            Attendance::Away => return,
        };
        *spent += us;
    }
}

/// The repository of attendance.
#[derive(Clone, Debug)]
pub struct Shifts {
    store: Store,
}

impl Shifts {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Shifts, the newest first; the last one's `seq` asks for the next page.
    ///
    /// The time of one that goes on is counted up to the last change of state that is folded.
    pub async fn list(&self, query: &ShiftQuery) -> Result<Vec<Shift>, Error> {
        let mut sql = sql::Builder::new(SELECT);
        query.filter(&mut sql);
        let rows = sql.build().fetch_all(self.store.readers()).await?;
        let mut shifts = rows.iter().map(shift).collect::<Result<Vec<_>, Error>>()?;
        for shift in &mut shifts {
            let until = shift.clocked_out_at.unwrap_or(Timestamp::MAX);
            let intervals = self.store.intervals();
            let spent = intervals.totals(shift.agent, shift.clocked_in_at, until).await?;
            for (counts, us) in spent {
                shift.add(Attendance::of(counts), us);
            }
        }
        Ok(shifts)
    }
}

impl ShiftQuery {
    fn filter(&self, sql: &mut sql::Builder) {
        if let Some(before) = self.before {
            sql.push(" AND came.seq < ").push_bind(crate::row::signed(before));
        }
        let ids = [
            (" AND came.agent = ", self.agent.map(Uuid::from)),
            (" AND came.unit = ", self.unit.map(Uuid::from)),
        ];
        for (condition, id) in ids {
            if let Some(id) = id {
                sql.push(condition).push_bind(id);
            }
        }
        if let Some(from) = self.from {
            sql.push(" AND came.at >= ").push_bind(from.as_microsecond());
        }
        if let Some(to) = self.to {
            sql.push(" AND came.at < ").push_bind(to.as_microsecond());
        }
        if let Some(within) = self.within {
            within.narrow(sql, Whose::agents("came.agent"));
        }
        sql.push(" ORDER BY came.seq DESC LIMIT ");
        sql.push_bind(i64::from(crate::page::limit(self.limit)));
    }
}

/// Each clock-in with the next clock event of the same agent, which is its clock-out.
const SELECT: &str = "SELECT came.seq, came.agent, came.unit, came.at AS came_at, \
    went.at AS went_at, went.reason FROM agent_clock AS came LEFT JOIN agent_clock AS went \
    ON went.seq = (SELECT min(seq) FROM agent_clock WHERE agent = came.agent \
    AND seq > came.seq) AND went.clocked_in = 0 WHERE came.clocked_in = 1";

fn shift(row: &Row) -> Result<Shift, Error> {
    Ok(Shift {
        seq: row.count("seq")?,
        agent: row.id("agent")?,
        unit: row.id_maybe("unit")?,
        clocked_in_at: row.time("came_at")?,
        clocked_out_at: row.time_maybe("went_at")?,
        reason: row.column("reason")?,
        available_us: 0,
        active_us: 0,
        unavailable_us: 0,
    })
}
