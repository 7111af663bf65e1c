//! Lists from CSV: a stream of rows in, leads out; what is wrong is told by line and column with
//! what was expected, and the good rows are kept.
//!
//! Encoding (UTF-8 with or without BOM, UTF-16 with one, else Windows-1252) and delimiter (comma,
//! semicolon, tab) are found out. A number is brought to E.164 with the region's rules; it has to
//! be *possible* (its length exists in that country), not *valid* (its range is assigned), because
//! a list may hold numbers newer than the tables here, and those reserved for fiction. A row whose
//! number or external id stood there before is a duplicate. Bounded: row size, columns, rows and
//! reported faults.

mod columns;
mod number;
mod rows;
mod sheet;
mod text;

pub use columns::{Column, ColumnKind};
pub(crate) use number::{parse_number, region};
pub(crate) use rows::Rows;
pub use sheet::{Sheet, SheetRow};
pub(crate) use text::decode;

use crate::consent::{Consent, ConsentKind};
use crate::ids::{LeadId, ListId};
use crate::leads::{Lead, MAX_FIELD_BYTES, MAX_NAME_BYTES, MAX_OTHER_NUMBERS, OtherNumber};
use crate::zones::{Zone, is_region};
use csv::ByteRecord;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use routing::Number;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Read;

/// How a file is to be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportOptions {
    /// Whose national numbers stand in the file: an ISO 3166 code such as `GB`.
    pub default_region: String,
    /// What a column is, by its header, where the header alone does not say.
    #[serde(default)]
    pub columns: BTreeMap<String, ColumnKind>,
    /// The delimiter, when it is not to be found out; one of `,`, `;`, tab and `|`.
    #[serde(default)]
    pub delimiter: Option<char>,
    /// What a date in a consent column stands for.
    #[serde(default)]
    pub consent: Option<ConsentKind>,
}

impl ImportOptions {
    /// Everything found out, national numbers by this region's rules.
    #[must_use]
    pub fn new(default_region: impl Into<String>) -> Self {
        let (columns, delimiter, consent) = (BTreeMap::new(), None, None);
        Self { default_region: default_region.into(), columns, delimiter, consent }
    }
}

/// A file being read: an iterator over its good rows.
#[derive(Debug)]
pub struct Import<R> {
    rows: Rows<R>,
    columns: Vec<Column>,
    region: phonenumber::country::Id,
    /// The country of the file: `US`.
    country: String,
    consent: ConsentKind,
    /// Numbers that stood there before, in order.
    known: Vec<Number>,
    /// The line on which each number stood first.
    seen: BTreeMap<Number, u64>,
    /// External ids that stood there before, in order.
    known_keys: Vec<String>,
    /// The line on which each external id stood first.
    seen_keys: BTreeMap<String, u64>,
}

impl<R: Read> Import<R> {
    /// Reads the header and finds out what each column is.
    pub fn open(reader: R, options: &ImportOptions) -> Result<Self, ImportError> {
        let region = region(&options.default_region)?;
        let mut rows = Rows::open(reader, options.delimiter, MAX_ROWS)?;
        let columns = columns::recognise(&rows.header()?, &options.columns)?;
        Ok(Self {
            rows,
            columns,
            region,
            country: options.default_region.clone(),
            consent: options.consent.unwrap_or(ConsentKind::Express),
            known: Vec::new(),
            seen: BTreeMap::new(),
            known_keys: Vec::new(),
            seen_keys: BTreeMap::new(),
        })
    }

    /// Numbers that stand there already; their rows count as duplicates.
    pub fn knowing(&mut self, numbers: impl IntoIterator<Item = Number>) {
        self.known.extend(numbers);
        self.known.sort_unstable();
    }

    /// External ids that stand there already; rows that bear them count as duplicates.
    pub fn knowing_keys(&mut self, keys: impl IntoIterator<Item = String>) {
        self.known_keys.extend(keys);
        self.known_keys.sort_unstable();
    }

    /// What was found in the header.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// What has been read so far, and all that was wrong with it.
    #[must_use]
    pub const fn report(&self) -> &Report {
        &self.rows.report
    }

    /// Ends reading.
    #[must_use]
    pub fn into_report(self) -> Report {
        self.rows.report
    }

