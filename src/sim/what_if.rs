//! A campaign of this installation, played through as it is and as it might be.
//!
//! ```text
//!   records of 28 days ─▶ Law ─┬▶ shifts with the settings as they are ─▶ Outlook ─┐
//!                              └▶ the same shifts with the change      ─▶ Outlook ─┴▶ side by side
//! ```
//! Both run through the whole production switch on the same seeds.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use anyhow::{bail, ensure};
use dialer::{CampaignSettings, Mode};
use serde::Serialize;
use store::past::Past;

use super::law::Law;
use super::{Plan, Report, simulate_under};
use crate::cli::Simulate;

/// One setting that might be otherwise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change {
    /// Aim at another share of abandoned people, in tenths of a percent, 1..=1,000.
    Target(u16),
    /// One attempt for each free agent.
    Progressive,
    /// As many attempts as the forecast allows.
    Predictive,
    /// So many agents instead of those who were there, 1..=5,000.
    Agents(u16),
}

impl FromStr for Change {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || {
            format!(
                "expected target=2%, mode=progressive, mode=predictive or agents=30, not {text:?}"
            )
        };
        let (what, value) = text.split_once('=').ok_or_else(expected)?;
        match (what.trim(), value.trim()) {
            ("target", share) => {
                let percent: f64 = share.trim_end_matches('%').parse().map_err(|_| expected())?;
                ensure_range(percent, 0.1, 100.0, "target")?;
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "1 to 1,000"
                )]
                let permille = (percent * 10.0).round() as u16;
                Ok(Self::Target(permille))
            }
            ("mode", "progressive") => Ok(Self::Progressive),
            ("mode", "predictive") => Ok(Self::Predictive),
            ("agents", count) => {
                let count: u16 = count.parse().map_err(|_| expected())?;
                ensure_range(f64::from(count), 1.0, 5_000.0, "agents")?;
                Ok(Self::Agents(count))
            }
            _ => Err(expected()),
        }
    }
}

fn ensure_range(value: f64, least: f64, most: f64, what: &str) -> Result<(), String> {
    let fits = (least..=most).contains(&value);
    fits.then_some(()).ok_or_else(|| format!("{what}: expected {least} to {most}, not {value}"))
}

/// Plays a campaign of such a past through, as it is and as it might be.
///
/// Errors: the past is too short to be a law; the change is none that the law allows; an invariant
/// did not hold.
pub fn compare(
    settings: &CampaignSettings,
    past: Past,
    change: Change,
    asked: &Simulate,
) -> anyhow::Result<Answer> {
    let (calls, conversations) = (past.calls.len(), past.conversations());
    let usual = asked.agents.unwrap_or_else(|| past.agents.max(1));
    let law = Law::of(settings, past)?;
    let mut other = law.clone();
    let mut agents = usual;
    match change {
        Change::Agents(count) => agents = count,
        Change::Progressive => other.campaign.mode = Mode::Progressive { max_live: MAX_LIVE },
        Change::Predictive => other.campaign.mode = Mode::Predictive { max_live: MAX_LIVE },
        Change::Target(permille) => {
            let limit = settings.abandon.limit_permille;
            ensure!(
                permille <= limit,
                "target: {} % is above the {} % that the campaign's law allows",
                f64::from(permille) / 10.0,
                f64::from(limit) / 10.0
            );
            other.campaign.pacing.target_permille = Some(permille);
        }
    }
    let now = play(law, usual, asked)?;
    let then = play(other, agents, asked)?;
    let name = settings.name.clone();
    Ok(Answer {
        campaign: name,
        calls,
        conversations,
        shifts: asked.seeds,
        hours: asked.hours,
        now,
        then,
    })
}

/// Every shift that was asked for, one seed after the other.
fn play(law: Law, agents: u16, asked: &Simulate) -> anyhow::Result<Outlook> {
    let mode = law.campaign.mode.as_str();
    let target = law.campaign.pacing.target_permille.unwrap_or(law.campaign.abandon.limit_permille);
    let law = Arc::new(law);
    let mut reports = vec![];
    for seed in asked.seed..asked.seed.saturating_add(asked.seeds.max(1)) {
        let (hours, faults) = (asked.hours, asked.faults);
        let plan = Plan { seed, agents, hours, faults, until: None };
        let report = simulate_under(&plan, Some(&law))?;
        if let Some(broken) = report.broken {
            bail!("seed {seed}: {broken}");
        }
        reports.push(report);
    }
    Ok(Outlook::of(&reports, agents, mode, target))
}

/// Both sides of the question.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    campaign: String,
    /// Calls of the past that the law is made of, and how many of them were conversations.
    calls: usize,
    conversations: usize,
    shifts: u64,
    hours: f64,
    now: Outlook,
    then: Outlook,
}

/// What the shifts came to.
#[derive(Clone, Copy, Debug, Serialize)]
struct Outlook {
    agents: u16,
    mode: &'static str,
    target_percent: f64,
    /// Talk, hold and wrap-up in the agents' time.
    utilisation_percent: f64,
    /// Of the people who answered, those who met nobody in time.
    abandoned_percent: f64,
    dials_per_hour: f64,
    conversations_per_hour: f64,
}

