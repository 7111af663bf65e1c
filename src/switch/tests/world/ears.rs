//! What the plane says it heard.

use media::StreamId;
use media::ears::{Sound, verdict::Answerer, verdict::Reason, verdict::Verdict};

use super::World;

impl World {
    /// Whom the plane listens to now.
    pub(in crate::switch::tests) fn listens_to(&self) -> Option<StreamId> {
        let told = self.media.iter().rev().find_map(|command| match command {
            media::Command::Listen { stream, listen } => Some((*stream, *listen)),
            _ => None,
        });
        told.filter(|(_, listen)| listen.is_some()).map(|(stream, _)| stream)
    }

    /// Something is heard on the stream that is listened to.
    pub(in crate::switch::tests) fn is_heard(&mut self, sound: Sound) {
        let stream = self.listens_to().unwrap();
        self.media_says(media::Event::Heard { stream, sound });
    }

    /// A person greeted, and waits since 700 ms.
    pub(in crate::switch::tests) fn a_person_greeted(&mut self) {
        self.is_heard(Sound::GreetingEnded { ago_ms: 700 });
        self.is_judged(Answerer::Person);
    }

    pub(in crate::switch::tests) fn is_judged(&mut self, answerer: Answerer) {
        let reason = match answerer {
            Answerer::Person => Reason::ShortGreeting,
            Answerer::Machine => Reason::LongGreeting,
            Answerer::Uncertain => Reason::InitialSilence,
        };
        self.is_heard(Sound::Judged(Verdict {
            answerer,
            reason,
            at_ms: 1_500,
            silence_ms: 300,
            greeting_ms: 500,
            words: 2,
            longest_pause_ms: 90,
        }));
    }

    pub(in crate::switch::tests) fn machine_beeps(&mut self) {
        self.is_heard(Sound::Beep { hz: 1_000, lasted_ms: 300, ago_ms: 80 });
    }
}
