//! `POST /v1/agents/import`: many agents at once, from a CSV whose rows are known by their code.
//!
//! ```text
//!   file ─▶ every row against the agents, teams, campaigns and queues that there are
//!             ├ a cell is wrong, or a dry run ─▶ the report, and nothing was written
//!             └ none ─▶ new agents are added, those that are there are changed
//! ```
//! A column that the file lacks leaves what an agent has. An empty cell empties what may be empty
//! (user name, e-mail, CLI, teams, campaigns, queues), and leaves what has to be something.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Json;
use axum::extract::{Request, State};
use dialer::import::{Fault, Report, Sheet, SheetRow};
use routing::{Agent, Organisation};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::cells::{COLUMNS, Names, filled};
use super::{SipCard, issue_secret};
use crate::api::Api;
use crate::control::Change;
use crate::documents::Resource as _;
use crate::extract::Params;
use crate::organisation;
use crate::problem::Problem;
use crate::router::Refusals;
use crate::schema;
use crate::upload;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(import))
}

/// How the file is to be taken.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ImportParams {
    /// Reads and reports, and writes nothing.
    #[serde(default)]
    dry_run: bool,
}

/// What became of the file.
#[derive(Serialize, ToSchema)]
struct AgentsImported {
    /// Agents that are new; of a dry run, that would be.
    added: u64,
    /// Agents that changed; of a dry run, that would.
    changed: u64,
    /// Agents that are as the file has them.
    unchanged: u64,
    /// What was read, and what was wrong with it: with one wrong cell nothing is written.
    #[schema(value_type = schema::ImportReport)]
    report: Report,
    /// What the telephones of new agents are set up with, shown now and never again.
    telephones: Vec<NewTelephone>,
}

/// The telephone of an agent that was just made.
#[derive(Serialize, ToSchema)]
struct NewTelephone {
    /// The agent's code.
    code: String,
    /// What it is set up with.
    sip: SipCard,
}

/// What a row comes to.
enum Plan {
    Add(Agent),
    Change(Agent, u64),
    Nothing,
}

/// Adds and changes agents by the rows of a CSV.
#[utoipa::path(post, path = "/v1/agents/import", tag = "agents",
    operation_id = "import_agents", params(ImportParams),
    request_body(content = String, content_type = "text/csv"),
    responses((status = 200, body = AgentsImported), Refusals))]
async fn import(
    State(api): State<Api>,
    Params(ImportParams { dry_run }): Params<ImportParams>,
    request: Request,
) -> Result<Json<AgentsImported>, Problem> {
    upload::refuse_media(request.headers())?;
    let most = api.settings().upload_bytes_max.min(BYTES_MAX);
    let file = upload::whole(request.into_body(), most).await?;
    let organisation = organisation::required(&api).await?;
    let (plans, report) = plan(&api, &organisation, &file).await?;
    let (mut added, mut changed) = (0, 0);
    for plan in &plans {
        match plan {
            Plan::Add(_) => added += 1,
            Plan::Change(..) => changed += 1,
            Plan::Nothing => {}
        }
    }
    let unchanged = report.accepted.saturating_sub(added + changed);
    let refused = report.rejected > 0 || report.stopped.is_some();
    let telephones =
        if dry_run || refused { vec![] } else { write(&api, &organisation, plans).await? };
    if refused && !dry_run {
        (added, changed) = (0, 0);
    }
    let asked = serde_json::json!({ "added": added, "changed": changed, "dry_run": dry_run });
    store::audit::amend(|act| act.asked = Some(asked));
    Ok(Json(AgentsImported { added, changed, unchanged, report, telephones }))
}

/// Every row against what there is and against the rows before it.
async fn plan(
    api: &Api,
    organisation: &Organisation,
    file: &[u8],
) -> Result<(Vec<Plan>, Report), Problem> {
    let names = Names::load(api).await?;
    let agents = api.store().agents().all().await?;
    let mut taken = Taken::default();
    let by_code: BTreeMap<_, _> =
        agents.iter().map(|agent| (agent.value.code.as_str(), agent)).collect();
    let mut sheet = Sheet::open(file, COLUMNS, ROWS_MAX).map_err(|e| upload::unreadable(&e))?;
    let mut plans = Vec::new();
    while let Some(row) = sheet.next() {
        let before = row.cells.get("code").and_then(|code| by_code.get(code.as_str()));
        let filled = filled(&row, before.map(|stored| &stored.value), organisation, &names);
        let mut faults = tell(&sheet, &row, filled.faults);
        let Some(agent) = filled.agent else {
            sheet.judge(faults);
            continue;
        };
        if faults.is_empty() {
            let wrong = agent.faults(api).await?.into_iter();
            let wrong = wrong.map(|fault| (column_of(&fault.field), fault.expected));
            faults.extend(tell(&sheet, &row, wrong.collect()));
        }
        let others = agents.iter().map(|stored| &stored.value).filter(|one| one.code != agent.code);
        faults.extend(tell(&sheet, &row, taken.by(&agent, row.line, others)));
        if faults.is_empty() {
            plans.push(match before {
                None => Plan::Add(agent),
                Some(stored) if stored.value == agent => Plan::Nothing,
                Some(stored) => Plan::Change(agent, stored.version),
            });
        }
        sheet.judge(faults);
    }
    Ok((plans, sheet.into_report()))
}

