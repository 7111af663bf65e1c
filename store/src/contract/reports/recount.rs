//! The same figures a second time, from the journal's entries alone: no SQL, every second of every
//! interval by itself, and each call's story read through to its end.

use std::collections::{BTreeMap, BTreeSet};

use dialer::Outcome;
use dialer::campaign::BY_AGENT;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use routing::{AgentId, CallId, CampaignId, Counts, PauseClass, QueueId, StateName};
use uuid::Uuid;

use super::script::QUEUE;
use crate::event::{Direction, Event};
use crate::reports::{Grouping, Key};
use crate::testing::{CAMPAIGN, TRUNK, id};

/// Sums by row and figure.
pub(super) type Sums = BTreeMap<Key, BTreeMap<&'static str, i64>>;

/// Counts one report of a period from entries.
pub(super) struct Recount<'e> {
    pub(super) entries: &'e [(Timestamp, Event)],
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) zone: TimeZone,
    pub(super) group: Grouping,
}

/// What a call came to, by its entries.
#[derive(Default)]
struct Story {
    direction: Option<Direction>,
    started: Option<Timestamp>,
    answered: Option<Timestamp>,
    connected: Option<(AgentId, u64)>,
    abandoned: Option<bool>,
    ended: Option<(Timestamp, u64)>,
    mos: Option<u16>,
    silent: bool,
}

