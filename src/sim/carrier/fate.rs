//! What becomes of one call at the carrier: an ordinary end, or one of the unpleasant ones.

use std::time::Duration;

use crate::demo::outcomes::Chance;
use crate::sim::plan::{Fault, Faults};

/// What becomes of a call that the switch makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sim) enum Fate {
    /// Somebody or something answers after so long, and hangs up so long after that.
    Answered { ring: Duration, stay: Duration, how: Answer },
    /// It rings until the caller gives up.
    NoAnswer,
    /// A refusal, after ringing or at once.
    Refused {
        ring: Option<Duration>,
        after: Duration,
        code: u16,
        q850: Option<u8>,
        /// For how many seconds the carrier asks to be left alone.
        again: Option<u32>,
    },
    /// Early media, then a refusal.
    Announced { length: Duration, code: u16 },
    /// Nothing at all comes back, not even a 100.
    Silent,
    /// 100, and then nothing but the answer to a CANCEL.
    Stuck,
    /// It rings, and a CANCEL meets the 200 on its way: both are sent.
    Crossing,
    /// It rings, and a CANCEL is answered, but the INVITE never is.
    Deaf,
    /// Two telephones ring under two tags, and the second answers.
    Forked { ring: Duration, stay: Duration },
}

/// How an answer is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sim) enum Answer {
    /// As it should be.
    Plain,
    /// Early media first.
    Early,
    /// No audio ever comes.
    Mute,
    /// BYE follows the 200 at once.
    Fleeting,
    /// SDP that nobody can use.
    Unusable,
    /// No SDP at all.
    Bare,
    /// A re-INVITE in mid-call: the customer's network moves the audio.
    Moved,
}

impl Fate {
    /// Draws a fate.
    pub(super) fn draw(chance: &mut Chance, faults: Faults) -> Self {
        if faults.has(Fault::Carrier) && chance.happens(60) {
            return Self::unpleasant(chance);
        }
        let how = Self::answer(chance, faults);
        match chance.below(100) {
            0..28 => {
                let stay = chance.ms(&(25_000..=280_000));
                Self::Answered { ring: chance.ms(&(2_000..=18_000)), stay, how }
            }
            28..44 => {
                let stay = chance.ms(&(15_000..=32_000));
                Self::Answered { ring: chance.ms(&(10_000..=18_000)), stay, how }
            }
            44..80 => Self::NoAnswer,
            80..88 => Self::refused(chance, 486, Some(17)),
            88..93 => Self::refused(chance, 404, Some(1)),
            93..95 => Self::Announced { length: chance.ms(&(3_000..=9_000)), code: 404 },
            95..97 => Self::refused(chance, 503, None),
            97..98 => {
                let cause = [None, Some(1), Some(17), Some(21)];
                let turn = usize::try_from(chance.below(4)).unwrap_or_default();
                Self::refused(chance, 480, cause[turn])
            }
            _ => {
                let ring = Some(chance.ms(&(2_000..=15_000)));
                Self::Refused {
                    ring,
                    after: Duration::ZERO,
                    code: 603,
                    q850: Some(21),
                    again: None,
                }
            }
        }
    }

    fn answer(chance: &mut Chance, faults: Faults) -> Answer {
        if !faults.has(Fault::Customers) || !chance.happens(150) {
            return if chance.happens(60) { Answer::Early } else { Answer::Plain };
        }
        match chance.below(5) {
            0 => Answer::Mute,
            1 => Answer::Fleeting,
            2 => Answer::Unusable,
            3 => Answer::Bare,
            _ => Answer::Moved,
        }
    }

    fn refused(chance: &mut Chance, code: u16, q850: Option<u8>) -> Self {
        // Some carriers tell the cause beside the code, some do not.
        let q850 = q850.filter(|_| chance.happens(700));
        Self::Refused { ring: None, after: chance.ms(&(200..=3_000)), code, q850, again: None }
    }

    fn unpleasant(chance: &mut Chance) -> Self {
        match chance.below(5) {
            0 => Self::Silent,
            1 => Self::Stuck,
            2 => Self::Crossing,
            3 => Self::Deaf,
            _ => {
                let stay = chance.ms(&(10_000..=60_000));
                Self::Forked { ring: chance.ms(&(2_000..=12_000)), stay }
            }
        }
    }
}
