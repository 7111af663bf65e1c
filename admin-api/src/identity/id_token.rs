//! ID tokens: whether the provider wrote what it says of a user, for us, now, and for this sign-in
//! (OpenID Connect Core 1.0 §3.1.3.7; JWS, RFC 7515; JWK, RFC 7517; algorithms, RFC 7518, 8037).
//!
//! The signature is checked by `ring`, which is in the house anyway, rather than by a library that
//! brings cryptography of its own. Of algorithms those with a public key are taken: `none` proves
//! nothing, and with HMAC whoever knows the secret could write tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use jiff::Timestamp;
use ring::signature::{self, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey};
use serde::Deserialize;
use serde_json::{Map, Value};
use subtle::ConstantTimeEq;

/// What a provider says of a user.
pub(crate) type Claims = Map<String, Value>;

/// What a token must say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) nonce: &'a str,
    pub(crate) now: Timestamp,
}

/// Why a token is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Untrusted {
    #[error("the ID token is no signed token")]
    Form,
    #[error("the ID token is signed by an algorithm that is not taken")]
    Algorithm,
    #[error("the ID token is signed by a key that the provider does not publish")]
    Key,
    #[error("the signature of the ID token does not hold")]
    Signature,
    #[error("the ID token is of another issuer")]
    Issuer,
    #[error("the ID token is for another client")]
    Audience,
    #[error("the ID token is over, or not from now")]
    Time,
    #[error("the ID token answers another sign-in")]
    Nonce,
    #[error("the ID token names no subject")]
    Subject,
}

/// One of the provider's public keys (RFC 7517 §4); what we do not know of it is left out.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Key {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// RFC 7515 §4.1.
#[derive(Debug, Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    /// What we must understand, and do not (§4.1.11).
    crit: Option<Value>,
}

/// The keys of a JWK set; those of kinds that we do not know are left out (RFC 7517 §5).
pub(crate) fn keys(set: &[u8]) -> Option<Vec<Key>> {
    let set: Value = serde_json::from_slice(set).ok()?;
    let listed = set.get("keys")?.as_array()?.iter().take(KEYS_MAX);
    Some(listed.filter_map(|key| Key::deserialize(key).ok()).collect())
}

/// What the token says, once all of it is believed.
pub(crate) fn verified(
    token: &str,
    keys: &[Key],
    expected: Expected<'_>,
) -> Result<Claims, Untrusted> {
    let (message, signature) = token.rsplit_once('.').ok_or(Untrusted::Form)?;
    let (header, claims) = message.split_once('.').ok_or(Untrusted::Form)?;
    let decoded = |part: &str| BASE64.decode(part).map_err(|_| Untrusted::Form);
    let header: Header = serde_json::from_slice(&decoded(header)?).map_err(|_| Untrusted::Form)?;
    if header.crit.is_some() {
        return Err(Untrusted::Form);
    }
    let algorithm = Algorithm::named(&header.alg).ok_or(Untrusted::Algorithm)?;
    let fits = |key: &&Key| key.fits(&header, algorithm);
    let mut fitting = keys.iter().filter(fits).peekable();
    fitting.peek().ok_or(Untrusted::Key)?;
    let signature = decoded(signature)?;
    if !fitting.any(|key| algorithm.holds(key, message.as_bytes(), &signature) == Some(true)) {
        return Err(Untrusted::Signature);
    }
    let claims: Claims = serde_json::from_slice(&decoded(claims)?).map_err(|_| Untrusted::Form)?;
    check(&claims, expected)?;
    Ok(claims)
}

/// Core §3.1.3.7, its steps 2 to 5 and 9 to 11.
fn check(claims: &Claims, expected: Expected<'_>) -> Result<(), Untrusted> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let client = expected.client_id;
    if text("iss") != Some(expected.issuer) {
        return Err(Untrusted::Issuer);
    }
    let (is_ours, is_alone) = match claims.get("aud") {
        Some(Value::String(one)) => (one == client, true),
        Some(Value::Array(all)) => (all.iter().any(|one| one == client), all.len() == 1),
        _ => (false, true),
    };
    let party = text("azp");
    if !is_ours || party.is_some_and(|party| party != client) || (!is_alone && party.is_none()) {
        return Err(Untrusted::Audience);
    }
    let second = |name: &str| claims.get(name).and_then(Value::as_i64);
    let (now, drift) = (expected.now.as_second(), DRIFT_S);
    let is_over = second("exp").is_none_or(|end| end.saturating_add(drift) <= now);
    let is_early = second("iat").is_none_or(|made| made > now.saturating_add(drift))
        || second("nbf").is_some_and(|from| from > now.saturating_add(drift));
    if is_over || is_early {
        return Err(Untrusted::Time);
    }
    let nonce = text("nonce").unwrap_or_default();
    if !bool::from(nonce.as_bytes().ct_eq(expected.nonce.as_bytes())) {
        return Err(Untrusted::Nonce);
    }
    let subject = text("sub").unwrap_or_default();
    if (1..=255).contains(&subject.len()) { Ok(()) } else { Err(Untrusted::Subject) }
}

