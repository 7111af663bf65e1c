//! Dialling: campaigns paced on events, permits, and INVITEs that wait for the disk.
//!
//! ```text
//!  agent free, lead due, trunk free ─▶ Campaign::pace ─▶ Campaign::dial ─▶ Gate ─▶ Permit
//!    ─▶ originate ─▶ journal ─(durable)─▶ INVITE ─▶ … ─▶ resolve ─▶ Outcome ─▶ lead recycled
//! ```
//! `originate` takes a [`Permit`] by value and nothing else makes an outbound customer leg. While
//! the journal is in trouble, or the switch is at its limits, nothing is dialled.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use dialer::campaign::{Refused, Way};
use dialer::campaigns::{Filter, Order};
use dialer::gate::Check;
use dialer::pacer;
use dialer::zones::{Clock, Whereabouts};
use dialer::{AttemptId, Campaign, Lead, LeadId, ListId, Mode, Outcome, Permit};
use routing::clis::NoCli;
use routing::{AgentId, CallId, CampaignId, CliOrigin, Number, StateName, Target, TrunkId};
use store::{Direction, Event};

use super::calls::{Slot, is_ringing};
use super::failover::Path;
use super::ids::Ids;
use super::trunks::Trunks;
use super::{Now, Output, Settings, Switch};
use crate::call::{Call, Input, Limits, Origin};

impl Switch {
    /// Everything that dials has to be looked at again.
    pub(super) fn pace_all(&mut self) {
        self.pace.extend(self.campaigns.keys().copied());
    }

    /// The campaigns of one agent have to be looked at again.
    pub(super) fn pace_for(&mut self, agent: AgentId) {
        if let Some(view) = self.floor.agent(agent) {
            self.pace.extend(view.profile.campaigns.iter().map(|one| one.campaign));
        }
    }

    /// Paces every campaign that something has changed for.
    pub(super) fn pace(&mut self, now: Now, out: &mut Vec<Output>) {
        let campaigns = std::mem::take(&mut self.pace);
        for id in self.take_turns(campaigns) {
            self.touched.campaigns.insert(id);
            self.pace_campaign(now, id, out);
        }
    }

    /// Looks at all of them again after a while, whatever happened.
    pub(super) fn tick_pace(&mut self, now: Now) {
        if now.at >= self.paced_at + LOOK_AGAIN {
            self.paced_at = now.at;
            self.pace_all();
        }
        self.pace.extend(self.pacers.due(now.at));
    }

    /// When pacing must be looked at without an event: stocks that ran dry, calling windows that
    /// open, trunks at their attempts per second.
    pub(super) fn pace_deadline(&self, now: Now) -> Option<Instant> {
        let running = self.campaigns.values().filter(|campaign| campaign.settings().running);
        let by_trunk =
            running.clone().filter_map(|campaign| self.trunks.room_at(&campaign.settings().trunks));
        let by_time = running.map(|_| self.paced_at + LOOK_AGAIN).next();
        let by_pacer = self.pacers.deadline();
        by_trunk.filter(|at| *at > now.at).chain(by_time).chain(by_pacer).min()
    }

    fn pace_campaign(&mut self, now: Now, id: CampaignId, out: &mut Vec<Output>) {
        let agents = self.floor.tally(Target::Campaign(id)).logged_in;
        let can_record = self.can_record(id);
        let Some(campaign) = self.campaigns.get_mut(&id) else { return };
        let settings = campaign.settings();
        if !settings.running || self.draining {
            self.pacers.rest(id);
            self.stop_ringing(now, id, out);
            return self.pacer_rests(now, id, out);
        }
        // Messages go out as fast as lines take them: as if half of those were agents.
        let busy = match settings.mode {
            Mode::Agentless { max_live } => usize::from(max_live / 2),
            _ => agents,
        };
        if let Some(limit) = campaign.wants_refill(now.wall, busy) {
            out.push(Output::Refill(Refill::of(campaign, limit)));
        }
        self.dial_callbacks(now, id, out);
        self.show_leads(now, id, out);
        let Some(campaign) = self.campaigns.get(&id) else { return };
        let trunks = campaign.settings().trunks.clone();
        let (_, lines) = room(&mut self.trunks, &mut self.ids, now, &trunks);
        let this_second = self.trunks.room_this_second(now.at, self.settings.attempts_per_second);
        // An attempt without a port would be one without an INVITE: permits that wait have theirs.
        let ports = self.streams.free_ports(now.at).saturating_sub(self.ledger.waiting());
        let calls = self.settings.calls_max.saturating_sub(self.calls.len()).min(this_second);
        let ahead = PERMITS_AHEAD.saturating_sub(self.ledger.waiting());
        let free_lines = match self.dialling_held() {
            Some(_) => 0,
            None if !can_record => 0,
            None => lines.min(calls).min(ports).min(ahead),
        };
        let demand = self.demand(now, id, free_lines, out);
        let Some(campaign) = self.campaigns.get_mut(&id) else { return };
        let dial = campaign.pace(now.wall, demand).dial;
        let shown = if dial > 0 { self.shown_by(id) } else { vec![] };
        for turn in 0..dial {
            let own = shown.get(usize::try_from(turn).unwrap_or(usize::MAX)).copied().flatten();
            if !self.dial_one(now, id, own, out) {
                break;
            }
        }
    }

