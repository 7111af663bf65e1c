//! Who calls an access number (R126): an agent, known by the telephone or by number and PIN.
//!
//! ```text
//!  begin ─known, and that is proof──────────────────────────────────▶ Over: admitted
//!    │ └──known──▶ Pin ◀──────────#, 5 s──────────┐
//!    │              │ └─*─▶ Number ◀─wrong, tries are left─┐
//!    └─unknown──────┼──────▶ Number               │        │
//!                   │#, 5 s    └──────────────────┘        │
//!                   ▼                                      │
//!       Held ⇄   Proving ─right─▶ Over: admitted           │
//!                   ├─wrong────────────────────────────────┘
//!                   ├─not proven─▶ Parting: "later"
//!                   └─wrong for the third time─▶ Parting ─heard─▶ Over: hung up
//! ```
//! Whether the number or the PIN was wrong is told to nobody: a number that no agent has is asked
//! for its PIN as any other, and is proven as slowly. What is keyed lives here alone, until it is
//! proven, and prints as dots. Who keys nothing, or less than a PIN has digits, has lost a try of
//! the call's and nobody's else; the whole may take 90 seconds. Where the guard says so, a proof is
//! held back first. One that nobody could prove is no try, and the caller hears that it is to be
//! later. Whether an agent who is proven may have a line now is the switch's to say, in words.

mod guard;
mod pin;

use std::fmt;
use std::time::{Duration, Instant};

pub use guard::{Guard, Locked, Source, Try};
pub use pin::Pin;
use serde::{Deserialize, Serialize};

use crate::agents::AgentNumber;
use crate::ids::AgentId;
use crate::prompts::{CALL_IN_AGAIN, CALL_IN_GOODBYE, CALL_IN_LATER, CALL_IN_NUMBER, CALL_IN_PIN};

/// What the number that a caller shows says of who calls; it can be forged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KnownCaller {
    /// Nothing: number and PIN are asked for.
    Ignored,
    /// Which agent it is; the PIN is asked for.
    #[default]
    AsksPin,
    /// Which agent it is, and that it is that agent.
    Trusted,
}

/// How one caller of an access number comes to be an agent, or does not.
#[derive(Debug)]
pub struct CallIn {
    stage: Stage,
    claim: Claim,
    keys: Keys,
    wrong: u8,
    ticket: u64,
    ends: Instant,
}

/// Whom a caller says to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// The agent whose telephone it is.
    Agent(AgentId),
    /// Whoever has this number; none is a number that nobody can have.
    Number(Option<AgentNumber>),
}

/// What happens to a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// A key was pressed.
    Key(char),
    /// The clip of this ticket was heard to its end, or is not there.
    Played(u64),
    /// What was asked by this ticket: the agent, where the PIN is theirs.
    Proved(u64, Option<AgentId>),
    /// What was asked by this ticket could not be proven: it was no try.
    Unproven(u64),
    /// What is to be proven goes out after this long: too many were wrong before.
    Slowed(Duration),
    /// Who is proven may have no line now, and hears this clip before the call ends.
    Refused(&'static str),
    /// [`CallIn::deadline`] has passed.
    Tick,
}

/// What became of a PIN that was to be proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is the agent's.
    Right,
    /// It is not.
    Wrong,
    /// Nobody knows: too many are to be proven, or the store cannot be read.
    NotProven,
}

/// What is to be done about a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Play a clip, once; its end comes back with the ticket.
    Play {
        /// The clip.
        clip: &'static str,
        /// Comes back with its end.
        ticket: u64,
    },
    /// Nothing plays any more.
    Quiet,
    /// Prove that the PIN is that of whom the caller says to be.
    Prove {
        /// Comes back with the answer.
        ticket: u64,
        /// Whom the caller says to be.
        claim: Claim,
        /// What they keyed.
        pin: Pin,
    },
    /// What was to be proven waited for long enough.
    Send,
    /// What was to be proven was not: nobody has lost a try.
    Forgive,
    /// It is this agent.
    Admit(AgentId),
    /// End the call.
    HangUp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Number { until: Instant },
    Pin { until: Instant },
    Held { until: Instant },
    Proving { until: Instant },
    Parting { until: Instant },
    Over,
}

