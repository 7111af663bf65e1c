//! The profile's rules, by their requirement numbers.

use super::*;
use uuid::Uuid;

fn agent() -> Agent {
    Agent {
        id: AgentId::from(Uuid::from_u128(1)),
        number: AgentNumber(1427),
        code: "E-1427".into(),
        first_name: "Siobhán".into(),
        last_name: "O'Brien-Smith".into(),
        username: Some("s.obrien".into()),
        email: None,
        teams: vec![],
        campaigns: vec![],
        queues: vec![],
        cli: None,
        time_zone: "Europe/Dublin".into(),
        after_call: AfterCall::default(),
        distribution: crate::agents::Distribution::default(),
        connection: Connection::default(),
        lifecycle: Lifecycle::Active,
        login: Login::Enabled,
        transfers_when_paused: false,
        permissions: crate::agents::Permissions::default(),
        greeting: None,
        hourly_cost_cents: 1_000,
    }
}

fn refused(change: impl FnOnce(&mut Agent)) -> String {
    let mut agent = agent();
    change(&mut agent);
    agent.validate().unwrap_err().to_string()
}

#[test]
fn a_sound_profile_is_accepted() {
    assert_eq!(agent().validate(), Ok(()));
}

/// R123, R124: alphanumerics, spaces, apostrophe, hyphen only.
#[test]
fn a_name_with_other_signs_is_refused_by_its_field() {
    let expected = "may hold letters, digits, spaces, apostrophes and hyphens only";
    assert_eq!(refused(|a| a.first_name = "Eve<b>".into()), format!("first_name: {expected}"));
    assert_eq!(refused(|a| a.last_name = "Ng; DROP".into()), format!("last_name: {expected}"));
    assert_eq!(refused(|a| a.last_name = " ".into()), "last_name: must not be empty");
}

/// FAULTS S11: a name becomes a SIP display name.
#[test]
fn a_line_break_in_a_text_is_refused() {
    let expected = "must be one line without control characters";
    assert_eq!(refused(|a| a.code = "7\r\nVia: x".into()), format!("code: {expected}"));
    assert_eq!(refused(|a| a.first_name = "A\0".into()), format!("first_name: {expected}"));
}

/// R129: alphanumerics plus `! @ # $ % ^ \ & _ .`
#[test]
fn a_username_takes_exactly_the_signs_of_r129() {
    let mut sound = agent();
    sound.username = Some("a1!@#$%^\\&_.".into());
    assert_eq!(sound.validate(), Ok(()));
    for wrong in ["a b", "a-b", "a/b", "é"] {
        let told = refused(|a| a.username = Some(wrong.into()));
        assert!(told.starts_with("username: may hold"), "{wrong}: {told}");
    }
}

/// R145: three lists, a campaign in one of them.
#[test]
fn a_campaign_in_two_priority_lists_is_refused_where_it_stands_again() {
    let campaign = CampaignId::from(Uuid::from_u128(7));
    let told = refused(|a| {
        a.campaigns = vec![
            CampaignMembership { campaign, priority: Priority::High },
            CampaignMembership { campaign, priority: Priority::Low },
        ];
    });
    assert!(told.starts_with("campaigns[1].campaign: is listed twice"), "{told}");
}

#[test]
fn lists_and_limits_are_bounded() {
    let told = refused(|a| {
        a.teams = (0..65).map(|n| TeamId::from(Uuid::from_u128(n))).collect();
    });
    assert_eq!(told, "teams: may hold at most 64 entries");
    let told = refused(|a| a.after_call.wrap_up_ms = 3_600_001);
    assert_eq!(told, "after_call.wrap_up_ms: must be from 0 to 3600000");
    assert!(AgentNumber::try_from(0).is_err());
    assert!(AgentNumber::try_from(1_000_000_000).is_err());
}

#[test]
fn a_zone_or_address_of_the_wrong_shape_is_refused() {
    assert!(refused(|a| a.time_zone = "Europe London".into()).starts_with("time_zone: expected"));
    for wrong in ["ada", "@host", "ada@", "a@b@c", "a b@c"] {
        let told = refused(|a| a.email = Some(wrong.into()));
        assert!(told.starts_with("email: expected"), "{wrong}: {told}");
    }
}

/// REQUIREMENTS A6: lifecycle and login are independent, and both must allow work.
#[test]
fn only_an_active_agent_with_an_enabled_login_may_work() {
    assert!(agent().may_work());
    for (lifecycle, login) in [
        (Lifecycle::Archived, Login::Enabled),
        (Lifecycle::Invited, Login::Enabled),
        (Lifecycle::Active, Login::DisabledByWrongPasswords),
    ] {
        assert!(!Agent { lifecycle, login, ..agent() }.may_work());
    }
}

#[test]
fn a_profile_in_json_defaults_what_it_may_and_refuses_what_it_does_not_know() {
    let json = serde_json::json!({
        "id": Uuid::from_u128(1), "number": 1427, "code": "E-1427",
        "first_name": "Ada", "last_name": "Byron", "time_zone": "Europe/London",
    });
    let read: Agent = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(read.after_call, AfterCall { wrap_up_ms: 30_000, auto_ready: true });
    assert!(read.connection.persistent);
    let mut wrong = json;
    wrong["extention"] = "1".into();
    let told = serde_json::from_value::<Agent>(wrong).unwrap_err().to_string();
    assert!(told.contains("extention"), "{told}");
}
