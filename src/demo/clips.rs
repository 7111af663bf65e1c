//! The demo's sounds: short speech clips in the binary, and the beep and SIT made from sines.
//!
//! Clips are WAV, 8 kHz mono µ-law; `assets/demo/make-clips.sh` makes them and keeps them silent
//! above 2.4 kHz, where the signatures live. The beep's 1,400 Hz keeps its odd harmonics, which
//! µ-law adds, off the signature grid.

use std::sync::Arc;

use media::g711::Law;
use media::tone::sine;

/// Linear samples at 8 kHz.
pub type Sound = Arc<[i16]>;

/// Every sound a simulated party makes.
#[derive(Clone, Debug)]
pub struct Clips {
    /// People who answer.
    pub customers: Vec<Sound>,
    /// Voicemail greetings.
    pub machines: Vec<Sound>,
    /// Agents.
    pub agents: Vec<Sound>,
    /// The special information tones and "not in service".
    pub announcement: Sound,
    /// A voicemail's beep.
    pub beep: Sound,
}

/// Why an embedded clip cannot be played.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("clip {name}: expected {expected}")]
pub struct ClipError {
    /// File name without its suffix.
    pub name: &'static str,
    /// What the file should have held.
    pub expected: &'static str,
}

impl Clips {
    /// Decodes the clips in the binary; an error is a fault of the build.
    pub fn load() -> Result<Self, ClipError> {
        let all = |files: &[(&'static str, &[u8])]| -> Result<Vec<Sound>, ClipError> {
            files.iter().map(|(name, file)| Ok(Sound::from(decode(name, file)?))).collect()
        };
        let mut announcement = special_information();
        announcement.extend(decode("announcement", ANNOUNCEMENT)?);
        Ok(Self {
            customers: all(CUSTOMERS)?,
            machines: all(MACHINES)?,
            agents: all(AGENTS)?,
            announcement: announcement.into(),
            beep: sine(1_400.0, LOUDNESS, 480 * PER_MS).into(),
        })
    }
}

/// Samples in a millisecond.
pub const PER_MS: usize = 8;

macro_rules! clip {
    ($name:literal) => {
        ($name, include_bytes!(concat!("../../assets/demo/", $name, ".wav")))
    };
}

const CUSTOMERS: &[(&str, &[u8])] = &[
    clip!("customer-1"),
    clip!("customer-2"),
    clip!("customer-3"),
    clip!("customer-4"),
    clip!("customer-5"),
    clip!("customer-6"),
];
const MACHINES: &[(&str, &[u8])] = &[clip!("machine-1"), clip!("machine-2")];
const AGENTS: &[(&str, &[u8])] = &[clip!("agent-1"), clip!("agent-2"), clip!("agent-3")];
const ANNOUNCEMENT: &[u8] = include_bytes!("../../assets/demo/announcement.wav");

/// ITU-T E.180 §9: three rising tones of a third of a second each.
fn special_information() -> Vec<i16> {
    let tones = [985.2, 1_428.5, 1_776.7].into_iter();
    tones.flat_map(|hertz| sine(hertz, LOUDNESS, 330 * PER_MS)).collect()
}

/// Of full scale: 18 dB under it.
const LOUDNESS: f64 = 0.125;

/// Reads a RIFF file's `fmt ` and `data` chunks.
fn decode(name: &'static str, file: &[u8]) -> Result<Vec<i16>, ClipError> {
    let wrong = |expected| ClipError { name, expected };
    let rest = file.strip_prefix(b"RIFF").ok_or(wrong("a RIFF file"))?;
    let mut rest = rest.get(8..).ok_or(wrong("WAVE chunks"))?;
    let mut is_mulaw = false;
    while let Some((head, body)) = rest.split_first_chunk::<8>() {
        let [kind @ .., a, b, c, d] = head;
        let length = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
        let chunk = body.get(..length).ok_or(wrong("a whole chunk"))?;
        match kind {
            b"fmt " => is_mulaw = chunk.get(..16).is_some_and(|fmt| *fmt == MULAW_8K_MONO),
            b"data" if is_mulaw => {
                return Ok(chunk.iter().map(|byte| Law::Mu.decode(*byte)).collect());
            }
            b"data" => return Err(wrong("8 kHz mono mu-law")),
            _ => {}
        }
        rest = body.get(length + length % 2..).unwrap_or_default();
    }
    Err(wrong("a data chunk"))
}

/// A `fmt ` chunk: tag 7, 1 channel, 8,000 samples/s, 8,000 bytes/s, 1 byte a sample, 8 bits.
const MULAW_8K_MONO: [u8; 16] = [7, 0, 1, 0, 0x40, 0x1f, 0, 0, 0x40, 0x1f, 0, 0, 1, 0, 8, 0];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::signature::{AMPLITUDE, FRAME, Lines, amplitudes, float};

    fn sounds() -> Vec<Sound> {
        let clips = Clips::load().unwrap();
        let Clips { customers, machines, agents, announcement, beep } = clips;
        [customers, machines, agents, vec![announcement, beep]].concat()
    }

    #[test]
    fn every_clip_is_a_few_seconds_of_speech() {
        for sound in sounds() {
            let loudest = sound.iter().map(|sample| sample.unsigned_abs()).max().unwrap();
            assert!((3_000..16_000).contains(&loudest), "peaks at {loudest}");
            assert!(sound.len() < 6 * 1_000 * PER_MS, "{} samples", sound.len());
        }
    }

    /// Else speech would count as crosstalk.
    #[test]
    fn clips_are_silent_on_the_signature_grid() {
        for (index, sound) in sounds().iter().enumerate() {
            for frame in sound.chunks_exact(FRAME) {
                let mut samples = [0.0; FRAME];
                for (sample, value) in samples.iter_mut().zip(frame) {
                    *sample = f32::from(*value);
                }
                let clear = Lines::above(&amplitudes(&samples, float(FRAME)), AMPLITUDE / 2.0);
                assert!(clear.is_empty(), "clip {index} shows {clear:?}");
            }
        }
    }

    #[test]
    fn a_wav_file_of_another_kind_is_refused_by_name() {
        let mut stereo = AGENTS[0].1.to_vec();
        stereo[22] = 2;
        let error = decode("agent-1", &stereo).unwrap_err();
        assert_eq!(error.to_string(), "clip agent-1: expected 8 kHz mono mu-law");
        let error = decode("agent-1", &AGENTS[0].1[..900]).unwrap_err();
        assert_eq!(error.to_string(), "clip agent-1: expected a whole chunk");
        assert!(decode("agent-1", b"").is_err());
    }
}
