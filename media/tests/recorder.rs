//! Recordings on a real disk, over loopback: that they sound, that `kill -9` costs 20 ms, that a
//! full disk costs a gap and never a call.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]
#![expect(clippy::disallowed_methods, reason = "real sockets need the real clock")]

use std::{
    env,
    fs::{self, File},
    io::Read as _,
    net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket},
    path::Path,
    process::{Command as Program, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use media::{
    Command, Config, Event, Plane, PortRange, RecordingId, Recordings, Route, StreamId, file_of,
    g711::Law,
    recording::{MasterKey, Reader},
    rtp::Header,
    sdp::{Codec, Direction, Negotiated},
    tone,
};

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A plane that records calls of two.
struct Stage {
    plane: Plane,
    events: Receiver<Event>,
    ports: Vec<u16>,
    calls: Vec<[Party; 2]>,
    sent: u16,
}

struct Party {
    socket: UdpSocket,
    port: u16,
    tone: Vec<u8>,
}

impl Stage {
    fn start(folder: &Path, key_file: Option<&Path>, first: u16, calls: u16) -> Self {
        let recordings =
            Recordings { folder: folder.to_owned(), key_file: key_file.map(Path::to_owned) };
        let config = Config {
            address: LOOPBACK,
            ports: PortRange { first, last: first + 199 },
            workers: 2,
            recordings: Some(recordings),
            ..Config::default()
        };
        let (sender, events) = mpsc::channel();
        let plane = Plane::start(config, move |event| drop(sender.send(event))).unwrap();
        let mut stage = Self { plane, events, ports: vec![], calls: vec![], sent: 0 };
        stage.plane.send(Command::Bind { count: 2 * calls });
        while stage.ports.len() < usize::from(2 * calls) {
            if let Event::Bound { ports } = stage.next() {
                stage.ports.extend(ports);
            }
        }
        for call in 0..calls {
            stage.open(u64::from(call));
        }
        // What comes before a port has its stream is thrown away.
        thread::sleep(Duration::from_millis(200));
        stage
    }

    fn next(&self) -> Event {
        self.events.recv_timeout(Duration::from_secs(10)).expect("an event within 10 s")
    }

    fn open(&mut self, call: u64) {
        let streams = [StreamId(2 * call), StreamId(2 * call + 1)];
        let parties = [500.0, 900.0].map(|hz| {
            let socket = UdpSocket::bind((LOOPBACK, 0)).unwrap();
            let tone = tone::sine(hz, 0.3, 8000);
            let tone = tone.iter().map(|sample| Law::A.encode(*sample)).collect();
            Party { socket, port: self.ports.pop().unwrap(), tone }
        });
        for (stream, party) in streams.into_iter().zip(&parties) {
            let negotiated = agreed(party.socket.local_addr().unwrap());
            let open = Command::Open { stream, port: party.port, negotiated, signalling: LOOPBACK };
            self.plane.send(open);
        }
        self.plane.send(Command::Route(Route::between(streams[0], streams[1])));
        let channels = [vec![streams[0]], vec![streams[1]]];
        self.plane.send(Command::Record { recording: id(call), channels });
        self.calls.push(parties);
    }

    /// Everybody talks; a packet each every 20 ms.
    fn talk(&mut self, packets: u16) {
        let start = Instant::now();
        for at in 0..packets {
            for party in self.calls.iter().flatten() {
                let offset = usize::from(self.sent % 50) * 160;
                let header = Header {
                    marker: false,
                    payload_type: 8,
                    sequence: self.sent,
                    timestamp: u32::from(self.sent) * 160,
                    ssrc: u32::from(party.port),
                };
                let packet = [&header.write()[..], &party.tone[offset..offset + 160]].concat();
                party.socket.send_to(&packet, (LOOPBACK, party.port)).unwrap();
            }
            self.sent += 1;
            let due = start + Duration::from_millis(20) * u32::from(at + 1);
            thread::sleep(due.saturating_duration_since(Instant::now()));
        }
    }

    /// Ends every recording; slots, gaps and chain of each.
    fn end(&mut self) -> Vec<(RecordingId, u64, u64, [u8; 32])> {
        for call in 0..self.calls.len() {
            self.plane.send(Command::StopRecord { recording: id(call as u64), keep: true });
        }
        let mut ended = vec![];
        while ended.len() < self.calls.len() {
            if let Event::Recorded { recording, slots, gaps, chain } = self.next() {
                ended.push((recording, slots, gaps, chain));
            }
        }
        ended
    }
}

fn id(call: u64) -> RecordingId {
    RecordingId(u128::from(call) + 1)
}

fn agreed(remote: SocketAddr) -> Negotiated {
    Negotiated {
        remote,
        rtcp: remote,
        rtcp_mux: true,
        codec: Codec::Pcma,
        payload_type_send: 8,
        payload_type_recv: 8,
        dtmf: None,
        ptime_ms: 20,
        direction: Direction::SendRecv,
        dtx: false,
        srtp: None,
        web: None,
    }
}

/// The samples of one channel.
fn channel(reader: &mut Reader<File>, channel: usize) -> Vec<i16> {
    let wav = reader.read_wav(0, usize::MAX).unwrap();
    let samples = hound::WavReader::new(wav.as_slice()).unwrap().into_samples();
    samples.map(Result::unwrap).skip(channel).step_by(2).collect()
}

/// S17: what lies on the disk is sealed, sounds with its key, and proves itself by its chain.
#[test]
fn a_recording_with_a_key_file_is_sealed_and_sounds() {
    let folder = tempfile::tempdir().unwrap();
    let key_file = folder.path().join("key");
    fs::write(&key_file, [5; 32]).unwrap();
    let mut stage = Stage::start(folder.path(), Some(&key_file), 40_000, 1);
    stage.talk(60);
    let (recording, slots, gaps, chain) = stage.end()[0];
    assert!(slots >= 60 && gaps == 0, "{slots} slots, {gaps} gaps");
    let path = file_of(folder.path(), recording);
    assert!(Reader::open(File::open(&path).unwrap(), None).is_err());
    let master = MasterKey::read(&[5; 32]).unwrap();
    let mut reader = Reader::open(File::open(&path).unwrap(), Some(&master)).unwrap();
    assert_eq!((reader.chain().unwrap(), reader.duration_ms()), (chain, slots * 20));
    for (at, hz) in [(0, 500.0), (1, 900.0)] {
        let heard = channel(&mut reader, at);
        let loud = |sample: &i16| sample.unsigned_abs() > 1_000;
        let first = heard.iter().position(loud).unwrap();
        let last = heard.iter().rposition(loud).unwrap();
        let spoken = &heard[first..last];
        assert!(spoken.len() > 8_000 && tone::share(spoken, hz) > 0.8, "channel {at}");
    }
    stage.plane.stop();
}

/// F5: the folder takes no file; calls go on, trouble is told, and what follows is recorded.
#[test]
fn a_folder_that_takes_no_file_costs_a_gap_and_no_call() {
    let folder = tempfile::tempdir().unwrap();
    let recordings = folder.path().join("recordings");
    // A file cannot be made where a folder stands.
    fs::create_dir_all(file_of(&recordings, id(0))).unwrap();
    let mut stage = Stage::start(&recordings, None, 40_200, 1);
    loop {
        if let Event::RecordingTrouble { recording, trouble: Some(_) } = stage.next() {
            assert_eq!(recording, id(0));
            break;
        }
    }
    stage.talk(20);
    let party = &stage.calls[0][0].socket;
    party.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
    party.recv(&mut [0; 2048]).expect("the call is heard");
    fs::remove_dir(file_of(&recordings, id(0))).unwrap();
    stage.talk(80);
    let (_, slots, gaps, _) = stage.end()[0];
    assert!((10..slots - 20).contains(&gaps), "{gaps} of {slots}");
    let mut reader = Reader::open(File::open(file_of(&recordings, id(0))).unwrap(), None).unwrap();
    assert_eq!(reader.content().unwrap().gaps, gaps);
    stage.plane.stop();
}

/// What nobody is to hear leaves no file, and is told by no event; what runs beside it stays.
#[test]
fn a_recording_that_is_not_kept_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = Stage::start(folder.path(), None, 40_600, 2);
    stage.talk(30);
    assert!(file_of(folder.path(), id(0)).exists());
    stage.plane.send(Command::StopRecord { recording: id(0), keep: false });
    stage.plane.send(Command::StopRecord { recording: id(1), keep: true });
    let ended = loop {
        if let Event::Recorded { recording, .. } = stage.next() {
            break recording;
        }
    };
    assert_eq!(ended, id(1));
    stage.plane.stop();
    assert!(!stage.events.try_iter().any(|event| matches!(event, Event::Recorded { .. })));
    assert!(!file_of(folder.path(), id(0)).exists());
    assert!(file_of(folder.path(), id(1)).exists());
}

