//! Covers: the funnel against the gate, lead by lead; consent that is asked for; numbers that rest.

use dialer::campaign::Decision;
use dialer::campaigns::{Filter, LockOut};
use dialer::dnc::{DncScope, Register, RegisterSettings};
use dialer::gate::{Ask, Check};
use dialer::permit::ChainHead;
use dialer::rules::ConsentRule;
use dialer::{
    CampaignSettings, Consent, ConsentKind, Gate, Lead, LeadStatus, ListId, Outcome, RegisterId,
};
use jiff::{SignedDuration, Timestamp};
use routing::{CliOrigin, EffectiveCli};
use uuid::Uuid;

use crate::database::Store;
use crate::dnc::DncEntry;
use crate::leads::{Asked, Funnel};
use crate::sql;
use crate::testing::{
    CAMPAIGN, CLI, LIST, TRUNK, at, campaign, furnished, id, lead, number, start,
};

const HOUR: i64 = 3_600;

fn consent(kind: ConsentKind, given: i64, until: Option<i64>) -> Consent {
    Consent { kind, given_at: at(given), until: until.map(at), source: String::new() }
}

/// Every kind of consent that there is at the first second.
fn consents() -> [Option<Consent>; 6] {
    use ConsentKind::{Express, Written};
    [
        None,
        Some(consent(Express, -9, None)),
        Some(consent(Written, -9, Some(60))),
        Some(consent(Express, -9, Some(0))),
        Some(consent(Written, -9, Some(-1))),
        Some(consent(Written, 30, None)),
    ]
}

/// An attempt that ended, as the fold leaves it.
async fn tried(store: &Store, n: u64, outcome: Outcome, ended_at: Timestamp) {
    let mut writing = store.begin().await.unwrap();
    let nobody = Uuid::from_u128(0xffff);
    sql::query(
        "INSERT INTO attempt (id, call, lead, campaign, list, number, cli, trunk, permitted_at, \
         ended_at, outcome, counted) \
         VALUES ($1, $2, $3, $2, $2, $4, '+15550109999', $2, $5, $5, $6, 0)",
    )
    .bind(Uuid::now_v7())
    .bind(nobody)
    .bind(Uuid::from(lead(n).id))
    .bind(number(n).to_string())
    .bind(ended_at.as_microsecond())
    .bind(outcome.as_str())
    .execute(&mut *writing)
    .await
    .unwrap();
    writing.commit().await.unwrap();
}

fn asked(settings: &CampaignSettings, now: Timestamp) -> Asked<'_> {
    Asked {
        campaign: settings.id,
        lists: &settings.lists,
        filters: &settings.filters,
        max_attempts: settings.max_attempts.into(),
        consent: settings.consent,
        rests: settings.lock_out,
        windows: &[],
        now,
    }
}

async fn funnel(store: &Store, settings: &CampaignSettings, now: Timestamp) -> Funnel {
    store.leads().funnel(&asked(settings, now)).await.unwrap()
}

fn parts(funnel: &Funnel) -> u64 {
    let Funnel { done, bad_number, do_not_call, in_flight, out_of_window, .. } = *funnel;
    let Funnel { forbidden, without_consent, unwanted, exhausted, resting, .. } = *funnel;
    let closed = done + bad_number + do_not_call + in_flight + out_of_window;
    let held = forbidden + without_consent + unwanted + exhausted + resting;
    closed + held + funnel.waiting + funnel.dialable
}

