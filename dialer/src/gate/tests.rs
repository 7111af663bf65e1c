//! Covered: each refusal with its sentence and its next moment, claims, stale copies, rests, what a
//! permit says, and legal profiles. The random search against an oracle is `tests/legality`.

use super::*;
use crate::campaigns::{LockOut, Quota};
use crate::consent::Consent;
use crate::dnc::RegisterSettings;
use crate::fixtures::*;
use crate::leads::{LeadStatus, OtherNumber};
use crate::rules::{self, ConsentRule, NumberCaps};
use crate::window::{Days, Hours};
use jiff::SignedDuration;

/// Asks with the standard settings after a change, at noon.
fn refusal(change: impl Fn(&mut CampaignSettings, &mut Lead, &mut Gate)) -> Refusal {
    let (mut gate, mut settings, mut lead, cli) = (gate(), settings(), lead(1), cli());
    change(&mut settings, &mut lead, &mut gate);
    let pacing = decision(&settings);
    gate.check(at(NOON), &ask(1, &settings, &lead, &cli, &pacing)).unwrap_err()
}

fn told(change: impl Fn(&mut CampaignSettings, &mut Lead, &mut Gate)) -> (String, String) {
    let refusal = refusal(change);
    let next = refusal.next.map_or("never".to_owned(), |next| next.to_string());
    (refusal.to_string(), next)
}

/// A copy from before a correction is read again in a moment; the newer copy passes.
#[test]
fn a_lead_that_was_corrected_is_not_dialled_by_an_older_copy() {
    let newer = Lead { region: Some("US-NY".to_owned()), ..lead(1) };
    let correct = |gate: &mut Gate| assert!(gate.correct(at(NOON), &newer, 2));
    let (because, next) = told(|_, _, gate| correct(gate));
    assert_eq!(because, "lead: it was changed since this copy of it was read");
    assert_eq!(next, "2026-01-15T17:00:10Z");
    let (mut gate, settings, cli) = (gate(), settings(), cli());
    correct(&mut gate);
    let pacing = decision(&settings);
    assert!(gate.check(at(NOON), &ask(1, &settings, &newer, &cli, &pacing)).is_ok());
}

/// Each refusal says in a sentence what was found, and when it heals.
#[test]
fn a_refusal_says_why_and_when_next() {
    type Change = Box<dyn Fn(&mut CampaignSettings, &mut Lead, &mut Gate)>;
    let hours_ago = |h| at(NOON) - SignedDuration::from_hours(h);
    let cases: [(Change, &str, &str); 11] = [
        (Box::new(|s, _, _| s.running = false), "running: campaign \"Winter\" is stopped", "never"),
        (
            Box::new(|s, _, _| s.trunks.clear()),
            "trunk: trunk 00000000-0000-0000-0000-000000000007 is not one of the campaign's",
            "never",
        ),
        (Box::new(|_, l, _| l.status = LeadStatus::Done), "lead: its status is done", "never"),
        (
            Box::new(move |_, l, _| l.next_due_at = Some(hours_ago(-12))),
            "due: it is due at 2026-01-16T05:00:00Z",
            // Midnight in New York: the window opens at eight.
            "2026-01-16T13:00:00Z",
        ),
        (
            Box::new(|_, l, g| g.dnc_mut().extend(DncScope::Organisation, [l.number])),
            "dnc: +12125550101 is on the organisation's do-not-call list, version 1",
            "never",
        ),
        (
            Box::new(|s, l, _| l.attempts = s.max_attempts.into()),
            "attempts: 6 attempts were made, the cap is 6",
            "never",
        ),
        (
            Box::new(move |_, l, _| l.history.recent = [20, 10, 1].map(hours_ago).into()),
            "attempts_in_24h: 3 attempts at this person in 24 h, the cap is 3",
            "2026-01-15T21:00:00Z",
        ),
        (
            Box::new(move |_, l, _| l.history.abandoned_at = Some(hours_ago(71))),
            "lock_out: whoever answered last met no agent: 72 h of rest, until \
             2026-01-15T18:00:00Z",
            "2026-01-15T18:00:00Z",
        ),
        (
            Box::new(move |_, l, _| l.history.machine_at = Some(hours_ago(1))),
            "lock_out: whoever answered last was a machine: 72 h of rest, until \
             2026-01-18T16:00:00Z",
            "2026-01-18T16:00:00Z",
        ),
        (
            Box::new(|_, l, _| l.zone = Some("Asia/Tokyo".to_owned())),
            "window: it is Fri 02:00 in Asia/Tokyo, outside the window",
            // Eight in the morning in Tokyo is 18:00 in New York.
            "2026-01-15T23:00:00Z",
        ),
        (
            Box::new(|_, l, _| l.zone = Some("Mars/Olympus".to_owned())),
            "window: the lead's zone \"Mars/Olympus\" is no IANA time zone",
            "never",
        ),
    ];
    for (change, because, next) in cases {
        assert_eq!(told(change), (because.to_owned(), next.to_owned()));
    }
}

