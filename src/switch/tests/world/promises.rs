//! Calls that were promised, and the leads that the store would find for them.

use std::time::Duration;

use admin_api::control::Command;
use dialer::callbacks::{Callback, Terms};
use dialer::leads::OtherNumber;
use dialer::{CallbackId, Lead, LeadId, LeadStatus};
use routing::Number;
use store::Event;
use uuid::Uuid;

use super::{World, wall};

impl World {
    /// Promises a person a call after this time, by the agent or by anyone; the lead waits in the
    /// store until then.
    pub(in crate::switch::tests) fn promise(
        &mut self,
        number: &str,
        after: Duration,
        owned: bool,
    ) -> CallbackId {
        let id = LeadId::from(Uuid::from_u128(self.people));
        let agent = self.scene.agents[0].id;
        self.people += 1;
        let number = number.parse().unwrap();
        let due_at = wall(self.start, self.now + after, self.ahead).wall;
        let callback = Callback {
            id: CallbackId::from(Uuid::from_u128(self.people)),
            lead: id,
            campaign: self.scene.campaign.id,
            number,
            due_at,
            zone: "UTC".to_owned(),
            owner: owned.then_some(agent),
            team: None,
            terms: Terms::default(),
            note: String::new(),
        };
        let mut lead = Lead::new(id, self.scene.list, number);
        lead.status = LeadStatus::Callback;
        lead.next_due_at = Some(callback.anyone_at());
        self.callback_leads.push(lead);
        let promised = callback.id;
        self.command(Command::Promise { callback: Box::new(callback), by: None, instead_of: None });
        promised
    }

    /// The lead of the newest promise has one more number, and it is the turn of `turn`.
    pub(in crate::switch::tests) fn lead_has(&mut self, turn: Number, more: OtherNumber) {
        if let Some(lead) = self.callback_leads.last_mut() {
            lead.other_numbers.push(more);
            lead.turn_to(turn, true);
        }
    }

    /// The lead of the newest promise, as the store has it.
    pub(in crate::switch::tests) fn promised_lead(&self) -> Lead {
        self.callback_leads.last().unwrap().clone()
    }

    /// The store knows from the newest promise's record that its person is called then.
    pub(in crate::switch::tests) fn callback_is_due_at(&mut self, due_at: jiff::Timestamp) {
        if let Some(lead) = self.callback_leads.last_mut() {
            lead.next_due_at = Some(due_at);
        }
    }

    /// A restart found that a caller kept a place, and was called so often for it.
    pub(in crate::switch::tests) fn was_kept(&mut self, place: routing::KeptPlace, tries: u8) {
        let now = wall(self.start, self.now, self.ahead).wall;
        assert!(self.switch.places.keep(now, place, tries));
        let queue = Box::new(self.scene.queue.clone());
        self.tell(admin_api::control::Change::Queue(queue));
    }

    /// What the store would know of a lead after this event.
    pub(super) fn fold(&mut self, event: &Event) {
        match event {
            Event::Permitted { permit, .. } => {
                let found = &permit.evidence.findings;
                for lead in self.callback_leads.iter_mut().filter(|lead| lead.id == found.lead) {
                    lead.last_attempt_at = Some(found.at);
                }
            }
            Event::AttemptEnded { lead: id, recycle, attempts, .. } => {
                for lead in self.callback_leads.iter_mut().filter(|lead| lead.id == *id) {
                    lead.status = recycle.status;
                    lead.next_due_at = recycle.next_due_at;
                    lead.attempts = *attempts;
                    if let Some(number) = recycle.number {
                        lead.turn_to(number, recycle.outcome != dialer::Outcome::BadNumber);
                    }
                }
            }
            _ => {}
        }
    }
}
