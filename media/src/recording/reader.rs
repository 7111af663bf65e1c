//! Reads a recording as the WAV file that people hear, from any byte on, and checks its chain.

use std::io::{Read, Seek, SeekFrom};

use super::{
    Chain, Fault, FileKey, Head, MasterKey, RecordingId,
    slot::{Altered, Slot},
    wav,
};
use crate::g711::Law;

/// An open recording.
#[derive(Debug)]
pub struct Reader<R> {
    file: R,
    head: Head,
    key: Option<FileKey>,
    slots: u64,
}

/// What a recording holds, in slots of 20 ms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// All of it.
    pub slots: u64,
    /// Never written: the recorder or its disk could not follow.
    pub gaps: u64,
    /// Masked on demand.
    pub masked: u64,
    /// In which the agent's channel is more than silence.
    pub agent_heard: u64,
    /// In which the customer's channel is more than silence.
    pub customer_heard: u64,
}

impl<R: Read + Seek> Reader<R> {
    /// Reads the head; a last slot that was cut short by a crash is left out.
    pub fn open(mut file: R, master: Option<&MasterKey>) -> Result<Self, Fault> {
        let len = file.seek(SeekFrom::End(0))?;
        file.rewind()?;
        let mut bytes = [0; Head::LEN];
        file.read_exact(&mut bytes).map_err(|_| Fault::Head("128 bytes at its start"))?;
        let head = Head::read(&bytes)?;
        let key = head.key(master)?;
        let slots = (len - Head::LEN as u64) / Slot::LEN as u64;
        Ok(Self { file, head, key, slots })
    }

    /// Which recording it is.
    #[must_use]
    pub fn id(&self) -> RecordingId {
        self.head.id
    }

    /// Its length in milliseconds.
    #[must_use]
    pub fn duration_ms(&self) -> u64 {
        self.slots * 20
    }

    /// Bytes of the WAV file.
    #[must_use]
    pub fn wav_len(&self) -> u64 {
        wav::HEADER + self.slots * wav::SLOT
    }

    /// Reads the WAV file from byte `offset`; fewer bytes than asked only at its end.
    pub fn read_wav(&mut self, offset: u64, len: usize) -> Result<Vec<u8>, Fault> {
        let end = offset.saturating_add(len as u64).min(self.wav_len());
        let mut out = Vec::with_capacity(usize::try_from(end.saturating_sub(offset)).unwrap_or(0));
        let mut at = offset;
        if at < wav::HEADER && at < end {
            let header = wav::header(self.slots);
            let part = &header[place(at)..place(end.min(wav::HEADER))];
            out.extend_from_slice(part);
            at = wav::HEADER;
        }
        while at < end {
            let index = (at - wav::HEADER) / wav::SLOT;
            let start = wav::HEADER + index * wav::SLOT;
            let pcm = self.pcm(index)?;
            out.extend_from_slice(&pcm[place(at - start)..place((end - start).min(wav::SLOT))]);
            at = start + wav::SLOT;
        }
        Ok(out)
    }

    /// The loudest sample of each channel in each of `count` equal stretches, agent first.
    pub fn peaks(&mut self, count: usize) -> Result<Vec<[u16; 2]>, Fault> {
        let mut peaks = vec![[0; 2]; count];
        for index in 0..self.slots {
            let place = index.saturating_mul(count as u64) / self.slots.max(1);
            let Some(peak) = peaks.get_mut(usize::try_from(place).unwrap_or(usize::MAX)) else {
                continue;
            };
            let Some(slot) = self.slot(index)? else { continue };
            for (channel, peak) in peak.iter_mut().enumerate() {
                *peak = (*peak).max(loudest(&slot, channel, self.head.law));
            }
        }
        Ok(peaks)
    }

    /// Looks at every slot.
    pub fn content(&mut self) -> Result<Content, Fault> {
        let mut content = Content { slots: self.slots, ..Content::default() };
        for index in 0..self.slots {
            let Some(slot) = self.slot(index)? else {
                content.gaps += 1;
                continue;
            };
            content.masked += u64::from(slot.masked);
            let heard = |channel| u64::from(loudest(&slot, channel, self.head.law) > AUDIBLE);
            content.agent_heard += heard(0);
            content.customer_heard += heard(1);
        }
        Ok(content)
    }

    /// The chain's newest link, as it follows from the bytes of the file.
    pub fn chain(&mut self) -> Result<[u8; 32], Fault> {
        let mut chain = Chain::start(&self.head.write());
        self.file.seek(SeekFrom::Start(Head::LEN as u64))?;
        let mut second = vec![0; SECOND];
        let mut left = self.slots;
        while left > 0 {
            let slots = left.min(Slot::PER_SECOND);
            let bytes = &mut second[..place(slots) * Slot::LEN];
            self.file.read_exact(bytes)?;
            chain.link(bytes);
            left -= slots;
        }
        Ok(chain.newest())
    }

    fn pcm(&mut self, index: u64) -> Result<[u8; wav::SLOT_LEN], Fault> {
        let mut pcm = [0; wav::SLOT_LEN];
        if let Some(slot) = self.slot(index)? {
            for (sample, out) in slot.samples.iter().zip(pcm.chunks_exact_mut(2)) {
                out.copy_from_slice(&self.head.law.decode(*sample).to_le_bytes());
            }
        }
        Ok(pcm)
    }

