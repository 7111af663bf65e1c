//! The end of a leg, told once.

use std::time::Duration;

use super::Q850;
use super::context::Context;
use super::state::{Exchange, Leg, State};
use crate::endpoint::{Event, Side};
use crate::message::{Headers, Response};

/// What is known about an end.
#[derive(Clone, Debug)]
pub(super) struct Ending {
    pub(super) by: Side,
    pub(super) code: Option<u16>,
    pub(super) q850: Option<Q850>,
    pub(super) reason: Option<String>,
    pub(super) retry_after: Option<Duration>,
}

impl Ending {
    pub(super) fn by(by: Side) -> Self {
        Self { by, code: None, q850: None, reason: None, retry_after: None }
    }

    pub(super) fn with_code(self, code: u16) -> Self {
        Self { code: Some(code), ..self }
    }

    pub(super) fn with_cause(self, q850: Option<Q850>) -> Self {
        Self { q850, ..self }
    }

    /// What the Reason headers of a BYE, a CANCEL or a refusal say (RFC 3326).
    pub(super) fn with_reason(self, headers: &Headers) -> Self {
        let mut ending = self;
        for reason in headers.reason_header().filter_map(Result::ok) {
            if reason.is_q850() {
                let cause = reason.cause.and_then(|cause| u8::try_from(cause).ok());
                ending.q850 = ending.q850.or(cause.map(Q850));
            }
            let text = reason.text().map(|text| text.trim_matches('"').to_owned());
            ending.reason = ending.reason.or(text.filter(|text| !text.is_empty()));
        }
        ending
    }

    /// What a final response to our INVITE says.
    pub(super) fn of_response(by: Side, response: &Response) -> Self {
        let mut ending = Self::by(by).with_code(response.status().code()).with_reason(response);
        let phrase = Some(response.reason()).filter(|phrase| !phrase.is_empty());
        ending.reason = ending.reason.or(phrase.map(str::to_owned));
        let retry_after = response.retry_after().ok().flatten();
        ending.retry_after = retry_after.map(|after| Duration::from_secs(u64::from(after.seconds)));
        ending
    }
}

impl Leg {
    /// Tells the end, unless it has been told. The state stays: a BYE may still be owed.
    pub(super) fn end(&mut self, context: &mut Context<'_>, ending: Ending) {
        if self.ended {
            return;
        }
        let Ending { by, code, q850, reason, retry_after } = ending;
        context.event(Event::Ended { leg: self.id, by, code, q850, reason, retry_after });
        self.ended = true;
        self.queued = None;
    }

    /// Tells the end of a leg that owes the far side nothing but answers to late messages.
    pub(super) fn finish(&mut self, context: &mut Context<'_>, ending: Ending) {
        self.end(context, ending);
        self.state = State::Over;
        if !matches!(self.exchange, Exchange::Offering { .. }) {
            self.exchange = Exchange::Idle;
        }
    }
}
