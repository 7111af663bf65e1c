//! Many calls over a bad network, and calls driven by chance: every leg ends once, nothing is left.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::pairs::{invite, pair};
use super::*;
use crate::testing::{End, Link, Pair};

/// What is known of each leg, by end.
#[derive(Default)]
struct Ledger {
    legs: BTreeMap<(End, LegId), u32>,
    answered: u32,
    talked: u32,
}

impl Ledger {
    /// Takes what was told; hands on what asks for something.
    fn note(&mut self, pair: &mut Pair, mut asks: impl FnMut(&mut Pair, End, &Event)) {
        for end in [End::Left, End::Right] {
            for event in pair.take(end) {
                match &event {
                    Event::Incoming { leg, .. } => {
                        let doubled = self.legs.insert((end, *leg), 0);
                        assert_eq!(doubled, None, "a leg id was used twice");
                    }
                    Event::Answered { .. } => self.answered += 1,
                    Event::Confirmed { .. } => self.talked += 1,
                    Event::Ended { leg, .. } => {
                        let ends = self.legs.get_mut(&(end, *leg)).expect("a leg nobody knew");
                        *ends += 1;
                        assert_eq!(*ends, 1, "{leg:?} at {end:?} ended twice");
                    }
                    _ => {}
                }
                asks(pair, end, &event);
            }
        }
    }

    fn open(&mut self, end: End, leg: LegId) {
        self.legs.insert((end, leg), 0);
    }

    /// D6, D15: every leg ended exactly once, nothing is left on either side.
    fn assert_settled(&self, pair: &Pair) {
        let open: Vec<_> = self.legs.iter().filter(|(_, ends)| **ends != 1).collect();
        assert!(open.is_empty(), "{open:?}");
        for endpoint in [&pair.left, &pair.right] {
            assert_eq!(endpoint.counts(), Counts::default());
            assert!(endpoint.legs.is_empty() && endpoint.merged.is_empty());
            assert_eq!(endpoint.deadline(), None);
        }
    }
}

/// F9 and issue 3: calls set up under 1, 5, 10 and 20 % of loss, with doubles and reordering, and
/// all of them end.
#[test]
fn calls_over_a_bad_network_are_set_up_and_all_end() {
    // Lost of a thousand, and calls of ten thousand that may fail.
    for (lost_per_mille, failures_max) in [(10, 1), (50, 5), (100, 10), (200, 100)] {
        let link = Link { lost_per_mille, ..Link::BAD };
        let ledger = calls_over(link, CALLS);
        for (what, count) in [("answered", ledger.answered), ("confirmed", ledger.talked)] {
            let failed = CALLS - count;
            assert!(
                failed * 10_000 <= CALLS * failures_max,
                "{count} of {CALLS} {what} at {lost_per_mille} ‰"
            );
        }
    }
}

/// At every level of loss.
const CALLS: u32 = 1_000;

/// Sets up calls, 20 a second, each a minute long.
fn calls_over(link: Link, calls: u32) -> Ledger {
    let mut pair = pair(link, 7);
    let mut ledger = Ledger::default();
    let mut hang_ups = vec![];
    for number in 0..calls {
        let leg = invite(&mut pair, End::Left);
        ledger.open(End::Left, leg);
        hang_ups.push((pair.elapsed() + Duration::from_mins(1), leg, number));
        let until = pair.elapsed() + Duration::from_millis(50);
        drive(&mut pair, &mut ledger, until);
    }
    for (at, leg, number) in hang_ups {
        drive(&mut pair, &mut ledger, at);
        // Every other call is ended by the side that was called, which sees its own leg's number.
        let end = if number % 2 == 0 { End::Left } else { End::Right };
        pair.act(end, |endpoint, now, out| endpoint.hang_up(now, leg, None, out));
    }
    let until = pair.elapsed() + Duration::from_secs(1);
    drive(&mut pair, &mut ledger, until);
    let open: Vec<_> =
        ledger.legs.iter().filter(|(_, ends)| **ends == 0).map(|(k, _)| *k).collect();
    for (end, leg) in open {
        pair.act(end, |endpoint, now, out| endpoint.hang_up(now, leg, None, out));
    }
    let until = pair.elapsed() + Duration::from_secs(200);
    drive(&mut pair, &mut ledger, until);
    ledger.assert_settled(&pair);
    ledger
}

/// Lets time pass; the right side rings and answers whatever comes.
fn drive(pair: &mut Pair, ledger: &mut Ledger, until: Duration) {
    loop {
        ledger.note(pair, |pair, end, event| {
            if let (End::Right, Event::Incoming { leg, .. }) = (end, event) {
                let leg = *leg;
                pair.act(end, |endpoint, now, out| {
                    endpoint.progress(now, leg, 180, None, out);
                    endpoint.answer(now, leg, ANSWER.into(), out);
                });
            }
        });
        let left = until.saturating_sub(pair.elapsed());
        if left.is_zero() {
            return;
        }
        pair.run_for(left.min(Duration::from_millis(20)));
    }
}

