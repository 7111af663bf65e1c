//! The clips that can be played, by name: those shipped in `media/prompts` and compiled in, and
//! those a deployment adds. Read-only once the plane runs.

use std::{collections::BTreeMap, io::Read, sync::Arc};

use hound::{SampleFormat, WavReader, WavSpec};

use crate::{
    prompt::{Prompt, PromptId},
    session::voice::{Part, Voice},
    tone::{RATE, Tone},
};

/// Prompts as samples.
#[derive(Clone, Debug, Default)]
pub struct Library {
    clips: BTreeMap<PromptId, Arc<[i16]>>,
}

impl Library {
    /// The prompts that come with the product. An error names the file at fault.
    pub fn shipped() -> Result<Self, String> {
        let mut library = Self::default();
        for (name, wav) in SHIPPED {
            library.add(name, *wav)?;
        }
        Ok(library)
    }

    /// Adds a clip, or replaces the one of that name. An error says what was expected of the file.
    pub fn add(&mut self, name: &str, wav: impl Read) -> Result<(), String> {
        let samples = read(wav).map_err(|why| {
            format!("{name}.wav: {why}; expected WAV of 8000 Hz, one channel, 16 bit PCM, ≤ 10 min")
        })?;
        self.clips.insert(PromptId(name.to_owned()), samples.into());
        Ok(())
    }

    /// Every clip with its name.
    #[cfg(test)]
    pub(crate) fn clips(&self) -> impl Iterator<Item = (&PromptId, &[i16])> {
        self.clips.iter().map(|(name, samples)| (name, &**samples))
    }

    /// What plays `prompt`; else the name of the clip that is missing.
    pub(crate) fn voice(&self, prompt: &Prompt) -> Result<Voice, String> {
        let parts = match prompt {
            Prompt::HoldMusic => vec![self.clip("hold-music")?],
            Prompt::AbandonedNotice => vec![self.clip("abandoned-notice")?],
            Prompt::QueuePosition(position) => self.position(*position)?,
            Prompt::Named(id) => vec![self.clip(&id.0)?],
            Prompt::Signal(signal, country) => vec![Part::Signal(Tone::signal(*signal, *country))],
            Prompt::Silence => vec![Part::Silence],
        };
        Ok(Voice::new(parts))
    }

    fn position(&self, position: u16) -> Result<Vec<Part>, String> {
        let (tens, ones) = (position / 10 * 10, position % 10);
        let number = |number: u16| self.clip(&format!("number-{number}"));
        match position {
            1..=20 => Ok(vec![self.clip("queue-you-are-number")?, number(position)?]),
            21..=99 if ones == 0 => Ok(vec![self.clip("queue-you-are-number")?, number(tens)?]),
            21..=99 => Ok(vec![self.clip("queue-you-are-number")?, number(tens)?, number(ones)?]),
            _ => Ok(vec![self.clip("queue-many")?]),
        }
    }

    fn clip(&self, name: &str) -> Result<Part, String> {
        let id = PromptId(name.to_owned());
        self.clips.get(&id).map(|samples| Part::Clip(Arc::clone(samples))).ok_or(id.0)
    }
}

fn read(wav: impl Read) -> Result<Vec<i16>, String> {
    let reader = WavReader::new(wav).map_err(|error| error.to_string())?;
    let WavSpec { channels, sample_rate, bits_per_sample, sample_format } = reader.spec();
    if (channels, sample_rate, bits_per_sample, sample_format) != (1, RATE, 16, SampleFormat::Int) {
        return Err(format!("{sample_rate} Hz, {channels} channels, {bits_per_sample} bit"));
    }
    if reader.duration() > DURATION_MAX {
        return Err(format!("{} s", reader.duration() / RATE));
    }
    reader.into_samples().collect::<Result<_, _>>().map_err(|error| error.to_string())
}

/// Ten minutes: a clip lies in memory as a whole.
const DURATION_MAX: u32 = 600 * RATE;

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
    use std::io::Cursor;

    use hound::WavWriter;

    use super::*;

    fn heard(library: &Library, prompt: &Prompt) -> Vec<i16> {
        let mut voice = library.voice(prompt).unwrap();
        let mut samples = vec![];
        let mut frame = [0; 160];
        while voice.fill(&mut frame) {
            samples.extend(frame);
        }
        samples
    }

    fn wav(spec: WavSpec) -> Vec<u8> {
        let mut file = Cursor::new(vec![]);
        let mut writer = WavWriter::new(&mut file, spec).unwrap();
        (0..spec.channels).for_each(|_| writer.write_sample(7i16).unwrap());
        writer.finalize().unwrap();
        file.into_inner()
    }

    const GOOD: WavSpec = WavSpec {
        channels: 1,
        sample_rate: 8000,
        bits_per_sample: 16,
        sample_format: SampleFormat::Int,
    };

    #[test]
    fn every_shipped_prompt_can_be_heard() {
        let library = Library::shipped().unwrap();
        let prompts = (0..=101).map(Prompt::QueuePosition);
        for prompt in prompts.chain([Prompt::HoldMusic, Prompt::AbandonedNotice]) {
            let samples = heard(&library, &prompt);
            let loudest = samples.iter().map(|sample| sample.unsigned_abs()).max().unwrap();
            assert!(loudest > 5_000, "{prompt:?} is as quiet as {loudest}");
        }
    }

    #[test]
    fn numbers_are_spoken_from_their_parts() {
        let library = Library::shipped().unwrap();
        let spoken = |name: &str| library.clips[&PromptId(name.to_owned())].to_vec();
        let expected =
            [spoken("queue-you-are-number"), spoken("number-40"), spoken("number-2")].concat();
        let heard = heard(&library, &Prompt::QueuePosition(42));
        assert_eq!(heard[..expected.len()], expected);
    }

    #[test]
    fn a_clip_of_the_deployment_replaces_the_shipped_one() {
        let mut library = Library::shipped().unwrap();
        library.add("hold-music", wav(GOOD).as_slice()).unwrap();
        assert_eq!(heard(&library, &Prompt::HoldMusic)[..2], [7, 0]);
    }

    #[test]
    fn a_file_that_is_no_telephone_audio_is_refused_by_name() {
        let mut library = Library::default();
        let error = library.add("jingle", wav(WavSpec { channels: 2, ..GOOD }).as_slice());
        assert_eq!(
            error.unwrap_err(),
            "jingle.wav: 8000 Hz, 2 channels, 16 bit; \
             expected WAV of 8000 Hz, one channel, 16 bit PCM, ≤ 10 min"
        );
        assert!(library.add("noise", b"not a wave".as_slice()).is_err());
    }

    #[test]
    fn a_clip_that_is_missing_is_named() {
        let missing = Library::default().voice(&Prompt::Named(PromptId("jingle".to_owned())));
        assert_eq!(missing.unwrap_err(), "jingle");
    }
}
