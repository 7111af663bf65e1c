//! One call: a customer's leg and the agent it talks to, as a pure machine.
//!
//! ```text
//!  Cleared ──durable──▶ Dialling ──200──▶ Waiting ──agent──▶ Talking ⇄ Held
//!                          │ ring time       │ unserved         │ line lost
//!                          ▼                 ▼                  ▼
//!                       Closing ◀──played── Notice           Parked ──stranded──▶ Waiting
//!                          │                                    └───line back───▶ Talking
//!                          └──leg ended──▶ Ended   (from every state)
//!
//!  Talking, Held ─sent───▶ Waiting                            a blind transfer
//!                ─passed─▶ Talking, with another agent        an attended one
//!                ─handed─▶ Handed ─bridged─▶ Bridged          to a number, blind or attended
//!                             └─returned─▶ Waiting
//!                ─stored─▶ Stored ─taken───▶ Talking          parked; later, or returned, Waiting
//!  Waiting ──────taken──▶ Talking                             pulled from a queue
//!          ──────offered▶ Offered ─agent──▶ Talking           an agent's telephone rings for it
//!                             └─let go─▶ Waiting
//!          ──────handed─▶ Handed ─bridged─▶ Bridged           nobody here: to another number
//!          ─kept────▶ Notice ─▶ Closing                        called back: see `voicemail`
//!          ─message─▶ Asked ─tone─▶ Leaving                   nobody here: see `voicemail`
//! ```
//! A caller whom a workflow leads is `Led` first: see `led`.
//! Where somebody listens to who answers, `Judging` and `Greeted` come between: see `answering`.
//! An outbound call starts at `Cleared`: its permit is written but not yet durable, so no INVITE
//! has left. An inbound call starts at `Waiting`, answered, and so does a colleague's. A third
//! party whom an agent dials is `Beside` the agent, whose work stays the customer. A call that is
//! an agent's line is `Line` once answered, until it ends. The floor says when a call has waited
//! long enough. Talk, hold, wait and ring times add up to the time from the
//! INVITE to the end. A call ends exactly once.

pub mod actions;
mod answering;
pub mod clock;
mod effect;
mod led;
mod offered;
mod origin;
pub mod table;
pub mod talk;
mod voicemail;

use std::time::{Duration, Instant};

use dialer::OnMachine;
use media::StreamId;
use routing::{AgentId, CallId};
use sip::LegId;

use answering::Answering;
pub use answering::Listening;
use clock::{Clock, Phase, Times};
pub use effect::Effect;
pub use origin::{Origin, Wanted};

/// The customer's side of a call: one leg, one stream, the port it is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Party {
    /// The dialog with the carrier.
    pub leg: LegId,
    /// The RTP stream pair that belongs to it.
    pub stream: StreamId,
    /// The local RTP port, given back when the stream closes.
    pub port: u16,
}

/// The times that bound a call.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Ring time before the attempt is a no-answer; 15 s at least (RULES US-3).
    pub ring: Duration,
    /// How long a notice or message may take before the call is ended anyway.
    pub notice: Duration,
    /// How long a call may be parked before it goes back to who parked it.
    pub stored: Duration,
    /// Whoever answers is played a message and meets nobody (R108).
    pub message: bool,
}

