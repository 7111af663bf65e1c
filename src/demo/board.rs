//! The terminal's board: what happens, in four lines that rewrite themselves.

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::status::DemoStatus;

/// Four live lines on standard error; nothing where that is no terminal.
#[derive(Debug)]
pub struct Board {
    lines: [ProgressBar; LINES],
    all: MultiProgress,
}

const LINES: usize = 4;

impl Board {
    /// A board on standard error.
    #[must_use]
    pub fn on_stderr() -> Self {
        Self::on(ProgressDrawTarget::stderr())
    }

    /// A board anywhere.
    #[must_use]
    pub fn on(target: ProgressDrawTarget) -> Self {
        let all = MultiProgress::with_draw_target(target);
        let line = || {
            let bar = ProgressBar::new_spinner();
            // The template is a constant of ours; the default style would do as well.
            if let Ok(style) = ProgressStyle::with_template("{msg}") {
                bar.set_style(style);
            }
            all.add(bar)
        };
        Self { lines: [line(), line(), line(), line()], all }
    }

    /// Shows how things stand.
    pub fn show(&self, status: &DemoStatus) {
        for (line, text) in self.lines.iter().zip(lines(status)) {
            line.set_message(text);
        }
    }

    /// Prints a line above the board.
    pub fn say(&self, text: &str) {
        // A terminal that went away is no reason to stop dialling.
        let _ = self.all.println(text);
    }

    /// Leaves the last state standing.
    pub fn finish(&self) {
        for line in &self.lines {
            line.abandon();
        }
    }
}

/// The board's text; also what a log shows where there is no terminal.
#[must_use]
pub fn lines(status: &DemoStatus) -> [String; LINES] {
    let DemoStatus { agents, calls, .. } = status;
    let agents = format!(
        "agents   ready {:<4} ringing {:<4} talking {:<4} wrap-up {:<4} paused {:<4} out {}",
        agents.ready, agents.ringing, agents.talking, agents.wrap_up, agents.paused, agents.out
    );
    let calls = format!(
        "calls    ringing {:<4} waiting {:<4} talking {:<4} notice {:<4} in queues {}",
        calls.ringing, calls.waiting, calls.talking, calls.notice, status.waiting
    );
    let dialler = format!(
        "dialled  attempts {:<6} answered {:<6} connected {:<6} abandoned {}",
        status.attempts, status.answered, status.connected, status.abandoned
    );
    let rate = status.abandon_rate * 100.0;
    let rate = match &status.held_by {
        Some(reason) => format!("abandon rate {rate:.1} %   not dialling: {reason}"),
        None => format!("abandon rate {rate:.1} %"),
    };
    [agents, calls, dialler, rate]
}

#[cfg(test)]
mod tests {
    use indicatif::InMemoryTerm;

    use super::*;
    use crate::demo::status::{AgentsByState, CallsByState};

    #[test]
    fn the_board_shows_the_latest_numbers_only() {
        let term = InMemoryTerm::new(10, 100);
        let board = Board::on(ProgressDrawTarget::term_like(Box::new(term.clone())));
        let agents = AgentsByState { ready: 1, talking: 2, ..AgentsByState::default() };
        let calls = CallsByState { talking: 2, ..CallsByState::default() };
        board.show(&DemoStatus { attempts: 7, ..DemoStatus::default() });
        board.show(&DemoStatus {
            agents,
            calls,
            attempts: 8,
            abandon_rate: 0.0125,
            ..DemoStatus::default()
        });
        board.finish();
        let shown = term.contents();
        assert!(shown.contains("attempts 8"), "{shown}");
        assert!(!shown.contains("attempts 7"), "{shown}");
        assert!(shown.contains("ready 1    ringing 0    talking 2"), "{shown}");
        assert!(shown.contains("abandon rate 1.2 %"), "{shown}");
    }

    #[test]
    fn a_campaign_that_does_not_dial_says_why() {
        let held_by = Some("the abandon rate is at its cap".to_owned());
        let status = DemoStatus { held_by, ..DemoStatus::default() };
        assert!(lines(&status)[3].ends_with("not dialling: the abandon rate is at its cap"));
    }
}
