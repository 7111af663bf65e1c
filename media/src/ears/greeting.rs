//! The greeting: when it ends, and whether a person or a machine gives it.
//!
//! ```text
//!  Silent ──first word──▶ Greeting ──pause──▶ ended: short ▶ person, else uncertain
//!    │ nobody speaks         └──goes on, many words──▶ machine
//!    ▼                                                   beep, SIT, fax ──▶ machine, at once
//!  uncertain                 time is up ──▶ uncertain
//! ```
//! Whatever else is heard afterwards, there is one verdict.

use super::{
    activity::Burst,
    listen::Listen,
    tones::Signal,
    verdict::{Answerer, Reason, Verdict},
};

/// Follows one greeting; times in ms from the answer.
#[derive(Debug)]
pub(super) struct Greeting {
    listen: Listen,
    /// When the first burst began.
    first: Option<u32>,
    /// When the present one began.
    speaking: Option<u32>,
    /// When the last one ended.
    last: u32,
    words: u16,
    longest_pause: u32,
    judged: bool,
    ended: bool,
    /// The last word or tone; none before there was one.
    stirred: Option<u32>,
    silence_told: bool,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    GreetingEnded { at: u32 },
    Judged(Verdict),
    Beep { hz: u16, lasted_ms: u32, ended: u32 },
    Silence { since: u32 },
}

impl Greeting {
    pub(super) fn new(listen: Listen) -> Self {
        Self {
            listen,
            first: None,
            speaking: None,
            last: 0,
            words: 0,
            longest_pause: 0,
            judged: false,
            ended: false,
            stirred: None,
            silence_told: false,
        }
    }

    /// Speech begins or ends.
    pub(super) fn speech(&mut self, burst: Burst) {
        match burst {
            Burst::Began(at) => {
                if self.first.is_some() {
                    self.longest_pause = self.longest_pause.max(at.saturating_sub(self.last));
                }
                self.first.get_or_insert(at);
                self.speaking = Some(at);
                self.stir(at);
            }
            Burst::Ended(at) => {
                self.speaking = None;
                self.last = at;
                self.words = self.words.saturating_add(1);
                self.stir(at);
            }
        }
    }

    /// Tones came to something.
    pub(super) fn signal(&mut self, at: u32, signal: Signal, told: &mut Vec<Told>) {
        match signal {
            Signal::Sit => self.judge(at, Answerer::Machine, Reason::Sit, told),
            Signal::Answer => self.judge(at, Answerer::Machine, Reason::Fax, told),
            Signal::Single { hz, began, ended } => {
                let lasted_ms = ended - began;
                self.stir(ended);
                if self.first.is_none() && is_calling_fax(hz, lasted_ms) {
                    return self.judge(at, Answerer::Machine, Reason::Fax, told);
                }
                // Whoever waits for the beep must know by then that a machine greets.
                self.judge(at, Answerer::Machine, Reason::Beep, told);
                told.push(Told::Beep { hz, lasted_ms, ended });
            }
        }
    }

    /// Time goes on to `at`; while a tone sounds, nothing is a pause.
    pub(super) fn pass(&mut self, at: u32, tone: bool, told: &mut Vec<Told>) {
        let Listen { within_ms, silence_ms, fell_silent_ms, .. } = self.listen;
        let quiet = self.speaking.is_none() && !tone;
        let pause = at.saturating_sub(self.last);
        let (enough, answerer, reason) = if self.greeting_ms(at) <= self.listen.person_ms {
            (self.listen.pause_ms, Answerer::Person, Reason::ShortGreeting)
        } else {
            (self.listen.long_pause_ms, Answerer::Uncertain, Reason::UnclearGreeting)
        };
        if self.first.is_some() && quiet && pause >= enough && !self.ended {
            self.ended = true;
            told.push(Told::GreetingEnded { at: self.last });
            self.judge(at, answerer, reason, told);
        }
        if self.speaking.is_some() {
            self.go_on(at, told);
        }
        if self.first.is_none() && quiet && at >= silence_ms {
            self.judge(at, Answerer::Uncertain, Reason::InitialSilence, told);
        }
        if at >= within_ms {
            self.judge(at, Answerer::Uncertain, Reason::TimeUp, told);
        }
        let since = self.stirred.filter(|_| quiet && !self.silence_told);
        if let Some(since) = since.filter(|since| at.saturating_sub(*since) >= fell_silent_ms) {
            self.silence_told = true;
            told.push(Told::Silence { since });
        }
    }

    /// A greeting that has not ended yet.
    fn go_on(&mut self, at: u32, told: &mut Vec<Told>) {
        let so_far = self.greeting_ms(at);
        if so_far >= self.listen.machine_ms {
            self.judge(at, Answerer::Machine, Reason::LongGreeting, told);
        } else if self.words >= self.listen.words && so_far > self.listen.person_ms {
            self.judge(at, Answerer::Machine, Reason::ManyWords, told);
        }
    }

    fn judge(&mut self, at: u32, answerer: Answerer, reason: Reason, told: &mut Vec<Told>) {
        if !std::mem::replace(&mut self.judged, true) {
            let now = u16::from(self.speaking.is_some());
            told.push(Told::Judged(Verdict {
                answerer,
                reason,
                at_ms: at,
                silence_ms: self.first.unwrap_or(at),
                greeting_ms: self.greeting_ms(at),
                words: self.words.saturating_add(now),
                longest_pause_ms: self.longest_pause,
            }));
        }
    }

    fn greeting_ms(&self, at: u32) -> u32 {
        let end = if self.speaking.is_some() { at } else { self.last };
        self.first.map_or(0, |first| end.saturating_sub(first))
    }

    fn stir(&mut self, at: u32) {
        self.stirred = Some(at);
        self.silence_told = false;
    }
}

/// CNG, ITU-T T.30 §4.3.1: 1100 ± 38 Hz for half a second. To whom somebody has spoken before, it
/// is a beep.
fn is_calling_fax(hz: u16, lasted_ms: u32) -> bool {
    (1_062..=1_138).contains(&hz) && (440..=560).contains(&lasted_ms)
}
