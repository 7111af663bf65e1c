//! CLIs at rest: the numbers that may be presented.

use routing::{Cli, CliId, Number};

use crate::documents::{Document, Documents, Stored, Value};
use crate::error::Error;
use crate::links::{Link, Target};

/// The repository of numbers that may be presented.
pub type Clis = Documents<Cli>;

impl Document for Cli {
    type Id = CliId;
    const TABLE: &'static str = "cli";
    const UNIQUE: &'static [&'static str] = &["number"];

    fn id(&self) -> CliId {
        self.id
    }

    fn unique(&self) -> Vec<Value> {
        vec![Value::Text(Some(self.number.to_string()))]
    }

    fn search(&self) -> String {
        format!("{} {}", self.number, self.label.as_deref().unwrap_or_default())
    }

    fn links(&self) -> Vec<Link> {
        Vec::new()
    }

    /// Agents, campaigns and the organisation name a CLI by its number.
    fn target(&self) -> Option<Target> {
        Some(Target::Cli(self.number))
    }
}

impl Documents<Cli> {
    /// The CLI with this number.
    pub async fn find_by_number(&self, number: Number) -> Result<Stored<Cli>, Error> {
        self.find_by("number", Value::Text(Some(number.to_string()))).await
    }
}
