//! Commands from the API: agents' verbs, do-not-call entries, and questions about a lead.

use admin_api::control::{AgentVerb, CallbackBy, ClockIn, Command, CommandError, Reply};
use dialer::callbacks::{Callback, NOTE_CHARS_MAX};
use dialer::campaign::Recycle;
use dialer::dnc::DncScope;
use dialer::zones::{Clock, Whereabouts, Zone};
use dialer::{AttemptId, Campaign, CampaignSettings, LeadId, LeadStatus, window};
use jiff::Timestamp;
use routing::floor::Force;
use routing::{AgentId, CallId, CampaignId, Cause, Fault, Number, PauseReason, Refused, StateName};
use store::{Event, Party};

use super::by_hand::Leave;
use super::callbacks::dialled_back;
use super::calls::{Slot, is_ringing};
use super::{Now, Output, Switch};
use crate::call::{Input, Origin};

/// What an agent's last call was, for its disposition.
#[derive(Clone, Debug)]
pub(super) struct LastCall {
    call: CallId,
    campaign: Option<CampaignId>,
    lead: Option<LeadId>,
    attempt: Option<AttemptId>,
    /// An agent made it: what they met says nothing of how the campaign dials.
    own: bool,
    /// The number of the person spoken to, where we dialled it.
    number: Option<Number>,
    /// That of whoever called us, where they showed it.
    caller: Option<Number>,
    /// Which clock they are called by.
    clock: Clock,
    /// Where they may be.
    lives: Option<Whereabouts>,
    /// They asked by themselves not to be called again.
    opted_out: bool,
}

impl LastCall {
    pub(super) fn of(slot: &Slot) -> Self {
        let (attempt, number) = match slot.call.origin {
            Origin::Dialled { attempt, .. } => (Some(attempt), slot.call.called.parse().ok()),
            _ => (None, None),
        };
        let inbound = matches!(slot.call.origin, Origin::Inbound { .. });
        Self {
            call: slot.call.id,
            campaign: slot.campaign,
            lead: slot.call.origin.lead(),
            attempt,
            own: slot.call.origin.made_by().is_some(),
            number,
            caller: inbound.then(|| dialled_back(&slot.call.calling)).flatten(),
            clock: slot.clock.clone(),
            lives: slot.lives.clone(),
            opted_out: slot.call.has_opted_out(),
        }
    }

    /// The number of whoever asks not to be called again, whether we called them or they us. RULES
    /// UK-6: a wish that nobody could keep is not to look as if it were kept.
    fn forbidden(&self) -> Result<Number, CommandError> {
        self.number.or(self.caller).ok_or_else(|| {
            let why = "code: the caller showed no number, so none can be put on the do-not-call \
                       list; ask for it and enter it there";
            CommandError::Refused { why: why.to_owned() }
        })
    }
}

