//! Web Connect (R116): the agent's telephone is a page in Chromium.
//!
//! Each test hears the tone of either end at the other, and finds nothing left in the switch.

use std::time::{Duration, Instant};

use routing::StateName;

use super::chromium::Chromium;
use super::customer::Customer;
use super::product::Product;
use super::sipp::Sipp;
use crate::{AGENT_HZ, CUSTOMER_HZ};

/// Registers a page, clocks its agent in and waits until a caller of the DID talks with it.
async fn talk(product: &Product, carrier: u16, customer: &Customer) -> (Chromium, Sipp) {
    let browser = Chromium::register(product, AGENT_HZ).await;
    product.at_work().await;
    product.wait_for(StateName::Ready).await;
    let caller = Sipp::caller(carrier, product, customer.port(), Duration::from_secs(20));
    product.wait_for(StateName::Talking).await;
    (browser, caller)
}

/// I59, RFC 8445, RFC 5764: Chromium reaches the one port of all browsers, agrees keys by DTLS, and
/// hears and is heard in Opus, which is turned into the carrier's G.711; again after it restarted
/// ICE.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_in_chromium_talks_to_a_caller_before_and_after_an_ice_restart() {
    let carrier = Product::free_port();
    let product = Product::start(carrier).await;
    let customer = Customer::listen(CUSTOMER_HZ);
    let (mut browser, caller) = talk(&product, carrier, &customer).await;
    browser.hears(CUSTOMER_HZ).await;
    customer.hears(AGENT_HZ).await;
    let agreed = browser.run("page.agreed()").await;
    assert!(agreed.as_str().unwrap().contains("audio/opus"), "{agreed}");

    browser.run("page.restartIce()").await;
    customer.forget();
    browser.hears(CUSTOMER_HZ).await;
    customer.hears(AGENT_HZ).await;
    caller.finished().await;
    product.wait_for(StateName::WrapUp).await;
    product.stop_clean().await;
}

/// RFC 7675, FAULTS F11: Chromium is killed in mid-call. Its leg is freed, and the caller hears
/// music. The 4 s that this takes are exact in `media`'s own tests; here the machine may stall.
#[tokio::test(flavor = "multi_thread")]
async fn the_leg_of_a_killed_browser_is_freed_and_its_caller_hears_music() {
    let carrier = Product::free_port();
    // G.711, so that both are proven here.
    let change = |config: &mut config::Config, _: &mut _| {
        config.media.web_codecs = vec![config::Codec::Pcma];
    };
    let product = Product::start_with(carrier, change).await;
    let customer = Customer::listen(CUSTOMER_HZ);
    let (mut browser, caller) = talk(&product, carrier, &customer).await;
    browser.hears(CUSTOMER_HZ).await;
    customer.hears(AGENT_HZ).await;
    let agreed = browser.run("page.agreed()").await;
    assert!(agreed.as_str().unwrap().contains("audio/PCMA"), "{agreed}");
    browser.kill();
    let killed_at = Instant::now();
    product.wait_for(StateName::System).await;
    let found_after = killed_at.elapsed();
    assert!(found_after < Duration::from_secs(10), "freed after {found_after:?}");
    customer.forget();
    customer.hears_speech().await;
    caller.finished().await;
    product.calls(1).await;
    product.stop_clean().await;
}
