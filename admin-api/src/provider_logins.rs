//! `/v1/provider-logins`: signing in at the organisation's OpenID provider, and what the sign-in
//! page offers.
//!
//! ```text
//!   page ─▶ begun ─ state, nonce, PKCE, cookie ─▶ provider ─ code, state ─▶ page ─▶ finished
//!                                                                                    │
//!   in ◀── code of the app, where there is one ◀── login open? ◀── whom it means ◀───┘
//! ```
//! Authorization code flow with PKCE (OpenID Connect Core 1.0 §3.1, RFC 7636; RFC 9700 for what
//! goes wrong). The provider is the first factor and no more: an app that is set up, or required,
//! is asked for as after a password. The browser comes back to a page of ours, which finishes by a
//! request of its own: so the cookies of both stay `SameSite=Strict`.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use jiff::Timestamp;
use routing::Login;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use store::sign_in::SignIn;
use store::sign_in::provider::ProviderSettings;
use store::users::User;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::extract::{Body, Maybe};
use crate::fetch::form;
use crate::identity::backoff::network;
use crate::identity::begun::{Begun, LIFETIME, Proven, RANDOM_BYTES};
use crate::identity::id_token::Claims;
use crate::identity::links::Stranger;
use crate::identity::{acts, gate, login, provider};
use crate::problem::{Kind, Problem};
use crate::router::Refusals;
use crate::secret::Secret;
use crate::sessions::{self, Proof, Source};

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(methods)).routes(routes!(begin)).routes(routes!(finish))
}

/// What the sign-in page offers beside name and password.
#[derive(Debug, Serialize, ToSchema)]
struct SignInMethods {
    /// What the button for the identity provider says; null where there is none.
    provider: Option<String>,
}

/// How a sign-in begins.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewLogin {
    /// The provider is to ask once more who it is, even if it remembers: for what takes a sign-in
    /// of the last ten minutes (`sign-in-again`).
    #[schema(required = false)]
    #[serde(default)]
    again: bool,
}

/// A sign-in that has begun.
#[derive(Debug, Serialize, ToSchema)]
struct BegunLogin {
    /// Where the browser goes.
    url: String,
}

/// What the provider sent the browser back with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProviderAnswer {
    /// As it came.
    #[schema(value_type = String, max_length = 128)]
    state: Secret,
    /// As it came; not asked for again where only a code of the authenticator app was missing.
    #[schema(value_type = Option<String>, max_length = 4096)]
    #[serde(default)]
    code: Option<Secret>,
    /// As it came, where it did (RFC 9207).
    #[schema(max_length = 512)]
    #[serde(default)]
    iss: Option<String>,
    /// What the user's authenticator app shows, or a recovery code; where there is an app.
    #[schema(value_type = Option<String>, max_length = 64)]
    #[serde(default)]
    totp: Option<Secret>,
    /// How the session is proven afterwards.
    #[serde(default)]
    proof: Proof,
}

/// What the sign-in page offers beside name and password.
#[utoipa::path(get, path = "/v1/sign-in-methods", tag = "session",
    operation_id = "read_sign_in_methods", security(()),
    responses((status = 200, body = SignInMethods), Refusals))]
async fn methods(State(api): State<Api>) -> Result<Json<SignInMethods>, Problem> {
    let provider = enabled(&api).await?.map(|settings| settings.name);
    Ok(Json(SignInMethods { provider }))
}

/// Begins a sign-in at the identity provider: the browser goes to the address of the answer, and
/// comes back to `/sign-in/return` with what finishes it.
#[utoipa::path(post, path = "/v1/provider-logins", tag = "session",
    operation_id = "begin_provider_login", security(()), request_body = Option<NewLogin>,
    responses((status = 200, body = BegunLogin, headers(("Set-Cookie" = String))), Refusals))]
