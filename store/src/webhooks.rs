//! Webhooks: which events are told to which server, as any setting at rest.
//!
//! ```text
//!   journal ─▶ fold ─ records and `noting` in one transaction ─▶ outbox ─▶ an edge ─▶ server
//!                                                                 ▲            │ no 2xx
//!                                                                 └─ again ────┘
//! ```
//! What is told of an event is written in the transaction that folds it (`noting`), so a crash
//! loses none of it and repeats none of it; that the server took it is written afterwards
//! (`outbox`), so a crash in between tells it twice, under the same identity. `message` says what
//! is told.

pub mod message;
pub(crate) mod noting;
pub mod outbox;

use routing::{CampaignId, Invalid, QueueId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::documents::{Document, Documents, Value};
use crate::links::{Link, Target};

/// A server that is told of events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// Its identity.
    pub id: Uuid,
    /// What administrators call it; unique.
    pub name: String,
    /// Where each event is posted to, by https.
    pub url: String,
    /// Whether events are told at all.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Which events; one at least.
    pub events: Vec<WebhookEvent>,
    /// Of these campaigns, and of `queues`; where both are empty, of everything.
    #[serde(default)]
    pub campaigns: Vec<CampaignId>,
    /// Of these queues, and of `campaigns`.
    #[serde(default)]
    pub queues: Vec<QueueId>,
}

fn yes() -> bool {
    true
}

/// Something that can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookEvent {
    /// A call began.
    CallStarted,
    /// The called party answered.
    CallAnswered,
    /// A caller waits in a queue.
    CallQueued,
    /// Customer and agent hear each other.
    CallConnected,
    /// An agent sent the customer on.
    CallTransferred,
    /// A person met no agent.
    CallAbandoned,
    /// A call is over.
    CallEnded,
    /// An agent declared what a conversation came to.
    CallDisposed,
    /// A person asked by themselves not to be called again.
    OptedOut,
    /// An attempt to reach a lead is over, answered or not.
    AttemptEnded,
    /// Somebody promised to call a person back.
    CallbackPromised,
    /// A promise is kept, or will not be.
    CallbackClosed,
    /// A recording is whole and can be fetched.
    RecordingReady,
    /// A caller left a message.
    VoicemailLeft,
    /// An agent left a state.
    AgentInterval,
    /// An agent clocked in or out.
    AgentClocked,
}

/// The repository of webhooks.
pub type Webhooks = Documents<Webhook>;

impl Webhook {
    /// Every field that does not hold. `plain` says whether http:// may be asked for: addresses
    /// that it may lead to are the edge's to know.
    #[must_use]
    pub fn faults(&self, plain: bool) -> Vec<Invalid> {
        let mut faults = Vec::new();
        let length = self.name.chars().count();
        if self.name.trim().is_empty() || length > 64 || self.name.chars().any(char::is_control) {
            faults.push(Invalid::new("name", "one line of 1 to 64 characters"));
        }
        if !is_address(&self.url, plain) {
            let why = "https://host/…, of at most 2048 ASCII characters, without a user name";
            faults.push(Invalid::new("url", why));
        }
        let mut known = self.events.clone();
        known.sort_unstable();
        known.dedup();
        if known.is_empty() || known.len() != self.events.len() {
            faults.push(Invalid::new("events", "one event or more, each once"));
        }
        if self.campaigns.len() > NAMED_MAX {
            faults.push(Invalid::new("campaigns", format!("at most {NAMED_MAX}")));
        }
        if self.queues.len() > NAMED_MAX {
            faults.push(Invalid::new("queues", format!("at most {NAMED_MAX}")));
        }
        faults
    }

    /// Whether it asked to be told of this event of this campaign and queue.
    pub(crate) fn wants(
        &self,
        event: WebhookEvent,
        campaign: Option<CampaignId>,
        queue: Option<QueueId>,
    ) -> bool {
        let everything = self.campaigns.is_empty() && self.queues.is_empty();
        let named = campaign.is_some_and(|id| self.campaigns.contains(&id))
            || queue.is_some_and(|id| self.queues.contains(&id));
        self.events.contains(&event) && (everything || named)
    }
}

