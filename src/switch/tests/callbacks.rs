//! Promised calls through the whole brain (issue 6): on time, to whose turn it is, closed once.

use std::time::Duration;

use admin_api::control::{AgentVerb, CallbackBy, Change, Command, CommandError};
use dialer::callbacks::{Callback, Closing, Terms};
use dialer::{CallbackId, CallingWindow, LeadStatus, Mode};
use routing::StateName;
use store::Event;
use uuid::Uuid;

use super::world::{CUSTOMER, World};

fn call_back(at: &str) -> AgentVerb {
    AgentVerb::Dispose {
        call: None,
        code: "callback".to_owned(),
        notes: None,
        callback_at: Some(at.parse().unwrap()),
        callback_by: CallbackBy::Anyone,
        callback_zone: None,
    }
}

/// What the newest end of an attempt made of its lead.
fn left_as(world: &World) -> LeadStatus {
    let told = world.all(|event| match event {
        Event::AttemptEnded { recycle, .. } => Some(recycle.status),
        _ => None,
    });
    *told.last().unwrap()
}

fn closed(world: &World, how: Closing) -> usize {
    world.recorded(|event| matches!(event, Event::CallbackClosed { how: told, .. } if *told == how))
}

/// Nobody is promised a call for an hour at which it could not be made: in New York people are
/// called from eight to nine in the evening. The refusal says from when on.
#[test]
fn a_call_is_promised_for_an_hour_at_which_it_may_be_made() {
    let mut world = World::of(1, |scene| scene.campaign.window = CallingWindow::us());
    world.staff();
    world.lead(CUSTOMER);
    world.run(Duration::from_secs(1));
    world.carrier_answers();
    world.run(Duration::from_secs(5));
    world.carrier_hangs_up();
    assert_eq!(world.agent_state(), StateName::WrapUp);
    let dispose = |at: &str| AgentVerb::Dispose {
        call: None,
        code: "callback".to_owned(),
        notes: None,
        callback_at: Some(at.parse().unwrap()),
        callback_by: CallbackBy::Anyone,
        callback_zone: None,
    };
    for (at, next) in [
        ("2026-03-20T03:00:00Z", "2026-03-20T12:00:00Z"),
        ("2026-03-20T11:59:59Z", "2026-03-20T12:00:00Z"),
    ] {
        let next = Some(next.parse().unwrap());
        assert_eq!(world.ask(0, dispose(at)).unwrap_err(), CommandError::Closed { next });
        assert_eq!(world.agent_state(), StateName::WrapUp, "they choose again");
    }
    let promised = |event: &Event| matches!(event, Event::CallbackPromised { .. });
    assert_eq!(world.recorded(promised), 0);
    world.ask(0, dispose("2026-03-20T12:00:00Z")).unwrap();
    assert_eq!(world.recorded(promised), 1);
}

/// What is promised at the desk holds as long as its campaign says, and is whose it says.
#[test]
fn a_call_that_an_agent_promises_has_the_terms_of_the_campaign() {
    let terms = Terms {
        window_min: 60,
        to_team_after_min: 20,
        to_anyone_after_min: 30,
        give_up_after_min: 90,
    };
    let mut world = World::of(1, |scene| scene.campaign.callbacks = terms);
    world.staff();
    world.lead(CUSTOMER);
    world.run(Duration::from_secs(1));
    world.carrier_answers();
    world.run(Duration::from_secs(5));
    world.carrier_hangs_up();
    world.ask(0, call_back("2026-03-21T15:00:00Z")).unwrap();
    let promised = world.all(|event| match event {
        Event::CallbackPromised { callback, .. } => Some(callback.terms),
        _ => None,
    });
    assert_eq!(promised, [terms]);
}