/// Where a call stands; a state carries the timers that may run in it and no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Permitted, but the permit is not durable yet.
    Cleared,
    /// The INVITE is out.
    Dialling {
        /// When ringing has lasted long enough.
        give_up: Instant,
    },
    /// Answered, and nobody says yet by whom.
    Judging {
        /// When whoever it is counts as a person.
        until: Instant,
    },
    /// A machine greets; its beep is waited for.
    Greeted {
        /// When the call ends without one.
        until: Instant,
    },
    /// Answered and without an agent.
    Waiting,
    /// A workflow leads the caller.
    Led {
        /// When its step has taken long enough.
        until: Instant,
    },
    /// An agent's telephone rings for it; the customer hears that.
    Offered {
        /// The agent.
        agent: AgentId,
    },
    /// It is this agent's line.
    Line {
        /// The agent.
        agent: AgentId,
    },
    /// Customer and agent hear each other.
    Talking {
        /// The agent.
        agent: AgentId,
    },
    /// The customer hears music, the agent nothing.
    Held {
        /// The agent who holds.
        agent: AgentId,
    },
    /// The agent's line was lost in mid-call; the customer hears music.
    Parked {
        /// The agent who is called back.
        agent: AgentId,
    },
    /// Answered, and beside this agent, whose work in hand is another call.
    Beside {
        /// The agent who dialled.
        agent: AgentId,
    },
    /// The customer hears music until another call is answered, and is bridged to it.
    Handed {
        /// The other call.
        to: CallId,
    },
    /// This party and that of another call hear each other, and no agent is with them.
    Bridged {
        /// The other call.
        with: CallId,
    },
    /// Parked by an agent; the customer hears music.
    Stored {
        /// Who parked it.
        by: AgentId,
        /// When it goes back there.
        until: Instant,
    },
    /// The customer hears why nobody comes, or the message that the call was made for.
    Notice {
        /// When the call ends even if the notice has not.
        until: Instant,
    },
    /// The caller is asked to leave a message.
    Asked {
        /// When the tone comes even if the greeting has not ended.
        until: Instant,
        /// How long the message may be.
        most: Duration,
    },
    /// The caller leaves a message.
    Leaving {
        /// When it is long enough.
        until: Instant,
    },
    /// Hung up by us; the leg has not ended yet.
    Closing,
    /// Over.
    Ended,
}

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// The permit is on disk: the INVITE may leave.
    Durable,
    /// A 180 or 183 arrived.
    Ringing,
    /// Its carrier failed it before anybody rang, and it was sent another way.
    Rerouted,
    /// The customer's 200 arrived.
    Answered,
    /// A person answered, or what may be one.
    Person,
    /// A machine answered, and this is to become of it.
    Machine(OnMachine),
    /// The machine beeped, or fell silent.
    Beep,
    /// The floor gave the call to this agent, whose line is up.
    Assigned(AgentId),
    /// The floor gave the call to this agent, whose telephone has to be answered first.
    Offered(AgentId),
    /// That telephone was not answered.
    LetGo,
    /// The agent put the customer on hold.
    Hold,
    /// The agent took the customer back.
    Resume,
    /// The agent's line is gone.
    LineLost,
    /// The agent's line is up again.
    LineBack,
    /// The agent's line did not come back in time (FAULTS F11).
    Stranded,
    /// It has rung for as long as the law asks, and nobody would be free for an answer.
    GiveUp,
    /// A workflow leads the caller, and wants to be asked again by this time.
    Led(Instant),
    /// Who called is this agent, whose line it is from here on.
    Lined(AgentId),
    /// The agent or the workflow sends the customer on: to whom, the switch has noted.
    Sent,
    /// The agent gave the customer to this one.
    Passed(AgentId),
    /// The agent sends the customer on to the party of another call, once that answers.
    Handed(CallId),
    /// The other call was answered: the two parties are put through to each other.
    Bridged(CallId),
    /// What it waits aside for came to nothing: the other call, or who parked it.
    Returned,
    /// The agent parks the customer.
    Stored,
    /// An agent takes the call, who needs not be free by the floor's order.
    Taken(AgentId),
    /// Nobody came within the time that the law or the queue allows, or nobody will.
    Unserved,
    /// Nobody will come: the caller is asked for a message, of this length at the most.
    TakeMessage(Duration),
    /// The caller keeps the place in line and is called back; they hear so.
    PlaceKept,
    /// The caller pressed the key that ends a message.
    Spoken,
    /// They asked by themselves not to be called again; whether a clip confirms it.
    OptedOut(bool),
    /// The notice, message or greeting was played to its end.
    NoticePlayed,
    /// The agent, the desk or the switch ends the call.
    HangUp,
    /// The customer's leg is over.
    LegEnded,
    /// [`Call::deadline`] has passed.
    Tick,
}

