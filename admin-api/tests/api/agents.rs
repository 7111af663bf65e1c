//! Many agents at once: a file is rehearsed cell by cell, and written whole or not at all.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::house::{As, House};

async fn send(admin: &As<'_>, query: &str, text: &str) -> Value {
    let request = Request::post(format!("/v1/agents/import{query}"))
        .header("content-type", "text/csv")
        .body(Body::from(text.to_owned()))
        .unwrap();
    admin.send(request).await.expect(200)
}

fn told(answer: &Value) -> Vec<(u64, String)> {
    let faults = answer["report"]["faults"].as_array().unwrap().iter();
    let fault =
        |one: &Value| (one["line"].as_u64().unwrap(), one["header"].as_str().unwrap().to_owned());
    faults.map(fault).collect()
}

async fn agents(admin: &As<'_>) -> Vec<Value> {
    admin.get("/v1/agents").await.expect(200)["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_file_adds_who_is_new_and_changes_who_is_there_by_the_columns_it_has() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let team = admin.post("/v1/teams", &json!({ "name": "Loans" })).await.id();
    let queue = admin.post("/v1/queues", &json!({ "name": "Sales" })).await.id();
    admin.agent(7).await;
    house.changes();
    let text = "Code;First name;Last name;Number;Teams;Queues;Hourly cost;E-mail\n\
        E-7;Ada;Lovelace;;Loans;;12,50;ada@example.net\n\
        E-8;Grace;Hopper;8;Loans;Sales;;\n";
    let rehearsed = send(&admin, "?dry_run=true", text).await;
    assert_eq!((&rehearsed["added"], &rehearsed["changed"]), (&json!(1), &json!(1)));
    assert_eq!((agents(&admin).await.len(), house.changes().len()), (1, 0), "nothing was written");
    let done = send(&admin, "", text).await;
    assert_eq!((&done["added"], &done["changed"]), (&json!(1), &json!(1)), "{done}");
    let telephones = done["telephones"].as_array().unwrap();
    assert_eq!((telephones.len(), &telephones[0]["code"]), (1, &json!("E-8")));
    assert_eq!(telephones[0]["sip"]["username"], "501438");
    let both = agents(&admin).await;
    let [ada, grace] = &both[..] else { panic!("{both:?}") };
    assert_eq!((&ada["last_name"], &ada["number"]), (&json!("Lovelace"), &json!(7)));
    assert_eq!((&ada["hourly_cost_cents"], &ada["teams"]), (&json!(1_250), &json!([team])));
    assert_eq!(grace["queues"][0]["queue"], queue.as_str());
    assert_eq!((&grace["time_zone"], &grace["email"]), (&json!("Europe/London"), &Value::Null));
    assert_eq!(house.changes().len(), 3, "two agents and one secret");
    let again = send(&admin, "", text).await;
    assert_eq!((&again["unchanged"], &again["changed"]), (&json!(2), &json!(0)), "{again}");
}

/// Issue 7, §4: a report for each cell, and nothing half done.
#[tokio::test]
async fn one_wrong_cell_and_nothing_is_written() {
    let house = House::new().await;
    let admin = house.set_up().await;
    admin.agent(7).await;
    let text = "code,first_name,last_name,number,email,teams,time_zone,lifecycle\n\
        E-8,Grace,Hopper,8,grace@example.net,,,active\n\
        E-9,,Byron,9,,,,\n\
        E-10,Ann,Lee,7,,,,\n\
        E-11,Ann,Lee,8,not an address,,,\n\
        E-12,Ann,Lee,12,,Nobody's,Mars/Base,asleep\n\
        E-8,Grace,Hopper,13,,,,\n\
        E-7,Ada,Byron,70,,,,\n";
    let answer = send(&admin, "", text).await;
    let expected = [
        (3, "first_name"),
        (4, "number"),
        (5, "email"),
        (5, "number"),
        (6, "lifecycle"),
        (6, "teams"),
        (7, "code"),
        (8, "number"),
    ];
    let mut found = told(&answer);
    found.sort();
    assert_eq!(found, expected.map(|(line, header)| (line, header.to_owned())), "{answer}");
    assert_eq!((&answer["added"], &answer["telephones"]), (&json!(0), &json!([])));
    assert_eq!(agents(&admin).await.len(), 1);
    assert_eq!(answer["report"]["accepted"], 1);
}

#[tokio::test]
async fn a_column_that_nobody_knows_is_refused_by_its_name() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let request = Request::post("/v1/agents/import")
        .header("content-type", "text/csv")
        .body(Body::from("code,salary\nE-1,7\n"))
        .unwrap();
    let refused = admin.send(request).await;
    refused.problem(422);
    assert!(refused.text.contains("salary") && refused.text.contains("hourly_cost"));
}
