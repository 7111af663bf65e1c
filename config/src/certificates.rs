//! `[certificates]`: who this switch is to SIP peers under TLS, and whom it believes.
//!
//! All of them are files that may be replaced while the switch runs: a new certificate with its
//! key is taken into use within seconds, one that cannot be read leaves the old one in force.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Certificates of `sip.tls` and `sip.wss`, and those that peers have to show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Certificates {
    /// Chosen by the name a peer asks for (SNI), the first where none fits; when empty, the one
    /// that `http.tls` names.
    pub sip: Vec<KeyPair>,
    /// Authorities that sign telephones' certificates; without it none is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_ca: Option<PathBuf>,
    /// Whether a telephone without a certificate of `client_ca` is turned away.
    pub require_client: bool,
    /// Authorities that sign trunks' certificates; by default those of the system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trunk_ca: Option<PathBuf>,
}

/// A certificate chain and its key, both PEM.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct KeyPair {
    /// The chain, the server's own certificate first.
    pub certificate: PathBuf,
    /// The private key of the first certificate.
    pub key: PathBuf,
}

impl Certificates {
    /// Every file it names, with its key.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&'static [&'static str], &PathBuf)> {
        let pairs = self.sip.iter().flat_map(|pair| [&pair.certificate, &pair.key]);
        let pairs = pairs.map(|path| (&["certificates.sip"] as &'static [&'static str], path));
        let client = self.client_ca.iter().map(|path| (CLIENT_CA, path));
        pairs.chain(client).chain(self.trunk_ca.iter().map(|path| (TRUNK_CA, path)))
    }

    pub(crate) fn files_mut(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let pairs = self.sip.iter_mut().flat_map(|pair| [&mut pair.certificate, &mut pair.key]);
        pairs.chain(&mut self.client_ca).chain(&mut self.trunk_ca)
    }
}

const CLIENT_CA: &[&str] = &["certificates.client_ca"];
const TRUNK_CA: &[&str] = &["certificates.trunk_ca"];
