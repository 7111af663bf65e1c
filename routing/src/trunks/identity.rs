//! Which headers tell a carrier who calls: a trunk's rule (INTEROP 46, 47).
//!
//! RFC 3325 (asserted and preferred); Remote-Party-ID never became an RFC and is what many
//! gateways read all the same. Here is only the choice; the headers are written by whoever speaks
//! SIP.

use serde::{Deserialize, Serialize};

/// How a trunk is told who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IdentityRule {
    /// Whose number stands in From.
    pub from: FromRule,
    /// The header that asserts the caller's number beside From.
    pub asserted: Asserted,
    /// The header that says for which number of ours a call was meant that is sent on there.
    pub diverted: Diverted,
}

/// Whose number stands in From.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FromRule {
    /// The CLI that the call presents.
    #[default]
    Cli,
    /// The account we are known by there: some carriers know their customer by From and read the
    /// CLI in the asserted header.
    Account,
}

/// The header that asserts the caller's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asserted {
    /// P-Asserted-Identity: the carrier trusts us (RFC 3325 §9.1).
    #[default]
    Pai,
    /// P-Preferred-Identity: the carrier decides (RFC 3325 §9.2).
    Ppi,
    /// Remote-Party-ID.
    Rpid,
    /// None: the carrier takes From.
    None,
}

/// The header that says for whom a call was meant before it was sent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Diverted {
    /// Diversion (RFC 5806), which most carriers read.
    #[default]
    Diversion,
    /// History-Info (RFC 7044).
    HistoryInfo,
    /// None: the carrier is not told.
    None,
}
