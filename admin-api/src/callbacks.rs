//! `/v1/callbacks`: calls that were promised, in both clocks; and callers whom nobody answered.
//!
//! A time is given as a moment or as what a clock shows where the customer is, and answered in
//! both. An agent sees their own of the day (R149); the lists of returned calls are others (R97).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use dialer::callbacks::{Callback, NoSuchMoment, Terms, moment};
use dialer::window;
use dialer::zones::{Clock, Whereabouts, Zone};
use dialer::{CallbackId, CampaignSettings, Lead, LeadId};
use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use routing::{Agent, AgentId, CampaignId, TeamId};
use serde::{Deserialize, Serialize};
use store::Cursor;
use store::callbacks::{
    CallbackQuery, CallbackRecord, CallbackReport, MissedCaller, MissedQuery, ReturnedCall,
};
use store::reach::Object;
use store::roles::Permission;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::api::Api;
use crate::control::Command;
use crate::documents::{self, Listed, check_limit, if_there, refuse};
use crate::extract::{Body, Id, Params};
use crate::identity::Caller;
use crate::organisation;
use crate::problem::{FieldError, Kind, Problem};
use crate::router::Refusals;
use crate::schema;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list, promise))
        .routes(routes!(read))
        .routes(routes!(withdraw))
        .routes(routes!(put_off))
        .routes(routes!(report))
        .routes(routes!(returned))
        .routes(routes!(own))
        .routes(routes!(own_returned))
}

/// A call to be promised.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Promise {
    /// Whom.
    #[schema(value_type = Uuid)]
    lead: LeadId,
    /// For which campaign.
    #[schema(value_type = Uuid)]
    campaign: CampaignId,
    /// When, as a moment; this or `local`.
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(default)]
    due_at: Option<Timestamp>,
    /// When, as the customer's clock shows it, such as `2026-12-01T09:00`; this or `due_at`.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    local: Option<DateTime>,
    /// The customer's zone; that of the lead or of the number when it is left out.
    #[serde(default)]
    zone: Option<String>,
    /// The agent who is to call.
    #[schema(value_type = Option<Uuid>)]
    #[serde(default)]
    owner: Option<AgentId>,
    /// The team that is to call when the owner does not.
    #[schema(value_type = Option<Uuid>)]
    #[serde(default)]
    team: Option<TeamId>,
    /// For how long it counts as kept, and whose turn it is when; those of the campaign when they
    /// are left out.
    #[schema(value_type = Option<schema::Terms>)]
    #[serde(default)]
    terms: Option<Terms>,
    /// What is worth remembering.
    #[schema(max_length = 1000)]
    #[serde(default)]
    note: String,
}

/// When a promised call is to be made instead, and whose it is then.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Moved {
    /// When, as a moment; this or `local`.
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(default)]
    due_at: Option<Timestamp>,
    /// When, as the customer's clock shows it, such as `2026-12-01T09:00`; this or `due_at`.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    local: Option<DateTime>,
    /// The agent who is to call; null is none of them more than others.
    #[schema(value_type = Option<Uuid>)]
    #[serde(default)]
    owner: Option<AgentId>,
    /// The team that is to call when the owner does not; null is none.
    #[schema(value_type = Option<Uuid>)]
    #[serde(default)]
    team: Option<TeamId>,
}

/// A promise with both clocks.
#[derive(Debug, Serialize, ToSchema)]
struct CallbackShown {
    #[serde(flatten)]
    #[schema(value_type = schema::Callback)]
    record: CallbackRecord,
    /// What the customer's clock shows when it is due.
    theirs: String,
    /// What the organisation's clock shows then.
    ours: String,
}

/// What to search for; every parameter that is given must fit.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CallbackParams {
    /// Of this campaign.
    #[param(value_type = Option<Uuid>)]
    campaign: Option<CampaignId>,
    /// Of this agent.
    #[param(value_type = Option<Uuid>)]
    owner: Option<AgentId>,
    /// To this person.
    #[param(value_type = Option<Uuid>)]
    lead: Option<LeadId>,
    /// Only those that are open.
    #[serde(default)]
    open: bool,
    /// Due at or after this.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Due before this.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// The `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// Rows on the page; 50 when it is left out.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// Over which time.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ReportParams {
    /// Due at or after this; the last 24 hours when it is left out.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Due before this; now when it is left out.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
}

/// Which of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ReturnedParams {
    /// Called at or after this; of one's own, the last three days when it is left out.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// The `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// Rows on the page; 50 when it is left out.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// Lists promises, the latest due first.
#[utoipa::path(get, path = "/v1/callbacks", tag = "callbacks", operation_id = "list_callbacks",
    params(CallbackParams), responses((status = 200, body = Listed<CallbackShown>), Refusals))]