impl Key {
    fn fits(&self, header: &Header, algorithm: Algorithm) -> bool {
        let named = header.kid.is_none() || self.kid == header.kid;
        let signs = self.usage.as_deref().is_none_or(|usage| usage == "sig");
        let meant = self.alg.as_deref().is_none_or(|alg| alg == header.alg);
        let (kind, curve) = algorithm.kind();
        let of_kind = self.kty == kind && (curve.is_none() || self.crv.as_deref() == curve);
        named && signs && meant && of_kind
    }
}

/// How a token is signed.
#[derive(Clone, Copy)]
enum Algorithm {
    Rsa(&'static RsaParameters),
    P256,
    P384,
    Ed25519,
}

impl Algorithm {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "RS256" => Self::Rsa(&signature::RSA_PKCS1_2048_8192_SHA256),
            "RS384" => Self::Rsa(&signature::RSA_PKCS1_2048_8192_SHA384),
            "RS512" => Self::Rsa(&signature::RSA_PKCS1_2048_8192_SHA512),
            "PS256" => Self::Rsa(&signature::RSA_PSS_2048_8192_SHA256),
            "PS384" => Self::Rsa(&signature::RSA_PSS_2048_8192_SHA384),
            "PS512" => Self::Rsa(&signature::RSA_PSS_2048_8192_SHA512),
            "ES256" => Self::P256,
            "ES384" => Self::P384,
            "EdDSA" | "Ed25519" => Self::Ed25519,
            _ => return None,
        })
    }

    /// The key type and the curve that go with it.
    fn kind(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Rsa(_) => ("RSA", None),
            Self::P256 => ("EC", Some("P-256")),
            Self::P384 => ("EC", Some("P-384")),
            Self::Ed25519 => ("OKP", Some("Ed25519")),
        }
    }

    /// Whether this key signed the message; none where it is no key.
    fn holds(self, key: &Key, message: &[u8], signature: &[u8]) -> Option<bool> {
        let bytes = |field: &Option<String>| BASE64.decode(field.as_deref()?).ok();
        let by = |algorithm: &'static dyn signature::VerificationAlgorithm, key: Vec<u8>| {
            UnparsedPublicKey::new(algorithm, key).verify(message, signature).is_ok()
        };
        // SEC 1 §2.3.3: a point that is not compressed.
        let point = || Some([vec![4], bytes(&key.x)?, bytes(&key.y)?].concat());
        Some(match self {
            Self::Rsa(parameters) => {
                let whole = |field| Some(without_zeros(bytes(field)?));
                let key = RsaPublicKeyComponents { n: whole(&key.n)?, e: whole(&key.e)? };
                key.verify(parameters, message, signature).is_ok()
            }
            Self::P256 => by(&signature::ECDSA_P256_SHA256_FIXED, point()?),
            Self::P384 => by(&signature::ECDSA_P384_SHA384_FIXED, point()?),
            Self::Ed25519 => by(&signature::ED25519, bytes(&key.x)?),
        })
    }
}

/// Some write a sign byte that RFC 7518 §6.3.1 does not want.
fn without_zeros(bytes: Vec<u8>) -> Vec<u8> {
    bytes.into_iter().skip_while(|byte| *byte == 0).collect()
}

/// How far two clocks may differ.
const DRIFT_S: i64 = 60;

