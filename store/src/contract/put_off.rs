//! Covers: what one campaign's gate put off, as each campaign that dials the list sees it: refills,
//! the funnel, why a lead is not dialled; and what makes a put-off go.

use dialer::campaign::Recycle;
use dialer::campaigns::Order;
use dialer::dnc::DncScope;
use dialer::leads::OtherNumber;
use dialer::{CampaignSettings, Lead, LeadStatus, Outcome};
use jiff::Timestamp;
use routing::CampaignId;

use crate::database::Store;
use crate::dnc::DncEntry;
use crate::event::Event;
use crate::fold::Fold;
use crate::leads::{Asked, Reconsidered, Wanted};
use crate::testing::{
    CAMPAIGN, LIST, Written, at, campaign, furnished, id, lead, number, rows, start,
};

const OTHER: u128 = 0xcb;
const THIRD: u128 = 0xcc;

/// A list that several campaigns dial.
async fn shared(store: &Store, leads: &[Lead]) {
    for (n, name) in [(OTHER, "Other"), (THIRD, "Third")] {
        let other = CampaignSettings { id: id(n), name: name.into(), ..campaign() };
        store.campaigns().insert(&other, start()).await.unwrap();
    }
    store.leads().insert(leads, start()).await.unwrap();
}

async fn put_off(store: &Store, campaign: u128, leads: &[u64], until: Timestamp) {
    let leads: Vec<_> = leads.iter().map(|n| (lead(*n).id, until)).collect();
    store.leads().defer(id(campaign), &leads, at(0)).await.unwrap();
}

async fn read_by(store: &Store, campaign: u128, now: Timestamp, order: Order) -> Vec<u64> {
    let wanted = Wanted {
        campaign: id(campaign),
        lists: &[id(LIST)],
        max_attempts: 3,
        now,
        filters: &[],
        order,
        limit: 100,
        excluding: &[],
    };
    let found = store.leads().dialable(&wanted).await.unwrap().leads;
    found.iter().map(|lead| lead.number.digits()[7..].parse().unwrap()).collect()
}

async fn refill(store: &Store, campaign: u128, now: Timestamp) -> Vec<u64> {
    read_by(store, campaign, now, Order::OldestFirst).await
}

/// How many wait and how many may be dialled.
async fn counted(store: &Store, own: u128, now: Timestamp) -> (u64, u64) {
    let settings = CampaignSettings { id: id::<CampaignId>(own), ..campaign() };
    let asked = Asked {
        campaign: settings.id,
        lists: &settings.lists,
        filters: &[],
        max_attempts: 3,
        consent: settings.consent,
        rests: settings.lock_out,
        windows: &[],
        now,
    };
    let funnel = store.leads().funnel(&asked).await.unwrap();
    assert_eq!(funnel.waiting + funnel.dialable, funnel.total, "{funnel:?}");
    (funnel.waiting, funnel.dialable)
}

/// The hours of one campaign are not those of another that dials the same list.
#[tokio::test]
async fn what_one_campaign_put_off_another_dials() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let promised = Lead { status: LeadStatus::Callback, ..lead(4) };
    let urgent = Lead { priority: 5, ..lead(5) };
    shared(&store, &[lead(1), lead(2), lead(3), promised, urgent]).await;
    put_off(&store, CAMPAIGN, &[1, 2, 4, 5], at(100)).await;
    put_off(&store, OTHER, &[2, 3], at(200)).await;
    put_off(&store, OTHER, &[2], at(150)).await;
    for (now, own, other, third) in [
        (99, &[3][..], &[4, 5, 1][..], &[4, 5, 1, 2, 3][..]),
        (100, &[4, 5, 3, 1, 2], &[4, 5, 1], &[4, 5, 1, 2, 3]),
        (200, &[4, 5, 3, 1, 2], &[4, 5, 1, 2, 3], &[4, 5, 1, 2, 3]),
    ] {
        for (campaign, expected) in [(CAMPAIGN, own), (OTHER, other), (THIRD, third)] {
            assert_eq!(refill(&store, campaign, at(now)).await, expected, "{campaign:x}, {now} s");
            let dialable = expected.len() as u64;
            assert_eq!(counted(&store, campaign, at(now)).await, (5 - dialable, dialable));
        }
    }
    let newest = read_by(&store, CAMPAIGN, at(100), Order::NewestFirst).await;
    assert_eq!(newest, [4, 5, 2, 1, 3]);
    let due = async |campaign: u128| {
        let found = store.leads().find_for(lead(2).id, id(campaign)).await.unwrap();
        found.value.next_due_at
    };
    let each = [due(CAMPAIGN).await, due(OTHER).await, due(THIRD).await];
    assert_eq!(each, [Some(at(100)), Some(at(200)), None], "why it is not dialled says whose");
    assert_eq!(store.leads().find(lead(2).id).await.unwrap().value.next_due_at, None);
}

