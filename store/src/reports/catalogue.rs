//! Every figure of every report, defined once: name, unit, formula in words and in SQL.
//!
//! The API serves the words, the reports run the SQL beside them, and the list of calls behind a
//! number is asked for with the same SQL, so none of the three can say something else.

/// 1 where a column is one of these words, and 0 where not.
macro_rules! is {
    ($column:literal, $words:literal) => {
        concat!("CASE WHEN ", $column, " IN (", $words, ") THEN 1 ELSE 0 END")
    };
}

mod dialling;
mod floor;

use super::figures::{Figure, Report, count};
use super::sources::DECLARED;
use dialling::{CAMPAIGNS, CLIS, OUTCOMES, TRUNKS};
use floor::{AGENTS, CALLBACKS, DISPOSITIONS, QUEUES, RECORDINGS};

/// Every report, those with the most use first.
pub static REPORTS: &[&Report] = &[
    &AGENTS,
    &CAMPAIGNS,
    &QUEUES,
    &TRUNKS,
    &OUTCOMES,
    &DISPOSITIONS,
    &CLIS,
    &CALLBACKS,
    &RECORDINGS,
];

pub(super) const CONVERSIONS: Figure = count(
    "conversions",
    "calls of which the agent's last word is a success, as the campaign is set now",
    SAID,
    &DECLARED,
    "CASE WHEN success.code IS NULL THEN 0 ELSE 1 END",
);

pub(super) const SAID: &str = "declared within the period";
