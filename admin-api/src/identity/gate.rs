//! The one gate: nothing behind `/v1` runs before it has looked at the caller.
//!
//! A session is proven by a bearer token, or by our cookie; with the cookie, everything that
//! changes something must also carry the CSRF token, because a browser sends cookies for anybody
//! (FAULTS S14). The session is read from the store each time: a logout or a changed role is in
//! force with the next request.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, MatchedPath, RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use subtle::ConstantTimeEq;

use store::roles::Permission;
use store::users::Role;

use super::permissions::{self, Who};
use super::{Caller, acts, csrf, grants, tokens};
use crate::api::Api;
use crate::problem::{Kind, Problem};

/// Lets a request through to its handler, with its [`Caller`] among the extensions.
pub(crate) async fn gate(
    State(api): State<Api>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    let who = parts
        .extensions
        .get::<MatchedPath>()
        .and_then(|path| permissions::rule(&parts.method, path.as_str()))
        .ok_or_else(|| Problem::new(Kind::Forbidden, "nobody may use this route"))?;
    let caller = match who {
        Who::Everybody => None,
        _ => Some(caller(&api, &parts).await?),
    };
    let act = acts::of(&api, &mut parts, caller.as_ref()).await;
    let gate = api.clone();
    let work = async move {
        if let Some(caller) = caller {
            if let Err(problem) = admit(&gate, &mut parts, &caller, who).await {
                return problem.into_response();
            }
            parts.extensions.insert(caller);
        }
        next.run(Request::from_parts(parts, body)).await
    };
    match act {
        Some(act) => acts::perform(&api, act, work).await,
        None => Ok(work.await),
    }
}

/// Refuses a caller whose role does not reach as far as the route.
async fn admit(api: &Api, parts: &mut Parts, caller: &Caller, who: Who) -> Result<(), Problem> {
    let forbidden = || Err(Problem::new(Kind::Forbidden, ""));
    if caller.token.is_some() && tokens::is_personal(parts.uri.path()) {
        return Err(tokens::refusal());
    }
    if !is_about_the_session(parts) {
        if caller.must_change_password {
            let detail = "change your password first: PUT /v1/session/password";
            return Err(Problem::new(Kind::PasswordChange, detail));
        }
        if caller.must_set_up_totp {
            let detail = "set up an authenticator app first: POST /v1/session/totp";
            return Err(Problem::new(Kind::TotpSetup, detail));
        }
    }
    let permission = match who {
        Who::Everybody | Who::SignedIn => return Ok(()),
        // An agent's work is done for the agent by whoever was lent that.
        Who::Agents
            if caller.token.is_some() && !caller.grants.contains_key(&Permission::AgentsDirect) =>
        {
            return forbidden();
        }
        // R66: an agent user without a profile is told so by the handler.
        Who::Agents if caller.role == Role::Agent || caller.agent.is_some() => return Ok(()),
        Who::Agents => return forbidden(),
        Who::May(permission) | Who::Within(permission) => permission,
    };
    if !caller.grants.contains_key(&permission) {
        return forbidden();
    }
    let Some(within) = caller.within(permission) else { return Ok(()) };
    if who == Who::May(permission) {
        return forbidden();
    }
    let route = parts.extensions.get::<MatchedPath>().cloned();
    let Some(named) = named(parts).await else {
        // A list: its handler shows what is within reach.
        return Ok(());
    };
    let id = named.parse().map_err(|_| Problem::not_found("resource"))?;
    let object = route.and_then(|route| permissions::object(route.as_str(), id));
    let Some((what, object)) = object else { return forbidden() };
    if api.store().reaches(within, object).await? { Ok(()) } else { Err(Problem::not_found(what)) }
}

/// What the path names as `{id}`.
pub(super) async fn named(parts: &mut Parts) -> Option<String> {
    use axum::extract::FromRequestParts;
    let named = RawPathParams::from_request_parts(parts, &()).await.ok()?;
    named.iter().find(|(name, _)| *name == "id").map(|(_, value)| value.to_owned())
}