/// Fired on time, and kept when the person is reached.
#[test]
fn a_promised_call_leaves_at_its_second_and_is_kept_when_it_is_answered() {
    let mut world = World::new();
    world.staff();
    world.promise(CUSTOMER, Duration::from_hours(1), false);
    world.run(Duration::from_millis(3_599_999));
    assert_eq!(world.invites_to(CUSTOMER), 0);
    world.run(Duration::from_secs(1));
    assert_eq!(world.invites_to(CUSTOMER), 1);
    assert_eq!(closed(&world, Closing::Kept), 0);
    world.carrier_answers();
    assert_eq!(world.agent_state(), StateName::Talking);
    assert_eq!(closed(&world, Closing::Kept), 1);
}

/// The owner is not ready: it waits for them, and goes to anyone after its terms.
#[test]
fn an_owned_call_waits_for_its_owner_and_leaves_when_they_are_ready() {
    let mut world = World::new();
    world.promise(CUSTOMER, Duration::from_mins(1), true);
    world.run(Duration::from_mins(2));
    assert_eq!(world.invites_to(CUSTOMER), 0, "its owner is not at work");
    world.staff();
    world.run(Duration::from_secs(2));
    assert_eq!(world.invites_to(CUSTOMER), 1);
    world.carrier_answers();
    assert_eq!(world.agent_state(), StateName::Talking);
    assert_eq!(closed(&world, Closing::Kept), 1);
}

/// Progressive dials one attempt for each free agent: a promise that comes due while the only agent
/// is spoken for waits until they are not, and comes before the list then (D7).
#[test]
fn a_promise_waits_for_an_agent_whom_no_attempt_is_made_for() {
    let mut world = World::new();
    world.staff();
    world.promise(CUSTOMER, Duration::from_secs(10), true);
    world.run(Duration::from_secs(5));
    world.people(&["+12125550191", "+12125550192"]);
    world.run(Duration::from_secs(10));
    assert_eq!((world.carrier_rang(), world.invites_to(CUSTOMER)), (1, 0), "one agent, one call");
    while world.carrier_ended() == 0 {
        world.run(Duration::from_secs(1));
    }
    assert_eq!((world.carrier_rang(), world.invites_to(CUSTOMER)), (2, 1), "it comes next");
    world.carrier_answers();
    assert_eq!(world.agent_state(), StateName::Talking);
    assert_eq!(closed(&world, Closing::Kept), 1);
}

/// A call that rings out is due again by the recycling rule; the promise is late by then.
#[test]
fn a_promise_that_is_missed_is_called_again_and_then_late() {
    let mut world = World::new();
    world.staff();
    world.promise(CUSTOMER, Duration::from_mins(1), false);
    world.run(Duration::from_mins(2));
    assert_eq!(world.carrier_ended(), 1, "it rang out");
    assert_eq!(closed(&world, Closing::Broken), 0);
    // The recycling rule of "no answer" decides when; it is no more than a day.
    let mut waited = 0;
    while world.invites_to(CUSTOMER) < 2 && waited < 86_400 {
        world.run(Duration::from_secs(5));
        waited += 5;
    }
    assert!(waited >= 900, "{waited} s: later than the window of the promise");
    world.carrier_answers();
    assert_eq!(closed(&world, Closing::Late), 1);
}

#[test]
fn a_customer_who_calls_in_and_meets_an_agent_is_not_called_any_more() {
    let mut world = World::new();
    world.staff();
    world.promise(CUSTOMER, Duration::from_mins(1), false);
    let service = world.scene().dids[0].number.to_string();
    world.carrier_calls(CUSTOMER, &service);
    assert_eq!(closed(&world, Closing::CalledIn), 1);
    world.run(Duration::from_hours(1));
    assert_eq!(world.invites_to(CUSTOMER), 0);
}

