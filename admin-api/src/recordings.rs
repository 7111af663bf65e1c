//! `/v1/recordings`: which there are, how they sound, whether all are there; and an agent's way to
//! keep a card number out of the one that runs.
//!
//! Audio is WAV of two channels (agent left, customer right), answered in ranges (RFC 9110 §14) so
//! that a player can seek. Every listening is logged with who listened (FAULTS S17).

use std::io;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, Response, StatusCode, header};
use bytes::Bytes;
use futures_util::stream;
use jiff::Timestamp;
use routing::{AgentId, CallId, CampaignId, RecordingId};
use serde::{Deserialize, Serialize};
use store::Cursor;
use store::recordings::{Completeness, RecordingQuery, RecordingRecord};
use store::roles::Permission;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::control::AgentVerb;
use crate::desk;
use crate::documents::{Listed, check_limit};
use crate::extract::{Id, Params};
use crate::identity::Caller;
use crate::problem::{Kind, Problem};
use crate::router::Refusals;
use crate::schema;

mod range;

/// Where the audio of recordings lies; the root implements it over the media plane's files.
pub trait Shelf: Send + Sync + 'static {
    /// Opens one; blocking. `NotFound` is a recording without a file.
    fn open(&self, id: RecordingId) -> io::Result<Box<dyn Audio>>;

    /// The loudest sample of agent and customer in each of [`PEAKS`] equal stretches; computed
    /// once, blocking.
    fn peaks(&self, id: RecordingId) -> io::Result<Vec<[u16; 2]>>;

    /// Removes the audio for good; blocking. `NotFound` is a recording without a file.
    fn remove(&self, id: RecordingId) -> io::Result<()>;
}

/// The WAV file of one recording.
pub trait Audio: Send + 'static {
    /// Its bytes.
    fn wav_len(&self) -> u64;

    /// Reads from byte `offset`; fewer bytes than asked only at its end; blocking.
    fn read_wav(&mut self, offset: u64, len: usize) -> io::Result<Vec<u8>>;
}

/// Stretches of a waveform: more than any screen shows.
pub const PEAKS: usize = 1000;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(completeness))
        .routes(routes!(read))
        .routes(routes!(audio))
        .routes(routes!(peaks))
        .routes(routes!(pause))
        .routes(routes!(resume))
        .routes(routes!(pause_own))
        .routes(routes!(resume_own))
}

/// What to search for; every parameter that is given must fit.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RecordingParams {
    /// Of this call.
    #[param(value_type = Option<Uuid>)]
    call: Option<CallId>,
    /// Of this agent.
    #[param(value_type = Option<Uuid>)]
    agent: Option<AgentId>,
    /// Of this campaign's calls.
    #[param(value_type = Option<Uuid>)]
    campaign: Option<CampaignId>,
    /// Begun at or after this.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Begun before this.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// The `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// Rows on the page; 50 when it is left out.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// Lists recordings, the newest first.
#[utoipa::path(get, path = "/v1/recordings", tag = "recordings", operation_id = "list_recordings",
    params(RecordingParams),
    responses((status = 200, body = Listed<schema::Recording>), Refusals))]
async fn list(
    State(api): State<Api>,
    caller: Caller,
    Params(params): Params<RecordingParams>,
) -> Result<Json<Listed<RecordingRecord>>, Problem> {
    check_limit(params.limit)?;
    let RecordingParams { call, agent, campaign, from, to, after, limit } = params;
    let within = caller.within(Permission::RecordingsRead);
    let query = RecordingQuery { call, agent, campaign, from, to, after, limit, within };
    let page = api.store().recordings().list(&query).await?;
    Ok(Json(Listed::of(page, |recording| recording)))
}

/// Shows a recording's facts.
#[utoipa::path(get, path = "/v1/recordings/{id}", tag = "recordings",
    operation_id = "read_recording", params(("id" = Uuid, Path)),
    responses((status = 200, body = schema::Recording), Refusals))]
