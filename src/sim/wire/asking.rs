//! Requests of the switch: its client transactions (RFC 3261 §17.1), seen from outside.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use sip::{Method, Request, Response};

use super::{
    KEPT, Key, LIFE, Numbered, T1, T2, broken, key_of_request, key_of_response, meets, numbered,
};
use crate::sim::audit::Found;
use crate::sim::invariant::Invariant;

/// What the switch asks.
#[derive(Debug, Default)]
pub(super) struct Asking {
    open: HashMap<Key, Question>,
    /// INVITEs that got a 2xx, by what their ACK repeats.
    accepted: BTreeSet<Numbered>,
    due: BTreeSet<(Duration, Key)>,
    old: VecDeque<(Duration, Key)>,
    owed: Option<Owed>,
    /// The last number of each dialog, by Call-ID and both tags.
    numbers: HashMap<(String, String, String), u32>,
    repeated: u64,
    unrepeated: u64,
}

#[derive(Debug)]
struct Question {
    bytes: Bytes,
    number: Numbered,
    uri: String,
    invite: bool,
    first: Duration,
    last: Duration,
    gap: Duration,
    heard: Heard,
    cancelled: Option<Duration>,
    /// An INVITE that was not said again when it was due: it was given up.
    hushed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Heard {
    Nothing,
    Provisional,
    Final { at: Duration, code: u16, tag: Option<String> },
}

/// What has to leave in this step.
#[derive(Debug)]
enum Owed {
    Ack(String),
    Cancel(String),
}

impl Asking {
    pub(super) fn sent(&mut self, at: Duration, request: &Request, bytes: &Bytes) -> Found {
        let Some(key) = key_of_request(request) else { return broken("a request has no branch") };
        if request.method() == Method::Ack {
            return self.acknowledges(&key.0, request);
        }
        match self.open.get_mut(&key) {
            Some(question) => {
                question.again(at, bytes)?;
                self.repeated += 1;
            }
            None => self.begins(at, &key, request, bytes)?,
        }
        let question = &self.open[&key];
        if question.last + question.gap < question.first + LIFE {
            self.due.insert((question.last + question.gap, key));
        }
        Ok(())
    }

    fn begins(&mut self, at: Duration, key: &Key, request: &Request, bytes: &Bytes) -> Found {
        let Some(number) = numbered(request) else { return broken("a request without CSeq") };
        let method = request.method();
        let inside = !matches!(method, Method::Invite | Method::Cancel | Method::Options);
        if inside && request.to().is_ok_and(|to| to.tag().is_none()) {
            return broken(format!("{} of {} has no To tag", request.method_text(), number.0));
        }
        if method == Method::Cancel {
            self.cancels(at, key, request, &number)?;
        } else {
            self.rises(request, &number)?;
        }
        if method == Method::Invite && request.contacts().next().is_none() {
            return broken(format!("the INVITE of {} has no Contact", number.0));
        }
        let question = Question {
            bytes: bytes.clone(),
            number,
            uri: request.uri_text().to_owned(),
            invite: method == Method::Invite,
            first: at,
            last: at,
            gap: T1,
            heard: Heard::Nothing,
            cancelled: None,
            hushed: false,
        };
        self.open.insert(key.clone(), question);
        self.old.push_back((at, key.clone()));
        Ok(())
    }

    /// §12.2.1.1: each new request of a dialog has a higher number, and a higher one than the
    /// INVITE that all forks share.
    fn rises(&mut self, request: &Request, number: &Numbered) -> Found {
        let tag = |address: Option<&str>| address.unwrap_or_default().to_owned();
        let ours = request.from().map(|from| tag(from.tag())).unwrap_or_default();
        let theirs = request.to().map(|to| tag(to.tag())).unwrap_or_default();
        let early = (number.0.clone(), ours, String::new());
        let dialog = (early.0.clone(), early.1.clone(), theirs);
        let last = self.numbers.get(&dialog).max(self.numbers.get(&early)).copied();
        if last.is_some_and(|last| number.1 <= last) {
            let what = format!("{} of {} is not above {last:?}", number.1, number.0);
            return Err((Invariant::D8, what));
        }
        self.numbers.insert(dialog, number.1);
        Ok(())
    }

    /// §9.1: a CANCEL repeats its INVITE's URI, Call-ID and number, and follows a 1xx.
    fn cancels(&mut self, at: Duration, key: &Key, cancel: &Request, number: &Numbered) -> Found {
        let invite = self.open.get_mut(&(key.0.clone(), "INVITE".to_owned()));
        let Some(invite) = invite else {
            return broken(format!("CANCEL of nothing: {}", number.0));
        };
        if invite.number != *number || invite.uri != cancel.uri_text() {
            return broken(format!("the CANCEL of {} is not like its INVITE", number.0));
        }
        if invite.heard != Heard::Provisional {
            return broken(format!("CANCEL of {} after {:?}", number.0, invite.heard));
        }
        invite.cancelled = Some(at);
        self.owed.take_if(|owed| matches!(owed, Owed::Cancel(branch) if *branch == key.0));
        Ok(())
    }

