//! People who ask by themselves not to be called again (RULES US-4; 47 CFR 64.1200(a)(7)(i)(B),
//! (b)(3)): by a key while they hear a message or why nobody comes, and in a workflow.

use std::time::Duration;

use admin_api::control::{AgentVerb, CallbackBy, Change};
use dialer::campaign::Recycle;
use dialer::campaigns::Judge;
use dialer::dnc::Forbidden;
use dialer::{Amd, CampaignSettings, LeadStatus, Mode, OnMachine, Outcome};
use media::ears::verdict::Answerer;
use routing::{CampaignId, Number, StateName};
use serde_json::json;
use store::Event;

use super::workflows::{calls, led, press};
use super::world::World;
use super::{CUSTOMER, PEOPLE};

const NOTICE: &str = "Named(PromptId(\"abandoned-notice\"))";
const SPRING: &str = "Named(PromptId(\"spring\"))";
const GOODBYE: &str = "Named(PromptId(\"goodbye\"))";

fn campaign(world: &World) -> CampaignId {
    world.scene().campaign.id
}

/// Somebody answered, nobody came, and the notice is played.
fn abandoned(change: impl FnOnce(&mut CampaignSettings)) -> World {
    let mut world = World::of(1, |scene| {
        scene.campaign.opt_out_key = Some('9');
        change(&mut scene.campaign);
    });
    world.telephones_ring_on();
    world.staff();
    world.lead(CUSTOMER);
    world.run(Duration::from_secs(1));
    world.agent(AgentVerb::ClockOut { reason: None });
    world.carrier_answers();
    world.run(Duration::from_secs(2));
    assert_eq!(world.plays(NOTICE), 1);
    world
}

/// Somebody answered a campaign that has nothing but a message.
fn messaged(change: impl FnOnce(&mut CampaignSettings)) -> World {
    let mut world = World::new();
    let mut campaign = world.scene().campaign.clone();
    campaign.mode = Mode::Agentless { max_live: 1 };
    (campaign.message, campaign.opt_out_key) = (Some("spring".to_owned()), Some('9'));
    change(&mut campaign);
    world.tell(Change::Campaign(Box::new(campaign)));
    world.people(&PEOPLE[..1]);
    world.run(Duration::from_secs(1));
    world.carrier_answers();
    world
}

fn opted_out(world: &World) -> Vec<(Number, Option<char>, Option<Recycle>)> {
    world.all(|event| match event {
        Event::OptedOut { number, key, recycle, .. } => Some((*number, *key, *recycle)),
        _ => None,
    })
}

fn ends(world: &World) -> Vec<(Outcome, LeadStatus)> {
    world.all(|event| match event {
        Event::AttemptEnded { outcome, recycle, .. } => Some((*outcome, recycle.status)),
        _ => None,
    })
}

fn is_listed(world: &World, number: &str) -> bool {
    let number = number.parse().unwrap();
    world.forbids(campaign(world), number) == Some(Forbidden::Organisation)
}

/// The number is on the organisation's list in the pass that read the key, the call ends, and the
/// lead with it; it is still an abandoned call.
#[test]
fn who_presses_the_key_in_the_notice_is_listed_at_once_and_the_call_ends() {
    let mut world = abandoned(|_| {});
    for key in ['1', '#', '8'] {
        world.caller_presses(0, key);
    }
    assert_eq!((opted_out(&world), world.carrier_ended()), (vec![], 0));
    assert!(!is_listed(&world, CUSTOMER));
    world.caller_presses(0, '9');
    assert!(is_listed(&world, CUSTOMER));
    let recycle = Some(Recycle::objected(Outcome::Abandoned));
    assert_eq!(opted_out(&world), [(CUSTOMER.parse().unwrap(), Some('9'), recycle)]);
    world.run(Duration::from_secs(1));
    assert_eq!(world.carrier_ended(), 1);
    assert_eq!(ends(&world), [(Outcome::Abandoned, LeadStatus::DoNotCall)]);
}

/// INTEROP 56: a carrier without telephone events tells keys by INFO.
#[test]
fn a_key_that_comes_by_info_counts_as_well() {
    let mut world = abandoned(|_| {});
    world.caller_presses_by_info(0, '8');
    assert!(!is_listed(&world, CUSTOMER));
    world.caller_presses_by_info(0, '9');
    assert!(is_listed(&world, CUSTOMER));
}

#[test]
fn without_a_key_of_the_campaign_no_key_opts_out() {
    let mut world = abandoned(|own| own.opt_out_key = None);
    for key in "0123456789*#".chars() {
        world.caller_presses(0, key);
    }
    world.message_ends();
    world.run(Duration::from_secs(1));
    assert_eq!((opted_out(&world), is_listed(&world, CUSTOMER)), (vec![], false));
    assert_eq!(ends(&world), [(Outcome::Abandoned, LeadStatus::Due)]);
}

/// A confirmation is heard to its end; pressing again says nothing new, and the end of the notice
/// that it replaced does not cut it short.
#[test]
fn a_campaigns_own_words_confirm_it_before_the_call_ends() {
    let mut world = abandoned(|own| own.opt_out_notice = Some("goodbye".to_owned()));
    world.caller_presses(0, '9');
    assert!(is_listed(&world, CUSTOMER));
    assert_eq!((world.plays(GOODBYE), world.carrier_ended()), (1, 0));
    world.caller_presses(0, '9');
    world.clip_ends(1);
    assert_eq!((world.plays(GOODBYE), world.carrier_ended()), (1, 0));
    world.message_ends();
    world.run(Duration::from_secs(1));
    assert_eq!((opted_out(&world).len(), world.carrier_ended()), (1, 1));
}

