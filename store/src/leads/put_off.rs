//! Leads that the gate of a campaign would not let pass yet, each until a moment and for that
//! campaign alone: its hours, its consent, its rests are not another's that dials the same list.
//!
//! ```text
//!   refused until 9:00 ─▶ a row for the campaign, and the campaign in the lead's set
//!   9:00               ─▶ the row is due: read again, beside what nobody put off
//!   the lead changes   ─▶ no rows, the empty set; the database sees to that itself
//! ```
//! Invariant: a campaign has a row of a lead exactly where it is in the lead's set. The set begins
//! with those whose own do-not-call list has the person, each marked `!`: they never read the lead,
//! have no row of it, and are put there and taken out by the database with the list.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use routing::CampaignId;
use uuid::Uuid;

use dialer::{CampaignSettings, Lead, LeadId, LeadStatus, ListId};

use super::Leads;
use super::record::due;
use crate::documents::Stored;
use crate::error::Error;
use crate::sql::{self, Connection};

impl Leads {
    /// Puts leads off that a campaign's gate would not let pass before `until`: out of its hours,
    /// or resting after an abandoned call. Without this they would stand at the front of the index
    /// and be read again at every refill.
    ///
    /// A lead that changed since is left alone.
    pub async fn defer(
        &self,
        campaign: CampaignId,
        leads: &[(LeadId, Timestamp)],
        now: Timestamp,
    ) -> Result<(), Error> {
        let mut writing = self.store.begin().await?;
        let mut sets = BTreeSet::new();
        for (lead, until) in leads {
            if let Some(set) = put_off(&mut writing, campaign, (*lead, *until), now).await? {
                sets.insert(set);
            }
        }
        for (list, members) in sets {
            add_set(&mut writing, list, &members).await?;
        }
        writing.commit().await?;
        Ok(())
    }

    /// Looks at a campaign's leads anew, some thousand of them: what its gate put off by rules that
    /// hold no more, and whom it, or another with fewer attempts, called as often as it then might.
    /// Tells whether there may be more.
    pub async fn reconsider(&self, campaign: &Reconsidered, now: Timestamp) -> Result<bool, Error> {
        let mut writing = self.store.begin().await?;
        let mut most = take_back(&mut writing, campaign.campaign).await?;
        for list in &campaign.lists {
            let revived = sql::query(
                "UPDATE lead SET status = 'due', next_due_at = $3, updated_at = $3 WHERE id IN \
                 (SELECT id FROM lead WHERE list = $1 AND status = 'exhausted' AND attempts < $2 \
                 LIMIT $4)",
            )
            .bind(Uuid::from(*list))
            .bind(i64::from(campaign.max_attempts))
            .bind(now.as_microsecond())
            .bind(RECONSIDERED_AT_ONCE)
            .execute(&mut *writing)
            .await?;
            most = most.max(revived);
        }
        writing.commit().await?;
        // What is put off meanwhile is so by the rules of now: it is few, and no reason to go on.
        Ok(most == RECONSIDERED_AT_ONCE.unsigned_abs())
    }

    /// Forgets the sets in which no lead is any more, of lists that have had more than `many`: a
    /// refill reads the front of an index for each.
    pub async fn forget_sets(&self, many: u32) -> Result<(), Error> {
        let mut writing = self.store.begin().await?;
        let lists = sql::query("SELECT list FROM put_off_set GROUP BY list HAVING count(*) > $1")
            .bind(i64::from(many))
            .fetch_all(&mut *writing)
            .await?;
        for row in &lists {
            let list: ListId = row.id("list")?;
            sql::query(
                "DELETE FROM put_off_set WHERE list = $1 \
                 AND members NOT IN (SELECT put_off_by FROM lead WHERE list = $1)",
            )
            .bind(Uuid::from(list))
            .execute(&mut *writing)
            .await?;
        }
        writing.commit().await?;
        Ok(())
    }

    /// The one with this identity, as a campaign has it: not before the moment until which that
    /// campaign put it off.
    pub async fn find_for(&self, id: LeadId, campaign: CampaignId) -> Result<Stored<Lead>, Error> {
        let mut found = self.find(id).await?;
        let until =
            sql::query("SELECT until_at FROM lead_put_off WHERE lead = $1 AND campaign = $2")
                .bind(Uuid::from(id))
                .bind(Uuid::from(campaign))
                .fetch_optional(self.store.readers())
                .await?;
        if let Some(row) = until {
            let until = row.time("until_at")?;
            found.value.next_due_at = found.value.next_due_at.max(Some(until));
        }
        Ok(found)
    }
}

