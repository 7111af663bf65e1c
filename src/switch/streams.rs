//! The RTP streams of all legs: their ports, what SDP said of them, and who hears whom.
//!
//! A port is taken before the INVITE or the answer that names it leaves, and comes back when its
//! stream has closed, or at once when the stream was never opened. A stream is opened when offer
//! and answer are both known.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Instant;

use bytes::Bytes;
use media::sdp::{
    self, Codec, Direction, Local, Negotiated, Policy, SdpError, SrtpPolicy, SrtpSecret, WebEnd,
};
use media::{Command, Country, Ports, Prompt, PromptId, Route, Signal, Standing, StreamId};

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};
use routing::CallId;

use super::settings::WebDoor;
use super::{Now, Output, Owner, Settings, Switch};
use crate::call::{Input, State};

/// Every stream that has a port.
#[derive(Debug)]
pub(super) struct Streams {
    ports: Ports,
    next: u64,
    by_id: BTreeMap<StreamId, Stream>,
    address: IpAddr,
    policy: Policy,
    web: Option<WebDoor>,
    /// Of telephones, and of browsers.
    codecs: Vec<Codec>,
    web_codecs: Vec<Codec>,
    /// Makes the secrets of protected streams.
    random: ChaCha20Rng,
}

/// One stream from our side.
#[derive(Debug)]
struct Stream {
    owner: Owner,
    local: Local,
    /// What we last said; a version rises only when it changes (INTEROP 28).
    said: Option<Bytes>,
    /// Where its signalling comes from: behind NAT its RTP is learnt from there (FAULTS S8).
    signalling: IpAddr,
    /// What we last offered, or answered.
    direction: Direction,
    /// What offer and answer came to.
    agreed: Option<(Codec, Direction)>,
    stage: Stage,
    /// A packet of its party came.
    heard: bool,
    /// What is offered and taken, preferred first.
    codecs: Vec<Codec>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Reserved,
    Open,
    Closing,
}

impl Streams {
    pub(super) fn new(settings: &Settings, [seed, secrets]: [[u8; 32]; 2]) -> Self {
        Self {
            ports: Ports::new(settings.ports_ahead, seed),
            random: ChaCha20Rng::from_seed(secrets),
            next: 1,
            by_id: BTreeMap::new(),
            address: settings.media_address,
            policy: settings.sdp_policy(),
            web: settings.web,
            codecs: settings.codecs.clone(),
            web_codecs: settings.web_codecs.clone(),
        }
    }

    /// What SDP names from now on; streams that have said something keep what they said.
    pub(super) fn set_address(&mut self, settings: &Settings) {
        self.address = settings.media_address;
        self.policy = settings.sdp_policy();
    }

    /// A port and a number for a new leg, protected as the leg's policy says (FAULTS S9); none when
    /// every port is in use.
    pub(super) fn reserve(
        &mut self,
        now: Instant,
        owner: Owner,
        signalling: IpAddr,
        srtp: SrtpPolicy,
    ) -> Option<(StreamId, u16)> {
        let port = self.ports.take(now)?;
        Some((self.add(owner, signalling, port, srtp, None), port))
    }

    /// A number for a leg to a browser, whose audio comes by the port that all of them share; none
    /// where there is no such port.
    pub(super) fn reserve_web(
        &mut self,
        owner: Owner,
        signalling: IpAddr,
    ) -> Option<(StreamId, u16)> {
        let door = self.web?;
        let id = self.add(owner, signalling, door.port, SrtpPolicy::Off, Some(door));
        Some((id, door.port))
    }

    fn add(
        &mut self,
        owner: Owner,
        signalling: IpAddr,
        port: u16,
        srtp: SrtpPolicy,
        door: Option<WebDoor>,
    ) -> StreamId {
        let mut secret = SrtpSecret::default();
        self.random.fill_bytes(&mut secret.0);
        let id = StreamId(self.next);
        self.next += 1;
        let web = door.map(|door| WebEnd::new(door.fingerprint, &secret));
        let (address, session, version) = (self.address, id.0, 1);
        let local = Local { address, port, session, version, srtp, secret, web };
        let (said, direction, stage) = (None, Direction::SendRecv, Stage::Reserved);
        let codecs =
            if local.web.is_some() { self.web_codecs.clone() } else { self.codecs.clone() };
        let (agreed, heard) = (None, false);
        let stream =
            Stream { owner, local, said, signalling, direction, agreed, stage, heard, codecs };
        self.by_id.insert(id, stream);
        id
    }

