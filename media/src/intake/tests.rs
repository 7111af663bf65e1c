//! Files of every kind that is read, files of the kinds that are not, and files that lie.

use proptest::prelude::*;

use super::ogg::tests::{file as ogg, page};
use super::*;
use crate::{g711::Law, tone};

/// A WAV file with these format words and samples.
fn wav(tag: u16, bits: u16, channels: u16, rate: u32, bytes: &[u8]) -> Vec<u8> {
    let frame = bits / 8 * channels;
    let mut file = b"RIFF\xFF\xFF\xFF\xFFWAVEfmt \x10\0\0\0".to_vec();
    file.extend(tag.to_le_bytes());
    file.extend(channels.to_le_bytes());
    file.extend(rate.to_le_bytes());
    file.extend((rate * u32::from(frame)).to_le_bytes());
    file.extend(frame.to_le_bytes());
    file.extend(bits.to_le_bytes());
    // A chunk of an odd length, as editors write them.
    file.extend(b"LIST\x03\0\0\0abc\0data");
    file.extend(u32::try_from(bytes.len()).unwrap().to_le_bytes());
    file.extend(bytes);
    file
}

/// A second of a tone at `rate`, half as loud as it may be.
fn tone_at(hz: f64, rate: u32) -> Vec<i16> {
    // What makes tones knows one rate: the same wave, drawn at another, is of another frequency.
    tone::sine(hz * f64::from(tone::RATE) / f64::from(rate), 0.5, rate as usize)
}

fn refusal(file: &[u8]) -> String {
    convert(file).unwrap_err().to_string()
}

#[test]
fn every_coding_of_wav_sounds_as_it_was_recorded() {
    let linear = tone_at(1_004.0, 8_000);
    let long = |sample: i16| i32::from(sample) << 16;
    let coded = |law: Law| linear.iter().map(|s| law.encode(*s)).collect::<Vec<_>>();
    let of =
        |bytes: fn(i32) -> Vec<u8>| linear.iter().flat_map(|s| bytes(long(*s))).collect::<Vec<_>>();
    let files = [
        (1, 8, of(|s| vec![s.to_le_bytes()[3].wrapping_add(128)]), "PCM 8 bit"),
        (1, 16, of(|s| s.to_le_bytes()[2..].to_vec()), "PCM 16 bit"),
        (1, 24, of(|s| s.to_le_bytes()[1..].to_vec()), "PCM 24 bit"),
        (1, 32, of(|s| s.to_le_bytes().to_vec()), "PCM 32 bit"),
        (6, 8, coded(Law::A), "A-law"),
        (7, 8, coded(Law::Mu), "µ-law"),
    ];
    for (tag, bits, bytes, name) in files {
        let clip = convert(&wav(tag, bits, 1, 8_000, &bytes)).unwrap();
        assert_eq!(clip.source, format!("{name}, 8000 Hz, 1 channel"));
        assert_eq!(clip.samples.len(), 8_000, "{name}");
        assert!(tone::share(&clip.samples, 1_004.0) > 0.99, "{name}");
        assert_eq!((clip.level.peak_db, clip.level.clipped), (-6, 0), "{name}");
    }
}

#[test]
fn two_channels_of_a_studio_become_one_of_a_telephone() {
    let left = tone_at(1_004.0, 44_100);
    let both = left.iter().flat_map(|s| [s.to_le_bytes(), 0_i16.to_le_bytes()]).flatten();
    let clip = convert(&wav(1, 16, 2, 44_100, &both.collect::<Vec<_>>())).unwrap();
    assert_eq!(clip.source, "PCM 16 bit, 44100 Hz, 2 channels");
    assert_eq!((clip.samples.len(), clip.level.peak_db), (8_000, -12));
    assert!(tone::share(&clip.samples, 1_004.0) > 0.999);
}

/// RFC 7845 §4: the pre-skip is not heard, and the end is where the last page says; §5.1: the gain.
#[test]
fn opus_in_ogg_has_its_tone_its_length_and_its_gain() {
    let mono = tone_at(1_004.0, 48_000);
    let stereo: Vec<i16> = mono.iter().flat_map(|sample| [*sample, *sample]).collect();
    for (samples, channels, source) in
        [(&mono, 1, "Opus, 1 channel"), (&stereo, 2, "Opus, 2 channels")]
    {
        let clip = convert(&ogg(samples, channels, 0)).unwrap();
        assert_eq!((clip.samples.len(), clip.source.as_str()), (8_000, source));
        assert!(tone::share(&clip.samples[800..7_200], 1_004.0) > 0.98, "{source}");
        assert!((-11..=-8).contains(&clip.level.loudness_db), "{:?}", clip.level);
        let softer = convert(&ogg(samples, channels, -6 * 256)).unwrap();
        assert_eq!(softer.level.loudness_db, clip.level.loudness_db - 6, "{source}");
    }
}

