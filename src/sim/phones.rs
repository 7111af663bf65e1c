//! The agents' telephones: each a `sip::Endpoint` of its own that registers and takes its line.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use media::sdp::{self, Codec, Direction, Local, Policy, SrtpPolicy, SrtpSecret};
use sip::{Endpoint, Event, Flow, LegId, Output, Peer, PeerId, Registration, Secret};

use super::agenda::{Happening, Knock};
use super::clock::Clock;
use super::errand::{Errand, Errands};
use super::plan::{Fault, Faults};
use super::scene::{PASSWORD, REALM, Scene, switch_address};
use crate::demo::outcomes::Chance;

/// All telephones; each has its agent's number in the scene.
#[derive(Debug)]
pub(super) struct Phones {
    all: Vec<Phone>,
    by_address: HashMap<SocketAddr, usize>,
    faults: Faults,
    chance: Chance,
}

#[derive(Debug)]
struct Phone {
    index: usize,
    /// None while it is unplugged.
    endpoint: Option<Endpoint>,
    extension: String,
    /// Its own address, and the one that the switch sees.
    inside: SocketAddr,
    outside: SocketAddr,
    line: Option<LegId>,
    /// A call that rings and has not been picked up.
    ringing: Option<(LegId, Bytes)>,
    wake: Option<Duration>,
    version: u64,
    held: bool,
}

