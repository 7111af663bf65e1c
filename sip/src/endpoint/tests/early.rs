//! UPDATE before the answer to our INVITE (RFC 3311 §5, INTEROP 33).

use super::*;

/// What the carrier would have instead of [`ANSWER`].
const MOVED: &str = "v=0\r\no=- 2 2 IN IP4 192.0.2.10\r\n";

/// A call of ours that rang reliably, with or without an answer; the INVITE.
fn ringing(solo: &mut Solo, sdp: Option<&str>) -> (LegId, Request) {
    let leg = solo.invite();
    let (_, invite) = solo.last_request(Method::Invite);
    solo.respond_with(&invite, 183, Some("far"), sdp, |writer| {
        writer.header(Name::Contact, "<sip:carrier@192.0.2.9:5060>");
        writer.header(Name::Require, "100rel");
        writer.header(Name::RSeq, 1);
    });
    let (_, prack) = solo.last_request(Method::Prack);
    solo.respond(&prack, 200, None, None);
    solo.take();
    (leg, invite)
}

/// An UPDATE of the fork `tag`; `rest` is headers and body.
fn update(solo: &mut Solo, invite: &Request, tag: &str, cseq: u32, rest: &str) {
    let to = invite.header(Name::From).unwrap();
    let from = invite.header(Name::To).unwrap();
    let call_id = invite.call_id().unwrap();
    let rest = if rest.is_empty() { "\n" } else { rest };
    let text = format!(
        "UPDATE sip:15550199@192.0.2.1 SIP/2.0\n\
         Via: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKu{cseq}\n\
         Max-Forwards: 70\n\
         From: {from};tag={tag}\n\
         To: {to}\n\
         Call-ID: {call_id}\n\
         CSeq: {cseq} UPDATE\n\
         Contact: <sip:moved@192.0.2.10:5060>\n\
         {rest}"
    );
    solo.receive(CARRIER, &text);
}

fn answered(solo: &mut Solo, invite: &Request, sdp: Option<&str>) {
    solo.respond_with(invite, 200, Some("far"), sdp, |writer| {
        writer.header(Name::Contact, "<sip:moved@192.0.2.10:5060>");
    });
}

fn hung_up(mut solo: Solo, leg: LegId) {
    solo.hang_up(leg);
    let (_, bye) = solo.last_request(Method::Bye);
    solo.respond(&bye, 200, None, None);
    solo.assert_empty();
}

/// RFC 3311 §5.2: offer and answer were done, so a newer offer is taken; what it agreed stands
/// when the call is answered, whatever the 2xx repeats (RFC 6337 §3.1.1).
#[test]
fn an_offer_after_a_reliable_answer_is_taken_and_stands() {
    for repeated in [None, Some(ANSWER)] {
        let mut solo = Solo::new();
        let (leg, invite) = ringing(&mut solo, Some(ANSWER));
        update(&mut solo, &invite, "far", 1, &with_sdp(MOVED));
        assert_eq!(solo.take_events(), [Event::Offered { leg, sdp: Some(MOVED.into()) }]);
        solo.act(|endpoint, now, out| endpoint.accept(now, leg, OFFER.into(), out));
        let (_, response) = solo.last_response();
        assert_eq!((response.status().code(), &response.body()[..]), (200, OFFER.as_bytes()));
        answered(&mut solo, &invite, repeated);
        let (_, ack) = solo.last_request(Method::Ack);
        assert_eq!(ack.uri_text(), "sip:moved@192.0.2.10:5060");
        assert_eq!(solo.take_events(), [Event::Answered { leg, sdp: None }]);
        hung_up(solo, leg);
    }
}

/// An offer that we refuse changes nothing: the first answer stands.
#[test]
fn an_early_offer_that_is_refused_leaves_the_answer_as_it_was() {
    let mut solo = Solo::new();
    let (leg, invite) = ringing(&mut solo, Some(ANSWER));
    update(&mut solo, &invite, "far", 1, &with_sdp(MOVED));
    solo.act(|endpoint, now, out| endpoint.refuse(now, leg, 488, out));
    assert_eq!(solo.last_response().1.status().code(), 488);
    solo.take();
    answered(&mut solo, &invite, None);
    assert_eq!(solo.take_events(), [Event::Answered { leg, sdp: Some(ANSWER.into()) }]);
    hung_up(solo, leg);
}

