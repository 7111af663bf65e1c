//! The client's side of digest: what answers a 401 or 407 (RFC 3261 §22.2, RFC 8760 §2.4).

use std::fmt::Write as _;

use super::Algorithm;
use crate::endpoint::Random;
use crate::header::{Challenge, Name};
use crate::message::{Quoted, Response};
use crate::registrar::Secret;

/// The header that answers the first challenge in `response` we can answer; `None` when there is
/// none, and the response is final.
pub(crate) fn answer_challenge(
    response: &Response,
    user: &str,
    secret: &Secret,
    method: &str,
    uri: &str,
    random: &mut Random,
) -> Option<(Name, String)> {
    let by_server = response.www_authenticate().map(|challenge| (Name::Authorization, challenge));
    let by_proxy =
        response.proxy_authenticate().map(|challenge| (Name::ProxyAuthorization, challenge));
    let wanted = match response.status().code() {
        401 => Name::Authorization,
        407 => Name::ProxyAuthorization,
        _ => return None,
    };
    by_server
        .chain(by_proxy)
        .filter(|(name, _)| *name == wanted)
        .filter_map(|(name, challenge)| Some((name, challenge.ok()?)))
        .find_map(|(name, challenge)| {
            Some((name, answer(challenge, user, secret, method, uri, random)?))
        })
}

/// Whether a second refusal is worth a second try: the secret was right, the nonce too old.
pub(crate) fn is_stale(response: &Response) -> bool {
    let challenges = response.www_authenticate().chain(response.proxy_authenticate());
    challenges.filter_map(Result::ok).any(|challenge| challenge.is_stale())
}

fn answer(
    challenge: Challenge<'_>,
    user: &str,
    secret: &Secret,
    method: &str,
    uri: &str,
    random: &mut Random,
) -> Option<String> {
    let algorithm = Algorithm::parse(challenge.algorithm())?;
    let (realm, nonce) = (challenge.0.raw("realm")?, challenge.nonce()?);
    let has_qop = challenge.0.raw("qop").is_some_and(|qop| !qop.is_empty());
    if !challenge.0.is_digest() || (has_qop && !challenge.offers_qop("auth")) {
        return None;
    }
    let ha1 = match (secret, algorithm) {
        (Secret::Password(password), _) => algorithm.ha1(user, realm, password),
        (Secret::Ha1 { md5, .. }, Algorithm::Md5) => hex::encode(md5),
        (Secret::Ha1 { sha256, .. }, Algorithm::Sha256) => hex::encode(sha256),
        (Secret::Ha1 { sha512_256, .. }, Algorithm::Sha512Trunc256) => hex::encode((*sha512_256)?),
    };
    let cnonce = format!("{:016x}", random.number());
    // Each challenge is answered once, so the count never passes one.
    let counted = has_qop.then_some(("00000001", cnonce.as_str()));
    let response = algorithm.response(&ha1, nonce, counted, method, uri);
    let mut text = format!(
        r#"Digest username={},realm="{realm}",nonce="{nonce}",uri="{uri}",response="{response}""#,
        Quoted(user)
    );
    // A String takes every write.
    if challenge.0.raw("algorithm").is_some() {
        let _ = write!(text, ",algorithm={algorithm}");
    }
    if let Some((nc, cnonce)) = counted {
        let _ = write!(text, ",qop=auth,nc={nc},cnonce=\"{cnonce}\"");
    }
    if let Some(opaque) = challenge.opaque() {
        let _ = write!(text, ",opaque=\"{opaque}\"");
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::header::{Credentials, DigestParams};
    use crate::message::Message;

    fn response(headers: &str) -> Response {
        let text = format!("SIP/2.0 401 Unauthorized\r\n{headers}\r\n");
        match Message::parse(Bytes::from(text)).unwrap() {
            Message::Response(response) => response,
            Message::Request(_) => unreachable!("a response was written"),
        }
    }

    fn answered(headers: &str) -> Option<(Name, String)> {
        let secret = Secret::Password("s3cret".to_owned());
        let mut random = Random::new([2; 32]);
        answer_challenge(&response(headers), "1001", &secret, "REGISTER", "sip:pbx", &mut random)
    }

    /// RFC 8760 §2.4: the topmost challenge that is understood is answered.
    #[test]
    fn the_first_challenge_we_understand_is_answered() {
        let (name, text) = answered(
            "WWW-Authenticate: Digest realm=\"a\", nonce=\"1\", algorithm=SHA3-999\r\n\
             WWW-Authenticate: Digest realm=\"a\", nonce=\"2\", algorithm=SHA-256, \
             qop=\"auth-int,auth\"\r\n\
             WWW-Authenticate: Digest realm=\"a\", nonce=\"3\", algorithm=MD5\r\n",
        )
        .unwrap();
        assert_eq!(name, Name::Authorization);
        let credentials = Credentials(DigestParams::parse(name, &text).unwrap());
        assert_eq!(credentials.nonce(), Some("2"));
        assert_eq!(credentials.algorithm(), "SHA-256");
        let ha1 = Algorithm::Sha256.ha1("1001", "a", "s3cret");
        let uses = Some((credentials.nc_text().unwrap(), credentials.cnonce().unwrap()));
        let expected = Algorithm::Sha256.response(&ha1, "2", uses, "REGISTER", "sip:pbx");
        assert_eq!(credentials.response(), Some(expected.as_str()));
    }

    /// RFC 3261 §22.4: a challenge of RFC 2069, without qop, is still answered; opaque goes back.
    #[test]
    fn a_challenge_without_qop_is_answered_the_old_way() {
        let (_, text) =
            answered("WWW-Authenticate: Digest realm=\"a\", nonce=\"1\", opaque=\"o\"\r\n")
                .unwrap();
        assert!(!text.contains("qop") && !text.contains("algorithm"), "{text}");
        assert!(text.ends_with(",opaque=\"o\""), "{text}");
    }

    #[test]
    fn a_challenge_nobody_understands_is_final() {
        assert_eq!(answered("WWW-Authenticate: Basic realm=\"a\"\r\n"), None);
        let int_only = "WWW-Authenticate: Digest realm=\"a\", nonce=\"1\", qop=\"auth-int\"\r\n";
        assert_eq!(answered(int_only), None);
        assert_eq!(answered("Proxy-Authenticate: Digest realm=\"a\", nonce=\"1\"\r\n"), None);
    }
}
