//! The twins against the originals: every word, and a full value of every shape.

use super::*;
use dialer::campaign::Cause;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use store::attempts::AttemptRecord;
use store::calls::{
    CallLeg as CallLegRecord, CallRecord, CallStep as CallStepRecord, CallTalk as CallTalkRecord,
};
use uuid::Uuid;

#[expect(clippy::needless_pass_by_value, reason = "each value is made for this call")]
/// The domain writes, the twin reads and writes again, and nothing is lost or added.
fn same<Twin: Serialize + DeserializeOwned>(written: Value) {
    let read: Twin = serde_json::from_value(written.clone())
        .unwrap_or_else(|error| panic!("{error}: {written}"));
    assert_eq!(serde_json::to_value(&read).unwrap(), written);
}

fn record<Twin: Serialize + DeserializeOwned>(original: &impl Serialize) {
    same::<Twin>(serde_json::to_value(original).unwrap());
}

/// A setting's twin leaves the id out: it is not the client's to give.
fn setting<Twin: Serialize + DeserializeOwned>(original: &impl Serialize) {
    let mut written = serde_json::to_value(original).unwrap();
    written.as_object_mut().unwrap().remove("id");
    same::<Twin>(written);
}

/// Every word of the twin is one of the original, and as many as `count`.
fn same_words<Twin: Serialize + Copy, Original: Serialize + DeserializeOwned>(
    all: &[Twin],
    count: usize,
) {
    assert_eq!(all.len(), count);
    for word in all {
        let written = serde_json::to_value(word).unwrap();
        let read: Original = serde_json::from_value(written.clone())
            .unwrap_or_else(|error| panic!("{error}: {written}"));
        assert_eq!(serde_json::to_value(&read).unwrap(), written);
    }
}

/// How many words an enum of the domain has: serde lists them when it refuses one.
fn count<Original: DeserializeOwned + std::fmt::Debug>() -> usize {
    let refusal = serde_json::from_value::<Original>(json!("no such word")).unwrap_err();
    let text = refusal.to_string();
    let (_, known) = text.split_once("expected ").unwrap();
    let words = known.split('`').skip(1).step_by(2);
    words.count()
}

macro_rules! words_match {
    ($($twin:ty => $original:ty,)+) => {
        $(same_words::<$twin, $original>(<$twin>::ALL, count::<$original>());)+
    };
}

#[test]
fn every_word_has_its_twin_and_no_twin_is_alone() {
    words_match! {
        AgentState => routing::StateName,
        AgentAction => routing::Action,
        Attendance => routing::Attendance,
        Counts => routing::Counts,
        PauseClass => routing::PauseClass,
        ReportGrouping => store::reports::Grouping,
        FigureUnit => store::reports::Unit,
        Fault => routing::Fault,
        words::Priority => routing::Priority,
        words::Tier => routing::Tier,
        words::AgentOrder => routing::AgentOrder,
        words::ConnectionMode => routing::ConnectionMode,
        words::DigestChoice => routing::DigestChoice,
        words::KnownCaller => routing::KnownCaller,
        words::Lifecycle => routing::Lifecycle,
        Login => routing::Login,
        SignIn => store::sign_in::SignIn,
        words::CliOrigin => routing::CliOrigin,
        words::CliTrouble => dialer::cli_health::Trouble,
        words::PausePolicy => routing::PausePolicy,
        words::Transport => routing::Transport,
        words::FromRule => routing::trunks::FromRule,
        words::Asserted => routing::trunks::Asserted,
        words::Diverted => routing::trunks::Diverted,
        words::NumberFormat => routing::trunks::NumberFormat,
        words::UriForm => routing::trunks::UriForm,
        words::Codec => routing::Codec,
        words::Srtp => routing::trunks::Srtp,
        LeadStatus => dialer::LeadStatus,
        Outcome => dialer::Outcome,
        Permission => store::roles::Permission,
        Scope => store::roles::Scope,
        CallDirection => store::Direction,
        words::Party => store::Party,
        words::WindowProfile => dialer::window::WindowProfile,
        webhooks::WebhookEvent => store::webhooks::WebhookEvent,
        webhooks::DeliveryState => store::webhooks::outbox::DeliveryState,
        words::CallbackClosing => dialer::callbacks::Closing,
        words::PlaceEnd => routing::PlaceEnd,
        words::ConsentKind => dialer::ConsentKind,
        words::ConsentRule => dialer::rules::ConsentRule,
        words::Answerer => dialer::Answerer,
        words::Met => store::verdicts::Met,
        words::Order => dialer::campaigns::Order,
        words::Judge => dialer::campaigns::Judge,
        words::OnMachine => dialer::OnMachine,
        words::ConnectFrom => dialer::campaigns::ConnectFrom,
        words::CapBy => dialer::rules::CapBy,
        words::Period => dialer::abandon::Period,
        words::Rank => dialer::pacer::Rank,
    }
}

