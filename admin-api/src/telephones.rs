//! `/v1/me/telephone`, `/v1/agents/{id}/telephone`: what an agent's telephone is doing, and why it
//! cannot register; `/v1/me/sip-token`: what a page registers with.
//!
//! On the wire every refusal looks alike (FAULTS S3). Here its own agent, who has proven to be that
//! agent, is told in words, and what to do about it.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use jiff::{SignedDuration, Timestamp};
use routing::{AgentId, Extension};
use serde::Serialize;
use store::agents::SipSecret;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::control::{Command, Reply};
use crate::extract::Id;
use crate::identity::Caller;
use crate::organisation;
use crate::problem::Problem;
use crate::router::Refusals;
use crate::secret::Secret;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(mine)).routes(routes!(read)).routes(routes!(token))
}

/// What the switch knows of an agent's telephone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Telephone {
    /// Where it can be reached, preferred first.
    pub contacts: Vec<Contact>,
    /// Why it was last turned away; none once it has registered again.
    pub refused: Option<Refused>,
}

/// One registration of a telephone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// As the telephone wrote it.
    pub uri: String,
    /// Where it comes from.
    pub from: SocketAddr,
    /// `UDP`, `TCP`, `TLS`, `WS` or `WSS`.
    pub transport: &'static str,
    /// When it runs out.
    pub expires_at: Timestamp,
}

/// A telephone that was turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// When.
    pub at: Timestamp,
    /// Where it came from.
    pub from: SocketAddr,
    /// Why.
    pub why: Cause,
}

/// Why a telephone was turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Its secret or token is not the one that is in force.
    WrongSecret,
    /// It was set up for another realm.
    WrongRealm,
    /// It answered by a digest algorithm that its agent's settings do not allow.
    Algorithm,
    /// It answers challenges that are too old, or that another address was given.
    ClockSkew,
    /// Its address is not in its agent's list.
    Address,
    /// Too many wrong tries came from its address.
    LockedOut,
    /// It registers another extension than the one it proves.
    OtherExtension,
}

impl Cause {
    /// What is wrong and what helps, for the agent.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::WrongSecret => (
                "wrong secret",
                "type the secret again, or have a new one made and set the telephone up with it",
            ),
            Self::WrongRealm => (
                "wrong realm",
                "set the telephone's realm to the one shown with its secret, or leave it empty",
            ),
            Self::Algorithm => (
                "digest algorithm not allowed",
                "update the telephone, or have connection.telephone.digest set to md5",
            ),
            Self::ClockSkew => (
                "clock skew: its answer was late, or came from another address than the question",
                "set its clock by the network, and let it keep one address while it registers",
            ),
            Self::Address => (
                "not from this address",
                "register from an address in connection.telephone.networks, or have it added there",
            ),
            Self::LockedOut => (
                "locked out after too many wrong tries from its address",
                "mend the secret, then wait: a try is forgiven every ten seconds",
            ),
            Self::OtherExtension => {
                ("not its own extension", "register the extension that the user name says")
            }
        }
    }
}

/// What an agent's telephone is doing.
#[derive(Debug, Serialize, ToSchema)]
struct TelephoneShown {
    /// Whether it can be rung.
    registered: bool,
    /// Where, preferred first.
    contacts: Vec<ContactShown>,
    /// Why it was last turned away; none once it has registered again.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<RefusedShown>,
}

