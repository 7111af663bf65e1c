//! The whole product with programs that nobody here wrote: baresip or linphone is the agent's
//! telephone, SIPp the carrier. Each call is proven by the audio at both ends, and leaves nothing
//! behind.
//!
//! A page that speaks SIP over a WebSocket is written here, after JsSIP's messages.
//!
//! Covered: dialled leads (busy, no answer, answered), an answer without an agent, inbound calls to
//! a DID, a telephone that is killed in mid-call, one with SRTP whose call is recorded, carriers
//! that refuse in every way (Kamailio), dialogs that go wrong: forks, lost ACKs, session timers,
//! crossing CANCELs, offers that cross or come early; transfers by a telephone's own keys, messages
//! of callers, letters to people, a sign-in at an OpenID provider, a workflow that asks for keys,
//! an agent who calls in by keys, a place in line that is called back, and pages in Chromium. `make
//! test` installs the programs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod telephones {
    mod access;
    mod answering;
    pub(crate) mod baresip;
    mod browsers;
    mod carriers;
    pub(crate) mod chromium;
    pub(crate) mod customer;
    mod dialogs;
    mod glare;
    pub(crate) mod kamailio;
    mod letters;
    mod lines;
    pub(crate) mod linphone;
    pub(crate) mod mail;
    pub(crate) mod page;
    mod places;
    pub(crate) mod product;
    mod prompts;
    mod provider;
    pub(crate) mod sipp;
    mod transfers;
    mod voicemail;
    pub(crate) mod wav;
    mod workflows;
}

use std::time::{Duration, Instant};

use admin_api::AgentVerb;
use dialer::Outcome;
use routing::StateName;

use telephones::baresip::Baresip;
use telephones::customer::{Customer, has_tone};
use telephones::page::{self, Door, Page};
use telephones::product::Product;
use telephones::sipp::Sipp;

/// What the agent's telephone plays.
const AGENT_HZ: u16 = 440;

/// What the customer plays.
const CUSTOMER_HZ: u16 = 1_000;

/// What the customer plays after its audio has moved.
const MOVED_HZ: u16 = 1_600;

/// The dialer calls three leads: one is busy, one does not answer, one is a person. The person and
/// the agent hear each other; three records stand in the database; nothing is left in the switch.
#[tokio::test(flavor = "multi_thread")]
async fn three_leads_are_dialled_and_the_one_who_answers_talks_to_the_agent() {
    let carrier = Product::free_port();
    let product = Product::start(carrier).await;
    let telephone = Baresip::register(&product, AGENT_HZ).await;
    let customer = Customer::listen(CUSTOMER_HZ);
    let _sipp = Sipp::carrier(carrier, customer.port());
    product.clock_in().await;
    product.wait_for(StateName::NotReady).await;
    product.wait_for_line().await;

    // One agent, one line: the leads are called one after another.
    product.dial(&["+12025550101", "+12025550102", "+12025550103"]).await;
    product.agent(AgentVerb::Ready).await;
    product.wait_for(StateName::Talking).await;
    let talking = Instant::now();
    customer.hears(AGENT_HZ).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let talked = talking.elapsed();
    product.agent(AgentVerb::HangUp).await;
    product.wait_for(StateName::WrapUp).await;
    product.dispose("sale").await;
    product.wait_for(StateName::Ready).await;

    let attempts = product.attempts(3).await;
    for (number, outcome) in [
        ("+12025550101", Outcome::Busy),
        ("+12025550102", Outcome::NoAnswer),
        ("+12025550103", Outcome::Connected),
    ] {
        let attempt = attempts.iter().find(|one| one.number.to_string() == number).unwrap();
        assert_eq!(attempt.outcome, Some(outcome), "{number}");
        assert_eq!(attempt.cli.to_string(), product.campaign_cli());
    }
    let calls = product.calls(3).await;
    let answered = calls.iter().find(|call| call.called == "+12025550103").unwrap();
    let talk = Duration::from_millis(answered.talk_ms.unwrap());
    assert!((talked..talked + Duration::from_secs(3)).contains(&talk), "{talk:?} of {talked:?}");
    let silent = calls.iter().find(|call| call.called == "+12025550102").unwrap();
    let ring_ms = silent.ring_ms.unwrap();
    assert!((15_000..20_000).contains(&ring_ms), "rang for {ring_ms} ms");
    assert!(calls.iter().all(|call| call.calling == product.campaign_cli()));

    let recording = telephone.hang_up_and_listen().await;
    assert!(recording.heard(CUSTOMER_HZ), "the agent did not hear the customer");
    product.stop_clean().await;
}