#[test]
fn what_is_not_read_is_named_with_what_is() {
    let expected = "expected WAV (PCM of 8, 16, 24 or 32 bit, A-law or µ-law) or Ogg with Opus";
    for (file, found) in [
        (b"ID3\x04\0".to_vec(), "an MP3 file, which is not read"),
        (b"\xFF\xFB\x90\x64".to_vec(), "an MP3 file, which is not read"),
        (b"fLaC\0".to_vec(), "a FLAC file"),
        (b"\0\0\0\x20ftypM4A ".to_vec(), "an MPEG-4 file"),
        (b"<html>".to_vec(), "no audio file that is known here"),
        (vec![], "an empty file"),
        (wav(0x55, 16, 2, 44_100, &[0; 400]), "MPEG audio (MP3) in a WAV file"),
        (page(0, 2, 0, &[b"\x01vorbis\0".to_vec()]), "an Ogg/Vorbis file"),
    ] {
        assert_eq!(refusal(&file), format!("{found}; {expected}"));
    }
}

#[test]
fn what_is_read_in_part_says_which_part() {
    let tone: Vec<u8> = tone_at(500.0, 8_000).iter().flat_map(|s| s.to_le_bytes()).collect();
    for (file, why) in [
        (wav(1, 16, 6, 8_000, &tone), "6 channels; expected one or two"),
        (wav(1, 16, 0, 8_000, &tone), "0 channels; expected one or two"),
        (
            wav(1, 12, 1, 8_000, &tone),
            "samples of 12 bit; expected 8, 16, 24 or 32 bit PCM, or 8 bit A-law or µ-law",
        ),
        (wav(1, 16, 1, 800, &tone), "800 samples a second; expected 4,000 to 192,000"),
        (wav(2, 16, 1, 8_000, &tone), "a WAV file in coding 0x0002; expected PCM, A-law or µ-law"),
        (wav(1, 16, 1, 8_000, &tone[..1_000]), "shorter than 100 ms; expected at least that"),
        (
            wav(1, 16, 1, 8_000, &vec![0; 9_600_002]),
            "longer than 10 minutes; expected at most that",
        ),
        (
            wav(1, 16, 1, 8_000, &[0; 16_000]),
            "nothing can be heard: the loudest sample is below -60 dB",
        ),
        (b"RIFF\x04\0\0\0WAVE".to_vec(), "the file is damaged: it has no chunk with a format"),
    ] {
        assert_eq!(refusal(&file), why);
    }
}

/// A program that writes to a pipe cannot go back to write its lengths.
#[test]
fn lengths_of_a_stream_are_not_believed() {
    let tone: Vec<u8> = tone_at(500.0, 8_000).iter().flat_map(|s| s.to_le_bytes()).collect();
    let mut file = wav(1, 16, 1, 8_000, &tone);
    let place = file.windows(4).position(|four| four == b"data").unwrap() + 4;
    file[place..place + 4].fill(0xFF);
    assert_eq!(convert(&file).unwrap().samples.len(), 8_000);
}

/// A few bytes of Opus can stand for hours: the decoder stops at the limit, not at the end.
#[test]
fn an_hour_in_a_small_ogg_file_is_refused_at_its_tenth_minute() {
    let head = b"OpusHead\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    let mut file = page(0, 2, 0, &[head]);
    file.extend(page(1, 0, 0, &[b"OpusTags".to_vec()]));
    // 60 ms of narrow band in 2 bytes, twice: the frames themselves are empty.
    let packets = vec![vec![0x18 | 0x03, 0x02]; 250];
    for number in 2..60 {
        file.extend(page(number, 0, u64::MAX, &packets));
    }
    assert_eq!(refusal(&file), "longer than 10 minutes; expected at most that");
}

#[test]
fn a_damaged_or_missing_page_refuses_the_file() {
    let whole = ogg(&tone_at(1_004.0, 48_000), 1, 0);
    let mut turned = whole.clone();
    let last = turned.len() - 1;
    turned[last] ^= 1;
    assert_eq!(refusal(&turned), "the file is damaged: a page's checksum is wrong");
    assert_eq!(refusal(&whole[..last]), "the file is damaged: a page is cut short");
    let second = whole.windows(4).skip(1).position(|four| four == b"OggS").unwrap() + 1;
    let third =
        whole[second + 1..].windows(4).position(|four| four == b"OggS").unwrap() + second + 1;
    let without = [&whole[..second], &whole[third..]].concat();
    assert_eq!(refusal(&without), "the file is damaged: a page is missing");
}

#[test]
fn what_browsers_are_given_reads_back_as_it_was() {
    let samples = tone_at(1_004.0, 8_000);
    let clip = convert(&wav_of(&samples)).unwrap();
    assert_eq!(clip.samples, samples);
}

proptest! {
    /// Nothing that a stranger sends can do more than be refused.
    #[test]
    fn no_bytes_make_it_panic(
        kind in 0..3_u8,
        bytes in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let start: &[u8] = match kind {
            0 => b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1F\0\0",
            1 => b"OggS\0",
            _ => b"",
        };
        let _ = convert(&[start, &bytes].concat());
    }

    /// A good page around bytes that are no Opus.
    #[test]
    fn no_packet_makes_it_panic(packets in prop::collection::vec(
        prop::collection::vec(any::<u8>(), 0..60), 1..6)
    ) {
        let head = b"OpusHead\x01\x01\x38\x01\0\0\0\0\0\0\0".to_vec();
        let mut file = page(0, 2, 0, &[head]);
        file.extend(page(1, 0, 0, &[b"OpusTags".to_vec()]));
        file.extend(page(2, 4, 48_000, &packets));
        let _ = convert(&file);
    }
}
