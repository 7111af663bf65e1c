//! A carrier with its customers: a lean SIP user agent of its own, not the product's.
//!
//! It shares the product's parser and printer and nothing else: transactions, dialogs and timers
//! are written a second time here, short and strict, so that a fault of the product's is not
//! answered by the same fault. It looks at every `CSeq` and every `o=` line that it is sent (D8).
//!
//! ```text
//!   INVITE ─▶ Fate: 100 180 183 … 200 │ 3xx-6xx │ nothing      callee
//!   Caller ─▶ INVITE … 200 ACK … BYE │ CANCEL                  caller
//! ```

mod callee;
mod caller;
mod extensions;
mod fate;
mod line;
mod words;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use sip::{Message, Method, Request, Response, Status};
use slab::Slab;

use self::callee::RING_MAX;
use self::caller::{Manner, Quirk};
use self::line::{Line, Role, Stage};
use self::words::Dialog;
use super::errand::{Errand, Errands};
use super::invariant::Invariant;
use super::law::Law;
use super::plan::{Fault, Faults};
use crate::demo::outcomes::Chance;

pub(super) use self::fate::{Answer, Fate};

/// A carrier.
#[derive(Debug)]
pub(super) struct Carrier {
    index: usize,
    address: SocketAddr,
    switch: SocketAddr,
    faults: Faults,
    /// What becomes of calls, where a campaign's past says so.
    law: Option<Arc<Law>>,
    /// Whatever the switch says arrives and is listened to.
    is_heard: bool,
    chance: Chance,
    lines: Slab<Line>,
    by_call: HashMap<String, usize>,
    serial: u64,
    mood: Mood,
    /// INVITEs that reached it, copies left out.
    pub(super) invited: u64,
}

/// How a carrier behaves at present.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Mood {
    /// Calls get their fates.
    #[default]
    Well,
    /// New calls get 503.
    Storm,
    /// Nothing is answered.
    Dead,
}

/// A step of a call that has come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Due {
    line: usize,
    serial: u64,
    step: Step,
}

/// What happens to a call by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Ring,
    Early,
    Fork,
    Answer,
    Refuse,
    HangUp,
    Move,
    Repeat,
    /// Nobody has answered or given up for longer than a carrier lets anything ring.
    Expire,
    /// The session timer is long over.
    Outlived,
    /// A refusal whose ACK was heard comes again.
    Late,
    /// Something that has no business in this call.
    Stray,
    Forget,
}

