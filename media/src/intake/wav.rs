//! RIFF/WAVE, read leniently in its lengths and strictly in its facts: programs that write to a
//! pipe leave the lengths of the file and of its samples at their largest.

use super::{Refused, Sound, check_length};
use crate::{g711::Law, tone::RATE};

/// Whether a file begins as WAV does.
pub(super) fn is_wav(file: &[u8]) -> bool {
    file.starts_with(b"RIFF") && file.get(8..12) == Some(b"WAVE")
}

/// Reads PCM, A-law and µ-law; of two channels the mean.
pub(super) fn read(file: &[u8]) -> Result<Sound, Refused> {
    let mut format = None;
    let mut rest = file.get(12..).unwrap_or_default();
    loop {
        let Some((header, body)) = rest.split_first_chunk::<8>() else {
            let missing = if format.is_some() { "samples" } else { "a format" };
            return Err(Refused::Damaged(format!("it has no chunk with {missing}")));
        };
        let length =
            usize::try_from(u32::from_le_bytes([header[4], header[5], header[6], header[7]]))
                .unwrap_or(usize::MAX);
        let chunk = &body[..length.min(body.len())];
        match (&header[..4], format) {
            (b"fmt ", _) => format = Some(Format::read(chunk)?),
            (b"data", Some(format)) => return sound(format, chunk),
            (b"data", None) => {
                return Err(Refused::Damaged("its samples come before their format".to_owned()));
            }
            _ => {}
        }
        // A chunk of an odd length is followed by one byte of nothing.
        let next = length.saturating_add(length & 1).min(body.len());
        rest = &body[next..];
    }
}

/// Writes samples of ours as PCM of 16 bit.
pub(super) fn write(samples: &[i16]) -> Vec<u8> {
    let length = u32::try_from(samples.len() * 2).unwrap_or(u32::MAX);
    let mut file = Vec::with_capacity(samples.len() * 2 + 44);
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&length.saturating_add(36).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend_from_slice(&RATE.to_le_bytes());
    file.extend_from_slice(&(RATE * 2).to_le_bytes());
    file.extend_from_slice(b"\x02\0\x10\0data");
    file.extend_from_slice(&length.to_le_bytes());
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    file
}

/// What the samples are.
#[derive(Clone, Copy, Debug)]
struct Format {
    coding: Coding,
    channels: u16,
    rate: u32,
}

#[derive(Clone, Copy, Debug)]
enum Coding {
    Pcm8,
    Pcm16,
    Pcm24,
    Pcm32,
    Float,
    ALaw,
    MuLaw,
}

impl Format {
    fn read(chunk: &[u8]) -> Result<Self, Refused> {
        let Some(facts) = chunk.first_chunk::<16>() else {
            return Err(Refused::Damaged("its format is cut short".to_owned()));
        };
        let word = |at: usize| u16::from_le_bytes([facts[at], facts[at + 1]]);
        // WAVE_FORMAT_EXTENSIBLE says the same word in the first bytes of its GUID.
        let tag = match (word(0), chunk.get(24..26)) {
            (0xFFFE, Some(&[low, high])) => u16::from_le_bytes([low, high]),
            (tag, _) => tag,
        };
        let (channels, bits) = (word(2), word(14));
        let rate = u32::from_le_bytes([facts[4], facts[5], facts[6], facts[7]]);
        let coding = Coding::of(tag, bits)?;
        if !(1..=2).contains(&channels) {
            let what = format!("{channels} channels");
            return Err(Refused::Unsupported { what, expected: "one or two" });
        }
        if !(RATE_MIN..=RATE_MAX).contains(&rate) {
            let what = format!("{rate} samples a second");
            return Err(Refused::Unsupported { what, expected: "4,000 to 192,000" });
        }
        Ok(Self { coding, channels, rate })
    }
}

const RATE_MIN: u32 = 4_000;
const RATE_MAX: u32 = 192_000;

impl Coding {
    /// By the word and the bits of the format chunk (RFC 2361).
    fn of(tag: u16, bits: u16) -> Result<Self, Refused> {
        match (tag, bits) {
            (1, 8) => Ok(Self::Pcm8),
            (1, 16) => Ok(Self::Pcm16),
            (1, 24) => Ok(Self::Pcm24),
            (1, 32) => Ok(Self::Pcm32),
            (3, 32) => Ok(Self::Float),
            (6, 8) => Ok(Self::ALaw),
            (7, 8) => Ok(Self::MuLaw),
            (0x50 | 0x55, _) => Err(Refused::Format { found: "MPEG audio (MP3) in a WAV file" }),
            (1 | 3 | 6 | 7, bits) => Err(Refused::Unsupported {
                what: format!("samples of {bits} bit"),
                expected: "8, 16, 24 or 32 bit PCM, or 8 bit A-law or µ-law",
            }),
            (tag, _) => Err(Refused::Unsupported {
                what: format!("a WAV file in coding 0x{tag:04X}"),
                expected: "PCM, A-law or µ-law",
            }),
        }
    }

    fn bytes(self) -> usize {
        match self {
            Self::Pcm8 | Self::ALaw | Self::MuLaw => 1,
            Self::Pcm16 => 2,
            Self::Pcm24 => 3,
            Self::Pcm32 | Self::Float => 4,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Pcm8 => "PCM 8 bit",
            Self::Pcm16 => "PCM 16 bit",
            Self::Pcm24 => "PCM 24 bit",
            Self::Pcm32 => "PCM 32 bit",
            Self::Float => "PCM float",
            Self::ALaw => "A-law",
            Self::MuLaw => "µ-law",
        }
    }

    /// One sample of one channel; full scale is 1.0.
    fn sample(self, bytes: &[u8]) -> f32 {
        match (self, bytes) {
            (Self::Pcm8, &[byte]) => (f32::from(byte) - 128.0) / 128.0,
            (Self::ALaw, &[byte]) => f32::from(Law::A.decode(byte)) / 32_768.0,
            (Self::MuLaw, &[byte]) => f32::from(Law::Mu.decode(byte)) / 32_768.0,
            (Self::Pcm16, &[a, b]) => f32::from(i16::from_le_bytes([a, b])) / 32_768.0,
            (Self::Pcm24, &[a, b, c]) => of_long(i32::from_le_bytes([0, a, b, c])),
            (Self::Pcm32, &[a, b, c, d]) => of_long(i32::from_le_bytes([a, b, c, d])),
            (Self::Float, &[a, b, c, d]) => {
                let sample = f32::from_le_bytes([a, b, c, d]);
                if sample.is_finite() { sample.clamp(-1.0, 1.0) } else { 0.0 }
            }
            _ => 0.0,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "24 bits are kept, which is more than is played")]
fn of_long(sample: i32) -> f32 {
    sample as f32 / 2_147_483_648.0
}

fn sound(format: Format, bytes: &[u8]) -> Result<Sound, Refused> {
    let Format { coding, channels, rate } = format;
    let frame = coding.bytes() * usize::from(channels);
    check_length(bytes.len() / frame, rate)?;
    let of_frame = |frame: &[u8]| {
        let sum: f32 = frame.chunks_exact(coding.bytes()).map(|one| coding.sample(one)).sum();
        sum / f32::from(channels)
    };
    let samples = bytes.chunks_exact(frame).map(of_frame).collect();
    let plural = if channels == 1 { "channel" } else { "channels" };
    let source = format!("{}, {rate} Hz, {channels} {plural}", coding.name());
    Ok(Sound { samples, rate, source })
}
