//! The stretches of time in which somebody may be called, for whoever has to choose among them.
//!
//! Whether a window is open changes only where its hours begin or end, at a local midnight, and
//! where clocks are put forward or back. So it is asked once between any two such moments, by the
//! one rule that there is ([`are_open`]).

use super::{CallingWindow, WindowProfile, are_open, or_unknown};
use crate::zones::{Whereabouts, Zone};
use jiff::Timestamp;
use jiff::civil::Time;
use std::collections::BTreeSet;

/// When from `from` until `until` every one of these windows is open to somebody; the earliest
/// first, each with its end.
#[must_use]
pub fn open_stretches(
    windows: &[&CallingWindow],
    from: Timestamp,
    until: Timestamp,
    who: &Whereabouts,
) -> Vec<(Timestamp, Timestamp)> {
    if until <= from {
        return Vec::new();
    }
    let regions: Vec<&str> = who.regions.iter().map(String::as_str).collect();
    let mut edges = BTreeSet::from([from]);
    for window in windows.iter().filter(|window| window.profile != WindowProfile::Always) {
        for zone in who.zones.iter().flatten() {
            for region in or_unknown(&regions) {
                window.edges(zone, region, (from, until), &mut edges);
            }
        }
    }
    let ends = edges.iter().skip(1).copied().chain([until]);
    let mut open: Vec<(Timestamp, Timestamp)> = Vec::new();
    for (edge, end) in edges.iter().copied().zip(ends) {
        if !are_open(windows, edge, who) {
            continue;
        }
        match open.last_mut().filter(|last| last.1 == edge) {
            Some(last) => last.1 = end,
            None => open.push((edge, end)),
        }
    }
    open
}

impl CallingWindow {
    /// Adds every moment between these two at which a zone could open or close.
    fn edges(
        &self,
        zone: &Zone,
        region: Option<&str>,
        (from, until): (Timestamp, Timestamp),
        edges: &mut BTreeSet<Timestamp>,
    ) {
        let mut date = zone.local(from).date();
        // A day further on both sides: clocks may go back over midnight.
        date = date.yesterday().unwrap_or(date);
        let last = zone.local(until).date();
        let last = last.tomorrow().unwrap_or(last);
        while date <= last {
            let ends = self.hours_in(region).iter().map(|hours| date.to_datetime(hours.to));
            let midnight = date.to_datetime(Time::midnight());
            let mut found = self.candidates(date, zone, region);
            found.extend(ends.chain([midnight]).flat_map(|local| zone.instants_of(local)));
            edges.extend(found.into_iter().filter(|at| (from..until).contains(at)));
            let Ok(next) = date.tomorrow() else { return };
            date = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::at;
    use crate::leads::Lead;
    use crate::window::{Days, Hours};
    use proptest::prelude::*;
    use uuid::Uuid;

    fn who(number: &str, region: Option<&str>) -> Whereabouts {
        let (id, list) = (Uuid::nil().into(), Uuid::nil().into());
        let mut lead = Lead::new(id, list, number.parse().unwrap());
        lead.region = region.map(str::to_owned);
        Whereabouts::of(&lead)
    }

    fn told(
        windows: &[&CallingWindow],
        (from, until): (&str, &str),
        who: &Whereabouts,
    ) -> Vec<String> {
        let found = open_stretches(windows, at(from), at(until), who);
        found.into_iter().map(|(from, to)| format!("{from} {to}")).collect()
    }

    /// RULES US-6: New York by New York's clock, Florida an hour less, and both where somebody may
    /// be in either.
    #[test]
    fn stretches_are_the_hours_of_every_place_that_somebody_may_be_in() {
        let us = CallingWindow::us();
        let day = ("2026-01-15T05:00:00Z", "2026-01-16T05:00:00Z");
        let of = |who| told(&[&us], day, &who);
        assert_eq!(of(who("+12125550123", None)), ["2026-01-15T13:00:00Z 2026-01-16T02:00:00Z"]);
        let moved = of(who("+12125550123", Some("US-FL")));
        assert_eq!(moved, ["2026-01-15T14:00:00Z 2026-01-16T01:00:00Z"]);
        let uk = CallingWindow::uk();
        let both = told(&[&us, &uk], day, &who("+12125550123", None));
        assert_eq!(both, ["2026-01-15T13:00:00Z 2026-01-16T02:00:00Z"]);
        assert_eq!(of(who("+8835100000000", None)), [""; 0], "nobody knows their time");
        let all = told(&[&CallingWindow::always()], day, &who("+12125550123", None));
        assert_eq!(all, ["2026-01-15T05:00:00Z 2026-01-16T05:00:00Z"]);
        assert_eq!(told(&[&us], (day.1, day.0), &who("+12125550123", None)), [""; 0]);
    }

    /// Holidays end at midnight, and hours that end there go on into the next day.
    #[test]
    fn stretches_end_at_holidays_and_go_on_over_midnight() {
        let mut window = CallingWindow::us();
        window.hours = vec![Hours::new(Days::ALL, 0, 0, 0, 0)];
        window.regions.clear();
        window.closed_on.insert("2026-01-16".parse().unwrap());
        let days = ("2026-01-14T00:00:00Z", "2026-01-18T00:00:00Z");
        let found = told(&[&window], days, &who("+442079460123", None));
        let expected = [
            "2026-01-14T00:00:00Z 2026-01-16T00:00:00Z",
            "2026-01-17T00:00:00Z 2026-01-18T00:00:00Z",
        ];
        assert_eq!(found, expected);
    }

    proptest! {
        /// The one rule agrees at every minute, also where clocks change.
        #[test]
        fn every_minute_is_in_a_stretch_when_the_window_is_open(
            start in 0_i64..365,
            from in 0_i8..24,
            length in 1_i8..24,
            number in prop::sample::select(vec!["+12125550123", "+18505550123", "+442079460123"]),
        ) {
            let to = (from + length) % 24;
            let mut window = CallingWindow::us();
            window.regions.clear();
            window.hours = if to > from || to == 0 {
                vec![Hours::new(Days::WEEKDAYS, from, 0, to, 0)]
            } else {
                vec![Hours::new(Days::WEEKDAYS, from, 0, 0, 0), Hours::new(Days::ALL, 0, 0, to, 0)]
            };
            let begin = at("2026-01-01T00:30:00Z") + jiff::SignedDuration::from_hours(24 * start);
            let end = begin + jiff::SignedDuration::from_hours(54);
            let who = who(number, None);
            let open = open_stretches(&[&window], begin, end, &who);
            let mut moment = begin;
            while moment < end {
                let within = open.iter().any(|(from, to)| (*from..*to).contains(&moment));
                prop_assert_eq!(within, are_open(&[&window], moment, &who), "{}", moment);
                moment += jiff::SignedDuration::from_mins(7);
            }
        }
    }
}
