//! A switch with a carrier and a telephone on the same virtual clock, joined in memory.

mod access;
mod carriers;
mod ears;
mod edges;
mod enquiries;
mod eyes;
mod far;
mod memories;
mod promises;
mod referrals;
mod workflows;

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use admin_api::control::{
    AgentVerb, CallVerb, CallbackBy, Change, ClockIn, Command, CommandError, Reply,
};
use admin_api::live::{CallView, CampaignView, LiveEvent, QueueView};
use dialer::pacer::{HourOfWeek, Learnt};
use dialer::permit::ChainHead;
use dialer::{Dnc, Lead, LeadId, Mode};
use jiff::Timestamp;
use media::sdp::{self, Codec, Direction, SrtpPolicy};
use media::{PortRange, Quality, StreamId};
use routing::{AgentId, CampaignId, Cause, StateName};
use sip::{Flow, Registration, RegistrationId, Secret};
use store::Entry;
use store::agents::SipSecret;
use store::leads::Reconsidered;
use uuid::Uuid;

use crate::demo::scene::{Scene, Size};
use crate::switch::{Asked, Input, Now, Output, Proof, Restart, Settings, Switch};

pub(super) use eyes::Ear;
use far::Far;
pub(super) use far::Manner;

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
    /// One for each agent, in their order.
    phones: Vec<Far>,
    waiting: VecDeque<Input>,
    journal: Vec<Entry>,
    media: Vec<media::Command>,
    ports: BTreeMap<StreamId, u16>,
    /// How streams that close were heard last.
    closing: Option<Quality>,
    leads: Vec<Lead>,
    /// How far the wall clock has jumped.
    ahead: Duration,
    /// Leads that the store would find by their id.
    callback_leads: Vec<Lead>,
    people: u128,
    registration: Option<RegistrationId>,
    refusals_are_fine: bool,
    sent: usize,
    /// What was said of a REFER.
    told: Vec<String>,
    /// The last answer to an INVITE.
    taken: String,
    queue_shown: Option<QueueView>,
    call_shown: Option<CallView>,
    campaign_shown: Option<CampaignView>,
    replies: Vec<Result<Reply, CommandError>>,
    /// Hours of the week that the store was asked for, and what it knows of each.
    recalls: Vec<HourOfWeek>,
    /// What it said in the log about the numbers that it shows.
    warnings: Vec<String>,
    memory: Option<Learnt>,
    /// Campaigns whose leads were to be looked at anew.
    reconsidered: Vec<Reconsidered>,
    disk_is_slow: bool,
    /// Every INVITE that was sent, by the user of its Request-URI.
    invites: Vec<String>,
    last_invite: bytes::Bytes,
    /// What workflows asked.
    asked: Vec<Asked>,
    /// PINs that are to be proven.
    proofs: Vec<Proof>,
    /// What was sent to a telephone that only watches.
    watcher: Vec<String>,
}

impl World {
    /// One agent, not at work, and no lead.
    pub(super) fn new() -> Self {
        Self::of(1, |_| {})
    }

    /// So many agents, not at work, and no lead, after `change` of the scene.
    pub(super) fn of(agents: u8, change: impl FnOnce(&mut Scene)) -> Self {
        Self::under(settings(), agents, change)
    }

    /// The same with a configuration of its own.
    pub(super) fn under(settings: Settings, agents: u8, change: impl FnOnce(&mut Scene)) -> Self {
        let start = Instant::now();
        let carrier = Far::new(2, Manner::Rings);
        let phones = (0..agents).map(|index| Far::new(3 + index, Manner::Answers)).collect();
        let size = Size { agents: agents.into(), leads: 0 };
        let mut scene = Scene::set(carrier.address, size, [3; 32]).unwrap();
        change(&mut scene);
        let restart = Restart {
            next_seq: 1,
            chain: ChainHead::START,
            dnc: Dnc::default(),
            ledgers: BTreeMap::new(),
            callbacks: vec![],
            places: vec![],
        };
        let switch = Switch::new(wall(start, start, Duration::ZERO), settings, restart, [9; 32]);
        let mut world = Self {
            now: start,
            start,
            switch,
            scene,
            carrier,
            spares: vec![],
            phones,
            waiting: VecDeque::new(),
            closing: None,
            journal: vec![],
            media: vec![],
            ports: BTreeMap::new(),
            leads: vec![],
            ahead: Duration::ZERO,
            callback_leads: vec![],
            people: 77,
            registration: None,
            refusals_are_fine: false,
            sent: 0,
            told: vec![],
            taken: String::new(),
            queue_shown: None,
            call_shown: None,
            campaign_shown: None,
            replies: vec![],
            reconsidered: vec![],
            recalls: vec![],
            warnings: vec![],
            memory: None,
            disk_is_slow: false,
            invites: vec![],
            last_invite: bytes::Bytes::new(),
            asked: vec![],
            proofs: vec![],
            watcher: vec![],
        };
        world.furnish();
        world
    }

