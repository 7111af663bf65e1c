//! Trunks: the ways to and from carriers, and what each may carry.
//!
//! FAULTS S4: a destination is denied unless it is listed, and an INVITE from a source that is no
//! trunk's never reaches one.

mod health;
mod identity;
mod meter;
mod numbers;
mod order;
mod rate;

pub use health::{Failure, Health};
pub use identity::{Asserted, Diverted, FromRule, IdentityRule};
pub use meter::{DailyCap, Price, Spent};
pub use numbers::{NumberFormat, NumberRule, UriForm};
pub use order::{Rank, order};
pub use rate::Rate;

use crate::ids::TrunkId;
use crate::invalid::{self, Invalid};
use crate::number::Number;
use crate::queues::within;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};

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
    /// How it is told who calls.
    #[serde(default)]
    pub identity: IdentityRule,
    /// How numbers are written towards it and read from it.
    #[serde(default)]
    pub numbers: NumberRule,
    /// The domain it wants in From, To and the Request-URI; none is the realm and its address.
    #[serde(default)]
    pub domain: Option<String>,
    /// How we register with it; none where it knows us by our address.
    #[serde(default)]
    pub registration: Option<TrunkRegistration>,
    /// Of a campaign's trunks the one with the lower priority is tried first.
    #[serde(default)]
    pub priority: u16,
    /// Its share of the calls among those of its priority; where all are 0 the campaign's order
    /// counts.
    #[serde(default)]
    pub weight: u16,
    /// How long it may be silent after an INVITE before the next way is tried; 500..=32 000.
    #[serde(default = "silence_ms")]
    pub silence_ms: u32,
    /// How often it is asked by OPTIONS whether it is there; 5..=3 600, 0 is never.
    #[serde(default = "probe_s")]
    pub probe_s: u32,
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
    /// What it may carry in a day.
    #[serde(default)]
    pub daily: DailyCap,
    /// Whether audio is protected by SRTP.
    #[serde(default)]
    pub srtp: Srtp,
    /// Carries calls now.
    #[serde(default = "enabled")]
    pub enabled: bool,
}

impl Trunk {
    /// A trunk with the defaults of everything else.
    #[must_use]
    pub fn new(id: TrunkId, name: impl Into<String>, addresses: Vec<TrunkAddress>) -> Self {
        Self {
            id,
            name: name.into(),
            addresses,
            sources: vec![],
            cli: CliRule::default(),
            identity: IdentityRule::default(),
            numbers: NumberRule::default(),
            domain: None,
            registration: None,
            priority: 0,
            weight: 0,
            silence_ms: silence_ms(),
            probe_s: probe_s(),
            calls_max: calls_max(),
            cps_max: cps_max(),
            codecs: codecs(),
            destinations: vec![],
            daily: DailyCap::default(),
            srtp: Srtp::default(),
            enabled: true,
        }
    }

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
        within("silence_ms", self.silence_ms, 500, 32_000)?;
        if self.probe_s != 0 {
            within("probe_s", self.probe_s, 5, 3_600)?;
        }
        if self.domain.as_deref().is_some_and(|domain| !is_host(domain)) {
            return Err(Invalid::new("domain", "expected an IP address or a host name"));
        }
        self.numbers.validate()?;
        self.daily.validate()?;
        if let Some(registration) = &self.registration {
            registration.validate()?;
        } else if self.identity.from == FromRule::Account {
            return Err(Invalid::new("identity.from", "an account needs a registration"));
        }
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
        let listed = self.destinations.iter().any(|prefix| digits.starts_with(prefix.as_str()));
        self.enabled && listed && self.daily.knows(number)
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
    /// The port, 1..=65 535; none asks the DNS for a name's servers (RFC 3263), and is the
    /// transport's own for an IP.
    #[serde(default)]
    pub port: Option<u16>,
    /// The transport; none lets the DNS say, and is UDP where it says nothing.
    #[serde(default)]
    pub transport: Option<Transport>,
}

impl TrunkAddress {
    /// Where it is, if its host is an IP: nobody has to be asked.
    #[must_use]
    pub fn socket(&self) -> Option<SocketAddr> {
        let port = self.port.unwrap_or(self.transport.unwrap_or_default().port());
        Some(SocketAddr::new(self.host.parse().ok()?, port))
    }

    fn validate(&self, index: usize) -> Result<(), Invalid> {
        if !is_host(&self.host) {
            let field = format!("addresses[{index}].host");
            return Err(Invalid::new(field, "expected an IP address or a host name"));
        }
        if self.port == Some(0) {
            return Err(Invalid::new(format!("addresses[{index}].port"), "must not be 0"));
        }
        Ok(())
    }
}

/// How we register with a trunk; its user name and password are kept apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrunkRegistration {
    /// User part of the address of record.
    pub user: String,
    /// The lifetime asked for, in seconds; 60..=86 400.
    #[serde(default = "expires_s")]
    pub expires_s: u32,
}

impl TrunkRegistration {
    fn validate(&self) -> Result<(), Invalid> {
        invalid::line("registration.user", &self.user, 64)?;
        within("registration.expires_s", self.expires_s, 60, 86_400)
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

impl Transport {
    /// The port where nothing else is said (RFC 3261 §19.1.2).
    #[must_use]
    pub fn port(self) -> u16 {
        match self {
            Self::Udp | Self::Tcp => 5060,
            Self::Tls => 5061,
        }
    }
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

/// Whether a trunk's audio is protected by SRTP (SDES); never weaker (FAULTS S9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Srtp {
    /// Never.
    #[default]
    Off,
    /// Where the carrier can.
    Prefer,
    /// Always: a call without it is refused.
    Require,
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

fn silence_ms() -> u32 {
    4_000
}

fn probe_s() -> u32 {
    30
}

fn expires_s() -> u32 {
    600
}

fn is_host(text: &str) -> bool {
    let name = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'.' | b'_');
    let named = (1..=253).contains(&text.len()) && text.bytes().all(name);
    named || text.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests;
