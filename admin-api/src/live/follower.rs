//! Somebody in the switch's own process who watches everything, without a socket in between.

use std::sync::Arc;

use tokio::sync::watch;

use super::{Hub, LiveEvent, Next, Published};

/// Everything that is live, and then each event in order.
#[derive(Debug)]
pub struct Follower<'a> {
    hub: &'a Hub,
    newest: watch::Receiver<u64>,
    /// The last event that was given out; none asks for everything again.
    at: Option<u64>,
}

/// What a follower is given.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// Everything that is live; what is not in it is gone. The first news, and again for one who
    /// fell out of the ring.
    Live(Vec<LiveEvent>),
    /// What happened since, in order; at least one event.
    Since(Vec<LiveEvent>),
}

impl Hub {
    /// Follows from here on; what is live already comes first.
    #[must_use]
    pub fn follow(&self) -> Follower<'_> {
        Follower { hub: self, newest: self.newest(), at: None }
    }
}

impl Follower<'_> {
    /// Waits for what is new.
    pub async fn next(&mut self) -> News {
        loop {
            self.newest.mark_unchanged();
            match self.at.map(|at| self.hub.after(at)) {
                Some(Next::Events(published)) => {
                    if let Some(last) = published.last() {
                        self.at = Some(last.numbered.seq);
                        return News::Since(events(&published));
                    }
                }
                Some(Next::Gone) | None => {
                    let snapshot = self.hub.snapshot();
                    self.at = Some(snapshot.seq);
                    return News::Live(events(&snapshot.events));
                }
            }
            // The hub is borrowed, so its sender cannot be gone.
            let _ = self.newest.changed().await;
        }
    }
}

fn events(published: &[Arc<Published>]) -> Vec<LiveEvent> {
    published.iter().map(|published| published.numbered.event.clone()).collect()
}

#[cfg(test)]
mod tests {
    use routing::CampaignId;
    use uuid::Uuid;

    use super::*;
    use crate::live::Totals;

    fn gone(number: u128) -> LiveEvent {
        LiveEvent::CampaignGone { id: CampaignId::from(Uuid::from_u128(number)) }
    }

    #[tokio::test]
    async fn a_follower_is_given_what_is_live_and_then_every_event_once() {
        let hub = Hub::starting_at(1);
        let totals = LiveEvent::Totals(Totals::default());
        hub.publish(totals.clone());
        let mut follower = hub.follow();
        assert_eq!(follower.next().await, News::Live(vec![totals]));
        hub.publish(gone(1));
        hub.publish(gone(2));
        assert_eq!(follower.next().await, News::Since(vec![gone(1), gone(2)]));
        hub.publish(gone(3));
        assert_eq!(follower.next().await, News::Since(vec![gone(3)]));
    }

    #[tokio::test]
    async fn a_follower_who_fell_behind_is_given_what_is_live() {
        let hub = Hub::starting_at(1);
        let totals = LiveEvent::Totals(Totals { calls: 7, ..Totals::default() });
        hub.publish(gone(1));
        let mut follower = hub.follow();
        hub.publish(totals.clone());
        assert_eq!(follower.next().await, News::Live(vec![totals.clone()]));
        for number in 0..20_000 {
            hub.publish(gone(number));
        }
        assert_eq!(follower.next().await, News::Live(vec![totals]));
    }
}
