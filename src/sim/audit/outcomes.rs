//! Books on how attempts ended, by what the carriers said: D1, D3.
//!
//! The tables are INTEROP 64 and the campaign's waits, written a second time: which outcome a final
//! answer has, what counts as an attempt at the person, and when the lead is due again.

use std::collections::{BTreeMap, HashMap, HashSet};

use dialer::campaign::Recycle;
use dialer::leads::LeadStatus;
use dialer::outcomes::Retry;
use dialer::{AttemptId, LeadId, Outcome};
use jiff::{SignedDuration, Timestamp};
use routing::{CampaignId, Number};
use sip::header::Reason;
use sip::{Method, Response};
use store::{Entry, Event};

use super::Found;
use super::promises::Promise;
use crate::sim::invariant::Invariant;
use crate::sim::scene::Scene;

/// What is known of how attempts ended.
#[derive(Debug)]
pub(super) struct Outcomes {
    /// What was heard of an attempt, by the Call-ID of its last INVITE.
    heard: HashMap<String, Heard>,
    calls: HashMap<AttemptId, String>,
    leads: HashMap<LeadId, Row>,
    /// The number at which each was dialled last.
    dialled: HashMap<LeadId, Number>,
    /// Numbers of theirs that do not exist.
    dead: HashSet<(LeadId, Number)>,
    most: BTreeMap<CampaignId, u32>,
    /// After how many seconds a campaign tries again, where it says so itself.
    retries: BTreeMap<(CampaignId, Outcome), i64>,
    /// Who asked not to be called again.
    objected: HashSet<LeadId>,
    /// Since when each is being called.
    live: HashMap<LeadId, Timestamp>,
    /// What agents said of them meanwhile.
    said: HashMap<LeadId, Recycle>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Heard {
    /// The first final answer, with its Q.850 cause.
    last: Option<(u16, Option<u8>)>,
    rang: bool,
    cancelled: bool,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    attempts: u32,
    failures: u32,
    status: LeadStatus,
    due: Option<Timestamp>,
    /// A carrier failed it: the next trunk may have it at once (FAULTS F7).
    free: bool,
}

impl Outcomes {
    pub(super) fn new(scene: &Scene) -> Self {
        let most = scene.campaigns.iter().map(|one| (one.id, one.max_attempts.into()));
        let retries = scene.campaigns.iter().flat_map(|one| {
            one.retry.iter().filter_map(|(outcome, retry)| match retry {
                Retry::AfterS(s) => Some(((one.id, *outcome), i64::from(*s))),
                Retry::Never => None,
            })
        });
        Self {
            retries: retries.collect(),
            heard: HashMap::new(),
            calls: HashMap::new(),
            leads: HashMap::new(),
            dialled: HashMap::new(),
            dead: HashSet::new(),
            objected: HashSet::new(),
            live: HashMap::new(),
            said: HashMap::new(),
            most: most.collect(),
        }
    }

    /// Takes a durable entry for granted.
    pub(super) fn replay(&mut self, entry: &Entry) {
        match &entry.event {
            Event::Permitted { permit, .. } => {
                let found = &permit.evidence.findings;
                self.dialled.insert(found.lead, found.number);
                self.live.insert(found.lead, found.at);
            }
            Event::AttemptEnded { lead, recycle, attempts, carrier_failures, .. } => {
                self.live.remove(lead);
                self.said.remove(lead);
                self.note(*lead, (*attempts, *carrier_failures), recycle);
                self.bury(*lead, recycle);
            }
            Event::Disposed { lead: Some(lead), recycle: Some(recycle), .. } => {
                self.disposed(*lead, recycle);
            }
            Event::OptedOut { lead: Some(lead), .. } => self.objected(*lead),
            _ => {}
        }
    }

    /// D3: a lead is dialled when its last record says that it may be, and never again at a number
    /// that does not exist.
    pub(super) fn permitted(&mut self, (lead, number): (LeadId, Number), wall: Timestamp) -> Found {
        self.dialled.insert(lead, number);
        self.live.insert(lead, wall);
        if self.dead.contains(&(lead, number)) {
            return Err((
                Invariant::D3,
                format!("lead {lead} is dialled at {number}, which is none"),
            ));
        }
        let Some(row) = self.leads.get(&lead) else { return Ok(()) };
        if !matches!(row.status, LeadStatus::Due | LeadStatus::Callback) {
            return Err((Invariant::D3, format!("lead {lead} is dialled and is {}", row.status)));
        }
        match row.due.filter(|due| *due > wall && !row.free) {
            Some(due) => Err((Invariant::D3, format!("lead {lead} is dialled before {due}"))),
            None => Ok(()),
        }
    }

    /// The INVITE of an attempt leaves.
    pub(super) fn invited(&mut self, attempt: AttemptId, call_id: &str) {
        self.heard.entry(call_id.to_owned()).or_default();
        self.calls.insert(attempt, call_id.to_owned());
    }

    /// The switch gives an INVITE up.
    pub(super) fn cancelled(&mut self, call_id: &str) {
        if let Some(heard) = self.heard.get_mut(call_id) {
            heard.cancelled = true;
        }
    }

