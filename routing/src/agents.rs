//! Agent profiles: who may work, under which number, for which campaigns and queues.
//!
//! A profile is independent of a user account (R1) and of presence: lifecycle, login and state
//! are three fields that never imply each other (REQUIREMENTS A6). Uniqueness of number, code and
//! username is the store's to hold; everything a profile can tell by itself is checked here.

mod line;

pub use line::LinePlan;

use crate::ids::{AgentId, CampaignId, QueueId, TeamId};
use crate::invalid::{self, Invalid};
use crate::number::Number;
use crate::queues::within;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

/// An agent's profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    /// The id that everything refers to.
    pub id: AgentId,
    /// The number that makes the extension (R170); unique within the organisation.
    pub number: AgentNumber,
    /// The organisation's own name for the agent, as an employee id (R13); unique.
    pub code: String,
    /// First name (R123): letters, digits, spaces, apostrophes, hyphens.
    pub first_name: String,
    /// Last name (R124): the same rule.
    pub last_name: String,
    /// Login name (R129), where the agent has an account; unique.
    #[serde(default)]
    pub username: Option<String>,
    /// E-mail (R14): needed later for an invitation.
    #[serde(default)]
    pub email: Option<String>,
    /// Teams (R144).
    #[serde(default)]
    pub teams: Vec<TeamId>,
    /// Campaigns, each in one of the three priority lists (R145).
    #[serde(default)]
    pub campaigns: Vec<CampaignMembership>,
    /// Inbound queues.
    #[serde(default)]
    pub queues: Vec<QueueMembership>,
    /// The number presented on every call of this agent (R154), if it has one of its own.
    #[serde(default)]
    pub cli: Option<Number>,
    /// IANA zone in which the agent's times are shown (R143).
    pub time_zone: String,
    /// What follows a call.
    #[serde(default)]
    pub after_call: AfterCall,
    /// How work is given to the agent.
    #[serde(default)]
    pub distribution: Distribution,
    /// How the agent's line is made (R126–R128): defaults that the agent may change at login.
    #[serde(default)]
    pub connection: Connection,
    /// Whether calls can be linked to the agent at all (R17–R19).
    #[serde(default)]
    pub lifecycle: Lifecycle,
    /// Whether the account may log in, and if not, who shut it (R133–R135).
    #[serde(default)]
    pub login: Login,
    /// A paused agent still receives transferred calls (R150).
    #[serde(default)]
    pub transfers_when_paused: bool,
    /// What the agent may do beside taking calls.
    #[serde(default)]
    pub permissions: Permissions,
    /// The clip before the tone of the agent's mailbox, by name; none is the built-in greeting.
    #[serde(default)]
    pub greeting: Option<String>,
    /// What an hour of the agent's work costs, in hundredths of the organisation's currency, up to
    /// 100,000.
    #[serde(default = "hourly_cost_cents")]
    pub hourly_cost_cents: u32,
}

/// What an hour costs where nobody says: 10.00.
const fn hourly_cost_cents() -> u32 {
    1_000
}

impl Agent {
    /// Checks all that a profile can tell by itself.
    pub fn validate(&self) -> Result<(), Invalid> {
        invalid::line("code", &self.code, 64)?;
        person("first_name", &self.first_name)?;
        person("last_name", &self.last_name)?;
        self.username.as_deref().map_or(Ok(()), username)?;
        self.email.as_deref().map_or(Ok(()), |address| email("email", address))?;
        time_zone("time_zone", &self.time_zone)?;
        self.greeting.as_deref().map_or(Ok(()), |clip| invalid::line("greeting", clip, 128))?;
        self.after_call.validate()?;
        self.distribution.validate()?;
        for (index, member) in self.queues.iter().enumerate() {
            member.validate().map_err(|why| why.within(format!("queues[{index}]")))?;
        }
        self.connection.validate()?;
        within("hourly_cost_cents", self.hourly_cost_cents, 0, 100_000)?;
        let campaigns = self.campaigns.iter().map(|m| m.campaign);
        let listed = "is listed twice; a campaign is at high, medium or low priority (R145)";
        once("campaigns", "campaign", campaigns, listed)?;
        once("queues", "queue", self.queues.iter().map(|m| m.queue), "is listed twice")?;
        once("teams", "team", self.teams.iter().copied(), "is listed twice")
    }

