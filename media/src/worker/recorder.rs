//! The thread that writes recordings, and the queue in front of it.
//!
//! A call never waits for it: what does not fit into ten seconds of queue, or onto the disk, is a
//! gap in the file, which is a hole of zeros, and an alarm. Each trouble is told once, and so is
//! its end; a file that could not be made is tried again every second (FAULTS F5, F21).

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, Receiver, Sender},
    },
    thread::{self, JoinHandle},
};

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

use crate::{
    event::Event,
    g711::Law,
    recording::{Chain, FileKey, Head, MasterKey, RecordingId, Slot},
    session::Taped,
};

/// The queue's end that workers hold.
#[derive(Clone, Debug)]
pub(crate) struct Recorder {
    sender: Sender<Order>,
    waiting: Arc<AtomicUsize>,
}

#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "all but the last are written slots")]
enum Order {
    Write(Taped),
    Stop,
}

/// Where recordings go, and how they are made.
pub(crate) struct Archive {
    pub(crate) folder: PathBuf,
    pub(crate) master: Option<MasterKey>,
    pub(crate) seed: [u8; 32],
}

impl Recorder {
    /// Starts the thread. An error names the folder.
    pub(crate) fn start(
        archive: Archive,
        events: Arc<dyn Fn(Event) + Send + Sync>,
    ) -> io::Result<(Self, JoinHandle<()>)> {
        fs::create_dir_all(&archive.folder).map_err(|error| {
            let text = format!("recordings: {}: {error}", archive.folder.display());
            io::Error::new(error.kind(), text)
        })?;
        let (sender, receiver) = mpsc::channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let random = ChaCha20Rng::from_seed(archive.seed);
        let desk = Desk { archive, random, reels: BTreeMap::new(), events };
        let left = Arc::clone(&waiting);
        let thread = thread::Builder::new().name("recorder".to_owned());
        let thread = thread.spawn(move || desk.run(&receiver, &left))?;
        Ok((Self { sender, waiting }, thread))
    }

    /// Hands a piece of work over; a slot for which there is no room becomes a gap.
    pub(crate) fn take(&self, taped: Taped) {
        let full = self.waiting.load(Ordering::Relaxed) >= WAITING_MAX;
        if full && matches!(taped, Taped::Slot { .. }) {
            return;
        }
        self.waiting.fetch_add(1, Ordering::Relaxed);
        drop(self.sender.send(Order::Write(taped)));
    }

    pub(crate) fn stop(&self) {
        drop(self.sender.send(Order::Stop));
    }
}

/// What the thread has.
struct Desk {
    archive: Archive,
    random: ChaCha20Rng,
    reels: BTreeMap<RecordingId, Reel>,
    events: Arc<dyn Fn(Event) + Send + Sync>,
}

/// One recording being written.
struct Reel {
    path: PathBuf,
    head: Head,
    key: Option<FileKey>,
    /// None while it could not be made.
    file: Option<File>,
    chain: Chain,
    /// Seconds in the chain.
    linked: u64,
    /// Slots in those seconds that are no gaps. What was first told while there was no file, or
    /// while the queue was full, may still come in a later version.
    present: u64,
    in_trouble: bool,
}

