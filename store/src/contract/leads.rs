//! Covers: bulk insert, the dialable set and its order, putting off, the funnel, search, change.
//! The plan of the dialable query is held in `leads::dialable`.

use dialer::campaigns::LockOut;
use dialer::campaigns::{Filter, Order};
use dialer::dnc::{DncScope, Forbidden};
use dialer::leads::OtherNumber;
use dialer::rules::ConsentRule;
use dialer::{AttemptId, CallingWindow, Lead, LeadId, LeadStatus, ListId};
use jiff::Timestamp;
use routing::CampaignId;
use uuid::Uuid;

use crate::database::Store;
use crate::dnc::DncEntry;
use crate::error::Error;
use crate::leads::{Asked, Funnel, Inserted, LeadQuery, Wanted, Within};
use crate::lists::List;
use crate::page::Query;
use crate::sql;
use crate::testing::{CAMPAIGN, LIST, at, campaign, furnished, id, lead, number, start};

fn wanted(lists: &[ListId], now: Timestamp, limit: usize) -> Wanted<'_> {
    let campaign = id(CAMPAIGN);
    let (filters, order, excluding) = (&[][..], Order::OldestFirst, &[][..]);
    Wanted { campaign, lists, max_attempts: 3, now, filters, order, limit, excluding }
}

/// The numbers of leads that may be dialled at `now`, in order.
async fn dialable(store: &Store, now: Timestamp) -> Vec<u64> {
    let lists = [id(LIST), id(0x2)];
    let found = store.leads().dialable(&wanted(&lists, now, 100)).await.unwrap();
    found.leads.iter().map(place).collect()
}

/// The `n` of [`lead`].
fn place(lead: &Lead) -> u64 {
    lead.number.digits()[7..].parse().unwrap()
}

fn forbidden(n: u64, scope: DncScope) -> DncEntry {
    let id = Uuid::from_u128(match scope {
        DncScope::Organisation => 0xd_0000 + u128::from(n),
        DncScope::Campaign(_) => 0xe_0000 + u128::from(n),
    });
    DncEntry { id, number: number(n), scope, reason: "asked".into(), created_at: start() }
}

#[tokio::test]
async fn a_batch_is_added_but_for_leads_that_the_list_has_already() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let leads = store.leads();
    let keyed = |n: u64, key: &str| Lead { external_id: Some(key.into()), ..lead(n) };
    let first = [keyed(1, "a"), lead(2), lead(3)];
    let all = Inserted { added: 3, duplicates: vec![] };
    assert_eq!(leads.insert(&first, at(0)).await.unwrap(), all);
    let same_number = Lead { id: id(0x99), ..lead(2) };
    let second = [lead(4), same_number, keyed(5, "a"), lead(6), Lead { id: id(0x98), ..lead(4) }];
    let some = Inserted { added: 2, duplicates: vec![1, 2, 4] };
    assert_eq!(leads.insert(&second, at(1)).await.unwrap(), some);
    let mut numbers = leads.numbers(id(LIST), Within::List).await.unwrap();
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3, 4, 6].map(number));
    let lost = Lead { list: id(404), ..lead(7) };
    let error = leads.insert(&[lead(8), lost], at(2)).await.unwrap_err();
    assert!(matches!(&error, Error::Unknown(field) if field == "list"), "{error}");
    assert!(leads.find(lead(8).id).await.is_err(), "a batch is added wholly or not at all");
}

#[tokio::test]
async fn a_lead_is_read_back_as_it_was_written() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let mut whole = lead(1);
    whole.other_numbers = vec![dialer::leads::OtherNumber {
        kind: "work".into(),
        number: number(2),
        passed_over: false,
    }];
    whole.external_id = Some("CRM-1".into());
    whole.zone = Some("America/Chicago".into());
    whole.fields = [("colour".to_owned(), "=cmd|' /C calc'!A0".to_owned())].into();
    whole.priority = -7;
    whole.attempts = 2;
    whole.carrier_failures = 1;
    whole.last_attempt_at = Some(at(-60));
    whole.next_due_at = Some(at(60));
    whole.status = LeadStatus::Due;
    whole.last_outcome = Some(dialer::Outcome::Busy);
    store.leads().insert(std::slice::from_ref(&whole), at(0)).await.unwrap();
    let found = store.leads().find(whole.id).await.unwrap();
    assert_eq!((found.value, found.version, found.created_at), (whole, 1, at(0)));
}

