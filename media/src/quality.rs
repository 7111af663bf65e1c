//! How well one leg is heard, from what RTP and RTCP tell of it: the E-model of ITU-T G.107 with
//! G.113's figures for G.711, reduced to what a network changes.
//!
//! ```text
//!  R = 93.2 − delay − loss       delay = 0.024·d + 0.11·(d − 177.3, if above)       d in ms
//!                                loss  = 95·p / (p + 25.1)                     p in percent
//!  MOS = 1 + 0.035·R + 7·10⁻⁶·R·(R − 60)·(100 − R)
//! ```
//! Delay is from mouth to ear on this leg: half the round trip, a packet time, and a buffer of
//! twice the jitter. A party that sends no RTCP leaves the round trip unknown, which counts as
//! none: the score is then the best that the leg can be. Wideband codecs are rated on the same
//! narrow scale, so that legs can be compared; it has no mark above 4.41 for them.

use serde::{Deserialize, Serialize};

/// How one leg was heard over a span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quality {
    /// Mean opinion score in hundredths, 100 to 441; that of the worse way.
    pub mos: u16,
    /// Packets that came from the party.
    pub received: u64,
    /// Of what the party sent, what never came, in thousandths.
    pub lost: u16,
    /// Of what we sent, what the party says it missed, in thousandths, if it says so.
    pub lost_by_party: Option<u16>,
    /// Interarrival jitter (RFC 3550 §6.4.1) on average, in microseconds.
    pub jitter_us: u32,
    /// And at its worst.
    pub jitter_max_us: u32,
    /// Round trip on average, in microseconds, if the party reports.
    pub round_trip_us: Option<u32>,
}

/// What was counted over the span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) received: u64,
    pub(crate) lost: u64,
    /// Packets of ours that the party reported on, and those of them that it missed.
    pub(crate) told: Option<(u64, u64)>,
    pub(crate) jitter_us: u32,
    pub(crate) jitter_max_us: u32,
    pub(crate) round_trip_us: Option<u32>,
    pub(crate) ptime_ms: u8,
}

impl Quality {
    /// None where nothing came and nothing was told: nobody can say how that sounded.
    pub(crate) fn of(counted: &Counted) -> Option<Self> {
        let Counted { received, jitter_us, jitter_max_us, round_trip_us, .. } = *counted;
        let lost = thousandths(counted.lost, received + counted.lost);
        let told = counted.told.and_then(|(reported, missed)| thousandths(missed, reported));
        let worse = lost.max(told)?;
        let ms = |us: u32| f64::from(us) / 1_000.0;
        let way = round_trip_us.map_or(0.0, ms) / 2.0;
        let delay = way + f64::from(counted.ptime_ms) + 2.0 * ms(jitter_us);
        let mos = opinion(rating(delay, f64::from(worse) / 10.0));
        let (lost, lost_by_party) = (lost.unwrap_or_default(), told);
        Some(Self { mos, received, lost, lost_by_party, jitter_us, jitter_max_us, round_trip_us })
    }
}

/// R, from the delay in ms and the loss in percent (G.107 §7, after Cole and Rosenbluth 2001).
fn rating(delay: f64, lost: f64) -> f64 {
    let delayed = 0.024 * delay + 0.11 * (delay - 177.3).max(0.0);
    93.2 - delayed - 95.0 * lost / (lost + ROBUSTNESS)
}

/// In hundredths (G.107 annex B).
fn opinion(rating: f64) -> u16 {
    // Below 6.5 the polynomial turns up again and says that silence is better than noise.
    let r = rating.clamp(6.5, 100.0);
    let mos = 1.0 + 0.035 * r + 7.0e-6 * r * (r - 60.0) * (100.0 - r);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 100 and 450"
    )]
    let hundredths = (mos.clamp(1.0, 4.5) * 100.0).round() as u16;
    hundredths
}

/// None of nothing.
fn thousandths(part: u64, whole: u64) -> Option<u16> {
    let share = (part.min(whole) * 1_000).checked_div(whole)?;
    u16::try_from(share).ok()
}

/// Bpl of G.711 with the concealment of its appendix I, under random loss (G.113 appendix I): who
/// plays a leg's packets in the end conceals what is missing.
const ROBUSTNESS: f64 = 25.1;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(lost: u64, jitter_us: u32, round_trip_us: Option<u32>) -> Counted {
        let received = 1_000 - lost;
        let (told, jitter_max_us, ptime_ms) = (None, jitter_us, 20);
        Counted { received, lost, told, jitter_us, jitter_max_us, round_trip_us, ptime_ms }
    }

    fn mos(counted: &Counted) -> u16 {
        Quality::of(counted).unwrap().mos
    }

    /// G.107 annex B: these ratings are these opinions.
    #[test]
    fn ratings_are_opinions_as_in_the_recommendation() {
        for (rating, expected) in [(93.2, 441), (80.0, 402), (70.0, 360), (60.0, 310), (50.0, 258)]
        {
            assert_eq!(opinion(rating), expected, "R {rating}");
        }
        assert_eq!((opinion(-20.0), opinion(0.0)), (opinion(6.5), opinion(6.5)));
    }

    /// G.113 appendix I: one packet in a hundred costs G.711 with concealment some four points of
    /// R, one in twenty sixteen.
    #[test]
    fn lines_sound_as_they_are() {
        let near = line(0, 500, Some(2_000));
        let lossy = line(50, 500, Some(2_000));
        let far = line(0, 5_000, Some(560_000));
        assert_eq!((mos(&near), mos(&lossy), mos(&far)), (440, 390, 365));
    }

    /// What the party missed of ours counts as much as what we missed of the party's.
    #[test]
    fn the_worse_way_is_the_score() {
        let deaf = Counted { told: Some((1_000, 50)), ..line(0, 500, Some(2_000)) };
        let quality = Quality::of(&deaf).unwrap();
        assert_eq!((quality.lost, quality.lost_by_party), (0, Some(50)));
        assert_eq!(quality.mos, mos(&line(50, 500, Some(2_000))));
    }

    #[test]
    fn nothing_heard_and_nothing_told_is_no_score() {
        assert_eq!(Quality::of(&Counted::default()), None);
        let told = Counted { told: Some((10, 10)), ..Counted::default() };
        assert_eq!(Quality::of(&told).unwrap().lost_by_party, Some(1_000));
    }

    proptest! {
        /// More of anything bad never sounds better, and the score stays on its scale.
        #[test]
        fn worse_is_never_better(
            lost in 0u64..=1_000, jitter in 0u32..1_000_000, trip in 0u32..3_000_000,
            more in 1u16..500,
        ) {
            let here = mos(&line(lost, jitter, Some(trip)));
            prop_assert!((100..=441).contains(&here));
            let lossier = (lost + u64::from(more)).min(1_000);
            prop_assert!(mos(&line(lossier, jitter, Some(trip))) <= here);
            prop_assert!(mos(&line(lost, jitter + u32::from(more), Some(trip))) <= here);
            prop_assert!(mos(&line(lost, jitter, Some(trip + u32::from(more)))) <= here);
        }
    }
}
