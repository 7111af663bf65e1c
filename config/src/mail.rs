//! `[mail]`: the server that takes messages of callers, invitations and answers to forgotten
//! passwords to people's inboxes.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Who takes e-mail from this switch; without a server none is sent.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mail {
    /// The host of the submission server, as its certificate names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// Its port.
    pub port: u16,
    /// How the way there is protected.
    pub tls: MailTls,
    /// Authorities that sign its certificate, beside those of the system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca: Option<PathBuf>,
    /// Who it is from, as `Name <name@example.net>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Who signs in there; none sends without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// A file whose first line is the user's password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
}

impl Default for Mail {
    fn default() -> Self {
        Self {
            server: None,
            port: 587,
            tls: MailTls::Starttls,
            ca: None,
            from: None,
            user: None,
            password_file: None,
        }
    }
}

impl Mail {
    /// Every file it names, with its key.
    pub(crate) fn files_mut(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        [&mut self.ca, &mut self.password_file].into_iter().flatten()
    }
}

/// How the way to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MailTls {
    /// Plain at first, and never a message before STARTTLS (port 587).
    Starttls,
    /// TLS from the first byte (port 465).
    Implicit,
    /// Unprotected: for a server on this machine.
    Off,
}
