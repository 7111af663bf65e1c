//! Leads are corrected: numbers, place and consent, under the eyes of the switch and the audit log.

use admin_api::Change;
use dialer::{Lead, LeadId, LeadStatus};
use serde_json::{Value, json};
use store::users::Role;
use uuid::Uuid;

use crate::house::{As, House};

/// Adds a lead in this status to a list of its own and returns its path.
async fn lead(admin: &As<'_>, status: LeadStatus) -> String {
    let name = Uuid::now_v7().to_string();
    let list = admin.post("/v1/lists", &json!({ "name": name })).await.id();
    let (id, number) = (LeadId::from(Uuid::now_v7()), "+442079460101".parse().unwrap());
    let lead = Lead { status, ..Lead::new(id, list.parse().unwrap(), number) };
    admin.house.store.leads().insert(&[lead], jiff::Timestamp::now()).await.unwrap();
    admin.house.changes();
    format!("/v1/leads/{id}")
}

fn correction() -> Value {
    json!({
        "number": "+442079460102",
        "other_numbers": [{ "kind": "work", "number": "+442079460103", "passed_over": false }],
        "external_id": "CRM-7", "first_name": "Ada", "last_name": "King",
        "zone": "Europe/London", "region": "GB", "fields": { "city": "York" }, "priority": 5,
        "consent": {
            "kind": "written", "given_at": "2026-01-01T09:00:00Z",
            "until": "2027-01-01T09:00:00Z", "source": "form 17",
        },
    })
}

/// The same with one member otherwise.
fn with(pointer: &str, value: Value) -> Value {
    let mut body = correction();
    *body.pointer_mut(pointer).unwrap() = value;
    body
}

#[tokio::test]
async fn a_lead_is_corrected_and_its_consent_given_and_revoked() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let path = lead(&admin, LeadStatus::New).await;
    let answer = admin.put(&path, Some("\"1\""), &correction()).await;
    assert_eq!(answer.header("etag"), "\"2\"");
    let shown = answer.expect(200);
    for (name, value) in correction().as_object().unwrap() {
        assert_eq!(&shown[name], value, "{name}");
    }
    assert_eq!((&shown["status"], &shown["version"]), (&json!("new"), &json!(2)));
    assert_eq!(admin.get(&path).await.expect(200), shown);
    let told = house.changes();
    let [Change::Lead { lead, version: 2 }] = &told[..] else { panic!("{told:?}") };
    assert_eq!(lead.number.to_string(), "+442079460102");
    assert!(lead.consent.is_some());

    let revoked = admin.put(&path, Some("\"2\""), &with("/consent", Value::Null)).await;
    assert_eq!(revoked.expect(200)["consent"], Value::Null);
    let told = house.changes();
    assert!(matches!(&told[..], [Change::Lead { lead, version: 3 }] if lead.consent.is_none()));
}

/// Who was never dialled can go, as they were seen; the switch dials no copy of them.
#[tokio::test]
async fn a_lead_that_was_never_dialled_is_deleted() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let path = lead(&admin, LeadStatus::New).await;
    let id = path.rsplit('/').next().unwrap().to_owned();
    admin.delete(&path, None).await.problem(428);
    admin.delete(&path, Some("\"7\"")).await.problem(412);
    assert!(house.changes().is_empty());
    admin.delete(&path, Some("\"1\"")).await.expect(204);
    let told = house.changes();
    assert!(
        matches!(&told[..], [Change::LeadRemoved { lead, version: 2 }] if lead.to_string() == id),
        "{told:?}"
    );
    admin.get(&path).await.problem(404);
    admin.delete(&path, Some("*")).await.problem(404);
}

