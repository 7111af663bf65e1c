//! Prompts as a form, a player and a caller's ear meet them. What makes clips is a fake: a file is
//! what it says it is, and `MP3` is refused.

use admin_api::Change;
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::house::{As, House, Reception};

async fn send(admin: &As<'_>, path: &str, version: Option<&str>, file: &str) -> Reception {
    let request = if version.is_some() { Request::put(path) } else { Request::post(path) };
    let request = request.header("content-type", "audio/wav");
    let request = version.into_iter().fold(request, |made, tag| made.header("if-match", tag));
    admin.send(request.body(Body::from(file.to_owned())).unwrap()).await
}

async fn jazz(admin: &As<'_>) -> String {
    send(admin, "/v1/prompts?name=Jazz", None, "one").await.id()
}

/// Issue 4, point 6: several versions, each to be heard; the switch is told each sound.
#[tokio::test]
async fn a_prompt_is_uploaded_heard_replaced_and_deleted() {
    let house = House::new().await;
    let admin = house.set_up().await;
    house.changes();
    let made = send(&admin, "/v1/prompts?name=Jazz", None, "one").await;
    let body = made.expect(201);
    assert_eq!(
        (&body["name"], &body["text"], &body["source"], &body["duration_ms"]),
        (&json!("Jazz"), &Value::Null, &json!("a test"), &json!(1_000))
    );
    let own = format!("/v1/prompts/{}", made.id());
    let sound = |change: &Change| match change {
        Change::Prompt { name, sound } => (name.clone(), sound.as_ref().map(|one| one.0.len())),
        other => panic!("{other:?}"),
    };
    let told: Vec<_> = house.changes().iter().map(sound).collect();
    assert_eq!(told, [("Jazz".to_owned(), Some(8_000))]);
    send(&admin, "/v1/prompts?name=Jazz", None, "other").await.problem(409);

    let audio = format!("{own}/audio");
    assert_eq!(admin.get(&audio).await.text, "one");
    let replaced = send(&admin, &audio, Some("\"1\""), "second").await.expect(200);
    assert_eq!(replaced["version"], 2);
    send(&admin, &audio, Some("\"1\""), "third").await.problem(412);
    assert_eq!(admin.get(&audio).await.text, "second");
    assert_eq!(admin.get(&format!("{audio}?version=1")).await.text, "one");
    admin.get(&format!("{audio}?version=3")).await.problem(404);
    let part = Request::get(audio.as_str()).header("range", "bytes=1-3").body(Body::empty());
    let part = admin.send(part.unwrap()).await;
    assert_eq!((part.status.as_u16(), part.text.as_str()), (206, "eco"));
    let versions = admin.get(&format!("{own}/versions")).await.expect(200);
    assert_eq!((&versions[0]["version"], &versions[1]["version"]), (&json!(2), &json!(1)));

    admin.delete(&own, Some("\"2\"")).await.expect(204);
    let told: Vec<_> = house.changes().iter().map(sound).collect();
    assert_eq!(told, [("Jazz".to_owned(), Some(8_000)), ("Jazz".to_owned(), None)]);
    admin.get(&audio).await.problem(404);
}

