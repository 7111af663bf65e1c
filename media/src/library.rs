//! The clips that can be played, by name: those shipped in `media/prompts` and compiled in, and
//! those that the brain stocks, which go before a shipped one of the same name.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    intake,
    prompt::{Prompt, PromptId, Samples, Signal, Standing},
    session::voice::{Part, Voice},
    tone::{RATE, Tone},
};

/// Prompts as samples.
#[derive(Clone, Debug, Default)]
pub struct Library {
    shipped: BTreeMap<PromptId, Arc<[i16]>>,
    stocked: BTreeMap<PromptId, Arc<[i16]>>,
}

impl Library {
    /// The prompts that come with the product. An error names the file at fault.
    pub fn shipped() -> Result<Self, String> {
        let mut shipped = BTreeMap::new();
        for (name, wav) in SHIPPED {
            let clip = intake::convert(wav).map_err(|why| format!("{name}.wav: {why}"))?;
            shipped.insert(PromptId((*name).to_owned()), clip.samples.into());
        }
        Ok(Self { shipped, stocked: BTreeMap::new() })
    }

    /// Has a clip from now on, or no longer.
    pub fn stock(&mut self, name: PromptId, samples: Option<Samples>) {
        match samples {
            Some(Samples(samples)) => self.stocked.insert(name, samples),
            None => self.stocked.remove(&name),
        };
    }

    /// Every clip with its name, in the order of names; of two of one name, the one that is played.
    pub fn clips(&self) -> impl Iterator<Item = (&PromptId, &[i16])> {
        let mut clips: BTreeMap<_, &[i16]> = BTreeMap::new();
        let all = self.shipped.iter().chain(&self.stocked);
        clips.extend(all.map(|(name, samples)| (name, &**samples)));
        clips.into_iter()
    }

    /// What plays `prompt`; else the name of the clip that is missing.
    pub(crate) fn voice(&self, prompt: &Prompt) -> Result<Voice, String> {
        let parts = match prompt {
            Prompt::HoldMusic => vec![self.clip("hold-music")?],
            Prompt::Standing(standing) => self.standing(*standing)?,
            Prompt::Named(id) => vec![self.clip(&id.0)?],
            Prompt::Signal(signal, country) => turns(*signal, Tone::signal(*signal, *country)),
            Prompt::Silence => vec![Part::Silence],
        };
        Ok(Voice::new(parts))
    }

    fn standing(&self, standing: Standing) -> Result<Vec<Part>, String> {
        let mut parts = match standing.place {
            place @ 1..=99 => self.said("queue-you-are-number", place)?,
            _ => vec![self.clip("queue-many")?],
        };
        match standing.wait_min {
            Some(0) => parts.push(self.clip("queue-wait-soon")?),
            Some(minutes @ 1..=99) => {
                parts.extend(self.said("queue-wait-about", minutes)?);
                parts.push(self.clip(if minutes == 1 { "minute" } else { "minutes" })?);
            }
            _ => {}
        }
        if let Some(key @ 1..=9) = standing.call_back {
            parts.extend(self.said("queue-call-back-press", key.into())?);
        }
        Ok(parts)
    }

    /// A clip, and after it a number from 1 to 99 from its parts.
    fn said(&self, clip: &str, number: u16) -> Result<Vec<Part>, String> {
        let spoken = |number: u16| self.clip(&format!("number-{number}"));
        let (tens, ones) = (number / 10 * 10, number % 10);
        Ok(match number {
            0..=20 => vec![self.clip(clip)?, spoken(number)?],
            _ if ones == 0 => vec![self.clip(clip)?, spoken(tens)?],
            _ => vec![self.clip(clip)?, spoken(tens)?, spoken(ones)?],
        })
    }

    fn clip(&self, name: &str) -> Result<Part, String> {
        let id = PromptId(name.to_owned());
        let found = self.stocked.get(&id).or_else(|| self.shipped.get(&id));
        found.map(|samples| Part::Clip(Arc::clone(samples))).ok_or(id.0)
    }
}

/// One turn, or as many as tell somebody that a call failed: one alone may be over in a third of a
/// second.
fn turns(signal: Signal, tone: Tone) -> Vec<Part> {
    let count = match signal {
        Signal::Busy | Signal::Congestion => FAILURE_SAMPLES.div_ceil(tone.turn()),
        Signal::Ringback | Signal::Beep => 1,
    };
    vec![Part::Signal(tone); count]
}

/// Three seconds.
const FAILURE_SAMPLES: usize = 3 * RATE as usize;

macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_bytes!(concat!("../prompts/", $name, ".wav")).as_slice())),*]
    };
}

