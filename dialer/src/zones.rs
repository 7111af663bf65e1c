//! Where in time a telephone number may be: from its digits to IANA zones.
//!
//! Number plans say where a number was issued, not where its owner sleeps; where a prefix spans
//! several zones all of them are candidates, and a call must be legal in each ("the strictest
//! counts"). The rules of each zone come from the IANA database compiled into the binary, so the
//! same permit is judged the same way on every machine.

mod clock;
mod key;
mod table;

pub use clock::Clock;
pub use key::Whereabouts;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};
use routing::Number;
use std::fmt;
use std::sync::LazyLock;

/// A zone of the IANA database.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone {
    rules: TimeZone,
}

impl Zone {
    /// The zone of that name, for example `America/Chicago`; upper and lower case are alike.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let rules = ZONES.get(name).ok()?;
        rules.iana_name()?;
        Some(Self { rules })
    }

    /// Its IANA name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.rules.iana_name().unwrap_or_default()
    }

    /// The date and time a clock on the wall there shows.
    #[must_use]
    pub fn local(&self, at: Timestamp) -> DateTime {
        self.rules.to_datetime(at)
    }

    /// The first moment of a date there.
    pub(crate) fn midnight(&self, date: Date) -> Timestamp {
        let start = self.rules.to_zoned(date.to_datetime(Time::midnight()));
        start.map_or(Timestamp::MIN, |start| start.timestamp())
    }

    /// When a stretch of that local day ends; midnight is the end of the day.
    pub(crate) fn end_of(&self, local: DateTime, to: Time) -> Timestamp {
        if to == Time::midnight() {
            let next = local.date().tomorrow();
            return next.map_or(Timestamp::MAX, |next| self.midnight(next));
        }
        let [_, later] = self.instants_of(local.date().to_datetime(to));
        later
    }

    /// The first moment of the local day that `at` lies in, and that of the next.
    #[must_use]
    pub fn day_of(&self, at: Timestamp) -> (Timestamp, Timestamp) {
        let date = self.local(at).date();
        let next = date.tomorrow().map_or(Timestamp::MAX, |next| self.midnight(next));
        (self.midnight(date), next)
    }

    /// The moments at which a clock there shows `local`, earliest first.
    ///
    /// They differ where clocks go back. Where clocks go forward over it, they enclose the jump.
    pub(crate) fn instants_of(&self, local: DateTime) -> [Timestamp; 2] {
        let ambiguous = self.rules.to_ambiguous_timestamp(local);
        let either = ambiguous.offset();
        let (before, after) = match either {
            jiff::tz::AmbiguousOffset::Unambiguous { offset } => (offset, offset),
            jiff::tz::AmbiguousOffset::Gap { before, after }
            | jiff::tz::AmbiguousOffset::Fold { before, after } => (before, after),
        };
        let at = |offset: jiff::tz::Offset| offset.to_timestamp(local).unwrap_or(Timestamp::MAX);
        let (one, two) = (at(before), at(after));
        [one.min(two), one.max(two)]
    }

    /// The moments of one local date at which clocks there are put forward or back.
    pub(crate) fn offset_changes(&self, date: Date) -> Vec<Timestamp> {
        let midnight = |date: Date| self.instants_of(date.to_datetime(Time::midnight()));
        let Ok(tomorrow) = date.tomorrow() else { return Vec::new() };
        // `following` is exclusive, and a change may fall on midnight itself.
        let from = midnight(date)[0].saturating_sub(SignedDuration::from_secs(1));
        let until = midnight(tomorrow)[1];
        let changes = self.rules.following(from.unwrap_or(Timestamp::MIN));
        changes.map(|change| change.timestamp()).take_while(|at| *at <= until).collect()
    }
}

static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Zone").field(&self.name()).finish()
    }
}

/// Where a number may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Country, and state or province where the number shows it: `GB`, `US-FL`.
    pub region: Option<&'static str>,
    /// Every zone it may be in; empty when nobody knows.
    pub zones: &'static [Zone],
}

impl Place {
    /// A place that nobody knows.
    pub const UNKNOWN: Self = Self { region: None, zones: &[] };

    /// Reads the longest known prefix of a number.
    #[must_use]
    pub fn of(number: Number) -> Self {
        table::lookup(&number.digits())
    }

