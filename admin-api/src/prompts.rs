//! `/v1/prompts`: clips of the organisation's own; uploaded or spoken, heard, versioned, and kept
//! while anything names them.
//!
//! A file is what a stranger sent: bounded in size here, in length and in everything else where it
//! is converted, once. A call that plays a clip goes on with the version it began with.

mod studio;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, Response, StatusCode};
use routing::prompts::BUILT_IN;
use routing::{Prompt, PromptId};
use serde::{Deserialize, Serialize};
use store::Stored;
use store::links::Target;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub use self::studio::{Speaking, Studio, Take, Unspoken};
use crate::api::Api;
use crate::control::{Change, Control};
use crate::documents::{self, IfMatch, ListParams, Listed, Shown, Tagged};
use crate::extract::{self, Id, Params};
use crate::problem::{FieldError, Kind, Problem, Reference};
use crate::recordings::{self, InMemory};
use crate::router::Refusals;
use crate::{schema, upload};

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list, upload_new))
        .routes(routes!(speak_new))
        .routes(routes!(clips))
        .routes(routes!(built_in))
        .routes(routes!(read, remove))
        .routes(routes!(audio, upload_again))
        .routes(routes!(speak_again))
        .routes(routes!(versions))
        .routes(routes!(uses))
}

/// Lists prompts, the oldest first; `text` is part of a name or of what was spoken.
#[utoipa::path(get, path = "/v1/prompts", tag = "prompts",
    operation_id = "list_prompts", params(ListParams), responses(
    (status = 200, body = Listed<schema::ShownPrompt>), Refusals))]
async fn list(
    State(api): State<Api>,
    Params(params): Params<ListParams>,
) -> Result<Json<Listed<Shown<Prompt>>>, Problem> {
    let page = api.store().prompts().list(&params.query()?).await?;
    Ok(Json(Listed::of(page, Shown::from)))
}

/// What a new prompt is called.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct NewPrompt {
    /// What settings call it by; unique. One of a built-in clip is heard in its place.
    #[param(min_length = 1, max_length = 64)]
    name: String,
}

/// Adds a prompt from a file: WAV (PCM, A-law, µ-law; one or two channels) or Ogg with Opus.
#[utoipa::path(post, path = "/v1/prompts", tag = "prompts",
    operation_id = "upload_prompt", params(NewPrompt),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = schema::ShownPrompt), Refusals))]
async fn upload_new(
    State(api): State<Api>,
    Params(NewPrompt { name }): Params<NewPrompt>,
    request: Request,
) -> Result<Tagged<Shown<Prompt>>, Problem> {
    let file = upload::whole(request.into_body(), FILE_MAX).await?;
    add(&api, Draft { name, text: None }, file).await
}

/// Words to be spoken.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewSpokenPrompt {
    /// What settings call it by; unique.
    #[schema(min_length = 1, max_length = 64)]
    name: String,
    /// What is spoken.
    #[schema(min_length = 1, max_length = 2000)]
    text: String,
}

/// Adds a prompt that the configured program speaks.
#[utoipa::path(post, path = "/v1/prompts/spoken", tag = "prompts",
    operation_id = "speak_prompt", request_body = NewSpokenPrompt,
    responses((status = 201, body = schema::ShownPrompt), Refusals))]
async fn speak_new(
    State(api): State<Api>,
    extract::Body(NewSpokenPrompt { name, text }): extract::Body<NewSpokenPrompt>,
) -> Result<Tagged<Shown<Prompt>>, Problem> {
    let file = spoken(&api, &name, &text).await?;
    add(&api, Draft { name, text: Some(text) }, file).await
}

/// A clip that settings can name.
#[derive(Debug, Serialize, ToSchema)]
struct Clip {
    /// Its name.
    name: String,
    /// It comes with the product; a prompt of its name is heard in its place.
    built_in: bool,
    /// The prompt of this name.
    prompt: Option<Uuid>,
}

