//! The brain: everything that decides, as one synchronous value.
//!
//! ```text
//!  Input ──▶ handle(now) ──▶ sip::Endpoint ─┐
//!                            routing::Floor ├─▶ their events, drained in the same pass
//!                            call::Call ────┘
//!                            dialer::Campaign paced when anything it counts on has changed
//!        ◀── Output: bytes, media commands, journal entries, refills, replies, live views
//! ```
//! It owns calls, lines and streams; agents belong to the floor, legs to the endpoint, leads in
//! flight to their campaign. It holds no lock, socket or clock, awaits nothing, and is the same in
//! production and in a simulator: the same inputs at the same times give the same outputs.

mod answering;
mod by_hand;
mod callbacks;
mod calls;
mod carriers;
mod clips;
mod clis;
mod consult;
mod corrections;
mod desk;
mod dial;
mod directory;
mod enquiries;
mod events;
mod failover;
mod forward;
mod ids;
mod inbound;
mod invariants;
mod ladders;
mod lamps;
mod ledger;
mod legs;
mod lines;
mod metrics;
mod opting_out;
mod outbound;
mod pacer_memory;
mod pacers;
mod places;
mod preview;
mod quality;
mod reach;
mod recording;
mod referrals;
mod repair;
mod settings;
mod strain;
mod streams;
mod supervision;
mod tables;
mod talks;
mod telephones;
mod trunks;
mod views;
mod voicemail;
mod watchdog;
mod why;
mod workflows;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;
use std::time::Instant;

use admin_api::control::{Change, Command, CommandError, Reply};
use admin_api::live::LiveEvent;
use bytes::Bytes;
use dialer::abandon::AbandonLedger;
use dialer::callbacks::{Callback, Callbacks};
use dialer::cli_health::{CliHealth, Past};
use dialer::pacer::{HourOfWeek, Learnt};
use dialer::permit::ChainHead;
use dialer::{AttemptId, Campaign, Dnc, Gate, Lead, LeadId};
use jiff::{SignedDuration, Timestamp};
use routing::workflows::Answer;
use routing::{
    AgentId, Alarms, CallId, CampaignId, Floor, KeptPlace, Mailbox, Messages, Number, Places,
    QueueId, TrunkId, Verdict, Waits,
};
use sip::{Endpoint, Flow, LegId};
use store::leads::Reconsidered;

pub use dial::Refill;
pub use invariants::LeftOver;
pub use lines::access::Proof;
pub use settings::{Settings, WebDoor};
pub use trunks::{Resolved, literal, rank, transport};
pub use workflows::Asked;

use crate::call::table::Ear;
use callbacks::Held;
use calls::Slot;
use consult::Consultation;
use desk::LastCall;
use directory::Directory;
use enquiries::Enquiry;
use ids::Ids;
use ladders::Ladders;
use lamps::Lamps;
use ledger::Ledger;
use lines::Line;
use lines::access::Door;
use metrics::Traffic;
use pacers::Pacers;
use quality::Qualities;
use recording::Recordings;
use repair::Repairs;
use streams::Streams;
use talks::Talks;
use trunks::Trunks;
use views::{CampaignCounts, QueueCounts, Touched};
use voicemail::Mailboxes;
use watchdog::Watchdog;
use workflows::Workflows;

/// One moment on both clocks.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// Monotonic; every timer runs on it (FAULTS F12).
    pub at: Instant,
    /// The wall clock; for records, calling windows and people.
    pub wall: Timestamp,
}

