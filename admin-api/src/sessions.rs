//! `/v1/login`, `/v1/logout`, `/v1/session`: who is signed in.
//!
//! A page signs in with a cookie that its scripts cannot read, and gets a CSRF token to send beside
//! it; a program asks for a bearer token instead. Neither learns from a refusal whether the user
//! exists (FAULTS S3): the answer, and the work behind it, are the same.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use routing::{AgentId, Login};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use store::sessions::{Lifetime, Session};
use store::users::{Role, User, UserId};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::control::Command;
use crate::extract::{self, Body};
use crate::identity::gate::{self, set_cookie};
use crate::identity::{Caller, csrf, password};
use crate::problem::{Kind, Problem};
use crate::router::Refusals;
use crate::schema;
use crate::secret::Secret;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(login))
        .routes(routes!(logout))
        .routes(routes!(read))
        .routes(routes!(change_password))
}

/// What signs somebody in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Credentials {
    /// The user's name.
    #[schema(max_length = 64)]
    username: String,
    /// The user's password.
    #[schema(value_type = String, format = Password)]
    password: Secret,
    /// How the session is proven afterwards.
    #[serde(default)]
    proof: Proof,
}

/// How a session is proven.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Proof {
    /// By a cookie, and the CSRF token where something changes: for pages.
    #[default]
    Cookie,
    /// By a token in `Authorization: Bearer`: for programs.
    Bearer,
}

/// A session that has begun.
#[derive(Debug, Serialize, ToSchema)]
struct SignedIn {
    /// Who signed in.
    user: Who,
    /// Send it as `X-CSRF-Token` with everything that changes something; for pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    csrf_token: Option<String>,
    /// Send it as `Authorization: Bearer`; for programs. Shown now and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    /// When the session ends, however busy it is.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// The session of the request.
#[derive(Debug, Serialize, ToSchema)]
struct Current {
    /// Who is signed in.
    user: Who,
    /// Send it as `X-CSRF-Token` with everything that changes something.
    csrf_token: String,
}

/// A user as the user sees it.
#[derive(Debug, Serialize, ToSchema)]
struct Who {
    /// The user.
    #[schema(value_type = Uuid)]
    id: UserId,
    /// The user's name.
    username: String,
    /// What the user may do.
    #[schema(value_type = schema::Role)]
    role: Role,
    /// The agent that the user is.
    #[schema(value_type = Option<Uuid>)]
    agent: Option<AgentId>,
    /// Nothing else is allowed until the password is changed.
    must_change_password: bool,
}

/// A new password, and the one before as proof.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    /// The password until now.
    #[schema(value_type = String, format = Password)]
    current_password: Secret,
    /// 12 to 128 characters that do not hold the user name.
    #[schema(value_type = String, format = Password, min_length = 12, max_length = 128)]
    new_password: Secret,
}

/// Signs in.
#[utoipa::path(post, path = "/v1/login", tag = "session", operation_id = "login",
    security(()), request_body = Credentials,
    responses((status = 200, body = SignedIn,
        headers(("Set-Cookie" = Option<String>, description = "with proof `cookie`"))), Refusals))]
async fn login(State(api): State<Api>, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let source = gate::source(&api, &parts);
    if !gate::origin_is_ours(&api, &parts.headers) {
        return Err(Problem::new(Kind::Forgery, "this page is not ours"));
    }
    let bytes = extract::json_bytes(Request::from_parts(parts, body), &api).await?;
    let Credentials { username, password, proof } = extract::parse(&bytes)?;
    let user = verified(&api, &username, password, source).await?;
    api.store().users().logged_in(user.id, api.now()).await?;
    begin(&api, user, proof, source).await
}

/// Signs out; the session is over at once, also for open event streams.
#[utoipa::path(post, path = "/v1/logout", tag = "session", operation_id = "logout",
    responses((status = 204), Refusals))]
async fn logout(State(api): State<Api>, caller: Caller) -> Result<Response, Problem> {
    match api.store().sessions().delete(caller.user, caller.session).await {
        Ok(()) | Err(store::Error::NotFound(_)) => {}
        Err(error) => return Err(error.into()),
    }
    api.sign_outs().send_modify(|count| *count += 1);
    if caller.agent.is_some() {
        // Should the switch be too busy to hear it, the token still runs out by itself.
        let revoke = Command::RevokeSipTokens { holder: caller.session };
        let _ = api.command(revoke).await;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    if let Some(cookie) = set_cookie(&api, "", 0) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Who is signed in, and the CSRF token of a page that was loaded again.
#[utoipa::path(get, path = "/v1/session", tag = "session", operation_id = "read_session",
    responses((status = 200, body = Current), Refusals))]
