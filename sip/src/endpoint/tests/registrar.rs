//! The registrar: who may bind what, for how long, and how requests then find the phone.

use super::*;
use crate::digest::answer_challenge;
use crate::message::Response;

const PHONE: &str = "198.51.100.20:5060";

fn text(call_id: &str, cseq: u32, extra: &str) -> String {
    format!(
        "REGISTER sip:192.0.2.1 SIP/2.0\n\
         Via: SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bK{call_id}{cseq};rport\n\
         Max-Forwards: 70\n\
         From: <sip:1001@192.0.2.1>;tag=p\n\
         To: <sip:1001@192.0.2.1>\n\
         Call-ID: {call_id}\n\
         CSeq: {cseq} REGISTER\n\
         User-Agent: Phone 1.0\n\
         Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, REFER, NOTIFY\n\
         {extra}\n"
    )
}

/// What answers the last challenge.
pub(super) fn proof(solo: &Solo, method: &str, user: &str, password: &str) -> String {
    let (_, response) = solo.last_response();
    let secret = Secret::Password(password.to_owned());
    let mut random = Random::new([9; 32]);
    let uri = "sip:192.0.2.1";
    answer_challenge(&response, user, &secret, method, uri, &mut random).unwrap().1
}

/// Registers 1001 from `from`: challenge and answer; the final response.
pub(super) fn register(solo: &mut Solo, from: &str, extra: &str) -> Response {
    let extra = if extra.contains("Contact") || extra.contains("Query") {
        extra.to_owned()
    } else {
        format!("Contact: <sip:1001@10.0.0.5:5060>\n{extra}")
    };
    register_as(solo, from, "reg-1", &extra)
}

fn register_as(solo: &mut Solo, from: &str, call_id: &str, extra: &str) -> Response {
    let cseq = u32::try_from(solo.seen.len()).unwrap() * 2
        + 1
        + u32::try_from((solo.now - solo.epoch).as_millis()).unwrap() * 100;
    solo.receive(from, &text(call_id, cseq, extra));
    assert_eq!(solo.last_response().1.status().code(), 401);
    let proof = proof(solo, "REGISTER", "1001", "s3cret");
    let extra = format!("{extra}Authorization: {proof}\n");
    solo.receive(from, &text(call_id, cseq + 1, &extra));
    solo.last_response().1
}

fn contacts(response: &Response) -> Vec<String> {
    response.headers(Name::Contact).map(str::to_owned).collect()
}

fn bound(solo: &Solo) -> Vec<&str> {
    solo.endpoint.bindings("1001").iter().map(|binding| binding.contact.as_str()).collect()
}

/// RFC 3261 §10.3: a proven REGISTER binds its contact to the path it came by.
#[test]
fn a_proven_register_binds_its_contact_to_its_path() {
    let mut solo = Solo::new();
    let response = register(&mut solo, PHONE, "Expires: 300\n");
    assert_eq!(response.status().code(), 200);
    assert_eq!(contacts(&response), ["<sip:1001@10.0.0.5:5060>;expires=300"]);
    let via = response.top_via().unwrap();
    assert_eq!(via.received(), Some("198.51.100.20".parse().unwrap()));
    let event = Event::Registered {
        user: "1001".to_owned(),
        contact: "sip:1001@10.0.0.5:5060".to_owned(),
        flow: udp(PHONE),
        expires: Duration::from_mins(5),
    };
    assert_eq!(solo.take_events(), [event]);
    assert!(solo.endpoint.is_registered("1001"));
    assert_eq!(solo.endpoint.counts().bindings, 1);
}

