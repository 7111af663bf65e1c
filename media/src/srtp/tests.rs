//! Covered: what libsrtp makes of the same packets, loss, reordering, replay, wrap of the
//! sequence number, forgery of every bit, and any bytes at all.

use proptest::prelude::*;

use super::*;

const PROFILES: [Profile; 4] = [
    Profile::AesCm128Sha1Tag80,
    Profile::AesCm128Sha1Tag32,
    Profile::AeadAes128Gcm,
    Profile::AeadAes256Gcm,
];

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2);
    digits.map(|d| u8::from_str_radix(std::str::from_utf8(d).unwrap(), 16).unwrap()).collect()
}

fn keys(profile: Profile, seed: u8) -> Keys {
    let len = profile.key_len() + profile.salt_len();
    Keys::new(profile, &vec![seed; len]).unwrap()
}

fn pair(profile: Profile) -> (Sender, Receiver) {
    let keys = keys(profile, 7);
    (Sender::new(&keys).unwrap(), Receiver::new(&keys).unwrap())
}

/// `80 0f 12 34 …`: sequence 0x1234, sixteen bytes of `ab`.
fn packet(sequence: u16) -> Vec<u8> {
    let header = crate::rtp::Header {
        marker: false,
        payload_type: 15,
        sequence,
        timestamp: 0xDECA_FBAD,
        ssrc: 0xCAFE_BABE,
    };
    [&header.write()[..], &[0xAB; 16]].concat()
}

fn report() -> Vec<u8> {
    [&bytes("81c8000bcafebabe")[..], &[0xAB; 16]].concat()
}

const COUNTER: &str = "e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6";
const GCM: &str = "000102030405060708090a0b0c0d0e0fa0a1a2a3a4a5a6a7a8a9aaab";

/// RFC 3711 and RFC 7714, as libsrtp 2 protects the same packets under the same keys.
#[test]
fn packets_are_those_of_the_reference() {
    for (profile, master, expected) in [
        (
            Profile::AesCm128Sha1Tag80,
            COUNTER,
            "4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb",
        ),
        (
            Profile::AeadAes128Gcm,
            GCM,
            "c5002ede04cfdd2eb91159e0880aa06ed2976826f796b201df3131a127e8a392",
        ),
    ] {
        let keys = Keys::new(profile, &bytes(master)).unwrap();
        let mut protected = packet(0x1234);
        Sender::new(&keys).unwrap().protect_rtp(&mut protected, 0).unwrap();
        assert_eq!(protected[12..], bytes(expected), "{profile:?}");
        let len = Receiver::new(&keys).unwrap().unprotect_rtp(&mut protected).unwrap();
        assert_eq!(protected[..len], packet(0x1234));
    }
}

/// RFC 3711 §3.4 and RFC 7714 §9, by the same source. Its first report has index 1.
#[test]
fn reports_are_those_of_the_reference() {
    for (profile, master, expected) in [
        (
            Profile::AesCm128Sha1Tag80,
            COUNTER,
            "7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798",
        ),
        (
            Profile::AeadAes128Gcm,
            GCM,
            "c98b8b5df0392a55852b6c21ac8e7025c52c6fbea2b3b446ea31123ba88ce61e80000001",
        ),
    ] {
        let keys = Keys::new(profile, &bytes(master)).unwrap();
        let mut sender = Sender::new(&keys).unwrap();
        sender.protect_rtcp(&mut report(), 0).unwrap();
        let mut protected = report();
        sender.protect_rtcp(&mut protected, 0).unwrap();
        assert_eq!(protected[8..], bytes(expected), "{profile:?}");
        let len = Receiver::new(&keys).unwrap().unprotect_rtcp(&mut protected).unwrap();
        assert_eq!(protected[..len], report());
    }
}

/// RFC 3711 §3.3.1: 70,000 packets, with loss, are opened across the wrap of their numbers.
#[test]
fn the_roll_over_counter_follows_the_wrap() {
    for profile in PROFILES {
        let (mut sender, mut receiver) = pair(profile);
        for at in 0..70_000u32 {
            let sequence = (at & 0xFFFF) as u16;
            let mut protected = packet(sequence);
            sender.protect_rtp(&mut protected, 0).unwrap();
            if at % 7 == 0 || !(100..=69_000).contains(&at) {
                let len = receiver.unprotect_rtp(&mut protected).unwrap();
                assert_eq!(protected[..len], packet(sequence), "{profile:?} {at}");
            }
        }
    }
}

