//! Why a lead is not being dialled: what its campaign and the gate say, and what only the switch
//! knows: a promise that waits for somebody, and what holds all dialling.

use admin_api::control::{CommandError, Reply};
use dialer::Lead;
use dialer::callbacks::Turn;
use dialer::campaign::{Cause, Way};
use routing::CampaignId;

use super::{Now, Switch};

impl Switch {
    /// Every cause there is, the first first.
    pub(super) fn why_not(
        &mut self,
        now: Now,
        campaign: CampaignId,
        lead: &Lead,
    ) -> Result<Reply, CommandError> {
        let running = self.campaigns.get(&campaign).ok_or(CommandError::Unknown)?;
        let (shown, trunks) = (running.settings().cli, running.settings().trunks.clone());
        let first = trunks.first().copied();
        let way = first.map(|trunk| Way { trunk, cli: self.cli_on(now, trunk, shown, None) });
        let mut why = running.why_not(now.wall, &self.gate, lead, way.as_ref());
        if matches!(why.cause, Cause::NoAgent | Cause::Queued { .. }) {
            why.because.extend(self.promise_waits(now, campaign, lead));
            why.because.extend(self.no_call(now, campaign));
            if self.trunk_among(now, &trunks).is_none() {
                why.because.push("no trunk of the campaign takes a call now".to_owned());
            }
        }
        Ok(Reply::WhyNot(why))
    }

    /// For whom a call to somebody waits who was promised it.
    fn promise_waits(&self, now: Now, campaign: CampaignId, lead: &Lead) -> Option<String> {
        let promise = self.callbacks.of_lead(lead.id)?;
        if promise.campaign != campaign {
            return Some("another campaign has promised to call them".to_owned());
        }
        let whose = match promise.turn(now.wall) {
            None => return Some(format!("they are promised a call at {}", promise.due_at)),
            Some(Turn::Owner(_)) => "the agent who promised it",
            Some(Turn::Team(_)) => "the team of whoever promised it",
            Some(Turn::Anyone) => "an agent of the campaign",
        };
        Some(format!("they are promised a call, which waits for {whose}"))
    }
}