const SHIPPED: &[(&str, &[u8])] = shipped![
    "hold-music",
    "abandoned-notice",
    "nobody-here",
    "leave-a-message",
    "queue-you-are-number",
    "queue-many",
    "queue-wait-about",
    "queue-wait-soon",
    "queue-call-back-press",
    "call-back-kept",
    "press-to-take",
    "call-in-number",
    "call-in-pin",
    "call-in-again",
    "call-in-goodbye",
    "call-in-later",
    "call-in-welcome",
    "call-in-clock-in",
    "call-in-there",
    "call-in-otherwise",
    "call-in-barred",
    "minute",
    "minutes",
    "number-1",
    "number-2",
    "number-3",
    "number-4",
    "number-5",
    "number-6",
    "number-7",
    "number-8",
    "number-9",
    "number-10",
    "number-11",
    "number-12",
    "number-13",
    "number-14",
    "number-15",
    "number-16",
    "number-17",
    "number-18",
    "number-19",
    "number-20",
    "number-30",
    "number-40",
    "number-50",
    "number-60",
    "number-70",
    "number-80",
    "number-90",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Country;

    fn heard(library: &Library, prompt: &Prompt) -> Vec<i16> {
        let mut voice = library.voice(prompt).unwrap();
        let mut samples = vec![];
        let mut frame = [0; 160];
        while voice.fill(&mut frame) {
            samples.extend(frame);
        }
        samples
    }

    fn named(name: &str) -> PromptId {
        PromptId(name.to_owned())
    }

    #[test]
    fn every_shipped_prompt_can_be_heard() {
        let library = Library::shipped().unwrap();
        let standings = (0..=101).map(|place| Prompt::Standing(Standing::at(place)));
        let clips = SHIPPED.iter().map(|(name, _)| Prompt::Named(named(name)));
        for prompt in standings.chain(clips).chain([Prompt::HoldMusic]) {
            let samples = heard(&library, &prompt);
            let loudest = samples.iter().map(|sample| sample.unsigned_abs()).max().unwrap();
            assert!(loudest > 5_000, "{prompt:?} is as quiet as {loudest}");
        }
    }

    /// One turn of Spain's busy tone is 0.4 s: nobody would know what it was.
    #[test]
    fn that_a_call_failed_is_heard_for_three_seconds() {
        let library = Library::shipped().unwrap();
        for country in Country::ALL {
            let length = |signal| heard(&library, &Prompt::Signal(signal, country)).len();
            for failure in [Signal::Busy, Signal::Congestion] {
                let length = length(failure);
                assert!((24_000..36_000).contains(&length), "{failure:?} {country:?}: {length}");
            }
            assert_eq!(length(Signal::Beep), 2_400);
        }
    }

    #[test]
    fn numbers_are_spoken_from_their_parts() {
        let library = Library::shipped().unwrap();
        let spoken = |name: &str| library.shipped[&named(name)].to_vec();
        let expected =
            [spoken("queue-you-are-number"), spoken("number-40"), spoken("number-2")].concat();
        let heard = heard(&library, &Prompt::Standing(Standing::at(42)));
        assert_eq!(heard[..expected.len()], expected);
    }

    /// Issue 5 point 4: after the place the likely wait, in whole minutes, where it is known.
    #[test]
    fn a_caller_is_told_the_place_and_then_the_wait() {
        let library = Library::shipped().unwrap();
        let told = |place, wait_min, clips: &[&str]| {
            let clips =
                clips.iter().map(|name| library.shipped[&PromptId((*name).into())].to_vec());
            let expected: Vec<_> = clips.flatten().collect();
            let call_back = (wait_min == Some(0)).then_some(4);
            let said = Prompt::Standing(Standing { place, wait_min, call_back });
            let heard = heard(&library, &said);
            assert_eq!(heard[..expected.len()], expected, "{said:?}");
            assert!(heard.len() < expected.len() + 160, "{said:?} says more");
        };
        let (you, about) = ("queue-you-are-number", "queue-wait-about");
        told(2, None, &[you, "number-2"]);
        told(100, Some(100), &["queue-many"]);
        let press = "queue-call-back-press";
        told(3, Some(0), &[you, "number-3", "queue-wait-soon", press, "number-4"]);
        told(1, Some(1), &[you, "number-1", about, "number-1", "minute"]);
        told(100, Some(25), &["queue-many", about, "number-20", "number-5", "minutes"]);
    }

    #[test]
    fn a_stocked_clip_goes_before_the_shipped_one_until_it_is_gone() {
        let mut library = Library::shipped().unwrap();
        let music = library.shipped[&named("hold-music")].to_vec();
        library.stock(named("hold-music"), Some(vec![7].into()));
        assert_eq!(heard(&library, &Prompt::HoldMusic)[..2], [7, 0]);
        library.stock(named("hold-music"), None);
        assert_eq!(heard(&library, &Prompt::HoldMusic)[..music.len()], music);
    }

    #[test]
    fn a_clip_that_is_missing_is_named() {
        let missing = Library::default().voice(&Prompt::Named(named("jingle")));
        assert_eq!(missing.unwrap_err(), "jingle");
    }
}
