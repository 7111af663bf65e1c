//! `/v1/campaigns`: what is dialled, for whom, under which rules; start and stop.
//!
//! Only start and stop change `running`: a form that is saved late cannot start a campaign again
//! that somebody has stopped since.

mod detector;
mod effective;
mod funnel;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use dialer::campaign::Decision;
use dialer::{CampaignSettings, Disposition};
use routing::CampaignId;
use serde::Serialize;
use store::roles::Permission;
use store::{Documents, Store};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::call_sheet;
use crate::control::{Change, Command, Reply};
use crate::documents::{self, Draft, IfMatch, ListParams, Listed, Resource, Shown, Tagged};
use crate::extract::{Id, Params};
use crate::identity::Caller;
use crate::organisation;
use crate::problem::{FieldError, Problem};
use crate::router::Refusals;
use crate::schema;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, replace, remove))
        .routes(routes!(start))
        .routes(routes!(stop))
        .routes(routes!(dispositions))
        .routes(routes!(pacing))
        .merge(detector::routes())
        .merge(effective::routes())
        .merge(funnel::routes())
}

impl Resource for CampaignSettings {
    fn repository(store: &Store) -> Documents<Self> {
        store.campaigns()
    }

    fn with_id(self, id: CampaignId) -> Self {
        Self { id, ..self }
    }

    async fn faults(&self, api: &Api) -> Result<Vec<FieldError>, Problem> {
        let wrong = self.validate(api.settings().deployment).err().unwrap_or_default();
        let mut faults = documents::faults(wrong);
        // They travel to desks and logs; the dialer itself does not mind (FAULTS S11).
        faults.extend(documents::lines([
            ("/name".to_owned(), self.name.as_str()),
            ("/notice".to_owned(), self.notice.as_str()),
        ]));
        let confirms = self.opt_out_notice.as_deref().map(|name| ("/opt_out_notice", name));
        faults.extend(documents::lines(confirms.map(|(at, name)| (at.to_owned(), name))));
        let labels = self.dispositions.iter().enumerate();
        faults.extend(documents::lines(
            labels.map(|(n, row)| (format!("/dispositions/{n}/label"), row.label.as_str())),
        ));
        let forms = self.dispositions.iter().enumerate().filter(|(_, row)| row.form_required);
        faults.extend(forms.filter(|_| self.script.is_none()).map(|(n, _)| {
            let field = format!("/dispositions/{n}/form_required");
            FieldError::new(field, "a script of the campaign, whose end it could ask for")
        }));
        if faults.is_empty() {
            faults.extend(call_sheet::address_fault(api, self.crm.as_ref()).await?);
        }
        Ok(faults)
    }

    fn changed(&self) -> Option<Change> {
        Some(Change::Campaign(Box::new(self.clone())))
    }

    fn removed(id: CampaignId) -> Option<Change> {
        Some(Change::CampaignRemoved(id))
    }
}

/// Lists campaigns, the oldest first.
#[utoipa::path(get, path = "/v1/campaigns", tag = "campaigns",
    operation_id = "list_campaigns", params(ListParams), responses(
    (status = 200, body = Listed<schema::ShownCampaign>), Refusals))]
async fn list(
    State(api): State<Api>,
    caller: Caller,
    Params(params): Params<ListParams>,
) -> Result<Json<Listed<Shown<CampaignSettings>>>, Problem> {
    documents::list_within(&api, params, caller.within(Permission::CampaignsRead)).await
}

/// Adds a campaign, stopped; everything but its name has a default.
#[utoipa::path(post, path = "/v1/campaigns", tag = "campaigns",
    operation_id = "create_campaign", request_body = schema::Campaign,
    responses((status = 201, body = schema::ShownCampaign), Refusals))]
async fn create(
    State(api): State<Api>,
    Draft(campaign): Draft<CampaignSettings>,
) -> Result<Tagged<Shown<CampaignSettings>>, Problem> {
    documents::create(&api, Draft(CampaignSettings { running: false, ..campaign })).await
}

/// Shows a campaign.
#[utoipa::path(get, path = "/v1/campaigns/{id}", tag = "campaigns",
    operation_id = "read_campaign", params(("id" = Uuid, Path)),
    responses((status = 200, body = schema::ShownCampaign), Refusals))]
async fn read(
    State(api): State<Api>,
    Id(id): Id<CampaignId>,
) -> Result<Tagged<Shown<CampaignSettings>>, Problem> {
    documents::read(&api, id).await
}

/// Replaces a campaign that was read at the version in `If-Match`; it goes on as it is running.
#[utoipa::path(put, path = "/v1/campaigns/{id}", tag = "campaigns",
    operation_id = "replace_campaign",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)), request_body = schema::Campaign,
    responses((status = 200, body = schema::ShownCampaign), Refusals))]
