//! Ears on a stream: opened when the brain says so, fed with what the party says.
//!
//! They hear the party alone, never what is said to it, and cost nothing where nobody listens.

use std::time::Instant;

use super::{Out, stream::Stream};
use crate::{
    ears::{Ears, listen::Listen},
    event::Event,
};

impl Stream {
    /// Begins to listen anew from now on, or stops.
    pub(super) fn listen_for(&mut self, now: Instant, listen: Option<Listen>) {
        self.ears = listen.map(|listen| Box::new(Ears::new(now, listen)));
    }

    /// Whether anybody mixes, records or listens to what the party says.
    pub(super) fn wants_samples(&self) -> bool {
        self.playout.is_some() || self.ears.is_some() || !self.tapes.is_empty()
    }

    /// The ears hear the newest packet's samples.
    pub(super) fn overhear(&mut self, now: Instant, out: &mut Out) {
        let mut sounds = vec![];
        if let Some(ears) = &mut self.ears {
            ears.hear(now, &self.pcm, &mut sounds);
        }
        self.tell_sounds(sounds, out);
    }

    /// Time goes on without a packet.
    pub(super) fn tick_ears(&mut self, now: Instant, out: &mut Out) {
        let mut sounds = vec![];
        if let Some(ears) = self.ears.as_mut().filter(|ears| ears.deadline() <= now) {
            ears.tick(now, &mut sounds);
        }
        self.tell_sounds(sounds, out);
    }

    pub(super) fn ears_at(&self) -> Option<Instant> {
        self.ears.as_ref().map(|ears| ears.deadline())
    }

    fn tell_sounds(&self, sounds: Vec<crate::ears::Sound>, out: &mut Out) {
        let stream = self.id();
        out.events.extend(sounds.into_iter().map(|sound| Event::Heard { stream, sound }));
    }
}
