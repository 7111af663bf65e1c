//! What came off the wire, and whom it is for.
//!
//! ```text
//!  response ──branch──▶ client transaction ──▶ leg | registration
//!  request ──copy of one we have──▶ server transaction
//!     ├── ACK, CANCEL, To tag ──▶ leg, else 481
//!     └── no To tag ──▶ INVITE: admit · REGISTER: registrar · SUBSCRIBE: subscribe
//!                       OPTIONS: 200 · else 405
//! ```

use std::time::Instant;

use bytes::Bytes;

use super::stateless::reply_path;
use super::{Denial, Endpoint, Event, Flow, Output};
use crate::header::Name;
use crate::leg::{ALLOW, LegId, Received, SDP};
use crate::message::{Malformed, Message, Method, Rejected, Request, Response, Writer};
use crate::registrar::{Binding, Change, Refused};
use crate::transaction::{Cancelled, Owner};

impl Endpoint {
    pub(super) fn dispatch(
        &mut self,
        now: Instant,
        flow: Flow,
        bytes: Bytes,
        out: &mut Vec<Output>,
    ) {
        match Message::parse(bytes) {
            Ok(Message::Response(response)) => self.receive_response(now, flow, &response, out),
            Ok(Message::Request(request)) => {
                let fault = request.validate().err();
                let received = Received { request, flow };
                match fault {
                    None => self.receive_request(now, &received, out),
                    Some(fault) if received.request.method() != Method::Ack => {
                        self.reply_malformed(&received, fault, out);
                    }
                    Some(_) => {}
                }
            }
            Err(rejected) => self.refuse_unreadable(flow, rejected, out),
        }
    }

    /// Tells the sender what is wrong, where enough can be read to find it.
    pub(super) fn refuse_unreadable(
        &mut self,
        flow: Flow,
        rejected: Rejected,
        out: &mut Vec<Output>,
    ) {
        if let Some(request) = rejected.salvage {
            let received = Received { request: *request, flow };
            self.reply_malformed(&received, rejected.fault, out);
        }
    }

    fn receive_response(
        &mut self,
        now: Instant,
        flow: Flow,
        response: &Response,
        out: &mut Vec<Output>,
    ) {
        if response.validate().is_err() {
            return;
        }
        let found = self.layer.receive_response(now, response, flow, out);
        match found {
            Some((client, Owner::Leg(leg))) => {
                self.with_leg(now, leg, out, |leg, context| {
                    leg.response(context, client, response, flow);
                });
            }
            Some((client, Owner::Registration(id))) => {
                self.with_registration(now, id, out, |registering, context| {
                    registering.response(context, client, response, flow);
                });
            }
            Some((_, Owner::Ping(ping))) if response.status().is_final() => {
                let code = Some(response.status().code());
                out.push(Output::Event(Event::Pong { ping, code }));
            }
            Some((_, Owner::Subscription(id))) => {
                self.notify_answered(now, id, Some(response.status().code()), out);
            }
            Some((_, Owner::Ping(_) | Owner::Nobody)) | None => {}
        }
    }

    fn receive_request(&mut self, now: Instant, received: &Received, out: &mut Vec<Output>) {
        let request = &received.request;
        if self.peers.find(received.flow.remote).is_none() && is_scanner(request) {
            self.unanswered += 1;
            return;
        }
        let routed = match request.method() {
            Method::Ack => self.receive_ack(now, request, out),
            method => match self.layer.absorb(now, request, out) {
                Ok(true) => Ok(()),
                Ok(false) if method == Method::Cancel => self.receive_cancel(now, received, out),
                Ok(false) if request.to().is_ok_and(|to| to.tag().is_some()) => {
                    self.receive_in_dialog(now, received, out)
                }
                Ok(false) => self.receive_out_of_dialog(now, received, out),
                Err(fault) => Err(fault),
            },
        };
        if let Err(fault) = routed {
            self.reply_malformed(received, fault, out);
        }
    }