    /// The own numbers of the agents next in line, longest idle first (R154): an attempt shows
    /// the number of the agent it is made for.
    fn shown_by(&self, id: CampaignId) -> Vec<Option<Number>> {
        let mut ready: Vec<_> = self
            .floor
            .agents()
            .filter(|view| view.state().name() == StateName::Ready)
            .filter(|view| view.serves(id))
            .map(|view| (view.presence.since(), view.profile.id, view.profile.cli))
            .collect();
        ready.sort_unstable();
        ready.into_iter().map(|(_, _, cli)| cli).collect()
    }

    /// Makes one attempt; tells whether another may follow.
    fn dial_one(
        &mut self,
        now: Now,
        id: CampaignId,
        agents_cli: Option<Number>,
        out: &mut Vec<Output>,
    ) -> bool {
        let attempt = AttemptId::from(self.ids.next(now.wall));
        let Some(campaign) = self.campaigns.get(&id) else { return false };
        let trunks = campaign.settings().trunks.clone();
        let own = campaign.settings().cli;
        let Some(way) = self.way_among(now, trunks, own, agents_cli) else { return false };
        let Some(campaign) = self.campaigns.get_mut(&id) else { return false };
        let mut refused = vec![];
        let permit = campaign.dial(now.wall, &mut self.gate, attempt, &way, &mut refused);
        Self::defer(now, id, &refused, out);
        self.callback_refused(now, id, &refused, out);
        match permit {
            Some(permit) => {
                self.callback_dialled(now, &permit);
                let path = Path { agents_cli, ..Path::default() };
                self.originate(now, permit, path, None, out);
                true
            }
            None => false,
        }
    }

    /// By which of these trunks a call leaves now, and what it shows; none while none has room, or
    /// the number to be shown was shown as often today as it may be. A trunk whose own number was
    /// is passed over.
    pub(super) fn way_among(
        &mut self,
        now: Now,
        mut trunks: Vec<TrunkId>,
        campaign: Option<Number>,
        agent: Option<Number>,
    ) -> Option<Way> {
        loop {
            let trunk = room(&mut self.trunks, &mut self.ids, now, &trunks).0?;
            match self.cli_on(now, trunk, campaign, agent) {
                Err(NoCli::Spent { origin: CliOrigin::Trunk, .. }) => {
                    trunks.retain(|one| *one != trunk);
                }
                Err(NoCli::Spent { .. }) => return None,
                cli => return Some(Way { trunk, cli }),
            }
        }
    }

    /// The trunk among these that takes one more call now, by priority and weight.
    pub(super) fn trunk_among(&mut self, now: Now, own: &[TrunkId]) -> Option<TrunkId> {
        match self.trunks.room_this_second(now.at, self.settings.attempts_per_second) {
            0 => None,
            _ => room(&mut self.trunks, &mut self.ids, now, own).0,
        }
    }

    /// Leads that may not be dialled yet are not read again for the campaign before they may. What
    /// only a person can change about a lead is looked at again after a while, lest it stand in
    /// the way for ever.
    pub(super) fn defer(
        now: Now,
        campaign: CampaignId,
        refused: &[Refused],
        out: &mut Vec<Output>,
    ) {
        let later = |one: &Refused| {
            let until = match (one.refusal.next, one.refusal.check) {
                (Some(next), _) => next,
                (None, Check::Dnc | Check::Consent | Check::Attempts | Check::Window) => {
                    now.wall.checked_add(LOOK_AT_LEAD_AGAIN).ok()?
                }
                (None, _) => return None,
            };
            (until > now.wall).then_some((one.lead.id, until))
        };
        let later: Vec<_> = refused.iter().filter_map(later).collect();
        if !later.is_empty() {
            out.push(Output::Defer(campaign, later));
        }
    }

