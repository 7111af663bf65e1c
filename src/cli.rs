//! The command line: what `cordboard --help` shows.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use crate::sim::{Change, Faults};

/// A call centre's phones in one binary.
#[derive(Debug, Parser)]
#[command(version, about)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the binary can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the switch
    Serve {
        /// The configuration file; every key has a default
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Check a configuration file without starting anything
    CheckConfig {
        /// The file to check
        file: PathBuf,
    },
    /// Look for what would keep this machine from carrying calls, and say the cure
    Doctor {
        /// The configuration file; every key has a default
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// A time server to compare the clock with
        #[arg(long, value_name = "HOST", default_value = "pool.ntp.org")]
        time_server: String,
        /// Leave the clock alone
        #[arg(long, conflicts_with = "time_server")]
        no_time_server: bool,
    },
    /// Take permits out of the journal, or check an export of them
    Permits {
        /// What to do with them.
        #[command(subcommand)]
        command: Permits,
    },
    /// Take the audit log out of the database, or check it
    Audit {
        /// What to do with it.
        #[command(subcommand)]
        command: AuditLog,
    },
    /// Check whether the records agree with each other, and name each that does not
    Reconcile(Reconcile),
    /// Run the switch with a simulated carrier, its customers, and a campaign that dials them
    Demo(Demo),
    /// Run the switch in virtual time, with faults on purpose, and check its invariants
    Simulate(Simulate),
    /// Copy settings and records to a PostgreSQL database of their own; stop the switch first
    Move(Move),
    /// Copy database, journal and the index of recordings while the switch runs, or check a copy
    Backup(Backup),
    /// Put a backup into a folder and a database that are not in use; stop the switch first
    Restore(Restore),
    /// Pace the campaigns of the pacing simulator, as the switch would
    Pacer(Pacing),
}

/// How the pacer is put behind the simulator's protocol.
#[derive(Clone, Copy, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct Pacing {
    /// Speak protocol 1 on standard input and output
    #[arg(long, required = true)]
    pub stdio: bool,
    /// Greatest share of people who may be abandoned, in percent [default: what the init says]
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub cap_percent: Option<f64>,
    /// Keep the rate to date under the cap at every moment
    #[arg(long)]
    pub strict: bool,
    /// Never give up a call that rings; else one that has rung for the legal minimum may be
    #[arg(long)]
    pub keep_ringing: bool,
    /// Say on standard error at the end what the decisions cost
    #[arg(long)]
    pub costs: bool,
}

/// Reads a share of 0.1 to 100 percent.
fn percent(text: &str) -> Result<f64, String> {
    let expected = || format!("expected 0.1 to 100, not {text:?}");
    let percent: f64 = text.parse().map_err(|_| expected())?;
    if (0.1..=100.0).contains(&percent) { Ok(percent) } else { Err(expected()) }
}