#[tokio::test]
async fn callbacks_come_first_then_the_higher_priority_then_the_longest_due() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let second = List { id: id(0x2), name: "Second".into(), source: None };
    store.lists().insert(&second, start()).await.unwrap();
    let due = |n, due: Option<i64>, priority, status| Lead {
        next_due_at: due.map(at),
        priority,
        status,
        ..lead(n)
    };
    let leads = [
        due(1, None, 0, LeadStatus::New),
        due(2, Some(-10), 0, LeadStatus::Due),
        due(3, Some(-20), 0, LeadStatus::Due),
        due(4, None, 9, LeadStatus::New),
        due(5, Some(-5), -3, LeadStatus::Due),
        due(6, Some(-1), -9, LeadStatus::Callback),
        due(7, Some(-2), 0, LeadStatus::Callback),
        due(8, Some(10), 9, LeadStatus::Due),
        due(9, Some(10), 0, LeadStatus::Callback),
        Lead { list: second.id, ..due(10, Some(-15), 0, LeadStatus::Due) },
    ];
    store.leads().insert(&leads, start()).await.unwrap();
    assert_eq!(dialable(&store, at(0)).await, [7, 6, 4, 1, 3, 10, 2, 5]);
    assert_eq!(dialable(&store, at(10)).await, [7, 6, 9, 4, 8, 1, 3, 10, 2, 5]);
    let lists = [id(LIST)];
    let few = store.leads().dialable(&wanted(&lists, at(0), 3)).await.unwrap();
    assert_eq!(few.leads.iter().map(place).collect::<Vec<_>>(), [7, 6, 4]);
    let held = [lead(7).id, lead(4).id];
    let wanted = Wanted { excluding: &held, ..wanted(&lists, at(0), 3) };
    let others = store.leads().dialable(&wanted).await.unwrap();
    assert_eq!(others.leads.iter().map(place).collect::<Vec<_>>(), [6, 1, 3]);
    assert_eq!(others.folded_to, 0);
}

/// FAULTS D3, F18: what the gate would refuse for long is not even read.
#[tokio::test]
async fn leads_that_may_not_be_dialled_are_not_in_the_set() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let stands = |n, status| Lead { status, ..lead(n) };
    let mut leads: Vec<_> = (1..=4).map(lead).collect();
    leads.push(Lead { attempts: 3, ..lead(5) });
    let ended = [
        LeadStatus::InFlight,
        LeadStatus::Done,
        LeadStatus::Exhausted,
        LeadStatus::BadNumber,
        LeadStatus::DoNotCall,
    ];
    leads.extend((6..).zip(ended).map(|(n, status)| stands(n, status)));
    store.leads().insert(&leads, start()).await.unwrap();
    let other = dialer::CampaignSettings { id: id(0xcb), name: "Other".into(), ..campaign() };
    store.campaigns().insert(&other, start()).await.unwrap();
    for entry in [
        forbidden(2, DncScope::Organisation),
        forbidden(3, DncScope::Campaign(id(CAMPAIGN))),
        forbidden(4, DncScope::Campaign(other.id)),
    ] {
        store.dnc().insert(&entry).await.unwrap();
    }
    assert_eq!(dialable(&store, at(0)).await, [1, 4]);
    live_attempt(&store, 1, 0xa, number(4).to_string()).await.unwrap();
    assert_eq!(dialable(&store, at(0)).await, [1], "the number is being dialled for another lead");
}

/// A row as the fold makes it.
async fn live_attempt(
    store: &Store,
    attempt: u128,
    lead: u128,
    number: String,
) -> Result<(), sqlx::Error> {
    let mut writing = store.begin().await.unwrap();
    let nobody = Uuid::from_u128(0xffff);
    sql::query(
        "INSERT INTO attempt (id, call, lead, campaign, list, number, cli, trunk, permitted_at) \
         VALUES ($1, $2, $3, $2, $2, $4, '+15550109999', $2, 0)",
    )
    .bind(Uuid::from(id::<AttemptId>(attempt)))
    .bind(nobody)
    .bind(Uuid::from(id::<LeadId>(lead)))
    .bind(number)
    .execute(&mut *writing)
    .await?;
    writing.commit().await.unwrap();
    Ok(())
}