impl Desk {
    fn run(mut self, orders: &Receiver<Order>, waiting: &AtomicUsize) {
        while let Ok(Order::Write(taped)) = orders.recv() {
            match taped {
                Taped::Start { recording, law } => self.start(recording, law),
                Taped::Slot { recording, slot } => self.write(recording, &slot),
                Taped::End { recording, slots, keep: true } => self.end(recording, slots),
                Taped::End { recording, keep: false, .. } => self.discard(recording),
            }
            waiting.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn start(&mut self, recording: RecordingId, law: Law) {
        let mut random = [0; 44];
        self.random.fill_bytes(&mut random);
        let sealed = self.archive.master.as_ref().map(|m| Head::sealed(recording, law, m, random));
        let (head, key) = match sealed {
            Some(Some((head, key))) => (head, Some(key)),
            Some(None) => {
                self.tell(recording, Some("its key cannot be made".to_owned()));
                return;
            }
            None => (Head::plain(recording, law), None),
        };
        let path = file_of(&self.archive.folder, recording);
        let chain = Chain::start(&head.write());
        let (file, linked, present, in_trouble) = (None, 0, 0, false);
        let mut reel = Reel { path, head, key, file, chain, linked, present, in_trouble };
        let made = reel.make();
        self.reels.insert(recording, reel);
        self.judge(recording, made);
    }

    fn write(&mut self, recording: RecordingId, slot: &Slot) {
        if let Some(reel) = self.reels.get_mut(&recording) {
            let written = reel.write(slot);
            self.judge(recording, written);
        }
    }

    fn end(&mut self, recording: RecordingId, slots: u64) {
        let Some(mut reel) = self.reels.remove(&recording) else { return };
        let ended = reel.end(slots);
        if let Err(error) = ended {
            self.tell(recording, Some(error.to_string()));
        }
        let gaps = slots.saturating_sub(reel.present);
        let chain = reel.chain.newest();
        (self.events)(Event::Recorded { recording, slots, gaps, chain });
    }

    /// Nobody is to hear it: the file goes, and any trouble with it.
    fn discard(&mut self, recording: RecordingId) {
        let Some(reel) = self.reels.remove(&recording) else { return };
        let removed = reel.file.as_ref().map_or(Ok(()), |_| fs::remove_file(&reel.path));
        match removed {
            Err(error) => self.tell(recording, Some(error.to_string())),
            Ok(()) if reel.in_trouble => self.tell(recording, None),
            Ok(()) => {}
        }
    }

    /// Tells when trouble begins and when it is over.
    fn judge(&mut self, recording: RecordingId, done: io::Result<()>) {
        let Some(reel) = self.reels.get_mut(&recording) else { return };
        match done {
            Err(error) if !std::mem::replace(&mut reel.in_trouble, true) => {
                self.tell(recording, Some(error.to_string()));
            }
            Ok(()) if reel.file.is_some() && std::mem::take(&mut reel.in_trouble) => {
                self.tell(recording, None);
            }
            _ => {}
        }
    }

    fn tell(&self, recording: RecordingId, trouble: Option<String>) {
        (self.events)(Event::RecordingTrouble { recording, trouble });
    }
}

impl Reel {
    fn make(&mut self) -> io::Result<()> {
        // Nobody else may read what people said.
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create_new(true).mode(0o600).open(&self.path)?;
        if let Err(error) = file.write_all_at(&self.head.write(), 0) {
            // The next try has to be able to make it.
            fs::remove_file(&self.path)?;
            return Err(error);
        }
        self.file = Some(file);
        Ok(())
    }

    fn write(&mut self, slot: &Slot) -> io::Result<()> {
        if self.file.is_none() {
            if !slot.index.is_multiple_of(Slot::PER_SECOND) {
                return Ok(());
            }
            self.make()?;
        }
        let Some(file) = &self.file else { return Ok(()) };
        // A second whose link is made does not change any more.
        if slot.index / Slot::PER_SECOND < self.linked {
            return Ok(());
        }
        let bytes = slot.write(self.key.as_ref()).ok_or_else(|| io::Error::other("sealing"))?;
        file.write_all_at(&bytes, offset(slot.index))?;
        while slot.index >= (self.linked + 2) * Slot::PER_SECOND {
            self.link(Slot::PER_SECOND)?;
        }
        Ok(())
    }

    fn link(&mut self, slots: u64) -> io::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let mut second = vec![0; usize::try_from(slots).unwrap_or(0) * Slot::LEN];
        file.read_exact_at(&mut second, offset(self.linked * Slot::PER_SECOND))?;
        let present = second.chunks_exact(Slot::LEN).filter(|slot| Slot::is_in(slot)).count();
        self.present += present as u64;
        self.chain.link(&second);
        self.linked += 1;
        Ok(())
    }

    /// Its full length, with a hole for what is missing at the end, on the disk.
    fn end(&mut self, slots: u64) -> io::Result<()> {
        if self.file.is_none() {
            self.make()?;
        }
        if let Some(file) = &self.file {
            file.set_len(offset(slots))?;
        }
        while self.linked * Slot::PER_SECOND < slots {
            self.link((slots - self.linked * Slot::PER_SECOND).min(Slot::PER_SECOND))?;
        }
        self.file.as_ref().map_or(Ok(()), File::sync_all)
    }
}

/// Where a recording lies.
#[must_use]
pub fn file_of(folder: &Path, recording: RecordingId) -> PathBuf {
    folder.join(format!("{recording}.cbr"))
}

fn offset(slot: u64) -> u64 {
    Head::LEN as u64 + slot * Slot::LEN as u64
}

/// Ten seconds of 300 recordings.
const WAITING_MAX: usize = 150_000;
