//! Verbs: accept and refuse. Their offer within the dialog (RFC 3261 §14.2, RFC 3311).

use bytes::Bytes;

use super::context::{Context, Received};
use super::repeat::Repeat;
use super::state::{Exchange, Leg};
use crate::endpoint::{Event, Side};
use crate::message::Method;
use crate::transaction::ServerId;

impl Leg {
    /// An offer came, or a re-INVITE that asks for ours.
    pub(super) fn offered(
        &mut self,
        context: &mut Context<'_>,
        server: ServerId,
        received: Received,
        sdp: Option<Bytes>,
    ) {
        if received.request.method() == Method::Invite {
            let trying = received.response(100, None, context.config).finish();
            context.respond(server, &received, 100, trying);
        }
        let until = context.now + context.config.timing.offer_wait;
        self.exchange = Exchange::Offered { server, received: Box::new(received), until };
        self.event(context, Event::Offered { leg: self.id, sdp });
    }

    /// Accepts their offer with `sdp`; on a call of ours without an offer, completes it.
    pub(crate) fn accept(&mut self, context: &mut Context<'_>, sdp: &Bytes) {
        match std::mem::replace(&mut self.exchange, Exchange::Idle) {
            Exchange::AckOwed { client, number, .. } => {
                self.acknowledge_with(context, client, number, Some(sdp));
                self.local_sdp = Some(sdp.clone());
                self.flush(context);
            }
            Exchange::Offered { server, received, .. } => {
                self.accept_offer(context, server, &received, sdp);
            }
            other => self.exchange = other,
        }
    }

    fn accept_offer(
        &mut self,
        context: &mut Context<'_>,
        server: ServerId,
        received: &Received,
        sdp: &Bytes,
    ) {
        let Ok(bytes) = self.success(context, received, Some(sdp)) else {
            return self.refuse_offer(context, server, received, 500);
        };
        let (now, timing) = (context.now, context.config.timing);
        context.layer.respond(now, server, 200, bytes.clone(), context.out);
        self.agree_by_request(context, &received.request);
        self.local_sdp = Some(sdp.clone());
        self.note_early_update(&received.request);
        if received.request.method() == Method::Invite {
            let number = received.request.cseq().map(|cseq| cseq.number).unwrap_or_default();
            let repeat = Repeat::new(now, timing, server, number, bytes);
            let offered = received.request.body().is_empty();
            self.exchange = Exchange::Accepting { repeat, offered };
        } else {
            self.flush(context);
        }
    }

    /// Refuses their offer; the session stays as it was.
    pub(crate) fn refuse(&mut self, context: &mut Context<'_>, code: u16) {
        match std::mem::replace(&mut self.exchange, Exchange::Idle) {
            // No answer to the offer in their 2xx means no session: ACK and BYE.
            owed @ Exchange::AckOwed { .. } => {
                self.exchange = owed;
                self.hang_up_as(context, Side::Us, None);
            }
            Exchange::Offered { server, received, .. } => {
                self.refuse_offer(context, server, &received, code);
            }
            other => self.exchange = other,
        }
    }

    fn refuse_offer(
        &mut self,
        context: &mut Context<'_>,
        server: ServerId,
        received: &Received,
        code: u16,
    ) {
        let code = if (300..700).contains(&code) { code } else { 488 };
        let response = received.response(code, Some(&self.tag), context.config).finish();
        context.respond(server, received, code, response);
        self.flush(context);
    }
}