/// Whoever gave up in the queue has been promised a call all the same; while they wait in it,
/// nobody rings them.
#[test]
fn a_customer_who_calls_in_and_gives_up_is_still_called() {
    let mut world = World::new();
    world.at_work(0);
    world.promise(CUSTOMER, Duration::from_mins(1), true);
    let service = world.scene().dids[0].number.to_string();
    world.carrier_calls(CUSTOMER, &service);
    world.run(Duration::from_secs(70));
    assert_eq!((world.invites_to(CUSTOMER), closed(&world, Closing::CalledIn)), (0, 0));
    world.carrier_hangs_up();
    world.agent(admin_api::AgentVerb::Ready);
    world.run(Duration::from_secs(30));
    assert_eq!(world.invites_to(CUSTOMER), 1);
}

/// A promise is made by the customer's clock: the one that the agent names, else the one that they
/// say is theirs, else the only one that their number leaves.
#[test]
fn a_promise_is_by_the_clock_that_was_agreed_on() {
    for (stated, named, shown, agreed) in [
        (None, None, "America/New_York", "America/New_York"),
        (Some("America/Chicago"), None, "America/Chicago", "America/Chicago"),
        (None, Some("America/Denver"), "America/New_York", "America/Denver"),
    ] {
        let mut world = World::new();
        world.staff();
        let mut customer = world.person(CUSTOMER);
        customer.zone = stated.map(str::to_owned);
        world.listed(vec![customer]);
        world.run(Duration::from_secs(1));
        world.carrier_answers();
        let lead = world.call_shown().lead.clone().unwrap();
        assert_eq!((lead.zone.as_deref(), lead.zones.len()), (Some(shown), 0));
        world.carrier_hangs_up();
        world.agent(AgentVerb::Dispose {
            call: None,
            code: "callback".to_owned(),
            notes: None,
            callback_at: Some("2026-03-18T18:00:00Z".parse().unwrap()),
            callback_by: CallbackBy::Anyone,
            callback_zone: named.map(str::to_owned),
        });
        let promised = world.recorded(|event| match event {
            Event::CallbackPromised { callback, .. } => callback.zone == agreed,
            _ => false,
        });
        assert_eq!(promised, 1, "{agreed}");
    }
}

/// Where several zones are left, none is shown as theirs, and a time is agreed by the first.
#[test]
fn a_customer_who_may_be_in_two_zones_is_shown_with_both() {
    let mut world = World::new();
    world.staff();
    world.lead("+18505550123");
    world.run(Duration::from_secs(1));
    world.carrier_answers();
    let lead = world.call_shown().lead.clone().unwrap();
    assert_eq!((lead.zone, lead.zones.len()), (None, 2), "of the Florida panhandle");
}

/// A fault of ours breaks no promise: it is kept once the fault is mended.
#[test]
fn a_promise_waits_for_what_we_must_mend() {
    let mut world = World::new();
    world.staff();
    world.promise(CUSTOMER, Duration::from_mins(1), true);
    let mut own = world.own_cli();
    own.enabled = false;
    world.tell(admin_api::control::Change::Cli(own.clone()));
    world.run(Duration::from_mins(3));
    assert_eq!((world.invites_to(CUSTOMER), closed(&world, Closing::Broken)), (0, 0));
    own.enabled = true;
    world.tell(admin_api::control::Change::Cli(own));
    world.run(Duration::from_mins(3));
    assert_eq!(world.invites_to(CUSTOMER), 1);
}

/// The gate is asked again: whoever objects meanwhile is not called, and the promise is broken.
#[test]
fn a_promise_does_not_outrank_the_gate() {
    let mut world = World::new();
    world.staff();
    world.promise(CUSTOMER, Duration::from_mins(1), false);
    let numbers = vec![CUSTOMER.parse().unwrap()];
    let scope = dialer::dnc::DncScope::Organisation;
    world.command(admin_api::control::Command::Suppress { scope, numbers });
    world.run(Duration::from_mins(2));
    assert_eq!((world.invites_to(CUSTOMER), closed(&world, Closing::Broken)), (0, 1));
}

