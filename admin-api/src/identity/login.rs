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
use store::sign_in::SignIn;
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
    let user = known.map(|known| known.user);
    // Whoever signs in elsewhere has no password here, and the refusal costs as much.
    let is_kept = user.as_ref().is_some_and(|user| user.sign_in == SignIn::Password);
    let right = api.passwords().verify(password, hash.filter(|_| is_kept)).await?;
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
            // And nobody shuts with guesses what is not asked for.
            let known = user.filter(|user| is_kept && !right && !user.invited);
            count_wrong(api, &policy, known).await?;
            tracing::warn!(%source, "a login was refused");
            Err(Problem::new(Kind::WrongCredentials, "or the user may not sign in"))
        }
    }
}

/// Asks the caller for the password once more: somebody else may stand at the desk. Of whoever has
/// none here, the provider must have asked just now: a session of its own stands for nobody.
pub(crate) async fn proven_again(
    api: &Api,
    caller: &Caller,
    password: Option<Secret>,
    source: IpAddr,
) -> Result<User, Problem> {
    if caller.sign_in == SignIn::Provider {
        return came_just_now(api, caller).await;
    }
    let missing = || Problem::field("/current_password", "the password until now");
    let password = password.ok_or_else(missing)?;
    let proven = by_password(api, &caller.username, password, source).await;
    proven.map_err(|problem| match problem.status() {
        // The session itself is sound: a 401 would sign the page out.
        StatusCode::UNAUTHORIZED => Problem::field("/current_password", "the password until now"),
        _ => problem,
    })
}

async fn came_just_now(api: &Api, caller: &Caller) -> Result<User, Problem> {
    let (sessions, now) = (api.store().sessions().list(caller.user, api.now()).await?, api.now());
    let own = sessions.into_iter().find(|session| session.id == caller.session);
    let proven = own.and_then(|session| session.proven_at);
    if proven.is_none_or(|at| now.duration_since(at) > YOUNG) {
        return Err(Problem::new(Kind::SignInAgain, ""));
    }
    Ok(api.store().users().find(caller.user).await?.value)
}

/// Asks the caller for a code of the app, or a recovery code.
pub(crate) async fn proven_by_code(
    api: &Api,
    caller: &Caller,
    code: Option<&Secret>,
) -> Result<(), Problem> {
    let wrong = || Problem::field("/code", "what the app shows now, or a recovery code");
    let code = code.ok_or_else(wrong)?;
    let user = api.store().users().find(caller.user).await?.value;
    by_code(api, &user, Some(code)).await.map_err(|problem| match problem.status() {
        // The session itself is sound: a 401 would sign the page out.
        StatusCode::UNAUTHORIZED => wrong(),
        _ => problem,
    })
}

/// R134: whoever stayed away for too long is shut out before the password is looked at.
pub(crate) async fn shut_inactive(api: &Api, policy: &SecurityPolicy) -> Result<(), Problem> {
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

/// A sign-in that stands for a password.
pub(crate) const YOUNG: SignedDuration = SignedDuration::from_mins(10);

/// FAULTS S15.
pub(crate) const TRIES_MAX: u32 = 5;
pub(crate) const TRIES_WINDOW: SignedDuration = SignedDuration::from_mins(5);
