//! `[webhooks]`: which servers the switch may ask for the steps of a workflow, and tell of events.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Where requests to servers that administrators name may go (FAULTS S12).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Webhooks {
    /// Networks that are not public and may be reached all the same, without TLS where the URL
    /// says so.
    pub private: Vec<Network>,
}

/// Addresses that begin alike: `10.1.0.0/16`, `fd00::/8`, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network {
    first: IpAddr,
    bits: u8,
}

impl Network {
    /// Whether an address is one of them.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let masked = |bits: u128, width: u8| {
            let free = u32::from(width.saturating_sub(self.bits));
            bits.checked_shr(free).unwrap_or(0)
        };
        match (self.first, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let bits = |address: Ipv4Addr| u128::from(address.to_bits());
                masked(bits(own), 32) == masked(bits(other), 32)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let bits = |address: Ipv6Addr| address.to_bits();
                masked(bits(own), 128) == masked(bits(other), 128)
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || format!("{text:?} is no network such as 10.1.0.0/16 or fd00::/8");
        let (first, bits) = match text.split_once('/') {
            Some((first, bits)) => (first, Some(bits.parse().map_err(|_| expected())?)),
            None => (text, None),
        };
        let first: IpAddr = first.parse().map_err(|_| expected())?;
        let width = if first.is_ipv4() { 32 } else { 128 };
        let bits: u8 = bits.unwrap_or(width);
        if bits > width { Err(expected()) } else { Ok(Self { first, bits }) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.bits)
    }
}

impl TryFrom<String> for Network {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        network.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_holds_the_addresses_that_begin_as_it_does() {
        for (network, inside, outside) in [
            ("10.1.0.0/16", "10.1.255.255", "10.2.0.0"),
            ("192.0.2.7", "192.0.2.7", "192.0.2.8"),
            ("fd00::/8", "fdff::1", "fe00::1"),
            ("0.0.0.0/0", "198.51.100.1", "::1"),
            ("::1", "::1", "127.0.0.1"),
        ] {
            let network: Network = network.parse().unwrap();
            assert!(network.contains(inside.parse().unwrap()), "{network} {inside}");
            assert!(!network.contains(outside.parse().unwrap()), "{network} {outside}");
        }
        for wrong in ["10.1.0.0/33", "10.1", "fd00::/x", ""] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }
}
