//! Calls that reach the switch: somebody dials one of its numbers.

use std::time::Duration;

use bytes::Bytes;
use sip::header::Name;
use sip::message::Writer;
use sip::{Message, Method, Response};

use super::line::{Line, Role, Stage};
use super::{Step, words};
use crate::demo::outcomes::Chance;
use crate::sim::errand::Errands;
use crate::sim::plan::{Fault, Faults};

/// How somebody calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Manner {
    /// How long they stay once the switch has answered.
    pub(super) stay: Duration,
    pub(super) quirk: Quirk,
}

/// What is odd about a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quirk {
    None,
    /// Hangs up before anything can have come back.
    GivesUpAtOnce,
    /// Never acknowledges an answer.
    NeverAcks,
    /// Sends no offer: it wants the switch's.
    Offerless,
    /// Puts the switch on hold for a while.
    Holds,
    /// BYE on the heels of the ACK.
    LeavesAtOnce,
    /// Something strays into the call: what is old, of a stranger, or by another way.
    Strays(Stray),
}

/// What strays into a call, and is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stray {
    /// A request with the number of the INVITE: 500 (RFC 3261 §12.2.2).
    Old,
    /// A BYE with the Call-ID and the switch's tag, and another From tag: 481.
    Stranger,
    /// The INVITE by another way: 482 (§8.2.2.2).
    Merged,
    /// A copy of the INVITE: what was said last while there is no answer, nothing long after the
    /// ACK (RFC 6026).
    Copy,
    /// A CANCEL after the answer: it changes nothing (§9.2).
    Cancel,
}

impl Manner {
    pub(super) fn draw(chance: &mut Chance, faults: Faults) -> Self {
        let stay = chance.ms(&(20_000..=240_000));
        let odd = faults.has(Fault::Customers) && chance.happens(250);
        let quirk = match chance.below(10) {
            _ if !odd => Quirk::None,
            5 => Quirk::Strays(Stray::Old),
            6 => Quirk::Strays(Stray::Stranger),
            7 => Quirk::Strays(Stray::Merged),
            8 => Quirk::Strays(Stray::Copy),
            9 => Quirk::Strays(Stray::Cancel),
            0 => Quirk::GivesUpAtOnce,
            1 => Quirk::NeverAcks,
            2 => Quirk::Offerless,
            3 => Quirk::Holds,
            _ => Quirk::LeavesAtOnce,
        };
        Self { stay, quirk }
    }
}

impl Line {
    /// Dials.
    pub(super) fn dial(&mut self, at: Duration, errands: &mut Errands) {
        let Role::Caller(manner) = self.role else { return };
        let sdp = (manner.quirk != Quirk::Offerless).then(|| self.sdp());
        let invite = self.ask(Method::Invite, sdp.as_deref());
        self.invite = invite.clone();
        self.insist(at, invite, errands);
        if manner.quirk == Quirk::Strays(Stray::Merged) {
            self.due(at + Duration::from_millis(80), Step::Stray, errands);
        }
        if manner.quirk == Quirk::Strays(Stray::Copy) {
            self.due(at + Duration::from_secs(1), Step::Stray, errands);
        }
        if manner.quirk == Quirk::GivesUpAtOnce {
            self.due(at + Duration::from_millis(30), Step::HangUp, errands);
        }
    }

    /// The switch answers an INVITE of ours, the first or a later one.
    pub(super) fn answered(&mut self, at: Duration, response: &Response, errands: &mut Errands) {
        let code = response.status().code();
        let Ok(cseq) = response.cseq().map(|cseq| cseq.number) else { return };
        match (self.stage, code) {
            (Stage::Calling, 100..200) => self.heard(),
            (Stage::Cancelled, 100..200) => {
                self.heard();
                self.give_up(at, errands);
            }
            (_, 100..200) => {}
            (_, 200..300) => self.accepted(at, cseq, response, errands),
            (_, _) => self.refused(at, cseq, response, errands),
        }
    }

