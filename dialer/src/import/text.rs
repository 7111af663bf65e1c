//! The bytes of a CSV: what its opening gives away, a bound on each row, and cells as text.

use std::io::{self, Chain, Cursor, Read};

/// The first bytes of a file, read ahead to find out what it is.
pub(super) struct Opening<R> {
    head: Vec<u8>,
    rest: Utf8<R>,
}

impl<R: Read> Opening<R> {
    /// Reads up to the length that [`Self::delimiter`] looks at.
    pub(super) fn read(mut source: R) -> io::Result<Self> {
        let mut head = Vec::new();
        source.by_ref().take(LOOKED_AT).read_to_end(&mut head)?;
        let wide = match head.get(..2) {
            Some([0xFF, 0xFE]) => Some(u16::from_le_bytes as fn([u8; 2]) -> u16),
            Some([0xFE, 0xFF]) => Some(u16::from_be_bytes as fn([u8; 2]) -> u16),
            _ => None,
        };
        let mut rest = Utf8 { source, wide, held: Vec::new(), ready: Vec::new() };
        if wide.is_some() {
            head = rest.narrow(head.get(2..).unwrap_or_default());
        } else if head.starts_with(UTF8_BOM) {
            head.drain(..UTF8_BOM.len());
        }
        Ok(Self { head, rest })
    }

    /// The one of comma, semicolon and tab that the header has most of, outside quotes.
    pub(super) fn delimiter(&self) -> char {
        let mut quoted = false;
        let mut counts = [0_u32; CANDIDATES.len()];
        for byte in &self.head {
            match byte {
                b'"' => quoted = !quoted,
                b'\n' | b'\r' if !quoted => break,
                _ if quoted => {}
                _ => {
                    let found = CANDIDATES.iter().position(|known| *known == char::from(*byte));
                    if let Some(count) = found.and_then(|index| counts.get_mut(index)) {
                        *count += 1;
                    }
                }
            }
        }
        let most = counts.iter().max().copied().unwrap_or(0);
        let best = counts.iter().position(|count| *count == most).unwrap_or(0);
        CANDIDATES.get(best).copied().unwrap_or(',')
    }

    pub(super) fn into_reader(self) -> Bounded<R> {
        Bounded { inner: Cursor::new(self.head).chain(self.rest), left: MAX_RECORD_BYTES }
    }
}

/// A source as UTF-8: what is UTF-16 is brought to it, all else stays as it is.
#[derive(Debug)]
pub(super) struct Utf8<R> {
    source: R,
    wide: Option<fn([u8; 2]) -> u16>,
    /// Bytes of a character that is not whole yet: at most three.
    held: Vec<u8>,
    ready: Vec<u8>,
}

impl<R> Utf8<R> {
    /// Brings UTF-16 to UTF-8; what is no character becomes U+FFFD.
    fn narrow(&mut self, bytes: &[u8]) -> Vec<u8> {
        let Some(unit) = self.wide else { return bytes.to_vec() };
        self.held.extend_from_slice(bytes);
        let mut units: Vec<u16> =
            self.held.chunks_exact(2).map(|two| unit([two[0], two[1]])).collect();
        // Half of a pair waits for the other half.
        if units.last().is_some_and(|last| (0xD800..0xDC00).contains(last)) {
            units.pop();
        }
        self.held.drain(..2 * units.len());
        let text = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER));
        text.collect::<String>().into_bytes()
    }
}

impl<R: Read> Read for Utf8<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.wide.is_none() {
            return self.source.read(buf);
        }
        while self.ready.is_empty() {
            let mut piece = [0; 4_096];
            let read = self.source.read(&mut piece)?;
            if read == 0 {
                return Ok(0);
            }
            self.ready = self.narrow(piece.get(..read).unwrap_or_default());
        }
        let length = buf.len().min(self.ready.len());
        for (to, from) in buf.iter_mut().zip(self.ready.drain(..length)) {
            *to = from;
        }
        Ok(length)
    }
}

const UTF8_BOM: &[u8] = b"\xEF\xBB\xBF";
const LOOKED_AT: u64 = 16 * 1024;
const CANDIDATES: [char; 3] = [',', ';', '\t'];

/// A reader that ends a row which never ends.
#[derive(Debug)]
pub(super) struct Bounded<R> {
    inner: Chain<Cursor<Vec<u8>>, Utf8<R>>,
    left: usize,
}

impl<R> Bounded<R> {
    /// A new row begins: it may be as long as the bound.
    pub(super) fn begin_record(&mut self) {
        self.left = MAX_RECORD_BYTES;
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            let why = "expected a row of at most 1 MiB; a quote may never be closed";
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        }
        let most = buf.len().min(self.left);
        let read = self.inner.read(buf.get_mut(..most).unwrap_or_default())?;
        self.left -= read;
        Ok(read)
    }
}

const MAX_RECORD_BYTES: usize = 1 << 20;

/// A cell as text, without space around it: UTF-8, or Windows-1252 where it is not.
///
/// Control characters become spaces: a name travels on into SIP headers and logs (FAULTS S11).
pub(crate) fn decode(cell: &[u8]) -> String {
    let text = match std::str::from_utf8(cell) {
        Ok(text) => text.to_owned(),
        Err(_) => cell.iter().map(|byte| from_windows_1252(*byte)).collect(),
    };
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    text.trim().to_owned()
}

/// Windows-1252 is Latin-1 but for 0x80..=0x9F.
fn from_windows_1252(byte: u8) -> char {
    match byte {
        0x80..=0x9F => HIGH.get(usize::from(byte - 0x80)).copied().unwrap_or('\u{FFFD}'),
        _ => char::from(byte),
    }
}

const HIGH: [char; 32] = [
    '€', '\u{FFFD}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{FFFD}', 'Ž',
    '\u{FFFD}', '\u{FFFD}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{FFFD}',
    'ž', 'Ÿ',
];
