//! Leads that people correct while the switch holds copies of them.
//!
//! ```text
//!   in stock ───────────────▶ thrown away, and read anew
//!   looked at, promised ────▶ corrected where it lies
//!   in flight ──────────────▶ corrected, but for the number that is being dialled
//!   deleted ────────────────▶ thrown away, and no copy is dialled
//!   being read at this moment ▶ told from a new copy by the gate, and dropped
//! ```
//! What is dialled is what was told last, whichever way a copy takes.

use dialer::{Lead, LeadId};

use super::{Now, Output, Switch};

impl Switch {
    /// A lead is different from this version on.
    ///
    /// What rings for them and would not be permitted any more, because they took their consent
    /// back or live elsewhere, is given up.
    pub(super) fn correct_lead(
        &mut self,
        now: Now,
        lead: &Lead,
        version: u64,
        out: &mut Vec<Output>,
    ) {
        if !self.gate.correct(now.wall, lead, version) {
            return;
        }
        let mut outlawed = vec![];
        for campaign in self.campaigns.values_mut() {
            let live = campaign.correct(lead);
            outlawed.extend(live.filter(|one| campaign.is_outlawed(now.wall, &self.gate, *one)));
        }
        for attempt in outlawed {
            self.cancel_attempt(now, attempt, out);
        }
        if let Some(held) = self.held.get_mut(&lead.id) {
            held.correct(lead);
        }
        self.show_again(lead.id);
    }

    /// A lead is deleted; whoever looks at it cannot dial it any more.
    pub(super) fn forget_lead(&mut self, now: Now, lead: LeadId, version: u64) {
        self.gate.forget(now.wall, lead, version);
        for campaign in self.campaigns.values_mut() {
            campaign.forget(lead);
        }
        self.held.remove(&lead);
        self.show_again(lead);
    }

    fn show_again(&mut self, lead: LeadId) {
        let looking = self.previews.iter().filter(|(_, preview)| preview.is_of(lead));
        self.touched.agents.extend(looking.map(|(agent, _)| *agent));
    }
}