async fn replace(
    State(api): State<Api>,
    Id(id): Id<CampaignId>,
    made_from: IfMatch,
    Draft(campaign): Draft<CampaignSettings>,
) -> Result<Tagged<Shown<CampaignSettings>>, Problem> {
    let found = api.store().campaigns().find(id).await?;
    let running = found.value.running;
    let campaign = CampaignSettings { running, ..campaign };
    if running {
        documents::refuse(not_startable(&api, &campaign).await?)?;
    }
    // Read with the version: a start or stop in between makes the change stale.
    let made_from = IfMatch::Version(made_from.or(found.version));
    documents::replace(&api, id, made_from, Draft(campaign)).await
}

/// Deletes a campaign that was never dialled and that nothing refers to.
#[utoipa::path(delete, path = "/v1/campaigns/{id}", tag = "campaigns",
    operation_id = "remove_campaign",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)),
    responses((status = 204), Refusals))]
async fn remove(
    State(api): State<Api>,
    Id(id): Id<CampaignId>,
    made_from: IfMatch,
) -> Result<StatusCode, Problem> {
    documents::remove::<CampaignSettings>(&api, id, made_from).await
}

/// Lets a campaign dial; 422 names what it lacks.
#[utoipa::path(post, path = "/v1/campaigns/{id}/start", tag = "campaigns",
    operation_id = "start_campaign", params(("id" = Uuid, Path)),
    responses((status = 200, body = schema::ShownCampaign), Refusals))]
async fn start(
    State(api): State<Api>,
    Id(id): Id<CampaignId>,
) -> Result<Tagged<Shown<CampaignSettings>>, Problem> {
    run(&api, id, true).await
}

/// Stops a campaign: nothing new is dialled, and what rings is given up.
#[utoipa::path(post, path = "/v1/campaigns/{id}/stop", tag = "campaigns",
    operation_id = "stop_campaign", params(("id" = Uuid, Path)),
    responses((status = 200, body = schema::ShownCampaign), Refusals))]
async fn stop(
    State(api): State<Api>,
    Id(id): Id<CampaignId>,
) -> Result<Tagged<Shown<CampaignSettings>>, Problem> {
    run(&api, id, false).await
}

/// What an agent may declare about a conversation of this campaign.
#[utoipa::path(get, path = "/v1/campaigns/{id}/dispositions", tag = "campaigns",
    operation_id = "list_dispositions", params(("id" = Uuid, Path)),
    responses((status = 200, body = Vec<schema::Disposition>), Refusals))]
async fn dispositions(
    State(api): State<Api>,
    Id(id): Id<CampaignId>,
) -> Result<Json<Vec<Disposition>>, Problem> {
    Ok(Json(api.store().campaigns().find(id).await?.value.dispositions))
}

/// A pacing decision, and the sentence that tells it.
#[derive(Serialize, ToSchema)]
struct Paced {
    /// In one sentence with its numbers.
    sentence: String,
    #[serde(flatten)]
    #[schema(value_type = schema::Decision)]
    decision: Decision,
}

/// Why so many calls were made, or so few: the pacing decisions of the last hour, the newest first.
#[utoipa::path(get, path = "/v1/campaigns/{id}/pacing", tag = "campaigns",
    operation_id = "list_pacing_decisions", params(("id" = Uuid, Path)),
    responses((status = 200, body = Vec<Paced>), Refusals))]
async fn pacing(
    State(api): State<Api>,
    Id(campaign): Id<CampaignId>,
) -> Result<Json<Vec<Paced>>, Problem> {
    api.store().campaigns().find(campaign).await?;
    let told = |decision: Decision| Paced { sentence: decision.to_string(), decision };
    match api.command(Command::Pacing { campaign }).await? {
        Reply::Pacing(decisions) => Ok(Json(decisions.into_iter().map(told).collect())),
        other => Err(Problem::internal(format!("the switch answered a question with {other:?}"))),
    }
}

async fn run(
    api: &Api,
    id: CampaignId,
    running: bool,
) -> Result<Tagged<Shown<CampaignSettings>>, Problem> {
    let found = api.store().campaigns().find(id).await?;
    if found.value.running == running {
        // Told again: a switch that was too busy the last time hears it now.
        found.value.changed().map_or(Ok(()), |change| api.tell(change))?;
        return Ok(Tagged::shown(StatusCode::OK, found));
    }
    if running {
        documents::refuse(not_startable(api, &found.value).await?)?;
    }
    let made_from = IfMatch::Version(found.version);
    let campaign = CampaignSettings { running, ..found.value };
    let stored = documents::update(api, campaign, made_from).await?;
    Ok(Tagged::shown(StatusCode::OK, stored))
}

/// What a campaign lacks before it can dial anybody.
async fn not_startable(api: &Api, campaign: &CampaignSettings) -> Result<Vec<FieldError>, Problem> {
    let mut lacks = Vec::new();
    if campaign.trunks.is_empty() {
        lacks.push(FieldError::new("/trunks", "a trunk to dial through"));
    }
    if campaign.lists.is_empty() {
        lacks.push(FieldError::new("/lists", "a list to dial"));
    }
    let organisation = organisation::required(api).await?;
    if campaign.cli.or(organisation.cli).is_none() {
        let expected = "a number to show: the campaign's own or the organisation's";
        lacks.push(FieldError::new("/cli", expected));
    }
    Ok(lacks)
}