async fn list(
    State(api): State<Api>,
    caller: Caller,
    Params(params): Params<CallbackParams>,
) -> Result<Json<Listed<CallbackShown>>, Problem> {
    let CallbackParams { campaign, owner, lead, open, from, to, after, limit } = params;
    let within = caller.within(Permission::CallbacksRead);
    let query = CallbackQuery { campaign, owner, lead, open, from, to, after, limit, within };
    page(&api, query).await
}

/// Promises a call; the switch makes it when this answers 201.
///
/// 409 with `open_at` where nobody may be called at that hour.
#[utoipa::path(post, path = "/v1/callbacks", tag = "callbacks", operation_id = "promise_callback",
    request_body = Promise, responses((status = 201, body = CallbackShown), Refusals))]
async fn promise(
    State(api): State<Api>,
    caller: Caller,
    Body(promise): Body<Promise>,
) -> Result<(StatusCode, Json<CallbackShown>), Problem> {
    let (lead, campaign) = named(&api, &caller, &promise).await?;
    let of_lead = || Clock::of(&lead).agreed().map(|zone| zone.name().to_owned());
    let zone = promise.zone.clone().or_else(of_lead).unwrap_or_else(|| "UTC".to_owned());
    let (due_at, field) = agreed(&zone, promise.due_at, promise.local)?;
    let callback = Callback {
        id: Uuid::now_v7().into(),
        lead: lead.id,
        campaign: promise.campaign,
        number: lead.number,
        due_at,
        zone,
        owner: promise.owner,
        team: promise.team,
        terms: promise.terms.unwrap_or(campaign.callbacks),
        note: promise.note,
    };
    make(&api, &caller, (&campaign, &lead), callback, (field, None)).await
}

/// Has the switch make a promise, whose time stands in `field`, maybe in the place of another.
async fn make(
    api: &Api,
    caller: &Caller,
    (campaign, lead): (&CampaignSettings, &Lead),
    callback: Callback,
    (field, instead_of): (&str, Option<CallbackId>),
) -> Result<(StatusCode, Json<CallbackShown>), Problem> {
    let now = api.now();
    let faults = documents::faults(callback.validate(now).err().unwrap_or_default());
    let told = |fault: FieldError| match fault.field.as_str() {
        "/due_at" => FieldError { field: field.to_owned(), ..fault },
        _ => fault,
    };
    refuse(faults.into_iter().map(told).collect())?;
    refuse_closed(api, campaign, lead, (field, callback.due_at)).await?;
    let by = caller.agent;
    let promise = Box::new(callback.clone());
    api.command(Command::Promise { callback: promise, by, instead_of }).await?;
    let record = CallbackRecord {
        callback,
        promised_at: now,
        promised_by: by,
        closed_at: None,
        closing: None,
    };
    let ours = organisation::required(api).await?.time_zone;
    Ok((StatusCode::CREATED, Json(shown(record, &ours))))
}

/// Whom and what a promise names: the lead and the campaign that is to call them.
///
/// A campaign that the caller may not reach is one that does not exist (FAULTS S13).
async fn named(
    api: &Api,
    caller: &Caller,
    promise: &Promise,
) -> Result<(Lead, CampaignSettings), Problem> {
    let store = api.store();
    let lead = if_there(store.leads().find(promise.lead).await)?;
    let mut campaign = if_there(store.campaigns().find(promise.campaign).await)?;
    if let Some(within) = caller.within(Permission::CallbacksWrite)
        && !store.reaches(within, Object::Campaign(promise.campaign)).await?
    {
        campaign = None;
    }
    let mut faults = Vec::new();
    let mut fault = |field: &str, expected: &str| faults.push(FieldError::new(field, expected));
    match (&lead, &campaign) {
        (Some(lead), Some(campaign)) if !campaign.value.lists.contains(&lead.value.list) => {
            fault("/campaign", "a campaign that dials the list of the lead");
        }
        _ => {}
    }
    if lead.is_none() {
        fault("/lead", EXISTS);
    }
    if campaign.is_none() {
        fault("/campaign", EXISTS);
    }
    let of = campaign.is_some().then_some(promise.campaign);
    faults.extend(who_calls(api, of, (promise.owner, promise.team)).await?);
    match (lead, campaign) {
        (Some(lead), Some(campaign)) if faults.is_empty() => Ok((lead.value, campaign.value)),
        _ => Err(Problem::fields(faults)),
    }
}

