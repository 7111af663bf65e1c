//! How agents' lines are made (R126–R128): by which telephone, kept or for each call, and what
//! follows when one drops.

use std::time::Duration;

use admin_api::control::{AgentVerb, CallVerb, ClockIn};
use routing::{ConnectionMode, Fault, LinePlan, PauseClass, PauseReason, StateName};
use store::{Direction, Event};

use super::calling::OUTSIDE;
use super::world::Ear::{Agent, Leg};
use super::world::{CUSTOMER, Manner, World};

const CALLER: &str = "+12025550111";

const PER_CALL: LinePlan =
    LinePlan { mode: ConnectionMode::CallMe, persistent: false, phone: None };

fn at_a_number(persistent: bool) -> LinePlan {
    LinePlan { persistent, phone: Some(OUTSIDE.parse().unwrap()), ..PER_CALL }
}

impl World {
    fn clocks_in(&mut self, line: LinePlan) {
        let verb = AgentVerb::ClockIn(ClockIn { line: Some(line), ..ClockIn::default() });
        self.ask(0, verb).unwrap();
    }

    /// One agent with a registered telephone, ready by this plan.
    fn ready_by(line: LinePlan) -> Self {
        let mut world = Self::new();
        world.phone_registers(0);
        world.clocks_in(line);
        world.ask(0, AgentVerb::Ready).unwrap();
        world
    }

    /// Somebody calls the queue.
    fn caller(&mut self) {
        let queue = self.scene().dids[0].number.to_string();
        self.carrier_calls(CALLER, &queue);
    }
}

/// R127: no line between calls; the telephone rings for the call, and is let go after it.
#[test]
fn a_line_for_each_call_rings_for_the_caller_and_goes_with_the_work() {
    let mut world = World::ready_by(PER_CALL);
    assert_eq!(world.phone_rang(), (0, 0), "nothing rings without a call");
    world.phone_is(Manner::Rings);
    world.caller();
    assert_eq!((world.phone_rang(), world.agent_state()), ((1, 0), StateName::Ringing));
    assert_eq!(world.plays("Signal(Ringback, Us)"), 1, "the caller hears that it rings");
    world.run(Duration::from_secs(5));
    world.phone_answers();
    assert_eq!(world.agent_state(), StateName::Talking);
    assert_eq!((world.hears(Leg(0)), world.hears(Agent(0))), (vec![Agent(0)], vec![Leg(0)]));
    let waited = world.find(|event| match event {
        Event::CallConnected { answer_to_agent_us, .. } => Some(*answer_to_agent_us),
        _ => None,
    });
    assert_eq!(waited, Some(5_000_000));
    world.leg_hangs_up(0);
    assert_eq!((world.phone_rang(), world.agent_state()), ((1, 1), StateName::WrapUp));
    world.dispose("sale");
    assert_eq!(world.agent_state(), StateName::Ready, "no line is missed");
    world.closes(1);
}

/// Who puts the handset down ends the conversation, and is not called back.
#[test]
fn putting_down_a_line_that_is_made_for_each_call_ends_the_call() {
    let mut world = World::ready_by(PER_CALL);
    world.caller();
    assert_eq!(world.hears(Leg(0)), [Agent(0)]);
    world.phone_hangs_up();
    assert_eq!(world.agent_state(), StateName::WrapUp);
    assert_eq!(world.carrier_ended(), 1);
    world.run(Duration::from_mins(1));
    assert_eq!(world.phone_rang(), (1, 1), "nobody called back");
    world.closes(1);
}