/// Their offer is open when they refuse the call: the UPDATE is answered before nobody knows of it.
#[test]
fn an_early_offer_that_is_open_when_the_call_is_refused_is_answered() {
    let mut solo = Solo::new();
    let (_, invite) = ringing(&mut solo, Some(ANSWER));
    update(&mut solo, &invite, "far", 1, &with_sdp(MOVED));
    solo.take();
    solo.respond(&invite, 486, Some("far"), None);
    assert_eq!(solo.last_response().1.status().code(), 487);
    solo.assert_empty();
}

/// RFC 3311 §5.2: 491 while the offer of our INVITE has no answer, and 500 with a time to come
/// back while theirs has none.
#[test]
fn an_early_offer_that_meets_an_open_one_is_sent_away() {
    let mut solo = Solo::new();
    let (leg, invite) = ringing(&mut solo, None);
    update(&mut solo, &invite, "far", 1, &with_sdp(MOVED));
    assert_eq!(lines(&solo.take_sent()), ["491 UPDATE"]);
    solo.hang_up(leg);
    solo.respond(&invite, 487, Some("far"), None);
    solo.run_until_idle();

    let (leg, invite) = ringing(&mut solo, Some(ANSWER));
    update(&mut solo, &invite, "far", 1, &with_sdp(MOVED));
    update(&mut solo, &invite, "far", 2, &with_sdp(MOVED));
    let (_, response) = solo.last_response();
    assert_eq!(response.status().code(), 500);
    assert!(response.header(Name::RetryAfter).unwrap().parse::<u8>().unwrap() <= 10);
    solo.act(|endpoint, now, out| endpoint.accept(now, leg, OFFER.into(), out));
    answered(&mut solo, &invite, None);
    hung_up(solo, leg);
}

/// RFC 3311 §5.2: without an offer it is answered; it moves its own dialog and no other: an INVITE
/// that is sent again goes where the first one went.
#[test]
fn an_update_without_an_offer_moves_its_own_dialog_alone() {
    let mut solo = Solo::new();
    let change = |invite: &mut Invite| {
        let (user, secret) = ("cordboard".to_owned(), Secret::Password("s3cret".to_owned()));
        invite.credentials = Some(crate::leg::Credentials { user, secret });
    };
    let leg = solo.invite_with(change);
    let (_, invite) = solo.last_request(Method::Invite);
    solo.respond(&invite, 180, Some("far"), None);
    solo.take();
    update(&mut solo, &invite, "far", 1, "");
    assert_eq!(lines(&solo.take_sent()), ["200 UPDATE"]);
    update(&mut solo, &invite, "other", 2, "");
    assert_eq!(lines(&solo.take_sent()), ["481 UPDATE"]);
    solo.respond_with(&invite, 407, Some("far"), None, |writer| {
        writer.header(Name::ProxyAuthenticate, "Digest realm=\"c\", nonce=\"n\", algorithm=MD5");
    });
    let (_, again) = solo.last_request(Method::Invite);
    assert_eq!(again.uri_text(), invite.uri_text());
    answered(&mut solo, &again, Some(ANSWER));
    hung_up(solo, leg);
}

/// RFC 3261 §12.2.2: numbers rise within an early dialog too, and on into the call that it becomes.
#[test]
fn an_update_out_of_order_gets_500_before_and_after_the_answer() {
    let mut solo = Solo::new();
    let (leg, invite) = ringing(&mut solo, Some(ANSWER));
    update(&mut solo, &invite, "far", 7, "");
    update(&mut solo, &invite, "far", 6, "");
    assert_eq!(lines(&solo.take_sent()), ["200 UPDATE", "500 UPDATE"]);
    answered(&mut solo, &invite, None);
    solo.take();
    update(&mut solo, &invite, "far", 5, "");
    update(&mut solo, &invite, "far", 8, "");
    assert_eq!(lines(&solo.take_sent()), ["500 UPDATE", "200 UPDATE"]);
    hung_up(solo, leg);
}
