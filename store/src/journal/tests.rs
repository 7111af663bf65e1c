//! Covers: recovery after a tear at every byte, corruption told from a tear, the order of group
//! commit, the policy when full, a full and a failing disk, segments, readers.
//! Not covered: a real power cut; a real full file system.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dialer::permit::ChainHead;
use proptest::prelude::*;
use routing::CallId;

use self::Step::{
    Failed, OnReserve, Refill, Reported, Restored, RollBack, SpendReserve, Sync, Write,
};
use super::*;
use crate::event::Direction;
use crate::testing::{Permits, Written, at, id, start};

fn answered(n: u128) -> Event {
    Event::CallAnswered { call: id::<CallId>(n) }
}

fn segments(dir: &Path) -> Vec<PathBuf> {
    segment::Segment::list(dir).unwrap().into_iter().map(|segment| segment.path).collect()
}

fn read_all(journal: &Journal) -> Vec<Entry> {
    journal.reader(1).unwrap().read(usize::MAX).unwrap()
}

/// FAULTS F2: whatever part of the last write reached the disk, all that was acknowledged before
/// it is there, and the journal goes on.
#[test]
fn a_tail_torn_at_any_byte_is_cut_off_and_everything_before_it_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let mut written = Written::open(dir.path());
    written.append(at(0), answered(1));
    written.append(at(1), answered(2));
    written.wait();
    let file = segments(dir.path()).remove(0);
    let kept = fs::metadata(&file).unwrap().len();
    written.append(at(2), answered(3));
    drop(written);
    let whole = fs::read(&file).unwrap();
    for end in kept..whole.len() as u64 {
        fs::write(&file, &whole[..usize::try_from(end).unwrap()]).unwrap();
        let mut again = Written::open(dir.path());
        assert_eq!(again.recovered.next_seq, 3, "cut at {end}");
        let cut = Cut { file: file.clone(), offset: kept, bytes: end - kept };
        assert_eq!(again.recovered.cut, (end > kept).then_some(cut), "cut at {end}");
        assert_eq!(again.recovered.last_at, Some(at(1)));
        assert!(!again.recovered.clean);
        again.append(at(3), answered(4));
        again.wait();
        let calls: Vec<_> = read_all(&again.journal).into_iter().map(|e| e.event).collect();
        assert_eq!(calls, [answered(1), answered(2), answered(4)], "cut at {end}");
    }
}

/// A file system may leave zeros, or anything, where a write never ended.
#[test]
fn a_tail_of_zeros_or_rubbish_is_cut_off() {
    for tail in [vec![0; 4_096], b"\x07\0\0\0rubbish and more rubbish".to_vec(), vec![0xff; 3]] {
        let dir = tempfile::tempdir().unwrap();
        let mut written = Written::open(dir.path());
        written.append(at(0), answered(1));
        drop(written);
        let file = segments(dir.path()).remove(0);
        let mut bytes = fs::read(&file).unwrap();
        bytes.extend_from_slice(&tail);
        fs::write(&file, bytes).unwrap();
        let again = Written::open(dir.path());
        assert_eq!(again.recovered.next_seq, 2);
        assert_eq!(again.recovered.cut.unwrap().bytes, tail.len() as u64);
    }
}

