//! The way back: a proven backup into a folder and a database that are not in use.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use config::Config;
use serde::Deserialize;
use store::{Place, Store, journal};

use super::manifest::{self, Manifest};
use super::{DATABASE, INDEX, JOURNAL, RECORDINGS, private, proof};
use crate::io::{database, folder, wiring};
use crate::{audit, permits};

/// Puts a backup where the configuration wants database, journal and recordings, and proves what is
/// there then.
///
/// Errors: a switch runs on that folder; there is a database or a journal in it already; the backup
/// does not hold.
pub fn restore(from: &Path, config: &Config, out: &mut impl Write) -> anyhow::Result<()> {
    let dir = &config.node.state_dir;
    let _held = folder::hold(dir)?;
    let (place, journal) = (database::place(config)?, dir.join(JOURNAL));
    refuse_a_living(&place, &journal)?;
    let manifest = proof::check(from)?;
    // Of a restore that failed: its files would be read as part of this one.
    let part = dir.join("restore.part");
    if part.exists() {
        fs::remove_dir_all(&part).with_context(|| format!("cannot remove {}", part.display()))?;
    }
    private(&part)?;
    let copied = part.join(JOURNAL);
    journal::copy(&from.join(JOURNAL), &copied)?;
    restore_database(from, &place, &part)?;
    // After the database: one without its journal is refused at the start, the other way round a
    // switch would begin without its settings.
    fs::rename(&copied, &journal).context("cannot name the journal")?;
    fs::remove_dir_all(&part).context("cannot remove what was copied")?;
    File::open(dir)?.sync_all()?;
    let missing = restore_recordings(from, config, &manifest)?;

    audit::verify(&place, out)?;
    let (permits, _) = permits::check(&journal)?;
    permits::tell(&journal.display(), "permits", &permits, out)?;
    writeln!(out, "Restored as of {}: what happened since is not known.", manifest.taken_at)?;
    if missing > 0 {
        let folder = wiring::recordings(config).folder;
        writeln!(out, "{missing} files of recordings are to be put in {}.", folder.display())?;
    }
    tell_keys(&manifest, config, out)
}

/// Nothing that is there is ever written over.
fn refuse_a_living(place: &Place, journal: &Path) -> anyhow::Result<()> {
    if let Place::File(file) = place {
        // A log that was left of another database would be replayed into this one.
        for end in ["", "-wal", "-journal"] {
            let mut found = file.clone().into_os_string();
            found.push(end);
            let found = PathBuf::from(found);
            if found.exists() {
                let found = found.display();
                bail!("{found} is there already: name an empty folder in node.state_dir");
            }
        }
    }
    if journal.exists() && fs::read_dir(journal)?.next().is_some() {
        bail!("{} is there already: name an empty folder in node.state_dir", journal.display());
    }
    Ok(())
}

/// The file itself, or its rows where a server keeps them; brought up to date either way.
fn restore_database(from: &Path, place: &Place, dir: &Path) -> anyhow::Result<()> {
    let part = dir.join(DATABASE);
    fs::copy(from.join(DATABASE), &part).context("cannot copy the database")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let copy = Store::open(&part).await?;
        if let Place::Server { .. } = place {
            let server = Store::open(place.clone()).await;
            let server = server.with_context(|| format!("cannot open {place}"))?;
            copy.copy_to(&server).await.with_context(|| format!("cannot fill {place}"))?;
            server.close().await;
        }
        copy.close().await;
        anyhow::Ok(())
    })?;
    File::open(&part)?.sync_all()?;
    match place {
        Place::File(file) => fs::rename(&part, file).context("cannot name the database"),
        // The copy goes with the folder that it is in.
        Place::Server { .. } => Ok(()),
    }
}

/// Copies the recordings that the backup has; how many of its index are nowhere then.
fn restore_recordings(from: &Path, config: &Config, manifest: &Manifest) -> anyhow::Result<usize> {
    let folder = wiring::recordings(config).folder;
    private(&folder)?;
    let copies = from.join(RECORDINGS);
    let copies = if copies.exists() { manifest::below(&copies)? } else { Vec::new() };
    for path in copies {
        let to = folder.join(&path);
        if to.exists() {
            continue;
        }
        private(to.parent().unwrap_or(&folder))?;
        fs::copy(from.join(RECORDINGS).join(&path), &to)
            .with_context(|| format!("cannot write {}", to.display()))?;
        File::open(&to)?.sync_all()?;
    }
    if manifest.recordings.files == 0 {
        return Ok(0);
    }
    let present: BTreeSet<_> = manifest::below(&folder)?.into_iter().collect();
    let mut missing = 0;
    for line in BufReader::new(File::open(from.join(INDEX))?).lines() {
        let indexed: Indexed = serde_json::from_str(&line?)?;
        missing += usize::from(!present.contains(&indexed.path));
    }
    Ok(missing)
}

/// A line of the index.
#[derive(Deserialize)]
struct Indexed {
    path: PathBuf,
}

/// Which keys have to be brought from elsewhere, and whether the one that is there is the right.
fn tell_keys(manifest: &Manifest, config: &Config, out: &mut impl Write) -> anyhow::Result<()> {
    for key in &manifest.keys {
        let here = config.recording.key_file.as_ref().filter(|_| key.fingerprint.is_some());
        let found = here.and_then(|file| manifest::fingerprint(file).ok());
        let verdict = match (found, &key.fingerprint) {
            (Some(found), Some(kept)) if found == *kept => continue,
            (Some(_), Some(_)) => "is another one than it was: recordings will not open",
            _ => "is not in a backup: put it back where the configuration names it",
        };
        writeln!(out, "{} ({}) {verdict}.", key.setting, key.file.display())?;
    }
    Ok(())
}
