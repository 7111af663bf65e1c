//! Who speaks in a conversation, as a pure machine: dead air, talk-over, and everybody's share.
//!
//! ```text
//!             both speak                        nobody speaks
//!  TalkOver ◀──────────── one of them speaks ────────────▶ Silence
//!    2 s: counted and told                  5 s: dead air, counted and told when it is over
//! ```
//! Turns of the two come a little late and not in their order, so they are put in order first and
//! counted [`Turn::AGO_MAX_MS`] behind the present. What is on hold counts as nothing. The four
//! shares add up to the time that the two were together, to the millisecond.

use std::time::{Duration, Instant};

use media::Turn;
use store::TalkFigures;

/// A conversation of an agent and a customer.
#[derive(Debug)]
pub struct Talk {
    /// Whether agent and customer speak.
    speaks: [bool; 2],
    /// Since when it is so; none while the conversation rests.
    since: Option<Instant>,
    /// Counted up to here.
    counted: Instant,
    /// What came early, in the order of its time.
    ahead: Vec<(Instant, Change)>,
    figures: TalkFigures,
}

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The agent's line.
    Agent,
    /// The customer's leg.
    Customer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Turn(Side, bool),
    Rests,
    GoesOn,
}

/// Something worth an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Nobody spoke for this long.
    DeadAir(Duration),
    /// Both spoke at once for this long.
    TalkOver(Duration),
}

impl Talk {
    /// One that begins now.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self {
            speaks: [false; 2],
            since: Some(now),
            counted: now,
            ahead: Vec::new(),
            figures: TalkFigures::default(),
        }
    }

    /// One of the two began or ceased to speak; it is counted when everything before it is known.
    pub fn turn(&mut self, now: Instant, side: Side, turn: Turn) {
        let at = now.checked_sub(Duration::from_millis(turn.ago_ms.into())).unwrap_or(now);
        self.note(at, Change::Turn(side, turn.speaks));
    }

    /// The conversation is put on hold, or goes on.
    pub fn rest(&mut self, now: Instant, rests: bool) {
        self.note(now, if rests { Change::Rests } else { Change::GoesOn });
    }

    /// Counts what is certain by now; what was worth an entry is added to `told`.
    pub fn pass(&mut self, now: Instant, told: &mut Vec<Told>) {
        if let Some(certain) = now.checked_sub(BEHIND) {
            self.count_to(certain, told);
        }
    }

    /// The conversation is over: everything is counted up to now.
    pub fn end(mut self, now: Instant, told: &mut Vec<Told>) -> TalkFigures {
        self.count_to(now, told);
        self.count(now);
        told.extend(self.stretch(now));
        self.figures
    }

    /// When [`Talk::pass`] is next due: something waits to be counted, or silence becomes dead air.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let waiting = self.ahead.first().map(|(at, _)| *at + BEHIND);
        let dead = self.silent_since().map(|since| since + DEAD_AIR + BEHIND);
        let dead = dead.filter(|at| *at > self.counted + BEHIND);
        waiting.into_iter().chain(dead).min()
    }

    /// Since when nobody has been speaking, where that has become dead air.
    #[must_use]
    pub fn dead_since(&self) -> Option<Instant> {
        self.silent_since().filter(|since| self.counted >= *since + DEAD_AIR)
    }

    /// As far as it is counted.
    #[must_use]
    pub fn figures(&self) -> &TalkFigures {
        &self.figures
    }

    fn silent_since(&self) -> Option<Instant> {
        self.since.filter(|_| self.speaks == [false, false])
    }

    fn note(&mut self, at: Instant, change: Change) {
        let at = at.max(self.counted);
        let place = self.ahead.partition_point(|(other, _)| *other <= at);
        if self.ahead.len() < AHEAD_MAX {
            self.ahead.insert(place, (at, change));
        }
    }

    fn count_to(&mut self, until: Instant, told: &mut Vec<Told>) {
        let certain = self.ahead.partition_point(|(at, _)| *at <= until);
        for (at, change) in self.ahead.drain(..certain).collect::<Vec<_>>() {
            self.count(at);
            let (speaks, runs) = (self.speaks, self.since.is_some());
            let (mut new, mut goes_on) = (speaks, runs);
            match change {
                Change::Turn(side, now) => new[side as usize] = now,
                Change::Rests => goes_on = false,
                Change::GoesOn => goes_on = true,
            }
            if (new, goes_on) != (speaks, runs) {
                told.extend(self.stretch(at));
                self.speaks = new;
                self.since = goes_on.then_some(at);
            }
        }
        self.count(until);
    }

    /// Adds the time since the last count to whom it belongs.
    fn count(&mut self, at: Instant) {
        let passed = at.saturating_duration_since(self.counted);
        self.counted = self.counted.max(at);
        if self.since.is_none() {
            return;
        }
        let us = u64::try_from(passed.as_micros()).unwrap_or(u64::MAX);
        let figures = &mut self.figures;
        *match self.speaks {
            [true, false] => &mut figures.agent_us,
            [false, true] => &mut figures.customer_us,
            [true, true] => &mut figures.both_us,
            [false, false] => &mut figures.nobody_us,
        } += us;
    }

    /// What the stretch that ends now was, if it was long enough to be told.
    fn stretch(&mut self, at: Instant) -> Option<Told> {
        let lasted = at.saturating_duration_since(self.since?);
        match self.speaks {
            [false, false] if lasted >= DEAD_AIR => {
                self.figures.dead_airs += 1;
                Some(Told::DeadAir(lasted))
            }
            [true, true] if lasted >= TALK_OVER => {
                self.figures.talk_overs += 1;
                Some(Told::TalkOver(lasted))
            }
            _ => None,
        }
    }
}