/// What reaches the brain.
#[derive(Debug)]
pub enum Input {
    /// One SIP message.
    Sip(Flow, Bytes),
    /// A stream brought what cannot be cut into messages, and closes.
    Unframed(Flow, Box<sip::message::Rejected>),
    /// A stream that carried SIP is gone.
    FlowClosed(Flow),
    /// The edge could not send on a flow.
    FlowFailed(Flow),
    /// The media plane reports.
    Media(media::Event),
    /// Every journal entry up to this one survives a power cut.
    Durable(u64),
    /// Why the journal cannot be relied on now; none when it can again.
    JournalTrouble(Option<String>),
    /// The inbox fills faster than it empties, or no longer does.
    Strain(bool),
    /// The world sees us at another address than before.
    PublicAddress(IpAddr),
    /// Leads that a campaign asked for.
    Leads(CampaignId, Vec<Lead>),
    /// A lead whose promised call is due.
    CallbackLead(CampaignId, Box<Lead>),
    /// This person needs none: they called us since, and met an agent.
    CalledIn(LeadId),
    /// What a campaign's pacer knew in this hour of another week.
    Recalled(CampaignId, Box<Learnt>),
    /// A setting that changed and is durable.
    Change(Change),
    /// Where a trunk's addresses lead.
    Resolved(TrunkId, Vec<Resolved>),
    /// What a workflow asked for a call, by its ticket.
    Answered(CallId, u64, Answer),
    /// Whether the PIN of a caller is right, by its ticket.
    Proved(CallId, u64, Verdict),
    /// What a trunk has carried today, as a restart found it.
    Spent(TrunkId, routing::trunks::Spent),
    /// What a restart found in a mailbox.
    Messages(Mailbox, Messages),
    /// What a restart knows of a number that was shown before it.
    CliPast(Number, Past),
    /// A command from the API; answered with the same ticket.
    Command(u64, Command),
    /// Stop dialling and let what is live come to its end.
    Drain,
    /// Hang up every call and every line.
    HangUpAll,
    /// [`Switch::deadline`] has passed.
    Tick,
}

/// What the brain wants done.
#[derive(Debug)]
pub enum Output {
    /// Send one SIP message.
    Send(Flow, Bytes),
    /// Tell the media plane.
    Media(media::Command),
    /// Append to the journal; entries come in order and without a gap.
    Journal(store::Entry),
    /// Read leads for a campaign; [`Input::Leads`] answers.
    Refill(Refill),
    /// Read one lead: its promised call is due. [`Input::CallbackLead`] answers.
    Fetch(CampaignId, LeadId),
    /// Read what a campaign's pacer knew in this hour of another week; [`Input::Recalled`]
    /// answers, where there is anything.
    Recall(CampaignId, HourOfWeek),
    /// Ask for a call in a workflow; [`Input::Answered`] answers.
    Ask(Asked),
    /// Prove a PIN; [`Input::Proved`] answers.
    Prove(Proof),
    /// Do not read these leads for this campaign again before their time.
    Defer(CampaignId, Vec<(LeadId, Timestamp)>),
    /// By what rules a campaign dials has changed: what they put off, or ended, is looked at anew.
    Reconsider(Reconsidered),
    /// Answer a command.
    Reply(u64, Result<Reply, CommandError>),
    /// Show what changed.
    Live(LiveEvent),
    /// Say in the log what went wrong; a person may have to act.
    Warn(String),
}

/// What a restart found: where permits, entries and the do-not-call sets stand.
#[derive(Debug)]
pub struct Restart {
    /// The sequence number of the next journal entry.
    pub next_seq: u64,
    /// The last permit ever given.
    pub chain: ChainHead,
    /// The do-not-call sets.
    pub dnc: Dnc,
    /// What each campaign's answered calls came to, for its abandon rate.
    pub ledgers: BTreeMap<CampaignId, AbandonLedger>,
    /// Calls that were promised and not made yet.
    pub callbacks: Vec<Callback>,
    /// Places in line that callers kept, and how often each was called for.
    pub places: Vec<(KeptPlace, u8)>,
}

