//! What stops open leads of a list, each cause counted by groups for itself.
//!
//! The causes overlap, and whoever is stopped by an earlier one is left out of each that comes
//! later by what the row itself says: registers and lists, consent, then filters, then rest, then
//! time. Whom a list or a register forbids is counted by the later cause that would
//! have stopped them besides.

use uuid::Uuid;

use super::super::filter;
use super::super::put_off::listed;
use super::{Asked, ByKey, Group};
use crate::error::Error;
use crate::row::Row;
use crate::sql::{Builder, Connection};

/// The leads of one list as a campaign sees them.
pub(super) struct View<'a> {
    pub(super) asked: &'a Asked<'a>,
    pub(super) list: Uuid,
}

/// Leads of a group that one cause stops.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Part {
    pub(super) leads: u64,
    /// Those of them that are not due yet.
    pub(super) waiting: u64,
}

/// Leads of a group that a do-not-call list or a register forbids.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Forbidden {
    pub(super) leads: u64,
    /// Those whose consent does not hold.
    pub(super) lapsed: u64,
    /// Those of the rest that a filter keeps out.
    pub(super) unwanted: u64,
    /// Those of the rest whose number rests.
    pub(super) resting: u64,
    /// Those of the rest that wait.
    pub(super) waiting: u64,
}

const KEY: &str = "lead.status, lead.attempts, lead.place, lead.consent_level";
const GROUP: &str = "tally.status, tally.attempts, tally.place, tally.consent_level";
/// Told by what it is not, so that the groups are read in their order.
const OPEN_GROUP: &str =
    "tally.status NOT IN ('in_flight', 'done', 'exhausted', 'bad_number', 'do_not_call')";
const OPEN: &str = "lead.status IN ('new', 'due', 'callback')";

