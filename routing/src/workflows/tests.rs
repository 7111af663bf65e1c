//! What is refused, what a caller meets, and that every caller leaves; in virtual time.

use super::*;
use jiff::civil::DateTime;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};

const QUEUE: &str = "00000000-0000-0000-0000-000000000003";

fn workflow(start: &str, steps: &Value) -> Workflow {
    let id = "00000000-0000-0000-0000-000000000001";
    let json = json!({ "id": id, "name": "Front", "start": start, "steps": steps });
    serde_json::from_value(json).unwrap()
}

/// Hours, then a menu; nobody here leaves a message.
fn front() -> Workflow {
    workflow(
        "hours",
        &json!({
            "hours": {
                "do": "hours", "time_zone": "Europe/London",
                "hours": [{ "days": ["mon", "tue", "wed", "thu", "fri"],
                    "from": "09:00:00", "to": "17:00:00" }],
                "closed_on": ["2026-12-25"], "open": "menu", "closed": "message",
            },
            "menu": {
                "do": "gather", "clip": "welcome", "digits_max": 2, "wait_ms": 4_000, "tries": 2,
                "choices": { "1": "sales", "12": "who" }, "otherwise": "message",
            },
            "who": { "do": "lookup", "found": "sales", "unknown": "message" },
            "sales": { "do": "queue", "queue": QUEUE },
            "message": { "do": "voicemail", "mailbox": { "of": "queue", "queue": QUEUE } },
        }),
    )
}

fn faults(start: &str, steps: &Value) -> Vec<String> {
    workflow(start, steps).faults().iter().map(ToString::to_string).collect()
}

#[test]
fn a_sound_workflow_has_no_fault_and_reads_as_it_was_written() {
    assert_eq!(front().faults(), []);
    let written = serde_json::to_value(front()).unwrap();
    assert_eq!(serde_json::from_value::<Workflow>(written).unwrap(), front());
}

/// Issue 5, point 7: dead ends, unknown targets, and steps that nothing leads to.
#[test]
fn whatever_would_lose_a_caller_is_told_with_the_name_of_its_step() {
    let end = json!({ "do": "hang_up" });
    let told = faults("hello", &json!({ "hello": { "do": "play", "clip": "a" } }));
    assert_eq!(told, ["steps.hello.then: is a dead end: name the step that follows"]);
    let lost = json!({ "do": "play", "clip": "a", "then": "nowhere" });
    let told = faults("hello", &json!({ "hello": lost }));
    assert_eq!(told, ["steps.hello.then: names no step: \"nowhere\""]);
    let told = faults("hello", &json!({ "hello": end, "other": end }));
    assert_eq!(told, ["steps.other: nothing leads here"]);
    assert_eq!(faults("gone", &json!({ "end": end })), ["start: names no step: \"gone\""]);
    let told = faults("end", &json!({ "end": end, "Bad name": end }));
    assert!(told[0].starts_with("steps.Bad name: must be named by"), "{told:?}");
}

/// Issue 5, point 7: a loop without input, be it that a caller who stays silent would go round it.
#[test]
fn a_circle_that_needs_no_key_is_refused_and_one_that_needs_a_key_is_not() {
    let play = |then: &str| json!({ "do": "play", "clip": "a", "then": then });
    let told = faults("one", &json!({ "one": play("two"), "two": play("one") }));
    assert_eq!(told, ["steps.one: goes round without a key pressed: one → two → one"]);
    let menu = |again: &str, otherwise: &str| {
        let choices = json!({ "9": again });
        json!({ "do": "gather", "choices": choices, "otherwise": otherwise })
    };
    let end = json!({ "do": "hang_up" });
    let silent = json!({ "hello": play("menu"), "menu": menu("end", "hello"), "end": end });
    let told = faults("hello", &silent);
    assert_eq!(told, ["steps.hello: goes round without a key pressed: hello → menu → hello"]);
    let pressed = json!({ "hello": play("menu"), "menu": menu("hello", "end"), "end": end });
    assert_eq!(faults("hello", &pressed), [""; 0]);
}

