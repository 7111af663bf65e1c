//! When busy agents will be free: what is left of the talk, then the wrap-up.

use super::grid::{AHEAD_S, Row, STEPS, figure, index};
use super::memory::Learnt;
use super::stage::{self, Stage};

/// What keeps an agent busy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Busy {
    Talk,
    /// Talk with somebody who called in: another length, often.
    Inbound,
    WrapUp,
}

impl Busy {
    pub(super) const ALL: [Self; 3] = [Self::Talk, Self::Inbound, Self::WrapUp];

    pub(super) const fn index(self) -> usize {
        match self {
            Self::Talk => 0,
            Self::Inbound => 1,
            Self::WrapUp => 2,
        }
    }
}

/// What is known of how agents become free.
#[derive(Clone, Debug)]
pub(super) struct Release {
    stages: [Stage; 3],
    /// By what keeps the agent busy and for how long: chance to be free at each moment.
    rows: [Vec<Row>; 3],
}

impl Release {
    pub(super) fn new() -> Self {
        let rows = vec![[0.0; STEPS]; stage::BINS];
        let mut release = Self {
            stages: [150.0, 200.0, 15.0].map(Stage::new),
            rows: [rows.clone(), rows.clone(), rows],
        };
        release.rebuild(&[vec![], vec![], vec![]], 0.0);
        release
    }

    /// A stage ended after this long.
    pub(super) fn ended_after(&mut self, busy: Busy, seconds: f64) {
        self.stages[busy.index()].ended_after(seconds);
    }

    /// Writes down what is known.
    pub(super) fn keep(&self, learnt: &mut Learnt) {
        for (stage, kept) in self.stages.iter().zip(&mut learnt.stages) {
            *kept = stage.kept();
        }
    }

    /// Adds a memory to what is known.
    pub(super) fn recall(&mut self, learnt: &Learnt) {
        for (stage, kept) in self.stages.iter_mut().zip(&learnt.stages) {
            stage.recall(kept);
        }
    }

    /// Chance that an agent who has been busy with this, for that long, is free at each moment.
    pub(super) fn row(&self, busy: Busy, bin: usize) -> &Row {
        &self.rows[busy.index()][bin]
    }

    /// Makes the tables anew. `running` are the lengths so far of stages that run; an agent who is
    /// free `grace_s` after a person answers is free in time.
    pub(super) fn rebuild(&mut self, running: &[Vec<f64>; 3], grace_s: f64) {
        for (stage, running) in self.stages.iter_mut().zip(running) {
            stage.rebuild(running);
        }
        let wrap_up = &self.stages[Busy::WrapUp.index()];
        let latest = index((AHEAD_S[STEPS - 1] + grace_s).ceil(), 60) + 1;
        let wrapped: Vec<f64> =
            (0..=2 * latest).map(|half| wrap_up.ends_within(0.0, figure(half) * 0.5)).collect();
        for busy in Busy::ALL {
            let stage = &self.stages[busy.index()];
            for (bin, row) in self.rows[busy.index()].iter_mut().enumerate() {
                let elapsed_s = stage::middle_s(bin);
                *row = match busy {
                    Busy::WrapUp => {
                        AHEAD_S.map(|ahead_s| stage.ends_within(elapsed_s, ahead_s + grace_s))
                    }
                    Busy::Talk | Busy::Inbound => {
                        let ends = talk_ends(stage, elapsed_s, latest);
                        AHEAD_S.map(|ahead_s| then_wrapped(&ends, &wrapped, ahead_s + grace_s))
                    }
                };
            }
        }
    }
}

/// Chance that a talk which has lasted `elapsed_s` ends in each of the next whole seconds.
fn talk_ends(talk: &Stage, elapsed_s: f64, seconds: usize) -> Vec<f64> {
    let mut ended: f64 = 0.0;
    let in_second = |second| {
        let by_then = talk.ends_within(elapsed_s, figure(second) + 1.0).max(ended);
        by_then - std::mem::replace(&mut ended, by_then)
    };
    (0..seconds).map(in_second).collect()
}

/// Chance that a talk ends, and the wrap-up after it as well, within `by_s`. `ends` is the chance
/// of the talk's end by whole seconds, `wrapped` that of a wrap-up's end by half seconds.
fn then_wrapped(ends: &[f64], wrapped: &[f64], by_s: f64) -> f64 {
    // A talk ends in the middle of its second, on the average.
    let latest = index((by_s - 0.5) * 2.0, wrapped.len() - 1);
    let left = (0..=latest).rev().step_by(2);
    ends.iter().zip(left).map(|(chance, left)| chance * wrapped[left]).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A talk of exactly 60 s and a wrap-up of exactly 10 s: an agent 50 s into the talk is free
    /// in 20 s, not in 12; one in wrap-up for 9 s soon.
    #[test]
    fn an_agent_is_free_when_talk_and_wrap_up_are_over() {
        let mut release = Release::new();
        for _ in 0..3_000 {
            release.ended_after(Busy::Talk, 60.0);
            release.ended_after(Busy::WrapUp, 10.0);
        }
        release.rebuild(&[vec![], vec![], vec![]], 0.0);
        let talking = release.row(Busy::Talk, stage::bin(50.0));
        assert!(talking[10] < 0.1, "at 12 s: {}", talking[10]);
        assert!(talking[18] > 0.8, "at 28 s: {}", talking[18]);
        assert!(release.row(Busy::WrapUp, stage::bin(9.0))[5] > 0.8);
        assert!(release.row(Busy::Talk, stage::bin(5.0))[19] < 0.05);
    }

    /// Two seconds of grace are two seconds more to become free in.
    #[test]
    fn grace_is_time_to_become_free() {
        let (mut without, mut with) = (Release::new(), Release::new());
        without.rebuild(&[vec![], vec![], vec![]], 0.0);
        with.rebuild(&[vec![], vec![], vec![]], 2.0);
        let at = |release: &Release, step: usize| release.row(Busy::WrapUp, 3)[step];
        assert!((at(&with, 0) - at(&without, 2)).abs() < 1e-9);
    }
}
