//! A lead as a row, and back.

use dialer::{ConsentKind, Lead};
use jiff::Timestamp;
use uuid::Uuid;

use crate::documents::Stored;
use crate::error::Error;
use crate::row::{self, Row};
use crate::sql;

/// Columns of the statement below.
pub(super) const COLUMNS: usize = 27;

pub(super) const INSERT: &str = "INSERT INTO lead (id, list, number, other_numbers, external_id, \
    first_name, last_name, zone, fields, priority, status, attempts, carrier_failures, \
    last_attempt_at, next_due_at, last_outcome, region, consent, consent_kind, place, \
    consent_level, consent_from, consent_until, number_kind, version, created_at, \
    updated_at) ";

/// The values of one row.
pub(super) struct Values<'a> {
    lead: &'a Lead,
    other_numbers: String,
    fields: String,
    consent: Option<String>,
    place: i64,
}

impl<'a> Values<'a> {
    pub(super) fn of(lead: &'a Lead, place: i64) -> Result<Self, Error> {
        Ok(Self {
            lead,
            other_numbers: row::json("other_numbers", &lead.other_numbers)?,
            fields: row::json("fields", &lead.fields)?,
            consent: consent(lead)?,
            place,
        })
    }

    pub(super) fn bind(self, mut row: sql::Separated<'_>, now: Timestamp) {
        let (lead, terms) = (self.lead, Terms::of(self.lead));
        row.push_bind(Uuid::from(lead.id))
            .push_bind(Uuid::from(lead.list))
            .push_bind(lead.number.to_string())
            .push_bind(self.other_numbers)
            .push_bind(lead.external_id.clone())
            .push_bind(lead.first_name.clone())
            .push_bind(lead.last_name.clone())
            .push_bind(lead.zone.clone())
            .push_bind(self.fields)
            .push_bind(i64::from(lead.priority))
            .push_bind(lead.status.as_str())
            .push_bind(i64::from(lead.attempts))
            .push_bind(i64::from(lead.carrier_failures))
            .push_bind(lead.last_attempt_at.map(Timestamp::as_microsecond))
            .push_bind(due(lead.next_due_at))
            .push_bind(lead.last_outcome.map(dialer::Outcome::as_str))
            .push_bind(lead.region.clone())
            .push_bind(self.consent)
            .push_bind(lead.consent.as_ref().map(|consent| consent.kind.as_str()))
            .push_bind(self.place)
            .push_bind(terms.level)
            .push_bind(terms.from)
            .push_bind(terms.until)
            .push_bind(lead.number_kind.clone())
            .push_bind(1_i64)
            .push_bind(now.as_microsecond())
            .push_bind(now.as_microsecond());
    }
}

/// A lead's consent as its row keeps it.
pub(super) fn consent(lead: &Lead) -> Result<Option<String>, Error> {
    lead.consent.as_ref().map(|consent| row::json("consent", consent)).transpose()
}

/// What of a consent the funnel is counted by.
pub(super) struct Terms {
    /// 0 is none, 1 express, 2 written.
    pub(super) level: i64,
    pub(super) from: Option<i64>,
    pub(super) until: Option<i64>,
}

impl Terms {
    pub(super) fn of(lead: &Lead) -> Self {
        let consent = lead.consent.as_ref();
        Self {
            level: match consent.map(|consent| consent.kind) {
                None => 0,
                Some(ConsentKind::Express) => 1,
                Some(ConsentKind::Written) => 2,
            },
            from: consent.map(|consent| consent.given_at.as_microsecond()),
            until: consent.and_then(|consent| consent.until).map(Timestamp::as_microsecond),
        }
    }
}

/// When a lead is due, as the index orders it.
pub(crate) fn due(at: Option<Timestamp>) -> i64 {
    at.map_or(0, Timestamp::as_microsecond)
}

/// A row as a lead; the history of its number is not in the row.
pub(super) fn lead(row: &Row) -> Result<Lead, Error> {
    let next_due_at = row.time("next_due_at")?;
    Ok(Lead {
        id: row.id("id")?,
        list: row.id("list")?,
        number: row.parsed("number")?,
        number_kind: row.column("number_kind")?,
        other_numbers: row.json("other_numbers")?,
        external_id: row.column("external_id")?,
        first_name: row.column("first_name")?,
        last_name: row.column("last_name")?,
        zone: row.column("zone")?,
        region: row.column("region")?,
        consent: row.json_maybe("consent")?,
        fields: row.json("fields")?,
        priority: row.count("priority")?,
        attempts: row.count("attempts")?,
        carrier_failures: row.count("carrier_failures")?,
        last_attempt_at: row.time_maybe("last_attempt_at")?,
        next_due_at: Some(next_due_at).filter(|at| *at != Timestamp::UNIX_EPOCH),
        status: row.parsed("status")?,
        last_outcome: row.parsed_maybe("last_outcome")?,
        history: dialer::leads::NumberHistory::default(),
    })
}

pub(super) fn stored(row: &Row, value: Lead) -> Result<Stored<Lead>, Error> {
    Ok(Stored {
        value,
        version: row.count("version")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}
