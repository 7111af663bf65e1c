//! Places in line that callers keep though they hang up: who is called back when it is their turn.
//!
//! ```text
//!  keep ─▶ Line ─ an agent is set aside, dialled ─▶ Called ─ answered ─▶ Reached
//!           ▲  ▲                                      │
//!           │  └───────────── it is time ── Resting ◀─┴─ not answered, and tries are left
//!           └─ put off: nothing can be dialled now ──▶ Resting
//! ```
//! A place is known by the call whose caller kept it. In the line of its queue it stands under the
//! id of the call to come, which is another for each try, with the arrival of the first caller.
//! From every stage it may close: the caller calls again, a supervisor removes it, its queue goes,
//! its time is over, its tries are spent. It closes once, and each change is told to the journal by
//! whoever drives this.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ids::{CallId, CampaignId, QueueId};
use crate::invalid::Invalid;
use crate::number::Number;
use crate::queues::within;

/// Under which terms callers of a queue may hang up and be called back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallBack {
    /// The key that a caller presses; 1..=9.
    #[serde(default = "digit")]
    pub digit: u8,
    /// The campaign for which the call is made: whose CLI, trunks, law and record it has.
    pub campaign: CampaignId,
    /// How often a person who does not answer is called; 1..=10.
    #[serde(default = "tries_max")]
    pub tries_max: u8,
    /// How long after a try that was not answered the next may be, in s; 30..=86 400.
    #[serde(default = "retry_s")]
    pub retry_s: u32,
    /// How long a place is kept, in s; 300..=604 800.
    #[serde(default = "keep_s")]
    pub keep_s: u32,
}

impl CallBack {
    /// The terms where nobody said otherwise.
    #[must_use]
    pub fn of(campaign: CampaignId) -> Self {
        let (digit, tries_max) = (digit(), tries_max());
        Self { digit, campaign, tries_max, retry_s: retry_s(), keep_s: keep_s() }
    }

    /// Checks every limit.
    pub fn validate(&self) -> Result<(), Invalid> {
        within("digit", self.digit.into(), 1, 9)?;
        within("tries_max", self.tries_max.into(), 1, 10)?;
        within("retry_s", self.retry_s, 30, 86_400)?;
        within("keep_s", self.keep_s, 300, 604_800)
    }

    /// Whether this key is the one.
    #[must_use]
    pub fn is_key(&self, key: char) -> bool {
        key.to_digit(10) == Some(self.digit.into())
    }
}

fn digit() -> u8 {
    1
}

fn tries_max() -> u8 {
    3
}

fn retry_s() -> u32 {
    300
}

fn keep_s() -> u32 {
    86_400
}

/// A place that is kept, with all that is needed to call back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptPlace {
    /// The call whose caller kept it.
    pub call: CallId,
    /// In whose line.
    pub queue: QueueId,
    /// For which campaign the call is made.
    pub campaign: CampaignId,
    /// Who is called.
    pub number: Number,
    /// Since when they have been in line.
    pub arrived_at: Timestamp,
    /// When they asked to be called back.
    pub kept_at: Timestamp,
    /// When it is given up, whatever was tried.
    pub until: Timestamp,
    /// How often they are called at the most.
    pub tries_max: u8,
    /// How long after a try the next may be, in s.
    pub retry_s: u32,
}

/// What became of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceEnd {
    /// The person is with an agent.
    Reached,
    /// They did not answer as often as they were to be called.
    Unanswered,
    /// The gate lets nobody call them in time.
    Refused,
    /// They called again first.
    CalledIn,
    /// A supervisor removed it.
    Removed,
    /// Its time was over before its turn came.
    Overdue,
    /// Its queue is no more.
    QueueGone,
}

/// Where a place stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// In the line of its queue, or with an agent whose telephone rings first.
    Line,
    /// The person is being called.
    Called,
    /// In no line before this.
    Resting {
        /// When it goes back there.
        until: Timestamp,
    },
}

/// Every place that is kept.
#[derive(Debug, Default)]
pub struct Places {
    kept: BTreeMap<CallId, Kept>,
    /// The place that a call to come is for.
    by_next: BTreeMap<CallId, CallId>,
}

#[derive(Debug, Clone, Copy)]
struct Kept {
    place: KeptPlace,
    tries: u8,
    next: Option<CallId>,
    stage: Stage,
}

