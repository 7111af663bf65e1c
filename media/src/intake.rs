//! Audio files that people bring, made into clips: read once, checked as what a stranger sent,
//! brought to one channel of 8 kHz, and measured.
//!
//! ```text
//!  bytes ─▶ WAV (RIFF) | Ogg/Opus (RFC 7845) ─▶ Sound ─▶ resample ─▶ level ─▶ Clip
//!        └▶ anything else: a refusal that says what it seems to be and what was expected
//! ```
//! MP3 is not read: its decoders are large, and every editor can write WAV. Pure: no file is opened
//! here, and nothing is allocated that the length of the input does not bound.

mod level;
mod ogg;
mod resample;
mod wav;

pub use level::Level;

use crate::tone::RATE;

/// A file that was understood, as it is played and kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clip {
    /// One channel of 8 kHz.
    pub samples: Vec<i16>,
    /// What the file was, for people: `PCM 16 bit, 44100 Hz, 2 channels`.
    pub source: String,
    /// How loud it is.
    pub level: Level,
}

/// Why a file is no clip.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is something else.
    #[error("{found}; expected {EXPECTED}")]
    Format {
        /// What it seems to be.
        found: &'static str,
    },
    /// It is of a format that is read, in a way that is not.
    #[error("{what}; expected {expected}")]
    Unsupported {
        /// What it has.
        what: String,
        /// What it may have.
        expected: &'static str,
    },
    /// It is cut short or damaged.
    #[error("the file is damaged: {0}")]
    Damaged(String),
    /// It plays for longer than a clip may.
    #[error("longer than {} minutes; expected at most that", SECONDS_MAX / 60)]
    TooLong,
    /// It holds next to nothing.
    #[error("shorter than {MS_MIN} ms; expected at least that")]
    TooShort,
    /// Nothing in it can be heard.
    #[error("nothing can be heard: the loudest sample is below {} dB", level::SILENT_DB)]
    Silent,
}

/// What a file held, before it is brought to our rate.
#[derive(Clone, Debug, PartialEq)]
struct Sound {
    /// One channel; full scale is 1.0.
    samples: Vec<f32>,
    /// In Hz.
    rate: u32,
    source: String,
}

/// Makes a clip of a file.
///
/// # Errors
///
/// What kept it from being one, in words for whoever brought it.
pub fn convert(file: &[u8]) -> Result<Clip, Refused> {
    let sound = if wav::is_wav(file) {
        wav::read(file)?
    } else if ogg::is_ogg(file) {
        ogg::read(file)?
    } else {
        return Err(Refused::Format { found: seems(file) });
    };
    let samples = resample::to_rate(&sound.samples, sound.rate, RATE);
    let samples: Vec<i16> = samples.into_iter().map(linear).collect();
    if samples.len() < (MS_MIN * RATE / 1000) as usize {
        return Err(Refused::TooShort);
    }
    let level = Level::of(&sound.samples, &samples);
    if level.peak_db < level::SILENT_DB {
        return Err(Refused::Silent);
    }
    Ok(Clip { samples, source: sound.source, level })
}

/// A clip as the WAV file that browsers play: 8 kHz, one channel, 16 bit PCM.
#[must_use]
pub fn wav_of(samples: &[i16]) -> Vec<u8> {
    wav::write(samples)
}

/// The longest clip, in seconds: it lies in memory as a whole.
pub const SECONDS_MAX: u32 = 600;

/// Shorter than this nobody understands.
const MS_MIN: u32 = 100;

const EXPECTED: &str = "WAV (PCM of 8, 16, 24 or 32 bit, A-law or µ-law) or Ogg with Opus";

/// What a file that is not read seems to be, by its first bytes.
fn seems(file: &[u8]) -> &'static str {
    match file {
        [] => "an empty file",
        [b'I', b'D', b'3', ..] | [0xFF, 0xE2..=0xFF, ..] => "an MP3 file, which is not read",
        [b'f', b'L', b'a', b'C', ..] => "a FLAC file",
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => "an MPEG-4 file",
        [b'F', b'O', b'R', b'M', ..] => "an AIFF file",
        [b'R', b'F', b'6', b'4', ..] => "a WAV file of more than 4 GiB",
        [0x1A, 0x45, 0xDF, 0xA3, ..] => "a WebM file",
        _ => "no audio file that is known here",
    }
}

/// Refuses what would play for longer than a clip may.
fn check_length(frames: usize, rate: u32) -> Result<(), Refused> {
    let most = u64::from(rate) * u64::from(SECONDS_MAX);
    if frames as u64 > most { Err(Refused::TooLong) } else { Ok(()) }
}

#[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
fn linear(sample: f32) -> i16 {
    (sample * 32_768.0).round() as i16
}

#[cfg(test)]
mod tests;
