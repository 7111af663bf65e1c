//! Via: RFC 3261 §20.42, with the `rport` of RFC 3581.

use std::fmt;
use std::net::IpAddr;

use crate::header::Name;
use crate::header::params::Params;
use crate::header::text::{decimal, is_token, trim};
use crate::message::Malformed;
use crate::uri::{Host, host_and_port};

/// How a hop was, or is to be, reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// A stream.
    Tcp,
    /// A stream over TLS.
    Tls,
    /// WebSocket, RFC 7118.
    Ws,
    /// WebSocket over TLS, RFC 7118.
    Wss,
    /// One this switch does not speak: SCTP, TLS-SCTP or unheard of.
    Other,
}

impl Transport {
    /// The transport of a token, in any case.
    #[must_use]
    pub fn parse(token: &str) -> Self {
        const KNOWN: [Transport; 5] =
            [Transport::Udp, Transport::Tcp, Transport::Tls, Transport::Ws, Transport::Wss];
        let named = |transport: &Self| {
            transport.as_str().is_some_and(|text| text.eq_ignore_ascii_case(token))
        };
        KNOWN.into_iter().find(named).unwrap_or(Self::Other)
    }

    /// Upper case, as Via has it; `None` for [`Transport::Other`].
    #[must_use]
    pub const fn as_str(self) -> Option<&'static str> {
        match self {
            Self::Udp => Some("UDP"),
            Self::Tcp => Some("TCP"),
            Self::Tls => Some("TLS"),
            Self::Ws => Some("WS"),
            Self::Wss => Some("WSS"),
            Self::Other => None,
        }
    }

    /// Whether the transport itself resends and orders, so that timers A, E and G stay off.
    #[must_use]
    pub const fn is_reliable(self) -> bool {
        !matches!(self, Self::Udp)
    }

    /// 5061 for TLS and WSS, else 5060 (RFC 3261 §19.1.2).
    #[must_use]
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Tls | Self::Wss => 5061,
            _ => 5060,
        }
    }
}

/// One hop of a request's path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Via<'a> {
    /// How the hop sent it.
    pub transport: Transport,
    /// The transport as sent, also when it is [`Transport::Other`].
    pub transport_text: &'a str,
    /// The sender's own idea of its host.
    pub host: Host<'a>,
    /// The port beside it; `None` means the transport's default.
    pub port: Option<u16>,
    /// `branch`, `received`, `rport`, `maddr`, …
    pub params: Params<'a>,
}

/// The `rport` parameter of RFC 3581.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rport {
    /// Asked for, not yet filled in.
    Requested,
    /// The port the request came from.
    Port(u16),
}

impl<'a> Via<'a> {
    /// Reads one Via value.
    pub fn parse(text: &'a str) -> Result<Self, Malformed> {
        const FAULT: Malformed = Malformed::header(Name::Via, "SIP/2.0/transport host:port;params");
        let (name, rest) = text.split_once('/').ok_or(FAULT)?;
        let (version, rest) = rest.split_once('/').ok_or(FAULT)?;
        if !trim(name).eq_ignore_ascii_case("SIP") || trim(version) != "2.0" {
            return Err(FAULT);
        }
        let rest = rest.trim_start_matches([' ', '\t']);
        let (transport, rest) = rest.split_once([' ', '\t']).ok_or(FAULT)?;
        if !is_token(transport) {
            return Err(FAULT);
        }
        let (sent_by, params) = rest.split_at(rest.find(';').unwrap_or(rest.len()));
        let (host, port) = host_and_port(trim(sent_by)).ok_or(FAULT)?;
        let params = Params::new(params);
        if !params.is_well_formed() {
            return Err(Malformed::header(Name::Via, "parameters as ;name=value"));
        }
        let known = Transport::parse(transport);
        Ok(Self { transport: known, transport_text: transport, host, port, params })
    }

    /// The transaction's name at that hop; `None` from an RFC 2543 element.
    #[must_use]
    pub fn branch(&self) -> Option<&'a str> {
        self.params.value("branch").filter(|branch| !branch.is_empty())
    }

    /// Whether the branch starts with the RFC 3261 cookie `z9hG4bK` and goes on after it.
    #[must_use]
    pub fn has_magic_branch(&self) -> bool {
        const COOKIE: &str = "z9hG4bK";
        let start = self.branch().and_then(|branch| branch.get(..COOKIE.len()));
        start.is_some_and(|start| start.eq_ignore_ascii_case(COOKIE))
            && self.branch().is_some_and(|branch| branch.len() > COOKIE.len())
    }

    /// The address the next hop saw, with or without brackets.
    #[must_use]
    pub fn received(&self) -> Option<IpAddr> {
        let text = self.params.value("received")?;
        text.trim_start_matches('[').trim_end_matches(']').parse().ok()
    }

    /// RFC 3581 §3: the port the next hop saw, or the wish to be told.
    #[must_use]
    pub fn rport(&self) -> Option<Rport> {
        match self.params.value("rport")? {
            "" => Some(Rport::Requested),
            port => Some(Rport::Port(u16::try_from(decimal(port)?).ok()?)),
        }
    }

    /// The multicast or fixed address a response must go to instead (RFC 3261 §18.2.2).
    #[must_use]
    pub fn maddr(&self) -> Option<&'a str> {
        self.params.value("maddr")
    }

    /// The port a response goes to when nothing better is known.
    #[must_use]
    pub fn port_or_default(&self) -> u16 {
        self.port.unwrap_or(self.transport.default_port())
    }
}

impl fmt::Display for Via<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SIP/2.0/{} {}", self.transport_text, self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        self.params.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_via_reads_to_its_parts_and_prints_back() {
        let text =
            "SIP/2.0/TCP [2001:db8::1]:5070;rport=99;received=2001:db8::2;branch=z9hG4bKx;ttl=1";
        let via = Via::parse(text).unwrap();
        assert_eq!((via.transport, via.port), (Transport::Tcp, Some(5070)));
        assert_eq!(via.host, Host::V6("2001:db8::1".parse().unwrap()));
        assert_eq!(via.rport(), Some(Rport::Port(99)));
        assert_eq!(via.received(), Some("2001:db8::2".parse().unwrap()));
        assert!(via.has_magic_branch() && via.transport.is_reliable());
        assert_eq!(via.to_string(), text);
    }

    #[test]
    fn old_and_odd_vias_are_told_apart() {
        let via = Via::parse("SIP/2.0/TLS-SCTP h ; rport ; branch=1").unwrap();
        assert_eq!((via.transport, via.transport_text), (Transport::Other, "TLS-SCTP"));
        assert_eq!((via.branch(), via.has_magic_branch()), (Some("1"), false));
        assert_eq!(via.rport(), Some(Rport::Requested));
        let tls = Via::parse("sip/2.0/wss h.invalid").unwrap();
        assert_eq!((tls.transport, tls.port_or_default()), (Transport::Wss, 5061));
        for text in ["", "SIP/2.0/UDP", "SIP/2.0/UDP ", "SIP/3.0/UDP h", "UDP h", "SIP/2.0/U/P h"] {
            assert_eq!(Via::parse(text).unwrap_err().header, Some(Name::Via), "{text}");
        }
        for text in ["SIP/2.0/UDP h:0", "SIP/2.0/UDP h x", "SIP/2.0/UDP h;a=\"", "SIP/2.0/UDP a@b"]
        {
            assert!(Via::parse(text).is_err(), "{text}");
        }
    }
}
