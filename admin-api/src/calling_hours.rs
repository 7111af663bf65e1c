//! `GET /v1/me/calling-hours`: when the person of an agent's call may be called again.
//!
//! An agent who promises a call has to know the hours, and may not read the campaign's settings. So
//! the hours of the campaign and of its law are told as moments, for this one person, wherever they
//! may be: no rule, and nobody else's.

use axum::Json;
use axum::extract::State;
use dialer::window::{self, CallingWindow};
use dialer::zones::Whereabouts;
use dialer::{Lead, LeadId, ListId};
use jiff::{SignedDuration, Timestamp};
use routing::CallId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::api::Api;
use crate::call_sheet::{self, Case};
use crate::documents;
use crate::extract::Params;
use crate::identity::Caller;
use crate::problem::{FieldError, Problem};
use crate::router::Refusals;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(read))
}

/// Of which call, and of which days.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct HoursParams {
    /// The call in hand or just ended.
    #[param(value_type = Uuid)]
    call: CallId,
    /// From this moment on.
    #[param(value_type = String, format = DateTime)]
    from: Timestamp,
    /// Up to this one; at most a week later.
    #[param(value_type = String, format = DateTime)]
    until: Timestamp,
}

/// When somebody may be called.
#[derive(Debug, Serialize, ToSchema)]
struct CallingHours {
    /// The stretches of the time that was asked about, the earliest first.
    open: Vec<OpenStretch>,
}

/// A stretch of time in which somebody may be called.
#[derive(Debug, Serialize, ToSchema)]
struct OpenStretch {
    /// The first moment inside.
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    /// The first moment after it.
    #[schema(value_type = String, format = DateTime)]
    to: Timestamp,
}

/// Tells when the person of one's own call may be called, by the hours of the campaign and its law.
#[utoipa::path(get, path = "/v1/me/calling-hours", tag = "desk",
    operation_id = "read_calling_hours", params(HoursParams),
    responses((status = 200, body = CallingHours), Refusals))]
async fn read(
    State(api): State<Api>,
    caller: Caller,
    Params(HoursParams { call, from, until }): Params<HoursParams>,
) -> Result<Json<CallingHours>, Problem> {
    let agent = caller.own_agent()?;
    if until.duration_since(from) > SPAN_MAX {
        let fault = FieldError::new("until", "a moment at most a week after `from`");
        return Err(Problem::fields(vec![fault]));
    }
    let case = call_sheet::of_call(&api, agent, call).await?;
    let windows = windows(&api, &case).await?;
    let windows: Vec<&CallingWindow> = windows.iter().collect();
    let who = whereabouts(&api, &case).await?;
    let open = window::open_stretches(&windows, from, until, &who);
    let open = open.into_iter().map(|(from, to)| OpenStretch { from, to }).collect();
    Ok(Json(CallingHours { open }))
}

/// The hours that all must be kept: the campaign's and its law's.
async fn windows(api: &Api, case: &Case) -> Result<Vec<CallingWindow>, Problem> {
    let Some(id) = case.campaign else { return Ok(Vec::new()) };
    let Some(campaign) = documents::if_there(api.store().campaigns().find(id).await)? else {
        return Ok(Vec::new());
    };
    let campaign = campaign.value;
    let law = match campaign.profile {
        Some(id) => documents::if_there(api.store().profiles().find(id).await)?,
        None => None,
    };
    Ok([campaign.window].into_iter().chain(law.map(|law| law.value.window)).collect())
}

/// Where they may be: by their record, else by their number.
async fn whereabouts(api: &Api, case: &Case) -> Result<Whereabouts, Problem> {
    if let Some(lead) = case.lead
        && let Some(lead) = documents::if_there(api.store().leads().find(lead).await)?
    {
        return Ok(Whereabouts::of(&lead.value));
    }
    let number = if case.outbound { &case.called } else { &case.calling };
    let nobody = || Whereabouts { zones: Some(Vec::new()), regions: Vec::new() };
    let Ok(number) = number.parse() else { return Ok(nobody()) };
    let (id, list) = (LeadId::from(Uuid::nil()), ListId::from(Uuid::nil()));
    Ok(Whereabouts::of(&Lead::new(id, list, number)))
}

/// More than any picker of days shows.
const SPAN_MAX: SignedDuration = SignedDuration::from_hours(7 * 24);
