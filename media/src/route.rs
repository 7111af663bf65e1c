//! Who hears whom, compiled by the brain: rows of a gain matrix (DESIGN §3).
//!
//! Monitor, whisper, barge, hold and three-way are settings of these rows, not code paths. A row
//! with exactly one source at 0 dB is relayed packet by packet; every other row is mixed in
//! frames of the listener's packet time.

use serde::{Deserialize, Serialize};

use crate::command::StreamId;

/// Rows that take effect together. Listeners that no row names keep what they hear.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// At most one row a listener; of two, the later counts.
    pub rows: Vec<Row>,
}

/// What one party hears from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Who hears.
    pub listener: StreamId,
    /// Whom; empty is silence: nothing is sent but the keep-alive.
    pub hears: Vec<Heard>,
}

/// One source of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// Whose audio.
    pub from: StreamId,
    /// Its gain in decibels; 0 is as received, -64 and below is mute, above 20 counts as 20.
    pub gain_db: i8,
}

impl Route {
    /// Longest row; a longer one is refused.
    pub const HEARD_MAX: usize = 64;

    /// `a` and `b` hear each other: the route of every ordinary conversation.
    #[must_use]
    pub fn between(a: StreamId, b: StreamId) -> Self {
        Self { rows: vec![Row::relay(a, b), Row::relay(b, a)] }
    }

    /// Each of `listeners` hears nobody.
    #[must_use]
    pub fn silence(listeners: &[StreamId]) -> Self {
        let row = |&listener| Row { listener, hears: Vec::new() };
        Self { rows: listeners.iter().map(row).collect() }
    }
}

impl Row {
    /// `listener` hears `from` alone, as received.
    #[must_use]
    pub fn relay(listener: StreamId, from: StreamId) -> Self {
        Self { listener, hears: vec![Heard { from, gain_db: 0 }] }
    }
}
