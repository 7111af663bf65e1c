//! Whose turn it is among campaigns that share agents: by rank, then by weight, and nobody starves.
//!
//! Campaigns are visited one after the other, and each counts the calls of those before it as
//! rivals, so the order decides who gets the next free agent. Inside a rank it is a weighted
//! deficit round-robin by people connected: who has had the least for its weight comes first. A
//! campaign that got less than [`SHARE_LEAST`] of the people comes before every rank.

use routing::CampaignId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The turns taken so far; the older ones fade.
#[derive(Clone, Debug, Default)]
pub struct Turns {
    connected: BTreeMap<CampaignId, f64>,
}

/// A campaign that wants to dial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contender {
    /// Which.
    pub campaign: CampaignId,
    /// Before whom it goes.
    pub rank: Rank,
    /// Its part among those of its rank, 1..=100.
    pub weight: u16,
}

/// Before whom a campaign goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rank {
    /// Before all others.
    High,
    /// As most.
    #[default]
    Medium,
    /// With what the others leave.
    Low,
}

impl Turns {
    /// A person of this campaign met an agent.
    pub fn connected(&mut self, campaign: CampaignId) {
        for count in self.connected.values_mut() {
            *count *= FADE;
        }
        *self.connected.entry(campaign).or_default() += 1.0;
        self.connected.retain(|_, count| *count > FORGOTTEN);
    }

    /// In which order to ask them.
    #[must_use]
    pub fn order(&self, contenders: &[Contender]) -> Vec<CampaignId> {
        let had = |one: &Contender| self.connected.get(&one.campaign).copied().unwrap_or_default();
        let all: f64 = contenders.iter().map(had).sum();
        let mut ranked: Vec<_> = contenders
            .iter()
            .map(|one| {
                let starves = all >= ENOUGH && had(one) < SHARE_LEAST * all;
                (!starves, one.rank, had(one) / f64::from(one.weight.max(1)), one.campaign)
            })
            .collect();
        ranked.sort_by(|a, b| {
            (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2)).then(a.3.cmp(&b.3))
        });
        ranked.into_iter().map(|(.., campaign)| campaign).collect()
    }
}

/// The least share of the people for whoever wants to dial.
const SHARE_LEAST: f64 = 0.05;
/// People before shares mean anything.
const ENOUGH: f64 = 20.0;
/// What one person leaves of those before: a half-life of 200.
const FADE: f64 = 0.996_540;
/// A campaign with less is forgotten; keeps the table small.
const FORGOTTEN: f64 = 1e-3;

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn one(n: u128, rank: Rank, weight: u16) -> Contender {
        Contender { campaign: CampaignId::from(Uuid::from_u128(n)), rank, weight }
    }

    /// Gives the next `people` people to whoever is first; how many each got.
    fn share(contenders: &[Contender], people: u32) -> Vec<u32> {
        let mut turns = Turns::default();
        let mut got = vec![0; contenders.len()];
        for _ in 0..people {
            let first = turns.order(contenders)[0];
            turns.connected(first);
            let n = contenders.iter().position(|one| one.campaign == first).unwrap();
            got[n] += 1;
        }
        got
    }

    #[test]
    fn inside_a_rank_people_are_shared_by_weight() {
        let got = share(&[one(1, Rank::Medium, 3), one(2, Rank::Medium, 1)], 400);
        assert!((295..=305).contains(&got[0]), "{got:?}");
    }

    #[test]
    fn a_higher_rank_goes_first_and_nobody_starves() {
        let contenders = [one(1, Rank::High, 1), one(2, Rank::Low, 1)];
        assert_eq!(Turns::default().order(&contenders)[0], contenders[0].campaign);
        let got = share(&contenders, 1_000);
        assert!((40..=70).contains(&got[1]), "{got:?}");
    }

    #[test]
    fn the_order_does_not_depend_on_who_asks_first() {
        let (a, b) = (one(1, Rank::Medium, 1), one(2, Rank::Medium, 1));
        assert_eq!(Turns::default().order(&[a, b]), Turns::default().order(&[b, a]));
    }
}
