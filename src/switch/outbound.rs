//! The INVITE to a carrier: by which address it leaves, how the number is written, and who is said
//! to call.

use routing::trunks::{Asserted, Diverted, FromRule, IdentityRule, UriForm as Form};
use routing::{CallId, Number, Trunk, TrunkId};
use sip::{Claim, Destination, History, Identity, Invite, UriForm};

use super::calls::Slot;
use super::trunks::{Line, Resolved};
use super::{Now, Output, Owner, Switch, streams};
use crate::call::{Origin, Party};

impl Switch {
    /// Sends the INVITE of a dialled call to `target`, or to the best that its trunk has now.
    pub(super) fn give_leg(
        &mut self,
        now: Now,
        id: CallId,
        trunk: TrunkId,
        target: Option<Resolved>,
        out: &mut Vec<Output>,
    ) -> Result<(), String> {
        let ids = &mut self.ids;
        let line = self.trunks.get(trunk).ok_or("its trunk was removed")?;
        let best = target.or_else(|| line.target(now.at, &[], |most| ids.below(most)));
        let there = best.ok_or("no address of its trunk takes calls now")?;
        let (codecs, srtp) = (line.trunk.codecs.clone(), streams::srtp(line.trunk.srtp));
        let slot = self.calls.get(&id).ok_or("it is over")?;
        let mut invite = self.invitation(slot, line, there)?;
        let (stream, port) = self
            .streams
            .reserve(now.at, Owner::Call(id), there.address.ip(), srtp)
            .ok_or("every RTP port is in use")?;
        self.streams.speak(stream, &codecs);
        invite.sdp = self.streams.offer(stream, media::sdp::Direction::SendRecv);
        match self.sip(out, |sip, o| sip.invite(now.at, invite, o)) {
            Ok(leg) => {
                self.legs.insert(leg, Owner::Call(id));
                self.left(now, id, trunk, there, Party { leg, stream, port });
                Ok(())
            }
            Err(error) => {
                self.close_stream(now, stream, out);
                Err(error.to_string())
            }
        }
    }

    /// The INVITE is on its way.
    fn left(&mut self, now: Now, id: CallId, trunk: TrunkId, there: Resolved, party: Party) {
        self.trunks.sent(now.at, trunk);
        let line = self.trunks.get_mut(trunk);
        if let Some(health) = line.and_then(|line| line.health(there.address)) {
            health.tried();
        }
        if let Some(slot) = self.calls.get_mut(&id) {
            slot.path.reserved = false;
            slot.path.target = Some(there.address);
            slot.call.customer = Some(party);
        }
    }

    /// What the INVITE says, but for its offer.
    fn invitation(&self, slot: &Slot, line: &Line, there: Resolved) -> Result<Invite, String> {
        let trunk = &line.trunk;
        let form = form(trunk.numbers.uri);
        let called: Option<Number> = slot.call.called.parse().ok();
        let user = called.map_or_else(|| slot.call.called.clone(), |to| trunk.numbers.write(to));
        let identity = self.caller(trunk, &slot.call.calling);
        let withheld = identity == Identity::anonymous();
        let mut headers = vec![];
        if let Some(claim) = claim(trunk.identity.asserted).filter(|_| !withheld) {
            let header = identity.claim(claim, form, false).map_err(|error| error.to_string())?;
            headers.push(header);
        }
        if withheld {
            headers.push(sip::withheld());
        }
        if let (Some(meant), Some(history)) = (self.meant_for(slot), history(trunk.identity)) {
            let first = self.caller(trunk, meant);
            headers.push(first.diverted(history, form).map_err(|error| error.to_string())?);
        }
        let from = match (trunk.identity.from, &trunk.registration) {
            (FromRule::Account, Some(account)) => {
                Identity { user: account.user.clone(), ..identity }
            }
            _ => identity,
        };
        let flow = self.flow_to(there).ok_or("no listener fits its trunk")?;
        let host = trunk.domain.clone();
        Ok(Invite {
            to: Destination::Carrier { id: line.peer, user, host, form, flow },
            from,
            asserted: None,
            sdp: None,
            headers,
            credentials: line.credentials.clone(),
            timer_b: Some(std::time::Duration::from_millis(trunk.silence_ms.into())),
        })
    }

    /// Our number that a call sent on elsewhere was made to.
    fn meant_for(&self, slot: &Slot) -> Option<&str> {
        let Origin::Forwarded { about, .. } = slot.call.origin else { return None };
        self.calls.get(&about).map(|caller| caller.call.called.as_str())
    }

    fn caller(&self, trunk: &Trunk, calling: &str) -> Identity {
        let host = trunk.domain.clone().unwrap_or_else(|| self.settings.sip.realm.clone());
        match calling.parse() {
            Ok(number) => Identity { user: trunk.numbers.write(number), display: None, host },
            Err(_) => Identity::anonymous(),
        }
    }

    /// A provisional response: from 180 on somebody's telephone rings.
    pub(super) fn rang(&mut self, id: CallId, code: u16) {
        if let Some(slot) = self.calls.get_mut(&id) {
            slot.path.rang |= code == 180;
        }
    }

    /// Its target did what it is there for.
    pub(super) fn served(&mut self, id: CallId) {
        let Some(slot) = self.calls.get(&id) else { return };
        let Some(trunk) = slot.call.origin.dials() else { return };
        let target = slot.path.target;
        let line = self.trunks.get_mut(trunk);
        if let Some(health) = target.and_then(|target| line?.health(target)) {
            health.served();
        }
    }

    /// The stream of an INVITE that failed is not needed any more.
    pub(super) fn leave_stream(&mut self, now: Now, id: CallId, out: &mut Vec<Output>) {
        let party = self.calls.get_mut(&id).and_then(|slot| slot.call.customer.take());
        if let Some(party) = party {
            self.close_stream(now, party.stream, out);
        }
    }
}

fn form(form: Form) -> UriForm {
    match form {
        Form::Sip => UriForm::Sip,
        Form::Phone => UriForm::Phone,
        Form::Tel => UriForm::Tel,
    }
}

fn history(rule: IdentityRule) -> Option<History> {
    match rule.diverted {
        Diverted::Diversion => Some(History::Diversion),
        Diverted::HistoryInfo => Some(History::HistoryInfo),
        Diverted::None => None,
    }
}

fn claim(asserted: Asserted) -> Option<Claim> {
    match asserted {
        Asserted::Pai => Some(Claim::Asserted),
        Asserted::Ppi => Some(Claim::Preferred),
        Asserted::Rpid => Some(Claim::RemoteParty),
        Asserted::None => None,
    }
}
