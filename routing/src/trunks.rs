//! Trunks: the ways to and from carriers, and what each may carry.
//!
//! FAULTS S4: a destination is denied unless it is listed, and an INVITE from a source that is no
//! trunk's never reaches one.

use crate::ids::TrunkId;
use crate::invalid::{self, Invalid};
use crate::number::Number;
use crate::queues::within;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// A trunk to a carrier, known by its addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trunk {
    /// The id.
    pub id: TrunkId,
    /// The name; unique.
    pub name: String,
    /// Where calls are sent, in the order they are tried; 1 to 8.
    pub addresses: Vec<TrunkAddress>,
    /// Sources whose INVITEs are this carrier's; none is the addresses that are IPs.
    #[serde(default)]
    pub sources: Vec<IpAddr>,
    /// Which number is presented on this trunk.
    #[serde(default)]
    pub cli: CliRule,
    /// Calls at once, both ways; 1..=100 000.
    #[serde(default = "calls_max")]
    pub calls_max: u32,
    /// New outbound calls a second; 1..=1 000.
    #[serde(default = "cps_max")]
    pub cps_max: u32,
    /// Codecs offered, best first.
    #[serde(default = "codecs")]
    pub codecs: Vec<Codec>,
    /// Country codes or longer prefixes that may be dialled, as digits; none is nothing at all.
    #[serde(default)]
    pub destinations: Vec<String>,
    /// Carries calls now.
    #[serde(default = "enabled")]
    pub enabled: bool,
}

impl Trunk {
    /// Checks all that a trunk can tell by itself.
    pub fn validate(&self) -> Result<(), Invalid> {
        invalid::line("name", &self.name, 128)?;
        if !(1..=8).contains(&self.addresses.len()) {
            return Err(Invalid::new("addresses", "must hold 1 to 8 addresses"));
        }
        for (index, address) in self.addresses.iter().enumerate() {
            address.validate(index)?;
        }
        if self.sources.len() > 64 {
            return Err(Invalid::new("sources", "may hold at most 64 addresses"));
        }
        within("calls_max", self.calls_max, 1, 100_000)?;
        within("cps_max", self.cps_max, 1, 1_000)?;
        if self.codecs.is_empty() {
            return Err(Invalid::new("codecs", "must hold at least one codec"));
        }
        if self.destinations.len() > 512 {
            return Err(Invalid::new("destinations", "may hold at most 512 prefixes"));
        }
        for (index, prefix) in self.destinations.iter().enumerate() {
            let digits = prefix.bytes().all(|b| b.is_ascii_digit());
            if !digits || !(1..=15).contains(&prefix.len()) {
                let field = format!("destinations[{index}]");
                return Err(Invalid::new(field, "expected 1 to 15 digits, as 44"));
            }
        }
        Ok(())
    }

    /// Whether `number` may be dialled over this trunk.
    #[must_use]
    pub fn reaches(&self, number: Number) -> bool {
        let digits = number.digits();
        self.enabled && self.destinations.iter().any(|prefix| digits.starts_with(prefix.as_str()))
    }

    /// Whether an INVITE from `source` is this carrier's.
    #[must_use]
    pub fn admits(&self, source: IpAddr) -> bool {
        let source = source.to_canonical();
        self.enabled && self.source_addresses().any(|ip| ip.to_canonical() == source)
    }

    /// The IPs this trunk's calls may come from.
    pub fn source_addresses(&self) -> impl Iterator<Item = IpAddr> + '_ {
        let implied = self.addresses.iter().filter(|_| self.sources.is_empty());
        self.sources.iter().copied().chain(implied.filter_map(|a| a.host.parse().ok()))
    }

    /// The number presented on this trunk when the call's own would be `chosen`.
    #[must_use]
    pub fn presents(&self, chosen: Number) -> Number {
        match self.cli {
            CliRule::Chosen => chosen,
            CliRule::Fixed { number } => number,
        }
    }
}

/// Where a trunk is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrunkAddress {
    /// An IP, or a name to resolve.
    pub host: String,
    /// The port; 1..=65 535.
    #[serde(default = "port")]
    pub port: u16,
    /// The transport.
    #[serde(default)]
    pub transport: Transport,
}