#[test]
fn a_number_without_a_place_is_dialled_by_nobody_but_a_demonstration() {
    let satellite = |lead: &mut Lead| lead.number = "+870773123456".parse().unwrap();
    let refused = refusal(|_, lead, _| satellite(lead));
    assert_eq!(refused.to_string(), "window: no time zone is known for +870773123456");
    let (mut gate, mut settings, mut lead, cli) = (gate(), settings(), lead(1), cli());
    satellite(&mut lead);
    settings.window = crate::CallingWindow::always();
    let pacing = decision(&settings);
    assert!(gate.check(at(NOON), &ask(1, &settings, &lead, &cli, &pacing)).is_ok());
}

#[test]
fn without_a_cli_nothing_is_dialled() {
    let (mut gate, settings, lead) = (gate(), settings(), lead(1));
    let (pacing, cli) = (decision(&settings), Err(NoCli::Unset));
    let refusal = gate.check(at(NOON), &ask(1, &settings, &lead, &cli, &pacing)).unwrap_err();
    let because = "cli: no CLI is set for the agent, the campaign or the organisation";
    assert_eq!((refusal.to_string().as_str(), refusal.next), (because, None));
}

/// Several faults at once: the first is named, and `next` is when the last of them is over.
#[test]
fn next_is_when_the_last_of_all_faults_heals() {
    let refused = refusal(|settings, lead, _| {
        settings.lock_out = LockOut { after_abandoned_h: 24, after_machine_h: 48 };
        lead.history.abandoned_at = Some(at(NOON));
        lead.history.machine_at = Some(at(NOON));
        lead.zone = Some("Asia/Tokyo".to_owned());
    });
    assert_eq!(refused.check, Check::LockOut);
    // Two days later it is 02:00 in Tokyo again; then eight o'clock there.
    assert_eq!(refused.next, Some(at("2026-01-17T23:00:00Z")));
}

/// FAULTS F18: one lead, or one number on two leads, dialled at once.
#[test]
fn a_lead_and_a_number_have_one_live_attempt_until_it_is_released() {
    let (mut gate, mut settings, cli) = (gate(), settings(), cli());
    settings.max_attempts_24h = 24;
    let (pacing, one) = (decision(&settings), lead(1));
    let same_number = Lead { number: one.number, ..lead(2) };
    let mut check = |n, lead: &Lead| {
        gate.check(at(NOON), &ask(n, &settings, lead, &cli, &pacing)).map(|p| p.attempt())
    };
    assert_eq!(check(1, &one), Ok(attempt(1)));
    let held = format!("attempt {} is dialling +12125550101", attempt(1));
    let refused = check(2, &same_number).unwrap_err();
    assert_eq!((refused.check, refused.because), (Check::Claim, held));
    assert_eq!(check(3, &one).unwrap_err().check, Check::Lead, "an old copy of the lead");
    gate.release(at(NOON), attempt(1), Outcome::Busy);
    assert_eq!(gate.live_claims(), 0);
    let later = at(NOON) + SignedDuration::from_secs(1);
    let fresh = Lead { last_attempt_at: Some(at(NOON)), ..one };
    let ask = ask(4, &settings, &fresh, &cli, &pacing);
    assert!(gate.check(later, &ask).is_ok());
}

/// A lead that the store read before its last attempt was folded into the tables.
#[test]
fn a_copy_of_a_lead_from_before_its_last_attempt_is_refused() {
    let (mut gate, settings, lead, cli) = (gate(), settings(), lead(1), cli());
    let pacing = decision(&settings);
    let permit = gate.check(at(NOON), &ask(1, &settings, &lead, &cli, &pacing)).unwrap();
    gate.release(at(NOON), permit.attempt(), Outcome::NoAnswer);
    let later = at(NOON) + SignedDuration::from_mins(1);
    let refused = gate.check(later, &ask(2, &settings, &lead, &cli, &pacing)).unwrap_err();
    assert_eq!(refused.to_string(), "lead: it was dialled since this copy of it was read");
}