/// What was found of a lead is true until the lead changes.
#[tokio::test]
async fn a_put_off_goes_with_the_first_change_of_its_lead() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    shared(&store, &[lead(1), lead(2), lead(3)]).await;
    put_off(&store, CAMPAIGN, &[1, 2, 3], at(500)).await;
    put_off(&store, OTHER, &[1], at(500)).await;
    put_off(&store, 0x404, &[1], at(500)).await;
    let corrected = Lead { priority: 3, ..lead(1) };
    store.leads().update(&corrected, 1, at(1)).await.unwrap();
    assert_eq!(refill(&store, CAMPAIGN, at(1)).await, [1]);
    assert_eq!(refill(&store, OTHER, at(1)).await, [1, 2, 3]);
    let mut written = Written::open(&dir.path().join("journal"));
    let recycle = Recycle {
        status: LeadStatus::Due,
        next_due_at: Some(at(50)),
        outcome: Outcome::NoAnswer,
        number: None,
    };
    written.append(
        at(2),
        Event::OptedOut {
            call: id(1),
            number: "+15550199999".parse().unwrap(),
            campaign: None,
            lead: Some(lead(2).id),
            key: None,
            recycle: Some(recycle),
        },
    );
    written.wait();
    Fold::open(&store, &written.journal).await.unwrap().catch_up().await.unwrap();
    assert_eq!(refill(&store, CAMPAIGN, at(50)).await, [1, 2]);
    store.leads().delete(lead(3).id, 1).await.unwrap();
    assert_eq!(rows(&store, "SELECT * FROM lead_put_off").await.len(), 0);
}

/// Sets in which no lead is any more are forgotten, and no other: whom a campaign put off is still
/// found by the rest.
#[tokio::test]
async fn sets_that_no_lead_is_in_are_forgotten() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    shared(&store, &[lead(1), lead(2)]).await;
    put_off(&store, OTHER, &[1], at(200)).await;
    put_off(&store, THIRD, &[1, 2], at(200)).await;
    let sets = || async { rows(&store, "SELECT * FROM put_off_set").await.len() };
    assert_eq!(sets().await, 3, "of one, of the other, of both");
    store.leads().forget_sets(3).await.unwrap();
    assert_eq!(sets().await, 3, "so many are few");
    store.leads().forget_sets(2).await.unwrap();
    assert_eq!(sets().await, 2, "of one alone there is no lead");
    assert_eq!(refill(&store, CAMPAIGN, at(99)).await, [1, 2]);
    assert_eq!(refill(&store, OTHER, at(99)).await, [2]);
}

/// What a campaign's gate put off by rules that hold no more is read at once, and what another put
/// off stays so; whom it called as often as it might is called again where it may more often.
#[tokio::test]
async fn leads_are_looked_at_anew_when_the_rules_of_their_campaign_change() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let exhausted = |n, attempts| Lead { status: LeadStatus::Exhausted, attempts, ..lead(n) };
    let done = Lead { status: LeadStatus::Done, attempts: 1, ..lead(5) };
    shared(&store, &[lead(1), lead(2), exhausted(3, 2), exhausted(4, 3), done]).await;
    put_off(&store, CAMPAIGN, &[1, 2], at(500)).await;
    put_off(&store, OTHER, &[1], at(500)).await;
    let reconsider = async |max_attempts| {
        let changed = Reconsidered::of(&CampaignSettings { max_attempts, ..campaign() });
        store.leads().reconsider(&changed, at(7)).await.unwrap()
    };
    assert!(refill(&store, CAMPAIGN, at(7)).await.is_empty());
    assert!(!reconsider(2).await, "there are no more");
    assert_eq!(refill(&store, CAMPAIGN, at(7)).await, [1, 2]);
    assert_eq!(refill(&store, OTHER, at(7)).await, [2]);
    assert!(!reconsider(3).await);
    assert_eq!(
        refill(&store, CAMPAIGN, at(7)).await,
        [1, 2, 3],
        "who was called three times is not"
    );
    let revived = store.leads().find(lead(3).id).await.unwrap().value;
    assert_eq!((revived.status, revived.next_due_at), (LeadStatus::Due, Some(at(7))));
    let count = "SELECT * FROM lead_put_off";
    assert_eq!(rows(&store, count).await.len(), 1);
}

