//! Codes of authenticator apps: TOTP (RFC 6238) over HOTP (RFC 4226), with what every app knows:
//! SHA-1, six digits, a step of 30 s.
//!
//! One step to either side is taken, for clocks that differ (RFC 6238 §6). Which step was spent
//! last is the store's to know.

use jiff::Timestamp;
use ring::hmac;
use subtle::ConstantTimeEq;

use crate::fetch::escaped;

/// The step whose code this is, if it is the present one or a neighbour.
pub(crate) fn step_of(secret: &[u8], code: &str, now: Timestamp) -> Option<u64> {
    let present = u64::try_from(now.as_second()).ok()? / STEP_S;
    let near = present.saturating_sub(DRIFT)..=present + DRIFT;
    // All are compared, whichever fits: the time taken tells nothing.
    near.fold(None, |found, step| {
        let fits = bool::from(code_at(secret, step).as_bytes().ct_eq(code.as_bytes()));
        if fits { Some(step) } else { found }
    })
}

/// RFC 4226 §5.3, its six last digits.
fn code_at(secret: &[u8], step: u64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let bytes = tag.as_ref();
    let offset = bytes.last().map_or(0, |last| usize::from(last & 0xf));
    let truncated = bytes.iter().skip(offset).take(4);
    let number = truncated.fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
    format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
}

/// Base 32 without padding (RFC 4648 §6): how a person types a secret into an app.
pub(crate) fn base32(bytes: &[u8]) -> String {
    let digit = |five: &[bool]| {
        let index = five.iter().fold(0, |index, bit| index << 1 | usize::from(*bit));
        char::from(BASE32[index << (5 - five.len())])
    };
    let bits = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1));
    bits.collect::<Vec<_>>().chunks(5).map(digit).collect()
}

/// What the app reads from the square, or from a link on the telephone itself.
pub(crate) fn uri(organisation: &str, username: &str, secret: &[u8]) -> String {
    let (issuer, account) = (escaped(organisation), escaped(username));
    let secret = base32(secret);
    format!("otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}")
}

const STEP_S: u64 = 30;

/// Steps taken to either side of the present one.
const DRIFT: u64 = 1;

/// RFC 4226 §4 asks for 128 bits and recommends 160.
pub(crate) const SECRET_BYTES: usize = 20;

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    /// RFC 4226, appendix D.
    #[test]
    fn codes_are_those_of_rfc_4226() {
        let expected = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583",
            "399871", "520489",
        ];
        for (step, code) in (0..).zip(expected) {
            assert_eq!(code_at(SECRET, step), code);
        }
    }

    /// RFC 6238, appendix B; the last six of its eight digits.
    #[test]
    fn codes_of_a_moment_are_those_of_rfc_6238() {
        for (second, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let now = Timestamp::from_second(second).unwrap();
            assert_eq!(step_of(SECRET, code, now), u64::try_from(second / 30).ok(), "{second}");
        }
    }

    #[test]
    fn a_clock_may_differ_by_one_step_and_no_more() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let code = code_at(SECRET, 100);
        let found = [98, 99, 100, 101, 102].map(|step| step_of(SECRET, &code, at(step * 30)));
        assert_eq!(found, [None, Some(100), Some(100), Some(100), None]);
        for wrong in ["", "00000", "0000000", "abcdef"] {
            assert_eq!(step_of(SECRET, wrong, at(3000)), None);
        }
    }

    /// RFC 4648 §10, without its padding.
    #[test]
    fn base_32_is_that_of_rfc_4648() {
        for (text, coded) in
            [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foobar", "MZXW6YTBOI")]
        {
            assert_eq!(base32(text.as_bytes()), coded);
        }
    }

    #[test]
    fn a_uri_names_the_organisation_and_the_user() {
        let expected = "otpauth://totp/A%26B%20Ltd:ada%5Cx?secret=MZXW6&issuer=A%26B%20Ltd";
        assert_eq!(uri("A&B Ltd", "ada\\x", b"foo"), expected);
    }
}
