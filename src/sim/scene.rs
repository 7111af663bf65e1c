//! The simulated organisation: two carriers, two campaigns, two queues, agents, leads.
//!
//! Everything comes from the seed, ids too, so that a run can be repeated byte for byte.

use std::net::SocketAddr;

use admin_api::control::Change;
use dialer::{CallingWindow, CampaignSettings, Lead, LeadId, ListId};
use jiff::Timestamp;
use routing::{
    AfterCall, Agent, AgentNumber, CampaignMembership, Cli, Connection, Did, DidTarget, Lifecycle,
    Login, Number, Organisation, Overflow, PausePolicy, Prefix, Priority, Queue, QueueMembership,
    Tier, Trunk, TrunkAddress,
};
use store::agents::SipSecret;
use uuid::Uuid;

use super::law::Law;
use super::plan::Plan;
use crate::demo::outcomes::Chance;

/// The organisation with all its settings.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    pub(super) organisation: Organisation,
    pub(super) clis: Vec<Cli>,
    pub(super) trunks: Vec<Trunk>,
    pub(super) queues: Vec<Queue>,
    pub(super) dids: Vec<Did>,
    pub(super) campaigns: Vec<CampaignSettings>,
    pub(super) agents: Vec<Agent>,
}

impl Scene {
    /// Sets the scene; the second value are the leads. Under a law its campaign is the only one.
    pub(super) fn set(
        plan: &Plan,
        law: Option<&Law>,
        seed: [u8; 32],
    ) -> anyhow::Result<(Self, Vec<Lead>)> {
        let mut ids = Ids(Chance::new(seed, "ids"));
        let numbers =
            (0..6).map(|index| own_number(index).parse()).collect::<Result<Vec<Number>, _>>()?;
        // Few enough that a small floor meets it too; under a law no carrier is in the way.
        let cps_max = law.map_or(u32::from(plan.agents / 10).max(2), |_| 200);
        let trunks: Vec<_> = (0..CARRIERS).map(|index| trunk(&mut ids, index, cps_max)).collect();
        let lists: Vec<ListId> = (0..2).map(|_| ids.next().into()).collect();
        let ways: Vec<_> = trunks.iter().map(|trunk| trunk.id).collect();
        let dialling = match law {
            Some(law) => vec![law.campaign.clone()],
            None => ["Spring offer", "Renewals"].map(|name| campaign(&mut ids, name)).to_vec(),
        };
        let lists = lists.get(..dialling.len()).unwrap_or_default();
        let campaigns: Vec<_> = dialling
            .into_iter()
            .zip(lists)
            .enumerate()
            .map(|(index, (mut campaign, list))| {
                campaign.cli = numbers.get(1 + index).copied();
                campaign.trunks.clone_from(&ways);
                campaign.trunks.rotate_left(index);
                campaign.lists = vec![*list];
                campaign
            })
            .collect();
        let mut queues = ["Service", "Orders"].map(|name| queue(&mut ids, name)).to_vec();
        queues[0].overflow = Overflow::Queue { queue: queues[1].id };
        let mut agents = (0..plan.agents)
            .map(|index| agent(&mut ids, index, &campaigns, &queues))
            .collect::<anyhow::Result<Vec<_>>>()?;
        if law.is_none() {
            // Some have no line between calls: callers ring them, and nobody is dialled for them.
            agents.iter_mut().skip(4).step_by(6).for_each(|one| one.connection.persistent = false);
        }
        let dids = dids(&mut ids, &numbers, &queues, &agents);
        let for_each_hour = law.map_or(LEADS_PER_AGENT_HOUR, |_| LEADS_UNDER_LAW);
        let leads = leads(&mut ids, (plan, for_each_hour), lists);
        let scene = Self {
            organisation: organisation("50143".parse()?, numbers.first().copied()),
            clis: numbers
                .iter()
                .map(|number| {
                    let id = ids.next().into();
                    Cli { id, number: *number, label: None, enabled: true, calls_per_day: None }
                })
                .collect(),
            trunks,
            queues,
            dids,
            campaigns,
            agents,
        };
        Ok((scene, leads))
    }

    /// What the switch is told at its start, in an order in which each finds what it refers to.
    pub(super) fn changes(&self) -> Vec<Change> {
        let mut changes = vec![Change::Organisation(self.organisation.clone())];
        changes.extend(self.clis.iter().cloned().map(Change::Cli));
        changes.extend(self.trunks.iter().cloned().map(|one| Change::Trunk(Box::new(one))));
        changes.extend(self.queues.iter().map(|queue| Change::Queue(Box::new(queue.clone()))));
        let campaigns = self.campaigns.iter().cloned();
        changes.extend(campaigns.map(|campaign| Change::Campaign(Box::new(campaign))));
        let agents = self.agents.iter().cloned();
        changes.extend(agents.map(|agent| Change::Agent(Box::new(agent))));
        changes.extend((0..self.agents.len()).map(|index| Change::SipSecret(self.secret(index))));
        changes.extend(self.dids.iter().map(|did| Change::Did(Box::new(did.clone()))));
        changes
    }

