//! Leads from CSV: streamed, bad rows told by line and column, good rows kept.

use admin_api::Change;
use axum::body::{Body, Bytes};
use axum::http::Request;
use futures_util::stream;
use serde_json::json;

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
    let kept = house.store.leads().numbers(list.parse().unwrap()).await.unwrap();
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
