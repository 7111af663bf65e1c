//! Lamps of other extensions, and message waiting: what telephones that subscribe are told
//! (INTEROP 52, 53).
//!
//! ```text
//!  agent ready, paused, out ─▶ no dialog    rung ─▶ early    talks, holds ─▶ confirmed
//! ```
//! A line that stays up between calls is no lit lamp: what counts is whether the agent has
//! somebody to talk to. Messages are those of the agent's own mailbox: a queue's wait for all of
//! its agents, and would light the lamps of those who are not at work.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use bytes::Bytes;
use routing::{AgentId, Messages, StateName};
use sip::{Package, SubscriptionId};

use super::{Now, Output, Switch};

/// Who is told what.
#[derive(Debug, Default)]
pub(super) struct Lamps {
    watchers: BTreeMap<SubscriptionId, Watcher>,
}

#[derive(Debug)]
struct Watcher {
    package: Package,
    /// The extension it watches.
    target: String,
    /// RFC 4235 §4.1: rises by one with each document.
    version: u32,
    shown: Option<Shown>,
}

/// What a watcher was told last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Lamp(Lamp),
    Messages(Messages),
}

/// What a lamp shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lamp {
    Dark,
    Flashes,
    Lit,
}

impl Lamp {
    /// The dialog's state as RFC 4235 §3.7.1 has it; none where there is no dialog.
    fn word(self) -> Option<&'static str> {
        match self {
            Self::Dark => None,
            Self::Flashes => Some("early"),
            Self::Lit => Some("confirmed"),
        }
    }
}

impl Switch {
    /// A telephone wants to be told.
    pub(super) fn subscribed(
        &mut self,
        now: Now,
        id: SubscriptionId,
        (package, target): (Package, String),
        out: &mut Vec<Output>,
    ) {
        let watcher = Watcher { package, target, version: 0, shown: None };
        self.lamps.watchers.insert(id, watcher);
        self.light(now, id, out);
    }

    pub(super) fn unsubscribed(&mut self, id: SubscriptionId) {
        self.lamps.watchers.remove(&id);
    }

    /// Agents moved: whoever watches one of them is told what is new.
    pub(super) fn light_lamps(&mut self, now: Now, moved: &[AgentId], out: &mut Vec<Output>) {
        if self.lamps.watchers.is_empty() {
            return;
        }
        let extensions: Vec<_> =
            moved.iter().filter_map(|agent| self.directory.extension(*agent)).collect();
        let watches = |watcher: &Watcher| extensions.contains(&watcher.target.as_str());
        let watching = self.lamps.watchers.iter().filter(|(_, watcher)| watches(watcher));
        let ids: Vec<_> = watching.map(|(id, _)| *id).collect();
        for id in ids {
            self.light(now, id, out);
        }
    }

    /// Tells one watcher, if there is anything new.
    fn light(&mut self, now: Now, id: SubscriptionId, out: &mut Vec<Output>) {
        let Some(watcher) = self.lamps.watchers.get(&id) else { return };
        let shown = match watcher.package {
            Package::MessageSummary => Shown::Messages(self.messages(&watcher.target)),
            Package::Dialog => Shown::Lamp(self.lamp(&watcher.target)),
        };
        let realm = self.settings.sip.realm.clone();
        let Some(watcher) = self.lamps.watchers.get_mut(&id) else { return };
        if watcher.shown.replace(shown) == Some(shown) {
            return;
        }
        let body = match shown {
            Shown::Messages(messages) => summary(messages, &watcher.target, &realm),
            Shown::Lamp(lamp) => document(watcher, lamp, &realm),
        };
        watcher.version += 1;
        self.sip(out, |sip, o| sip.publish(now.at, id, body, o));
    }

    fn messages(&self, extension: &str) -> Messages {
        let agent = self.directory.agent_at(extension);
        agent.map_or_else(Messages::default, |agent| self.mailboxes.of(agent))
    }

    fn lamp(&self, extension: &str) -> Lamp {
        let agent = self.directory.agent_at(extension).and_then(|id| self.floor.agent(id));
        match agent.map(|view| view.state().name()) {
            Some(StateName::Talking | StateName::Hold) => Lamp::Lit,
            Some(StateName::Ringing) => Lamp::Flashes,
            _ => Lamp::Dark,
        }
    }
}

/// RFC 4235 §4.
fn document(watcher: &Watcher, lamp: Lamp, realm: &str) -> Bytes {
    let (target, version) = (escape(&watcher.target), watcher.version);
    let mut text = format!(
        "<?xml version=\"1.0\"?>\r\n<dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" \
         version=\"{version}\" state=\"full\" entity=\"sip:{target}@{}\">",
        escape(realm)
    );
    if let Some(word) = lamp.word() {
        // A String takes every write.
        let _ = write!(text, "<dialog id=\"{target}\"><state>{word}</state></dialog>");
    }
    text += "</dialog-info>\r\n";
    text.into()
}

/// RFC 3842 §5.
fn summary(messages: Messages, target: &str, realm: &str) -> Bytes {
    let account = sip::uri::escape_user(target);
    let Messages { new, old } = messages;
    let waiting = if new > 0 { "yes" } else { "no" };
    format!(
        "Messages-Waiting: {waiting}\r\nMessage-Account: sip:{account}@{realm}\r\n\
         Voice-Message: {new}/{old}\r\n"
    )
    .into()
}

/// What a telephone wrote into its SUBSCRIBE stays text in ours.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for sign in text.chars().filter(|sign| !sign.is_control()) {
        match sign {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            sign => escaped.push(sign),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FAULTS S12: no markup of others in a document of ours.
    #[test]
    fn a_lamp_is_a_document_with_what_was_asked_as_text() {
        let (target, version) = ("1<2&\"3".to_owned(), 4);
        let watcher = Watcher { package: Package::Dialog, target, version, shown: None };
        let said = |lamp| String::from_utf8(document(&watcher, lamp, "pbx").to_vec()).unwrap();
        let dark = said(Lamp::Dark);
        assert!(
            dark.contains("version=\"4\" state=\"full\" entity=\"sip:1&lt;2&amp;&quot;3@pbx\"")
        );
        assert!(!dark.contains("<dialog "), "{dark}");
        assert!(said(Lamp::Lit).contains("<state>confirmed</state>"));
        assert!(said(Lamp::Flashes).contains("<state>early</state>"));
    }
}
