//! `/v1/users`: people who log in. A user is not an agent (R1); a link joins them.
//!
//! A password that somebody else has set must be changed at the next login (R132), also when it was
//! set here by a program (R202). The last administrator stays one.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use routing::{AgentId, CampaignId, Login, TeamId};
use serde::{Deserialize, Serialize};
use store::sign_in::SignIn;
use store::users::{Role, User, UserId};
use store::{Query, Stored};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::api::Api;
use crate::documents::{IfMatch, ListParams, Listed, Shown, Stamp, Tagged};
use crate::extract::{Body, Id, Maybe, Params};
use crate::identity::{Caller, grants, login, password};
use crate::mailed_links;
use crate::problem::{FieldError, Kind, Problem};
use crate::roles;
use crate::router::Refusals;
use crate::schema;
use crate::secret::Secret;
use crate::sessions;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, replace, remove))
        .routes(routes!(set_password))
}

/// What an administrator sets of a user.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UserSettings {
    /// Letters, digits and `! @ # $ % ^ \ & _ .`; unique.
    #[schema(min_length = 1, max_length = 64)]
    username: String,
    /// Where letters reach the user; unique, whatever the case.
    #[schema(max_length = 254)]
    #[serde(default)]
    email: Option<String>,
    /// What the user may do.
    #[schema(value_type = String, example = "manager")]
    role: Role,
    /// The agent that the user is; an agent has at most one user.
    #[schema(value_type = Option<Uuid>)]
    #[serde(default)]
    agent: Option<AgentId>,
    /// Whether the user may log in, and if not, who shut it.
    #[schema(value_type = schema::Login, required = false)]
    #[serde(default)]
    login: Login,
    /// How the user proves who they are; elsewhere than here, there is no password.
    /// With nothing given, as before.
    #[schema(value_type = Option<schema::SignIn>)]
    #[serde(default)]
    sign_in: Option<SignIn>,
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
}

/// A user with the first password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewUser {
    /// Letters, digits and `! @ # $ % ^ \ & _ .`; unique.
    #[schema(min_length = 1, max_length = 64)]
    username: String,
    /// Where letters reach the user; unique, whatever the case.
    #[schema(max_length = 254)]
    #[serde(default)]
    email: Option<String>,
    /// What the user may do.
    #[schema(value_type = String, example = "manager")]
    role: Role,
    /// The agent that the user is; an agent has at most one user.
    #[schema(value_type = Option<Uuid>)]
    #[serde(default)]
    agent: Option<AgentId>,
    /// How the user proves who they are; elsewhere than here, there is no password.
    #[schema(value_type = schema::SignIn, required = false)]
    #[serde(default)]
    sign_in: SignIn,
    /// The first password; a random one is made where none is given.
    #[schema(value_type = Option<String>, format = Password, min_length = 8, max_length = 128)]
    #[serde(default)]
    password: Option<Secret>,
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
}

/// A password for somebody else.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordSetting {
    /// The password; a random one is made where none is given.
    #[schema(value_type = Option<String>, format = Password, min_length = 8, max_length = 128)]
    #[serde(default)]
    password: Option<Secret>,
}

/// The stored user, with its version.
#[derive(Serialize, ToSchema)]
pub(crate) struct ShownUser {
    #[serde(flatten)]
    #[schema(value_type = UserSchema)]
    user: User,
    #[serde(flatten)]
    stamp: Stamp,
}

/// A user.
#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "as in the user that it shows")]
struct UserSchema {
    /// The user's identity.
    id: Uuid,
    /// What the user types.
    username: String,
    /// Where letters reach the user.
    email: Option<String>,
    /// Asked to come, and no password chosen yet.
    invited: bool,
    /// What the user may do.
    #[schema(example = "manager")]
    role: String,
    /// The agent that the user is.
    agent: Option<Uuid>,
    /// Whether the user may log in, and if not, who shut it.
    login: schema::Login,
    /// How the user proves who they are.
    sign_in: schema::SignIn,
    /// The password must be changed at the next login.
    must_change_password: bool,
    /// Each login asks for a code.
    totp_required: bool,
    /// An authenticator app is set up.
    totp_enrolled: bool,
    /// Teams that narrow what the role reaches.
    teams: Vec<Uuid>,
    /// Campaigns that narrow it.
    campaigns: Vec<Uuid>,
    /// When the user last logged in.
    #[schema(format = DateTime)]
    last_login_at: Option<String>,
}

/// A user with a password that was just set.
#[derive(Serialize, ToSchema)]
struct WithPassword {
    /// The user.
    #[schema(value_type = ShownUser)]
    user: Shown<User>,
    /// The random password, shown now and never again; absent where one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    generated_password: Option<String>,
}

/// Lists users, the oldest first; a search finds part of the name or the address.
#[utoipa::path(get, path = "/v1/users", tag = "users", operation_id = "list_users",
    params(ListParams), responses((status = 200, body = Listed<ShownUser>), Refusals))]
async fn list(
    State(api): State<Api>,
    Params(params): Params<ListParams>,
) -> Result<Json<Listed<Shown<User>>>, Problem> {
    let page = api.store().users().list(&params.query()?).await?;
    Ok(Json(Listed::of(page, Shown::from)))
}

