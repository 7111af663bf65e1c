//! What a browser's description says beside the audio: ICE (RFC 8839), DTLS-SRTP (RFC 5763, RFC
//! 8122) and BUNDLE (RFC 9143).
//!
//! We are ICE-lite on one address: our description holds the one candidate, and the browser's
//! candidates are not read at all. Where it is, its checks prove; so mDNS names and addresses that
//! change by themselves are no matter (INTEROP 59). A login that changes is an ICE restart (RFC
//! 8445 §9): ours changes with it, while DTLS goes on as it is.

use sdp_types::{Attribute, Media, Session};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256, Sha512};

use super::{Local, SrtpSecret};

/// Our end of a stream with a browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebEnd {
    /// Of our certificate.
    pub fingerprint: Fingerprint,
    /// What the browser's checks must know.
    pub login: Login,
    /// What was agreed last; none before the first answer.
    pub agreed: Option<Web>,
}

/// What was agreed with a browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Web {
    /// What its checks are signed with.
    pub login: Login,
    /// Tells its own login from a later one.
    pub theirs: LoginMark,
    /// Of its certificate.
    pub fingerprint: Fingerprint,
    /// Ours in the DTLS handshake.
    pub role: DtlsRole,
}

/// User name and password of a stream's checks (RFC 8839 §5.4).
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// Characters of ICE.
    pub ufrag: [u8; 8],
    /// Characters of ICE.
    pub password: [u8; 24],
}

/// A digest of a browser's login: equal as long as it does not restart ICE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginMark(pub u64);

/// SHA-256 of a certificate.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint(pub [u8; 32]);

/// Who says `ClientHello` (RFC 5763 §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DtlsRole {
    /// We do.
    Client,
    /// The other end does.
    Server,
}

/// The browser's side, as received.
#[derive(Clone, Debug)]
pub(super) struct WebPeer {
    theirs: LoginMark,
    fingerprint: Fingerprint,
    role: DtlsRole,
    pub(super) mid: Option<String>,
}

impl WebEnd {
    /// An end that nothing was said of yet.
    #[must_use]
    pub fn new(fingerprint: Fingerprint, secret: &SrtpSecret) -> Self {
        Self { fingerprint, login: Login::derive(secret, LoginMark(0)), agreed: None }
    }

    /// Our next offer restarts ICE.
    pub fn restart(&mut self, secret: &SrtpSecret) {
        self.login = Login::derive(secret, LoginMark(u64::from_be_bytes(self.login.ufrag)));
    }

    /// The browser would not have our restart: the login that was agreed stands.
    pub fn keep(&mut self) {
        if let Some(agreed) = self.agreed {
            self.login = agreed.login;
        }
    }

    /// What we agree to: the login that stands, or a new one where either end restarts ICE.
    pub(super) fn agree(&self, peer: &WebPeer, secret: &SrtpSecret) -> Web {
        let WebPeer { theirs, fingerprint, .. } = *peer;
        let login = match self.agreed {
            Some(agreed) if agreed.theirs == theirs => agreed.login,
            Some(agreed) if agreed.login == self.login => Login::derive(secret, theirs),
            _ => self.login,
        };
        // RFC 8842 §5.3: an association that goes on keeps its roles, whatever is offered.
        let kept = self.agreed.filter(|agreed| agreed.fingerprint == fingerprint);
        let role = kept.map_or(peer.role, |agreed| agreed.role);
        Web { login, theirs, fingerprint, role }
    }
}

impl Login {
    fn derive(secret: &SrtpSecret, mark: LoginMark) -> Self {
        let digest = Sha512::new()
            .chain_update(b"ice")
            .chain_update(secret.0)
            .chain_update(mark.0.to_be_bytes())
            .finalize();
        let mut characters = digest.iter().map(|byte| ICE_CHARACTERS[usize::from(byte & 63)]);
        let mut next = || characters.next().unwrap_or(b'0');
        Self { ufrag: std::array::from_fn(|_| next()), password: std::array::from_fn(|_| next()) }
    }
}

/// Its password is never printed (FAULTS S23).
impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Login({})", text(&self.ufrag))
    }
}