async fn read(
    State(api): State<Api>,
    Id(id): Id<RecordingId>,
) -> Result<Json<RecordingRecord>, Problem> {
    Ok(Json(api.store().recordings().find(id).await?))
}

/// The period that is asked about.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Period {
    /// Begun at or after this.
    #[param(value_type = String, format = DateTime)]
    from: Timestamp,
    /// Begun before this.
    #[param(value_type = String, format = DateTime)]
    to: Timestamp,
}

/// Counts the calls that had to be recorded, and how many of them have no audio.
#[utoipa::path(get, path = "/v1/recordings/completeness", tag = "recordings",
    operation_id = "recording_completeness", params(Period),
    responses((status = 200, body = schema::Completeness), Refusals))]
async fn completeness(
    State(api): State<Api>,
    caller: Caller,
    Params(Period { from, to }): Params<Period>,
) -> Result<Json<Completeness>, Problem> {
    let within = caller.within(Permission::RecordingsRead);
    Ok(Json(api.store().recordings().completeness(from, to, within).await?))
}

/// Plays a recording: WAV, agent left and customer right, whole or in ranges.
#[utoipa::path(get, path = "/v1/recordings/{id}/audio", tag = "recordings",
    operation_id = "play_recording", params(("id" = Uuid, Path)),
    responses((status = 200, content_type = "audio/wav"),
        (status = 206, content_type = "audio/wav"), Refusals))]
async fn audio(
    State(api): State<Api>,
    caller: Caller,
    Id(id): Id<RecordingId>,
    headers: HeaderMap,
) -> Result<Response<Body>, Problem> {
    play(&api, &caller, id, &headers).await
}

/// Answers with the audio of a recording, whole or in the range that was asked for.
pub(crate) async fn play(
    api: &Api,
    caller: &Caller,
    id: RecordingId,
    headers: &HeaderMap,
) -> Result<Response<Body>, Problem> {
    let control = api.shared_control();
    let audio = on_disk(move || shelf(&*control)?.open(id)).await?;
    if asked_range(headers, audio.wav_len()).is_ok_and(|range| range.is_none_or(|(at, _)| at == 0))
    {
        tracing::info!(recording = %id, user = %caller.username, "a recording is played");
    }
    serve(audio, headers)
}

/// A WAV file that lies in memory.
pub(crate) struct InMemory(pub(crate) Vec<u8>);

impl Audio for InMemory {
    fn wav_len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_wav(&mut self, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        let rest = usize::try_from(offset).ok().and_then(|offset| self.0.get(offset..));
        Ok(rest.unwrap_or_default().iter().take(len).copied().collect())
    }
}

fn asked_range(headers: &HeaderMap, len: u64) -> Result<Option<(u64, u64)>, range::Unsatisfiable> {
    range::of(headers.get(header::RANGE).and_then(|value| value.to_str().ok()), len)
}

/// Answers with audio, whole or in the range that was asked for.
pub(crate) fn serve(audio: Box<dyn Audio>, headers: &HeaderMap) -> Result<Response<Body>, Problem> {
    let len = audio.wav_len();
    let Ok(range) = asked_range(headers, len) else {
        return respond(StatusCode::RANGE_NOT_SATISFIABLE, range::unsatisfied(len), Body::empty());
    };
    let (start, end) = range.unwrap_or((0, len));
    let mut facts = vec![
        (header::CONTENT_TYPE, "audio/wav".to_owned()),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (header::CONTENT_LENGTH, (end - start).to_string()),
    ];
    let status = match range {
        Some(_) => {
            facts.push((header::CONTENT_RANGE, range::satisfied(start, end, len)));
            StatusCode::PARTIAL_CONTENT
        }
        None => StatusCode::OK,
    };
    respond(status, facts, pieces(audio, start, end))
}