/// RFC 3711 §3.3.2.
#[test]
fn late_packets_are_opened_once_and_very_late_ones_never() {
    let (mut sender, mut receiver) = pair(Profile::AeadAes256Gcm);
    let mut sent: Vec<_> = (0..300)
        .map(|sequence| {
            let mut protected = packet(sequence);
            sender.protect_rtp(&mut protected, 0).unwrap();
            protected
        })
        .collect();
    let mut open = |at: usize| receiver.unprotect_rtp(&mut sent[at].clone());
    assert!(open(0).is_ok() && open(200).is_ok() && open(199).is_ok() && open(73).is_ok());
    for again in [0, 73, 199, 200, 72] {
        assert_eq!(open(again), Err(Fault::Replayed), "{again}");
    }
    sent[250].truncate(30);
    assert_eq!(receiver.unprotect_rtp(&mut sent[250]), Err(Fault::Forged));
    assert!(receiver.unprotect_rtp(&mut sent[251]).is_ok());
}

/// S8: not a bit of a packet can be changed, and a forgery changes nothing in the receiver.
#[test]
fn no_forged_packet_is_opened() {
    for profile in PROFILES {
        let (mut sender, mut receiver) = pair(profile);
        let (mut audio, mut report) = (packet(9), report());
        sender.protect_rtp(&mut audio, 0).unwrap();
        sender.protect_rtcp(&mut report, 0).unwrap();
        for bit in 0..audio.len() * 8 {
            let mut forged = audio.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            assert!(receiver.unprotect_rtp(&mut forged).is_err(), "{profile:?} bit {bit}");
        }
        for bit in 0..report.len() * 8 {
            let mut forged = report.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            assert!(receiver.unprotect_rtcp(&mut forged).is_err(), "{profile:?} bit {bit}");
        }
        assert!(receiver.unprotect_rtp(&mut audio).is_ok());
        assert!(receiver.unprotect_rtcp(&mut report).is_ok());
    }
}

#[test]
fn another_key_opens_nothing() {
    let mut sender = Sender::new(&keys(Profile::AeadAes256Gcm, 1)).unwrap();
    let mut receiver = Receiver::new(&keys(Profile::AeadAes256Gcm, 2)).unwrap();
    let mut protected = packet(1);
    sender.protect_rtp(&mut protected, 0).unwrap();
    assert_eq!(receiver.unprotect_rtp(&mut protected), Err(Fault::Forged));
}

/// A packet is protected where it lies in a buffer, and its neighbours are left alone.
#[test]
fn a_packet_is_protected_within_a_buffer() {
    let (mut sender, mut receiver) = pair(Profile::AesCm128Sha1Tag32);
    let mut buffer = vec![1, 2, 3];
    buffer.extend(packet(5));
    sender.protect_rtp(&mut buffer, 3).unwrap();
    assert_eq!((buffer[..3].to_vec(), buffer.len()), (vec![1, 2, 3], 3 + 28 + 4));
    assert_eq!(receiver.unprotect_rtp(&mut buffer[3..]), Ok(28));
}

/// S23: whoever prints a stream prints no key.
#[test]
fn keys_are_not_printed() {
    let printed = format!("{:?}", keys(Profile::AesCm128Sha1Tag80, 0xEE));
    assert_eq!(printed, "Keys { profile: AesCm128Sha1Tag80, .. }");
}

proptest! {
    #[test]
    fn any_bytes_are_refused_without_harm(
        mut noise in prop::collection::vec(any::<u8>(), 0..80), profile in 0usize..4,
    ) {
        let (_, mut receiver) = pair(PROFILES[profile]);
        prop_assert!(receiver.unprotect_rtp(&mut noise.clone()).is_err());
        prop_assert!(receiver.unprotect_rtcp(&mut noise).is_err());
    }
}
