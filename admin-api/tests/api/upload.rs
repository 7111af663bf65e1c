//! Leads from CSV: streamed, bad rows told by line and column, good rows kept.

use admin_api::Change;
use axum::body::{Body, Bytes};
use axum::http::Request;
use futures_util::stream;
use serde_json::json;
use store::leads::Within;

use crate::house::{As, House, Reception};

async fn list(admin: &As<'_>) -> String {
    admin.post("/v1/lists", &json!({ "name": "May" })).await.id()
}

fn csv(list: &str, query: &str, body: Body) -> Request<Body> {
    Request::post(format!("/v1/lists/{list}/leads?{query}"))
        .header("content-type", "text/csv; charset=utf-8")
        .body(body)
        .unwrap()
}

async fn upload(admin: &As<'_>, list: &str, text: &str) -> Reception {
    admin.send(csv(list, "region=GB", Body::from(text.to_owned()))).await
}

#[tokio::test]
async fn good_rows_are_kept_and_bad_ones_told_by_line_and_column() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let list = list(&admin).await;
    house.changes();
    let text = "phone,first name,city\n\
                +442079460101,Ada,London\n\
                12,Bob,Leeds\n\
                020 7946 0102,Cy,York\n\
                +442079460101,Ada,London\n";
    let answer = upload(&admin, &list, text).await.expect(200);
    assert_eq!(answer["added"], 2);
    let report = &answer["report"];
    assert_eq!(report["rows"], 4);
    assert_eq!(report["rejected"], 1);
    assert_eq!(report["duplicates"], 1);
    let fault = &report["faults"][0];
    assert_eq!(
        (&fault["line"], &fault["column"], &fault["header"]),
        (&json!(3), &json!(1), &json!("phone"))
    );
    let leads = admin.get(&format!("/v1/leads?list={list}")).await.expect(200);
    assert_eq!(leads["items"][1]["number"], "+442079460102");
    assert_eq!(leads["items"][1]["fields"]["city"], "York");
    let told = house.changes();
    assert!(matches!(&told[..], [Change::ListChanged { .. }]), "{told:?}");
    // The same file again adds nothing, and then there is nothing to tell.
    let again = upload(&admin, &list, text).await.expect(200);
    assert_eq!(again["added"], 0);
    assert_eq!(house.changes().len(), 0);
}

/// A row may lie across any two chunks.
#[tokio::test]
async fn a_file_may_arrive_byte_by_byte() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let list = list(&admin).await;
    let text = "phone\n+442079460101\n+442079460102\n";
    let bytes = text.bytes().map(|b| Ok::<_, std::io::Error>(Bytes::copy_from_slice(&[b])));
    let body = Body::from_stream(stream::iter(bytes.collect::<Vec<_>>()));
    let answer = admin.send(csv(&list, "region=GB", body)).await.expect(200);
    assert_eq!(answer["added"], 2);
}

#[tokio::test]
async fn many_rows_go_through_in_batches() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let list = list(&admin).await;
    let numbers: Vec<_> = (0..2500).map(|n| format!("+44207946{n:04}\n")).collect();
    let text = format!("phone\n{}", numbers.concat());
    let answer = upload(&admin, &list, &text).await.expect(200);
    assert_eq!(answer["added"], 2500);
}

#[tokio::test]
async fn a_connection_that_breaks_off_keeps_the_whole_rows_before() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let list = list(&admin).await;
    // More than is read ahead to find the encoding and the delimiter out.
    let numbers: Vec<_> = (0..9000).map(|n| format!("+44207946{n:04}\n")).collect();
    let text = format!("phone\n{}+4420794", numbers.concat());
    let chunks = vec![Ok(Bytes::from(text)), Err(std::io::Error::other("gone"))];
    let reception =
        admin.send(csv(&list, "region=GB", Body::from_stream(stream::iter(chunks)))).await;
    reception.problem(400);
    let kept = house.store.leads().numbers(list.parse().unwrap(), Within::List).await.unwrap();
    assert!(kept.len() > 1000, "only {} rows were kept", kept.len());
    assert!(kept.iter().all(|number| number.digits().len() == 12), "half a number was kept");
}

