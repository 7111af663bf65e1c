//! Prompts, as `openapi.json` describes them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::documents::Kept;
use utoipa::ToSchema;
use uuid::Uuid;

use super::settings::shown;
use super::shapes;
use crate::documents::Stamp;

shapes! {
    /// A clip that was uploaded or spoken.
    Prompt {
        /// What settings call it by; unique.
        #[schema(min_length = 1, max_length = 64)]
        name: String,
        /// What a program spoke; null is a file that was uploaded.
        text: Option<String>,
        /// What the file was.
        #[schema(example = "PCM 16 bit, 44100 Hz, 2 channels")]
        source: String,
        /// Of the WAV file that is kept, in hexadecimal.
        sha256: String,
        /// How long it plays.
        duration_ms: u32,
        /// Decibels below full scale, as RMS over what sounds; speech is best at -23 to -17.
        loudness_db: i16,
        /// Of the loudest sample.
        peak_db: i16,
        /// Samples of the file that were cut off at full scale.
        clipped: u32,
    }
}

shown! {
    ShownPrompt: Prompt,
}

/// A version of a prompt that can still be heard.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PromptVersion {
    /// Its number.
    #[schema(minimum = 1)]
    version: u64,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    saved_at: Timestamp,
    /// What a program spoke; null is a file that was uploaded.
    text: Option<String>,
    /// What the file was.
    source: String,
    /// How long it plays.
    duration_ms: u32,
}

impl From<Kept<routing::Prompt>> for PromptVersion {
    fn from(Kept { value, version, saved_at }: Kept<routing::Prompt>) -> Self {
        let routing::Prompt { text, source, duration_ms, .. } = value;
        Self { version, saved_at, text, source, duration_ms }
    }
}
