//! What is held about a person, known by their number: all of it as one document (`collected`), and
//! the way to forget it.
//!
//! Forgetting leaves every record in its place and takes out who it was about: a number, names,
//! fields, notes and audio. So whatever is counted stays as it was counted. What the law asks to be
//! kept stays: the permits, which are the evidence that the person was dialled lawfully, and their
//! do-not-call entries. `docs/retention.md` says what else stays, and why.

mod collected;

use dialer::LeadId;
use dialer::callbacks::Callback;
use jiff::{SignedDuration, Timestamp};
use routing::{Number, RecordingId};
use serde::Serialize;
use uuid::Uuid;

pub use collected::Collected;

use crate::database::Store;
use crate::error::Error;
use crate::holds::{IS_HELD, LEAD_IS_HELD};
use crate::row::{self, Row};
use crate::sql::{self, Connection};
use crate::sweep::{SweptMessage, swept};

/// What was forgotten, and what has to be removed and told yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Forgotten {
    /// Leads without a person now; the lists they are on have to be drawn from anew.
    pub leads: Vec<LeadId>,
    /// Those lists.
    #[serde(skip)]
    pub lists: Vec<Uuid>,
    /// Calls that say no more with whom they were.
    pub calls: u64,
    /// Attempts that say no more at which number.
    pub attempts: u64,
    /// Promises that say no more to whom.
    pub callbacks: u64,
    /// Recordings whose audio is to be removed.
    #[serde(skip)]
    pub recordings: Vec<RecordingId>,
    /// Messages whose audio is to be removed.
    #[serde(skip)]
    pub messages: Vec<SweptMessage>,
    /// Permits that stay as evidence.
    pub permits_kept: u64,
    /// Do-not-call entries that stay.
    pub dnc_kept: u64,
}

/// The repository of what is about one person.
#[derive(Clone, Debug)]
pub struct Persons {
    store: Store,
}

/// Records about one person, by their identities.
#[derive(Clone, Debug, Default)]
struct Traces {
    leads: Vec<Uuid>,
    lists: Vec<Uuid>,
    calls: Vec<Uuid>,
}

impl Persons {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Forgets who it was.
    ///
    /// Errors: [`Error::Held`]; [`Error::Live`] while a call with them goes on;
    /// [`Error::NotFound`] where there is nothing; [`Error::Full`] for more calls than a person
    /// makes. A call that begins while their traces are looked for is forgotten when asked again.
    pub async fn forget(&self, number: Number, now: Timestamp) -> Result<Forgotten, Error> {
        // By a reader: whole tables are looked through, and nobody waits to write meanwhile.
        let traces = {
            let _turn = self.store.heavy().await?;
            let mut reading = self.store.readers().begin().await?;
            Traces::of(&mut reading, number).await?
        };
        if traces.leads.is_empty() && traces.calls.is_empty() {
            return Err(Error::NotFound("person"));
        }
        let mut writing = self.store.begin().await?;
        traces.refuse_if_held(&mut writing, number).await?;
        traces.refuse_if_live(&mut writing, now).await?;
        let mut forgotten = Forgotten {
            leads: traces.leads.iter().map(|id| LeadId::from(*id)).collect(),
            lists: traces.lists.clone(),
            ..Forgotten::default()
        };
        for lead in &traces.leads {
            forget_lead(&mut writing, *lead, now).await?;
        }
        forgotten.callbacks = forget_callbacks(&mut writing, &traces.leads, number).await?;
        traces.untell(&mut writing, number).await?;
        if !traces.calls.is_empty() {
            forget_calls(&mut writing, &traces.calls, now, &mut forgotten).await?;
        }
        sql::query("UPDATE call_step SET note = NULL WHERE step = 'transferred' AND note = $1")
            .bind(number.to_string())
            .execute(&mut *writing)
            .await?;
        let kept = sql::query("SELECT count(*) FROM dnc WHERE number = $1");
        let kept = kept.bind(number.to_string()).fetch_one(&mut *writing).await?;
        forgotten.dnc_kept = row::number(kept.only()?);
        writing.commit().await?;
        Ok(forgotten)
    }
}

