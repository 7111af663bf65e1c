//! A file that was refused, as a person reads it: the line, a mark under it, what was expected.

use std::io;
use std::ops::Range;
use std::path::Path;

use miette::{Diagnostic, NamedSource, SourceSpan};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::check::Conflict;

/// Why a configuration file was refused; print it with miette to see the line.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{message}")]
pub struct Refused {
    message: String,
    #[source_code]
    source_code: Option<NamedSource<String>>,
    #[label("{label}")]
    at: Option<SourceSpan>,
    label: String,
    #[help]
    help: Option<String>,
    /// The other faults of the same file: all are told at once.
    #[related]
    others: Vec<Refused>,
}

impl Refused {
    /// The line the fault is on, counted from 1; `None` when it is about the file as a whole.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        let (source, at) = (self.source_code.as_ref()?, self.at?);
        let before = source.inner().get(..at.offset())?;
        Some(before.matches('\n').count() + 1)
    }

    pub(crate) fn unreadable(path: &Path, why: &io::Error) -> Self {
        Self {
            message: format!("{} cannot be read: {why}", path.display()),
            source_code: None,
            at: None,
            label: String::new(),
            help: Some("expected a TOML file; every key in it is optional".to_owned()),
            others: Vec::new(),
        }
    }

    /// A text that is not TOML, or TOML with a key or a value that has no place here.
    pub(crate) fn syntax(name: &str, text: &str, error: &toml::de::Error) -> Self {
        let (label, help) = explained(error.message());
        Self {
            message: format!("{name} is refused"),
            source_code: Some(NamedSource::new(name, text.to_owned()).with_language("TOML")),
            at: error.span().map(SourceSpan::from),
            label,
            help,
            others: Vec::new(),
        }
    }

    /// Well-formed values that cannot work.
    pub(crate) fn checks(path: &Path, text: &str, conflicts: Vec<Conflict>) -> Self {
        let name = path.display().to_string();
        let table = DeTable::parse(text).ok();
        let mut all = conflicts.into_iter().map(|conflict| {
            let at = table.as_ref().and_then(|table| {
                conflict.keys.iter().find_map(|key| span_of(table.get_ref(), key))
            });
            let key = conflict.keys.first().copied().unwrap_or_default();
            Self {
                message: format!("{name} is refused: {key}"),
                source_code: Some(NamedSource::new(&name, text.to_owned()).with_language("TOML")),
                at: at.map(SourceSpan::from),
                label: conflict.why,
                help: Some(format!("expected {}", conflict.expected)),
                others: Vec::new(),
            }
        });
        let mut first = all.next().unwrap_or_else(|| Self {
            message: format!("{name} is refused"),
            source_code: None,
            at: None,
            label: String::new(),
            help: None,
            others: Vec::new(),
        });
        first.others = all.collect();
        first
    }
}

/// What is wrong and what belongs there, out of a message that has both.
///
/// serde writes "wrong, expected right", our own types "expected right, got wrong", and the
/// standard library only what is wrong.
fn explained(message: &str) -> (String, Option<String>) {
    let missing = message.strip_prefix("missing field ");
    let (wrong, right) = match (message.split_once(", expected "), message.split_once(", got ")) {
        (Some((wrong, right)), _) => (wrong.to_owned(), Some(right)),
        (None, Some((right, got))) => (format!("got {got}"), right.strip_prefix("expected ")),
        (None, None) => (message.to_owned(), missing.map(|_| "every key of the table")),
    };
    let right = match (message, right) {
        ("invalid socket address syntax", _) => Some("ADDRESS:PORT such as \"192.0.2.10:5060\""),
        ("invalid IP address syntax", _) => Some("an IP address such as \"192.0.2.10\""),
        (_, Some("nothing")) => Some("a TOML value; a text stands in quotes"),
        (_, Some("a sequence")) => Some("a list, in square brackets"),
        (_, right) => right,
    };
    (wrong, right.map(|right| format!("expected {right}")))
}

/// Where the value of a dotted key stands in the text.
fn span_of(table: &DeTable<'_>, key: &str) -> Option<Range<usize>> {
    let mut table = table;
    let mut parts = key.split('.').peekable();
    while let Some(part) = parts.next() {
        let value: &Spanned<DeValue<'_>> =
            table.iter().find(|(name, _)| name.get_ref() == part).map(|(_, value)| value)?;
        match (parts.peek(), value.get_ref()) {
            (None, _) => return Some(value.span()),
            (Some(_), DeValue::Table(inner)) => table = inner,
            (Some(_), _) => return None,
        }
    }
    None
}
