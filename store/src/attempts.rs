//! Attempts and permits as records: who was dialled, when, by whose leave, and how it ended.

use dialer::abandon::Counts;
use dialer::cli_health::{Past, SHORT};
use dialer::confusion::{Confusion, Met};
use dialer::permit::Evidence;
use dialer::{Answerer, AttemptId, LeadId, ListId, Outcome, PermitRecord};
use jiff::Timestamp;
use routing::{CallId, CampaignId, Number, TrunkId};
use serde::Serialize;
use uuid::Uuid;

use crate::database::Store;
use crate::error::Error;
use crate::page::{self, Cursor, Page};
use crate::reach::{Whose, Within};
use crate::row::{self, Row};
use crate::sql;

/// One INVITE to one number of one lead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AttemptRecord {
    /// Its identity.
    pub id: AttemptId,
    /// The call it became.
    pub call: CallId,
    /// Who was dialled.
    pub lead: LeadId,
    /// For which campaign.
    pub campaign: CampaignId,
    /// The list the lead was on.
    pub list: ListId,
    /// The number dialled.
    pub number: Number,
    /// The number shown.
    pub cli: Number,
    /// Over which trunk.
    pub trunk: TrunkId,
    /// When it was permitted.
    pub permitted_at: Timestamp,
    /// When it ended; none while it lives.
    pub ended_at: Option<Timestamp>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// Whether it counted against the lead's cap.
    pub counted: Option<bool>,
    /// The final SIP response.
    pub sip: Option<u16>,
    /// The Q.850 cause.
    pub q850: Option<u8>,
    /// Who or what answered, where somebody listened.
    pub answerer: Option<Answerer>,
    /// The sentence that explains it.
    pub answerer_why: Option<String>,
    /// From the answer to that verdict, in ms.
    pub judged_ms: Option<u32>,
    /// A machine by that verdict, and connected to an agent all the same, to know better.
    pub audited: bool,
    /// A machine was left the campaign's message.
    pub message_left: bool,
}

/// What to search for; every field that is given must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttemptQuery {
    /// Of this campaign.
    pub campaign: Option<CampaignId>,
    /// Of this lead.
    pub lead: Option<LeadId>,
    /// At this number.
    pub number: Option<Number>,
    /// With this outcome.
    pub outcome: Option<Outcome>,
    /// Permitted at or after this.
    pub from: Option<Timestamp>,
    /// Permitted before this.
    pub to: Option<Timestamp>,
    /// Where the page before ended.
    pub after: Option<Cursor>,
    /// Rows on the page.
    pub limit: Option<u32>,
    /// Of these only; all when none.
    pub within: Option<Within>,
}

/// The repository of attempts.
#[derive(Clone, Debug)]
pub struct Attempts {
    store: Store,
}

impl Attempts {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// The one with this identity.
    pub async fn find(&self, id: AttemptId) -> Result<AttemptRecord, Error> {
        sql::query("SELECT * FROM attempt WHERE id = $1")
            .bind(Uuid::from(id))
            .fetch_optional(self.store.readers())
            .await?
            .as_ref()
            .map_or(Err(Error::NotFound("attempt")), attempt)
    }

