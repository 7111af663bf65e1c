//! Workflows: what a caller hears and chooses before anybody answers (R157, R158, R161, R174).
//!
//! ```text
//!  play, gather, hours, branch, set, lookup, webhook, do_not_call ──▶ another step
//!  queue, agent, voicemail, transfer, hang_up        ──▶ the caller leaves the workflow
//! ```
//! A workflow is a graph of named steps, kept as JSON. [`Workflow::faults`] names the step of
//! whatever would lose a caller; [`Run`] is one call's way through it, [`simulate`] the same with a
//! caller who is made up. A call keeps the version that it began with.

mod check;
mod run;
mod simulation;

use crate::hours::Hours;
use crate::ids::{AgentId, QueueId, WorkflowId};
use crate::mailbox::Mailbox;
use crate::number::Number;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

pub use run::{Act, Answer, Exit, Input, LOOKUP_MAX, Moment, Question, Run, Values};
pub use simulation::{Given, Rung, Told, simulate};

/// A graph of steps that leads a caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workflow {
    /// The id that DIDs refer to.
    pub id: WorkflowId,
    /// The name that administrators see; unique.
    pub name: String,
    /// The first step.
    pub start: String,
    /// Every step by its name; 1 to 200. A name is 1 to 48 of `a-z`, `0-9`, `_` and `-`.
    pub steps: BTreeMap<String, Step>,
    /// In which order people see the steps; those that it leaves out follow as callers come.
    #[serde(default)]
    pub order: Vec<String>,
}

/// What is done for the caller, and which step follows.
///
/// A step that is to follow may be left out while the workflow is drawn; [`Workflow::faults`] says
/// that it is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// Plays a clip to its end; one that is not in the library is passed over.
    Play {
        /// The clip, by name.
        clip: String,
        /// What follows.
        #[serde(default)]
        then: String,
    },
    /// Collects keys.
    Gather(Gather),
    /// Asks the clock of a place.
    Hours {
        /// IANA zone whose clocks the hours mean.
        time_zone: String,
        /// Open in any of these; 1 to 21 rows.
        hours: Vec<Hours>,
        /// Holidays; at most 400.
        #[serde(default)]
        closed_on: BTreeSet<Date>,
        /// What follows within the hours.
        #[serde(default)]
        open: String,
        /// What follows outside them, and on holidays.
        #[serde(default)]
        closed: String,
    },
    /// Chooses by a value.
    Branch {
        /// Which value; `calling` and `called` are there from the start.
        value: String,
        /// What follows each text; at most 50.
        cases: BTreeMap<String, String>,
        /// What follows every other text, and a value that nobody set.
        #[serde(default)]
        otherwise: String,
    },
    /// Sets a value.
    Set {
        /// Which.
        value: String,
        /// To this text; at most 256 characters.
        to: String,
        /// What follows.
        #[serde(default)]
        then: String,
    },
    /// Looks the caller's number up among the leads, for 2 s at the most.
    Lookup {
        /// What follows when a lead has it; `lead`, `first_name` and `last_name` are set.
        #[serde(default)]
        found: String,
        /// What follows when none has, or nobody could say in time.
        #[serde(default)]
        unknown: String,
    },
    /// Posts the call and its values to a server; texts of the JSON object that it answers with
    /// become values.
    Webhook {
        /// `https://…`; `http://` only where the configuration allows the address.
        url: String,
        /// How long it may take, in ms; 100..=10 000.
        #[serde(default = "webhook_ms")]
        wait_ms: u32,
        /// What follows an answer of 2xx.
        #[serde(default)]
        then: String,
        /// What follows everything else.
        #[serde(default)]
        failed: String,
    },
    /// Puts the caller's number on the organisation's do-not-call list.
    DoNotCall {
        /// What follows once nobody may dial it.
        #[serde(default)]
        then: String,
        /// What follows when the caller's number is withheld, or is none.
        #[serde(default)]
        unknown: String,
    },
    /// The caller waits in a queue, under its settings.
    Queue {
        /// The queue.
        queue: QueueId,
    },
    /// The caller is put to an agent.
    Agent {
        /// The agent.
        agent: AgentId,
    },
    /// Captures the caller's voice: a message is taken (R161).
    Voicemail {
        /// Whose message it is.
        mailbox: Mailbox,
    },
    /// The caller is put through to a number outside.
    Transfer {
        /// The number.
        number: Number,
    },
    /// The call ends.
    HangUp,
}

