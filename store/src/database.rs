//! The database: a file or a PostgreSQL server, brought up to date when it is opened.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::{fmt, fs};

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::agents::{Agents, SipSecrets};
use crate::api_tokens::ApiTokens;
use crate::attempts::Attempts;
use crate::attendance::Shifts;
use crate::audit::{AuditLog, Writing};
use crate::backup;
use crate::call_in_pins::CallInPins;
use crate::callbacks::Callbacks;
use crate::calls::Calls;
use crate::campaigns::Campaigns;
use crate::clis::Clis;
use crate::dialect;
use crate::dids::Dids;
use crate::dnc::DncEntries;
use crate::documents::Documents;
use crate::error::Error;
use crate::holds::LegalHolds;
use crate::intervals::Intervals;
use crate::kept_places::KeptPlaces;
use crate::leads::Leads;
use crate::lists::Lists;
use crate::mailed_links::MailedLinks;
use crate::organisation::OrganisationSettings;
use crate::pacing::PacerMemories;
use crate::past::Pasts;
use crate::pause_reasons::PauseReasons;
use crate::persons::Persons;
use crate::phonebook::Phonebook;
use crate::profiles::Profiles;
use crate::prompts::{PromptAudio, Prompts};
use crate::queues::Queues;
use crate::reconcile::Reconcile;
use crate::recordings::Recordings;
use crate::registers::{RegisterNumbers, Registers};
use crate::reports::Reports;
use crate::retention::RetentionRules;
use crate::roles::Roles;
use crate::script_answers::ScriptAnswers;
use crate::scripts::Scripts;
use crate::security::SecurityPolicies;
use crate::sessions::Sessions;
use crate::sign_in::Sources;
use crate::sign_in::provider::ProviderSettings;
use crate::sign_in::subjects::Subjects;
use crate::sql::{Pool, Transaction};
use crate::stats::Stats;
use crate::sweep::Sweep;
use crate::teams::Teams;
use crate::totp::TotpSecrets;
use crate::trunks::{TrunkSecrets, Trunks};
use crate::users::Users;
use crate::verdicts::Verdicts;
use crate::voicemails::Voicemails;
use crate::webhooks::Webhooks;
use crate::webhooks::outbox::Outbox;
use crate::workflows::Workflows;

/// Where a database is.
#[derive(Clone, PartialEq, Eq)]
pub enum Place {
    /// A SQLite file.
    File(PathBuf),
    /// A PostgreSQL server and a database there.
    Server {
        /// `postgres://user@host/name`.
        url: String,
        /// The user's, unless the URL or the environment has it.
        password: Option<String>,
    },
}

impl<P: AsRef<Path>> From<P> for Place {
    fn from(path: P) -> Self {
        Self::File(path.as_ref().to_owned())
    }
}

/// Without what a URL may hold before the host.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Server { url, .. } => {
                // What follows the question mark may be a password as well.
                let place = url.split('?').next().unwrap_or_default();
                let place = place.rsplit_once('@').map_or("", |(_, place)| place);
                write!(f, "postgres://{place}")
            }
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The open database; a clone is another handle on the same connections.
///
/// Each resource has its repository: `store.agents().find(id)`.
#[derive(Clone, Debug)]
pub struct Store {
    writer: Pool,
    readers: Pool,
    heavy: Arc<Semaphore>,
}

impl Store {
    /// Opens the database, makes the file if it is one, and applies what is missing of the schema;
    /// a copy of the file as it was is put aside first (`backup`).
    ///
    /// Errors: it cannot be reached; it was made by a later version of the schema.
    pub async fn open(place: impl Into<Place>) -> Result<Self, Error> {
        match place.into() {
            Place::File(path) => {
                if let Some(dir) = path.parent() {
                    fs::create_dir_all(dir).map_err(sqlx::Error::Io)?;
                }
                let writer = dialect::file_writer(&path).await?;
                backup::before_migration(&writer, &path).await?;
                dialect::migrate(&writer).await?;
                // Not before: whoever only reads cannot make the file.
                Ok(Self::of(writer, dialect::file_readers(&path).await?))
            }
            Place::Server { url, password } => {
                let options = dialect::server(&url, password.as_deref())?;
                let writer = dialect::server_writer(&options).await?;
                let readers = dialect::server_readers(options).await?;
                dialect::migrate(&writer).await?;
                Ok(Self::of(writer, readers))
            }
        }
    }

    /// Opens the database of another installation or of a running switch, to read from it alone: it
    /// is neither made nor brought up to date.
    pub async fn open_to_read(place: impl Into<Place>) -> Result<Self, Error> {
        let readers = match place.into() {
            Place::File(path) => dialect::file_readers(&path).await?,
            Place::Server { url, password } => {
                let options = dialect::server(&url, password.as_deref())?;
                dialect::server_readers(options).await?
            }
        };
        Ok(Self::only_reading(readers))
    }

    /// A store that nothing can be written to.
    pub(crate) fn only_reading(readers: Pool) -> Self {
        Self::of(readers.clone(), readers)
    }

