//! Requests within a dialog: numbers, routes, targets, BYE from both sides, INFO.

use super::*;

fn answered_by(solo: &mut Solo, headers: &[(Name, &str)]) -> LegId {
    let leg = solo.invite();
    let (_, request) = solo.last_request(Method::Invite);
    solo.respond_with(&request, 200, Some("far"), Some(ANSWER), |writer| {
        for (name, value) in headers {
            writer.header(*name, value);
        }
    });
    leg
}

fn bye_of(solo: &mut Solo, leg: LegId) -> (Flow, Request) {
    solo.hang_up(leg);
    solo.last_request(Method::Bye)
}

fn routes(request: &Request) -> Vec<&str> {
    request.headers(Name::Route).collect()
}

/// RFC 3261 §12.2.1.1: loose routers stay in Route, in reverse order of Record-Route.
#[test]
fn requests_visit_loose_routers_in_order() {
    let mut solo = Solo::new();
    let leg = answered_by(
        &mut solo,
        &[
            (Name::RecordRoute, "<sip:192.0.2.30;lr>, <sip:192.0.2.9;lr;n=1>"),
            (Name::Contact, "<sip:ann@203.0.113.5:5070>"),
        ],
    );
    let (_, ack) = solo.last_request(Method::Ack);
    let (flow, bye) = bye_of(&mut solo, leg);
    for request in [&ack, &bye] {
        assert_eq!(request.uri_text(), "sip:ann@203.0.113.5:5070");
        assert_eq!(routes(request), ["<sip:192.0.2.9;lr;n=1>", "<sip:192.0.2.30;lr>"]);
    }
    assert_eq!(flow, udp(CARRIER));
}

/// I14, RFC 3261 §12.2.1.1: a strict router gets itself as Request-URI and the target last.
#[test]
fn a_strict_router_is_the_request_uri_and_the_target_comes_last() {
    let mut solo = Solo::new();
    let leg = answered_by(
        &mut solo,
        &[
            (Name::RecordRoute, "<sip:192.0.2.30>, <sip:192.0.2.9:5080>"),
            (Name::Contact, "<sip:ann@203.0.113.5>"),
        ],
    );
    let (flow, bye) = bye_of(&mut solo, leg);
    assert_eq!(bye.uri_text(), "sip:192.0.2.9:5080");
    assert_eq!(routes(&bye), ["<sip:192.0.2.30>", "<sip:ann@203.0.113.5>"]);
    assert_eq!(flow, udp("192.0.2.9:5080"));
}

/// RFC 3261 §12.2.1.1: without routes a request goes to the Contact; a private one behind a public
/// source is a NAT's inside, and the path stays.
#[test]
fn requests_go_to_the_contact_unless_it_lies_behind_a_nat() {
    let cases = [
        ("<sip:ann@203.0.113.5:5070>", "203.0.113.5:5070"),
        ("<sip:ann@10.1.2.3:5070>", CARRIER),
        ("<sip:ann@pbx.example>", CARRIER),
        ("<sip:ann@0.0.0.0>", CARRIER),
    ];
    for (contact, target) in cases {
        let mut solo = Solo::new();
        let leg = answered_by(&mut solo, &[(Name::Contact, contact)]);
        assert_eq!(bye_of(&mut solo, leg).0, udp(target), "{contact}");
    }
}

/// RFC 3261 §12.2: a re-INVITE of theirs moves the target of what we send next.
#[test]
fn a_target_refresh_moves_the_next_request() {
    let mut solo = Solo::new();
    let (leg, tag) = solo.confirmed();
    let rest = format!("Contact: <sip:ann@203.0.113.77:5060>\n{}", with_sdp(OFFER));
    solo.receive(CARRIER, &in_dialog("INVITE", "z9hG4bK3", 2, &tag, &rest));
    let (flow, bye) = bye_of(&mut solo, leg);
    assert_eq!(bye.uri_text(), "sip:ann@203.0.113.77:5060");
    assert_eq!(flow, udp("203.0.113.77:5060"));
}

/// RFC 3261 §12.2.2: a number that does not rise is out of order.
#[test]
fn a_request_out_of_order_gets_500() {
    let mut solo = Solo::new();
    let (leg, tag) = solo.confirmed();
    solo.receive(CARRIER, &in_dialog("OPTIONS", "z9hG4bK3", 7, &tag, ""));
    solo.receive(CARRIER, &in_dialog("OPTIONS", "z9hG4bK4", 6, &tag, ""));
    assert_eq!(lines(&solo.take_sent()), ["200 OPTIONS", "500 OPTIONS"]);
    solo.hang_up(leg);
    solo.assert_empty();
}

