//! Client transactions: what we sent and still wait for.

use std::fmt;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::client_invite::ClientInvite;
use super::client_request::ClientRequest;
use super::layer::{Id, Layer, Notice, Owner};
use super::{ClientInput, ClientOutput};
use crate::endpoint::{Flow, Output, Random};
use crate::header::Name;
use crate::leg::LegId;
use crate::message::{Headers, Message, Method, Request, Response, Unprintable, Writer};

/// A client transaction; never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ClientId {
    number: u64,
    /// A CANCEL has the branch of its INVITE (RFC 3261 §9.1), so only this tells them apart.
    cancel: bool,
}

/// A branch of ours; it names its transaction, and its random half keeps others from guessing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Branch {
    number: u64,
    random: u64,
}

impl Branch {
    fn parse(text: &str) -> Option<Self> {
        let (number, random) = text.strip_prefix("z9hG4bK")?.split_once('.')?;
        let hex = |text| u64::from_str_radix(text, 16).ok();
        Some(Self { number: hex(number)?, random: hex(random)? })
    }
}

impl fmt::Display for Branch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "z9hG4bK{:x}.{:016x}", self.number, self.random)
    }
}

/// A request that is about to open a transaction.
#[derive(Debug)]
pub(crate) struct Outgoing {
    /// From [`Layer::branch`], and printed in the request's Via.
    pub(crate) branch: Branch,
    pub(crate) method: Method,
    pub(crate) flow: Flow,
    pub(crate) bytes: Bytes,
    pub(crate) owner: Owner,
    /// Replaces 64·T1, the time that a request but an INVITE waits for its answer (timer F).
    pub(crate) patience: Option<Duration>,
}

#[derive(Debug)]
pub(super) struct Client {
    machine: Machine,
    branch: Branch,
    method: Method,
    pub(super) flow: Flow,
    bytes: Bytes,
    ack: Option<Bytes>,
    owner: Owner,
    pub(super) armed: Option<Instant>,
}

#[derive(Debug)]
enum Machine {
    Invite(ClientInvite),
    Request(ClientRequest),
}

impl Machine {
    fn handle(&mut self, now: Instant, input: ClientInput, out: &mut Vec<ClientOutput>) {
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
    /// The legs that client transactions are of, each as often as it has one.
    pub(crate) fn legs_waiting(&self) -> impl Iterator<Item = LegId> + '_ {
        self.clients.values().filter_map(|client| match client.owner {
            Owner::Leg(leg) => Some(leg),
            _ => None,
        })
    }

    /// A branch for the next request.
    pub(crate) fn branch(&mut self, random: &mut Random) -> Branch {
        Branch { number: self.number(), random: random.number() }
    }

    /// Sends a request and waits for its answer.
    pub(crate) fn start(
        &mut self,
        now: Instant,
        outgoing: Outgoing,
        out: &mut Vec<Output>,
    ) -> ClientId {
        let Outgoing { branch, method, flow, bytes, owner, patience } = outgoing;
        let id = ClientId { number: branch.number, cancel: method == Method::Cancel };
        let reliable = flow.transport.is_reliable();
        let mut todo = vec![];
        let timing = self.timing;
        let machine = if method == Method::Invite {
            Machine::Invite(ClientInvite::start(now, reliable, timing, &mut todo))
        } else {
            let timer_f = patience.unwrap_or(64 * timing.t1);
            Machine::Request(ClientRequest::start(now, reliable, timing, timer_f, &mut todo))
        };
        let client = Client { machine, branch, method, flow, bytes, ack: None, owner, armed: None };
        self.clients.insert(id, client);
        self.settle_client(now, id, &todo, out);
        id
    }

    /// Takes a response; its transaction and owner, if the owner is to see it.
    pub(crate) fn receive_response(
        &mut self,
        now: Instant,
        response: &Response,
        flow: Flow,
        out: &mut Vec<Output>,
    ) -> Option<(ClientId, Owner)> {
        let branch = Branch::parse(response.top_via().ok()?.branch()?)?;
        let method = Method::parse(response.cseq().ok()?.method_text);
        let id = ClientId { number: branch.number, cancel: method == Method::Cancel };
        let client = self.clients.get_mut(&id)?;
        if client.branch != branch || client.method != method {
            return None;
        }
        // A stream that was opened for this request now has its number.
        if flow.transport.is_reliable() && flow.remote == client.flow.remote {
            client.flow = flow;
        }
        let code = response.status().code();
        if method == Method::Invite && code >= 300 && client.ack.is_none() {
            client.ack = ack_of(&client.bytes, response);
        }
        let owner = client.owner;
        let delivered = self.drive_client(now, id, ClientInput::Response(code), out);
        delivered.then_some((id, owner))
    }

