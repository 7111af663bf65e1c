//! What is kept up with carriers beside calls: registrations with them, and OPTIONS that ask
//! whether they are there (INTEROP 21, 22, 25).

use std::net::SocketAddr;
use std::time::Duration;

use routing::{Trunk, TrunkId};
use sip::{Credentials, Event, Flow, PingId, Registration, RegistrationId, Secret};
use store::trunks::TrunkSecret;

use super::trunks::{Registered, Resolved};
use super::{Now, Output, Switch};

impl Switch {
    /// A trunk is new or changed.
    pub(super) fn set_trunk(&mut self, now: Now, trunk: Trunk, out: &mut Vec<Output>) {
        let id = trunk.id;
        let same = self.trunks.get(id).is_some_and(|line| {
            (&line.trunk.registration, &line.trunk.domain, line.trunk.enabled)
                == (&trunk.registration, &trunk.domain, trunk.enabled)
        });
        let peer = self.trunks.set(now, trunk);
        self.sip.set_peer(peer);
        self.touched.trunks.insert(id);
        if !same {
            self.register_anew(now, id, out);
        }
    }

    pub(super) fn remove_trunk(&mut self, now: Now, id: TrunkId, out: &mut Vec<Output>) {
        self.touched.trunks.insert(id);
        let Some(line) = self.trunks.remove(id) else { return };
        self.sip.remove_peer(line.peer);
        if let Some(own) = line.registration {
            self.sip(out, |sip, o| sip.unregister(now.at, own.id, o));
        }
    }

    /// What proves us to a carrier is new, or gone.
    pub(super) fn set_trunk_secret(
        &mut self,
        now: Now,
        id: TrunkId,
        secret: Option<TrunkSecret>,
        out: &mut Vec<Output>,
    ) {
        let Some(line) = self.trunks.get_mut(id) else { return };
        line.credentials = secret.map(|secret| Credentials {
            user: secret.username,
            secret: Secret::Password(secret.password),
        });
        self.register_anew(now, id, out);
    }

    /// Its names lead somewhere else now.
    pub(super) fn trunk_resolved(
        &mut self,
        now: Now,
        id: TrunkId,
        found: &[Resolved],
        out: &mut Vec<Output>,
    ) {
        let Some(peer) = self.trunks.resolved(id, found) else { return };
        self.sip.set_peer(peer);
        self.touched.trunks.insert(id);
        self.pace_all();
        let Some(line) = self.trunks.get(id) else { return };
        let lost = line
            .registration
            .is_none_or(|own| !line.targets().iter().any(|target| target.at.address == own.at));
        if lost {
            self.register_anew(now, id, out);
        }
    }

    /// Ends what was registered and registers as the settings now say.
    fn register_anew(&mut self, now: Now, id: TrunkId, out: &mut Vec<Output>) {
        let old = self.trunks.get_mut(id).and_then(|line| line.registration.take());
        if let Some(old) = old {
            self.sip(out, |sip, o| sip.unregister(now.at, old.id, o));
        }
        let Some((order, at)) = self.registration_of(id) else { return };
        let made = self.sip(out, |sip, o| sip.register(now.at, order, o));
        if let Some(line) = self.trunks.get_mut(id) {
            line.registration = Some(Registered { id: made, is_up: false, at });
        }
    }

    /// What a trunk's registration says; none while its password or its address is unknown.
    fn registration_of(&self, id: TrunkId) -> Option<(Registration, SocketAddr)> {
        let line = self.trunks.get(id).filter(|line| line.trunk.enabled)?;
        let wanted = line.trunk.registration.as_ref()?;
        let credentials = line.credentials.as_ref()?;
        let at = line.targets().first()?.at;
        let host = line.trunk.domain.clone().unwrap_or_else(|| at.address.to_string());
        let order = Registration {
            flow: self.flow_to(at)?,
            user: wanted.user.clone(),
            host,
            auth_user: Some(credentials.user.clone()),
            secret: credentials.secret.clone(),
            contact_user: None,
            expires: Duration::from_secs(wanted.expires_s.into()),
        };
        Some((order, at.address))
    }

