//! Agents who call in from any telephone (R126–R128): who they are, what they are refused, and the
//! line that their call becomes.

use std::time::Duration;

use admin_api::control::{AgentVerb, Change, ClockIn};
use routing::{
    ConnectionMode, DidTarget, Fault, KnownCaller, Lifecycle, LinePlan, StateName, Verdict,
};
use store::event::CallInResult;
use store::{Direction, Event};

use super::world::Ear::{Agent, Leg};
use super::world::World;
use crate::demo::scene::Scene;
use crate::switch::Input;

const CALLER: &str = "+12025550111";
const TELEPHONE: &str = "+12025550144";
const OTHER: &str = "+12025550145";
const PIN: &str = "402817";

const PLAN: LinePlan = LinePlan { mode: ConnectionMode::CallIn, persistent: true, phone: None };

impl World {
    /// One agent, clocked in to call in, and no telephone registered.
    fn awaits_call_in(change: impl FnOnce(&mut Scene)) -> Self {
        let mut world = Self::access_of(change);
        world.clocks_in_to(PLAN).unwrap();
        world
    }

    fn access_of(change: impl FnOnce(&mut Scene)) -> Self {
        Self::of(1, |scene| {
            scene.dids[1].target = DidTarget::CallIn;
            change(scene);
        })
    }

    fn clocks_in_to(&mut self, line: LinePlan) -> Result<(), String> {
        let verb = AgentVerb::ClockIn(ClockIn { line: Some(line), ..ClockIn::default() });
        self.ask(0, verb).map(drop).map_err(|why| why.to_string())
    }

    /// The agent's number, and the hash key.
    fn own_number(&self) -> String {
        format!("{}#", self.scene().agents[0].number)
    }

    /// The agent calls in by number and PIN; the leg has this index.
    fn calls_in(&mut self, leg: usize) {
        self.calls_in_from(leg, TELEPHONE);
    }

    fn calls_in_from(&mut self, leg: usize, telephone: &str) {
        self.access_call(telephone);
        let number = self.own_number();
        self.keys(leg, &format!("{number}{PIN}#"));
        self.proves(PIN);
    }

    fn hears_clip(&self, name: &str) -> usize {
        self.plays(&format!("Named(PromptId({name:?}))"))
    }

    fn came_to(&self) -> Vec<CallInResult> {
        self.all(|event| match event {
            Event::CalledIn { how, .. } => Some(*how),
            _ => None,
        })
    }

    fn queue_caller(&mut self) {
        let queue = self.scene().dids[0].number.to_string();
        self.carrier_calls(CALLER, &queue);
    }
}

/// R126: any telephone is the agent's line, by number and PIN; a customer is one route away.
#[test]
fn an_agent_is_the_line_by_number_and_pin_and_a_customer_talks_to_them() {
    let mut world = World::awaits_call_in(|_| {});
    world.ask(0, AgentVerb::Ready).unwrap_err();
    world.access_call(TELEPHONE);
    assert_eq!(world.hears_clip("call-in-number"), 1);
    let number = world.own_number();
    world.keys(0, &number);
    assert_eq!(world.hears_clip("call-in-pin"), 1);
    world.keys(0, &format!("{PIN}#"));
    let agent = world.scene().agents[0].id;
    assert_eq!(world.proves(PIN), Some(agent));
    assert_eq!((world.hears_clip("call-in-welcome"), world.hears_clip("call-in-again")), (1, 0));
    assert_eq!(world.came_to(), [CallInResult::ByPin]);
    world.ask(0, AgentVerb::Ready).unwrap();
    world.queue_caller();
    assert_eq!((world.hears(Leg(1)), world.hears(Agent(0))), (vec![Agent(0)], vec![Leg(1)]));
    world.leg_hangs_up(1);
    world.dispose("sale");
    assert_eq!((world.agent_state(), world.carrier_ended()), (StateName::Ready, 1), "it is kept");
    let lines = |event: &Event| {
        matches!(event, Event::CallStarted { direction: Direction::Line, did: Some(_), .. })
    };
    assert_eq!(world.recorded(lines), 1);
    world.ask(0, AgentVerb::ClockOut { reason: None }).unwrap();
    assert_eq!(world.carrier_ended(), 2, "the line goes with the shift");
    world.closes(1);
}