    /// What a trunk lets a stream offer and take, best first.
    pub(super) fn speak(&mut self, id: StreamId, wanted: &[routing::Codec]) {
        if let Some(stream) = self.by_id.get_mut(&id) {
            stream.codecs = wanted.iter().map(|codec| spoken(*codec)).collect();
        }
    }

    /// Our offer; the same words again unless the direction changed.
    pub(super) fn offer(&mut self, id: StreamId, direction: Direction) -> Option<Bytes> {
        let stream = self.by_id.get_mut(&id)?;
        stream.direction = direction;
        let codecs = stream.codecs.clone();
        Some(stream.say(|local| sdp::offer(local, &codecs, direction)))
    }

    /// Whether a packet of its party ever came.
    pub(super) fn was_heard(&self, id: StreamId) -> bool {
        self.by_id.get(&id).is_some_and(|stream| stream.heard)
    }

    /// Whether a browser is the party, whose way is found by ICE.
    pub(super) fn is_web(&self, id: StreamId) -> bool {
        self.by_id.get(&id).is_some_and(|stream| stream.local.web.is_some())
    }

    /// Our next offer to a browser restarts ICE.
    pub(super) fn restart_ice(&mut self, id: StreamId) {
        let Some(stream) = self.by_id.get_mut(&id) else { return };
        let secret = stream.local.secret;
        if let Some(end) = &mut stream.local.web {
            end.restart(&secret);
        }
    }

    /// The far side would not have our last offer.
    pub(super) fn offer_refused(&mut self, id: StreamId) {
        if let Some(end) = self.by_id.get_mut(&id).and_then(|stream| stream.local.web.as_mut()) {
            end.keep();
        }
    }

    /// Our answer to `offer`, and what was agreed.
    pub(super) fn answer(
        &mut self,
        id: StreamId,
        offer: &[u8],
    ) -> Result<(Bytes, Negotiated), SdpError> {
        let policy = self.policy;
        let Some(stream) = self.by_id.get_mut(&id) else { return Err(gone()) };
        let wish = Direction::SendRecv;
        let codecs = stream.codecs.clone();
        let (_, agreed) = sdp::answer(&stream.local, offer, &codecs, wish, &policy)?;
        stream.direction = agreed.direction;
        let said = stream.say(|local| {
            sdp::answer(local, offer, &codecs, wish, &policy)
                .map(|(said, _)| said)
                .unwrap_or_default()
        });
        stream.note(&agreed);
        Ok((said, agreed))
    }

    /// What was agreed by the answer to our offer.
    pub(super) fn accept(&mut self, id: StreamId, answer: &[u8]) -> Result<Negotiated, SdpError> {
        let stream = self.by_id.get_mut(&id).ok_or_else(gone)?;
        let Stream { local, codecs, direction, .. } = stream;
        let agreed = sdp::accept(local, answer, codecs, *direction, &self.policy)?;
        stream.note(&agreed);
        Ok(agreed)
    }

    /// A stream is over, or never was; its port rests, if it had one of its own.
    fn forget(&mut self, now: Instant, id: StreamId) {
        let port = self.by_id.remove(&id).and_then(|stream| stream.own_port());
        if let Some(port) = port {
            self.ports.give_back(now, port);
        }
    }

    /// Whether offer and answer are both known.
    pub(super) fn is_open(&self, id: StreamId) -> bool {
        self.by_id.get(&id).is_some_and(|stream| stream.stage == Stage::Open)
    }

    /// Whether its far side has put us on hold (INTEROP 29).
    pub(super) fn is_held(&self, id: StreamId) -> bool {
        let agreed = self.by_id.get(&id).and_then(|stream| stream.agreed);
        matches!(agreed, Some((_, Direction::RecvOnly | Direction::Inactive)))
    }

    /// Whether the two are relayed as they are, and would have to be decoded only to be followed.
    pub(super) fn are_dear_to_follow(&self, [a, b]: [StreamId; 2]) -> bool {
        let codec =
            |id| self.by_id.get(&id).and_then(|stream| stream.agreed).map(|agreed| agreed.0);
        codec(a) == codec(b) && codec(a).is_some_and(|codec| codec.law().is_none())
    }

    pub(super) fn owner(&self, id: StreamId) -> Option<Owner> {
        self.by_id.get(&id).map(|stream| stream.owner)
    }

