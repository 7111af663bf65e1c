//! `[database]`: where settings and records are kept.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A PostgreSQL server; without one, a SQLite file in the state folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// The server and the database there, without a password: `postgres://user@host/name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// A file whose first line is the user's password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
}