impl TrunkAddress {
    fn validate(&self, index: usize) -> Result<(), Invalid> {
        let name = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'.' | b'_');
        let sound = self.host.parse::<IpAddr>().is_ok()
            || ((1..=253).contains(&self.host.len()) && self.host.bytes().all(name));
        if !sound {
            let field = format!("addresses[{index}].host");
            return Err(Invalid::new(field, "expected an IP address or a host name"));
        }
        if self.port == 0 {
            return Err(Invalid::new(format!("addresses[{index}].port"), "must not be 0"));
        }
        Ok(())
    }
}

/// How a trunk is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// SIP over UDP.
    #[default]
    Udp,
    /// SIP over TCP.
    Tcp,
    /// SIP over TLS.
    Tls,
}

/// Which number a trunk presents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case", deny_unknown_fields)]
pub enum CliRule {
    /// The call's own, by [`crate::effective_cli`].
    #[default]
    Chosen,
    /// Always this one: some carriers accept no other.
    Fixed {
        /// The number.
        number: Number,
    },
}

/// A codec that a trunk may be offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Codec {
    /// G.711 µ-law.
    Pcmu,
    /// G.711 A-law.
    Pcma,
    /// G.722.
    G722,
    /// Opus.
    Opus,
}

fn calls_max() -> u32 {
    100
}

fn cps_max() -> u32 {
    10
}

fn codecs() -> Vec<Codec> {
    vec![Codec::Pcma, Codec::Pcmu]
}

fn enabled() -> bool {
    true
}

fn port() -> u16 {
    5060
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn trunk() -> Trunk {
        serde_json::from_value(serde_json::json!({
            "id": Uuid::from_u128(9), "name": "Carrier",
            "addresses": [{ "host": "192.0.2.10" }, { "host": "sip.example.net", "port": 5080 }],
            "destinations": ["1555", "44"],
        }))
        .unwrap()
    }

    /// FAULTS S4: destinations are denied by default.
    #[test]
    fn a_trunk_reaches_what_is_listed_and_nothing_else() {
        let trunk = trunk();
        assert_eq!(trunk.validate(), Ok(()));
        assert!(trunk.reaches("+15550100123".parse().unwrap()));
        assert!(trunk.reaches("+442079460123".parse().unwrap()));
        assert!(!trunk.reaches("+19005550123".parse().unwrap()));
        let open = Trunk { destinations: vec![], ..trunk.clone() };
        assert!(!open.reaches("+15550100123".parse().unwrap()));
        assert!(!Trunk { enabled: false, ..trunk }.reaches("+15550100123".parse().unwrap()));
    }

    /// FAULTS S4: an INVITE from an unknown source is no trunk's.
    #[test]
    fn a_trunk_admits_its_own_addresses_or_its_listed_sources() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let trunk = trunk();
        assert!(trunk.admits(ip("192.0.2.10")));
        assert!(trunk.admits(ip("::ffff:192.0.2.10")));
        assert!(!trunk.admits(ip("192.0.2.11")));
        let listed = Trunk { sources: vec![ip("198.51.100.1")], ..trunk };
        assert!(listed.admits(ip("198.51.100.1")));
        assert!(!listed.admits(ip("192.0.2.10")), "a list replaces what the addresses imply");
    }

    #[test]
    fn a_carrier_that_takes_one_cli_only_gets_that_one() {
        let (own, fixed) = ("+15550100101".parse().unwrap(), "+15550100199".parse().unwrap());
        assert_eq!(trunk().presents(own), own);
        let forced = Trunk { cli: CliRule::Fixed { number: fixed }, ..trunk() };
        assert_eq!(forced.presents(own), fixed);
    }

    #[test]
    fn a_wrong_trunk_names_the_field_down_to_the_entry() {
        let told = |change: fn(&mut Trunk)| {
            let mut trunk = trunk();
            change(&mut trunk);
            trunk.validate().unwrap_err().to_string()
        };
        assert_eq!(told(|t| t.addresses.clear()), "addresses: must hold 1 to 8 addresses");
        assert_eq!(
            told(|t| t.addresses[1].host = "sip host\r\n".into()),
            "addresses[1].host: expected an IP address or a host name"
        );
        assert_eq!(told(|t| t.addresses[0].port = 0), "addresses[0].port: must not be 0");
        assert_eq!(told(|t| t.cps_max = 0), "cps_max: must be from 1 to 1000");
        assert_eq!(
            told(|t| t.destinations.push("+44".into())),
            "destinations[2]: expected 1 to 15 digits, as 44"
        );
    }
}
