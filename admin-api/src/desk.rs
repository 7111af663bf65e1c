//! What an agent's desk asks of the switch: `/v1/agents/{id}/…` here, `/v1/me/…` in [`crate::me`].
//!
//! Nothing here knows when a verb is allowed: the switch decides, and its refusal is a 409 in
//! words. An answer of 204 means that the switch has done it; the new state comes over the event
//! stream.

use axum::extract::State;
use axum::http::StatusCode;
use dialer::zones::Zone;
use jiff::Timestamp;
use routing::{AgentId, CallId, Cause, LinePlan, PauseClass, PauseReason, TeamId};
use serde::Deserialize;
use store::pause_reasons::PauseReasonId;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::call_sheet;
use crate::control::{self, AgentVerb, CallbackBy, Command, Supervise};
use crate::documents;
use crate::extract::{Body, Id, Maybe};
use crate::identity::Caller;
use crate::problem::{FieldError, Problem};
use crate::router::Refusals;
use crate::schema;
use crate::supervision;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(clock_in))
        .routes(routes!(clock_out))
        .routes(routes!(ready))
        .routes(routes!(pause))
        .routes(routes!(hold))
        .routes(routes!(resume))
        .routes(routes!(hang_up))
        .routes(routes!(dispose))
}

/// Clocks an agent in, with the line made as the profile or the body says.
#[utoipa::path(post, path = "/v1/agents/{id}/clock-in", tag = "desk",
    operation_id = "agent_clock_in", params(("id" = Uuid, Path)), request_body = Option<ClockIn>,
    responses((status = 204), Refusals))]
async fn clock_in(
    State(api): State<Api>,
    caller: Caller,
    Id(agent): Id<AgentId>,
    Maybe(body): Maybe<ClockIn>,
) -> Result<StatusCode, Problem> {
    give(&api, &caller, agent, body.verb()?).await
}

/// Clocks an agent out.
#[utoipa::path(post, path = "/v1/agents/{id}/clock-out", tag = "desk",
    operation_id = "agent_clock_out", params(("id" = Uuid, Path)), request_body = Option<ClockOut>,
    responses((status = 204), Refusals))]
async fn clock_out(
    State(api): State<Api>,
    caller: Caller,
    Id(agent): Id<AgentId>,
    Maybe(body): Maybe<ClockOut>,
) -> Result<StatusCode, Problem> {
    give(&api, &caller, agent, body.verb()?).await
}

/// Makes an agent ready for calls.
#[utoipa::path(post, path = "/v1/agents/{id}/ready", tag = "desk",
    operation_id = "agent_ready", params(("id" = Uuid, Path)),
    responses((status = 204), Refusals))]
async fn ready(
    State(api): State<Api>,
    caller: Caller,
    Id(agent): Id<AgentId>,
) -> Result<StatusCode, Problem> {
    give(&api, &caller, agent, AgentVerb::Ready).await
}

/// Pauses an agent, at once or after the call in hand.
#[utoipa::path(post, path = "/v1/agents/{id}/pause", tag = "desk",
    operation_id = "agent_pause", params(("id" = Uuid, Path)), request_body = Option<Pause>,
    responses((status = 204), Refusals))]
async fn pause(
    State(api): State<Api>,
    caller: Caller,
    Id(agent): Id<AgentId>,
    Maybe(body): Maybe<Pause>,
) -> Result<StatusCode, Problem> {
    give(&api, &caller, agent, body.verb(&api).await?).await
}

/// Puts the customer of an agent on hold.
#[utoipa::path(post, path = "/v1/agents/{id}/hold", tag = "desk",
    operation_id = "agent_hold", params(("id" = Uuid, Path)),
    responses((status = 204), Refusals))]
async fn hold(
    State(api): State<Api>,
    caller: Caller,
    Id(agent): Id<AgentId>,
) -> Result<StatusCode, Problem> {
    give(&api, &caller, agent, AgentVerb::Hold).await
}

/// Takes the customer of an agent back from hold.
#[utoipa::path(post, path = "/v1/agents/{id}/resume", tag = "desk",
    operation_id = "agent_resume", params(("id" = Uuid, Path)),
    responses((status = 204), Refusals))]
async fn resume(
    State(api): State<Api>,
    caller: Caller,
    Id(agent): Id<AgentId>,
) -> Result<StatusCode, Problem> {
    give(&api, &caller, agent, AgentVerb::Resume).await
}

/// Ends the call that an agent has in hand.
#[utoipa::path(post, path = "/v1/agents/{id}/hang-up", tag = "desk",
    operation_id = "agent_hang_up", params(("id" = Uuid, Path)),
    responses((status = 204), Refusals))]
async fn hang_up(
    State(api): State<Api>,
    caller: Caller,
    Id(agent): Id<AgentId>,
) -> Result<StatusCode, Problem> {
    give(&api, &caller, agent, AgentVerb::HangUp).await
}

/// Declares what the conversation of an agent came to, which ends the wrap-up.
#[utoipa::path(post, path = "/v1/agents/{id}/dispose", tag = "desk",
    operation_id = "agent_dispose", params(("id" = Uuid, Path)), request_body = Dispose,
    responses((status = 204), Refusals))]
async fn dispose(
    State(api): State<Api>,
    caller: Caller,
    Id(agent): Id<AgentId>,
    Body(body): Body<Dispose>,
) -> Result<StatusCode, Problem> {
    let (call, code) = (body.call, body.code.clone());
    let verb = body.verb()?;
    call_sheet::admit_disposition(&api, agent, call, &code).await?;
    give(&api, &caller, agent, verb).await
}