/// While idle: unavailable with the reason shown; who calls in again is back.
#[test]
fn an_idle_agent_who_hangs_up_is_unavailable_until_they_call_in_again() {
    let mut world = World::awaits_call_in(|_| {});
    world.calls_in(0);
    world.ask(0, AgentVerb::Ready).unwrap();
    world.leg_hangs_up(0);
    assert_eq!(
        (world.agent_state(), world.fault_of(0)),
        (StateName::System, Some(Fault::LineLost))
    );
    world.run(Duration::from_secs(5));
    world.calls_in(1);
    assert_eq!((world.agent_state(), world.fault_of(0)), (StateName::NotReady, None));
    world.closes(1);
}

/// R127: without persistence the line goes with the work, and nothing is missed.
#[test]
fn a_line_for_one_call_is_made_while_it_rings_and_goes_with_it() {
    let mut world = World::access_of(|_| {});
    world.clocks_in_to(LinePlan { persistent: false, ..PLAN }).unwrap();
    world.ask(0, AgentVerb::Ready).unwrap();
    world.queue_caller();
    assert_eq!(world.agent_state(), StateName::Ringing);
    world.run(Duration::from_secs(6));
    world.calls_in(1);
    assert_eq!((world.agent_state(), world.hears(Leg(0))), (StateName::Talking, vec![Agent(0)]));
    world.leg_hangs_up(0);
    assert_eq!((world.agent_state(), world.carrier_ended()), (StateName::WrapUp, 2));
    world.dispose("sale");
    assert_eq!(world.agent_state(), StateName::Ready);
    world.closes(1);
}

/// FAULTS F11: the customer hears music; the agent is called back at their own number, or calls in.
#[test]
fn a_line_that_is_cut_in_mid_call_comes_back_either_way() {
    for own in [true, false] {
        let mut world = World::awaits_call_in(|scene| {
            let numbers = if own { vec![TELEPHONE.parse().unwrap()] } else { vec![] };
            scene.agents[0].connection.calls_from = numbers;
            scene.organisation.known_caller = KnownCaller::Ignored;
        });
        world.calls_in(0);
        world.ask(0, AgentVerb::Ready).unwrap();
        world.queue_caller();
        world.line_is_cut();
        assert_eq!((world.plays("HoldMusic"), world.agent_state()), (1, StateName::System));
        world.run(Duration::from_secs(4));
        assert_eq!(world.carrier_rang(), if own { 3 } else { 2 });
        if own {
            world.carrier_answers();
            // The profile asks for no key; whoever is called back may be a voicemail.
            assert_eq!(world.hears_clip("press-to-take"), 1);
            assert_eq!((world.agent_state(), world.hears(Leg(1))), (StateName::System, vec![]));
            world.caller_presses(2, '1');
        } else {
            world.calls_in(2);
        }
        assert_eq!(
            (world.agent_state(), world.hears(Leg(1))),
            (StateName::Talking, vec![Agent(0)])
        );
        world.leg_hangs_up(1);
        world.closes(1);
    }
}