/// Keys of a provider that are looked at.
const KEYS_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use ring::rand::SystemRandom;
    use ring::signature::{EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
    use serde_json::json;

    const ISSUER: &str = "https://id.example.net";
    const NOW: i64 = 1_700_000_000;

    fn expected() -> Expected<'static> {
        let now = Timestamp::from_second(NOW).unwrap();
        Expected { issuer: ISSUER, client_id: "cordboard", nonce: "n-7", now }
    }

    /// A provider that signs by `EdDSA`.
    struct Signer(Ed25519KeyPair);

    impl Signer {
        fn new(seed: u8) -> Self {
            Self(Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap())
        }

        fn keys(&self, kid: &str) -> Vec<Key> {
            let x = BASE64.encode(self.0.public_key());
            let key = json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid, "use": "sig" });
            let odd = json!({ "kty": 7 });
            keys(json!({ "keys": [odd, key] }).to_string().as_bytes()).unwrap()
        }

        fn sign(&self, header: &Value, claims: &Value) -> String {
            let part = |value: &Value| BASE64.encode(value.to_string());
            let message = format!("{}.{}", part(header), part(claims));
            let signature = BASE64.encode(self.0.sign(message.as_bytes()));
            format!("{message}.{signature}")
        }
    }

    fn header() -> Value {
        json!({ "alg": "EdDSA", "kid": "one" })
    }

    fn claims() -> Value {
        json!({
            "iss": ISSUER, "aud": "cordboard", "sub": "7", "nonce": "n-7",
            "iat": NOW - 1, "exp": NOW + 60,
        })
    }

    fn with(name: &str, value: Value) -> Value {
        let mut changed = claims();
        changed[name] = value;
        changed
    }

    /// Core §3.1.3.7: each thing that must be so, not so.
    #[test]
    fn a_token_is_believed_only_whole() {
        let signer = Signer::new(1);
        let keys = signer.keys("one");
        let said = |claims: &Value| verified(&signer.sign(&header(), claims), &keys, expected());
        assert_eq!(said(&claims()).unwrap()["sub"], "7");
        let both = json!(["cordboard", "crm"]);
        let party = |party: &str| {
            let mut changed = with("aud", both.clone());
            changed["azp"] = json!(party);
            changed
        };
        assert!(said(&party("cordboard")).is_ok());
        assert!(said(&with("exp", json!(NOW - 59))).is_ok(), "clocks differ");
        for (wrong, why) in [
            (with("iss", json!("https://id.example.net/")), Untrusted::Issuer),
            (with("aud", json!("crm")), Untrusted::Audience),
            (with("aud", json!(["crm"])), Untrusted::Audience),
            (with("aud", both.clone()), Untrusted::Audience),
            (party("crm"), Untrusted::Audience),
            (with("exp", json!(NOW - 60)), Untrusted::Time),
            (with("exp", Value::Null), Untrusted::Time),
            (with("iat", json!(NOW + 61)), Untrusted::Time),
            (with("nbf", json!(NOW + 61)), Untrusted::Time),
            (with("nonce", json!("n-8")), Untrusted::Nonce),
            (with("nonce", Value::Null), Untrusted::Nonce),
            (with("sub", json!("")), Untrusted::Subject),
            (with("sub", json!("x".repeat(256))), Untrusted::Subject),
        ] {
            assert_eq!(said(&wrong), Err(why), "{wrong}");
        }
    }

    #[test]
    fn what_the_provider_did_not_sign_is_not_believed() {
        let (signer, stranger) = (Signer::new(1), Signer::new(2));
        let keys = signer.keys("one");
        let judged = |token: &str| verified(token, &keys, expected()).unwrap_err();
        assert_eq!(judged(&stranger.sign(&header(), &claims())), Untrusted::Signature);
        let other = json!({ "alg": "EdDSA", "kid": "two" });
        assert_eq!(judged(&signer.sign(&other, &claims())), Untrusted::Key);
        let wrong_kind = json!({ "alg": "ES256", "kid": "one" });
        assert_eq!(judged(&signer.sign(&wrong_kind, &claims())), Untrusted::Key);
        for alg in ["none", "HS256", "eddsa", ""] {
            let header = json!({ "alg": alg, "kid": "one" });
            assert_eq!(judged(&signer.sign(&header, &claims())), Untrusted::Algorithm, "{alg}");
        }
        let critical = json!({ "alg": "EdDSA", "kid": "one", "crit": ["b64"] });
        assert_eq!(judged(&signer.sign(&critical, &claims())), Untrusted::Form);
        let token = signer.sign(&header(), &claims());
        let changed = token.replacen('.', ".e30", 1);
        assert_eq!(judged(&changed), Untrusted::Signature);
        for wrong in ["", ".", "..", "a.b.c", &token.replacen('.', "", 1)] {
            assert_eq!(judged(wrong), Untrusted::Form, "{wrong}");
        }
    }

    /// RFC 7518 §3.4: the signature is two numbers, and not ASN.1.
    #[test]
    fn ecdsa_is_taken_and_a_key_for_encryption_is_not() {
        let random = SystemRandom::new();
        let algorithm = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).unwrap();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        let (x, y) = (BASE64.encode(x), BASE64.encode(y));
        let set = |usage: &str| {
            let key = json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "use": usage });
            keys(json!({ "keys": [key] }).to_string().as_bytes()).unwrap()
        };
        let part = |value: &Value| BASE64.encode(value.to_string());
        let message = format!("{}.{}", part(&json!({ "alg": "ES256" })), part(&claims()));
        let signature = pair.sign(&random, message.as_bytes()).unwrap();
        let token = format!("{message}.{}", BASE64.encode(signature));
        assert!(verified(&token, &set("sig"), expected()).is_ok());
        assert_eq!(verified(&token, &set("enc"), expected()), Err(Untrusted::Key));
    }
}
