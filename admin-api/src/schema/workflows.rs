//! The shapes of workflows, and of what a made-up caller meets in one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::campaigns::Hours;
use super::records::Mailbox;
use super::settings::shown;
use super::shapes;
use crate::documents::Stamp;

shapes! {
    /// A graph of steps that leads a caller.
    Workflow {
        /// The name; unique.
        #[schema(min_length = 1, max_length = 128)]
        name: String,
        /// The first step.
        start: String,
        /// Every step by its name: 1 to 48 of `a-z`, `0-9`, `_` and `-`; at most 200.
        steps: BTreeMap<String, WorkflowStep>,
        /// In which order people see the steps; those that it leaves out follow as callers
        /// come to them.
        #[schema(required = false, max_items = 200)]
        order: Vec<String>,
    }
    /// How keys are collected: `#` ends them early, and what is no choice is one try.
    Gather {
        /// The clip that asks, by name; the first key ends it.
        #[schema(max_length = 128)]
        clip: Option<String>,
        /// The fewest keys that are kept.
        #[schema(required = false, minimum = 1, maximum = 32)]
        digits_min: u8,
        /// The most keys.
        #[schema(required = false, minimum = 1, maximum = 32)]
        digits_max: u8,
        /// How long a key may take, in ms.
        #[schema(required = false, minimum = 1000, maximum = 60_000)]
        wait_ms: u32,
        /// How often the caller is asked.
        #[schema(required = false, minimum = 1, maximum = 10)]
        tries: u8,
        /// The step that follows which keys; at most 50.
        #[schema(required = false)]
        choices: BTreeMap<String, String>,
        /// The value that keeps keys which are no choice.
        into: Option<String>,
        /// The step that follows keys that were kept.
        #[schema(required = false)]
        then: String,
        /// The step that follows when no try came to anything.
        #[schema(required = false)]
        otherwise: String,
    }
    /// The clock of a place.
    WorkflowHours {
        /// IANA zone whose clocks the hours mean.
        #[schema(example = "Europe/London")]
        time_zone: String,
        /// Open in any of these.
        #[schema(min_items = 1, max_items = 21)]
        hours: Vec<Hours>,
        /// Holidays, such as `2026-12-25`.
        #[schema(required = false, max_items = 400)]
        closed_on: Vec<String>,
        /// The step that follows within the hours.
        #[schema(required = false)]
        open: String,
        /// The step that follows outside them, and on holidays.
        #[schema(required = false)]
        closed: String,
    }
}

/// What is done for the caller, and which step follows.
#[derive(Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum WorkflowStep {
    /// Plays a clip to its end.
    Play {
        /// The clip, by name.
        #[schema(max_length = 128)]
        clip: String,
        /// The step that follows.
        #[schema(required = false)]
        then: String,
    },
    /// Collects keys.
    Gather(Gather),
    /// Asks the clock of a place.
    Hours(WorkflowHours),
    /// Chooses by a value.
    Branch {
        /// Which value; `calling` and `called` are there from the start.
        value: String,
        /// The step that follows each text; 1 to 50.
        cases: BTreeMap<String, String>,
        /// The step that follows every other text, and a value that nobody set.
        #[schema(required = false)]
        otherwise: String,
    },
    /// Sets a value.
    Set {
        /// Which: 1 to 48 of `a-z`, `0-9` and `_`.
        value: String,
        /// To this text.
        #[schema(max_length = 256)]
        to: String,
        /// The step that follows.
        #[schema(required = false)]
        then: String,
    },
    /// Looks the caller's number up among the leads, for 2 s at the most.
    Lookup {
        /// The step that follows when a lead has it: `lead`, `first_name`, `last_name` and the
        /// columns of its import become values.
        #[schema(required = false)]
        found: String,
        /// The step that follows when none has, or nobody could say in time.
        #[schema(required = false)]
        unknown: String,
    },
    /// Posts the call and its values to a server at a public address; the texts of the JSON object
    /// that it answers with become values.
    Webhook {
        /// Where it is, by https.
        #[schema(max_length = 2048, example = "https://crm.example.net/ivr")]
        url: String,
        /// How long it may take, in ms.
        #[schema(required = false, minimum = 100, maximum = 10_000)]
        wait_ms: u32,
        /// The step that follows an answer of 2xx.
        #[schema(required = false)]
        then: String,
        /// The step that follows everything else.
        #[schema(required = false)]
        failed: String,
    },
    /// Puts the caller's number on the organisation's do-not-call list, at once.
    DoNotCall {
        /// The step that follows once nobody may dial it.
        #[schema(required = false)]
        then: String,
        /// The step that follows when the caller's number is withheld, or is none.
        #[schema(required = false)]
        unknown: String,
    },
    /// The caller waits in a queue, under its settings.
    Queue {
        /// The queue.
        queue: Uuid,
    },
    /// The caller is put to an agent.
    Agent {
        /// The agent.
        agent: Uuid,
    },
    /// Captures the caller's voice: a message is taken.
    Voicemail {
        /// Whose message it is.
        mailbox: Mailbox,
    },
    /// The caller is put through to a number outside.
    Transfer {
        /// The number, in E.164.
        #[schema(example = "+15550100123")]
        number: String,
    },
    /// The call ends.
    HangUp,
}

/// One thing that happened to a made-up caller.
#[derive(Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Rung {
    /// When, in ms from the beginning.
    at_ms: u64,
    /// At which step.
    step: String,
    #[serde(flatten)]
    told: Told,
}

/// What can happen to a made-up caller.
#[derive(Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "what", rename_all = "snake_case")]
pub(crate) enum Told {
    /// The call came to the step.
    Entered,
    /// A clip was played.
    Played {
        /// The clip.
        clip: String,
    },
    /// A key was pressed.
    Pressed {
        /// The key.
        key: char,
    },
    /// Nothing came until the time was over.
    Silent,
    /// The leads were searched.
    LookedUp {
        /// Somebody was found.
        found: bool,
    },
    /// A server was asked.
    Asked {
        /// It answered.
        answered: bool,
    },
    /// The caller's number would stand on the do-not-call list.
    Forbidden {
        /// The number, in E.164.
        number: String,
    },
    /// The call left the workflow.
    Left {
        /// Where to.
        exit: WorkflowExit,
    },
}

/// How a call leaves a workflow.
#[derive(Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "to", rename_all = "snake_case")]
pub(crate) enum WorkflowExit {
    /// It waits in a queue.
    Queue {
        /// The queue.
        queue: Uuid,
    },
    /// It waits for an agent.
    Agent {
        /// The agent.
        agent: Uuid,
    },
    /// A message is taken.
    Voicemail {
        /// Whose.
        mailbox: Mailbox,
    },
    /// It is put through to a number outside.
    Number {
        /// The number, in E.164.
        number: String,
    },
    /// It ends.
    HangUp,
}

shown! {
    ShownWorkflow: Workflow,
}