    /// Reads one record; `Ok(None)` where it was not a good row.
    fn row(&mut self) -> Option<Row> {
        let line = self.rows.line();
        let record = std::mem::take(&mut self.rows.record);
        let row = RowReader { import: self, line, faults: Vec::new() }.read(&record);
        self.rows.record = record;
        row
    }
}

impl<R: Read> Iterator for Import<R> {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        while self.rows.advance() {
            if let Some(row) = self.row() {
                self.rows.report.accepted += 1;
                return Some(row);
            }
        }
        None
    }
}

/// Most rows in one file.
pub const MAX_ROWS: u64 = 5_000_000;

/// A good row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The line of the file it began on, from 1.
    pub line: u64,
    /// The number to dial.
    pub number: Number,
    /// What kind of line it is: the header of its column.
    pub number_kind: String,
    /// Further numbers.
    pub other_numbers: Vec<OtherNumber>,
    /// The caller's own key.
    pub external_id: Option<String>,
    /// Given name; empty when unknown.
    pub first_name: String,
    /// Family name; empty when unknown.
    pub last_name: String,
    /// A zone that exists.
    pub zone: Option<String>,
    /// A region that exists.
    pub region: Option<String>,
    /// That they agreed to be called.
    pub consent: Option<Consent>,
    /// Higher is dialled earlier.
    pub priority: i16,
    /// Every other column that is not empty.
    pub fields: BTreeMap<String, String>,
}

impl Row {
    /// Takes a further number; one that stands in two columns is one number.
    fn add_number(&mut self, kind: String, number: Number) {
        let mut known = self.other_numbers.iter().map(|other| other.number);
        if number != self.number && !known.any(|other| other == number) {
            self.other_numbers.push(OtherNumber { kind, number, passed_over: false });
        }
    }

    /// The lead that this row is.
    #[must_use]
    pub fn into_lead(self, id: LeadId, list: ListId) -> Lead {
        Lead {
            number_kind: self.number_kind,
            other_numbers: self.other_numbers,
            external_id: self.external_id,
            first_name: self.first_name,
            last_name: self.last_name,
            zone: self.zone,
            region: self.region,
            consent: self.consent,
            priority: self.priority,
            fields: self.fields,
            ..Lead::new(id, list, self.number)
        }
    }
}

/// One row on its way to be a [`Row`].
struct RowReader<'a, R> {
    import: &'a mut Import<R>,
    line: u64,
    faults: Vec<Fault>,
}

