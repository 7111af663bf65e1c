//! Calls of theirs: 100, ringing, 2xx until its ACK, CANCEL, refusals.

use super::*;

/// I2: 100 goes out at once, before anything is told.
#[test]
fn an_incoming_call_gets_100_at_once_and_is_told() {
    let mut solo = Solo::new();
    solo.receive(CARRIER, &invite_text("z9hG4bK1", 1, "", OFFER));
    let seen = solo.take();
    let (0, Output::Send { flow, bytes }) = &seen[0] else { panic!("{seen:?}") };
    assert_eq!((*flow, brief(bytes).as_str()), (udp(CARRIER), "100 INVITE"));
    let (0, Output::Event(Event::Incoming { origin, called, calling, display, sdp, .. })) =
        &seen[1]
    else {
        panic!("{seen:?}")
    };
    assert_eq!(*origin, Origin::Peer(PeerId(9)));
    assert_eq!((called.as_str(), calling.as_deref()), ("4000", Some("15550123")));
    assert_eq!(display.as_deref(), Some("Ann"));
    assert_eq!(sdp.as_deref(), Some(OFFER.as_bytes()));
}

/// RFC 3325: what a trunk asserts counts before From; what it withholds is not told.
#[test]
fn the_caller_is_whom_the_trunk_asserts_unless_withheld() {
    let cases = [
        ("P-Asserted-Identity: \"Bo\" <sip:+15550177@x>\n", Some("+15550177")),
        ("P-Asserted-Identity: <tel:+15550178>\n", Some("+15550178")),
        ("P-Asserted-Identity: <sip:+15550177@x>\nPrivacy: id\n", None),
        ("", Some("15550123")),
    ];
    for (headers, expected) in cases {
        let mut solo = Solo::new();
        solo.receive(CARRIER, &invite_text("z9hG4bK1", 1, headers, OFFER));
        let events = solo.take_events();
        let [Event::Incoming { calling, .. }] = &events[..] else { panic!("{events:?}") };
        assert_eq!(calling.as_deref(), expected, "{headers}");
    }
}

/// I9, RFC 3261 §13.3.1.1: ringing is repeated every minute; a retransmitted INVITE gets it again.
#[test]
fn ringing_is_repeated_every_minute() {
    let mut solo = Solo::new();
    let leg = solo.incoming();
    solo.act(|endpoint, now, out| endpoint.progress(now, leg, 180, None, out));
    solo.run_until(500);
    solo.receive(CARRIER, &invite_text("z9hG4bK1", 1, "", OFFER));
    solo.run_until(130_000);
    let sent = solo.take_sent();
    let expected = [0, 500, 60_000, 120_000].map(|ms| (ms, "180 INVITE".to_owned()));
    assert_eq!(sent, expected);
}

/// I4, RFC 3261 §13.3.1.4: a 2xx is repeated from T1 up to T2 until 64·T1; then BYE.
#[test]
fn an_answer_nobody_acknowledges_is_repeated_and_hung_up() {
    let mut solo = Solo::new();
    let leg = solo.incoming();
    solo.act(|endpoint, now, out| endpoint.answer(now, leg, ANSWER.into(), out));
    solo.run_until(31_999);
    let times: Vec<_> = solo.take_sent().into_iter().map(|(ms, _)| ms).collect();
    assert_eq!(
        times,
        [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]
    );
    solo.run_until(32_000);
    let (_, bye) = solo.last_request(Method::Bye);
    assert_eq!(bye.to().unwrap().tag(), Some("caller"));
    let events = solo.take_events();
    assert!(events.iter().any(ended(leg, Side::Timeout, None)), "{events:?}");
    solo.assert_empty();
}

#[test]
fn an_acknowledged_answer_is_confirmed_and_not_repeated() {
    let mut solo = Solo::new();
    let (leg, _) = solo.confirmed();
    solo.run_until(60_000);
    assert_eq!(solo.take(), []);
    assert_eq!(solo.endpoint.counts(), Counts { legs: 1, dialogs: 1, ..Counts::default() });
    solo.hang_up(leg);
    solo.assert_empty();
}

/// I30: an INVITE without an offer gets ours, and its ACK brings the answer.
#[test]
fn a_call_without_an_offer_gets_ours_and_answers_in_its_ack() {
    let mut solo = Solo::new();
    solo.receive(CARRIER, &invite_text("z9hG4bK1", 1, "", ""));
    let events = solo.take_events();
    let [Event::Incoming { leg, sdp: None, .. }] = events[..] else { panic!("{events:?}") };
    solo.act(|endpoint, now, out| endpoint.answer(now, leg, OFFER.into(), out));
    let tag = solo.our_tag();
    solo.receive(CARRIER, &in_dialog("ACK", "z9hG4bK2", 1, &tag, &with_sdp(ANSWER)));
    let sdp = Some(Bytes::from_static(ANSWER.as_bytes()));
    assert_eq!(solo.take_events(), [Event::Confirmed { leg, sdp }]);
    solo.hang_up(leg);
    solo.assert_empty();
}

