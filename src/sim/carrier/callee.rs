//! Calls that the switch makes: a customer's fate, step by step.

use std::time::Duration;

use bytes::Bytes;
use sip::{Method, Request, Status};

use super::fate::{Answer, Fate};
use super::line::{Line, Role, Stage};
use super::{Step, words};
use crate::sim::errand::{Errand, Errands};
use crate::sim::invariant::Invariant;

/// From the INVITE to the 180: what a network takes to find a telephone.
const POST_DIAL: Duration = Duration::from_millis(120);

/// Longer than a carrier lets anything ring.
pub(super) const RING_MAX: Duration = Duration::from_mins(4);

impl Line {
    /// A new call: what happens to it is known from here on.
    pub(super) fn ring(&mut self, at: Duration, errands: &mut Errands) {
        let Role::Callee { fate, .. } = self.role else { return };
        self.due(at + RING_MAX, Step::Expire, errands);
        if fate == Fate::Silent {
            return;
        }
        self.respond(Status::TRYING, None, errands);
        let there = at + POST_DIAL;
        match fate {
            Fate::Answered { ring, how, .. } => {
                let first = if how == Answer::Early { Step::Early } else { Step::Ring };
                self.due(there, first, errands);
                self.due(there + ring, Step::Answer, errands);
            }
            Fate::Forked { ring, .. } => {
                self.due(there, Step::Fork, errands);
                self.due(there + ring, Step::Answer, errands);
            }
            Fate::NoAnswer | Fate::Crossing | Fate::Deaf => self.due(there, Step::Ring, errands),
            Fate::Refused { ring, after, .. } => {
                if ring.is_some() {
                    self.due(there, Step::Ring, errands);
                }
                self.due(there + ring.unwrap_or_default() + after, Step::Refuse, errands);
            }
            Fate::Announced { length, .. } => {
                self.due(there, Step::Early, errands);
                self.due(there + length, Step::Refuse, errands);
            }
            Fate::Silent | Fate::Stuck => {}
        }
    }

    /// One step of a fate, while nobody has given up.
    pub(super) fn live(&mut self, at: Duration, step: Step, errands: &mut Errands) {
        let Role::Callee { fate, .. } = self.role else { return };
        let wanted = if step == Step::Outlived { Stage::Answered } else { Stage::Calling };
        if self.stage != wanted {
            return;
        }
        match step {
            Step::Ring => self.respond(Status::RINGING, None, errands),
            Step::Early => {
                let sdp = self.sdp();
                self.respond(Status::SESSION_PROGRESS, Some(&sdp), errands);
            }
            Step::Outlived if self.kept.is_some_and(|kept| at.saturating_sub(kept) > EXPIRED) => {
                let what = format!("{} is up and refreshed by nobody", self.dialog.call_id);
                errands.push(Errand::Broken(Invariant::D6, what));
            }
            Step::Fork => {
                self.respond(Status::RINGING, None, errands);
                self.tag.push('b');
                self.respond(Status::RINGING, None, errands);
            }
            Step::Answer => self.pick_up(at, errands),
            Step::Refuse => {
                let (code, why) = match fate {
                    Fate::Refused { code, q850, again, .. } => (code, (q850, again)),
                    Fate::Announced { code, .. } => (code, (Some(1), None)),
                    _ => return,
                };
                self.refuse(at, code, why, errands);
            }
            _ => {}
        }
    }

    /// 200, and the customer is there.
    pub(super) fn pick_up(&mut self, at: Duration, errands: &mut Errands) {
        let Role::Callee { fate, .. } = self.role else { return };
        let (stay, how) = match fate {
            Fate::Answered { stay, how, .. } => (stay, how),
            Fate::Forked { stay, .. } => (stay, Answer::Plain),
            _ => (Duration::from_secs(20), Answer::Plain),
        };
        let sdp = match how {
            Answer::Bare => None,
            Answer::Unusable => Some("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\n".to_owned()),
            _ => Some(self.sdp()),
        };
        if how == Answer::Mute {
            errands.push(Errand::Mute(self.audio()));
        }
        self.stage = Stage::Answered;
        self.dialog.local = format!("{};tag={}", self.dialog.local, self.tag);
        if self.timer().is_some() {
            self.kept = Some(at);
            self.due(at + OUTLIVED, Step::Outlived, errands);
        }
        if let Some(bytes) = self.compose(Status::OK, sdp.as_deref()) {
            self.last = Some(bytes.clone());
            self.insist(at, bytes, errands);
        }
        match how {
            Answer::Fleeting => self.due(at + Duration::from_millis(1), Step::HangUp, errands),
            _ => self.due(at + stay, Step::HangUp, errands),
        }
        if how == Answer::Moved {
            self.due(at + stay / 2, Step::Move, errands);
        }
    }

    pub(super) fn refuse(
        &mut self,
        at: Duration,
        code: u16,
        why: (Option<u8>, Option<u32>),
        errands: &mut Errands,
    ) {
        let Some(status) = Status::new(code) else { return };
        let Some(bytes) = self.refusal(status, why) else { return };
        self.stage = Stage::Over;
        self.last = Some(bytes.clone());
        self.insist(at, bytes, errands);
        if self.serial % 8 == 6 {
            self.due(at + Duration::from_secs(10), Step::Late, errands);
        }
        self.due(at + super::line::T1 * 80, Step::Forget, errands);
    }

    /// The INVITE came again: so does what was said last.
    pub(super) fn again(&self, errands: &mut Errands) {
        if let Some(last) = &self.last {
            self.say(last.clone(), errands);
        }
    }

    /// The switch gives up: the CANCEL is answered, and the INVITE as fate has it.
    pub(super) fn cancel(&mut self, at: Duration, cancel: &Request, errands: &mut Errands) {
        let ok = words::response(cancel, Status::OK, &self.tag, (self.us, self.switch), None);
        self.say(ok, errands);
        let Role::Callee { fate, .. } = self.role else { return };
        if self.stage != Stage::Calling {
            return;
        }
        match fate {
            Fate::Crossing => self.pick_up(at, errands),
            Fate::Deaf => self.stage = Stage::Cancelled,
            _ => self.refuse(at, 487, (None, None), errands),
        }
    }

    fn respond(&mut self, status: Status, sdp: Option<&str>, errands: &mut Errands) {
        if let Some(bytes) = self.compose(status, sdp) {
            self.last = Some(bytes.clone());
            self.say(bytes, errands);
        }
    }

    fn compose(&self, status: Status, sdp: Option<&str>) -> Option<Bytes> {
        let Role::Callee { invite, .. } = &self.role else { return None };
        let ends = (self.us, self.switch);
        let headers = self.extensions(invite, status);
        Some(words::response_with(invite, status, &self.tag, ends, (sdp, &headers)))
    }

    fn refusal(&self, status: Status, why: (Option<u8>, Option<u32>)) -> Option<Bytes> {
        let Role::Callee { invite, .. } = &self.role else { return None };
        debug_assert_eq!(invite.method(), Method::Invite, "only an INVITE rings");
        Some(words::refusal(invite, status, &self.tag, self.switch, why))
    }
}

/// A session timer of ninety seconds is over, whoever was to refresh it.
const EXPIRED: Duration = Duration::from_secs(92);
const OUTLIVED: Duration = Duration::from_secs(95);
