//! `[node]`: this machine.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What belongs to the machine and not to the organisation.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Node {
    /// The folder of the database, the journal, the certificate and the recordings; made at the
    /// first start.
    pub state_dir: PathBuf,
}

impl Default for Node {
    fn default() -> Self {
        Self { state_dir: PathBuf::from("cordboard-state") }
    }
}
