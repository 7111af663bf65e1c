//! A customer's ears and mouth: one RTP socket that plays a tone and keeps what it hears.

use std::collections::VecDeque;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use media::g711::Law;
use media::tone;

/// Plays from the first packet it gets until it is dropped.
pub(crate) struct Customer {
    port: u16,
    heard: Arc<Mutex<Heard>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Heard {
    samples: Vec<i16>,
    /// Where to speak: told, or where the latest packet came from.
    peer: Option<SocketAddr>,
    /// Keys that are still to be pressed.
    keys: VecDeque<u8>,
}

/// A key that is held down (RFC 4733 §2.5.1): its event, its packets so far, when it began.
struct Pressed {
    event: u8,
    packets: u16,
    began: u32,
}

/// Tells a customer where to speak, as the telephone in its hand reads it off the offer.
#[derive(Clone)]
pub(crate) struct Handset(Arc<Mutex<Heard>>);

impl Handset {
    pub(crate) fn speak_to(&self, peer: SocketAddr) {
        self.0.lock().unwrap().peer = Some(peer);
    }
}

impl Customer {
    /// Binds a port and waits for a call.
    pub(crate) fn listen(hz: u16) -> Self {
        Self::speak(hz, Heard::default(), 0x00C0_FFEE)
    }

    /// The telephone's audio dies and begins anew from another port under another SSRC, and its
    /// signalling knows nothing of it.
    pub(crate) fn restarts(self, hz: u16) -> Self {
        let peer = self.heard.lock().unwrap().peer;
        drop(self);
        Self::speak(hz, Heard { peer, ..Heard::default() }, 0x00C0_FFEF)
    }

    fn speak(hz: u16, heard: Heard, ssrc: u32) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        let (heard, stop) = (Arc::new(Mutex::new(heard)), Arc::default());
        let (ears, ended) = (heard.clone(), Arc::clone(&stop));
        let thread = thread::spawn(move || talk(&socket, (hz, ssrc), &ears, &ended));
        Self { port, heard, stop, thread: Some(thread) }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn handset(&self) -> Handset {
        Handset(self.heard.clone())
    }

    /// Presses keys one after the other, 120 ms each.
    pub(crate) fn press(&self, keys: &str) {
        let event = |key| KEYS.iter().position(|known| *known == key).unwrap();
        let events = keys.bytes().map(|key| u8::try_from(event(key)).unwrap());
        self.heard.lock().unwrap().keys.extend(events);
    }

    /// Whether a tone fills at least half a second of what was heard.
    pub(crate) fn heard(&self, hz: u16) -> bool {
        let heard = self.heard.lock().unwrap();
        has_tone(&heard.samples, hz)
    }

    /// Waits until half a second of a tone was heard: how soon is up to the machine.
    pub(crate) async fn hears(&self, hz: u16) {
        let what = format!("to hear {hz} Hz");
        self.wait(&what, || self.heard(hz)).await;
    }

    /// Waits until speech or music was heard.
    pub(crate) async fn hears_speech(&self) {
        self.wait("to hear speech", || self.heard_speech()).await;
    }

    async fn wait(&self, what: &str, met: impl Fn() -> bool) {
        let end = Instant::now() + PATIENCE;
        while !met() {
            assert!(Instant::now() < end, "the customer waited in vain {what}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Whether a second of sound that is no steady tone was heard: speech or music.
    pub(crate) fn heard_speech(&self) -> bool {
        let heard = self.heard.lock().unwrap();
        let loud = |frame: &&[i16]| frame.iter().any(|sample| sample.unsigned_abs() > 800);
        heard.samples.chunks(FRAME).filter(loud).count() >= 50
    }

    /// Forgets what was heard so far.
    pub(crate) fn forget(&self) {
        self.heard.lock().unwrap().samples.clear();
    }
}

impl Drop for Customer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

/// Whether a tone fills at least half a second of the samples, frame by frame.
pub(crate) fn has_tone(samples: &[i16], hz: u16) -> bool {
    let frames = samples.chunks_exact(FRAME);
    frames.filter(|frame| tone::is_present(frame, f64::from(hz))).count() >= 25
}

/// SIPp does not tell whom it talks to: the first packet in tells where to speak.
fn talk(socket: &UdpSocket, (hz, ssrc): (u16, u32), heard: &Mutex<Heard>, stop: &AtomicBool) {
    let voice = tone::sine(f64::from(hz), 0.4, FRAME * 50);
    let (mut sequence, mut timestamp) = (0_u16, 0_u32);
    let mut pressed: Option<Pressed> = None;
    let mut next = Instant::now();
    let mut buffer = [0; 2_048];
    while !stop.load(Ordering::Relaxed) {
        let wait = next.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        socket.set_read_timeout(Some(wait)).unwrap();
        if let Ok((length, from)) = socket.recv_from(&mut buffer) {
            heard.lock().unwrap().peer = Some(from);
            hear(&buffer[..length], heard);
        }
        if Instant::now() < next {
            continue;
        }
        next += Duration::from_millis(20);
        let Some(to) = heard.lock().unwrap().peer else { continue };
        let next_key = || heard.lock().unwrap().keys.pop_front();
        pressed = pressed
            .or_else(|| next_key().map(|event| Pressed { event, packets: 0, began: timestamp }));
        let mut out = if let Some(key) = &mut pressed {
            key.packet(sequence)
        } else {
            let frame = usize::from(sequence) % 50 * FRAME;
            let samples = voice[frame..frame + FRAME].iter();
            packet(0, sequence, timestamp, samples.map(|sample| Law::Mu.encode(*sample)))
        };
        out[8..12].copy_from_slice(&ssrc.to_be_bytes());
        let _ = socket.send_to(&out, to);
        pressed = pressed.filter(|key| key.packets < 9);
        sequence = sequence.wrapping_add(1);
        timestamp = timestamp.wrapping_add(160);
    }
}

impl Pressed {
    /// Its next packet: six while the key is down, three that say that it is up again.
    fn packet(&mut self, sequence: u16) -> Vec<u8> {
        self.packets += 1;
        let (first, up) = (self.packets == 1, self.packets > 6);
        let [high, low] = (self.packets.min(6) * 160).to_be_bytes();
        let payload = [self.event, if up { 0x8A } else { 0x0A }, high, low];
        packet(if first { EVENT_BEGINS } else { EVENT }, sequence, self.began, payload.into_iter())
    }
}

/// Whose it is, is written last.
fn packet(kind: u8, sequence: u16, timestamp: u32, payload: impl Iterator<Item = u8>) -> Vec<u8> {
    let mut out = vec![0x80, kind, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    out[2..4].copy_from_slice(&sequence.to_be_bytes());
    out[4..8].copy_from_slice(&timestamp.to_be_bytes());
    out.extend(payload);
    out
}

fn hear(packet: &[u8], heard: &Mutex<Heard>) {
    let Some((header, payload)) = media::rtp::Header::read(packet) else { return };
    if header.payload_type == 0 {
        let samples = packet[payload].iter().map(|byte| Law::Mu.decode(*byte));
        heard.lock().unwrap().samples.extend(samples);
    }
}

/// Telephone events, as the caller's SDP has them; with the marker, one that begins.
const EVENT: u8 = 101;
const EVENT_BEGINS: u8 = 0x80 + EVENT;

/// The keys by their events (RFC 4733 §3.2).
const KEYS: &[u8] = b"0123456789*#";

const FRAME: usize = 160;
const PATIENCE: Duration = Duration::from_secs(20);
