//! Trunks at work: where each is reached, how it fares, what it carries, and which one a call
//! takes.
//!
//! ```text
//!  a campaign's trunks ──priority, weight, room──▶ trunk ──rank, health──▶ target ──▶ INVITE
//!        ▲ another trunk (`failover::redial`)                ▲ another target (`failover::detour`)
//!        └──────────── the carrier failed, and nobody's telephone rang ──────────┘
//! ```
//! A call counts on its trunk from the moment it is decided on. Its INVITE is counted when it
//! leaves, and never are there more in a second than the trunk allows (`routing::trunks::Rate`).

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use routing::trunks::{Health, Rank, Rate, Spent, order};
use routing::{CallId, Number, Trunk, TrunkId};
use sip::{Credentials, Peer, PeerId, PingId, RegistrationId, Transport};

use super::Now;

/// All trunks.
#[derive(Debug)]
pub(super) struct Trunks {
    lines: BTreeMap<TrunkId, Line>,
    peers: u64,
    /// INVITEs of the last second, on all trunks.
    rate: Rate,
    pub(super) pings: BTreeMap<PingId, (TrunkId, SocketAddr)>,
    /// The organisation's, in which a day begins and ends.
    zone: TimeZone,
}

/// Where one of a trunk's addresses leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The address.
    pub address: SocketAddr,
    /// What carries SIP there.
    pub transport: Transport,
    /// Its place among the trunk's addresses, and its share among equals.
    pub rank: Rank,
}

/// A trunk with its traffic.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) trunk: Trunk,
    pub(super) peer: PeerId,
    targets: Vec<Target>,
    /// Calls on it, both ways.
    pub(super) calls: usize,
    pub(super) failures: u64,
    rate: Rate,
    day: Option<Date>,
    spent: Spent,
    /// Answered outbound calls in progress: since when, and what a minute costs.
    open: BTreeMap<CallId, (Instant, u32)>,
    pub(super) credentials: Option<Credentials>,
    pub(super) registration: Option<Registered>,
    pub(super) ask_at: Option<Instant>,
}

/// A registration of ours with a carrier.
#[derive(Clone, Copy, Debug)]
pub(super) struct Registered {
    pub(super) id: RegistrationId,
    pub(super) is_up: bool,
    /// Where it goes.
    pub(super) at: SocketAddr,
}

/// One address of a carrier.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    pub(super) at: Resolved,
    pub(super) health: Health,
}

impl Default for Trunks {
    fn default() -> Self {
        let zone = TimeZone::UTC;
        let (lines, pings) = (BTreeMap::new(), BTreeMap::new());
        Self { lines, peers: 0, rate: Rate::default(), pings, zone }
    }
}

