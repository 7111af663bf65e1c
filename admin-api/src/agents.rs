//! `/v1/agents`: agents' profiles, and the secrets of their telephones.
//!
//! A secret is random, at least 96 bits, shown once, and kept only as the digests that a
//! telephone proves (FAULTS S2); nobody can choose one or read one back.

mod cells;
mod import;
mod invitation;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use dialer::zones::Zone;
use routing::{Agent, AgentId, EffectiveCli, Extension, Organisation, effective_cli};
use serde::Serialize;
use store::agents::SipSecret;
use store::roles::Permission;
use store::{Documents, Query, Store, Stored};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::api::Api;
use crate::control::Change;
use crate::documents::{self, Draft, IfMatch, ListParams, Listed, Resource, Shown, Tagged};
use crate::extract::{Id, Params};
use crate::identity::Caller;
use crate::organisation;
use crate::problem::{FieldError, Problem};
use crate::router::Refusals;
use crate::schema;
use crate::secret::Secret;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .merge(import::routes())
        .routes(routes!(read, replace, remove))
        .routes(routes!(rotate_secret))
        .merge(invitation::routes())
}

impl Resource for Agent {
    fn repository(store: &Store) -> Documents<Self> {
        store.agents()
    }

    fn with_id(self, id: AgentId) -> Self {
        Self { id, ..self }
    }

    async fn faults(&self, _: &Api) -> Result<Vec<FieldError>, Problem> {
        let mut faults = documents::faults(self.validate().err());
        if Zone::named(&self.time_zone).is_none() {
            faults.push(FieldError::new("/time_zone", "an IANA time zone such as Europe/London"));
        }
        Ok(faults)
    }

    fn changed(&self) -> Option<Change> {
        Some(Change::Agent(Box::new(self.clone())))
    }

    fn removed(id: AgentId) -> Option<Change> {
        Some(Change::AgentRemoved(id))
    }
}

/// An agent with what follows from the profile and from the organisation.
#[derive(Debug, Serialize)]
pub(crate) struct AgentShown {
    #[serde(flatten)]
    shown: Shown<Agent>,
    extension: Extension,
    effective_cli: Option<EffectiveCli>,
}

impl AgentShown {
    pub(crate) fn new(stored: Stored<Agent>, organisation: &Organisation) -> Self {
        let shown = Shown::from(stored);
        let agent = &shown.value;
        Self {
            extension: organisation.prefix.extension(agent.number),
            // Ownership was checked when the settings were saved.
            effective_cli: effective_cli(agent.cli, None, organisation.cli, |_| true).ok(),
            shown,
        }
    }
}

/// What a person types into a telephone, once.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SipCard {
    /// User name, and what follows `sip:`.
    #[schema(value_type = String)]
    pub(crate) username: Extension,
    /// Shown now and never again.
    pub(crate) password: String,
    /// SIP server.
    pub(crate) domain: String,
    /// The realm that the switch will ask with.
    pub(crate) realm: String,
}

/// An agent that was just made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AgentCreated {
    #[serde(flatten)]
    #[schema(value_type = schema::ShownAgent)]
    agent: AgentShown,
    /// What the agent's telephone is set up with.
    sip: SipCard,
}

/// Lists agents, the oldest first; a search finds part of the number, the code or a name.
#[utoipa::path(get, path = "/v1/agents", tag = "agents",
    operation_id = "list_agents", params(ListParams), responses(
    (status = 200, body = Listed<schema::ShownAgent>), Refusals))]
async fn list(
    State(api): State<Api>,
    caller: Caller,
    Params(params): Params<ListParams>,
) -> Result<Json<Listed<AgentShown>>, Problem> {
    let within = caller.within(Permission::AgentsRead);
    let query = Query { within, ..params.query()? };
    let page = api.store().agents().list(&query).await?;
    if page.items.is_empty() {
        return Ok(Json(Listed { items: Vec::new(), next: None }));
    }
    let organisation = organisation::required(&api).await?;
    Ok(Json(Listed::of(page, |agent| AgentShown::new(agent, &organisation))))
}

/// Adds an agent, and makes the secret of its telephone.
#[utoipa::path(post, path = "/v1/agents", tag = "agents",
    operation_id = "create_agent", request_body = schema::Agent,
    responses((status = 201, body = AgentCreated), Refusals))]
