//! REFER within a dialog, and what its sender hears of it: RFC 3515, 4488, 3892 (INTEROP 41–43).
//!
//! ```text
//!  REFER ──▶ Event::Referred ──take──▶ 202, NOTIFY 100 ──tell──▶ NOTIFY 1xx … final ──▶ over
//!                          └──refuse, 20 s──▶ 4xx-6xx
//! ```
//! We end it as a B2BUA: nobody is sent anywhere, the owner of the leg connects whom it can. One
//! REFER of a dialog is in hand at a time; a further one gets 491, so no loop of them grows
//! (FAULTS F24).

use std::borrow::Cow;
use std::time::Instant;

use super::LegId;
use super::context::{Context, Received};
use super::state::{Leg, State};
use crate::endpoint::Event;
use crate::header::{Name, Replaces};
use crate::message::{Method, Request, Response, Status};
use crate::transaction::ServerId;

/// What a far side asks by REFER.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Referral {
    /// Whom to call: the URI of Refer-To, without its headers.
    pub target: String,
    /// Its user part, unescaped.
    pub user: Option<String>,
    /// The leg of ours that the new call shall take the place of: an attended transfer. A dialog
    /// that is not ours is a refusal of the REFER, and never gets here.
    pub replaces: Option<LegId>,
    /// Referred-By, as it was written.
    pub by: Option<String>,
}

/// A REFER in hand.
#[derive(Debug)]
pub(super) enum Referring {
    /// The owner has not said what it makes of it.
    Asked { server: ServerId, received: Box<Received>, until: Instant },
    /// Its sender is told what becomes of it, unless it wants to hear nothing.
    Taken { id: u32, is_silent: bool },
}

impl Leg {
    /// RFC 3515 §2.4.2.
    pub(super) fn receive_refer(
        &mut self,
        context: &mut Context<'_>,
        server: ServerId,
        received: Received,
        replaced: Result<Option<LegId>, u16>,
    ) {
        if !matches!(self.state, State::Confirmed) || self.referring.is_some() {
            return self.reply(context, server, &received, 491, |_| {});
        }
        let referral = match (referral(&received.request), replaced) {
            (Some(referral), Ok(named)) => Referral { replaces: named, ..referral },
            (Some(_), Err(code)) => return self.reply(context, server, &received, code, |_| {}),
            (None, _) => return self.reply(context, server, &received, 400, |_| {}),
        };
        let until = context.now + context.config.timing.offer_wait;
        self.referring = Some(Referring::Asked { server, received: Box::new(received), until });
        self.event(context, Event::Referred { leg: self.id, referral });
    }

    /// Verb: take their REFER; [`tell_referral`](Self::tell_referral) says what becomes of it.
    pub(crate) fn take_referral(&mut self, context: &mut Context<'_>) {
        let Some(Referring::Asked { server, received, .. }) =
            self.referring.take_if(|now| matches!(now, Referring::Asked { .. }))
        else {
            return;
        };
        let request = &received.request;
        let is_silent = request.header(Name::ReferSub).is_some_and(|sub| {
            sub.split(';').next().is_some_and(|word| word.trim().eq_ignore_ascii_case("false"))
        });
        let id = request.cseq().map(|cseq| cseq.number).unwrap_or_default();
        self.reply(context, server, &received, 202, |writer| {
            writer.header(Name::Supported, SILENT);
            if is_silent {
                writer.header(Name::ReferSub, false);
            }
        });
        self.referring = Some(Referring::Taken { id, is_silent });
        self.tell_referral(context, 100);
    }

    /// Verb: refuse their REFER, 300..=699.
    pub(crate) fn refuse_referral(&mut self, context: &mut Context<'_>, code: u16) {
        let asked = self.referring.take_if(|now| matches!(now, Referring::Asked { .. }));
        if let Some(Referring::Asked { server, received, .. }) = asked {
            let code = if (300..700).contains(&code) { code } else { 603 };
            self.reply(context, server, &received, code, |_| {});
        }
    }

    /// Verb: tell what becomes of a REFER that was taken; a final code is the last word.
    pub(crate) fn tell_referral(&mut self, context: &mut Context<'_>, code: u16) {
        let Some(Referring::Taken { id, is_silent }) = self.referring else { return };
        let is_final = code >= 200;
        if is_final {
            self.referring = None;
        }
        if is_silent || !matches!(self.state, State::Confirmed) {
            return;
        }
        let status = Status::new(code).unwrap_or(Status::SERVER_INTERNAL_ERROR);
        let body = format!("SIP/2.0 {code} {}\r\n", status.phrase());
        let state = if is_final { "terminated;reason=noresource" } else { ACTIVE };
        let _ = self.request(context, Method::Notify, None, |writer| {
            writer.header(Name::Event, format_args!("refer;id={id}"));
            writer.header(Name::SubscriptionState, state);
            writer.finish_with(SIPFRAG, body.as_bytes())
        });
    }

    /// RFC 6665 §4.2.2: a NOTIFY that is refused ends what it tells of.
    pub(super) fn notify_response(&mut self, response: &Response) {
        if response.status().code() >= 300 {
            self.referring = self.referring.take_if(|now| matches!(now, Referring::Asked { .. }));
        }
    }

    /// When an owner who says nothing has refused.
    pub(super) fn referral_deadline(&self) -> Option<Instant> {
        match &self.referring {
            Some(Referring::Asked { until, .. }) => Some(*until),
            _ => None,
        }
    }

    pub(super) fn tick_referral(&mut self, context: &mut Context<'_>) {
        if self.referral_deadline().is_some_and(|until| context.now >= until) {
            self.refuse_referral(context, 480);
        }
    }
}

/// Which dialog a REFER wants taken the place of: the Replaces header within its Refer-To.
pub(crate) fn wanted_dialog(refer: &Request) -> Result<Option<String>, u16> {
    let Ok(Some(target)) = refer.refer_to() else { return Ok(None) };
    let Some(value) = target.uri.header("Replaces") else { return Ok(None) };
    match Replaces::parse(&value) {
        Ok(_) => Ok(Some(value.into_owned())),
        Err(_) => Err(400),
    }
}

fn referral(refer: &Request) -> Option<Referral> {
    let to = refer.refer_to().ok().flatten()?;
    // A method of its own, or headers but Replaces, would have us send what others wrote.
    let target = to.uri.to_buf().without_headers();
    Some(Referral {
        user: to.uri.user_unescaped().map(Cow::into_owned),
        target: target.to_string(),
        replaces: None,
        by: refer.header(Name::ReferredBy).map(str::to_owned),
    })
}

const SIPFRAG: &str = "message/sipfrag;version=2.0";

/// The option tag of RFC 4488.
pub(super) const SILENT: &str = "norefersub";

/// Long enough for anybody to answer a telephone.
const ACTIVE: &str = "active;expires=180";
