//! Ways to dial in which an agent comes before the call, or never (issue 6), through the whole
//! brain.

use std::time::Duration;

use admin_api::control::{AgentVerb, Change, Command, PreviewedLead, Reply};
use dialer::dnc::DncScope;
use dialer::{Mode, Outcome};
use routing::StateName;
use store::Event;

use super::PEOPLE;
use super::world::World;

const PREVIEW: Mode = Mode::Preview { look_s: 30, may_skip: true };

fn looks_at(world: &mut World) -> Option<PreviewedLead> {
    let agent = world.agent_id();
    match world.request(Command::Preview { agent }) {
        Ok(Reply::Preview(looked)) => looked.map(|looked| *looked),
        other => panic!("no answer about a preview: {other:?}"),
    }
}

fn number(looked: Option<PreviewedLead>) -> String {
    looked.unwrap().lead.number.to_string()
}

/// An agent at work who looks at the first of five people.
fn looking(mode: Mode) -> World {
    let mut world = World::new();
    world.dials(mode);
    world.staff();
    world.people(&PEOPLE);
    world.run(Duration::from_secs(1));
    assert_eq!((world.agent_state(), world.carrier_rang()), (StateName::Previewing, 0));
    world
}

fn outcomes(world: &World, wanted: Outcome) -> usize {
    let ended =
        |event: &Event| matches!(event, Event::AttemptEnded { outcome, .. } if *outcome == wanted);
    world.recorded(ended)
}

/// The lead is shown first; when the time to look is over it is dialled, and the agent is with the
/// person in the pass that read the answer.
#[test]
fn a_previewed_lead_is_dialled_when_the_time_to_look_is_over() {
    let mut world = looking(PREVIEW);
    let looked = looks_at(&mut world).unwrap();
    assert_eq!((looked.lead.number.to_string().as_str(), looked.may_skip), (PEOPLE[0], true));
    world.run(Duration::from_secs(28));
    assert_eq!(world.carrier_rang(), 0);
    world.run(Duration::from_secs(2));
    assert_eq!((world.carrier_rang(), world.agent_state()), (1, StateName::Ringing));
    assert_eq!(looks_at(&mut world), None);
    world.carrier_answers();
    assert_eq!(world.agent_state(), StateName::Talking);
    world.run(Duration::from_secs(5));
    world.carrier_hangs_up();
    assert_eq!(world.agent_state(), StateName::WrapUp);
    world.dispose("sale");
    let sold = |event: &Event| {
        matches!(event, Event::Disposed { lead: Some(_), recycle: Some(recycle), .. }
            if recycle.status == dialer::LeadStatus::Done)
    };
    assert_eq!(world.recorded(sold), 1, "it is said of the lead");
    world.run(Duration::from_secs(1));
    assert_eq!(number(looks_at(&mut world)), PEOPLE[1]);
    assert_eq!(outcomes(&world, Outcome::Connected), 1);
}

/// Whoever dials by hand calls a person, where a list has the number: what is known of them binds
/// the call, and what is declared is said of them.
#[test]
fn a_number_that_a_list_has_is_dialled_by_hand_with_its_person() {
    let mut world = World::of(1, |scene| {
        scene.campaign.mode = Mode::Manual;
        scene.campaign.consent = dialer::rules::ConsentRule::Express;
    });
    world.staff();
    let dial = |world: &World, agreed: bool| {
        let mut person = world.person(PEOPLE[0]);
        person.consent = agreed.then(|| dialer::Consent {
            kind: dialer::ConsentKind::Written,
            given_at: jiff::Timestamp::UNIX_EPOCH,
            until: None,
            source: "form 17".to_owned(),
        });
        let (agent, campaign) = (world.agent_id(), world.scene().campaign.id);
        let (number, person) = (person.number, Some(Box::new(person)));
        Command::Dial { agent, campaign, number, person, promise: None }
    };
    let (refused, agreed) = (dial(&world, false), dial(&world, true));
    let told = world.request(refused).unwrap_err().to_string();
    assert!(told.starts_with("consent: "), "{told}");
    world.request(agreed).unwrap();
    world.run(Duration::from_secs(1));
    world.carrier_answers();
    world.run(Duration::from_secs(5));
    world.carrier_hangs_up();
    world.dispose("sale");
    let of_them = |event: &Event| matches!(event, Event::Disposed { lead: Some(_), .. });
    assert_eq!(world.recorded(of_them), 1);
}

