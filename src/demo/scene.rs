//! The scene: an organisation with everything it needs to work, ready to be stored.
//!
//! Ids are new each time. The calling window is open always, because nobody lives at these
//! numbers; everything else is what a customer would set.

use std::net::SocketAddr;

use dialer::{CallingWindow, CampaignSettings, ListId};
use routing::{
    AfterCall, Agent, AgentNumber, CampaignMembership, Cli, Connection, Did, DidTarget, Lifecycle,
    Login, Number, Organisation, Overflow, PausePolicy, Prefix, Priority, Queue, QueueMembership,
    Trunk, TrunkAddress, Workflow,
};
use uuid::Uuid;

use super::leads;

/// Everything the demo's switch is set up with.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The organisation; its prefix and an agent's number make the extension.
    pub organisation: Organisation,
    /// The numbers it may present.
    pub clis: Vec<Cli>,
    /// The way to the simulated carrier.
    pub trunk: Trunk,
    /// Where callers wait.
    pub queue: Queue,
    /// What leads callers; no DID of the demo's does.
    pub workflows: Vec<Workflow>,
    /// One DID to the queue, one to the first agent.
    pub dids: Vec<Did>,
    /// The campaign: it dials as soon as somebody is ready.
    pub campaign: CampaignSettings,
    /// Its list.
    pub list: ListId,
    /// What the list is called.
    pub list_name: String,
    /// Its leads, as CSV.
    pub leads_csv: String,
    /// Who works.
    pub agents: Vec<Agent>,
}

/// What the scene is to hold.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Agents; 1 to 286, the simulated voices that can be told apart.
    pub agents: u16,
    /// Leads; at most [`leads::LEADS_MAX`].
    pub leads: usize,
}

/// A number, prefix or setting of the scene that this version of the product refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the demo's {field}: {why}")]
pub struct SceneError {
    /// Which.
    pub field: &'static str,
    /// What was expected.
    pub why: String,
}

impl Scene {
    /// Sets the scene around a carrier.
    pub fn set(carrier: SocketAddr, size: Size, seed: [u8; 32]) -> Result<Self, SceneError> {
        let numbers = (0..OWN_NUMBERS)
            .map(|index| parsed("own number", &leads::own_number(index)))
            .collect::<Result<Vec<Number>, _>>()?;
        let trunk = trunk(carrier);
        let list = ListId::from(Uuid::now_v7());
        let mut campaign = CampaignSettings::new(Uuid::now_v7().into(), "Spring offer");
        campaign.running = true;
        campaign.cli = Some(numbers[1]);
        campaign.trunks = vec![trunk.id];
        campaign.lists = vec![list];
        campaign.ring_timeout_s = 15;
        campaign.window = CallingWindow::always();
        let queue = queue();
        let agents = (0..size.agents)
            .map(|index| agent(index, &campaign, &queue))
            .collect::<Result<Vec<_>, _>>()?;
        let mut dids = vec![did(numbers[2], "Service", DidTarget::Queue { queue: queue.id })];
        dids.extend(
            agents
                .first()
                .map(|first| did(numbers[3], "Direct", DidTarget::Agent { agent: first.id })),
        );
        Ok(Self {
            organisation: organisation(numbers[0])?,
            clis: numbers.iter().map(|number| cli(*number)).collect(),
            trunk,
            queue,
            workflows: vec![],
            dids,
            campaign,
            list,
            list_name: "Demo list".to_owned(),
            leads_csv: leads::csv(size.leads, seed),
            agents,
        })
    }
}

/// Organisation, campaign, and two DIDs.
const OWN_NUMBERS: usize = 4;

fn organisation(cli: Number) -> Result<Organisation, SceneError> {
    Ok(Organisation {
        name: "Meridian Services".to_owned(),
        prefix: parsed::<Prefix>("prefix", "50143")?,
        cli: Some(cli),
        time_zone: "America/New_York".to_owned(),
        pause_reason: PausePolicy::Required,
        clock_out_while_active: false,
        track_attendance: false,
        known_caller: routing::KnownCaller::default(),
        crm_hosts: vec![],
        crm_plain: false,
    })
}

fn trunk(carrier: SocketAddr) -> Trunk {
    let address = TrunkAddress {
        host: carrier.ip().to_string(),
        port: Some(carrier.port()),
        transport: Some(routing::Transport::Udp),
    };
    Trunk {
        sources: vec![carrier.ip()],
        calls_max: 1_000,
        cps_max: 100,
        codecs: vec![routing::Codec::Pcmu, routing::Codec::Pcma],
        destinations: vec!["1".to_owned(), "44".to_owned()],
        // A simulated carrier is there as long as we are.
        probe_s: 0,
        ..Trunk::new(Uuid::now_v7().into(), "Simulated carrier", vec![address])
    }
}