/// FAULTS F18, D2: the database itself holds at most one live attempt for a lead and for a number.
#[tokio::test]
async fn a_second_live_claim_on_a_lead_or_a_number_is_impossible() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let unique = |result: Result<(), sqlx::Error>| match result {
        Ok(()) => false,
        Err(error) => error.as_database_error().unwrap().is_unique_violation(),
    };
    live_attempt(&store, 1, 10, "+15550100001".into()).await.unwrap();
    assert!(unique(live_attempt(&store, 2, 10, "+15550100002".into()).await), "the lead");
    assert!(unique(live_attempt(&store, 3, 11, "+15550100001".into()).await), "the number");
    let mut writing = store.begin().await.unwrap();
    sql::query("UPDATE attempt SET ended_at = 1").execute(&mut *writing).await.unwrap();
    writing.commit().await.unwrap();
    assert!(!unique(live_attempt(&store, 4, 10, "+15550100001".into()).await), "once it ended");
}

#[tokio::test]
async fn a_lead_that_was_put_off_comes_back_at_its_time() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let flying = Lead { status: LeadStatus::InFlight, ..lead(3) };
    let later = Lead { status: LeadStatus::Due, next_due_at: Some(at(500)), ..lead(4) };
    store.leads().insert(&[lead(1), lead(2), flying, later], start()).await.unwrap();
    let put_off = [1, 3, 4].map(|n| (lead(n).id, at(100)));
    store.leads().defer(id(CAMPAIGN), &put_off, at(0)).await.unwrap();
    assert_eq!(dialable(&store, at(99)).await, [2]);
    assert_eq!(dialable(&store, at(100)).await, [2, 1]);
    assert_eq!(dialable(&store, at(500)).await, [2, 1, 4], "never earlier than it was due");
    assert_eq!(store.leads().find(lead(3).id).await.unwrap().value.next_due_at, None);
}

/// Issue 6: the funnel always adds up.
#[tokio::test]
async fn every_lead_is_in_exactly_one_figure_of_the_funnel() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let mut leads = Vec::new();
    for (n, status) in (0..160).zip(LeadStatus::ALL.into_iter().cycle()) {
        let attempts = if n % 5 == 0 { 3 } else { 0 };
        let next_due_at = (n % 3 == 0).then(|| at(10));
        leads.push(Lead { status, attempts, next_due_at, ..lead(n) });
    }
    store.leads().insert(&leads, start()).await.unwrap();
    let listed: Vec<_> = (0..40).map(|n| forbidden(n, DncScope::Organisation)).collect();
    store.dnc().insert_many(&listed).await.unwrap();
    for seconds in [0, 10] {
        let now = at(seconds);
        let lists = [id(LIST), id(0x2)];
        let funnel = store.leads().funnel(&asked(&lists, now, &[])).await.unwrap();
        assert_eq!((funnel.total, parts(&funnel)), (160, 160));
        assert_eq!(funnel.dialable, dialable(&store, now).await.len() as u64);
        assert_eq!((funnel.done, funnel.bad_number, funnel.in_flight), (20, 20, 20));
        assert!(funnel.exhausted > 20 && funnel.forbidden > 10 && funnel.dialable > 0);
        assert_eq!((funnel.do_not_call, funnel.out_of_window), (20, 0));
        assert_eq!(funnel.waiting > 0, seconds == 0);
    }
}

fn asked<'a>(lists: &'a [ListId], now: Timestamp, windows: &'a [&'a CallingWindow]) -> Asked<'a> {
    let (consent, rests) = (ConsentRule::None, LockOut::default());
    let campaign = id(CAMPAIGN);
    Asked { campaign, lists, filters: &[], max_attempts: 3, consent, rests, windows, now }
}

fn parts(funnel: &Funnel) -> u64 {
    let closed = funnel.done + funnel.bad_number + funnel.do_not_call + funnel.exhausted;
    let held = funnel.in_flight + funnel.out_of_window + funnel.forbidden + funnel.waiting;
    let held = held + funnel.unwanted + funnel.without_consent + funnel.resting;
    closed + held + funnel.dialable
}

