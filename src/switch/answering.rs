//! Who answered, as far as it can be heard: ears opened at the answer, and what follows a verdict.
//!
//! ```text
//!  200 ─▶ listen ─▶ … ─▶ GreetingEnded: the legal wait begins
//!                     ├▶ Judged ─▶ journal ─▶ person or uncertain ─▶ floor, or message
//!                     │                    └▶ machine ─▶ by policy, or (a sample) to an agent;
//!                     │                                  of another sample a reviewer hears it
//!                     └▶ Beep, Silence ─▶ the message begins
//! ```
//! A call that an agent dials by hand is not listened to: they hear for themselves. Whatever the
//! plane does not say in time, the call's own clock decides, and for a person.

use std::time::{Duration, Instant};

use dialer::campaigns::{ConnectFrom, Judge};
use dialer::{Amd, Answerer, AttemptId, Campaign, CampaignSettings, OnMachine, pacer};
use media::ears::{Sound, listen::Listen, verdict};
use media::{Command, StreamId};
use routing::{CallId, CampaignId};
use store::Event;

use super::calls::Slot;
use super::{Now, Output, Owner, Settings, Switch};
use crate::call::{Input, Listening, Origin, State};

/// What is known of a call's answerer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heard {
    /// When the ears were opened, which is the answer.
    opened: Instant,
    /// When the greeting ended.
    greeted: Option<Instant>,
    verdict: Option<Answerer>,
}

impl Switch {
    /// Somebody or something answered, and is listened to if its campaign wants that. Unless a
    /// verdict is waited for, it is a person to the pacer.
    pub(super) fn picked_up(
        &mut self,
        now: Now,
        id: CallId,
        (campaign, attempt): (CampaignId, AttemptId),
        out: &mut Vec<Output>,
    ) {
        let listening = self.listen(now, id, (campaign, attempt), out);
        let event = match listening.and_then(|own| own.judge) {
            Some(_) => pacer::Event::Answered(attempt),
            None => pacer::Event::Person(attempt),
        };
        self.tell(now, campaign, event);
    }

    /// Opens ears on a call that no agent made, where the policy says so.
    fn listen(
        &mut self,
        now: Now,
        id: CallId,
        (campaign, attempt): (CampaignId, AttemptId),
        out: &mut Vec<Output>,
    ) -> Option<Listening> {
        let settings = self.campaigns.get(&campaign)?.settings();
        let (listening, amd) = (listening(settings)?, settings.amd);
        let slot = self.calls.get_mut(&id)?;
        // Who is called back by their own agent was promised that agent: no detector comes between.
        let an_agents = slot.call.origin.made_by().is_some() || slot.path.made_for.is_some();
        let party = slot.call.customer.filter(|_| !an_agents)?;
        slot.heard = Some(Heard { opened: now.at, greeted: None, verdict: None });
        slot.call.listen(listening);
        listen_to(party.stream, Some(ears(amd)), out);
        // Nobody knows yet whether it will be a machine's: the sample is drawn among all answers.
        if amd.reviews() && self.ids.below(1_000) < u32::from(amd.review_permille) {
            self.tape_verdict(now, id, (party.stream, attempt, campaign), out);
        }
        Some(listening)
    }

    /// The plane heard something on a stream.
    pub(super) fn heard(
        &mut self,
        now: Now,
        stream: StreamId,
        sound: Sound,
        out: &mut Vec<Output>,
    ) {
        let Some(Owner::Call(id)) = self.streams.owner(stream) else { return };
        match sound {
            Sound::GreetingEnded { ago_ms } => self.greeted(now, id, ago_ms, out),
            Sound::Judged(verdict) => self.judged(now, id, &verdict, out),
            Sound::Beep { .. } => self.drive(now, id, Input::Beep, out),
            // Our own message meets silence; a machine that still greets has forgotten to beep.
            Sound::Silence { .. } => {
                let state = self.calls.get(&id).map(|slot| slot.call.state());
                if matches!(state, Some(State::Greeted { .. })) {
                    self.drive(now, id, Input::Beep, out);
                }
            }
        }
    }

    /// By when a person has to meet an agent. While nobody knows whether the greeting has ended,
    /// the limit is the verdict's.
    pub(super) fn connect_by(&self, now: Now, slot: &Slot, wait_ms: u32) -> Instant {
        let wait = Settings::millis(wait_ms);
        let settings = slot.campaign.and_then(|id| self.campaigns.get(&id)).map(Campaign::settings);
        let (Some(heard), Some(settings)) = (slot.heard, settings) else { return now.at + wait };
        let since = match (settings.connect_from, heard.greeted, heard.verdict) {
            (ConnectFrom::Answer, _, _) => heard.opened,
            (ConnectFrom::Greeting, Some(at), _) => at,
            (ConnectFrom::Greeting, None, Some(_)) => now.at,
            (ConnectFrom::Greeting, None, None) => {
                heard.opened + Settings::millis(settings.amd.within_ms)
            }
        };
        (since + wait).max(now.at)
    }

    /// The two-second rule counts from here (16 CFR 310.4(b)(1)(iv)): who waits already is given
    /// their true deadline.
    fn greeted(&mut self, now: Now, id: CallId, ago_ms: u32, out: &mut Vec<Output>) {
        let Some(slot) = self.calls.get_mut(&id) else { return };
        let Some(heard) = &mut slot.heard else { return };
        let ago = Settings::millis(ago_ms);
        heard.greeted = Some(now.at.checked_sub(ago).unwrap_or(now.at).max(heard.opened));
        let waits = slot.call.state() == State::Waiting && slot.call.connected_to().is_none();
        let by_greeting = slot
            .campaign
            .and_then(|id| self.campaigns.get(&id))
            .is_some_and(|own| own.settings().connect_from == ConnectFrom::Greeting);
        if waits && by_greeting {
            self.floor(|floor, o| floor.withdraw(now.at, id, o));
            self.seek(now, id, out);
        }
    }

