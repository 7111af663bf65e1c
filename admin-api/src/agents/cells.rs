//! What each column of a CSV of agents means: one cell, one part of the profile.

use std::collections::{BTreeMap, BTreeSet};

use dialer::import::SheetRow;
use routing::{
    Agent, CampaignId, CampaignMembership, Number, Organisation, Priority, QueueId,
    QueueMembership, TeamId,
};
use serde::de::DeserializeOwned;
use serde_json::json;
use uuid::Uuid;

use crate::api::Api;
use crate::problem::Problem;

/// Every column that a file may have, as its header says.
pub(super) const COLUMNS: &[&str] = &[
    "code",
    "number",
    "first_name",
    "last_name",
    "username",
    "email",
    "teams",
    "campaigns",
    "queues",
    "cli",
    "time_zone",
    "hourly_cost",
    "lifecycle",
    "login",
];

/// Teams, campaigns and queues by what people call them, and the numbers there are to show.
#[derive(Debug, Default)]
pub(super) struct Names {
    teams: BTreeMap<String, TeamId>,
    campaigns: BTreeMap<String, CampaignId>,
    queues: BTreeMap<String, QueueId>,
    clis: BTreeSet<Number>,
}

impl Names {
    pub(super) async fn load(api: &Api) -> Result<Self, Problem> {
        let store = api.store();
        let teams = store.teams().all().await?.into_iter().map(|t| (t.value.name, t.value.id));
        let campaigns = store.campaigns().all().await?.into_iter();
        let campaigns = campaigns.map(|campaign| (campaign.value.name, campaign.value.id));
        let queues = store.queues().all().await?.into_iter().map(|q| (q.value.name, q.value.id));
        let clis = store.clis().all().await?.into_iter().map(|cli| cli.value.number);
        Ok(Self {
            clis: clis.collect(),
            teams: teams.collect(),
            campaigns: campaigns.collect(),
            queues: queues.collect(),
        })
    }
}

