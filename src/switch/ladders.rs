//! The SIP messages of recent calls, kept for whoever asks what happened.
//!
//! A dialog is kept from the INVITE that a leg came of; what strangers send is not. 200 messages a
//! dialog, the INVITE and the latest; 4,000 dialogs and 32 MiB in all, and the one that was silent
//! longest goes first. Whoever reads them sees no answer to a challenge (FAULTS S23).

use std::collections::{BTreeMap, VecDeque};

use admin_api::ladders::{Ladder, Note, Remark, Rung};
use bytes::Bytes;
use jiff::Timestamp;
use routing::{AgentId, CallId};
use sip::Flow;

use super::{Now, Owner, Switch};

/// What is kept, by dialog and by call.
#[derive(Debug, Default)]
pub(super) struct Ladders {
    /// The wall clock of the input in hand.
    now: Timestamp,
    dialogs: BTreeMap<Box<str>, Kept>,
    /// Dialogs in the order of their latest message.
    recent: BTreeMap<u64, Box<str>>,
    serial: u64,
    bytes: usize,
    /// The latest INVITE from outside of a dialog that is not kept yet.
    candidate: Option<(Box<str>, Rung)>,
    calls: BTreeMap<CallId, Vec<Stretch>>,
    /// What happened beside the signalling.
    notes: BTreeMap<CallId, Vec<Note>>,
    /// Calls, the oldest first.
    order: VecDeque<CallId>,
}

/// The messages of one dialog.
#[derive(Debug, Default)]
struct Kept {
    rungs: VecDeque<Rung>,
    forgotten: u64,
    serial: u64,
}

/// The part of a dialog that belongs to a call: an agent's line outlives many.
#[derive(Debug)]
struct Stretch {
    call_id: Box<str>,
    from: Timestamp,
    to: Option<Timestamp>,
}

impl Ladders {
    /// Everything noted from here on happens now.
    pub(super) fn begin(&mut self, now: Timestamp) {
        self.now = now;
        self.candidate = None;
    }

    /// A message came in.
    pub(super) fn heard(&mut self, flow: &Flow, bytes: &Bytes) {
        let Some(call_id) = call_id_of(bytes) else { return };
        if self.dialogs.contains_key(call_id) {
            let rung = self.rung(flow, false, bytes);
            self.push(call_id, rung);
        } else if bytes.starts_with(b"INVITE ") {
            self.candidate = Some((call_id.into(), self.rung(flow, false, bytes)));
        }
    }

    /// A leg came of what was just heard.
    pub(super) fn admitted(&mut self) {
        if let Some((call_id, rung)) = self.candidate.take() {
            self.push(&call_id, rung);
        }
    }

    /// A message went out; an INVITE of ours opens a dialog.
    pub(super) fn said(&mut self, flow: &Flow, bytes: &Bytes) {
        let Some(call_id) = call_id_of(bytes) else { return };
        if bytes.starts_with(b"INVITE ") || self.dialogs.contains_key(call_id) {
            let rung = self.rung(flow, true, bytes);
            self.push(call_id, rung);
        }
    }

    /// From now on a dialog is part of a call.
    pub(super) fn link(&mut self, call: CallId, call_id: &str, from: Timestamp) {
        let stretches = self.open(call);
        let known = stretches.iter().any(|part| *part.call_id == *call_id && part.to.is_none());
        if !known && stretches.len() < STRETCHES_MAX {
            stretches.push(Stretch { call_id: call_id.into(), from, to: None });
        }
    }

    fn open(&mut self, call: CallId) -> &mut Vec<Stretch> {
        if !self.calls.contains_key(&call) {
            self.order.push_back(call);
            if self.order.len() > CALLS_MAX
                && let Some(oldest) = self.order.pop_front()
            {
                self.calls.remove(&oldest);
                self.notes.remove(&oldest);
            }
        }
        self.calls.entry(call).or_default()
    }