/// A campaign whose rules have changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reconsidered {
    /// The campaign.
    pub campaign: CampaignId,
    /// Its lists.
    pub lists: Vec<ListId>,
    /// Counted attempts after which a lead is exhausted.
    pub max_attempts: u16,
}

impl Reconsidered {
    /// What its settings say.
    #[must_use]
    pub fn of(settings: &CampaignSettings) -> Self {
        let CampaignSettings { id, lists, max_attempts, .. } = settings;
        Self { campaign: *id, lists: lists.clone(), max_attempts: *max_attempts }
    }
}

/// Leads of one cause in one transaction: others write between two of them.
const RECONSIDERED_AT_ONCE: i64 = 2_000;

/// Where a campaign finds the leads of a list.
pub(super) struct Shelf {
    pub(super) list: ListId,
    /// Sets of campaigns that put leads off, and not this one; that of nobody is the first.
    pub(super) sets: Vec<String>,
    /// Whether it may have put some off itself.
    pub(super) own: bool,
}

impl Shelf {
    pub(super) async fn of(
        connection: &mut Connection,
        list: ListId,
        campaign: CampaignId,
    ) -> Result<Self, Error> {
        let rows = sql::query("SELECT members FROM put_off_set WHERE list = $1 ORDER BY members")
            .bind(Uuid::from(list))
            .fetch_all(connection)
            .await?;
        let known = rows.iter().map(crate::row::Row::only).collect::<Result<Vec<String>, _>>()?;
        let many = known.len();
        let mut sets = vec![String::new()];
        sets.extend(known.into_iter().filter(|set| !has(set, campaign)));
        Ok(Self { list, own: sets.len() <= many, sets })
    }
}

/// Whether others promised the lead of a statement a call, and this campaign did not: it is theirs
/// to keep, and nobody else's to dial meanwhile.
pub(super) fn push_promised_elsewhere(sql: &mut sql::Builder, campaign: CampaignId) {
    sql.push("(EXISTS (SELECT 1 FROM callback WHERE callback.lead = lead.id ");
    sql.push("AND callback.closed_at IS NULL) AND NOT EXISTS (SELECT 1 FROM callback ");
    sql.push("WHERE callback.lead = lead.id AND callback.closed_at IS NULL ");
    sql.push("AND callback.campaign = ").push_bind(Uuid::from(campaign)).push("))");
}

/// What is read before what: the priority, and above all of them what was promised.
pub(super) const PROMISED: i64 = 1 << 16;

/// Puts one lead off; the set that it is in now, with its list, where it was in another before.
async fn put_off(
    connection: &mut Connection,
    campaign: CampaignId,
    (lead, until): (LeadId, Timestamp),
    now: Timestamp,
) -> Result<Option<(Uuid, String)>, Error> {
    let open = sql::query(
        "SELECT list, priority, status, put_off_by FROM lead WHERE id = $1 \
         AND status IN ('new', 'due', 'callback') AND next_due_at < $2 \
         AND EXISTS (SELECT 1 FROM campaign WHERE id = $3)",
    )
    .bind(Uuid::from(lead))
    .bind(due(Some(until)))
    .bind(Uuid::from(campaign))
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = open else { return Ok(None) };
    let before: String = row.column("put_off_by")?;
    if is_listed(&before, campaign) {
        return Ok(None);
    }
    let list: Uuid = row.column("list")?;
    let level = match row.parsed("status")? {
        LeadStatus::Callback => PROMISED,
        _ => row.column("priority")?,
    };
    sql::query(
        "INSERT INTO lead_put_off (lead, campaign, list, level, until_at) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (lead, campaign) \
         DO UPDATE SET until_at = excluded.until_at \
         WHERE lead_put_off.until_at < excluded.until_at",
    )
    .bind(Uuid::from(lead))
    .bind(Uuid::from(campaign))
    .bind(list)
    .bind(level)
    .bind(due(Some(until)))
    .execute(&mut *connection)
    .await?;
    if has(&before, campaign) {
        return Ok(None);
    }
    let set = with(&before, campaign);
    sql::query("UPDATE lead SET put_off_by = $2, updated_at = $3 WHERE id = $1")
        .bind(Uuid::from(lead))
        .bind(set.as_str())
        .bind(now.as_microsecond())
        .execute(connection)
        .await?;
    Ok(Some((list, set)))
}

