//! The listeners that take SIP over connections: TCP, TLS, and WebSockets on ports of their own.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use config::{Config, KeyPair, Tls};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::certificates::Certificates;
use super::connections::Connections;
use super::{first_start, http, websocket};

/// Where they are bound.
#[derive(Clone, Debug, Default)]
pub struct Bound {
    /// TCP.
    pub tcp: Vec<SocketAddr>,
    /// TLS.
    pub tls: Vec<SocketAddr>,
    /// WebSockets in the clear.
    pub ws: Vec<SocketAddr>,
    /// WebSockets under TLS.
    pub wss: Vec<SocketAddr>,
}

/// The certificates of HTTP and of SIP, each reloaded when its files change.
pub(super) struct Shown {
    pub(super) http: Arc<Certificates>,
    pub(super) sip: Arc<Certificates>,
}

impl Shown {
    /// Reads what the configuration names; makes a self-signed certificate where it names none.
    pub(super) fn load(config: &Config, stop: &watch::Receiver<bool>) -> anyhow::Result<Self> {
        let http = Certificates::load(vec![http_pair(config)?])?;
        tokio::spawn(http.clone().watch(stop.clone()));
        let sip = if config.certificates.sip.is_empty() {
            http.clone()
        } else {
            let sip = Certificates::load(config.certificates.sip.clone())?;
            tokio::spawn(sip.clone().watch(stop.clone()));
            sip
        };
        Ok(Self { http, sip })
    }
}

/// Binds every stream listener and serves each in a task of its own.
pub(super) async fn open(
    config: &Config,
    connections: &Connections,
    certificates: &Arc<Certificates>,
    stop: &watch::Receiver<bool>,
) -> anyhow::Result<Bound> {
    let trust = &config.certificates;
    let clients = trust.client_ca.as_deref().map(|ca| (ca, trust.require_client));
    let tls = certificates.server(clients, &[])?;
    let https = certificates.server(clients, &[HTTP_1])?;
    let router = websocket::router(connections.clone(), websocket_settings(config));
    let mut bound = Bound::default();
    for address in &config.sip.tcp {
        let listener = bind(*address, "TCP", &mut bound.tcp).await?;
        tokio::spawn(connections.clone().accept(listener, None));
    }
    for address in &config.sip.tls {
        let listener = bind(*address, "TLS", &mut bound.tls).await?;
        tokio::spawn(connections.clone().accept(listener, Some(tls.clone())));
    }
    for address in &config.sip.ws {
        let listener = bind(*address, "WS", &mut bound.ws).await?;
        tokio::spawn(http::serve(listener, None, router.clone(), stop.clone()));
    }
    for address in &config.sip.wss {
        let listener = bind(*address, "WSS", &mut bound.wss).await?;
        tokio::spawn(http::serve(listener, Some(https.clone()), router.clone(), stop.clone()));
    }
    Ok(bound)
}

/// What the configuration says about SIP WebSockets, wherever they come in.
pub(super) fn websocket_settings(config: &Config) -> websocket::Settings {
    let own = config.http.public_url.iter().chain(&config.sip.websocket_origins);
    websocket::Settings {
        path: config.sip.websocket_path.clone(),
        origins: own.cloned().collect(),
        behind_proxy: config.http.behind_proxy,
    }
}

/// What a browser speaks before it speaks SIP.
pub(super) const HTTP_1: &[u8] = b"http/1.1";

async fn bind(
    address: SocketAddr,
    transport: &str,
    bound: &mut Vec<SocketAddr>,
) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind(address).await;
    let listener =
        listener.with_context(|| format!("cannot bind SIP over {transport} to {address}"))?;
    bound.push(listener.local_addr()?);
    Ok(listener)
}

/// What `http.tls` names; the self-signed one also where HTTP itself goes without.
fn http_pair(config: &Config) -> anyhow::Result<KeyPair> {
    let Tls::Files { certificate, key } = &config.http.tls else {
        let listeners = [config.http.listen, config.sip.first_listener()];
        let mut names = vec!["localhost".to_owned(), config.sip.domain()];
        let stated = listeners.iter().filter(|at| !at.ip().is_unspecified());
        names.extend(stated.map(|at| at.ip().to_string()));
        names.dedup();
        let (certificate, key) = first_start::self_signed(&config.node.state_dir, names)?;
        return Ok(KeyPair { certificate, key });
    };
    Ok(KeyPair { certificate: certificate.clone(), key: key.clone() })
}
