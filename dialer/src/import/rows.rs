//! Rows of a file in whatever encoding, each within its bound, and not more of them than are taken.

use super::text::{Bounded, Opening, decode};
use super::{ImportError, Report};
use csv::{ByteRecord, ReaderBuilder};
use std::io::{self, Read};

/// A file as rows of cells.
#[derive(Debug)]
pub(crate) struct Rows<R> {
    csv: csv::Reader<Bounded<R>>,
    most: u64,
    ended: bool,
    /// The row read last.
    pub(crate) record: ByteRecord,
    /// What has been read so far.
    pub(crate) report: Report,
}

impl<R: Read> Rows<R> {
    /// Finds out encoding and, where it is not given, delimiter.
    pub(crate) fn open(reader: R, delimiter: Option<char>, most: u64) -> Result<Self, ImportError> {
        let opening = Opening::read(reader).map_err(|error| unreadable(&error))?;
        let delimiter = match delimiter {
            Some(given @ (',' | ';' | '\t' | '|')) => given,
            Some(found) => return Err(ImportError::Delimiter { found }),
            None => opening.delimiter(),
        };
        let csv = ReaderBuilder::new()
            .delimiter(u8::try_from(delimiter).unwrap_or(b','))
            .has_headers(false)
            .flexible(true)
            .from_reader(opening.into_reader());
        let (record, report) = (ByteRecord::new(), Report::default());
        Ok(Self { csv, most, ended: false, record, report })
    }

    /// Reads the first row, which does not count.
    pub(crate) fn header(&mut self) -> Result<Vec<String>, ImportError> {
        self.read()?;
        Ok(self.record.iter().map(decode).collect())
    }

    /// Reads the next row that has something in it; false at the end, of the file or of what is
    /// taken from one, and the report says which.
    pub(crate) fn advance(&mut self) -> bool {
        while !self.ended {
            match self.read() {
                Ok(true) if self.record.iter().all(<[u8]>::is_empty) => {}
                Ok(true) if self.report.rows < self.most => {
                    self.report.rows += 1;
                    return true;
                }
                Ok(true) => self.stop(format!("a file has at most {} rows", self.most)),
                Ok(false) => self.ended = true,
                Err(error) => self.stop(error.to_string()),
            }
        }
        false
    }

    /// Where the row read last began, from 1.
    pub(crate) fn line(&self) -> u64 {
        self.record.position().map_or(0, csv::Position::line)
    }

    fn read(&mut self) -> Result<bool, ImportError> {
        self.csv.get_mut().begin_record();
        self.csv.read_byte_record(&mut self.record).map_err(|error| broken(&error))
    }

    fn stop(&mut self, because: String) {
        self.report.stopped = Some(because);
        self.ended = true;
    }
}

fn broken(error: &csv::Error) -> ImportError {
    let line = error.position().map_or(0, csv::Position::line);
    let because = match error.kind() {
        csv::ErrorKind::Io(io) => io.to_string(),
        _ => error.to_string(),
    };
    ImportError::Unreadable { line, because }
}

fn unreadable(error: &io::Error) -> ImportError {
    ImportError::Unreadable { line: 1, because: error.to_string() }
}
