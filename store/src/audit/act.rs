//! What is being done: told once, where a request begins, and found by every repository that its
//! work reaches.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use dialer::permit::Hash;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::writing::Note;
use super::{AuditEntry, Ending};
use crate::row;

/// Something that somebody does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// Who.
    pub actor: Actor,
    /// What, by the name of the operation.
    pub verb: String,
    /// To what kind of thing.
    pub resource: String,
    /// To which of them, as far as it is known.
    pub object: Option<Uuid>,
    /// What was asked for, where nothing that is stored will tell it.
    pub asked: Option<Value>,
    /// The address it came from.
    pub source: Option<String>,
    /// The program that sent it, as it calls itself.
    pub agent: Option<String>,
}

/// Who does something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    /// A user, signed in.
    User {
        /// The user.
        id: Uuid,
        /// The name at that time.
        name: String,
        /// The token of the program that acted for the user.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<Uuid>,
    },
    /// Somebody who is not signed in.
    Nobody,
    /// The installation itself, or whoever sits at its command line.
    System,
}

impl Actor {
    /// The user.
    pub(super) fn id(&self) -> Option<Uuid> {
        match self {
            Self::User { id, .. } => Some(*id),
            Self::Nobody | Self::System => None,
        }
    }
}

/// An act under way; a clone is another handle on the same one.
#[derive(Clone, Debug)]
pub struct Performance(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    act: Mutex<Act>,
    at: Timestamp,
    entered: AtomicBool,
}

impl Performance {
    /// Begins an act.
    #[must_use]
    pub fn begin(act: Act, at: Timestamp) -> Self {
        let entered = AtomicBool::new(false);
        Self(Arc::new(Parts { act: Mutex::new(act), at: row::whole(at), entered }))
    }

    /// Does the work; what it writes is entered as this act's.
    pub async fn of<T>(&self, work: impl Future<Output = T>) -> T {
        CURRENT.scope(self.clone(), work).await
    }

    /// The one that the present task does.
    pub(super) fn current() -> Option<Self> {
        CURRENT.try_with(Self::clone).ok()
    }

    /// Something that it wrote has told of it.
    pub(super) fn is_entered(&self) -> bool {
        self.0.entered.load(Ordering::Acquire)
    }

    pub(super) fn entered(&self) {
        self.0.entered.store(true, Ordering::Release);
    }

    /// Its entry, still without a place in the chain.
    pub(super) fn entry(&self, note: Option<Note>, ending: Ending) -> AuditEntry {
        let act = self.0.act.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Act { actor, verb, resource, object, asked, source, agent } = act;
        let note = note.unwrap_or_default();
        AuditEntry {
            sequence: 0,
            previous: Hash::GENESIS,
            at: self.0.at,
            actor,
            verb,
            resource,
            object: note.object.or(object),
            ending,
            before: note.before,
            after: note.after.or_else(|| asked.map(sound)),
            source,
            agent,
        }
    }
}

/// Tells more of the act that the present task performs; nothing where it performs none.
pub fn amend(more: impl FnOnce(&mut Act)) {
    if let Some(performance) = Performance::current() {
        more(&mut performance.0.act.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

tokio::task_local! {
    static CURRENT: Performance;
}

/// What may stand in an entry: no text under a name that speaks of a secret, and no fraction, whose
/// digits another reader might write otherwise.
pub(super) fn sound(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let member = |(name, value): (String, Value)| {
                let hidden = SECRET.iter().any(|word| name.contains(word));
                let value = match value {
                    Value::String(_) if hidden => HIDDEN.into(),
                    Value::String(url) if name == "url" => host(url).into(),
                    value => sound(value),
                };
                (name, value)
            };
            Value::Object(members.into_iter().map(member).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sound).collect()),
        Value::Number(number) if number.is_f64() => number.to_string().into(),
        other => other,
    }
}

/// Of an address what says whose it is: behind that there may be a token.
fn host(mut url: String) -> String {
    let host = url.find("://").map_or(0, |scheme| scheme + 3);
    let rest = url[host..].find(['/', '?', '#']).map(|rest| host + rest);
    if let Some(rest) = rest.filter(|rest| url.len() > rest + 1) {
        url.replace_range(rest.., "/•••");
    }
    url
}

const SECRET: &[&str] = &["password", "secret", "token", "hash", "private"];

const HIDDEN: &str = "•••";

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// FAULTS S23.
    #[test]
    fn what_speaks_of_a_secret_is_hidden_and_fractions_are_texts() {
        let value = json!({
            "name": "a", "sip_password": "hunter2", "must_change_password": true,
            "deep": [{ "token": "t", "share": 0.03, "count": 3, "none": null }],
            "url": "https://crm.example/hooks?key=1", "at": { "url": "https://crm.example/" },
        });
        let kept = json!({
            "name": "a", "sip_password": "•••", "must_change_password": true,
            "deep": [{ "token": "•••", "share": "0.03", "count": 3, "none": null }],
            "url": "https://crm.example/•••", "at": { "url": "https://crm.example/" },
        });
        assert_eq!(sound(value), kept);
    }
}
