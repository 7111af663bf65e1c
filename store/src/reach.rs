//! Whose objects somebody may see: the scope of a permission as a condition of SQL.
//!
//! | scope | of an agent's object | of a campaign's object |
//! | --- | --- | --- |
//! | own | the user's agent | nothing |
//! | team | the agent's profile names one of the user's teams | nothing |
//! | unit | the same, or the agent's latest shift was for one of them | nothing |
//! | campaign | the agent's profile names one of the user's campaigns | it is one of them |
//!
//! A call belongs to both: its campaign counts for that scope, its agent for the others. The rows
//! of `link` are asked, so a changed team or assignment is in force with the next statement.

use dialer::{AttemptId, CallbackId};
use routing::{AgentId, CallId, CampaignId, RecordingId};
use uuid::Uuid;

use crate::database::Store;
use crate::error::Error;
use crate::sql;
use crate::users::UserId;

/// Whose objects may be seen, where not all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Within {
    /// Those of one agent; of nobody where there is none.
    Own(Option<AgentId>),
    /// Those of agents in the user's teams.
    Team(UserId),
    /// And of agents who were last at work for those teams.
    Unit(UserId),
    /// Those of the user's campaigns.
    Campaign(UserId),
}

/// One object that somebody asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Object {
    /// An agent.
    Agent(AgentId),
    /// A campaign.
    Campaign(CampaignId),
    /// A call.
    Call(CallId),
    /// An attempt.
    Attempt(AttemptId),
    /// A recording.
    Recording(RecordingId),
    /// A callback.
    Callback(CallbackId),
}

/// Which columns of a statement tell whose a row is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Whose {
    /// The agent's.
    pub(crate) agent: Option<&'static str>,
    /// The campaign's.
    pub(crate) campaign: Option<&'static str>,
}

impl Whose {
    pub(crate) const fn agents(agent: &'static str) -> Self {
        Self { agent: Some(agent), campaign: None }
    }

    pub(crate) const fn campaigns(campaign: &'static str) -> Self {
        Self { agent: None, campaign: Some(campaign) }
    }

    pub(crate) const fn both(agent: &'static str, campaign: &'static str) -> Self {
        Self { agent: Some(agent), campaign: Some(campaign) }
    }
}

/// Whose the documents of a table are; of nobody where it is neither of these.
pub(crate) fn of_table(table: &str) -> Whose {
    match table {
        "agent" => Whose::agents("agent.id"),
        "campaign" => Whose::campaigns("campaign.id"),
        _ => Whose { agent: None, campaign: None },
    }
}

impl Within {
    /// Narrows a statement, which must have a `WHERE` already.
    pub(crate) fn narrow(self, sql: &mut sql::Builder, whose: Whose) {
        match (self, whose.agent, whose.campaign) {
            (Self::Campaign(user), _, Some(campaign)) => {
                sql.push(format!(" AND {campaign} IN ("));
                mine(sql, "campaign", user);
                sql.push(")");
            }
            (Self::Campaign(user), Some(agent), None) => members(sql, agent, "campaign", user),
            (Self::Team(user), Some(agent), _) => members(sql, agent, "team", user),
            (Self::Unit(user), Some(agent), _) => {
                sql.push(format!(" AND {agent} IN (SELECT came.agent FROM agent_clock AS came "));
                sql.push("WHERE came.seq = (SELECT max(seq) FROM agent_clock AS last ");
                sql.push("WHERE last.agent = came.agent AND last.clocked_in = 1) ");
                sql.push("AND came.unit IN (");
                mine(sql, "team", user);
                sql.push(
                    ") UNION SELECT owner FROM link WHERE owner_table = 'agent' AND team IN (",
                );
                mine(sql, "team", user);
                sql.push("))");
            }
            (Self::Own(Some(own)), Some(agent), _) => {
                sql.push(format!(" AND {agent} = ")).push_bind(Uuid::from(own));
            }
            _ => {
                sql.push(" AND 0 = 1");
            }
        }
    }
}

/// Rows of agents whose profiles name something of the user's.
fn members(sql: &mut sql::Builder, agent: &str, what: &str, user: UserId) {
    sql.push(format!(" AND {agent} IN (SELECT owner FROM link WHERE owner_table = 'agent' "));
    sql.push(format!("AND {what} IN ("));
    mine(sql, what, user);
    sql.push("))");
}

/// What is assigned to the user.
fn mine(sql: &mut sql::Builder, what: &str, user: UserId) {
    sql.push(format!("SELECT {what} FROM link WHERE {what} IS NOT NULL AND owner = "));
    sql.push_bind(Uuid::from(user));
}

impl Store {
    /// Whether an object is there and within reach.
    pub async fn reaches(&self, within: Within, object: Object) -> Result<bool, Error> {
        let (from, whose, id) = object.place();
        let mut sql = sql::Builder::new(from);
        sql.push_bind(id);
        within.narrow(&mut sql, whose);
        sql.push(" LIMIT 1");
        Ok(sql.build().fetch_optional(self.readers()).await?.is_some())
    }
}

impl Object {
    fn place(self) -> (&'static str, Whose, Uuid) {
        match self {
            Self::Agent(id) => {
                ("SELECT 1 FROM agent WHERE agent.id = ", Whose::agents("agent.id"), id.into())
            }
            Self::Campaign(id) => {
                let whose = Whose::campaigns("campaign.id");
                ("SELECT 1 FROM campaign WHERE campaign.id = ", whose, id.into())
            }
            Self::Call(id) => (
                "SELECT 1 FROM call WHERE call.id = ",
                Whose::both("call.agent", "call.campaign"),
                id.into(),
            ),
            Self::Attempt(id) => (
                "SELECT 1 FROM attempt LEFT JOIN call ON call.id = attempt.call \
                 WHERE attempt.id = ",
                Whose::both("call.agent", "attempt.campaign"),
                id.into(),
            ),
            Self::Recording(id) => (
                "SELECT 1 FROM recording LEFT JOIN call ON call.id = recording.call \
                 WHERE recording.id = ",
                Whose::both("recording.agent", "call.campaign"),
                id.into(),
            ),
            Self::Callback(id) => (
                "SELECT 1 FROM callback WHERE callback.id = ",
                Whose::both("callback.owner", "callback.campaign"),
                id.into(),
            ),
        }
    }
}
