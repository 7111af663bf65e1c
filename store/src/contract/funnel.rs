//! Covers: the funnel against the gate, lead by lead; consent that is asked for; numbers that rest,
//! and further ones of a lead.

use dialer::campaign::Decision;
use dialer::campaigns::{Filter, LockOut, Order};
use dialer::dnc::{DncScope, Register, RegisterSettings};
use dialer::gate::{Ask, Check};
use dialer::leads::OtherNumber;
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
use crate::leads::{Asked, Funnel, Wanted};
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
    tried_at(store, (n, n), outcome, ended_at).await;
}

/// An attempt on a lead at a number of theirs.
async fn tried_at(store: &Store, (of, at): (u64, u64), outcome: Outcome, ended_at: Timestamp) {
    let mut writing = store.begin().await.unwrap();
    let nobody = Uuid::from_u128(0xffff);
    sql::query(
        "INSERT INTO attempt (id, call, lead, campaign, list, number, cli, trunk, permitted_at, \
         ended_at, outcome, counted) \
         VALUES ($1, $2, $3, $2, $2, $4, '+15550109999', $2, $5, $5, $6, 0)",
    )
    .bind(Uuid::now_v7())
    .bind(nobody)
    .bind(Uuid::from(lead(of).id))
    .bind(number(at).to_string())
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
        one.other_numbers = further(n).into_iter().collect();
        leads.push(one);
    }
    // Tried before its lead was there, as on another list.
    tried_at(store, (5_000, 1_063), Outcome::Abandoned, at(-HOUR)).await;
    store.leads().insert(&leads, start()).await.unwrap();
    for n in (0..many).filter(|n| further(*n).is_some() && n % 4 < 2) {
        let outcome = [Outcome::Abandoned, Outcome::Machine][usize::try_from(n % 4).unwrap()];
        tried_at(store, (n, 1_000 + n), outcome, at(-HOUR)).await;
    }
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
    let own = (0..many).filter(|n| n % 11 == 0);
    let further_ones = (0..many).filter(|n| n % 3 == 0).map(|n| n + 1_000);
    let listed = own.chain(further_ones).map(|n| DncEntry {
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
    let registered = (0..many).filter(|n| n % 13 < 2);
    let registered = registered.chain((0..many).filter(|n| n % 4 == 3).map(|n| n + 1_000));
    let numbers = registered.map(number).collect();
    store.register_numbers().replace(&Register::new(own, numbers), at(0)).await.unwrap();
}

/// Two leads in ten have one more, of which one is passed over.
fn further(n: u64) -> Option<OtherNumber> {
    let (kind, number) = ("work".to_owned(), number(1_000 + n));
    matches!(n % 10, 3 | 7).then(|| OtherNumber { kind, number, passed_over: n % 10 == 7 })
}

/// What the gate says of each lead, read anew, as figures; filters are asked where the funnel does.
async fn by_the_gate(
    store: &Store,
    settings: &CampaignSettings,
    (many, now): (u64, Timestamp),
    first: u64,
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
    for n in first..first + many {
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
                let gate = by_the_gate(&store, &settings, (MANY, now), 0).await;
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

/// docs/leads.md: a machine was at its own number, whoever was abandoned was abandoned at all of
/// theirs, and who asked at any of them not to be called is neither counted nor read as dialable.
#[tokio::test]
async fn the_number_whose_turn_it_is_decides_and_each_of_them_counts() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let more = |n| OtherNumber { kind: "work".to_owned(), number: number(n), passed_over: false };
    let person = Lead { other_numbers: vec![more(2), more(3)], ..lead(1) };
    store.leads().insert(std::slice::from_ref(&person), start()).await.unwrap();
    let settings = campaign();
    let stands = async || {
        let funnel = funnel(&store, &settings, at(60)).await;
        let gate = by_the_gate(&store, &settings, (1, at(60)), 1).await;
        assert_eq!(funnel, gate);
        let wanted = Wanted {
            campaign: settings.id,
            lists: &settings.lists,
            max_attempts: 3,
            now: at(60),
            filters: &[],
            order: Order::OldestFirst,
            limit: 9,
            excluding: &[],
        };
        let read = store.leads().dialable(&wanted).await.unwrap().leads.len() as u64;
        assert_eq!(read, 1 - funnel.forbidden, "what rests is the gate's to put off");
        (funnel.forbidden, funnel.resting, funnel.dialable)
    };
    assert_eq!(stands().await, (0, 0, 1));
    tried_at(&store, (1, 2), Outcome::Machine, at(0)).await;
    assert_eq!(stands().await, (0, 0, 1), "another number's machine");
    let turned = Lead { number: number(2), other_numbers: vec![more(3), more(1)], ..lead(1) };
    store.leads().update(&turned, 1, at(1)).await.unwrap();
    assert_eq!(stands().await, (0, 1, 0), "its turn has come");
    store.leads().update(&person, 2, at(2)).await.unwrap();
    assert_eq!(stands().await, (0, 0, 1));
    tried_at(&store, (1, 3), Outcome::Abandoned, at(0)).await;
    assert_eq!(stands().await, (0, 1, 0), "they rest at all of them");
    let fewer = Lead { other_numbers: vec![more(2)], ..lead(1) };
    store.leads().update(&fewer, 3, at(3)).await.unwrap();
    assert_eq!(stands().await, (0, 0, 1), "it is none of theirs any more");
    let entry = DncEntry {
        id: Uuid::from_u128(0xd002),
        number: number(2),
        scope: DncScope::Campaign(settings.id),
        reason: String::new(),
        created_at: start(),
    };
    store.dnc().insert(&entry).await.unwrap();
    assert_eq!(stands().await, (1, 0, 0));
    let passed_over = OtherNumber { passed_over: true, ..more(2) };
    let passed = Lead { other_numbers: vec![passed_over], ..lead(1) };
    store.leads().update(&passed, 4, at(4)).await.unwrap();
    assert_eq!(stands().await, (0, 0, 1), "it has no turn");
}

/// A register binds whoever's number it has from its import until it goes, as far as consent does
/// not lift it: whatever comes first, the lead, the number or the rule.
#[tokio::test]
async fn a_register_binds_by_what_it_has_and_by_what_lifts_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let settings = campaign();
    let kind = |lifted_by| RegisterSettings {
        id: RegisterId::from(Uuid::from_u128(1)),
        name: "National".to_owned(),
        lifted_by,
        fresh_for_days: None,
    };
    let forbidden = async |many: u64| {
        let funnel = funnel(&store, &settings, at(60)).await;
        assert_eq!(funnel, by_the_gate(&store, &settings, (many, at(60)), 1).await);
        funnel.forbidden
    };
    let holds = |numbers: &[u64], settings| {
        Register::new(settings, numbers.iter().copied().map(number).collect())
    };
    let (registers, numbers) = (store.registers(), store.register_numbers());
    let written = kind(Some(ConsentKind::Written));
    registers.insert(&written, start()).await.unwrap();
    numbers.replace(&holds(&[1, 3], written.clone()), at(0)).await.unwrap();
    store.leads().insert(&[lead(1), lead(2)], start()).await.unwrap();
    assert_eq!(forbidden(2).await, 1, "the register came first");
    let given = |of| Lead { consent: Some(consent(of, -9, None)), ..lead(1) };
    store.leads().update(&given(ConsentKind::Express), 1, at(1)).await.unwrap();
    assert_eq!(forbidden(2).await, 1);
    store.leads().update(&given(ConsentKind::Written), 2, at(2)).await.unwrap();
    assert_eq!(forbidden(2).await, 0);
    registers.update(&kind(None), 1, at(3)).await.unwrap();
    assert_eq!(forbidden(2).await, 1, "nothing lifts it now");
    registers.update(&kind(Some(ConsentKind::Express)), 2, at(4)).await.unwrap();
    assert_eq!(forbidden(2).await, 0);
    let other = RegisterSettings {
        id: RegisterId::from(Uuid::from_u128(2)),
        name: "Regional".to_owned(),
        ..kind(None)
    };
    registers.insert(&other, start()).await.unwrap();
    numbers.replace(&holds(&[1, 2], other.clone()), at(5)).await.unwrap();
    assert_eq!(forbidden(2).await, 2, "the lead came first");
    let off = [(lead(1).id, at(90)), (lead(2).id, at(90))];
    store.leads().defer(settings.id, &off, at(60)).await.unwrap();
    assert_eq!(forbidden(2).await, 2, "whom they bind is not counted as put off");
    numbers.replace(&holds(&[2], other.clone()), at(6)).await.unwrap();
    let held = funnel(&store, &settings, at(60)).await;
    assert_eq!((held.forbidden, held.waiting), (1, 1));
    let moved = Lead { number: number(3), consent: None, ..lead(1) };
    store.leads().update(&moved, 3, at(7)).await.unwrap();
    assert_eq!(forbidden(2).await, 2, "the other number stands in the first");
    registers.delete(other.id, 1).await.unwrap();
    let held = funnel(&store, &settings, at(60)).await;
    assert_eq!((held.forbidden, held.waiting), (1, 1), "the second was put off, and is unbound");
}
