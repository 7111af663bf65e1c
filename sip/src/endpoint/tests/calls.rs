//! Calls of ours: provisional answers, CANCEL and its races, forks, challenges.

use super::*;
use crate::leg::Credentials;

fn one_end(events: &[Event]) -> &Event {
    let ends: Vec<_> = events.iter().filter(|e| matches!(e, Event::Ended { .. })).collect();
    assert_eq!(ends.len(), 1, "{events:?}");
    ends[0]
}

/// RFC 3261 §17.1.1.2: nobody answers: timer B ends the leg at 32 s and nothing is left.
#[test]
fn a_call_nobody_answers_ends_by_timeout() {
    let mut solo = Solo::new();
    let leg = solo.invite();
    solo.run_until(31_999);
    assert_eq!(solo.endpoint.counts().legs, 1);
    solo.run_until(32_000);
    assert!(ended(leg, Side::Timeout, None)(one_end(&solo.take_events())));
    assert_eq!(solo.endpoint.counts(), Counts::default());
    assert_eq!(solo.endpoint.deadline(), None);
}

/// I3: a trunk with a reserve gives up sooner.
#[test]
fn a_shorter_timer_b_gives_up_sooner() {
    let mut solo = Solo::new();
    solo.invite_with(|invite| invite.timer_b = Some(Duration::from_secs(4)));
    solo.run_until_idle();
    let end = solo.take().into_iter().find(|(_, o)| matches!(o, Output::Event(_))).unwrap();
    assert_eq!(end.0, 4_000);
}

/// I8, RFC 3261 §9.1: a CANCEL is held until a provisional response; then 487 ends the leg.
#[test]
fn a_cancel_waits_for_a_provisional_response() {
    let mut solo = Solo::new();
    let leg = solo.invite();
    let (_, invite) = solo.last_request(Method::Invite);
    solo.hang_up(leg);
    solo.run_until(400);
    assert_eq!(lines(&solo.take_sent()), ["INVITE"]);

    solo.respond(&invite, 100, None, None);
    let (_, cancel) = solo.last_request(Method::Cancel);
    let branch = |request: &Request| request.top_via().unwrap().branch().unwrap().to_owned();
    assert_eq!(branch(&cancel), branch(&invite));
    assert_eq!(cancel.uri_text(), invite.uri_text());
    assert_eq!(cancel.cseq().unwrap().number, invite.cseq().unwrap().number);
    assert!(cancel.to().unwrap().tag().is_none());

    solo.respond(&cancel, 200, Some("x"), None);
    solo.take();
    solo.respond(&invite, 487, Some("x"), None);
    let (_, ack) = solo.last_request(Method::Ack);
    assert_eq!(branch(&ack), branch(&invite));
    assert_eq!(ack.to().unwrap().tag(), Some("x"));
    assert!(ended(leg, Side::Us, Some(487))(one_end(&solo.take_events())));
    solo.assert_empty();
}

/// I8: a 200 that crossed our CANCEL is acknowledged and hung up; the code tells that somebody
/// answered.
#[test]
fn a_cancel_that_crosses_an_answer_becomes_ack_and_bye() {
    let mut solo = Solo::new();
    let leg = solo.invite();
    let (_, invite) = solo.last_request(Method::Invite);
    solo.respond(&invite, 180, Some("far"), None);
    solo.hang_up(leg);
    solo.take();
    solo.respond(&invite, 200, Some("far"), Some(ANSWER));
    let (_, bye) = solo.last_request(Method::Bye);
    assert_eq!(bye.cseq().unwrap().number, 2);
    let seen = solo.take();
    let sent = seen.iter().map(|(_, o)| match o {
        Output::Send { bytes, .. } => brief(bytes),
        Output::Event(_) => "event".to_owned(),
    });
    assert_eq!(sent.collect::<Vec<_>>(), ["ACK", "BYE", "event"]);
    let Output::Event(end) = &seen[2].1 else { unreachable!("it is the event") };
    assert!(ended(leg, Side::Us, Some(200))(end));
    solo.respond(&bye, 200, None, None);
    solo.assert_empty();
}