/// Gives the switch an agent's verb; from anybody else it is a supervisor's act.
pub(crate) async fn give(
    api: &Api,
    caller: &Caller,
    agent: AgentId,
    verb: AgentVerb,
) -> Result<StatusCode, Problem> {
    let command = if caller.agent == Some(agent) {
        Command::Agent { agent, by: Cause::Agent, verb }
    } else {
        let (by, act) = (supervision::supervisor(caller), Supervise::Force(verb));
        Command::Supervise { agent, by, act }
    };
    api.command(command).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How somebody begins to work.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ClockIn {
    /// The team that the shift is for: one of the agent's. An agent of one team need not say.
    #[schema(value_type = Option<Uuid>)]
    unit: Option<TeamId>,
    /// How the line is made in this shift; null is as the profile says.
    #[schema(value_type = Option<schema::LinePlan>)]
    line: Option<LinePlan>,
}

impl ClockIn {
    pub(crate) fn verb(self) -> Result<AgentVerb, Problem> {
        let Self { unit, line } = self;
        let fault = line.and_then(|line| line.validate().err());
        documents::refuse(documents::faults(fault.map(|fault| fault.within("line"))))?;
        Ok(AgentVerb::ClockIn(control::ClockIn { unit, line }))
    }
}

/// How somebody stops working.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ClockOut {
    /// In words.
    #[schema(max_length = 200)]
    reason: Option<String>,
}

impl ClockOut {
    pub(crate) fn verb(self) -> Result<AgentVerb, Problem> {
        let reason = self.reason;
        check_text("/reason", reason.as_deref(), 200, false)?;
        Ok(AgentVerb::ClockOut { reason })
    }
}

/// Why somebody pauses: one of the reasons that are offered, or a class with words.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Pause {
    /// One of `/v1/pause-reasons`.
    #[schema(value_type = Option<Uuid>)]
    reason: Option<PauseReasonId>,
    /// What the time counts under, where no reason is named.
    #[schema(value_type = Option<schema::PauseClass>)]
    class: Option<PauseClass>,
    /// The agent's own words; required for class `other`.
    #[schema(max_length = 200)]
    text: Option<String>,
}

impl Pause {
    pub(crate) async fn verb(self, api: &Api) -> Result<AgentVerb, Problem> {
        let reason = match (self.reason, self.class) {
            (Some(_), Some(_)) => {
                return Err(Problem::field("/class", "no class beside a reason"));
            }
            (Some(offered), None) => {
                let none = || Problem::field("/reason", "one of /v1/pause-reasons that is enabled");
                let found = match api.store().pause_reasons().find(offered).await {
                    Ok(found) if found.value.enabled => found.value.reason,
                    Ok(_) | Err(store::Error::NotFound(_)) => return Err(none()),
                    Err(error) => return Err(error.into()),
                };
                let text = self.text.or(found.text);
                Some(PauseReason { class: found.class, text })
            }
            (None, Some(class)) => Some(PauseReason { class, text: self.text }),
            (None, None) if self.text.is_some() => {
                return Err(Problem::field("/class", "a class for these words"));
            }
            (None, None) => None,
        };
        let fault = reason.as_ref().and_then(|reason| reason.validate().err());
        documents::refuse(documents::faults(fault))?;
        Ok(AgentVerb::Pause { reason })
    }
}

/// What a conversation came to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Dispose {
    /// The call; null is the one in hand or just ended.
    #[schema(value_type = Option<Uuid>)]
    #[serde(default)]
    pub(crate) call: Option<CallId>,
    /// A code of the campaign's dispositions.
    #[schema(min_length = 1, max_length = 32)]
    pub(crate) code: String,
    /// What is worth remembering.
    #[schema(max_length = 4000)]
    #[serde(default)]
    notes: Option<String>,
    /// When to call again, where the disposition asks for a time.
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(default)]
    callback_at: Option<Timestamp>,
    /// Who is to call then; anyone when it is left out.
    #[serde(default)]
    callback_by: CallbackBy,
    /// The zone in which that time was agreed, by its IANA name; the lead's when it is left out.
    #[serde(default)]
    callback_zone: Option<String>,
}

impl Dispose {
    pub(crate) fn verb(self) -> Result<AgentVerb, Problem> {
        let Self { call, code, notes, callback_at, callback_by, callback_zone } = self;
        check_text("/code", Some(&code), 32, false)?;
        check_text("/notes", notes.as_deref(), 4000, true)?;
        if callback_zone.as_deref().is_some_and(|zone| Zone::named(zone).is_none()) {
            let why = "must be an IANA time zone such as Europe/London";
            return Err(Problem::field("/callback_zone", why));
        }
        Ok(AgentVerb::Dispose { call, code, notes, callback_at, callback_by, callback_zone })
    }
}

/// Refuses a text that is too long or holds control characters; notes may have several lines.
pub(crate) fn check_text(
    field: &str,
    text: Option<&str>,
    most: usize,
    lines: bool,
) -> Result<(), Problem> {
    let allowed = |c: char| !c.is_control() || (lines && matches!(c, '\n' | '\r' | '\t'));
    let sound = text.is_none_or(|text| text.chars().count() <= most && text.chars().all(allowed));
    let kind = if lines { "text" } else { "one line" };
    let fault = || FieldError::new(field, format!("{kind} of at most {most} characters"));
    if sound { Ok(()) } else { Err(Problem::fields(vec![fault()])) }
}
