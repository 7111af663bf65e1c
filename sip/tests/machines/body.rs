//! Two endpoints with a hostile network between them, led by bytes: transactions, dialogs and legs
//! as one machine.
//!
//! ```text
//!  bytes ─▶ act ─▶ a verb on a leg │ deliver, lose, double, spoil a message │ let time pass
//!                  └─ after each: what both ends count is there (`Endpoint::check_invariants`)
//!  end   ─▶ everybody hangs up, nothing arrives any more ─▶ nothing is left
//! ```
//! Nobody has to answer and no order is kept, so whatever an end is told, it has to come to rest.

use std::time::{Duration, Instant};

use bytes::Bytes;
use sip::{
    Config, Destination, Endpoint, Event, Flow, Identity, Invite, LegId, Output, Peer, PeerId,
};

/// Takes any bytes; panics where an end miscounts, never rests, or keeps what is over.
pub(crate) fn machines(bytes: &[u8]) {
    let mut floor = Floor::new();
    for act in bytes.chunks_exact(3).take(ACTS_MAX) {
        floor.act(act[0], usize::from(act[1]), act[2]);
        floor.is_sound();
    }
    floor.come_to_rest();
}

struct Floor {
    now: Instant,
    ends: [End; 2],
    /// What is on its way: from whom, and its bytes.
    wire: Vec<(usize, Bytes)>,
}

struct End {
    endpoint: Endpoint,
    legs: Vec<LegId>,
}

impl Floor {
    fn new() -> Self {
        let end = |own: usize| {
            let mut endpoint = Endpoint::new(Config::new("test"), [own as u8; 32]);
            let addresses = vec![(flow(own).remote.ip(), None)];
            endpoint.set_peer(Peer { id: PeerId(1), addresses });
            End { endpoint, legs: vec![] }
        };
        #[expect(clippy::disallowed_methods, reason = "std makes an Instant in no other way")]
        let now = Instant::now();
        Self { now, ends: [end(0), end(1)], wire: vec![] }
    }

    fn act(&mut self, what: u8, which: usize, how: u8) {
        let end = which % 2;
        match what % 16 {
            0 => self.dial(end, how),
            1 => self.on_leg(end, which, |one, now, leg, out| one.hang_up(now, leg, None, out)),
            2 => self.on_leg(end, which, |one, now, leg, out| one.answer(now, leg, sdp(how), out)),
            3 => {
                let code = 180 + 3 * u16::from(how % 2);
                let body = (how % 4 > 1).then(|| sdp(how));
                self.on_leg(end, which, |one, now, leg, out| {
                    one.progress(now, leg, code, body, out);
                });
            }
            4 => self.on_leg(end, which, |one, now, leg, out| {
                one.reject(now, leg, 400 + 2 * u16::from(how), out);
            }),
            5 => self.on_leg(end, which, |one, now, leg, out| one.offer(now, leg, sdp(how), out)),
            6 => self.on_leg(end, which, |one, now, leg, out| one.accept(now, leg, sdp(how), out)),
            7 => self.on_leg(end, which, |one, now, leg, out| one.refuse(now, leg, 488, out)),
            8 => self.pass(Duration::from_millis(u64::from(how) * 250)),
            9 => drop(self.taken(which)),
            10 => {
                if let Some((from, bytes)) = self.taken(which) {
                    self.wire.push((from, bytes.clone()));
                    self.deliver(from, bytes);
                }
            }
            11 => self.spoil(which, how),
            _ => {
                if let Some((from, bytes)) = self.taken(which) {
                    self.deliver(from, bytes);
                }
            }
        }
    }

    fn dial(&mut self, end: usize, how: u8) {
        let invite = Invite {
            to: Destination::Peer { id: PeerId(1), user: "100".to_owned(), flow: flow(end) },
            from: Identity { user: "200".to_owned(), display: None, host: "test".to_owned() },
            asserted: None,
            sdp: (!how.is_multiple_of(4)).then(|| sdp(how)),
            headers: vec![],
            credentials: None,
            timer_b: how.is_multiple_of(3).then(|| Duration::from_secs(4)),
        };
        let mut out = vec![];
        let now = self.now;
        let one = &mut self.ends[end];
        if let Ok(leg) = one.endpoint.invite(now, invite, &mut out) {
            one.legs.push(leg);
        }
        self.carry(end, out);
    }

