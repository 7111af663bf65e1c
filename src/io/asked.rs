//! What workflows ask of the world while a caller waits: the leads, and servers.
//!
//! Every question has a task of its own, and each kind its own number of them, so a slow server
//! holds up no lead; the brain's own deadline stands, whatever comes of it. Where too many of a
//! kind are asked at once, the answer is that there is none.

use std::sync::Arc;
use std::time::Instant;

use dialer::Lead;
use routing::workflows::{Answer, LOOKUP_MAX, Question, Values};
use serde_json::{Map, Value, json};
use store::Store;
use tokio::sync::{Semaphore, mpsc};

use super::brain::Letter;
use super::inbox::{Class, Inbox};
use super::outbound::Outbound;
use crate::switch::{Asked, Input};

/// Questions that may wait for a task.
pub(super) const ASKED_MAX: usize = 256;

/// Answers questions until the brain is gone.
pub(super) async fn answer(
    store: Store,
    outbound: Outbound,
    inbox: Arc<Inbox<Letter>>,
    mut questions: mpsc::Receiver<Asked>,
) {
    let room = || Arc::new(Semaphore::new(AT_ONCE_MAX));
    let (leads, servers) = (room(), room());
    while let Some(asked) = questions.recv().await {
        let room = match asked.question {
            Question::Lead { .. } => &leads,
            Question::Webhook { .. } => &servers,
        };
        let Ok(place) = room.clone().try_acquire_owned() else {
            tracing::warn!(call = %asked.call, "too many questions at once: it has no answer");
            tell(&inbox, &asked, Answer::Nothing);
            continue;
        };
        let (store, outbound, inbox) = (store.clone(), outbound.clone(), inbox.clone());
        tokio::spawn(async move {
            let answer = look(&store, &outbound, &asked).await;
            tell(&inbox, &asked, answer);
            drop(place);
        });
    }
}

fn tell(inbox: &Inbox<Letter>, asked: &Asked, answer: Answer) {
    let letter = Letter::Input(Input::Answered(asked.call, asked.ticket, answer));
    // Full: the question's time is over for the call, which goes on.
    let _ = inbox.push(Instant::now(), Class::Running, letter);
}

async fn look(store: &Store, outbound: &Outbound, asked: &Asked) -> Answer {
    match &asked.question {
        Question::Lead { number } => {
            let Ok(number) = number.parse() else { return Answer::Nothing };
            match tokio::time::timeout(LOOKUP_MAX, store.leads().of_number(number)).await {
                Err(_) => {
                    tracing::warn!("the leads were searched for too long");
                    Answer::Nothing
                }
                Ok(Ok(found)) => {
                    found.as_ref().map_or(Answer::Nothing, |lead| Answer::Found(known_of(lead)))
                }
                Ok(Err(error)) => {
                    tracing::warn!(%error, "the leads cannot be searched for a caller");
                    Answer::Nothing
                }
            }
        }
        Question::Webhook { url, within, step, values } => {
            let body = json!({ "call": asked.call, "step": step, "values": values }).to_string();
            match outbound.post(url, body.into_bytes(), *within).await {
                Ok(answered) if (200..300).contains(&answered.status) => {
                    Answer::Found(texts_of(&answered.body))
                }
                Ok(answered) => {
                    tracing::warn!(call = %asked.call, step, answered.status, "a webhook refused");
                    Answer::Nothing
                }
                Err(error) => {
                    tracing::warn!(call = %asked.call, step, %error, "a webhook failed");
                    Answer::Nothing
                }
            }
        }
    }
}

/// What a workflow may branch on: who the lead is, and the columns it was imported with.
fn known_of(lead: &Lead) -> Values {
    let own = [
        ("lead", lead.id.to_string()),
        ("first_name", lead.first_name.clone()),
        ("last_name", lead.last_name.clone()),
    ];
    let own = own.map(|(name, text)| (name.to_owned(), text));
    lead.fields.clone().into_iter().chain(own).collect()
}

/// The texts, numbers and truths of a JSON object; of anything else none.
fn texts_of(body: &[u8]) -> Values {
    let object: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
    let text = |(name, value)| match value {
        Value::String(text) => Some((name, text)),
        Value::Number(number) => Some((name, number.to_string())),
        Value::Bool(truth) => Some((name, truth.to_string())),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    object.into_iter().filter_map(text).collect()
}

/// Questions of one kind that are asked at one time.
const AT_ONCE_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_is_no_object_sets_nothing_and_of_an_object_the_plain_values_count() {
        assert_eq!(texts_of(b"[1]"), Values::new());
        assert_eq!(texts_of(b"<html>"), Values::new());
        let texts = texts_of(br#"{"a":"x","b":7,"c":true,"d":null,"e":{"f":"y"},"g":["z"]}"#);
        let told: Vec<_> = texts.iter().map(|(name, text)| format!("{name}={text}")).collect();
        assert_eq!(told, ["a=x", "b=7", "c=true"]);
    }

    #[test]
    fn a_lead_is_known_by_its_name_and_columns_and_no_column_takes_the_place_of_its_name() {
        let (id, list) = (uuid::Uuid::from_u128(1), uuid::Uuid::from_u128(2));
        let mut lead = Lead::new(id.into(), list.into(), "+12025550103".parse().unwrap());
        lead.first_name = "Ada".to_owned();
        let columns = [("tier", "gold"), ("first_name", "Eve")];
        lead.fields = columns.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
        let known = known_of(&lead);
        assert_eq!((known["first_name"].as_str(), known["tier"].as_str()), ("Ada", "gold"));
        assert_eq!(known["lead"], id.to_string());
    }
}