impl Switch {
    /// Carries a command out or refuses it; the answer carries the same ticket.
    pub(super) fn command(
        &mut self,
        now: Now,
        ticket: u64,
        command: Command,
        out: &mut Vec<Output>,
    ) {
        let reply = match command {
            Command::Agent { agent, by, verb } => self.agent_verb(now, (agent, by), verb, out),
            Command::Desk { agent, open } => {
                self.desk(now, agent, open, out);
                Ok(Reply::Done)
            }
            Command::Dial { agent, campaign, number, person, promise } => {
                let person = person.map(|lead| *lead);
                self.touched.agents.insert(agent);
                let leave = promise.map_or(Leave::ByHand, Leave::Promised);
                self.dial_by_hand(now, (agent, leave), (campaign, number), person, out)
            }
            Command::Supervise { agent, by, act } => self.supervise(now, agent, &by, act, out),
            Command::Suppress { scope, numbers } => {
                let gate = &mut self.gate;
                let live = numbers.into_iter().flat_map(|number| gate.forbid(scope, number));
                let live = live.collect();
                Ok(self.forbidden(now, live, out))
            }
            Command::Enlist(register) => {
                let live = self.gate.enlist(register);
                Ok(self.forbidden(now, live, out))
            }
            Command::Unsuppress { scope, numbers } => Ok(self.unsuppress(scope, numbers)),
            Command::Promise { callback, by, instead_of } => {
                self.promise(now, *callback, (by, instead_of), out)
            }
            Command::Withdraw(id) => self.withdraw_callback(now, id, out),
            Command::RemovePlace(call) => self.remove_place(now, call, out),
            Command::WhyNot { campaign, lead } => self.why_not(now, campaign, &lead),
            Command::Pacing { campaign } => match self.campaigns.get(&campaign) {
                Some(campaign) => Ok(Reply::Pacing(campaign.decisions().cloned().collect())),
                None => Err(CommandError::Unknown),
            },
            Command::Directory { agent } => self.directory_of(now, agent),
            Command::Groups { agent } => self.groups_of(agent),
            Command::Preview { agent } => {
                Ok(Reply::Preview(self.preview_of(now, agent).map(Box::new)))
            }
            Command::CliHealth => Ok(Reply::CliHealth(self.cli_standings(now))),
            Command::EndCall { call } => match self.calls.get_mut(&call) {
                Some(slot) => {
                    slot.hung_up_by = Some(Party::Switch);
                    // It is ours, and no failure of its carrier's.
                    slot.cancelled |= is_ringing(slot.call.state());
                    self.drive(now, call, Input::HangUp, out);
                    Ok(Reply::Done)
                }
                None => Err(CommandError::Unknown),
            },
            Command::Ladder { call } => {
                self.ladder(call).map(Reply::Ladder).ok_or(CommandError::Unknown)
            }
            Command::Metrics => Ok(Reply::Metrics(self.metrics())),
            Command::Telephone { agent } => {
                self.telephone(agent).map(Reply::Telephone).ok_or(CommandError::Unknown)
            }
            Command::GrantSipToken { secret, holder, lifetime } => {
                self.grant_token(now, &secret, holder, lifetime);
                Ok(Reply::Done)
            }
            Command::RevokeSipTokens { holder } => {
                self.sip.revoke_tokens(*holder.as_bytes());
                Ok(Reply::Done)
            }
        };
        self.settle(now, out);
        out.push(Output::Reply(ticket, reply));
    }

    pub(super) fn agent_verb(
        &mut self,
        now: Now,
        (agent, by): (AgentId, Cause),
        verb: AgentVerb,
        out: &mut Vec<Output>,
    ) -> Result<Reply, CommandError> {
        if self.floor.agent(agent).is_none() {
            return Err(CommandError::Unknown);
        }
        let at = now.at;
        match verb {
            AgentVerb::ClockIn(asked) => self.clock_in(now, agent, asked)?,
            AgentVerb::ClockOut { reason } if by == Cause::Agent => {
                self.floor(|floor, o| floor.clock_out(at, agent, reason, o)).map_err(refused)?;
            }
            AgentVerb::ClockOut { reason } => self.force(now, agent, Force::ClockOut { reason })?,
            AgentVerb::Ready if by == Cause::Agent => self.ready(now, agent, out)?,
            AgentVerb::Ready => self.force(now, agent, Force::Ready)?,
            AgentVerb::Pause { reason } if by == Cause::Agent => {
                self.floor(|floor, o| floor.pause(at, agent, reason, o)).map_err(refused)?;
            }
            AgentVerb::Pause { reason } => {
                let reason = reason.unwrap_or_else(PauseReason::ordered);
                self.force(now, agent, Force::Pause(reason))?;
            }
            AgentVerb::RingLine => self.ask_for_line(now, agent, out)?,
            AgentVerb::DialPreviewed => return self.dial_previewed(now, agent, out),
            AgentVerb::SkipPreviewed => return self.skip_previewed(now, agent, out),
            AgentVerb::Hold => self.hold(now, agent, out).map_err(refused)?,
            AgentVerb::Resume => self.resume(now, agent, out).map_err(refused)?,
            AgentVerb::PauseRecording => self.mask_recording(now, agent, true, out)?,
            AgentVerb::ResumeRecording => self.mask_recording(now, agent, false, out)?,
            AgentVerb::HangUp => self.agent_hangs_up(now, agent, out)?,
            AgentVerb::Call(verb) => return self.call_verb(now, agent, verb, out),
            AgentVerb::Help { reason } => self.ask_for_help(agent, reason),
            AgentVerb::Group { queue, active } => {
                let turn = (queue, active);
                self.floor(|floor, o| floor.set_active(at, agent, turn, o)).map_err(refused)?;
            }
            AgentVerb::Dispose { call, code, notes, callback_at, callback_by, callback_zone } => {
                let notes = notes.unwrap_or_default();
                let promised = self.dispose(now, agent, (call, &code, notes, callback_at), out)?;
                if let Some(promised) = promised {
                    let agreed = callback_zone.as_deref().and_then(Zone::named);
                    self.promise_as(now, agent, promised, (callback_by, agreed), out)?;
                }
            }
        }
        self.touched.agents.insert(agent);
        Ok(Reply::Done)
    }

