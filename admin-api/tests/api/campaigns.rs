//! Campaigns start and stop; the do-not-call list; leads and why they are not dialled.

use admin_api::control::ShownCli;
use admin_api::{Change, Command, CommandError, Reply};
use dialer::campaign::{Cause, Decision, Why};
use dialer::dnc::DncScope;
use serde_json::{Value, json};

use crate::house::House;

#[tokio::test]
async fn a_campaign_starts_when_it_has_all_it_needs_and_else_says_what_it_lacks() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let campaign = admin.post("/v1/campaigns", &json!({ "name": "May", "running": true })).await;
    assert_eq!(campaign.expect(201)["running"], false, "only start starts");
    let own = format!("/v1/campaigns/{}", campaign.id());
    let lacks = admin.post(&format!("{own}/start"), &Value::Null).await;
    lacks.problem(422);
    let fields: Vec<_> =
        lacks.json()["errors"].as_array().unwrap().iter().map(|e| e["field"].clone()).collect();
    assert_eq!(fields, ["/trunks", "/lists", "/cli"]);

    let trunk = json!({ "name": "Carrier", "addresses": [{ "host": "192.0.2.1" }] });
    let trunk = admin.post("/v1/trunks", &trunk).await.id();
    let list = admin.post("/v1/lists", &json!({ "name": "May" })).await.id();
    admin.post("/v1/clis", &json!({ "number": "+15550100123" })).await.expect(201);
    let whole = json!({ "name": "May", "trunks": [trunk], "lists": [list], "cli": "+15550100123" });
    admin.put(&own, Some("\"1\""), &whole).await.expect(200);
    house.changes();
    let started = admin.post(&format!("{own}/start"), &Value::Null).await.expect(200);
    assert_eq!(started["running"], true);
    let told = house.changes();
    assert!(matches!(&told[..], [Change::Campaign(campaign)] if campaign.running), "{told:?}");

    // A form saved late neither stops it nor takes away what it needs.
    let saved = admin.put(&own, Some("*"), &whole).await.expect(200);
    assert_eq!(saved["running"], true);
    assert_eq!(admin.put(&own, Some("*"), &json!({ "name": "May" })).await.problem(422), "/trunks");
    let stopped = admin.post(&format!("{own}/stop"), &Value::Null).await.expect(200);
    assert_eq!(stopped["running"], false);
    let saved = admin.put(&own, Some("*"), &whole).await.expect(200);
    assert_eq!(saved["running"], false);
}

/// `Deployment`: a window of "always" is for simulated customers.
#[tokio::test]
async fn people_are_never_called_at_all_hours() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let always = json!({ "name": "May", "window": { "profile": "always", "hours": [] } });
    let field = admin.post("/v1/campaigns", &always).await.problem(422);
    assert!(field.starts_with("/window"), "{field}");
}

#[tokio::test]
async fn a_campaign_shows_its_dispositions_to_the_desk() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let id = admin.post("/v1/campaigns", &json!({ "name": "May" })).await.id();
    let rows = admin.get(&format!("/v1/campaigns/{id}/dispositions")).await.expect(200);
    assert!(rows.as_array().unwrap().iter().any(|row| row["code"] == "sale"), "{rows}");
}

/// The 200 means that the switch has it.
#[tokio::test]
async fn a_number_is_on_the_list_once_the_switch_has_answered() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let add = json!({ "numbers": ["+15550100123", "+15550100124"], "reason": "asked" });
    let added = admin.post("/v1/dnc", &add).await.expect(200);
    assert_eq!(added, json!({ "changed": 2, "version": 7 }));
    let commands = house.commands();
    let [Command::Suppress { scope: DncScope::Organisation, numbers }] = &commands[..] else {
        panic!("{commands:?}")
    };
    assert_eq!(numbers.len(), 2);
    let again = admin.post("/v1/dnc", &add).await.expect(200);
    assert_eq!(again["changed"], 0);
    assert_eq!(house.commands().len(), 1, "a second try reaches the switch");

    let check = "/v1/dnc/check?number=%2B15550100123";
    let checked = admin.get(check).await.expect(200);
    assert_eq!(checked["listed"], true);
    assert_eq!(checked["entries"][0]["reason"], "asked");
    let listed = admin.get("/v1/dnc?text=0124").await.expect(200);
    assert_eq!(listed["items"][0]["number"], "+15550100124");
    let remove = json!({ "numbers": ["+15550100123", "+15550100199"] });
    let removed = admin.post("/v1/dnc/remove", &remove).await.expect(200);
    assert_eq!(removed["changed"], 1);
    assert_eq!(admin.get(check).await.expect(200)["listed"], false);
}

