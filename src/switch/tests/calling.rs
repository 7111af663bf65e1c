//! What agents do with calls: transfers of each kind, consultations, parking, dialling by hand.
//!
//! Each test asserts who hears whom by the last route of each party, and that nothing is left.

use std::time::Duration;

use admin_api::control::{AgentVerb, CallVerb, Command, Destination, Reply};
use dialer::dnc::DncScope;
use routing::{CallId, StateName, TeamId};
use store::Event;
use uuid::Uuid;

use super::world::Ear::{Agent, Leg};
use super::world::{CUSTOMER, World};
use crate::switch::LeftOver;

/// A number outside, as a transfer's destination.
pub(super) const OUTSIDE: &str = "+12025550177";

/// Agents of one team who may do everything, the first with a customer, the others ready.
pub(super) fn conversation(agents: u8) -> World {
    let mut world = World::of(agents, |scene| {
        scene.campaign.running = true;
        for agent in &mut scene.agents {
            agent.teams = vec![TeamId::from(Uuid::from_u128(1))];
            agent.permissions.manual_calls = true;
            agent.permissions.outside_transfers = true;
        }
    });
    world.staff();
    world.lead(CUSTOMER);
    world.run(Duration::from_secs(1));
    world.carrier_answers();
    for index in 1..usize::from(agents) {
        world.at_work(index);
        world.ask(index, AgentVerb::Ready).unwrap();
    }
    assert_eq!(world.hears(Leg(0)), [Agent(0)]);
    world
}

impl World {
    pub(super) fn does(&mut self, index: usize, verb: CallVerb) {
        self.ask(index, AgentVerb::Call(verb)).unwrap();
    }

    fn refuses(&mut self, index: usize, verb: CallVerb) -> String {
        self.ask(index, AgentVerb::Call(verb)).unwrap_err().to_string()
    }

    fn to(&self, index: usize) -> Destination {
        Destination::Agent { agent: self.scene().agents[index].id }
    }

    /// Everybody goes home, and nothing is alive any more.
    pub(super) fn closes(&mut self, agents: usize) {
        for leg in 0..self.carrier_rang() {
            self.leg_hangs_up(leg);
        }
        for index in 0..agents {
            let _ = self.ask(index, AgentVerb::HangUp);
            self.run(Duration::from_secs(40));
            let _ = self.ask(index, AgentVerb::ClockOut { reason: None });
        }
        self.run(Duration::from_mins(5));
        // A telephone that refreshes its registration is no call.
        let left = LeftOver { transactions: 0, ..self.left_over() };
        assert_eq!(left, LeftOver::default());
    }
}

fn outside() -> Destination {
    Destination::Number { number: OUTSIDE.parse().unwrap() }
}

/// R107, issue 5 point 9: blind, to a colleague.
#[test]
fn a_blind_transfer_puts_the_customer_to_a_colleague_and_the_agent_into_wrap_up() {
    let mut world = conversation(2);
    let to = world.to(1);
    world.does(0, CallVerb::Transfer { to });
    assert_eq!((world.state(0), world.state(1)), (StateName::WrapUp, StateName::Talking));
    assert_eq!((world.hears(Leg(0)), world.hears(Agent(1))), (vec![Agent(1)], vec![Leg(0)]));
    assert_eq!(world.hears(Agent(0)), []);
    let sent = |event: &Event| matches!(event, Event::CallTransferred { attended: false, .. });
    assert_eq!(world.recorded(sent), 1);
    world.leg_hangs_up(0);
    assert_eq!(world.state(1), StateName::WrapUp, "the customer was theirs");
    world.closes(2);
}

#[test]
fn a_blind_transfer_to_whoever_is_away_is_refused_and_the_customer_stays() {
    let mut world = conversation(2);
    world.ask(1, AgentVerb::ClockOut { reason: None }).unwrap();
    let to = world.to(1);
    assert_eq!(world.refuses(0, CallVerb::Transfer { to }), "the agent is logged out");
    let to = world.to(0);
    assert_eq!(world.refuses(0, CallVerb::Transfer { to }), "to: expected somebody else");
    assert_eq!(world.hears(Leg(0)), [Agent(0)]);
    world.closes(2);
}

