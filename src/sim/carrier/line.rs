//! One call at the carrier: its dialog, where it stands, and what it repeats until it is heard.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use sip::{Method, Request};

use super::fate::Fate;
use super::words::{self, Dialog};
use super::{Due, Step};
use crate::sim::agenda::Happening;
use crate::sim::errand::{Errand, Errands};
use crate::sim::invariant::Invariant;

/// One call.
#[derive(Debug)]
pub(super) struct Line {
    /// Never used again.
    pub(super) serial: u64,
    /// Where it lives in the carrier's table.
    pub(super) place: (usize, usize),
    pub(super) role: Role,
    pub(super) stage: Stage,
    pub(super) dialog: Dialog,
    /// Ours.
    pub(super) tag: String,
    pub(super) us: SocketAddr,
    pub(super) switch: SocketAddr,
    pub(super) port: u16,
    /// Version of our SDP.
    pub(super) version: u32,
    /// Our last response to the INVITE, for whoever asks again.
    pub(super) last: Option<Bytes>,
    /// Our last ACK of a 2xx, with the `CSeq` it is for.
    pub(super) acked: Option<(u32, Bytes)>,
    repeat: Option<Repeat>,
    /// The switch's last SDP, with its session and version.
    described: Option<(u64, u64, Bytes)>,
    pub(super) branch: u64,
    /// When somebody last showed that they keep the session up, where it has a timer.
    pub(super) kept: Option<Duration>,
    /// The number of the PRACK that came.
    pub(super) pracked: Option<u32>,
    /// A BYE that came was answered by a 100 so far.
    pub(super) tried: bool,
    /// When a CANCEL came too late.
    pub(super) late_cancel: Option<Duration>,
    /// Our INVITE, for whoever sends it again.
    pub(super) invite: Bytes,
}

/// Who began it.
#[derive(Debug)]
pub(super) enum Role {
    /// The switch calls somebody.
    Callee { invite: Box<Request>, fate: Fate },
    /// Somebody calls the switch.
    Caller(super::caller::Manner),
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// No final answer yet.
    Calling,
    /// No final answer yet, and the caller wants none any more.
    Cancelled,
    /// A 2xx was given.
    Answered,
    /// We said BYE.
    Leaving,
    /// Over; kept for messages that are late.
    Over,
}

/// Something said again until it is heard (RFC 3261 timers A, E, G).
#[derive(Debug)]
struct Repeat {
    bytes: Bytes,
    gap: Duration,
    until: Duration,
}

impl Line {
    pub(super) fn new(
        (serial, place): (u64, (usize, usize)),
        role: Role,
        dialog: Dialog,
        (us, switch): (SocketAddr, SocketAddr),
    ) -> Self {
        let port = u16::try_from(10_000 + 2 * (serial % 20_000)).unwrap_or(10_000);
        Self {
            serial,
            place,
            role,
            stage: Stage::Calling,
            dialog,
            tag: format!("far{serial:x}"),
            us,
            switch,
            port,
            version: 1,
            last: None,
            acked: None,
            repeat: None,
            described: None,
            branch: 0,
            kept: None,
            pracked: None,
            tried: false,
            late_cancel: None,
            invite: Bytes::new(),
        }
    }

    /// Says something to the switch.
    pub(super) fn say(&self, bytes: Bytes, errands: &mut Errands) {
        errands.push(Errand::Send(self.us, bytes));
    }

    /// Says something until it is heard, or for 64·T1.
    pub(super) fn insist(&mut self, at: Duration, bytes: Bytes, errands: &mut Errands) {
        self.say(bytes.clone(), errands);
        self.repeat = Some(Repeat { bytes, gap: T1, until: at + T1 * 64 });
        self.due(at + T1, Step::Repeat, errands);
    }

    /// Whether a BYE that comes gets a 100 for now: at one in eight, the first time.
    pub(super) fn is_slow(&mut self) -> bool {
        let first = self.stage == Stage::Answered && self.serial % 8 == 5;
        first && !std::mem::replace(&mut self.tried, true)
    }

    /// It was heard.
    pub(super) fn heard(&mut self) {
        self.repeat = None;
    }

    /// Whether something is being said that nobody has heard yet.
    pub(super) fn insists(&self) -> bool {
        self.repeat.is_some()
    }

    /// Says it again; false once it was said for long enough.
    pub(super) fn say_again(&mut self, at: Duration, errands: &mut Errands) -> bool {
        let Some(repeat) = &mut self.repeat else { return true };
        if at >= repeat.until {
            self.repeat = None;
            return false;
        }
        repeat.gap = (repeat.gap * 2).min(T2);
        let (bytes, gap) = (repeat.bytes.clone(), repeat.gap);
        self.say(bytes, errands);
        self.due(at + gap, Step::Repeat, errands);
        true
    }

    pub(super) fn due(&self, at: Duration, step: Step, errands: &mut Errands) {
        let (carrier, line) = self.place;
        let due = Due { line, serial: self.serial, step };
        errands.push(Errand::At(at, Happening::Carrier(carrier, due)));
    }

    /// Over: nothing is said any more, and after a while nothing is known.
    pub(super) fn end(&mut self, at: Duration, errands: &mut Errands) {
        self.stage = Stage::Over;
        self.repeat = None;
        self.due(at + T1 * 80, Step::Forget, errands);
    }

    pub(super) fn bye(&mut self, at: Duration, errands: &mut Errands) {
        self.stage = Stage::Leaving;
        let bytes = self.ask(Method::Bye, None);
        self.insist(at, bytes, errands);
    }

    /// A request within the dialog under the next `CSeq`.
    pub(super) fn ask(&mut self, method: Method, sdp: Option<&str>) -> Bytes {
        self.dialog.sent += 1;
        self.branch += 1;
        let via = (self.us, self.via());
        words::request(method, &self.dialog, self.dialog.sent, via, sdp)
    }

    /// A branch that no other transaction has.
    pub(super) fn via(&self) -> u64 {
        (self.serial << 16) + self.branch
    }

    pub(super) fn sdp(&self) -> String {
        words::sdp(self.us, self.port, self.version)
    }

    /// Where its audio is.
    pub(super) fn audio(&self) -> SocketAddr {
        SocketAddr::new(self.us.ip(), self.port)
    }

    /// D8 for one SDP of the switch: the session stays, the version rises exactly when the words
    /// change (RFC 3264 §8, INTEROP 28).
    pub(super) fn look_at(&mut self, sdp: &Bytes, errands: &mut Errands) {
        if sdp.is_empty() {
            return;
        }
        let Some((session, version)) = words::origin(sdp) else {
            let what = format!("call {}: SDP without an o= line", self.dialog.call_id);
            return errands.push(Errand::Broken(Invariant::D8, what));
        };
        if let Some((before, had, words)) = &self.described {
            let sound =
                *before == session && if words == sdp { version == *had } else { version > *had };
            if !sound {
                let what = format!(
                    "call {}: o= went from {before} {had} to {session} {version}",
                    self.dialog.call_id
                );
                errands.push(Errand::Broken(Invariant::D8, what));
            }
        }
        self.described = Some((session, version, sdp.clone()));
    }

    /// D8 for one request of the switch: a new one has a higher `CSeq` (RFC 3261 §12.2.1.1).
    ///
    /// False for one that came before, or late.
    pub(super) fn is_new(&mut self, cseq: u32) -> bool {
        if cseq <= self.dialog.heard {
            return false;
        }
        self.dialog.heard = cseq;
        true
    }
}

/// RFC 3261 table 4.
pub(super) const T1: Duration = Duration::from_millis(500);
const T2: Duration = Duration::from_secs(4);
