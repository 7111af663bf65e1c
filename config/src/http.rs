//! `[http]`: the API and the desk.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The HTTP listener.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Http {
    /// The address listened on.
    pub listen: SocketAddr,
    /// How the listener is encrypted.
    pub tls: Tls,
    /// True when a proxy in front ends TLS and sets `X-Forwarded-For`; only then is the header
    /// believed.
    pub behind_proxy: bool,
    /// Addresses that may read `/metrics`, for Prometheus.
    pub metrics_from: Vec<IpAddr>,
    /// The URL people type, when it is not the listener's: its origin may open the event stream,
    /// and links in e-mail begin with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8443)),
            tls: Tls::SelfSigned,
            behind_proxy: false,
            metrics_from: vec![IpAddr::V4(Ipv4Addr::LOCALHOST)],
            public_url: None,
        }
    }
}

/// How HTTP is encrypted: `"self-signed"`, `"off"`, or `{ certificate = …, key = … }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tls {
    /// A certificate of our own, made at the first start and kept in the state folder.
    SelfSigned,
    /// A certificate chain and its key, both PEM.
    Files {
        /// The chain, the server's own certificate first.
        certificate: PathBuf,
        /// The private key of the first certificate.
        key: PathBuf,
    },
    /// Plain HTTP: for loopback, or behind a proxy that ends TLS.
    Off,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

impl Serialize for Tls {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::SelfSigned => serializer.serialize_str("self-signed"),
            Self::Off => serializer.serialize_str("off"),
            Self::Files { certificate, key } => {
                Files { certificate: certificate.clone(), key: key.clone() }.serialize(serializer)
            }
        }
    }
}

impl<'de> Deserialize<'de> for Tls {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TlsVisitor)
    }
}

/// Written by hand because serde's untagged enums forget which key was wrong.
struct TlsVisitor;

impl<'de> de::Visitor<'de> for TlsVisitor {
    type Value = Tls;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(r#""self-signed", "off" or { certificate = "FILE", key = "FILE" }"#)
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<Tls, E> {
        match word {
            "self-signed" => Ok(Tls::SelfSigned),
            "off" => Ok(Tls::Off),
            other => Err(E::invalid_value(de::Unexpected::Str(other), &self)),
        }
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Tls, A::Error> {
        let Files { certificate, key } =
            Files::deserialize(de::value::MapAccessDeserializer::new(map))?;
        Ok(Tls::Files { certificate, key })
    }
}
