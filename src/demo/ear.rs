//! An ear: what a simulated party hears, told apart line by line of the signature grid.
//!
//! Samples are cut into frames of 20 ms; ten frames make a group of 200 ms, folded onto a single
//! frame before the lines are measured, because every line repeats there. Frames are orthogonal,
//! so a tone that starts inside a group leaks nothing; speech below the grid leaks some 1 %.
//! Another voice leaves a trace from 60 ms on, or from an eighth of its level if it stays.
//! While attentive, single frames are measured as well: they tell when a voice began.

use std::collections::VecDeque;
use std::time::Instant;

use super::signature::{AMPLITUDE, Chord, FRAME, LINES, Lines, Role, amplitudes, float};

/// 200 ms of listening.
#[derive(Clone, Copy, Debug)]
pub struct Heard {
    /// Arrival of its first sample.
    pub from: Instant,
    /// Arrival of its last sample.
    pub until: Instant,
    /// Loudness over everything, in 16-bit steps (root mean square).
    pub loudness: f32,
    /// Lines at half a signature's amplitude or more.
    pub clear: Lines,
    /// Lines at an eighth of it or more: what crosstalk leaves.
    pub traces: Lines,
}

impl Heard {
    /// Whether there was something to hear: more than line noise, 57 dB under full scale.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.loudness > 45.0
    }

    /// The one party of `role` that was clearly heard.
    #[must_use]
    pub fn party(&self, role: Role) -> Option<Chord> {
        self.clear.and(role.lines()).chord()
    }
}

/// Measures one stream of samples; holds the last [`REMEMBERED`] groups.
#[derive(Debug)]
pub struct Ear {
    frame: [f32; FRAME],
    filled: usize,
    frame_began: Option<Instant>,
    fold: [f32; FRAME],
    frames: usize,
    energy: f32,
    group_began: Option<Instant>,
    heard: VecDeque<Heard>,
    /// Frames of the current listening for a beginning; `None` when not attentive.
    onset: Option<VecDeque<(Instant, Lines)>>,
    began: Option<(Instant, Chord)>,
}

/// Groups an ear remembers: five minutes.
pub const REMEMBERED: usize = 1_500;

/// Frames an attentive ear looks back over: two groups and the pause before.
const LOOK_BACK: usize = 30;

const GROUP: usize = 10;
const CLEAR: f32 = AMPLITUDE / 2.0;
const TRACE: f32 = AMPLITUDE / 8.0;

impl Ear {
    /// An ear that has heard nothing; `attentive` also finds the frame in which an agent began.
    #[must_use]
    pub fn new(attentive: bool) -> Self {
        Self {
            frame: [0.0; FRAME],
            filled: 0,
            frame_began: None,
            fold: [0.0; FRAME],
            frames: 0,
            energy: 0.0,
            group_began: None,
            heard: VecDeque::new(),
            onset: attentive.then(VecDeque::new),
            began: None,
        }
    }

    /// Takes the samples of one packet that arrived at `now`.
    pub fn hear(&mut self, now: Instant, samples: &[i16]) {
        for sample in samples {
            if self.filled == 0 {
                self.frame_began = Some(now);
            }
            self.frame[self.filled] = f32::from(*sample);
            self.filled += 1;
            if self.filled == FRAME {
                self.filled = 0;
                self.take_frame(now);
            }
        }
    }

    /// Whether the first frame of an agent is still awaited.
    #[must_use]
    pub fn is_attentive(&self) -> bool {
        self.onset.is_some()
    }

    /// The agent that was heard first, and the arrival of its first frame.
    #[must_use]
    pub fn began(&self) -> Option<(Instant, Chord)> {
        self.began
    }

    /// What was heard, oldest first.
    pub fn heard(&self) -> impl Iterator<Item = &Heard> {
        self.heard.iter()
    }

    fn take_frame(&mut self, now: Instant) {
        let began = *self.group_began.get_or_insert(self.frame_began.unwrap_or(now));
        if let Some(frames) = &mut self.onset {
            if frames.len() == LOOK_BACK {
                frames.pop_front();
            }
            let levels = amplitudes(&self.frame, float(FRAME));
            frames.push_back((self.frame_began.unwrap_or(now), Lines::above(&levels, CLEAR)));
        }
        for (folded, sample) in self.fold.iter_mut().zip(&self.frame) {
            *folded += sample;
            self.energy += sample * sample;
        }
        self.frames += 1;
        if self.frames == GROUP {
            self.take_group(began, now);
        }
    }