    /// A page of them, the newest first.
    pub async fn list(&self, query: &AttemptQuery) -> Result<Page<AttemptRecord>, Error> {
        let limit = page::limit(query.limit);
        let mut sql = sql::Builder::new("SELECT * FROM attempt WHERE 1 = 1");
        if let Some(campaign) = query.campaign {
            sql.push(" AND campaign = ").push_bind(Uuid::from(campaign));
        }
        if let Some(lead) = query.lead {
            sql.push(" AND lead = ").push_bind(Uuid::from(lead));
        }
        if let Some(number) = query.number {
            sql.push(" AND number = ").push_bind(number.to_string());
        }
        if let Some(outcome) = query.outcome {
            sql.push(" AND outcome = ").push_bind(outcome.as_str());
        }
        if let Some(within) = query.within {
            within.narrow(&mut sql, Whose::both(AGENT_OF_ATTEMPT, "attempt.campaign"));
        }
        let order = ("permitted_at", "id");
        page::newest_first(&mut sql, order, query.from, query.to, query.after, limit);
        let rows = sql.build().fetch_all(self.store.readers()).await?;
        let found = rows.iter().map(attempt).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::of(found, limit, |found: &AttemptRecord| {
            Cursor::by_time(found.permitted_at, found.id)
        }))
    }

    /// Attempts that have not ended, the oldest first.
    pub async fn live(&self) -> Result<Vec<AttemptRecord>, Error> {
        let rows =
            sql::query("SELECT * FROM attempt WHERE ended_at IS NULL ORDER BY permitted_at, id")
                .fetch_all(self.store.readers())
                .await?;
        rows.iter().map(attempt).collect()
    }

    /// What became of answered calls that a campaign dialled, by the minute since `from`: what the
    /// abandon ledger is restored from. Those that agents made are in none of its sums.
    pub async fn answered(
        &self,
        campaign: CampaignId,
        from: Timestamp,
    ) -> Result<Vec<(Timestamp, Counts)>, Error> {
        let rows = sql::query(
            "SELECT ended_at / 60000000 * 60000000 AS minute, outcome, count(*) AS calls \
             FROM attempt WHERE campaign = $1 AND permitted_at >= $2 AND own = 0 AND outcome IN \
             ('connected', 'abandoned', 'machine') GROUP BY 1, 2 ORDER BY 1, 2",
        )
        .bind(Uuid::from(campaign))
        .bind(from.as_microsecond())
        .fetch_all(self.store.readers())
        .await?;
        let mut found = rows.iter().map(answered).collect::<Result<Vec<_>, _>>()?;
        found.extend(self.machines_met(campaign, from).await?);
        Ok(found)
    }

    /// Calls that agents say they met a machine in, by the minute.
    async fn machines_met(
        &self,
        campaign: CampaignId,
        from: Timestamp,
    ) -> Result<Vec<(Timestamp, Counts)>, Error> {
        let rows = sql::query(
            "SELECT at / 60000000 * 60000000 AS minute, count(*) AS calls FROM disposition \
             WHERE campaign = $1 AND at >= $2 AND machine = 1 AND lead IS NOT NULL \
             AND NOT EXISTS (SELECT 1 FROM call JOIN attempt ON attempt.id = call.attempt \
             WHERE call.id = disposition.call AND attempt.own = 1) GROUP BY 1 ORDER BY 1",
        )
        .bind(Uuid::from(campaign))
        .bind(from.as_microsecond())
        .fetch_all(self.store.readers())
        .await?;
        let met = |row: &Row| {
            let counts = Counts { machines_met: row.count("calls")?, ..Counts::default() };
            Ok((row.time("minute")?, counts))
        };
        rows.iter().map(met).collect()
    }

    /// What was heard of who answered a campaign's calls, and what agents met or reviewers heard,
    /// of attempts permitted from `from` on and before `to`.
    pub async fn confusion(
        &self,
        campaign: CampaignId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Confusion, Error> {
        let rows = sql::query(CONFUSION)
            .bind(Uuid::from(campaign))
            .bind(from.as_microsecond())
            .bind(to.as_microsecond())
            .fetch_all(self.store.readers())
            .await?;
        let mut confusion = Confusion::default();
        for row in &rows {
            let met = Met {
                calls: row.count("calls")?,
                people: row.count("people")?,
                machines: row.count("machines")?,
                reviewed: row.count("reviewed")?,
            };
            match row.parsed("answerer")? {
                Answerer::Person => confusion.person = met,
                Answerer::Machine => confusion.machine = met,
                Answerer::Uncertain => confusion.uncertain = met,
            }
        }
        Ok(confusion)
    }

    /// How every number fared that calls have shown since `from`; `today` is when the day began.
    pub async fn shown(
        &self,
        from: Timestamp,
        today: Timestamp,
    ) -> Result<Vec<(Number, Past)>, Error> {
        let rows = sql::query(SHOWN)
            .bind(from.as_microsecond())
            .bind(today.as_microsecond())
            .bind(i64::try_from(SHORT.as_millis()).unwrap_or(i64::MAX))
            .fetch_all(self.store.readers())
            .await?;
        rows.iter().map(shown).collect()
    }

    /// Permits in the order of their chain, from place `from` on: what an auditor is given.
    pub async fn permits(&self, from: u64, limit: u32) -> Result<Vec<PermitRecord>, Error> {
        let rows = sql::query("SELECT * FROM permit WHERE place >= $1 ORDER BY place LIMIT $2")
            .bind(row::signed(from))
            .bind(i64::from(limit))
            .fetch_all(self.store.readers())
            .await?;
        rows.iter().map(permit).collect()
    }

    /// The permit of one attempt.
    pub async fn permit(&self, id: AttemptId) -> Result<PermitRecord, Error> {
        sql::query("SELECT * FROM permit WHERE attempt = $1")
            .bind(Uuid::from(id))
            .fetch_optional(self.store.readers())
            .await?
            .as_ref()
            .map_or(Err(Error::NotFound("permit")), permit)
    }
}