impl Places {
    /// Keeps a place, which rests until it is put in line; tells whether there was room for it.
    pub fn keep(&mut self, now: Timestamp, place: KeptPlace, tries: u8) -> bool {
        let known = self.kept.contains_key(&place.call);
        if !known && self.kept.len() < PLACES_MAX {
            let stage = Stage::Resting { until: now };
            self.kept.insert(place.call, Kept { place, tries, next: None, stage });
        }
        !known && self.kept.contains_key(&place.call)
    }

    /// Whether one more can be kept.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.kept.len() < PLACES_MAX
    }

    /// It stands in line again, under the id of the call to come.
    pub fn stands(&mut self, call: CallId, next: CallId) {
        if let Some(kept) = self.kept.get_mut(&call) {
            (kept.next, kept.stage) = (Some(next), Stage::Line);
            self.by_next.insert(next, call);
        }
    }

    /// The person is being called.
    pub fn called(&mut self, call: CallId) {
        if let Some(kept) = self.kept.get_mut(&call) {
            kept.tries = kept.tries.saturating_add(1);
            kept.stage = Stage::Called;
        }
    }

    /// The person was not called after all: the last try does not count.
    pub fn forgive(&mut self, call: CallId) {
        if let Some(kept) = self.kept.get_mut(&call) {
            kept.tries = kept.tries.saturating_sub(1);
        }
    }

    /// The try came to nothing: it rests, or its end is told.
    #[must_use]
    pub fn missed(&mut self, now: Timestamp, call: CallId) -> Option<PlaceEnd> {
        let kept = self.kept.get(&call)?;
        if self.is_spent(call) {
            return Some(PlaceEnd::Unanswered);
        }
        let retry = SignedDuration::from_secs(kept.place.retry_s.into());
        let until = now.saturating_add(retry).unwrap_or(kept.place.until);
        self.put_off(call, until).then_some(PlaceEnd::Unanswered)
    }

    /// It rests until then; tells whether its time is over before.
    #[must_use]
    pub fn put_off(&mut self, call: CallId, until: Timestamp) -> bool {
        let Some(kept) = self.kept.get_mut(&call) else { return false };
        if let Some(next) = kept.next.take() {
            self.by_next.remove(&next);
        }
        kept.stage = Stage::Resting { until };
        until >= kept.place.until
    }

    /// It is kept no more.
    pub fn close(&mut self, call: CallId) -> Option<KeptPlace> {
        let kept = self.kept.remove(&call)?;
        if let Some(next) = kept.next {
            self.by_next.remove(&next);
        }
        Some(kept.place)
    }

    /// The place.
    #[must_use]
    pub fn get(&self, call: CallId) -> Option<&KeptPlace> {
        self.kept.get(&call).map(|kept| &kept.place)
    }

    /// Where it stands, and the call to come.
    #[must_use]
    pub fn stage(&self, call: CallId) -> Option<(Stage, Option<CallId>)> {
        self.kept.get(&call).map(|kept| (kept.stage, kept.next))
    }

    /// The place that a call to come is for.
    #[must_use]
    pub fn of_next(&self, next: CallId) -> Option<&KeptPlace> {
        self.get(*self.by_next.get(&next)?)
    }

    /// Whether the person was called as often as the terms say.
    #[must_use]
    pub fn is_spent(&self, call: CallId) -> bool {
        self.kept.get(&call).is_some_and(|kept| kept.tries >= kept.place.tries_max)
    }

    /// Those of a person.
    #[must_use]
    pub fn of_number(&self, number: Number) -> Vec<CallId> {
        let of = self.kept.values().filter(|kept| kept.place.number == number);
        of.map(|kept| kept.place.call).collect()
    }

    /// Those of a queue.
    #[must_use]
    pub fn of_queue(&self, queue: QueueId) -> Vec<CallId> {
        let of = self.kept.values().filter(|kept| kept.place.queue == queue);
        of.map(|kept| kept.place.call).collect()
    }

    /// How many of a queue are kept, and how many of them stand in its line.
    #[must_use]
    pub fn count(&self, queue: QueueId) -> (usize, usize) {
        let of = self.kept.values().filter(|kept| kept.place.queue == queue);
        of.fold((0, 0), |(all, line), kept| {
            (all + 1, line + usize::from(kept.stage == Stage::Line))
        })
    }

    /// Those whose rest is over, the one that arrived first before the others.
    #[must_use]
    pub fn due(&self, now: Timestamp) -> Vec<CallId> {
        let over = |kept: &&Kept| matches!(kept.stage, Stage::Resting { until } if until <= now);
        let mut due: Vec<_> = self.kept.values().filter(over).map(|kept| kept.place).collect();
        due.sort_unstable_by_key(|place| (place.arrived_at, place.call));
        due.into_iter().map(|place| place.call).collect()
    }

    /// When the next rest that is not over yet will be.
    #[must_use]
    pub fn deadline(&self, now: Timestamp) -> Option<Timestamp> {
        let rests = self.kept.values().filter_map(|kept| match kept.stage {
            Stage::Resting { until } => Some(until),
            Stage::Line | Stage::Called => None,
        });
        rests.filter(|until| *until > now).min()
    }
}

