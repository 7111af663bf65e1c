//! How somebody proves who they are: the password, then the code of the app where there is one.
//!
//! ```text
//!   source may try? ─▶ password right, login open? ─▶ app? ─▶ code unspent ─▶ in
//!        429                     401                            401, 429
//! ```
//!
//! A refusal of the first two is the same for users who exist, who do not, and who are shut, and
//! costs the same work (FAULTS S3). Only who knows the password learns that there is an app.

use std::net::IpAddr;

use axum::http::StatusCode;
use jiff::SignedDuration;
use routing::Login;
use sha2::{Digest, Sha256};
use store::security::SecurityPolicy;
use store::users::{User, UserId};

use super::{Caller, totp};
use crate::api::Api;
use crate::problem::{FieldError, Kind, Problem};
use crate::secret::Secret;

/// The organisation's policy.
pub(crate) async fn policy(api: &Api) -> Result<SecurityPolicy, Problem> {
    Ok(api.store().security_policy().find().await?.value)
}

/// The user, if name and password are right, the login is open and the source may try.
pub(crate) async fn by_password(
    api: &Api,
    username: &str,
    password: Secret,
    source: IpAddr,
) -> Result<User, Problem> {
    if let Some(wait) = api.backoff().wait(username, source, api.now()) {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        return Err(Problem::new(Kind::TooMany, "").retry_after(seconds));
    }
    let policy = policy(api).await?;
    shut_inactive(api, &policy).await?;
    let known = match api.store().users().credentials(username).await {
        Ok(known) => Some(known),
        Err(store::Error::NotFound(_)) => None,
        Err(error) => return Err(error.into()),
    };
    let hash = known.as_ref().map(|known| known.password_hash.clone());
    let right = api.passwords().verify(password, hash).await?;
    let user = known.map(|known| known.user);
    if let Some(user) = &user {
        store::audit::amend(|act| act.object = Some(user.id.into()));
    }
    match user {
        Some(user) if right && user.login == Login::Enabled => {
            api.backoff().right(username, source);
            Ok(user)
        }
        user => {
            api.backoff().wrong(username, source, api.now());
            // Nobody has a password of an invited user: a guess shuts nothing before they come.
            let known = user.filter(|user| !right && !user.invited);
            count_wrong(api, &policy, known).await?;
            tracing::warn!(%source, "a login was refused");
            Err(Problem::new(Kind::WrongCredentials, "or the user may not sign in"))
        }
    }
}

/// Asks the caller for the password once more: somebody else may stand at the desk.
pub(crate) async fn proven_again(
    api: &Api,
    caller: &Caller,
    password: Secret,
    source: IpAddr,
) -> Result<User, Problem> {
    let proven = by_password(api, &caller.username, password, source).await;
    proven.map_err(|problem| match problem.status() {
        // The session itself is sound: a 401 would sign the page out.
        StatusCode::UNAUTHORIZED => Problem::field("/current_password", "the password until now"),
        _ => problem,
    })
}

/// R134: whoever stayed away for too long is shut out before the password is looked at.
async fn shut_inactive(api: &Api, policy: &SecurityPolicy) -> Result<(), Problem> {
    let Some(days) = policy.inactivity_days_max else { return Ok(()) };
    let now = api.now();
    let longest = SignedDuration::from_hours(24 * i64::from(days));
    let since = now.saturating_sub(longest).unwrap_or(now);
    let shut = api.store().users().shut_inactive(since, now).await?;
    if shut > 0 {
        tracing::warn!(shut, "logins were shut after too long without one");
        api.sign_outs().send_modify(|count| *count += 1);
    }
    Ok(())
}

/// R135: a user's wrong password counts for the user; a stranger's costs as much.
async fn count_wrong(
    api: &Api,
    policy: &SecurityPolicy,
    user: Option<User>,
) -> Result<(), Problem> {
    let Some(most) = policy.wrong_passwords_max else { return Ok(()) };
    let Some(user) = user else { return Ok(api.store().users().wrong_stranger().await?) };
    let login = api.store().users().wrong_password(user.id, most).await?;
    if login == Login::DisabledByWrongPasswords && user.login == Login::Enabled {
        tracing::warn!(user = %user.id, "a login was shut after too many wrong passwords");
        let shut = serde_json::json!({ "login": login });
        store::audit::amend(|act| act.asked = Some(shut));
        api.sign_outs().send_modify(|count| *count += 1);
    }
    Ok(())
}

/// Refuses a new password that lacks what the policy asks, or that the user had before.
pub(crate) async fn check_new_password(
    api: &Api,
    field: &str,
    password: &Secret,
    user: Option<UserId>,
    username: &str,
) -> Result<(), Problem> {
    let policy = policy(api).await?;
    super::password::check_new(field, password, username, &policy)
        .map_err(|fault| Problem::fields(vec![fault]))?;
    let Some(user) = user else { return Ok(()) };
    let most = policy.password_history;
    for hash in api.store().users().latest_passwords(user, most).await? {
        if api.passwords().verify(password.clone(), Some(hash)).await? {
            let expected = match most {
                1 => "another password than until now".to_owned(),
                most => format!("a password that is none of the latest {most}"),
            };
            return Err(Problem::fields(vec![FieldError::new(field, expected)]));
        }
    }
    Ok(())
}

/// Refuses a user with an app whose code is missing, wrong or spent.
pub(crate) async fn by_code(api: &Api, user: &User, code: Option<&Secret>) -> Result<(), Problem> {
    if !user.totp_enrolled {
        return Ok(());
    }
    let Some(code) = code else {
        return Err(Problem::new(Kind::CodeNeeded, "send it as code, beside the password"));
    };
    let totp = api.store().totp();
    if !totp.may_try(user.id, TRIES_MAX, TRIES_WINDOW, api.now()).await? {
        return Err(too_many_tries());
    }
    let code = code.reveal().trim();
    let kept = totp.find(user.id).await?;
    let spent = match totp::step_of(&kept.secret, code, api.now()) {
        Some(step) => totp.spend(user.id, step).await?,
        None => totp.recover(user.id, &recovery_hash(code)).await?,
    };
    if spent {
        return Ok(());
    }
    tracing::warn!(user = %user.id, "a code was refused");
    Err(Problem::new(Kind::WrongCode, ""))
}

pub(crate) fn too_many_tries() -> Problem {
    Problem::new(Kind::TooMany, "").retry_after(TRIES_WINDOW.as_secs().unsigned_abs())
}

/// What is kept of a recovery code: it is random, 80 bits, so a plain hash is enough.
pub(crate) fn recovery_hash(code: &str) -> [u8; 32] {
    let plain = code.chars().filter(char::is_ascii_alphanumeric);
    Sha256::digest(plain.collect::<String>().to_ascii_lowercase()).into()
}

/// FAULTS S15.
pub(crate) const TRIES_MAX: u32 = 5;
pub(crate) const TRIES_WINDOW: SignedDuration = SignedDuration::from_mins(5);
