//! Books on carriers: D3 and F7. Who is switched off, ill or has enough calls in a second is left
//! alone, and who is well again gets calls again.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use dialer::{AttemptId, Outcome};
use jiff::{SignedDuration, Timestamp};
use routing::{CampaignId, TrunkId};
use sip::{Method, Response};

use super::Found;
use crate::sim::invariant::Invariant;
use crate::sim::scene::{Scene, carrier_address};

/// What is known of carriers.
#[derive(Debug)]
pub(super) struct Trunks {
    all: BTreeMap<TrunkId, Trunk>,
    at: BTreeMap<SocketAddr, TrunkId>,
    /// The trunk that each campaign wants first, and how many calls in a row went another way.
    first: BTreeMap<CampaignId, (TrunkId, u32)>,
    attempts: BTreeMap<AttemptId, TrunkId>,
    /// Calls whose refusal was counted: it may come again.
    refused: HashSet<String>,
}

#[derive(Debug)]
struct Trunk {
    enabled: bool,
    per_second: usize,
    left: VecDeque<Duration>,
    /// Refusals of the carrier's own in a row, and since when there are too many.
    refusals: u32,
    ill: Option<Timestamp>,
    tried: u32,
    /// When it last answered anything.
    heard: Option<Timestamp>,
    /// The one call that finds out whether it serves again is on its way.
    trial: bool,
    /// Since when, and until when, it asked to be left alone.
    asked: Option<(Timestamp, Timestamp)>,
    /// When it last failed a call, or was switched on.
    troubled: Option<Timestamp>,
}

impl Trunks {
    pub(super) fn new(scene: &Scene) -> Self {
        let trunk = |trunk: &routing::Trunk| Trunk {
            enabled: trunk.enabled,
            per_second: usize::try_from(trunk.cps_max).unwrap_or(usize::MAX),
            left: VecDeque::new(),
            refusals: 0,
            ill: None,
            tried: 0,
            heard: None,
            trial: false,
            asked: None,
            troubled: None,
        };
        let places = scene.trunks.iter().enumerate();
        let firsts = scene
            .campaigns
            .iter()
            .filter_map(|campaign| campaign.trunks.first().map(|first| (campaign.id, (*first, 0))));
        Self {
            all: scene.trunks.iter().map(|one| (one.id, trunk(one))).collect(),
            at: places.map(|(index, one)| (carrier_address(index), one.id)).collect(),
            first: firsts.collect(),
            attempts: BTreeMap::new(),
            refused: HashSet::new(),
        }
    }

    /// An administrator switches a carrier off or on.
    pub(super) fn switched(&mut self, trunk: TrunkId, enabled: bool) {
        if let Some(trunk) = self.all.get_mut(&trunk) {
            (trunk.enabled, trunk.troubled) = (enabled, None);
            trunk.is_well();
        }
    }

    /// D3: a call is permitted by a carrier that is switched on, and by none that is ill.
    pub(super) fn permitted(
        &mut self,
        attempt: AttemptId,
        (campaign, id): (CampaignId, TrunkId),
        now: Timestamp,
    ) -> Found {
        self.attempts.insert(attempt, id);
        let since = |then: Timestamp| now.duration_since(then);
        let Some(trunk) = self.all.get_mut(&id) else {
            return Err((Invariant::D3, format!("{attempt} goes by an unknown carrier {id}")));
        };
        if !trunk.enabled {
            return Err((Invariant::D3, format!("{attempt} goes by {id}, which is switched off")));
        }
        if trunk.ill.is_some_and(|ill| (AT_ONCE..RESTS).contains(&since(ill))) {
            trunk.tried += 1;
            if trunk.tried > 1 {
                let what = format!("{id} refused {REFUSALS_MAX} calls, and is not left alone");
                return Err((Invariant::Kept, what));
            }
        }
        if let Some((from, until)) = trunk.asked
            && since(from) >= AT_ONCE
            && now < until
        {
            let what = format!("{id} asked at {from} to be left alone until {until}");
            return Err((Invariant::Kept, what));
        }
        let Some((first, others)) = self.first.get_mut(&campaign) else { return Ok(()) };
        *others = if *first == id { 0 } else { *others + 1 };
        let (first, others) = (*first, *others);
        let Some(trunk) = self.all.get_mut(&first).filter(|trunk| trunk.enabled) else {
            return Ok(());
        };
        let well = since(*trunk.troubled.get_or_insert(now));
        if others >= OTHERS_MAX && well > RESTED {
            let what = format!("{first} is well for {well:#}, and {others} calls went another way");
            return Err((Invariant::Kept, what));
        }
        Ok(())
    }

