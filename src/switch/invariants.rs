//! What must hold after every step (FAULTS D), and what must be gone at the end.
//!
//! Tests and the simulator ask after each input; the demo asks every second.

use std::collections::{BTreeMap, BTreeSet};

use dialer::abandon::Sum;
use dialer::campaign::Needs;
use routing::{CallId, CampaignId};
use serde::Serialize;

use super::{Now, Owner, Switch};
use crate::call::{Origin, State};

/// What is still alive; all zero once every call has ended and every timer has run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LeftOver {
    /// Calls in hand.
    pub calls: usize,
    /// SIP legs.
    pub legs: usize,
    /// RTP ports held by streams.
    pub ports: usize,
    /// SIP transactions, client and server.
    pub transactions: usize,
}

impl Switch {
    /// Counts what is alive.
    #[must_use]
    pub fn left_over(&self) -> LeftOver {
        let counts = self.sip.counts();
        LeftOver {
            calls: self.calls.len(),
            legs: counts.legs,
            ports: self.streams.ports_taken(),
            transactions: counts.transactions,
        }
    }

    /// Calls in hand.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.calls.len()
    }

    /// What each campaign counts of the people who answered, in the window closest to its cap.
    #[must_use]
    pub fn standings(&self, now: Now) -> Vec<(CampaignId, Sum)> {
        let campaigns = self.campaigns.iter();
        campaigns.map(|(id, campaign)| (*id, campaign.standing(now.wall))).collect()
    }

    /// Tells the first invariant that does not hold.
    pub fn check(&self) -> Result<(), String> {
        self.floor.check_invariants()?;
        self.legs_have_one_owner()?;
        self.owners_agree()?;
        self.consultations_are_live()?;
        self.outside_lines_are_live()?;
        self.alarms_match_deadlines()?;
        self.claims_match_attempts()?;
        self.parts_are_sound()?;
        self.campaigns_see_their_calls()?;
        self.pacers_see_what_is_there()?;
        self.trunks_count_their_calls()
    }

    /// What each part counts as it comes and goes is what is there.
    fn parts_are_sound(&self) -> Result<(), String> {
        self.sip.check_invariants()?;
        self.gate.check_invariants()?;
        self.campaigns.values().try_for_each(dialer::Campaign::check_invariants)
    }

    /// D7: a campaign takes each of its calls for what it is, or it dials too much or too little.
    fn campaigns_see_their_calls(&self) -> Result<(), String> {
        for (id, slot) in &self.calls {
            let Origin::Dialled { campaign, attempt, by: None, .. } = slot.call.origin else {
                continue;
            };
            let seen = self.campaigns.get(&campaign).and_then(|one| one.needs(attempt));
            let state = slot.call.state();
            let needs = match state {
                State::Cleared | State::Dialling { .. } => Needs::AnAnswer,
                // Whom an agent sent on waits for others than the campaign's agents.
                State::Waiting if slot.meant().is_some() => Needs::Nobody,
                State::Waiting => Needs::AnAgent,
                State::Talking { .. } | State::Held { .. } | State::Notice { .. } => Needs::Nobody,
                _ => continue,
            };
            if seen.is_some_and(|seen| seen != needs) {
                return Err(format!("call {id} is {state:?}, and its campaign sees {seen:?}"));
            }
        }
        Ok(())
    }

    /// F7: what a trunk counts as in use and as set aside are calls.
    fn trunks_count_their_calls(&self) -> Result<(), String> {
        let mut here: BTreeMap<_, (usize, usize)> = BTreeMap::new();
        for slot in self.calls.values() {
            if let Some(trunk) = slot.call.origin.trunk() {
                let (calls, reserved) = here.entry(trunk).or_default();
                *calls += 1;
                *reserved += usize::from(slot.path.reserved);
            }
        }
        for line in self.trunks.iter() {
            let there = here.get(&line.trunk.id).copied().unwrap_or_default();
            if line.taken() != there {
                let (told, trunk) = (line.taken(), line.trunk.id);
                return Err(format!("trunk {trunk} has {there:?} calls and counts {told:?}"));
            }
        }
        Ok(())
    }

    /// D6, D11: a leg belongs to a call or line that names it, and a stream to one that is there.
    fn legs_have_one_owner(&self) -> Result<(), String> {
        if self.legs.len() > self.sip.counts().legs {
            return Err("a leg has ended and is still owned".to_owned());
        }
        let mut ports = BTreeSet::new();
        for (leg, owner) in &self.legs {
            let party = match owner {
                Owner::Call(call) => self.calls.get(call).and_then(|slot| slot.call.customer),
                Owner::Line(agent) => self.lines.get(agent).and_then(super::lines::Line::party),
                Owner::Enquiry(agent) => self.enquiries.get(agent).map(|enquiry| enquiry.party),
            };
            let party = party.ok_or_else(|| format!("leg {leg:?} belongs to nobody"))?;
            if party.leg != *leg {
                return Err(format!("leg {leg:?} is not the one its owner knows"));
            }
            if !ports.insert(party.port) {
                return Err(format!("port {} belongs to two legs", party.port));
            }
        }
        Ok(())
    }

    /// D4, D5: a call's agent and the floor's owner of the call are the same.
    fn owners_agree(&self) -> Result<(), String> {
        for (id, slot) in &self.calls {
            let (here, there) = (slot.call.agent(), self.floor.owner(*id));
            if here != there {
                return Err(format!("call {id}: it is with {here:?}, the floor says {there:?}"));
            }
        }
        Ok(())
    }

    /// D5: a consultation is a call of its agent's, and what it is about is that agent's too.
    fn consultations_are_live(&self) -> Result<(), String> {
        for (agent, consultation) in &self.consultations {
            let slot = self.calls.get(&consultation.call);
            if slot.and_then(|slot| slot.call.origin.made_by()) != Some(*agent) {
                return Err(format!("agent {agent} consults by a call that is not theirs"));
            }
            let about = consultation.about.map(|call| self.floor.owner(call));
            if about.is_some_and(|owner| owner != Some(*agent)) {
                return Err(format!("agent {agent} consults about a call that is not theirs"));
            }
        }
        for (id, slot) in &self.calls {
            if let State::Bridged { with } = slot.call.state()
                && !self.calls.contains_key(&with)
            {
                return Err(format!("call {id} is bridged to {with}, which is over"));
            }
        }
        Ok(())
    }

    /// A line that comes from outside comes by one call, and that call is its agent's.
    fn outside_lines_are_live(&self) -> Result<(), String> {
        let lines = self.calls.iter().filter_map(|(id, slot)| match slot.call.origin {
            Origin::Line { agent, .. } => Some((agent, *id)),
            _ => slot.access.as_ref().and_then(|access| access.agent()).map(|agent| (agent, *id)),
        });
        let lines: BTreeSet<_> = lines.collect();
        // One that gave way to its agent's own call ends as soon as its leg does.
        let ends = |id: &CallId| {
            let state = self.calls.get(id).map(|slot| slot.call.state());
            matches!(state, Some(State::Closing | State::Ended))
        };
        let known = self.outside.iter().all(|(agent, id)| lines.contains(&(*agent, *id)));
        let kept = |(agent, id): &(_, _)| self.outside.get(agent) == Some(id) || ends(id);
        if known && lines.iter().all(kept) {
            return Ok(());
        }
        Err(format!("lines from outside {:?}, by call {lines:?}", self.outside))
    }

    /// Every deadline of a call or line has its alarm, and there is no other.
    fn alarms_match_deadlines(&self) -> Result<(), String> {
        let calls = self.calls.iter().map(|(id, slot)| (Owner::Call(*id), slot.call.deadline()));
        let lines = self.lines.iter().map(|(id, line)| (Owner::Line(*id), line.deadline()));
        let mut set = 0;
        for (owner, deadline) in calls.chain(lines) {
            let Some(at) = deadline else { continue };
            if !self.alarms.contains(at, owner) {
                return Err(format!("{owner:?} has a deadline and no alarm"));
            }
            set += 1;
        }
        match self.alarms.len() {
            alarms if alarms == set => Ok(()),
            alarms => Err(format!("{alarms} alarms for {set} deadlines")),
        }
    }

    /// D1, D2: every live attempt has one call and one claim.
    fn claims_match_attempts(&self) -> Result<(), String> {
        let dialled = self.calls.values().filter_map(|slot| match slot.call.origin {
            Origin::Dialled { attempt, .. } => Some(attempt),
            _ => None,
        });
        let dialled: BTreeSet<_> = dialled.collect();
        if dialled.len() != self.attempts.len() {
            return Err(format!("{} attempts, {} calls", self.attempts.len(), dialled.len()));
        }
        let claims = self.gate.live_claims();
        if claims != dialled.len() {
            return Err(format!("{claims} claims, {} live attempts", dialled.len()));
        }
        Ok(())
    }
}
