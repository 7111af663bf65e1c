//! Verb: call. Our INVITE, from its first send to its final answer.
//!
//! ```text
//!  Calling ──1xx──▶ heard ──2xx──▶ Confirmed (ACK)
//!     │ hang up: wait        │ hang up, timer C: CANCEL ──487──▶ Over
//!     │                      │                          ──2xx──▶ Confirmed, ACK + BYE ──▶ Over
//!     └── timer B ───────────┴──3xx-6xx──▶ Over
//! ```
//! Where the owner waits less than timer B for a first word, the end is told then and the INVITE
//! hushed. It may have arrived all the same: until timer B a 1xx that comes is cancelled, and a 2xx
//! gets ACK and BYE, so that nobody is rung or listens for a call that is over.

use std::time::Instant;

use bytes::Bytes;

use super::body::{SDP, sdp_of};
use super::context::{ALLOW, Context};
use super::ending::Ending;
use super::identity::{UriForm, address};
use super::invite::{Invite, InviteError};
use super::refresh::propose;
use super::reliable::{RELIABLE, is_reliable};
use super::state::{Exchange, Leg, State};
use super::{LegId, Q850};
use crate::dialog::Dialog;
use crate::digest::{answer_challenge, is_stale};
use crate::endpoint::{Event, Flow, Side};
use crate::header::Name;
use crate::message::{Method, Response, Unprintable};
use crate::transaction::{Cause, ClientId};
use crate::uri::escape_user;

/// An INVITE whose way has been found.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) invite: Invite,
    /// Request-URI.
    pub(crate) uri: String,
    /// To value.
    pub(crate) to: String,
    pub(crate) flow: Flow,
    /// Preloaded Route values (Path, RFC 3327).
    pub(crate) routes: Vec<String>,
    /// Whether the whole dialog keeps to `flow`.
    pub(crate) pinned: bool,
    /// How From is written.
    pub(crate) form: UriForm,
}

#[derive(Debug)]
pub(super) struct Calling {
    invite: ClientId,
    /// Whether a provisional response has come, without which no CANCEL may go out.
    heard: bool,
    /// Timer C; before anything was heard, when the owner has waited long enough.
    ring_until: Option<Instant>,
    cancel: Option<Cancel>,
    order: Order,
    proof: Option<(Name, String)>,
    tries: u8,
}

/// What the INVITE says, should it have to be sent again.
#[derive(Debug)]
struct Order {
    invite: Invite,
    /// P-Asserted-Identity.
    asserted: Option<String>,
}

#[derive(Debug)]
struct Cancel {
    by: Side,
    cause: Option<Q850>,
    /// RFC 3261 §9.1: 64·T1 after the CANCEL the INVITE counts as cancelled without an answer.
    give_up: Option<Instant>,
}

impl Calling {
    pub(super) fn deadline(&self) -> Option<Instant> {
        match &self.cancel {
            Some(cancel) if self.heard => cancel.give_up,
            _ => self.ring_until,
        }
    }

    fn hear(&mut self) {
        if !self.heard {
            self.ring_until = None;
        }
        self.heard = true;
    }
}

impl Leg {
    /// Opens a leg of ours and sends its INVITE.
    pub(crate) fn call(
        id: LegId,
        plan: Plan,
        context: &mut Context<'_>,
    ) -> Result<Self, InviteError> {
        let Plan { invite, uri, to, flow, routes, pinned, form } = plan;
        let tag = id.tag(context.random.number());
        let from = address("from", &invite.from, form)?;
        let call_id = format!("{:016x}{:016x}", context.random.number(), context.random.number());
        let dialog = Dialog {
            call_id,
            local: format!("{from};tag={tag}"),
            remote: to,
            remote_tag: None,
            local_cseq: 0,
            remote_cseq: None,
            routes,
            target: uri,
            flow,
            pinned,
            contact_user: escape_user(&invite.from.user),
        };
        let mut leg = Self::new(id, tag, State::Over, dialog);
        leg.ours = true;
        leg.credentials.clone_from(&invite.credentials);
        let asserted = invite.asserted.as_ref();
        let asserted = asserted.map(|asserted| address("asserted", asserted, form)).transpose()?;
        let order = Order { invite, asserted };
        let sent = leg.send_invite(context, &order, None);
        let client = sent.map_err(|unprintable| malformed(&unprintable))?;
        leg.state = State::Calling(Box::new(Calling {
            invite: client,
            heard: false,
            ring_until: silent_until(context, &order),
            cancel: None,
            order,
            proof: None,
            tries: 0,
        }));
        Ok(leg)
    }

    fn send_invite(
        &mut self,
        context: &mut Context<'_>,
        order: &Order,
        proof: Option<&(Name, String)>,
    ) -> Result<ClientId, Unprintable> {
        let seconds = self.session_seconds;
        self.request(context, Method::Invite, proof, |writer| {
            writer.header(Name::Allow, ALLOW);
            propose(writer, seconds);
            // Without an offer of ours a reliable response would hold one, to be answered in PRACK.
            if order.invite.sdp.is_some() {
                writer.header(Name::Supported, RELIABLE);
            }
            if let Some(asserted) = &order.asserted {
                writer.header(Name::PAssertedIdentity, asserted);
            }
            for (name, value) in &order.invite.headers {
                writer.header_named(name, value);
            }
            match &order.invite.sdp {
                Some(sdp) => writer.finish_with(SDP, sdp),
                None => writer.finish(),
            }
        })
    }

