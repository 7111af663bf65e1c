//! What is happening now: the events that the brain's edge publishes and browsers watch.
//!
//! ```text
//!   brain's edge ──publish──▶ Hub: ring of the newest events + the latest value of each key
//!                               │ one wake-up for all
//!                               ├──▶ viewer at seq 812   each reads the ring at its own place;
//!                               └──▶ viewer at seq 640   an event is serialised once for all
//! ```
//!
//! Invariants: sequence numbers rise by one; the retained values are what a reader of every event
//! since the start would hold; a viewer that falls out of the ring is told so and closed, and
//! costs the others nothing. The first sequence number is taken from the wall clock, so that a
//! number from before a restart is never mistaken for one of ours.

mod follower;
mod viewer;
mod views;
mod windows;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use axum::extract::ws::Utf8Bytes;
use jiff::Timestamp;
use routing::{AgentId, CallId};
use serde::Serialize;
use tokio::sync::watch;
use utoipa::ToSchema;

pub use follower::{Follower, News};
pub(crate) use viewer::Viewer;
use views::Key;
pub(crate) use views::clock_of;
pub use views::{
    AbandonLimit, AgentView, CallAction, CallDirection, CallState, CallView, CampaignView,
    LeadView, LegView, LiveEvent, QueueView, RecordingMark, TalkView, Totals, TrunkView,
};
pub(crate) use windows::Windows;

/// The newest events, and the latest value of everything that is live.
#[derive(Debug)]
pub struct Hub {
    inner: Mutex<Inner>,
    newest: watch::Sender<u64>,
}

#[derive(Debug)]
struct Inner {
    next: u64,
    ring: VecDeque<Arc<Published>>,
    retained: BTreeMap<Key, Arc<Published>>,
}

/// An event with its place in the order, as it travels to viewers.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Numbered {
    /// Its place; one more than that of the event before.
    pub seq: u64,
    /// When it was published.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// What happened.
    pub event: LiveEvent,
}

/// A published event and its text, which is made when the first viewer needs it.
#[derive(Debug)]
pub(crate) struct Published {
    pub(crate) numbered: Numbered,
    text: OnceLock<Utf8Bytes>,
}

impl Published {
    /// The JSON of [`Numbered`], shared by all viewers.
    pub(crate) fn text(&self) -> Utf8Bytes {
        let make = || serde_json::to_string(&self.numbered).unwrap_or_default().into();
        self.text.get_or_init(make).clone()
    }
}

/// Everything that is live at one moment.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    /// The newest event that is part of it.
    pub(crate) seq: u64,
    /// The latest event of each key, by kind and then by id.
    pub(crate) events: Vec<Arc<Published>>,
}

/// What a viewer that has read up to a place gets next.
#[derive(Clone, Debug)]
pub(crate) enum Next {
    /// The events that follow, at most [`BATCH`]; none: it has read all.
    Events(Vec<Arc<Published>>),
    /// The place is not in the ring any more, or never was.
    Gone,
}

impl Hub {
    /// An empty hub whose first event has the sequence number `first`.
    ///
    /// Pass the wall clock in microseconds: see the module.
    #[must_use]
    pub fn starting_at(first: u64) -> Self {
        let first = first.max(1);
        let inner =
            Inner { next: first, ring: VecDeque::with_capacity(RING), retained: BTreeMap::new() };
        Self { inner: Mutex::new(inner), newest: watch::Sender::new(first - 1) }
    }

    /// An empty hub of this run of the program.
    #[must_use]
    pub fn new() -> Self {
        Self::starting_at(u64::try_from(Timestamp::now().as_microsecond()).unwrap_or(1))
    }

    /// Publishes an event to every viewer and returns its sequence number.
    ///
    /// Never waits for a viewer: the critical section is one push and one map insert.
    pub fn publish(&self, event: LiveEvent) -> u64 {
        self.publish_at(Timestamp::now(), event)
    }

    pub(crate) fn publish_at(&self, at: Timestamp, event: LiveEvent) -> u64 {
        let seq = {
            let mut inner = self.lock();
            let seq = inner.next;
            inner.next += 1;
            let keep = event.retention();
            let numbered = Numbered { seq, at, event };
            let published = Arc::new(Published { numbered, text: OnceLock::new() });
            match keep {
                views::Retention::Keep(key) => inner.retain(key, &published),
                views::Retention::Forget(key) => drop(inner.retained.remove(&key)),
                views::Retention::Pass => {}
            }
            if inner.ring.len() == RING {
                inner.ring.pop_front();
            }
            inner.ring.push_back(published);
            seq
        };
        self.newest.send_replace(seq);
        seq
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let inner = self.lock();
        Snapshot { seq: inner.next - 1, events: inner.retained.values().cloned().collect() }
    }

    /// An agent's latest view.
    pub(crate) fn agent(&self, id: AgentId) -> Option<AgentView> {
        let inner = self.lock();
        match &inner.retained.get(&Key::Agent(id))?.numbered.event {
            LiveEvent::Agent(view) => Some(view.clone()),
            _ => None,
        }
    }

    /// A call's latest view, also of one that has just ended and has no record yet.
    pub(crate) fn call(&self, id: CallId) -> Option<CallView> {
        let inner = self.lock();
        let lately = inner.ring.iter().rev();
        let all = inner.retained.get(&Key::Call(id)).into_iter().chain(lately);
        let views = all.filter_map(|published| match &published.numbered.event {
            LiveEvent::Call(view) if view.id == id => Some(view.clone()),
            _ => None,
        });
        views.into_iter().next()
    }

    /// The events after `seq`.
    pub(crate) fn after(&self, seq: u64) -> Next {
        let inner = self.lock();
        let oldest = inner.ring.front().map_or(inner.next, |event| event.numbered.seq);
        if seq >= inner.next || seq + 1 < oldest {
            return Next::Gone;
        }
        let skip = usize::try_from(seq + 1 - oldest).unwrap_or(usize::MAX);
        Next::Events(inner.ring.iter().skip(skip).take(BATCH).cloned().collect())
    }

    /// Changes to the sequence number of the newest event.
    pub(crate) fn newest(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }

    /// A publisher that panicked has left whole values behind, so the poison means nothing.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Hub {
    fn default() -> Self {
        Self::new()
    }
}

impl Inner {
    fn retain(&mut self, key: Key, event: &Arc<Published>) {
        // A publisher that never says that a thing is gone must not eat the memory.
        if self.retained.len() < RETAINED_MAX || self.retained.contains_key(&key) {
            self.retained.insert(key, Arc::clone(event));
        } else {
            tracing::warn!(?key, "too much is live: later viewers will not see this");
        }
    }
}

/// Events kept for viewers that come back: half a minute of a busy floor of 1,000 agents.
pub(crate) const RING: usize = 16_384;

/// Events handed to a viewer at once.
pub(crate) const BATCH: usize = 256;

/// Agents, calls, campaigns, queues and trunks that are live at once.
const RETAINED_MAX: usize = 131_072;

#[cfg(test)]
mod tests;