/// RFC 3261 §9.1: a CANCEL nobody heeds counts as heeded after 64·T1.
#[test]
fn a_cancel_without_any_answer_ends_the_leg_after_64_t1() {
    let mut solo = Solo::new();
    let leg = solo.invite();
    let (_, invite) = solo.last_request(Method::Invite);
    solo.respond(&invite, 180, Some("far"), None);
    solo.run_until(1_000);
    solo.hang_up(leg);
    solo.run_until(32_999);
    assert!(!solo.take_events().iter().any(|e| matches!(e, Event::Ended { .. })));
    solo.run_until(33_000);
    assert!(ended(leg, Side::Us, None)(one_end(&solo.take_events())));
    solo.assert_empty();
}

/// I9: timer C: a far side that rings for three minutes without a word is cancelled.
#[test]
fn a_call_that_rings_forever_is_cancelled_by_timer_c() {
    let mut solo = Solo::new();
    let leg = solo.invite();
    let (_, invite) = solo.last_request(Method::Invite);
    solo.respond(&invite, 180, Some("far"), None);
    solo.run_until(100_000);
    solo.respond(&invite, 180, Some("far"), None);
    solo.take();
    solo.run_until(279_999);
    assert_eq!(solo.take(), []);
    solo.run_until(280_000);
    let (_, cancel) = solo.last_request(Method::Cancel);
    solo.respond(&cancel, 200, None, None);
    solo.respond(&invite, 487, Some("far"), None);
    assert!(ended(leg, Side::Timeout, Some(487))(one_end(&solo.take_events())));
    solo.assert_empty();
}

/// I13: a 1xx without a To tag is told; one with a tag brings its early media.
#[test]
fn provisional_responses_are_told_with_and_without_a_tag() {
    let mut solo = Solo::new();
    let leg = solo.invite();
    let (_, invite) = solo.last_request(Method::Invite);
    solo.respond(&invite, 100, None, None);
    solo.respond(&invite, 180, None, None);
    solo.respond(&invite, 183, Some("far"), Some(ANSWER));
    let sdp = Some(Bytes::from_static(ANSWER.as_bytes()));
    let expected =
        [Event::Progress { leg, code: 180, sdp: None }, Event::Progress { leg, code: 183, sdp }];
    assert_eq!(solo.take_events(), expected);
    assert_eq!(solo.endpoint.counts().dialogs, 1);
}

/// I5: each retransmitted 2xx gets the same ACK again, and nothing else.
#[test]
fn every_retransmitted_success_is_acknowledged_again() {
    let mut solo = Solo::new();
    let leg = solo.invite();
    let (_, invite) = solo.last_request(Method::Invite);
    for _ in 0..3 {
        solo.respond(&invite, 200, Some("far"), Some(ANSWER));
    }
    let seen = solo.take();
    let acks = seen.iter().skip(1).filter_map(|(_, o)| match o {
        Output::Send { bytes, .. } => Some(bytes),
        Output::Event(_) => None,
    });
    let acks: Vec<_> = acks.collect();
    assert_eq!(acks.len(), 3);
    assert!(acks.iter().all(|ack| brief(ack) == "ACK" && *ack == acks[0]));
    let answered = seen.iter().filter(|(_, o)| matches!(o, Output::Event(Event::Answered { .. })));
    assert_eq!(answered.count(), 1);
    solo.hang_up(leg);
    solo.assert_empty();
}

/// I15, RFC 3261 §13.2.2.4: the fork that answers second is acknowledged and hung up, in its own
/// dialog.
#[test]
fn a_second_fork_that_answers_is_acknowledged_and_hung_up() {
    let mut solo = Solo::new();
    let leg = solo.invite();
    let (_, invite) = solo.last_request(Method::Invite);
    solo.respond(&invite, 180, Some("a"), None);
    solo.respond(&invite, 180, Some("b"), None);
    assert_eq!(solo.endpoint.counts().dialogs, 2);
    solo.respond(&invite, 200, Some("a"), Some(ANSWER));
    solo.take();
    solo.respond(&invite, 200, Some("b"), Some(ANSWER));
    let (_, bye) = solo.last_request(Method::Bye);
    assert_eq!(bye.to().unwrap().tag(), Some("b"));
    assert_eq!(lines(&solo.take_sent()), ["ACK", "BYE"]);
    solo.respond(&invite, 200, Some("b"), Some(ANSWER));
    assert_eq!(lines(&solo.take_sent()), ["ACK"]);
    assert_eq!(solo.endpoint.counts().legs, 1);
    solo.hang_up(leg);
    solo.assert_empty();
}