fn read<T: DeserializeOwned>(json: Value) -> T {
    serde_json::from_value(json).unwrap()
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

#[test]
fn settings_have_the_fields_that_their_twins_show() {
    let agent: routing::Agent = read(json!({
        "id": id(1), "number": 1427, "code": "E-1427", "first_name": "Ada", "last_name": "Byron",
        "username": "ada", "email": "ada@example.net", "teams": [id(2)],
        "campaigns": [{ "campaign": id(3), "priority": "high" }],
        "queues": [{ "queue": id(4), "tier": "secondary", "level": 3, "calls_max": 2 }],
        "cli": "+15550100123", "time_zone": "Europe/London",
        "connection": { "phone": "+15550100124" },
    }));
    setting::<Agent>(&agent);
    let trunk: routing::Trunk = read(json!({
        "id": id(1), "name": "Carrier", "addresses": [{ "host": "192.0.2.1" }],
        "sources": ["192.0.2.2"], "destinations": ["44"], "domain": "carrier.example",
        "registration": { "user": "44207946" },
        "numbers": { "format": "national", "country": "44" },
        "daily": { "minutes": 600, "spend": 9000, "prices": [{ "prefix": "44", "per_minute": 9 }] },
        "cli": { "rule": "fixed", "number": "+15550100123" },
    }));
    setting::<Trunk>(&trunk);
    let cli: routing::Cli = read(json!({ "id": id(1), "number": "+15550100123", "label": "x" }));
    setting::<Cli>(&cli);
    let did: routing::Did = read(json!({
        "id": id(1), "number": "+15550100123", "target": { "to": "agent", "agent": id(2) },
        "campaign": id(3), "unavailable": { "to": "agent", "agent": id(4) },
    }));
    setting::<Did>(&did);
    let queue: routing::Queue = read(json!({
        "id": id(1), "name": "Support", "overflow": { "to": "queue", "queue": id(2) },
        "call_back": { "campaign": id(3) }, "comfort": "Patience",
        "opening": {
            "time_zone": "Europe/London", "closed_on": ["2026-12-25"],
            "hours": [{ "days": ["mon"], "from": "09:00:00", "to": "17:00:00" }],
            "closed": { "to": "number", "number": "+15550100123" },
        },
    }));
    setting::<Queue>(&queue);
    let organisation: routing::Organisation = read(json!({
        "name": "Acme", "prefix": "50143", "time_zone": "Europe/London", "cli": "+15550100123",
    }));
    setting::<Organisation>(&organisation);
    let entry: routing::PhonebookEntry =
        read(json!({ "id": id(1), "name": "Taxi", "number": "+15550100123", "note": "24 h" }));
    setting::<PhonebookEntry>(&entry);
    let rule: store::retention::RetentionRule =
        read(json!({ "id": id(1), "campaign": id(2), "recordings_days": 90 }));
    setting::<RetentionRule>(&rule);
    for target in [
        json!({ "of": "campaign", "campaign": id(2) }),
        json!({ "of": "list", "list": id(2) }),
        json!({ "of": "call", "call": id(2) }),
        json!({ "of": "number", "number": "+15550100123" }),
    ] {
        let hold: store::holds::LegalHold =
            read(json!({ "id": id(1), "target": target, "reason": "Case 17" }));
        setting::<LegalHold>(&hold);
    }
    let prompt: routing::Prompt = read(json!({
        "id": id(1), "name": "Welcome", "text": "Hello", "source": "PCM 16 bit", "sha256": "ab",
        "duration_ms": 1, "loudness_db": -20, "peak_db": -6, "clipped": 0,
    }));
    setting::<super::prompts::Prompt>(&prompt);
    let team: routing::Team = read(json!({ "id": id(1), "name": "Loans" }));
    setting::<Team>(&team);
    let list: store::lists::List = read(json!({ "id": id(1), "name": "May", "source": "may.csv" }));
    setting::<List>(&list);
    let reason: store::pause_reasons::OfferedReason =
        read(json!({ "id": id(1), "class": "break", "text": "Lunch" }));
    setting::<OfferedReason>(&reason);
    record::<PauseReason>(&reason.reason);
}

#[test]
fn a_webhook_its_health_and_what_it_is_told_have_the_fields_that_their_twins_show() {
    use store::webhooks::message::{LeadTold, Message, Told};
    use store::webhooks::outbox::{Delivery as Sent, DeliveryState, Health};
    let hook: store::webhooks::Webhook = read(json!({
        "id": id(1), "name": "CRM", "url": "https://crm.example.net/", "events": ["call_ended"],
        "campaigns": [id(2)], "queues": [id(3)],
    }));
    setting::<Webhook>(&hook);
    record::<webhooks::WebhookHealth>(&Health::default());
    for word in webhooks::Finished::ALL {
        let written = serde_json::to_value(word).unwrap();
        assert!(read::<DeliveryState>(written) != DeliveryState::Waiting);
    }
    let at = Timestamp::UNIX_EPOCH;
    record::<Delivery>(&Sent {
        id: id(1),
        webhook: id(2),
        sequence: 7,
        event: "call_ended".to_owned(),
        at,
        state: DeliveryState::Dead,
        tries: 3,
        due_at: at,
        tried_at: Some(at),
        status: Some(503),
        answer: Some("later".to_owned()),
    });
    let lead = dialer::Lead::new(id(1).into(), id(2).into(), "+15550100123".parse().unwrap());
    let lead = Some(LeadTold::from(lead));
    for told in everything_told() {
        let (id, lead) = (id(9), lead.clone());
        let message = Message { id, sequence: 7, at, told, call: Some(call()), lead };
        record::<webhooks::WebhookMessage>(&message);
    }
    let test = Message { id: id(9), sequence: 0, at, told: Told::Test {}, call: None, lead: None };
    record::<webhooks::WebhookMessage>(&test);
}

/// Each event with all that it can say.
fn everything_told() -> Vec<store::webhooks::message::Told> {
    use store::webhooks::message::Told as T;
    let (at, agent) = (Timestamp::UNIX_EPOCH, id(1).into());
    let reason = routing::PauseReason { class: routing::PauseClass::Break, text: None };
    vec![
        T::CallStarted {},
        T::CallAnswered {},
        T::CallQueued { queue: id(2).into() },
        T::CallConnected { agent, answer_to_agent_us: 900 },
        T::CallTransferred { agent, attended: true, to: "+15550100124".to_owned() },
        T::CallAbandoned { noticed: true },
        T::CallEnded {},
        T::CallDisposed {
            agent,
            code: "SALE".to_owned(),
            notes: "x".to_owned(),
            callback_at: Some(at),
            do_not_call: true,
            machine: false,
        },
        T::OptedOut { number: "+15550100123".parse().unwrap(), key: Some('9') },
        T::AttemptEnded {
            attempt: id(3).into(),
            outcome: dialer::Outcome::Busy,
            sip: Some(486),
            q850: Some(17),
            attempts: 2,
        },
        T::CallbackPromised {
            callback: id(4).into(),
            campaign: id(5).into(),
            number: "+15550100123".parse().unwrap(),
            due_at: at,
            owner: Some(agent),
            note: "x".to_owned(),
            by: Some(agent),
        },
        T::CallbackClosed { callback: id(4).into(), closing: dialer::callbacks::Closing::Kept },
        T::RecordingReady {
            recording: id(6).into(),
            duration_ms: 9,
            gap_ms: 0,
            interrupted: false,
        },
        T::VoicemailLeft {
            voicemail: id(6).into(),
            mailbox: routing::Mailbox::Agent { agent },
            duration_ms: 9,
        },
        T::AgentInterval {
            agent,
            state: read(json!("ready")),
            counts: read(json!("ready")),
            reason: Some(reason),
            from: at,
            to: at,
        },
        T::AgentClocked { agent, clocked_in: true, reason: None, unit: Some(id(7).into()) },
    ]
}

#[test]
fn every_question_of_a_script_has_the_fields_that_its_twin_shows() {
    let script: routing::Script = read(json!({
        "id": id(1), "name": "Offer", "start": "a", "pages": [{
            "name": "a", "title": "A", "text": "Hello {first_name}", "next": "", "ends": true,
            "questions": [
                question("b", &json!({ "kind": "choice",
                    "options": [{ "value": "x", "label": "X", "next": "a" }] })),
                question("c", &json!({ "kind": "text", "length_max": 9, "pattern": "99" })),
                question("d", &json!({ "kind": "number", "low": 1, "high": 2 })),
                question("e", &json!({ "kind": "date", "from": "2026-01-01", "to": null })),
            ],
        }],
    }));
    setting::<Script>(&script);
}

fn question(name: &str, ask: &serde_json::Value) -> serde_json::Value {
    json!({ "name": name, "label": name, "required": true, "ask": ask })
}

#[test]
fn every_step_of_a_workflow_has_the_fields_that_its_twin_shows() {
    let hours = json!([{ "days": ["mon"], "from": "09:00:00", "to": "17:00:00" }]);
    let workflow: routing::Workflow = read(json!({
        "id": id(1), "name": "Front", "start": "a", "order": ["b"], "steps": {
            "a": { "do": "play", "clip": "x", "then": "b" },
            "b": { "do": "gather", "choices": { "1": "c" }, "into": "keys" },
            "c": { "do": "hours", "time_zone": "UTC", "hours": hours,
                "closed_on": ["2026-12-25"] },
            "d": { "do": "branch", "value": "keys", "cases": { "x": "e" } },
            "e": { "do": "set", "value": "keys", "to": "x" },
            "f": { "do": "lookup" },
            "g": { "do": "webhook", "url": "https://a" },
            "h": { "do": "queue", "queue": id(2) },
            "i": { "do": "agent", "agent": id(2) },
            "j": { "do": "voicemail", "mailbox": { "of": "agent", "agent": id(2) } },
            "k": { "do": "transfer", "number": "+15550100123" },
            "l": { "do": "hang_up" },
            "m": { "do": "do_not_call" },
        },
    }));
    setting::<Workflow>(&workflow);
    let exits = [
        json!({ "to": "queue", "queue": id(2) }),
        json!({ "to": "agent", "agent": id(2) }),
        json!({ "to": "voicemail", "mailbox": { "of": "queue", "queue": id(2) } }),
        json!({ "to": "number", "number": "+15550100123" }),
        json!({ "to": "hang_up" }),
    ];
    let told = [
        json!({ "what": "entered" }),
        json!({ "what": "played", "clip": "x" }),
        json!({ "what": "pressed", "key": "1" }),
        json!({ "what": "silent" }),
        json!({ "what": "looked_up", "found": true }),
        json!({ "what": "asked", "answered": false }),
        json!({ "what": "forbidden", "number": "+15550100123" }),
    ];
    let left = exits.map(|exit| json!({ "what": "left", "exit": exit }));
    for mut rung in told.into_iter().chain(left) {
        (rung["at_ms"], rung["step"]) = (json!(7), json!("a"));
        record::<Rung>(&read::<routing::workflows::Rung>(rung));
    }
}

#[test]
fn a_campaign_has_the_fields_that_its_twin_shows() {
    let mut campaign: dialer::CampaignSettings = read(json!({
        "id": id(1), "name": "May", "cli": "+15550100123", "trunks": [id(2)], "lists": [id(3)],
        "retry": { "busy": { "after_s": 900 }, "machine": "never" },
    }));
    setting::<Campaign>(&campaign);
    campaign.mode = dialer::Mode::Power { attempts_per_agent_tenths: 25, max_live: 9 };
    campaign.pacing.target_permille = Some(15);
    campaign.pacing.give_up_after_s = Some(15);
    setting::<Campaign>(&campaign);
    campaign.mode = dialer::Mode::Predictive { max_live: 5_000 };
    campaign.abandon = dialer::abandon::AbandonPolicy::uk();
    campaign.window = dialer::CallingWindow::us();
    campaign.window.holidays.insert("US-MA".to_owned(), ["2026-04-20".parse().unwrap()].into());
    campaign.profile = Some(id(4).into());
    (campaign.opt_out_key, campaign.opt_out_notice) = (Some('9'), Some("bye".to_owned()));
    setting::<Campaign>(&campaign);
    for profile in &dialer::rules::shipped() {
        setting::<LegalProfile>(profile);
    }
    let register: dialer::dnc::RegisterSettings = read(json!({
        "id": id(1), "name": "TPS", "lifted_by": "express", "fresh_for_days": 28,
    }));
    setting::<DncRegister>(&register);
    for disposition in &campaign.dispositions {
        record::<Disposition>(disposition);
    }
}

#[test]
fn a_pacing_decision_has_the_fields_that_its_twin_shows() {
    let forecast = dialer::campaign::Forecast {
        free_in_18_s_tenths: 40,
        answer_permille: 210,
        answer_spread_permille: 30,
        risk_permille: 21,
        allowed_permille: 18,
        abandoned_permille: 19,
        cap_permille: 30,
    };
    let mut decision = dialer::campaign::Decision {
        at: Timestamp::UNIX_EPOCH,
        mode: "predictive".to_owned(),
        free_agents: 4,
        unserved: 9,
        free_lines: 50,
        dial: 3,
        forecast: Some(forecast),
        one_to_one: Some("events were lost".to_owned()),
    };
    record::<Decision>(&decision);
    (decision.forecast, decision.one_to_one) = (None, None);
    record::<Decision>(&decision);
}

#[test]
fn a_numbers_health_has_the_fields_that_its_twin_shows() {
    let mut health = dialer::cli_health::CliHealth::default();
    let (number, today) = ("+15550100123".parse().unwrap(), jiff::civil::date(2026, 11, 23));
    for _ in 0..4 {
        health.dialled(number, today);
        health.ended(number, dialer::Outcome::Blocked, std::time::Duration::ZERO);
    }
    let standing = health.standing(number, today);
    assert!(standing.trouble.is_some());
    let calls_per_day = Some(9);
    record::<CliHealth>(&crate::control::ShownCli {
        cli: id(1).into(),
        number,
        calls_per_day,
        standing,
    });
}

#[test]
fn promises_have_the_fields_that_their_twins_show() {
    record::<Callback>(&store::callbacks::CallbackRecord {
        callback: read(json!({
            "id": id(1), "lead": id(2), "campaign": id(3), "number": "+15550100123",
            "due_at": Timestamp::UNIX_EPOCH, "zone": "UTC", "owner": id(4), "team": id(5),
        })),
        promised_at: Timestamp::UNIX_EPOCH,
        promised_by: Some(id(4).into()),
        closed_at: Some(Timestamp::UNIX_EPOCH),
        closing: Some(dialer::callbacks::Closing::Late),
    });
    record::<CallbackReport>(&store::callbacks::CallbackReport::default());
    record::<KeptPlace>(&store::kept_places::KeptPlaceRecord {
        place: read(json!({
            "call": id(1), "queue": id(2), "campaign": id(3), "number": "+15550100123",
            "arrived_at": Timestamp::UNIX_EPOCH, "kept_at": Timestamp::UNIX_EPOCH,
            "until": Timestamp::UNIX_EPOCH, "tries_max": 3, "retry_s": 300,
        })),
        tries: 1,
        last_call: Some(id(4).into()),
        closed_at: Some(Timestamp::UNIX_EPOCH),
        closing: Some(routing::PlaceEnd::Reached),
    });
    record::<ReturnedCall>(&store::callbacks::ReturnedCall {
        call: id(1).into(),
        calling: "+15550100123".to_owned(),
        started_at: Timestamp::UNIX_EPOCH,
        queue: Some(id(2).into()),
        lead: Some(id(3).into()),
        agent: None,
    });
    record::<MissedCaller>(&store::callbacks::MissedCaller {
        call: id(1).into(),
        calling: "+15550100123".to_owned(),
        started_at: Timestamp::UNIX_EPOCH,
        queue: Some("Loans".to_owned()),
        dialled: Some(store::callbacks::Dialled {
            campaign: id(2).into(),
            campaign_name: Some("Spring".to_owned()),
            name: "Ada Byron".to_owned(),
            at: Timestamp::UNIX_EPOCH,
            outcome: Some(dialer::Outcome::NoAnswer),
        }),
        tried_at: Some(Timestamp::UNIX_EPOCH),
    });
}

#[test]
fn records_have_the_fields_that_their_twins_show() {
    let number: routing::Number = "+15550100123".parse().unwrap();
    let mut lead = dialer::Lead::new(id(1).into(), id(2).into(), number);
    lead.other_numbers =
        vec![dialer::leads::OtherNumber { kind: "mobile".to_owned(), number, passed_over: false }];
    lead.region = Some("US-FL".to_owned());
    lead.consent = Some(dialer::Consent {
        kind: dialer::ConsentKind::Written,
        given_at: Timestamp::UNIX_EPOCH,
        until: Some(Timestamp::MAX),
        source: "form 7".to_owned(),
    });
    record::<Lead>(&lead);
    let why = |cause| dialer::campaign::Why { cause, because: vec!["x".to_owned()], next: None };
    for cause in [
        Cause::OtherList,
        Cause::FilteredOut,
        Cause::InFlight { attempt: id(1).into() },
        Cause::NoTrunk,
        Cause::Refused { check: dialer::gate::Check::AttemptsIn24h },
        Cause::Queued { ahead: Some(2) },
        Cause::NoAgent,
    ] {
        record::<Why>(&why(cause));
    }
    let mut import = dialer::import::Import::open(
        "phone,name\n12,x\n".as_bytes(),
        &dialer::import::ImportOptions::new("GB"),
    )
    .unwrap();
    assert_eq!(import.by_ref().count(), 0);
    assert_eq!(import.report().faults.len(), 1);
    record::<ImportReport>(import.report());
    record::<DncScope>(&dialer::dnc::DncScope::Organisation);
    record::<DncScope>(&dialer::dnc::DncScope::Campaign(id(1).into()));
}

#[test]
fn a_message_has_the_fields_that_its_twin_shows() {
    for mailbox in [
        routing::Mailbox::Queue { queue: id(3).into() },
        routing::Mailbox::Agent { agent: id(4).into() },
    ] {
        record::<Voicemail>(&store::voicemails::Voicemail {
            id: id(1).into(),
            call: id(2).into(),
            mailbox,
            calling: "+15550100123".into(),
            left_at: Timestamp::UNIX_EPOCH,
            duration_ms: 4_000,
            heard_at: Some(Timestamp::UNIX_EPOCH),
        });
    }
}

#[test]
fn a_verdict_has_the_fields_that_its_twin_shows() {
    record::<Verdict>(&store::verdicts::Verdict {
        id: id(1).into(),
        call: id(2).into(),
        attempt: id(3).into(),
        campaign: id(4).into(),
        answered_at: Timestamp::UNIX_EPOCH,
        duration_ms: 1_500,
        met: Some(store::verdicts::Met::Person),
        met_at: Some(Timestamp::UNIX_EPOCH),
        met_by: Some("rita".into()),
        why: Some("machine: greeted for 3,900 ms".into()),
    });
}

#[test]
fn a_line_plan_has_the_fields_that_its_twin_shows() {
    let phone = Some("+15550100123".parse().unwrap());
    record::<super::LinePlan>(&routing::LinePlan { phone, ..routing::LinePlan::default() });
}

#[test]
fn a_role_has_the_fields_that_its_twin_shows() {
    use store::roles::{CustomRole, Permission, Scope};
    let grants = [(Permission::CallsRead, Scope::Team), (Permission::Live, Scope::All)];
    let role = CustomRole { id: id(1).into(), name: "Quality".to_owned(), grants: grants.into() };
    setting::<super::CustomRole>(&role);
}

#[test]
fn the_security_policy_has_the_fields_that_its_twin_shows() {
    let policy = store::security::SecurityPolicy {
        wrong_passwords_max: Some(5),
        inactivity_days_max: Some(90),
        ..store::security::SecurityPolicy::default()
    };
    record::<super::SecurityPolicy>(&policy);
}

#[test]
fn the_identity_provider_has_the_fields_that_its_twin_shows() {
    record::<ProviderSettings>(&store::sign_in::provider::ProviderSettings {
        name: "Acme".to_owned(),
        issuer: "https://id.example.net".to_owned(),
        client_id: "cordboard".to_owned(),
        scopes: vec!["openid".to_owned()],
        claim: "email".to_owned(),
        enabled: true,
    });
}

#[test]
fn recordings_have_the_fields_that_their_twins_show() {
    record::<Recording>(&store::recordings::RecordingRecord {
        id: id(1).into(),
        call: id(2).into(),
        agent: id(3).into(),
        started_at: Timestamp::UNIX_EPOCH,
        ended_at: Some(Timestamp::UNIX_EPOCH),
        duration_ms: Some(1),
        gap_ms: Some(2),
        pauses: 3,
        chain: Some("ab".to_owned()),
        interrupted: true,
        removed_at: Some(Timestamp::UNIX_EPOCH),
    });
    record::<Completeness>(&store::recordings::Completeness::default());
}

#[test]
fn records_of_calls_have_the_fields_that_their_twins_show() {
    let number: routing::Number = "+15550100123".parse().unwrap();
    record::<Call>(&call());
    record::<CallLeg>(&CallLegRecord {
        seq: 1,
        at: Timestamp::UNIX_EPOCH,
        agent: Some(id(1).into()),
        quality: store::LegQuality {
            mos: 420,
            received: 1_000,
            lost: 3,
            lost_by_party: Some(0),
            jitter_us: 400,
            jitter_max_us: 900,
            round_trip_us: None,
        },
    });
    record::<CallTalk>(&CallTalkRecord {
        seq: 1,
        at: Timestamp::UNIX_EPOCH,
        agent: id(1).into(),
        talk: store::TalkFigures::default(),
    });
    record::<CallStep>(&CallStepRecord {
        seq: 1,
        at: Timestamp::UNIX_EPOCH,
        step: "started".to_owned(),
        agent: Some(id(1).into()),
        note: None,
    });
    let lunch = store::stats::PauseSpent { class: None, text: Some("Lunch".into()), us: 1 };
    record::<AgentStats>(&store::stats::AgentStats {
        first_activity_at: Some(Timestamp::UNIX_EPOCH),
        pauses: vec![lunch],
        conversion_rate: Some(0.5),
        ..store::stats::AgentStats::default()
    });
    record::<Attempt>(&AttemptRecord {
        id: id(1).into(),
        call: id(2).into(),
        lead: id(3).into(),
        campaign: id(4).into(),
        list: id(5).into(),
        number,
        cli: number,
        trunk: id(6).into(),
        permitted_at: Timestamp::UNIX_EPOCH,
        ended_at: Some(Timestamp::UNIX_EPOCH),
        outcome: Some(dialer::Outcome::NoAnswer),
        counted: Some(true),
        sip: Some(487),
        q850: Some(18),
        answerer: Some(dialer::Answerer::Machine),
        answerer_why: Some("machine: the tone of a fax within 700 ms".to_owned()),
        judged_ms: Some(700),
        audited: true,
        message_left: false,
    });
}

fn call() -> CallRecord {
    CallRecord {
        id: id(1).into(),
        direction: store::Direction::Outbound,
        calling: "+15550100123".to_owned(),
        called: "+15550100124".to_owned(),
        campaign: Some(id(2).into()),
        queue: Some(id(3).into()),
        did: Some(id(4).into()),
        trunk: Some(id(5).into()),
        agent: Some(id(6).into()),
        started_at: Timestamp::UNIX_EPOCH,
        answered_at: Some(Timestamp::UNIX_EPOCH),
        queued_at: None,
        connected_at: None,
        ended_at: None,
        ended_by: Some(store::Party::Customer),
        sip: Some(200),
        q850: Some(16),
        ring_ms: Some(1),
        wait_ms: Some(2),
        talk_ms: Some(3),
        hold_ms: Some(4),
        answer_to_agent_us: Some(5),
        abandoned: false,
        noticed: false,
        attempt: Some(id(7).into()),
        lead: Some(id(8).into()),
        cli: Some("+15550100125".parse().unwrap()),
        outcome: Some(dialer::Outcome::Connected),
        disposition: Some("sale".to_owned()),
        mos: Some(420),
    }
}

#[test]
fn a_reconciliation_looks_as_it_is_written() {
    let at: Timestamp = "2026-11-23T15:00:00Z".parse().unwrap();
    record::<Reconciliation>(&store::reconcile::Reconciliation {
        from: at,
        to: at,
        checks: vec![store::reconcile::Checked {
            name: "call_time",
            rule: "a call is the sum of its times",
            records: 7,
            findings: 1,
        }],
        findings: vec![store::reconcile::Finding {
            check: "call_time",
            record: "call",
            id: Uuid::from_u128(1),
            seq: Some(2),
            what: "its times do not add up".to_owned(),
            expected: Some(3),
            found: Some(4),
        }],
    });
}

/// What the document says that a member is by itself is what the domain makes it.
#[test]
fn defaults_that_are_told_are_those_that_count() {
    fn told<Twin: utoipa::PartialSchema>(original: &impl Serialize) {
        let schema = serde_json::to_value(Twin::schema()).unwrap();
        let of_domain = serde_json::to_value(original).unwrap();
        for (name, member) in schema["properties"].as_object().unwrap() {
            assert_eq!(member["default"], of_domain[name], "{name}");
        }
    }
    told::<campaigns::LockOut>(&dialer::campaigns::LockOut::default());
    told::<Terms>(&dialer::callbacks::Terms::default());
}