/// One call, from the permit or the incoming INVITE to the end of its leg.
#[derive(Debug)]
pub struct Call {
    /// Its identity in journal, database and API.
    pub id: CallId,
    /// Why it exists.
    pub origin: Origin,
    /// The number shown to the called side.
    pub calling: String,
    /// The number called.
    pub called: String,
    /// The customer's leg; none before the INVITE has left.
    pub customer: Option<Party>,
    limits: Limits,
    state: State,
    clock: Clock,
    answered_at: Option<Instant>,
    rang_out: bool,
    abandoned: bool,
    delivered: bool,
    connected_to: Option<AgentId>,
    answering: Answering,
    tone_at: Option<Instant>,
}

impl Call {
    /// A permitted attempt, waiting for its permit to be durable.
    #[must_use]
    pub fn dialled(
        now: Instant,
        id: CallId,
        origin: Origin,
        calling: String,
        called: String,
        limits: Limits,
    ) -> Self {
        Self::new(now, id, origin, (calling, called), limits, State::Cleared)
    }

    /// An inbound call that we have just answered; the caller seeks an agent for it.
    #[must_use]
    pub fn inbound(
        now: Instant,
        id: CallId,
        origin: Origin,
        calling: String,
        called: String,
        limits: Limits,
        customer: Party,
    ) -> Self {
        let mut call = Self::new(now, id, origin, (calling, called), limits, State::Waiting);
        call.customer = Some(customer);
        call.answered_at = Some(now);
        call.clock.enter(now, Phase::Wait);
        call
    }

    /// A call to a colleague, which waits for one; the caller seeks them for it.
    #[must_use]
    pub fn colleague(
        now: Instant,
        id: CallId,
        origin: Origin,
        calling: String,
        called: String,
        limits: Limits,
    ) -> Self {
        let mut call = Self::new(now, id, origin, (calling, called), limits, State::Waiting);
        call.answered_at = Some(now);
        call.clock.enter(now, Phase::Wait);
        call
    }

    fn new(
        now: Instant,
        id: CallId,
        origin: Origin,
        (calling, called): (String, String),
        limits: Limits,
        state: State,
    ) -> Self {
        Self {
            id,
            origin,
            calling,
            called,
            customer: None,
            limits,
            state,
            clock: Clock::new(now),
            answered_at: None,
            rang_out: false,
            abandoned: false,
            delivered: false,
            connected_to: None,
            answering: Answering::default(),
            tone_at: None,
        }
    }

