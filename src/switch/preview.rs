//! Preview: an agent looks at a lead before it is dialled, and is there when the person answers.
//!
//! ```text
//!  agent ready ──▶ lead shown, agent set aside ──dial, or time to look is over──▶ gate ─▶ INVITE
//!                    │ skip, where they may: put off for an hour, and the next is shown
//!                    └ paused, clocked out, line lost: another looks at it
//! ```
//! The gate is asked when a lead is shown and again when it is dialled.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use admin_api::control::{CommandError, PreviewedLead, Reply};
use dialer::campaign::Way;
use dialer::{AttemptId, LeadId, Mode};
use jiff::SignedDuration;
use routing::presence::Action;
use routing::{AgentId, CallId, CampaignId, Number, Work};

use super::consult::illegal;
use super::desk::refused;
use super::failover::Path;
use super::{Now, Output, Switch};

/// What each agent looks at.
pub(super) type Previews = BTreeMap<AgentId, Preview>;

/// A lead that an agent looks at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Preview {
    campaign: CampaignId,
    lead: LeadId,
    /// The call that it will be.
    call: CallId,
    /// When the time to look is over.
    until: Instant,
}

impl Preview {
    /// Whether it is this lead that the agent looks at.
    pub(super) fn is_of(&self, lead: LeadId) -> bool {
        self.lead == lead
    }
}

impl Switch {
    /// Shows a lead to every agent of a campaign who is ready.
    pub(super) fn show_leads(&mut self, now: Now, id: CampaignId, out: &mut Vec<Output>) {
        let mode = self.campaigns.get(&id).map(|campaign| campaign.settings().mode);
        let Some(Mode::Preview { look_s, .. }) = mode else { return };
        let until = now.at + Duration::from_secs(look_s.into());
        for (agent, _, cli) in self.ready_for(id) {
            let Some(way) = self.way(now, id, cli) else { return };
            let Some(lead) = self.next_shown(now, id, &way, out) else { return };
            let call = CallId::from(self.ids.next(now.wall));
            let work = Work { campaign: Some(id), ..Work::direct(agent) };
            let reserved = self.floor(|floor, o| floor.reserve(now.at, call, work, o));
            let shown = reserved.map(|own| self.floor(|floor, o| floor.preview(now.at, own, o)));
            if let Some(Ok(())) = shown {
                let preview = Preview { campaign: id, lead, call, until };
                self.previews.insert(agent, preview);
                self.touched.agents.insert(agent);
            } else {
                self.show_another(now, id, lead);
            }
        }
    }

    fn next_shown(
        &mut self,
        now: Now,
        id: CampaignId,
        way: &Way,
        out: &mut Vec<Output>,
    ) -> Option<LeadId> {
        let mut refused = vec![];
        let campaign = self.campaigns.get_mut(&id)?;
        let lead = campaign.show(now.wall, &self.gate, way, &mut refused).map(|lead| lead.id);
        Self::defer(now, id, &refused, out);
        self.callback_refused(now, id, &refused, out);
        lead
    }

    /// The agent has looked long enough: the lead is dialled for them.
    pub(super) fn dial_previewed(
        &mut self,
        now: Now,
        agent: AgentId,
        out: &mut Vec<Output>,
    ) -> Result<Reply, CommandError> {
        let preview = self.previewed(agent)?;
        let view = self.floor.agent(agent).ok_or(CommandError::Unknown)?;
        view.presence.check(Action::DialPreviewed).map_err(refused)?;
        if let Some(why) = self.no_call(now, preview.campaign) {
            return Err(illegal(why));
        }
        let own = self.floor.agent(agent).and_then(|view| view.profile.cli);
        let Some(way) = self.way(now, preview.campaign, own) else {
            return Err(illegal("no trunk of the campaign takes a call now"));
        };
        let attempt = AttemptId::from(self.ids.next(now.wall));
        self.previews.remove(&agent);
        let Some(campaign) = self.campaigns.get_mut(&preview.campaign) else {
            return Err(CommandError::Unknown);
        };
        let lead = campaign.take_shown(preview.lead).ok_or(CommandError::Unknown)?;
        match campaign.dial_for_agent(now.wall, &mut self.gate, attempt, &way, lead) {
            Ok(permit) => {
                self.callback_dialled(now, &permit);
                // A permit that was given is dialled, whatever the floor says of the agent.
                let by = self.floor(|floor, o| floor.dial_previewed(now.at, agent, o)).is_ok();
                let (by, known_as) = (by.then_some(agent), by.then_some(preview.call));
                let path = Path { known_as, agents_cli: own, ..Path::default() };
                let call = self.originate(now, permit, path, by, out);
                Ok(Reply::Call { call })
            }
            Err(not) => {
                let why = not.refusal.to_string();
                Self::defer(now, preview.campaign, std::slice::from_ref(&*not), out);
                self.callback_refused(now, preview.campaign, &[*not], out);
                self.floor(|floor, o| floor.skip(now.at, agent, o)).map_err(refused)?;
                Err(illegal(why))
            }
        }
    }

