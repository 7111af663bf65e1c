//! What a relayed packet costs: processor time of the media thread, kernel included, over loopback.
//!
//! `cargo bench -p media --bench relay [CALLS [SECONDS]]` opens 300 calls of two parties on one
//! worker; one more thread plays all the telephones, 50 packets a second each. It measures twice:
//! relayed only, and with both parties followed for who speaks. The figure to hold for the first
//! is 5 µs a packet (bench/LIMITS.md: a raw loop in C needs 1.4–2.9, the best relay measured 10).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark fails by panicking"
)]
#![expect(clippy::disallowed_methods, reason = "real sockets need the real clock")]

use std::{
    fs,
    net::{IpAddr, Ipv4Addr, UdpSocket},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use media::{
    Command, Config, Event, Plane, PortRange, Route, StreamId,
    rtp::Header,
    sdp::{Codec, Direction, Negotiated},
};

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

struct Phone {
    socket: UdpSocket,
    port: u16,
    id: u32,
}

fn main() {
    let mut words = std::env::args().skip(1).filter(|word| !word.starts_with('-'));
    let calls: u32 = words.next().map_or(300, |word| word.parse().expect("CALLS"));
    let seconds: u32 = words.next().map_or(10, |word| word.parse().expect("SECONDS"));
    let (mut plane, phones) = set_up(calls);
    measure("relayed", &phones, seconds);
    for phone in &phones {
        plane.send(Command::Follow { stream: StreamId(phone.id.into()), follow: true });
    }
    measure("relayed and followed", &phones, seconds);
    plane.stop();
}

/// Lets the telephones talk, and prints what their packets cost.
fn measure(what: &str, phones: &[Phone], seconds: u32) {
    talk(phones, 2);
    let before = media_thread_time();
    let started = Instant::now();
    let (sent, heard, late) = talk(phones, seconds);
    let elapsed = started.elapsed();
    let used = media_thread_time().saturating_sub(before);
    let per_packet = used.as_secs_f64() * 1e6 / f64::from(heard);
    println!(
        "{what}: {} calls, {:.0} packets/s: {per_packet:.2} µs of processor a packet, \
         {:.1} % of a core; {} of {sent} lost; {late} sent late by 5 ms or more",
        phones.len() / 2,
        f64::from(heard) / elapsed.as_secs_f64(),
        100.0 * used.as_secs_f64() / elapsed.as_secs_f64(),
        sent.saturating_sub(heard),
    );
}

fn set_up(calls: u32) -> (Plane, Vec<Phone>) {
    let (sender, events) = mpsc::channel();
    let config = Config {
        address: LOOPBACK,
        ports: PortRange { first: 24_000, last: 32_767 },
        workers: 1,
        ..Config::default()
    };
    let mut plane = Plane::start(config, move |event| drop(sender.send(event))).unwrap();
    let wanted = u16::try_from(2 * calls).expect("at most 2,190 calls");
    plane.send(Command::Bind { count: wanted });
    let ports = match events.recv().unwrap() {
        Event::Bound { ports } if ports.len() == usize::from(wanted) => ports,
        other => panic!("{other:?}, {:?}: more open files? (ulimit -n)", events.try_recv()),
    };
    let phones: Vec<_> = (0..).zip(ports).map(|(id, port)| phone(&mut plane, id, port)).collect();
    for call in phones.chunks(2) {
        let [a, b] = [&call[0], &call[1]].map(|phone| StreamId(phone.id.into()));
        plane.send(Command::Route(Route::between(a, b)));
    }
    thread::sleep(Duration::from_millis(500));
    (plane, phones)
}

fn phone(plane: &mut Plane, id: u32, port: u16) -> Phone {
    let socket = UdpSocket::bind((LOOPBACK, 0)).unwrap();
    socket.set_nonblocking(true).unwrap();
    let remote = socket.local_addr().unwrap();
    let negotiated = Negotiated {
        remote,
        rtcp: remote,
        rtcp_mux: true,
        codec: Codec::Pcma,
        payload_type_send: 8,
        payload_type_recv: 8,
        dtmf: Some((101, 101)),
        ptime_ms: 20,
        direction: Direction::SendRecv,
        dtx: false,
        srtp: None,
        web: None,
    };
    let stream = StreamId(id.into());
    plane.send(Command::Open { stream, port, negotiated, signalling: LOOPBACK });
    Phone { socket, port, id }
}

/// Spreads each 20 ms over the phones as real calls would be; packets sent, heard, and sent late.
fn talk(phones: &[Phone], seconds: u32) -> (u32, u32, u32) {
    let start = Instant::now();
    let step = Duration::from_millis(20) / u32::try_from(phones.len()).unwrap();
    let (mut sent, mut heard, mut late) = (0, 0, 0);
    let mut buffer = [0; 2048];
    for round in 0..seconds * 50 {
        for (at, phone) in (0..).zip(phones) {
            let due = start + Duration::from_millis(20) * round + step * at;
            let now = Instant::now();
            if due > now + Duration::from_millis(1) {
                thread::sleep(due - now);
            }
            late += u32::from(now > due + Duration::from_millis(5));
            let header = Header {
                marker: false,
                payload_type: 8,
                sequence: u16::try_from(round & 0xFFFF).unwrap(),
                timestamp: round * 160,
                ssrc: phone.id,
            };
            let mut packet = [0xD5; 172];
            packet[..Header::LEN].copy_from_slice(&header.write());
            sent += u32::from(phone.socket.send_to(&packet, (LOOPBACK, phone.port)).is_ok());
            while phone.socket.recv(&mut buffer).is_ok() {
                heard += 1;
            }
        }
    }
    thread::sleep(Duration::from_millis(50));
    for phone in phones {
        while phone.socket.recv(&mut buffer).is_ok() {
            heard += 1;
        }
    }
    (sent, heard, late)
}

/// User and system time of the thread named `media-0`, from the scheduler's own account.
fn media_thread_time() -> Duration {
    let tasks = fs::read_dir("/proc/self/task").expect("Linux");
    for task in tasks {
        let task = task.unwrap().path();
        if fs::read_to_string(task.join("comm")).unwrap().trim() == "media-0" {
            let account = fs::read_to_string(task.join("schedstat")).expect("schedstat");
            let nanoseconds = account.split(' ').next().unwrap();
            return Duration::from_nanos(nanoseconds.parse().unwrap());
        }
    }
    panic!("no thread named media-0");
}
