//! Callbacks: promises to call somebody back, and whether they were kept (R82, R97, R149).
//!
//! ```text
//!  Waiting ──due──▶ Owner ──escalates──▶ Team ──escalates──▶ Anyone
//!     │               └──────┬──────────────┴───────────────────┘ called, unreached: due again
//!     │                      ├── reached within the window ▶ Kept, after it ▶ Late
//!     │                      └── given up ▶ Broken
//!     └── withdrawn, or the customer called in ▶ Cancelled
//! ```
//! A promise without an owner begins at its team, one without a team at anyone. The book says
//! whose turn it is and when something is next due; who dials asks the gate like every dial.
//! Bounded to [`PROMISES_MAX`] open promises; one more is refused when it is made.

mod moment;

pub use moment::{NoSuchMoment, moment};

use crate::ids::{AttemptId, CallbackId, LeadId};
use jiff::{SignedDuration, Timestamp};
use routing::{AgentId, CampaignId, Invalid, Number, TeamId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A promise to call somebody back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Callback {
    /// Its identity.
    pub id: CallbackId,
    /// Whom.
    pub lead: LeadId,
    /// For which campaign.
    pub campaign: CampaignId,
    /// Where.
    pub number: Number,
    /// When, in whole microseconds.
    pub due_at: Timestamp,
    /// The zone in which the time was agreed, by IANA name.
    pub zone: String,
    /// Who promised it, where they are to call themselves.
    #[serde(default)]
    pub owner: Option<AgentId>,
    /// Whose promise it is when the owner is not there.
    #[serde(default)]
    pub team: Option<TeamId>,
    /// For how long it counts as kept, and whose turn it is when.
    #[serde(default)]
    pub terms: Terms,
    /// What is worth remembering, at most 1,000 characters.
    #[serde(default)]
    pub note: String,
}

impl Callback {
    /// Names every field that is out of its range at the time of the promise.
    pub fn validate(&self, now: Timestamp) -> Result<(), Vec<Invalid>> {
        let mut wrong = Vec::new();
        let latest = now.checked_add(AHEAD_MAX).unwrap_or(Timestamp::MAX);
        if self.due_at <= now || self.due_at > latest {
            wrong.push(Invalid::new("due_at", "must be a time to come, within a year"));
        }
        if crate::zones::Zone::named(&self.zone).is_none() {
            let why = "must be an IANA time zone such as Europe/London";
            wrong.push(Invalid::new("zone", why));
        }
        if self.note.chars().count() > NOTE_CHARS_MAX {
            wrong
                .push(Invalid::new("note", format!("must be at most {NOTE_CHARS_MAX} characters")));
        }
        self.terms.validate("terms", &mut wrong);
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    /// Whose turn it is at a moment; none before it is due.
    #[must_use]
    pub fn turn(&self, now: Timestamp) -> Option<Turn> {
        let since = now.duration_since(self.due_at);
        let after = |minutes: u16| since >= SignedDuration::from_mins(minutes.into());
        if since.is_negative() {
            return None;
        }
        match (self.owner, self.team) {
            (Some(owner), _) if !after(self.terms.to_team_after_min) => Some(Turn::Owner(owner)),
            (_, Some(team)) if !after(self.terms.to_anyone_after_min) => Some(Turn::Team(team)),
            (Some(owner), None) if !after(self.terms.to_anyone_after_min) => {
                Some(Turn::Owner(owner))
            }
            _ => Some(Turn::Anyone),
        }
    }

    /// When every agent of the campaign may call.
    #[must_use]
    pub fn anyone_at(&self) -> Timestamp {
        let owned = self.owner.is_some() || self.team.is_some();
        let after = if owned { self.terms.to_anyone_after_min } else { 0 };
        self.due_at.saturating_add(minutes(after)).unwrap_or(Timestamp::MAX)
    }

    fn kept_until(&self) -> Timestamp {
        self.due_at.saturating_add(minutes(self.terms.window_min)).unwrap_or(Timestamp::MAX)
    }

    fn given_up_at(&self) -> Timestamp {
        self.due_at.saturating_add(minutes(self.terms.give_up_after_min)).unwrap_or(Timestamp::MAX)
    }

    /// The moments at which its turn changes, and that at which it is given up.
    fn moments(&self) -> [Timestamp; 4] {
        let at = |after| self.due_at.saturating_add(minutes(after)).unwrap_or(Timestamp::MAX);
        let Terms { to_team_after_min, to_anyone_after_min, .. } = self.terms;
        [self.due_at, at(to_team_after_min), at(to_anyone_after_min), self.given_up_at()]
    }
}

/// Longest note of a promise.
pub const NOTE_CHARS_MAX: usize = 1_000;
const AHEAD_MAX: SignedDuration = SignedDuration::from_hours(366 * 24);

fn minutes(count: u16) -> SignedDuration {
    SignedDuration::from_mins(count.into())
}

/// For how long a promise counts as kept, and whose turn it is when; minutes after it was due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The person is to be reached within this, 1..=1,440.
    pub window_min: u16,
    /// The owner's turn ends, 0..=1,440.
    pub to_team_after_min: u16,
    /// The team's turn ends, no sooner than the owner's.
    pub to_anyone_after_min: u16,
    /// Nobody tries any more and the promise is broken, 1..=10,080 and no sooner than the window.
    pub give_up_after_min: u16,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            window_min: 15,
            to_team_after_min: 5,
            to_anyone_after_min: 10,
            give_up_after_min: 1_440,
        }
    }
}

