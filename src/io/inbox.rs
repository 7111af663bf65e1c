//! What waits for the brain: three bounded queues and the order between them.
//!
//! Overload policy (FAULTS "Overload"): what belongs to a running call is served before what asks
//! for a new one; a new INVITE that waited over 400 ms is discarded, since its sender has already
//! sent it again; a full queue refuses at once, and the caller says 503 or drops the datagram.
//! Before any of that our own dialling stops: when something new has waited 100 ms, or a quarter of
//! the first queue is full, and until a second after that is over.
//!
//! ```text
//!   running  in-dialog SIP, media events, durable journal   8,192   full: the datagram is lost
//!   desk     commands and durable changes                   1,024   full: the API answers 503
//!   fresh    INVITE and REGISTER without a To-tag           4,096   full: dropped; older than
//!                                                                   400 ms: discarded
//! ```

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How urgent an input is; the order of the variants is the order of service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Part of something that is under way.
    Running,
    /// A person or program at the API.
    Desk,
    /// Asks for something new.
    Fresh,
}

/// The queue of its class is full, or the brain has stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the switch is overloaded")]
pub struct Full;

/// The brain's bounded mailbox; many senders, one reader.
#[derive(Debug)]
pub struct Inbox<T> {
    queues: Mutex<Queues<T>>,
    filled: Condvar,
}

#[derive(Debug)]
struct Queues<T> {
    running: VecDeque<T>,
    desk: VecDeque<T>,
    fresh: VecDeque<(Instant, T)>,
    stale: u64,
    /// While dialling had better rest.
    strained_until: Option<Instant>,
    closed: bool,
}

impl<T> Default for Inbox<T> {
    fn default() -> Self {
        let queues = Queues {
            running: VecDeque::new(),
            desk: VecDeque::new(),
            fresh: VecDeque::new(),
            stale: 0,
            strained_until: None,
            closed: false,
        };
        Self { queues: Mutex::new(queues), filled: Condvar::new() }
    }
}

impl<T> Inbox<T> {
    /// Queues one input; never waits.
    pub fn push(&self, now: Instant, class: Class, input: T) -> Result<(), Full> {
        let mut queues = self.lock();
        let full = match class {
            Class::Running => queues.running.len() >= RUNNING_MAX,
            Class::Desk => queues.desk.len() >= DESK_MAX,
            Class::Fresh => queues.fresh.len() >= FRESH_MAX,
        };
        if full {
            queues.strained_until = Some(now + RELIEF);
        }
        if full || queues.closed {
            return Err(Full);
        }
        match class {
            Class::Running => queues.running.push_back(input),
            Class::Desk => queues.desk.push_back(input),
            Class::Fresh => queues.fresh.push_back((now, input)),
        }
        drop(queues);
        self.filled.notify_one();
        Ok(())
    }