async fn create(
    State(api): State<Api>,
    Draft(agent): Draft<Agent>,
) -> Result<Tagged<AgentCreated>, Problem> {
    let organisation = organisation::required(&api).await?;
    let stored = documents::insert(&api, &agent.with_id(Uuid::now_v7().into())).await?;
    let sip = issue_secret(&api, &stored.value, &organisation).await?;
    let version = stored.version;
    let agent = AgentShown::new(stored, &organisation);
    Ok(Tagged { status: StatusCode::CREATED, version, body: AgentCreated { agent, sip } })
}

/// Shows an agent.
#[utoipa::path(get, path = "/v1/agents/{id}", tag = "agents",
    operation_id = "read_agent", params(("id" = Uuid, Path)),
    responses((status = 200, body = schema::ShownAgent), Refusals))]
async fn read(State(api): State<Api>, Id(id): Id<AgentId>) -> Result<Tagged<AgentShown>, Problem> {
    show(&api, api.store().agents().find(id).await?).await
}

/// Replaces an agent that was read at the version in `If-Match`; the number stays.
#[utoipa::path(put, path = "/v1/agents/{id}", tag = "agents",
    operation_id = "replace_agent",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)), request_body = schema::Agent,
    responses((status = 200, body = schema::ShownAgent), Refusals))]
async fn replace(
    State(api): State<Api>,
    Id(id): Id<AgentId>,
    made_from: IfMatch,
    Draft(agent): Draft<Agent>,
) -> Result<Tagged<AgentShown>, Problem> {
    let found = api.store().agents().find(id).await?;
    if found.value.number != agent.number {
        let number = found.value.number;
        let expected = format!("{number}: the telephone is bound to it; add an agent instead");
        return Err(Problem::field("/number", expected));
    }
    show(&api, documents::update(&api, agent.with_id(id), made_from).await?).await
}

/// Deletes an agent that nothing refers to; one that has worked is archived instead.
#[utoipa::path(delete, path = "/v1/agents/{id}", tag = "agents",
    operation_id = "remove_agent",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)),
    responses((status = 204), Refusals))]
async fn remove(
    State(api): State<Api>,
    Id(id): Id<AgentId>,
    made_from: IfMatch,
) -> Result<StatusCode, Problem> {
    documents::remove::<Agent>(&api, id, made_from).await
}

/// Makes a new secret for the agent's telephone; the one before stops to work.
#[utoipa::path(post, path = "/v1/agents/{id}/sip-secret", tag = "agents",
    operation_id = "rotate_sip_secret", params(("id" = Uuid, Path)),
    responses((status = 200, body = SipCard), Refusals))]
async fn rotate_secret(
    State(api): State<Api>,
    Id(id): Id<AgentId>,
) -> Result<Json<SipCard>, Problem> {
    let agent = api.store().agents().find(id).await?.value;
    let organisation = organisation::required(&api).await?;
    api.provisioning().withdraw(id);
    issue_secret(&api, &agent, &organisation).await.map(Json)
}

async fn show(api: &Api, stored: Stored<Agent>) -> Result<Tagged<AgentShown>, Problem> {
    let organisation = organisation::required(api).await?;
    let version = stored.version;
    let body = AgentShown::new(stored, &organisation);
    Ok(Tagged { status: StatusCode::OK, version, body })
}

pub(crate) async fn issue_secret(
    api: &Api,
    agent: &Agent,
    organisation: &Organisation,
) -> Result<SipCard, Problem> {
    let secret = Secret::random(SECRET_BYTES).map_err(Problem::internal)?;
    let username = organisation.prefix.extension(agent.number);
    let realm = &api.settings().realm;
    let kept = SipSecret::new(agent.id, username.as_str(), realm, secret.reveal(), api.now());
    api.store().sip_secrets().put(&kept).await?;
    api.tell(Change::SipSecret(kept))?;
    Ok(SipCard {
        username,
        password: secret.reveal().to_owned(),
        domain: api.settings().sip_domain.clone(),
        realm: realm.clone(),
    })
}

/// 128 bits, which is more than the 96 that FAULTS S2 asks for.
const SECRET_BYTES: usize = 16;
