//! The header of the WAV file that a recording is played and exported as: two channels of 16-bit
//! PCM at 8 kHz.

use super::slot::Slot;

/// Bytes before the samples.
pub(super) const HEADER: u64 = HEADER_LEN as u64;
const HEADER_LEN: usize = 44;

/// Bytes of one slot: 160 samples, two channels, two bytes.
pub(super) const SLOT: u64 = SLOT_LEN as u64;
pub(super) const SLOT_LEN: usize = Slot::SAMPLES * 2;

/// The header for this many slots; RIFF counts in 32 bits, which is 37 hours.
pub(super) fn header(slots: u64) -> [u8; HEADER_LEN] {
    let bytes = u32::try_from(slots * SLOT).unwrap_or(u32::MAX - 36);
    let mut header = [0; HEADER_LEN];
    header[..4].copy_from_slice(b"RIFF");
    header[4..8].copy_from_slice(&(bytes.saturating_add(36)).to_le_bytes());
    header[8..16].copy_from_slice(b"WAVEfmt ");
    header[16] = 16;
    // PCM, two channels.
    (header[20], header[22]) = (1, 2);
    header[24..28].copy_from_slice(&8_000u32.to_le_bytes());
    header[28..32].copy_from_slice(&32_000u32.to_le_bytes());
    // Four bytes a frame, 16 bits a sample.
    (header[32], header[34]) = (4, 16);
    header[36..40].copy_from_slice(b"data");
    header[40..].copy_from_slice(&bytes.to_le_bytes());
    header
}