/// So long behind the present, every turn is known.
const BEHIND: Duration = Duration::from_millis(Turn::AGO_MAX_MS as u64);

/// Silence that a listener takes for a fault.
const DEAD_AIR: Duration = Duration::from_secs(5);

/// Longer than a "yes, yes" into somebody's sentence.
const TALK_OVER: Duration = Duration::from_secs(2);

/// Turns of two people within [`BEHIND`] are a handful; further ones are left out.
const AHEAD_MAX: usize = 32;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// A turn that is told `ago_ms` after it was.
    fn turn(talk: &mut Talk, now: Instant, side: Side, speaks: bool, ago_ms: u32) {
        talk.turn(now, side, Turn { speaks, ago_ms });
    }

    /// Issue 4, point 8: to the millisecond, although the end of a turn is told after the answer
    /// to it.
    #[test]
    fn turns_are_counted_in_the_order_of_their_times() {
        let start = Instant::now();
        let mut talk = Talk::new(start);
        turn(&mut talk, start + ms(1_060), Side::Agent, true, 60);
        turn(&mut talk, start + ms(3_260), Side::Customer, true, 60);
        turn(&mut talk, start + ms(3_480), Side::Agent, false, 480);
        let mut told = vec![];
        let figures = talk.end(start + ms(10_000), &mut told);
        let TalkFigures { agent_us, customer_us, both_us, nobody_us, .. } = figures;
        assert_eq!((agent_us, customer_us), (2_000_000, 6_800_000));
        assert_eq!((both_us, nobody_us), (0, 1_200_000));
        assert_eq!(told, []);
    }

    /// Silence is shown as dead air once 5 s of it are certain, and told when it ends.
    #[test]
    fn five_seconds_of_silence_are_dead_air() {
        let start = Instant::now();
        let (mut talk, mut told) = (Talk::new(start), vec![]);
        let due = start + ms(5_600);
        assert_eq!(talk.deadline(), Some(due));
        talk.pass(start + ms(5_599), &mut told);
        assert_eq!(talk.dead_since(), None);
        talk.pass(due, &mut told);
        assert_eq!((talk.dead_since(), talk.deadline()), (Some(start), None));
        turn(&mut talk, start + ms(7_060), Side::Customer, true, 60);
        assert_eq!(talk.deadline(), Some(start + ms(7_600)));
        talk.pass(start + ms(7_600), &mut told);
        assert_eq!((talk.dead_since(), &told[..]), (None, &[Told::DeadAir(ms(7_000))][..]));
    }

    #[test]
    fn two_seconds_of_both_at_once_are_talk_over() {
        let start = Instant::now();
        let (mut talk, mut told) = (Talk::new(start), vec![]);
        for (side, at) in [(Side::Agent, 100), (Side::Customer, 1_000)] {
            turn(&mut talk, start + ms(at), side, true, 0);
        }
        turn(&mut talk, start + ms(3_400), Side::Agent, false, 400);
        let figures = talk.end(start + ms(4_000), &mut told);
        assert_eq!((figures.both_us, figures.talk_overs), (2_000_000, 1));
        assert_eq!(told, [Told::TalkOver(ms(2_000))]);
    }

    /// Nobody has to speak while the customer hears music.
    #[test]
    fn a_conversation_on_hold_is_no_dead_air() {
        let start = Instant::now();
        let (mut talk, mut told) = (Talk::new(start), vec![]);
        talk.rest(start + ms(1_000), true);
        talk.pass(start + ms(60_000), &mut told);
        talk.rest(start + ms(60_000), false);
        let figures = talk.end(start + ms(62_000), &mut told);
        assert_eq!((figures.nobody_us, figures.dead_airs, told.len()), (3_000_000, 0, 0));
    }

    /// How long after the one before, the agent's or not, speaks or not, how long ago.
    fn turns() -> impl Strategy<Value = (u64, bool, bool, u32)> {
        (0..400_u64, any::<bool>(), any::<bool>(), 0..=Turn::AGO_MAX_MS)
    }

    proptest! {
        /// Whatever comes in whatever order, every moment belongs to one share.
        #[test]
        fn the_shares_add_up_to_the_conversation(
            turns in prop::collection::vec(turns(), 0..60),
        ) {
            let start = Instant::now();
            let (mut talk, mut told, mut at) = (Talk::new(start), vec![], start);
            for (after, agent, speaks, ago_ms) in turns {
                at += ms(after);
                let side = if agent { Side::Agent } else { Side::Customer };
                turn(&mut talk, at, side, speaks, ago_ms);
                talk.pass(at, &mut told);
            }
            at += ms(50);
            let figures = talk.end(at, &mut told);
            let TalkFigures { agent_us, customer_us, both_us, nobody_us, .. } = figures;
            let shares = agent_us + customer_us + both_us + nobody_us;
            prop_assert_eq!(u128::from(shares), (at - start).as_micros());
            let count = |dead: bool| {
                told.iter().filter(|one| matches!(one, Told::DeadAir(_)) == dead).count() as u64
            };
            prop_assert_eq!((figures.dead_airs, figures.talk_overs), (count(true), count(false)));
        }
    }
}
