//! The demo: a simulated carrier with its customers, and simulated agents, around a real switch.
//!
//! All of them are SIP peers on loopback with sockets of their own. What they hear proves what the
//! switch claims: every party's voice carries a signature, and a call counts as verified when both
//! ends heard each other's and no other.
//!
//! ```text
//!   customers ── carrier ══ SIP, RTP ══▶ the switch ◀══ SIP, RTP ══ telephones ── agents
//!       │           │                        │ live events                │          │
//!       └─ Parties ─┴── CallRecord ─▶ Witness, Tally ◀── Feed ────────────┴─ Parties ┘
//! ```
//! The parts serve whole-system tests as well: [`carrier`], [`party`], [`agent`].

pub mod agent;
pub mod board;
pub mod carrier;
pub mod clips;
pub mod ear;
pub mod furnish;
pub mod leads;
pub mod outcomes;
pub mod party;
pub mod report;
mod run;
pub mod scene;
pub mod signalling;
pub mod signature;
pub mod stage;
pub mod status;
pub mod voice;
pub mod welcome;
pub mod witness;

pub use run::run;
