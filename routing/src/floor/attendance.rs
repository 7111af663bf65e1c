//! Attendance: for which unit somebody works, and what clocking in and out ask for.
//!
//! R177, R187, R188. Clocking in is always the way to work (R178); that it names a unit and
//! clocking out a reason is asked only of teams that are tracked, in an organisation that tracks.

use super::Floor;
use crate::agents::Agent;
use crate::ids::{AgentId, TeamId};
use crate::presence::{Refusal, Refused};
use crate::teams::Team;

impl Floor {
    /// Adds a team or changes it; whoever is clocked in stays so.
    pub fn set_team(&mut self, team: Team) -> Result<(), Refused> {
        let room = self.teams.len() < self.limits.agents_max;
        if !room && !self.teams.contains_key(&team.id) {
            return Err(Refused::new(Refusal::Limit, "the floor has no room for another team"));
        }
        self.teams.insert(team.id, team);
        Ok(())
    }

    /// Removes a team.
    pub fn remove_team(&mut self, team: TeamId) {
        self.teams.remove(&team);
    }

    /// Every team, by id.
    pub fn teams(&self) -> impl Iterator<Item = &Team> {
        self.teams.values()
    }

    /// The unit that the agent clocks in to: the one chosen, or the only one there is.
    pub(super) fn unit_of(
        &self,
        agent: AgentId,
        chosen: Option<TeamId>,
    ) -> Result<Option<TeamId>, Refused> {
        let Some(profile) = self.seats.get(&agent).map(|seat| &seat.profile) else {
            return Ok(None);
        };
        match (chosen, &profile.teams[..]) {
            (Some(unit), teams) if teams.contains(&unit) => Ok(Some(unit)),
            (Some(_), _) => Err(Refused::illegal("the unit must be one of the agent's teams")),
            (None, [only]) => Ok(Some(*only)),
            (None, _) if self.is_tracked(profile) => {
                Err(Refused::illegal("a unit must be chosen to clock in to"))
            }
            (None, _) => Ok(None),
        }
    }

    /// Refuses to let a tracked agent go without a reason.
    pub(super) fn check_reason(&self, agent: AgentId, reason: Option<&str>) -> Result<(), Refused> {
        let said = reason.is_some_and(|reason| !reason.trim().is_empty());
        let tracked = self.seats.get(&agent).is_some_and(|seat| self.is_tracked(&seat.profile));
        if said || !tracked {
            return Ok(());
        }
        Err(Refused::illegal("clocking out needs a reason"))
    }

    fn is_tracked(&self, profile: &Agent) -> bool {
        let tracked = |team| self.teams.get(team).is_some_and(|team: &Team| team.tracked);
        self.policy.track_attendance && profile.teams.iter().any(tracked)
    }
}
