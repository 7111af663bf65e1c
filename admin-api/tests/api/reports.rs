//! Reports as a client meets them: the catalogue, JSON, CSV, scopes, and the calls behind a number.

use jiff::{SignedDuration, Timestamp};
use routing::{AgentId, CallId, CampaignId, StateName};
use serde_json::{Value, json};
use store::users::Role;
use store::{Direction, Event, Party};
use uuid::Uuid;

use crate::house::{As, House};

/// An agent whose name a spreadsheet would run, and what they talked.
async fn a_talk(house: &House, admin: &As<'_>) -> (String, Timestamp) {
    let agent = json!({ "number": 7, "code": "E-7", "first_name": "Ada", "last_name": "Byron",
        "time_zone": "Europe/London", "hourly_cost_cents": 2_000 });
    let agent = admin.post("/v1/agents", &agent).await.expect(201);
    assert_eq!(agent["hourly_cost_cents"], 2_000);
    let agent = agent["id"].as_str().unwrap().to_owned();
    let id = AgentId::from(agent.parse::<Uuid>().unwrap());
    let campaign = json!({ "name": "=1+1" });
    let campaign = admin.post("/v1/campaigns", &campaign).await.expect(201);
    let campaign: Uuid = campaign["id"].as_str().unwrap().parse().unwrap();
    let campaign = Some(CampaignId::from(campaign));
    let call = CallId::from(Uuid::from_u128(1));
    let now = house.now();
    let (direction, queue, did, attempt, trunk) = (Direction::Outbound, None, None, None, None);
    let (calling, called) = ("+15550100001".to_owned(), "+15550100002".to_owned());
    let (sip, q850, wait_ms, hold_ms) = (None, None, 0, 0);
    house
        .happened([
            Event::CallStarted {
                call,
                direction,
                calling,
                called,
                campaign,
                queue,
                did,
                attempt,
                trunk,
            },
            Event::CallAnswered { call },
            Event::CallConnected { call, agent: id, answer_to_agent_us: 10 },
            Event::AgentInterval {
                agent: id,
                state: StateName::Talking,
                counts: routing::Counts::Talk,
                reason: None,
                from: now - SignedDuration::from_mins(30),
                to: now,
                call: Some(call),
                campaign,
            },
            Event::CallEnded {
                call,
                by: Party::Agent,
                sip,
                q850,
                ring_ms: 0,
                talk_ms: 0,
                hold_ms,
                wait_ms,
            },
        ])
        .await;
    (agent, now)
}

fn value<'v>(table: &'v Value, row: &'v Value, figure: &str) -> &'v Value {
    let figures = table["figures"].as_array().unwrap();
    let at = figures.iter().position(|name| name == figure).unwrap();
    &row["values"][at]
}

#[tokio::test]
async fn each_report_says_what_its_figures_are_and_runs_by_each_of_its_groupings() {
    let house = House::new().await;
    let admin = house.set_up().await;
    a_talk(&house, &admin).await;
    let reports = admin.get("/v1/reports").await.expect(200);
    let reports = reports.as_array().unwrap();
    assert!(reports.len() >= 9, "{reports:?}");
    for report in reports {
        let name = report["name"].as_str().unwrap();
        for figure in report["figures"].as_array().unwrap() {
            for said in ["name", "unit", "formula", "window"] {
                assert!(!figure[said].as_str().unwrap().is_empty(), "{name}: {figure}");
            }
        }
        for group in report["groupings"].as_array().unwrap() {
            let path = format!("/v1/reports/{name}?group={}", group.as_str().unwrap());
            let table = admin.get(&path).await.expect(200);
            let figures = report["figures"].as_array().unwrap().len();
            assert_eq!(table["figures"].as_array().unwrap().len(), figures);
            assert_eq!(table["totals"].as_array().unwrap().len(), figures, "{table}");
            for row in table["rows"].as_array().unwrap() {
                assert_eq!(row["values"].as_array().unwrap().len(), figures, "{row}");
            }
        }
    }
}