#[test]
fn every_limit_of_a_step_names_its_field() {
    let end = json!({ "do": "hang_up" });
    let told = |step: Value| faults("step", &json!({ "step": step, "end": end })).join("\n");
    for (step, field) in [
        (json!({ "do": "play", "clip": "a\nb", "then": "end" }), "steps.step.clip: must be one"),
        (
            json!({ "do": "gather", "choices": { "12": "end" }, "otherwise": "end" }),
            "steps.step.choices.12: must be 0-9",
        ),
        (json!({ "do": "gather", "otherwise": "end" }), "steps.step.choices: must name a choice"),
        (
            json!({ "do": "gather", "into": "Card", "then": "end", "otherwise": "end" }),
            "steps.step.into: must be a name",
        ),
        (
            json!({ "do": "set", "value": "x", "to": "", "then": "end" }),
            "steps.step.to: must not be empty",
        ),
        (
            json!({ "do": "set", "value": "calling", "to": "x", "then": "end" }),
            "steps.step.value: must not be",
        ),
        (
            json!({ "do": "webhook", "url": "ftp://a", "then": "end", "failed": "end" }),
            "steps.step.url: must be https",
        ),
        (
            json!({ "do": "webhook", "url": "https://u@a/", "then": "end", "failed": "end" }),
            "steps.step.url: must be https",
        ),
        (
            json!({ "do": "webhook", "url": "https://a", "wait_ms": 1, "then": "end",
                "failed": "end" }),
            "steps.step.wait_ms: must be from 100 to 10000",
        ),
        (
            json!({ "do": "hours", "time_zone": "Europe/London", "hours": [], "open": "end",
                "closed": "end" }),
            "steps.step.hours: must be 1 to 21",
        ),
        (
            json!({ "do": "branch", "value": "lead", "cases": {}, "otherwise": "end" }),
            "steps.step.cases: must be 1 to 50",
        ),
    ] {
        let told = told(step);
        assert!(told.contains(field), "{field}: {told}");
    }
}

/// A call in a workflow, at noon of a Wednesday unless told otherwise.
struct Call {
    run: Run,
    now: Instant,
    shown: DateTime,
}

impl Call {
    fn of(workflow: Workflow) -> Self {
        let run = Run::new(Arc::new(workflow), "+12025550111", "+12025550100");
        Self { run, now: crate::origin(), shown: "2026-03-18T12:00:00".parse().unwrap() }
    }

    fn gets(&mut self, input: Input) -> Vec<Act> {
        let (mut out, shown) = (vec![], self.shown);
        let local = |_: &str| Some(shown);
        self.run.handle(Moment { at: self.now, local: &local }, input, &mut out);
        out
    }

    fn waits(&mut self, ms: u64) -> Vec<Act> {
        self.now += Duration::from_millis(ms);
        self.gets(Input::Tick)
    }
}

fn enter(step: &str) -> Act {
    Act::Enter(step.to_owned())
}

fn play(clip: &str, ticket: u64) -> Act {
    Act::Play { clip: clip.to_owned(), ticket }
}

fn sales() -> Act {
    Act::Leave(Exit::Queue { queue: QUEUE.parse().unwrap() })
}

fn message() -> Act {
    let mailbox = Mailbox::Queue { queue: QUEUE.parse().unwrap() };
    Act::Leave(Exit::Voicemail { mailbox })
}

/// A key ends the clip; where a longer choice begins alike, the time for a key decides.
#[test]
fn a_caller_presses_a_key_into_the_clip_and_is_in_the_queue_when_no_other_follows() {
    let mut call = Call::of(front());
    assert_eq!(call.gets(Input::Begin), [enter("hours"), enter("menu"), play("welcome", 1)]);
    assert_eq!(call.gets(Input::Key('1')), [Act::Quiet]);
    assert_eq!(call.waits(3_999), []);
    assert_eq!(call.waits(1), [enter("sales"), sales()]);
    assert_eq!(call.run.deadline(), None);
    assert_eq!(call.gets(Input::Key('1')), [], "a call that left is not led");
}

#[test]
fn whoever_presses_nothing_is_asked_again_and_then_led_on() {
    let mut call = Call::of(front());
    call.gets(Input::Begin);
    assert_eq!(call.gets(Input::Played(1)), [Act::Quiet]);
    assert_eq!(call.waits(4_000), [play("welcome", 2)]);
    assert_eq!(call.gets(Input::Played(1)), [], "the end of the first play");
    assert_eq!(call.gets(Input::Played(2)), [Act::Quiet]);
    assert_eq!(call.waits(4_000), [enter("message"), message()]);
}