/// The same number on another list counts against the same cap, before the store knows.
#[test]
fn attempts_in_24_h_count_by_number_and_only_what_counts() {
    let (mut gate, mut settings, cli) = (gate(), settings(), cli());
    settings.max_attempts_24h = 1;
    let (pacing, one) = (decision(&settings), lead(1));
    let mut dial = |n, hours, outcome| {
        let lead = Lead { id: lead(n).id, ..one.clone() };
        let now = at(NOON) + SignedDuration::from_hours(hours);
        let checked = gate.check(now, &ask(n.into(), &settings, &lead, &cli, &pacing));
        checked.map(|permit| gate.release(now, permit.attempt(), outcome)).map_err(|r| r.check)
    };
    assert_eq!(dial(1, 0, Outcome::CarrierFailure), Ok(()));
    assert_eq!(dial(2, 0, Outcome::NoAnswer), Ok(()));
    assert_eq!(dial(3, 1, Outcome::NoAnswer), Err(Check::AttemptsIn24h));
    assert_eq!(dial(4, 23, Outcome::NoAnswer), Err(Check::AttemptsIn24h));
    assert_eq!(dial(5, 24, Outcome::NoAnswer), Ok(()));
}

/// RULES UK-5: the lock-out holds at once, for every lead with that number.
#[test]
fn an_abandoned_call_locks_the_number_before_the_store_knows() {
    let (mut gate, settings, cli) = (gate(), settings(), cli());
    let (pacing, one) = (decision(&settings), lead(1));
    let permit = gate.check(at(NOON), &ask(1, &settings, &one, &cli, &pacing)).unwrap();
    gate.release(at(NOON), permit.attempt(), Outcome::Abandoned);
    let other = Lead { number: one.number, ..lead(2) };
    let later = at(NOON) + SignedDuration::from_hours(1);
    let refused = gate.check(later, &ask(2, &settings, &other, &cli, &pacing)).unwrap_err();
    assert_eq!(refused.check, Check::LockOut);
    assert_eq!(refused.next, Some(at("2026-01-18T17:00:00Z")));
}

/// Issue 6: after the API's 200 no INVITE leaves, and one that rings is cancelled.
#[test]
fn forbidding_a_number_names_the_attempt_to_cancel() {
    let (mut gate, settings, lead, cli) = (gate(), settings(), lead(1), cli());
    let pacing = decision(&settings);
    let permit = gate.check(at(NOON), &ask(1, &settings, &lead, &cli, &pacing)).unwrap();
    let elsewhere = DncScope::Campaign(routing::CampaignId::from(uuid::Uuid::nil()));
    assert_eq!(gate.forbid(elsewhere, lead.number), []);
    assert_eq!(gate.forbid(DncScope::Campaign(settings.id), lead.number), [attempt(1)]);
    assert_eq!(gate.forbid(DncScope::Organisation, fiction(50)), []);
    gate.release(at(NOON), permit.attempt(), Outcome::Cancelled);
    assert_eq!(gate.forbid(DncScope::Organisation, lead.number), []);
}

/// Who is called at one telephone and forbids another is not rung any longer.
#[test]
fn forbidding_another_number_of_theirs_names_the_attempt_too() {
    let (mut gate, settings, cli) = (gate(), settings(), cli());
    let pacing = decision(&settings);
    let other = OtherNumber { kind: String::new(), number: fiction(50), passed_over: false };
    let theirs = Lead { other_numbers: vec![other], ..lead(1) };
    let permit = gate.check(at(NOON), &ask(1, &settings, &theirs, &cli, &pacing)).unwrap();
    assert_eq!(gate.forbid(DncScope::Organisation, fiction(50)), [permit.attempt()]);
    gate.check_invariants().unwrap();
    gate.release(at(NOON), permit.attempt(), Outcome::Cancelled);
    gate.check_invariants().unwrap();
}

/// What a change of the law, of the campaign or of the lead forbids is not dialled on.
#[test]
fn a_live_attempt_is_outlawed_by_law_hours_and_consent_and_by_nothing_else() {
    let (gate, settings) = (gate(), settings());
    let live = Lead { status: LeadStatus::InFlight, attempts: 99, ..lead(1) };
    let outlaws = |change: &dyn Fn(&mut CampaignSettings)| {
        let mut changed = settings.clone();
        change(&mut changed);
        gate.outlaws(at(NOON), &changed, &live)
    };
    assert!(!outlaws(&|_| {}));
    assert!(!outlaws(&|own| own.running = false), "whom a stop gives up is the law's to say");
    assert!(outlaws(&|own| own.consent = ConsentRule::Express));
    assert!(outlaws(&|own| own.profile = Some(ProfileId::from(uuid::Uuid::nil()))));
    let night = at("2026-01-15T03:00:00Z");
    assert!(gate.outlaws(night, &settings, &Lead { last_attempt_at: Some(night), ..live.clone() }));
    let in_time = Lead { last_attempt_at: Some(at(NOON)), ..live };
    assert!(!gate.outlaws(night, &settings, &in_time), "it rang when it could");
}

