//! DIDs at rest: the numbers that callers dial.

use routing::{Did, DidId, DidTarget, Number, Opening, Overflow};

use crate::documents::{Document, Documents, Stored, Value};
use crate::error::Error;
use crate::links::{Link, Target};
use crate::prompts;

/// The repository of numbers that callers dial.
pub type Dids = Documents<Did>;

impl Document for Did {
    type Id = DidId;
    const TABLE: &'static str = "did";
    const UNIQUE: &'static [&'static str] = &["number"];

    fn id(&self) -> DidId {
        self.id
    }

    fn unique(&self) -> Vec<Value> {
        vec![Value::Text(Some(self.number.to_string()))]
    }

    fn search(&self) -> String {
        format!("{} {}", self.number, self.label.as_deref().unwrap_or_default())
    }

    fn links(&self) -> Vec<Link> {
        let target = match self.target {
            DidTarget::Agent { agent } => Some(Link::new("target.agent", Target::Agent(agent))),
            DidTarget::Queue { queue } => Some(Link::new("target.queue", Target::Queue(queue))),
            DidTarget::Workflow { workflow } => {
                Some(Link::new("target.workflow", Target::Workflow(workflow)))
            }
            DidTarget::CallIn => None,
        };
        let campaign = self.campaign.map(|id| Link::new("campaign", Target::Campaign(id)));
        target
            .into_iter()
            .chain(campaign)
            .chain(overflow("unavailable", self.unavailable))
            .chain(closed(self.opening.as_ref()))
            .chain(self.notice.as_deref().map(|clip| prompts::link("notice", clip)))
            .collect()
    }

    fn target(&self) -> Option<Target> {
        None
    }
}

impl Documents<Did> {
    /// The DID with this number.
    pub async fn find_by_number(&self, number: Number) -> Result<Stored<Did>, Error> {
        self.find_by("number", Value::Text(Some(number.to_string()))).await
    }
}

/// What opening hours refer to.
pub(crate) fn closed(opening: Option<&Opening>) -> impl Iterator<Item = Link> {
    let closed = opening.and_then(|opening| overflow("opening.closed", opening.closed));
    let notice = opening.and_then(|opening| opening.notice.as_deref());
    closed.into_iter().chain(notice.map(|clip| prompts::link("opening.notice", clip)))
}

/// What an overflow refers to.
pub(crate) fn overflow(field: &str, overflow: Overflow) -> Option<Link> {
    match overflow {
        Overflow::Queue { queue } => {
            Some(Link::new(format!("{field}.queue"), Target::Queue(queue)))
        }
        Overflow::Agent { agent } => {
            Some(Link::new(format!("{field}.agent"), Target::Agent(agent)))
        }
        Overflow::Workflow { workflow } => {
            Some(Link::new(format!("{field}.workflow"), Target::Workflow(workflow)))
        }
        Overflow::Notice | Overflow::HangUp | Overflow::Voicemail | Overflow::Number { .. } => None,
    }
}