/// A campaign that says it plays a clip plays that clip: a name that is none is refused at save.
#[tokio::test]
async fn a_setting_names_a_clip_that_is_there_and_keeps_it_there() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let silent = json!({ "name": "May", "notice": "Sorry" });
    let refused = admin.post("/v1/campaigns", &silent).await;
    refused.problem(422);
    assert_eq!(refused.json()["errors"][0]["field"], "/notice", "{}", refused.text);
    let silent = json!({ "name": "May", "opt_out_key": "9", "opt_out_notice": "Bye" });
    let refused = admin.post("/v1/campaigns", &silent).await;
    refused.problem(422);
    assert_eq!(refused.json()["errors"][0]["field"], "/opt_out_notice", "{}", refused.text);
    let id = jazz(&admin).await;
    let campaign = json!({ "name": "May", "notice": "Jazz", "message": "hold-music" });
    let campaign = admin.post("/v1/campaigns", &campaign).await.id();
    let queue = json!({ "name": "Sales", "music": "Jazz", "opening": {
        "time_zone": "UTC", "hours": [{ "days": ["mon"], "from": "09:00:00", "to": "17:00:00" }],
        "closed": { "to": "notice" }, "notice": "Jazz" } });
    let queue = admin.post("/v1/queues", &queue).await.id();

    let own = format!("/v1/prompts/{id}");
    let refused = admin.delete(&own, Some("*")).await;
    refused.problem(409);
    let expected = json!([
        { "resource": "campaign", "id": campaign, "field": "/notice" },
        { "resource": "queue", "id": queue, "field": "/music" },
        { "resource": "queue", "id": queue, "field": "/opening/notice" },
    ]);
    assert_eq!(refused.json()["references"], expected);
    assert_eq!(admin.get(&format!("{own}/uses")).await.expect(200), expected);
    let clips = admin.get("/v1/prompts/clips").await.expect(200);
    let named = |name: &str| {
        let found = clips.as_array().unwrap().iter().find(|clip| clip["name"] == name);
        found.map(|clip| (clip["built_in"].clone(), clip["prompt"].clone()))
    };
    assert_eq!(named("Jazz"), Some((json!(false), json!(id))));
    assert_eq!(named("hold-music"), Some((json!(true), Value::Null)));
}

#[tokio::test]
async fn a_file_that_is_no_clip_is_refused_with_what_was_expected() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let refused = send(&admin, "/v1/prompts?name=Jazz", None, "MP3").await;
    refused.problem(422);
    assert_eq!(refused.json()["errors"][0], json!({ "field": "/file", "expected": "no MP3" }));
    let large = "x".repeat((32 << 20) + 1);
    send(&admin, "/v1/prompts?name=Jazz", None, &large).await.problem(413);
    send(&admin, "/v1/prompts?name=%20", None, "one").await.problem(422);
    send(&admin, "/v1/prompts", None, "one").await.problem(400);
    assert_eq!(admin.get("/v1/prompts").await.expect(200)["items"], json!([]));
}

#[tokio::test]
async fn a_text_is_spoken_and_can_be_spoken_anew() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let body = json!({ "name": "Welcome", "text": "Good morning" });
    let made = admin.post("/v1/prompts/spoken", &body).await;
    assert_eq!(made.expect(201)["text"], "Good morning");
    let own = format!("/v1/prompts/{}", made.id());
    assert_eq!(admin.get(&format!("{own}/audio")).await.text, "spoken: Good morning");
    let again = json!({ "text": "Good evening" });
    let told = admin.put(&format!("{own}/spoken"), Some("\"1\""), &again).await.expect(200);
    assert_eq!((&told["version"], &told["text"]), (&json!(2), &json!("Good evening")));
    // A file in its place has no text any more.
    let file = send(&admin, &format!("{own}/audio"), Some("\"2\""), "one").await.expect(200);
    assert_eq!(file["text"], Value::Null);
    let hung = json!({ "name": "Hung", "text": "hang" });
    let refused = admin.post("/v1/prompts/spoken", &hung).await;
    refused.problem(409);
    assert!(refused.text.contains("took too long"), "{}", refused.text);
    let empty = json!({ "name": "Empty", "text": " " });
    admin.post("/v1/prompts/spoken", &empty).await.problem(422);
}

/// Who sees forms hears clips; who may not change prompts changes none, and the log says who did.
#[tokio::test]
async fn what_comes_with_the_product_can_be_heard_and_uploads_are_in_the_log() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let heard = admin.get("/v1/prompts/built-in/hold-music/audio").await;
    assert_eq!((heard.status.as_u16(), heard.text.as_str()), (200, "hold-music"));
    assert_eq!(heard.header("content-type"), "audio/wav");
    admin.get("/v1/prompts/built-in/number-7/audio").await.problem(404);
    let id = jazz(&admin).await;
    let log = admin.get("/v1/audit?resource=prompts").await.expect(200);
    let entry = &log["items"][0];
    assert_eq!((&entry["verb"], &entry["object"]), (&json!("upload_prompt"), &json!(id)));
    assert_eq!(entry["after"]["name"], "Jazz");
}
