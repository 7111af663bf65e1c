//! A lead: a person on a list, the number to dial, and what was tried so far.
//!
//! The store keeps leads; a [`crate::Campaign`] borrows the dialable ones as its stock and owns
//! them while they are in flight. `history` belongs to the *number*, not to the lead: the same
//! number on another list counts against the same caps.

mod numbers;

use crate::consent::Consent;
use crate::ids::{LeadId, ListId};
use crate::outcomes::Outcome;
use jiff::Timestamp;
use routing::{Invalid, Number};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// A person on a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lead {
    /// Its identity.
    pub id: LeadId,
    /// The list it came with.
    pub list: ListId,
    /// The number to dial next.
    pub number: Number,
    /// What kind of line it is, such as `work`; empty when unknown.
    #[serde(default)]
    pub number_kind: String,
    /// Further numbers of the same person, in their turn after `number`; at most
    /// [`MAX_OTHER_NUMBERS`].
    #[serde(default)]
    pub other_numbers: Vec<OtherNumber>,
    /// The caller's own key for this person, unique within the list where it is given.
    #[serde(default)]
    pub external_id: Option<String>,
    /// Given name; empty when unknown.
    #[serde(default)]
    pub first_name: String,
    /// Family name; empty when unknown.
    #[serde(default)]
    pub last_name: String,
    /// The IANA zone this person is said to live in, for example `Europe/London`.
    ///
    /// It can only narrow when they may be called, never widen it.
    #[serde(default)]
    pub zone: Option<String>,
    /// Where they are said to live, as ISO 3166: `US-FL`, `GB`. It joins the place that the number
    /// shows: the hours of both count.
    #[serde(default)]
    pub region: Option<String>,
    /// That they agreed to be called; none says that nobody knows of it.
    #[serde(default)]
    pub consent: Option<Consent>,
    /// Every other column of the import, by its header.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
    /// Higher is dialled earlier; 0 is ordinary.
    #[serde(default)]
    pub priority: i16,
    /// Attempts that count against the campaign's `max_attempts`.
    #[serde(default)]
    pub attempts: u32,
    /// Attempts in a row that the carrier failed, and which therefore did not count.
    #[serde(default)]
    pub carrier_failures: u32,
    /// When the newest attempt was permitted, whether it counted or not.
    #[serde(default)]
    pub last_attempt_at: Option<Timestamp>,
    /// Not before this moment; none means at once.
    #[serde(default)]
    pub next_due_at: Option<Timestamp>,
    /// Where it stands.
    #[serde(default)]
    pub status: LeadStatus,
    /// How the newest attempt ended.
    #[serde(default)]
    pub last_outcome: Option<Outcome>,
    /// What has been tried at `number`, whichever list it stood on.
    #[serde(default)]
    pub history: NumberHistory,
}

impl Lead {
    /// A lead that nobody has dialled yet.
    #[must_use]
    pub fn new(id: LeadId, list: ListId, number: Number) -> Self {
        Self {
            id,
            list,
            number,
            number_kind: String::new(),
            other_numbers: Vec::new(),
            external_id: None,
            first_name: String::new(),
            last_name: String::new(),
            zone: None,
            region: None,
            consent: None,
            fields: BTreeMap::new(),
            priority: 0,
            attempts: 0,
            carrier_failures: 0,
            last_attempt_at: None,
            next_due_at: None,
            status: LeadStatus::New,
            last_outcome: None,
            history: NumberHistory::default(),
        }
    }

    /// First and last name with one space between, or the number when neither is known.
    #[must_use]
    pub fn display_name(&self) -> String {
        let name = format!("{} {}", self.first_name.trim(), self.last_name.trim());
        match name.trim() {
            "" => self.number.to_string(),
            name => name.to_owned(),
        }
    }

