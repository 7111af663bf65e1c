//! Whether a backup is what it was: each file by its hash, the database by its own check, and both
//! chains of evidence from their first record to their last.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, bail};
use dialer::permit::{Audited, ChainHead};
use store::Store;

use super::manifest::{self, Manifest, Proof, Sealed};
use super::{DATABASE, JOURNAL};
use crate::{audit, permits};

/// Checks a backup and says what is in it; an error names what does not hold.
pub fn verify(folder: &Path, out: &mut impl Write) -> anyhow::Result<()> {
    let manifest = check(folder)?;
    writeln!(out, "{}: {manifest}", folder.display())?;
    Ok(())
}

/// Checks a backup, every byte of it.
pub(super) fn check(folder: &Path) -> anyhow::Result<Manifest> {
    let manifest = Sealed::read(folder)?;
    compare(folder, &manifest.files)?;
    let journal = folder.join(JOURNAL);
    let (permits, last) = permits::check(&journal)?;
    sound(&journal, &permits, manifest.permits)?;
    if last != manifest.journal_to || manifest.folded_to > last {
        bail!("{} ends at entry {last}, which is not where it was", journal.display());
    }
    let database = folder.join(DATABASE);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(database_holds(&database, &manifest))?;
    Ok(manifest)
}

async fn database_holds(file: &Path, manifest: &Manifest) -> anyhow::Result<()> {
    let store = Store::open_at_rest(file).await;
    let store = store.with_context(|| format!("cannot open {}", file.display()))?;
    if let Some(fault) = store.faults().await?.first() {
        bail!("{}: {fault}", file.display());
    }
    if store.folded_to().await? != manifest.folded_to {
        bail!("{} was folded to another entry than it was", file.display());
    }
    let audited = audit::check(&store).await?;
    store.close().await;
    sound(file, &audited, manifest.audit)
}

/// An error when a chain has a fault, or ends elsewhere than the manifest says.
fn sound(place: &Path, audited: &Audited, head: ChainHead) -> anyhow::Result<()> {
    if let Some(fault) = audited.faults.first() {
        bail!("{}: {fault}", place.display());
    }
    if audited.head.unwrap_or(ChainHead::START) != head {
        bail!("{}: the chain ends elsewhere than it did", place.display());
    }
    Ok(())
}

/// Holds the files that are there against those that were.
fn compare(folder: &Path, expected: &[Proof]) -> anyhow::Result<()> {
    let found = manifest::files(folder)?;
    let mut found: BTreeMap<_, _> = found.iter().map(|proof| (&proof.path, proof)).collect();
    for proof in expected {
        match found.remove(&proof.path) {
            None => bail!("{} is missing", folder.join(&proof.path).display()),
            Some(file) if file != proof => {
                bail!("{} was altered", folder.join(&proof.path).display());
            }
            Some(_) => {}
        }
    }
    if let Some(more) = found.keys().next() {
        bail!("{} does not belong there", folder.join(more).display());
    }
    Ok(())
}

impl fmt::Display for Manifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, taken_at, database, journal_to, recordings, .. } = self;
        let (permits, entries) = (self.permits.length, self.audit.length);
        writeln!(f, "whole and unaltered, of {taken_at} by version {version}, of {database}")?;
        writeln!(f, "  {journal_to} journal entries, {permits} permits, {entries} audit entries")?;
        let how = if recordings.included { "in it" } else { "not in it, their index is" };
        write!(f, "  {} files of recordings, {} bytes: {how}", recordings.files, recordings.bytes)?;
        for key in &self.keys {
            write!(f, "\n  keep apart: {} ({})", key.file.display(), key.setting)?;
        }
        Ok(())
    }
}
