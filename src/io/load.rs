//! What the brain has to know before its first call: every setting, as one run of changes.

use admin_api::control::Change;
use jiff::Timestamp;
use routing::{Organisation, Prefix};
use store::{Documents, Query, Store, documents::Document};

/// Every setting in the store, in an order in which each finds what it refers to.
pub async fn changes(store: &Store) -> anyhow::Result<Vec<Change>> {
    let mut changes = vec![Change::Organisation(organisation(store).await?)];
    changes.extend(all(&store.clis()).await?.into_iter().map(Change::Cli));
    changes.extend(all(&store.trunks()).await?.into_iter().map(Change::Trunk));
    changes.extend(all(&store.queues()).await?.into_iter().map(Change::Queue));
    let campaigns = all(&store.campaigns()).await?.into_iter();
    changes.extend(campaigns.map(|campaign| Change::Campaign(Box::new(campaign))));
    let agents = all(&store.agents()).await?.into_iter();
    changes.extend(agents.map(|agent| Change::Agent(Box::new(agent))));
    changes.extend(store.sip_secrets().all().await?.into_iter().map(Change::SipSecret));
    changes.extend(all(&store.dids()).await?.into_iter().map(Change::Did));
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
            };
            let stored = store.organisation().insert(&organisation, Timestamp::now()).await?;
            Ok(stored.value)
        }
        Err(error) => Err(error.into()),
    }
}

async fn all<T: Document>(documents: &Documents<T>) -> anyhow::Result<Vec<T>> {
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

const PAGE: u32 = 500;

/// What extensions begin with until the administrator says otherwise.
const FIRST_PREFIX: &str = "50143";