    /// Advances the machine; everything to be done about it lands in `out`.
    pub fn handle(&mut self, now: Instant, input: Input, out: &mut Vec<Effect>) {
        let special = self.hear(now, input, out).or_else(|| self.take_down(now, input, out));
        if let Some(next) = special.or_else(|| self.follow(now, input, out)) {
            self.state = next;
            return;
        }
        self.state = match (self.state, input) {
            (_, Input::LegEnded) => return self.finish(now, out),
            (State::Cleared, Input::Durable) => {
                self.clock.enter(now, Phase::Ring);
                out.push(Effect::Dial);
                State::Dialling { give_up: now + self.limits.ring }
            }
            (State::Dialling { .. }, Input::Ringing | Input::Rerouted) => {
                State::Dialling { give_up: now + self.limits.ring }
            }
            (State::Dialling { .. }, Input::Answered) => self.answered(now, out),
            (State::Dialling { give_up }, Input::Tick) if now >= give_up => self.ring_out(out),
            (State::Dialling { .. }, Input::GiveUp) => self.ring_out(out),
            (State::Waiting | State::Offered { .. }, Input::Assigned(agent))
            | (State::Waiting | State::Stored { .. }, Input::Taken(agent))
            | (State::Talking { .. } | State::Held { .. }, Input::Passed(agent))
            | (State::Held { agent }, Input::Resume)
            | (State::Parked { agent }, Input::LineBack) => self.talk(now, agent, out),
            (State::Waiting | State::Handed { .. }, Input::Unserved) => self.give_notice(now, out),
            (State::Talking { agent }, Input::Hold) => {
                self.clock.enter(now, Phase::Hold);
                out.extend([Effect::Separate(agent), Effect::Music]);
                State::Held { agent }
            }
            (State::Talking { .. } | State::Held { .. }, Input::LineLost) if self.is_consult() => {
                self.hang_up(out)
            }
            (State::Talking { agent } | State::Held { agent }, Input::LineLost) => {
                self.clock.enter(now, Phase::Wait);
                out.extend([Effect::Music, Effect::CallBack(agent)]);
                State::Parked { agent }
            }
            (State::Parked { .. }, Input::Stranded)
            | (State::Handed { .. } | State::Stored { .. }, Input::Returned) => self.seek(now, out),
            (State::Stored { until, .. }, Input::Tick) if now >= until => self.seek(now, out),
            (State::Talking { .. } | State::Held { .. }, Input::Sent) => {
                out.push(Effect::Withdraw);
                self.seek(now, out)
            }
            (State::Waiting | State::Talking { .. } | State::Held { .. }, Input::Handed(to)) => {
                self.wait_aside(now, out);
                State::Handed { to }
            }
            (State::Talking { agent: by } | State::Held { agent: by }, Input::Stored) => {
                self.wait_aside(now, out);
                State::Stored { by, until: now + self.limits.stored }
            }
            (State::Talking { .. } | State::Held { .. }, Input::Bridged(with)) => {
                out.push(Effect::Withdraw);
                self.bridge(now, with, out)
            }
            (
                State::Dialling { .. } | State::Handed { .. } | State::Beside { .. },
                Input::Bridged(with),
            ) => self.bridge(now, with, out),
            (State::Notice { until }, Input::Tick) if now >= until => self.hang_up(out),
            (State::Closing | State::Ended, _) => return,
            (State::Notice { .. }, Input::NoticePlayed) => {
                self.delivered = self.limits.message && !self.is_confirming();
                self.hang_up(out)
            }
            (_, Input::HangUp) => self.hang_up(out),
            _ => self.offer(input, out),
        };
    }

