//! `[log]`: what is written to standard error.

use serde::{Deserialize, Serialize};

/// How much is written, and for whom.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// The least severe line that is written.
    pub level: LogLevel,
    /// Lines for people or for machines.
    pub format: LogFormat,
}

/// `warn` is trouble the switch recovered from; `error` is a call, a lead or a recording lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// A call, a lead or a recording was lost.
    Error,
    /// Trouble the switch recovered from.
    Warn,
    /// What an operator wants to read of a normal day.
    #[default]
    Info,
    /// What somebody who reads the source wants to know.
    Debug,
    /// Everything; too much for production.
    Trace,
}

impl LogLevel {
    /// The word of the file, which is also the one `tracing` uses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

/// How a line of the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One readable line an event.
    #[default]
    Text,
    /// One JSON object an event.
    Json,
}