/// What keeps an owner from calling for a campaign, where that is known, and a team from being one.
async fn who_calls(
    api: &Api,
    campaign: Option<CampaignId>,
    (owner, team): (Option<AgentId>, Option<TeamId>),
) -> Result<Vec<FieldError>, Problem> {
    let mut faults = Vec::new();
    if let Some(owner) = owner {
        let calls = |agent: &Agent, id| agent.campaigns.iter().any(|own| own.campaign == id);
        match if_there(api.store().agents().find(owner).await)? {
            None => faults.push(FieldError::new("/owner", EXISTS)),
            Some(agent) if campaign.is_some_and(|id| !calls(&agent.value, id)) => {
                faults.push(FieldError::new("/owner", "an agent of the campaign"));
            }
            Some(_) => {}
        }
    }
    if let Some(team) = team
        && if_there(api.store().teams().find(team).await)?.is_none()
    {
        faults.push(FieldError::new("/team", EXISTS));
    }
    Ok(faults)
}

const EXISTS: &str = "the id of one that exists";

/// When, and the field that says so.
fn agreed(
    zone: &str,
    due_at: Option<Timestamp>,
    local: Option<DateTime>,
) -> Result<(Timestamp, &'static str), Problem> {
    match (due_at, local) {
        (Some(due_at), None) => Ok((due_at, "/due_at")),
        (None, Some(local)) => {
            let due_at = moment(zone, local).map_err(|error| no_moment(&error))?;
            Ok((due_at, "/local"))
        }
        _ => Err(Problem::field("/due_at", "either `due_at` or `local`")),
    }
}

/// Nobody is promised a call for an hour at which the campaign or its law does not let them be
/// called, wherever they may be.
async fn refuse_closed(
    api: &Api,
    campaign: &CampaignSettings,
    lead: &Lead,
    (field, due_at): (&str, Timestamp),
) -> Result<(), Problem> {
    let law = match campaign.profile {
        Some(id) => if_there(api.store().profiles().find(id).await)?,
        None => None,
    };
    let law = law.as_ref().map(|law| &law.value.window);
    let windows: Vec<_> = [&campaign.window].into_iter().chain(law).collect();
    let who = Whereabouts::of(lead);
    let zones = who.zones.unwrap_or_default();
    let regions: Vec<_> = who.regions.iter().map(String::as_str).collect();
    let next = window::next_opening(&windows, due_at, &zones, &regions);
    if next == Some(due_at) {
        return Ok(());
    }
    let expected = match next {
        Some(next) => format!("a moment to call them at: the next is {next}"),
        None => "a moment to call them at: there is none within a year".to_owned(),
    };
    Err(Problem::new(Kind::Refused, "nobody may be called then where they are")
        .with_errors(vec![FieldError::new(field, expected)])
        .open_at(next))
}

/// Shows a promise and what became of it.
#[utoipa::path(get, path = "/v1/callbacks/{id}", tag = "callbacks",
    operation_id = "read_callback", params(("id" = Uuid, Path)),
    responses((status = 200, body = CallbackShown), Refusals))]
async fn read(
    State(api): State<Api>,
    Id(id): Id<CallbackId>,
) -> Result<Json<CallbackShown>, Problem> {
    let record = api.store().callbacks().find(id).await?;
    let ours = organisation::required(&api).await?.time_zone;
    Ok(Json(shown(record, &ours)))
}

/// Takes a promise back: nobody is called for it any more.
#[utoipa::path(post, path = "/v1/callbacks/{id}/withdraw", tag = "callbacks",
    operation_id = "withdraw_callback", params(("id" = Uuid, Path)),
    responses((status = 204), Refusals))]
async fn withdraw(State(api): State<Api>, Id(id): Id<CallbackId>) -> Result<StatusCode, Problem> {
    api.command(Command::Withdraw(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Moves a promise to another time, and to who is to call then; another promise takes its place.
///
/// 404 where it is over, 409 while they are being called as promised.
#[utoipa::path(post, path = "/v1/callbacks/{id}/move", tag = "callbacks",
    operation_id = "move_callback", params(("id" = Uuid, Path)), request_body = Moved,
    responses((status = 201, body = CallbackShown), Refusals))]
async fn put_off(
    State(api): State<Api>,
    caller: Caller,
    Id(id): Id<CallbackId>,
    Body(moved): Body<Moved>,
) -> Result<(StatusCode, Json<CallbackShown>), Problem> {
    let before = api.store().callbacks().find(id).await?.callback;
    let lead = api.store().leads().find(before.lead).await?.value;
    let campaign = api.store().campaigns().find(before.campaign).await?.value;
    let (due_at, field) = agreed(&before.zone, moved.due_at, moved.local)?;
    refuse(who_calls(&api, Some(campaign.id), (moved.owner, moved.team)).await?)?;
    let asked = serde_json::json!({ "due_at": due_at, "owner": moved.owner, "team": moved.team });
    store::audit::amend(|act| act.asked = Some(asked));
    let callback = Callback {
        id: Uuid::now_v7().into(),
        due_at,
        owner: moved.owner,
        team: moved.team,
        ..before
    };
    make(&api, &caller, (&campaign, &lead), callback, (field, Some(id))).await
}

/// Counts what became of promises: kept, late, broken, called in, withdrawn.
#[utoipa::path(get, path = "/v1/callback-report", tag = "callbacks",
    operation_id = "report_callbacks", params(ReportParams),
    responses((status = 200, body = schema::CallbackReport), Refusals))]
