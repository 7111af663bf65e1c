//! Whether the records agree with each other: every sum twice, every pair both ways.
//!
//! Each check is one statement that finds nothing while the records are whole. A finding names the
//! record, what was expected of it and what is there; nothing here changes a record, because the
//! journal alone can say which of two is right.

mod checks;

use jiff::Timestamp;
use serde::Serialize;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::database::Store;
use crate::error::Error;
use crate::row::Row;
use crate::sql;

use checks::{CHECKS, Check};

/// What came of looking at a period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reconciliation {
    /// Records from this moment.
    pub from: Timestamp,
    /// And before this.
    pub to: Timestamp,
    /// What was looked at.
    pub checks: Vec<Checked>,
    /// What does not agree.
    pub findings: Vec<Finding>,
}

/// One check, and how many records it looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// Its name.
    pub name: &'static str,
    /// What it holds the records to.
    pub rule: &'static str,
    /// Records of the period that it is about.
    pub records: u64,
    /// Of those, found wrong; a thousand says that there may be more.
    pub findings: u64,
}

/// One record that does not agree with another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The check that found it.
    pub check: &'static str,
    /// What kind of record `id` is of: `agent`, `attempt`, `call`, `permit` or `recording`.
    pub record: &'static str,
    /// Which.
    pub id: Uuid,
    /// The journal entry, where the record is one of several of that agent.
    pub seq: Option<u64>,
    /// What is wrong, in words.
    pub what: String,
    /// What was expected: µs in checks of agents' time, ms in those of calls' time, else a count.
    pub expected: Option<i64>,
    /// What is there, in the same unit.
    pub found: Option<i64>,
}

impl Reconciliation {
    /// Whether all records agree.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Looks at records, and changes none.
#[derive(Clone, Debug)]
pub struct Reconcile {
    store: Store,
}

impl Reconcile {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Checks the records of a period.
    ///
    /// A recording may be whole on the disk a little after its call is over: one that is younger
    /// than a minute at `to` is not missed yet.
    ///
    /// Errors: [`Error::Busy`] while as many reports are made as may be at once.
    pub async fn run(&self, from: Timestamp, to: Timestamp) -> Result<Reconciliation, Error> {
        let _turn = self.store.heavy().await?;
        let (mut checks, mut findings) = (Vec::with_capacity(CHECKS.len()), Vec::new());
        let recorded = self.recorded().await?;
        for check in CHECKS {
            let rows = if check.of_recorded && recorded.is_empty() {
                vec![]
            } else {
                let mut sql = sql::Builder::new("");
                if check.of_recorded {
                    with_recorded(&mut sql, &recorded);
                }
                sql.push(checks::sql(check.wrong, from, to)).push(LIMIT);
                sql.build().persistent(false).fetch_all(self.store.readers()).await?
            };
            let found =
                rows.iter().map(|row| finding(check, row)).collect::<Result<Vec<_>, _>>()?;
            checks.push(self.checked(check, found.len(), from, to).await?);
            findings.extend(found);
        }
        Ok(Reconciliation { from, to, checks, findings })
    }

    async fn checked(
        &self,
        check: &Check,
        found: usize,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Checked, Error> {
        let records = checks::sql(check.records, from, to);
        let row = sql::query(AssertSqlSafe(records)).fetch_one(self.store.readers()).await?;
        let findings = u64::try_from(found).unwrap_or(u64::MAX);
        let (name, rule) = (check.name, check.rule);
        Ok(Checked { name, rule, records: row.count("records")?, findings })
    }

    /// Campaigns and queues whose calls are recorded now, and since when nothing about them was
    /// changed: what was asked for before that, nobody knows any more.
    async fn recorded(&self) -> Result<Vec<(Uuid, Timestamp)>, Error> {
        let campaigns = self.store.campaigns().all().await?;
        let campaigns = campaigns.iter().filter(|campaign| campaign.value.record);
        let queues = self.store.queues().all().await?;
        let queues = queues.iter().filter(|queue| queue.value.record);
        let campaigns = campaigns.map(|one| (Uuid::from(one.value.id), one.updated_at));
        let queues = queues.map(|one| (Uuid::from(one.value.id), one.updated_at));
        Ok(campaigns.chain(queues).collect())
    }
}

/// Lets a statement ask what is recorded.
fn with_recorded(sql: &mut sql::Builder, recorded: &[(Uuid, Timestamp)]) {
    sql.push("WITH recorded (target, since) AS (");
    sql.push_values(recorded, |mut row, (target, since)| {
        row.push_bind(*target).push_bind(since.as_microsecond());
    });
    sql.push(") ");
}

/// A check that finds a thousand has made its point.
const LIMIT: &str = " LIMIT 1000";

fn finding(check: &Check, row: &Row) -> Result<Finding, Error> {
    Ok(Finding {
        check: check.name,
        record: check.record,
        id: row.column("id")?,
        seq: row.count_maybe("seq")?,
        what: row.column("what")?,
        expected: row.column("expected")?,
        found: row.column("found")?,
    })
}
