//! Recordings as a player and a supervisor meet them.

use admin_api::control::Supervise;
use admin_api::{AgentVerb, Command};
use axum::body::Body;
use axum::http::Request;
use serde_json::Value;
use store::users::Role;
use uuid::Uuid;

use crate::house::{As, House, RECORDED, Reception};

async fn part(admin: &As<'_>, range: &str) -> Reception {
    let path = format!("/v1/recordings/{}/audio", Uuid::from_u128(RECORDED));
    let request = Request::builder().uri(path).header("range", range);
    admin.send(request.body(Body::empty()).unwrap()).await
}

/// RFC 9110 §14: what a player asks for when somebody drags the slider.
#[tokio::test]
async fn audio_is_played_whole_and_in_ranges() {
    let house = House::new().await;
    let admin = house.administrator().await;
    let path = format!("/v1/recordings/{}/audio", Uuid::from_u128(RECORDED));
    let whole = admin.get(&path).await;
    assert_eq!((whole.status.as_u16(), whole.text.len()), (200, 300_000));
    assert_eq!(whole.header("content-type"), "audio/wav");
    assert_eq!(whole.header("accept-ranges"), "bytes");
    let middle = part(&admin, "bytes=200000-200003").await;
    assert_eq!((middle.status.as_u16(), &middle.text[..]), (206, &whole.text[200_000..200_004]));
    assert_eq!(middle.header("content-range"), "bytes 200000-200003/300000");
    assert_eq!(middle.header("content-length"), "4");
    let rest = part(&admin, "bytes=100000-").await;
    assert_eq!((rest.status.as_u16(), rest.text == whole.text[100_000..]), (206, true));
    let behind = part(&admin, "bytes=300000-").await;
    assert_eq!(behind.status.as_u16(), 416);
    assert_eq!(behind.header("content-range"), "bytes */300000");
}

#[tokio::test]
async fn a_recording_without_a_file_is_not_found() {
    let house = House::new().await;
    let admin = house.administrator().await;
    for path in ["audio", "peaks", ""] {
        let path = format!("/v1/recordings/{}/{path}", Uuid::from_u128(8));
        admin.get(path.trim_end_matches('/')).await.problem(404);
    }
    let peaks = format!("/v1/recordings/{}/peaks", Uuid::from_u128(RECORDED));
    let peaks = admin.get(&peaks).await.expect(200);
    assert_eq!(peaks["peaks"].as_array().unwrap().len(), 1000);
}

#[tokio::test]
async fn lists_and_completeness_answer_with_nothing_recorded() {
    let house = House::new().await;
    let admin = house.administrator().await;
    let listed = admin.get("/v1/recordings?limit=5").await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 0);
    let period = "from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z";
    let found = admin.get(&format!("/v1/recordings/completeness?{period}")).await.expect(200);
    assert_eq!(found["missing"], 0);
    admin.get("/v1/recordings/completeness").await.problem(400);
}

/// S17, S18: agents pause their own recording; what was recorded is not theirs to hear.
#[tokio::test]
async fn an_agent_pauses_its_own_recording_and_hears_none() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let id = admin.agent(1).await;
    let agent = house.user("ada", Role::Agent, Some(id.parse().unwrap())).await;
    for (path, expected) in
        [("pause", AgentVerb::PauseRecording), ("resume", AgentVerb::ResumeRecording)]
    {
        for (who, path) in [
            (&agent, format!("/v1/me/recording/{path}")),
            (&admin, format!("/v1/agents/{id}/recording/{path}")),
        ] {
            who.post(&path, &Value::Null).await.expect(204);
            match house.commands().pop() {
                Some(
                    Command::Agent { verb, .. }
                    | Command::Supervise { act: Supervise::Force(verb), .. },
                ) => assert_eq!(verb, expected),
                other => panic!("{other:?}"),
            }
        }
    }
    agent.get("/v1/recordings").await.problem(403);
    let path = format!("/v1/recordings/{}/audio", Uuid::from_u128(RECORDED));
    agent.get(&path).await.problem(403);
}
