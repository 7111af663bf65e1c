//! Carriers that nobody here wrote, refusing in every way: Kamailio in front, SIPp behind it.

use std::time::Duration;

use admin_api::{AgentVerb, Change};
use dialer::Outcome;
use routing::{StateName, TrunkAddress};
use store::trunks::TrunkSecret;

use super::baresip::Baresip;
use super::customer::Customer;
use super::kamailio::Kamailio;
use super::product::Product;
use super::sipp::Sipp;
use crate::{AGENT_HZ, CUSTOMER_HZ};

fn at(port: u16) -> TrunkAddress {
    TrunkAddress { host: "127.0.0.1".to_owned(), port: Some(port), transport: None }
}

async fn outcome(product: &Product, number: &str, so_far: usize) -> Option<Outcome> {
    let attempts = product.attempts(so_far).await;
    attempts.iter().find(|one| one.number.to_string() == number).unwrap().outcome
}

/// FAULTS F7, INTEROP 16, 46, 47, 64: each refusal has its outcome; a failure, a redirection, a
/// challenge and silence still end in a conversation, and the lead is dialled once.
#[tokio::test(flavor = "multi_thread")]
async fn a_carrier_that_refuses_in_every_way_burns_no_lead_and_loses_no_call() {
    let (front, behind) = (Product::free_port(), Product::free_port());
    let product = Product::start(front).await;
    let telephone = Baresip::register(&product, AGENT_HZ).await;
    let customer = Customer::listen(CUSTOMER_HZ);
    let _sipp = Sipp::carrier(behind, customer.port());
    let _kamailio = Kamailio::carrier(front, behind).await;
    let trunk = product.trunk(|trunk| trunk.addresses.push(at(behind)));
    let (username, password) = ("cordboard".to_owned(), "correct horse".to_owned());
    let secret = TrunkSecret { trunk, username, password };
    product.tell(Change::TrunkSecret(trunk, Some(secret)));
    product.at_work().await;

    let mut dialled = 0;
    for (number, expected) in [
        ("+12025550186", Outcome::Busy),
        ("+12025550180", Outcome::NoAnswer),
        ("+12025550184", Outcome::BadNumber),
        ("+12025550163", Outcome::Refused),
    ] {
        product.dial(&[number]).await;
        dialled += 1;
        assert_eq!(outcome(&product, number, dialled).await, Some(expected), "{number}");
    }
    // Redirected, challenged, refused for now, silent: the other address has them all.
    for number in ["+12025550133", "+12025550147", "+12025550153", "+12025550177"] {
        customer.forget();
        product.dial(&[number]).await;
        dialled += 1;
        product.wait_for(StateName::Talking).await;
        customer.hears(AGENT_HZ).await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        product.agent(AgentVerb::HangUp).await;
        product.wait_for(StateName::WrapUp).await;
        product.dispose("sale").await;
        product.wait_for(StateName::Ready).await;
        assert_eq!(outcome(&product, number, dialled).await, Some(Outcome::Connected), "{number}");
        // A carrier that asked for peace gets it before the next call.
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    let recording = telephone.hang_up_and_listen().await;
    assert!(recording.heard(CUSTOMER_HZ), "the agent did not hear the customer");
    product.stop_clean().await;
}

/// INTEROP 8, D9: somebody picks up as we give up; SIPp sees the ACK and the BYE.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_crosses_our_cancel_is_acknowledged_and_hung_up() {
    let carrier = Product::free_port();
    let product = Product::start(carrier).await;
    let _telephone = Baresip::register(&product, AGENT_HZ).await;
    let customer = Customer::listen(CUSTOMER_HZ);
    let sipp = Sipp::answering("late.xml", carrier, customer.port());
    product.at_work().await;
    product.dial(&["+12025550102"]).await;
    let attempts = product.attempts(1).await;
    assert_eq!(attempts[0].outcome, Some(Outcome::NoAnswer));
    sipp.finished().await;
    product.stop_clean().await;
}

/// INTEROP 27-30, 33, 36, 38: what a gateway does within a call, each step checked by SIPp.
#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_holds_updates_and_asks_for_offers_keeps_its_call() {
    let carrier = Product::free_port();
    let product = Product::start(carrier).await;
    let telephone = Baresip::register(&product, AGENT_HZ).await;
    let customer = Customer::listen(CUSTOMER_HZ);
    product.at_work().await;
    product.wait_for(StateName::Ready).await;
    let caller = Sipp::gateway(carrier, &product, customer.port());
    product.wait_for(StateName::Talking).await;
    caller.finished().await;
    product.wait_for(StateName::WrapUp).await;
    assert!(customer.heard(AGENT_HZ), "the caller did not hear the agent");
    let recording = telephone.hang_up_and_listen().await;
    assert!(recording.heard(CUSTOMER_HZ), "the agent did not hear the caller");
    product.stop_clean().await;
}
