//! A journal copied while its switch goes on writing: every segment, and of the last one as much as
//! was written whole.

use std::fs::{self, File};
use std::path::Path;

use super::JournalError;
use super::recover;
use super::segment::Segment;

/// Copies the journal of `from` into the folder `to`, which is made; the number of its last entry.
///
/// What has been written and is not durable yet may be in it, as it may be after a crash.
pub fn copy(from: &Path, to: &Path) -> Result<u64, JournalError> {
    fs::create_dir_all(to).map_err(|cause| JournalError::io(to, cause))?;
    let segments = if from.exists() { Segment::list(from)? } else { Vec::new() };
    for segment in &segments {
        let target = Segment::new(to, segment.number).path;
        let copied = fs::copy(&segment.path, &target);
        copied.map_err(|cause| JournalError::io(&segment.path, cause))?;
    }
    // The last one was cut where its writer was: it is mended here, as after a crash.
    let end = recover::recover(to)?;
    for segment in &Segment::list(to)? {
        let synced = File::open(&segment.path).and_then(|file| file.sync_all());
        synced.map_err(|cause| JournalError::io(&segment.path, cause))?;
    }
    Ok(end.next_seq.saturating_sub(1))
}
