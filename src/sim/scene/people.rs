//! The people on the lists: where they live, what they agreed to, and what was before the shift.
//!
//! All of it follows from the number, so that whoever keeps books knows a person without asking
//! the switch or the store.

use dialer::leads::{NumberHistory, OtherNumber};
use dialer::{Consent, ConsentKind, Lead, LeadId, ListId};
use jiff::{SignedDuration, Timestamp};
use routing::Number;

use super::Ids;

/// Somebody on a list.
#[derive(Clone, Copy, Debug)]
pub(in crate::sim) struct Person {
    /// Which of the [`AREAS`].
    area: usize,
    /// Their place among those of their area.
    place: u32,
}

impl Person {
    /// The person at a number; none at a number that is on no list.
    pub(in crate::sim) fn at(number: Number) -> Option<Self> {
        let digits = number.digits();
        let own: u32 = digits.get(4..)?.parse().ok()?;
        let area = AREAS.iter().position(|(area, _)| digits.get(1..4) == Some(*area))?;
        Some(Self { area, place: own.checked_sub(FIRST)? })
    }

    /// The zones in which they may be: their number's, and one that the list tells.
    pub(in crate::sim) fn zones(self) -> impl Iterator<Item = &'static str> {
        [Some(AREAS[self.area].1), self.said_zone()].into_iter().flatten()
    }

    /// The local hour from which on nobody calls them: the US rule, and Florida's.
    pub(in crate::sim) fn evening(self) -> i8 {
        if AREAS[self.area].0 == FLORIDA { 20 } else { 21 }
    }

    /// Whether the list puts them before the others: one in fifty, of the second list's own.
    pub(in crate::sim) fn is_urgent(self) -> bool {
        let place = usize::try_from(self.place).unwrap_or(usize::MAX);
        (place.saturating_mul(AREAS.len()) + self.area) % 50 == 3
    }

    /// What they agreed to: one in ten to nothing, and one until some minutes into the shift.
    pub(in crate::sim) fn consent(self, start: Timestamp) -> Option<Consent> {
        let hours = |hours| SignedDuration::from_hours(hours);
        let given_at = start.saturating_sub(hours(2_400)).unwrap_or(start);
        let runs_out = start.saturating_add(SignedDuration::from_secs(200)).unwrap_or(start);
        let (kind, until) = match self.place % 10 {
            1 => return None,
            2 => (ConsentKind::Express, None),
            6 => (ConsentKind::Written, Some(runs_out)),
            _ => (ConsentKind::Written, None),
        };
        Some(Consent { kind, given_at, until, source: String::new() })
    }

    /// Some met nobody the day before yesterday, and a machine was heard there two hours ago.
    pub(in crate::sim) fn history(self, start: Timestamp) -> NumberHistory {
        let ago = |hours| start.saturating_sub(SignedDuration::from_hours(hours)).ok();
        if self.place % 11 != 6 {
            return NumberHistory::default();
        }
        NumberHistory { recent: vec![], abandoned_at: ago(30), machine_at: ago(2) }
    }

    /// Every third has another number, of the same place and with the same wishes.
    fn other_number(self, start: Timestamp) -> Option<OtherNumber> {
        let rests = self.history(start) != NumberHistory::default();
        let own = FIRST + self.place + ANOTHER;
        let number = format!("+1{}{own}", AREAS[self.area].0).parse().ok()?;
        let other = OtherNumber { kind: "mobile".to_owned(), number, passed_over: false };
        (self.place % 3 == 1 && !rests).then_some(other)
    }

    /// One in seven is said to live in Los Angeles, wherever the number is from.
    fn said_zone(self) -> Option<&'static str> {
        (self.place % 7 == 2).then_some("America/Los_Angeles")
    }
}

/// How long whoever met nobody rests, by the rules of both campaigns.
pub(in crate::sim) const REST: SignedDuration = SignedDuration::from_hours(72);

/// People in four areas: one number in five stands on both lists.
pub(super) fn leads(ids: &mut Ids, wanted: usize, lists: &[ListId], start: Timestamp) -> Vec<Lead> {
    let mut leads = vec![];
    for index in 0..wanted {
        let Ok(number) = number(index).parse() else { continue };
        let Some(person) = Person::at(number) else { continue };
        let first = index % lists.len();
        let twice = index % 5 == 2;
        for (at, list) in lists.iter().enumerate() {
            if at == first || twice {
                let mut lead = Lead::new(LeadId::from(ids.next()), *list, number);
                lead.priority = i16::from(person.is_urgent());
                lead.zone = person.said_zone().map(str::to_owned);
                lead.consent = person.consent(start);
                lead.history = person.history(start);
                lead.other_numbers.extend(person.other_number(start));
                leads.push(lead);
            }
        }
    }
    leads
}

/// The areas by turns; an exchange begins at 200.
fn number(index: usize) -> String {
    let area = AREAS[index % AREAS.len()].0;
    let rest = index / AREAS.len();
    format!("+1{area}{:03}{:04}", 200 + rest / 10_000, rest % 10_000)
}

/// Area codes and where their people live.
const AREAS: [(&str, &str); 4] = [
    ("212", "America/New_York"),
    ("312", "America/Chicago"),
    ("213", "America/Los_Angeles"),
    (FLORIDA, "America/New_York"),
];

const FLORIDA: &str = "305";

/// So far from a number is another of the same person: beyond all that are on a list, and with the
/// same facts, which repeat with the product of 5, 7, 10 and 11.
const ANOTHER: u32 = 3_850 * 100;

/// The first number of an area, without its code.
const FIRST: u32 = 2_000_000;
