//! DTLS as WebRTC uses it: it proves who the other end is and agrees the keys of SRTP (RFC 5764).
//!
//! ```text
//!  Identity ──fingerprint──▶ SDP          SDP ──fingerprint of the browser──▶ Handshake
//!  datagrams ▶ Handshake ▶ datagrams, a timer, and once: Protection
//! ```
//! The protocol itself (1.2 and 1.3, and the `ClientHello` that browsers cut in two) is `dimpl`'s,
//! without socket or clock. Its random numbers come from the operating system and from no seed of
//! ours: keys that a seed can bring back are none.
//!
//! Invariant: no keys come out before the certificate of the other end has the fingerprint that
//! its signalling named (RFC 8122 §5), and none after a fault.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use dimpl::{Dtls, DtlsCertificate, Output, SrtpProfile};
use sha2::{Digest as _, Sha256};

use crate::{
    sdp::{DtlsRole, Fingerprint},
    srtp::{Keys, Profile, Protection},
};

/// A certificate of ours, which nobody needs to trust: SDP says which one it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// X.509 in DER, with a key of P-256.
    pub certificate: Vec<u8>,
    /// PKCS #8 in DER.
    pub private_key: Vec<u8>,
}

/// What every handshake of a plane begins with.
#[derive(Clone)]
pub(crate) struct DtlsSetup {
    config: Arc<dimpl::Config>,
    certificate: DtlsCertificate,
}

/// One association with one browser.
pub(crate) struct Handshake {
    dtls: Dtls,
    expected: Fingerprint,
    role: DtlsRole,
    due: Option<Instant>,
    is_proven: bool,
    is_connected: bool,
    keys: Option<Protection>,
    buffer: Vec<u8>,
}

/// What a turn of a handshake came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Nothing that anybody must know.
    Goes,
    /// The keys, once.
    Agreed(Protection),
    /// The other end said goodbye.
    Closed,
    /// It failed, for good: another certificate than was named, or no end in time.
    Failed,
}

impl Identity {
    /// SHA-256 of the certificate, as SDP names it.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        fingerprint(&self.certificate)
    }
}

/// The key is never printed (FAULTS S23).
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("fingerprint", &self.fingerprint()).finish()
    }
}

impl DtlsSetup {
    /// An error says what of the identity cannot be used.
    pub(crate) fn new(identity: Identity) -> Result<Self, String> {
        let builder = dimpl::Config::builder()
            // ICE has proven the address before the first byte of DTLS is looked at.
            .use_server_cookie(false)
            .flight_start_rto(RETRANSMIT)
            .handshake_timeout(PATIENCE);
        let config = builder.build().map_err(|error| error.to_string())?;
        let Identity { certificate, private_key } = identity;
        let provider = config.crypto_provider();
        let known = provider.key_provider.load_private_key(&private_key);
        known.map_err(|error| format!("the key of the DTLS certificate: {error}"))?;
        let certificate = DtlsCertificate { certificate, private_key };
        Ok(Self { config: Arc::new(config), certificate })
    }

    /// Begins an association with whoever has the certificate of this fingerprint.
    pub(crate) fn begin(&self, now: Instant, expected: Fingerprint, role: DtlsRole) -> Handshake {
        let mut dtls = Dtls::new_auto(Arc::clone(&self.config), self.certificate.clone(), now);
        if role == DtlsRole::Client {
            dtls.set_active(true);
        }
        Handshake {
            dtls,
            expected,
            role,
            due: Some(now),
            is_proven: false,
            is_connected: false,
            keys: None,
            buffer: vec![0; BUFFER],
        }
    }
}

impl fmt::Debug for DtlsSetup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DtlsSetup")
    }
}

impl Handshake {
    /// Whether it is with this other end and in this role.
    pub(crate) fn is_with(&self, expected: Fingerprint, role: DtlsRole) -> bool {
        (self.expected, self.role) == (expected, role)
    }

