//! What pacers keep of an hour, and what they begin with in the same hour of another week.
//!
//! ```text
//!  a campaign dials after a rest ──▶ Recall ──▶ Recalled ──▶ its pacer begins with that
//!  the hour ends, or the campaign stops ──▶ PacerLearnt in the journal
//! ```
//! Hours are those of the organisation's zone: people's habits follow the clock on the wall.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use dialer::pacer::{HourOfWeek, Learnt};
use dialer::zones::Zone;
use routing::CampaignId;
use store::Event;

use super::{Now, Output, Switch};

/// The hour that each campaign dials in.
pub(super) type Hours = BTreeMap<CampaignId, Hour>;

/// A campaign's hour.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hour {
    of_week: HourOfWeek,
    seen: Instant,
}

impl Switch {
    /// A campaign dials now: its pacer may begin with a memory, or leave one.
    pub(super) fn follow_hour(&mut self, now: Now, id: CampaignId, out: &mut Vec<Output>) {
        let of_week = self.hour_of_week(now);
        let before = self.pacer_hours.insert(id, Hour { of_week, seen: now.at });
        match before {
            Some(hour) if now.at.saturating_duration_since(hour.seen) < REST => {
                if hour.of_week != of_week {
                    self.keep_pacer(now, id, hour.of_week, out);
                }
            }
            _ => out.push(Output::Recall(id, of_week)),
        }
    }

    /// A campaign dials no more: what its pacer knows is of the hour that it dialled in last.
    pub(super) fn pacer_rests(&mut self, now: Now, id: CampaignId, out: &mut Vec<Output>) {
        if let Some(hour) = self.pacer_hours.remove(&id) {
            self.keep_pacer(now, id, hour.of_week, out);
        }
    }

    /// What the store found of the hour.
    pub(super) fn pacer_recalls(&mut self, id: CampaignId, learnt: &Learnt) {
        if let Some(pacer) = self.pacers.get_mut(id) {
            pacer.recall(learnt);
            self.pace.insert(id);
        }
    }

    fn keep_pacer(
        &mut self,
        now: Now,
        campaign: CampaignId,
        hour: HourOfWeek,
        out: &mut Vec<Output>,
    ) {
        if let Some(learnt) = self.pacers.get_mut(campaign).and_then(|pacer| pacer.learnt()) {
            let learnt = Box::new(learnt);
            self.write(now, Event::PacerLearnt { campaign, hour, learnt }, out);
        }
    }

    fn hour_of_week(&self, now: Now) -> HourOfWeek {
        let zone = self.directory.organisation.as_ref().map(|own| own.time_zone.as_str());
        let zone = zone.and_then(Zone::named).or_else(|| Zone::named("UTC"));
        let local = zone.map(|zone| zone.local(now.wall));
        HourOfWeek::of(local.unwrap_or_default())
    }
}

/// After so long without a dial what a pacer knows is of another hour.
const REST: Duration = Duration::from_hours(4);
