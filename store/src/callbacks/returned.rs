//! Customers who called and met nobody (R97): all of them for supervisors, and for an agent those
//! who are the agent's to call back.
//!
//! A caller is the agent's where one of the agent's campaigns has dialled that number before, where
//! they waited in a queue of the agent's, or where they dialled the agent's own number. Whoever
//! spoke to the number since, in whichever direction, has answered the call.

use dialer::{LeadId, Outcome};
use jiff::Timestamp;
use routing::{AgentId, CallId, CampaignId, QueueId};
use serde::Serialize;
use uuid::Uuid;

use super::Callbacks;
use crate::error::Error;
use crate::page::{self, Cursor, Page};
use crate::row::Row;
use crate::sql;

/// A customer who called and met nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReturnedCall {
    /// The call.
    pub call: CallId,
    /// Who called.
    pub calling: String,
    /// When.
    pub started_at: Timestamp,
    /// The queue it waited in.
    pub queue: Option<QueueId>,
    /// The lead with that number who was dialled last; none when no list knows it.
    pub lead: Option<LeadId>,
    /// The agent who last spoke to that number.
    pub agent: Option<AgentId>,
}

/// A customer who called and met nobody, as an agent who may call back sees them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MissedCaller {
    /// Their latest call.
    pub call: CallId,
    /// Their number, in E.164.
    pub calling: String,
    /// When they called.
    pub started_at: Timestamp,
    /// The name of the queue that they waited in.
    pub queue: Option<String>,
    /// Why they may have called: how a campaign of the agent's last dialled them before.
    pub dialled: Option<Dialled>,
    /// When somebody last tried to call them back, and met nobody.
    pub tried_at: Option<Timestamp>,
}

/// How a campaign dialled a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dialled {
    /// The campaign.
    pub campaign: CampaignId,
    /// Its name; none when it is deleted.
    pub campaign_name: Option<String>,
    /// First and last name of the lead; empty when neither is known.
    pub name: String,
    /// When.
    pub at: Timestamp,
    /// What came of it; none while it is not over.
    pub outcome: Option<Outcome>,
}

/// Which of an agent's missed callers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MissedQuery {
    /// Who called at or after this.
    pub from: Option<Timestamp>,
    /// Where the page before ended.
    pub after: Option<Cursor>,
    /// Rows on the page.
    pub limit: Option<u32>,
}

impl Callbacks {
    /// Callers whom nobody answered and who have met nobody since, the newest first.
    pub async fn returned(
        &self,
        from: Option<Timestamp>,
        after: Option<Cursor>,
        limit: Option<u32>,
    ) -> Result<Page<ReturnedCall>, Error> {
        let limit = page::limit(limit);
        let mut sql = sql::Builder::new(RETURNED);
        sql.push(UNMET);
        page::newest_first(&mut sql, ORDER, from, None, after, limit);
        let rows = sql.build().fetch_all(self.store.readers()).await?;
        let found = rows.iter().map(returned).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::of(found, limit, |call: &ReturnedCall| {
            Cursor::by_time(call.started_at, call.call)
        }))
    }

    /// Those of them who are this agent's to call back, each once, the newest first.
    ///
    /// Whoever withheld their number, calls again at this moment, or kept their place in line and
    /// is called from there is not among them.
    pub async fn missed_by(
        &self,
        agent: AgentId,
        query: MissedQuery,
    ) -> Result<Page<MissedCaller>, Error> {
        let limit = page::limit(query.limit);
        let mut sql = sql::Builder::new("");
        missed_by(&mut sql, agent);
        page::newest_first(&mut sql, ORDER, query.from, None, query.after, limit);
        let rows = sql.build().fetch_all(self.store.readers()).await?;
        let found = rows.iter().map(missed).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::of(found, limit, |call: &MissedCaller| {
            Cursor::by_time(call.started_at, call.call)
        }))
    }
}

fn missed_by(sql: &mut sql::Builder, agent: AgentId) {
    let mine = |sql: &mut sql::Builder, what: &str| {
        sql.push(format!("(SELECT {what} FROM link WHERE {what} IS NOT NULL AND owner = "));
        sql.push_bind(Uuid::from(agent)).push(")");
    };
    sql.push(MISSED);
    mine(sql, "campaign");
    sql.push(MISSED_LEAD).push(UNMET).push(ONCE).push(" AND (dialled.id IS NOT NULL");
    sql.push(" OR call.queue IN ");
    mine(sql, "queue");
    sql.push(" OR call.did IN (SELECT owner FROM link WHERE owner_table = 'did' ");
    sql.push("AND field = 'target.agent' AND agent = ").push_bind(Uuid::from(agent));
    sql.push("))");
}

const ORDER: (&str, &str) = ("call.started_at", "call.id");