    /// A supervisor's order, told as such in the agent's record (R194).
    fn force(&mut self, now: Now, agent: AgentId, order: Force) -> Result<(), CommandError> {
        self.floor(|floor, o| floor.force(now.at, agent, order, o)).map_err(refused)
    }

    fn clock_in(
        &mut self,
        now: Now,
        agent: AgentId,
        ClockIn { unit, line }: ClockIn,
    ) -> Result<(), CommandError> {
        let view = self.floor.agent(agent).ok_or(CommandError::Unknown)?;
        let plan = line.unwrap_or_else(|| (&view.profile.connection).into());
        self.check_plan(agent, plan)?;
        self.floor(|floor, o| floor.clock_in(now.at, agent, plan, unit, o)).map_err(refused)
    }

    /// An agent whose line is down wants to work: the telephone is rung, and the agent told.
    fn ready(
        &mut self,
        now: Now,
        agent: AgentId,
        out: &mut Vec<Output>,
    ) -> Result<(), CommandError> {
        let clocked_in =
            self.floor.agent(agent).is_some_and(|view| view.state().name() != StateName::LoggedOut);
        let missed = self.floor.agent(agent).and_then(|view| view.presence.fault());
        let kept = self.line_plan(agent).persistent;
        let needed = kept || missed == Some(Fault::LineLost);
        if clocked_in && needed && self.line_up(agent).is_none() {
            self.ring_line(now, agent, out);
        }
        self.floor(|floor, o| floor.ready(now.at, agent, o)).map_err(refused)
    }

    fn agent_hangs_up(
        &mut self,
        now: Now,
        agent: AgentId,
        out: &mut Vec<Output>,
    ) -> Result<(), CommandError> {
        let offered = |call: &CallId| {
            let state = self.calls.get(call).map(|slot| slot.call.state());
            matches!(state, Some(crate::call::State::Offered { .. }))
        };
        let call = self.call_of(agent).filter(|call| self.is_with(*call, agent));
        let Some(call) = call.filter(|call| !offered(call)) else {
            if self.consultations.contains_key(&agent) {
                self.end_consultation(now, agent, out);
                return Ok(());
            }
            let why = "there is no call to hang up".to_owned();
            return Err(CommandError::Refused { why });
        };
        if let Some(slot) = self.calls.get_mut(&call) {
            slot.hung_up_by = Some(Party::Agent);
            slot.cancelled |= is_ringing(slot.call.state()) && !slot.path.rang;
        }
        self.drive(now, call, Input::HangUp, out);
        Ok(())
    }

    fn dispose(
        &mut self,
        now: Now,
        agent: AgentId,
        (call, code, notes, callback_at): (Option<CallId>, &str, String, Option<Timestamp>),
        out: &mut Vec<Output>,
    ) -> Result<Option<Promised>, CommandError> {
        let state = self.floor.agent(agent).map(|view| view.state().clone());
        let Some(routing::State::WrapUp { call: wrapped, .. }) = state else {
            let why = "there is no finished call to dispose of".to_owned();
            return Err(CommandError::Refused { why });
        };
        if call.is_some_and(|call| call != wrapped) {
            let why = "that call is not the one in wrap-up".to_owned();
            return Err(CommandError::Refused { why });
        }
        let last = self.wrapped_up(agent, wrapped);
        let disposed = self.disposed(now, agent, &last, (code, notes, callback_at))?;
        if let Event::Disposed { dnc: Some(number), .. } = &disposed {
            self.never_call(now, *number, out);
        }
        self.declared(now, &last, &disposed, out);
        let promised = Promised::of(&disposed, last);
        self.write(now, disposed, out);
        self.floor(|floor, o| floor.dispose(now.at, agent, o)).map_err(refused)?;
        Ok(promised)
    }