/// An acknowledged record that cannot be read is lost, and opening must say so instead of cutting.
#[test]
fn a_hole_before_a_later_batch_is_an_error_that_names_file_and_offset() {
    let dir = tempfile::tempdir().unwrap();
    let mut written = Written::open(dir.path());
    for n in 1..=3 {
        written.append(at(0), answered(n));
        written.wait();
    }
    drop(written);
    let file = segments(dir.path()).remove(0);
    let mut bytes = fs::read(&file).unwrap();
    let second = segment::HEADER_BYTES + (bytes.len() - segment::HEADER_BYTES) / 3;
    bytes[second + 20] ^= 1;
    fs::write(&file, bytes).unwrap();
    let error = Journal::open(dir.path(), &Options::default(), drop).err().unwrap();
    let JournalError::Corrupt { file: named, offset, seq, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!((named, *offset, *seq), (&file, second as u64, 2), "{error}");
}

/// The pages of one write reach the disk in any order: a hole inside the last batch is a tear, for
/// none of that batch had been acknowledged.
#[test]
fn a_hole_inside_the_last_batch_is_a_torn_tail() {
    let dir = tempfile::tempdir().unwrap();
    let mut written = Written::open(dir.path());
    written.append(at(0), answered(1));
    drop(written);
    let file = segments(dir.path()).remove(0);
    let mut bytes = fs::read(&file).unwrap();
    let kept = bytes.len();
    for seq in 2..=4 {
        let entry = Entry { seq, at: at(1), event: answered(u128::from(seq)) };
        frame::encode(&serde_json::to_vec(&entry).unwrap(), 1, &mut bytes);
    }
    bytes[kept + 30] ^= 1;
    fs::write(&file, &bytes).unwrap();
    let again = Written::open(dir.path());
    assert_eq!(again.recovered.next_seq, 2);
    assert_eq!(again.recovered.cut.unwrap().offset, kept as u64);
}

/// DESIGN §5: the evidence is one chain however often the switch starts.
#[test]
fn the_chain_of_permits_and_the_numbers_go_on_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let mut chain = Vec::new();
    for run in 0..3_u32 {
        let options = Options { segment_bytes: 2_000, ..Options::default() };
        let mut written = Written::open_with(dir.path(), &options);
        let mut permits = Permits::after(written.recovered.chain);
        for n in 0..5_u32 {
            let attempt = id(u128::from(run * 10 + n) + 1);
            let permit = permits.permit(attempt, u64::from(run * 10 + n), at(i64::from(n)));
            chain.push(permit.clone());
            let permit = Box::new(permit);
            written.append(at(i64::from(n)), Event::Permitted { permit, call: id(7) });
            written.append(at(i64::from(n)), answered(7));
            written.wait();
        }
        written.append(at(9), Event::Stopped);
        assert_eq!(written.journal.next_seq(), u64::from(run + 1) * 11 + 1);
    }
    let written = Written::open(dir.path());
    assert!(written.recovered.clean);
    assert_eq!(written.recovered.chain, ChainHead::after(chain.last().unwrap()));
    assert!(segments(dir.path()).len() > 3);
    let permits = read_all(&written.journal).into_iter().filter_map(|entry| match entry.event {
        Event::Permitted { permit, .. } => Some(*permit),
        _ => None,
    });
    assert_eq!(permits.collect::<Vec<_>>(), chain);
    assert!(dialer::permit::verify_chain(ChainHead::START, &chain).is_ok());
}

/// A crash may come between the creation of a segment and its header, or its first record.
#[test]
fn a_segment_that_was_only_begun_is_begun_again() {
    for left in [0, 10, segment::HEADER_BYTES] {
        let dir = tempfile::tempdir().unwrap();
        let mut written = Written::open(dir.path());
        written.append(at(0), answered(1));
        drop(written);
        let next = segment::Segment::new(dir.path(), 2).path;
        let header = segment::Header { first_seq: 2, chain: ChainHead::START }.encode();
        fs::write(&next, &header[..left]).unwrap();
        let mut again = Written::open(dir.path());
        assert_eq!((again.recovered.next_seq, again.recovered.last_at), (2, Some(at(0))));
        assert!(!again.recovered.clean);
        again.append(at(1), answered(2));
        again.wait();
        assert_eq!(read_all(&again.journal).len(), 2);
    }
}

#[test]
fn a_reader_begins_at_any_entry_and_crosses_segments() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { segment_bytes: 500, ..Options::default() };
    let mut written = Written::open_with(dir.path(), &options);
    for n in 1..=40 {
        written.append(at(0), answered(n));
        written.wait();
    }
    assert!(segments(dir.path()).len() > 4);
    for first in 1..=40 {
        let mut reader = written.journal.reader(first).unwrap();
        assert_eq!(reader.behind(), 41 - first);
        let mut seqs = Vec::new();
        while let batch = reader.read(7).unwrap()
            && !batch.is_empty()
        {
            seqs.extend(batch.iter().map(|entry| entry.seq));
        }
        assert_eq!(seqs, (first..=40).collect::<Vec<_>>());
        assert_eq!((reader.next_seq(), reader.behind()), (41, 0));
    }
}

