//! A simulated agent: a telephone that registers and keeps its line, and a person at a desk.
//!
//! The telephone is a SIP peer of its own: it registers its extension with digest, answers the
//! switch's INVITE at once and speaks. The person works through a [`Desk`] and learns from the
//! [`Feed`] what state the switch has it in:
//!
//! ```text
//!   telephone: REGISTER ─▶ registered ─ INVITE ─▶ line up ─ BYE ─▶ registered
//!   person:    registered ─ clock in ─▶ not ready ─ ready ─▶ ready ─▶ talking ─▶ wrap-up ─┐
//!                                          ▲                   ▲  (may hang up first)     │
//!                                          └──── paused ◀─ now and then ── dispose ◀──────┘
//! ```

mod desk;
mod person;
mod phone;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use routing::AgentId;
use tokio::sync::watch;
use tokio::task::JoinSet;

pub use self::desk::{Desk, DeskError};
pub use self::person::Habits;
use self::person::Person;
use self::phone::Phone;
pub use self::phone::{LineState, Telephone};
use super::clips::Clips;
use super::outcomes::Chance;
use super::party::Parties;
use super::signature::{Chord, Role};
use super::status::Feed;
use super::witness::Witness;

/// One agent to be simulated.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Who it is to the switch.
    pub id: AgentId,
    /// Where its telephone registers, and as whom.
    pub telephone: Telephone,
}

/// What all agents share.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The switch's SIP address.
    pub switch: SocketAddr,
    /// All chance comes from here.
    pub seed: [u8; 32],
    /// How they work.
    pub habits: Habits,
    /// Every sound there is.
    pub clips: Arc<Clips>,
    /// The thread that carries their audio.
    pub parties: Arc<Parties>,
    /// Learns whose line is whose.
    pub witness: Witness,
    /// Tells them what state the switch has them in.
    pub feed: Feed,
}

/// A shift of simulated agents at work; dropping it unplugs every telephone.
#[derive(Debug)]
pub struct Agents {
    lines: Vec<watch::Receiver<LineState>>,
    going_home: watch::Sender<bool>,
    unplugged: watch::Sender<bool>,
    people: JoinSet<()>,
    telephones: JoinSet<()>,
}

impl Agents {
    /// Starts them all; each clocks in as soon as its telephone is registered.
    pub async fn start<D: Desk>(
        setup: &Setup,
        desk: D,
        profiles: Vec<Profile>,
    ) -> io::Result<Self> {
        let desk = Arc::new(desk);
        let mut agents = Self {
            lines: vec![],
            going_home: watch::Sender::new(false),
            unplugged: watch::Sender::new(false),
            people: JoinSet::new(),
            telephones: JoinSet::new(),
        };
        for (index, profile) in profiles.into_iter().enumerate() {
            let mut chance = Chance::new(setup.seed, &format!("agent {index}"));
            let chord = Chord::nth(Role::Agent, index);
            let sounds = &setup.clips.agents;
            let speech = sounds.get(index % sounds.len().max(1)).cloned().unwrap_or_default();
            let line = watch::Sender::new(LineState::Unregistered);
            let phone = Phone::plug_in(setup, profile.telephone, chord, speech, &mut chance);
            let lines = line.subscribe();
            agents.telephones.spawn(phone.await?.run(line, agents.unplugged.subscribe()));
            let person = Person {
                id: profile.id,
                desk: Arc::clone(&desk),
                habits: setup.habits.clone(),
                chance,
                line: lines.clone(),
                state: setup.feed.agent(profile.id),
                going_home: agents.going_home.subscribe(),
            };
            agents.people.spawn(person.work());
            agents.lines.push(lines);
        }
        Ok(agents)
    }

    /// How many telephones have the switch's line up.
    #[must_use]
    pub fn lines_up(&self) -> usize {
        self.lines.iter().filter(|line| *line.borrow() == LineState::Up).count()
    }

    /// Sends everybody home: each finishes the call in hand, disposes of it and clocks out.
    /// Resolves when all have; the telephones stay plugged in.
    pub async fn go_home(&mut self) {
        self.going_home.send_replace(true);
        while let Some(left) = self.people.join_next().await {
            if let Err(error) = left {
                tracing::error!(%error, "a simulated agent failed");
            }
        }
    }

    /// Takes the telephones off the network: each hangs up and unregisters.
    pub async fn unplug(&mut self) {
        self.unplugged.send_replace(true);
        while self.telephones.join_next().await.is_some() {}
    }
}
