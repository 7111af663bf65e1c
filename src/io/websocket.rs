//! Where a browser's SIP begins: the HTTP request that becomes a WebSocket (RFC 7118 §4).
//!
//! The page's origin must be ours or allowed, the subprotocol must be `sip`, and a message has the
//! bound of any SIP message (FAULTS S10). Who the peer is, digest proves later.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{ConnectInfo, State, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Extension, Router};
use sip::Transport;

use super::connections::Connections;
use super::http::Arrived;

/// Who may open a SIP WebSocket, and where.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The path.
    pub path: String,
    /// Origins of pages beside our own.
    pub origins: Vec<String>,
    /// A proxy stands in front and names the peer's address.
    pub behind_proxy: bool,
}

/// The one route that takes SIP WebSockets.
pub fn router(connections: Connections, settings: Settings) -> Router {
    let path = settings.path.clone();
    Router::new().route(&path, get(upgrade)).with_state((connections, Arc::new(settings)))
}

async fn upgrade(
    State((connections, settings)): State<(Connections, Arc<Settings>)>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(arrived): Extension<Arrived>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade.protocols([PROTOCOL]),
        Err(rejection) => return rejection.into_response(),
    };
    if !admin_api::is_own_page(&headers, &settings.origins) {
        return (StatusCode::FORBIDDEN, "this page may not speak SIP here\n").into_response();
    }
    // RFC 7118 §4.1: the client offers it, and the server confirms it.
    if upgrade.selected_protocol().is_none() {
        let expected = "expected the subprotocol sip in Sec-WebSocket-Protocol\n";
        return (StatusCode::BAD_REQUEST, expected).into_response();
    }
    let believed = settings.behind_proxy.then(|| admin_api::forwarded_for(&headers)).flatten();
    let remote = SocketAddr::new(believed.unwrap_or(peer.ip()), peer.port());
    // A proxy in front has ended TLS for us.
    let secure = arrived.tls || settings.behind_proxy;
    let transport = if secure { Transport::Wss } else { Transport::Ws };
    let local = arrived.local;
    upgrade
        .max_message_size(MESSAGE_BYTES_MAX)
        .max_frame_size(MESSAGE_BYTES_MAX)
        .max_write_buffer_size(WRITE_BYTES_MAX)
        .on_upgrade(move |socket| async move {
            connections.websocket(transport, canonical(local), canonical(remote), socket).await;
        })
}

/// A listener on `[::]` sees IPv4 peers in IPv6 clothes.
fn canonical(address: SocketAddr) -> SocketAddr {
    let ip: IpAddr = address.ip().to_canonical();
    SocketAddr::new(ip, address.port())
}

const PROTOCOL: &str = "sip";

/// What the parser takes.
const MESSAGE_BYTES_MAX: usize = 65_535;

const WRITE_BYTES_MAX: usize = 1 << 20;
