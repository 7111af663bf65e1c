//! The settings that calls are made by, as the administrator's changes left them; trunks have a
//! page of their own.
//!
//! Every change arrives here after it is durable. Calls in hand keep what they began with.

use std::collections::BTreeMap;

use admin_api::control::Change;
use dialer::{Campaign, CampaignSettings, ListId, ProfileId};
use routing::{
    Agent, AgentId, CampaignId, Cli, CliId, Did, DidId, DidTarget, Number, Organisation, PlaceEnd,
};

use store::leads::Reconsidered;

use super::telephones::Phone;
use super::{Now, Output, Switch};

/// What the brain knows of organisation, numbers and extensions.
#[derive(Debug, Default)]
pub(super) struct Directory {
    pub(super) organisation: Option<Organisation>,
    clis: BTreeMap<CliId, Cli>,
    dids: BTreeMap<DidId, Did>,
    extensions: BTreeMap<AgentId, String>,
    by_extension: BTreeMap<String, AgentId>,
    pub(super) phones: BTreeMap<AgentId, Phone>,
}

impl Directory {
    /// The number presented by R154 has to be ours and enabled.
    pub(super) fn cli(&self, number: Number) -> Option<&Cli> {
        self.clis.values().find(|cli| cli.enabled && cli.number == number)
    }

    pub(super) fn clis(&self) -> impl Iterator<Item = &Cli> {
        self.clis.values()
    }

    /// The DID with this number.
    pub(super) fn did(&self, number: Number) -> Option<&Did> {
        self.dids.values().find(|did| did.number == number)
    }

    /// Whether agents can call in from any telephone.
    pub(super) fn has_access_number(&self) -> bool {
        self.dids.values().any(|did| did.target == DidTarget::CallIn)
    }

    pub(super) fn did_by_id(&self, id: DidId) -> Option<&Did> {
        self.dids.get(&id)
    }

    pub(super) fn extension(&self, agent: AgentId) -> Option<&str> {
        self.extensions.get(&agent).map(String::as_str)
    }

    pub(super) fn agent_at(&self, extension: &str) -> Option<AgentId> {
        self.by_extension.get(extension).copied()
    }

    /// The agent has this extension from now on; the one before, if it was another.
    pub(super) fn set_extension(&mut self, agent: AgentId, extension: &str) -> Option<String> {
        let old = self.remove_extension(agent).filter(|old| old != extension);
        self.extensions.insert(agent, extension.to_owned());
        self.by_extension.insert(extension.to_owned(), agent);
        old
    }

    fn remove_extension(&mut self, agent: AgentId) -> Option<String> {
        let old = self.extensions.remove(&agent)?;
        // Another agent may have it by now.
        if self.agent_at(&old) == Some(agent) {
            self.by_extension.remove(&old);
        }
        Some(old)
    }
}

