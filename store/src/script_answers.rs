//! What was answered in which call: written while it is talked in, and kept with its record.
//!
//! A call keeps the version of the script that it began with. Answers are added one by one: what
//! one window of the desk sends takes away nothing that another has sent.

use jiff::Timestamp;
use routing::scripts::Answers;
use routing::{AgentId, CallId, Script, ScriptId};
use uuid::Uuid;

use crate::database::Store;
use crate::error::Error;
use crate::row::{self, Row};
use crate::sql;

/// What was answered in a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallAnswers {
    /// The call.
    pub call: CallId,
    /// The script that asked.
    pub script: ScriptId,
    /// And which version of it.
    pub version: u64,
    /// Who asked last.
    pub agent: AgentId,
    /// The page that they were at.
    pub page: String,
    /// By question.
    pub answers: Answers,
    /// The way that they make ends.
    pub complete: bool,
    /// When one was last written.
    pub updated_at: Timestamp,
}

/// Some answers that an agent gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// In this call.
    pub call: CallId,
    /// By whom.
    pub agent: AgentId,
    /// The page that they are at now.
    pub page: String,
    /// What they answer; what is left out stays as it is.
    pub answers: Answers,
}

/// The repository of answers.
#[derive(Clone, Debug)]
pub struct ScriptAnswers {
    store: Store,
}

impl ScriptAnswers {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// What was answered in a call; none where nothing was.
    pub async fn find(&self, call: CallId) -> Result<Option<CallAnswers>, Error> {
        let row = sql::query("SELECT * FROM script_answers WHERE call = $1")
            .bind(Uuid::from(call))
            .fetch_optional(self.store.readers())
            .await?;
        row.as_ref().map(record).transpose()
    }

    /// Adds answers to those of a call, and says whether they are complete by this script.
    ///
    /// `script` is of the version that the call began with, where it has answers already.
    pub async fn add(
        &self,
        given: Given,
        (script, version): (&Script, u64),
        now: Timestamp,
    ) -> Result<CallAnswers, Error> {
        let mut writing = self.store.begin().await?;
        let found = sql::query("SELECT * FROM script_answers WHERE call = $1")
            .bind(Uuid::from(given.call))
            .fetch_optional(&mut *writing)
            .await?;
        let mut answers = match &found {
            Some(row) => record(row)?.answers,
            None => Answers::new(),
        };
        answers.extend(given.answers);
        answers.retain(|_, answer| !answer.is_empty());
        let complete = script.walk(&answers).ended;
        let kept = CallAnswers {
            call: given.call,
            script: script.id,
            version,
            agent: given.agent,
            page: given.page,
            answers,
            complete,
            updated_at: row::whole(now),
        };
        sql::query(
            "INSERT INTO script_answers \
             (call, script, version, agent, page, answers, complete, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (call) DO UPDATE SET \
             script = excluded.script, version = excluded.version, agent = excluded.agent, \
             page = excluded.page, answers = excluded.answers, complete = excluded.complete, \
             updated_at = excluded.updated_at",
        )
        .bind(Uuid::from(kept.call))
        .bind(Uuid::from(kept.script))
        .bind(row::signed(kept.version))
        .bind(Uuid::from(kept.agent))
        .bind(&kept.page)
        .bind(row::json("script_answers", &kept.answers)?)
        .bind(i64::from(kept.complete))
        .bind(kept.updated_at.as_microsecond())
        .execute(&mut *writing)
        .await?;
        writing.commit().await?;
        Ok(kept)
    }
}

fn record(row: &Row) -> Result<CallAnswers, Error> {
    Ok(CallAnswers {
        call: row.id("call")?,
        script: row.id("script")?,
        version: row.count("version")?,
        agent: row.id("agent")?,
        page: row.column("page")?,
        answers: row.json("answers")?,
        complete: row.column::<i64>("complete")? != 0,
        updated_at: row.time("updated_at")?,
    })
}