/// The promised person is engaged, and the campaign's attempts are used up: they are called again
/// all the same, for they asked for it.
#[test]
fn a_promised_call_is_tried_again_beyond_the_campaigns_attempts() {
    let mut world = World::of(1, |scene| scene.campaign.max_attempts = 1);
    world.staff();
    world.promise(CUSTOMER, Duration::from_mins(1), false);
    world.run(Duration::from_mins(2));
    assert_eq!((world.carrier_ended(), closed(&world, Closing::Broken)), (1, 0));
    assert_eq!(left_as(&world), LeadStatus::Callback);
    world.run(Duration::from_hours(2));
    assert_eq!(world.invites_to(CUSTOMER), 2);
}

/// Where agents choose for themselves, and where messages are played, who was promised a call is
/// called for an agent, and speaks with them.
#[test]
fn a_promise_is_kept_in_campaigns_that_dial_nobody_for_agents() {
    for mode in [Mode::Manual, Mode::Agentless { max_live: 4 }] {
        let mut world = World::of(1, |scene| {
            scene.campaign.mode = mode;
            scene.campaign.message = Some("spring".to_owned());
        });
        world.staff();
        world.promise(CUSTOMER, Duration::from_mins(1), false);
        world.run(Duration::from_secs(65));
        assert_eq!(world.invites_to(CUSTOMER), 1, "{mode:?}");
        world.carrier_answers();
        assert_eq!((world.agent_state(), closed(&world, Closing::Kept)), (StateName::Talking, 1));
    }
}

/// An agent reaches them before the time, by a call that was not the promised one.
#[test]
fn a_call_before_its_time_leaves_the_promise_as_it_is_until_there_is_nothing_left_to_say() {
    let mut world = World::of(1, |scene| {
        scene.campaign.mode = Mode::Preview { look_s: 30, may_skip: true };
    });
    world.staff();
    world.promise(CUSTOMER, Duration::from_hours(1), false);
    world.listed(vec![dialer::Lead { next_due_at: None, ..world.promised_lead() }]);
    world.run(Duration::from_secs(1));
    world.ask(0, AgentVerb::DialPreviewed).unwrap();
    world.run(Duration::from_secs(1));
    world.carrier_answers();
    world.run(Duration::from_secs(5));
    world.carrier_hangs_up();
    let ends = [Closing::Broken, Closing::Kept, Closing::Withdrawn];
    assert_eq!(ends.map(|how| closed(&world, how)), [0; 3]);
    assert_eq!(left_as(&world), LeadStatus::Callback);
    world.dispose("sale");
    assert_eq!(closed(&world, Closing::Withdrawn), 1);
}

/// Somebody who called in and stands on no list cannot be promised a call by a disposition: the
/// agent hears so at once, and the customer is not told what nobody will do.
#[test]
fn nobody_is_promised_a_call_who_stands_on_no_list() {
    let mut world = World::new();
    world.dials(Mode::Manual);
    world.staff();
    let (campaign, number) = (world.scene().campaign.id, CUSTOMER.parse().unwrap());
    let dial = admin_api::control::CallVerb::Dial { number, campaign };
    world.ask(0, AgentVerb::Call(dial)).unwrap();
    world.run(Duration::from_secs(1));
    world.carrier_answers();
    world.run(Duration::from_secs(5));
    world.carrier_hangs_up();
    let told = world.ask(0, call_back("2026-03-18T18:00:00Z")).unwrap_err().to_string();
    assert!(told.starts_with("code: nobody on a list"), "{told}");
    assert_eq!(world.agent_state(), StateName::WrapUp);
}

