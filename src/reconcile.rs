//! Whether the records agree, asked from the command line. It may run beside the switch: it only
//! reads.

use std::io::Write;

use anyhow::{Context as _, bail};
use jiff::{SignedDuration, Timestamp};
use store::reconcile::Reconciliation;
use store::{Place, Store};

use crate::cli::Reconcile;

/// Checks the records of a database and tells each finding; an error when there is one.
pub fn run(
    database: &Place,
    asked: &Reconcile,
    now: Timestamp,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let to = asked.to.unwrap_or(now);
    let from = match asked.from {
        Some(from) => from,
        None => to.checked_sub(SignedDuration::from_hours(24))?,
    };
    if from >= to {
        bail!("--to is a moment after --from, which is {from}");
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let opened = runtime.block_on(Store::open_to_read(database.clone()));
    let store = opened.with_context(|| format!("cannot open {database}"))?;
    let found = runtime.block_on(store.reconcile().run(from, to))?;
    if asked.json {
        writeln!(out, "{}", serde_json::to_string(&found)?)?;
    } else {
        tell(&found, out)?;
    }
    match found.findings.len() {
        0 => Ok(()),
        1 => bail!("one record does not agree with the others"),
        many => bail!("{many} records do not agree with the others"),
    }
}

fn tell(found: &Reconciliation, out: &mut impl Write) -> anyhow::Result<()> {
    for check in &found.checks {
        let verdict = match check.findings {
            0 => "agree".to_owned(),
            wrong => format!("{wrong} WRONG"),
        };
        writeln!(out, "{:>9} records  {verdict:<12} {}", check.records, check.rule)?;
    }
    for finding in &found.findings {
        write!(out, "{}: {} {}: {}", finding.check, finding.record, finding.id, finding.what)?;
        if let Some(seq) = finding.seq {
            write!(out, ", journal entry {seq}")?;
        }
        if let (Some(expected), Some(found)) = (finding.expected, finding.found) {
            write!(out, ", expected {expected}, found {found}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use std::sync::mpsc;
    use store::{Entry, Event, Fold, Journal, Options, Report};

    /// A database with a shift of a minute, of which so many seconds are told.
    async fn database(dir: &Path, told: i64) -> Place {
        let place = Place::from(dir.join("cordboard.db"));
        let store = Store::open(place.clone()).await.unwrap();
        let (tell, reports) = mpsc::channel();
        let report = move |report| drop(tell.send(report));
        let (mut journal, _) =
            Journal::open(&dir.join("journal"), &Options::default(), report).unwrap();
        let agent = uuid::Uuid::from_u128(1).into();
        let clock = |clocked_in| Event::AgentClock { agent, clocked_in, reason: None, unit: None };
        let ready = Event::AgentInterval {
            agent,
            state: routing::StateName::Ready,
            counts: routing::Counts::Ready,
            reason: None,
            from: at(0),
            to: at(told),
            call: None,
            campaign: None,
        };
        for (seconds, event) in [(0, clock(true)), (60, ready), (60, clock(false))] {
            let seq = journal.next_seq();
            journal.append(&Entry { seq, at: at(seconds), event }).unwrap();
        }
        let last = journal.next_seq() - 1;
        while !matches!(reports.recv().unwrap(), Report::Durable(seq) if seq >= last) {}
        Fold::open(&store, &journal).await.unwrap().catch_up().await.unwrap();
        store.close().await;
        place
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_763_900_000 + seconds).unwrap()
    }

    fn told(told: i64, json: bool) -> (String, bool) {
        let dir = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let path = runtime.block_on(database(dir.path(), told));
        let asked = Reconcile { config: None, from: None, to: None, json };
        let mut out = Vec::new();
        let whole = run(&path, &asked, at(100), &mut out).is_ok();
        (String::from_utf8(out).unwrap(), whole)
    }

    #[test]
    fn a_whole_shift_agrees_and_one_with_a_hole_is_named_by_its_entry() {
        let (text, whole) = told(60, false);
        assert!(whole && text.contains("1 records  agree        a shift is the sum"), "{text}");
        let (text, whole) = told(59, false);
        assert!(!whole && text.contains("journal entry 1, expected 60000000, found 59000000"));
        let (json, whole) = told(59, true);
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert!(!whole && json["findings"][0]["check"] == "agent_time", "{json}");
    }
}
