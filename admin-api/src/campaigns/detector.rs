//! `GET /v1/campaigns/{id}/amd`: the detector of answering machines, held against what agents met
//! and reviewers heard.

use axum::Json;
use axum::extract::State;
use dialer::confusion::{Confusion, Estimate, Met};
use jiff::{SignedDuration, Timestamp};
use routing::CampaignId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::extract::{Id, Params};
use crate::problem::Problem;
use crate::router::Refusals;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(report))
}

/// Of which attempts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Permitted {
    /// Permitted at or after this; 30 days ago when it is left out.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Permitted before this; now when it is left out.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
}

/// Verdicts against what agents and reviewers declared: the confusion matrix of a campaign.
#[derive(Debug, Serialize, ToSchema)]
struct DetectorReport {
    /// The calls that were taken for people's.
    person: VerdictRow,
    /// Those that were taken for machines; of samples of them agents met one, reviewers heard one.
    machine: VerdictRow,
    /// Those that nobody could tell, and that were treated as people's.
    uncertain: VerdictRow,
    /// People among the machine verdicts: what to charge as `amd_false_positives`.
    false_positives: ShareEstimate,
    /// Machines among those who were treated as people.
    missed: ShareEstimate,
}

/// The calls of one verdict.
#[derive(Debug, Serialize, ToSchema)]
struct VerdictRow {
    /// All of them.
    calls: u64,
    /// People, of the calls that an agent or a reviewer declared.
    people: u64,
    /// Machines, of the calls that an agent or a reviewer declared.
    machines: u64,
    /// Of both, those that a reviewer heard and no agent met.
    reviewed: u64,
}

/// A share of what agents and reviewers declared, and where the true one lies with 95 % (Wilson).
#[derive(Debug, Serialize, ToSchema)]
struct ShareEstimate {
    /// How many were looked at.
    of: u64,
    /// The share among them, 0 to 1; null of nothing.
    share: Option<f64>,
    /// The lower end of the interval.
    low: f64,
    /// The upper end of the interval.
    high: f64,
}

/// Tells how often the detector was right, as far as agents have met who it judged.
#[utoipa::path(get, path = "/v1/campaigns/{id}/amd", tag = "campaigns",
    operation_id = "read_amd_report", params(("id" = Uuid, Path), Permitted),
    responses((status = 200, body = DetectorReport), Refusals))]
async fn report(
    State(api): State<Api>,
    Id(id): Id<CampaignId>,
    Params(Permitted { from, to }): Params<Permitted>,
) -> Result<Json<DetectorReport>, Problem> {
    api.store().campaigns().find(id).await?;
    let to = to.unwrap_or_else(|| api.now());
    let from = from.unwrap_or_else(|| to.saturating_sub(MONTH).unwrap_or(Timestamp::MIN));
    let confusion = api.store().attempts().confusion(id, from, to).await?;
    Ok(Json(DetectorReport::of(&confusion)))
}

const MONTH: SignedDuration = SignedDuration::from_hours(30 * 24);

impl DetectorReport {
    fn of(confusion: &Confusion) -> Self {
        let row = |Met { calls, people, machines, reviewed }| VerdictRow {
            calls,
            people,
            machines,
            reviewed,
        };
        let estimate = |Estimate { of, share, low, high }| ShareEstimate { of, share, low, high };
        Self {
            person: row(confusion.person),
            machine: row(confusion.machine),
            uncertain: row(confusion.uncertain),
            false_positives: estimate(confusion.false_positives()),
            missed: estimate(confusion.missed()),
        }
    }
}
