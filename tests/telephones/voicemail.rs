//! A caller whom nobody takes leaves a message: SIPp calls, and what it plays is in the mailbox.

use std::time::Duration;

use routing::{Mailbox, Overflow};

use super::customer::{Customer, has_tone};
use super::product::Product;
use super::sipp::Sipp;
use crate::{AGENT_HZ, CUSTOMER_HZ};

/// R96, R158: after the longest wait the queue asks for a message; the caller hears greeting and
/// tone, and what they say is in the queue's mailbox and nowhere else.
#[tokio::test(flavor = "multi_thread")]
async fn a_caller_leaves_a_message_for_a_queue_that_nobody_serves() {
    let carrier = Product::free_port();
    let product = Product::start_with(carrier, |_, scene| {
        scene.queue.wait_ms_max = 1_000;
        scene.queue.overflow = Overflow::Voicemail;
        // A short one: this is about what follows it.
        scene.queue.greeting = Some("queue-you-are-number".to_owned());
    })
    .await;
    let customer = Customer::listen(CUSTOMER_HZ);
    let caller = Sipp::caller(carrier, &product, customer.port(), Duration::from_secs(9));
    caller.finished().await;

    let calls = product.calls(1).await;
    assert_eq!((calls[0].talk_ms, calls[0].abandoned), (Some(0), false));
    assert!(customer.heard_speech(), "neither music nor greeting was heard");
    assert!(!customer.heard(AGENT_HZ), "an agent was heard who is not there");
    let (message, [silent, said]) = product.message().await;
    assert_eq!(message.mailbox, Mailbox::Queue { queue: product.queue() });
    assert_eq!((message.calling, message.heard_at), (calls[0].calling.clone(), None));
    assert!((3_000..8_000).contains(&message.duration_ms), "{} ms", message.duration_ms);
    assert!(has_tone(&said, CUSTOMER_HZ), "the message is not what the caller said");
    assert!(silent.iter().all(|sample| *sample == 0), "somebody else is in the message");
    product.stop_clean().await;
}
