//! Covers: teams as units, and shifts folded from clock events and intervals.

use routing::{Counts, StateName, Team, TeamId};

use super::records::{interval, journal};
use crate::attendance::ShiftQuery;
use crate::error::Error;
use crate::event::Event;
use crate::fold::Fold;
use crate::testing::{agent, at, furnished, grace, id, start};

fn loans() -> Team {
    Team { id: id::<TeamId>(0x7ea), name: "Loans".to_owned(), tracked: true }
}

fn clock(clocked_in: bool, unit: Option<TeamId>, reason: Option<&str>) -> Event {
    Event::AgentClock { agent: grace(), clocked_in, reason: reason.map(str::to_owned), unit }
}

/// R193: clock-in to clock-out, and what lies between, to the microsecond.
#[tokio::test]
async fn a_shift_is_what_lies_between_clock_in_and_clock_out() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let unit = Some(loans().id);
    let events = [
        (at(0), clock(true, unit, None)),
        (at(5), interval(StateName::NotReady, Counts::Pause, at(0), at(5))),
        (at(60), interval(StateName::Ready, Counts::Ready, at(5), at(60))),
        (at(61), interval(StateName::Reserved, Counts::Ring, at(60), at(61))),
        (at(100), interval(StateName::Talking, Counts::Talk, at(61), at(100))),
        (at(110), interval(StateName::WrapUp, Counts::WrapUp, at(100), at(110))),
        (at(110), clock(false, unit, Some("end of shift"))),
        (at(500), clock(true, None, None)),
        (at(520), interval(StateName::Ready, Counts::Ready, at(500), at(520))),
    ];
    let written = journal(dir.path(), &events);
    Fold::open(&store, &written.journal).await.unwrap().catch_up().await.unwrap();

    let list = async |query| store.attendance().list(&query).await.unwrap();
    let shifts = list(ShiftQuery::default()).await;
    let [second, first] = &shifts[..] else { panic!("{shifts:?}") };
    assert_eq!((first.clocked_in_at, first.clocked_out_at), (at(0), Some(at(110))));
    assert_eq!((first.unit, first.reason.as_deref()), (unit, Some("end of shift")));
    let spent = [first.available_us, first.active_us, first.unavailable_us];
    assert_eq!(spent, [55_000_000, 50_000_000, 5_000_000]);
    assert_eq!(spent.iter().sum::<u64>(), 110_000_000, "the shift, and nothing but the shift");
    assert_eq!((second.clocked_out_at, second.available_us), (None, 20_000_000));

    let of_unit = list(ShiftQuery { unit, ..ShiftQuery::default() }).await;
    assert_eq!(of_unit, std::slice::from_ref(first));
    let page = ShiftQuery { before: Some(second.seq), limit: Some(1), ..ShiftQuery::default() };
    assert_eq!(list(page).await, std::slice::from_ref(first));
    let later = ShiftQuery { from: Some(at(111)), to: Some(at(501)), ..ShiftQuery::default() };
    assert_eq!(list(later).await, std::slice::from_ref(second));
}

/// R144: the team must exist first, and a team with agents stays.
#[tokio::test]
async fn a_team_that_agents_belong_to_cannot_go() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let member = routing::Agent { teams: vec![loans().id], ..agent(1) };
    let error = store.agents().insert(&member, start()).await.unwrap_err();
    assert!(matches!(&error, Error::Unknown(field) if field == "teams[0]"), "{error}");
    store.teams().insert(&loans(), start()).await.unwrap();
    store.agents().insert(&member, start()).await.unwrap();
    let error = store.teams().delete(loans().id, 1).await.unwrap_err();
    assert!(matches!(error, Error::Referenced { by: "agents" }), "{error}");
    let twin = Team { id: id::<TeamId>(2), ..loans() };
    let error = store.teams().insert(&twin, start()).await.unwrap_err();
    assert!(matches!(error, Error::Taken("name")), "{error}");
    store.agents().delete(grace(), 1).await.unwrap();
    store.teams().delete(loans().id, 1).await.unwrap();
}
