//! Covers: how the legs of calls were heard, folded from the journal, audio that was lost, and what
//! a network may put into a record.

use routing::AgentId;

use crate::calls::{LegQuality, TalkFigures};
use crate::event::{Event, RepairStep};
use crate::fold::Fold;
use crate::testing::{Written, at, call_started, furnished, grace, id};

fn heard(mos: u16) -> LegQuality {
    LegQuality {
        mos,
        received: 3_000,
        lost: 2,
        lost_by_party: Some(5),
        jitter_us: 700,
        jitter_max_us: 4_000,
        round_trip_us: None,
    }
}

/// Issue 4, point 9: each leg has its own figures, the call the worst score, whatever the order.
#[tokio::test]
async fn a_call_has_the_score_of_its_worst_leg() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let mut written = Written::open(&dir.path().join("journal"));
    let call = id(0xCA11);
    written.append(at(0), call_started(call, None));
    let legs: [(Option<AgentId>, u16); 3] = [(Some(grace()), 431), (None, 288), (None, 402)];
    for (agent, mos) in legs {
        written.append(at(60), Event::CallMeasured { call, agent, quality: heard(mos) });
    }
    written.wait();
    Fold::open(&store, &written.journal).await.unwrap().catch_up().await.unwrap();
    let found = store.calls().legs(call).await.unwrap();
    let scores: Vec<_> = found.iter().map(|leg| (leg.agent, leg.quality.mos)).collect();
    assert_eq!(scores, legs);
    assert_eq!(found[0].quality, heard(431));
    assert_eq!(store.calls().find(call).await.unwrap().mos, Some(288));
}

/// Who is not heard, and what was left of the conversation, are steps of the call.
#[tokio::test]
async fn lost_audio_is_a_step_of_the_call() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let mut written = Written::open(&dir.path().join("journal"));
    let call = id(0xCA11);
    written.append(at(0), call_started(call, None));
    written.append(at(3), Event::AudioLost { call, agent: None, both: false });
    written.append(at(4), Event::AudioLost { call, agent: Some(grace()), both: true });
    let step = RepairStep::Latch;
    written.append(at(5), Event::AudioRepaired { call, agent: None, step });
    written.append(at(8), Event::DeadAir { call, agent: grace(), for_ms: 7_200 });
    written.append(at(9), Event::AudioBack { call, agent: None });
    written.wait();
    Fold::open(&store, &written.journal).await.unwrap().catch_up().await.unwrap();
    let steps = store.calls().steps(call).await.unwrap();
    let told: Vec<_> =
        steps.iter().map(|s| (s.step.as_str(), s.agent, s.note.as_deref())).collect();
    assert_eq!(
        told[1..],
        [
            ("audio_lost", None, Some("one_way")),
            ("audio_lost", Some(grace()), Some("none")),
            ("audio_repaired", None, Some("latch")),
            ("dead_air", Some(grace()), Some("7200")),
            ("audio_back", None, None),
        ]
    );
}

/// Issue 4, point 8: who spoke in each agent's part stands in the call's record.
#[tokio::test]
async fn who_spoke_is_kept_for_each_part_of_a_call() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let mut written = Written::open(&dir.path().join("journal"));
    let call = id(0xCA11);
    written.append(at(0), call_started(call, None));
    let talk = TalkFigures {
        agent_us: 4_000_000,
        customer_us: 3_000_000,
        both_us: 2_000_000,
        nobody_us: 6_000_000,
        dead_airs: 1,
        talk_overs: 1,
    };
    written.append(at(15), Event::CallTalked { call, agent: grace(), talk });
    written.wait();
    Fold::open(&store, &written.journal).await.unwrap().catch_up().await.unwrap();
    let kept = store.calls().talk(call).await.unwrap();
    assert_eq!(
        kept.iter().map(|part| (part.agent, part.talk)).collect::<Vec<_>>(),
        [(grace(), talk)]
    );
}

/// A caller's name is what the network says: `sip:%00@…` must not stop the fold (PostgreSQL keeps
/// no NUL in a text).
#[tokio::test]
async fn a_text_with_a_nul_is_folded_like_any_other() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let call = id(0xCA11);
    let mut started = call_started(call, None);
    if let Event::CallStarted { calling, .. } = &mut started {
        *calling = "a\0b".to_owned();
    }
    let mut written = Written::open(&dir.path().join("journal"));
    written.append(at(0), started);
    written.wait();
    Fold::open(&store, &written.journal).await.unwrap().catch_up().await.unwrap();
    assert_eq!(store.calls().find(call).await.unwrap().calling, "a\u{fffd}b");
}
