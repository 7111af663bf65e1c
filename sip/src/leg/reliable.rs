//! Reliable provisional responses: RFC 3262, both roles (INTEROP 36).
//!
//! ```text
//!  ours:    INVITE (Supported: 100rel) ◀── 18x, Require: 100rel, RSeq n ── PRACK n ──▶ ◀── 200
//!  theirs:  18x n ──T1, 2·T1, 4·T1 …──▶ PRACK n ─▶ 200, the next 18x, or the held answer
//!              └── 64·T1 without PRACK: 504
//! ```
//! Invariants: a number is acknowledged once and in order, in each early dialog by itself; one
//! response of ours is out at a time; a final answer waits for the PRACK of what was said before.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::Refusal;
use super::body::sdp_of;
use super::context::{Context, Received};
use super::progress::REPEAT;
use super::state::{Incoming, Leg, State};
use crate::dialog::Dialog;
use crate::endpoint::{Event, Side};
use crate::header::Name;
use crate::message::{Headers, Method, Request, Response};
use crate::transaction::{Outgoing, Owner, ServerId};

/// What an INVITE of theirs is owed in reliable responses.
#[derive(Debug, Default)]
pub(super) struct Reliability {
    /// The number of the last one.
    last: Option<u32>,
    /// The one whose PRACK has not come.
    out: Option<Unacknowledged>,
    /// Said when that PRACK has come.
    next: VecDeque<(u16, Option<Bytes>)>,
    /// What is said again under a new number, lest a proxy forget the call (I9).
    repeat: Option<(u16, Instant)>,
    /// The 2xx that waits for it.
    answer: Option<Bytes>,
    /// One held our answer, or our offer that a PRACK has answered.
    agreed: bool,
}

#[derive(Debug)]
struct Unacknowledged {
    code: u16,
    bytes: Bytes,
    again: Instant,
    interval: Duration,
    give_up: Instant,
    /// It held our offer, so that the PRACK brings the answer.
    offers: bool,
    /// It held our answer.
    answers: bool,
}

impl Reliability {
    /// Keeps a 2xx back while a response is unacknowledged; whether it is kept.
    pub(super) fn holds_answer(&mut self, sdp: &Bytes) -> bool {
        if self.out.is_some() {
            self.answer = Some(sdp.clone());
        }
        self.out.is_some()
    }

    /// Whether offer and answer are done, so that a 2xx need hold neither.
    pub(super) fn is_agreed(&self) -> bool {
        self.agreed
    }

    fn deadline(&self) -> Option<Instant> {
        let repeat = self.repeat.map(|(_, at)| at);
        self.out.as_ref().map(|out| out.again.min(out.give_up)).or(repeat)
    }
}

impl Incoming {
    pub(super) fn deadline(&self) -> Option<Instant> {
        let ringing = self.ringing.as_ref().map(|ringing| ringing.again);
        self.reliable.deadline().into_iter().chain(ringing).min()
    }

    /// Whether a provisional response with or without `sdp` has to be sent reliably: where the
    /// caller requires it, and where it can and something depends on it.
    pub(super) fn must_be_reliable(&self, sdp: Option<&Bytes>) -> bool {
        let request = &self.received.request;
        request.require().any(|tag| tag.eq_ignore_ascii_case(RELIABLE))
            || (sdp.is_some() && request.lists(Name::Supported, RELIABLE))
    }
}

impl Leg {
    /// Sends or queues a reliable response.
    pub(super) fn progress_reliably(
        &mut self,
        context: &mut Context<'_>,
        code: u16,
        sdp: Option<Bytes>,
    ) {
        let State::Incoming(incoming) = &mut self.state else { return };
        if incoming.reliable.out.is_some() {
            if incoming.reliable.next.len() < QUEUE_MAX {
                incoming.reliable.next.push_back((code, sdp));
            }
            return;
        }
        let first = || u32::try_from(context.random.number() % 0x4000_0000).unwrap_or(0) + 1;
        let rseq = incoming.reliable.last.map_or_else(first, |last| last + 1);
        let asks = sdp_of(&incoming.received.request) == Ok(None);
        let tag = &self.tag;
        let contact = &self.dialog.contact_user;
        let Ok(bytes) = incoming.provisional(context, tag, contact, code, sdp.as_ref(), Some(rseq))
        else {
            return;
        };
        let (now, t1) = (context.now, context.config.timing.t1);
        context.layer.respond(now, incoming.server, code, bytes.clone(), context.out);
        let told = sdp.is_some() && !incoming.reliable.agreed;
        incoming.reliable.last = Some(rseq);
        incoming.reliable.out = Some(Unacknowledged {
            code,
            bytes,
            again: now + t1,
            interval: t1,
            give_up: now + 64 * t1,
            offers: told && asks,
            answers: told && !asks,
        });
        incoming.reliable.repeat = None;
        incoming.ringing = None;
    }

