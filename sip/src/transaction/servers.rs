//! Server transactions: what we were asked and have to answer, once.

use std::time::Instant;

use bytes::Bytes;

use super::key::Key;
use super::layer::{Id, Layer};
use super::server_invite::ServerInvite;
use super::server_request::ServerRequest;
use super::{ServerInput, ServerOutput};
use crate::endpoint::{Flow, Output};
use crate::leg::LegId;
use crate::message::{Malformed, Method, Request};

/// A server transaction; never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ServerId(u64);

#[derive(Debug)]
pub(super) struct Server {
    machine: Machine,
    key: Key,
    /// Where responses go.
    flow: Flow,
    last: Option<Bytes>,
    /// The leg that an INVITE opened or belongs to.
    leg: Option<LegId>,
    pub(super) armed: Option<Instant>,
}

#[derive(Debug)]
enum Machine {
    Invite(ServerInvite),
    Request(ServerRequest),
}

impl Machine {
    fn handle(&mut self, now: Instant, input: ServerInput, out: &mut Vec<ServerOutput>) {
        match self {
            Self::Invite(machine) => machine.handle(now, input, out),
            Self::Request(machine) => machine.handle(now, input, out),
        }
    }

    fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Invite(machine) => machine.deadline(),
            Self::Request(machine) => machine.deadline(),
        }
    }

    fn is_terminated(&self) -> bool {
        match self {
            Self::Invite(machine) => machine.is_terminated(),
            Self::Request(machine) => machine.is_terminated(),
        }
    }
}

impl Layer {
    /// Opens a transaction for a request that [`absorb`](Self::absorb) did not know; answers go to
    /// `flow`.
    pub(crate) fn open(
        &mut self,
        now: Instant,
        request: &Request,
        flow: Flow,
        leg: Option<LegId>,
    ) -> Result<ServerId, Malformed> {
        let key = Key::of(request)?;
        let reliable = flow.transport.is_reliable();
        let machine = if request.method() == Method::Invite {
            Machine::Invite(ServerInvite::new(reliable, self.timing))
        } else {
            Machine::Request(ServerRequest::new(now, reliable, self.timing))
        };
        let id = ServerId(self.number());
        self.keys.insert(key.clone(), id);
        let server = Server { machine, key, flow, last: None, leg, armed: None };
        self.servers.insert(id, server);
        // A machine that was just made only wants its deadline set.
        self.settle_server(now, id, &[], &mut vec![]);
        Ok(id)
    }

    /// Whether `request` is a copy of one we have, and then sends the same answer again.
    pub(crate) fn absorb(
        &mut self,
        now: Instant,
        request: &Request,
        out: &mut Vec<Output>,
    ) -> Result<bool, Malformed> {
        let Some(&id) = self.keys.get(&Key::of(request)?) else { return Ok(false) };
        self.drive_server(now, id, ServerInput::Request, None, out);
        Ok(true)
    }

    /// Whether an ACK belongs to a refusal of ours; the ACK of a 2xx is the leg's.
    pub(crate) fn absorb_ack(
        &mut self,
        now: Instant,
        ack: &Request,
        out: &mut Vec<Output>,
    ) -> Result<bool, Malformed> {
        let Some(&id) = self.keys.get(&Key::of(ack)?) else { return Ok(false) };
        let refused = self.servers.get(&id).is_some_and(|server| match &server.machine {
            Machine::Invite(machine) => machine.is_refused(),
            Machine::Request(_) => false,
        });
        if refused {
            self.drive_server(now, id, ServerInput::Ack, None, out);
        }
        Ok(refused)
    }

    /// The INVITE that a CANCEL is about.
    pub(crate) fn cancelled(&self, cancel: &Request) -> Result<Cancelled, Malformed> {
        let Some(id) = self.keys.get(&Key::of_cancelled(cancel)?) else {
            return Ok(Cancelled::Unknown);
        };
        let server = self.servers.get(id);
        let pending = server.is_some_and(|server| match &server.machine {
            Machine::Invite(machine) => !machine.is_final(),
            Machine::Request(_) => false,
        });
        let leg = server.and_then(|server| server.leg);
        Ok(if pending { Cancelled::Pending(leg) } else { Cancelled::TooLate(leg) })
    }

    /// Gives a response; what the state does not allow is dropped.
    pub(crate) fn respond(
        &mut self,
        now: Instant,
        id: ServerId,
        code: u16,
        bytes: Bytes,
        out: &mut Vec<Output>,
    ) {
        self.drive_server(now, id, ServerInput::Respond(code), Some(bytes), out);
    }

    pub(super) fn drive_server(
        &mut self,
        now: Instant,
        id: ServerId,
        input: ServerInput,
        response: Option<Bytes>,
        out: &mut Vec<Output>,
    ) {
        let Some(server) = self.servers.get_mut(&id) else { return };
        let mut todo = vec![];
        server.machine.handle(now, input, &mut todo);
        if todo.contains(&ServerOutput::Send) {
            server.last = response;
        }
        self.settle_server(now, id, &todo, out);
    }

    fn settle_server(
        &mut self,
        now: Instant,
        id: ServerId,
        todo: &[ServerOutput],
        out: &mut Vec<Output>,
    ) {
        let Some(server) = self.servers.get_mut(&id) else { return };
        for _ in todo {
            let flow = server.flow;
            out.extend(server.last.clone().map(|bytes| Output::Send { flow, bytes }));
        }
        if server.machine.is_terminated() {
            self.keys.remove(&server.key);
            self.servers.remove(&id);
        } else if server.machine.deadline() != server.armed {
            server.armed = server.machine.deadline();
            if let Some(at) = server.armed {
                self.timers.set(now, at, Id::Server(id));
            }
        }
    }
}

/// What a CANCEL finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cancelled {
    /// No such INVITE: 481.
    Unknown,
    /// Its final answer is out: 200, and nothing happens to its leg.
    TooLate(Option<LegId>),
    /// An INVITE without a final answer, and its leg.
    Pending(Option<LegId>),
}