    fn of(writer: Pool, readers: Pool) -> Self {
        Self { writer, readers, heavy: Arc::new(Semaphore::new(dialect::HEAVY_READERS)) }
    }

    /// Waits for what is being written and closes every connection.
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

    /// Numbers outside, by name.
    #[must_use]
    pub fn phonebook(&self) -> Phonebook {
        Documents::new(self.clone())
    }

    /// Clips of the organisation's own.
    #[must_use]
    pub fn prompts(&self) -> Prompts {
        Documents::new(self.clone())
    }

    /// How those clips sound.
    #[must_use]
    pub fn prompt_audio(&self) -> PromptAudio {
        PromptAudio::new(self.clone())
    }

    /// What leads callers.
    #[must_use]
    pub fn workflows(&self) -> Workflows {
        Documents::new(self.clone())
    }

    /// What agents read and ask.
    #[must_use]
    pub fn scripts(&self) -> Scripts {
        Documents::new(self.clone())
    }

    /// And what was answered.
    #[must_use]
    pub fn script_answers(&self) -> ScriptAnswers {
        ScriptAnswers::new(self.clone())
    }

    /// Agents' figures.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats::new(self.clone())
    }

    /// Figures of a period, and the calls behind each.
    #[must_use]
    pub fn reports(&self) -> Reports {
        Reports::new(self.clone())
    }

    /// Whether the records agree with each other.
    #[must_use]
    pub fn reconcile(&self) -> Reconcile {
        Reconcile::new(self.clone())
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

    /// For how long audio is kept.
    #[must_use]
    pub fn retention_rules(&self) -> RetentionRules {
        Documents::new(self.clone())
    }

    /// What no rule may remove.
    #[must_use]
    pub fn legal_holds(&self) -> LegalHolds {
        Documents::new(self.clone())
    }

    /// What is held about one person.
    #[must_use]
    pub fn persons(&self) -> Persons {
        Persons::new(self.clone())
    }

    /// The removal of what has outlived its rule.
    #[must_use]
    pub fn sweep(&self) -> Sweep {
        Sweep::new(self.clone())
    }

    /// Messages that callers left.
    #[must_use]
    pub fn voicemails(&self) -> Voicemails {
        Voicemails::new(self.clone())
    }

    /// What campaigns' own calls have been like.
    #[must_use]
    pub fn pasts(&self) -> Pasts {
        Pasts::new(self.clone())
    }

    /// Who is told of events.
    #[must_use]
    pub fn webhooks(&self) -> Webhooks {
        Documents::new(self.clone())
    }

    /// What is still to be told, and what was.
    #[must_use]
    pub fn outbox(&self) -> Outbox {
        Outbox::new(self.clone())
    }

    /// Machine verdicts that a reviewer hears.
    #[must_use]
    pub fn verdicts(&self) -> Verdicts {
        Verdicts::new(self.clone())
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

    /// Where users sign in who have no password here.
    #[must_use]
    pub fn provider(&self) -> Sources<ProviderSettings> {
        Sources::new(self.clone())
    }

    /// Which user a provider means by a subject.
    #[must_use]
    pub fn subjects(&self) -> Subjects {
        Subjects::new(self.clone())
    }

    /// What authenticator apps share with us.
    #[must_use]
    pub fn totp(&self) -> TotpSecrets {
        TotpSecrets::new(self.clone())
    }

    /// What agents prove themselves with at an access number.
    #[must_use]
    pub fn call_in_pins(&self) -> CallInPins {
        CallInPins::new(self.clone())
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

    /// Links in letters.
    #[must_use]
    pub fn mailed_links(&self) -> MailedLinks {
        MailedLinks::new(self.clone())
    }

    /// What programs prove themselves with.
    #[must_use]
    pub fn api_tokens(&self) -> ApiTokens {
        ApiTokens::new(self.clone())
    }

    /// Places in line that callers kept.
    #[must_use]
    pub fn kept_places(&self) -> KeptPlaces {
        KeptPlaces::new(self.clone())
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
    pub(crate) fn readers(&self) -> &Pool {
        &self.readers
    }

    /// A turn for a read that may take seconds; it is held as long as that takes.
    ///
    /// Errors: [`Error::Busy`] when none comes within some seconds.
    pub(crate) async fn heavy(&self) -> Result<SemaphorePermit<'_>, Error> {
        let turn = tokio::time::timeout(HEAVY_PATIENCE, self.heavy.acquire()).await;
        turn.ok().and_then(Result::ok).ok_or(Error::Busy)
    }

    /// The connection that writes.
    #[cfg(test)]
    pub(crate) fn writer(&self) -> &Pool {
        &self.writer
    }

    /// A transaction that writes and enters nothing into the audit log.
    pub(crate) async fn begin_unnoted(&self) -> Result<Transaction, Error> {
        Ok(dialect::begin_writing(&self.writer).await?)
    }

    /// A transaction that writes; the next one waits until it ends.
    pub(crate) async fn begin(&self) -> Result<Writing, Error> {
        Ok(Writing::begun(self.begin_unnoted().await?))
    }
}

/// How long a report waits for its turn.
const HEAVY_PATIENCE: Duration = Duration::from_secs(5);
