//! Every refusal is a problem: nothing of ours answers in plain text.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::house::{House, request};

#[tokio::test]
async fn a_path_that_does_not_exist_is_a_problem() {
    let house = House::new().await;
    let reception = house.send(request("GET", "/v1/nothing", &Value::Null)).await;
    reception.problem(404);
    assert_eq!(reception.header("x-content-type-options"), "nosniff");
}

/// RFC 9110 §15.5.6: a 405 says what is allowed.
#[tokio::test]
async fn a_method_that_does_not_exist_is_a_problem_that_names_the_others() {
    let house = House::new().await;
    let reception = house.send(request("PATCH", "/v1/queues", &Value::Null)).await;
    reception.problem(405);
    let allowed = reception.header("allow");
    assert!(allowed.contains("GET") && allowed.contains("POST"), "{allowed:?}");
}

#[tokio::test]
async fn a_body_that_is_not_json_is_named_by_its_place() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let broken = |text: &str| {
        Request::post("/v1/queues")
            .header("content-type", "application/json")
            .body(Body::from(text.to_owned()))
            .unwrap()
    };
    assert_eq!(admin.send(broken("{\n \"name\": }")).await.problem(400), "line 2 column 10");
    assert_eq!(admin.send(broken("")).await.problem(400), "line 1 column 0");
    assert_eq!(admin.send(broken("[]")).await.problem(422), "");
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    admin.send(broken(&deep)).await.problem(400);
    assert_eq!(admin.send(broken(&format!("{{\"name\":{deep}}}"))).await.problem(422), "/name");
    let reasons = format!("{{\"class\":\"break\",\"text\":{deep}}}");
    let mut request = broken(&reasons);
    *request.uri_mut() = "/v1/pause-reasons".parse().unwrap();
    let status = admin.send(request).await.status.as_u16();
    assert!([400, 422].contains(&status), "{status}");
}

/// RFC 9110 §15.5.16.
#[tokio::test]
async fn a_body_of_another_media_type_is_refused() {
    let house = House::new().await;
    let admin = house.set_up().await;
    for media_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
        let mut request = request("POST", "/v1/queues", &json!({ "name": "Support" }));
        request.headers_mut().insert("content-type", media_type.parse().unwrap());
        assert_eq!(admin.send(request).await.problem(415), "Content-Type");
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_before_it_is_read() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let name = "x".repeat(10 << 20);
    admin.post("/v1/queues", &json!({ "name": name })).await.problem(413);
}

#[tokio::test]
async fn a_field_at_fault_is_named_with_what_was_expected_and_got() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let agent = json!({
        "number": 1, "code": "E-1", "first_name": "Ada", "last_name": "Byron",
        "time_zone": "Europe/London", "campaigns": [{ "campaign": "x" }],
    });
    let reception = admin.post("/v1/agents", &agent).await;
    assert_eq!(reception.problem(422), "/campaigns/0/campaign");
    assert_eq!(reception.json()["errors"][0]["got"], "x");
    let queue = json!({ "name": "Support", "wait_ms_max": 5 });
    let reception = admin.post("/v1/queues", &queue).await;
    assert_eq!(reception.problem(422), "/wait_ms_max");
    assert!(reception.text.contains("1000 to 14400000"), "{}", reception.text);
}

#[tokio::test]
async fn an_unknown_field_is_refused_by_name_at_any_depth() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let post = async |path: &str, body: Value| admin.post(path, &body).await.problem(422);
    assert_eq!(post("/v1/queues", json!({ "name": "a", "lenght_max": 5 })).await, "/lenght_max");
    assert_eq!(post("/v1/campaigns", json!({ "name": "a", "modus": 5 })).await, "/modus");
    let window = json!({ "name": "a", "lock_out": {
        "after_abandoned_h": 72, "after_machine_h": 72, "after_lunch_h": 1,
    }});
    assert_eq!(post("/v1/campaigns", window).await, "/lock_out/after_lunch_h");
    // The id is ours to give.
    let own = json!({ "name": "a", "id": "0190a5f0-7c1e-7000-8000-00000000002a" });
    let reception = admin.post("/v1/queues", &own).await;
    reception.problem(422);
    assert!(reception.text.contains("id"), "{}", reception.text);
}

#[tokio::test]
async fn an_id_that_is_no_uuid_names_nothing() {
    let house = House::new().await;
    let admin = house.set_up().await;
    for id in ["7", "..%2f..%2fetc", "%00", "%FF"] {
        let reception = admin.get(&format!("/v1/queues/{id}")).await;
        assert_eq!(reception.problem(404), "id", "{id}");
    }
    admin.get("/v1/queues/0190a5f0-7c1e-7000-8000-00000000002a").await.problem(404);
}

#[tokio::test]
async fn a_wrong_query_names_its_parameter() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let fault = async |path: &str| admin.get(path).await.problem(400);
    assert_eq!(fault("/v1/queues?limit=0").await, "limit");
    assert_eq!(fault("/v1/queues?limit=1001").await, "limit");
    assert_eq!(fault("/v1/queues?limit=many").await, "limit");
    assert_eq!(fault("/v1/queues?after=made-up").await, "after");
    assert_eq!(fault("/v1/queues?limitt=5").await, "limitt");
    assert_eq!(fault("/v1/calls?from=yesterday").await, "from");
    assert_eq!(fault("/v1/calls?campaign=7").await, "campaign");
    assert_eq!(fault("/v1/dnc/check").await, "number");
    assert_eq!(fault("/v1/dnc/check?number=12").await, "number");
}

/// A change that is durable and not told is a 503 that says so, and nothing is lost.
#[tokio::test]
async fn a_busy_switch_is_a_503_with_retry_after_and_the_change_is_kept() {
    let house = House::new().await;
    let admin = house.set_up().await;
    house.switch.busy.store(true, std::sync::atomic::Ordering::Relaxed);
    let reception = admin.post("/v1/queues", &json!({ "name": "Support" })).await;
    reception.problem(503);
    assert_eq!(reception.header("retry-after"), "3");
    house.switch.busy.store(false, std::sync::atomic::Ordering::Relaxed);
    let kept = admin.get("/v1/queues").await.expect(200);
    assert_eq!(kept["items"][0]["name"], "Support");
}
