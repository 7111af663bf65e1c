//! The `cordboard` binary.

use std::path::Path;
use std::process::ExitCode;

use clap::Parser as _;
use config::Config;
use cordboard::cli::{AuditLog, Backup, Cli, Command, Move, Permits};
use cordboard::doctor::Look;
use cordboard::{
    audit, backup, demo, doctor, io, moving, pacing, permits, reconcile, sim, what_if,
};

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Serve { config } => load(config.as_deref()).and_then(|config| io::run(&config)),
        Command::CheckConfig { file } => load(Some(&file)).map(|_| {
            println!("{}: nothing to complain about", file.display());
        }),
        Command::Doctor { config, time_server, no_time_server } => {
            let look = Look { time_server: (!no_time_server).then_some(time_server) };
            load(config.as_deref())
                .and_then(|config| doctor::run(&config, &look, &mut std::io::stdout().lock()))
        }
        Command::Permits { command } => permits(command),
        Command::Audit { command } => audit(command),
        Command::Reconcile(asked) => load(asked.config.as_deref()).and_then(|config| {
            let database = io::database::place(&config)?;
            let now = jiff::Timestamp::now();
            reconcile::run(&database, &asked, now, &mut std::io::stdout().lock())
        }),
        Command::Demo(demo) => demo::run(&demo),
        Command::Simulate(asked) => match (&asked.campaign, asked.what_if) {
            (Some(name), Some(change)) => what_if::run(name, change, &asked),
            _ => sim::run(&asked),
        },
        Command::Move(to) => relocate(&to),
        Command::Backup(wanted) => keep(wanted),
        Command::Restore(asked) => load(asked.config.as_deref()).and_then(|config| {
            backup::restore(&asked.from, &config, &mut std::io::stdout().lock())
        }),
        Command::Pacer(how) => pacing::run(&how, std::io::stdin().lock(), std::io::stdout().lock()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            match error.downcast::<config::Refused>() {
                Ok(refused) => eprintln!("{:?}", miette::Report::new(refused)),
                Err(error) => eprintln!("cordboard: {error:#}"),
            }
            ExitCode::FAILURE
        }
    }
}

fn keep(asked: Backup) -> anyhow::Result<()> {
    let out = &mut std::io::stdout().lock();
    if let Some(folder) = &asked.verify {
        return backup::verify(folder, out);
    }
    let config = load(asked.config.as_deref())?;
    let Backup { to, keep, recordings, .. } = asked;
    let wanted = backup::Wanted { to, keep, recordings };
    backup::take(&config, &wanted, jiff::Timestamp::now(), out).map(drop)
}

fn relocate(to: &Move) -> anyhow::Result<()> {
    let config = load(to.config.as_deref())?;
    let _held = io::folder::hold(&config.node.state_dir)?;
    let from = io::database::place(&config)?;
    let to = io::database::server(&to.to, to.password_file.as_deref())?;
    moving::run(&from, &to, &mut std::io::stdout().lock())
}

fn permits(command: Permits) -> anyhow::Result<()> {
    match command {
        Permits::Export { config } => {
            let config = load(config.as_deref())?;
            let journal = config.node.state_dir.join("journal");
            permits::export(&journal, &mut std::io::stdout().lock())
        }
        Permits::Verify { file } => {
            permits::verify(&file, "permits", &mut std::io::stdout().lock())
        }
    }
}

fn audit(command: AuditLog) -> anyhow::Result<()> {
    let out = &mut std::io::stdout().lock();
    let database =
        |config: Option<&Path>| load(config).and_then(|config| io::database::place(&config));
    match command {
        AuditLog::Export { config } => audit::export(&database(config.as_deref())?, out),
        AuditLog::Verify { file: Some(file), .. } => permits::verify(&file, "entries", out),
        AuditLog::Verify { file: None, config } => {
            audit::verify(&database(config.as_deref())?, out)
        }
    }
}

/// The configuration of a file, or the defaults; what will surprise is said on standard error.
fn load(file: Option<&Path>) -> anyhow::Result<Config> {
    let config = match file {
        Some(file) => Config::load(file)?,
        None => Config::default(),
    };
    for warning in config.warnings() {
        eprintln!("warning: {}: {}", warning.key, warning.message);
    }
    Ok(config)
}
