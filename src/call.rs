//! One call: a customer's leg and the agent it talks to, as a pure machine.
//!
//! ```text
//!  Cleared ──durable──▶ Dialling ──200──▶ Waiting ──agent──▶ Talking ⇄ Held
//!                          │ ring time       │ unserved         │ line lost
//!                          ▼                 ▼                  ▼
//!                       Closing ◀──played── Notice           Parked ──stranded──▶ Waiting
//!                          │                                    └───line back───▶ Talking
//!                          └──leg ended──▶ Ended   (from every state)
//! ```
//! An outbound call starts at `Cleared`: its permit is written but not yet durable, so no INVITE
//! has left. An inbound call starts at `Waiting`, already answered. The floor owns the time that a
//! call may wait or be parked and says when it is over. Talk, hold, wait and ring times add up to
//! the time from the INVITE to the end. A call ends exactly once.

pub mod clock;

use std::time::{Duration, Instant};

use dialer::{AttemptId, LeadId};
use media::StreamId;
use routing::{AgentId, CallId, CampaignId, DidId, QueueId, TrunkId};
use sip::LegId;

use clock::{Clock, Phase, Times};

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

/// Why this call exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The dialer called a lead.
    Dialled {
        /// On whose behalf.
        campaign: CampaignId,
        /// The attempt its permit was given for.
        attempt: AttemptId,
        /// The person.
        lead: LeadId,
        /// Through which carrier.
        trunk: TrunkId,
    },
    /// Somebody called one of our numbers.
    Inbound {
        /// The number that was called.
        did: DidId,
        /// Whom it leads to.
        wanted: Wanted,
        /// From which carrier.
        trunk: TrunkId,
    },
}

/// Whom an inbound call waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// This agent and no other.
    Agent(AgentId),
    /// The longest idle agent of a queue.
    Queue(QueueId),
}

/// The times that bound a call.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Ring time before the attempt is a no-answer; 15 s at least (RULES US-3).
    pub ring: Duration,
    /// How long a notice may take before the call is ended anyway.
    pub notice: Duration,
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
    /// Answered and without an agent.
    Waiting,
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
    /// The customer hears why nobody comes.
    Notice {
        /// When the call ends even if the notice has not.
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
    /// The floor gave the call to this agent, whose line is up.
    Assigned(AgentId),
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
    /// Nobody came within the time that the law or the queue allows, or nobody will.
    Unserved,
    /// The notice was played to its end.
    NoticePlayed,
    /// The agent, the desk or the switch ends the call.
    HangUp,
    /// The customer's leg is over.
    LegEnded,
    /// [`Call::deadline`] has passed.
    Tick,
}

/// What is to be done about it, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Send the INVITE.
    Dial,
    /// Ask the floor for an agent.
    Seek,
    /// The floor is done with the call: it waits no more, and whoever talked in it wraps up.
    Withdraw,
    /// Let customer and agent hear each other.
    Connect(AgentId),
    /// Silence between them; the agent keeps the call.
    Separate(AgentId),
    /// Play hold music to the customer.
    Music,
    /// Play the notice to the customer; nobody came in time.
    Notice,
    /// Call the agent's line back.
    CallBack(AgentId),
    /// End the customer's leg: CANCEL or BYE, as it stands.
    HangUp,
    /// The call is over; nothing follows.
    Finished,
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
    connected_to: Option<AgentId>,
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
            connected_to: None,
        }
    }

    /// Advances the machine; everything to be done about it lands in `out`.
    pub fn handle(&mut self, now: Instant, input: Input, out: &mut Vec<Effect>) {
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
            (State::Dialling { .. }, Input::Answered) => {
                self.answered_at = Some(now);
                self.seek(now, out)
            }
            (State::Dialling { give_up }, Input::Tick) if now >= give_up => self.ring_out(out),
            (State::Dialling { .. }, Input::GiveUp) => self.ring_out(out),
            (State::Waiting, Input::Assigned(agent))
            | (State::Held { agent }, Input::Resume)
            | (State::Parked { agent }, Input::LineBack) => self.talk(now, agent, out),
            (State::Waiting, Input::Unserved) => self.give_notice(now, out),
            (State::Talking { agent }, Input::Hold) => {
                self.clock.enter(now, Phase::Hold);
                out.extend([Effect::Separate(agent), Effect::Music]);
                State::Held { agent }
            }
            (State::Talking { agent } | State::Held { agent }, Input::LineLost) => {
                self.clock.enter(now, Phase::Wait);
                out.extend([Effect::Music, Effect::CallBack(agent)]);
                State::Parked { agent }
            }
            (State::Parked { .. }, Input::Stranded) => self.seek(now, out),
            (State::Notice { until }, Input::Tick) if now >= until => self.hang_up(out),
            (State::Closing | State::Ended, _) => return,
            (State::Notice { .. }, Input::NoticePlayed) | (_, Input::HangUp) => self.hang_up(out),
            (state, _) => state,
        };
    }

    /// When [`Input::Tick`] is next due; none while nothing is scheduled.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Dialling { give_up } => Some(give_up),
            State::Notice { until } => Some(until),
            _ => None,
        }
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// The agent who owns the call at this moment, talking, holding or called back.
    #[must_use]
    pub fn agent(&self) -> Option<AgentId> {
        match self.state {
            State::Talking { agent } | State::Held { agent } | State::Parked { agent } => {
                Some(agent)
            }
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
        out.push(Effect::HangUp);
        State::Closing
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