/// The tally is kept by the database through every write: bulk, fold, change, deletion; and a
/// moment's hour decides who is in the window.
#[tokio::test]
async fn the_funnel_follows_every_write_and_the_clock_of_each_place() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let of = |n: u64, number: &str| Lead { number: number.parse().unwrap(), ..lead(n) };
    let leads = [of(1, "+12125550101"), of(2, "+13105550102"), of(3, "+442079460103")];
    store.leads().insert(&leads, start()).await.unwrap();
    store.leads().insert(&leads, start()).await.unwrap();
    let lists = [id(LIST)];
    let us = CallingWindow::us();
    let funnel = async |now: &str| {
        let windows = [&us];
        let asked = asked(&lists, now.parse().unwrap(), &windows);
        let funnel = store.leads().funnel(&asked).await.unwrap();
        assert_eq!(parts(&funnel), funnel.total);
        (funnel.total, funnel.out_of_window, funnel.dialable)
    };
    // Nine in the evening in London, four in New York, one in Los Angeles.
    assert_eq!(funnel("2026-01-15T21:00:00Z").await, (3, 1, 2));
    assert_eq!(funnel("2026-01-15T14:00:00Z").await, (3, 1, 2), "six in Los Angeles");
    assert_eq!(funnel("2026-01-15T17:00:00Z").await, (3, 0, 3));
    let moved = Lead { number: "+442079460101".parse().unwrap(), ..leads[0].clone() };
    store.leads().update(&moved, 1, at(1)).await.unwrap();
    assert_eq!(funnel("2026-01-15T21:00:00Z").await, (3, 2, 1));
    store.leads().delete(leads[1].id, 1).await.unwrap();
    assert_eq!(funnel("2026-01-15T17:00:00Z").await, (2, 0, 2));
    let list = store.lists().find(lists[0]).await.unwrap();
    let campaign = dialer::CampaignSettings { lists: vec![], ..campaign() };
    store.campaigns().update(&campaign, 1, at(2)).await.unwrap();
    store.lists().delete(lists[0], list.version).await.unwrap();
    assert_eq!(funnel("2026-01-15T17:00:00Z").await, (0, 0, 0));
}

/// Duplicates by number within the list, the campaigns that have it, or everywhere.
#[tokio::test]
async fn an_import_is_compared_with_as_many_lists_as_is_asked() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let mut lists = vec![id::<ListId>(LIST)];
    for n in [2_u64, 3] {
        let list = List { id: id(n.into()), name: format!("List {n}"), source: None };
        store.lists().insert(&list, start()).await.unwrap();
        lists.push(list.id);
        let external_id = Some(format!("CRM-{n}"));
        let one = Lead { list: list.id, external_id, ..lead(n) };
        store.leads().insert(&[one], start()).await.unwrap();
    }
    let own = Lead { external_id: Some("CRM-1".into()), ..lead(1) };
    store.leads().insert(&[own, lead(9)], start()).await.unwrap();
    let both = dialer::CampaignSettings { lists: lists[..2].to_vec(), ..campaign() };
    store.campaigns().update(&both, 1, at(1)).await.unwrap();
    let known = async |within| {
        let mut numbers = store.leads().numbers(id(LIST), within).await.unwrap();
        numbers.sort_unstable();
        numbers
    };
    assert_eq!(known(Within::List).await, [1, 9].map(number));
    assert_eq!(known(Within::Campaign).await, [1, 2, 9].map(number));
    assert_eq!(known(Within::Organisation).await, [1, 2, 3, 9].map(number));
    let keys = async |within| {
        let mut keys = store.leads().keys(id(LIST), within).await.unwrap();
        keys.sort_unstable();
        keys.join(" ")
    };
    assert_eq!(keys(Within::List).await, "CRM-1");
    assert_eq!(keys(Within::Campaign).await, "CRM-1 CRM-2");
    assert_eq!(keys(Within::Organisation).await, "CRM-1 CRM-2 CRM-3");
    let of_campaign = LeadQuery { campaign: Some(id(CAMPAIGN)), ..LeadQuery::default() };
    assert_eq!(store.leads().list(&of_campaign).await.unwrap().items.len(), 3);
    let page = store.leads().page_of(lists[0], None, 10).await.unwrap();
    assert_eq!(page.len(), 2);
    assert_eq!(store.leads().page_of(lists[0], Some(page[0].id), 10).await.unwrap(), page[1..]);
}

