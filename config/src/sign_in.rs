//! `[sign_in]`: which servers users may be sent to, or asked for, to prove who they are.

use serde::{Deserialize, Serialize};

use crate::webhooks::Network;

/// Where identity providers may be (FAULTS S12).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct SignIn {
    /// Networks that are not public and may be reached all the same, without TLS where the
    /// settings say so.
    pub private: Vec<Network>,
}