/// RULES US-1, US-4: the agent pauses while the lead's telephone rings, which is not to be given
/// up; two seconds after the answer the person hears the notice, and is counted as abandoned once.
#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_meets_no_agent_hears_the_notice_and_is_counted_once() {
    let carrier = Product::free_port();
    let product = Product::start(carrier).await;
    product.never_cancel();
    let _telephone = Baresip::register(&product, AGENT_HZ).await;
    let customer = Customer::listen(CUSTOMER_HZ);
    let _sipp = Sipp::carrier(carrier, customer.port());
    product.clock_in().await;
    product.wait_for_line().await;
    product.dial(&["+12025550104"]).await;
    product.agent(AgentVerb::Ready).await;
    product.wait_for_dialling().await;
    product.pause().await;

    let attempts = product.attempts(1).await;
    assert_eq!(attempts[0].outcome, Some(Outcome::Abandoned));
    assert!(customer.heard_speech(), "the notice was not heard");
    assert!(!customer.heard(AGENT_HZ), "a paused agent was heard");
    let calls = product.calls(1).await;
    let wait_ms = calls[0].wait_ms.unwrap();
    assert!(wait_ms >= 2_000, "the notice came after {wait_ms} ms");
    assert!(calls[0].abandoned && calls[0].noticed);
    assert_eq!(calls[0].talk_ms, Some(0));
    assert_eq!(product.abandoned(1).await, 1);
    product.stop_clean().await;
}

/// A caller rings the DID of a queue and talks to the agent who is ready.
#[tokio::test(flavor = "multi_thread")]
async fn a_caller_to_a_did_talks_to_the_agent_who_is_ready() {
    let carrier = Product::free_port();
    let product = Product::start(carrier).await;
    let telephone = Baresip::register(&product, AGENT_HZ).await;
    let customer = Customer::listen(CUSTOMER_HZ);
    product.at_work().await;
    product.wait_for(StateName::Ready).await;

    let caller = Sipp::caller(carrier, &product, customer.port(), Duration::from_secs(4));
    product.wait_for(StateName::Talking).await;
    caller.finished().await;
    product.wait_for(StateName::WrapUp).await;

    let calls = product.calls(1).await;
    assert_eq!(calls[0].direction, store::Direction::Inbound);
    let talk_ms = calls[0].talk_ms.unwrap();
    assert!((3_500..8_000).contains(&talk_ms), "talked for {talk_ms} ms");
    assert!(customer.heard(AGENT_HZ), "the caller did not hear the agent");
    let recording = telephone.hang_up_and_listen().await;
    assert!(recording.heard(CUSTOMER_HZ), "the agent did not hear the caller");
    product.stop_clean().await;
}