    /// A verdict: it is written down, and the campaign's policy acts on it.
    fn judged(&mut self, now: Now, id: CallId, verdict: &verdict::Verdict, out: &mut Vec<Output>) {
        let Some(slot) = self.calls.get_mut(&id) else { return };
        let Origin::Dialled { campaign, attempt, .. } = slot.call.origin else { return };
        let Some(heard) = &mut slot.heard else { return };
        let answerer = answerer(verdict.answerer);
        heard.verdict = Some(answerer);
        let waited = matches!(slot.call.state(), State::Judging { .. });
        let Some(settings) = self.campaigns.get(&campaign).map(Campaign::settings) else { return };
        let (amd, met) = (settings.amd, settings.mode.needs_agents());
        let is_machine = answerer == Answerer::Machine;
        let reviewed = self.tapes_verdict(id);
        // Of a thousand verdicts, those for agents are drawn among those that no reviewer hears.
        let audited = is_machine
            && met
            && !reviewed
            && amd.on_machine != OnMachine::Connect
            && self.ids.below(1_000 - u32::from(amd.reviewed_permille()))
                < u32::from(amd.audit_permille);
        let event = Event::Judged {
            call: id,
            attempt,
            campaign,
            answerer,
            why: verdict.to_string(),
            at_ms: verdict.at_ms,
            audited,
        };
        self.write(now, event, out);
        let acts = is_machine && !audited && amd.on_machine != OnMachine::Connect;
        self.end_verdict(now, id, acts, out);
        if waited && !acts {
            self.tell(now, campaign, pacer::Event::Person(attempt));
        }
        if acts {
            self.give_up_on(now, id, amd.on_machine, out);
        } else {
            let input = if is_machine { Input::Machine(OnMachine::Connect) } else { Input::Person };
            self.drive(now, id, input, out);
        }
        self.stop_listening(id, out);
    }

    /// A machine that no agent is to meet.
    fn give_up_on(&mut self, now: Now, id: CallId, what: OnMachine, out: &mut Vec<Output>) {
        let Some(slot) = self.calls.get(&id) else { return };
        let Origin::Dialled { campaign, attempt, .. } = slot.call.origin else { return };
        self.drive(now, id, Input::Machine(what), out);
        if !self.calls.get(&id).is_some_and(|slot| slot.call.met_machine()) {
            return;
        }
        // An agent who was with it is not: what they say next is no part of its recording.
        self.end_recording(id, out);
        if let Some(campaign) = self.campaigns.get_mut(&campaign) {
            campaign.met_machine(attempt);
        }
        self.pace.insert(campaign);
    }

    /// Ears stay open only for a beep that somebody waits for.
    fn stop_listening(&mut self, id: CallId, out: &mut Vec<Output>) {
        let Some(slot) = self.calls.get(&id) else { return };
        let Some(party) = slot.call.customer else { return };
        let waits = matches!(slot.call.state(), State::Greeted { .. } | State::Notice { .. });
        if !waits && self.streams.is_open(party.stream) {
            listen_to(party.stream, None, out);
        }
    }

    /// A message was said to its end; where a machine took it, that is written down.
    pub(super) fn message_said(&mut self, now: Now, id: CallId, out: &mut Vec<Output>) {
        let Some(slot) = self.calls.get(&id) else { return };
        if let (true, Origin::Dialled { attempt, .. }) = (slot.call.met_machine(), slot.call.origin)
        {
            self.write(now, Event::MessageLeft { call: id, attempt }, out);
        }
    }
}

/// How long a call waits for what is heard; none where nobody listens.
fn listening(settings: &CampaignSettings) -> Option<Listening> {
    let amd = settings.amd;
    let judge = match amd.judge {
        Judge::Off => return None,
        Judge::Meanwhile => None,
        Judge::First => {
            let within = Settings::millis(amd.within_ms) + LATE;
            // Whose wait counts from the answer must be with an agent by then.
            let wait = Settings::millis(settings.connect_within_ms).saturating_sub(SPARE);
            let from_answer = settings.connect_from == ConnectFrom::Answer;
            let bounded = from_answer && settings.mode.needs_agents();
            Some(if bounded { within.min(wait) } else { within })
        }
    };
    let beep = Duration::from_secs(amd.beep_within_s.into());
    Some(Listening { judge, beep, message: Settings::MESSAGE_MAX })
}

fn listen_to(stream: StreamId, listen: Option<Listen>, out: &mut Vec<Output>) {
    out.push(Output::Media(Command::Listen { stream, listen }));
}

fn ears(amd: Amd) -> Listen {
    let Amd { within_ms, pause_ms, machine_ms, .. } = amd;
    Listen { within_ms, pause_ms, machine_ms, ..Listen::default() }
}

fn answerer(heard: verdict::Answerer) -> Answerer {
    match heard {
        verdict::Answerer::Person => Answerer::Person,
        verdict::Answerer::Machine => Answerer::Machine,
        verdict::Answerer::Uncertain => Answerer::Uncertain,
    }
}

/// How much later than its limit a verdict may come, in audio that was late.
const LATE: Duration = Duration::from_millis(200);

/// What is left of the legal wait, at the least, to find an agent in or to begin the notice.
const SPARE: Duration = Duration::from_millis(200);