    /// Turns a permit into a call: in the journal at once, in the network when that is durable.
    #[expect(clippy::needless_pass_by_value, reason = "a permit is spent by dialling (DESIGN §5)")]
    pub(super) fn originate(
        &mut self,
        now: Now,
        permit: Permit,
        path: Path,
        by: Option<AgentId>,
        out: &mut Vec<Output>,
    ) -> CallId {
        let id = path.known_as.unwrap_or_else(|| CallId::from(self.ids.next(now.wall)));
        let (attempt, lead, trunk) = (permit.attempt(), permit.lead(), permit.trunk());
        let (campaign, number) = (permit.campaign(), permit.number());
        let origin = Origin::Dialled { campaign, attempt, lead, trunk, by };
        let line = self.trunks.get(trunk);
        let reaches = line.is_some_and(|line| line.trunk.reaches(number));
        let (calling, called) = (permit.cli().to_string(), number.to_string());
        let ring_s = self.campaigns.get(&campaign).map_or(15, |own| own.settings().ring_timeout_s);
        let ring = Duration::from_secs(ring_s.into());
        let mode = self.campaigns.get(&campaign).map(|own| own.settings().mode);
        // Who was promised a call speaks with somebody, also where messages are played.
        let for_agent = by.is_some() || path.made_for.is_some();
        let message = !for_agent && matches!(mode, Some(Mode::Agentless { .. }));
        let notice = if message { Settings::MESSAGE_MAX } else { Settings::NOTICE_MAX };
        let limits = Limits { ring, notice, stored: Settings::STORED_MAX, message };
        let started = Event::CallStarted {
            call: id,
            direction: Direction::Outbound,
            calling: calling.clone(),
            called: called.clone(),
            campaign: Some(campaign),
            queue: None,
            did: None,
            attempt: Some(attempt),
            trunk: Some(trunk),
        };
        self.write(now, started, out);
        self.cli_shown(now, permit.cli());
        let own = permit.cli();
        let permit = Box::new(permit.record().clone());
        let permitted = Event::Permitted { permit, call: id };
        let call = Call::dialled(now.at, id, origin, calling, called, limits);
        let mut slot = Slot::new(now, call, Some(campaign));
        slot.path = Path { reserved: true, shows: Some(own), ..path };
        let lead = self.campaigns.get(&campaign).and_then(|own| own.lead_of(attempt));
        slot.clock = lead.map(Clock::of).unwrap_or_default();
        slot.lives = lead.map(Whereabouts::of);
        self.calls.insert(id, slot);
        self.attempts.insert(attempt, id);
        self.tell(now, campaign, pacer::Event::Placed(attempt));
        self.touch_call(id);
        self.trunks.reserve(trunk);
        self.count_campaign(campaign, |counts| counts.attempts += 1);
        if reaches {
            self.write_before(now, id, permitted, out);
        } else {
            // FAULTS S4: destinations are denied by default, whatever the list says.
            self.write(now, permitted, out);
            out.push(Output::Warn(format!("trunk {trunk} may not carry calls to {number}")));
            self.drive(now, id, Input::LegEnded, out);
        }
        id
    }

    /// Ends an attempt: it is counted, its claim given back, and its lead recycled and told.
    pub(super) fn resolve(
        &mut self,
        now: Now,
        (campaign, attempt, lead): (CampaignId, AttemptId, LeadId),
        outcome: Outcome,
        (sip, q850): (Option<u16>, Option<u8>),
        out: &mut Vec<Output>,
    ) -> Option<Lead> {
        self.touched.campaigns.insert(campaign);
        self.pace.insert(campaign);
        self.tell_over(now, campaign, attempt, outcome);
        let running = self.campaigns.get_mut(&campaign)?;
        let resolved = running.resolved(now.wall, &mut self.gate, attempt, outcome)?;
        let again = resolved.again;
        let kept = self.callbacks.is_calling(lead, attempt);
        let resolved = self.as_promised(attempt, resolved);
        let event = Event::AttemptEnded {
            attempt,
            lead,
            campaign,
            outcome,
            sip,
            q850,
            recycle: resolved.recycle,
            attempts: resolved.lead.attempts,
            carrier_failures: resolved.lead.carrier_failures,
        };
        self.write(now, event, out);
        if kept {
            self.callback_missed(now, (lead, Some(attempt)), again, out);
        } else {
            self.callback_rests(now, lead, again);
        }
        self.count_campaign(campaign, |counts| match outcome {
            Outcome::Connected => counts.connected += 1,
            Outcome::Abandoned => counts.abandoned += 1,
            _ => {}
        });
        Some(resolved.lead)
    }

