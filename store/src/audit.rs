//! Who changed what, from where and when: entries that are chained by hash, and never changed.
//!
//! ```text
//!   Act (of a request) ─ scope ─▶ repository ─ Writing::note ─▶ commit: the change and its entry
//!          └── nothing was noted ─▶ AuditLog::conclude: an entry of its own, with how it ended
//! ```
//!
//! An entry names the SHA-256 of the one before it, as permits do (`dialer::permit`), so that none
//! can be altered, left out or slipped in unseen. Cutting off the end is seen by whoever kept an
//! export: its head must stand in the chain. Secrets and their hashes are never part of an entry.

mod act;
mod writing;

use dialer::permit::{ChainHead, Hash};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

pub use act::{Act, Actor, Performance, amend};
pub(crate) use writing::Writing;

use crate::database::Store;
use crate::error::Error;
use crate::page::{self, Cursor, Page};
use crate::row::{self, Row};
use crate::sql::{self, Connection};

/// One entry, and its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// What is hashed.
    pub evidence: AuditEntry,
    /// SHA-256 over the canonical JSON of `evidence`.
    pub hash: Hash,
}

/// Who did what, and its place in the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its place, from 0.
    pub sequence: u64,
    /// The hash of the entry before it.
    pub previous: Hash,
    /// When the request came.
    pub at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// What was done, by the name that the API's document gives the operation.
    pub verb: String,
    /// What kind of thing it was done to, as the API's paths spell it.
    pub resource: String,
    /// The thing itself.
    pub object: Option<Uuid>,
    /// How it ended.
    pub ending: Ending,
    /// What was stored until then; none where it is new.
    pub before: Option<Value>,
    /// What is stored since, or what was asked for where nothing is stored.
    pub after: Option<Value>,
    /// The address that the request came from.
    pub source: Option<String>,
    /// The program that sent it, as it calls itself.
    pub agent: Option<String>,
}

/// How an act ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// It was done.
    Done,
    /// It was refused, and nothing changed.
    Refused,
    /// Something failed; what is known to have changed has an entry of its own.
    Failed,
}

/// What to search for; every field that is given must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// By this user.
    pub actor: Option<Uuid>,
    /// This operation.
    pub verb: Option<String>,
    /// To this kind of thing.
    pub resource: Option<String>,
    /// To this thing.
    pub object: Option<Uuid>,
    /// With this ending.
    pub ending: Option<Ending>,
    /// At or after this.
    pub from: Option<Timestamp>,
    /// Before this.
    pub to: Option<Timestamp>,
    /// Where the page before ended.
    pub after: Option<Cursor>,
    /// Rows on the page.
    pub limit: Option<u32>,
}

/// The repository of entries; there is no way to change one.
#[derive(Clone, Debug)]
pub struct AuditLog {
    store: Store,
}

impl AuditLog {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Enters what was performed, where nothing that it wrote has told of it.
    pub async fn conclude(&self, performance: &Performance, ending: Ending) -> Result<(), Error> {
        if performance.is_entered() {
            return Ok(());
        }
        let mut writing = self.store.begin().await?;
        append(&mut writing, performance.entry(None, ending)).await?;
        writing.commit().await
    }

    /// A page of entries, the newest first.
    pub async fn list(&self, query: &AuditQuery) -> Result<Page<AuditRecord>, Error> {
        let limit = page::limit(query.limit);
        let mut sql = sql::Builder::new("SELECT * FROM audit WHERE 1 = 1");
        for (column, id) in [("actor", query.actor), ("object", query.object)] {
            if let Some(id) = id {
                sql.push(" AND ").push(column).push(" = ").push_bind(id);
            }
        }
        for (column, text) in [("verb", &query.verb), ("resource", &query.resource)] {
            if let Some(text) = text {
                sql.push(" AND ").push(column).push(" = ").push_bind(text.clone());
            }
        }
        if let Some(ending) = query.ending {
            sql.push(" AND ending = ").push_bind(row::word("ending", &ending)?);
        }
        if let Some(from) = query.from {
            sql.push(" AND at >= ").push_bind(from.as_microsecond());
        }
        if let Some(to) = query.to {
            sql.push(" AND at < ").push_bind(to.as_microsecond());
        }
        if let Some(Cursor { at, .. }) = query.after {
            sql.push(" AND sequence < ").push_bind(at);
        }
        sql.push(" ORDER BY sequence DESC LIMIT ").push_bind(i64::from(limit) + 1);
        let rows = sql.build().fetch_all(self.store.readers()).await?;
        let found = rows.iter().map(record).collect::<Result<Vec<_>, _>>()?;
        let cursor = |found: &AuditRecord| Cursor {
            at: row::signed(found.evidence.sequence),
            id: Uuid::nil(),
        };
        Ok(Page::of(found, limit, cursor))
    }