/// Issue 4 point 9, FAULTS F10: a customer's audio dies in mid-call and goes on from another port
/// under another SSRC, and no re-INVITE says so. Both are heard again; the call tells the steps.
#[tokio::test(flavor = "multi_thread")]
async fn a_customer_whose_audio_moves_unannounced_is_heard_again() {
    let carrier = Product::free_port();
    let product = Product::start(carrier).await;
    let telephone = Baresip::register(&product, AGENT_HZ).await;
    let customer = Customer::listen(CUSTOMER_HZ);
    product.at_work().await;
    product.wait_for(StateName::Ready).await;
    let _caller = Sipp::waiting_caller(carrier, &product, customer.port());
    product.wait_for(StateName::Talking).await;
    hears_twice(&customer, AGENT_HZ).await;

    let customer = customer.restarts(MOVED_HZ);
    hears_twice(&customer, AGENT_HZ).await;
    product.agent(AgentVerb::HangUp).await;
    product.wait_for(StateName::WrapUp).await;

    let call = product.calls(1).await.remove(0);
    let steps = product.audio_steps(call.id).await;
    assert_eq!(steps[..2], ["audio_lost one_way", "audio_repaired latch"]);
    // On a machine that stood still in between, the customer was asked, too.
    assert_eq!(steps.last().unwrap(), "audio_back ");
    let recording = telephone.hang_up_and_listen().await;
    assert!(recording.heard(CUSTOMER_HZ), "the agent did not hear the customer");
    assert!(recording.heard(MOVED_HZ), "the agent did not hear the customer again");
    product.stop_clean().await;
}

/// Long enough for the other end to have heard as much, whichever of them began.
async fn hears_twice(customer: &Customer, hz: u16) {
    customer.hears(hz).await;
    customer.forget();
    customer.hears(hz).await;
}

/// FAULTS S9: a switch that requires SRTP of its telephones, and a telephone that has it. Its audio
/// passes to a carrier without and back, and both are in the recording, each on its channel.
#[tokio::test(flavor = "multi_thread")]
async fn a_protected_telephone_talks_to_a_plain_carrier_and_is_recorded() {
    let carrier = Product::free_port();
    let product = Product::start_with(carrier, |config, scene| {
        config.media.srtp = config::Srtp::Require;
        scene.queue.record = true;
    })
    .await;
    let telephone = Baresip::register_with("udp", ";mediaenc=srtp-mand", &product, AGENT_HZ).await;
    let customer = Customer::listen(CUSTOMER_HZ);
    product.at_work().await;
    product.wait_for(StateName::Ready).await;
    let caller = Sipp::caller(carrier, &product, customer.port(), Duration::from_secs(4));
    product.wait_for(StateName::Talking).await;
    caller.finished().await;
    product.wait_for(StateName::WrapUp).await;

    assert!(customer.heard(AGENT_HZ), "the caller did not hear the agent");
    let [agent, caller] = product.recording().await;
    assert!(has_tone(&agent, AGENT_HZ) && !has_tone(&agent, CUSTOMER_HZ), "the agent's channel");
    assert!(has_tone(&caller, CUSTOMER_HZ) && !has_tone(&caller, AGENT_HZ), "the caller's channel");
    let recording = telephone.hang_up_and_listen().await;
    assert!(recording.heard(CUSTOMER_HZ), "the agent did not hear the caller");
    product.stop_clean().await;
}

/// FAULTS F11: the agent's telephone is killed in mid-call. The caller hears music, the agent is
/// unavailable, and nothing leaks.
#[tokio::test(flavor = "multi_thread")]
async fn the_customer_of_a_killed_telephone_hears_music() {
    let carrier = Product::free_port();
    let product = Product::start(carrier).await;
    let telephone = Baresip::register(&product, AGENT_HZ).await;
    let customer = Customer::listen(CUSTOMER_HZ);
    product.at_work().await;
    product.wait_for(StateName::Ready).await;
    let caller = Sipp::caller(carrier, &product, customer.port(), Duration::from_secs(14));
    product.wait_for(StateName::Talking).await;
    customer.hears(AGENT_HZ).await;

    telephone.kill();
    product.wait_for(StateName::System).await;
    customer.forget();
    customer.hears_speech().await;
    assert!(!customer.heard(AGENT_HZ), "a dead telephone was heard");
    caller.finished().await;
    product.calls(1).await;
    product.stop_clean().await;
}

