//! Requests that leave for servers which administrators name: the one guard before all of them.
//!
//! ```text
//!  URL ─▶ host ─ DNS, once ─▶ addresses ─ public, or allowed by name ─▶ connect to that address
//!                                       └ none: refused, nothing was sent
//! ```
//! A server's name may lead anywhere, and elsewhere at the next question. So the name is asked for
//! once, each address is judged, and the connection goes to one that was judged (FAULTS S12). Where
//! an answer says to go elsewhere it is not followed, no proxy is asked, and nothing of ours but
//! the body is sent. Plain HTTP goes to addresses that the configuration allows, and to no other.
//! Each request has a time limit over everything, and its answer a size.

use std::future::poll_fn;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use admin_api::fetch::{Fetch, Fetched, Fetching, Unfetched, Wanted};
use axum::body::{Body, to_bytes};
use axum::http::uri::Scheme;
use axum::http::{HeaderMap, HeaderValue, Method, Request, Uri, header};
use bytes::{Bytes, BytesMut};
use config::Network;
use hickory_resolver::TokioResolver;
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::resolve;

/// Sends requests to servers that administrators name.
#[derive(Clone)]
pub struct Outbound {
    tls: Arc<ClientConfig>,
    private: Arc<[Network]>,
    dns: Option<TokioResolver>,
}

/// What a server answered.
#[derive(Debug, PartialEq, Eq)]
pub struct Answered {
    /// Its status.
    pub status: u16,
    /// Its body, whole, or as much of it as was asked for.
    pub body: Bytes,
}

/// How much of an answer is read.
#[derive(Clone, Copy, Debug)]
enum Read {
    /// All of it, up to [`BODY_BYTES_MAX`].
    Whole,
    /// Its first bytes, however long it is.
    First(usize),
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// It is no URL that can be asked.
    #[error("{0:?} is no https:// or http:// URL with a host")]
    Url(String),
    /// Every address of the host is private, ours, or otherwise not for us to reach.
    #[error("{0} leads to no address that may be reached")]
    Private(String),
    /// Plain HTTP would cross networks that others read.
    #[error("{0} is not reached without TLS")]
    Plain(String),
    /// The time was over.
    #[error("no answer in {} ms", .0.as_millis())]
    TooLate(Duration),
    /// Anything else on the way.
    #[error(transparent)]
    Failed(anyhow::Error),
}

impl Outbound {
    /// Servers are known by these authorities; `private` may be reached beside what is public.
    #[must_use]
    pub fn new(tls: Arc<ClientConfig>, private: &[Network]) -> Self {
        Self { tls, private: private.into(), dns: resolve::of_system() }
    }

    /// Posts a JSON body and reads the answer, all within this time.
    pub async fn post(
        &self,
        url: &str,
        json: Vec<u8>,
        within: Duration,
    ) -> Result<Answered, NoAnswer> {
        let request = |target: &Target| target.json(json.clone());
        let asked = self.ask(url, &request, Read::Whole);
        let asked = tokio::time::timeout(within, asked).await;
        asked.unwrap_or(Err(NoAnswer::TooLate(within)))
    }

    /// Posts a JSON body under headers of its own and reads the first `most` bytes of the answer,
    /// all within this time.
    pub async fn tell(
        &self,
        url: &str,
        json: Vec<u8>,
        headers: HeaderMap,
        most: usize,
        within: Duration,
    ) -> Result<Answered, NoAnswer> {
        let request = |target: &Target| {
            let mut request = target.json(json.clone())?;
            request.headers_mut().extend(headers.clone());
            Ok(request)
        };
        let told = self.ask(url, &request, Read::First(most));
        let told = tokio::time::timeout(within, told).await;
        told.unwrap_or(Err(NoAnswer::TooLate(within)))
    }

    async fn ask(
        &self,
        url: &str,
        request: &(dyn Fn(&Target) -> Written + Send + Sync),
        read: Read,
    ) -> Result<Answered, NoAnswer> {
        let target = Target::read(url).ok_or_else(|| NoAnswer::Url(url.to_owned()))?;
        let addresses = self.choose(&target).await?;
        let request = request(&target).map_err(failed)?;
        let stream = TcpStream::connect(&addresses[..]).await.map_err(failed)?;
        let answered = if target.tls {
            let name = ServerName::try_from(target.host.clone()).map_err(failed)?;
            let tls = TlsConnector::from(self.tls.clone());
            exchange(tls.connect(name, stream).await.map_err(failed)?, request, read).await
        } else {
            exchange(stream, request, read).await
        };
        answered.map_err(NoAnswer::Failed)
    }

    /// Those of the host's addresses that may be reached, the public ones first.
    async fn choose(&self, target: &Target) -> Result<Vec<SocketAddr>, NoAnswer> {
        let (mut public, mut allowed) = (vec![], vec![]);
        for ip in self.addresses(&target.host).await? {
            let (address, ip) = (SocketAddr::new(ip, target.port), ip.to_canonical());
            if self.private.iter().any(|network| network.contains(ip)) {
                allowed.push(address);
            } else if is_public(ip) {
                public.push(address);
            }
        }
        if !target.tls && allowed.is_empty() && !public.is_empty() {
            return Err(NoAnswer::Plain(target.host.clone()));
        }
        let reached: Vec<_> = public.into_iter().filter(|_| target.tls).chain(allowed).collect();
        if reached.is_empty() { Err(NoAnswer::Private(target.host.clone())) } else { Ok(reached) }
    }

    /// Asked once, and of a resolver that leaves no thread behind when it is given up.
    async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, NoAnswer> {
        if let Ok(ip) = host.parse() {
            return Ok(vec![ip]);
        }
        let dns = self.dns.as_ref().ok_or_else(|| failed(anyhow::anyhow!("there is no DNS")))?;
        let name = format!("{}.", host.trim_end_matches('.'));
        Ok(dns.lookup_ip(name).await.map_err(failed)?.iter().collect())
    }
}

