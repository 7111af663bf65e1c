//! Permits as evidence: taken out of the journal, and checked by whoever was given them.
//!
//! An export needs no running switch and no database. `verify` needs nothing but the file: it reads
//! line by line, names each fault by its line and record, and fails when there is one.

use std::fmt::Display;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use anyhow::{Context as _, bail};
use dialer::permit::{Audit, Audited, ChainHead, Closing};
use store::{Event, Reader};

/// Writes every permit of a journal, one a line, and the head of the chain.
pub fn export(journal: &Path, out: &mut impl Write) -> anyhow::Result<()> {
    let (head, _) = each(journal, |permit| Ok(writeln!(out, "{permit}")?))?;
    writeln!(out, "{}", serde_json::to_string(&Closing { head })?)?;
    Ok(())
}

/// Reads a whole journal, checks its permits, and says which entry is its last.
pub(crate) fn check(journal: &Path) -> anyhow::Result<(Audited, u64)> {
    let mut audit = Audit::default();
    let (head, last) = each(journal, |permit| {
        audit.line(permit);
        Ok(())
    })?;
    audit.line(&serde_json::to_string(&Closing { head })?);
    Ok((audit.finish(), last))
}

/// Hands over every permit of a journal; where their chain ends, and the journal's last entry.
fn each(
    journal: &Path,
    mut take: impl FnMut(&str) -> anyhow::Result<()>,
) -> anyhow::Result<(ChainHead, u64)> {
    let (mut reader, head) = Reader::at_rest(journal)
        .with_context(|| format!("cannot read the journal in {}", journal.display()))?;
    loop {
        let entries = reader.read(ENTRIES_AT_ONCE)?;
        if entries.is_empty() {
            return Ok((head, reader.next_seq().saturating_sub(1)));
        }
        for entry in entries {
            if let Event::Permitted { permit, .. } = entry.event {
                take(&serde_json::to_string(&permit)?)?;
            }
        }
    }
}

/// Checks an export of `what` and says what it found; an error when the evidence is not whole.
pub fn verify(file: &Path, what: &str, out: &mut impl Write) -> anyhow::Result<()> {
    let opened = File::open(file).with_context(|| format!("cannot open {}", file.display()))?;
    tell(&file.display(), what, &audit(BufReader::new(opened))?, out)
}

/// Says what an audit found; an error when the evidence is not whole.
pub(crate) fn tell(
    place: &impl Display,
    what: &str,
    audited: &Audited,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    for fault in &audited.faults {
        writeln!(out, "{place}: {fault}")?;
    }
    if !audited.faults.is_empty() {
        bail!("{place}: the evidence is not whole");
    }
    let (Some(first), Some(head)) = (audited.first, audited.head) else {
        writeln!(out, "{place}: there are no {what} yet")?;
        return Ok(());
    };
    let last = head.length.saturating_sub(1);
    let records = audited.records;
    writeln!(out, "{place}: {records} {what}, {first} to {last}, whole and unaltered")?;
    Ok(())
}

fn audit(mut lines: impl BufRead) -> anyhow::Result<Audited> {
    let mut audit = Audit::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        let mut bounded = std::io::Read::take(&mut lines, LINE_BYTES_MAX);
        if bounded.read_until(b'\n', &mut line)? == 0 {
            return Ok(audit.finish());
        }
        audit.line(&String::from_utf8_lossy(&line));
    }
}

const ENTRIES_AT_ONCE: usize = 1_000;

/// A permit takes two kilobytes; a longer line is cut, and then is no permit.
const LINE_BYTES_MAX: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn verified(text: &str) -> (String, bool) {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("permits.ndjson");
        std::fs::write(&file, text).unwrap();
        let mut out = Vec::new();
        let whole = verify(&file, "permits", &mut out).is_ok();
        (String::from_utf8(out).unwrap(), whole)
    }

    #[test]
    fn a_journal_without_permits_exports_a_head_that_verifies() {
        let dir = tempfile::tempdir().unwrap();
        let mut out = Vec::new();
        export(dir.path(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with("{\"head\":{\"length\":0,"), "{text}");
        assert!(verified(&text).1);
    }

    #[test]
    fn a_file_that_is_no_export_is_refused_by_its_line() {
        let (told, whole) = verified("hello\n");
        assert!(told.contains("line 1: expected a record as JSON"), "{told}");
        assert!(!whole);
        let endless = "x".repeat(3 << 20);
        assert!(!verified(&endless).1);
    }
}
