//! An export of a chain of records, such as permits, checked by whoever was given it: line by line,
//! each fault by its place.
//!
//! ```text
//!   {"evidence":{"sequence":0,"previous":"00…",…},"hash":"…"}     one record a line, in order
//!   {"head":{"length":1,"hash":"…"}}                              the end, as the switch knows it
//! ```
//! Hashes are taken over the JSON as it stands and not over what this build would write, so that
//! an added field is found, and an older or newer build's records hold. After a fault the audit
//! goes on from the record it found, and so names every one of them.

use super::{ChainHead, Hash};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An audit under way.
#[derive(Clone, Debug, Default)]
pub struct Audit {
    line: u64,
    records: u64,
    first: Option<u64>,
    head: Option<ChainHead>,
    closing: Option<ChainHead>,
    faults: Vec<AuditFault>,
}

/// What an audit came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audited {
    /// Records read.
    pub records: u64,
    /// The sequence of the first of them; none in an empty file.
    pub first: Option<u64>,
    /// Where the chain ends.
    pub head: Option<ChainHead>,
    /// The first [`FAULTS_MAX`] faults; none says that the evidence is whole.
    pub faults: Vec<AuditFault>,
}

/// Most faults told one by one.
pub const FAULTS_MAX: usize = 100;

/// What is wrong with the evidence, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuditFault {
    /// A line is no record.
    #[error("line {line}: expected a record as JSON: {because}")]
    Unreadable {
        /// From 1.
        line: u64,
        /// What the reader said.
        because: String,
    },
    /// A record was changed.
    #[error("line {line}: record {record} was altered: its hash is not that of its evidence")]
    Altered {
        /// From 1.
        line: u64,
        /// Its sequence.
        record: u64,
    },
    /// A record does not follow the one before it.
    #[error(
        "line {line}: the chain is broken at record {record}: it does not follow the record before \
         it, which was altered and hashed anew, or another stands in its place"
    )]
    Broken {
        /// From 1.
        line: u64,
        /// Its sequence.
        record: u64,
    },
    /// Records were left out.
    #[error("line {line}: records {from} to {to} are missing")]
    Missing {
        /// The line before which they belong.
        line: u64,
        /// The first of them.
        from: u64,
        /// The last of them.
        to: u64,
    },
    /// A record stands there again, or too late.
    #[error("line {line}: record {record} is out of order: record {expected} was due")]
    OutOfOrder {
        /// From 1.
        line: u64,
        /// Its sequence.
        record: u64,
        /// The one that was due.
        expected: u64,
    },
    /// The file ends before the chain does.
    #[error("the end is missing: the chain has {length} records, and the file ends after {found}")]
    Truncated {
        /// How many there should be.
        length: u64,
        /// After how many the file ends.
        found: u64,
    },
    /// The file does not say where the chain ends.
    #[error("the last line is missing: expected the head of the chain")]
    NoHead,
    /// The last record is another than the head of the chain.
    #[error("the last record, {record}, is not the one that the head of the chain names")]
    OtherHead {
        /// Its sequence.
        record: u64,
    },
}

/// The last line of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    /// Where the chain stood.
    pub head: ChainHead,
}

impl Audit {
    /// Takes the next line.
    pub fn line(&mut self, text: &str) {
        self.line += 1;
        if text.trim().is_empty() {
            return;
        }
        match Line::read(text) {
            Ok(Line::Closing(head)) => self.closing = Some(head),
            Ok(Line::Record(record)) => self.record(&record),
            Err(because) => self.fault(AuditFault::Unreadable { line: self.line, because }),
        }
    }

    fn record(&mut self, found: &Found) {
        let (line, record) = (self.line, found.sequence);
        self.records += 1;
        self.first.get_or_insert(record);
        let begins = ChainHead { length: record, hash: found.previous };
        let head = self.head.unwrap_or(begins);
        if record > head.length {
            self.fault(AuditFault::Missing { line, from: head.length, to: record - 1 });
        } else if record < head.length {
            self.fault(AuditFault::OutOfOrder { line, record, expected: head.length });
        } else if found.previous != head.hash || (record == 0 && found.previous != Hash::GENESIS) {
            self.fault(AuditFault::Broken { line, record });
        }
        if found.computed != found.hash {
            self.fault(AuditFault::Altered { line, record });
        }
        self.head = Some(ChainHead { length: record.saturating_add(1), hash: found.hash });
    }

    /// Ends the audit.
    #[must_use]
    pub fn finish(mut self) -> Audited {
        let found = self.head.unwrap_or(ChainHead::START);
        match self.closing {
            None => self.fault(AuditFault::NoHead),
            Some(head) if head.length > found.length => {
                self.fault(AuditFault::Truncated { length: head.length, found: found.length });
            }
            Some(head) if head != found => {
                self.fault(AuditFault::OtherHead { record: found.length.saturating_sub(1) });
            }
            Some(_) => {}
        }
        let Self { records, first, head, faults, .. } = self;
        Audited { records, first, head, faults }
    }