/// Lists every clip that settings can name: the prompts, and what comes with the product.
#[utoipa::path(get, path = "/v1/prompts/clips", tag = "prompts", operation_id = "list_clips",
    responses((status = 200, body = Vec<Clip>), Refusals))]
async fn clips(State(api): State<Api>) -> Result<Json<Vec<Clip>>, Problem> {
    let prompts = api.store().prompts().all().await?;
    let mut clips: Vec<Clip> = BUILT_IN
        .iter()
        .map(|name| Clip { name: (*name).to_owned(), built_in: true, prompt: None })
        .collect();
    for Stored { value: Prompt { id, name, .. }, .. } in prompts {
        match clips.iter_mut().find(|clip| clip.name == name) {
            Some(clip) => clip.prompt = Some(id.into()),
            None => clips.push(Clip { name, built_in: false, prompt: Some(id.into()) }),
        }
    }
    clips.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(Json(clips))
}

/// Plays a clip that comes with the product: WAV, whole or in ranges.
#[utoipa::path(get, path = "/v1/prompts/built-in/{name}/audio", tag = "prompts",
    operation_id = "play_built_in_clip", params(("name" = String, Path)),
    responses((status = 200, content_type = "audio/wav"),
        (status = 206, content_type = "audio/wav"), Refusals))]
async fn built_in(
    State(api): State<Api>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response<Body>, Problem> {
    let control = api.shared_control();
    let wav = control.studio().and_then(|studio| studio.built_in(&name));
    let wav = wav.ok_or_else(|| Problem::not_found("built-in clip"))?;
    recordings::serve(Box::new(InMemory(wav)), &headers)
}

/// Shows a prompt.
#[utoipa::path(get, path = "/v1/prompts/{id}", tag = "prompts",
    operation_id = "read_prompt", params(("id" = Uuid, Path)),
    responses((status = 200, body = schema::ShownPrompt), Refusals))]
async fn read(
    State(api): State<Api>,
    Id(id): Id<PromptId>,
) -> Result<Tagged<Shown<Prompt>>, Problem> {
    Ok(Tagged::shown(StatusCode::OK, api.store().prompts().find(id).await?))
}

/// Deletes a prompt that nothing names; 409 says what does.
#[utoipa::path(delete, path = "/v1/prompts/{id}", tag = "prompts",
    operation_id = "remove_prompt",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)),
    responses((status = 204), Refusals))]
async fn remove(
    State(api): State<Api>,
    Id(id): Id<PromptId>,
    made_from: IfMatch,
) -> Result<StatusCode, Problem> {
    let prompts = api.store().prompts();
    let found = prompts.find(id).await?;
    let name = found.value.name;
    // One that stands for a built-in clip goes back to that: nothing falls silent.
    if let Err(error) = prompts.delete(id, made_from.or(found.version)).await {
        return Err(match error {
            store::Error::Referenced { .. } => {
                documents::with_referrers(&api, error, Some(Target::Prompt(name))).await
            }
            other => other.into(),
        });
    }
    api.tell(Change::Prompt { name, sound: None })?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which version is to be heard.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Heard {
    /// One of the latest ten; the newest when it is left out.
    #[param(minimum = 1)]
    version: Option<u64>,
}

/// Plays a prompt: WAV of one channel and 8 kHz, as callers hear it, whole or in ranges.
#[utoipa::path(get, path = "/v1/prompts/{id}/audio", tag = "prompts",
    operation_id = "play_prompt", params(("id" = Uuid, Path), Heard),
    responses((status = 200, content_type = "audio/wav"),
        (status = 206, content_type = "audio/wav"), Refusals))]
