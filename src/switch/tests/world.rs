//! A switch with a carrier and a telephone on the same virtual clock, joined in memory.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use admin_api::control::{AgentVerb, CallbackBy, Change, Command, Reply};
use dialer::callbacks::{Callback, Terms};
use dialer::campaign::Decision;
use dialer::permit::ChainHead;
use dialer::{CallbackId, Dnc, Lead, LeadId, LeadStatus, Mode};
use jiff::Timestamp;
use media::sdp::{self, Codec, Direction, Local, Policy, SrtpPolicy, SrtpSecret};
use media::{PortRange, StreamId};
use routing::{Cause, StateName};
use sip::{Endpoint, Flow, LegId, Peer, PeerId, Registration, Secret};
use store::agents::SipSecret;
use store::{Entry, Event};
use uuid::Uuid;

use crate::demo::scene::{Scene, Size};
use crate::switch::{Input, LeftOver, Now, Output, Restart, Settings, Switch};

/// A number kept for fiction, with any last digit.
pub(super) const CUSTOMER: &str = "+12025550103";

/// Everything there is.
pub(super) struct World {
    now: Instant,
    start: Instant,
    switch: Switch,
    scene: Scene,
    carrier: Far,
    /// Further addresses of carriers.
    spares: Vec<Far>,
    phone: Far,
    waiting: VecDeque<Input>,
    journal: Vec<Entry>,
    media: Vec<media::Command>,
    ports: BTreeMap<StreamId, u16>,
    leads: Vec<Lead>,
    replied: Option<Reply>,
    /// How far the wall clock has jumped.
    ahead: Duration,
    /// Leads that the store would find by their id.
    callback_leads: Vec<Lead>,
    people: u128,
    disk_is_slow: bool,
    /// Every INVITE that was sent, by the user of its Request-URI.
    invites: Vec<String>,
}

/// A far side: an endpoint, and what it was told.
struct Far {
    endpoint: Endpoint,
    address: SocketAddr,
    manner: Manner,
    legs: Vec<(LegId, bytes::Bytes)>,
    /// An offer that came in a 200, and waits for an answer.
    offered: Option<(LegId, bytes::Bytes)>,
    /// Whom each INVITE called, and who was said to call.
    called: Vec<(String, Option<String>)>,
    ended: usize,
}

/// What a far side does with an INVITE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    Rings,
    Answers,
    Refuses {
        code: u16,
        retry_after: Option<Duration>,
        rings: bool,
    },
    /// It hears nothing at all.
    IsSilent,
}

impl Manner {
    pub(super) fn refuses(code: u16) -> Self {
        Self::Refuses { code, retry_after: None, rings: false }
    }
}

impl Far {
    fn new(last: u8, manner: Manner) -> Self {
        let mut endpoint = Endpoint::new(sip::Config::new("far"), [last; 32]);
        let addresses = vec![(switch_address().ip(), None)];
        endpoint.set_peer(Peer { id: PeerId(1), addresses });
        let address = SocketAddr::from(([192, 0, 2, last], 5_060));
        let (legs, called, offered) = (vec![], vec![], None);
        Self { endpoint, address, manner, legs, offered, called, ended: 0 }
    }

    /// Does something and brings what it sends to the switch.
    fn act(
        &mut self,
        now: Instant,
        verb: impl FnOnce(&mut Endpoint, &mut Vec<sip::Output>),
    ) -> Vec<Input> {
        let (mut inputs, mut out) = (vec![], vec![]);
        verb(&mut self.endpoint, &mut out);
        while !out.is_empty() {
            for output in std::mem::take(&mut out) {
                match output {
                    sip::Output::Send { bytes, .. } => {
                        inputs.push(Input::Sip(Flow::udp(switch_address(), self.address), bytes));
                    }
                    sip::Output::Event(sip::Event::Incoming {
                        leg, sdp, called, calling, ..
                    }) => {
                        let answer = self.describe(&sdp.unwrap());
                        self.called.push((called, calling));
                        self.welcome(now, leg, &answer, &mut out);
                        self.legs.push((leg, answer));
                    }
                    sip::Output::Event(sip::Event::Answered { leg, sdp: Some(offer) }) => {
                        self.offered = Some((leg, offer));
                    }
                    sip::Output::Event(sip::Event::Ended { .. }) => self.ended += 1,
                    sip::Output::Event(_) => {}
                }
            }
        }
        inputs
    }

