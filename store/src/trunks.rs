//! Trunks at rest.

use routing::{Trunk, TrunkId};

use crate::documents::{Document, Documents, Value};
use crate::links::{Link, Target};

/// The repository of trunks to carriers.
pub type Trunks = Documents<Trunk>;

impl Document for Trunk {
    type Id = TrunkId;
    const TABLE: &'static str = "trunk";
    const UNIQUE: &'static [&'static str] = &["name"];

    fn id(&self) -> TrunkId {
        self.id
    }

    fn unique(&self) -> Vec<Value> {
        vec![Value::Text(Some(self.name.clone()))]
    }

    fn search(&self) -> String {
        let hosts: Vec<_> = self.addresses.iter().map(|address| address.host.as_str()).collect();
        format!("{} {}", self.name, hosts.join(" "))
    }

    fn links(&self) -> Vec<Link> {
        Vec::new()
    }

    fn target(&self) -> Option<Target> {
        Some(Target::Trunk(self.id))
    }
}
