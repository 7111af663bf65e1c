//! `/v1/login`, `/v1/logout`, `/v1/session`, `/v1/sessions`: who is signed in, and where.
//!
//! A page signs in with a cookie that its scripts cannot read, and gets a CSRF token to send beside
//! it; a program asks for a bearer token instead. Neither learns from a refusal whether the user
//! exists (FAULTS S3): the answer, and the work behind it, are the same.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use routing::AgentId;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use store::roles::Grants;
use store::sessions::{Lifetime, Session, SessionId};
use store::sign_in::SignIn;
use store::users::{Role, User, UserId};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::api::Api;
use crate::control::Command;
use crate::documents::Listed;
use crate::extract::{self, Body, Id};
use crate::identity::gate::{self, set_cookie};
use crate::identity::{Caller, acts, csrf, grants, login};
use crate::problem::{Kind, Problem};
use crate::router::Refusals;
use crate::schema;
use crate::secret::Secret;
use crate::users;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(login))
        .routes(routes!(logout))
        .routes(routes!(read))
        .routes(routes!(change_password))
        .routes(routes!(list))
        .routes(routes!(end))
        .routes(routes!(list_of_user, end_all_of_user))
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
    /// What the user's authenticator app shows, or a recovery code; where there is an app.
    #[schema(value_type = Option<String>, max_length = 64)]
    #[serde(default)]
    code: Option<Secret>,
    /// How the session is proven afterwards.
    #[serde(default)]
    proof: Proof,
}

/// How a session is proven.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Proof {
    /// By a cookie, and the CSRF token where something changes: for pages.
    #[default]
    Cookie,
    /// By a token in `Authorization: Bearer`: for programs.
    Bearer,
}

/// A session that has begun.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SignedIn {
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
    /// Where letters to the user go.
    email: Option<String>,
    /// What the user may do.
    #[schema(value_type = String, example = "manager")]
    role: Role,
    /// What the role grants, and how far.
    #[schema(value_type = BTreeMap<String, schema::Scope>)]
    grants: Grants,
    /// The agent that the user is.
    #[schema(value_type = Option<Uuid>)]
    agent: Option<AgentId>,
    /// How the user proves who they are.
    #[schema(value_type = schema::SignIn)]
    sign_in: SignIn,
    /// Nothing else is allowed until the password is changed.
    must_change_password: bool,
    /// Nothing else is allowed until an authenticator app is set up.
    must_set_up_totp: bool,
}

/// A new password, and the one before as proof.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    /// The password until now.
    #[schema(value_type = String, format = Password)]
    current_password: Secret,
    /// As the security policy asks, at most 128 characters, without the user name.
    #[schema(value_type = String, format = Password, min_length = 8, max_length = 128)]
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
    let Credentials { username, password, code, proof } = extract::parse(&bytes)?;
    let user = login::by_password(&api, &username, password, source).await?;
    login::by_code(&api, &user, code.as_ref()).await?;
    store::audit::amend(|act| act.actor = acts::user(user.id, &user.username));
    api.store().users().logged_in(user.id, api.now()).await?;
    begin(&api, user, Source { address: source, proof }, None).await
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
    let user = Who {
        id: caller.user,
        username: caller.username,
        email: caller.email,
        role: caller.role,
        grants: caller.grants,
        agent: caller.agent,
        sign_in: caller.sign_in,
        must_change_password: caller.must_change_password,
        must_set_up_totp: caller.must_set_up_totp,
    };
    Json(Current { user, csrf_token: caller.csrf })
}

/// Changes one's own password; every session ends, and this one begins anew.
#[utoipa::path(put, path = "/v1/session/password", tag = "session",
    operation_id = "change_password", request_body = NewPassword,
    responses((status = 200, body = SignedIn), Refusals))]
async fn change_password(
    State(api): State<Api>,
    caller: Caller,
    source: Source,
    Body(NewPassword { current_password, new_password }): Body<NewPassword>,
) -> Result<Response, Problem> {
    if caller.sign_in != SignIn::Password {
        return Err(Problem::new(Kind::Refused, "your password is not kept here"));
    }
    let proven = login::proven_again(&api, &caller, Some(current_password), source.address);
    let user = proven.await?;
    let name = &user.username;
    login::check_new_password(&api, "/new_password", &new_password, Some(user.id), name).await?;
    let hash = api.passwords().hash(new_password).await?;
    let changed = api.store().users().set_password(user.id, &hash, false, api.now()).await?;
    api.sign_outs().send_modify(|count| *count += 1);
    begin(&api, changed.value, source, None).await
}

/// A login that is alive.
#[derive(Debug, Serialize, ToSchema)]
struct ShownSession {
    /// What names it here; of no use for anything else.
    id: Uuid,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was last used, to about a minute.
    #[schema(value_type = String, format = DateTime)]
    seen_at: Timestamp,
    /// When it ends, however busy it is.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// The address it was made from.
    source: String,
    /// It is the one that asks.
    current: bool,
}

/// Lists one's own sessions, the newest first.
#[utoipa::path(get, path = "/v1/sessions", tag = "session", operation_id = "list_sessions",
    responses((status = 200, body = Listed<ShownSession>), Refusals))]
async fn list(
    State(api): State<Api>,
    caller: Caller,
) -> Result<Json<Listed<ShownSession>>, Problem> {
    shown(&api, caller.user, caller.session).await
}

