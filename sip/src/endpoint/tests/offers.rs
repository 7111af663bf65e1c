//! Offers within a call: ours, theirs, and glare.

use super::*;

fn offered(events: &[Event]) -> usize {
    events.iter().filter(|event| matches!(event, Event::Offered { .. })).count()
}

fn offer(solo: &mut Solo, leg: LegId) -> Request {
    solo.act(|endpoint, now, out| endpoint.offer(now, leg, OFFER.into(), out));
    solo.last_request(Method::Invite).1
}

/// RFC 3261 §14.1: our re-INVITE carries the offer in the dialog; its 2xx is acknowledged, each
/// time.
#[test]
fn our_offer_is_answered_and_acknowledged() {
    let mut solo = Solo::new();
    let (leg, first) = solo.answered();
    let request = offer(&mut solo, leg);
    assert_eq!(request.to().unwrap().tag(), Some("far"));
    assert_eq!(request.call_id(), first.call_id());
    assert_eq!(request.cseq().unwrap().number, 2);
    solo.respond(&request, 100, None, None);
    solo.respond(&request, 200, None, Some(ANSWER));
    let sdp = Some(Bytes::from_static(ANSWER.as_bytes()));
    let (_, ack) = solo.last_request(Method::Ack);
    assert_eq!(ack.cseq().unwrap().number, 2);
    assert_eq!(solo.take_events(), [Event::OfferAnswered { leg, sdp }]);
    solo.respond(&request, 200, None, Some(ANSWER));
    assert_eq!(lines(&solo.take_sent()), ["ACK"]);
    solo.hang_up(leg);
    solo.assert_empty();
}

/// RFC 3261 §14.1: a refused offer leaves the session as it was; a lost dialog ends it.
#[test]
fn a_refused_offer_keeps_the_call_and_a_lost_dialog_ends_it() {
    let mut solo = Solo::new();
    let (leg, _) = solo.answered();
    let request = offer(&mut solo, leg);
    solo.respond(&request, 488, None, None);
    assert_eq!(solo.take_events(), [Event::OfferRefused { leg, code: 488 }]);
    assert_eq!(solo.endpoint.counts().legs, 1);
    let request = offer(&mut solo, leg);
    solo.respond(&request, 481, None, None);
    assert!(solo.take_events().iter().any(ended(leg, Side::Far, Some(481))));
    solo.assert_empty();
}

/// RFC 3261 §12.2.1.2: an offer nobody answers ends the call.
#[test]
fn an_offer_nobody_answers_ends_the_call() {
    let mut solo = Solo::new();
    let (leg, _) = solo.answered();
    offer(&mut solo, leg);
    solo.run_until(32_000);
    assert!(solo.take_events().iter().any(ended(leg, Side::Timeout, None)));
    solo.assert_empty();
}

/// A 100 stops timer B: an offer that gets nothing else is cancelled after timer C (3 min) and
/// keeps the call; the next one is sent.
#[test]
fn an_offer_that_only_got_a_100_is_cancelled_and_keeps_the_call() {
    let mut solo = Solo::new();
    let (leg, _) = solo.answered();
    let request = offer(&mut solo, leg);
    solo.respond(&request, 100, None, None);
    solo.act(|endpoint, now, out| endpoint.offer(now, leg, "v=0\r\ns=2\r\n".into(), out));
    solo.take();
    solo.run_until(180_000);
    assert_eq!(solo.take_sent(), [(180_000, "CANCEL".to_owned())]);
    solo.respond(&request, 487, None, None);
    let (_, next) = solo.last_request(Method::Invite);
    assert_eq!(next.body(), "v=0\r\ns=2\r\n");
    assert_eq!(solo.take_events(), [Event::OfferRefused { leg, code: 487 }]);
    solo.hang_up(leg);
    solo.assert_empty();
}

/// RFC 3261 §12.2.1.2: what answers neither the offer nor its CANCEL is gone.
#[test]
fn an_offer_that_only_got_a_100_ends_the_call_when_its_cancel_helps_nothing() {
    let mut solo = Solo::new();
    let (leg, _) = solo.answered();
    let request = offer(&mut solo, leg);
    solo.respond(&request, 100, None, None);
    solo.run_until(211_999);
    assert!(!solo.take_events().iter().any(ended(leg, Side::Timeout, None)));
    solo.run_until(212_000);
    assert!(solo.take_events().iter().any(ended(leg, Side::Timeout, None)));
    solo.assert_empty();
}

