//! What a backup says about itself, and the seal on it.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use dialer::permit::ChainHead;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The file's name in a backup.
pub(super) const NAME: &str = "manifest.json";

/// The one format there is.
pub(super) const FORMAT: u32 = 1;

/// A backup in its own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) format: u32,
    /// The program that took it.
    pub(super) version: String,
    pub(super) taken_at: Timestamp,
    /// Which database it is of.
    pub(super) database: String,
    /// The last journal entry that the records contain.
    pub(super) folded_to: u64,
    /// The last journal entry there is.
    pub(super) journal_to: u64,
    /// Where the chain of permits ends.
    pub(super) permits: ChainHead,
    /// Where the audit log ends.
    pub(super) audit: ChainHead,
    pub(super) recordings: Recordings,
    pub(super) keys: Vec<Key>,
    /// Every other file, in the order of their paths.
    pub(super) files: Vec<Proof>,
}

/// The recordings that there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Recordings {
    pub(super) files: u64,
    pub(super) bytes: u64,
    /// Whether the backup has them, and not only their index.
    pub(super) included: bool,
}

/// A secret that is not in the backup, and without which what is restored does not work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Key {
    /// What names it in the configuration.
    pub(super) setting: String,
    /// Where it was.
    pub(super) file: PathBuf,
    /// By which the right one is known again; only of a key that nobody can guess.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) fingerprint: Option<String>,
}

impl Key {
    pub(super) fn named(setting: &str, file: &Path) -> Self {
        Self { setting: setting.to_owned(), file: file.to_owned(), fingerprint: None }
    }

    pub(super) fn told_by_fingerprint(setting: &str, file: &Path) -> anyhow::Result<Self> {
        let fingerprint = Some(fingerprint(file)?);
        Ok(Self { fingerprint, ..Self::named(setting, file) })
    }
}

/// A hash that the key cannot be computed from.
pub(super) fn fingerprint(file: &Path) -> anyhow::Result<String> {
    let key = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let hash = Sha256::new_with_prefix(b"cordboard key fingerprint\0").chain_update(&key);
    Ok(hex::encode(hash.finalize()))
}

/// One file of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Proof {
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
    /// SHA-256, in hex.
    pub(super) sha256: String,
}

/// Every file of a backup but the manifest, as it is on the disk.
pub(super) fn files(folder: &Path) -> anyhow::Result<Vec<Proof>> {
    let mut proofs = Vec::new();
    for path in below(folder)?.into_iter().filter(|path| path != Path::new(NAME)) {
        let file = folder.join(&path);
        let hashed = File::open(&file).and_then(|mut file| {
            let mut hash = Sha256::new();
            let bytes = io::copy(&mut file, &mut Hashing(&mut hash))?;
            Ok((bytes, hex::encode(hash.finalize())))
        });
        let (bytes, sha256) = hashed.with_context(|| format!("cannot read {}", file.display()))?;
        proofs.push(Proof { path, bytes, sha256 });
    }
    Ok(proofs)
}

struct Hashing<'a>(&'a mut Sha256);

impl io::Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The paths of all files below a folder, relative to it, in their order.
pub(super) fn below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let (mut found, mut folders) = (Vec::new(), vec![PathBuf::new()]);
    while let Some(within) = folders.pop() {
        for entry in fs::read_dir(folder.join(&within))? {
            let entry = entry?;
            let path = within.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// A manifest and the hash of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Sealed {
    manifest: Manifest,
    /// SHA-256 of the manifest's JSON, in hex.
    sha256: String,
}

impl Sealed {
    pub(super) fn of(manifest: Manifest) -> anyhow::Result<Self> {
        Ok(Self { sha256: seal(&manifest)?, manifest })
    }

    pub(super) fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let mut file = File::create(folder.join(NAME))?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        Ok(file.sync_all()?)
    }

    /// The manifest of a backup, its seal checked.
    pub(super) fn read(folder: &Path) -> anyhow::Result<Manifest> {
        let path = folder.join(NAME);
        let text = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let sealed: Self = serde_json::from_slice(&text)
            .with_context(|| format!("{} is no manifest", path.display()))?;
        if seal(&sealed.manifest)? != sealed.sha256 {
            bail!("{} was altered: it has another hash than it says", path.display());
        }
        if sealed.manifest.format != FORMAT {
            let format = sealed.manifest.format;
            bail!("{} is of format {format}, and this program reads {FORMAT}", path.display());
        }
        Ok(sealed.manifest)
    }
}

fn seal(manifest: &Manifest) -> anyhow::Result<String> {
    Ok(hex::encode(Sha256::digest(serde_json::to_vec(manifest)?)))
}