    fn furnish(&mut self) {
        let scene = self.scene.clone();
        let prefix = scene.organisation.prefix.clone();
        let mut changes = vec![Change::Organisation(scene.organisation)];
        changes.extend(scene.clis.into_iter().map(Change::Cli));
        changes.push(Change::Trunk(Box::new(scene.trunk)));
        changes.push(Change::Queue(Box::new(scene.queue)));
        let workflows = scene.workflows.into_iter().map(Box::new);
        changes.extend(workflows.map(|workflow| Change::Workflow { workflow, version: 1 }));
        changes.push(Change::Campaign(Box::new(scene.campaign)));
        for agent in scene.agents {
            let extension = prefix.extension(agent.number);
            let now = Timestamp::UNIX_EPOCH;
            let secret = SipSecret::new(agent.id, extension.as_str(), "cordboard", "secret", now);
            changes.push(Change::Agent(Box::new(agent)));
            changes.push(Change::SipSecret(secret));
        }
        changes.extend(scene.dids.into_iter().map(|did| Change::Did(Box::new(did))));
        for change in changes {
            self.feed(Input::Change(change));
        }
    }

    /// The agent's telephone registers, the agent clocks in and is ready.
    pub(super) fn staff(&mut self) {
        self.at_work(0);
        self.agent(AgentVerb::Ready);
        assert_eq!(self.agent_state(), StateName::Ready);
    }

    /// An agent's telephone registers, and the agent clocks in.
    pub(super) fn at_work(&mut self, index: usize) {
        self.phone_registers(index);
        self.ask(index, AgentVerb::ClockIn(ClockIn::default())).unwrap();
    }

    /// An agent's telephone registers.
    pub(super) fn phone_registers(&mut self, index: usize) {
        let number = self.scene.agents[index].number;
        let registration = Registration {
            flow: Flow::udp(self.phones[index].address, switch_address()),
            user: self.scene.organisation.prefix.extension(number).to_string(),
            host: "192.0.2.1".to_owned(),
            auth_user: None,
            secret: Secret::Password("secret".to_owned()),
            contact_user: None,
            expires: Duration::from_mins(10),
        };
        let now = self.now;
        let mut registered = None;
        let sent = self.phones[index].act(now, |endpoint, out| {
            registered = Some(endpoint.register(now, registration, out));
        });
        self.registration = registered;
        self.waiting.extend(sent);
        self.settle();
    }

    /// The telephone takes its registration back.
    pub(super) fn phone_unregisters(&mut self) {
        let (id, now) = (self.registration.take().unwrap(), self.now);
        let sent = self.phones[0].act(now, |endpoint, out| endpoint.unregister(now, id, out));
        self.waiting.extend(sent);
        self.settle();
    }

    /// The campaign's conversations are recorded.
    pub(super) fn must_record(&mut self) {
        self.scene.campaign.record = true;
        let campaign = Box::new(self.scene.campaign.clone());
        self.feed(Input::Change(Change::Campaign(campaign)));
    }

    /// How the plane says that streams were heard which close from now on.
    pub(super) fn closes_with(&mut self, quality: Option<Quality>) {
        self.closing = quality;
    }

    /// The plane reports.
    pub(super) fn media_says(&mut self, event: media::Event) {
        self.feed(Input::Media(event));
    }

    /// A person to be dialled.
    pub(super) fn lead(&mut self, number: &str) {
        self.people(&[number]);
    }

    /// People to be dialled.
    pub(super) fn people(&mut self, numbers: &[&str]) {
        let people = numbers.iter().map(|number| self.person(number)).collect();
        self.listed(people);
    }

    /// Somebody with this number, on the campaign's list.
    pub(super) fn person(&self, number: &str) -> Lead {
        let id = LeadId::from(Uuid::from_u128(number[1..].parse().unwrap()));
        Lead::new(id, self.scene.list, number.parse().unwrap())
    }

    /// What the store answers when it is asked next.
    pub(super) fn listed(&mut self, leads: Vec<Lead>) {
        self.leads.extend(leads);
        self.feed(Input::Change(Change::ListChanged { list: self.scene.list }));
    }

    /// The store answers a question of this campaign's.
    pub(super) fn restocks(&mut self, campaign: CampaignId, lead: Lead) {
        self.feed(Input::Leads(campaign, vec![lead]));
    }

