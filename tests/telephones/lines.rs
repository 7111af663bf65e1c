//! How an agent's line is made: by baresip rung for one call, and by a number outside at SIPp.

use std::time::Duration;

use admin_api::AgentVerb;
use routing::{LinePlan, StateName};

use super::baresip::Baresip;
use super::customer::Customer;
use super::product::Product;
use super::sipp::Sipp;
use crate::{AGENT_HZ, CUSTOMER_HZ};

/// R127: the telephone rings for the caller, and its leg ends with the call.
#[tokio::test(flavor = "multi_thread")]
async fn a_telephone_that_is_rung_for_one_call_talks_to_the_caller() {
    let carrier = Product::free_port();
    let product = Product::start(carrier).await;
    let telephone = Baresip::register(&product, AGENT_HZ).await;
    let customer = Customer::listen(CUSTOMER_HZ);
    product.clock_in_by(LinePlan { persistent: false, ..LinePlan::default() }).await;
    product.agent(AgentVerb::Ready).await;
    product.wait_for(StateName::Ready).await;

    let caller = Sipp::caller(carrier, &product, customer.port(), Duration::from_secs(4));
    customer.hears(AGENT_HZ).await;
    caller.finished().await;
    product.wait_for(StateName::WrapUp).await;
    product.wait_for_no_line().await;
    product.dispose("sale").await;
    product.wait_for(StateName::Ready).await;

    let calls = product.calls(1).await;
    assert!(calls[0].talk_ms.unwrap() > 0);
    let recording = telephone.hang_up_and_listen().await;
    assert!(recording.heard(CUSTOMER_HZ), "the agent did not hear the caller");
    product.stop_clean().await;
}

/// R128: the line is a call to a number outside, which stays up between calls.
#[tokio::test(flavor = "multi_thread")]
async fn an_agent_at_a_number_outside_talks_to_the_caller() {
    let carrier = Product::free_port();
    let product = Product::start(carrier).await;
    let mobile = Customer::listen(AGENT_HZ);
    let customer = Customer::listen(CUSTOMER_HZ);
    let _sipp = Sipp::carrier(carrier, mobile.port());
    let phone = Some("+12025550109".parse().unwrap());
    product.clock_in_by(LinePlan { phone, ..LinePlan::default() }).await;
    product.wait_for_line().await;

    // Neither side speaks before it has heard something: the caller hears music first.
    let port = Product::free_port();
    let caller = Sipp::caller(port, &product, customer.port(), Duration::from_secs(7));
    customer.hears_speech().await;
    product.agent(AgentVerb::Ready).await;
    customer.hears(AGENT_HZ).await;
    mobile.hears(CUSTOMER_HZ).await;
    caller.finished().await;
    product.wait_for(StateName::WrapUp).await;
    product.wait_for_line().await;
    product.dispose("sale").await;
    product.wait_for(StateName::Ready).await;
    product.agent(AgentVerb::ClockOut { reason: None }).await;

    let calls = product.calls(2).await;
    let line = calls.iter().find(|call| call.called == "+12025550109").unwrap();
    assert_eq!(line.direction, store::Direction::Line);
    assert!(line.talk_ms.unwrap() > 4_000, "the line outlasts the call");
    product.stop_clean().await;
}

/// Whoever answers at a number outside presses 1, and is the agent's line from then on.
#[tokio::test(flavor = "multi_thread")]
async fn a_line_outside_is_taken_by_a_key_and_talks_to_the_caller() {
    let carrier = Product::free_port();
    let product = Product::start_with(carrier, |_, scene| {
        scene.agents[0].connection.press_to_take = true;
    })
    .await;
    let mobile = Customer::listen(AGENT_HZ);
    let customer = Customer::listen(CUSTOMER_HZ);
    let _sipp = Sipp::carrier(carrier, mobile.port());
    let phone = Some("+12025550109".parse().unwrap());
    product.clock_in_by(LinePlan { phone, ..LinePlan::default() }).await;
    mobile.hears_speech().await;
    assert!(!product.has_line(), "the line is up before the key was pressed");
    mobile.press("1");
    product.wait_for_line().await;

    let port = Product::free_port();
    let caller = Sipp::caller(port, &product, customer.port(), Duration::from_secs(7));
    customer.hears_speech().await;
    product.agent(AgentVerb::Ready).await;
    customer.hears(AGENT_HZ).await;
    mobile.hears(CUSTOMER_HZ).await;
    caller.finished().await;
    product.wait_for(StateName::WrapUp).await;
    product.dispose("sale").await;
    product.agent(AgentVerb::ClockOut { reason: None }).await;
    product.calls(2).await;
    product.stop_clean().await;
}