/// The whole switch; drive it with [`handle`](Self::handle) and look at
/// [`deadline`](Self::deadline).
#[derive(Debug)]
pub struct Switch {
    settings: Settings,
    sip: Endpoint,
    floor: Floor,
    gate: Gate,
    campaigns: BTreeMap<CampaignId, Campaign>,
    callbacks: Callbacks,
    /// Leads that are due and wait for their owner or team.
    held: BTreeMap<LeadId, Held>,
    /// Places in line of callers who hung up.
    places: Places,
    directory: Directory,
    trunks: Trunks,
    calls: BTreeMap<CallId, Slot>,
    /// Of campaigns that a restart found and nobody has told of yet.
    ledgers: BTreeMap<CampaignId, AbandonLedger>,
    attempts: BTreeMap<AttemptId, CallId>,
    last_calls: BTreeMap<AgentId, LastCall>,
    lines: BTreeMap<AgentId, Line>,
    /// The calls that agents' lines come by from outside.
    outside: BTreeMap<AgentId, CallId>,
    /// Who calls in from any telephone.
    door: Door,
    /// Agents' calls to third parties, one each.
    consultations: BTreeMap<AgentId, Consultation>,
    /// Agents' telephones that call about a customer in hand.
    enquiries: BTreeMap<AgentId, Enquiry>,
    /// Agents whom nobody hears in the call they have in hand.
    muted: BTreeSet<AgentId>,
    /// Supervisors at agents' tables, by the agent.
    watched: BTreeMap<AgentId, BTreeMap<AgentId, Ear>>,
    /// Agents who asked for help, and why.
    help: BTreeMap<AgentId, String>,
    watchdog: Watchdog,
    /// Deadlines of calls and lines.
    alarms: Alarms<Owner>,
    legs: BTreeMap<LegId, Owner>,
    streams: Streams,
    recordings: Recordings,
    mailboxes: Mailboxes,
    workflows: Workflows,
    qualities: Qualities,
    repairs: Repairs,
    talks: Talks,
    ledger: Ledger,
    ids: Ids,
    anchor: Now,
    pending: VecDeque<Pending>,
    pace: BTreeSet<CampaignId>,
    pacers: Pacers,
    pacer_hours: pacer_memory::Hours,
    previews: preview::Previews,
    cli_health: CliHealth,
    paced_at: Instant,
    queue_counts: BTreeMap<QueueId, QueueCounts>,
    waits: BTreeMap<QueueId, Waits>,
    campaign_counts: BTreeMap<CampaignId, CampaignCounts>,
    touched: Touched,
    ladders: Ladders,
    lamps: Lamps,
    traffic: Traffic,
    strained: bool,
    draining: bool,
}

/// Whose leg or stream it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Owner {
    Call(CallId),
    Line(AgentId),
    Enquiry(AgentId),
}

/// An event of a part that waits for its turn in the same pass.
#[derive(Debug)]
enum Pending {
    Sip(sip::Event),
    Floor(routing::Event),
}

