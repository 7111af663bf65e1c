//! The state folder belongs to one program at a time: a switch that runs, or what replaces its
//! database.
//!
//! The lock is the system's, so it goes with the program however that ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context as _, bail};

use super::first_start;

/// The state folder, held until this is dropped.
#[derive(Debug)]
#[must_use = "the folder is free again when this is dropped"]
pub struct Held(#[expect(dead_code, reason = "its lock ends when it is closed")] File);

/// Takes hold of a state folder, which is made unless it is there.
///
/// Errors: it cannot be made; another program holds it, which the error names by its process.
pub fn hold(dir: &Path) -> anyhow::Result<Held> {
    first_start::state_dir(dir)?;
    let path = dir.join("lock");
    let named = || format!("cannot use {}", path.display());
    let mut options = OpenOptions::new();
    let opened = options.read(true).write(true).create(true).truncate(false).mode(0o600);
    let mut file = opened.open(&path).with_context(named)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let holder = std::fs::read_to_string(&path).unwrap_or_default();
            bail!("{} is in use by process {}: stop it first", dir.display(), holder.trim());
        }
        Err(TryLockError::Error(cause)) => return Err(cause).with_context(named),
    }
    file.set_len(0).with_context(named)?;
    writeln!(file, "{}", std::process::id()).with_context(named)?;
    Ok(Held(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_held_once_and_free_again_when_its_holder_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let held = hold(dir.path()).unwrap();
        let refused = hold(dir.path()).unwrap_err().to_string();
        let holder = format!("is in use by process {}: stop it first", std::process::id());
        assert!(refused.ends_with(&holder), "{refused}");
        drop(held);
        drop(hold(dir.path()).unwrap());
    }
}
