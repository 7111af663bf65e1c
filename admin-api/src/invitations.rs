//! `/v1/invitations`: people who are asked to come, and choose their password themselves (R39).
//!
//! ```text
//!   invited ─▶ letter, or a link shown once ──used──▶ in
//!      ▲                    │
//!      └── sent again ──────┴── withdrawn, over: asked to come, with nothing to come by
//! ```
//! The user is there from the start, with a password that nobody knows: name, address and agent are
//! taken, and whoever may change users may change this one.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use routing::{AgentId, CampaignId, Lifecycle, Login, TeamId};
use serde::{Deserialize, Serialize};
use store::Stored;
use store::mailed_links::{MailedLink, Purpose};
use store::users::{Role, User, UserId};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::api::Api;
use crate::documents::{Shown, Tagged};
use crate::extract::{Body, Id, Maybe};
use crate::identity::{Caller, links};
use crate::letters::{LetterLanguage, Writer};
use crate::post;
use crate::problem::{Kind, Problem};
use crate::router::Refusals;
use crate::secret::Secret;
use crate::users::{self, ShownUser};

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(invite)).routes(routes!(read, invite_again, withdraw))
}

/// Who is asked to come.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Invitee {
    /// Letters, digits and `! @ # $ % ^ \ & _ .`; unique.
    #[schema(min_length = 1, max_length = 64)]
    username: String,
    /// Where the letter goes; that of the agent where none is given.
    #[schema(max_length = 254)]
    #[serde(default)]
    email: Option<String>,
    /// What the user may do.
    #[schema(value_type = String, example = "manager")]
    role: Role,
    /// The agent that the user is; its profile has this address.
    #[schema(value_type = Option<Uuid>)]
    #[serde(default)]
    agent: Option<AgentId>,
    /// Teams that narrow what the role reaches, where its scope is team or unit.
    #[schema(value_type = Vec<Uuid>, required = false, max_items = 64)]
    #[serde(default)]
    teams: Vec<TeamId>,
    /// Campaigns that narrow it, where its scope is campaign.
    #[schema(value_type = Vec<Uuid>, required = false, max_items = 64)]
    #[serde(default)]
    campaigns: Vec<CampaignId>,
    /// Each login asks for a code; a user without an authenticator app must set one up first.
    #[schema(required = false)]
    #[serde(default)]
    totp_required: bool,
    /// How the link gets there.
    #[serde(default)]
    by: InvitationBy,
    /// What the letter is written in.
    #[serde(default)]
    language: LetterLanguage,
}

/// How a link gets to its reader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum InvitationBy {
    /// By e-mail.
    #[default]
    Mail,
    /// By whoever invites: the link is shown once, and nothing is mailed.
    Hand,
}

/// How an invitation is sent again.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct InvitedAgain {
    /// How the link gets there.
    #[serde(default)]
    by: InvitationBy,
    /// What the letter is written in.
    #[serde(default)]
    language: LetterLanguage,
}

/// How the link of an invitation gets there, and what is answered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way {
    pub(crate) by: InvitationBy,
    pub(crate) language: LetterLanguage,
    pub(crate) status: StatusCode,
}

/// An invitation that was made.
#[derive(Serialize, ToSchema)]
pub(crate) struct Invited {
    /// Who was asked to come.
    #[schema(value_type = ShownUser)]
    user: Shown<User>,
    /// Where to, and until when.
    invitation: Invitation,
    /// The mail server has taken the letter.
    mailed: bool,
    /// Why it has not: send it again, or bring the link yourself.
    #[serde(skip_serializing_if = "Option::is_none")]
    unsent: Option<String>,
    /// The link, shown now and never again; absent where it is mailed. Without `http.public_url`, it
    /// lacks what people type before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
}

/// Where an invitation went.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Invitation {
    /// The address that it is for.
    address: String,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// From then on it opens nothing.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

impl From<MailedLink> for Invitation {
    fn from(link: MailedLink) -> Self {
        let MailedLink { address, created_at, expires_at, .. } = link;
        Self { address, created_at, expires_at }
    }
}

/// Invites somebody: a user who chooses a password by a link in a letter.
#[utoipa::path(post, path = "/v1/invitations", tag = "users", operation_id = "invite_user",
    request_body = Invitee, responses((status = 201, body = Invited), Refusals))]
async fn invite(
    State(api): State<Api>,
    caller: Caller,
    Body(new): Body<Invitee>,
) -> Result<Tagged<Invited>, Problem> {
    let Invitee { username, email, role, agent, teams, campaigns, totp_required, .. } = new;
    users::check_reach(&teams, &campaigns)?;
    users::check_role(&api, &caller, role).await?;
    let user = User {
        email,
        agent,
        totp_required,
        teams,
        campaigns,
        ..User::new(Uuid::now_v7().into(), &username, role)
    };
    let way = Way { by: new.by, language: new.language, status: StatusCode::CREATED };
    first(&api, user, way).await
}

/// Shows the invitation of somebody who was asked to come; an end that has passed is shown too.
#[utoipa::path(get, path = "/v1/users/{id}/invitation", tag = "users",
    operation_id = "read_invitation", params(("id" = Uuid, Path)),
    responses((status = 200, body = Invitation), Refusals))]
async fn read(State(api): State<Api>, Id(id): Id<UserId>) -> Result<Json<Invitation>, Problem> {
    let link = api.store().mailed_links().of_user(id, Purpose::Invitation).await;
    Ok(Json(link.map_err(not_invited)?.into()))
}

/// Sends an invitation again, to the address of now; the link before opens nothing from then on.
#[utoipa::path(post, path = "/v1/users/{id}/invitation", tag = "users",
    operation_id = "invite_again", params(("id" = Uuid, Path)), request_body = Option<InvitedAgain>,
    responses((status = 200, body = Invited), Refusals))]
