//! The agents at their desks: they see what the switch shows, think, and ask for something.
//!
//! ```text
//!   LoggedOut ▶ clock in ▶ Ready ▶ … ▶ talk, hold, hang up ▶ dispose ▶ Ready … ▶ clock out
//! ```
//! With [`Fault::Agents`] they also ask for what is not allowed and pause while their call rings.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use admin_api::control::{AgentVerb, CallbackBy, ClockIn};
use admin_api::live::AgentView;
use jiff::Timestamp;
use routing::{AgentId, CallId, PauseClass, PauseReason, StateName};

use super::agenda::Happening;
use super::errand::{Errand, Errands};
use super::invariant::Invariant;
use super::law::Law;
use super::plan::{Fault, Faults};
use super::scene::Scene;
use crate::demo::outcomes::Chance;

/// All desks; each has its agent's number in the scene.
#[derive(Debug)]
pub(super) struct Desks {
    all: Vec<Desk>,
    by_agent: HashMap<AgentId, usize>,
    faults: Faults,
    law: Option<Arc<Law>>,
    going_home: bool,
}

#[derive(Debug)]
struct Desk {
    agent: AgentId,
    shown: Shown,
    /// Rises with every change of mind; what was meant before is forgotten.
    mind: u32,
    next: Option<AgentVerb>,
    asked: Option<Asked>,
    leaving: Option<Leaving>,
    /// Whether there is a line between calls.
    persistent: bool,
    /// The line was lost with a customer on it, and has to come up once before Ready: nobody else
    /// is to ring a telephone that is not there.
    lost: bool,
    /// Whether Ready is pressed by itself after a wrap-up.
    auto_ready: bool,
    /// Asked for a pause or pressed Ready, and nothing has come of it or taken it back.
    wish: Wish,
    /// How often in a row it was refused to be ready, with line and telephone there.
    refused: u8,
    chance: Chance,
}

/// A pause or a clock-out that was granted: no call may follow the one in hand.
#[derive(Clone, Copy, Debug)]
struct Leaving {
    in_hand: Option<CallId>,
}

/// What an agent wants to come next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Wish {
    pause: bool,
    ready: bool,
}

/// What an agent asked for last, as far as it is kept an eye on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Ready,
    Leave,
    Home,
    Other,
}

/// What an agent sees of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shown {
    state: StateName,
    call: Option<CallId>,
    line_up: bool,
    registered: bool,
}

impl Desks {
    pub(super) fn new(
        scene: &Scene,
        (faults, law): (Faults, Option<Arc<Law>>),
        seed: [u8; 32],
    ) -> Self {
        let desk = |(index, agent): (usize, &routing::Agent)| Desk {
            agent: agent.id,
            shown: Shown::NOTHING,
            mind: 0,
            next: None,
            asked: None,
            leaving: None,
            persistent: agent.connection.persistent,
            lost: false,
            auto_ready: agent.after_call.auto_ready,
            wish: Wish::default(),
            refused: 0,
            chance: Chance::new(seed, &format!("desk {index}")),
        };
        let desks: Vec<_> = scene.agents.iter().enumerate().map(desk).collect();
        let by_agent = desks.iter().enumerate().map(|(index, desk)| (desk.agent, index)).collect();
        Self { all: desks, by_agent, faults, law, going_home: false }
    }

    pub(super) fn agent(&self, index: usize) -> AgentId {
        self.all[index].agent
    }

    pub(super) fn index(&self, agent: AgentId) -> Option<usize> {
        self.by_agent.get(&agent).copied()
    }

    /// Everybody finishes what they have in hand and clocks out.
    pub(super) fn go_home(&mut self, at: Duration, errands: &mut Errands) {
        self.going_home = true;
        for index in 0..self.all.len() {
            self.think(at, index, errands);
        }
    }

    /// The switch is gone: so is what it showed.
    pub(super) fn blank(&mut self) {
        for desk in &mut self.all {
            desk.shown = Shown::NOTHING;
            desk.mind += 1;
            (desk.asked, desk.leaving, desk.refused, desk.lost) = (None, None, 0, false);
            desk.wish = Wish::default();
        }
    }

    /// The switch shows an agent.
    pub(super) fn see(&mut self, at: Duration, view: &AgentView, errands: &mut Errands) {
        let Some(index) = self.index(view.id) else { return };
        let shown = Shown {
            state: view.state,
            call: view.call,
            line_up: view.line_up,
            registered: view.registered,
        };
        if self.all[index].shown != shown {
            let before = std::mem::replace(&mut self.all[index].shown, shown);
            // A telephone that nobody picked up pauses its agent by itself.
            let reason = view.reason.as_ref();
            let by_switch = reason.is_some_and(|reason| reason.class == PauseClass::System);
            self.all[index].watch(before.state, by_switch, errands);
            self.think(at, index, errands);
        }
    }

