//! Leads that people correct while the switch holds copies of them: whatever way a copy takes,
//! nobody is dialled by what is true no longer.

use std::time::Duration;

use admin_api::control::{AgentVerb, Change, Command, Reply};
use dialer::campaign::Cause;
use dialer::rules::ConsentRule;
use dialer::{CampaignSettings, Consent, ConsentKind, Lead, Mode};
use jiff::Timestamp;
use routing::StateName;

use super::world::{CUSTOMER, World};

const RIGHT: &str = "+12025550177";

/// A campaign that asks for consent, nobody at work, and one person in stock who has given it.
fn stocked() -> (World, Lead) {
    let mut world = World::of(1, |scene| scene.campaign.consent = ConsentRule::Express);
    let lead = listed(&mut world);
    (world, lead)
}

/// The same in preview, and an agent who looks at them.
fn looked_at() -> (World, Lead) {
    let mut world = World::of(1, |scene| {
        scene.campaign.consent = ConsentRule::Express;
        scene.campaign.mode = Mode::Preview { look_s: 30, may_skip: true };
    });
    world.staff();
    let lead = listed(&mut world);
    assert_eq!(world.agent_state(), StateName::Previewing);
    (world, lead)
}

fn listed(world: &mut World) -> Lead {
    let consent = Consent {
        kind: ConsentKind::Written,
        given_at: Timestamp::UNIX_EPOCH,
        until: None,
        source: "form 17".to_owned(),
    };
    let lead = Lead { consent: Some(consent), ..world.person(CUSTOMER) };
    world.listed(vec![lead.clone()]);
    world.run(Duration::from_secs(1));
    lead
}

fn corrected(world: &mut World, lead: &Lead, version: u64) {
    world.tell(Change::Lead { lead: Box::new(lead.clone()), version });
}

#[test]
fn a_lead_whose_consent_was_revoked_is_not_dialled_from_stock() {
    let (mut told, lead) = stocked();
    corrected(&mut told, &Lead { consent: None, ..lead }, 2);
    let (mut untold, _) = stocked();
    for world in [&mut told, &mut untold] {
        world.staff();
        world.run(Duration::from_secs(20));
    }
    assert_eq!((told.invites_to(CUSTOMER), untold.invites_to(CUSTOMER)), (0, 1));
}

/// Consent that is taken back while their telephone rings is taken back from that call too; and a
/// law that changes meanwhile holds for it.
#[test]
fn what_rings_is_given_up_when_it_may_be_no_longer() {
    for revoke in [true, false] {
        let (mut world, lead) = stocked();
        world.staff();
        world.run(Duration::from_secs(5));
        assert_eq!((world.invites_to(CUSTOMER), world.carrier_ended()), (1, 0));
        if revoke {
            corrected(&mut world, &Lead { consent: None, ..lead }, 2);
        } else {
            let mut campaign = world.scene().campaign.clone();
            campaign.profile = Some(dialer::ProfileId::from(uuid::Uuid::nil()));
            world.tell(Change::Campaign(Box::new(campaign)));
        }
        world.run(Duration::from_secs(1));
        assert_eq!(world.carrier_ended(), 1, "revoked: {revoke}");
    }
}

/// The store was being read while somebody wrote: the answer comes after the word.
#[test]
fn a_copy_that_was_read_before_and_comes_after_is_not_dialled() {
    let (mut world, lead) = stocked();
    let revoked = Lead { consent: None, ..lead.clone() };
    corrected(&mut world, &revoked, 2);
    world.listed(vec![lead.clone()]);
    world.staff();
    world.run(Duration::from_secs(20));
    assert_eq!(world.invites_to(CUSTOMER), 0);
    let why = Command::WhyNot { campaign: world.scene().campaign.id, lead: Box::new(lead.clone()) };
    let Ok(Reply::WhyNot(why)) = world.request(why) else { panic!("no answer") };
    assert!(why.because[0].contains("was changed since this copy"), "{:?}", why.because);
    assert!(why.next.is_some() && !matches!(why.cause, Cause::NoAgent), "{why:?}");
    // Given again: the copy of today is dialled, and the word of yesterday changes nothing.
    corrected(&mut world, &lead, 3);
    corrected(&mut world, &revoked, 2);
    world.listed(vec![lead]);
    world.run(Duration::from_secs(20));
    assert_eq!(world.invites_to(CUSTOMER), 1);
}

