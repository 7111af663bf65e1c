//! Who is asking: passwords, sessions, tickets, roles, and the one gate that checks them.
//!
//! ```text
//!   request ─▶ gate ─ rule of the route ─┬─ everybody ────────────────────────────▶ handler
//!                                        └─ token ─▶ session ─▶ CSRF ─▶ grants ───▶ handler
//!                                              401       401     403     403 or 404
//! ```

pub(crate) mod acts;
pub(crate) mod allowance;
pub(crate) mod backoff;
pub(crate) mod begun;
pub(crate) mod bundles;
pub(crate) mod first;
pub(crate) mod gate;
pub(crate) mod id_token;
pub(crate) mod links;
pub(crate) mod login;
pub(crate) mod password;
pub(crate) mod permissions;
pub(crate) mod provider;
pub(crate) mod tickets;
pub(crate) mod tokens;
pub(crate) mod totp;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use routing::AgentId;
use sha2::{Digest, Sha256};
use store::reach::Within;
use store::roles::{Grants, Permission, Scope};
use store::sessions::SessionId;
use store::sign_in::SignIn;
use store::users::{Role, User, UserId};
use uuid::Uuid;

use crate::api::Api;
use crate::problem::{Kind, Problem};

/// Who is asking, proven by the gate, and what they may.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) user: UserId,
    pub(crate) username: String,
    /// Where letters reach the user.
    pub(crate) email: Option<String>,
    pub(crate) role: Role,
    /// What the role grants.
    pub(crate) grants: Grants,
    /// The agent that the user is.
    pub(crate) agent: Option<AgentId>,
    /// How the user proves who they are.
    pub(crate) sign_in: SignIn,
    pub(crate) session: SessionId,
    /// The token of the program that asks; none where the user does.
    pub(crate) token: Option<Uuid>,
    /// What a page must send beside its cookie.
    pub(crate) csrf: String,
    pub(crate) must_change_password: bool,
    /// An administrator wants a code at each login, and there is no app yet (R136).
    pub(crate) must_set_up_totp: bool,
}

impl Caller {
    pub(crate) fn new(user: User, grants: Grants, session: SessionId, token: &str) -> Self {
        Self {
            user: user.id,
            username: user.username,
            email: user.email,
            role: user.role,
            grants,
            agent: user.agent,
            sign_in: user.sign_in,
            session,
            token: None,
            csrf: csrf(token),
            must_change_password: user.must_change_password,
            must_set_up_totp: user.totp_required && !user.totp_enrolled,
        }
    }

    /// The agent that the user is, or the problem that says there is none (R66).
    pub(crate) fn own_agent(&self) -> Result<AgentId, Problem> {
        let nobody = || Problem::new(Kind::NotFound, "no agent profile is linked to this user");
        self.agent.ok_or_else(nobody)
    }

    /// The agent whose events the caller may see; none is everybody's.
    pub(crate) fn sees_only(&self) -> Option<AgentId> {
        let sees_all = self.grants.contains_key(&Permission::Live);
        // A user who is no agent sees the events of an agent that does not exist.
        let own = self.agent.unwrap_or_else(|| Uuid::nil().into());
        (!sees_all).then_some(own)
    }

    /// How far a permission reaches; none is everything.
    ///
    /// Of a permission that the role does not grant: nothing at all.
    pub(crate) fn within(&self, permission: Permission) -> Option<Within> {
        match self.grants.get(&permission) {
            Some(Scope::All) => None,
            Some(Scope::Own) => Some(Within::Own(self.agent)),
            Some(Scope::Team) => Some(Within::Team(self.user)),
            Some(Scope::Unit) => Some(Within::Unit(self.user)),
            Some(Scope::Campaign) => Some(Within::Campaign(self.user)),
            None => Some(Within::Own(None)),
        }
    }
}

/// What a user's role grants now.
pub(crate) async fn grants(api: &Api, role: Role) -> Result<Grants, Problem> {
    let custom = match role {
        Role::Custom(id) => match api.store().roles().find(id).await {
            Ok(found) => Some(found.value.grants),
            Err(store::Error::NotFound(_)) => None,
            Err(error) => return Err(error.into()),
        },
        _ => None,
    };
    Ok(bundles::grants(role, custom))
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let caller = parts.extensions.get::<Self>().cloned();
        caller.ok_or_else(|| Problem::new(Kind::NotSignedIn, ""))
    }
}

/// The token that proves that a request comes from our page: bound to the session, so it need not
/// be stored, and of no use to whoever reads it without the cookie.
pub(crate) fn csrf(token: &str) -> String {
    hex::encode(Sha256::new_with_prefix(b"cordboard csrf ").chain_update(token).finalize())
}
