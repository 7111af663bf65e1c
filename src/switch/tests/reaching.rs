//! Whom an agent reaches from the desk, and who hears the keys.

use std::time::Duration;

use admin_api::control::{AgentVerb, CallVerb, Change, Command, Destination, Reach, Reply};
use media::Command as Media;
use routing::{Agent, PauseReason, QueueId, StateName};

use super::calling::{OUTSIDE, conversation};
use super::world::{CUSTOMER, Ear, World};

impl World {
    fn presses(&mut self, keys: &str) -> Result<Reply, String> {
        let keys = keys.to_owned().try_into().unwrap();
        let verb = AgentVerb::Call(CallVerb::Press { keys });
        self.ask(0, verb).map_err(|why| why.to_string())
    }

    /// The last keys that were pressed, and towards whom.
    fn pressed(&self) -> Option<(Ear, String)> {
        self.last_media(|command| match command {
            Media::Press { stream, digits } => Some((self.ear(*stream)?, digits.clone())),
            _ => None,
        })
    }
}

/// R105: keys reach the customer, the third party where the agent turned to one, nobody on hold.
#[test]
fn keys_are_heard_by_whom_the_agent_talks_with() {
    let mut world = conversation(2);
    world.presses("12#").unwrap();
    assert_eq!(world.pressed(), Some((Ear::Leg(0), "12#".into())));
    let to = Destination::Number { number: OUTSIDE.parse().unwrap() };
    world.ask(0, AgentVerb::Call(CallVerb::Consult { to })).unwrap();
    let held = "keys are heard only by who is not on hold";
    assert_eq!(world.presses("1").unwrap_err(), held, "the third party rings still");
    world.carrier_answers();
    world.presses("34").unwrap();
    assert_eq!(world.pressed(), Some((Ear::Leg(1), "34".into())));
    world.ask(0, AgentVerb::Call(CallVerb::Swap {})).unwrap();
    world.presses("5").unwrap();
    assert_eq!(world.pressed(), Some((Ear::Leg(0), "5".into())));
    world.ask(0, AgentVerb::Call(CallVerb::Dismiss {})).unwrap();
    world.ask(0, AgentVerb::HangUp).unwrap();
    assert_eq!(world.presses("1").unwrap_err(), "there is no call in hand");
    world.closes(2);
}

/// R106, R107: what the list offers, the verb takes; what it does not, the verb refuses.
#[test]
fn the_directory_offers_what_the_verbs_take() {
    let mut world = conversation(3);
    world.ask(2, AgentVerb::Pause { reason: Some(PauseReason::ordered()) }).unwrap();
    let agent = world.agent_id();
    let Ok(Reply::Directory(seen)) = world.request(Command::Directory { agent }) else {
        panic!("no directory")
    };
    let (one, two) = (world.scene().agents[1].id, world.scene().agents[2].id);
    let rows: Vec<_> = seen.colleagues.iter().map(|row| (row.id, row.state)).collect();
    assert_eq!(rows.len(), 2);
    assert!(rows.contains(&(one, StateName::Ready)) && rows.contains(&(two, StateName::Paused)));
    for row in &seen.colleagues {
        let expected = if row.id == one { vec![Reach::Call, Reach::Transfer] } else { vec![] };
        assert_eq!(row.allowed, expected, "{}", row.name);
    }
    let queues: Vec<QueueId> = seen.queues.iter().map(|row| row.id).collect();
    assert_eq!(queues, [world.scene().queue.id]);
    let ready = seen.queues[0].ready;
    assert_eq!((seen.queues[0].waiting, ready, seen.outside), (0, 1, true));
    let [campaign] = &seen.campaigns[..] else { panic!("{:?}", seen.campaigns) };
    assert_eq!((campaign.id, campaign.cli), (world.campaign().id, world.campaign().cli));
    for (to, taken) in [(two, false), (one, true)] {
        let to = Destination::Agent { agent: to };
        let done = world.ask(0, AgentVerb::Call(CallVerb::Transfer { to }));
        assert_eq!(done.is_ok(), taken);
    }
    world.closes(3);
}

