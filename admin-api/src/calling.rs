//! `/v1/me/call`: what an agent asks to be done with calls; the allowed acts stand in the call's
//! own live view, and any other is a 409 that says why.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use dialer::{CallbackId, Lead};
use routing::{AgentId, CallId, CampaignId, Cause, Number};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::control::{AgentVerb, CallVerb, Command, Reply};
use crate::desk::{self, check_text};
use crate::extract::{Body, Maybe};
use crate::identity::Caller;
use crate::problem::Problem;
use crate::router::Refusals;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(call)).routes(routes!(help))
}

/// The call that was made, taken or parked.
#[derive(Serialize, ToSchema)]
struct CallMade {
    /// The call; null where the act makes none.
    #[schema(value_type = Option<Uuid>)]
    call: Option<CallId>,
}

/// Dials, calls a colleague, transfers, consults, parks, takes: one act with the agent's calls.
#[utoipa::path(post, path = "/v1/me/call", tag = "desk", operation_id = "my_call",
    request_body = CallVerb, responses((status = 200, body = CallMade), Refusals))]
async fn call(
    State(api): State<Api>,
    caller: Caller,
    Body(verb): Body<CallVerb>,
) -> Result<Json<CallMade>, Problem> {
    let agent = caller.own_agent()?;
    let command = match verb {
        CallVerb::Dial { number, campaign } => {
            let person = who_has(&api, campaign, number).await?.map(Box::new);
            Command::Dial { agent, campaign, number, person, promise: None }
        }
        CallVerb::CallBack { callback } => promised(&api, agent, callback).await?,
        verb => Command::Agent { agent, by: Cause::Agent, verb: AgentVerb::Call(verb) },
    };
    let reply = api.command(command).await?;
    let call = match reply {
        Reply::Call { call } => Some(call),
        _ => None,
    };
    Ok(Json(CallMade { call }))
}

/// The call that an agent promised, to whom they promised it.
async fn promised(api: &Api, agent: AgentId, id: CallbackId) -> Result<Command, Problem> {
    let none = || Problem::field("/callback", "expected an open promise of the agent's own");
    let found = match api.store().callbacks().find(id).await {
        Ok(found) => found,
        Err(store::Error::NotFound(_)) => return Err(none()),
        Err(error) => return Err(error.into()),
    };
    let own = found.callback;
    if own.owner != Some(agent) || found.closed_at.is_some() {
        return Err(none());
    }
    let person = Some(Box::new(api.store().leads().find(own.lead).await?.value));
    let (campaign, number, promise) = (own.campaign, own.number, Some(id));
    Ok(Command::Dial { agent, campaign, number, person, promise })
}

/// Whoever has a number on a campaign's lists: what is known of them binds a call by hand too.
async fn who_has(api: &Api, campaign: CampaignId, number: Number) -> Result<Option<Lead>, Problem> {
    let settings = match api.store().campaigns().find(campaign).await {
        Ok(stored) => stored.value,
        // The switch says that there is none.
        Err(store::Error::NotFound(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    Ok(api.store().leads().at_number(&settings.lists, number).await?)
}

/// A call for help.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct Help {
    /// Why, in words; null takes the call for help back.
    #[schema(max_length = 200)]
    reason: Option<String>,
}

/// Asks supervisors for help, or needs none any more.
#[utoipa::path(post, path = "/v1/me/help", tag = "desk", operation_id = "my_help",
    request_body = Option<Help>, responses((status = 204), Refusals))]
async fn help(
    State(api): State<Api>,
    caller: Caller,
    Maybe(body): Maybe<Help>,
) -> Result<StatusCode, Problem> {
    check_text("/reason", body.reason.as_deref(), 200, false)?;
    let verb = AgentVerb::Help { reason: body.reason };
    desk::give(&api, &caller, caller.own_agent()?, verb).await
}
