//! A voicemail of the simulated carrier, speech and beep: heard, judged, and left a message.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use cordboard::demo::carrier::{Carrier, Setup};
use cordboard::demo::clips::Clips;
use cordboard::demo::outcomes::{Fate, Laws};
use cordboard::demo::party::Parties;
use dialer::campaigns::Judge;
use dialer::{Amd, Mode, OnMachine, Outcome};

use super::product::Product;

const LOOPBACK: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

/// R108: what records hears the message after its beep, whatever the greeting passed for.
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
    // Whichever of the greetings it was: a breath before and after it, and 480 ms of beep.
    let longest = clips.machines.iter().map(|greeting| greeting.len() / 8).max().unwrap();
    let beeped = picked_up + Duration::from_millis(u64::try_from(longest).unwrap() + 1_280);
    let after = record.heard.iter().filter(|heard| heard.from >= beeped);
    let fifths = after.filter(|heard| heard.loudness > 200.0).count();
    assert!(fifths >= 15, "{fifths} fifths of a second after the beep: {:?}", record.sound());

    let attempts = product.attempts(1).await;
    assert_eq!(attempts[0].outcome, Some(Outcome::Delivered));
    // The signature that the simulated line hums hides the softer syllables: the greeting may pass
    // for a person's, and the beep then has the message begun anew.
    let why = attempts[0].answerer_why.as_deref();
    assert!(attempts[0].answerer.is_some(), "{why:?}");
    assert!(attempts[0].message_left);
    assert_eq!(product.calls(1).await[0].talk_ms, Some(0));
    assert_eq!((product.abandoned(0).await, carrier.live().await.unwrap().calls), (0, 0));
}