/// RFC 7616 §5.5: a used proof is stale, whatever changes around it; a copy binds nothing.
#[test]
fn a_used_proof_proves_nothing_again() {
    let mut solo = Solo::new();
    let contact = "Contact: <sip:1001@10.0.0.5:5060>\n";
    solo.receive(PHONE, &text("r", 1, contact));
    let proof = format!("Authorization: {}\n", proof(&solo, "REGISTER", "1001", "s3cret"));
    let own = text("r", 2, &format!("{contact}{proof}"));
    solo.receive(PHONE, &own);
    solo.take();
    // RFC 3261 §17.2.3: a copy is told by its branch; the answer takes the first one's way.
    solo.receive("203.0.113.66:5060", &own.replace("sip:1001@10.0.0.5", "sip:x@203.0.113.66"));
    let (flow, response) = solo.last_response();
    assert_eq!((flow, response.status().code()), (udp(PHONE), 200));
    solo.run_until(33_000);
    let theirs = |cseq| text("other", cseq, &format!("Contact: <sip:x@203.0.113.66>\n{proof}"));
    let tcp = Flow { transport: Transport::Tcp, connection: 5, ..udp(PHONE) };
    let replays = [
        (udp(PHONE), own.clone()),
        (udp(PHONE), own.replace("z9hG4bKr2", "z9hG4bKr3")),
        (udp(PHONE), theirs(3)),
        (udp("198.51.100.20:40404"), theirs(4)),
        (udp("203.0.113.66:5060"), theirs(5)),
        (tcp, theirs(6)),
    ];
    for (flow, replay) in replays {
        solo.take();
        solo.receive_over(flow, &replay);
        let (_, response) = solo.last_response();
        assert_eq!(response.status().code(), 401, "{replay}");
        assert!(response.www_authenticate().next().unwrap().unwrap().is_stale(), "{replay}");
    }
    assert_eq!(bound(&solo), ["sip:1001@10.0.0.5:5060"]);
    assert_eq!(solo.endpoint.bindings("1001")[0].flow, udp(PHONE));
}

/// I12: a call to the account goes to its contact over the path it registered by, NAT or not.
#[test]
fn a_call_to_an_account_takes_the_path_it_registered_by() {
    let mut solo = Solo::new();
    register(&mut solo, PHONE, "Path: <sip:192.0.2.40;lr>\n");
    let leg = solo.invite_with(|invite| invite.to = Destination::Account("1001".to_owned()));
    let (flow, invite) = solo.last_request(Method::Invite);
    assert_eq!(flow, udp(PHONE));
    assert_eq!(invite.uri_text(), "sip:1001@10.0.0.5:5060");
    assert_eq!(invite.header(Name::Route), Some("<sip:192.0.2.40;lr>"));
    assert_eq!(invite.to().unwrap().uri.as_str(), "sip:1001@pbx");
    solo.respond(&invite, 200, Some("p"), Some(ANSWER));
    solo.hang_up(leg);
    assert_eq!(solo.last_request(Method::Bye).0, udp(PHONE));
    solo.run_until(40_000);
    let missing = solo.act(|endpoint, now, out| {
        let to = Destination::Account("1002".to_owned());
        endpoint.invite(now, Invite { to, ..to_carrier() }, out)
    });
    assert_eq!(missing, Err(InviteError::NotRegistered("1002".to_owned())));
}

/// RFC 7118: a page is called over its WebSocket, though a telephone has registered since.
#[test]
fn a_page_is_called_by_its_websocket_and_not_at_the_telephone_beside_it() {
    let mut solo = Solo::new();
    register(&mut solo, PHONE, "");
    let page = || Destination::Page("1001".to_owned());
    let missing = solo
        .act(|endpoint, now, out| endpoint.invite(now, Invite { to: page(), ..to_carrier() }, out));
    assert_eq!(missing, Err(InviteError::NotRegistered("1001".to_owned())));
    let flow = Flow { transport: Transport::Wss, connection: 5, ..udp("198.51.100.21:443") };
    let contact = "Contact: <sip:x@abc.invalid;transport=ws>\n";
    solo.receive_over(flow, &text("page", 1, contact));
    let proof = proof(&solo, "REGISTER", "1001", "s3cret");
    solo.receive_over(flow, &text("page", 2, &format!("{contact}Authorization: {proof}\n")));
    register_as(&mut solo, PHONE, "reg-2", "Contact: <sip:1001@10.0.0.6:5060>\n");
    solo.invite_with(|invite| invite.to = page());
    assert_eq!(solo.last_request(Method::Invite).0, flow);
}

/// RFC 3261 §10.3: a binding runs out to the millisecond, unless it is refreshed.
#[test]
fn a_binding_runs_out_unless_it_is_refreshed() {
    let mut solo = Solo::new();
    register(&mut solo, PHONE, "Expires: 60\n");
    solo.run_until(30_000);
    register(&mut solo, PHONE, "Expires: 60\n");
    solo.take();
    solo.run_until(89_999);
    assert!(solo.endpoint.is_registered("1001"));
    solo.run_until(90_000);
    let event = Event::Unregistered {
        user: "1001".to_owned(),
        contact: "sip:1001@10.0.0.5:5060".to_owned(),
        why: Unbound::Expired,
    };
    assert_eq!(solo.take_events(), [event]);
    solo.assert_empty();
}

