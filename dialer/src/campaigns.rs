//! A campaign as people set it up: what to dial, for whom, under which rules.
//!
//! These are settings only; [`crate::Campaign`] is the campaign that runs. Everything has a
//! default, and [`CampaignSettings::validate`] names each field that is out of its range.

pub mod amd;
pub mod choice;
pub mod dispositions;
mod mode;
mod opt_out;
mod pacing;
mod quotas;

pub use amd::{Amd, Answerer, ConnectFrom, Judge, OnMachine};
pub use choice::{Filter, Order};
pub use dispositions::{Disposition, DispositionFlags};
pub use mode::{LOOK_S_MAX, Mode};
pub use pacing::Pacing;
pub use quotas::Quota;

use crate::abandon::AbandonPolicy;
use crate::callbacks::Terms;
use crate::ids::{ListId, ProfileId};
use crate::outcomes::{Outcome, Retry};
use crate::rules::ConsentRule;
use crate::window::CallingWindow;
use routing::ids::{CampaignId, ScriptId, TrunkId};
use routing::placeholders::check_address;
use routing::{Invalid, Number};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What an organisation decides about one campaign.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CampaignSettings {
    /// Its identity.
    pub id: CampaignId,
    /// What people call it, 1..=100 characters.
    pub name: String,
    /// How it dials.
    #[serde(default)]
    pub mode: Mode,
    /// How far ahead it may dial, and how it shares its agents.
    #[serde(default)]
    pub pacing: Pacing,
    /// Whether it may dial at all.
    #[serde(default)]
    pub running: bool,
    /// The number it shows when the agent has none of their own (R154).
    #[serde(default)]
    pub cli: Option<Number>,
    /// The trunks it dials through, in order of preference.
    #[serde(default)]
    pub trunks: Vec<TrunkId>,
    /// The lists it dials.
    #[serde(default)]
    pub lists: Vec<ListId>,
    /// Whom of them it dials; all where there is none.
    #[serde(default)]
    pub filters: Vec<Filter>,
    /// In which order, within one priority.
    #[serde(default)]
    pub order: Order,
    /// How long an unanswered call rings, in seconds; 15..=60 (16 CFR 310.4(b)(4)(ii)).
    #[serde(default = "default_ring_timeout_s")]
    pub ring_timeout_s: u16,
    /// How long a person who answered may wait for an agent, in ms; 0..=2,000.
    #[serde(default = "default_connect_within_ms")]
    pub connect_within_ms: u32,
    /// From when that time counts.
    #[serde(default)]
    pub connect_from: ConnectFrom,
    /// Whether anybody listens for answering machines, and what follows.
    #[serde(default)]
    pub amd: Amd,
    /// The name of the prompt that a person hears who meets no agent.
    #[serde(default = "default_notice")]
    pub notice: String,
    /// The name of the prompt that is played to whoever answers, where nobody is met.
    #[serde(default)]
    pub message: Option<String>,
    /// The key by which whoever hears either of them is never called again; none is no such key.
    #[serde(default)]
    pub opt_out_key: Option<char>,
    /// The name of the prompt that confirms it; none ends the call at once.
    #[serde(default)]
    pub opt_out_notice: Option<String>,
    /// Longest wrap-up after a conversation, in seconds; 0..=3,600.
    #[serde(default = "default_wrap_up_s")]
    pub wrap_up_s: u16,
    /// Whether an agent returns to ready by themselves when wrap-up ends.
    #[serde(default = "default_auto_ready")]
    pub auto_ready: bool,
    /// The law it dials under: what is stricter, its or the campaign's own, counts.
    #[serde(default)]
    pub profile: Option<ProfileId>,
    /// The consent that it asks of everybody it dials.
    #[serde(default)]
    pub consent: ConsentRule,
    /// When people may be called, in their own time.
    #[serde(default)]
    pub window: CallingWindow,
    /// Most counted attempts for one lead, 1..=100.
    #[serde(default = "default_max_attempts")]
    pub max_attempts: u16,
    /// Most counted attempts at one number in any 24 h, 1..=24.
    #[serde(default = "default_max_attempts_24h")]
    pub max_attempts_24h: u16,
    /// How attempts at a number are spread over the parts of its owner's day.
    #[serde(default)]
    pub quotas: Vec<Quota>,
    /// When to try again by outcome; what is not named here has [`Outcome::default_retry`].
    #[serde(default)]
    pub retry: BTreeMap<Outcome, Retry>,
    /// How long a number rests after certain outcomes, whoever asks.
    #[serde(default)]
    pub lock_out: LockOut,
    /// How abandoned calls are counted, and how many are too many.
    #[serde(default)]
    pub abandon: AbandonPolicy,
    /// For how long a promised call counts as kept, and whose turn it is when, where the promise
    /// says nothing else.
    #[serde(default)]
    pub callbacks: Terms,
    /// Conversations are recorded; while the recorder cannot write, nothing is dialled.
    #[serde(default)]
    pub record: bool,
    /// What an agent may declare about a conversation.
    #[serde(default = "dispositions::standard")]
    pub dispositions: Vec<Disposition>,
    /// What agents read and ask.
    #[serde(default)]
    pub script: Option<ScriptId>,
    /// The address of a lead's page in another system, with places.
    #[serde(default)]
    pub crm: Option<String>,
}

