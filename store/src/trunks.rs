//! Trunks at rest, and what proves us to those that want proof.

use std::fmt;

use routing::{Trunk, TrunkId};
use uuid::Uuid;

use crate::database::Store;
use crate::documents::{Document, Documents, Value};
use crate::error::Error;
use crate::links::{Link, Target};
use crate::row::Row;
use crate::sql;

/// The repository of trunks to carriers.
pub type Trunks = Documents<Trunk>;

impl Document for Trunk {
    type Id = TrunkId;
    const TABLE: &'static str = "trunk";
    const UNIQUE: &'static [&'static str] = &["name"];

    fn id(&self) -> TrunkId {
        self.id
    }

    fn unique(&self) -> Vec<Value> {
        vec![Value::Text(Some(self.name.clone()))]
    }

    fn search(&self) -> String {
        let hosts: Vec<_> = self.addresses.iter().map(|address| address.host.as_str()).collect();
        format!("{} {}", self.name, hosts.join(" "))
    }

    fn links(&self) -> Vec<Link> {
        Vec::new()
    }

    fn target(&self) -> Option<Target> {
        Some(Target::Trunk(self.id))
    }
}

/// What a carrier knows us by; never printed.
///
/// The password rests as it is: a client's digest needs it, since a carrier's realm and algorithm
/// are known only from its challenge (RFC 8760 §2).
#[derive(Clone, PartialEq, Eq)]
pub struct TrunkSecret {
    /// Whose.
    pub trunk: TrunkId,
    /// The digest's user name.
    pub username: String,
    /// The digest's password.
    pub password: String,
}

impl fmt::Debug for TrunkSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrunkSecret").field("username", &self.username).finish_non_exhaustive()
    }
}

/// The repository of what carriers know us by.
#[derive(Clone, Debug)]
pub struct TrunkSecrets {
    store: Store,
}

impl TrunkSecrets {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Keeps a trunk's secret in place of the one before.
    ///
    /// Errors: [`Error::Unknown`] without the trunk.
    pub async fn put(&self, secret: &TrunkSecret) -> Result<(), Error> {
        let mut writing = self.store.begin().await?;
        sql::query(
            "INSERT INTO trunk_secret (trunk, username, password) VALUES ($1, $2, $3) \
             ON CONFLICT (trunk) DO UPDATE SET username = excluded.username, \
             password = excluded.password",
        )
        .bind(Uuid::from(secret.trunk))
        .bind(&secret.username)
        .bind(&secret.password)
        .execute(&mut *writing)
        .await
        .map_err(|error| Error::of_write(error, &[], "trunk"))?;
        writing.touched(secret.trunk);
        writing.commit().await?;
        Ok(())
    }

    /// Forgets a trunk's secret.
    pub async fn delete(&self, trunk: TrunkId) -> Result<(), Error> {
        let mut writing = self.store.begin().await?;
        let gone = sql::query("DELETE FROM trunk_secret WHERE trunk = $1")
            .bind(Uuid::from(trunk))
            .execute(&mut *writing)
            .await?;
        writing.touched(trunk);
        writing.commit().await?;
        if gone == 0 { Err(Error::NotFound("secret")) } else { Ok(()) }
    }

    /// Every secret: what the switch loads when it starts.
    pub async fn all(&self) -> Result<Vec<TrunkSecret>, Error> {
        let rows = sql::query("SELECT * FROM trunk_secret ORDER BY trunk")
            .fetch_all(self.store.readers())
            .await?;
        rows.iter().map(secret).collect()
    }
}

fn secret(row: &Row) -> Result<TrunkSecret, Error> {
    Ok(TrunkSecret {
        trunk: row.id("trunk")?,
        username: row.column("username")?,
        password: row.column("password")?,
    })
}
