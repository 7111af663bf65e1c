//! Webhooks: what the fold left in the outbox is posted to those who asked for it.
//!
//! ```text
//!   due ─▶ signed ─▶ posted ─ 2xx ─▶ delivered
//!    ▲                  └─ else ─▶ after 5 s, 10 s, 20 s … 1 h, at most 25 times ─▶ dead
//!    └───────────────────────────────────────────┘
//! ```
//! The row is marked once the server answered, so a crash in between posts it again: each message
//! arrives once or more, under the same identity. Of one call one message is under way at a time,
//! in the order of the journal; a webhook has [`AT_ONCE`] under way, and one alone while it fails,
//! so neither a slow server nor a dead one holds up another. Where none was taken for six hours
//! the webhook is paused, and its messages wait for whoever resumes it.
//!
//! Messages are signed as Standard Webhooks says (symmetric, `v1`): HMAC-SHA256 over
//! `id.timestamp.body`. `outbound` decides which addresses are reached (FAULTS S12).

use std::collections::HashMap;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::{SignedDuration, Timestamp};
use ring::hmac;
use store::Store;
use store::fold::Progress;
use store::webhooks::outbox::{Due, KEPT, Secrets, Sent, Standing};
use tokio::sync::watch;
use tokio::task::{Id, JoinSet};
use uuid::Uuid;

use super::outbound::Outbound;

/// Carries messages to servers.
pub(super) struct Courier {
    store: Store,
    outbound: Outbound,
    flights: JoinSet<()>,
    /// The webhook and the subject of each flight.
    away: HashMap<Id, (Uuid, Uuid)>,
}

/// Posts what is due until the switch stops; whatever is folded is looked at at once.
pub(super) fn open(
    courier: Courier,
    folded: watch::Receiver<Progress>,
    stop: watch::Receiver<bool>,
) {
    tokio::spawn(courier.run(folded, stop));
}

impl Courier {
    pub(super) fn new(store: &Store, outbound: Outbound) -> Self {
        let (store, flights, away) = (store.clone(), JoinSet::new(), HashMap::new());
        Self { store, outbound, flights, away }
    }

    async fn run(mut self, mut folded: watch::Receiver<Progress>, mut stop: watch::Receiver<bool>) {
        let mut swept = None;
        loop {
            if let Err(error) = self.look().await {
                tracing::warn!(%error, "messages of webhooks cannot be looked up");
                tokio::time::sleep(LOOK_EVERY).await;
            }
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                Some(landed) = self.flights.join_next_with_id() => {
                    self.landed(landed.map(|(id, ())| id));
                }
                () = moved(&mut folded) => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            while let Some(landed) = self.flights.try_join_next_with_id() {
                self.landed(landed.map(|(id, ())| id));
            }
            let now = Timestamp::now();
            if swept.is_none_or(|swept| now.duration_since(swept) > SWEEP_EVERY) {
                swept = Some(now);
                if let Err(error) = self.store.outbox().prune(now - KEPT).await {
                    tracing::warn!(%error, "old messages of webhooks stay for now");
                }
            }
        }
    }

    /// Sends off what is due, as far as there is room.
    async fn look(&mut self) -> Result<(), store::Error> {
        let (outbox, now) = (self.store.outbox(), Timestamp::now());
        for standing in outbox.standing(now).await? {
            let hook = standing.webhook.id;
            let under_way = self.away.values().filter(|(of, _)| *of == hook).count();
            let most = if standing.is_failing { 1 } else { AT_ONCE };
            let Some(room) = most.checked_sub(under_way).filter(|room| *room > 0) else { continue };
            let open = standing.webhook.enabled && !standing.is_paused;
            let found = outbox.due(hook, open, now, LOOKED_AT).await?;
            let free = found.into_iter().filter(|due| !self.is_away(hook, due.subject));
            for due in free.take(room).collect::<Vec<_>>() {
                let subject = due.subject;
                let flight = fly(self.store.clone(), self.outbound.clone(), standing.clone(), due);
                self.away.insert(self.flights.spawn(flight).id(), (hook, subject));
            }
        }
        Ok(())
    }

    fn is_away(&self, hook: Uuid, subject: Uuid) -> bool {
        self.away.values().any(|away| *away == (hook, subject))
    }

    fn landed(&mut self, landed: Result<Id, tokio::task::JoinError>) {
        let id = landed.unwrap_or_else(|error| {
            tracing::error!(%error, "a message of a webhook was given up in the middle");
            error.id()
        });
        self.away.remove(&id);
    }
}