/// RFC 3261 §15: the callee's BYE waits for the ACK; its end is told at once.
#[test]
fn a_hang_up_before_the_ack_holds_its_bye() {
    let mut solo = Solo::new();
    let leg = solo.incoming();
    solo.act(|endpoint, now, out| endpoint.answer(now, leg, ANSWER.into(), out));
    let tag = solo.our_tag();
    solo.take();
    solo.hang_up(leg);
    let seen = solo.take();
    let [(0, Output::Event(end))] = &seen[..] else { panic!("{seen:?}") };
    assert!(ended(leg, Side::Us, None)(end));
    assert_eq!(solo.endpoint.counts().legs, 0);
    solo.run_until(500);
    assert_eq!(lines(&solo.take_sent()), ["200 INVITE"]);
    solo.receive(CARRIER, &in_dialog("ACK", "z9hG4bK2", 1, &tag, ""));
    assert_eq!(lines(&solo.take_sent()), ["BYE"]);
    solo.assert_empty();
}

/// RFC 3261 §9.2: a CANCEL in time gets its 200 and the INVITE 487, with one To tag.
#[test]
fn a_cancelled_call_ends_with_487() {
    let mut solo = Solo::new();
    let leg = solo.incoming();
    solo.act(|endpoint, now, out| endpoint.progress(now, leg, 180, None, out));
    let tag = solo.our_tag();
    solo.take();
    let cancel = in_dialog("CANCEL", "z9hG4bK1", 1, "", "Reason: Q.850;cause=26\n\n")
        .replace(";tag=\n", "\n");
    solo.receive(CARRIER, &cancel);
    assert_eq!(solo.our_tag(), tag);
    let seen = solo.take();
    let Output::Event(end) = &seen.last().unwrap().1 else { panic!("{seen:?}") };
    assert!(ended(leg, Side::Far, Some(487))(end));
    assert!(matches!(end, Event::Ended { q850: Some(Q850::ELSEWHERE), .. }));
    let Output::Send { bytes, .. } = &seen[0].1 else { panic!("{seen:?}") };
    assert_eq!(brief(bytes), "200 CANCEL");
    let Output::Send { bytes, .. } = &seen[1].1 else { panic!("{seen:?}") };
    assert_eq!(brief(bytes), "487 INVITE");
    solo.receive(CARRIER, &in_dialog("ACK", "z9hG4bK1", 1, &tag, ""));
    solo.assert_empty();
}

/// RFC 3261 §9.2: a CANCEL that comes too late changes nothing, and its answer has the tag of the
/// INVITE's; one out of nowhere gets 481.
#[test]
fn a_cancel_too_late_or_out_of_nowhere_changes_nothing() {
    let mut solo = Solo::new();
    let (leg, _) = solo.confirmed();
    let cancel = |branch: &str| in_dialog("CANCEL", branch, 1, "", "").replace(";tag=\n", "\n");
    solo.receive(CARRIER, &cancel("z9hG4bK1"));
    solo.receive(CARRIER, &cancel("z9hG4bK77"));
    let tag = solo.last_response().1.to().unwrap().tag().unwrap().to_owned();
    assert_ne!(LegId::of_tag(&tag), Some(leg));
    let seen = solo.take_sent();
    assert_eq!(lines(&seen), ["200 CANCEL", "481 CANCEL"]);
    solo.receive(CARRIER, &cancel("z9hG4bK1"));
    let tag = solo.last_response().1.to().unwrap().tag().unwrap().to_owned();
    assert_eq!(LegId::of_tag(&tag), Some(leg));
    assert_eq!(solo.endpoint.counts().legs, 1);
    solo.hang_up(leg);
    solo.assert_empty();
}

/// RFC 3261 §17.2.1: a refusal is repeated until its ACK, and the leg is gone meanwhile.
#[test]
fn a_refusal_ends_the_leg_and_is_repeated_until_its_ack() {
    let mut solo = Solo::new();
    let leg = solo.incoming();
    let refusal = Refusal {
        phrase: Some("Gone fishing".to_owned()),
        q850: Some(Q850::BUSY),
        retry_after: Some(Duration::from_secs(9)),
        ..Refusal::from(486)
    };
    solo.act(|endpoint, now, out| endpoint.reject(now, leg, refusal, out));
    let (_, response) = solo.last_response();
    assert_eq!((response.status().code(), response.reason()), (486, "Gone fishing"));
    assert_eq!(response.header(Name::RetryAfter), Some("9"));
    assert_eq!(response.header(Name::Reason), Some("Q.850;cause=17"));
    let tag = solo.our_tag();
    solo.run_until(1_000);
    let seen = solo.take();
    assert!(seen.iter().any(|(ms, o)| {
        *ms == 0 && matches!(o, Output::Event(e) if ended(leg, Side::Us, Some(486))(e))
    }));
    let resent = seen.iter().filter(|(_, o)| matches!(o, Output::Send { .. })).count();
    assert_eq!(resent, 2);
    solo.receive(CARRIER, &in_dialog("ACK", "z9hG4bK1", 1, &tag, ""));
    solo.run_until(5_999);
    assert_eq!(solo.take(), []);
    assert_eq!(solo.endpoint.counts().transactions, 1);
    solo.run_until(6_000);
    assert_eq!(solo.endpoint.counts(), Counts::default());
}