/// What can be done with permits: the evidence that every dial was lawful.
#[derive(Debug, Subcommand)]
pub enum Permits {
    /// Write every permit of the journal to standard output, one a line, and the head of the chain
    Export {
        /// The configuration file that names the state directory
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Check an export: that no permit was altered, left out or slipped in
    Verify {
        /// The export
        file: PathBuf,
    },
}

/// What can be done with the audit log: who changed what, from where and when.
#[derive(Debug, Subcommand)]
pub enum AuditLog {
    /// Write every entry to standard output, one a line, and the head of the chain
    Export {
        /// The configuration file that names the state directory
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Check that no entry was altered, left out or slipped in: in an export, or in the database
    Verify {
        /// The export; the database where there is none
        file: Option<PathBuf>,
        /// The configuration file that names the state directory
        #[arg(long, value_name = "FILE", conflicts_with = "file")]
        config: Option<PathBuf>,
    },
}

/// Where the database moves.
#[derive(Clone, Debug, Args)]
pub struct Move {
    /// The server and the database there, made if there is none: `postgres://user@host/name`
    #[arg(long, value_name = "URL")]
    pub to: String,
    /// A file whose first line is the user's password
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// The configuration file that says where the database is now
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Which backup is taken, or checked.
#[derive(Clone, Debug, Args)]
pub struct Backup {
    /// Check this backup, every byte of it, and take none
    #[arg(long, value_name = "DIR", conflicts_with_all = ["to", "keep", "recordings", "config"])]
    pub verify: Option<PathBuf>,
    /// Where it gets a folder of its own [default: backups in the state folder]
    #[arg(long, value_name = "DIR")]
    pub to: Option<PathBuf>,
    /// How many older backups stay there
    #[arg(long, value_name = "N", default_value_t = 6)]
    pub keep: usize,
    /// Copy the recordings too, and not only their index
    #[arg(long)]
    pub recordings: bool,
    /// The configuration file that says where everything is
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// What is restored, and where to.
#[derive(Clone, Debug, Args)]
pub struct Restore {
    /// The backup
    pub from: PathBuf,
    /// The configuration file that says where everything goes
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Which records are reconciled.
#[derive(Clone, Debug, Args)]
pub struct Reconcile {
    /// The configuration file that names the state directory
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// From this moment, such as 2026-11-22T00:00:00Z [default: 24 hours before the end]
    #[arg(long, value_name = "TIME")]
    pub from: Option<jiff::Timestamp>,
    /// And before this [default: now]
    #[arg(long, value_name = "TIME")]
    pub to: Option<jiff::Timestamp>,
    /// Print the result as one JSON object
    #[arg(long)]
    pub json: bool,
}

/// How the demo runs.
#[derive(Clone, Debug, Args)]
pub struct Demo {
    /// Simulated agents work instead of a person, and a report ends the run
    #[arg(long)]
    pub headless: bool,
    /// How many agents there are [default: 3, headless 20]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=200))]
    pub agents: Option<u16>,
    /// How long to dial, such as 60s or 5m; without it the demo runs until Ctrl-C
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    pub duration: Option<Duration>,
    /// Print the report as one JSON object
    #[arg(long, requires = "headless")]
    pub json: bool,
    /// The seed that decides who answers, and when
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The longest that a person talks, such as 60s [default: 11s, a minute shows what an hour
    /// would]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub talk: Option<Duration>,
    /// Where the demo keeps its state; a temporary folder by default
    #[arg(long, value_name = "DIR")]
    pub state_dir: Option<PathBuf>,
}

/// What is simulated.
#[derive(Clone, Debug, Args)]
pub struct Simulate {
    /// All chance comes from here; the same seed gives the same run
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Run so many seeds, one after the other
    #[arg(long, default_value_t = 1)]
    pub seeds: u64,
    /// How many agents there are [default: 20; of a campaign, as many as there were]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=5_000))]
    pub agents: Option<u16>,
    /// Length of the shift in hours, such as 8 or 0.25
    #[arg(long, default_value_t = 1.0, value_parser = hours)]
    pub hours: f64,
    /// What goes wrong: all, none, or a list such as network,disk,restart
    #[arg(long, default_value = "none")]
    pub faults: Faults,
    /// Stop after this step and tell the last events in words
    #[arg(long, value_name = "STEP")]
    pub until: Option<u64>,
    /// Print the report as one JSON object a run
    #[arg(long)]
    pub json: bool,
    /// Simulate this campaign of the installation, by the records of its last 28 days
    #[arg(long, value_name = "NAME", requires = "what_if", conflicts_with = "until")]
    pub campaign: Option<String>,
    /// As it is, and with this instead: target=2%, mode=progressive, mode=predictive or agents=30
    #[arg(long, value_name = "SETTING", requires = "campaign")]
    pub what_if: Option<Change>,
    /// The configuration file that says where the campaign's records are
    #[arg(long, value_name = "FILE", requires = "campaign")]
    pub config: Option<PathBuf>,
}

/// Reads a length in hours, up to a week.
fn hours(text: &str) -> Result<f64, String> {
    let hours = text.parse().ok().filter(|hours| (0.01..=168.0).contains(hours));
    hours.ok_or_else(|| "expected hours from 0.01 to 168, such as 8 or 0.25".to_owned())
}

/// Reads `90s`, `5m`, `1h` or plain seconds; 1 s to 24 h.
fn duration(text: &str) -> Result<Duration, String> {
    let expected = || format!("expected a time such as 60s, 5m or 1h, not {text:?}");
    let (number, unit) = match text.strip_suffix(['s', 'm', 'h']) {
        Some(number) => (number, text.as_bytes()[text.len() - 1]),
        None => (text, b's'),
    };
    let number: u64 = number.parse().map_err(|_| expected())?;
    let seconds = match unit {
        b'h' => number.saturating_mul(3_600),
        b'm' => number.saturating_mul(60),
        _ => number,
    };
    if (1..=24 * 3_600).contains(&seconds) {
        Ok(Duration::from_secs(seconds))
    } else {
        Err("expected a time from 1s to 24h".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_cap_is_a_percentage() {
        assert_eq!(percent("3"), Ok(3.0));
        for wrong in ["0", "101", "-1", "three", "NaN"] {
            assert!(percent(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_time_has_a_unit_and_a_range() {
        assert_eq!(duration("60s"), Ok(Duration::from_mins(1)));
        assert_eq!(duration("5m"), Ok(Duration::from_mins(5)));
        assert_eq!(duration("7"), Ok(Duration::from_secs(7)));
        for wrong in ["", "s", "0s", "25h", "5 m", "-1s", "1d"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