    fn welcome(
        &mut self,
        now: Instant,
        leg: LegId,
        answer: &bytes::Bytes,
        out: &mut Vec<sip::Output>,
    ) {
        let rings = !matches!(self.manner, Manner::Refuses { rings: false, .. });
        if rings {
            self.endpoint.progress(now, leg, 180, None, out);
        }
        match self.manner {
            Manner::Answers => self.endpoint.answer(now, leg, answer.clone(), out),
            Manner::Refuses { code, retry_after, .. } => {
                let refusal = sip::Refusal { retry_after, ..sip::Refusal::from(code) };
                self.endpoint.reject(now, leg, refusal, out);
            }
            Manner::Rings | Manner::IsSilent => {}
        }
    }

    fn describe(&self, offer: &[u8]) -> bytes::Bytes {
        let port = 4_000 + 2 * u16::try_from(self.legs.len()).unwrap();
        let (srtp, secret) = (SrtpPolicy::Off, SrtpSecret::default());
        let address = self.address.ip();
        let local = Local { address, port, session: 1, version: 1, srtp, secret };
        let codecs = [Codec::Pcmu];
        let policy = Policy::default();
        sdp::answer(&local, offer, &codecs, Direction::SendRecv, &policy).unwrap().0
    }
}

impl World {
    /// Nobody is at work, and there is no lead.
    pub(super) fn new() -> Self {
        let start = Instant::now();
        let (carrier, phone) = (Far::new(2, Manner::Rings), Far::new(3, Manner::Answers));
        let size = Size { agents: 1, leads: 0 };
        let scene = Scene::set(carrier.address, size, [3; 32]).unwrap();
        let restart = Restart {
            next_seq: 1,
            chain: ChainHead::START,
            dnc: Dnc::default(),
            ledgers: BTreeMap::new(),
            callbacks: vec![],
        };
        let switch = Switch::new(wall(start, start, Duration::ZERO), settings(), restart, [9; 32]);
        let mut world = Self {
            now: start,
            start,
            switch,
            scene,
            carrier,
            spares: vec![],
            phone,
            waiting: VecDeque::new(),
            journal: vec![],
            media: vec![],
            ports: BTreeMap::new(),
            leads: vec![],
            replied: None,
            ahead: Duration::ZERO,
            callback_leads: vec![],
            people: 77,
            disk_is_slow: false,
            invites: vec![],
        };
        world.furnish();
        world
    }

    fn furnish(&mut self) {
        let scene = self.scene.clone();
        let agent = scene.agents[0].clone();
        let extension = scene.organisation.prefix.extension(agent.number);
        let now = Timestamp::UNIX_EPOCH;
        let secret = SipSecret::new(agent.id, extension.as_str(), "cordboard", "secret", now);
        let mut changes = vec![Change::Organisation(scene.organisation)];
        changes.extend(scene.clis.into_iter().map(Change::Cli));
        changes.push(Change::Trunk(Box::new(scene.trunk)));
        changes.push(Change::Queue(scene.queue));
        changes.extend(scene.dids.into_iter().map(Change::Did));
        changes.push(Change::Campaign(Box::new(scene.campaign)));
        changes.push(Change::Agent(Box::new(agent)));
        changes.push(Change::SipSecret(secret));
        for change in changes {
            self.feed(Input::Change(change));
        }
    }