impl CampaignSettings {
    /// A stopped progressive campaign with every default.
    #[must_use]
    pub fn new(id: CampaignId, name: impl Into<String>) -> Self {
        Self {
            id,
            name: name.into(),
            mode: Mode::default(),
            pacing: Pacing::default(),
            running: false,
            cli: None,
            trunks: Vec::new(),
            lists: Vec::new(),
            filters: Vec::new(),
            order: Order::default(),
            ring_timeout_s: default_ring_timeout_s(),
            connect_within_ms: default_connect_within_ms(),
            connect_from: ConnectFrom::default(),
            amd: Amd::default(),
            notice: default_notice(),
            message: None,
            opt_out_key: None,
            opt_out_notice: None,
            wrap_up_s: default_wrap_up_s(),
            auto_ready: default_auto_ready(),
            profile: None,
            consent: ConsentRule::default(),
            window: CallingWindow::default(),
            max_attempts: default_max_attempts(),
            max_attempts_24h: default_max_attempts_24h(),
            quotas: Vec::new(),
            retry: BTreeMap::new(),
            lock_out: LockOut::default(),
            abandon: AbandonPolicy::default(),
            callbacks: Terms::default(),
            record: false,
            dispositions: dispositions::standard(),
            script: None,
            crm: None,
        }
    }

    /// When this campaign tries again after `outcome`.
    #[must_use]
    pub fn retry_after(&self, outcome: Outcome) -> Retry {
        self.retry.get(&outcome).copied().unwrap_or_else(|| outcome.default_retry())
    }

    /// The disposition with this code.
    #[must_use]
    pub fn disposition(&self, code: &str) -> Option<&Disposition> {
        self.dispositions.iter().find(|disposition| disposition.code == code)
    }

    /// Names every field that is out of its range.
    pub fn validate(&self, deployment: Deployment) -> Result<(), Vec<Invalid>> {
        let mut wrong = Vec::new();
        if !(1..=100).contains(&self.name.trim().chars().count()) {
            wrong.push(Invalid::new("name", "must be 1 to 100 characters"));
        }
        self.mode.validate(&mut wrong);
        self.pacing.validate(&mut wrong);
        in_range(&mut wrong, "ring_timeout_s", self.ring_timeout_s.into(), 15, 60);
        in_range(&mut wrong, "connect_within_ms", self.connect_within_ms, 0, 2_000);
        in_range(&mut wrong, "wrap_up_s", self.wrap_up_s.into(), 0, 3_600);
        in_range(&mut wrong, "max_attempts", self.max_attempts.into(), 1, 100);
        in_range(&mut wrong, "max_attempts_24h", self.max_attempts_24h.into(), 1, 24);
        in_range(&mut wrong, "trunks", saturating(self.trunks.len()), 0, 32);
        in_range(&mut wrong, "lists", saturating(self.lists.len()), 0, 1_000);
        if self.notice.trim().is_empty() {
            wrong.push(Invalid::new("notice", "must be the name of a prompt"));
        }
        self.validate_message(&mut wrong);
        self.validate_opt_out(&mut wrong);
        self.amd.validate(self, &mut wrong);
        quotas::validate(&self.quotas, &mut wrong);
        choice::validate(&self.filters, &mut wrong);
        for (outcome, retry) in &self.retry {
            if let Retry::AfterS(delay) = retry {
                let field = format!("retry.{outcome}.after_s");
                in_range(&mut wrong, field, *delay, 0, 31_536_000);
            }
        }
        self.lock_out.validate(&mut wrong);
        self.abandon.validate(&mut wrong);
        self.window.validate("window", deployment, &mut wrong);
        self.callbacks.validate("callbacks", &mut wrong);
        dispositions::validate(&self.dispositions, &mut wrong);
        let address = self.crm.as_deref().map(|address| check_address("crm", address));
        wrong.extend(address.and_then(Result::err));
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }
}