    /// Whether the agent may clock in.
    #[must_use]
    pub fn may_work(&self) -> bool {
        self.lifecycle == Lifecycle::Active && self.login == Login::Enabled
    }

    /// First and last name, as shown and as a SIP display name.
    #[must_use]
    pub fn display_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }
}

/// What an agent may do beside taking calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "independent permissions, each by its name")]
pub struct Permissions {
    /// Dial a number by hand (R153).
    pub manual_calls: bool,
    /// See campaigns of theirs that are stopped, too, where they dial by hand (R156).
    pub stopped_campaigns: bool,
    /// Call colleagues of their own teams (R152).
    pub agent_calls: bool,
    /// Ask and send customers to numbers outside.
    pub outside_transfers: bool,
    /// Look for people among the leads of their own campaigns (R148).
    pub lead_search: bool,
    /// See the own promised calls of the day (R149).
    pub callback_list: bool,
    /// Dial whom they promised a call from that list.
    pub callback_dials: bool,
}

impl Default for Permissions {
    fn default() -> Self {
        Self {
            manual_calls: false,
            stopped_campaigns: false,
            agent_calls: true,
            outside_transfers: false,
            lead_search: false,
            callback_list: true,
            callback_dials: false,
        }
    }
}

/// The agent's number within the organisation, 1 to 999 999 999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct AgentNumber(u32);

impl TryFrom<u32> for AgentNumber {
    type Error = Invalid;

    fn try_from(number: u32) -> Result<Self, Invalid> {
        if (1..=999_999_999).contains(&number) {
            Ok(Self(number))
        } else {
            Err(Invalid::new("number", "must be from 1 to 999999999"))
        }
    }
}

impl From<AgentNumber> for u32 {
    fn from(number: AgentNumber) -> Self {
        number.0
    }
}

impl fmt::Display for AgentNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A campaign that the agent works for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CampaignMembership {
    /// The campaign.
    pub campaign: CampaignId,
    /// Which of the three lists it is in (R145).
    #[serde(default)]
    pub priority: Priority,
}

/// A queue that the agent answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueueMembership {
    /// The queue.
    pub queue: QueueId,
    /// Its rank among this agent's work (R145).
    #[serde(default)]
    pub priority: Priority,
    /// Whether the agent is asked first, or only when no primary member is free (R216–R218).
    #[serde(default)]
    pub tier: Tier,
    /// How well the agent knows this queue's work, 1..=10: in a queue that asks the best first.
    #[serde(default = "level")]
    pub level: u8,
    /// Calls of this queue that the agent may have in hand and parked, 1..=10; the agent's own
    /// limit overrules a higher one (R230).
    #[serde(default)]
    pub calls_max: Option<u8>,
}

impl QueueMembership {
    /// A primary member of medium priority.
    #[must_use]
    pub fn of(queue: QueueId) -> Self {
        let (priority, tier) = (Priority::default(), Tier::default());
        Self { queue, priority, tier, level: level(), calls_max: None }
    }

    fn validate(&self) -> Result<(), Invalid> {
        one_to_ten("level", self.level)?;
        self.calls_max.map_or(Ok(()), |max| one_to_ten("calls_max", max))
    }
}

/// The best level in a queue.
pub(crate) const LEVEL_MAX: u8 = 10;

fn level() -> u8 {
    1
}

fn one_to_ten(field: &'static str, value: u8) -> Result<(), Invalid> {
    within(field, u32::from(value), 1, 10)
}

/// How work is given to an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Distribution {
    /// Who clocks in is active in every queue of theirs, and else goes active one by one (R225).
    pub active_at_login: bool,
    /// Calls that the agent may have in hand and parked, 1..=10; at the limit, no more are given
    /// (R230).
    pub calls_max: u8,
}

