//! What a telephone plays and what it recorded, as files.

use std::path::{Path, PathBuf};

use super::customer::has_tone;

/// What a telephone heard.
pub(crate) struct Recording(Vec<i16>);

impl Recording {
    /// Reads what lies in these files, one after the other.
    pub(crate) fn read(files: impl Iterator<Item = PathBuf>) -> Self {
        Self(files.flat_map(samples).collect())
    }

    /// Whether a tone fills at least half a second of it.
    pub(crate) fn heard(&self, hz: u16) -> bool {
        has_tone(&self.0, hz)
    }
}

fn samples(path: PathBuf) -> Vec<i16> {
    let mut wav = hound::WavReader::open(path).unwrap();
    assert_eq!(wav.spec().sample_rate, 8_000);
    wav.samples::<i16>().map_while(Result::ok).collect()
}

/// Two minutes of a tone: longer than any call here.
pub(crate) fn write_tone(path: &Path, hz: u16) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::create(path, spec).unwrap();
    for sample in media::tone::sine(f64::from(hz), 0.4, 8_000 * 120) {
        wav.write_sample(sample).unwrap();
    }
    wav.finalize().unwrap();
}