    /// What is due for an INVITE of theirs.
    pub(super) fn tick_incoming(&mut self, context: &mut Context<'_>) {
        let State::Incoming(incoming) = &mut self.state else { return };
        incoming.repeat_ringing(context);
        if let Some((code, _)) = incoming.reliable.repeat.take_if(|(_, at)| context.now >= *at) {
            return self.progress_reliably(context, code, None);
        }
        let Some(out) = &mut incoming.reliable.out else { return };
        if context.now >= out.give_up {
            return self.reject_as(context, Side::Timeout, &Refusal::from(504));
        }
        if context.now >= out.again {
            let (code, bytes) = (out.code, out.bytes.clone());
            out.interval *= 2;
            out.again = context.now + out.interval;
            context.layer.respond(context.now, incoming.server, code, bytes, context.out);
        }
    }

    /// RFC 3262 §3: the PRACK of what is out, else 481.
    pub(super) fn receive_prack(
        &mut self,
        context: &mut Context<'_>,
        server: ServerId,
        received: Received,
    ) {
        let Ok(sdp) = sdp_of(&received.request) else {
            return self.reply(context, server, &received, 415, |_| {});
        };
        let Some(out) = self.acknowledged_provisional(&received.request) else {
            return self.reply(context, server, &received, 481, |_| {});
        };
        let code = out.code;
        if sdp.is_some() && !out.offers {
            // RFC 3262 §5: an offer of its own, which our 200 answers.
            self.receive_offer(context, server, received);
        } else {
            self.reply(context, server, &received, 200, |_| {});
            if out.offers {
                self.event(context, Event::OfferAnswered { leg: self.id, sdp });
            }
        }
        let State::Incoming(incoming) = &mut self.state else { return };
        if let Some((code, sdp)) = incoming.reliable.next.pop_front() {
            self.progress_reliably(context, code, sdp);
        } else if let Some(answer) = incoming.reliable.answer.take() {
            self.answer(context, &answer);
        } else {
            incoming.reliable.repeat = Some((code, context.now + REPEAT));
        }
    }

    fn acknowledged_provisional(&mut self, prack: &Request) -> Option<Unacknowledged> {
        let rack = prack.rack().ok().flatten()?;
        let State::Incoming(incoming) = &mut self.state else { return None };
        let invite = incoming.received.request.cseq().ok()?.number;
        let fits = incoming.reliable.last == Some(rack.rseq)
            && (rack.cseq.number, rack.cseq.method) == (invite, Method::Invite);
        let out = incoming.reliable.out.take_if(|_| fits)?;
        incoming.reliable.agreed |= out.offers || out.answers;
        Some(out)
    }

    /// Whether an offer may come now: in an early dialog only after the first answer (RFC 3311
    /// §5.1, RFC 3262 §5).
    pub(super) fn takes_offers(&self, request: &Request) -> bool {
        match &self.state {
            State::Incoming(incoming) => {
                request.method() != Method::Invite && incoming.reliable.agreed
            }
            _ => true,
        }
    }

    /// Acknowledges a reliable response to our INVITE; whether it is news.
    pub(super) fn acknowledge_provisional(
        &mut self,
        context: &mut Context<'_>,
        response: &Response,
    ) -> bool {
        let base = self.dialog.clone();
        let (Ok(Some(rseq)), Ok(cseq), Ok(to)) = (response.rseq(), response.cseq(), response.to())
        else {
            return true;
        };
        // Beyond the bound of forks nothing is kept, and nothing is acknowledged (FAULTS F24).
        let Some(early) = to.tag().and_then(|tag| self.forks.early_mut(tag)) else { return false };
        if early.rseq.is_some_and(|last| rseq != last.wrapping_add(1)) {
            return false;
        }
        early.rseq = Some(rseq);
        if early.answer.is_none() {
            early.answer = sdp_of(response).ok().flatten();
        }
        let dialog = match early.dialog.take() {
            Some(dialog) => Some(dialog),
            None => Dialog::from_response(&base, response).ok().map(Box::new),
        };
        let Some(mut dialog) = dialog else { return true };
        let branch = context.layer.branch(context.random);
        let flow = dialog.next_hop();
        let mut writer = dialog.request(Method::Prack, branch, context.config);
        writer.header(Name::RAck, format_args!("{rseq} {} INVITE", cseq.number));
        early.dialog = Some(dialog);
        // It is made of what came off the wire as text, so it prints.
        if let Ok(bytes) = writer.finish() {
            let (method, owner) = (Method::Prack, Owner::Leg(self.id));
            let prack = Outgoing { branch, method, flow, bytes, owner, patience: None };
            self.live += 1;
            context.layer.start(context.now, prack, context.out);
        }
        true
    }
}

/// Whether a response wants a PRACK.
pub(super) fn is_reliable(response: &Headers) -> bool {
    response.require().any(|tag| tag.eq_ignore_ascii_case(RELIABLE))
}

/// The option tag.
pub(super) const RELIABLE: &str = "100rel";

/// Responses that may wait for a PRACK; further ones would tell nothing that these do not.
const QUEUE_MAX: usize = 4;
