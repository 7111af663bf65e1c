//! What a trunk wants beside a plain call: its own way of writing numbers, OPTIONS, redirection.

use super::*;
use crate::client::PingId;
use crate::leg::UriForm;

fn carrier(user: &str, host: Option<&str>, form: UriForm) -> Destination {
    let (user, host) = (user.to_owned(), host.map(str::to_owned));
    Destination::Carrier { id: PeerId(9), user, host, form, flow: udp(CARRIER) }
}

/// INTEROP 21 and 47: host and form of the Request-URI, To and From as the trunk wants them; the
/// packet goes to the address all the same.
#[test]
fn a_carrier_is_called_by_the_host_and_in_the_form_it_wants() {
    let cases = [
        (UriForm::Sip, "sip:+15550100@carrier.example", "sip:+15550199@pbx"),
        (
            UriForm::Phone,
            "sip:+15550100@carrier.example;user=phone",
            "sip:+15550199@pbx;user=phone",
        ),
        (UriForm::Tel, "tel:+15550100", "tel:+15550199"),
    ];
    for (form, uri, from) in cases {
        let mut solo = Solo::new();
        let leg = solo.invite_with(|invite| {
            invite.to = carrier("+15550100", Some("carrier.example"), form);
            invite.from.user = "+15550199".to_owned();
        });
        let (flow, invite) = solo.last_request(Method::Invite);
        assert_eq!(flow, udp(CARRIER));
        assert_eq!(invite.uri_text(), uri);
        assert_eq!(invite.to().unwrap().uri.as_str(), uri);
        assert_eq!(invite.from().unwrap().uri.as_str(), from);
        solo.respond(&invite, 486, Some("x"), None);
        assert!(ended(leg, Side::Far, Some(486))(&solo.take_events()[0]));
        solo.assert_empty();
    }
}

/// RFC 3966 §5.1.4: what is no global number would need a phone-context, and stays `sip:`.
#[test]
fn a_local_number_never_becomes_a_tel_uri() {
    let mut solo = Solo::new();
    solo.invite_with(|invite| invite.to = carrier("1002", None, UriForm::Tel));
    let (_, invite) = solo.last_request(Method::Invite);
    assert_eq!(invite.uri_text(), "sip:1002@192.0.2.9:5060");
}

/// A host that cannot stand in a URI is an error by name, and nothing exists.
#[test]
fn a_carriers_host_that_is_none_is_refused() {
    let mut solo = Solo::new();
    let mut invite = to_carrier();
    invite.to = carrier("1", Some("a b"), UriForm::Sip);
    let refused = solo.act(|endpoint, now, out| endpoint.invite(now, invite, out));
    assert!(matches!(refused, Err(InviteError::Malformed { field: "to", .. })), "{refused:?}");
    assert_eq!(solo.endpoint.counts(), Counts::default());
}

fn ping(solo: &mut Solo) -> PingId {
    let patience = Duration::from_secs(4);
    let host = Some("carrier.example");
    solo.act(|endpoint, now, out| endpoint.ping(now, udp(CARRIER), host, patience, out))
}

/// INTEROP 25: the answer is told with its code, whatever it is.
#[test]
fn an_answer_to_options_is_told_once() {
    for code in [200, 404, 503] {
        let mut solo = Solo::new();
        let ping = ping(&mut solo);
        let (_, options) = solo.last_request(Method::Options);
        assert_eq!(options.uri_text(), "sip:carrier.example");
        solo.take();
        solo.respond(&options, 100, None, None);
        solo.respond(&options, code, Some("x"), None);
        solo.respond(&options, code, Some("x"), None);
        assert_eq!(solo.take_events(), [Event::Pong { ping, code: Some(code) }]);
        solo.assert_empty();
    }
}

/// Within the patience asked for, not within timer F.
#[test]
fn options_that_nothing_answers_are_told_in_time() {
    let mut solo = Solo::new();
    let ping = ping(&mut solo);
    solo.run_until(3_999);
    assert_eq!(solo.take_events(), []);
    solo.run_until(4_000);
    assert_eq!(solo.take_events(), [Event::Pong { ping, code: None }]);
    solo.assert_empty();
}

#[test]
fn options_on_a_path_that_broke_are_told_at_once() {
    let mut solo = Solo::new();
    let ping = ping(&mut solo);
    solo.act(|endpoint, now, out| endpoint.transport_failed(now, udp(CARRIER), out));
    assert_eq!(solo.take_events(), [Event::Pong { ping, code: None }]);
}

