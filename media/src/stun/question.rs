//! Asking a STUN server which address packets come from (RFC 8489 §5, §6.2.1, §14).

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{
    BINDING_REQUEST, BINDING_SUCCESS, COOKIE, HEADER, XOR_MAPPED_ADDRESS, attribute, word,
};

/// A binding request that is not signed; `transaction` is random and proves the answer.
#[must_use]
pub fn question(transaction: [u8; 12]) -> [u8; HEADER] {
    let mut packet = [0; HEADER];
    packet[..2].copy_from_slice(&BINDING_REQUEST.to_be_bytes());
    packet[4..8].copy_from_slice(&COOKIE);
    packet[8..].copy_from_slice(&transaction);
    packet
}

/// The address that a success response to that question tells; None if it is no such response.
#[must_use]
pub fn told_address(packet: &[u8], transaction: [u8; 12]) -> Option<SocketAddr> {
    let (header, mut rest) = packet.split_at_checked(HEADER)?;
    let is_ours = word(header)? == BINDING_SUCCESS
        && header[4..8] == COOKIE
        && header[8..] == transaction
        && usize::from(word(&header[2..])?) == rest.len();
    if !is_ours {
        return None;
    }
    let mut plain = None;
    while let Some((kind, value, behind)) = attribute(rest) {
        match kind {
            XOR_MAPPED_ADDRESS => return mapped(value, &[&COOKIE[..], &transaction].concat()),
            MAPPED_ADDRESS => plain = mapped(value, &[0; 16]),
            _ => {}
        }
        rest = behind;
    }
    plain
}

fn mapped(value: &[u8], mask: &[u8]) -> Option<SocketAddr> {
    let unmasked = |from: usize, count: usize| {
        let bytes = value.get(from..from + count)?.iter().zip(mask);
        Some(bytes.map(|(byte, mask)| byte ^ mask).collect::<Vec<_>>())
    };
    let port = u16::from_be_bytes(unmasked(2, 2)?.try_into().ok()?);
    let ip = match value.get(1)? {
        1 => Ipv4Addr::from(<[u8; 4]>::try_from(unmasked(4, 4)?).ok()?).into(),
        2 => Ipv6Addr::from(<[u8; 16]>::try_from(unmasked(4, 16)?).ok()?).into(),
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

/// What servers of RFC 3489 tell it in.
const MAPPED_ADDRESS: u16 = 0x0001;

#[cfg(test)]
mod tests {
    use super::*;

    const ID: [u8; 12] = *b"\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae";

    fn answer(attribute: &[u8]) -> Vec<u8> {
        let mut packet = vec![0x01, 0x01, 0x00, 0x00];
        packet.extend(COOKIE);
        packet.extend(ID);
        packet.extend(b"\x80\x22\x00\x0btest vector\x20");
        packet.extend(attribute);
        packet[3] = u8::try_from(packet.len() - HEADER).unwrap();
        packet
    }

    /// RFC 5769 §2.2 and §2.3: the sample responses' mapped addresses, in their own packets.
    #[test]
    fn the_sample_responses_of_rfc_5769_are_read() {
        let v4 = answer(b"\x00\x20\x00\x08\x00\x01\xa1\x47\xe1\x12\xa6\x43");
        assert_eq!(told_address(&v4, ID), Some("192.0.2.1:32853".parse().unwrap()));
        let v6 = answer(
            b"\x00\x20\x00\x14\x00\x02\xa1\x47\x01\x13\xa9\xfa\xa5\xd3\xf1\x79\xbc\x25\xf4\xb5\
              \xbe\xd2\xb9\xd9",
        );
        let expected = "[2001:db8:1234:5678:11:2233:4455:6677]:32853";
        assert_eq!(told_address(&v6, ID), Some(expected.parse().unwrap()));
        assert_eq!(told_address(&v4, [0; 12]), None, "another question's answer");
        for length in 0..v4.len() {
            assert_eq!(told_address(&v4[..length], ID), None, "cut at {length}");
        }
    }

    #[test]
    fn an_old_server_tells_the_address_as_it_is() {
        let old = answer(b"\x00\x01\x00\x08\x00\x01\x00\x07\xcb\x00\x71\x07");
        assert_eq!(told_address(&old, ID), Some("203.0.113.7:7".parse().unwrap()));
    }
}