    /// The extension of an agent.
    pub(super) fn extension(&self, index: usize) -> String {
        self.organisation.prefix.extension(self.agents[index].number).to_string()
    }

    fn secret(&self, index: usize) -> SipSecret {
        let extension = self.extension(index);
        let agent = self.agents[index].id;
        SipSecret::new(agent, extension, REALM, PASSWORD, Timestamp::UNIX_EPOCH)
    }
}

/// Where the switch is.
pub(super) fn switch_address() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], 5_060))
}

/// Where a carrier is.
pub(super) fn carrier_address(index: usize) -> SocketAddr {
    let last = u8::try_from(1 + index % 200).unwrap_or(1);
    SocketAddr::from(([198, 51, 100, last], 5_060))
}

/// How long an agent may take for a wrap-up.
pub(super) const WRAP_UP_MS: u32 = 45_000;

pub(super) const CARRIERS: usize = 2;
pub(super) const REALM: &str = "cordboard";
/// Of every telephone: what guards it is another test's matter.
pub(super) const PASSWORD: &str = "secret";

/// Numbers of ours: 0 the organisation's, 1 and 2 the campaigns', 3 and 4 the queues', 5 an
/// agent's.
pub(super) fn own_number(index: usize) -> String {
    format!("+1202555{:04}", 180 + index)
}

/// Ids by chance, in the form of version 4.
struct Ids(Chance);

impl Ids {
    fn next(&mut self) -> Uuid {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&self.0.bytes()[..16]);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }
}

fn organisation(prefix: Prefix, cli: Option<Number>) -> Organisation {
    Organisation {
        name: "Meridian Services".to_owned(),
        prefix,
        cli,
        time_zone: "America/New_York".to_owned(),
        pause_reason: PausePolicy::Required,
        clock_out_while_active: false,
        track_attendance: false,
        known_caller: routing::KnownCaller::default(),
        crm_hosts: vec![],
        crm_plain: false,
    }
}

fn campaign(ids: &mut Ids, name: &str) -> CampaignSettings {
    CampaignSettings {
        running: true,
        ring_timeout_s: 20,
        window: CallingWindow::us(),
        ..CampaignSettings::new(ids.next().into(), name)
    }
}

fn trunk(ids: &mut Ids, index: usize, cps_max: u32) -> Trunk {
    let address = carrier_address(index);
    let there = TrunkAddress {
        host: address.ip().to_string(),
        port: Some(address.port()),
        transport: Some(routing::Transport::Udp),
    };
    Trunk {
        sources: vec![address.ip()],
        calls_max: 5_000,
        cps_max,
        codecs: vec![routing::Codec::Pcmu, routing::Codec::Pcma],
        destinations: vec!["1".to_owned()],
        // A carrier of the simulator answers calls and nothing else.
        probe_s: 0,
        ..Trunk::new(ids.next().into(), format!("Carrier {index}"), vec![there])
    }
}

fn queue(ids: &mut Ids, name: &str) -> Queue {
    Queue {
        length_max: 20,
        wait_ms_max: 90_000,
        announce_every_ms: 15_000,
        ..Queue::new(ids.next().into(), name)
    }
}

fn dids(ids: &mut Ids, numbers: &[Number], queues: &[Queue], agents: &[Agent]) -> Vec<Did> {
    let lines = queues.iter().map(|queue| DidTarget::Queue { queue: queue.id });
    let direct = agents.first().map(|agent| DidTarget::Agent { agent: agent.id });
    numbers
        .iter()
        .skip(3)
        .zip(lines.chain(direct))
        .map(|(number, target)| Did {
            id: ids.next().into(),
            number: *number,
            label: None,
            target,
            campaign: None,
            unavailable: Overflow::Voicemail,
            notice: None,
            opening: None,
        })
        .collect()
}

