//! The settings that calls are made by, as the administrator's changes left them.
//!
//! Every change arrives here after it is durable. Calls in hand keep what they began with.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use admin_api::control::Change;
use dialer::{Campaign, CampaignSettings};
use routing::{
    Agent, AgentId, CampaignId, Cli, CliId, Did, DidId, DidTarget, Number, Organisation, Trunk,
    TrunkId,
};
use sip::{Account, Peer, PeerId, Secret, Transport};

use store::agents::SipSecret;

use super::{Now, Output, Switch};

/// What the brain knows of organisation, numbers, trunks and extensions.
#[derive(Debug, Default)]
pub(super) struct Directory {
    pub(super) organisation: Option<Organisation>,
    clis: BTreeMap<CliId, Cli>,
    dids: BTreeMap<DidId, Did>,
    trunks: BTreeMap<TrunkId, Line>,
    peers: u64,
    extensions: BTreeMap<AgentId, String>,
    /// Attempts of the last second, on all trunks.
    attempts: VecDeque<Instant>,
}

/// Where one of a trunk's addresses leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The address.
    pub address: SocketAddr,
    /// What carries SIP there.
    pub transport: Transport,
}

/// A trunk with its traffic.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) trunk: Trunk,
    pub(super) peer: PeerId,
    addresses: Vec<Resolved>,
    pub(super) calls: usize,
    pub(super) failures: u64,
    attempts: VecDeque<Instant>,
}

impl Line {
    /// How many attempts may leave now: by calls at once, and by attempts in any second.
    fn room(&mut self, now: Instant) -> usize {
        forget_older(now, &mut self.attempts);
        if !self.trunk.enabled || self.addresses.is_empty() {
            return 0;
        }
        let calls = as_usize(self.trunk.calls_max).saturating_sub(self.calls);
        calls.min(as_usize(self.trunk.cps_max).saturating_sub(self.attempts.len()))
    }
}

impl Directory {
    /// The number presented by R154 has to be ours and enabled.
    pub(super) fn owns(&self, number: Number) -> bool {
        self.clis.values().any(|cli| cli.enabled && cli.number == number)
    }

    /// The DID that a carrier's Request-URI names, with or without its `+`.
    pub(super) fn did(&self, called: &str) -> Option<&Did> {
        let digits: String = called.chars().filter(char::is_ascii_digit).collect();
        self.dids.values().find(|did| did.number.digits() == digits)
    }

    pub(super) fn did_by_id(&self, id: DidId) -> Option<&Did> {
        self.dids.get(&id)
    }

    pub(super) fn trunk(&self, id: TrunkId) -> Option<&Line> {
        self.trunks.get(&id)
    }

    pub(super) fn trunk_mut(&mut self, id: TrunkId) -> Option<&mut Line> {
        self.trunks.get_mut(&id)
    }

    pub(super) fn trunk_of(&self, peer: PeerId) -> Option<TrunkId> {
        self.trunks.values().find(|line| line.peer == peer).map(|line| line.trunk.id)
    }

    /// The first of these trunks with room for an attempt, and the room on all of them.
    pub(super) fn room(&mut self, now: Instant, trunks: &[TrunkId]) -> (Option<TrunkId>, usize) {
        let (mut first, mut room) = (None, 0);
        for id in trunks {
            let here = self.trunks.get_mut(id).map_or(0, |line| line.room(now));
            if here > 0 && first.is_none() {
                first = Some(*id);
            }
            room += here;
        }
        (first, room)
    }

    /// How many attempts may still leave in this second, whatever the trunk.
    pub(super) fn room_this_second(&mut self, now: Instant, most: u32) -> usize {
        forget_older(now, &mut self.attempts);
        as_usize(most).saturating_sub(self.attempts.len())
    }

    /// When a trunk that is at its attempts per second has room again.
    pub(super) fn room_at(&self, trunks: &[TrunkId]) -> Option<Instant> {
        let full = |line: &&Line| line.attempts.len() >= as_usize(line.trunk.cps_max);
        let lines = trunks.iter().filter_map(|id| self.trunks.get(id)).filter(full);
        lines.filter_map(|line| line.attempts.front()).map(|at| *at + SECOND).min()
    }

    /// Notes an attempt on a trunk, which counts for one second.
    pub(super) fn attempted(&mut self, now: Instant, trunk: TrunkId) {
        self.attempts.push_back(now);
        if let Some(line) = self.trunks.get_mut(&trunk) {
            line.attempts.push_back(now);
        }
    }

    /// Where a trunk is called.
    pub(super) fn address(&self, trunk: TrunkId) -> Option<Resolved> {
        self.trunks.get(&trunk)?.addresses.first().copied()
    }

    pub(super) fn resolved(&mut self, trunk: TrunkId, addresses: Vec<Resolved>) {
        if let Some(line) = self.trunks.get_mut(&trunk) {
            line.addresses = addresses;
        }
    }

    pub(super) fn extension(&self, agent: AgentId) -> Option<&str> {
        self.extensions.get(&agent).map(String::as_str)
    }

    pub(super) fn agent_at(&self, extension: &str) -> Option<AgentId> {
        let mut found = self.extensions.iter().filter(|(_, own)| *own == extension);
        found.next().map(|(agent, _)| *agent)
    }