async fn begin(
    State(api): State<Api>,
    Stranger { source }: Stranger,
    headers: HeaderMap,
    Maybe(NewLogin { again }): Maybe<NewLogin>,
) -> Result<Response, Problem> {
    let (settings, redirect_uri) = ready(&api).await?;
    let provider = api.provider();
    let wait = provider.sources.take(&network(source).to_string(), api.now());
    wait.map_err(|wait| Problem::new(Kind::TooMany, "").retry_after(wait.as_secs() + 1))?;
    let described = provider.described(&api, &settings.issuer, provider::KEPT).await?;
    let browser = match gate::cookie(&headers, cookie_name(&api)) {
        // Two windows may sign in at once.
        Some(known) if known.len() == 2 * RANDOM_BYTES => Secret::new(known),
        _ => Secret::random(RANDOM_BYTES).map_err(Problem::internal)?,
    };
    let begun = Begun::new(&settings.issuer, browser.reveal(), again, api.now());
    let begun = begun.map_err(Problem::internal)?;
    let challenge = BASE64.encode(Sha256::digest(begun.verifier.reveal()));
    let nonce = begun.nonce.clone();
    let state = provider.begun.begin(begun, api.now()).map_err(Problem::internal)?;
    let scope = settings.scopes.join(" ");
    let mut pairs = vec![
        ("response_type", "code"),
        ("client_id", &settings.client_id),
        ("redirect_uri", &redirect_uri),
        ("scope", &scope),
        ("state", state.reveal()),
        ("nonce", nonce.reveal()),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    let young = login::YOUNG.as_secs().to_string();
    if again {
        // Core §3.1.2.1: whoever is there is asked, and the ID token says when.
        pairs.extend([("prompt", "login"), ("max_age", &young)]);
    }
    let query = form(pairs);
    let endpoint = &described.metadata.authorization_endpoint;
    let join = if endpoint.contains('?') { '&' } else { '?' };
    let mut response = Json(BegunLogin { url: format!("{endpoint}{join}{query}") }).into_response();
    let name = cookie_name(&api);
    if let Some(cookie) = gate::cookie_of(&api, name, browser.reveal(), LIFETIME.as_secs()) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Finishes a sign-in with what the provider sent the browser back with: a session begins, as with
/// a password. Where a code of an authenticator app is missing (`code-needed`), the same state is
/// sent again with it.
#[utoipa::path(post, path = "/v1/provider-logins/finish", tag = "session",
    operation_id = "finish_provider_login", security(()), request_body = ProviderAnswer,
    responses((status = 200, body = sessions::SignedIn,
        headers(("Set-Cookie" = Option<String>, description = "with proof `cookie`"))), Refusals))]
async fn finish(
    State(api): State<Api>,
    Stranger { source }: Stranger,
    headers: HeaderMap,
    Body(answer): Body<ProviderAnswer>,
) -> Result<Response, Problem> {
    let ProviderAnswer { state, code, iss, totp, proof } = answer;
    let over = || Problem::new(Kind::SignInOver, "");
    let browser = gate::cookie(&headers, cookie_name(&api)).ok_or_else(over)?;
    let taken = api.provider().begun.take(state.reveal(), browser, api.now());
    let mut begun = taken.ok_or_else(over)?;
    let (settings, redirect_uri) = ready(&api).await?;
    if settings.issuer != begun.issuer {
        return Err(over());
    }
    login::shut_inactive(&api, &login::policy(&api).await?).await?;
    let proven = if let Some(proven) = begun.proven.take() {
        // An administrator may have forgotten the link while the code was looked for.
        let linked = api.store().subjects().of_user(proven.user).await;
        if proven.unlinked.is_none() && linked.is_err() {
            return Err(over());
        }
        proven
    } else {
        check_issuer(&api, &settings, iss.as_deref()).await?;
        let code = code.ok_or_else(|| Problem::field("/code", "what the provider sent"))?;
        let provider = api.provider();
        let claims = provider.claims(&api, &settings, &begun, &code, &redirect_uri).await?;
        let at = proven_at(&claims, begun.again, api.now());
        Proven { at, ..meant(&api, &settings, &claims).await? }
    };
    let user = admitted(api.store().users().find(proven.user).await?.value)?;
    store::audit::amend(|act| act.object = Some(user.id.into()));
    if let Err(problem) = login::by_code(&api, &user, totp.as_ref()).await {
        begun.proven = Some(proven);
        api.provider().begun.keep(state.reveal(), begun);
        return Err(problem);
    }
    // Before the link: what it writes is the entry of this sign-in.
    store::audit::amend(|act| act.actor = acts::user(user.id, &user.username));
    if let Some(subject) = &proven.unlinked {
        let subjects = api.store().subjects();
        if !subjects.link(user.id, &settings.issuer, subject, api.now()).await? {
            return Err(nobody());
        }
    }
    api.store().users().logged_in(user.id, api.now()).await?;
    sessions::begin(&api, user, Source { address: source, proof }, proven.at).await
}

