//! What a stream is listened to for, and where the lines between a person and a machine run.

use serde::{Deserialize, Serialize};

/// How to judge who answered. The defaults are those that the labelled set was measured with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listen {
    /// A verdict comes this long after the answer at the latest, in ms.
    pub within_ms: u32,
    /// Whoever has said nothing for this long after the answer is uncertain, in ms.
    pub silence_ms: u32,
    /// A pause this long ends a person's greeting, in ms.
    pub pause_ms: u32,
    /// A pause this long ends a greeting that is longer than a person's, in ms: a machine pauses
    /// for less between two sentences. Below 1,800, or the two-second rule leaves no time to act.
    pub long_pause_ms: u32,
    /// A greeting up to this long is a person's, in ms.
    pub person_ms: u32,
    /// A greeting that has gone on for this long is a machine's, in ms.
    pub machine_ms: u32,
    /// A greeting of more bursts of speech than this is a machine's, once it is longer than a
    /// person's.
    pub words: u16,
    /// Silence after a greeting that [`Sound::Silence`](super::Sound::Silence) tells, in ms.
    pub fell_silent_ms: u32,
}

impl Default for Listen {
    fn default() -> Self {
        Self {
            within_ms: 6_000,
            silence_ms: 3_000,
            pause_ms: 700,
            long_pause_ms: 1_500,
            person_ms: 1_800,
            machine_ms: 3_800,
            words: 12,
            fell_silent_ms: 3_000,
        }
    }
}
