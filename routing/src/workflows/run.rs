//! One call's way through a workflow, as a pure machine.
//!
//! ```text
//!  New ─begin─▶ Playing ──played, 3 min──────────────▶ the next step
//!               Gathering ─choice, kept─▶ …  ─silence─▶ asked again, and after the last try on
//!               Asking ──answer──▶ …         ─too late─▶ as if it had failed
//!               Left: queue, agent, voicemail, number, hang-up
//! ```
//! Steps that need nobody are taken at once. A ticket tells the end of a clip and an answer from
//! those of an earlier step, which come too late and mean nothing. A caller who goes round by their
//! own keys is let go after 500 steps. Keys are kept in values and written nowhere (FAULTS S18).

use super::check::{TEXT_MAX, is_key, is_value_name};
use super::{Gather, Step, Workflow};
use crate::ids::{AgentId, QueueId};
use crate::mailbox::Mailbox;
use crate::number::Number;
use crate::opening;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What is known of a call, by name.
pub type Values = BTreeMap<String, String>;

/// A call in a workflow.
#[derive(Debug)]
pub struct Run {
    workflow: Arc<Workflow>,
    step: String,
    values: Values,
    taken: u32,
    begun: Option<Instant>,
    ticket: u64,
    phase: Phase,
}

/// What a call in a workflow waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Phase {
    /// Its beginning.
    New,
    /// The end of a clip.
    Playing { until: Instant },
    /// Keys.
    Gathering { keys: String, tries: u8, until: Instant },
    /// An answer.
    Asking { until: Instant },
    /// Nothing more.
    Left,
}

/// A moment, and what clocks show then.
#[derive(Clone, Copy)]
pub struct Moment<'a> {
    /// Monotonic; every limit runs on it.
    pub at: Instant,
    /// What a clock shows in an IANA zone; none where there is no such zone.
    pub local: &'a dyn Fn(&str) -> Option<DateTime>,
}

/// What happens to a call in a workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// It begins.
    Begin,
    /// The caller pressed a key.
    Key(char),
    /// The clip of this ticket was played to its end, or is not there.
    Played(u64),
    /// The question of this ticket was answered.
    Answered(u64, Answer),
    /// [`Run::deadline`] has passed.
    Tick,
}

/// What is to be done for a call in a workflow, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Write down that it came to this step.
    Enter(String),
    /// Play a clip, by name; [`Input::Played`] brings the ticket back.
    Play {
        /// The clip.
        clip: String,
        /// Of this play.
        ticket: u64,
    },
    /// Play silence, and no clip any more.
    Quiet,
    /// Ask; [`Input::Answered`] brings the ticket back.
    Ask {
        /// Of this question.
        ticket: u64,
        /// What.
        question: Question,
    },
    /// Nobody may dial the caller any more.
    Forbid {
        /// The caller's number.
        number: Number,
    },
    /// The workflow is done with the call.
    Leave(Exit),
}

/// What the edge is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Which lead has this number.
    Lead {
        /// The caller's.
        number: String,
    },
    /// What a server says.
    Webhook {
        /// Where it is.
        url: String,
        /// How long it may take.
        within: Duration,
        /// The step that asks.
        step: String,
        /// What is known of the call.
        values: Values,
    },
}

/// What came of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A lead was found, or the server answered: these values are set.
    Found(Values),
    /// No lead, no server, or too late.
    Nothing,
}

/// How a call leaves a workflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "snake_case")]
pub enum Exit {
    /// It waits in a queue.
    Queue {
        /// The queue.
        queue: QueueId,
    },
    /// It waits for an agent.
    Agent {
        /// The agent.
        agent: AgentId,
    },
    /// A message is taken.
    Voicemail {
        /// Whose.
        mailbox: Mailbox,
    },
    /// It is put through to a number outside.
    Number {
        /// The number.
        number: Number,
    },
    /// It ends.
    HangUp,
}

impl Run {
    /// A call that begins a workflow; `calling` and `called` are its first values.
    #[must_use]
    pub fn new(workflow: Arc<Workflow>, calling: &str, called: &str) -> Self {
        let first = [("calling", calling), ("called", called)];
        let values = first.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
        let step = workflow.start.clone();
        Self { workflow, step, values, taken: 0, begun: None, ticket: 0, phase: Phase::New }
    }