    /// Something happened to a call beside its signalling.
    pub(super) fn note(&mut self, call: CallId, agent: Option<AgentId>, what: Remark) {
        self.open(call);
        let notes = self.notes.entry(call).or_default();
        if notes.len() < NOTES_MAX {
            notes.push(Note { at: self.now, agent, what });
        }
    }

    /// A call is over, and with it its part of dialogs that go on.
    pub(super) fn close(&mut self, call: CallId) {
        let to = self.now;
        for stretch in self.calls.get_mut(&call).into_iter().flatten() {
            stretch.to.get_or_insert(to);
        }
    }

    /// What is kept of a call.
    pub(super) fn of(&self, call: CallId) -> Option<Ladder> {
        let mut ladder = Ladder::default();
        for Stretch { call_id, from, to } in self.calls.get(&call)? {
            let Some(kept) = self.dialogs.get(call_id) else { continue };
            let until = to.map(|to| to.saturating_add(AFTERMATH).unwrap_or(to));
            let within =
                |rung: &&Rung| rung.at >= *from && until.is_none_or(|until| rung.at <= until);
            ladder.rungs.extend(kept.rungs.iter().filter(within).cloned());
            ladder.forgotten += kept.forgotten;
        }
        ladder.notes = self.notes.get(&call).cloned().unwrap_or_default();
        // Stable: messages of one input keep their order.
        ladder.rungs.sort_by_key(|rung| rung.at);
        Some(ladder)
    }

    fn rung(&self, flow: &Flow, sent: bool, bytes: &Bytes) -> Rung {
        Rung {
            at: self.now,
            sent,
            ours: flow.local,
            theirs: flow.remote,
            transport: flow.transport.via(),
            bytes: masked(bytes),
        }
    }

    fn push(&mut self, call_id: &str, rung: Rung) {
        self.bytes += rung.bytes.len();
        self.serial += 1;
        let kept = self.dialogs.entry(call_id.into()).or_default();
        self.recent.remove(&kept.serial);
        kept.serial = self.serial;
        self.recent.insert(self.serial, call_id.into());
        kept.rungs.push_back(rung);
        if kept.rungs.len() > RUNGS_MAX
            && let Some(second) = kept.rungs.remove(1)
        {
            self.bytes -= second.bytes.len();
            kept.forgotten += 1;
        }
        while self.dialogs.len() > DIALOGS_MAX || self.bytes > BYTES_MAX {
            let Some((_, silent)) = self.recent.pop_first() else { return };
            let gone = self.dialogs.remove(&silent).unwrap_or_default();
            self.bytes -= gone.rungs.iter().map(|rung| rung.bytes.len()).sum::<usize>();
        }
    }
}

impl Switch {
    /// A leg that is live, or ends just now, belongs to a call.
    pub(super) fn trace_leg(&mut self, call: CallId, leg: sip::LegId) {
        let started = self.calls.get(&call).map(|slot| self.wall(slot.started));
        if let (Some(started), Some(call_id)) = (started, self.sip.call_id(leg)) {
            self.ladders.link(call, call_id, started);
        }
    }

    /// The agent's line carries a call from now on.
    pub(super) fn trace_line(&mut self, now: Now, call: CallId, agent: AgentId) {
        let leg = self.line_up(agent).map(|party| party.leg);
        if let Some(call_id) = leg.and_then(|leg| self.sip.call_id(leg)) {
            self.ladders.link(call, call_id, now.wall);
        }
    }

    /// What crossed the wire for a call, live or recent.
    pub(super) fn ladder(&mut self, call: CallId) -> Option<Ladder> {
        let own = |(_, owner): &(&sip::LegId, &Owner)| **owner == Owner::Call(call);
        let legs: Vec<_> = self.legs.iter().filter(own).map(|(leg, _)| *leg).collect();
        for leg in legs {
            self.trace_leg(call, leg);
        }
        self.ladders.of(call)
    }
}

