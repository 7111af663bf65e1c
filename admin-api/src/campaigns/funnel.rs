//! `GET /v1/campaigns/{id}/funnel`: where a campaign's leads stand, live, each in one figure.

use axum::Json;
use axum::extract::State;
use routing::CampaignId;
use serde::Serialize;
use store::leads::{Asked, Funnel};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::extract::Id;
use crate::problem::Problem;
use crate::router::Refusals;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(funnel))
}

/// Where the leads of a campaign stand; the figures after `total` add up to it.
#[derive(Debug, Serialize, ToSchema)]
struct FunnelShown {
    /// All of them.
    total: u64,
    /// Spoken to.
    done: u64,
    /// The number does not exist.
    bad_number: u64,
    /// Asked not to be called.
    do_not_call: u64,
    /// Being dialled, or in a conversation.
    in_flight: u64,
    /// It is no hour to call them, wherever they may be.
    out_of_window: u64,
    /// On a do-not-call list or a register.
    forbidden: u64,
    /// Consent is asked of them, and theirs is not there, not enough, over, or yet to begin.
    without_consent: u64,
    /// A filter of the campaign keeps them out.
    unwanted: u64,
    /// Every allowed attempt was used.
    exhausted: u64,
    /// Their number rests, after they met no agent or a machine answered.
    resting: u64,
    /// Their time has not come, or another campaign promised them a call.
    waiting: u64,
    /// To be dialled now.
    dialable: u64,
}

/// Counts the leads of a campaign's lists at this moment.
#[utoipa::path(get, path = "/v1/campaigns/{id}/funnel", tag = "campaigns",
    operation_id = "read_funnel", params(("id" = Uuid, Path)),
    responses((status = 200, body = FunnelShown), Refusals))]
async fn funnel(
    State(api): State<Api>,
    Id(id): Id<CampaignId>,
) -> Result<Json<FunnelShown>, Problem> {
    let campaign = api.store().campaigns().find(id).await?.value;
    let law = match campaign.profile {
        Some(profile) => Some(api.store().profiles().find(profile).await?.value),
        None => None,
    };
    let mut windows = vec![&campaign.window];
    windows.extend(law.as_ref().map(|law| &law.window));
    let asked = Asked {
        campaign: id,
        lists: &campaign.lists,
        filters: &campaign.filters,
        max_attempts: campaign.max_attempts.into(),
        consent: campaign.consent_under(law.as_ref()),
        rests: campaign.rests_under(law.as_ref()),
        windows: &windows,
        now: api.now(),
    };
    let Funnel {
        total,
        done,
        bad_number,
        do_not_call,
        in_flight,
        out_of_window,
        forbidden,
        without_consent,
        unwanted,
        exhausted,
        resting,
        waiting,
        dialable,
    } = api.store().leads().funnel(&asked).await?;
    Ok(Json(FunnelShown {
        total,
        done,
        bad_number,
        do_not_call,
        in_flight,
        out_of_window,
        forbidden,
        without_consent,
        unwanted,
        exhausted,
        resting,
        waiting,
        dialable,
    }))
}
