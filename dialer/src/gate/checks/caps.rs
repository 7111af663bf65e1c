//! How often one person may be dialled, at whichever of their numbers: in any 24 h, between two
//! midnights of theirs, in any week.

use super::{Check, Facts, Fault};
use crate::gate::memory::WEEK;
use crate::leads::LeadStatus;
use crate::permit::{AttemptsFinding, CapFinding};
use jiff::{SignedDuration, Timestamp};

pub(super) fn in_24h(facts: &Facts<'_>) -> Option<Fault> {
    let recent = since(facts, facts.now.saturating_sub(DAY).unwrap_or(Timestamp::MIN));
    let (cap, excess) = over(recent, Some(cap_in_24h(facts)))?;
    let lifts = freed(recent, excess, DAY);
    let because = format!("{} attempts at this person in 24 h, the cap is {cap}", recent.len());
    Some(Fault { check: Check::AttemptsIn24h, because, lifts })
}

pub(super) fn in_7d(facts: &Facts<'_>) -> Option<Fault> {
    let recent = since(facts, facts.now.saturating_sub(WEEK).unwrap_or(Timestamp::MIN));
    let (cap, excess) = over(recent, cap_in_7d(facts))?;
    let lifts = freed(recent, excess, WEEK);
    let because = format!("{} attempts at this person in 7 days, the cap is {cap}", recent.len());
    Some(Fault { check: Check::AttemptsIn7d, because, lifts })
}

/// A day is the called party's; where they may be in several zones, in none of them too often.
pub(super) fn today(facts: &Facts<'_>) -> Option<Fault> {
    let cap = cap_in_day(facts);
    let full = facts.zones.iter().flatten().filter_map(|zone| {
        let date = zone.local(facts.now).date();
        let (cap, _) = over(since_midnight(facts, zone.midnight(date)), cap)?;
        // Their next midnight: the count begins anew.
        Some((date.tomorrow().ok().map(|date| zone.midnight(date)), cap))
    });
    let (lifts, cap) = full.max()?;
    let because = format!("{} attempts at this person today, the cap is {cap}", made_today(facts));
    Some(Fault { check: Check::AttemptsToday, because, lifts })
}

/// Attempts of a week that fell into this part of their day; who was promised a call has it.
pub(super) fn in_part_of_day(facts: &Facts<'_>) -> Option<Fault> {
    if facts.ask.lead.status == LeadStatus::Callback {
        return None;
    }
    let recent = since(facts, facts.now.saturating_sub(WEEK).unwrap_or(Timestamp::MIN));
    let full = facts.zones.iter().flatten().flat_map(|zone| {
        let local = zone.local(facts.now);
        let running = facts.ask.campaign.quotas.iter().filter(move |own| own.hours.contain(local));
        running.filter_map(move |quota| {
            let made = recent.iter().filter(|at| quota.hours.contain(zone.local(**at))).count();
            let ends = || zone.end_of(local, quota.hours.to);
            (made >= quota.attempts.into()).then(|| (ends(), made, quota.attempts))
        })
    });
    let (lifts, made, cap) = full.max()?;
    let because = format!("{made} attempts in this part of their day in 7 days, the cap is {cap}");
    Some(Fault { check: Check::PartOfDay, because, lifts: Some(lifts) })
}

/// What a permit says about attempts.
pub(super) fn finding(facts: &Facts<'_>) -> AttemptsFinding {
    let campaign = facts.ask.campaign;
    let in_24h = since(facts, facts.now.saturating_sub(DAY).unwrap_or(Timestamp::MIN));
    let in_7d = since(facts, facts.now.saturating_sub(WEEK).unwrap_or(Timestamp::MIN));
    let finding = |made, cap| CapFinding { made: count(made), cap };
    AttemptsFinding {
        total: facts.ask.lead.attempts,
        total_cap: campaign.max_attempts,
        in_24h: count(in_24h.len()),
        in_24h_cap: cap_in_24h(facts),
        today: cap_in_day(facts).map(|cap| finding(made_today(facts), cap)),
        in_7d: cap_in_7d(facts).map(|cap| finding(in_7d.len(), cap)),
    }
}

/// The campaign's cap, or the law's where that is smaller.
fn cap_in_24h(facts: &Facts<'_>) -> u16 {
    let law = facts.profile.and_then(|profile| profile.caps.in_24h);
    law.map_or(facts.ask.campaign.max_attempts_24h, |law| {
        law.min(facts.ask.campaign.max_attempts_24h)
    })
}

fn cap_in_day(facts: &Facts<'_>) -> Option<u16> {
    facts.profile.and_then(|profile| profile.caps.in_day)
}

fn cap_in_7d(facts: &Facts<'_>) -> Option<u16> {
    facts.profile.and_then(|profile| profile.caps.in_7d)
}

fn made_today(facts: &Facts<'_>) -> usize {
    let zones = facts.zones.iter().flatten();
    let midnights = zones.map(|zone| zone.midnight(zone.local(facts.now).date()));
    midnights.map(|midnight| since_midnight(facts, midnight).len()).max().unwrap_or(0)
}

/// Attempts later than a moment, oldest first.
fn since<'a>(facts: &'a Facts<'_>, from: Timestamp) -> &'a [Timestamp] {
    let recent = &facts.history.recent;
    recent.get(recent.partition_point(|at| *at <= from)..).unwrap_or_default()
}

/// Attempts at a midnight or later.
fn since_midnight<'a>(facts: &'a Facts<'_>, midnight: Timestamp) -> &'a [Timestamp] {
    let recent = &facts.history.recent;
    recent.get(recent.partition_point(|at| *at < midnight)..).unwrap_or_default()
}

/// The cap that is reached, and by how many it is passed.
fn over(made: &[Timestamp], cap: Option<u16>) -> Option<(u16, usize)> {
    let cap = cap?;
    Some((cap, made.len().checked_sub(cap.into())?))
}

/// Below the cap again once the oldest `excess + 1` have left the window.
fn freed(made: &[Timestamp], excess: usize, window: SignedDuration) -> Option<Timestamp> {
    made.get(excess).and_then(|at| at.checked_add(window).ok())
}

fn count(made: usize) -> u32 {
    u32::try_from(made).unwrap_or(u32::MAX)
}

/// The window of the "attempts in 24 h" cap.
const DAY: SignedDuration = SignedDuration::from_hours(24);
