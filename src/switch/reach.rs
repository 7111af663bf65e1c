//! Whom an agent reaches from the desk: the directory of colleagues and queues, what waits in the
//! agent's own queues, and the keys that the other side hears.

use admin_api::control::{
    ByHand, Colleague, CommandError, Department, Directory, Group, Keys, Reach, Reply, WaitingCall,
};
use dialer::Campaign;
use media::{Command, StreamId};
use routing::{Agent, AgentId, CallId, Target};

use super::{Now, Output, Switch, views};
use crate::call::actions::{Act, Third};

impl Switch {
    /// Whom the agent can call, or send a customer to.
    pub(super) fn directory_of(&self, now: Now, agent: AgentId) -> Result<Reply, CommandError> {
        let own = self.floor.agent(agent).ok_or(CommandError::Unknown)?.profile;
        let colleagues = self.floor.colleagues(agent).map(|view| {
            let other = view.profile.id;
            let call = self.floor.may_call(agent, other).map(|()| Reach::Call);
            let transfer = self.floor.may_send(agent, Target::Agent(other));
            Colleague {
                id: other,
                number: view.profile.number,
                name: view.profile.display_name(),
                state: view.state().name(),
                since: self.wall(view.presence.since()),
                allowed: call.into_iter().chain(transfer.map(|()| Reach::Transfer)).collect(),
            }
        });
        let queues = self.floor.queues().filter(|queue| queue.transfers).map(|queue| {
            let target = Target::Queue(queue.id);
            Department {
                id: queue.id,
                name: queue.name.clone(),
                waiting: views::count(self.callers_in_line(target)),
                ready: views::count(self.floor.tally(target).ready),
                open: self.is_open(now, queue.id),
            }
        });
        let (colleagues, queues) = (colleagues.collect(), queues.collect());
        let outside = own.permissions.outside_transfers;
        let call_backs = own.permissions.callback_list && own.permissions.callback_dials;
        let campaigns = self.by_hand(now, own);
        let known = Directory { colleagues, queues, outside, call_backs, campaigns };
        Ok(Reply::Directory(Box::new(known)))
    }

    /// For whom the agent may dial by hand, and what the called person would see.
    fn by_hand(&self, now: Now, own: &Agent) -> Vec<ByHand> {
        let mine = own.campaigns.iter().filter(|_| own.permissions.manual_calls);
        let settings =
            mine.filter_map(|one| self.campaigns.get(&one.campaign)).map(Campaign::settings);
        let mut campaigns: Vec<_> = settings
            .filter(|settings| settings.running || own.permissions.stopped_campaigns)
            .map(|settings| ByHand {
                id: settings.id,
                name: settings.name.clone(),
                running: settings.running,
                cli: self.cli_for(now, settings.cli, own.cli).ok().map(|chosen| chosen.number),
            })
            .collect();
        campaigns.sort_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
        campaigns
    }

    /// What waits in the agent's queues, for who may pick by hand (R155, R219).
    pub(super) fn groups_of(&self, agent: AgentId) -> Result<Reply, CommandError> {
        let view = self.floor.agent(agent).ok_or(CommandError::Unknown)?;
        let groups = view.groups().filter_map(|(member, active)| {
            let queue = self.floor.queue(member.queue)?;
            let target = Target::Queue(queue.id);
            let waiting = self.floor.line(target).take(WAITING_SHOWN);
            Some(Group {
                id: queue.id,
                name: queue.name.clone(),
                tier: member.tier,
                active,
                waiting: views::count(self.callers_in_line(target)),
                ready: views::count(self.floor.tally(target).ready),
                calls: waiting.filter_map(|call| self.waiting_call(call)).collect(),
            })
        });
        Ok(Reply::Groups(groups.collect()))
    }

    fn waiting_call(&self, id: CallId) -> Option<WaitingCall> {
        let slot = self.calls.get(&id)?;
        Some(WaitingCall { id, calling: slot.call.calling.clone(), since: self.wall(slot.since) })
    }

    /// Whoever the agent talks with hears keys: as telephone events, or tones where none were
    /// agreed (RFC 4733).
    pub(super) fn press(
        &mut self,
        agent: AgentId,
        keys: &Keys,
        out: &mut Vec<Output>,
    ) -> Result<Reply, CommandError> {
        self.permit_act(agent, Act::Press)?;
        if let Some(stream) = self.listens_to(agent) {
            let digits = keys.as_str().to_owned();
            out.push(Output::Media(Command::Press { stream, digits }));
        }
        Ok(Reply::Done)
    }

    /// The third party where the agent turned to one, and else the customer.
    fn listens_to(&self, agent: AgentId) -> Option<StreamId> {
        if self.third(agent) == Third::Beside {
            return self.far(self.consultations.get(&agent)?.call);
        }
        let slot = self.calls.get(&self.call_of(agent)?)?;
        slot.call.customer.map(|party| party.stream)
    }
}

/// So many of a queue's callers are shown; the count tells the rest.
const WAITING_SHOWN: usize = 20;