    /// Whether `client` is the INVITE that still has no final answer.
    pub(super) fn is_calling(&self, client: ClientId) -> bool {
        matches!(&self.state, State::Calling(calling) if calling.invite == client)
    }

    /// Any response to that INVITE.
    pub(super) fn call_response(
        &mut self,
        context: &mut Context<'_>,
        response: &Response,
        flow: Flow,
    ) {
        // A stream that was opened for this INVITE now has its number.
        if flow.transport.is_reliable() && flow.remote == self.dialog.flow.remote {
            self.dialog.flow = flow;
        }
        match response.status().code() {
            ..200 => self.call_progress(context, response),
            200..300 => self.call_answered(context, response),
            _ => self.call_refused(context, response),
        }
    }

    fn call_progress(&mut self, context: &mut Context<'_>, response: &Response) {
        let code = response.status().code();
        let State::Calling(calling) = &mut self.state else { return };
        calling.hear();
        if code > 100 {
            calling.ring_until = Some(context.now + context.config.timing.timer_c);
            // I13: a 1xx without a tag opens no dialog and is told all the same.
            if let Some(tag) = response.to().ok().and_then(|to| to.tag()) {
                self.forks.rang(tag, context.config.bounds.forks);
            }
            if is_reliable(response) && !self.acknowledge_provisional(context, response) {
                return;
            }
        }
        let State::Calling(calling) = &self.state else { return };
        match &calling.cancel {
            Some(cancel) if cancel.give_up.is_none() => self.send_cancel(context),
            None if code > 100 => {
                let sdp = sdp_of(response).ok().flatten();
                self.event(context, Event::Progress { leg: self.id, code, sdp });
            }
            Some(_) | None => {}
        }
    }

    fn call_answered(&mut self, context: &mut Context<'_>, response: &Response) {
        let State::Calling(calling) = std::mem::replace(&mut self.state, State::Confirmed) else {
            return;
        };
        // A PRACK has taken numbers that the INVITE does not know of.
        self.dialog.local_cseq = self.dialog.local_cseq.max(self.forks.spent());
        let tag = response.to().ok().and_then(|to| to.tag()).unwrap_or_default();
        let early = self.forks.take(tag);
        self.forks.settle();
        let dialog = Dialog::from_response(&self.dialog, response);
        let (Ok(mut dialog), Ok(cseq)) = (dialog, response.cseq()) else {
            return self.finish(context, Ending::of_response(Side::Network, response));
        };
        let before = early.as_ref().and_then(|early| early.dialog.as_ref());
        dialog.remote_cseq = before.and_then(|before| before.remote_cseq);
        let origin = std::mem::replace(&mut self.dialog, dialog);
        self.forks.won(calling.invite, origin);
        self.agree_by_response(context, response);
        let updated = early.as_ref().is_some_and(|early| early.updated);
        if !updated {
            self.local_sdp.clone_from(&calling.order.invite.sdp);
        }
        if let Some(cancel) = &calling.cancel {
            // I8: the answer crossed our CANCEL; somebody picked up, and is hung up at once.
            self.acknowledge_or_drop(context, &calling, cseq.number);
            self.send_bye(context, cancel.cause, None);
            return self.finish(context, Ending::of_response(cancel.by, response));
        }
        if calling.order.invite.sdp.is_some() {
            self.acknowledge_or_drop(context, &calling, cseq.number);
        } else {
            let until = context.now + context.config.timing.offer_wait;
            self.exchange =
                Exchange::AckOwed { client: calling.invite, number: cseq.number, until };
        }
        // RFC 6337 §3.1.1: once offer and answer are done, a description in the 2xx is none.
        let told = || sdp_of(response).ok().flatten().or(early.and_then(|early| early.answer));
        let sdp = if updated { None } else { told() };
        self.event(context, Event::Answered { leg: self.id, sdp });
    }

    /// An ACK is made of text that came off the wire or went out before, so it prints.
    fn acknowledge_or_drop(&mut self, context: &mut Context<'_>, calling: &Calling, number: u32) {
        let (client, proof) = (calling.invite, calling.proof.as_ref());
        let _ = self.acknowledge(context, client, number, None, proof);
    }

    fn call_refused(&mut self, context: &mut Context<'_>, response: &Response) {
        let by = match &self.state {
            State::Calling(calling) => {
                calling.cancel.as_ref().map_or(Side::Far, |cancel| cancel.by)
            }
            _ => return,
        };
        if !self.call_again(context, response) {
            self.forks.settle();
            self.finish(context, Ending::of_response(by, response));
        }
    }

