//! Callers of an access number, and the edge that proves their PINs.

use routing::{AgentId, Verdict};

use super::World;
use crate::switch::{Input, Proof};

impl World {
    /// Somebody calls the access number, which is the scene's second; the leg is the newest.
    pub(in crate::switch::tests) fn access_call(&mut self, calling: &str) {
        let number = self.scene().dids[1].number.to_string();
        self.carrier_says(calling, &number, true);
    }

    /// The caller at this leg keys all of this.
    pub(in crate::switch::tests) fn keys(&mut self, leg: usize, keys: &str) {
        for key in keys.chars() {
            self.caller_presses(leg, key);
        }
    }

    /// A change, or the answer of the edge.
    pub(in crate::switch::tests) fn learns(&mut self, input: Input) {
        self.feed(input);
    }

    /// The only PIN that is to be proven.
    pub(in crate::switch::tests) fn proof(&mut self) -> Proof {
        let proofs = std::mem::take(&mut self.proofs);
        let [proof] = <[Proof; 1]>::try_from(proofs).unwrap();
        proof
    }

    /// The PINs that came to the edge since it was last asked.
    pub(in crate::switch::tests) fn proofs(&mut self) -> Vec<Proof> {
        std::mem::take(&mut self.proofs)
    }

    /// The edge proves the only PIN: whose it was to be.
    pub(in crate::switch::tests) fn proves(&mut self, pin: &str) -> Option<AgentId> {
        let proof = self.proof();
        let is_right = proof.agent.is_some() && proof.pin.reveal() == pin;
        let verdict = if is_right { Verdict::Right } else { Verdict::Wrong };
        self.feed(Input::Proved(proof.call, proof.ticket, verdict));
        proof.agent
    }
}
