//! Requests to the switch: its server transactions (RFC 3261 §17.2, §13.3.1.4), from outside.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use sip::{Method, Request, Response};

use super::{
    KEPT, Key, LIFE, Numbered, T1, T2, broken, key_of_request, key_of_response, meets, numbered,
};
use crate::sim::audit::Found;

/// What the switch is asked.
#[derive(Debug, Default)]
pub(super) struct Asked {
    open: HashMap<Asker, Question>,
    /// INVITEs with a final answer that has no ACK yet, by what the ACK repeats.
    unheard: BTreeMap<Numbered, Asker>,
    /// Calls that the switch has said BYE in.
    left: HashSet<String>,
    due: BTreeSet<(Duration, Asker)>,
    old: VecDeque<(Duration, Asker)>,
    owed: Option<Asker>,
    /// The port that the first copy of a request came from.
    ports: HashMap<(Key, IpAddr), u16>,
}

type Asker = (Key, SocketAddr);

#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about a request")]
struct Question {
    number: Numbered,
    invite: bool,
    /// An INVITE that begins a call.
    begins: bool,
    said: Option<u16>,
    /// When the final answer was first said, last said, and how long until it is said again.
    first: Duration,
    last: Duration,
    gap: Duration,
    heard: bool,
    /// An INVITE refused at once by [`WITHOUT_STATE`].
    stateless: bool,
}

impl Asked {
    /// A request is about to reach the switch.
    pub(super) fn arrives(&mut self, at: Duration, from: SocketAddr, request: &Request) {
        let (Some(key), Some(number)) = (key_of_request(request), numbered(request)) else {
            return;
        };
        let from = self.first_seen(&key, from);
        self.hear(request, &key, from, &number);
        if request.method() == Method::Ack {
            return;
        }
        let asker = (key, from);
        match self.open.get(&asker) {
            Some(question) if question.wants_again(at) => self.owed = Some(asker),
            Some(_) => {}
            None => {
                let invite = request.method() == Method::Invite;
                let question = Question {
                    number,
                    invite,
                    begins: invite && request.to().is_ok_and(|to| to.tag().is_none()),
                    said: None,
                    first: at,
                    last: at,
                    gap: T1,
                    heard: false,
                    stateless: false,
                };
                self.open.insert(asker.clone(), question);
                self.old.push_back((at, asker.clone()));
                self.owed = Some(asker);
            }
        }
    }

    /// A NAT that forgets moves the copies of a request to another port. They are of the same
    /// transaction (§17.2.3), whose answer goes to where the first came from: its Via says so
    /// (§18.2.2, RFC 3581 §4). An answer at the new port would tell a telephone that it is bound
    /// where it is not any more.
    fn first_seen(&mut self, key: &Key, from: SocketAddr) -> SocketAddr {
        let port = *self.ports.entry((key.clone(), from.ip())).or_insert(from.port());
        SocketAddr::new(from.ip(), port)
    }

    /// An ACK says that an answer was heard; so does any later request of the call.
    fn hear(&mut self, request: &Request, key: &Key, from: SocketAddr, number: &Numbered) {
        let refused = ((key.0.clone(), "INVITE".to_owned()), from);
        if request.method() == Method::Ack {
            let of_2xx = self.unheard.get(number).cloned();
            for asker in of_2xx.into_iter().chain([refused]) {
                if let Some(question) = self.open.get_mut(&asker) {
                    question.heard = true;
                }
            }
            return;
        }
        let before = (number.0.clone(), 0)..number.clone();
        for asker in self.unheard.range(before).map(|(_, asker)| asker) {
            let question = self.open.get_mut(asker);
            if let Some(question) = question.filter(|one| one.said.is_some_and(|code| code < 300)) {
                question.heard = true;
            }
        }
    }

    /// The switch says BYE: RFC 3261 §15, not before the ACK of what began the call.
    pub(super) fn left(&mut self, at: Duration, bye: &Request) -> Found {
        let Ok(call_id) = bye.call_id() else { return broken("a BYE without a Call-ID") };
        let all = (call_id.to_owned(), 0)..=(call_id.to_owned(), u32::MAX);
        let early = |asker: &Asker| {
            let question = self.open.get(asker).filter(|one| one.begins && !one.heard);
            question.is_some_and(|one| one.said < Some(300) && at < one.first + LIFE)
        };
        if self.unheard.range(all).any(|(_, asker)| early(asker)) {
            return broken(format!("{call_id} got a BYE before it acknowledged the answer"));
        }
        self.left.insert(call_id.to_owned());
        Ok(())
    }