    /// The switch has answered: should nothing come of it, the agent thinks again.
    pub(super) fn replied(&mut self, at: Duration, index: usize, ok: bool, errands: &mut Errands) {
        self.all[index].granted(ok, errands);
        let later = at + self.all[index].chance.ms(&(4_000..=9_000));
        self.think(later, index, errands);
    }

    /// Makes up an agent's mind about what to do next, and when.
    fn think(&mut self, at: Duration, index: usize, errands: &mut Errands) {
        let (going_home, wild) = (self.going_home, self.faults.has(Fault::Agents));
        let law = self.law.as_deref();
        let desk = &mut self.all[index];
        desk.mind += 1;
        let meant = if wild && desk.chance.happens(40) {
            Some((desk.chance.ms(&(0..=8_000)), desk.whim()))
        } else {
            match law {
                Some(law) => desk.works(going_home, law),
                None => desk.means(going_home, wild),
            }
        };
        if let Some((after, verb)) = meant {
            desk.next = Some(verb);
            errands.push(Errand::At(at + after, Happening::Desk(index, desk.mind)));
        }
    }

    /// What the agent does now, unless it has thought better of it.
    pub(super) fn act(
        &mut self,
        index: usize,
        mind: u32,
        wall: Timestamp,
    ) -> Option<(AgentId, AgentVerb)> {
        let desk = &mut self.all[index];
        let mut verb = desk.next.take_if(|_| desk.mind == mind)?;
        if let AgentVerb::Dispose { code, callback_at, .. } = &mut verb
            && code == "callback"
        {
            let wait = Duration::from_secs(40) + desk.chance.ms(&(0..=400_000));
            *callback_at = wall.checked_add(wait).ok();
        }
        desk.wish.pause |= matches!(verb, AgentVerb::Pause { .. });
        desk.wish.ready |= matches!(verb, AgentVerb::Ready);
        desk.asked = Some(match verb {
            AgentVerb::Ready => Asked::Ready,
            AgentVerb::Pause { .. } => Asked::Leave,
            AgentVerb::ClockOut { .. } => Asked::Home,
            _ => Asked::Other,
        });
        Some((desk.agent, verb))
    }
}

impl Desk {
    /// Notes what the switch has granted, and that it may not refuse for ever.
    fn granted(&mut self, ok: bool, errands: &mut Errands) {
        let idle =
            matches!(self.shown.state, StateName::NotReady | StateName::Paused | StateName::System);
        let line = self.shown.line_up || !(self.persistent || self.lost);
        let able = line && self.shown.registered && idle;
        match (self.asked.take(), ok) {
            (Some(Asked::Ready), true) => {
                (self.leaving, self.refused) = (None, 0);
                self.wish.pause = false;
            }
            (Some(Asked::Ready), false) if able => self.refused += 1,
            (Some(Asked::Home), true) if self.shown.state == StateName::WrapUp => {
                let what = format!("agent {} went home from a wrap-up", self.agent);
                errands.push(Errand::Broken(Invariant::Kept, what));
            }
            (Some(Asked::Leave | Asked::Home), true) => {
                self.leaving = Some(Leaving { in_hand: self.shown.call });
            }
            _ => {}
        }
        if self.refused > REFUSED_MAX {
            let what = format!("agent {} has a line and may not be ready", self.agent);
            errands.push(Errand::Broken(Invariant::Kept, what));
        }
    }

    /// Looks at what the agent is shown: nobody is ready without a line, and whoever was granted a
    /// pause gets no further call.
    fn watch(&mut self, before: StateName, by_switch: bool, errands: &mut Errands) {
        use StateName as S;
        let Shown { state, call, line_up, .. } = self.shown;
        let wish = self.wish;
        let cut = state == S::System && matches!(before, S::Talking | S::Hold);
        self.lost = (self.lost || cut) && !line_up && state != S::LoggedOut;
        let mut broken = |what: &str| {
            let what = format!("agent {} {what}", self.agent);
            errands.push(Errand::Broken(Invariant::Kept, what));
        };
        if state == S::Ready && !line_up && self.persistent {
            broken("is ready and has no line");
        }
        if state == S::Paused && before != S::Paused && !wish.pause && !by_switch {
            broken("is paused and did not ask for it");
        }
        if state == S::Paused && matches!(before, S::Talking | S::Hold) {
            broken("is paused while a customer is there");
        }
        if state == S::Ready && before == S::WrapUp && !self.auto_ready && !wish.ready {
            broken("is ready and did not press it");
        }
        match state {
            S::LoggedOut => (self.leaving, self.wish) = (None, Wish::default()),
            S::Paused => self.wish = Wish::default(),
            S::Ready | S::Reserved | S::Talking => self.wish.ready = false,
            _ => {}
        }
        let busy = matches!(state, S::Reserved | S::Ringing | S::Talking | S::Hold);
        if busy && self.leaving.is_some_and(|leaving| leaving.in_hand != call) {
            broken("was granted a pause and got a call");
        }
    }
}