/// Whoever asks why a promised lead is not dialled hears for whom its call waits.
#[test]
fn a_promise_that_waits_for_its_owner_says_so() {
    let mut world = World::new();
    world.promise(CUSTOMER, Duration::from_mins(1), true);
    world.run(Duration::from_mins(2));
    let campaign = world.scene().campaign.id;
    let lead = dialer::Lead { next_due_at: None, ..world.promised_lead() };
    let ask = admin_api::control::Command::WhyNot { campaign, lead: Box::new(lead) };
    let Ok(admin_api::control::Reply::WhyNot(why)) = world.request(ask) else {
        panic!("no answer");
    };
    let told = why.because.join("; ");
    assert!(told.contains("waits for the agent who promised it"), "{told}");
}

/// R149: who may dial from the list of their promises calls at once whom they promised it, and
/// nobody else; who may only look at it does not.
#[test]
fn an_agent_keeps_a_promise_from_their_list_by_permission() {
    for may in [false, true] {
        let mut world = World::of(1, |scene| {
            scene.campaign.mode = Mode::Manual;
            scene.agents[0].permissions.manual_calls = false;
            scene.agents[0].permissions.callback_dials = may;
        });
        world.at_work(0);
        let promise = world.promise(CUSTOMER, Duration::from_mins(1), true);
        let person = Some(Box::new(world.promised_lead()));
        world.run(Duration::from_secs(30));
        let (agent, campaign) = (world.agent_id(), world.scene().campaign.id);
        let dial = |number: &str, promise| admin_api::control::Command::Dial {
            agent,
            campaign,
            number: number.parse().unwrap(),
            person: person.clone(),
            promise,
        };
        let other = dial("+12125550191", Some(promise));
        assert!(world.request(other).is_err());
        assert!(world.request(dial(CUSTOMER, None)).is_err(), "it is no number of their choice");
        assert_eq!(world.request(dial(CUSTOMER, Some(promise))).is_ok(), may);
        world.run(Duration::from_secs(1));
        assert_eq!(world.invites_to(CUSTOMER), usize::from(may));
    }
}

/// Nobody is at work where messages are played: whoever was promised a call hears none of them, by
/// whatever way their lead comes into the campaign's stock.
#[test]
fn whoever_was_promised_a_call_is_not_played_a_message() {
    let mut world = World::of(1, |scene| {
        scene.campaign.mode = Mode::Agentless { max_live: 4 };
        scene.campaign.message = Some("spring".to_owned());
    });
    world.promise(CUSTOMER, Duration::from_mins(1), false);
    world.run(Duration::from_secs(61));
    let lead = dialer::Lead { next_due_at: None, ..world.promised_lead() };
    world.listed(vec![lead]);
    world.run(Duration::from_mins(2));
    assert_eq!(world.invites_to(CUSTOMER), 0);
    world.staff();
    world.run(Duration::from_secs(5));
    assert_eq!(world.invites_to(CUSTOMER), 1);
    world.carrier_answers();
    assert_eq!((world.agent_state(), closed(&world, Closing::Late)), (StateName::Talking, 0));
    assert_eq!(closed(&world, Closing::Kept), 1);
}

/// The owner keeps it from their list a moment before the time: who answers has been called as
/// promised; where nobody does, it comes due in that very call, is not broken by it, and is called
/// again when the recycling rule says.
#[test]
fn an_owner_keeps_a_promise_before_its_time() {
    for answered in [true, false] {
        kept_early(answered);
    }
}

fn kept_early(answered: bool) {
    let mut world = World::of(1, |scene| {
        scene.campaign.mode = Mode::Manual;
        scene.agents[0].permissions.callback_dials = true;
    });
    world.staff();
    let promise = world.promise(CUSTOMER, Duration::from_mins(1), true);
    world.run(Duration::from_secs(50));
    let (agent, campaign) = (world.agent_id(), world.scene().campaign.id);
    let (person, number) = (Some(Box::new(world.promised_lead())), CUSTOMER.parse().unwrap());
    let promise = Some(promise);
    let dial = admin_api::control::Command::Dial { agent, campaign, number, person, promise };
    world.request(dial).unwrap();
    if answered {
        world.run(Duration::from_secs(2));
        world.carrier_answers();
        assert_eq!((world.agent_state(), closed(&world, Closing::Kept)), (StateName::Talking, 1));
        return;
    }
    world.run(Duration::from_mins(110));
    assert_eq!((world.carrier_ended(), world.invites_to(CUSTOMER)), (1, 1));
    world.run(Duration::from_mins(15));
    assert_eq!((world.invites_to(CUSTOMER), closed(&world, Closing::Broken)), (2, 0));
}