    /// The agent's telephone registers, the agent clocks in and is ready.
    pub(super) fn staff(&mut self) {
        let number = self.scene.agents[0].number;
        let registration = Registration {
            flow: Flow::udp(self.phone.address, switch_address()),
            user: self.scene.organisation.prefix.extension(number).to_string(),
            host: "192.0.2.1".to_owned(),
            auth_user: None,
            secret: Secret::Password("secret".to_owned()),
            contact_user: None,
            expires: Duration::from_mins(10),
        };
        let now = self.now;
        let sent = self.phone.act(now, |endpoint, out| {
            endpoint.register(now, registration, out);
        });
        self.waiting.extend(sent);
        self.settle();
        self.agent(AgentVerb::ClockIn);
        self.agent(AgentVerb::Ready);
        assert_eq!(self.agent_state(), StateName::Ready);
    }

    /// The campaign's conversations are recorded.
    pub(super) fn must_record(&mut self) {
        self.scene.campaign.record = true;
        let campaign = Box::new(self.scene.campaign.clone());
        self.feed(Input::Change(Change::Campaign(campaign)));
    }

    /// The plane reports.
    pub(super) fn media_says(&mut self, event: media::Event) {
        self.feed(Input::Media(event));
    }

    /// The last recording that was ordered, with its channels.
    pub(super) fn recording(&self) -> Option<(media::RecordingId, [Vec<StreamId>; 2])> {
        self.media.iter().rev().find_map(|command| match command {
            media::Command::Record { recording, channels } => Some((*recording, channels.clone())),
            _ => None,
        })
    }

    /// A person to be dialled.
    pub(super) fn lead(&mut self, number: &str) {
        self.people(&[number]);
    }

    /// People to be dialled.
    pub(super) fn people(&mut self, numbers: &[&str]) {
        for number in numbers {
            let id = LeadId::from(Uuid::from_u128(number[1..].parse().unwrap()));
            self.leads.push(Lead::new(id, self.scene.list, number.parse().unwrap()));
        }
        self.feed(Input::Change(Change::ListChanged { list: self.scene.list }));
    }

    /// The campaign dials in another way from now on.
    pub(super) fn dials(&mut self, mode: Mode) {
        self.scene.campaign.mode = mode;
        self.feed(Input::Change(Change::Campaign(Box::new(self.scene.campaign.clone()))));
    }

    /// The pacing decisions of the last hour, the newest first.
    pub(super) fn decisions(&mut self) -> Vec<Decision> {
        self.command(Command::Pacing { campaign: self.scene.campaign.id });
        match self.replied.take() {
            Some(Reply::Pacing(decisions)) => decisions,
            other => panic!("not decisions: {other:?}"),
        }
    }

    /// The wall clock jumps, and the monotonic one does not.
    pub(super) fn clock_jumps(&mut self, by: Duration) {
        self.ahead += by;
    }

    pub(super) fn agent(&mut self, verb: AgentVerb) {
        let agent = self.scene.agents[0].id;
        self.command(Command::Agent { agent, by: Cause::Agent, verb });
    }

    pub(super) fn dispose(&mut self, code: &str) {
        let code = code.to_owned();
        self.agent(AgentVerb::Dispose {
            call: None,
            code,
            notes: None,
            callback_at: None,
            callback_by: CallbackBy::Anyone,
        });
    }

    pub(super) fn command(&mut self, command: Command) {
        self.feed(Input::Command(1, command));
    }

    /// What the store would know of a lead after this event.
    fn fold(&mut self, event: &Event) {
        match event {
            Event::Permitted { permit, .. } => {
                let found = &permit.evidence.findings;
                for lead in self.callback_leads.iter_mut().filter(|lead| lead.id == found.lead) {
                    lead.last_attempt_at = Some(found.at);
                }
            }
            Event::AttemptEnded { lead: id, recycle, attempts, .. } => {
                for lead in self.callback_leads.iter_mut().filter(|lead| lead.id == *id) {
                    lead.status = recycle.status;
                    lead.next_due_at = recycle.next_due_at;
                    lead.attempts = *attempts;
                }
            }
            _ => {}
        }
    }