    /// The campaign dials in another way from now on.
    pub(super) fn dials(&mut self, mode: Mode) {
        self.scene.campaign.mode = mode;
        self.feed(Input::Change(Change::Campaign(Box::new(self.scene.campaign.clone()))));
    }

    /// The wall clock jumps, and the monotonic one does not.
    pub(super) fn clock_jumps(&mut self, by: Duration) {
        self.ahead += by;
    }

    pub(super) fn agent(&mut self, verb: AgentVerb) {
        let agent = self.agent_id();
        self.command(Command::Agent { agent, by: Cause::Agent, verb });
    }

    pub(super) fn agent_id(&self) -> AgentId {
        self.scene.agents[0].id
    }

    /// An agent asks, and is answered.
    pub(super) fn ask(&mut self, index: usize, verb: AgentVerb) -> Result<Reply, CommandError> {
        let agent = self.scene.agents[index].id;
        self.request(match verb {
            // As the API asks: nobody's number here, on no list.
            AgentVerb::Call(CallVerb::Dial { number, campaign }) => {
                Command::Dial { agent, campaign, number, person: None, promise: None }
            }
            verb => Command::Agent { agent, by: Cause::Agent, verb },
        })
    }

    /// Gives a command that may be refused.
    pub(super) fn request(&mut self, command: Command) -> Result<Reply, CommandError> {
        self.refusals_are_fine = true;
        self.command(command);
        self.refusals_are_fine = false;
        self.replies.pop().unwrap()
    }

    pub(super) fn scene(&self) -> &Scene {
        &self.scene
    }

    pub(super) fn dispose(&mut self, code: &str) {
        let code = code.to_owned();
        self.agent(AgentVerb::Dispose {
            call: None,
            code,
            notes: None,
            callback_at: None,
            callback_by: CallbackBy::Anyone,
            callback_zone: None,
        });
    }

    pub(super) fn command(&mut self, command: Command) {
        self.feed(Input::Command(1, command));
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

    /// What the first agent's telephone does from now on.
    pub(super) fn phone_is(&mut self, manner: Manner) {
        self.phones[0].manner = manner;
    }

    /// How often the first agent's telephone rang, and how many of its legs are over.
    pub(super) fn phone_rang(&self) -> (usize, usize) {
        (self.phones[0].legs.len(), self.phones[0].ended)
    }

    /// The first agent's telephone calls in.
    pub(super) fn phone_calls_in(&mut self) {
        let (address, user) = (self.phones[0].address, self.extension(0));
        let offer = sdp::offer(&self.phones[0].local(4_900), &[Codec::Pcmu], Direction::SendRecv);
        let invite = sip::Invite {
            to: sip::Destination::Address {
                uri: "sip:access@192.0.2.1".to_owned(),
                flow: Flow::udp(address, switch_address()),
            },
            from: sip::Identity { user: user.clone(), display: None, host: "192.0.2.1".to_owned() },
            asserted: None,
            sdp: Some(offer.clone()),
            headers: vec![],
            credentials: Some(sip::Credentials {
                user,
                secret: Secret::Password("secret".to_owned()),
            }),
            timer_b: None,
        };
        let (now, mut leg) = (self.now, None);
        let sent = self.phones[0].act(now, |endpoint, out| {
            leg = endpoint.invite(now, invite, out).ok();
        });
        self.phones[0].legs.push((leg.unwrap(), offer));
        self.waiting.extend(sent);
        self.settle();
    }

    /// The first agent picks the telephone up.
    pub(super) fn phone_answers(&mut self) {
        let ((leg, answer), now) = (self.phones[0].legs.last().cloned().unwrap(), self.now);
        let sent = self.phones[0].act(now, |endpoint, out| endpoint.answer(now, leg, answer, out));
        self.waiting.extend(sent);
        self.settle();
    }

    /// The network under the first agent's line is gone (RFC 7675).
    pub(super) fn line_is_cut(&mut self) {
        let party = self.switch.line_up(self.agent_id()).unwrap();
        self.feed(Input::Media(media::Event::Gone { stream: party.stream }));
    }

    pub(super) fn phone_hangs_up(&mut self) {
        let (leg, now) = (self.phones[0].legs.last().unwrap().0, self.now);
        let sent = self.phones[0].act(now, |endpoint, out| endpoint.hang_up(now, leg, None, out));
        self.waiting.extend(sent);
        self.settle();
    }

    /// Lets time pass: everything that is due happens at its own millisecond.
    pub(super) fn run(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            let far = std::iter::once(&self.carrier).chain(&self.phones).chain(&self.spares);
            let far = far.map(|far| far.endpoint.deadline());
            let due = far.chain([self.switch.deadline(wall(self.start, self.now, self.ahead))]);
            let next = due.flatten().min().filter(|at| *at <= end);
            let Some(next) = next else { break };
            self.now = self.now.max(next);
            let now = self.now;
            let mut sent = self.carrier.act(now, |endpoint, out| endpoint.tick(now, out));
            for far in self.spares.iter_mut().chain(&mut self.phones) {
                sent.extend(far.act(now, |endpoint, out| endpoint.tick(now, out)));
            }
            self.waiting.extend(sent);
            self.feed(Input::Tick);
        }
        self.now = end;
    }

