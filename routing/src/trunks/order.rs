//! The order of choices that have a priority and a weight: RFC 2782, for SRV records and for
//! trunks alike.
//!
//! A lower priority comes first. Among equals a choice comes first with the probability of its
//! weight in the sum of theirs; where all weights are zero the given order stands.

/// Priority (lower first) and weight (share among equals) of one choice.
pub type Rank = (u16, u16);

/// The indexes of `ranks` in the order to try them; `random` gives a number below its argument.
pub fn order(ranks: &[Rank], mut random: impl FnMut(u32) -> u32) -> Vec<usize> {
    let mut left: Vec<usize> = (0..ranks.len()).collect();
    left.sort_by_key(|index| ranks[*index].0);
    let mut ordered = Vec::with_capacity(left.len());
    while let Some(first) = left.first() {
        let priority = ranks[*first].0;
        let equals = left.iter().take_while(|index| ranks[**index].0 == priority).count();
        let total: u32 = left[..equals].iter().map(|index| u32::from(ranks[*index].1)).sum();
        let chosen = if total == 0 { 0 } else { pick(&left[..equals], ranks, random(total)) };
        ordered.push(left.remove(chosen));
    }
    ordered
}

/// The choice whose share of the line from 0 to the sum of weights holds `point`.
fn pick(equals: &[usize], ranks: &[Rank], point: u32) -> usize {
    let mut sum = 0;
    let found = equals.iter().position(|index| {
        sum += u32::from(ranks[*index].1);
        point < sum
    });
    found.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_lower_priority_comes_first_and_without_weights_the_given_order_stands() {
        assert_eq!(order(&[(10, 0), (1, 0), (10, 0), (1, 0)], |_| 0), [1, 3, 0, 2]);
    }

    /// RFC 2782: of two equals with 60 and 40 the first is first in 60 of 100 draws.
    #[test]
    fn equals_share_the_first_place_by_weight() {
        let first = |point| order(&[(5, 60), (5, 40)], |_| point)[0];
        let firsts = (0..100).filter(|point| first(*point) == 0).count();
        assert_eq!(firsts, 60);
    }

    #[test]
    fn a_weight_of_zero_comes_after_its_equals_with_one() {
        assert_eq!(order(&[(5, 0), (5, 1)], |_| 0), [1, 0]);
    }

    proptest! {
        #[test]
        fn every_choice_comes_once_and_priorities_only_rise(
            ranks in prop::collection::vec((0..4_u16, 0..100_u16), 0..12),
            seed in any::<u32>(),
        ) {
            let got = order(&ranks, |most| seed % most);
            let mut sorted = got.clone();
            sorted.sort_unstable();
            prop_assert_eq!(sorted, (0..ranks.len()).collect::<Vec<_>>());
            prop_assert!(got.windows(2).all(|pair| ranks[pair[0]].0 <= ranks[pair[1]].0));
        }
    }
}
