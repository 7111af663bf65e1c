//! Leads that people correct while a campaign holds copies of them.

use super::Campaign;
use crate::leads::Lead;

impl Campaign {
    /// A lead is different now: its copy leaves the stock, to be read anew, and whoever looks at it
    /// sees what is true.
    ///
    /// A live attempt keeps its number, and the history of that: it was made there.
    pub fn correct(&mut self, newer: &Lead) {
        self.stock.remove(newer.id);
        if let Some(lead) = self.shown.get_mut(&newer.id) {
            lead.correct(newer);
        }
        let flights = self.in_flight.values_mut().map(|flight| &mut flight.lead);
        for lead in flights.filter(|lead| lead.id == newer.id) {
            let (number, history) = (lead.number, std::mem::take(&mut lead.history));
            lead.correct(newer);
            (lead.number, lead.history) = (number, history);
        }
    }
}
