//! People who log in: administrators at the console, agents at the desk.
//!
//! A user is not an agent (R1): either exists without the other, and a link joins them. The hash of
//! the password is read by [`Users::credentials`] alone, so that no list can leak it.

use std::fmt;

use jiff::Timestamp;
use routing::{AgentId, CampaignId, Login, TeamId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::audit::Writing;
use crate::database::Store;
use crate::documents::Stored;
use crate::error::Error;
use crate::links::{self, Link, Target};
use crate::mailed_links;
use crate::page::{self, Cursor, Page, Query};
use crate::roles::RoleId;
use crate::row::{self, Row};
use crate::sign_in::SignIn;
use crate::sql;

mod logins;

pub(crate) use logins::replace_password;

/// Somebody who may log in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each by its name")]
pub struct User {
    /// Their identity.
    pub id: UserId,
    /// What they type; unique, by the rule of R129.
    pub username: String,
    /// Where letters reach them; no two have the same, whatever the case.
    pub email: Option<String>,
    /// Asked to come, and no password chosen yet (R18).
    pub invited: bool,
    /// What they may do.
    pub role: Role,
    /// The agent they are, where they are one.
    pub agent: Option<AgentId>,
    /// Whether they may log in, and if not, who shut it.
    pub login: Login,
    /// How they prove who they are (R199).
    #[serde(default)]
    pub sign_in: SignIn,
    /// Somebody else set the password: it must be changed at the next login (R132).
    pub must_change_password: bool,
    /// An administrator wants a code at each login (R136): without an app, one is set up first.
    pub totp_required: bool,
    /// An authenticator app is set up, and each login asks for its code (R137).
    pub totp_enrolled: bool,
    /// Teams that narrow what the role reaches, where its scope is team or unit.
    pub teams: Vec<TeamId>,
    /// Campaigns that narrow it, where its scope is campaign.
    pub campaigns: Vec<CampaignId>,
    /// When they last logged in.
    pub last_login_at: Option<Timestamp>,
}

impl User {
    /// Somebody who may log in, is no agent, and is narrowed to nothing.
    #[must_use]
    pub fn new(id: UserId, username: &str, role: Role) -> Self {
        Self {
            id,
            username: username.to_owned(),
            email: None,
            invited: false,
            role,
            agent: None,
            login: Login::Enabled,
            sign_in: SignIn::Password,
            must_change_password: false,
            totp_required: false,
            totp_enrolled: false,
            teams: vec![],
            campaigns: vec![],
            last_login_at: None,
        }
    }

    fn links(&self) -> Vec<Link> {
        let teams = self.teams.iter().enumerate();
        let teams = teams.map(|(n, team)| Link::new(format!("teams[{n}]"), Target::Team(*team)));
        let campaigns =
            self.campaigns.iter().enumerate().map(|(n, campaign)| {
                Link::new(format!("campaigns[{n}]"), Target::Campaign(*campaign))
            });
        teams.chain(campaigns).collect()
    }
}

/// A user's identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserId(Uuid);

impl From<Uuid> for UserId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl From<UserId> for Uuid {
    fn from(id: UserId) -> Self {
        id.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a user may do (R68): a role of the house, by its word, or a custom one, by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Role {
    /// Works calls, and sees what is their own.
    Agent,
    /// Runs the agents of teams and units (R192, R194).
    UnitManager,
    /// Runs the floor, and sees how the assigned campaigns do.
    Manager,
    /// Sees everything, and changes what the law asks.
    ComplianceOfficer,
    /// Runs the floor, and sees how everything does.
    SeniorManager,
    /// Everything.
    Owner,
    /// Everything.
    Administrator,
    /// What the organisation wrote down.
    Custom(RoleId),
}

impl Role {
    /// The house's own roles with their words.
    pub const HOUSE: &[(Self, &str)] = &[
        (Self::Agent, "agent"),
        (Self::UnitManager, "unit_manager"),
        (Self::Manager, "manager"),
        (Self::ComplianceOfficer, "compliance_officer"),
        (Self::SeniorManager, "senior_manager"),
        (Self::Owner, "owner"),
        (Self::Administrator, "administrator"),
    ];

    /// The word of a role of the house; `custom` otherwise.
    fn word(self) -> &'static str {
        Self::HOUSE.iter().find(|(role, _)| *role == self).map_or(CUSTOM, |(_, word)| word)
    }

    fn custom(self) -> Option<RoleId> {
        if let Self::Custom(id) = self { Some(id) } else { None }
    }
}

impl From<Role> for String {
    fn from(role: Role) -> Self {
        role.custom().map_or_else(|| role.word().to_owned(), |id| id.to_string())
    }
}

impl TryFrom<String> for Role {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if let Some((role, _)) = Self::HOUSE.iter().find(|(_, word)| *word == text) {
            return Ok(*role);
        }
        let id: Uuid =
            text.parse().map_err(|_| "a role of the house, or the id of a custom one")?;
        Ok(Self::Custom(id.into()))
    }
}

const CUSTOM: &str = "custom";

/// What a password is checked against.
#[derive(Clone)]
pub struct Credentials {
    /// Who it is.
    pub user: User,
    /// An argon2id hash in PHC form.
    pub password_hash: String,
    /// Wrong passwords since the last right one.
    pub wrong_logins: u32,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("user", &self.user).finish_non_exhaustive()
    }
}

