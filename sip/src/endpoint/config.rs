//! What an [`Endpoint`](crate::Endpoint) is told once: its names, its bounds and its clocks'
//! lengths.

use std::net::IpAddr;
use std::time::Duration;

/// Names, bounds and timer lengths; [`Config::new`] holds the defaults.
#[derive(Clone, Debug)]
pub struct Config {
    /// Digest realm, and the host of our accounts' addresses.
    pub realm: String,
    /// Written as User-Agent in requests and Server in responses.
    pub user_agent: String,
    /// Written in Via and Contact instead of a flow's own local address (static NAT, wildcard
    /// listener); a peer in a private network gets the local address where there is one.
    pub advertised: Option<IpAddr>,
    /// What is refused beyond a number.
    pub bounds: Bounds,
    /// Lengths of the transaction layer's timers.
    pub timing: Timing,
    /// Lifetimes of bindings and nonces.
    pub registrar: RegistrarConfig,
}

impl Config {
    /// Defaults for a floor of 1,000 agents.
    #[must_use]
    pub fn new(realm: impl Into<String>) -> Self {
        Self {
            realm: realm.into(),
            user_agent: concat!("Cordboard/", env!("CARGO_PKG_VERSION")).to_owned(),
            advertised: None,
            bounds: Bounds::default(),
            timing: Timing::default(),
            registrar: RegistrarConfig::default(),
        }
    }
}

/// Bounds, each with its policy when full.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Legs alive at once; a new INVITE beyond gets 503, [`Endpoint::invite`] an error.
    ///
    /// [`Endpoint::invite`]: crate::Endpoint::invite
    pub legs: usize,
    /// Transactions alive at once; a new INVITE beyond gets 503 without state.
    pub transactions: usize,
    /// Bindings of one account; beyond, its oldest gives way: phones come back with new contacts.
    pub bindings_per_account: usize,
    /// Bindings of all accounts; a REGISTER beyond gets 503.
    pub bindings: usize,
    /// Subscriptions of all accounts; a SUBSCRIBE beyond gets 503.
    pub subscriptions: usize,
    /// Failed authentications a source address may spend before it is ignored for a while.
    pub failures_per_source: u32,
    /// Requests a second that a source which is no trunk may send from outside of its dialogs,
    /// twice as many at once; further ones are not answered.
    pub strangers_per_second: u32,
    /// Early dialogs one forked INVITE may open; further forks are left unanswered.
    pub forks: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            legs: 20_000,
            transactions: 100_000,
            bindings_per_account: 8,
            bindings: 50_000,
            subscriptions: 20_000,
            failures_per_source: 20,
            // 20,000 telephones behind one address register within a minute (FAULTS L4).
            strangers_per_second: 2_000,
            forks: 8,
        }
    }
}

/// Base timers, RFC 3261 table 4.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// Round-trip estimate; timers B, F, H, J, L, M are 64 times this.
    pub t1: Duration,
    /// Longest gap between retransmissions of a non-INVITE request or a 2xx.
    pub t2: Duration,
    /// Longest time a message stays in the network.
    pub t4: Duration,
    /// Timer C: the longest a far side may ring without repeating a provisional response.
    pub timer_c: Duration,
    /// How long a re-INVITE of the far side may wait for [`Endpoint::accept`]; then it gets 488.
    ///
    /// [`Endpoint::accept`]: crate::Endpoint::accept
    pub offer_wait: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            t1: Duration::from_millis(500),
            t2: Duration::from_secs(4),
            t4: Duration::from_secs(5),
            timer_c: Duration::from_mins(3),
            offer_wait: Duration::from_secs(20),
        }
    }
}

/// Lifetimes of the registrar.
#[derive(Clone, Copy, Debug)]
pub struct RegistrarConfig {
    /// A shorter wish gets 423 with Min-Expires.
    pub expires_min: Duration,
    /// Given when a phone wishes none.
    pub expires_default: Duration,
    /// A longer wish is shortened to this.
    pub expires_max: Duration,
    /// Age at which a nonce is stale.
    pub nonce_lifetime: Duration,
}

impl Default for RegistrarConfig {
    fn default() -> Self {
        Self {
            expires_min: Duration::from_mins(1),
            expires_default: Duration::from_mins(10),
            expires_max: Duration::from_hours(1),
            nonce_lifetime: Duration::from_mins(5),
        }
    }
}