fn queue() -> Queue {
    Queue {
        length_max: 50,
        wait_ms_max: 120_000,
        announce_every_ms: 15_000,
        ..Queue::new(Uuid::now_v7().into(), "Service")
    }
}

fn did(number: Number, label: &str, target: DidTarget) -> Did {
    let label = Some(label.to_owned());
    let id = Uuid::now_v7().into();
    Did {
        id,
        number,
        label,
        target,
        campaign: None,
        unavailable: Overflow::Notice,
        notice: None,
        opening: None,
    }
}

fn cli(number: Number) -> Cli {
    Cli { id: Uuid::now_v7().into(), number, label: None, enabled: true, calls_per_day: None }
}

fn agent(index: u16, campaign: &CampaignSettings, queue: &Queue) -> Result<Agent, SceneError> {
    let (first_name, last_name) = NAMES[usize::from(index) % NAMES.len()];
    let number = FIRST_AGENT + u32::from(index);
    let campaigns = vec![CampaignMembership { campaign: campaign.id, priority: Priority::Medium }];
    let queues =
        vec![QueueMembership { priority: Priority::High, ..QueueMembership::of(queue.id) }];
    Ok(Agent {
        id: Uuid::now_v7().into(),
        number: AgentNumber::try_from(number).map_err(|why| refused("agent number", &why))?,
        code: format!("A{number}"),
        first_name: first_name.to_owned(),
        last_name: last_name.to_owned(),
        username: Some(format!("agent{number}")),
        email: None,
        teams: vec![],
        campaigns,
        queues,
        cli: None,
        time_zone: "America/New_York".to_owned(),
        after_call: AfterCall::default(),
        distribution: routing::Distribution::default(),
        connection: Connection::default(),
        lifecycle: Lifecycle::Active,
        login: Login::Enabled,
        transfers_when_paused: false,
        permissions: routing::Permissions { manual_calls: true, ..Default::default() },
        greeting: None,
        hourly_cost_cents: 1_000,
    })
}

/// R170's own example.
const FIRST_AGENT: u32 = 1_427;

const NAMES: &[(&str, &str)] = &[
    ("Rita", "Moreno"),
    ("Paul", "Weber"),
    ("Aisha", "Bello"),
    ("Tomas", "Novak"),
    ("Grace", "Lindqvist"),
    ("Hiro", "Sato"),
    ("Clara", "Dupont"),
    ("Owen", "Hughes"),
    ("Lucia", "Ferrari"),
    ("Samir", "Haddad"),
];

fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(
    field: &'static str,
    text: &str,
) -> Result<T, SceneError> {
    text.parse().map_err(|why| refused(field, &why))
}

fn refused(field: &'static str, why: &impl std::fmt::Display) -> SceneError {
    SceneError { field, why: why.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dialer::campaigns::Deployment;

    fn scene(agents: u16) -> Scene {
        let size = Size { agents, leads: 2_000 };
        Scene::set(([127, 0, 0, 1], 5080).into(), size, [1; 32]).unwrap()
    }

    #[test]
    fn every_setting_of_the_scene_is_one_the_product_accepts() {
        let scene = scene(20);
        scene.organisation.validate().unwrap();
        scene.trunk.validate().unwrap();
        scene.queue.validate().unwrap();
        scene.campaign.validate(Deployment::Demo).unwrap();
        scene.clis.iter().for_each(|cli| cli.validate().unwrap());
        scene.dids.iter().for_each(|did| did.validate().unwrap());
        scene.agents.iter().for_each(|agent| agent.validate().unwrap());
    }

    #[test]
    fn the_trunk_reaches_every_lead_and_the_campaign_presents_a_number_of_ours() {
        let scene = scene(3);
        for line in scene.leads_csv.lines().skip(1) {
            let number = line.split(',').next().unwrap().parse().unwrap();
            assert!(scene.trunk.reaches(number), "{number}");
        }
        let cli = scene.campaign.cli.unwrap();
        assert!(scene.clis.iter().any(|ours| ours.number == cli));
        assert!(scene.trunk.admits([127, 0, 0, 1].into()));
    }

    #[test]
    fn the_first_agent_s_extension_is_the_requirement_s_example() {
        let scene = scene(1);
        let extension = scene.organisation.prefix.extension(scene.agents[0].number);
        assert_eq!(extension.as_str(), "501431427");
    }
}