    fn take_group(&mut self, from: Instant, until: Instant) {
        let levels: [f32; LINES] = amplitudes(&self.fold, float(GROUP * FRAME));
        let heard = Heard {
            from,
            until,
            loudness: (self.energy / float(GROUP * FRAME)).sqrt(),
            clear: Lines::above(&levels, CLEAR),
            traces: Lines::above(&levels, TRACE),
        };
        if let (Some(frames), Some(chord)) = (&self.onset, heard.party(Role::Agent)) {
            let first = frames.iter().find(|(_, lines)| lines.hold(chord));
            self.began = first.map(|(at, _)| (*at, chord));
            self.onset = None;
        }
        if self.heard.len() == REMEMBERED {
            self.heard.pop_front();
        }
        self.heard.push_back(heard);
        self.fold = [0.0; FRAME];
        self.frames = 0;
        self.energy = 0.0;
        self.group_began = None;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use media::g711::Law;

    use super::*;
    use crate::demo::clips::Clips;
    use crate::demo::voice::{Script, Voice};

    const MS: Duration = Duration::from_millis(1);

    fn agent(index: usize) -> Chord {
        Chord::nth(Role::Agent, index)
    }

    /// What an ear hears of voices that sound together, each from a frame on, through mu-law.
    fn listen(frames: usize, voices: &mut [(usize, Voice)]) -> (Instant, Ear) {
        let start = Instant::now();
        let mut ear = Ear::new(true);
        for frame in 0..frames {
            let mut sum = [0_i16; FRAME];
            for (_, voice) in voices.iter_mut().filter(|(from, _)| frame >= *from) {
                for (sample, part) in sum.iter_mut().zip(voice.frame()) {
                    *sample = Law::Mu.decode(Law::Mu.encode(sample.saturating_add(part)));
                }
            }
            ear.hear(start + 20 * MS * u32::try_from(frame).unwrap(), &sum);
        }
        (start, ear)
    }

    #[test]
    fn every_clip_leaves_its_speaker_s_chord_and_nothing_else() {
        let clips = Clips::load().unwrap();
        let sounds = clips.customers.iter().chain(&clips.agents).chain(&clips.machines);
        for (index, sound) in sounds.chain([&clips.beep]).enumerate() {
            let script = Script::once([sound.clone()]);
            let (_, ear) = listen(250, &mut [(0, Voice::new(script, Some(agent(40 + index))))]);
            for heard in ear.heard() {
                assert_eq!(heard.party(Role::Agent), Some(agent(40 + index)));
                assert_eq!(heard.traces, agent(40 + index).lines(), "clip {index}");
            }
        }
    }

    #[test]
    fn silence_is_neither_a_party_nor_a_sound() {
        let (_, ear) = listen(100, &mut []);
        assert_eq!(ear.heard().count(), 10);
        assert!(ear.heard().all(|heard| heard.traces.is_empty() && !heard.is_sound()));
        assert!(ear.is_attentive());
    }

    #[test]
    fn a_second_voice_at_an_eighth_of_the_level_is_a_trace() {
        let mut whisper = agent(9).frame();
        for sample in &mut whisper {
            *sample /= 7;
        }
        let script = Script::over_and_over(whisper.to_vec().into(), Duration::ZERO);
        let (_, ear) = listen(100, &mut [(0, Voice::new(script, Some(agent(3))))]);
        for heard in ear.heard() {
            assert_eq!(heard.party(Role::Agent), Some(agent(3)));
            assert!(heard.traces.hold(agent(9)), "{:?}", heard.traces);
        }
    }

    #[test]
    fn two_voices_together_are_no_party() {
        let mut voices = [3, 9].map(|index| (0, Voice::new(Script::silence(), Some(agent(index)))));
        let (_, ear) = listen(20, &mut voices);
        assert!(ear.heard().all(|heard| heard.party(Role::Agent).is_none()));
        assert!(ear.heard().all(|heard| heard.clear.hold(agent(3)) && heard.clear.hold(agent(9))));
    }

    #[test]
    fn an_attentive_ear_finds_the_first_frame_of_an_agent() {
        let clips = Clips::load().unwrap();
        let ring = Voice::new(Script::once([clips.customers[0].clone()]), None);
        let speech = Script::over_and_over(clips.agents[0].clone(), Duration::ZERO);
        let (start, ear) = listen(60, &mut [(0, ring), (17, Voice::new(speech, Some(agent(5))))]);
        assert_eq!(ear.began(), Some((start + 340 * MS, agent(5))));
        assert!(!ear.is_attentive());
    }

    #[test]
    fn packets_of_ten_milliseconds_make_the_same_frames() {
        let mut ear = Ear::new(true);
        let start = Instant::now();
        let frame = agent(1).frame();
        for packet in 0..40 {
            let half = usize::from(packet % 2 == 1) * FRAME / 2;
            ear.hear(start + 10 * MS * packet, &frame[half..half + FRAME / 2]);
        }
        assert_eq!(ear.began(), Some((start, agent(1))));
        assert_eq!(ear.heard().count(), 2);
    }

    #[test]
    fn an_ear_forgets_what_is_five_minutes_old() {
        let (start, ear) = listen(REMEMBERED * GROUP + 10, &mut []);
        assert_eq!(ear.heard().count(), REMEMBERED);
        assert_eq!(ear.heard().next().unwrap().from, start + 200 * MS);
    }
}