/// Hung up while the offer has only a 100: 64·T1 later nothing is known of it.
#[test]
fn an_offer_that_only_got_a_100_is_forgotten_with_its_call() {
    let mut solo = Solo::new();
    let (leg, _) = solo.answered();
    let request = offer(&mut solo, leg);
    solo.respond(&request, 100, None, None);
    solo.hang_up(leg);
    solo.run_until(32_000);
    assert_eq!(solo.endpoint.counts().transactions, 0);
    solo.assert_empty();
}

/// I32: 491 sends the offer again: after 2.1 to 4 s when the Call-ID is ours, else within 2 s.
#[test]
fn an_offer_that_met_another_is_sent_again_after_the_lawful_wait() {
    for (ours, from_ms, to_ms) in [(true, 2_100, 4_000), (false, 0, 2_000)] {
        let mut solo = Solo::new();
        let leg = if ours { solo.answered().0 } else { solo.confirmed().0 };
        let request = offer(&mut solo, leg);
        solo.respond(&request, 491, None, None);
        solo.take();
        solo.run_until(10_000);
        let (ms, line) = solo.take_sent().remove(0);
        assert_eq!(line, "INVITE");
        assert!((from_ms..=to_ms).contains(&ms) && ms % 10 == 0, "{ms}");
        solo.hang_up(leg);
        solo.assert_empty();
    }
}

/// An offer made while another is under way waits for it; the last one made is the one sent.
#[test]
fn an_offer_waits_for_the_one_before_it() {
    let mut solo = Solo::new();
    let (leg, _) = solo.answered();
    let request = offer(&mut solo, leg);
    solo.take();
    for sdp in ["v=0\r\ns=2\r\n", "v=0\r\ns=3\r\n"] {
        solo.act(|endpoint, now, out| endpoint.offer(now, leg, sdp.into(), out));
    }
    assert_eq!(solo.take(), []);
    solo.respond(&request, 200, None, Some(ANSWER));
    let (_, next) = solo.last_request(Method::Invite);
    assert_eq!(next.body(), "v=0\r\ns=3\r\n");
    assert_eq!(lines(&solo.take_sent()), ["ACK", "INVITE"]);
    solo.hang_up(leg);
    solo.assert_empty();
}

/// RFC 3261 §14.2: their re-INVITE gets 100, then our answer, repeated until its ACK.
#[test]
fn their_offer_is_told_accepted_and_repeated_until_its_ack() {
    let mut solo = Solo::new();
    let (leg, tag) = solo.confirmed();
    solo.receive(CARRIER, &in_dialog("INVITE", "z9hG4bK3", 2, &tag, &with_sdp(OFFER)));
    let seen = solo.take();
    let sdp = Some(Bytes::from_static(OFFER.as_bytes()));
    assert_eq!(seen[1].1, Output::Event(Event::Offered { leg, sdp }));
    solo.act(|endpoint, now, out| endpoint.accept(now, leg, ANSWER.into(), out));
    solo.run_until(1_500);
    let sent = solo.take_sent();
    assert_eq!(sent, [0, 500, 1_500].map(|ms| (ms, "200 INVITE".to_owned())));
    solo.receive(CARRIER, &in_dialog("ACK", "z9hG4bK4", 2, &tag, ""));
    solo.run_until(60_000);
    assert_eq!(solo.take(), []);
    solo.hang_up(leg);
    solo.assert_empty();
}

/// RFC 3261 §13.3.1.4: a 2xx to a re-INVITE that is never acknowledged ends the call.
#[test]
fn an_accepted_offer_nobody_acknowledges_ends_the_call() {
    let mut solo = Solo::new();
    let (leg, tag) = solo.confirmed();
    solo.receive(CARRIER, &in_dialog("INVITE", "z9hG4bK3", 2, &tag, &with_sdp(OFFER)));
    solo.act(|endpoint, now, out| endpoint.accept(now, leg, ANSWER.into(), out));
    solo.take();
    solo.run_until(32_000);
    assert!(solo.take_events().iter().any(ended(leg, Side::Timeout, None)));
    solo.assert_empty();
}

