//! A page that speaks SIP over a WebSocket as JsSIP does: MD5 alone, a Contact under `.invalid`,
//! `reg-id` and an instance, and no address of its own anywhere (RFC 7118, RFC 5626).
//!
//! Its messages are written and read here by hand, so that they are nobody's but the test's.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use md5::{Digest as _, Md5};
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use super::customer::{Customer, Handset};
use super::product::Product;

/// Which door of the switch the page knocks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// The HTTP listener's path.
    Http,
    /// A port of its own, in the clear.
    Ws,
    /// A port of its own, under TLS.
    Wss,
}

/// A page that is open; dropped, it is closed as a reload closes it.
pub(crate) struct Page {
    heard: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

/// Pages opened so far: each has a Call-ID of its own.
static PAGES: AtomicU32 = AtomicU32::new(0);

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

type Socket = WebSocketStream<Box<dyn Stream>>;

impl Page {
    /// Opens a WebSocket, registers with this password, and answers what is asked of it from then
    /// on: calls with the ears and mouth of `agent`.
    pub(crate) async fn register(
        product: &Product,
        door: Door,
        password: &str,
        agent: &Customer,
    ) -> Self {
        let rtp = agent.port();
        let mut socket = open(product, door, &[("sec-websocket-protocol", "sip")]).await.unwrap();
        let user = product.extension().to_owned();
        let call_id = format!("page-{rtp}-{}", PAGES.fetch_add(1, Ordering::Relaxed));
        let first = register(&user, &call_id, 1, "");
        let challenge = ask(&mut socket, first).await;
        assert!(challenge.starts_with("SIP/2.0 401"), "{challenge}");
        let asked: Vec<_> = headers(&challenge, "WWW-Authenticate").collect();
        assert_eq!(asked.len(), 1, "JsSIP gives up at a challenge it does not know: {asked:?}");
        let proof = proof(asked[0], &user, password);
        let done = ask(&mut socket, register(&user, &call_id, 2, &proof)).await;
        assert!(done.starts_with("SIP/2.0 200"), "{done}");
        // JsSIP looks for its own Contact in the answer; RFC 5626 §6 asks for the option tag.
        assert!(done.contains("k3m9.invalid"), "{done}");
        assert!(headers(&done, "Require").any(|tags| tags.contains("outbound")), "{done}");
        let heard = Arc::new(Mutex::new(vec![]));
        let task = tokio::spawn(serve(socket, rtp, agent.handset(), heard.clone()));
        Self { heard, task }
    }

    /// What a first REGISTER without a password is answered with.
    pub(crate) async fn challenge(product: &Product, door: Door, user: &str) -> String {
        let mut socket = open(product, door, &[("sec-websocket-protocol", "sip")]).await.unwrap();
        ask(&mut socket, register(user, "challenge", 1, "")).await
    }