impl Switch {
    /// Takes a durable change into force.
    pub(super) fn change(&mut self, now: Now, change: Change, out: &mut Vec<Output>) {
        match change {
            Change::Organisation(organisation) => self.set_organisation(organisation),
            Change::Agent(agent) => self.set_agent(now, *agent, out),
            Change::SipSecret(secret) => self.set_secret(now, secret, out),
            Change::CallInPin(agent) => self.door.forgive(agent),
            Change::AgentRemoved(agent) => self.remove_agent(now, agent, out),
            Change::Trunk(trunk) => self.set_trunk(now, *trunk, out),
            Change::TrunkSecret(trunk, secret) => {
                self.set_trunk_secret(now, trunk, secret, out);
            }
            Change::TrunkRemoved(id) => self.remove_trunk(now, id, out),
            Change::Cli(cli) => drop(self.directory.clis.insert(cli.id, cli)),
            Change::CliRemoved(id) => drop(self.directory.clis.remove(&id)),
            Change::Did(did) => drop(self.directory.dids.insert(did.id, *did)),
            Change::DidRemoved(id) => drop(self.directory.dids.remove(&id)),
            Change::Queue(queue) => {
                self.touched.queues.insert(queue.id);
                if let Err(refused) = self.floor(|floor, o| floor.set_queue(now.at, *queue, o)) {
                    out.push(Output::Warn(format!("a queue is not in force: {refused}")));
                }
                self.tick_places(now, out);
            }
            Change::QueueRemoved(id) => {
                self.touched.queues.insert(id);
                self.waits.remove(&id);
                self.end_places(now, self.places.of_queue(id), PlaceEnd::QueueGone, out);
                self.floor(|floor, o| floor.remove_queue(now.at, id, o));
            }
            Change::Workflow { workflow, version } => self.set_workflow(*workflow, version),
            Change::WorkflowRemoved(id) => self.remove_workflow(id),
            Change::Prompt { name, sound } => Self::stock(name, sound, out),
            Change::Team(team) => {
                if let Err(refused) = self.floor.set_team(team) {
                    out.push(Output::Warn(format!("a team is not in force: {refused}")));
                }
            }
            Change::TeamRemoved(id) => self.floor.remove_team(id),
            Change::Campaign(settings) => self.set_campaign(now, *settings, out),
            Change::CampaignRemoved(id) => self.remove_campaign(now, id, out),
            Change::Register(settings) => {
                self.gate.dnc_mut().set_register(settings);
                self.outlaw_all(now, out);
            }
            Change::RegisterRemoved(id) => self.gate.dnc_mut().strike(id),
            Change::Profile(profile) => {
                let id = profile.id;
                self.gate.set_profile(*profile);
                self.law_changed(now, id, out);
            }
            Change::ProfileRemoved(id) => {
                self.gate.remove_profile(id);
                self.law_changed(now, id, out);
            }
            Change::MessageMarked { mailbox, heard } => {
                self.count_messages(now, mailbox, |messages| messages.mark(heard), out);
            }
            Change::MessageRemoved { mailbox, heard } => {
                self.count_messages(now, mailbox, |messages| messages.take(heard), out);
            }
            Change::Lead { lead, version } => self.correct_lead(now, &lead, version, out),
            Change::LeadRemoved { lead, version } => self.forget_lead(now, lead, version),
            Change::ListChanged { list } | Change::ListRemoved(list) => {
                for campaign in self.campaigns.values_mut() {
                    if campaign.settings().lists.contains(&list) {
                        campaign.set(campaign.settings().clone());
                    }
                }
            }
        }
        self.pace_all();
    }

    fn set_organisation(&mut self, organisation: Organisation) {
        self.floor.set_policy(organisation.policy());
        self.trunks.set_zone(&organisation.time_zone);
        self.directory.organisation = Some(organisation);
    }

    fn set_agent(&mut self, now: Now, agent: Agent, out: &mut Vec<Output>) {
        let id = agent.id;
        self.touched.agents.insert(id);
        self.set_telephone(id, agent.connection.telephone.clone());
        if let Err(refused) = self.floor(|floor, o| floor.set_agent(now.at, agent, o)) {
            out.push(Output::Warn(format!("an agent is not in force: {refused}")));
        }
        self.tell_agent(now, id);
    }

    fn remove_agent(&mut self, now: Now, agent: AgentId, out: &mut Vec<Output>) {
        self.floor(|floor, o| floor.remove_agent(now.at, agent, o));
        self.tell_agent(now, agent);
        self.help.remove(&agent);
        self.watched.remove(&agent);
        self.door.forgive(agent);
        self.directory.phones.remove(&agent);
        if let Some(extension) = self.directory.remove_extension(agent) {
            self.sip(out, |sip, o| sip.remove_account(now.at, &extension, o));
        }
        self.touched.agents.insert(agent);
    }