/// R103: hold one, ask another, turn between the two, talk to both, leave them to each other.
#[test]
fn a_colleague_is_asked_turned_from_joined_and_given_the_customer() {
    let mut world = conversation(2);
    let to = world.to(1);
    world.does(0, CallVerb::Consult { to });
    assert_eq!((world.state(0), world.state(1)), (StateName::Hold, StateName::Talking));
    assert_eq!((world.hears(Agent(0)), world.hears(Agent(1))), (vec![Agent(1)], vec![Agent(0)]));
    assert_eq!((world.hears(Leg(0)), world.plays("HoldMusic")), (vec![], 1));
    world.does(0, CallVerb::Swap {});
    assert_eq!((world.hears(Agent(0)), world.hears(Leg(0))), (vec![Leg(0)], vec![Agent(0)]));
    assert_eq!((world.hears(Agent(1)), world.plays("HoldMusic")), (vec![], 2));
    world.does(0, CallVerb::Merge {});
    assert_eq!(world.hears(Agent(0)), [Agent(1), Leg(0)]);
    assert_eq!(world.hears(Agent(1)), [Agent(0), Leg(0)]);
    assert_eq!(world.hears(Leg(0)), [Agent(0), Agent(1)]);
    world.does(0, CallVerb::Complete {});
    assert_eq!((world.hears(Leg(0)), world.hears(Agent(1))), (vec![Agent(1)], vec![Leg(0)]));
    assert_eq!(world.hears(Agent(0)), []);
    assert_eq!((world.state(0), world.state(1)), (StateName::WrapUp, StateName::Talking));
    world.run(Duration::from_secs(5));
    world.leg_hangs_up(0);
    assert_eq!(world.state(1), StateName::WrapUp);
    world.closes(2);
}

#[test]
fn a_colleague_who_was_only_asked_has_nothing_to_wrap_up() {
    let mut world = conversation(2);
    let to = world.to(1);
    world.does(0, CallVerb::Consult { to });
    world.ask(1, AgentVerb::HangUp).unwrap();
    assert_eq!((world.state(0), world.state(1)), (StateName::Hold, StateName::Ready));
    world.ask(0, AgentVerb::Resume).unwrap();
    assert_eq!((world.hears(Leg(0)), world.hears(Agent(0))), (vec![Agent(0)], vec![Leg(0)]));
    world.closes(2);
}

/// A consultation is about its customer, and ends with them.
#[test]
fn a_customer_who_hangs_up_ends_the_consultation_about_them() {
    let mut world = conversation(2);
    let to = world.to(1);
    world.does(0, CallVerb::Consult { to });
    world.leg_hangs_up(0);
    assert_eq!((world.state(0), world.state(1)), (StateName::WrapUp, StateName::Ready));
    world.closes(2);
}

/// DESIGN §5: nothing is dialled before it is durable; then three ends, and two without the agent.
#[test]
fn a_number_outside_is_asked_and_given_the_customer() {
    let mut world = conversation(1);
    world.disk_is_slow();
    world.does(0, CallVerb::Consult { to: outside() });
    assert_eq!(world.carrier_rang(), 1, "an INVITE left early");
    world.disk_catches_up();
    assert_eq!(world.carrier_rang(), 2);
    assert!(world.refuses(0, CallVerb::Complete {}).contains("nobody is there"));
    world.carrier_answers();
    assert_eq!((world.hears(Agent(0)), world.hears(Leg(1))), (vec![Leg(1)], vec![Agent(0)]));
    world.does(0, CallVerb::Complete {});
    assert_eq!((world.hears(Leg(0)), world.hears(Leg(1))), (vec![Leg(1)], vec![Leg(0)]));
    assert_eq!(world.state(0), StateName::WrapUp);
    world.run(Duration::from_mins(1));
    world.leg_hangs_up(0);
    world.run(Duration::from_secs(1));
    assert_eq!(world.carrier_ended(), 2, "the two stand and fall together");
    world.closes(1);
}

/// A blind transfer that nobody answers comes back to the agent who sent it.
#[test]
fn a_customer_sent_to_a_number_that_does_not_answer_comes_back() {
    let mut world = conversation(1);
    world.does(0, CallVerb::Transfer { to: outside() });
    assert_eq!(world.state(0), StateName::WrapUp);
    world.dispose("sale");
    assert_eq!(world.state(0), StateName::Ready);
    world.run(Duration::from_secs(46));
    assert_eq!(world.state(0), StateName::Talking);
    assert_eq!(world.hears(Leg(0)), [Agent(0)]);
    world.closes(1);
}

#[test]
fn a_blind_transfer_to_a_number_that_answers_puts_both_through() {
    let mut world = conversation(1);
    world.does(0, CallVerb::Transfer { to: outside() });
    world.carrier_answers();
    assert_eq!((world.hears(Leg(0)), world.hears(Leg(1))), (vec![Leg(1)], vec![Leg(0)]));
    world.leg_hangs_up(1);
    world.run(Duration::from_secs(1));
    assert_eq!(world.carrier_ended(), 2);
    world.closes(1);
}