    /// Takes over what people say of the person; what was tried stays as this copy has it.
    ///
    /// The history is taken over too: it belongs to the number.
    pub fn correct(&mut self, newer: &Self) {
        *self = Self {
            attempts: self.attempts,
            carrier_failures: self.carrier_failures,
            last_attempt_at: self.last_attempt_at,
            next_due_at: self.next_due_at,
            status: self.status,
            last_outcome: self.last_outcome,
            ..newer.clone()
        };
    }

    /// Names every field that is out of its range.
    pub fn validate(&self) -> Result<(), Vec<Invalid>> {
        let mut wrong = Vec::new();
        for (field, text) in [
            ("number_kind", &self.number_kind),
            ("first_name", &self.first_name),
            ("last_name", &self.last_name),
        ] {
            if text.len() > MAX_NAME_BYTES {
                wrong.push(Invalid::new(field, format!("must be at most {MAX_NAME_BYTES} bytes")));
            }
        }
        if self.other_numbers.len() > MAX_OTHER_NUMBERS {
            wrong.push(Invalid::new(
                "other_numbers",
                format!("must be at most {MAX_OTHER_NUMBERS} further numbers"),
            ));
        }
        if self.fields.len() > MAX_FIELDS {
            wrong.push(Invalid::new(
                "fields",
                format!("must be at most {MAX_FIELDS} custom fields"),
            ));
        }
        if self.external_id.as_ref().is_some_and(|key| !(1..=MAX_FIELD_BYTES).contains(&key.len()))
        {
            wrong
                .push(Invalid::new("external_id", format!("must be 1 to {MAX_FIELD_BYTES} bytes")));
        }
        for (at, other) in self.other_numbers.iter().enumerate() {
            if other.kind.len() > MAX_NAME_BYTES {
                wrong.push(Invalid::new(
                    format!("other_numbers.{at}.kind"),
                    format!("must be at most {MAX_NAME_BYTES} bytes"),
                ));
            }
        }
        for (name, value) in &self.fields {
            if value.len() > MAX_FIELD_BYTES {
                wrong.push(Invalid::new(
                    format!("fields.{name}"),
                    format!("must be at most {MAX_FIELD_BYTES} bytes"),
                ));
            }
        }
        if let Some(zone) = &self.zone
            && crate::zones::Zone::named(zone).is_none()
        {
            wrong.push(Invalid::new("zone", "must be an IANA time zone such as Europe/London"));
        }
        if let Some(region) = &self.region
            && !crate::zones::is_region(region)
        {
            wrong.push(Invalid::new("region", "must be an ISO 3166 code such as GB or US-FL"));
        }
        if let Some(consent) = &self.consent {
            consent.validate(&mut wrong);
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }
}

/// Longest given or family name.
pub const MAX_NAME_BYTES: usize = 200;
/// Most further numbers one lead may have.
pub const MAX_OTHER_NUMBERS: usize = 9;
/// Most custom fields one lead may have.
pub const MAX_FIELDS: usize = 64;
/// Longest custom field.
pub const MAX_FIELD_BYTES: usize = 4_096;

/// A further number of a lead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherNumber {
    /// What kind of line it is, in the caller's words: `mobile`, `work`.
    pub kind: String,
    /// The number.
    pub number: Number,
    /// It does not exist, or somebody else on the list has it: it is not dialled.
    #[serde(default)]
    pub passed_over: bool,
}

/// What has been tried at one number, across every list and campaign of the organisation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberHistory {
    /// When each counted attempt of the last seven days was permitted, oldest first.
    pub recent: Vec<Timestamp>,
    /// When somebody there last answered and met no agent.
    pub abandoned_at: Option<Timestamp>,
    /// When a machine was last heard there.
    pub machine_at: Option<Timestamp>,
}

/// Where a lead stands.
///
/// ```text
///  New ──▶ InFlight ──▶ Due ──▶ InFlight …      the outcome says when, or that it is over
///                  ├──▶ Callback ──▶ InFlight   somebody asked for a time
///                  └──▶ Done | Exhausted | BadNumber | DoNotCall
/// ```
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum LeadStatus {
    /// Never dialled.
    #[default]
    New,
    /// Tried before, and to be tried again from `next_due_at`.
    Due,
    /// A live attempt owns it.
    InFlight,
    /// Promised a call at `next_due_at`.
    Callback,
    /// Spoken to; nothing more to do.
    Done,
    /// Every allowed attempt was used.
    Exhausted,
    /// The number does not exist.
    BadNumber,
    /// Asked not to be called.
    DoNotCall,
}

