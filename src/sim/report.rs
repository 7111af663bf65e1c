//! What a run came to.

use std::fmt;

use serde::Serialize;

use super::invariant::Broken;
use super::plan::Plan;
use crate::switch::LeftOver;

/// What a run came to; times are virtual but for `wall_seconds`.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The command that repeats it.
    pub command: String,
    /// Permits given.
    pub attempts: u64,
    /// People we dialled who answered, machines among them.
    pub answered: u64,
    /// Of those, connected to an agent.
    pub connected: u64,
    /// Of those, met nobody in time.
    pub abandoned: u64,
    /// Of those, asked by a key not to be called again.
    pub opted_out: u64,
    /// Callers who reached us.
    pub callers: u64,
    /// Dispositions given.
    pub disposed: u64,
    /// Talk, hold and wrap-up in the agents' time that was not a pause.
    pub utilisation: f64,
    /// From a person's 200 OK to the route to the agent, in ms, without the network's share.
    pub answer_to_agent_ms: Spread,
    /// Invariants that did not hold; a run ends at the first.
    pub invariant_failures: u32,
    /// What was broken, in words.
    pub broken: Option<String>,
    /// What the switch still held at the end.
    pub left_over: LeftOver,
    /// Inputs that the switch was given.
    pub steps: u64,
    /// Times the switch was started.
    pub lives: u32,
    /// Hours of virtual time.
    pub hours: f64,
    /// Seconds that it took.
    pub wall_seconds: f64,
    /// Of everything the switch put out, in order.
    pub digest: String,
    /// The last events before a failure, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub story: Vec<String>,
}

/// Two points of a distribution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Spread {
    /// Half are at most this.
    pub p50: f64,
    /// 99 of 100 are at most this.
    pub p99: f64,
}

impl Report {
    /// Whether every invariant held and nothing is left.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.invariant_failures == 0
    }

    /// Notes a broken invariant and the plan that leads to it.
    pub(super) fn note(&mut self, broken: &Broken, plan: &Plan) {
        self.invariant_failures = 1;
        self.broken = Some(broken.to_string());
        self.command = Plan { until: Some(broken.step), ..*plan }.to_string();
    }
}

/// For a person.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Spread { p50, p99 } = self.answer_to_agent_ms;
        writeln!(f, "{}", self.command)?;
        writeln!(
            f,
            "  attempts {}, answered {}, connected {}, abandoned {}, opted out {}, \
             callers {}, disposed {}",
            self.attempts,
            self.answered,
            self.connected,
            self.abandoned,
            self.opted_out,
            self.callers,
            self.disposed
        )?;
        let busy = self.utilisation * 100.0;
        writeln!(f, "  utilisation {busy:.1} %, answer to agent p50 {p50:.1} ms, p99 {p99:.1} ms")?;
        writeln!(
            f,
            "  {} steps, {} hours in {:.2} s, started {} times, digest {}",
            self.steps, self.hours, self.wall_seconds, self.lives, self.digest
        )?;
        for line in &self.story {
            writeln!(f, "  | {line}")?;
        }
        match &self.broken {
            None => write!(f, "  every invariant held, nothing is left over"),
            Some(what) => write!(f, "  BROKEN {what}"),
        }
    }
}
