//! A telephone that calls somebody itself, as an endpoint of its own.

use media::sdp::{self, Codec, Direction};
use sip::{Credentials, Destination, Flow, Identity, Invite, LegId, PeerId, Secret};

use super::{Manner, World, switch_address};

impl World {
    /// The telephone of the agent at this index calls somebody.
    pub(in crate::switch::tests) fn phone_calls(&mut self, index: usize, user: &str) -> LegId {
        let (extension, now) = (self.extension(index), self.now);
        let phone = &mut self.phones[index];
        let sdp = sdp::offer(&phone.local(4_900), &[Codec::Pcmu], Direction::SendRecv);
        let (id, flow) = (PeerId(1), Flow::udp(phone.address, switch_address()));
        let secret = Secret::Password("secret".to_owned());
        let invite = Invite {
            to: Destination::Peer { id, user: user.to_owned(), flow },
            from: Identity { user: extension.clone(), display: None, host: "far".to_owned() },
            asserted: None,
            sdp: Some(sdp),
            headers: vec![],
            credentials: Some(Credentials { user: extension, secret }),
            timer_b: None,
        };
        let mut leg = None;
        let sent = phone.act(now, |endpoint, out| {
            leg = Some(endpoint.invite(now, invite, out).unwrap());
        });
        self.waiting.extend(sent);
        self.settle();
        leg.unwrap()
    }

    /// The telephone hangs up what it called.
    pub(in crate::switch::tests) fn phone_ends(&mut self, index: usize, leg: LegId) {
        let now = self.now;
        let hang_up = |endpoint: &mut sip::Endpoint, out: &mut Vec<sip::Output>| {
            endpoint.hang_up(now, leg, None, out);
        };
        let sent = self.phones[index].act(now, hang_up);
        self.waiting.extend(sent);
        self.settle();
    }

    /// The hold key: what the telephone called, or its line where that is none.
    pub(in crate::switch::tests) fn phone_holds(
        &mut self,
        index: usize,
        called: Option<LegId>,
        holds: bool,
    ) {
        let now = self.now;
        let phone = &mut self.phones[index];
        let leg = called.unwrap_or(phone.legs.last().unwrap().0);
        let port = if called.is_some() { 4_900 } else { 4_000 };
        let direction = if holds { Direction::SendOnly } else { Direction::SendRecv };
        let mut local = phone.local(port);
        local.version = u64::try_from(self.sent).unwrap() + 2;
        let sdp = sdp::offer(&local, &[Codec::Pcmu], direction);
        let sent = phone.act(now, |endpoint, out| endpoint.offer(now, leg, sdp, out));
        self.waiting.extend(sent);
        self.settle();
    }

    /// The telephone dies, and the plane hears nothing of its line any more.
    pub(in crate::switch::tests) fn phone_dies(&mut self, index: usize) {
        self.phones[index].manner = Manner::IsSilent;
        let agent = self.scene.agents[index].id;
        let stream = self.switch.line_up(agent).unwrap().stream;
        self.media_says(media::Event::Quiet { stream, for_ms: 3_000 });
    }

    /// The transfer key while it has called somebody: REFER with Replaces in its line's dialog.
    pub(in crate::switch::tests) fn phone_puts_through(
        &mut self,
        index: usize,
        user: &str,
    ) -> Vec<String> {
        let value = |name: &str, within: &str| {
            let line = self.taken.lines().find(|line| line.starts_with(name)).unwrap();
            let text = line.split_once(within).unwrap().1;
            text.split(';').next().unwrap().trim().to_owned()
        };
        let (ours, theirs) = (value("From:", "tag="), value("To:", "tag="));
        let (call, at) = (value("Call-ID:", ":"), switch_address());
        let replaces = format!("{call}%3Bto-tag%3D{theirs}%3Bfrom-tag%3D{ours}");
        self.refers(index, &format!("sip:{user}@{at}?Replaces={replaces}"))
    }

    /// How the last call of the telephone that ended was refused, if it was.
    pub(in crate::switch::tests) fn phone_heard(&self, index: usize) -> Option<u16> {
        self.phones[index].refused
    }
}
