//! Two endpoints: what takes both sides, over a good network and a bad one.

use super::*;
use crate::testing::{End, Link, Network, Pair};

/// Two endpoints that trust each other as trunks; the left one has account 1001.
#[expect(clippy::disallowed_methods, reason = "a test reads the clock once, for its epoch")]
pub(super) fn pair(link: Link, seed: u64) -> Pair {
    let end = |end: End, number: u8| {
        let mut endpoint = Endpoint::new(Config::new("pbx"), [number; 32]);
        let addresses = vec![(end.other().address().ip(), None)];
        endpoint.set_peer(Peer { id: PeerId(u64::from(number)), addresses });
        endpoint
    };
    let (mut left, right) = (end(End::Left, 1), end(End::Right, 2));
    let secret = Secret::Password("s3cret".to_owned());
    left.set_account(Account::new("1001", secret));
    Pair::new(Instant::now(), left, right, Network::new(link, seed))
}

pub(super) fn invite(pair: &mut Pair, end: End) -> LegId {
    let to = Destination::Peer { id: PeerId(1), user: "4000".to_owned(), flow: pair.flow(end) };
    let invite = Invite { to, ..to_carrier() };
    pair.act(end, |endpoint, now, out| endpoint.invite(now, invite, out)).unwrap()
}

fn registration(pair: &Pair, password: &str) -> Registration {
    Registration {
        flow: pair.flow(End::Right),
        user: "1001".to_owned(),
        host: "pbx".to_owned(),
        auth_user: None,
        secret: Secret::Password(password.to_owned()),
        contact_user: None,
        expires: Duration::from_mins(10),
    }
}

fn incoming(events: &[Event]) -> Option<LegId> {
    events.iter().find_map(|event| match event {
        Event::Incoming { leg, .. } => Some(*leg),
        _ => None,
    })
}

/// A call from the left, answered on the right and confirmed.
fn talking(pair: &mut Pair) -> (LegId, LegId) {
    let left = invite(pair, End::Left);
    pair.run_for(Duration::from_secs(1));
    let right = incoming(&pair.take(End::Right)).unwrap();
    pair.act(End::Right, |endpoint, now, out| endpoint.answer(now, right, ANSWER.into(), out));
    pair.run_for(Duration::from_secs(1));
    pair.take(End::Left);
    pair.take(End::Right);
    (left, right)
}

fn assert_empty(pair: &mut Pair) {
    pair.run_until_idle();
    assert_eq!(pair.left.counts(), Counts::default());
    assert_eq!(pair.right.counts(), Counts::default());
}

/// A whole call, with every message in its place and time.
#[test]
fn a_call_from_ringing_to_bye() {
    let mut pair = pair(Link::GOOD, 1);
    let left = invite(&mut pair, End::Left);
    pair.run_for(Duration::from_millis(100));
    let right = incoming(&pair.take(End::Right)).unwrap();
    pair.act(End::Right, |endpoint, now, out| endpoint.progress(now, right, 180, None, out));
    pair.run_for(Duration::from_millis(100));
    pair.act(End::Right, |endpoint, now, out| endpoint.answer(now, right, ANSWER.into(), out));
    pair.run_for(Duration::from_millis(100));
    pair.act(End::Left, |endpoint, now, out| endpoint.hang_up(now, left, None, out));
    pair.run_for(Duration::from_millis(100));
    let sent: Vec<_> = pair.sent.iter().map(|s| (s.at.as_millis(), brief(&s.bytes))).collect();
    let sent: Vec<_> = sent.iter().map(|(ms, line)| (*ms, line.as_str())).collect();
    assert_eq!(
        sent,
        [
            (0, "INVITE"),
            (10, "100 INVITE"),
            (100, "180 INVITE"),
            (200, "200 INVITE"),
            (210, "ACK"),
            (300, "BYE"),
            (310, "200 BYE"),
        ]
    );
    let sdp = Some(Bytes::from_static(ANSWER.as_bytes()));
    let told = pair.take(End::Left);
    assert_eq!(told[0], Event::Progress { leg: left, code: 180, sdp: None });
    assert_eq!(told[1], Event::Answered { leg: left, sdp });
    assert!(ended(left, Side::Us, None)(&told[2]));
    let told = pair.take(End::Right);
    assert_eq!(told[0], Event::Confirmed { leg: right, sdp: None });
    assert!(ended(right, Side::Far, None)(&told[1]));
    assert_empty(&mut pair);
}

/// The same over TCP: nothing is repeated, nothing is left.
#[test]
fn a_call_over_tcp_leaves_nothing() {
    let mut pair = pair(Link::GOOD, 1).over(Transport::Tcp);
    let (left, _) = talking(&mut pair);
    pair.act(End::Left, |endpoint, now, out| endpoint.hang_up(now, left, None, out));
    let lines: Vec<_> = pair.sent.iter().map(|sent| brief(&sent.bytes)).collect();
    assert_eq!(lines, ["INVITE", "100 INVITE", "200 INVITE", "ACK", "BYE"]);
    assert_empty(&mut pair);
}

