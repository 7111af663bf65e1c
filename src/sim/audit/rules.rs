//! The rules of whom a campaign may dial, written a second time: D3.
//!
//! People are known by their number (`scene::Person`), campaigns by their settings, and who asked
//! not to be called by what administrators did. Nothing here is lost with the power: what was
//! acknowledged holds.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use dialer::dnc::DncScope;
use dialer::permit::PermitRecord;
use dialer::rules::ConsentRule;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use routing::{CampaignId, Number};

use super::Found;
use crate::sim::invariant::Invariant;
use crate::sim::scene::{Person, REST, Scene};

/// Who may be dialled by whom, and when.
#[derive(Debug, Default)]
pub(super) struct Rules {
    start: Timestamp,
    forbidden: HashSet<Number>,
    kept_from: HashSet<(CampaignId, Number)>,
    stopped: BTreeSet<CampaignId>,
    own: BTreeMap<CampaignId, Own>,
    /// The do-not-call list that the last permit of this life was checked against: version and
    /// entries.
    list: Option<(u64, u64)>,
}

/// What a campaign's settings say.
#[derive(Debug)]
struct Own {
    consent: ConsentRule,
    closed_on: BTreeSet<Date>,
}

impl Rules {
    pub(super) fn new(scene: &Scene, start: Timestamp) -> Self {
        let own = scene.campaigns.iter().map(|one| {
            let closed_on = one.window.closed_on.clone();
            (one.id, Own { consent: one.consent, closed_on })
        });
        Self { start, own: own.collect(), ..Self::default() }
    }

    /// A life of the switch is over.
    pub(super) fn restart(self) -> Self {
        Self { list: None, ..self }
    }

    pub(super) fn forbid(&mut self, scope: DncScope, number: Number) {
        match scope {
            DncScope::Organisation => drop(self.forbidden.insert(number)),
            DncScope::Campaign(campaign) => drop(self.kept_from.insert((campaign, number))),
        }
    }

    pub(super) fn forbids(&self, campaign: CampaignId, number: Number) -> bool {
        self.forbidden.contains(&number) || self.kept_from.contains(&(campaign, number))
    }

    /// A campaign was started or stopped.
    pub(super) fn runs(&mut self, campaign: CampaignId, running: bool) {
        if running {
            self.stopped.remove(&campaign);
        } else {
            self.stopped.insert(campaign);
        }
    }

    /// D3, by our own clock and books: the gate's evidence is not believed.
    pub(super) fn hold(&mut self, permit: &PermitRecord, wall: Timestamp) -> Found {
        let found = &permit.evidence.findings;
        let (campaign, number) = (found.campaign, found.number);
        let told = |what: String| Err((Invariant::D3, format!("{number} {what}")));
        if self.stopped.contains(&campaign) {
            return told(format!("is dialled by {campaign}, which is stopped"));
        }
        if self.forbids(campaign, number) {
            return told("asked not to be called".to_owned());
        }
        let list = (found.dnc.version, found.dnc.entries);
        let before = self.list.replace(list);
        if before.is_some_and(|(version, entries)| entries != list.1 && version >= list.0) {
            return told(format!("was looked for in version {list:?} after {before:?}"));
        }
        let (Some(own), Some(person)) = (self.own.get(&campaign), Person::at(number)) else {
            return told("is on no list, or dialled by no campaign".to_owned());
        };
        let consent = person.consent(self.start).filter(|consent| consent.holds(wall));
        if !own.consent.is_met_by(consent.map(|consent| consent.kind)) {
            return told("agreed to nothing, or no longer".to_owned());
        }
        let rest = person.history(self.start).abandoned_at;
        if rest.is_some_and(|met_nobody| met_nobody + REST > wall) {
            return told(format!("met nobody at {rest:?}, and rests"));
        }
        for zone in person.zones() {
            let Ok(local) = TimeZone::get(zone).map(|zone| zone.to_datetime(wall)) else {
                return told(format!("lives in {zone}, which is nowhere"));
            };
            if !(8..person.evening()).contains(&local.hour()) {
                return told(format!("is dialled at {local} in {zone}"));
            }
            if own.closed_on.contains(&local.date()) {
                return told(format!("is dialled on {}, a holiday", local.date()));
            }
        }
        Ok(())
    }
}