/// The repository of users.
#[derive(Clone, Debug)]
pub struct Users {
    store: Store,
}

impl Users {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Adds one with the hash of a password.
    pub async fn insert(
        &self,
        user: &User,
        password_hash: &str,
        now: Timestamp,
    ) -> Result<Stored<User>, Error> {
        let mut writing = self.store.begin().await?;
        let added = add(&mut writing, user, password_hash, now).await?;
        writing.commit().await?;
        Ok(added)
    }

    /// The one with this identity.
    pub async fn find(&self, id: UserId) -> Result<Stored<User>, Error> {
        sql::query("SELECT * FROM account WHERE id = $1")
            .bind(Uuid::from(id))
            .fetch_optional(self.store.readers())
            .await?
            .as_ref()
            .map_or(Err(Error::NotFound("user")), stored)
    }

    /// Who a name belongs to, and the hash to check the password against.
    pub async fn credentials(&self, username: &str) -> Result<Credentials, Error> {
        let row = sql::query("SELECT * FROM account WHERE username = $1")
            .bind(username)
            .fetch_optional(self.store.readers())
            .await?
            .ok_or(Error::NotFound("user"))?;
        Ok(Credentials {
            user: user(&row)?,
            password_hash: row.column("password_hash")?,
            wrong_logins: row.count("wrong_logins")?,
        })
    }

    /// Whom somebody means who names a user or an address.
    pub async fn meant_by(&self, name: &str) -> Result<User, Error> {
        let row = sql::query(
            "SELECT * FROM account WHERE username = $1 OR lower(email) = lower($1) \
             ORDER BY CASE WHEN username = $1 THEN 0 ELSE 1 END LIMIT 1",
        )
        .bind(name)
        .fetch_optional(self.store.readers())
        .await?;
        row.as_ref().map_or(Err(Error::NotFound("user")), user)
    }

    /// The user that an agent is.
    pub async fn of_agent(&self, agent: AgentId) -> Result<Option<Stored<User>>, Error> {
        let row = sql::query("SELECT * FROM account WHERE agent = $1")
            .bind(Uuid::from(agent))
            .fetch_optional(self.store.readers())
            .await?;
        row.as_ref().map(stored).transpose()
    }

