//! What one party hears by its row, in the form the packet path reads.

use super::playout::{MUTE_DB, Tap, gain};
use crate::{command::StreamId, route::Heard};

/// A compiled row.
#[derive(Debug, Default)]
pub(crate) enum Hearing {
    /// Nobody.
    #[default]
    Nobody,
    /// One source as it comes.
    Relay(StreamId),
    /// Several, or one at another gain: frame by frame.
    Mix(Vec<Mixed>),
}

/// One source of a mix.
#[derive(Debug)]
pub(crate) struct Mixed {
    pub(crate) from: StreamId,
    /// Q12.
    pub(crate) gain: i32,
    /// Made when the source's buffer is there.
    pub(crate) tap: Option<Tap>,
}

impl Hearing {
    /// Compiles a row; `before` lends the taps of sources that stay in the mix, so that their
    /// audio has no gap. `relays` says whose packets the listener can be given as they are.
    pub(crate) fn compile(
        hears: &[Heard],
        before: Self,
        relays: impl Fn(StreamId) -> bool,
    ) -> Self {
        let mut audible: Vec<Heard> = Vec::with_capacity(hears.len());
        for heard in hears.iter().filter(|heard| heard.gain_db > MUTE_DB) {
            match audible.iter_mut().find(|earlier| earlier.from == heard.from) {
                Some(earlier) => earlier.gain_db = heard.gain_db,
                None => audible.push(*heard),
            }
        }
        match audible[..] {
            [] => Self::Nobody,
            [Heard { from, gain_db: 0 }] if relays(from) => Self::Relay(from),
            _ => {
                let mut taps = if let Self::Mix(mixed) = before { mixed } else { Vec::new() };
                let mut tap = |from| {
                    let at = taps.iter().position(|mixed| mixed.from == from)?;
                    taps.swap_remove(at).tap
                };
                let mixed = |heard: &Heard| Mixed {
                    from: heard.from,
                    gain: gain(heard.gain_db),
                    tap: tap(heard.from),
                };
                Self::Mix(audible.iter().map(mixed).collect())
            }
        }
    }

    pub(crate) fn sources(&self) -> Vec<StreamId> {
        match self {
            Self::Nobody => Vec::new(),
            Self::Relay(from) => vec![*from],
            Self::Mix(mixed) => mixed.iter().map(|mixed| mixed.from).collect(),
        }
    }

    /// The one source that is heard, as it is.
    pub(crate) fn alone(&self) -> Option<StreamId> {
        match self {
            Self::Relay(from) => Some(*from),
            Self::Mix(mixed) => match mixed.as_slice() {
                [only] if only.gain == gain(0) => Some(only.from),
                _ => None,
            },
            Self::Nobody => None,
        }
    }

    /// Takes a source out that has gone.
    pub(crate) fn forget(&mut self, source: StreamId) {
        match self {
            Self::Relay(from) if *from == source => *self = Self::Nobody,
            Self::Mix(mixed) => mixed.retain(|mixed| mixed.from != source),
            _ => {}
        }
    }

    pub(crate) fn is_mix(&self) -> bool {
        matches!(self, Self::Mix(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compile(rows: &[(u64, i8)]) -> Hearing {
        let hears: Vec<_> =
            rows.iter().map(|&(from, gain_db)| Heard { from: StreamId(from), gain_db }).collect();
        // Odd parties speak one codec, even ones another.
        Hearing::compile(&hears, Hearing::Nobody, |from| from.0 % 2 == 1)
    }

    #[test]
    fn one_source_as_received_is_relayed_and_all_else_is_mixed() {
        assert!(matches!(compile(&[(1, 0)]), Hearing::Relay(StreamId(1))));
        assert!(matches!(compile(&[(1, 0), (2, -64)]), Hearing::Relay(StreamId(1))));
        assert!(matches!(compile(&[(1, -64)]), Hearing::Nobody));
        assert!(compile(&[(1, -3)]).is_mix());
        assert!(compile(&[(1, 0), (2, 0)]).is_mix());
    }

    /// What has to be decoded goes through the jitter buffer, and is still one source alone.
    #[test]
    fn a_source_of_another_codec_is_a_mix_of_one() {
        let hearing = compile(&[(2, 0)]);
        assert!(hearing.is_mix());
        assert_eq!(hearing.alone(), Some(StreamId(2)));
        assert_eq!(compile(&[(2, -3)]).alone(), None);
        assert_eq!(compile(&[(1, 0)]).alone(), Some(StreamId(1)));
    }

    #[test]
    fn a_source_named_twice_counts_once_and_the_later_gain_holds() {
        assert!(matches!(compile(&[(1, -20), (1, 0)]), Hearing::Relay(StreamId(1))));
    }
}
