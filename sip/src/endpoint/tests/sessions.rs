//! Session timers (RFC 4028) and the question whether somebody is there (I38, I39).

use super::*;

const TAKES_UPDATE: &str = "INVITE, ACK, BYE, CANCEL, UPDATE";

/// A call of ours whose 2xx settles a session timer.
fn timed(solo: &mut Solo, session: &str, allow: &str) -> LegId {
    let leg = solo.invite();
    let (_, request) = solo.last_request(Method::Invite);
    solo.respond_with(&request, 200, Some("far"), Some(ANSWER), |writer| {
        writer.header(Name::SessionExpires, session).header(Name::Allow, allow);
    });
    solo.take();
    leg
}

#[test]
fn our_invite_proposes_half_an_hour() {
    let mut solo = Solo::new();
    solo.invite();
    let (_, invite) = solo.last_request(Method::Invite);
    assert!(invite.lists(Name::Supported, "timer"));
    assert_eq!(invite.header(Name::SessionExpires), Some("1800"));
    assert_eq!(invite.min_se(), Ok(Some(90)));
}

/// RFC 4028 §7.4: the refresher sends UPDATE at half time, and again after each success.
#[test]
fn we_refresh_at_half_time_by_update() {
    let mut solo = Solo::new();
    let leg = timed(&mut solo, "200;refresher=uac", TAKES_UPDATE);
    for round in 1..=3 {
        solo.run_until(100_000 * round);
        let (_, update) = solo.last_request(Method::Update);
        assert_eq!(update.header(Name::SessionExpires), Some("200;refresher=uac"));
        assert!(update.body().is_empty());
        assert_eq!(solo.take_sent(), [(u128::from(100_000 * round), "UPDATE".to_owned())]);
        solo.respond_with(&update, 200, None, None, |writer| {
            writer.header(Name::SessionExpires, "200;refresher=uac");
            writer.header(Name::Allow, TAKES_UPDATE);
        });
    }
    solo.hang_up(leg);
    solo.assert_empty();
}

/// RFC 4028 §7.4: a far side without UPDATE is refreshed by a re-INVITE with the same description.
#[test]
fn we_refresh_by_reinvite_where_update_is_unknown() {
    let mut solo = Solo::new();
    let leg = timed(&mut solo, "200", "INVITE, ACK, BYE, CANCEL");
    solo.run_until(100_000);
    let (_, invite) = solo.last_request(Method::Invite);
    assert_eq!(invite.body(), OFFER.as_bytes());
    assert_eq!(invite.header(Name::SessionExpires), Some("200;refresher=uac"));
    solo.respond_with(&invite, 200, None, Some(ANSWER), |writer| {
        writer.header(Name::SessionExpires, "200;refresher=uac");
    });
    solo.take();
    solo.run_until(199_999);
    assert_eq!(solo.take(), []);
    solo.run_until(200_000);
    assert_eq!(lines(&solo.take_sent()), ["INVITE"]);
    solo.hang_up(leg);
    solo.assert_empty();
}

/// RFC 4028 §10: a refresh nobody answers ends the call by BYE.
#[test]
fn a_refresh_nobody_answers_ends_the_call() {
    let mut solo = Solo::new();
    let leg = timed(&mut solo, "200;refresher=uac", TAKES_UPDATE);
    solo.run_until(131_999);
    solo.take();
    solo.run_until(132_000);
    solo.last_request(Method::Bye);
    assert!(solo.take_events().iter().any(ended(leg, Side::Timeout, None)));
    solo.assert_empty();
}

/// A refusal is tried once more while there is time; a refused method is not.
#[test]
fn a_refused_refresh_is_tried_again_by_other_means() {
    let mut solo = Solo::new();
    let leg = timed(&mut solo, "200;refresher=uac", TAKES_UPDATE);
    solo.run_until(100_000);
    let (_, update) = solo.last_request(Method::Update);
    solo.respond(&update, 491, None, None);
    solo.take();
    solo.run_until(104_000);
    let (_, update) = solo.last_request(Method::Update);
    solo.respond(&update, 405, None, None);
    solo.take();
    solo.run_until(108_000);
    assert_eq!(lines(&solo.take_sent())[0], "INVITE");
    solo.hang_up(leg);
    solo.assert_empty();
}

/// RFC 4028 §10: when they should refresh and do not, we hang up 32 s (a third, if less) early.
#[test]
fn a_session_they_do_not_refresh_is_ended_before_its_time() {
    for (session, end_ms) in [("1800;refresher=uas", 1_768_000), ("90;refresher=uas", 60_000)] {
        let mut solo = Solo::new();
        let leg = timed(&mut solo, session, TAKES_UPDATE);
        solo.run_until(end_ms - 1);
        assert_eq!(solo.take(), []);
        solo.run_until(end_ms);
        solo.last_request(Method::Bye);
        assert!(solo.take_events().iter().any(ended(leg, Side::Timeout, None)));
        solo.assert_empty();
    }
}

