//! A voicemail of the simulated carrier, speech and beep: heard, judged, and left a message.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use cordboard::demo::carrier::{Carrier, Setup};
use cordboard::demo::clips::Clips;
use cordboard::demo::outcomes::{Fate, Laws};
use cordboard::demo::party::Parties;
use dialer::campaigns::Judge;
use dialer::{Amd, Answerer, Mode, OnMachine, Outcome};

use super::product::Product;

const LOOPBACK: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

/// R108: the message begins when the beep has ended, and is heard whole by what records it.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_left_after_the_beep_of_a_voicemail() {
    let clips = Arc::new(Clips::load().unwrap());
    let (ring, listen) = (Duration::from_millis(50), Duration::from_secs(30));
    let setup = Setup {
        address: (LOOPBACK, 0).into(),
        trusted: vec![LOOPBACK],
        laws: Laws::demo([1; 32]).with("12025550143", Fate::Machine { ring, listen }),
        clips: Arc::clone(&clips),
        parties: Arc::new(Parties::start(LOOPBACK).unwrap()),
    };
    let (carrier, mut records) = Carrier::start(setup).await.unwrap();
    let product = Product::start_with(carrier.address().port(), |_, scene| {
        let campaign = &mut scene.campaign;
        campaign.mode = Mode::Agentless { max_live: 1 };
        campaign.message = Some("abandoned-notice".to_owned());
        let (judge, on_machine) = (Judge::First, OnMachine::LeaveMessage);
        campaign.amd = Amd { judge, on_machine, ..Amd::default() };
    })
    .await;
    product.dial(&["+12025550143"]).await;

    let record = records.recv().await.unwrap();
    let picked_up = record.course.answered.unwrap();
    let loud = || record.heard.iter().filter(|heard| heard.loudness > 200.0);
    let began = loud().next().unwrap().from - picked_up;
    // Whichever of the greetings it was: a breath before and after it, and 480 ms of beep. What
    // is heard is cut in fifths of a second.
    let shortest = clips.machines.iter().map(|greeting| greeting.len() / 8).min().unwrap();
    let beeped = Duration::from_millis(u64::try_from(shortest).unwrap() + 1_280);
    let fifth = Duration::from_millis(200);
    assert!(began + fifth >= beeped, "the message began {began:?} after the answer");
    assert!(loud().count() >= 15, "it was not heard whole: {:?}", record.sound());

    let attempts = product.attempts(1).await;
    assert_eq!(attempts[0].outcome, Some(Outcome::Delivered));
    let (answerer, why) = (attempts[0].answerer, attempts[0].answerer_why.as_deref());
    assert_eq!(answerer, Some(Answerer::Machine), "{why:?}");
    assert!(attempts[0].message_left);
    assert_eq!(product.calls(1).await[0].talk_ms, Some(0));
    assert_eq!((product.abandoned(), carrier.live().await.unwrap().calls), (0, 0));
}
