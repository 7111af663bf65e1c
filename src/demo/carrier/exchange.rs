//! The carrier at work: fates run on timers, answers get a customer, ends become records.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use sip::{Destination, Event, Identity, Invite, LegId, PeerId, Q850, Side};
use tokio::sync::{mpsc, oneshot};

use super::call::Call;
use super::customers::Customers;
use super::record::{CallRecord, Direction};
use super::{Live, Placed, Setup};
use crate::demo::outcomes::{Fate, Laws};
use crate::demo::party::Parties;
use crate::demo::signalling::{Signalling, sleep_until};
use crate::demo::voice::Script;

/// What the carrier's owner wants of it.
#[derive(Debug)]
pub(super) enum Order {
    Place(Placed),
    Count(oneshot::Sender<Live>),
    HangUpAll,
}

#[derive(Debug)]
pub(super) struct Exchange {
    signalling: Signalling,
    parties: Arc<Parties>,
    laws: Laws,
    customers: Customers,
    calls: BTreeMap<LegId, Call>,
    /// What falls due, in order; the number keeps two of one instant apart.
    due: BTreeMap<(Instant, u64), (LegId, Step)>,
    steps: u64,
    records: mpsc::Sender<CallRecord>,
}

/// One step of a fate.
#[derive(Clone, Copy, Debug)]
enum Step {
    Ring,
    Announce,
    Answer,
    Refuse(u16),
    HangUp,
}

/// From the INVITE to the 180: what a network takes to find a telephone.
const POST_DIAL: Duration = Duration::from_millis(40);

/// The one peer a carrier has here.
const SWITCH: PeerId = PeerId(1);

/// Every signature is in use: the carrier has no line left.
const NO_LINE: u16 = 503;

impl Exchange {
    pub(super) fn new(
        setup: Setup,
        mut signalling: Signalling,
        records: mpsc::Sender<CallRecord>,
    ) -> Self {
        let addresses = setup.trusted.iter().map(|address| (*address, None)).collect();
        let peer = sip::Peer { id: SWITCH, addresses };
        signalling.act(|endpoint, _, _| endpoint.set_peer(peer));
        Self {
            signalling,
            parties: setup.parties,
            customers: Customers::new(setup.clips, setup.laws.seed),
            laws: setup.laws,
            calls: BTreeMap::new(),
            due: BTreeMap::new(),
            steps: 0,
            records,
        }
    }

