//! Inbound queues at rest.

use routing::{Queue, QueueId};

use crate::dids::{closed, overflow};
use crate::documents::{Document, Documents, Value};
use crate::links::{Link, Target};
use crate::prompts::link;

/// The repository of inbound queues.
pub type Queues = Documents<Queue>;

impl Document for Queue {
    type Id = QueueId;
    const TABLE: &'static str = "queue";
    const UNIQUE: &'static [&'static str] = &["name"];

    fn id(&self) -> QueueId {
        self.id
    }

    fn unique(&self) -> Vec<Value> {
        vec![Value::Text(Some(self.name.clone()))]
    }

    fn search(&self) -> String {
        self.name.clone()
    }

    fn links(&self) -> Vec<Link> {
        let clips = self.clips().filter_map(|(field, clip)| Some(link(field, clip?)));
        let call_back = self
            .call_back
            .map(|terms| Link::new("call_back.campaign", Target::Campaign(terms.campaign)));
        let overflow = overflow("overflow", self.overflow);
        let elsewhere = overflow.into_iter().chain(closed(self.opening.as_ref()));
        let script = self.script.map(|id| Link::new("script", Target::Script(id)));
        elsewhere.chain(call_back).chain(clips).chain(script).collect()
    }

    fn target(&self) -> Option<Target> {
        Some(Target::Queue(self.id))
    }

    fn records() -> Option<(&'static str, &'static str)> {
        Some(("SELECT 1 FROM call WHERE queue = $1 LIMIT 1", "records of calls"))
    }
}
