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
    pub(super) redirect: Vec<String>,
}

impl Ending {
    pub(super) fn by(by: Side) -> Self {
        Self { by, code: None, q850: None, reason: None, retry_after: None, redirect: vec![] }
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
        if (300..400).contains(&response.status().code()) {
            ending.redirect = redirect(response);
        }
        ending
    }
}

impl Leg {
    /// Tells the end, unless it has been told. The state stays: a BYE may still be owed.
    pub(super) fn end(&mut self, context: &mut Context<'_>, ending: Ending) {
        if self.ended {
            return;
        }
        let Ending { by, code, q850, reason, retry_after, redirect } = ending;
        let leg = self.id;
        context.event(Event::Ended { leg, by, code, q850, reason, retry_after, redirect });
        self.refuse_referral(context, 481);
        self.referring = None;
        self.ended = true;
        self.queued = None;
    }

    /// Tells the end of a leg that owes the far side nothing but answers to late messages.
    pub(super) fn finish(&mut self, context: &mut Context<'_>, ending: Ending) {
        // An UPDATE that came with the INVITE may still wait for its answer.
        if matches!(self.exchange, Exchange::Offered { .. }) {
            self.close_exchange(context);
        }
        self.end(context, ending);
        self.state = State::Over;
        match &mut self.exchange {
            // RFC 3261 §15.1.2: a BYE makes them answer it, and that answer is acknowledged.
            Exchange::Offering { until, .. } => {
                *until = (*until).min(context.now + 64 * context.config.timing.t1);
            }
            exchange => *exchange = Exchange::Idle,
        }
    }
}

/// RFC 3261 §8.1.3.4: the contacts of a 3xx by their q, the first written of equals first.
fn redirect(response: &Response) -> Vec<String> {
    let mut contacts: Vec<_> = response
        .contacts()
        .filter_map(Result::ok)
        .filter_map(|contact| {
            let address = contact.address()?;
            let q = address.params.value("q").and_then(|q| q.parse::<f32>().ok()).unwrap_or(1.0);
            Some((q.clamp(0.0, 1.0), address.uri.as_str().to_owned()))
        })
        .take(CONTACTS_MAX)
        .collect();
    contacts.sort_by(|one, other| other.0.total_cmp(&one.0));
    contacts.into_iter().map(|(_, uri)| uri).collect()
}

/// FAULTS F24.
const CONTACTS_MAX: usize = 5;
