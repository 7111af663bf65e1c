//! What no single value can tell: ranges, and values that cannot be true together.

use std::net::{IpAddr, SocketAddr};

use crate::{Config, Sip, Tls};

/// Something that works and will still surprise somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The key it is about, such as `sip.public_address`.
    pub key: &'static str,
    /// What will happen, and what to write instead.
    pub message: String,
}

/// A refused value: the key to point at, and what was expected instead.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Conflict {
    /// The keys it is about; the message points at the first one that the file has.
    pub(crate) keys: &'static [&'static str],
    pub(crate) why: String,
    pub(crate) expected: String,
}

/// Every value and pair of values that is refused, in the order of the file's sections.
pub(crate) fn combinations(config: &Config) -> Vec<Conflict> {
    let mut found = Vec::new();
    database(config, &mut found);
    sip(config, &mut found);
    media(config, &mut found);
    http(config, &mut found);
    limits(config, &mut found);
    mail(config, &mut found);
    certificates(config, &mut found);
    found
}

fn database(config: &Config, found: &mut Vec<Conflict>) {
    let mut refuse = |keys, why: &str, expected: &str| {
        found.push(Conflict { keys, why: why.to_owned(), expected: expected.to_owned() });
    };
    let database = &config.database;
    if database.password_file.is_some() && database.url.is_none() {
        let keys = &["database.password_file"];
        refuse(keys, "a password opens nothing without a server", "database.url beside it");
    }
    let Some(url) = &database.url else { return };
    let Some(place) = url.strip_prefix("postgres://").or(url.strip_prefix("postgresql://")) else {
        let expected = "\"postgres://user@host/name\"";
        return refuse(&["database.url"], "it is no URL of PostgreSQL", expected);
    };
    if place.split_once('@').is_some_and(|(user, _)| user.contains(':')) {
        let expected = "it in the file that database.password_file names";
        refuse(&["database.url"], "a password would stand in the configuration", expected);
    }
}

fn sip(config: &Config, found: &mut Vec<Conflict>) {
    let sip = &config.sip;
    if sip.listeners().next().is_none() {
        found.push(Conflict {
            keys: &["sip.udp", "sip.tcp"],
            why: "the switch would listen nowhere".to_owned(),
            expected: "at least one address in sip.udp or sip.tcp".to_owned(),
        });
    }
    for (keys, at) in sip.listeners().filter(|(_, at)| at.port() == 0) {
        found.push(Conflict {
            keys,
            why: format!("nobody can reach a port that changes with every start: {at}"),
            expected: "a port from 1 to 65535".to_owned(),
        });
    }
    for (index, (keys, at)) in sip.streams().enumerate() {
        if let Some((_, other)) = sip.streams().take(index).find(|(_, o)| collide(*o, at)) {
            found.push(Conflict {
                keys,
                why: format!("{at} and the SIP listener {other} are the same TCP port"),
                expected: "a port of its own for each of sip.tcp, tls, ws and wss".to_owned(),
            });
        }
    }
    websocket(sip, found);
    let realm_is_plain = |b: u8| (0x20..0x7f).contains(&b) && b != b'"' && b != b'\\';
    if !(1..=64).contains(&sip.realm.len()) || !sip.realm.bytes().all(realm_is_plain) {
        found.push(Conflict {
            keys: &["sip.realm"],
            why: "the realm stands quoted in a header".to_owned(),
            expected: "1 to 64 printable ASCII characters without quotes or backslashes".to_owned(),
        });
    }
    let names_a_host = |server: &String| {
        (1..=255).contains(&server.len())
            && server.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b))
    };
    if sip.stun_server.as_ref().is_some_and(|server| !names_a_host(server)) {
        found.push(Conflict {
            keys: &["sip.stun_server"],
            why: "it is no host that can be asked".to_owned(),
            expected: "a host, or a host and a port, such as \"stun.example.com:3478\"".to_owned(),
        });
    }
    if sip.public_address.is_some_and(|address| address.is_unspecified()) {
        found.push(Conflict {
            keys: &["sip.public_address"],
            why: "a wildcard cannot be written into a Contact or into SDP".to_owned(),
            expected: "the address that telephones and trunks send to".to_owned(),
        });
    }
}

fn websocket(sip: &Sip, found: &mut Vec<Conflict>) {
    let path = &sip.websocket_path;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/-._~".contains(&b);
    let taken = path == "/" || path == "/v1" || path.starts_with("/v1/") || path.contains("//");
    if !path.starts_with('/') || !path.bytes().all(plain) || path.len() > 100 || taken {
        found.push(Conflict {
            keys: &["sip.websocket_path"],
            why: format!("{path:?} is no path that the API leaves free"),
            expected: "a path such as \"/sip\", not / and not below /v1".to_owned(),
        });
    }
    for origin in sip.websocket_origins.iter().filter(|origin| !is_origin(origin)) {
        found.push(Conflict {
            keys: &["sip.websocket_origins"],
            why: format!("{origin:?} is not an origin"),
            expected: "https://HOST or https://HOST:PORT with nothing after it".to_owned(),
        });
    }
}