    /// The agent passes the lead, where the campaign lets them.
    pub(super) fn skip_previewed(
        &mut self,
        now: Now,
        agent: AgentId,
        out: &mut Vec<Output>,
    ) -> Result<Reply, CommandError> {
        let Preview { campaign, lead, .. } = self.previewed(agent)?;
        let running = self.campaigns.get_mut(&campaign).ok_or(CommandError::Unknown)?;
        if !matches!(running.settings().mode, Mode::Preview { may_skip: true, .. }) {
            return Err(illegal("leads of this campaign may not be skipped"));
        }
        running.take_shown(lead);
        self.previews.remove(&agent);
        if let Ok(later) = now.wall.checked_add(SKIPPED_FOR) {
            out.push(Output::Defer(campaign, vec![(lead, later)]));
        }
        self.floor(|floor, o| floor.skip(now.at, agent, o)).map_err(refused)?;
        self.pace.insert(campaign);
        Ok(Reply::Done)
    }

    /// What the agent looks at.
    pub(super) fn preview_of(&self, now: Now, agent: AgentId) -> Option<PreviewedLead> {
        let preview = self.previews.get(&agent)?;
        let campaign = self.campaigns.get(&preview.campaign)?;
        let left = SignedDuration::try_from(preview.until.saturating_duration_since(now.at));
        Some(PreviewedLead {
            campaign: preview.campaign,
            lead: campaign.shown(preview.lead)?.clone(),
            dials_at: now.wall.saturating_add(left.ok()?).ok()?,
            may_skip: matches!(campaign.settings().mode, Mode::Preview { may_skip: true, .. }),
        })
    }

    /// The floor says that an agent let go of a call: tells whether they only looked at it.
    pub(super) fn stopped_looking(&mut self, now: Now, agent: AgentId, call: CallId) -> bool {
        let looked = self.previews.get(&agent).copied().filter(|preview| preview.call == call);
        if let Some(Preview { campaign, lead, .. }) = looked {
            self.previews.remove(&agent);
            self.show_another(now, campaign, lead);
        }
        looked.is_some()
    }

    pub(super) fn preview_deadline(&self) -> Option<Instant> {
        self.previews.values().map(|preview| preview.until).min()
    }

    /// Dials for those who have looked long enough; who cannot be dialled for is shown another.
    pub(super) fn tick_previews(&mut self, now: Now, out: &mut Vec<Output>) {
        let due = |(agent, preview): (&AgentId, &Preview)| {
            (preview.until <= now.at).then_some((*agent, *preview))
        };
        let due: Vec<_> = self.previews.iter().filter_map(due).collect();
        for (agent, preview) in due {
            let dialled = self.dial_previewed(now, agent, out);
            if dialled.is_err()
                && self.stopped_looking(now, agent, preview.call)
                && let Err(refused) = self.floor(|floor, o| floor.skip(now.at, agent, o))
            {
                out.push(Output::Warn(format!("agent {agent} looks at nothing: {refused}")));
            }
        }
    }

    fn previewed(&self, agent: AgentId) -> Result<Preview, CommandError> {
        let preview = self.previews.get(&agent).copied();
        preview.ok_or_else(|| illegal("there is no lead to look at"))
    }

    fn show_another(&mut self, now: Now, id: CampaignId, lead: LeadId) {
        if let Some(campaign) = self.campaigns.get_mut(&id) {
            campaign.return_shown(now.wall, lead);
            self.pace.insert(id);
        }
    }

    /// By which trunk a call of the campaign would leave now, and what it would show.
    fn way(&mut self, now: Now, id: CampaignId, agents_cli: Option<Number>) -> Option<Way> {
        let settings = self.campaigns.get(&id)?.settings();
        let (trunks, own) = (settings.trunks.clone(), settings.cli);
        self.way_among(now, trunks, own, agents_cli)
    }
}

/// For how long a lead is left alone that an agent passed.
const SKIPPED_FOR: SignedDuration = SignedDuration::from_hours(1);
