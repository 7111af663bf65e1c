//! A file as rows of texts under headers that are known: what a form would ask, for many at once.

use super::rows::Rows;
use super::text::decode;
use super::{Fault, ImportError, Report, shorten};
use std::collections::BTreeMap;
use std::io::Read;

/// A file being read: an iterator over its rows.
#[derive(Debug)]
pub struct Sheet<R> {
    rows: Rows<R>,
    headings: Vec<Heading>,
}

/// A column, by its place in the file.
#[derive(Clone, Debug)]
struct Heading {
    name: &'static str,
    written: String,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetRow {
    /// The line of the file it began on, from 1.
    pub line: u64,
    /// Each column's text, without space around it; every column is there.
    pub cells: BTreeMap<&'static str, String>,
}

impl<R: Read> Sheet<R> {
    /// Finds out encoding and delimiter, and reads the header: each column is one of `known`,
    /// whatever its case, spaces and punctuation.
    ///
    /// Errors: [`ImportError::Unknown`], [`ImportError::Twice`], and what cannot be read.
    pub fn open(reader: R, known: &[&'static str], most: u64) -> Result<Self, ImportError> {
        let mut rows = Rows::open(reader, None, most)?;
        let mut headings: Vec<Heading> = Vec::new();
        for written in rows.header()? {
            let named = known.iter().find(|name| plain(name) == plain(&written));
            let Some(name) = named.copied() else {
                return Err(ImportError::Unknown { found: written, known: known.join(", ") });
            };
            if let Some(first) = headings.iter().find(|heading| heading.name == name) {
                let (first, second) = (first.written.clone(), written);
                return Err(ImportError::Twice { kind: name, first, second });
            }
            headings.push(Heading { name, written });
        }
        Ok(Self { rows, headings })
    }

    /// A fault of one cell of a row; of the row as a whole where the file has no such column.
    #[must_use]
    pub fn fault(&self, row: &SheetRow, name: &str, expected: impl Into<String>) -> Fault {
        let place = self.headings.iter().position(|heading| heading.name == name);
        let written = place.and_then(|place| self.headings.get(place));
        Fault {
            line: row.line,
            column: place.map_or(0, |place| u32::try_from(place + 1).unwrap_or(u32::MAX)),
            header: written.map_or_else(|| name.to_owned(), |heading| heading.written.clone()),
            found: row.cells.get(name).map_or_else(String::new, |cell| shorten(cell)),
            expected: expected.into(),
        }
    }

    /// Counts a row as good, or tells what is wrong with it.
    pub fn judge(&mut self, mut faults: Vec<Fault>) {
        if faults.is_empty() {
            self.rows.report.accepted += 1;
        } else {
            self.rows.report.reject(&mut faults);
        }
    }

    /// Ends reading.
    #[must_use]
    pub fn into_report(self) -> Report {
        self.rows.report
    }
}

impl<R: Read> Iterator for Sheet<R> {
    type Item = SheetRow;

    fn next(&mut self) -> Option<SheetRow> {
        if !self.rows.advance() {
            return None;
        }
        let cell = |place| self.rows.record.get(place).map(decode).unwrap_or_default();
        let named = self.headings.iter().enumerate();
        let cells = named.map(|(place, heading)| (heading.name, cell(place)));
        Some(SheetRow { line: self.rows.line(), cells: cells.collect() })
    }
}

/// A header without case, spaces and punctuation.
fn plain(header: &str) -> String {
    header.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[&str] = &["code", "first_name"];

    #[test]
    fn a_row_is_its_texts_under_known_names() {
        let text = "First Name;CODE\n Ada ;E-1\nBob\n";
        let mut sheet = Sheet::open(text.as_bytes(), KNOWN, 10).unwrap();
        let first = sheet.next().unwrap();
        assert_eq!((first.line, first.cells["first_name"].as_str()), (2, "Ada"));
        let second = sheet.next().unwrap();
        assert_eq!((second.line, second.cells["code"].as_str()), (3, ""));
        let fault = sheet.fault(&second, "code", "a code");
        assert_eq!((fault.line, fault.column, fault.header.as_str()), (3, 2, "CODE"));
        assert_eq!(sheet.fault(&second, "email", "x").column, 0);
        sheet.judge(vec![]);
        sheet.judge(vec![fault]);
        assert_eq!(sheet.next(), None);
        let report = sheet.into_report();
        assert_eq!((report.rows, report.accepted, report.rejected), (2, 1, 1));
    }

    #[test]
    fn a_header_that_nobody_knows_or_that_stands_twice_is_told() {
        let open = |text: &str| Sheet::open(text.as_bytes(), KNOWN, 10).unwrap_err().to_string();
        let unknown = open("code,salary\n");
        assert!(unknown.contains("\"salary\"") && unknown.contains("first_name"), "{unknown}");
        assert!(open("code,Code\n").contains("one code column"));
    }

    #[test]
    fn more_rows_than_are_taken_end_the_reading() {
        let mut sheet = Sheet::open("code\na\nb\nc\n".as_bytes(), KNOWN, 2).unwrap();
        assert_eq!(sheet.by_ref().count(), 2);
        assert!(sheet.into_report().stopped.is_some());
    }
}