/// One registration of a telephone.
#[derive(Debug, Serialize, ToSchema)]
struct ContactShown {
    /// As the telephone wrote it.
    uri: String,
    /// The address it comes from.
    from: String,
    /// `UDP`, `TCP`, `TLS`, `WS` or `WSS`.
    transport: &'static str,
    /// When it runs out.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// A telephone that was turned away.
#[derive(Debug, Serialize, ToSchema)]
struct RefusedShown {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// The address it came from.
    from: String,
    /// Why, for programs.
    cause: Cause,
    /// Why, in words.
    why: &'static str,
    /// What helps.
    cure: &'static str,
}

impl From<Telephone> for TelephoneShown {
    fn from(Telephone { contacts, refused }: Telephone) -> Self {
        let contact = |Contact { uri, from, transport, expires_at }| ContactShown {
            uri,
            from: from.to_string(),
            transport,
            expires_at,
        };
        let refused = refused.map(|Refused { at, from, why: cause }| {
            let (why, cure) = cause.words();
            RefusedShown { at, from: from.to_string(), cause, why, cure }
        });
        let registered = !contacts.is_empty();
        Self { registered, contacts: contacts.into_iter().map(contact).collect(), refused }
    }
}

/// What a page registers with.
#[derive(Debug, Serialize, ToSchema)]
struct SipToken {
    /// User name, and what follows `sip:`.
    #[schema(value_type = String)]
    username: Extension,
    /// Good until `expires_at`, or until its session ends; shown now and never again.
    password: String,
    /// SIP domain.
    domain: String,
    /// The realm that the switch will ask with.
    realm: String,
    /// The path of the SIP WebSocket on this listener.
    websocket_path: String,
    /// When it stops to register; ask for another one before.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// Shows the agent's own telephone.
#[utoipa::path(get, path = "/v1/me/telephone", tag = "desk", operation_id = "my_telephone",
    responses((status = 200, body = TelephoneShown), Refusals))]
async fn mine(State(api): State<Api>, caller: Caller) -> Result<Json<TelephoneShown>, Problem> {
    show(&api, caller.own_agent()?).await
}

/// Shows an agent's telephone.
#[utoipa::path(get, path = "/v1/agents/{id}/telephone", tag = "agents",
    operation_id = "read_telephone", params(("id" = Uuid, Path)),
    responses((status = 200, body = TelephoneShown), Refusals))]
async fn read(
    State(api): State<Api>,
    Id(id): Id<AgentId>,
) -> Result<Json<TelephoneShown>, Problem> {
    show(&api, id).await
}

/// Makes a token that the agent's page registers with, so that no secret lies in a page.
#[utoipa::path(post, path = "/v1/me/sip-token", tag = "desk", operation_id = "create_sip_token",
    responses((status = 200, body = SipToken), Refusals))]
async fn token(State(api): State<Api>, caller: Caller) -> Result<Json<SipToken>, Problem> {
    let agent = caller.own_agent()?;
    let profile = api.store().agents().find(agent).await?.value;
    let organisation = organisation::required(&api).await?;
    let username = organisation.prefix.extension(profile.number);
    let (password, now) = (Secret::random(TOKEN_BYTES).map_err(Problem::internal)?, api.now());
    let settings = api.settings();
    let secret = SipSecret::new(agent, username.as_str(), &settings.realm, password.reveal(), now);
    let holder = caller.session;
    let (secret, lifetime) = (Box::new(secret), LIFETIME);
    api.command(Command::GrantSipToken { secret, holder, lifetime }).await?;
    Ok(Json(SipToken {
        username,
        password: password.reveal().to_owned(),
        domain: settings.sip_domain.clone(),
        realm: settings.realm.clone(),
        websocket_path: settings.sip_websocket_path.clone(),
        expires_at: now + SignedDuration::try_from(LIFETIME).map_err(Problem::internal)?,
    }))
}

async fn show(api: &Api, agent: AgentId) -> Result<Json<TelephoneShown>, Problem> {
    match api.command(Command::Telephone { agent }).await? {
        Reply::Telephone(telephone) => Ok(Json(telephone.into())),
        other => Err(Problem::internal(format!("the switch answered {other:?}"))),
    }
}

/// 128 bits.
const TOKEN_BYTES: usize = 16;

/// Long enough that a page asks rarely, short enough that a copy is soon worth nothing.
const LIFETIME: Duration = Duration::from_hours(1);