impl CampaignSettings {
    /// A recorded message needs one, and the consent of whoever hears it (47 CFR 64.1200(a)(1)
    /// and (b), UK PECR regulation 19).
    fn validate_message(&self, wrong: &mut Vec<Invalid>) {
        if !matches!(self.mode, Mode::Agentless { .. }) {
            return;
        }
        if self.message.as_deref().is_none_or(|name| name.trim().is_empty()) {
            wrong.push(Invalid::new("message", "must be the name of a prompt in agentless mode"));
        }
        if self.consent == ConsentRule::None {
            wrong.push(Invalid::new("consent", "must be asked of whoever hears a message"));
        }
    }
}

const fn default_ring_timeout_s() -> u16 {
    25
}

/// The two-second rule: 16 CFR 310.4(b)(1)(iv), 47 CFR 64.1200(a)(7).
const fn default_connect_within_ms() -> u32 {
    2_000
}

fn default_notice() -> String {
    routing::prompts::ABANDONED_NOTICE.to_owned()
}

const fn default_wrap_up_s() -> u16 {
    30
}

const fn default_auto_ready() -> bool {
    true
}

const fn default_max_attempts() -> u16 {
    6
}

const fn default_max_attempts_24h() -> u16 {
    3
}

fn saturating(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

pub(crate) fn in_range(
    wrong: &mut Vec<Invalid>,
    field: impl Into<Cow<'static, str>>,
    value: u32,
    least: u32,
    most: u32,
) {
    if !(least..=most).contains(&value) {
        wrong.push(Invalid::new(field, format!("must be {least} to {most}, not {value}")));
    }
}

/// How long a number rests, in hours; 0..=720 each. RULES UK-5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockOut {
    /// After somebody there answered and met no agent.
    pub after_abandoned_h: u16,
    /// After a machine was heard there.
    pub after_machine_h: u16,
}

impl LockOut {
    pub(crate) fn validate(self, wrong: &mut Vec<Invalid>) {
        let (abandoned, machine) = (self.after_abandoned_h, self.after_machine_h);
        in_range(wrong, "lock_out.after_abandoned_h", abandoned.into(), 0, 720);
        in_range(wrong, "lock_out.after_machine_h", machine.into(), 0, 720);
    }
}

impl Default for LockOut {
    fn default() -> Self {
        Self { after_abandoned_h: 72, after_machine_h: 72 }
    }
}

