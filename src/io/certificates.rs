//! TLS: the certificates we show, reloaded when their files change, and those we believe.
//!
//! A peer that names a host (SNI) is shown the first certificate that is for it, else the first.
//! A changed file is read, checked against its key and taken into use within seconds; what cannot
//! be used leaves the one before in force (FAULTS F22). Connections that are up keep theirs.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use anyhow::Context as _;
use config::KeyPair;
use rustls::client::{ResolvesClientCert, verify_server_name};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, RootCertStore, ServerConfig, SignatureScheme};
use tokio::sync::watch;

/// Certificates with their keys, each from two PEM files.
#[derive(Debug)]
pub struct Certificates {
    files: Vec<KeyPair>,
    loaded: RwLock<Vec<Loaded>>,
}

#[derive(Clone, Debug)]
struct Loaded {
    /// What stood in the files.
    pem: (Vec<u8>, Vec<u8>),
    key: Arc<CertifiedKey>,
}

impl Certificates {
    /// Reads every pair.
    pub fn load(files: Vec<KeyPair>) -> anyhow::Result<Arc<Self>> {
        let loaded = files.iter().map(Loaded::read).collect::<anyhow::Result<_>>()?;
        Ok(Arc::new(Self { files, loaded: RwLock::new(loaded) }))
    }

    /// Reads the files again, and says whether anything in them is new; on an error all stay as
    /// they were.
    pub fn reload(&self) -> anyhow::Result<bool> {
        let fresh = self.files.iter().map(Loaded::read).collect::<anyhow::Result<Vec<_>>>()?;
        let mut loaded = self.loaded.write().unwrap_or_else(PoisonError::into_inner);
        let changed = loaded.iter().zip(&fresh).any(|(old, new)| old.pem != new.pem);
        if changed {
            *loaded = fresh;
        }
        Ok(changed)
    }

    /// Takes changed files into use until the edges stop.
    pub async fn watch(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        // Certificate and key are two files: between their two writes they do not fit, and only
        // an error that lasts is worth a line in the log.
        let mut told = None;
        loop {
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                _ = stop.wait_for(|stopped| *stopped) => return,
            }
            let certificates = self.clone();
            let reloaded = tokio::task::spawn_blocking(move || certificates.reload()).await;
            match reloaded {
                Ok(Ok(true)) => tracing::info!("new certificates are in use"),
                Ok(Ok(false)) => told = None,
                Ok(Err(error)) => {
                    let error = format!("{error:#}");
                    if told.as_ref() != Some(&error) {
                        tracing::warn!(error, "the certificates before stay in use");
                        told = Some(error);
                    }
                }
                Err(_) => return,
            }
        }
    }

    /// A server that shows them; peers are asked for certificates that `clients` have signed.
    pub fn server(
        self: &Arc<Self>,
        clients: Option<(&Path, bool)>,
        protocols: &[&[u8]],
    ) -> anyhow::Result<Arc<ServerConfig>> {
        let builder = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?;
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some((ca, required)) => {
                let roots = Arc::new(authorities(ca)?);
                let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider());
                let verifier = if required { verifier } else { verifier.allow_unauthenticated() };
                builder.with_client_cert_verifier(verifier.build()?)
            }
        };
        let mut server = builder.with_cert_resolver(self.clone());
        server.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        Ok(Arc::new(server))
    }

    /// A client that believes the authorities of a file, by default the system's, and shows our
    /// first certificate to a peer that asks for one.
    pub fn client(self: &Arc<Self>, ca: Option<&Path>) -> anyhow::Result<Arc<ClientConfig>> {
        let client = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots(ca)?)
            .with_client_cert_resolver(self.clone());
        Ok(Arc::new(client))
    }

    /// The first of them, and those that vouch for it.
    #[must_use]
    pub fn chain(&self) -> Vec<CertificateDer<'static>> {
        self.first().map(|key| key.cert.clone()).unwrap_or_default()
    }

    fn first(&self) -> Option<Arc<CertifiedKey>> {
        let loaded = self.loaded.read().unwrap_or_else(PoisonError::into_inner);
        loaded.first().map(|loaded| loaded.key.clone())
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let name = hello.server_name().and_then(|name| ServerName::try_from(name).ok());
        let loaded = self.loaded.read().unwrap_or_else(PoisonError::into_inner);
        let fits = name.and_then(|name| loaded.iter().find(|loaded| loaded.is_for(&name)));
        fits.or_else(|| loaded.first()).map(|loaded| loaded.key.clone())
    }
}

impl ResolvesClientCert for Certificates {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.first()
    }

    fn has_certs(&self) -> bool {
        self.first().is_some()
    }
}

