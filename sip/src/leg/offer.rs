//! Verb: offer. Our re-INVITE, its answer, and glare (RFC 3261 §14.1).

use std::time::Duration;

use bytes::Bytes;

use super::body::{SDP, sdp_of};
use super::context::{ALLOW, Context};
use super::ending::Ending;
use super::state::{Exchange, Leg, State};
use crate::endpoint::{Event, Side};
use crate::header::Name;
use crate::message::{Method, Response};
use crate::transaction::{Cause, ClientId};

impl Leg {
    /// Offers `sdp` as soon as the exchange before it is over; a later offer replaces one that
    /// waits.
    pub(crate) fn offer(&mut self, context: &mut Context<'_>, sdp: Bytes) {
        if !self.ended {
            self.queued = Some(sdp);
            self.flush(context);
        }
    }

    /// Sends the offer that waits, if nothing is in its way.
    pub(super) fn flush(&mut self, context: &mut Context<'_>) {
        let free = matches!((&self.state, &self.exchange), (State::Confirmed, Exchange::Idle));
        if let Some(sdp) = self.queued.take_if(|_| free && !self.ended) {
            self.send_offer(context, sdp, None);
        }
    }

    fn send_offer(
        &mut self,
        context: &mut Context<'_>,
        sdp: Bytes,
        proof: Option<&(Name, String)>,
    ) {
        let session = self.session;
        let sent = self.request(context, Method::Invite, proof, |writer| {
            writer.header(Name::Allow, ALLOW);
            Self::keep_session(session.as_ref(), writer);
            writer.finish_with(SDP, &sdp)
        });
        match sent {
            Ok(client) => {
                let until = context.now + context.config.timing.timer_c;
                let (proven, cancelled) = (proof.is_some(), false);
                self.exchange = Exchange::Offering { client, sdp, proven, until, cancelled };
            }
            Err(_) => self.event(context, Event::OfferRefused { leg: self.id, code: 500 }),
        }
    }

    /// The far side refused because its own offer crossed ours: once more, after the wait.
    pub(super) fn offer_again(&mut self, context: &mut Context<'_>) {
        if let Exchange::Glare { sdp, .. } = std::mem::replace(&mut self.exchange, Exchange::Idle) {
            // A newer offer has overtaken this one.
            let sdp = self.queued.take().unwrap_or(sdp);
            self.send_offer(context, sdp, None);
        }
    }

    pub(super) fn is_offering(&self, client: ClientId) -> bool {
        matches!(&self.exchange, Exchange::Offering { client: ours, .. } if *ours == client)
    }

    /// Any response to our re-INVITE.
    pub(super) fn offer_response(&mut self, context: &mut Context<'_>, response: &Response) {
        let code = response.status().code();
        if code < 200 {
            return;
        }
        let Exchange::Offering { client, sdp, proven, .. } =
            std::mem::replace(&mut self.exchange, Exchange::Idle)
        else {
            return;
        };
        match code {
            200..300 => {
                self.local_sdp = Some(sdp);
                self.offer_answered(context, client, response);
            }
            _ if self.ended => {}
            491 => {
                let again = context.now + self.glare_wait(context);
                self.exchange = Exchange::Glare { again, sdp };
            }
            // RFC 3261 §12.2.1.2: the far side has lost the dialog.
            408 | 481 => {
                self.send_bye(context, None, None);
                self.finish(context, Ending::of_response(Side::Far, response));
            }
            401 | 407 if !proven => match self.proof(context, response, Method::Invite) {
                Some(proof) => self.send_offer(context, sdp, Some(&proof)),
                None => self.offer_refused(context, code),
            },
            _ => self.offer_refused(context, code),
        }
    }

    fn offer_answered(&mut self, context: &mut Context<'_>, client: ClientId, response: &Response) {
        self.dialog.refresh(response);
        if self.session.is_some() {
            self.agree_by_response(context, response);
        }
        if let Ok(cseq) = response.cseq() {
            // Made of what went out before, so it prints.
            let _ = self.acknowledge(context, client, cseq.number, None, None);
        }
        let sdp = sdp_of(response).ok().flatten();
        self.event(context, Event::OfferAnswered { leg: self.id, sdp });
        self.flush(context);
    }

    fn offer_refused(&mut self, context: &mut Context<'_>, code: u16) {
        self.event(context, Event::OfferRefused { leg: self.id, code });
        self.flush(context);
    }

    /// A provisional response has stopped timer B, and the final one does not come: CANCEL, as
    /// timer C would have it of a proxy, and without an answer to that the dialog ends.
    pub(super) fn offer_overdue(&mut self, context: &mut Context<'_>) {
        let Exchange::Offering { client, until, cancelled, .. } = &mut self.exchange else {
            return;
        };
        let client = *client;
        if *cancelled || self.ended {
            context.layer.abandon(client);
            return self.offer_failed(context, Cause::TimedOut);
        }
        *cancelled = true;
        *until = context.now + 64 * context.config.timing.t1;
        context.layer.cancel(context.now, client, None, context.out);
    }

    /// Nothing answered our re-INVITE: RFC 3261 §12.2.1.2 ends the dialog.
    pub(super) fn offer_failed(&mut self, context: &mut Context<'_>, cause: Cause) {
        self.exchange = Exchange::Idle;
        let by = match cause {
            Cause::TimedOut => Side::Timeout,
            Cause::Transport => Side::Network,
        };
        self.hang_up_as(context, by, None);
    }

    /// RFC 3261 §14.1: the owner of the Call-ID waits 2.1 to 4 s, the other side at most 2 s.
    fn glare_wait(&self, context: &mut Context<'_>) -> Duration {
        let (from_ms, to_ms) = if self.ours { (2_100, 4_000) } else { (0, 2_000) };
        // In units of 10 ms.
        Duration::from_millis(from_ms + context.random.number() % ((to_ms - from_ms) / 10 + 1) * 10)
    }
}
