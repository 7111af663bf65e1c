//! Where a trunk's host names lead; addresses in digits need nobody to ask.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use routing::Trunk;
use sip::Transport;
use tokio::net::lookup_host;

use super::brain::Letter;
use super::inbox::{Class, Inbox};
use crate::switch::{Input, Resolved};

/// Looks the trunk's names up in a task of its own and tells the brain.
pub(super) fn later(trunk: &Trunk, inbox: Arc<Inbox<Letter>>) {
    if trunk.addresses.iter().all(|address| address.host.parse::<IpAddr>().is_ok()) {
        return;
    }
    let trunk = trunk.clone();
    tokio::spawn(async move {
        let addresses = addresses(&trunk).await;
        let letter = Letter::Input(Input::Resolved(trunk.id, addresses));
        if inbox.push(Instant::now(), Class::Desk, letter).is_err() {
            tracing::warn!(trunk = %trunk.name, "the switch is too busy to hear its addresses");
        }
    });
}

async fn addresses(trunk: &Trunk) -> Vec<Resolved> {
    let mut resolved = vec![];
    for address in &trunk.addresses {
        let transport = match address.transport {
            routing::Transport::Udp => Transport::Udp,
            routing::Transport::Tcp => Transport::Tcp,
            routing::Transport::Tls => Transport::Tls,
        };
        match lookup_host((address.host.as_str(), address.port)).await {
            Ok(found) => {
                resolved.extend(found.map(|address: SocketAddr| Resolved { address, transport }));
            }
            Err(error) => {
                tracing::warn!(trunk = %trunk.name, host = %address.host, %error, "cannot resolve");
            }
        }
    }
    resolved
}