impl View<'_> {
    /// Those that a register or a list forbids, each once, on however many it stands.
    pub(super) async fn forbidden(
        &self,
        connection: &mut Connection,
    ) -> Result<ByKey<Forbidden>, Error> {
        let mut found = ByKey::<Forbidden>::new();
        let mut sql = Builder::new("");
        self.select_forbidden(&mut sql);
        for row in &sql.build().fetch_all(connection).await? {
            let group = Group::of(row)?;
            let of = found.entry(group.key()).or_default();
            of.leads += group.leads;
            of.lapsed += row.count::<u64>("lapsed")?;
            of.unwanted += row.count::<u64>("unwanted")?;
            of.resting += row.count::<u64>("resting")?;
            of.waiting += group.waiting;
        }
        Ok(found)
    }

    /// Those that the row itself says it of, and those whom the campaign's own list names beside.
    fn select_forbidden(&self, sql: &mut Builder) {
        let now = self.now();
        self.begin_forbidden(sql);
        sql.push(" AND lead.bound > 0 AND (lead.consent_level < lead.bound ");
        sql.push("OR lead.consent_until <= ").push_bind(now);
        sql.push(" OR lead.consent_from > ").push_bind(now);
        sql.push(format!(") GROUP BY {KEY} UNION ALL "));
        self.begin_forbidden(sql);
        sql.push(" AND lead.listed > 0 AND ");
        self.push_listed(sql);
        self.push_unbound(sql);
        sql.push(format!(" GROUP BY {KEY}"));
    }

    /// Groups of forbidden leads, with what else would stop how many of each first.
    fn begin_forbidden(&self, sql: &mut Builder) {
        let now = self.now();
        sql.push(format!("SELECT {KEY}, count(*) AS leads"));
        for (figure, besides) in
            [("lapsed", LAPSED), ("unwanted", UNWANTED), ("resting", RESTING), ("waiting", WAITING)]
        {
            sql.push(", CAST(sum(CASE WHEN ");
            self.push_lapsed(sql);
            sql.push(format!(" THEN {}", u8::from(besides == LAPSED)));
            if besides > LAPSED && !self.asked.filters.is_empty() {
                sql.push(" WHEN lead.status <> 'callback' AND NOT ");
                self.push_fits(sql);
                sql.push(format!(" THEN {}", u8::from(besides == UNWANTED)));
            }
            if besides > UNWANTED {
                sql.push(" WHEN ");
                self.push_rests(sql);
                sql.push(format!(" THEN {}", u8::from(besides == RESTING)));
            }
            if besides == WAITING {
                sql.push(" WHEN lead.next_due_at > ").push_bind(now).push(" THEN 1");
            }
            sql.push(format!(" ELSE 0 END) AS BIGINT) AS {figure}"));
        }
        // Nearly all that is in these indexes is counted: they are read from end to end.
        sql.push(" FROM lead WHERE ");
        self.push_open(sql);
    }

    /// Whom the campaign's own list names, at whichever number.
    fn push_listed(&self, sql: &mut Builder) {
        sql.push("lead.put_off_by LIKE ").push_bind(format!("%{}%", listed(self.asked.campaign)));
    }

    /// Whom neither a register nor the organisation's list forbids to call.
    fn push_unbound(&self, sql: &mut Builder) {
        let now = self.now();
        sql.push(" AND (lead.bound = 0 OR (lead.consent_level >= lead.bound ");
        sql.push("AND (lead.consent_until IS NULL OR lead.consent_until > ").push_bind(now);
        sql.push(") AND (lead.consent_from IS NULL OR lead.consent_from <= ").push_bind(now);
        sql.push(")))");
    }

    /// Those whose consent would be enough and does not hold.
    pub(super) async fn lapsed(&self, connection: &mut Connection) -> Result<ByKey<Part>, Error> {
        if self.asked.level() == 0 {
            return Ok(ByKey::new());
        }
        let mut sql = Builder::new("");
        self.select_lapsed(&mut sql);
        parts(&sql.build().fetch_all(connection).await?)
    }

    fn select_lapsed(&self, sql: &mut Builder) {
        let now = self.now();
        self.begin_groups(sql);
        sql.push(" AND lead.consent_until <= ").push_bind(now);
        sql.push(format!(" GROUP BY {GROUP} UNION ALL "));
        self.count_parts(sql, KEY);
        sql.push(" FROM lead WHERE ");
        self.push_open(sql);
        sql.push(" AND lead.consent_level >= ").push_bind(self.asked.level());
        sql.push(" AND lead.consent_from > ").push_bind(now);
        sql.push(" AND (lead.consent_until IS NULL OR lead.consent_until > ").push_bind(now);
        sql.push(format!(") GROUP BY {KEY}"));
    }

    /// Those whose consent holds and whom a filter keeps out; a promised callback is kept out by
    /// none.
    pub(super) async fn unwanted(&self, connection: &mut Connection) -> Result<ByKey<Part>, Error> {
        if self.asked.filters.is_empty() {
            return Ok(ByKey::new());
        }
        let mut sql = Builder::new("");
        self.select_parts(&mut sql, "lead");
        sql.push(" AND lead.status <> 'callback' AND NOT ");
        self.push_fits(&mut sql);
        sql.push(format!(" GROUP BY {KEY}"));
        parts(&sql.build().fetch_all(connection).await?)
    }

    /// Those whose consent holds, whom no filter keeps out, and whose number rests.
    pub(super) async fn resting(&self, connection: &mut Connection) -> Result<ByKey<Part>, Error> {
        let mut sql = Builder::new("");
        self.select_resting(&mut sql);
        parts(&sql.build().fetch_all(connection).await?)
    }

    fn select_resting(&self, sql: &mut Builder) {
        let rests = self.asked.rests;
        let (abandoned, machine) =
            (self.asked.since(rests.after_abandoned_h), self.asked.since(rests.after_machine_h));
        self.select_groups(sql);
        sql.push(" AND lead.machine_at > 0 AND lead.machine_at > ").push_bind(machine);
        self.push_wanted(sql);
        sql.push(format!(" GROUP BY {GROUP} UNION ALL "));
        self.select_groups(sql);
        sql.push(" AND lead.abandoned_at > 0 AND lead.abandoned_at > ").push_bind(abandoned);
        sql.push(" AND lead.machine_at <= ").push_bind(machine);
        self.push_wanted(sql);
        sql.push(format!(" GROUP BY {GROUP}"));
    }

    /// Those that no list, no register and nothing else stops, and that are due but for this
    /// campaign: it put them off, or another promised them a call.
    pub(super) async fn held_back(
        &self,
        connection: &mut Connection,
    ) -> Result<ByKey<Part>, Error> {
        let mut sql = Builder::new("");
        self.select_held_back(&mut sql);
        parts(&sql.build().fetch_all(connection).await?)
    }

    fn select_held_back(&self, sql: &mut Builder) {
        let (campaign, now) = (*self.asked.campaign.as_uuid(), self.now());
        sql.push("WITH held AS (SELECT lead FROM lead_put_off WHERE campaign = ");
        sql.push_bind(campaign).push(" AND list = ").push_bind(self.list);
        sql.push(" AND until_at > ").push_bind(now);
        sql.push(" UNION SELECT lead FROM callback WHERE closed_at IS NULL AND campaign <> ");
        sql.push_bind(campaign).push(" AND NOT EXISTS (SELECT 1 FROM callback AS own ");
        sql.push("WHERE own.lead = callback.lead AND own.closed_at IS NULL AND own.campaign = ");
        sql.push_bind(campaign).push(")) ");
        self.select_parts(sql, "held CROSS JOIN lead");
        sql.push(" AND lead.id = held.lead AND lead.next_due_at <= ").push_bind(now);
        self.push_wanted(sql);
        self.push_unbound(sql);
        sql.push(" AND NOT ");
        self.push_listed(sql);
        sql.push(" AND NOT ");
        self.push_rests(sql);
        sql.push(format!(" GROUP BY {KEY}"));
    }

    /// Groups of open leads whose consent holds, and how many of each wait.
    fn select_parts(&self, sql: &mut Builder, from: &str) {
        self.count_parts(sql, KEY);
        sql.push(format!(" FROM {from} WHERE "));
        self.push_open(sql);
        sql.push(" AND lead.consent_level >= ").push_bind(self.asked.level());
        self.push_holds(sql);
    }

    /// The same, from the tally on: each group is one stretch of an index that begins with what
    /// makes a group, where a condition on its next column follows.
    fn select_groups(&self, sql: &mut Builder) {
        self.begin_groups(sql);
        self.push_holds(sql);
    }

    fn begin_groups(&self, sql: &mut Builder) {
        self.count_parts(sql, GROUP);
        self.push_groups(sql, self.asked.level());
    }

    /// From the groups of at least this consent on to their leads.
    fn push_groups(&self, sql: &mut Builder, level: i64) {
        sql.push(" FROM lead_tally AS tally CROSS JOIN lead WHERE tally.list = ");
        sql.push_bind(self.list).push(format!(" AND tally.leads > 0 AND {OPEN_GROUP}"));
        sql.push(" AND tally.consent_level >= ").push_bind(level);
        sql.push(" AND lead.list = tally.list AND lead.status = tally.status ");
        sql.push("AND lead.attempts = tally.attempts AND lead.place = tally.place ");
        sql.push("AND lead.consent_level = tally.consent_level");
    }

    fn count_parts(&self, sql: &mut Builder, key: &str) {
        sql.push(format!("SELECT {key}, count(*) AS leads, "));
        sql.push("CAST(sum(CASE WHEN lead.next_due_at > ").push_bind(self.now());
        sql.push(" THEN 1 ELSE 0 END) AS BIGINT) AS waiting");
    }

    /// Whose consent holds, where it is asked for.
    fn push_holds(&self, sql: &mut Builder) {
        if self.asked.level() > 0 {
            let now = self.now();
            sql.push(" AND (lead.consent_until IS NULL OR lead.consent_until > ").push_bind(now);
            sql.push(") AND (lead.consent_from IS NULL OR lead.consent_from <= ").push_bind(now);
            sql.push(")");
        }
    }

    /// Whom no filter keeps out; without filters nothing but an index is read.
    fn push_wanted(&self, sql: &mut Builder) {
        if !self.asked.filters.is_empty() {
            sql.push(" AND (lead.status = 'callback' OR ");
            self.push_fits(sql);
            sql.push(")");
        }
    }

    fn push_open(&self, sql: &mut Builder) {
        sql.push("lead.list = ").push_bind(self.list).push(format!(" AND {OPEN}"));
    }

    fn push_lapsed(&self, sql: &mut Builder) {
        if self.asked.level() == 0 {
            sql.push("1 = 0");
            return;
        }
        sql.push("(lead.consent_until <= ").push_bind(self.now());
        sql.push(" OR lead.consent_from > ").push_bind(self.now()).push(")");
    }

    fn push_fits(&self, sql: &mut Builder) {
        sql.push("(1 = 1 ");
        filter::fits(sql, self.asked.filters);
        sql.push(")");
    }

    fn push_rests(&self, sql: &mut Builder) {
        let rests = self.asked.rests;
        sql.push("(lead.abandoned_at > ").push_bind(self.asked.since(rests.after_abandoned_h));
        sql.push(" OR lead.machine_at > ").push_bind(self.asked.since(rests.after_machine_h));
        sql.push(")");
    }

    fn now(&self) -> i64 {
        self.asked.now.as_microsecond()
    }
}

