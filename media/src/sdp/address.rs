//! Which addresses a peer may name in `c=`, `m=` and `a=rtcp` (FAULTS S7).

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::{Policy, SdpError};

impl Policy {
    /// Refuses an address that would turn us against ourselves or a crowd; `line` is where the
    /// peer named it. The unspecified address passes: it is the old spelling of hold, and nothing
    /// is ever sent there.
    pub(super) fn check(&self, remote: SocketAddr, line: &str) -> Result<(), SdpError> {
        let refuse = |expected| Err(SdpError::Forbidden { line: line.to_owned(), expected });
        // `::ffff:127.0.0.1` is loopback too.
        let ip = remote.ip().to_canonical();
        if ip.is_multicast() || ip == IpAddr::V4(Ipv4Addr::BROADCAST) {
            return refuse("a unicast address");
        }
        if ip.is_loopback() && !self.allow_loopback {
            return refuse("an address outside this host");
        }
        if remote.port() < PORT_MIN {
            return refuse("a port of 1024 or above");
        }
        match self.own {
            Some((own, ports)) if own.to_canonical() == ip && ports.contains(remote.port()) => {
                refuse("an address that is not ours")
            }
            _ => Ok(()),
        }
    }
}

const PORT_MIN: u16 = 1024;
