//! What carriers and the people behind them do, and what reached them.

use std::net::SocketAddr;

use admin_api::control::Change;
use dialer::campaigns::ConnectFrom;
use dialer::rules::{ConsentRule, shipped};
use dialer::{CallingWindow, LegalProfile};
use media::sdp::{self, Codec, Direction};
use sip::{Flow, PeerId, Secret};
use uuid::Uuid;

use super::far::{Far, Manner};
use super::{CUSTOMER, World, switch_address};

impl World {
    /// The carrier's network is gone, or is there again.
    /// How many INVITEs were sent to this number, each repetition counted.
    pub(in crate::switch::tests) fn invites_to(&self, number: &str) -> usize {
        self.invites.iter().filter(|user| *user == number).count()
    }

    pub(in crate::switch::tests) fn carrier_answers(&mut self) {
        let (leg, answer) = self.carrier.legs.last().cloned().unwrap();
        let now = self.now;
        let sent = self.carrier.act(now, |endpoint, out| endpoint.answer(now, leg, answer, out));
        self.waiting.extend(sent);
        self.settle();
    }

    /// The customer's side puts us on hold.
    pub(in crate::switch::tests) fn customer_holds(&mut self) {
        let (leg, now) = (self.carrier.legs.last().unwrap().0, self.now);
        let mut local = self.carrier.local(4_000);
        local.version = 2;
        let sdp = sdp::offer(&local, &[Codec::Pcmu], Direction::SendOnly);
        let sent = self.carrier.act(now, |endpoint, out| endpoint.offer(now, leg, sdp, out));
        self.waiting.extend(sent);
        self.settle();
    }

    /// The customer's side puts us on hold when it is asked the next time.
    pub(in crate::switch::tests) fn customer_answers_on_hold(&mut self) {
        self.carrier.wish = Direction::SendOnly;
    }

    /// Somebody calls the queue's number and leaves the offer to us (RFC 3264 §5, late offer).
    pub(in crate::switch::tests) fn caller_without_an_offer(&mut self) {
        let flow = Flow::udp(self.carrier.address, switch_address());
        let user = self.scene.dids[0].number.to_string();
        let invite = sip::Invite {
            to: sip::Destination::Peer { id: PeerId(1), user, flow },
            from: sip::Identity {
                user: CUSTOMER.to_owned(),
                display: None,
                host: "192.0.2.2".to_owned(),
            },
            asserted: None,
            sdp: None,
            headers: vec![],
            credentials: None,
            timer_b: None,
        };
        let now = self.now;
        let sent = self.carrier.act(now, |endpoint, out| {
            endpoint.invite(now, invite, out).unwrap();
        });
        self.waiting.extend(sent);
        self.settle();
    }

    /// The caller answers the offer that came in our 200.
    pub(in crate::switch::tests) fn caller_answers_our_offer(&mut self) {
        let (leg, offer) = self.carrier.offered.take().unwrap();
        let (answer, now) = (self.carrier.describe(&offer), self.now);
        let sent = self.carrier.act(now, |endpoint, out| endpoint.accept(now, leg, answer, out));
        self.waiting.extend(sent);
        self.settle();
    }

    /// Somebody calls a number of ours through the carrier; the leg is the newest.
    pub(in crate::switch::tests) fn carrier_calls(&mut self, calling: &str, called: &str) {
        self.carrier_says(calling, called, false);
    }

    /// The same; the carrier asserts who calls, or passes on what the caller says.
    pub(in crate::switch::tests) fn carrier_says(
        &mut self,
        calling: &str,
        called: &str,
        asserted: bool,
    ) {
        let (now, address) = (self.now, self.carrier.address);
        let local = self.carrier.local(4_900);
        let offer = sdp::offer(&local, &[Codec::Pcmu], Direction::SendRecv);
        let flow = Flow::udp(address, switch_address());
        let identity = |user: &str| sip::Identity {
            user: user.to_owned(),
            display: None,
            host: "carrier".to_owned(),
        };
        let invite = sip::Invite {
            to: sip::Destination::Address { uri: format!("sip:{called}@192.0.2.1"), flow },
            from: identity(calling),
            asserted: asserted.then(|| identity(calling)),
            sdp: Some(offer.clone()),
            headers: vec![],
            credentials: None,
            timer_b: None,
        };
        let mut leg = None;
        let sent = self.carrier.act(now, |endpoint, out| {
            leg = endpoint.invite(now, invite, out).ok();
        });
        self.carrier.legs.push((leg.unwrap(), offer));
        self.carrier.called.push((calling.to_owned(), None));
        self.waiting.extend(sent);
        self.settle();
    }