/// A line that the network takes away is called back, whatever its persistence.
#[test]
fn a_cut_line_is_called_back_while_the_customer_hears_music() {
    for line in [PER_CALL, LinePlan::default(), at_a_number(false), at_a_number(true)] {
        let outside = line.phone.is_some();
        let mut world = World::new();
        world.phone_registers(0);
        world.clocks_in(line);
        if outside && line.persistent {
            world.carrier_answers();
        }
        world.ask(0, AgentVerb::Ready).unwrap();
        world.caller();
        let caller = usize::from(outside && line.persistent);
        if outside && !line.persistent {
            world.carrier_answers();
        }
        assert_eq!(world.hears(Leg(caller)), [Agent(0)], "{line:?}");
        let (music, rang) = (world.plays("HoldMusic"), world.carrier_rang());
        world.phone_is(Manner::Rings);
        world.line_is_cut();
        assert_eq!(world.plays("HoldMusic"), music + 1, "{line:?}");
        assert_eq!(world.agent_state(), StateName::System);
        world.run(Duration::from_secs(3));
        if outside {
            assert_eq!(world.carrier_rang(), rang + 1, "{line:?}");
            world.carrier_answers();
        } else {
            world.phone_answers();
        }
        assert_eq!(world.agent_state(), StateName::Talking, "{line:?}");
        assert_eq!(world.hears(Leg(caller)), [Agent(0)]);
        world.leg_hangs_up(caller);
        assert_eq!(world.agent_state(), StateName::WrapUp);
        world.closes(1);
    }
}

/// Who does not pick up is paused, and the caller waits for somebody else.
#[test]
fn a_telephone_that_is_not_picked_up_pauses_its_agent_and_keeps_the_caller() {
    for (manner, rings_ms, why) in [
        (Manner::refuses(486), None, "declined a call"),
        (Manner::Rings, Some(19_999), "did not answer"),
    ] {
        let mut world = World::ready_by(PER_CALL);
        world.phone_is(manner);
        world.caller();
        if let Some(ms) = rings_ms {
            world.run(Duration::from_millis(ms));
            assert_eq!(world.agent_state(), StateName::Ringing);
            world.run(Duration::from_millis(1));
        }
        assert_eq!((world.agent_state(), world.phone_rang().0), (StateName::Paused, 1));
        assert_eq!(world.plays("HoldMusic"), 1, "{why}");
        world.phone_is(Manner::Answers);
        world.run(Duration::from_secs(1));
        world.ask(0, AgentVerb::Ready).unwrap();
        assert_eq!(world.hears(Leg(0)), [Agent(0)], "the caller kept the place in line");
        let told = world.find(|event| match event {
            Event::AgentInterval { state: StateName::Paused, reason, .. } => reason.clone(),
            _ => None,
        });
        let text = Some(why.to_owned());
        assert_eq!(told, Some(PauseReason { class: PauseClass::System, text }));
        world.closes(1);
    }
}

#[test]
fn a_caller_who_gives_up_stops_the_telephone_and_frees_its_agent() {
    let mut world = World::ready_by(PER_CALL);
    world.phone_is(Manner::Rings);
    world.caller();
    world.run(Duration::from_secs(2));
    world.leg_hangs_up(0);
    assert_eq!((world.phone_rang(), world.agent_state()), ((1, 1), StateName::Ready));
    world.closes(1);
}

/// R128, DESIGN §5: an outside number is a dial, with its record durable before its INVITE.
#[test]
fn a_line_at_a_number_outside_is_dialled_as_a_call_of_its_own() {
    let mut world = World::new();
    world.disk_is_slow();
    world.clocks_in(at_a_number(true));
    assert_eq!(world.carrier_rang(), 0, "an INVITE left early");
    world.disk_catches_up();
    assert_eq!((world.carrier_rang(), world.invites_to(OUTSIDE)), (1, 1));
    let refused = world.ask(0, AgentVerb::Ready).unwrap_err();
    assert_eq!(refused.to_string(), "the agent line is down; it must come up first");
    world.carrier_answers();
    world.ask(0, AgentVerb::Ready).unwrap();
    world.disk_catches_up();
    world.caller();
    assert_eq!((world.hears(Leg(1)), world.hears(Agent(0))), (vec![Agent(0)], vec![Leg(1)]));
    let lines = |event: &Event| {
        matches!(event, Event::CallStarted { direction: Direction::Line, called, .. }
            if called == OUTSIDE)
    };
    assert_eq!(world.recorded(lines), 1);
    world.leg_hangs_up(1);
    assert_eq!(world.carrier_ended(), 1, "the line stays");
    world.dispose("sale");
    world.leg_hangs_up(0);
    assert_eq!(world.agent_state(), StateName::System, "an idle agent's line dropped");
    world.disk_catches_up();
    world.closes(1);
}

