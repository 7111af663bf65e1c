//! RFC 3262 in both roles, to the millisecond (INTEROP 36).

use super::*;
use crate::message::Response;

/// A reliable response of the carrier's to our INVITE.
fn reliably(solo: &mut Solo, invite: &Request, code: u16, rseq: u32, sdp: Option<&str>) {
    solo.respond_with(invite, code, Some("far"), sdp, |writer| {
        writer.header(Name::Contact, "<sip:carrier@192.0.2.9:5060>");
        writer.header(Name::Require, "100rel");
        writer.header(Name::RSeq, rseq);
    });
}

fn pracks(solo: &Solo) -> Vec<String> {
    let rack = |(_, output): &(u128, Output)| match output {
        Output::Send { bytes, .. } => match Message::parse(bytes.clone()).unwrap() {
            Message::Request(request) if request.method() == Method::Prack => {
                request.header(Name::RAck).map(str::to_owned)
            }
            _ => None,
        },
        Output::Event(_) => None,
    };
    solo.seen.iter().filter_map(rack).collect()
}

/// RFC 3262 §4: each number is acknowledged once, in the dialog that the response made.
#[test]
fn a_reliable_response_is_acknowledged_once_and_in_order() {
    let mut solo = Solo::new();
    let leg = solo.invite();
    let (_, invite) = solo.last_request(Method::Invite);
    assert!(invite.lists(Name::Supported, "100rel"));
    solo.take();
    reliably(&mut solo, &invite, 183, 71, None);
    let (flow, prack) = solo.last_request(Method::Prack);
    assert_eq!(flow, udp(CARRIER));
    assert_eq!(prack.uri_text(), "sip:carrier@192.0.2.9:5060");
    assert_eq!(prack.to().unwrap().tag(), Some("far"));
    assert_eq!(prack.cseq().unwrap().number, invite.cseq().unwrap().number + 1);
    // The same again, one out of order, and the next.
    reliably(&mut solo, &invite, 183, 71, None);
    reliably(&mut solo, &invite, 180, 73, None);
    reliably(&mut solo, &invite, 180, 72, None);
    let number = invite.cseq().unwrap().number;
    assert_eq!(pracks(&solo), [format!("71 {number} INVITE"), format!("72 {number} INVITE")]);
    let progress = |code| Event::Progress { leg, code, sdp: None };
    let (_, second) = solo.last_request(Method::Prack);
    assert_eq!(solo.take_events(), [progress(183), progress(180)]);
    solo.respond(&prack, 200, None, None);
    solo.respond(&second, 200, None, None);
    solo.respond(&invite, 486, Some("far"), None);
    solo.assert_empty();
}

/// RFC 3262 §5: an answer in a reliable response is the answer; the 2xx need not repeat it, and
/// what follows takes numbers after those of the PRACKs.
#[test]
fn an_answer_that_came_reliably_counts_when_the_call_is_answered() {
    let mut solo = Solo::new();
    let leg = solo.invite();
    let (_, invite) = solo.last_request(Method::Invite);
    reliably(&mut solo, &invite, 183, 1, Some(ANSWER));
    let (_, prack) = solo.last_request(Method::Prack);
    solo.respond(&prack, 200, None, None);
    solo.take();
    solo.respond_with(&invite, 200, Some("far"), None, |writer| {
        writer.header(Name::Contact, "<sip:carrier@192.0.2.9:5060>");
    });
    let (_, ack) = solo.last_request(Method::Ack);
    assert_eq!(ack.cseq().unwrap().number, invite.cseq().unwrap().number);
    assert_eq!(solo.take_events(), [Event::Answered { leg, sdp: Some(ANSWER.into()) }]);
    solo.hang_up(leg);
    let (_, bye) = solo.last_request(Method::Bye);
    assert_eq!(bye.cseq().unwrap().number, prack.cseq().unwrap().number + 1);
    solo.respond(&bye, 200, None, None);
    solo.assert_empty();
}

/// A call of the carrier's that requires reliable responses.
fn demanding(solo: &mut Solo) -> LegId {
    solo.receive(CARRIER, &invite_text("z9hG4bK1", 1, "Require: 100rel\n", OFFER));
    let incoming = solo.take_events().into_iter().find_map(|event| match event {
        Event::Incoming { leg, .. } => Some(leg),
        _ => None,
    });
    incoming.unwrap()
}

fn last_provisional(solo: &Solo) -> (Response, u32) {
    let (_, response) = solo.last_response();
    assert!(response.lists(Name::Require, "100rel"));
    let rseq = response.rseq().unwrap().unwrap();
    (response, rseq)
}

fn prack(solo: &mut Solo, cseq: u32, rseq: u32, rest: &str) {
    let tag = solo.endpoint.legs.values().next().unwrap().tag().to_owned();
    let branch = format!("z9hG4bKp{cseq}");
    let rest = if rest.is_empty() { "\n" } else { rest };
    let rest = format!("RAck: {rseq} 1 INVITE\n{rest}");
    solo.receive(CARRIER, &in_dialog("PRACK", &branch, cseq, &tag, &rest));
}

fn ack(solo: &mut Solo, branch: &str) {
    let tag = solo.endpoint.legs.values().next().unwrap().tag().to_owned();
    solo.receive(CARRIER, &in_dialog("ACK", branch, 1, &tag, ""));
}