fn media(config: &Config, found: &mut Vec<Conflict>) {
    if let Some(fault) = config.media.speech.as_ref().and_then(crate::Speech::fault) {
        let (why, expected) = fault;
        let (why, expected) = (why.to_owned(), expected.to_owned());
        found.push(Conflict { keys: &["media.speech"], why, expected });
    }
    let ports = config.media.ports;
    let address = config.media_address();
    let taken = |at: &&SocketAddr| ports.contains(at.port()) && share(at.ip(), address);
    for at in config.sip.udp.iter().filter(taken) {
        found.push(Conflict {
            keys: &["media.ports", "sip.udp"],
            why: format!("the range {ports} holds the SIP listener {at}"),
            expected: "a range that leaves every port of sip.udp out".to_owned(),
        });
    }
    let sip_is_reachable = config.sip.listeners().any(|(_, at)| !at.ip().is_loopback());
    if sip_is_reachable && address.is_loopback() {
        found.push(Conflict {
            keys: &["media.address", "sip.udp", "sip.tcp"],
            why: format!("telephones elsewhere would hear nothing: audio is bound to {address}"),
            expected: "a media.address that the telephones can reach".to_owned(),
        });
    }
    if !config.media.has_tones() {
        found.push(Conflict {
            keys: &["media.tones"],
            why: "it is no country's calling code".to_owned(),
            expected: "tones = \"+44\" for those of the United Kingdom".to_owned(),
        });
    }
    if config.media.codecs.is_empty() || config.media.web_codecs.is_empty() {
        found.push(Conflict {
            keys: &["media.codecs", "media.web_codecs"],
            why: "telephones or browsers would have nothing to speak".to_owned(),
            expected: "at least one of \"pcma\", \"pcmu\", \"g722\" and \"opus\" each".to_owned(),
        });
    }
    if config.media.workers.is_some_and(|workers| workers.get() > 64) {
        found.push(Conflict {
            keys: &["media.workers"],
            why: "more threads than that only wait for each other".to_owned(),
            expected: "1 to 64".to_owned(),
        });
    }
}

fn http(config: &Config, found: &mut Vec<Conflict>) {
    let http = &config.http;
    if http.tls == Tls::Off && !http.listen.ip().is_loopback() && !http.behind_proxy {
        found.push(Conflict {
            keys: &["http.tls", "http.listen"],
            why: format!("passwords would cross the network unencrypted to {}", http.listen),
            expected: "tls = \"self-signed\" or a certificate; or behind_proxy = true; or a \
                       loopback listener"
                .to_owned(),
        });
    }
    for (keys, at) in config.sip.streams().filter(|(_, at)| collide(*at, http.listen)) {
        found.push(Conflict {
            keys: match keys {
                ["sip.tcp", ..] => &["http.listen", "sip.tcp"],
                ["sip.tls", ..] => &["http.listen", "sip.tls"],
                ["sip.ws", ..] => &["http.listen", "sip.ws"],
                _ => &["http.listen", "sip.wss"],
            },
            why: format!("{} and the SIP listener {at} are the same TCP port", http.listen),
            expected: "two different ports".to_owned(),
        });
    }
    if let Some(url) = &http.public_url
        && !is_origin(url)
    {
        found.push(Conflict {
            keys: &["http.public_url"],
            why: format!("{url:?} is not an origin"),
            expected: "https://HOST or https://HOST:PORT with nothing after it".to_owned(),
        });
    }
}

/// A web origin as a browser sends it (RFC 6454 §6.1): scheme, host, and no path.
fn is_origin(url: &str) -> bool {
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    host.is_some_and(|host| {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-.:[]".contains(&b);
        !host.is_empty() && host.bytes().all(plain)
    })
}

fn mail(config: &Config, found: &mut Vec<Conflict>) {
    let mail = &config.mail;
    let mut refuse = |keys: &'static [&'static str], why: &str, expected: &str| {
        found.push(Conflict { keys, why: why.to_owned(), expected: expected.to_owned() });
    };
    if mail.server.is_some() && mail.from.is_none() {
        refuse(
            &["mail.server", "mail.from"],
            "a server takes no mail from nobody",
            "mail.from, as \"Cordboard <pbx@example.net>\"",
        );
    }
    if mail.from.as_deref().is_some_and(|from| !from.contains('@')) {
        refuse(&["mail.from"], "it is no address", "\"Cordboard <pbx@example.net>\"");
    }
    if mail.user.is_some() != mail.password_file.is_some() {
        let keys = &["mail.user", "mail.password_file"];
        refuse(keys, "one without the other signs nobody in", "both, or neither");
    }
    let local = mail.server.as_deref().is_some_and(|server| {
        server == "localhost" || server.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
    });
    if mail.server.is_some() && mail.tls == crate::MailTls::Off && !local {
        refuse(
            &["mail.tls", "mail.server"],
            "callers' messages would cross the network unencrypted",
            "tls = \"starttls\" or \"implicit\", or a server on this machine",
        );
    }
}

