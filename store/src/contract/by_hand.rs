//! What agents dial: whom a number belongs to, and what comes of their own calls.

use dialer::campaign::{BY_AGENT, Recycle};
use dialer::leads::OtherNumber;
use dialer::permit::ChainHead;
use dialer::{Lead, LeadStatus, Outcome};

use crate::event::Event;
use crate::fold::{Fold, interrupted};
use crate::testing::{CAMPAIGN, LIST, Permits, Written, at, furnished, id, lead, number, start};

/// RULES UK-2, US-2: the rate that a restart finds is that of the calls a machine made, and the
/// machines that agents met in their own calls are in none.
#[tokio::test]
async fn what_agents_dialled_is_in_no_restored_rate() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    store.leads().insert(&[lead(1), lead(2)], start()).await.unwrap();
    let mut written = Written::open(&dir.path().join("journal"));
    let mut permits = Permits::after(ChainHead::START);
    for (n, mode) in [(1, BY_AGENT), (2, "progressive")] {
        let now = at(i64::try_from(n).unwrap() * 10);
        let (attempt, call) = (id(0xa0 + u128::from(n)), id(0xc0 + u128::from(n)));
        let permit = Box::new(permits.permit_as(mode, attempt, n, now));
        written.append(now, Event::Permitted { permit, call });
        written.append(now, crate::testing::call_started(call, Some(attempt)));
        let (campaign, outcome) = (id(CAMPAIGN), Outcome::Connected);
        written.append(
            now,
            Event::AttemptEnded {
                attempt,
                lead: lead(n).id,
                campaign,
                outcome,
                sip: None,
                q850: None,
                recycle: Recycle::done(outcome),
                attempts: 1,
                carrier_failures: 0,
            },
        );
        written.append(
            now,
            Event::Disposed {
                call,
                agent: id(0xA6),
                campaign: Some(campaign),
                lead: Some(lead(n).id),
                code: "machine".to_owned(),
                notes: String::new(),
                callback_at: None,
                dnc: None,
                machine: true,
                recycle: None,
            },
        );
    }
    written.wait();
    Fold::open(&store, &written.journal).await.unwrap().catch_up().await.unwrap();
    let restored = store.attempts().answered(id(CAMPAIGN), start()).await.unwrap();
    let sum = |of: fn(&dialer::abandon::Counts) -> u32| -> u32 {
        restored.iter().map(|(_, counts)| of(counts)).sum()
    };
    assert_eq!((sum(|counts| counts.connected), sum(|counts| counts.machines_met)), (1, 1));
}

/// Whoever has the number on the campaign's lists, by whichever of theirs, with what was tried at
/// each; and nobody of another list.
#[tokio::test]
async fn a_number_that_an_agent_dials_is_somebodys() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let other = OtherNumber { kind: "home".into(), number: number(7), passed_over: false };
    let one = Lead { other_numbers: vec![other], ..lead(1) };
    store.leads().insert(&[one.clone(), lead(2)], start()).await.unwrap();
    let mut written = Written::open(&dir.path().join("journal"));
    let permit = Permits::after(ChainHead::START).permit(id(0xa1), 1, at(10));
    written.append(at(10), Event::Permitted { permit: Box::new(permit), call: id(0xc1) });
    written.wait();
    Fold::open(&store, &written.journal).await.unwrap().catch_up().await.unwrap();
    let (leads, ours, elsewhere) = (store.leads(), [id(LIST)], [id(0xBAD)]);
    let found = leads.at_number(&ours, number(1)).await.unwrap().unwrap();
    assert_eq!((found.id, found.last_attempt_at), (one.id, Some(at(10))));
    let further = leads.at_number(&ours, number(7)).await.unwrap();
    assert_eq!(further.map(|lead| lead.id), Some(one.id));
    assert_eq!(leads.at_number(&elsewhere, number(1)).await.unwrap(), None);
    assert_eq!(leads.at_number(&ours, number(99)).await.unwrap(), None);
}

/// A crash in a call that an agent made to a customer of ours does not make them due again.
#[tokio::test]
async fn whom_the_dialer_is_done_with_stays_done_after_a_crash_in_an_agents_call() {
    for (mode, status) in [(BY_AGENT, LeadStatus::Done), ("progressive", LeadStatus::Due)] {
        let dir = tempfile::tempdir().unwrap();
        let store = furnished(dir.path()).await;
        let sold = Lead { status: LeadStatus::Done, ..lead(1) };
        let sold = Lead { last_outcome: Some(Outcome::Connected), attempts: 1, ..sold };
        store.leads().insert(&[sold], start()).await.unwrap();
        let mut written = Written::open(&dir.path().join("journal"));
        let mut permits = Permits::after(ChainHead::START);
        let permit = Box::new(permits.permit_as(mode, id(0xa1), 1, at(10)));
        written.append(at(10), Event::Permitted { permit, call: id(0xc1) });
        written.append(at(10), crate::testing::call_started(id(0xc1), Some(id(0xa1))));
        written.wait();
        Fold::open(&store, &written.journal).await.unwrap().catch_up().await.unwrap();
        for event in interrupted(&store, at(20), at(30)).await.unwrap() {
            written.append(at(20), event);
        }
        written.wait();
        Fold::open(&store, &written.journal).await.unwrap().catch_up().await.unwrap();
        let found = store.leads().find(lead(1).id).await.unwrap().value;
        assert_eq!(found.status, status, "{mode}");
    }
}
