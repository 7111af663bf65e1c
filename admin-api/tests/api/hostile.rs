//! Texts that attack: header injection, markup, SQL, paths, formulas, control characters, size.
//!
//! A text is either refused by its field or comes back as it was sent; it never changes what
//! anything else says (FAULTS S11, S12).

use serde_json::{Value, json};

use crate::house::House;

const LINES: &[&str] =
    &["a\r\nVia: SIP/2.0/UDP evil.example", "a\nb", "a\0b", "a\u{1b}[2Jb", "\r\n\r\n"];

const TEXTS: &[&str] = &[
    "<script>alert(1)</script>",
    "'; DROP TABLE queue; --",
    "\" OR 1=1 --",
    "../../etc/passwd",
    "=HYPERLINK(\"http://evil.example\")",
    "{{7*7}} ${7*7} %s%n",
    "％_\\",
    "\u{202e}gnp.exe",
    "𝕬🦀é\u{0301}",
];

#[tokio::test]
async fn a_line_break_or_control_character_is_refused_by_its_field() {
    let house = House::new().await;
    let admin = house.set_up().await;
    for hostile in LINES {
        let refused = async |path: &str, body: Value, field: &str| {
            let reception = admin.post(path, &body).await;
            assert_eq!(reception.problem(422), field, "{path} {hostile:?}");
            assert!(!reception.text.contains('\0') && !reception.text.contains('\u{1b}'));
        };
        refused("/v1/queues", json!({ "name": hostile }), "/name").await;
        refused("/v1/lists", json!({ "name": hostile }), "/name").await;
        let trunk = json!({ "name": "t", "addresses": [{ "host": hostile }] });
        refused("/v1/trunks", trunk, "/addresses/0/host").await;
        let cli = json!({ "number": "+15550100123", "label": hostile });
        refused("/v1/clis", cli, "/label").await;
        let agent = json!({
            "number": 1, "code": hostile, "first_name": "Ada", "last_name": "Byron",
            "time_zone": "Europe/London",
        });
        refused("/v1/agents", agent, "/code").await;
        let reason = json!({ "class": "break", "text": hostile });
        refused("/v1/pause-reasons", reason, "/text").await;
        let dnc = json!({ "numbers": ["+15550100123"], "reason": hostile });
        refused("/v1/dnc", dnc, "/reason").await;
        refused("/v1/users", json!({ "username": hostile, "role": "agent" }), "/username").await;
    }
    assert!(house.commands().is_empty());
}

#[tokio::test]
async fn a_campaigns_texts_are_single_lines() {
    let house = House::new().await;
    let admin = house.set_up().await;
    for hostile in LINES {
        let reception = admin.post("/v1/campaigns", &json!({ "name": hostile })).await;
        assert_eq!(reception.problem(422), "/name", "{hostile:?}");
        let notice = json!({ "name": "May", "notice": hostile });
        assert_eq!(admin.post("/v1/campaigns", &notice).await.problem(422), "/notice");
    }
}

#[tokio::test]
async fn a_text_that_is_allowed_comes_back_as_it_was_sent_and_harms_nothing() {
    let house = House::new().await;
    let admin = house.set_up().await;
    for hostile in TEXTS {
        let made = admin.post("/v1/queues", &json!({ "name": hostile })).await;
        assert_eq!(made.expect(201)["name"], *hostile);
        let read = admin.get(&format!("/v1/queues/{}", made.id())).await.expect(200);
        assert_eq!(read["name"], *hostile);
    }
    let all = admin.get("/v1/queues").await.expect(200);
    assert_eq!(all["items"].as_array().unwrap().len(), TEXTS.len());
    for hostile in TEXTS {
        let encoded: Vec<_> = hostile.bytes().map(|b| format!("%{b:02X}")).collect();
        let encoded = encoded.concat();
        let found = admin.get(&format!("/v1/queues?text={encoded}")).await.expect(200);
        let found = found["items"].as_array().unwrap();
        assert!(found.iter().any(|queue| queue["name"] == *hostile), "{hostile:?}: {found:?}");
    }
}

#[tokio::test]
async fn a_hostile_path_or_header_is_a_problem_and_no_more() {
    let house = House::new().await;
    let admin = house.set_up().await;
    for path in ["/v1/queues/..%2f..%2fadmin", "/v1//queues", "/v1/queues/%0d%0aSet-Cookie:x=y"] {
        let reception = admin.get(path).await;
        reception.problem(404);
        assert_eq!(reception.header("set-cookie"), "");
    }
    let mut request = crate::house::request("PUT", "/v1/organisation", &json!({}));
    request.headers_mut().insert("if-match", "\"9999999999999999999999\"".parse().unwrap());
    admin.send(request).await.problem(422);
}

/// 10 MB in one field: refused by size, and the next request is served.
#[tokio::test]
async fn ten_megabytes_in_a_field_cost_a_413() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let long = "A".repeat(10 << 20);
    let login = json!({ "username": long, "password": "x" });
    house.send(crate::house::request("POST", "/v1/login", &login)).await.problem(413);
    admin.post("/v1/agents", &json!({ "code": long })).await.problem(413);
    let just_fits = "A".repeat(200 << 10);
    let refused = admin.post("/v1/queues", &json!({ "name": just_fits })).await;
    assert_eq!(refused.problem(422), "/name");
    assert!(refused.text.len() < 1000, "the problem repeats {} bytes", refused.text.len());
    admin.get("/v1/queues").await.expect(200);
}
