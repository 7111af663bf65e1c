//! `/v1/me/call-sheet`: what an agent has beside a call: the script with what was answered, and the
//! customer's page in another system.
//!
//! ```text
//!   the call in hand, or the lead that is looked at ─▶ queue's or campaign's script, and address
//!   answers ─▶ judged by the version that the call began with ─▶ kept; whether their way ends
//! ```
//! The server owns the answers, so that a page that is loaded again shows them. A call is the
//! agent's who has it in hand, or had it last; another's is a 404 (FAULTS S13).

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use dialer::{Lead, LeadId};
use jiff::{SignedDuration, Timestamp};
use routing::placeholders::{self, FIELD, Words};
use routing::scripts::{Answers, Missing};
use routing::{AgentId, CallId, CampaignId, Organisation, QueueId, Script, ScriptId};
use serde::{Deserialize, Serialize};
use store::Direction;
use store::script_answers::{CallAnswers, Given};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::api::Api;
use crate::control::{Command, Reply};
use crate::documents::{self, refuse};
use crate::extract::{Body, Params};
use crate::identity::Caller;
use crate::live::CallDirection;
use crate::organisation;
use crate::problem::{FieldError, Problem};
use crate::router::Refusals;
use crate::schema;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(read)).routes(routes!(give_answers))
}

/// What an agent has beside a call.
#[derive(Debug, Serialize, ToSchema)]
struct CallSheet {
    /// What to read and to ask; null where there is no script.
    script: Option<SheetScript>,
    /// What fills the places of the script's texts, by name.
    words: BTreeMap<String, String>,
    /// The customer's page in another system; null where there is none.
    crm: Option<CrmPage>,
}

/// A script, and how far it was answered.
#[derive(Debug, Serialize, ToSchema)]
struct SheetScript {
    /// The script.
    #[schema(value_type = Uuid)]
    id: ScriptId,
    /// Its version, which the call keeps from the first answer on.
    version: u64,
    /// The pages.
    #[schema(value_type = schema::Script)]
    script: Script,
    /// How far it was answered.
    #[serde(flatten)]
    progress: Progress,
}

/// How far a script was answered.
#[derive(Debug, Serialize, ToSchema)]
struct Progress {
    /// The page that the agent was at last; null before the first answer.
    page: Option<String>,
    /// By the question's name.
    answers: BTreeMap<String, String>,
    /// The pages on the way that the answers make.
    trail: Vec<String>,
    /// What is to be answered before the last of them is left.
    missing: Vec<ToAnswer>,
    /// The way ends, and nothing on it is missing.
    complete: bool,
}

/// A question that is still to be answered.
#[derive(Debug, Serialize, ToSchema)]
struct ToAnswer {
    /// On which page.
    page: String,
    /// Which question.
    question: String,
    /// In words.
    label: String,
}

/// The customer's page in another system.
#[derive(Debug, Serialize, ToSchema)]
struct CrmPage {
    /// Where it is; null where this customer has none, and `why` says so.
    url: Option<String>,
    /// Why there is none.
    why: Option<String>,
}

/// Which call.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SheetParams {
    /// The call in hand or just ended; of the lead that is looked at where it is left out.
    #[param(value_type = Option<Uuid>)]
    call: Option<CallId>,
}

/// Some answers.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GivenAnswers {
    /// In which call.
    #[schema(value_type = Uuid)]
    call: CallId,
    /// The page that the agent is at now.
    #[schema(max_length = 48)]
    page: String,
    /// By the question's name; what is left out stays, and an empty text takes an answer back.
    #[serde(default)]
    #[schema(required = false)]
    answers: BTreeMap<String, String>,
}

/// Shows what there is beside a call, or beside the lead that is looked at.
#[utoipa::path(get, path = "/v1/me/call-sheet", tag = "desk", operation_id = "read_call_sheet",
    params(SheetParams), responses((status = 200, body = CallSheet), Refusals))]
async fn read(
    State(api): State<Api>,
    caller: Caller,
    Params(SheetParams { call }): Params<SheetParams>,
) -> Result<Json<CallSheet>, Problem> {
    let agent = caller.own_agent()?;
    let case = match call {
        Some(call) => of_call(&api, agent, call).await?,
        None => previewed(&api, agent).await?,
    };
    let settings = Settings::of(&api, &case).await?;
    let words = words(&api, agent, &case, &settings).await?;
    let crm = match &settings.crm {
        Some(address) => Some(crm_page(address, &words, &organisation::required(&api).await?)),
        None => None,
    };
    let script = sheet_script(&api, &case, &settings).await?;
    Ok(Json(CallSheet { script, words, crm }))
}

