//! What the tests of this crate share: a world of settings, a gate that permits, a scripted shift.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use dialer::campaign::Decision;
use dialer::gate::Ask;
use dialer::permit::ChainHead;
use dialer::{
    AttemptId, CallingWindow, CampaignSettings, Dnc, Gate, Lead, LeadId, ListId, PermitRecord,
};
use jiff::{SignedDuration, Timestamp};
use routing::{Agent, AgentId, CallId, CampaignId, Cli, CliOrigin, EffectiveCli, Number, TrunkId};
use sqlx::{AssertSqlSafe, Row as _};
use uuid::Uuid;

use crate::database::{Place, Store};
use crate::event::{Entry, Event};
use crate::journal::{Journal, Options, Recovered, Report};
use crate::lists::List;
use crate::row::Row;
use crate::sql::{self, Pool};

/// A moment in office hours.
pub(crate) fn start() -> Timestamp {
    "2026-11-23T15:00:00Z".parse().unwrap()
}

/// `seconds` later than [`start`].
pub(crate) fn at(seconds: i64) -> Timestamp {
    start() + SignedDuration::from_secs(seconds)
}

/// An identity out of a number.
pub(crate) fn id<T: From<Uuid>>(n: u128) -> T {
    T::from(Uuid::from_u128(n))
}

/// A number reserved for fiction.
pub(crate) fn number(n: u64) -> Number {
    format!("+1555010{n:04}").parse().unwrap()
}

pub(crate) const LIST: u128 = 0x1157;
pub(crate) const CAMPAIGN: u128 = 0xca;
pub(crate) const TRUNK: u128 = 0x77;
pub(crate) const CLI: u64 = 9_999;

pub(crate) fn campaign() -> CampaignSettings {
    CampaignSettings {
        running: true,
        trunks: vec![id::<TrunkId>(TRUNK)],
        lists: vec![id::<ListId>(LIST)],
        cli: Some(number(CLI)),
        window: CallingWindow::always(),
        max_attempts: 100,
        max_attempts_24h: 24,
        ..CampaignSettings::new(id::<CampaignId>(CAMPAIGN), "Spring")
    }
}

/// Lead `n`, at number `n`.
pub(crate) fn lead(n: u64) -> Lead {
    let mut lead = Lead::new(id::<LeadId>(0x1_0000 + u128::from(n)), id(LIST), number(n));
    lead.first_name = "Ada".to_owned();
    lead.last_name = format!("Byron {n}");
    lead
}

pub(crate) fn agent(n: u32) -> Agent {
    serde_json::from_value(serde_json::json!({
        "id": Uuid::from_u128(u128::from(n)), "number": n, "code": format!("E{n}"),
        "first_name": "Grace", "last_name": format!("Hopper {n}"), "time_zone": "Europe/London",
    }))
    .unwrap()
}

/// A gate that permits whatever is asked, its permits chained.
pub(crate) struct Permits {
    gate: Gate,
    settings: CampaignSettings,
}

impl Permits {
    pub(crate) fn after(head: ChainHead) -> Self {
        Self { gate: Gate::new(Dnc::default(), head), settings: campaign() }
    }

    pub(crate) fn head(&self) -> ChainHead {
        self.gate.head()
    }

    /// A permit for lead `n`, its claim given back at once.
    pub(crate) fn permit(&mut self, attempt: AttemptId, n: u64, now: Timestamp) -> PermitRecord {
        self.permit_as("progressive", attempt, n, now)
    }

    /// The same for an attempt that was made in this way.
    pub(crate) fn permit_as(
        &mut self,
        mode: &str,
        attempt: AttemptId,
        n: u64,
        now: Timestamp,
    ) -> PermitRecord {
        let number = number(CLI);
        let cli = Ok(EffectiveCli { number, origin: CliOrigin::Campaign });
        let lead = lead(n);
        let pacing = Decision {
            at: now,
            mode: mode.to_owned(),
            free_agents: 1,
            unserved: 0,
            free_lines: 10,
            dial: 1,
            forecast: None,
            one_to_one: None,
        };
        let (campaign, trunk) = (&self.settings, id(TRUNK));
        let ask = Ask { attempt, campaign, lead: &lead, trunk, cli: &cli, pacing: &pacing };
        let permit = self.gate.check(now, &ask).unwrap();
        let record = permit.record().clone();
        self.gate.release(now, attempt, dialer::Outcome::CarrierFailure);
        record
    }
}

/// A journal with the reports that its writer made.
pub(crate) struct Written {
    pub(crate) journal: Journal,
    pub(crate) recovered: Recovered,
    pub(crate) reports: Receiver<Report>,
}

impl Written {
    pub(crate) fn open(dir: &Path) -> Self {
        Self::open_with(dir, &Options { reserve_bytes: 0, ..Options::default() })
    }

    pub(crate) fn open_with(dir: &Path, options: &Options) -> Self {
        let (tell, reports) = channel();
        let report = move |report| tell.send(report).unwrap_or_default();
        let (journal, recovered) = Journal::open(dir, options, report).unwrap();
        Self { journal, recovered, reports }
    }

    /// Appends what happened at `at`, and says under which number.
    pub(crate) fn append(&mut self, at: Timestamp, event: Event) -> u64 {
        let seq = self.journal.next_seq();
        self.journal.append(&Entry { seq, at, event }).unwrap();
        seq
    }

