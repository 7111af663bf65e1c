//! STUN binding requests and their answers (RFC 8489), as far as an agent with one address needs
//! them: ICE-lite answers checks and makes none (RFC 8445 §2.5); and the question to a server how
//! the world sees us.
//!
//! Pure: bytes in, bytes out. Invariant: nothing of a request is believed, and nothing answered,
//! before its MESSAGE-INTEGRITY is checked, so that whoever does not know the password of a stream
//! gets not one byte from us (FAULTS S8).

mod question;

use std::net::{IpAddr, SocketAddr};

use ring::hmac;

pub use question::{question, told_address};

/// A binding request, not yet known to be authentic.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    transaction: [u8; 12],
    username: &'a [u8],
    nominates: bool,
    /// What the tag signs: all that stands before it.
    signed: &'a [u8],
    tag: &'a [u8],
}

impl<'a> Request<'a> {
    /// None if it is no binding request, is damaged, is not signed, or asks for what we do not
    /// know.
    pub(crate) fn read(packet: &'a [u8]) -> Option<Self> {
        let (header, mut rest) = packet.split_at_checked(HEADER)?;
        let len = usize::from(word(&header[2..4])?);
        if word(header)? != BINDING_REQUEST || header[4..8] != COOKIE || len != rest.len() {
            return None;
        }
        let (mut username, mut nominates) = (&[][..], false);
        loop {
            let at = packet.len() - rest.len();
            let (kind, value, behind) = attribute(rest)?;
            match kind {
                USERNAME => username = value,
                USE_CANDIDATE => nominates = true,
                MESSAGE_INTEGRITY if value.len() == TAG => {
                    let transaction = *header[8..].first_chunk()?;
                    let signed = &packet[..at];
                    return Some(Self { transaction, username, nominates, signed, tag: value });
                }
                PRIORITY => {}
                // RFC 8489 §6.3: what must be understood and is not.
                0..OPTIONAL => return None,
                OPTIONAL.. => {}
            }
            rest = behind;
        }
    }

    /// Our half of the user name: which of our streams it asks for.
    pub(crate) fn ufrag(&self) -> &[u8] {
        self.username.split(|byte| *byte == b':').next().unwrap_or_default()
    }

    /// Whether the pair it came by is to be used (RFC 8445 §7.3.1.5).
    pub(crate) fn nominates(&self) -> bool {
        self.nominates
    }

    /// Whether it was made by somebody who knows the password.
    pub(crate) fn is_authentic(&self, password: &[u8]) -> bool {
        let mut context = hmac::Context::with_key(&key(password));
        // The length counts up to and with the tag, whatever follows it.
        let Some(len) = counted(self.signed.len() + 4 + TAG) else { return false };
        context.update(&self.signed[..2]);
        context.update(&len);
        context.update(&self.signed[4..]);
        let tag = context.sign();
        let different = tag.as_ref().iter().zip(self.tag).fold(0, |sum, (a, b)| sum | (a ^ b));
        different == 0
    }

    /// Appends the answer: the address that the request came from, signed.
    pub(crate) fn answer(&self, from: SocketAddr, password: &[u8], bytes: &mut Vec<u8>) {
        let start = bytes.len();
        bytes.extend_from_slice(&BINDING_SUCCESS.to_be_bytes());
        bytes.extend_from_slice(&[0, 0]);
        bytes.extend_from_slice(&COOKIE);
        bytes.extend_from_slice(&self.transaction);
        write_address(from, &self.transaction, bytes);
        set_length(bytes, start, 4 + TAG);
        let tag = hmac::sign(&key(password), &bytes[start..]);
        write_attribute(MESSAGE_INTEGRITY, tag.as_ref(), bytes);
        set_length(bytes, start, 8);
        let check = crc32(&bytes[start..]) ^ FINGERPRINT_MASK;
        write_attribute(FINGERPRINT, &check.to_be_bytes(), bytes);
    }
}

