//! What the brain is told once, at its start.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use media::sdp::{Codec, Fingerprint, Policy, SrtpPolicy};
use media::{Country, PortRange};
use routing::{Floor, Policy as Asked};
use sip::Transport;

use super::Switch;
use super::trunks::Resolved;

/// Addresses, limits and times that no administrator changes while the switch runs.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Names, bounds and timers of the SIP endpoint.
    pub sip: sip::Config,
    /// The addresses that SIP over UDP is bound to; a trunk is called from the first that fits.
    pub sip_udp: Vec<SocketAddr>,
    /// The addresses that SIP over TCP is bound to.
    pub sip_tcp: Vec<SocketAddr>,
    /// The addresses that SIP over TLS is bound to.
    pub sip_tls: Vec<SocketAddr>,
    /// The address written into SDP.
    pub media_address: IpAddr,
    /// Whether telephones' audio is protected.
    pub srtp: SrtpPolicy,
    /// What telephones are offered and may choose, best first.
    pub codecs: Vec<Codec>,
    /// What browsers are offered, best first.
    pub web_codecs: Vec<Codec>,
    /// Where browsers' audio comes in; none: a page is a telephone like any other.
    pub web: Option<WebDoor>,
    /// Whether it is told who speaks in conversations.
    pub follow_talk: bool,
    /// Whose signals are heard where no number says it.
    pub tones: Country,
    /// The ports RTP may use; none of them is a peer's.
    pub media_ports: PortRange,
    /// Whether a peer may name a loopback address in its SDP: tests and the demo.
    pub allow_loopback: bool,
    /// RTP ports kept bound ahead of need.
    pub ports_ahead: u16,
    /// Calls at once, both ways; an INVITE beyond gets 503, and nothing is dialled.
    pub calls_max: usize,
    /// Attempts in any second, over all trunks.
    pub attempts_per_second: u32,
}

/// The one port of all browsers, as SDP names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebDoor {
    /// UDP.
    pub port: u16,
    /// Of the certificate that browsers find there.
    pub fingerprint: Fingerprint,
}

impl Settings {
    /// What is offered unless the configuration says otherwise.
    pub const CODECS: &'static [Codec] = &[Codec::Pcma, Codec::Pcmu];

    /// How long a notice may take before the call is ended anyway.
    pub const NOTICE_MAX: Duration = Duration::from_secs(30);

    /// How long a campaign's message may be.
    pub const MESSAGE_MAX: Duration = Duration::from_mins(3);

    /// How long a caller's message may be.
    pub const VOICEMAIL_MAX: Duration = Duration::from_mins(3);

    /// How long a third party may ring.
    pub const THIRD_RINGS: Duration = Duration::from_secs(45);

    /// How long a call may be parked before it goes back to who parked it.
    pub const STORED_MAX: Duration = Duration::from_mins(3);

    /// How long a customer whose agent was lost for good waits for another (FAULTS F11).
    pub const RESCUE_WAIT: Duration = Duration::from_mins(1);

    /// How long a telephone that fell silent may take to answer our question.
    pub const PROBE_PATIENCE: Duration = Duration::from_secs(2);

    /// The same for one that holds its line: it is silent by right, and nobody waits to hear it.
    pub const HELD_PATIENCE: Duration = Duration::from_secs(10);

    /// What addresses a peer may name (FAULTS S7).
    #[must_use]
    pub fn sdp_policy(&self) -> Policy {
        let own = Some((self.media_address, self.media_ports));
        Policy { allow_loopback: self.allow_loopback, own }
    }

    /// A duration of a campaign's settings.
    #[must_use]
    pub fn millis(count: u32) -> Duration {
        Duration::from_millis(count.into())
    }

    /// Our end of a path to `there`: the first listener of its transport and address family.
    #[must_use]
    pub fn local_for(&self, there: Resolved) -> Option<SocketAddr> {
        let listeners = match there.transport {
            Transport::Udp => &self.sip_udp,
            Transport::Tcp => &self.sip_tcp,
            Transport::Tls => &self.sip_tls,
            // Browsers are not connected to.
            Transport::Ws | Transport::Wss => return None,
        };
        listeners.iter().copied().find(|local| local.is_ipv4() == there.address.is_ipv4())
    }

    /// A floor with the default bounds; the organisation's rules follow with its settings.
    #[must_use]
    pub fn floor(&self) -> Floor {
        let preview_ms = u32::from(dialer::campaigns::LOOK_S_MAX + 30) * 1_000;
        let waiting_max = self.calls_max;
        let limits = routing::floor::Limits { waiting_max, preview_ms, ..Default::default() };
        Floor::new(limits, Asked::default())
    }
}

impl Switch {
    /// Calls in hand keep the address they began with; what begins now says the new one.
    pub(super) fn set_public_address(&mut self, seen: IpAddr) {
        self.settings.media_address = seen;
        self.streams.set_address(&self.settings);
        self.sip.set_advertised(seen);
    }
}