    /// Advances the call; everything to be done about it lands in `out`.
    pub fn handle(&mut self, moment: Moment<'_>, input: Input, out: &mut Vec<Act>) {
        let next = match (&mut self.phase, input) {
            (Phase::New, Input::Begin) => Some(self.workflow.start.clone()),
            (Phase::Playing { until }, Input::Tick) if moment.at >= *until => self.after_play(),
            (Phase::Playing { .. }, Input::Played(ticket)) if ticket == self.ticket => {
                self.after_play()
            }
            (Phase::Gathering { .. }, Input::Key(key)) => self.key(moment.at, key, out),
            (Phase::Gathering { until, keys, .. }, Input::Played(ticket))
                if ticket == self.ticket && keys.is_empty() =>
            {
                *until = moment.at + patience(&self.workflow, &self.step);
                out.push(Act::Quiet);
                None
            }
            (Phase::Gathering { until, .. }, Input::Tick) if moment.at >= *until => {
                self.judge(moment.at, out)
            }
            (Phase::Asking { .. }, Input::Answered(ticket, answer)) if ticket == self.ticket => {
                self.answered(answer)
            }
            (Phase::Asking { until }, Input::Tick) if moment.at >= *until => {
                self.answered(Answer::Nothing)
            }
            _ => None,
        };
        if let Some(next) = next {
            self.go(moment, next, out);
        }
    }

