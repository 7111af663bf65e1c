//! What the brain has to know before its first call: every setting, as one run of changes.

use std::collections::BTreeMap;

use admin_api::control::Change;
use dialer::LegalProfile;
use dialer::abandon::AbandonLedger;
use dialer::cli_health::Past;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use routing::trunks::Spent;
use routing::{CampaignId, Number, Organisation, Prefix, Prompt, TrunkId};
use store::{Documents, Query, Store, documents::Document};

use super::studio;
use crate::switch::Input;

/// Every setting in the store, in an order in which each finds what it refers to.
pub(super) async fn changes(store: &Store) -> anyhow::Result<Vec<Change>> {
    let mut changes = vec![Change::Organisation(organisation(store).await?)];
    changes.extend(all(&store.clis()).await?.into_iter().map(Change::Cli));
    let trunks = all(&store.trunks()).await?.into_iter();
    changes.extend(trunks.map(|trunk| Change::Trunk(Box::new(trunk))));
    let secrets = store.trunk_secrets().all().await?.into_iter();
    changes.extend(secrets.map(|secret| Change::TrunkSecret(secret.trunk, Some(secret))));
    changes.extend(profiles(store).await?.into_iter().map(|law| Change::Profile(Box::new(law))));
    changes.extend(
        all(&store.queues()).await?.into_iter().map(|queue| Change::Queue(Box::new(queue))),
    );
    let workflows = store.workflows().all().await?.into_iter();
    changes.extend(workflows.map(|stored| Change::Workflow {
        workflow: Box::new(stored.value),
        version: stored.version,
    }));
    changes.extend(prompts(store).await?);
    changes.extend(all(&store.teams()).await?.into_iter().map(Change::Team));
    let campaigns = all(&store.campaigns()).await?.into_iter();
    changes.extend(campaigns.map(|campaign| Change::Campaign(Box::new(campaign))));
    let agents = all(&store.agents()).await?.into_iter();
    changes.extend(agents.map(|agent| Change::Agent(Box::new(agent))));
    changes.extend(store.sip_secrets().all().await?.into_iter().map(Change::SipSecret));
    changes.extend(all(&store.dids()).await?.into_iter().map(|did| Change::Did(Box::new(did))));
    Ok(changes)
}