    fn on_leg(
        &mut self,
        end: usize,
        which: usize,
        verb: impl FnOnce(&mut Endpoint, Instant, LegId, &mut Vec<Output>),
    ) {
        let one = &mut self.ends[end];
        if one.legs.is_empty() {
            return;
        }
        let leg = one.legs[(which / 2) % one.legs.len()];
        let mut out = vec![];
        verb(&mut one.endpoint, self.now, leg, &mut out);
        self.carry(end, out);
    }

    /// One byte of a message is another.
    fn spoil(&mut self, which: usize, how: u8) {
        if let Some((from, bytes)) = self.taken(which) {
            let mut spoilt = bytes.to_vec();
            let place = (usize::from(how) * 7 + which) % spoilt.len().max(1);
            if let Some(byte) = spoilt.get_mut(place) {
                *byte = byte.wrapping_add(how | 1);
            }
            self.deliver(from, Bytes::from(spoilt));
        }
    }

    fn taken(&mut self, which: usize) -> Option<(usize, Bytes)> {
        let place = (which / 2).checked_rem(self.wire.len())?;
        Some(self.wire.remove(place))
    }

    fn deliver(&mut self, from: usize, bytes: Bytes) {
        let (to, mut out) = (1 - from, vec![]);
        self.ends[to].endpoint.receive(self.now, flow(to), bytes, &mut out);
        self.carry(to, out);
    }

    fn carry(&mut self, end: usize, out: Vec<Output>) {
        assert!(out.len() < OUTPUTS_MAX, "{} outputs of one input", out.len());
        for output in out {
            match output {
                Output::Send { bytes, .. } => {
                    if self.wire.len() < WIRE_MAX {
                        self.wire.push((end, bytes));
                    }
                }
                Output::Event(Event::Incoming { leg, .. }) => self.ends[end].legs.push(leg),
                Output::Event(Event::Ended { leg, .. }) => {
                    let legs = &mut self.ends[end].legs;
                    let place = legs.iter().position(|own| *own == leg);
                    legs.remove(place.expect("a leg ends once, and was told of before"));
                }
                Output::Event(_) => {}
            }
        }
    }

    /// Time passes, and each end wakes at the moments it asked for.
    fn pass(&mut self, length: Duration) {
        let end = self.now + length;
        for _ in 0..TICKS_MAX {
            let next = |one: &End| one.endpoint.deadline().map(|at| at.max(self.now));
            let due = [next(&self.ends[0]), next(&self.ends[1])];
            let Some(first) = due.into_iter().flatten().min().filter(|at| *at <= end) else {
                self.now = end;
                return;
            };
            self.now = first;
            for (own, due) in due.into_iter().enumerate() {
                if due == Some(first) {
                    let mut out = vec![];
                    self.ends[own].endpoint.tick(first, &mut out);
                    self.carry(own, out);
                }
            }
        }
        panic!("it asks for ticks without end");
    }

    fn is_sound(&self) {
        for one in &self.ends {
            if let Err(what) = one.endpoint.check_invariants() {
                panic!("{what}");
            }
            let (told, counted) = (one.legs.len(), one.endpoint.legs());
            assert_eq!(told, counted, "legs that were told of, and legs that are counted");
        }
    }

    /// Everybody hangs up and nothing arrives: after a while nothing is known any more.
    fn come_to_rest(&mut self) {
        for end in 0..2 {
            for leg in self.ends[end].legs.clone() {
                let mut out = vec![];
                self.ends[end].endpoint.hang_up(self.now, leg, None, &mut out);
                self.carry(end, out);
            }
        }
        self.wire.clear();
        self.pass(Duration::from_mins(15));
        self.is_sound();
        for one in &self.ends {
            let counts = one.endpoint.counts();
            let left = (counts.legs, counts.transactions, counts.dialogs);
            assert_eq!(left, (0, 0, 0), "legs, transactions and dialogs that are left");
        }
    }
}

/// From one end to the other.
fn flow(from: usize) -> Flow {
    let address = |end: usize| ([192, 0, 2, 1 + end as u8], 5_060).into();
    Flow::udp(address(from), address(1 - from))
}

fn sdp(how: u8) -> Bytes {
    Bytes::from(format!(
        "v=0\r\no=- 1 {how} IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
         m=audio {} RTP/AVP 0\r\n",
        4_000 + u16::from(how) * 2
    ))
}

const ACTS_MAX: usize = 2_000;
const WIRE_MAX: usize = 200;
const OUTPUTS_MAX: usize = 1_000;
const TICKS_MAX: usize = 100_000;