fn is_address(url: &str, plain: bool) -> bool {
    let rest = url.strip_prefix("https://");
    let rest = rest.or_else(|| url.strip_prefix("http://").filter(|_| plain));
    let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    let sound = url.len() <= URL_MAX && url.bytes().all(|byte| byte.is_ascii_graphic());
    sound && host.is_some_and(|host| !host.is_empty() && !host.contains('@'))
}

const URL_MAX: usize = 2_048;

/// Campaigns, or queues, that one webhook may name.
const NAMED_MAX: usize = 100;

/// Webhooks that there may be: each is looked at with every event.
pub const WEBHOOKS_MAX: usize = 50;

impl Document for Webhook {
    type Id = Uuid;
    const TABLE: &'static str = "webhook";
    const UNIQUE: &'static [&'static str] = &["name", "enabled"];

    fn id(&self) -> Uuid {
        self.id
    }

    fn unique(&self) -> Vec<Value> {
        vec![Value::Text(Some(self.name.clone())), Value::Number(Some(self.enabled.into()))]
    }

    fn search(&self) -> String {
        // Not the rest of the address, which may hold a token.
        format!("{} {}", self.name, self.url.split(['?', '#']).next().unwrap_or_default())
    }

    fn links(&self) -> Vec<Link> {
        let campaigns = (0..).zip(&self.campaigns).map(|(place, id): (usize, _)| {
            Link::new(format!("campaigns[{place}]"), Target::Campaign(*id))
        });
        let queues = (0..).zip(&self.queues).map(|(place, id): (usize, _)| {
            Link::new(format!("queues[{place}]"), Target::Queue(*id))
        });
        campaigns.chain(queues).collect()
    }

    fn target(&self) -> Option<Target> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::id;

    fn webhook(url: &str) -> Webhook {
        Webhook {
            id: id(1),
            name: "CRM".to_owned(),
            url: url.to_owned(),
            enabled: true,
            events: vec![WebhookEvent::CallEnded],
            campaigns: vec![],
            queues: vec![],
        }
    }

    #[test]
    fn an_address_is_https_unless_plain_is_allowed() {
        let sound = |url: &str, plain| webhook(url).faults(plain).is_empty();
        assert!(sound("https://crm.example.net/hooks?token=7", false));
        assert!(!sound("http://crm.example.net/", false));
        assert!(sound("http://10.1.2.3:8080/", true));
        let long = format!("https://crm.example.net/{}", "x".repeat(URL_MAX));
        for wrong in
            ["", "ftp://a/", "https://", "https://a b/", "https://u:p@a/", "https://ä/", &long]
        {
            assert!(!sound(wrong, true), "{wrong}");
        }
    }

    #[test]
    fn events_are_named_once_each_and_one_at_least() {
        let mut hook = webhook("https://a/");
        hook.events = vec![];
        assert_eq!(hook.faults(false)[0].field, "events");
        hook.events = vec![WebhookEvent::CallEnded; 2];
        assert_eq!(hook.faults(false)[0].field, "events");
        hook.name = "a\nb".to_owned();
        assert_eq!(hook.faults(false).len(), 2);
    }

    #[test]
    fn a_filter_lets_through_what_is_about_one_of_those_it_names() {
        let mut hook = webhook("https://a/");
        let wants = |hook: &Webhook, campaign: Option<u128>, queue: Option<u128>| {
            hook.wants(WebhookEvent::CallEnded, campaign.map(id), queue.map(id))
        };
        assert!(wants(&hook, None, None));
        assert!(!hook.wants(WebhookEvent::CallStarted, None, None));
        (hook.campaigns, hook.queues) = (vec![id(1)], vec![id(2)]);
        assert!(wants(&hook, Some(1), None));
        assert!(wants(&hook, Some(9), Some(2)));
        assert!(!wants(&hook, Some(2), Some(1)));
        assert!(!wants(&hook, None, None));
    }
}