async fn read(caller: Caller) -> Json<Current> {
    let Caller { user, username, role, agent, csrf, must_change_password, .. } = caller;
    let user = Who { id: user, username, role, agent, must_change_password };
    Json(Current { user, csrf_token: csrf })
}

/// Changes one's own password; every session ends, and this one begins anew.
#[utoipa::path(put, path = "/v1/session/password", tag = "session",
    operation_id = "change_password", request_body = NewPassword,
    responses((status = 200, body = SignedIn), Refusals))]
async fn change_password(
    State(api): State<Api>,
    caller: Caller,
    parts: SourceAndProof,
    Body(NewPassword { current_password, new_password }): Body<NewPassword>,
) -> Result<Response, Problem> {
    let checked = password::check_new("/new_password", &new_password, &caller.username);
    checked.map_err(|fault| Problem::fields(vec![fault]))?;
    if current_password.reveal() == new_password.reveal() {
        return Err(Problem::field("/new_password", "another password than until now"));
    }
    let SourceAndProof(source, proof) = parts;
    let user = verified(&api, &caller.username, current_password, source).await?;
    let hash = api.passwords().hash(new_password).await?;
    let changed = api.store().users().set_password(user.id, &hash, false, api.now()).await?;
    api.sign_outs().send_modify(|count| *count += 1);
    begin(&api, changed.value, proof, source).await
}

/// The user, if name and password are right and the source may try.
async fn verified(
    api: &Api,
    username: &str,
    password: Secret,
    source: IpAddr,
) -> Result<User, Problem> {
    if let Some(wait) = api.backoff().wait(username, source, api.now()) {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        return Err(Problem::new(Kind::TooMany, "").retry_after(seconds));
    }
    let known = match api.store().users().credentials(username).await {
        Ok(known) => Some(known),
        Err(store::Error::NotFound(_)) => None,
        Err(error) => return Err(error.into()),
    };
    let hash = known.as_ref().map(|known| known.password_hash.clone());
    let right = api.passwords().verify(password, hash).await?;
    let user = known.map(|known| known.user).filter(|user| user.login == Login::Enabled);
    match user {
        Some(user) if right => {
            api.backoff().right(username, source);
            Ok(user)
        }
        _ => {
            api.backoff().wrong(username, source, api.now());
            tracing::warn!(%source, "a login was refused");
            Err(Problem::new(Kind::WrongCredentials, "or the user may not sign in"))
        }
    }
}

async fn begin(api: &Api, user: User, proof: Proof, source: IpAddr) -> Result<Response, Problem> {
    let token = Secret::random(TOKEN_BYTES).map_err(Problem::internal)?;
    let now = api.now();
    let sessions = api.store().sessions();
    let session: Session =
        sessions.insert(token.reveal(), user.id, &source.to_string(), LIFETIME, now).await?;
    let by_cookie = proof == Proof::Cookie;
    let body = SignedIn {
        user: Who {
            id: user.id,
            username: user.username,
            role: user.role,
            agent: user.agent,
            must_change_password: user.must_change_password,
        },
        csrf_token: by_cookie.then(|| csrf(token.reveal())),
        token: (!by_cookie).then(|| token.reveal().to_owned()),
        expires_at: session.expires_at,
    };
    let mut response = Json(body).into_response();
    if by_cookie && let Some(cookie) = set_cookie(api, token.reveal(), LIFETIME.absolute.as_secs())
    {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Where a request comes from, and how its session is proven.
struct SourceAndProof(IpAddr, Proof);

impl axum::extract::FromRequestParts<Api> for SourceAndProof {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        api: &Api,
    ) -> Result<Self, Problem> {
        let by_bearer = parts.headers.contains_key(header::AUTHORIZATION);
        let proof = if by_bearer { Proof::Bearer } else { Proof::Cookie };
        Ok(Self(gate::source(api, parts), proof))
    }
}

/// 256 bits.
const TOKEN_BYTES: usize = 32;

/// A shift, and a long lunch.
const LIFETIME: Lifetime =
    Lifetime { idle: SignedDuration::from_hours(1), absolute: SignedDuration::from_hours(12) };