    /// The path to a carrier's address.
    pub(super) fn flow_to(&self, there: Resolved) -> Option<Flow> {
        let local = self.settings.local_for(there)?;
        let Resolved { address: remote, transport, .. } = there;
        Some(Flow { transport, local, remote, connection: 0 })
    }

    /// What became of a registration or a question.
    pub(super) fn carrier_event(&mut self, now: Now, event: &Event, out: &mut Vec<Output>) {
        match *event {
            Event::RegistrationUp { id, .. } => self.registered(id, true),
            Event::RegistrationFailed { id, code, retry_in } => {
                self.registered(id, false);
                self.registration_failed(id, code, retry_in, out);
            }
            Event::Pong { ping, code } => self.pong(now, ping, code),
            _ => {}
        }
    }

    fn registered(&mut self, id: RegistrationId, up: bool) {
        let Some(line) = self.trunks.of_registration(id) else { return };
        let trunk = line.trunk.id;
        line.registration = line.registration.map(|own| Registered { is_up: up, ..own });
        self.touched.trunks.insert(trunk);
    }

    /// Where nothing answered, the next try goes to the carrier's next address.
    fn registration_failed(
        &mut self,
        id: RegistrationId,
        code: Option<u16>,
        retry_in: Option<Duration>,
        out: &mut Vec<Output>,
    ) {
        let Some(line) = self.trunks.of_registration(id) else { return };
        let said = code.map_or_else(|| "no answer".to_owned(), |code| code.to_string());
        let again = retry_in.map_or_else(String::new, |wait| format!(", again in {wait:?}"));
        let name = &line.trunk.name;
        out.push(Output::Warn(format!("trunk {name}: not registered: {said}{again}")));
        let at = line.registration.map(|own| own.at);
        let targets: Vec<_> = line.targets().iter().map(|target| target.at).collect();
        let place = targets.iter().position(|one| Some(one.address) == at);
        let next = place.and_then(|place| targets.get((place + 1) % targets.len())).copied();
        let Some(next) = next.filter(|_| code.is_none()) else { return };
        let Some(flow) = self.flow_to(next) else { return };
        self.sip.redirect_registration(id, flow);
        if let Some(line) = self.trunks.of_registration(id) {
            line.registration = line.registration.map(|own| Registered { at: next.address, ..own });
        }
    }

    /// Asks every trunk whose time has come whether it is there.
    pub(super) fn tick_trunks(&mut self, now: Now, out: &mut Vec<Output>) {
        let mut questions = vec![];
        for line in self.trunks.iter_mut() {
            if line.ask_at.is_some_and(|at| at <= now.at) {
                line.asked(now.at);
                let (id, domain) = (line.trunk.id, line.trunk.domain.clone());
                let targets = line.targets().iter().map(|target| target.at);
                questions.extend(targets.map(|at| (id, domain.clone(), at)));
            }
        }
        for (id, domain, at) in questions {
            let Some(flow) = self.flow_to(at) else { continue };
            let host = domain.as_deref();
            let ping = self.sip(out, |sip, o| sip.ping(now.at, flow, host, ANSWER_IN, o));
            self.trunks.pings.insert(ping, (id, at.address));
        }
    }

    /// INTEROP 25: any answer but 408 and 503 means alive.
    fn pong(&mut self, now: Now, ping: PingId, code: Option<u16>) {
        let Some((id, address)) = self.trunks.pings.remove(&ping) else { return };
        let Some(health) = self.trunks.get_mut(id).and_then(|line| line.health(address)) else {
            return;
        };
        let before = health.is_usable(now.at);
        match code {
            None | Some(408 | 503) => health.missed(now.at),
            Some(_) => health.heard(),
        }
        if health.is_usable(now.at) != before {
            self.touched.trunks.insert(id);
            self.pace_all();
        }
    }
}

/// How long a carrier may take to answer OPTIONS; shorter than any pace of asking.
const ANSWER_IN: Duration = Duration::from_secs(4);
