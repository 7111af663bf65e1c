//! What comes in for a leg: requests within its dialog, and responses to its own.

use super::LegId;
use super::body::{SDP, sdp_of};
use super::context::{ALLOW, Context, Received};
use super::dtmf::key_of;
use super::ending::Ending;
use super::refer::SILENT;
use super::refresh::{SHORTEST, TIMER, is_too_short};
use super::reliable::RELIABLE;
use super::state::{Exchange, Leg, State};
use crate::endpoint::{Event, Flow, Side};
use crate::header::Name;
use crate::message::{Method, Request, Response, Writer};
use crate::transaction::{Cause, ClientId, ServerId};

impl Leg {
    /// Whether a request with our tag in To is for this leg.
    pub(crate) fn is_for(&self, request: &Request) -> bool {
        let to_us = request.to().is_ok_and(|to| to.tag() == Some(&self.tag));
        let from = match &self.state {
            // An early dialog of ours knows its far side by what rang.
            State::Calling(_) => {
                let tag = request.from().ok().and_then(|from| from.tag());
                request.call_id() == Ok(self.call_id())
                    && tag.is_some_and(|tag| self.forks.has_rung(tag))
            }
            _ => self.dialog.matches(request),
        };
        to_us && from
    }

    /// A request within the dialog; [`is_for`](Self::is_for) held, and it is no ACK.
    /// `replaced` is the leg that a REFER wants taken the place of, or why there is none.
    pub(crate) fn receive(
        &mut self,
        context: &mut Context<'_>,
        server: ServerId,
        received: Received,
        replaced: Result<Option<LegId>, u16>,
    ) {
        let request = &received.request;
        let number = request.cseq().map(|cseq| cseq.number).unwrap_or_default();
        let bye = request.method() == Method::Bye;
        match self.state {
            // An early dialog of ours has no number of theirs yet, and its callee no right to BYE.
            State::Calling(_) if bye => return self.reply(context, server, &received, 481, |_| {}),
            State::Calling(_) => {}
            State::Over if !bye => return self.reply(context, server, &received, 481, |_| {}),
            _ if !self.dialog.advance(number) => {
                return self.reply(context, server, &received, 500, |_| {});
            }
            // F10: a phone that moved is answered where it is now.
            _ => self.dialog.flow = received.flow,
        }
        if let Some(tags) = unsupported(request) {
            return self.reply(context, server, &received, 420, |writer| {
                writer.header(Name::Unsupported, tags);
            });
        }
        if is_too_short(request) {
            return self.reply(context, server, &received, 422, |writer| {
                writer.header(Name::MinSe, SHORTEST);
            });
        }
        match request.method() {
            Method::Invite => self.receive_invite(context, server, received),
            Method::Update if matches!(self.state, State::Calling(_)) => {
                self.receive_early_update(context, server, received);
            }
            Method::Update => self.receive_update(context, server, received),
            Method::Prack => self.receive_prack(context, server, received),
            Method::Refer => self.receive_refer(context, server, received, replaced),
            Method::Bye => self.receive_bye(context, server, &received),
            Method::Info => self.receive_info(context, server, &received),
            Method::Options => self.reply(context, server, &received, 200, |writer| {
                writer.header(Name::Allow, ALLOW);
                writer.header(Name::Accept, SDP);
            }),
            _ => self.reply(context, server, &received, 405, |writer| {
                writer.header(Name::Allow, ALLOW);
            }),
        }
    }

    fn receive_invite(&mut self, context: &mut Context<'_>, server: ServerId, received: Received) {
        self.acknowledged_by_request(context);
        self.receive_offer(context, server, received);
    }

    /// RFC 3311 §5.2: without an offer an UPDATE only refreshes the target.
    fn receive_update(&mut self, context: &mut Context<'_>, server: ServerId, received: Received) {
        if !received.request.body().is_empty() {
            return self.receive_offer(context, server, received);
        }
        self.dialog.refresh(&received.request);
        let response = self.success(context, &received, None);
        context.respond(server, &received, 200, response);
        self.agree_by_request(context, &received.request);
    }

