//! What a REGISTER does to an account's bindings: RFC 3261 §10.3, RFC 3327, RFC 5626.

use std::time::{Duration, Instant};

use super::{Binding, Registrar};
use crate::endpoint::{Flow, Unbound};
use crate::header::{Contact, Name, NameAddr};
use crate::message::{Malformed, Request};
use crate::uri::{Scheme, Uri};

/// What became of a binding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// Added or refreshed.
    Bound {
        user: String,
        binding: Binding,
        expires: Duration,
        /// The path of the same device before, where it differs.
        moved_from: Option<Flow>,
    },
    Unbound {
        user: String,
        binding: Binding,
        why: Unbound,
    },
}

/// Why a REGISTER was refused; nothing has changed then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// 400 and its like.
    Malformed(Malformed),
    /// 403: the address of record belongs to somebody else.
    NotYours,
    /// 423 with this Min-Expires.
    TooBrief(Duration),
    /// 500: older than what is bound.
    OutOfOrder,
    /// 503: the table is full.
    Full,
}

impl From<Malformed> for Refused {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

impl Registrar {
    /// Applies a REGISTER that `user` has proven to send.
    pub(crate) fn register(
        &mut self,
        now: Instant,
        user: &str,
        request: &Request,
        flow: Flow,
    ) -> Result<Vec<Change>, Refused> {
        let to = request.to()?;
        if to.uri.user_unescaped().as_deref() != Some(user) {
            return Err(Refused::NotYours);
        }
        let origin = (request.call_id()?.to_owned(), request.cseq()?.number);
        let mut wishes = vec![];
        for contact in request.contacts() {
            match contact? {
                Contact::Star => return self.remove_all(user, &origin),
                Contact::Address(address) => {
                    wishes.push(self.wish(now, request, flow, &origin, &address)?);
                }
            }
        }
        let stale = |wish: &Binding| {
            let old = self.bindings(user).iter().find(|old| is_same(old, wish));
            old.is_some_and(|old| old.origin.0 == origin.0 && old.origin.1 >= origin.1)
        };
        if wishes.iter().any(stale) {
            return Err(Refused::OutOfOrder);
        }
        let added = wishes.iter().filter(|wish| wish.expires_at > now).count();
        if self.len() + added > self.bounds.bindings {
            return Err(Refused::Full);
        }
        Ok(wishes.into_iter().flat_map(|wish| self.apply(now, user, wish)).collect())
    }

    fn remove_all(&mut self, user: &str, origin: &(String, u32)) -> Result<Vec<Change>, Refused> {
        let newer = |old: &Binding| old.origin.0 == origin.0 && old.origin.1 >= origin.1;
        if self.bindings(user).iter().any(newer) {
            return Err(Refused::OutOfOrder);
        }
        Ok(self.remove(user, Unbound::Removed, |_| true))
    }

    /// One contact as it would be bound; one that is to go expires now.
    fn wish(
        &self,
        now: Instant,
        request: &Request,
        flow: Flow,
        origin: &(String, u32),
        address: &NameAddr<'_>,
    ) -> Result<Binding, Refused> {
        if !matches!(address.uri.scheme(), Scheme::Sip | Scheme::Sips) {
            return Err(Malformed::header(Name::Contact, "a sip or sips URI").into());
        }
        let default = u32::try_from(self.config.expires_default.as_secs()).unwrap_or(u32::MAX);
        let seconds = match address.expires()? {
            Some(seconds) => seconds,
            None => request.expires()?.unwrap_or(default),
        };
        let wished = Duration::from_secs(u64::from(seconds));
        if seconds > 0 && wished < self.config.expires_min {
            return Err(Refused::TooBrief(self.config.expires_min));
        }
        let instance = address.instance().map(|id| (id.to_owned(), address.reg_id()));
        Ok(Binding {
            contact: address.uri.as_str().to_owned(),
            flow,
            expires_at: now + wished.min(self.config.expires_max),
            q: address.q()?,
            path: request.headers(Name::Path).map(str::to_owned).collect(),
            instance,
            origin: origin.clone(),
            serial: 0,
        })
    }

    fn apply(&mut self, now: Instant, user: &str, wish: Binding) -> Vec<Change> {
        if wish.expires_at <= now {
            return self.remove(user, Unbound::Removed, |old| is_same(old, &wish));
        }
        // A refresh takes the place of the old binding without anybody hearing of its end.
        let before = self.bindings(user).iter().find(|old| is_same(old, &wish));
        let moved_from = before.map(|old| old.flow).filter(|flow| *flow != wish.flow);
        self.remove(user, Unbound::Removed, |old| is_same(old, &wish));
        let (binding, expires) = (wish.clone(), wish.expires_at - now);
        let mut changes = self.insert(user, wish);
        changes.push(Change::Bound { user: user.to_owned(), binding, expires, moved_from });
        changes
    }
}

/// Whether two bindings are one contact: by device and flow where both name them (RFC 5626 §6:
/// phones behind two NATs may write the same address), else by URI.
fn is_same(old: &Binding, new: &Binding) -> bool {
    let by_device = old.instance.is_some() && new.instance.is_some();
    if by_device && old.instance == new.instance {
        return true;
    }
    let same_uri = match (Uri::parse(&old.contact), Uri::parse(&new.contact)) {
        (Ok(old), Ok(new)) => old.is_equivalent(&new),
        _ => false,
    };
    same_uri && (!by_device || old.flow == new.flow)
}
