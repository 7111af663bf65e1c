//! A campaign's own past as the law of a simulated one: who answers after how long, how long they
//! talk, how long the work after it takes.
//!
//! Each simulated call is one of the past, drawn with replacement. What the past cannot tell is
//! filled in by the nearest thing it can: a person who was abandoned would have talked as long as
//! one who was not; a call that we gave up would have rung on; a machine that was recognised is a
//! call that came to nothing.

use std::time::Duration;

use anyhow::ensure;
use dialer::{CallingWindow, CampaignSettings, Outcome};
use store::past::{Past, PastCall};

use super::carrier::{Answer, Fate};
use crate::demo::outcomes::Chance;

/// How calls and wrap-ups of one campaign are drawn.
#[derive(Clone, Debug)]
pub(super) struct Law {
    pub(super) campaign: CampaignSettings,
    calls: Vec<PastCall>,
    talks_ms: Vec<u32>,
    wrap_ups_ms: Vec<u32>,
}

impl Law {
    /// The law of a past; of the settings, what decides how the campaign dials.
    ///
    /// Errors: the past is too short to be one.
    pub(super) fn of(settings: &CampaignSettings, past: Past) -> anyhow::Result<Self> {
        let Past { calls, wrap_ups_ms, .. } = past;
        let met = |call: &&PastCall| call.outcome == Outcome::Connected;
        let talks_ms: Vec<_> = calls.iter().filter(met).map(|call| call.talk_ms).collect();
        ensure!(
            calls.len() >= CALLS_LEAST && talks_ms.len() >= TALKS_LEAST,
            "{:?} has {} calls and {} conversations in that time; {CALLS_LEAST} and {TALKS_LEAST} \
             are the least that tell anything",
            settings.name,
            calls.len(),
            talks_ms.len(),
        );
        let wrap_ups_ms = if wrap_ups_ms.is_empty() { vec![0] } else { wrap_ups_ms };
        Ok(Self { campaign: bare(settings), calls, talks_ms, wrap_ups_ms })
    }

    pub(super) fn fate(&self, chance: &mut Chance) -> Fate {
        let call = pick(&self.calls, chance);
        let ring = Duration::from_millis(call.ring_ms.into());
        let answered = |stay_ms: u32| {
            let stay = Duration::from_millis(stay_ms.into());
            Fate::Answered { ring, stay, how: Answer::Plain }
        };
        let refused = |code| Fate::Refused {
            ring: Some(ring),
            after: Duration::ZERO,
            code: call.sip.filter(|code| (400..700).contains(code)).unwrap_or(code),
            q850: call.q850,
            again: None,
        };
        match call.outcome {
            Outcome::Connected => answered(call.talk_ms),
            Outcome::Abandoned => answered(pick(&self.talks_ms, chance)),
            Outcome::HungUp => answered(call.wait_ms),
            Outcome::NoAnswer | Outcome::Cancelled | Outcome::Interrupted => Fate::NoAnswer,
            Outcome::Busy => refused(486),
            Outcome::BadNumber => refused(404),
            Outcome::Refused | Outcome::Blocked => refused(603),
            Outcome::CarrierFailure | Outcome::Configuration => refused(503),
            Outcome::Delivered | Outcome::Machine | Outcome::NoMedia => refused(480),
        }
    }

    pub(super) fn wrap_up(&self, chance: &mut Chance) -> Duration {
        Duration::from_millis(pick(&self.wrap_ups_ms, chance).into())
    }
}

/// What of the settings decides how it dials; whom it may dial is the simulator's own.
fn bare(settings: &CampaignSettings) -> CampaignSettings {
    CampaignSettings {
        running: true,
        mode: settings.mode,
        pacing: settings.pacing,
        ring_timeout_s: settings.ring_timeout_s,
        connect_within_ms: settings.connect_within_ms,
        wrap_up_s: settings.wrap_up_s,
        auto_ready: settings.auto_ready,
        abandon: settings.abandon.clone(),
        window: CallingWindow::us(),
        ..CampaignSettings::new(settings.id, settings.name.clone())
    }
}

fn pick<T: Copy>(from: &[T], chance: &mut Chance) -> T {
    let place = chance.below(u32::try_from(from.len()).unwrap_or(u32::MAX));
    from[usize::try_from(place).unwrap_or_default()]
}

/// With fewer calls a share of answers is off by more than five points.
const CALLS_LEAST: usize = 200;
const TALKS_LEAST: usize = 20;
