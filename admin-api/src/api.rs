//! What every handler has at hand: the store, the switch, and the settings of this API.

use std::net::IpAddr;
use std::sync::Arc;

use dialer::campaigns::Deployment;
use jiff::Timestamp;
use store::Store;
use tokio::sync::{Mutex, Semaphore, watch};

use crate::control::{Change, Command, CommandError, Control, Reply};
use crate::identity::backoff::Backoff;
use crate::identity::password::Passwords;
use crate::identity::provider::Provider;
use crate::identity::tickets::Tickets;
use crate::live::Windows;
use crate::password_resets::Resets;
use crate::problem::{FieldError, Kind, Problem};
use crate::provisioning::Links;

/// The API's parts; a clone is another handle on the same ones.
#[derive(Clone)]
pub struct Api {
    parts: Arc<Parts>,
}

struct Parts {
    store: Store,
    control: Arc<dyn Control>,
    settings: Settings,
    clock: Clock,
    passwords: Passwords,
    backoff: Backoff,
    tickets: Tickets,
    provisioning: Links,
    resets: Resets,
    provider: Provider,
    sign_outs: watch::Sender<u64>,
    viewers: Arc<Semaphore>,
    windows: Windows,
    administrators: Mutex<()>,
}

/// Reads the wall clock; tests move it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What the configuration file says about the API.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own in the file")]
pub struct Settings {
    /// The digest realm that SIP secrets are bound to.
    pub realm: String,
    /// The host that telephones register at.
    pub sip_domain: String,
    /// The path on the listener that takes SIP WebSockets.
    pub sip_websocket_path: String,
    /// Addresses that may read `/metrics`.
    pub metrics_from: Vec<IpAddr>,
    /// Whether people or simulated customers are at the other end.
    pub deployment: Deployment,
    /// The listener speaks TLS, or a proxy before it does: cookies are marked `Secure`.
    pub secure_cookies: bool,
    /// A proxy stands before the listener: the last address of `X-Forwarded-For` is the source.
    pub behind_proxy: bool,
    /// The origin that people type, such as `https://pbx.example.com`, where it is not the host
    /// that the request names.
    pub public_origin: Option<String>,
    /// The longest upload, in bytes.
    pub upload_bytes_max: usize,
    /// Open event streams; one more gets 503.
    pub viewers_max: usize,
    /// Webhooks may be told by plain HTTP too, where the configuration lists such networks.
    pub plain_webhooks: bool,
    /// An identity provider may be asked by plain HTTP too, where the configuration lists such
    /// networks.
    pub plain_sign_in: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            realm: "cordboard".to_owned(),
            sip_domain: "localhost".to_owned(),
            sip_websocket_path: "/sip".to_owned(),
            metrics_from: vec![],
            deployment: Deployment::Live,
            secure_cookies: true,
            behind_proxy: false,
            public_origin: None,
            upload_bytes_max: 64 << 20,
            viewers_max: 500,
            plain_webhooks: false,
            plain_sign_in: false,
        }
    }
}

impl Api {
    /// Joins the parts.
    #[must_use]
    pub fn new(store: Store, control: Arc<dyn Control>, settings: Settings) -> Self {
        Self::with_clock(store, control, settings, Arc::new(Timestamp::now))
    }

    /// Joins the parts, with a clock that somebody else moves.
    #[must_use]
    pub fn with_clock(
        store: Store,
        control: Arc<dyn Control>,
        settings: Settings,
        clock: Clock,
    ) -> Self {
        let viewers = Arc::new(Semaphore::new(settings.viewers_max.min(Semaphore::MAX_PERMITS)));
        let parts = Parts {
            store,
            control,
            settings,
            clock,
            passwords: Passwords::new(),
            backoff: Backoff::default(),
            tickets: Tickets::default(),
            provisioning: Links::default(),
            resets: Resets::new(),
            provider: Provider::new(),
            sign_outs: watch::Sender::new(0),
            viewers,
            windows: Windows::default(),
            administrators: Mutex::new(()),
        };
        Self { parts: Arc::new(parts) }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.parts.store
    }

    pub(crate) fn control(&self) -> &dyn Control {
        &*self.parts.control
    }

    /// The same, for work on another thread.
    pub(crate) fn shared_control(&self) -> Arc<dyn Control> {
        Arc::clone(&self.parts.control)
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.parts.settings
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.parts.clock)()
    }

    pub(crate) fn passwords(&self) -> &Passwords {
        &self.parts.passwords
    }

    pub(crate) fn backoff(&self) -> &Backoff {
        &self.parts.backoff
    }

    pub(crate) fn tickets(&self) -> &Tickets {
        &self.parts.tickets
    }

    /// Links that set softphones up.
    pub(crate) fn provisioning(&self) -> &Links {
        &self.parts.provisioning
    }

    pub(crate) fn resets(&self) -> &Resets {
        &self.parts.resets
    }

    pub(crate) fn provider(&self) -> &Provider {
        &self.parts.provider
    }

    /// Rises when sessions end or roles change: open event streams look at their session again.
    pub(crate) fn sign_outs(&self) -> &watch::Sender<u64> {
        &self.parts.sign_outs
    }

    /// One permit for each open event stream.
    pub(crate) fn viewers(&self) -> Arc<Semaphore> {
        Arc::clone(&self.parts.viewers)
    }

    /// The open windows of agents' desks.
    pub(crate) fn windows(&self) -> &Windows {
        &self.parts.windows
    }

    /// Held while an administrator is taken away, so that two cannot take away each other.
    pub(crate) fn administrators(&self) -> &Mutex<()> {
        &self.parts.administrators
    }

    /// Tells the switch of a durable change.
    pub(crate) fn tell(&self, change: Change) -> Result<(), Problem> {
        self.control().changed(change).map_err(|busy| {
            let detail = "the change is kept; the switch takes it over as soon as it can";
            Problem::new(Kind::Busy, detail).retry_after(busy.retry_after.as_secs().max(1))
        })
    }

    /// Gives the switch a command and waits for its answer.
    pub(crate) async fn command(&self, command: Command) -> Result<Reply, Problem> {
        self.control().command(command).await.map_err(|error| match error {
            CommandError::Busy(busy) => {
                Problem::new(Kind::Busy, "nothing is known to have happened")
                    .retry_after(busy.retry_after.as_secs().max(1))
            }
            CommandError::Refused { why } => Problem::new(Kind::Refused, why),
            CommandError::Closed { next } => {
                let expected = match next {
                    Some(next) => format!("a moment to call them at: the next is {next}"),
                    None => "a moment to call them at: there is none within a year".to_owned(),
                };
                Problem::new(Kind::Refused, "nobody may be called then where they are")
                    .with_errors(vec![FieldError::new("/callback_at", expected)])
                    .open_at(next)
            }
            CommandError::Unknown => Problem::new(Kind::NotFound, "the switch does not know it"),
        })
    }
}