/// Forgets some of what a campaign put off; how many there were.
async fn take_back(connection: &mut Connection, campaign: CampaignId) -> Result<u64, Error> {
    let rows = sql::query(
        "SELECT off.lead, off.list, lead.put_off_by FROM lead_put_off AS off \
         JOIN lead ON lead.id = off.lead WHERE off.campaign = $1 LIMIT $2",
    )
    .bind(Uuid::from(campaign))
    .bind(RECONSIDERED_AT_ONCE)
    .fetch_all(&mut *connection)
    .await?;
    let mut by_set = BTreeMap::<(Uuid, String), Vec<Uuid>>::new();
    for row in &rows {
        let set: String = row.column("put_off_by")?;
        by_set.entry((row.column("list")?, set)).or_default().push(row.column("lead")?);
    }
    for ((list, set), leads) in by_set {
        let left = without(&set, campaign);
        let mut sql = sql::Builder::new("UPDATE lead SET put_off_by = ");
        sql.push_bind(left.clone()).push(" WHERE id IN (");
        let mut ids = sql.separated(", ");
        for lead in &leads {
            ids.push_bind(*lead);
        }
        sql.push(")");
        sql.build().execute(&mut *connection).await?;
        let mut sql = sql::Builder::new("DELETE FROM lead_put_off WHERE campaign = ");
        sql.push_bind(Uuid::from(campaign)).push(" AND lead IN (");
        let mut ids = sql.separated(", ");
        for lead in &leads {
            ids.push_bind(*lead);
        }
        sql.push(")");
        sql.build().execute(&mut *connection).await?;
        if !left.is_empty() {
            add_set(connection, list, &left).await?;
        }
    }
    Ok(rows.len() as u64)
}

async fn add_set(connection: &mut Connection, list: Uuid, members: &str) -> Result<(), Error> {
    sql::query("INSERT INTO put_off_set (list, members) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(list)
        .bind(members)
        .execute(connection)
        .await?;
    Ok(())
}

/// Whether the campaign put the lead off, or has it on its own do-not-call list.
fn has(set: &str, campaign: CampaignId) -> bool {
    let own = Uuid::from(campaign).simple().to_string();
    set.split_ascii_whitespace().any(|one| one.trim_start_matches('!') == own)
}

fn is_listed(set: &str, campaign: CampaignId) -> bool {
    set.contains(&listed(campaign))
}

/// How a set names a campaign whose own do-not-call list has the person.
pub(super) fn listed(campaign: CampaignId) -> String {
    format!("!{}", Uuid::from(campaign).simple())
}

/// A set is the same in whatever order its campaigns came.
fn with(set: &str, campaign: CampaignId) -> String {
    let own = Uuid::from(campaign).simple().to_string();
    let mut all: BTreeSet<&str> = set.split_ascii_whitespace().collect();
    all.insert(&own);
    all.into_iter().collect::<Vec<_>>().join(" ")
}

fn without(set: &str, campaign: CampaignId) -> String {
    let own = Uuid::from(campaign).simple().to_string();
    let others = set.split_ascii_whitespace().filter(|one| *one != own);
    others.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::id;

    #[test]
    fn a_set_has_each_campaign_once_in_one_order() {
        let (one, two): (CampaignId, CampaignId) = (id(1), id(2));
        let both = with(&with("", two), one);
        assert_eq!(both, with(&with("", one), two));
        assert_eq!(with(&both, one), both);
        assert!(has(&both, one) && has(&both, two) && !has(&both, id(3)) && !has("", one));
        let forbidden = with(&listed(two), one);
        assert!(forbidden.starts_with('!') && has(&forbidden, one) && has(&forbidden, two));
        assert_eq!(without(&forbidden, one), listed(two));
        assert_eq!(without(&both, one), with("", two));
        assert_eq!(without(&without(&both, one), two), "");
    }
}
