//! A shift for reports: three agents, a campaign, a queue and every kind of ending, by a seed.
//!
//! It is told to the journal alone.

use dialer::callbacks::{Callback, Closing};
use dialer::campaign::{BY_AGENT, Recycle};
use dialer::permit::ChainHead;
use dialer::{AttemptId, Outcome};
use jiff::Timestamp;
use routing::{AgentId, CallId, CampaignId, Counts, PauseClass, PauseReason, QueueId, StateName};
use uuid::Uuid;

use crate::calls::LegQuality;
use crate::event::{Direction, Event, Party};
use crate::testing::{CAMPAIGN, Permits, TRUNK, at, call_started, id, lead, number};

/// The events of a shift, in the order of their times.
pub(super) fn shift(seed: u64) -> Vec<(Timestamp, Event)> {
    let mut script = Script {
        permits: Permits::after(ChainHead::START),
        events: Vec::new(),
        dice: seed,
        calls: 0,
    };
    for n in 1..=3 {
        script.agent(id(n), i64::try_from(n).unwrap() * 700);
    }
    for n in 0..30 {
        let (now, how) = (script.roll(30_000), script.roll::<usize>(3));
        script.unanswered(now, [Outcome::Busy, Outcome::NoAnswer, Outcome::CarrierFailure][how]);
        script.caller_who_met_nobody(n * 900);
        script.promise(n * 1_000);
    }
    script.events.sort_by_key(|(at, _)| *at);
    script.events
}

pub(super) const QUEUE: u128 = 0x9e;

/// The seconds from the beginning that a shift may last: over midnight of every zone tried.
pub(super) const SECONDS: i64 = 40_000;

struct Script {
    permits: Permits,
    events: Vec<(Timestamp, Event)>,
    dice: u64,
    calls: u64,
}

