//! Legal profiles: what a country asks of a dialer, as data that people edit (RULES US, UK, CA,
//! AU, DE).
//!
//! A campaign names at most one. The gate holds every dial to both, and the stricter counts: the
//! moment is inside both windows, each cap is the smaller, each rest the longer, the consent the
//! stronger. What a campaign sets looser than its profile refuses every dial until it is mended.
//! Each rule of a shipped profile names its source, and whether anybody has checked it against a
//! text: the values are defaults and no legal advice.

mod counting;
mod effective;
mod shipped;

pub use counting::{CapBy, Counting};
pub use effective::{Effective, Origin, Value};
pub use shipped::shipped;

use crate::abandon::{AbandonPolicy, Formula};
use crate::campaigns::{CampaignSettings, ConnectFrom, Deployment, LockOut, in_range};
use crate::consent::ConsentKind;
use crate::ids::ProfileId;
use crate::window::CallingWindow;
use routing::{Invalid, Number};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What one country, or one reading of its law, asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LegalProfile {
    /// Its identity.
    pub id: ProfileId,
    /// What people call it, 1..=100 characters.
    pub name: String,
    /// When people may be called, in their own time.
    #[serde(default)]
    pub window: CallingWindow,
    /// How often one number may be dialled.
    #[serde(default)]
    pub caps: NumberCaps,
    /// How long an unanswered call rings at the least, in seconds; 0..=60.
    #[serde(default)]
    pub ring_min_s: u16,
    /// How long a person who answered may wait for an agent at the most, in ms; 0..=60,000.
    #[serde(default = "default_connect_within_ms")]
    pub connect_within_ms: u32,
    /// From when that time counts.
    #[serde(default)]
    pub connect_from: ConnectFrom,
    /// How long a number rests.
    #[serde(default)]
    pub lock_out: LockOut,
    /// The consent that everybody who is dialled must have given.
    #[serde(default)]
    pub consent: ConsentRule,
    /// Whether a call that rings may be given up for want of an agent: never in Germany.
    #[serde(default = "default_cancel_ringing")]
    pub cancel_ringing: bool,
    /// Whether who hears a message, or the notice of an abandoned call, must be able to refuse
    /// further calls by a key (47 CFR 64.1200(a)(7)(i)(B) and (b)(3)).
    #[serde(default)]
    pub opt_out_key: bool,
    /// How abandoned calls are counted, and how many there may be: beside the campaign's own way,
    /// and the smaller limit is the cap ([`Counting`]).
    #[serde(default)]
    pub abandon: AbandonPolicy,
    /// Where its rules come from.
    #[serde(default)]
    pub sources: Vec<Source>,
}