    /// When [`Handshake::tick`] is due.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.due
    }

    /// Takes in a datagram; what is to be sent goes to `send`.
    pub(crate) fn receive(&mut self, now: Instant, packet: &[u8], send: impl FnMut(&[u8])) -> Turn {
        let taken = self.dtls.handle_timeout(now).and_then(|()| self.dtls.handle_packet(packet));
        self.turn(now, taken.is_ok(), send)
    }

    /// Sends again what was not answered in time.
    pub(crate) fn tick(&mut self, now: Instant, send: impl FnMut(&[u8])) -> Turn {
        let taken = self.dtls.handle_timeout(now);
        self.turn(now, taken.is_ok(), send)
    }

    fn turn(&mut self, now: Instant, goes: bool, mut send: impl FnMut(&[u8])) -> Turn {
        self.due = None;
        if !goes {
            return Turn::Failed;
        }
        let mut turn = Turn::Goes;
        loop {
            match self.dtls.poll_output(&mut self.buffer) {
                Output::Packet(packet) => send(packet),
                Output::BufferTooSmall { needed } => {
                    // A datagram of ours is within the MTU, a certificate of theirs need not be.
                    if needed > BUFFER_MAX {
                        return Turn::Failed;
                    }
                    self.buffer.resize(needed, 0);
                }
                Output::Timeout(at) => {
                    self.due = Some(at.max(now + PAUSE_MIN));
                    break;
                }
                Output::Connected => self.is_connected = true,
                Output::PeerCert(certificate) => {
                    if fingerprint(certificate) != self.expected {
                        return Turn::Failed;
                    }
                    self.is_proven = true;
                }
                Output::KeyingMaterial(material, profile) => {
                    self.keys = protection(&material, profile, self.role);
                }
                Output::CloseNotify => turn = Turn::Closed,
                // Nobody offered a data channel.
                _ => {}
            }
        }
        if turn == Turn::Goes
            && self.is_proven
            && self.is_connected
            && let Some(keys) = self.keys.take()
        {
            return Turn::Agreed(keys);
        }
        turn
    }
}

impl fmt::Debug for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { role, is_connected, .. } = self;
        f.debug_struct("Handshake").field("role", role).field("done", is_connected).finish()
    }
}

fn fingerprint(certificate: &[u8]) -> Fingerprint {
    Fingerprint(Sha256::digest(certificate).into())
}

/// RFC 5764 §4.2: key of the client, key of the server, salt of the client, salt of the server.
fn protection(material: &[u8], profile: SrtpProfile, role: DtlsRole) -> Option<Protection> {
    let profile = match profile {
        SrtpProfile::AEAD_AES_256_GCM => Profile::AeadAes256Gcm,
        SrtpProfile::AEAD_AES_128_GCM => Profile::AeadAes128Gcm,
        SrtpProfile::AES128_CM_SHA1_80 => Profile::AesCm128Sha1Tag80,
        _ => return None,
    };
    let (key, salt) = (profile.key_len(), profile.salt_len());
    let keys = |at: usize| {
        let salts = 2 * key + at * salt;
        let both = [material.get(at * key..)?.get(..key)?, material.get(salts..)?.get(..salt)?];
        Keys::new(profile, &both.concat())
    };
    let (client, server) = (keys(0)?, keys(1)?);
    Some(match role {
        DtlsRole::Server => Protection { send: server, receive: client },
        DtlsRole::Client => Protection { send: client, receive: server },
    })
}

/// How long an unanswered flight waits; doubled each time.
const RETRANSMIT: Duration = Duration::from_millis(250);

/// A timer of the library is never answered sooner, whatever it asks for.
const PAUSE_MIN: Duration = Duration::from_millis(5);

/// A browser that has not finished by then will not.
const PATIENCE: Duration = Duration::from_secs(10);

const BUFFER: usize = 1_500;
const BUFFER_MAX: usize = 16 << 10;
