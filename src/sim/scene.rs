//! The simulated organisation: two carriers, two campaigns, two queues, agents, leads.
//!
//! Everything comes from the seed, ids too, so that a run can be repeated byte for byte.

mod people;

use std::net::SocketAddr;

use admin_api::control::Change;
use dialer::abandon::AbandonPolicy;
use dialer::callbacks::{Callback, Terms};
use dialer::campaigns::{ConnectFrom, LockOut, Mode, Pacing};
use dialer::outcomes::Retry;
use dialer::rules::{ConsentRule, NumberCaps};
use dialer::{CallingWindow, CampaignSettings, Lead, LeadStatus, LegalProfile, ListId, Outcome};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use routing::queues::AgentOrder;
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

pub(super) use people::{Person, REST};

/// The organisation with all its settings.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    pub(super) organisation: Organisation,
    pub(super) clis: Vec<Cli>,
    pub(super) trunks: Vec<Trunk>,
    pub(super) queues: Vec<Queue>,
    pub(super) dids: Vec<Did>,
    pub(super) profile: LegalProfile,
    /// Calls that were promised before the shift.
    pub(super) promises: Vec<Callback>,
    /// What each campaign's answered calls came to before the shift: connected and abandoned.
    pub(super) before: (u32, u32),
    pub(super) campaigns: Vec<CampaignSettings>,
    pub(super) agents: Vec<Agent>,
}

