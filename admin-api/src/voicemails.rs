//! `/v1/voicemails` and `/v1/me/voicemails`: messages that callers left (R96).
//!
//! An agent has their own mailbox and those of their queues; another's message is a 404. Whoever
//! marks or removes one moves the lamps of telephones. Removing takes the audio with it.

use std::io;

use axum::Json;
use axum::body::Body as HttpBody;
use axum::extract::State;
use axum::http::{HeaderMap, Response, StatusCode};
use jiff::Timestamp;
use routing::{AgentId, Mailbox, QueueId, RecordingId};
use serde::Deserialize;
use store::Cursor;
use store::voicemails::{Voicemail, VoicemailQuery};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::control::Change;
use crate::documents::{Listed, check_limit};
use crate::extract::{Body, Id, Params};
use crate::identity::Caller;
use crate::problem::Problem;
use crate::recordings;
use crate::router::Refusals;
use crate::schema;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(audio))
        .routes(routes!(mark))
        .routes(routes!(remove))
        .routes(routes!(own_list))
        .routes(routes!(own_audio))
        .routes(routes!(own_mark))
        .routes(routes!(own_remove))
}

/// What to search for; every parameter that is given must fit.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct VoicemailParams {
    /// In this agent's mailbox.
    #[param(value_type = Option<Uuid>)]
    agent: Option<AgentId>,
    /// In this queue's mailbox; with `agent`, in either.
    #[param(value_type = Option<Uuid>)]
    queue: Option<QueueId>,
    /// Heard, or new.
    heard: Option<bool>,
    /// Left at or after this.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Left before this.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// The `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// Rows on the page; 50 when it is left out.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

impl VoicemailParams {
    /// The mailboxes that were asked for; none is every one.
    fn mailboxes(&self) -> Vec<Mailbox> {
        let agent = self.agent.map(|agent| Mailbox::Agent { agent });
        let queue = self.queue.map(|queue| Mailbox::Queue { queue });
        agent.into_iter().chain(queue).collect()
    }
}

/// Whether a message was heard.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Mark {
    /// As heard, or as new again.
    heard: bool,
}

/// Lists messages, the newest first.
#[utoipa::path(get, path = "/v1/voicemails", tag = "voicemails", operation_id = "list_voicemails",
    params(VoicemailParams),
    responses((status = 200, body = Listed<schema::Voicemail>), Refusals))]
async fn list(
    State(api): State<Api>,
    Params(params): Params<VoicemailParams>,
) -> Result<Json<Listed<Voicemail>>, Problem> {
    let asked = params.mailboxes();
    page(&api, (!asked.is_empty()).then_some(asked), params).await
}

/// Plays a message: WAV, the caller on the right, whole or in ranges.
#[utoipa::path(get, path = "/v1/voicemails/{id}/audio", tag = "voicemails",
    operation_id = "play_voicemail", params(("id" = Uuid, Path)),
    responses((status = 200, content_type = "audio/wav"),
        (status = 206, content_type = "audio/wav"), Refusals))]
async fn audio(
    State(api): State<Api>,
    caller: Caller,
    Id(id): Id<RecordingId>,
    headers: HeaderMap,
) -> Result<Response<HttpBody>, Problem> {
    let message = api.store().voicemails().find(id).await?;
    recordings::play(&api, &caller, message.id, &headers).await
}

/// Marks a message as heard, or as new again.
#[utoipa::path(put, path = "/v1/voicemails/{id}/heard", tag = "voicemails",
    operation_id = "mark_voicemail", params(("id" = Uuid, Path)), request_body = Mark,
    responses((status = 204), Refusals))]
async fn mark(
    State(api): State<Api>,
    Id(id): Id<RecordingId>,
    Body(Mark { heard }): Body<Mark>,
) -> Result<StatusCode, Problem> {
    let message = api.store().voicemails().find(id).await?;
    set_heard(&api, &message, heard).await
}

/// Removes a message and its audio.
#[utoipa::path(delete, path = "/v1/voicemails/{id}", tag = "voicemails",
    operation_id = "remove_voicemail", params(("id" = Uuid, Path)),
    responses((status = 204), Refusals))]
async fn remove(
    State(api): State<Api>,
    caller: Caller,
    Id(id): Id<RecordingId>,
) -> Result<StatusCode, Problem> {
    let message = api.store().voicemails().find(id).await?;
    take_out(&api, &caller, &message).await
}

/// Lists the messages of the agent's own mailbox and of the agent's queues, the newest first.
#[utoipa::path(get, path = "/v1/me/voicemails", tag = "desk", operation_id = "my_voicemails",
    params(VoicemailParams),
    responses((status = 200, body = Listed<schema::Voicemail>), Refusals))]