/// RFC 3262 §3: sent again from T1, doubling, until its PRACK; what follows waits for that.
#[test]
fn a_response_of_ours_is_repeated_until_its_prack_and_the_answer_waits() {
    let mut solo = Solo::new();
    let leg = demanding(&mut solo);
    solo.act(|endpoint, now, out| endpoint.progress(now, leg, 180, None, out));
    let (_, rseq) = last_provisional(&solo);
    solo.take();
    solo.act(|endpoint, now, out| endpoint.progress(now, leg, 183, None, out));
    solo.act(|endpoint, now, out| endpoint.answer(now, leg, ANSWER.into(), out));
    solo.run_until(4_000);
    let sent = solo.take_sent();
    let times: Vec<_> = sent.iter().map(|(ms, _)| *ms).collect();
    assert_eq!(lines(&sent), ["180 INVITE"; 3]);
    assert_eq!(times, [500, 1_500, 3_500]);
    prack(&mut solo, 2, rseq, "");
    let (_, second) = last_provisional(&solo);
    assert_eq!(second, rseq + 1, "numbers rise by one");
    assert_eq!(lines(&solo.take_sent()), ["200 PRACK", "183 INVITE"]);
    prack(&mut solo, 3, second, "");
    assert_eq!(lines(&solo.take_sent()), ["200 PRACK", "200 INVITE"]);
    ack(&mut solo, "z9hG4bK9");
    solo.take();
    solo.hang_up(leg);
    let (_, bye) = solo.last_request(Method::Bye);
    solo.respond(&bye, 200, None, None);
    solo.assert_empty();
}

/// I9: a proxy forgets a silent call; under RFC 3262 §3 saying it again takes a new number.
#[test]
fn a_call_that_rings_for_long_is_said_to_ring_again_under_a_new_number() {
    let mut solo = Solo::new();
    let leg = demanding(&mut solo);
    solo.act(|endpoint, now, out| endpoint.progress(now, leg, 180, None, out));
    let (_, rseq) = last_provisional(&solo);
    prack(&mut solo, 2, rseq, "");
    solo.take();
    solo.run_until(60_000);
    let (_, again) = last_provisional(&solo);
    assert_eq!(again, rseq + 1);
    assert_eq!(solo.take_sent(), [(60_000, "180 INVITE".to_owned())]);
}

/// RFC 3262 §3: 64·T1 without a PRACK is the end of the call.
#[test]
fn a_caller_that_never_acknowledges_is_refused() {
    let mut solo = Solo::new();
    let leg = demanding(&mut solo);
    solo.act(|endpoint, now, out| endpoint.progress(now, leg, 180, None, out));
    solo.run_until(31_999);
    solo.take();
    solo.run_until(32_000);
    let (_, response) = solo.last_response();
    assert_eq!(response.status().code(), 504);
    assert!(ended(leg, Side::Timeout, Some(504))(&solo.take_events()[0]));
    solo.assert_empty();
}

/// RFC 3262 §3: a PRACK that matches nothing.
#[test]
fn a_prack_of_nothing_gets_481_and_changes_nothing() {
    let mut solo = Solo::new();
    let leg = demanding(&mut solo);
    solo.act(|endpoint, now, out| endpoint.progress(now, leg, 180, None, out));
    let (_, rseq) = last_provisional(&solo);
    prack(&mut solo, 2, rseq + 1, "");
    assert_eq!(solo.last_response().1.status().code(), 481);
    prack(&mut solo, 3, rseq, "");
    assert_eq!(solo.last_response().1.status().code(), 200);
    let tag = solo.our_tag();
    solo.act(|endpoint, now, out| endpoint.reject(now, leg, 486, out));
    solo.receive(CARRIER, &in_dialog("ACK", "z9hG4bK1", 1, &tag, ""));
    solo.assert_empty();
}

/// RFC 3262 §5: once the answer has gone reliably, a PRACK may hold an offer of its own.
#[test]
fn an_offer_in_a_prack_is_answered_in_its_200() {
    let mut solo = Solo::new();
    let leg = demanding(&mut solo);
    let early = Some(Bytes::from_static(ANSWER.as_bytes()));
    solo.act(|endpoint, now, out| endpoint.progress(now, leg, 183, early, out));
    let (_, rseq) = last_provisional(&solo);
    solo.take();
    prack(&mut solo, 2, rseq, &with_sdp(OFFER));
    assert_eq!(solo.take_events(), [Event::Offered { leg, sdp: Some(OFFER.into()) }]);
    solo.act(|endpoint, now, out| endpoint.accept(now, leg, ANSWER.into(), out));
    let (_, response) = solo.last_response();
    assert_eq!(response.status().code(), 200);
    assert_eq!(response.cseq().unwrap().method, Method::Prack);
    assert_eq!(response.body(), ANSWER);
    // The final answer then holds none: offer and answer are done.
    solo.act(|endpoint, now, out| endpoint.answer(now, leg, ANSWER.into(), out));
    let (_, response) = solo.last_response();
    assert_eq!(response.cseq().unwrap().method, Method::Invite);
    assert!(response.body().is_empty());
    ack(&mut solo, "z9hG4bK9");
    assert!(matches!(solo.take_events()[..], [Event::Confirmed { sdp: None, .. }]));
    solo.hang_up(leg);
    let (_, bye) = solo.last_request(Method::Bye);
    solo.respond(&bye, 200, None, None);
    solo.assert_empty();
}