/// A floor of 5,000 waiting callers who all keep their place; a further one is not offered it.
const PLACES_MAX: usize = 5_000;

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn call(n: u128) -> CallId {
        Uuid::from_u128(n).into()
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn place(n: u128) -> KeptPlace {
        KeptPlace {
            call: call(n),
            queue: Uuid::from_u128(90).into(),
            campaign: Uuid::from_u128(91).into(),
            number: "+12025550123".parse().unwrap(),
            arrived_at: at(-60),
            kept_at: at(-30),
            until: at(3_600),
            tries_max: 2,
            retry_s: 300,
        }
    }

    fn kept() -> Places {
        let mut places = Places::default();
        assert!(places.keep(at(0), place(1), 0));
        places.stands(call(1), call(100));
        places
    }

    #[test]
    fn a_person_who_does_not_answer_is_called_as_often_as_the_terms_say() {
        let mut places = kept();
        assert_eq!(places.of_next(call(100)), Some(&place(1)));
        places.called(call(1));
        assert_eq!(places.count(place(1).queue), (1, 0), "being called, it stands in no line");
        assert_eq!(places.missed(at(30), call(1)), None);
        assert_eq!(places.of_next(call(100)), None, "the next try has another id");
        assert_eq!((places.due(at(329)), places.deadline(at(30))), (vec![], Some(at(330))));
        assert_eq!((places.due(at(330)), places.deadline(at(330))), (vec![call(1)], None));
        places.stands(call(1), call(101));
        places.called(call(1));
        assert_eq!(places.missed(at(400), call(1)), Some(PlaceEnd::Unanswered));
        assert_eq!(places.close(call(1)), Some(place(1)));
        assert_eq!(places.close(call(1)), None, "it closes once");
        assert_eq!(places.of_next(call(101)), None);
    }

    #[test]
    fn what_is_put_off_counts_as_no_try_and_not_beyond_its_time() {
        let mut places = kept();
        assert!(!places.put_off(call(1), at(10)));
        assert_eq!(places.stage(call(1)), Some((Stage::Resting { until: at(10) }, None)));
        places.stands(call(1), call(101));
        places.called(call(1));
        assert_eq!(places.missed(at(20), call(1)), None, "one try was made");
        assert!(places.put_off(call(1), at(3_600)), "its time is over then");
    }

    #[test]
    fn places_go_back_in_the_order_in_which_their_callers_arrived() {
        let mut places = kept();
        let earlier = KeptPlace { arrived_at: at(-90), ..place(2) };
        assert!(places.keep(at(0), earlier, 1) && !places.keep(at(0), earlier, 1));
        assert!(!places.put_off(call(1), at(5)));
        assert_eq!(places.due(at(5)), [call(2), call(1)]);
        assert_eq!(places.of_number(place(1).number), [call(1), call(2)]);
        assert_eq!(places.of_queue(place(1).queue), [call(1), call(2)]);
    }

    #[test]
    fn terms_out_of_range_are_refused_by_name() {
        let terms = CallBack::of(place(1).campaign);
        assert_eq!(terms.validate(), Ok(()));
        assert!(terms.is_key('1') && !terms.is_key('2') && !terms.is_key('#'));
        let told = |terms: CallBack| terms.validate().unwrap_err().to_string();
        assert_eq!(told(CallBack { digit: 0, ..terms }), "digit: must be from 1 to 9");
        assert_eq!(told(CallBack { tries_max: 11, ..terms }), "tries_max: must be from 1 to 10");
        assert_eq!(told(CallBack { retry_s: 29, ..terms }), "retry_s: must be from 30 to 86400");
        assert_eq!(told(CallBack { keep_s: 299, ..terms }), "keep_s: must be from 300 to 604800");
    }
}
