//! Message waiting and lamps: RFC 6665 from a telephone's side, to the millisecond.

use super::*;
use crate::SubscriptionId;

const PHONE: &str = "10.0.0.5:5060";

fn subscribe(event: &str, target: &str, number: u32, to_tag: &str, extra: &str) -> String {
    format!(
        "SUBSCRIBE sip:{target}@192.0.2.1 SIP/2.0\n\
         Via: SIP/2.0/UDP {PHONE};branch=z9hG4bKsub{number};rport\n\
         Max-Forwards: 70\n\
         From: <sip:1001@192.0.2.1>;tag=lamp\n\
         To: <sip:{target}@192.0.2.1>{to_tag}\n\
         Call-ID: lamp@10.0.0.5\n\
         CSeq: {number} SUBSCRIBE\n\
         Contact: <sip:1001@{PHONE}>\n\
         User-Agent: Desk phone 7.2 with a lamp for each neighbour\n\
         Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, NOTIFY, INFO, REFER, UPDATE\n\
         Event: {event}\n\
         {extra}\n"
    )
}

/// Proves itself; the subscription's number, and our tag.
fn open(solo: &mut Solo, event: &str, target: &str, extra: &str) -> (SubscriptionId, String) {
    solo.receive(PHONE, &subscribe(event, target, 1, "", extra));
    assert_eq!(solo.last_response().1.status().code(), 401);
    let proof = registrar::proof(solo, "SUBSCRIBE", "1001", "s3cret");
    let proof = format!("{extra}Authorization: {proof}\n");
    solo.receive(PHONE, &subscribe(event, target, 2, "", &proof));
    let (_, response) = solo.last_response();
    assert_eq!(response.status().code(), 200);
    let tag = format!(";tag={}", response.to().unwrap().tag().unwrap());
    let events = solo.take_events();
    let [Event::Subscribed { id, account, .. }] = &events[..] else { panic!("{events:?}") };
    assert_eq!(account, "1001");
    (*id, tag)
}

fn tell(solo: &mut Solo, id: SubscriptionId, text: &'static str) {
    solo.act(|endpoint, now, out| endpoint.publish(now, id, text.into(), out));
}

/// The NOTIFYs that went out: their state and body.
fn notified(solo: &mut Solo) -> Vec<(Request, String, String)> {
    let sent = solo.take().into_iter().filter_map(|(_, output)| match output {
        Output::Send { bytes, .. } => Message::parse(bytes).ok(),
        Output::Event(_) => None,
    });
    let notifies = sent.filter_map(|message| match message {
        Message::Request(request) if request.method() == Method::Notify => Some(request),
        _ => None,
    });
    notifies
        .map(|request| {
            let state = request.header(Name::SubscriptionState).unwrap().to_owned();
            let body = String::from_utf8(request.body().to_vec()).unwrap();
            (request, state, body)
        })
        .collect()
}

/// RFC 4235, RFC 6665 §4.2.2: the state at once, then each change; while one NOTIFY is unanswered
/// the newest waits and what it overtook is never sent.
#[test]
fn a_lamp_is_told_at_once_and_then_of_the_newest_change() {
    let mut solo = Solo::new();
    let (id, _) = open(&mut solo, "dialog;id=7", "1002", "Expires: 600\n");
    tell(&mut solo, id, "idle");
    let told = notified(&mut solo);
    let [(first, state, body)] = &told[..] else { panic!("{told:?}") };
    assert_eq!((state.as_str(), body.as_str()), ("active;expires=600", "idle"));
    assert_eq!(first.header(Name::Event), Some("dialog;id=7"));
    assert_eq!(first.header(Name::ContentType), Some("application/dialog-info+xml"));
    tell(&mut solo, id, "ringing");
    tell(&mut solo, id, "talking");
    assert_eq!(notified(&mut solo).len(), 0, "one at a time");
    solo.respond(first, 200, None, None);
    let told = notified(&mut solo);
    let [(second, _, body)] = &told[..] else { panic!("{told:?}") };
    assert_eq!(body, "talking");
    assert!(second.cseq().unwrap().number > first.cseq().unwrap().number);
}

