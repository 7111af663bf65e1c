//! The phonebook: numbers outside that the organisation's agents reach by name (R101).

use crate::ids::PhonebookEntryId;
use crate::invalid::{self, Invalid};
use crate::number::Number;
use serde::{Deserialize, Serialize};

/// A number with a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhonebookEntry {
    /// The id.
    pub id: PhonebookEntryId,
    /// Who is called there; unique.
    pub name: String,
    /// The number.
    pub number: Number,
    /// What else is worth knowing, such as when somebody is there.
    #[serde(default)]
    pub note: Option<String>,
}

impl PhonebookEntry {
    /// Checks all that an entry can tell by itself.
    pub fn validate(&self) -> Result<(), Invalid> {
        invalid::line("name", &self.name, 128)?;
        self.note.as_deref().map_or(Ok(()), |note| invalid::line("note", note, 256))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn an_entry_is_a_name_of_one_line_and_a_number() {
        let json = serde_json::json!({
            "id": Uuid::from_u128(1), "name": "Locksmith", "number": "+15550100123",
        });
        let mut entry: PhonebookEntry = serde_json::from_value(json).unwrap();
        assert_eq!(entry.validate(), Ok(()));
        entry.note = Some("day\nand night".into());
        assert_eq!(entry.validate().unwrap_err().field, "note");
        entry.name = " ".into();
        assert_eq!(entry.validate().unwrap_err().field, "name");
    }
}