/// Issue 6: a do-not-call list of a campaign's own forbids that campaign the person, at whichever
/// of their numbers, and no other campaign, whatever happens to the lead or its list meanwhile.
#[tokio::test]
async fn a_campaigns_own_list_keeps_its_people_from_it_alone() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let more = OtherNumber { kind: String::new(), number: number(9), passed_over: false };
    let two = Lead { other_numbers: vec![more], ..lead(2) };
    let forbid = async |n: u64, scope| {
        let entry = DncEntry {
            id: uuid::Uuid::now_v7(),
            number: number(n),
            scope,
            reason: String::new(),
            created_at: start(),
        };
        store.dnc().insert(&entry).await.unwrap();
    };
    let (ours, theirs) = (DncScope::Campaign(id(CAMPAIGN)), DncScope::Campaign(id(OTHER)));
    shared(&store, &[lead(1), two, lead(3)]).await;
    put_off(&store, OTHER, &[1], at(500)).await;
    forbid(1, ours).await;
    forbid(9, ours).await;
    forbid(3, theirs).await;
    store.leads().insert(&[lead(4)], start()).await.unwrap();
    forbid(5, ours).await;
    store.leads().insert(&[lead(5)], start()).await.unwrap();
    let read = async || {
        let own = refill(&store, CAMPAIGN, at(7)).await;
        let funnel = forbidden(&store).await;
        (own, funnel, refill(&store, OTHER, at(7)).await)
    };
    assert_eq!(read().await, (vec![3, 4], 3, vec![1, 2, 4, 5]), "what was put off is asked anew");
    put_off(&store, CAMPAIGN, &[1], at(5)).await;
    put_off(&store, OTHER, &[1], at(500)).await;
    assert_eq!(
        read().await,
        (vec![3, 4], 3, vec![2, 4, 5]),
        "and is never due for whom it forbids"
    );
    let corrected = Lead { first_name: "Ada".into(), ..lead(1) };
    store.leads().update(&corrected, 1, at(6)).await.unwrap();
    assert_eq!(read().await, (vec![3, 4], 3, vec![1, 2, 4, 5]));
    let alone = Lead { other_numbers: vec![], ..lead(2) };
    store.leads().update(&alone, 1, at(6)).await.unwrap();
    assert_eq!(read().await, (vec![2, 3, 4], 2, vec![1, 2, 4, 5]));
    store.dnc().remove(&[number(1)], ours, at(6)).await.unwrap();
    assert_eq!(read().await, (vec![1, 2, 3, 4], 1, vec![1, 2, 4, 5]));
    forbid(4, DncScope::Organisation).await;
    assert_eq!(read().await, (vec![1, 2, 3], 2, vec![1, 2, 5]));
}

async fn forbidden(store: &Store) -> u64 {
    let settings = campaign();
    let asked = Asked {
        campaign: settings.id,
        lists: &settings.lists,
        filters: &[],
        max_attempts: 3,
        consent: settings.consent,
        rests: settings.lock_out,
        windows: &[],
        now: at(7),
    };
    let funnel = store.leads().funnel(&asked).await.unwrap();
    assert_eq!(funnel.forbidden + funnel.dialable, funnel.total, "{funnel:?}");
    funnel.forbidden
}

/// A long list is looked at in parts: each tells that there is more, and the last that there is
/// not.
#[tokio::test]
async fn many_leads_are_looked_at_anew_some_thousand_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let many: Vec<_> = (1..=2_001).map(lead).collect();
    shared(&store, &many).await;
    let numbers: Vec<_> = (1..=2_001).collect();
    put_off(&store, CAMPAIGN, &numbers, at(500)).await;
    let own = Reconsidered::of(&campaign());
    assert!(store.leads().reconsider(&own, at(7)).await.unwrap());
    assert_eq!(counted(&store, CAMPAIGN, at(7)).await, (1, 2_000));
    assert!(!store.leads().reconsider(&own, at(7)).await.unwrap());
    assert_eq!(counted(&store, CAMPAIGN, at(7)).await, (0, 2_001));
}
