//! `[limits]`: what this machine may be asked to carry.

use serde::{Deserialize, Serialize};

/// Caps, each with a policy when it is reached; none can be switched off.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Calls at one time, 1..=20000; above, the dialer stops and new INVITEs get 503.
    pub calls: u32,
    /// Attempts the dialer may start in a second, all campaigns together, 1..=1000.
    pub attempts_per_second: u32,
    /// Open event streams, 1..=10000; one more gets 503.
    pub viewers: u32,
    /// The longest list or DNC file taken in one upload, in MiB, 1..=1024.
    pub upload_mib: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { calls: 2000, attempts_per_second: 50, viewers: 500, upload_mib: 64 }
    }
}