/// Twenty recordings run; `kill -9`. Every file opens, and what was sent more than 20 ms before is
/// there (with 100 ms for a machine that is busy elsewhere).
#[test]
fn kill_9_in_the_middle_of_twenty_recordings_costs_their_last_moment() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Program::new(env::current_exe().unwrap())
        .args(["--exact", "records_until_killed", "--nocapture", "--ignored"])
        .env(VICTIM, folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = child.stdout.take().unwrap();
    let mut line = vec![0; 1];
    let mut text = String::new();
    while !text.contains("talking") {
        assert_eq!(said.read(&mut line).unwrap(), 1, "the victim ended: {text}");
        text.push(char::from(line[0]));
    }
    let started = Instant::now();
    thread::sleep(Duration::from_millis(1_500));
    let lasted = started.elapsed();
    child.kill().unwrap();
    child.wait().unwrap();
    let least = u64::try_from(lasted.as_millis()).unwrap() - 120;
    for call in 0..20 {
        let path = file_of(folder.path(), id(call));
        let mut reader = Reader::open(File::open(&path).unwrap(), None).unwrap();
        assert!(reader.duration_ms() >= least, "{} of {least} ms", reader.duration_ms());
        let content = reader.content().unwrap();
        assert_eq!(content.gaps, 0);
        assert!(content.agent_heard >= 50 && content.customer_heard >= 50, "{content:?}");
        assert!(!reader.read_wav(0, usize::MAX).unwrap().is_empty());
    }
}

/// The victim of the test above; alone it does nothing.
#[test]
#[ignore = "run by the test that kills it"]
fn records_until_killed() {
    let Some(folder) = env::var_os(VICTIM) else { return };
    let mut stage = Stage::start(Path::new(&folder), None, 40_400, 20);
    println!("talking");
    stage.talk(1_000);
}

const VICTIM: &str = "CORDBOARD_TEST_RECORDS_INTO";
