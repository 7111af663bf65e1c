//! Agents at rest: profiles, and the secrets of their extensions.

use std::fmt;

use jiff::Timestamp;
use md5::Md5;
use routing::{Agent, AgentId, AgentNumber};
use sha2::{Digest, Sha256, Sha512_256};

use crate::database::Store;
use crate::documents::{Document, Documents, Stored, Value};
use crate::error::Error;
use crate::links::{Link, Target};
use crate::prompts::link;
use crate::row::Row;
use crate::sql;

/// The repository of agents' profiles.
pub type Agents = Documents<Agent>;

impl Document for Agent {
    type Id = AgentId;
    const TABLE: &'static str = "agent";
    const UNIQUE: &'static [&'static str] = &["number", "code", "username"];

    fn id(&self) -> AgentId {
        self.id
    }

    fn unique(&self) -> Vec<Value> {
        vec![
            Value::Number(Some(i64::from(u32::from(self.number)))),
            Value::Text(Some(self.code.clone())),
            Value::Text(self.username.clone()),
        ]
    }

    fn search(&self) -> String {
        let Self { number, code, .. } = self;
        let username = self.username.as_deref().unwrap_or_default();
        format!("{number} {code} {} {username}", self.display_name())
    }

    fn links(&self) -> Vec<Link> {
        let campaigns = self.campaigns.iter().enumerate().map(|(index, membership)| {
            let field = format!("campaigns[{index}].campaign");
            Link::new(field, Target::Campaign(membership.campaign))
        });
        let queues = self.queues.iter().enumerate().map(|(index, membership)| {
            Link::new(format!("queues[{index}].queue"), Target::Queue(membership.queue))
        });
        let teams = self.teams.iter().enumerate();
        let teams =
            teams.map(|(index, team)| Link::new(format!("teams[{index}]"), Target::Team(*team)));
        let cli = self.cli.map(|number| Link::new("cli", Target::Cli(number)));
        let greeting = self.greeting.as_deref().map(|clip| link("greeting", clip));
        campaigns.chain(queues).chain(teams).chain(cli).chain(greeting).collect()
    }

    fn target(&self) -> Option<Target> {
        Some(Target::Agent(self.id))
    }

    fn records() -> Option<(&'static str, &'static str)> {
        Some((RECORDS, "records of work, messages or promises: archive the agent instead"))
    }
}

/// Time that was worked, messages in the own mailbox, and promises that only this agent keeps.
const RECORDS: &str = "SELECT 1 FROM agent_interval WHERE agent = $1 UNION ALL \
    SELECT 1 FROM voicemail WHERE agent = $1 AND removed_at IS NULL UNION ALL \
    SELECT 1 FROM callback WHERE owner = $1 AND closed_at IS NULL LIMIT 1";

impl Documents<Agent> {
    /// The agent with this number, which makes the extension (R170).
    pub async fn find_by_number(&self, number: AgentNumber) -> Result<Stored<Agent>, Error> {
        self.find_by("number", Value::Number(Some(i64::from(u32::from(number))))).await
    }
}

/// What an extension proves itself with; never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct SipSecret {
    /// Whose extension.
    pub agent: AgentId,
    /// The digest's user name: the extension's digits.
    pub username: String,
    /// The digest's realm.
    pub realm: String,
    /// MD5 of `username:realm:secret` (RFC 3261 §22.4), for phones that know no other.
    pub ha1_md5: [u8; 16],
    /// SHA-256 of the same (RFC 8760 §2).
    pub ha1_sha256: [u8; 32],
    /// SHA-512-256 of the same; a secret of an earlier version has none.
    pub ha1_sha512_256: Option<[u8; 32]>,
    /// When the secret was made.
    pub issued_at: Timestamp,
}

impl SipSecret {
    /// What is kept of a secret: enough to check a digest, not enough to show it again.
    #[must_use]
    pub fn new(
        agent: AgentId,
        username: impl Into<String>,
        realm: impl Into<String>,
        secret: &str,
        issued_at: Timestamp,
    ) -> Self {
        let (username, realm) = (username.into(), realm.into());
        let a1 = format!("{username}:{realm}:{secret}");
        Self {
            agent,
            ha1_md5: Md5::digest(&a1).into(),
            ha1_sha256: Sha256::digest(&a1).into(),
            ha1_sha512_256: Some(Sha512_256::digest(&a1).into()),
            username,
            realm,
            issued_at,
        }
    }
}

impl fmt::Debug for SipSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SipSecret").field("username", &self.username).finish_non_exhaustive()
    }
}

/// The repository of extensions' secrets.
///
/// A secret is bound to its user name and realm: a new extension prefix or realm needs new ones.
#[derive(Clone, Debug)]
pub struct SipSecrets {
    store: Store,
}

impl SipSecrets {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Gives an agent a secret; the one before stops to work.
    ///
    /// Errors: [`Error::Unknown`] without the agent, [`Error::Taken`] when another agent's
    /// extension has the user name.
    pub async fn put(&self, secret: &SipSecret) -> Result<(), Error> {
        let mut writing = self.store.begin().await?;
        sql::query(
            "INSERT INTO sip_secret \
             (agent, username, realm, ha1_md5, ha1_sha256, ha1_sha512_256, issued_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) \
             ON CONFLICT (agent) DO UPDATE SET username = excluded.username, \
             realm = excluded.realm, ha1_md5 = excluded.ha1_md5, \
             ha1_sha256 = excluded.ha1_sha256, ha1_sha512_256 = excluded.ha1_sha512_256, \
             issued_at = excluded.issued_at",
        )
        .bind(*secret.agent.as_uuid())
        .bind(&secret.username)
        .bind(&secret.realm)
        .bind(&secret.ha1_md5[..])
        .bind(&secret.ha1_sha256[..])
        .bind(secret.ha1_sha512_256.as_ref().map(|hash| &hash[..]))
        .bind(secret.issued_at.as_microsecond())
        .execute(&mut *writing)
        .await
        .map_err(|error| Error::of_write(error, &["username"], "agent"))?;
        writing.touched(*secret.agent.as_uuid());
        writing.commit().await?;
        Ok(())
    }

    /// The secret of one agent.
    pub async fn find(&self, agent: AgentId) -> Result<SipSecret, Error> {
        sql::query("SELECT * FROM sip_secret WHERE agent = $1")
            .bind(*agent.as_uuid())
            .fetch_optional(self.store.readers())
            .await?
            .as_ref()
            .map_or(Err(Error::NotFound("secret")), secret)
    }

    /// Every secret: what the registrar loads when it starts.
    pub async fn all(&self) -> Result<Vec<SipSecret>, Error> {
        let rows = sql::query("SELECT * FROM sip_secret ORDER BY username")
            .fetch_all(self.store.readers())
            .await?;
        rows.iter().map(secret).collect()
    }
}

fn secret(row: &Row) -> Result<SipSecret, Error> {
    let bytes = |column| row.column::<&[u8]>(column);
    let wrong = |_| Error::unreadable("sip_secret", "a hash of the wrong length");
    Ok(SipSecret {
        agent: row.id("agent")?,
        username: row.column("username")?,
        realm: row.column("realm")?,
        ha1_md5: bytes("ha1_md5")?.try_into().map_err(wrong)?,
        ha1_sha256: bytes("ha1_sha256")?.try_into().map_err(wrong)?,
        ha1_sha512_256: row
            .column::<Option<&[u8]>>("ha1_sha512_256")?
            .map(|hash| hash.try_into().map_err(wrong))
            .transpose()?,
        issued_at: row.time("issued_at")?,
    })
}