/// The Call-ID of a message, by looking for its line only.
fn call_id_of(bytes: &[u8]) -> Option<&str> {
    let lines = bytes.split(|byte| *byte == b'\n').take_while(|line| !line.trim_ascii().is_empty());
    let value = lines.filter_map(|line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let (name, value) = (line[..colon].trim_ascii(), &line[colon + 1..]);
        let is_it = name.eq_ignore_ascii_case(b"call-id") || name.eq_ignore_ascii_case(b"i");
        is_it.then(|| value.trim_ascii())
    });
    std::str::from_utf8(value.into_iter().next()?).ok()
}

/// The message with every `response` of a digest struck out, and the key of an INFO, which may be
/// one of a PIN or of a card; at its length.
fn masked(bytes: &Bytes) -> Bytes {
    if bytes.starts_with(b"INFO ") {
        return without_keys(bytes);
    }
    let is_there = |text: &[u8]| bytes.windows(text.len()).any(|part| part == text);
    if !is_there(b"uthorization") {
        return bytes.clone();
    }
    let mut masked = bytes.to_vec();
    let mut at = 0;
    while let Some(found) = find(&masked[at..], RESPONSE) {
        at += found + RESPONSE.len();
        for byte in masked[at..].iter_mut().take_while(|byte| byte.is_ascii_hexdigit()) {
            *byte = b'x';
        }
    }
    Bytes::from(masked)
}

fn without_keys(bytes: &Bytes) -> Bytes {
    let Some(body) = find(bytes, b"\r\n\r\n").filter(|_| find(bytes, b"dtmf").is_some()) else {
        return bytes.clone();
    };
    let mut masked = bytes.to_vec();
    let keys = masked[body..].iter_mut();
    for byte in keys.filter(|byte| byte.is_ascii_digit() || matches!(byte, b'*' | b'#')) {
        *byte = b'x';
    }
    Bytes::from(masked)
}

fn find(bytes: &[u8], text: &[u8]) -> Option<usize> {
    bytes.windows(text.len()).position(|part| part.eq_ignore_ascii_case(text))
}

const RESPONSE: &[u8] = b"response=\"";
const RUNGS_MAX: usize = 200;
const DIALOGS_MAX: usize = 4_000;
const BYTES_MAX: usize = 32 << 20;
const CALLS_MAX: usize = 4_000;

/// Of one call; a leg that comes and goes for hours has told its story by then.
const NOTES_MAX: usize = 64;

/// A call has one leg of its own and now and then another agent's line.
const STRETCHES_MAX: usize = 16;

