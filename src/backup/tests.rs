//! What is backed up comes back, and what was touched does not.

use store::{Entry, Event, Fold, Journal, Options, Report};

use super::*;
use crate::cli::Reconcile;
use crate::reconcile;
use store::audit::{Act, Actor, Ending, Performance};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_763_900_000 + seconds).unwrap()
}

fn config(dir: &Path) -> Config {
    let mut config = Config::default();
    config.node.state_dir = dir.join("state");
    config.recording.key_file = Some(dir.join("recording.key"));
    config
}

fn wanted(keep: usize) -> Wanted {
    Wanted { to: None, keep, recordings: true }
}

/// An installation with a shift of a minute in journal and records, an audited act and a recording;
/// its switch still has the journal open.
fn installed(dir: &Path) -> (Config, Journal, Store) {
    let config = config(dir);
    let state = &config.node.state_dir;
    fs::write(dir.join("recording.key"), [7; 32]).unwrap();
    let recording = state.join("recordings/ab/ab12.tape");
    fs::create_dir_all(recording.parent().unwrap()).unwrap();
    fs::write(recording, b"what was said").unwrap();
    let (tell, reports) = std::sync::mpsc::channel();
    let report = move |report| drop(tell.send(report));
    let opened = Journal::open(&state.join("journal"), &Options::default(), report);
    let (mut journal, _) = opened.unwrap();
    let agent = uuid::Uuid::from_u128(1).into();
    let clock = |clocked_in| Event::AgentClock { agent, clocked_in, reason: None, unit: None };
    let ready = Event::AgentInterval {
        agent,
        state: routing::StateName::Ready,
        counts: routing::Counts::Ready,
        reason: None,
        from: at(0),
        to: at(60),
        call: None,
        campaign: None,
    };
    for (seconds, event) in [(0, clock(true)), (60, ready), (60, clock(false))] {
        let seq = journal.next_seq();
        journal.append(&Entry { seq, at: at(seconds), event }).unwrap();
    }
    while !matches!(reports.recv().unwrap(), Report::Durable(3)) {}
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let store = runtime.block_on(async {
        let store = Store::open(state.join("cordboard.db")).await.unwrap();
        Fold::open(&store, &journal).await.unwrap().catch_up().await.unwrap();
        let act = Act {
            actor: Actor::System,
            verb: "clock_in".to_owned(),
            resource: "me".to_owned(),
            object: None,
            asked: None,
            source: None,
            agent: None,
        };
        let performance = Performance::begin(act, at(60));
        store.audit().conclude(&performance, Ending::Done).await.unwrap();
        store
    });
    (config, journal, store)
}

fn taken(config: &Config, wanted: &Wanted, seconds: i64) -> (PathBuf, String) {
    let mut out = Vec::new();
    let done = take(config, wanted, at(seconds), &mut out).unwrap();
    (done, String::from_utf8(out).unwrap())
}

/// Issue 7: a consistent copy while the switch runs, and the way back to a switch that goes on.
#[test]
fn a_backup_of_a_running_switch_comes_back_whole_elsewhere() {
    let dir = tempfile::tempdir().unwrap();
    let (here, mut journal, _store) = installed(dir.path());
    // In the journal, and not in the records yet.
    let event = Event::Started { version: "1".to_owned() };
    journal.append(&Entry { seq: 4, at: at(61), event }).unwrap();
    journal.close();
    let (backup, told) = taken(&here, &wanted(6), 70);
    assert!(told.contains("4 journal entries, 0 permits, 1 audit entries"), "{told}");
    assert!(told.contains("1 files of recordings, 13 bytes: in it"), "{told}");
    assert!(told.contains("recording.key (recording.key_file)"), "{told}");

    let elsewhere = tempfile::tempdir().unwrap();
    let mut there = config(elsewhere.path());
    let mut out = Vec::new();
    restore(&backup, &there, &mut out).unwrap();
    let told = String::from_utf8(out).unwrap();
    assert!(told.contains("1 entries, 0 to 0, whole and unaltered"), "{told}");
    assert!(told.contains("recording.key_file") && told.contains("is not in a backup"), "{told}");
    let state = &there.node.state_dir;
    assert_eq!(fs::read(state.join("recordings/ab/ab12.tape")).unwrap(), b"what was said");
    let asked = Reconcile { config: None, from: None, to: None, json: false };
    let place = Place::from(state.join("cordboard.db"));
    reconcile::run(&place, &asked, at(100), &mut Vec::new()).unwrap();
    let opened = Journal::open(&state.join("journal"), &Options::default(), drop);
    let (journal, recovered) = opened.unwrap();
    assert_eq!((recovered.next_seq, recovered.cut), (5, None));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folded = runtime.block_on(async {
        let store = Store::open(place).await.unwrap();
        let folded = Fold::open(&store, &journal).await.unwrap().catch_up().await.unwrap();
        store.close().await;
        folded
    });
    assert_eq!(folded, 4, "the restored records go on from where they were folded");

    there.recording.key_file = None;
    assert!(!state.join("restore.part").exists());
    let refused = restore(&backup, &there, &mut Vec::new()).unwrap_err().to_string();
    assert!(
        refused.ends_with(
            "cordboard.db is there already: name an empty folder in \
        node.state_dir"
        ),
        "{refused}"
    );
}

