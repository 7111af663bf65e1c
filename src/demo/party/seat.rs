//! One party's socket, voice and ear: what the thread does for it in its slot.

use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::time::Instant;

use media::rtp::{Header, is_rtcp};
use media::sdp::Negotiated;

use super::Traffic;
use crate::demo::ear::{Ear, Heard};
use crate::demo::signature::{Chord, FRAME};
use crate::demo::voice::{Script, Voice};

/// A party as the thread sees it.
#[derive(Debug)]
pub(super) struct Seat {
    socket: UdpSocket,
    voice: Voice,
    ear: Ear,
    stream: Option<Negotiated>,
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    last_heard: Option<u16>,
    traffic: Traffic,
}

impl Seat {
    pub(super) fn new(
        socket: UdpSocket,
        script: Script,
        chord: Option<Chord>,
        attentive: bool,
        ssrc: u32,
    ) -> Self {
        Self {
            socket,
            voice: Voice::new(script, chord),
            ear: Ear::new(attentive),
            stream: None,
            ssrc,
            sequence: 0,
            timestamp: 0,
            last_heard: None,
            traffic: Traffic::default(),
        }
    }

    pub(super) fn connect(&mut self, negotiated: &Negotiated) {
        self.stream = Some(*negotiated);
        self.last_heard = None;
    }

    pub(super) fn say(&mut self, script: Script) {
        self.voice.say(script);
    }

    pub(super) fn heard(&self) -> Vec<Heard> {
        self.ear.heard().copied().collect()
    }

    pub(super) fn began(&self) -> Option<(Instant, Chord)> {
        self.ear.began()
    }

    pub(super) fn is_attentive(&self) -> bool {
        self.ear.is_attentive()
    }

    pub(super) fn traffic(&self) -> Traffic {
        self.traffic
    }

    /// Sends the next 20 ms.
    pub(super) fn speak(&mut self, buffer: &mut [u8]) {
        let Some(stream) = self.stream.filter(|stream| stream.direction.sends()) else { return };
        // What the demo offers is G.711.
        let Some(law) = stream.codec.law() else { return };
        let samples = self.voice.frame();
        let Some(packet) = buffer.get_mut(..Header::LEN + FRAME) else { return };
        let header = Header {
            marker: self.traffic.sent == 0,
            payload_type: stream.payload_type_send,
            sequence: self.sequence,
            timestamp: self.timestamp,
            ssrc: self.ssrc,
        };
        let (head, payload) = packet.split_at_mut(Header::LEN);
        head.copy_from_slice(&header.write());
        for (byte, sample) in payload.iter_mut().zip(samples) {
            *byte = law.encode(sample);
        }
        match self.socket.send_to(packet, stream.remote) {
            Ok(_) => self.traffic.sent += 1,
            Err(_) => self.traffic.unsent += 1,
        }
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(160);
    }

    /// Takes everything that has arrived.
    pub(super) fn listen(&mut self, buffer: &mut [u8]) {
        loop {
            match self.socket.recv_from(buffer) {
                Ok((length, from)) => self.take(&buffer[..length], from),
                // An ICMP error of an earlier send shows here; the next packet may be fine.
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => {}
                Err(_) => return,
            }
        }
    }

    fn take(&mut self, packet: &[u8], from: SocketAddr) {
        // RTCP shares the port where both sides said so.
        if is_rtcp(packet) {
            return;
        }
        let Some((header, payload)) = Header::read(packet) else { return };
        let stream = self.stream.filter(|stream| stream.remote == from);
        let Some(stream) = stream else {
            self.traffic.strange += 1;
            return;
        };
        if stream.dtmf.is_some_and(|(_, receive)| receive == header.payload_type) {
            return;
        }
        if header.payload_type != stream.payload_type_recv {
            self.traffic.strange += 1;
            return;
        }
        if self.last_heard.replace(header.sequence) == Some(header.sequence) {
            return;
        }
        self.traffic.received += 1;
        let Some(law) = stream.codec.law() else { return };
        let payload = &packet[payload];
        let mut samples = [0; LONGEST];
        let taken = samples.len().min(payload.len());
        for (sample, byte) in samples.iter_mut().zip(payload) {
            *sample = law.decode(*byte);
        }
        self.ear.hear(Instant::now(), &samples[..taken]);
    }
}

/// Samples of the longest packet listened to, 60 ms.
const LONGEST: usize = 480;