#[test]
fn releasing_twice_or_the_unknown_changes_nothing() {
    let (mut gate, settings, lead, cli) = (gate(), settings(), lead(1), cli());
    let pacing = decision(&settings);
    let permit = gate.check(at(NOON), &ask(1, &settings, &lead, &cli, &pacing)).unwrap();
    gate.release(at(NOON), attempt(9), Outcome::Abandoned);
    assert_eq!(gate.live_claims(), 1);
    gate.release(at(NOON), permit.attempt(), Outcome::NoAnswer);
    gate.release(at(NOON), permit.attempt(), Outcome::CarrierFailure);
    let history = gate.memory.history(at(NOON), &lead);
    assert_eq!(history.recent, [at(NOON)]);
}

/// Who asked not to be called is not called at another number of theirs; a register lists numbers.
#[test]
fn a_wish_not_to_be_called_is_the_persons() {
    let (mut gate, settings, cli) = (gate(), settings(), cli());
    let pacing = decision(&settings);
    let other = |passed_over| OtherNumber { kind: String::new(), number: fiction(50), passed_over };
    let theirs = Lead { other_numbers: vec![other(false)], ..lead(1) };
    let somebodys = Lead { other_numbers: vec![other(true)], ..lead(2) };
    gate.forbid(DncScope::Organisation, fiction(50));
    let refused = gate.check(at(NOON), &ask(1, &settings, &theirs, &cli, &pacing)).unwrap_err();
    assert_eq!((refused.check, refused.next), (Check::Dnc, None));
    assert!(refused.because.starts_with(&fiction(50).to_string()), "{}", refused.because);
    let permit = gate.check(at(NOON), &ask(2, &settings, &somebodys, &cli, &pacing)).unwrap();
    assert_eq!(permit.number(), somebodys.number);
}

/// RULES: caps are to a person, at whichever of their numbers they were called.
#[test]
fn attempts_at_each_number_of_a_person_count() {
    let (mut gate, mut settings, cli) = (gate(), settings(), cli());
    settings.max_attempts_24h = 1;
    let pacing = decision(&settings);
    let other = OtherNumber { kind: String::new(), number: fiction(50), passed_over: false };
    let mut person = Lead { other_numbers: vec![other], ..lead(1) };
    let permit = gate.check(at(NOON), &ask(1, &settings, &person, &cli, &pacing)).unwrap();
    gate.release(at(NOON), permit.attempt(), Outcome::Busy);
    person.turn_to(fiction(50), true);
    person.last_attempt_at = Some(at(NOON));
    let refused = gate
        .check(at(NOON) + SignedDuration::from_mins(1), &ask(2, &settings, &person, &cli, &pacing))
        .unwrap_err();
    assert_eq!(refused.check, Check::AttemptsIn24h);
}

/// DESIGN §5: a permit records every check with its evidence.
#[test]
fn a_permit_records_what_it_was_decided_on() {
    let (mut gate, settings, mut lead, cli) = (gate(), settings(), lead(1), cli());
    gate.dnc_mut().extend(DncScope::Organisation, [fiction(50), fiction(51)]);
    lead.attempts = 2;
    lead.history.recent = vec![at(NOON) - SignedDuration::from_hours(3)];
    lead.zone = Some("America/Chicago".to_owned());
    let pacing = decision(&settings);
    let permit = gate.check(at(NOON), &ask(1, &settings, &lead, &cli, &pacing)).unwrap();
    let json = serde_json::to_value(permit.evidence()).unwrap();
    assert_eq!(
        json["window"],
        serde_json::json!({
            "profile": "us",
            "region": "US-NY",
            "local_times": [
                { "zone": "America/New_York", "local": "2026-01-15T12:00:00" },
                { "zone": "America/Chicago", "local": "2026-01-15T11:00:00" },
            ],
        })
    );
    assert_eq!(json["dnc"], serde_json::json!({ "version": 1, "entries": 2 }));
    assert_eq!(
        json["attempts"],
        serde_json::json!({ "total": 2, "total_cap": 6, "in_24h": 1, "in_24h_cap": 3 })
    );
    assert_eq!(json["cli"], serde_json::json!({ "number": "+12125550199", "origin": "campaign" }));
    assert_eq!(json["pacing"]["dial"], 1);
    assert_eq!(json["at"], NOON);
}