impl Distribution {
    fn validate(self) -> Result<(), Invalid> {
        one_to_ten("distribution.calls_max", self.calls_max)
    }
}

impl Default for Distribution {
    fn default() -> Self {
        Self { active_at_login: true, calls_max: 10 }
    }
}

/// High before medium before low, with a guard against starvation (see `floor::order`).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Served first.
    High,
    /// The default.
    #[default]
    Medium,
    /// Served last.
    Low,
}

/// When a queue asks this agent.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Asked first.
    #[default]
    Primary,
    /// Asked when no primary member is free, for whatever reason (REQUIREMENTS A6).
    Secondary,
    /// Never asked: takes waiting calls by hand (R219).
    Pull,
}

/// What follows a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AfterCall {
    /// The longest wrap-up, in ms; 0..=3 600 000. Zero: there is no wrap-up.
    pub wrap_up_ms: u32,
    /// After the wrap-up the agent is ready again, and else must press Ready (R83).
    pub auto_ready: bool,
}

impl AfterCall {
    fn validate(self) -> Result<(), Invalid> {
        if self.wrap_up_ms > WRAP_UP_MS_MAX {
            return Err(Invalid::new("after_call.wrap_up_ms", "must be from 0 to 3600000"));
        }
        Ok(())
    }
}

const WRAP_UP_MS_MAX: u32 = 3_600_000;

impl Default for AfterCall {
    fn default() -> Self {
        Self { wrap_up_ms: 30_000, auto_ready: true }
    }
}

/// How the agent's line is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Connection {
    /// Who calls whom (R126).
    pub mode: ConnectionMode,
    /// The line stays up between calls (R127).
    pub persistent: bool,
    /// Where a call-me line rings (R128); none is the agent's own extension.
    pub phone: Option<Number>,
    /// Whoever answers a number outside presses 1 to be the agent's line, so that no voicemail and
    /// no stranger ever is.
    pub press_to_take: bool,
    /// The agent's own numbers, from which they call an access number: what these are worth, the
    /// organisation says. At most 4; `phone` is one of them.
    pub calls_from: Vec<Number>,
    /// How the agent's own telephone proves itself.
    pub telephone: Telephone,
}

impl Connection {
    /// Whether this is a number of the agent's own.
    #[must_use]
    pub fn is_own(&self, number: Number) -> bool {
        self.phone == Some(number) || self.calls_from.contains(&number)
    }

    fn validate(&self) -> Result<(), Invalid> {
        LinePlan::from(self).validate().map_err(|why| why.within("connection"))?;
        if self.calls_from.len() > CALLS_FROM_MAX {
            return Err(Invalid::new("connection.calls_from", "has at most 4 numbers"));
        }
        self.telephone.validate()
    }
}

impl Default for Connection {
    fn default() -> Self {
        Self {
            mode: ConnectionMode::CallMe,
            persistent: true,
            phone: None,
            press_to_take: false,
            calls_from: vec![],
            telephone: Telephone::default(),
        }
    }
}

/// Two mobiles, a home, an office.
const CALLS_FROM_MAX: usize = 4;

/// How an agent's telephone proves itself to the registrar.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Telephone {
    /// Which digest algorithms it is asked for.
    pub digest: DigestChoice,
    /// Addresses and ranges that it may register from (R169), such as 192.0.2.0/24; anywhere when
    /// empty. At most 16.
    pub networks: Vec<String>,
}

impl Telephone {
    fn validate(&self) -> Result<(), Invalid> {
        let field = "connection.telephone.networks";
        if self.networks.len() > NETWORKS_MAX {
            return Err(Invalid::new(field, "has at most 16 addresses and ranges"));
        }
        let is_network = |text: &&String| {
            let (address, prefix) = text.split_once('/').unwrap_or((text, "0"));
            let address = address.parse::<IpAddr>();
            let bits = address.as_ref().map_or(0, |ip| if ip.is_ipv4() { 32 } else { 128 });
            let digits =
                (1..=3).contains(&prefix.len()) && prefix.bytes().all(|b| b.is_ascii_digit());
            address.is_ok() && digits && prefix.parse::<u16>().is_ok_and(|prefix| prefix <= bits)
        };
        if self.networks.iter().all(|text| is_network(&text)) {
            Ok(())
        } else {
            Err(Invalid::new(field, "holds addresses and ranges such as 192.0.2.0/24"))
        }
    }
}

