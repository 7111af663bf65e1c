//! Where the database is, as the configuration says it.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use config::Config;
use store::{Place, Store};

/// The PostgreSQL server that the configuration names, or the file in the state folder.
///
/// Errors: the file with the password cannot be read.
pub fn place(config: &Config) -> anyhow::Result<Place> {
    match &config.database.url {
        Some(url) => server(url, config.database.password_file.as_deref()),
        None => Ok(Place::File(config.node.state_dir.join("cordboard.db"))),
    }
}

/// The database, opened.
pub async fn open(config: &Config) -> anyhow::Result<Store> {
    let place = place(config)?;
    Store::open(place.clone()).await.with_context(|| format!("cannot open {place}"))
}

/// A database of a PostgreSQL server, and the file with the user's password.
pub fn server(url: &str, password_file: Option<&Path>) -> anyhow::Result<Place> {
    let password = password_file.map(password).transpose()?;
    Ok(Place::Server { url: url.to_owned(), password })
}

/// The first line of a file.
pub(super) fn password(file: &Path) -> anyhow::Result<String> {
    let text = fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