/// How long after a call its last messages may come.
const AFTERMATH: jiff::SignedDuration = jiff::SignedDuration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn flow() -> Flow {
        Flow::udp("192.0.2.1:5060".parse().unwrap(), "192.0.2.9:5060".parse().unwrap())
    }

    fn message(first: &str, call_id: &str) -> Bytes {
        Bytes::from(format!("{first}\r\ni : {call_id}\r\nCSeq: 1 INVITE\r\n\r\nCall-ID: body"))
    }

    fn call() -> CallId {
        CallId::from(Uuid::nil())
    }

    /// What a stranger sends is not kept; what a leg came of is, from its INVITE on.
    #[test]
    fn a_dialog_is_kept_from_the_invite_that_a_leg_came_of() {
        let mut ladders = Ladders::default();
        ladders.begin(Timestamp::UNIX_EPOCH);
        ladders.heard(&flow(), &message("INVITE sip:a@b SIP/2.0", "stranger"));
        ladders.said(&flow(), &message("SIP/2.0 407 No", "stranger"));
        ladders.begin(Timestamp::UNIX_EPOCH);
        ladders.heard(&flow(), &message("INVITE sip:a@b SIP/2.0", "one"));
        ladders.admitted();
        ladders.said(&flow(), &message("SIP/2.0 200 OK", "one"));
        ladders.heard(&flow(), &message("BYE sip:a@b SIP/2.0", "stranger"));
        assert_eq!(ladders.dialogs.len(), 1);
        ladders.link(call(), "one", Timestamp::UNIX_EPOCH);
        let ladder = ladders.of(call()).unwrap();
        let sent: Vec<_> = ladder.rungs.iter().map(|rung| rung.sent).collect();
        assert_eq!(sent, [false, true]);
        assert_eq!(ladders.of(CallId::from(Uuid::max())), None);
    }

    /// FAULTS S18: a PIN may come by INFO.
    #[test]
    fn a_key_that_came_by_info_is_struck_out() {
        for body in ["Signal=7\r\nDuration=160", "7", "*"] {
            let info = format!(
                "INFO sip:1@pbx SIP/2.0\r\nContent-Type: application/dtmf-relay\r\n\r\n{body}"
            );
            let shown = masked(&Bytes::from(info.clone()));
            let (head, tail) = info.split_at(info.len() - body.len());
            assert!(shown.starts_with(head.as_bytes()));
            assert!(!shown[head.len()..].iter().any(|byte| tail.contains('7') && *byte == b'7'));
            assert_eq!((shown.len(), shown.ends_with(b"*")), (info.len(), false));
        }
    }

    /// A line that stays up carries many calls: each sees its own part.
    #[test]
    fn a_call_sees_its_own_part_of_an_agents_line() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut ladders = Ladders::default();
        ladders.begin(at(0));
        ladders.said(&flow(), &message("INVITE sip:agent SIP/2.0", "line"));
        for second in [10, 20, 30] {
            ladders.begin(at(second));
            if second == 20 {
                ladders.link(call(), "line", at(second));
            }
            ladders.said(&flow(), &message("OPTIONS sip:agent SIP/2.0", "line"));
            if second == 20 {
                ladders.close(call());
            }
        }
        let ladder = ladders.of(call()).unwrap();
        assert_eq!(ladder.rungs.iter().map(|rung| rung.at).collect::<Vec<_>>(), [at(20)]);
    }

    /// Everything bounded: the INVITE and the latest messages stay, the rest is counted.
    #[test]
    fn a_dialog_keeps_its_invite_and_its_latest_messages() {
        let mut ladders = Ladders::default();
        ladders.said(&flow(), &message("INVITE sip:a@b SIP/2.0", "one"));
        for _ in 0..RUNGS_MAX + 9 {
            ladders.said(&flow(), &message("INFO sip:a@b SIP/2.0", "one"));
        }
        ladders.link(call(), "one", Timestamp::MIN);
        let ladder = ladders.of(call()).unwrap();
        assert_eq!((ladder.rungs.len(), ladder.forgotten), (RUNGS_MAX, 10));
        assert!(ladder.rungs[0].bytes.starts_with(b"INVITE"));
        for index in 0..=DIALOGS_MAX {
            ladders.said(&flow(), &message("INVITE sip:a@b SIP/2.0", &index.to_string()));
        }
        assert_eq!(ladders.dialogs.len(), DIALOGS_MAX);
        assert_eq!(ladders.recent.len(), DIALOGS_MAX);
        let held = |kept: &Kept| kept.rungs.iter().map(|rung| rung.bytes.len()).sum::<usize>();
        assert_eq!(ladders.bytes, ladders.dialogs.values().map(held).sum::<usize>());
    }

    /// FAULTS S23.
    #[test]
    fn what_answers_a_challenge_is_struck_out_at_its_length() {
        let text =
            "BYE sip:a@b SIP/2.0\r\nProxy-Authorization: Digest response=\"0aF9\", x=\"1\"\r\n";
        let shown = masked(&Bytes::from_static(text.as_bytes()));
        assert_eq!(shown.len(), text.len());
        assert!(find(&shown, b"response=\"xxxx\", x=\"1\"").is_some());
    }
}