#[test]
fn a_wrong_key_is_a_try_and_the_hash_key_ends_the_keys_early() {
    let mut call = Call::of(front());
    call.gets(Input::Begin);
    assert_eq!(call.gets(Input::Key('7')), [Act::Quiet]);
    assert_eq!(call.gets(Input::Key('#')), [play("welcome", 2)]);
    call.gets(Input::Key('1'));
    assert_eq!(call.gets(Input::Key('#')), [enter("sales"), sales()]);
}

/// Issue 5, point 7: opening hours with holidays, by the clock of the place.
#[test]
fn outside_the_hours_and_on_a_holiday_the_caller_leaves_a_message() {
    for shown in ["2026-03-18T08:59:59", "2026-03-18T17:00:00", "2026-12-25T12:00:00"] {
        let mut call = Call::of(front());
        call.shown = shown.parse().unwrap();
        let acts = call.gets(Input::Begin);
        assert_eq!(acts, [enter("hours"), enter("message"), message()], "{shown}");
    }
}

/// A look-up has two seconds; its answer is told from a late one by its ticket.
#[test]
fn a_lookup_that_is_not_answered_in_time_counts_as_unknown() {
    let mut call = Call::of(front());
    call.gets(Input::Begin);
    call.gets(Input::Key('1'));
    let question = Question::Lead { number: "+12025550111".to_owned() };
    let asked = Act::Ask { ticket: 2, question };
    assert_eq!(call.gets(Input::Key('2')), [enter("who"), Act::Quiet, asked]);
    assert_eq!(call.gets(Input::Answered(1, Answer::Found(Values::new()))), []);
    assert_eq!(call.waits(1_999), []);
    assert_eq!(call.waits(1), [enter("message"), message()]);
    assert_eq!(call.gets(Input::Answered(2, Answer::Found(Values::new()))), [], "too late");
}

/// FAULTS S11, S12: a server's answer sets values of sound names and texts, and never who calls.
#[test]
fn a_server_decides_by_values_and_cannot_change_who_calls() {
    let ask = json!({
        "ask": { "do": "webhook", "url": "https://crm.example/ivr", "wait_ms": 800,
            "then": "by_number", "failed": "end" },
        "by_number": { "do": "branch", "value": "calling", "cases": { "+12025550111": "tier" },
            "otherwise": "end" },
        "tier": { "do": "branch", "value": "tier", "cases": { "gold": "sales" },
            "otherwise": "end" },
        "sales": { "do": "queue", "queue": QUEUE },
        "end": { "do": "hang_up" },
    });
    let mut call = Call::of(workflow("ask", &ask));
    let asked = call.gets(Input::Begin);
    let Some(Act::Ask { question: Question::Webhook { within, values, step, .. }, .. }) =
        asked.last()
    else {
        panic!("{asked:?}")
    };
    assert_eq!((within.as_millis(), step.as_str(), values.len()), (800, "ask", 2));
    let answer = [("tier", "gold"), ("calling", "+15550100"), ("A b", "c"), ("line", "a\nb")];
    let answer = answer.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
    let acts = call.gets(Input::Answered(1, Answer::Found(answer)));
    assert_eq!(acts, [enter("by_number"), enter("tier"), enter("sales"), sales()]);
    let mut late = Call::of(workflow("ask", &ask));
    late.gets(Input::Begin);
    assert_eq!(late.waits(800), [enter("end"), Act::Leave(Exit::HangUp)]);
}

/// Issue 5, point 7: the ladder of a made-up caller, to the millisecond.
#[test]
fn a_simulated_caller_climbs_the_same_steps() {
    let given = Given { keys: ",12".to_owned(), lead: Some(Values::new()), ..Given::default() };
    let shown = |_: &str, after| {
        "2026-03-18T16:59:00"
            .parse::<DateTime>()
            .ok()?
            .checked_add(jiff::SignedDuration::try_from(after).ok()?)
            .ok()
    };
    let ladder = simulate(&front(), &given, crate::origin(), shown);
    let told = |rung: &Rung| serde_json::to_value(&rung.told).unwrap()["what"].to_string();
    let told: Vec<_> = ladder
        .iter()
        .map(|rung| format!("{} {} {}", rung.at_ms, rung.step, told(rung).trim_matches('"')))
        .collect();
    assert_eq!(
        told,
        [
            "0 hours entered",
            "0 menu entered",
            "0 menu played",
            "7000 menu silent",
            "7000 menu played",
            "10500 menu pressed",
            "11000 menu pressed",
            "11000 who entered",
            "11000 who looked_up",
            "11000 sales entered",
            "11000 sales left",
        ]
    );
}

