//! `[recording]`: where conversations are kept.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What is recorded is decided by campaigns and queues; this is where, and under which key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Recording {
    /// The folder; `recordings` in `node.state_dir` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// A file of 32 bytes, or 64 hex digits, that encrypts each recording; without it they are
    /// readable by whoever reads the folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_file: Option<PathBuf>,
}