/// Keeps answers of the script of a call; the script's own are judged, each by its question.
#[utoipa::path(put, path = "/v1/me/call-sheet/answers", tag = "desk",
    operation_id = "give_script_answers", request_body = GivenAnswers,
    responses((status = 200, body = Progress), Refusals))]
async fn give_answers(
    State(api): State<Api>,
    caller: Caller,
    Body(body): Body<GivenAnswers>,
) -> Result<Json<Progress>, Problem> {
    let agent = caller.own_agent()?;
    let GivenAnswers { call, page, answers } = body;
    let case = of_call(&api, agent, call).await?;
    let settings = Settings::of(&api, &case).await?;
    let found = in_force(&api, &case, &settings).await?;
    let (script, version, _) = found.ok_or_else(|| Problem::not_found("script"))?;
    let mut faults = documents::faults(script.answer_faults(&answers));
    for fault in &mut faults {
        fault.field.insert_str(0, "/answers");
    }
    if script.page(&page).is_none() {
        faults.push(FieldError::new("/page", "a page of the script"));
    }
    refuse(faults)?;
    let given = Given { call, agent, page, answers };
    let kept = api.store().script_answers().add(given, (&script, version), api.now()).await?;
    Ok(Json(progress(&script, Some(kept))))
}

/// Refuses a disposition that asks for a whole form while the form is not whole.
pub(crate) async fn admit_disposition(
    api: &Api,
    agent: AgentId,
    call: Option<CallId>,
    code: &str,
) -> Result<(), Problem> {
    let in_hand = || api.control().hub().agent(agent).and_then(|view| view.call);
    let Some(call) = call.or_else(in_hand) else { return Ok(()) };
    // Whose call it is, and whether it can be disposed, is the switch's to say.
    let case = match of_call(api, agent, call).await {
        Ok(case) => case,
        Err(problem) if problem.status() == StatusCode::NOT_FOUND => return Ok(()),
        Err(problem) => return Err(problem),
    };
    let settings = Settings::of(api, &case).await?;
    if !settings.forms.iter().any(|form| form == code) {
        return Ok(());
    }
    let Some((script, _, kept)) = in_force(api, &case, &settings).await? else { return Ok(()) };
    let progress = progress(&script, kept);
    if progress.complete {
        return Ok(());
    }
    let left: Vec<_> = progress.missing.iter().map(|one| format!("{:?}", one.label)).collect();
    let at = progress.trail.last().cloned().unwrap_or_default();
    let why = if left.is_empty() {
        format!("the script to its end: page {at:?} leads on")
    } else {
        format!("the script to its end: page {at:?} asks {}", left.join(", "))
    };
    Err(Problem::field("/code", why))
}

/// Whom an agent has to do with.
#[derive(Debug, Default)]
pub(crate) struct Case {
    call: Option<CallId>,
    pub(crate) campaign: Option<CampaignId>,
    queue: Option<QueueId>,
    pub(crate) lead: Option<LeadId>,
    pub(crate) calling: String,
    pub(crate) called: String,
    pub(crate) outbound: bool,
}

/// A call that the agent has in hand, or had last.
pub(crate) async fn of_call(api: &Api, agent: AgentId, id: CallId) -> Result<Case, Problem> {
    let hub = api.control().hub();
    let in_hand = hub.agent(agent).is_some_and(|view| view.call == Some(id));
    if let Some(view) = hub.call(id).filter(|view| in_hand || view.agent == Some(agent)) {
        return Ok(Case {
            call: Some(id),
            campaign: view.campaign,
            queue: view.queue,
            lead: view.lead.map(|lead| lead.id),
            calling: view.calling.unwrap_or_default(),
            called: view.called,
            outbound: view.direction == CallDirection::Outbound,
        });
    }
    let found = api.store().calls().find(id).await?;
    // A record stands once its wrap-up is over: whoever was forgotten since stays forgotten.
    let since = api.now().saturating_sub(WRITTEN_WITHIN).unwrap_or(Timestamp::MIN);
    let is_over = found.ended_at.is_none_or(|ended| ended < since);
    if found.agent != Some(agent) || is_over {
        return Err(Problem::not_found("call in hand or just ended"));
    }
    Ok(Case {
        call: Some(id),
        campaign: found.campaign,
        queue: found.queue,
        lead: found.lead,
        calling: found.calling,
        called: found.called,
        outbound: found.direction == Direction::Outbound,
    })
}