#[tokio::test]
async fn a_switch_that_does_not_answer_is_a_503_and_the_number_is_kept_for_it() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let busy = admin_api::Busy { retry_after: std::time::Duration::from_secs(2) };
    house.switch.answers.lock().unwrap().push(Err(CommandError::Busy(busy)));
    let add = json!({ "numbers": ["+15550100123"] });
    admin.post("/v1/dnc", &add).await.problem(503);
    let checked = admin.get("/v1/dnc/check?number=%2B15550100123").await.expect(200);
    assert_eq!(checked["listed"], true);
}

#[tokio::test]
async fn an_entry_of_one_campaign_binds_that_campaign_alone() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let may = admin.post("/v1/campaigns", &json!({ "name": "May" })).await.id();
    let add = json!({ "numbers": ["+15550100123"], "campaign": may });
    admin.post("/v1/dnc", &add).await.expect(200);
    let check = "/v1/dnc/check?number=%2B15550100123";
    assert_eq!(admin.get(check).await.expect(200)["listed"], false);
    let checked = admin.get(&format!("{check}&campaign={may}")).await.expect(200);
    assert_eq!(checked["listed"], true);
    assert_eq!(checked["entries"][0]["scope"], json!({ "scope": "campaign", "campaign": may }));
    let nothing = "0190a5f0-7c1e-7000-8000-00000000002a";
    let add = json!({ "numbers": ["+15550100123"], "campaign": nothing });
    assert_eq!(admin.post("/v1/dnc", &add).await.problem(422), "/campaign");
    assert_eq!(admin.post("/v1/dnc", &json!({ "numbers": [] })).await.problem(422), "/numbers");
}

#[tokio::test]
async fn a_campaign_tells_why_it_dials_as_it_does() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let predictive = json!({ "name": "May", "mode": { "kind": "predictive" } });
    let campaign = admin.post("/v1/campaigns", &predictive).await.id();
    let shown = admin.get(&format!("/v1/campaigns/{campaign}")).await.expect(200);
    assert_eq!(shown["mode"], json!({ "kind": "predictive", "max_live": 5_000 }));
    assert_eq!(shown["pacing"]["strict"], false);
    let decision = Decision {
        at: jiff::Timestamp::UNIX_EPOCH,
        mode: "predictive".to_owned(),
        free_agents: 2,
        unserved: 0,
        free_lines: 50,
        dial: 2,
        forecast: None,
        one_to_one: Some("events were lost".to_owned()),
    };
    house.switch.answers.lock().unwrap().push(Ok(Reply::Pacing(vec![decision])));
    let told = admin.get(&format!("/v1/campaigns/{campaign}/pacing")).await.expect(200);
    let sentence = "2 dials (predictive, one to one: events were lost): 2 agents free, 0 attempts \
                    may need one, 50 lines free";
    assert_eq!(told[0]["sentence"], sentence);
    assert_eq!(told[0]["dial"], 2);
    let wrong = json!({ "name": "June", "mode": { "kind": "power" } });
    admin.post("/v1/campaigns", &wrong).await.problem(422);
}