    /// Promises a person a call after this time, by the agent or by anyone; the lead waits in the
    /// store until then.
    pub(super) fn promise(&mut self, number: &str, after: Duration, owned: bool) -> CallbackId {
        let id = LeadId::from(Uuid::from_u128(self.people));
        let agent = self.scene.agents[0].id;
        self.people += 1;
        let number = number.parse().unwrap();
        let due_at = wall(self.start, self.now + after, self.ahead).wall;
        let callback = Callback {
            id: CallbackId::from(Uuid::from_u128(self.people)),
            lead: id,
            campaign: self.scene.campaign.id,
            number,
            due_at,
            zone: "UTC".to_owned(),
            owner: owned.then_some(agent),
            team: None,
            terms: Terms::default(),
            note: String::new(),
        };
        let mut lead = Lead::new(id, self.scene.list, number);
        lead.status = LeadStatus::Callback;
        lead.next_due_at = Some(callback.anyone_at());
        self.callback_leads.push(lead);
        let promised = callback.id;
        self.command(Command::Promise { callback: Box::new(callback), by: None });
        promised
    }

    /// Somebody calls one of our numbers from this one.
    pub(super) fn customer_calls_in(&mut self, calling: &str) {
        let mut out = vec![];
        let now = wall(self.start, self.now, self.ahead);
        self.switch.customer_called_in(now, calling, &mut out);
        for output in out {
            self.carry(output);
        }
        self.settle();
    }

    /// The carrier's network is gone, or is there again.
    pub(super) fn carrier_is_silent(&mut self, silent: bool) {
        self.carrier.manner = if silent { Manner::IsSilent } else { Manner::Rings };
    }

    /// How many INVITEs were sent to this number, each repetition counted.
    pub(super) fn invites_to(&self, number: &str) -> usize {
        self.invites.iter().filter(|user| *user == number).count()
    }

    /// Forgets what was recorded, so that a long run stays small.
    pub(super) fn forget(&mut self) {
        self.media.clear();
        self.invites.clear();
        self.carrier.legs.clear();
        self.journal.drain(..self.journal.len().saturating_sub(1));
    }

    pub(super) fn disk_is_slow(&mut self) {
        self.disk_is_slow = true;
    }

    pub(super) fn disk_catches_up(&mut self) {
        self.disk_is_slow = false;
        let newest = self.journal.last().map_or(0, |entry| entry.seq);
        self.feed(Input::Durable(newest));
    }

    pub(super) fn carrier_answers(&mut self) {
        let (leg, answer) = self.carrier.legs.last().cloned().unwrap();
        let now = self.now;
        let sent = self.carrier.act(now, |endpoint, out| endpoint.answer(now, leg, answer, out));
        self.waiting.extend(sent);
        self.settle();
    }

    /// Somebody calls the queue's number and leaves the offer to us (RFC 3264 §5, late offer).
    pub(super) fn caller_without_an_offer(&mut self) {
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
    pub(super) fn caller_answers_our_offer(&mut self) {
        let (leg, offer) = self.carrier.offered.take().unwrap();
        let (answer, now) = (self.carrier.describe(&offer), self.now);
        let sent = self.carrier.act(now, |endpoint, out| endpoint.accept(now, leg, answer, out));
        self.waiting.extend(sent);
        self.settle();
    }

    pub(super) fn carrier_hangs_up(&mut self) {
        let (leg, now) = (self.carrier.legs.last().unwrap().0, self.now);
        let sent = self.carrier.act(now, |endpoint, out| endpoint.hang_up(now, leg, None, out));
        self.waiting.extend(sent);
        self.settle();
    }

    pub(super) fn phone_hangs_up(&mut self) {
        let (leg, now) = (self.phone.legs.last().unwrap().0, self.now);
        let sent = self.phone.act(now, |endpoint, out| endpoint.hang_up(now, leg, None, out));
        self.waiting.extend(sent);
        self.settle();
    }

    /// Lets time pass: everything that is due happens at its own millisecond.
    pub(super) fn run(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            let far = [&self.carrier, &self.phone].into_iter().chain(&self.spares);
            let far = far.map(|far| far.endpoint.deadline());
            let due = far.chain([self.switch.deadline(wall(self.start, self.now, self.ahead))]);
            let next = due.flatten().min().filter(|at| *at <= end);
            let Some(next) = next else { break };
            self.now = self.now.max(next);
            let now = self.now;
            let mut sent = self.carrier.act(now, |endpoint, out| endpoint.tick(now, out));
            for far in self.spares.iter_mut().chain([&mut self.phone]) {
                sent.extend(far.act(now, |endpoint, out| endpoint.tick(now, out)));
            }
            self.waiting.extend(sent);
            self.feed(Input::Tick);
        }
        self.now = end;
    }