/// S1: credentials of one account bind nothing to another's address.
#[test]
fn an_account_cannot_bind_the_address_of_another() {
    let mut solo = Solo::new();
    let secret = Secret::Password("other".to_owned());
    solo.endpoint.set_account(Account::new("1002", secret));
    let contact = "Contact: <sip:1001@10.0.0.5:5060>\n";
    solo.receive(PHONE, &text("r", 1, contact));
    let proof = proof(&solo, "REGISTER", "1002", "other");
    solo.receive(PHONE, &text("r", 2, &format!("{contact}Authorization: {proof}\n")));
    assert_eq!(solo.last_response().1.status().code(), 403);
    assert_eq!(solo.endpoint.counts().bindings, 0);
    let (user, why) = ("1002".to_owned(), Denial::AddressOfRecord);
    assert_eq!(solo.take_events(), [Event::Denied { user, why, flow: udp(PHONE) }]);
}

/// I17: too brief a lifetime gets 423 with Min-Expires, too long a one is cut.
#[test]
fn lifetimes_are_kept_within_their_bounds() {
    let mut solo = Solo::new();
    let brief = register(&mut solo, PHONE, "Expires: 59\n");
    assert_eq!(brief.status().code(), 423);
    assert_eq!(brief.min_expires(), Ok(Some(60)));
    assert!(!solo.endpoint.is_registered("1001"));
    let cut = register(&mut solo, PHONE, "Expires: 999999\n");
    assert_eq!(contacts(&cut), ["<sip:1001@10.0.0.5:5060>;expires=3600"]);
    let param = "Contact: <sip:1001@10.0.0.5:5060>;expires=120\nExpires: 999\n";
    let param = register(&mut solo, PHONE, param);
    assert_eq!(contacts(&param), ["<sip:1001@10.0.0.5:5060>;expires=120"]);
}

/// I20: several contacts stand by preference, then newest first; a query lists them.
#[test]
fn several_contacts_stand_by_preference_then_newest_first() {
    let mut solo = Solo::new();
    let two = "Contact: <sip:a@10.0.0.1>;q=0.5, <sip:b@10.0.0.2>;q=0.9\n";
    register(&mut solo, PHONE, two);
    register_as(&mut solo, PHONE, "reg-2", "Contact: <sip:c@10.0.0.3>;q=0.5\n");
    assert_eq!(bound(&solo), ["sip:b@10.0.0.2", "sip:c@10.0.0.3", "sip:a@10.0.0.1"]);
    let listed = register(&mut solo, PHONE, "X-Query: 1\n");
    assert_eq!(contacts(&listed).len(), 3);
}

/// I17: `Contact: *` with Expires 0 removes all; a contact with expires=0 removes itself.
#[test]
fn contacts_are_taken_back_one_by_one_or_all_at_once() {
    let mut solo = Solo::new();
    register(&mut solo, PHONE, "Contact: <sip:a@10.0.0.1>, <sip:b@10.0.0.2>, <sip:c@10.0.0.3>\n");
    register(&mut solo, PHONE, "Contact: <sip:b@10.0.0.2>;expires=0\n");
    assert_eq!(bound(&solo).len(), 2);
    solo.seen.truncate(9);
    register(&mut solo, PHONE, "Contact: *\nExpires: 0\n");
    assert_eq!(solo.endpoint.counts().bindings, 0);
    let gone = solo
        .take_events()
        .into_iter()
        .filter(|event| matches!(event, Event::Unregistered { why: Unbound::Removed, .. }));
    assert!(gone.count() >= 2);
}

/// RFC 5626 §6: the same device with a new contact takes the place of its old one, quietly.
#[test]
fn a_device_that_comes_back_takes_its_own_place() {
    let mut solo = Solo::new();
    let contact = |port: u16| {
        format!(
            "Contact: <sip:1001@10.0.0.5:{port}>;reg-id=1;\
             +sip.instance=\"<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>\"\n"
        )
    };
    register(&mut solo, PHONE, &contact(5060));
    solo.take();
    register_as(&mut solo, "198.51.100.20:40404", "reg-2", &contact(40404));
    assert_eq!(bound(&solo), ["sip:1001@10.0.0.5:40404"]);
    let events = solo.take_events();
    assert!(matches!(events[..], [Event::Registered { .. }]), "{events:?}");
}

