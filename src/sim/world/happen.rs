//! What happens by itself: messages arrive, timers run, people act, disks finish.

use std::time::Duration;

use admin_api::control::Command;
use bytes::Bytes;
use routing::Cause;
use sip::{Flow, Message, Method};

use super::World;
use super::carry::DESK_MASK;
use crate::sim::agenda::Happening;
use crate::sim::invariant::Invariant;
use crate::sim::scene::own_number;
use crate::switch::Input;

impl World {
    pub(super) fn happen(&mut self, what: Happening) {
        let (at, life) = (self.at, self.life);
        let now = (&self.clock, at);
        match what {
            Happening::ToSwitch(flow, bytes) => self.reaches_switch(flow, bytes),
            Happening::ToFar(far, bytes) => {
                let carrier = self.carriers.iter_mut().find(|carrier| carrier.address() == far);
                match carrier {
                    Some(carrier) => carrier.receive(at, bytes, &mut self.errands),
                    None => {
                        self.phones.receive(now, far, bytes, &mut self.errands);
                    }
                }
            }
            Happening::Carrier(carrier, due) => {
                self.carriers[carrier].step(at, due, &mut self.errands);
            }
            Happening::Phone(phone) => self.phones.wake(now, phone, &mut self.errands),
            Happening::Handset(phone, knock) => {
                if let Some(audio) = self.phones.audio_back(phone, knock) {
                    self.plane.unmute(audio);
                }
                self.phones.knock(now, phone, knock, &mut self.errands);
            }
            Happening::Desk(desk, mind) => self.desk(desk, mind),
            Happening::Media(born, report) if born == life => {
                if let Some(event) = self.plane.due(report) {
                    self.hears(event);
                }
            }
            Happening::Synced(disk) => {
                if let Some(newest) = self.disk.synced(at, disk, &mut self.errands) {
                    self.audit.durable(newest);
                    self.feed(Input::Durable(newest));
                    self.fold_later();
                }
            }
            Happening::Folded(born) if born == life => self.fold(),
            Happening::Leads(born, campaign, leads) if born == life => {
                self.feed(Input::Leads(campaign, leads));
            }
            Happening::CallbackLead(born, campaign, lead) if born == life => {
                self.feed(Input::CallbackLead(campaign, lead));
            }
            Happening::Recalled(born, campaign, learnt) if born == life => {
                self.feed(Input::Recalled(campaign, learnt));
            }
            // A report to a life of the switch that is over.
            Happening::Media(..)
            | Happening::Folded(_)
            | Happening::Leads(..)
            | Happening::CallbackLead(..)
            | Happening::Recalled(..) => {}
            Happening::Weather(index) => self.weather_changes(index),
            Happening::Caller => self.caller(),
            Happening::PowerIsBack => self.power_on(),
        }
    }

    /// A message reaches the switch. D9: a 2xx to an INVITE of its own is acknowledged at once.
    fn reaches_switch(&mut self, flow: Flow, bytes: Bytes) {
        let there = self.switch.is_some() && !self.is_told() && self.broken.is_none();
        let due = self.carrier_answers(there, flow, &bytes);
        self.acknowledged = false;
        if there {
            self.wire.arrives(self.at, flow.remote, &bytes);
        }
        self.feed(Input::Sip(flow, bytes));
        if there {
            let settled = self.wire.settled();
            self.found(settled);
        }
        if let Some(call_id) = due
            && !self.acknowledged
            && self.switch.is_some()
            && !self.is_told()
        {
            let what = format!("a 2xx of call {call_id} was not acknowledged");
            self.found(Err((Invariant::D9, what)));
        }
    }

    /// The Call-ID of a 2xx that has to be acknowledged: its INVITE left this life of the switch
    /// less than 64·T1 ago, so that its leg cannot be forgotten.
    fn carrier_answers(&mut self, there: bool, flow: Flow, bytes: &Bytes) -> Option<String> {
        let of_carrier = self.carriers.iter().any(|carrier| carrier.address() == flow.remote);
        if !of_carrier || !bytes.starts_with(b"SIP/2.0 ") {
            return None;
        }
        let Ok(Message::Response(response)) = Message::parse(bytes.clone()) else { return None };
        if there {
            let steady = self.walls().1;
            self.audit.answered(flow.remote, &response, steady);
        }
        let to_invite = response.cseq().is_ok_and(|cseq| cseq.method == Method::Invite);
        let accepted = to_invite && response.status().is_success();
        let call_id = response.call_id().ok().filter(|_| accepted)?;
        let age = self.audit.since_invite(self.at, call_id)?;
        (age < Duration::from_secs(31)).then(|| call_id.to_owned())
    }

    /// The plane tells something. D3: a key that opts out is never lost.
    fn hears(&mut self, event: media::Event) {
        let pressed = matches!(event, media::Event::Dtmf { .. }) && !self.is_told();
        let before = self.audit.counts().opted_out;
        self.feed(Input::Media(event));
        if pressed && self.audit.counts().opted_out == before {
            let what = "who pressed the key of a notice was not heard".to_owned();
            self.found(Err((Invariant::D3, what)));
        }
    }

    fn desk(&mut self, desk: usize, mind: u32) {
        let wall = self.clock.at(self.at).wall;
        if let Some((agent, verb)) = self.desks.act(desk, mind, wall) {
            let by = Cause::Agent;
            self.command(desk, Command::Agent { agent, by, verb });
        }
    }

    /// A command; its answer goes to the desk of that number, if there is one.
    pub(super) fn command(&mut self, desk: usize, command: Command) {
        self.tickets += 1;
        let desk = u64::try_from(desk).unwrap_or(DESK_MASK) & DESK_MASK;
        self.feed(Input::Command(self.tickets << 16 | desk, command));
    }

    pub(super) fn fold(&mut self) {
        self.store.folding = false;
        if self.store.gone {
            return;
        }
        for entry in self.disk.drain_spool() {
            self.records.fold(&entry);
        }
    }

    /// Somebody dials one of our numbers; the next one follows as chance has it.
    fn caller(&mut self) {
        if self.at >= self.plan.length() {
            return;
        }
        let called = match self.chance.below(52) {
            0..20 => own_number(3),
            20..34 => own_number(4),
            34..41 => own_number(6),
            41..49 => own_number(5),
            _ => "+12025550101".to_owned(),
        };
        let stranger = format!("+1914{:07}", self.chance.below(10_000_000));
        // Some do not wait for the call that they were promised.
        let promised = self.audit.promised().filter(|_| self.chance.happens(100));
        let calling = promised.map_or(stranger, |number| number.to_string());
        let carriers = u32::try_from(self.carriers.len()).unwrap_or(1);
        let carrier = usize::try_from(self.chance.below(carriers)).unwrap_or(0);
        let (at, errands) = (self.at, &mut self.errands);
        self.carriers[carrier].place_call(at, (&calling, &called), errands);
        // On average two callers an hour for each agent, evenly spread up to twice the mean; where
        // something goes wrong they are more, and some come on each other's heels.
        let mean_ms = 1_800_000 / u32::from(self.plan.agents.max(1));
        let calm = self.plan.faults.is_none();
        let mean_ms = match self.chance.below(4) {
            _ if calm => mean_ms,
            0 => 1_000,
            _ => mean_ms / 2,
        };
        let next = self.at + self.chance.ms(&(1..=2 * mean_ms));
        self.agenda.note(next, Happening::Caller);
    }
}