/// Adds a user, who must change the password at the first login.
#[utoipa::path(post, path = "/v1/users", tag = "users", operation_id = "create_user",
    request_body = NewUser, responses((status = 201, body = WithPassword), Refusals))]
async fn create(
    State(api): State<Api>,
    caller: Caller,
    Body(new): Body<NewUser>,
) -> Result<Tagged<WithPassword>, Problem> {
    let NewUser { username, email, role, agent, password, teams, campaigns, .. } = new;
    let (sign_in, totp_required) = (new.sign_in, new.totp_required);
    check_username(&username)?;
    email.as_deref().map_or(Ok(()), |address| check_email("/email", address))?;
    check_reach(&teams, &campaigns)?;
    check_role(&api, &caller, role).await?;
    let is_kept = sign_in == SignIn::Password;
    let (hash, generated) = if is_kept {
        first_password(&api, None, &username, password).await?
    } else {
        if password.is_some() {
            return Err(Problem::field(
                "/password",
                "none: the user proves who they are elsewhere",
            ));
        }
        (api.passwords().unknown().await?, None)
    };
    let user = User {
        email,
        agent,
        sign_in,
        must_change_password: is_kept,
        totp_required,
        teams,
        campaigns,
        ..User::new(Uuid::now_v7().into(), &username, role)
    };
    let stored = api.store().users().insert(&user, &hash, api.now()).await?;
    Ok(with_password(StatusCode::CREATED, stored, generated))
}

/// Shows a user.
#[utoipa::path(get, path = "/v1/users/{id}", tag = "users", operation_id = "read_user",
    params(("id" = Uuid, Path)), responses((status = 200, body = ShownUser), Refusals))]
async fn read(State(api): State<Api>, Id(id): Id<UserId>) -> Result<Tagged<Shown<User>>, Problem> {
    Ok(Tagged::shown(StatusCode::OK, api.store().users().find(id).await?))
}

/// Replaces a user that was read at the version in `If-Match`; in force with the next request.
#[utoipa::path(put, path = "/v1/users/{id}", tag = "users", operation_id = "replace_user",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)), request_body = UserSettings,
    responses((status = 200, body = ShownUser), Refusals))]
async fn replace(
    State(api): State<Api>,
    caller: Caller,
    Id(id): Id<UserId>,
    made_from: IfMatch,
    Body(settings): Body<UserSettings>,
) -> Result<Tagged<Shown<User>>, Problem> {
    check_username(&settings.username)?;
    settings.email.as_deref().map_or(Ok(()), |address| check_email("/email", address))?;
    check_reach(&settings.teams, &settings.campaigns)?;
    let found = under(&api, &caller, id).await?;
    let UserSettings { username, email, role, agent, login, .. } = settings;
    let sign_in = settings.sign_in.unwrap_or(found.value.sign_in);
    if found.value.invited && sign_in != SignIn::Password {
        let expected = "password: the user was asked to choose one";
        return Err(Problem::field("/sign_in", expected));
    }
    let (teams, campaigns) = (settings.teams, settings.campaigns);
    let totp_required = settings.totp_required;
    check_role(&api, &caller, role).await?;
    let _alone = api.administrators().lock().await;
    let is_kept = sign_in == SignIn::Password;
    if role != Role::Administrator || login != Login::Enabled || !is_kept {
        keep_one_administrator(&api, id).await?;
    }
    let is_proven_as_before = sign_in == found.value.sign_in;
    let changed = User {
        username,
        email,
        role,
        agent,
        login,
        sign_in,
        teams,
        campaigns,
        totp_required,
        ..found.value
    };
    let sessions = api.store().sessions();
    let over = if is_proven_as_before { vec![] } else { sessions.list(id, api.now()).await? };
    let stored =
        api.store().users().update(&changed, made_from.or(found.version), api.now()).await?;
    sessions::ended(&api, &over).await;
    Ok(Tagged::shown(StatusCode::OK, stored))
}

/// Deletes a user; every session ends. An agent that the user was stays.
#[utoipa::path(delete, path = "/v1/users/{id}", tag = "users", operation_id = "remove_user",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)),
    responses((status = 204), Refusals))]
async fn remove(
    State(api): State<Api>,
    caller: Caller,
    Id(id): Id<UserId>,
    made_from: IfMatch,
) -> Result<StatusCode, Problem> {
    let _alone = api.administrators().lock().await;
    let found = under(&api, &caller, id).await?;
    keep_one_administrator(&api, id).await?;
    api.store().users().delete(id, made_from.or(found.version)).await?;
    api.sign_outs().send_modify(|count| *count += 1);
    Ok(StatusCode::NO_CONTENT)
}

/// Sets somebody's password; every session ends, and it must be changed at the next login.
#[utoipa::path(put, path = "/v1/users/{id}/password", tag = "users", operation_id = "set_password",
    params(("id" = Uuid, Path)), request_body = Option<PasswordSetting>,
    responses((status = 200, body = WithPassword), Refusals))]