impl Terms {
    /// Names every field that is out of its range, `within` that of which they are the terms.
    pub(crate) fn validate(self, within: &str, wrong: &mut Vec<Invalid>) {
        let Self { window_min, to_team_after_min, to_anyone_after_min, give_up_after_min } = self;
        let mut hold = |field: &'static str, ok: bool, why: &'static str| {
            if !ok {
                wrong.push(Invalid::new(format!("{within}.{field}"), why));
            }
        };
        hold("window_min", (1..=1_440).contains(&window_min), "must be 1 to 1440");
        hold("to_team_after_min", to_team_after_min <= 1_440, "must be 0 to 1440");
        let later = (to_team_after_min..=1_440).contains(&to_anyone_after_min);
        let why = "must be at most 1440 and no less than to_team_after_min";
        hold("to_anyone_after_min", later, why);
        let last = (window_min.max(1)..=10_080).contains(&give_up_after_min);
        let why = "must be at most 10080 and no less than window_min";
        hold("give_up_after_min", last, why);
    }
}

/// Whose turn it is to call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "turn", content = "who", rename_all = "snake_case")]
pub enum Turn {
    /// Whoever promised it.
    Owner(AgentId),
    /// Their team.
    Team(TeamId),
    /// Every agent of the campaign.
    Anyone,
}

impl Turn {
    /// Whether this agent may take it.
    #[must_use]
    pub fn admits(self, agent: AgentId, teams: &[TeamId]) -> bool {
        match self {
            Self::Owner(owner) => owner == agent,
            Self::Team(team) => teams.contains(&team),
            Self::Anyone => true,
        }
    }
}

/// What became of a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closing {
    /// The person was reached within the window.
    Kept,
    /// The person was reached after it.
    Late,
    /// Nobody reached them in time to be of use.
    Broken,
    /// The customer called in before.
    CalledIn,
    /// Somebody took it back, or moved it to another time.
    Withdrawn,
}

impl Closing {
    /// Every one, in order of declaration.
    pub const ALL: [Self; 5] =
        [Self::Kept, Self::Late, Self::Broken, Self::CalledIn, Self::Withdrawn];
}

/// What the book says at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// It is due, or is another's turn now.
    Turn(CallbackId, Turn),
    /// It is over.
    Closed(CallbackId, Closing),
}

/// Open promises, and when something is next to be done about one.
#[derive(Clone, Debug, Default)]
pub struct Callbacks {
    open: BTreeMap<CallbackId, Open>,
    agenda: BTreeSet<(Timestamp, CallbackId)>,
    /// In the order in which they are due.
    by_campaign: BTreeMap<CampaignId, BTreeSet<(Timestamp, CallbackId)>>,
    by_lead: BTreeMap<LeadId, CallbackId>,
}

#[derive(Clone, Debug)]
struct Open {
    callback: Callback,
    /// Its moment in the agenda.
    next: Timestamp,
    /// Called and not reached: not again before this.
    not_before: Option<Timestamp>,
    /// The attempt that is to keep it.
    calling: Option<AttemptId>,
}

impl Callbacks {
    /// Takes a promise; one to the same person is replaced, and told as withdrawn.
    ///
    /// False when the book is full and the promise must not be made.
    pub fn promise(&mut self, callback: Callback, out: &mut Vec<Notice>) -> bool {
        if let Some(before) = self.by_lead.get(&callback.lead).copied() {
            self.close(before, Closing::Withdrawn, out);
        }
        if self.open.len() >= PROMISES_MAX {
            return false;
        }
        let (id, next) = (callback.id, callback.due_at);
        self.by_lead.insert(callback.lead, id);
        self.agenda.insert((next, id));
        self.by_campaign.entry(callback.campaign).or_default().insert((next, id));
        self.open.insert(id, Open { callback, next, not_before: None, calling: None });
        true
    }

