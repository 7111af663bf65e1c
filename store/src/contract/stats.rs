//! Covers: an agent's figures, R85 to R95, against a period written by hand.

use dialer::campaigns::Disposition;
use routing::{CallId, Counts, PauseClass, StateName};

use super::records::{interval, journal};
use crate::event::{Direction, Event};
use crate::fold::Fold;
use crate::stats::{AgentStats, PauseSpent};
use crate::testing::{CAMPAIGN, at, call_started, furnished, grace, id};

fn call(n: u128) -> CallId {
    id(0xca11_0000 + n)
}

/// Time with a call.
fn with(n: u128, state: StateName, counts: Counts, from: i64, to: i64) -> (jiff::Timestamp, Event) {
    let mut event = interval(state, counts, at(from), at(to));
    if let Event::AgentInterval { call: of, .. } = &mut event {
        *of = Some(call(n));
    }
    (at(to), event)
}

fn disposed(n: u128, code: &str, when: i64) -> (jiff::Timestamp, Event) {
    let event = Event::Disposed {
        call: call(n),
        agent: grace(),
        campaign: Some(id(CAMPAIGN)),
        lead: None,
        code: code.to_owned(),
        notes: String::new(),
        callback_at: None,
        dnc: None,
        machine: false,
        recycle: None,
    };
    (at(when), event)
}

/// The code of a success among the campaign's own.
fn success(rows: &[Disposition]) -> String {
    rows.iter().find(|row| row.flags.success).unwrap().code.clone()
}

#[tokio::test]
async fn an_agents_figures_are_what_the_requirements_define() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let campaign = store.campaigns().find(id(CAMPAIGN)).await.unwrap().value;
    let sale = success(&campaign.dispositions);
    let mut internal = call_started(call(3), None);
    if let Event::CallStarted { direction, .. } = &mut internal {
        *direction = Direction::Internal;
    }
    let events = [
        (at(0), Event::AgentClock { agent: grace(), clocked_in: true, reason: None, unit: None }),
        (at(10), interval(StateName::Ready, Counts::Ready, at(0), at(10))),
        (at(10), call_started(call(1), None)),
        with(1, StateName::Talking, Counts::Talk, 10, 40),
        with(1, StateName::Hold, Counts::Hold, 40, 50),
        with(1, StateName::WrapUp, Counts::WrapUp, 50, 60),
        disposed(1, &sale, 60),
        (at(60), call_started(call(2), None)),
        with(2, StateName::Ringing, Counts::Ring, 60, 80),
        (at(100), interval(StateName::Paused, Counts::Pause, at(80), at(100))),
        (at(105), interval(StateName::NotReady, Counts::Pause, at(100), at(105))),
        (at(105), internal),
        with(3, StateName::Talking, Counts::Talk, 105, 110),
    ];
    let written = journal(dir.path(), &events);
    Fold::open(&store, &written.journal).await.unwrap().catch_up().await.unwrap();

    let stats = store.stats().of(grace(), at(0), at(1_000)).await.unwrap();
    let second = 1_000_000;
    let lunch =
        PauseSpent { class: Some(PauseClass::Break), text: Some("Lunch".into()), us: 20 * second };
    let before_play = PauseSpent { class: None, text: None, us: 5 * second };
    let expected = AgentStats {
        first_activity_at: Some(at(0)),
        last_activity_at: Some(at(110)),
        login_us: 110 * second,
        available_us: 10 * second,
        ring_us: 20 * second,
        talk_us: 35 * second,
        hold_us: 10 * second,
        wrap_up_us: 10 * second,
        pause_us: 25 * second,
        break_us: 20 * second,
        pauses: vec![lunch, before_play],
        total_calls: 2,
        calls_handled: 1,
        conversions: 1,
        conversion_rate: Some(0.5),
    };
    assert_eq!(stats, expected);
    assert_eq!(store.stats().session_began(grace()).await.unwrap(), Some(at(0)));

    let part = store.stats().of(grace(), at(45), at(90)).await.unwrap();
    assert_eq!(
        (part.login_us, part.hold_us, part.break_us),
        (45 * second, 5 * second, 10 * second)
    );
    assert_eq!((part.total_calls, part.calls_handled), (1, 0), "the first was delivered before");
    let none = store.stats().of(grace(), at(500), at(600)).await.unwrap();
    assert_eq!(none, AgentStats::default());
}
