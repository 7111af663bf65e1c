//! SUBSCRIBE: who may be told what, and how long (RFC 6665 §4.2.1).
//!
//! A telephone proves who it is first, as it does for everything. It may watch any extension's
//! lamp, and its own messages only (S1).

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::stateless::reply_path;
use super::{Endpoint, Event, Output};
use crate::dialog::{Dialog, contact};
use crate::header::Name;
use crate::leg::Received;
use crate::message::{Malformed, Request, Writer};
use crate::subscription::{LONGEST, PACKAGES, Package, SHORTEST, SubscriptionId};

impl Endpoint {
    /// Tells a subscriber the state in force now, as the body of its package; coalesced while an
    /// earlier NOTIFY is unanswered. [`Event::Subscribed`] asks for the first.
    pub fn publish(
        &mut self,
        now: Instant,
        id: SubscriptionId,
        state: Bytes,
        out: &mut Vec<Output>,
    ) {
        let Self { layer, random, config, subscriptions, .. } = self;
        let mut context = crate::leg::Context { now, layer, random, config, out };
        subscriptions.publish(&mut context, id, state);
        self.settle(now, out);
    }

    /// A SUBSCRIBE from outside of a dialog.
    pub(super) fn receive_subscribe(
        &mut self,
        now: Instant,
        received: &Received,
        out: &mut Vec<Output>,
    ) -> Result<(), Malformed> {
        if self.refuse_extensions(received, out) {
            return Ok(());
        }
        let challenge = (401, Name::WwwAuthenticate);
        let Some(account) = self.proven(now, received, challenge, out) else { return Ok(()) };
        let request = &received.request;
        let Some((package, event_id)) = package_of(request)? else {
            let allow = |writer: &mut Writer| {
                writer.header(Name::AllowEvents, PACKAGES);
            };
            self.reply(received, 489, allow, out);
            return Ok(());
        };
        let target = request.uri()?.user_unescaped().unwrap_or_default().into_owned();
        let (kind, subtype) = package.body();
        // Who does not say takes the package's own document (RFC 4235 §3.5, RFC 3842 §3.5).
        let reads = request.count(Name::Accept) == 0 || request.accepts(kind, subtype);
        let refusal = match lifetime(request)? {
            _ if package == Package::MessageSummary && target != account => Err(403),
            _ if !reads => Err(406),
            _ if self.subscriptions.len() >= self.config.bounds.subscriptions => Err(503),
            Some(short) if !short.is_zero() && short < SHORTEST => Err(423),
            wish => Ok(wish.unwrap_or(LONGEST).min(LONGEST)),
        };
        let lifetime = match refusal {
            Ok(lifetime) => lifetime,
            Err(code) => {
                let min = |writer: &mut Writer| {
                    if code == 423 {
                        writer.header(Name::MinExpires, SHORTEST.as_secs());
                    }
                };
                self.reply(received, code, min, out);
                return Ok(());
            }
        };
        let server = self.layer.open(now, request, reply_path(received), None)?;
        let named = self.subscriptions.next(self.random.number());
        let (id, tag) = named.clone();
        let dialog = Dialog::from_invite(request, &tag, received.flow, true)?;
        let response = self.subscribed(received, &tag, &dialog.contact_user, lifetime);
        self.context(now, out).respond(server, received, 200, response);
        self.subscriptions.open(named, dialog, package, event_id, now + lifetime);
        out.push(Output::Event(Event::Subscribed { id, account, package, target }));
        if lifetime.is_zero() {
            // RFC 6665 §4.4.3: a question, answered once by what the owner publishes.
            self.subscriptions.renew(id, now + ONCE);
        }
        Ok(())
    }

