//! Every arrow of the call's figure, in virtual time.

use super::*;
use dialer::{AttemptId, LeadId};
use proptest::prelude::*;
use routing::{CampaignId, TrunkId};
use uuid::Uuid;

const LIMITS: Limits = Limits {
    ring: Duration::from_secs(25),
    notice: Duration::from_secs(30),
    stored: Duration::from_mins(3),
    message: false,
};

fn agent(number: u128) -> AgentId {
    AgentId::from(Uuid::from_u128(number))
}

fn dialled(now: Instant) -> Call {
    let origin = Origin::Dialled {
        campaign: CampaignId::from(Uuid::from_u128(1)),
        attempt: AttemptId::from(Uuid::from_u128(2)),
        lead: LeadId::from(Uuid::from_u128(3)),
        trunk: TrunkId::from(Uuid::from_u128(4)),
        by: None,
    };
    let id = CallId::from(Uuid::from_u128(5));
    let mut call = Call::dialled(now, id, origin, "+1".to_owned(), "+2".to_owned(), LIMITS);
    call.customer = Some(party());
    call
}

/// A leg id as only an endpoint can make it.
fn party() -> Party {
    let now = Instant::now();
    let mut endpoint = sip::Endpoint::new(sip::Config::new("test"), [0; 32]);
    let here = "127.0.0.1:5060".parse().unwrap();
    let there = "127.0.0.1:5062".parse().unwrap();
    let invite = sip::Invite {
        to: sip::Destination::Address {
            uri: "sip:a@127.0.0.1".to_owned(),
            flow: sip::Flow::udp(here, there),
        },
        from: sip::Identity { user: "b".to_owned(), display: None, host: "test".to_owned() },
        asserted: None,
        sdp: None,
        headers: vec![],
        credentials: None,
        timer_b: None,
    };
    let leg = endpoint.invite(now, invite, &mut vec![]).unwrap();
    Party { leg, stream: StreamId(1), port: 20_000 }
}

fn step(call: &mut Call, now: Instant, input: Input) -> Vec<Effect> {
    let mut out = vec![];
    call.handle(now, input, &mut out);
    out
}

fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// DESIGN §5: the permit is durable before the INVITE leaves.
#[test]
fn nothing_is_dialled_before_the_permit_is_durable() {
    let now = Instant::now();
    let mut call = dialled(now);
    assert_eq!(step(&mut call, now, Input::Tick), []);
    assert_eq!(step(&mut call, now, Input::Durable), [Effect::Dial]);
    assert_eq!(step(&mut call, now, Input::Durable), []);
}

/// RULES US-3: an unanswered call rings at least 15 s; the time counts from the ringing.
#[test]
fn ringing_is_given_up_after_the_ring_time() {
    let now = Instant::now();
    let mut call = dialled(now);
    step(&mut call, now, Input::Durable);
    step(&mut call, now + ms(3_000), Input::Ringing);
    assert_eq!(call.deadline(), Some(now + ms(28_000)));
    assert_eq!(step(&mut call, now + ms(27_999), Input::Tick), []);
    assert_eq!(step(&mut call, now + ms(28_000), Input::Tick), [Effect::HangUp]);
    assert!(call.rang_out());
    assert_eq!(step(&mut call, now + ms(28_010), Input::LegEnded), [Effect::Finished]);
    assert_eq!(call.times(now + ms(90_000)).ring, ms(28_010));
}

/// A call that the pacer gives up is a no-answer, and one that was answered is not given up.
#[test]
fn a_call_given_up_has_rung_out_and_an_answered_one_goes_on() {
    let now = Instant::now();
    let mut call = dialled(now);
    step(&mut call, now, Input::Durable);
    assert_eq!(step(&mut call, now + ms(16_000), Input::GiveUp), [Effect::HangUp]);
    assert!(call.rang_out());
    let mut call = dialled(now);
    step(&mut call, now, Input::Durable);
    step(&mut call, now + ms(16_000), Input::Answered);
    assert_eq!(step(&mut call, now + ms(16_000), Input::GiveUp), []);
    assert_eq!(call.state(), State::Waiting);
}