    /// When [`Input::Tick`] is next due; none before it begins and after it was left.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        match self.phase {
            Phase::Playing { until } | Phase::Gathering { until, .. } | Phase::Asking { until } => {
                Some(until)
            }
            Phase::New | Phase::Left => None,
        }
    }

    /// The step it is at.
    #[must_use]
    pub fn step(&self) -> &str {
        &self.step
    }

    /// The ticket of what it waits for.
    #[must_use]
    pub fn ticket(&self) -> u64 {
        self.ticket
    }

    /// Takes steps until one needs time, or the call leaves.
    fn go(&mut self, moment: Moment<'_>, mut name: String, out: &mut Vec<Act>) {
        let workflow = Arc::clone(&self.workflow);
        let begun = *self.begun.get_or_insert(moment.at);
        let late = moment.at.saturating_duration_since(begun) >= LED_MAX;
        loop {
            self.taken += 1;
            let step = workflow.steps.get(&name).filter(|_| !late && self.taken <= TAKEN_MAX);
            let Some(step) = step else { return self.leave(Exit::HangUp, out) };
            out.push(Act::Enter(name.clone()));
            self.step = name;
            match self.take(moment, step, out) {
                Some(next) => name = next,
                None => return,
            }
        }
    }

    /// Takes one step; the next, where it needs no time.
    fn take(&mut self, moment: Moment<'_>, step: &Step, out: &mut Vec<Act>) -> Option<String> {
        match step {
            Step::Play { clip, .. } => {
                self.play(clip, out);
                self.phase = Phase::Playing { until: moment.at + CLIP_MAX };
            }
            Step::Gather(gather) => self.ask_for_keys(moment.at, gather, gather.tries, out),
            Step::Hours { time_zone, hours, closed_on, open, closed } => {
                // A zone that nobody knows is open, as for a queue.
                let local = (moment.local)(time_zone);
                let there = local.is_none_or(|local| opening::is_open(hours, closed_on, local));
                return Some(if there { open.clone() } else { closed.clone() });
            }
            Step::Branch { value, cases, otherwise } => {
                let chosen = self.values.get(value).and_then(|text| cases.get(text));
                return Some(chosen.unwrap_or(otherwise).clone());
            }
            Step::Set { value, to, then } => {
                self.values.insert(value.clone(), to.clone());
                return Some(then.clone());
            }
            Step::Lookup { .. } => {
                let number = self.values.get("calling").cloned().unwrap_or_default();
                self.ask(moment.at, LOOKUP_MAX, Question::Lead { number }, out);
            }
            Step::Webhook { url, wait_ms, .. } => {
                let within = Duration::from_millis((*wait_ms).into());
                let (step, values) = (self.step.clone(), self.values.clone());
                let question = Question::Webhook { url: url.clone(), within, step, values };
                self.ask(moment.at, within, question, out);
            }
            Step::DoNotCall { then, unknown } => {
                // Who is told that they are on the list has to be on it.
                let caller = self.values.get("calling").and_then(|text| text.parse().ok());
                let Some(number) = caller else { return Some(unknown.clone()) };
                out.push(Act::Forbid { number });
                return Some(then.clone());
            }
            Step::Queue { queue } => self.leave(Exit::Queue { queue: *queue }, out),
            Step::Agent { agent } => self.leave(Exit::Agent { agent: *agent }, out),
            Step::Voicemail { mailbox } => self.leave(Exit::Voicemail { mailbox: *mailbox }, out),
            Step::Transfer { number } => self.leave(Exit::Number { number: *number }, out),
            Step::HangUp => self.leave(Exit::HangUp, out),
        }
        None
    }

    fn leave(&mut self, exit: Exit, out: &mut Vec<Act>) {
        self.phase = Phase::Left;
        out.push(Act::Leave(exit));
    }

    fn play(&mut self, clip: &str, out: &mut Vec<Act>) {
        self.ticket += 1;
        out.push(Act::Play { clip: clip.to_owned(), ticket: self.ticket });
    }

    fn after_play(&self) -> Option<String> {
        match self.workflow.steps.get(&self.step) {
            Some(Step::Play { then, .. }) => Some(then.clone()),
            _ => None,
        }
    }

    fn ask(&mut self, now: Instant, within: Duration, question: Question, out: &mut Vec<Act>) {
        self.ticket += 1;
        self.phase = Phase::Asking { until: now + within };
        out.extend([Act::Quiet, Act::Ask { ticket: self.ticket, question }]);
    }

    /// What followed the question; values of the answer that could not be written are left out.
    fn answered(&mut self, answer: Answer) -> Option<String> {
        let (found, nothing) = match self.workflow.steps.get(&self.step)? {
            Step::Lookup { found, unknown } => (found, unknown),
            Step::Webhook { then, failed, .. } => (then, failed),
            _ => return None,
        };
        let Answer::Found(values) = answer else { return Some(nothing.clone()) };
        let sound = values.into_iter().filter(|(name, text)| {
            is_value_name(name) && !FIRST.contains(&name.as_str()) && fits(text)
        });
        for (name, text) in sound {
            if self.values.len() < VALUES_MAX || self.values.contains_key(&name) {
                self.values.insert(name, text);
            }
        }
        Some(found.clone())
    }

    fn ask_for_keys(&mut self, now: Instant, gather: &Gather, tries: u8, out: &mut Vec<Act>) {
        let until = if let Some(clip) = &gather.clip {
            self.play(clip, out);
            now + CLIP_MAX
        } else {
            out.push(Act::Quiet);
            now + Duration::from_millis(gather.wait_ms.into())
        };
        self.phase = Phase::Gathering { keys: String::new(), tries, until };
    }

    /// A key; the next step, where it was the last one needed.
    fn key(&mut self, now: Instant, key: char, out: &mut Vec<Act>) -> Option<String> {
        let workflow = Arc::clone(&self.workflow);
        let Some(Step::Gather(gather)) = workflow.steps.get(&self.step) else { return None };
        let Phase::Gathering { keys, until, .. } = &mut self.phase else { return None };
        if key == '#' {
            return self.judge(now, out);
        }
        if !is_key(key) {
            return None;
        }
        if keys.is_empty() {
            out.push(Act::Quiet);
        }
        keys.push(key);
        *until = now + Duration::from_millis(gather.wait_ms.into());
        if gather.is_whole(keys) { self.judge(now, out) } else { None }
    }

    /// The keys are whole, or the time for them is over.
    fn judge(&mut self, now: Instant, out: &mut Vec<Act>) -> Option<String> {
        let workflow = Arc::clone(&self.workflow);
        let Some(Step::Gather(gather)) = workflow.steps.get(&self.step) else { return None };
        let Phase::Gathering { keys, tries, .. } = &mut self.phase else { return None };
        if let Some(chosen) = gather.choices.get(keys.as_str()) {
            return Some(chosen.clone());
        }
        if let Some(into) = gather.into.as_ref()
            && keys.len() >= usize::from(gather.digits_min)
        {
            self.values.insert(into.clone(), std::mem::take(keys));
            return Some(gather.then.clone());
        }
        match tries.saturating_sub(1) {
            0 => Some(gather.otherwise.clone()),
            left => {
                self.ask_for_keys(now, gather, left, out);
                None
            }
        }
    }
}

/// How long a key may take at a step.
fn patience(workflow: &Workflow, step: &str) -> Duration {
    match workflow.steps.get(step) {
        Some(Step::Gather(gather)) => Duration::from_millis(gather.wait_ms.into()),
        _ => Duration::ZERO,
    }
}

fn fits(text: &str) -> bool {
    text.chars().count() <= TEXT_MAX && !text.chars().any(char::is_control)
}

/// No answer changes who calls whom.
pub(super) const FIRST: [&str; 2] = ["calling", "called"];

/// How long one call is led: who is led longer holds a line and asks for nobody.
const LED_MAX: Duration = Duration::from_hours(1);

/// Steps that one call takes.
const TAKEN_MAX: u32 = 500;

/// Values that one call has.
const VALUES_MAX: usize = 100;

/// How long a clip may be.
const CLIP_MAX: Duration = Duration::from_mins(3);

/// How long the leads may take to be searched.
pub const LOOKUP_MAX: Duration = Duration::from_secs(2);