async fn own_list(
    State(api): State<Api>,
    caller: Caller,
    Params(params): Params<VoicemailParams>,
) -> Result<Json<Listed<Voicemail>>, Problem> {
    let mut mailboxes = mailboxes(&api, &caller).await?;
    let asked = params.mailboxes();
    mailboxes.retain(|own| asked.is_empty() || asked.contains(own));
    page(&api, Some(mailboxes), params).await
}

/// Plays a message to the agent: WAV, the caller on the right, whole or in ranges.
#[utoipa::path(get, path = "/v1/me/voicemails/{id}/audio", tag = "desk",
    operation_id = "play_my_voicemail", params(("id" = Uuid, Path)),
    responses((status = 200, content_type = "audio/wav"),
        (status = 206, content_type = "audio/wav"), Refusals))]
async fn own_audio(
    State(api): State<Api>,
    caller: Caller,
    Id(id): Id<RecordingId>,
    headers: HeaderMap,
) -> Result<Response<HttpBody>, Problem> {
    let message = own(&api, &caller, id).await?;
    recordings::play(&api, &caller, message.id, &headers).await
}

/// Marks one of the agent's messages as heard, or as new again.
#[utoipa::path(put, path = "/v1/me/voicemails/{id}/heard", tag = "desk",
    operation_id = "mark_my_voicemail", params(("id" = Uuid, Path)), request_body = Mark,
    responses((status = 204), Refusals))]
async fn own_mark(
    State(api): State<Api>,
    caller: Caller,
    Id(id): Id<RecordingId>,
    Body(Mark { heard }): Body<Mark>,
) -> Result<StatusCode, Problem> {
    let message = own(&api, &caller, id).await?;
    set_heard(&api, &message, heard).await
}

/// Removes one of the agent's messages and its audio.
#[utoipa::path(delete, path = "/v1/me/voicemails/{id}", tag = "desk",
    operation_id = "remove_my_voicemail", params(("id" = Uuid, Path)),
    responses((status = 204), Refusals))]
async fn own_remove(
    State(api): State<Api>,
    caller: Caller,
    Id(id): Id<RecordingId>,
) -> Result<StatusCode, Problem> {
    let message = own(&api, &caller, id).await?;
    take_out(&api, &caller, &message).await
}

async fn page(
    api: &Api,
    mailboxes: Option<Vec<Mailbox>>,
    VoicemailParams { heard, from, to, after, limit, .. }: VoicemailParams,
) -> Result<Json<Listed<Voicemail>>, Problem> {
    check_limit(limit)?;
    let query = VoicemailQuery { mailboxes, heard, from, to, after, limit };
    let found = api.store().voicemails().list(&query).await?;
    Ok(Json(Listed::of(found, |message| message)))
}

/// The agent's own mailbox, and those of the agent's queues.
async fn mailboxes(api: &Api, caller: &Caller) -> Result<Vec<Mailbox>, Problem> {
    let agent = caller.own_agent()?;
    let profile = api.store().agents().find(agent).await?.value;
    let queues = profile.queues.iter().map(|member| Mailbox::Queue { queue: member.queue });
    Ok([Mailbox::Agent { agent }].into_iter().chain(queues).collect())
}

/// A message of the agent's.
async fn own(api: &Api, caller: &Caller, id: RecordingId) -> Result<Voicemail, Problem> {
    let mailboxes = mailboxes(api, caller).await?;
    let message = api.store().voicemails().find(id).await?;
    if mailboxes.contains(&message.mailbox) {
        Ok(message)
    } else {
        Err(Problem::not_found("voicemail"))
    }
}

async fn set_heard(api: &Api, message: &Voicemail, heard: bool) -> Result<StatusCode, Problem> {
    let at = heard.then(|| api.now());
    if api.store().voicemails().mark(message.id, at).await? {
        api.tell(Change::MessageMarked { mailbox: message.mailbox, heard })?;
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn take_out(api: &Api, caller: &Caller, message: &Voicemail) -> Result<StatusCode, Problem> {
    let id = message.id;
    if !api.store().voicemails().remove(id, api.now()).await? {
        return Err(Problem::not_found("voicemail"));
    }
    tracing::info!(voicemail = %id, user = %caller.username, "a message is removed");
    let heard = message.heard_at.is_some();
    api.tell(Change::MessageRemoved { mailbox: message.mailbox, heard })?;
    let control = api.shared_control();
    recordings::on_disk(move || {
        let removed = recordings::shelf(&*control).and_then(|shelf| shelf.remove(id));
        removed.or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        })
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}