/// RULES US-1, US-4: an answer that no agent takes is abandoned, once, and hears the notice.
#[test]
fn an_answer_without_an_agent_is_abandoned_once_and_hears_the_notice() {
    let now = Instant::now();
    let mut call = dialled(now);
    step(&mut call, now, Input::Durable);
    assert_eq!(step(&mut call, now + ms(5_000), Input::Answered), [Effect::Seek]);
    let late = now + ms(7_000);
    assert_eq!(step(&mut call, late, Input::Unserved), [Effect::Withdraw, Effect::Notice]);
    assert!(call.was_abandoned());
    assert_eq!(step(&mut call, late, Input::Assigned(agent(1))), [], "too late for an agent");
    assert_eq!(call.deadline(), Some(late + ms(30_000)));
    assert_eq!(step(&mut call, late + ms(4_000), Input::NoticePlayed), [Effect::HangUp]);
    assert_eq!(step(&mut call, late + ms(4_000), Input::NoticePlayed), []);
    assert_eq!(step(&mut call, late + ms(4_020), Input::LegEnded), [Effect::Finished]);
    assert_eq!(step(&mut call, late + ms(4_020), Input::LegEnded), []);
}

/// 47 CFR 64.1200(a)(7)(i)(B): the call ends at once, or with a word that it was understood; a key
/// counts from the first word to the end of the leg, once, and never in a conversation.
#[test]
fn a_wish_not_to_be_called_again_ends_what_is_heard() {
    let now = Instant::now();
    let noticed = || {
        let mut call = dialled(now);
        step(&mut call, now, Input::Durable);
        step(&mut call, now, Input::Answered);
        assert!(!call.may_opt_out());
        step(&mut call, now, Input::Unserved);
        assert!(call.may_opt_out());
        call
    };
    let mut call = noticed();
    assert_eq!(step(&mut call, now, Input::OptedOut(false)), [Effect::HangUp]);
    assert!(call.has_opted_out() && !call.may_opt_out());
    let mut call = noticed();
    let later = now + ms(20_000);
    assert_eq!(step(&mut call, later, Input::OptedOut(true)), []);
    assert_eq!((call.is_confirming(), call.deadline()), (true, Some(later + ms(30_000))));
    assert_eq!(step(&mut call, later, Input::Beep), []);
    assert_eq!(step(&mut call, later, Input::NoticePlayed), [Effect::HangUp]);
    let mut call = noticed();
    step(&mut call, now, Input::NoticePlayed);
    assert!(call.may_opt_out(), "the leg has not ended");
    step(&mut call, now, Input::LegEnded);
    assert!(!call.may_opt_out());
    let mut call = dialled(now);
    step(&mut call, now, Input::Durable);
    step(&mut call, now, Input::Answered);
    step(&mut call, now, Input::Assigned(agent(1)));
    assert!(!call.may_opt_out());
}

#[test]
fn talk_and_hold_and_ring_and_wait_add_up_to_the_whole_call() {
    let now = Instant::now();
    let mut call = dialled(now);
    step(&mut call, now, Input::Durable);
    step(&mut call, now + ms(4_000), Input::Answered);
    let connected = step(&mut call, now + ms(4_150), Input::Assigned(agent(7)));
    assert_eq!(connected, [Effect::Connect(agent(7))]);
    let held = step(&mut call, now + ms(10_000), Input::Hold);
    assert_eq!(held, [Effect::Separate(agent(7)), Effect::Music]);
    assert_eq!(step(&mut call, now + ms(12_500), Input::Resume), [Effect::Connect(agent(7))]);
    let gone = step(&mut call, now + ms(20_000), Input::LegEnded);
    assert_eq!(gone, [Effect::Withdraw, Effect::Finished]);
    let times = call.times(now + ms(99_000));
    assert_eq!(
        (times.ring, times.wait, times.talk, times.hold),
        (ms(4_000), ms(150), ms(13_350), ms(2_500))
    );
}