    fn set_trunk(&mut self, trunk: Trunk) -> Peer {
        let addresses = trunk.source_addresses().map(|ip| (ip, None)).collect();
        let implied = trunk.addresses.iter().filter_map(|address| {
            let ip = address.host.parse().ok()?;
            let transport = match address.transport {
                routing::Transport::Udp => Transport::Udp,
                routing::Transport::Tcp => Transport::Tcp,
                routing::Transport::Tls => Transport::Tls,
            };
            Some(Resolved { address: SocketAddr::new(ip, address.port), transport })
        });
        let implied: Vec<_> = implied.collect();
        let peers = &mut self.peers;
        let line = self.trunks.entry(trunk.id).or_insert_with(|| {
            *peers += 1;
            Line {
                trunk: trunk.clone(),
                peer: PeerId(*peers),
                addresses: vec![],
                calls: 0,
                failures: 0,
                attempts: VecDeque::new(),
            }
        });
        if !implied.is_empty() {
            line.addresses = implied;
        }
        line.trunk = trunk;
        Peer { id: line.peer, addresses }
    }
}

impl Switch {
    /// Takes a durable change into force.
    pub(super) fn change(&mut self, now: Now, change: Change, out: &mut Vec<Output>) {
        match change {
            Change::Organisation(organisation) => self.set_organisation(organisation),
            Change::Agent(agent) => self.set_agent(now, *agent, out),
            Change::SipSecret(secret) => self.set_secret(now, secret, out),
            Change::AgentRemoved(agent) => self.remove_agent(now, agent, out),
            Change::Trunk(trunk) => {
                self.touched.trunks.insert(trunk.id);
                let peer = self.directory.set_trunk(trunk);
                self.sip.set_peer(peer);
            }
            Change::TrunkRemoved(id) => {
                if let Some(line) = self.directory.trunks.remove(&id) {
                    self.sip.remove_peer(line.peer);
                    self.touched.trunks.insert(id);
                }
            }
            Change::Cli(cli) => drop(self.directory.clis.insert(cli.id, cli)),
            Change::CliRemoved(id) => drop(self.directory.clis.remove(&id)),
            Change::Did(did) => drop(self.directory.dids.insert(did.id, did)),
            Change::DidRemoved(id) => drop(self.directory.dids.remove(&id)),
            Change::Queue(queue) => {
                self.touched.queues.insert(queue.id);
                if let Err(refused) = self.floor(|floor, o| floor.set_queue(now.at, queue, o)) {
                    out.push(Output::Warn(format!("a queue is not in force: {refused}")));
                }
            }
            Change::QueueRemoved(id) => {
                self.touched.queues.insert(id);
                self.floor(|floor, o| floor.remove_queue(now.at, id, o));
            }
            Change::Campaign(settings) => self.set_campaign(*settings),
            Change::CampaignRemoved(id) => self.remove_campaign(now, id, out),
            Change::ListChanged { list } | Change::ListRemoved(list) => {
                for campaign in self.campaigns.values_mut() {
                    if campaign.settings().lists.contains(&list) {
                        campaign.set(campaign.settings().clone());
                    }
                }
            }
        }
        self.pace_all();
    }

    fn set_organisation(&mut self, organisation: Organisation) {
        self.floor.set_policy(organisation.pause_reason, organisation.clock_out_while_active);
        self.directory.organisation = Some(organisation);
    }

    fn set_agent(&mut self, now: Now, agent: Agent, out: &mut Vec<Output>) {
        self.touched.agents.insert(agent.id);
        if let Err(refused) = self.floor(|floor, o| floor.set_agent(now.at, agent, o)) {
            out.push(Output::Warn(format!("an agent is not in force: {refused}")));
        }
    }

    /// A telephone's secret is new; an extension that changed with it is known no more.
    fn set_secret(&mut self, now: Now, secret: SipSecret, out: &mut Vec<Output>) {
        let user = secret.username;
        let old = self.directory.extensions.insert(secret.agent, user.clone());
        if let Some(old) = old.filter(|old| *old != user) {
            self.sip(out, |sip, o| sip.remove_account(now.at, &old, o));
        }
        let secret = Secret::Ha1 { md5: secret.ha1_md5, sha256: secret.ha1_sha256 };
        self.sip.set_account(Account { user, secret });
    }

    fn remove_agent(&mut self, now: Now, agent: AgentId, out: &mut Vec<Output>) {
        self.floor(|floor, o| floor.remove_agent(now.at, agent, o));
        if let Some(extension) = self.directory.extensions.remove(&agent) {
            self.sip(out, |sip, o| sip.remove_account(now.at, &extension, o));
        }
        self.touched.agents.insert(agent);
    }

    fn set_campaign(&mut self, settings: CampaignSettings) {
        let id = settings.id;
        self.touched.campaigns.insert(id);
        if let Some(campaign) = self.campaigns.get_mut(&id) {
            campaign.set(settings);
        } else {
            let ledger = self.ledgers.remove(&id).unwrap_or_default();
            self.campaigns.insert(id, Campaign::new(settings, ledger));
        }
    }

    /// Its attempts that still ring are cancelled; conversations go on.
    fn remove_campaign(&mut self, now: Now, id: CampaignId, out: &mut Vec<Output>) {
        self.cancel_ringing(now, id, out);
        if let Some(campaign) = self.campaigns.get_mut(&id) {
            let settings = CampaignSettings { running: false, ..campaign.settings().clone() };
            campaign.set(settings);
        }
        self.directory.dids.retain(|_, did| match did.target {
            DidTarget::Agent { .. } | DidTarget::Queue { .. } => did.campaign != Some(id),
        });
        self.touched.campaigns.insert(id);
    }
}

/// Keeps the attempts of the second that ends now.
fn forget_older(now: Instant, attempts: &mut VecDeque<Instant>) {
    while attempts.front().is_some_and(|at| now.duration_since(*at) >= SECOND) {
        attempts.pop_front();
    }
}

fn as_usize(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

const SECOND: Duration = Duration::from_secs(1);
