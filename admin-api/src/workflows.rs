//! `/v1/workflows`: what leads callers before anybody answers, its versions, and a rehearsal.
//!
//! A workflow that would lose a caller is refused with the name of its step; one that is only
//! drawn can be rehearsed with a made-up caller before it is saved (issue 5, point 7).
//!
//! The address of a webhook may hold a token: whoever may not change workflows sees its host alone.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use dialer::zones::Zone;
use jiff::Timestamp;
use routing::workflows::{Given, Rung, Step, Values, simulate};
use routing::{Number, Workflow, WorkflowId};
use serde::{Deserialize, Serialize};
use store::links::Target;
use store::roles::Permission;
use store::{Documents, Store, Stored};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::control::Change;
use crate::documents::{self, Draft, IfMatch, ListParams, Listed, Resource, Shown, Tagged, refuse};
use crate::extract::{Body, Id, Params, escape};
use crate::identity::Caller;
use crate::problem::{FieldError, Problem, Reference};
use crate::router::Refusals;
use crate::schema;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(rehearse))
        .routes(routes!(read, replace, remove))
        .routes(routes!(versions))
        .routes(routes!(uses))
}

impl Resource for Workflow {
    fn repository(store: &Store) -> Documents<Self> {
        store.workflows()
    }

    fn with_id(self, id: WorkflowId) -> Self {
        Self { id, ..self }
    }

    async fn faults(&self, _: &Api) -> Result<Vec<FieldError>, Problem> {
        Ok(faults_of(self))
    }

    fn changed(&self) -> Option<Change> {
        None
    }

    fn told(stored: &Stored<Self>) -> Option<Change> {
        let workflow = Box::new(stored.value.clone());
        Some(Change::Workflow { workflow, version: stored.version })
    }

    fn removed(id: WorkflowId) -> Option<Change> {
        Some(Change::WorkflowRemoved(id))
    }
}

fn faults_of(workflow: &Workflow) -> Vec<FieldError> {
    let unknown_zone = |(name, step): (&String, &Step)| match step {
        Step::Hours { time_zone, .. } if Zone::named(time_zone).is_none() => {
            let field = format!("/steps/{}/time_zone", escape(name));
            Some(FieldError::new(field, "an IANA time zone such as Europe/London"))
        }
        _ => None,
    };
    let zones = workflow.steps.iter().filter_map(unknown_zone);
    documents::faults(workflow.faults()).into_iter().chain(zones).collect()
}

/// A workflow and a made-up caller.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Rehearsal {
    /// The workflow, which need not be saved.
    #[schema(value_type = schema::Workflow)]
    workflow: Draft<Workflow>,
    /// The caller's number, in E.164.
    #[schema(value_type = String, example = "+15550100123")]
    calling: Number,
    /// The number called, in E.164.
    #[schema(value_type = String, example = "+15550100124")]
    called: Number,
    /// When the call comes; now where it is left out.
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(default)]
    at: Option<Timestamp>,
    /// The keys that are pressed, in order; a comma is a silence until the time is over.
    #[schema(required = false, pattern = "^[0-9*#,]{0,200}$", example = "1,,2#")]
    #[serde(default)]
    keys: String,
    /// What a look-up finds; null is nobody.
    #[serde(default)]
    lead: Option<Values>,
    /// What servers answer, by the name of the step; one that is left out fails.
    #[schema(required = false)]
    #[serde(default)]
    webhooks: BTreeMap<String, Values>,
}

/// What would happen to a made-up caller.
#[derive(Debug, Serialize, ToSchema)]
struct Rehearsed {
    /// In order; a clip is taken to last 3 s, and a key half a second.
    #[schema(value_type = Vec<schema::Rung>)]
    rungs: Vec<Rung>,
}

/// A version of a workflow.
#[derive(Debug, Serialize, ToSchema)]
struct WorkflowVersion {
    /// Its number.
    #[schema(minimum = 1)]
    version: u64,
    /// When it was saved.
    #[schema(value_type = String, format = DateTime)]
    saved_at: Timestamp,
    /// The workflow as it was.
    #[schema(value_type = schema::Workflow)]
    workflow: Workflow,
}

/// Which versions to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct VersionParams {
    /// Below this one; from the newest where it is left out.
    #[param(minimum = 1)]
    before: Option<u64>,
}

/// Lists workflows, the oldest first.
#[utoipa::path(get, path = "/v1/workflows", tag = "workflows",
    operation_id = "list_workflows", params(ListParams), responses(
    (status = 200, body = Listed<schema::ShownWorkflow>), Refusals))]
async fn list(
    State(api): State<Api>,
    caller: Caller,
    Params(params): Params<ListParams>,
) -> Result<Json<Listed<Shown<Workflow>>>, Problem> {
    let Json(mut listed) = documents::list(&api, params).await?;
    for shown in &mut listed.items {
        conceal(&caller, &mut shown.value);
    }
    Ok(Json(listed))
}

/// Adds a workflow that loses nobody.
#[utoipa::path(post, path = "/v1/workflows", tag = "workflows",
    operation_id = "create_workflow", request_body = schema::Workflow,
    responses((status = 201, body = schema::ShownWorkflow), Refusals))]
async fn create(
    State(api): State<Api>,
    draft: Draft<Workflow>,
) -> Result<Tagged<Shown<Workflow>>, Problem> {
    documents::create(&api, draft).await
}

