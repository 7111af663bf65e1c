//! Prompts: clips of the organisation's own, by the names that settings call them by.
//!
//! A built-in clip needs no prompt; a prompt of its name is heard in its place.

use std::fmt;
use std::sync::Arc;

use crate::ids::PromptId;
use crate::invalid::{self, Invalid};
use serde::{Deserialize, Serialize};

/// A clip that was uploaded or spoken, as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prompt {
    /// The id.
    pub id: PromptId,
    /// What settings call it by; unique, and never another.
    pub name: String,
    /// What a program spoke; none is a file that was uploaded.
    pub text: Option<String>,
    /// What the file was: `PCM 16 bit, 44100 Hz, 2 channels`.
    pub source: String,
    /// Of the WAV file that is kept, in hexadecimal.
    pub sha256: String,
    /// How long it plays.
    pub duration_ms: u32,
    /// Decibels below full scale, as RMS over what sounds.
    pub loudness_db: i16,
    /// Of the loudest sample.
    pub peak_db: i16,
    /// Samples of the file that were cut off at full scale.
    pub clipped: u32,
}

impl Prompt {
    /// Checks the name and the text, which people write.
    pub fn validate(&self) -> Result<(), Invalid> {
        invalid::line("name", &self.name, NAME_MAX)?;
        if self.name.trim() != self.name {
            return Err(Invalid::new("name", "must not begin or end with a space"));
        }
        match &self.text {
            Some(text) if text.trim().is_empty() => Err(Invalid::new("text", "must not be empty")),
            Some(text) if text.chars().count() > TEXT_MAX => {
                Err(Invalid::new("text", format!("must be at most {TEXT_MAX} characters")))
            }
            _ => Ok(()),
        }
    }
}

/// The longest name, in characters.
const NAME_MAX: usize = 64;

/// Some three minutes of speech.
const TEXT_MAX: usize = 2_000;

/// How a clip sounds: one channel of 8 kHz. Many hold it and none copies it.
#[derive(Clone, PartialEq, Eq)]
pub struct Sound(pub Arc<[i16]>);

impl fmt::Debug for Sound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} samples", self.0.len())
    }
}

/// Music for those who wait.
pub const HOLD_MUSIC: &str = "hold-music";

/// To a person who answered and found no agent.
pub const ABANDONED_NOTICE: &str = "abandoned-notice";

/// To a caller whom nobody can serve.
pub const NOBODY_HERE: &str = "nobody-here";

/// Before the tone of a mailbox.
pub const LEAVE_A_MESSAGE: &str = "leave-a-message";

/// To a caller who hangs up, keeps the place in line and is called back.
pub const CALL_BACK_KEPT: &str = "call-back-kept";

/// To whoever answers at the number of an agent's line, who presses 1 to take it.
pub const PRESS_TO_TAKE: &str = "press-to-take";

/// Asks a caller of an access number for the agent's number.
pub const CALL_IN_NUMBER: &str = "call-in-number";

/// Asks for the PIN that goes with it.
pub const CALL_IN_PIN: &str = "call-in-pin";

/// Something was wrong; asks for the agent's number again.
pub const CALL_IN_AGAIN: &str = "call-in-again";

/// Something was wrong once too often.
pub const CALL_IN_GOODBYE: &str = "call-in-goodbye";

/// What was keyed cannot be proven now.
pub const CALL_IN_LATER: &str = "call-in-later";

/// To an agent whose line is up now.
pub const CALL_IN_WELCOME: &str = "call-in-welcome";

/// To an agent who is not clocked in.
pub const CALL_IN_CLOCK_IN: &str = "call-in-clock-in";

/// To an agent who has a line already.
pub const CALL_IN_THERE: &str = "call-in-there";

/// To an agent whose line is made another way in this shift.
pub const CALL_IN_OTHERWISE: &str = "call-in-otherwise";

/// To an agent who may not work.
pub const CALL_IN_BARRED: &str = "call-in-barred";

/// What settings can name though nobody has uploaded it.
pub const BUILT_IN: [&str; 16] = [
    ABANDONED_NOTICE,
    CALL_BACK_KEPT,
    CALL_IN_AGAIN,
    CALL_IN_BARRED,
    CALL_IN_CLOCK_IN,
    CALL_IN_GOODBYE,
    CALL_IN_LATER,
    CALL_IN_NUMBER,
    CALL_IN_OTHERWISE,
    CALL_IN_PIN,
    CALL_IN_THERE,
    CALL_IN_WELCOME,
    HOLD_MUSIC,
    LEAVE_A_MESSAGE,
    NOBODY_HERE,
    PRESS_TO_TAKE,
];

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_prompt_has_a_name_of_one_line_and_a_text_that_can_be_spoken() {
        let json = serde_json::json!({
            "id": Uuid::from_u128(1), "name": "Willkommen", "text": null, "source": "A-law",
            "sha256": "00", "duration_ms": 900, "loudness_db": -20, "peak_db": -6, "clipped": 0,
        });
        let prompt: Prompt = serde_json::from_value(json).unwrap();
        assert_eq!(prompt.validate(), Ok(()));
        let told = |change: fn(&mut Prompt)| {
            let mut prompt = prompt.clone();
            change(&mut prompt);
            prompt.validate().unwrap_err().to_string()
        };
        assert_eq!(told(|p| p.name = " ".into()), "name: must not be empty");
        assert_eq!(told(|p| p.name = "a ".into()), "name: must not begin or end with a space");
        assert_eq!(told(|p| p.name = "x".repeat(65)), "name: must be at most 64 characters");
        assert_eq!(told(|p| p.text = Some("\n".into())), "text: must not be empty");
        let long = told(|p| p.text = Some("x".repeat(2_001)));
        assert_eq!(long, "text: must be at most 2000 characters");
    }
}