impl Phones {
    pub(super) fn new(scene: &Scene, faults: Faults, seed: [u8; 32]) -> Self {
        let phones: Vec<_> = (0..scene.agents.len())
            .map(|index| Phone::new(index, scene.extension(index)))
            .collect();
        let by_address = phones.iter().map(|phone| (phone.outside, phone.index)).collect();
        Self { all: phones, by_address, faults, chance: Chance::new(seed, "phones") }
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// What the switch sees of a telephone.
    pub(super) fn address(&self, index: usize) -> SocketAddr {
        self.all[index].outside
    }

    /// Plugs a telephone in: it registers.
    pub(super) fn plug_in(
        &mut self,
        (clock, at): (&Clock, Duration),
        index: usize,
        errands: &mut Errands,
    ) {
        let Some(phone) = self.all.get_mut(index) else { return };
        if phone.endpoint.is_some() {
            return;
        }
        let mut endpoint = Endpoint::new(sip::Config::new(REALM), self.chance.bytes());
        let addresses = vec![(switch_address().ip(), None)];
        endpoint.set_peer(Peer { id: PeerId(1), addresses });
        phone.endpoint = Some(endpoint);
        let registration = Registration {
            flow: Flow::udp(phone.inside, switch_address()),
            user: phone.extension.clone(),
            host: REALM.to_owned(),
            auth_user: None,
            secret: Secret::Password(PASSWORD.to_owned()),
            contact_user: None,
            expires: Duration::from_mins(10),
        };
        let register = |endpoint: &mut Endpoint, now: Instant, out: &mut Vec<Output>| {
            endpoint.register(now, registration, out);
        };
        let told = phone.act((clock, at), register, errands);
        debug_assert!(told.is_empty(), "nothing has been answered yet");
    }

    /// A telephone loses its power: it says nothing, and knows nothing afterwards.
    pub(super) fn crash(&mut self, at: Duration, index: usize, errands: &mut Errands) {
        let back = at + self.chance.ms(&(4_000..=90_000));
        let phone = &mut self.all[index];
        phone.endpoint = None;
        phone.line = None;
        phone.ringing = None;
        phone.wake = None;
        errands.push(Errand::Mute(phone.audio()));
        errands.push(Errand::At(back, Happening::Handset(index, Knock::PlugIn)));
    }

    /// Everybody goes home: no telephone says anything any more.
    pub(super) fn unplug_all(&mut self) {
        for phone in &mut self.all {
            phone.endpoint = None;
        }
    }

    /// Where audio comes from again when this is done to the telephone.
    pub(super) fn audio_back(&self, index: usize, knock: Knock) -> Option<SocketAddr> {
        matches!(knock, Knock::PlugIn).then(|| self.all[index].audio())
    }

    /// The NAT in front of it forgets: from now on it is seen at another port (FAULTS F10).
    pub(super) fn move_away(&mut self, index: usize) {
        let phone = &mut self.all[index];
        self.by_address.remove(&phone.outside);
        let port = phone.outside.port();
        phone.outside.set_port(if port < 60_000 { port + 40 } else { 5_060 });
        self.by_address.insert(phone.outside, index);
    }

    /// The handset is put down.
    pub(super) fn hang_up(&mut self, now: (&Clock, Duration), index: usize, errands: &mut Errands) {
        let phone = &mut self.all[index];
        if let Some(leg) = phone.line {
            let told = phone.act(now, |one, at, out| one.hang_up(at, leg, None, out), errands);
            self.take(now, index, told, errands);
        }
    }

    /// The telephone's own hold key.
    pub(super) fn hold(&mut self, now: (&Clock, Duration), index: usize, errands: &mut Errands) {
        let phone = &mut self.all[index];
        if let Some(leg) = phone.line {
            phone.held = !phone.held;
            let way = if phone.held { Direction::SendOnly } else { Direction::SendRecv };
            phone.version += 1;
            let offer = sdp::offer(&phone.local(), &CODECS, way);
            let told = phone.act(now, |one, at, out| one.offer(at, leg, offer, out), errands);
            self.take(now, index, told, errands);
        }
    }

    pub(super) fn knock(
        &mut self,
        now: (&Clock, Duration),
        index: usize,
        knock: Knock,
        errands: &mut Errands,
    ) {
        match knock {
            Knock::PlugIn => self.plug_in(now, index, errands),
            Knock::PickUp => {
                let phone = &mut self.all[index];
                if let Some((leg, answer)) = phone.ringing.take() {
                    phone.line = Some(leg);
                    let told =
                        phone.act(now, |one, at, out| one.answer(at, leg, answer, out), errands);
                    self.take(now, index, told, errands);
                }
            }
        }
    }

    /// A message of the switch; false when nobody has this address.
    pub(super) fn receive(
        &mut self,
        now: (&Clock, Duration),
        far: SocketAddr,
        bytes: Bytes,
        errands: &mut Errands,
    ) -> bool {
        let Some(&index) = self.by_address.get(&far) else { return false };
        let phone = &mut self.all[index];
        let path = Flow::udp(phone.inside, switch_address());
        let told = phone.act(now, |one, at, out| one.receive(at, path, bytes, out), errands);
        self.take(now, index, told, errands);
        true
    }

    /// A telephone's own timer.
    pub(super) fn wake(&mut self, now: (&Clock, Duration), index: usize, errands: &mut Errands) {
        let phone = &mut self.all[index];
        if phone.wake.is_none_or(|wake| wake > now.1) {
            return;
        }
        phone.wake = None;
        let told = phone.act(now, Endpoint::tick, errands);
        self.take(now, index, told, errands);
    }

    fn take(
        &mut self,
        now: (&Clock, Duration),
        index: usize,
        mut told: Vec<Event>,
        errands: &mut Errands,
    ) {
        while !told.is_empty() {
            for event in std::mem::take(&mut told) {
                told.extend(self.event(now, index, event, errands));
            }
        }
    }

    fn event(
        &mut self,
        now: (&Clock, Duration),
        index: usize,
        event: Event,
        errands: &mut Errands,
    ) -> Vec<Event> {
        match event {
            Event::Incoming { leg, sdp, .. } => self.rings(now, index, leg, sdp.as_ref(), errands),
            Event::Offered { leg, sdp } => {
                let phone = &mut self.all[index];
                match phone.answer(sdp.as_ref()) {
                    Some(answer) => {
                        phone.act(now, |one, at, out| one.accept(at, leg, answer, out), errands)
                    }
                    None => phone.act(now, |one, at, out| one.refuse(at, leg, 488, out), errands),
                }
            }
            Event::Ended { leg, .. } => {
                let phone = &mut self.all[index];
                if phone.line == Some(leg) {
                    phone.line = None;
                    phone.held = false;
                }
                phone.ringing.take_if(|(ringing, _)| *ringing == leg);
                vec![]
            }
            _ => vec![],
        }
    }

    /// The switch rings: an old line is given up for the new one.
    fn rings(
        &mut self,
        now: (&Clock, Duration),
        index: usize,
        leg: LegId,
        sdp: Option<&Bytes>,
        errands: &mut Errands,
    ) -> Vec<Event> {
        let odd = self.faults.has(Fault::Handsets) && self.chance.happens(200);
        let (turn, patience) = (self.chance.below(4), self.chance.ms(&(500..=45_000)));
        let phone = &mut self.all[index];
        let mut told = vec![];
        if let Some(old) = phone.line.take() {
            told.extend(phone.act(now, |one, at, out| one.hang_up(at, old, None, out), errands));
        }
        let answer = phone.answer(sdp);
        let Some(answer) = answer.filter(|_| !(odd && turn == 0)) else {
            told.extend(phone.act(now, |one, at, out| one.reject(at, leg, 486, out), errands));
            return told;
        };
        if odd {
            phone.ringing = Some((leg, answer));
            told.extend(phone.act(
                now,
                |one, at, out| one.progress(at, leg, 180, None, out),
                errands,
            ));
            if turn != 1 {
                let at = now.1 + patience;
                errands.push(Errand::At(at, Happening::Handset(index, Knock::PickUp)));
            }
        } else {
            phone.line = Some(leg);
            told.extend(phone.act(now, |one, at, out| one.answer(at, leg, answer, out), errands));
        }
        told
    }
}

impl Phone {
    fn new(index: usize, extension: String) -> Self {
        let [.., high, low] = u32::try_from(index + 1).unwrap_or(1).to_be_bytes();
        let port = 5_060 + u16::try_from(index % 40).unwrap_or(0);
        let inside = SocketAddr::from(([10, 1, high, low], port));
        Self {
            index,
            endpoint: None,
            extension,
            inside,
            outside: inside,
            line: None,
            ringing: None,
            wake: None,
            version: 1,
            held: false,
        }
    }