    /// What an agent declared holds for the campaign's counters, and for the lead, whose attempt
    /// may not have ended yet.
    fn declared(&mut self, now: Now, last: &LastCall, disposed: &Event, out: &mut Vec<Output>) {
        let Event::Disposed { campaign: Some(id), machine, lead: Some(lead), recycle, .. } =
            disposed
        else {
            return;
        };
        if let Some(campaign) = self.campaigns.get_mut(id) {
            if *machine && !last.own {
                campaign.agent_met_machine(now.wall);
            }
            if let (Some(attempt), Some(recycle)) = (last.attempt, recycle) {
                campaign.said(attempt, *recycle);
            }
        }
        let done =
            |recycle: &Recycle| matches!(recycle.status, LeadStatus::Done | LeadStatus::DoNotCall);
        if recycle.as_ref().is_some_and(done)
            && let Some(open) = self.callbacks.of_lead(*lead).map(|open| open.id)
        {
            // Nobody is called as promised with whom there is nothing left to speak of.
            let mut notices = vec![];
            self.callbacks.withdraw(open, &mut notices);
            self.notice_callbacks(now, notices, out);
        }
    }

    /// Promises the call that a disposition asks for.
    fn promise_as(
        &mut self,
        now: Now,
        agent: AgentId,
        promised: Promised,
        (by, agreed): (CallbackBy, Option<Zone>),
        out: &mut Vec<Output>,
    ) -> Result<(), CommandError> {
        let Promised { campaign, lead, number, clock, due_at, note } = promised;
        let terms = self.campaigns.get(&campaign).map(|own| own.settings().callbacks);
        let team = self.floor.agent(agent).and_then(|view| view.profile.teams.first().copied());
        let zone = agreed.as_ref().or_else(|| clock.agreed()).map_or("UTC", Zone::name).to_owned();
        let callback = Callback {
            id: self.ids.next(now.wall).into(),
            lead,
            campaign,
            number,
            due_at,
            zone,
            owner: (by == CallbackBy::Me).then_some(agent),
            team: team.filter(|_| by != CallbackBy::Anyone),
            terms: terms.unwrap_or_default(),
            note: note.chars().take(NOTE_CHARS_MAX).collect(),
        };
        self.promise(now, callback, (Some(agent), None), out).map(drop)
    }

    /// The record of a disposition, once its code and notes are what the campaign asks for.
    fn disposed(
        &self,
        now: Now,
        agent: AgentId,
        last: &LastCall,
        (code, notes, callback_at): (&str, String, Option<Timestamp>),
    ) -> Result<Event, CommandError> {
        let LastCall { call, campaign, lead, .. } = *last;
        let settings = campaign.and_then(|id| self.campaigns.get(&id)).map(Campaign::settings);
        let chosen = match settings.map(|settings| settings.disposition(code)) {
            Some(None) => {
                let known = settings.into_iter().flat_map(|own| &own.dispositions);
                let known: Vec<_> = known.map(|row| row.code.as_str()).collect();
                let why = format!("code: expected one of {}", known.join(", "));
                return Err(CommandError::Refused { why });
            }
            Some(Some(chosen)) => Some(chosen),
            None => None,
        };
        if chosen.is_some_and(|row| row.note_required) && notes.trim().is_empty() {
            let why = "notes: this disposition needs a note".to_owned();
            return Err(CommandError::Refused { why });
        }
        if chosen.is_some_and(|row| row.flags.callback)
            && callback_at.is_none_or(|at| at <= now.wall)
        {
            let why = "callback_at: this disposition needs a time to come".to_owned();
            return Err(CommandError::Refused { why });
        }
        if chosen.is_some_and(|row| row.flags.callback) && lead.is_none() {
            let why = "code: nobody on a list was in this call, so none can be promised a call";
            return Err(CommandError::Refused { why: why.to_owned() });
        }
        if chosen.is_some_and(|row| row.flags.callback) && !last.opted_out {
            self.check_hour(last, settings, callback_at)?;
        }
        let recycle = lead.and(chosen).map(|row| match row.recycle(now.wall, callback_at) {
            // What the person said to a workflow outranks what the agent says of them.
            usual if last.opted_out => Recycle::objected(usual.outcome),
            usual => usual,
        });
        let dnc = chosen.filter(|row| row.flags.dnc).map(|_| last.forbidden()).transpose()?;
        let machine = chosen.is_some_and(|row| row.flags.machine);
        Ok(Event::Disposed {
            call,
            agent,
            campaign,
            lead,
            code: code.to_owned(),
            notes,
            callback_at,
            dnc,
            machine,
            recycle,
        })
    }

