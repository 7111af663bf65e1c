//! A place as one short text, so that a million leads can be counted by the few places they are in.

use super::{Place, Zone};
use crate::leads::Lead;

/// Every zone and region that a lead may be in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whereabouts {
    /// The zones; none when the zone that the lead states is no zone, and nobody knows.
    pub zones: Option<Vec<Zone>>,
    /// Where the number is, and where the address lies.
    pub regions: Vec<String>,
}

impl Whereabouts {
    /// Where this lead may be.
    #[must_use]
    pub fn of(lead: &Lead) -> Self {
        let place = Place::of(lead.number);
        let zones = place.candidates(lead.zone.as_deref(), lead.region.as_deref());
        let mut regions: Vec<String> = place.region.map(str::to_owned).into_iter().collect();
        regions.extend(lead.region.clone().filter(|own| Some(own.as_str()) != place.region));
        Self { zones, regions }
    }

    /// The text that [`Self::read`] reads: `America/New_York;US-NY US-FL`, or `?;US-NY`.
    #[must_use]
    pub fn key(&self) -> String {
        let zones = match &self.zones {
            Some(zones) => zones.iter().map(Zone::name).collect::<Vec<_>>().join(" "),
            None => UNKNOWN.to_owned(),
        };
        format!("{zones};{}", self.regions.join(" "))
    }

    /// Reads a key; a zone that is none any more makes the whole unknown.
    #[must_use]
    pub fn read(key: &str) -> Self {
        let (zones, regions) = key.split_once(';').unwrap_or((UNKNOWN, ""));
        let zones = zones.split_whitespace().map(Zone::named).collect();
        Self { zones, regions: regions.split_whitespace().map(str::to_owned).collect() }
    }
}

/// No zone has this name.
const UNKNOWN: &str = "?";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::lead;

    #[test]
    fn a_key_reads_as_it_was_written() {
        let mut person = lead(1);
        person.region = Some("US-FL".to_owned());
        let here = Whereabouts::of(&person);
        assert_eq!(here.key(), "America/New_York America/Chicago;US-NY US-FL");
        assert_eq!(Whereabouts::read(&here.key()), here);
        person.zone = Some("Mars/Olympus".to_owned());
        let nowhere = Whereabouts::of(&person);
        assert_eq!((nowhere.key().as_str(), nowhere.zones.is_none()), ("?;US-NY US-FL", true));
        assert_eq!(Whereabouts::read("?;US-NY US-FL"), nowhere);
        assert_eq!(Whereabouts::read("").zones, None);
        let satellite = Whereabouts { zones: Some(vec![]), regions: vec![] };
        assert_eq!(Whereabouts::read(&satellite.key()), satellite);
    }
}