/// How keys are collected.
///
/// Keys that are a choice take it at once; `#` ends them early. What is no choice, too short, or
/// nothing at all is one try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gather {
    /// The clip that asks, by name; the first key ends it.
    #[serde(default)]
    pub clip: Option<String>,
    /// The fewest keys that may be kept in `into`; 1..=32.
    #[serde(default = "one")]
    pub digits_min: u8,
    /// The most keys; 1..=32.
    #[serde(default = "one")]
    pub digits_max: u8,
    /// How long a key may take, in ms; 1 000..=60 000.
    #[serde(default = "gather_ms")]
    pub wait_ms: u32,
    /// How often the caller is asked; 1..=10.
    #[serde(default = "tries")]
    pub tries: u8,
    /// What follows which keys; at most 50.
    #[serde(default)]
    pub choices: BTreeMap<String, String>,
    /// The value that keeps keys which are no choice.
    #[serde(default)]
    pub into: Option<String>,
    /// What follows keys that were kept.
    #[serde(default)]
    pub then: String,
    /// What follows when no try came to anything.
    #[serde(default)]
    pub otherwise: String,
}

/// A way from one step to another.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Way<'w> {
    /// The field that names it, within the step: `choices.1`.
    field: String,
    /// The step it leads to; empty where none is named.
    to: &'w str,
    /// Only a caller who presses keys goes it.
    by_keys: bool,
}

impl Step {
    /// Every way on from here; none where the caller leaves the workflow.
    fn ways(&self) -> Vec<Way<'_>> {
        let way = |field: &str, to| Way { field: field.to_owned(), to, by_keys: false };
        match self {
            Self::Play { then, .. } | Self::Set { then, .. } => vec![way("then", then)],
            Self::Gather(gather) => gather.ways(),
            Self::Hours { open, closed, .. } => vec![way("open", open), way("closed", closed)],
            Self::Branch { cases, otherwise, .. } => {
                let cases = cases.iter().map(|(text, to)| way(&format!("cases.{text}"), to));
                cases.chain([way("otherwise", otherwise)]).collect()
            }
            Self::Lookup { found, unknown } => {
                vec![way("found", found), way("unknown", unknown)]
            }
            Self::Webhook { then, failed, .. } => vec![way("then", then), way("failed", failed)],
            Self::DoNotCall { then, unknown } => {
                vec![way("then", then), way("unknown", unknown)]
            }
            Self::Queue { .. }
            | Self::Agent { .. }
            | Self::Voicemail { .. }
            | Self::Transfer { .. }
            | Self::HangUp => vec![],
        }
    }
}

impl Gather {
    fn ways(&self) -> Vec<Way<'_>> {
        let choice = |(keys, to): (&String, _)| (format!("choices.{keys}"), to);
        let kept = self.into.iter().map(|_| ("then".to_owned(), &self.then));
        let by_keys = self.choices.iter().map(choice).chain(kept);
        let by_keys = by_keys.map(|(field, to)| Way { field, to, by_keys: true });
        let silent = Way { field: "otherwise".into(), to: &self.otherwise, by_keys: false };
        by_keys.chain([silent]).collect()
    }

    /// Whether further keys cannot change what these mean.
    fn is_whole(&self, keys: &str) -> bool {
        let longer = |choice: &String| choice.len() > keys.len() && choice.starts_with(keys);
        let chosen = self.choices.contains_key(keys) && self.into.is_none();
        keys.len() >= usize::from(self.digits_max) || (chosen && !self.choices.keys().any(longer))
    }
}

fn webhook_ms() -> u32 {
    3_000
}

fn gather_ms() -> u32 {
    5_000
}

fn tries() -> u8 {
    3
}

fn one() -> u8 {
    1
}

#[cfg(test)]
mod tests;