    /// Entries in the order of their chain, from place `from` on, each as JSON: what
    /// `dialer::permit::Audit` reads.
    ///
    /// The columns stand in the place of what they repeat, so that an altered one breaks the hash.
    pub async fn lines(&self, from: u64, limit: u32) -> Result<Vec<String>, Error> {
        let rows =
            sql::query("SELECT * FROM audit WHERE sequence >= $1 ORDER BY sequence LIMIT $2")
                .bind(row::signed(from))
                .bind(i64::from(limit))
                .fetch_all(self.store.readers())
                .await?;
        rows.iter().map(line).collect()
    }

    /// Where the chain ends.
    pub async fn head(&self) -> Result<ChainHead, Error> {
        let mut connection = self.store.readers().acquire().await?;
        head(&mut connection).await
    }
}

async fn head(connection: &mut Connection) -> Result<ChainHead, Error> {
    let last = sql::query("SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1")
        .fetch_optional(connection)
        .await?;
    let Some(last) = last else { return Ok(ChainHead::START) };
    let sequence: u64 = last.count("sequence")?;
    Ok(ChainHead { length: sequence + 1, hash: hash(&last)? })
}

/// Puts an entry at the end of the chain. Whoever writes is alone, so the end stays the end.
async fn append(connection: &mut Connection, entry: AuditEntry) -> Result<(), Error> {
    let head = head(connection).await?;
    let entry = AuditEntry { sequence: head.length, previous: head.hash, ..entry };
    let evidence = serde_json::to_value(&entry).map_err(|e| Error::unreadable("audit", &e))?;
    sql::query(
        "INSERT INTO audit (sequence, at, actor, verb, resource, object, ending, evidence, hash) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(row::signed(entry.sequence))
    .bind(entry.at.as_microsecond())
    .bind(entry.actor.id())
    .bind(&entry.verb)
    .bind(&entry.resource)
    .bind(entry.object)
    .bind(row::word("ending", &entry.ending)?)
    .bind(evidence.to_string())
    .bind(&Hash::of(&evidence).as_bytes()[..])
    .execute(connection)
    .await?;
    Ok(())
}

fn record(row: &Row) -> Result<AuditRecord, Error> {
    Ok(AuditRecord { evidence: row.json("evidence")?, hash: hash(row)? })
}

fn line(row: &Row) -> Result<String, Error> {
    let mut evidence: Value = row.json("evidence")?;
    let id = |id: Option<Uuid>| id.map_or(Value::Null, |id| id.to_string().into());
    evidence["sequence"] = row.count::<u64>("sequence")?.into();
    evidence["at"] = row.time("at")?.to_string().into();
    for column in ["verb", "resource", "ending"] {
        evidence[column] = row.column::<String>(column)?.into();
    }
    evidence["object"] = id(row.column("object")?);
    let actor = row.column::<Option<Uuid>>("actor")?;
    if actor.is_some() || evidence["actor"].get("id").is_some() {
        evidence["actor"]["id"] = id(actor);
    }
    Ok(serde_json::json!({ "evidence": evidence, "hash": hash(row)? }).to_string())
}

fn hash(row: &Row) -> Result<Hash, Error> {
    let bytes: &[u8] = row.column("hash")?;
    let bytes =
        bytes.try_into().map_err(|_| Error::unreadable("audit", "a hash of wrong length"))?;
    Ok(Hash::from_bytes(bytes))
}
