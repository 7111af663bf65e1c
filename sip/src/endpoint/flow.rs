//! How a message travels: the transports of RFC 3261 §18 and RFC 7118, and one path to one peer.

use std::fmt;
use std::net::SocketAddr;

/// A transport that carries SIP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// RFC 3261 §18: one datagram, one message.
    Udp,
    /// RFC 3261 §18: a stream, framed by Content-Length.
    Tcp,
    /// TCP under TLS.
    Tls,
    /// RFC 7118 in the clear.
    Ws,
    /// RFC 7118 under TLS.
    Wss,
}

impl Transport {
    /// Whether the transport itself delivers or reports: no retransmissions run over it.
    #[must_use]
    pub fn is_reliable(self) -> bool {
        self != Self::Udp
    }

    /// The word that stands in a Via: `UDP`, `TCP`, `TLS`, `WS` or `WSS`.
    #[must_use]
    pub fn via(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
            Self::Ws => "WS",
            Self::Wss => "WSS",
        }
    }

    /// The value of a URI's `transport` parameter; `None` where the default says the same.
    #[must_use]
    pub fn parameter(self) -> Option<&'static str> {
        match self {
            Self::Udp => None,
            Self::Tcp => Some("tcp"),
            Self::Tls => Some("tls"),
            Self::Ws | Self::Wss => Some("ws"),
        }
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.via())
    }
}

/// One path to a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Flow {
    /// What carries it.
    pub transport: Transport,
    /// Our end.
    pub local: SocketAddr,
    /// The peer's end, as packets from it show it.
    pub remote: SocketAddr,
    /// 0 for UDP, else the edge's id of the stream; 0 on a stream asks the edge to connect.
    pub connection: u64,
}

impl Flow {
    /// A UDP path from `local` to `remote`.
    #[must_use]
    pub fn udp(local: SocketAddr, remote: SocketAddr) -> Self {
        Self { transport: Transport::Udp, local, remote, connection: 0 }
    }
}