impl std::fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.to_string())
    }
}

impl std::fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            write!(f, "{}{byte:02X}", if at == 0 { "" } else { ":" })?;
        }
        Ok(())
    }
}

/// Reads what a browser's stream must have; an error says what is missing.
pub(super) fn read(session: &Session, media: &Media) -> Result<WebPeer, &'static str> {
    let value = |name: &str| {
        let of = |attributes: &[Attribute]| {
            let found = attributes.iter().find(|attribute| attribute.attribute == name)?;
            found.value.as_deref().map(|value| value.trim().to_owned())
        };
        of(&media.attributes).or_else(|| of(&session.attributes))
    };
    if !PROTOCOLS.iter().any(|known| media.proto.eq_ignore_ascii_case(known)) {
        return Err("a browser's stream: UDP/TLS/RTP/SAVPF");
    }
    if !media.has_attribute("rtcp-mux") {
        return Err("a=rtcp-mux");
    }
    let fingerprints = media.attributes.iter().chain(&session.attributes);
    let fingerprint = fingerprints
        .filter(|attribute| attribute.attribute == "fingerprint")
        .find_map(|attribute| fingerprint(attribute.value.as_deref()?))
        .ok_or("a=fingerprint:sha-256")?;
    let (ufrag, password) =
        value("ice-ufrag").zip(value("ice-pwd")).ok_or("a=ice-ufrag, ice-pwd")?;
    let role = match value("setup").as_deref() {
        Some("active" | "actpass") | None => DtlsRole::Server,
        Some("passive") => DtlsRole::Client,
        Some(_) => return Err("a=setup:actpass, active or passive"),
    };
    Ok(WebPeer { theirs: mark(&ufrag, &password), fingerprint, role, mid: value("mid") })
}

/// The lines of our stream, in an offer where `agreed` is none.
pub(super) fn lines(
    local: &Local,
    end: &WebEnd,
    agreed: Option<&Web>,
    mid: Option<&str>,
) -> Vec<Attribute> {
    let login = agreed.map_or(end.login, |agreed| agreed.login);
    let setup = match agreed.map(|agreed| agreed.role) {
        None => "actpass",
        Some(DtlsRole::Server) => "passive",
        Some(DtlsRole::Client) => "active",
    };
    let candidate = format!("1 1 udp {PRIORITY} {} {} typ host", local.address, local.port);
    let mut lines: Vec<_> = mid.map(|mid| Attribute::with_value("mid", mid)).into_iter().collect();
    lines.extend([
        Attribute::with_value("ice-ufrag", text(&login.ufrag)),
        Attribute::with_value("ice-pwd", text(&login.password)),
        Attribute::with_value("candidate", candidate),
        Attribute::new("end-of-candidates"),
        Attribute::with_value("fingerprint", format!("sha-256 {}", end.fingerprint)),
        Attribute::with_value("setup", setup),
        Attribute::with_value("msid", "cordboard audio"),
    ]);
    lines
}

/// The lines of the session.
pub(super) fn session_lines(mid: Option<&str>) -> Vec<Attribute> {
    let bundle = mid.map(|mid| Attribute::with_value("group", format!("BUNDLE {mid}")));
    [Attribute::new("ice-lite")].into_iter().chain(bundle).collect()
}

/// The stream in our offers.
pub(super) const MID: &str = "0";

/// What our offers call the stream, and what RFC 8829 §5.1.2 has us accept.
pub(super) const UDP_TLS: &str = "UDP/TLS/RTP/SAVPF";
const PROTOCOLS: [&str; 3] = [UDP_TLS, "UDP/TLS/RTP/SAVP", "RTP/SAVPF"];

