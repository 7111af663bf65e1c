//! `/v1/mailed-links`: the other end of a letter. Whoever holds its token chooses a password.
//!
//! The token comes in the body, because addresses end up in logs. Whatever is wrong with a link has
//! one answer: it is over.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use routing::Lifecycle;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use store::mailed_links::{MailedLink, Purpose};
use store::users::{User, UserId};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::control::Change;
use crate::extract::Body;
use crate::identity::links::{self, Stranger};
use crate::identity::{acts, login};
use crate::letters::{LetterLanguage, Writer};
use crate::post;
use crate::problem::{Kind, Problem};
use crate::router::Refusals;
use crate::secret::Secret;
use crate::sessions;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(open)).routes(routes!(spend))
}

/// What stands in a letter.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LinkToken {
    /// The link's part behind `#`.
    #[schema(value_type = String, max_length = 128)]
    token: Secret,
}

/// What a link opens.
#[derive(Debug, Serialize, ToSchema)]
struct OpenedLink {
    /// What it is for.
    purpose: LinkPurpose,
    /// The name to sign in with.
    username: String,
    /// Characters of a new password.
    password_length_min: u8,
    /// Of lower case, upper case, digits and others, how many a new password has.
    password_classes_min: u8,
}

/// What a link is for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum LinkPurpose {
    /// A first password.
    Invitation,
    /// A new one.
    PasswordReset,
}

/// A link's token, and the password that its reader chose.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LinkChoice {
    /// The link's part behind `#`.
    #[schema(value_type = String, max_length = 128)]
    token: Secret,
    /// As the security policy asks, at most 128 characters, without the user name.
    #[schema(value_type = String, format = Password, min_length = 8, max_length = 128)]
    new_password: Secret,
    /// What the note about it is written in.
    #[serde(default)]
    language: LetterLanguage,
}

/// Says what a link opens; it stays unused.
#[utoipa::path(post, path = "/v1/mailed-links/open", tag = "session",
    operation_id = "open_mailed_link", security(()), request_body = LinkToken,
    responses((status = 200, body = OpenedLink), Refusals))]
async fn open(
    State(api): State<Api>,
    stranger: Stranger,
    Body(LinkToken { token }): Body<LinkToken>,
) -> Result<Json<OpenedLink>, Problem> {
    let (link, user) = living(&api, &token, stranger.source).await?;
    let policy = login::policy(&api).await?;
    let purpose = match link.purpose {
        Purpose::Invitation => LinkPurpose::Invitation,
        Purpose::PasswordReset => LinkPurpose::PasswordReset,
    };
    Ok(Json(OpenedLink {
        purpose,
        username: user.username,
        password_length_min: policy.password_length_min,
        password_classes_min: policy.password_classes_min,
    }))
}

/// Uses a link up: the user has this password from now on, and signs in with it as always, with the
/// code of an authenticator app where there is one. Every session of the user is over.
#[utoipa::path(post, path = "/v1/mailed-links/use", tag = "session",
    operation_id = "use_mailed_link", security(()), request_body = LinkChoice,
    responses((status = 204), Refusals))]
async fn spend(
    State(api): State<Api>,
    stranger: Stranger,
    Body(LinkChoice { token, new_password, language }): Body<LinkChoice>,
) -> Result<StatusCode, Problem> {
    let (link, user) = living(&api, &token, stranger.source).await?;
    let name = &user.username;
    login::check_new_password(&api, "/new_password", &new_password, Some(user.id), name).await?;
    let hash = api.passwords().hash(new_password).await?;
    let over_now = api.store().sessions().list(user.id, api.now()).await?;
    store::audit::amend(|act| act.actor = acts::user(user.id, &user.username));
    let redeemed = api.store().mailed_links().redeem(token.reveal(), &hash, api.now()).await;
    let user = redeemed.map_err(over)?.value;
    sessions::ended(&api, &over_now).await;
    let after = match link.purpose {
        Purpose::Invitation => arrived(&api, &user).await,
        Purpose::PasswordReset => told(&api, &user, &link.address, language).await,
    };
    if let Err(problem) = after {
        // The password is set, and the link is gone: trying again would help nobody.
        tracing::error!(user = %user.id, ?problem, "a link was used, but not all that follows");
    }
    Ok(StatusCode::NO_CONTENT)
}

/// The link of a token, if its user may use it. Misses alone are counted, and apart from wrong
/// passwords: nobody guesses 256 bits, and an office that opens old letters still signs in.
async fn living(api: &Api, token: &Secret, source: IpAddr) -> Result<(MailedLink, User), Problem> {
    let found = match api.store().mailed_links().find(token.reveal(), api.now()).await {
        Ok((link, user)) => {
            let may = links::may_use(api, &user, link.purpose, &link.address).await?;
            may.then_some((link, user))
        }
        Err(store::Error::NotFound(_)) => None,
        Err(error) => return Err(error.into()),
    };
    let Some((link, user)) = found else {
        api.resets().missed(source, api.now())?;
        return Err(Problem::new(Kind::LinkOver, ""));
    };
    let id: UserId = user.id;
    store::audit::amend(|act| act.object = Some(id.into()));
    Ok((link, user))
}

/// Somebody else was faster, or it was withdrawn in between.
fn over(error: store::Error) -> Problem {
    match error {
        store::Error::NotFound(_) => Problem::new(Kind::LinkOver, ""),
        error => error.into(),
    }
}

/// R18: an agent whose profile waited for this is active from now on.
pub(crate) async fn arrived(api: &Api, user: &User) -> Result<(), Problem> {
    let Some(agent) = user.agent else { return Ok(()) };
    let agents = api.store().agents();
    let found = agents.find(agent).await?;
    if found.value.lifecycle != Lifecycle::Invited {
        return Ok(());
    }
    let active = routing::Agent { lifecycle: Lifecycle::Active, ..found.value };
    match agents.update(&active, found.version, api.now()).await {
        Ok(stored) => api.tell(Change::Agent(Box::new(stored.value))),
        // Whoever changes the profile at this moment says what it is.
        Err(store::Error::Stale { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Tells a user at the address of the link that it was used.
async fn told(api: &Api, user: &User, to: &str, language: LetterLanguage) -> Result<(), Problem> {
    let writer = Writer::of(api, language).await?;
    let letter = writer.password_changed(to, &user.username, api.now());
    let control = api.shared_control();
    tokio::spawn(async move { post::hand_over_patiently(&*control, letter).await });
    Ok(())
}