/// A number can be forged: what it is worth, the organisation says.
#[test]
fn an_own_number_is_worth_what_the_organisation_says() {
    for worth in [KnownCaller::Ignored, KnownCaller::AsksPin, KnownCaller::Trusted] {
        let mut world = World::awaits_call_in(|scene| {
            scene.agents[0].connection.calls_from = vec![TELEPHONE.parse().unwrap()];
            scene.organisation.known_caller = worth;
        });
        world.access_call(TELEPHONE);
        let asked = (world.hears_clip("call-in-number"), world.hears_clip("call-in-pin"));
        match worth {
            KnownCaller::Ignored => assert_eq!(asked, (1, 0)),
            KnownCaller::AsksPin => {
                assert_eq!(asked, (0, 1));
                world.keys(0, &format!("{PIN}#"));
                world.proves(PIN);
                assert_eq!(world.came_to(), [CallInResult::ByPin]);
            }
            KnownCaller::Trusted => {
                assert_eq!(asked, (0, 0));
                assert_eq!(world.came_to(), [CallInResult::ByTelephone]);
            }
        }
        let is_up = world.hears_clip("call-in-welcome") == 1;
        assert_eq!(is_up, worth != KnownCaller::Ignored);
        assert_eq!(world.ask(0, AgentVerb::Ready).is_ok(), is_up);
        world.leg_hangs_up(0);
        world.closes(1);
    }
}

/// What the caller says is no proof where the carrier asserts nothing (RFC 3325).
#[test]
fn a_number_that_the_carrier_does_not_assert_is_asked_for_the_pin() {
    let mut world = World::awaits_call_in(|scene| {
        scene.agents[0].connection.calls_from = vec![TELEPHONE.parse().unwrap()];
        scene.organisation.known_caller = KnownCaller::Trusted;
    });
    let access = world.scene().dids[1].number.to_string();
    world.carrier_calls(TELEPHONE, &access);
    assert_eq!((world.hears_clip("call-in-pin"), world.came_to()), (1, vec![]));
    world.leg_hangs_up(0);
    world.closes(1);
}

/// Whoever has hung up on a dead line is back before the switch has given up to ring them.
#[test]
fn who_calls_in_while_they_are_called_back_has_the_line() {
    for answered in [false, true] {
        let mut world = World::awaits_call_in(|scene| {
            let numbers = [TELEPHONE, OTHER].map(|number| number.parse().unwrap());
            scene.agents[0].connection.calls_from = numbers.to_vec();
        });
        world.access_call(TELEPHONE);
        world.keys(0, &format!("{PIN}#"));
        world.proves(PIN);
        world.ask(0, AgentVerb::Ready).unwrap();
        world.queue_caller();
        world.line_is_cut();
        world.run(Duration::from_secs(4));
        assert_eq!(world.carrier_rang(), 3, "called back");
        if answered {
            world.carrier_answers();
        }
        world.access_call(OTHER);
        world.keys(3, &format!("{PIN}#"));
        world.proves(PIN);
        assert_eq!(world.came_to(), [CallInResult::ByPin; 2]);
        let talk = (world.agent_state(), world.hears(Leg(1)));
        assert_eq!(talk, (StateName::Talking, vec![Agent(0)]));
        world.run(Duration::from_secs(40));
        assert_eq!(world.hears(Leg(1)), [Agent(0)], "the attempt that gave way ends nothing");
        world.leg_hangs_up(1);
        world.closes(1);
    }
}

/// A telephone that two agents share shows neither of them.
#[test]
fn a_number_of_two_agents_is_nobodys() {
    let mut world = World::of(2, |scene| {
        scene.dids[1].target = DidTarget::CallIn;
        scene.organisation.known_caller = KnownCaller::Trusted;
        for agent in &mut scene.agents {
            agent.connection.calls_from = vec![TELEPHONE.parse().unwrap()];
        }
    });
    world.access_call(TELEPHONE);
    assert_eq!(world.hears_clip("call-in-number"), 1);
    world.leg_hangs_up(0);
    world.closes(1);
}

/// Whether the number or the PIN was wrong, nobody is told; a number that nobody has is proven too.
#[test]
fn the_third_wrong_try_ends_the_call_and_says_no_more_than_the_first() {
    let mut world = World::awaits_call_in(|_| {});
    world.access_call(CALLER);
    let number = world.own_number();
    for (keys, whose) in [("999#111111#", 0), (&*format!("{number}111111#"), 1), ("#402817#", 0)] {
        world.keys(0, keys);
        assert_eq!(world.proves(PIN).iter().count(), whose, "{keys}");
    }
    assert_eq!((world.hears_clip("call-in-again"), world.hears_clip("call-in-goodbye")), (2, 1));
    assert_eq!(world.came_to(), [CallInResult::Wrong; 3]);
    world.run(Duration::from_secs(15));
    assert_eq!(world.carrier_ended(), 1, "hung up after the last words");
    assert_eq!(world.agent_state(), StateName::NotReady);
    world.closes(1);
}