impl LeadStatus {
    /// Every status, in the order of the figure.
    pub const ALL: [Self; 8] = [
        Self::New,
        Self::Due,
        Self::InFlight,
        Self::Callback,
        Self::Done,
        Self::Exhausted,
        Self::BadNumber,
        Self::DoNotCall,
    ];

    /// Whether a lead in this status may be dialled once it is due.
    #[must_use]
    pub const fn is_dialable(self) -> bool {
        matches!(self, Self::New | Self::Due | Self::Callback)
    }

    /// The status as the store and the API spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Due => "due",
            Self::InFlight => "in_flight",
            Self::Callback => "callback",
            Self::Done => "done",
            Self::Exhausted => "exhausted",
            Self::BadNumber => "bad_number",
            Self::DoNotCall => "do_not_call",
        }
    }
}

impl fmt::Display for LeadStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for LeadStatus {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or_else(|| {
            let known = Self::ALL.map(Self::as_str).join(", ");
            Invalid::new("status", format!("must be one of {known}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::lead;

    #[test]
    fn a_wrong_lead_names_its_fields() {
        let mut lead = lead(1);
        assert_eq!(lead.validate(), Ok(()));
        lead.first_name = "x".repeat(201);
        lead.zone = Some("Mars/Olympus".to_owned());
        lead.region = Some("Florida".to_owned());
        lead.fields.insert("note".to_owned(), "x".repeat(4_097));
        let other =
            OtherNumber { kind: "work".to_owned(), number: lead.number, passed_over: false };
        lead.other_numbers = vec![other; 10];
        let wrong = lead.validate().unwrap_err();
        let fields: Vec<_> = wrong.iter().map(|invalid| &*invalid.field).collect();
        assert_eq!(fields, ["first_name", "other_numbers", "fields.note", "zone", "region"]);
    }

    /// What people mended is the newer copy's, and what was tried the older's.
    #[test]
    fn a_corrected_lead_keeps_what_was_tried() {
        let tried = Lead { attempts: 2, status: LeadStatus::Due, ..lead(1) };
        let newer = Lead {
            zone: Some("Europe/London".to_owned()),
            first_name: "Ada".to_owned(),
            number: lead(2).number,
            ..lead(1)
        };
        let mut corrected = tried.clone();
        corrected.correct(&newer);
        assert_eq!(corrected, Lead { attempts: 2, status: LeadStatus::Due, ..newer });
    }

    #[test]
    fn a_status_reads_as_it_writes_and_three_of_them_may_be_dialled() {
        for status in LeadStatus::ALL {
            assert_eq!(status.as_str().parse(), Ok(status));
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
        assert!("dead".parse::<LeadStatus>().is_err());
        let dialable = LeadStatus::ALL.into_iter().filter(|status| status.is_dialable());
        let expected = [LeadStatus::New, LeadStatus::Due, LeadStatus::Callback];
        assert_eq!(dialable.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_lead_without_a_name_is_shown_by_its_number() {
        let mut lead = lead(1);
        assert_eq!(lead.display_name(), "+12125550101");
        lead.last_name = " Lovelace ".to_owned();
        assert_eq!(lead.display_name(), "Lovelace");
        lead.first_name = "Ada".to_owned();
        assert_eq!(lead.display_name(), "Ada Lovelace");
    }

    /// What the API or an older store leaves out has its default.
    #[test]
    fn a_lead_reads_from_its_identity_and_number_alone() {
        let lead = lead(1);
        let json = serde_json::json!({
            "id": lead.id, "list": lead.list, "number": lead.number,
        });
        assert_eq!(serde_json::from_value::<Lead>(json).unwrap(), lead);
    }
}
