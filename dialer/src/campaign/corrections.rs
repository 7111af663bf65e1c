//! Leads that people correct while a campaign holds copies of them, and what they forbid by it.

use super::Campaign;
use crate::gate::Gate;
use crate::ids::{AttemptId, LeadId};
use crate::leads::{Lead, OtherNumber};
use jiff::Timestamp;

impl Campaign {
    /// A lead is deleted: its copy leaves the stock.
    pub fn forget(&mut self, lead: LeadId) {
        self.stock.remove(lead);
    }

    /// A lead is different now: its copy leaves the stock, to be read anew, and whoever looks at it
    /// sees what is true.
    ///
    /// A live attempt keeps its number, and the history of that: it was made there. Tells which
    /// there is; nobody is dialled twice at once.
    pub fn correct(&mut self, newer: &Lead) -> Option<AttemptId> {
        self.stock.remove(newer.id);
        if let Some(lead) = self.shown.get_mut(&newer.id) {
            lead.correct(newer);
        }
        let mut flights = self.in_flight.iter_mut();
        let (attempt, flight) = flights.find(|(_, flight)| flight.lead.id == newer.id)?;
        let lead = &mut flight.lead;
        let (number, history) = (lead.number, std::mem::take(&mut lead.history));
        lead.correct(newer);
        lead.turn_to(number, true);
        if lead.number != number {
            // It is theirs no longer, and the one that is stays one of theirs.
            let kind = std::mem::take(&mut lead.number_kind);
            let main = OtherNumber { kind, number: lead.number, passed_over: false };
            lead.other_numbers.insert(0, main);
            lead.number = number;
        }
        lead.history = history;
        Some(*attempt)
    }

    /// Live attempts that would not be permitted any more: to be cancelled where nobody has
    /// answered.
    #[must_use]
    pub fn outlawed(&self, now: Timestamp, gate: &Gate) -> Vec<AttemptId> {
        let live = self.in_flight.keys().copied();
        live.filter(|attempt| self.is_outlawed(now, gate, *attempt)).collect()
    }

    /// Whether this live attempt is one of them.
    #[must_use]
    pub fn is_outlawed(&self, now: Timestamp, gate: &Gate, attempt: AttemptId) -> bool {
        let lead = self.lead_of(attempt);
        lead.is_some_and(|lead| gate.outlaws(now, &self.settings, lead))
    }
}

#[cfg(test)]
mod tests {
    use crate::abandon::AbandonLedger;
    use crate::campaign::Campaign;
    use crate::consent::{Consent, ConsentKind};
    use crate::dnc::DncScope;
    use crate::fixtures::*;
    use crate::gate::Check;
    use crate::leads::{Lead, OtherNumber};
    use crate::outcomes::Outcome;
    use crate::rules::ConsentRule;

    fn agreed(n: u8) -> Lead {
        let given_at = at("2026-01-01T00:00:00Z");
        let (kind, source) = (ConsentKind::Express, String::new());
        let consent = Consent { kind, given_at, until: None, source };
        Lead { consent: Some(consent), ..lead(n) }
    }

    fn asking() -> Campaign {
        let mut settings = settings();
        settings.consent = ConsentRule::Express;
        let mut campaign = Campaign::new(settings, AbandonLedger::default());
        campaign.restock(at(NOON), vec![agreed(1), agreed(2)]);
        campaign
    }

    #[test]
    fn a_corrected_lead_leaves_the_stock_and_no_other_does() {
        let mut campaign = asking();
        assert_eq!(campaign.correct(&Lead { consent: None, ..agreed(1) }), None);
        assert_eq!((campaign.stocked(), campaign.held()), (1, vec![lead(2).id]));
        campaign.check_invariants().unwrap();
    }

    /// A carrier that fails is followed by another trunk: by what holds now, at the same number.
    #[test]
    fn a_lead_in_flight_is_not_redialled_without_its_consent() {
        let (mut campaign, mut gate) = (asking(), gate());
        let permit = campaign.dial(at(NOON), &mut gate, attempt(1), &way(), &mut vec![]).unwrap();
        let newer = Lead { consent: None, number: fiction(50), ..agreed(1) };
        assert_eq!(campaign.correct(&newer), Some(attempt(1)));
        let flying = campaign.lead_of(attempt(1)).unwrap();
        assert_eq!((flying.number, &flying.consent), (permit.number(), &None));
        assert_eq!(campaign.outlawed(at(NOON), &gate), [attempt(1)], "it is not to ring on");
        let failed = Outcome::CarrierFailure;
        let ended = campaign.resolved(at(NOON), &mut gate, attempt(1), failed).unwrap();
        let again = Lead { next_due_at: None, ..ended.lead };
        let refused =
            campaign.dial_lead(at(NOON), &mut gate, attempt(2), &way(), again).unwrap_err();
        assert_eq!(refused.refusal.check, Check::Consent);
    }

    /// A call by hand at a further number: whoever corrects the person meanwhile loses none of
    /// their numbers, and a wish at each of them reaches the call.
    #[test]
    fn a_correction_keeps_every_number_of_whoever_is_called_at_another() {
        let (mut campaign, mut gate) = (asking(), gate());
        let more = |n| OtherNumber { kind: String::new(), number: fiction(n), passed_over: false };
        let person = Lead { other_numbers: vec![more(50)], ..agreed(3) };
        let (now, main) = (at(NOON), person.number);
        let whom = (person.clone(), fiction(50));
        let _permit = campaign.dial_by_hand(now, &mut gate, attempt(1), &way(), whom).unwrap();
        let newer = Lead { other_numbers: vec![more(50), more(51)], ..person };
        assert_eq!(campaign.correct(&newer), Some(attempt(1)));
        assert!(gate.correct(now, &newer, 2));
        let flying = campaign.lead_of(attempt(1)).unwrap();
        assert_eq!(flying.number, fiction(50));
        for number in [main, fiction(50), fiction(51)] {
            assert!(flying.numbers().any(|own| own == number), "{number}");
            assert_eq!(gate.forbid(DncScope::Organisation, number), [attempt(1)], "{number}");
            gate.dnc_mut().remove(DncScope::Organisation, number);
        }
        gate.check_invariants().unwrap();
    }
}