/// What a row makes of an agent, and the columns that are wrong.
pub(super) struct Filled {
    pub(super) agent: Option<Agent>,
    pub(super) faults: Vec<(&'static str, String)>,
}

/// The agent of a row: as it is, or a new one, with every cell of the row put in.
pub(super) fn filled(
    row: &SheetRow,
    before: Option<&Agent>,
    organisation: &Organisation,
    names: &Names,
) -> Filled {
    let mut faults = Vec::new();
    let begun = match before {
        Some(agent) => Some(agent.clone()),
        None => fresh(row, organisation, &mut faults),
    };
    let Some(mut agent) = begun else { return Filled { agent: None, faults } };
    for (column, cell) in &row.cells {
        if faults.iter().any(|(told, _)| told == column) {
            continue;
        }
        if let Err(expected) = put(&mut agent, column, cell, names) {
            faults.push((*column, expected));
        }
    }
    Filled { agent: Some(agent), faults }
}

/// An agent with what every agent needs.
fn fresh(
    row: &SheetRow,
    organisation: &Organisation,
    faults: &mut Vec<(&'static str, String)>,
) -> Option<Agent> {
    let cell = |name: &str| row.cells.get(name).map(String::as_str).unwrap_or_default();
    for needed in ["code", "number", "first_name", "last_name"] {
        if cell(needed).is_empty() {
            faults.push((needed, "a value: a new agent needs it".to_owned()));
        }
    }
    let Ok(number) = number_of(cell("number")) else {
        if !cell("number").is_empty() {
            faults.push(("number", NUMBER.to_owned()));
        }
        return None;
    };
    let agent = json!({
        "id": Uuid::nil(), "number": number, "code": cell("code"),
        "first_name": cell("first_name"), "last_name": cell("last_name"),
        "time_zone": organisation.time_zone,
    });
    serde_json::from_value(agent).ok()
}

fn number_of(cell: &str) -> Result<u32, String> {
    let number = cell.parse().ok().filter(|number| (1..=999_999_999).contains(number));
    number.ok_or_else(|| NUMBER.to_owned())
}

const NUMBER: &str = "a whole number from 1 to 999999999";

/// Puts one cell into the profile; what was expected there where it does not fit.
fn put(agent: &mut Agent, column: &str, cell: &str, names: &Names) -> Result<(), String> {
    let optional = || (!cell.is_empty()).then(|| cell.to_owned());
    match column {
        "number" | "time_zone" | "hourly_cost" | "lifecycle" | "login" if cell.is_empty() => {}
        "number" => {
            let kept = u32::from(agent.number);
            if number_of(cell)? != kept {
                return Err(format!("{kept}: the telephone is bound to it"));
            }
        }
        "first_name" => required(cell)?.clone_into(&mut agent.first_name),
        "last_name" => required(cell)?.clone_into(&mut agent.last_name),
        "username" => agent.username = optional(),
        "email" => agent.email = optional(),
        "time_zone" => cell.clone_into(&mut agent.time_zone),
        "cli" => {
            let number = optional().map(|number| number.parse()).transpose();
            let number = number.map_err(|_| "a number in E.164 such as +15550100123")?;
            if number.is_some_and(|number| !names.clis.contains(&number)) {
                return Err("one of the numbers to show".to_owned());
            }
            agent.cli = number;
        }
        "hourly_cost" => agent.hourly_cost_cents = cents(cell)?,
        "lifecycle" => agent.lifecycle = word(cell, "active, invited or archived")?,
        "login" => agent.login = word(cell, "enabled or disabled_by_admin")?,
        "teams" => agent.teams = listed(cell, |name| known(&names.teams, name, "team"))?,
        "campaigns" => {
            let kept = agent.campaigns.clone();
            agent.campaigns = listed(cell, |text| campaign(text, &kept, names))?;
        }
        "queues" => {
            let kept = agent.queues.clone();
            agent.queues = listed(cell, |name| {
                let queue = known(&names.queues, name, "queue")?;
                let before = kept.iter().find(|member| member.queue == queue).copied();
                Ok(before.unwrap_or_else(|| QueueMembership::of(queue)))
            })?;
        }
        // `code` says whose row it is.
        _ => {}
    }
    Ok(())
}

fn required(cell: &str) -> Result<&str, String> {
    if cell.is_empty() { Err("a value: it may not be empty".to_owned()) } else { Ok(cell) }
}

fn word<T: DeserializeOwned>(cell: &str, words: &str) -> Result<T, String> {
    serde_json::from_value(cell.into()).map_err(|_| words.to_owned())
}

/// `12.5` as 1,250.
fn cents(cell: &str) -> Result<u32, String> {
    let expected = || "an amount such as 12.50".to_owned();
    let (whole, part) = cell.split_once(['.', ',']).unwrap_or((cell, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || part.len() > 2 || !digits(whole) || !digits(part) {
        return Err(expected());
    }
    let cents: u32 = format!("{part:0<2}").parse().map_err(|_| expected())?;
    let whole: u32 = whole.parse().map_err(|_| expected())?;
    whole.checked_mul(100).and_then(|whole| whole.checked_add(cents)).ok_or_else(expected)
}

/// Names with a `|` between them.
fn listed<T>(cell: &str, one: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    cell.split('|').map(str::trim).filter(|name| !name.is_empty()).map(one).collect()
}

fn known<T: Copy>(names: &BTreeMap<String, T>, name: &str, what: &str) -> Result<T, String> {
    names.get(name).copied().ok_or_else(|| format!("the name of a {what} that exists"))
}

/// `Spring` or `Spring:high`; without a priority it stays, or is medium.
fn campaign(
    text: &str,
    kept: &[CampaignMembership],
    names: &Names,
) -> Result<CampaignMembership, String> {
    // A campaign's own name may hold a colon.
    let (name, given) = match text.rsplit_once(':') {
        Some((name, priority)) if !names.campaigns.contains_key(text) => {
            let priority = priority.trim();
            (name.trim(), Some(word::<Priority>(priority, "name:high, name:medium or name:low")?))
        }
        _ => (text, None),
    };
    let campaign = known(&names.campaigns, name, "campaign")?;
    let before = kept.iter().find(|member| member.campaign == campaign);
    let priority = given.or(before.map(|member| member.priority)).unwrap_or_default();
    Ok(CampaignMembership { campaign, priority })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_read_with_a_point_or_a_comma() {
        for (text, expected) in [("12", 1_200), ("12.5", 1_250), ("12,05", 1_205), ("0.99", 99)] {
            assert_eq!(cents(text), Ok(expected), "{text}");
        }
        for wrong in ["", "-1", "1.234", "1e3", "99999999999", "a"] {
            assert!(cents(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_campaign_keeps_its_priority_unless_the_cell_says_another() {
        let id = CampaignId::from(Uuid::from_u128(1));
        let campaigns = BTreeMap::from([("Spring".to_owned(), id), ("A:B".to_owned(), id)]);
        let names = Names { campaigns, ..Names::default() };
        let kept = [CampaignMembership { campaign: id, priority: Priority::Low }];
        let read = |text: &str, kept: &[_]| campaign(text, kept, &names).map(|one| one.priority);
        assert_eq!(read("Spring:high", &kept), Ok(Priority::High));
        assert_eq!(read("Spring", &kept), Ok(Priority::Low));
        assert_eq!(read("A:B", &[]), Ok(Priority::Medium));
        assert!(read("Autumn", &[]).is_err() && read("Spring:most", &[]).is_err());
    }
}
