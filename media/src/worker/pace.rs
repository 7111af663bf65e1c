//! Whether a worker has so many packets that waking for each would cost more than handling them.

use std::time::{Duration, Instant};

/// Packets counted over at least 10 ms.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    since: Option<Instant>,
    packets: u32,
    busy: bool,
}

impl Pace {
    pub(crate) fn is_busy(&self) -> bool {
        self.busy
    }

    pub(crate) fn note(&mut self, now: Instant, packets: u32) {
        let since = *self.since.get_or_insert(now);
        self.packets += packets;
        let elapsed = now.saturating_duration_since(since);
        if elapsed >= WINDOW {
            let rate = f64::from(self.packets) / elapsed.as_secs_f64();
            self.busy = rate >= if self.busy { CALM_BELOW } else { BUSY_FROM };
            self.since = Some(now);
            self.packets = 0;
        }
    }
}

const WINDOW: Duration = Duration::from_millis(10);

/// Packets a second: two a sweep. A wake-up costs some 3 µs of processor more than a packet.
const BUSY_FROM: f64 = 2000.0;

/// So far below that the mode does not flap.
const CALM_BELOW: f64 = 1000.0;

#[expect(clippy::disallowed_methods, reason = "a test reads the clock once, for its epoch")]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_packets_make_it_busy_and_few_calm_it() {
        let mut pace = Pace::default();
        let mut now = Instant::now();
        let mut run = |pace: &mut Pace, packets| {
            for _ in 0..40 {
                pace.note(now, packets);
                now += Duration::from_millis(1);
            }
            pace.is_busy()
        };
        assert!(!run(&mut pace, 1));
        assert!(run(&mut pace, 4));
        assert!(run(&mut pace, 2), "between the limits the mode stays");
        assert!(!run(&mut pace, 0));
    }
}