impl LegalProfile {
    /// Names every field that is out of its range.
    pub fn validate(&self) -> Result<(), Vec<Invalid>> {
        let mut wrong = Vec::new();
        if !(1..=100).contains(&self.name.trim().chars().count()) {
            wrong.push(Invalid::new("name", "must be 1 to 100 characters"));
        }
        self.window.validate("window", Deployment::Live, &mut wrong);
        self.caps.validate(&mut wrong);
        in_range(&mut wrong, "ring_min_s", self.ring_min_s.into(), 0, 60);
        in_range(&mut wrong, "connect_within_ms", self.connect_within_ms, 0, 60_000);
        self.lock_out.validate(&mut wrong);
        self.abandon.validate(&mut wrong);
        if self.sources.len() > SOURCES_MAX {
            wrong.push(Invalid::new("sources", format!("must be at most {SOURCES_MAX}")));
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    /// What a campaign allows itself that this profile does not; each is a sentence.
    #[must_use]
    pub fn broken_by(&self, campaign: &CampaignSettings) -> Vec<String> {
        let mut broken = Vec::new();
        if campaign.ring_timeout_s < self.ring_min_s {
            let (rings, least) = (campaign.ring_timeout_s, self.ring_min_s);
            broken.push(format!("it rings {rings} s, and {} asks for {least} s", self.name));
        }
        if campaign.connect_within_ms > self.connect_within_ms {
            let (waits, most) = (campaign.connect_within_ms, self.connect_within_ms);
            broken.push(format!("people wait {waits} ms, and {} allows {most} ms", self.name));
        }
        if campaign.amd.listens() && campaign.connect_from > self.connect_from {
            let why = "people's waiting counts from the end of their greeting";
            broken.push(format!("{why}, and {} counts it from the answer", self.name));
        }
        if self.opt_out_key && campaign.opt_out_key.is_none() && campaign.may_play_a_message() {
            let why = "who hears its notice or message has no key to refuse further calls by";
            broken.push(format!("{why} (opt_out_key), and {} asks for one", self.name));
        }
        let charges = Counting::under(campaign, Some(self)).regulator().map(|way| way.formula);
        let unknown = Some(Formula::Uk { amd_false_positives: None });
        if campaign.amd.gives_up() && charges == unknown {
            let why = "its detector gives calls up, and does not say how many of them were people";
            broken.push(format!("{why}: {} counts those as abandoned", self.name));
        }
        broken
    }
}

/// Most sources that one profile names.
const SOURCES_MAX: usize = 100;

const fn default_connect_within_ms() -> u32 {
    2_000
}

const fn default_cancel_ringing() -> bool {
    true
}

/// How often one number may be dialled, over every campaign; none is no limit of this kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberCaps {
    /// In any 24 hours, 1..=24.
    #[serde(default)]
    pub in_24h: Option<u16>,
    /// Between two midnights of the called party, 1..=24.
    #[serde(default)]
    pub in_day: Option<u16>,
    /// In any seven days, 1..=100 (12 CFR 1006.14(b)(2) for debts: seven).
    #[serde(default)]
    pub in_7d: Option<u16>,
}

impl NumberCaps {
    fn validate(self, wrong: &mut Vec<Invalid>) {
        let caps = [
            ("caps.in_24h", self.in_24h, 24),
            ("caps.in_day", self.in_day, 24),
            ("caps.in_7d", self.in_7d, 100),
        ];
        for (field, cap, most) in caps {
            if let Some(cap) = cap {
                in_range(wrong, field, cap.into(), 1, most);
            }
        }
    }
}

/// The consent that is asked of whoever is dialled; the later is the stricter.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum ConsentRule {
    /// None.
    #[default]
    None,
    /// In words at least.
    Express,
    /// In writing.
    Written,
}

impl ConsentRule {
    /// Whether this consent is enough.
    #[must_use]
    pub fn is_met_by(self, consent: Option<ConsentKind>) -> bool {
        match self {
            Self::None => true,
            Self::Express => consent.is_some(),
            Self::Written => consent == Some(ConsentKind::Written),
        }
    }
}

impl fmt::Display for ConsentRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "no",
            Self::Express => "express",
            Self::Written => "written",
        })
    }
}

/// Where a rule comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The field that it is about.
    pub rule: String,
    /// Statute, statement or standard.
    pub basis: String,
    /// Whether somebody has compared the value with the text.
    #[serde(default)]
    pub checked: bool,
}