    fn receive_ack(
        &mut self,
        now: Instant,
        ack: &Request,
        out: &mut Vec<Output>,
    ) -> Result<(), Malformed> {
        if !self.layer.absorb_ack(now, ack, out)?
            && let Some(id) = self.leg_of(ack)
        {
            self.with_leg(now, id, out, |leg, context| leg.acknowledged(context, ack));
        }
        Ok(())
    }

    fn receive_cancel(
        &mut self,
        now: Instant,
        received: &Received,
        out: &mut Vec<Output>,
    ) -> Result<(), Malformed> {
        let request = &received.request;
        let (leg, is_pending) = match self.layer.cancelled(request)? {
            Cancelled::Unknown => {
                self.reply(received, 481, |_| {}, out);
                return Ok(());
            }
            Cancelled::TooLate(leg) => (leg, false),
            Cancelled::Pending(leg) => (leg, true),
        };
        let server = self.layer.open(now, request, reply_path(received), leg)?;
        // The tag of the INVITE's own responses (§9.2).
        let of_leg = leg.and_then(|id| self.legs.get(&id)).map(|leg| leg.tag().to_owned());
        let tag = of_leg.unwrap_or_else(|| self.stateless_tag(request));
        let response = received.response(200, Some(&tag), &self.config).finish();
        self.context(now, out).respond(server, received, 200, response);
        if let Some(id) = leg.filter(|_| is_pending) {
            self.with_leg(now, id, out, |leg, context| leg.cancelled(context, request));
        }
        Ok(())
    }

    /// Only our own tag leads in; who does not know it gets 481 and leaves no trace.
    fn receive_in_dialog(
        &mut self,
        now: Instant,
        received: &Received,
        out: &mut Vec<Output>,
    ) -> Result<(), Malformed> {
        let is_subscribe = received.request.method() == Method::Subscribe;
        if is_subscribe && self.receive_resubscribe(now, received, out)? {
            return Ok(());
        }
        let Some(id) = self.leg_of(&received.request) else {
            if self.is_welcome(now, received) {
                self.reply(received, 481, |_| {}, out);
            }
            return Ok(());
        };
        // In-dialog requests are served first: they are refused only at twice the bound.
        if self.layer.len() >= 2 * self.config.bounds.transactions {
            self.unanswered += 1;
            return Ok(());
        }
        let path = reply_path(received);
        let server = self.layer.open(now, &received.request, path, Some(id))?;
        let replaced = match received.request.method() {
            Method::Refer => self.wanted_by(&received.request),
            _ => Ok(None),
        };
        self.with_leg(now, id, out, |leg, context| {
            leg.receive(context, server, received.clone(), replaced);
        });
        Ok(())
    }

    fn leg_of(&self, request: &Request) -> Option<LegId> {
        let to = request.to().ok()?;
        let id = LegId::of_tag(to.tag()?)?;
        self.legs.get(&id).filter(|leg| leg.is_for(request)).map(|_| id)
    }

    fn receive_out_of_dialog(
        &mut self,
        now: Instant,
        received: &Received,
        out: &mut Vec<Output>,
    ) -> Result<(), Malformed> {
        if !self.is_welcome(now, received) {
            return Ok(());
        }
        match received.request.method() {
            Method::Invite => self.admit(now, received, out),
            Method::Register => self.receive_register(now, received, out),
            Method::Subscribe => self.receive_subscribe(now, received, out),
            Method::Options if self.refuse_extensions(received, out) => Ok(()),
            Method::Options => {
                let capabilities = |writer: &mut Writer| {
                    writer.header(Name::Allow, ALLOW);
                    writer.header(Name::Accept, SDP);
                };
                self.reply(received, 200, capabilities, out);
                Ok(())
            }
            // Their methods, but of a dialog that is not there.
            Method::Bye | Method::Update | Method::Info | Method::Prack | Method::Refer => {
                self.reply(received, 481, |_| {}, out);
                Ok(())
            }
            _ => {
                let allow = |writer: &mut Writer| {
                    writer.header(Name::Allow, ALLOW);
                };
                self.reply(received, 405, allow, out);
                Ok(())
            }
        }
    }