/// Refusals that may be a race with a line that has just come up.
const REFUSED_MAX: u8 = 5;

impl Shown {
    const NOTHING: Self =
        Self { state: StateName::LoggedOut, call: None, line_up: false, registered: false };
}

impl Desk {
    fn means(&mut self, going_home: bool, wild: bool) -> Option<(Duration, AgentVerb)> {
        use StateName as S;
        let chance = &mut self.chance;
        let clock_out = || AgentVerb::ClockOut { reason: None };
        Some(match self.shown.state {
            S::LoggedOut if going_home || !self.shown.registered => return None,
            S::LoggedOut => (chance.ms(&(200..=6_000)), AgentVerb::ClockIn(ClockIn::default())),
            S::NotReady | S::Ready | S::Paused | S::System
                if going_home && self.shown.call.is_none() =>
            {
                (chance.ms(&(100..=3_000)), clock_out())
            }
            S::NotReady if self.shown.line_up => (chance.ms(&(300..=2_500)), AgentVerb::Ready),
            S::NotReady | S::System => (chance.ms(&(5_000..=14_000)), AgentVerb::Ready),
            S::Paused => (chance.ms(&(20_000..=120_000)), AgentVerb::Ready),
            S::Ready if wild && chance.happens(60) => {
                let reason = Some(PauseReason::of(PauseClass::Break));
                (chance.ms(&(0..=15_000)), AgentVerb::Pause { reason })
            }
            S::Talking if chance.happens(40) => (chance.ms(&(5_000..=40_000)), AgentVerb::Hold),
            S::Hold if chance.happens(200) => {
                let reason = Some(PauseReason::of(PauseClass::Break));
                (chance.ms(&(500..=2_500)), AgentVerb::Pause { reason })
            }
            S::Talking if chance.happens(60) => {
                let reason = Some(PauseReason::of(PauseClass::Break));
                (chance.ms(&(1_000..=20_000)), AgentVerb::Pause { reason })
            }
            S::Talking => (chance.ms(&(20_000..=300_000)), AgentVerb::HangUp),
            S::Hold => (chance.ms(&(3_000..=30_000)), AgentVerb::Resume),
            S::WrapUp if wild && chance.happens(60) => (chance.ms(&(500..=5_000)), clock_out()),
            S::WrapUp => (chance.ms(&(2_000..=30_000)), self.disposition()),
            _ => return None,
        })
    }

    /// As [`Self::means`], of agents who do nothing but their campaign's work: a conversation lasts
    /// as long as the customer's did, and a wrap-up as long as one did.
    fn works(&mut self, going_home: bool, law: &Law) -> Option<(Duration, AgentVerb)> {
        match self.shown.state {
            StateName::Talking | StateName::Hold => None,
            StateName::WrapUp => {
                let code = "not_interested".to_owned();
                let callback_by = CallbackBy::Me;
                let dispose = AgentVerb::Dispose {
                    call: None,
                    code,
                    notes: None,
                    callback_at: None,
                    callback_by,
                    callback_zone: None,
                };
                Some((law.wrap_up(&mut self.chance), dispose))
            }
            _ => self.means(going_home, false),
        }
    }

    fn disposition(&mut self) -> AgentVerb {
        let code = match self.chance.below(20) {
            0..3 => "sale",
            3..12 => "not_interested",
            12..14 => "callback",
            14 => "do_not_call",
            15..18 => "machine",
            _ => "wrong_person",
        };
        let code = code.to_owned();
        let callback_by = [CallbackBy::Me, CallbackBy::Team, CallbackBy::Anyone]
            [usize::try_from(self.chance.below(3)).unwrap_or_default()];
        AgentVerb::Dispose {
            call: None,
            code,
            notes: None,
            callback_at: None,
            callback_by,
            callback_zone: None,
        }
    }

    /// Something that may well not be allowed now.
    fn whim(&mut self) -> AgentVerb {
        match self.chance.below(9) {
            0 => AgentVerb::ClockIn(ClockIn::default()),
            1 => AgentVerb::ClockOut { reason: Some("a whim".to_owned()) },
            2 => AgentVerb::Ready,
            3 => AgentVerb::Pause { reason: Some(PauseReason::of(PauseClass::Meeting)) },
            4 => AgentVerb::Pause { reason: None },
            5 => AgentVerb::Hold,
            6 => AgentVerb::Resume,
            7 => AgentVerb::HangUp,
            _ => self.disposition(),
        }
    }
}
