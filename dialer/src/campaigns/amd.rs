//! Answering machines: whether a campaign listens to who answers, and what follows from it.
//!
//! It is off unless an organisation turns it on: under the United Kingdom's sum each person taken
//! for a machine counts as abandoned (RULES UK-2). Whoever is uncertain is a person.

use super::{CampaignSettings, in_range};
use crate::abandon::Formula;
use crate::campaigns::Mode;
use crate::rules::ConsentRule;
use routing::Invalid;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A campaign's policy for answering machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amd {
    /// Whether anybody listens, and who waits for the verdict.
    #[serde(default)]
    pub judge: Judge,
    /// What becomes of a call that a machine answered.
    #[serde(default)]
    pub on_machine: OnMachine,
    /// How long after the answer a verdict comes at the latest, in ms; 1,000..=10,000.
    #[serde(default = "default_within_ms")]
    pub within_ms: u32,
    /// The pause that ends a person's greeting, in ms; 300..=1,500.
    #[serde(default = "default_pause_ms")]
    pub pause_ms: u32,
    /// A greeting that has gone on for this long is a machine's, in ms; 2,000..=8,000.
    #[serde(default = "default_machine_ms")]
    pub machine_ms: u32,
    /// How long a message waits for the beep, in seconds; 5..=120.
    #[serde(default = "default_beep_within_s")]
    pub beep_within_s: u16,
    /// Of a thousand machine verdicts, how many go to an agent all the same, who says what they
    /// met: the audit of the detector. 0..=1,000.
    #[serde(default = "default_audit_permille")]
    pub audit_permille: u16,
    /// Of a thousand machine verdicts, how many a reviewer hears later: what those say who are
    /// drawn is recorded from the answer to the verdict, and thrown away unless it is a machine's.
    /// Together with `audit_permille` 1,000 at most.
    #[serde(default)]
    pub review_permille: u16,
}

impl Amd {
    /// Whether anybody listens.
    #[must_use]
    pub const fn listens(&self) -> bool {
        !matches!(self.judge, Judge::Off)
    }

    /// Whether a sample of the verdicts is recorded for reviewers: only where one gives a call up.
    #[must_use]
    pub const fn reviews(&self) -> bool {
        self.reviewed_permille() > 0
    }

    /// Whether a machine it hears is kept from an agent.
    #[must_use]
    pub const fn gives_up(&self) -> bool {
        self.listens() && !matches!(self.on_machine, OnMachine::Connect)
    }

    /// Of a thousand machine verdicts, how many a reviewer hears.
    #[must_use]
    pub const fn reviewed_permille(&self) -> u16 {
        if self.gives_up() { self.review_permille } else { 0 }
    }

    pub(super) fn validate(&self, campaign: &CampaignSettings, wrong: &mut Vec<Invalid>) {
        in_range(wrong, "amd.within_ms", self.within_ms, 1_000, 10_000);
        in_range(wrong, "amd.pause_ms", self.pause_ms, 300, 1_500);
        in_range(wrong, "amd.machine_ms", self.machine_ms, 2_000, 8_000);
        in_range(wrong, "amd.beep_within_s", self.beep_within_s.into(), 5, 120);
        in_range(wrong, "amd.audit_permille", self.audit_permille.into(), 0, 1_000);
        let left = 1_000_u16.saturating_sub(self.audit_permille);
        in_range(wrong, "amd.review_permille", self.review_permille.into(), 0, left.into());
        if !self.gives_up() {
            return;
        }
        let unknown = Formula::Uk { amd_false_positives: None };
        if campaign.abandon.formula == unknown {
            let why = "must be set where a detector gives calls up: your own audit says how many";
            wrong.push(Invalid::new("abandon.formula.uk.amd_false_positives", why));
        }
        if self.on_machine == OnMachine::LeaveMessage {
            validate_message(campaign, wrong);
        }
    }
}

impl Default for Amd {
    fn default() -> Self {
        Self {
            judge: Judge::Off,
            on_machine: OnMachine::HangUp,
            within_ms: default_within_ms(),
            pause_ms: default_pause_ms(),
            machine_ms: default_machine_ms(),
            beep_within_s: default_beep_within_s(),
            audit_permille: default_audit_permille(),
            review_permille: 0,
        }
    }
}

