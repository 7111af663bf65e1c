//! The witness: proves from both ends that a customer and an agent heard each other, and nobody
//! else.
//!
//! A call is verified when the customer heard exactly one agent's signature, that agent heard the
//! customer's in the same span of time, and neither heard a trace of any other party while
//! they spoke.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::carrier::CallRecord;
use super::ear::Heard;
use super::party::Party;
use super::signature::{Chord, Role};

/// Knows every simulated agent's audio.
#[derive(Clone, Debug, Default)]
pub struct Witness {
    agents: Arc<Mutex<BTreeMap<Chord, Arc<Party>>>>,
}

/// What both ends of one call heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Each heard the other and nobody else.
    Verified {
        /// The agent.
        agent: Chord,
    },
    /// The customer heard no agent.
    NoAgent,
    /// The customer heard more than one party, or half of one.
    CustomerHeardOthers,
    /// The customer heard an agent that is not simulated here, or is gone.
    UnknownAgent {
        /// What was heard.
        agent: Chord,
    },
    /// One of the two did not hear the other for most of the time.
    OneWay {
        /// The agent.
        agent: Chord,
    },
    /// The agent heard more than this customer.
    AgentHeardOthers {
        /// The agent.
        agent: Chord,
    },
}

impl Witness {
    /// Adds an agent's line, or replaces it: one line each.
    pub fn enrol(&self, chord: Chord, party: Arc<Party>) {
        self.agents().insert(chord, party);
    }

    /// Removes an agent's line.
    pub fn dismiss(&self, chord: Chord) {
        self.agents().remove(&chord);
    }

    /// Judges an ended call.
    #[must_use]
    pub fn judge(&self, call: &CallRecord) -> Verdict {
        let speaks = |heard: &Heard| heard.clear.and(Role::Agent.lines()).len() >= 3;
        let Some(first) = call.heard.iter().position(speaks) else { return Verdict::NoAgent };
        let last = call.heard.iter().rposition(speaks).unwrap_or(first);
        let talk = &call.heard[first..=last];
        let (Some(agent), Some(customer)) = (talk[0].party(Role::Agent), call.chord) else {
            return Verdict::CustomerHeardOthers;
        };
        if !is_pure(talk, agent) {
            return Verdict::CustomerHeardOthers;
        }
        let Some(party) = self.agents().get(&agent).cloned() else {
            return Verdict::UnknownAgent { agent };
        };
        let (from, until) = (talk[0].from, talk[talk.len() - 1].until);
        let mut heard = party.heard();
        heard.retain(|heard| heard.from >= from && heard.until <= until);
        if !is_pure(&heard, customer) {
            Verdict::AgentHeardOthers { agent }
        } else if is_steady(talk, agent) && is_steady(&heard, customer) {
            Verdict::Verified { agent }
        } else {
            Verdict::OneWay { agent }
        }
    }

    /// What an agent's line has heard, in steps of 200 ms; none where no such agent is simulated.
    #[must_use]
    pub fn heard_by(&self, agent: Chord) -> Option<Vec<Heard>> {
        self.agents().get(&agent).map(|party| party.heard())
    }

    fn agents(&self) -> MutexGuard<'_, BTreeMap<Chord, Arc<Party>>> {
        self.agents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether no line of anybody else left a trace.
fn is_pure(heard: &[Heard], chord: Chord) -> bool {
    heard.iter().all(|heard| heard.traces.without(chord.lines()).is_empty())
}

/// Whether a voice was there for most of the time.
fn is_steady(heard: &[Heard], chord: Chord) -> bool {
    let words = heard.iter().filter(|heard| heard.clear.hold(chord)).count();
    words > 0 && words * 2 >= heard.len()
}