fn certificates(config: &Config, found: &mut Vec<Conflict>) {
    if config.certificates.require_client && config.certificates.client_ca.is_none() {
        found.push(Conflict {
            keys: &["certificates.require_client"],
            why: "no telephone could show a certificate that is believed".to_owned(),
            expected: "certificates.client_ca beside it".to_owned(),
        });
    }
}

fn limits(config: &Config, found: &mut Vec<Conflict>) {
    let limits = &config.limits;
    let mut range = |keys: &'static [&'static str], value: u32, max: u32| {
        if value == 0 || value > max {
            found.push(Conflict {
                keys,
                why: format!("{value} is out of range"),
                expected: format!("1 to {max}"),
            });
        }
    };
    range(&["limits.calls"], limits.calls, 20_000);
    range(&["limits.attempts_per_second"], limits.attempts_per_second, 1000);
    range(&["limits.viewers"], limits.viewers, 10_000);
    range(&["limits.upload_mib"], limits.upload_mib, 1024);
    let pairs = config.media.ports.pairs();
    if limits.calls <= 20_000 && limits.calls * 2 > pairs {
        let calls = limits.calls;
        found.push(Conflict {
            keys: &["limits.calls", "media.ports"],
            why: format!("{calls} calls need {} port pairs, the range has {pairs}", calls * 2),
            expected: format!("calls up to {}, or a wider media.ports", pairs / 2),
        });
    }
}

/// The files that are named and cannot be read.
pub(crate) fn files(config: &Config) -> Vec<Conflict> {
    type Named<'a> = (&'static [&'static str], &'a std::path::PathBuf, &'static str);
    let pem = "a PEM file that this user may read";
    let mut named: Vec<Named<'_>> =
        config.certificates.files().map(|(keys, path)| (keys, path, pem)).collect();
    if let Tls::Files { certificate, key } = &config.http.tls {
        named.push((&["http.tls.certificate"], certificate, pem));
        named.push((&["http.tls.key"], key, pem));
    }
    if let Some(ca) = &config.mail.ca {
        named.push((&["mail.ca"], ca, pem));
    }
    if let Some(file) = &config.mail.password_file {
        named.push((&["mail.password_file"], file, "a file that this user may read"));
    }
    if let Some(file) = &config.database.password_file {
        named.push((&["database.password_file"], file, "a file that this user may read"));
    }
    if let Some(key) = &config.recording.key_file {
        let expected = "a file of 32 bytes or 64 hex digits that this user may read";
        named.push((&["recording.key_file"], key, expected));
    }
    let mut found = Vec::new();
    for (keys, path, expected) in named {
        if let Err(error) = std::fs::File::open(path) {
            found.push(Conflict {
                keys,
                why: format!("{} cannot be read: {error}", path.display()),
                expected: expected.to_owned(),
            });
        }
    }
    found
}

pub(crate) fn warnings(config: &Config) -> Vec<Warning> {
    let mut found = Vec::new();
    let wildcard = config.sip.listeners().find(|(_, at)| at.ip().is_unspecified());
    if let Some(([key, ..], at)) = wildcard
        && config.sip.public_address.is_none()
        && config.sip.stun_server.is_none()
    {
        found.push(Warning {
            key,
            message: format!(
                "{at} listens everywhere and sip.public_address is not set: Contacts and SDP will \
                 name whichever address the route to the peer starts from"
            ),
        });
    }
    if let Some(at) = config.sip.ws.iter().find(|at| !at.ip().is_loopback()) {
        found.push(Warning {
            key: "sip.ws",
            message: format!(
                "calls' signalling crosses the network in the clear to {at}, and pages loaded by \
                 https cannot open it: use sip.wss, or the path on the [http] listener"
            ),
        });
    }
    if config.http.tls == Tls::SelfSigned && !config.http.listen.ip().is_loopback() {
        found.push(Warning {
            key: "http.tls",
            message: "browsers will warn of the self-signed certificate, and some refuse the \
                      microphone to such a page: name a certificate and its key"
                .to_owned(),
        });
    }
    if config.http.behind_proxy && !config.http.listen.ip().is_loopback() {
        found.push(Warning {
            key: "http.behind_proxy",
            message: format!(
                "whoever reaches {} without the proxy can choose the address the log and the \
                 lock-out see",
                config.http.listen
            ),
        });
    }
    found
}

/// True when two listeners of one protocol cannot both be bound.
fn collide(a: SocketAddr, b: SocketAddr) -> bool {
    a.port() == b.port() && share(a.ip(), b.ip())
}

/// True when a wildcard or equality makes the two addresses one.
fn share(a: IpAddr, b: IpAddr) -> bool {
    a == b || a.is_unspecified() || b.is_unspecified()
}
