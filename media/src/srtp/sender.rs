//! Protects what we send.

use super::{
    Fault, Keys,
    cipher::{Cipher, Protocol, rtcp_nonce, rtp_nonce},
};
use crate::rtp::Header;

/// One direction's keys and how far they are used; for one SSRC, which is all that a stream sends
/// with.
#[derive(Debug)]
pub struct Sender {
    rtp: Cipher,
    rtcp: Cipher,
    /// Highest index sent.
    highest: Option<u64>,
    reports: u32,
}

impl Sender {
    /// None only if the library refuses the keys.
    #[must_use]
    pub fn new(keys: &Keys) -> Option<Self> {
        Some(Self {
            rtp: Cipher::derive(keys, Protocol::Rtp)?,
            rtcp: Cipher::derive(keys, Protocol::Rtcp)?,
            highest: None,
            reports: 0,
        })
    }

    /// Protects the RTP packet that begins at `start`: its payload is encrypted in place and the
    /// tag appended.
    pub fn protect_rtp(&mut self, bytes: &mut Vec<u8>, start: usize) -> Result<(), Fault> {
        let packet = bytes.get_mut(start..).ok_or(Fault::Malformed)?;
        let (header, payload) = Header::read(packet).ok_or(Fault::Malformed)?;
        let index = self.index(header.sequence)?;
        let (clear, secret) = packet.split_at_mut(payload.start);
        if let Some(tag) = self.rtp.seal(rtp_nonce(header.ssrc, index), clear, secret) {
            bytes.extend_from_slice(&tag);
            return Ok(());
        }
        self.rtp.count(header.ssrc, index, secret);
        let roll_over = roll_over(index);
        let tag = self.rtp.sign([&bytes[start..], &roll_over]).ok_or(Fault::Malformed)?;
        bytes.extend_from_slice(&tag[..self.rtp.tag()]);
        Ok(())
    }

    /// Protects the compound RTCP packet that begins at `start`.
    pub fn protect_rtcp(&mut self, bytes: &mut Vec<u8>, start: usize) -> Result<(), Fault> {
        if self.reports >= REPORTS_MAX {
            return Err(Fault::KeyUsedUp);
        }
        let index = self.reports;
        self.reports += 1;
        let packet = bytes.get_mut(start..).ok_or(Fault::Malformed)?;
        let (clear, secret) = packet.split_at_mut_checked(CLEAR).ok_or(Fault::Malformed)?;
        let ssrc = ssrc_of(clear).ok_or(Fault::Malformed)?;
        let word = (ENCRYPTED | index).to_be_bytes();
        let mut aad = [0; CLEAR + 4];
        aad[..CLEAR].copy_from_slice(clear);
        aad[CLEAR..].copy_from_slice(&word);
        if let Some(tag) = self.rtcp.seal(rtcp_nonce(ssrc, index), &aad, secret) {
            bytes.extend_from_slice(&tag);
            bytes.extend_from_slice(&word);
            return Ok(());
        }
        self.rtcp.count(ssrc, index.into(), secret);
        bytes.extend_from_slice(&word);
        let tag = self.rtcp.sign([&bytes[start..], &[]]).ok_or(Fault::Malformed)?;
        bytes.extend_from_slice(&tag[..self.rtcp.tag()]);
        Ok(())
    }

    /// The 48-bit index of a sequence number: as near to the highest as can be.
    fn index(&mut self, sequence: u16) -> Result<u64, Fault> {
        let index = match self.highest {
            None => u64::from(sequence),
            Some(highest) => near(highest, sequence).ok_or(Fault::KeyUsedUp)?,
        };
        if index > INDEX_MAX {
            return Err(Fault::KeyUsedUp);
        }
        self.highest = Some(self.highest.unwrap_or(0).max(index));
        Ok(index)
    }
}

/// RFC 3711 §3.3.1: the index whose lower 16 bits are `sequence` and that lies nearest to
/// `highest`.
pub(super) fn near(highest: u64, sequence: u16) -> Option<u64> {
    let low = (highest & 0xFFFF) as u16;
    let step = i64::from(sequence.wrapping_sub(low).cast_signed());
    highest.checked_add_signed(step)
}

/// The roll-over counter, as it is signed.
pub(super) fn roll_over(index: u64) -> [u8; 4] {
    let [_, _, counter @ .., _, _] = index.to_be_bytes();
    counter
}

/// The SSRC of a compound packet's first sender.
pub(super) fn ssrc_of(clear: &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(*clear.get(4..)?.first_chunk()?))
}

/// Header and SSRC are never encrypted (RFC 3711 §3.4).
pub(super) const CLEAR: usize = 8;

/// The E bit.
pub(super) const ENCRYPTED: u32 = 1 << 31;

const INDEX_MAX: u64 = (1 << 48) - 1;
const REPORTS_MAX: u32 = (1 << 31) - 1;
