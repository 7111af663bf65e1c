//! Hold and transfer by the keys of telephones that nobody here wrote. The switch ends a transfer
//! itself: whoever is left hears whoever else is left, and the telephone is out of it.

use std::time::Duration;

use routing::{StateName, TrunkAddress};

use super::baresip::Baresip;
use super::customer::Customer;
use super::linphone::Linphone;
use super::product::Product;
use super::sipp::Sipp;
use crate::{AGENT_HZ, CUSTOMER_HZ};

/// What the third party plays.
const THIRD_HZ: u16 = 1_700;

/// Whom the agent sends customers to: a number outside.
const THIRD: &str = "+12025550107";

/// A switch whose carrier calls from one address and is called at another, where the third party
/// answers.
struct House {
    product: Product,
    /// Where callers come from.
    carrier: u16,
    customer: Customer,
    third: Customer,
    _sipp: Sipp,
}

impl House {
    async fn open() -> Self {
        let (called, carrier) = (Product::free_port(), Product::free_port());
        let product = Product::start_with(called, |_, scene| {
            scene.agents[0].permissions.outside_transfers = true;
            // Whoever is sent on is shown the campaign's number.
            scene.dids[0].campaign = Some(scene.campaign.id);
        })
        .await;
        product.trunk(|trunk| {
            let host = "127.0.0.1".to_owned();
            trunk.addresses.push(TrunkAddress { host, port: Some(carrier), transport: None });
        });
        let (customer, third) = (Customer::listen(CUSTOMER_HZ), Customer::listen(THIRD_HZ));
        let sipp = Sipp::carrier(called, third.port());
        Self { product, carrier, customer, third, _sipp: sipp }
    }

    /// A caller in conversation with the agent.
    async fn conversation(&self) -> Sipp {
        self.product.at_work().await;
        self.product.wait_for(StateName::Ready).await;
        let port = self.customer.port();
        let caller = Sipp::waiting_caller(self.carrier, &self.product, port);
        self.product.wait_for(StateName::Talking).await;
        self.customer.hears(AGENT_HZ).await;
        // What a telephone heard is read at its end only.
        tokio::time::sleep(Duration::from_secs(2)).await;
        caller
    }

    /// The caller is hung up, and whoever they are with.
    async fn ends(&self, caller: Sipp) {
        self.product.end_inbound().await;
        caller.finished().await;
    }

    /// Caller and third party hear each other, and the agent is done with both.
    async fn are_together(&self) {
        self.customer.hears(THIRD_HZ).await;
        self.third.hears(CUSTOMER_HZ).await;
        self.product.wait_for(StateName::WrapUp).await;
        self.customer.forget();
        self.third.forget();
        self.customer.hears(THIRD_HZ).await;
        self.third.hears(CUSTOMER_HZ).await;
        assert!(
            !self.customer.heard(AGENT_HZ) && !self.third.heard(AGENT_HZ),
            "the agent is heard"
        );
    }
}

/// INTEROP 29, 41: baresip holds, the caller hears music; it resumes, they talk; it transfers by
/// REFER, and caller and third party are together.
#[tokio::test(flavor = "multi_thread")]
async fn baresip_holds_and_sends_its_caller_on() {
    let house = House::open().await;
    let telephone = Baresip::register_over("tcp", &house.product, AGENT_HZ).await;
    let caller = house.conversation().await;
    telephone.press("hold", None);
    house.product.wait_for(StateName::Hold).await;
    house.customer.forget();
    house.customer.hears_speech().await;
    telephone.press("resume", None);
    house.product.wait_for(StateName::Talking).await;
    house.customer.forget();
    house.customer.hears(AGENT_HZ).await;
    telephone.press("transfer", Some(THIRD));
    house.are_together().await;
    house.ends(caller).await;
    let recording = telephone.hang_up_and_listen().await;
    assert!(recording.heard(CUSTOMER_HZ), "the agent did not hear the caller");
    assert!(!recording.heard(THIRD_HZ), "the agent heard whom the caller was sent to");
    house.product.stop_clean().await;
}

/// I24, INTEROP 29: linphone over TLS holds and takes its caller back.
#[tokio::test(flavor = "multi_thread")]
async fn linphone_over_tls_holds_and_takes_its_caller_back() {
    let house = House::open().await;
    let mut telephone = Linphone::register("tls", &house.product, AGENT_HZ).await;
    let caller = house.conversation().await;
    telephone.press("pause 1");
    house.product.wait_for(StateName::Hold).await;
    house.customer.forget();
    house.customer.hears_speech().await;
    telephone.press("resume 1");
    house.product.wait_for(StateName::Talking).await;
    house.customer.forget();
    house.customer.hears(AGENT_HZ).await;
    house.ends(caller).await;
    house.product.wait_for(StateName::WrapUp).await;
    let recording = telephone.hang_up_and_listen().await;
    assert!(recording.heard(CUSTOMER_HZ), "the agent did not hear the caller");
    house.product.stop_clean().await;
}

/// INTEROP 41, RFC 3515: linphone over TCP sends its caller on without a word.
#[tokio::test(flavor = "multi_thread")]
async fn linphone_over_tcp_sends_its_caller_on() {
    let house = House::open().await;
    let mut telephone = Linphone::register("tcp", &house.product, AGENT_HZ).await;
    let caller = house.conversation().await;
    telephone.press(&format!("transfer 1 sip:{THIRD}@127.0.0.1"));
    house.are_together().await;
    house.ends(caller).await;
    let recording = telephone.hang_up_and_listen().await;
    assert!(recording.heard(CUSTOMER_HZ), "the agent did not hear the caller");
    house.product.stop_clean().await;
}

/// INTEROP 42, RFC 3891: linphone calls somebody about its caller, who hears music meanwhile, and
/// puts the two together by REFER with Replaces.
#[tokio::test(flavor = "multi_thread")]
async fn linphone_asks_somebody_and_puts_its_caller_through() {
    let house = House::open().await;
    let mut telephone = Linphone::register("udp", &house.product, AGENT_HZ).await;
    let caller = house.conversation().await;
    telephone.press("pause 1");
    house.product.wait_for(StateName::Hold).await;
    telephone.press(&format!("call sip:{THIRD}@127.0.0.1"));
    house.third.hears(AGENT_HZ).await;
    house.customer.forget();
    house.customer.hears_speech().await;
    assert!(!house.third.heard(CUSTOMER_HZ), "the third party heard the caller too soon");
    telephone.press("transfer 1 --to-call 2");
    house.are_together().await;
    house.ends(caller).await;
    let recording = telephone.hang_up_and_listen().await;
    assert!(recording.heard(THIRD_HZ), "the agent did not hear the third party");
    house.product.stop_clean().await;
}