/// FAULTS S4, RULES: a number on the do-not-call list is not reached by way of a transfer either.
#[test]
fn a_listed_number_and_one_no_trunk_may_carry_are_refused() {
    let mut world = conversation(1);
    let numbers = vec![OUTSIDE.parse().unwrap()];
    world.command(Command::Suppress { scope: DncScope::Organisation, numbers });
    let told = world.refuses(0, CallVerb::Transfer { to: outside() });
    assert_eq!(told, format!("{OUTSIDE} is on a do-not-call list"));
    let far = Destination::Number { number: "+61255501234".parse().unwrap() };
    let told = world.refuses(0, CallVerb::Consult { to: far });
    assert_eq!(told, "no trunk takes a call to +61255501234 now");
    assert_eq!(world.carrier_rang(), 1);
    world.closes(1);
}

/// R104, R153: by hand, through the gate; then as any call, with its wrap-up.
#[test]
fn a_number_dialled_by_hand_is_permitted_rung_and_talked_to() {
    let mut world = conversation(2);
    let (campaign, number) = (world.scene().campaign.id, OUTSIDE.parse().unwrap());
    world.ask(1, AgentVerb::Pause { reason: Some(routing::PauseReason::ordered()) }).unwrap();
    world.does(1, CallVerb::Dial { number, campaign });
    assert_eq!(world.state(1), StateName::Ringing);
    assert_eq!(world.recorded(|event| matches!(event, Event::Permitted { .. })), 2);
    world.carrier_answers();
    assert_eq!((world.hears(Agent(1)), world.hears(Leg(1))), (vec![Leg(1)], vec![Agent(1)]));
    world.leg_hangs_up(1);
    assert_eq!(world.state(1), StateName::WrapUp);
    world.closes(2);
}

#[test]
fn a_number_dialled_by_hand_may_be_given_up_and_is_bound_by_the_gate() {
    let mut world = conversation(2);
    let (campaign, number) = (world.scene().campaign.id, OUTSIDE.parse().unwrap());
    world.does(1, CallVerb::Dial { number, campaign });
    world.ask(1, AgentVerb::HangUp).unwrap();
    assert_eq!(world.state(1), StateName::Ready);
    let numbers = vec![number];
    world.command(Command::Suppress { scope: DncScope::Organisation, numbers });
    let told = world.refuses(1, CallVerb::Dial { number, campaign });
    assert!(told.contains("do-not-call"), "{told}");
    world.closes(2);
}

/// R152: idle agents of one team talk, and neither wraps up.
#[test]
fn colleagues_call_each_other_and_are_where_they_were_afterwards() {
    let mut world = conversation(3);
    let other = world.scene().agents[2].id;
    world.does(1, CallVerb::CallAgent { agent: other });
    assert_eq!((world.state(1), world.state(2)), (StateName::Consulting, StateName::Talking));
    assert_eq!((world.hears(Agent(1)), world.hears(Agent(2))), (vec![Agent(2)], vec![Agent(1)]));
    world.run(Duration::from_secs(3));
    world.ask(1, AgentVerb::HangUp).unwrap();
    assert_eq!((world.state(1), world.state(2)), (StateName::Ready, StateName::Ready));
    assert_eq!((world.hears(Agent(1)), world.hears(Agent(2))), (vec![], vec![]));
    world.closes(3);
}

#[test]
fn a_stranger_or_a_busy_colleague_is_not_called() {
    let mut world = conversation(2);
    let (busy, own) = (world.scene().agents[0].id, world.scene().agents[1].id);
    let told = world.refuses(1, CallVerb::CallAgent { agent: busy });
    assert_eq!(told, "the agent is talking");
    let told = world.refuses(1, CallVerb::CallAgent { agent: own });
    assert!(told.starts_with("agent: expected a colleague"), "{told}");
    world.closes(2);
}

/// Park and retrieve: by anybody within three minutes, and then back to who parked.
#[test]
fn a_parked_customer_is_taken_by_a_colleague_or_comes_back() {
    for taken in [true, false] {
        let mut world = conversation(2);
        let parked = world.ask(0, AgentVerb::Call(CallVerb::Park {})).unwrap();
        let Reply::Call { call } = parked else { panic!("{parked:?}") };
        assert_eq!((world.hears(Leg(0)), world.plays("HoldMusic")), (vec![], 1));
        world.dispose("sale");
        if taken {
            world.does(1, CallVerb::Take { call });
            assert_eq!(world.hears(Leg(0)), [Agent(1)]);
        } else {
            world.run(Duration::from_millis(179_999));
            assert_eq!(world.state(0), StateName::Ready);
            world.run(Duration::from_millis(1));
            assert_eq!(world.hears(Leg(0)), [Agent(0)]);
        }
        world.closes(2);
    }
}