/// FAULTS S4: the trunk's countries bind an agent's own telephone too.
#[test]
fn a_number_that_no_trunk_may_carry_is_refused_at_the_clock_in() {
    let mut world = World::new();
    let phone = Some("+33140000000".parse().unwrap());
    let line = Some(LinePlan { phone, ..LinePlan::default() });
    let verb = AgentVerb::ClockIn(ClockIn { line, ..ClockIn::default() });
    let told = world.ask(0, verb).unwrap_err().to_string();
    assert_eq!(told, "no trunk may carry a call to +33140000000");
    assert_eq!(world.agent_state(), StateName::LoggedOut);
}

#[test]
fn an_outside_line_that_is_not_answered_is_given_up_with_the_shift() {
    let mut world = World::new();
    world.clocks_in(at_a_number(true));
    world.run(Duration::from_secs(1));
    world.ask(0, AgentVerb::ClockOut { reason: None }).unwrap();
    world.run(Duration::from_secs(1));
    assert_eq!(world.carrier_ended(), 1, "it rings no more");
    world.clocks_in(at_a_number(true));
    world.run(Duration::from_secs(46));
    assert_eq!((world.carrier_rang(), world.carrier_ended()), (2, 2), "45 s are enough");
    world.ask(0, AgentVerb::Ready).unwrap_err();
    assert_eq!(world.carrier_rang(), 3, "Ready tries again");
    world.closes(1);
}

/// R126: the profile's values are defaults that the agent may change at each login.
#[test]
fn the_agent_may_change_what_the_profile_says_for_one_shift() {
    let mut world = World::of(1, |scene| scene.agents[0].connection.persistent = false);
    world.at_work(0);
    assert_eq!(world.phone_rang().0, 0, "the profile's default");
    world.ask(0, AgentVerb::ClockOut { reason: None }).unwrap();
    world.clocks_in(LinePlan::default());
    assert_eq!(world.phone_rang().0, 1, "this time the line is kept");
    world.ask(0, AgentVerb::ClockOut { reason: None }).unwrap();
    world.run(Duration::from_secs(40));
    world.ask(0, AgentVerb::ClockIn(ClockIn::default())).unwrap();
    assert_eq!(world.phone_rang().0, 1, "the default again");
    world.closes(1);
}

#[test]
fn web_connect_wants_a_page_and_no_other_telephone() {
    let mut world = World::new();
    world.phone_registers(0);
    let line = Some(LinePlan { mode: ConnectionMode::WebConnect, ..LinePlan::default() });
    let verb = AgentVerb::ClockIn(ClockIn { line, ..ClockIn::default() });
    let told = world.ask(0, verb).unwrap_err().to_string();
    let extension = world.extension(0);
    assert_eq!(told, format!("no browser is registered as extension {extension}"));
}

/// RULES US-1: a person who answers cannot wait for a telephone to be picked up.
#[test]
fn nobody_is_dialled_for_an_agent_without_a_line_between_calls() {
    let mut world = World::ready_by(PER_CALL);
    world.lead(CUSTOMER);
    world.run(Duration::from_mins(1));
    assert_eq!((world.carrier_rang(), world.agent_state()), (0, StateName::Ready));
    world.closes(1);
}

