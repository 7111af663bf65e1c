//! The last events of a run in words, for whoever has to understand a failure.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;

use crate::switch::{Input, Output};

/// The newest lines; nothing is put into words before somebody listens.
#[derive(Debug, Default)]
pub(super) struct Story {
    listening: bool,
    /// The input of this step, until it is worth telling.
    pending: Option<String>,
    lines: VecDeque<String>,
}

impl Story {
    pub(super) fn listen(&mut self) {
        self.listening = true;
    }

    pub(super) fn input(&mut self, at: Duration, step: u64, input: &Input) {
        if self.listening {
            self.pending = Some(format!("{step} ▶ {}", of_input(input)));
            if !matches!(input, Input::Tick) {
                self.tell_pending(at);
            }
        }
    }

    pub(super) fn output(&mut self, at: Duration, output: &Output) {
        if self.listening && !matches!(output, Output::Live(_)) {
            self.tell_pending(at);
            self.tell(at, &format!("    ◀ {}", of_output(output)));
        }
    }

    /// A tick is worth a line only when something comes of it.
    fn tell_pending(&mut self, at: Duration) {
        if let Some(pending) = self.pending.take() {
            self.tell(at, &pending);
        }
    }

    pub(super) fn note(&mut self, at: Duration, what: impl FnOnce() -> String) {
        if self.listening {
            self.tell(at, &what());
        }
    }

    pub(super) fn into_lines(self) -> Vec<String> {
        self.lines.into()
    }

    fn tell(&mut self, at: Duration, what: &str) {
        if self.lines.len() >= LINES {
            self.lines.pop_front();
        }
        let what: String = what.chars().take(COLUMNS).collect();
        self.lines.push_back(format!("{:.6} {what}", at.as_secs_f64()));
    }
}

fn of_input(input: &Input) -> String {
    match input {
        Input::Sip(flow, bytes) => format!("from {}: {}", flow.remote, summary(bytes)),
        other => format!("{other:?}"),
    }
}

fn of_output(output: &Output) -> String {
    match output {
        Output::Send(flow, bytes) => format!("to {}: {}", flow.remote, summary(bytes)),
        Output::Journal(entry) => format!("journal {}: {:?}", entry.seq, entry.event),
        other => format!("{other:?}"),
    }
}

/// The start line of a message with what tells one call from another.
fn summary(bytes: &Bytes) -> String {
    let text = String::from_utf8_lossy(bytes);
    let header = |name: &str| text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    let first = text.lines().next().unwrap_or_default();
    format!("{first} | {} | {}", header("CSeq"), header("Call-ID"))
}

const LINES: usize = 60;
const COLUMNS: usize = 240;