/// The longest wrap-up there is.
const WRITTEN_WITHIN: SignedDuration = SignedDuration::from_hours(1);

/// The lead that the agent looks at.
async fn previewed(api: &Api, agent: AgentId) -> Result<Case, Problem> {
    match api.command(Command::Preview { agent }).await? {
        Reply::Preview(Some(looked)) => Ok(Case {
            campaign: Some(looked.campaign),
            lead: Some(looked.lead.id),
            called: looked.lead.number.to_string(),
            outbound: true,
            ..Case::default()
        }),
        Reply::Preview(None) => Err(Problem::not_found("call")),
        other => Err(Problem::internal(format!("the switch answered a question with {other:?}"))),
    }
}

/// What the campaign and the queue of a case say; the queue's own comes first.
#[derive(Debug, Default)]
struct Settings {
    campaign: String,
    queue: String,
    script: Option<ScriptId>,
    crm: Option<String>,
    /// Codes of the dispositions that ask for a whole form.
    forms: Vec<String>,
}

impl Settings {
    async fn of(api: &Api, case: &Case) -> Result<Self, Problem> {
        let mut settings = Self::default();
        if let Some(queue) = case.queue
            && let Some(found) = documents::if_there(api.store().queues().find(queue).await)?
        {
            settings.queue = found.value.name;
            settings.script = found.value.script;
            settings.crm = found.value.crm;
        }
        if let Some(campaign) = case.campaign
            && let Some(found) = documents::if_there(api.store().campaigns().find(campaign).await)?
        {
            let campaign = found.value;
            settings.campaign = campaign.name;
            settings.script = settings.script.or(campaign.script);
            settings.crm = settings.crm.or(campaign.crm);
            let forms = campaign.dispositions.into_iter().filter(|one| one.form_required);
            settings.forms = forms.map(|one| one.code).collect();
        }
        Ok(settings)
    }
}

/// What is known of a case, by the names of places.
async fn words(
    api: &Api,
    agent: AgentId,
    case: &Case,
    settings: &Settings,
) -> Result<Words, Problem> {
    let lead: Option<Lead> = match case.lead {
        Some(lead) => documents::if_there(api.store().leads().find(lead).await)?.map(|l| l.value),
        None => None,
    };
    let own = documents::if_there(api.store().agents().find(agent).await)?.map(|own| own.value);
    let number = if case.outbound { &case.called } else { &case.calling };
    let mut words = Words::new();
    let mut put = |name: &str, value: String| {
        if !value.is_empty() {
            words.insert(name.to_owned(), value);
        }
    };
    put("number", number.clone());
    put("calling", case.calling.clone());
    put("called", case.called.clone());
    put("call_id", case.call.map(|id| id.to_string()).unwrap_or_default());
    put("campaign", settings.campaign.clone());
    put("queue", settings.queue.clone());
    if let Some(own) = own {
        put("agent_name", format!("{} {}", own.first_name, own.last_name));
        put("agent_number", own.number.to_string());
    }
    if let Some(lead) = lead {
        put("lead_id", lead.id.to_string());
        put("first_name", lead.first_name);
        put("last_name", lead.last_name);
        for (column, value) in lead.fields {
            put(&format!("{FIELD}{column}"), value);
        }
    }
    Ok(words)
}

/// The script that a case is led by: the version that its answers were given to, else the newest.
async fn in_force(
    api: &Api,
    case: &Case,
    settings: &Settings,
) -> Result<Option<(Script, u64, Option<CallAnswers>)>, Problem> {
    let kept = match case.call {
        Some(call) => api.store().script_answers().find(call).await?,
        None => None,
    };
    let scripts = api.store().scripts();
    if let Some(kept) = kept {
        let versions = scripts.versions(kept.script, Some(kept.version.saturating_add(1))).await?;
        let first = versions.into_iter().find(|one| one.version == kept.version);
        return Ok(first.map(|one| (one.value, one.version, Some(kept))));
    }
    let Some(script) = settings.script else { return Ok(None) };
    let found = documents::if_there(scripts.find(script).await)?;
    Ok(found.map(|found| (found.value, found.version, None)))
}