/// RFC 6665 §4.1.2.2 and §4.4.1: refreshed it lasts on, and its end is told to the millisecond.
#[test]
fn a_subscription_ends_in_its_time_unless_it_is_refreshed() {
    let mut solo = Solo::new();
    let (id, tag) = open(&mut solo, "message-summary", "1001", "Expires: 60\n");
    tell(&mut solo, id, "Messages-Waiting: no\r\n");
    let first = notified(&mut solo).remove(0).0;
    solo.respond(&first, 200, None, None);
    solo.run_until(50_000);
    solo.receive(PHONE, &subscribe("message-summary", "1001", 3, &tag, "Expires: 60\n"));
    let told = notified(&mut solo);
    assert_eq!(told.len(), 1, "asked again, told again");
    solo.respond(&told[0].0, 200, None, None);
    solo.take();
    solo.run_until(109_999);
    assert_eq!(notified(&mut solo).len(), 0);
    solo.run_until(110_000);
    let sent = solo.take();
    let over = |output: &Output| *output == Output::Event(Event::Unsubscribed { id });
    assert!(sent.iter().any(|(_, output)| over(output)), "{sent:?}");
    solo.run_until_idle();
    solo.assert_empty();
}

/// RFC 6665 §4.4.3: `Expires: 0` in its dialog ends it, with a last NOTIFY.
#[test]
fn who_wants_no_more_gets_a_last_word() {
    let mut solo = Solo::new();
    let (id, tag) = open(&mut solo, "dialog", "1002", "");
    tell(&mut solo, id, "idle");
    let first = notified(&mut solo).remove(0).0;
    solo.respond(&first, 200, None, None);
    solo.receive(PHONE, &subscribe("dialog", "1002", 3, &tag, "Expires: 0\n"));
    let told = notified(&mut solo);
    assert_eq!(told[0].1, "terminated;reason=timeout");
    solo.receive(PHONE, &subscribe("dialog", "1002", 4, &tag, "Expires: 60\n"));
    assert_eq!(solo.last_response().1.status().code(), 481, "it is gone");
}

/// RFC 6665 §4.2.2: a telephone that answers 481, or not at all, is told no more.
#[test]
fn a_telephone_that_is_gone_is_forgotten() {
    for answer in [Some(481), None] {
        let mut solo = Solo::new();
        let (id, _) = open(&mut solo, "dialog", "1002", "");
        tell(&mut solo, id, "idle");
        let notify = notified(&mut solo).remove(0).0;
        match answer {
            Some(code) => solo.respond(&notify, code, None, None),
            None => solo.run_until(40_000),
        }
        let told = solo.take_events();
        assert!(told.contains(&Event::Unsubscribed { id }), "{answer:?}: {told:?}");
        tell(&mut solo, id, "talking");
        assert_eq!(notified(&mut solo).len(), 0);
        solo.run_until_idle();
        solo.assert_empty();
    }
}

/// RFC 6665 §4.2.1.1 and S1: what we do not tell, what is not its own, what lasts too briefly and
/// what it cannot read are refused, each by its code.
#[test]
fn a_subscription_that_cannot_be_is_refused_by_its_code() {
    let brief = "Expires: 5\n";
    for (event, target, extra, code) in [
        ("presence", "1002", "", 489),
        ("message-summary", "1002", "", 403),
        ("dialog", "1002", brief, 423),
        ("dialog", "1002", "Accept: text/plain\n", 406),
    ] {
        let mut solo = Solo::new();
        solo.receive(PHONE, &subscribe(event, target, 1, "", extra));
        let proof = registrar::proof(&solo, "SUBSCRIBE", "1001", "s3cret");
        let proof = format!("{extra}Authorization: {proof}\n");
        solo.receive(PHONE, &subscribe(event, target, 2, "", &proof));
        assert_eq!(solo.last_response().1.status().code(), code, "{event} {target} {extra}");
        assert_eq!(solo.take_events(), []);
    }
}