    /// §17.1.1.3 and §13.2.2.4: an ACK is of its refusal's transaction, or new and of a 2xx.
    fn acknowledges(&mut self, branch: &str, ack: &Request) -> Found {
        let Some(number) = numbered(ack) else { return broken("an ACK without CSeq") };
        let Some(invite) = self.open.get(&(branch.to_owned(), "INVITE".to_owned())) else {
            if self.accepted.contains(&number) {
                return Ok(());
            }
            return broken(format!("ACK {} of {}, which nobody answered", number.1, number.0));
        };
        let Heard::Final { code: 300.., tag, .. } = &invite.heard else {
            return broken(format!("the ACK of {} is in the INVITE's transaction", number.0));
        };
        let theirs = ack.to().ok().and_then(|to| to.tag().map(str::to_owned));
        if invite.number != number || theirs != *tag {
            return broken(format!("the ACK of {} is not like its refusal", number.0));
        }
        self.owed.take_if(|owed| matches!(owed, Owed::Ack(own) if own == branch));
        Ok(())
    }

    /// An answer is about to reach the switch.
    pub(super) fn answered(&mut self, at: Duration, response: &Response) {
        let Some(key) = key_of_response(response) else { return };
        let Some(question) = self.open.get_mut(&key) else { return };
        let code = response.status().code();
        let alive = question.is_alive(at);
        match (&question.heard, code) {
            (Heard::Nothing, ..200) => {
                question.heard = Heard::Provisional;
                if question.hushed && alive {
                    self.owed = Some(Owed::Cancel(key.0));
                }
            }
            (_, ..200) => {}
            (Heard::Final { .. }, 200..) => {
                if question.invite && code >= 300 && alive {
                    self.owed = Some(Owed::Ack(key.0));
                }
            }
            (_, 200..) => {
                let tag = response.to().ok().and_then(|to| to.tag().map(str::to_owned));
                question.heard = Heard::Final { at, code, tag };
                if question.invite && code < 300 {
                    self.accepted.insert(question.number.clone());
                } else if question.invite && alive {
                    self.owed = Some(Owed::Ack(key.0));
                }
            }
        }
    }

    pub(super) fn settled(&mut self) -> Found {
        match self.owed.take() {
            None => Ok(()),
            Some(Owed::Ack(branch)) => broken(format!("the refusal of {branch} got no ACK")),
            Some(Owed::Cancel(branch)) => {
                broken(format!("INVITE {branch} was given up, rings, and is not cancelled"))
            }
        }
    }

    /// What was due before this moment was said.
    pub(super) fn overdue(&mut self, at: Duration) -> Found {
        while let Some((due, key)) = self.due.pop_first() {
            if due + Duration::from_millis(1) >= at {
                self.due.insert((due, key));
                break;
            }
            let Some(question) = self.open.get_mut(&key) else { continue };
            if question.heard != Heard::Nothing || question.last + question.gap != due {
                continue;
            }
            if !question.invite {
                let (method, call) = (&key.1, &question.number.0);
                return broken(format!("{method} of {call} was due again at {due:?}"));
            }
            question.hushed = true;
            self.unrepeated += 1;
        }
        while let Some((_, key)) = self.old.pop_front_if(|(since, _)| *since + KEPT < at) {
            if let Some(question) = self.open.remove(&key) {
                self.accepted.remove(&question.number);
            }
            if self.open.is_empty() {
                self.numbers.clear();
            }
        }
        Ok(())
    }

    /// Of many INVITEs without an answer some have to be said again.
    pub(super) fn end(&self) -> Found {
        if self.unrepeated >= ENOUGH && self.repeated == 0 {
            return broken(format!("of {} unanswered INVITEs none came again", self.unrepeated));
        }
        Ok(())
    }
}

impl Question {
    /// §17.1.1.2, §17.1.2.2: the same bytes, at T1, 2·T1 and so on, while nothing was heard.
    fn again(&mut self, at: Duration, bytes: &Bytes) -> Found {
        let call = &self.number.0;
        if *bytes != self.bytes {
            return broken(format!("another request of {call} in the same transaction"));
        }
        let over = match &self.heard {
            Heard::Nothing => false,
            Heard::Provisional => self.invite,
            Heard::Final { .. } => true,
        };
        if over {
            return broken(format!("a request of {call} came again after {:?}", self.heard));
        }
        if self.heard == Heard::Nothing && !meets(at, self.last + self.gap) {
            let (last, gap) = (self.last, self.gap);
            return broken(format!(
                "a request of {call} came at {at:?}, not {gap:?} after {last:?}"
            ));
        }
        self.last = at;
        self.gap = if self.invite { self.gap * 2 } else { (self.gap * 2).min(T2) };
        Ok(())
    }

    /// Whether the switch still has to know this INVITE.
    fn is_alive(&self, at: Duration) -> bool {
        match &self.heard {
            // Told as over after four seconds of silence (FAULTS F7), and known until timer B.
            Heard::Nothing => at + T1 < self.first + LIFE,
            Heard::Provisional => self.cancelled.is_none_or(|since| at + T1 < since + LIFE),
            Heard::Final { at: first, code, .. } => *code >= 300 && at + T1 < *first + LIFE,
        }
    }
}

/// So many are more than chance.
const ENOUGH: u64 = 12;