    /// Gives a stream to somebody else.
    pub(super) fn give(&mut self, id: StreamId, owner: Owner) {
        if let Some(stream) = self.by_id.get_mut(&id) {
            stream.owner = owner;
        }
    }

    /// How many legs could be opened at once.
    pub(super) fn free_ports(&mut self, now: Instant) -> usize {
        self.ports.free(now)
    }

    /// Ports that streams hold.
    pub(super) fn ports_taken(&self) -> usize {
        self.ports.taken()
    }
}

impl Stream {
    /// What was agreed with a browser is what the next description begins with.
    fn note(&mut self, agreed: &Negotiated) {
        self.agreed = Some((agreed.codec, agreed.direction));
        if let (Some(end), Some(web)) = (&mut self.local.web, agreed.web) {
            (end.login, end.agreed) = (web.login, Some(web));
        }
    }

    /// The port that comes back when the stream is over; a browser's is not its own.
    fn own_port(&self) -> Option<u16> {
        self.local.web.is_none().then_some(self.local.port)
    }

    fn say(&mut self, words: impl Fn(&Local) -> Bytes) -> Bytes {
        let same = words(&self.local);
        match &self.said {
            Some(said) if *said != same => {
                self.local.version += 1;
                let new = words(&self.local);
                self.said = Some(new.clone());
                new
            }
            _ => {
                self.said = Some(same.clone());
                same
            }
        }
    }
}

impl Switch {
    /// Opens or updates a stream as offer and answer agreed.
    pub(super) fn open_stream(
        &mut self,
        id: StreamId,
        negotiated: Negotiated,
        out: &mut Vec<Output>,
    ) {
        let Some(stream) = self.streams.by_id.get_mut(&id) else { return };
        let command = match stream.stage {
            Stage::Reserved => {
                stream.stage = Stage::Open;
                let (port, signalling) = (stream.local.port, stream.signalling);
                Command::Open { stream: id, port, negotiated, signalling }
            }
            Stage::Open => Command::Update { stream: id, negotiated },
            Stage::Closing => return,
        };
        out.push(Output::Media(command));
    }

    /// Closes a stream; its port comes back with the plane's report, or at once if it never
    /// opened.
    pub(super) fn close_stream(&mut self, now: Now, id: StreamId, out: &mut Vec<Output>) {
        let Some(stream) = self.streams.by_id.get_mut(&id) else { return };
        match stream.stage {
            Stage::Reserved => self.streams.forget(now.at, id),
            Stage::Open => {
                stream.stage = Stage::Closing;
                out.push(Output::Media(Command::Close { stream: id }));
            }
            Stage::Closing => {}
        }
    }

    /// Asks for more ports when few are left.
    pub(super) fn bind_ports(&mut self, out: &mut Vec<Output>) {
        if let Some(count) = self.streams.ports.refill() {
            out.push(Output::Media(Command::Bind { count }));
        }
    }

    /// Deals with a report of the media plane.
    pub(super) fn media(&mut self, now: Now, event: media::Event, out: &mut Vec<Output>) {
        match event {
            media::Event::Bound { ports } => {
                self.streams.ports.add(&ports);
                self.pace_all();
            }
            media::Event::Closed { stream, stats, .. } => {
                self.measured_last(now, stream, stats.quality, out);
                self.fall_out(now, stream, out);
                self.streams.forget(now.at, stream);
            }
            media::Event::Measured { tag, quality, .. } => self.measured(now, tag, quality, out),
            media::Event::PlayEnded { stream, tag } => {
                if let Some(Owner::Call(call)) = self.streams.owner(stream) {
                    self.played(now, call, tag, out);
                }
            }
            media::Event::Quiet { stream, .. } => {
                self.fell_silent(now, stream, out);
                if let Some(Owner::Line(agent)) = self.streams.owner(stream) {
                    self.ask_line(now, agent, out);
                }
            }
            media::Event::Heard { stream, sound } => self.heard(now, stream, sound, out),
            media::Event::Gone { stream } => self.gone(now, stream, out),
            media::Event::Recorded { recording, slots, gaps, chain } => {
                self.recorded(now, recording, (slots, gaps), chain, out);
            }
            media::Event::RecordingTrouble { recording, trouble } => {
                self.recorder_trouble(recording, trouble, out);
            }
            media::Event::Failed { stream, failure } => {
                let which = stream.map_or_else(String::new, |stream| format!("{stream}: "));
                out.push(Output::Warn(format!("media: {which}{failure}")));
                if let (Some(call), media::Failure::UnknownPrompt(clip)) =
                    (stream.and_then(|stream| self.heard_by(stream)), failure)
                {
                    self.unplayable(now, call, &clip, out);
                }
            }
            media::Event::Resumed { stream } => self.spoke_again(now, stream, out),
            media::Event::Dtmf { stream, digit } => self.pressed(now, stream, digit, out),
            media::Event::Spoke { stream, turn } => self.spoke(now, (stream, turn), out),
            media::Event::Sounds { stream, quality } => self.sounds(stream, quality),
            media::Event::Started { stream } => {
                if let Some(stream) = self.streams.by_id.get_mut(&stream) {
                    stream.heard = true;
                }
            }
            media::Event::Latched { .. } => {}
        }
    }
}

