//! Legal profiles at rest.

use dialer::{LegalProfile, ProfileId};

use crate::documents::{Document, Documents, Value};
use crate::links::{Link, Target};

/// The repository of legal profiles.
pub type Profiles = Documents<LegalProfile>;

impl Document for LegalProfile {
    type Id = ProfileId;
    const TABLE: &'static str = "legal_profile";
    const UNIQUE: &'static [&'static str] = &["name"];

    fn id(&self) -> ProfileId {
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
        Some(Target::Profile(self.id))
    }
}
