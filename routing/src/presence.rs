//! One agent's presence: the one state machine that all five vocabularies are projections of.
//!
//! REQUIREMENTS D6, R177–R194.
//!
//! ```text
//! LoggedOut ─clock in─▶ NotReady ─ready─▶ Ready ─reserve─▶ Reserved ─┬─ring───▶ Ringing ────┐
//!     ▲                    ▲  ▲             ▲                │       └─preview▶ Previewing ─┤
//!     │ clock out          │  └─fault gone─ System ◀─lost────┤ connect                      │
//!     │                    │                  ▲ │ line back  ▼          answered            │
//!     ├── any but a call   └─ready/auto─┐     │ └────────▶ Talking ◀───────────────────────┘
//!     │                                 │     └─line lost──  │ ▲ hold/resume
//!   Paused ◀─pause── any but a call   WrapUp ◀──ended── Hold ▼ │
//!
//!   Ready, NotReady, Paused ─consult─▶ Consulting ─ended─▶ where the agent was
//!   the same and WrapUp     ─take────▶ Talking       Talking ─turn─▶ Talking, in another call
//! ```
//!
//! A pause or clock-out during a call is latched and taken after it. The invariants: an agent is
//! in one state at a time; each state change closes one [`Interval`], so that ready, ring, talk,
//! hold, wrap-up and pause add up to the login time exactly; [`Presence::allowed`] and
//! [`Presence::handle`] never disagree.

mod action;
mod arrows;
mod interval;
mod pause;
mod state;
mod vocabulary;

pub use action::{Action, Refusal, Refused};
pub use interval::{Change, Interval};
pub use pause::{PauseClass, PauseReason};
pub use state::{Cause, Fault, Latch, State, StateName, Stranded};
pub use vocabulary::{Attendance, Counts, DeskWord, ToolbarWord};

use crate::agents::AfterCall;
use crate::ids::{AgentId, CallId, CampaignId};
use state::Faults;
use std::time::{Duration, Instant};

/// One agent's presence.
#[derive(Debug, Clone)]
pub struct Presence {
    agent: AgentId,
    state: State,
    since: Instant,
    /// What follows the work in hand instead of Ready.
    latch: Option<Latch>,
    faults: Faults,
    /// Whose work is in hand, from the reservation to the end of the wrap-up.
    campaign: Option<CampaignId>,
    /// The work in hand is a call towards the customer, so an unanswered one is not the agent's.
    outgoing: bool,
    /// The work in hand is a colleague's call, after which there is nothing to wrap up.
    internal: bool,
    after_call: AfterCall,
}

/// What happens to an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// The agent clocks in; with a persistent line, which then has to come up before Ready.
    ClockIn {
        /// The line stays up between calls (R127).
        persistent: bool,
    },
    /// The agent clocks out.
    ClockOut {
        /// Said by whoever did it (R188).
        reason: Option<String>,
        /// With work in hand too (R189, or a supervisor's order); a call is ended first.
        while_active: bool,
    },
    /// Play: the agent can take work; during a call it takes back a latched pause.
    Ready,
    /// The agent takes no work.
    Pause(PauseReason),
    /// The watchdog misses the line, the desk or the device.
    Lost {
        /// What is gone.
        fault: Fault,
        /// How long a call in hand is kept for the agent.
        recover: Duration,
    },
    /// The watchdog sees it again.
    Back(Fault),
    /// Work is set aside for the agent.
    Reserve {
        /// The call.
        call: CallId,
        /// Whose work it is.
        campaign: Option<CampaignId>,
        /// The reservation ends by itself then.
        until: Instant,
        /// A transfer: some paused agents take these (R150).
        paused_too: bool,
        /// A colleague calls: no wrap-up follows.
        internal: bool,
    },
    /// The agent dials a number (R104).
    Dial {
        /// The call.
        call: CallId,
        /// Whose work it is (R153).
        campaign: Option<CampaignId>,
        /// Ringing ends by itself then.
        until: Instant,
    },
    /// The work set aside is gone: taken back, hung up, skipped.
    Release,
    /// The agent's handset rings.
    Ring {
        /// Ringing ends by itself then.
        until: Instant,
    },
    /// The agent looks at the lead before it is dialled.
    Preview {
        /// The preview ends by itself then.
        until: Instant,
    },
    /// The agent calls a colleague, whose work the call then is (R152).
    Consult {
        /// The call.
        call: CallId,
    },
    /// A call that somebody else had, or that waited, is the agent's now: retrieved, pulled from a
    /// queue (R219), taken over.
    Take {
        /// The call.
        call: CallId,
        /// Whose work it is.
        campaign: Option<CampaignId>,
    },
    /// The call in hand was about another, which the agent is given instead: an attended transfer.
    Turn {
        /// The call.
        call: CallId,
        /// Whose work it is.
        campaign: Option<CampaignId>,
    },
    /// The previewed lead is dialled.
    DialPreviewed {
        /// Ringing ends by itself then.
        until: Instant,
    },
    /// Who kept the place in line that the agent is rung for is dialled.
    DialKept {
        /// Ringing ends by itself then.
        until: Instant,
    },
    /// The agent will not take the call that rings.
    Decline,
    /// Agent and customer are connected.
    Connect,
    /// The customer is put on hold.
    Hold,
    /// The customer is taken back.
    Resume,
    /// The call is over.
    Ended,
    /// The wrap-up is done.
    Disposed,
    /// Time passed.
    Tick,
}

