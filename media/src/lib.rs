//! The media plane: SDP, RTP, codecs, sessions as pure machines, and the workers that own sockets.
//!
//! ```text
//!   brain ──Command──▶ Plane ──▶ worker (sockets, clock) ──▶ Session (pure: packets + time)
//!         ◀──Event───────────────┘
//! ```
//! [`sdp`] and [`Ports`] are pure and live in the brain, so that an INVITE is answered in the pass
//! that read it. Everything else reaches the plane as a [`Command`] and comes back as an
//! [`Event`]: plain serde values, one way, no reply awaited. The crate knows no SIP and no routing.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test fails by panicking"
    )
)]

mod codec;
mod command;
mod country;
mod dtls;
mod dtmf;
pub mod ears;
mod event;
pub mod g711;
pub mod g722;
pub mod intake;
pub mod library;
mod opus;
mod plane;
mod ports;
pub mod prompt;
mod quality;
pub mod recording;
mod room;
mod route;
pub mod rtcp;
pub mod rtp;
pub mod sdp;
pub mod session;
pub mod srtp;
pub mod stun;
pub mod tone;
mod worker;

pub use command::{Command, StreamId};
pub use country::Country;
pub use dtls::Identity;
pub use ears::Turn;
pub use event::{Event, Failure, StreamStats};
pub use plane::{Config, Plane, PortRange, Recordings, WebDoor};
pub use ports::Ports;
pub use prompt::{Prompt, PromptId, Samples, Signal, Standing};
pub use quality::Quality;
pub use recording::RecordingId;
pub use room::{Full, Role, Room, Seat};
pub use route::{Heard, Route, Row};
pub use worker::file_of;
