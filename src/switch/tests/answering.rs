//! Whoever answers is listened to where the campaign says so, and its policy acts on what is heard
//! (issue 4 point 8, issue 6 points 4, 6 and 8; RULES US-1, UK-2, UK-5).

use std::time::Duration;

use admin_api::control::AgentVerb;
use dialer::campaigns::{ConnectFrom, Judge};
use dialer::{Amd, CampaignSettings, Mode, OnMachine, Outcome};
use media::ears::{Sound, verdict::Answerer};
use routing::StateName;
use store::Event;

use super::world::{CUSTOMER, World};

const MESSAGE: &str = "Named(PromptId(\"spring\"))";

/// A customer has answered a campaign that listens, after `change` of it.
fn answered(judge: Judge, change: impl FnOnce(&mut CampaignSettings)) -> World {
    let mut world = World::of(1, |scene| {
        let campaign = &mut scene.campaign;
        campaign.running = true;
        campaign.connect_from = ConnectFrom::Greeting;
        campaign.message = Some("spring".to_owned());
        campaign.amd = Amd { judge, audit_permille: 0, ..Amd::default() };
        change(campaign);
    });
    world.staff();
    world.lead(CUSTOMER);
    world.run(Duration::from_secs(1));
    world.carrier_answers();
    world
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn outcome(world: &World) -> Option<Outcome> {
    world.find(|event| match event {
        Event::AttemptEnded { outcome, .. } => Some(*outcome),
        _ => None,
    })
}

fn abandoned(world: &World) -> usize {
    world.recorded(|event| matches!(event, Event::CallAbandoned { .. }))
}

fn messages_left(world: &World) -> usize {
    world.recorded(|event| matches!(event, Event::MessageLeft { .. }))
}

fn leaves_message(campaign: &mut CampaignSettings) {
    campaign.amd.on_machine = OnMachine::LeaveMessage;
}

fn agentless(campaign: &mut CampaignSettings) {
    campaign.mode = Mode::Agentless { max_live: 1 };
    leaves_message(campaign);
}

#[test]
fn nobody_is_listened_to_where_no_policy_says_so() {
    let world = answered(Judge::Off, |_| {});
    assert_eq!((world.listens_to(), world.agent_state()), (None, StateName::Talking));
}

/// The agent meets nobody before the verdict, and the person in the pass that brings it.
#[test]
fn judged_first_a_person_is_connected_with_the_verdict() {
    let mut world = answered(Judge::First, |_| {});
    world.run(ms(1_500));
    assert_eq!(world.agent_state(), StateName::Ready);
    world.a_person_greeted();
    assert_eq!((world.agent_state(), world.listens_to()), (StateName::Talking, None));
    let why = world.find(|event| match event {
        Event::Judged { why, .. } => Some(why.clone()),
        _ => None,
    });
    let sentence = "person: greeted for 500 ms in 2 bursts after 300 ms of silence, then waited \
                    700 ms";
    assert_eq!(why.as_deref(), Some(sentence));
}

/// Issue 6 point 8: "uncertain" is a person.
#[test]
fn who_is_uncertain_is_connected() {
    let mut world = answered(Judge::First, |_| {});
    world.run(ms(3_000));
    world.is_judged(Answerer::Uncertain);
    assert_eq!(world.agent_state(), StateName::Talking);
}

/// FAULTS F8: who fell silent while it was judged is missed as soon as an agent is there to hear
/// it, and given up 5 s later.
#[test]
fn a_silence_before_the_agent_is_missed_with_the_agent() {
    let mut world = answered(Judge::First, |_| {});
    world.run(ms(3_000));
    let stream = world.listens_to().unwrap();
    world.media_says(media::Event::Quiet { stream, for_ms: 3_000 });
    let missed = |world: &World| {
        let lost = world.recorded(|event| matches!(event, Event::AudioLost { .. }));
        (lost, world.recorded(|event| matches!(event, Event::AudioRepaired { .. })))
    };
    assert_eq!(missed(&world), (0, 0));
    world.is_judged(Answerer::Uncertain);
    assert_eq!((world.agent_state(), missed(&world)), (StateName::Talking, (1, 1)));
    world.run(ms(4_999));
    assert_eq!(outcome(&world), None);
    world.run(ms(1));
    assert_eq!(outcome(&world), Some(Outcome::NoMedia));
}

/// RULES UK-5: the attempt's outcome is the machine, which is what its lock-out counts from.
#[test]
fn a_machine_is_given_up_and_is_neither_met_nor_abandoned() {
    let mut world = answered(Judge::First, |_| {});
    world.run(ms(4_400));
    world.is_judged(Answerer::Machine);
    world.run(ms(100));
    assert_eq!((outcome(&world), abandoned(&world)), (Some(Outcome::Machine), 0));
    assert_eq!((world.agent_state(), world.carrier_ended()), (StateName::Ready, 1));
}

/// A plane that says nothing makes nobody wait for ever.
#[test]
fn without_a_verdict_the_call_goes_on_as_a_persons() {
    let mut world = answered(Judge::First, |_| {});
    world.run(ms(6_199));
    assert_eq!(world.agent_state(), StateName::Ready);
    world.run(ms(1));
    assert_eq!(world.agent_state(), StateName::Talking);
}

/// RULES UK-3: where the wait counts from the answer, nobody is judged for longer than it leaves.
#[test]
fn the_wait_from_the_answer_ends_the_judging_in_time() {
    let mut world = answered(Judge::First, |own| own.connect_from = ConnectFrom::Answer);
    world.agent(AgentVerb::ClockOut { reason: None });
    world.run(ms(1_999));
    assert_eq!(world.plays("Named(PromptId(\"abandoned-notice\"))"), 0);
    world.run(ms(1));
    assert_eq!((world.plays("Named(PromptId(\"abandoned-notice\"))"), abandoned(&world)), (1, 1));
}

/// 16 CFR 310.4(b)(1)(iv): two seconds from the end of the greeting, which was 700 ms before
/// anybody knew.
#[test]
fn judged_first_the_two_seconds_count_from_the_end_of_the_greeting() {
    let mut world = answered(Judge::First, |_| {});
    world.agent(AgentVerb::ClockOut { reason: None });
    world.run(ms(1_500));
    world.a_person_greeted();
    world.run(ms(1_299));
    assert_eq!(world.plays("Named(PromptId(\"abandoned-notice\"))"), 0);
    world.run(ms(1));
    assert_eq!((world.plays("Named(PromptId(\"abandoned-notice\"))"), abandoned(&world)), (1, 1));
}

/// The same where nobody waits for the verdict, and a long greeting.
#[test]
fn meanwhile_the_two_seconds_count_from_the_end_of_the_greeting_too() {
    let mut world = answered_by_nobody();
    world.run(ms(3_700));
    assert_eq!(world.plays("Named(PromptId(\"abandoned-notice\"))"), 0);
    world.a_person_greeted();
    world.run(ms(1_299));
    assert_eq!(world.plays("Named(PromptId(\"abandoned-notice\"))"), 0);
    world.run(ms(1));
    assert_eq!(world.plays("Named(PromptId(\"abandoned-notice\"))"), 1);
}

/// Answered while the agent has just gone.
fn answered_by_nobody() -> World {
    let mut world = World::of(1, |scene| {
        scene.campaign.running = true;
        scene.campaign.connect_from = ConnectFrom::Greeting;
        scene.campaign.amd = Amd { judge: Judge::Meanwhile, ..Amd::default() };
    });
    world.telephones_ring_on();
    world.staff();
    world.lead(CUSTOMER);
    world.run(Duration::from_secs(1));
    world.agent(AgentVerb::ClockOut { reason: None });
    world.carrier_answers();
    world
}

#[test]
fn meanwhile_a_machine_is_taken_off_the_agent() {
    let mut world = answered(Judge::Meanwhile, |_| {});
    assert_eq!(world.agent_state(), StateName::Talking);
    world.run(ms(4_000));
    world.is_judged(Answerer::Machine);
    world.run(ms(100));
    assert_eq!((world.agent_state(), outcome(&world)), (StateName::WrapUp, Some(Outcome::Machine)));
}

#[test]
fn a_campaign_may_keep_the_verdict_and_connect_all_the_same() {
    let mut world = answered(Judge::First, |own| own.amd.on_machine = OnMachine::Connect);
    world.run(ms(4_000));
    world.is_judged(Answerer::Machine);
    assert_eq!(world.agent_state(), StateName::Talking);
    world.carrier_hangs_up();
    assert_eq!(outcome(&world), Some(Outcome::Connected));
}

/// Voicemail drop: no agent is bound while the machine greets, and the message follows the beep.
#[test]
fn a_message_is_left_after_the_beep() {
    let mut world = answered(Judge::First, leaves_message);
    world.run(ms(4_000));
    world.is_judged(Answerer::Machine);
    world.run(ms(7_000));
    assert_eq!((world.agent_state(), world.plays(MESSAGE)), (StateName::Ready, 0));
    world.machine_beeps();
    assert_eq!((world.plays(MESSAGE), messages_left(&world)), (1, 0));
    world.run(ms(10_000));
    world.message_ends();
    world.run(ms(100));
    assert_eq!((messages_left(&world), outcome(&world)), (1, Some(Outcome::Machine)));
    assert_eq!(abandoned(&world), 0);
}

/// A machine that forgets to beep falls silent; one that greets for ever is given up.
#[test]
fn a_message_does_not_wait_for_a_beep_for_ever() {
    let mut silent = answered(Judge::First, leaves_message);
    silent.is_judged(Answerer::Machine);
    silent.is_heard(Sound::Silence { for_ms: 3_000 });
    assert_eq!(silent.plays(MESSAGE), 1);
    let mut endless = answered(Judge::First, leaves_message);
    endless.is_judged(Answerer::Machine);
    endless.run(Duration::from_secs(44));
    assert_eq!(outcome(&endless), None);
    endless.run(Duration::from_secs(2));
    assert_eq!((outcome(&endless), messages_left(&endless)), (Some(Outcome::Machine), 0));
}

/// R108: a person hears the message after the greeting, a machine after its beep; both have it.
#[test]
fn an_agentless_message_waits_for_the_greeting_or_the_beep() {
    let mut person = answered(Judge::First, agentless);
    person.run(ms(1_500));
    assert_eq!(person.plays(MESSAGE), 0);
    person.a_person_greeted();
    assert_eq!(person.plays(MESSAGE), 1);
    let mut machine = answered(Judge::First, agentless);
    machine.is_judged(Answerer::Machine);
    assert_eq!(machine.plays(MESSAGE), 0);
    machine.machine_beeps();
    assert_eq!(machine.plays(MESSAGE), 1);
    machine.message_ends();
    machine.run(ms(100));
    assert_eq!(outcome(&machine), Some(Outcome::Delivered));
}

/// A beep into the message says that what was said before it is lost.
#[test]
fn an_agentless_message_is_begun_anew_after_a_beep_and_once() {
    let mut world = answered(Judge::Meanwhile, |own| {
        own.mode = Mode::Agentless { max_live: 1 };
        own.amd.on_machine = OnMachine::Connect;
    });
    assert_eq!(world.plays(MESSAGE), 1);
    world.run(ms(2_000));
    world.is_judged(Answerer::Uncertain);
    world.machine_beeps();
    assert_eq!(world.plays(MESSAGE), 2);
    world.machine_beeps();
    assert_eq!(world.plays(MESSAGE), 2);
}

/// Issue 6 point 8: a share of the machine verdicts goes to an agent, whose word is the truth.
#[test]
fn an_audited_machine_goes_to_an_agent_whose_word_is_kept() {
    let mut world = answered(Judge::First, |own| own.amd.audit_permille = 1_000);
    world.run(ms(4_000));
    world.is_judged(Answerer::Machine);
    assert_eq!(world.agent_state(), StateName::Talking);
    let audited = |event: &Event| matches!(event, Event::Judged { audited: true, .. });
    assert_eq!(world.recorded(audited), 1);
    world.run(ms(2_000));
    world.carrier_hangs_up();
    world.dispose("machine");
    assert_eq!(outcome(&world), Some(Outcome::Connected));
    let met = |event: &Event| matches!(event, Event::Disposed { machine: true, .. });
    assert_eq!(world.recorded(met), 1);
}

/// Issue 6 point 8: of a machine that is given up, a sampled call leaves its greeting for a
/// reviewer; nobody is kept waiting for that, and no agent meets it.
#[test]
fn a_reviewed_machine_is_given_up_and_leaves_its_greeting() {
    let mut world = answered(Judge::First, |own| own.amd.review_permille = 1_000);
    assert_eq!(taped(&world), (1, 0, 0));
    world.run(ms(4_000));
    world.is_judged(Answerer::Machine);
    world.run(ms(100));
    assert_eq!((outcome(&world), world.agent_state()), (Some(Outcome::Machine), StateName::Ready));
    assert_eq!(taped(&world), (1, 1, 0));
    assert_eq!(world.recorded(|event| matches!(event, Event::VerdictDropped { .. })), 0);
    let audited = |event: &Event| matches!(event, Event::Judged { audited: true, .. });
    assert_eq!(world.recorded(audited), 0);
}

/// What a person said before the verdict is thrown away with it, as is what was said in a call
/// that ends before anybody knows.
#[test]
fn what_a_person_said_before_the_verdict_is_thrown_away() {
    let mut world = answered(Judge::First, |own| own.amd.review_permille = 1_000);
    world.run(ms(1_500));
    world.a_person_greeted();
    assert_eq!((world.agent_state(), taped(&world)), (StateName::Talking, (1, 0, 1)));
    assert_eq!(world.recorded(|event| matches!(event, Event::VerdictDropped { .. })), 1);

    let mut world = answered(Judge::First, |own| own.amd.review_permille = 1_000);
    world.carrier_hangs_up();
    assert_eq!(taped(&world), (1, 0, 1));
    assert_eq!(world.recorded(|event| matches!(event, Event::VerdictDropped { .. })), 1);
}

/// Where no verdict gives a call up, there is nothing to review.
#[test]
fn nothing_is_taped_where_no_verdict_gives_a_call_up() {
    let world = answered(Judge::First, |own| own.amd.on_machine = OnMachine::Connect);
    assert_eq!(taped(&world), (0, 0, 0));
    let world = answered(Judge::Meanwhile, |own| {
        (own.amd.review_permille, own.amd.on_machine) = (1_000, OnMachine::Connect);
    });
    assert_eq!(taped(&world), (0, 0, 0));
}

/// Recordings of verdicts that were begun, kept and thrown away.
fn taped(world: &World) -> (usize, usize, usize) {
    let began = world.recorded(|event| matches!(event, Event::VerdictTaped { .. }));
    let ended = |kept: bool| {
        world.media(
            |command| matches!(command, media::Command::StopRecord { keep, .. } if *keep == kept),
        )
    };
    (began, ended(true), ended(false))
}