    /// Cancels an INVITE of ours that has had a provisional response (RFC 3261 §9.1).
    pub(crate) fn cancel(
        &mut self,
        now: Instant,
        invite: ClientId,
        reason: Option<&str>,
        out: &mut Vec<Output>,
    ) {
        let Some(client) = self.clients.get(&invite) else { return };
        let Some(bytes) = cancel_of(&client.bytes, reason) else { return };
        let (branch, flow) = (client.branch, client.flow);
        let cancel = Outgoing {
            branch,
            method: Method::Cancel,
            flow,
            bytes,
            owner: Owner::Nobody,
            patience: None,
        };
        self.start(now, cancel, out);
    }

    /// Sends an INVITE no more, and goes on listening for what answers it.
    pub(crate) fn hush(&mut self, now: Instant, client: ClientId, out: &mut Vec<Output>) {
        self.drive_client(now, client, ClientInput::Hush, out);
    }

    /// Drops a transaction that its owner has given up on.
    pub(crate) fn abandon(&mut self, client: ClientId) {
        if let Some(gone) = self.clients.remove(&client) {
            self.notices.push(Notice::Gone { client, owner: gone.owner });
        }
    }

    /// Feeds the machine; whether it delivered.
    pub(super) fn drive_client(
        &mut self,
        now: Instant,
        id: ClientId,
        input: ClientInput,
        out: &mut Vec<Output>,
    ) -> bool {
        let Some(client) = self.clients.get_mut(&id) else { return false };
        let mut todo = vec![];
        client.machine.handle(now, input, &mut todo);
        self.settle_client(now, id, &todo, out)
    }

    fn settle_client(
        &mut self,
        now: Instant,
        id: ClientId,
        todo: &[ClientOutput],
        out: &mut Vec<Output>,
    ) -> bool {
        let Some(client) = self.clients.get_mut(&id) else { return false };
        let (flow, owner) = (client.flow, client.owner);
        let mut delivered = false;
        for output in todo {
            match output {
                ClientOutput::Send => out.push(Output::Send { flow, bytes: client.bytes.clone() }),
                ClientOutput::SendAck => {
                    out.extend(client.ack.clone().map(|bytes| Output::Send { flow, bytes }));
                }
                ClientOutput::Deliver => delivered = true,
                ClientOutput::Failed(cause) => {
                    self.notices.push(Notice::Failed { client: id, owner, cause: *cause });
                }
            }
        }
        if client.machine.is_terminated() {
            self.clients.remove(&id);
            self.notices.push(Notice::Gone { client: id, owner });
        } else if client.machine.deadline() != client.armed {
            client.armed = client.machine.deadline();
            if let Some(at) = client.armed {
                self.timers.set(now, at, Id::Client(id));
            }
        }
        delivered
    }
}

/// RFC 3261 §17.1.1.3: the INVITE's own Via, Route, From and number, the response's To.
fn ack_of(invite: &Bytes, response: &Response) -> Option<Bytes> {
    derived(invite, Method::Ack, response, None).ok()
}

/// RFC 3261 §9.1: the INVITE's own Via, Route, From, To and number.
fn cancel_of(invite: &Bytes, reason: Option<&str>) -> Option<Bytes> {
    let Ok(Message::Request(request)) = Message::parse(invite.clone()) else { return None };
    derived(invite, Method::Cancel, &request, reason).ok()
}

fn derived(
    invite: &Bytes,
    method: Method,
    to: &Headers,
    reason: Option<&str>,
) -> Result<Bytes, Unprintable> {
    let unreadable = || Unprintable { part: "INVITE".to_owned(), expected: "a request of ours" };
    let Ok(Message::Request(request)) = Message::parse(invite.clone()) else {
        return Err(unreadable());
    };
    let number = request.cseq().map_err(|_| unreadable())?.number;
    let mut writer = Writer::request(method, request.uri_text());
    writer.copy(&request, Name::Via);
    writer.copy(&request, Name::MaxForwards);
    writer.copy(&request, Name::Route);
    writer.copy(&request, Name::From);
    writer.copy(to, Name::To);
    writer.copy(&request, Name::CallId);
    writer.header(Name::CSeq, format_args!("{number} {method}"));
    copy_credentials(&request, &mut writer);
    if let Some(reason) = reason {
        writer.header(Name::Reason, reason);
    }
    writer.finish()
}

/// RFC 3261 §22.1: what proved the INVITE is repeated in its ACK and CANCEL, which no one
/// challenges.
fn copy_credentials(request: &Request, writer: &mut Writer) {
    writer.copy(request, Name::Authorization);
    writer.copy(request, Name::ProxyAuthorization);
}