fn tell(sheet: &Sheet<&[u8]>, row: &SheetRow, wrong: Vec<(&'static str, String)>) -> Vec<Fault> {
    wrong.into_iter().map(|(column, expected)| sheet.fault(row, column, expected)).collect()
}

/// The column that a field of the profile comes from.
fn column_of(field: &str) -> &'static str {
    let first = field.trim_start_matches('/').split('/').next().unwrap_or_default();
    let first = if first == "hourly_cost_cents" { "hourly_cost" } else { first };
    COLUMNS.iter().find(|column| **column == first).copied().unwrap_or("code")
}

/// What no two agents may share, with the line that has it.
#[derive(Default)]
struct Taken {
    codes: BTreeMap<String, u64>,
    numbers: BTreeMap<u32, u64>,
    usernames: BTreeMap<String, u64>,
}

impl Taken {
    /// What of an agent another one has, in the file or among `others`; where nothing, it is its
    /// own from now on.
    fn by<'a>(
        &mut self,
        agent: &Agent,
        line: u64,
        others: impl Iterator<Item = &'a Agent>,
    ) -> Vec<(&'static str, String)> {
        let (number, name) = (u32::from(agent.number), agent.username.as_ref());
        let known = [
            ("code", self.codes.get(&agent.code)),
            ("number", self.numbers.get(&number)),
            ("username", name.and_then(|name| self.usernames.get(name))),
        ];
        let on = |(column, first): (_, Option<&u64>)| {
            first.map(|first| (column, format!("another than on line {first}")))
        };
        let mut wrong: Vec<_> = known.into_iter().filter_map(on).collect();
        for other in others {
            let of = format!("another than that of {}", other.code);
            if other.number == agent.number {
                wrong.push(("number", of.clone()));
            }
            if name.is_some() && other.username.as_ref() == name {
                wrong.push(("username", of));
            }
        }
        if wrong.is_empty() {
            self.codes.insert(agent.code.clone(), line);
            self.numbers.insert(number, line);
            self.usernames.extend(name.map(|name| (name.clone(), line)));
        }
        wrong
    }
}

/// Writes what was planned; the telephones of those who are new.
async fn write(
    api: &Api,
    organisation: &Organisation,
    plans: Vec<Plan>,
) -> Result<Vec<NewTelephone>, Problem> {
    let mut telephones = Vec::new();
    for plan in plans {
        match plan {
            Plan::Nothing => {}
            Plan::Change(agent, version) => {
                api.store().agents().update(&agent, version, api.now()).await?;
                say(api, &agent).await?;
            }
            Plan::Add(agent) => {
                let agent = agent.with_id(Uuid::now_v7().into());
                api.store().agents().insert(&agent, api.now()).await?;
                say(api, &agent).await?;
                let sip = issue_secret(api, &agent, organisation).await?;
                telephones.push(NewTelephone { code: agent.code, sip });
            }
        }
    }
    Ok(telephones)
}

/// Tells the switch, as fast as it takes it.
async fn say(api: &Api, agent: &Agent) -> Result<(), Problem> {
    for _ in 0..TRIES {
        match api.control().changed(Change::Agent(Box::new(agent.clone()))) {
            Ok(()) => return Ok(()),
            Err(busy) => tokio::time::sleep(busy.retry_after.min(PAUSE_MAX)).await,
        }
    }
    api.tell(Change::Agent(Box::new(agent.clone())))
}

const TRIES: usize = 10;
const PAUSE_MAX: Duration = Duration::from_millis(500);

/// Rows of one file.
const ROWS_MAX: u64 = 5_000;

const BYTES_MAX: usize = 4 << 20;