impl CallIn {
    /// A caller; `known` is the one agent whose telephone it is, where that means anything, and
    /// `trusted` says that it is proof.
    pub fn begin(now: Instant, known: Option<AgentId>, trusted: bool, out: &mut Vec<Act>) -> Self {
        let mut call = Self {
            stage: Stage::Over,
            claim: Claim::Number(None),
            keys: Keys::default(),
            wrong: 0,
            ticket: 0,
            ends: now + WHOLE_MAX,
        };
        match known {
            Some(agent) if trusted => out.push(Act::Admit(agent)),
            Some(agent) => {
                call.claim = Claim::Agent(agent);
                call.ask_pin(now, out);
            }
            None => call.ask_number(now, CALL_IN_NUMBER, out),
        }
        call
    }

    /// Deals with one input; everything to be done about it lands in `out`.
    pub fn handle(&mut self, now: Instant, input: Input, out: &mut Vec<Act>) {
        match (self.stage, input) {
            (Stage::Number { .. }, Input::Key('#')) => self.number_keyed(now, out),
            (Stage::Pin { .. }, Input::Key('#')) => self.pin_keyed(now, out),
            (Stage::Number { .. } | Stage::Pin { .. }, Input::Key('*')) => {
                self.ask_number(now, CALL_IN_NUMBER, out);
            }
            (Stage::Number { .. } | Stage::Pin { .. }, Input::Key(key)) => self.key(now, key, out),
            (Stage::Number { .. } | Stage::Pin { .. }, Input::Tick) if now >= self.ends => {
                self.part(now, CALL_IN_GOODBYE, out);
            }
            (Stage::Number { until } | Stage::Pin { until }, Input::Tick) if now >= until => {
                match (self.stage, self.keys.is_empty()) {
                    (_, true) => self.was_wrong(now, out),
                    (Stage::Number { .. }, false) => self.number_keyed(now, out),
                    _ => self.pin_keyed(now, out),
                }
            }
            (Stage::Proving { .. }, Input::Proved(ticket, agent)) if ticket == self.ticket => {
                match agent {
                    Some(agent) => {
                        self.stage = Stage::Over;
                        out.push(Act::Admit(agent));
                    }
                    None => self.was_wrong(now, out),
                }
            }
            (Stage::Proving { .. }, Input::Unproven(ticket)) if ticket == self.ticket => {
                self.unproven(now, out);
            }
            (Stage::Proving { .. }, Input::Slowed(wait)) => {
                self.stage = Stage::Held { until: now + wait.min(HELD_MAX) };
            }
            (Stage::Held { until }, Input::Tick) if now >= until => {
                self.stage = Stage::Proving { until: now + PROVING_MAX };
                out.push(Act::Send);
            }
            // Whoever proves is slower than anybody waits.
            (Stage::Proving { until }, Input::Tick) if now >= until => self.unproven(now, out),
            (Stage::Over, Input::Refused(clip)) => self.part(now, clip, out),
            (Stage::Parting { .. }, Input::Played(ticket)) if ticket == self.ticket => {
                self.leave(out);
            }
            (Stage::Parting { until }, Input::Tick) if now >= until => self.leave(out),
            _ => {}
        }
    }

