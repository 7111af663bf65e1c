//! The database: one file, brought up to date when it is opened.

use std::fs;
use std::path::Path;

use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnection;

use crate::agents::{Agents, SipSecrets};
use crate::api_tokens::ApiTokens;
use crate::attempts::Attempts;
use crate::attendance::Shifts;
use crate::audit::{AuditLog, Writing};
use crate::callbacks::Callbacks;
use crate::calls::Calls;
use crate::campaigns::Campaigns;
use crate::clis::Clis;
use crate::dialect;
use crate::dids::Dids;
use crate::dnc::DncEntries;
use crate::documents::Documents;
use crate::error::Error;
use crate::intervals::Intervals;
use crate::leads::Leads;
use crate::lists::Lists;
use crate::organisation::OrganisationSettings;
use crate::pacing::PacerMemories;
use crate::pause_reasons::PauseReasons;
use crate::profiles::Profiles;
use crate::queues::Queues;
use crate::recordings::Recordings;
use crate::registers::{RegisterNumbers, Registers};
use crate::roles::Roles;
use crate::security::SecurityPolicies;
use crate::sessions::Sessions;
use crate::stats::Stats;
use crate::teams::Teams;
use crate::totp::TotpSecrets;
use crate::trunks::{TrunkSecrets, Trunks};
use crate::users::Users;
use crate::voicemails::Voicemails;

/// The open database; a clone is another handle on the same connections.
///
/// Each resource has its repository: `store.agents().find(id)`.
#[derive(Clone, Debug)]
pub struct Store {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl Store {
    /// Opens the SQLite file, makes it if there is none, and applies what is missing of the schema.
    ///
    /// Errors: the file cannot be opened; it was made by a later version of the schema.
    pub async fn open(path: &Path) -> Result<Self, Error> {
        if let Some(dir) = path.parent() {
            fs::create_dir_all(dir).map_err(sqlx::Error::Io)?;
        }
        let writer = dialect::connect_writer(path).await?;
        dialect::MIGRATIONS.run(&writer).await?;
        let readers = dialect::connect_readers(path).await?;
        Ok(Self { writer, readers })
    }

    /// Opens the file of another installation or of a running switch, to read from it alone: it is
    /// neither made nor brought up to date.
    pub async fn open_to_read(path: &Path) -> Result<Self, Error> {
        let readers = dialect::connect_readers(path).await?;
        Ok(Self { writer: readers.clone(), readers })
    }

    /// Waits for what is being written and closes the file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// What the organisation decided for itself.
    #[must_use]
    pub fn organisation(&self) -> OrganisationSettings {
        OrganisationSettings::new(self.clone())
    }

    /// Agents' profiles.
    #[must_use]
    pub fn agents(&self) -> Agents {
        Documents::new(self.clone())
    }

    /// What agents' extensions prove themselves with.
    #[must_use]
    pub fn sip_secrets(&self) -> SipSecrets {
        SipSecrets::new(self.clone())
    }

    /// Teams of agents.
    #[must_use]
    pub fn teams(&self) -> Teams {
        Documents::new(self.clone())
    }

    /// Agents' figures.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats::new(self.clone())
    }

    /// Shifts of agents.
    #[must_use]
    pub fn attendance(&self) -> Shifts {
        Shifts::new(self.clone())
    }

    /// Trunks to carriers.
    #[must_use]
    pub fn trunks(&self) -> Trunks {
        Documents::new(self.clone())
    }

    /// What carriers that want proof know us by.
    #[must_use]
    pub fn trunk_secrets(&self) -> TrunkSecrets {
        TrunkSecrets::new(self.clone())
    }

    /// Numbers that may be presented.
    #[must_use]
    pub fn clis(&self) -> Clis {
        Documents::new(self.clone())
    }

    /// Numbers that callers dial.
    #[must_use]
    pub fn dids(&self) -> Dids {
        Documents::new(self.clone())
    }

