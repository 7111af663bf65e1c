//! What happens when a carrier fails a call: another of its addresses, then another trunk
//! (FAULTS F7, INTEROP 23 and 46).
//!
//! ```text
//!  INVITE ──5xx, 408, silence, broken path, 302, and nobody rang──▶ next target of the trunk
//!         ──nothing left there──▶ the attempt ends as a carrier's failure, which burns no lead,
//!                                 ──▶ a new permit, and an INVITE by the next trunk
//! ```
//! Both happen in the pass that heard the refusal. A call whose telephone rang is never tried
//! again by itself: it would ring twice.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use dialer::campaign::{Way, nobodys};
use dialer::{AttemptId, Lead};
use routing::clis::NoCli;
use routing::presence::Action;
use routing::trunks::Failure;
use routing::{AgentId, CallId, CampaignId, Number, TrunkId};
use sip::uri::Uri;

use super::legs::Ending;
use super::trunks::{Line, Resolved};
use super::{Now, Output, Switch};
use crate::call::{Input, State};

/// The way a call has taken through a carrier's addresses.
#[derive(Clone, Debug, Default)]
pub(super) struct Path {
    /// Where its INVITE went last.
    pub(super) target: Option<SocketAddr>,
    /// Where INVITEs went before, and why each failed.
    pub(super) tried: Vec<SocketAddr>,
    /// How often a 3xx was followed.
    pub(super) redirections: u8,
    /// Somebody's telephone rang.
    pub(super) rang: bool,
    /// Its place in the second is set aside and not yet used.
    pub(super) reserved: bool,
    /// Trunks that failed the same lead in the same pass.
    pub(super) trunks: BTreeSet<TrunkId>,
    /// The number of the agent that the call was made for (R154).
    pub(super) agents_cli: Option<Number>,
    /// The identity that the floor knows it by already.
    pub(super) known_as: Option<CallId>,
    /// The number that it shows, before the trunk's rule.
    pub(super) shows: Option<Number>,
    /// The agent that it was made for, who takes the answer where they are still ready.
    pub(super) made_for: Option<AgentId>,
}

impl Switch {
    /// The leg of a call is over. If its carrier failed it, another address may still carry it;
    /// tells whether the call goes on.
    pub(super) fn detour(&mut self, now: Now, id: CallId, out: &mut Vec<Output>) -> bool {
        let Some(slot) = self.calls.get(&id) else { return false };
        let Some(trunk) = slot.call.origin.dials() else { return false };
        let (ending, path) = (slot.ending.clone(), slot.path.clone());
        let dialling = matches!(slot.call.state(), State::Dialling { .. });
        self.judge(now, (id, trunk), &path, &ending);
        if !dialling || slot_is_done(&path, &ending) {
            return false;
        }
        let number = self.calls.get(&id).and_then(|slot| slot.call.called.parse().ok());
        let Some(target) = self.next_target(now, trunk, &path, &ending, number) else {
            return false;
        };
        if !self.trunks.has_rate(now.at, trunk, self.settings.attempts_per_second) {
            return false;
        }
        self.leave_stream(now, id, out);
        if let Some(slot) = self.calls.get_mut(&id) {
            slot.path.tried.extend(path.target);
            slot.path.redirections += u8::from(!ending.redirect.is_empty());
            slot.path.reserved = true;
            slot.ending = Ending::default();
        }
        match self.give_leg(now, id, trunk, Some(target), out) {
            Ok(()) => {
                self.drive(now, id, Input::Rerouted, out);
                true
            }
            Err(why) => {
                out.push(Output::Warn(format!("call {id}: {why}")));
                false
            }
        }
    }

    /// What an INVITE came to says how its target fares; the end of a conversation says nothing of
    /// what its carrier does with new calls.
    fn judge(&mut self, now: Now, (id, trunk): (CallId, TrunkId), path: &Path, ending: &Ending) {
        let before_it = |line: &&mut Line| !line.has_answered(id);
        let Some(line) = self.trunks.get_mut(trunk).filter(before_it) else { return };
        let Some(health) = path.target.and_then(|target| line.health(target)) else { return };
        match failure(path, ending) {
            Some(failure) => health.failed(now.at, failure),
            None if ending.code.is_some() || path.rang => health.served(),
            None => health.undecided(now.at),
        }
        self.touched.trunks.insert(trunk);
    }

    fn next_target(
        &mut self,
        now: Now,
        trunk: TrunkId,
        path: &Path,
        ending: &Ending,
        number: Option<Number>,
    ) -> Option<Resolved> {
        let line = self.trunks.get(trunk)?;
        if !ending.redirect.is_empty() {
            let follows = path.redirections < REDIRECTIONS_MAX;
            return redirected(line, &ending.redirect, number?, path).filter(|_| follows);
        }
        let mut tried = path.tried.clone();
        tried.extend(path.target);
        let ids = &mut self.ids;
        line.target(now.at, &tried, |most| ids.below(most))
    }