impl Presence {
    /// An agent who is logged out.
    #[must_use]
    pub fn new(agent: AgentId, after_call: AfterCall, now: Instant) -> Self {
        Self {
            agent,
            state: State::LoggedOut,
            since: now,
            latch: None,
            faults: Faults::default(),
            campaign: None,
            outgoing: false,
            internal: false,
            after_call,
        }
    }

    /// The state.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// When the state began.
    #[must_use]
    pub fn since(&self) -> Instant {
        self.since
    }

    /// What follows the work in hand instead of Ready.
    #[must_use]
    pub fn latch(&self) -> Option<&Latch> {
        self.latch.as_ref()
    }

    /// Whose work is in hand.
    #[must_use]
    pub fn campaign(&self) -> Option<CampaignId> {
        self.campaign
    }

    /// Whether the work in hand is a call towards the customer that is not answered yet.
    #[must_use]
    pub fn is_outgoing(&self) -> bool {
        self.outgoing
    }

    /// What the watchdog misses, the line before the desk before the device.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        self.faults.first()
    }

    /// Changes what follows a call; a wrap-up that runs keeps its limit.
    pub fn set_after_call(&mut self, after_call: AfterCall) {
        self.after_call = after_call;
    }

    /// When [`Input::Tick`] is due.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.state.until()
    }

    /// Takes one input; an illegal one changes nothing and is refused in words.
    ///
    /// `None`: legal, and the state stays (a latch may have moved).
    pub fn handle(
        &mut self,
        now: Instant,
        input: Input,
        cause: Cause,
    ) -> Result<Option<Change>, Refused> {
        let note = match (&input, &self.latch) {
            (Input::ClockOut { reason, .. }, _) | (_, Some(Latch::ClockOut { reason })) => {
                reason.clone()
            }
            _ => None,
        };
        // Closed before the new work is noted, or the idle time would be the new campaign's.
        let interval = self.elapsed(now);
        let Some(next) = self.next(now, input)? else { return Ok(None) };
        let from = self.enter(now, next);
        let note = note.filter(|_| self.state == State::LoggedOut);
        Ok(Some(Change { from, to: self.state.clone(), cause, note, at: now, interval }))
    }

    /// The state that follows, or none where it stays; one arm is one arrow of the figure.
    #[expect(clippy::match_same_arms, reason = "two arrows may lead to the same state")]
    fn next(&mut self, now: Instant, input: Input) -> Result<Option<State>, Refused> {
        use State as S;
        if let Some(next) = self.by_own_hand(&input)? {
            return Ok(Some(next));
        }
        let next = match (&self.state, input) {
            (S::LoggedOut, Input::ClockIn { persistent }) => {
                self.faults = Faults::default();
                if persistent {
                    self.faults.insert(Fault::LineLost);
                }
                S::NotReady
            }
            (_, Input::ClockOut { while_active, reason }) => {
                return self.clock_out(while_active, reason);
            }
            (_, Input::Ready) => return self.play(),
            (_, Input::Pause(reason)) => return self.pause(reason),
            (_, Input::Lost { fault, recover }) => return Ok(self.lose(fault, now + recover)),
            (_, Input::Back(fault)) => return Ok(self.regain(fault)),
            (S::Ready, Input::Reserve { call, campaign, until, internal, .. }) => {
                (self.campaign, self.internal) = (campaign, internal);
                S::Reserved { call, until }
            }
            (
                S::Paused { reason },
                Input::Reserve { call, campaign, until, paused_too: true, internal },
            ) => {
                self.latch = Some(Latch::Pause(reason.clone()));
                (self.campaign, self.internal) = (campaign, internal);
                S::Reserved { call, until }
            }
            (&S::Reserved { call, .. }, Input::Ring { until }) => S::Ringing { call, until },
            (&S::Reserved { call, .. }, Input::Preview { until }) => S::Previewing { call, until },
            (&S::Previewing { call, .. }, Input::DialPreviewed { until }) => {
                self.outgoing = true;
                S::Ringing { call, until }
            }
            (
                S::Reserved { .. } | S::Ringing { .. } | S::Previewing { .. },
                Input::Release | Input::Ended,
            ) => self.after_nothing(),
            (S::Ringing { .. }, Input::Decline) if !self.outgoing => {
                self.unanswered("declined a call")
            }
            (&(S::Reserved { call, .. } | S::Ringing { call, .. }), Input::Connect) => {
                S::Talking { call }
            }
            (&S::Talking { call }, Input::Hold) => S::Hold { call },
            (&S::Hold { call }, Input::Resume) => S::Talking { call },
            (S::Consulting { .. }, Input::Ended) => self.after_nothing(),
            (S::Talking { .. } | S::Hold { .. }, Input::Ended) if self.internal => {
                self.after_nothing()
            }
            (&(S::Talking { call } | S::Hold { call }), Input::Ended) => self.wrap_up(now, call),
            (S::System { stranded: Some(_), .. }, Input::Ended) => self.after_nothing(),
            (S::WrapUp { .. }, Input::Disposed) => self.after_work(),
            (_, Input::Tick) => return Ok(self.tick(now)),
            (state, input) => return Err(Refused::arrow(state.name(), &input)),
        };
        Ok(Some(next))
    }
}