const NETWORKS_MAX: usize = 16;

/// Which digest algorithms a telephone is asked for, and in which order (RFC 8760).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DigestChoice {
    /// MD5 alone: some telephones give up at a challenge that they do not know.
    #[default]
    Md5,
    /// SHA-512-256, SHA-256, then MD5; MD5 alone where it comes by a browser.
    StrongestFirst,
    /// SHA-512-256 and SHA-256.
    StrongOnly,
}

/// Who makes the call that becomes the agent's line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionMode {
    /// The switch rings the agent.
    #[default]
    CallMe,
    /// The agent calls an access number.
    CallIn,
    /// The agent's browser.
    WebConnect,
}

/// Whether calls can be linked to the profile (R17–R19).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lifecycle {
    /// Works.
    #[default]
    Active,
    /// Invited to the platform and not yet there.
    Invited,
    /// Takes no new calls; the history stays.
    Archived,
}

/// Whether the account may log in, and if not, who shut it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Login {
    /// May log in.
    #[default]
    Enabled,
    /// Shut by an administrator (R133).
    DisabledByAdmin,
    /// Shut after too long without a login (R134).
    DisabledByInactivity,
    /// Shut after too many wrong passwords (R135).
    DisabledByWrongPasswords,
}

/// R123, R124; letters of any script, because people have names in all of them.
fn person(field: &'static str, name: &str) -> Result<(), Invalid> {
    invalid::line(field, name, 64)?;
    if name.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '\'' | '’' | '-')) {
        return Ok(());
    }
    Err(Invalid::new(field, "may hold letters, digits, spaces, apostrophes and hyphens only"))
}

/// R129.
fn username(name: &str) -> Result<(), Invalid> {
    invalid::line("username", name, 64)?;
    if name.chars().all(|c| c.is_ascii_alphanumeric() || "!@#$%^\\&_.".contains(c)) {
        return Ok(());
    }
    Err(Invalid::new("username", "may hold letters, digits and ! @ # $ % ^ \\ & _ . only"))
}

/// One `@` with something on both sides; whether mail arrives, only mail can tell.
pub(crate) fn email(field: &'static str, address: &str) -> Result<(), Invalid> {
    invalid::line(field, address, 254)?;
    let parts = address.split_once('@');
    let sound = parts.is_some_and(|(user, host)| {
        !user.is_empty() && !host.is_empty() && !host.contains('@') && !address.contains(' ')
    });
    if sound {
        return Ok(());
    }
    Err(Invalid::new(field, "expected an address as name@example.net"))
}

/// The shape of an IANA zone name; whether the zone exists, the edge that has the table tells.
pub(crate) fn time_zone(field: &'static str, zone: &str) -> Result<(), Invalid> {
    invalid::line(field, zone, 64)?;
    if zone.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_+-".contains(&b)) {
        return Ok(());
    }
    Err(Invalid::new(field, "expected an IANA time zone as Europe/London"))
}

/// Refuses a list that is too long for an agent, or names the same thing twice.
fn once<T: Ord>(
    list: &'static str,
    item: &'static str,
    ids: impl Iterator<Item = T>,
    why: &'static str,
) -> Result<(), Invalid> {
    let mut seen = BTreeSet::new();
    for (index, id) in ids.enumerate() {
        if index >= MEMBERSHIPS_MAX {
            return Err(Invalid::new(list, "may hold at most 64 entries"));
        }
        if !seen.insert(id) {
            return Err(Invalid::new(format!("{list}[{index}].{item}"), why));
        }
    }
    Ok(())
}

/// A ready agent looks at the head of each of its lines, so their number bounds a decision.
const MEMBERSHIPS_MAX: usize = 64;

#[cfg(test)]
mod tests;
