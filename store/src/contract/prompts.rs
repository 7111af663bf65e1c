//! Covers: prompts, how they sound, every version of each, and who names them.

use jiff::Timestamp;
use routing::{Prompt, PromptId, Queue, QueueId};

use crate::documents::Kept;
use crate::error::Error;
use crate::links::{Referrer, Target};
use crate::prompts::{Stocked, VERSIONS_KEPT};
use crate::sql;
use crate::testing::{at, furnished, id, start};

fn prompt(name: &str, sha256: &str) -> Prompt {
    Prompt {
        id: id::<PromptId>(91),
        name: name.to_owned(),
        text: None,
        source: "A-law, 8000 Hz, 1 channel".to_owned(),
        sha256: sha256.to_owned(),
        duration_ms: 1_500,
        loudness_db: -20,
        peak_db: -6,
        clipped: 0,
    }
}

fn queue(music: &str) -> Queue {
    let mut queue = Queue::new(id::<QueueId>(21), "Support");
    (queue.music, queue.notice) = (Some(music.to_owned()), Some("nobody-here".to_owned()));
    queue
}

/// Issue 4, point 6: a clip that is not there is refused where it is named, and one that is named
/// stays; what comes with the product needs no row.
#[tokio::test]
async fn a_clip_is_there_while_a_setting_names_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let error = store.queues().insert(&queue("Jazz"), start()).await.unwrap_err();
    assert!(matches!(&error, Error::Unknown(field) if field == "music"), "{error}");
    let sha256 = store.prompt_audio().keep(b"jazz", start()).await.unwrap();
    store.prompts().insert(&prompt("Jazz", &sha256), start()).await.unwrap();
    store.queues().insert(&queue("Jazz"), start()).await.unwrap();
    let named = store.referrers(&Target::Prompt("Jazz".to_owned())).await.unwrap();
    let by =
        Referrer { resource: "queue".into(), id: id::<QueueId>(21).into(), field: "music".into() };
    assert_eq!(named, [by]);
    for refused in [
        store.prompts().delete(id(91), 1).await.unwrap_err(),
        store.prompts().update(&prompt("Blues", &sha256), 1, at(1)).await.unwrap_err(),
    ] {
        assert!(matches!(refused, Error::Referenced { by: "queues" }), "{refused}");
    }
    store.queues().update(&queue("hold-music"), 1, at(1)).await.unwrap();
    store.prompts().delete(id(91), 1).await.unwrap();
}

/// A house that was upgraded may name clips that nobody has; whatever else of it can be changed.
#[tokio::test]
async fn a_clip_that_was_lost_before_stops_no_change_of_anything_else() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let mut queue = queue("hold-music");
    store.queues().insert(&queue, start()).await.unwrap();
    let mut writing = store.begin().await.unwrap();
    let lost = "UPDATE queue SET settings = replace(settings, '\"hold-music\"', '\"Lost\"')";
    sql::query(lost).execute(&mut *writing).await.unwrap();
    writing.commit().await.unwrap();
    queue.music = Some("Lost".to_owned());
    assert_eq!(store.queues().find(queue.id).await.unwrap().value, queue);
    queue.name = "Sales".to_owned();
    store.queues().update(&queue, 1, at(1)).await.unwrap();
    queue.music = Some("Gone".to_owned());
    let error = store.queues().update(&queue, 2, at(2)).await.unwrap_err();
    assert!(matches!(&error, Error::Unknown(field) if field == "music"), "{error}");
}

async fn heard(store: &crate::Store) -> Vec<(u64, bool)> {
    let mut heard = vec![];
    for Kept { version, value, .. } in store.prompts().versions(id(91), None).await.unwrap() {
        heard.push((version, store.prompt_audio().find(&value.sha256).await.is_ok()));
    }
    heard
}

#[tokio::test]
async fn ten_versions_can_be_heard_and_what_nothing_names_is_swept_after_an_hour() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let (prompts, audio) = (store.prompts(), store.prompt_audio());
    let mut first = String::new();
    let hours = |n: i64| -> Timestamp { start() + jiff::SignedDuration::from_hours(n) };
    for version in 1..=12_u8 {
        let now = hours(version.into());
        let sha256 = audio.keep(&vec![version; 40_000], now).await.unwrap();
        let draft = prompt("Jazz", &sha256);
        if version == 1 {
            prompts.insert(&draft, now).await.unwrap();
            first = sha256;
        } else {
            prompts.update(&draft, u64::from(version) - 1, now).await.unwrap();
        }
        audio.sweep(id(91), version.into(), now).await.unwrap();
    }
    let expected: Vec<_> = (3..=12).rev().map(|version| (version, true)).collect();
    assert_eq!((heard(&store).await, expected.len() as u64), (expected, VERSIONS_KEPT));
    assert!(matches!(audio.find(&first).await, Err(Error::NotFound(_))));
    assert_eq!(audio.stocked().await.unwrap(), Stocked { count: 1, duration_ms: 1_500 });
    // One that was just kept is named in a moment.
    let fresh = audio.keep(b"new", hours(13)).await.unwrap();
    prompts.delete(id(91), 12).await.unwrap();
    audio.sweep(id(91), 12, hours(13)).await.unwrap();
    assert_eq!(audio.find(&fresh).await.unwrap(), b"new");
    assert_eq!(heard(&store).await, []);
    audio.sweep(id(91), 12, hours(15)).await.unwrap();
    assert!(matches!(audio.find(&fresh).await, Err(Error::NotFound(_))));
}
