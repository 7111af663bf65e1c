//! Links that are mailed: how one is made, who may use one, and what it opens.
//!
//! A link begins with the address that the configuration says people type, never with what a
//! request names as its host (a stranger's request could make us mail a stranger's address). Its
//! token stands in the fragment, which no browser sends and no log sees.

use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use jiff::SignedDuration;
use routing::{Agent, Lifecycle, Login};
use store::mailed_links::{MailedLink, Purpose};
use store::sign_in::SignIn;
use store::users::User;

use super::gate;
use crate::api::Api;
use crate::problem::{Kind, Problem};
use crate::secret::Secret;

/// Whoever asks without having signed in, from a page of ours or from no page at all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stranger {
    pub(crate) source: IpAddr,
}

impl FromRequestParts<Api> for Stranger {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        if gate::origin_is_ours(api, &parts.headers) {
            return Ok(Self { source: gate::source(api, parts) });
        }
        Err(Problem::new(Kind::Forgery, "this page is not ours"))
    }
}

/// Refuses what needs a letter where none can be sent, and names the setting that is missing.
pub(crate) fn can_mail(api: &Api) -> Result<(), Problem> {
    if api.control().post().is_none() {
        return Err(Problem::new(Kind::NoMail, "set mail.server in the configuration"));
    }
    if api.settings().public_origin.is_none() {
        return Err(Problem::new(Kind::NoMail, "set http.public_url in the configuration"));
    }
    Ok(())
}

/// Where a token leads to; without an address that people type, the part behind it.
pub(crate) fn url(api: &Api, token: &Secret) -> String {
    let origin = api.settings().public_origin.as_deref().unwrap_or_default();
    format!("{origin}/link#{}", token.reveal())
}

/// A token that was just made, and the link that it is for, by the organisation's policy.
pub(crate) async fn fresh(
    api: &Api,
    user: &User,
    address: &str,
    purpose: Purpose,
) -> Result<(Secret, MailedLink), Problem> {
    let policy = super::login::policy(api).await?;
    let lifetime = match purpose {
        Purpose::Invitation => SignedDuration::from_hours(policy.invitation_hours.into()),
        Purpose::PasswordReset => SignedDuration::from_mins(policy.reset_minutes.into()),
    };
    let token = Secret::random(TOKEN_BYTES).map_err(Problem::internal)?;
    let now = api.now();
    let link = MailedLink {
        user: user.id,
        purpose,
        address: address.to_owned(),
        created_at: now,
        expires_at: now.saturating_add(lifetime).unwrap_or(now),
    };
    Ok((token, link))
}

/// Whether a user may choose a password by a link of this purpose at this address, as they and
/// their agent's profile are now.
pub(crate) async fn may_use(
    api: &Api,
    user: &User,
    purpose: Purpose,
    address: &str,
) -> Result<bool, Problem> {
    let invites = purpose == Purpose::Invitation;
    let is_kept = user.sign_in == SignIn::Password;
    if user.login != Login::Enabled || user.invited != invites || !is_kept {
        return Ok(false);
    }
    let Some(agent) = agent_of(api, user).await? else { return Ok(true) };
    Ok(agent.lifecycle != Lifecycle::Archived && (!invites || is_reached(&agent, address)))
}

/// The profile of the agent that a user is.
pub(crate) async fn agent_of(api: &Api, user: &User) -> Result<Option<Agent>, Problem> {
    let Some(id) = user.agent else { return Ok(None) };
    Ok(Some(api.store().agents().find(id).await?.value))
}

/// R40: an invitation goes to the address of the profile that it links.
pub(crate) fn is_reached(agent: &Agent, address: &str) -> bool {
    agent.email.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(address))
}

/// 256 bits.
const TOKEN_BYTES: usize = 32;
