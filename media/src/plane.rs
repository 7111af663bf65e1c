//! The plane as the brain holds it: a table of which worker has which stream, and the queues to
//! the workers.

use std::{
    io,
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
};

use serde::{Deserialize, Serialize};

use crate::{command::Command, event::Event};

/// The running media plane; one in a process.
#[derive(Debug)]
pub struct Plane;

/// How the plane is set up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Address that RTP sockets are bound to.
    pub address: IpAddr,
    /// Ports that may be bound; two are needed for each stream (RTP even, RTCP above it).
    pub ports: PortRange,
    /// Worker threads; 0 means one for every two cores, and at least one.
    pub workers: usize,
    /// Where nothing was sent for this long, one packet of silence is (RFC 6263); seconds, 0
    /// means never.
    pub keep_alive_s: u16,
    /// A folder of `.wav` files (8 kHz, mono, 16 bit) that add to the shipped prompts or replace
    /// those of the same name.
    pub prompts: Option<PathBuf>,
    /// Seeds SSRCs, sequence numbers and the choice of ports; draw it from the system's randomness.
    #[serde(skip)]
    pub seed: [u8; 32],
}

/// A range of UDP ports, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortRange {
    /// Lowest; 1024 or more.
    pub first: u16,
    /// Highest.
    pub last: u16,
}

impl PortRange {
    /// Whether `port` lies in the range.
    #[must_use]
    pub fn contains(&self, port: u16) -> bool {
        (self.first..=self.last).contains(&port)
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            address: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            ports: PortRange { first: 16_384, last: 32_767 },
            workers: 0,
            keep_alive_s: 15,
            prompts: None,
            seed: [0; 32],
        }
    }
}

impl Plane {
    /// Loads the prompts and starts the workers. `events` is called on their threads and must not
    /// block.
    pub fn start(
        config: Config,
        events: impl Fn(Event) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        todo!("{config:?} {}", std::mem::size_of_val(&events))
    }

    /// Hands a command over; never blocks. A worker with too many commands waiting refuses new
    /// work with [`Failure::Overloaded`](crate::Failure::Overloaded), but never a `Close`.
    pub fn send(&mut self, command: Command) {
        todo!("{command:?}")
    }

    /// Ends all streams and waits for the workers.
    pub fn stop(self) {
        todo!()
    }
}