/// I4 and I5: a lost ACK is sent again for the repeated 2xx, and the call stands.
#[test]
fn a_lost_ack_is_sent_again_for_the_repeated_answer() {
    let mut pair = pair(Link::GOOD, 1);
    let mut lost = 0;
    pair.network.set_gate(move |_, bytes| {
        let is_ack = bytes.starts_with(b"ACK");
        lost += u32::from(is_ack);
        !is_ack || lost > 2
    });
    let left = invite(&mut pair, End::Left);
    pair.run_for(Duration::from_millis(50));
    let right = incoming(&pair.take(End::Right)).unwrap();
    pair.act(End::Right, |endpoint, now, out| endpoint.answer(now, right, ANSWER.into(), out));
    pair.run_for(Duration::from_secs(40));
    let answers: Vec<_> = pair.sent.iter().filter(|s| brief(&s.bytes) == "200 INVITE").collect();
    let times: Vec<_> = answers.iter().map(|sent| sent.at.as_millis()).collect();
    assert_eq!(times, [50, 550, 1_550]);
    assert_eq!(pair.take(End::Right), [Event::Confirmed { leg: right, sdp: None }]);
    pair.act(End::Left, |endpoint, now, out| endpoint.hang_up(now, left, None, out));
    assert_empty(&mut pair);
}

/// I32: both sides offer at once: both get 491, wait by who owns the Call-ID, and both get through.
#[test]
fn offers_that_cross_both_get_through_in_turn() {
    for seed in 0..20 {
        let mut pair = pair(Link::GOOD, seed);
        let (left, right) = talking(&mut pair);
        let until = pair.elapsed() + Duration::from_secs(10);
        pair.act(End::Left, |endpoint, now, out| endpoint.offer(now, left, OFFER.into(), out));
        pair.act(End::Right, |endpoint, now, out| endpoint.offer(now, right, OFFER.into(), out));
        let mut answered = vec![];
        while answered.len() < 2 && pair.elapsed() < until {
            pair.step();
            for end in [End::Left, End::Right] {
                for event in pair.take(end) {
                    match event {
                        Event::Offered { leg, .. } => pair.act(end, |endpoint, now, out| {
                            endpoint.accept(now, leg, ANSWER.into(), out);
                        }),
                        Event::OfferAnswered { .. } => answered.push(end),
                        other => panic!("{other:?}"),
                    }
                }
            }
        }
        assert_eq!(answered, [End::Right, End::Left], "the owner of the Call-ID waits longer");
        let refused = pair.sent.iter().filter(|sent| brief(&sent.bytes) == "491 INVITE").count();
        assert!(refused >= 2);
        pair.act(End::Left, |endpoint, now, out| endpoint.hang_up(now, left, None, out));
        assert_empty(&mut pair);
    }
}

/// Both hang up at once: one end each, nothing left.
#[test]
fn byes_that_cross_leave_nothing() {
    let mut pair = pair(Link::GOOD, 1);
    let (left, right) = talking(&mut pair);
    pair.act(End::Left, |endpoint, now, out| endpoint.hang_up(now, left, None, out));
    pair.act(End::Right, |endpoint, now, out| endpoint.hang_up(now, right, None, out));
    pair.run_for(Duration::from_secs(1));
    for (end, leg) in [(End::Left, left), (End::Right, right)] {
        let told = pair.take(end);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(ended(leg, Side::Us, None)(&told[0]));
    }
    assert_empty(&mut pair);
}

/// I8 with both sides real: the CANCEL and the 200 pass each other on the wire.
#[test]
fn a_cancel_and_an_answer_that_pass_each_other_end_in_bye() {
    let mut pair = pair(Link::GOOD, 1);
    let left = invite(&mut pair, End::Left);
    pair.run_for(Duration::from_millis(100));
    let right = incoming(&pair.take(End::Right)).unwrap();
    pair.act(End::Left, |endpoint, now, out| endpoint.hang_up(now, left, None, out));
    pair.act(End::Right, |endpoint, now, out| endpoint.answer(now, right, ANSWER.into(), out));
    pair.run_for(Duration::from_secs(1));
    assert!(ended(left, Side::Us, Some(200))(&pair.take(End::Left)[0]));
    let told = pair.take(End::Right);
    assert_eq!(told[0], Event::Confirmed { leg: right, sdp: None });
    assert!(ended(right, Side::Far, None)(&told[1]));
    assert_empty(&mut pair);
}

