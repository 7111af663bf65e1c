//! A caller whom nobody takes leaves a message: SIPp calls, and what it plays is in the mailbox.

use std::time::Duration;

use routing::{Mailbox, Overflow};

use super::customer::{Customer, has_tone};
use super::mail::{MailServer, attached};
use super::product::Product;
use super::sipp::Sipp;
use crate::{AGENT_HZ, CUSTOMER_HZ};

/// R96, R158: after the longest wait the queue asks for a message; the caller hears greeting and
/// tone, and what they say is in the queue's mailbox, and mailed to its address (R159).
#[tokio::test(flavor = "multi_thread")]
async fn a_caller_leaves_a_message_for_a_queue_that_nobody_serves() {
    let carrier = Product::free_port();
    let server = MailServer::start().await;
    let product = Product::start_with(carrier, |config, scene| {
        config.mail.server = Some("127.0.0.1".to_owned());
        config.mail.port = server.port();
        config.mail.tls = config::MailTls::Off;
        config.mail.from = Some("Cordboard <pbx@example.net>".to_owned());
        scene.queue.mail_to = Some("loans@example.net".to_owned());
        scene.queue.wait_ms_max = 1_000;
        scene.queue.overflow = Overflow::Voicemail;
    })
    .await;
    // A short one: this is about what follows it.
    product.change_queue(|queue| queue.greeting = Some("queue-you-are-number".to_owned()));
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
    let letter = server.letter().await;
    for line in ["From: Cordboard <pbx@example.net>", "To: loans@example.net"] {
        assert!(letter.lines().any(|found| found == line), "no {line}: {letter:.400}");
    }
    let heard = attached(&letter);
    assert!(has_tone(&heard, CUSTOMER_HZ), "the letter does not hold what the caller said");
    assert_eq!(heard.len(), said.len());
    product.stop_clean().await;
}