    /// Answers a challenge, once, or twice when only the nonce was too old; meets a 422.
    fn call_again(&mut self, context: &mut Context<'_>, response: &Response) -> bool {
        let proof = self.proof(context, response, Method::Invite);
        let longer = self.longer_session(response);
        let State::Calling(mut calling) = std::mem::replace(&mut self.state, State::Over) else {
            return false;
        };
        let worth = calling.tries == 0 || (calling.tries == 1 && is_stale(response));
        let proof = proof.filter(|_| worth);
        let mut again = false;
        if calling.cancel.is_none() && (proof.is_some() || longer.is_some()) {
            // A longer timer is a new request: whoever challenged the first will challenge it too.
            calling.tries = if longer.is_some() { 0 } else { calling.tries + 1 };
            self.session_seconds = longer.unwrap_or(self.session_seconds);
            if let Ok(client) = self.send_invite(context, &calling.order, proof.as_ref()) {
                calling.invite = client;
                calling.heard = false;
                calling.ring_until = silent_until(context, &calling.order);
                calling.proof = proof;
                again = true;
            }
        }
        self.state = State::Calling(calling);
        again
    }

    /// What answers the challenge in `response`, with this leg's credentials.
    pub(super) fn proof(
        &self,
        context: &mut Context<'_>,
        response: &Response,
        method: Method,
    ) -> Option<(Name, String)> {
        let credentials = self.credentials.as_ref()?;
        let (user, secret) = (&credentials.user, &credentials.secret);
        let uri = &self.dialog.target;
        answer_challenge(response, user, secret, method.as_str()?, uri, context.random)
    }

    /// No final answer came.
    pub(super) fn call_failed(&mut self, context: &mut Context<'_>, cause: Cause) {
        let cancelled = match &self.state {
            State::Calling(calling) => calling.cancel.as_ref().map(|cancel| cancel.by),
            _ => return,
        };
        let by = cancelled.unwrap_or(match cause {
            Cause::TimedOut => Side::Timeout,
            Cause::Transport => Side::Network,
        });
        self.forks.settle();
        self.finish(context, Ending::by(by));
    }

    /// Ends the attempt: by CANCEL as soon as one may go out (RFC 3261 §9.1).
    pub(super) fn cancel(&mut self, context: &mut Context<'_>, by: Side, cause: Option<Q850>) {
        let State::Calling(calling) = &mut self.state else { return };
        if calling.cancel.is_some() {
            return;
        }
        calling.cancel = Some(Cancel { by, cause, give_up: None });
        if calling.heard {
            self.send_cancel(context);
        } else {
            context.layer.hush(context.now, calling.invite, context.out);
        }
    }

    fn send_cancel(&mut self, context: &mut Context<'_>) {
        let State::Calling(calling) = &mut self.state else { return };
        let Some(cancel) = &mut calling.cancel else { return };
        cancel.give_up = Some(context.now + 64 * context.config.timing.t1);
        let reason = cancel.cause.map(|cause| cause.to_string());
        context.layer.cancel(context.now, calling.invite, reason.as_deref(), context.out);
    }

    pub(super) fn tick_calling(&mut self, context: &mut Context<'_>) {
        let State::Calling(calling) = &self.state else { return };
        if calling.deadline().is_none_or(|at| context.now < at) {
            return;
        }
        if !calling.heard {
            return self.too_silent(context);
        }
        match &calling.cancel {
            Some(cancel) => {
                let by = cancel.by;
                context.layer.abandon(calling.invite);
                self.forks.settle();
                self.finish(context, Ending::by(by));
            }
            None => self.cancel(context, Side::Timeout, None),
        }
    }

    /// Tells the end of a call that got no word in the time its owner allows; what may still answer
    /// it is waited for.
    fn too_silent(&mut self, context: &mut Context<'_>) {
        self.cancel(context, Side::Timeout, None);
        let State::Calling(calling) = &mut self.state else { return };
        calling.ring_until = None;
        let by = calling.cancel.as_ref().map_or(Side::Timeout, |cancel| cancel.by);
        self.end(context, Ending::by(by));
    }
}

/// Until when the owner waits for any word, where that is less than timer B.
fn silent_until(context: &Context<'_>, order: &Order) -> Option<Instant> {
    let timer_b = 64 * context.config.timing.t1;
    order.invite.timer_b.filter(|patience| *patience < timer_b).map(|wait| context.now + wait)
}

fn malformed(unprintable: &Unprintable) -> InviteError {
    InviteError::Malformed { field: "invite", why: unprintable.to_string() }
}

impl Leg {
    /// The answer to a call that had no offer: the ACK that was held back for it.
    pub(super) fn acknowledge_with(
        &mut self,
        context: &mut Context<'_>,
        client: ClientId,
        number: u32,
        sdp: Option<&Bytes>,
    ) {
        if self.acknowledge(context, client, number, sdp, None).is_err() {
            // The answer cannot be printed: an ACK without it stops the 2xx, and the call ends.
            let _ = self.acknowledge(context, client, number, None, None);
            self.hang_up_as(context, Side::Us, None);
        }
    }
}