/// RFC 3261 §10.3 step 7: an older REGISTER of the same call changes nothing.
#[test]
fn a_register_out_of_order_changes_nothing() {
    let mut solo = Solo::new();
    let contact = "Contact: <sip:1001@10.0.0.5:5060>\n";
    for (cseq, code) in [(10, 200), (9, 500), (11, 200)] {
        solo.receive(PHONE, &text("r", cseq * 100, contact));
        let proof = proof(&solo, "REGISTER", "1001", "s3cret");
        let text = text("r", cseq, &format!("{contact}Authorization: {proof}\n"));
        solo.receive(PHONE, &text);
        assert_eq!(solo.last_response().1.status().code(), code, "{cseq}");
    }
}

/// Bounds: the account's oldest contact gives way, the whole table refuses.
#[test]
fn at_the_bound_the_oldest_contact_gives_way_and_the_table_refuses() {
    let mut solo = Solo::new();
    let mut config = Config::new("pbx");
    config.bounds.bindings_per_account = 2;
    config.bounds.bindings = 2;
    let secret = Secret::Password("s3cret".to_owned());
    solo.endpoint = Endpoint::new(config, [7; 32]);
    solo.endpoint.set_account(Account::new("1001", secret));
    register(&mut solo, PHONE, "Contact: <sip:a@10.0.0.1>\n");
    register_as(&mut solo, PHONE, "reg-2", "Contact: <sip:b@10.0.0.2>\n");
    let full = register_as(&mut solo, PHONE, "reg-3", "Contact: <sip:c@10.0.0.3>\n");
    assert_eq!(full.status().code(), 503);
    assert_eq!(bound(&solo), ["sip:b@10.0.0.2", "sip:a@10.0.0.1"]);
}

/// A phone's retransmitted REGISTER is absorbed; a replayed one is challenged as stale.
#[test]
fn a_copy_is_absorbed_and_a_replay_is_stale() {
    let mut solo = Solo::new();
    let contact = "Contact: <sip:1001@10.0.0.5:5060>\n";
    solo.receive(PHONE, &text("r", 1, contact));
    let proof = proof(&solo, "REGISTER", "1001", "s3cret");
    let proven = text("r", 2, &format!("{contact}Authorization: {proof}\n"));
    solo.receive(PHONE, &proven);
    solo.take();
    solo.receive(PHONE, &proven);
    assert_eq!(lines(&solo.take_sent()), ["200 REGISTER"]);
    solo.receive(PHONE, &proven.replace("z9hG4bKr2", "z9hG4bKr3").replace("CSeq: 2", "CSeq: 3"));
    let (_, response) = solo.last_response();
    assert_eq!(response.status().code(), 401);
    assert!(response.www_authenticate().next().unwrap().unwrap().is_stale());
}

/// A stream that closes takes its bindings with it; an account that is removed, too.
#[test]
fn a_closed_stream_and_a_removed_account_unbind() {
    let mut solo = Solo::new();
    let tcp = Flow { transport: Transport::Tcp, connection: 5, ..udp(PHONE) };
    solo.receive_over(tcp, &text("r", 1, "Contact: <sip:1001@10.0.0.5:5060;transport=tcp>\n"));
    let proof = proof(&solo, "REGISTER", "1001", "s3cret");
    let contact = "Contact: <sip:1001@10.0.0.5:5060;transport=tcp>\n";
    solo.receive_over(tcp, &text("r", 2, &format!("{contact}Authorization: {proof}\n")));
    assert_eq!(solo.endpoint.bindings("1001")[0].flow, tcp);
    solo.act(|endpoint, now, out| {
        endpoint.flow_closed(now, Flow { connection: 6, ..tcp }, out);
    });
    assert_eq!(solo.endpoint.counts().bindings, 1);
    solo.take();
    solo.act(|endpoint, now, out| endpoint.flow_closed(now, tcp, out));
    let events = solo.take_events();
    assert!(
        matches!(events[..], [Event::Unregistered { why: Unbound::FlowClosed, .. }]),
        "{events:?}"
    );
    register(&mut solo, PHONE, "");
    solo.take();
    solo.act(|endpoint, now, out| endpoint.remove_account(now, "1001", out));
    let events = solo.take_events();
    assert!(
        matches!(events[..], [Event::Unregistered { why: Unbound::AccountRemoved, .. }]),
        "{events:?}"
    );
    solo.assert_empty();
}