#[tokio::test]
async fn a_number_leads_to_its_calls_and_a_row_has_the_name_of_whom_it_is_about() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let (agent, _) = a_talk(&house, &admin).await;
    let table = admin.get("/v1/reports/agents").await.expect(200);
    let row = &table["rows"][0];
    assert_eq!((row["name"].as_str(), row["key"].as_str()), (Some("Ada Byron"), Some(&*agent)));
    assert_eq!(*value(&table, row, "talk_time"), 30 * 60 * 1_000_000_i64);
    assert_eq!(*value(&table, row, "calls_handled"), 1);
    assert!(value(&table, row, "conversion_rate").as_f64() == Some(0.0));
    let path = format!("/v1/reports/agents/calls?figure=calls_handled&only=agent&of={agent}");
    let calls = admin.get(&path).await.expect(200);
    assert_eq!(calls["items"][0]["id"], Uuid::from_u128(1).to_string());
    let costs = admin.get("/v1/reports/campaigns").await.expect(200);
    let cost = value(&costs, &costs["rows"][0], "cost").as_f64().unwrap();
    assert!((cost - 1_000.0).abs() < 0.1, "half an hour at 20.00 is {cost}");
    let nobody = Uuid::from_u128(99);
    let path = format!("/v1/reports/agents?only=agent&of={nobody}");
    assert_eq!(admin.get(&path).await.expect(200)["rows"], json!([]));
}

/// FAULTS S12.
#[tokio::test]
async fn a_report_as_csv_has_names_units_totals_and_no_formula() {
    let house = House::new().await;
    let admin = house.set_up().await;
    a_talk(&house, &admin).await;
    let csv = admin.get("/v1/reports/campaigns/csv").await;
    assert_eq!(csv.status.as_u16(), 200, "{}", csv.text);
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    let lines: Vec<_> = csv.text.lines().collect();
    assert!(lines[0].starts_with("campaign,name,attempts,"), "{}", lines[0]);
    assert!(lines[1].contains(",'=1+1,0,"), "{}", lines[1]);
    assert!(lines[2].starts_with("total,,0,"), "{}", lines[2]);
    let csv = admin.get("/v1/reports/agents/csv").await.text;
    assert!(csv.contains("talk_time (s)") && csv.contains(",1800.000,"), "{csv}");
}

#[tokio::test]
async fn what_is_asked_wrongly_is_told_by_its_name() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let at = "2026-11-23T00:00:00Z";
    for (path, field) in [
        ("agents?group=queue".to_owned(), "group"),
        ("agents?zone=Mars/Base".to_owned(), "zone"),
        (format!("agents?from={at}&to={at}"), "to"),
        (format!("agents?from=2024-11-23T00:00:00Z&to={at}"), "to"),
        ("agents?only=agent".to_owned(), "of"),
        ("agents?only=agent&of=ada".to_owned(), "of"),
        ("agents?of=ada".to_owned(), "only"),
        ("agents?only=hour&of=9".to_owned(), "only"),
        ("agents/calls?figure=shifts".to_owned(), "figure"),
        ("agents/calls?figure=total_calls&only=queue".to_owned(), "only"),
    ] {
        let told = admin.get(&format!("/v1/reports/{path}")).await.problem(400);
        assert_eq!(told, field, "{path}");
    }
    admin.get("/v1/reports/weather").await.problem(404);
}

/// R67, R69: a report counts what is within reach and nothing else.
#[tokio::test]
async fn an_agent_is_reported_their_own_time_alone() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let (agent, _) = a_talk(&house, &admin).await;
    let other = json!({ "number": 8, "code": "E-8", "first_name": "Eve", "last_name": "Byron",
        "time_zone": "Europe/London" });
    let other = admin.post("/v1/agents", &other).await.expect(201);
    let other: Uuid = other["id"].as_str().unwrap().parse().unwrap();
    let own: Uuid = agent.parse().unwrap();
    let ada = house.user("ada", Role::Agent, Some(own.into())).await;
    let eve = house.user("eve", Role::Agent, Some(other.into())).await;
    let rows = async |who: &As<'_>| {
        let table = who.get("/v1/reports/agents").await.expect(200);
        table["rows"].as_array().unwrap().len()
    };
    assert_eq!((rows(&ada).await, rows(&eve).await), (1, 0));
}

#[tokio::test]
async fn records_are_reconciled_on_demand() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let now = house.now();
    a_talk(&house, &admin).await;
    let to = now + SignedDuration::from_mins(5);
    let found = admin.get(&format!("/v1/reconciliation?to={to}")).await.expect(200);
    assert!(found["findings"].is_array(), "{found}");
    let times = found["checks"].as_array().unwrap();
    let times = times.iter().find(|check| check["name"] == "call_time").unwrap();
    assert_eq!(times["records"], 1, "{found}");
}