impl Scene {
    /// Sets the scene; the second value are the leads. Under a law its campaign is the only one.
    pub(super) fn set(
        plan: &Plan,
        law: Option<&Law>,
        (start, seed): (Timestamp, [u8; 32]),
    ) -> anyhow::Result<(Self, Vec<Lead>)> {
        let mut ids = Ids(Chance::new(seed, "ids"));
        let numbers =
            (0..7).map(|index| own_number(index).parse()).collect::<Result<Vec<Number>, _>>()?;
        // Few enough that a small floor meets it too; under a law no carrier is in the way.
        let cps_max = law.map_or(u32::from(plan.agents / 10).max(2), |_| 200);
        let trunks: Vec<_> = (0..CARRIERS).map(|index| trunk(&mut ids, index, cps_max)).collect();
        let lists: Vec<ListId> = (0..2).map(|_| ids.next().into()).collect();
        let ways: Vec<_> = trunks.iter().map(|trunk| trunk.id).collect();
        let profile = profile(&mut ids);
        let mut campaigns = if let Some(law) = law {
            vec![law.campaign.clone()]
        } else {
            let first = campaign(&mut ids, "Spring offer");
            vec![first, strict(campaign(&mut ids, "Renewals"), &profile, plan.seed)]
        };
        let lists = lists.get(..campaigns.len()).unwrap_or_default();
        for (index, (campaign, list)) in campaigns.iter_mut().zip(lists).enumerate() {
            campaign.cli = numbers.get(1 + index).copied();
            campaign.trunks.clone_from(&ways);
            campaign.trunks.rotate_left(index);
            campaign.lists = vec![*list];
        }
        let queues = queues(&mut ids);
        let mut agents = (0..plan.agents)
            .map(|index| agent(&mut ids, index, &campaigns, &queues))
            .collect::<anyhow::Result<Vec<_>>>()?;
        if law.is_none() {
            // Some have no line between calls: callers ring them, and nobody is dialled for them.
            agents.iter_mut().skip(1).step_by(4).for_each(|one| one.connection.persistent = false);
        }
        let dids = dids(&mut ids, &numbers, &queues, &agents);
        let mut leads = people::leads(&mut ids, wanted(plan, law.is_some()), lists, start);
        let promises =
            law.map_or_else(|| promised(&mut ids, &mut leads, &campaigns, start), |_| vec![]);
        let scene = Self {
            organisation: organisation("50143".parse()?, numbers.first().copied()),
            clis: numbers.iter().map(|number| cli(&mut ids, *number)).collect(),
            trunks,
            queues,
            dids,
            promises,
            before: law.map_or(YESTERDAY, |_| (0, 0)),
            profile,
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
        changes.push(Change::Profile(Box::new(self.profile.clone())));
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

/// When the shift begins: at ten in the morning in New York, minutes before Florida or New York
/// have their evening, or on the holiday of the second campaign.
pub(super) fn start(seed: u64) -> Timestamp {
    let later_min = match seed % 5 {
        2 => 9 * 60 + 56,
        3 => 10 * 60 + 56,
        4 => 48 * 60,
        _ => 0,
    };
    let later = SignedDuration::from_mins(later_min);
    super::clock::wednesday().saturating_add(later).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// What became of a campaign's answered calls before the shift, and how long before it: a little
/// more were abandoned than the second campaign allows itself.
const YESTERDAY: (u32, u32) = (291, 9);
pub(super) const BEFORE_THE_SHIFT: SignedDuration = SignedDuration::from_hours(30);

/// On which the second campaign calls nobody.
pub(super) const HOLIDAY: Date = jiff::civil::date(2026, 3, 20);

/// How long an agent may take for a wrap-up.
pub(super) const WRAP_UP_MS: u32 = 45_000;

/// By which people who hear a notice are never called again.
pub(super) const OPT_OUT_KEY: char = '9';
pub(super) const CARRIERS: usize = 2;
pub(super) const REALM: &str = "cordboard";
/// Of every telephone: what guards it is another test's matter.
pub(super) const PASSWORD: &str = "secret";

/// Numbers of ours: 0 the organisation's, 1 and 2 the campaigns', 3 and 4 the queues', 5 an
/// agent's, 6 the third queue's.
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

fn cli(ids: &mut Ids, number: Number) -> Cli {
    Cli { id: ids.next().into(), number, label: None, enabled: true, calls_per_day: None }
}

fn campaign(ids: &mut Ids, name: &str) -> CampaignSettings {
    CampaignSettings {
        running: true,
        ring_timeout_s: 20,
        window: CallingWindow::us(),
        opt_out_key: Some(OPT_OUT_KEY),
        ..CampaignSettings::new(ids.next().into(), name)
    }
}

/// A law that asks for little: what the campaign asks for itself is not to be forgotten for it.
fn profile(ids: &mut Ids) -> LegalProfile {
    LegalProfile {
        id: ids.next().into(),
        name: "The land's".to_owned(),
        window: CallingWindow::us(),
        caps: NumberCaps::default(),
        ring_min_s: 15,
        connect_within_ms: 2_000,
        connect_from: ConnectFrom::default(),
        lock_out: LockOut { after_abandoned_h: 24, after_machine_h: 1 },
        consent: ConsentRule::None,
        cancel_ringing: true,
        opt_out_key: true,
        abandon: AbandonPolicy::us(),
        sources: vec![],
    }
}

/// A campaign with rules of its own, which dials ahead of its agents on two floors of three and
/// is soon through with whom it does not reach.
fn strict(campaign: CampaignSettings, profile: &LegalProfile, seed: u64) -> CampaignSettings {
    let mut window = CallingWindow::us();
    window.closed_on.insert(HOLIDAY);
    CampaignSettings {
        mode: match seed % 3 {
            0 => campaign.mode,
            1 => Mode::Power { attempts_per_agent_tenths: 15, max_live: 100 },
            _ => Mode::Predictive { max_live: 100 },
        },
        pacing: Pacing { target_permille: Some(20), ..campaign.pacing },
        profile: Some(profile.id),
        consent: ConsentRule::Express,
        window,
        lock_out: LockOut { after_abandoned_h: 72, after_machine_h: 1 },
        max_attempts_24h: 2,
        retry: [(Outcome::NoAnswer, Retry::AfterS(90)), (Outcome::Busy, Retry::AfterS(60))].into(),
        ..campaign
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

/// The first sends on to the second whom it does not serve; few work for the third, and last, so
/// that its callers wait for as long as they may.
fn queues(ids: &mut Ids) -> Vec<Queue> {
    let [service, orders, archive] = ["Service", "Orders", "Archive"].map(|name| queue(ids, name));
    let overflow = Overflow::Queue { queue: orders.id };
    vec![
        Queue { overflow, order: AgentOrder::SkillLevel, ..service },
        Queue { order: AgentOrder::RoundRobin, ..orders },
        Queue { length_max: 2, wait_ms_max: 40_000, ..archive },
    ]
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
    let line = |queue: &Queue| DidTarget::Queue { queue: queue.id };
    let direct = agents.first().map(|agent| DidTarget::Agent { agent: agent.id });
    numbers
        .iter()
        .skip(3)
        .zip(queues.iter().take(2).map(line).chain(direct).chain(queues.last().map(line)))
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

/// Every third agent works for both campaigns, the others for one; all answer two queues, one of
/// them first, and one in five the third as well.
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
    let ranks = [Priority::High, Priority::Medium, Priority::Low];
    let known = if index % 5 == 3 { 3 } else { 2 };
    let queues = queues.iter().zip(ranks).take(known).map(|(queue, priority)| QueueMembership {
        priority,
        tier: if index.is_multiple_of(4) { Tier::Secondary } else { Tier::Primary },
        level: if index % 3 == 2 { 8 } else { 5 },
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

/// A call promised a day ago, less two minutes, to somebody who may not be called: nobody kept it,
/// and it is to be given up.
fn promised(
    ids: &mut Ids,
    leads: &mut [Lead],
    campaigns: &[CampaignSettings],
    start: Timestamp,
) -> Vec<Callback> {
    let Some(strict) = campaigns.last() else { return vec![] };
    let refuses = |lead: &&mut Lead| lead.consent.is_none() && strict.lists.contains(&lead.list);
    let Some(lead) = leads.iter_mut().find(refuses) else { return vec![] };
    let terms = Terms::default();
    let since = SignedDuration::from_mins(i64::from(terms.give_up_after_min) - 2);
    let due_at = start.saturating_sub(since).unwrap_or(start);
    (lead.status, lead.next_due_at) = (LeadStatus::Callback, Some(due_at));
    let campaign = strict.id;
    let (id, zone) = (ids.next().into(), "America/New_York".to_owned());
    let (lead, number) = (lead.id, lead.number);
    let note = String::new();
    vec![Callback {
        id,
        lead,
        campaign,
        number,
        due_at,
        zone,
        owner: None,
        team: None,
        terms,
        note,
    }]
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "hours are at least one here, and few"
)]
fn wanted(plan: &Plan, under_law: bool) -> usize {
    let for_each_hour = match under_law {
        true => LEADS_UNDER_LAW,
        false if plan.seed % 4 == 1 => LEADS_OF_SHORT_LIST,
        false => LEADS_PER_AGENT_HOUR,
    };
    let agents = usize::from(plan.agents);
    (agents * for_each_hour * plan.hours.ceil().max(1.0) as usize).min(LEADS_MAX)
}

const LEADS_PER_AGENT_HOUR: usize = 60;
/// A list that is dialled through, so that whoever is due again is dialled again.
const LEADS_OF_SHORT_LIST: usize = 12;
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
        let (scene, leads) = Scene::set(&plan, None, (start(1), [1; 32])).unwrap();
        scene.organisation.validate().unwrap();
        scene.trunks.iter().for_each(|trunk| trunk.validate().unwrap());
        scene.queues.iter().for_each(|queue| queue.validate().unwrap());
        scene.dids.iter().for_each(|did| did.validate().unwrap());
        scene.agents.iter().for_each(|agent| agent.validate().unwrap());
        let live = |campaign: &CampaignSettings| campaign.validate(Deployment::Live).unwrap();
        scene.campaigns.iter().for_each(live);
        assert_eq!((scene.dids.len(), scene.agents.len()), (4, 30));
        assert_eq!(leads.len(), 360 * 6 / 5);
        assert!(leads.iter().all(|lead| lead.validate().is_ok()));
    }
}
