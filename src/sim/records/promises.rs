//! Promised calls as the fold keeps them: `store::fold::apply::callbacks` in memory.

use dialer::callbacks::Callback;
use dialer::leads::LeadStatus;
use dialer::{Lead, LeadId};
use store::Event;

use super::Records;

impl Records {
    /// A promise was made, or is over.
    pub(super) fn promise(&mut self, event: &Event) {
        match event {
            Event::CallbackPromised { callback, .. } => {
                let anyone_at = callback.anyone_at();
                self.change(callback.lead, |lead| {
                    if !matches!(lead.status, LeadStatus::DoNotCall | LeadStatus::BadNumber) {
                        lead.status = LeadStatus::Callback;
                        lead.next_due_at = Some(anyone_at);
                    }
                });
                self.promises.insert(callback.id, (**callback).clone());
            }
            Event::CallbackClosed { callback, .. } => {
                let Some(closed) = self.promises.remove(callback) else { return };
                if self.promises.values().any(|open| open.lead == closed.lead) {
                    return;
                }
                self.change(closed.lead, |lead| {
                    if lead.status == LeadStatus::Callback {
                        lead.status = LeadStatus::Done;
                        lead.next_due_at = None;
                    }
                });
            }
            _ => {}
        }
    }

    /// A lead as the fold knows it.
    pub(in crate::sim) fn lead(&self, id: LeadId) -> Option<Lead> {
        let lead = self.rows.get(*self.by_id.get(&id)?)?;
        let mut lead = lead.clone();
        lead.recall(|number| self.histories.get(&number));
        Some(lead)
    }

    /// What a restart reads: the promises that are open.
    pub(in crate::sim) fn promises(&self) -> Vec<Callback> {
        self.promises.values().cloned().collect()
    }
}