/// I1, I24: baresip over TCP and over TLS, where it checks our certificate: it registers, its
/// line is rung over the connection it came by, and it hears and is heard.
#[tokio::test(flavor = "multi_thread")]
async fn a_telephone_over_tcp_and_one_over_tls_talk_to_a_caller() {
    for transport in ["tcp", "tls"] {
        let carrier = Product::free_port();
        let product = Product::start(carrier).await;
        let telephone = Baresip::register_over(transport, &product, AGENT_HZ).await;
        let customer = Customer::listen(CUSTOMER_HZ);
        talk(&product, carrier, &customer, Duration::from_secs(5)).await;
        assert!(customer.heard(AGENT_HZ), "{transport}: the caller did not hear the agent");
        let recording = telephone.hang_up_and_listen().await;
        assert!(recording.heard(CUSTOMER_HZ), "{transport}: the agent did not hear the caller");
        product.stop_clean().await;
    }
}

/// I63, RFC 7118: a page registers over a secure WebSocket, its line is rung over it under its
/// `.invalid` Contact, and it hears and is heard. Reloaded in the call, it registers by a new
/// flow, and the dialog moves there: the next request finds it.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_over_a_secure_websocket_talks_and_keeps_its_call_when_it_reloads() {
    let carrier = Product::free_port();
    // This page speaks plain RTP.
    let product = Product::start_with(carrier, |config, _| config.media.web = false).await;
    let ears = Customer::listen(AGENT_HZ);
    let secret = product.secret().to_owned();
    let page = Page::register(&product, Door::Wss, &secret, &ears).await;
    product.wait_for_telephone().await;
    let customer = Customer::listen(CUSTOMER_HZ);
    talk(&product, carrier, &customer, Duration::from_secs(5)).await;
    assert!(customer.heard(AGENT_HZ), "the caller did not hear the page");
    assert!(ears.heard(CUSTOMER_HZ), "the page did not hear the caller");
    let invites = page.requests("INVITE");
    assert_eq!(invites.len(), 1);
    assert!(invites[0].starts_with("INVITE sip:7q2@k3m9.invalid;transport=ws SIP/2.0\r\n"));
    assert!(invites[0].contains("\r\nVia: SIP/2.0/WSS 127.0.0.1"), "{}", invites[0]);

    // The new page is there before anybody knows that the old one is gone.
    let reloaded = Page::register(&product, Door::Wss, &secret, &ears).await;
    drop(page);
    product.dispose("done").await;
    product.wait_for(StateName::Ready).await;
    product.agent(AgentVerb::ClockOut { reason: None }).await;
    let hung_up = async {
        while reloaded.requests("BYE").is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let found = tokio::time::timeout(Duration::from_secs(10), hung_up).await;
    assert!(found.is_ok(), "the BYE did not find the page that came back");
    product.stop_clean().await;
}

/// RFC 7118 §4, FAULTS S10: the HTTP listener's path and the port of its own both take the
/// subprotocol `sip` from our own pages and from programs, and nobody else.
#[tokio::test(flavor = "multi_thread")]
async fn a_websocket_opens_for_sip_and_for_our_own_pages_only() {
    let product = Product::start(Product::free_port()).await;
    for door in [Door::Http, Door::Ws] {
        let address = product.door(door).to_string();
        let (own, sip) = (format!("http://{address}"), ("sec-websocket-protocol", "sip"));
        assert_eq!(page::refusal(&product, door, &[sip, ("origin", &own)]).await, 101);
        let stranger = ("origin", "https://evil.example");
        assert_eq!(page::refusal(&product, door, &[sip, stranger]).await, 403);
        assert_eq!(page::refusal(&product, door, &[]).await, 400);
        let chat = ("sec-websocket-protocol", "chat");
        assert_eq!(page::refusal(&product, door, &[chat]).await, 400);
        let challenge = Page::challenge(&product, door, product.extension()).await;
        assert!(challenge.starts_with("SIP/2.0 401"), "{door:?}: {challenge}");
    }
    product.stop_clean().await;
}

/// The agent clocks in and takes a call that somebody makes to the DID; it lasts this long.
async fn talk(product: &Product, carrier: u16, customer: &Customer, length: Duration) {
    product.at_work().await;
    product.wait_for(StateName::Ready).await;
    let caller = Sipp::caller(carrier, product, customer.port(), length);
    product.wait_for(StateName::Talking).await;
    caller.finished().await;
    product.wait_for(StateName::WrapUp).await;
}
