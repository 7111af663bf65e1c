//! Covers: four dialers that race for the same people with what the database last knew of them
//! (FAULTS F18, D2). 2,000 claims here; `CLAIMS=100000` for the whole.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use dialer::campaign::{Demand, Way};
use dialer::campaigns::Order;
use dialer::outcomes::Retry;
use dialer::permit::ChainHead;
use dialer::{AttemptId, Campaign, CampaignSettings, Dnc, Gate, Lead, LeadId, Outcome};
use jiff::Timestamp;
use routing::{CampaignId, CliOrigin, EffectiveCli, Number};

use crate::database::Store;
use crate::event::Event;
use crate::fold::Fold;
use crate::leads::Wanted;
use crate::lists::List;
use crate::testing::{
    CLI, LIST, TRUNK, Written, at, call_started, campaign, furnished, id, lead, number, start,
};

/// A second list with the same people.
const OTHER: u128 = 0x2;

/// What the dialers race for: one gate, one journal, and what is live by an account of its own.
struct Race {
    gate: Gate,
    written: Written,
    live: BTreeMap<AttemptId, (LeadId, Number)>,
    leads: BTreeSet<LeadId>,
    numbers: BTreeSet<Number>,
    claims: u64,
    seconds: i64,
}

impl Race {
    fn now(&mut self) -> Timestamp {
        self.seconds += 1;
        at(self.seconds)
    }

    /// A permit was given: neither the lead nor the number may have a live attempt.
    fn claimed(&mut self, attempt: AttemptId, record: dialer::PermitRecord) {
        let found = &record.evidence.findings;
        let (lead, number, when) = (found.lead, found.number, found.at);
        assert!(self.leads.insert(lead), "two live attempts on lead {lead}");
        assert!(self.numbers.insert(number), "two live attempts on {number}");
        self.live.insert(attempt, (lead, number));
        self.claims += 1;
        let call = id(0xca11_0000 + u128::from(self.claims));
        self.written.append(when, Event::Permitted { permit: Box::new(record), call });
        self.written.append(when, call_started(call, Some(attempt)));
    }

    fn ended(&mut self, campaign: &mut Campaign, attempt: AttemptId) {
        let now = self.now();
        let (lead, number) = self.live.remove(&attempt).unwrap();
        assert!(self.leads.remove(&lead) && self.numbers.remove(&number));
        let outcome = Outcome::Busy;
        let resolved = campaign.resolved(now, &mut self.gate, attempt, outcome).unwrap();
        let ended = Event::AttemptEnded {
            attempt,
            lead,
            campaign: campaign.settings().id,
            outcome,
            sip: Some(486),
            q850: None,
            recycle: resolved.recycle,
            attempts: resolved.lead.attempts,
            carrier_failures: resolved.lead.carrier_failures,
        };
        self.written.append(now, ended);
    }
}

/// One dialer: it reads leads when its stock runs low, dials while the others do, and ends a call
/// now and then. What it read is stale by the time it dials: that is the race.
async fn dial(store: Store, race: Arc<Mutex<Race>>, own: u128, claims: u64) {
    let settings = CampaignSettings {
        id: id::<CampaignId>(own),
        lists: vec![id(LIST), id(OTHER)],
        retry: [(Outcome::Busy, Retry::AfterS(0))].into(),
        ..campaign()
    };
    let lists = settings.lists.clone();
    let mut dialer = Campaign::new(settings, dialer::abandon::AbandonLedger::default());
    let shown = EffectiveCli { number: number(CLI), origin: CliOrigin::Campaign };
    let way = Way { trunk: id(TRUNK), cli: Ok(shown) };
    let mut flying = Vec::new();
    loop {
        let (now, done) = {
            let mut race = race.lock().unwrap_or_else(PoisonError::into_inner);
            (race.now(), race.claims >= claims)
        };
        if done {
            break;
        }
        if let Some(limit) = dialer.wants_refill(now, 8) {
            let excluding = dialer.held();
            let (campaign, lists, excluding) = (id(own), &lists[..], &excluding[..]);
            let (filters, order) = (&[][..], Order::OldestFirst);
            let max_attempts = 100;
            let wanted =
                Wanted { campaign, lists, max_attempts, now, filters, order, limit, excluding };
            let found = store.leads().dialable(&wanted).await.unwrap();
            dialer.restock(now, found.leads);
        }
        {
            let mut race = race.lock().unwrap_or_else(PoisonError::into_inner);
            let demand = Demand { free_agents: 8, free_lines: 50, verdict: None };
            let count = dialer.pace(now, demand).dial;
            for _ in 0..count {
                let (now, attempt) = (race.now(), id((own << 32) | u128::from(race.claims)));
                let permit = dialer.dial(now, &mut race.gate, attempt, &way, &mut Vec::new());
                let Some(permit) = permit else { break };
                race.claimed(attempt, permit.record().clone());
                flying.push(attempt);
            }
            while flying.len() > 4 {
                race.ended(&mut dialer, flying.swap_remove(0));
            }
        }
        tokio::task::yield_now().await;
    }
    let mut race = race.lock().unwrap_or_else(PoisonError::into_inner);
    for attempt in flying {
        race.ended(&mut dialer, attempt);
    }
}

/// Four dialers over the same lists, where every person stands twice: no lead and no number ever
/// has two live attempts, and the database agrees with the journal.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn four_dialers_that_race_never_dial_a_person_twice_at_once() {
    let claims = std::env::var("CLAIMS").map_or(2_000, |count| count.parse().unwrap());
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let other = List { id: id(OTHER), name: "Winter".to_owned(), source: None };
    store.lists().insert(&other, start()).await.unwrap();
    let people = (claims / 10).clamp(100, 9_000);
    let twice = |n: u64| {
        let again = Lead { id: id(0x2_0000 + u128::from(n)), list: id(OTHER), ..lead(n) };
        [lead(n), again]
    };
    let leads: Vec<_> = (0..people).flat_map(twice).collect();
    for part in leads.chunks(1_000) {
        store.leads().insert(part, start()).await.unwrap();
    }
    let written = Written::open(&dir.path().join("journal"));
    let mut fold = Fold::open(&store, &written.journal).await.unwrap();
    let race = Arc::new(Mutex::new(Race {
        gate: Gate::new(Dnc::default(), ChainHead::START),
        written,
        live: BTreeMap::new(),
        leads: BTreeSet::new(),
        numbers: BTreeSet::new(),
        claims: 0,
        seconds: 0,
    }));
    let dialers: Vec<_> = (1..=4)
        .map(|own| tokio::spawn(dial(store.clone(), race.clone(), 0xd0 + own, claims)))
        .collect();
    while !dialers.iter().all(tokio::task::JoinHandle::is_finished) {
        fold.catch_up().await.unwrap();
        tokio::task::yield_now().await;
    }
    for dialer in dialers {
        dialer.await.unwrap();
    }
    race.lock().unwrap().written.wait();
    fold.catch_up().await.unwrap();
    assert_eq!(fold.progress().borrow().anomalies, 0, "the database saw two live claims");
    assert_eq!(store.attempts().live().await.unwrap(), []);
    let race = race.lock().unwrap();
    assert!(race.claims >= claims && race.live.is_empty());
}