    pub(super) fn recorded(&self, what: impl Fn(&Event) -> bool) -> usize {
        self.journal.iter().filter(|entry| what(&entry.event)).count()
    }

    pub(super) fn media(&self, what: impl Fn(&media::Command) -> bool) -> usize {
        self.media.iter().filter(|command| what(command)).count()
    }

    /// Which of the media commands these are, counted from the first.
    pub(super) fn media_at(&self, what: impl Fn(&media::Command) -> bool) -> Vec<usize> {
        self.media.iter().enumerate().filter(|(_, one)| what(one)).map(|(at, _)| at).collect()
    }

    /// Conversations that were routed.
    pub(super) fn routes(&self) -> usize {
        self.media(|command| match command {
            media::Command::Route(route) => route.rows.iter().all(|row| !row.hears.is_empty()),
            _ => false,
        })
    }

    /// How often a prompt was played.
    pub(super) fn plays(&self, name: &str) -> usize {
        self.media(|command| match command {
            media::Command::Play { prompt, .. } => format!("{prompt:?}") == name,
            _ => false,
        })
    }

    pub(super) fn carrier_rang(&self) -> usize {
        self.carrier.legs.len()
    }

    /// What the trunk's own carrier does from now on.
    pub(super) fn carrier_is(&mut self, manner: Manner) {
        self.carrier.manner = manner;
    }

    /// One more address at which a carrier is; its index, from 0.
    pub(super) fn spare(&mut self, manner: Manner) -> SocketAddr {
        let last = 10 + u8::try_from(self.spares.len()).unwrap();
        self.spares.push(Far::new(last, manner));
        self.spares.last().unwrap().address
    }

    /// How often a spare address was called.
    pub(super) fn spare_rang(&self, index: usize) -> usize {
        self.spares[index].legs.len()
    }

    /// Whom the last INVITE called, and who was said to call.
    pub(super) fn carrier_heard(&self) -> (String, Option<String>) {
        self.carrier.called.last().cloned().unwrap()
    }

    /// The carrier knows us by an account and not by our address.
    pub(super) fn carrier_wants_proof(&mut self, user: &str, password: &str) {
        let secret = Secret::Password(password.to_owned());
        self.carrier.endpoint.remove_peer(PeerId(1));
        self.carrier.endpoint.set_account(sip::Account { user: user.to_owned(), secret });
    }

    pub(super) fn carrier_knows(&self, user: &str) -> bool {
        self.carrier.endpoint.is_registered(user)
    }

    /// The trunk of the campaign, changed.
    pub(super) fn trunk(&mut self, change: impl FnOnce(&mut routing::Trunk)) {
        change(&mut self.scene.trunk);
        let trunk = self.scene.trunk.clone();
        self.tell(Change::Trunk(Box::new(trunk)));
    }

