//! The detector of answering machines as a reviewer and a manager meet it (issue 6 point 8).

use std::time::Duration;

use dialer::campaign::Decision;
use dialer::gate::{Ask, Gate};
use dialer::permit::ChainHead;
use dialer::{Answerer, AttemptId, CallingWindow, CampaignSettings, Dnc, Lead, PermitRecord};
use jiff::Timestamp;
use routing::{CallId, CampaignId, CliOrigin, EffectiveCli, Number, RecordingId};
use serde_json::{Value, json};
use store::users::Role;
use store::{Direction, Event};
use uuid::Uuid;

use crate::house::{As, House, RECORDED};

fn id<T: From<Uuid>>(n: u128) -> T {
    Uuid::from_u128(n).into()
}

fn number(n: u128) -> Number {
    format!("+12125550{n:03}").parse().unwrap()
}

/// A permit for one attempt of the campaign.
fn permit(gate: &mut Gate, campaign: CampaignId, n: u128) -> Box<PermitRecord> {
    let now = Timestamp::now();
    let mut settings = CampaignSettings::new(campaign, "May");
    (settings.running, settings.window) = (true, CallingWindow::always());
    (settings.trunks, settings.lists) = (vec![id(2)], vec![id(1)]);
    let lead = Lead::new(id(0x1EAD + n), id(1), number(n));
    let cli = Ok(EffectiveCli { number: number(999), origin: CliOrigin::Campaign });
    let pacing = Decision {
        at: now,
        mode: "predictive".to_owned(),
        free_agents: 1,
        unserved: 0,
        free_lines: 10,
        dial: 1,
        forecast: None,
        one_to_one: None,
    };
    let (attempt, trunk) = (attempt(n), id(2));
    let ask = Ask { attempt, campaign: &settings, lead: &lead, trunk, cli: &cli, pacing: &pacing };
    Box::new(gate.check(now, &ask).unwrap().record().clone())
}

fn attempt(n: u128) -> AttemptId {
    id(0xA77 + n)
}

fn call(n: u128) -> CallId {
    id(0xCA11 + n)
}

/// Of four answered calls one was taken for a person, whom an agent met, and three for machines:
/// an agent met one of these, and two greetings wait for a reviewer.
async fn judged(house: &House, campaign: CampaignId) {
    let mut gate = Gate::new(Dnc::default(), ChainHead::START);
    let mut events = vec![];
    for (n, answerer, met, taped) in [
        (0, Answerer::Person, Some(false), true),
        (1, Answerer::Machine, Some(false), false),
        (2, Answerer::Machine, None, true),
        (3, Answerer::Machine, None, true),
    ] {
        let (call, attempt, recording) = (call(n), attempt(n), id::<RecordingId>(RECORDED + n - 2));
        events.push(Event::Permitted { permit: permit(&mut gate, campaign, n), call });
        events.push(Event::CallStarted {
            call,
            direction: Direction::Outbound,
            calling: number(999).to_string(),
            called: number(n).to_string(),
            campaign: Some(campaign),
            queue: None,
            did: None,
            attempt: Some(attempt),
            trunk: None,
        });
        if taped {
            events.push(Event::VerdictTaped { recording, call, attempt, campaign });
        }
        let (why, audited) = (format!("{answerer}: so it sounded"), met.is_some());
        let at_ms = 1_500;
        events.push(Event::Judged { call, attempt, campaign, answerer, why, at_ms, audited });
        if taped && answerer == Answerer::Machine {
            let (duration_ms, gap_ms, chain) = (1_500, 0, "ab".repeat(32));
            let interrupted = false;
            let ended =
                Event::RecordingEnded { recording, duration_ms, gap_ms, chain, interrupted };
            events.push(ended);
        } else if taped {
            events.push(Event::VerdictDropped { recording });
        }
        events.extend(met.map(|machine| Event::Disposed {
            call,
            agent: id(9),
            campaign: Some(campaign),
            lead: None,
            code: "met".to_owned(),
            notes: String::new(),
            callback_at: None,
            dnc: None,
            machine,
            recycle: None,
        }));
    }
    house.happened(events).await;
    // What was is before the house's own clock.
    house.pass(Duration::from_mins(1));
}

/// A campaign with its verdicts, an administrator, and a reviewer who may do nothing else.
async fn at_work(house: &House) -> (As<'_>, As<'_>, String) {
    let admin = house.set_up().await;
    let campaign = admin.post("/v1/campaigns", &json!({ "name": "May" })).await.id();
    judged(house, campaign.parse().unwrap()).await;
    let role = json!({ "name": "Reviewer", "grants": { "verdicts_review": "all" } });
    let role = admin.post("/v1/roles", &role).await.id().parse::<Uuid>().unwrap();
    let reviewer = house.user("rita", Role::Custom(role.into()), None).await;
    (admin, reviewer, campaign)
}

fn path(n: u128) -> String {
    format!("/v1/verdicts/{}", Uuid::from_u128(RECORDED + n - 2))
}