#[tokio::test]
async fn leads_are_found_by_name_number_key_list_and_status() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let mut leads: Vec<_> = (1..=30).map(lead).collect();
    leads[4].external_id = Some("CRM-77".into());
    leads[6].status = LeadStatus::Done;
    let more = |n, passed_over| OtherNumber { kind: "work".into(), number: number(n), passed_over };
    leads[8].other_numbers = vec![more(8_001, false), more(8_002, true)];
    store.leads().insert(&leads, start()).await.unwrap();
    let text = |text: &str| LeadQuery { text: Some(text.into()), ..LeadQuery::default() };
    for (query, found) in [
        (text("byron 2"), 11),
        (text("ADA BYRON 30"), 1),
        (text("0100007"), 1),
        (text("0108001"), 1),
        (text("010800"), 1),
        (text("crm-7"), 1),
        (text("100%"), 0),
        (LeadQuery { status: Some(LeadStatus::Done), ..LeadQuery::default() }, 1),
        (LeadQuery { list: Some(id(404)), ..LeadQuery::default() }, 0),
        (LeadQuery { list: Some(id(LIST)), limit: Some(7), ..LeadQuery::default() }, 7),
    ] {
        assert_eq!(store.leads().list(&query).await.unwrap().items.len(), found, "{query:?}");
    }
    let first = LeadQuery { limit: Some(29), ..LeadQuery::default() };
    let page = store.leads().list(&first).await.unwrap();
    let rest = store.leads().list(&LeadQuery { after: page.next, ..first }).await.unwrap();
    assert_eq!((rest.items.len(), rest.next), (1, None));
}

#[tokio::test]
async fn people_change_the_person_and_never_what_the_dialer_knows() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let leads = store.leads();
    let flying = Lead { status: LeadStatus::InFlight, attempts: 2, ..lead(1) };
    leads.insert(&[flying.clone(), lead(2)], start()).await.unwrap();
    let changed = Lead { first_name: "Augusta".into(), priority: 5, ..lead(1) };
    let stored = leads.update(&changed, 1, at(1)).await.unwrap();
    let expected = Lead { first_name: "Augusta".into(), priority: 5, ..flying };
    assert_eq!((stored.value, stored.version), (expected, 2));
    let stale = leads.update(&changed, 1, at(2)).await.unwrap_err();
    assert!(matches!(stale, Error::Stale { current: 2 }), "{stale}");
    let clash = Lead { number: number(1), ..lead(2) };
    let error = leads.update(&clash, 1, at(3)).await.unwrap_err();
    assert!(matches!(error, Error::Taken("number")), "{error}");
    let keyed = Lead { external_id: Some("CRM-1".into()), ..lead(3) };
    leads.insert(&[keyed], start()).await.unwrap();
    let clash = Lead { external_id: Some("CRM-1".into()), ..lead(2) };
    let error = leads.update(&clash, 1, at(3)).await.unwrap_err();
    assert!(matches!(error, Error::Taken("external_id")), "{error}");
    assert!(matches!(leads.update(&lead(9), 1, at(4)).await, Err(Error::NotFound("lead"))));

    assert!(matches!(leads.delete(lead(2).id, 7).await, Err(Error::Stale { current: 1 })));
    leads.delete(lead(2).id, 1).await.unwrap();
    assert!(matches!(leads.find(lead(2).id).await, Err(Error::NotFound("lead"))));
    live_attempt(&store, 1, 0x1_0001, number(1).to_string()).await.unwrap();
    let error = leads.delete(lead(1).id, 2).await.unwrap_err();
    assert!(matches!(error, Error::Referenced { .. }), "{error}");
}

/// Consent is given, changed and revoked; the funnel and the registers go by what is stored now.
#[tokio::test]
async fn consent_zone_and_region_are_corrected() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let leads = store.leads();
    leads.insert(&[lead(1)], start()).await.unwrap();
    let consent = dialer::Consent {
        kind: dialer::ConsentKind::Written,
        given_at: start(),
        until: Some(at(86_400)),
        source: "form 17".into(),
    };
    let corrected = Lead {
        consent: Some(consent),
        zone: Some("Europe/London".into()),
        region: Some("GB".into()),
        other_numbers: vec![OtherNumber {
            kind: "work".into(),
            number: number(7),
            passed_over: false,
        }],
        ..lead(1)
    };
    let stored = leads.update(&corrected, 1, at(1)).await.unwrap();
    assert_eq!((&stored.value, stored.version), (&corrected, 2));
    let revoked = Lead { consent: None, ..corrected };
    assert_eq!(leads.update(&revoked, 2, at(2)).await.unwrap().value.consent, None);
}

