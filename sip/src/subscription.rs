//! What telephones are told of without calling: RFC 6665 on the notifier's side, for message
//! waiting (RFC 3842) and the lamps of other extensions (RFC 4235).
//!
//! ```text
//!  SUBSCRIBE ──200──▶ Live ──publish──▶ NOTIFY active, one at a time, the newest state last
//!     Live ──SUBSCRIBE again──▶ Live, and told again
//!     Live ──Expires: 0, its time is over──▶ NOTIFY terminated ──▶ gone
//!     Live ──NOTIFY refused or unanswered──▶ gone
//! ```
//! Invariants: at most one NOTIFY of a subscription is in flight, so none overtakes another; a
//! state that was overtaken before it left is never sent.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::dialog::Dialog;
use crate::header::Name;
use crate::leg::Context;
use crate::message::{Method, Unprintable};
use crate::transaction::{Outgoing, Owner};

/// A subscription of a telephone; never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubscriptionId(pub(crate) u64);

/// What is subscribed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Package {
    /// Whether messages wait for the subscriber (RFC 3842).
    MessageSummary,
    /// What another extension is doing (RFC 4235).
    Dialog,
}

impl Package {
    /// Its name in an Event header.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MessageSummary => "message-summary",
            Self::Dialog => "dialog",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let all = [Self::MessageSummary, Self::Dialog];
        all.into_iter().find(|package| package.as_str().eq_ignore_ascii_case(text))
    }

    /// Type and subtype of its body.
    pub(crate) fn body(self) -> (&'static str, &'static str) {
        match self {
            Self::MessageSummary => ("application", "simple-message-summary"),
            Self::Dialog => ("application", "dialog-info+xml"),
        }
    }
}

impl fmt::Display for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The Allow-Events that we print.
pub(crate) const PACKAGES: &str = "message-summary, dialog";

/// Every subscription there is.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    live: BTreeMap<SubscriptionId, Subscription>,
    /// By when they end.
    ends: BTreeSet<(Instant, SubscriptionId)>,
    last: u64,
}

#[derive(Debug)]
pub(crate) struct Subscription {
    id: SubscriptionId,
    /// Our tag, which leads its SUBSCRIBEs here.
    tag: String,
    pub(crate) dialog: Dialog,
    package: Package,
    /// The `id` of its Event header.
    event_id: Option<String>,
    until: Instant,
    /// What was told last, or is to be told next.
    state: Option<Bytes>,
    in_flight: bool,
    /// Whether `state` is newer than what was sent.
    stale: bool,
}

impl Subscriptions {
    pub(crate) fn len(&self) -> usize {
        self.live.len()
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.ends.first().map(|(at, _)| *at)
    }

    /// The number and the tag of the next one.
    pub(crate) fn next(&mut self, random: u64) -> (SubscriptionId, String) {
        self.last += 1;
        (SubscriptionId(self.last), format!("e{:x}.{random:016x}", self.last))
    }

    pub(crate) fn open(
        &mut self,
        (id, tag): (SubscriptionId, String),
        dialog: Dialog,
        package: Package,
        event_id: Option<String>,
        until: Instant,
    ) {
        let subscription = Subscription {
            id,
            tag,
            dialog,
            package,
            event_id,
            until,
            state: None,
            in_flight: false,
            stale: false,
        };
        self.live.insert(id, subscription);
        self.ends.insert((until, id));
    }

    /// The subscription that a tag of ours leads to.
    pub(crate) fn of_tag(&mut self, tag: &str) -> Option<&mut Subscription> {
        let number = tag.strip_prefix('e')?.split_once('.')?.0;
        let id = SubscriptionId(u64::from_str_radix(number, 16).ok()?);
        self.live.get_mut(&id).filter(|live| live.tag == tag)
    }

    /// It lasts longer, or less long, than before.
    pub(crate) fn renew(&mut self, id: SubscriptionId, until: Instant) {
        if let Some(live) = self.live.get_mut(&id) {
            self.ends.remove(&(live.until, id));
            live.until = until;
            self.ends.insert((until, id));
        }
    }

    /// The first whose time is over.
    pub(crate) fn due(&self, now: Instant) -> Option<SubscriptionId> {
        self.ends.first().filter(|(at, _)| *at <= now).map(|(_, id)| *id)
    }

    /// Tells the state that is in force now.
    pub(crate) fn publish(&mut self, context: &mut Context<'_>, id: SubscriptionId, state: Bytes) {
        if let Some(live) = self.live.get_mut(&id) {
            live.state = Some(state);
            live.stale = true;
            live.flush(context);
        }
    }

    /// A NOTIFY was answered; true when the far side wants no more.
    pub(crate) fn answered(
        &mut self,
        context: &mut Context<'_>,
        id: SubscriptionId,
        code: u16,
    ) -> bool {
        let Some(live) = self.live.get_mut(&id) else { return false };
        match code {
            ..200 => return false,
            // RFC 6665 §4.2.2: who knows the subscription no more ends it.
            300.. => return self.forget(id).is_some(),
            _ => {}
        }
        live.in_flight = false;
        live.flush(context);
        false
    }

    /// Ends one with a last NOTIFY; false when it is gone already.
    pub(crate) fn end(
        &mut self,
        context: &mut Context<'_>,
        id: SubscriptionId,
        reason: &str,
    ) -> bool {
        let Some(mut live) = self.forget(id) else { return false };
        // A last word that cannot be printed is not said.
        let _ = live.send(context, format!("terminated;reason={reason}"));
        true
    }

    /// One that nobody answers for.
    pub(crate) fn forget(&mut self, id: SubscriptionId) -> Option<Subscription> {
        let live = self.live.remove(&id)?;
        self.ends.remove(&(live.until, id));
        Some(live)
    }
}

impl Subscription {
    pub(crate) fn id(&self) -> SubscriptionId {
        self.id
    }

    pub(crate) fn tag(&self) -> &str {
        &self.tag
    }

    /// Has to be told again although nothing changed: its telephone asked.
    pub(crate) fn tell_again(&mut self, context: &mut Context<'_>) {
        self.stale |= self.state.is_some();
        self.flush(context);
    }

    fn flush(&mut self, context: &mut Context<'_>) {
        if self.in_flight || !self.stale {
            return;
        }
        let left = self.until.saturating_duration_since(context.now).as_secs();
        self.in_flight = self.send(context, format!("active;expires={left}")).is_ok();
        self.stale = false;
    }

    fn send(&mut self, context: &mut Context<'_>, state: String) -> Result<(), Unprintable> {
        let branch = context.layer.branch(context.random);
        let flow = self.dialog.next_hop();
        let mut writer = self.dialog.request(Method::Notify, branch, context.config);
        match &self.event_id {
            Some(id) => writer.header(Name::Event, format_args!("{};id={id}", self.package)),
            None => writer.header(Name::Event, self.package),
        };
        writer.header(Name::SubscriptionState, state);
        let (kind, subtype) = self.package.body();
        let bytes = match &self.state {
            Some(body) => writer.finish_with(format_args!("{kind}/{subtype}"), body)?,
            None => writer.finish()?,
        };
        let (method, owner) = (Method::Notify, Owner::Subscription(self.id));
        let notify = Outgoing { branch, method, flow, bytes, owner, patience: None };
        context.layer.start(context.now, notify, context.out);
        Ok(())
    }
}

/// How long a subscription lasts at least, at most, and where no wish is told.
pub(crate) const SHORTEST: Duration = Duration::from_mins(1);
pub(crate) const LONGEST: Duration = Duration::from_hours(1);