    /// A second trunk for the campaign.
    pub(super) fn second_trunk(&mut self, at: SocketAddr) {
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

    pub(super) fn tell(&mut self, change: Change) {
        self.feed(Input::Change(change));
    }

    pub(super) fn trunk_id(&self) -> routing::TrunkId {
        self.scene.trunk.id
    }

    pub(super) fn carrier_ended(&self) -> usize {
        self.carrier.ended
    }

    pub(super) fn agent_state(&self) -> StateName {
        let agent = self.scene.agents[0].id;
        self.switch.floor.agent(agent).unwrap().state().name()
    }

    pub(super) fn left_over(&self) -> LeftOver {
        self.switch.left_over()
    }

    fn feed(&mut self, input: Input) {
        self.waiting.push_back(input);
        self.settle();
    }

    /// Deals with inputs until nobody has anything more to say at this moment; the invariants hold
    /// after each.
    fn settle(&mut self) {
        while let Some(input) = self.waiting.pop_front() {
            let mut out = vec![];
            self.switch.handle(wall(self.start, self.now, self.ahead), input, &mut out);
            for output in out {
                self.carry(output);
            }
            assert_eq!(self.switch.check(), Ok(()));
        }
    }

    fn carry(&mut self, output: Output) {
        let now = self.now;
        match output {
            Output::Send(flow, bytes) => {
                let carriers = self.spares.iter_mut().chain([&mut self.carrier]);
                let carrier = carriers.into_iter().find(|far| far.address == flow.remote);
                let far = carrier.unwrap_or(&mut self.phone);
                if let Some(rest) = bytes.strip_prefix(b"INVITE sip:") {
                    let user = rest.split(|byte| *byte == b'@').next().unwrap();
                    self.invites.push(String::from_utf8(user.to_vec()).unwrap());
                }
                if far.manner == Manner::IsSilent {
                    return;
                }
                let path = Flow::udp(far.address, switch_address());
                let sent = far.act(now, |endpoint, out| endpoint.receive(now, path, bytes, out));
                self.waiting.extend(sent);
            }
            Output::Media(command) => self.media_command(command),
            Output::Journal(entry) => {
                self.fold(&entry.event);
                if !self.disk_is_slow {
                    self.waiting.push_back(Input::Durable(entry.seq));
                }
                self.journal.push(entry);
            }
            Output::Refill(refill) => {
                let leads = std::mem::take(&mut self.leads);
                self.waiting.push_back(Input::Leads(refill.campaign, leads));
            }
            Output::Reply(_, reply) => {
                assert!(reply.is_ok(), "refused: {reply:?}");
                self.replied = reply.ok();
            }
            Output::Warn(what) if what.starts_with("recording ") => {}
            Output::Warn(what) => panic!("the switch warns: {what}"),
            Output::Fetch(campaign, id) => {
                let asked = self.callback_leads.iter().find(|lead| lead.id == id);
                let lead = Box::new(asked.unwrap().clone());
                self.waiting.push_back(Input::CallbackLead(campaign, lead));
            }
            Output::Defer(_) | Output::Live(_) => {}
        }
    }

    fn media_command(&mut self, command: media::Command) {
        match command {
            media::Command::Bind { count } => {
                let ports = (0..count).map(|index| 20_000 + 2 * index).collect();
                self.waiting.push_back(Input::Media(media::Event::Bound { ports }));
            }
            media::Command::StopRecord { recording } => {
                let (slots, gaps, chain) = (500, 0, [7; 32]);
                let ended = media::Event::Recorded { recording, slots, gaps, chain };
                self.waiting.push_back(Input::Media(ended));
            }
            media::Command::Open { stream, port, .. } => {
                self.ports.insert(stream, port);
            }
            media::Command::Close { stream } => {
                let port = self.ports.remove(&stream).unwrap();
                let stats = media::StreamStats::default();
                let closed = media::Event::Closed { stream, port, stats };
                self.waiting.push_back(Input::Media(closed));
            }
            _ => {}
        }
        self.media.push(command);
    }
}

fn settings() -> Settings {
    Settings {
        sip: sip::Config::new("cordboard"),
        sip_udp: vec![switch_address()],
        sip_tcp: vec![],
        sip_tls: vec![],
        media_address: switch_address().ip(),
        srtp: SrtpPolicy::Off,
        media_ports: PortRange { first: 20_000, last: 29_999 },
        allow_loopback: false,
        ports_ahead: 16,
        calls_max: 100,
        attempts_per_second: 50,
    }
}

fn switch_address() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], 5_060))
}

/// A Wednesday at noon, London time, and as long after it as the clock has run.
fn wall(start: Instant, at: Instant, ahead: Duration) -> Now {
    let noon = Timestamp::from_second(1_773_835_200).unwrap();
    Now { at, wall: noon + jiff::SignedDuration::try_from(at - start + ahead).unwrap() }
}