async fn report(
    State(api): State<Api>,
    caller: Caller,
    Params(ReportParams { from, to }): Params<ReportParams>,
) -> Result<Json<CallbackReport>, Problem> {
    let to = to.unwrap_or_else(|| api.now());
    let from = from.or_else(|| to.checked_sub(SignedDuration::from_hours(24)).ok());
    let within = caller.within(Permission::CallbacksRead);
    let from = from.unwrap_or(Timestamp::MIN);
    Ok(Json(api.store().callbacks().report(from, to, within).await?))
}

/// Lists callers whom nobody answered and who have met nobody since, the newest first.
#[utoipa::path(get, path = "/v1/returned-calls", tag = "callbacks",
    operation_id = "list_returned_calls", params(ReturnedParams),
    responses((status = 200, body = Listed<schema::ReturnedCall>), Refusals))]
async fn returned(
    State(api): State<Api>,
    Params(ReturnedParams { from, after, limit }): Params<ReturnedParams>,
) -> Result<Json<Listed<ReturnedCall>>, Problem> {
    check_limit(limit)?;
    let page = api.store().callbacks().returned(from, after, limit).await?;
    Ok(Json(Listed::of(page, |call| call)))
}

/// The agent's own promises that are due on this day of theirs, to look at (R149).
#[utoipa::path(get, path = "/v1/me/callbacks", tag = "desk", operation_id = "my_callbacks",
    responses((status = 200, body = Listed<CallbackShown>), Refusals))]
async fn own(
    State(api): State<Api>,
    caller: Caller,
) -> Result<Json<Listed<CallbackShown>>, Problem> {
    let agent = caller.own_agent()?;
    let profile = api.store().agents().find(agent).await?.value;
    if !profile.permissions.callback_list {
        return Err(Problem::new(Kind::Forbidden, "the agent's profile does not show this list"));
    }
    let Some(zone) = Zone::named(&profile.time_zone) else {
        return Err(Problem::internal(format!("agent {agent} has no zone")));
    };
    let (from, to) = zone.day_of(api.now());
    let query = CallbackQuery {
        owner: Some(agent),
        open: true,
        from: Some(from),
        to: Some(to),
        limit: Some(1_000),
        ..CallbackQuery::default()
    };
    page(&api, query).await
}

/// Lists who called back and met nobody, and is this agent's to call: each once, the newest first
/// (R97). Dialling them is `/v1/me/call`, like any number that is dialled by hand.
#[utoipa::path(get, path = "/v1/me/returned-calls", tag = "desk",
    operation_id = "my_returned_calls", params(ReturnedParams),
    responses((status = 200, body = Listed<schema::MissedCaller>), Refusals))]
async fn own_returned(
    State(api): State<Api>,
    caller: Caller,
    Params(ReturnedParams { from, after, limit }): Params<ReturnedParams>,
) -> Result<Json<Listed<MissedCaller>>, Problem> {
    check_limit(limit)?;
    let agent = caller.own_agent()?;
    let from = from.or_else(|| api.now().checked_sub(MISSED_FOR).ok());
    let query = MissedQuery { from, after, limit };
    let page = api.store().callbacks().missed_by(agent, query).await?;
    Ok(Json(Listed::of(page, |call| call)))
}

/// Who called longer ago has called again, or does not wait for us any more.
const MISSED_FOR: SignedDuration = SignedDuration::from_hours(72);

async fn page(api: &Api, query: CallbackQuery) -> Result<Json<Listed<CallbackShown>>, Problem> {
    check_limit(query.limit)?;
    let ours = organisation::required(api).await?.time_zone;
    let found = api.store().callbacks().list(&query).await?;
    Ok(Json(Listed::of(found, |record| shown(record, &ours))))
}

fn shown(record: CallbackRecord, ours: &str) -> CallbackShown {
    let clock = |zone: &str| {
        let local = Zone::named(zone).map(|zone| zone.local(record.callback.due_at));
        local.map_or_else(String::new, |local| local.to_string())
    };
    CallbackShown { theirs: clock(&record.callback.zone), ours: clock(ours), record }
}

fn no_moment(error: &NoSuchMoment) -> Problem {
    let field = match error {
        NoSuchMoment::Zone { .. } => "/zone",
        NoSuchMoment::LeaptOver { .. } => "/local",
    };
    Problem::field(field, error.to_string())
}
