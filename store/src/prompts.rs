//! Prompts at rest: their facts as any setting, and how they sound in a table beside.
//!
//! ```text
//!   PromptAudio::keep(wav) ─▶ its hash ─▶ Prompts::insert | update (which names it) ─▶ sweep
//! ```
//! Audio is kept before anything names it, so no version is ever without; what nothing names an
//! hour later is swept.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use routing::{Prompt, PromptId};
use sha2::{Digest as _, Sha256};

use crate::database::Store;
use crate::documents::{Document, Documents, Value};
use crate::error::Error;
use crate::links::{Link, Target};
use crate::row;
use crate::sql;

/// The repository of prompts.
pub type Prompts = Documents<Prompt>;

impl Document for Prompt {
    type Id = PromptId;
    const TABLE: &'static str = "prompt";
    const UNIQUE: &'static [&'static str] = &["name", "duration_ms"];
    const VERSIONS: Option<&'static str> = Some("prompt_version");

    fn id(&self) -> PromptId {
        self.id
    }

    fn unique(&self) -> Vec<Value> {
        vec![Value::Text(Some(self.name.clone())), Value::Number(Some(self.duration_ms.into()))]
    }

    fn search(&self) -> String {
        format!("{} {}", self.name, self.text.as_deref().unwrap_or_default())
    }

    fn links(&self) -> Vec<Link> {
        Vec::new()
    }

    fn target(&self) -> Option<Target> {
        Some(Target::Prompt(self.name.clone()))
    }
}

/// A clip that a field names, as the reference that it makes.
pub(crate) fn link(field: impl Into<std::borrow::Cow<'static, str>>, clip: &str) -> Link {
    Link::new(field, Target::Prompt(clip.to_owned()))
}

/// How prompts sound.
#[derive(Clone, Debug)]
pub struct PromptAudio {
    store: Store,
}

/// What all prompts come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stocked {
    /// How many there are.
    pub count: u64,
    /// How long they play together.
    pub duration_ms: u64,
}

impl PromptAudio {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Keeps a WAV file, and returns the hash that it is found by.
    pub async fn keep(&self, wav: &[u8], now: Timestamp) -> Result<String, Error> {
        let sha256 = hex::encode(Sha256::digest(wav));
        let mut writing = self.store.begin_unnoted().await?;
        sql::query(KEEP)
            .bind(sha256.as_str())
            .bind(wav.to_vec())
            .bind(row::whole(now).as_microsecond())
            .execute(&mut writing)
            .await?;
        writing.commit().await?;
        Ok(sha256)
    }

    /// The WAV file with this hash.
    pub async fn find(&self, sha256: &str) -> Result<Vec<u8>, Error> {
        let query = sql::query("SELECT wav FROM prompt_audio WHERE sha256 = $1").bind(sha256);
        let row = query.fetch_optional(self.store.readers()).await?;
        row.map_or(Err(Error::NotFound("audio")), |row| row.column("wav"))
    }

    /// How many prompts there are, and how long they play.
    pub async fn stocked(&self) -> Result<Stocked, Error> {
        let row = sql::query(STOCKED).fetch_one(self.store.readers()).await?;
        Ok(Stocked { count: row.count("prompts")?, duration_ms: row.count("duration_ms")? })
    }

    /// Forgets the versions of a prompt before the newest [`VERSIONS_KEPT`], and audio that nothing
    /// has named for an hour.
    pub async fn sweep(&self, prompt: PromptId, newest: u64, now: Timestamp) -> Result<(), Error> {
        let oldest = newest.saturating_sub(VERSIONS_KEPT);
        let before = now.checked_sub(SWEPT_AFTER).unwrap_or(Timestamp::MIN);
        let mut writing = self.store.begin_unnoted().await?;
        sql::query("DELETE FROM prompt_version WHERE id = $1 AND version <= $2")
            .bind(uuid::Uuid::from(prompt))
            .bind(row::signed(oldest))
            .execute(&mut writing)
            .await?;
        writing.commit().await?;
        // Found by a reader: nobody waits to write meanwhile.
        let named = sql::query("SELECT settings FROM prompt_version");
        let named = named.fetch_all(self.store.readers()).await?;
        let named = named.iter().map(|row| Ok(row.json::<Prompt>("settings")?.sha256));
        let named = named.collect::<Result<BTreeSet<_>, Error>>()?;
        let kept = sql::query("SELECT sha256 FROM prompt_audio WHERE created_at < $1");
        let kept = kept.bind(before.as_microsecond()).fetch_all(self.store.readers()).await?;
        let mut writing = self.store.begin_unnoted().await?;
        for row in kept {
            let sha256: String = row.column("sha256")?;
            if !named.contains(&sha256) {
                // Unless it was named again meanwhile, and so is young again.
                sql::query("DELETE FROM prompt_audio WHERE sha256 = $1 AND created_at < $2")
                    .bind(sha256.as_str())
                    .bind(before.as_microsecond())
                    .execute(&mut writing)
                    .await?;
            }
        }
        writing.commit().await?;
        Ok(())
    }
}

/// Versions of a prompt that can still be heard.
pub const VERSIONS_KEPT: u64 = 10;

/// Whoever keeps audio names it in the same request.
const SWEPT_AFTER: SignedDuration = SignedDuration::from_hours(1);

const KEEP: &str = "INSERT INTO prompt_audio (sha256, wav, created_at) VALUES ($1, $2, $3) \
    ON CONFLICT (sha256) DO UPDATE SET created_at = excluded.created_at";

const STOCKED: &str = "SELECT count(*) AS prompts, \
    CAST(coalesce(sum(duration_ms), 0) AS BIGINT) AS duration_ms FROM prompt";