    /// Inbound queues.
    #[must_use]
    pub fn queues(&self) -> Queues {
        Documents::new(self.clone())
    }

    /// Outbound campaigns.
    #[must_use]
    pub fn campaigns(&self) -> Campaigns {
        Documents::new(self.clone())
    }

    /// Recordings of calls.
    #[must_use]
    pub fn recordings(&self) -> Recordings {
        Recordings::new(self.clone())
    }

    /// Messages that callers left.
    #[must_use]
    pub fn voicemails(&self) -> Voicemails {
        Voicemails::new(self.clone())
    }

    /// What pacers have learnt.
    #[must_use]
    pub fn pacer_memories(&self) -> PacerMemories {
        PacerMemories::new(self.clone())
    }

    /// Lists of leads.
    #[must_use]
    pub fn lists(&self) -> Lists {
        Documents::new(self.clone())
    }

    /// Reasons that an agent may give for a pause.
    #[must_use]
    pub fn pause_reasons(&self) -> PauseReasons {
        Documents::new(self.clone())
    }

    /// Leads.
    #[must_use]
    pub fn leads(&self) -> Leads {
        Leads::new(self.clone())
    }

    /// Numbers that nobody may dial.
    #[must_use]
    pub fn dnc(&self) -> DncEntries {
        DncEntries::new(self.clone())
    }

    /// Do-not-call registers that others keep.
    #[must_use]
    pub fn registers(&self) -> Registers {
        Documents::new(self.clone())
    }

    /// The numbers of those registers.
    #[must_use]
    pub fn register_numbers(&self) -> RegisterNumbers {
        RegisterNumbers::new(self.clone())
    }

    /// Legal profiles.
    #[must_use]
    pub fn profiles(&self) -> Profiles {
        Documents::new(self.clone())
    }

    /// People who log in.
    #[must_use]
    pub fn users(&self) -> Users {
        Users::new(self.clone())
    }

    /// What the organisation asks of those who sign in.
    #[must_use]
    pub fn security_policy(&self) -> SecurityPolicies {
        SecurityPolicies::new(self.clone())
    }

    /// What authenticator apps share with us.
    #[must_use]
    pub fn totp(&self) -> TotpSecrets {
        TotpSecrets::new(self.clone())
    }

    /// Roles of the organisation's own.
    #[must_use]
    pub fn roles(&self) -> Roles {
        Documents::new(self.clone())
    }

    /// Logins that are alive.
    #[must_use]
    pub fn sessions(&self) -> Sessions {
        Sessions::new(self.clone())
    }

    /// Who changed what.
    #[must_use]
    pub fn audit(&self) -> AuditLog {
        AuditLog::new(self.clone())
    }

    /// What programs prove themselves with.
    #[must_use]
    pub fn api_tokens(&self) -> ApiTokens {
        ApiTokens::new(self.clone())
    }

    /// Promises to call somebody back.
    #[must_use]
    pub fn callbacks(&self) -> Callbacks {
        Callbacks::new(self.clone())
    }

    /// Records of calls.
    #[must_use]
    pub fn calls(&self) -> Calls {
        Calls::new(self.clone())
    }

    /// Records of attempts and their permits.
    #[must_use]
    pub fn attempts(&self) -> Attempts {
        Attempts::new(self.clone())
    }

    /// Records of agents' time.
    #[must_use]
    pub fn intervals(&self) -> Intervals {
        Intervals::new(self.clone())
    }

    /// Connections to read from.
    pub(crate) fn readers(&self) -> &SqlitePool {
        &self.readers
    }

    /// A transaction that writes; the next one waits until it ends.
    pub(crate) async fn begin(&self) -> Result<Writing, Error> {
        // IMMEDIATE: a transaction that reads first and finds the file written to since would fail
        // at its first write, and no waiting could help it.
        Ok(Writing::begun(self.writer.begin_with("BEGIN IMMEDIATE").await?))
    }
}

/// What statements of a transaction run on.
pub(crate) type Connection = SqliteConnection;
