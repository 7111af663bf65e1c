//! `a=crypto`: SDES (RFC 4568), with AES-GCM by RFC 7714 §14.
//!
//! | policy  | we offer                        | we accept                          |
//! |---------|---------------------------------|------------------------------------|
//! | Off     | RTP/AVP                         | RTP/AVP                            |
//! | Prefer  | RTP/AVP with a=crypto (RFC 8643)| both, protected where it is offered|
//! | Require | RTP/SAVP with a=crypto          | only what is protected             |
//!
//! Invariant (FAULTS S9): with `Require` nothing is agreed that is not protected, and an answer
//! takes a suite of the offer or none. A line that is damaged, or asks for what we do not do, is
//! passed over as if it were not there (I58).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sdp_types::{Attribute, Media};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha512};

use crate::srtp::{Keys, Profile, Protection};

/// Whether a leg's audio is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SrtpPolicy {
    /// Never.
    #[default]
    Off,
    /// Where the other side can.
    Prefer,
    /// Always; a leg without it is refused.
    Require,
}

/// A secret of 32 bytes from which our keys of one stream are made, one for each suite.
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SrtpSecret(pub [u8; 32]);

impl std::fmt::Debug for SrtpSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SrtpSecret")
    }
}

/// One usable line of a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Crypto {
    pub(super) tag: u32,
    pub(super) keys: Keys,
}

impl SrtpSecret {
    /// Our keys for a suite.
    fn keys(&self, profile: Profile) -> Option<Keys> {
        let suite = suite(profile)?;
        let digest = Sha512::new().chain_update(self.0).chain_update(suite).finalize();
        Keys::new(profile, digest.get(..profile.key_len() + profile.salt_len())?)
    }

    /// The lines of our offer, the strongest first.
    pub(super) fn offer(&self) -> Vec<Attribute> {
        let lines = (1..).zip(SUITES).filter_map(|(tag, (profile, _))| {
            Some(line(&Crypto { tag, keys: self.keys(*profile)? }))
        });
        lines.collect()
    }

    /// Our answer to an offered line, and what was agreed by it.
    pub(super) fn answer(&self, offered: &Crypto) -> Option<(Attribute, Protection)> {
        let send = self.keys(offered.keys.profile())?;
        let answer = line(&Crypto { tag: offered.tag, keys: send });
        Some((answer, Protection { send, receive: offered.keys }))
    }

    /// What was agreed by the answer to our offer; none if it takes no line of ours.
    pub(super) fn accept(&self, answered: &Crypto) -> Option<Protection> {
        let index = usize::try_from(answered.tag.checked_sub(1)?).ok()?;
        let (profile, _) = SUITES.get(index)?;
        if answered.keys.profile() != *profile {
            return None;
        }
        Some(Protection { send: self.keys(*profile)?, receive: answered.keys })
    }
}

/// The lines of a stream that we can use, in the peer's order.
pub(super) fn lines(media: &Media) -> impl Iterator<Item = Crypto> {
    let lines = media.attributes.iter().filter(|attribute| attribute.attribute == "crypto");
    lines.filter_map(|attribute| read(attribute.value.as_deref()?)).take(LINES_MAX)
}

/// `TAG SUITE inline:KEY[|LIFETIME][|MKI:LENGTH] [PARAMETER …]`
fn read(value: &str) -> Option<Crypto> {
    let mut words = value.split_ascii_whitespace();
    let tag = words.next()?.parse().ok().filter(|tag| (1..1_000_000_000).contains(tag))?;
    let name = words.next()?;
    let (profile, _) = SUITES.iter().find(|(_, suite)| suite.eq_ignore_ascii_case(name))?;
    // Several keys come one after the other; the first is used, as without an MKI only one may be.
    let key = words.next()?.split(';').next()?;
    let mut parts = key.strip_prefix("inline:")?.split('|');
    let key = STANDARD.decode(parts.next()?).ok()?;
    for part in parts {
        // An MKI would stand in every packet: we do not read it, so the line is not for us.
        let is_lifetime = part.strip_prefix("2^").unwrap_or(part).parse::<u64>().is_ok();
        if part.contains(':') || !is_lifetime {
            return None;
        }
    }
    // RFC 4568 §6.3.7: what is not known must be refused, but for the hint of the window's size.
    if words.any(|parameter| !parameter.starts_with("WSH=")) {
        return None;
    }
    Some(Crypto { tag, keys: Keys::new(*profile, &key)? })
}

