//! What can be played to a party: recorded clips, numbers spoken from parts, and call progress
//! signals by country.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::country::Country;

/// Something to play.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Prompt {
    /// Music for those who wait.
    HoldMusic,
    /// What a caller in line is told, spoken from parts.
    Standing(Standing),
    /// A clip by name: stocked by the brain, or shipped with the product.
    Named(PromptId),
    /// A call progress signal, of that country. Busy and congestion are heard for three seconds at
    /// least, what else there is for one turn of its cadence.
    Signal(Signal, Country),
    /// Packets of silence, to keep a line and its NAT binding alive.
    Silence,
}

/// How a caller in line stands, as it is told to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The place in line, 1 being next; above 99 it is "many".
    pub place: u16,
    /// The likely wait in whole minutes, 0 being less than one; none, or above 99, is not told.
    pub wait_min: Option<u16>,
    /// The key, 1 to 9, that keeps the place for who hangs up; none is no such offer.
    pub call_back: Option<u8>,
}

impl Standing {
    /// The place alone.
    #[must_use]
    pub fn at(place: u16) -> Self {
        Self { place, wait_min: None, call_back: None }
    }
}

/// A clip's name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PromptId(pub String);

impl fmt::Display for PromptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A clip's samples, of one channel and 8 kHz. Many hold them and none copies them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<i16>", into = "Vec<i16>")]
pub struct Samples(pub Arc<[i16]>);

impl From<Vec<i16>> for Samples {
    fn from(samples: Vec<i16>) -> Self {
        Self(samples.into())
    }
}

impl From<Samples> for Vec<i16> {
    fn from(samples: Samples) -> Self {
        samples.0.to_vec()
    }
}

impl fmt::Debug for Samples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} samples", self.0.len())
    }
}

/// A call progress signal (ITU-T E.180).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Signal {
    /// The far end rings.
    Ringback,
    /// The far end is engaged.
    Busy,
    /// The network is (reorder, congestion).
    Congestion,
    /// A short beep before a call reaches an agent line; the same everywhere.
    Beep,
}