/// FAULTS S2: five wrong PINs lock who keyed them, for that agent; the agent passes from elsewhere.
#[test]
fn wrong_pins_lock_the_caller_for_the_agent_until_a_quarter_of_an_hour_or_a_new_pin() {
    for by_new_pin in [true, false] {
        let mut world = World::awaits_call_in(|_| {});
        let number = world.own_number();
        for leg in 0..5 {
            world.access_call(CALLER);
            world.keys(leg, &format!("{number}111111#"));
            assert!(world.proves(PIN).is_some());
            world.leg_hangs_up(leg);
        }
        assert_eq!(world.warnings("is locked for 15 minutes for agent"), 1);
        world.calls_in_from(5, CALLER);
        assert_eq!(world.came_to().last(), Some(&CallInResult::Locked), "the right PIN is wrong");
        assert_eq!(world.hears_clip("call-in-again"), 6, "and nobody is told why");
        world.leg_hangs_up(5);
        if by_new_pin {
            let agent = world.scene().agents[0].id;
            world.learns(Input::Change(Change::CallInPin(agent)));
        } else {
            world.run(Duration::from_mins(15));
        }
        world.calls_in_from(6, CALLER);
        assert_eq!(world.came_to().last(), Some(&CallInResult::ByPin));
        world.closes(1);
    }
}

/// A hundred calls at once are a hundred tries, each held back for longer; the agent gets in.
#[test]
fn tries_count_before_they_are_proven_and_slow_the_agent_alone() {
    let mut world = World::awaits_call_in(|_| {});
    let number = world.own_number();
    for leg in 0..6 {
        world.access_call(&format!("+1202555012{leg}"));
        world.keys(leg, &format!("{number}111111#"));
    }
    let mut proofs = world.proofs();
    assert_eq!(proofs.len(), 5, "the sixth is held back");
    world.access_call(TELEPHONE);
    world.keys(6, &format!("{number}{PIN}#"));
    world.run(Duration::from_secs(1));
    proofs.extend(world.proofs());
    assert_eq!(proofs.len(), 6);
    for proof in proofs {
        world.learns(Input::Proved(proof.call, proof.ticket, Verdict::Wrong));
    }
    world.run(Duration::from_secs(1));
    world.proves(PIN);
    assert_eq!(world.came_to().last(), Some(&CallInResult::ByPin));
    for leg in 0..6 {
        world.leg_hangs_up(leg);
    }
    world.closes(1);
}

/// Whoever proves is down, or too slow: it was no try, and an answer that comes late means nothing.
#[test]
fn what_cannot_be_proven_costs_nobody_a_try_and_is_told_as_later() {
    for in_time in [true, false] {
        let mut world = World::awaits_call_in(|_| {});
        let number = world.own_number();
        for leg in 0..6 {
            world.access_call(TELEPHONE);
            world.keys(leg, &format!("{number}{PIN}#"));
            let proof = world.proof();
            assert!(proof.agent.is_some(), "not locked");
            let none = Input::Proved(proof.call, proof.ticket, Verdict::NotProven);
            if in_time {
                world.learns(none);
            } else {
                world.run(Duration::from_secs(8));
                world.learns(Input::Proved(proof.call, proof.ticket, Verdict::Right));
            }
            world.leg_hangs_up(leg);
        }
        assert_eq!(
            (world.hears_clip("call-in-later"), world.hears_clip("call-in-welcome")),
            (6, 0)
        );
        assert_eq!(world.came_to(), [CallInResult::NotProven; 6]);
        assert_eq!(world.warnings("could not be proven"), 6);
        world.closes(1);
    }
}