/// I61: a refused offer keeps the call; one nobody decides on is refused in time.
#[test]
fn a_refused_or_forgotten_offer_gets_488_and_keeps_the_call() {
    let mut solo = Solo::new();
    let (leg, tag) = solo.confirmed();
    solo.receive(CARRIER, &in_dialog("INVITE", "z9hG4bK3", 2, &tag, &with_sdp(OFFER)));
    solo.act(|endpoint, now, out| endpoint.refuse(now, leg, 488, out));
    assert_eq!(lines(&solo.take_sent()), ["100 INVITE", "488 INVITE"]);
    solo.receive(CARRIER, &in_dialog("ACK", "z9hG4bK3", 2, &tag, ""));
    solo.receive(CARRIER, &in_dialog("INVITE", "z9hG4bK4", 3, &tag, &with_sdp(OFFER)));
    solo.run_until(20_000);
    let sent = solo.take_sent();
    assert_eq!(sent[..2], [(0, "100 INVITE".to_owned()), (20_000, "488 INVITE".to_owned())]);
    assert_eq!(solo.endpoint.counts().legs, 1);
    solo.hang_up(leg);
    solo.assert_empty();
}

/// RFC 3261 §9.2: a re-INVITE that is taken back gets 487; accepting it then is too late.
#[test]
fn a_cancelled_offer_is_forgotten() {
    let mut solo = Solo::new();
    let (leg, tag) = solo.confirmed();
    solo.receive(CARRIER, &in_dialog("INVITE", "z9hG4bK3", 2, &tag, &with_sdp(OFFER)));
    solo.take();
    solo.receive(CARRIER, &in_dialog("CANCEL", "z9hG4bK3", 2, &tag, ""));
    assert_eq!(lines(&solo.take_sent()), ["200 CANCEL", "487 INVITE"]);
    solo.act(|endpoint, now, out| endpoint.accept(now, leg, ANSWER.into(), out));
    assert_eq!(solo.take(), []);
    assert_eq!(solo.endpoint.counts().legs, 1);
    solo.hang_up(leg);
    solo.assert_empty();
}

/// I30: a re-INVITE without an offer asks for ours; the ACK brings the answer.
#[test]
fn a_reinvite_without_an_offer_gets_ours() {
    let mut solo = Solo::new();
    let (leg, tag) = solo.confirmed();
    solo.receive(CARRIER, &in_dialog("INVITE", "z9hG4bK3", 2, &tag, ""));
    assert_eq!(solo.take_events(), [Event::Offered { leg, sdp: None }]);
    solo.act(|endpoint, now, out| endpoint.accept(now, leg, OFFER.into(), out));
    solo.receive(CARRIER, &in_dialog("ACK", "z9hG4bK4", 2, &tag, &with_sdp(ANSWER)));
    let sdp = Some(Bytes::from_static(ANSWER.as_bytes()));
    assert_eq!(solo.take_events(), [Event::OfferAnswered { leg, sdp }]);
    solo.hang_up(leg);
    solo.assert_empty();
}

/// RFC 3261 §14.2: theirs meets ours: 491. Theirs meets theirs: 500 with Retry-After below 11 s.
#[test]
fn an_offer_that_meets_an_open_one_is_sent_away() {
    let mut solo = Solo::new();
    let (leg, tag) = solo.confirmed();
    offer(&mut solo, leg);
    solo.take();
    solo.receive(CARRIER, &in_dialog("INVITE", "z9hG4bK3", 2, &tag, &with_sdp(OFFER)));
    assert_eq!(lines(&solo.take_sent()), ["491 INVITE"]);
    solo.hang_up(leg);
    solo.assert_empty();

    let mut solo = Solo::new();
    let (leg, tag) = solo.confirmed();
    solo.receive(CARRIER, &in_dialog("INVITE", "z9hG4bK3", 2, &tag, &with_sdp(OFFER)));
    solo.receive(CARRIER, &in_dialog("UPDATE", "z9hG4bK4", 3, &tag, &with_sdp(OFFER)));
    let (_, response) = solo.last_response();
    assert_eq!(response.status().code(), 500);
    assert!(response.retry_after().unwrap().unwrap().seconds <= 10);
    assert_eq!(offered(&solo.take_events()), 1);
    solo.hang_up(leg);
    solo.assert_empty();
}