/// Not a byte may differ, none may be missing, none may be added, and the manifest is no exception.
#[test]
fn a_backup_that_was_touched_is_refused_by_the_file_and_restored_nowhere() {
    let dir = tempfile::tempdir().unwrap();
    let (here, journal, _store) = installed(dir.path());
    journal.close();
    let (backup, _) = taken(&here, &wanted(6), 70);
    let segment = "journal/00000001.journal";
    for name in ["database.db", segment, "recordings.ndjson", "recordings/ab/ab12.tape"] {
        let path = backup.join(name);
        let whole = fs::read(&path).unwrap();
        let mut touched = whole.clone();
        *touched.last_mut().unwrap() ^= 1;
        fs::write(&path, touched).unwrap();
        let told = verify(&backup, &mut Vec::new()).unwrap_err().to_string();
        assert!(told.ends_with(&format!("{name} was altered")), "{told}");
        let empty = config(tempfile::tempdir().unwrap().path());
        restore(&backup, &empty, &mut Vec::new()).unwrap_err();
        assert!(!empty.node.state_dir.join("cordboard.db").exists());
        fs::remove_file(&path).unwrap();
        let told = verify(&backup, &mut Vec::new()).unwrap_err().to_string();
        assert!(told.ends_with(&format!("{name} is missing")), "{told}");
        fs::write(&path, whole).unwrap();
    }
    verify(&backup, &mut Vec::new()).unwrap();
    fs::write(backup.join("more"), b"").unwrap();
    let told = verify(&backup, &mut Vec::new()).unwrap_err().to_string();
    assert!(told.ends_with("more does not belong there"), "{told}");
    fs::remove_file(backup.join("more")).unwrap();
    let manifest = backup.join(manifest::NAME);
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replace("\"folded_to\": 3", "\"folded_to\": 1")).unwrap();
    let told = verify(&backup, &mut Vec::new()).unwrap_err().to_string();
    assert!(told.contains("was altered: it has another hash than it says"), "{told}");
}

#[test]
fn the_oldest_backups_go_once_a_newer_one_is_proven_and_nothing_else_does() {
    let dir = tempfile::tempdir().unwrap();
    let (here, _journal, _store) = installed(dir.path());
    let (first, _) = taken(&here, &wanted(2), 70);
    let (second, _) = taken(&here, &wanted(2), 80);
    let folder = first.parent().unwrap();
    let mine = folder.join("cordboard-mine");
    fs::create_dir(&mine).unwrap();
    let named = folder.join(format!("{}-first", first.file_name().unwrap().display()));
    fs::create_dir(&named).unwrap();
    fs::copy(first.join(manifest::NAME), named.join(manifest::NAME)).unwrap();
    let (third, _) = taken(&here, &wanted(2), 90);
    assert!(first.exists());
    let (fourth, told) = taken(&here, &wanted(2), 100);
    assert!(told.contains(&format!("{}: removed", first.display())), "{told}");
    assert!(!first.exists() && mine.exists() && named.exists());
    assert!([second, third, fourth].iter().all(|kept| kept.exists()));
}

#[test]
fn a_folder_in_use_is_restored_to_and_moved_from_by_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let (here, _journal, _store) = installed(dir.path());
    let (backup, _) = taken(&here, &wanted(6), 70);
    let empty = tempfile::tempdir().unwrap();
    let there = config(empty.path());
    let _running = crate::io::folder::hold(&there.node.state_dir).unwrap();
    let refused = restore(&backup, &there, &mut Vec::new()).unwrap_err().to_string();
    assert!(refused.contains("is in use by process"), "{refused}");
    assert!(!there.node.state_dir.join("cordboard.db").exists());
}

/// What a restore that failed left behind is no part of the next; what another database left
/// behind would be, so that nothing is restored beside it.
#[test]
fn leftovers_of_a_failed_restore_go_and_those_of_another_database_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (here, journal, _store) = installed(dir.path());
    journal.close();
    let (backup, _) = taken(&here, &wanted(6), 70);
    let empty = tempfile::tempdir().unwrap();
    let there = config(empty.path());
    let state = &there.node.state_dir;
    fs::create_dir_all(state.join("restore.part/journal")).unwrap();
    fs::write(state.join("restore.part/journal/00000009.journal"), b"of another").unwrap();
    fs::write(state.join("cordboard.db-wal"), b"of another").unwrap();
    let refused = restore(&backup, &there, &mut Vec::new()).unwrap_err().to_string();
    assert!(refused.contains("cordboard.db-wal is there already"), "{refused}");
    fs::remove_file(state.join("cordboard.db-wal")).unwrap();
    restore(&backup, &there, &mut Vec::new()).unwrap();
    assert!(!state.join("journal/00000009.journal").exists());
}