/// Ends one of one's own sessions at once.
#[utoipa::path(delete, path = "/v1/sessions/{id}", tag = "session", operation_id = "end_session",
    params(("id" = Uuid, Path)), responses((status = 204), Refusals))]
async fn end(
    State(api): State<Api>,
    caller: Caller,
    Id(id): Id<Uuid>,
) -> Result<StatusCode, Problem> {
    let own = api.store().sessions().list(caller.user, api.now()).await?;
    let named = own.into_iter().find(|session| Uuid::from(session.id) == id);
    let session = named.ok_or_else(|| Problem::not_found("session"))?;
    over(&api, &session).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists a user's sessions, the newest first.
#[utoipa::path(get, path = "/v1/users/{id}/sessions", tag = "users",
    operation_id = "list_sessions_of_user", params(("id" = Uuid, Path)),
    responses((status = 200, body = Listed<ShownSession>), Refusals))]
async fn list_of_user(
    State(api): State<Api>,
    caller: Caller,
    Id(user): Id<UserId>,
) -> Result<Json<Listed<ShownSession>>, Problem> {
    api.store().users().find(user).await?;
    shown(&api, user, caller.session).await
}

/// Ends every session of a user at once.
#[utoipa::path(delete, path = "/v1/users/{id}/sessions", tag = "users",
    operation_id = "end_sessions_of_user", params(("id" = Uuid, Path)),
    responses((status = 204), Refusals))]
async fn end_all_of_user(
    State(api): State<Api>,
    caller: Caller,
    Id(user): Id<UserId>,
) -> Result<StatusCode, Problem> {
    users::under(&api, &caller, user).await?;
    for session in api.store().sessions().list(user, api.now()).await? {
        over(&api, &session).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn shown(
    api: &Api,
    user: UserId,
    current: SessionId,
) -> Result<Json<Listed<ShownSession>>, Problem> {
    let show = |session: Session| ShownSession {
        id: session.id.into(),
        created_at: session.created_at,
        seen_at: session.seen_at,
        expires_at: session.expires_at,
        source: session.source,
        current: session.id == current,
    };
    let living = api.store().sessions().list(user, api.now()).await?;
    Ok(Json(Listed { items: living.into_iter().map(show).collect(), next: None }))
}

/// Ends a session, its event streams and its page's telephone.
async fn over(api: &Api, session: &Session) -> Result<(), Problem> {
    match api.store().sessions().delete(session.user, session.id).await {
        Ok(()) | Err(store::Error::NotFound(_)) => {}
        Err(error) => return Err(error.into()),
    }
    ended(api, std::slice::from_ref(session)).await;
    Ok(())
}

/// Ends the event streams and the telephones of sessions that are over.
pub(crate) async fn ended(api: &Api, sessions: &[Session]) {
    api.sign_outs().send_modify(|count| *count += 1);
    for session in sessions {
        // Should the switch be too busy to hear it, the token still runs out by itself.
        let _ = api.command(Command::RevokeSipTokens { holder: session.id }).await;
    }
}

/// Begins a session of a user who has proven who they are; `proven_at` where that was elsewhere,
/// and is known.
pub(crate) async fn begin(
    api: &Api,
    user: User,
    source: Source,
    proven_at: Option<Timestamp>,
) -> Result<Response, Problem> {
    let Source { address, proof } = source;
    let grants = grants(api, user.role).await?;
    let token = Secret::random(TOKEN_BYTES).map_err(Problem::internal)?;
    let now = api.now();
    let policy = login::policy(api).await?;
    let lifetime = Lifetime {
        idle: SignedDuration::from_mins(policy.session_idle_minutes.into()),
        absolute: SignedDuration::from_hours(policy.session_hours_max.into()),
    };
    let sessions = api.store().sessions();
    sessions.sweep(now).await?;
    let session: Session =
        sessions.insert(token.reveal(), user.id, &address.to_string(), lifetime, now).await?;
    if let Some(at) = proven_at {
        sessions.proven(session.id, at).await?;
    }
    let by_cookie = proof == Proof::Cookie;
    let body = SignedIn {
        user: Who {
            id: user.id,
            username: user.username,
            email: user.email,
            role: user.role,
            grants,
            agent: user.agent,
            sign_in: user.sign_in,
            must_change_password: user.must_change_password,
            must_set_up_totp: user.totp_required && !user.totp_enrolled,
        },
        csrf_token: by_cookie.then(|| csrf(token.reveal())),
        token: (!by_cookie).then(|| token.reveal().to_owned()),
        expires_at: session.expires_at,
    };
    let mut response = Json(body).into_response();
    let max_age_s = lifetime.absolute.as_secs();
    if by_cookie && let Some(cookie) = set_cookie(api, token.reveal(), max_age_s) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Where a request comes from, and how its session is proven.
#[derive(Clone, Copy)]
pub(crate) struct Source {
    pub(crate) address: IpAddr,
    pub(crate) proof: Proof,
}

impl axum::extract::FromRequestParts<Api> for Source {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        api: &Api,
    ) -> Result<Self, Problem> {
        let by_bearer = parts.headers.contains_key(header::AUTHORIZATION);
        let proof = if by_bearer { Proof::Bearer } else { Proof::Cookie };
        Ok(Self { address: gate::source(api, parts), proof })
    }
}

/// 256 bits.
const TOKEN_BYTES: usize = 32;