    /// A page of them, the oldest first; a search finds part of the user name or the address.
    pub async fn list(&self, query: &Query) -> Result<Page<Stored<User>>, Error> {
        let limit = query.limit();
        let rows = sql::query(
            "SELECT * FROM account WHERE id > $1 AND (lower(username) LIKE $2 ESCAPE '\\' \
             OR lower(email) LIKE $2 ESCAPE '\\') ORDER BY id LIMIT $3",
        )
        .bind(query.after.map_or(Uuid::nil(), |cursor| cursor.id))
        .bind(page::contains(query.text.as_deref().unwrap_or_default()))
        .bind(i64::from(limit) + 1)
        .fetch_all(self.store.readers())
        .await?;
        let found = rows.iter().map(stored).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::of(found, limit, |found: &Stored<User>| Cursor::by_id(found.value.id)))
    }

    /// Changes name, address, role, agent, login or second factor of one that was read at
    /// `version`; the password stays. Whoever is let in again begins with no wrong passwords, as if
    /// active now.
    pub async fn update(
        &self,
        user: &User,
        version: u64,
        now: Timestamp,
    ) -> Result<Stored<User>, Error> {
        let mut writing = self.store.begin().await?;
        let before = sql::query("SELECT * FROM account WHERE id = $1")
            .bind(Uuid::from(user.id))
            .fetch_optional(&mut *writing)
            .await?;
        let before = before.as_ref().map_or(Err(Error::NotFound("user")), self::user)?;
        let row = sql::query(
            "UPDATE account SET username = $2, role = $3, agent = $4, login = $5, \
             must_change = $6, needs_totp = $7, \
             wrong_logins = CASE WHEN login <> $5 AND $5 = $10 THEN 0 ELSE wrong_logins END, \
             active_at = CASE WHEN login <> $5 AND $5 = $10 THEN $8 ELSE active_at END, \
             custom_role = $11, teams = $12, campaigns = $13, email = $14, sign_in = $15, \
             version = version + 1, updated_at = $8 WHERE id = $1 AND version = $9 RETURNING *",
        )
        .bind(Uuid::from(user.id))
        .bind(&user.username)
        .bind(user.role.word())
        .bind(user.agent.map(Uuid::from))
        .bind(row::word("login", &user.login)?)
        .bind(i64::from(user.must_change_password))
        .bind(i64::from(user.totp_required))
        .bind(now.as_microsecond())
        .bind(row::signed(version))
        .bind(row::word("login", &Login::Enabled)?)
        .bind(user.role.custom().map(Uuid::from))
        .bind(row::json("teams", &user.teams)?)
        .bind(row::json("campaigns", &user.campaigns)?)
        .bind(&user.email)
        .bind(row::word("sign_in", &user.sign_in)?)
        .fetch_optional(&mut *writing)
        .await
        .map_err(refused)?;
        let Some(row) = row else {
            drop(writing);
            return Err(Error::Stale { current: self.find(user.id).await?.version });
        };
        links::replace(&mut writing, "user", user.id.into(), &user.links()).await?;
        // A link is for whom it was made: as another, its reader would be more than was meant.
        let same = before.role == user.role
            && before.agent == user.agent
            && before.teams == user.teams
            && before.campaigns == user.campaigns
            && before.sign_in == user.sign_in
            && user.login == Login::Enabled;
        let but_to = user.email.as_deref().filter(|_| same);
        mailed_links::kill(&mut writing, user.id, but_to).await?;
        if before.sign_in != user.sign_in {
            proven_otherwise(&mut writing, user.id, user.sign_in).await?;
        }
        writing.note(user.id, Some(&before), Some(&self::user(&row)?))?;
        writing.commit().await?;
        stored(&row)
    }

    /// Removes one that was read at `version`, and its sessions.
    pub async fn delete(&self, id: UserId, version: u64) -> Result<Stored<User>, Error> {
        let mut writing = self.store.begin().await?;
        links::remove(&mut writing, id.into()).await?;
        let row = sql::query("DELETE FROM account WHERE id = $1 AND version = $2 RETURNING *")
            .bind(Uuid::from(id))
            .bind(row::signed(version))
            .fetch_optional(&mut *writing)
            .await?;
        let Some(row) = row else {
            drop(writing);
            return Err(Error::Stale { current: self.find(id).await?.version });
        };
        writing.note(id, Some(&user(&row)?), None)?;
        writing.commit().await?;
        stored(&row)
    }
}

