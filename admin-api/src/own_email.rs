//! `/v1/session/email`: where letters to the signed-in user go.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::extract::Body;
use crate::identity::{Caller, login};
use crate::letters::{LetterLanguage, Writer};
use crate::post;
use crate::problem::Problem;
use crate::router::Refusals;
use crate::secret::Secret;
use crate::sessions::Source;
use crate::users;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(change))
}

/// Another address, and the password as proof.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewAddress {
    /// The password of now; of whoever has none here, a sign-in of the last ten minutes stands for
    /// it.
    #[schema(value_type = Option<String>, format = Password)]
    #[serde(default)]
    current_password: Option<Secret>,
    /// As `name@example.net`, unique; null for none.
    #[schema(max_length = 254)]
    email: Option<String>,
    /// What the note to the address until now is written in.
    #[serde(default)]
    language: LetterLanguage,
}

/// Changes where letters to the signed-in user go. Whoever could would take the account over by a
/// forgotten password: so it asks for the one of now, and the address until now is told.
#[utoipa::path(put, path = "/v1/session/email", tag = "session", operation_id = "change_own_email",
    request_body = NewAddress, responses((status = 204), Refusals))]
async fn change(
    State(api): State<Api>,
    caller: Caller,
    source: Source,
    Body(NewAddress { current_password, email, language }): Body<NewAddress>,
) -> Result<StatusCode, Problem> {
    if let Some(address) = &email {
        users::check_email("/email", address)?;
    }
    let user = login::proven_again(&api, &caller, current_password, source.address).await?;
    let now = api.now();
    api.store().users().set_email(user.id, email.as_deref(), now).await?;
    let Some(before) = user.email.filter(|before| email.as_ref() != Some(before)) else {
        return Ok(StatusCode::NO_CONTENT);
    };
    if api.control().post().is_some() {
        let writer = Writer::of(&api, language).await?;
        let letter = writer.address_changed(&before, &user.username, now);
        let control = api.shared_control();
        tokio::spawn(async move { post::hand_over_patiently(&*control, letter).await });
    }
    Ok(StatusCode::NO_CONTENT)
}