/// RFC 5626 §4.4, §6: a device that names its flows is told to keep them alive.
#[test]
fn a_device_that_names_its_flows_is_told_to_keep_them_alive() {
    let mut solo = Solo::new();
    let contact = "Contact: <sip:1001@10.0.0.5>;reg-id=2;+sip.instance=\"<urn:uuid:1>\"\n";
    let told = register(&mut solo, PHONE, &format!("{contact}Supported: path, outbound\n"));
    assert_eq!(told.header(Name::Require), Some("outbound"));
    assert_eq!(told.header(Name::FlowTimer), Some("90"));
    let listed = "<sip:1001@10.0.0.5>;expires=600;+sip.instance=\"<urn:uuid:1>\";reg-id=2";
    assert_eq!(contacts(&told), [listed]);
    let silent = register_as(&mut solo, PHONE, "reg-2", contact);
    assert_eq!(silent.header(Name::Require), None);
}

/// RFC 3261 §8.2.2.3: the registrar names the extension it does not have.
#[test]
fn a_register_that_requires_what_we_do_not_have_gets_420() {
    let mut solo = Solo::new();
    let extra = "Contact: <sip:a@10.0.0.5>\nRequire: path, gruu\n";
    solo.receive(PHONE, &text("r", 1, extra));
    let (_, refused) = solo.last_response();
    assert_eq!(refused.status().code(), 420);
    assert_eq!(refused.header(Name::Unsupported), Some("gruu"));
}

/// I63, FAULTS F10: a device that comes back by a new path while its old one still looks alive
/// takes its dialogs there; another device's registration does not.
#[test]
fn a_device_takes_its_dialogs_to_its_latest_path() {
    let mut solo = Solo::new();
    let contact = |device: u8| {
        let id = format!("<urn:uuid:{device}>");
        format!("Contact: <sip:1001@10.0.0.5>;reg-id=1;+sip.instance=\"{id}\"\n")
    };
    register(&mut solo, PHONE, &contact(1));
    let leg = solo.invite_with(|invite| invite.to = Destination::Account("1001".to_owned()));
    let (_, invite) = solo.last_request(Method::Invite);
    solo.respond(&invite, 200, Some("p"), Some(ANSWER));
    register_as(&mut solo, "198.51.100.20:6000", "reg-2", &contact(2));
    solo.act(|endpoint, now, out| endpoint.probe(now, leg, Duration::from_secs(1), out));
    let (flow, question) = solo.last_request(Method::Options);
    assert_eq!(flow, udp(PHONE));
    solo.respond(&question, 200, None, None);

    register_as(&mut solo, "198.51.100.20:40404", "reg-3", &contact(1));
    solo.hang_up(leg);
    assert_eq!(solo.last_request(Method::Bye).0, udp("198.51.100.20:40404"));
}

/// I63: a browser that comes back on a new stream takes over the calls of its dead one.
#[test]
fn a_phone_that_reconnects_takes_over_its_calls() {
    let mut solo = Solo::new();
    let old = Flow { transport: Transport::Wss, connection: 5, ..udp(PHONE) };
    let new = Flow { connection: 6, remote: "198.51.100.20:50001".parse().unwrap(), ..old };
    let bind = |solo: &mut Solo, flow: Flow, call_id: &str| {
        let contact = "Contact: <sip:x@abc.invalid;transport=ws>\n";
        solo.receive_over(flow, &text(call_id, 1, contact));
        let proof = proof(solo, "REGISTER", "1001", "s3cret");
        solo.receive_over(flow, &text(call_id, 2, &format!("{contact}Authorization: {proof}\n")));
    };
    bind(&mut solo, old, "a");
    let leg = solo.invite_with(|invite| invite.to = Destination::Account("1001".to_owned()));
    let (_, invite) = solo.last_request(Method::Invite);
    let ok = Writer::response_to(&invite, Status::OK, Some("p"), US.parse().unwrap())
        .finish_with("application/sdp", ANSWER.as_bytes())
        .unwrap();
    solo.act(|endpoint, now, out| endpoint.receive(now, old, ok, out));
    solo.act(|endpoint, now, out| endpoint.flow_closed(now, old, out));
    assert_eq!(solo.endpoint.counts().legs, 1);
    bind(&mut solo, new, "b");
    solo.hang_up(leg);
    assert_eq!(solo.last_request(Method::Bye).0, new);
}
