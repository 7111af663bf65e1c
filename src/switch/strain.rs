//! When dialling is held although campaigns run: a journal in trouble, or a switch under strain.
//!
//! FAULTS "Overload": the switch's own dialling drops to zero before anybody else is refused
//! anything. The edge says when its inbox fills; the safe answer to any overload is not to dial.

use super::Switch;

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
}