async fn invite_again(
    State(api): State<Api>,
    caller: Caller,
    Id(id): Id<UserId>,
    Maybe(InvitedAgain { by, language }): Maybe<InvitedAgain>,
) -> Result<Tagged<Invited>, Problem> {
    let stored = users::under(&api, &caller, id).await?;
    if !stored.value.invited {
        return Err(Problem::new(Kind::Refused, "the user has a password: nobody is asked twice"));
    }
    again(&api, stored, Way { by, language, status: StatusCode::OK }).await
}

/// Withdraws an invitation: its link opens nothing. The user stays, asked to come.
#[utoipa::path(delete, path = "/v1/users/{id}/invitation", tag = "users",
    operation_id = "withdraw_invitation", params(("id" = Uuid, Path)),
    responses((status = 204), Refusals))]
async fn withdraw(
    State(api): State<Api>,
    caller: Caller,
    Id(id): Id<UserId>,
) -> Result<StatusCode, Problem> {
    users::under(&api, &caller, id).await?;
    let withdrawn = api.store().mailed_links().withdraw(id, Purpose::Invitation).await;
    withdrawn.map_err(not_invited)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Adds a user who is asked to come, with the link that lets them.
pub(crate) async fn first(api: &Api, user: User, way: Way) -> Result<Tagged<Invited>, Problem> {
    users::check_username(&user.username)?;
    let address = address_of(api, &user, way.by).await?;
    let user = User { email: Some(address.clone()), invited: true, ..user };
    let unknown = api.passwords().unknown().await?;
    let (token, link) = links::fresh(api, &user, &address, Purpose::Invitation).await?;
    let links = api.store().mailed_links();
    let stored = links.invite(&user, &unknown, token.reveal(), &link).await?;
    delivered(api, way, (stored, token, link)).await
}

/// Makes another link for somebody who was asked to come.
pub(crate) async fn again(
    api: &Api,
    mut stored: Stored<User>,
    way: Way,
) -> Result<Tagged<Invited>, Problem> {
    if stored.value.login != Login::Enabled {
        return Err(Problem::new(Kind::Refused, "the login is shut: open it first"));
    }
    let mut asked = stored.value.clone();
    if asked.agent.is_some() && asked.role == Role::Agent {
        // The profile may have another address since. Of a user who is more than an agent, whoever
        // may change that user says so: others may change the profile.
        asked.email = None;
    }
    let address = address_of(api, &asked, way.by).await?;
    if stored.value.email.as_deref() != Some(&address) {
        stored = api.store().users().set_email(asked.id, Some(&address), api.now()).await?;
    }
    let user = &stored.value;
    let (token, link) = links::fresh(api, user, &address, Purpose::Invitation).await?;
    api.store().mailed_links().issue(token.reveal(), &link).await?;
    delivered(api, way, (stored, token, link)).await
}

/// The invitation of a user, living or over.
pub(crate) async fn of_user(api: &Api, user: &User) -> Result<Option<Invitation>, Problem> {
    match api.store().mailed_links().of_user(user.id, Purpose::Invitation).await {
        Err(store::Error::NotFound(_)) => Ok(None),
        found => Ok(Some(found?.into())),
    }
}

/// Mails what was made, or hands the link out.
async fn delivered(
    api: &Api,
    Way { by, language, status }: Way,
    (stored, token, link): (Stored<User>, Secret, MailedLink),
) -> Result<Tagged<Invited>, Problem> {
    let url = links::url(api, &token);
    let (handed, link_shown) = match by {
        InvitationBy::Hand => (None, Some(url)),
        InvitationBy::Mail => {
            let writer = Writer::of(api, language).await?;
            let username = &stored.value.username;
            let letter = writer.invitation(&link.address, username, &url, link.expires_at);
            (Some(post::hand_over(api.control(), letter).await), None)
        }
    };
    let body = Invited {
        invitation: link.into(),
        mailed: matches!(handed, Some(Ok(()))),
        unsent: handed.and_then(Result::err).map(|post::Unsent(why)| why),
        link: link_shown,
        user: Shown::from(stored.clone()),
    };
    Ok(Tagged { status, version: stored.version, body })
}

/// Where the letter goes: to the address of the profile that it links (R40).
async fn address_of(api: &Api, user: &User, by: InvitationBy) -> Result<String, Problem> {
    if let Some(address) = &user.email {
        users::check_email("/email", address)?;
    }
    if by == InvitationBy::Mail {
        links::can_mail(api)?;
    }
    let Some(agent) = user.agent else {
        return user.email.clone().ok_or_else(|| Problem::field("/email", "where the letter goes"));
    };
    let agent = match api.store().agents().find(agent).await {
        Ok(found) => found.value,
        Err(store::Error::NotFound(_)) => {
            return Err(Problem::field("/agent", "the id of one that exists"));
        }
        Err(error) => return Err(error.into()),
    };
    if agent.lifecycle == Lifecycle::Archived {
        return Err(Problem::field("/agent", "an agent who is not archived"));
    }
    let Some(own) = agent.email.clone() else {
        return Err(Problem::field("/agent", "an agent whose profile has an e-mail address"));
    };
    if user.email.as_deref().is_some_and(|given| !links::is_reached(&agent, given)) {
        return Err(Problem::field("/email", "the address of the agent's profile"));
    }
    users::check_email("/agent", &own)?;
    Ok(own)
}

fn not_invited(error: store::Error) -> Problem {
    match error {
        store::Error::NotFound(_) => Problem::not_found("invitation"),
        error => error.into(),
    }
}
