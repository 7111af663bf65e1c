//! The world around one switch: it carries messages, keeps time, and looks at every step.
//!
//! ```text
//!   agenda ─▶ what is next ─▶ a far side, the disk, the store, a desk ─▶ errands
//!                               │ Input                                   ▲
//!                               ▼                                         │
//!                            Switch ──▶ Output ──▶ network, plane, disk, desks, audit
//! ```
//! One step is one input to the switch. Time jumps to whatever is due next, the switch's own
//! deadline included. The run ends at the first invariant that does not hold.

mod carry;
mod happen;
mod trouble;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dialer::CampaignSettings;
use dialer::abandon::{AbandonLedger, Counts};
use jiff::{SignedDuration, Timestamp};
use media::PortRange;
use routing::CampaignId;

use super::agenda::{Agenda, Happening, Knock};
use super::audit::{Audit, Found};
use super::carrier::Carrier;
use super::clock::{Clock, wednesday};
use super::desks::Desks;
use super::digest::Digest;
use super::disk::Disk;
use super::errand::{Errand, Errands};
use super::invariant::{Broken, Invariant};
use super::law::Law;
use super::network::Network;
use super::phones::Phones;
use super::plan::{Fault, Plan};
use super::plane::Plane;
use super::records::Records;
use super::report::{Report, Spread};
use super::scene::{
    BEFORE_THE_SHIFT, CARRIERS, REALM, Scene, carrier_address, start, switch_address,
};
use super::story::Story;
use super::weather;
use super::wire::Wire;
use crate::demo::outcomes::Chance;
use crate::switch::{Input, LeftOver, Output, Settings, Switch};

/// Everything there is.
pub(super) struct World {
    plan: Plan,
    seed: [u8; 32],
    /// Nobody calls in: it is about one campaign.
    alone: bool,
    clock: Clock,
    at: Duration,
    agenda: Agenda,
    /// None while the power is off.
    switch: Option<Switch>,
    life: u32,
    /// When this life began, and what the wall clock showed then.
    born: (Duration, Timestamp),
    /// The switch's own deadline.
    due: Option<Duration>,
    scene: Scene,
    network: Network,
    carriers: Vec<Carrier>,
    phones: Phones,
    desks: Desks,
    plane: Plane,
    disk: Disk,
    records: Records,
    store: Store,
    audit: Audit,
    wire: Wire,
    weather: Vec<(Duration, weather::Change)>,
    chance: Chance,
    tickets: u64,
    story: Story,
    digest: Digest,
    steps: u64,
    ticks_in_place: u32,
    out: Vec<Output>,
    errands: Errands,
    acknowledged: bool,
    broken: Option<Broken>,
    close_look: Option<u64>,
}

/// How the store is at present.
#[derive(Clone, Copy, Debug)]
struct Store {
    answer: Duration,
    gone: bool,
    folding: bool,
}

impl World {
    /// A world before its first step; `close_look` is the step from which everything is looked at
    /// after every step, and told. Under the law of a campaign there is that campaign alone.
    pub(super) fn new(
        epoch: Instant,
        plan: &Plan,
        law: Option<&Arc<Law>>,
        close_look: Option<u64>,
    ) -> anyhow::Result<Self> {
        let mut seed = [0x5e; 32];
        seed[..8].copy_from_slice(&plan.seed.to_le_bytes());
        let start = if law.is_some() { wednesday() } else { start(plan.seed) };
        let (scene, leads) = Scene::set(plan, law.map(Arc::as_ref), (start, seed))?;
        let clock = Clock::new(epoch, start);
        let faults = plan.faults;
        let carrier = |index| {
            let ends = (carrier_address(index), switch_address());
            Carrier::new(index, ends, (faults, law.cloned()), seed)
        };
        let agents = scene.agents.len();
        let store = Store { answer: Duration::from_millis(5), gone: false, folding: false };
        Ok(Self {
            plan: *plan,
            seed,
            alone: law.is_some(),
            clock,
            at: Duration::ZERO,
            agenda: Agenda::default(),
            switch: None,
            life: 0,
            born: (Duration::ZERO, clock.true_wall(Duration::ZERO)),
            due: None,
            network: Network::new(seed),
            carriers: (0..CARRIERS).map(carrier).collect(),
            phones: Phones::new(&scene, faults, seed),
            desks: Desks::new(&scene, (faults, law.cloned()), seed),
            plane: Plane::new(0, PORTS),
            disk: Disk::new(seed, faults.has(Fault::Restart)),
            records: Records::new((leads, scene.promises.clone()), yesterday(&scene, start)),
            store,
            audit: Audit::new(&scene, start),
            wire: Wire::default(),
            weather: weather::forecast(faults, (agents, plan.length()), seed),
            chance: Chance::new(seed, "world"),
            scene,
            tickets: 0,
            story: Story::default(),
            digest: Digest::new(),
            steps: 0,
            ticks_in_place: 0,
            out: vec![],
            errands: vec![],
            acknowledged: false,
            broken: None,
            close_look,
        })
    }

