//! Ranges of addresses that an account may come from (R169): `192.0.2.0/24`, `2001:db8::/32`.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// An address and how many of its leading bits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    /// 0..=32 or 0..=128.
    prefix: u8,
}

/// A text that names no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an address or a range such as 192.0.2.0/24")]
pub struct NotANetwork;

impl Network {
    /// Whether an address is within it; an IPv4 address in IPv6 clothes counts as itself.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let (own, width) = bits(self.address);
        let (other, other_width) = bits(address.to_canonical());
        let shift = width - u32::from(self.prefix);
        width == other_width
            && own.checked_shr(shift).unwrap_or(0) == other.checked_shr(shift).unwrap_or(0)
    }
}

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address = address.parse::<IpAddr>().map_err(|_| NotANetwork)?.to_canonical();
        let (own, width) = bits(address);
        let prefix = match prefix {
            // `parse` would take a sign.
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().map_err(|_| NotANetwork)?
            }
            Some(_) => return Err(NotANetwork),
            None => u8::try_from(width).map_err(|_| NotANetwork)?,
        };
        let rest = width.checked_sub(u32::from(prefix)).ok_or(NotANetwork)?;
        // 192.0.2.7/24 is more likely a typing error than 192.0.2.0/24.
        let is_whole = own.checked_shl(128 - rest).unwrap_or(0) == 0;
        if is_whole { Ok(Self { address, prefix }) } else { Err(NotANetwork) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

/// The address as a number, and how many bits it has.
fn bits(address: IpAddr) -> (u128, u32) {
    match address {
        IpAddr::V4(ip) => (u128::from(ip.to_bits()), 32),
        IpAddr::V6(ip) => (ip.to_bits(), 128),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(network: &str, address: &str) -> bool {
        network.parse::<Network>().unwrap().contains(address.parse().unwrap())
    }

    #[test]
    fn a_network_holds_the_addresses_with_its_leading_bits() {
        assert!(contains("192.0.2.0/29", "192.0.2.7") && !contains("192.0.2.0/29", "192.0.2.8"));
        assert!(contains("192.0.2.7", "::ffff:192.0.2.7") && !contains("192.0.2.7", "192.0.2.8"));
        assert!(contains("0.0.0.0/0", "198.51.100.1") && !contains("0.0.0.0/0", "2001:db8::1"));
        assert!(contains("2001:db8::/32", "2001:db8:7::1") && !contains("2001:db8::/32", "::1"));
        assert!(contains("::/0", "2001:db8::1"));
    }

    #[test]
    fn what_names_no_network_is_refused() {
        for text in
            ["", "192.0.2", "192.0.2.0/33", "192.0.2.7/24", "192.0.2.0/+8", "192.0.2.0/", "::/129"]
        {
            assert_eq!(text.parse::<Network>(), Err(NotANetwork), "{text}");
        }
    }
}