impl Switch {
    /// An empty switch; `seed` feeds ids, tags, nonces and the choice of ports.
    #[must_use]
    pub fn new(now: Now, settings: Settings, restart: Restart, seed: [u8; 32]) -> Self {
        let mut ids = Ids::new(seed);
        let sip = Endpoint::new(settings.sip.clone(), ids.seed());
        let streams = Streams::new(&settings, [ids.seed(), ids.seed()]);
        let mut places = Places::default();
        for (place, tries) in restart.places {
            // Whoever was being called when the switch ended is not called again at once.
            let rest = SignedDuration::from_secs(if tries > 0 { place.retry_s.into() } else { 0 });
            places.keep(now.wall.saturating_add(rest).unwrap_or(now.wall), place, tries);
        }
        Self {
            sip,
            floor: settings.floor(),
            gate: Gate::new(restart.dnc, restart.chain),
            campaigns: BTreeMap::new(),
            callbacks: restart.callbacks.into_iter().collect(),
            held: BTreeMap::new(),
            places,
            directory: Directory::default(),
            trunks: Trunks::default(),
            calls: BTreeMap::new(),
            ledgers: restart.ledgers,
            attempts: BTreeMap::new(),
            last_calls: BTreeMap::new(),
            lines: BTreeMap::new(),
            outside: BTreeMap::new(),
            door: Door::default(),
            consultations: BTreeMap::new(),
            enquiries: BTreeMap::new(),
            muted: BTreeSet::new(),
            watched: BTreeMap::new(),
            help: BTreeMap::new(),
            watchdog: Watchdog::default(),
            alarms: Alarms::default(),
            legs: BTreeMap::new(),
            streams,
            recordings: Recordings::default(),
            mailboxes: Mailboxes::default(),
            workflows: Workflows::default(),
            qualities: Qualities::default(),
            repairs: Repairs::default(),
            talks: Talks::default(),
            ledger: Ledger::new(restart.next_seq),
            ids,
            anchor: now,
            pending: VecDeque::new(),
            pace: BTreeSet::new(),
            pacers: Pacers::default(),
            pacer_hours: pacer_memory::Hours::new(),
            previews: preview::Previews::new(),
            cli_health: CliHealth::default(),
            paced_at: now.at,
            queue_counts: BTreeMap::new(),
            waits: BTreeMap::new(),
            campaign_counts: BTreeMap::new(),
            touched: Touched::default(),
            ladders: Ladders::default(),
            lamps: Lamps::default(),
            traffic: Traffic::default(),
            strained: false,
            draining: false,
            settings,
        }
    }

    /// Takes one input; everything to be done about it lands in `out`.
    pub fn handle(&mut self, now: Now, input: Input, out: &mut Vec<Output>) {
        self.watch_clock(now, out);
        self.ladders.begin(now.wall);
        match input {
            Input::Sip(flow, bytes) => {
                self.traffic.received(flow.transport);
                self.ladders.heard(&flow, &bytes);
                self.sip(out, |sip, o| sip.receive(now.at, flow, bytes, o));
            }
            Input::Unframed(flow, rejected) => {
                self.sip(out, |sip, o| sip.unframed(now.at, flow, *rejected, o));
            }
            Input::FlowClosed(flow) => self.sip(out, |sip, o| sip.flow_closed(now.at, flow, o)),
            Input::FlowFailed(flow) => {
                self.sip(out, |sip, o| sip.transport_failed(now.at, flow, o));
            }
            Input::Media(event) => self.media(now, event, out),
            Input::Durable(seq) => self.durable(now, seq, out),
            Input::JournalTrouble(trouble) => self.ledger.trouble = trouble,
            Input::Strain(strained) => self.set_strain(strained),
            Input::PublicAddress(seen) => self.set_public_address(seen),
            Input::Leads(campaign, leads) => self.restock(now, campaign, leads),
            Input::CallbackLead(campaign, lead) => self.callback_lead(now, campaign, *lead, out),
            Input::CalledIn(lead) => self.called_in_since(now, lead, out),
            Input::Recalled(campaign, learnt) => self.pacer_recalls(campaign, &learnt),
            Input::Change(change) => self.change(now, change, out),
            Input::Resolved(trunk, found) => self.trunk_resolved(now, trunk, &found, out),
            Input::Messages(mailbox, found) => {
                self.count_messages(now, mailbox, |messages| *messages = found, out);
            }
            Input::Answered(call, ticket, answer) => {
                self.lead_answered(now, (call, ticket), answer, out);
            }
            Input::Proved(call, ticket, said) => self.proved(now, (call, ticket), said, out),
            Input::CliPast(number, past) => self.cli_past(now, number, past),
            Input::Spent(trunk, spent) => self.trunks.set_spent(now, trunk, spent),
            Input::Command(ticket, command) => self.command(now, ticket, command, out),
            Input::Drain => self.drain(now, out),
            Input::HangUpAll => self.hang_up_all(now, out),
            Input::Tick => self.tick(now, out),
        }
        self.settle(now, out);
        self.pace(now, out);
        self.settle(now, out);
        self.bind_ports(out);
        self.publish(now, out);
    }

