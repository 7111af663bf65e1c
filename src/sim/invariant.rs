//! The invariants (FAULTS D1 to D15) by name, and how a broken one is told.

use std::fmt;
use std::time::Duration;

/// What must hold; the numbers are FAULTS'.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Invariant {
    /// Every attempt has exactly one record, and every INVITE a durable permit.
    D1,
    /// At most one live attempt for a number, and one for a lead.
    D2,
    /// No dial outside its window, to a forbidden number, or over an attempt cap.
    D3,
    /// An agent has at most one reservation or call.
    D4,
    /// An answered call is owned by one agent, queue, message or transfer.
    D5,
    /// Every leg ends.
    D6,
    /// The abandon rate is under its cap, or no more is dialled than agents are free.
    D7,
    /// `CSeq` and `o=` versions only rise.
    D8,
    /// Every 2xx is acknowledged.
    D9,
    /// A recording covers its call but for declared gaps.
    D10,
    /// RTP ports are unique and returned.
    D11,
    /// A disposition is never taken back.
    D12,
    /// No call of a lower priority is given to an agent while a higher one waits for them.
    D13,
    /// Login time is the sum of its parts, to the millisecond.
    D14,
    /// An ended call holds no memory.
    D15,
    /// What was acknowledged is kept: a pause, an end by time, who comes first.
    Kept,
    /// Every message is the one that RFC 3261 asks for, at its moment.
    Wire,
    /// The switch can be read, comes to rest, and warns of nothing while nothing is wrong.
    Sane,
}

impl Invariant {
    /// Which invariant a finding of `Switch::check` is about, by the words it is told in.
    pub(super) fn of_sweep(what: &str) -> Self {
        let about = [
            ("port", Self::D11),
            ("leg", Self::D6),
            ("claims", Self::D2),
            ("attempts", Self::D1),
            ("reserv", Self::D4),
            ("alarm", Self::D4),
            ("holds", Self::D4),
            ("waits for", Self::D13),
        ];
        let found = about.into_iter().find(|(word, _)| what.contains(word));
        found.map_or(Self::D5, |(_, invariant)| invariant)
    }
}

impl fmt::Display for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// An invariant that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Which.
    pub invariant: Invariant,
    /// After which step of the switch.
    pub step: u64,
    /// At which moment of the run.
    pub at: Duration,
    /// What was found.
    pub what: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { invariant, step, at, what } = self;
        write!(f, "{invariant} at step {step}, {:.6} s: {what}", at.as_secs_f64())
    }
}