impl Carrier {
    pub(super) fn new(
        index: usize,
        (address, switch): (SocketAddr, SocketAddr),
        (faults, law): (Faults, Option<Arc<Law>>),
        seed: [u8; 32],
    ) -> Self {
        Self {
            index,
            address,
            switch,
            faults,
            law,
            is_heard: !faults.disturb_messages()
                && !faults.has(Fault::Carrier)
                && !faults.has(Fault::Restart),
            chance: Chance::new(seed, &format!("carrier {index}")),
            lines: Slab::new(),
            by_call: HashMap::new(),
            serial: 0,
            mood: Mood::Well,
            invited: 0,
        }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn set(&mut self, mood: Mood) {
        self.mood = mood;
    }

    /// Calls that somebody here still believes to be up.
    pub(super) fn up(&self) -> usize {
        let up = |stage| matches!(stage, Stage::Answered | Stage::Leaving);
        self.lines.iter().filter(|(_, line)| up(line.stage)).count()
    }

    /// A message of the switch.
    pub(super) fn receive(&mut self, at: Duration, bytes: Bytes, errands: &mut Errands) {
        if self.mood == Mood::Dead {
            return;
        }
        match Message::parse(bytes) {
            Ok(Message::Request(request)) => self.request(at, request, errands),
            Ok(Message::Response(response)) => self.response(at, &response, errands),
            Err(rejected) => {
                let what = format!("a message that cannot be read: {:?}", rejected.fault);
                errands.push(Errand::Broken(Invariant::Sane, what));
            }
        }
    }

    fn request(&mut self, at: Duration, request: Request, errands: &mut Errands) {
        if let Err(fault) = request.validate() {
            let what = format!("a request that is not valid: {fault}");
            return errands.push(Errand::Broken(Invariant::Sane, what));
        }
        let Ok(call_id) = request.call_id() else { return };
        let Some(&place) = self.by_call.get(call_id) else {
            return self.unknown(at, request, errands);
        };
        let cseq = request.cseq().map_or(0, |cseq| cseq.number);
        let in_dialog = request.to().is_ok_and(|to| to.tag().is_some());
        let line = &mut self.lines[place];
        if in_dialog && request.method() != Method::Cancel {
            line.look_at_request((at, self.is_heard), &request, errands);
        }
        match request.method() {
            Method::Invite if !in_dialog => line.again(errands),
            Method::Ack => {
                if matches!(line.stage, Stage::Answered | Stage::Over) {
                    line.heard();
                }
            }
            Method::Cancel => line.cancel(at, &request, errands),
            Method::Bye if line.is_slow() => {
                let ends = (self.address, self.switch);
                let trying = words::response(&request, Status::TRYING, &line.tag, ends, None);
                line.say(trying, errands);
            }
            method => {
                let follows = |then: Duration| at.saturating_sub(then) < Duration::from_millis(400);
                if method == Method::Bye && line.late_cancel.is_some_and(follows) {
                    let what = format!("{}: a CANCEL after the answer", line.dialog.call_id);
                    errands.push(Errand::Broken(Invariant::Wire, what));
                }
                if request.uri_text() != format!("sip:{}", self.address) {
                    let what = format!("{} is not to our Contact", request.uri_text());
                    errands.push(Errand::Broken(Invariant::Wire, what));
                }
                let is_new = line.is_new(cseq);
                let sdp = line.sdp();
                let offered = !request.body().is_empty();
                let describes = matches!(method, Method::Invite | Method::Update);
                if is_new && describes {
                    line.look_at(&request.body(), errands);
                }
                let known = line.stage != Stage::Over || method == Method::Bye;
                let status = if known { Status::OK } else { Status::CALL_DOES_NOT_EXIST };
                let answer = (describes && (offered || method == Method::Invite)).then_some(&*sdp);
                let tag = line.tag.clone();
                let ends = (self.address, self.switch);
                let headers = if describes && known { line.session_headers() } else { vec![] };
                let said = words::response_with(&request, status, &tag, ends, (answer, &headers));
                line.say(said, errands);
                if method == Method::Bye && line.stage != Stage::Over {
                    line.end(at, errands);
                }
            }
        }
    }

    /// A request about a call that is not known here.
    fn unknown(&mut self, at: Duration, request: Request, errands: &mut Errands) {
        let in_dialog = request.to().is_ok_and(|to| to.tag().is_some());
        let status = match request.method() {
            Method::Invite if !in_dialog => return self.invited(at, request, errands),
            Method::Ack => return,
            Method::Options if !in_dialog => Status::OK,
            _ => Status::CALL_DOES_NOT_EXIST,
        };
        let ends = (self.address, self.switch);
        let response = words::response(&request, status, "nobody", ends, None);
        errands.push(Errand::Send(self.address, response));
    }

    fn invited(&mut self, at: Duration, request: Request, errands: &mut Errands) {
        self.invited += 1;
        let fate = match self.mood {
            Mood::Storm => Fate::Refused {
                ring: None,
                after: Duration::from_millis(5),
                code: 503,
                q850: None,
                again: self.chance.below(3).checked_sub(1).map(|long| 20 + long * 86_400),
            },
            _ => match &self.law {
                Some(law) => law.fate(&mut self.chance),
                None => Fate::draw(&mut self.chance, self.faults),
            },
        };
        let dialog = Dialog {
            call_id: request.call_id().unwrap_or_default().to_owned(),
            local: String::new(),
            remote: request.header(sip::header::Name::From).unwrap_or_default().to_owned(),
            target: contact_of(&request).unwrap_or_else(|| format!("sip:{}", self.switch)),
            sent: 0,
            heard: request.cseq().map_or(0, |cseq| cseq.number),
        };
        let to = request.header(sip::header::Name::To).unwrap_or_default().to_owned();
        let sdp = request.body();
        let role = Role::Callee { invite: Box::new(request), fate };
        let line = self.open(role, dialog);
        line.dialog.local = to;
        line.look_at(&sdp, errands);
        line.ring(at, errands);
    }

    /// Somebody dials `called`.
    pub(super) fn place_call(
        &mut self,
        at: Duration,
        (calling, called): (&str, &str),
        errands: &mut Errands,
    ) {
        let manner = Manner::draw(&mut self.chance, self.faults);
        let (address, switch) = (self.address, self.switch);
        let dialog = Dialog {
            call_id: format!("in-{}-{}@{}", self.index, self.serial, address.ip()),
            local: format!("<sip:{calling}@{}>;tag=far{:x}", address.ip(), self.serial + 1),
            remote: format!("<sip:{called}@{}>", switch.ip()),
            target: format!("sip:{called}@{switch}"),
            sent: 0,
            heard: 0,
        };
        self.open(Role::Caller(manner), dialog).dial(at, errands);
    }

    fn open(&mut self, role: Role, dialog: Dialog) -> &mut Line {
        self.serial += 1;
        let entry = self.lines.vacant_entry();
        let place = entry.key();
        self.by_call.insert(dialog.call_id.clone(), place);
        let ends = (self.address, self.switch);
        entry.insert(Line::new((self.serial, (self.index, place)), role, dialog, ends))
    }

    fn response(&mut self, at: Duration, response: &Response, errands: &mut Errands) {
        let Ok(call_id) = response.call_id() else { return };
        let Some(&place) = self.by_call.get(call_id) else { return };
        let Ok(method) = response.cseq().map(|cseq| cseq.method) else { return };
        let line = &mut self.lines[place];
        let stray = line.is_stray(response);
        if let Some(wanted) = stray {
            let code = response.status().code();
            if self.is_heard && code != wanted {
                let what = format!("{call_id}: {code} to a stray {method}, not {wanted}");
                errands.push(Errand::Broken(Invariant::Wire, what));
            }
            return;
        }
        match method {
            Method::Invite => line.answered(at, response, errands),
            Method::Bye if response.status().is_final() && line.stage == Stage::Leaving => {
                line.end(at, errands);
            }
            Method::Cancel if line.stage == Stage::Cancelled => line.heard(),
            _ => {}
        }
    }

    /// A step of a call has come.
    pub(super) fn step(&mut self, at: Duration, due: Due, errands: &mut Errands) {
        let current = self.lines.get_mut(due.line).filter(|line| line.serial == due.serial);
        let Some(line) = current else { return };
        match due.step {
            Step::HangUp if line.stage == Stage::Answered && line.tried && self.is_heard => {
                let what = format!("{}: the BYE got a 100, and no second", line.dialog.call_id);
                errands.push(Errand::Broken(Invariant::Wire, what));
            }
            Step::HangUp => match line.stage {
                Stage::Answered => line.bye(at, errands),
                Stage::Calling => line.give_up(at, errands),
                _ => {}
            },
            Step::Move => line.offer_again(at, errands),
            Step::Outlived if !self.is_heard => {}
            Step::Stray => line.stray((at, self.is_heard), errands),
            Step::Late if self.is_heard => line.again(errands),
            Step::Late => {}
            Step::Repeat => {
                if !line.say_again(at, errands) {
                    line.unheard(at, errands);
                }
            }
            Step::Expire => {
                if line.stage == Stage::Calling && line.last.is_some() && self.is_heard {
                    let what = format!("{} rang for {RING_MAX:?}", line.dialog.call_id);
                    errands.push(Errand::Broken(Invariant::D6, what));
                }
                if matches!(line.stage, Stage::Calling | Stage::Cancelled) {
                    line.end(at, errands);
                }
            }
            Step::Forget => {
                self.by_call.remove(&line.dialog.call_id);
                self.lines.remove(due.line);
            }
            step => line.live(at, step, errands),
        }
    }
}

impl Line {
    /// Nobody acknowledged or answered in 64·T1: the call is given up (RFC 3261 §13.3.1.4).
    fn unheard(&mut self, at: Duration, errands: &mut Errands) {
        match self.stage {
            Stage::Answered => self.bye(at, errands),
            Stage::Over => {}
            _ => self.end(at, errands),
        }
    }

    /// A re-INVITE in mid-call: the audio moves, or is held and taken back.
    fn offer_again(&mut self, at: Duration, errands: &mut Errands) {
        if self.stage != Stage::Answered {
            return;
        }
        self.version += 1;
        let mut sdp = self.sdp();
        if matches!(self.role, Role::Caller(Manner { quirk: Quirk::Holds, .. })) {
            let way = if self.version.is_multiple_of(2) { "a=sendonly" } else { "a=sendrecv" };
            sdp = sdp.replace("a=sendrecv", way);
        }
        let invite = self.ask(Method::Invite, Some(&sdp));
        self.insist(at, invite, errands);
    }
}

fn contact_of(request: &Request) -> Option<String> {
    let contact = request.contacts().next()?.ok()?;
    Some(contact.address()?.uri.as_str().to_owned())
}
