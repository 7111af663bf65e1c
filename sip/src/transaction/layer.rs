//! The table of all transactions, and their timers.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::clients::{Client, ClientId};
use super::key::Key;
use super::servers::{Server, ServerId};
use super::{Cause, ClientInput, ServerInput};
use crate::client::{PingId, RegistrationId};
use crate::endpoint::{Flow, Output, Timing};
use crate::leg::LegId;
use crate::subscription::SubscriptionId;
use crate::timer::Timers;

/// All transactions of one endpoint.
#[derive(Debug)]
pub(crate) struct Layer {
    pub(super) timing: Timing,
    /// The last number given to a transaction.
    pub(super) last: u64,
    pub(super) clients: HashMap<ClientId, Client>,
    pub(super) servers: HashMap<ServerId, Server>,
    pub(super) keys: HashMap<Key, ServerId>,
    pub(super) timers: Timers<Id>,
    pub(super) notices: Vec<Notice>,
}

/// On whose behalf a request was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    Leg(LegId),
    Registration(RegistrationId),
    Ping(PingId),
    Subscription(SubscriptionId),
    /// Nobody waits for the answer: a CANCEL, or a BYE to a fork that lost.
    Nobody,
}

/// What became of a client transaction, for its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    /// No answer came.
    Failed { client: ClientId, owner: Owner, cause: Cause },
    /// The transaction is over; nothing more will be heard of it.
    Gone { client: ClientId, owner: Owner },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Id {
    Client(ClientId),
    Server(ServerId),
}

impl Layer {
    pub(crate) fn new(timing: Timing) -> Self {
        let t1 = timing.t1;
        let doublings = (0..7).map(|power| t1 * (1 << power));
        let lengths: Vec<Duration> =
            doublings.chain([timing.t2, timing.t4, Duration::from_secs(32)]).collect();
        Self {
            timing,
            last: 0,
            clients: HashMap::new(),
            servers: HashMap::new(),
            keys: HashMap::new(),
            timers: Timers::new(&lengths),
            notices: vec![],
        }
    }

    /// Transactions alive.
    pub(crate) fn len(&self) -> usize {
        self.clients.len() + self.servers.len()
    }

    /// Runs every timer due at `now`; what owners must know waits in
    /// [`take_notices`](Self::take_notices).
    pub(crate) fn tick(&mut self, now: Instant, out: &mut Vec<Output>) {
        loop {
            let Self { timers, clients, servers, .. } = self;
            let due = timers.pop_due(now, |at, id| is_live(clients, servers, at, id));
            match due {
                Some(Id::Client(id)) => {
                    self.drive_client(now, id, ClientInput::Tick, out);
                }
                Some(Id::Server(id)) => self.drive_server(now, id, ServerInput::Tick, None, out),
                None => return,
            }
        }
    }

    /// When [`tick`](Self::tick) is next due; exact after [`prune`](Self::prune).
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.timers.deadline()
    }

    /// Forgets timers of transactions that no longer want them.
    pub(crate) fn prune(&mut self) {
        let Self { timers, clients, servers, .. } = self;
        timers.prune(|at, id| is_live(clients, servers, at, id));
    }

    /// Fails what waits for an answer on a path that broke.
    pub(crate) fn transport_failed(&mut self, now: Instant, flow: Flow, out: &mut Vec<Output>) {
        let same = |other: &Flow| {
            let unknown = flow.connection == 0 || other.connection == 0;
            (other.transport, other.remote) == (flow.transport, flow.remote)
                && (unknown || other.connection == flow.connection)
        };
        let on_flow = self.clients.iter().filter(|(_, client)| same(&client.flow));
        let mut ids: Vec<_> = on_flow.map(|(id, _)| *id).collect();
        ids.sort_unstable();
        for id in ids {
            self.drive_client(now, id, ClientInput::TransportFailed, out);
        }
    }

    /// What owners must know, in the order it happened.
    pub(crate) fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    pub(super) fn number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }
}

/// A timer is live while its transaction is armed for that very instant.
fn is_live(
    clients: &HashMap<ClientId, Client>,
    servers: &HashMap<ServerId, Server>,
    at: Instant,
    id: Id,
) -> bool {
    let armed = match id {
        Id::Client(id) => clients.get(&id).and_then(|client| client.armed),
        Id::Server(id) => servers.get(&id).and_then(|server| server.armed),
    };
    armed == Some(at)
}