    /// An INVITE leaves: no more of them in a second than the carrier takes.
    pub(super) fn invited(&mut self, at: Duration, to: SocketAddr) -> Found {
        let Some(trunk) = self.at.get(&to).and_then(|id| self.all.get_mut(id)) else {
            return Ok(());
        };
        if trunk.ill.is_some() && std::mem::replace(&mut trunk.trial, true) {
            let what = format!("{to} is tried by a second call before the first has found out");
            return Err((Invariant::Kept, what));
        }
        trunk.left.push_back(at);
        while trunk.left.front().is_some_and(|left| *left + SECOND < at) {
            trunk.left.pop_front();
        }
        if trunk.left.len() > trunk.per_second {
            let (had, most) = (trunk.left.len(), trunk.per_second);
            return Err((Invariant::Kept, format!("{to} got {had} calls in a second, not {most}")));
        }
        Ok(())
    }

    /// A carrier's answer is about to reach the switch.
    pub(super) fn answered(&mut self, from: SocketAddr, response: &Response, now: Timestamp) {
        let to_invite = response.cseq().is_ok_and(|cseq| cseq.method == Method::Invite);
        let code = response.status().code();
        let Some(trunk) = self.at.get(&from).and_then(|id| self.all.get_mut(id)) else { return };
        trunk.heard = Some(now);
        if !to_invite || code <= 100 {
            return;
        }
        if code != 503 {
            return trunk.is_well();
        }
        trunk.trial = false;
        if self.refused.insert(response.call_id().unwrap_or_default().to_owned()) {
            trunk.refusals += 1;
            if let Ok(Some(again)) = response.retry_after() {
                let wait = SignedDuration::from_secs(again.seconds.into());
                let until = now.saturating_add(wait.clamp(AT_ONCE, ASKED_MAX)).unwrap_or(now);
                trunk.asked = Some((now, until));
            }
        }
        if trunk.refusals >= REFUSALS_MAX && trunk.ill.is_none() {
            (trunk.ill, trunk.tried) = (Some(now), 0);
        }
    }

    /// How an attempt ended.
    pub(super) fn ended(&mut self, attempt: AttemptId, outcome: Outcome, now: Timestamp) {
        let trunk = self.attempts.remove(&attempt).and_then(|id| self.all.get_mut(&id));
        let Some(trunk) = trunk else { return };
        if outcome == Outcome::CarrierFailure {
            (trunk.troubled, trunk.trial) = (Some(now), false);
            let long_ago = |then: Timestamp, wait| now.duration_since(then) >= wait;
            let silent = trunk.heard.is_none_or(|heard| long_ago(heard, SILENCE));
            if silent && trunk.ill.is_none_or(|ill| long_ago(ill, RESTS)) {
                (trunk.ill, trunk.tried) = (Some(now), 0);
            }
        } else {
            // An older call that ends as calls do counts for the carrier.
            trunk.is_well();
        }
    }
}

impl Trunk {
    fn is_well(&mut self) {
        (self.refusals, self.ill, self.tried) = (0, None, 0);
        (self.asked, self.trial) = (None, false);
    }
}

/// Twice what the switch needs to take a carrier for ill.
const REFUSALS_MAX: u32 = 10;
/// A trunk whose INVITE is answered by nothing for so long is taken for gone.
const SILENCE: SignedDuration = SignedDuration::from_secs(4);
/// The longest that a carrier is left alone because it asks.
const ASKED_MAX: SignedDuration = SignedDuration::from_secs(298);
/// What was on its way when it was known.
const AT_ONCE: SignedDuration = SignedDuration::from_secs(1);
/// Short of the shortest rest.
const RESTS: SignedDuration = SignedDuration::from_secs(28);
/// Twice the longest rest, and a trial.
const RESTED: SignedDuration = SignedDuration::from_secs(660);
/// So many are not chance, nor a full second.
const OTHERS_MAX: u32 = 20;
const SECOND: Duration = Duration::from_secs(1);