    /// Its zones, those of the region that the person's address lies in, and the one that they
    /// are said to live in.
    ///
    /// `None` when `stated` is no zone.
    #[must_use]
    pub fn candidates(&self, stated: Option<&str>, region: Option<&str>) -> Option<Vec<Zone>> {
        let mut zones = self.zones.to_vec();
        let named = stated.map(|stated| Zone::named(stated).ok_or(())).transpose().ok()?;
        for zone in region.map(zones_of).unwrap_or_default().into_iter().chain(named) {
            if !zones.contains(&zone) {
                zones.push(zone);
            }
        }
        Some(zones)
    }
}

/// Whether the tables know a country or a part of one by this code: `GB`, `US-FL`.
#[must_use]
pub fn is_region(code: &str) -> bool {
    table::regions().any(|known| is_within(known, code))
}

/// Every zone of a region; none where the tables do not know it.
#[must_use]
pub fn zones_of(region: &str) -> Vec<Zone> {
    let mut found = Vec::new();
    for zone in table::zones_where(|known| is_within(known, region)) {
        if !found.contains(zone) {
            found.push(zone.clone());
        }
    }
    found
}

/// `US-FL` is within `US-FL` and within `US`.
fn is_within(part: &str, whole: &str) -> bool {
    part.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(number: &str) -> (Option<&'static str>, Vec<&'static str>) {
        let place = Place::of(number.parse().unwrap());
        (place.region, place.zones.iter().map(Zone::name).collect())
    }

    #[test]
    fn a_number_is_in_the_zones_of_its_longest_known_prefix() {
        assert_eq!(of("+12125550123"), (Some("US-NY"), vec!["America/New_York"]));
        assert_eq!(of("+442079460123"), (Some("GB"), vec!["Europe/London"]));
        let panhandle = vec!["America/New_York", "America/Chicago"];
        assert_eq!(of("+18505550123"), (Some("US-FL"), panhandle));
        assert_eq!(of("+34928555012"), (Some("ES"), vec!["Atlantic/Canary"]));
        assert_eq!(of("+77275550123"), (Some("KZ"), vec!["Asia/Almaty"]));
        assert_eq!(of("+8835100000000"), (None, vec![]));
    }

    /// An area code that nobody has told us of, or freephone: anywhere in the plan.
    #[test]
    fn an_unknown_area_code_may_be_anywhere_in_north_america() {
        for number in ["+15550100123", "+18005550123"] {
            let (region, zones) = of(number);
            assert_eq!(region, None);
            for far in ["Pacific/Honolulu", "America/St_Johns", "Pacific/Guam"] {
                assert!(zones.contains(&far), "{far}");
            }
        }
    }

    /// A stated zone can only narrow: it joins the candidates and replaces none.
    #[test]
    fn a_stated_zone_joins_the_candidates_once() {
        let place = Place::of("+442079460123".parse().unwrap());
        let names = |stated| {
            let zones = place.candidates(stated, None)?;
            Some(zones.iter().map(|zone| zone.name().to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(names(None).unwrap(), ["Europe/London"]);
        assert_eq!(names(Some("europe/london")).unwrap(), ["Europe/London"]);
        assert_eq!(names(Some("Asia/Tokyo")).unwrap(), ["Europe/London", "Asia/Tokyo"]);
        assert_eq!(names(Some("GMT+25")), None);
    }

    /// RULES US-6: an address in another state than the area code's adds that state's zones.
    #[test]
    fn an_address_joins_the_zones_of_its_region() {
        let place = Place::of("+12125550123".parse().unwrap());
        let names = |region| {
            let zones = place.candidates(None, Some(region)).unwrap();
            zones.iter().map(|zone| zone.name().to_owned()).collect::<Vec<_>>()
        };
        let panhandle = ["America/New_York", "America/Chicago"];
        assert_eq!(names("US-FL"), panhandle);
        assert_eq!(names("US-HI"), ["America/New_York", "Pacific/Honolulu"]);
        assert_eq!(names("Atlantis"), ["America/New_York"]);
        assert!(names("US").contains(&"America/Anchorage".to_owned()));
        assert!(is_region("GB") && is_region("US") && is_region("US-FL"));
        assert!(!is_region("US-F") && !is_region("FL") && !is_region(""));
    }
}
