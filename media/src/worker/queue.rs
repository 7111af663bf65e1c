//! The queue in front of a worker. It is counted rather than bounded by the channel: the plane
//! refuses new work above a limit, but never a `Close` or a move, of which there can be no more
//! than there are streams.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, Receiver, Sender},
    },
    time::Duration,
};

use polling::Poller;

use super::Order;

/// The plane's end, and that of other workers.
#[derive(Clone, Debug)]
pub(crate) struct Outbox {
    sender: Sender<Order>,
    waiting: Arc<AtomicUsize>,
    waker: Arc<Poller>,
}

/// The worker's end.
#[derive(Debug)]
pub(crate) struct Inbox {
    receiver: Receiver<Order>,
    waiting: Arc<AtomicUsize>,
}

pub(crate) fn queue(waker: Arc<Poller>) -> (Outbox, Inbox) {
    let (sender, receiver) = mpsc::channel();
    let waiting = Arc::new(AtomicUsize::new(0));
    (Outbox { sender, waiting: Arc::clone(&waiting), waker }, Inbox { receiver, waiting })
}

impl Outbox {
    /// Orders a worker may have waiting before it is refused more.
    pub(crate) const WAITING_MAX: usize = 16_384;

    /// False if the worker has stopped.
    pub(crate) fn send(&self, order: Order) -> bool {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let sent = self.sender.send(order).is_ok();
        // A waker that fails leaves the order to the next packet.
        let _ = self.waker.notify();
        sent
    }

    pub(crate) fn is_full(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) >= Self::WAITING_MAX
    }
}

impl Inbox {
    /// The next order, waiting at most `timeout` for it.
    pub(crate) fn wait(&self, timeout: Duration) -> Option<Order> {
        self.receiver.recv_timeout(timeout).ok()
    }

    /// The next order, if there is one.
    pub(crate) fn next(&self) -> Option<Order> {
        self.receiver.try_recv().ok()
    }

    /// An order has been carried out.
    pub(crate) fn done(&self) {
        self.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}
