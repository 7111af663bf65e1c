//! References among settings: one row each, checked by the database's foreign keys.
//!
//! A resource says what it refers to; the rows are written with it, in the same transaction. So a
//! setting cannot name what does not exist, nothing can go that is still named, and "who uses this
//! trunk?" is one query.

use std::borrow::Cow;

use routing::prompts::BUILT_IN;
use routing::{AgentId, CampaignId, Number, QueueId, ScriptId, TeamId, TrunkId, WorkflowId};
use serde::Serialize;
use sqlx::error::ErrorKind;
use uuid::Uuid;

use dialer::{ListId, ProfileId};

use crate::database::Store;
use crate::error::Error;
use crate::row::Row;
use crate::sql::{self, Connection};

/// One reference that a resource makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The field that makes it, as the API spells it: `campaigns[2].campaign`.
    pub field: Cow<'static, str>,
    /// What it names.
    pub target: Target,
}

/// What can be referred to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// An agent.
    Agent(AgentId),
    /// A queue.
    Queue(QueueId),
    /// A trunk.
    Trunk(TrunkId),
    /// A campaign.
    Campaign(CampaignId),
    /// A list of leads.
    List(ListId),
    /// A team.
    Team(TeamId),
    /// A number that may be presented.
    Cli(Number),
    /// A legal profile.
    Profile(ProfileId),
    /// A workflow.
    Workflow(WorkflowId),
    /// A script.
    Script(ScriptId),
    /// A prompt, by the name that settings call it by.
    Prompt(String),
}

/// A setting that refers to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Referrer {
    /// Its table: `queue`.
    pub resource: String,
    /// Its identity; all zeros for the organisation.
    pub id: Uuid,
    /// The field.
    pub field: String,
}

impl Link {
    /// A reference made by `field`.
    pub fn new(field: impl Into<Cow<'static, str>>, target: Target) -> Self {
        Self { field: field.into(), target }
    }
}

impl Target {
    fn column(&self) -> &'static str {
        match self {
            Self::Agent(_) => "agent",
            Self::Queue(_) => "queue",
            Self::Trunk(_) => "trunk",
            Self::Campaign(_) => "campaign",
            Self::List(_) => "list",
            Self::Team(_) => "team",
            Self::Cli(_) => "cli",
            Self::Profile(_) => "profile",
            Self::Workflow(_) => "workflow",
            Self::Script(_) => "script",
            Self::Prompt(_) => "prompt",
        }
    }

    fn uuid(&self) -> Option<Uuid> {
        match *self {
            Self::Agent(id) => Some(id.into()),
            Self::Queue(id) => Some(id.into()),
            Self::Trunk(id) => Some(id.into()),
            Self::Campaign(id) => Some(id.into()),
            Self::List(id) => Some(id.into()),
            Self::Profile(id) => Some(id.into()),
            Self::Workflow(id) => Some(id.into()),
            Self::Script(id) => Some(id.into()),
            Self::Team(id) => Some(id.into()),
            Self::Cli(_) | Self::Prompt(_) => None,
        }
    }

    /// Of what is not named by an id.
    fn text(&self) -> Option<String> {
        match self {
            Self::Cli(number) => Some(number.to_string()),
            Self::Prompt(name) => Some(name.clone()),
            _ => None,
        }
    }

    /// Clips that come with the product have no row that a reference could name.
    fn is_built_in(&self) -> bool {
        matches!(self, Self::Prompt(name) if BUILT_IN.contains(&name.as_str()))
    }
}

impl Store {
    /// Settings that refer to `target`, at most a hundred.
    pub async fn referrers(&self, target: &Target) -> Result<Vec<Referrer>, Error> {
        let mut connection = self.readers().acquire().await?;
        referrers(&mut connection, target).await
    }
}

/// What a changed setting refers to, without clips that nobody has and that it named before: it is
/// older than this check, and what else is changed, such as a pause, waits for no upload.
pub(crate) async fn of_update(
    connection: &mut Connection,
    before: &[Link],
    after: Vec<Link>,
) -> Result<Vec<Link>, Error> {
    let mut kept = Vec::with_capacity(after.len());
    for link in after {
        if let Target::Prompt(name) = &link.target
            && before.contains(&link)
        {
            let prompt = sql::query("SELECT 1 FROM prompt WHERE name = $1").bind(name.as_str());
            if prompt.fetch_optional(&mut *connection).await?.is_none() {
                continue;
            }
        }
        kept.push(link);
    }
    Ok(kept)
}

