//! Verb: progress. Provisional responses to their INVITE, repeated every minute (I9).

use std::time::Duration;

use bytes::Bytes;

use super::body::SDP;
use super::context::{ALLOW, Context};
use super::reliable::RELIABLE;
use super::state::{Incoming, Leg, Ringing, State};
use crate::dialog::contact;
use crate::header::Name;
use crate::message::Unprintable;

impl Leg {
    /// Sends 101..=199 with or without early media.
    pub(crate) fn progress(&mut self, context: &mut Context<'_>, code: u16, sdp: Option<Bytes>) {
        let State::Incoming(incoming) = &mut self.state else { return };
        if !(101..200).contains(&code) {
            return;
        }
        if incoming.must_be_reliable(sdp.as_ref()) {
            return self.progress_reliably(context, code, sdp);
        }
        let (tag, user) = (&self.tag, &self.dialog.contact_user);
        let Ok(bytes) = incoming.provisional(context, tag, user, code, sdp.as_ref(), None) else {
            return;
        };
        context.layer.respond(context.now, incoming.server, code, bytes.clone(), context.out);
        incoming.ringing = Some(Ringing { code, bytes, again: context.now + REPEAT });
    }
}

impl Incoming {
    /// A provisional response; with a number it asks for a PRACK (RFC 3262 §3).
    pub(super) fn provisional(
        &self,
        context: &Context<'_>,
        tag: &str,
        user: &str,
        code: u16,
        sdp: Option<&Bytes>,
        rseq: Option<u32>,
    ) -> Result<Bytes, Unprintable> {
        let mut writer = self.received.response(code, Some(tag), context.config);
        let flow = self.received.flow;
        writer.header(Name::Contact, contact(context.config, user, flow));
        if let Some(rseq) = rseq {
            writer.header(Name::Allow, ALLOW);
            writer.header(Name::Require, RELIABLE);
            writer.header(Name::RSeq, rseq);
        }
        match sdp {
            Some(sdp) => writer.finish_with(SDP, sdp),
            None => writer.finish(),
        }
    }

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

pub(super) const REPEAT: Duration = Duration::from_mins(1);
