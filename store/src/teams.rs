//! Teams at rest.

use routing::{Team, TeamId};

use crate::documents::{Document, Documents, Value};
use crate::links::{Link, Target};

/// The repository of teams.
pub type Teams = Documents<Team>;

impl Document for Team {
    type Id = TeamId;
    const TABLE: &'static str = "team";
    const UNIQUE: &'static [&'static str] = &["name"];

    fn id(&self) -> TeamId {
        self.id
    }

    fn unique(&self) -> Vec<Value> {
        vec![Value::Text(Some(self.name.clone()))]
    }

    fn search(&self) -> String {
        self.name.clone()
    }

    fn links(&self) -> Vec<Link> {
        Vec::new()
    }

    fn target(&self) -> Option<Target> {
        Some(Target::Team(self.id))
    }

    fn records() -> Option<(&'static str, &'static str)> {
        Some(("SELECT 1 FROM agent_clock WHERE unit = $1 LIMIT 1", "records of attendance"))
    }
}