/// Where settings are about to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deployment {
    /// People are at the other end.
    Live,
    /// Simulated customers are; a window of "always" is allowed.
    Demo,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::settings;
    use serde_json::json;

    fn fields(change: impl Fn(&mut CampaignSettings)) -> Vec<String> {
        let mut settings = settings();
        change(&mut settings);
        let wrong = settings.validate(Deployment::Live).err().unwrap_or_default();
        wrong.into_iter().map(|invalid| invalid.field.into_owned()).collect()
    }

    fn power(attempts_per_agent_tenths: u16) -> Mode {
        Mode::Power { attempts_per_agent_tenths, max_live: 1 }
    }

    /// Each bound from both sides; the field is named, and nothing else is.
    #[test]
    fn each_field_is_held_to_its_range_and_named() {
        type Change = fn(&mut CampaignSettings);
        let sound: [Change; 15] = [
            |_| {},
            |s| (s.ring_timeout_s, s.connect_within_ms, s.wrap_up_s) = (15, 0, 0),
            |s| (s.ring_timeout_s, s.connect_within_ms, s.wrap_up_s) = (60, 2_000, 3_600),
            |s| (s.max_attempts, s.max_attempts_24h) = (1, 1),
            |s| (s.max_attempts, s.max_attempts_24h) = (100, 24),
            |s| s.mode = Mode::Progressive { max_live: 1 },
            |s| s.mode = Mode::Predictive { max_live: 5_000 },
            |s| s.mode = Mode::Manual,
            |s| (s.opt_out_key, s.opt_out_notice) = (Some('*'), Some("bye".to_owned())),
            |s| s.mode = Mode::Preview { look_s: 300, may_skip: true },
            |s| {
                s.mode = Mode::Agentless { max_live: 1_000 };
                (s.message, s.consent) = (Some("spring".to_owned()), ConsentRule::Express);
            },
            |s| (s.pacing.target_permille, s.pacing.give_up_after_s) = (Some(1), Some(15)),
            |s| s.retry = [(Outcome::Busy, Retry::AfterS(0))].into(),
            |s| s.lock_out = LockOut { after_abandoned_h: 0, after_machine_h: 720 },
            |s| {
                (s.callbacks.window_min, s.callbacks.give_up_after_min) = (1_440, 10_080);
                (s.callbacks.to_team_after_min, s.callbacks.to_anyone_after_min) = (0, 0);
            },
        ];
        for change in sound {
            assert_eq!(fields(change), [""; 0]);
        }
        let wrong: [(&str, Change); 31] = [
            ("name", |s| s.name = " ".to_owned()),
            ("name", |s| s.name = "x".repeat(101)),
            ("mode.max_live", |s| s.mode = Mode::Progressive { max_live: 0 }),
            ("mode.max_live", |s| s.mode = Mode::Predictive { max_live: 5_001 }),
            ("mode.look_s", |s| s.mode = Mode::Preview { look_s: 4, may_skip: false }),
            ("mode.look_s", |s| s.mode = Mode::Preview { look_s: 301, may_skip: false }),
            ("message", |s| {
                (s.mode, s.consent) = (Mode::Agentless { max_live: 1 }, ConsentRule::Written);
            }),
            ("consent", |s| {
                s.mode = Mode::Agentless { max_live: 1 };
                (s.message, s.consent) = (Some("spring".to_owned()), ConsentRule::None);
            }),
            ("mode.attempts_per_agent_tenths", |s| s.mode = power(9)),
            ("mode.attempts_per_agent_tenths", |s| s.mode = power(101)),
            ("pacing.target_permille", |s| s.pacing.target_permille = Some(0)),
            ("pacing.give_up_after_s", |s| s.pacing.give_up_after_s = Some(14)),
            ("pacing.weight", |s| s.pacing.weight = 0),
            ("ring_timeout_s", |s| s.ring_timeout_s = 14),
            ("ring_timeout_s", |s| s.ring_timeout_s = 61),
            ("connect_within_ms", |s| s.connect_within_ms = 2_001),
            ("wrap_up_s", |s| s.wrap_up_s = 3_601),
            ("max_attempts", |s| s.max_attempts = 0),
            ("max_attempts_24h", |s| s.max_attempts_24h = 25),
            ("notice", |s| s.notice.clear()),
            ("opt_out_key", |s| s.opt_out_key = Some('A')),
            ("opt_out_notice", |s| s.opt_out_notice = Some(" ".to_owned())),
            ("retry.busy.after_s", |s| {
                s.retry = [(Outcome::Busy, Retry::AfterS(31_536_001))].into();
            }),
            ("lock_out.after_machine_h", |s| s.lock_out.after_machine_h = 721),
            ("abandon.limit_permille", |s| s.abandon.limit_permille = 1_001),
            ("abandon.zone", |s| s.abandon.zone = "Mars/Olympus".to_owned()),
            ("window.profile", |s| s.window = CallingWindow::always()),
            ("trunks", |s| s.trunks = vec![s.trunks[0]; 33]),
            ("callbacks.window_min", |s| s.callbacks.window_min = 0),
            ("callbacks.to_anyone_after_min", |s| s.callbacks.to_anyone_after_min = 4),
            ("callbacks.give_up_after_min", |s| s.callbacks.give_up_after_min = 14),
        ];
        for (field, change) in wrong {
            assert_eq!(fields(change), [field]);
        }
    }

    #[test]
    fn every_fault_is_told_at_once() {
        let told = fields(|s| (s.ring_timeout_s, s.max_attempts) = (1, 0));
        assert_eq!(told, ["ring_timeout_s", "max_attempts"]);
        let told = fields(|s| s.callbacks.to_team_after_min = 1_441);
        assert_eq!(told, ["callbacks.to_team_after_min", "callbacks.to_anyone_after_min"]);
    }

    /// A file or a request names what differs; all else has its default.
    #[test]
    fn settings_read_from_a_name_and_an_id_alone_and_read_as_they_write() {
        let json = json!({ "id": uuid::Uuid::from_u128(5), "name": "Spring" });
        let read: CampaignSettings = serde_json::from_value(json).unwrap();
        assert_eq!(read, CampaignSettings::new(read.id, "Spring"));
        assert_eq!(read.validate(Deployment::Live), Ok(()));
        let mut full = settings();
        full.retry = [(Outcome::Busy, Retry::AfterS(60)), (Outcome::Machine, Retry::Never)].into();
        let text = serde_json::to_value(&full).unwrap();
        assert_eq!(text["retry"], json!({ "busy": { "after_s": 60 }, "machine": "never" }));
        assert_eq!(text["mode"], json!({ "kind": "progressive", "max_live": 1_000 }));
        assert_eq!(serde_json::from_value::<CampaignSettings>(text).unwrap(), full);
    }
}
