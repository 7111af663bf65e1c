//! What the house does by itself each night: look whether the records of the day agree, and remove
//! what has outlived its rule of retention (`sweep`).
//!
//! It waits until two hours after the organisation's midnight, when calls of the day are over and
//! folded, and warns of what it finds. The clock is looked at again every quarter of an hour, so a
//! clock that was set, or a zone that was changed, moves the night with it.

use std::time::Duration;

use dialer::zones::Zone;
use jiff::{SignedDuration, Timestamp};
use store::Store;

use super::sweep::Broom;

/// Reconciles the records and sweeps every night until the switch stops.
pub(super) fn open(broom: Broom) {
    tokio::spawn(run(broom));
}

async fn run(broom: Broom) {
    let (store, mut stop) = (broom.store.clone(), broom.stop.clone());
    let mut last = Timestamp::now();
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
        let now = Timestamp::now();
        let Some((from, to)) = due(zone(&store).await.as_ref(), last, now) else { continue };
        match store.reconcile().run(from, to).await {
            Ok(found) if found.is_whole() => {
                last = now;
                tracing::info!(%from, %to, "the records agree");
            }
            Ok(found) => {
                last = now;
                let findings = found.findings.len();
                tracing::error!(%from, %to, findings, "records do not agree with each other");
                for one in found.findings.iter().take(TOLD_MAX) {
                    let (check, record, id) = (one.check, one.record, one.id);
                    tracing::warn!(check, record, %id, seq = one.seq, what = %one.what);
                }
            }
            // Tried again at the next look; what has outlived its rule waits for neither.
            Err(error) => tracing::warn!(%error, "the records cannot be reconciled"),
        }
        match broom.sweep(now).await {
            Ok(swept) => tracing::info!(?swept, "what has outlived its rule is removed"),
            // What is left goes in the next night.
            Err(error) => tracing::warn!(%error, "the sweep was cut short"),
        }
    }
}

async fn zone(store: &Store) -> Option<Zone> {
    let organisation = store.organisation().find().await.ok()?;
    Zone::named(&organisation.value.time_zone)
}

/// The day to look at, when its night has come since `last`; UTC before the house is set up.
fn due(zone: Option<&Zone>, last: Timestamp, now: Timestamp) -> Option<(Timestamp, Timestamp)> {
    let zone = zone.cloned().or_else(|| Zone::named("UTC"))?;
    let (midnight, _) = zone.day_of(now);
    let night = midnight.checked_add(AFTER_MIDNIGHT).ok()?;
    if last >= night || now < night {
        return None;
    }
    let (yesterday, _) = zone.day_of(midnight.checked_sub(SignedDuration::from_nanos(1)).ok()?);
    Some((yesterday, midnight))
}

const LOOK_EVERY: Duration = Duration::from_mins(15);

const AFTER_MIDNIGHT: SignedDuration = SignedDuration::from_hours(2);

/// Findings in the log of one night; the command and the API tell all.
const TOLD_MAX: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_day_before_is_looked_at_once_two_hours_after_the_local_midnight() {
        let madrid = Zone::named("Europe/Madrid");
        let (early, late) = (at("2026-11-23T00:50:00Z"), at("2026-11-23T01:05:00Z"));
        assert_eq!(due(madrid.as_ref(), early, at("2026-11-23T00:59:00Z")), None);
        let day = (at("2026-11-21T23:00:00Z"), at("2026-11-22T23:00:00Z"));
        assert_eq!(due(madrid.as_ref(), early, late), Some(day));
        assert_eq!(due(madrid.as_ref(), late, at("2026-11-23T22:00:00Z")), None);
        let next = (at("2026-11-22T23:00:00Z"), at("2026-11-23T23:00:00Z"));
        assert_eq!(
            due(madrid.as_ref(), late, at("2026-11-24T09:00:00Z")),
            Some(next),
            "slept through"
        );
        assert_eq!(due(None, early, at("2026-11-23T01:59:00Z")), None);
    }

    /// A day of 25 hours is looked at whole.
    #[test]
    fn the_day_when_clocks_go_back_has_an_hour_more() {
        let madrid = Zone::named("Europe/Madrid");
        let (last, now) = (at("2026-10-25T12:00:00Z"), at("2026-10-26T02:00:00Z"));
        let (from, to) = due(madrid.as_ref(), last, now).unwrap();
        assert_eq!(to.duration_since(from), SignedDuration::from_hours(25));
    }
}