/// A thing an owner may do at any time, to any leg.
#[derive(Clone, Debug)]
enum Verb {
    Invite(End, bool),
    Progress(usize),
    Answer(usize),
    Reject(usize),
    HangUp(usize),
    Offer(usize),
    Accept(usize),
    Refuse(usize),
    Break(End),
    Wait(u64),
}

fn verbs() -> impl Strategy<Value = Vec<Verb>> {
    let end = || prop_oneof![Just(End::Left), Just(End::Right)];
    let leg = 0_usize..12;
    let verb = prop_oneof![
        3 => (end(), any::<bool>()).prop_map(|(end, offer)| Verb::Invite(end, offer)),
        2 => leg.clone().prop_map(Verb::Progress),
        4 => leg.clone().prop_map(Verb::Answer),
        1 => leg.clone().prop_map(Verb::Reject),
        3 => leg.clone().prop_map(Verb::HangUp),
        3 => leg.clone().prop_map(Verb::Offer),
        3 => leg.clone().prop_map(Verb::Accept),
        1 => leg.prop_map(Verb::Refuse),
        1 => end().prop_map(Verb::Break),
        8 => (0_u64..5_000).prop_map(Verb::Wait),
    ];
    proptest::collection::vec(verb, 1..60)
}

fn perform(pair: &mut Pair, ledger: &mut Ledger, verb: &Verb) {
    let leg = |index: &usize| ledger.legs.keys().nth(*index).copied();
    match verb {
        Verb::Invite(end, offer) => {
            let flow = pair.flow(*end);
            let to = Destination::Peer { id: PeerId(1), user: "4000".to_owned(), flow };
            let sdp = offer.then(|| Bytes::from_static(OFFER.as_bytes()));
            let invite = Invite { to, sdp, ..to_carrier() };
            let leg = pair.act(*end, |e, now, out| e.invite(now, invite, out)).unwrap();
            ledger.open(*end, leg);
        }
        Verb::Progress(index) => act(pair, leg(index), |e, now, leg, out| {
            e.progress(now, leg, 183, Some(ANSWER.into()), out);
        }),
        Verb::Answer(index) => act(pair, leg(index), |e, now, leg, out| {
            e.answer(now, leg, ANSWER.into(), out);
        }),
        Verb::Reject(index) => act(pair, leg(index), |e, now, leg, out| {
            e.reject(now, leg, 486, out);
        }),
        Verb::HangUp(index) => act(pair, leg(index), |e, now, leg, out| {
            e.hang_up(now, leg, Some(Q850::NORMAL), out);
        }),
        Verb::Offer(index) => act(pair, leg(index), |e, now, leg, out| {
            e.offer(now, leg, OFFER.into(), out);
        }),
        Verb::Accept(index) => act(pair, leg(index), |e, now, leg, out| {
            e.accept(now, leg, ANSWER.into(), out);
        }),
        Verb::Refuse(index) => act(pair, leg(index), |e, now, leg, out| {
            e.refuse(now, leg, 488, out);
        }),
        Verb::Break(end) => {
            let flow = pair.flow(*end);
            pair.act(*end, |e, now, out| e.transport_failed(now, flow, out));
        }
        Verb::Wait(ms) => pair.run_for(Duration::from_millis(*ms)),
    }
}

fn act(
    pair: &mut Pair,
    target: Option<(End, LegId)>,
    verb: impl FnOnce(&mut Endpoint, Instant, LegId, &mut Vec<Output>),
) {
    if let Some((end, leg)) = target {
        pair.act(end, |endpoint, now, out| verb(endpoint, now, leg, out));
    }
}

fn storm(link: Link, transport: Transport, seed: u64, script: &[Verb]) {
    let mut pair = pair(link, seed).over(transport);
    let mut ledger = Ledger::default();
    for verb in script {
        perform(&mut pair, &mut ledger, verb);
        ledger.note(&mut pair, |_, _, _| {});
    }
    // Whoever is left hangs up, twice, for a leg may come up after the first time.
    for _ in 0..2 {
        for (end, leg) in ledger.legs.keys().copied().collect::<Vec<_>>() {
            pair.act(end, |endpoint, now, out| endpoint.hang_up(now, leg, None, out));
        }
        pair.run_for(Duration::from_mins(5));
        ledger.note(&mut pair, |_, _, _| {});
    }
    ledger.assert_settled(&pair);
}

proptest! {
    /// D6, D15: whatever the owners do, in whatever order, over whatever network.
    #[test]
    fn every_leg_ends_once_whatever_happens(
        seed in any::<u64>(),
        reliable in any::<bool>(),
        lost_per_mille in 0_u64..400,
        script in verbs(),
    ) {
        let transport = if reliable { Transport::Tcp } else { Transport::Udp };
        storm(Link { lost_per_mille, ..Link::BAD }, transport, seed, &script);
    }
}
