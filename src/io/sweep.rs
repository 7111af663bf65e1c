//! What the house removes by itself each night: audio that has outlived its rule of retention.
//!
//! It goes in steps of a hundred with a rest after each, so that it stands in nobody's way: the
//! database is written to for milliseconds at a time, and files are removed on threads that may
//! block. A night that is cut short goes on in the next one.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use admin_api::control::{Change, Control};
use admin_api::recordings::Shelf as _;
use jiff::{SignedDuration, Timestamp};
use routing::RecordingId;
use store::Store;
use store::audit::{Act, Actor, Ending, Performance};
use tokio::sync::watch;

use super::shelf::Recordings;

/// Who removes, and who is told.
#[derive(Clone)]
pub(super) struct Broom {
    pub(super) store: Store,
    pub(super) shelf: Arc<Recordings>,
    pub(super) control: Arc<dyn Control>,
    pub(super) stop: watch::Receiver<bool>,
}

/// What went in a night.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Swept {
    pub(super) recordings: usize,
    pub(super) messages: usize,
}

impl Broom {
    pub(super) fn new(
        store: &Store,
        shelf: Arc<Recordings>,
        control: Arc<dyn Control>,
        stop: &watch::Receiver<bool>,
    ) -> Self {
        Self { store: store.clone(), shelf, control, stop: stop.clone() }
    }

    /// Removes all that has outlived its rule at `now`, and enters into the audit log how much.
    pub(super) async fn sweep(&self, now: Timestamp) -> Result<Swept, store::Error> {
        self.finish_earlier_ones(now).await?;
        self.store.leads().forget_sets(SETS_MANY).await?;
        let mut swept = Swept::default();
        while !*self.stop.borrow() {
            let mut recordings = self.store.sweep().recordings(now, STEP).await?;
            recordings.extend(self.store.sweep().verdicts(now, STEP).await?);
            let messages = self.store.sweep().messages(now, STEP).await?;
            if recordings.is_empty() && messages.is_empty() {
                break;
            }
            for message in &messages {
                let (mailbox, heard) = (message.mailbox, message.heard);
                // A busy switch counts messages anew when it starts.
                let _ = self.control.changed(Change::MessageRemoved { mailbox, heard });
            }
            swept.recordings += recordings.len();
            swept.messages += messages.len();
            self.remove(recordings).await;
            self.remove(messages.iter().map(|message| message.id).collect()).await;
            tokio::time::sleep(REST).await;
        }
        if swept != Swept::default() {
            self.enter(swept, now).await?;
        }
        Ok(swept)
    }

    /// What was marked as removed when the switch died may still have its audio.
    async fn finish_earlier_ones(&self, now: Timestamp) -> Result<(), store::Error> {
        let Ok(since) = now.checked_sub(EARLIER) else { return Ok(()) };
        self.remove(self.store.sweep().removed_since(since).await?).await;
        Ok(())
    }

    async fn remove(&self, ids: Vec<RecordingId>) {
        let files = self.shelf.clone();
        let removing = tokio::task::spawn_blocking(move || {
            for id in ids {
                match files.remove(id) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => {
                        tracing::error!(recording = %id, %error, "audio cannot be removed");
                    }
                    _ => {}
                }
            }
        });
        // Only a runtime that is shutting down does not run it; the next night does.
        drop(removing.await);
    }

    async fn enter(&self, swept: Swept, now: Timestamp) -> Result<(), store::Error> {
        let act = Act {
            actor: Actor::System,
            verb: "sweep".to_owned(),
            resource: "retention-rules".to_owned(),
            object: None,
            asked: Some(serde_json::json!({
                "recordings": swept.recordings,
                "messages": swept.messages,
            })),
            source: None,
            agent: None,
        };
        self.store.audit().conclude(&Performance::begin(act, now), Ending::Done).await
    }
}

/// Files and rows of one step.
const STEP: u32 = 100;

/// Sets of campaigns that put leads of a list off, of which none is looked through.
const SETS_MANY: u32 = 16;

/// Between two steps, for those who wait to write.
const REST: Duration = Duration::from_millis(100);