impl Recount<'_> {
    /// The sums of a report, by its name.
    pub(super) fn of(&self, report: &str) -> Sums {
        let mut sums = Sums::new();
        match report {
            "agents" => {
                self.agents_time(&mut sums);
                self.deliveries(&mut sums);
                self.declared(&mut sums, false);
            }
            "campaigns" => {
                self.attempts(&mut sums);
                self.declared(&mut sums, false);
                self.cost(&mut sums);
            }
            "queues" => self.queue(&mut sums),
            "trunks" => self.trunk(&mut sums),
            "dispositions" => self.declared(&mut sums, true),
            "callbacks" => self.callbacks(&mut sums),
            "recordings" => self.recordings(&mut sums),
            other => panic!("nobody recounts {other}"),
        }
        sums
    }

    fn key(&self, at: Timestamp, of: impl Fn(Grouping) -> Key) -> Key {
        let local = self.zone.to_datetime(at);
        let began = match self.group {
            Grouping::Hour => local.date().at(local.hour(), 0, 0, 0),
            Grouping::Day => local.date().at(0, 0, 0, 0),
            group => return of(group),
        };
        Key::Time(self.zone.to_timestamp(began).unwrap())
    }

    fn holds(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }

    fn add(sums: &mut Sums, key: Key, figure: &'static str, by: i64) {
        *sums.entry(key).or_default().entry(figure).or_default() += by;
    }

    fn agents_time(&self, sums: &mut Sums) {
        for (_, event) in self.entries {
            let Event::AgentInterval { agent, counts, reason, from, to, .. } = event else {
                continue;
            };
            let mut second = *from;
            while second < *to {
                if self.holds(second) {
                    let key = self.key(second, |_| Key::Id((*agent).into()));
                    let figure = match counts {
                        Counts::Ready => "ready_time",
                        Counts::Ring => "ring_time",
                        Counts::Talk => "talk_time",
                        Counts::Hold => "hold_time",
                        Counts::WrapUp => "wrap_up_time",
                        Counts::Pause => "pause_time",
                    };
                    Self::add(sums, key.clone(), figure, SECOND_US);
                    Self::add(sums, key.clone(), "login_time", SECOND_US);
                    if reason.as_ref().is_some_and(|reason| reason.class == PauseClass::Break) {
                        Self::add(sums, key, "break_time", SECOND_US);
                    }
                }
                second += SignedDuration::from_secs(1);
            }
        }
    }

    /// Cents of an hour times microseconds; three agents at 10, 20 and 30 an hour.
    fn cost(&self, sums: &mut Sums) {
        for (_, event) in self.entries {
            let Event::AgentInterval { agent, from, to, campaign: Some(_), .. } = event else {
                continue;
            };
            let cents = i64::try_from(Uuid::from(*agent).as_u128()).unwrap() * 1_000;
            let mut second = *from;
            while second < *to {
                if self.holds(second) {
                    let key = self.key(second, |_| Key::Id(id::<Uuid>(CAMPAIGN)));
                    Self::add(sums, key, "cost", cents);
                }
                second += SignedDuration::from_secs(1);
            }
        }
    }

    fn deliveries(&self, sums: &mut Sums) {
        let mut first: BTreeMap<(AgentId, CallId), (Timestamp, bool)> = BTreeMap::new();
        for (_, event) in self.entries {
            let Event::AgentInterval { agent, state, from, call: Some(call), .. } = event else {
                continue;
            };
            let met = matches!(state, StateName::Reserved | StateName::Talking);
            if met {
                let found = first.entry((*agent, *call)).or_insert((*from, false));
                found.0 = found.0.min(*from);
                found.1 |= *state == StateName::Talking;
            }
        }
        for ((agent, _), (at, handled)) in first.into_iter().filter(|(_, (at, _))| self.holds(*at))
        {
            let key = self.key(at, |_| Key::Id(agent.into()));
            Self::add(sums, key.clone(), "total_calls", 1);
            Self::add(sums, key, "calls_handled", i64::from(handled));
        }
    }

    fn declared(&self, sums: &mut Sums, all: bool) {
        let mut last = BTreeMap::new();
        for (at, event) in self.entries {
            if let Event::Disposed { call, agent, code, campaign: Some(campaign), .. } = event {
                last.insert((*call, *agent), (*at, code.clone(), *campaign));
            }
        }
        let won: BTreeSet<_> = crate::testing::campaign()
            .dispositions
            .into_iter()
            .filter_map(|row| row.flags.success.then_some(row.code))
            .collect();
        for ((_, agent), (at, code, campaign)) in last {
            if !self.holds(at) {
                continue;
            }
            let key = self.key(at, |group| match group {
                Grouping::Agent => Key::Id(agent.into()),
                Grouping::Disposition => Key::Word(code.clone()),
                _ => Key::Id(CampaignId::into(campaign)),
            });
            Self::add(sums, key.clone(), "conversions", i64::from(won.contains(&code)));
            if all {
                Self::add(sums, key, "declared", 1);
            }
        }
    }

    fn attempts(&self, sums: &mut Sums) {
        let mut permitted = BTreeMap::new();
        for (_, event) in self.entries {
            if let Event::Permitted { permit, .. } = event {
                let found = &permit.evidence.findings;
                permitted.insert(found.attempt, (found.at, found.pacing.mode == BY_AGENT));
            }
        }
        let of = |_| Key::Id(id::<Uuid>(CAMPAIGN));
        for (at, _) in permitted.values().filter(|(at, _)| self.holds(*at)) {
            Self::add(sums, self.key(*at, of), "attempts", 1);
        }
        for (_, event) in self.entries {
            let Event::AttemptEnded { attempt, outcome, .. } = event else { continue };
            let (at, own) = permitted[attempt];
            let figure = match outcome {
                Outcome::Connected => "connected",
                Outcome::Busy => "busy",
                Outcome::NoAnswer => "no_answer",
                _ => "failed",
            };
            if self.holds(at) {
                Self::add(sums, self.key(at, of), figure, 1);
                let met = *outcome == Outcome::Connected && !own;
                Self::add(sums, self.key(at, of), "met", i64::from(met));
            }
        }
    }

    fn stories(&self) -> BTreeMap<CallId, Story> {
        let mut stories: BTreeMap<CallId, Story> = BTreeMap::new();
        for (at, event) in self.entries {
            match event {
                Event::CallStarted { call, direction, .. } => {
                    let story = stories.entry(*call).or_default();
                    (story.started, story.direction) = (Some(*at), Some(*direction));
                }
                Event::CallAnswered { call } => {
                    stories.entry(*call).or_default().answered = Some(*at);
                }
                Event::CallConnected { call, agent, answer_to_agent_us } => {
                    let story = stories.entry(*call).or_default();
                    story.connected = Some((*agent, *answer_to_agent_us));
                }
                Event::CallAbandoned { call, noticed, .. } => {
                    stories.entry(*call).or_default().abandoned = Some(*noticed);
                }
                Event::CallEnded { call, talk_ms, .. } => {
                    stories.entry(*call).or_default().ended = Some((*at, *talk_ms));
                }
                Event::CallMeasured { call, quality, .. } => {
                    stories.entry(*call).or_default().mos = Some(quality.mos);
                }
                Event::AudioLost { call, agent: None, .. } => {
                    stories.entry(*call).or_default().silent = true;
                }
                _ => {}
            }
        }
        stories
    }

    fn queue(&self, sums: &mut Sums) {
        for story in self.stories().values() {
            let (Some(Direction::Inbound), Some(at)) = (story.direction, story.started) else {
                continue;
            };
            if !self.holds(at) {
                continue;
            }
            let key = self.key(at, |_| Key::Id(Uuid::from(id::<QueueId>(QUEUE))));
            let figure = match (story.connected, story.ended, story.abandoned) {
                (Some(_), ..) => "answered",
                (None, None, _) => "waiting",
                (None, Some(_), Some(true)) => "overflowed",
                (None, Some(_), _) => "abandoned",
            };
            Self::add(sums, key.clone(), "offered", 1);
            Self::add(sums, key.clone(), figure, 1);
            if let Some((_, us)) = story.connected {
                let in_time = i64::from(us <= 20_000_000);
                Self::add(sums, key.clone(), "answered_in_time", in_time);
                Self::add(sums, key, "wait_time", i64::try_from(us).unwrap());
            }
        }
    }

    fn trunk(&self, sums: &mut Sums) {
        for story in self.stories().values() {
            let (Some(Direction::Outbound), Some(at)) = (story.direction, story.started) else {
                continue;
            };
            if !self.holds(at) {
                continue;
            }
            let key = self.key(at, |_| Key::Id(id::<Uuid>(TRUNK)));
            let talked = story.ended.map_or(0, |(_, talk_ms)| i64::try_from(talk_ms).unwrap());
            Self::add(sums, key.clone(), "calls", 1);
            Self::add(sums, key.clone(), "talk_time", talked * 1_000);
            Self::add(sums, key.clone(), "silent", i64::from(story.silent));
            if let Some(mos) = story.mos {
                Self::add(sums, key.clone(), "measured", 1);
                Self::add(sums, key.clone(), "mos_sum", i64::from(mos));
                Self::add(sums, key.clone(), "badly_heard", i64::from(mos < 360));
            }
            if let (Some(answered), Some((ended, _))) = (story.answered, story.ended) {
                let ring = answered.as_microsecond() - at.as_microsecond();
                let short = ended.as_microsecond() - answered.as_microsecond() < 6 * SECOND_US;
                Self::add(sums, key.clone(), "answered", 1);
                Self::add(sums, key.clone(), "ring_time", ring);
                Self::add(sums, key, "short_calls", i64::from(short));
            }
        }
    }

    fn callbacks(&self, sums: &mut Sums) {
        let mut closed = BTreeMap::new();
        for (_, event) in self.entries {
            if let Event::CallbackClosed { callback, how } = event {
                closed.insert(*callback, serde_json::to_value(how).unwrap());
            }
        }
        for (_, event) in self.entries {
            let Event::CallbackPromised { callback, .. } = event else { continue };
            if !self.holds(callback.due_at) {
                continue;
            }
            let key = self.key(callback.due_at, |group| match (group, callback.owner) {
                (Grouping::Agent, Some(owner)) => Key::Id(owner.into()),
                (Grouping::Agent, None) => Key::Nobody,
                _ => Key::Id(callback.campaign.into()),
            });
            let how = closed.get(&callback.id).and_then(|how| how.as_str());
            let figure = ["kept", "late", "broken", "called_in", "withdrawn"]
                .into_iter()
                .find(|figure| how == Some(figure))
                .unwrap_or("open");
            Self::add(sums, key.clone(), "promised", 1);
            Self::add(sums, key, figure, 1);
        }
    }

    fn recordings(&self, sums: &mut Sums) {
        let mut ended = BTreeMap::new();
        for (_, event) in self.entries {
            if let Event::RecordingEnded { recording, gap_ms, .. } = event {
                ended.insert(*recording, *gap_ms);
            }
        }
        for (at, event) in self.entries {
            let Event::RecordingStarted { recording, agent, .. } = event else { continue };
            if !self.holds(*at) {
                continue;
            }
            let key = self.key(*at, |group| match group {
                Grouping::Agent => Key::Id((*agent).into()),
                _ => Key::Id(id::<Uuid>(CAMPAIGN)),
            });
            let figure = match ended[recording] {
                0 => "whole",
                400 => "with_gaps",
                _ => "missing",
            };
            Self::add(sums, key.clone(), "expected", 1);
            Self::add(sums, key, figure, 1);
        }
    }
}

const SECOND_US: i64 = 1_000_000;