/// Where a URL leads.
struct Target {
    uri: Uri,
    /// Without the brackets of an IPv6 address.
    host: String,
    port: u16,
    tls: bool,
}

impl Target {
    fn read(url: &str) -> Option<Self> {
        let uri: Uri = url.parse().ok()?;
        let tls = match uri.scheme()? {
            scheme if *scheme == Scheme::HTTPS => true,
            scheme if *scheme == Scheme::HTTP => false,
            _ => return None,
        };
        let host = uri.host()?.trim_start_matches('[').trim_end_matches(']').to_owned();
        let named = !host.is_empty() && !uri.authority()?.as_str().contains('@');
        let port = uri.port_u16().unwrap_or(if tls { 443 } else { 80 });
        named.then_some(Self { uri, host, port, tls })
    }

    fn json(&self, json: Vec<u8>) -> Written {
        self.request(Method::POST)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(json))
    }

    /// A GET, or a form that is posted.
    fn wanted(&self, wanted: &Wanted) -> Written {
        let mut request = match &wanted.form {
            None => self.request(Method::GET),
            Some(_) => self
                .request(Method::POST)
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded"),
        };
        if let Some(authorization) = &wanted.authorization {
            let mut value = HeaderValue::try_from(authorization.reveal())?;
            value.set_sensitive(true);
            request = request.header(header::AUTHORIZATION, value);
        }
        let form = wanted.form.as_ref().map(|form| form.reveal().to_owned());
        request.body(Body::from(form.unwrap_or_default()))
    }

    fn request(&self, method: Method) -> axum::http::request::Builder {
        let path = self.uri.path_and_query().map_or("/", |path| path.as_str());
        let authority = self.uri.authority().map_or("", |authority| authority.as_str());
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, authority)
            .header(header::ACCEPT, "application/json")
            .header(header::USER_AGENT, concat!("cordboard/", env!("CARGO_PKG_VERSION")))
            .header(header::CONNECTION, "close")
    }
}

/// A request, unless a part of it is not for a wire.
type Written = Result<Request<Body>, axum::http::Error>;

impl Fetch for Outbound {
    fn fetch(&self, wanted: Wanted) -> Fetching<'_> {
        Box::pin(async move {
            let request = |target: &Target| target.wanted(&wanted);
            let asked = self.ask(&wanted.url, &request, Read::Whole);
            let asked = tokio::time::timeout(FETCHED_WITHIN, asked).await;
            let answered = asked.unwrap_or(Err(NoAnswer::TooLate(FETCHED_WITHIN)));
            let Answered { status, body } = answered.map_err(|why| Unfetched(why.to_string()))?;
            Ok(Fetched { status, body: body.to_vec() })
        })
    }
}

/// Somebody waits for it before the sign-in page.
const FETCHED_WITHIN: Duration = Duration::from_secs(8);

/// One request on a connection of its own.
async fn exchange<S>(stream: S, request: Request<Body>, read: Read) -> anyhow::Result<Answered>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) =
        http1::Builder::new().max_buf_size(HEAD_BYTES_MAX).handshake(TokioIo::new(stream)).await?;
    let asked = async {
        let response = sender.send_request(request).await?;
        let status = response.status().as_u16();
        let body = match read {
            Read::Whole => to_bytes(Body::new(response.into_body()), BODY_BYTES_MAX).await?,
            Read::First(most) => {
                // The status is the answer; a body that is late is nobody's loss.
                let read = beginning(response.into_body(), most);
                tokio::time::timeout(BEGINNING_MAX, read).await.unwrap_or_default()
            }
        };
        anyhow::Ok(Answered { status, body })
    };
    // The connection lives as long as its request and no longer.
    tokio::pin!(asked, connection);
    tokio::select! {
        answered = &mut asked => answered,
        // An answer that is not whole carries the connection's own error.
        _ = &mut connection => asked.await,
    }
}

/// How long the first bytes of a body are waited for.
const BEGINNING_MAX: Duration = Duration::from_secs(1);

/// The first bytes of a body; what breaks off is as long as it came.
async fn beginning(mut body: Incoming, most: usize) -> Bytes {
    let mut read = BytesMut::new();
    while read.len() < most {
        let frame = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await;
        let Some(Ok(frame)) = frame else { break };
        read.extend_from_slice(frame.data_ref().map_or(&[], |part| &part[..]));
    }
    read.truncate(most);
    read.freeze()
}

fn failed(error: impl Into<anyhow::Error>) -> NoAnswer {
    NoAnswer::Failed(error.into())
}

/// Whether an address is somebody's in the public internet (the IANA special-purpose registries,
/// RFC 6890): all others are refused, known or not.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !matches!(
        (a, b, c),
        (0 | 10 | 127 | 224.., _, _)
            | (100, 64..128, _)
            | (169, 254, _)
            | (172, 16..32, _)
            | (192, 168, _)
            | (198, 18..20, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (198, 51, 100)
            | (203, 0, 113)
    )
}

/// Of `2000::/3` what is neither a tunnel, which would lead to any IPv4 address, nor for documents.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    let global = a & 0xe000 == 0x2000;
    let special = match (a, b) {
        (0x2001, 0..0x200 | 0xdb8) | (0x2002, _) => true,
        (0x3fff, b) => b < 0x1000,
        _ => false,
    };
    global && !special
}

const HEAD_BYTES_MAX: usize = 16 << 10;

/// What a server may answer with.
const BODY_BYTES_MAX: usize = 64 << 10;

#[cfg(test)]
mod tests;