    pub(super) fn receive_offer(
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
        match (&self.state, &self.exchange) {
            (State::Confirmed, Exchange::Idle | Exchange::Glare { .. })
            | (State::Incoming(_), Exchange::Idle)
                if self.takes_offers(&received.request) =>
            {
                // Theirs got through first; ours waits its turn.
                if let Exchange::Glare { sdp, .. } =
                    std::mem::replace(&mut self.exchange, Exchange::Idle)
                {
                    self.queued.get_or_insert(sdp);
                }
                self.dialog.refresh(&received.request);
                self.offered(context, server, received, sdp);
            }
            // RFC 3261 §14.2: an offer of ours is open.
            (State::Confirmed, Exchange::Offering { .. } | Exchange::AckOwed { .. })
            | (State::Calling(_), _) => self.reply(context, server, &received, 491, |_| {}),
            // An offer of theirs is open: come back in a moment.
            _ => {
                let seconds = context.random.number() % 11;
                self.reply(context, server, &received, 500, |writer| {
                    writer.header(Name::RetryAfter, seconds);
                });
            }
        }
    }

    fn receive_bye(&mut self, context: &mut Context<'_>, server: ServerId, received: &Received) {
        self.reply(context, server, received, 200, |_| {});
        let ending = Ending::by(Side::Far).with_reason(&received.request);
        if let State::Incoming(incoming) = &self.state {
            // RFC 3261 §15.1.2: a BYE on an early dialog ends the INVITE with 487.
            let invite = &incoming.received;
            let response = invite.response(487, Some(&self.tag), context.config).finish();
            context.respond(incoming.server, invite, 487, response);
            self.finish(context, ending.with_code(487));
        } else {
            self.close_exchange(context);
            self.finish(context, ending);
        }
    }

    fn receive_info(&mut self, context: &mut Context<'_>, server: ServerId, received: &Received) {
        let key = key_of(&received.request);
        if key.is_none() && !received.request.body().is_empty() {
            return self.reply(context, server, received, 415, |writer| {
                writer.header(Name::Accept, "application/dtmf-relay, application/dtmf");
            });
        }
        self.reply(context, server, received, 200, |_| {});
        if let Some(key) = key {
            let (digit, duration_ms) = (key.digit, key.duration_ms);
            self.event(context, Event::Dtmf { leg: self.id, digit, duration_ms });
        }
    }

    pub(super) fn reply(
        &self,
        context: &mut Context<'_>,
        server: ServerId,
        received: &Received,
        code: u16,
        add: impl FnOnce(&mut Writer),
    ) {
        let mut writer = received.response(code, Some(&self.tag), context.config);
        add(&mut writer);
        context.respond(server, received, code, writer.finish());
    }

    /// A response to a request of this leg.
    pub(crate) fn response(
        &mut self,
        context: &mut Context<'_>,
        client: ClientId,
        response: &Response,
        flow: Flow,
    ) {
        let method = response.cseq().map(|cseq| Method::parse(cseq.method_text));
        if self.is_calling(client) {
            self.call_response(context, response, flow);
        } else if self.is_offering(client) {
            self.offer_response(context, response);
        } else if self.is_probing(client) {
            self.probe_response(context, response);
        } else if self.is_refreshing(client) {
            self.refresh_response(context, response);
        } else if method == Ok(Method::Invite) && response.status().is_success() {
            self.late_success(context, client, response);
        } else if method == Ok(Method::Bye) && response.status().is_final() {
            self.bye_response(context, response);
        } else if method == Ok(Method::Notify) {
            self.notify_response(response);
        }
    }

    /// A request of this leg had no answer.
    pub(crate) fn failed(&mut self, context: &mut Context<'_>, client: ClientId, cause: Cause) {
        if self.is_calling(client) {
            self.call_failed(context, cause);
        } else if self.is_offering(client) {
            self.offer_failed(context, cause);
        } else if self.is_probing(client) {
            self.probe_unanswered(context);
        } else if self.is_refreshing(client) {
            self.refresh_failed(context);
        }
    }
}

/// The option tags of Require that we do not have, for Unsupported.
pub(crate) fn unsupported(request: &Request) -> Option<String> {
    let ours: &[&str] = match request.method() {
        // RFC 3327, RFC 5626: extensions of the registrar.
        Method::Register => &["path", "outbound"],
        _ => &[TIMER, RELIABLE, SILENT, "replaces"],
    };
    let foreign = |tag: &&str| !ours.iter().any(|own| tag.eq_ignore_ascii_case(own));
    let tags: Vec<_> = request.require().filter(foreign).collect();
    (!tags.is_empty()).then(|| tags.join(", "))
}