    /// Runs the shift to its end, or to the first invariant that does not hold.
    pub(super) fn run(mut self) -> (Report, Option<Broken>) {
        self.open();
        let length = self.plan.length();
        self.run_until(length, |_| false);
        self.feed(Input::Drain);
        self.desks.go_home(self.at, &mut self.errands);
        self.run_errands();
        self.run_until(length + EVENING, Self::is_at_home);
        self.feed(Input::HangUpAll);
        self.run_until(self.at + FAREWELL, |_| false);
        self.phones.unplug_all();
        self.run_until(self.at + SILENCE, |_| false);
        self.close();
        self.report()
    }

    /// The morning: the switch starts, telephones are plugged in, the first caller dials.
    fn open(&mut self) {
        self.power_on();
        for phone in 0..self.phones.len() {
            let at = self.chance.ms(&(0..=20_000));
            self.agenda.note(at, Happening::Handset(phone, Knock::PlugIn));
        }
        if !self.alone {
            self.agenda.note(Duration::from_secs(30), Happening::Caller);
        }
        for (index, (at, _)) in self.weather.iter().enumerate() {
            self.agenda.note(*at, Happening::Weather(index));
        }
    }

    /// Lets everything happen that is due by `end`, at its own moment.
    fn run_until(&mut self, end: Duration, enough: fn(&Self) -> bool) {
        while self.broken.is_none() && !self.is_told() && !enough(self) {
            let (due, next) = (self.due, self.agenda.next());
            let Some(at) = due.into_iter().chain(next).min().filter(|at| *at <= end) else {
                break;
            };
            self.ticks_in_place = if at > self.at { 0 } else { self.ticks_in_place };
            self.at = self.at.max(at);
            if due == Some(at) {
                self.tick();
            } else if let Some((_, what)) = self.agenda.pop() {
                self.happen(what);
            }
            self.run_errands();
        }
        // What is still on its way when there is enough arrives in its own time.
        if self.broken.is_none() && !self.is_told() && !enough(self) {
            self.at = self.at.max(end.min(self.at + end));
        }
    }

    fn tick(&mut self) {
        self.ticks_in_place += 1;
        if self.ticks_in_place > TICKS_IN_PLACE {
            let what = "it asks for a tick at the same moment for ever".to_owned();
            return self.found(Err((Invariant::Sane, what)));
        }
        self.feed(Input::Tick);
    }

    /// Whether the run has come to the step it was to stop at.
    fn is_told(&self) -> bool {
        self.plan.until.is_some_and(|until| self.steps >= until)
    }

    fn is_at_home(&self) -> bool {
        let calls = self.switch.as_ref().map_or(0, Switch::calls);
        calls == 0 && self.audit.is_nobody_at_work()
    }

    /// One step: the switch takes one input, and everything about it is looked at.
    fn feed(&mut self, input: Input) {
        if self.broken.is_some() || self.is_told() {
            return;
        }
        let Some(switch) = &mut self.switch else { return };
        self.steps += 1;
        let near = self.close_look.is_some_and(|from| self.steps >= from);
        if near {
            self.story.listen();
        }
        self.story.input(self.at, self.steps, &input);
        let mut out = std::mem::take(&mut self.out);
        switch.handle(self.clock.at(self.at), input, &mut out);
        for output in out.drain(..) {
            self.story.output(self.at, &output);
            self.carry(output);
        }
        self.out = out;
        let Some(switch) = &self.switch else { return };
        let deadline = switch.deadline(self.clock.at(self.at));
        self.due = deadline.map(|at| self.clock.moment(at).max(self.at));
        let in_memory = switch.calls();
        let sweep = near || self.steps.is_multiple_of(SWEEP_EVERY);
        let swept = if sweep { switch.check() } else { Ok(()) };
        if sweep {
            let now = self.clock.at(self.at);
            let stands = self.audit.stands(&switch.standings(now));
            self.found(stands);
            if self.walls().0 == self.walls().1 {
                let ended = self.audit.promises_end(now.wall);
                self.found(ended);
            }
        }
        let booked = self.audit.step(in_memory, self.walls().1);
        self.found(booked);
        let said = self.wire.step(self.at);
        self.found(said);
        self.found(swept.map_err(|what| (Invariant::of_sweep(&what), what)));
    }

    /// Carries out what the parts of the world want.
    fn run_errands(&mut self) {
        let mut errands = std::mem::take(&mut self.errands);
        for errand in errands.drain(..) {
            match errand {
                Errand::Send(from, bytes) => self.deliver(from, &bytes),
                Errand::At(at, what) => self.agenda.note(at, what),
                Errand::Mute(far) => self.plane.mute(self.at, far, &mut self.errands),
                Errand::Broken(invariant, what) => self.found(Err((invariant, what))),
            }
        }
        if self.errands.is_empty() {
            self.errands = errands;
        } else {
            self.run_errands();
        }
    }