/// Longer than any outage between two nights that anybody leaves alone.
const EARLIER: SignedDuration = SignedDuration::from_hours(7 * 24);

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    use admin_api::control::{Answer, Busy, Command};
    use admin_api::live::Hub;
    use routing::Mailbox;
    use store::audit::AuditQuery;
    use store::retention::RetentionRule;
    use store::{Entry, Event, Fold, Journal, Options, Report};
    use uuid::Uuid;

    /// A switch that hears changes and nothing else.
    struct Hears(Hub, std::sync::Mutex<Vec<Change>>);

    impl Control for Hears {
        fn changed(&self, change: Change) -> Result<(), Busy> {
            self.1.lock().unwrap().push(change);
            Ok(())
        }

        fn command(&self, _: Command) -> Answer<'_> {
            panic!("a sweep commands nothing")
        }

        fn hub(&self) -> &Hub {
            &self.0
        }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_763_900_000 + seconds).unwrap()
    }

    fn id<T: From<Uuid>>(n: u128) -> T {
        Uuid::from_u128(n).into()
    }

    /// A message and a recording of the same moment, with their files.
    async fn recorded(dir: &Path, shelf: &media::Recordings) -> Store {
        let store = Store::open(dir.join("cordboard.db")).await.unwrap();
        let (tell, reports) = std::sync::mpsc::channel();
        let report = move |report| drop(tell.send(report));
        let opened = Journal::open(&dir.join("journal"), &Options::default(), report);
        let (mut journal, _) = opened.unwrap();
        let (call, agent) = (id(0xCA), id(0xA6));
        let started = Event::CallStarted {
            call,
            direction: store::Direction::Inbound,
            calling: "+15550100123".to_owned(),
            called: "+15550100199".to_owned(),
            campaign: None,
            queue: None,
            did: None,
            attempt: None,
            trunk: None,
        };
        let mailbox = Mailbox::Agent { agent };
        let ended = |recording| Event::RecordingEnded {
            recording,
            duration_ms: 4_000,
            gap_ms: 0,
            chain: "ab".repeat(32),
            interrupted: false,
        };
        let events = [
            started,
            Event::RecordingStarted { recording: id(1), call, agent },
            Event::VoicemailStarted { recording: id(2), call, mailbox },
            ended(id(1)),
            ended(id(2)),
        ];
        for event in events {
            let seq = journal.next_seq();
            journal.append(&Entry { seq, at: at(0), event }).unwrap();
        }
        while !matches!(reports.recv().unwrap(), Report::Durable(5)) {}
        Fold::open(&store, &journal).await.unwrap().catch_up().await.unwrap();
        for n in [1, 2] {
            let file = media::file_of(&shelf.folder, media::RecordingId(n));
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, b"what was said").unwrap();
        }
        store
    }

    /// Issue 7, §11, and issue 5, §8: the audio goes, the lamp hears of it, the log says how much.
    #[tokio::test]
    async fn a_night_removes_what_has_outlived_its_rule_with_its_files_and_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let plane = media::Recordings { folder: dir.path().join("recordings"), key_file: None };
        let store = recorded(dir.path(), &plane).await;
        let file = |n| media::file_of(&plane.folder, media::RecordingId(n));
        let control = Arc::new(Hears(Hub::new(), std::sync::Mutex::default()));
        let (_running, stop) = watch::channel(false);
        let shelf = Arc::new(Recordings::new(&plane).unwrap());
        let broom = Broom::new(&store, shelf, control.clone(), &stop);
        let rule = RetentionRule {
            id: id(1),
            campaign: None,
            recordings_days: Some(30),
            messages_days: Some(60),
        };
        store.retention_rules().insert(&rule, at(0)).await.unwrap();
        let day = |days: i64| at(24 * 3_600 * days + 1);
        assert_eq!(broom.sweep(day(29)).await.unwrap(), Swept::default());
        assert!(file(1).exists() && file(2).exists());
        let swept = broom.sweep(day(30)).await.unwrap();
        assert_eq!(swept, Swept { recordings: 1, messages: 0 });
        assert!(!file(1).exists() && file(2).exists());
        // As a switch that died between the two left it.
        fs::write(file(1), b"what was said").unwrap();
        assert_eq!(broom.sweep(day(31)).await.unwrap(), Swept::default());
        assert!(!file(1).exists());
        assert!(control.1.lock().unwrap().is_empty());
        let swept = broom.sweep(day(60)).await.unwrap();
        assert_eq!(swept, Swept { recordings: 0, messages: 1 });
        assert!(!file(2).exists());
        let told = std::mem::take(&mut *control.1.lock().unwrap());
        assert!(matches!(told[..], [Change::MessageRemoved { heard: false, .. }]), "{told:?}");
        let entries = store.audit().list(&AuditQuery::default()).await.unwrap().items;
        let said: Vec<_> = entries.iter().map(|entry| entry.evidence.after.clone()).collect();
        let said = serde_json::to_value(said).unwrap();
        let expected = [(0, 1), (1, 0)].map(|(recordings, messages)| {
            serde_json::json!({ "recordings": recordings, "messages": messages })
        });
        assert_eq!(said, serde_json::json!(expected));
    }
}