/// Under the profile of the US with a change, at noon.
fn under_law(change: impl Fn(&mut LegalProfile, &mut CampaignSettings, &mut Lead)) -> String {
    let mut law = rules::shipped().swap_remove(0);
    law.caps = NumberCaps::default();
    let refusal = {
        let (mut gate, mut settings, mut lead, cli) = (gate(), settings(), lead(1), cli());
        (settings.profile, settings.opt_out_key) = (Some(law.id), Some('9'));
        change(&mut law, &mut settings, &mut lead);
        gate.set_profile(law);
        let pacing = decision(&settings);
        gate.check(at(NOON), &ask(1, &settings, &lead, &cli, &pacing)).map(|_| ())
    };
    refusal.map_or_else(|refusal| refusal.to_string(), |()| "permitted".to_owned())
}

fn agreed(kind: ConsentKind, until: Option<&str>) -> Consent {
    let until = until.map(at);
    Consent { kind, given_at: at("2025-06-01T00:00:00Z"), until, source: String::new() }
}

#[test]
fn the_stricter_of_law_and_campaign_counts() {
    let hours_ago = |h| at(NOON) - SignedDuration::from_hours(h);
    assert_eq!(under_law(|_, _, _| ()), "permitted");
    let rings = under_law(|law, own, _| (law.ring_min_s, own.ring_timeout_s) = (20, 15));
    assert_eq!(rings, "profile: it rings 15 s, and United States asks for 20 s");
    let key = under_law(|_, own, _| own.opt_out_key = None);
    assert!(key.starts_with("profile: ") && key.contains("opt_out_key"), "{key}");
    let rests = under_law(|law, own, lead| {
        law.lock_out.after_machine_h = 96;
        own.lock_out.after_machine_h = 1;
        lead.history.machine_at = Some(hours_ago(95));
    });
    assert!(rests.starts_with("lock_out: "), "{rests}");
    let hours = under_law(|law, _, _| law.window = crate::CallingWindow::ca());
    assert_eq!(hours, "permitted");
    let hours = under_law(|law, _, _| {
        law.window.holidays.insert("US".to_owned(), ["2026-01-15".parse().unwrap()].into());
    });
    assert_eq!(hours, "window: it is Thu 12:00 in America/New_York, outside the window");
    let unknown = under_law(|_, own, _| own.profile = Some(ProfileId::from(uuid::Uuid::nil())));
    assert!(unknown.starts_with("profile: there is no legal profile 00000000"), "{unknown}");
}

/// 24 h, a local day, a week: each cap by itself.
#[test]
fn a_number_is_dialled_as_often_as_each_cap_allows() {
    let hours_ago = |h| at(NOON) - SignedDuration::from_hours(h);
    let with = |caps: NumberCaps, ago: &[i64]| {
        let recent: Vec<_> = ago.iter().copied().map(hours_ago).collect();
        under_law(|law, own, lead| {
            own.max_attempts_24h = 24;
            law.caps = caps;
            lead.history.recent.clone_from(&recent);
        })
    };
    let none = NumberCaps::default();
    let day = NumberCaps { in_24h: Some(2), ..none };
    assert_eq!(with(day, &[24, 1]), "permitted");
    let told = "attempts_in_24h: 2 attempts at this person in 24 h, the cap is 2";
    assert_eq!(with(day, &[23, 1]), told);
    // Noon in New York: its midnight was twelve hours ago.
    let today = NumberCaps { in_day: Some(1), ..none };
    assert_eq!(with(today, &[13]), "permitted");
    let told = "attempts_today: 1 attempts at this person today, the cap is 1";
    assert_eq!(with(today, &[12]), told);
    let week = NumberCaps { in_7d: Some(2), ..none };
    assert_eq!(with(week, &[168, 100]), "permitted");
    let told = "attempts_in_7d: 2 attempts at this person in 7 days, the cap is 2";
    assert_eq!(with(week, &[167, 100]), told);
}