    fn audio(&self) -> SocketAddr {
        SocketAddr::new(self.inside.ip(), RTP_PORT)
    }

    fn local(&self) -> Local {
        let (address, version) = (self.inside.ip(), self.version);
        let (srtp, secret) = (SrtpPolicy::Off, SrtpSecret::default());
        Local { address, port: RTP_PORT, session: 1, version, srtp, secret, web: None }
    }

    fn answer(&mut self, offer: Option<&Bytes>) -> Option<Bytes> {
        self.version += 1;
        let local = self.local();
        let both = Direction::SendRecv;
        match offer {
            None => Some(sdp::offer(&local, &CODECS, both)),
            Some(offer) => {
                let answer = sdp::answer(&local, offer, &CODECS, both, &Policy::default());
                answer.ok().map(|(answer, _)| answer)
            }
        }
    }

    /// Does something; its bytes go out, its events come back.
    fn act(
        &mut self,
        (clock, at): (&Clock, Duration),
        verb: impl FnOnce(&mut Endpoint, Instant, &mut Vec<Output>),
        errands: &mut Errands,
    ) -> Vec<Event> {
        let Some(endpoint) = &mut self.endpoint else { return vec![] };
        let (mut out, mut events) = (vec![], vec![]);
        verb(endpoint, clock.at(at).at, &mut out);
        for output in out {
            match output {
                Output::Send { bytes, .. } => errands.push(Errand::Send(self.outside, bytes)),
                Output::Event(event) => events.push(event),
            }
        }
        let due = endpoint.deadline().map(|due| clock.moment(due).max(at));
        if let Some(due) = due.filter(|due| self.wake.is_none_or(|wake| *due < wake)) {
            self.wake = Some(due);
            errands.push(Errand::At(due, Happening::Phone(self.index)));
        }
        events
    }
}

const CODECS: [Codec; 2] = [Codec::Pcma, Codec::Pcmu];
const RTP_PORT: u16 = 4_000;
