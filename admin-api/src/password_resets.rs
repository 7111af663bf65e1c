//! `/v1/password-resets`: a letter for whoever forgot the password.
//!
//! ```text
//!   asked ─▶ allowed? ─▶ 202 to everybody
//!              429         └─ afterwards: known, reachable, open? ─▶ link ─▶ letter
//! ```
//! The answer is given before anybody is looked for: neither it nor its time tells whether there is
//! such a user (FAULTS S3). How often a name may be asked for, and by one source, is limited alike.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use store::audit::{Act, Actor, Performance};
use store::mailed_links::Purpose;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::extract::Body;
use crate::identity::allowance::Allowance;
use crate::identity::backoff::network;
use crate::identity::links::{self, Stranger};
use crate::letters::{LetterLanguage, Writer};
use crate::post::{self, Letter};
use crate::problem::{Kind, Problem};
use crate::router::Refusals;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(ask))
}

/// How often one may be asked for, and how many are answered at once.
#[derive(Debug)]
pub(crate) struct Resets {
    names: Allowance,
    sources: Allowance,
    users: Allowance,
    misses: Allowance,
    turns: Arc<Semaphore>,
    letters: Arc<Semaphore>,
}

impl Resets {
    pub(crate) fn new() -> Self {
        Self {
            names: Allowance::hourly(FOR_NAME),
            sources: Allowance::hourly(FOR_SOURCE),
            users: Allowance::hourly(FOR_NAME),
            misses: Allowance::hourly(MISSES),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            letters: Arc::new(Semaphore::new(LETTERS)),
        }
    }

    /// Counts a link that opens nothing, or says that this source has tried too many.
    pub(crate) fn missed(&self, source: IpAddr, now: Timestamp) -> Result<(), Problem> {
        let wait = |wait: Duration| Problem::new(Kind::TooMany, "").retry_after(wait.as_secs() + 1);
        self.misses.take(&network(source).to_string(), now).map_err(wait)
    }

    /// A turn for this source and name, which may both be strangers.
    fn turn(
        &self,
        name: &str,
        source: IpAddr,
        now: Timestamp,
    ) -> Result<OwnedSemaphorePermit, Problem> {
        let wait = |wait: Duration| Problem::new(Kind::TooMany, "").retry_after(wait.as_secs() + 1);
        self.sources.take(&network(source).to_string(), now).map_err(wait)?;
        self.names.take(name, now).map_err(wait)?;
        let busy = |_| Problem::new(Kind::Busy, "too many ask at once").retry_after(10);
        Arc::clone(&self.turns).try_acquire_owned().map_err(busy)
    }
}

/// Who forgot the password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Forgotten {
    /// The name of the user, or the address.
    #[schema(min_length = 1, max_length = 254)]
    user: String,
    /// What the letter is written in.
    #[serde(default)]
    language: LetterLanguage,
}

/// Asks for a letter with a link to a new password. The answer is the same whoever is asked for; a
/// letter goes to a user with an address whose login is open.
#[utoipa::path(post, path = "/v1/password-resets", tag = "session",
    operation_id = "ask_password_reset", security(()), request_body = Forgotten,
    responses((status = 202), Refusals))]
async fn ask(
    State(api): State<Api>,
    Stranger { source }: Stranger,
    Body(Forgotten { user, language }): Body<Forgotten>,
) -> Result<StatusCode, Problem> {
    links::can_mail(&api)?;
    let user = user.trim().to_owned();
    if !(1..=254).contains(&user.len()) {
        return Err(Problem::field("/user", "a user name or an e-mail address"));
    }
    let turn = api.resets().turn(&user, source, api.now())?;
    tokio::spawn(async move {
        let answered = answered(&api, &user, source, language).await;
        // A mail server that hangs holds up letters, and nobody who asks.
        drop(turn);
        match answered {
            Ok(Some(letter)) => mailed(&api, letter).await,
            Ok(None) => {}
            Err(problem) => tracing::warn!(?problem, "a forgotten password was not answered"),
        }
    });
    Ok(StatusCode::ACCEPTED)
}

/// Mails a letter, if not too many wait already.
async fn mailed(api: &Api, letter: Letter) {
    let Ok(_place) = api.resets().letters.try_acquire() else {
        tracing::error!("too many letters wait for the mail server: one was given up");
        return;
    };
    post::hand_over_patiently(api.control(), letter).await;
}

/// The letter with the link, where there is somebody to mail it to.
async fn answered(
    api: &Api,
    name: &str,
    source: IpAddr,
    language: LetterLanguage,
) -> Result<Option<Letter>, Problem> {
    let user = match api.store().users().meant_by(name).await {
        Err(store::Error::NotFound(_)) => return Ok(None),
        found => found?,
    };
    let Some(address) = user.email.clone() else { return Ok(None) };
    let purpose = Purpose::PasswordReset;
    if !links::may_use(api, &user, purpose, &address).await? {
        return Ok(None);
    }
    // A name and an address of one user are one person's patience.
    if api.resets().users.take(&user.id.to_string(), api.now()).is_err() {
        return Ok(None);
    }
    let (token, link) = links::fresh(api, &user, &address, purpose).await?;
    let act = Act {
        actor: Actor::Nobody,
        verb: "mail_password_reset".to_owned(),
        resource: "password-resets".to_owned(),
        object: Some(user.id.into()),
        asked: None,
        source: Some(source.to_string()),
        agent: None,
    };
    let issue = api.store().mailed_links();
    Performance::begin(act, api.now()).of(issue.issue(token.reveal(), &link)).await?;
    let writer = Writer::of(api, language).await?;
    let url = links::url(api, &token);
    Ok(Some(writer.reset(&address, &user.username, &url, link.expires_at)))
}

/// In an hour, for one name and for one user.
const FOR_NAME: u32 = 3;

/// In an hour, by one source: an office shares one address.
const FOR_SOURCE: u32 = 20;

/// Links of one source in an hour that open nothing.
const MISSES: u32 = 100;

const AT_ONCE: usize = 64;

/// Letters that wait for the mail server.
const LETTERS: usize = 256;