    /// Takes the most urgent input, or waits for one until `deadline`; none when it passed.
    pub fn pop(&self, clock: impl Fn() -> Instant, deadline: Option<Instant>) -> Option<T> {
        let mut queues = self.lock();
        loop {
            let now = clock();
            if let Some(input) = queues.take(now) {
                return Some(input);
            }
            if queues.closed || deadline.is_some_and(|at| at <= now) {
                return None;
            }
            let patience = deadline.map_or(IDLE_MAX, |at| (at - now).min(IDLE_MAX));
            queues = self
                .filled
                .wait_timeout(queues, patience)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Refuses all further input; what is queued is still served.
    pub fn close(&self) {
        self.lock().closed = true;
        self.filled.notify_all();
    }

    /// Whether [`close`](Self::close) was called and everything queued has been served.
    pub fn is_drained(&self) -> bool {
        let queues = self.lock();
        queues.closed
            && queues.running.is_empty()
            && queues.desk.is_empty()
            && queues.fresh.is_empty()
    }

    /// Whether what is new has to wait, or did within the last second: nothing of our own should
    /// be added now.
    pub fn is_strained(&self, now: Instant) -> bool {
        self.lock().strained_until.is_some_and(|until| now < until)
    }

    /// How many new requests were discarded because they had waited too long.
    pub fn stale(&self) -> u64 {
        self.lock().stale
    }

    /// A panic elsewhere cannot leave the queues half-changed: every change is one push or pop.
    fn lock(&self) -> MutexGuard<'_, Queues<T>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Queues<T> {
    fn take(&mut self, now: Instant) -> Option<T> {
        let oldest = self.fresh.front().map(|(queued, _)| now.saturating_duration_since(*queued));
        if self.running.len() > CROWD || oldest.is_some_and(|age| age > WAIT) {
            self.strained_until = Some(now + RELIEF);
        }
        if let Some(input) = self.running.pop_front().or_else(|| self.desk.pop_front()) {
            return Some(input);
        }
        while let Some((queued, input)) = self.fresh.pop_front() {
            if now.saturating_duration_since(queued) <= FRESH_AGE_MAX {
                return Some(input);
            }
            self.stale += 1;
        }
        None
    }
}

/// The class of a SIP message, read off its first bytes without parsing it.
#[must_use]
pub fn class_of(message: &[u8]) -> Class {
    let fresh = message.starts_with(b"INVITE ") || message.starts_with(b"REGISTER ");
    if fresh && !has_to_tag(message) { Class::Fresh } else { Class::Running }
}

fn has_to_tag(message: &[u8]) -> bool {
    message
        .split(|byte| *byte == b'\n')
        .take_while(|line| !line.is_empty() && *line != b"\r")
        .find(|line| is_to(line))
        .is_some_and(|line| line.windows(TAG.len()).any(|part| part.eq_ignore_ascii_case(TAG)))
}

fn is_to(line: &[u8]) -> bool {
    let name = line.split(|byte| *byte == b':').next().unwrap_or_default().trim_ascii();
    name.eq_ignore_ascii_case(b"to") || name.eq_ignore_ascii_case(b"t")
}

const TAG: &[u8] = b";tag=";
const RUNNING_MAX: usize = 8_192;
const DESK_MAX: usize = 1_024;
const FRESH_MAX: usize = 4_096;
const FRESH_AGE_MAX: Duration = Duration::from_millis(400);

/// From here on dialling rests, long before anything is refused or discarded.
const CROWD: usize = RUNNING_MAX / 4;
const WAIT: Duration = Duration::from_millis(100);

/// How long it must have been quiet before dialling begins again.
const RELIEF: Duration = Duration::from_secs(1);

/// A wait without a deadline is cut here, so that a lost wake-up can never be more than a hiccup.
const IDLE_MAX: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_under_way_is_served_before_what_is_new() {
        let now = Instant::now();
        let inbox = Inbox::default();
        inbox.push(now, Class::Fresh, "invite").unwrap();
        inbox.push(now, Class::Desk, "ready").unwrap();
        inbox.push(now, Class::Running, "bye").unwrap();
        let order: Vec<_> = (0..3).filter_map(|_| inbox.pop(|| now, Some(now))).collect();
        assert_eq!(order, ["bye", "ready", "invite"]);
        assert_eq!(inbox.pop(|| now, Some(now)), None);
    }

    /// FAULTS, overload: the peer sends an INVITE again after 500 ms, so one that waited over
    /// 400 ms would be answered twice.
    #[test]
    fn an_invite_that_waited_over_400_ms_is_discarded() {
        let now = Instant::now();
        let inbox = Inbox::default();
        inbox.push(now, Class::Fresh, "old").unwrap();
        inbox.push(now + Duration::from_millis(1), Class::Fresh, "young").unwrap();
        let later = now + Duration::from_millis(401);
        assert_eq!(inbox.pop(|| later, Some(later)), Some("young"));
        assert_eq!(inbox.stale(), 1);
    }

    /// FAULTS, overload: our own dialling rests before anybody is refused, and begins again only
    /// once it has been quiet for a second.
    #[test]
    fn what_waits_100_ms_is_a_strain_until_a_second_after_the_last() {
        let now = Instant::now();
        let at = |ms| now + Duration::from_millis(ms);
        let inbox = Inbox::default();
        inbox.push(now, Class::Fresh, ()).unwrap();
        assert_eq!(inbox.pop(|| at(100), Some(at(100))), Some(()));
        assert!(!inbox.is_strained(at(100)));
        inbox.push(at(100), Class::Fresh, ()).unwrap();
        assert_eq!(inbox.pop(|| at(201), Some(at(201))), Some(()));
        assert!(inbox.is_strained(at(201)) && inbox.is_strained(at(1_200)));
        assert!(!inbox.is_strained(at(1_201)));
        for _ in 0..=CROWD {
            inbox.push(at(2_000), Class::Running, ()).unwrap();
        }
        assert_eq!(inbox.pop(|| at(2_000), Some(at(2_000))), Some(()));
        assert!(inbox.is_strained(at(2_000)));
    }

    #[test]
    fn a_full_queue_refuses_and_the_others_still_take() {
        let now = Instant::now();
        let inbox = Inbox::default();
        for _ in 0..DESK_MAX {
            inbox.push(now, Class::Desk, ()).unwrap();
        }
        assert_eq!(inbox.push(now, Class::Desk, ()), Err(Full));
        assert_eq!(inbox.push(now, Class::Running, ()), Ok(()));
        inbox.close();
        assert_eq!(inbox.push(now, Class::Running, ()), Err(Full));
        assert!(!inbox.is_drained());
        while inbox.pop(|| now, Some(now)).is_some() {}
        assert!(inbox.is_drained());
    }

    #[test]
    fn only_requests_outside_a_dialog_are_fresh() {
        let new = b"INVITE sip:a@b SIP/2.0\r\nTo: <sip:a@b>\r\nFrom: <sip:c@d>;tag=1\r\n\r\n";
        let again = b"INVITE sip:a@b SIP/2.0\r\nt : <sip:a@b>;TAG=2\r\n\r\n";
        assert_eq!(class_of(new), Class::Fresh);
        assert_eq!(class_of(again), Class::Running);
        assert_eq!(class_of(b"REGISTER sip:b SIP/2.0\r\nTo: <sip:a@b>\r\n\r\n"), Class::Fresh);
        assert_eq!(class_of(b"SIP/2.0 200 OK\r\n\r\n"), Class::Running);
        assert_eq!(class_of(b"BYE sip:a@b SIP/2.0\r\n\r\n"), Class::Running);
    }
}
