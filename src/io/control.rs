//! The API's way to the brain: changes are told, commands are answered.
//!
//! A command that the brain has not answered in 5 s is given up as busy; its answer, should it
//! come, finds nobody.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use admin_api::control::{Answer, Busy, Change, Command, CommandError, Control, Reply};
use admin_api::fetch::Fetch;
use admin_api::live::Hub;
use admin_api::metrics::Metric;
use admin_api::post::Post;
use admin_api::prompts::Studio;
use admin_api::recordings::Shelf;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::brain::{Inspection, Letter};
use super::connections::Connections;
use super::inbox::{Class, Inbox};
use super::letters::Letters;
use super::outbound::Outbound;
use super::resolve::Names;
use super::shelf::Recordings;
use super::studio::Booth;
use crate::switch::Input;

/// The running switch as the API sees it.
pub struct Desk {
    inbox: Arc<Inbox<Letter>>,
    replies: Arc<Replies>,
    hub: Arc<Hub>,
    names: Names,
    connections: Connections,
    shelf: Arc<Recordings>,
    studio: Booth,
    letters: Option<Letters>,
    sign_in: Outbound,
}

/// What stands beside the brain; the last three make clips, take letters and ask who users are.
type Beside = (Names, Connections, Arc<Recordings>, (Booth, Option<Letters>, Outbound));

impl Desk {
    /// A desk in front of this inbox.
    #[must_use]
    pub fn new(
        inbox: Arc<Inbox<Letter>>,
        replies: Arc<Replies>,
        hub: Arc<Hub>,
        (names, connections, shelf, (studio, letters, sign_in)): Beside,
    ) -> Self {
        Self { inbox, replies, hub, names, connections, shelf, studio, letters, sign_in }
    }

    /// Looks at the switch: its invariants, and what is alive in it.
    pub async fn inspect(&self) -> Option<Inspection> {
        let (answer, inspected) = oneshot::channel();
        self.push(Letter::Inspect(answer)).ok()?;
        timeout(PATIENCE, inspected).await.ok()?.ok()
    }

    fn push(&self, letter: Letter) -> Result<(), Busy> {
        let busy = |_| Busy { retry_after: RETRY_AFTER };
        self.inbox.push(Instant::now(), Class::Desk, letter).map_err(busy)
    }

    async fn ask(&self, command: Command) -> Result<Reply, CommandError> {
        let busy = Busy { retry_after: RETRY_AFTER };
        let (ticket, answered) = self.replies.expect();
        if let Err(busy) = self.push(Letter::Input(Input::Command(ticket, command))) {
            self.replies.forget(ticket);
            return Err(busy.into());
        }
        let Ok(Ok(mut reply)) = timeout(PATIENCE, answered).await else {
            self.replies.forget(ticket);
            return Err(busy.into());
        };
        if let Ok(Reply::Metrics(metrics)) = &mut reply {
            metrics.extend(self.edges());
        }
        reply
    }
}

impl Desk {
    /// Figures that the brain does not have.
    fn edges(&self) -> [Metric; 2] {
        [
            Metric::gauge("sip_connections", "SIP connections.", self.connections.open()),
            Metric::counter(
                "sip_stale_total",
                "New requests discarded because they had waited over 400 ms.",
                self.inbox.stale(),
            ),
        ]
    }
}

impl Control for Desk {
    fn changed(&self, change: Change) -> Result<(), Busy> {
        match &change {
            Change::Trunk(trunk) => self.names.follow(trunk),
            Change::TrunkRemoved(trunk) => self.names.forget(*trunk),
            _ => {}
        }
        self.push(Letter::Input(Input::Change(change)))
    }

    fn command(&self, command: Command) -> Answer<'_> {
        Box::pin(self.ask(command))
    }

    fn hub(&self) -> &Hub {
        &self.hub
    }

    fn shelf(&self) -> Option<&dyn Shelf> {
        Some(&*self.shelf)
    }

    fn studio(&self) -> Option<&dyn Studio> {
        Some(&self.studio)
    }

    fn post(&self) -> Option<&dyn Post> {
        self.letters.as_ref().map(|letters| letters as &dyn Post)
    }

    fn fetch(&self) -> Option<&dyn Fetch> {
        Some(&self.sign_in)
    }
}

/// Whoever waits for the brain's answer to a command.
#[derive(Default)]
pub struct Replies {
    next: AtomicU64,
    waiting: Mutex<BTreeMap<u64, oneshot::Sender<Result<Reply, CommandError>>>>,
}

impl Replies {
    /// Gives an answer to whoever waits for it.
    pub fn answer(&self, ticket: u64, reply: Result<Reply, CommandError>) {
        if let Some(waiting) = self.take(ticket) {
            drop(waiting.send(reply));
        }
    }

    fn expect(&self) -> (u64, oneshot::Receiver<Result<Reply, CommandError>>) {
        let ticket = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(ticket, sender);
        (ticket, receiver)
    }

    fn forget(&self, ticket: u64) {
        drop(self.take(ticket));
    }

    fn take(&self, ticket: u64) -> Option<oneshot::Sender<Result<Reply, CommandError>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&ticket)
    }
}

const PATIENCE: Duration = Duration::from_secs(5);
const RETRY_AFTER: Duration = Duration::from_secs(1);