/// A message to a machine is a recorded message (47 CFR 64.1200(a)(1), (b)). In agentless mode
/// both are asked for in any case.
fn validate_message(campaign: &CampaignSettings, wrong: &mut Vec<Invalid>) {
    if matches!(campaign.mode, Mode::Agentless { .. }) {
        return;
    }
    if campaign.message.as_deref().is_none_or(|name| name.trim().is_empty()) {
        wrong.push(Invalid::new("message", "must be the name of a prompt to leave a message"));
    }
    if campaign.consent == ConsentRule::None {
        wrong.push(Invalid::new("consent", "must be asked of whoever is left a message"));
    }
}

const fn default_within_ms() -> u32 {
    6_000
}

const fn default_pause_ms() -> u32 {
    700
}

const fn default_machine_ms() -> u32 {
    3_800
}

const fn default_beep_within_s() -> u16 {
    45
}

/// One in twenty.
const fn default_audit_permille() -> u16 {
    50
}

/// Whether anybody listens to who answers, and who waits for the verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Judge {
    /// Nobody listens.
    #[default]
    Off,
    /// Whoever answers is connected, or played the message, at once; the verdict comes later.
    Meanwhile,
    /// Nobody is connected before the verdict.
    First,
}

/// What becomes of a call that a machine answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnMachine {
    /// It is ended.
    #[default]
    HangUp,
    /// The campaign's message is left after the beep.
    LeaveMessage,
    /// It goes on as if a person had answered; the verdict is kept.
    Connect,
}

/// From when the time counts within which a person has to meet an agent.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum ConnectFrom {
    /// From the answer, the stricter (RULES UK-3).
    #[default]
    Answer,
    /// From the end of the person's greeting, where somebody listens (16 CFR 310.4(b)(1)(iv)).
    Greeting,
}

/// Who or what answered, as far as can be heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answerer {
    /// A person.
    Person,
    /// A machine, a fax or an announcement of the network.
    Machine,
    /// Nobody can tell; it counts as a person.
    Uncertain,
}

impl Answerer {
    /// The word as the store and the API spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Machine => "machine",
            Self::Uncertain => "uncertain",
        }
    }
}

impl fmt::Display for Answerer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Answerer {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Person, Self::Machine, Self::Uncertain]
            .into_iter()
            .find(|one| one.as_str() == text)
            .ok_or_else(|| Invalid::new("answerer", "must be person, machine or uncertain"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abandon::AbandonPolicy;
    use crate::campaigns::Deployment;
    use crate::fixtures::settings;

    fn wrong(change: impl Fn(&mut CampaignSettings)) -> Vec<String> {
        let mut settings = settings();
        settings.amd.judge = Judge::First;
        change(&mut settings);
        let wrong = settings.validate(Deployment::Live).err().unwrap_or_default();
        wrong.into_iter().map(|invalid| invalid.field.into_owned()).collect()
    }

    #[test]
    fn each_bound_is_named() {
        assert_eq!(wrong(|_| {}), [""; 0]);
        assert_eq!(wrong(|s| s.amd.within_ms = 999), ["amd.within_ms"]);
        assert_eq!(wrong(|s| s.amd.pause_ms = 1_501), ["amd.pause_ms"]);
        assert_eq!(wrong(|s| s.amd.machine_ms = 8_001), ["amd.machine_ms"]);
        assert_eq!(wrong(|s| s.amd.beep_within_s = 4), ["amd.beep_within_s"]);
        assert_eq!(wrong(|s| s.amd.audit_permille = 1_001), ["amd.audit_permille"]);
        assert_eq!(wrong(|s| s.amd.review_permille = 951), ["amd.review_permille"]);
        assert_eq!(wrong(|s| s.amd.review_permille = 950), [""; 0]);
    }

    /// RULES UK-2: an estimate of the people taken for machines is charged, and it is not ours.
    #[test]
    fn the_uk_asks_for_an_estimate_where_a_detector_gives_calls_up() {
        let field = "abandon.formula.uk.amd_false_positives";
        assert_eq!(wrong(|s| s.abandon = AbandonPolicy::uk()), [field]);
        let connects = |s: &mut CampaignSettings| {
            (s.abandon, s.amd.on_machine) = (AbandonPolicy::uk(), OnMachine::Connect);
        };
        assert_eq!(wrong(connects), [""; 0]);
        let off = |s: &mut CampaignSettings| {
            (s.abandon, s.amd) = (AbandonPolicy::uk(), Amd::default());
        };
        assert_eq!(wrong(off), [""; 0]);
    }

    #[test]
    fn a_message_after_the_beep_needs_one_and_consent() {
        assert_eq!(wrong(|s| s.amd.on_machine = OnMachine::LeaveMessage), ["message", "consent"]);
    }
}