/// Issue 6: attempts by part of the day, in the called party's time; a part that is full lifts at
/// its end.
#[test]
fn a_part_of_the_day_that_had_its_attempts_is_left_out() {
    let hours_ago = |h| at(NOON) - SignedDuration::from_hours(h);
    let spread = |own: &mut CampaignSettings| {
        own.max_attempts_24h = 24;
        let hours = Hours::new(Days::ALL, 11, 0, 14, 30);
        own.quotas = vec![Quota { hours, attempts: 2 }];
    };
    let with = |status: LeadStatus, ago: [i64; 2]| {
        under_law(|_, own, lead| {
            spread(own);
            lead.status = status;
            lead.history.recent = ago.map(hours_ago).to_vec();
        })
    };
    // Five in the afternoon, and noon: one of them in this part.
    assert_eq!(with(LeadStatus::New, [43, 24]), "permitted");
    let full = "part_of_day: 2 attempts in this part of their day in 7 days, the cap is 2";
    assert_eq!(with(LeadStatus::New, [48, 24]), full);
    assert_eq!(with(LeadStatus::Callback, [48, 24]), "permitted", "a promise is kept");
    let (because, next) = told(|own, lead, _| {
        spread(own);
        lead.history.recent = [48, 24].map(hours_ago).to_vec();
    });
    assert_eq!((because.as_str(), next.as_str()), (full, "2026-01-15T19:30:00Z"));
}

/// UWG § 7: who did not agree is not called, and neither is whose consent has run out.
#[test]
fn nobody_is_called_without_the_consent_that_is_asked_for() {
    let ask_written = |consent: Option<Consent>| {
        under_law(|law, own, lead| {
            law.consent = ConsentRule::Express;
            own.consent = ConsentRule::Written;
            lead.consent.clone_from(&consent);
        })
    };
    assert_eq!(ask_written(Some(agreed(ConsentKind::Written, None))), "permitted");
    let none = "consent: written consent is asked for, and none is known";
    assert_eq!(ask_written(None), none);
    let weak = "consent: written consent is asked for, and theirs is express";
    assert_eq!(ask_written(Some(agreed(ConsentKind::Express, None))), weak);
    let over = "consent: written consent is asked for, and theirs does not hold now";
    assert_eq!(ask_written(Some(agreed(ConsentKind::Written, Some(NOON)))), over);
}

/// RULES UK-6.
#[test]
fn a_premium_number_is_never_shown() {
    let (mut gate, settings, lead) = (gate(), settings(), lead(1));
    let cli = Ok(EffectiveCli {
        number: "+19002345678".parse().unwrap(),
        origin: routing::CliOrigin::Campaign,
    });
    let pacing = decision(&settings);
    let refused = gate.check(at(NOON), &ask(1, &settings, &lead, &cli, &pacing)).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "cli: +19002345678 is a premium number, which may not be shown"
    );
}

/// An address in Hawaii: seven in the morning there, noon by the area code.
#[test]
fn the_address_narrows_the_hours_of_the_number() {
    let refused = refusal(|_, lead, _| lead.region = Some("US-HI".to_owned()));
    let told = "window: it is Thu 07:00 in Pacific/Honolulu, outside the window";
    assert_eq!(refused.to_string(), told);
    assert_eq!(refused.next, Some(at("2026-01-15T18:00:00Z")));
}

/// A register that is replaced while its numbers ring: their attempts are to be cancelled, but not
/// that of a person whose consent lifts it.
#[test]
fn a_new_register_names_every_attempt_to_cancel() {
    let (mut gate, settings, cli) = (gate(), settings(), cli());
    let pacing = decision(&settings);
    for n in 1..=3 {
        let consent = (n == 3).then(|| agreed(ConsentKind::Written, None));
        let lead = Lead { consent, ..lead(n) };
        let permit = gate.check(at(NOON), &ask(n.into(), &settings, &lead, &cli, &pacing));
        assert_eq!(permit.unwrap().attempt(), attempt(n.into()));
    }
    let own = RegisterSettings {
        id: crate::RegisterId::from(uuid::Uuid::nil()),
        name: "FTC".to_owned(),
        lifted_by: Some(ConsentKind::Written),
        fresh_for_days: Some(31),
    };
    let cancelled = gate.enlist(Register::new(own, vec![fiction(3), fiction(2), fiction(60)]));
    assert_eq!(cancelled, [attempt(2)]);
    let refused = gate.check(at(NOON), &ask(9, &settings, &lead(60), &cli, &pacing)).unwrap_err();
    let told = "dnc: +12125550160 is on the register \"FTC\", version 1";
    assert_eq!((refused.to_string().as_str(), refused.next), (told, None));
}