/// Leads of every kind, by the remainders of their number.
async fn every_kind(store: &Store, many: u64) {
    let consents = consents();
    let mut leads = Vec::new();
    for n in 0..many {
        let pick = |of: u64, next: u64| usize::try_from(n / next % of).unwrap();
        let status = [LeadStatus::New, LeadStatus::Due, LeadStatus::Callback][pick(3, 6)];
        let next_due_at = [None, Some(at(40))][pick(2, 18)];
        let mut one = Lead { status, next_due_at, ..lead(n) };
        one.consent = consents[pick(6, 1)].clone();
        one.attempts = [0, 3][pick(2, 36)];
        one.region = [None, Some("US-FL".to_owned())][pick(2, 5)].clone();
        leads.push(one);
    }
    store.leads().insert(&leads, start()).await.unwrap();
    for n in (0..many).filter(|n| n % 7 < 3) {
        let (outcome, hours) = match n % 7 {
            0 => (Outcome::Abandoned, 71),
            1 => (Outcome::Machine, 1),
            _ => (Outcome::Machine, 23),
        };
        tried(store, n, outcome, at(-hours * HOUR)).await;
        tried(store, n, Outcome::Abandoned, at(-73 * HOUR)).await;
        tried(store, n, Outcome::Busy, at(-1)).await;
    }
    let listed = (0..many).filter(|n| n % 11 == 0).map(|n| DncEntry {
        id: Uuid::from_u128(0xd000 + u128::from(n)),
        number: number(n),
        scope: if n % 2 == 0 { DncScope::Organisation } else { DncScope::Campaign(id(CAMPAIGN)) },
        reason: String::new(),
        created_at: start(),
    });
    store.dnc().insert_many(&listed.collect::<Vec<_>>()).await.unwrap();
    let own = RegisterSettings {
        id: RegisterId::from(Uuid::from_u128(1)),
        name: "FTC".to_owned(),
        lifted_by: Some(ConsentKind::Written),
        fresh_for_days: None,
    };
    store.registers().insert(&own, start()).await.unwrap();
    let numbers = (0..many).filter(|n| n % 13 < 2).map(number).collect();
    store.register_numbers().replace(&Register::new(own, numbers), at(0)).await.unwrap();
}

/// What the gate says of each lead, read anew, as figures; filters are asked where the funnel does.
async fn by_the_gate(
    store: &Store,
    settings: &CampaignSettings,
    (many, now): (u64, Timestamp),
) -> Funnel {
    let gate = Gate::new(store.dnc().load().await.unwrap(), ChainHead::START);
    let cli = Ok(EffectiveCli { number: number(CLI), origin: CliOrigin::Campaign });
    let pacing = Decision {
        at: now,
        mode: "progressive".to_owned(),
        free_agents: 1,
        unserved: 0,
        free_lines: 10,
        dial: 1,
        forecast: None,
        one_to_one: None,
    };
    let mut told = Funnel { total: many, ..Funnel::default() };
    for n in 0..many {
        let lead = store.leads().find(lead(n).id).await.unwrap().value;
        let (attempt, trunk) = (id(1), id(TRUNK));
        let ask =
            Ask { attempt, campaign: settings, lead: &lead, trunk, cli: &cli, pacing: &pacing };
        let faults: Vec<_> = gate.explain(now, &ask).into_iter().map(|one| one.check).collect();
        let has = |check| faults.contains(&check);
        let kept = lead.status == LeadStatus::Callback;
        let fits = kept || settings.filters.iter().all(|filter| filter.fits(&lead));
        let figure = match () {
            () if has(Check::Dnc) => &mut told.forbidden,
            () if has(Check::Consent) => &mut told.without_consent,
            () if !fits => &mut told.unwanted,
            () if has(Check::Attempts) => &mut told.exhausted,
            () if has(Check::LockOut) => &mut told.resting,
            () if has(Check::Due) => &mut told.waiting,
            () => {
                assert_eq!(faults, [], "lead {n}");
                &mut told.dialable
            }
        };
        *figure += 1;
    }
    told
}

