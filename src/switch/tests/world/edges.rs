//! What edges tell the brain beside calls, and a telephone that only watches.

use std::net::SocketAddr;

use sip::Flow;

use super::{World, switch_address};
use crate::switch::Input;

impl World {
    /// What an edge tells beside messages.
    pub(in crate::switch::tests) fn tell_brain(&mut self, input: Input) {
        self.feed(input);
    }

    /// The last INVITE, as it left.
    pub(in crate::switch::tests) fn last_invite(&self) -> String {
        String::from_utf8(self.last_invite.to_vec()).unwrap()
    }

    /// A telephone that only watches sends something.
    pub(in crate::switch::tests) fn watcher_sends(&mut self, text: &str) {
        let path = Flow::udp(switch_address(), watcher());
        self.feed(Input::Sip(path, bytes::Bytes::copy_from_slice(text.as_bytes())));
    }

    /// What it was sent since it last looked.
    pub(in crate::switch::tests) fn watcher_heard(&mut self) -> Vec<String> {
        std::mem::take(&mut self.watcher)
    }
}

/// Where a telephone is that only watches.
pub(super) fn watcher() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 50], 5_060))
}