const RETURNED: &str = "SELECT id, calling, started_at, queue, \
    (SELECT lead FROM attempt WHERE attempt.number = call.calling \
    ORDER BY permitted_at DESC LIMIT 1) AS lead, \
    (SELECT spoke.agent FROM call AS spoke JOIN attempt ON attempt.call = spoke.id \
    WHERE attempt.number = call.calling AND spoke.agent IS NOT NULL \
    ORDER BY spoke.started_at DESC LIMIT 1) AS agent \
    FROM call";

/// Up to the campaigns that may have dialled.
const MISSED: &str = "SELECT call.id, call.calling, call.started_at, queue.name AS queue_name, \
    dialled.campaign, campaign.name AS campaign_name, dialled.permitted_at, dialled.outcome, \
    lead.first_name, lead.last_name, \
    (SELECT max(permitted_at) FROM attempt WHERE attempt.number = call.calling \
    AND attempt.permitted_at > call.started_at) AS tried_at \
    FROM call LEFT JOIN attempt AS dialled ON dialled.id = \
    (SELECT id FROM attempt WHERE attempt.number = call.calling \
    AND attempt.permitted_at < call.started_at AND attempt.campaign IN ";

const MISSED_LEAD: &str = " ORDER BY permitted_at DESC LIMIT 1) \
    LEFT JOIN lead ON lead.id = dialled.lead \
    LEFT JOIN campaign ON campaign.id = dialled.campaign \
    LEFT JOIN queue ON queue.id = call.queue";

/// Nobody answered, and nobody has spoken to them since.
const UNMET: &str = " WHERE call.direction = 'inbound' AND call.connected_at IS NULL \
    AND call.ended_at IS NOT NULL AND call.calling <> 'erased' \
    AND NOT EXISTS (SELECT 1 FROM call AS later WHERE later.direction = 'inbound' \
    AND later.calling = call.calling AND later.started_at > call.started_at \
    AND later.connected_at IS NOT NULL) \
    AND NOT EXISTS (SELECT 1 FROM call AS reached WHERE reached.called = call.calling \
    AND reached.connected_at IS NOT NULL AND reached.started_at > call.started_at)";

/// Their latest call only, from a number that can be dialled, and nobody else sees to them.
const ONCE: &str = " AND call.calling LIKE '+%' \
    AND NOT EXISTS (SELECT 1 FROM call AS again WHERE again.direction = 'inbound' \
    AND again.calling = call.calling AND again.started_at > call.started_at) \
    AND NOT EXISTS (SELECT 1 FROM kept_place WHERE kept_place.call = call.id \
    AND kept_place.closed_at IS NULL)";

fn returned(row: &Row) -> Result<ReturnedCall, Error> {
    Ok(ReturnedCall {
        call: row.id("id")?,
        calling: row.column("calling")?,
        started_at: row.time("started_at")?,
        queue: row.id_maybe("queue")?,
        lead: row.id_maybe("lead")?,
        agent: row.id_maybe("agent")?,
    })
}

fn missed(row: &Row) -> Result<MissedCaller, Error> {
    let dialled = match row.id_maybe("campaign")? {
        Some(campaign) => Some(Dialled {
            campaign,
            campaign_name: row.column("campaign_name")?,
            name: name(row)?,
            at: row.time("permitted_at")?,
            outcome: row.parsed_maybe("outcome")?,
        }),
        None => None,
    };
    Ok(MissedCaller {
        call: row.id("id")?,
        calling: row.column("calling")?,
        started_at: row.time("started_at")?,
        queue: row.column("queue_name")?,
        dialled,
        tried_at: row.time_maybe("tried_at")?,
    })
}

/// A lead may have been deleted since, and a number dialled by hand is on no list.
fn name(row: &Row) -> Result<String, Error> {
    let (first, last): (Option<String>, Option<String>) =
        (row.column("first_name")?, row.column("last_name")?);
    let name = format!("{} {}", first.unwrap_or_default(), last.unwrap_or_default());
    Ok(name.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{furnished, grace, start};

    /// Every desk asks: the callers are read from the front of their index, and whether one was met
    /// since is found by their number.
    #[tokio::test]
    async fn missed_callers_are_found_without_looking_through_all_calls() {
        let dir = tempfile::tempdir().unwrap();
        let store = furnished(dir.path()).await;
        let mut asked = sql::Builder::new("EXPLAIN QUERY PLAN ");
        missed_by(&mut asked, grace());
        page::newest_first(&mut asked, ORDER, Some(start()), None, None, 50);
        let rows = asked.build().fetch_all(store.readers()).await.unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.column("detail").unwrap()).collect();
        let plan = plan.join("\n");
        for index in ["call_unanswered", "call_from", "call_met", "attempt_number"] {
            assert!(plan.contains(index), "{index}:\n{plan}");
        }
        assert!(!plan.contains("TEMP B-TREE") && !plan.contains("SCAN"), "{plan}");
    }
}
