//! The protection of one stream (SRTP), if it has any.

use crate::srtp::{Fault, Protection, Receiver, Sender};

/// Both directions of a protected stream.
#[derive(Debug)]
pub(crate) struct Guard {
    agreed: Protection,
    sender: Sender,
    receiver: Receiver,
}

impl Guard {
    /// None only if the library refuses the keys.
    fn new(agreed: Protection) -> Option<Self> {
        let (sender, receiver) = (Sender::new(&agreed.send)?, Receiver::new(&agreed.receive)?);
        Some(Self { agreed, sender, receiver })
    }

    /// Follows a new agreement: what is unchanged goes on, so that no index is used twice.
    pub(crate) fn follow(guard: &mut Option<Self>, agreed: Option<Protection>) {
        match (guard.as_mut(), agreed) {
            (_, None) => *guard = None,
            (None, Some(agreed)) => *guard = Self::new(agreed),
            (Some(known), Some(agreed)) => {
                if known.agreed.send != agreed.send
                    && let Some(sender) = Sender::new(&agreed.send)
                {
                    known.sender = sender;
                }
                if known.agreed.receive != agreed.receive
                    && let Some(receiver) = Receiver::new(&agreed.receive)
                {
                    known.receiver = receiver;
                }
                known.agreed = agreed;
            }
        }
    }

    /// Protects the packet that begins at `start`; false if it must not be sent.
    pub(crate) fn protect(&mut self, bytes: &mut Vec<u8>, start: usize, is_report: bool) -> bool {
        let protected = if is_report {
            self.sender.protect_rtcp(bytes, start)
        } else {
            self.sender.protect_rtp(bytes, start)
        };
        protected.is_ok()
    }

    /// Opens a packet in `plain`, where it was copied to.
    pub(crate) fn open(&mut self, plain: &mut [u8], is_report: bool) -> Result<usize, Fault> {
        if is_report {
            self.receiver.unprotect_rtcp(plain)
        } else {
            self.receiver.unprotect_rtp(plain)
        }
    }
}