/// Who spoke in the attempt's call.
const AGENT_OF_ATTEMPT: &str = "(SELECT agent FROM call WHERE call.id = attempt.call)";

/// What the last agent of a call declared is the truth about it, else what a reviewer heard.
const CONFUSION: &str = "SELECT answerer, count(*) AS calls, \
    count(*) FILTER (WHERE met = 0 OR met IS NULL AND heard = 'person') AS people, \
    count(*) FILTER (WHERE met = 1 OR met IS NULL AND heard = 'machine') AS machines, \
    count(*) FILTER (WHERE met IS NULL AND heard IN ('person', 'machine')) AS reviewed \
    FROM (SELECT attempt.answerer AS answerer, verdict.met AS heard, met.machine AS met \
    FROM attempt LEFT JOIN disposition AS met ON met.call = attempt.call AND met.seq = \
    (SELECT max(later.seq) FROM disposition AS later WHERE later.call = attempt.call) \
    LEFT JOIN verdict ON verdict.attempt = attempt.id \
    WHERE attempt.campaign = $1 AND attempt.permitted_at >= $2 AND attempt.permitted_at < $3 \
    AND attempt.answerer IS NOT NULL) AS judged GROUP BY answerer ORDER BY answerer";

const SHOWN: &str = "SELECT cli, count(*) FILTER (WHERE permitted_at >= $2) AS today, \
    count(*) FILTER (WHERE told) AS calls, count(*) FILTER (WHERE told AND answered) AS answered, \
    count(*) FILTER (WHERE told AND answered AND talk_ms < $3) AS short, \
    count(*) FILTER (WHERE outcome = 'blocked') AS blocked \
    FROM (SELECT attempt.cli, attempt.permitted_at, attempt.outcome, call.talk_ms, \
    attempt.outcome IN ('connected', 'abandoned', 'hung_up', 'delivered', 'machine') AS answered, \
    attempt.outcome IN ('connected', 'abandoned', 'hung_up', 'delivered', 'machine', 'busy', \
    'no_answer', 'refused', 'blocked') AS told \
    FROM attempt LEFT JOIN call ON call.id = attempt.call \
    WHERE attempt.permitted_at >= $1 AND attempt.outcome IS NOT NULL) AS shown \
    GROUP BY cli ORDER BY cli";

fn shown(row: &Row) -> Result<(Number, Past), Error> {
    let past = Past {
        today: row.count("today")?,
        calls: row.count("calls")?,
        answered: row.count("answered")?,
        short: row.count("short")?,
        blocked: row.count("blocked")?,
    };
    Ok((row.parsed("cli")?, past))
}

fn attempt(row: &Row) -> Result<AttemptRecord, Error> {
    Ok(AttemptRecord {
        id: row.id("id")?,
        call: row.id("call")?,
        lead: row.id("lead")?,
        campaign: row.id("campaign")?,
        list: row.id("list")?,
        number: row.parsed("number")?,
        cli: row.parsed("cli")?,
        trunk: row.id("trunk")?,
        permitted_at: row.time("permitted_at")?,
        ended_at: row.time_maybe("ended_at")?,
        outcome: row.parsed_maybe("outcome")?,
        counted: row.count_maybe::<u8>("counted")?.map(|counted| counted != 0),
        sip: row.count_maybe("sip")?,
        q850: row.count_maybe("q850")?,
        answerer: row.parsed_maybe("answerer")?,
        answerer_why: row.column("answerer_why")?,
        judged_ms: row.count_maybe("judged_ms")?,
        audited: row.flag("audited")?,
        message_left: row.flag("message_left")?,
    })
}

fn answered(row: &Row) -> Result<(Timestamp, Counts), Error> {
    let calls: u32 = row.count("calls")?;
    let none = Counts::default();
    let counts = match row.parsed("outcome")? {
        Outcome::Connected => Counts { connected: calls, ..none },
        Outcome::Abandoned => Counts { abandoned: calls, ..none },
        Outcome::Machine => Counts { machines: calls, ..none },
        _ => none,
    };
    Ok((row.time("minute")?, counts))
}

fn permit(row: &Row) -> Result<PermitRecord, Error> {
    let evidence: Evidence = row.json("evidence")?;
    let hash: &[u8] = row.column("hash")?;
    let hash =
        hash.try_into().map_err(|_| Error::unreadable("permit", "a hash of wrong length"))?;
    Ok(PermitRecord { evidence, hash: dialer::permit::Hash::from_bytes(hash) })
}