impl Script {
    /// A number below `sides`, as any type that counts.
    fn roll<T: TryFrom<u64, Error: std::fmt::Debug>>(&mut self, sides: u64) -> T {
        self.dice = self.dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695);
        T::try_from((self.dice >> 33) % sides).unwrap()
    }

    fn say(&mut self, second: i64, event: Event) {
        self.events.push((at(second), event));
    }

    /// One agent from clock-in to clock-out: ready, a call or a pause, over and over.
    fn agent(&mut self, agent: AgentId, begins: i64) {
        let clock = |clocked_in| Event::AgentClock { agent, clocked_in, reason: None, unit: None };
        self.say(begins, clock(true));
        let mut now = begins;
        while now < SECONDS - 10_000 {
            let ready = 1 + self.roll::<i64>(1_500);
            now = self.spend(agent, StateName::Ready, Counts::Ready, now, ready, None, None);
            now = match self.roll::<u8>(4) {
                0 => self.pause(agent, now),
                1 => self.take_caller(agent, now),
                _ => self.dialled(agent, now),
            };
        }
        self.say(now, clock(false));
    }

    #[expect(clippy::too_many_arguments, reason = "an interval has that many sides")]
    fn spend(
        &mut self,
        agent: AgentId,
        state: StateName,
        counts: Counts,
        from: i64,
        seconds: i64,
        call: Option<CallId>,
        campaign: Option<CampaignId>,
    ) -> i64 {
        let reason = None;
        let (from, to) = (at(from), at(from + seconds));
        let event = Event::AgentInterval { agent, state, counts, reason, from, to, call, campaign };
        self.events.push((to, event));
        (to.as_second() - at(0).as_second()).max(0)
    }

    fn pause(&mut self, agent: AgentId, now: i64) -> i64 {
        let class = if self.roll::<u8>(2) == 0 { PauseClass::Break } else { PauseClass::Meeting };
        let reason = Some(PauseReason { class, text: Some("Tea".to_owned()) });
        let end = now + 60 + self.roll::<i64>(4_000);
        let (state, counts) = (StateName::Paused, Counts::Pause);
        let (from, to, call, campaign) = (at(now), at(end), None, None);
        let event = Event::AgentInterval { agent, state, counts, reason, from, to, call, campaign };
        self.say(end, event);
        end
    }

    fn next_call(&mut self) -> (u64, CallId) {
        self.calls += 1;
        (self.calls, id(0xca_0000 + u128::from(self.calls)))
    }

    fn dial(&mut self, now: i64) -> (u64, CallId, AttemptId) {
        let (n, call) = self.next_call();
        let attempt = id(0xa7_0000 + u128::from(n));
        let mode = if n.is_multiple_of(4) { BY_AGENT } else { "progressive" };
        let permit = Box::new(self.permits.permit_as(mode, attempt, n, at(now)));
        self.say(now, call_started(call, Some(attempt)));
        self.say(now, Event::Permitted { permit, call });
        (n, call, attempt)
    }

    fn attempt_ended(&mut self, now: i64, (n, attempt): (u64, AttemptId), outcome: Outcome) {
        let recycle = Recycle::done(outcome);
        let sip = (outcome == Outcome::CarrierFailure).then_some(503);
        let event = Event::AttemptEnded {
            attempt,
            lead: lead(n).id,
            campaign: id(CAMPAIGN),
            outcome,
            sip,
            q850: None,
            recycle,
            attempts: 1,
            carrier_failures: u32::from(sip.is_some()),
        };
        self.say(now, event);
    }

    fn call_ended(&mut self, now: i64, call: CallId, [ring, wait, talk, hold]: [i64; 4]) {
        let ms = |seconds: i64| u64::try_from(seconds * 1_000).unwrap();
        let (ring_ms, wait_ms, talk_ms, hold_ms) = (ms(ring), ms(wait), ms(talk), ms(hold));
        let by = Party::Customer;
        let (sip, q850) = (None, None);
        let event = Event::CallEnded { call, by, sip, q850, ring_ms, talk_ms, hold_ms, wait_ms };
        self.say(now, event);
    }

    fn unanswered(&mut self, now: i64, outcome: Outcome) {
        let (n, call, attempt) = self.dial(now);
        let ring = 1 + self.roll::<i64>(30);
        self.call_ended(now + ring, call, [ring, 0, 0, 0]);
        self.attempt_ended(now + ring, (n, attempt), outcome);
    }

    /// A person who answered and is talked to, and what the agent says of it.
    fn dialled(&mut self, agent: AgentId, now: i64) -> i64 {
        let campaign = Some(id(CAMPAIGN));
        let (n, call, attempt) = self.dial(now);
        let ring = 1 + self.roll::<i64>(20);
        self.say(now + ring, Event::CallAnswered { call });
        let (talk, wrap_up) = (1 + self.roll::<i64>(2_000), 1 + self.roll::<i64>(60));
        let (state, ringing) = (StateName::Reserved, Counts::Ring);
        let began = self.spend(agent, state, ringing, now, ring, Some(call), campaign);
        self.say(began, Event::CallConnected { call, agent, answer_to_agent_us: 900 });
        let (state, talking) = (StateName::Talking, Counts::Talk);
        let over = self.spend(agent, state, talking, began, talk, Some(call), campaign);
        self.call_ended(over, call, [ring, 0, talk, 0]);
        self.attempt_ended(over, (n, attempt), Outcome::Connected);
        if self.roll::<u8>(2) == 0 {
            let mos = 300 + self.roll::<u16>(140);
            self.say(over, Event::CallMeasured { call, agent: None, quality: heard(mos) });
            self.say(over, Event::AudioLost { call, agent: None, both: false });
        }
        let recording = id(0x4ec_0000 + u128::from(n));
        self.say(began, Event::RecordingStarted { recording, call, agent });
        let gap_ms = self.roll::<u64>(3) * 400;
        let (duration_ms, chain, interrupted) = (800, String::new(), false);
        let ended = Event::RecordingEnded { recording, duration_ms, gap_ms, chain, interrupted };
        self.say(over, ended);
        let codes = crate::testing::campaign().dispositions;
        for _ in 0..=self.roll::<u8>(2) {
            let code = codes[self.roll::<usize>(codes.len() as u64)].code.clone();
            self.say(over + wrap_up, disposed(call, agent, code));
        }
        let (state, wrapping) = (StateName::WrapUp, Counts::WrapUp);
        self.spend(agent, state, wrapping, over, wrap_up, Some(call), campaign)
    }

    fn called(&mut self, now: i64) -> CallId {
        let (_, call) = self.next_call();
        let queue = Some(id::<QueueId>(QUEUE));
        let event = Event::CallStarted {
            call,
            direction: Direction::Inbound,
            calling: number(1).to_string(),
            called: number(2).to_string(),
            campaign: None,
            queue,
            did: None,
            attempt: None,
            trunk: Some(id(TRUNK)),
        };
        self.say(now, event);
        self.say(now, Event::CallAnswered { call });
        call
    }

    /// A caller of the queue, who waited up to a minute.
    fn take_caller(&mut self, agent: AgentId, now: i64) -> i64 {
        let waited = self.roll::<i64>(60);
        let call = self.called(now - waited);
        let answer_to_agent_us = u64::try_from(waited).unwrap() * 1_000_000;
        self.say(now, Event::CallConnected { call, agent, answer_to_agent_us });
        let talk = 1 + self.roll::<i64>(600);
        let (state, talking) = (StateName::Talking, Counts::Talk);
        let over = self.spend(agent, state, talking, now, talk, Some(call), None);
        self.call_ended(over, call, [0, waited, talk, 0]);
        let (state, holding) = (StateName::Hold, Counts::Hold);
        self.spend(agent, state, holding, over, 7, Some(call), None)
    }

    /// One gave up, one heard the notice, one still waits.
    fn caller_who_met_nobody(&mut self, now: i64) {
        let call = self.called(now);
        let (campaign, queue) = (None, Some(id(QUEUE)));
        let noticed = match self.roll::<u8>(3) {
            0 => return,
            roll => roll == 1,
        };
        self.say(now + 50, Event::CallAbandoned { call, campaign, queue, noticed });
        self.call_ended(now + 50, call, [0, 50, 0, 0]);
    }

    fn promise(&mut self, due: i64) {
        let (n, _) = self.next_call();
        let callback = Callback {
            id: Uuid::from_u128(0xcb_0000 + u128::from(n)).into(),
            lead: lead(n).id,
            campaign: id(CAMPAIGN),
            number: number(n),
            due_at: at(due),
            zone: "UTC".to_owned(),
            owner: (self.roll::<u8>(2) == 0).then(|| id(1)),
            team: None,
            terms: dialer::callbacks::Terms::default(),
            note: String::new(),
        };
        let promised = callback.id;
        self.say(0, Event::CallbackPromised { callback: Box::new(callback), by: None });
        if let Some(how) = Closing::ALL.get(self.roll::<usize>(6)) {
            self.say(due, Event::CallbackClosed { callback: promised, how: *how });
        }
    }
}

fn heard(mos: u16) -> LegQuality {
    LegQuality {
        mos,
        received: 1_000,
        lost: 0,
        lost_by_party: None,
        jitter_us: 100,
        jitter_max_us: 200,
        round_trip_us: None,
    }
}

fn disposed(call: CallId, agent: AgentId, code: String) -> Event {
    Event::Disposed {
        call,
        agent,
        campaign: Some(id(CAMPAIGN)),
        lead: None,
        code,
        notes: String::new(),
        callback_at: None,
        dnc: None,
        machine: false,
        recycle: None,
    }
}
