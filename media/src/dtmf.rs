//! Keys as tones (ITU-T Q.23, Q.24): made for a leg that knows no telephone events, and heard on
//! one.
//!
//! The detector looks at blocks of 20 ms with Goertzel's filter. A key is a low and a high tone
//! that hold nearly all of the energy, stand clear of their neighbours and are about as loud as
//! each other; two blocks in a row make a press, so that speech makes none.

use crate::tone::{RATE, power, sine};

/// Hears keys in the samples of one party.
#[derive(Debug, Default)]
pub(crate) struct Detector {
    block: Vec<i16>,
    /// What the last block held, and for how many blocks.
    last: Option<char>,
    blocks: u32,
}

impl Detector {
    /// Takes samples in; the key whose press they complete, if any.
    pub(crate) fn hear(&mut self, samples: &[i16]) -> Option<char> {
        let mut pressed = None;
        for sample in samples {
            self.block.push(*sample);
            if self.block.len() == BLOCK {
                let held = key_in(&self.block);
                self.block.clear();
                self.blocks = if held == self.last { self.blocks.saturating_add(1) } else { 1 };
                self.last = held;
                if self.blocks == PRESS {
                    pressed = held.or(pressed);
                }
            }
        }
        pressed
    }
}

/// The samples of a key and of the pause after it; none for what is no key.
pub(crate) fn tones(key: char) -> Option<Vec<i16>> {
    let (low, high) = frequencies(key)?;
    let tones = sine(low, LOW_LEVEL, PRESSED).into_iter().zip(sine(high, HIGH_LEVEL, PRESSED));
    let mut samples: Vec<_> = tones.map(|(low, high)| low.saturating_add(high)).collect();
    samples.resize(PRESSED + PAUSE, 0);
    Some(samples)
}

fn frequencies(key: char) -> Option<(f64, f64)> {
    let place = KEYS.iter().position(|known| *known == key.to_ascii_uppercase())?;
    Some((LOW[place / 4], HIGH[place % 4]))
}

/// The key that a block holds.
#[expect(clippy::cast_precision_loss, reason = "a count of samples in memory")]
fn key_in(block: &[i16]) -> Option<char> {
    let energy: f64 = block.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    let count = block.len() as f64;
    if energy < AUDIBLE * count {
        return None;
    }
    let (low, low_power) = clearest(block, LOW)?;
    let (high, high_power) = clearest(block, HIGH)?;
    // A sine of energy E over N samples has a power of E N / 2.
    let share = 2.0 * (low_power + high_power) / (energy * count);
    let twist = high_power / low_power;
    (share > SHARE && (TWIST_MIN..TWIST_MAX).contains(&twist)).then(|| KEYS[4 * low + high])
}

/// The strongest of four tones, if it is far stronger than the other three.
fn clearest(block: &[i16], tones: [f64; 4]) -> Option<(usize, f64)> {
    let powers = tones.map(|hz| power(block, hz));
    let (at, strongest) = powers.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let others = powers.iter().enumerate().filter(|(other, _)| *other != at);
    others.into_iter().all(|(_, power)| power * CLEAR < strongest).then_some((at, strongest))
}

const LOW: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
const HIGH: [f64; 4] = [1209.0, 1336.0, 1477.0, 1633.0];
const KEYS: [char; 16] =
    ['1', '2', '3', 'A', '4', '5', '6', 'B', '7', '8', '9', 'C', '*', '0', '#', 'D'];

const BLOCK: usize = RATE as usize / 50;

/// 40 ms: Q.24 asks that 40 ms be heard.
const PRESS: u32 = 2;

/// -40 dBFS, as the mean square of a sample.
const AUDIBLE: f64 = 300.0 * 300.0 / 2.0;

/// Of the block's energy; speech spreads it.
const SHARE: f64 = 0.75;

/// Neighbours that share 50 Hz of resolution leak into each other this little.
const CLEAR: f64 = 4.0;

/// The high tone may be 8 dB weaker and 6 dB stronger (Q.24 asks for 8 and 4).
const TWIST_MIN: f64 = 0.15;
const TWIST_MAX: f64 = 4.0;

/// 100 ms of tone and 100 of pause: what every receiver takes.
const PRESSED: usize = RATE as usize / 10;
const PAUSE: usize = RATE as usize / 10;

/// -14 and -12 dBFS.
const LOW_LEVEL: f64 = 0.2;
const HIGH_LEVEL: f64 = 0.25;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{g711::Law, library};

    fn heard(samples: &[i16]) -> String {
        let mut detector = Detector::default();
        samples.chunks(160).filter_map(|packet| detector.hear(packet)).collect()
    }

    fn spoken(keys: &str) -> Vec<i16> {
        keys.chars().flat_map(|key| tones(key).unwrap()).collect()
    }

    #[test]
    fn every_key_is_heard_once_a_press() {
        let keys = "1234567890*#ABCD1122";
        assert_eq!(heard(&spoken(keys)), keys);
        assert_eq!(tones('x'), None);
    }

    /// Through G.711, 20 dB quieter, in packets that no block fits.
    #[test]
    fn keys_are_heard_through_a_telephone_line() {
        let keys = "0918273645#";
        let line: Vec<_> =
            spoken(keys).iter().map(|s| Law::Mu.decode(Law::Mu.encode(s / 10))).collect();
        let mut detector = Detector::default();
        let heard: String = line.chunks(77).filter_map(|packet| detector.hear(packet)).collect();
        assert_eq!(heard, keys);
    }

    #[test]
    fn a_key_that_is_too_short_is_none() {
        let press = &spoken("5")[..160];
        assert_eq!(heard(&[press, &[0; 1600]].concat()), "");
    }

    /// Talk-off: all that the shipped prompts say and play holds no key.
    #[test]
    fn speech_and_music_hold_no_key() {
        let library = library::Library::shipped().unwrap();
        for (name, samples) in library.clips() {
            assert_eq!(heard(samples), "", "{name}");
        }
    }
}