impl Traces {
    /// Everything that leads to a number, or to a lead who has it.
    async fn of(connection: &mut Connection, number: Number) -> Result<Self, Error> {
        let number = number.to_string();
        let leads = sql::query(
            "SELECT id, list FROM lead WHERE number = $1 OR other_numbers LIKE $2 ORDER BY id",
        );
        let leads = leads.bind(&number).bind(format!("%\"{number}\"%"));
        let leads = leads.fetch_all(&mut *connection).await?;
        let mut traces = Self::default();
        for row in &leads {
            traces.leads.push(row.column("id")?);
            traces.lists.push(row.column("list")?);
        }
        traces.lists.sort_unstable();
        traces.lists.dedup();
        let calls = sql::query(
            "SELECT id FROM call WHERE (calling = $1 AND direction = 'inbound') \
             OR (called = $1 AND direction <> 'inbound') UNION \
             SELECT call FROM attempt WHERE number = $1 UNION \
             SELECT call FROM attempt WHERE lead IN \
             (SELECT id FROM lead WHERE number = $1 OR other_numbers LIKE $2) LIMIT $3",
        );
        let calls = calls.bind(&number).bind(format!("%\"{number}\"%")).bind(CALLS_MAX + 1);
        let calls = calls.fetch_all(connection).await?;
        if row::signed(calls.len()) > CALLS_MAX {
            return Err(Error::Full { what: "calls of one person", most: CALLS_MAX });
        }
        traces.calls = calls.iter().map(Row::only).collect::<Result<_, _>>()?;
        Ok(traces)
    }

    async fn refuse_if_held(
        &self,
        connection: &mut Connection,
        number: Number,
    ) -> Result<(), Error> {
        let mut sql = sql::Builder::new("SELECT 1 FROM legal_hold WHERE number = ");
        sql.push_bind(number.to_string());
        if !self.leads.is_empty() {
            sql.push(" UNION ALL SELECT 1 FROM lead WHERE id IN ");
            listed(&mut sql, &self.leads);
            sql.push(" AND ").push(LEAD_IS_HELD);
        }
        if !self.calls.is_empty() {
            sql.push(" UNION ALL SELECT 1 FROM call WHERE id IN ");
            listed(&mut sql, &self.calls);
            sql.push(" AND ").push(IS_HELD);
        }
        let held = sql.build().persistent(false).fetch_optional(connection).await?;
        held.map_or(Ok(()), |_| Err(Error::Held))
    }

    /// Takes what webhooks were told, or are still to be told, out of the outbox.
    async fn untell(&self, connection: &mut Connection, number: Number) -> Result<(), Error> {
        let mut sql = sql::Builder::new("DELETE FROM webhook_delivery WHERE ");
        self.told(&mut sql, number);
        sql.build().persistent(false).execute(connection).await?;
        Ok(())
    }

    /// Messages about these calls or leads, or that name the number: a call that went to it, a lead
    /// that was deleted since.
    fn told(&self, sql: &mut sql::Builder, number: Number) {
        in_any(sql, "call", &self.calls);
        sql.push(" OR ");
        in_any(sql, "lead", &self.leads);
        sql.push(" OR body LIKE ").push_bind(format!("%\"{number}\"%"));
    }

    async fn refuse_if_live(
        &self,
        connection: &mut Connection,
        now: Timestamp,
    ) -> Result<(), Error> {
        // Its agent may write about it until wrap-up ends, which is within the hour.
        let writing = now.checked_sub(SignedDuration::from_hours(1)).unwrap_or(now);
        let mut sql = sql::Builder::new(
            "SELECT 1 FROM call WHERE (ended_at IS NULL OR agent IS NOT NULL AND NOT EXISTS \
             (SELECT 1 FROM disposition WHERE disposition.call = call.id) AND ended_at > ",
        );
        sql.push_bind(writing.as_microsecond()).push(") AND ");
        in_any(&mut sql, "id", &self.calls);
        sql.push(" UNION ALL SELECT 1 FROM attempt WHERE ended_at IS NULL AND ");
        in_any(&mut sql, "call", &self.calls);
        let live = sql.build().persistent(false).fetch_optional(connection).await?;
        live.map_or(Ok(()), |_| Err(Error::Live))
    }
}

/// More is nobody's: a number that stands for many, such as an exchange.
const CALLS_MAX: i64 = 10_000;

/// `(…, …)`, of one at least.
fn listed(sql: &mut sql::Builder, ids: &[Uuid]) {
    sql.push("(");
    let mut places = sql.separated(", ");
    for id in ids {
        places.push_bind(*id);
    }
    sql.push(")");
}

/// Whether a column is one of these; of none it is not.
fn in_any(sql: &mut sql::Builder, column: &str, ids: &[Uuid]) {
    if ids.is_empty() {
        sql.push("1 = 0");
    } else {
        sql.push(column).push(" IN ");
        listed(sql, ids);
    }
}

