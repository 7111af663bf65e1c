//! Do-not-call files and registers, and legal profiles.

use admin_api::{Change, Command};
use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use crate::house::{As, House, Reception};

async fn send(admin: &As<'_>, method: &str, path: &str, text: &str) -> Reception {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "text/csv")
        .body(Body::from(text.to_owned()))
        .unwrap();
    admin.send(request).await
}

/// Issue 6: a million entries; each batch is in force as soon as it is stored.
#[tokio::test]
async fn a_file_of_numbers_is_in_force_batch_by_batch() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let numbers: Vec<_> = (0..4_500).map(|n| format!("+44207946{n:04}\n")).collect();
    let text = format!("number\nnonsense 1\n{}", numbers.concat());
    let path = "/v1/dnc/import?region=GB&reason=asked";
    let answer = send(&admin, "POST", path, &text).await.expect(200);
    assert_eq!((&answer["added"], &answer["version"]), (&json!(4_500), &json!(7)));
    assert_eq!(answer["report"]["faults"][0]["line"], 2);
    let told: Vec<usize> = house.commands().iter().map(suppressed).collect();
    assert_eq!(told, [2_000, 2_000, 500]);
    let check = admin.get("/v1/dnc/check?number=%2B442079464499").await.expect(200);
    assert_eq!((&check["listed"], &check["entries"][0]["reason"]), (&json!(true), &json!("asked")));
    let again = send(&admin, "POST", path, &text).await.expect(200);
    assert_eq!(again["added"], 0);
    let wrong = send(&admin, "POST", "/v1/dnc/import?region=XX", "1").await.problem(422);
    assert_eq!(wrong, "region");
}

fn suppressed(command: &Command) -> usize {
    match command {
        Command::Suppress { numbers, .. } => numbers.len(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_register_is_imported_whole_and_says_whether_it_is_fresh() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let tps = json!({ "name": "TPS", "lifted_by": "express", "fresh_for_days": 28 });
    let id = admin.post("/v1/dnc-registers", &tps).await.id();
    assert!(matches!(&house.changes()[..], [.., Change::Register(_)]));
    let path = format!("/v1/dnc-registers/{id}/numbers");
    assert_eq!(admin.get(&path).await.expect(200)["stale"], true, "never imported");
    let import = format!("{path}?region=GB");
    let first = send(&admin, "PUT", &import, "020 7946 0001\n020 7946 0002\n").await.expect(200);
    assert_eq!((&first["numbers"], &first["added"]), (&json!(2), &json!(2)));
    let second = send(&admin, "PUT", &import, "020 7946 0002\n020 7946 0003\n").await.expect(200);
    assert_eq!((&second["added"], &second["removed"]), (&json!(1), &json!(1)));
    let commands = house.commands();
    let Some(Command::Enlist(register)) = commands.last() else { panic!("{commands:?}") };
    let numbers: Vec<_> = register.numbers().iter().map(ToString::to_string).collect();
    assert_eq!(numbers, ["+442079460002", "+442079460003"]);
    let standing = admin.get(&path).await.expect(200);
    assert_eq!((&standing["numbers"], &standing["stale"]), (&json!(2), &json!(false)));
    let check = |digits: &str| format!("/v1/dnc/check?number=%2B{digits}");
    let checked = admin.get(&check("442079460003")).await.expect(200);
    assert_eq!((&checked["listed"], &checked["entries"]), (&json!(true), &json!([])));
    assert_eq!(
        (&checked["registers"][0]["id"], &checked["registers"][1]),
        (&json!(id), &json!(null))
    );
    let gone = admin.get(&check("442079460001")).await.expect(200);
    assert_eq!((&gone["listed"], &gone["registers"]), (&json!(false), &json!([])));
    let none = send(&admin, "PUT", "/v1/dnc-registers/1/numbers?region=GB", "1").await;
    none.problem(404);
}

/// Whoever a register no longer names may be dialled, so a file that cannot be read empties none.
#[tokio::test]
async fn a_file_that_cannot_be_read_leaves_the_register_as_it_was() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let id = admin.post("/v1/dnc-registers", &json!({ "name": "TPS" })).await.id();
    let path = format!("/v1/dnc-registers/{id}/numbers");
    let import = format!("{path}?region=GB");
    let whole = "020 7946 0001\n020 7946 0002\n";
    send(&admin, "PUT", &import, whole).await.expect(200);
    let standing = admin.get(&path).await.expect(200);
    let skipping = format!("{import}&skip_faults=true");
    for nothing in ["", "number\n", "n/a\n12\n"] {
        for asked in [&import, &skipping] {
            let refused = send(&admin, "PUT", asked, nothing).await.expect(422);
            let told = &refused["errors"][0];
            assert_eq!(told["field"], "body", "{nothing:?}");
            assert_eq!(told["expected"], "one telephone number a line");
        }
    }
    let some = "020 7946 0001\n12\n020 7946 0003\nabc\n";
    let refused = send(&admin, "PUT", &import, some).await.expect(422);
    let detail = refused["detail"].as_str().unwrap();
    assert!(detail.starts_with("2 of 4 rows cannot be read: the register stays"), "{detail}");
    let line = |at: usize| (&refused["errors"][at]["field"], &refused["errors"][at]["got"]);
    assert_eq!(line(0), (&json!("line 2"), &json!("12")));
    assert_eq!(line(1), (&json!("line 4"), &json!("abc")));
    assert_eq!(admin.get(&path).await.expect(200), standing);
    let enlisted = |house: &House| {
        house.commands().iter().filter(|one| matches!(one, Command::Enlist(_))).count()
    };
    assert_eq!(enlisted(&house), 1, "the switch was told of none of them");
    let skipped = send(&admin, "PUT", &skipping, some).await.expect(200);
    assert_eq!((&skipped["numbers"], &skipped["removed"]), (&json!(2), &json!(1)));
    assert_eq!(skipped["report"]["rejected"], 2);
    assert_eq!(skipped["report"]["faults"][1]["found"], "abc");
    assert_eq!(enlisted(&house), 1);
}

#[tokio::test]
async fn a_legal_profile_is_edited_as_any_setting_and_its_faults_are_named() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let profile = json!({ "name": "Utah", "ring_min_s": 20, "consent": "express" });
    let id = admin.post("/v1/legal-profiles", &profile).await.id();
    assert!(matches!(&house.changes()[..], [.., Change::Profile(_)]));
    let shown = admin.get(&format!("/v1/legal-profiles/{id}")).await.expect(200);
    assert_eq!((&shown["ring_min_s"], &shown["cancel_ringing"]), (&json!(20), &json!(true)));
    let wrong = json!({ "name": "Utah 2", "caps": { "in_day": 0 } });
    assert_eq!(admin.post("/v1/legal-profiles", &wrong).await.problem(422), "/caps/in_day");
    let campaign = json!({ "name": "Winter", "profile": id });
    admin.post("/v1/campaigns", &campaign).await.expect(201);
}

/// The export is what `cordboard permits verify` reads: here a chain that has not begun.
#[tokio::test]
async fn permits_are_exported_with_the_head_of_their_chain() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let export = admin.get("/v1/permits").await;
    assert_eq!(export.status, 200);
    assert_eq!(export.header("content-type"), "application/x-ndjson");
    let mut audit = dialer::permit::Audit::default();
    export.text.lines().for_each(|line| audit.line(line));
    let audited = audit.finish();
    assert_eq!((audited.records, audited.faults), (0, vec![]));
}