/// A try is a try though nobody waits for its answer, and the answer makes no line.
#[test]
fn who_hangs_up_before_the_answer_has_tried() {
    let mut world = World::awaits_call_in(|_| {});
    let number = world.own_number();
    for leg in 0..5 {
        world.access_call(CALLER);
        world.keys(leg, &format!("{number}{PIN}#"));
        let proof = world.proof();
        world.leg_hangs_up(leg);
        world.learns(Input::Proved(proof.call, proof.ticket, Verdict::Right));
    }
    assert_eq!(world.came_to(), [CallInResult::NotProven; 5]);
    assert_eq!(world.warnings("is locked for 15 minutes for agent"), 1);
    assert_eq!(world.hears_clip("call-in-welcome"), 0);
    assert!(world.ask(0, AgentVerb::Ready).is_err(), "no line");
    world.closes(1);
}

/// FAULTS S1: before anything is kept of a call there is room for it, or it is refused.
#[test]
fn callers_who_are_not_proven_are_bounded_in_all_and_by_number() {
    let mut world = World::awaits_call_in(|_| {});
    for _ in 0..3 {
        world.access_call(CALLER);
    }
    assert_eq!(world.hears_clip("call-in-number"), 2, "two of one number");
    for n in 10..30 {
        world.access_call(&format!("+120255501{n}"));
    }
    assert_eq!(world.hears_clip("call-in-number"), 20);
    world.run(Duration::from_mins(3));
    world.calls_in(23);
    assert_eq!(world.came_to().last(), Some(&CallInResult::ByPin), "those who gave up made room");
    world.closes(1);
}

#[test]
fn an_agent_who_may_have_no_line_hears_why() {
    let per_call = LinePlan { mode: ConnectionMode::CallMe, ..PLAN };
    for (clip, how) in [
        ("call-in-clock-in", CallInResult::NotClockedIn),
        ("call-in-there", CallInResult::HasLine),
        ("call-in-otherwise", CallInResult::OtherMode),
        ("call-in-barred", CallInResult::Barred),
    ] {
        let mut world = World::access_of(|_| {});
        let mut leg = 0;
        match how {
            CallInResult::HasLine => {
                world.clocks_in_to(PLAN).unwrap();
                world.calls_in(0);
                leg = 1;
            }
            CallInResult::OtherMode => {
                world.phone_registers(0);
                world.clocks_in_to(per_call).unwrap();
            }
            CallInResult::Barred => {
                let mut agent = world.scene().agents[0].clone();
                agent.lifecycle = Lifecycle::Archived;
                world.learns(Input::Change(Change::Agent(Box::new(agent))));
            }
            _ => {}
        }
        world.calls_in_from(leg, CALLER);
        assert_eq!((world.hears_clip(clip), world.came_to().last()), (1, Some(&how)));
        let before = world.carrier_ended();
        world.run(Duration::from_secs(15));
        assert_eq!(world.carrier_ended(), before + 1, "{clip}");
        world.closes(1);
    }
}

/// FAULTS S18, S23: the PIN reaches the edge that proves it, and nothing else.
#[test]
fn a_pin_is_in_no_record_no_recording_and_no_print() {
    let mut world = World::awaits_call_in(|_| {});
    world.access_call(TELEPHONE);
    let number = world.own_number();
    world.keys(0, &format!("{number}{PIN}#"));
    assert!(!format!("{:?}", world.proof()).contains(PIN));
    assert!(!world.prints().contains(PIN));
    assert_eq!(world.media(|command| matches!(command, media::Command::Record { .. })), 0);
    world.leg_hangs_up(0);
    world.closes(1);
}

/// Who calls in by no access number needs a telephone that is registered.
#[test]
fn call_in_wants_an_access_number_or_a_telephone() {
    let mut world = World::new();
    let told = world.clocks_in_to(PLAN).unwrap_err();
    assert!(told.starts_with("no telephone is registered as extension"), "{told}");
}