/// RFC 4028 §7.3: a 422 is met with the longer timer it asks for.
#[test]
fn too_short_a_proposal_is_made_longer() {
    let mut solo = Solo::new();
    let leg = solo.invite();
    let (_, first) = solo.last_request(Method::Invite);
    solo.respond_with(&first, 422, Some("x"), None, |writer| {
        writer.header(Name::MinSe, 3_600);
    });
    let (_, second) = solo.last_request(Method::Invite);
    assert_eq!(second.header(Name::SessionExpires), Some("3600"));
    assert_eq!(second.min_se(), Ok(Some(3_600)));
    solo.take();
    solo.respond_with(&second, 422, Some("x"), None, |writer| {
        writer.header(Name::MinSe, 3_600);
    });
    assert!(solo.take_events().iter().any(ended(leg, Side::Far, Some(422))));
    solo.assert_empty();
}

/// RFC 4028 §9: what their INVITE wishes is settled in our 200; who cannot refresh need not.
#[test]
fn their_wish_is_settled_in_our_answer() {
    let cases = [
        ("Supported: timer\nSession-Expires: 600\n", Some("600;refresher=uac"), true),
        (
            "Supported: timer\nSession-Expires: 600;refresher=uas\n",
            Some("600;refresher=uas"),
            false,
        ),
        ("Session-Expires: 600;refresher=uac\n", Some("600;refresher=uas"), false),
        ("Require: timer\nSupported: timer\nx: 90\n", Some("90;refresher=uac"), true),
        ("Supported: timer\n", None, false),
    ];
    for (headers, session, required) in cases {
        let mut solo = Solo::new();
        solo.receive(CARRIER, &invite_text("z9hG4bK1", 1, headers, OFFER));
        let events = solo.take_events();
        let [Event::Incoming { leg, .. }] = events[..] else { panic!("{headers}: {events:?}") };
        solo.act(|endpoint, now, out| endpoint.answer(now, leg, ANSWER.into(), out));
        let (_, response) = solo.last_response();
        assert_eq!(response.header(Name::SessionExpires), session, "{headers}");
        assert_eq!(response.lists(Name::Require, "timer"), required, "{headers}");
    }
    let mut solo = Solo::new();
    let short = "Supported: timer\nSession-Expires: 89\n";
    solo.receive(CARRIER, &invite_text("z9hG4bK1", 1, short, OFFER));
    let (_, response) = solo.last_response();
    assert_eq!(response.status().code(), 422);
    assert_eq!(response.min_se(), Ok(Some(90)));
    assert_eq!(solo.endpoint.counts(), Counts::default());
}

/// Their refresh, by UPDATE or re-INVITE, starts the time anew.
#[test]
fn their_refresh_starts_the_time_anew() {
    let mut solo = Solo::new();
    let headers = "Supported: timer\nSession-Expires: 90;refresher=uac\n";
    solo.receive(CARRIER, &invite_text("z9hG4bK1", 1, headers, OFFER));
    let events = solo.take_events();
    let [Event::Incoming { leg, .. }] = events[..] else { panic!("{events:?}") };
    solo.act(|endpoint, now, out| endpoint.answer(now, leg, ANSWER.into(), out));
    let tag = solo.our_tag();
    solo.receive(CARRIER, &in_dialog("ACK", "z9hG4bK2", 1, &tag, ""));
    solo.run_until(50_000);
    solo.take();
    solo.receive(CARRIER, &in_dialog("UPDATE", "z9hG4bK3", 2, &tag, &format!("{headers}\n")));
    let (_, response) = solo.last_response();
    assert_eq!(response.header(Name::SessionExpires), Some("90;refresher=uac"));
    solo.take();
    solo.run_until(109_999);
    assert_eq!(solo.take(), []);
    solo.run_until(110_000);
    assert!(solo.take_events().iter().any(ended(leg, Side::Timeout, None)));
    solo.assert_empty();
}

/// I39: any answer but 408 and 481 means alive; no answer in time ends the call.
#[test]
fn a_far_side_that_answers_is_alive_and_one_that_does_not_is_hung_up() {
    let patience = Duration::from_secs(4);
    for (code, alive) in [(Some(200), true), (Some(405), true), (Some(481), false), (None, false)] {
        let mut solo = Solo::new();
        let (leg, _) = solo.answered();
        for _ in 0..2 {
            solo.act(|endpoint, now, out| endpoint.probe(now, leg, patience, out));
        }
        let (_, options) = solo.last_request(Method::Options);
        assert_eq!(lines(&solo.take_sent()), ["OPTIONS"], "asked once at a time");
        if let Some(code) = code {
            solo.respond(&options, code, None, None);
        }
        solo.run_until(4_000);
        assert_eq!(solo.endpoint.counts().legs, usize::from(alive), "{code:?}");
        if !alive {
            solo.last_request(Method::Bye);
            assert!(solo.take_events().iter().any(ended(leg, Side::Timeout, None)));
        }
        solo.hang_up(leg);
        solo.assert_empty();
    }
}
