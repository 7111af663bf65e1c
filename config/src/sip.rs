//! `[sip]`: where telephones and trunks reach the switch.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

/// The SIP listeners and the names the switch goes by.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sip {
    /// Addresses listened on over UDP.
    pub udp: Vec<SocketAddr>,
    /// Addresses listened on over TCP.
    pub tcp: Vec<SocketAddr>,
    /// Addresses listened on over TLS.
    pub tls: Vec<SocketAddr>,
    /// Addresses listened on for WebSockets in the clear (RFC 7118): behind a proxy, or loopback.
    pub ws: Vec<SocketAddr>,
    /// Addresses listened on for WebSockets under TLS.
    pub wss: Vec<SocketAddr>,
    /// The path at which the `[http]` listener takes SIP WebSockets too, and the only one at which
    /// `ws` and `wss` do.
    pub websocket_path: String,
    /// Origins of pages that may open a SIP WebSocket, beside our own.
    pub websocket_origins: Vec<String>,
    /// The host telephones register at; see [`Sip::domain`] for its default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<HostName>,
    /// The digest realm. Every stored credential is bound to it: a new realm needs new secrets.
    pub realm: String,
    /// The address others see this machine at, when a NAT or a wildcard listener hides it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_address: Option<IpAddr>,
    /// A STUN server that is asked for the public address, where none is written: a host, with
    /// its port where that is not 3478.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stun_server: Option<String>,
}

impl Default for Sip {
    fn default() -> Self {
        let loopback = SocketAddr::from(([127, 0, 0, 1], 5060));
        Self {
            udp: vec![loopback],
            tcp: vec![loopback],
            tls: vec![],
            ws: vec![],
            wss: vec![],
            websocket_path: "/sip".to_owned(),
            websocket_origins: vec![],
            domain: None,
            realm: "cordboard".to_owned(),
            public_address: None,
            stun_server: None,
        }
    }
}

impl Sip {
    /// The host telephones register at: `domain`, else the public address, else the first
    /// listener's address.
    #[must_use]
    pub fn domain(&self) -> String {
        match (&self.domain, self.public_address) {
            (Some(name), _) => name.to_string(),
            (None, Some(address)) => bracketed(address),
            (None, None) => bracketed(self.first_listener().ip()),
        }
    }

    /// The first UDP listener, else the first over TCP, TLS, WSS or WS, else the default one.
    #[must_use]
    pub fn first_listener(&self) -> SocketAddr {
        let first = self.listeners().next().map(|(_, at)| at);
        first.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 5060)))
    }

    /// Every listener with its key.
    pub(crate) fn listeners(&self) -> impl Iterator<Item = (Keys, SocketAddr)> {
        let udp = self.udp.iter().map(|at| (&["sip.udp"] as Keys, *at));
        udp.chain(self.streams())
    }

    /// Every listener that takes a TCP port.
    pub(crate) fn streams(&self) -> impl Iterator<Item = (Keys, SocketAddr)> {
        let all: [(Keys, _); 4] = [
            (&["sip.tcp"], &self.tcp),
            (&["sip.tls"], &self.tls),
            (&["sip.wss"], &self.wss),
            (&["sip.ws"], &self.ws),
        ];
        all.into_iter().flat_map(|(keys, listeners)| listeners.iter().map(move |at| (keys, *at)))
    }
}

/// Keys that a message may point at.
type Keys = &'static [&'static str];

/// An IPv6 host in a URI stands in brackets (RFC 3986 §3.2.2).
fn bracketed(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

/// A DNS name as RFC 1123 §2.1 writes it, or an IPv4 address.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct HostName(String);

impl TryFrom<String> for HostName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        if name.len() <= 253 && name.split('.').all(label) {
            Ok(Self(name))
        } else {
            Err(format!("expected a host name such as \"pbx.example.com\", got {name:?}"))
        }
    }
}

impl From<HostName> for String {
    fn from(name: HostName) -> Self {
        name.0
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3986 §3.2.2.
    #[test]
    fn a_domain_taken_from_an_ipv6_listener_is_bracketed() {
        let sip = Sip { udp: vec!["[2001:db8::1]:5060".parse().unwrap()], ..Sip::default() };
        assert_eq!(sip.domain(), "[2001:db8::1]");
    }

    #[test]
    fn a_public_address_names_the_switch_unless_a_domain_does() {
        let mut sip = Sip { public_address: Some([203, 0, 113, 7].into()), ..Sip::default() };
        assert_eq!(sip.domain(), "203.0.113.7");
        sip.domain = Some(HostName::try_from("pbx.example.com".to_owned()).unwrap());
        assert_eq!(sip.domain(), "pbx.example.com");
    }

    /// RFC 1123 §2.1: labels of letters, digits and inner hyphens, 63 bytes each.
    #[test]
    fn a_host_name_with_a_line_break_or_an_empty_label_is_refused() {
        for name in ["", "a..b", "-a.b", "a-.b", "a b", "a\r\nVia: x", "sip:a", &"a".repeat(64)] {
            assert!(HostName::try_from(name.to_owned()).is_err(), "{name:?}");
        }
    }
}
