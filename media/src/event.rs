//! What the plane tells the brain.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::{
    command::StreamId,
    ears::{Sound, Turn},
    quality::Quality,
    recording::RecordingId,
};

/// One report from the plane. Reports about one stream come in the order things happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// These RTP ports are bound and may be given to [`Ports::add`](crate::Ports::add). One
    /// [`Command::Bind`](crate::Command::Bind) brings one such event from each worker.
    Bound {
        /// Even RTP ports, in the order bound; fewer than asked when the range ran out.
        ports: Vec<u16>,
    },
    /// The first valid packet of the party arrived; once in a stream's life.
    Started {
        /// The stream it arrived on.
        stream: StreamId,
    },
    /// The party's RTP comes from elsewhere than its SDP said, and S8 allowed it; what it hears
    /// is sent there from now on.
    Latched {
        /// The stream that was latched.
        stream: StreamId,
        /// The address learnt.
        remote: SocketAddr,
    },
    /// A prompt reached its end.
    PlayEnded {
        /// The listener.
        stream: StreamId,
        /// From [`Command::Play`](crate::Command::Play).
        tag: u64,
    },
    /// The party pressed a key, by telephone event (RFC 4733) or, where none were agreed, by tone;
    /// once per press.
    Dtmf {
        /// Who pressed.
        stream: StreamId,
        /// `0`–`9`, `*`, `#`, `A`–`D`.
        digit: char,
    },
    /// Something was heard on a stream that is listened to.
    Heard {
        /// Whose voice.
        stream: StreamId,
        /// What.
        sound: Sound,
    },
    /// The party of a stream that is followed began or ceased to speak.
    Spoke {
        /// Whose voice.
        stream: StreamId,
        /// Which, and when.
        turn: Turn,
    },
    /// No valid packet for 3 s although the party may send.
    Quiet {
        /// The silent stream.
        stream: StreamId,
        /// Milliseconds since the last valid packet, or since the stream could first expect one.
        for_ms: u32,
    },
    /// A packet came after [`Event::Quiet`].
    Resumed {
        /// The stream that speaks again.
        stream: StreamId,
    },
    /// How the party of a stream was heard since the last measurement.
    Measured {
        /// Which stream.
        stream: StreamId,
        /// From [`Command::Measure`](crate::Command::Measure).
        tag: u64,
        /// None where nothing came and the party reported nothing.
        quality: Option<Quality>,
    },
    /// How the party of a stream is heard at present: over the time since the RTCP report before
    /// this one, which is 5 s while packets flow.
    Sounds {
        /// Which stream.
        stream: StreamId,
        /// Over that time.
        quality: Quality,
    },
    /// The browser of a stream cannot be reached, is not who it said, said goodbye, or gave no sign
    /// of life for 4 s; once. Its leg should end.
    Gone {
        /// The stream that nobody is at the other end of.
        stream: StreamId,
    },
    /// A stream ended; its port goes back to [`Ports::give_back`](crate::Ports::give_back).
    Closed {
        /// The stream that ended.
        stream: StreamId,
        /// Its RTP port, still bound; that of the door for a browser's.
        port: u16,
        /// What was counted over its life.
        stats: StreamStats,
    },
    /// A recording ended and is on the disk.
    Recorded {
        /// Which.
        recording: RecordingId,
        /// Its length, in slots of 20 ms.
        slots: u64,
        /// Slots that could not be written.
        gaps: u64,
        /// The newest link of its chain: whoever keeps it can prove the file.
        chain: [u8; 32],
    },
    /// A recording cannot be written (its call goes on, the file has a gap), or can be again.
    RecordingTrouble {
        /// Which.
        recording: RecordingId,
        /// Why not; none when it is over.
        trouble: Option<String>,
    },
    /// A command, or one row or source of a route, could not be obeyed and had no effect.
    Failed {
        /// The stream it was for, where there is one.
        stream: Option<StreamId>,
        /// Why not.
        failure: Failure,
    },
}

/// Why a command was not obeyed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Failure {
    /// A worker has more commands waiting than it may hold; send less. `Close` is never refused.
    #[error("a media worker is behind: the command was refused")]
    Overloaded,
    /// The worker that carried the stream has died of a fault of ours; its calls are lost.
    #[error("the media worker of this stream has stopped")]
    WorkerLost,
    /// The plane knows no such stream, or it was closed.
    #[error("no such stream: expected one that was opened and not closed")]
    UnknownStream,
    /// The number is in use.
    #[error("the stream is open already: expected a number never used before")]
    StreamExists,
    /// The port is not bound here, or another stream has it.
    #[error("port {0} is not free here: expected one from Event::Bound")]
    UnknownPort(u16),
    /// A row of a route is longer than [`Route::HEARD_MAX`](crate::Route::HEARD_MAX).
    #[error("{0} sources in one row: expected at most {max}", max = crate::Route::HEARD_MAX)]
    TooManySources(usize),
    /// The prompt is not in the library.
    #[error("no prompt named {0:?}: expected a clip that is stocked or shipped")]
    UnknownPrompt(String),
    /// The plane knows no such recording, or it ended.
    #[error("no such recording ({0}): expected one that was started and not stopped")]
    UnknownRecording(RecordingId),
    /// No folder for recordings is configured.
    #[error("recording is not set up: expected a folder for recordings")]
    NoRecorder,
    /// The operating system refused a port.
    #[error("binding RTP ports: {0}")]
    Bind(String),
}

/// What was counted on one stream, from open to close.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamStats {
    /// Valid packets of the party.
    pub received: u64,
    /// Payload bytes of those.
    pub received_octets: u64,
    /// Packets that never came, by sequence number (RFC 3550 §A.3).
    pub lost: u64,
    /// Packets that came twice.
    pub duplicates: u64,
    /// Packets that came after one with a higher sequence number.
    pub reordered: u64,
    /// Packets from an address that S8 does not allow; dropped.
    pub strays: u64,
    /// Packets of the party that were no RTP we agreed on; dropped.
    pub invalid: u64,
    /// Packets sent to the party.
    pub sent: u64,
    /// Payload bytes of those.
    pub sent_octets: u64,
    /// Interarrival jitter at the end, in microseconds (RFC 3550 §6.4.1).
    pub jitter_us: u32,
    /// Packets that the party says it lost (its last RTCP report), if it said so.
    pub lost_by_party: Option<u32>,
    /// Round trip by RTCP (RFC 3550 §6.4.1), in microseconds, if the party reports.
    pub round_trip_us: Option<u32>,
    /// How the party was heard since the last measurement.
    pub quality: Option<Quality>,
}
