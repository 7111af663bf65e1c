//! The transforms: key derivation (RFC 3711 §4.3), AES counter mode (§4.1.1), HMAC-SHA1 (§4.2),
//! AES-GCM (RFC 7714 §8, §9).

use aes::{
    Aes128, Aes256, Block,
    cipher::{BlockCipherEncrypt, KeyInit},
};
use ring::{
    aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hmac,
};

use super::{Keys, Profile};

/// Session keys of one direction, of RTP or of RTCP.
pub(super) enum Cipher {
    /// Counter mode and a tag of this many bytes.
    Counter {
        block: Box<Aes128>,
        salt: [u8; 14],
        auth: hmac::Key,
        tag: usize,
    },
    Gcm {
        key: Box<LessSafeKey>,
        salt: [u8; NONCE_LEN],
    },
}

/// Which of a direction's two protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Rtp,
    Rtcp,
}

impl Cipher {
    /// None only if the library refuses a key of the right length.
    pub(super) fn derive(keys: &Keys, protocol: Protocol) -> Option<Self> {
        let first = if protocol == Protocol::Rtp { 0 } else { 3 };
        let mut key = [0; 32];
        let key = &mut key[..keys.profile.key_len()];
        derive(keys, first, key)?;
        let tag = match protocol {
            Protocol::Rtp => keys.profile.rtp_tag(),
            Protocol::Rtcp => keys.profile.rtcp_tag(),
        };
        if keys.profile.is_aead() {
            let algorithm =
                if keys.profile == Profile::AeadAes256Gcm { &AES_256_GCM } else { &AES_128_GCM };
            let mut salt = [0; NONCE_LEN];
            derive(keys, first + 2, &mut salt)?;
            let key = Box::new(LessSafeKey::new(UnboundKey::new(algorithm, key).ok()?));
            return Some(Self::Gcm { key, salt });
        }
        let (mut auth, mut salt) = ([0; 20], [0; 14]);
        derive(keys, first + 1, &mut auth)?;
        derive(keys, first + 2, &mut salt)?;
        let block = Box::new(Aes128::new_from_slice(key).ok()?);
        let auth = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &auth);
        Some(Self::Counter { block, salt, auth, tag })
    }

    /// Bytes of a tag.
    pub(super) fn tag(&self) -> usize {
        match self {
            Self::Counter { tag, .. } => *tag,
            Self::Gcm { key, .. } => key.algorithm().tag_len(),
        }
    }

    /// Encrypts or, which is the same, decrypts in counter mode; nothing in GCM.
    pub(super) fn count(&self, ssrc: u32, index: u64, payload: &mut [u8]) {
        let Self::Counter { block, salt, .. } = self else { return };
        let mut counter = [0; 16];
        counter[..14].copy_from_slice(salt);
        mix(&mut counter[4..8], &ssrc.to_be_bytes());
        mix(&mut counter[8..14], &index.to_be_bytes()[2..]);
        keystream(&**block, counter, payload);
    }

    /// The tag over these parts in turn; empty in GCM.
    pub(super) fn sign(&self, parts: [&[u8]; 2]) -> Option<[u8; 20]> {
        let Self::Counter { auth, .. } = self else { return None };
        let mut context = hmac::Context::with_key(auth);
        for part in parts {
            context.update(part);
        }
        context.sign().as_ref().try_into().ok()
    }

    /// Seals in place; the tag follows. Only in GCM.
    pub(super) fn seal(
        &self,
        nonce: [u8; NONCE_LEN],
        aad: &[u8],
        payload: &mut [u8],
    ) -> Option<[u8; 16]> {
        let Self::Gcm { key, salt } = self else { return None };
        let nonce = Nonce::assume_unique_for_key(salted(nonce, salt));
        let tag = key.seal_in_place_separate_tag(nonce, Aad::from(aad), payload).ok()?;
        tag.as_ref().try_into().ok()
    }

    /// Opens payload and tag in place; false if they are not authentic. Only in GCM.
    pub(super) fn open(&self, nonce: [u8; NONCE_LEN], aad: &[u8], sealed: &mut [u8]) -> bool {
        let Self::Gcm { key, salt } = self else { return false };
        let nonce = Nonce::assume_unique_for_key(salted(nonce, salt));
        key.open_in_place(nonce, Aad::from(aad), sealed).is_ok()
    }
}

