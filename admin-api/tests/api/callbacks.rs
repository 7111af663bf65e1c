//! Promising a call over the API: what is promised, and every field that keeps it from being one.

use admin_api::{Command, CommandError};
use dialer::{Lead, LeadId};
use jiff::SignedDuration;
use serde_json::{Value, json};
use store::Event;
use uuid::Uuid;

use crate::house::House;

const NOBODY: &str = "00000000-0000-0000-0000-0000000004d4";

/// From ten to six where the customer is, which is New York.
fn hours() -> Value {
    json!({ "profile": "custom", "hours": [{
        "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
        "from": "10:00:00", "to": "18:00:00",
    }] })
}

struct Named {
    lead: LeadId,
    campaign: String,
    other: String,
    member: String,
    stranger: String,
}

async fn named(house: &House) -> Named {
    let admin = house.set_up().await;
    let list = admin.post("/v1/lists", &json!({ "name": "Spring" })).await.id();
    let campaign = json!({ "name": "May", "lists": [list], "window": hours() });
    let campaign = admin.post("/v1/campaigns", &campaign).await.id();
    let other = admin.post("/v1/campaigns", &json!({ "name": "June" })).await.id();
    let lead = LeadId::from(Uuid::from_u128(0x1ead));
    let list = list.parse().unwrap();
    let person = Lead::new(lead, list, "+12125550123".parse().unwrap());
    house.store.leads().insert(&[person], house.now()).await.unwrap();
    let member = json!({
        "number": 1, "code": "E-1", "first_name": "Ada", "last_name": "Byron",
        "time_zone": "Europe/London", "campaigns": [{ "campaign": campaign }],
    });
    let member = admin.post("/v1/agents", &member).await.id();
    Named { lead, campaign, other, member, stranger: admin.agent(2).await }
}

/// The `T12:00` of the day after tomorrow in New York, give or take the hours between the zones.
fn noon(house: &House) -> String {
    let day = house.now() + SignedDuration::from_hours(48);
    format!("{}T12:00", day.to_zoned(jiff::tz::TimeZone::UTC).date())
}

fn with(body: &Value, field: &str, value: impl Into<Value>) -> Value {
    let mut body = body.clone();
    body[field] = value.into();
    body
}

#[tokio::test]
async fn every_field_that_keeps_a_call_from_being_promised_is_named() {
    let house = House::new().await;
    let Named { lead, campaign, other, member, stranger } = named(&house).await;
    let admin = house.user("eve", store::users::Role::Administrator, None).await;
    let good =
        json!({ "lead": lead, "campaign": campaign, "owner": member, "local": noon(&house) });
    let path = "/v1/callbacks";
    house.commands();
    for (field, body) in [
        ("/lead", with(&good, "lead", NOBODY)),
        ("/campaign", with(&good, "campaign", NOBODY)),
        ("/campaign", with(&good, "campaign", other)),
        ("/owner", with(&good, "owner", NOBODY)),
        ("/owner", with(&good, "owner", stranger)),
        ("/team", with(&good, "team", NOBODY)),
        ("/local", with(&good, "local", "2020-05-05T12:00")),
        ("/zone", with(&good, "zone", "Mars/Olympus")),
        ("/due_at", with(&good, "due_at", "2020-05-05T16:00:00Z")),
    ] {
        assert_eq!(admin.post(path, &body).await.problem(422), field, "{body}");
    }
    let mut past = with(&good, "due_at", "2020-05-05T16:00:00Z");
    past.as_object_mut().unwrap().remove("local");
    assert_eq!(admin.post(path, &past).await.problem(422), "/due_at");
    let all = with(&with(&good, "lead", NOBODY), "owner", NOBODY);
    let refused = admin.post(path, &with(&all, "campaign", NOBODY)).await;
    refused.problem(422);
    let errors = refused.json()["errors"].clone();
    let fields: Vec<_> = errors.as_array().unwrap().iter().map(|one| &one["field"]).collect();
    assert_eq!(fields, ["/lead", "/campaign", "/owner"], "all of them at once");
    assert!(house.commands().is_empty(), "the switch hears of none");
    admin.post(path, &good).await.expect(201);
    let commands = house.commands();
    let [Command::Promise { callback, .. }] = &commands[..] else { panic!("{commands:?}") };
    assert_eq!((callback.lead, callback.zone.as_str()), (lead, "America/New_York"));
}

