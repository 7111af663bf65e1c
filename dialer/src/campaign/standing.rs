//! How a campaign's abandoned calls stand against what may be: by its own way of counting and by
//! its law's, and which of the two holds the pace back first.

use super::{Campaign, Stage};
use crate::abandon::{AbandonPolicy, Counts, Sum};
use crate::pacer::Policy;
use crate::rules::Counting;
use jiff::Timestamp;
use std::time::Duration;

/// How the abandoned calls stand. Rates are 0..1, and 0 before anybody answered.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Standing {
    /// By the campaign's own formula, over its own period.
    pub own: f64,
    /// The same without any estimate.
    pub plain: f64,
    /// By its law's formula, over its law's period; none where it has no law.
    pub law: Option<f64>,
    /// Whether it is the law's way that stands closest to the cap.
    pub law_binds: bool,
}

impl Campaign {
    /// The people who answered and were abandoned in the window closest to its cap, with those
    /// whose calls have not ended yet.
    #[must_use]
    pub fn standing(&self, now: Timestamp) -> Sum {
        let cap = self.cap();
        let sums = self.counting.policies().iter().map(|policy| self.tightest(now, policy));
        sums.reduce(|one, other| if other.excess(cap) > one.excess(cap) { other } else { one })
            .unwrap_or_default()
    }

    /// By which rates its abandoned calls stand, and whose way of counting binds now.
    ///
    /// Before either way is nearer to the cap than the other, the smaller limit binds.
    #[must_use]
    pub fn rates(&self, now: Timestamp) -> Standing {
        let own = &self.settings.abandon;
        let rate = |policy| self.ledger.rate(now, policy).unwrap_or(0.0);
        let plain = self.ledger.plain_rate(now, own).unwrap_or(0.0);
        let law = self.counting.law().map(|(_, policy)| policy);
        let law_binds = law.is_some_and(|law| {
            let excess = |policy| self.tightest(now, policy).excess(self.cap());
            let nearer = excess(law).total_cmp(&excess(own));
            nearer.then(own.limit_permille.cmp(&law.limit_permille)).is_ge()
        });
        Standing { own: rate(own), plain, law: law.map(rate), law_binds }
    }

    /// How long it is until the first local midnight, when a day's window begins anew.
    #[must_use]
    pub fn day_left(&self, now: Timestamp) -> Duration {
        let days = self.counting.policies().iter().map(|policy| policy.day_left(now));
        days.min().unwrap_or_default()
    }

    /// How the pacer is to pace it.
    #[must_use]
    pub fn policy(&self) -> Policy {
        let pacing = &self.settings.pacing;
        let policy =
            if pacing.strict { Policy::strict(self.cap()) } else { Policy::of(self.cap()) };
        let Counting { give_up_after, cut_after, .. } = self.counting;
        Policy { give_up_after, cut_after, ..policy }
    }

    /// The share of people who may be abandoned, 0..1: the target, or a limit if that is less.
    pub(super) fn cap(&self) -> f64 {
        self.counting.cap()
    }

    /// One way's sum over its window that is closest to the cap, live calls among it; not those
    /// that agents made, which no rate counts when they end either.
    fn tightest(&self, now: Timestamp, policy: &AbandonPolicy) -> Sum {
        let paced = || self.in_flight.values().filter(|flight| !flight.own);
        let at = |stage| paced().filter(|flight| flight.stage == stage).count();
        let count = |stage| u32::try_from(at(stage)).unwrap_or(u32::MAX);
        let connected = count(Stage::Talking) + count(Stage::Again);
        let abandoned = count(Stage::Lost);
        let live = Counts { connected, abandoned, ..Counts::default() };
        self.ledger.tightest(now, policy, live, self.cap())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abandon::AbandonLedger;
    use crate::fixtures::*;
    use crate::outcomes::Outcome;
    use crate::rules::{LegalProfile, shipped};
    use jiff::SignedDuration;

    fn british() -> LegalProfile {
        let mut all = shipped();
        all.remove(all.iter().position(|law| law.name == "United Kingdom").unwrap())
    }

    /// Ten days ago five of fifty were abandoned, and today none of ten.
    fn campaign(law: Option<&LegalProfile>) -> (Campaign, Timestamp) {
        let now = at("2026-11-23T12:00:00Z");
        let mut ledger = AbandonLedger::default();
        let before = now - SignedDuration::from_hours(240);
        for n in 0..50 {
            let outcome = if n < 5 { Outcome::Abandoned } else { Outcome::Connected };
            ledger.add(before, Counts::of(outcome));
        }
        for _ in 0..10 {
            ledger.add(now, Counts::of(Outcome::Connected));
        }
        let mut own = settings();
        own.abandon = AbandonPolicy::us();
        let mut campaign = Campaign::new(own, ledger);
        campaign.under(law);
        (campaign, now)
    }

    /// RULES US-1: people met by agents' own calls, or by a message alone, make no room for
    /// abandoned ones, while they talk no more than afterwards.
    #[test]
    fn live_calls_that_no_rate_counts_do_not_widen_the_cap() {
        let (mut campaign, now) = campaign(None);
        let (mut gate, noon) = (gate(), at(NOON));
        let people = |campaign: &Campaign| campaign.standing(now).people.to_bits();
        let with_one = |campaign: &Campaign| (campaign.standing(now).people + 1.0).to_bits();
        let (before, and_one) = (people(&campaign), with_one(&campaign));
        let _own = campaign.dial_for_agent(noon, &mut gate, attempt(1), &way(), lead(1)).unwrap();
        let _message = campaign.dial_lead(noon, &mut gate, attempt(2), &way(), lead(2)).unwrap();
        campaign.hears_message(attempt(2));
        assert_eq!(people(&campaign), before);
        let _met = campaign.dial_lead(noon, &mut gate, attempt(3), &way(), lead(3)).unwrap();
        campaign.connected(attempt(3));
        assert_eq!(people(&campaign), and_one);
    }

    #[test]
    fn a_campaign_without_a_law_stands_by_its_own_rule() {
        let (campaign, now) = campaign(None);
        let Standing { own, law, law_binds, .. } = campaign.rates(now);
        assert_eq!((law, law_binds), (None, false));
        assert!((own - 5.0 / 60.0).abs() < 1e-9, "{own}");
    }

    /// RULES UK-2: the law asks about a day, and the campaign remembers thirty.
    #[test]
    fn each_way_has_its_own_rate_and_the_one_that_is_nearer_to_the_cap_binds() {
        let (mut campaign, now) = campaign(Some(&british()));
        let Standing { own, law, law_binds, .. } = campaign.rates(now);
        assert!((own - 5.0 / 60.0).abs() < 1e-9, "{own}");
        assert_eq!((law, law_binds), (Some(0.0), false), "ten days ago is not the law's any more");
        for _ in 0..20 {
            campaign.ledger.add(now, Counts::of(Outcome::Abandoned));
        }
        let own = AbandonPolicy { over: crate::abandon::Period::Day, ..AbandonPolicy::uk() };
        campaign.settings.abandon = AbandonPolicy { limit_permille: 500, ..own };
        campaign.under(Some(&british()));
        assert!(campaign.rates(now).law_binds, "as near by both, and the law's limit is smaller");
    }
}
