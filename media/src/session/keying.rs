//! Keys that we press towards a party: telephone events where it knows them (RFC 4733), tones where
//! it does not.
//!
//! ```text
//!  Pressed: an event packet every 20 ms, one timestamp, growing duration ──100 ms──▶
//!  Released: the end three times ──▶ Pause 100 ms ──▶ the next key
//! ```

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use super::{
    Out,
    stream::{Player, Stream},
    voice::{Part, Voice},
};
use crate::{dtmf, rtp::TelephoneEvent};

/// Events on their way to a party.
#[derive(Debug)]
pub(crate) struct Keying {
    /// Codes of keys, the first of which is being pressed.
    keys: VecDeque<u8>,
    /// Packets of the present key that have gone out.
    sent: u16,
    /// When the next packet is due.
    at: Instant,
}

/// Keys that may wait; more are left out.
const KEYS_MAX: usize = 64;

/// Packets of 20 ms: five while pressed, three that say the end, and five of pause.
const PRESSED: u16 = 5;
const ENDS: u16 = 3;
const PAUSE: u16 = 5;

const STEP: Duration = Duration::from_millis(20);

/// Samples of a step, at 8 kHz.
const SPAN: u16 = 160;

/// -10 dBm0, as every telephone sends it.
const VOLUME: u8 = 10;

impl Stream {
    /// Presses keys towards the party, after those that are being pressed.
    pub(super) fn press(&mut self, now: Instant, digits: &str) {
        if self.negotiated.dtmf.is_none() {
            return self.press_as_tones(now, digits);
        }
        let codes = digits.chars().filter_map(TelephoneEvent::code);
        let keying =
            self.keying.get_or_insert_with(|| Keying { keys: VecDeque::new(), sent: 0, at: now });
        for code in codes {
            if keying.keys.len() < KEYS_MAX {
                keying.keys.push_back(code);
            }
        }
        if keying.keys.is_empty() {
            self.keying = None;
        }
    }

    /// Tones are a prompt: they are heard instead of the row, which is heard again at their end.
    fn press_as_tones(&mut self, now: Instant, digits: &str) {
        let keys = digits.chars().take(KEYS_MAX).filter_map(dtmf::tones);
        let parts: Vec<_> = keys.map(|samples| Part::Clip(samples.into())).collect();
        if !parts.is_empty() {
            self.player = Some(Player { voice: Voice::new(parts), tag: None });
            self.frame_at = Some(now);
        }
    }

    /// Sends what is due of the key being pressed.
    pub(super) fn key(&mut self, now: Instant, out: &mut Out) {
        while let Some(mut keying) = self.keying.take_if(|keying| keying.at <= now) {
            let Some(code) = keying.keys.front().copied() else { return };
            keying.sent += 1;
            keying.at += STEP;
            if keying.sent <= PRESSED + ENDS {
                let end = keying.sent > PRESSED;
                let scale = u16::try_from(self.negotiated.codec.scale()).unwrap_or(1);
                let duration = keying.sent.min(PRESSED) * SPAN * scale;
                let event = TelephoneEvent { event: code, end, volume: VOLUME, duration };
                self.send_event(now, keying.sent == 1, &event.write(), out);
            }
            if keying.sent >= PRESSED + ENDS + PAUSE {
                keying.keys.pop_front();
                keying.sent = 0;
            }
            if !keying.keys.is_empty() {
                self.keying = Some(keying);
            }
        }
    }

    pub(super) fn key_at(&self) -> Option<Instant> {
        self.keying.as_ref().map(|keying| keying.at)
    }
}
