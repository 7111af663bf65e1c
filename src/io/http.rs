//! The HTTP listener: TLS or plain, one task a connection, the router from `admin-api`.
//!
//! A peer that does not finish its handshake in 10 s is dropped (FAULTS F23); at most 4,096
//! connections are open, and the next one waits in the kernel's queue.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

/// How a request reached us, beside the peer's address in its `ConnectInfo`.
#[derive(Clone, Copy, Debug)]
pub struct Arrived {
    /// Our end of the connection.
    pub local: SocketAddr,
    /// Whether it came under TLS.
    pub tls: bool,
}

/// Serves `router` until `stop` turns true; connections that are open then are closed.
pub async fn serve(
    listener: TcpListener,
    tls: Option<Arc<rustls::ServerConfig>>,
    router: Router,
    mut stop: watch::Receiver<bool>,
) {
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let tls = tls.map(TlsAcceptor::from);
    loop {
        let Ok(permit) = room.clone().acquire_owned().await else { return };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stopped| *stopped) => return,
        };
        let (stream, from) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "cannot accept an HTTP connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let (tls, router, mut stop) = (tls.clone(), router.clone(), stop.clone());
        tokio::spawn(async move {
            let served = async {
                let Ok(local) = stream.local_addr() else { return };
                let arrived = Arrived { local, tls: tls.is_some() };
                match tls {
                    Some(tls) => match handshake(&tls, stream).await {
                        Ok(stream) => connection(stream, from, arrived, router).await,
                        Err(error) => tracing::debug!(%from, %error, "TLS handshake failed"),
                    },
                    None => connection(stream, from, arrived, router).await,
                }
            };
            tokio::select! {
                () = served => {}
                _ = stop.wait_for(|stopped| *stopped) => {}
            }
            drop(permit);
        });
    }
}

async fn handshake(
    tls: &TlsAcceptor,
    stream: TcpStream,
) -> io::Result<tokio_rustls::server::TlsStream<TcpStream>> {
    match timeout(HANDSHAKE_MAX, tls.accept(stream)).await {
        Ok(done) => done,
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

async fn connection<S>(stream: S, from: SocketAddr, arrived: Arrived, router: Router)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = tower::service_fn(move |request: Request<hyper::body::Incoming>| {
        let router = router.clone();
        async move {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(from));
            request.extensions_mut().insert(arrived);
            let Ok(response) = router.oneshot(request).await;
            Ok::<_, Infallible>(response)
        }
    });
    let served = Builder::new(TokioExecutor::new())
        .serve_connection_with_upgrades(TokioIo::new(stream), TowerToHyperService::new(service))
        .await;
    if let Err(error) = served {
        tracing::debug!(%from, %error, "HTTP connection ended");
    }
}

const CONNECTIONS_MAX: usize = 4_096;
const HANDSHAKE_MAX: Duration = Duration::from_secs(10);

/// Out of file handles: give the open connections a moment to end.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
