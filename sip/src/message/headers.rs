//! The header table of a message, and its readings as text.

use std::ops::Range;

use bytes::Bytes;

use crate::header::{Commas, Name, Shape};

/// The header section and the body of a message.
#[derive(Clone)]
pub struct Headers {
    pub(super) raw: Bytes,
    pub(super) spans: Vec<Span>,
    pub(super) body: Range<u16>,
}

/// Where one header lies in the buffer. Offsets fit, for a message is at most 65,535 bytes.
#[derive(Clone, Debug)]
pub(super) struct Span {
    pub(super) known: Option<Name>,
    pub(super) name: Range<u16>,
    pub(super) value: Range<u16>,
}

/// One header line, in the order of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    /// Which header, if this switch knows it.
    pub known: Option<Name>,
    /// Its name as sent, perhaps compact.
    pub name: &'a str,
    /// Its value without surrounding space, folds joined.
    pub value: &'a str,
}

impl Headers {
    /// The value of the first line of that name; a list comes uncut.
    #[must_use]
    pub fn header(&self, name: Name) -> Option<&str> {
        let span = self.spans.iter().find(|span| span.known == Some(name))?;
        Some(self.text(&span.value))
    }

    /// Every value of that name in order, lines cut at commas where the grammar has a list.
    #[must_use]
    pub fn headers(&self, name: Name) -> Values<'_> {
        Values { headers: self, name, next: 0, commas: Commas::default() }
    }

    /// Every line of a header outside [`Name`], its name compared in any case, uncut.
    pub fn header_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.lines()
            .filter(move |line| line.known.is_none() && line.name.eq_ignore_ascii_case(name))
            .map(|line| line.value)
    }

    /// Every header line in order.
    pub fn lines(&self) -> impl Iterator<Item = Header<'_>> {
        self.spans.iter().map(|span| Header {
            known: span.known,
            name: self.text(&span.name),
            value: self.text(&span.value),
        })
    }

    /// The values of the lines of that name in order, uncut.
    pub(super) fn lines_of(&self, name: Name) -> impl Iterator<Item = &str> {
        let spans = self.spans.iter().filter(move |span| span.known == Some(name));
        spans.map(|span| self.text(&span.value))
    }

    /// How many lines carry that name.
    #[must_use]
    pub fn count(&self, name: Name) -> usize {
        self.spans.iter().filter(|span| span.known == Some(name)).count()
    }

    /// The body; empty where there is none. Shares the message's buffer.
    #[must_use]
    pub fn body(&self) -> Bytes {
        self.raw.slice(usize::from(self.body.start)..usize::from(self.body.end))
    }

    /// Start line to the end of the body, folds joined; what `message/sipfrag` and a trace show.
    #[must_use]
    pub fn raw(&self) -> Bytes {
        self.raw.slice(..usize::from(self.body.end))
    }

    /// The parser keeps the header section UTF-8, so the fallback is never taken.
    pub(super) fn text(&self, range: &Range<u16>) -> &str {
        let bytes = self.raw.get(usize::from(range.start)..usize::from(range.end));
        bytes.and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

/// The values of one header, over all its lines.
#[derive(Clone)]
pub struct Values<'a> {
    headers: &'a Headers,
    name: Name,
    next: usize,
    commas: Commas<'a>,
}

impl<'a> Iterator for Values<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        loop {
            if let Some(value) = self.commas.next() {
                return Some(value);
            }
            let rest = self.headers.spans.get(self.next..)?;
            let found = rest.iter().position(|span| span.known == Some(self.name))?;
            self.next += found + 1;
            let line = self.headers.text(&rest[found].value);
            if self.name.shape() != Shape::List {
                return Some(line);
            }
            self.commas = Commas::new(line);
        }
    }
}