    /// Leads that a campaign asked for have come. One that was corrected meanwhile is left out; so
    /// is whom another campaign promised a call, and where the pace calls nobody for agents, whom
    /// this one did.
    pub(super) fn restock(&mut self, now: Now, id: CampaignId, mut leads: Vec<Lead>) {
        let paces_people = self.paces_people(id);
        let ours = |lead: &Lead| {
            let promise = self.callbacks.of_lead(lead.id);
            promise.is_none_or(|promise| paces_people && promise.campaign == id)
        };
        leads.retain(|lead| !self.gate.is_outdated(lead) && ours(lead));
        if let Some(campaign) = self.campaigns.get_mut(&id) {
            campaign.restock(now.wall, leads);
            self.pace.insert(id);
        }
    }

    /// Cancels a campaign's attempts that nobody has answered, newest first, where its law lets a
    /// telephone stop ringing (RULES DE). Those that have not rung for as long as it asks (US-3)
    /// ring on, and end as they would.
    pub(super) fn stop_ringing(&mut self, now: Now, id: CampaignId, out: &mut Vec<Output>) {
        for attempt in self.surplus(now, id) {
            self.cancel_attempt(now, attempt, out);
        }
    }

    /// Cancels one attempt unless it has been answered.
    pub(super) fn cancel_attempt(&mut self, now: Now, attempt: AttemptId, out: &mut Vec<Output>) {
        let Some(id) = self.attempts.get(&attempt).copied() else { return };
        let Some(slot) = self.calls.get_mut(&id) else { return };
        if is_ringing(slot.call.state()) {
            slot.cancelled = true;
            self.drive(now, id, Input::HangUp, out);
        }
    }

    /// Stops dialling for good and lets what is live come to its end.
    pub(super) fn drain(&mut self, now: Now, out: &mut Vec<Output>) {
        self.draining = true;
        let all: Vec<_> = self.campaigns.keys().copied().collect();
        for id in all {
            self.stop_ringing(now, id, out);
        }
    }

    /// Ends everything that has a leg; the switch is about to stop.
    pub(super) fn hang_up_all(&mut self, now: Now, out: &mut Vec<Output>) {
        self.drain(now, out);
        let calls: Vec<_> = self.calls.keys().copied().collect();
        for id in calls {
            self.drive(now, id, Input::HangUp, out);
        }
        let agents: Vec<_> = self.lines.keys().copied().collect();
        for agent in agents {
            self.leave_line(now, agent, out);
        }
    }
}

/// Of these trunks the one that the next call takes, and the calls that all of them can take.
pub(super) fn room(
    trunks: &mut Trunks,
    ids: &mut Ids,
    now: Now,
    own: &[TrunkId],
) -> (Option<TrunkId>, usize) {
    trunks.room(now, own, &BTreeSet::new(), |most| ids.below(most))
}

/// A question to the store: leads that a campaign may dial now.
#[derive(Clone, Debug)]
pub struct Refill {
    /// The campaign that asks.
    pub campaign: CampaignId,
    /// Its lists.
    pub lists: Vec<ListId>,
    /// Counted attempts after which a lead is exhausted.
    pub max_attempts: u16,
    /// Whom of them it dials.
    pub filters: Vec<Filter>,
    /// In which order.
    pub order: Order,
    /// How many leads at the most.
    pub limit: usize,
    /// Leads it holds already.
    pub excluding: Vec<LeadId>,
}

impl Refill {
    fn of(campaign: &Campaign, limit: usize) -> Self {
        let settings = campaign.settings();
        Self {
            campaign: settings.id,
            lists: settings.lists.clone(),
            max_attempts: settings.max_attempts,
            filters: settings.filters.clone(),
            order: settings.order,
            limit,
            excluding: campaign.held(),
        }
    }
}

/// How long a lead is left alone that no time heals: its consent, its zone, a list it stands on.
const LOOK_AT_LEAD_AGAIN: Duration = Duration::from_hours(1);

/// How often pacing is looked at without an event.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Permits that may wait for the disk at once.
const PERMITS_AHEAD: usize = 256;