    fn set_campaign(&mut self, now: Now, settings: CampaignSettings, out: &mut Vec<Output>) {
        let id = settings.id;
        self.touched.campaigns.insert(id);
        let ran = self.campaigns.get(&id).is_some_and(|campaign| campaign.settings().running);
        let stops = ran && !settings.running;
        let paced = self.paces_people(id);
        if let Some(campaign) = self.campaigns.get_mut(&id) {
            if settings.running && *campaign.settings() != settings {
                out.push(Output::Reconsider(Reconsidered::of(&settings)));
            }
            campaign.set(settings);
        } else {
            let ledger = self.ledgers.remove(&id).unwrap_or_default();
            self.campaigns.insert(id, Campaign::new(settings, ledger));
        }
        self.share_lists();
        self.put_under_law(id);
        self.set_pacer(now, id);
        if stops {
            self.stop_ringing(now, id, out);
        }
        self.outlaw(now, id, out);
        if paced && !self.paces_people(id) {
            // What lay in stock is to be held for agents from now on.
            let due = self.callbacks.due_leads(now.wall, id);
            out.extend(due.into_iter().map(|lead| Output::Fetch(id, lead)));
        }
    }

    /// A lead that one campaign has called often enough is not done with while another that dials
    /// its list may call it still.
    fn share_lists(&mut self) {
        let mut most = BTreeMap::<ListId, u16>::new();
        for own in self.campaigns.values().map(Campaign::settings).filter(|own| own.running) {
            for list in &own.lists {
                let attempts = most.entry(*list).or_default();
                *attempts = (*attempts).max(own.max_attempts);
            }
        }
        for campaign in self.campaigns.values_mut() {
            campaign.share(|list| most.get(&list).copied().unwrap_or_default());
        }
    }

    /// Gives up what rings for a campaign and would not be permitted any more.
    pub(super) fn outlaw(&mut self, now: Now, id: CampaignId, out: &mut Vec<Output>) {
        let campaign = self.campaigns.get(&id);
        let outlawed = campaign.map(|own| own.outlawed(now.wall, &self.gate)).unwrap_or_default();
        for attempt in outlawed {
            self.cancel_attempt(now, attempt, out);
        }
    }

    fn outlaw_all(&mut self, now: Now, out: &mut Vec<Output>) {
        let all: Vec<_> = self.campaigns.keys().copied().collect();
        for id in all {
            self.outlaw(now, id, out);
        }
    }

    /// A legal profile is new, changed or gone: it holds at once for whoever names it.
    fn law_changed(&mut self, now: Now, profile: ProfileId, out: &mut Vec<Output>) {
        let named = |campaign: &Campaign| campaign.settings().profile == Some(profile);
        let of = self.campaigns.iter().filter(|(_, campaign)| named(campaign));
        let of: Vec<_> = of.map(|(id, _)| *id).collect();
        for id in of {
            self.put_under_law(id);
            self.set_pacer(now, id);
            self.touched.campaigns.insert(id);
            self.outlaw(now, id, out);
            let settings = self.campaigns.get(&id).map(Campaign::settings);
            out.extend(settings.map(|own| Output::Reconsider(Reconsidered::of(own))));
        }
    }

    fn put_under_law(&mut self, id: CampaignId) {
        if let Some(campaign) = self.campaigns.get_mut(&id) {
            let law = self.gate.profile_of(campaign.settings()).cloned();
            campaign.under(law.as_ref());
        }
        if let Some(counts) = self.campaign_counts.get_mut(&id) {
            counts.rate_taken = None;
        }
    }

    /// Its attempts that still ring are cancelled; conversations go on.
    fn remove_campaign(&mut self, now: Now, id: CampaignId, out: &mut Vec<Output>) {
        self.stop_ringing(now, id, out);
        if let Some(campaign) = self.campaigns.get_mut(&id) {
            let settings = CampaignSettings { running: false, ..campaign.settings().clone() };
            campaign.set(settings);
        }
        self.share_lists();
        self.directory.dids.retain(|_, did| match did.target {
            DidTarget::Agent { .. }
            | DidTarget::Queue { .. }
            | DidTarget::Workflow { .. }
            | DidTarget::CallIn => did.campaign != Some(id),
        });
        self.touched.campaigns.insert(id);
    }
}
