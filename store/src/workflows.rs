//! Workflows at rest, with every version of each.

use routing::workflows::{Gather, Step};
use routing::{Mailbox, Workflow, WorkflowId};

use crate::documents::{Document, Documents, Value};
use crate::links::{Link, Target};

/// The repository of workflows.
pub type Workflows = Documents<Workflow>;

impl Document for Workflow {
    type Id = WorkflowId;
    const TABLE: &'static str = "workflow";
    const UNIQUE: &'static [&'static str] = &["name"];
    const VERSIONS: Option<&'static str> = Some("workflow_version");

    fn id(&self) -> WorkflowId {
        self.id
    }

    fn unique(&self) -> Vec<Value> {
        vec![Value::Text(Some(self.name.clone()))]
    }

    fn search(&self) -> String {
        self.name.clone()
    }

    fn links(&self) -> Vec<Link> {
        let link = |(name, step): (&String, &Step)| {
            let (field, target) = match step {
                Step::Queue { queue } => ("queue", Target::Queue(*queue)),
                Step::Agent { agent } => ("agent", Target::Agent(*agent)),
                Step::Voicemail { mailbox: Mailbox::Queue { queue } } => {
                    ("mailbox.queue", Target::Queue(*queue))
                }
                Step::Voicemail { mailbox: Mailbox::Agent { agent } } => {
                    ("mailbox.agent", Target::Agent(*agent))
                }
                Step::Play { clip, .. } => ("clip", Target::Prompt(clip.clone())),
                Step::Gather(Gather { clip: Some(clip), .. }) => {
                    ("clip", Target::Prompt(clip.clone()))
                }
                _ => return None,
            };
            Some(Link::new(format!("steps.{name}.{field}"), target))
        };
        self.steps.iter().filter_map(link).collect()
    }

    fn target(&self) -> Option<Target> {
        Some(Target::Workflow(self.id))
    }
}
