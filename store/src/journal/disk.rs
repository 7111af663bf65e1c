//! The files under the writer, behind a trait so that tests can make each step fail.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::JournalError;
use super::recover::Tail;
use super::segment::{Header, Segment};

/// What the writer asks of the disk.
pub(crate) trait Disk: Send {
    /// Adds bytes after the end of the current segment; may leave a part of them when it fails.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Returns when all that was written survives a power cut.
    fn sync(&mut self) -> io::Result<()>;
    /// Takes back what was written after the last sync, if anything was.
    fn roll_back(&mut self) -> io::Result<()>;
    /// Begins the next segment.
    fn rotate(&mut self, header: &Header) -> io::Result<()>;
    /// Gives the reserve's blocks back to the file system; `false` when there was none.
    fn spend_reserve(&mut self) -> io::Result<bool>;
    /// Makes the reserve whole.
    fn refill_reserve(&mut self) -> io::Result<()>;
    /// Bytes of the current segment that are synced.
    fn segment_bytes(&self) -> u64;
    /// The current segment or the directory, to name in an error.
    fn path(&self) -> &Path;
}

/// Segment files in a directory.
pub(crate) struct Files {
    dir: PathBuf,
    segment: Segment,
    file: File,
    synced: u64,
    written: u64,
    /// A write began and no sync has ended since.
    unsynced: bool,
    reserve_bytes: u64,
}

impl Files {
    /// Continues the segment that recovery found, or begins the first.
    pub(crate) fn open(dir: &Path, tail: Tail, reserve_bytes: u64) -> Result<Self, JournalError> {
        let segment = Segment::new(dir, tail.number);
        let failed = |cause| JournalError::io(&segment.path, cause);
        let (file, length) = match tail.header {
            Some(header) => create(dir, &segment, &header).map_err(failed)?,
            None => (open_to_write(&segment.path).map_err(failed)?, tail.bytes),
        };
        let mut files = Self {
            dir: dir.to_owned(),
            segment,
            file,
            synced: length,
            written: length,
            unsynced: false,
            reserve_bytes,
        };
        if let Err(cause) = files.refill_reserve() {
            tracing::warn!(%cause, "no room for the journal's reserve");
        }
        Ok(files)
    }

    fn reserve(&self) -> PathBuf {
        self.dir.join("reserve")
    }
}

impl Disk for Files {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.unsynced = true;
        self.file.seek(SeekFrom::Start(self.written))?;
        self.file.write_all(bytes)?;
        self.written += bytes.len() as u64;
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()?;
        self.synced = self.written;
        self.unsynced = false;
        Ok(())
    }

    fn roll_back(&mut self) -> io::Result<()> {
        if !self.unsynced {
            return Ok(());
        }
        // After a failed fsync the kernel may hold pages as clean that never reached the disk.
        // Cutting them off and writing them anew is the only way to have them written.
        self.file = open_to_write(&self.segment.path)?;
        self.file.set_len(self.synced)?;
        self.written = self.synced;
        self.unsynced = false;
        Ok(())
    }

    fn rotate(&mut self, header: &Header) -> io::Result<()> {
        let next = Segment::new(&self.dir, self.segment.number + 1);
        let (file, length) = create(&self.dir, &next, header)?;
        self.segment = next;
        self.file = file;
        self.unsynced = false;
        self.synced = length;
        self.written = length;
        Ok(())
    }

    fn spend_reserve(&mut self) -> io::Result<bool> {
        match fs::remove_file(self.reserve()) {
            Ok(()) => sync_dir(&self.dir).map(|()| true),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(cause) => Err(cause),
        }
    }

    fn refill_reserve(&mut self) -> io::Result<()> {
        let path = self.reserve();
        if self.reserve_bytes == 0
            || fs::metadata(&path).is_ok_and(|found| found.len() == self.reserve_bytes)
        {
            return Ok(());
        }
        // Zeros are written because a file that is only lengthened holds no blocks.
        let result = fill(&path, self.reserve_bytes);
        if result.is_err() {
            let _ = fs::remove_file(&path);
        }
        result
    }

    fn segment_bytes(&self) -> u64 {
        self.synced
    }

    fn path(&self) -> &Path {
        &self.segment.path
    }
}

/// A new segment that survives a power cut, and its length.
fn create(dir: &Path, segment: &Segment, header: &Header) -> io::Result<(File, u64)> {
    // An earlier try may have left the file; nothing in it was ever acknowledged.
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).open(&segment.path)?;
    let bytes = header.encode();
    file.write_all(&bytes)?;
    file.sync_all()?;
    sync_dir(dir)?;
    Ok((file, bytes.len() as u64))
}

fn open_to_write(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).open(path)
}

fn fill(path: &Path, bytes: u64) -> io::Result<()> {
    let mut file = File::create(path)?;
    let block = vec![0; 1 << 16];
    let mut left = bytes;
    while left > 0 {
        let part = left.min(block.len() as u64);
        file.write_all(&block[..usize::try_from(part).unwrap_or(block.len())])?;
        left -= part;
    }
    file.sync_all()
}

/// A new or removed name is durable only when its directory is.
fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}
