//! Covers: audio that has outlived its rule, and the holds that keep it.

use dialer::{Lead, ListId};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{recordings, voicemails};
use crate::database::Store;
use crate::error::Error;
use crate::holds::{Held, LegalHold};
use crate::retention::RetentionRule;
use crate::testing::{CAMPAIGN, at, furnished, id, lead, number, start};

const DAYS: u16 = 30;

/// So many seconds into the shift, and thirty days later.
fn later(seconds: i64) -> Timestamp {
    at(seconds) + SignedDuration::from_hours(24 * i64::from(DAYS))
}

async fn rule(store: &Store, campaign: Option<u128>, days: Option<u16>) {
    let (id, campaign) = (Uuid::now_v7(), campaign.map(id));
    let rule = RetentionRule { id, campaign, recordings_days: days, messages_days: days };
    store.retention_rules().insert(&rule, start()).await.unwrap();
}

async fn hold(store: &Store, target: Held) -> LegalHold {
    let hold = LegalHold { id: Uuid::now_v7(), target, reason: "Case 17/2026".to_owned() };
    store.legal_holds().insert(&hold, start()).await.unwrap();
    hold
}

#[tokio::test]
async fn audio_goes_step_by_step_when_its_days_are_over_and_what_is_counted_of_it_stays() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    recordings::recorded(&store, dir.path()).await;
    let sweep = store.sweep();
    assert_eq!(sweep.recordings(later(9_999), 10).await.unwrap(), [], "no rule, no removal");
    rule(&store, None, Some(DAYS)).await;
    let counted = store.recordings().completeness(at(0), at(1_000), None).await.unwrap();
    assert_eq!(sweep.recordings(later(0), 10).await.unwrap(), [], "not a moment too early");
    let one = sweep.recordings(later(150), 1).await.unwrap();
    assert_eq!(one, [recordings::recording(0)], "the oldest first");
    assert_eq!(sweep.recordings(later(150), 1).await.unwrap(), [recordings::recording(1)]);
    assert_eq!(sweep.recordings(later(150), 1).await.unwrap(), []);
    let rest = sweep.recordings(later(9_999), 10).await.unwrap();
    assert_eq!(rest, [recordings::recording(2)], "the one that runs has no end yet");
    let found = store.recordings().find(recordings::recording(0)).await.unwrap();
    assert_eq!((found.removed_at, found.duration_ms), (Some(later(150)), Some(60_000)));
    let now = store.recordings().completeness(at(0), at(1_000), None).await.unwrap();
    assert_eq!(now, counted, "audio that went by its rule is not missing");
    let mut again = sweep.removed_since(later(9_999)).await.unwrap();
    assert_eq!(again, rest, "whoever died before the files were gone finds them");
    again = sweep.removed_since(later(0)).await.unwrap();
    assert_eq!(again.len(), 3);
}

#[tokio::test]
async fn a_campaign_has_a_rule_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    recordings::recorded(&store, dir.path()).await;
    rule(&store, None, Some(1)).await;
    rule(&store, Some(CAMPAIGN), None).await;
    assert_eq!(store.sweep().recordings(later(9_999), 10).await.unwrap(), [], "kept for good");
    let campaign = store.campaigns().find(id(CAMPAIGN)).await.unwrap();
    let named = store.campaigns().delete(id(CAMPAIGN), campaign.version).await.unwrap_err();
    assert!(matches!(named, Error::Referenced { .. }), "{named}");
    let double = RetentionRule {
        id: Uuid::now_v7(),
        campaign: None,
        recordings_days: None,
        messages_days: None,
    };
    let taken = store.retention_rules().insert(&double, start()).await.unwrap_err();
    assert!(matches!(taken, Error::Taken("campaign")), "{taken}");
}

#[tokio::test]
async fn a_hold_keeps_the_audio_of_its_calls_until_it_is_lifted() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    recordings::recorded(&store, dir.path()).await;
    rule(&store, None, Some(DAYS)).await;
    let holds = store.legal_holds();
    // Each of the calls is of that campaign, and to that number.
    for target in [Held::Campaign { campaign: id(CAMPAIGN) }, Held::Number { number: number(1) }] {
        let held = hold(&store, target).await;
        assert_eq!(store.sweep().recordings(later(9_999), 10).await.unwrap(), [], "{target:?}");
        let twice = LegalHold { id: Uuid::now_v7(), ..held.clone() };
        let taken = holds.insert(&twice, start()).await.unwrap_err();
        assert!(matches!(taken, Error::Taken(_)), "{taken}");
        holds.delete(held.id, 1).await.unwrap();
    }
    let one = hold(&store, Held::Call { call: recordings::call(1) }).await;
    let swept = store.sweep().recordings(later(9_999), 10).await.unwrap();
    assert_eq!(swept, [0, 2].map(recordings::recording));
    holds.delete(one.id, 1).await.unwrap();
    let swept = store.sweep().recordings(later(9_999), 10).await.unwrap();
    assert_eq!(swept, [recordings::recording(1)]);
}

/// Issue 5, §8: messages are kept for as long as the organisation says.
#[tokio::test]
async fn messages_go_by_their_rule_and_under_a_hold_by_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    voicemails::left(&store, dir.path()).await;
    rule(&store, None, Some(DAYS)).await;
    let messages = store.voicemails();
    messages.mark(voicemails::recording(0), Some(at(900))).await.unwrap();
    let held = hold(&store, Held::Number { number: number(1) }).await;
    assert_eq!(store.sweep().messages(later(9_999), 10).await.unwrap(), []);
    let refused = messages.remove(voicemails::recording(0), at(901)).await.unwrap_err();
    assert!(matches!(refused, Error::Held), "{refused}");
    store.legal_holds().delete(held.id, 1).await.unwrap();
    let swept = store.sweep().messages(later(150), 10).await.unwrap();
    let told: Vec<_> = swept.iter().map(|message| (message.id, message.heard)).collect();
    let [heard, unheard] = [0, 1].map(voicemails::recording);
    assert_eq!(told, [(heard, true), (unheard, false)]);
    assert!(messages.find(heard).await.is_err());
    assert!(messages.find(voicemails::recording(2)).await.is_ok());
}

/// A list goes with its leads, so it stays while one of them must.
#[tokio::test]
async fn a_list_stays_while_a_hold_is_on_it_or_on_one_of_its_people() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let list: ListId = id(0xBEEF);
    let named = crate::lists::List { id: list, name: "Winter".into(), source: None };
    store.lists().insert(&named, start()).await.unwrap();
    store.leads().insert(&[Lead { list, ..lead(7) }], start()).await.unwrap();
    for target in [Held::List { list }, Held::Number { number: number(7) }] {
        let held = hold(&store, target).await;
        let refused = store.lists().delete(list, 1).await.unwrap_err();
        assert!(matches!(refused, Error::Referenced { .. }), "{target:?}: {refused}");
        store.legal_holds().delete(held.id, 1).await.unwrap();
    }
    store.lists().delete(list, 1).await.unwrap();
}