    /// Serves until its owner is gone.
    pub(super) async fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        loop {
            let next = self.due.keys().next().map(|(at, _)| tokio::time::Instant::from_std(*at));
            tokio::select! {
                event = self.signalling.next() => self.take_event(event),
                order = orders.recv() => match order {
                    Some(order) => self.take_order(order),
                    None => return,
                },
                () = sleep_until(next) => self.run_steps(Instant::now()),
            }
        }
    }

    fn take_order(&mut self, order: Order) {
        match order {
            Order::Place(placed) => self.place(&placed),
            Order::Count(reply) => {
                let live = Live {
                    calls: self.calls.len(),
                    customers: self.calls.values().filter(|call| call.has_customer()).count(),
                    transactions: self.signalling.endpoint().counts().transactions,
                };
                // Whoever asked may have stopped waiting.
                let _ = reply.send(live);
            }
            Order::HangUpAll => {
                let legs: Vec<_> = self.calls.keys().copied().collect();
                for leg in legs {
                    self.hang_up(leg);
                }
            }
        }
    }

    fn take_event(&mut self, event: Event) {
        match event {
            Event::Incoming { leg, called, calling, sdp, .. } => {
                self.incoming(leg, called, calling, sdp);
            }
            Event::Progress { leg, code, sdp } => self.progressed(leg, code, sdp.as_deref()),
            Event::Answered { leg, sdp } => self.answered(leg, sdp.as_deref()),
            Event::Offered { leg, sdp } => self.offered(leg, sdp.as_deref()),
            Event::Ended { leg, by, code, .. } => self.ended(leg, by, code),
            _ => {}
        }
    }

    fn incoming(
        &mut self,
        leg: LegId,
        called: String,
        calling: Option<String>,
        offer: Option<Bytes>,
    ) {
        let fate = self.laws.fate(&called);
        let reached = Instant::now() + POST_DIAL;
        match &fate {
            Fate::Person { ring, .. } | Fate::Machine { ring, .. } => {
                self.at(reached, leg, Step::Ring);
                self.at(reached + *ring, leg, Step::Answer);
            }
            Fate::NoAnswer => self.at(reached, leg, Step::Ring),
            Fate::Announced { code } => {
                let (_, length) = self.customers.announcement();
                self.at(reached, leg, Step::Announce);
                self.at(reached + length, leg, Step::Refuse(*code));
            }
            Fate::Refused { ring, after, code } => {
                if ring.is_some() {
                    self.at(reached, leg, Step::Ring);
                }
                let at = reached + ring.unwrap_or_default() + *after;
                self.at(at, leg, Step::Refuse(*code));
            }
        }
        let mut call = Call::new(Direction::FromSwitch, called, calling);
        call.fate = Some(fate);
        call.offer = offer;
        self.calls.insert(leg, call);
    }

    fn at(&mut self, when: Instant, leg: LegId, step: Step) {
        self.steps += 1;
        self.due.insert((when, self.steps), (leg, step));
    }

    fn run_steps(&mut self, now: Instant) {
        while let Some(entry) = self.due.first_entry()
            && entry.key().0 <= now
        {
            let (leg, step) = entry.remove();
            // The other side may have ended the call before its fate was told.
            let Some(call) = self.calls.get_mut(&leg) else { continue };
            match step {
                Step::Ring => {
                    call.rang = Some(now);
                    self.signalling.act(|endpoint, now, out| {
                        endpoint.progress(now, leg, 180, None, out);
                    });
                }
                Step::Announce => self.announce(leg),
                Step::Answer => self.answer(leg),
                Step::Refuse(code) => self.reject(leg, code),
                Step::HangUp => self.hang_up(leg),
            }
        }
    }

    /// The network speaks instead of a customer.
    fn announce(&mut self, leg: LegId) {
        let (script, _) = self.customers.announcement();
        let Some(answer) = self.open(leg, script) else { return };
        self.signalling.act(|endpoint, now, out| {
            endpoint.progress(now, leg, 183, Some(answer), out);
        });
    }

    fn answer(&mut self, leg: LegId) {
        let Some(call) = self.calls.get(&leg) else { return };
        let (script, stay) = match &call.fate {
            Some(Fate::Person { talk, .. }) => (self.customers.person(&call.called), *talk),
            Some(Fate::Machine { listen, .. }) => (self.customers.machine(&call.called), *listen),
            _ => return,
        };
        let Some(answer) = self.open(leg, script) else { return };
        let sent = self.signalling.act(|endpoint, now, out| {
            endpoint.answer(now, leg, answer, out);
            now
        });
        self.at(sent + stay, leg, Step::HangUp);
        if let Some(call) = self.calls.get_mut(&leg) {
            call.answered = Some(sent);
        }
    }

    /// Puts somebody at the called end of a leg; the SDP to answer with. Refuses the leg where
    /// that cannot be.
    fn open(&mut self, leg: LegId, script: Script) -> Option<Bytes> {
        let call = self.calls.get_mut(&leg)?;
        let refused = match enter(&mut self.customers, &self.parties, script, call) {
            Ok(()) => {
                let answer = call.offer.take().and_then(|offer| call.answer(&offer));
                match answer {
                    Some(answer) => return Some(answer),
                    None => 488,
                }
            }
            Err(code) => code,
        };
        self.reject(leg, refused);
        None
    }

    fn reject(&mut self, leg: LegId, code: u16) {
        self.signalling.act(|endpoint, now, out| endpoint.reject(now, leg, code, out));
    }

    fn hang_up(&mut self, leg: LegId) {
        self.signalling.act(|endpoint, now, out| {
            endpoint.hang_up(now, leg, Some(Q850::NORMAL), out);
        });
    }

    fn place(&mut self, placed: &Placed) {
        let calling = Some(placed.calling.clone());
        let mut call = Call::new(Direction::ToSwitch, placed.called.clone(), calling);
        let script = self.customers.person(&placed.calling);
        let seated = enter(&mut self.customers, &self.parties, script, &mut call).is_ok();
        let Some(offer) = call.offer().filter(|_| seated) else {
            return self.record(call, Side::Us, Some(NO_LINE));
        };
        let invite = Invite {
            to: Destination::Peer {
                id: SWITCH,
                user: placed.called.clone(),
                flow: self.signalling.path(placed.to),
            },
            from: Identity {
                user: placed.calling.clone(),
                display: None,
                host: self.signalling.local().ip().to_string(),
            },
            asserted: None,
            sdp: Some(offer),
            headers: vec![],
            credentials: None,
            timer_b: None,
        };
        match self.signalling.act(|endpoint, now, out| endpoint.invite(now, invite, out)) {
            Ok(leg) => {
                self.at(call.invited + placed.patience, leg, Step::HangUp);
                self.calls.insert(leg, call);
            }
            Err(error) => {
                tracing::warn!(%error, called = placed.called, "call not placed");
                self.record(call, Side::Us, None);
            }
        }
    }

    fn progressed(&mut self, leg: LegId, code: u16, early: Option<&[u8]>) {
        let Some(call) = self.calls.get_mut(&leg) else { return };
        if code == 180 {
            call.rang.get_or_insert_with(Instant::now);
        }
        if let Some(early) = early {
            call.accept(early);
        }
    }

    fn answered(&mut self, leg: LegId, answer: Option<&[u8]>) {
        let Some(call) = self.calls.get_mut(&leg) else { return };
        call.answered = Some(Instant::now());
        if !answer.is_some_and(|answer| call.accept(answer)) {
            self.hang_up(leg);
        }
    }

    /// A re-INVITE: hold, resume, or another address.
    fn offered(&mut self, leg: LegId, offer: Option<&[u8]>) {
        let Some(call) = self.calls.get_mut(&leg) else { return };
        let ours = match offer {
            Some(offer) => call.answer(offer),
            None => call.offer(),
        };
        self.signalling.act(|endpoint, now, out| match ours {
            Some(ours) => endpoint.accept(now, leg, ours, out),
            None => endpoint.refuse(now, leg, 488, out),
        });
    }

    fn ended(&mut self, leg: LegId, by: Side, code: Option<u16>) {
        if let Some(call) = self.calls.remove(&leg) {
            self.record(call, by, code);
        }
    }

    fn record(&mut self, call: Call, by: Side, code: Option<u16>) {
        let (record, signature) = call.end(by, code);
        if let Some(signature) = signature {
            self.customers.leave(signature);
        }
        if self.records.try_send(record).is_err() {
            tracing::warn!("a call record was dropped: nobody takes them");
        }
    }
}

/// Gives a call its customer; the code to refuse it with where none can be had.
fn enter(
    customers: &mut Customers,
    parties: &Parties,
    script: Script,
    call: &mut Call,
) -> Result<(), u16> {
    let signature = customers.enter().ok_or(NO_LINE)?;
    match parties.seat(script, Some(signature.chord), true) {
        Ok(party) => {
            call.seat(party, signature);
            Ok(())
        }
        Err(error) => {
            tracing::warn!(%error, "no socket for a customer");
            customers.leave(signature);
            Err(NO_LINE)
        }
    }
}
