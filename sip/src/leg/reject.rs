//! Verb: reject. Their INVITE gets a refusal, or their CANCEL ends it.

use super::Refusal;
use super::context::{Context, Received};
use super::ending::Ending;
use super::state::{Exchange, Leg, State};
use crate::endpoint::{Config, Side};
use crate::header::Name;
use crate::message::{Request, Status, Writer};

impl Leg {
    /// Refuses their INVITE; the leg ends.
    pub(crate) fn reject(&mut self, context: &mut Context<'_>, refusal: &Refusal) {
        self.reject_as(context, Side::Us, refusal);
    }

    pub(super) fn reject_as(&mut self, context: &mut Context<'_>, by: Side, refusal: &Refusal) {
        if matches!(self.state, State::Incoming(_)) {
            self.close_exchange(context);
        }
        let State::Incoming(incoming) = &self.state else { return };
        let code = if (300..700).contains(&refusal.code) { refusal.code } else { 500 };
        let response = write(&incoming.received, code, refusal, &self.tag, context.config).finish();
        context.respond(incoming.server, &incoming.received, code, response);
        self.finish(context, Ending::by(by).with_code(code).with_cause(refusal.q850));
    }

    /// Their CANCEL came before our final answer: 487 to the INVITE (RFC 3261 §9.2). A re-INVITE
    /// that is taken back leaves the session as it was, and who still accepts it is too late.
    pub(crate) fn cancelled(&mut self, context: &mut Context<'_>, cancel: &Request) {
        if matches!(self.exchange, Exchange::Offered { .. }) {
            self.close_exchange(context);
            self.flush(context);
        }
        let State::Incoming(incoming) = &self.state else { return };
        let received = &incoming.received;
        let response = received.response(487, Some(&self.tag), context.config).finish();
        context.respond(incoming.server, received, 487, response);
        self.finish(context, Ending::by(Side::Far).with_code(487).with_reason(cancel));
    }

    /// The tag that a CANCEL's own 200 should carry: that of the INVITE's answers (RFC 3261 §9.2).
    pub(crate) fn tag(&self) -> &str {
        &self.tag
    }
}

fn write(received: &Received, code: u16, refusal: &Refusal, tag: &str, config: &Config) -> Writer {
    let printable = |text: &&str| !text.chars().any(char::is_control);
    let mut writer = match refusal.phrase.as_deref().filter(printable) {
        None => received.response(code, Some(tag), config),
        Some(phrase) => {
            let status = Status::new(code).unwrap_or(Status::SERVER_INTERNAL_ERROR);
            let (request, source) = (&received.request, received.flow.remote);
            Writer::response_to_with(request, status, phrase, Some(tag), source)
        }
    };
    if let Some(cause) = refusal.q850 {
        writer.header(Name::Reason, cause);
    }
    if let Some(after) = refusal.retry_after {
        writer.header(Name::RetryAfter, after.as_secs().max(1));
    }
    writer
}