    /// A carrier's answer is about to reach the switch.
    pub(super) fn answered(&mut self, response: &Response) {
        let to_invite = response.cseq().is_ok_and(|cseq| cseq.method == Method::Invite);
        let heard = response.call_id().ok().and_then(|call_id| self.heard.get_mut(call_id));
        let Some(heard) = heard.filter(|_| to_invite) else { return };
        if !response.status().is_final() {
            heard.rang |= response.status().code() == 180 && heard.last.is_none();
            return;
        }
        let q850 = response.reason_header().filter_map(Result::ok).find(Reason::is_q850);
        let q850 = q850.and_then(|reason| u8::try_from(reason.cause?).ok());
        heard.last.get_or_insert((response.status().code(), q850));
    }

    /// D1: the record of an attempt says what the network said, and what follows from it.
    pub(super) fn ended(&mut self, entry: &Entry, promise: Option<Promise>) -> Found {
        let Event::AttemptEnded {
            attempt,
            lead,
            campaign,
            outcome,
            recycle,
            attempts,
            carrier_failures,
            ..
        } = &entry.event
        else {
            return Ok(());
        };
        let told = |what: String| Err((Invariant::D1, format!("attempt {attempt}: {what}")));
        let heard = self.calls.remove(attempt).and_then(|call_id| self.heard.remove(&call_id));
        if let Some(wanted) = heard.and_then(Heard::outcome)
            && ![wanted, Outcome::Cancelled].contains(outcome)
        {
            return told(format!("{heard:?} was recorded as {outcome}, not {wanted}"));
        }
        // Of a call that a crash cut off the network's word is forgotten.
        let cut_off = [Outcome::Interrupted, Outcome::Connected];
        let crashed = heard.is_none() && cut_off.contains(outcome);
        let picked_up = heard.is_some_and(|heard| matches!(heard.last, Some((200..300, _))));
        // Whom a crash let go picked up in another life.
        let let_go = heard.is_none() && *outcome == Outcome::Abandoned;
        let crashed = crashed || let_go;
        if outcome.is_answered() && !picked_up && !crashed {
            return told(format!("{outcome}, and nobody picked up"));
        }
        let before = self.leads.get(lead).map_or((0, 0), |row| (row.attempts, row.failures));
        let wanted = counted(before, *outcome);
        if wanted != (*attempts, *carrier_failures) {
            let counts = (attempts, carrier_failures);
            return told(format!("{outcome} made {counts:?} of {before:?}, not {wanted:?}"));
        }
        let most = self.most.get(campaign).copied().unwrap_or(u32::MAX);
        let turns = recycle.number.is_some();
        if turns && !MET_NOBODY.contains(outcome) {
            return told(format!("{outcome} led to another number, {recycle:?}"));
        }
        let (status, wait_s) = match (outcome, recycle.status) {
            _ if self.objected.contains(lead) => (LeadStatus::DoNotCall, None),
            // Where they have another number it is that one's turn, at once.
            (Outcome::BadNumber, LeadStatus::Due) if turns && *attempts < most => {
                (LeadStatus::Due, Some(0))
            }
            (Outcome::BadNumber, LeadStatus::Exhausted) if *attempts >= most => {
                (LeadStatus::Exhausted, None)
            }
            _ => follows(*outcome, *attempts >= most),
        };
        let own = self.retries.get(&(*campaign, *outcome)).copied();
        let after = |wait_s: Option<i64>| {
            let wait_s = wait_s.map(|usual| own.unwrap_or(usual));
            wait_s.and_then(|s| entry.at.checked_add(SignedDuration::from_secs(s)).ok())
        };
        let (usual, again) = ((status, after(wait_s)), after(follows(*outcome, false).1));
        let (status, due) = self.stands(*lead, usual, promise, (again, crashed));
        let close = match (due, recycle.next_due_at) {
            // Written at the restart, and dated back to the end of the life before.
            (Some(_), Some(_)) if crashed && !let_go => true,
            // Whom a crash let go rests from the restart on.
            (Some(due), Some(told)) if *outcome == Outcome::Abandoned => {
                told.duration_since(due) > -CLOSE
            }
            (Some(due), Some(told)) => due.duration_since(told).abs() < CLOSE,
            (due, told) => due.is_none() && told.is_none(),
        };
        if status != recycle.status || !close {
            return told(format!("{outcome} at {} became {recycle:?}, not {status}", entry.at));
        }
        self.note(*lead, wanted, recycle);
        self.bury(*lead, recycle);
        Ok(())
    }

    /// Where a lead stands after an attempt: as `usual`, unless somebody said otherwise while it
    /// was live, or they are promised a call; if this was it, it is made `again`.
    fn stands(
        &mut self,
        lead: LeadId,
        usual: (LeadStatus, Option<Timestamp>),
        promise: Option<Promise>,
        (again, crashed): (Option<Timestamp>, bool),
    ) -> (LeadStatus, Option<Timestamp>) {
        let (since, said) = (self.live.remove(&lead), self.said.remove(&lead));
        if usual.0 == LeadStatus::DoNotCall {
            return usual;
        }
        let Some(promise) = promise else {
            return said.map_or(usual, |said| (said.status, said.next_due_at));
        };
        if crashed || since.is_none_or(|since| since < promise.due) {
            return (LeadStatus::Callback, Some(promise.anyone));
        }
        match again.filter(|at| *at < promise.ends && said.is_none()) {
            Some(at) => (LeadStatus::Callback, Some(at.max(promise.anyone))),
            None => usual,
        }
    }

