//! Lists of leads at rest.

use dialer::ListId;
use serde::{Deserialize, Serialize};

use crate::documents::{Document, Documents, Value};
use crate::links::{Link, Target};

/// A list of leads. Its leads are [`crate::leads`]; deleting the list deletes them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct List {
    /// Its identity.
    pub id: ListId,
    /// What people call it, 1 to 100 characters; unique.
    pub name: String,
    /// Where it came from: the name of the imported file, where there was one.
    #[serde(default)]
    pub source: Option<String>,
}

/// The repository of lists.
pub type Lists = Documents<List>;

impl Document for List {
    type Id = ListId;
    const TABLE: &'static str = "list";
    const UNIQUE: &'static [&'static str] = &["name"];

    fn id(&self) -> ListId {
        self.id
    }

    fn unique(&self) -> Vec<Value> {
        vec![Value::Text(Some(self.name.clone()))]
    }

    fn search(&self) -> String {
        format!("{} {}", self.name, self.source.as_deref().unwrap_or_default())
    }

    fn links(&self) -> Vec<Link> {
        Vec::new()
    }

    fn target(&self) -> Option<Target> {
        Some(Target::List(self.id))
    }

    fn records() -> Option<(&'static str, &'static str)> {
        Some((RECORDS, "records of attempts, or a legal hold on one of its leads"))
    }
}

/// Deleting a list deletes its leads: those that were dialled, and those that a hold names, stay.
const RECORDS: &str = "SELECT 1 FROM attempt WHERE list = $1 UNION ALL \
    SELECT 1 FROM lead JOIN legal_hold ON legal_hold.number = lead.number \
    OR lead.other_numbers LIKE '%\"' || legal_hold.number || '\"%' \
    WHERE lead.list = $1 LIMIT 1";