    /// A lead whose trunk failed goes out by another at once, with a permit of its own; for the
    /// agent who made the call, where there is one and they have nothing else in hand.
    pub(super) fn redial(
        &mut self,
        now: Now,
        campaign: CampaignId,
        (lead, by): (Lead, Option<AgentId>),
        path: Path,
        out: &mut Vec<Output>,
    ) {
        let Some(way) = self.way_around(now, campaign, (lead.number, by), &path) else { return };
        let attempt = AttemptId::from(self.ids.next(now.wall));
        if let Some(agent) = by {
            return self.redial_for(now, campaign, (agent, attempt), (lead, way, path), out);
        }
        let again = Lead { next_due_at: None, ..lead };
        let Some(running) = self.campaigns.get_mut(&campaign) else { return };
        match running.dial_lead(now.wall, &mut self.gate, attempt, &way, again) {
            Ok(permit) => {
                let Path { trunks, agents_cli, made_for, .. } = path;
                let path = Path { trunks, agents_cli, made_for, ..Path::default() };
                self.callback_dialled(now, &permit);
                self.originate(now, permit, path, None, out);
            }
            Err(refused) => Self::defer(now, campaign, &[*refused], out),
        }
    }

    /// A trunk that has not failed this lead yet, and what the call shows there.
    fn way_around(
        &mut self,
        now: Now,
        campaign: CampaignId,
        (number, by): (Number, Option<AgentId>),
        path: &Path,
    ) -> Option<Way> {
        let own = self.campaigns.get(&campaign)?.settings();
        let (running, shown, mut trunks) = (own.running, own.cli, own.trunks.clone());
        let busy = self.draining || self.dialling_held().is_some();
        let rate = self.trunks.room_this_second(now.at, self.settings.attempts_per_second);
        if busy || !running || rate == 0 || self.calls.len() >= self.settings.calls_max {
            return None;
        }
        if by.is_some() {
            let lines = &self.trunks;
            trunks.retain(|id| lines.get(*id).is_some_and(|line| line.trunk.reaches(number)));
        }
        let ids = &mut self.ids;
        let (next, _) = self.trunks.room(now, &trunks, &path.trunks, |most| ids.below(most));
        let trunk = next?;
        let cli = self.cli_on(now, trunk, shown, path.agents_cli);
        (!matches!(cli, Err(NoCli::Spent { .. }))).then_some(Way { trunk, cli })
    }

    /// The same call once more for the agent who made it.
    fn redial_for(
        &mut self,
        now: Now,
        campaign: CampaignId,
        (agent, attempt): (AgentId, AttemptId),
        (lead, way, path): (Lead, Way, Path),
        out: &mut Vec<Output>,
    ) {
        let view = self.floor.agent(agent);
        let free = view.is_some_and(|view| view.presence.check(Action::Dial).is_ok());
        if !free || self.line_up(agent).is_none() {
            return;
        }
        let number = lead.number;
        let nobodys_own = lead.list.as_uuid().is_nil();
        let person = if nobodys_own { nobodys(attempt, number) } else { lead };
        let Some(running) = self.campaigns.get_mut(&campaign) else { return };
        let whom = (person, number);
        let Ok(permit) = running.dial_by_hand(now.wall, &mut self.gate, attempt, &way, whom) else {
            return;
        };
        self.callback_dialled(now, &permit);
        let Path { trunks, agents_cli, .. } = path;
        let path = Path { trunks, agents_cli, ..Path::default() };
        let call = self.originate(now, permit, path, Some(agent), out);
        let dialled = self.floor(|floor, o| floor.dial(now.at, agent, call, Some(campaign), o));
        if let Err(refused) = dialled {
            out.push(Output::Warn(format!("call {call}: {refused}")));
        }
    }
}

/// Whether nothing more is to be tried for the call.
fn slot_is_done(path: &Path, ending: &Ending) -> bool {
    let redirected = !ending.redirect.is_empty();
    path.tried.len() >= TRIES_MAX || (failure(path, ending).is_none() && !redirected)
}

/// How the carrier failed the call; none where it did not, or where somebody rang.
fn failure(path: &Path, ending: &Ending) -> Option<Failure> {
    if path.rang || ending.by_us {
        return None;
    }
    match ending.code {
        None if ending.by_network => Some(Failure::Silent),
        Some(408) => Some(Failure::Silent),
        Some(500..=599) => Some(Failure::Refused(ending.retry_after)),
        _ => None,
    }
}

/// FAULTS S4: a redirection is followed within the carrier's own addresses, to the number that was
/// permitted and to no other.
fn redirected(line: &Line, contacts: &[String], number: Number, path: &Path) -> Option<Resolved> {
    contacts.iter().find_map(|contact| {
        let uri = Uri::parse(contact).ok()?;
        let user = uri.user_unescaped()?;
        let same = line.trunk.numbers.read(&user) == Some(number);
        let host = uri.host()?.to_string();
        let port = uri.port();
        let is_there = |at: &Resolved| {
            let ip = host.trim_matches(['[', ']']).parse::<IpAddr>().ok();
            ip == Some(at.address.ip()) && port.is_none_or(|port| port == at.address.port())
        };
        let fresh =
            |at: &Resolved| Some(at.address) != path.target && !path.tried.contains(&at.address);
        let mut targets = line.targets().iter().map(|target| target.at);
        targets.find(|at| same && is_there(at) && fresh(at))
    })
}

/// INVITEs for one call on one trunk (FAULTS F24).
const TRIES_MAX: usize = 6;

/// 3xx followed for one call (FAULTS F24).
const REDIRECTIONS_MAX: u8 = 3;
