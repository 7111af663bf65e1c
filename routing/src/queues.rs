//! Inbound queues: what a caller hears while waiting, how long, and what happens then.

use crate::agents::email;
use crate::ids::{AgentId, QueueId, ScriptId, WorkflowId};
use crate::invalid::{self, Invalid};
use crate::number::Number;
use crate::opening::Opening;
use crate::placeholders::check_address;
use crate::places::CallBack;
use serde::{Deserialize, Serialize};

/// An inbound queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// The id that DIDs and memberships refer to.
    pub id: QueueId,
    /// The name that agents and supervisors see; unique.
    pub name: String,
    /// The clip played while waiting, by name; none is the built-in music.
    #[serde(default)]
    pub music: Option<String>,
    /// Callers who may wait at once; 1..=10 000. A further one overflows at once.
    #[serde(default = "length_max")]
    pub length_max: u32,
    /// The longest wait, in ms; 1 000..=14 400 000.
    #[serde(default = "wait_ms_max")]
    pub wait_ms_max: u32,
    /// What happens to a caller who waited that long, or found the queue full.
    #[serde(default)]
    pub overflow: Overflow,
    /// The clip that a caller hears whom nobody takes, by name; none is the built-in notice.
    #[serde(default)]
    pub notice: Option<String>,
    /// Answered within this is in time, in ms; 1 000..=3 600 000.
    ///
    /// It is also the caller's due time: of two queues, the one whose caller is due first is
    /// served first.
    #[serde(default = "service_level_ms")]
    pub service_level_ms: u32,
    /// A caller hears the position this often, in ms; 0 is never, else 10 000..=600 000.
    #[serde(default = "announce_every_ms")]
    pub announce_every_ms: u32,
    /// With the position a caller hears the likely wait, where it is known.
    #[serde(default = "yes")]
    pub announce_wait: bool,
    /// The clip that a caller hears in between, by name; none is nothing but the music.
    #[serde(default)]
    pub comfort: Option<String>,
    /// How often a caller hears it, in ms; 10 000..=600 000.
    #[serde(default = "comfort_every_ms")]
    pub comfort_every_ms: u32,
    /// With the position a caller is offered to hang up and be called back; none is no such offer.
    #[serde(default)]
    pub call_back: Option<CallBack>,
    /// Conversations of its callers are recorded.
    #[serde(default)]
    pub record: bool,
    /// Agents may send customers here, as to a department (R106, R236).
    #[serde(default = "yes")]
    pub transfers: bool,
    /// Which of its free agents is asked first, the tier being the same.
    #[serde(default)]
    pub order: AgentOrder,
    /// An agent of whom there was no sign for so many minutes is active in it no more (R223);
    /// 0 is never, else 1..=1 440.
    #[serde(default)]
    pub auto_inactive_min: u16,
    /// When its callers find somebody there; none is always.
    #[serde(default)]
    pub opening: Option<Opening>,
    /// The clip before the tone of its mailbox, by name; none is the built-in greeting.
    #[serde(default)]
    pub greeting: Option<String>,
    /// Where messages of its mailbox are mailed.
    #[serde(default)]
    pub mail_to: Option<String>,
    /// What agents read and ask when they talk to its callers.
    #[serde(default)]
    pub script: Option<ScriptId>,
    /// The address of a caller's page in another system, with places.
    #[serde(default)]
    pub crm: Option<String>,
}

impl Queue {
    /// A queue with every setting as it is where nobody said otherwise.
    #[must_use]
    pub fn new(id: QueueId, name: impl Into<String>) -> Self {
        Self {
            id,
            name: name.into(),
            music: None,
            length_max: length_max(),
            wait_ms_max: wait_ms_max(),
            overflow: Overflow::default(),
            notice: None,
            service_level_ms: service_level_ms(),
            announce_every_ms: announce_every_ms(),
            announce_wait: yes(),
            comfort: None,
            comfort_every_ms: comfort_every_ms(),
            call_back: None,
            record: false,
            transfers: yes(),
            order: AgentOrder::default(),
            auto_inactive_min: 0,
            opening: None,
            greeting: None,
            mail_to: None,
            script: None,
            crm: None,
        }
    }

    /// Checks all that a queue can tell by itself.
    pub fn validate(&self) -> Result<(), Invalid> {
        invalid::line("name", &self.name, 128)?;
        for (field, clip) in self.clips() {
            clip.map_or(Ok(()), |clip| invalid::line(field, clip, 128))?;
        }
        self.mail_to.as_deref().map_or(Ok(()), |to| email("mail_to", to))?;
        self.crm.as_deref().map_or(Ok(()), |address| check_address("crm", address))?;
        within("length_max", self.length_max, 1, 10_000)?;
        within("wait_ms_max", self.wait_ms_max, 1_000, 14_400_000)?;
        within("service_level_ms", self.service_level_ms, 1_000, 3_600_000)?;
        if self.announce_every_ms != 0 {
            within("announce_every_ms", self.announce_every_ms, 10_000, 600_000)?;
        }
        within("comfort_every_ms", self.comfort_every_ms, 10_000, 600_000)?;
        if let Some(call_back) = &self.call_back {
            call_back.validate().map_err(|why| why.within("call_back"))?;
            if self.announce_every_ms == 0 {
                let why = "must not be 0: a call back is offered with the position";
                return Err(Invalid::new("announce_every_ms", why));
            }
        }
        within("auto_inactive_min", u32::from(self.auto_inactive_min), 0, 1_440)?;
        if let Some(opening) = &self.opening {
            opening.validate().map_err(|why| why.within("opening"))?;
            if opening.closed == (Overflow::Queue { queue: self.id }) {
                return Err(Invalid::new("opening.closed.queue", "must be another queue"));
            }
        }
        if self.overflow == (Overflow::Queue { queue: self.id }) {
            return Err(Invalid::new("overflow.queue", "must be another queue"));
        }
        Ok(())
    }

