//! What the first start makes: the state folder and a self-signed certificate in it.
//!
//! Files with secrets are readable by their owner alone.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::Context;

/// Makes the state folder unless it is there.
pub fn state_dir(dir: &Path) -> anyhow::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .with_context(|| format!("cannot make the state folder {}", dir.display()))
}

/// The certificate and key in `dir`, made for `names` if they are not there yet.
pub fn self_signed(dir: &Path, names: Vec<String>) -> anyhow::Result<(PathBuf, PathBuf)> {
    let (certificate, key) = (dir.join("certificate.pem"), dir.join("certificate.key"));
    if !certificate.exists() || !key.exists() {
        let made = rcgen::generate_simple_self_signed(names)
            .context("cannot make a self-signed certificate")?;
        write_durably(&key, 0o600, made.signing_key.serialize_pem().as_bytes())?;
        write_durably(&certificate, 0o644, made.cert.pem().as_bytes())?;
        tracing::info!(file = %certificate.display(), "made a self-signed certificate");
    }
    Ok((certificate, key))
}

/// Writes a file that is there whole or not at all, whenever the power goes.
fn write_durably(path: &Path, mode: u32, content: &[u8]) -> anyhow::Result<()> {
    let part = path.with_added_extension("part");
    let write = || -> io::Result<()> {
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&part)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&part, path)?;
        path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use config::KeyPair;
    use std::os::unix::fs::PermissionsExt;

    use crate::io::certificates::Certificates;

    #[test]
    fn a_pair_that_a_power_cut_left_half_is_made_anew() {
        let dir = tempfile::tempdir().unwrap();
        let names = vec!["localhost".to_owned()];
        let (certificate, key) = self_signed(dir.path(), names.clone()).unwrap();
        fs::remove_file(&certificate).unwrap();
        fs::write(dir.path().join("certificate.pem.part"), "-----BEG").unwrap();
        self_signed(dir.path(), names).unwrap();
        Certificates::load(vec![KeyPair { certificate, key }]).unwrap();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }

    #[test]
    fn the_key_is_readable_by_its_owner_alone_and_made_once() {
        let dir = tempfile::tempdir().unwrap();
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let (certificate, key) = self_signed(dir.path(), names.clone()).unwrap();
        assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
        let before = fs::read(&certificate).unwrap();
        self_signed(dir.path(), names).unwrap();
        assert_eq!(fs::read(&certificate).unwrap(), before);
        Certificates::load(vec![KeyPair { certificate, key }]).unwrap();
    }
}