fn line(Crypto { tag, keys }: &Crypto) -> Attribute {
    let suite = suite(keys.profile()).unwrap_or_default();
    let key = STANDARD.encode(keys.key_and_salt());
    Attribute::with_value("crypto", format!("{tag} {suite} inline:{key}"))
}

fn suite(profile: Profile) -> Option<&'static str> {
    SUITES.iter().find(|(known, _)| *known == profile).map(|(_, suite)| *suite)
}

const SUITES: &[(Profile, &str)] = &[
    (Profile::AeadAes256Gcm, "AEAD_AES_256_GCM"),
    (Profile::AesCm128Sha1Tag80, "AES_CM_128_HMAC_SHA1_80"),
    (Profile::AesCm128Sha1Tag32, "AES_CM_128_HMAC_SHA1_32"),
    (Profile::AeadAes128Gcm, "AEAD_AES_128_GCM"),
];

/// More lines than there are suites to offer.
const LINES_MAX: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";

    fn is_read(line: &str) -> bool {
        read(line).is_some()
    }

    /// RFC 4568 §9.1, examples; I58.
    #[test]
    fn lines_are_read_as_telephones_write_them() {
        for line in [
            format!("1 AES_CM_128_HMAC_SHA1_80 {KEY}"),
            format!("1 AES_CM_128_HMAC_SHA1_80 {KEY}|2^20"),
            format!("7 aes_cm_128_hmac_sha1_32 {KEY}|1048576 WSH=64"),
        ] {
            assert!(is_read(&line), "{line}");
        }
    }

    #[test]
    fn damaged_lines_and_what_we_do_not_do_are_passed_over() {
        for line in [
            format!("1 AES_CM_128_HMAC_SHA1_80 {KEY}|2^20|1:4"),
            format!("1 AES_CM_128_HMAC_SHA1_80 {KEY} UNENCRYPTED_SRTP"),
            format!("1 F8_128_HMAC_SHA1_80 {KEY}"),
            format!("x AES_CM_128_HMAC_SHA1_80 {KEY}"),
            "1 AES_CM_128_HMAC_SHA1_80 inline:short".to_owned(),
            "1 AES_CM_128_HMAC_SHA1_80 inline:c2hvcnQ=".to_owned(),
            "1 AES_CM_128_HMAC_SHA1_80".to_owned(),
            String::new(),
        ] {
            assert!(!is_read(&line), "{line}");
        }
    }

    #[test]
    fn what_we_offer_is_answered_and_accepted() {
        let (ours, theirs) = (SrtpSecret([1; 32]), SrtpSecret([2; 32]));
        for offered in ours.offer() {
            let offered = read(offered.value.as_deref().unwrap()).unwrap();
            let (answer, there) = theirs.answer(&offered).unwrap();
            let answered = read(answer.value.as_deref().unwrap()).unwrap();
            let here = ours.accept(&answered).unwrap();
            assert_eq!((here.send, here.receive), (there.receive, there.send));
        }
    }

    /// S9: a suite that we did not offer under that tag is none.
    #[test]
    fn an_answer_with_another_suite_is_refused() {
        let ours = SrtpSecret([1; 32]);
        for line in
            [format!("1 AES_CM_128_HMAC_SHA1_80 {KEY}"), format!("9 AES_CM_128_HMAC_SHA1_80 {KEY}")]
        {
            assert_eq!(ours.accept(&read(&line).unwrap()), None);
        }
    }

    #[test]
    fn each_suite_has_a_key_of_its_own() {
        let lines = SrtpSecret([1; 32]).offer();
        let keys: Vec<_> = lines
            .iter()
            .map(|l| l.value.as_deref().unwrap().split_once("inline:").unwrap().1[..20].to_owned())
            .collect();
        for (at, key) in keys.iter().enumerate() {
            assert!(!keys[..at].contains(key));
        }
    }
}
