//! Scripts at rest, with every version of each: a call's answers are read by the one that asked.

use routing::{Script, ScriptId};

use crate::documents::{Document, Documents, Value};
use crate::links::{Link, Target};

/// The repository of scripts.
pub type Scripts = Documents<Script>;

impl Document for Script {
    type Id = ScriptId;
    const TABLE: &'static str = "script";
    const UNIQUE: &'static [&'static str] = &["name"];
    const VERSIONS: Option<&'static str> = Some("script_version");

    fn id(&self) -> ScriptId {
        self.id
    }

    fn unique(&self) -> Vec<Value> {
        vec![Value::Text(Some(self.name.clone()))]
    }

    fn search(&self) -> String {
        self.name.clone()
    }

    fn links(&self) -> Vec<Link> {
        vec![]
    }

    fn target(&self) -> Option<Target> {
        Some(Target::Script(self.id))
    }

    fn records() -> Option<(&'static str, &'static str)> {
        Some(("SELECT 1 FROM script_answers WHERE script = $1 LIMIT 1", "answers in calls"))
    }
}
