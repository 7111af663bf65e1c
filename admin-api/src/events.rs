//! `/v1/events`: the live event stream; `/v1/live`: what it would begin with.
//!
//! ```text
//!   POST /v1/events/ticket ─▶ ticket, good for one use within 30 s
//!   GET  /v1/events?ticket=…[&after=SEQ] ─▶ WebSocket
//!          {"snapshot":{"seq":812,"events":[…]}}     unless after= could be resumed
//!          {"seq":813,"at":"…","event":{"type":"agent",…}} …
//! ```
//!
//! FAULTS S10: the page's Origin must be ours, the ticket is spent once, and frames are small.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use axum::Json;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{State, WebSocketUpgrade};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::extract::Params;
use crate::identity::{Caller, gate, grants, tickets, tokens};
use crate::live::{Numbered, Viewer};
use crate::problem::{Kind, Problem};
use crate::router::Refusals;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(live)).routes(routes!(ticket)).routes(routes!(stream))
}

/// Everything that is live and may be seen.
#[derive(Serialize, ToSchema)]
struct LiveNow {
    /// The newest event that is part of it: resume the stream after it.
    seq: u64,
    /// The latest event of each agent, call, campaign, queue and trunk.
    events: Vec<Numbered>,
}

/// A ticket for the event stream.
#[derive(Serialize, ToSchema)]
struct Ticket {
    /// Good for one use.
    ticket: String,
    /// For this long.
    expires_in_s: i64,
}

/// How the stream begins.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct StreamParams {
    /// From `POST /v1/events/ticket`.
    #[param(max_length = 100)]
    ticket: String,
    /// The last event that is known; a snapshot comes first where it is too old or left out.
    after: Option<u64>,
}

/// What is live now.
#[utoipa::path(get, path = "/v1/live", tag = "live", operation_id = "read_live",
    responses((status = 200, body = LiveNow), Refusals))]
async fn live(State(api): State<Api>, caller: Caller) -> Json<LiveNow> {
    let snapshot = api.control().hub().snapshot();
    let mut viewer = Viewer::new(caller.sees_only());
    let seen = snapshot.events.iter().filter(|event| viewer.view(event).is_some());
    let events = seen.map(|event| event.numbered.clone()).collect();
    Json(LiveNow { seq: snapshot.seq, events })
}

/// Gives a ticket for the event stream.
#[utoipa::path(post, path = "/v1/events/ticket", tag = "live", operation_id = "create_ticket",
    responses((status = 200, body = Ticket), Refusals))]
async fn ticket(State(api): State<Api>, caller: Caller) -> Result<Json<Ticket>, Problem> {
    let ticket = api.tickets().issue(&caller, api.now()).map_err(Problem::internal)?;
    let ticket = ticket
        .ok_or_else(|| Problem::new(Kind::Busy, "too many tickets are unspent").retry_after(30))?;
    let expires_in_s = tickets::LIFETIME.as_secs();
    Ok(Json(Ticket { ticket: ticket.reveal().to_owned(), expires_in_s }))
}

/// Opens the event stream (a WebSocket); the proof is the ticket.
#[utoipa::path(get, path = "/v1/events", tag = "live", operation_id = "stream_events",
    security(()), params(StreamParams), responses((status = 101), Refusals))]
async fn stream(
    State(api): State<Api>,
    headers: HeaderMap,
    Params(params): Params<StreamParams>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    if !gate::origin_is_ours(&api, &headers) {
        return Err(Problem::new(Kind::Forgery, "this page is not ours"));
    }
    let upgrade = upgrade
        .map_err(|_| Problem::new(Kind::Malformed, "open this as a WebSocket (RFC 6455)"))?;
    let caller = api.tickets().spend(&params.ticket, api.now());
    let caller = caller.ok_or_else(|| {
        Problem::new(Kind::NotSignedIn, "the ticket is unknown, spent or too old")
    })?;
    let place = api.viewers().try_acquire_owned().map_err(|_| {
        Problem::new(Kind::Busy, "as many event streams as allowed are open").retry_after(5)
    })?;
    let upgrade = upgrade.max_message_size(FRAME_BYTES_MAX).max_frame_size(FRAME_BYTES_MAX);
    Ok(upgrade.on_upgrade(move |socket| async move {
        let (viewer, desk) = (Viewer::new(caller.sees_only()), caller.agent);
        let watched = Arc::new(Watched::new(api.clone(), caller));
        let signed_in = || {
            let watched = Arc::clone(&watched);
            async move { watched.is_signed_in().await }
        };
        let control = api.control();
        if let Some(agent) = desk {
            api.windows().opened(agent, control).await;
        }
        let left = viewer.serve(socket, control.hub(), params.after, signed_in).await;
        if let Some(agent) = desk {
            api.windows().closed(agent, control).await;
        }
        tracing::debug!(?left, "an event stream ended");
        drop(place);
    }))
}

/// A viewer sends nothing but pongs.
const FRAME_BYTES_MAX: usize = 4096;

/// The session behind an open stream, looked at when something may have ended it.
struct Watched {
    api: Api,
    caller: Caller,
    /// The sign-outs that were looked at.
    seen: AtomicU64,
    /// When the session was last looked at, in seconds.
    looked_at: AtomicI64,
}

impl Watched {
    fn new(api: Api, caller: Caller) -> Self {
        let seen = AtomicU64::new(*api.sign_outs().borrow());
        let looked_at = AtomicI64::new(0);
        Self { api, caller, seen, looked_at }
    }

    /// Whether the session lives and its user may still see what they see.
    async fn is_signed_in(&self) -> bool {
        let now = self.api.now();
        let newest = *self.api.sign_outs().borrow();
        let due = now.as_second() - self.looked_at.load(Ordering::Relaxed) >= LOOK_EVERY_S;
        if !due && self.seen.load(Ordering::Relaxed) == newest {
            return true;
        }
        let sessions = self.api.store().sessions().list(self.caller.user, now).await;
        // A database that is gone for a minute must not empty every board (FAULTS F3).
        let Ok(sessions) = sessions else { return true };
        let user = self.api.store().users().find(self.caller.user).await;
        let Ok(user) = user else { return false };
        let granted = grants(&self.api, user.value.role).await;
        let same = granted.as_ref().is_ok_and(|granted| {
            (self.caller.token.is_some() || granted == &self.caller.grants)
                && user.value.agent == self.caller.agent
                && user.value.login == routing::Login::Enabled
        });
        self.seen.store(newest, Ordering::Relaxed);
        self.looked_at.store(now.as_second(), Ordering::Relaxed);
        if let (Some(_), Ok(granted)) = (self.caller.token, &granted) {
            return same && tokens::lives(&self.api, &self.caller, granted, now).await;
        }
        same && sessions.iter().any(|session| session.id == self.caller.session)
    }
}

const LOOK_EVERY_S: i64 = 30;