/// R219, R226: who is inactive in a queue sees what waits there, and is not asked.
#[test]
fn an_agent_sees_the_own_queues_and_is_asked_by_the_active_ones_alone() {
    let mut world = conversation(2);
    let (queue, agent) = (world.scene().queue.id, world.scene().agents[1].id);
    world.ask(1, AgentVerb::Group { queue, active: false }).unwrap();
    let called = world.scene().dids[0].number.to_string();
    world.carrier_calls("+12025550111", &called);
    assert_eq!(world.state(1), StateName::Ready);
    let Ok(Reply::Groups(groups)) = world.request(Command::Groups { agent }) else {
        panic!("no queues")
    };
    let [group] = &groups[..] else { panic!("{groups:?}") };
    assert_eq!((group.id, group.active, group.waiting, group.ready), (queue, false, 1, 0));
    assert_eq!(group.calls[0].calling, "+12025550111");
    world.ask(1, AgentVerb::Group { queue, active: true }).unwrap();
    assert_eq!(world.state(1), StateName::Talking);
    assert_eq!(world.hears(Ear::Leg(1)), [Ear::Agent(1)]);
    world.closes(2);
}

/// R224: the customer whom an agent parked before they went home meets another of the queue.
#[test]
fn a_parked_customer_of_a_queue_is_handed_off_when_the_agent_clocks_out() {
    let mut world = conversation(2);
    let called = world.scene().dids[0].number.to_string();
    world.carrier_calls("+12025550111", &called);
    assert_eq!(world.state(1), StateName::Talking);
    world.ask(1, AgentVerb::Call(CallVerb::Park {})).unwrap();
    world.ask(0, AgentVerb::HangUp).unwrap();
    world.dispose("sale");
    assert_eq!((world.state(0), world.hears(Ear::Leg(1))), (StateName::Ready, vec![]));
    world.run(Duration::from_secs(40));
    world.ask(1, AgentVerb::ClockOut { reason: None }).unwrap();
    assert_eq!((world.state(0), world.state(1)), (StateName::Talking, StateName::LoggedOut));
    assert_eq!(world.hears(Ear::Leg(1)), [Ear::Agent(0)]);
    world.closes(2);
}

/// R104, R153: who may not dial by hand is offered no campaign, and another's campaign is refused.
#[test]
fn a_campaign_to_dial_for_is_offered_to_its_agents_who_may() {
    let offered = |change: fn(&mut Agent)| {
        let mut world = World::of(1, |scene| change(&mut scene.agents[0]));
        world.staff();
        let agent = world.agent_id();
        let seen = world.request(Command::Directory { agent });
        let Ok(Reply::Directory(seen)) = seen else { panic!("no directory") };
        let (number, campaign) = (CUSTOMER.parse().unwrap(), world.campaign().id);
        let dialled = world.ask(0, AgentVerb::Call(CallVerb::Dial { number, campaign }));
        let told = dialled.err().map(|refused| refused.to_string());
        (seen.campaigns.len(), told)
    };
    assert_eq!(offered(|agent| agent.permissions.manual_calls = true), (1, None));
    let (none, told) = offered(|agent| agent.permissions.manual_calls = false);
    assert_eq!((none, told.unwrap().as_str()), (0, "the agent may not dial by hand"));
    let (none, told) = offered(|agent| {
        agent.permissions.manual_calls = true;
        agent.campaigns.clear();
    });
    assert_eq!((none, told.unwrap().as_str()), (0, "campaign: it is none of the agent's"));
}

/// R156: by permission an agent sees campaigns that are stopped too; nobody is dialled for one.
#[test]
fn a_stopped_campaign_is_shown_to_who_may_see_it_and_dials_for_nobody() {
    for may in [false, true] {
        let mut world = World::of(1, |scene| {
            scene.agents[0].permissions.manual_calls = true;
            scene.agents[0].permissions.stopped_campaigns = may;
        });
        world.staff();
        let mut stopped = world.campaign().clone();
        stopped.running = false;
        world.tell(Change::Campaign(Box::new(stopped)));
        let agent = world.agent_id();
        let seen = world.request(Command::Directory { agent });
        let Ok(Reply::Directory(seen)) = seen else { panic!("no directory") };
        let shown: Vec<_> = seen.campaigns.iter().map(|one| (one.id, one.running)).collect();
        let (number, campaign) = (CUSTOMER.parse().unwrap(), world.campaign().id);
        assert_eq!(shown, if may { vec![(campaign, false)] } else { vec![] });
        let dialled = world.ask(0, AgentVerb::Call(CallVerb::Dial { number, campaign }));
        let told = dialled.unwrap_err().to_string();
        assert!(told.contains("is stopped"), "{told}");
        world.run(Duration::from_secs(1));
        assert_eq!(world.invites_to(CUSTOMER), 0);
    }
}