    /// The newest leg of the carrier is answered, if it rings.
    pub(in crate::switch::tests) fn answers_newest(&mut self) {
        if !self.carrier.legs.is_empty() {
            self.carrier_answers();
        }
    }

    /// The carrier's leg at this index is hung up from there, if there is one.
    pub(in crate::switch::tests) fn leg_hangs_up_if_any(&mut self, index: usize) {
        if index < self.carrier.legs.len() {
            self.leg_hangs_up(index);
        }
    }

    /// The carrier's leg at this index is hung up from there.
    pub(in crate::switch::tests) fn leg_hangs_up(&mut self, index: usize) {
        let (leg, now) = (self.carrier.legs[index].0, self.now);
        let sent = self.carrier.act(now, |endpoint, out| endpoint.hang_up(now, leg, None, out));
        self.waiting.extend(sent);
        self.settle();
    }

    pub(in crate::switch::tests) fn carrier_hangs_up(&mut self) {
        let (leg, now) = (self.carrier.legs.last().unwrap().0, self.now);
        let sent = self.carrier.act(now, |endpoint, out| endpoint.hang_up(now, leg, None, out));
        self.waiting.extend(sent);
        self.settle();
    }

    pub(in crate::switch::tests) fn carrier_rang(&self) -> usize {
        self.carrier.legs.len()
    }

    /// What the trunk's own carrier does from now on.
    pub(in crate::switch::tests) fn carrier_is(&mut self, manner: Manner) {
        self.carrier.manner = manner;
    }

    /// One more address at which a carrier is; its index, from 0.
    pub(in crate::switch::tests) fn spare(&mut self, manner: Manner) -> SocketAddr {
        let last = 10 + u8::try_from(self.spares.len()).unwrap();
        self.spares.push(Far::new(last, manner));
        self.spares.last().unwrap().address
    }

    /// How often a spare address was called.
    pub(in crate::switch::tests) fn spare_rang(&self, index: usize) -> usize {
        self.spares[index].legs.len()
    }

    /// Whom the last INVITE called, and who was said to call.
    pub(in crate::switch::tests) fn carrier_heard(&self) -> (String, Option<String>) {
        self.carrier.called.last().cloned().unwrap()
    }

    /// The carrier knows us by an account and not by our address.
    pub(in crate::switch::tests) fn carrier_wants_proof(&mut self, user: &str, password: &str) {
        let secret = Secret::Password(password.to_owned());
        self.carrier.endpoint.remove_peer(PeerId(1));
        self.carrier.endpoint.set_account(sip::Account::new(user, secret));
    }

    pub(in crate::switch::tests) fn carrier_knows(&self, user: &str) -> bool {
        self.carrier.endpoint.is_registered(user)
    }

    /// The campaign's law: nobody who rings may be given up (RULES DE).
    pub(in crate::switch::tests) fn telephones_ring_on(&mut self) {
        let law = LegalProfile {
            window: CallingWindow::always(),
            consent: ConsentRule::None,
            cancel_ringing: false,
            opt_out_key: false,
            connect_from: ConnectFrom::Greeting,
            ..shipped().remove(0)
        };
        self.scene.campaign.profile = Some(law.id);
        self.tell(Change::Profile(Box::new(law)));
        let campaign = self.scene.campaign.clone();
        self.tell(Change::Campaign(Box::new(campaign)));
    }

    /// The trunk of the campaign, changed.
    pub(in crate::switch::tests) fn trunk(&mut self, change: impl FnOnce(&mut routing::Trunk)) {
        change(&mut self.scene.trunk);
        let trunk = self.scene.trunk.clone();
        self.tell(Change::Trunk(Box::new(trunk)));
    }

    /// A second trunk for the campaign.
    pub(in crate::switch::tests) fn second_trunk(&mut self, at: SocketAddr) {
        let address = routing::TrunkAddress {
            host: at.ip().to_string(),
            port: Some(at.port()),
            transport: None,
        };
        let id = Uuid::from_u128(4_711).into();
        let trunk = routing::Trunk {
            destinations: self.scene.trunk.destinations.clone(),
            probe_s: 0,
            ..routing::Trunk::new(id, "Second", vec![address])
        };
        self.scene.campaign.trunks.push(id);
        self.tell(Change::Trunk(Box::new(trunk)));
        let campaign = self.scene.campaign.clone();
        self.tell(Change::Campaign(Box::new(campaign)));
    }

    pub(in crate::switch::tests) fn trunk_id(&self) -> routing::TrunkId {
        self.scene.trunk.id
    }

    pub(in crate::switch::tests) fn carrier_ended(&self) -> usize {
        self.carrier.ended
    }
}