async fn audio(
    State(api): State<Api>,
    Id(id): Id<PromptId>,
    Params(Heard { version }): Params<Heard>,
    headers: HeaderMap,
) -> Result<Response<Body>, Problem> {
    let prompts = api.store().prompts();
    let sha256 = match version {
        None => prompts.find(id).await?.value.sha256,
        Some(version) => {
            let kept = prompts.versions(id, version.checked_add(1)).await?;
            let kept = kept.into_iter().find(|kept| kept.version == version);
            kept.ok_or_else(|| Problem::not_found("version of the prompt"))?.value.sha256
        }
    };
    let wav = api.store().prompt_audio().find(&sha256).await?;
    recordings::serve(Box::new(InMemory(wav)), &headers)
}

/// Gives a prompt another sound from a file; what plays goes on with the one before.
#[utoipa::path(put, path = "/v1/prompts/{id}/audio", tag = "prompts",
    operation_id = "replace_prompt",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = schema::ShownPrompt), Refusals))]
async fn upload_again(
    State(api): State<Api>,
    Id(id): Id<PromptId>,
    made_from: IfMatch,
    request: Request,
) -> Result<Tagged<Shown<Prompt>>, Problem> {
    let found = api.store().prompts().find(id).await?;
    let file = upload::whole(request.into_body(), FILE_MAX).await?;
    change(&api, found, made_from, None, file).await
}

/// Words to be spoken in the place of what was heard before.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SpokenPrompt {
    /// What is spoken.
    #[schema(min_length = 1, max_length = 2000)]
    text: String,
}

/// Has the configured program speak a prompt anew.
#[utoipa::path(put, path = "/v1/prompts/{id}/spoken", tag = "prompts",
    operation_id = "speak_prompt_again",
    params(("id" = Uuid, Path), ("If-Match" = String, Header)), request_body = SpokenPrompt,
    responses((status = 200, body = schema::ShownPrompt), Refusals))]
async fn speak_again(
    State(api): State<Api>,
    Id(id): Id<PromptId>,
    made_from: IfMatch,
    extract::Body(SpokenPrompt { text }): extract::Body<SpokenPrompt>,
) -> Result<Tagged<Shown<Prompt>>, Problem> {
    let found = api.store().prompts().find(id).await?;
    let file = spoken(&api, &found.value.name, &text).await?;
    change(&api, found, made_from, Some(text), file).await
}

/// Lists the versions of a prompt that can still be heard, the newest first.
#[utoipa::path(get, path = "/v1/prompts/{id}/versions", tag = "prompts",
    operation_id = "list_prompt_versions", params(("id" = Uuid, Path)),
    responses((status = 200, body = Vec<schema::PromptVersion>), Refusals))]
async fn versions(
    State(api): State<Api>,
    Id(id): Id<PromptId>,
) -> Result<Json<Vec<schema::PromptVersion>>, Problem> {
    let prompts = api.store().prompts();
    prompts.find(id).await?;
    let kept = prompts.versions(id, None).await?;
    Ok(Json(kept.into_iter().map(schema::PromptVersion::from).collect()))
}

/// Lists the settings that name a prompt; at most a hundred.
#[utoipa::path(get, path = "/v1/prompts/{id}/uses", tag = "prompts",
    operation_id = "list_prompt_uses", params(("id" = Uuid, Path)),
    responses((status = 200, body = Vec<Reference>), Refusals))]
async fn uses(
    State(api): State<Api>,
    Id(id): Id<PromptId>,
) -> Result<Json<Vec<Reference>>, Problem> {
    let name = api.store().prompts().find(id).await?.value.name;
    let referrers = api.store().referrers(&Target::Prompt(name)).await?;
    Ok(Json(referrers.into_iter().map(documents::reference).collect()))
}

/// What somebody wants a clip to be.
struct Draft {
    name: String,
    text: Option<String>,
}

async fn add(api: &Api, draft: Draft, file: Vec<u8>) -> Result<Tagged<Shown<Prompt>>, Problem> {
    let (prompt, sound) = made(api, Uuid::now_v7().into(), draft, None, file).await?;
    let stored = api.store().prompts().insert(&prompt, api.now()).await?;
    api.tell(Change::Prompt { name: prompt.name, sound: Some(sound) })?;
    Ok(Tagged::shown(StatusCode::CREATED, stored))
}

