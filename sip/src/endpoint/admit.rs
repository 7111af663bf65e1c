//! Who may open a leg: a trunk by its address, an account by its digest, nobody else (S4).

use std::borrow::Cow;
use std::time::{Duration, Instant};

use super::stateless::reply_path;
use super::{Endpoint, Event, Origin, Output};
use crate::digest::{Checked, Verdict};
use crate::header::{Name, NameAddr};
use crate::leg::{Leg, LegId, Received, SDP, SHORTEST, is_too_short, sdp_of, unsupported};
use crate::message::{Malformed, Request, Writer};
use crate::uri::Host;

impl Endpoint {
    pub(super) fn admit(
        &mut self,
        now: Instant,
        received: &Received,
        out: &mut Vec<Output>,
    ) -> Result<(), Malformed> {
        let origin = if let Some(peer) = self.peers.find(received.flow.remote) {
            Origin::Peer(peer)
        } else if let Some(user) = self.proven(now, received, (407, Name::ProxyAuthenticate), out) {
            Origin::Account(user)
        } else {
            return Ok(());
        };
        if self.inspect(received, &origin, out)? {
            match self.replaced_by(&received.request) {
                Ok(replaces) => self.open_leg(now, received, (origin, replaces), out)?,
                Err(code) => self.reply(received, code, |_| {}, out),
            }
        }
        Ok(())
    }

    /// The account that has proven to send a request; who has not is challenged or ignored.
    pub(super) fn proven(
        &mut self,
        now: Instant,
        received: &Received,
        challenge: (u16, Name),
        out: &mut Vec<Output>,
    ) -> Option<String> {
        let source = received.flow.remote.ip();
        let Checked { verdict, denied } = self.authenticator.check(now, source, &received.request);
        if let Some((user, why)) = denied {
            out.push(Output::Event(Event::Denied { user, why, flow: received.flow }));
        }
        match verdict {
            Verdict::Proven(user) => return Some(user),
            Verdict::Challenge { stale } => self.challenge(now, received, challenge, stale, out),
            Verdict::Ignore => self.unanswered += 1,
        }
        None
    }

    /// RFC 3261 §8.2.2 and §8.2.3, then our bounds; a refusal here opens nothing.
    fn inspect(
        &mut self,
        received: &Received,
        origin: &Origin,
        out: &mut Vec<Output>,
    ) -> Result<bool, Malformed> {
        let request = &received.request;
        let accept = |writer: &mut Writer| {
            writer.header(Name::Accept, SDP);
        };
        let bounds = self.config.bounds;
        if self.merged.contains_key(&MergeKey::of(request)?) {
            self.reply(received, 482, |_| {}, out);
        } else if request.max_forwards()? == Some(0) {
            self.reply(received, 483, |_| {}, out);
        } else if self.refuse_extensions(received, out) {
            return Ok(false);
        } else if is_too_short(request) {
            let longer = |writer: &mut Writer| {
                writer.header(Name::MinSe, SHORTEST);
            };
            self.reply(received, 422, longer, out);
        } else if sdp_of(request).is_err() {
            self.reply(received, 415, accept, out);
        } else if !request.accepts("application", "sdp") {
            self.reply(received, 406, |_| {}, out);
        } else if self.living >= bounds.legs || self.layer.len() >= bounds.transactions {
            self.overloaded(received, matches!(origin, Origin::Account(_)), out);
        } else {
            return Ok(true);
        }
        Ok(false)
    }

    /// RFC 3261 §8.2.2.3: 420 to a request that requires an extension.
    pub(super) fn refuse_extensions(&mut self, received: &Received, out: &mut Vec<Output>) -> bool {
        let Some(tags) = unsupported(&received.request) else { return false };
        let unsupported = |writer: &mut Writer| {
            writer.header(Name::Unsupported, &tags);
        };
        self.reply(received, 420, unsupported, out);
        true
    }

    /// 503. A trunk that reads Retry-After would stop all its traffic, so only phones get one.
    pub(super) fn overloaded(
        &mut self,
        received: &Received,
        is_phone: bool,
        out: &mut Vec<Output>,
    ) {
        let wait = self.random.between(Duration::from_secs(2), Duration::from_secs(10));
        let retry_after = |writer: &mut Writer| {
            if is_phone {
                writer.header(Name::RetryAfter, wait.as_secs());
            }
        };
        self.reply(received, 503, retry_after, out);
    }

    fn open_leg(
        &mut self,
        now: Instant,
        received: &Received,
        (origin, replaces): (Origin, Option<LegId>),
        out: &mut Vec<Output>,
    ) -> Result<(), Malformed> {
        let request = &received.request;
        let (id, pinned) = (self.next_leg(), matches!(origin, Origin::Account(_)));
        let (calling, display) = caller(request, &origin);
        let asserted = matches!(origin, Origin::Peer(_))
            && calling.is_some()
            && request.p_asserted_identity().any(|address| address.is_ok());
        let called = request.uri()?.user_unescaped().unwrap_or_default().into_owned();
        let server = self.layer.open(now, request, reply_path(received), Some(id))?;
        let mut context = self.context(now, out);
        let trying = received.response(100, None, context.config).finish();
        context.respond(server, received, 100, trying);
        let mut leg = Leg::incoming(id, server, received.clone(), pinned, &mut context)?;
        if let Origin::Account(user) = &origin {
            leg.account = Some(user.clone());
        }
        let key = MergeKey::of(request)?;
        leg.merge_key = Some(key.clone());
        self.merged.insert(key, id);
        self.legs.insert(id, leg);
        self.living += 1;
        let sdp = sdp_of(request).ok().flatten();
        let flow = received.flow;
        out.push(Output::Event(Event::Incoming {
            leg: id,
            origin,
            called,
            calling,
            asserted,
            display,
            sdp,
            flow,
            replaces,
        }));
        Ok(())
    }
}

/// What copies of one INVITE have in common that came by different ways (RFC 3261 §8.2.2.2).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct MergeKey(Box<str>);

impl MergeKey {
    pub(crate) fn of(request: &Request) -> Result<Self, Malformed> {
        let from = request.from()?;
        let (tag, number) = (from.tag().unwrap_or_default(), request.cseq()?.number);
        Ok(Self(format!("{}\n{tag}\n{number}", request.call_id()?).into_boxed_str()))
    }
}

/// Who calls: what a trunk asserts (RFC 3325), else From; of a phone only what it has proven.
fn caller(request: &Request, origin: &Origin) -> (Option<String>, Option<String>) {
    let display = |address: &NameAddr<'_>| {
        address.display_name().map(Cow::into_owned).filter(|name| !name.is_empty())
    };
    let from = request.from().ok();
    if let Origin::Account(user) = origin {
        return (Some(user.clone()), from.as_ref().and_then(display));
    }
    let withheld = request
        .headers(Name::Privacy)
        .flat_map(|value| value.split([';', ',']))
        .any(|word| matches!(word.trim(), "id" | "user" | "header"));
    if withheld {
        return (None, None);
    }
    let address = request.p_asserted_identity().find_map(Result::ok).or(from);
    let anonymous = address.is_none_or(|address| {
        matches!(address.uri.host(), Some(Host::Name(name)) if name.ends_with("anonymous.invalid"))
            || address.uri.user().is_some_and(|user| user.eq_ignore_ascii_case("anonymous"))
    });
    match address.filter(|_| !anonymous) {
        Some(address) => {
            let user = address.uri.user_unescaped().map(Cow::into_owned);
            (user, display(&address))
        }
        None => (None, None),
    }
}