impl Trunks {
    pub(super) fn get(&self, id: TrunkId) -> Option<&Line> {
        self.lines.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: TrunkId) -> Option<&mut Line> {
        self.lines.get_mut(&id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Line> {
        self.lines.values()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Line> {
        self.lines.values_mut()
    }

    pub(super) fn of_peer(&self, peer: PeerId) -> Option<TrunkId> {
        self.lines.values().find(|line| line.peer == peer).map(|line| line.trunk.id)
    }

    pub(super) fn of_registration(&mut self, id: RegistrationId) -> Option<&mut Line> {
        let is_its = |line: &&mut Line| line.registration.is_some_and(|own| own.id == id);
        self.lines.values_mut().find(is_its)
    }

    /// Takes a trunk's settings; targets that it keeps keep their health.
    pub(super) fn set(&mut self, now: Now, trunk: Trunk) -> Peer {
        let peers = &mut self.peers;
        let line = self.lines.entry(trunk.id).or_insert_with(|| {
            *peers += 1;
            Line::new(PeerId(*peers), trunk.clone())
        });
        let literal: Vec<_> = literal(&trunk).collect();
        line.trunk = trunk;
        if !literal.is_empty() {
            line.aim(&literal);
        }
        line.schedule(now.at);
        line.peer()
    }

    pub(super) fn remove(&mut self, id: TrunkId) -> Option<Line> {
        self.lines.remove(&id)
    }

    /// Where a trunk's names lead, beside its addresses in digits; none when it is gone.
    pub(super) fn resolved(&mut self, id: TrunkId, found: &[Resolved]) -> Option<Peer> {
        let line = self.lines.get_mut(&id)?;
        let all: Vec<_> = literal(&line.trunk).chain(found.iter().copied()).collect();
        line.aim(&all);
        Some(line.peer())
    }

    pub(super) fn set_zone(&mut self, name: &str) {
        self.zone = TimeZone::get(name).unwrap_or(TimeZone::UTC);
    }

    /// What a trunk has carried today, as a restart found it.
    pub(super) fn set_spent(&mut self, now: Now, id: TrunkId, spent: Spent) {
        let today = self.today(now);
        if let Some(line) = self.lines.get_mut(&id) {
            (line.day, line.spent) = (Some(today), spent);
        }
    }

    /// The first of these trunks with room for a call, by priority and weight, and the room on all
    /// of them; `random` gives a number below its argument.
    pub(super) fn room(
        &mut self,
        now: Now,
        trunks: &[TrunkId],
        except: &BTreeSet<TrunkId>,
        random: impl FnMut(u32) -> u32,
    ) -> (Option<TrunkId>, usize) {
        let today = self.today(now);
        let mut open = vec![];
        let mut room = 0;
        for id in trunks.iter().filter(|id| !except.contains(id)) {
            let Some(line) = self.lines.get_mut(id) else { continue };
            let here = line.room(now.at, today);
            room += here;
            if here > 0 {
                open.push((*id, (line.trunk.priority, line.trunk.weight)));
            }
        }
        let ranks: Vec<Rank> = open.iter().map(|(_, rank)| *rank).collect();
        let first = order(&ranks, random).first().map(|index| open[*index].0);
        (first, room)
    }

    /// The trunks that may carry a call to this number.
    pub(super) fn reaching(&self, number: Number) -> Vec<TrunkId> {
        let fits = self.lines.iter().filter(|(_, line)| line.trunk.reaches(number));
        fits.map(|(id, _)| *id).collect()
    }

    /// How many INVITEs may still leave in this second, whatever the trunk.
    pub(super) fn room_this_second(&mut self, now: Instant, most: u32) -> usize {
        self.rate.room(now, as_usize(most))
    }

    /// When a trunk that is at its calls per second, or that rests, has room again.
    pub(super) fn room_at(&self, trunks: &[TrunkId]) -> Option<Instant> {
        let lines = || trunks.iter().filter_map(|id| self.lines.get(id));
        let rates = lines().filter_map(|line| line.rate.room_at());
        let rests = lines().flat_map(|line| &line.targets);
        rates.chain(rests.filter_map(|target| target.health.rests_until())).min()
    }

    /// A call is going to leave by this trunk.
    pub(super) fn reserve(&mut self, id: TrunkId) {
        self.rate.reserve();
        if let Some(line) = self.lines.get_mut(&id) {
            line.rate.reserve();
            line.calls += 1;
        }
    }

    /// The INVITE of a reserved call leaves now.
    pub(super) fn sent(&mut self, now: Instant, id: TrunkId) {
        self.rate.sent(now);
        if let Some(line) = self.lines.get_mut(&id) {
            line.rate.sent(now);
        }
    }

    /// A reserved call ended before its INVITE left.
    pub(super) fn give_back(&mut self, id: TrunkId) {
        self.rate.give_back();
        if let Some(line) = self.lines.get_mut(&id) {
            line.rate.give_back();
        }
    }

    /// Whether one INVITE more may leave by this trunk for a call that has its place already.
    pub(super) fn has_rate(&mut self, now: Instant, id: TrunkId, most: u32) -> bool {
        let everywhere = self.rate.room(now, as_usize(most)) > 0;
        let line = self.lines.get_mut(&id);
        let here = line.is_some_and(|line| line.rate.room(now, as_usize(line.trunk.cps_max)) > 0);
        if everywhere && here {
            self.rate.reserve();
            if let Some(line) = self.lines.get_mut(&id) {
                line.rate.reserve();
            }
        }
        everywhere && here
    }

    /// An outbound call was answered: its time counts from here.
    pub(super) fn answered(&mut self, now: Now, id: TrunkId, call: CallId, number: Option<Number>) {
        if let Some(line) = self.lines.get_mut(&id) {
            let price = number.and_then(|number| line.trunk.daily.price(number)).unwrap_or(0);
            line.open.insert(call, (now.at, price));
        }
    }

    /// A call is over.
    pub(super) fn ended(&mut self, now: Now, id: TrunkId, call: CallId) {
        let today = self.today(now);
        let Some(line) = self.lines.get_mut(&id) else { return };
        line.calls = line.calls.saturating_sub(1);
        if let Some((since, price)) = line.open.remove(&call) {
            line.turn_day(today);
            line.spent.add(millis(now.at.saturating_duration_since(since)), price);
        }
    }

    /// When a trunk is next to be asked whether it is there.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.lines.values().filter_map(|line| line.ask_at).min()
    }

    /// The organisation's date.
    pub(super) fn today(&self, now: Now) -> Date {
        now.wall.to_zoned(self.zone.clone()).date()
    }
}

impl Line {
    fn new(peer: PeerId, trunk: Trunk) -> Self {
        Self {
            trunk,
            peer,
            targets: vec![],
            calls: 0,
            failures: 0,
            rate: Rate::default(),
            day: None,
            spent: Spent::default(),
            open: BTreeMap::new(),
            credentials: None,
            registration: None,
            ask_at: None,
        }
    }

    /// How many calls may leave now: by calls at once, by calls in any second, by the day's cap,
    /// and whether anything there is alive.
    fn room(&mut self, now: Instant, today: Date) -> usize {
        let alive = self.targets.iter().any(|target| target.health.is_usable(now));
        if !self.trunk.enabled || !alive || !self.trunk.daily.allows(&self.carried(now, today)) {
            return 0;
        }
        let calls = as_usize(self.trunk.calls_max).saturating_sub(self.calls);
        calls.min(self.rate.room(now, as_usize(self.trunk.cps_max)))
    }

    /// What it has carried today, calls in progress included.
    pub(super) fn carried(&self, now: Instant, today: Date) -> Spent {
        let mut carried = if self.day == Some(today) { self.spent } else { Spent::default() };
        for (since, price) in self.open.values() {
            carried.add(millis(now.saturating_duration_since(*since)), *price);
        }
        carried
    }

    /// Whether an outbound call was answered by way of it, and is not over.
    pub(super) fn has_answered(&self, call: CallId) -> bool {
        self.open.contains_key(&call)
    }

    /// Calls that use it, and calls set aside whose INVITE has not left.
    pub(super) fn taken(&self) -> (usize, usize) {
        (self.calls, self.rate.pending())
    }

    /// Whether a call more fits, from whichever side.
    pub(super) fn has_place(&self) -> bool {
        self.calls < as_usize(self.trunk.calls_max)
    }

    /// Whether anything there takes calls.
    pub(super) fn is_up(&self) -> bool {
        self.trunk.enabled && self.targets.iter().any(|target| target.health.is_up())
    }

    pub(super) fn targets(&self) -> &[Target] {
        &self.targets
    }

    pub(super) fn health(&mut self, address: SocketAddr) -> Option<&mut Health> {
        let its = |target: &&mut Target| target.at.address == address;
        self.targets.iter_mut().find(its).map(|target| &mut target.health)
    }

    /// The best target that may be tried now and has not been.
    pub(super) fn target(
        &self,
        now: Instant,
        tried: &[SocketAddr],
        random: impl FnMut(u32) -> u32,
    ) -> Option<Resolved> {
        let fits = |one: &&Target| one.health.is_usable(now) && !tried.contains(&one.at.address);
        let usable: Vec<_> = self.targets.iter().filter(fits).map(|target| target.at).collect();
        let ranks: Vec<Rank> = usable.iter().map(|at| at.rank).collect();
        order(&ranks, random).first().map(|index| usable[*index])
    }

    /// A new day begins at zero.
    fn turn_day(&mut self, today: Date) {
        if self.day != Some(today) {
            (self.day, self.spent) = (Some(today), Spent::default());
        }
    }

    /// Takes new targets; those that stay keep their health.
    fn aim(&mut self, found: &[Resolved]) {
        let old = std::mem::take(&mut self.targets);
        let known = |at: &Resolved| old.iter().find(|one| one.at.address == at.address);
        let fresh = found.iter().map(|at| Target {
            at: *at,
            health: known(at).map_or_else(Health::default, |one| one.health),
        });
        self.targets = fresh.take(TARGETS_MAX).collect();
    }

    /// When it is asked next whether it is there; at another pace only if the pace is new.
    fn schedule(&mut self, now: Instant) {
        let pace = Duration::from_secs(self.trunk.probe_s.into());
        let asks = self.trunk.probe_s > 0 && self.trunk.enabled;
        self.ask_at = asks.then(|| self.ask_at.unwrap_or(now + pace).min(now + pace));
    }

    /// It has been asked; the next time is a pace away.
    pub(super) fn asked(&mut self, now: Instant) {
        self.ask_at = Some(now + Duration::from_secs(self.trunk.probe_s.into()));
    }

    /// Sources whose INVITEs are this carrier's: those listed, else wherever it is reached.
    fn peer(&self) -> Peer {
        let mut sources: BTreeSet<IpAddr> = self.trunk.source_addresses().collect();
        if self.trunk.sources.is_empty() {
            sources.extend(self.targets.iter().map(|target| target.at.address.ip()));
        }
        Peer { id: self.peer, addresses: sources.into_iter().map(|ip| (ip, None)).collect() }
    }
}

/// The addresses of a trunk that nobody has to be asked for.
pub fn literal(trunk: &Trunk) -> impl Iterator<Item = Resolved> + '_ {
    trunk.addresses.iter().zip(0..).filter_map(|(address, index)| {
        let transport = transport(address.transport.unwrap_or_default());
        Some(Resolved { address: address.socket()?, transport, rank: rank(index, 0, 0) })
    })
}

/// The rank of what the `index`-th address of a trunk led to: its own place first, then the order
/// that the DNS gave, from 0.
#[must_use]
pub fn rank(index: u16, dns: u16, weight: u16) -> Rank {
    (index.min(TRUNK_ADDRESSES_MAX) * DNS_MAX + dns.min(DNS_MAX - 1), weight)
}

/// SIP's own word for a trunk's transport.
#[must_use]
pub fn transport(transport: routing::Transport) -> Transport {
    match transport {
        routing::Transport::Udp => Transport::Udp,
        routing::Transport::Tcp => Transport::Tcp,
        routing::Transport::Tls => Transport::Tls,
    }
}

fn as_usize(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A trunk has at most eight addresses.
const TRUNK_ADDRESSES_MAX: u16 = 7;
const DNS_MAX: u16 = 8_192;

/// More servers than this behind one trunk are not tried.
const TARGETS_MAX: usize = 64;
