//! The budget of abandoned calls: what risk the next call may run, learnt from what the calls
//! before it cost, and a guard that no forecast can talk round.
//!
//! The forecast says with which chance a call placed now, if answered, finds nobody. The true
//! share of abandoned calls is several times that, because calls placed later compete for the
//! same agents; by how much, only experience tells. So the threshold is a price that moves: each
//! person connected raises its logarithm by κ·b, each one abandoned lowers it by κ·(1 − b), and
//! both balance exactly when the share abandoned is b. The aim b itself follows the window: what
//! was saved is spent evenly on the people still to come, what was overspent is repaid. The guard
//! looks at the counters alone:
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
    /// The share to be abandoned of those who answer from now on.
    aim: f64,
    guarded: bool,
}

/// What the campaign's counters say over the window that is closest to its cap.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Standing {
    /// People who answered and met no agent in time.
    pub abandoned: f64,
    /// People who answered, whatever came of it.
    pub people: f64,
    /// Of the abandoned, those that no pacing can spare: people taken for machines.
    pub charged: f64,
    /// People still expected to answer before the window ends; 0 for a campaign that may be
    /// stopped at any moment and must then be under its cap.
    pub people_to_come: f64,
    /// How many of them answer in a second.
    pub people_per_s: f64,
}

/// What a call may risk now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Allowance {
    /// Greatest chance, if answered, to find nobody.
    pub(super) risk: f64,
    /// Whether only agents who are free and have no call on the way may be dialled for.
    pub(super) one_to_one: bool,
    /// How many people more may be abandoned before the window ends a call over its cap; without
    /// bound for a window that may end at any moment, which the guard keeps alone.
    pub(super) headroom: f64,
}

impl Budget {
    /// `cap` is the greatest share of people who may be abandoned, 0..1; `credit_most` how many
    /// abandoned calls the window may be overdrawn while it has answers to come.
    pub(super) fn new(cap: f64, credit_most: f64) -> Self {
        let log_price = (START * cap).max(PRICE_LEAST).ln();
        Self { cap, credit_most, log_price, aim: MARGIN * cap, guarded: false }
    }

    /// Takes another cap and credit; the price that was learnt stays.
    pub(super) fn set(&mut self, cap: f64, credit_most: f64) {
        (self.cap, self.credit_most) = (cap, credit_most);
    }

    /// The greatest share of people who may be abandoned.
    pub(super) const fn cap(&self) -> f64 {
        self.cap
    }

    /// A person met an agent.
    pub(super) fn connected(&mut self) {
        // While the guard is on, the price buys nothing: raising it then would only store up a
        // burst for when the guard lets go.
        if !self.guarded {
            self.log_price += STEP * self.aim;
        }
    }

    /// A person met nobody.
    pub(super) fn abandoned(&mut self) {
        self.log_price -= STEP * (1.0 - self.aim);
    }

    /// What the next call may risk.
    pub(super) fn allow(&mut self, standing: Standing) -> Allowance {
        let price = self.log_price.exp().clamp(PRICE_LEAST, PRICE_MOST);
        self.log_price = price.ln();
        let to_come = standing.people_to_come;
        // Who answers in the next minutes is in the air already, and repays what is lost there.
        let later = (to_come - SPOKEN_FOR_S * standing.people_per_s).max(0.0);
        let credit = (CREDIT_SHARE * self.cap * later).min(self.credit_most);
        let allowed = self.cap * (standing.people + 1.0) + credit;
        let overdraft = standing.abandoned + 1.0 - allowed;
        self.aim_for(standing);
        self.guarded = overdraft > 0.0;
        let risk = if self.guarded { price * GUARD.powf(1.0 + overdraft) } else { price };
        let patience = (0.01 * to_come).min(OVERDRAFT_MOST);
        let in_the_end = self.cap * (standing.people + to_come) + 1.0;
        let headroom = if to_come > 0.0 { in_the_end - standing.abandoned } else { f64::INFINITY };
        Allowance { risk, one_to_one: self.guarded && overdraft > patience, headroom }
    }

    /// What was saved so far is spent evenly on those to come, and what was overspent repaid.
    fn aim_for(&mut self, standing: Standing) {
        let Standing { abandoned, people, charged, people_to_come, people_per_s } = standing;
        let steady = MARGIN * self.cap;
        self.aim = steady;
        if people_to_come > 0.0 {
            let reserve = RESERVE + AT_ONCE_S * people_per_s;
            let left = self.cap * (people + people_to_come) - abandoned - reserve;
            self.aim = (left / people_to_come).clamp(AIM_LEAST * steady, AIM_MOST * steady);
        }
        self.aim = (self.aim - charged / people.max(1.0)).max(0.0);
    }
}

