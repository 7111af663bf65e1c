//! UPDATE before the answer to our INVITE: RFC 3311 §5.2 (INTEROP 33).
//!
//! ```text
//!  INVITE, offer ──▶ ◀── 18x, answer ── PRACK ──▶ ◀── UPDATE, offer ── 200, answer ──▶ ◀── 2xx
//!      └── before that answer an offer gets 491; without one an UPDATE is always answered
//! ```
//! Invariants: an early dialog changes itself alone, so another fork, or an INVITE that is sent
//! again, starts from where the first one went; the newest description is the one that stands
//! when the call is answered.

use super::body::{SDP, sdp_of};
use super::context::{Context, Received};
use super::forks::Early;
use super::state::{Exchange, Leg};
use crate::header::Name;
use crate::message::Request;
use crate::transaction::ServerId;

impl Leg {
    /// An UPDATE of whom our INVITE has reached.
    pub(super) fn receive_early_update(
        &mut self,
        context: &mut Context<'_>,
        server: ServerId,
        received: Received,
    ) {
        let Ok(sdp) = sdp_of(&received.request) else {
            return self.reply(context, server, &received, 415, |writer| {
                writer.header(Name::Accept, SDP);
            });
        };
        let number = received.request.cseq().map(|cseq| cseq.number).unwrap_or_default();
        let is_idle = matches!(self.exchange, Exchange::Idle);
        let Some(early) = self.early_of(&received.request) else {
            return self.reply(context, server, &received, 481, |_| {});
        };
        let agreed = early.answer.is_some();
        if let Some(dialog) = &mut early.dialog {
            if !dialog.advance(number) {
                return self.reply(context, server, &received, 500, |_| {});
            }
            dialog.refresh(&received.request);
        }
        match sdp {
            None => {
                let response = self.success(context, &received, None);
                context.respond(server, &received, 200, response);
            }
            // The offer of our INVITE is open.
            Some(_) if !agreed => self.reply(context, server, &received, 491, |_| {}),
            Some(sdp) if is_idle => self.offered(context, server, received, Some(sdp)),
            Some(_) => {
                let seconds = context.random.number() % 11;
                self.reply(context, server, &received, 500, |writer| {
                    writer.header(Name::RetryAfter, seconds);
                });
            }
        }
    }

    /// An offer of theirs is accepted: in an early dialog it outdates the first answer.
    pub(super) fn note_early_update(&mut self, request: &Request) {
        if let Some(early) = self.early_of(request) {
            early.updated = true;
        }
    }

    fn early_of(&mut self, request: &Request) -> Option<&mut Early> {
        let from = request.from().ok()?;
        self.forks.early_mut(from.tag()?)
    }
}
