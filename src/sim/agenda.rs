//! What will happen, in the order of time; at the same moment in the order it was noted.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use dialer::Lead;
use dialer::pacer::Learnt;
use routing::CampaignId;
use sip::Flow;

use super::carrier;

/// Something that will happen.
#[derive(Debug)]
pub(super) enum Happening {
    /// A SIP message reaches the switch.
    ToSwitch(Flow, Bytes),
    /// A SIP message reaches a far side.
    ToFar(SocketAddr, Bytes),
    /// A step of a call at a carrier.
    Carrier(usize, carrier::Due),
    /// A telephone's own timer.
    Phone(usize),
    /// A telephone does something by itself.
    Handset(usize, Knock),
    /// An agent at the desk does what was on their mind then.
    Desk(usize, u32),
    /// The media plane reports; the number tells one life of the switch from the next.
    Media(u32, Report),
    /// The disk has finished a write.
    Synced(u32),
    /// The store has folded what was durable.
    Folded(u32),
    /// The store answers a campaign's question.
    Leads(u32, CampaignId, Vec<Lead>),
    /// The store answers with a lead whose promised call is due.
    CallbackLead(u32, CampaignId, Box<Lead>),
    /// The store answers with what a campaign's pacer knew.
    Recalled(u32, CampaignId, Box<Learnt>),
    /// The weather changes.
    Weather(usize),
    /// Somebody calls one of our numbers.
    Caller,
    /// The switch is started again.
    PowerIsBack,
}

/// What a telephone's owner, or fate, does to it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Knock {
    /// The handset is lifted, if it rings.
    PickUp,
    /// It is plugged in again after a crash.
    PlugIn,
}

/// A report of the media plane that takes its time.
#[derive(Clone, Debug)]
pub(super) enum Report {
    /// The plane tells the brain.
    Event(media::Event),
    /// A prompt reaches its end, unless another was begun since.
    Played {
        /// The listener.
        stream: media::StreamId,
        /// What the brain gave with it.
        tag: u64,
        /// Which of the stream's prompts it was.
        turn: u64,
    },
    /// A party that sends nothing is missed.
    Missed(media::StreamId),
}

/// Everything that will happen.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    heap: BinaryHeap<Reverse<Entry>>,
    noted: u64,
}

impl Agenda {
    pub(super) fn note(&mut self, at: Duration, what: Happening) {
        self.noted += 1;
        self.heap.push(Reverse(Entry { at, place: self.noted, what }));
    }

    /// When the next thing happens.
    pub(super) fn next(&self) -> Option<Duration> {
        self.heap.peek().map(|Reverse(entry)| entry.at)
    }

    pub(super) fn pop(&mut self) -> Option<(Duration, Happening)> {
        self.heap.pop().map(|Reverse(entry)| (entry.at, entry.what))
    }
}

#[derive(Debug)]
struct Entry {
    at: Duration,
    place: u64,
    what: Happening,
}

impl Entry {
    fn key(&self) -> (Duration, u64) {
        (self.at, self.place)
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_at_one_moment_happens_in_the_order_it_was_noted() {
        let mut agenda = Agenda::default();
        for (ms, phone) in [(5, 1), (2, 2), (5, 3), (2, 4)] {
            agenda.note(Duration::from_millis(ms), Happening::Phone(phone));
        }
        assert_eq!(agenda.next(), Some(Duration::from_millis(2)));
        let order = std::iter::from_fn(|| match agenda.pop() {
            Some((_, Happening::Phone(phone))) => Some(phone),
            _ => None,
        });
        assert_eq!(order.collect::<Vec<_>>(), [2, 4, 1, 3]);
    }
}