/// Every third agent works for both campaigns, the others for one; all answer both queues, one of
/// them first.
fn agent(
    ids: &mut Ids,
    index: u16,
    campaigns: &[CampaignSettings],
    queues: &[Queue],
) -> anyhow::Result<Agent> {
    let number = AgentNumber::try_from(u32::from(index) + 1_001)?;
    let own = usize::from(index) % campaigns.len();
    let campaigns =
        campaigns.iter().enumerate().filter(|(at, _)| *at == own || index.is_multiple_of(3));
    let campaigns = campaigns
        .map(|(_, one)| CampaignMembership { campaign: one.id, priority: Priority::Medium });
    let ranks = [Priority::High, Priority::Medium];
    let queues = queues.iter().zip(ranks).map(|(queue, priority)| QueueMembership {
        priority,
        tier: if index.is_multiple_of(4) { Tier::Secondary } else { Tier::Primary },
        ..QueueMembership::of(queue.id)
    });
    Ok(Agent {
        id: ids.next().into(),
        number,
        code: format!("A{number}"),
        first_name: "Agent".to_owned(),
        last_name: format!("{number}"),
        username: Some(format!("agent{number}")),
        email: None,
        teams: vec![],
        campaigns: campaigns.collect(),
        queues: queues.collect(),
        cli: None,
        time_zone: "America/New_York".to_owned(),
        after_call: AfterCall { wrap_up_ms: WRAP_UP_MS, auto_ready: !index.is_multiple_of(5) },
        distribution: routing::Distribution::default(),
        connection: Connection::default(),
        lifecycle: Lifecycle::Active,
        login: Login::Enabled,
        transfers_when_paused: false,
        permissions: routing::Permissions::default(),
        greeting: None,
        hourly_cost_cents: 1_000,
    })
}

/// People in New York, Chicago and Los Angeles: one number in five stands on both lists, and one
/// in seven is said to live in Los Angeles, wherever its number is from.
fn leads(ids: &mut Ids, (plan, for_each_hour): (&Plan, usize), lists: &[ListId]) -> Vec<Lead> {
    let wanted = usize::from(plan.agents) * for_each_hour;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "hours are at least one here, and few"
    )]
    let wanted = (wanted * plan.hours.ceil().max(1.0) as usize).min(LEADS_MAX);
    let mut leads = vec![];
    for index in 0..wanted {
        let Ok(number) = number(index).parse() else { continue };
        let first = index % lists.len();
        let twice = index % 5 == 2;
        for (at, list) in lists.iter().enumerate() {
            if at == first || twice {
                let mut lead = Lead::new(LeadId::from(ids.next()), *list, number);
                lead.priority = i16::from(is_urgent(number));
                lead.zone = is_said_west(number).then(|| "America/Los_Angeles".to_owned());
                leads.push(lead);
            }
        }
    }
    leads
}

/// Whether the list says that they live in Los Angeles.
pub(super) fn is_said_west(number: Number) -> bool {
    let digits = number.digits();
    let own = digits.get(4..).and_then(|own| own.parse::<u32>().ok());
    own.is_some_and(|own| own % 7 == 4)
}

/// Whether the list puts them before the others: one in fifty, of the second list's own.
pub(super) fn is_urgent(number: Number) -> bool {
    let digits = number.digits();
    let place = digits.get(4..).and_then(|own| own.parse::<usize>().ok());
    let area = AREAS.iter().position(|(area, _)| digits.get(1..4) == Some(*area));
    let Some((place, area)) = place.zip(area) else { return false };
    (place.saturating_sub(2_000_000) * AREAS.len() + area) % 50 == 3
}

/// Three areas by turns; an exchange begins at 200.
fn number(index: usize) -> String {
    let area = AREAS[index % AREAS.len()].0;
    let rest = index / AREAS.len();
    format!("+1{area}{:03}{:04}", 200 + rest / 10_000, rest % 10_000)
}

/// Area codes and where their people live.
pub(super) const AREAS: [(&str, &str); 3] =
    [("212", "America/New_York"), ("312", "America/Chicago"), ("213", "America/Los_Angeles")];

const LEADS_PER_AGENT_HOUR: usize = 60;
/// A list that no shift comes to the end of.
const LEADS_UNDER_LAW: usize = 600;
const LEADS_MAX: usize = 2_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::Faults;
    use dialer::campaigns::Deployment;

    #[test]
    fn every_setting_of_the_scene_is_one_the_product_accepts() {
        let plan = Plan { seed: 1, agents: 30, hours: 1.0, faults: Faults::NONE, until: None };
        let (scene, leads) = Scene::set(&plan, None, [1; 32]).unwrap();
        scene.organisation.validate().unwrap();
        scene.trunks.iter().for_each(|trunk| trunk.validate().unwrap());
        scene.queues.iter().for_each(|queue| queue.validate().unwrap());
        scene.dids.iter().for_each(|did| did.validate().unwrap());
        scene.agents.iter().for_each(|agent| agent.validate().unwrap());
        let live = |campaign: &CampaignSettings| campaign.validate(Deployment::Live).unwrap();
        scene.campaigns.iter().for_each(live);
        assert_eq!((scene.dids.len(), scene.agents.len()), (3, 30));
        assert_eq!(leads.len(), 1_800 * 6 / 5);
        assert!(leads.iter().all(|lead| lead.validate().is_ok()));
    }
}
