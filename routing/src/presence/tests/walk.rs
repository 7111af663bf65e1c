//! Random walks: time adds up to the nanosecond, and the desk's list is exactly what is taken.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// A step of a walk: which input, and how long after the last.
type Step = (usize, u64);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec((0..inputs().len(), 0_u64..40_000), 1..300)
}

/// Walks, and gives what was logged in, in which intervals, and how it ended.
fn walk(steps: &[Step]) -> (Duration, Vec<Interval>, Presence) {
    let (mut agent, mut now) = (new(), at(0));
    let (mut login, mut intervals) = (Duration::ZERO, vec![]);
    for (index, ms) in steps {
        let earlier = now;
        now += Duration::from_millis(*ms);
        if *agent.state() != State::LoggedOut {
            login += now - earlier;
        }
        let (_, input) = inputs()[*index].clone();
        if let Ok(Some(change)) = agent.handle(now, input, Cause::Agent) {
            intervals.extend(change.interval);
        }
    }
    intervals.extend(agent.elapsed(now));
    (login, intervals, agent)
}

/// The input that a desk's request becomes.
fn input_of(action: Action) -> Input {
    let (call, until) = (call(9), at(99_000_000));
    match action {
        Action::ClockIn => Input::ClockIn { persistent: false },
        Action::ClockOut => Input::ClockOut { reason: None, while_active: false },
        Action::Ready => Input::Ready,
        Action::Pause => Input::Pause(lunch()),
        Action::Dial => Input::Dial { call, campaign: None, until },
        Action::CallAgent => Input::Consult { call },
        Action::Take => Input::Take { call, campaign: None },
        Action::Answer => Input::Connect,
        Action::Decline => Input::Decline,
        Action::DialPreviewed => Input::DialPreviewed { until },
        Action::Skip => Input::Release,
        Action::Hold => Input::Hold,
        Action::Resume => Input::Resume,
        Action::HangUp => Input::Ended,
        Action::Dispose => Input::Disposed,
    }
}

proptest! {
    /// FAULTS D14: login time = ready + ring + talk + hold + wrap-up + pause.
    #[test]
    fn login_time_is_the_sum_of_the_six_and_no_interval_overlaps(steps in steps()) {
        let (login, intervals, _) = walk(&steps);
        let mut spent = BTreeMap::new();
        for interval in &intervals {
            *spent.entry(interval.counts).or_insert(Duration::ZERO) += interval.to - interval.from;
            prop_assert!(interval.to > interval.from);
        }
        prop_assert_eq!(spent.values().sum::<Duration>(), login);
        for pair in intervals.windows(2) {
            prop_assert!(pair[0].to <= pair[1].from);
        }
    }

    /// A desk that offers what is allowed is never refused.
    #[test]
    fn whatever_is_allowed_is_taken(steps in steps()) {
        let (_, _, agent) = walk(&steps);
        for action in agent.allowed() {
            let taken = agent.clone().handle(at(99_000_000), input_of(action), Cause::Agent);
            prop_assert!(taken.is_ok(), "{action:?} from {:?}: {taken:?}", agent.state());
        }
    }

    /// What is not allowed is refused, but for moves that others than the desk may make too.
    #[test]
    fn whatever_is_not_allowed_and_only_the_desks_is_refused(steps in steps()) {
        let (_, _, agent) = walk(&steps);
        let allowed = agent.allowed();
        for action in Action::ALL {
            // The carrier connects, releases and ends calls besides.
            let shared = matches!(action, Action::Answer | Action::Skip | Action::HangUp);
            if !shared && !allowed.contains(&action) {
                let taken = agent.clone().handle(at(99_000_000), input_of(action), Cause::Agent);
                prop_assert!(taken.is_err(), "{action:?} from {:?}", agent.state());
                prop_assert!(agent.check(action).is_err());
            }
        }
    }

    /// What is refused has changed nothing.
    #[test]
    fn a_refused_input_leaves_everything_as_it_was(steps in steps()) {
        let (_, _, agent) = walk(&steps);
        for (name, input) in inputs() {
            let mut other = agent.clone();
            if other.handle(at(99_000_000), input, Cause::Agent).is_err() {
                prop_assert_eq!(format!("{other:?}"), format!("{agent:?}"), "{}", name);
            }
        }
    }
}
