//! What carriers ask for beside RFC 3261: reliable 183s (RFC 3262), session timers (RFC 4028) and
//! proxies that stay on the way (§16.6). Each is looked at where the switch has to answer it.

use std::time::Duration;

use sip::header::Name;
use sip::{Method, Request, Status};

use super::line::{Line, Role, Stage};
use super::words;
use crate::sim::errand::{Errand, Errands};
use crate::sim::invariant::Invariant;

/// Who keeps a session of ninety seconds up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timer {
    /// The switch, by UPDATE where the far side takes it, else by re-INVITE.
    Switch { update: bool },
    /// The far side, which never does.
    Nobody,
}

impl Line {
    /// The session timer that a callee asks for.
    pub(super) fn timer(&self) -> Option<Timer> {
        let Role::Callee { invite, .. } = &self.role else { return None };
        match self.serial % 16 {
            _ if !invite.lists(Name::Supported, "timer") => None,
            1 | 5 | 9 | 13 => Some(Timer::Switch { update: self.serial % 16 < 6 }),
            3 => Some(Timer::Nobody),
            _ => None,
        }
    }

    /// The headers that a response to their INVITE has besides.
    pub(super) fn extensions(&self, invite: &Request, status: Status) -> Vec<(Name, String)> {
        let mut headers = vec![];
        let reliable = status == Status::SESSION_PROGRESS
            && self.serial.is_multiple_of(2)
            && invite.lists(Name::Supported, "100rel");
        if reliable {
            headers.push((Name::Require, "100rel".to_owned()));
            headers.push((Name::RSeq, self.rseq().to_string()));
        }
        if status == Status::OK {
            headers.extend(self.session_headers());
        }
        headers
    }

    /// What a 2xx says of the session timer.
    pub(super) fn session_headers(&self) -> Vec<(Name, String)> {
        let Some(timer) = self.timer() else { return vec![] };
        let refresher = if timer == Timer::Nobody { "uas" } else { "uac" };
        let mut headers = vec![(Name::SessionExpires, format!("90;refresher={refresher}"))];
        if timer == (Timer::Switch { update: true }) {
            headers.push((Name::Allow, "INVITE, ACK, BYE, CANCEL, UPDATE".to_owned()));
        }
        headers
    }

    /// Looks at a request of the switch within the call.
    pub(super) fn look_at_request(
        &mut self,
        (at, is_heard): (Duration, bool),
        request: &Request,
        errands: &mut Errands,
    ) {
        let call = &self.dialog.call_id;
        let mut broken = |what: String| errands.push(Errand::Broken(Invariant::Wire, what));
        let mut wanted = words::proxies(self.us);
        if matches!(self.role, Role::Callee { .. }) {
            wanted.reverse();
        }
        let routes: Vec<_> = request.headers(Name::Route).collect();
        let refusal = request.method() == Method::Ack && self.stage != Stage::Answered;
        if routes != wanted && !refusal {
            broken(format!("{call}: {} goes by {routes:?}", request.method_text()));
        }
        match request.method() {
            Method::Prack => {
                let number = request.cseq().map(|cseq| cseq.number).unwrap_or_default();
                let rack = request.rack().ok().flatten();
                let fits = rack.is_some_and(|rack| {
                    rack.rseq == self.rseq()
                        && rack.cseq.method == Method::Invite
                        && self.invited_as() == Some(rack.cseq.number)
                });
                if !fits || self.pracked.is_some_and(|before| before != number) {
                    broken(format!("{call}: PRACK {number} is of nothing that was said"));
                }
                self.pracked = Some(number);
            }
            Method::Bye => {
                let switch = matches!(self.timer(), Some(Timer::Switch { .. }));
                let late = self.kept.is_some_and(|kept| at.saturating_sub(kept) > REFRESHED);
                if switch && late && is_heard && self.stage == Stage::Answered {
                    broken(format!("{call} was not refreshed, and cut"));
                }
            }
            Method::Invite | Method::Update if self.kept.is_some() => self.kept = Some(at),
            _ => {}
        }
    }

    fn rseq(&self) -> u32 {
        u32::try_from(self.serial).unwrap_or(0).wrapping_add(7)
    }

    fn invited_as(&self) -> Option<u32> {
        let Role::Callee { invite, .. } = &self.role else { return None };
        invite.cseq().ok().map(|cseq| cseq.number)
    }
}

/// A session of ninety seconds is refreshed after half of it.
const REFRESHED: Duration = Duration::from_secs(52);
