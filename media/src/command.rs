//! What the brain may ask of the plane. Plain data; obeyed in the order sent, never answered
//! except by [`Event`](crate::Event)s.

use std::{fmt, net::IpAddr};

use serde::{Deserialize, Serialize};

use crate::{
    ears::listen::Listen,
    prompt::{Prompt, PromptId, Samples},
    recording::RecordingId,
    route::Route,
    sdp::Negotiated,
};

/// One RTP stream pair with one party; chosen by the brain and never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StreamId(pub u64);

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "stream {}", self.0)
    }
}

/// One order from the brain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Bind this many more RTP ports (each with the RTCP port above it); answered by
    /// [`Event::Bound`](crate::Event::Bound).
    Bind {
        /// RTP ports wanted, spread over the workers.
        count: u16,
    },
    /// Start a stream on a bound port.
    Open {
        /// A number never used before.
        stream: StreamId,
        /// From [`Ports::take`](crate::Ports::take); for a browser the one port that all share.
        port: u16,
        /// What offer and answer agreed.
        negotiated: Negotiated,
        /// Where the party's signalling comes from: behind NAT its RTP is learnt from there (S8).
        signalling: IpAddr,
    },
    /// A later offer and answer changed address, codec or direction (hold, resume, re-INVITE).
    Update {
        /// An open stream.
        stream: StreamId,
        /// What the latest offer and answer agreed.
        negotiated: Negotiated,
    },
    /// The party of a stream is missed: latch to whoever speaks next from an address that S8
    /// allows, whatever its SSRC. Of a browser nothing changes: its checks prove where it is.
    Latch {
        /// An open stream.
        stream: StreamId,
    },
    /// Set who hears whom; every row takes effect between two packets, all at once.
    Route(Route),
    /// Play to the party of a stream. It hears the prompt *instead of* its row, which is kept and
    /// heard again at the end. A second `Play` replaces the first.
    Play {
        /// The listener.
        stream: StreamId,
        /// What is played; [`Prompt::Silence`] has no end.
        prompt: Prompt,
        /// Start over at the end, until [`Command::StopPlay`].
        repeat: bool,
        /// Comes back in [`Event::PlayEnded`](crate::Event::PlayEnded), which only a prompt that
        /// reached its end sends: not one that was stopped or replaced.
        tag: u64,
    },
    /// Have a clip at hand from now on, or no longer. It goes before a shipped one of its name,
    /// which is heard again when it is gone. What plays goes on with the samples that it began
    /// with.
    Stock {
        /// Its name.
        clip: PromptId,
        /// How it sounds; none: it is gone.
        samples: Option<Samples>,
    },
    /// Press keys towards the party of a stream: as telephone events where they were agreed (RFC
    /// 4733), else as tones.
    Press {
        /// Who shall receive them.
        stream: StreamId,
        /// `0`–`9`, `*`, `#`, `A`–`D`; whatever else is left out, as is what follows the 64th.
        digits: String,
    },
    /// End the prompt of a stream, if one plays; its row is heard at once.
    StopPlay {
        /// The listener.
        stream: StreamId,
    },
    /// Listen to what the party of a stream says, from now on and from the beginning, which is the
    /// answer of a call; answered by [`Event::Heard`](crate::Event::Heard)s. None stops it.
    Listen {
        /// The party.
        stream: StreamId,
        /// What for.
        listen: Option<Listen>,
    },
    /// Tell from now on when the party of a stream begins and ceases to speak, by
    /// [`Event::Spoke`](crate::Event::Spoke), or no more.
    Follow {
        /// The party.
        stream: StreamId,
        /// Whether to.
        follow: bool,
    },
    /// Record streams on two channels, or change whom a recording hears. What a party hears, a
    /// whisper for one, is no part of it: only what is named here. It goes on, in silence, when
    /// its streams have closed.
    Record {
        /// A number never used before, or that of a recording that runs.
        recording: RecordingId,
        /// Agents, then customers; several on one channel are heard together.
        channels: [Vec<StreamId>; 2],
    },
    /// Keep what is said from now on out of a recording, or let it in again (FAULTS S18).
    Mask {
        /// One that runs.
        recording: RecordingId,
        /// Silence and a mark are written instead.
        masked: bool,
    },
    /// End a recording; one that is kept is answered by
    /// [`Event::Recorded`](crate::Event::Recorded).
    StopRecord {
        /// One that runs.
        recording: RecordingId,
        /// Otherwise its file is removed, and nothing of it is told.
        keep: bool,
    },
    /// Tell how the party was heard since the last `Measure`, or since the stream was opened, and
    /// begin anew; answered by [`Event::Measured`](crate::Event::Measured). A party that is silent
    /// is missed again in [`Event::Quiet`](crate::Event::Quiet) when it stays so.
    Measure {
        /// An open stream.
        stream: StreamId,
        /// Comes back in the answer.
        tag: u64,
    },
    /// End a stream; answered by [`Event::Closed`](crate::Event::Closed). Rows that name it go.
    Close {
        /// An open stream.
        stream: StreamId,
    },
}
