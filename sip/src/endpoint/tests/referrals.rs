//! REFER and Replaces against scripted far sides (INTEROP 41–44).

use super::*;
use crate::leg::Referral;

const TO: &str = "Refer-To: <sip:4001@192.0.2.1>\n";

fn refer(solo: &mut Solo, tag: &str, cseq: u32, headers: &str) {
    let branch = format!("z9hG4bKr{cseq}");
    solo.receive(CARRIER, &in_dialog("REFER", &branch, cseq, tag, &format!("{headers}\n")));
}

/// The NOTIFYs that went out: Subscription-State and body.
fn notified(solo: &Solo) -> Vec<(String, String)> {
    let seen = solo.seen.iter().filter_map(|(_, output)| match output {
        Output::Send { bytes, .. } => match Message::parse(bytes.clone()).unwrap() {
            Message::Request(request) if request.method() == Method::Notify => Some(request),
            _ => None,
        },
        Output::Event(_) => None,
    });
    seen.map(|notify| {
        let state = notify.header(Name::SubscriptionState).unwrap().to_owned();
        (state, String::from_utf8(notify.body().to_vec()).unwrap())
    })
    .collect()
}

/// RFC 3515 §2.4: 202, what is tried, and how it ended, in one dialog.
#[test]
fn a_referral_that_is_taken_is_told_to_its_end() {
    let mut solo = Solo::new();
    let (leg, tag) = solo.confirmed();
    refer(&mut solo, &tag, 2, &format!("{TO}Referred-By: <sip:15550123@192.0.2.9>\n"));
    let referral = Referral {
        target: "sip:4001@192.0.2.1".to_owned(),
        user: Some("4001".to_owned()),
        replaces: None,
        by: Some("<sip:15550123@192.0.2.9>".to_owned()),
    };
    assert_eq!(solo.take_events(), [Event::Referred { leg, referral }]);
    solo.act(|endpoint, now, out| endpoint.take_referral(now, leg, out));
    assert_eq!(solo.last_response().1.status().code(), 202);
    let (_, notify) = solo.last_request(Method::Notify);
    assert_eq!(notify.header(Name::Event), Some("refer;id=2"));
    assert!(notify.contacts().next().is_some(), "RFC 6665 §8.1.2 wants a Contact");
    solo.act(|endpoint, now, out| endpoint.tell_referral(now, leg, 180, out));
    solo.act(|endpoint, now, out| endpoint.tell_referral(now, leg, 200, out));
    solo.act(|endpoint, now, out| endpoint.tell_referral(now, leg, 200, out));
    let expected = [
        ("active;expires=180", "SIP/2.0 100 Trying\r\n"),
        ("active;expires=180", "SIP/2.0 180 Ringing\r\n"),
        ("terminated;reason=noresource", "SIP/2.0 200 OK\r\n"),
    ];
    let told = notified(&solo);
    let told: Vec<_> = told.iter().map(|(state, body)| (state.as_str(), body.as_str())).collect();
    assert_eq!(told, expected);
}

/// RFC 4488: whoever wants to hear nothing hears nothing.
#[test]
fn a_sender_who_wants_no_subscription_gets_none() {
    let mut solo = Solo::new();
    let (leg, tag) = solo.confirmed();
    refer(&mut solo, &tag, 2, &format!("Require: norefersub\nRefer-Sub: false\n{TO}"));
    solo.act(|endpoint, now, out| endpoint.take_referral(now, leg, out));
    let (_, response) = solo.last_response();
    assert_eq!(response.status().code(), 202);
    assert_eq!(response.header(Name::ReferSub), Some("false"));
    solo.act(|endpoint, now, out| endpoint.tell_referral(now, leg, 200, out));
    assert_eq!(notified(&solo), []);
}

/// FAULTS F24: one at a time, and an owner who says nothing has refused.
#[test]
fn a_second_referral_waits_and_a_forgotten_one_is_refused() {
    let mut solo = Solo::new();
    let (_, tag) = solo.confirmed();
    refer(&mut solo, &tag, 2, TO);
    refer(&mut solo, &tag, 3, TO);
    assert_eq!(solo.last_response().1.status().code(), 491);
    solo.take();
    solo.run_until(20_000);
    let sent = solo.take_sent();
    assert_eq!(lines(&sent), ["480 REFER"]);
    refer(&mut solo, &tag, 4, "");
    assert_eq!(solo.last_response().1.status().code(), 400, "without Refer-To");
    refer(&mut solo, "1.0000000000000000", 5, TO);
    assert_eq!(solo.last_response().1.status().code(), 481);
}