    fn accepted(&mut self, at: Duration, cseq: u32, response: &Response, errands: &mut Errands) {
        let Some(manner) = self.manner() else { return self.acknowledge(cseq, errands) };
        let first = matches!(self.stage, Stage::Calling | Stage::Cancelled);
        if first {
            self.heard();
            if let Some(to) = response.header(sip::header::Name::To) {
                to.clone_into(&mut self.dialog.remote);
            }
            if let Some(Ok(contact)) = response.contacts().next()
                && let Some(address) = contact.address()
            {
                address.uri.as_str().clone_into(&mut self.dialog.target);
            }
        }
        self.look_at(&response.body(), errands);
        if manner.quirk == Quirk::NeverAcks {
            if first {
                self.stage = Stage::Answered;
                self.due(at + Duration::from_mins(2), Step::HangUp, errands);
            }
            return;
        }
        self.acknowledge(cseq, errands);
        match self.stage {
            Stage::Calling => {
                self.stage = Stage::Answered;
                let stay = match manner.quirk {
                    Quirk::LeavesAtOnce => Duration::from_millis(1),
                    _ => manner.stay,
                };
                self.due(at + stay, Step::HangUp, errands);
                if let Quirk::Strays(stray) = manner.quirk
                    && stray != Stray::Merged
                {
                    // Short of 64·T1, after which nobody has to know the INVITE.
                    let later = (stay / 3).min(Duration::from_secs(20));
                    self.due(at + later, Step::Stray, errands);
                }
                if manner.quirk == Quirk::Holds {
                    self.due(at + stay / 3, Step::Move, errands);
                    self.due(at + stay / 2, Step::Move, errands);
                }
            }
            // RFC 3261 §9.1: the answer was faster than the CANCEL.
            Stage::Cancelled => self.bye(at, errands),
            Stage::Answered | Stage::Leaving | Stage::Over => {}
        }
    }

    /// The ACK of a 2xx: a transaction of its own (RFC 3261 §13.2.2.4).
    ///
    /// A copy of the 2xx gets a copy of its ACK, with the answer that may have been in it.
    fn acknowledge(&mut self, cseq: u32, errands: &mut Errands) {
        self.heard_unless_leaving();
        let before = self.acked.take().filter(|(acked, _)| *acked == cseq);
        let ack = before.map_or_else(|| self.ack_of(cseq), |(_, ack)| ack);
        self.say(ack.clone(), errands);
        self.acked = Some((cseq, ack));
    }

    fn ack_of(&mut self, cseq: u32) -> Bytes {
        self.branch += 1;
        let answer = self.offerless().then(|| self.sdp());
        let via = (self.us, self.via());
        words::request(Method::Ack, &self.dialog, cseq, via, answer.as_deref())
    }

    /// The ACK of a refusal belongs to the INVITE's transaction (RFC 3261 §17.1.1.3).
    fn refused(&mut self, at: Duration, cseq: u32, response: &Response, errands: &mut Errands) {
        let first = matches!(self.stage, Stage::Calling | Stage::Cancelled);
        if first && self.manner().is_some_and(|manner| manner.quirk == Quirk::NeverAcks) {
            return self.end(at, errands);
        }
        let to = response.header(sip::header::Name::To).unwrap_or(&self.dialog.remote).to_owned();
        let branch = response.top_via().ok().and_then(|via| via.branch().map(str::to_owned));
        let ours = std::mem::replace(&mut self.dialog.remote, to);
        let ack = words::ack_of_refusal(&self.dialog, cseq, self.us, branch.as_deref());
        self.dialog.remote = ours;
        self.heard_unless_leaving();
        self.say(ack, errands);
        if first {
            self.end(at, errands);
        }
    }