/// A lead whom nobody can dial: their place on the list and in the funnel stays.
async fn forget_lead(connection: &mut Connection, lead: Uuid, now: Timestamp) -> Result<(), Error> {
    let nobody = format!("+999{:012}", lead.as_u128() % 1_000_000_000_000);
    sql::query(
        "UPDATE lead SET number = $2, number_kind = '', other_numbers = '[]', \
         external_id = NULL, first_name = '', last_name = '', fields = '{}', \
         consent = NULL, consent_kind = NULL, \
         consent_level = 0, consent_from = NULL, consent_until = NULL, \
         status = 'do_not_call', next_due_at = 0, version = version + 1, updated_at = $3 \
         WHERE id = $1",
    )
    .bind(lead)
    .bind(nobody)
    .bind(now.as_microsecond())
    .execute(connection)
    .await?;
    Ok(())
}

/// A number of nobody: no country has the code 999.
const NOBODY: &str = "+9990000000";

/// What stands in the record of a call in the place of a number.
pub(crate) const ERASED: &str = "erased";

async fn forget_callbacks(
    connection: &mut Connection,
    leads: &[Uuid],
    number: Number,
) -> Result<u64, Error> {
    let mut sql = sql::Builder::new("SELECT id, callback FROM callback WHERE number = ");
    sql.push_bind(number.to_string()).push(" OR ");
    in_any(&mut sql, "lead", leads);
    let rows = sql.build().persistent(false).fetch_all(&mut *connection).await?;
    for row in &rows {
        let promised: Callback = row.json("callback")?;
        let number = NOBODY.parse().map_err(|cause| Error::unreadable("number", &cause))?;
        let promised = Callback { number, note: String::new(), ..promised };
        sql::query("UPDATE callback SET number = $2, callback = $3 WHERE id = $1")
            .bind(row.column::<Uuid>("id")?)
            .bind(NOBODY)
            .bind(row::json("callback", &promised)?)
            .execute(&mut *connection)
            .await?;
    }
    Ok(u64::try_from(rows.len()).unwrap_or(u64::MAX))
}

async fn forget_calls(
    connection: &mut Connection,
    calls: &[Uuid],
    now: Timestamp,
    forgotten: &mut Forgotten,
) -> Result<(), Error> {
    let set = async |connection: &mut Connection, table: &str, set: &str, column: &str| {
        let mut sql = sql::Builder::new(format!("UPDATE {table} SET {set} WHERE {column} IN "));
        listed(&mut sql, calls);
        sql.build().persistent(false).execute(connection).await
    };
    let numbers = format!(
        "calling = CASE WHEN direction = 'inbound' THEN '{ERASED}' ELSE calling END, \
         called = CASE WHEN direction = 'outbound' THEN '{ERASED}' ELSE called END"
    );
    forgotten.calls = set(connection, "call", &numbers, "id").await?;
    let number = format!("number = '{NOBODY}'");
    forgotten.attempts = set(connection, "attempt", &number, "call").await?;
    set(connection, "kept_place", &number, "call").await?;
    set(connection, "disposition", "notes = ''", "call").await?;
    set(connection, "call_step", "note = NULL", "call").await?;
    // The page too: on a branch it is an answer itself.
    set(connection, "script_answers", "answers = '{}', page = ''", "call").await?;
    let removed = async |connection: &mut Connection, table: &str, columns: &str| {
        let mut sql = sql::Builder::new(format!("UPDATE {table} SET removed_at = "));
        sql.push_bind(now.as_microsecond()).push(" WHERE removed_at IS NULL AND call IN ");
        listed(&mut sql, calls);
        sql.push(format!(" RETURNING {columns}"));
        sql.build().persistent(false).fetch_all(connection).await
    };
    let recordings = removed(connection, "recording", "id").await?;
    let verdicts = removed(connection, "verdict", "id").await?;
    let heard = recordings.iter().chain(&verdicts);
    forgotten.recordings = heard.map(|row| row.id("id")).collect::<Result<_, _>>()?;
    let messages = removed(connection, "voicemail", "id, agent, queue, heard_at").await?;
    forgotten.messages = messages.iter().map(swept).collect::<Result<_, _>>()?;
    let mut sql = sql::Builder::new(
        "SELECT count(*) FROM permit JOIN attempt ON attempt.id = permit.attempt \
         WHERE attempt.call IN ",
    );
    listed(&mut sql, calls);
    let kept = sql.build().persistent(false).fetch_one(connection).await?;
    forgotten.permits_kept = row::number(kept.only()?);
    Ok(())
}