    /// Takes a promise back.
    pub fn withdraw(&mut self, id: CallbackId, out: &mut Vec<Notice>) {
        self.close(id, Closing::Withdrawn, out);
    }

    /// A customer called from this number: what was promised there needs no call any more.
    pub fn called_in(&mut self, number: Number, out: &mut Vec<Notice>) {
        self.met(|open| open.number == number, out);
    }

    /// The same of a person who called from another number of theirs.
    pub fn called_in_as(&mut self, lead: LeadId, out: &mut Vec<Notice>) {
        self.met(|open| open.lead == lead, out);
    }

    fn met(&mut self, who: impl Fn(&Callback) -> bool, out: &mut Vec<Notice>) {
        let met = self.open.values().filter(|open| who(&open.callback) && open.calling.is_none());
        let ids: Vec<_> = met.map(|open| open.callback.id).collect();
        for id in ids {
            self.close(id, Closing::CalledIn, out);
        }
    }

    /// When [`Self::tick`] is next due.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        self.agenda.first().map(|(at, _)| *at)
    }

    /// Tells what has become due, whose turn has come, and what is given up.
    pub fn tick(&mut self, now: Timestamp, out: &mut Vec<Notice>) {
        while let Some(&(at, id)) = self.agenda.first().filter(|(at, _)| *at <= now) {
            self.agenda.remove(&(at, id));
            let Some(open) = self.open.get_mut(&id) else { continue };
            if now >= open.callback.given_up_at() && open.calling.is_none() {
                self.close(id, Closing::Broken, out);
                continue;
            }
            let later = open.callback.moments().into_iter().chain(open.not_before);
            // A conversation that outlasts the last moment closes the promise itself.
            let next = later.filter(|moment| *moment > now).min();
            let turn = open.turn(now);
            if let Some(next) = next {
                open.next = next;
                self.agenda.insert((next, id));
            }
            out.extend(turn.map(|turn| Notice::Turn(id, turn)));
        }
    }

    /// The promise that an agent should call now, the longest due first.
    #[must_use]
    pub fn next_for(
        &self,
        now: Timestamp,
        campaign: CampaignId,
        agent: AgentId,
        teams: &[TeamId],
    ) -> Option<&Callback> {
        let mut due = self.due(now, campaign);
        let mine = |open: &&Open| open.turn(now).is_some_and(|turn| turn.admits(agent, teams));
        due.find(mine).map(|open| &open.callback)
    }

    /// Whether somebody may be called for this campaign now, by one agent or another.
    #[must_use]
    pub fn is_due(&self, now: Timestamp, campaign: CampaignId) -> bool {
        self.due(now, campaign).any(|open| open.turn(now).is_some())
    }

    /// Who may be called for this campaign now, the longest due first.
    #[must_use]
    pub fn due_leads(&self, now: Timestamp, campaign: CampaignId) -> Vec<LeadId> {
        let due = self.due(now, campaign).filter(|open| open.turn(now).is_some());
        due.map(|open| open.callback.lead).collect()
    }

    /// The campaign's promises whose time has come, the longest due first.
    fn due(&self, now: Timestamp, campaign: CampaignId) -> impl Iterator<Item = &Open> {
        let ours = self.by_campaign.get(&campaign).into_iter().flatten();
        let due = ours.take_while(move |(due_at, _)| *due_at <= now);
        due.filter_map(|(_, id)| self.open.get(id))
    }

    /// A person is being called; before their promise is due that is another call than the one
    /// they were promised.
    pub fn calling(&mut self, now: Timestamp, lead: LeadId, attempt: AttemptId) {
        let open = self.by_lead.get(&lead).and_then(|id| self.open.get_mut(id));
        if let Some(open) = open.filter(|open| open.callback.due_at <= now) {
            open.calling = Some(attempt);
        }
    }

    /// The owner keeps their promise by this attempt, be it before its time.
    pub fn keeping(&mut self, lead: LeadId, attempt: AttemptId) {
        if let Some(open) = self.by_lead.get(&lead).and_then(|id| self.open.get_mut(id)) {
            open.calling = Some(attempt);
        }
    }

    /// Nobody calls the person before this moment, who has just had another call than the promised
    /// one; a promise that would be given up by then does not rest.
    pub fn rest(&mut self, lead: LeadId, until: Timestamp) {
        let Some(id) = self.by_lead.get(&lead).copied() else { return };
        let Some(open) = self.open.get_mut(&id).filter(|open| open.calling.is_none()) else {
            return;
        };
        if until < open.callback.given_up_at() {
            open.not_before = open.not_before.max(Some(until));
            let next = until.min(open.next);
            self.agenda.remove(&(open.next, id));
            open.next = next;
            self.agenda.insert((next, id));
        }
    }

    /// When the person is to be called again whom this attempt was to call as promised, and did
    /// not reach, where they may be from `again` on; none where the promise is broken by then, and
    /// where the attempt was made for no promise.
    #[must_use]
    pub fn calls_again(
        &self,
        lead: LeadId,
        attempt: AttemptId,
        again: Option<Timestamp>,
    ) -> Option<Timestamp> {
        let open = self.by_lead.get(&lead).and_then(|id| self.open.get(id))?;
        let last = open.callback.given_up_at();
        again.filter(|again| open.calling == Some(attempt) && *again < last)
    }

    /// Whether this attempt is to keep the promise to a person.
    #[must_use]
    pub fn is_calling(&self, lead: LeadId, attempt: AttemptId) -> bool {
        let open = self.by_lead.get(&lead).and_then(|id| self.open.get(id));
        open.is_some_and(|open| open.calling == Some(attempt))
    }

    /// An agent has the person on the line.
    pub fn reached(&mut self, now: Timestamp, lead: LeadId, out: &mut Vec<Notice>) {
        let Some(open) = self.by_lead.get(&lead).and_then(|id| self.open.get(id)) else { return };
        if now < open.callback.due_at && open.calling.is_none() {
            // Reached before the time by another call: it stands until somebody says otherwise.
            return;
        }
        let in_time = now <= open.callback.kept_until();
        let id = open.callback.id;
        self.close(id, if in_time { Closing::Kept } else { Closing::Late }, out);
    }

    /// A call ended without reaching the person, who may be called again from `next` on; none
    /// says never.
    ///
    /// The end of a call that was not made for the promise says nothing of it. Without an attempt
    /// none could be made.
    pub fn missed(
        &mut self,
        (lead, attempt): (LeadId, Option<AttemptId>),
        next: Option<Timestamp>,
        out: &mut Vec<Notice>,
    ) {
        let Some(id) = self.by_lead.get(&lead).copied() else { return };
        let Some(open) = self.open.get_mut(&id).filter(|open| open.calling == attempt) else {
            return;
        };
        open.calling = None;
        let due = open.callback.given_up_at();
        match next.filter(|next| *next < due) {
            Some(next) => {
                open.not_before = Some(next);
                // Its turn may have changed during the call, and that it is given up is told too.
                let next = next.min(open.next);
                self.agenda.remove(&(open.next, id));
                open.next = next;
                self.agenda.insert((next, id));
            }
            None => self.close(id, Closing::Broken, out),
        }
    }

    /// The open promise to a person.
    #[must_use]
    pub fn of_lead(&self, lead: LeadId) -> Option<&Callback> {
        let id = self.by_lead.get(&lead)?;
        self.open.get(id).map(|open| &open.callback)
    }

    /// Whether somebody is being called for this promise.
    #[must_use]
    pub fn is_being_kept(&self, id: CallbackId) -> bool {
        self.open.get(&id).is_some_and(|open| open.calling.is_some())
    }

    /// An open promise.
    #[must_use]
    pub fn get(&self, id: CallbackId) -> Option<&Callback> {
        self.open.get(&id).map(|open| &open.callback)
    }

    /// How many promises are open.
    #[must_use]
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// Whether nothing is promised.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    fn close(&mut self, id: CallbackId, how: Closing, out: &mut Vec<Notice>) {
        if let Some(open) = self.open.remove(&id) {
            let Callback { campaign, due_at, lead, .. } = open.callback;
            self.agenda.remove(&(open.next, id));
            self.by_lead.remove(&lead);
            if let Some(ours) = self.by_campaign.get_mut(&campaign) {
                ours.remove(&(due_at, id));
                if ours.is_empty() {
                    self.by_campaign.remove(&campaign);
                }
            }
            out.push(Notice::Closed(id, how));
        }
    }
}

impl FromIterator<Callback> for Callbacks {
    /// The book as it was before a restart: a second promise to one person was withdrawn then.
    fn from_iter<I: IntoIterator<Item = Callback>>(open: I) -> Self {
        let mut book = Self::default();
        for callback in open {
            book.promise(callback, &mut Vec::new());
        }
        book
    }
}

impl Open {
    /// Whose turn it is; none before it is due, during a call and while it rests after one.
    fn turn(&self, now: Timestamp) -> Option<Turn> {
        let rests = self.not_before.is_some_and(|until| now < until);
        if self.calling.is_some() || rests { None } else { self.callback.turn(now) }
    }
}

/// Most promises open at once.
pub const PROMISES_MAX: usize = 200_000;

#[cfg(test)]
mod tests;
