//! Verb: answer. Their INVITE gets our 2xx, which is repeated until its ACK.

use bytes::Bytes;

use super::body::{SDP, sdp_of};
use super::context::{ALLOW, Context, Received};
use super::ending::Ending;
use super::refresh::confirm;
use super::reliable::Reliability;
use super::repeat::Repeat;
use super::state::{Answered, Exchange, Incoming, Leg, State};
use super::{LegId, Refusal};
use crate::dialog::{Dialog, contact};
use crate::endpoint::{Event, Side};
use crate::header::Name;
use crate::message::{Malformed, Request, Unprintable};
use crate::transaction::ServerId;

impl Leg {
    /// A leg that their INVITE opens.
    pub(crate) fn incoming(
        id: LegId,
        server: ServerId,
        received: Received,
        pinned: bool,
        context: &mut Context<'_>,
    ) -> Result<Self, Malformed> {
        let tag = id.tag(context.random.number());
        let dialog = Dialog::from_invite(&received.request, &tag, received.flow, pinned)?;
        let reliable = Reliability::default();
        let incoming = Incoming { server, received, ringing: None, reliable };
        Ok(Self::new(id, tag, State::Incoming(Box::new(incoming)), dialog))
    }

    /// Answers with 200 and `sdp`: the answer to their offer, or our offer where they made none.
    pub(crate) fn answer(&mut self, context: &mut Context<'_>, sdp: &Bytes) {
        let State::Incoming(incoming) = &mut self.state else { return };
        if incoming.reliable.holds_answer(sdp) {
            return;
        }
        let agreed = incoming.reliable.is_agreed();
        let State::Incoming(incoming) = &self.state else { return };
        let asked = sdp_of(&incoming.received.request) == Ok(None);
        let (server, offered) = (incoming.server, asked && !agreed);
        let said = (!agreed).then_some(sdp);
        let Ok(bytes) = self.success(context, &incoming.received, said) else {
            return self.reject(context, &Refusal::from(500));
        };
        // A PRACK has raised their last number; the ACK repeats that of the INVITE.
        let number = incoming.received.request.cseq().map(|cseq| cseq.number).unwrap_or_default();
        let (now, timing) = (context.now, context.config.timing);
        let repeat = Repeat::new(now, timing, server, number, bytes.clone());
        context.layer.respond(now, server, 200, bytes, context.out);
        let request = incoming.received.request.clone();
        self.agree_by_request(context, &request);
        self.local_sdp = Some(sdp.clone());
        self.state = State::Answered(Box::new(Answered { repeat, offered, bye: None }));
    }

    /// A 200 that makes or refreshes the dialog.
    pub(super) fn success(
        &self,
        context: &Context<'_>,
        received: &Received,
        sdp: Option<&Bytes>,
    ) -> Result<Bytes, Unprintable> {
        let mut writer = received.response(200, Some(&self.tag), context.config);
        let user = &self.dialog.contact_user;
        writer.header(Name::Contact, contact(context.config, user, received.flow));
        writer.header(Name::Allow, ALLOW);
        confirm(&mut writer, &received.request);
        match sdp {
            Some(sdp) => writer.finish_with(SDP, sdp),
            None => writer.finish(),
        }
    }

    /// The ACK of a 2xx of ours came.
    pub(crate) fn acknowledged(&mut self, context: &mut Context<'_>, ack: &Request) {
        let Ok(cseq) = ack.cseq() else { return };
        let sdp = sdp_of(ack).ok().flatten();
        match &self.state {
            State::Answered(answered) if answered.repeat.number == cseq.number => {
                self.confirm(context, sdp);
            }
            _ => match &self.exchange {
                Exchange::Accepting { repeat, offered } if repeat.number == cseq.number => {
                    let offered = *offered;
                    self.exchange = Exchange::Idle;
                    if offered {
                        self.event(context, Event::OfferAnswered { leg: self.id, sdp });
                    }
                    self.flush(context);
                }
                _ => {}
            },
        }
    }

    /// A new INVITE in the dialog proves that our 2xx arrived, though its ACK was lost; not so
    /// where the ACK had to bring an answer.
    pub(super) fn acknowledged_by_request(&mut self, context: &mut Context<'_>) {
        match (&self.state, &self.exchange) {
            (State::Answered(answered), _) if !answered.offered => self.confirm(context, None),
            (_, Exchange::Accepting { offered: false, .. }) => self.exchange = Exchange::Idle,
            _ => {}
        }
    }

    fn confirm(&mut self, context: &mut Context<'_>, sdp: Option<Bytes>) {
        let State::Answered(answered) = std::mem::replace(&mut self.state, State::Confirmed) else {
            return;
        };
        if let Some(held) = answered.bye {
            self.send_bye(context, held.cause, None);
            self.state = State::Over;
            return;
        }
        let sdp = sdp.filter(|_| answered.offered);
        self.event(context, Event::Confirmed { leg: self.id, sdp });
        self.flush(context);
    }

    /// RFC 3261 §13.3.1.4: without an ACK the session is ended by BYE.
    pub(super) fn never_acknowledged(&mut self, context: &mut Context<'_>) {
        let State::Answered(answered) = std::mem::replace(&mut self.state, State::Confirmed) else {
            return;
        };
        self.send_bye(context, answered.bye.and_then(|held| held.cause), None);
        self.finish(context, Ending::by(Side::Timeout));
    }
}
