//! A telephone's transfer key: REFER on an agent's line (RFC 3515, INTEROP 41–43).
//!
//! ```text
//!  REFER ─▶ the desk's "transfer", by the same rules ─▶ 202, NOTIFY 200     (the customer is gone)
//!                                                    └▶ 404, 603            (nothing has changed)
//!  REFER, Replaces ─▶ "complete", where both are the agent's own: the line and its enquiry
//! ```
//! Nobody is sent anywhere by a REFER but the customer in hand. A carrier's would have us call
//! whom it names (FAULTS S4), and a dialog that is no enquiry of the same telephone is another's
//! call: both are refused.

use admin_api::control::{CallVerb, Destination};
use routing::DidTarget;
use sip::{LegId, Referral};

use super::{Now, Output, Owner, Switch};

impl Switch {
    /// Sends the agent's customer to whom the telephone names.
    pub(super) fn referred(
        &mut self,
        now: Now,
        leg: LegId,
        referral: &Referral,
        out: &mut Vec<Output>,
    ) {
        match self.send_on(now, leg, referral, out) {
            Ok(()) => {
                self.sip(out, |sip, o| sip.take_referral(now.at, leg, o));
                self.sip(out, |sip, o| sip.tell_referral(now.at, leg, 200, o));
            }
            Err(code) => self.sip(out, |sip, o| sip.refuse_referral(now.at, leg, code, o)),
        }
    }

    fn send_on(
        &mut self,
        now: Now,
        leg: LegId,
        referral: &Referral,
        out: &mut Vec<Output>,
    ) -> Result<(), u16> {
        let owner = self.legs.get(&leg).copied();
        let Some(Owner::Line(agent) | Owner::Enquiry(agent)) = owner else { return Err(DECLINE) };
        if let Some(other) = referral.replaces {
            let verb = CallVerb::Complete {};
            let are_two = self.are_of(agent, [leg, other]);
            let done = are_two.then(|| self.call_verb(now, agent, verb, out));
            return done.and_then(Result::ok).map(drop).ok_or(DECLINE);
        }
        let to = referral.user.as_deref().and_then(|user| self.keyed(user)).ok_or(NOT_FOUND)?;
        let done = self.call_verb(now, agent, CallVerb::Transfer { to }, out);
        done.map(drop).map_err(|_| DECLINE)
    }

    /// Whom the keys of a telephone mean: a colleague's extension, a number of ours, or a number
    /// outside as any of our carriers writes it.
    pub(super) fn keyed(&self, user: &str) -> Option<Destination> {
        if let Some(agent) = self.directory.agent_at(user) {
            return Some(Destination::Agent { agent });
        }
        let mut lines = self.trunks.iter();
        let number = lines.find_map(|line| line.trunk.numbers.read(user))?;
        Some(match self.directory.did(number).map(|did| did.target) {
            Some(DidTarget::Agent { agent }) => Destination::Agent { agent },
            Some(DidTarget::Queue { queue }) => Destination::Queue { queue },
            // A workflow asks callers; a customer in hand is sent to whom it would lead.
            // Where agents call in, nobody else is put through.
            Some(DidTarget::Workflow { .. } | DidTarget::CallIn) => return None,
            None => Destination::Number { number },
        })
    }
}

const NOT_FOUND: u16 = 404;
const DECLINE: u16 = 603;
