//! Taking the place of a dialog (RFC 3891), and what far sides ask by REFER.

use std::time::Instant;

use super::{Endpoint, Output};
use crate::header::Replaces;
use crate::leg::{Leg, LegId, wanted_dialog};
use crate::message::Request;

impl Endpoint {
    /// Takes what [`Event::Referred`](super::Event::Referred) asks: 202, and its sender hears that
    /// it is tried.
    pub fn take_referral(&mut self, now: Instant, leg: LegId, out: &mut Vec<Output>) {
        self.act(now, leg, out, Leg::take_referral);
    }

    /// Refuses what [`Event::Referred`](super::Event::Referred) asks; `code` is 300..=699.
    pub fn refuse_referral(&mut self, now: Instant, leg: LegId, code: u16, out: &mut Vec<Output>) {
        self.act(now, leg, out, |leg, context| leg.refuse_referral(context, code));
    }

    /// Tells the sender of a REFER that was taken what came of it; a final code is the last word.
    pub fn tell_referral(&mut self, now: Instant, leg: LegId, code: u16, out: &mut Vec<Output>) {
        self.act(now, leg, out, |leg, context| leg.tell_referral(context, code));
    }

    /// The leg that the Refer-To of a REFER names, or the refusal it earns.
    pub(super) fn wanted_by(&self, refer: &Request) -> Result<Option<LegId>, u16> {
        let Some(text) = wanted_dialog(refer)? else { return Ok(None) };
        let replaces = Replaces::parse(&text).map_err(|_| 400_u16)?;
        self.named(&replaces).map(Some)
    }

    /// The leg that an INVITE shall take the place of, or the refusal it earns (RFC 3891 §3).
    pub(super) fn replaced_by(&self, invite: &Request) -> Result<Option<LegId>, u16> {
        match invite.replaces() {
            Ok(None) => Ok(None),
            Ok(Some(replaces)) => self.named(&replaces).map(Some),
            Err(_) => Err(400),
        }
    }

    fn named(&self, replaces: &Replaces<'_>) -> Result<LegId, u16> {
        let id = LegId::of_tag(replaces.to_tag).ok_or(481_u16)?;
        let leg = self.legs.get(&id).filter(|leg| leg.is_named(replaces)).ok_or(481_u16)?;
        match (leg.has_ended(), leg.is_established()) {
            (true, _) => Err(603),
            (false, true) if replaces.early_only => Err(486),
            (false, true) => Ok(id),
            // An early dialog may be replaced by whom we call, never by who calls us.
            (false, false) => Err(481),
        }
    }
}
