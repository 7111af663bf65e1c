//! The phonebook at rest.

use routing::{PhonebookEntry, PhonebookEntryId};

use crate::documents::{Document, Documents, Value};
use crate::links::{Link, Target};

/// The repository of the phonebook's entries.
pub type Phonebook = Documents<PhonebookEntry>;

impl Document for PhonebookEntry {
    type Id = PhonebookEntryId;
    const TABLE: &'static str = "phonebook";
    const UNIQUE: &'static [&'static str] = &["name"];

    fn id(&self) -> PhonebookEntryId {
        self.id
    }

    fn unique(&self) -> Vec<Value> {
        vec![Value::Text(Some(self.name.clone()))]
    }

    fn search(&self) -> String {
        format!("{} {}", self.name, self.number)
    }

    fn links(&self) -> Vec<Link> {
        Vec::new()
    }

    fn target(&self) -> Option<Target> {
        None
    }
}
