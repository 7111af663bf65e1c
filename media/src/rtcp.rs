//! RTCP (RFC 3550 §6.4): the sender and receiver reports that we make, and what a party's reports
//! say about the audio that we sent it. Everything else in a compound packet is passed over.

/// What goes into a report of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// Ours.
    pub ssrc: u32,
    /// Present if we sent since the last report: then this is an SR, else an RR.
    pub sender: Option<SenderPart>,
    /// Present once the party was heard.
    pub block: Option<Block>,
}

/// The sender's part of an SR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SenderPart {
    /// 32.32 fixed-point seconds on a clock of our own (RFC 3550 §4 allows any).
    pub ntp: u64,
    /// The RTP timestamp at that instant.
    pub timestamp: u32,
    /// Packets sent, modulo 2^32.
    pub packets: u32,
    /// Payload bytes sent, modulo 2^32.
    pub octets: u32,
}

/// A reception report block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Whose packets it is about.
    pub ssrc: u32,
    /// Lost since the last report, in 1/256.
    pub fraction_lost: u8,
    /// Lost in all, 24 bits.
    pub lost: u32,
    /// Highest sequence number, with cycles.
    pub highest: u32,
    /// Interarrival jitter, in samples.
    pub jitter: u32,
    /// Middle 32 bits of the NTP time of the last SR received; 0 if none.
    pub last_report: u32,
    /// Since that SR arrived, in 1/65536 s.
    pub delay: u32,
}

/// What a compound packet from the party holds for us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Middle 32 bits of its NTP time, if it sent an SR.
    pub ntp_middle: Option<u32>,
    /// Its block about our SSRC.
    pub about_us: Option<Block>,
}

impl Report {
    /// SR or RR, then SDES with `cname` (RFC 3550 §6.1 wants both in every compound packet).
    pub fn write(&self, cname: &str, out: &mut Vec<u8>) {
        let blocks = u8::from(self.block.is_some());
        let (kind, words) = if self.sender.is_some() { (SR, 6) } else { (RR, 1) };
        let length = words + 6 * u16::from(blocks);
        out.extend([0x80 | blocks, kind]);
        out.extend(length.to_be_bytes());
        out.extend(self.ssrc.to_be_bytes());
        if let Some(sender) = self.sender {
            out.extend(sender.ntp.to_be_bytes());
            for word in [sender.timestamp, sender.packets, sender.octets] {
                out.extend(word.to_be_bytes());
            }
        }
        if let Some(block) = self.block {
            let lost = (u32::from(block.fraction_lost) << 24) | (block.lost & 0x00FF_FFFF);
            for word in
                [block.ssrc, lost, block.highest, block.jitter, block.last_report, block.delay]
            {
                out.extend(word.to_be_bytes());
            }
        }
        self.write_sdes(cname.as_bytes(), out);
    }

    /// The same with a BYE behind it, when the stream ends (RFC 3550 §6.6).
    pub fn write_bye(&self, cname: &str, out: &mut Vec<u8>) {
        self.write(cname, out);
        out.extend([0x81, BYE, 0, 1]);
        out.extend(self.ssrc.to_be_bytes());
    }

    fn write_sdes(&self, cname: &[u8], out: &mut Vec<u8>) {
        let cname = &cname[..cname.len().min(255)];
        // SSRC, item header and text, then one to four zero bytes to the next word.
        let words = 1 + (2 + cname.len()) / 4 + 1;
        out.extend([0x81, SDES]);
        out.extend(u16::try_from(words).unwrap_or(u16::MAX).to_be_bytes());
        out.extend(self.ssrc.to_be_bytes());
        out.extend([CNAME, u8::try_from(cname.len()).unwrap_or(u8::MAX)]);
        out.extend(cname);
        out.resize(out.len() + 4 - (2 + cname.len()) % 4, 0);
    }
}

impl Heard {
    /// Reads a compound packet; `None` if it is none. `ours` is the SSRC that we send with.
    #[must_use]
    pub fn read(compound: &[u8], ours: u32) -> Option<Self> {
        let mut heard = Self::default();
        let mut rest = compound;
        while !rest.is_empty() {
            let [flags, kind, high, low] = *rest.first_chunk()?;
            let length = 4 + 4 * usize::from(u16::from_be_bytes([high, low]));
            if flags >> 6 != 2 || length > rest.len() {
                return None;
            }
            let (packet, next) = rest.split_at(length);
            let blocks = match kind {
                SR => {
                    heard.ntp_middle = word(packet, 10);
                    28
                }
                RR => 8,
                _ => length,
            };
            for block in packet.get(blocks..)?.chunks_exact(24).take(usize::from(flags & 0x1F)) {
                heard.about_us = Block::read(block).filter(|b| b.ssrc == ours).or(heard.about_us);
            }
            rest = next;
        }
        (!compound.is_empty()).then_some(heard)
    }
}

impl Block {
    fn read(bytes: &[u8]) -> Option<Self> {
        let lost = word(bytes, 4)?;
        Some(Self {
            ssrc: word(bytes, 0)?,
            fraction_lost: u8::try_from(lost >> 24).ok()?,
            lost: lost & 0x00FF_FFFF,
            highest: word(bytes, 8)?,
            jitter: word(bytes, 12)?,
            last_report: word(bytes, 16)?,
            delay: word(bytes, 20)?,
        })
    }
}

const SR: u8 = 200;
const RR: u8 = 201;
const SDES: u8 = 202;
const BYE: u8 = 203;
const CNAME: u8 = 1;

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BLOCK: Block = Block {
        ssrc: 7,
        fraction_lost: 3,
        lost: 70_000,
        highest: 0x0001_0002,
        jitter: 8,
        last_report: 0xAABB_CCDD,
        delay: 65_536,
    };

    /// RFC 3550 §6.4.1: 28 bytes of sender, 24 a block; SDES ends on a word.
    #[test]
    fn a_sender_report_has_the_lengths_it_says() {
        let sender =
            SenderPart { ntp: 0x1111_2222_3333_4444, timestamp: 5, packets: 6, octets: 960 };
        let mut out = vec![];
        Report { ssrc: 9, sender: Some(sender), block: Some(BLOCK) }.write("abcdef", &mut out);
        assert_eq!(out[..4], [0x81, 200, 0, 12]);
        assert_eq!(out[52..56], [0x81, 202, 0, 4]);
        assert_eq!(out.len(), 52 + 20);
        let heard = Heard::read(&out, 7).unwrap();
        assert_eq!(heard, Heard { ntp_middle: Some(0x2222_3333), about_us: Some(BLOCK) });
    }

    #[test]
    fn a_report_about_somebody_else_says_nothing_about_us() {
        let mut out = vec![];
        Report { ssrc: 9, sender: None, block: Some(BLOCK) }.write("", &mut out);
        assert_eq!(Heard::read(&out, 8), Some(Heard::default()));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_harm(packet in prop::collection::vec(any::<u8>(), 0..128)) {
            let _ = Heard::read(&packet, 0);
        }

        #[test]
        fn a_report_of_any_name_is_read(cname in "[a-z]{0,40}") {
            let mut out = vec![];
            Report { ssrc: 9, sender: None, block: Some(BLOCK) }.write(&cname, &mut out);
            prop_assert_eq!(out.len() % 4, 0);
            prop_assert_eq!(Heard::read(&out, 7).unwrap().about_us, Some(BLOCK));
        }
    }
}
