//! Units and reasons: what clocking in and out ask for (R177, R187, R188).

use super::*;

fn team(n: u128, tracked: bool) -> Team {
    Team { id: TeamId::from(Uuid::from_u128(n)), name: format!("team {n}"), tracked }
}

/// A floor that tracks team 1 and not team 2, and an agent of these teams.
fn tracking(teams: &[u128]) -> (Scene, AgentId) {
    let mut scene = Scene::new();
    scene.floor.set_policy(Policy { track_attendance: true, ..Policy::default() });
    scene.floor.set_team(team(1, true)).unwrap();
    scene.floor.set_team(team(2, false)).unwrap();
    let teams = teams.iter().map(|n| team(*n, true).id).collect();
    let agent = scene.agent(Agent { teams, ..profile(1, &[], &[]) });
    (scene, agent)
}

impl Scene {
    fn clock_in_to(&mut self, agent: AgentId, unit: Option<u128>) -> Result<(), Refused> {
        let unit = unit.map(|n| team(n, true).id);
        self.act(|f, now, out| f.clock_in(now, agent, LinePlan::default(), unit, out))
    }

    fn unit(&self, agent: AgentId) -> Option<TeamId> {
        self.floor.agent(agent).unwrap().unit
    }
}

/// R187: the unit is chosen with the clock-in, in one step.
#[test]
fn a_tracked_agent_of_two_teams_says_which_one_the_shift_is_for() {
    let (mut scene, agent) = tracking(&[1, 2]);
    let told = scene.clock_in_to(agent, None).unwrap_err();
    assert_eq!(told.why, "a unit must be chosen to clock in to");
    let told = scene.clock_in_to(agent, Some(3)).unwrap_err();
    assert_eq!(told.why, "the unit must be one of the agent's teams");
    scene.clock_in_to(agent, Some(2)).unwrap();
    assert_eq!(scene.unit(agent), Some(team(2, true).id));
    assert!(scene.clock_in_to(agent, Some(1)).is_err(), "clocked in already");
    assert_eq!(scene.unit(agent), Some(team(2, true).id), "a refusal changes nothing");
}

#[test]
fn the_only_team_of_an_agent_need_not_be_named() {
    let (mut scene, agent) = tracking(&[1]);
    scene.clock_in_to(agent, None).unwrap();
    assert_eq!(scene.unit(agent), Some(team(1, true).id));
}

/// R188, and R177: nothing is asked of teams that are not tracked, or where nobody tracks.
#[test]
fn a_tracked_agent_says_why_the_shift_ends_and_others_need_not() {
    for (teams, tracked, asked) in
        [(&[1][..], true, true), (&[1], false, false), (&[2], true, false), (&[], true, false)]
    {
        let (mut scene, agent) = tracking(teams);
        scene.floor.set_policy(Policy { track_attendance: tracked, ..Policy::default() });
        scene.clock_in_to(agent, None).unwrap();
        for reason in [None, Some(" ".to_owned())] {
            let done = scene.act(|f, now, out| f.clock_out(now, agent, reason, out));
            assert_eq!(done.is_err(), asked, "{teams:?}, tracked: {tracked}");
            if !asked {
                scene.clock_in_to(agent, None).unwrap();
            }
        }
        let reason = Some("end of shift".to_owned());
        scene.act(|f, now, out| f.clock_out(now, agent, reason, out)).unwrap();
    }
}

/// R194: a supervisor sends somebody home without being asked why.
#[test]
fn a_supervisors_clock_out_needs_no_reason() {
    let (mut scene, agent) = tracking(&[1]);
    scene.clock_in_to(agent, None).unwrap();
    let order = Force::ClockOut { reason: None };
    scene.act(|f, now, out| f.force(now, agent, order, out)).unwrap();
    assert_eq!(scene.state(agent), StateName::LoggedOut);
}