/// Whether a datagram on a port shared with DTLS and RTP is STUN (RFC 7983 §7).
pub(crate) fn is_stun(packet: &[u8]) -> bool {
    packet.first().is_some_and(|first| *first < 4)
}

/// Kind and value of the first attribute, and what comes after its padding.
fn attribute(bytes: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let kind = word(bytes)?;
    let len = usize::from(word(bytes.get(2..)?)?);
    let value = bytes.get(4..4 + len)?;
    Some((kind, value, bytes.get(4 + len.next_multiple_of(4)..)?))
}

fn word(bytes: &[u8]) -> Option<u16> {
    bytes.first_chunk().map(|bytes| u16::from_be_bytes(*bytes))
}

fn write_attribute(kind: u16, value: &[u8], bytes: &mut Vec<u8>) {
    let len = u16::try_from(value.len()).unwrap_or_default();
    bytes.extend_from_slice(&kind.to_be_bytes());
    bytes.extend_from_slice(&len.to_be_bytes());
    bytes.extend_from_slice(value);
}

/// XOR-MAPPED-ADDRESS (RFC 8489 §14.2): hidden from routers that rewrite what looks like an
/// address.
fn write_address(address: SocketAddr, transaction: &[u8; 12], bytes: &mut Vec<u8>) {
    let mask = [&COOKIE[..], transaction].concat();
    let (family, ip) = match address.ip().to_canonical() {
        IpAddr::V4(ip) => (1, ip.octets().to_vec()),
        IpAddr::V6(ip) => (2, ip.octets().to_vec()),
    };
    let port = address.port().to_be_bytes();
    let mut value = vec![0, family, port[0] ^ mask[0], port[1] ^ mask[1]];
    value.extend(ip.iter().zip(&mask).map(|(byte, mask)| byte ^ mask));
    write_attribute(XOR_MAPPED_ADDRESS, &value, bytes);
}

/// Sets the length of the message that begins at `start` as if `more` bytes had followed.
fn set_length(bytes: &mut [u8], start: usize, more: usize) {
    if let Some(len) = counted(bytes.len() - start + more) {
        bytes[start + 2..start + 4].copy_from_slice(&len);
    }
}

/// The length field of a message of this many bytes.
fn counted(len: usize) -> Option<[u8; 2]> {
    u16::try_from(len.checked_sub(HEADER)?).ok().map(u16::to_be_bytes)
}

fn key(password: &[u8]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, password)
}

/// ISO 3309, bit by bit: an answer is a hundred bytes, a few times a second.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc: u32, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 }
        })
    })
}

const HEADER: usize = 20;
const TAG: usize = 20;
const COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];
const BINDING_REQUEST: u16 = 0x0001;
const BINDING_SUCCESS: u16 = 0x0101;
const USERNAME: u16 = 0x0006;
const MESSAGE_INTEGRITY: u16 = 0x0008;
const XOR_MAPPED_ADDRESS: u16 = 0x0020;
const PRIORITY: u16 = 0x0024;
const USE_CANDIDATE: u16 = 0x0025;
const FINGERPRINT: u16 = 0x8028;
const FINGERPRINT_MASK: u32 = 0x5354_554E;

/// Attributes from here on may be passed over.
const OPTIONAL: u16 = 0x8000;

