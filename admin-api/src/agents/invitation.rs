//! `/v1/agents/{id}/invitation`: an agent is asked to come to the platform (R36, R39), by whoever
//! may change the profile. The user that comes of it is an agent and nothing more.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use routing::AgentId;
use serde::{Deserialize, Serialize};
use store::Stored;
use store::mailed_links::Purpose;
use store::roles::Permission;
use store::users::{Role, User};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::api::Api;
use crate::documents::Tagged;
use crate::extract::{Id, Maybe};
use crate::identity::Caller;
use crate::invitations::{self, Invitation, InvitationBy, Invited, Way};
use crate::letters::LetterLanguage;
use crate::problem::{Kind, Problem};
use crate::router::Refusals;
use crate::users;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(read, invite, withdraw))
}

/// How an agent gets into the platform.
#[derive(Debug, Serialize, ToSchema)]
struct AgentAccess {
    /// The name of the user that the agent is; null where there is none.
    username: Option<String>,
    /// Asked to come, and no password chosen yet.
    invited: bool,
    /// Where the invitation went, and until when it lives; null where there is none.
    invitation: Option<Invitation>,
}

/// How an agent is invited.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AgentInvitee {
    /// The name of the user; that of the profile where none is given.
    #[schema(min_length = 1, max_length = 64)]
    #[serde(default)]
    username: Option<String>,
    /// How the link gets there.
    #[serde(default)]
    by: InvitationBy,
    /// What the letter is written in.
    #[serde(default)]
    language: LetterLanguage,
}

/// Shows whether an agent has come to the platform, or was asked to.
#[utoipa::path(get, path = "/v1/agents/{id}/invitation", tag = "agents",
    operation_id = "read_agents_invitation", params(("id" = Uuid, Path)),
    responses((status = 200, body = AgentAccess), Refusals))]
async fn read(State(api): State<Api>, Id(id): Id<AgentId>) -> Result<Json<AgentAccess>, Problem> {
    api.store().agents().find(id).await?;
    let user = api.store().users().of_agent(id).await?.map(|stored| stored.value);
    let invitation = match &user {
        Some(user) => invitations::of_user(&api, user).await?,
        None => None,
    };
    let invited = user.as_ref().is_some_and(|user| user.invited);
    Ok(Json(AgentAccess { username: user.map(|user| user.username), invited, invitation }))
}

/// Invites an agent to the address of the profile, or invites again: the link before opens nothing
/// from then on.
#[utoipa::path(post, path = "/v1/agents/{id}/invitation", tag = "agents",
    operation_id = "invite_agent", params(("id" = Uuid, Path)),
    request_body = Option<AgentInvitee>, responses((status = 200, body = Invited), Refusals))]
async fn invite(
    State(api): State<Api>,
    caller: Caller,
    Id(id): Id<AgentId>,
    Maybe(AgentInvitee { username, by, language }): Maybe<AgentInvitee>,
) -> Result<Tagged<Invited>, Problem> {
    if by == InvitationBy::Hand && !caller.grants.contains_key(&Permission::Users) {
        // Whoever holds the link becomes the agent.
        let detail = "a link by hand is for those who may change users: send it by e-mail";
        return Err(Problem::new(Kind::Forbidden, detail));
    }
    let agent = api.store().agents().find(id).await?.value;
    let way = Way { by, language, status: StatusCode::OK };
    if let Some(user) = invited_user(&api, &caller, id).await? {
        return invitations::again(&api, user, way).await;
    }
    let Some(username) = username.or(agent.username) else {
        return Err(Problem::field("/username", "the name to sign in with"));
    };
    let new = User { agent: Some(id), ..User::new(Uuid::now_v7().into(), &username, Role::Agent) };
    invitations::first(&api, new, way).await
}

/// Withdraws an agent's invitation: its link opens nothing. The user stays, asked to come.
#[utoipa::path(delete, path = "/v1/agents/{id}/invitation", tag = "agents",
    operation_id = "withdraw_agents_invitation", params(("id" = Uuid, Path)),
    responses((status = 204), Refusals))]
async fn withdraw(
    State(api): State<Api>,
    caller: Caller,
    Id(id): Id<AgentId>,
) -> Result<StatusCode, Problem> {
    let nothing = || Problem::new(Kind::Refused, "the agent is not invited");
    let user = invited_user(&api, &caller, id).await?.ok_or_else(nothing)?;
    match api.store().mailed_links().withdraw(user.value.id, Purpose::Invitation).await {
        Err(store::Error::NotFound(_)) => Err(nothing()),
        withdrawn => Ok(withdrawn.map(|()| StatusCode::NO_CONTENT)?),
    }
}

/// The user that an agent is asked to come as; none where there is no user yet. A user who is more
/// than an agent is for those who have as much: else a link in the hand would be a way to get it.
async fn invited_user(
    api: &Api,
    caller: &Caller,
    id: AgentId,
) -> Result<Option<Stored<User>>, Problem> {
    let Some(user) = api.store().users().of_agent(id).await? else { return Ok(None) };
    if !user.value.invited {
        return Err(Problem::new(Kind::Refused, "the agent has come already"));
    }
    if user.value.role == Role::Agent {
        return Ok(Some(user));
    }
    users::under(api, caller, user.value.id).await.map(Some)
}