/// When the provider saw the user prove who they are: what it says, and where it was asked to have
/// that done and says nothing (against Core §2), now.
fn proven_at(claims: &Claims, again: bool, now: Timestamp) -> Option<Timestamp> {
    let said = claims.get("auth_time").and_then(Value::as_i64);
    let said = said.and_then(|second| Timestamp::from_second(second).ok());
    said.map(|at| at.min(now)).or(again.then_some(now))
}

/// The provider's settings, if anybody signs in by it, and where it sends browsers back to.
async fn ready(api: &Api) -> Result<(ProviderSettings, String), Problem> {
    let settings = enabled(api).await?;
    let settings = settings.ok_or_else(|| Problem::new(Kind::NoProvider, ""))?;
    let origin = redirect_uri(api).ok_or_else(|| {
        Problem::new(Kind::NoProvider, "set http.public_url in the configuration")
    })?;
    Ok((settings, origin))
}

async fn enabled(api: &Api) -> Result<Option<ProviderSettings>, Problem> {
    match api.store().provider().find().await {
        Ok(found) => Ok(Some(found.value).filter(|settings| settings.enabled)),
        Err(store::Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Where the provider sends browsers back to; none where nobody said what people type.
pub(crate) fn redirect_uri(api: &Api) -> Option<String> {
    let origin = api.settings().public_origin.as_deref()?;
    Some(format!("{}/sign-in/return", origin.trim_end_matches('/')))
}

/// RFC 9207 §2.4: the answer of another provider is nobody's to exchange.
async fn check_issuer(
    api: &Api,
    settings: &ProviderSettings,
    iss: Option<&str>,
) -> Result<(), Problem> {
    let described = api.provider().described(api, &settings.issuer, provider::KEPT).await?;
    let required = described.metadata.authorization_response_iss_parameter_supported;
    match iss {
        Some(iss) if iss == settings.issuer => Ok(()),
        None if !required => Ok(()),
        _ => Err(Problem::new(Kind::SignInOver, "")),
    }
}

/// Whom the provider means: who was linked to its subject, else who has the name in the claim and
/// no link.
async fn meant(api: &Api, settings: &ProviderSettings, claims: &Claims) -> Result<Proven, Problem> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    let (users, subjects) = (api.store().users(), api.store().subjects());
    let (issuer, subject) = (settings.issuer.as_str(), text("sub"));
    if let Some(linked) = subjects.user(issuer, subject).await? {
        return Ok(Proven { user: linked, unlinked: None, at: None });
    }
    let named = text(&settings.claim);
    let is_address = settings.claim == "email";
    // An address that nobody has proven may be anybody's.
    let is_proven = !is_address || claims.get("email_verified") == Some(&Value::Bool(true));
    if named.is_empty() || !is_proven {
        tracing::warn!(claim = settings.claim, "the provider names nobody by this claim");
        return Err(nobody());
    }
    let user = match users.meant_by(named).await {
        Err(store::Error::NotFound(_)) => return Err(nobody()),
        found => found?,
    };
    let reached = user.email.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(named));
    if if is_address { !reached } else { user.username != named } {
        return Err(nobody());
    }
    match subjects.of_user(user.id).await {
        Ok(linked) if linked.issuer == issuer => {
            tracing::warn!(user = %user.id, "the provider gave this name to another subject");
            return Err(nobody());
        }
        // One of another provider gives way.
        Ok(_) | Err(store::Error::NotFound(_)) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(Proven { user: user.id, unlinked: Some(subject.to_owned()), at: None })
}

/// The user, if they sign in by the provider and may.
fn admitted(user: User) -> Result<User, Problem> {
    let may = user.sign_in == SignIn::Provider && user.login == Login::Enabled && !user.invited;
    if may { Ok(user) } else { Err(nobody()) }
}

/// One answer for whoever is not there, signs in otherwise, or is shut out (FAULTS S3).
fn nobody() -> Problem {
    Problem::new(Kind::NotAdmitted, "no user who may sign in so has this name")
}

fn cookie_name(api: &Api) -> &'static str {
    if api.settings().secure_cookies { "__Host-cordboard-begun" } else { "cordboard-begun" }
}
