//! The machine in virtual time: what is asked, what is proven, and when it ends.

use uuid::Uuid;

use super::*;
use crate::origin;
use crate::prompts::CALL_IN_CLOCK_IN;

struct Caller {
    now: Instant,
    machine: CallIn,
    acts: Vec<Act>,
}

fn agent() -> AgentId {
    AgentId::from(Uuid::from_u128(7))
}

fn number(n: u32) -> Claim {
    Claim::Number(AgentNumber::try_from(n).ok())
}

impl Caller {
    fn new(known: Option<AgentId>, trusted: bool) -> Self {
        let (now, mut acts) = (origin(), vec![]);
        let machine = CallIn::begin(now, known, trusted, &mut acts);
        Self { now, machine, acts }
    }

    fn give(&mut self, input: Input) {
        self.machine.handle(self.now, input, &mut self.acts);
    }

    fn keys(&mut self, keys: &str) {
        for key in keys.chars() {
            self.give(Input::Key(key));
        }
    }

    /// Lets time pass to the deadline, so many milliseconds after now.
    fn waits(&mut self, ms: u64) {
        let due = self.machine.deadline().unwrap();
        assert_eq!(due.duration_since(self.now), Duration::from_millis(ms));
        self.now = due.checked_sub(Duration::from_nanos(1)).unwrap();
        let before = self.acts.len();
        self.give(Input::Tick);
        assert_eq!(self.acts.len(), before, "not yet");
        self.now = due;
        self.give(Input::Tick);
    }

    /// What was heard since it was last asked for.
    fn heard(&mut self) -> Vec<&'static str> {
        let clip = |act: Act| match act {
            Act::Play { clip, .. } => Some(clip),
            _ => None,
        };
        self.acts.drain(..).filter_map(clip).collect()
    }

    /// The proof that was asked for last.
    fn asked(&self) -> (Claim, &str) {
        match self.acts.last() {
            Some(Act::Prove { ticket, claim, pin }) => {
                assert_eq!(*ticket, self.machine.ticket());
                (*claim, pin.reveal())
            }
            other => panic!("nothing is to be proven, but {other:?}"),
        }
    }

    fn proved(&mut self, agent: Option<AgentId>) {
        self.give(Input::Proved(self.machine.ticket(), agent));
    }
}

#[test]
fn a_stranger_is_asked_for_number_and_pin_and_is_admitted_by_them() {
    let mut caller = Caller::new(None, true);
    assert_eq!(caller.heard(), [CALL_IN_NUMBER]);
    caller.keys("1042#");
    assert_eq!(caller.acts[0], Act::Quiet, "the first key ends the clip");
    assert_eq!(caller.heard(), [CALL_IN_PIN]);
    caller.keys("402817#");
    assert_eq!(caller.asked(), (number(1042), "402817"));
    caller.keys("9#*");
    caller.give(Input::Proved(caller.machine.ticket() - 1, Some(agent())));
    assert_eq!(caller.asked().1, "402817", "an answer to another question, and keys, mean nothing");
    caller.proved(Some(agent()));
    assert_eq!(caller.acts.last(), Some(&Act::Admit(agent())));
    assert_eq!(caller.machine.deadline(), None);
}

#[test]
fn a_known_telephone_says_who_it_is_and_is_asked_for_the_pin_or_trusted() {
    let mut caller = Caller::new(Some(agent()), false);
    assert_eq!(caller.heard(), [CALL_IN_PIN]);
    caller.keys("402817#");
    assert_eq!(caller.asked(), (Claim::Agent(agent()), "402817"));
    let caller = Caller::new(Some(agent()), true);
    assert_eq!(caller.acts, [Act::Admit(agent())]);
}

/// A colleague at somebody's telephone, and whoever mistyped, begins again.
#[test]
fn a_star_begins_again_and_costs_no_try() {
    let mut caller = Caller::new(Some(agent()), false);
    caller.keys("77*1043#402817#");
    assert_eq!(caller.asked(), (number(1043), "402817"));
    assert_eq!(caller.heard(), [CALL_IN_PIN, CALL_IN_NUMBER, CALL_IN_PIN]);
}