/// The far side hangs up while its REFER is in hand: it is answered, and nothing is left.
#[test]
fn a_bye_ends_a_referral_too() {
    let mut solo = Solo::new();
    let (leg, tag) = solo.confirmed();
    refer(&mut solo, &tag, 2, TO);
    solo.take();
    solo.receive(CARRIER, &in_dialog("BYE", "z9hG4bKb", 3, &tag, ""));
    let sent = solo.take();
    let codes: Vec<_> = sent
        .iter()
        .filter_map(|(_, output)| match output {
            Output::Send { bytes, .. } => Some(brief(bytes)),
            Output::Event(_) => None,
        })
        .collect();
    assert_eq!(codes, ["200 BYE", "481 REFER"]);
    solo.act(|endpoint, now, out| endpoint.take_referral(now, leg, out));
    assert_eq!(solo.take(), []);
    solo.assert_empty();
}

fn replacing(solo: &mut Solo, replaces: &str) {
    let headers = format!("Require: replaces\nReplaces: {replaces}\n");
    let text =
        invite_text("z9hG4bKn", 1, &headers, OFFER).replace("Call-ID: call-1", "Call-ID: call-2");
    solo.receive(CARRIER, &text.replace("9>;tag=caller", "9>;tag=other"));
}

/// RFC 3891 §3: the dialog by all three of its names, and no other.
#[test]
fn an_invite_names_the_leg_that_it_takes_the_place_of() {
    let mut solo = Solo::new();
    let (leg, tag) = solo.confirmed();
    replacing(&mut solo, &format!("call-1;to-tag={tag};from-tag=caller"));
    let replaced = solo.take_events().into_iter().find_map(|event| match event {
        Event::Incoming { replaces, .. } => Some(replaces),
        _ => None,
    });
    assert_eq!(replaced, Some(Some(leg)));
}

#[test]
fn an_invite_that_replaces_nothing_of_ours_is_refused_and_opens_nothing() {
    let mut solo = Solo::new();
    let (leg, tag) = solo.confirmed();
    for (replaces, code) in [
        (format!("call-9;to-tag={tag};from-tag=caller"), 481),
        (format!("call-1;to-tag={tag};from-tag=wrong"), 481),
        ("call-1;to-tag=1.0000000000000000;from-tag=caller".to_owned(), 481),
        (format!("call-1;to-tag={tag};from-tag=caller;early-only"), 486),
        ("call-1;to-tag=1".to_owned(), 400),
    ] {
        replacing(&mut solo, &replaces);
        assert_eq!(solo.last_response().1.status().code(), code, "{replaces}");
        assert!(solo.take_events().is_empty(), "{replaces}");
    }
    solo.hang_up(leg);
    replacing(&mut solo, &format!("call-1;to-tag={tag};from-tag=caller"));
    assert_eq!(solo.last_response().1.status().code(), 603, "it has been hung up");
}

/// RFC 5589 §7: the dialog of an attended transfer, escaped within Refer-To.
#[test]
fn a_referral_can_name_another_leg_of_ours() {
    let mut solo = Solo::new();
    let (leg, tag) = solo.confirmed();
    let named = format!("call-1%3Bto-tag%3D{tag}%3Bfrom-tag%3Dcaller");
    refer(&mut solo, &tag, 2, &format!("Refer-To: <sip:4001@192.0.2.1?Replaces={named}>\n"));
    let events = solo.take_events();
    let [Event::Referred { referral, .. }] = &events[..] else { panic!("{events:?}") };
    assert_eq!(referral.replaces, Some(leg));
    assert_eq!(referral.target, "sip:4001@192.0.2.1");
    solo.act(|endpoint, now, out| endpoint.refuse_referral(now, leg, 403, out));
    assert_eq!(solo.last_response().1.status().code(), 403);
}