/// FAULTS F11: the customer of a lost line hears music while its agent is called back, and then
/// another agent is looked for; one who has met an agent is never "abandoned".
#[test]
fn a_lost_line_parks_the_customer_and_never_abandons_it() {
    let now = Instant::now();
    let mut call = dialled(now);
    for input in [Input::Durable, Input::Answered, Input::Assigned(agent(1))] {
        step(&mut call, now, input);
    }
    let lost = step(&mut call, now + ms(5_000), Input::LineLost);
    assert_eq!(lost, [Effect::Music, Effect::CallBack(agent(1))]);
    assert_eq!(step(&mut call, now + ms(25_000), Input::Stranded), [Effect::Seek]);
    assert_eq!(call.agent(), None);
    step(&mut call, now + ms(85_000), Input::Unserved);
    assert!(!call.was_abandoned());
}

#[test]
fn a_line_that_comes_back_gets_its_customer_again() {
    let now = Instant::now();
    let mut call = dialled(now);
    for input in [Input::Durable, Input::Answered, Input::Assigned(agent(1)), Input::LineLost] {
        step(&mut call, now, input);
    }
    assert_eq!(step(&mut call, now + ms(900), Input::LineBack), [Effect::Connect(agent(1))]);
}

#[test]
fn a_call_that_never_left_ends_without_a_leg() {
    let now = Instant::now();
    let mut call = dialled(now);
    call.customer = None;
    assert_eq!(step(&mut call, now, Input::HangUp), [Effect::Finished]);
    assert_eq!(call.state(), State::Ended);
}

proptest! {
    /// Whatever happens in whatever order: whoever the call binds is let go before its end or
    /// before another is bound, it finishes exactly once, and its times add up.
    #[test]
    fn whoever_is_bound_is_let_go_and_the_end_comes_once(
        inputs in proptest::collection::vec((0_u8..17, 0_u64..9_000), 1..60)
    ) {
        let start = Instant::now();
        let mut now = start;
        let mut call = dialled(now);
        let (mut bound, mut finished) = (false, 0);
        let mut first = None;
        for (input, wait) in inputs.into_iter().chain([(16, 1)]) {
            now += ms(wait);
            let input = match input {
                0 => Input::Durable,
                1 => Input::Ringing,
                2 => Input::Answered,
                3 => Input::Assigned(agent(1)),
                4 => Input::Assigned(agent(2)),
                5 => Input::Hold,
                6 => Input::Resume,
                7 => Input::LineLost,
                8 => Input::LineBack,
                9 => Input::NoticePlayed,
                10 => Input::Stranded,
                11 => Input::Unserved,
                12 => Input::Tick,
                13 => Input::GiveUp,
                14 => Input::Offered(agent(1)),
                15 => Input::LetGo,
                _ => Input::LegEnded,
            };
            let stranded = input == Input::Stranded;
            for effect in step(&mut call, now, input) {
                prop_assert_eq!(finished, 0, "nothing follows the end");
                match effect {
                    Effect::Dial => first = Some(now),
                    // The floor let go of a stranded call by itself.
                    Effect::Seek => {
                        prop_assert!(!bound || stranded);
                        bound = true;
                    }
                    Effect::Withdraw => {
                        prop_assert!(bound);
                        bound = false;
                    }
                    Effect::Finished => finished += 1,
                    _ => {}
                }
            }
            if call.state() == State::Ended {
                break;
            }
        }
        prop_assert_eq!(finished, 1);
        prop_assert!(!bound);
        let times = call.times(now);
        let whole = first.map_or(Duration::ZERO, |first| now - first);
        prop_assert_eq!(times.ring + times.wait + times.talk + times.hold, whole);
    }
}
