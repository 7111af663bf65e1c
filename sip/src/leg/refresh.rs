//! Session timers: RFC 4028. Who refreshes, when, and what happens when nobody does (I38).
//!
//! ```text
//!  2xx with Session-Expires ──▶ we refresh: UPDATE (or re-INVITE) at half time ──2xx──▶ again
//!                           └─▶ they do: BYE a third (at most 32 s) before the end
//! ```
//! Both sides of a leg may start it: our INVITE proposes 1,800 s, theirs is taken from 90 s
//! upwards.

use std::time::{Duration, Instant};

use super::context::Context;
use super::state::{Leg, State};
use crate::endpoint::Side;
use crate::header::{Name, Refresher, SessionExpires};
use crate::message::{Headers, Method, Request, Response, Writer};
use crate::transaction::ClientId;

/// What was agreed, and when it is due.
#[derive(Clone, Copy, Debug)]
pub(super) struct Session {
    seconds: u32,
    /// When we refresh; `None` when they do, or while our request is out.
    refresh_at: Option<Instant>,
    /// When the session counts as dead.
    expires_at: Instant,
    ours: bool,
    takes_update: bool,
    asked: Option<ClientId>,
}

impl Session {
    /// What `message`, a 2xx or a request with a Session-Expires, makes of the session.
    fn agreed(now: Instant, message: &Headers, seconds: u32, ours: bool) -> Self {
        let interval = Duration::from_secs(u64::from(seconds));
        let early = (interval / 3).min(Duration::from_secs(32));
        let lifetime = interval.saturating_sub(early);
        Self {
            seconds,
            refresh_at: ours.then_some(now + interval / 2),
            expires_at: now + lifetime,
            ours,
            takes_update: message.lists(Name::Allow, "UPDATE"),
            asked: None,
        }
    }

    pub(super) fn deadline(&self) -> Instant {
        self.refresh_at.map_or(self.expires_at, |at| at.min(self.expires_at))
    }
}

/// Proposes a session timer in an INVITE of ours.
pub(super) fn propose(writer: &mut Writer, seconds: u32) {
    writer.header(Name::Supported, TIMER);
    writer.header(Name::SessionExpires, seconds);
    writer.header(Name::MinSe, SHORTEST.max(if seconds > USUAL { seconds } else { 0 }));
}

/// Whether a request wishes too short a timer and would understand a 422 (RFC 4028 §9).
pub(crate) fn is_too_short(request: &Request) -> bool {
    let short = |wish: SessionExpires| wish.seconds < SHORTEST;
    request.lists(Name::Supported, TIMER)
        && request.session_expires().ok().flatten().is_some_and(short)
}

/// What our 2xx says to the timer a request wishes: RFC 4028 §9, table 2.
fn settle(request: &Request) -> Option<SessionExpires> {
    let wish = request.session_expires().ok().flatten()?;
    let able = request.lists(Name::Supported, TIMER);
    let refresher = match wish.refresher {
        Some(Refresher::Uac) | None if able => Refresher::Uac,
        _ => Refresher::Uas,
    };
    Some(SessionExpires { seconds: wish.seconds.max(SHORTEST), refresher: Some(refresher) })
}

/// Writes what [`settle`] found into our 2xx.
pub(super) fn confirm(writer: &mut Writer, request: &Request) {
    writer.header(Name::Supported, TIMER);
    if let Some(session) = settle(request) {
        if session.refresher == Some(Refresher::Uac) {
            writer.header(Name::Require, TIMER);
        }
        writer.header(Name::SessionExpires, session);
    }
}

impl Leg {
    /// Our 2xx to `request` has gone out.
    pub(super) fn agree_by_request(&mut self, context: &Context<'_>, request: &Request) {
        if let Some(session) = settle(request) {
            let ours = session.refresher == Some(Refresher::Uas);
            self.session = Some(Session::agreed(context.now, request, session.seconds, ours));
        }
    }

    /// Their 2xx to an INVITE or UPDATE of ours has come; without the header nobody keeps time.
    pub(super) fn agree_by_response(&mut self, context: &Context<'_>, response: &Response) {
        self.session = response.session_expires().ok().flatten().map(|session| {
            let ours = session.refresher != Some(Refresher::Uas);
            let seconds = session.seconds.max(SHORTEST);
            Session::agreed(context.now, response, seconds, ours)
        });
    }

    /// A 422 to our INVITE: the longer timer to propose instead.
    pub(super) fn longer_session(&self, response: &Response) -> Option<u32> {
        let wanted = response.min_se().ok().flatten()?;
        let fits = response.status().code() == 422 && wanted > self.session_seconds;
        (fits && wanted <= LONGEST).then_some(wanted)
    }

    /// Keeps the roles that were agreed, in a re-INVITE or UPDATE of ours.
    pub(super) fn keep_session(session: Option<&Session>, writer: &mut Writer) {
        writer.header(Name::Supported, TIMER);
        if let Some(session) = session {
            let refresher = if session.ours { Refresher::Uac } else { Refresher::Uas };
            let (seconds, refresher) = (session.seconds, Some(refresher));
            writer.header(Name::SessionExpires, SessionExpires { seconds, refresher });
            writer.header(Name::MinSe, SHORTEST);
        }
    }

    pub(super) fn tick_session(&mut self, context: &mut Context<'_>) {
        let Some(session) = &mut self.session else { return };
        if !matches!(self.state, State::Confirmed) || context.now < session.deadline() {
            return;
        }
        if context.now >= session.expires_at {
            self.session = None;
            return self.hang_up_as(context, Side::Timeout, None);
        }
        session.refresh_at = None;
        let session = *session;
        if session.takes_update {
            let asked = self.request(context, Method::Update, None, |writer| {
                Self::keep_session(Some(&session), writer);
                writer.finish()
            });
            self.session = Some(Session { asked: asked.ok(), ..session });
        } else if let Some(sdp) = self.local_sdp.clone() {
            // An offer that says nothing new; one that waits says more and refreshes as well.
            self.queued.get_or_insert(sdp);
            self.flush(context);
        }
    }

    pub(super) fn is_refreshing(&self, client: ClientId) -> bool {
        self.session.is_some_and(|session| session.asked == Some(client))
    }

    /// The answer to our UPDATE.
    pub(super) fn refresh_response(&mut self, context: &mut Context<'_>, response: &Response) {
        match response.status().code() {
            ..200 => {}
            200..300 => {
                self.dialog.refresh(response);
                self.agree_by_response(context, response);
            }
            408 | 481 => self.refresh_failed(context),
            // Once more, while there is time; a method that is refused is not tried again.
            code => {
                let wait = context.random.between(RETRY.0, RETRY.1);
                if let Some(session) = &mut self.session {
                    session.asked = None;
                    session.takes_update &= !matches!(code, 405 | 501);
                    session.refresh_at = Some(context.now + wait);
                }
            }
        }
    }

    /// RFC 4028 §10: no answer to a refresh means no session.
    pub(super) fn refresh_failed(&mut self, context: &mut Context<'_>) {
        self.session = None;
        self.hang_up_as(context, Side::Timeout, None);
    }
}

/// The option tag.
pub(super) const TIMER: &str = "timer";

/// Proposed where nobody asks for another, in seconds; RFC 4028 §4.
pub(super) const USUAL: u32 = 1_800;

/// Min-SE, in seconds; RFC 4028 §4 allows none shorter.
pub(crate) const SHORTEST: u32 = 90;

/// A day, in seconds: who wants a longer timer wants none.
const LONGEST: u32 = 86_400;

const RETRY: (Duration, Duration) = (Duration::from_millis(2_100), Duration::from_secs(4));
