//! Verb: hang up. Whatever the state demands: CANCEL, a refusal, or BYE.

use super::context::Context;
use super::ending::Ending;
use super::state::{Exchange, HeldBye, Leg, State};
use super::{Q850, Refusal};
use crate::endpoint::Side;
use crate::header::Name;
use crate::message::{Method, Response};

impl Leg {
    /// Ends the leg. Its end is told at once, except where a CANCEL still has to win its race.
    pub(crate) fn hang_up(&mut self, context: &mut Context<'_>, cause: Option<Q850>) {
        self.hang_up_as(context, Side::Us, cause);
    }

    pub(super) fn hang_up_as(&mut self, context: &mut Context<'_>, by: Side, cause: Option<Q850>) {
        if self.ended {
            return;
        }
        match &mut self.state {
            State::Calling(_) => self.cancel(context, by, cause),
            State::Incoming(_) => {
                let refusal = Refusal { q850: cause, ..Refusal::from(refusal_of(cause)) };
                self.reject_as(context, by, &refusal);
            }
            // RFC 3261 §15: the callee's BYE waits for the ACK or for the 2xx to be given up.
            State::Answered(answered) => {
                answered.bye = Some(HeldBye { cause });
                self.end(context, Ending::by(by).with_cause(cause));
            }
            State::Confirmed => {
                self.close_exchange(context);
                self.send_bye(context, cause, None);
                self.finish(context, Ending::by(by).with_cause(cause));
            }
            State::Over => {}
        }
    }

    /// What the offer in progress is owed before the dialog goes.
    pub(super) fn close_exchange(&mut self, context: &mut Context<'_>) {
        match &self.exchange {
            Exchange::AckOwed { client, number, .. } => {
                let (client, number) = (*client, *number);
                let _ = self.acknowledge(context, client, number, None, None);
            }
            Exchange::Offered { server, received, .. } => {
                let response = received.response(487, Some(&self.tag), context.config).finish();
                context.respond(*server, received, 487, response);
            }
            Exchange::Idle
            | Exchange::Offering { .. }
            | Exchange::Glare { .. }
            | Exchange::Accepting { .. } => return,
        }
        self.exchange = Exchange::Idle;
    }

    /// Sends BYE; a BYE that cannot be printed leaves the far side to its own timers.
    pub(super) fn send_bye(
        &mut self,
        context: &mut Context<'_>,
        cause: Option<Q850>,
        proof: Option<&(Name, String)>,
    ) {
        let _ = self.request(context, Method::Bye, proof, |writer| {
            if let Some(cause) = cause {
                writer.header(Name::Reason, cause);
            }
            writer.finish()
        });
    }

    /// The answer to our BYE: only a challenge is worth a word, and only the first.
    pub(super) fn bye_response(&mut self, context: &mut Context<'_>, response: &Response) {
        if self.bye_proven {
            return;
        }
        if let Some(proof) = self.proof(context, response, Method::Bye) {
            self.bye_proven = true;
            self.send_bye(context, None, Some(&proof));
        }
    }
}

/// The refusal that says what a cause says, RFC 3398 §8.2.6.1 read backwards.
fn refusal_of(cause: Option<Q850>) -> u16 {
    match cause {
        Some(Q850::BUSY) => 486,
        Some(Q850::REJECTED) => 603,
        Some(Q850::NO_CIRCUIT) => 503,
        _ => 480,
    }
}