fn waiting(found: &Value) -> Vec<&str> {
    let items = found["items"].as_array().unwrap().iter();
    items.map(|verdict| verdict["id"].as_str().unwrap()).collect()
}

/// A reviewer hears what was taken for a machine and says who it was, before they are told what the
/// detector said; what a person said is not there.
#[tokio::test]
async fn a_reviewer_hears_a_machine_and_says_who_it_was() {
    let house = House::new().await;
    let (_, rita, campaign) = at_work(&house).await;
    let asked = format!("/v1/verdicts?judged=false&campaign={campaign}");
    let found = rita.get(&asked).await.expect(200);
    let [third, second] = [3, 2].map(|n| Uuid::from_u128(RECORDED + n - 2).to_string());
    let mut ids = waiting(&found);
    ids.sort_unstable();
    assert_eq!(ids, [second.as_str(), third.as_str()]);
    assert_eq!(
        (&found["items"][0]["why"], &found["items"][0]["met"]),
        (&json!(null), &json!(null))
    );
    let audio = rita.get(&format!("{}/audio", path(2))).await;
    assert_eq!((audio.status.as_u16(), audio.header("content-type")), (200, "audio/wav".into()));
    let met = format!("{}/met", path(2));
    let told = rita.put(&met, None, &json!({ "met": "person" })).await.expect(200);
    assert_eq!((&told["met"], &told["met_by"]), (&json!("person"), &json!("rita")));
    assert_eq!(told["why"], "machine: so it sounded");
    assert_eq!(waiting(&rita.get(&asked).await.expect(200)), [third]);
    assert_eq!(rita.put(&met, None, &json!({ "met": "ghost" })).await.problem(422), "/met");
    for gone in [0, 1, 9] {
        rita.get(&format!("{}/audio", path(gone))).await.problem(404);
        let met = format!("{}/met", path(gone));
        rita.put(&met, None, &json!({ "met": "machine" })).await.problem(404);
    }
}

/// The permission opens the review and nothing else; without it the review is closed.
#[tokio::test]
async fn who_may_not_review_hears_nothing() {
    let house = House::new().await;
    let (admin, rita, campaign) = at_work(&house).await;
    rita.get(&format!("/v1/campaigns/{campaign}/amd")).await.problem(403);
    rita.get("/v1/recordings").await.problem(403);
    let role = json!({ "name": "Records", "grants": { "recordings_read": "all" } });
    let role = admin.post("/v1/roles", &role).await.id().parse::<Uuid>().unwrap();
    let other = house.user("paul", Role::Custom(role.into()), None).await;
    other.get("/v1/verdicts").await.problem(403);
    other.get(&format!("{}/audio", path(2))).await.problem(403);
    let met = format!("{}/met", path(2));
    other.put(&met, None, &json!({ "met": "machine" })).await.problem(403);
}

/// The report is the matrix with its intervals: agents and reviewers count together, whoever is
/// unclear counts as neither, and whoever changes their mind is believed.
#[tokio::test]
async fn the_report_holds_verdicts_against_agents_and_reviewers() {
    let house = House::new().await;
    let (admin, rita, campaign) = at_work(&house).await;
    let report = format!("/v1/campaigns/{campaign}/amd");
    let before = admin.get(&report).await.expect(200);
    let row = |calls: u64, people: u64, machines: u64, reviewed: u64| {
        let known = json!({ "calls": calls, "people": people, "machines": machines });
        let mut row = known.as_object().unwrap().clone();
        row.insert("reviewed".to_owned(), reviewed.into());
        Value::Object(row)
    };
    assert_eq!((&before["person"], &before["machine"]), (&row(1, 1, 0, 0), &row(3, 1, 0, 0)));
    assert_eq!(before["uncertain"], row(0, 0, 0, 0));
    assert_eq!((&before["false_positives"]["of"], &before["missed"]["of"]), (&json!(1), &json!(1)));

    let say = async |n: u128, met: &str| {
        rita.put(&format!("{}/met", path(n)), None, &json!({ "met": met })).await.expect(200);
    };
    say(2, "unclear").await;
    assert_eq!(admin.get(&report).await.expect(200)["machine"], row(3, 1, 0, 0));
    say(2, "machine").await;
    say(3, "machine").await;
    let after = admin.get(&report).await.expect(200);
    assert_eq!(after["machine"], row(3, 1, 2, 2));
    let charged = &after["false_positives"];
    assert_eq!(charged["of"], 3);
    let near = |field: &str, expected: f64| {
        let value = charged[field].as_f64().unwrap();
        assert!((value - expected).abs() < 0.000_5, "{field} {value}");
    };
    // Wilson's interval of one in three.
    near("share", 1.0 / 3.0);
    near("low", 0.0615);
    near("high", 0.7923);
    let earlier = format!("{report}?to=2020-01-01T00:00:00Z");
    assert_eq!(admin.get(&earlier).await.expect(200)["machine"], row(0, 0, 0, 0));
    admin.get(&format!("{report}?since=1")).await.problem(400);
    let nobody = Uuid::from_u128(77);
    admin.get(&format!("/v1/campaigns/{nobody}/amd")).await.problem(404);
}