/// Replaces what `owner` refers to.
pub(crate) async fn replace(
    connection: &mut Connection,
    owner_table: &'static str,
    owner: Uuid,
    links: &[Link],
) -> Result<(), Error> {
    remove(connection, owner).await?;
    for link in links.iter().filter(|link| !link.target.is_built_in()) {
        let column = link.target.column();
        let known = [
            "agent", "queue", "trunk", "campaign", "list", "profile", "team", "workflow", "script",
        ];
        let mut statement = sql::query(INSERT).bind(owner_table).bind(owner).bind(&*link.field);
        for name in known {
            statement = statement.bind(link.target.uuid().filter(|_| name == column));
        }
        for name in ["cli", "prompt"] {
            statement = statement.bind(link.target.text().filter(|_| name == column));
        }
        statement.execute(&mut *connection).await.map_err(|error| {
            match error.as_database_error().map(sqlx::error::DatabaseError::kind) {
                Some(ErrorKind::ForeignKeyViolation) => Error::Unknown(link.field.clone()),
                _ => error.into(),
            }
        })?;
    }
    Ok(())
}

const INSERT: &str = "INSERT INTO link \
    (owner_table, owner, field, agent, queue, trunk, campaign, list, profile, team, workflow, \
    script, cli, prompt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";

/// Forgets what `owner` refers to.
pub(crate) async fn remove(connection: &mut Connection, owner: Uuid) -> Result<(), Error> {
    sql::query("DELETE FROM link WHERE owner = $1").bind(owner).execute(connection).await?;
    Ok(())
}

/// Fails when a setting refers to `target`, and says which kind does.
pub(crate) async fn refuse_if_linked(
    connection: &mut Connection,
    target: &Target,
) -> Result<(), Error> {
    match referrers(connection, target).await?.first() {
        Some(referrer) => Err(Error::Referenced { by: plural(&referrer.resource) }),
        None => Ok(()),
    }
}

async fn referrers(connection: &mut Connection, target: &Target) -> Result<Vec<Referrer>, Error> {
    let rows = sql::query(match target {
        Target::Agent(_) => WHO_NAMES_AGENT,
        Target::Queue(_) => WHO_NAMES_QUEUE,
        Target::Trunk(_) => WHO_NAMES_TRUNK,
        Target::Campaign(_) => WHO_NAMES_CAMPAIGN,
        Target::List(_) => WHO_NAMES_LIST,
        Target::Team(_) => WHO_NAMES_TEAM,
        Target::Cli(_) => WHO_NAMES_CLI,
        Target::Profile(_) => WHO_NAMES_PROFILE,
        Target::Workflow(_) => WHO_NAMES_WORKFLOW,
        Target::Script(_) => WHO_NAMES_SCRIPT,
        Target::Prompt(_) => WHO_NAMES_PROMPT,
    });
    let rows = match target.uuid() {
        Some(id) => rows.bind(id),
        None => rows.bind(target.text()),
    };
    let rows = rows.fetch_all(connection).await?;
    let referrer = |row| -> Result<Referrer, Error> {
        let row: &Row = row;
        Ok(Referrer {
            resource: row.column("owner_table")?,
            id: row.column("owner")?,
            field: row.column("field")?,
        })
    };
    rows.iter().map(referrer).collect()
}

macro_rules! who_names {
    ($column:literal) => {
        concat!(
            "SELECT owner_table, owner, field FROM link WHERE ",
            $column,
            " = $1 ORDER BY owner_table, owner, field LIMIT 100"
        )
    };
}

const WHO_NAMES_AGENT: &str = who_names!("agent");
const WHO_NAMES_QUEUE: &str = who_names!("queue");
const WHO_NAMES_TRUNK: &str = who_names!("trunk");
const WHO_NAMES_CAMPAIGN: &str = who_names!("campaign");
const WHO_NAMES_LIST: &str = who_names!("list");
const WHO_NAMES_TEAM: &str = who_names!("team");
const WHO_NAMES_CLI: &str = who_names!("cli");
const WHO_NAMES_PROFILE: &str = who_names!("profile");
const WHO_NAMES_WORKFLOW: &str = who_names!("workflow");
const WHO_NAMES_SCRIPT: &str = who_names!("script");
const WHO_NAMES_PROMPT: &str = who_names!("prompt");

fn plural(table: &str) -> &'static str {
    match table {
        "agent" => "agents",
        "queue" => "queues",
        "campaign" => "campaigns",
        "user" => "users",
        "did" => "DIDs",
        "workflow" => "workflows",
        "organisation" => "the organisation",
        _ => "another setting",
    }
}
