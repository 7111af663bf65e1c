//! Files of numbers: one a line as E.164 or national, or in the FTC's form of an area code and
//! seven digits; a header is passed over. Read as a stream, as [`crate::import`] reads leads, with
//! the same bounds and the same report.

use crate::import::{self, Fault, ImportError, MAX_FAULTS, Report};
use routing::Number;
use serde::{Deserialize, Serialize};
use std::io::Read;

/// How a file of numbers is to be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberFileOptions {
    /// Whose national numbers stand in the file: an ISO 3166 code such as `GB`.
    pub default_region: String,
}

/// A file being read: an iterator over its good numbers, in its order.
#[derive(Debug)]
pub struct NumberFile<R> {
    rows: import::Rows<R>,
    region: phonenumber::country::Id,
}

impl<R: Read> NumberFile<R> {
    /// Finds out the delimiter and begins to read.
    pub fn open(reader: R, options: &NumberFileOptions) -> Result<Self, ImportError> {
        let region = import::region(&options.default_region)?;
        Ok(Self { rows: import::Rows::open(reader, None, NUMBERS_MAX)?, region })
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

    fn number(&mut self) -> Option<Number> {
        let cell = |at| self.rows.record.get(at).map(import::decode).unwrap_or_default();
        let mut text = cell(0);
        let second = cell(1);
        if text.len() == 3 && second.len() == 7 && second.bytes().all(|b| b.is_ascii_digit()) {
            text.push_str(&second);
        }
        let line = self.rows.line();
        let report = &mut self.rows.report;
        let expected = match parse(&text, self.region) {
            Ok(number) => return Some(number),
            // The first line of many files says what the column is.
            Err(_) if report.rows == 1 && !text.bytes().any(|b| b.is_ascii_digit()) => {
                report.rows = 0;
                return None;
            }
            Err(expected) => expected,
        };
        report.rejected += 1;
        if report.faults.len() < MAX_FAULTS {
            let (header, found) = (String::new(), import::shorten(&text));
            report.faults.push(Fault { line, column: 1, header, found, expected });
        }
        None
    }
}

impl<R: Read> Iterator for NumberFile<R> {
    type Item = Number;

    fn next(&mut self) -> Option<Number> {
        while self.rows.advance() {
            if let Some(number) = self.number() {
                self.rows.report.accepted += 1;
                return Some(number);
            }
        }
        None
    }
}

/// Most numbers in one file: 80 MB of memory.
const NUMBERS_MAX: u64 = 10_000_000;

/// E.164 is read as it stands; only what is national costs a look into the number plans.
fn parse(text: &str, region: phonenumber::country::Id) -> Result<Number, String> {
    text.parse().or_else(|_| import::parse_number(text, region))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::Partial;

    fn read(text: &str, region: &str) -> (Vec<String>, Report) {
        let options = NumberFileOptions { default_region: region.to_owned() };
        let mut file = NumberFile::open(text.as_bytes(), &options).unwrap();
        let numbers = file.by_ref().map(|number| number.to_string()).collect();
        (numbers, file.into_report())
    }

    #[test]
    fn numbers_are_read_as_e164_as_national_and_in_the_ftcs_two_columns() {
        let (numbers, report) = read("+442079460001\n020 7946 0002\n\n", "GB");
        assert_eq!(numbers, ["+442079460001", "+442079460002"]);
        assert_eq!((report.rows, report.accepted, report.rejected), (2, 2, 0));
        assert_eq!(read("212,5550123\n415,5550199\n", "US").0, ["+12125550123", "+14155550199"]);
    }

    #[test]
    fn a_header_is_passed_over_and_a_wrong_line_is_told_by_its_place() {
        let (numbers, report) = read("Telephone;since\n+442079460001;2020\nn/a;\n12;\n", "GB");
        assert_eq!(numbers, ["+442079460001"]);
        let lines: Vec<_> = report.faults.iter().map(|f| (f.line, f.found.as_str())).collect();
        assert_eq!(lines, [(3, "n/a"), (4, "12")]);
        assert_eq!((report.rows, report.accepted, report.rejected), (3, 1, 2));
    }

    /// Whoever a register no longer names may be dialled: what cannot be read must not say so.
    #[test]
    fn a_file_replaces_a_register_only_where_it_is_read_whole_or_its_faults_are_known() {
        let replaces = |text: &str, skip_faults| read(text, "GB").1.replaces(skip_faults);
        assert_eq!(replaces("number\n+442079460001\n", false), Ok(()));
        for skip_faults in [false, true] {
            assert_eq!(replaces("", skip_faults), Err(Partial::Nothing));
            assert_eq!(replaces("number\n", skip_faults), Err(Partial::Nothing));
            assert_eq!(replaces("n/a\n12\n", skip_faults), Err(Partial::Nothing));
        }
        let some = "+442079460001\n12\n+442079460002\n";
        assert_eq!(replaces(some, false), Err(Partial::Faults { rejected: 1, rows: 3 }));
        assert_eq!(replaces(some, true), Ok(()));
        let cut = Report { stopped: Some("cut".into()), accepted: 1, ..Report::default() };
        assert_eq!(cut.replaces(true), Err(Partial::Stopped("cut".into())));
    }

    #[test]
    fn a_region_that_is_none_is_refused() {
        let options = NumberFileOptions { default_region: "XX".to_owned() };
        let refused = NumberFile::open(&b""[..], &options).unwrap_err();
        assert!(refused.to_string().starts_with("default_region"), "{refused}");
    }
}