impl Switch {
    /// The call for which something is played to a stream: on an agent's own line, the one that
    /// they make within the house.
    fn heard_by(&self, stream: StreamId) -> Option<CallId> {
        match self.streams.owner(stream)? {
            Owner::Call(call) => Some(call),
            Owner::Line(agent) | Owner::Enquiry(agent) => {
                self.consultations.get(&agent).map(|consultation| consultation.call)
            }
        }
    }

    /// Nobody is at the other end of a stream (RFC 7675): its leg ends.
    fn gone(&mut self, now: Now, stream: StreamId, out: &mut Vec<Output>) {
        let party = self.streams.owner(stream).and_then(|owner| self.party(owner));
        if let Some(party) = party.filter(|party| party.stream == stream) {
            self.sip(out, |sip, o| sip.hang_up(now.at, party.leg, None, o));
        }
    }

    /// A party pressed a key: it means something to a workflow, the one that ends a message to who
    /// leaves one, the one that keeps a place to who waits, the one that opts out to who hears a
    /// message or a notice, 1 to who answers as an agent, and all to who calls in as one.
    fn pressed(&mut self, now: Now, stream: StreamId, digit: char, out: &mut Vec<Output>) {
        let Some(Owner::Call(call)) = self.streams.owner(stream) else { return };
        if digit == '#' {
            self.drive(now, call, Input::Spoken, out);
        }
        self.lead_by_key(now, call, digit, out);
        self.access_by_key(now, call, digit, out);
        self.keep_by_key(now, call, digit, out);
        self.opt_out_by_key(now, call, digit, out);
        self.take_by_key(now, call, digit, out);
    }

    /// A prompt reached its end.
    fn played(&mut self, now: Now, call: CallId, tag: u64, out: &mut Vec<Output>) {
        match tag {
            // It ended while what confirms the wish was on its way.
            NOTICE if self.calls.get(&call).is_some_and(|slot| slot.call.is_confirming()) => {}
            CONFIRMED => self.drive(now, call, Input::NoticePlayed, out),
            NOTICE => {
                self.message_said(now, call, out);
                self.drive(now, call, Input::NoticePlayed, out);
            }
            TONE => self.toned(call, out),
            STANDING => {
                let slot = self.calls.get(&call).filter(|slot| slot.call.state() == State::Waiting);
                if let Some((slot, party)) = slot.and_then(|slot| Some((slot, slot.call.customer?)))
                {
                    music(party.stream, self.music_of(slot), out);
                }
            }
            led => {
                if let Some(ticket) = led.checked_sub(LED) {
                    self.lead_on(now, call, ticket, out);
                }
            }
        }
    }
}

/// Customer and agent hear each other, and nothing else plays to the customer.
pub(super) fn join(customer: StreamId, agent: StreamId, out: &mut Vec<Output>) {
    out.push(Output::Media(Command::StopPlay { stream: customer }));
    out.push(Output::Media(Command::Route(Route::between(customer, agent))));
}

/// None of them hears anybody.
pub(super) fn part(streams: &[StreamId], out: &mut Vec<Output>) {
    if !streams.is_empty() {
        out.push(Output::Media(Command::Route(Route::silence(streams))));
    }
}

/// A signal, until the party is joined, played to again or closed.
pub(super) fn play(stream: StreamId, prompt: Prompt, out: &mut Vec<Output>) {
    let (repeat, tag) = (true, MUSIC);
    out.push(Output::Media(Command::Play { stream, prompt, repeat, tag }));
}

/// Nothing plays any more.
pub(super) fn hush(stream: StreamId, out: &mut Vec<Output>) {
    out.push(Output::Media(Command::StopPlay { stream }));
}

