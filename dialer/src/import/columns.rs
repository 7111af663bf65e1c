//! What each column of a CSV is, by its header.

use super::ImportError;
use crate::leads::MAX_FIELDS;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A column of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its place, from 1.
    pub position: u32,
    /// Its header, or `column 4` when that is empty.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
}

impl Column {
    /// The first column beyond a header of this many.
    pub(super) fn surplus(columns: usize) -> Self {
        let position = place(columns);
        Self { position, name: String::new(), kind: ColumnKind::Ignore }
    }
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// The number to dial.
    Phone,
    /// A further number; the header is its kind.
    OtherPhone,
    /// Given name.
    FirstName,
    /// Family name.
    LastName,
    /// IANA zone.
    TimeZone,
    /// Where they live, as ISO 3166 (`US-FL`), or as the part alone (`FL`) of the file's country.
    Region,
    /// When they agreed to be called: a date or a moment.
    Consent,
    /// Higher is dialled earlier, -32,768..=32,767.
    Priority,
    /// The caller's own key.
    ExternalId,
    /// A custom field.
    Field,
    /// Nothing of interest.
    Ignore,
}

/// Tells columns by the caller's mapping, then by the header's words.
pub(super) fn recognise(
    names: &[String],
    mapping: &BTreeMap<String, ColumnKind>,
) -> Result<Vec<Column>, ImportError> {
    let most = MAX_FIELDS;
    if names.len() > most {
        return Err(ImportError::TooManyColumns { most, found: names.len() });
    }
    let mut columns: Vec<Column> = Vec::with_capacity(names.len());
    for (index, name) in names.iter().enumerate() {
        let position = place(index);
        let mapped = mapping.get(name).copied();
        let kind = mapped.or_else(|| by_words(name)).unwrap_or(ColumnKind::Field);
        let name = if name.is_empty() { format!("column {position}") } else { name.clone() };
        columns.push(Column { position, name, kind });
    }
    let given = mapping.values().any(|kind| *kind == ColumnKind::Phone);
    settle_phones(&mut columns, given);
    check(&columns)?;
    Ok(columns)
}

/// Makes the best of several numbers the one to dial.
fn settle_phones(columns: &mut [Column], given: bool) {
    if given {
        return;
    }
    let phones = columns.iter_mut().filter(|column| column.kind == ColumnKind::Phone);
    let mut phones: Vec<&mut Column> = phones.collect();
    // `phone` before `mobile` before `work_phone`: the order of PHONE_WORDS, and `phone_2` last.
    let rank = |column: &Column| {
        let name = plain(&column.name);
        let (word, digits) = name.split_at(unnumbered(&name).len());
        let place = PHONE_WORDS.iter().position(|known| *known == word);
        (digits.parse::<u8>().unwrap_or_default(), place)
    };
    phones.sort_by_key(|column| rank(column));
    for column in phones.into_iter().skip(1) {
        column.kind = ColumnKind::OtherPhone;
    }
}

fn check(columns: &[Column]) -> Result<(), ImportError> {
    for (kind, called) in SINGLE {
        let mut same = columns.iter().filter(|column| column.kind == kind);
        if let (Some(first), Some(second)) = (same.next(), same.next()) {
            let (first, second) = (first.name.clone(), second.name.clone());
            return Err(ImportError::Twice { kind: called, first, second });
        }
    }
    let mut names = BTreeMap::new();
    for column in columns {
        if let Some(first) = names.insert(&column.name, &column.name) {
            let (first, second) = (first.clone(), column.name.clone());
            return Err(ImportError::Twice { kind: "such", first, second });
        }
    }
    if columns.iter().any(|column| column.kind == ColumnKind::Phone) {
        return Ok(());
    }
    let names: Vec<_> = columns.iter().take(10).map(|column| column.name.as_str()).collect();
    let found = if names.is_empty() { "an empty file".to_owned() } else { names.join(", ") };
    Err(ImportError::NoPhone { found })
}

const SINGLE: [(ColumnKind, &str); 8] = [
    (ColumnKind::Phone, "phone"),
    (ColumnKind::FirstName, "first_name"),
    (ColumnKind::LastName, "last_name"),
    (ColumnKind::TimeZone, "time_zone"),
    (ColumnKind::ExternalId, "external_id"),
    (ColumnKind::Region, "region"),
    (ColumnKind::Consent, "consent"),
    (ColumnKind::Priority, "priority"),
];

fn by_words(header: &str) -> Option<ColumnKind> {
    let header = plain(header);
    let known = |words: &[&str]| words.contains(&header.as_str());
    if PHONE_WORDS.contains(&unnumbered(&header)) {
        Some(ColumnKind::Phone)
    } else if known(&["firstname", "givenname", "forename", "name", "fullname"]) {
        Some(ColumnKind::FirstName)
    } else if known(&["lastname", "surname", "familyname"]) {
        Some(ColumnKind::LastName)
    } else if known(&["timezone", "zone", "tz"]) {
        Some(ColumnKind::TimeZone)
    } else if known(&["region", "state", "province"]) {
        Some(ColumnKind::Region)
    } else if known(&["consent", "consentat", "consentdate", "optin", "optindate"]) {
        Some(ColumnKind::Consent)
    } else if known(&["priority"]) {
        Some(ColumnKind::Priority)
    } else if known(&["externalid", "id", "customerid", "reference", "leadid"]) {
        Some(ColumnKind::ExternalId)
    } else {
        None
    }
}

const PHONE_WORDS: [&str; 14] = [
    "phone",
    "phonenumber",
    "telephone",
    "telephonenumber",
    "tel",
    "number",
    "msisdn",
    "mobile",
    "mobilephone",
    "cell",
    "homephone",
    "workphone",
    "phone2",
    "phone3",
];

/// A header without case, spaces and punctuation.
/// The word of `phone_2`, of which there may be several.
fn unnumbered(plain: &str) -> &str {
    plain.trim_end_matches(|c: char| c.is_ascii_digit())
}

fn plain(header: &str) -> String {
    header.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn place(index: usize) -> u32 {
    u32::try_from(index + 1).unwrap_or(u32::MAX)
}
