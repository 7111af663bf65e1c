//! Agents leave while calls ring: which of the calls are too many for those who stay (FAULTS F20).
//!
//! What rings now was placed for a larger team. From the moment that somebody leaves, and for
//! [`LASTS`], each look asks of the newest call what it risks beside all the others. While that is
//! far above what is allowed, it is one too many; the next newest is asked without it. One agent's
//! break on a large floor changes little, and gives nobody up; whoever empties a floor empties its
//! lines.
//!
//! Whether a call that rings may be given up at all, and after how long, is the law's word
//! (RULES US-3, DE): [`Policy::cut_after`](super::Policy).

use std::time::{Duration, Instant};

use super::flight::Call;
use super::forecast::{self, Forecast};
use super::ring::Age;
use super::{Allowance, Pacer, Situation};
use crate::ids::AttemptId;

impl Pacer {
    /// Whether somebody left a moment ago.
    #[must_use]
    pub fn walked_out(&self, now: Instant) -> bool {
        self.left.is_some_and(|left| now.saturating_duration_since(left) < LASTS)
    }

    /// The calls that ring and that the law lets go, newest first.
    #[must_use]
    pub fn surplus(&self, now: Instant) -> Vec<AttemptId> {
        let Some(least) = self.cut_after else { return vec![] };
        let rang = |since: Option<Instant>| {
            least.is_zero() || since.is_some_and(|at| now.saturating_duration_since(at) >= least)
        };
        let mut ringing: Vec<_> = self
            .calls
            .live
            .iter()
            .filter_map(|(id, call)| match call {
                Call::Ringing { placed, rings } if rang(*rings) => Some((*placed, *id)),
                _ => None,
            })
            .collect();
        ringing.sort_unstable_by(|one, other| other.cmp(one));
        ringing.into_iter().map(|(_, id)| id).collect()
    }

    /// How many of the calls that ring are too many, while somebody has just left.
    pub(super) fn too_many(
        &self,
        now: Instant,
        situation: &Situation,
        allowance: Allowance,
    ) -> usize {
        if !self.walked_out(now) {
            return 0;
        }
        let coming_back = self.agents.coming_back(now);
        let (mut ages, undecided) = self.answer_rows(now);
        let most = FAR * allowance.risk + CERTAINLY;
        let mut over = 0;
        while let Some(youngest) = ages.keys().next().copied() {
            let mut others = ages.clone();
            take_one(&mut others, youngest);
            let facts = self.facts(situation, &coming_back, &others, &undecided);
            let nobody_free = Forecast::normal(&facts).nobody_free();
            if forecast::risk(&nobody_free, self.ring.row(youngest)) <= most {
                break;
            }
            over += 1;
            ages = others;
        }
        over
    }
}

fn take_one(ages: &mut std::collections::BTreeMap<Age, u32>, age: Age) {
    match ages.get_mut(&age) {
        Some(count) if *count > 1 => *count -= 1,
        _ => drop(ages.remove(&age)),
    }
}

/// For how long after somebody left the calls in the air are looked at: as long as they ring.
const LASTS: Duration = Duration::from_secs(30);

/// A risk so many times its price is far above it, and one below this is worth nobody's ringing in
/// vain.
const FAR: f64 = 4.0;
const CERTAINLY: f64 = 0.05;
