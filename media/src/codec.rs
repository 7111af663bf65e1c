//! What a stream's payload decodes to and is encoded from: samples of 8 kHz, the rate of everything
//! that is mixed, played and recorded.
//!
//! A codec with memory has one decoder for each party and one encoder for each listener. Where both
//! ends of a relay speak the same codec, neither is asked, and what is wide stays wide.

use crate::{
    g711::Law,
    g722,
    opus::{self, Speech},
    sdp::Codec,
};

/// Of one party, receiving.
#[derive(Debug)]
pub(crate) enum Decoder {
    /// Sample by sample.
    Law(Law),
    /// The low band.
    G722(Box<g722::Decoder>),
    /// In order, with what repairs it.
    Opus(Box<opus::Decoder>),
}

/// Towards one party, sending.
#[derive(Debug)]
pub(crate) enum Encoder {
    /// Sample by sample.
    Law(Law),
    /// With silence in the high band.
    G722(Box<g722::Encoder>),
    /// Of 4 kHz.
    Opus(Box<opus::Encoder>),
}

impl Decoder {
    pub(crate) fn of(codec: Codec) -> Self {
        match codec {
            Codec::Pcmu => Self::Law(Law::Mu),
            Codec::Pcma => Self::Law(Law::A),
            Codec::G722 => Self::G722(Box::default()),
            Codec::Opus => Self::Opus(Box::new(opus::Decoder::new())),
        }
    }

    /// Appends what a packet of this index holds, and before it what it knows of one that was lost;
    /// how many samples those are.
    pub(crate) fn decode(&mut self, index: u64, payload: &[u8], out: &mut Vec<i16>) -> usize {
        match self {
            Self::Law(law) => out.extend(payload.iter().map(|code| law.decode(*code))),
            Self::G722(decoder) => decoder.decode_narrow(payload, out),
            Self::Opus(decoder) => return decoder.decode(index, payload, out),
        }
        0
    }
}

impl Encoder {
    pub(crate) fn of(codec: Codec) -> Self {
        match codec {
            Codec::Pcmu => Self::Law(Law::Mu),
            Codec::Pcma => Self::Law(Law::A),
            Codec::G722 => Self::G722(Box::default()),
            Codec::Opus => Self::Opus(Box::new(opus::Encoder::new())),
        }
    }

    /// Whether it may cease while nobody speaks, from now on; codecs that cannot go on as ever.
    pub(crate) fn cease(&mut self, ceases: bool) {
        if let Self::Opus(encoder) = self {
            encoder.cease(ceases);
        }
    }

    /// Appends the payload of a frame.
    pub(crate) fn encode(&mut self, frame: &[i16], out: &mut Vec<u8>) {
        match self {
            Self::Law(law) => out.extend(frame.iter().map(|sample| law.encode(*sample))),
            Self::G722(encoder) => encoder.encode_narrow(frame, out),
            Self::Opus(encoder) => encoder.encode(frame, out),
        }
    }
}

impl Codec {
    /// What a packet says of its party's voice; G.711 and G.722 say nothing of it.
    pub(crate) fn speech(self, payload: &[u8]) -> Speech {
        if self == Self::Opus { opus::speech(payload) } else { Speech::Possible }
    }
}
