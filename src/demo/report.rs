//! The headless report: one JSON object, every number of it measured.

use std::time::Duration;

use serde::Serialize;

use super::carrier::{CallRecord, Direction};
use super::witness::{Verdict, Witness};
use crate::switch::LeftOver;

/// What a headless run came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// INVITEs to leads, by the switch's count.
    pub attempts: u64,
    /// Those that were answered, by the switch's count.
    pub answered: u64,
    /// Those that reached an agent, by the switch's count.
    pub connected: u64,
    /// Those that a person answered and no agent took in time, by the switch's count.
    pub abandoned: u64,
    /// Calls of which both ends heard each other and nobody else, by the parties' ears.
    pub audio_verified: u64,
    /// Broken invariants of the switch.
    pub invariant_failures: u64,
    /// From the carrier's 200 OK to the arrival, at the customer's socket, of the first packet
    /// that carries the agent's signature; ringback, music and notices do not count.
    pub answer_to_agent_ms: Option<Percentiles>,
    /// What the switch still holds after the end.
    pub left_over: LeftOver,
}

/// Two percentiles by nearest rank, to the tenth of a millisecond.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Percentiles {
    /// Half are at or below this.
    pub p50: f64,
    /// Ninety-nine in a hundred are.
    pub p99: f64,
}

impl Percentiles {
    /// Of any number of samples; `None` of none.
    #[must_use]
    pub fn of(samples: &[Duration]) -> Option<Self> {
        let mut sorted = samples.to_vec();
        sorted.sort_unstable();
        let rank = |percent: usize| {
            let rank = (sorted.len() * percent).div_ceil(100).max(1);
            sorted.get(rank - 1).map(|sample| (sample.as_secs_f64() * 10_000.0).round() / 10.0)
        };
        Some(Self { p50: rank(50)?, p99: rank(99)? })
    }
}

/// Judges ended calls and keeps what the report needs of them.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Calls from the switch of which both ends heard each other and nobody else.
    pub verified: u64,
    /// Verdicts on calls in which a customer heard an agent and something was wrong.
    pub faults: Vec<(String, Verdict)>,
    /// Answered, and hung up by either side, without a word of an agent; and how long something
    /// else was heard: the notice, for an abandoned call.
    pub without_agent: Vec<Duration>,
    /// One sample a call from the switch that reached an agent.
    pub answer_to_agent: Vec<Duration>,
}

/// Faults and samples kept; a run of days keeps the first and forgets the rest.
const KEPT: usize = 100_000;

impl Tally {
    /// Judges one ended call.
    pub fn take(&mut self, call: &CallRecord, witness: &Witness) {
        if !call.is_answered() || call.direction == Direction::ToSwitch {
            return;
        }
        match witness.judge(call) {
            Verdict::Verified { .. } => self.verified += 1,
            Verdict::NoAgent => keep(&mut self.without_agent, call.sound()),
            fault => {
                tracing::warn!(
                    called = call.called,
                    ?fault,
                    "a call's audio is not as it should be"
                );
                keep(&mut self.faults, (call.called.clone(), fault));
            }
        }
        if let Some(delay) = call.answer_to_agent() {
            keep(&mut self.answer_to_agent, delay);
        }
    }
}

fn keep<T>(list: &mut Vec<T>, item: T) {
    if list.len() < KEPT {
        list.push(item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let ms = |count: u64| (1..=count).map(Duration::from_millis).collect::<Vec<_>>();
        assert_eq!(Percentiles::of(&[]), None);
        assert_eq!(Percentiles::of(&ms(1)), Some(Percentiles { p50: 1.0, p99: 1.0 }));
        assert_eq!(Percentiles::of(&ms(100)), Some(Percentiles { p50: 50.0, p99: 99.0 }));
        assert_eq!(Percentiles::of(&ms(500)), Some(Percentiles { p50: 250.0, p99: 495.0 }));
        let tenth = Duration::from_micros(12_345);
        assert_eq!(Percentiles::of(&[tenth]), Some(Percentiles { p50: 12.3, p99: 12.3 }));
    }

    #[test]
    fn the_report_is_one_object_with_the_promised_keys() {
        let report = Report {
            attempts: 100,
            answered: 70,
            connected: 69,
            abandoned: 1,
            audio_verified: 69,
            invariant_failures: 0,
            answer_to_agent_ms: Some(Percentiles { p50: 11.0, p99: 19.5 }),
            left_over: LeftOver::default(),
        };
        let expected = serde_json::json!({
            "attempts": 100, "answered": 70, "connected": 69, "abandoned": 1,
            "audio_verified": 69, "invariant_failures": 0,
            "answer_to_agent_ms": { "p50": 11.0, "p99": 19.5 },
            "left_over": { "calls": 0, "legs": 0, "ports": 0, "transactions": 0 },
        });
        assert_eq!(serde_json::to_value(&report).unwrap(), expected);
    }
}