/// The first price, as a share of the cap: low, for the price rises faster than it falls.
const START: f64 = 0.7;
/// The share of the cap that is aimed at.
const MARGIN: f64 = 0.97;
/// How far the aim may leave that, for what was saved or overspent: idle time falls ever slower
/// with the share abandoned, so an even share buys the most.
const AIM_LEAST: f64 = 0.5;
const AIM_MOST: f64 = 1.3;
/// Calls that are not spent, for the last to answer must not be the one too many; and those who
/// answer within so many seconds, for they are in the air when it is known that one is.
const RESERVE: f64 = 0.3;
const AT_ONCE_S: f64 = 12.0;
/// How far one call moves the logarithm of the price.
const STEP: f64 = 0.15;
const PRICE_LEAST: f64 = 1e-4;
const PRICE_MOST: f64 = 0.6;
/// The share of what answers to come will repay that may be spent before they come.
const CREDIT_SHARE: f64 = 0.3;
/// People who answer within so many seconds are not borrowed from: a campaign of forty minutes ends
/// before they have repaid.
const SPOKEN_FOR_S: f64 = 120.0;
/// What the guard makes of a price, once and once more for each call overdrawn.
const GUARD: f64 = 0.3;
/// An overdraft beyond which only one-to-one is left.
const OVERDRAFT_MOST: f64 = 2.0;

#[cfg(test)]
mod tests {
    use super::*;

    const PLENTY: Standing = Standing {
        abandoned: 0.0,
        people: 1_000.0,
        charged: 0.0,
        people_to_come: 1_000.0,
        people_per_s: 0.0,
    };

    /// At the aim itself, 2.91 abandoned in 100, the price stays where it is.
    #[test]
    fn the_price_rests_when_the_share_abandoned_is_the_aim() {
        let mut budget = Budget::new(0.03, 5.0);
        let before = budget.allow(Standing { people_to_come: 0.0, ..PLENTY }).risk;
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
        let at = |abandoned: u32, people_to_come| Standing {
            abandoned: abandoned.into(),
            people: 100.0,
            people_to_come,
            ..Standing::default()
        };
        assert!(!budget.allow(at(2, 0.0)).one_to_one);
        assert!(budget.allow(at(3, 0.0)).one_to_one);
        let credit = budget.allow(at(3, 1_000.0));
        assert!(!credit.one_to_one && !budget.guarded);
        let overdrawn = budget.allow(at(9, 1_000.0));
        assert!(overdrawn.risk < credit.risk * 0.3 && budget.guarded);
        assert!(budget.allow(at(12, 1_000.0)).one_to_one);
    }

    /// A hundred people answered and one was abandoned: the two that were saved are spent on the
    /// hundred to come; had five been abandoned, they would be repaid.
    #[test]
    fn what_was_saved_is_spent_on_those_to_come_and_what_was_overspent_repaid() {
        let aim = |abandoned, charged| {
            let mut budget = Budget::new(0.03, 5.0);
            let (people, people_to_come) = (100.0, 100.0);
            budget.allow(Standing {
                abandoned,
                people,
                charged,
                people_to_come,
                people_per_s: 0.0,
            });
            budget.aim
        };
        let steady = MARGIN * 0.03;
        assert!((aim(1.0, 0.0) - AIM_MOST * steady).abs() < 1e-9);
        assert!((aim(3.0, 0.0) - 0.027).abs() < 1e-9, "{}", aim(3.0, 0.0));
        assert!((aim(5.0, 0.0) - AIM_LEAST * steady).abs() < 1e-9);
        // RULES UK-2: people taken for machines are charged, and leave less to pacing.
        assert!((aim(3.0, 1.0) - 0.017).abs() < 1e-9);
    }

    /// A window that will have seen 200 people may lose seven of them; five are lost already.
    #[test]
    fn the_headroom_is_what_the_window_can_still_lose() {
        let mut budget = Budget::new(0.03, 5.0);
        let lost = Standing { abandoned: 5.0, people: 90.0, people_to_come: 110.0, ..PLENTY };
        assert!((budget.allow(lost).headroom - 2.0).abs() < 1e-9);
        let at_any_moment = Standing { people_to_come: 0.0, ..lost };
        assert!(budget.allow(at_any_moment).headroom.is_infinite());
    }

    /// Anti-windup: what is connected under guard earns no price.
    #[test]
    fn under_guard_the_price_is_frozen() {
        let mut budget = Budget::new(0.03, 5.0);
        budget.allow(Standing { abandoned: 9.0, people: 100.0, ..Standing::default() });
        let frozen = budget.log_price;
        (0..100).for_each(|_| budget.connected());
        assert!((budget.log_price - frozen).abs() < 1e-12);
    }
}
