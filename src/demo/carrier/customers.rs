//! Who answers: a voice from the clips and a signature that nobody else has at the time.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crate::demo::clips::Clips;
use crate::demo::outcomes::{Chance, digits};
use crate::demo::signature::{Chord, Role};
use crate::demo::voice::{Passage, Script};

/// The voices and the signatures not in use, longest unused first: a late packet of the last call
/// can so never pass for a voice of the next.
#[derive(Debug)]
pub(super) struct Customers {
    clips: Arc<Clips>,
    seed: [u8; 32],
    free: VecDeque<usize>,
}

/// A signature in use; give it back with [`Customers::leave`].
#[derive(Debug)]
pub(super) struct Signature {
    index: usize,
    pub(super) chord: Chord,
}

impl Customers {
    pub(super) fn new(clips: Arc<Clips>, seed: [u8; 32]) -> Self {
        Self { clips, seed, free: (0..Chord::count(Role::Customer)).collect() }
    }

    /// A signature, unless every one is in use.
    pub(super) fn enter(&mut self) -> Option<Signature> {
        let index = self.free.pop_front()?;
        Some(Signature { index, chord: Chord::nth(Role::Customer, index) })
    }

    #[expect(clippy::needless_pass_by_value, reason = "who leaves gives the signature back")]
    pub(super) fn leave(&mut self, signature: Signature) {
        self.free.push_back(signature.index);
    }

    /// What the person at `number` says: the same voice each time.
    pub(super) fn person(&self, number: &str) -> Script {
        Script::over_and_over(self.pick(&self.clips.customers, number), Duration::from_millis(900))
    }

    /// What the voicemail of `number` says: once, with the beep.
    pub(super) fn machine(&self, number: &str) -> Script {
        let greeting = self.pick(&self.clips.machines, number);
        let breath = Passage::Rest(Duration::from_millis(400));
        let beep = Passage::Sound(Arc::clone(&self.clips.beep));
        let passages = vec![breath.clone(), Passage::Sound(greeting), breath, beep];
        Script { passages, repeats: false }
    }

    /// The announcement, and how long it takes.
    pub(super) fn announcement(&self) -> (Script, Duration) {
        let sound = Arc::clone(&self.clips.announcement);
        let length = Duration::from_millis(u64::try_from(sound.len()).unwrap_or(0) / 8);
        (Script::once([sound]), length)
    }

    fn pick(&self, sounds: &[Arc<[i16]>], number: &str) -> Arc<[i16]> {
        let mut chance = Chance::new(self.seed, &format!("voice {}", digits(number)));
        let choices = u32::try_from(sounds.len()).unwrap_or(0);
        let choice = usize::try_from(chance.below(choices)).unwrap_or(0);
        sounds.get(choice).cloned().unwrap_or_default()
    }
}