/// INTEROP 46 and FAULTS F24: contacts in order of q, five at the most; who is called next is for
/// the owner to decide.
#[test]
fn a_redirection_is_told_with_its_contacts_best_first_and_bounded() {
    let mut solo = Solo::new();
    solo.invite();
    let (_, invite) = solo.last_request(Method::Invite);
    solo.respond_with(&invite, 302, Some("x"), None, |writer| {
        writer.header(Name::Contact, "<sip:b@192.0.2.20>;q=0.4, <sip:a@192.0.2.21>;q=0.9");
        for n in 0..6 {
            writer.header(Name::Contact, format_args!("<sip:{n}@192.0.2.30>;q=0.1"));
        }
    });
    let events = solo.take_events();
    let Some(Event::Ended { code: Some(302), redirect, .. }) = events.last() else {
        panic!("{events:?}")
    };
    let expected = [
        "sip:a@192.0.2.21",
        "sip:b@192.0.2.20",
        "sip:0@192.0.2.30",
        "sip:1@192.0.2.30",
        "sip:2@192.0.2.30",
    ];
    assert_eq!(redirect, &expected);
    solo.assert_empty();
}

/// F7: silence ends the try after the time a trunk allows, not after timer B.
#[test]
fn a_silent_carrier_is_given_up_after_its_own_time() {
    let mut solo = Solo::new();
    let leg = solo.invite_with(|invite| invite.timer_b = Some(Duration::from_secs(4)));
    solo.run_until(3_999);
    let sent: Vec<_> = solo.take_sent().into_iter().map(|(at, _)| at).collect();
    assert_eq!(sent, [0, 500, 1_500, 3_500]);
    solo.run_until(4_000);
    assert!(ended(leg, Side::Timeout, None)(&solo.take_events()[0]));
    solo.run_until(32_000);
    assert_eq!(solo.take(), [], "it is sent no more");
    solo.assert_empty();
}

/// RFC 3261 §13.2.2.4: a carrier that was given up answers all the same, because its 1xx were lost.
/// The answer is acknowledged and hung up, lest somebody listens to nobody and the 2xx comes again
/// for half a minute.
#[test]
fn an_answer_after_a_silent_carrier_was_given_up_is_hung_up_at_once() {
    for again in [false, true] {
        let mut solo = Solo::new();
        solo.invite_with(|invite| invite.timer_b = Some(Duration::from_secs(4)));
        let (_, invite) = solo.last_request(Method::Invite);
        solo.run_until(4_792);
        solo.take();
        solo.respond(&invite, 200, Some("x"), Some(ANSWER));
        assert_eq!(lines(&solo.take_sent()), ["ACK", "BYE"]);
        if again {
            solo.respond(&invite, 200, Some("x"), Some(ANSWER));
            assert_eq!(lines(&solo.take_sent()), ["ACK"]);
        }
        assert_eq!(solo.take_events(), [], "its end was told before");
        solo.run_until(40_000);
        solo.assert_empty();
    }
}

/// RFC 3261 §9.1: and where it only rings by then, it is cancelled: the person is called by the
/// next carrier already.
#[test]
fn a_carrier_that_rings_after_it_was_given_up_is_cancelled() {
    for code in [100, 180] {
        let mut solo = Solo::new();
        solo.invite_with(|invite| invite.timer_b = Some(Duration::from_secs(4)));
        let (_, invite) = solo.last_request(Method::Invite);
        solo.run_until(6_000);
        solo.take();
        solo.respond(&invite, code, None, None);
        let (_, cancel) = solo.last_request(Method::Cancel);
        solo.respond(&cancel, 200, Some("x"), None);
        solo.respond(&invite, 487, Some("x"), None);
        assert_eq!(solo.take_events(), [], "its end was told before");
        solo.run_until(40_000);
        solo.assert_empty();
    }
}

/// I8: who hangs up a call that nothing was heard of waits no longer than the trunk allows.
#[test]
fn a_call_hung_up_before_a_silent_carrier_speaks_ends_when_it_would_have_been_given_up() {
    let mut solo = Solo::new();
    let leg = solo.invite_with(|invite| invite.timer_b = Some(Duration::from_secs(4)));
    let (_, invite) = solo.last_request(Method::Invite);
    solo.run_until(1_000);
    solo.hang_up(leg);
    solo.run_until(3_999);
    assert_eq!(solo.take_events(), []);
    solo.run_until(4_000);
    assert!(ended(leg, Side::Us, None)(&solo.take_events()[0]));
    solo.respond(&invite, 180, Some("x"), None);
    solo.last_request(Method::Cancel);
}

/// I3: a 100 ends the wait for a first word; how long it may ring is for its owner.
#[test]
fn the_patience_with_a_silent_carrier_ends_with_its_first_word() {
    let mut solo = Solo::new();
    solo.invite_with(|invite| invite.timer_b = Some(Duration::from_secs(4)));
    let (_, invite) = solo.last_request(Method::Invite);
    solo.run_until(3_900);
    solo.respond(&invite, 100, None, None);
    solo.take();
    solo.run_until(60_000);
    assert_eq!(solo.take_events(), []);
}