/// The bytes from `start` to `end`, read piece by piece as the client takes them.
fn pieces(audio: Box<dyn Audio>, start: u64, end: u64) -> Body {
    Body::from_stream(stream::try_unfold((audio, start), move |(mut audio, at)| async move {
        if at >= end {
            return Ok::<_, io::Error>(None);
        }
        let len = usize::try_from(end - at).unwrap_or(usize::MAX).min(PIECE);
        let read = move || audio.read_wav(at, len).map(|bytes| (bytes, audio));
        let (bytes, audio) =
            tokio::task::spawn_blocking(read).await.map_err(io::Error::other)??;
        let next = at + bytes.len() as u64;
        if bytes.is_empty() {
            return Ok(None);
        }
        Ok(Some((Bytes::from(bytes), (audio, next))))
    }))
}

fn respond(
    status: StatusCode,
    headers: Vec<(HeaderName, String)>,
    body: Body,
) -> Result<Response<Body>, Problem> {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(body).map_err(|error| Problem::new(Kind::Internal, error.to_string()))
}

/// How loud a recording is over time.
#[derive(Serialize, ToSchema)]
struct Waveform {
    /// The loudest sample of agent and customer in each of equal stretches, 0 to 32,767.
    peaks: Vec<[u16; 2]>,
}

/// Shows how loud a recording is over time.
#[utoipa::path(get, path = "/v1/recordings/{id}/peaks", tag = "recordings",
    operation_id = "recording_peaks", params(("id" = Uuid, Path)),
    responses((status = 200, body = Waveform), Refusals))]
async fn peaks(State(api): State<Api>, Id(id): Id<RecordingId>) -> Result<Json<Waveform>, Problem> {
    let control = api.shared_control();
    let peaks = on_disk(move || shelf(&*control)?.peaks(id)).await?;
    Ok(Json(Waveform { peaks }))
}

/// Keeps what an agent's call says out of its recording from now on.
#[utoipa::path(post, path = "/v1/agents/{id}/recording/pause", tag = "desk",
    operation_id = "agent_pause_recording", params(("id" = Uuid, Path)),
    responses((status = 204), Refusals))]
async fn pause(
    State(api): State<Api>,
    caller: Caller,
    Id(agent): Id<AgentId>,
) -> Result<StatusCode, Problem> {
    desk::give(&api, &caller, agent, AgentVerb::PauseRecording).await
}

/// Records an agent's call again.
#[utoipa::path(post, path = "/v1/agents/{id}/recording/resume", tag = "desk",
    operation_id = "agent_resume_recording", params(("id" = Uuid, Path)),
    responses((status = 204), Refusals))]
async fn resume(
    State(api): State<Api>,
    caller: Caller,
    Id(agent): Id<AgentId>,
) -> Result<StatusCode, Problem> {
    desk::give(&api, &caller, agent, AgentVerb::ResumeRecording).await
}

/// Keeps what the agent's call says out of its recording from now on.
#[utoipa::path(post, path = "/v1/me/recording/pause", tag = "desk",
    operation_id = "my_pause_recording", responses((status = 204), Refusals))]
async fn pause_own(State(api): State<Api>, caller: Caller) -> Result<StatusCode, Problem> {
    desk::give(&api, &caller, caller.own_agent()?, AgentVerb::PauseRecording).await
}

/// Records the agent's call again.
#[utoipa::path(post, path = "/v1/me/recording/resume", tag = "desk",
    operation_id = "my_resume_recording", responses((status = 204), Refusals))]
async fn resume_own(State(api): State<Api>, caller: Caller) -> Result<StatusCode, Problem> {
    desk::give(&api, &caller, caller.own_agent()?, AgentVerb::ResumeRecording).await
}

pub(crate) fn shelf(control: &dyn crate::control::Control) -> io::Result<&dyn Shelf> {
    control.shelf().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
}

/// Runs what blocks on the disk elsewhere.
pub(crate) async fn on_disk<T: Send + 'static>(
    read: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Problem> {
    let done = tokio::task::spawn_blocking(read).await.unwrap_or_else(|e| Err(io::Error::other(e)));
    done.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Problem::not_found("recording"),
        _ => Problem::new(Kind::Internal, error.to_string()),
    })
}

/// Bytes read at once: four seconds of audio.
const PIECE: usize = 128 * 1024;
