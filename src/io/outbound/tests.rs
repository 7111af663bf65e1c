//! Servers on loopback: what is reached, what is refused before a byte leaves, what is too much.

use super::*;
use std::sync::Mutex;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const PATIENCE: Duration = Duration::from_secs(20);

/// A server that keeps what it is sent and answers each connection with the same bytes.
async fn server(answer: &'static str) -> (u16, Arc<Mutex<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Arc::new(Mutex::new(String::new()));
    let ears = heard.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            serve(&mut stream, answer, &ears).await;
        }
    });
    (port, heard)
}

async fn serve(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    answer: &str,
    ears: &Mutex<String>,
) {
    let mut head = [0; 4_096];
    let mut text = String::new();
    while !text.ends_with('}') {
        let length = stream.read(&mut head).await.unwrap();
        if length == 0 {
            break;
        }
        text.push_str(std::str::from_utf8(&head[..length]).unwrap());
    }
    ears.lock().unwrap().push_str(&text);
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}

fn trusting(roots: rustls::RootCertStore) -> Arc<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap();
    Arc::new(client.with_root_certificates(roots).with_no_client_auth())
}

fn outbound(private: &[&str]) -> Outbound {
    let private: Vec<Network> = private.iter().map(|network| network.parse().unwrap()).collect();
    Outbound::new(trusting(rustls::RootCertStore::empty()), &private)
}

async fn post(outbound: &Outbound, url: &str) -> Result<Answered, NoAnswer> {
    outbound.post(url, br#"{"a":1}"#.to_vec(), PATIENCE).await
}

const FINE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"b\":\"c\"}";

#[tokio::test]
async fn an_allowed_server_is_sent_the_body_and_nothing_of_ours() {
    let (port, heard) = server(FINE).await;
    let url = format!("http://localhost:{port}/x?y=1");
    let answered = post(&outbound(&["127.0.0.1"]), &url).await.unwrap();
    assert_eq!((answered.status, &answered.body[..]), (200, &br#"{"b":"c"}"#[..]));
    let heard = heard.lock().unwrap().to_lowercase();
    assert!(heard.starts_with("post /x?y=1 http/1.1\r\n"), "{heard}");
    assert!(heard.contains(&format!("\r\nhost: localhost:{port}\r\n")), "{heard}");
    assert!(heard.ends_with("\r\n\r\n{\"a\":1}"), "{heard}");
    for secret in ["cookie", "authorization", "referer"] {
        assert!(!heard.contains(secret), "{heard}");
    }
}

/// FAULTS S12: each way to write an address of ours, and a name that leads to one.
#[tokio::test]
async fn a_private_address_is_refused_however_it_is_written_and_hears_nothing() {
    let (port, heard) = server(FINE).await;
    for host in [
        "127.0.0.1",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::]",
        "169.254.169.254",
        "10.0.0.1",
    ] {
        for scheme in ["http", "https"] {
            let url = format!("{scheme}://{host}:{port}/");
            let refused = post(&outbound(&[]), &url).await.unwrap_err();
            // A resolver may know less of these than ours: no address is as good as a refused one.
            let refused_or_unknown = matches!(refused, NoAnswer::Private(_) | NoAnswer::Failed(_));
            assert!(refused_or_unknown, "{url}: {refused}");
        }
    }
    assert_eq!(*heard.lock().unwrap(), "", "something was sent");
    let refused = post(&outbound(&["10.0.0.0/8"]), &format!("http://127.0.0.1:{port}/")).await;
    assert!(matches!(refused, Err(NoAnswer::Private(_))), "{refused:?}");
}

#[tokio::test]
async fn plain_http_goes_to_no_public_address() {
    // An address stands for itself, so no name is asked for and nothing is sent.
    let refused = post(&outbound(&[]), "http://198.41.0.4/").await.unwrap_err();
    assert!(matches!(refused, NoAnswer::Plain(_)), "{refused}");
}

/// A redirect is an answer: where it points to is not asked.
#[tokio::test]
async fn a_server_cannot_send_the_switch_elsewhere() {
    let (inside, heard) = server(FINE).await;
    let answer = format!(
        "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:{inside}/\r\n\
         Content-Length: 0\r\n\r\n"
    );
    let (port, _) = server(Box::leak(answer.into_boxed_str())).await;
    let answered = post(&outbound(&["127.0.0.1"]), &format!("http://127.0.0.1:{port}/")).await;
    assert_eq!(answered.unwrap().status, 307);
    assert_eq!(*heard.lock().unwrap(), "");
}

#[tokio::test]
async fn an_answer_that_never_comes_or_never_ends_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = format!("http://{}/", listener.local_addr().unwrap());
    let allowed = outbound(&["127.0.0.1"]);
    let within = Duration::from_millis(200);
    let late = allowed.post(&silent, b"{}".to_vec(), within).await.unwrap_err();
    assert!(matches!(late, NoAnswer::TooLate(_)), "{late}");
    let much = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(BODY_BYTES_MAX + 1));
    let (port, _) = server(Box::leak(much.into_boxed_str())).await;
    let refused = post(&allowed, &format!("http://127.0.0.1:{port}/")).await;
    assert!(matches!(refused, Err(NoAnswer::Failed(_))), "{refused:?}");
}