    /// The switch answers.
    pub(super) fn answered(&mut self, at: Duration, to: SocketAddr, response: &Response) -> Found {
        let code = response.status().code();
        let Some(key) = key_of_response(response) else { return broken("an answer has no branch") };
        let asker = (key, to);
        let Some(question) = self.open.get_mut(&asker) else {
            return broken(format!("{code} answers what nobody asked"));
        };
        let asked_again = self.owed.take_if(|owed| *owed == asker).is_some();
        question.say(at, code, asked_again)?;
        if question.invite && code >= 200 && !question.stateless {
            self.unheard.insert(question.number.clone(), asker.clone());
            self.due.insert((question.next(), asker));
        }
        Ok(())
    }

    /// Whatever is asked is answered in the same step.
    pub(super) fn settled(&mut self) -> Found {
        match self.owed.take() {
            None => Ok(()),
            Some(((_, method), from)) => broken(format!("{method} from {from} got no answer")),
        }
    }

    /// A final answer to an INVITE comes again until its ACK; who never sends one gets a BYE.
    pub(super) fn overdue(&mut self, at: Duration) -> Found {
        while let Some((due, asker)) = self.due.pop_first() {
            if due + Duration::from_millis(1) >= at {
                self.due.insert((due, asker));
                break;
            }
            let Some(question) = self.open.get(&asker) else { continue };
            if question.heard || question.next() != due {
                continue;
            }
            let (call, code) = (&question.number.0, question.said.unwrap_or_default());
            // A re-INVITE is over with the dialog that it was of.
            if !question.begins && self.left.contains(call) {
                continue;
            }
            if due < question.first + LIFE {
                return broken(format!("{code} to INVITE of {call} was due again at {due:?}"));
            }
            if code < 300 && !self.left.contains(call) {
                return broken(format!("nobody acknowledged {call}, and it got no BYE"));
            }
        }
        while let Some((_, asker)) = self.old.pop_front_if(|(since, _)| *since + KEPT < at) {
            self.ports.remove(&(asker.0.clone(), asker.1.ip()));
            if let Some(question) = self.open.remove(&asker) {
                self.left.remove(&question.number.0);
                self.unheard.remove(&question.number);
            }
        }
        Ok(())
    }
}

impl Question {
    /// §17.2: one final answer, said again to each copy and, to an INVITE, at T1, 2·T1 … T2.
    fn say(&mut self, at: Duration, code: u16, asked_again: bool) -> Found {
        let call = &self.number.0;
        match self.said {
            Some(before) if before >= 200 && before != code => {
                return broken(format!("{call}: {code} after {before}"));
            }
            Some(before) if before >= 200 => {
                if asked_again || !self.invite {
                    return Ok(());
                }
                if self.stateless {
                    return broken(format!("{call}: {code} left no state, and came again"));
                }
                if self.heard {
                    return broken(format!("{call}: {code} came again after its ACK"));
                }
                if !meets(at, self.last + self.gap) {
                    let (last, gap) = (self.last, self.gap);
                    let what = format!("{call}: {code} came at {at:?}, not {gap:?} after {last:?}");
                    return broken(what);
                }
                self.last = at;
                self.gap = (self.gap * 2).min(T2);
            }
            before => {
                (self.first, self.last) = (at, at);
                self.stateless = self.invite && before.is_none() && WITHOUT_STATE.contains(&code);
            }
        }
        self.said = Some(code);
        Ok(())
    }

    /// When the final answer is due again, or when it is given up.
    fn next(&self) -> Duration {
        (self.last + self.gap).min(self.first + LIFE)
    }

    /// Whether a copy of this request gets its answer again.
    fn wants_again(&self, at: Duration) -> bool {
        match self.said {
            None => false,
            Some(..200) => true,
            Some(200..300) if self.invite => false,
            Some(_) if self.stateless => true,
            Some(_) => !self.heard && at + T1 < self.first + LIFE,
        }
    }
}

/// What a stranger's INVITE is refused with and no state is kept for (FAULTS S5): said anew to each
/// copy and never by itself (RFC 3261 §8.2.7).
const WITHOUT_STATE: [u16; 11] = [400, 401, 406, 407, 415, 420, 422, 481, 482, 483, 503];
