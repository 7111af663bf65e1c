//! Covers: what a campaign's calls and the work after them have been like, folded from the journal.

use dialer::Outcome;
use routing::{CampaignId, Counts, StateName};

use super::records::{journal, worked};
use crate::event::Event;
use crate::fold::Fold;
use crate::past::{Past, PastCall};
use crate::testing::{CAMPAIGN, at, furnished, grace, id};

/// Issue 9, point 2: "answers from the campaign's own history".
#[tokio::test]
async fn a_past_has_the_campaigns_calls_and_the_work_after_them() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let mut events = worked(0..9);
    let work = |agent, state, counts, from, to| Event::AgentInterval {
        agent,
        state,
        counts,
        reason: None,
        from: at(from),
        to: at(to),
        call: None,
        campaign: Some(id(CAMPAIGN)),
    };
    events.extend([
        (at(34), work(grace(), StateName::Talking, Counts::Talk, 31, 34)),
        (at(41), work(grace(), StateName::WrapUp, Counts::WrapUp, 34, 41)),
        (at(44), work(id(0xB0B), StateName::Talking, Counts::Talk, 41, 44)),
    ]);
    let written = journal(dir.path(), &events);
    Fold::open(&store, &written.journal).await.unwrap().catch_up().await.unwrap();

    let past = store.pasts().of(id(CAMPAIGN), at(0), at(90)).await.unwrap();
    let outcomes = |outcome| past.calls.iter().filter(|call| call.outcome == outcome).count();
    assert_eq!((past.calls.len(), past.conversations()), (9, 3));
    assert_eq!((outcomes(Outcome::NoAnswer), outcomes(Outcome::Busy)), (3, 3));
    assert_eq!((past.wrap_ups_ms.as_slice(), past.agents), (&[7_000][..], 2));
    // The newest comes first: lead 8, who talked.
    let newest = PastCall {
        outcome: Outcome::Connected,
        sip: None,
        q850: None,
        ring_ms: 1_000,
        wait_ms: 20,
        talk_ms: 3_980,
    };
    assert_eq!(past.calls[0], newest);

    // Another time, and another campaign.
    let past = store.pasts().of(id(CAMPAIGN), at(30), at(60)).await.unwrap();
    assert_eq!((past.calls.len(), past.agents), (3, 2));
    let nobody: CampaignId = id(0xDEAD);
    assert_eq!(store.pasts().of(nobody, at(0), at(90)).await.unwrap(), Past::default());
}