impl Presence {
    /// The arrows of calls that an agent makes or takes without being asked, and of the one that
    /// takes the place of the call in hand.
    fn by_own_hand(&mut self, input: &Input) -> Result<Option<State>, Refused> {
        use State as S;
        let next = match (&self.state, input) {
            (S::Ready | S::NotReady | S::Paused { .. }, &Input::Dial { call, campaign, until }) => {
                self.check(Action::Dial)?;
                self.latch = Latch::back_to(&self.state);
                self.campaign = campaign;
                self.outgoing = true;
                S::Ringing { call, until }
            }
            (S::Ready | S::NotReady | S::Paused { .. }, &Input::Consult { call }) => {
                self.check(Action::CallAgent)?;
                self.latch = Latch::back_to(&self.state);
                S::Consulting { call }
            }
            (
                S::Ready | S::NotReady | S::Paused { .. } | S::WrapUp { .. },
                &Input::Take { call, campaign },
            ) => {
                self.check(Action::Take)?;
                self.latch = Latch::back_to(&self.state);
                self.campaign = campaign;
                S::Talking { call }
            }
            (&S::Ringing { call, .. }, &Input::DialKept { until }) if !self.outgoing => {
                self.outgoing = true;
                S::Ringing { call, until }
            }
            (S::Talking { .. }, &Input::Turn { call, campaign }) => {
                (self.campaign, self.internal) = (campaign, false);
                S::Talking { call }
            }
            _ => return Ok(None),
        };
        Ok(Some(next))
    }
}

#[cfg(test)]
mod tests;
