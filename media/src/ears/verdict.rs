//! Who or what answered, why that is believed, and the sentence that says so.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Who or what answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answerer {
    /// Somebody who waits to be spoken to.
    Person,
    /// A machine that greets, a fax, or an announcement of the network.
    Machine,
    /// Nothing says which: whoever acts on it takes it for a person.
    Uncertain,
}

/// What decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A short greeting, and then a pause.
    ShortGreeting,
    /// A greeting that went on and on.
    LongGreeting,
    /// A greeting of many words.
    ManyWords,
    /// A tone that asks for a message.
    Beep,
    /// The network's special information tones.
    Sit,
    /// A fax calls or answers.
    Fax,
    /// Nobody said a word.
    InitialSilence,
    /// A greeting too long for most people and too short for most machines.
    UnclearGreeting,
    /// The time to decide was over.
    TimeUp,
}

/// A judgement with everything it was made from; times in ms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Who or what answered.
    pub answerer: Answerer,
    /// What decided.
    pub reason: Reason,
    /// From the answer to this verdict.
    pub at_ms: u32,
    /// From the answer to the first word, or to the verdict where there was none.
    pub silence_ms: u32,
    /// From the first word to the end of the last.
    pub greeting_ms: u32,
    /// Bursts of speech.
    pub words: u16,
    /// The longest pause between two of them.
    pub longest_pause_ms: u32,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at_ms, silence_ms, greeting_ms, words, longest_pause_ms, .. } = self;
        f.write_str(match self.answerer {
            Answerer::Person => "person: ",
            Answerer::Machine => "machine: ",
            Answerer::Uncertain => "uncertain: ",
        })?;
        let greeting =
            format_args!("{greeting_ms} ms in {words} bursts after {silence_ms} ms of silence");
        match self.reason {
            Reason::ShortGreeting => {
                let waited = at_ms.saturating_sub(silence_ms + greeting_ms);
                write!(f, "greeted for {greeting}, then waited {waited} ms")
            }
            Reason::UnclearGreeting => {
                write!(f, "greeted for {greeting}, as some people and some machines do")
            }
            Reason::LongGreeting | Reason::ManyWords => {
                write!(f, "spoke for {greeting}, with no pause over {longest_pause_ms} ms")
            }
            Reason::Beep => write!(f, "beeped, having spoken for {greeting}"),
            Reason::Sit => write!(f, "special information tones within {at_ms} ms"),
            Reason::Fax => write!(f, "the tone of a fax within {at_ms} ms"),
            Reason::InitialSilence => write!(f, "said nothing for {at_ms} ms"),
            Reason::TimeUp => write!(f, "undecided after {at_ms} ms, {greeting}"),
        }
    }
}