/// Makes requests as a browser does.
#[cfg(test)]
pub(crate) fn request(username: &str, password: &[u8], nominates: bool) -> Vec<u8> {
    let mut bytes = [&BINDING_REQUEST.to_be_bytes()[..], &[0, 0], &COOKIE, &[7; 12]].concat();
    let mut padded = username.as_bytes().to_vec();
    write_attribute(USERNAME, &padded, &mut bytes);
    padded.resize(padded.len().next_multiple_of(4), 0);
    bytes.truncate(HEADER + 4);
    bytes.extend(padded);
    write_attribute(PRIORITY, &[0, 1, 2, 3], &mut bytes);
    if nominates {
        write_attribute(USE_CANDIDATE, &[], &mut bytes);
    }
    set_length(&mut bytes, 0, 4 + TAG);
    let tag = hmac::sign(&key(password), &bytes);
    write_attribute(MESSAGE_INTEGRITY, tag.as_ref(), &mut bytes);
    set_length(&mut bytes, 0, 8);
    let check = crc32(&bytes) ^ FINGERPRINT_MASK;
    write_attribute(FINGERPRINT, &check.to_be_bytes(), &mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<_> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
        let pairs = digits.chunks(2);
        pairs.map(|d| u8::from_str_radix(std::str::from_utf8(d).unwrap(), 16).unwrap()).collect()
    }

    const PASSWORD: &[u8] = b"VOkJxbRl1RmTxUk/WvJxBt";

    /// RFC 5769 §2.1: the sample request, whose password is known.
    fn sample_request() -> Vec<u8> {
        bytes(
            "00010058 2112a442 b7e7a701bc34d686fa87dfae 80220010 5354554e207465737420636c69656e74
             00240004 6e0001ff 80290008 932ff9b151263b36 00060009 6576746a3a68367659202020
             00080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2 80280004 e57a3bcf",
        )
    }

    /// RFC 5769 §2.1.
    #[test]
    fn the_sample_request_is_authentic_under_its_password_alone() {
        let packet = sample_request();
        let request = Request::read(&packet).unwrap();
        assert_eq!((request.ufrag(), request.nominates()), (&b"evtj"[..], false));
        assert!(request.is_authentic(PASSWORD));
        assert!(!request.is_authentic(b"another"));
    }

    /// RFC 5769 §2.2, without its SOFTWARE.
    #[test]
    fn the_answer_tells_the_address_as_the_sample_does() {
        let packet = sample_request();
        let mut answer = vec![0xEE];
        let from = "192.0.2.1:32853".parse().unwrap();
        Request::read(&packet).unwrap().answer(from, PASSWORD, &mut answer);
        let answer = &answer[1..];
        let head = bytes("01010030 2112a442 b7e7a701bc34d686fa87dfae 00200008 0001a147e112a643");
        // 12 bytes of address, 24 of integrity and 8 of fingerprint.
        assert_eq!((answer.len(), usize::from(answer[3])), (64, 44));
        assert_eq!(answer[4..32], head[4..]);
        let check = crc32(&answer[..56]) ^ FINGERPRINT_MASK;
        assert_eq!(answer[60..], check.to_be_bytes());
    }

    /// RFC 5769 §2.1 carries the fingerprint of the whole.
    #[test]
    fn the_fingerprint_is_that_of_the_sample() {
        let packet = sample_request();
        assert_eq!(crc32(&packet[..packet.len() - 8]) ^ FINGERPRINT_MASK, 0xE57A_3BCF);
    }

    /// S8: not a bit before the tag, nor of it, can be changed.
    #[test]
    fn no_changed_request_is_authentic() {
        let packet = request("ours:theirs", b"secret", true);
        assert!(Request::read(&packet).is_some_and(|r| r.nominates() && r.is_authentic(b"secret")));
        for bit in 0..(packet.len() - 8) * 8 {
            let mut forged = packet.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            let believed = Request::read(&forged).is_some_and(|r| r.is_authentic(b"secret"));
            assert!(!believed, "bit {bit}");
        }
    }

    #[test]
    fn a_request_that_is_not_signed_is_none() {
        let mut packet = request("ours:theirs", b"secret", false);
        packet.truncate(packet.len() - 32);
        set_length(&mut packet, 0, 0);
        assert!(Request::read(&packet).is_none());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_harm(mut noise in prop::collection::vec(any::<u8>(), 0..96)) {
            prop_assert!(Request::read(&noise).is_none_or(|r| !r.is_authentic(b"secret")));
            let len = u16::try_from(noise.len()).unwrap();
            let head = [&[0, 1][..], &len.to_be_bytes(), &COOKIE, &[0; 12]].concat();
            noise.splice(0..0, head);
            prop_assert!(Request::read(&noise).is_none_or(|r| !r.is_authentic(b"secret")));
        }
    }
}