/// Nobody is kept in silence for words that are not there.
#[test]
fn a_confirmation_that_is_missing_ends_the_call() {
    let mut world = abandoned(|own| own.opt_out_notice = Some("goodbye".to_owned()));
    world.caller_presses(0, '9');
    world.clip_is_missing();
    world.run(Duration::from_secs(1));
    assert_eq!((world.plays(NOTICE), world.carrier_ended()), (1, 1));
}

/// A confirmation that never ends is no reason to hold the line.
#[test]
fn a_confirmation_is_waited_for_no_longer_than_a_notice() {
    let mut world = abandoned(|own| own.opt_out_notice = Some("goodbye".to_owned()));
    world.caller_presses(0, '9');
    world.run(Duration::from_millis(29_900));
    assert_eq!(world.carrier_ended(), 0);
    world.run(Duration::from_millis(200));
    assert_eq!(world.carrier_ended(), 1);
}

/// 47 CFR 64.1200(b)(3): a recorded message offers it, too. It was not heard to its end.
#[test]
fn who_presses_the_key_in_a_message_is_listed_and_was_not_delivered_to() {
    let mut world = messaged(|own| own.opt_out_notice = Some("goodbye".to_owned()));
    assert_eq!(world.plays(SPRING), 1);
    world.caller_presses(0, '9');
    assert!(is_listed(&world, PEOPLE[0]));
    world.message_ends();
    world.run(Duration::from_secs(1));
    assert_eq!(ends(&world), [(Outcome::HungUp, LeadStatus::DoNotCall)]);
}

/// A key's tone is a beep to a detector, and who presses keys is no machine: neither begins the
/// message anew.
#[test]
fn no_verdict_and_no_beep_brings_the_message_back_to_who_opted_out() {
    let mut world = messaged(|own| {
        own.opt_out_notice = Some("goodbye".to_owned());
        let on_machine = OnMachine::LeaveMessage;
        own.amd = Amd { judge: Judge::Meanwhile, on_machine, audit_permille: 0, ..Amd::default() };
    });
    world.caller_presses(0, '9');
    world.machine_beeps();
    world.is_judged(Answerer::Machine);
    assert_eq!((world.plays(SPRING), world.plays(GOODBYE), world.carrier_ended()), (1, 1, 0));
    world.message_ends();
    world.run(Duration::from_secs(1));
    assert_eq!(world.carrier_ended(), 1);
}

/// Nobody who talks to an agent, and nobody who waits for one, is listed by a key.
#[test]
fn in_a_conversation_the_key_means_nothing() {
    let mut world = World::of(1, |scene| scene.campaign.opt_out_key = Some('9'));
    world.staff();
    world.lead(CUSTOMER);
    world.run(Duration::from_secs(1));
    world.carrier_answers();
    world.caller_presses(0, '9');
    assert_eq!((opted_out(&world), is_listed(&world, CUSTOMER)), (vec![], false));
}

fn list_me(_: &World) -> serde_json::Value {
    json!({
        "ask": { "do": "gather", "choices": { "9": "list" }, "tries": 1, "otherwise": "end" },
        "list": { "do": "do_not_call", "then": "again", "unknown": "sorry" },
        "again": { "do": "gather", "clip": "listed", "choices": { "9": "list" }, "tries": 1,
            "otherwise": "end" },
        "sorry": { "do": "play", "clip": "sorry", "then": "end" },
        "end": { "do": "hang_up" },
    })
}

/// A caller lists themselves in a workflow, and hears so; going round again lists nothing anew.
#[test]
fn a_workflow_puts_its_callers_number_on_the_list() {
    let mut world = led("ask", list_me);
    calls(&mut world);
    assert!(!is_listed(&world, super::workflows::CALLER));
    press(&mut world, "9");
    assert!(is_listed(&world, super::workflows::CALLER));
    press(&mut world, "9");
    assert_eq!(opted_out(&world), [(super::workflows::CALLER.parse().unwrap(), None, None)]);
    assert_eq!(world.plays("Named(PromptId(\"listed\"))"), 2);
    world.leg_hangs_up(0);
    world.closes(1);
}

/// RULES UK-6: who calls back to be taken off the list is taken off it; where nobody can know their
/// number, the agent hears so instead of being thanked.
#[test]
fn who_calls_in_and_asks_not_to_be_called_is_not_called_again() {
    for (calling, listed) in [(CUSTOMER, true), ("anonymous", false)] {
        let mut world = World::of(1, |scene| {
            scene.dids[0].campaign = Some(scene.campaign.id);
        });
        world.staff();
        let service = world.scene().dids[0].number.to_string();
        world.carrier_calls(calling, &service);
        world.run(Duration::from_secs(5));
        world.carrier_hangs_up();
        assert_eq!(world.state(0), StateName::WrapUp);
        let wish = || AgentVerb::Dispose {
            call: None,
            code: "do_not_call".to_owned(),
            notes: None,
            callback_at: None,
            callback_by: CallbackBy::Anyone,
            callback_zone: None,
        };
        let said = world.ask(0, wish());
        let entered = world.all(|event| match event {
            Event::Disposed { dnc, .. } => *dnc,
            _ => None,
        });
        if listed {
            said.unwrap();
            assert_eq!(entered, [CUSTOMER.parse().unwrap()]);
        } else {
            let told = said.unwrap_err().to_string();
            assert!(told.starts_with("code: the caller showed no number"), "{told}");
            assert_eq!((entered, world.state(0)), (vec![], StateName::WrapUp));
            world.dispose("not_interested");
        }
        world.lead(CUSTOMER);
        world.run(Duration::from_secs(5));
        assert_eq!(world.invites_to(CUSTOMER), usize::from(!listed));
    }
}