/// Every prompt as it sounds; one that cannot be read is told, and a built-in clip is heard.
async fn prompts(store: &Store) -> anyhow::Result<Vec<Change>> {
    let mut changes = vec![];
    for Prompt { name, sha256, .. } in all(&store.prompts()).await? {
        let wav = match store.prompt_audio().find(&sha256).await {
            Ok(wav) => wav,
            Err(error @ store::Error::NotFound(_)) => {
                tracing::error!(prompt = name, %error, "a prompt cannot be played");
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        match studio::sound(&wav) {
            Ok(sound) => changes.push(Change::Prompt { name, sound: Some(sound) }),
            Err(error) => tracing::error!(prompt = name, %error, "a prompt cannot be played"),
        }
    }
    Ok(changes)
}

/// The organisation's settings; the first start makes some that the administrator changes.
async fn organisation(store: &Store) -> anyhow::Result<Organisation> {
    match store.organisation().find().await {
        Ok(stored) => Ok(stored.value),
        Err(store::Error::NotFound(_)) => {
            let organisation = Organisation {
                name: "Cordboard".to_owned(),
                prefix: FIRST_PREFIX.parse::<Prefix>()?,
                cli: None,
                time_zone: "UTC".to_owned(),
                pause_reason: routing::PausePolicy::default(),
                clock_out_while_active: false,
                track_attendance: false,
                known_caller: routing::KnownCaller::default(),
                crm_hosts: vec![],
                crm_plain: false,
            };
            let stored = store.organisation().insert(&organisation, Timestamp::now()).await?;
            Ok(stored.value)
        }
        Err(error) => Err(error.into()),
    }
}

/// The legal profiles; the first start makes those that are shipped.
async fn profiles(store: &Store) -> anyhow::Result<Vec<LegalProfile>> {
    let found = all(&store.profiles()).await?;
    if !found.is_empty() {
        return Ok(found);
    }
    let shipped = dialer::rules::shipped();
    for profile in &shipped {
        store.profiles().insert(profile, Timestamp::now()).await?;
    }
    Ok(shipped)
}

/// What each campaign's answered calls came to, over the longest window of any regulator.
pub(super) async fn ledgers(
    store: &Store,
    changes: &[Change],
) -> anyhow::Result<BTreeMap<CampaignId, AbandonLedger>> {
    let from = Timestamp::now().checked_sub(WINDOW_MAX)?;
    let mut ledgers = BTreeMap::new();
    for change in changes {
        let Change::Campaign(campaign) = change else { continue };
        let mut ledger = AbandonLedger::default();
        for (at, counts) in store.attempts().answered(campaign.id, from).await? {
            ledger.add(at, counts);
        }
        ledgers.insert(campaign.id, ledger);
    }
    Ok(ledgers)
}

/// What trunks and numbers have been used for before a restart.
pub(super) async fn past(store: &Store, changes: &[Change]) -> anyhow::Result<Vec<Input>> {
    let spent = spent(store, changes).await?.into_iter();
    let shown = shown(store, changes).await?.into_iter();
    let messages = store.voicemails().counts().await?.into_iter();
    let spent = spent.map(|(trunk, spent)| Input::Spent(trunk, spent));
    let shown = shown.map(|(number, past)| Input::CliPast(number, past));
    let messages = messages.map(|(mailbox, messages)| Input::Messages(mailbox, messages));
    Ok(spent.chain(shown).chain(messages).collect())
}

/// What each trunk with a cap has carried since the organisation's day began.
async fn spent(store: &Store, changes: &[Change]) -> anyhow::Result<BTreeMap<TrunkId, Spent>> {
    let today = today(changes)?;
    let carried = store.calls().carried(today).await?;
    let mut spent = BTreeMap::<TrunkId, Spent>::new();
    for change in changes {
        let Change::Trunk(trunk) = change else { continue };
        for (_, called, milliseconds) in carried.iter().filter(|one| one.0 == trunk.id) {
            let price = called.parse().ok().and_then(|number| trunk.daily.price(number));
            spent.entry(trunk.id).or_default().add(*milliseconds, price.unwrap_or(0));
        }
    }
    Ok(spent)
}

/// What is known of every number that was shown in the last weeks.
async fn shown(store: &Store, changes: &[Change]) -> anyhow::Result<Vec<(Number, Past)>> {
    let from = Timestamp::now().checked_sub(CLI_WEEKS)?;
    Ok(store.attempts().shown(from, today(changes)?).await?)
}

/// When the organisation's day began.
fn today(changes: &[Change]) -> anyhow::Result<Timestamp> {
    let zone = changes.iter().find_map(|change| match change {
        Change::Organisation(organisation) => TimeZone::get(&organisation.time_zone).ok(),
        _ => None,
    });
    let now = Timestamp::now().to_zoned(zone.unwrap_or(TimeZone::UTC));
    Ok(now.start_of_day()?.timestamp())
}

/// Every document of a kind.
pub(crate) async fn all<T: Document>(documents: &Documents<T>) -> anyhow::Result<Vec<T>> {
    let mut found = vec![];
    let mut query = Query { limit: Some(PAGE), ..Query::default() };
    loop {
        let page = documents.list(&query).await?;
        found.extend(page.items.into_iter().map(|stored| stored.value));
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(found),
        }
    }
}

/// Two calendar months (RULES CA, US-2: 30 days).
const WINDOW_MAX: SignedDuration = SignedDuration::from_hours(62 * 24);

/// For how long it is remembered how a number fared.
const CLI_WEEKS: SignedDuration = SignedDuration::from_hours(28 * 24);

const PAGE: u32 = 500;

/// What extensions begin with until the administrator says otherwise.
const FIRST_PREFIX: &str = "50143";