    /// The clips that it names, each with its field.
    pub fn clips(&self) -> impl Iterator<Item = (&'static str, Option<&str>)> {
        let clips = [
            ("music", &self.music),
            ("comfort", &self.comfort),
            ("greeting", &self.greeting),
            ("notice", &self.notice),
        ];
        clips.into_iter().map(|(field, clip)| (field, clip.as_deref()))
    }
}

/// Which of a queue's free agents is asked first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentOrder {
    /// Who has been idle longest, whatever for.
    #[default]
    LongestIdle,
    /// Whom this queue gave a call longest ago.
    RoundRobin,
    /// Who is of the highest level in it, and then idle longest.
    SkillLevel,
}

/// What happens to a caller whom nobody answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "snake_case", deny_unknown_fields)]
pub enum Overflow {
    /// A notice is played, and the call ends.
    #[default]
    Notice,
    /// The call ends at once.
    HangUp,
    /// The caller waits in another queue.
    Queue {
        /// The other queue.
        queue: QueueId,
    },
    /// The caller is put to an agent.
    Agent {
        /// The agent.
        agent: AgentId,
    },
    /// A message is taken, in the mailbox of whom the caller waits for (R158).
    Voicemail,
    /// The caller is put through to a number outside (R158).
    Number {
        /// The number.
        number: Number,
    },
    /// A workflow leads the caller further (R157, R174).
    Workflow {
        /// The workflow.
        workflow: WorkflowId,
    },
}

fn length_max() -> u32 {
    200
}

fn wait_ms_max() -> u32 {
    600_000
}

fn service_level_ms() -> u32 {
    20_000
}

fn announce_every_ms() -> u32 {
    30_000
}

fn comfort_every_ms() -> u32 {
    45_000
}

fn yes() -> bool {
    true
}

pub(crate) fn within(field: &'static str, value: u32, low: u32, high: u32) -> Result<(), Invalid> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(Invalid::new(field, format!("must be from {low} to {high}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn queue() -> Queue {
        let json = serde_json::json!({ "id": Uuid::from_u128(3), "name": "Support" });
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_queue_of_a_name_alone_is_sound() {
        assert_eq!(queue().validate(), Ok(()));
        assert_eq!(queue().overflow, Overflow::Notice);
    }

    #[test]
    fn every_limit_of_a_queue_names_its_field_and_range() {
        let told = |change: fn(&mut Queue)| {
            let mut queue = queue();
            change(&mut queue);
            queue.validate().unwrap_err().to_string()
        };
        assert_eq!(told(|q| q.length_max = 0), "length_max: must be from 1 to 10000");
        assert_eq!(told(|q| q.wait_ms_max = 999), "wait_ms_max: must be from 1000 to 14400000");
        assert_eq!(
            told(|q| q.service_level_ms = 0),
            "service_level_ms: must be from 1000 to 3600000"
        );
        assert_eq!(
            told(|q| q.announce_every_ms = 9_999),
            "announce_every_ms: must be from 10000 to 600000"
        );
    }

    #[test]
    fn a_call_back_is_offered_where_the_position_is_told_and_its_terms_are_checked() {
        let mut queue = queue();
        let terms = CallBack::of(Uuid::from_u128(5).into());
        queue.call_back = Some(terms);
        assert_eq!(queue.validate(), Ok(()));
        queue.announce_every_ms = 0;
        assert_eq!(queue.validate().unwrap_err().field, "announce_every_ms");
        (queue.announce_every_ms, queue.comfort_every_ms) = (10_000, 9_999);
        assert_eq!(queue.validate().unwrap_err().field, "comfort_every_ms");
        queue.comfort_every_ms = 10_000;
        queue.call_back = Some(CallBack { digit: 0, ..terms });
        assert_eq!(queue.validate().unwrap_err().field, "call_back.digit");
    }

    #[test]
    fn a_queue_that_overflows_into_itself_is_refused() {
        let mut queue = queue();
        queue.overflow = Overflow::Queue { queue: queue.id };
        assert_eq!(queue.validate().unwrap_err().field, "overflow.queue");
    }

    #[test]
    fn an_overflow_in_json_names_where_it_goes() {
        let agent = AgentId::from(Uuid::from_u128(4));
        let json = format!(r#"{{"to":"agent","agent":"{agent}"}}"#);
        let read: Overflow = serde_json::from_str(&json).unwrap();
        assert_eq!(read, Overflow::Agent { agent });
        assert_eq!(serde_json::to_string(&read).unwrap(), json);
    }
}