/// RFC 3261 §12.2.2: our tag alone does not lead in: Call-ID and their tag must fit too.
#[test]
fn a_request_of_another_dialog_gets_481() {
    let mut solo = Solo::new();
    let (leg, tag) = solo.confirmed();
    let bye = in_dialog("BYE", "z9hG4bK3", 2, &tag, "");
    for wrong in [
        bye.replace("call-1", "call-2"),
        bye.replace("tag=caller", "tag=other"),
        bye.replace(&tag, &format!("{tag}0")),
        bye.replace(&tag, "zzz"),
    ] {
        solo.receive(CARRIER, &wrong);
        assert_eq!(lines(&solo.take_sent()), ["481 BYE"], "{wrong}");
    }
    assert_eq!(solo.endpoint.counts().legs, 1);
    solo.hang_up(leg);
    solo.assert_empty();
}

/// RFC 3326: the far side's BYE ends the leg with the cause it gives; a copy gets its 200 again.
#[test]
fn their_bye_ends_the_leg_with_its_cause() {
    let mut solo = Solo::new();
    let (leg, tag) = solo.confirmed();
    let rest = "Reason: Q.850;cause=16;text=\"Normal call clearing\"\n\n";
    let bye = in_dialog("BYE", "z9hG4bK3", 2, &tag, rest);
    solo.receive(CARRIER, &bye);
    solo.receive(CARRIER, &bye);
    let seen = solo.take();
    let events = seen.iter().filter_map(|(_, o)| match o {
        Output::Event(event) => Some(event.clone()),
        Output::Send { .. } => None,
    });
    let expected = Event::Ended {
        leg,
        by: Side::Far,
        code: None,
        q850: Some(Q850::NORMAL),
        reason: Some("Normal call clearing".to_owned()),
        retry_after: None,
        redirect: vec![],
    };
    assert_eq!(events.collect::<Vec<_>>(), [expected]);
    assert_eq!(seen.len(), 3);
    solo.assert_empty();
}

/// Our BYE and theirs cross: one end, 200 for theirs, nothing left.
#[test]
fn byes_that_cross_end_the_leg_once() {
    let mut solo = Solo::new();
    let (leg, tag) = solo.confirmed();
    solo.hang_up(leg);
    let (_, bye) = solo.last_request(Method::Bye);
    solo.receive(CARRIER, &in_dialog("BYE", "z9hG4bK3", 2, &tag, ""));
    solo.respond(&bye, 200, None, None);
    let seen = solo.take();
    let ends = seen.iter().filter(|(_, o)| matches!(o, Output::Event(_))).count();
    assert_eq!(ends, 1);
    let (_, response) = {
        solo.seen = seen;
        solo.last_response()
    };
    assert_eq!(response.status().code(), 200);
    solo.assert_empty();
}

/// A BYE that is never answered is given up with its transaction; the end was told at once.
#[test]
fn an_unanswered_bye_leaves_nothing_after_its_transaction() {
    let mut solo = Solo::new();
    let (leg, _) = solo.answered();
    solo.run_until(40_000);
    solo.hang_up(leg);
    assert!(solo.take_events().iter().any(ended(leg, Side::Us, None)));
    solo.run_until(71_999);
    assert_eq!(solo.endpoint.counts().transactions, 1);
    assert_eq!(solo.endpoint.counts().legs, 0);
    solo.run_until(72_000);
    assert_eq!(solo.endpoint.counts(), Counts::default());
    assert!(solo.endpoint.legs.is_empty());
}

/// A caller may give up with BYE where CANCEL was meant (RFC 3261 §15.1.2).
#[test]
fn a_bye_before_the_answer_ends_the_invite_with_487() {
    let mut solo = Solo::new();
    let leg = solo.incoming();
    solo.act(|endpoint, now, out| endpoint.progress(now, leg, 180, None, out));
    let tag = solo.our_tag();
    solo.take();
    solo.receive(CARRIER, &in_dialog("BYE", "z9hG4bK3", 2, &tag, ""));
    assert!(solo.endpoint.counts().legs == 0);
    assert_eq!(lines(&solo.take_sent()), ["200 BYE", "487 INVITE"]);
    solo.assert_empty();
}