    /// The requests that came in, whole.
    pub(crate) fn requests(&self, method: &str) -> Vec<String> {
        let heard = self.heard.lock().unwrap();
        heard.iter().filter(|text| text.starts_with(&format!("{method} "))).cloned().collect()
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Tries to open a WebSocket with these headers; the status of a refusal.
pub(crate) async fn refusal(product: &Product, door: Door, headers: &[(&str, &str)]) -> u16 {
    match open(product, door, headers).await {
        Err(tungstenite::Error::Http(response)) => response.status().as_u16(),
        Err(error) => panic!("no answer: {error}"),
        Ok(_) => 101,
    }
}

async fn open(
    product: &Product,
    door: Door,
    headers: &[(&str, &str)],
) -> Result<Socket, tungstenite::Error> {
    let address = product.door(door);
    let scheme = if door == Door::Wss { "wss" } else { "ws" };
    let mut request = format!("{scheme}://{address}/sip").into_client_request()?;
    for (name, value) in headers {
        let name = tungstenite::http::HeaderName::try_from(*name).unwrap();
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    let stream = TcpStream::connect(address).await.unwrap();
    let stream: Box<dyn Stream> = match door {
        Door::Http | Door::Ws => Box::new(stream),
        Door::Wss => Box::new(under_tls(product, address, stream).await),
    };
    client_async(request, stream).await.map(|(socket, _)| socket)
}

/// TLS that believes the product's own certificate and no other.
async fn under_tls(
    product: &Product,
    address: SocketAddr,
    stream: TcpStream,
) -> TlsStream<TcpStream> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(product.certificate()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let client = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::from(address.ip());
    TlsConnector::from(Arc::new(client)).connect(name, stream).await.unwrap()
}

/// Sends a request and waits for its answer.
async fn ask(socket: &mut Socket, request: String) -> String {
    socket.send(Message::text(request)).await.unwrap();
    loop {
        let heard = tokio::time::timeout(Duration::from_secs(10), socket.next()).await;
        let heard = heard.expect("an answer within 10 s").unwrap().unwrap();
        if let Message::Text(text) = heard {
            return text.to_string();
        }
    }
}

/// Answers OPTIONS, INVITE and BYE with 200 and notes every request.
async fn serve(mut socket: Socket, rtp: u16, handset: Handset, heard: Arc<Mutex<Vec<String>>>) {
    while let Some(Ok(message)) = socket.next().await {
        let Message::Text(text) = message else { continue };
        let text = text.to_string();
        heard.lock().unwrap().push(text.clone());
        if text.starts_with("SIP/2.0") || text.starts_with("ACK ") {
            continue;
        }
        let mut sdp = String::new();
        if text.starts_with("INVITE ") {
            handset.speak_to(offered(&text));
            sdp = description(rtp);
        }
        if socket.send(Message::text(ok(&text, &sdp))).await.is_err() {
            return;
        }
    }
}

fn register(user: &str, call_id: &str, cseq: u32, proof: &str) -> String {
    let authorization =
        if proof.is_empty() { String::new() } else { format!("Authorization: {proof}\r\n") };
    format!(
        "REGISTER sip:127.0.0.1 SIP/2.0\r\n\
         Via: SIP/2.0/WSS k3m9.invalid;branch=z9hG4bK{call_id}{cseq}\r\n\
         Max-Forwards: 69\r\n\
         To: <sip:{user}@127.0.0.1>\r\n\
         From: \"Agent\" <sip:{user}@127.0.0.1>;tag=page\r\n\
         Call-ID: {call_id}\r\n\
         CSeq: {cseq} REGISTER\r\n\
         {authorization}\
         Contact: <sip:7q2@k3m9.invalid;transport=ws>;+sip.ice;reg-id=1;\
         +sip.instance=\"<urn:uuid:4f1c5a3e-2a0b-4c52-9b0e-2f1d6a7b8c9d>\";expires=120\r\n\
         Expires: 120\r\n\
         Allow: INVITE,ACK,CANCEL,BYE,UPDATE,MESSAGE,OPTIONS,REFER,INFO,NOTIFY\r\n\
         Supported: path,gruu,outbound\r\n\
         User-Agent: a page\r\n\
         Content-Length: 0\r\n\r\n"
    )
}

/// RFC 2617 with qop=auth.
fn proof(challenge: &str, user: &str, password: &str) -> String {
    let value = |name: &str| {
        let (_, rest) = challenge.split_once(&format!("{name}=\"")).unwrap();
        rest.split_once('"').unwrap().0
    };
    let (realm, nonce) = (value("realm"), value("nonce"));
    let md5 = |text: String| hex::encode(Md5::digest(text));
    let ha1 = md5(format!("{user}:{realm}:{password}"));
    let ha2 = md5("REGISTER:sip:127.0.0.1".to_owned());
    let response = md5(format!("{ha1}:{nonce}:00000001:abc:auth:{ha2}"));
    format!(
        "Digest username=\"{user}\",realm=\"{realm}\",nonce=\"{nonce}\",uri=\"sip:127.0.0.1\",\
         response=\"{response}\",algorithm=MD5,cnonce=\"abc\",qop=auth,nc=00000001"
    )
}

fn ok(request: &str, sdp: &str) -> String {
    let mut text = "SIP/2.0 200 OK\r\n".to_owned();
    for line in request.split("\r\n").skip(1).take_while(|line| !line.is_empty()) {
        let name = line.split(':').next().unwrap_or_default();
        if ["Via", "From", "Call-ID", "CSeq", "Record-Route"].contains(&name) {
            text.extend([line, "\r\n"]);
        } else if name == "To" {
            let tag = if line.contains(";tag=") { "" } else { ";tag=page" };
            text.extend([line, tag, "\r\n"]);
        }
    }
    if !sdp.is_empty() {
        text += "Contact: <sip:7q2@k3m9.invalid;transport=ws;ob>\r\n\
                 Content-Type: application/sdp\r\n";
    }
    text + &format!("Content-Length: {}\r\n\r\n{sdp}", sdp.len())
}

fn description(rtp: u16) -> String {
    format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
         m=audio {rtp} RTP/AVP 0\r\na=sendrecv\r\n"
    )
}

/// Where an offer wants to hear us.
fn offered(invite: &str) -> SocketAddr {
    let word = |start: &str, index: usize| {
        let line = invite.lines().find(|line| line.starts_with(start)).unwrap();
        line.split(' ').nth(index).unwrap().to_owned()
    };
    let (ip, port) = (word("c=IN IP4 ", 2), word("m=audio ", 1));
    SocketAddr::new(ip.parse().unwrap(), port.parse().unwrap())
}

fn headers<'a>(message: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let start = format!("{name}: ");
    message.split("\r\n").filter_map(move |line| line.strip_prefix(&start))
}
