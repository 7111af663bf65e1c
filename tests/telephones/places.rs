//! A caller keeps the place in line, hangs up, and is called back when it has its turn.

use std::time::Duration;

use admin_api::AgentVerb;
use routing::{CallBack, StateName};

use super::baresip::Baresip;
use super::customer::Customer;
use super::product::Product;
use super::sipp::Sipp;
use crate::{AGENT_HZ, CUSTOMER_HZ};

/// Issue 5, point 4: pressed, told so and hung up; called back for a ready agent, who hears and is
/// heard.
#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_keeps_the_place_is_called_back_and_talks_to_an_agent() {
    let carrier = Product::free_port();
    let product = Product::start(carrier).await;
    let campaign = product.campaign();
    product.change_queue(|queue| queue.call_back = Some(CallBack::of(campaign)));
    let home = Customer::listen(CUSTOMER_HZ);
    let _sipp = Sipp::carrier(carrier, home.port());
    let telephone = Baresip::register(&product, AGENT_HZ).await;
    product.clock_in().await;
    product.wait_for_line().await;

    let waiting = Customer::listen(CUSTOMER_HZ);
    let caller = Sipp::waiting_caller(Product::free_port(), &product, waiting.port());
    waiting.hears_speech().await;
    waiting.press("1");
    // The switch says so, and hangs up.
    caller.finished().await;
    let kept = product.calls(1).await.remove(0);
    assert_eq!((kept.abandoned, kept.agent), (false, None));
    drop(waiting);

    product.agent(AgentVerb::Ready).await;
    product.wait_for(StateName::Talking).await;
    home.hears(AGENT_HZ).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    product.agent(AgentVerb::HangUp).await;
    product.wait_for(StateName::WrapUp).await;
    product.dispose("sale").await;

    let calls = product.calls(2).await;
    let back = calls.iter().find(|call| call.id != kept.id).unwrap();
    assert_eq!((&back.called, back.direction), (&kept.calling, store::Direction::Outbound));
    assert_eq!(product.attempts(1).await[0].number.to_string(), kept.calling);
    let recording = telephone.hang_up_and_listen().await;
    assert!(recording.heard(CUSTOMER_HZ), "the agent did not hear who was called back");
    product.stop_clean().await;
}
