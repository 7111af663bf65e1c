//! Who is asking: passwords, sessions, tickets, roles, and the one gate that checks them.
//!
//! ```text
//!   request ─▶ gate ─ rule of the route ─┬─ everybody ────────────────────────────▶ handler
//!                                        └─ token ─▶ session ─▶ CSRF ─▶ role ─────▶ handler
//!                                              401       401     403     403 or 404
//! ```

pub(crate) mod backoff;
pub(crate) mod first;
pub(crate) mod gate;
pub(crate) mod login;
pub(crate) mod password;
pub(crate) mod permissions;
pub(crate) mod tickets;
pub(crate) mod totp;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use routing::AgentId;
use sha2::{Digest, Sha256};
use store::sessions::SessionId;
use store::users::{Role, User, UserId};

use crate::problem::{Kind, Problem};

/// Who is asking, proven by the gate.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) user: UserId,
    pub(crate) username: String,
    pub(crate) role: Role,
    /// The agent that the user is.
    pub(crate) agent: Option<AgentId>,
    pub(crate) session: SessionId,
    /// What a page must send beside its cookie.
    pub(crate) csrf: String,
    pub(crate) must_change_password: bool,
    /// An administrator wants a code at each login, and there is no app yet (R136).
    pub(crate) must_set_up_totp: bool,
}

impl Caller {
    pub(crate) fn new(user: User, session: SessionId, token: &str) -> Self {
        Self {
            user: user.id,
            username: user.username,
            role: user.role,
            agent: user.agent,
            session,
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
        match self.role {
            Role::Administrator | Role::Manager => None,
            // A user who is no agent sees the events of an agent that does not exist.
            Role::Agent => Some(self.agent.unwrap_or_else(|| uuid::Uuid::nil().into())),
        }
    }
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
