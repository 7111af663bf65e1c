//! What must hold between two inputs, counted anew; tests and simulators ask.

use std::collections::BTreeMap;

use super::Endpoint;

impl Endpoint {
    /// Tells the first invariant that does not hold: what is counted as it comes and goes is as
    /// many as there are, and no transaction waits for a leg that is forgotten.
    ///
    /// Looks at everything; for tests and simulators.
    pub fn check_invariants(&self) -> Result<(), String> {
        let living = self.legs.values().filter(|leg| !leg.has_ended()).count();
        if living != self.living {
            return Err(format!("{living} legs are alive, {} are counted", self.living));
        }
        let mut waiting: BTreeMap<_, usize> = BTreeMap::new();
        for leg in self.layer.legs_waiting() {
            *waiting.entry(leg).or_default() += 1;
        }
        if let Some(gone) = waiting.keys().find(|id| !self.legs.contains_key(id)) {
            return Err(format!("a transaction is of leg {gone:?}, which is forgotten"));
        }
        for (id, leg) in &self.legs {
            let there = waiting.get(id).copied().unwrap_or(0);
            if leg.transactions() != there {
                let counted = leg.transactions();
                return Err(format!("leg {id:?} counts {counted} transactions, there are {there}"));
            }
        }
        self.registrar.check_invariants()
    }
}
