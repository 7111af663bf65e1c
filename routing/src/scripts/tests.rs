//! A script that loses an agent is refused at its page; answers make the way.

use super::*;
use serde_json::{Value, json};

fn offer() -> Value {
    json!({
        "id": "00000000-0000-0000-0000-000000000001", "name": "Offer", "start": "hello",
        "pages": [
            { "name": "hello", "text": "Hello {first_name}, this is {agent_name}.",
              "questions": [{ "name": "interest", "label": "Interested?", "required": true,
                "ask": { "kind": "choice", "options": [
                    { "value": "yes", "next": "order" }, { "value": "no", "next": "objection" },
                    { "value": "later" },
                ] } }],
              "next": "goodbye" },
            { "name": "objection", "text": "May I ask why?", "next": "hello" },
            { "name": "order", "questions": [
                { "name": "seats", "label": "How many?", "required": true,
                  "ask": { "kind": "number", "low": 1, "high": 50 } },
                { "name": "postcode", "label": "Postcode",
                  "ask": { "kind": "text", "pattern": "AA9 9AA" } },
                { "name": "start_on", "label": "From when?",
                  "ask": { "kind": "date", "from": "2026-01-01" } },
              ], "next": "goodbye" },
            { "name": "goodbye", "text": "Thank you.", "ends": true },
        ],
    })
}

fn script(json: Value) -> Script {
    serde_json::from_value(json).unwrap()
}

fn answers(given: &[(&str, &str)]) -> Answers {
    given.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

fn told(json: Value) -> Vec<String> {
    script(json)
        .faults()
        .into_iter()
        .map(|fault| format!("{}: {}", fault.field, fault.why))
        .collect()
}

#[test]
fn a_sound_script_is_accepted_with_its_circle() {
    assert_eq!(told(offer()), [""; 0]);
}

#[test]
fn what_would_lose_an_agent_is_named_with_its_page() {
    let changed = |change: fn(&mut Value)| {
        let mut json = offer();
        change(&mut json);
        told(json).join("; ")
    };
    for (change, field, words) in [
        (
            (|json| json["pages"][1]["next"] = json!("nowhere")) as fn(&mut Value),
            "pages.1.next",
            "page \"objection\" names no page: \"nowhere\"",
        ),
        (|json| json["pages"][1]["next"] = json!(""), "pages.1.next", "dead end"),
        (|json| json["pages"][1]["name"] = json!("hello"), "pages.1.name", "another page too"),
        (
            |json| json["pages"][3]["ends"] = json!(false),
            "pages.3.next",
            "page \"goodbye\" is a dead",
        ),
        (
            |json| json["pages"][0]["text"] = json!("Hi {frist_name}"),
            "pages.0.text",
            "{frist_name}",
        ),
        (
            |json| json["pages"][2]["questions"][1]["name"] = json!("seats"),
            "pages.2.questions.1.name",
            "page \"order\" is the name of another question",
        ),
        (
            |json| json["pages"][2]["questions"][0]["ask"]["low"] = json!(60),
            "pages.2.questions.0.ask.high",
            "below the least",
        ),
        (|json| json["start"] = json!("gone"), "start", "names no page"),
        (|json| json["pages"][3]["next"] = json!("hello"), "pages.3.next", "must be empty"),
    ] {
        let told = changed(change);
        assert!(told.contains(field) && told.contains(words), "{field}, {words}: {told}");
    }
}

#[test]
fn a_page_that_nothing_leads_to_and_one_without_an_end_are_told() {
    let mut json = offer();
    json["pages"][0]["questions"][0]["ask"]["options"][1]["next"] = json!(null);
    assert_eq!(told(json), ["pages.1.name: page \"objection\" nothing leads here"]);
    let mut json = offer();
    json["pages"][0]["questions"][0]["ask"]["options"][2]["next"] = json!("trap");
    json["pages"].as_array_mut().unwrap().push(json!({ "name": "trap", "next": "trap" }));
    let told = told(json);
    assert!(told.len() == 1 && told[0].starts_with("pages.4.next: page \"trap\""), "{told:?}");
}

#[test]
fn a_choice_leads_and_what_is_missing_stops_the_way() {
    let script = script(offer());
    let walk = script.walk(&Answers::new());
    assert_eq!((walk.trail, walk.ended), (vec!["hello"], false));
    assert_eq!(walk.missing[0].question.name, "interest");
    let walk = script.walk(&answers(&[("interest", "yes")]));
    assert_eq!((walk.trail, walk.ended), (vec!["hello", "order"], false));
    let walk = script.walk(&answers(&[("interest", "yes"), ("seats", "3")]));
    assert_eq!((walk.trail, walk.ended), (vec!["hello", "order", "goodbye"], true));
    let walk = script.walk(&answers(&[("interest", "later")]));
    assert_eq!((walk.trail, walk.ended), (vec!["hello", "goodbye"], true));
    let round = script.walk(&answers(&[("interest", "no")]));
    assert_eq!((round.trail, round.ended), (vec!["hello", "objection"], false));
}

#[test]
fn an_answer_keeps_to_its_bounds_its_pattern_and_its_choices() {
    let script = script(offer());
    for (name, good) in [
        ("seats", "50"),
        ("seats", "1.5"),
        ("postcode", "SW1 2AB"),
        ("start_on", "2026-03-01"),
        ("interest", "no"),
        ("seats", ""),
    ] {
        assert_eq!(script.answer_faults(&answers(&[(name, good)])), [], "{name} {good}");
    }
    for (name, wrong) in [
        ("seats", "0"),
        ("seats", "50.0001"),
        ("seats", "many"),
        ("seats", "1e3"),
        ("postcode", "12345"),
        ("start_on", "2025-12-31"),
        ("start_on", "tomorrow"),
        ("interest", "perhaps"),
        ("nothing", "x"),
        ("seats", "1.00001"),
    ] {
        let faults = script.answer_faults(&answers(&[(name, wrong)]));
        assert_eq!(faults.len(), 1, "{name} {wrong}");
        assert_eq!(faults[0].field, name);
    }
}
