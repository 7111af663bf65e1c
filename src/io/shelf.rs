//! The recordings' files as the API plays them, and what a crash left of them.
//!
//! Peaks are computed once and kept in a file beside the recording: 1,000 pairs of 16 bits.

use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use admin_api::recordings::{Audio, PEAKS, Shelf};
use media::recording::{Fault, MasterKey, Reader};
use routing::RecordingId;
use store::{Event, Store};

/// The folder of recordings, and the key that opens them.
#[derive(Debug)]
pub struct Recordings {
    folder: PathBuf,
    key: Option<MasterKey>,
}

impl Recordings {
    /// A shelf over what the media plane writes.
    pub fn new(plane: &media::Recordings) -> io::Result<Self> {
        Ok(Self { folder: plane.folder.clone(), key: plane.key()? })
    }

    /// The end of every recording that a crash cut short, for the journal: its length as far as it
    /// came, and its chain over that.
    pub async fn interrupted(&self, store: &Store) -> Result<Vec<Event>, store::Error> {
        let mut ended = vec![];
        for recording in store.recordings().unfinished().await? {
            let measured = self.measure(recording).unwrap_or_else(|error| {
                tracing::error!(%recording, %error, "a recording is lost");
                (0, 0, [0; 32])
            });
            let (duration_ms, gap_ms, chain) = measured;
            let chain = hex::encode(chain);
            let interrupted = true;
            ended.push(Event::RecordingEnded {
                recording,
                duration_ms,
                gap_ms,
                chain,
                interrupted,
            });
        }
        Ok(ended)
    }

    fn measure(&self, recording: RecordingId) -> io::Result<(u64, u64, [u8; 32])> {
        let mut reader = self.reader(recording)?;
        let gaps = reader.content().map_err(as_io)?.gaps;
        Ok((reader.duration_ms(), gaps * 20, reader.chain().map_err(as_io)?))
    }

    fn reader(&self, recording: RecordingId) -> io::Result<Reader<BufReader<File>>> {
        let file = File::open(media::file_of(&self.folder, tape(recording)))?;
        Reader::open(BufReader::new(file), self.key.as_ref()).map_err(as_io)
    }

    fn peaks_file(&self, recording: RecordingId) -> PathBuf {
        media::file_of(&self.folder, tape(recording)).with_extension("peaks")
    }
}

impl Shelf for Recordings {
    fn open(&self, id: RecordingId) -> io::Result<Box<dyn Audio>> {
        Ok(Box::new(Wav(self.reader(id)?)))
    }

    fn peaks(&self, id: RecordingId) -> io::Result<Vec<[u16; 2]>> {
        let kept = self.peaks_file(id);
        if let Some(peaks) = fs::read(&kept).ok().and_then(|bytes| read_peaks(&bytes)) {
            return Ok(peaks);
        }
        let peaks = self.reader(id)?.peaks(PEAKS).map_err(as_io)?;
        keep(&kept, &peaks);
        Ok(peaks)
    }

    fn remove(&self, id: RecordingId) -> io::Result<()> {
        fs::remove_file(media::file_of(&self.folder, tape(id)))?;
        match fs::remove_file(self.peaks_file(id)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// The identity that the plane names a file by.
fn tape(recording: RecordingId) -> media::RecordingId {
    media::RecordingId(recording.as_uuid().as_u128())
}

struct Wav(Reader<BufReader<File>>);

impl Audio for Wav {
    fn wav_len(&self) -> u64 {
        self.0.wav_len()
    }

    fn read_wav(&mut self, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        self.0.read_wav(offset, len).map_err(as_io)
    }
}

/// What is not kept is computed again the next time.
fn keep(path: &Path, peaks: &[[u16; 2]]) {
    let bytes: Vec<u8> = peaks.iter().flatten().flat_map(|peak| peak.to_be_bytes()).collect();
    if let Err(error) = fs::write(path, bytes) {
        tracing::debug!(path = %path.display(), %error, "peaks are not kept");
    }
}

fn read_peaks(bytes: &[u8]) -> Option<Vec<[u16; 2]>> {
    if bytes.len() != PEAKS * 4 {
        return None;
    }
    let pairs = bytes.chunks_exact(4);
    Some(
        pairs
            .map(|b| [u16::from_be_bytes([b[0], b[1]]), u16::from_be_bytes([b[2], b[3]])])
            .collect(),
    )
}

fn as_io(fault: Fault) -> io::Error {
    match fault {
        Fault::Io(error) => error,
        other => io::Error::new(io::ErrorKind::InvalidData, other),
    }
}
