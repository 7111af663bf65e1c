//! Verb: progress. Provisional responses to their INVITE, repeated every minute (I9).

use std::time::Duration;

use bytes::Bytes;

use super::body::SDP;
use super::context::Context;
use super::state::{Incoming, Leg, Ringing, State};
use crate::dialog::contact;
use crate::header::Name;

impl Leg {
    /// Sends 101..=199 with or without early media.
    pub(crate) fn progress(&mut self, context: &mut Context<'_>, code: u16, sdp: Option<Bytes>) {
        let State::Incoming(incoming) = &mut self.state else { return };
        if !(101..200).contains(&code) {
            return;
        }
        let mut writer = incoming.received.response(code, Some(&self.tag), context.config);
        let flow = incoming.received.flow;
        writer.header(Name::Contact, contact(context.config, &self.dialog.contact_user, flow));
        let bytes = match sdp {
            Some(sdp) => writer.finish_with(SDP, &sdp),
            None => writer.finish(),
        };
        let Ok(bytes) = bytes else { return };
        context.layer.respond(context.now, incoming.server, code, bytes.clone(), context.out);
        incoming.ringing = Some(Ringing { code, bytes, again: context.now + REPEAT });
    }
}

impl Incoming {
    /// RFC 3261 §13.3.1.1: a proxy forgets a call that is silent for three minutes.
    pub(super) fn repeat_ringing(&mut self, context: &mut Context<'_>) {
        let Some(ringing) = &mut self.ringing else { return };
        if context.now < ringing.again {
            return;
        }
        ringing.again = context.now + REPEAT;
        let bytes = ringing.bytes.clone();
        context.layer.respond(context.now, self.server, ringing.code, bytes, context.out);
    }
}

const REPEAT: Duration = Duration::from_mins(1);
