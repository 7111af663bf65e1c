//! When dialling is held although campaigns run: a journal in trouble, or a switch under strain.
//!
//! FAULTS "Overload": the switch's own dialling drops to zero before anybody else is refused
//! anything. The edge says when its inbox fills; the safe answer to any overload is not to dial.

use routing::CampaignId;

use super::{Now, Switch};

impl Switch {
    /// The inbox fills faster than it empties, or no longer does.
    pub(super) fn set_strain(&mut self, strained: bool) {
        self.strained = strained;
        // What is shown of the campaigns says why they stand still.
        self.touched.campaigns.extend(self.campaigns.keys().copied());
        self.pace_all();
    }

    /// Why nothing is dialled, in words.
    pub(super) fn dialling_held(&self) -> Option<String> {
        let strain = || self.strained.then(|| "the switch is overloaded".to_owned());
        self.ledger.trouble.clone().or_else(strain)
    }

    /// Why no call of a campaign is made now that an agent, or a person who was promised it, asks
    /// for, in words: what holds the pace holds these too.
    pub(super) fn no_call(&mut self, now: Now, campaign: CampaignId) -> Option<String> {
        if let Some(held) = self.dialling_held() {
            return Some(format!("nothing may be dialled now: {held}"));
        }
        let second = self.trunks.room_this_second(now.at, self.settings.attempts_per_second);
        let ports = self.streams.free_ports(now.at) > self.ledger.waiting();
        let room = !self.draining && ports && self.calls.len() < self.settings.calls_max;
        if !room || second == 0 {
            return Some("the switch has no room for another call".to_owned());
        }
        let records = self.can_record(campaign);
        (!records).then(|| "the call could not be recorded, as its campaign asks".to_owned())
    }
}