/// An agent has just spoken with them by a call of their own, in which the promise came due: nobody
/// calls them once more before it is said what came of it.
#[test]
fn who_has_just_been_spoken_with_is_not_called_in_the_same_minute() {
    let mut world = World::of(2, |scene| scene.agents[0].permissions.manual_calls = true);
    world.staff();
    world.promise(CUSTOMER, Duration::from_mins(1), false);
    world.run(Duration::from_secs(50));
    let (agent, campaign) = (world.agent_id(), world.scene().campaign.id);
    let (person, number) = (Some(Box::new(world.promised_lead())), CUSTOMER.parse().unwrap());
    let dial = admin_api::control::Command::Dial { agent, campaign, number, person, promise: None };
    world.request(dial).unwrap();
    world.run(Duration::from_secs(2));
    world.carrier_answers();
    world.run(Duration::from_secs(20));
    world.carrier_hangs_up();
    world.run(Duration::from_secs(20));
    assert_eq!(world.invites_to(CUSTOMER), 1);
    world.dispose("sale");
    world.run(Duration::from_mins(5));
    assert_eq!((world.invites_to(CUSTOMER), closed(&world, Closing::Withdrawn)), (1, 1));
}

/// Two campaigns dial one list, and one of them has promised somebody a call: what the other may
/// not is nothing to the promise, and a copy of theirs is not dialled for it.
#[test]
fn a_promise_is_its_campaigns_alone() {
    let second = routing::CampaignId::from(uuid::Uuid::from_u128(0xB));
    let mut world = World::of(1, |scene| {
        scene.campaign.mode = Mode::Manual;
        let own = scene.agents[0].campaigns[0];
        let more = routing::CampaignMembership { campaign: second, ..own };
        scene.agents[0].campaigns.push(more);
    });
    let mut other = world.scene().campaign.clone();
    (other.id, other.name, other.mode) = (second, "other".to_owned(), Mode::default());
    world.tell(Change::Campaign(Box::new(other)));
    world.staff();
    let copy = world.person("+12125550191");
    world.restocks(second, copy);
    world.run(Duration::from_millis(100));
    world.carrier_answers();
    world.promise(CUSTOMER, Duration::from_hours(1), false);
    let copy = dialer::Lead { next_due_at: None, ..world.promised_lead() };
    world.restocks(second, copy);
    world.carrier_hangs_up();
    world.dispose("sale");
    world.run(Duration::from_mins(10));
    assert_eq!((world.invites_to(CUSTOMER), closed(&world, Closing::Broken)), (0, 0));
    world.run(Duration::from_secs(50 * 60 + 5));
    assert_eq!(world.invites_to(CUSTOMER), 1, "at its time, by its own campaign");
    world.carrier_answers();
    assert_eq!(closed(&world, Closing::Kept), 1);
}

/// A campaign whose lines are full of messages that ring still keeps a promise: those need nobody.
#[test]
fn ringing_messages_do_not_starve_a_promise() {
    let mut world = World::of(1, |scene| {
        scene.campaign.mode = Mode::Agentless { max_live: 4 };
        scene.campaign.message = Some("spring".to_owned());
    });
    world.staff();
    world.promise(CUSTOMER, Duration::from_secs(30), false);
    world.run(Duration::from_secs(28));
    world.people(&["+12125550191", "+12125550192", "+12125550193"]);
    world.run(Duration::from_secs(4));
    assert_eq!((world.carrier_rang(), world.invites_to(CUSTOMER)), (4, 1));
}