    /// Nobody is promised a call at an hour at which the gate will not let it pass.
    fn check_hour(
        &self,
        last: &LastCall,
        settings: Option<&CampaignSettings>,
        callback_at: Option<Timestamp>,
    ) -> Result<(), CommandError> {
        // Without a lead no call is promised.
        let (Some(settings), Some(at), Some(_)) = (settings, callback_at, last.lead) else {
            return Ok(());
        };
        let Some(lives) = &last.lives else { return Ok(()) };
        let law = self.gate.profile_of(settings).map(|law| &law.window);
        let windows: Vec<_> = [&settings.window].into_iter().chain(law).collect();
        let zones = lives.zones.clone().unwrap_or_default();
        let regions: Vec<_> = lives.regions.iter().map(String::as_str).collect();
        match window::next_opening(&windows, at, &zones, &regions) {
            Some(next) if next == at => Ok(()),
            next => Err(CommandError::Closed { next }),
        }
    }

    /// What is known of the call that an agent wraps up; its leg may not have ended yet.
    fn wrapped_up(&self, agent: AgentId, call: CallId) -> LastCall {
        let live = self.calls.get(&call).map(LastCall::of);
        let over = self.last_calls.get(&agent).filter(|last| last.call == call).cloned();
        live.or(over).unwrap_or_else(|| LastCall {
            call,
            campaign: None,
            lead: None,
            attempt: None,
            own: false,
            number: None,
            caller: None,
            clock: Clock::default(),
            lives: None,
            opted_out: false,
        })
    }

    /// Numbers are in force that nobody may dial: what was live at them is given up.
    fn forbidden(&mut self, now: Now, live: Vec<AttemptId>, out: &mut Vec<Output>) -> Reply {
        for attempt in live {
            self.cancel_attempt(now, attempt, out);
        }
        Reply::Dnc { version: self.gate.dnc().version() }
    }

    fn unsuppress(&mut self, scope: DncScope, numbers: Vec<Number>) -> Reply {
        for number in numbers {
            self.gate.dnc_mut().remove(scope, number);
        }
        Reply::Dnc { version: self.gate.dnc().version() }
    }
}

/// The call that a disposition promises.
struct Promised {
    campaign: CampaignId,
    lead: LeadId,
    number: Number,
    clock: Clock,
    due_at: Timestamp,
    note: String,
}

impl Promised {
    fn of(disposed: &Event, last: LastCall) -> Option<Self> {
        let Event::Disposed { callback_at, recycle: Some(recycle), notes, .. } = disposed else {
            return None;
        };
        let due_at = callback_at.filter(|_| recycle.status == LeadStatus::Callback)?;
        let (campaign, lead, number) = (last.campaign?, last.lead?, last.number?);
        let clock = last.clock;
        Some(Self { campaign, lead, number, clock, due_at, note: notes.clone() })
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
pub(super) fn refused(refused: Refused) -> CommandError {
    CommandError::Refused { why: refused.to_string() }
}