/// Neither from stock, nor as a copy that was being read.
#[test]
fn a_lead_that_was_deleted_is_not_dialled() {
    let (mut world, lead) = stocked();
    world.tell(Change::LeadRemoved { lead: lead.id, version: 2 });
    world.listed(vec![lead]);
    world.staff();
    world.run(Duration::from_secs(20));
    assert_eq!(world.invites_to(CUSTOMER), 0);
}

#[test]
fn a_number_that_was_mended_is_dialled_and_the_wrong_one_is_not() {
    let (mut world, lead) = stocked();
    let mended = Lead { number: RIGHT.parse().unwrap(), ..lead };
    corrected(&mut world, &mended, 2);
    world.listed(vec![mended]);
    world.staff();
    world.run(Duration::from_secs(20));
    assert_eq!((world.invites_to(CUSTOMER), world.invites_to(RIGHT)), (0, 1));
}

/// The agent sees the correction, and dials by it.
#[test]
fn a_lead_that_an_agent_looks_at_is_corrected_before_their_eyes() {
    let (mut world, lead) = looked_at();
    let mended = Lead { number: RIGHT.parse().unwrap(), ..lead };
    corrected(&mut world, &mended, 2);
    let agent = world.agent_id();
    let Ok(Reply::Preview(Some(looked))) = world.request(Command::Preview { agent }) else {
        panic!("nobody is looked at")
    };
    assert_eq!(looked.lead.number, mended.number);
    world.ask(0, AgentVerb::DialPreviewed).unwrap();
    world.run(Duration::from_secs(1));
    assert_eq!((world.invites_to(CUSTOMER), world.invites_to(RIGHT)), (0, 1));

    let (mut world, lead) = looked_at();
    corrected(&mut world, &Lead { consent: None, ..lead }, 2);
    let refused = world.ask(0, AgentVerb::DialPreviewed).unwrap_err().to_string();
    assert!(refused.contains("none is known"), "{refused}");
    world.run(Duration::from_secs(31));
    assert_eq!(world.invites_to(CUSTOMER), 0);
}

/// A promise that waits for its owner holds a copy as well.
#[test]
fn a_promised_call_goes_to_the_number_that_was_mended() {
    let mut world = World::new();
    world.promise(CUSTOMER, Duration::from_mins(1), true);
    world.run(Duration::from_mins(2));
    let lead = world.promised_lead();
    let mended = Lead { number: RIGHT.parse().unwrap(), ..lead };
    corrected(&mut world, &mended, 2);
    world.staff();
    world.run(Duration::from_secs(20));
    assert_eq!((world.invites_to(CUSTOMER), world.invites_to(RIGHT)), (0, 1));
}

/// What the gate put off is asked of the store anew when the campaign or its law changes, and when
/// it begins; not when nothing does, nor when it stops.
#[test]
fn changed_rules_are_asked_of_every_lead_anew() {
    let mut world = World::of(1, |scene| {
        scene.campaign.profile = Some(dialer::ProfileId::from(uuid::Uuid::from_u128(5)));
    });
    let (own, mut law) = (world.campaign(), dialer::rules::shipped().remove(0));
    law.id = own.profile.unwrap();
    world.tell(Change::Profile(Box::new(law.clone())));
    world.anew();
    let of = |own: &CampaignSettings| vec![store::leads::Reconsidered::of(own)];
    let mut changed = |own: &CampaignSettings| {
        world.tell(Change::Campaign(Box::new(own.clone())));
        world.anew()
    };
    let patient = CampaignSettings { max_attempts: own.max_attempts + 2, ..own.clone() };
    let stopped = CampaignSettings { running: false, ..patient.clone() };
    assert_eq!(changed(&own), []);
    assert_eq!(changed(&patient), of(&patient));
    assert_eq!(changed(&stopped), []);
    assert_eq!(changed(&patient), of(&patient), "others may have dialled its list meanwhile");
    law.lock_out.after_machine_h += 1;
    world.tell(Change::Profile(Box::new(law)));
    assert_eq!(world.anew(), of(&patient));
}
