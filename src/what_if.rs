//! `cordboard simulate --campaign NAME --what-if target=2%`: what the records say of a campaign
//! goes to the simulator, which plays it through twice (`sim::what_if`).
//!
//! It only reads, and may run beside the switch.

use anyhow::{Context as _, bail};
use config::Config;
use dialer::CampaignSettings;
use jiff::{SignedDuration, Timestamp};
use store::past::Past;
use store::{Query, Store};

use crate::cli::Simulate;
use crate::io;
use crate::sim::{Change, DAYS, compare};

/// Plays the campaign of the command line through, as it is and as it might be.
///
/// Errors: there is no such campaign, or it has too short a past; an invariant did not hold.
pub fn run(name: &str, change: Change, asked: &Simulate) -> anyhow::Result<()> {
    let config = match &asked.config {
        Some(file) => Config::load(file)?,
        None => Config::default(),
    };
    let place = io::database::place(&config)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (settings, past) = runtime.block_on(async {
        let store = Store::open_to_read(place.clone())
            .await
            .with_context(|| format!("cannot open {place}"))?;
        look_up(&store, name, Timestamp::now()).await
    })?;
    let answer = compare(&settings, past, change, asked)?;
    if asked.json {
        println!("{}", serde_json::to_string(&answer)?);
    } else {
        println!("{answer}");
    }
    Ok(())
}

/// The campaign of that name, and what its last four weeks were like.
async fn look_up(
    store: &Store,
    name: &str,
    now: Timestamp,
) -> anyhow::Result<(CampaignSettings, Past)> {
    let query = Query { text: Some(name.to_owned()), ..Query::default() };
    let found = store.campaigns().list(&query).await?.items;
    if let Some(one) = found.into_iter().find(|one| one.value.name == name) {
        return past_of(store, one.value, now).await;
    }
    let some = store.campaigns().list(&Query::default()).await?.items;
    let names: Vec<_> = some.into_iter().map(|one| one.value.name).collect();
    bail!("--campaign: there is no {name:?}; there are: {}", names.join(", "))
}

async fn past_of(
    store: &Store,
    settings: CampaignSettings,
    now: Timestamp,
) -> anyhow::Result<(CampaignSettings, Past)> {
    let from = now.checked_sub(SignedDuration::from_hours(24 * DAYS))?;
    let past = store.pasts().of(settings.id, from, now).await?;
    Ok((settings, past))
}
