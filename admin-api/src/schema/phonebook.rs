//! The phonebook's entries, as `openapi.json` describes them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::settings::shown;
use super::shapes;
use crate::documents::Stamp;

shapes! {
    /// A number outside that agents reach by name.
    PhonebookEntry {
        /// Who is called there; unique.
        #[schema(min_length = 1, max_length = 128)]
        name: String,
        /// The number, in E.164.
        #[schema(example = "+15550100123")]
        number: String,
        /// What else is worth knowing.
        #[schema(max_length = 256)]
        note: Option<String>,
    }
}

shown! {
    ShownPhonebookEntry: PhonebookEntry,
}
