//! `GET /v1/campaigns/{id}/effective`: what a campaign really dials by, and who set it.

use axum::Json;
use axum::extract::State;
use dialer::outcomes::Retry;
use dialer::rules::{ConsentRule, Effective, Origin, Value};
use routing::CampaignId;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::extract::Id;
use crate::organisation;
use crate::problem::Problem;
use crate::router::Refusals;
use crate::schema;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(effective))
}

/// A campaign's settings as they count.
#[derive(Debug, Serialize, ToSchema)]
struct EffectiveSettings {
    /// In the order in which a call meets them.
    items: Vec<EffectiveSetting>,
}

/// One setting as it counts.
#[derive(Debug, Serialize, ToSchema)]
struct EffectiveSetting {
    /// Its path in the campaign, such as `pacing.target_permille`; what a legal profile alone can
    /// set begins with `caps.`.
    setting: String,
    /// What counts; null where there is no such bound, or no such number.
    value: Option<EffectiveValue>,
    /// Who set it.
    from: SettingOrigin,
}

/// What counts.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
enum EffectiveValue {
    /// A figure, in the unit of its setting.
    Figure(u32),
    /// A number of a telephone, or a word.
    Text(String),
    /// When to try again.
    Retry(schema::Retry),
}

/// Who set a setting.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum SettingOrigin {
    /// The campaign.
    Campaign,
    /// Its legal profile, which is stricter.
    Profile,
    /// The organisation.
    Organisation,
    /// Nobody: it is how Cordboard comes.
    Default,
}

/// Tells which settings of a campaign count, its own, its legal profile's or the organisation's.
#[utoipa::path(get, path = "/v1/campaigns/{id}/effective", tag = "campaigns",
    operation_id = "read_effective_settings", params(("id" = Uuid, Path)),
    responses((status = 200, body = EffectiveSettings), Refusals))]
async fn effective(
    State(api): State<Api>,
    Id(id): Id<CampaignId>,
) -> Result<Json<EffectiveSettings>, Problem> {
    let campaign = api.store().campaigns().find(id).await?.value;
    let law = match campaign.profile {
        Some(profile) => Some(api.store().profiles().find(profile).await?.value),
        None => None,
    };
    let house = organisation::find(&api).await?.and_then(|house| house.value.cli);
    let settings = campaign.effective(law.as_ref(), house);
    Ok(Json(EffectiveSettings { items: settings.into_iter().map(shown).collect() }))
}

fn shown(Effective { setting, value, from }: Effective) -> EffectiveSetting {
    let value = match value {
        Value::Figure(figure) => Some(EffectiveValue::Figure(figure)),
        Value::Number(number) => Some(EffectiveValue::Text(number.to_string())),
        Value::Consent(ConsentRule::None) => Some(EffectiveValue::Text("none".to_owned())),
        Value::Consent(consent) => Some(EffectiveValue::Text(consent.to_string())),
        Value::Retry(Retry::Never) => Some(EffectiveValue::Retry(schema::Retry::Never)),
        Value::Retry(Retry::AfterS(s)) => Some(EffectiveValue::Retry(schema::Retry::AfterS(s))),
        Value::Nothing => None,
    };
    let from = match from {
        Origin::Campaign => SettingOrigin::Campaign,
        Origin::Profile => SettingOrigin::Profile,
        Origin::Organisation => SettingOrigin::Organisation,
        Origin::Default => SettingOrigin::Default,
    };
    EffectiveSetting { setting, value, from }
}