/// Whether a number may be shown to people: they can call it back at no premium (RULES UK-6).
#[must_use]
pub fn may_be_shown(cli: Number) -> bool {
    let parsed = phonenumber::parse(None, cli.to_string());
    parsed.is_ok_and(|number| {
        number.number_type(&phonenumber::metadata::DATABASE) != phonenumber::Type::PremiumRate
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaigns::Mode;
    use crate::fixtures::settings;

    #[test]
    fn a_wrong_profile_names_its_fields() {
        let mut profile = shipped().swap_remove(0);
        assert_eq!(profile.validate(), Ok(()));
        profile.name.clear();
        profile.window.hours.clear();
        profile.caps = NumberCaps { in_24h: Some(0), in_day: Some(25), in_7d: Some(101) };
        profile.ring_min_s = 61;
        let wrong = profile.validate().unwrap_err();
        let fields: Vec<_> = wrong.iter().map(|invalid| &*invalid.field).collect();
        let expected =
            ["name", "window.hours", "caps.in_24h", "caps.in_day", "caps.in_7d", "ring_min_s"];
        assert_eq!(fields, expected);
    }

    /// RULES US-1, US-3, UK-4: a campaign may be stricter than the law, never looser.
    #[test]
    fn a_campaign_that_is_looser_than_its_profile_breaks_it() {
        let profile = LegalProfile { ring_min_s: 20, ..shipped().swap_remove(0) };
        let mut campaign = settings();
        campaign.ring_timeout_s = 20;
        campaign.opt_out_key = Some('9');
        assert_eq!(profile.broken_by(&campaign), [""; 0]);
        campaign.ring_timeout_s = 19;
        campaign.connect_within_ms = 2_001;
        assert_eq!(profile.broken_by(&campaign).len(), 2);
    }

    /// RULES US-4: the FCC asks for a key wherever a recording may stand in for an agent.
    #[test]
    fn a_campaign_without_a_key_to_opt_out_by_breaks_the_law_of_the_united_states() {
        let [us, uk, ..] = &shipped()[..] else { panic!("five are shipped") };
        let broken = |law: &LegalProfile, mode, key| {
            let mut campaign = settings();
            (campaign.mode, campaign.opt_out_key) = (mode, key);
            law.broken_by(&campaign).len()
        };
        let agentless = Mode::Agentless { max_live: 1 };
        let preview = Mode::Preview { look_s: 30, may_skip: false };
        for (mode, asked) in [
            (Mode::default(), 1),
            (Mode::Predictive { max_live: 5 }, 1),
            (agentless, 1),
            (preview, 0),
            (Mode::Manual, 0),
        ] {
            assert_eq!(broken(us, mode, None), asked, "{mode:?}");
            assert_eq!(broken(us, mode, Some('9')) + broken(uk, mode, None), 0, "{mode:?}");
        }
    }

    #[test]
    fn written_consent_meets_every_rule_and_none_only_the_absent_one() {
        let met = |consent| {
            [ConsentRule::None, ConsentRule::Express, ConsentRule::Written]
                .map(|rule| rule.is_met_by(consent))
        };
        assert_eq!(met(None), [true, false, false]);
        assert_eq!(met(Some(ConsentKind::Express)), [true, true, false]);
        assert_eq!(met(Some(ConsentKind::Written)), [true, true, true]);
    }

    /// RULES UK-6: "not premium". 0909 is a premium range of the UK, 1-900 of North America.
    #[test]
    fn a_premium_number_may_not_be_shown() {
        for (number, shown) in [
            ("+442079460123", true),
            ("+12125550123", true),
            ("+448001111111", true),
            ("+449091234567", false),
            ("+19002345678", false),
        ] {
            assert_eq!(may_be_shown(number.parse().unwrap()), shown, "{number}");
        }
    }

    /// What a later version ships is found again by its id, so each has its own.
    #[test]
    fn five_profiles_are_shipped_sound_with_their_sources() {
        let profiles = shipped();
        let names: Vec<_> = profiles.iter().map(|profile| profile.name.as_str()).collect();
        let expected = ["United States", "United Kingdom", "Canada", "Australia", "Germany"];
        assert_eq!(names, expected);
        let ids: std::collections::BTreeSet<_> = profiles.iter().map(|own| own.id).collect();
        assert_eq!(ids.len(), 5);
        for profile in &profiles {
            assert_eq!(profile.validate(), Ok(()), "{}", profile.name);
            assert!(!profile.sources.is_empty(), "{}", profile.name);
        }
        assert!(!profiles[4].cancel_ringing, "RULES DE: never drop who rings");
    }
}
