//! `cordboard doctor`: what would keep this machine from carrying calls, and what to do about it.
//!
//! ```text
//!  configuration ─▶ ports · address · clock · certificates · trunks · echo ─▶ Finding, one a line
//! ```
//! Nothing is changed: sockets are bound and closed again, the database is only read, and no
//! telephone rings but the doctor's own. It may be asked while the switch runs: a listener that is
//! taken is then asked by OPTIONS whether it is ours. Each finding that is not fine names its cure.

mod address;
mod certificates;
mod clock;
mod echo;
mod line;
mod ports;
mod trunks;

use std::fmt;
use std::io::Write;

use anyhow::{Context as _, bail};
use config::Config;

/// How the doctor looks.
#[derive(Clone, Debug)]
pub struct Look {
    /// The time server that the clock is compared with; none leaves the clock alone.
    pub time_server: Option<String>,
}

/// Looks at everything, prints what it finds, and fails when anything is wrong.
pub fn run(config: &Config, look: &Look, out: &mut impl Write) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
    let found = runtime.block_on(examine(config, look))?;
    runtime.shutdown_background();
    for finding in &found {
        writeln!(out, "{finding}")?;
    }
    let count = |verdict| found.iter().filter(|finding| finding.verdict == verdict).count();
    let (wrong, doubtful) = (count(Verdict::Wrong), count(Verdict::Doubtful));
    writeln!(out, "{} looked at, {doubtful} doubtful, {wrong} wrong", found.len())?;
    if wrong > 0 {
        bail!("calls will fail until that is mended");
    }
    Ok(())
}

/// Every finding, in the order in which one rests on the other.
pub async fn examine(config: &Config, look: &Look) -> anyhow::Result<Vec<Finding>> {
    let mut line = line::Line::open(config)?;
    let mut found = ports::examine(config, &mut line).await;
    let shown = address::examine(config, &mut found).await;
    found.extend(clock::examine(config, look.time_server.as_deref()).await);
    found.extend(certificates::examine(config));
    found.extend(trunks::examine(config, &mut line).await);
    line.close();
    found.extend(echo::examine(config, shown).await);
    Ok(found)
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it is: a configuration key, a listener, a trunk.
    pub subject: String,
    /// How it is.
    pub verdict: Verdict,
    /// What was seen.
    pub seen: String,
    /// What to do about it; empty where nothing has to be done.
    pub cure: String,
}

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be.
    Fine,
    /// It may be meant so, and may surprise.
    Doubtful,
    /// Calls will fail.
    Wrong,
}

impl Finding {
    fn fine(subject: impl Into<String>, seen: impl Into<String>) -> Self {
        let (subject, seen) = (subject.into(), seen.into());
        Self { subject, verdict: Verdict::Fine, seen, cure: String::new() }
    }

    fn doubtful(
        subject: impl Into<String>,
        seen: impl Into<String>,
        cure: impl Into<String>,
    ) -> Self {
        let (subject, seen, cure) = (subject.into(), seen.into(), cure.into());
        Self { subject, verdict: Verdict::Doubtful, seen, cure }
    }

    fn wrong(subject: impl Into<String>, seen: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { verdict: Verdict::Wrong, ..Self::doubtful(subject, seen, cure) }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match self.verdict {
            Verdict::Fine => "fine",
            Verdict::Doubtful => "look",
            Verdict::Wrong => "WRONG",
        };
        write!(f, "{verdict:<5}  {:<28}  {}", self.subject, self.seen)?;
        if !self.cure.is_empty() {
            write!(f, "\n       {:<28}  ▸ {}", "", self.cure)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_a_line_and_its_cure_the_next() {
        let text = Finding::wrong("sip.udp", "taken", "stop the other program").to_string();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("WRONG  sip.udp ") && lines[0].ends_with("  taken"));
        assert!(lines[1].trim_start().starts_with("▸ stop"));
        assert_eq!(Finding::fine("clock", "4 ms off").to_string().lines().count(), 1);
    }
}