/// I56: a key by INFO is told; an INFO of another kind is refused by its type.
#[test]
fn a_key_by_info_is_told() {
    let mut solo = Solo::new();
    let (leg, tag) = solo.confirmed();
    let relay = "Content-Type: application/dtmf-relay\n\nSignal=5\nDuration=200\n";
    solo.receive(CARRIER, &in_dialog("INFO", "z9hG4bK3", 2, &tag, relay));
    let seen = solo.take();
    assert_eq!(seen[1].1, Output::Event(Event::Dtmf { leg, digit: '5', duration_ms: 200 }));
    let other = "Content-Type: application/media_control+xml\n\n<x/>\n";
    solo.receive(CARRIER, &in_dialog("INFO", "z9hG4bK4", 3, &tag, other));
    solo.receive(CARRIER, &in_dialog("INFO", "z9hG4bK5", 4, &tag, ""));
    assert_eq!(lines(&solo.take_sent()), ["415 INFO", "200 INFO"]);
    solo.hang_up(leg);
    solo.assert_empty();
}

/// Methods without a place in a call are refused with what has one.
#[test]
fn a_method_without_a_place_in_a_call_gets_405() {
    let mut solo = Solo::new();
    let (leg, tag) = solo.confirmed();
    for (number, method) in (2..).zip(["NOTIFY", "SUBSCRIBE", "MESSAGE", "REGISTER"]) {
        let branch = format!("z9hG4bKm{number}");
        solo.receive(CARRIER, &in_dialog(method, &branch, number, &tag, ""));
        let (_, response) = solo.last_response();
        assert_eq!(response.status().code(), 405, "{method}");
    }
    solo.hang_up(leg);
    solo.assert_empty();
}

/// RFC 3261 §12.2.2 (F10): the next request follows the path their last request took.
#[test]
fn requests_follow_a_phone_that_moved() {
    let mut solo = Solo::new();
    let nat = "Contact: <sip:ann@10.0.0.7:5060>\n";
    let invite = invite_text("z9hG4bK1", 1, "", OFFER)
        .replace("Contact: <sip:15550123@192.0.2.9:5060>\n", nat);
    solo.receive(CARRIER, &invite);
    let events = solo.take_events();
    let [Event::Incoming { leg, .. }] = events[..] else { panic!("{events:?}") };
    solo.act(|endpoint, now, out| endpoint.answer(now, leg, ANSWER.into(), out));
    let tag = solo.our_tag();
    solo.receive(CARRIER, &in_dialog("ACK", "z9hG4bK2", 1, &tag, ""));
    solo.receive("192.0.2.9:40001", &in_dialog("OPTIONS", "z9hG4bK3", 2, &tag, ""));
    assert_eq!(bye_of(&mut solo, leg).0, udp("192.0.2.9:40001"));
    solo.assert_empty();
}

/// RFC 3261 §22.2: a challenged BYE is sent again with credentials.
#[test]
fn a_challenged_bye_is_sent_again() {
    let mut solo = Solo::new();
    let secret = Secret::Password("s3cret".to_owned());
    let credentials = crate::leg::Credentials { user: "trunk".to_owned(), secret };
    let leg = solo.invite_with(|invite| invite.credentials = Some(credentials));
    let (_, request) = solo.last_request(Method::Invite);
    solo.respond(&request, 200, Some("far"), Some(ANSWER));
    let (_, bye) = bye_of(&mut solo, leg);
    solo.take();
    let challenge = |writer: &mut Writer| {
        writer.header(Name::WwwAuthenticate, r#"Digest realm="c",nonce="n""#);
    };
    solo.respond_with(&bye, 401, None, None, challenge);
    let (_, again) = solo.last_request(Method::Bye);
    assert!(again.authorization().next().is_some());
    solo.take();
    solo.respond_with(&again, 401, None, None, challenge);
    assert_eq!(solo.take(), []);
    solo.assert_empty();
}

/// Streams: what answers on a new connection is remembered, and a closed one is left.
#[test]
fn a_stream_is_used_again_until_it_closes() {
    let mut solo = Solo::new();
    let asked = Flow { transport: Transport::Tcp, ..udp(CARRIER) };
    let open = Flow { connection: 42, ..asked };
    let leg = solo.invite_with(|invite| {
        let (id, user) = (PeerId(9), "1".to_owned());
        invite.to = Destination::Peer { id, user, flow: asked };
    });
    let (flow, request) = solo.last_request(Method::Invite);
    assert_eq!(flow, asked);
    assert_eq!(request.uri_text(), "sip:1@192.0.2.9:5060;transport=tcp");
    let response = Writer::response_to(&request, Status::OK, Some("far"), CARRIER.parse().unwrap())
        .finish_with("application/sdp", ANSWER.as_bytes())
        .unwrap();
    solo.act(|endpoint, now, out| endpoint.receive(now, open, response, out));
    assert_eq!(solo.last_request(Method::Ack).0, open);
    solo.act(|endpoint, now, out| endpoint.flow_closed(now, open, out));
    assert_eq!(bye_of(&mut solo, leg).0, asked);
    solo.assert_empty();
}