    fn found(&mut self, found: Found) {
        if let Err((invariant, what)) = found
            && self.broken.is_none()
        {
            let (step, at) = (self.steps, self.at);
            self.broken = Some(Broken { invariant, step, at, what });
        }
    }

    /// What the wall clock shows, and what it would show had nobody set it in this life.
    fn walls(&self) -> (Timestamp, Timestamp) {
        let (born, shown) = self.born;
        let lived = SignedDuration::try_from(self.at.saturating_sub(born)).unwrap_or_default();
        let steady = shown.saturating_add(lived).unwrap_or(shown);
        (self.clock.at(self.at).wall, steady)
    }

    /// At the end nobody holds anything.
    fn close(&mut self) {
        if self.broken.is_some() || self.is_told() {
            return;
        }
        let ended = self.audit.end();
        self.found(ended);
        let said = self.wire.end();
        self.found(said);
        if let Some(switch) = &self.switch {
            let (swept, left) = (switch.check(), switch.left_over());
            self.found(swept.map_err(|what| (Invariant::of_sweep(&what), what)));
            if left != LeftOver::default() {
                self.found(Err((Invariant::D15, format!("left over: {left:?}"))));
            }
        }
        let far: usize = self.carriers.iter().map(Carrier::up).sum();
        if far > 0 {
            self.found(Err((Invariant::D6, format!("{far} far sides still believe to be up"))));
        }
        if self.plane.open() > 0 {
            let what = format!("{} streams are still open", self.plane.open());
            self.found(Err((Invariant::D11, what)));
        }
    }

    fn report(mut self) -> (Report, Option<Broken>) {
        let counts = self.audit.counts();
        let time = self.audit.time();
        let (worked, idle) = (time.worked.as_secs_f64(), time.idle.as_secs_f64());
        let spread = Spread {
            p50: self.audit.answer_to_agent_ms(0.5),
            p99: self.audit.answer_to_agent_ms(0.99),
        };
        let left_over = self.switch.as_ref().map(Switch::left_over).unwrap_or_default();
        let mut report = Report {
            command: self.plan.to_string(),
            attempts: counts.attempts,
            answered: counts.answered,
            connected: counts.connected,
            abandoned: counts.abandoned,
            callers: counts.callers,
            disposed: counts.disposed,
            opted_out: counts.opted_out,
            utilisation: if worked > 0.0 { worked / (worked + idle) } else { 0.0 },
            answer_to_agent_ms: spread,
            invariant_failures: 0,
            broken: None,
            left_over,
            steps: self.steps,
            lives: self.life,
            hours: self.plan.hours,
            wall_seconds: 0.0,
            digest: format!("{:016x}", self.digest.value()),
            story: self.story.into_lines(),
        };
        if let Some(broken) = &self.broken {
            report.note(broken, &self.plan);
        }
        (report, self.broken)
    }

    fn settings() -> Settings {
        Settings {
            sip: sip::Config::new(REALM),
            sip_udp: vec![switch_address()],
            sip_tcp: vec![],
            sip_tls: vec![],
            media_address: switch_address().ip(),
            srtp: media::sdp::SrtpPolicy::Off,
            codecs: Settings::CODECS.to_vec(),
            web_codecs: Settings::CODECS.to_vec(),
            web: None,
            follow_talk: true,
            tones: media::Country::default(),
            media_ports: PORTS,
            allow_loopback: false,
            ports_ahead: 256,
            calls_max: 4_000,
            attempts_per_second: 400,
        }
    }
}

/// What the campaigns' answered calls came to before the shift.
fn yesterday(scene: &Scene, start: Timestamp) -> BTreeMap<CampaignId, AbandonLedger> {
    let (connected, abandoned) = scene.before;
    let later = start.saturating_sub(BEFORE_THE_SHIFT - SignedDuration::from_mins(2));
    let later = later.unwrap_or(start);
    let at = start.saturating_sub(BEFORE_THE_SHIFT).unwrap_or(start);
    let ledger = |campaign: &CampaignSettings| {
        let mut ledger = AbandonLedger::default();
        ledger.add(at, Counts { connected, ..Counts::default() });
        ledger.add(later, Counts { abandoned, ..Counts::default() });
        (campaign.id, ledger)
    };
    scene.campaigns.iter().map(ledger).collect()
}

/// The switch's RTP ports.
const PORTS: PortRange = PortRange { first: 20_000, last: 59_999 };

/// A sweep looks at everything and costs as much as a hundred steps.
const SWEEP_EVERY: u64 = 512;

/// How long the floor may take to come to its end after the shift.
const EVENING: Duration = Duration::from_mins(15);

/// How long the far sides may take to answer the last BYEs.
const FAREWELL: Duration = Duration::from_mins(1);

/// Longer than any transaction lives.
const SILENCE: Duration = Duration::from_mins(4);

/// Ticks at one moment: some follow from each other, none for ever.
const TICKS_IN_PLACE: u32 = 1_000;