async fn sheet_script(
    api: &Api,
    case: &Case,
    settings: &Settings,
) -> Result<Option<SheetScript>, Problem> {
    let found = in_force(api, case, settings).await?;
    Ok(found.map(|(script, version, kept)| {
        let progress = progress(&script, kept);
        SheetScript { id: script.id, version, script, progress }
    }))
}

fn progress(script: &Script, kept: Option<CallAnswers>) -> Progress {
    let (page, answers) =
        kept.map_or((None, Answers::new()), |kept| (Some(kept.page), kept.answers));
    let walk = script.walk(&answers);
    let to_answer = |missing: &Missing<'_>| ToAnswer {
        page: missing.page.to_owned(),
        question: missing.question.name.clone(),
        label: missing.question.label.clone(),
    };
    let trail = walk.trail.iter().map(|page| (*page).to_owned()).collect();
    let missing = walk.missing.iter().map(to_answer).collect();
    let complete = walk.ended;
    Progress { page, answers, trail, missing, complete }
}

/// The address, if the organisation lets it be framed now.
fn crm_page(address: &str, words: &Words, organisation: &Organisation) -> CrmPage {
    let none = |why: &str| CrmPage { url: None, why: Some(why.to_owned()) };
    if crm_fault(address, organisation).is_some() {
        return none("the organisation does not name its host any more");
    }
    match placeholders::fill_address(address, words) {
        Some(url) => CrmPage { url: Some(url), why: None },
        None => none("what is known of this customer makes no address"),
    }
}

/// What stands against an address of customers' pages, by the organisation's list of hosts.
pub(crate) fn crm_fault(address: &str, organisation: &Organisation) -> Option<String> {
    let origin = placeholders::origin(address)?;
    if origin.starts_with("http://") && !organisation.crm_plain {
        return Some("https://, because the organisation allows no other".to_owned());
    }
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    if organisation.crm_hosts.iter().any(|one| one == host) {
        return None;
    }
    Some(format!("a host that the organisation names in crm_hosts; {host} is none of them"))
}

/// The fault of the address in a setting, where it has one.
pub(crate) async fn address_fault(
    api: &Api,
    address: Option<&String>,
) -> Result<Option<FieldError>, Problem> {
    let Some(address) = address else { return Ok(None) };
    if let Err(fault) = placeholders::check_address("crm", address) {
        return Ok(Some(FieldError::new("/crm", fault.why)));
    }
    let organisation = organisation::find(api).await?.map(|found| found.value);
    let why = match &organisation {
        Some(organisation) => crm_fault(address, organisation),
        None => Some("set the organisation up first".to_owned()),
    };
    Ok(why.map(|why| FieldError::new("/crm", why)))
}

/// The answers of a call, as its record shows them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallScript {
    /// The script.
    script: Uuid,
    /// What it was called.
    name: String,
    /// Its version.
    version: u64,
    /// Who asked last.
    agent: Uuid,
    /// The way that the answers make ends.
    complete: bool,
    /// In the order of the pages.
    answers: Vec<Answered>,
}

/// A question and its answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Answered {
    /// The question's name.
    question: String,
    /// In words.
    label: String,
    /// What was answered.
    answer: String,
}

/// What was answered in a call; none where nothing was.
pub(crate) async fn answered(api: &Api, call: CallId) -> Result<Option<CallScript>, Problem> {
    let case = Case { call: Some(call), ..Case::default() };
    let found = in_force(api, &case, &Settings::default()).await?;
    let Some((script, version, Some(kept))) = found else { return Ok(None) };
    let questions = script.pages.iter().flat_map(|page| &page.questions);
    let answers = questions.filter_map(|question| {
        let answer = kept.answers.get(&question.name)?.clone();
        Some(Answered { question: question.name.clone(), label: question.label.clone(), answer })
    });
    Ok(Some(CallScript {
        script: script.id.into(),
        name: script.name.clone(),
        version,
        agent: kept.agent.into(),
        complete: kept.complete,
        answers: answers.collect(),
    }))
}
