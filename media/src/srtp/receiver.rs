//! Opens what we receive: first the replay window, then the tag, then the payload.

use super::{
    Fault, Keys,
    cipher::{Cipher, Protocol, rtcp_nonce, rtp_nonce},
    sender::{CLEAR, ENCRYPTED, near, roll_over, ssrc_of},
};
use crate::rtp::Header;

/// One direction's keys and what has come under them.
#[derive(Debug)]
pub struct Receiver {
    rtp: Cipher,
    rtcp: Cipher,
    sources: Vec<Source>,
}

/// One SSRC that has proven to know the key.
#[derive(Debug)]
struct Source {
    ssrc: u32,
    rtp: Option<Window>,
    rtcp: Option<Window>,
}

/// RFC 3711 §3.3.2: the highest index, and which of those before it came.
#[derive(Clone, Copy, Debug)]
struct Window {
    highest: u64,
    /// Bit n: the packet n before the highest has come.
    came: u128,
}

impl Receiver {
    /// None only if the library refuses the keys.
    #[must_use]
    pub fn new(keys: &Keys) -> Option<Self> {
        Some(Self {
            rtp: Cipher::derive(keys, Protocol::Rtp)?,
            rtcp: Cipher::derive(keys, Protocol::Rtcp)?,
            sources: Vec::new(),
        })
    }

    /// Opens an RTP packet in place; the length of the plain one.
    pub fn unprotect_rtp(&mut self, packet: &mut [u8]) -> Result<usize, Fault> {
        let body = packet.len().checked_sub(self.rtp.tag()).ok_or(Fault::Malformed)?;
        // Padding is encrypted, so the payload's end is not known yet.
        let plain = packet.get(..body).ok_or(Fault::Malformed)?;
        let start = payload_start(plain).ok_or(Fault::Malformed)?;
        let header = fixed(plain).ok_or(Fault::Malformed)?;
        let source = self.sources.iter().find(|source| source.ssrc == header.ssrc);
        let window = source.and_then(|source| source.rtp);
        let index = match window {
            Some(window) => near(window.highest, header.sequence).ok_or(Fault::Replayed)?,
            None => u64::from(header.sequence),
        };
        if window.is_some_and(|window| window.has(index)) {
            return Err(Fault::Replayed);
        }
        self.open_rtp(packet, (start, body), header.ssrc, index)?;
        let source = self.source(header.ssrc);
        source.rtp = Some(Window::with(source.rtp, index));
        Ok(body)
    }

    fn open_rtp(
        &self,
        packet: &mut [u8],
        (start, body): (usize, usize),
        ssrc: u32,
        index: u64,
    ) -> Result<(), Fault> {
        if let Some(tag) = self.rtp.sign([&packet[..body], &roll_over(index)]) {
            check(&tag[..self.rtp.tag()], &packet[body..])?;
            self.rtp.count(ssrc, index, &mut packet[start..body]);
            return Ok(());
        }
        let (clear, sealed) = packet.split_at_mut(start);
        let opened = self.rtp.open(rtp_nonce(ssrc, index), clear, sealed);
        if opened { Ok(()) } else { Err(Fault::Forged) }
    }