#[tokio::test]
async fn numbers_have_a_budget_and_tell_how_they_fare() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let draft = |most: u32| json!({ "number": "+15550100177", "calls_per_day": most });
    assert_eq!(admin.post("/v1/clis", &draft(0)).await.problem(422), "/calls_per_day");
    let cli = admin.post("/v1/clis", &draft(500)).await.id();
    assert_eq!(admin.get(&format!("/v1/clis/{cli}")).await.expect(200)["calls_per_day"], 500);
    let shown = ShownCli {
        cli: cli.parse().unwrap(),
        number: "+15550100177".parse().unwrap(),
        calls_per_day: Some(500),
        standing: dialer::cli_health::Standing {
            today: 7,
            lately: dialer::cli_health::Rates::default(),
            usually: dialer::cli_health::Rates { calls: 7, ..Default::default() },
            trouble: Some(dialer::cli_health::Trouble::Blocked),
        },
    };
    house.switch.answers.lock().unwrap().push(Ok(Reply::CliHealth(vec![shown])));
    let told = admin.get("/v1/clis/health").await.expect(200);
    assert_eq!((&told[0]["today"], &told[0]["trouble"]), (&json!(7), &json!("blocked")));
    assert_eq!(told[0]["usually"]["calls"], 7);
}

#[tokio::test]
async fn a_lead_tells_why_it_is_not_dialled() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let campaign = admin.post("/v1/campaigns", &json!({ "name": "May" })).await.id();
    let list = admin.post("/v1/lists", &json!({ "name": "May" })).await.id();
    let number = "+15550100123".parse().unwrap();
    let lead = dialer::Lead::new(uuid::Uuid::now_v7().into(), list.parse().unwrap(), number);
    house.store.leads().insert(std::slice::from_ref(&lead), jiff::Timestamp::now()).await.unwrap();
    let listed = admin.get(&format!("/v1/leads?list={list}&status=new")).await.expect(200);
    assert_eq!(listed["items"][0]["number"], "+15550100123");
    assert_eq!(admin.get("/v1/leads?status=done").await.expect(200)["items"], json!([]));
    assert_eq!(
        admin.get("/v1/leads?text=0100123").await.expect(200)["items"][0]["id"],
        lead.id.to_string()
    );
    let own = format!("/v1/leads/{}", lead.id);
    assert_eq!(admin.get(&own).await.expect(200)["status"], "new");

    let why = Why { cause: Cause::NoAgent, because: vec!["it is next".to_owned()], next: None };
    house.switch.answers.lock().unwrap().push(Ok(Reply::WhyNot(why)));
    let told = admin.get(&format!("{own}/why?campaign={campaign}")).await.expect(200);
    assert_eq!(
        told,
        json!({
            "cause": { "cause": "no_agent" }, "because": ["it is next"], "next": null,
        })
    );
    let commands = house.commands();
    assert!(matches!(&commands[..], [Command::WhyNot { lead: asked, .. }] if asked.id == lead.id));
    admin.get(&format!("{own}/why?campaign={list}")).await.problem(404);
}

/// What counts, and whose it is: the campaign's, its law's where that is stricter, the house's.
#[tokio::test]
async fn a_campaign_tells_what_counts_and_who_set_it() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let law = json!({
        "name": "Strict", "lock_out": { "after_abandoned_h": 100, "after_machine_h": 1 },
    });
    let law = admin.post("/v1/legal-profiles", &law).await.id();
    let campaign = json!({
        "name": "May", "profile": law, "retry": { "busy": { "after_s": 90 } },
        "lock_out": { "after_abandoned_h": 72, "after_machine_h": 24 },
    });
    let campaign = admin.post("/v1/campaigns", &campaign).await.id();
    let told = admin.get(&format!("/v1/campaigns/{campaign}/effective")).await.expect(200);
    let one = |setting: &str| {
        let items = told["items"].as_array().unwrap();
        let found = items.iter().find(|item| item["setting"] == setting).unwrap();
        (found["value"].clone(), found["from"].as_str().unwrap().to_owned())
    };
    assert_eq!(one("lock_out.after_abandoned_h"), (json!(100), "profile".to_owned()));
    assert_eq!(one("lock_out.after_machine_h"), (json!(24), "campaign".to_owned()));
    assert_eq!(one("retry.busy"), (json!({ "after_s": 90 }), "campaign".to_owned()));
    assert_eq!(one("retry.connected"), (json!("never"), "default".to_owned()));
    assert_eq!(one("ring_timeout_s").1, "default");
    admin.get(&format!("/v1/campaigns/{law}/effective")).await.problem(404);
}