async fn change(
    api: &Api,
    found: Stored<Prompt>,
    made_from: IfMatch,
    text: Option<String>,
    file: Vec<u8>,
) -> Result<Tagged<Shown<Prompt>>, Problem> {
    let draft = Draft { name: found.value.name.clone(), text };
    let (prompt, sound) = made(api, found.value.id, draft, Some(&found.value), file).await?;
    let prompts = api.store().prompts();
    let stored = prompts.update(&prompt, made_from.or(found.version), api.now()).await?;
    api.store().prompt_audio().sweep(prompt.id, stored.version, api.now()).await?;
    api.tell(Change::Prompt { name: prompt.name, sound: Some(sound) })?;
    Ok(Tagged::shown(StatusCode::OK, stored))
}

/// A prompt of a file, whose audio is kept already.
async fn made(
    api: &Api,
    id: PromptId,
    Draft { name, text }: Draft,
    before: Option<&Prompt>,
    file: Vec<u8>,
) -> Result<(Prompt, routing::Sound), Problem> {
    let control = api.shared_control();
    let take = tokio::task::spawn_blocking(move || studio(&*control).map(|of| of.convert(&file)));
    let take = take.await.map_err(Problem::internal)??.map_err(refused)?;
    let duration_ms = u32::try_from(take.sound.0.len() / 8).unwrap_or(u32::MAX);
    let mut prompt = Prompt {
        id,
        name,
        text,
        source: take.source,
        sha256: String::new(),
        duration_ms,
        loudness_db: take.loudness_db,
        peak_db: take.peak_db,
        clipped: take.clipped,
    };
    documents::refuse(documents::faults(prompt.validate().err()))?;
    let stocked = api.store().prompt_audio().stocked().await?;
    let (count, length) = match before {
        // It may have been deleted while the file came.
        Some(before) => {
            (stocked.count, stocked.duration_ms.saturating_sub(before.duration_ms.into()))
        }
        None => (stocked.count + 1, stocked.duration_ms),
    };
    if count > COUNT_MAX || length + u64::from(duration_ms) > LENGTH_MAX_MS {
        let detail = format!("at most {COUNT_MAX} prompts of 4 hours together; delete some first");
        return Err(Problem::new(Kind::TooLarge, detail));
    }
    prompt.sha256 = api.store().prompt_audio().keep(&take.wav, api.now()).await?;
    Ok((prompt, take.sound))
}

/// What the program wrote; the name and the text are checked before it is troubled.
async fn spoken(api: &Api, name: &str, text: &str) -> Result<Vec<u8>, Problem> {
    let asked = Prompt {
        id: Uuid::nil().into(),
        name: name.to_owned(),
        text: Some(text.to_owned()),
        source: String::new(),
        sha256: String::new(),
        duration_ms: 0,
        loudness_db: 0,
        peak_db: 0,
        clipped: 0,
    };
    documents::refuse(documents::faults(asked.validate().err()))?;
    let control = api.shared_control();
    let speaking = studio(&*control)?.speak(text.to_owned());
    speaking.await.map_err(|why| Problem::new(Kind::Refused, why.to_string()))
}

fn studio(control: &dyn Control) -> Result<&dyn Studio, Problem> {
    control.studio().ok_or_else(|| Problem::new(Kind::Refused, "nothing can be played here"))
}

/// A file that is no clip, told where a form has it.
fn refused(why: String) -> Problem {
    let fault = FieldError::new("/file", why.clone());
    Problem::new(Kind::Invalid, why).with_errors(vec![fault])
}

/// Ten minutes of 16 bit at 16 kHz and one channel are 19 MiB.
const FILE_MAX: usize = 32 << 20;

/// More than anybody finds a name for.
const COUNT_MAX: u64 = 500;

/// Four hours in memory are 230 MB.
const LENGTH_MAX_MS: u64 = 4 * 3_600_000;