/// Nothing is lost that was left out, and nobody overwrites what they have not seen.
#[tokio::test]
async fn what_is_wrong_in_a_correction_is_named_and_changes_nothing() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let path = lead(&admin, LeadStatus::New).await;
    let ten = vec![json!({ "kind": "", "number": "+442079460103" }); 10];
    let cases = [
        ("/number", json!("12"), "/number"),
        ("/other_numbers", json!(ten), "/other_numbers"),
        ("/other_numbers/0/number", json!("x"), "/other_numbers/0/number"),
        ("/other_numbers/0/kind", json!("a\nb"), "/other_numbers/0/kind"),
        ("/external_id", json!(""), "/external_id"),
        ("/first_name", json!("x".repeat(201)), "/first_name"),
        ("/last_name", json!("Ki\nng"), "/last_name"),
        ("/zone", json!("Mars/Olympus"), "/zone"),
        ("/region", json!("Yorkshire"), "/region"),
        ("/fields/city", json!("x".repeat(4_097)), "/fields/city"),
        ("/priority", json!(40_000), "/priority"),
        ("/consent/kind", json!("implied"), "/consent/kind"),
        ("/consent/given_at", json!("yesterday"), "/consent/given_at"),
        ("/consent/until", json!("2026-01-01T09:00:00Z"), "/consent/until"),
        ("/consent/source", json!("x".repeat(201)), "/consent/source"),
    ];
    for (pointer, value, field) in cases {
        let answer = admin.put(&path, Some("\"1\""), &with(pointer, value)).await;
        assert_eq!(answer.problem(422), field, "{pointer}");
    }
    let body = correction();
    for name in body.as_object().unwrap().keys() {
        let mut short = body.clone();
        short.as_object_mut().unwrap().remove(name);
        let answer = admin.put(&path, Some("\"1\""), &short).await;
        assert_eq!(answer.problem(422), format!("/{name}"));
    }
    let mut more = body.clone();
    more["status"] = json!("done");
    assert_eq!(admin.put(&path, Some("\"1\""), &more).await.problem(422), "/status");
    admin.put(&path, None, &body).await.problem(428);
    let stale = admin.put(&path, Some("\"7\""), &body).await;
    stale.problem(412);
    assert_eq!(stale.json()["current"], 1);
    let nobody = format!("/v1/leads/{}", Uuid::now_v7());
    admin.put(&nobody, Some("*"), &body).await.problem(404);
    assert_eq!(admin.get(&path).await.expect(200)["version"], 1);
    assert_eq!(house.changes().len(), 0);
}

/// Whoever imports lists corrects leads, and nobody else.
#[tokio::test]
async fn who_may_not_write_leads_may_not_correct_one() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let path = lead(&admin, LeadStatus::New).await;
    let manager = house.user("max", Role::Manager, None).await;
    let auditor = house.user("cleo", Role::ComplianceOfficer, None).await;
    auditor.get(&path).await.expect(200);
    auditor.put(&path, Some("*"), &correction()).await.problem(403);
    manager.put(&path, Some("*"), &correction()).await.expect(200);
}

/// The rest of a lead that is being dialled is corrected at once, the number afterwards.
#[tokio::test]
async fn the_number_stays_while_it_is_being_dialled() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let path = lead(&admin, LeadStatus::InFlight).await;
    let refused = admin.put(&path, Some("*"), &correction()).await;
    refused.problem(409);
    assert!(refused.json()["detail"].as_str().unwrap().contains("being dialled"));
    let rest = with("/number", json!("+442079460101"));
    let shown = admin.put(&path, Some("*"), &rest).await.expect(200);
    assert_eq!((&shown["last_name"], &shown["status"]), (&json!("King"), &json!("in_flight")));

    let wrong = lead(&admin, LeadStatus::BadNumber).await;
    let shown = admin.put(&wrong, Some("*"), &correction()).await.expect(200);
    assert_eq!(shown["status"], "due", "a number that is mended is tried again");
}

#[tokio::test]
async fn a_number_or_key_that_the_list_has_already_is_refused_by_name() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let path = lead(&admin, LeadStatus::New).await;
    let list = admin.get(&path).await.expect(200)["list"].as_str().unwrap().to_owned();
    let number = "+442079460102".parse().unwrap();
    let other = Lead::new(Uuid::now_v7().into(), list.parse().unwrap(), number);
    let other = Lead { external_id: Some("CRM-8".into()), ..other };
    house.store.leads().insert(&[other], jiff::Timestamp::now()).await.unwrap();
    assert_eq!(admin.put(&path, Some("*"), &correction()).await.problem(409), "/number");
    let mut body = with("/number", json!("+442079460101"));
    body["external_id"] = json!("CRM-8");
    assert_eq!(admin.put(&path, Some("*"), &body).await.problem(409), "/external_id");
}

/// An entry stays for ever, and a person may ask to be forgotten.
#[tokio::test]
async fn the_audit_log_tells_what_was_corrected_and_not_of_whom() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let path = lead(&admin, LeadStatus::New).await;
    admin.put(&path, Some("*"), &correction()).await.expect(200);
    let page = admin.get("/v1/audit?limit=1").await.expect(200);
    let entry = &page["items"][0];
    assert_eq!((&entry["verb"], &entry["ending"]), (&json!("replace_lead"), &json!("done")));
    assert_eq!(entry["object"], path.rsplit('/').next().unwrap());
    assert_eq!(entry["before"]["zone"], Value::Null);
    assert_eq!(entry["after"]["zone"], "Europe/London");
    assert_eq!(entry["after"]["consent"]["kind"], "written");
    let text = entry.to_string();
    for known in ["+4420", "Ada", "King", "York", "CRM-7", "form 17"] {
        assert!(!text.contains(known), "{known}: {text}");
    }
}