/// RFC 3261 §22.2: a challenge is answered once, in a new transaction with the next number.
#[test]
fn a_challenged_call_is_sent_again_with_credentials_once() {
    let mut solo = Solo::new();
    let secret = Secret::Password("s3cret".to_owned());
    let credentials = Credentials { user: "trunk".to_owned(), secret };
    let leg = solo.invite_with(|invite| invite.credentials = Some(credentials));
    let challenge = |writer: &mut Writer| {
        writer.header(Name::ProxyAuthenticate, r#"Digest realm="carrier",nonce="n",qop="auth""#);
    };
    let (_, first) = solo.last_request(Method::Invite);
    solo.respond_with(&first, 407, Some("x"), None, challenge);
    let (_, second) = solo.last_request(Method::Invite);
    assert_eq!(lines(&solo.take_sent()), ["INVITE", "ACK", "INVITE"]);
    assert_eq!(second.cseq().unwrap().number, 2);
    assert_eq!(second.call_id(), first.call_id());
    assert!(second.to().unwrap().tag().is_none());
    let proof = second.proxy_authorization().next().unwrap().unwrap();
    assert_eq!(proof.username().unwrap(), "trunk");

    solo.respond_with(&second, 407, Some("y"), None, challenge);
    assert!(ended(leg, Side::Far, Some(407))(one_end(&solo.take_events())));
    solo.assert_empty();
}

/// Without credentials a challenge is a refusal.
#[test]
fn a_challenge_nobody_can_answer_ends_the_leg() {
    let mut solo = Solo::new();
    let leg = solo.invite();
    let (_, invite) = solo.last_request(Method::Invite);
    solo.respond(&invite, 401, Some("x"), None);
    assert!(ended(leg, Side::Far, Some(401))(one_end(&solo.take_events())));
    solo.assert_empty();
}

/// RFC 3326 and RFC 3261 §20.33: what a refusal says reaches the owner.
#[test]
fn a_refusal_tells_its_cause_its_words_and_when_to_come_back() {
    let mut solo = Solo::new();
    let leg = solo.invite();
    let (_, invite) = solo.last_request(Method::Invite);
    solo.respond_with(&invite, 503, Some("x"), None, |writer| {
        writer.header(Name::Reason, "Q.850;cause=34;text=\"No circuit\"");
        writer.header(Name::RetryAfter, 7);
    });
    let expected = Event::Ended {
        leg,
        by: Side::Far,
        code: Some(503),
        q850: Some(Q850::NO_CIRCUIT),
        reason: Some("No circuit".to_owned()),
        retry_after: Some(Duration::from_secs(7)),
        redirect: vec![],
    };
    assert_eq!(solo.take_events(), [expected]);
    solo.assert_empty();
}

/// I26: where our INVITE had no offer, the ACK waits for our answer to theirs.
#[test]
fn the_acknowledgement_of_a_late_offer_carries_our_answer() {
    let mut solo = Solo::new();
    let leg = solo.invite_with(|invite| invite.sdp = None);
    let (_, invite) = solo.last_request(Method::Invite);
    solo.take();
    for _ in 0..2 {
        solo.respond(&invite, 200, Some("far"), Some(OFFER));
    }
    let seen = solo.take_events();
    let sdp = Some(Bytes::from_static(OFFER.as_bytes()));
    assert_eq!(seen, [Event::Answered { leg, sdp }]);
    solo.act(|endpoint, now, out| endpoint.accept(now, leg, ANSWER.into(), out));
    let (_, ack) = solo.last_request(Method::Ack);
    assert_eq!(ack.body(), ANSWER.as_bytes());
    solo.take();
    solo.respond(&invite, 200, Some("far"), Some(OFFER));
    assert_eq!(lines(&solo.take_sent()), ["ACK"]);
    solo.hang_up(leg);
    solo.assert_empty();
}

/// A late offer that nobody answers must not leave the far side without its ACK.
#[test]
fn a_late_offer_nobody_answers_is_acknowledged_and_hung_up() {
    let mut solo = Solo::new();
    let leg = solo.invite_with(|invite| invite.sdp = None);
    let (_, invite) = solo.last_request(Method::Invite);
    solo.respond(&invite, 200, Some("far"), Some(OFFER));
    solo.take();
    solo.run_until(20_000);
    let (_, ack) = solo.last_request(Method::Ack);
    assert!(ack.body().is_empty());
    let seen = solo.take();
    let sent = seen.iter().filter(|(_, o)| matches!(o, Output::Send { .. })).count();
    assert_eq!(sent, 2);
    let Some((20_000, Output::Event(end))) = seen.last() else { panic!("{seen:?}") };
    assert!(ended(leg, Side::Timeout, None)(end));
    solo.assert_empty();
}

/// RFC 3261 §17.1.4: a path that breaks ends what waits on it.
#[test]
fn a_broken_path_ends_the_call_that_waits_on_it() {
    let mut solo = Solo::new();
    let leg = solo.invite();
    solo.act(|endpoint, now, out| endpoint.transport_failed(now, udp(CARRIER), out));
    assert!(ended(leg, Side::Network, None)(one_end(&solo.take_events())));
    assert_eq!(solo.endpoint.counts(), Counts::default());
}

/// S11: text that would break out of its header is refused before anything exists.
#[test]
fn a_header_that_breaks_its_line_is_refused_and_opens_nothing() {
    let mut solo = Solo::new();
    let mut invite = to_carrier();
    invite.headers = vec![("X-Lead".to_owned(), "1\r\nX-Evil: 2".to_owned())];
    let refused = solo.act(|endpoint, now, out| endpoint.invite(now, invite, out));
    assert!(matches!(refused, Err(crate::leg::InviteError::Malformed { .. })), "{refused:?}");
    let mut invite = to_carrier();
    invite.from.host = "a b".to_owned();
    let refused = solo.act(|endpoint, now, out| endpoint.invite(now, invite, out));
    assert!(
        matches!(refused, Err(crate::leg::InviteError::Malformed { field: "from", .. })),
        "{refused:?}"
    );
    assert_eq!(solo.take(), []);
    assert_eq!(solo.endpoint.counts(), Counts::default());
}

/// Everything has a bound, and refusing at it leaves nothing behind.
#[test]
fn a_call_beyond_the_bounds_is_an_error() {
    let mut solo = Solo::new();
    solo.endpoint.config.bounds.legs = 1;
    let leg = solo.invite();
    let refused = solo.act(|endpoint, now, out| endpoint.invite(now, to_carrier(), out));
    assert_eq!(refused, Err(crate::leg::InviteError::TooManyLegs(1)));
    solo.endpoint.config.bounds.legs = 5;
    solo.endpoint.config.bounds.transactions = 1;
    let refused = solo.act(|endpoint, now, out| endpoint.invite(now, to_carrier(), out));
    assert_eq!(refused, Err(crate::leg::InviteError::TooManyTransactions(1)));
    solo.hang_up(leg);
    solo.assert_empty();
}

/// RFC 3325: a trunk is told who calls, in a header it may trust.
#[test]
fn an_asserted_identity_is_sent_beside_from() {
    let mut solo = Solo::new();
    solo.invite_with(|invite| {
        invite.asserted = Some(Identity {
            user: "+15550142".to_owned(),
            display: None,
            host: "192.0.2.1".to_owned(),
        });
    });
    let (flow, invite) = solo.last_request(Method::Invite);
    assert_eq!(flow, udp(CARRIER));
    assert_eq!(invite.uri_text(), "sip:15550100@192.0.2.9:5060");
    let asserted = invite.p_asserted_identity().next().unwrap().unwrap();
    assert_eq!(asserted.uri.user(), Some("+15550142"));
    assert_eq!(invite.from().unwrap().display, Some("Cordboard"));
}