impl<R: Read> RowReader<'_, R> {
    fn read(mut self, record: &ByteRecord) -> Option<Row> {
        let (number, number_kind) = self.number_of(record)?;
        let mut row = Row {
            line: self.line,
            number,
            number_kind,
            other_numbers: Vec::new(),
            external_id: None,
            first_name: String::new(),
            last_name: String::new(),
            zone: None,
            region: None,
            consent: None,
            priority: 0,
            fields: BTreeMap::new(),
        };
        let columns = std::mem::take(&mut self.import.columns);
        for (column, cell) in columns.iter().zip(record) {
            self.cell(column, &decode(cell), &mut row);
        }
        if let Some(cell) = record.iter().skip(columns.len()).find(|cell| !cell.is_empty()) {
            let surplus = Column::surplus(columns.len());
            let expected = format!("{} columns, as in the header", columns.len());
            self.fault(&surplus, &decode(cell), expected);
        }
        self.import.columns = columns;
        self.finish(row)
    }

    fn finish(mut self, row: Row) -> Option<Row> {
        let report = &mut self.import.rows.report;
        if !self.faults.is_empty() {
            report.reject(&mut self.faults);
            return None;
        }
        let known = self.import.known.binary_search(&row.number).is_ok().then_some(0);
        if let Some(first) = known.or(self.import.seen.get(&row.number).copied()) {
            report.duplicate(self.line, row.number.to_string(), ("a number", first));
            return None;
        }
        if let Some(key) = &row.external_id {
            let known = self.import.known_keys.binary_search(key).is_ok().then_some(0);
            if let Some(first) = known.or(self.import.seen_keys.get(key).copied()) {
                report.duplicate(self.line, shorten(key), ("an external id", first));
                return None;
            }
            self.import.seen_keys.insert(key.clone(), self.line);
        }
        self.import.seen.insert(row.number, self.line);
        Some(row)
    }

    /// The number to dial first and its kind, or its faults told. Where the column of the first one
    /// is empty, it is that of the first column of further ones that is not.
    fn number_of(&mut self, record: &ByteRecord) -> Option<(Number, String)> {
        let columns = &self.import.columns;
        let own = columns.iter().position(|column| column.kind == ColumnKind::Phone)?;
        let filled = |at: &usize| !decode(record.get(*at).unwrap_or_default()).is_empty();
        let others = columns.iter().zip(0..);
        let mut others = others.filter(|(column, _)| column.kind == ColumnKind::OtherPhone);
        let other = || others.by_ref().map(|(_, at)| at).find(filled);
        let index = Some(own).filter(filled).or_else(other).unwrap_or(own);
        let column = columns.get(index)?.clone();
        let cell = decode(record.get(index).unwrap_or_default());
        match parse_number(&cell, self.import.region) {
            Ok(number) => Some((number, column.name)),
            Err(expected) => {
                self.fault(&column, &cell, expected);
                self.import.rows.report.reject(&mut self.faults);
                None
            }
        }
    }

    fn cell(&mut self, column: &Column, cell: &str, row: &mut Row) {
        if cell.is_empty() {
            return;
        }
        let most = match column.kind {
            ColumnKind::FirstName | ColumnKind::LastName => MAX_NAME_BYTES,
            _ => MAX_FIELD_BYTES,
        };
        if cell.len() > most {
            return self.fault(column, cell, format!("at most {most} bytes"));
        }
        match &column.kind {
            ColumnKind::Ignore | ColumnKind::Phone => {}
            ColumnKind::OtherPhone => match parse_number(cell, self.import.region) {
                Ok(_) if row.other_numbers.len() >= MAX_OTHER_NUMBERS => {
                    let expected = format!("at most {MAX_OTHER_NUMBERS} further numbers");
                    self.fault(column, cell, expected);
                }
                Ok(number) => row.add_number(column.name.clone(), number),
                Err(expected) => self.fault(column, cell, expected),
            },
            ColumnKind::FirstName => cell.clone_into(&mut row.first_name),
            ColumnKind::LastName => cell.clone_into(&mut row.last_name),
            ColumnKind::ExternalId => row.external_id = Some(cell.to_owned()),
            ColumnKind::TimeZone => match Zone::named(cell) {
                Some(zone) => row.zone = Some(zone.name().to_owned()),
                None => self.fault(column, cell, "an IANA time zone such as Europe/London"),
            },
            ColumnKind::Region => match self.region_of(cell) {
                Some(region) => row.region = Some(region),
                None => self.fault(column, cell, "an ISO 3166 code such as GB or US-FL"),
            },
            ColumnKind::Consent => match moment_of(cell) {
                Some(given_at) => {
                    let (kind, source) = (self.import.consent, column.name.clone());
                    row.consent = Some(Consent { kind, given_at, until: None, source });
                }
                None => self.fault(column, cell, "a date such as 2026-01-31, or a moment"),
            },
            ColumnKind::Priority => match cell.parse() {
                Ok(priority) => row.priority = priority,
                Err(_) => self.fault(column, cell, "a whole number, -32768 to 32767"),
            },
            ColumnKind::Field => {
                row.fields.insert(column.name.clone(), cell.to_owned());
            }
        }
    }

    /// `US-FL`, or `FL` in a file of the US.
    fn region_of(&self, cell: &str) -> Option<String> {
        let cell = cell.to_uppercase();
        let part = format!("{}-{cell}", self.import.country);
        [cell, part].into_iter().find(|code| is_region(code))
    }

    fn fault(&mut self, column: &Column, found: &str, expected: impl Into<String>) {
        self.faults.push(Fault {
            line: self.line,
            column: column.position,
            header: column.name.clone(),
            found: shorten(found),
            expected: expected.into(),
        });
    }
}

/// A day begins at its first moment in UTC, whoever writes it.
fn moment_of(cell: &str) -> Option<Timestamp> {
    let day = || cell.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok().map(|day| day.timestamp());
    cell.parse().ok().or_else(day)
}

