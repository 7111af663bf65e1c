//! A softphone sets itself up by a link that works once (R172).

use std::time::Duration;

use admin_api::Change;
use serde_json::Value;

use crate::house::{House, Reception, request};

async fn fetched(house: &House, url: &Value) -> Reception {
    let url = url.as_str().unwrap();
    let path = url.strip_prefix("https://pbx.example").unwrap();
    house.send(request("GET", path, &Value::Null)).await
}

#[tokio::test]
async fn a_link_makes_a_secret_when_it_is_used_and_only_once() {
    let origin = "https://pbx.example".to_owned();
    let house = House::with(|settings| settings.public_origin = Some(origin)).await;
    let admin = house.set_up().await;
    let path = format!("/v1/agents/{}/provisioning", admin.agent(1).await);
    house.changes();
    let made = admin.post(&path, &Value::Null).await.expect(200);
    assert!(house.changes().is_empty(), "the telephone that there is goes on to work");
    assert!(made["qr"].as_array().unwrap().len() > 20);
    let told = fetched(&house, &made["url"]).await;
    assert_eq!((told.status.as_u16(), told.header("cache-control")), (200, "no-store".into()));
    assert!(told.text.contains("<entry name=\"passwd\" overwrite=\"true\">"), "{}", told.text);
    assert!(matches!(house.changes().as_slice(), [Change::SipSecret(_)]));
    fetched(&house, &made["url"]).await.problem(404);
    assert!(house.changes().is_empty());
}

#[tokio::test]
async fn a_link_is_over_when_it_is_old_or_another_was_made() {
    let origin = "https://pbx.example".to_owned();
    let house = House::with(|settings| settings.public_origin = Some(origin)).await;
    let admin = house.set_up().await;
    let path = format!("/v1/agents/{}/provisioning", admin.agent(1).await);
    let first = admin.post(&path, &Value::Null).await.expect(200);
    let second = admin.post(&path, &Value::Null).await.expect(200);
    fetched(&house, &first["url"]).await.problem(404);
    house.pass(Duration::from_secs(601));
    fetched(&house, &second["url"]).await.problem(404);
    let nowhere = House::new().await;
    let admin = nowhere.set_up().await;
    let path = format!("/v1/agents/{}/provisioning", admin.agent(1).await);
    admin.post(&path, &Value::Null).await.problem(409);
}

/// Whoever only looks what a link leads to does not use it up; its use is in the audit log; and
/// whoever makes the secret anew takes a link from before back.
#[tokio::test]
async fn only_a_telephone_uses_a_link_and_that_is_entered() {
    let origin = "https://pbx.example".to_owned();
    let house = House::with(|settings| settings.public_origin = Some(origin)).await;
    let admin = house.set_up().await;
    let agent = admin.agent(1).await;
    let path = format!("/v1/agents/{agent}/provisioning");
    let made = admin.post(&path, &Value::Null).await.expect(200);
    let url = made["url"].as_str().unwrap().strip_prefix("https://pbx.example").unwrap();
    let looked = house.send(request("HEAD", url, &Value::Null)).await;
    assert_eq!(looked.status.as_u16(), 405);
    fetched(&house, &made["url"]).await;
    let log = admin.get("/v1/audit?verb=provision").await.expect(200);
    assert_eq!(log["items"].as_array().map(Vec::len), Some(1), "{log}");
    assert_eq!(log["items"][0]["ending"], "done");

    let made = admin.post(&path, &Value::Null).await.expect(200);
    admin.post(&format!("/v1/agents/{agent}/sip-secret"), &Value::Null).await.expect(200);
    fetched(&house, &made["url"]).await.problem(404);
}
