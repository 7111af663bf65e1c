//! What the tests of this crate are made of.

use crate::campaign::{Decision, Demand, Way};
use crate::campaigns::CampaignSettings;
use crate::gate::{Ask, Gate};
use crate::permit::ChainHead;
use crate::window::CallingWindow;
use crate::{AttemptId, Campaign, Dnc, Lead, LeadId, ListId};
use jiff::Timestamp;
use routing::clis::NoCli;
use routing::{CampaignId, CliOrigin, EffectiveCli, Number, TrunkId};
use uuid::Uuid;

/// A Thursday noon in New York, in winter.
pub(crate) const NOON: &str = "2026-01-15T17:00:00Z";

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// One of the hundred numbers of New York that are reserved for fiction.
pub(crate) fn fiction(last: u8) -> Number {
    format!("+121255501{last:02}").parse().unwrap()
}

pub(crate) fn attempt(n: u128) -> AttemptId {
    AttemptId::from(Uuid::from_u128(n))
}

pub(crate) fn list() -> ListId {
    ListId::from(Uuid::from_u128(1))
}

pub(crate) fn lead(n: u8) -> Lead {
    Lead::new(LeadId::from(Uuid::from_u128(1_000 + u128::from(n))), list(), fiction(n))
}

pub(crate) fn trunk() -> TrunkId {
    TrunkId::from(Uuid::from_u128(7))
}

#[expect(clippy::unnecessary_wraps, reason = "the shape that the gate is asked with")]
pub(crate) fn cli() -> Result<EffectiveCli, NoCli> {
    Ok(EffectiveCli { number: fiction(99), origin: CliOrigin::Campaign })
}

pub(crate) fn way() -> Way {
    Way { trunk: trunk(), cli: cli() }
}

pub(crate) fn settings() -> CampaignSettings {
    let mut settings = CampaignSettings::new(CampaignId::from(Uuid::from_u128(100)), "Winter");
    settings.running = true;
    settings.trunks = vec![trunk()];
    settings.lists = vec![list()];
    settings.window = CallingWindow::us();
    settings
}

pub(crate) fn gate() -> Gate {
    Gate::new(Dnc::default(), ChainHead::START)
}

pub(crate) fn decision(settings: &CampaignSettings) -> Decision {
    let mut campaign = Campaign::new(settings.clone(), crate::abandon::AbandonLedger::default());
    campaign.pace(at(NOON), Demand { free_agents: 1, free_lines: 1, verdict: None }).clone()
}

/// Asks the gate for one lead of one campaign.
pub(crate) fn ask<'a>(
    n: u128,
    campaign: &'a CampaignSettings,
    lead: &'a Lead,
    cli: &'a Result<EffectiveCli, NoCli>,
    pacing: &'a Decision,
) -> Ask<'a> {
    Ask { attempt: attempt(n), campaign, lead, trunk: trunk(), cli, pacing }
}