/// Their offer that gets through while ours waits out a glare goes first, ours after it.
#[test]
fn an_offer_waiting_out_a_glare_lets_theirs_go_first() {
    let mut solo = Solo::new();
    let (leg, tag) = solo.confirmed();
    let request = offer(&mut solo, leg);
    solo.respond(&request, 491, None, None);
    solo.receive(CARRIER, &in_dialog("INVITE", "z9hG4bK3", 2, &tag, &with_sdp(OFFER)));
    solo.act(|endpoint, now, out| endpoint.accept(now, leg, ANSWER.into(), out));
    solo.take();
    solo.receive(CARRIER, &in_dialog("ACK", "z9hG4bK4", 2, &tag, ""));
    assert_eq!(lines(&solo.take_sent()), ["INVITE"]);
    solo.hang_up(leg);
    solo.assert_empty();
}

/// A lost ACK: the next re-INVITE proves that our 2xx came, so the call goes on.
#[test]
fn a_reinvite_after_a_lost_ack_is_served() {
    let mut solo = Solo::new();
    let leg = solo.incoming();
    solo.act(|endpoint, now, out| endpoint.answer(now, leg, ANSWER.into(), out));
    let tag = solo.our_tag();
    solo.take();
    solo.receive(CARRIER, &in_dialog("INVITE", "z9hG4bK3", 2, &tag, &with_sdp(OFFER)));
    let events = solo.take_events();
    assert!(matches!(events[..], [Event::Confirmed { .. }, Event::Offered { .. }]), "{events:?}");
    solo.hang_up(leg);
    solo.assert_empty();
}

/// RFC 3311: UPDATE with an offer is told and answered without an ACK; without one it only
/// refreshes.
#[test]
fn an_update_is_answered_without_an_ack() {
    let mut solo = Solo::new();
    let (leg, tag) = solo.confirmed();
    let refresh = "Contact: <sip:ann@203.0.113.4>\n\n";
    solo.receive(CARRIER, &in_dialog("UPDATE", "z9hG4bK3", 2, &tag, refresh));
    solo.receive(CARRIER, &in_dialog("UPDATE", "z9hG4bK4", 3, &tag, &with_sdp(OFFER)));
    let seen = solo.take();
    assert_eq!(seen.len(), 2);
    assert!(matches!(seen[1].1, Output::Event(Event::Offered { .. })));
    solo.act(|endpoint, now, out| endpoint.accept(now, leg, ANSWER.into(), out));
    solo.run_until(5_000);
    assert_eq!(solo.take_sent(), [(0, "200 UPDATE".to_owned())]);
    solo.hang_up(leg);
    assert_eq!(solo.last_request(Method::Bye).1.uri_text(), "sip:ann@203.0.113.4");
    solo.assert_empty();
}

/// A hang-up while their offer is open answers it first.
#[test]
fn a_hang_up_answers_their_open_offer_first() {
    let mut solo = Solo::new();
    let (leg, tag) = solo.confirmed();
    solo.receive(CARRIER, &in_dialog("INVITE", "z9hG4bK3", 2, &tag, &with_sdp(OFFER)));
    solo.take();
    solo.hang_up(leg);
    assert_eq!(lines(&solo.take_sent()), ["487 INVITE", "BYE"]);
    solo.assert_empty();
}

/// A hang-up while our offer is open: BYE, and a late 2xx to the offer still gets its ACK.
#[test]
fn a_success_to_an_offer_after_the_hang_up_is_still_acknowledged() {
    let mut solo = Solo::new();
    let (leg, _) = solo.answered();
    let request = offer(&mut solo, leg);
    solo.hang_up(leg);
    solo.take();
    solo.respond(&request, 200, None, Some(ANSWER));
    assert_eq!(lines(&solo.take_sent()), ["ACK"]);
    solo.assert_empty();
}