/// As at the desk: a promise for an hour at which nobody may call them is refused with the next.
#[tokio::test]
async fn a_call_is_promised_for_an_hour_at_which_they_may_be_called() {
    let house = House::new().await;
    let Named { lead, campaign, .. } = named(&house).await;
    let admin = house.user("eve", store::users::Role::Administrator, None).await;
    let night = noon(&house).replace("T12:00", "T09:59");
    let body = json!({ "lead": lead, "campaign": campaign, "local": night });
    house.commands();
    let refused = admin.post("/v1/callbacks", &body).await;
    assert_eq!(refused.problem(409), "/local");
    let open_at = refused.json()["open_at"].as_str().unwrap().to_owned();
    assert!(house.commands().is_empty());
    let body = json!({ "lead": lead, "campaign": campaign, "due_at": open_at });
    let promised = admin.post("/v1/callbacks", &body).await.expect(201);
    assert!(promised["theirs"].as_str().unwrap().contains("10:00"), "{promised}");
    let law = json!({ "name": "Land", "window": { "profile": "custom", "hours": [{
        "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
        "from": "11:00:00", "to": "21:00:00",
    }] } });
    let law = admin.post("/v1/legal-profiles", &law).await.id();
    let found = admin.get(&format!("/v1/campaigns/{campaign}")).await;
    let mut bound = found.expect(200);
    bound["profile"] = law.into();
    for stamp in ["id", "version", "created_at", "updated_at"] {
        bound.as_object_mut().unwrap().remove(stamp);
    }
    let version = found.header("etag");
    let path = format!("/v1/campaigns/{campaign}");
    admin.put(&path, Some(&version), &bound).await.expect(200);
    assert_eq!(admin.post("/v1/callbacks", &body).await.problem(409), "/due_at", "the law's");
}

/// A promise that names no terms has those of its campaign.
#[tokio::test]
async fn a_promise_has_the_terms_of_its_campaign_unless_it_names_its_own() {
    let house = House::new().await;
    let Named { lead, campaign, .. } = named(&house).await;
    let admin = house.user("eve", store::users::Role::Administrator, None).await;
    let path = format!("/v1/campaigns/{campaign}");
    let found = admin.get(&path).await;
    let (version, mut settings) = (found.header("etag"), found.expect(200));
    for stamp in ["id", "version", "created_at", "updated_at"] {
        settings.as_object_mut().unwrap().remove(stamp);
    }
    let terms = |window: u16| {
        json!({
            "window_min": window, "to_team_after_min": 20, "to_anyone_after_min": 30,
            "give_up_after_min": 90,
        })
    };
    let usual = with(&terms(15), "give_up_after_min", 1_440);
    let usual = with(&with(&usual, "to_team_after_min", 5), "to_anyone_after_min", 10);
    assert_eq!(settings["callbacks"], usual);
    let wrong = with(&settings, "callbacks", terms(91));
    let refused = admin.put(&path, Some(&version), &wrong).await;
    assert_eq!(refused.problem(422), "/callbacks/give_up_after_min");
    let changed = with(&settings, "callbacks", terms(60));
    admin.put(&path, Some(&version), &changed).await.expect(200);
    let promise = json!({ "lead": lead, "campaign": campaign, "local": noon(&house) });
    let promised = admin.post("/v1/callbacks", &promise).await.expect(201);
    assert_eq!(promised["terms"], terms(60));
    let own = with(&promise, "terms", terms(45));
    assert_eq!(admin.post("/v1/callbacks", &own).await.expect(201)["terms"], terms(45));
}

/// A promise is moved by another that takes its place, with all that was agreed but time and owner.
#[tokio::test]
async fn a_promise_is_moved_to_another_time_and_owner() {
    let house = House::new().await;
    let Named { lead, campaign, member, stranger, .. } = named(&house).await;
    let admin = house.user("eve", store::users::Role::Administrator, None).await;
    let promise = json!({
        "lead": lead, "campaign": campaign, "local": noon(&house), "note": "the blue one",
    });
    admin.post("/v1/callbacks", &promise).await.expect(201);
    let made = house.commands().pop();
    let Some(Command::Promise { callback, by, instead_of: None }) = made else {
        panic!("{made:?}")
    };
    let (first, number) = (callback.id, callback.number);
    house.happened([Event::CallbackPromised { callback, by }]).await;
    let path = format!("/v1/callbacks/{first}/move");
    let later = noon(&house).replace("T12:00", "T15:00");
    let body = json!({ "local": later, "owner": member });
    for (field, wrong) in [
        ("/owner", with(&body, "owner", stranger)),
        ("/team", with(&body, "team", NOBODY)),
        ("/local", with(&body, "local", "2020-05-05T12:00")),
        ("/due_at", json!({ "owner": member })),
    ] {
        assert_eq!(admin.post(&path, &wrong).await.problem(422), field, "{wrong}");
    }
    let night = with(&body, "local", noon(&house).replace("T12:00", "T09:59"));
    assert_eq!(admin.post(&path, &night).await.problem(409), "/local");
    assert!(house.commands().is_empty(), "the switch hears of none");
    let moved = admin.post(&path, &body).await.expect(201);
    assert_eq!((&moved["owner"], &moved["note"]), (&json!(member), &json!("the blue one")));
    assert!(moved["theirs"].as_str().unwrap().contains("15:00"), "{moved}");
    let told = house.commands().pop();
    let Some(Command::Promise { callback, instead_of, .. }) = told else { panic!("{told:?}") };
    assert_eq!((instead_of, callback.number), (Some(first), number));
    assert_ne!(callback.id, first);
    house.switch.answers.lock().unwrap().push(Err(CommandError::Unknown));
    admin.post(&path, &body).await.problem(404);
}