    fn bury(&mut self, lead: LeadId, recycle: &Recycle) {
        if let (Outcome::BadNumber, Some(number)) = (recycle.outcome, self.dialled.get(&lead)) {
            self.dead.insert((lead, *number));
        }
    }

    /// D12: a promised call is one, and a machine is called again hours later.
    pub(super) fn declared(entry: &Entry) -> Found {
        let Event::Disposed { lead: Some(lead), recycle: Some(recycle), code, callback_at, .. } =
            &entry.event
        else {
            return Ok(());
        };
        let open = recycle.status.is_dialable();
        let right = match code.as_str() {
            "callback" if open && callback_at.is_some() => recycle.status == LeadStatus::Callback,
            "machine" if open => recycle.next_due_at.is_some_and(|due| {
                let later = SignedDuration::from_hours(4);
                (due.duration_since(entry.at) - later).abs() < CLOSE
            }),
            _ => true,
        };
        if right {
            return Ok(());
        }
        Err((Invariant::D12, format!("lead {lead} is {recycle:?} after {code} at {}", entry.at)))
    }

    /// This person asked not to be called again: so ends whatever attempt is live.
    pub(super) fn objected(&mut self, lead: LeadId) {
        self.objected.insert(lead);
    }

    /// What an agent says comes last.
    pub(super) fn disposed(&mut self, lead: LeadId, recycle: &Recycle) {
        if recycle.status == LeadStatus::DoNotCall {
            self.objected(lead);
        }
        let (attempts, failures) =
            self.leads.get(&lead).map_or((0, 0), |row| (row.attempts, row.failures));
        self.note(lead, (attempts, failures), recycle);
        if self.live.contains_key(&lead) {
            self.said.insert(lead, *recycle);
        }
    }

    fn note(&mut self, lead: LeadId, (attempts, failures): (u32, u32), recycle: &Recycle) {
        let (status, due) = (recycle.status, recycle.next_due_at);
        let free = recycle.outcome == Outcome::CarrierFailure;
        self.leads.insert(lead, Row { attempts, failures, status, due, free });
    }
}

impl Heard {
    /// INTEROP 64: the outcome of a refusal nobody asked for; a cause tells more than a code.
    fn outcome(self) -> Option<Outcome> {
        let (code, q850) = self.last.filter(|_| !self.cancelled)?;
        match (q850, code) {
            (_, 200..300 | 487) => None,
            (Some(17), _) | (_, 486 | 600) => Some(Outcome::Busy),
            (Some(1), _) | (_, 404 | 410) => Some(Outcome::BadNumber),
            (Some(21), _) | (_, 603) => Some(Outcome::Refused),
            (_, 480) => Some(Outcome::NoAnswer),
            // Caps on numbers count whom it rang for.
            (_, 500..600) if self.rang => Some(Outcome::NoAnswer),
            (_, 500..600) => Some(Outcome::CarrierFailure),
            _ => None,
        }
    }
}

/// Attempts at the person and failures of carriers, after one more; the sixth failure in a row
/// counts.
fn counted((attempts, failures): (u32, u32), outcome: Outcome) -> (u32, u32) {
    let ours = matches!(outcome, Outcome::CarrierFailure | Outcome::Configuration);
    if ours && failures < 5 { (attempts, failures + 1) } else { (attempts + 1, 0) }
}

/// What becomes of the lead, and after how many seconds.
fn follows(outcome: Outcome, used_up: bool) -> (LeadStatus, Option<i64>) {
    let minutes = match outcome {
        Outcome::BadNumber => return (LeadStatus::BadNumber, None),
        Outcome::Connected | Outcome::Delivered => return (LeadStatus::Done, None),
        _ if used_up => return (LeadStatus::Exhausted, None),
        Outcome::Abandoned => 72 * 60,
        Outcome::Refused | Outcome::Blocked | Outcome::HungUp => 24 * 60,
        Outcome::Machine => 4 * 60,
        Outcome::NoAnswer => 2 * 60,
        Outcome::Busy | Outcome::Configuration | Outcome::Interrupted | Outcome::NoMedia => 15,
        Outcome::Cancelled => 5,
        Outcome::CarrierFailure => 1,
    };
    (LeadStatus::Due, Some(60 * minutes))
}

/// After these another number of theirs may have its turn.
const MET_NOBODY: [Outcome; 5] =
    [Outcome::Machine, Outcome::NoMedia, Outcome::Busy, Outcome::NoAnswer, Outcome::BadNumber];

/// The journal's time and the lead's are taken in the same step.
const CLOSE: SignedDuration = SignedDuration::from_secs(2);
