//! Verb: probe. Asks by OPTIONS within the dialog whether the far side is still there (I39).
//!
//! ```text
//!  idle ──probe──▶ asked ──any answer but 408, 481──▶ idle
//!                    └── 408, 481, or none in time ──▶ BYE, Ended by Timeout
//! ```
//! A phone that died sends no BYE; one that is only silent answers within a round trip.

use std::time::{Duration, Instant};

use super::context::Context;
use super::ending::Ending;
use super::state::{Leg, State};
use crate::endpoint::Side;
use crate::message::{Method, Response, Writer};
use crate::transaction::ClientId;

/// A question that waits for its answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Probe {
    client: ClientId,
    pub(super) until: Instant,
}

impl Leg {
    /// Asks the far side of an answered leg, unless it is being asked.
    pub(crate) fn probe(&mut self, context: &mut Context<'_>, patience: Duration) {
        if !matches!(self.state, State::Confirmed) || self.probe.is_some() {
            return;
        }
        let until = context.now + patience;
        if let Ok(client) = self.request(context, Method::Options, None, Writer::finish) {
            self.probe = Some(Probe { client, until });
        }
    }

    /// RFC 3261 §12.2.1.2: 481 and 408 mean that the dialog is gone; all else comes from a peer
    /// that is alive.
    pub(super) fn probe_response(&mut self, context: &mut Context<'_>, response: &Response) {
        match response.status().code() {
            408 | 481 => self.probe_unanswered(context),
            200.. => self.probe = None,
            _ => {}
        }
    }

    /// Nobody is there.
    pub(super) fn probe_unanswered(&mut self, context: &mut Context<'_>) {
        self.probe = None;
        if matches!(self.state, State::Confirmed) {
            self.close_exchange(context);
            self.send_bye(context, None, None);
            self.finish(context, Ending::by(Side::Timeout));
        }
    }

    pub(super) fn is_probing(&self, client: ClientId) -> bool {
        self.probe.is_some_and(|probe| probe.client == client)
    }
}