    /// When [`Input::Tick`] is next due; none while nothing is scheduled.
    #[must_use]
    pub fn deadline(&self, now: Now) -> Option<Instant> {
        let parts = [
            self.sip.deadline(),
            self.floor.deadline(),
            self.trunks.deadline(),
            self.pace_deadline(now),
            self.callback_deadline(now),
            self.places_deadline(now),
            self.preview_deadline(),
            self.watchdog.deadline(),
            self.repairs.deadline(),
            self.talks.deadline(),
            self.figures_deadline(now),
        ];
        parts.into_iter().flatten().chain(self.alarms.first()).min()
    }

    fn tick(&mut self, now: Now, out: &mut Vec<Output>) {
        self.sip(out, |sip, o| sip.tick(now.at, o));
        self.floor(|floor, o| floor.tick(now.at, o));
        self.settle(now, out);
        self.tick_alarms(now, out);
        self.tick_trunks(now, out);
        self.tick_callbacks(now, out);
        self.tick_places(now, out);
        self.tick_watchdog(now, out);
        self.tick_repairs(now, out);
        self.tick_talks(now, out);
        self.tick_previews(now, out);
        self.tick_pace(now);
    }

    /// Calls and lines whose deadline has come.
    fn tick_alarms(&mut self, now: Now, out: &mut Vec<Output>) {
        let due: Vec<_> = std::iter::from_fn(|| self.alarms.due(now.at)).collect();
        for owner in due {
            match owner {
                Owner::Call(call) => self.drive(now, call, crate::call::Input::Tick, out),
                Owner::Line(agent) => self.tick_line(now, agent, out),
                Owner::Enquiry(_) => {}
            }
        }
    }

    /// Deals with the events of the parts until none is left; each can bring further ones.
    fn settle(&mut self, now: Now, out: &mut Vec<Output>) {
        while let Some(pending) = self.pending.pop_front() {
            match pending {
                Pending::Sip(event) => self.sip_event(now, event, out),
                Pending::Floor(event) => self.floor_event(now, event, out),
            }
        }
    }

    /// Runs a verb of the endpoint: bytes go out at once, events wait for their turn.
    fn sip<R>(
        &mut self,
        out: &mut Vec<Output>,
        verb: impl FnOnce(&mut Endpoint, &mut Vec<sip::Output>) -> R,
    ) -> R {
        let mut outputs = vec![];
        let done = verb(&mut self.sip, &mut outputs);
        let opens = |output: &sip::Output| {
            matches!(output, sip::Output::Event(sip::Event::Incoming { .. }))
        };
        if outputs.iter().any(opens) {
            self.ladders.admitted();
        }
        for output in outputs {
            match output {
                sip::Output::Send { flow, bytes } => {
                    self.traffic.sent(flow.transport);
                    self.ladders.said(&flow, &bytes);
                    out.push(Output::Send(flow, bytes));
                }
                sip::Output::Event(event) => self.pending.push_back(Pending::Sip(event)),
            }
        }
        done
    }

    /// Runs a verb of the floor; its events wait for their turn.
    fn floor<R>(&mut self, verb: impl FnOnce(&mut Floor, &mut Vec<routing::Event>) -> R) -> R {
        let mut events = vec![];
        let done = verb(&mut self.floor, &mut events);
        self.pending.extend(events.into_iter().map(Pending::Floor));
        done
    }

    /// The wall-clock time of a monotonic instant, free of steps of the wall clock.
    fn wall(&self, at: Instant) -> Timestamp {
        let since = at.saturating_duration_since(self.anchor.at);
        self.anchor.wall.saturating_add(since).unwrap_or(self.anchor.wall)
    }
}

#[cfg(test)]
mod tests;