/// As much of a wrong cell as is shown.
pub(crate) fn shorten(found: &str) -> String {
    found.chars().take(FOUND_CHARS).collect()
}

const FOUND_CHARS: usize = 40;

/// What was read, and what was wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Rows read, the header and empty lines not counted.
    pub rows: u64,
    /// Good rows.
    pub accepted: u64,
    /// Rows whose number or external id stood there before.
    pub duplicates: u64,
    /// Rows with a fault.
    pub rejected: u64,
    /// The first [`MAX_FAULTS`] faults.
    pub faults: Vec<Fault>,
    /// Why reading ended before the end of the file; the rows before are good.
    pub stopped: Option<String>,
}

impl Report {
    fn reject(&mut self, faults: &mut Vec<Fault>) {
        self.rejected += 1;
        let room = MAX_FAULTS.saturating_sub(self.faults.len());
        faults.truncate(room);
        self.faults.append(faults);
    }

    fn duplicate(&mut self, line: u64, found: String, (what, first): (&str, u64)) {
        self.duplicates += 1;
        if self.faults.len() < MAX_FAULTS {
            let expected = match first {
                0 => format!("{what} that is not on the list already"),
                first => format!("{what} that is not on line {first} already"),
            };
            let header = String::new();
            self.faults.push(Fault { line, column: 0, header, found, expected });
        }
    }
}

impl Report {
    /// Whether what was read may take the place of what stood before: what a file leaves out is
    /// then gone, so a row that could not be read has to be left out knowingly.
    pub fn replaces(&self, skip_faults: bool) -> Result<(), Partial> {
        match self {
            Self { stopped: Some(why), .. } => Err(Partial::Stopped(why.clone())),
            Self { accepted: 0, .. } => Err(Partial::Nothing),
            Self { rejected: 1.., .. } if !skip_faults => {
                Err(Partial::Faults { rejected: self.rejected, rows: self.rows })
            }
            _ => Ok(()),
        }
    }
}

/// Why a file does not take the place of what stood before.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Partial {
    /// Reading ended before the file did.
    #[error("{0}")]
    Stopped(String),
    /// No row of it was good.
    #[error("nothing in the file can be read")]
    Nothing,
    /// Some rows had a fault.
    #[error("{rejected} of {rows} rows cannot be read")]
    Faults {
        /// So many.
        rejected: u64,
        /// Of so many.
        rows: u64,
    },
}

/// Most faults told one by one; the rest is counted.
pub const MAX_FAULTS: usize = 1_000;

/// One wrong cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The line its row began on, from 1.
    pub line: u64,
    /// Its column, from 1.
    pub column: u32,
    /// The column's header.
    pub header: String,
    /// What stood there, at most 40 characters of it.
    pub found: String,
    /// What was expected.
    pub expected: String,
}

/// Why a file cannot be read at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// `default_region` is no country.
    #[error("default_region: expected an ISO 3166 code such as GB, found \"{found}\"")]
    Region {
        /// What it was.
        found: String,
    },
    /// `delimiter` is none that a CSV has.
    #[error("delimiter: expected one of , ; | and tab, found {found:?}")]
    Delimiter {
        /// What it was.
        found: char,
    },
    /// No column holds numbers.
    #[error("line 1: expected a column named phone, found {found}")]
    NoPhone {
        /// The header.
        found: String,
    },
    /// Two columns are to be the same thing.
    #[error("line 1: expected one {kind} column, found \"{first}\" and \"{second}\"")]
    Twice {
        /// What both are.
        kind: &'static str,
        /// The one.
        first: String,
        /// The other.
        second: String,
    },
    /// A column that nobody asked for.
    #[error("line 1: expected columns among {known}, found \"{found}\"")]
    Unknown {
        /// Its header.
        found: String,
        /// Those there are.
        known: String,
    },
    /// The header has more columns than a lead can hold.
    #[error("line 1: expected at most {most} columns, found {found}")]
    TooManyColumns {
        /// The bound.
        most: usize,
        /// How many there are.
        found: usize,
    },
    /// A row is over its bound: most often a quote that is never closed.
    #[error("line {line}: {because}")]
    Unreadable {
        /// Where reading stopped.
        line: u64,
        /// What the reader said.
        because: String,
    },
}

#[cfg(test)]
mod tests;