async fn set_password(
    State(api): State<Api>,
    caller: Caller,
    Id(id): Id<UserId>,
    Maybe(PasswordSetting { password }): Maybe<PasswordSetting>,
) -> Result<Tagged<WithPassword>, Problem> {
    let found = under(&api, &caller, id).await?.value;
    if found.sign_in != SignIn::Password {
        let detail = "the user proves who they are elsewhere: change that first";
        return Err(Problem::new(Kind::Refused, detail));
    }
    let (hash, generated) = first_password(&api, Some(id), &found.username, password).await?;
    let stored = api.store().users().set_password(id, &hash, true, api.now()).await?;
    if found.invited {
        mailed_links::arrived(&api, &stored.value).await?;
    }
    api.sign_outs().send_modify(|count| *count += 1);
    Ok(with_password(StatusCode::OK, stored, generated))
}

fn with_password(
    status: StatusCode,
    stored: Stored<User>,
    generated: Option<Secret>,
) -> Tagged<WithPassword> {
    let version = stored.version;
    let generated_password = generated.map(|secret| secret.reveal().to_owned());
    Tagged { status, version, body: WithPassword { user: stored.into(), generated_password } }
}

/// The hash of the given password or of a random one, and the random one.
async fn first_password(
    api: &Api,
    user: Option<UserId>,
    username: &str,
    given: Option<Secret>,
) -> Result<(String, Option<Secret>), Problem> {
    let (password, generated) = if let Some(password) = given {
        login::check_new_password(api, "/password", &password, user, username).await?;
        (password, None)
    } else {
        let policy = login::policy(api).await?;
        let random = password::generate(&policy).map_err(Problem::internal)?;
        (random.clone(), Some(random))
    };
    Ok((api.passwords().hash(password).await?, generated))
}

/// The user, if the caller has all that the user's role grants: else a new password for one who has
/// more would be a way to get it.
pub(crate) async fn under(api: &Api, caller: &Caller, id: UserId) -> Result<Stored<User>, Problem> {
    let found = api.store().users().find(id).await?;
    roles::no_more_than_own(caller, &grants(api, found.value.role).await?)?;
    Ok(found)
}

/// Refuses a role that is not there, or that grants more than the caller has.
pub(crate) async fn check_role(api: &Api, caller: &Caller, role: Role) -> Result<(), Problem> {
    if let Role::Custom(id) = role
        && let Err(store::Error::NotFound(_)) = api.store().roles().find(id).await
    {
        return Err(Problem::field("/role", "a role of the house, or the id of one that exists"));
    }
    roles::no_more_than_own(caller, &grants(api, role).await?)
}

pub(crate) fn check_reach(teams: &[TeamId], campaigns: &[CampaignId]) -> Result<(), Problem> {
    for (field, length) in [("/teams", teams.len()), ("/campaigns", campaigns.len())] {
        if length > REACH_MAX {
            return Err(Problem::field(field, format!("at most {REACH_MAX}")));
        }
    }
    Ok(())
}

/// Whoever needs more has the scope `all`.
const REACH_MAX: usize = 64;

/// R129.
pub(crate) fn check_username(name: &str) -> Result<(), Problem> {
    let sound = |c: char| c.is_ascii_alphanumeric() || "!@#$%^\\&_.".contains(c);
    if (1..=64).contains(&name.len()) && name.chars().all(sound) {
        return Ok(());
    }
    let expected = "1 to 64 letters, digits and ! @ # $ % ^ \\ & _ .";
    Err(Problem::fields(vec![FieldError::new("/username", expected)]))
}

/// An address that any mail server takes: in ASCII, without quotes (RFC 5321 §4.1.2).
pub(crate) fn check_email(field: &str, address: &str) -> Result<(), Problem> {
    let atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    let dotted = |text: &str, sound: &dyn Fn(char) -> bool| {
        text.split('.').all(|part| !part.is_empty() && part.chars().all(sound))
    };
    let label = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let sound = address.split_once('@').is_some_and(|(local, domain)| {
        local.len() <= 64 && dotted(local, &atom) && dotted(domain, &label)
    });
    if sound && address.len() <= 254 {
        return Ok(());
    }
    Err(Problem::field(field, "an address as name@example.net"))
}

/// Refuses to take away the last user who could undo it.
async fn keep_one_administrator(api: &Api, leaving: UserId) -> Result<(), Problem> {
    let mut query = Query { limit: Some(1000), ..Query::default() };
    loop {
        let page = api.store().users().list(&query).await?;
        let stays = |user: &Stored<User>| {
            let user = &user.value;
            // Whoever has not come yet may never.
            // And where another server proves people, its death would shut everybody out.
            let is_kept = user.sign_in == SignIn::Password;
            let is_in = user.login == Login::Enabled && !user.invited && is_kept;
            user.id != leaving && user.role == Role::Administrator && is_in
        };
        if page.items.iter().any(stays) {
            return Ok(());
        }
        if page.next.is_none() {
            let detail = "nobody could administer this installation any more";
            return Err(Problem::new(Kind::Refused, detail));
        }
        query.after = page.next;
    }
}
