//! What the switch wants done, carried to the parts of the world.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use admin_api::live::LiveEvent;
use bytes::Bytes;
use dialer::LeadId;
use dialer::pacer::HourOfWeek;
use routing::CampaignId;
use sip::Flow;

use super::World;
use crate::sim::agenda::Happening;
use crate::sim::invariant::Invariant;
use crate::sim::scene::switch_address;
use crate::switch::{Output, Refill};

impl World {
    pub(super) fn carry(&mut self, output: Output) {
        match output {
            Output::Send(flow, bytes) => self.send(flow, &bytes),
            Output::Media(command) => {
                // Writing to a digest cannot fail.
                let _ = write!(self.digest, "{command:?}");
                let told = self.audit.plays(&command, self.walls().1);
                self.found(told);
                self.plane.obey(self.at, command, &mut self.errands);
            }
            Output::Journal(entry) => {
                let written = serde_json::to_writer(&mut self.digest, &entry);
                if let Err(error) = written {
                    self.found(Err((
                        Invariant::D1,
                        format!("an entry cannot be written: {error}"),
                    )));
                }
                let found = self.audit.entry(&entry, self.walls());
                self.found(found);
                self.disk.append(self.at, entry, &mut self.errands);
            }
            Output::Refill(refill) => self.refill(&refill),
            Output::Fetch(campaign, lead) => self.fetch(campaign, lead),
            Output::Recall(campaign, hour) => self.recall(campaign, hour),
            // Its lists have one campaign each: whose reason it is makes no difference here.
            Output::Defer(_, leads) => {
                if !self.store.gone {
                    self.records.defer(&leads);
                }
            }
            Output::Reply(ticket, reply) => {
                self.digest.word(ticket ^ u64::from(reply.is_ok()));
                let desk = usize::try_from(ticket & DESK_MASK).unwrap_or(usize::MAX);
                if desk < self.phones.len() {
                    self.desks.replied(self.at, desk, reply.is_ok(), &mut self.errands);
                }
            }
            Output::Live(LiveEvent::Agent(view)) => {
                self.audit.see(self.at, &view, self.walls().1);
                self.desks.see(self.at, &view, &mut self.errands);
            }
            // No number of the scene leads to a workflow that could ask, or is an access number,
            // and its campaigns only pause: what is put off stays so until its moment.
            Output::Live(_) | Output::Ask(_) | Output::Prove(_) | Output::Reconsider(_) => {}
            Output::Warn(what) => {
                if self.plan.faults.is_none() {
                    self.found(Err((Invariant::Sane, format!("it warns: {what}"))));
                }
            }
        }
    }

    /// The switch sends a message.
    fn send(&mut self, flow: Flow, bytes: &Bytes) {
        self.digest.bytes(bytes);
        self.acknowledged |= bytes.starts_with(b"ACK ");
        let said = self.wire.sent(self.at, flow.remote, bytes);
        self.found(said);
        if self.carriers.iter().any(|carrier| carrier.address() == flow.remote) {
            let found = self.audit.sent(self.at, flow.remote, bytes);
            self.found(found);
        }
        for delay in self.network.arrivals(flow.remote).into_iter().flatten() {
            let what = Happening::ToFar(flow.remote, bytes.clone());
            self.agenda.note(self.at + delay, what);
        }
    }

    /// A far side sends a message.
    pub(super) fn deliver(&mut self, from: SocketAddr, bytes: &Bytes) {
        let flow = Flow::udp(switch_address(), from);
        for delay in self.network.arrivals(from).into_iter().flatten() {
            let what = Happening::ToSwitch(flow, bytes.clone());
            self.agenda.note(self.at + delay, what);
        }
    }

    /// The store reads leads; a store that is gone never answers.
    fn refill(&mut self, refill: &Refill) {
        if self.store.gone {
            return;
        }
        let leads = self.records.dialable(refill, self.clock.at(self.at).wall);
        let answer = self.at + self.store.answer;
        self.agenda.note(answer, Happening::Leads(self.life, refill.campaign, leads));
    }

    /// The store reads one lead.
    fn fetch(&mut self, campaign: CampaignId, lead: LeadId) {
        let Some(lead) = self.records.lead(lead).filter(|_| !self.store.gone) else { return };
        let answer = self.at + self.store.answer;
        self.agenda.note(answer, Happening::CallbackLead(self.life, campaign, Box::new(lead)));
    }

    /// The store reads what a pacer knew.
    fn recall(&mut self, campaign: CampaignId, hour: HourOfWeek) {
        let found = self.records.pacer_memory(campaign, hour).filter(|_| !self.store.gone);
        if let Some(learnt) = found.cloned() {
            let answer = self.at + self.store.answer;
            self.agenda.note(answer, Happening::Recalled(self.life, campaign, Box::new(learnt)));
        }
    }

    /// What is durable reaches the tables some time later.
    pub(super) fn fold_later(&mut self) {
        if !self.store.folding && !self.store.gone && self.disk.spooled() > 0 {
            self.store.folding = true;
            let at = self.at + self.store.answer + FOLD;
            self.agenda.note(at, Happening::Folded(self.life));
        }
    }
}

/// The desk that a ticket belongs to stands in its low bits.
pub(super) const DESK_MASK: u64 = 0xffff;

/// A batch of the fold.
const FOLD: Duration = Duration::from_millis(40);
