//! What the journal has been told, what of it is durable, and which dials wait for that.

use std::collections::BTreeMap;

use routing::CallId;
use store::{Entry, Event};

use super::{Now, Output, Switch};

/// The brain's side of the journal.
#[derive(Debug)]
pub(super) struct Ledger {
    next: u64,
    durable: u64,
    /// Calls whose permit is entry n: no INVITE leaves before n is durable (DESIGN §5).
    waiting: BTreeMap<u64, CallId>,
    /// Why nothing may be dialled now.
    pub(super) trouble: Option<String>,
}

impl Ledger {
    pub(super) fn new(next: u64) -> Self {
        Self { next, durable: next.saturating_sub(1), waiting: BTreeMap::new(), trouble: None }
    }

    /// Calls that wait for the disk.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Lets a call wait for an entry.
    pub(super) fn wait_for(&mut self, seq: u64, call: CallId) {
        self.waiting.insert(seq, call);
    }

    fn reached(&mut self, seq: u64) -> Vec<CallId> {
        self.durable = self.durable.max(seq);
        let later = self.waiting.split_off(&(self.durable + 1));
        std::mem::replace(&mut self.waiting, later).into_values().collect()
    }
}

impl Switch {
    /// Appends to the journal.
    pub(super) fn write(&mut self, now: Now, event: Event, out: &mut Vec<Output>) -> u64 {
        if let Event::CallConnected { call, agent, .. } = &event {
            self.trace_line(now, *call, *agent);
        }
        let seq = self.ledger.next;
        self.ledger.next += 1;
        out.push(Output::Journal(Entry { seq, at: now.wall, event }));
        seq
    }

    /// Appends an entry that `call` has to wait for.
    pub(super) fn write_before(
        &mut self,
        now: Now,
        call: CallId,
        event: Event,
        out: &mut Vec<Output>,
    ) {
        let seq = self.write(now, event, out);
        self.ledger.wait_for(seq, call);
    }

    /// The disk has everything up to `seq`: what waited for it goes on.
    pub(super) fn durable(&mut self, now: Now, seq: u64, out: &mut Vec<Output>) {
        for call in self.ledger.reached(seq) {
            self.drive(now, call, crate::call::Input::Durable, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_call_waits_for_its_own_entry_and_not_for_later_ones() {
        let call = |number| CallId::from(Uuid::from_u128(number));
        let mut ledger = Ledger::new(10);
        ledger.waiting.extend([(10, call(1)), (12, call(2)), (15, call(3))]);
        assert_eq!(ledger.reached(9), []);
        assert_eq!(ledger.reached(12), [call(1), call(2)]);
        assert_eq!(ledger.reached(11), [], "an old report changes nothing");
        assert_eq!(ledger.reached(15), [call(3)]);
        assert_eq!(ledger.waiting(), 0);
    }
}