    /// Opens a compound RTCP packet in place; the length of the plain one.
    pub fn unprotect_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, Fault> {
        let tag = self.rtcp.tag();
        let body = packet.len().checked_sub(tag + 4).filter(|body| *body >= CLEAR);
        let body = body.ok_or(Fault::Malformed)?;
        let ssrc = ssrc_of(packet).ok_or(Fault::Malformed)?;
        // With HMAC the tag comes last, with GCM the index does.
        let is_signed = matches!(self.rtcp, Cipher::Counter { .. });
        let at = if is_signed { body } else { body + tag };
        let word: [u8; 4] = *packet[at..].first_chunk().ok_or(Fault::Malformed)?;
        let word = u32::from_be_bytes(word);
        let index = word & !ENCRYPTED;
        let source = self.sources.iter().find(|source| source.ssrc == ssrc);
        if source.and_then(|source| source.rtcp).is_some_and(|w| w.has(index.into())) {
            return Err(Fault::Replayed);
        }
        if is_signed {
            let signed = self.rtcp.sign([&packet[..body + 4], &[]]).ok_or(Fault::Forged)?;
            check(&signed[..tag], &packet[body + 4..])?;
            if word & ENCRYPTED != 0 {
                self.rtcp.count(ssrc, index.into(), &mut packet[CLEAR..body]);
            }
        } else {
            let mut aad = [0; CLEAR + 4];
            aad[..CLEAR].copy_from_slice(&packet[..CLEAR]);
            aad[CLEAR..].copy_from_slice(&word.to_be_bytes());
            // RFC 7714 §9.2 allows reports in the clear; nobody has a reason to send them.
            let sealed = &mut packet[CLEAR..body + tag];
            if word & ENCRYPTED == 0 || !self.rtcp.open(rtcp_nonce(ssrc, index), &aad, sealed) {
                return Err(Fault::Forged);
            }
        }
        let source = self.source(ssrc);
        source.rtcp = Some(Window::with(source.rtcp, index.into()));
        Ok(body)
    }

    /// The state of an SSRC; only a packet that is authentic comes here.
    fn source(&mut self, ssrc: u32) -> &mut Source {
        let at = self.sources.iter().position(|source| source.ssrc == ssrc);
        let at = at.unwrap_or_else(|| {
            if self.sources.len() >= SOURCES_MAX {
                self.sources.remove(0);
            }
            self.sources.push(Source { ssrc, rtp: None, rtcp: None });
            self.sources.len() - 1
        });
        &mut self.sources[at]
    }
}

impl Window {
    const LEN: u64 = 128;

    /// Whether a packet of this index came, or is too old to tell.
    fn has(self, index: u64) -> bool {
        match self.highest.checked_sub(index) {
            None => false,
            Some(behind) => behind >= Self::LEN || self.came & (1 << behind) != 0,
        }
    }

    fn with(window: Option<Self>, index: u64) -> Self {
        let Some(Self { highest, came }) = window else { return Self { highest: index, came: 1 } };
        match index.checked_sub(highest) {
            None => Self { highest, came: came | 1 << (highest - index).min(Self::LEN - 1) },
            Some(ahead) => {
                let shift = u32::try_from(ahead).unwrap_or(u32::MAX);
                Self { highest: index, came: came.checked_shl(shift).unwrap_or(0) | 1 }
            }
        }
    }
}

/// In constant time: how many bytes fit tells a forger nothing.
fn check(expected: &[u8], received: &[u8]) -> Result<(), Fault> {
    let different = expected.iter().zip(received).fold(0, |sum, (a, b)| sum | (a ^ b));
    if different == 0 && expected.len() == received.len() { Ok(()) } else { Err(Fault::Forged) }
}

/// The twelve bytes, whatever follows them.
fn fixed(packet: &[u8]) -> Option<Header> {
    let mut alone: [u8; Header::LEN] = *packet.first_chunk()?;
    // No CSRC, extension or padding: those are not looked for here.
    alone[0] &= 0xC0;
    Header::read(&alone).map(|(header, _)| header)
}

/// Where the payload begins: behind CSRCs and extension.
fn payload_start(packet: &[u8]) -> Option<usize> {
    let flags = *packet.first()?;
    let mut start = Header::LEN + 4 * usize::from(flags & 0x0F);
    if flags & 0x10 != 0 {
        let words = packet.get(start + 2..start + 4)?;
        start += 4 + 4 * usize::from(u16::from_be_bytes([words[0], words[1]]));
    }
    (start <= packet.len()).then_some(start)
}

/// A party that changes its SSRC more often than this in one call has its oldest forgotten.
const SOURCES_MAX: usize = 8;