/// Of an answer that nobody uses its beginning is read, and how long it is does not matter.
#[tokio::test]
async fn a_server_is_told_under_headers_of_ours_and_its_answer_is_cut() {
    let much = format!("HTTP/1.1 200 OK\r\n\r\nok{}", "x".repeat(BODY_BYTES_MAX + 1));
    let (port, heard) = server(Box::leak(much.into_boxed_str())).await;
    let mut headers = HeaderMap::new();
    headers.insert("webhook-id", "7".parse().unwrap());
    let url = format!("http://127.0.0.1:{port}/");
    let told = outbound(&["127.0.0.1"]).tell(&url, b"{}".to_vec(), headers, 4, PATIENCE).await;
    assert_eq!(told.unwrap(), Answered { status: 200, body: Bytes::from_static(b"okxx") });
    assert!(heard.lock().unwrap().contains("\r\nwebhook-id: 7\r\n"));
}

#[tokio::test]
async fn what_is_no_url_of_a_server_is_refused() {
    for url in
        ["", "ftp://a/", "/path", "https://", "https://user:word@a/", "http:a", "https://a b/"]
    {
        let refused = post(&outbound(&[]), url).await.unwrap_err();
        assert!(matches!(refused, NoAnswer::Url(_)), "{url}: {refused}");
    }
}

/// A server is known by its certificate, and one that is not known is not asked.
#[tokio::test]
async fn over_tls_the_certificate_must_be_the_hosts() {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let ears = Arc::new(Mutex::new(String::new()));
    let heard = ears.clone();
    tokio::spawn(async move {
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(tls));
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                serve(&mut stream, FINE, &heard).await;
            }
        }
    });
    let url = format!("https://localhost:{port}/");
    let stranger = post(&outbound(&["127.0.0.1"]), &url).await;
    assert!(matches!(stranger, Err(NoAnswer::Failed(_))), "{stranger:?}");
    assert_eq!(*ears.lock().unwrap(), "");
    let mut roots = rustls::RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let known = Outbound::new(trusting(roots), &["127.0.0.1".parse().unwrap()]);
    assert_eq!(post(&known, &url).await.unwrap().status, 200);
    let other = post(&known, &format!("https://127.0.0.1:{port}/")).await;
    assert!(matches!(other, Err(NoAnswer::Failed(_))), "{other:?}");
}

/// RFC 6890 and the registries behind it: the edges of what is not public.
#[test]
fn an_address_is_public_only_where_no_registry_says_otherwise() {
    for public in [
        "1.1.1.1",
        "9.255.255.255",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.0.1",
        "172.32.0.0",
        "192.0.1.1",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2606:4700::1",
        "2001:200::1",
        "3fff:1000::1",
    ] {
        assert!(is_public(public.parse().unwrap()), "{public}");
    }
    for special in [
        "0.0.0.0",
        "10.255.0.1",
        "100.64.0.0",
        "100.127.255.255",
        "127.9.9.9",
        "169.254.169.254",
        "172.16.0.0",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.0",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.7",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "64:ff9b::a00:1",
        "fc00::1",
        "fd12::1",
        "fe80::1",
        "ff02::1",
        "2001::1",
        "2001:db8::1",
        "2002:a00:1::1",
        "3fff::1",
    ] {
        assert!(!is_public(special.parse().unwrap()), "{special}");
    }
}
