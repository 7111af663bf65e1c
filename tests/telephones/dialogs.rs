//! Dialogs as SIPp makes them go wrong: forks that both answer, ACKs that are lost, timers that are
//! too short, a CANCEL that crosses the answer, an offer before the answer, a caller who would move
//! others about. SIPp checks each step; a step that fails, fails it.

use std::time::Duration;

use admin_api::AgentVerb;
use routing::StateName;

use super::baresip::Baresip;
use super::customer::Customer;
use super::product::Product;
use super::sipp::Sipp;
use crate::{AGENT_HZ, CUSTOMER_HZ};

/// INTEROP 15: two telephones of one lead pick up. One talks, the other is hung up at once.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_forks_that_answer_one_talks_and_the_other_is_hung_up() {
    a_carrier_that_answers_as("forks.xml").await;
}

/// INTEROP 4, 5, 38: ACKs that are lost, and a session timer that is too short at first. Both ends
/// hear each other all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_stands_whose_acks_are_lost_and_one_whose_timer_was_refused() {
    let carrier = Product::free_port();
    let product = Product::start(carrier).await;
    let telephone = Baresip::register(&product, AGENT_HZ).await;
    product.at_work().await;
    for scenario in ["lost-ack.xml", "session-timer.xml"] {
        product.wait_for(StateName::Ready).await;
        let customer = Customer::listen(CUSTOMER_HZ);
        let talk = Duration::from_secs(5);
        let caller = Sipp::calling(scenario, carrier, &product, customer.port(), talk);
        product.wait_for(StateName::Talking).await;
        caller.finished().await;
        product.wait_for(StateName::WrapUp).await;
        assert!(customer.heard(AGENT_HZ), "{scenario}: the caller did not hear the agent");
        product.dispose("done").await;
    }
    let recording = telephone.hang_up_and_listen().await;
    assert!(recording.heard(CUSTOMER_HZ), "the agent did not hear the callers");
    product.stop_clean().await;
}

/// RFC 3261 §9.2: the CANCEL came too late, so it changes nothing, and nothing is left of the call.
#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_that_crosses_our_answer_changes_nothing() {
    let carrier = Product::free_port();
    let product = Product::start(carrier).await;
    let customer = Customer::listen(CUSTOMER_HZ);
    let talk = Duration::from_secs(1);
    let caller = Sipp::calling("crossing-cancel.xml", carrier, &product, customer.port(), talk);
    caller.finished().await;
    product.calls(1).await;
    product.stop_clean().await;
}

/// RFC 3311 §5, INTEROP 33, 36: a carrier that moves its audio by an UPDATE before it answers.
/// Where it rang from nobody listens, so both ends hear each other by the UPDATE alone.
#[tokio::test(flavor = "multi_thread")]
async fn a_carrier_that_moves_its_audio_before_it_answers_is_followed() {
    a_carrier_that_answers_as("early-update.xml").await;
}

/// FAULTS S4, RFC 3515, RFC 3891: a carrier moves nobody. Its REFER and its INVITEs with Replaces
/// are refused, each with its own code, and the call that they named goes on to be heard.
#[tokio::test(flavor = "multi_thread")]
async fn a_carrier_that_would_transfer_or_take_over_a_call_is_refused_and_keeps_it() {
    let carrier = Product::free_port();
    let product = Product::start(carrier).await;
    let telephone = Baresip::register(&product, AGENT_HZ).await;
    let customer = Customer::listen(CUSTOMER_HZ);
    product.at_work().await;
    product.wait_for(StateName::Ready).await;
    let talk = Duration::from_secs(4);
    let caller = Sipp::calling("meddling.xml", carrier, &product, customer.port(), talk);
    product.wait_for(StateName::Talking).await;
    caller.finished().await;
    product.wait_for(StateName::WrapUp).await;
    assert_eq!(product.calls(1).await.len(), 1);
    assert!(customer.heard(AGENT_HZ), "the caller did not hear the agent");
    let recording = telephone.hang_up_and_listen().await;
    assert!(recording.heard(CUSTOMER_HZ), "the agent did not hear the caller");
    product.stop_clean().await;
}

/// A lead is dialled at a carrier that plays this scenario: both ends hear each other, and both
/// legs end.
async fn a_carrier_that_answers_as(scenario: &str) {
    let carrier = Product::free_port();
    let product = Product::start(carrier).await;
    let telephone = Baresip::register(&product, AGENT_HZ).await;
    let customer = Customer::listen(CUSTOMER_HZ);
    let sipp = Sipp::answering(scenario, carrier, customer.port());
    product.clock_in().await;
    product.wait_for_line().await;
    product.dial(&["+12025550103"]).await;
    product.agent(AgentVerb::Ready).await;
    product.wait_for(StateName::Talking).await;
    customer.hears(AGENT_HZ).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    product.agent(AgentVerb::HangUp).await;
    product.wait_for(StateName::WrapUp).await;
    sipp.finished().await;
    let recording = telephone.hang_up_and_listen().await;
    assert!(recording.heard(CUSTOMER_HZ), "the agent did not hear the customer");
    product.stop_clean().await;
}