/// Issue 6: the funnel and the gate agree on every lead, whatever is asked of it.
#[tokio::test]
async fn the_funnel_says_of_every_lead_what_the_gate_says() {
    const MANY: u64 = 216;
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    every_kind(&store, MANY).await;
    let florida =
        Filter { column: "region".to_owned(), values: vec!["US-FL".to_owned()], exclude: true };
    let mut seen = Funnel::default();
    for rule in [ConsentRule::None, ConsentRule::Express, ConsentRule::Written] {
        for (filters, machine_h) in [(vec![], 24), (vec![florida.clone()], 2)] {
            for seconds in [0, 30, 60] {
                let settings = CampaignSettings {
                    max_attempts: 3,
                    consent: rule,
                    filters: filters.clone(),
                    lock_out: LockOut { after_abandoned_h: 72, after_machine_h: machine_h },
                    ..campaign()
                };
                let now = at(seconds);
                let funnel = funnel(&store, &settings, now).await;
                assert_eq!((funnel.total, parts(&funnel)), (MANY, MANY), "{funnel:?}");
                let gate = by_the_gate(&store, &settings, (MANY, now)).await;
                assert_eq!(funnel, gate, "{rule:?}, {filters:?}, {seconds} s");
                seen.without_consent += funnel.without_consent;
                seen.resting += funnel.resting;
                seen.waiting += funnel.waiting;
                seen.unwanted += funnel.unwanted;
            }
        }
    }
    assert!(seen.without_consent > 100 && seen.resting > 100, "{seen:?}");
    assert!(seen.waiting > 100 && seen.unwanted > 100, "{seen:?}");
}

/// Consent is given, changed, over and withdrawn; each time the lead stands elsewhere.
#[tokio::test]
async fn a_lead_moves_in_the_funnel_with_its_consent() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let leads = store.leads();
    leads.insert(&[lead(1)], start()).await.unwrap();
    let settings = CampaignSettings { consent: ConsentRule::Written, ..campaign() };
    let stands = async |now| {
        let funnel = funnel(&store, &settings, now).await;
        assert_eq!((funnel.total, parts(&funnel)), (1, 1));
        (funnel.without_consent, funnel.dialable)
    };
    assert_eq!(stands(at(0)).await, (1, 0), "none is known");
    let steps = [
        (Some(consent(ConsentKind::Express, -9, None)), [(1, 0), (1, 0)]),
        (Some(consent(ConsentKind::Written, -9, Some(60))), [(0, 1), (1, 0)]),
        (Some(consent(ConsentKind::Written, 60, None)), [(1, 0), (0, 1)]),
        (None, [(1, 0), (1, 0)]),
    ];
    for (version, (consent, expected)) in (1..).zip(steps) {
        let now = Lead { consent, ..lead(1) };
        leads.update(&now, version, at(1)).await.unwrap();
        assert_eq!([stands(at(59)).await, stands(at(60)).await], expected, "{:?}", now.consent);
    }
    let free = CampaignSettings { consent: ConsentRule::None, ..settings.clone() };
    assert_eq!(funnel(&store, &free, at(60)).await.dialable, 1);
}

/// RULES UK-5: a number rests wherever it stands, to the microsecond.
#[tokio::test]
async fn a_number_rests_on_every_list_until_its_hours_are_over() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let other = crate::lists::List { id: id(2), name: "Other".to_owned(), source: None };
    store.lists().insert(&other, start()).await.unwrap();
    let twin = Lead { id: id(0x9_0001), list: id(2), ..lead(1) };
    store.leads().insert(&[lead(1), lead(2), twin], start()).await.unwrap();
    tried(&store, 1, Outcome::Abandoned, at(0)).await;
    let lists: Vec<ListId> = vec![id(LIST), id(2)];
    let settings = CampaignSettings { lists, ..campaign() };
    let over = at(72 * HOUR);
    let stands = async |now| {
        let funnel = funnel(&store, &settings, now).await;
        (funnel.resting, funnel.dialable)
    };
    assert_eq!(stands(over - SignedDuration::from_micros(1)).await, (2, 1));
    assert_eq!(stands(over).await, (0, 3));
    tried(&store, 2, Outcome::Machine, over).await;
    assert_eq!(stands(over).await, (1, 2));
}
