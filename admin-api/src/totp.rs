//! `/v1/session/totp`: one's own authenticator app (R137), and how an administrator takes away one
//! that was lost.
//!
//! Setting up shows the secret once and asks for a first code, so that nobody is shut out by an app
//! that never worked. Recovery codes stand in for a lost telephone, each once.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use qrcodegen::{QrCode, QrCodeEcc};
use serde::{Deserialize, Serialize};
use store::sign_in::SignIn;
use store::users::UserId;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::extract::{Body, Id};
use crate::identity::{Caller, login, password, totp};
use crate::organisation;
use crate::problem::{Kind, Problem};
use crate::router::Refusals;
use crate::secret::Secret;
use crate::sessions::Source;
use crate::users;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(read, propose, confirm))
        .routes(routes!(remove))
        .routes(routes!(take_away))
}

/// How one's own login is secured beside the password.
#[derive(Debug, Serialize, ToSchema)]
struct TotpState {
    /// An administrator wants a code at each login.
    required: bool,
    /// An app is set up.
    enrolled: bool,
    /// Recovery codes that are left.
    recovery_codes: u32,
}

/// The password once more: somebody else may stand at the desk.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Proven {
    /// The password until now; of whoever has none here, a sign-in of the last ten minutes stands
    /// for it.
    #[schema(value_type = Option<String>, format = Password)]
    #[serde(default)]
    current_password: Option<Secret>,
}

/// What removes one's own app.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AppRemoval {
    /// The password until now, of whoever has one here.
    #[schema(value_type = Option<String>, format = Password)]
    #[serde(default)]
    current_password: Option<Secret>,
    /// What the app shows, or a recovery code, of whoever has no password here.
    #[schema(value_type = Option<String>, max_length = 64)]
    #[serde(default)]
    code: Option<Secret>,
}

/// What the app must know. Shown now and never again.
#[derive(Debug, Serialize, ToSchema)]
struct Proposal {
    /// To type into the app, in base 32.
    secret: String,
    /// The same as a link.
    uri: String,
    /// The same as a QR code: its rows, dark squares as `1`, without the quiet margin.
    qr: Vec<String>,
}

/// The app's first code.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FirstCode {
    /// Six digits.
    #[schema(value_type = String, min_length = 6, max_length = 6)]
    code: Secret,
}

/// Codes that each stand in for the app once. Shown now and never again.
#[derive(Debug, Serialize, ToSchema)]
struct RecoveryCodes {
    /// Ten of them.
    recovery_codes: Vec<String>,
}

/// How one's own login is secured beside the password.
#[utoipa::path(get, path = "/v1/session/totp", tag = "session", operation_id = "read_totp",
    responses((status = 200, body = TotpState), Refusals))]
async fn read(State(api): State<Api>, caller: Caller) -> Result<Json<TotpState>, Problem> {
    let user = api.store().users().find(caller.user).await?.value;
    let recovery_codes = api.store().totp().recovery_codes(caller.user).await?;
    Ok(Json(TotpState {
        required: user.totp_required,
        enrolled: user.totp_enrolled,
        recovery_codes,
    }))
}

/// Proposes a secret for an authenticator app; in force once the app's first code has come.
#[utoipa::path(post, path = "/v1/session/totp", tag = "session", operation_id = "propose_totp",
    request_body = Proven, responses((status = 200, body = Proposal), Refusals))]
async fn propose(
    State(api): State<Api>,
    caller: Caller,
    source: Source,
    Body(Proven { current_password }): Body<Proven>,
) -> Result<Json<Proposal>, Problem> {
    login::proven_again(&api, &caller, current_password, source.address).await?;
    let mut secret = [0; totp::SECRET_BYTES];
    getrandom::fill(&mut secret).map_err(Problem::internal)?;
    match api.store().totp().propose(caller.user, &secret).await {
        Err(store::Error::Taken(_)) => {
            let detail = "an authenticator app is set up: remove it first";
            return Err(Problem::new(Kind::Refused, detail));
        }
        other => other?,
    }
    let organisation = organisation::find(&api).await?;
    let name = organisation.map_or_else(|| "Cordboard".to_owned(), |found| found.value.name);
    let uri = totp::uri(&name, &caller.username, &secret);
    let qr = QrCode::encode_text(&uri, QrCodeEcc::Medium).map_err(Problem::internal)?;
    Ok(Json(Proposal { secret: totp::base32(&secret), qr: rows(&qr), uri }))
}

pub(crate) fn rows(qr: &QrCode) -> Vec<String> {
    let dark = |x, y| if qr.get_module(x, y) { '1' } else { '0' };
    (0..qr.size()).map(|y| (0..qr.size()).map(|x| dark(x, y)).collect()).collect()
}

/// Puts the app in force by its first code, and gives the recovery codes.
#[utoipa::path(put, path = "/v1/session/totp", tag = "session", operation_id = "confirm_totp",
    request_body = FirstCode, responses((status = 200, body = RecoveryCodes), Refusals))]
async fn confirm(
    State(api): State<Api>,
    caller: Caller,
    Body(FirstCode { code }): Body<FirstCode>,
) -> Result<Json<RecoveryCodes>, Problem> {
    let totp = api.store().totp();
    let proposed = totp.find(caller.user).await?;
    if !totp.may_try(caller.user, login::TRIES_MAX, login::TRIES_WINDOW, api.now()).await? {
        return Err(login::too_many_tries());
    }
    let Some(step) = totp::step_of(&proposed.secret, code.reveal().trim(), api.now()) else {
        return Err(Problem::field("/code", "the code that the app shows now"));
    };
    let codes = (0..RECOVERY_CODES).map(|_| password::grouped(4, 4, false));
    let codes = codes.collect::<Result<Vec<_>, _>>().map_err(Problem::internal)?;
    let hashes: Vec<_> = codes.iter().map(|code| login::recovery_hash(code.reveal())).collect();
    totp.confirm(caller.user, step, &hashes).await?;
    let recovery_codes = codes.iter().map(|code| code.reveal().to_owned()).collect();
    Ok(Json(RecoveryCodes { recovery_codes }))
}

/// Removes one's own app and its recovery codes.
#[utoipa::path(post, path = "/v1/session/totp/remove", tag = "session",
    operation_id = "remove_totp", request_body = AppRemoval,
    responses((status = 204), Refusals))]
async fn remove(
    State(api): State<Api>,
    caller: Caller,
    source: Source,
    Body(AppRemoval { current_password, code }): Body<AppRemoval>,
) -> Result<StatusCode, Problem> {
    if caller.sign_in == SignIn::Password {
        login::proven_again(&api, &caller, current_password, source.address).await?;
    } else {
        login::proven_by_code(&api, &caller, code.as_ref()).await?;
    }
    api.store().totp().remove(caller.user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes somebody's app, such as one that was lost with its telephone.
#[utoipa::path(delete, path = "/v1/users/{id}/totp", tag = "users",
    operation_id = "remove_users_totp", params(("id" = Uuid, Path)),
    responses((status = 204), Refusals))]
async fn take_away(
    State(api): State<Api>,
    caller: Caller,
    Id(id): Id<UserId>,
) -> Result<StatusCode, Problem> {
    users::under(&api, &caller, id).await?;
    api.store().totp().remove(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

const RECOVERY_CODES: usize = 10;