/// `sha-256 XX:XX:…`; other hashes are passed over, as all browsers name this one.
fn fingerprint(value: &str) -> Option<Fingerprint> {
    let (hash, digits) = value.trim().split_once(' ')?;
    if !hash.eq_ignore_ascii_case("sha-256") {
        return None;
    }
    let mut bytes = [0; 32];
    let mut pairs = digits.trim().split(':');
    for byte in &mut bytes {
        let pair = pairs.next().filter(|pair| pair.len() == 2)?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    pairs.next().is_none().then_some(Fingerprint(bytes))
}

fn mark(ufrag: &str, password: &str) -> LoginMark {
    let digest = Sha256::digest(format!("{ufrag} {password}"));
    LoginMark(digest.iter().take(8).fold(0, |mark, byte| mark << 8 | u64::from(*byte)))
}

fn text(characters: &[u8]) -> String {
    characters.iter().map(|byte| char::from(*byte)).collect()
}

/// RFC 8839 §5.4: `ice-char`.
const ICE_CHARACTERS: &[u8; 64] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// RFC 8445 §5.1.2.1 of a host candidate; with only one it decides nothing.
const PRIORITY: u32 = 126 << 24 | 0xFFFF << 8 | 255;

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: SrtpSecret = SrtpSecret([3; 32]);

    fn peer(theirs: u64, fingerprint: u8, role: DtlsRole) -> WebPeer {
        let fingerprint = Fingerprint([fingerprint; 32]);
        WebPeer { theirs: LoginMark(theirs), fingerprint, role, mid: None }
    }

    /// RFC 8445 §9: both ends change their logins in a restart, and at no other time.
    #[test]
    fn a_restart_changes_our_login_and_nothing_else_does() {
        let mut end = WebEnd::new(Fingerprint([1; 32]), &SECRET);
        let first = end.agree(&peer(5, 2, DtlsRole::Server), &SECRET);
        assert_eq!(first.login, end.login);
        end.agreed = Some(first);
        assert_eq!(end.agree(&peer(5, 2, DtlsRole::Server), &SECRET), first);
        let restarted = end.agree(&peer(6, 2, DtlsRole::Server), &SECRET);
        assert_ne!(restarted.login, first.login);
        assert_eq!(restarted.fingerprint, first.fingerprint);
    }

    /// RFC 8445 §9, RFC 8839 §4.4.1.1: a restart of ours is agreed with the browser's new login;
    /// where it answers with its old one, or refuses, nothing has changed.
    #[test]
    fn a_restart_of_ours_has_the_login_that_was_offered() {
        let mut end = WebEnd::new(Fingerprint([1; 32]), &SECRET);
        let first = end.agree(&peer(5, 2, DtlsRole::Server), &SECRET);
        end.agreed = Some(first);
        end.restart(&SECRET);
        assert_ne!(end.login, first.login);
        assert_eq!(end.agree(&peer(6, 2, DtlsRole::Server), &SECRET).login, end.login);
        assert_eq!(end.agree(&peer(5, 2, DtlsRole::Server), &SECRET), first);
        end.keep();
        assert_eq!(end.login, first.login);
    }

    /// RFC 8842 §5.3.
    #[test]
    fn an_association_that_goes_on_keeps_its_roles() {
        let mut end = WebEnd::new(Fingerprint([1; 32]), &SECRET);
        end.agreed = Some(end.agree(&peer(5, 2, DtlsRole::Client), &SECRET));
        assert_eq!(end.agree(&peer(5, 2, DtlsRole::Server), &SECRET).role, DtlsRole::Client);
        assert_eq!(end.agree(&peer(5, 9, DtlsRole::Server), &SECRET).role, DtlsRole::Server);
    }

    #[test]
    fn a_fingerprint_is_read_as_it_is_written() {
        let ours = Fingerprint(std::array::from_fn(|at| u8::try_from(at * 7).unwrap()));
        assert_eq!(
            fingerprint(&format!("SHA-256 {}", ours.to_string().to_lowercase())),
            Some(ours)
        );
        for wrong in ["sha-1 00:11", "sha-256 00", "sha-256", &format!("sha-256 {ours}:00")] {
            assert_eq!(fingerprint(wrong), None, "{wrong}");
        }
    }

    /// S23.
    #[test]
    fn a_login_is_printed_without_its_password() {
        let login = Login::derive(&SECRET, LoginMark(1));
        assert_eq!(format!("{login:?}"), format!("Login({})", text(&login.ufrag)));
    }
}
