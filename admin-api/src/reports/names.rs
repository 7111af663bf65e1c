//! What the rows of a report are called.

use std::collections::BTreeMap;

use store::reports::{Grouping, Key, ReportTable};
use uuid::Uuid;

use crate::api::Api;
use crate::problem::Problem;

/// The names of a table's rows; what was deleted since has none.
pub(super) async fn of(
    api: &Api,
    group: Grouping,
    table: &ReportTable,
) -> Result<BTreeMap<Uuid, String>, Problem> {
    let wanted = |row: &store::reports::ReportRow| matches!(row.key, Key::Id(_));
    if !table.rows.iter().any(wanted) {
        return Ok(BTreeMap::new());
    }
    macro_rules! names {
        ($documents:expr, $name:expr) => {{
            let all = $documents.all().await?.into_iter().map(|found| found.value);
            all.map(|one| (Uuid::from(one.id), $name(&one))).collect()
        }};
    }
    let store = api.store();
    Ok(match group {
        Grouping::Agent => names!(store.agents(), routing::Agent::display_name),
        Grouping::Team => names!(store.teams(), |team: &routing::Team| team.name.clone()),
        Grouping::Campaign => {
            names!(store.campaigns(), |one: &dialer::CampaignSettings| one.name.clone())
        }
        Grouping::List => names!(store.lists(), |list: &store::lists::List| list.name.clone()),
        Grouping::Queue => names!(store.queues(), |queue: &routing::Queue| queue.name.clone()),
        Grouping::Trunk => names!(store.trunks(), |trunk: &routing::Trunk| trunk.name.clone()),
        Grouping::Hour
        | Grouping::Day
        | Grouping::Cli
        | Grouping::Disposition
        | Grouping::Outcome => BTreeMap::new(),
    })
}