/// A phone of ours registers, is called over its binding, and takes itself back.
#[test]
fn a_softphone_registers_is_called_and_leaves() {
    let mut pair = pair(Link::GOOD, 1);
    let order = registration(&pair, "s3cret");
    let id = pair.act(End::Right, |endpoint, now, out| endpoint.register(now, order, out));
    pair.run_for(Duration::from_secs(1));
    let expires = Duration::from_mins(10);
    assert_eq!(pair.take(End::Right), [Event::RegistrationUp { id, expires }]);
    assert!(pair.left.is_registered("1001"));
    let call = Invite { to: Destination::Account("1001".to_owned()), ..to_carrier() };
    let left = pair.act(End::Left, |endpoint, now, out| endpoint.invite(now, call, out)).unwrap();
    pair.run_for(Duration::from_secs(1));
    let events = pair.take(End::Right);
    assert!(matches!(&events[..], [Event::Incoming { called, .. }] if called == "1001"));
    pair.act(End::Left, |endpoint, now, out| endpoint.hang_up(now, left, None, out));
    pair.act(End::Right, |endpoint, now, out| endpoint.unregister(now, id, out));
    pair.run_for(Duration::from_secs(1));
    assert!(!pair.left.is_registered("1001"));
    let why = Unbound::Removed;
    let gone = |event: &Event| matches!(event, Event::Unregistered { why: w, .. } if *w == why);
    assert!(pair.take(End::Left).iter().any(gone));
    assert_empty(&mut pair);
    assert!(pair.right.registrations.is_empty());
}

/// I22: a registration is refreshed between half and nine tenths of its lifetime, for days.
#[test]
fn a_registration_is_kept_up() {
    let mut pair = pair(Link::GOOD, 1);
    let order = registration(&pair, "s3cret");
    pair.act(End::Right, |endpoint, now, out| endpoint.register(now, order, out));
    pair.run_for(Duration::from_hours(24));
    assert!(pair.left.is_registered("1001"));
    let asked = pair.sent.iter().filter(|sent| brief(&sent.bytes) == "REGISTER");
    let first: Vec<_> = asked.map(|sent| sent.at.as_secs()).step_by(2).collect();
    let gaps: Vec<_> = first.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps.len() > 150 && gaps.iter().all(|gap| (299..=541).contains(gap)), "{gaps:?}");
    let told = pair.take(End::Right);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(pair.right.counts().transactions + pair.left.counts().transactions < 4);
}

/// I22: a refused registration backs off from 30 s to 30 min, and comes up when it is welcome.
#[test]
fn a_refused_registration_backs_off_and_recovers() {
    let mut pair = pair(Link::GOOD, 1);
    let order = registration(&pair, "wrong");
    let id = pair.act(End::Right, |endpoint, now, out| endpoint.register(now, order, out));
    pair.run_for(Duration::from_hours(6));
    let waits = pair.take(End::Right).into_iter().map(|event| match event {
        Event::RegistrationFailed { id: failed, code: Some(401), retry_in: Some(wait) } => {
            assert_eq!(failed, id);
            wait.as_secs()
        }
        other => panic!("{other:?}"),
    });
    let waits: Vec<_> = waits.collect();
    let mut longest = 30;
    for wait in waits {
        assert!((longest / 2..=longest).contains(&wait), "{wait} of {longest}");
        longest = (longest * 2).min(1_800);
    }
    let secret = Secret::Password("wrong".to_owned());
    pair.left.set_account(Account::new("1001", secret));
    pair.run_for(Duration::from_mins(30));
    assert!(matches!(pair.take(End::Right)[..], [Event::RegistrationUp { .. }]));
}

/// A registrar that is away is asked again; no wish below its minimum is insisted on.
#[test]
fn a_silent_registrar_is_asked_again_and_its_minimum_is_met() {
    let mut pair = pair(Link::GOOD, 1);
    let mut order = registration(&pair, "s3cret");
    order.expires = Duration::from_secs(10);
    pair.network.set_gate(|_, _| false);
    pair.act(End::Right, |endpoint, now, out| endpoint.register(now, order, out));
    pair.run_for(Duration::from_secs(32));
    let told = pair.take(End::Right);
    assert!(
        matches!(told[..], [Event::RegistrationFailed { code: None, retry_in: Some(_), .. }]),
        "{told:?}"
    );
    pair.network.open_gate();
    pair.run_for(Duration::from_secs(31));
    let told = pair.take(End::Right);
    let [Event::RegistrationUp { expires, .. }] = told[..] else { panic!("{told:?}") };
    assert_eq!(expires, Duration::from_mins(1));
}

/// A seed gives the same run, byte for byte.
#[test]
fn a_seed_gives_the_same_run_byte_for_byte() {
    let run = || {
        let mut pair = pair(Link::BAD, 42);
        for _ in 0..5 {
            invite(&mut pair, End::Left);
            pair.run_for(Duration::from_millis(300));
        }
        let rung: Vec<_> = pair
            .take(End::Right)
            .iter()
            .filter_map(|e| incoming(std::slice::from_ref(e)))
            .collect();
        for leg in rung {
            pair.act(End::Right, |endpoint, now, out| {
                endpoint.answer(now, leg, ANSWER.into(), out);
            });
        }
        pair.run_for(Duration::from_mins(2));
        (pair.sent, pair.told)
    };
    assert_eq!(run(), run());
}