impl Outlook {
    fn of(reports: &[Report], agents: u16, mode: &'static str, target_permille: u16) -> Self {
        let sum = |of: fn(&Report) -> f64| reports.iter().map(of).sum::<f64>();
        #[expect(clippy::cast_precision_loss, reason = "counts of calls")]
        let count = |of: fn(&Report) -> u64| reports.iter().map(of).sum::<u64>() as f64;
        let hours = sum(|report| report.hours);
        let (connected, abandoned) = (count(|one| one.connected), count(|one| one.abandoned));
        let people = (connected + abandoned).max(1.0);
        #[expect(clippy::cast_precision_loss, reason = "a few seeds")]
        let shifts = reports.len().max(1) as f64;
        Self {
            agents,
            mode,
            target_percent: f64::from(target_permille) / 10.0,
            utilisation_percent: 100.0 * sum(|report| report.utilisation) / shifts,
            abandoned_percent: 100.0 * abandoned / people,
            dials_per_hour: count(|one| one.attempts) / hours,
            conversations_per_hour: connected / hours,
        }
    }

    const ROWS: [Line; 7] = [
        ("agents", |one| one.agents.to_string()),
        ("mode", |one| one.mode.to_owned()),
        ("target", |one| format!("{:.1} %", one.target_percent)),
        ("utilisation", |one| format!("{:.1} %", one.utilisation_percent)),
        ("abandoned", |one| format!("{:.2} %", one.abandoned_percent)),
        ("dials an hour", |one| format!("{:.0}", one.dials_per_hour)),
        ("conversations an hour", |one| format!("{:.0}", one.conversations_per_hour)),
    ];
}

/// One line of the answer: its name, and what an outlook says there.
type Line = (&'static str, fn(&Outlook) -> String);

/// For a person.
impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { campaign, calls, conversations, shifts, hours, now, then } = self;
        writeln!(
            f,
            "{campaign}: by {calls} calls of the last {DAYS} days, {conversations} of them \
             conversations; {shifts} shifts of {hours} h"
        )?;
        write!(f, "{:24}{:>14}{:>14}", "", "as it is", "what if")?;
        for (name, of) in Outlook::ROWS {
            write!(f, "\n{name:24}{:>14}{:>14}", of(now), of(then))?;
        }
        Ok(())
    }
}

/// How far back the past reaches, in days.
pub const DAYS: i64 = 28;

/// Live attempts of a campaign that had another mode.
const MAX_LIVE: u16 = 1_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::Faults;
    use dialer::Outcome;
    use store::past::PastCall;

    /// One in four answers after 8 s and talks for two minutes; the others ring out.
    fn past() -> Past {
        let call = |n: u32| {
            let met = n.is_multiple_of(4);
            PastCall {
                outcome: if met { Outcome::Connected } else { Outcome::NoAnswer },
                sip: None,
                q850: None,
                ring_ms: if met { 8_000 } else { 20_000 },
                wait_ms: 0,
                talk_ms: if met { 120_000 } else { 0 },
            }
        };
        let calls = (0..400).map(call).collect();
        Past { calls, wrap_ups_ms: vec![10_000], agents: 8 }
    }

    fn settings(mode: Mode) -> CampaignSettings {
        let id = uuid::Uuid::from_u128(9).into();
        CampaignSettings { mode, ..CampaignSettings::new(id, "Renewals") }
    }

    fn asked() -> Simulate {
        Simulate {
            seed: 1,
            seeds: 1,
            agents: None,
            hours: 0.25,
            faults: Faults::NONE,
            until: None,
            json: false,
            campaign: None,
            what_if: None,
            config: None,
        }
    }

    #[test]
    fn a_campaign_that_dials_ahead_wastes_less_of_its_agents_time_and_obeys_its_cap() {
        let progressive = settings(Mode::Progressive { max_live: 100 });
        let answer = compare(&progressive, past(), Change::Predictive, &asked()).unwrap();
        let Answer { now, then, .. } = answer;
        assert_eq!((now.mode, then.mode, now.agents), ("progressive", "predictive", 8));
        assert!(now.abandoned_percent < f64::EPSILON, "{now:?}");
        assert!(then.utilisation_percent > now.utilisation_percent + 5.0, "{now:?} {then:?}");
        assert!(then.dials_per_hour > now.dials_per_hour, "{now:?} {then:?}");
    }

    #[test]
    fn more_agents_meet_more_people_by_the_same_law() {
        let progressive = settings(Mode::Progressive { max_live: 100 });
        let Answer { now, then, .. } =
            compare(&progressive, past(), Change::Agents(16), &asked()).unwrap();
        assert_eq!(then.agents, 16);
        let more = then.conversations_per_hour / now.conversations_per_hour;
        assert!((1.8..2.2).contains(&more), "{now:?} {then:?}");
        // One talks for 120 s, works for 10 s, and finds the next in some four calls of 18 s.
        let each = now.conversations_per_hour / 8.0;
        assert!((14.0..24.0).contains(&each), "{now:?}");
    }

    #[test]
    fn a_target_above_the_law_and_a_past_that_is_too_short_are_refused_in_words() {
        let predictive = settings(Mode::Predictive { max_live: 100 });
        let refused = compare(&predictive, past(), Change::Target(50), &asked()).unwrap_err();
        assert!(refused.to_string().starts_with("target: 5 % is above the 3 %"), "{refused}");
        let short = Past { calls: past().calls[..100].to_vec(), ..past() };
        let refused = compare(&predictive, short, Change::Target(20), &asked()).unwrap_err();
        assert!(refused.to_string().contains("has 100 calls and 25 conversations"), "{refused}");
    }

    #[test]
    fn a_change_reads_as_people_write_it() {
        assert_eq!("target=2%".parse(), Ok(Change::Target(20)));
        assert_eq!("target=0.5".parse(), Ok(Change::Target(5)));
        assert_eq!("mode=predictive".parse(), Ok(Change::Predictive));
        assert_eq!("agents=30".parse(), Ok(Change::Agents(30)));
        for wrong in ["target", "target=", "target=0", "target=NaN", "mode=manual", "agents=0"] {
            assert!(wrong.parse::<Change>().is_err(), "{wrong}");
        }
    }
}
