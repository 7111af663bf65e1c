//! What makes clips: the root implements it over the media plane; tests fake it.

use std::future::Future;
use std::pin::Pin;

use routing::Sound;

/// Makes clips of files, and files of texts.
pub trait Studio: Send + Sync + 'static {
    /// Makes a clip of a file that somebody brought; blocking, one at a time. The error says to
    /// that person what kept it from being one.
    fn convert(&self, file: &[u8]) -> Result<Take, String>;

    /// Has a text spoken by the configured program; what it wrote is a file like any other.
    fn speak(&self, text: String) -> Speaking<'_>;

    /// The WAV file of a clip that comes with the product.
    fn built_in(&self, name: &str) -> Option<Vec<u8>>;
}

/// A file of speech, in time.
pub type Speaking<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, Unspoken>> + Send + 'a>>;

/// A clip that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Take {
    /// As it is played.
    pub sound: Sound,
    /// As it is kept: one channel of 8 kHz, 16 bit PCM.
    pub wav: Vec<u8>,
    /// What the file was.
    pub source: String,
    /// Decibels below full scale, as RMS over what sounds.
    pub loudness_db: i16,
    /// Of the loudest sample.
    pub peak_db: i16,
    /// Samples of the file that were cut off at full scale.
    pub clipped: u32,
}

/// Why a text was not spoken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unspoken {
    /// No program is configured.
    #[error("no program that speaks is configured: set media.speech.command")]
    NoProgram,
    /// It failed, took too long, or wrote too much.
    #[error("the program that speaks {0}")]
    Failed(String),
}