/// R219: a member who is never asked takes a waiting caller by hand; nobody else may.
#[test]
fn a_caller_who_waits_is_pulled_by_a_member_of_the_queue() {
    let mut world = conversation(2);
    world.ask(1, AgentVerb::Pause { reason: Some(routing::PauseReason::ordered()) }).unwrap();
    let called = world.scene().dids[0].number.to_string();
    world.carrier_calls("+12025550188", &called);
    let queued = |event: &Event| match event {
        Event::CallQueued { call, .. } => Some(*call),
        _ => None,
    };
    let call: CallId = world.find(queued).unwrap();
    world.does(1, CallVerb::Take { call });
    assert_eq!((world.state(1), world.hears(Leg(1))), (StateName::Talking, vec![Agent(1)]));
    world.leg_hangs_up(1);
    assert_eq!(world.state(1), StateName::WrapUp);
    assert!(world.refuses(1, CallVerb::Take { call }).contains("does not know"));
    world.closes(2);
}

/// Service level both ways: one caller in time, one late, one who gave up.
#[test]
fn a_queues_service_level_is_told_of_the_offered_and_of_the_answered() {
    let mut world = conversation(2);
    let called = world.scene().dids[0].number.to_string();
    world.carrier_calls("+12025550181", &called);
    assert_eq!(world.hears(Leg(1)), [Agent(1)], "at once");
    world.carrier_calls("+12025550182", &called);
    world.carrier_calls("+12025550183", &called);
    world.run(Duration::from_secs(25));
    world.leg_hangs_up(3);
    world.leg_hangs_up(1);
    world.run(Duration::from_secs(40));
    assert_eq!(world.hears(Leg(2)), [Agent(1)], "after the wrap-up, late");
    let level = world.service_level();
    assert_eq!(level, (Some(1.0 / 3.0), Some(0.5)));
    world.closes(2);
}

/// FAULTS F11: a line that is lost in a consultation ends it; the customer waits for the agent.
#[test]
fn a_line_lost_in_a_consultation_ends_it_and_the_customer_stays() {
    let mut world = conversation(2);
    let to = world.to(1);
    world.does(0, CallVerb::Consult { to });
    world.phone_hangs_up();
    assert_eq!(world.state(1), StateName::Ready);
    world.run(Duration::from_secs(4));
    assert_eq!((world.state(0), world.hears(Leg(0))), (StateName::Talking, vec![Agent(0)]));
    world.closes(2);
}

#[test]
fn a_muted_agent_hears_and_is_not_heard_until_the_call_is_over() {
    let mut world = conversation(1);
    world.does(0, CallVerb::Mute {});
    assert_eq!((world.hears(Leg(0)), world.hears(Agent(0))), (vec![], vec![Leg(0)]));
    world.does(0, CallVerb::Unmute {});
    assert_eq!(world.hears(Leg(0)), [Agent(0)]);
    world.closes(1);
}

/// Issue 5, "Shown by": random moves of agents and customers. After each input the invariants hold
/// (the world asserts them), and at the end nothing is left.
#[test]
fn whatever_agents_do_in_whatever_order_nobody_is_lost() {
    for seed in 0..40_u64 {
        let mut world = conversation(3);
        let mut dice = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut roll = |sides: u32| {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            u32::try_from(dice % u64::from(sides)).unwrap()
        };
        for _ in 0..60 {
            let (agent, other) = (index(roll(3)), index(roll(3)));
            let to = if roll(4) == 0 { outside() } else { world.to(other) };
            let campaign = world.scene().campaign.id;
            let verb = match roll(16) {
                0 => AgentVerb::Ready,
                1 => AgentVerb::Hold,
                2 => AgentVerb::Resume,
                3 => AgentVerb::HangUp,
                4 | 5 => AgentVerb::Call(CallVerb::Transfer { to }),
                6..=8 => AgentVerb::Call(CallVerb::Consult { to }),
                9 => AgentVerb::Call(CallVerb::Swap {}),
                10 => AgentVerb::Call(CallVerb::Merge {}),
                11 => AgentVerb::Call(CallVerb::Complete {}),
                12 => AgentVerb::Call(CallVerb::Dismiss {}),
                13 => AgentVerb::Call(CallVerb::Park {}),
                14 => {
                    AgentVerb::Call(CallVerb::CallAgent { agent: world.scene().agents[other].id })
                }
                _ => {
                    let number = OUTSIDE.parse().unwrap();
                    AgentVerb::Call(CallVerb::Dial { number, campaign })
                }
            };
            let _ = world.ask(agent, verb);
            match roll(8) {
                0 => world.answers_newest(),
                1 => world.leg_hangs_up_if_any(index(roll(4))),
                2 => world.carrier_calls("+12025550188", &world.scene().dids[0].number.to_string()),
                _ => {}
            }
            world.run(Duration::from_millis(roll(20_000).into()));
        }
        world.closes(3);
    }
}

fn index(roll: u32) -> usize {
    usize::try_from(roll).unwrap()
}