impl std::fmt::Debug for Cipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cipher")
    }
}

/// RFC 7714 §8.1: SSRC, roll-over counter, sequence number.
pub(super) fn rtp_nonce(ssrc: u32, index: u64) -> [u8; NONCE_LEN] {
    let mut nonce = [0; NONCE_LEN];
    nonce[2..6].copy_from_slice(&ssrc.to_be_bytes());
    nonce[6..].copy_from_slice(&index.to_be_bytes()[2..]);
    nonce
}

/// RFC 7714 §9.1: SSRC, two zero bytes, SRTCP index.
pub(super) fn rtcp_nonce(ssrc: u32, index: u32) -> [u8; NONCE_LEN] {
    let mut nonce = [0; NONCE_LEN];
    nonce[2..6].copy_from_slice(&ssrc.to_be_bytes());
    nonce[8..].copy_from_slice(&index.to_be_bytes());
    nonce
}

/// RFC 3711 §4.3.1 with a derivation rate of 0: the keystream from the master salt with the label
/// in its eighth byte. RFC 7714 §11 pads a salt of 96 bits at its end.
fn derive(keys: &Keys, label: u8, out: &mut [u8]) -> Option<()> {
    let mut counter = [0; 16];
    counter[..keys.profile.salt_len()].copy_from_slice(keys.salt());
    counter[7] ^= label;
    if keys.profile == Profile::AeadAes256Gcm {
        keystream(&Aes256::new_from_slice(keys.key()).ok()?, counter, out);
    } else {
        keystream(&Aes128::new_from_slice(keys.key()).ok()?, counter, out);
    }
    Some(())
}

/// Adds the keystream that begins at `counter`, whose last two bytes count blocks.
fn keystream<C: BlockCipherEncrypt<BlockSize = aes::cipher::consts::U16>>(
    cipher: &C,
    mut counter: [u8; 16],
    bytes: &mut [u8],
) {
    for (count, chunk) in (0u16..).zip(bytes.chunks_mut(16)) {
        counter[14..].copy_from_slice(&count.to_be_bytes());
        let mut block = Block::from(counter);
        cipher.encrypt_block(&mut block);
        mix(chunk, &block);
    }
}

fn salted(mut nonce: [u8; NONCE_LEN], salt: &[u8; NONCE_LEN]) -> [u8; NONCE_LEN] {
    mix(&mut nonce, salt);
    nonce
}

fn mix(bytes: &mut [u8], with: &[u8]) {
    for (byte, with) in bytes.iter_mut().zip(with) {
        *byte ^= with;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let digits = hex.as_bytes().chunks(2);
        digits.map(|d| u8::from_str_radix(std::str::from_utf8(d).unwrap(), 16).unwrap()).collect()
    }

    /// RFC 3711 §B.3.
    #[test]
    fn session_keys_follow_from_master_key_and_salt() {
        let master = "E1F97A0D3E018BE0D64FA32C06DE41390EC675AD498AFEEBB6960B3AABE6";
        let keys = Keys::new(Profile::AesCm128Sha1Tag80, &bytes(master)).unwrap();
        for (label, expected) in [
            (0, "C61E7A93744F39EE10734AFE3FF7A087"),
            (2, "30CBBC08863D8C85D49DB34A9AE1"),
            (1, "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"),
        ] {
            let expected = bytes(expected);
            let mut derived = vec![0; expected.len()];
            derive(&keys, label, &mut derived).unwrap();
            assert_eq!(derived, expected, "label {label}");
        }
    }

    /// RFC 3711 §B.2.
    #[test]
    fn the_keystream_is_that_of_the_rfc() {
        let key = bytes("2B7E151628AED2A6ABF7158809CF4F3C");
        let counter = bytes("F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000").try_into().unwrap();
        let mut stream = [0; 48];
        keystream(&Aes128::new_from_slice(&key).unwrap(), counter, &mut stream);
        let expected = "E03EAD0935C95E80E166B16DD92B4EB4\
            D23513162B02D0F72A43A2FE4A5F97AB41E95B3BB0A2E8DD477901E4FCA894C0";
        assert_eq!(stream.to_vec(), bytes(expected));
    }
}
