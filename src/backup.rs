//! `cordboard backup` and `restore`: a copy of everything that a switch needs, taken while it runs.
//!
//! ```text
//!   cordboard-20261122T214500Z/
//!     manifest.json        what there is, each file with its SHA-256, and which keys are not in it
//!     database.db          settings and records at one moment, of either database
//!     journal/             every segment, the last one up to its last whole entry
//!     recordings.ndjson    which recordings there were; the files themselves where asked for
//! ```
//! The database is copied before the journal, so the journal of a backup reaches at least as far as
//! its records were folded, and the switch that starts on it folds the rest. A backup has its name
//! only once it is whole and proven. It holds people's numbers and the hashes of passwords, so only
//! its owner can read it.

mod manifest;
mod proof;
mod restoring;

use std::fs::{self, DirBuilder, File};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use config::Config;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use store::{Place, Store, journal};

use crate::io::{database, wiring};
use manifest::{Key, Manifest, Recordings, Sealed};

pub use proof::verify;
pub use restoring::restore;

/// What of an installation is copied, and where to.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The folder in which the backup gets a folder of its own; `backups` in the state folder.
    pub to: Option<PathBuf>,
    /// Older backups that stay there beside it.
    pub keep: usize,
    /// Copy recordings too, and not only their index.
    pub recordings: bool,
}

/// Takes a backup, proves it, and removes the oldest of those that are there; where it is.
///
/// Errors: anything cannot be read or written, or the copy does not hold; nothing is left of it.
pub fn take(
    config: &Config,
    wanted: &Wanted,
    now: Timestamp,
    out: &mut impl Write,
) -> anyhow::Result<PathBuf> {
    let folder = wanted.to.clone().unwrap_or_else(|| config.node.state_dir.join("backups"));
    private(&folder)?;
    let stamp = now.to_zoned(TimeZone::UTC).strftime(STAMP);
    let done = folder.join(format!("{PREFIX}{stamp}"));
    let part = done.with_extension("part");
    if done.exists() || part.exists() {
        bail!("{} is there already", done.display());
    }
    private(&part)?;
    let taken = fill(config, wanted, now, &part).and_then(|()| proof::check(&part));
    let manifest = taken.inspect_err(|_| drop(fs::remove_dir_all(&part)))?;
    fs::rename(&part, &done).with_context(|| format!("cannot name {}", done.display()))?;
    File::open(&folder)?.sync_all()?;
    writeln!(out, "{}: {manifest}", done.display())?;
    for old in old(&folder, &done, wanted.keep)? {
        fs::remove_dir_all(&old).with_context(|| format!("cannot remove {}", old.display()))?;
        writeln!(out, "{}: removed, {} others are kept", old.display(), wanted.keep)?;
    }
    Ok(done)
}

const PREFIX: &str = "cordboard-";
const STAMP: &str = "%Y%m%dT%H%M%SZ";

/// Copies everything, and says in the manifest what that was.
fn fill(config: &Config, wanted: &Wanted, now: Timestamp, part: &Path) -> anyhow::Result<()> {
    let place = database::place(config)?;
    if let Place::File(file) = &place
        && !file.exists()
    {
        bail!("there is no database yet in {}", file.display());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let copy = part.join(DATABASE);
    let copied = runtime.block_on(store::backup::copy(&place, &copy));
    copied.with_context(|| format!("cannot copy {place}"))?;
    let journal_to = journal::copy(&config.node.state_dir.join("journal"), &part.join(JOURNAL))?;
    let recordings = recordings(config, wanted, part)?;
    let (folded_to, audit) = runtime.block_on(async {
        let store = Store::open_at_rest(&copy).await?;
        Ok::<_, store::Error>((store.folded_to().await?, store.audit().head().await?))
    })?;
    let (_, permits) = journal::Reader::at_rest(&part.join(JOURNAL))?;
    let manifest = Manifest {
        format: manifest::FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        taken_at: now,
        database: place.to_string(),
        folded_to,
        journal_to,
        permits,
        audit,
        recordings,
        keys: keys(config)?,
        files: manifest::files(part)?,
    };
    Sealed::of(manifest)?.write(part)?;
    for dir in [part.to_owned(), part.join(JOURNAL)] {
        File::open(dir)?.sync_all()?;
    }
    Ok(())
}

const DATABASE: &str = "database.db";
const JOURNAL: &str = "journal";
const RECORDINGS: &str = "recordings";
const INDEX: &str = "recordings.ndjson";

/// Writes the index of recordings, and copies them where that was asked for.
fn recordings(config: &Config, wanted: &Wanted, part: &Path) -> anyhow::Result<Recordings> {
    let folder = wiring::recordings(config).folder;
    let mut told = Recordings { included: wanted.recordings, ..Recordings::default() };
    let mut index = BufWriter::new(File::create(part.join(INDEX))?);
    for path in if folder.exists() { manifest::below(&folder)? } else { Vec::new() } {
        let from = folder.join(&path);
        let found = if wanted.recordings {
            let to = part.join(RECORDINGS).join(&path);
            private(to.parent().unwrap_or(part))?;
            fs::copy(&from, &to).and_then(|bytes| File::open(&to)?.sync_all().map(|()| bytes))
        } else {
            fs::metadata(&from).map(|found| found.len())
        };
        let bytes = match found {
            // One that was deleted meanwhile is none any more.
            Err(gone) if gone.kind() == io::ErrorKind::NotFound => continue,
            found => found.with_context(|| format!("cannot copy {}", from.display()))?,
        };
        told.files += 1;
        told.bytes += bytes;
        writeln!(index, "{}", serde_json::json!({ "path": &path, "bytes": bytes }))?;
    }
    index.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    Ok(told)
}

/// The files that a restored switch needs and that are in no backup.
fn keys(config: &Config) -> anyhow::Result<Vec<Key>> {
    let mut keys = Vec::new();
    if let Some(file) = &config.recording.key_file {
        keys.push(Key::told_by_fingerprint("recording.key_file", file)?);
    }
    let mail = ("mail.password_file", &config.mail.password_file);
    for (setting, file) in [("database.password_file", &config.database.password_file), mail] {
        keys.extend(file.iter().map(|file| Key::named(setting, file)));
    }
    let pairs = config.certificates.sip.iter().map(|pair| &pair.key);
    keys.extend(pairs.map(|file| Key::named("certificates.sip", file)));
    if let config::Tls::Files { key, .. } = &config.http.tls {
        keys.push(Key::named("http.tls", key));
    }
    Ok(keys)
}

/// Backups in a folder beyond the newest ones that are kept beside `done`, the oldest first.
fn old(folder: &Path, done: &Path, keep: usize) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // What somebody gave another name is theirs to remove.
        let stamp = name.strip_prefix(PREFIX).unwrap_or_default();
        let named = DateTime::strptime(STAMP, stamp).is_ok();
        if named && path != done && path.join(manifest::NAME).is_file() {
            found.push(path);
        }
    }
    found.sort_unstable();
    found.truncate(found.len().saturating_sub(keep));
    Ok(found)
}

/// Makes a folder that nobody else can read.
fn private(dir: &Path) -> anyhow::Result<()> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(dir);
    made.with_context(|| format!("cannot make {}", dir.display()))
}

#[cfg(test)]
mod tests;