/// R104: to dial by hand the line is asked for first; without use it goes after a minute.
#[test]
fn an_agent_asks_for_the_line_to_dial_by_hand() {
    let mut world = World::ready_by(PER_CALL);
    let (number, campaign) = (OUTSIDE.parse().unwrap(), world.scene().campaign.id);
    let dial = || AgentVerb::Call(CallVerb::Dial { number, campaign });
    let told = world.ask(0, dial()).unwrap_err().to_string();
    assert_eq!(told, "the agent line is down; it must come up first");
    world.ask(0, AgentVerb::RingLine).unwrap();
    world.run(Duration::from_millis(59_999));
    assert_eq!(world.phone_rang(), (1, 0));
    world.run(Duration::from_millis(1));
    assert_eq!((world.phone_rang(), world.agent_state()), ((1, 1), StateName::Ready));
    world.ask(0, AgentVerb::RingLine).unwrap();
    world.ask(0, dial()).unwrap();
    world.run(Duration::from_secs(1));
    world.carrier_answers();
    assert_eq!(world.hears(Leg(0)), [Agent(0)]);
    world.run(Duration::from_mins(2));
    assert_eq!(world.agent_state(), StateName::Talking, "a line in use stays");
    world.leg_hangs_up(0);
    assert_eq!(world.phone_rang(), (2, 2));
    world.closes(1);
}

/// Nobody picks up: the caller waits in line, and the records and who is told by them say so, once.
#[test]
fn a_caller_whose_agent_does_not_pick_up_waits_by_the_record_too() {
    let queued = |world: &World| world.recorded(|one| matches!(one, Event::CallQueued { .. }));
    let mut world = World::ready_by(PER_CALL);
    world.phone_is(Manner::Rings);
    world.caller();
    assert_eq!((world.agent_state(), queued(&world)), (StateName::Ringing, 0));
    for again in 1..=2 {
        world.run(Duration::from_secs(20));
        assert_eq!((world.agent_state(), queued(&world)), (StateName::Paused, 1));
        world.ask(0, AgentVerb::Ready).unwrap();
        assert_eq!((world.agent_state(), world.phone_rang().0), (StateName::Ringing, again + 1));
    }
    world.closes(1);
}

/// FAULTS F11: who was talking and lost the agent goes before those who came after them.
#[test]
fn a_caller_whose_agents_line_does_not_come_back_has_the_old_place_in_line() {
    let mut world = World::of(2, |_| {});
    world.at_work(0);
    world.at_work(1);
    world.ask(0, AgentVerb::Ready).unwrap();
    world.caller();
    assert_eq!(world.hears(Leg(0)), [Agent(0)]);
    world.run(Duration::from_secs(1));
    world.caller();
    world.phone_is(Manner::IsSilent);
    world.line_is_cut();
    world.run(Duration::from_millis(20_001));
    let queued = world.recorded(|event| matches!(event, Event::CallQueued { .. }));
    assert_eq!(queued, 2, "the second caller, and the first again");
    world.ask(1, AgentVerb::Ready).unwrap();
    let connected = world.all(|event| match event {
        Event::CallConnected { call, agent, .. } => Some((*call, *agent)),
        _ => None,
    });
    let [(first, _), (again, other)] = connected.as_slice() else { panic!("{connected:?}") };
    assert_eq!((first, *other == world.agent_id()), (again, false));
}

/// "While idle: the agent becomes unavailable with the reason shown", and Ready mends it.
#[test]
fn an_idle_agent_whose_kept_line_drops_is_unavailable_until_it_is_back() {
    for line in [LinePlan::default(), at_a_number(true)] {
        let outside = line.phone.is_some();
        let mut world = World::new();
        world.phone_registers(0);
        world.clocks_in(line);
        if outside {
            world.carrier_answers();
        }
        world.ask(0, AgentVerb::Ready).unwrap();
        world.line_is_cut();
        assert_eq!(world.agent_state(), StateName::System);
        assert_eq!(world.fault_of(0), Some(Fault::LineLost));
        world.ask(0, AgentVerb::Ready).unwrap_err();
        if outside {
            world.carrier_answers();
        }
        assert_eq!((world.agent_state(), world.fault_of(0)), (StateName::NotReady, None));
        world.ask(0, AgentVerb::Ready).unwrap();
        world.closes(1);
    }
}

