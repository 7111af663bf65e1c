//! Ears on a stream: opened when the brain says so, fed with what the party says.
//!
//! They hear the party alone, never what is said to it, and cost nothing where nobody listens.

use std::time::Instant;

use super::{Out, stream::Stream};
use crate::{
    ears::{Ears, Turn, Turns, listen::Listen},
    event::Event,
};

impl Stream {
    /// Begins to listen anew from now on, or stops.
    pub(super) fn listen_for(&mut self, now: Instant, listen: Option<Listen>) {
        self.ears = listen.map(|listen| Box::new(Ears::new(now, listen)));
    }

    /// Begins to tell anew from now on when the party speaks, or stops.
    pub(super) fn follow_turns(&mut self, now: Instant, follow: bool) {
        self.turns = follow.then(|| Box::new(Turns::new(now)));
    }

    /// Whether anybody mixes, records or listens to what the party says.
    pub(super) fn wants_samples(&self) -> bool {
        let listens = self.ears.is_some() || self.turns.is_some();
        self.playout.is_some() || listens || !self.tapes.is_empty()
    }

    /// The ears hear the newest packet's samples.
    pub(super) fn overhear(&mut self, now: Instant, out: &mut Out) {
        let mut sounds = vec![];
        if let Some(ears) = &mut self.ears {
            ears.hear(now, &self.pcm, &mut sounds);
        }
        self.tell_sounds(sounds, out);
        self.tell_turns(out, |turns, pcm, told| turns.hear(now, pcm, told));
    }

    /// Time goes on without a packet.
    pub(super) fn tick_ears(&mut self, now: Instant, out: &mut Out) {
        let mut sounds = vec![];
        if let Some(ears) = self.ears.as_mut().filter(|ears| ears.deadline() <= now) {
            ears.tick(now, &mut sounds);
        }
        self.tell_sounds(sounds, out);
        if self.turns.as_ref().is_some_and(|turns| turns.deadline() <= now) {
            self.tell_turns(out, |turns, _, told| turns.tick(now, told));
        }
    }

    pub(super) fn ears_at(&self) -> Option<Instant> {
        let ears = self.ears.as_ref().map(|ears| ears.deadline());
        let turns = self.turns.as_ref().map(|turns| turns.deadline());
        ears.into_iter().chain(turns).min()
    }

    fn tell_turns(
        &mut self,
        out: &mut Out,
        listen: impl FnOnce(&mut Turns, &[i16], &mut Vec<Turn>),
    ) {
        let (stream, mut told) = (self.id, vec![]);
        if let Some(turns) = &mut self.turns {
            listen(turns, &self.pcm, &mut told);
        }
        out.events.extend(told.into_iter().map(|turn| Event::Spoke { stream, turn }));
    }

    fn tell_sounds(&self, sounds: Vec<crate::ears::Sound>, out: &mut Out) {
        let stream = self.id();
        out.events.extend(sounds.into_iter().map(|sound| Event::Heard { stream, sound }));
    }
}
