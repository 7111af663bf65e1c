//! A call's signalling as a capture file that Wireshark opens.
//!
//! The classic pcap format with whole IP packets (`LINKTYPE_RAW`). Each message is one UDP datagram
//! between the addresses it travelled between, also where a stream or a WebSocket carried it: SIP
//! is what the reader is after. A message too long for one datagram is cut at its end.

use std::net::{IpAddr, SocketAddr};

use super::Rung;

/// The file with these messages.
pub(super) fn write<'a>(rungs: impl Iterator<Item = &'a Rung>) -> Vec<u8> {
    let mut file = Vec::with_capacity(4_096);
    file.extend(MAGIC_MICROSECONDS.to_le_bytes());
    // Version 2.4, UTC, no accuracy stated.
    for half in [2_u16, 4, 0, 0, 0, 0] {
        file.extend(half.to_le_bytes());
    }
    file.extend(SNAPSHOT_BYTES.to_le_bytes());
    file.extend(LINKTYPE_RAW.to_le_bytes());
    for rung in rungs {
        let packet = packet(rung);
        let micros = rung.at.as_microsecond();
        let seconds = u32::try_from(micros.div_euclid(1_000_000)).unwrap_or(u32::MAX);
        let fraction = u32::try_from(micros.rem_euclid(1_000_000)).unwrap_or_default();
        let length = u32::try_from(packet.len()).unwrap_or(SNAPSHOT_BYTES);
        for word in [seconds, fraction, length, length] {
            file.extend(word.to_le_bytes());
        }
        file.extend(packet);
    }
    file
}

fn packet(rung: &Rung) -> Vec<u8> {
    let (from, to) = rung.ends();
    let payload = &rung.bytes[..rung.bytes.len().min(PAYLOAD_BYTES_MAX)];
    // Bounded above, so it fits.
    let udp_length = u16::try_from(payload.len() + UDP_HEADER).unwrap_or(u16::MAX);
    let mut udp = Vec::with_capacity(payload.len() + UDP_HEADER);
    for half in [from.port(), to.port(), udp_length, 0] {
        udp.extend(half.to_be_bytes());
    }
    udp.extend(payload);
    let pseudo = pseudo_header(from, to, udp_length);
    // RFC 768: a sum of zero is sent as all ones.
    let sum = match checksum(pseudo.iter().chain(&udp).copied()) {
        0 => u16::MAX,
        sum => sum,
    };
    udp[6..8].copy_from_slice(&sum.to_be_bytes());
    let mut packet = ip_header(from, to, udp_length);
    packet.extend(udp);
    packet
}

/// RFC 791 §3.1 or RFC 8200 §3; one family for both ends.
fn ip_header(from: SocketAddr, to: SocketAddr, udp_length: u16) -> Vec<u8> {
    let (IpAddr::V4(source), IpAddr::V4(destination)) = (from.ip(), to.ip()) else {
        let mut header = vec![0x60, 0, 0, 0];
        header.extend(udp_length.to_be_bytes());
        header.extend([UDP, HOPS]);
        header.extend(octets(from.ip()));
        header.extend(octets(to.ip()));
        return header;
    };
    let mut header = vec![0x45, 0];
    header.extend((udp_length.saturating_add(IPV4_HEADER)).to_be_bytes());
    header.extend([0, 0, 0x40, 0, HOPS, UDP, 0, 0]);
    header.extend(source.octets());
    header.extend(destination.octets());
    let sum = checksum(header.iter().copied());
    header[10..12].copy_from_slice(&sum.to_be_bytes());
    header
}

fn pseudo_header(from: SocketAddr, to: SocketAddr, udp_length: u16) -> Vec<u8> {
    let mut header = match (from.ip(), to.ip()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => [from.octets(), to.octets()].concat(),
        (from, to) => [octets(from), octets(to)].concat(),
    };
    header.extend([0, UDP]);
    header.extend(udp_length.to_be_bytes());
    header
}

fn octets(ip: IpAddr) -> [u8; 16] {
    match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped().octets(),
        IpAddr::V6(ip) => ip.octets(),
    }
}

/// RFC 1071: the complement of the sum of 16-bit words in ones' complement.
fn checksum(bytes: impl Iterator<Item = u8>) -> u16 {
    let sum: u64 = bytes
        .enumerate()
        .map(|(index, byte)| if index % 2 == 0 { u64::from(byte) << 8 } else { byte.into() })
        .sum();
    let mut sum = sum;
    while sum > 0xFFFF {
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap_or_default()
}

const MAGIC_MICROSECONDS: u32 = 0xA1B2_C3D4;
const SNAPSHOT_BYTES: u32 = 262_144;
const LINKTYPE_RAW: u32 = 101;
const UDP: u8 = 17;
const HOPS: u8 = 64;
const UDP_HEADER: usize = 8;
const IPV4_HEADER: u16 = 20;

/// What is left of 65,535 bytes after the headers.
const PAYLOAD_BYTES_MAX: usize = 65_000;

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn rung(ours: &str, theirs: &str, text: &'static str) -> Rung {
        Rung {
            at: "2026-11-22T02:00:00.25Z".parse().unwrap(),
            sent: true,
            ours: ours.parse().unwrap(),
            theirs: theirs.parse().unwrap(),
            transport: "UDP",
            bytes: Bytes::from_static(text.as_bytes()),
        }
    }

    /// The figures were taken from what tshark reads without a complaint.
    #[test]
    fn a_message_is_one_packet_with_right_sums() {
        let file = write([rung("192.0.2.1:5060", "192.0.2.9:5062", "BYE")].iter());
        assert_eq!(file[..4], [0xD4, 0xC3, 0xB2, 0xA1]);
        assert_eq!(file[20..24], [101, 0, 0, 0]);
        let (record, packet) = file[24..].split_at(16);
        let at: jiff::Timestamp = "2026-11-22T02:00:00Z".parse().unwrap();
        let seconds = u32::try_from(at.as_second()).unwrap();
        assert_eq!(record[..4], seconds.to_le_bytes());
        assert_eq!(record[4..8], 250_000_u32.to_le_bytes());
        assert_eq!(record[8..12], 31_u32.to_le_bytes());
        assert_eq!(packet.len(), 20 + 8 + 3);
        assert_eq!(checksum(packet[..20].iter().copied()), 0, "the sum of a right header is zero");
        let pseudo =
            pseudo_header("192.0.2.1:5060".parse().unwrap(), "192.0.2.9:5062".parse().unwrap(), 11);
        let udp = packet[20..].iter();
        assert_eq!(checksum(pseudo.iter().chain(udp).copied()), 0);
        assert!(packet.ends_with(b"BYE"));
    }

    #[test]
    fn ipv6_has_its_own_header() {
        let file = write([rung("[2001:db8::1]:5060", "[2001:db8::2]:5060", "ACK")].iter());
        let packet = &file[24 + 16..];
        assert_eq!(packet.len(), 40 + 8 + 3);
        assert_eq!((packet[0], packet[6]), (0x60, UDP));
        assert_eq!(packet[4..6], 11_u16.to_be_bytes());
    }
}