/// Leads a made-up caller through a workflow; nobody is called, and no server is asked.
#[utoipa::path(post, path = "/v1/workflows/simulate", tag = "workflows",
    operation_id = "simulate_workflow", request_body = Rehearsal,
    responses((status = 200, body = Rehearsed), Refusals))]
async fn rehearse(
    State(api): State<Api>,
    Body(asked): Body<Rehearsal>,
) -> Result<Json<Rehearsed>, Problem> {
    let Rehearsal { workflow: Draft(workflow), calling, called, at, keys, lead, webhooks } = asked;
    let within =
        |fault: FieldError| FieldError { field: format!("/workflow{}", fault.field), ..fault };
    let mut faults: Vec<_> = faults_of(&workflow).into_iter().map(within).collect();
    let is_key = |key: char| key.is_ascii_digit() || "*#,".contains(key);
    if keys.len() > KEYS_MAX || !keys.chars().all(is_key) {
        faults.push(FieldError::new("/keys", "at most 200 of 0-9, *, # and commas"));
    }
    refuse(faults)?;
    let start = at.unwrap_or_else(|| api.now());
    let shown = |zone: &str, after: Duration| {
        Some(Zone::named(zone)?.local(start.saturating_add(after).ok()?))
    };
    let (calling, called) = (calling.to_string(), called.to_string());
    let given = Given { calling, called, keys, lead, webhooks };
    Ok(Json(Rehearsed { rungs: simulate(&workflow, &given, Instant::now(), shown) }))
}

/// Shows a workflow.
#[utoipa::path(get, path = "/v1/workflows/{id}", tag = "workflows",
    operation_id = "read_workflow", params(("id" = Uuid, Path)),
    responses((status = 200, body = schema::ShownWorkflow), Refusals))]
async fn read(
    State(api): State<Api>,
    caller: Caller,
    Id(id): Id<WorkflowId>,
) -> Result<Tagged<Shown<Workflow>>, Problem> {
    let mut found = documents::read(&api, id).await?;
    conceal(&caller, &mut found.body.value);
    Ok(found)
}

/// Lists the versions of a workflow, the newest first, at most 200.
#[utoipa::path(get, path = "/v1/workflows/{id}/versions", tag = "workflows",
    operation_id = "list_workflow_versions", params(("id" = Uuid, Path), VersionParams),
    responses((status = 200, body = Listed<WorkflowVersion>), Refusals))]
async fn versions(
    State(api): State<Api>,
    caller: Caller,
    Id(id): Id<WorkflowId>,
    Params(VersionParams { before }): Params<VersionParams>,
) -> Result<Json<Listed<WorkflowVersion>>, Problem> {
    let workflows = api.store().workflows();
    workflows.find(id).await?;
    let kept = workflows.versions(id, before).await?.into_iter();
    let items = kept
        .map(|kept| {
            let mut workflow = kept.value;
            conceal(&caller, &mut workflow);
            WorkflowVersion { version: kept.version, saved_at: kept.saved_at, workflow }
        })
        .collect();
    Ok(Json(Listed { items, next: None }))
}

/// Lists the numbers and queues that lead callers to a workflow; at most a hundred.
#[utoipa::path(get, path = "/v1/workflows/{id}/uses", tag = "workflows",
    operation_id = "list_workflow_uses", params(("id" = Uuid, Path)),
    responses((status = 200, body = Vec<Reference>), Refusals))]
async fn uses(
    State(api): State<Api>,
    Id(id): Id<WorkflowId>,
) -> Result<Json<Vec<Reference>>, Problem> {
    api.store().workflows().find(id).await?;
    let referrers = api.store().referrers(&Target::Workflow(id)).await?;
    Ok(Json(referrers.into_iter().map(documents::reference).collect()))
}

/// Replaces a workflow that was read at the version in `If-Match`; calls in it keep theirs.
#[utoipa::path(put, path = "/v1/workflows/{id}", tag = "workflows",
    operation_id = "replace_workflow",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)), request_body = schema::Workflow,
    responses((status = 200, body = schema::ShownWorkflow), Refusals))]
async fn replace(
    State(api): State<Api>,
    Id(id): Id<WorkflowId>,
    made_from: IfMatch,
    draft: Draft<Workflow>,
) -> Result<Tagged<Shown<Workflow>>, Problem> {
    documents::replace(&api, id, made_from, draft).await
}

/// Deletes a workflow that nothing refers to, and its versions.
#[utoipa::path(delete, path = "/v1/workflows/{id}", tag = "workflows",
    operation_id = "remove_workflow",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)),
    responses((status = 204), Refusals))]
async fn remove(
    State(api): State<Api>,
    Id(id): Id<WorkflowId>,
    made_from: IfMatch,
) -> Result<StatusCode, Problem> {
    documents::remove::<Workflow>(&api, id, made_from).await
}

const KEYS_MAX: usize = 200;

/// Leaves of each webhook's address what says whose it is; all of it for whoever may change it.
fn conceal(caller: &Caller, workflow: &mut Workflow) {
    if caller.grants.contains_key(&Permission::TelephonyWrite) {
        return;
    }
    for step in workflow.steps.values_mut() {
        if let Step::Webhook { url, .. } = step {
            let host = url.find("://").map_or(0, |scheme| scheme + 3);
            let rest = url[host..].find(['/', '?', '#']).map(|rest| host + rest);
            if let Some(rest) = rest.filter(|rest| url.len() > rest + 1) {
                url.replace_range(rest.., "/***");
            }
        }
    }
}
