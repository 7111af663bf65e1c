//! Rows of a file in whatever encoding, each within its bound.

use super::ImportError;
use super::text::{Bounded, Opening};
use csv::{ByteRecord, ReaderBuilder};
use std::io::{self, Read};

/// A file as rows of cells.
#[derive(Debug)]
pub(crate) struct Rows<R> {
    csv: csv::Reader<Bounded<R>>,
}

impl<R: Read> Rows<R> {
    /// Finds out encoding and, where it is not given, delimiter.
    pub(crate) fn open(reader: R, delimiter: Option<char>) -> Result<Self, ImportError> {
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
        Ok(Self { csv })
    }

    /// Reads the next row; false at the end of the file.
    pub(crate) fn read(&mut self, record: &mut ByteRecord) -> Result<bool, ImportError> {
        self.csv.get_mut().begin_record();
        self.csv.read_byte_record(record).map_err(|error| broken(&error))
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
