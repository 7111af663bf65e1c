//! Which clock a person is called by: the one that agents see, and that promises are made by.
//!
//! It is for people to talk by. Whether somebody may be called is judged in every zone that they
//! may be in ([`Place::candidates`]), whatever they say of themselves.

use super::{Place, Zone};
use crate::leads::Lead;

/// Which clock a person is called by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    /// The zone that they are said to live in, else the only one that their number and their
    /// address leave.
    pub zone: Option<Zone>,
    /// Each zone that they may be in, where none of them is known to be theirs.
    pub candidates: Vec<Zone>,
}

impl Clock {
    /// Of a person on a list. What is no zone was not stated.
    #[must_use]
    pub fn of(lead: &Lead) -> Self {
        if let Some(stated) = lead.zone.as_deref().and_then(Zone::named) {
            return Self { zone: Some(stated), candidates: Vec::new() };
        }
        let places = Place::of(lead.number).candidates(None, lead.region.as_deref());
        let mut candidates = places.unwrap_or_default();
        let zone = if candidates.len() == 1 { candidates.pop() } else { None };
        Self { zone, candidates }
    }

    /// The zone that a time is agreed in, where nobody says: theirs, else the first that they may
    /// be in.
    #[must_use]
    pub fn agreed(&self) -> Option<&Zone> {
        self.zone.as_ref().or_else(|| self.candidates.first())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::lead;

    fn clock(number: &str, stated: Option<&str>, region: Option<&str>) -> (String, Vec<String>) {
        let mut person = lead(1);
        person.number = number.parse().unwrap();
        person.zone = stated.map(str::to_owned);
        person.region = region.map(str::to_owned);
        let clock = Clock::of(&person);
        let candidates = clock.candidates.iter().map(|zone| zone.name().to_owned()).collect();
        (clock.zone.map_or_else(String::new, |zone| zone.name().to_owned()), candidates)
    }

    #[test]
    fn what_a_person_says_of_themselves_counts_and_else_the_only_zone_that_is_left() {
        let known = |zone: &str| (zone.to_owned(), Vec::<String>::new());
        assert_eq!(clock("+442079460123", None, None), known("Europe/London"));
        assert_eq!(clock("+442079460123", Some("Asia/Tokyo"), None), known("Asia/Tokyo"));
        assert_eq!(clock("+12125550123", None, Some("US-NY")), known("America/New_York"));
        assert_eq!(clock("+442079460123", Some("Mars/Olympus"), None), known("Europe/London"));
    }

    /// An address in another state than the area code's leaves both.
    #[test]
    fn where_several_zones_are_left_none_is_theirs() {
        let both = vec!["America/New_York".to_owned(), "America/Chicago".to_owned()];
        assert_eq!(clock("+18505550123", None, None), (String::new(), both));
        let (zone, candidates) = clock("+12125550123", None, Some("US-HI"));
        assert_eq!((zone.as_str(), candidates.len()), ("", 2));
        assert_eq!(clock("+8835100000000", None, None), (String::new(), vec![]));
    }

    #[test]
    fn a_time_is_agreed_by_the_first_zone_where_nobody_says() {
        let mut person = lead(1);
        person.number = "+18505550123".parse().unwrap();
        let clock = Clock::of(&person);
        assert_eq!(clock.agreed().map(Zone::name), Some("America/New_York"));
        assert_eq!(Clock::default().agreed(), None);
    }
}