/// A number that no agent has is asked for its PIN as any other.
#[test]
fn the_third_wrong_try_ends_in_a_goodbye() {
    let mut caller = Caller::new(None, false);
    let nobody = Claim::Number(None);
    let wrong = [("0#111111#", nobody), ("99999999999999#111111#", nobody)];
    for (keys, claim) in wrong {
        caller.keys(keys);
        assert_eq!(caller.asked(), (claim, "111111"));
        caller.proved(None);
        assert_eq!(caller.heard().last(), Some(&CALL_IN_AGAIN));
    }
    caller.keys("1042#402817#");
    caller.proved(None);
    assert_eq!(caller.heard(), [CALL_IN_PIN, CALL_IN_GOODBYE]);
    caller.keys("1042#");
    assert_eq!(caller.acts, [], "nothing is asked any more");
    caller.give(Input::Played(caller.machine.ticket()));
    assert_eq!(caller.acts, [Act::HangUp]);
}

#[test]
fn silence_ends_what_is_keyed_and_who_keys_nothing_loses_a_try() {
    let mut caller = Caller::new(None, false);
    caller.keys("1042");
    caller.waits(5_000);
    caller.keys("402817");
    caller.waits(5_000);
    assert_eq!(caller.asked(), (number(1042), "402817"));
    caller.proved(None);
    assert_eq!(caller.heard(), [CALL_IN_NUMBER, CALL_IN_PIN, CALL_IN_AGAIN]);
    caller.waits(15_000);
    caller.waits(15_000);
    assert_eq!(caller.heard(), [CALL_IN_AGAIN, CALL_IN_GOODBYE]);
    caller.waits(15_000);
    assert_eq!(caller.acts, [Act::HangUp], "though its clip never ended");
}

/// What nobody could prove is no try; the caller hears that it is to be later.
#[test]
fn what_is_not_proven_is_forgiven_and_told_as_later() {
    for in_time in [true, false] {
        let mut caller = Caller::new(None, false);
        caller.keys("1042#402817#");
        if in_time {
            caller.give(Input::Unproven(caller.machine.ticket() - 1));
            assert!(caller.machine.is_proving(), "of another question");
            caller.give(Input::Unproven(caller.machine.ticket()));
        } else {
            caller.waits(8_000);
        }
        assert!(caller.acts.contains(&Act::Forgive));
        assert_eq!(caller.heard(), [CALL_IN_NUMBER, CALL_IN_PIN, CALL_IN_LATER]);
        caller.give(Input::Played(caller.machine.ticket()));
        assert_eq!(caller.acts, [Act::HangUp]);
    }
}

#[test]
fn a_proof_that_is_held_back_goes_out_when_its_time_has_come() {
    let mut caller = Caller::new(None, false);
    caller.keys("1042#402817#");
    caller.give(Input::Slowed(Duration::from_secs(4)));
    caller.acts.clear();
    caller.keys("9#*");
    caller.waits(4_000);
    assert_eq!(caller.acts, [Act::Send]);
    caller.proved(Some(agent()));
    assert_eq!(caller.acts.last(), Some(&Act::Admit(agent())));
}

/// Less than a PIN has digits is proven nowhere, and counts against nobody but the call.
#[test]
fn what_is_too_short_to_be_a_pin_is_wrong_and_is_not_proven() {
    let mut caller = Caller::new(None, false);
    for keys in ["##", "1042#40281#", "1042##"] {
        caller.keys(keys);
        assert!(!caller.acts.iter().any(|act| matches!(act, Act::Prove { .. })), "{keys}");
    }
    assert_eq!(caller.heard().last(), Some(&CALL_IN_GOODBYE));
}

#[test]
fn nobody_holds_the_line_for_longer_than_a_minute_and_a_half() {
    let mut caller = Caller::new(None, false);
    for _ in 0..40 {
        caller.now += Duration::from_secs(3);
        caller.keys("*");
    }
    caller.give(Input::Tick);
    assert_eq!(caller.heard().last(), Some(&CALL_IN_GOODBYE));
}

#[test]
fn a_proven_agent_who_may_have_no_line_hears_why() {
    let mut caller = Caller::new(Some(agent()), true);
    caller.give(Input::Refused(CALL_IN_CLOCK_IN));
    assert_eq!(caller.heard(), [CALL_IN_CLOCK_IN]);
    caller.give(Input::Played(caller.machine.ticket()));
    assert_eq!(caller.acts, [Act::HangUp]);
}

/// FAULTS S18, S23.
#[test]
fn what_is_keyed_is_never_printed() {
    let mut caller = Caller::new(None, false);
    caller.keys("1042#402817");
    assert!(!format!("{:?}", caller.machine).contains("402817"));
    caller.keys("#");
    assert!(!format!("{:?}", caller.acts).contains("402817"));
}