#[test]
fn an_entry_out_of_order_or_too_long_is_refused_and_the_journal_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let mut written = Written::open(dir.path());
    let wrong = Entry { seq: 2, at: start(), event: answered(1) };
    let refused = written.journal.append(&wrong).unwrap_err();
    assert_eq!(refused, Refused::OutOfOrder { expected: 1, got: 2 });
    let event = Event::Started { version: "x".repeat(frame::PAYLOAD_BYTES_MAX) };
    let refused = written.journal.append(&Entry { seq: 1, at: start(), event }).unwrap_err();
    assert_eq!(refused, Refused::TooLong);
    written.append(at(0), answered(1));
    written.wait();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever a disk leaves of the last segment, opening it gives a prefix of what was written or
    /// an error, and never a panic.
    #[test]
    fn any_damage_gives_a_prefix_or_an_error(
        at: prop::sample::Index,
        bytes in prop::collection::vec(any::<u8>(), 1..20),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let mut written = Written::open(dir.path());
        for n in 1..=5 {
            written.append(start(), answered(n));
        }
        drop(written);
        let file = segments(dir.path()).remove(0);
        let mut damaged = fs::read(&file).unwrap();
        let at = at.index(damaged.len());
        for (place, byte) in damaged.iter_mut().skip(at).zip(bytes) {
            *place = byte;
        }
        fs::write(&file, damaged).unwrap();
        let options = Options { reserve_bytes: 0, ..Options::default() };
        if let Ok((journal, recovered)) = Journal::open(dir.path(), &options, drop) {
            let seqs: Vec<_> = read_all(&journal).iter().map(|entry| entry.seq).collect();
            prop_assert_eq!(seqs, (1..recovered.next_seq).collect::<Vec<_>>());
        }
    }
}

/// What a disk was asked to do, and what it is to answer.
struct Scripted {
    log: Arc<Mutex<Vec<Step>>>,
    answers: Receiver<io::Result<()>>,
    reserve: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Write(usize),
    Sync,
    RollBack,
    SpendReserve,
    Refill,
    Reported(u64),
    OnReserve,
    Failed,
    Restored,
}

impl Scripted {
    fn note(&self, step: Step) {
        self.log.lock().unwrap().push(step);
    }
}

impl Disk for Scripted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut records = 0;
        let mut rest = bytes;
        while let Ok(frame) = frame::decode(rest) {
            records += 1;
            rest = &rest[frame.bytes()..];
        }
        assert!(rest.is_empty(), "a write is whole records");
        self.note(Step::Write(records));
        self.answers.recv().unwrap_or(Ok(()))
    }

    fn sync(&mut self) -> io::Result<()> {
        self.note(Step::Sync);
        self.answers.recv().unwrap_or(Ok(()))
    }

    fn roll_back(&mut self) -> io::Result<()> {
        self.note(Step::RollBack);
        Ok(())
    }

    fn rotate(&mut self, _: &segment::Header) -> io::Result<()> {
        Ok(())
    }

    fn spend_reserve(&mut self) -> io::Result<bool> {
        self.note(Step::SpendReserve);
        Ok(std::mem::take(&mut self.reserve))
    }

    fn refill_reserve(&mut self) -> io::Result<()> {
        self.note(Refill);
        Ok(())
    }

    fn segment_bytes(&self) -> u64 {
        0
    }

    fn path(&self) -> &Path {
        Path::new("scripted")
    }
}

/// A journal on a scripted disk, where every write and sync waits for its answer.
struct Rig {
    journal: Journal,
    log: Arc<Mutex<Vec<Step>>>,
    answers: Sender<io::Result<()>>,
    _dir: tempfile::TempDir,
}