    /// When [`Input::Tick`] is next due; none once it is over.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        match self.stage {
            Stage::Number { until } | Stage::Pin { until } => Some(until.min(self.ends)),
            Stage::Held { until } | Stage::Proving { until } | Stage::Parting { until } => {
                Some(until)
            }
            Stage::Over => None,
        }
    }

    /// Whether the answer to this ticket is waited for.
    #[must_use]
    pub fn has_asked(&self, ticket: u64) -> bool {
        matches!(self.stage, Stage::Proving { .. }) && ticket == self.ticket
    }

    /// Whether a PIN was keyed that is neither right nor wrong yet.
    #[must_use]
    pub fn is_proving(&self) -> bool {
        matches!(self.stage, Stage::Held { .. } | Stage::Proving { .. })
    }

    /// The ticket of what was last played or asked.
    #[must_use]
    pub fn ticket(&self) -> u64 {
        self.ticket
    }

    fn ask_number(&mut self, now: Instant, clip: &'static str, out: &mut Vec<Act>) {
        self.claim = Claim::Number(None);
        self.stage = Stage::Number { until: self.ask(now, clip, out) };
    }

    fn ask_pin(&mut self, now: Instant, out: &mut Vec<Act>) {
        self.stage = Stage::Pin { until: self.ask(now, CALL_IN_PIN, out) };
    }

    fn ask(&mut self, now: Instant, clip: &'static str, out: &mut Vec<Act>) -> Instant {
        self.keys = Keys::default();
        self.ticket += 1;
        out.push(Act::Play { clip, ticket: self.ticket });
        now + FIRST_KEY
    }

    fn key(&mut self, now: Instant, key: char, out: &mut Vec<Act>) {
        if !key.is_ascii_digit() {
            return;
        }
        if self.keys.is_empty() {
            out.push(Act::Quiet);
        }
        self.keys.push(key);
        let until = now + NEXT_KEY;
        self.stage = match self.stage {
            Stage::Number { .. } => Stage::Number { until },
            _ => Stage::Pin { until },
        };
    }

    fn number_keyed(&mut self, now: Instant, out: &mut Vec<Act>) {
        let number = self.keys.0.parse::<u32>().ok();
        self.claim = Claim::Number(number.and_then(|number| AgentNumber::try_from(number).ok()));
        self.ask_pin(now, out);
    }

    /// What is too short to be a PIN is nobody's, and no try of one.
    fn pin_keyed(&mut self, now: Instant, out: &mut Vec<Act>) {
        if self.keys.0.len() < pin::DIGITS_MIN {
            return self.was_wrong(now, out);
        }
        let pin = Pin::keyed(std::mem::take(&mut self.keys).0);
        self.ticket += 1;
        self.stage = Stage::Proving { until: now + PROVING_MAX };
        out.extend([Act::Quiet, Act::Prove { ticket: self.ticket, claim: self.claim, pin }]);
    }

    fn was_wrong(&mut self, now: Instant, out: &mut Vec<Act>) {
        self.wrong += 1;
        if self.wrong >= TRIES_MAX || now >= self.ends {
            self.part(now, CALL_IN_GOODBYE, out);
        } else {
            self.ask_number(now, CALL_IN_AGAIN, out);
        }
    }

    fn unproven(&mut self, now: Instant, out: &mut Vec<Act>) {
        out.push(Act::Forgive);
        self.part(now, CALL_IN_LATER, out);
    }

    fn part(&mut self, now: Instant, clip: &'static str, out: &mut Vec<Act>) {
        self.ask(now, clip, out);
        self.stage = Stage::Parting { until: now + PARTING_MAX };
    }

    fn leave(&mut self, out: &mut Vec<Act>) {
        self.stage = Stage::Over;
        out.push(Act::HangUp);
    }
}

/// Digits that were pressed; more than any number or PIN has make it wrong, and are not kept.
#[derive(Default)]
struct Keys(String);

impl Keys {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn push(&mut self, key: char) {
        if self.0.len() <= pin::DIGITS_MAX {
            self.0.push(key);
        }
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(•••)")
    }
}

/// How often a caller may be wrong.
const TRIES_MAX: u8 = 3;

/// From the beginning of a question to its first key; the longest takes six seconds to say.
const FIRST_KEY: Duration = Duration::from_secs(15);

/// From one key to the next; after it what was pressed is all.
const NEXT_KEY: Duration = Duration::from_secs(5);

/// How long a proof may take.
const PROVING_MAX: Duration = Duration::from_secs(8);

/// How long anything to be proven may be held back.
const HELD_MAX: Duration = Duration::from_secs(20);

/// How long the last words may take.
const PARTING_MAX: Duration = Duration::from_secs(15);

/// How long a caller may take who is not proven yet.
const WHOLE_MAX: Duration = Duration::from_secs(90);

#[cfg(test)]
mod tests;
