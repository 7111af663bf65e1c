//! `/v1/me/directory`: whom an agent can call, and to whom a customer can be sent.
//!
//! Only what the work needs is told of a colleague: not the reason of a pause, and no figure (R67).

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use routing::{AgentId, AgentNumber, CampaignId, Number, QueueId, StateName};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::control::{Command, Reply};
use crate::identity::Caller;
use crate::problem::Problem;
use crate::router::Refusals;
use crate::schema;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(read))
}

/// Whom an agent can reach, as it is now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Directory {
    /// Whoever is at work, and everybody of the agent's own teams; by id.
    pub colleagues: Vec<Colleague>,
    /// The queues that take transfers, as departments; by id.
    pub queues: Vec<Department>,
    /// Customers may be sent to numbers outside.
    pub outside: bool,
    /// Customers may be dialled from the list of those whom the agent promised a call (R149).
    pub call_backs: bool,
    /// The agent's campaigns on whose behalf the agent may dial by hand (R104), those that run or,
    /// by permission, all (R156); none for who may not. By name.
    pub campaigns: Vec<ByHand>,
}

/// A campaign that an agent dials by hand for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ByHand {
    /// The campaign.
    #[schema(value_type = Uuid)]
    pub id: CampaignId,
    /// Its name.
    pub name: String,
    /// Whether it runs: for one that is stopped, nobody is dialled.
    pub running: bool,
    /// The number that the called person would see (R156); null where none may be shown now.
    #[schema(value_type = Option<String>)]
    pub cli: Option<Number>,
}

/// Another agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Colleague {
    /// The agent.
    #[schema(value_type = Uuid)]
    pub id: AgentId,
    /// The number within the organisation.
    #[schema(value_type = u32)]
    pub number: AgentNumber,
    /// First and last name.
    pub name: String,
    /// Where they stand.
    #[schema(value_type = schema::AgentState)]
    pub state: StateName,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    /// What they would take now, once the agent's own state allows it.
    pub allowed: Vec<Reach>,
}

/// A queue that takes transfers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Department {
    /// The queue.
    #[schema(value_type = Uuid)]
    pub id: QueueId,
    /// Its name.
    pub name: String,
    /// Callers who wait.
    pub waiting: u32,
    /// Agents who are free for it.
    pub ready: u32,
    /// It is within its opening hours; a closed one takes nobody.
    pub open: bool,
}

/// What an agent can do with a colleague.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// Call them.
    Call,
    /// Send them a customer, with a word or without.
    Transfer,
}

/// Whom the agent can call or send a customer to, and what each would take now.
#[utoipa::path(get, path = "/v1/me/directory", tag = "desk", operation_id = "my_directory",
    responses((status = 200, body = Directory), Refusals))]
async fn read(State(api): State<Api>, caller: Caller) -> Result<Json<Directory>, Problem> {
    let agent = caller.own_agent()?;
    match api.command(Command::Directory { agent }).await? {
        Reply::Directory(directory) => Ok(Json(*directory)),
        other => Err(Problem::internal(format!("the switch answered a question with {other:?}"))),
    }
}