/// R132, R136: who must first change the password or set up an app can do that, and leave.
fn is_about_the_session(parts: &Parts) -> bool {
    let path = parts.uri.path();
    path == "/v1/session"
        || path.starts_with("/v1/session/")
        || path == "/v1/logout"
        || (path == "/v1/security-policy" && parts.method == Method::GET)
}

async fn caller(api: &Api, parts: &Parts) -> Result<Caller, Problem> {
    let sign_in = |why: &str| {
        Problem::new(Kind::NotSignedIn, why)
            .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    };
    let (token, by_cookie) = if let Some(token) = bearer(&parts.headers) {
        (token, false)
    } else if let Some(token) = cookie(&parts.headers, cookie_name(api)) {
        (token, true)
    } else {
        return Err(sign_in("neither a session cookie nor a bearer token was sent"));
    };
    if token.starts_with(tokens::PREFIX) && !by_cookie {
        let program = tokens::caller(api, token).await?;
        return program.ok_or_else(|| sign_in("the token is over or unknown"));
    }
    let (session, user) = match api.store().sessions().find(token, api.now()).await {
        Ok(found) => found,
        Err(store::Error::NotFound(_)) => return Err(sign_in("the session is over or unknown")),
        Err(error) => return Err(error.into()),
    };
    if by_cookie && !is_safe(&parts.method) {
        let sent = parts.headers.get(CSRF_HEADER).map(HeaderValue::as_bytes).unwrap_or_default();
        if !bool::from(sent.ct_eq(csrf(token).as_bytes())) {
            let detail = "send the csrf_token of GET /v1/session in the header X-CSRF-Token";
            return Err(Problem::new(Kind::Forgery, detail));
        }
    }
    let grants = grants(api, user.role).await?;
    Ok(Caller::new(user, grants, session.id, token))
}

/// RFC 9110 §9.2.1.
pub(super) fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

pub(crate) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let all = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|value| value.split(';')).find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then_some(value)
    })
}

/// `__Host-` makes browsers refuse the cookie from any other host and without TLS.
pub(crate) fn cookie_name(api: &Api) -> &'static str {
    if api.settings().secure_cookies { "__Host-cordboard" } else { "cordboard" }
}

/// The `Set-Cookie` of a session; an empty token takes the cookie away.
pub(crate) fn set_cookie(api: &Api, token: &str, max_age_s: i64) -> Option<HeaderValue> {
    cookie_of(api, cookie_name(api), token, max_age_s)
}

/// The `Set-Cookie` of anything that only our own pages may bring back.
pub(crate) fn cookie_of(api: &Api, name: &str, value: &str, max_age_s: i64) -> Option<HeaderValue> {
    let secure = if api.settings().secure_cookies { "; Secure" } else { "" };
    let text =
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={max_age_s}{secure}");
    HeaderValue::try_from(text).ok()
}

/// Where the request comes from, as far as it can be believed.
pub(crate) fn source(api: &Api, parts: &Parts) -> IpAddr {
    let behind_proxy = api.settings().behind_proxy;
    let believed = if behind_proxy { forwarded_for(&parts.headers) } else { None };
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    believed.or(peer).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
}

/// The address that our own proxy saw; believe it only where there is one.
#[must_use]
pub fn forwarded_for(headers: &HeaderMap) -> Option<IpAddr> {
    // The proxy appends; whatever stands before its word may be a lie.
    let value = headers.get_all("x-forwarded-for").into_iter().next_back()?;
    value.to_str().ok()?.rsplit(',').next()?.trim().parse::<IpAddr>().ok()
}

pub(crate) fn origin_is_ours(api: &Api, headers: &HeaderMap) -> bool {
    is_own_page(headers, api.settings().public_origin.as_slice())
}

/// Whether the page that asks is ours, or of one of these origins: a browser names it in `Origin`
/// (RFC 6454 §7), and whoever is no browser need not.
#[must_use]
pub fn is_own_page(headers: &HeaderMap, origins: &[String]) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    if origins.iter().any(|known| known == origin) {
        return true;
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let named = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    host.is_some() && named == host
}

const CSRF_HEADER: &str = "x-csrf-token";