    /// The caller hangs up before an answer: CANCEL once a 1xx has come (RFC 3261 §9.1).
    pub(super) fn give_up(&mut self, at: Duration, errands: &mut Errands) {
        self.stage = Stage::Cancelled;
        if self.insists() {
            return;
        }
        let via = (self.us, self.via());
        let cancel = words::request(Method::Cancel, &self.dialog, self.dialog.sent, via, None);
        self.insist(at, cancel, errands);
    }

    /// Something strays into the call.
    pub(super) fn stray(&mut self, (at, is_heard): (Duration, bool), errands: &mut Errands) {
        let Some(Manner { quirk: Quirk::Strays(stray), .. }) = self.manner() else { return };
        let there = self.stage == Stage::Answered;
        let bytes = match stray {
            // Were the first lost, or forgotten with the power, this one would be the call.
            Stray::Merged | Stray::Copy if !is_heard => return,
            Stray::Merged => {
                let Ok(text) = std::str::from_utf8(&self.invite) else { return };
                Bytes::from(text.replacen("branch=z9hG4bK", STRAY, 1))
            }
            Stray::Copy if there || self.stage == Stage::Calling => self.invite.clone(),
            _ if !there => return,
            Stray::Copy => return,
            Stray::Cancel => {
                self.late_cancel = Some(at);
                self.cancel_of_invite()
            }
            Stray::Old => self.stray_request(Method::Options, 1, self.dialog.local.clone()),
            Stray::Stranger => {
                let stranger = self.dialog.local.replace(";tag=", ";tag=not");
                self.stray_request(Method::Bye, 99, stranger)
            }
        };
        self.say(bytes, errands);
    }

    /// What a response to something that strayed has to be; none to anything else.
    pub(super) fn is_stray(&self, response: &Response) -> Option<u16> {
        let Manner { quirk: Quirk::Strays(stray), .. } = self.manner()? else { return None };
        let via = response.top_via().ok()?;
        via.branch().filter(|branch| branch.starts_with("z9hG4bKstray"))?;
        match stray {
            Stray::Old => Some(500),
            Stray::Stranger => Some(481),
            Stray::Merged => Some(482),
            Stray::Copy | Stray::Cancel => None,
        }
    }

    /// A CANCEL of our INVITE, in its transaction and to where it went.
    fn cancel_of_invite(&self) -> Bytes {
        let Ok(Message::Request(invite)) = Message::parse(self.invite.clone()) else {
            return Bytes::new();
        };
        let text = |name| invite.header(name).unwrap_or_default();
        Writer::request(Method::Cancel, invite.uri_text())
            .header(Name::Via, text(Name::Via))
            .header(Name::MaxForwards, 70)
            .header(Name::From, text(Name::From))
            .header(Name::To, text(Name::To))
            .header(Name::CallId, text(Name::CallId))
            .header(Name::CSeq, "1 CANCEL")
            .finish()
            .unwrap_or_default()
    }

    fn stray_request(&self, method: Method, cseq: u32, local: String) -> Bytes {
        let dialog = words::Dialog { local, ..self.dialog.clone() };
        let bytes = words::request(method, &dialog, cseq, (self.us, self.via()), None);
        let text = String::from_utf8_lossy(&bytes).replacen("branch=z9hG4bK", STRAY, 1);
        Bytes::from(text)
    }

    fn manner(&self) -> Option<Manner> {
        match self.role {
            Role::Caller(manner) => Some(manner),
            Role::Callee { .. } => None,
        }
    }

    fn offerless(&self) -> bool {
        self.manner().is_some_and(|manner| manner.quirk == Quirk::Offerless)
            && self.stage == Stage::Calling
    }

    /// An answer to an INVITE says nothing about a BYE that is repeated.
    fn heard_unless_leaving(&mut self) {
        if self.stage != Stage::Leaving {
            self.heard();
        }
    }
}

/// How the branch of what strays begins.
const STRAY: &str = "branch=z9hG4bKstray";