/// A promise that lay in stock when its campaign stops dialling people for agents is not forgotten.
#[test]
fn a_promise_outlives_a_change_to_manual_dialling() {
    let mut world = World::new();
    world.promise(CUSTOMER, Duration::from_mins(1), false);
    world.run(Duration::from_mins(12));
    assert_eq!(world.invites_to(CUSTOMER), 0, "nobody is at work");
    world.dials(Mode::Manual);
    world.staff();
    world.run(Duration::from_secs(5));
    assert_eq!(world.invites_to(CUSTOMER), 1);
}

/// The promise is of the number that was agreed on, and not of whichever has its turn; nobody is
/// called while they call us from another of theirs, nor after that call was answered.
#[test]
fn a_promised_call_is_made_to_the_number_it_was_promised_at() {
    const OTHER: &str = "+12025550177";
    let more = dialer::leads::OtherNumber {
        kind: "home".to_owned(),
        number: OTHER.parse().unwrap(),
        passed_over: false,
    };
    for owned in [false, true] {
        let mut world = World::new();
        world.staff();
        world.promise(CUSTOMER, Duration::from_mins(1), owned);
        world.lead_has(OTHER.parse().unwrap(), more.clone());
        world.run(Duration::from_secs(70));
        assert_eq!((world.invites_to(CUSTOMER), world.invites_to(OTHER)), (1, 0), "{owned}");
    }
    let mut world = World::new();
    world.at_work(0);
    world.promise(CUSTOMER, Duration::from_mins(1), true);
    world.lead_has(CUSTOMER.parse().unwrap(), more);
    let service = world.scene().dids[0].number.to_string();
    world.carrier_calls(OTHER, &service);
    world.run(Duration::from_secs(70));
    world.carrier_hangs_up();
    let lead = world.promised_lead().id;
    world.tell_brain(crate::switch::Input::CalledIn(lead));
    assert_eq!(closed(&world, Closing::CalledIn), 1);
    world.agent(AgentVerb::Ready);
    world.run(Duration::from_mins(5));
    assert_eq!((world.invites_to(CUSTOMER), world.invites_to(OTHER)), (0, 0));
}

/// A promise that is moved is made at its new time and at no other; one that is over, or is being
/// kept, is not moved.
#[test]
fn a_promise_is_moved_to_another_time_while_nobody_is_called_for_it() {
    let mut world = World::new();
    world.staff();
    let first = world.promise(CUSTOMER, Duration::from_mins(10), false);
    let (campaign, lead) = (world.scene().campaign.id, world.promised_lead());
    let due_at = lead.next_due_at.unwrap() + Duration::from_mins(50);
    let moved = |n: u128| Callback {
        id: CallbackId::from(Uuid::from_u128(n)),
        lead: lead.id,
        campaign,
        number: lead.number,
        due_at,
        zone: "UTC".to_owned(),
        owner: None,
        team: None,
        terms: Terms::default(),
        note: String::new(),
    };
    let instead = |n: u128, of: CallbackId| Command::Promise {
        callback: Box::new(moved(n)),
        by: None,
        instead_of: Some(of),
    };
    world.request(instead(77, first)).unwrap();
    assert_eq!(closed(&world, Closing::Withdrawn), 1);
    assert_eq!(world.request(instead(78, first)).unwrap_err(), CommandError::Unknown);
    world.callback_is_due_at(due_at);
    world.run(Duration::from_mins(30));
    assert_eq!(world.invites_to(CUSTOMER), 0, "not at its old time");
    world.run(Duration::from_secs(1_801));
    assert_eq!(world.invites_to(CUSTOMER), 1);
    let second = moved(77).id;
    let refused = world.request(instead(79, second)).unwrap_err();
    assert_eq!(refused.to_string(), "they are being called as promised");
    assert_eq!(closed(&world, Closing::Withdrawn), 1);
}
