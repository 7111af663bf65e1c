//! The one typed configuration file.
//!
//! TOML, a few lines, a default for every key. What cannot work is refused before anything starts,
//! with the file, the line and what was expected: a key nobody reads, a value out of its range, or
//! two values that cannot be true together. What works but will surprise is a [`Warning`].
//!
//! Relative paths are taken from the folder of the file that names them, so that a service
//! started from `/` finds the same certificate as the person who tested it.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test fails by panicking"
    )
)]

mod certificates;
mod check;
mod database;
mod http;
mod limits;
mod log;
mod mail;
mod media;
mod node;
mod recording;
mod refused;
mod sign_in;
mod sip;
mod webhooks;

use std::path::Path;

use serde::{Deserialize, Serialize};

pub use certificates::{Certificates, KeyPair};
pub use check::Warning;
pub use database::Database;
pub use http::{Http, Tls};
pub use limits::Limits;
pub use log::{Log, LogFormat, LogLevel};
pub use mail::{Mail, MailTls};
pub use media::{Codec, Media, PortRange, Speech, Srtp};
pub use node::Node;
pub use recording::Recording;
pub use refused::Refused;
pub use sign_in::SignIn;
pub use sip::{HostName, Sip};
pub use webhooks::{Network, Webhooks};

/// Everything that is set outside the database, by section of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// `[node]`: this machine.
    pub node: Node,
    /// `[database]`: where settings and records are kept.
    pub database: Database,
    /// `[sip]`: where telephones and trunks reach the switch.
    pub sip: Sip,
    /// `[certificates]`: TLS between the switch and SIP peers.
    pub certificates: Certificates,
    /// `[media]`: where audio flows.
    pub media: Media,
    /// `[recording]`: where conversations are kept.
    pub recording: Recording,
    /// `[mail]`: who takes messages of callers to people's inboxes.
    pub mail: Mail,
    /// `[http]`: the API and the desk.
    pub http: Http,
    /// `[webhooks]`: which servers workflows may ask.
    pub webhooks: Webhooks,
    /// `[sign_in]`: which servers prove who users are.
    pub sign_in: SignIn,
    /// `[log]`: what is written to standard error.
    pub log: Log,
    /// `[limits]`: what this machine may be asked to carry.
    pub limits: Limits,
}

impl Config {
    /// Reads, types and checks the file.
    pub fn load(path: &Path) -> Result<Self, Refused> {
        let text = std::fs::read_to_string(path).map_err(|why| Refused::unreadable(path, &why))?;
        let mut config = Self::parse(&path.display().to_string(), &text)?;
        let folder = path.parent().unwrap_or_else(|| Path::new("."));
        config.take_paths_from(folder);
        let missing = check::files(&config);
        if missing.is_empty() { Ok(config) } else { Err(Refused::checks(path, &text, missing)) }
    }

    /// Types and checks the text of a file; `name` is what the messages call it.
    ///
    /// Paths are left as they are written and no other file is read.
    pub fn parse(name: &str, text: &str) -> Result<Self, Refused> {
        let config: Self =
            toml::from_str(text).map_err(|error| Refused::syntax(name, text, &error))?;
        let conflicts = check::combinations(&config);
        if conflicts.is_empty() {
            Ok(config)
        } else {
            Err(Refused::checks(Path::new(name), text, conflicts))
        }
    }

    /// What will work and still surprise somebody, for the log at start and for `check-config`.
    #[must_use]
    pub fn warnings(&self) -> Vec<Warning> {
        check::warnings(self)
    }

    /// The address audio is bound to: `media.address`, else that of the first SIP listener.
    #[must_use]
    pub fn media_address(&self) -> std::net::IpAddr {
        self.media.address.unwrap_or_else(|| self.sip.first_listener().ip())
    }

    fn take_paths_from(&mut self, folder: &Path) {
        // `join` keeps an absolute path as it is.
        self.node.state_dir = folder.join(&self.node.state_dir);
        for file in self.certificates.files_mut() {
            *file = folder.join(&file);
        }
        let recording = &mut self.recording;
        for path in [&mut recording.folder, &mut recording.key_file].into_iter().flatten() {
            *path = folder.join(&path);
        }
        for path in self.mail.files_mut().chain(&mut self.database.password_file) {
            *path = folder.join(&path);
        }
        if let Tls::Files { certificate, key } = &mut self.http.tls {
            *certificate = folder.join(&certificate);
            *key = folder.join(&key);
        }
    }
}
