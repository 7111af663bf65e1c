//! The one port that all browsers share: whose datagram is it?
//!
//! ```text
//!  datagram ─ STUN ─▶ user name names the stream ─ signed? ─▶ the address is its, answer
//!           ├ DTLS ─▶ the address names the stream ─▶ its handshake
//!           └ RTP, RTCP (RFC 7983) ─▶ the address names the stream ─▶ as any other
//! ```
//! From an address that no signed check has proven, nothing but such a check is looked at.

use std::{collections::BTreeMap, net::SocketAddr, time::Instant};

use super::{Out, Session, out::Kind, stream::Stream};
use crate::{command::StreamId, event::Event, stun};

/// Which stream a user name or an address belongs to.
#[derive(Debug, Default)]
pub(crate) struct Door {
    logins: BTreeMap<[u8; 8], StreamId>,
    addresses: BTreeMap<SocketAddr, StreamId>,
}

impl Door {
    /// Lets the checks of a stream in.
    pub(super) fn admit(&mut self, stream: &Stream) {
        let Some(browser) = &stream.browser else { return };
        self.logins.retain(|_, id| *id != stream.id);
        for login in browser.logins() {
            self.logins.insert(login.ufrag, stream.id);
        }
    }

    /// Forgets a stream that is closed.
    pub(super) fn forget(&mut self, stream: &Stream) {
        let Some(browser) = &stream.browser else { return };
        self.logins.retain(|_, id| *id != stream.id);
        for address in browser.addresses() {
            if self.addresses.get(address) == Some(&stream.id) {
                self.addresses.remove(address);
            }
        }
    }
}

impl Session {
    /// Takes in a datagram from the port of the browsers.
    pub(super) fn at_door(&mut self, now: Instant, from: SocketAddr, packet: &[u8], out: &mut Out) {
        let from = SocketAddr::new(from.ip().to_canonical(), from.port());
        if stun::is_stun(packet) {
            return self.check(now, from, packet, out);
        }
        let Some(id) = self.door.addresses.get(&from).copied() else { return };
        match packet.first() {
            Some(20..=63) => {
                self.change(id, out, |stream, out| stream.shake(now, packet, out));
            }
            Some(128..=191) => self.datagram(now, id, from, packet, false, out),
            _ => {}
        }
    }

    /// A connectivity check (RFC 8445 §7.3).
    fn check(&mut self, now: Instant, from: SocketAddr, packet: &[u8], out: &mut Out) {
        let Some(request) = stun::Request::read(packet) else { return };
        let Ok(ufrag) = <[u8; 8]>::try_from(request.ufrag()) else { return };
        let Some(id) = self.door.logins.get(&ufrag).copied() else { return };
        let Some(stream) = self.streams.get_mut(&id) else { return };
        let Some(browser) = &mut stream.browser else { return };
        let Some(login) = browser.logins().find(|login| login.ufrag == ufrag) else { return };
        if !request.is_authentic(&login.password) {
            stream.strays += 1;
            return;
        }
        let before = browser.address();
        let forgotten = browser.checked(now, from, request.nominates());
        let chosen = browser.address();
        self.door.addresses.insert(from, id);
        if let Some(forgotten) = forgotten {
            self.door.addresses.remove(&forgotten);
        }
        out.send(id, Kind::Web, from, |bytes| {
            request.answer(from, &login.password, bytes);
            true
        });
        if let Some(remote) = chosen.filter(|_| chosen != before) {
            stream.latch.prove(now, remote);
            out.events.push(Event::Latched { stream: id, remote });
        }
        // A client says ClientHello as soon as there is somebody to say it to.
        stream.tick_browser(now, out);
        self.schedule(id);
    }
}
