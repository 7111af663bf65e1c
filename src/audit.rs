//! The audit log as evidence: taken out of the database, and checked there or by whoever was given
//! an export of it. Both may run beside the switch: they only read.

use std::io::Write;

use anyhow::Context as _;
use dialer::permit::{Audit, Audited, ChainHead, Closing};
use store::{Place, Store};

use crate::permits;

/// Writes every entry of a database, one a line, and the head of the chain.
pub fn export(database: &Place, out: &mut impl Write) -> anyhow::Result<()> {
    let head = in_database(database, async |store| {
        each(&store, |line| Ok(writeln!(out, "{line}")?)).await
    })?;
    writeln!(out, "{}", serde_json::to_string(&Closing { head })?)?;
    Ok(())
}

/// Checks the entries of a database; an error when they are not whole.
pub fn verify(database: &Place, out: &mut impl Write) -> anyhow::Result<()> {
    let audited = in_database(database, async |store| check(&store).await)?;
    permits::tell(database, "entries", &audited, out)
}

/// Checks the entries of an open database.
pub(crate) async fn check(store: &Store) -> anyhow::Result<Audited> {
    let mut audit = Audit::default();
    let head = each(store, |line| {
        audit.line(line);
        Ok(())
    });
    let head = head.await?;
    audit.line(&serde_json::to_string(&Closing { head })?);
    Ok(audit.finish())
}

fn in_database<T>(
    database: &Place,
    work: impl AsyncFnOnce(Store) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let opened = Store::open_to_read(database.clone()).await;
        work(opened.with_context(|| format!("cannot open {database}"))?).await
    })
}

/// Hands over every entry that the database has now, and says where the chain ends.
async fn each(
    store: &Store,
    mut take: impl FnMut(&str) -> anyhow::Result<()>,
) -> anyhow::Result<ChainHead> {
    let head = store.audit().head().await?;
    let mut from = 0;
    while from < head.length {
        let left = u32::try_from(head.length - from).unwrap_or(ENTRIES_AT_ONCE);
        let lines = store.audit().lines(from, left.min(ENTRIES_AT_ONCE)).await?;
        let Some(count) = u64::try_from(lines.len()).ok().filter(|count| *count > 0) else { break };
        for line in &lines {
            take(line)?;
        }
        from += count;
    }
    Ok(head)
}

const ENTRIES_AT_ONCE: u32 = 1_000;

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    use store::audit::{Act, Actor, Performance};

    /// A database with three entries, and what the two commands say about it.
    async fn database(dir: &Path) -> Place {
        let place = Place::from(dir.join("cordboard.db"));
        let store = Store::open(place.clone()).await.unwrap();
        for verb in ["clock_in", "ready", "clock_out"] {
            let act = Act {
                actor: Actor::System,
                verb: verb.to_owned(),
                resource: "me".to_owned(),
                object: None,
                asked: None,
                source: None,
                agent: None,
            };
            let performance = Performance::begin(act, "2026-11-22T12:00:00Z".parse().unwrap());
            store.audit().conclude(&performance, store::audit::Ending::Done).await.unwrap();
        }
        store.close().await;
        place
    }

    #[test]
    fn an_export_and_the_database_itself_verify_and_a_changed_line_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let place = runtime.block_on(database(dir.path()));
        let (mut told, mut exported) = (Vec::new(), Vec::new());
        verify(&place, &mut told).unwrap();
        let told = String::from_utf8(told).unwrap();
        assert!(told.ends_with("3 entries, 0 to 2, whole and unaltered\n"), "{told}");
        export(&place, &mut exported).unwrap();
        let file = dir.path().join("audit.ndjson");
        std::fs::write(&file, &exported).unwrap();
        permits::verify(&file, "entries", &mut Vec::new()).unwrap();
        let forged = String::from_utf8(exported).unwrap().replace("\"ready\"", "\"pause\"");
        std::fs::write(&file, forged).unwrap();
        let mut told = Vec::new();
        permits::verify(&file, "entries", &mut told).unwrap_err();
        let told = String::from_utf8(told).unwrap();
        assert!(told.contains("line 2: record 1 was altered"), "{told}");
    }
}
