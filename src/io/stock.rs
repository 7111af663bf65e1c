//! The store's answers to the brain's questions: leads that may be dialled, leads put off.
//!
//! One task, one question at a time; it is never on a call's path, since stocks are asked for
//! ahead of need.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dialer::LeadId;
use dialer::pacer::HourOfWeek;
use jiff::Timestamp;
use routing::CampaignId;
use store::Store;
use store::leads::{Reconsidered, Wanted};
use tokio::sync::mpsc;

use super::brain::{Letter, Question};
use super::inbox::{Class, Inbox};
use crate::switch::{Input, Refill};

/// Questions that may wait.
pub(super) const QUESTIONS_MAX: usize = 256;

/// Answers questions until the brain is gone.
pub(super) async fn answer(
    store: Store,
    inbox: Arc<Inbox<Letter>>,
    mut questions: mpsc::Receiver<Question>,
) {
    let mut again = BTreeMap::new();
    loop {
        let Some(question) = next(&mut questions, &mut again).await else { return };
        let answered = match question {
            Question::Refill(refill) => answer_refill(&store, &inbox, &refill).await,
            Question::Fetch(campaign, lead) => fetch(&store, &inbox, campaign, lead).await,
            Question::Recall(campaign, hour) => recall(&store, &inbox, campaign, hour).await,
            Question::Defer(campaign, leads) => {
                store.leads().defer(campaign, &leads, Timestamp::now()).await
            }
            Question::Reconsider(campaign) => {
                let more = store.leads().reconsider(&campaign, Timestamp::now()).await;
                if !matches!(more, Ok(false)) {
                    again.insert(campaign.campaign, campaign);
                }
                more.map(drop)
            }
        };
        if let Err(error) = answered {
            tracing::warn!(%error, "the store cannot answer; stocks run dry until it can");
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// The next question; what is left of a long one waits until none is there.
async fn next(
    questions: &mut mpsc::Receiver<Question>,
    again: &mut BTreeMap<CampaignId, Reconsidered>,
) -> Option<Question> {
    match questions.try_recv() {
        Ok(question) => Some(question),
        Err(mpsc::error::TryRecvError::Disconnected) => None,
        Err(mpsc::error::TryRecvError::Empty) => match again.pop_first() {
            Some((_, left)) => Some(Question::Reconsider(left)),
            None => questions.recv().await,
        },
    }
}

async fn answer_refill(
    store: &Store,
    inbox: &Inbox<Letter>,
    refill: &Refill,
) -> Result<(), store::Error> {
    let wanted = Wanted {
        campaign: refill.campaign,
        lists: &refill.lists,
        max_attempts: refill.max_attempts.into(),
        now: Timestamp::now(),
        filters: &refill.filters,
        order: refill.order,
        limit: refill.limit,
        excluding: &refill.excluding,
    };
    let found = store.leads().dialable(&wanted).await?;
    let letter = Letter::Input(Input::Leads(refill.campaign, found.leads));
    if inbox.push(Instant::now(), Class::Desk, letter).is_err() {
        tracing::warn!("the switch is too busy to take leads");
    }
    Ok(())
}

/// A lead that is gone has nobody to be called back.
async fn fetch(
    store: &Store,
    inbox: &Inbox<Letter>,
    campaign: CampaignId,
    lead: LeadId,
) -> Result<(), store::Error> {
    let lead = match store.leads().find(lead).await {
        Ok(found) => Box::new(found.value),
        Err(store::Error::NotFound(_)) => return Ok(()),
        Err(error) => return Err(error),
    };
    let met = store.callbacks().called_in(&lead).await?;
    let letter = Letter::Input(if met {
        Input::CalledIn(lead.id)
    } else {
        Input::CallbackLead(campaign, lead)
    });
    if inbox.push(Instant::now(), Class::Desk, letter).is_err() {
        tracing::warn!("the switch is too busy to take a lead that is due");
    }
    Ok(())
}

/// A campaign that has no memory of the hour begins without one.
async fn recall(
    store: &Store,
    inbox: &Inbox<Letter>,
    campaign: CampaignId,
    hour: HourOfWeek,
) -> Result<(), store::Error> {
    if let Some(learnt) = store.pacer_memories().find(campaign, hour).await? {
        let letter = Letter::Input(Input::Recalled(campaign, Box::new(learnt)));
        if inbox.push(Instant::now(), Class::Desk, letter).is_err() {
            tracing::warn!("the switch is too busy to take what a pacer knew");
        }
    }
    Ok(())
}

const PAUSE: Duration = Duration::from_secs(1);