    pub(super) fn tell(&mut self, change: Change) {
        self.feed(Input::Change(change));
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
            Output::Send(flow, bytes) if flow.remote == edges::watcher() => {
                self.watcher.push(String::from_utf8(bytes.to_vec()).unwrap());
            }
            Output::Send(flow, bytes) => {
                self.sent += 1;
                self.overhear(&bytes);
                let fars = self.spares.iter_mut().chain([&mut self.carrier]);
                let far = fars.chain(&mut self.phones).find(|far| far.address == flow.remote);
                let far = far.unwrap();
                if let Some(rest) = bytes.strip_prefix(b"INVITE sip:") {
                    let user = rest.split(|byte| *byte == b'@').next().unwrap();
                    self.invites.push(String::from_utf8(user.to_vec()).unwrap());
                    self.last_invite = bytes.clone();
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
                assert!(reply.is_ok() || self.refusals_are_fine, "refused: {reply:?}");
                self.replies.push(reply);
            }
            Output::Warn(what) if what.starts_with("call-in: ") => self.warnings.push(what),
            Output::Warn(what) if what.starts_with("the CLI ") => self.warnings.push(what),
            Output::Warn(what) if what.starts_with("recording ") => {}
            Output::Warn(what) if what.contains("no prompt named") => {}
            Output::Warn(what) => panic!("the switch warns: {what}"),
            Output::Fetch(campaign, id) => {
                let asked = self.callback_leads.iter().find(|lead| lead.id == id);
                let lead = Box::new(asked.unwrap().clone());
                self.waiting.push_back(Input::CallbackLead(campaign, lead));
            }
            Output::Live(LiveEvent::Queue(view)) => self.queue_shown = Some(view),
            Output::Live(LiveEvent::Call(view)) => self.call_shown = Some(view),
            Output::Live(LiveEvent::Campaign(view)) => self.campaign_shown = Some(view),
            Output::Recall(campaign, hour) => {
                self.recalls.push(hour);
                let learnt = self.memory.clone().map(Box::new);
                self.waiting.extend(learnt.map(|learnt| Input::Recalled(campaign, learnt)));
            }
            Output::Ask(asked) => self.asked.push(asked),
            Output::Prove(proof) => self.proofs.push(proof),
            Output::Reconsider(campaign) => self.reconsidered.push(campaign),
            Output::Defer(..) | Output::Live(_) => {}
        }
    }

    fn media_command(&mut self, command: media::Command) {
        match command {
            media::Command::Bind { count } => {
                let ports = (0..count).map(|index| 20_000 + 2 * index).collect();
                self.waiting.push_back(Input::Media(media::Event::Bound { ports }));
            }
            media::Command::StopRecord { recording, keep: true } => {
                let (slots, gaps, chain) = (500, 0, [7; 32]);
                let ended = media::Event::Recorded { recording, slots, gaps, chain };
                self.waiting.push_back(Input::Media(ended));
            }
            media::Command::Open { stream, port, .. } => {
                self.ports.insert(stream, port);
            }
            media::Command::Close { stream } => {
                let port = self.ports.remove(&stream).unwrap();
                let quality = self.closing;
                let stats = media::StreamStats { quality, ..Default::default() };
                let closed = media::Event::Closed { stream, port, stats };
                self.waiting.push_back(Input::Media(closed));
            }
            _ => {}
        }
        self.media.push(command);
    }
}

pub(super) fn settings() -> Settings {
    Settings {
        sip: sip::Config::new("cordboard"),
        sip_udp: vec![switch_address()],
        sip_tcp: vec![],
        sip_tls: vec![],
        media_address: switch_address().ip(),
        srtp: SrtpPolicy::Off,
        codecs: Settings::CODECS.to_vec(),
        web_codecs: Settings::CODECS.to_vec(),
        web: None,
        follow_talk: true,
        tones: media::Country::default(),
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
