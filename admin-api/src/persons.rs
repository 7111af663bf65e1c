//! `/v1/persons`: what is held about somebody is given to them, and forgotten, as they may ask.
//!
//! A person is known by their number, which stands in the body: paths and queries end up in logs.
//! The audit log says who asked and which leads it was about, and not the number.

use std::io;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use dialer::LeadId;
use dialer::dnc::DncScope;
use routing::{Number, RecordingId};
use serde::{Deserialize, Serialize};
use store::callbacks::CallbackQuery;
use store::kept_places::{KeptPlaceQuery, KeptPlaceRecord};
use store::page::LIMIT_MAX;
use store::persons::Forgotten;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::control::{Change, Command, CommandError};
use crate::extract::Body;
use crate::problem::{Kind, Problem};
use crate::recordings;
use crate::router::Refusals;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(collect)).routes(routes!(forget))
}

/// Who asks.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Person {
    /// Their number, in E.164.
    #[schema(value_type = String, example = "+15550100123")]
    number: Number,
}

/// What is held about a person.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it only describes the answer")]
struct CollectedPerson {
    /// Their number.
    number: String,
    /// When it was collected.
    #[schema(format = DateTime)]
    collected_at: String,
    /// The records about them, by kind.
    records: std::collections::BTreeMap<String, Vec<serde_json::Value>>,
}

/// What was forgotten of a person, and what stays.
#[derive(Serialize, ToSchema)]
struct ForgottenPerson {
    /// Leads without a person now.
    #[schema(value_type = Vec<Uuid>)]
    leads: Vec<LeadId>,
    /// Calls that say no more with whom they were.
    calls: u64,
    /// Attempts that say no more at which number.
    attempts: u64,
    /// Promises that say no more to whom.
    callbacks: u64,
    /// Recordings whose audio was removed.
    recordings: usize,
    /// Messages that were removed.
    messages: usize,
    /// Permits that stay as evidence.
    permits_kept: u64,
    /// Do-not-call entries that stay.
    dnc_kept: u64,
}

/// Hands over everything that is held about a person, as one file.
#[utoipa::path(post, path = "/v1/persons/collect", tag = "persons",
    operation_id = "collect_person", request_body = Person,
    responses((status = 200, body = CollectedPerson), Refusals))]
async fn collect(
    State(api): State<Api>,
    Body(Person { number }): Body<Person>,
) -> Result<Response, Problem> {
    let collected = api.store().persons().collect(number, api.now()).await?;
    let leads = collected.records.get("lead").into_iter().flatten();
    let leads: Vec<_> = leads.map(|lead| lead["id"].clone()).collect();
    store::audit::amend(|act| act.asked = Some(serde_json::json!({ "leads": leads })));
    let as_file = [(header::CONTENT_DISPOSITION, "attachment; filename=\"person.json\"")];
    Ok((as_file, Json(collected)).into_response())
}

/// Forgets who a person is: numbers, names, notes and audio go, and what is counted stays.
///
/// Nobody dials them while it happens. Permits and do-not-call entries stay, as the law asks.
#[utoipa::path(post, path = "/v1/persons/forget", tag = "persons",
    operation_id = "forget_person", request_body = Person,
    responses((status = 200, body = ForgottenPerson), Refusals))]
async fn forget(
    State(api): State<Api>,
    Body(Person { number }): Body<Person>,
) -> Result<Json<ForgottenPerson>, Problem> {
    let scope = DncScope::Organisation;
    let numbers = vec![number];
    api.command(Command::Suppress { scope, numbers: numbers.clone() }).await?;
    let kept = KeptPlaceQuery {
        number: Some(number),
        open: true,
        limit: Some(LIMIT_MAX),
        ..KeptPlaceQuery::default()
    };
    let kept = api.store().kept_places().list(&kept).await?.items;
    let done = match api.store().persons().forget(number, api.now()).await {
        // Should the switch not hear of it, the number stays suppressed until it starts anew.
        Ok(done) => {
            let given_up = give_up(&api, &kept).await;
            let done = finish(&api, done).await?;
            given_up?;
            Ok(done)
        }
        Err(refused) => Err(refused),
    };
    let listed = api.store().dnc().of_number(number).await?;
    if !listed.iter().any(|entry| entry.scope == scope) {
        api.command(Command::Unsuppress { scope, numbers }).await?;
    }
    Ok(Json(done?))
}

/// Everything that the rows do not tell by themselves.
async fn finish(api: &Api, done: Forgotten) -> Result<ForgottenPerson, Problem> {
    store::audit::amend(|act| act.asked = serde_json::to_value(&done).ok());
    // None of this can be asked for again: what fails keeps nothing else from being done.
    let lists = done.lists.iter().map(|list| Change::ListChanged { list: (*list).into() });
    let lamps = done.messages.iter().map(|message| {
        let (mailbox, heard) = (message.mailbox, message.heard);
        Change::MessageRemoved { mailbox, heard }
    });
    let told = lists.chain(lamps).map(|change| api.tell(change)).fold(Ok(()), Result::and);
    let withdrawn = withdraw(api, &done.leads).await;
    let Forgotten { recordings, messages, .. } = &done;
    let audio = recordings.iter().copied().chain(messages.iter().map(|message| message.id));
    let removed = remove_audio(api, audio.collect()).await;
    told.and(withdrawn).and(removed)?;
    let (recordings, messages) = (recordings.len(), messages.len());
    let Forgotten { leads, calls, attempts, callbacks, permits_kept, dnc_kept, .. } = done;
    Ok(ForgottenPerson {
        leads,
        calls,
        attempts,
        callbacks,
        recordings,
        messages,
        permits_kept,
        dnc_kept,
    })
}

/// Nobody is called any more for a place in line that they kept.
async fn give_up(api: &Api, kept: &[KeptPlaceRecord]) -> Result<(), Problem> {
    let mut given_up = Ok(());
    for one in kept {
        match api.control().command(Command::RemovePlace(one.place.call)).await {
            // One that is over meanwhile is given up enough.
            Ok(_) | Err(CommandError::Unknown) => {}
            Err(_) => given_up = Err(Problem::new(Kind::Busy, "a place in line is kept yet")),
        }
    }
    given_up
}

/// Takes back what they were promised.
async fn withdraw(api: &Api, leads: &[LeadId]) -> Result<(), Problem> {
    let mut withdrawn = Ok(());
    for lead in leads {
        let open = CallbackQuery { lead: Some(*lead), open: true, ..CallbackQuery::default() };
        for promised in api.store().callbacks().list(&open).await?.items {
            match api.control().command(Command::Withdraw(promised.callback.id)).await {
                // One that is over meanwhile is withdrawn enough.
                Ok(_) | Err(CommandError::Unknown) => {}
                Err(_) => withdrawn = Err(Problem::new(Kind::Busy, "a callback is open yet")),
            }
        }
    }
    withdrawn
}

/// What cannot be removed now is removed in the night: it is marked.
async fn remove_audio(api: &Api, ids: Vec<RecordingId>) -> Result<(), Problem> {
    let control = api.shared_control();
    recordings::on_disk(move || {
        let Some(shelf) = control.shelf() else { return Ok(()) };
        for id in ids {
            match shelf.remove(id) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    tracing::warn!(recording = %id, %error, "audio cannot be removed yet");
                }
                _ => {}
            }
        }
        Ok(())
    })
    .await
}
