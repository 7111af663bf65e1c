//! A workflow with a made-up caller: what would happen, step by step, before it goes live.
//!
//! The same machine runs as for a call, in virtual time: a clip is taken to last 3 s and a key
//! half a second. Nobody is called and no server is asked; what they would say is given.

use super::Workflow;
use super::run::{Act, Answer, Exit, Input, Moment, Question, Run, Values};
use crate::number::Number;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A made-up caller, and what would be found of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Given {
    /// Their number.
    pub calling: String,
    /// The number they call.
    pub called: String,
    /// The keys they press, in order; a comma is a silence until the time is over.
    pub keys: String,
    /// What a lookup finds; none is nobody.
    pub lead: Option<Values>,
    /// What servers answer, by the step that asks; one that is left out fails.
    pub webhooks: BTreeMap<String, Values>,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rung {
    /// When, in ms from the beginning.
    pub at_ms: u64,
    /// At which step.
    pub step: String,
    /// What.
    #[serde(flatten)]
    pub told: Told,
}

/// What can happen to a made-up caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Told {
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
        /// The number.
        number: Number,
    },
    /// The call left the workflow.
    Left {
        /// Where to.
        exit: Exit,
    },
}

/// Leads a made-up caller through; `local` says what a zone's clock shows so long after the start.
pub fn simulate(
    workflow: &Workflow,
    given: &Given,
    start: Instant,
    local: impl Fn(&str, Duration) -> Option<DateTime>,
) -> Vec<Rung> {
    let run = Run::new(Arc::new(workflow.clone()), &given.calling, &given.called);
    let mut caller =
        Caller { run, given, at: Duration::ZERO, ladder: vec![], playing: None, asked: None };
    let mut keys = given.keys.chars();
    caller.feed(start, &local, Input::Begin);
    while let Some(deadline) = caller.run.deadline() {
        let input = if let Some(ticket) = caller.playing.take() {
            caller.at += CLIP;
            Input::Played(ticket)
        } else if let Some((ticket, question)) = caller.asked.take() {
            Input::Answered(ticket, caller.answer(&question))
        } else if let Some(key) = keys.next().filter(|key| *key != ',') {
            caller.at += KEY;
            caller.tell(Told::Pressed { key });
            Input::Key(key)
        } else {
            caller.at = deadline.saturating_duration_since(start);
            caller.tell(Told::Silent);
            Input::Tick
        };
        caller.feed(start, &local, input);
    }
    caller.ladder
}

struct Caller<'a> {
    run: Run,
    given: &'a Given,
    at: Duration,
    ladder: Vec<Rung>,
    playing: Option<u64>,
    asked: Option<(u64, Question)>,
}

impl Caller<'_> {
    fn feed(
        &mut self,
        start: Instant,
        local: &impl Fn(&str, Duration) -> Option<DateTime>,
        input: Input,
    ) {
        let (at, mut acts) = (self.at, vec![]);
        let shown = |zone: &str| local(zone, at);
        self.run.handle(Moment { at: start + at, local: &shown }, input, &mut acts);
        let mut step = None;
        for act in acts {
            let told = match act {
                Act::Enter(name) => {
                    step = Some(name);
                    Told::Entered
                }
                Act::Play { clip, ticket } => {
                    self.playing = Some(ticket);
                    Told::Played { clip }
                }
                Act::Quiet => continue,
                Act::Ask { ticket, question } => {
                    self.asked = Some((ticket, question));
                    continue;
                }
                Act::Forbid { number } => Told::Forbidden { number },
                Act::Leave(exit) => Told::Left { exit },
            };
            // Of several steps taken at once, each is told by its own name.
            let step = step.clone().unwrap_or_else(|| self.run.step().to_owned());
            self.ladder.push(Rung { at_ms: millis(at), step, told });
        }
    }

    fn answer(&mut self, question: &Question) -> Answer {
        let found = match question {
            Question::Lead { .. } => self.given.lead.clone(),
            Question::Webhook { step, .. } => self.given.webhooks.get(step).cloned(),
        };
        self.tell(match question {
            Question::Lead { .. } => Told::LookedUp { found: found.is_some() },
            Question::Webhook { .. } => Told::Asked { answered: found.is_some() },
        });
        found.map_or(Answer::Nothing, Answer::Found)
    }

    fn tell(&mut self, told: Told) {
        let step = self.run.step().to_owned();
        self.ladder.push(Rung { at_ms: millis(self.at), step, told });
    }
}

fn millis(at: Duration) -> u64 {
    u64::try_from(at.as_millis()).unwrap_or(u64::MAX)
}

/// How long a clip is taken to last.
const CLIP: Duration = Duration::from_secs(3);

/// How long a caller takes for a key.
const KEY: Duration = Duration::from_millis(500);