/// A number is not changed under a call to it; one that did not exist is dialled when it does.
#[tokio::test]
async fn a_number_is_mended_when_nobody_is_dialling_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let leads = store.leads();
    let wrong = Lead { status: LeadStatus::BadNumber, attempts: 1, ..lead(2) };
    let flying = Lead { status: LeadStatus::InFlight, ..lead(3) };
    leads.insert(&[lead(1), wrong, flying], start()).await.unwrap();
    live_attempt(&store, 1, 0x1_0001, number(1).to_string()).await.unwrap();
    for n in [1, 3] {
        let other = Lead { number: number(90 + n), ..lead(n) };
        let error = leads.update(&other, 1, at(1)).await.unwrap_err();
        assert!(matches!(error, Error::Live), "{error}");
        let named = Lead { last_name: "King".into(), ..lead(n) };
        assert_eq!(leads.update(&named, 1, at(2)).await.unwrap().value.last_name, "King");
    }
    let named = Lead { last_name: "King".into(), ..lead(2) };
    let stored = leads.update(&named, 1, at(3)).await.unwrap();
    assert_eq!(stored.value.status, LeadStatus::BadNumber);
    let mended = Lead { number: number(92), ..named };
    let stored = leads.update(&mended, 2, at(4)).await.unwrap();
    assert_eq!((stored.value.status, stored.value.attempts), (LeadStatus::Due, 1));
}

/// The gate must know every number that was forbidden before a restart, and a later version of the
/// set must never look like an earlier one.
#[tokio::test]
async fn the_do_not_call_sets_come_back_with_their_version() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let dnc = store.dnc();
    dnc.insert(&forbidden(1, DncScope::Organisation)).await.unwrap();
    dnc.insert(&forbidden(2, DncScope::Campaign(id(CAMPAIGN)))).await.unwrap();
    let again = DncEntry { id: Uuid::from_u128(9), ..forbidden(1, DncScope::Organisation) };
    assert!(matches!(dnc.insert(&again).await, Err(Error::Taken("number"))));
    let many: Vec<_> = (1..20_000).map(|n| forbidden(n, DncScope::Organisation)).collect();
    assert_eq!(dnc.insert_many(&many[..9_000]).await.unwrap(), 8_999);
    let loaded = dnc.load().await.unwrap();
    assert_eq!((loaded.version(), loaded.len()), (3, 9_001));
    assert_eq!(loaded.forbids(id(0xcb), number(2), None), Some(Forbidden::Organisation));
    let second = [number(2)];
    assert_eq!(dnc.remove(&second, DncScope::Organisation, at(1)).await.unwrap(), 1);
    assert_eq!(dnc.remove(&second, DncScope::Organisation, at(2)).await.unwrap(), 0);
    let loaded = dnc.load().await.unwrap();
    assert_eq!(loaded.version(), 4);
    assert_eq!(loaded.forbids(id(0xcb), number(2), None), None);
    let campaign = id::<CampaignId>(CAMPAIGN);
    assert_eq!(loaded.forbids(campaign, number(2), None), Some(Forbidden::Campaign));
    let found = dnc.list(&Query { text: Some("0100003".into()), ..Query::default() }).await;
    assert_eq!(found.unwrap().items.len(), 1);
    let lost = forbidden(1, DncScope::Campaign(id(404)));
    let error = dnc.insert(&DncEntry { id: Uuid::from_u128(8), ..lost }).await.unwrap_err();
    assert!(matches!(&error, Error::Unknown(field) if field == "scope.campaign"), "{error}");
}

