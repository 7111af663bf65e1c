//! The watchdog: what has to be there for an agent to work, and is missed when it goes.
//!
//! ```text
//!  last window of the desk closes ─▶ absent ──20 s──▶ desk lost        a window opens ─▶ back
//!  last registration is gone      ─▶ device lost                     it registers ─▶ back
//! ```
//! The line is watched in `lines`. A page that reloads is away for a second and a network that
//! changes for some more, so a desk is given the time of FAULTS F11 before its agent counts as
//! gone. Talking needs neither desk nor registration, so a conversation goes on without them, and
//! its agent is unavailable after it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use routing::{AgentId, Fault, StateName};

use super::{Now, Output, Switch};

/// Agents whose desk has no window open, and since when that counts as lost.
#[derive(Debug, Default)]
pub(super) struct Watchdog {
    absent: BTreeMap<AgentId, Instant>,
}

impl Watchdog {
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.absent.values().min().copied()
    }
}

impl Switch {
    /// The last window of an agent's desk closed, or one opened again.
    pub(super) fn desk(&mut self, now: Now, agent: AgentId, open: bool, out: &mut Vec<Output>) {
        if open {
            self.watchdog.absent.remove(&agent);
            self.seen(now, agent, Fault::DeskLost, out);
        } else if self.floor.agent(agent).is_some() {
            self.watchdog.absent.insert(agent, now.at + DESK_PATIENCE);
        }
    }

    /// A telephone's registration is gone; one of several is none.
    pub(super) fn phone_gone(&mut self, now: Now, user: &str, out: &mut Vec<Output>) {
        let Some(agent) = self.directory.agent_at(user) else { return };
        self.touched.agents.insert(agent);
        let plan = self.line_plan(agent);
        if plan.rings_extension() && !self.has_telephone(agent, plan) {
            self.missed(now, agent, Fault::DeviceLost, out);
        }
    }

    /// A telephone is registered: perhaps the one that was missed.
    pub(super) fn phone_seen(&mut self, now: Now, agent: AgentId, out: &mut Vec<Output>) {
        if self.has_telephone(agent, self.line_plan(agent)) {
            self.seen(now, agent, Fault::DeviceLost, out);
        }
    }

    pub(super) fn tick_watchdog(&mut self, now: Now, out: &mut Vec<Output>) {
        let due = self.watchdog.absent.iter().filter(|(_, at)| **at <= now.at);
        let due: Vec<_> = due.map(|(agent, _)| *agent).collect();
        for agent in due {
            self.watchdog.absent.remove(&agent);
            self.missed(now, agent, Fault::DeskLost, out);
        }
    }

    fn missed(&mut self, now: Now, agent: AgentId, fault: Fault, out: &mut Vec<Output>) {
        if self.works(agent)
            && let Err(refused) = self.floor(|floor, o| floor.lost(now.at, agent, fault, o))
        {
            out.push(Output::Warn(format!("an agent is missed, but {refused}")));
        }
    }

    fn seen(&mut self, now: Now, agent: AgentId, fault: Fault, out: &mut Vec<Output>) {
        if self.works(agent)
            && let Err(refused) = self.floor(|floor, o| floor.back(now.at, agent, fault, o))
        {
            out.push(Output::Warn(format!("an agent is back, but {refused}")));
        }
    }

    /// Whether the agent is clocked in.
    pub(super) fn works(&self, agent: AgentId) -> bool {
        self.floor.agent(agent).is_some_and(|view| view.state().name() != StateName::LoggedOut)
    }
}

/// How long a desk may be away (FAULTS F11).
const DESK_PATIENCE: Duration = Duration::from_secs(20);