    fn receive_register(
        &mut self,
        now: Instant,
        received: &Received,
        out: &mut Vec<Output>,
    ) -> Result<(), Malformed> {
        let request = &received.request;
        if self.refuse_extensions(received, out) {
            return Ok(());
        }
        if self.layer.len() >= self.config.bounds.transactions {
            self.overloaded(received, true, out);
            return Ok(());
        }
        let Some(user) = self.proven(now, received, (401, Name::WwwAuthenticate), out) else {
            return Ok(());
        };
        let server = self.layer.open(now, request, reply_path(received), None)?;
        let tag = format!("{:016x}", self.random.number());
        let outcome = self.registrar.register(now, &user, request, received.flow);
        let code = match &outcome {
            Ok(_) => 200,
            Err(Refused::Malformed(fault)) => fault.status.code(),
            Err(Refused::NotYours) => 403,
            Err(Refused::TooBrief(_)) => 423,
            Err(Refused::OutOfOrder) => 500,
            Err(Refused::Full) => 503,
        };
        let mut writer = received.response(code, Some(&tag), &self.config);
        match &outcome {
            Ok(_) => {
                writer.copy(request, Name::Path);
                let bindings = self.registrar.bindings(&user);
                for binding in bindings {
                    writer.header(Name::Contact, binding.listed(now));
                }
                let wants = request.supported().any(|tag| tag.eq_ignore_ascii_case(OUTBOUND));
                if wants && bindings.iter().any(Binding::is_outbound) {
                    // RFC 5626 §6: told to a phone whose flows are kept apart.
                    writer.header(Name::Require, OUTBOUND);
                    writer.header(Name::FlowTimer, FLOW_TIMER);
                }
            }
            Err(Refused::TooBrief(shortest)) => {
                writer.header(Name::MinExpires, shortest.as_secs());
            }
            Err(_) => {}
        }
        let response = writer.finish();
        self.context(now, out).respond(server, received, code, response);
        if outcome == Err(Refused::NotYours) {
            let (why, flow) = (Denial::AddressOfRecord, received.flow);
            out.push(Output::Event(Event::Denied { user, why, flow }));
        }
        self.tell_bindings(outcome.unwrap_or_default(), out);
        Ok(())
    }

    /// Turns what became of bindings into events.
    pub(super) fn tell_bindings(&mut self, changes: Vec<Change>, out: &mut Vec<Output>) {
        for change in changes {
            let event = match change {
                Change::Bound { user, binding, expires, moved_from } => {
                    self.revive(&user, binding.flow, moved_from);
                    let (contact, flow) = (binding.contact, binding.flow);
                    Event::Registered { user, contact, flow, expires }
                }
                Change::Unbound { user, binding, why } => {
                    Event::Unregistered { user, contact: binding.contact, why }
                }
            };
            out.push(Output::Event(event));
        }
    }
}

/// The option tag of RFC 5626.
const OUTBOUND: &str = "outbound";

/// How often a phone should keep its flow alive, in seconds: NATs forget UDP after two minutes.
const FLOW_TIMER: u8 = 90;

/// Programs that look for open switches and say so (S5); they get no answer to learn from.
fn is_scanner(request: &Request) -> bool {
    const NAMES: [&str; 8] = [
        "friendly-scanner",
        "friendly-request",
        "sipvicious",
        "sip-scan",
        "sipcli",
        "sundayddr",
        "pplsip",
        "vaxsipuseragent",
    ];
    let agent = request.header(Name::UserAgent).unwrap_or_default().to_ascii_lowercase();
    !agent.is_empty() && NAMES.iter().any(|name| agent.contains(name))
}
