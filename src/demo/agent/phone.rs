//! An agent's telephone: registers, answers the switch at once, and keeps the line.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use media::sdp::{self, Codec, Local, Policy, SrtpPolicy, SrtpSecret};
use sip::{Event, LegId, PeerId, Registration, Secret};
use tokio::sync::watch;

use super::Setup;
use crate::demo::clips::Sound;
use crate::demo::outcomes::Chance;
use crate::demo::party::Party;
use crate::demo::signalling::Signalling;
use crate::demo::signature::Chord;
use crate::demo::voice::Script;
use crate::demo::witness::Witness;

/// What a telephone is set up with.
#[derive(Clone, Debug)]
pub struct Telephone {
    /// User part of its address of record, and its digest user name.
    pub extension: String,
    /// The extension's own secret.
    pub secret: Secret,
    /// Host part of its address of record.
    pub domain: String,
}

/// How far a telephone is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineState {
    /// The registrar has not accepted it, or not yet.
    Unregistered,
    /// The switch can ring it.
    Registered,
    /// The switch rang and the line is up.
    Up,
}

#[derive(Debug)]
pub(super) struct Phone {
    signalling: Signalling,
    switch: SocketAddr,
    telephone: Telephone,
    party: Arc<Party>,
    chord: Chord,
    witness: Witness,
    leg: Option<LegId>,
    version: u64,
}

/// Longer than a demo, so that refreshes do not blur its figures.
const LIFETIME: Duration = Duration::from_mins(10);

/// How long an unplugged telephone waits for the answers to its BYE and REGISTER.
const FAREWELL: Duration = Duration::from_millis(800);

impl Phone {
    /// Binds a telephone's two sockets and enrols its voice with the witness.
    pub(super) async fn plug_in(
        setup: &Setup,
        telephone: Telephone,
        chord: Chord,
        speech: Sound,
        chance: &mut Chance,
    ) -> io::Result<Self> {
        let address = SocketAddr::new(setup.switch.ip(), 0);
        let config = sip::Config::new(telephone.domain.clone());
        let mut signalling = Signalling::bind(address, config, chance.bytes()).await?;
        let addresses = vec![(setup.switch.ip(), Some(setup.switch.port()))];
        let peer = sip::Peer { id: PeerId(1), addresses };
        signalling.act(|endpoint, _, _| endpoint.set_peer(peer));
        let script = Script::over_and_over(speech, Duration::from_millis(1_200));
        let party = Arc::new(setup.parties.seat(script, Some(chord), false)?);
        setup.witness.enrol(chord, Arc::clone(&party));
        Ok(Self {
            signalling,
            switch: setup.switch,
            telephone,
            party,
            chord,
            witness: setup.witness.clone(),
            leg: None,
            version: 0,
        })
    }

    /// Serves until it is unplugged; then hangs up, unregisters, and waits for the answers.
    pub(super) async fn run(
        mut self,
        line: watch::Sender<LineState>,
        mut unplugged: watch::Receiver<bool>,
    ) {
        let registration = Registration {
            flow: self.signalling.path(self.switch),
            user: self.telephone.extension.clone(),
            host: self.telephone.domain.clone(),
            auth_user: None,
            secret: self.telephone.secret.clone(),
            contact_user: None,
            expires: LIFETIME,
        };
        let id =
            self.signalling.act(|endpoint, now, out| endpoint.register(now, registration, out));
        loop {
            tokio::select! {
                event = self.signalling.next() => self.take(event, &line),
                _ = unplugged.wait_for(|out| *out) => break,
            }
        }
        let leg = self.leg;
        self.signalling.act(|endpoint, now, out| {
            if let Some(leg) = leg {
                endpoint.hang_up(now, leg, None, out);
            }
            endpoint.unregister(now, id, out);
        });
        // Running out of time is no fault: timers K of answered requests alone take 5 s.
        let farewell = async {
            loop {
                let event = self.signalling.next().await;
                self.take(event, &line);
            }
        };
        let _: Result<(), _> = tokio::time::timeout(FAREWELL, farewell).await;
        self.witness.dismiss(self.chord);
    }

    fn take(&mut self, event: Event, line: &watch::Sender<LineState>) {
        match event {
            Event::RegistrationUp { .. } => {
                let state = if self.leg.is_some() { LineState::Up } else { LineState::Registered };
                line.send_replace(state);
            }
            Event::RegistrationFailed { code, .. } => {
                let extension = &self.telephone.extension;
                tracing::warn!(extension, code, "a simulated telephone could not register");
                line.send_replace(LineState::Unregistered);
            }
            Event::Incoming { leg, sdp, .. } => self.pick_up(leg, sdp.as_deref()),
            Event::Confirmed { leg, .. } if self.leg == Some(leg) => {
                line.send_replace(LineState::Up);
            }
            Event::Offered { leg, sdp } => {
                let answer = self.answer_to(sdp.as_deref());
                self.signalling.act(|endpoint, now, out| match answer {
                    Some(answer) => endpoint.accept(now, leg, answer, out),
                    None => endpoint.refuse(now, leg, 488, out),
                });
            }
            Event::Ended { leg, .. } if self.leg == Some(leg) => {
                self.leg = None;
                line.send_replace(LineState::Registered);
            }
            _ => {}
        }
    }

    fn pick_up(&mut self, leg: LegId, offer: Option<&[u8]>) {
        let answer = if self.leg.is_some() { Err(486) } else { self.answer_to(offer).ok_or(488) };
        if answer.is_ok() {
            self.leg = Some(leg);
        }
        self.signalling.act(|endpoint, now, out| match answer {
            Ok(answer) => endpoint.answer(now, leg, answer, out),
            Err(code) => endpoint.reject(now, leg, code, out),
        });
    }

    /// Our SDP, and from now on our audio; `None` where the offer cannot be met.
    fn answer_to(&mut self, offer: Option<&[u8]>) -> Option<Bytes> {
        let address = self.party.address();
        self.version += 1;
        let local = Local {
            address: address.ip(),
            port: address.port(),
            session: u64::from(address.port()),
            version: self.version,
            srtp: SrtpPolicy::Off,
            secret: SrtpSecret::default(),
            web: None,
        };
        let both = sdp::Direction::SendRecv;
        let Some(offer) = offer else { return Some(sdp::offer(&local, &CODECS, both)) };
        match sdp::answer(&local, offer, &CODECS, both, &POLICY) {
            Ok((answer, negotiated)) => {
                self.party.connect(&negotiated);
                Some(answer)
            }
            Err(error) => {
                tracing::warn!(%error, "the switch's SDP is refused");
                None
            }
        }
    }
}

const CODECS: [Codec; 2] = [Codec::Pcmu, Codec::Pcma];

/// The whole demo is on loopback.
const POLICY: Policy = Policy { allow_loopback: true, own: None };