/// That a telephone rings, until the party is joined, played to again or closed.
pub(super) fn ringback(stream: StreamId, country: Country, out: &mut Vec<Output>) {
    play(stream, Prompt::Signal(Signal::Ringback, country), out);
}

/// That a call failed, for some seconds.
pub(super) fn failure(stream: StreamId, signal: Signal, country: Country, out: &mut Vec<Output>) {
    let (prompt, repeat, tag) = (Prompt::Signal(signal, country), false, MUSIC);
    out.push(Output::Media(Command::Play { stream, prompt, repeat, tag }));
}

/// A clip of music, or the built-in one, until the party is joined, played to again or closed.
pub(super) fn music(stream: StreamId, clip: Option<String>, out: &mut Vec<Output>) {
    play(stream, clip.map_or(Prompt::HoldMusic, |clip| Prompt::Named(PromptId(clip))), out);
}

/// A built-in clip, over and over, until the party is joined, played to again or closed.
pub(super) fn again(stream: StreamId, clip: &str, out: &mut Vec<Output>) {
    play(stream, Prompt::Named(PromptId(clip.to_owned())), out);
}

/// A clip to its end: why nobody comes, the message that a call was made for, the greeting of a
/// mailbox.
pub(super) fn notice(stream: StreamId, name: String, out: &mut Vec<Output>) {
    let (prompt, repeat, tag) = (Prompt::Named(PromptId(name)), false, NOTICE);
    out.push(Output::Media(Command::Play { stream, prompt, repeat, tag }));
}

/// That a wish not to be called again was understood.
pub(super) fn confirmation(stream: StreamId, name: String, out: &mut Vec<Output>) {
    let (prompt, repeat, tag) = (Prompt::Named(PromptId(name)), false, CONFIRMED);
    out.push(Output::Media(Command::Play { stream, prompt, repeat, tag }));
}

/// A clip of a workflow, to its end; the ticket comes back with that.
pub(super) fn clip(stream: StreamId, name: String, ticket: u64, out: &mut Vec<Output>) {
    let (prompt, repeat, tag) = (Prompt::Named(PromptId(name)), false, LED.saturating_add(ticket));
    out.push(Output::Media(Command::Play { stream, prompt, repeat, tag }));
}

/// The tone after a greeting.
pub(super) fn tone(stream: StreamId, out: &mut Vec<Output>) {
    let prompt = Prompt::Signal(Signal::Beep, Country::default());
    let (repeat, tag) = (false, TONE);
    out.push(Output::Media(Command::Play { stream, prompt, repeat, tag }));
}

/// How a caller in line stands; the music goes on after it.
pub(super) fn standing(stream: StreamId, standing: Standing, out: &mut Vec<Output>) {
    let (prompt, repeat, tag) = (Prompt::Standing(standing), false, STANDING);
    out.push(Output::Media(Command::Play { stream, prompt, repeat, tag }));
}

/// What a caller in line hears in between; the music goes on after it.
pub(super) fn comfort(stream: StreamId, clip: String, out: &mut Vec<Output>) {
    let (prompt, repeat, tag) = (Prompt::Named(PromptId(clip)), false, STANDING);
    out.push(Output::Media(Command::Play { stream, prompt, repeat, tag }));
}

/// The plane's word for a trunk's policy.
pub(super) fn srtp(policy: routing::trunks::Srtp) -> SrtpPolicy {
    match policy {
        routing::trunks::Srtp::Off => SrtpPolicy::Off,
        routing::trunks::Srtp::Prefer => SrtpPolicy::Prefer,
        routing::trunks::Srtp::Require => SrtpPolicy::Require,
    }
}

const MUSIC: u64 = 0;
const NOTICE: u64 = 1;
const STANDING: u64 = 2;
const TONE: u64 = 3;
const CONFIRMED: u64 = 4;
/// Of ticket 0; a workflow's clips have the tags above it.
const LED: u64 = 16;

/// The plane's word for a trunk's codec.
fn spoken(codec: routing::Codec) -> Codec {
    match codec {
        routing::Codec::Pcmu => Codec::Pcmu,
        routing::Codec::Pcma => Codec::Pcma,
        routing::Codec::G722 => Codec::G722,
        routing::Codec::Opus => Codec::Opus,
    }
}

fn gone() -> SdpError {
    SdpError::Unacceptable { line: "m=audio".to_owned(), expected: "a call that is still up" }
}
