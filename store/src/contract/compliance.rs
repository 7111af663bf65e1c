//! Covers: do-not-call registers as they are imported, imported again and taken off, what the
//! dialable set and the funnel leave out for them, and legal profiles that campaigns name.

use dialer::campaigns::Order;
use dialer::dnc::{Forbidden, Register, RegisterSettings};
use dialer::{Consent, ConsentKind, Lead, RegisterId, rules};
use routing::Number;

use crate::database::Store;
use crate::error::Error;
use crate::leads::{Asked, Wanted};
use crate::registers::Imported;
use crate::testing::{CAMPAIGN, LIST, at, campaign, furnished, id, lead, number, start};

fn settings(n: u128, lifted_by: Option<ConsentKind>) -> RegisterSettings {
    let id = RegisterId::from(uuid::Uuid::from_u128(n));
    RegisterSettings { id, name: format!("Register {n}"), lifted_by, fresh_for_days: Some(31) }
}

fn numbers(all: impl IntoIterator<Item = u64>) -> Vec<Number> {
    all.into_iter().map(number).collect()
}

async fn dialable(store: &Store) -> Vec<Number> {
    let lists = [id(LIST)];
    let wanted = Wanted {
        campaign: id(CAMPAIGN),
        lists: &lists,
        max_attempts: 3,
        now: at(0),
        filters: &[],
        order: Order::OldestFirst,
        limit: 100,
        excluding: &[],
    };
    let found = store.leads().dialable(&wanted).await.unwrap().leads;
    let mut found: Vec<_> = found.into_iter().map(|lead| lead.number).collect();
    found.sort_unstable();
    found
}

/// The gate must know every number of every register after a restart.
#[tokio::test]
async fn a_register_is_what_its_last_import_says() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let own = settings(1, None);
    let lost = store.register_numbers().replace(&Register::new(own.clone(), vec![]), at(0)).await;
    assert!(matches!(lost, Err(Error::NotFound(_))), "{lost:?}");
    store.registers().insert(&own, start()).await.unwrap();
    let import = Register::new(own.clone(), numbers(0..40_000));
    let first = store.register_numbers().replace(&import, at(1)).await.unwrap();
    assert_eq!(first, Imported { numbers: 40_000, added: 40_000, removed: 0 });
    let import = Register::new(own.clone(), numbers(10..40_001));
    let second = store.register_numbers().replace(&import, at(2)).await.unwrap();
    assert_eq!(second, Imported { numbers: 39_991, added: 1, removed: 10 });
    let state = store.register_numbers().state(own.id).await.unwrap();
    assert_eq!((state.numbers, state.imported_at), (39_991, Some(at(2))));
    let nothing = Register::new(own.clone(), vec![]);
    let emptied = store.register_numbers().replace(&nothing, at(3)).await;
    assert!(matches!(emptied, Err(Error::Empty("import"))), "{emptied:?}");
    assert_eq!(store.register_numbers().state(own.id).await.unwrap(), state);
    let loaded = store.dnc().load().await.unwrap();
    assert_eq!(loaded.len(), 39_991);
    assert_eq!(loaded.forbids(id(CAMPAIGN), number(9), None), None);
    let listed = loaded.forbids(id(CAMPAIGN), number(40_000), None);
    assert_eq!(listed, Some(Forbidden::Register(&own)));
    store.registers().delete(own.id, 1).await.unwrap();
    assert!(store.dnc().load().await.unwrap().is_empty());
}

/// What the gate would refuse is not read, or it would stand at the front of the index for ever.
#[tokio::test]
async fn registered_leads_are_left_out_unless_their_consent_lifts_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let agreed = |n, kind| {
        let consent = Consent { kind, given_at: at(-9), until: None, source: "form".into() };
        Lead { consent: Some(consent), region: Some("US-FL".into()), ..lead(n) }
    };
    let leads =
        [lead(1), lead(2), agreed(3, ConsentKind::Express), agreed(4, ConsentKind::Written)];
    store.leads().insert(&leads, start()).await.unwrap();
    assert_eq!(store.leads().find(leads[3].id).await.unwrap().value, leads[3]);
    let own = settings(1, Some(ConsentKind::Written));
    store.registers().insert(&own, start()).await.unwrap();
    let import = Register::new(own.clone(), numbers([2, 3, 4, 77]));
    store.register_numbers().replace(&import, at(1)).await.unwrap();
    assert_eq!(dialable(&store).await, numbers([1, 4]));
    let asked = Asked {
        campaign: id(CAMPAIGN),
        lists: &[id(LIST)],
        filters: &[],
        max_attempts: 3,
        consent: rules::ConsentRule::None,
        rests: dialer::campaigns::LockOut::default(),
        windows: &[],
        now: at(0),
    };
    let funnel = store.leads().funnel(&asked).await.unwrap();
    assert_eq!((funnel.total, funnel.forbidden, funnel.dialable), (4, 2, 2));
    let weaker = RegisterSettings { lifted_by: Some(ConsentKind::Express), ..own.clone() };
    store.registers().update(&weaker, 1, at(2)).await.unwrap();
    assert_eq!(dialable(&store).await, numbers([1, 3, 4]));
    let binding = RegisterSettings { lifted_by: None, ..own };
    store.registers().update(&binding, 2, at(3)).await.unwrap();
    assert_eq!(dialable(&store).await, numbers([1]));
    let withdrawn = Lead { consent: None, ..leads[3].clone() };
    let stored = store.leads().update(&withdrawn, 1, at(4)).await.unwrap();
    assert_eq!(stored.value.consent, None);
}

#[tokio::test]
async fn a_profile_that_a_campaign_names_cannot_go() {
    let dir = tempfile::tempdir().unwrap();
    let store = furnished(dir.path()).await;
    let shipped = rules::shipped();
    for profile in &shipped {
        store.profiles().insert(profile, start()).await.unwrap();
        assert_eq!(store.profiles().find(profile.id).await.unwrap().value, *profile);
    }
    let mut named = campaign();
    named.profile = Some(shipped[1].id);
    store.campaigns().update(&named, 1, at(1)).await.unwrap();
    let refused = store.profiles().delete(shipped[1].id, 1).await.unwrap_err();
    assert!(matches!(refused, Error::Referenced { by: "campaigns" }), "{refused}");
    store.profiles().delete(shipped[0].id, 1).await.unwrap();
    named.profile = Some(shipped[0].id);
    let lost = store.campaigns().update(&named, 2, at(2)).await.unwrap_err();
    assert!(matches!(&lost, Error::Unknown(field) if field == "profile"), "{lost}");
}
