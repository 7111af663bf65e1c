//! Trouble: the weather changes, the power goes, and the switch starts again from its disk.

use admin_api::control::{AgentVerb, Change as Setting, Command};
use dialer::abandon::Counts;
use dialer::dnc::DncScope;
use jiff::SignedDuration;
use routing::Cause;
use store::{Entry, Event};

use std::time::Duration;

use super::World;
use crate::sim::agenda::Happening;
use crate::sim::plane::Plane;
use crate::sim::weather::{Change, Mishap};
use crate::switch::{Input, Restart, Switch};

impl World {
    pub(super) fn weather_changes(&mut self, index: usize) {
        let Some((_, change)) = self.weather.get(index).cloned() else { return };
        self.story.note(self.at, || format!("weather: {change:?}"));
        let at = self.at;
        match change {
            Change::Network(spell) => self.network.set(spell),
            Change::CarrierPath { carrier, whole } => {
                self.path(self.carriers[carrier].address(), whole);
            }
            Change::PhonePath { phone, whole } => self.path(self.phones.address(phone), whole),
            Change::Carrier { carrier, mood } => self.carriers[carrier].set(mood),
            Change::DiskSpeed(sync_ms) => self.disk.set(sync_ms),
            Change::DiskStuck(stuck) => {
                self.disk.set_stuck(at, stuck, &mut self.errands);
                let trouble = stuck.then(|| "the disk takes nothing".to_owned());
                self.feed(Input::JournalTrouble(trouble));
            }
            Change::StoreSpeed(ms) => self.store.answer = Duration::from_millis(ms.into()),
            Change::StoreGone(gone) => {
                self.store.gone = gone;
                self.fold_later();
            }
            Change::PowerCut => self.cut_power(),
            Change::Clock(seconds) => self.clock.set_off(SignedDuration::from_secs(seconds)),
            Change::Walkout { one_in } => self.walk_out(one_in),
            Change::Phone { phone, what } => self.mishap(phone, what),
            change => self.administer(&change),
        }
    }

    fn path(&mut self, far: std::net::SocketAddr, whole: bool) {
        if whole {
            self.network.mend(far);
        } else {
            self.network.cut(far);
        }
    }

    fn mishap(&mut self, phone: usize, what: Mishap) {
        let (now, errands) = ((&self.clock, self.at), &mut self.errands);
        match what {
            Mishap::Crash => self.phones.crash(self.at, phone, errands),
            Mishap::HangUp => self.phones.hang_up(now, phone, errands),
            Mishap::Hold => self.phones.hold(now, phone, errands),
            Mishap::Move => self.phones.move_away(phone),
        }
    }

    /// Many agents leave in the same moment, whatever they are doing (FAULTS F20).
    fn walk_out(&mut self, one_in: usize) {
        for desk in (0..self.phones.len()).step_by(one_in.max(1)) {
            let (agent, by) = (self.desks.agent(desk), Cause::Supervisor);
            let verb = AgentVerb::ClockOut { reason: Some("the fire alarm".to_owned()) };
            self.command(desk, Command::Agent { agent, by, verb });
        }
    }

    /// What administrators and supervisors do under way.
    fn administer(&mut self, change: &Change) {
        match *change {
            Change::Campaign { campaign, running } => {
                self.scene.campaigns[campaign].running = running;
                let settings = Box::new(self.scene.campaigns[campaign].clone());
                self.audit.runs(settings.id, running);
                self.feed(Input::Change(Setting::Campaign(settings)));
            }
            Change::Trunk { trunk, enabled } => {
                self.scene.trunks[trunk].enabled = enabled;
                let trunk = self.scene.trunks[trunk].clone();
                self.audit.switched(trunk.id, enabled);
                self.feed(Input::Change(Setting::Trunk(Box::new(trunk))));
            }
            Change::Queue { queue, length_max } => {
                self.scene.queues[queue].length_max = length_max;
                let queue = self.scene.queues[queue].clone();
                self.audit.resize(queue.id, length_max);
                self.feed(Input::Change(Setting::Queue(Box::new(queue))));
            }
            Change::Forbid(share) => {
                let place = u64::from(share) * u64::try_from(self.records.leads()).unwrap_or(0);
                let place = usize::try_from(place / 1_000).unwrap_or(0);
                // Some ask while their telephone rings.
                let ringing = self.audit.ringing().filter(|_| share % 3 == 0);
                let scope = match self.scene.campaigns.last() {
                    Some(strict) if share % 4 == 1 => DncScope::Campaign(strict.id),
                    _ => DncScope::Organisation,
                };
                if let Some(number) = ringing.or_else(|| self.records.number(place)) {
                    self.records.forbid(scope, number);
                    let numbers = vec![number];
                    self.command(usize::MAX, Command::Suppress { scope, numbers });
                    self.audit.forbid(scope, number);
                }
            }
            Change::EndCall => {
                if let Some(call) = self.audit.oldest_call() {
                    self.command(usize::MAX, Command::EndCall { call });
                }
            }
            Change::Lists => {
                let lists: Vec<_> =
                    self.scene.campaigns.iter().flat_map(|one| one.lists.clone()).collect();
                for list in lists {
                    self.feed(Input::Change(Setting::ListChanged { list }));
                }
            }
            _ => {}
        }
    }

    /// The power is cut: the switch forgets, the far sides do not.
    fn cut_power(&mut self) {
        if self.switch.take().is_none() {
            return;
        }
        self.due = None;
        self.wire.forget();
        self.disk.cut();
        self.desks.blank();
        self.store.folding = false;
        let back = self.at + self.chance.ms(&(500..=8_000));
        self.agenda.note(back, Happening::PowerIsBack);
    }

    /// The switch starts, from what its disk holds (FAULTS F1).
    pub(super) fn power_on(&mut self) {
        self.life += 1;
        let now = self.clock.at(self.at);
        self.born = (self.at, now.wall);
        self.plane = Plane::new(self.life, super::PORTS);
        for entry in self.disk.drain_spool() {
            self.records.fold(&entry);
        }
        if self.life > 1 {
            self.audit.replay(&self.scene, self.disk.history());
        }
        let mut next_seq = self.disk.next();
        let mut news = self.records.interrupted(now.wall, &self.scene.campaigns);
        news.push((now.wall, Event::Started { version: "simulated".to_owned() }));
        let mut ledgers = self.records.ledgers();
        for (at, event) in news {
            // The restart reads what its own first entries say too.
            if let Event::AttemptEnded { campaign, outcome, .. } = &event {
                ledgers.entry(*campaign).or_default().add(at, Counts::of(*outcome));
            }
            let entry = Entry { seq: next_seq, at, event };
            let found = self.audit.entry(&entry, self.walls());
            self.found(found);
            self.disk.append(self.at, entry, &mut self.errands);
            next_seq += 1;
        }
        let restart = Restart {
            next_seq,
            chain: self.records.chain(),
            dnc: self.records.dnc(),
            ledgers,
            callbacks: self.records.promises(),
            places: vec![],
        };
        let mut seed = self.seed;
        seed[16..20].copy_from_slice(&self.life.to_le_bytes());
        self.switch = Some(Switch::new(now, Self::settings(), restart, seed));
        for change in self.scene.changes() {
            self.feed(Input::Change(change));
        }
    }
}