/// Who is told that they are on the list is on it: a withheld number goes the other way.
#[test]
fn a_callers_number_is_listed_where_there_is_one() {
    let steps = json!({
        "list": { "do": "do_not_call", "then": "bye", "unknown": "sorry" },
        "bye": { "do": "play", "clip": "listed", "then": "end" },
        "sorry": { "do": "play", "clip": "sorry", "then": "end" },
        "end": { "do": "hang_up" },
    });
    assert_eq!(faults("list", &json!({ "list": { "do": "do_not_call" } })).len(), 2);
    let told = |calling: &str| {
        let given = Given { calling: calling.to_owned(), ..Given::default() };
        let ladder = simulate(&workflow("list", &steps), &given, crate::origin(), |_, _| None);
        let forbidden = ladder.iter().find_map(|rung| match rung.told {
            Told::Forbidden { number } => Some(number.to_string()),
            _ => None,
        });
        (forbidden, ladder.iter().any(|rung| rung.step == "bye"))
    };
    assert_eq!(told("+12025550111"), (Some("+12025550111".to_owned()), true));
    for withheld in ["", "anonymous", "1000"] {
        assert_eq!(told(withheld), (None, false), "{withheld}");
    }
}

/// Sound workflows of any shape: without a key a step leads to a later one, by a key anywhere.
fn any_workflow() -> impl Strategy<Value = Workflow> {
    let step = (0_u8..7, 0_usize..40, 0_usize..40);
    proptest::collection::vec(step, 0..12).prop_map(|shapes| {
        let last = shapes.len();
        let name = |index: usize| format!("s{index}");
        let steps = shapes.iter().enumerate().map(|(index, (kind, one, other))| {
            let later = |to: usize| name(index + 1 + to % (last - index));
            let (any, one, other) = (name(one % (last + 1)), later(*one), later(*other));
            let step = match kind {
                0 => json!({ "do": "play", "clip": "a", "then": one }),
                1 => json!({ "do": "gather", "choices": { "1": any }, "otherwise": other }),
                2 => json!({ "do": "lookup", "found": one, "unknown": other }),
                3 => json!({ "do": "branch", "value": "calling", "cases": { "x": one },
                    "otherwise": other }),
                4 => json!({ "do": "gather", "into": "keys", "then": any, "otherwise": other,
                    "tries": 1, "clip": "b" }),
                5 => json!({ "do": "do_not_call", "then": one, "unknown": other }),
                _ => json!({ "do": "hang_up" }),
            };
            (name(index), step)
        });
        let end = (name(last), json!({ "do": "hang_up" }));
        let mut drawn = workflow("s0", &Value::Object(steps.chain([end]).collect()));
        let unreached = drawn.faults();
        let field = |name: &str| format!("steps.{name}");
        drawn.steps.retain(|name, _| unreached.iter().all(|at| at.field != field(name)));
        drawn
    })
}

proptest! {
    /// Whatever is accepted lets every caller out: a silent one at each step once, and one who
    /// presses keys for ever after 500 steps.
    #[test]
    fn no_caller_is_lost_in_a_workflow_that_was_accepted(
        workflow in any_workflow(),
        keys in "[1,]{0,40}",
        known in any::<bool>(),
    ) {
        prop_assert_eq!(workflow.faults(), []);
        let lead = known.then(Values::new);
        for keys in [String::new(), keys, "1".repeat(600)] {
            let given = Given { keys: keys.clone(), lead: lead.clone(), ..Given::default() };
            let ladder = simulate(&workflow, &given, crate::origin(), |_, _| None);
            let left = matches!(ladder.last(), Some(Rung { told: Told::Left { .. }, .. }));
            prop_assert!(left, "{keys:?}: {ladder:?}");
            let taken = ladder.iter().filter(|rung| rung.told == Told::Entered).count();
            let most = if keys.is_empty() { workflow.steps.len() } else { 500 };
            prop_assert!(taken <= most);
        }
    }
}
