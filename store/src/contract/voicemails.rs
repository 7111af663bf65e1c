//! Covers: messages folded from the journal, found by mailbox, marked, removed, counted; and those
//! that a crash cut short.

use routing::{CallId, Mailbox, Messages, RecordingId};

use crate::database::Store;
use crate::event::Event;
use crate::fold::Fold;
use crate::testing::{Written, at, call_started, furnished, grace, id};
use crate::voicemails::{Voicemail, VoicemailQuery};

pub(super) fn recording(n: u128) -> RecordingId {
    id(0xAE00 + n)
}

fn own() -> Mailbox {
    Mailbox::Agent { agent: grace() }
}

fn of_queue() -> Mailbox {
    Mailbox::Queue { queue: id(0xDE5C) }
}

/// Two messages to an agent and one to a queue; a hang-up at the tone; one that a crash cut off.
pub(super) async fn left(store: &Store, dir: &std::path::Path) {
    let mut written = Written::open(&dir.join("journal"));
    let messages = [
        (own(), Some(4_000)),
        (own(), Some(60_000)),
        (of_queue(), Some(1_000)),
        (own(), Some(980)),
        (own(), None),
    ];
    for (n, (mailbox, duration)) in (0u32..).zip(messages) {
        let (recording, call) = (recording(n.into()), id::<CallId>(0xCB00 + u128::from(n)));
        let from = i64::from(n) * 100;
        written.append(at(from), call_started(call, None));
        written.append(at(from), Event::VoicemailStarted { recording, call, mailbox });
        if let Some(duration_ms) = duration {
            let (chain, interrupted, gap_ms) = ("ab".repeat(32), false, 0);
            let ended =
                Event::RecordingEnded { recording, duration_ms, gap_ms, chain, interrupted };
            written.append(at(from + 61), ended);
        }
    }
    written.wait();
    Fold::open(store, &written.journal).await.unwrap().catch_up().await.unwrap();
}

async fn found(store: &Store, query: VoicemailQuery) -> Vec<RecordingId> {
    let page = store.voicemails().list(&query).await.unwrap();
    page.items.iter().map(|message: &Voicemail| message.id).collect()
}

#[tokio::test]
async fn messages_are_found_by_mailbox_and_a_hang_up_at_the_tone_is_none() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    left(&store, dir.path()).await;
    assert_eq!(found(&store, VoicemailQuery::default()).await, [2, 1, 0].map(recording));
    for (mailboxes, expected) in [
        (vec![own()], vec![1, 0]),
        (vec![of_queue()], vec![2]),
        (vec![own(), of_queue()], vec![2, 1, 0]),
        (vec![], vec![]),
    ] {
        let query = VoicemailQuery { mailboxes: Some(mailboxes), ..VoicemailQuery::default() };
        let expected: Vec<_> = expected.into_iter().map(recording).collect();
        assert_eq!(found(&store, query).await, expected);
    }
    let late = VoicemailQuery { from: Some(at(150)), ..VoicemailQuery::default() };
    assert_eq!(found(&store, late).await, [recording(2)]);
    let first = store.voicemails().find(recording(0)).await.unwrap();
    assert_eq!((first.duration_ms, first.left_at, first.heard_at), (4_000, at(0), None));
    assert_eq!(store.recordings().unfinished().await.unwrap(), [recording(4)]);
    assert!(store.voicemails().find(recording(3)).await.is_err());
}

#[tokio::test]
async fn a_message_is_marked_once_and_counted_as_it_is_marked() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    left(&store, dir.path()).await;
    let messages = store.voicemails();
    assert!(messages.mark(recording(0), Some(at(900))).await.unwrap());
    assert!(!messages.mark(recording(0), Some(at(901))).await.unwrap(), "it was heard before");
    let heard = VoicemailQuery { heard: Some(true), ..VoicemailQuery::default() };
    assert_eq!(found(&store, heard.clone()).await, [recording(0)]);
    let counts = messages.counts().await.unwrap();
    assert!(counts.contains(&(own(), Messages { new: 1, old: 1 })), "{counts:?}");
    assert!(counts.contains(&(of_queue(), Messages { new: 1, old: 0 })), "{counts:?}");
    assert!(messages.mark(recording(0), None).await.unwrap());
    assert!(found(&store, heard).await.is_empty());
    assert!(messages.remove(recording(0), at(902)).await.unwrap());
    assert!(!messages.remove(recording(0), at(903)).await.unwrap(), "it was removed before");
    assert!(!messages.mark(recording(0), Some(at(904))).await.unwrap());
    let unheard = VoicemailQuery { heard: Some(false), ..VoicemailQuery::default() };
    assert_eq!(found(&store, unheard).await, [2, 1].map(recording));
}

/// R159: what a mail server would not take is due later, and what it took is not mailed again.
#[tokio::test]
async fn a_message_is_due_for_mail_until_it_was_handed_over() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    left(&store, dir.path()).await;
    let messages = store.voicemails();
    let due = async |now, since| {
        let found = messages.to_mail(now, since, 10).await.unwrap().into_iter();
        found.map(|(message, tries)| (message.id, tries)).collect::<Vec<_>>()
    };
    let all = [(recording(0), 0), (recording(1), 0), (recording(2), 0)];
    assert_eq!(due(at(900), at(0)).await, all);
    assert_eq!(due(at(900), at(150)).await, all[2..]);
    messages.mailed(recording(0), at(900)).await.unwrap();
    messages.not_mailed(recording(1), at(930)).await.unwrap();
    assert_eq!(due(at(929), at(0)).await, all[2..]);
    assert_eq!(due(at(930), at(0)).await, [(recording(1), 1), (recording(2), 0)]);
}

/// Issue 7, §1: whoever is deleted leaves no message that nobody can hear.
#[tokio::test]
async fn an_agent_with_a_message_stays_until_it_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let agent = crate::testing::agent(1);
    store.agents().insert(&agent, at(0)).await.unwrap();
    left(&store, dir.path()).await;
    let refused = store.agents().delete(agent.id, 1).await.unwrap_err();
    assert!(matches!(refused, crate::Error::Referenced { .. }), "{refused}");
    for n in [0, 1, 3, 4] {
        store.voicemails().remove(recording(n), at(900)).await.unwrap();
    }
    store.agents().delete(agent.id, 1).await.unwrap();
}