impl Rig {
    fn new(room: usize) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let (answers, script) = channel();
        let disk = Scripted { log: Arc::clone(&log), answers: script, reserve: true };
        let told = Arc::clone(&log);
        let report = move |report| {
            told.lock().unwrap().push(match report {
                Report::Durable(seq) => Step::Reported(seq),
                Report::OnReserve => Step::OnReserve,
                Report::Failed(_) => Step::Failed,
                Report::Restored => Step::Restored,
            });
        };
        let recovered = recover::recover(dir.path()).unwrap();
        let options = Options { room, ..Options::default() };
        let (journal, _) = Journal::start(dir.path(), &options, recovered, disk, report).unwrap();
        Self { journal, log, answers, _dir: dir }
    }

    fn append(&mut self, event: Event) -> Result<(), Refused> {
        let seq = self.journal.next_seq();
        self.journal.append(&Entry { seq, at: start(), event })
    }

    fn answer(&self, result: io::Result<()>) {
        self.answers.send(result).unwrap();
    }

    /// Waits until the disk or the callback has got to this step.
    fn until(&self, step: Step) -> Vec<Step> {
        for _ in 0..2_000 {
            let log = self.log.lock().unwrap().clone();
            if log.last() == Some(&step) {
                return log;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("{step:?} never came: {:?}", self.log.lock().unwrap());
    }
}

/// Group commit: what waits while the disk syncs goes out in one write, and nothing is reported
/// before its sync.
#[test]
fn entries_that_wait_share_one_write_and_are_reported_after_its_sync() {
    let mut rig = Rig::new(100);
    rig.append(answered(1)).unwrap();
    rig.until(Step::Write(1));
    for n in 2..=50 {
        rig.append(answered(n)).unwrap();
    }
    rig.answer(Ok(()));
    rig.until(Step::Sync);
    assert_eq!(rig.journal.pending(), 50, "a write is not yet durable");
    rig.answer(Ok(()));
    rig.until(Step::Write(49));
    rig.answer(Ok(()));
    rig.answer(Ok(()));
    let log = rig.until(Step::Reported(50));
    let clean = |step: &&Step| **step != RollBack;
    let steps: Vec<_> = log.iter().filter(clean).copied().collect();
    assert_eq!(steps, [Write(1), Sync, Reported(1), Write(49), Sync, Reported(50)]);
    assert_eq!(rig.journal.pending(), 0);
}

/// FAULTS F1: whoever is killed between a call and its permit leaves neither.
#[test]
fn a_call_that_is_dialled_and_its_permit_share_one_write_however_late_the_permit_comes() {
    let mut rig = Rig::new(100);
    rig.append(Event::CallStarted {
        call: id(1),
        direction: Direction::Outbound,
        calling: "+15550100001".to_owned(),
        called: "+15550100002".to_owned(),
        campaign: None,
        queue: None,
        did: None,
        attempt: Some(id(2)),
        trunk: None,
    })
    .unwrap();
    std::thread::sleep(Duration::from_millis(50));
    let permit = Box::new(Permits::after(ChainHead::START).permit(id(2), 1, start()));
    rig.append(Event::Permitted { permit, call: id(1) }).unwrap();
    rig.answer(Ok(()));
    rig.answer(Ok(()));
    let log = rig.until(Step::Reported(2));
    assert_eq!(log.iter().find(|step| matches!(step, Write(_))), Some(&Write(2)));
}

/// DESIGN §4: a journal that falls behind stops originating, while calls in progress can still end.
#[test]
fn a_full_journal_refuses_permits_at_half_and_everything_at_all_of_its_room() {
    let mut rig = Rig::new(10);
    let mut permits = Permits::after(ChainHead::START);
    let mut permitted = |n: u64| {
        let permit = Box::new(permits.permit(id(u128::from(n)), n, start()));
        Event::Permitted { permit, call: id(1) }
    };
    for n in 0..5 {
        rig.append(permitted(n)).unwrap();
    }
    assert_eq!(rig.append(permitted(5)), Err(Refused::Full));
    for n in 0..5 {
        rig.append(answered(n)).unwrap();
    }
    assert_eq!(rig.append(answered(9)), Err(Refused::Full));
    assert_eq!(rig.journal.pending(), 10);
    for _ in 0..10 {
        rig.answer(Ok(()));
    }
    rig.until(Step::Reported(10));
    rig.append(permitted(6)).unwrap();
}

/// FAULTS F5: the disk is full, the reserve is given up for the journal, and nothing is lost.
#[test]
fn a_full_disk_costs_the_reserve_and_not_the_entry() {
    let mut rig = Rig::new(10);
    rig.append(answered(1)).unwrap();
    rig.answer(Err(io::ErrorKind::StorageFull.into()));
    rig.answer(Ok(()));
    rig.answer(Ok(()));
    let log = rig.until(Step::Reported(1));
    let (first, second) = (Write(1), Write(1));
    let expected = [RollBack, first, SpendReserve, OnReserve, RollBack, second, Sync, Reported(1)];
    assert_eq!(log, expected);
}

/// After a failed sync nobody knows what the disk holds: the batch is taken back and written anew,
/// told once as a failure and once as over.
#[test]
fn a_failed_sync_is_rolled_back_and_written_again_until_it_holds() {
    let mut rig = Rig::new(10);
    rig.append(answered(1)).unwrap();
    rig.answer(Ok(()));
    rig.answer(Err(io::Error::other("the disk is on fire")));
    rig.answer(Err(io::Error::other("still")));
    rig.answer(Ok(()));
    rig.answer(Ok(()));
    let log = rig.until(Step::Restored);
    let (once, again) = ([RollBack, Write(1), Sync, Failed], [RollBack, Write(1)]);
    let at_last = [RollBack, Write(1), Sync, Reported(1), Restored];
    assert_eq!(log, [&once[..], &again, &at_last].concat());
}

/// A disk that never comes back must not keep the switch from stopping.
#[test]
fn closing_during_a_failure_gives_up_what_was_never_acknowledged() {
    let mut rig = Rig::new(10);
    rig.append(answered(1)).unwrap();
    for _ in 0..40 {
        rig.answer(Err(io::Error::other("gone")));
    }
    rig.until(Step::Failed);
    rig.journal.close();
    assert!(!rig.log.lock().unwrap().contains(&Step::Reported(1)));
}

/// The real files do what the scripted disk promises: what was rolled back is gone from the file.
#[test]
fn real_files_roll_back_to_the_last_sync_and_hold_a_reserve() {
    let dir = tempfile::tempdir().unwrap();
    let tail = recover::recover(dir.path()).unwrap().tail;
    let mut files = Files::open(dir.path(), tail, 100_000).unwrap();
    let reserve = dir.path().join("reserve");
    assert_eq!(fs::metadata(&reserve).unwrap().len(), 100_000);
    files.write(b"kept").unwrap();
    files.sync().unwrap();
    files.write(b"lost").unwrap();
    files.roll_back().unwrap();
    files.write(b"and more").unwrap();
    files.sync().unwrap();
    let bytes = fs::read(files.path()).unwrap();
    assert_eq!(&bytes[segment::HEADER_BYTES..], b"keptand more");
    assert!(files.spend_reserve().unwrap());
    assert!(!reserve.exists());
    assert!(!files.spend_reserve().unwrap());
    files.refill_reserve().unwrap();
    assert_eq!(fs::metadata(&reserve).unwrap().len(), 100_000);
}

/// Prints what the journal costs here; read it as a ratio. Asserts only that nothing is lost.
#[test]
fn the_cost_of_an_entry_is_printed() {
    let dir = tempfile::tempdir().unwrap();
    let mut written = Written::open(dir.path());
    let begun = std::time::Instant::now();
    let many: u128 = 20_000;
    for n in 0..many {
        while written.journal.pending() > 30_000 {
            std::thread::sleep(Duration::from_micros(100));
        }
        written.append(start(), answered(n));
    }
    written.wait();
    let took = begun.elapsed();
    let mut waits: Vec<_> = (0..100)
        .map(|n| {
            let begun = std::time::Instant::now();
            written.append(start(), answered(n));
            written.wait();
            begun.elapsed()
        })
        .collect();
    waits.sort_unstable();
    println!(
        "journal: {:.0} entries/s in groups; one entry to durable p50 {:?}, p99 {:?}",
        20_000.0 / took.as_secs_f64(),
        waits[49],
        waits[98],
    );
    assert_eq!(written.journal.next_seq(), 20_101);
}
