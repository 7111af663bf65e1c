//! The key by which a person is never called again, without an agent (RULES US-4).
//!
//! 47 CFR 64.1200(a)(7)(i)(B) asks for it beside the notice of an abandoned call, (b)(3) beside a
//! recorded message: an automated, interactive mechanism that records the number on the seller's
//! do-not-call list and ends the call at once.

use super::{CampaignSettings, Mode};
use routing::Invalid;

impl CampaignSettings {
    /// Whether people may hear its message, or its notice in an agent's place.
    #[must_use]
    pub const fn may_play_a_message(&self) -> bool {
        // Else an agent is there before the person is.
        !matches!(self.mode, Mode::Manual | Mode::Preview { .. })
    }

    pub(super) fn validate_opt_out(&self, wrong: &mut Vec<Invalid>) {
        let is_key = |key: char| key.is_ascii_digit() || key == '*' || key == '#';
        if self.opt_out_key.is_some_and(|key| !is_key(key)) {
            wrong.push(Invalid::new("opt_out_key", "must be one of 0-9 * #"));
        }
        if self.opt_out_notice.as_deref().is_some_and(|name| name.trim().is_empty()) {
            wrong.push(Invalid::new("opt_out_notice", "must be the name of a prompt"));
        }
    }
}