/// Hanging up before answering refuses, with the code that says what the cause says.
#[test]
fn a_hang_up_before_the_answer_is_a_refusal() {
    for (cause, code) in [(None, 480), (Some(Q850::BUSY), 486), (Some(Q850::REJECTED), 603)] {
        let mut solo = Solo::new();
        let leg = solo.incoming();
        solo.act(|endpoint, now, out| endpoint.hang_up(now, leg, cause, out));
        let events = solo.take_events();
        assert!(events.iter().any(ended(leg, Side::Us, Some(code))), "{events:?}");
        solo.assert_empty();
    }
}

/// RFC 3261 §8.2.2.2: one INVITE that came by two ways is answered once.
#[test]
fn a_merged_invite_gets_482() {
    let mut solo = Solo::new();
    let leg = solo.incoming();
    solo.receive(CARRIER, &invite_text("z9hG4bKother", 1, "", OFFER));
    assert_eq!(lines(&solo.take_sent()), ["482 INVITE"]);
    solo.hang_up(leg);
    solo.assert_empty();
}

/// I1, I7 and RFC 3261 §8.2: what cannot be served is refused by name and opens nothing.
#[test]
fn what_cannot_be_served_is_refused_by_name() {
    let cases = [
        (invite_text("z9hG4bK1", 1, "Require: precondition, timer\n", OFFER), 420),
        (invite_text("z9hG4bK1", 1, "", OFFER).replace("Forwards: 70", "Forwards: 0"), 483),
        (invite_text("z9hG4bK1", 1, "", OFFER).replace("application/sdp", "text/plain"), 415),
        (invite_text("z9hG4bK1", 1, "", "").replace("INVITE", "MESSAGE"), 405),
        (invite_text("z9hG4bK1", 1, "", "").replace("INVITE", "SUBSCRIBE"), 401),
        (invite_text("z9hG4bK1", 1, "", "").replace("INVITE", "CONJURE"), 405),
        (invite_text("z9hG4bK1", 1, "", "").replace("INVITE", "BYE"), 481),
        (in_dialog("INFO", "z9hG4bK1", 1, "1.0000000000000000", ""), 481),
        (invite_text("z9hG4bK1", 1, "", "").replace("INVITE", "OPTIONS"), 200),
        (invite_text("z9hG4bK1", 1, "", "").replace("1 INVITE", "1 BYE"), 400),
    ];
    for (text, code) in cases {
        let mut solo = Solo::new();
        solo.receive(CARRIER, &text);
        let (_, response) = solo.last_response();
        assert_eq!(response.status().code(), code, "{text}");
        match code {
            420 => assert_eq!(response.header(Name::Unsupported), Some("precondition")),
            405 => assert!(response.lists(Name::Allow, "INVITE")),
            415 => assert_eq!(response.header(Name::Accept), Some("application/sdp")),
            _ => {}
        }
        assert_eq!(solo.take_events(), []);
        assert_eq!(solo.endpoint.counts(), Counts::default());
    }
}

/// At its bound the endpoint takes no new call, and tells a trunk nothing that would stop it.
#[test]
fn a_call_beyond_the_bounds_gets_503() {
    let mut solo = Solo::new();
    solo.endpoint.config.bounds.legs = 1;
    let leg = solo.incoming();
    let second = invite_text("z9hG4bK9", 1, "", OFFER).replace("call-1", "call-2");
    solo.receive(CARRIER, &second);
    let (_, response) = solo.last_response();
    assert_eq!(response.status().code(), 503);
    assert_eq!(response.header(Name::RetryAfter), None);
    solo.hang_up(leg);
    solo.assert_empty();
}

/// RFC 3261 §18.2.2, RFC 3581: without `rport` an answer goes to the port in Via; with it, or
/// behind a NAT, to where the request came from.
#[test]
fn answers_go_where_the_via_and_the_source_say() {
    let cases = [
        ("192.0.2.9:5099", "192.0.2.9:5060", "192.0.2.9:5060"),
        ("192.0.2.9:5099", "192.0.2.9:5060;rport", "192.0.2.9:5099"),
        ("192.0.2.9:5099", "10.0.0.4:5060", "192.0.2.9:5099"),
        ("192.0.2.9:5099", "pbx.example", "192.0.2.9:5099"),
    ];
    for (source, via, target) in cases {
        let mut solo = Solo::new();
        let text = invite_text("z9hG4bK1", 1, "", OFFER);
        solo.receive(source, &text.replace("UDP 192.0.2.9:5060", &format!("UDP {via}")));
        let (flow, response) = solo.last_response();
        assert_eq!(flow, udp(target), "{via}");
        let via = response.top_via().unwrap();
        assert!(via.params.contains("received") || target.starts_with("192.0.2.9:5060"));
    }
}