    fn fault(&mut self, fault: AuditFault) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(fault);
        }
    }
}

enum Line {
    Record(Found),
    Closing(ChainHead),
}

/// What of a record the chain is made of.
struct Found {
    sequence: u64,
    previous: Hash,
    hash: Hash,
    computed: Hash,
}

impl Line {
    fn read(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if value.get("head").is_some() {
            let closing = Closing::deserialize(value).map_err(|error| error.to_string())?;
            return Ok(Self::Closing(closing.head));
        }
        let part = |name: &str| value.get(name).ok_or_else(|| format!("it has no `{name}`"));
        let evidence = part("evidence")?;
        let hash = |value: Option<&Value>, name: &str| {
            let text = value.and_then(Value::as_str).unwrap_or_default();
            text.parse::<Hash>().map_err(|why| format!("`{name}`: {why}"))
        };
        let sequence = evidence.get("sequence").and_then(Value::as_u64);
        Ok(Self::Record(Found {
            sequence: sequence.ok_or("`evidence.sequence` is no number")?,
            previous: hash(evidence.get("previous"), "evidence.previous")?,
            hash: hash(Some(part("hash")?), "hash")?,
            computed: Hash::of(evidence),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::*;

    fn export(length: u8) -> Vec<String> {
        let (mut gate, settings, cli) = (gate(), settings(), cli());
        let pacing = decision(&settings);
        let mut lines = Vec::new();
        for n in 0..length {
            let lead = lead(n);
            let permit = gate.check(at(NOON), &ask(n.into(), &settings, &lead, &cli, &pacing));
            lines.push(serde_json::to_string(permit.unwrap().record()).unwrap());
        }
        lines.push(serde_json::to_string(&Closing { head: gate.head() }).unwrap());
        lines
    }

    fn audit(lines: &[String]) -> Audited {
        let mut audit = Audit::default();
        for line in lines {
            audit.line(line);
        }
        audit.finish()
    }

    fn told(lines: &[String]) -> Vec<String> {
        audit(lines).faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_whole_export_has_no_fault_and_neither_has_its_end_alone() {
        let lines = export(4);
        let whole = audit(&lines);
        assert_eq!((whole.records, whole.first, whole.faults), (4, Some(0), vec![]));
        let end = audit(&lines[2..]);
        assert_eq!((end.records, end.first, end.faults), (2, Some(2), vec![]));
        assert_eq!(end.head, whole.head);
        assert_eq!(told(&export(0)), [""; 0]);
    }

    /// Issue 6: chain broken, altered, missing: each is named with its place.
    #[test]
    fn each_way_to_forge_an_export_is_named_by_its_place() {
        let whole = export(5);
        let mut altered = whole.clone();
        altered[2] = altered[2].replace("\"in_24h\":0", "\"in_24h\":1");
        let line = "line 3: record 2 was altered: its hash is not that of its evidence";
        assert_eq!(told(&altered), [line]);
        let mut added = whole.clone();
        added[1] = added[1].replacen("\"attempt\"", "\"innocent\":true,\"attempt\"", 1);
        assert!(told(&added)[0].starts_with("line 2: record 1 was altered"));
        let rehashed = {
            let mut lines = altered.clone();
            let mut value: Value = serde_json::from_str(&lines[2]).unwrap();
            value["hash"] = Hash::of(&value["evidence"]).to_string().into();
            lines[2] = value.to_string();
            lines
        };
        assert!(told(&rehashed)[0].starts_with("line 4: the chain is broken at record 3"));
        let mut missing = whole.clone();
        missing.drain(1..3);
        assert_eq!(told(&missing), ["line 2: records 1 to 2 are missing"]);
        let mut swapped = whole.clone();
        swapped.swap(1, 2);
        let out_of_order = "line 3: record 1 is out of order: record 3 was due";
        assert!(told(&swapped).contains(&out_of_order.to_owned()), "{:?}", told(&swapped));
        let cut: Vec<_> = whole[..3].iter().chain(&whole[5..]).cloned().collect();
        let end = "the end is missing: the chain has 5 records, and the file ends after 3";
        assert_eq!(told(&cut), [end]);
        assert_eq!(told(&whole[..5]), ["the last line is missing: expected the head of the chain"]);
        let mut noise = whole;
        noise[3] = "{}".to_owned();
        let lines = told(&noise);
        assert_eq!(lines[0], "line 4: expected a record as JSON: it has no `evidence`");
        assert_eq!(lines[1], "line 5: records 3 to 3 are missing");
    }
}