    /// When [`Input::Tick`] is next due; none while nothing is scheduled.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Dialling { give_up } => Some(give_up),
            State::Notice { until }
            | State::Stored { until, .. }
            | State::Judging { until }
            | State::Greeted { until }
            | State::Asked { until, .. }
            | State::Led { until }
            | State::Leaving { until } => Some(until),
            _ => None,
        }
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// The agent who owns the call at this moment: rung for it, talking, holding, called back, or
    /// dialling by hand.
    #[must_use]
    pub fn agent(&self) -> Option<AgentId> {
        match self.state {
            State::Cleared | State::Dialling { .. } => match self.origin {
                Origin::Dialled { by, .. } => by,
                _ => None,
            },
            State::Offered { agent }
            | State::Talking { agent }
            | State::Held { agent }
            | State::Parked { agent } => Some(agent),
            _ => None,
        }
    }

    /// When the customer's 200 came, or ours went out.
    #[must_use]
    pub fn answered_at(&self) -> Option<Instant> {
        self.answered_at
    }

    /// Whether we gave up ringing; the refusal that follows our CANCEL is then a no-answer.
    #[must_use]
    pub fn rang_out(&self) -> bool {
        self.rang_out
    }

    /// Whether the customer answered and met nobody within the limit.
    #[must_use]
    pub fn was_abandoned(&self) -> bool {
        self.abandoned
    }

    /// Whether whoever answered was played the message to its end.
    #[must_use]
    pub fn was_delivered(&self) -> bool {
        self.delivered
    }

    /// The last agent it was connected to.
    #[must_use]
    pub fn connected_to(&self) -> Option<AgentId> {
        self.connected_to
    }

    /// How its time was spent up to `now`, or up to its end.
    #[must_use]
    pub fn times(&self, now: Instant) -> Times {
        self.clock.times(now)
    }

    fn ring_out(&mut self, out: &mut Vec<Effect>) -> State {
        self.rang_out = true;
        self.let_go(out);
        out.push(Effect::HangUp);
        State::Closing
    }

    /// The called side is there: for whom, is known already, or the floor decides.
    fn answered(&mut self, now: Instant, out: &mut Vec<Effect>) -> State {
        self.answered_at = Some(now);
        match self.origin {
            Origin::Dialled { by: Some(agent), .. } => self.talk(now, agent, out),
            Origin::Dialled { .. } => match self.answering.listening.and_then(|own| own.judge) {
                Some(judge) => self.hold_for_verdict(now, judge),
                None => self.met_person(now, out),
            },
            Origin::Consult { by: agent, .. } => {
                self.clock.enter(now, Phase::Talk);
                out.push(Effect::Connect(agent));
                State::Beside { agent }
            }
            Origin::Line { agent, .. } => {
                self.clock.enter(now, Phase::Talk);
                State::Line { agent }
            }
            Origin::Inbound { .. } | Origin::Access { .. } | Origin::Forwarded { .. } => {
                self.seek(now, out)
            }
        }
    }

    /// The agent lets go, and the customer hears music.
    fn wait_aside(&mut self, now: Instant, out: &mut Vec<Effect>) {
        self.clock.enter(now, Phase::Wait);
        out.extend([Effect::Withdraw, Effect::Music]);
    }

    fn bridge(&mut self, now: Instant, with: CallId, out: &mut Vec<Effect>) -> State {
        self.answered_at.get_or_insert(now);
        self.clock.enter(now, Phase::Talk);
        out.push(Effect::Bridge(with));
        State::Bridged { with }
    }

    /// Whether it is an agent's call for advice, which ends with a line of either side.
    fn is_consult(&self) -> bool {
        matches!(self.origin, Origin::Consult { .. })
    }

    fn seek(&mut self, now: Instant, out: &mut Vec<Effect>) -> State {
        self.clock.enter(now, Phase::Wait);
        out.push(Effect::Seek);
        State::Waiting
    }

    fn talk(&mut self, now: Instant, agent: AgentId, out: &mut Vec<Effect>) -> State {
        self.clock.enter(now, Phase::Talk);
        self.connected_to = Some(agent);
        out.push(Effect::Connect(agent));
        State::Talking { agent }
    }

    /// RULES US-1, US-4: nobody came in time. One who has met an agent before is not abandoned.
    fn give_notice(&mut self, now: Instant, out: &mut Vec<Effect>) -> State {
        self.abandoned = self.connected_to.is_none();
        self.answering.said = true;
        out.extend([Effect::Withdraw, Effect::Notice]);
        State::Notice { until: now + self.limits.notice }
    }

    fn hang_up(&self, out: &mut Vec<Effect>) -> State {
        self.let_go(out);
        if self.customer.is_some() {
            out.push(Effect::HangUp);
            State::Closing
        } else {
            out.push(Effect::Finished);
            State::Ended
        }
    }

    fn finish(&mut self, now: Instant, out: &mut Vec<Effect>) {
        if self.state == State::Ended {
            return;
        }
        self.let_go(out);
        self.clock.stop(now);
        self.state = State::Ended;
        out.push(Effect::Finished);
    }

    /// Frees whoever the present state binds.
    fn let_go(&self, out: &mut Vec<Effect>) {
        if self.state == State::Waiting || self.agent().is_some() {
            out.push(Effect::Withdraw);
        }
    }
}

#[cfg(test)]
mod tests;