#[tokio::test]
async fn a_file_over_the_limit_is_stopped() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let list = list(&admin).await;
    let head = Bytes::from_static(b"phone\n+442079460101\n");
    let rows = Bytes::from("12\n".repeat(20_000));
    let chunks = std::iter::once(head).chain(std::iter::repeat_n(rows, 64));
    let body = Body::from_stream(stream::iter(chunks.map(Ok::<_, std::io::Error>)));
    admin.send(csv(&list, "region=GB", body)).await.problem(413);
    let leads = admin.get(&format!("/v1/leads?list={list}")).await.expect(200);
    assert_eq!(leads["items"].as_array().unwrap().len(), 1, "what was read is kept");
}

#[tokio::test]
async fn what_is_no_csv_is_refused_with_what_was_expected() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let list = list(&admin).await;
    let reception = upload(&admin, &list, "name,city\nAda,London\n").await;
    assert_eq!(reception.problem(422), "line 1");
    let abroad = csv(&list, "region=Atlantis", Body::from("phone\n"));
    assert_eq!(admin.send(abroad).await.problem(422), "region");
    assert_eq!(admin.send(csv(&list, "", Body::from("phone\n"))).await.problem(400), "region");
    let mut json = csv(&list, "region=GB", Body::from("[]"));
    json.headers_mut().insert("content-type", "application/json".parse().unwrap());
    assert_eq!(admin.send(json).await.problem(415), "Content-Type");
    let nowhere = "0190a5f0-7c1e-7000-8000-00000000002a";
    admin.send(csv(nowhere, "region=GB", Body::from("phone\n"))).await.problem(404);
}

/// A dry run tells all that an upload would, and adds nothing.
#[tokio::test]
async fn a_dry_run_reports_every_cell_and_adds_nothing() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let list = list(&admin).await;
    house.changes();
    let text = "Handy;Ort\n+442079460101;London\n12;Leeds\n";
    let query = "region=GB&dry_run=true&columns=%7B%22Handy%22%3A%22phone%22%7D";
    let answer = admin.send(csv(&list, query, Body::from(text))).await.expect(200);
    assert_eq!((&answer["added"], &answer["report"]["rejected"]), (&json!(1), &json!(1)));
    assert_eq!(answer["report"]["faults"][0]["header"], "Handy");
    assert_eq!(admin.get("/v1/leads").await.expect(200)["items"], json!([]));
    assert_eq!(house.changes().len(), 0);
    let wrong = admin.send(csv(&list, "region=GB&columns=x", Body::from(text))).await;
    assert_eq!(wrong.problem(400), "columns");
}

/// The same person on two lists, found where it is asked for; an export reads as an import.
#[tokio::test]
async fn duplicates_are_looked_for_as_widely_as_asked_and_a_list_is_exported() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let first = list(&admin).await;
    let second = admin.post("/v1/lists", &json!({ "name": "June" })).await.id();
    let text = "phone,first name,note\n+442079460101,Ada,\"=1+1, or\"\n";
    upload(&admin, &first, text).await.expect(200);
    let wide = csv(&second, "region=GB&duplicates=organisation", Body::from(text));
    let answer = admin.send(wide).await.expect(200);
    assert_eq!((&answer["added"], &answer["report"]["duplicates"]), (&json!(0), &json!(1)));
    let narrow = admin.send(csv(&second, "region=GB", Body::from(text))).await.expect(200);
    assert_eq!(narrow["added"], 1);
    let export = admin.get(&format!("/v1/lists/{first}/leads")).await;
    assert_eq!(export.status, 200);
    let lines: Vec<_> = export.text.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].starts_with("phone,external_id,first_name"), "{}", lines[0]);
    assert!(lines[1].starts_with("+442079460101,,Ada,,,,0,new,0,"), "{}", lines[1]);
    assert!(lines[1].ends_with("\"'=1+1, or\""), "{}", lines[1]);
}

/// Issue 6: total, and every figure adds up to it.
#[tokio::test]
async fn a_campaigns_funnel_adds_up() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let list = list(&admin).await;
    upload(&admin, &list, "phone\n+442079460101\n+442079460102\n").await.expect(200);
    let campaign = json!({ "name": "Winter", "lists": [list] });
    let id = admin.post("/v1/campaigns", &campaign).await.id();
    let dnc = json!({ "numbers": ["+442079460102"] });
    admin.post("/v1/dnc", &dnc).await.expect(200);
    let funnel = admin.get(&format!("/v1/campaigns/{id}/funnel")).await.expect(200);
    let figures = funnel.as_object().unwrap();
    let sum: u64 = figures.values().map(|figure| figure.as_u64().unwrap()).sum();
    assert_eq!((figures["total"].as_u64().unwrap(), sum), (2, 4), "{funnel}");
}