/// The agent says when, and whom not where the campaign lets them.
#[test]
fn an_agent_dials_at_once_or_passes_a_lead_by_permission() {
    let mut world = looking(PREVIEW);
    world.ask(0, AgentVerb::SkipPreviewed).unwrap();
    world.run(Duration::from_secs(1));
    assert_eq!(number(looks_at(&mut world)), PEOPLE[1]);
    world.ask(0, AgentVerb::DialPreviewed).unwrap();
    world.run(Duration::from_millis(100));
    assert_eq!((world.carrier_rang(), world.invites_to(PEOPLE[1])), (1, 1));
    world.carrier_answers();
    assert_eq!(world.agent_state(), StateName::Talking);

    let mut strict = looking(Mode::Preview { look_s: 30, may_skip: false });
    let refused = strict.ask(0, AgentVerb::SkipPreviewed).unwrap_err().to_string();
    assert!(refused.contains("may not be skipped"), "{refused}");
    assert_eq!(number(looks_at(&mut strict)), PEOPLE[0]);
}

/// Nobody is dialled for an agent who has left; the lead is shown again.
#[test]
fn who_pauses_while_looking_gives_the_lead_back() {
    let mut world = looking(PREVIEW);
    world.agent(AgentVerb::Pause { reason: Some(routing::PauseReason::ordered()) });
    assert_eq!((world.agent_state(), looks_at(&mut world)), (StateName::Paused, None));
    world.run(Duration::from_mins(1));
    assert_eq!(world.carrier_rang(), 0);
    world.agent(AgentVerb::Ready);
    world.run(Duration::from_secs(1));
    assert!(looks_at(&mut world).is_some());
}

/// The gate is asked again at the dial: whoever objects meanwhile is not called.
#[test]
fn a_preview_does_not_outrank_the_gate() {
    let mut world = looking(PREVIEW);
    let numbers = vec![PEOPLE[0].parse().unwrap()];
    world.command(Command::Suppress { scope: DncScope::Organisation, numbers });
    assert!(world.ask(0, AgentVerb::DialPreviewed).is_err());
    world.run(Duration::from_secs(1));
    assert_eq!((world.invites_to(PEOPLE[0]), number(looks_at(&mut world))), (0, PEOPLE[1].into()));
}

/// From preview to progressive: whoever is looked at is still dialled for that agent, once.
#[test]
fn a_lead_that_is_looked_at_survives_a_change_of_mode() {
    let mut world = looking(PREVIEW);
    world.dials(Mode::default());
    world.run(Duration::from_secs(30));
    assert_eq!((world.carrier_rang(), world.invites_to(PEOPLE[0])), (1, 1));
    world.carrier_answers();
    assert_eq!(world.agent_state(), StateName::Talking);
}

/// Manual mode: a ready agent, five leads, and no call that nobody asked for.
#[test]
fn a_manual_campaign_dials_nobody_by_itself() {
    let mut world = World::new();
    world.dials(Mode::Manual);
    world.staff();
    world.people(&PEOPLE);
    world.run(Duration::from_mins(5));
    assert_eq!((world.carrier_rang(), world.agent_state()), (0, StateName::Ready));
}

/// Whoever answers is not left in silence for a message that is not there; nothing was delivered.
#[test]
fn a_message_that_is_not_there_ends_the_call_at_once() {
    let mut world = World::new();
    let mut campaign = world.scene().campaign.clone();
    campaign.mode = Mode::Agentless { max_live: 1 };
    campaign.message = Some("spring".to_owned());
    world.tell(Change::Campaign(Box::new(campaign)));
    world.people(&PEOPLE[..1]);
    world.run(Duration::from_secs(1));
    world.carrier_answers();
    world.clip_is_missing();
    assert_eq!((world.carrier_ended(), outcomes(&world, Outcome::Delivered)), (1, 0));
}

/// R108: as many calls as the campaign allows, no agent at work, and nobody abandoned.
#[test]
fn an_agentless_campaign_plays_its_message_and_hangs_up() {
    let mut world = World::new();
    let mut campaign = world.scene().campaign.clone();
    campaign.mode = Mode::Agentless { max_live: 3 };
    campaign.message = Some("spring".to_owned());
    world.tell(Change::Campaign(Box::new(campaign)));
    world.people(&PEOPLE);
    world.run(Duration::from_secs(1));
    assert_eq!(world.carrier_rang(), 3);
    world.carrier_answers();
    assert_eq!(world.plays("Named(PromptId(\"spring\"))"), 1);
    world.run(Duration::from_secs(10));
    assert_eq!(outcomes(&world, Outcome::Delivered), 0, "it is still being said");
    world.message_ends();
    world.run(Duration::from_secs(1));
    assert_eq!(outcomes(&world, Outcome::Delivered), 1);
    assert_eq!(world.recorded(|event| matches!(event, Event::CallAbandoned { .. })), 0);
}