impl Loaded {
    fn read(pair: &KeyPair) -> anyhow::Result<Self> {
        let bytes = |path: &PathBuf| {
            fs::read(path).with_context(|| format!("cannot read {}", path.display()))
        };
        let pem = (bytes(&pair.certificate)?, bytes(&pair.key)?);
        let chain = CertificateDer::pem_slice_iter(&pem.0)
            .collect::<Result<Vec<_>, _>>()
            .ok()
            .filter(|chain| !chain.is_empty())
            .with_context(|| format!("{} holds no certificate", pair.certificate.display()))?;
        let key = PrivateKeyDer::from_pem_slice(&pem.1)
            .with_context(|| format!("cannot read a private key from {}", pair.key.display()))?;
        let key = CertifiedKey::from_der(chain, key, &provider()).with_context(|| {
            format!("{} does not fit {}", pair.key.display(), pair.certificate.display())
        })?;
        Ok(Self { pem, key: Arc::new(key) })
    }

    fn is_for(&self, name: &ServerName<'_>) -> bool {
        let own = self.key.cert.first().and_then(|der| ParsedCertificate::try_from(der).ok());
        own.is_some_and(|own| verify_server_name(&own, name).is_ok())
    }
}

/// Every certificate of a PEM file, as what signs others.
/// TLS towards servers that know nothing of us: the system's authorities, and no certificate of
/// ours.
pub fn public_client() -> anyhow::Result<Arc<ClientConfig>> {
    let client = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots(None)?)
        .with_no_client_auth();
    Ok(Arc::new(client))
}

/// The authorities of this file; where none is named, the system's, if it has any.
fn roots(ca: Option<&Path>) -> anyhow::Result<RootCertStore> {
    let system = Path::new(SYSTEM_CA);
    match ca {
        Some(ca) => authorities(ca),
        None if system.exists() => authorities(system),
        None => Ok(RootCertStore::empty()),
    }
}

fn authorities(path: &Path) -> anyhow::Result<RootCertStore> {
    let all = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| format!("cannot read certificates from {}", path.display()))?;
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(all);
    anyhow::ensure!(!roots.is_empty(), "{} holds no authority", path.display());
    Ok(roots)
}

/// The cryptography of all TLS here.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Where Debian and most others keep what `ca-certificates` installs.
const SYSTEM_CA: &str = "/etc/ssl/certs/ca-certificates.crt";

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, name: &str, hosts: &[&str]) -> KeyPair {
        let hosts: Vec<_> = hosts.iter().map(|&host| host.to_owned()).collect();
        let made = rcgen::generate_simple_self_signed(hosts).unwrap();
        let pair = KeyPair {
            certificate: folder.join(format!("{name}.pem")),
            key: folder.join(format!("{name}.key")),
        };
        fs::write(&pair.certificate, made.cert.pem()).unwrap();
        fs::write(&pair.key, made.signing_key.serialize_pem()).unwrap();
        pair
    }

    #[test]
    fn a_missing_certificate_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let pair =
            KeyPair { certificate: dir.path().join("none.pem"), key: dir.path().join("none.key") };
        let error = Certificates::load(vec![pair]).unwrap_err();
        assert!(error.to_string().contains("none.pem"), "{error}");
    }

    /// RFC 6066 §3: the name that the peer asks for chooses.
    #[test]
    fn the_certificate_is_the_one_for_the_name_asked_for() {
        let dir = tempfile::tempdir().unwrap();
        let pairs = vec![
            write(dir.path(), "a", &["a.example.com"]),
            write(dir.path(), "b", &["b.example.com", "192.0.2.1"]),
        ];
        let certificates = Certificates::load(pairs).unwrap();
        let loaded = certificates.loaded.read().unwrap();
        let is_for = |index: usize, name: &str| {
            loaded[index].is_for(&ServerName::try_from(name.to_owned()).unwrap())
        };
        assert!(is_for(0, "a.example.com") && !is_for(1, "a.example.com"));
        assert!(is_for(1, "b.example.com") && is_for(1, "192.0.2.1"));
    }

    /// FAULTS F22: applied at once or not at all.
    #[test]
    fn a_changed_pair_is_taken_and_a_broken_one_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let pair = write(dir.path(), "a", &["a.example.com"]);
        let certificates = Certificates::load(vec![pair.clone()]).unwrap();
        let shown = || certificates.first().unwrap().cert[0].clone();
        let before = shown();
        assert!(!certificates.reload().unwrap());

        let other = write(dir.path(), "b", &["a.example.com"]);
        fs::copy(&other.certificate, &pair.certificate).unwrap();
        let error = certificates.reload().unwrap_err();
        assert!(error.to_string().contains("does not fit"), "{error}");
        assert_eq!(shown(), before);

        fs::copy(&other.key, &pair.key).unwrap();
        assert!(certificates.reload().unwrap());
        assert_ne!(shown(), before);
    }
}