    fn slot(&mut self, index: u64) -> Result<Option<Slot>, Fault> {
        self.file.seek(SeekFrom::Start(Head::LEN as u64 + index * Slot::LEN as u64))?;
        let mut bytes = [0; Slot::LEN];
        self.file.read_exact(&mut bytes)?;
        Slot::read(bytes, index, self.key.as_ref())
            .map_err(|Altered| Fault::Sealed(index / Slot::PER_SECOND))
    }
}

fn loudest(slot: &Slot, channel: usize, law: Law) -> u16 {
    let samples = slot.samples.iter().skip(channel).step_by(2);
    samples.map(|sample| law.decode(*sample).unsigned_abs()).max().unwrap_or(0)
}

/// -50 dBFS: above the noise of any line.
const AUDIBLE: u16 = 100;

const SECOND: usize = 50 * Slot::LEN;

/// A place within one buffer.
fn place(at: u64) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::tone;

    /// A file of `slots` slots: a tone on the agent's channel, silence on the customer's.
    fn file(slots: u64, master: Option<&MasterKey>) -> Vec<u8> {
        let id = RecordingId(1);
        let (head, key) = match master {
            Some(master) => {
                let (head, key) = Head::sealed(id, Law::A, master, [3; 44]).unwrap();
                (head, Some(key))
            }
            None => (Head::plain(id, Law::A), None),
        };
        let tone = tone::sine(500.0, 0.5, 160);
        let mut bytes = head.write().to_vec();
        for index in 0..slots {
            let mut samples = [Law::A.silence(); Slot::SAMPLES];
            for (out, sample) in samples.chunks_exact_mut(2).zip(&tone) {
                out[0] = Law::A.encode(*sample);
            }
            let slot = Slot { index, version: 0, masked: index == 7, samples };
            bytes.extend(slot.write(key.as_ref()).unwrap());
        }
        bytes
    }

    fn open(bytes: Vec<u8>) -> Reader<Cursor<Vec<u8>>> {
        Reader::open(Cursor::new(bytes), None).unwrap()
    }

    #[test]
    fn a_recording_is_a_wav_file_of_two_channels() {
        let mut reader = open(file(60, None));
        let wav = reader.read_wav(0, usize::MAX).unwrap();
        assert_eq!(wav.len() as u64, reader.wav_len());
        let mut heard = hound::WavReader::new(wav.as_slice()).unwrap();
        assert_eq!(
            (heard.spec().channels, heard.spec().sample_rate, heard.duration()),
            (2, 8000, 60 * 160)
        );
        let samples: Vec<i16> = heard.samples().map(Result::unwrap).collect();
        let agent: Vec<_> = samples.iter().copied().step_by(2).collect();
        let customer: Vec<_> = samples.iter().copied().skip(1).step_by(2).collect();
        assert!(tone::share(&agent, 500.0) > 0.99 && !tone::is_present(&customer, 500.0));
    }

    /// What a player asks for by HTTP ranges adds up to the file.
    #[test]
    fn any_range_is_the_same_bytes() {
        let master = MasterKey::read(&[7; 32]).unwrap();
        let bytes = Cursor::new(file(20, Some(&master)));
        let mut reader = Reader::open(bytes, Some(&master)).unwrap();
        let whole = reader.read_wav(0, usize::MAX).unwrap();
        for (offset, len) in [(0, 10), (10, 60), (43, 2), (44, 640), (683, 1300), (12_000, 9_999)] {
            let part = reader.read_wav(offset as u64, len).unwrap();
            assert_eq!(part, whole[offset..whole.len().min(offset + len)], "{offset} {len}");
        }
        assert_eq!(reader.read_wav(whole.len() as u64 + 5, 10).unwrap(), [0u8; 0]);
    }

    #[test]
    fn gaps_and_masked_slots_are_told() {
        let mut bytes = file(50, None);
        let hole = Head::LEN + 3 * Slot::LEN;
        bytes[hole..hole + 2 * Slot::LEN].fill(0);
        let content = open(bytes).content().unwrap();
        let expected =
            Content { slots: 50, gaps: 2, masked: 1, agent_heard: 48, customer_heard: 0 };
        assert_eq!(content, expected);
    }

    #[test]
    fn a_file_that_was_cut_short_opens() {
        let mut bytes = file(10, None);
        bytes.truncate(bytes.len() - 100);
        assert_eq!(open(bytes).duration_ms(), 180);
    }

    /// S17: a second that is altered, or one cut off, is another chain.
    #[test]
    fn the_chain_holds_every_second() {
        let bytes = file(120, None);
        let whole = open(bytes.clone()).chain().unwrap();
        assert_eq!(open(bytes.clone()).chain().unwrap(), whole);
        let mut altered = bytes.clone();
        altered[Head::LEN + 70 * Slot::LEN + 40] ^= 1;
        assert_ne!(open(altered).chain().unwrap(), whole);
        let cut = bytes[..Head::LEN + 100 * Slot::LEN].to_vec();
        assert_ne!(open(cut).chain().unwrap(), whole);
    }

    #[test]
    fn peaks_show_where_it_is_loud() {
        let mut bytes = file(100, None);
        bytes[Head::LEN..Head::LEN + 50 * Slot::LEN].fill(0);
        let peaks = open(bytes).peaks(4).unwrap();
        assert_eq!((peaks[0], peaks[1]), ([0, 0], [0, 0]));
        assert!(peaks[2][0] > 15_000 && peaks[3][0] > 15_000 && peaks[3][1] < 20);
    }
}
