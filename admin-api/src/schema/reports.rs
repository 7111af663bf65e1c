//! Reports and the reconciliation of records, as the API shows them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{shapes, vocabulary};

vocabulary! {
    /// What the rows of a report are.
    ReportGrouping {
        /// Hours of the local clock.
        Hour,
        /// Local days.
        Day,
        /// Agents.
        Agent,
        /// Teams; who is in two counts in both.
        Team,
        /// Campaigns.
        Campaign,
        /// Lists of leads.
        List,
        /// Queues.
        Queue,
        /// Trunks.
        Trunk,
        /// Numbers shown.
        Cli,
        /// Codes that agents declared.
        Disposition,
        /// Outcomes of attempts.
        Outcome,
    }
    /// What a figure is counted in.
    FigureUnit {
        /// A number of things.
        Count,
        /// Time.
        Microseconds,
        /// A part of a whole, 0 to 1.
        Share,
        /// Hundredths of the organisation's currency.
        Cents,
        /// Mean opinion score, in hundredths.
        Mos,
        /// A moment, in microseconds since 1970.
        Moment,
    }
}

shapes! {
    /// Whether the records of a period agree with each other.
    Reconciliation {
        /// Records from this moment.
        #[schema(format = DateTime)]
        from: String,
        /// And before this.
        #[schema(format = DateTime)]
        to: String,
        /// What was looked at.
        checks: Vec<RecordCheck>,
        /// What does not agree.
        findings: Vec<RecordFinding>,
    }
    /// One check, and how many records it looked at.
    RecordCheck {
        /// Its name.
        name: String,
        /// What it holds the records to.
        rule: String,
        /// Records of the period that it is about.
        records: u64,
        /// Of those, found wrong; a thousand says that there may be more.
        findings: u64,
    }
    /// One record that does not agree with another.
    RecordFinding {
        /// The check that found it.
        check: String,
        /// What kind of record it is: `agent`, `attempt`, `call`, `permit` or `recording`.
        record: String,
        /// Which.
        id: Uuid,
        /// The journal entry, where the record is one of several of that agent.
        seq: Option<u64>,
        /// What is wrong, in words.
        what: String,
        /// What was expected: µs of agents' time, ms of calls' time, else a count.
        expected: Option<i64>,
        /// What is there, in the same unit.
        found: Option<i64>,
    }
}