/// Prints what a large list costs here; read it as a ratio. Asserts only that all of it is there.
#[tokio::test]
async fn the_cost_of_a_large_list_is_printed() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let begun = std::time::Instant::now();
    for batch in 0..20_u64 {
        let leads: Vec<_> = (0..5_000)
            .map(|n| {
                let n = batch * 5_000 + n;
                let number = format!("+1555{n:07}").parse().unwrap();
                let priority = i16::try_from(n % 3).unwrap();
                Lead { id: id(u128::from(n) + 1), number, priority, ..lead(0) }
            })
            .collect();
        assert_eq!(store.leads().insert(&leads, start()).await.unwrap().added, 5_000);
    }
    println!("leads: 100,000 inserted in {:?}", begun.elapsed());
    let lists = [id(LIST)];
    let mut waits = Vec::new();
    for _ in 0..50 {
        let begun = std::time::Instant::now();
        let found = store.leads().dialable(&wanted(&lists, at(0), 100)).await.unwrap();
        waits.push(begun.elapsed());
        assert_eq!(found.leads.len(), 100);
    }
    waits.sort_unstable();
    let begun = std::time::Instant::now();
    let funnel = store.leads().funnel(&asked(&lists, at(0), &[])).await.unwrap();
    assert_eq!((funnel.total, funnel.dialable), (100_000, 100_000));
    println!(
        "leads: 100 dialable of 100,000: p50 {:?}, p98 {:?}; funnel {:?}",
        waits[25],
        waits[48],
        begun.elapsed()
    );
}

/// Whom a campaign does not want is read by no refill and counted once by the funnel; a promise is
/// kept whatever a filter says.
#[tokio::test]
async fn filters_narrow_the_dialable_set_and_the_funnel_adds_up() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let of = |n: u64, product: Option<&str>, region: Option<&str>| {
        let mut lead = lead(n);
        lead.fields.extend(product.map(|product| ("product".to_owned(), product.to_owned())));
        lead.fields.insert("note".to_owned(), "product \":\"loan\"".to_owned());
        Lead { region: region.map(str::to_owned), ..lead }
    };
    let promised =
        Lead { status: LeadStatus::Callback, next_due_at: Some(at(0)), ..of(7, None, None) };
    let leads = [
        of(1, Some("loan"), Some("US-NY")),
        of(2, Some("card"), Some("US-FL")),
        of(3, Some("Loan"), None),
        of(4, None, Some("US-FL")),
        of(5, Some("loan"), Some("US-FL")),
        of(6, Some("the \"best\" loan"), None),
        promised,
    ];
    store.leads().insert(&leads, at(0)).await.unwrap();
    store.dnc().insert(&forbidden(5, DncScope::Organisation)).await.unwrap();
    let filter = |column: &str, values: &[&str], exclude| Filter {
        column: column.to_owned(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        exclude,
    };
    let lists = [id(LIST)];
    let read = async |filters: &[Filter], order| {
        let wanted = Wanted { filters, order, ..wanted(&lists, at(1), 100) };
        let found = store.leads().dialable(&wanted).await.unwrap().leads;
        found.iter().map(place).collect::<Vec<_>>()
    };
    let oldest = Order::OldestFirst;
    assert_eq!(read(&[], oldest).await, [7, 1, 2, 3, 4, 6]);
    assert_eq!(read(&[], Order::NewestFirst).await, [7, 6, 4, 3, 2, 1]);
    let loans = [filter("product", &["loan", "the \"best\" loan"], false)];
    assert_eq!(read(&loans, oldest).await, [7, 1, 6], "as it stands in the file");
    let none = [filter("product", &["loan", "card"], true)];
    assert_eq!(read(&none, oldest).await, [7, 3, 4, 6]);
    let both = [filter("product", &["loan", "card"], false), filter("region", &["US-FL"], true)];
    assert_eq!(read(&both, oldest).await, [7, 1]);

    let tried = [filter("lead.attempts", &["0"], false), filter("lead.priority", &["0"], false)];
    assert_eq!(read(&tried, oldest).await, [7, 1, 2, 3, 4, 6]);
    assert_eq!(read(&[filter("lead.attempts", &["0"], true)], oldest).await, [7]);
    assert_eq!(read(&[filter("lead.consent", &["express"], false)], oldest).await, [7]);
    let elsewhere =
        [filter("lead.zone", &["Europe/London"], true), filter("lead.external_id", &["x"], true)];
    assert_eq!(read(&elsewhere, oldest).await, [7, 1, 2, 3, 4, 6], "who has none is none of them");

    let always = CallingWindow::always();
    let windows = [&always];
    let asked = Asked { filters: &both, ..asked(&lists, at(1), &windows) };
    let funnel = store.leads().funnel(&asked).await.unwrap();
    let expected = Funnel { total: 7, forbidden: 1, unwanted: 4, dialable: 2, ..Funnel::default() };
    assert_eq!(funnel, expected);
}
