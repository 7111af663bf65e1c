//! The numbers that calls show: how often today, and how they fare.
//!
//! A number that has been shown as often as its setting allows stops the dial and puts no lead
//! off: the day ends, and dialling goes on.

use std::time::Duration;

use admin_api::control::ShownCli;
use dialer::Outcome;
use dialer::cli_health::Past;
use jiff::civil::Date;
use routing::clis::NoCli;
use routing::{CliOrigin, CliRule, EffectiveCli, Number, TrunkId, effective_cli};

use super::calls::Slot;
use super::{Now, Output, Switch};

impl Switch {
    /// The number shown, by R154: the agent's before the campaign's before the organisation's.
    pub(super) fn cli_for(
        &self,
        now: Now,
        campaign: Option<Number>,
        agent: Option<Number>,
    ) -> Result<EffectiveCli, NoCli> {
        let organisation = self.directory.organisation.as_ref().and_then(|own| own.cli);
        self.within_budget(now, effective_cli(agent, campaign, organisation, |n| self.owns(n))?)
    }

    /// The number that a call shows which leaves by this trunk: the trunk's own where it has one,
    /// which must be ours like any other (RULES US-7), or what [`Self::cli_for`] says.
    pub(super) fn cli_on(
        &self,
        now: Now,
        trunk: TrunkId,
        campaign: Option<Number>,
        agent: Option<Number>,
    ) -> Result<EffectiveCli, NoCli> {
        let rule = self.trunks.get(trunk).map(|line| line.trunk.cli);
        let Some(CliRule::Fixed { number }) = rule else {
            return self.cli_for(now, campaign, agent);
        };
        let origin = CliOrigin::Trunk;
        if !self.owns(number) {
            return Err(NoCli::NotOwned { number, origin });
        }
        self.within_budget(now, EffectiveCli { number, origin })
    }

    fn owns(&self, number: Number) -> bool {
        self.directory.cli(number).is_some()
    }

    fn within_budget(&self, now: Now, chosen: EffectiveCli) -> Result<EffectiveCli, NoCli> {
        let EffectiveCli { number, origin } = chosen;
        let most = self.directory.cli(number).and_then(|cli| cli.calls_per_day);
        match most.filter(|most| self.cli_health.is_spent(number, self.today(now), *most)) {
            Some(most) => Err(NoCli::Spent { number, origin, most }),
            None => Ok(chosen),
        }
    }

    /// What a restart knows of the numbers that were shown before it.
    pub(super) fn cli_past(&mut self, now: Now, number: Number, past: Past) {
        let today = self.today(now);
        self.cli_health.restore(number, today, past);
    }

    /// A permit shows this number.
    pub(super) fn cli_shown(&mut self, now: Now, number: Number) {
        let today = self.today(now);
        self.cli_health.dialled(number, today);
    }

    /// A dialled call is over: it tells how the number that it showed fares.
    pub(super) fn cli_told(
        &mut self,
        now: Now,
        slot: &Slot,
        outcome: Outcome,
        talk: Duration,
        out: &mut Vec<Output>,
    ) {
        let Some(number) = slot.path.shows else { return };
        if self.cli_health.ended(number, outcome, talk).is_some() {
            let standing = self.cli_health.standing(number, self.today(now));
            out.push(Output::Warn(format!("the CLI {number} does badly: {standing}")));
        }
    }

    /// How each number of the organisation fares.
    pub(super) fn cli_standings(&self, now: Now) -> Vec<ShownCli> {
        let today = self.today(now);
        let shown = |cli: &routing::Cli| ShownCli {
            cli: cli.id,
            number: cli.number,
            calls_per_day: cli.calls_per_day,
            standing: self.cli_health.standing(cli.number, today),
        };
        self.directory.clis().map(shown).collect()
    }

    /// The organisation's date.
    fn today(&self, now: Now) -> Date {
        self.trunks.today(now)
    }
}