    /// A SUBSCRIBE within its dialog: longer, or no longer. False when it is none of ours.
    pub(super) fn receive_resubscribe(
        &mut self,
        now: Instant,
        received: &Received,
        out: &mut Vec<Output>,
    ) -> Result<bool, Malformed> {
        let request = &received.request;
        let tag = request.to()?.tag().unwrap_or_default();
        let number = request.cseq()?.number;
        let wish = lifetime(request)?.unwrap_or(LONGEST).min(LONGEST);
        let Some(live) = self.subscriptions.of_tag(tag) else { return Ok(false) };
        if !live.dialog.matches(request) {
            return Ok(false);
        }
        let (id, tag) = (live.id(), live.tag().to_owned());
        let rises = live.dialog.advance(number);
        if rises {
            // A copy that somebody overheard must not lead the NOTIFYs elsewhere.
            live.dialog.flow = received.flow;
            live.dialog.refresh(request);
        }
        let user = live.dialog.contact_user.clone();
        let server = self.layer.open(now, request, reply_path(received), None)?;
        if !rises {
            let late = received.response(500, Some(&tag), &self.config).finish();
            self.context(now, out).respond(server, received, 500, late);
            return Ok(true);
        }
        let response = self.subscribed(received, &tag, &user, wish);
        self.context(now, out).respond(server, received, 200, response);
        if wish.is_zero() {
            self.end_subscription(now, id, "timeout", out);
        } else {
            self.subscriptions.renew(id, now + wish.max(SHORTEST));
            let Self { layer, random, config, subscriptions, .. } = self;
            let mut context = crate::leg::Context { now, layer, random, config, out };
            if let Some(live) = subscriptions.of_tag(&tag) {
                live.tell_again(&mut context);
            }
        }
        Ok(true)
    }

    /// Ends those whose time is over.
    pub(super) fn expire_subscriptions(&mut self, now: Instant, out: &mut Vec<Output>) {
        while let Some(id) = self.subscriptions.due(now) {
            self.end_subscription(now, id, "timeout", out);
        }
    }

    /// A NOTIFY of ours was answered; none is for one that was not.
    pub(super) fn notify_answered(
        &mut self,
        now: Instant,
        id: SubscriptionId,
        code: Option<u16>,
        out: &mut Vec<Output>,
    ) {
        let Self { layer, random, config, subscriptions, .. } = self;
        let mut context = crate::leg::Context { now, layer, random, config, out };
        let gone = match code {
            Some(code) => subscriptions.answered(&mut context, id, code),
            None => subscriptions.forget(id).is_some(),
        };
        if gone {
            out.push(Output::Event(Event::Unsubscribed { id }));
        }
    }

    fn end_subscription(
        &mut self,
        now: Instant,
        id: SubscriptionId,
        reason: &str,
        out: &mut Vec<Output>,
    ) {
        let Self { layer, random, config, subscriptions, .. } = self;
        let mut context = crate::leg::Context { now, layer, random, config, out };
        if subscriptions.end(&mut context, id, reason) {
            out.push(Output::Event(Event::Unsubscribed { id }));
        }
    }

    fn subscribed(
        &self,
        received: &Received,
        tag: &str,
        user: &str,
        lifetime: Duration,
    ) -> Result<Bytes, crate::message::Unprintable> {
        let mut writer = received.response(200, Some(tag), &self.config);
        writer.header(Name::Contact, contact(&self.config, user, received.flow));
        writer.header(Name::Expires, lifetime.as_secs());
        writer.header(Name::AllowEvents, PACKAGES);
        writer.finish()
    }
}

/// What is asked for, and the `id` of its Event header; none for what we do not tell.
fn package_of(request: &Request) -> Result<Option<(Package, Option<String>)>, Malformed> {
    let Some(event) = request.event()? else { return Ok(None) };
    let id = event.params.value("id").map(str::to_owned);
    Ok(Package::parse(event.package).map(|package| (package, id)))
}

fn lifetime(request: &Request) -> Result<Option<Duration>, Malformed> {
    Ok(request.expires()?.map(|seconds| Duration::from_secs(seconds.into())))
}

/// How long a question that wants one answer waits for it.
const ONCE: Duration = Duration::from_secs(2);