const LAPSED: i64 = 1;
const UNWANTED: i64 = 2;
const RESTING: i64 = 3;
const WAITING: i64 = 4;

/// Adds what several ranges have of a group.
fn parts(rows: &[Row]) -> Result<ByKey<Part>, Error> {
    let mut found = ByKey::<Part>::new();
    for row in rows {
        let group = Group::of(row)?;
        let part = found.entry(group.key()).or_default();
        part.leads += group.leads;
        part.waiting += group.waiting;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leads::funnel::TALLY;
    use crate::testing::{campaign, furnished, id, start};
    use dialer::rules::ConsentRule;

    /// Issue 6: what is read beside the tally is a range of an index each, however long the list.
    #[tokio::test]
    async fn the_funnel_reads_ranges_of_indexes() {
        let dir = tempfile::tempdir().unwrap();
        let store = furnished(dir.path()).await;
        let settings = campaign();
        let asked = Asked {
            campaign: settings.id,
            lists: &settings.lists,
            filters: &[],
            max_attempts: 3,
            consent: ConsentRule::Written,
            rests: settings.lock_out,
            windows: &[],
            now: start(),
        };
        let view = View { asked: &asked, list: id(1) };
        let explained = |write: &dyn Fn(&mut Builder)| {
            let mut sql = Builder::new("EXPLAIN QUERY PLAN ");
            write(&mut sql);
            sql
        };
        let of_rest = ["lead USING COVERING INDEX lead_machine", "INDEX lead_abandoned"];
        let cases = [
            (
                explained(&|sql| {
                    sql.push(TALLY.replace("$1", "x'00'").replace("$2", "0"));
                }),
                &["lead_funnel"][..],
            ),
            (
                explained(&|sql| view.select_forbidden(sql)),
                &["COVERING INDEX lead_bound", "COVERING INDEX lead_listed"],
            ),
            (
                explained(&|sql| view.select_lapsed(sql)),
                &["lead USING COVERING INDEX lead_consent_until", "lead_consent_from"],
            ),
            (explained(&|sql| view.select_resting(sql)), &of_rest),
            (explained(&|sql| view.select_held_back(sql)), &["lead_put_off_due", "callback_open"]),
        ];
        for (sql, indexes) in cases {
            let rows = sql.build().fetch_all(store.readers()).await.unwrap();
            let plan: Vec<String> = rows.iter().map(|row| row.column("detail").unwrap()).collect();
            let plan = plan.join("\n");
            for index in indexes {
                assert!(plan.contains(index), "{index}:\n{plan}");
            }
            assert!(!plan.contains("SCAN lead\n") && !plan.contains("SCAN attempt"), "{plan}");
        }
    }
}