/// Waits until more is folded; for good once nobody folds.
async fn moved(folded: &mut watch::Receiver<Progress>) {
    if folded.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Posts one message, and writes down what came of it.
async fn fly(store: Store, outbound: Outbound, standing: Standing, due: Due) {
    let hook = &standing.webhook;
    let headers = headers(&standing.secrets, due.id, Timestamp::now(), &due.body);
    let body = due.body.clone().into_bytes();
    let answered = outbound.tell(&hook.url, body, headers, ANSWER_BYTES, PATIENCE).await;
    let (id, at) = (due.id, Timestamp::now());
    let sent = match answered {
        Ok(answered) => {
            let answer = String::from_utf8_lossy(&answered.body).into_owned();
            Sent { id, at, status: Some(answered.status), answer }
        }
        Err(error) => Sent { id, at, status: None, answer: error.to_string() },
    };
    let kept = if sent.status.is_some_and(|status| (200..300).contains(&status)) {
        store.outbox().delivered(hook.id, &sent).await
    } else {
        give_back(&store, hook.id, &due, &sent).await
    };
    if let Err(error) = kept {
        // It is still due: posted again, but not as fast as this can fail.
        tracing::warn!(%error, delivery = %id, "what came of a message cannot be written down");
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// A message that the server did not take.
async fn give_back(store: &Store, hook: Uuid, due: &Due, sent: &Sent) -> Result<(), store::Error> {
    let (delivery, tries, status) = (due.id, due.tries + 1, sent.status);
    // What the server said is kept with the delivery: it may repeat what it was told of a person.
    tracing::warn!(webhook = %hook, %delivery, tries, status, "a webhook did not take a message");
    let pause = if due.is_test { None } else { pause(due.tries) };
    let again = pause.map(|pause| sent.at + pause);
    if store.outbox().failed(hook, sent, again, sent.at - PAUSED_AFTER).await? {
        tracing::error!(webhook = %hook, "a webhook took nothing for six hours: it is paused");
    }
    Ok(())
}

/// How long after so many failures before this one it is tried again; not at all after the last.
fn pause(failures: u32) -> Option<SignedDuration> {
    let doubled = PAUSE_MIN.saturating_mul(1 << failures.min(10));
    (failures + 1 < TRIES_MAX).then_some(doubled.min(PAUSE_MAX))
}

/// What proves that a message is ours, when it was sent, and which it is.
fn headers(secrets: &Secrets, id: Uuid, at: Timestamp, body: &str) -> HeaderMap {
    let (id, at) = (id.to_string(), at.as_second().to_string());
    let signed = signature(secrets, &id, &at, body);
    let named = [("webhook-id", id), ("webhook-timestamp", at), ("webhook-signature", signed)];
    let header = |(name, text): (&'static str, String)| {
        Some((HeaderName::from_static(name), HeaderValue::try_from(text).ok()?))
    };
    named.into_iter().filter_map(header).collect()
}

/// `v1,` and the signature, for each secret.
fn signature(Secrets(secrets): &Secrets, id: &str, at: &str, body: &str) -> String {
    let one = |secret: &String| {
        let text = secret.strip_prefix("whsec_").unwrap_or(secret);
        let key = BASE64.decode(text).unwrap_or_else(|_| text.as_bytes().to_vec());
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
        let tag = hmac::sign(&key, format!("{id}.{at}.{body}").as_bytes());
        format!("v1,{}", BASE64.encode(tag))
    };
    secrets.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// What retries and what others wrote is found this soon.
const LOOK_EVERY: Duration = Duration::from_secs(1);

const SWEEP_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// Messages of one webhook under way.
const AT_ONCE: usize = 8;

/// Due messages that are looked at: those under way are among them.
const LOOKED_AT: u32 = 16;

/// How long a server may take for one message.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is kept of an answer, for whoever wonders why it was refused.
const ANSWER_BYTES: usize = 500;

const PAUSE_MIN: SignedDuration = SignedDuration::from_secs(5);
const PAUSE_MAX: SignedDuration = SignedDuration::from_hours(1);

/// The last try is about sixteen hours after the first.
const TRIES_MAX: u32 = 25;

/// How long a webhook may take nothing before it is paused.
const PAUSED_AFTER: SignedDuration = SignedDuration::from_hours(6);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_refuses_is_asked_less_and_less_often_and_not_for_ever() {
        let pauses: Vec<_> = (0..11).filter_map(|tries| Some(pause(tries)?.as_secs())).collect();
        assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 3_600]);
        assert_eq!(pause(TRIES_MAX - 2), Some(PAUSE_MAX));
        assert_eq!(pause(TRIES_MAX - 1), None);
        let all: i64 = (0..TRIES_MAX).filter_map(pause).map(|pause| pause.as_hours()).sum();
        assert!((12..18).contains(&all), "{all} h");
    }

    /// The example of the Standard Webhooks specification; while two secrets are in force, whoever
    /// knows one of them knows the message.
    #[test]
    fn a_message_is_signed_by_each_secret_as_other_people_sign() {
        let (id, at) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330");
        let body = "{\"test\": 2432232314}";
        let own = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned();
        let signed = signature(&Secrets(vec![own.clone()]), id, at, body);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        let both = signature(&Secrets(vec!["whsec_AAAA".to_owned(), own]), id, at, body);
        let parts: Vec<_> = both.split(' ').collect();
        assert_eq!((parts.len(), parts[1]), (2, signed.as_str()));
    }
}
