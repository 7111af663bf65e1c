//! An agent calls the access number from a telephone that nobody registered, and proves who it is
//! by keys; SIPp is the network between.

use std::time::{Duration, Instant};

use admin_api::AgentVerb;
use admin_api::call_in::Prover;
use jiff::Timestamp;
use routing::{ConnectionMode, DidTarget, LinePlan, Pin, StateName};
use store::calls::{CallQuery, CallStep};

use super::customer::Customer;
use super::product::Product;
use super::sipp::Sipp;
use crate::{AGENT_HZ, CUSTOMER_HZ};

const PIN: &str = "402817";

/// R126: number and PIN by keys, then a caller of the queue, audio at both ends; both legs end.
#[tokio::test(flavor = "multi_thread")]
async fn an_agent_calls_in_by_number_and_pin_and_talks_to_a_caller() {
    let carrier = Product::free_port();
    let product = Product::start_with(carrier, |_, scene| {
        scene.dids[1].target = DidTarget::CallIn;
    })
    .await;
    let (agent, number) = (product.profile().id, product.profile().number.to_string());
    let pin = Pin::chosen(PIN, &number).unwrap();
    Prover::new(product.store().clone()).set(agent, &pin, Timestamp::now()).await.unwrap();
    let plan = LinePlan { mode: ConnectionMode::CallIn, persistent: true, phone: None };
    product.clock_in_by(plan).await;

    let mobile = Customer::listen(AGENT_HZ);
    let access = product.number(1);
    let line = Sipp::calling_number(carrier, &product, &access, mobile.port());
    mobile.hears_speech().await;
    mobile.press(&format!("{number}#111111#"));
    // Wrong: whoever it is hears so, and is asked again.
    product.came_to("wrong").await;
    assert!(!product.has_line(), "a wrong PIN made a line");
    mobile.press(&format!("{number}#{PIN}#"));
    product.wait_for_line().await;

    let customer = Customer::listen(CUSTOMER_HZ);
    let caller = Sipp::waiting_caller(Product::free_port(), &product, customer.port());
    customer.hears_speech().await;
    product.agent(AgentVerb::Ready).await;
    customer.hears(AGENT_HZ).await;
    mobile.hears(CUSTOMER_HZ).await;
    product.end_inbound().await;
    caller.finished().await;
    product.wait_for(StateName::WrapUp).await;
    product.wait_for_line().await;
    product.dispose("sale").await;
    product.wait_for(StateName::Ready).await;
    product.agent(AgentVerb::ClockOut { reason: None }).await;
    line.finished().await;

    let calls = product.calls(2).await;
    let line = calls.iter().find(|call| call.called == access).unwrap();
    assert_eq!((line.direction, line.abandoned), (store::Direction::Line, false));
    let inbound = calls.iter().find(|call| call.direction == store::Direction::Inbound).unwrap();
    assert_eq!((inbound.agent, inbound.queue), (Some(agent), Some(product.queue())));
    assert!(inbound.talk_ms.unwrap() > 0);
    product.stop_clean().await;
}

impl Product {
    /// Waits until a call to the access number came to this, by its record.
    async fn came_to(&self, how: &str) {
        let end = Instant::now() + Duration::from_secs(40);
        loop {
            for call in self.store().calls().list(&CallQuery::default()).await.unwrap().items {
                let steps = self.store().calls().steps(call.id).await.unwrap();
                let told =
                    |step: &CallStep| step.step == "called_in" && step.note.as_deref() == Some(how);
                if steps.iter().any(told) {
                    return;
                }
            }
            assert!(Instant::now() < end, "no call came to {how}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}