/// Adds a user as part of a larger change.
pub(crate) async fn add(
    writing: &mut Writing,
    user: &User,
    password_hash: &str,
    now: Timestamp,
) -> Result<Stored<User>, Error> {
    let row = sql::query(
        "INSERT INTO account (id, username, password_hash, must_change, role, agent, login, \
         needs_totp, wrong_logins, active_at, version, created_at, updated_at, \
         custom_role, teams, campaigns, email, invited, sign_in) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, 1, $9, $9, $10, $11, $12, $13, $14, $15) \
         RETURNING *",
    )
    .bind(Uuid::from(user.id))
    .bind(&user.username)
    .bind(password_hash)
    .bind(i64::from(user.must_change_password))
    .bind(user.role.word())
    .bind(user.agent.map(Uuid::from))
    .bind(row::word("login", &user.login)?)
    .bind(i64::from(user.totp_required))
    .bind(now.as_microsecond())
    .bind(user.role.custom().map(Uuid::from))
    .bind(row::json("teams", &user.teams)?)
    .bind(row::json("campaigns", &user.campaigns)?)
    .bind(&user.email)
    .bind(i64::from(user.invited))
    .bind(row::word("sign_in", &user.sign_in)?)
    .fetch_one(&mut **writing)
    .await
    .map_err(refused)?;
    links::replace(writing, "user", user.id.into(), &user.links()).await?;
    writing.note(user.id, None, Some(user))?;
    stored(&row)
}

/// What one proof began does not outlive it: neither sessions nor a password, which would be good
/// again one day without a word.
async fn proven_otherwise(
    writing: &mut Writing,
    id: UserId,
    from_now_on: SignIn,
) -> Result<(), Error> {
    if from_now_on != SignIn::Password {
        sql::query("UPDATE account SET password_hash = $2 WHERE id = $1")
            .bind(Uuid::from(id))
            .bind(NO_PASSWORD)
            .execute(&mut **writing)
            .await?;
    }
    for statement in [
        "DELETE FROM session WHERE account = $1",
        "DELETE FROM provider_subject WHERE account = $1",
    ] {
        sql::query(statement).bind(Uuid::from(id)).execute(&mut **writing).await?;
    }
    Ok(())
}

/// A hash of the house's form that no password has: it is judged as slowly as any other.
const NO_PASSWORD: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn refused(error: sqlx::Error) -> Error {
    Error::of_write(error, &["username", "agent", "email"], "agent")
}

fn user(row: &Row) -> Result<User, Error> {
    let sign_in = row.word("sign_in")?;
    Ok(User {
        id: row.id("id")?,
        username: row.column("username")?,
        email: row.column("email")?,
        invited: row.flag("invited")?,
        role: role(row)?,
        agent: row.id_maybe("agent")?,
        login: row.word("login")?,
        sign_in,
        // Of a password that is not asked for, nothing need be changed.
        must_change_password: row.flag("must_change")? && sign_in == SignIn::Password,
        totp_required: row.flag("needs_totp")?,
        totp_enrolled: row.flag("has_totp")?,
        teams: row.json("teams")?,
        campaigns: row.json("campaigns")?,
        last_login_at: row.time_maybe("last_login_at")?,
    })
}

fn role(row: &Row) -> Result<Role, Error> {
    match row.id_maybe("custom_role")? {
        Some(custom) => Ok(Role::Custom(custom)),
        None => row.word("role"),
    }
}

fn stored(row: &Row) -> Result<Stored<User>, Error> {
    Ok(Stored {
        value: user(row)?,
        version: row.count("version")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}