    /// Waits until everything that was appended is durable.
    pub(crate) fn wait(&self) {
        let last = self.journal.next_seq() - 1;
        if self.journal.pending() == 0 {
            return;
        }
        while let Ok(report) = self.reports.recv_timeout(Duration::from_secs(10)) {
            if matches!(report, Report::Durable(seq) if seq == last) {
                return;
            }
        }
        panic!("entry {last} never became durable");
    }
}

/// The database that belongs to a directory: a file in it, or where `CORDBOARD_TEST_POSTGRES` names
/// a server (`scripts/postgres with`), one there.
pub(crate) fn database(dir: &Path) -> Place {
    let file = dir.join("cordboard.sqlite");
    let Ok(servers) = std::env::var("CORDBOARD_TEST_POSTGRES") else { return Place::from(file) };
    let name = dir.file_name().unwrap().to_str().unwrap().trim_start_matches('.');
    let url = servers.replace("{database}", &name.to_lowercase());
    Place::Server { url, password: None }
}

/// A database of its own for a directory, with the campaign, the trunk, the CLI and the list.
pub(crate) async fn furnished(dir: &Path) -> Store {
    furnished_at(database(dir)).await
}

/// The same, at a place.
pub(crate) async fn furnished_at(place: impl Into<Place>) -> Store {
    let store = Store::open(place).await.unwrap();
    let now = start();
    let trunk = serde_json::json!({
        "id": Uuid::from_u128(TRUNK), "name": "Carrier", "addresses": [{ "host": "192.0.2.10" }],
    });
    let cli =
        Cli { id: id(0xc11), number: number(CLI), label: None, enabled: true, calls_per_day: None };
    let list = List { id: id(LIST), name: "Autumn".into(), source: None };
    store.trunks().insert(&serde_json::from_value(trunk).unwrap(), now).await.unwrap();
    store.clis().insert(&cli, now).await.unwrap();
    store.lists().insert(&list, now).await.unwrap();
    store.campaigns().insert(&campaign(), now).await.unwrap();
    store
}

/// Steps of a simple call, as the brain would journal them.
pub(crate) fn call_started(call: CallId, attempt: Option<AttemptId>) -> Event {
    Event::CallStarted {
        call,
        direction: crate::event::Direction::Outbound,
        calling: number(CLI).to_string(),
        called: number(1).to_string(),
        campaign: Some(id(CAMPAIGN)),
        queue: None,
        did: None,
        attempt,
        trunk: Some(id(TRUNK)),
    }
}

/// Somebody to talk to.
pub(crate) const GRACE: u128 = 1;

pub(crate) fn grace() -> AgentId {
    id(GRACE)
}

/// Every row of every table, as text: what must not be in a database is not in this.
pub(crate) async fn everything(store: &Store) -> String {
    let mut all = String::new();
    for table in columns(store).await.into_keys() {
        for row in rows(store, &format!("SELECT * FROM {table}")).await {
            writeln!(all, "{table}: {}", shown(&row)).unwrap();
        }
    }
    all
}

/// The names of every table and its columns.
pub(crate) async fn columns(store: &Store) -> BTreeMap<String, BTreeSet<String>> {
    let sql = match store.readers() {
        Pool::Sqlite(_) => {
            "SELECT t.name AS place, c.name AS name FROM sqlite_master t \
             JOIN pragma_table_info(t.name) c WHERE t.type = 'table' \
             AND t.name NOT LIKE 'sqlite_%'"
        }
        Pool::Postgres(_) => {
            "SELECT table_name::TEXT AS place, column_name::TEXT AS name \
             FROM information_schema.columns WHERE table_schema = 'public'"
        }
    };
    let mut tables = BTreeMap::<String, BTreeSet<String>>::new();
    for row in rows(store, sql).await {
        let (table, column) = (row.column("place").unwrap(), row.column("name").unwrap());
        tables.entry(table).or_default().insert(column);
    }
    tables
}

/// What a query finds.
pub(crate) async fn rows(store: &Store, query: &str) -> Vec<Row> {
    sql::query(AssertSqlSafe(query.to_owned())).fetch_all(store.readers()).await.unwrap()
}

/// The columns of a row, each as text.
pub(crate) fn shown(row: &Row) -> String {
    macro_rules! shown {
        ($row:expr) => {
            (0..$row.len()).map(|at| {
                let text = $row.try_get::<Option<String>, _>(at).map(|text| format!("{text:?}"));
                let number = $row.try_get::<Option<i64>, _>(at).map(|number| format!("{number:?}"));
                let bytes = || $row.try_get::<&[u8], _>(at);
                let id = $row.try_get::<Option<Uuid>, _>(at).map(|id| format!("{id:?}"));
                let shown = text.or(number).or(id);
                shown.unwrap_or_else(|_| bytes().map_or_else(|e| e.to_string(), lossy))
            })
        };
    }
    let columns: Vec<String> = match row {
        Row::Sqlite(row) => shown!(row).collect(),
        Row::Postgres(row) => shown!(row).collect(),
    };
    columns.join(" | ")
}

fn lossy(bytes: &[u8]) -> String {
    format!("{:?}", String::from_utf8_lossy(bytes))
}