const CALL_IN: LinePlan = LinePlan { mode: ConnectionMode::CallIn, persistent: true, phone: None };

/// R126: nobody rings who calls in, but for a customer whose agent's line dropped.
#[test]
fn an_agent_who_calls_in_is_called_back_for_a_customer_only() {
    let mut world = World::new();
    world.phone_registers(0);
    world.phone_calls_in();
    assert_eq!(world.phone_rang(), (1, 1), "nobody is clocked in");
    world.clocks_in(CALL_IN);
    world.ask(0, AgentVerb::Ready).unwrap_err();
    assert_eq!(world.phone_rang(), (1, 1), "it is the agent who calls");
    world.phone_calls_in();
    world.phone_calls_in();
    assert_eq!(world.phone_rang(), (3, 2), "one line is enough");
    world.ask(0, AgentVerb::Ready).unwrap();
    world.caller();
    assert_eq!((world.hears(Leg(0)), world.hears(Agent(0))), (vec![Agent(0)], vec![Leg(0)]));
    world.line_is_cut();
    assert_eq!((world.phone_rang(), world.agent_state()), ((4, 3), StateName::Talking));
    assert_eq!(world.hears(Leg(0)), [Agent(0)]);
    world.leg_hangs_up(0);
    world.dispose("sale");
    world.phone_hangs_up();
    assert_eq!((world.agent_state(), world.phone_rang().0), (StateName::System, 4));
    world.phone_calls_in();
    assert_eq!(world.agent_state(), StateName::NotReady);
    world.closes(1);
}

/// Without a line between calls, the agent calls in while the call is theirs to take.
#[test]
fn an_agent_calls_in_for_one_call_within_twenty_seconds() {
    for calls_in in [true, false] {
        let mut world = World::ready_by(LinePlan { persistent: false, ..CALL_IN });
        world.caller();
        assert_eq!((world.agent_state(), world.phone_rang().0), (StateName::Ringing, 0));
        world.run(Duration::from_millis(19_999));
        if calls_in {
            world.phone_calls_in();
            assert_eq!(world.hears(Leg(0)), [Agent(0)]);
            world.leg_hangs_up(0);
            assert_eq!(world.phone_rang(), (1, 1), "the line goes with the work");
        } else {
            world.run(Duration::from_millis(1));
            assert_eq!(world.agent_state(), StateName::Paused);
        }
        world.closes(1);
    }
}

/// Whoever answers at a number outside presses 1; a voicemail does not, and never is the line.
#[test]
fn a_line_outside_is_taken_by_pressing_1_where_the_profile_asks_for_it() {
    for pressed in [true, false] {
        let mut world = World::of(1, |scene| scene.agents[0].connection.press_to_take = true);
        world.phone_registers(0);
        world.clocks_in(at_a_number(false));
        world.ask(0, AgentVerb::Ready).unwrap();
        world.caller();
        world.carrier_answers();
        assert_eq!(world.plays("Named(PromptId(\"press-to-take\"))"), 1);
        assert_eq!((world.agent_state(), world.hears(Leg(0))), (StateName::Ringing, vec![]));
        if pressed {
            world.caller_presses(1, '2');
            assert_eq!(world.agent_state(), StateName::Ringing);
            world.caller_presses(1, '1');
            assert_eq!(
                (world.agent_state(), world.hears(Leg(0))),
                (StateName::Talking, vec![Agent(0)])
            );
        } else {
            world.run(Duration::from_secs(16));
            assert_eq!((world.agent_state(), world.carrier_ended()), (StateName::Paused, 1));
            assert_eq!(world.hears(Leg(0)), [], "the caller waits for somebody else");
        }
        world.closes(1);
    }
}
