//! A prompt being played: parts one after the other, as samples.

use std::sync::Arc;

use crate::tone::Tone;

/// What a player reads from.
#[derive(Clone, Debug)]
pub(crate) struct Voice {
    parts: Vec<Part>,
    part: usize,
    /// Within the part, in samples.
    at: usize,
    repeat: bool,
}

/// One part of a prompt.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    /// Recorded.
    Clip(Arc<[i16]>),
    /// One turn of a cadence.
    Signal(Tone),
    /// Without end.
    Silence,
}

impl Voice {
    pub(crate) fn new(parts: Vec<Part>) -> Self {
        Self { parts, part: 0, at: 0, repeat: false }
    }

    pub(crate) fn repeating(mut self, repeat: bool) -> Self {
        // What is empty would repeat without ever filling a frame.
        self.repeat = repeat && self.parts.iter().any(|part| part.len() > 0);
        self
    }

    /// Fills a frame, its rest with silence; false if the end had been reached before.
    pub(crate) fn fill(&mut self, frame: &mut [i16]) -> bool {
        let mut filled = 0;
        while filled < frame.len() {
            let Some(part) = self.parts.get_mut(self.part) else {
                if self.repeat {
                    self.part = 0;
                    continue;
                }
                break;
            };
            let count = (part.len() - self.at).min(frame.len() - filled);
            part.read(self.at, &mut frame[filled..filled + count]);
            filled += count;
            self.at += count;
            if self.at >= part.len() {
                self.part += 1;
                self.at = 0;
            }
        }
        frame[filled..].fill(0);
        filled > 0
    }
}

impl Part {
    fn len(&self) -> usize {
        match self {
            Self::Clip(samples) => samples.len(),
            Self::Signal(tone) => tone.turn(),
            Self::Silence => usize::MAX,
        }
    }

    fn read(&mut self, at: usize, out: &mut [i16]) {
        match self {
            Self::Clip(samples) => out.copy_from_slice(&samples[at..at + out.len()]),
            Self::Signal(tone) => tone.fill(out),
            Self::Silence => out.fill(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clip(samples: &[i16]) -> Part {
        Part::Clip(samples.into())
    }

    fn frames(mut voice: Voice, count: usize) -> Vec<Option<[i16; 4]>> {
        let frame = |_| {
            let mut frame = [9; 4];
            voice.fill(&mut frame).then_some(frame)
        };
        (0..count).map(frame).collect()
    }

    #[test]
    fn parts_follow_without_a_gap_and_the_end_is_padded() {
        let voice = Voice::new(vec![clip(&[1, 2, 3]), clip(&[]), clip(&[4, 5, 6])]);
        assert_eq!(frames(voice, 3), [Some([1, 2, 3, 4]), Some([5, 6, 0, 0]), None]);
    }

    #[test]
    fn a_repeated_voice_starts_over_within_the_frame() {
        let voice = Voice::new(vec![clip(&[1, 2, 3])]).repeating(true);
        assert_eq!(frames(voice, 2), [Some([1, 2, 3, 1]), Some([2, 3, 1, 2])]);
    }

    #[test]
    fn nothing_repeated_is_still_nothing() {
        let voice = Voice::new(vec![clip(&[])]).repeating(true);
        assert_eq!(frames(voice, 1), [None]);
    }
}
