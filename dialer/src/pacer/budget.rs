//! The budget of abandoned calls: what risk the next call may run, learnt from what the calls
//! before it cost, and a guard that no forecast can talk round.
//!
//! The forecast says with which chance a call placed now, if answered, finds nobody. The true
//! share of abandoned calls is several times that, because calls placed later compete for the
//! same agents; by how much, only experience tells. So the threshold is a price that moves: each
//! person connected raises its logarithm by κ·b, each one abandoned lowers it by κ·(1 − b), and
//! both balance exactly when the share abandoned is b. The guard looks at the counters alone:
//!
//! ```text
//!  overdraft = abandoned + 1 − cap·(people + 1) − credit
//!  ≤ 0 free    > 0 threshold × 0.3^(1 + overdraft), price frozen    > 2 one to one
//! ```

/// The price of a risk.
#[derive(Clone, Debug)]
pub(super) struct Budget {
    cap: f64,
    credit_most: f64,
    log_price: f64,
    guarded: bool,
}

/// What the campaign's counters say over the window that is closest to its cap.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Standing {
    /// People who answered and met no agent in time.
    pub abandoned: u32,
    /// People who answered, whatever came of it.
    pub people: u32,
    /// People still expected to answer before the window ends; 0 for a campaign that may be
    /// stopped at any moment and must then be under its cap.
    pub people_to_come: f64,
}

/// What a call may risk now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Allowance {
    /// Greatest chance, if answered, to find nobody.
    pub(super) risk: f64,
    /// Whether only agents who are free and have no call on the way may be dialled for.
    pub(super) one_to_one: bool,
}

impl Budget {
    /// `cap` is the greatest share of people who may be abandoned, 0..1; `credit_most` how many
    /// abandoned calls the window may be overdrawn while it has answers to come.
    pub(super) fn new(cap: f64, credit_most: f64) -> Self {
        Self { cap, credit_most, log_price: (START * cap).max(PRICE_LEAST).ln(), guarded: false }
    }

    /// A person met an agent.
    pub(super) fn connected(&mut self) {
        // While the guard is on, the price buys nothing: raising it then would only store up a
        // burst for when the guard lets go.
        if !self.guarded {
            self.log_price += STEP * self.aim();
        }
    }

    /// A person met nobody.
    pub(super) fn abandoned(&mut self) {
        self.log_price -= STEP * (1.0 - self.aim());
    }

    /// What the next call may risk.
    pub(super) fn allow(&mut self, standing: Standing) -> Allowance {
        let price = self.log_price.exp().clamp(PRICE_LEAST, PRICE_MOST);
        self.log_price = price.ln();
        let to_come = standing.people_to_come;
        let credit = (CREDIT_SHARE * self.cap * to_come).min(self.credit_most);
        let allowed = self.cap * (f64::from(standing.people) + 1.0) + credit;
        let overdraft = f64::from(standing.abandoned) + 1.0 - allowed;
        self.guarded = overdraft > 0.0;
        let risk = if self.guarded { price * GUARD.powf(1.0 + overdraft) } else { price };
        let patience = (0.01 * to_come).min(OVERDRAFT_MOST);
        Allowance { risk, one_to_one: self.guarded && overdraft > patience }
    }

    fn aim(&self) -> f64 {
        MARGIN * self.cap
    }
}

/// The first price, as a share of the cap: low, for the price rises faster than it falls.
const START: f64 = 0.7;
/// The share of the cap that is aimed at.
const MARGIN: f64 = 0.97;
/// How far one call moves the logarithm of the price.
const STEP: f64 = 0.15;
const PRICE_LEAST: f64 = 1e-4;
const PRICE_MOST: f64 = 0.6;
/// The share of what answers to come will repay that may be spent before they come.
const CREDIT_SHARE: f64 = 0.3;
/// What the guard makes of a price, once and once more for each call overdrawn.
const GUARD: f64 = 0.3;
/// An overdraft beyond which only one-to-one is left.
const OVERDRAFT_MOST: f64 = 2.0;

#[cfg(test)]
mod tests {
    use super::*;

    const PLENTY: Standing = Standing { abandoned: 0, people: 1_000, people_to_come: 1_000.0 };

    /// At the aim itself, 2.91 abandoned in 100, the price stays where it is.
    #[test]
    fn the_price_rests_when_the_share_abandoned_is_the_aim() {
        let mut budget = Budget::new(0.03, 5.0);
        let before = budget.allow(PLENTY).risk;
        (0..9_709).for_each(|_| budget.connected());
        (0..291).for_each(|_| budget.abandoned());
        let after = budget.log_price.exp();
        assert!((after / before - 1.0).abs() < 1e-6, "{before} to {after}");
    }

    #[test]
    fn abandoned_calls_make_risk_dear_and_connected_ones_cheap() {
        let mut budget = Budget::new(0.03, 5.0);
        let first = budget.allow(PLENTY).risk;
        (0..5).for_each(|_| budget.abandoned());
        let dear = budget.allow(PLENTY).risk;
        assert!(dear < first / 2.0);
        (0..400).for_each(|_| budget.connected());
        assert!(budget.allow(PLENTY).risk > dear * 4.0);
    }

    /// 16 CFR 310.4(b)(4)(i): three in a hundred. With no credit, the call that would be the
    /// fourth abandoned of 101 is not risked; with answers to come that repay it, it is dear.
    #[test]
    fn the_guard_looks_at_the_counters_alone() {
        let mut budget = Budget::new(0.03, 5.0);
        let at = |abandoned, people_to_come| Standing { abandoned, people: 100, people_to_come };
        assert!(!budget.allow(at(2, 0.0)).one_to_one);
        assert!(budget.allow(at(3, 0.0)).one_to_one);
        let credit = budget.allow(at(3, 1_000.0));
        assert!(!credit.one_to_one && !budget.guarded);
        let overdrawn = budget.allow(at(9, 1_000.0));
        assert!(overdrawn.risk < credit.risk * 0.3 && budget.guarded);
        assert!(budget.allow(at(12, 1_000.0)).one_to_one);
    }

    /// Anti-windup: what is connected under guard earns no price.
    #[test]
    fn under_guard_the_price_is_frozen() {
        let mut budget = Budget::new(0.03, 5.0);
        budget.allow(Standing { abandoned: 9, people: 100, people_to_come: 0.0 });
        let frozen = budget.log_price;
        (0..100).for_each(|_| budget.connected());
        assert!((budget.log_price - frozen).abs() < 1e-12);
    }
}
