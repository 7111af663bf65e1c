//! Where users prove who they are (R199): here by a password, or elsewhere; and who is asked there.
//!
//! Each kind of source is one document with a version, as other settings are. The secret that we
//! prove ourselves with there stands beside it and is read on its own, so that neither an answer
//! nor the audit log can hold it. It rests in the clear, as a trunk's password does, because it is
//! sent.

pub mod provider;
pub mod subjects;

use std::marker::PhantomData;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::database::Store;
use crate::documents::{Stored, stored};
use crate::error::Error;
use crate::row;
use crate::sql;

/// How a user proves who they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignIn {
    /// By a password that is kept here.
    #[default]
    Password,
    /// At the organisation's OpenID provider, and with no password of ours.
    Provider,
}

/// Who is asked elsewhere.
pub trait Source: Clone + Serialize + DeserializeOwned + Send + Sync + Unpin + 'static {
    /// Its row.
    const KIND: &'static str;
    /// What a refusal calls it.
    const NAME: &'static str;
}

/// The repository of one kind of source.
#[derive(Clone, Debug)]
pub struct Sources<T> {
    store: Store,
    kind: PhantomData<fn() -> T>,
}

impl<T: Source> Sources<T> {
    pub(crate) fn new(store: Store) -> Self {
        Self { store, kind: PhantomData }
    }

    /// The settings; [`Error::NotFound`] where there are none.
    pub async fn find(&self) -> Result<Stored<T>, Error> {
        sql::query(
            "SELECT settings, version, created_at, updated_at FROM sign_in_source WHERE kind = $1",
        )
        .bind(T::KIND)
        .fetch_optional(self.store.readers())
        .await?
        .as_ref()
        .map_or(Err(Error::NotFound(T::NAME)), stored)
    }

    /// Sets it up; [`Error::Taken`] where it is already.
    pub async fn insert(&self, value: &T, now: Timestamp) -> Result<Stored<T>, Error> {
        let mut writing = self.store.begin().await?;
        let row = sql::query(
            "INSERT INTO sign_in_source (kind, settings, version, created_at, updated_at) \
             VALUES ($1, $2, 1, $3, $3) RETURNING settings, version, created_at, updated_at",
        )
        .bind(T::KIND)
        .bind(row::json("sign_in_source", value)?)
        .bind(now.as_microsecond())
        .fetch_one(&mut *writing)
        .await
        .map_err(|error| Error::of_write(error, &["kind"], "kind"))?;
        writing.note(Uuid::nil(), None, Some(value))?;
        writing.commit().await?;
        stored(&row)
    }

    /// Replaces the settings that were read at `version`; the secret stays.
    pub async fn update(
        &self,
        value: &T,
        version: u64,
        now: Timestamp,
    ) -> Result<Stored<T>, Error> {
        let mut writing = self.store.begin().await?;
        let before = sql::query("SELECT settings FROM sign_in_source WHERE kind = $1")
            .bind(T::KIND)
            .fetch_optional(&mut *writing)
            .await?
            .ok_or(Error::NotFound(T::NAME))?;
        let before: T = before.json("settings")?;
        let row = sql::query(
            "UPDATE sign_in_source SET settings = $2, version = version + 1, updated_at = $3 \
             WHERE kind = $1 AND version = $4 RETURNING settings, version, created_at, updated_at",
        )
        .bind(T::KIND)
        .bind(row::json("sign_in_source", value)?)
        .bind(now.as_microsecond())
        .bind(row::signed(version))
        .fetch_optional(&mut *writing)
        .await?;
        let Some(row) = row else {
            drop(writing);
            return Err(Error::Stale { current: self.find().await?.version });
        };
        writing.note(Uuid::nil(), Some(&before), Some(value))?;
        writing.commit().await?;
        stored(&row)
    }

    /// Forgets the settings that were read at `version`, and the secret.
    pub async fn remove(&self, version: u64) -> Result<(), Error> {
        let mut writing = self.store.begin().await?;
        let row = sql::query(
            "DELETE FROM sign_in_source WHERE kind = $1 AND version = $2 RETURNING settings",
        )
        .bind(T::KIND)
        .bind(row::signed(version))
        .fetch_optional(&mut *writing)
        .await?;
        let Some(row) = row else {
            drop(writing);
            return Err(Error::Stale { current: self.find().await?.version });
        };
        let before: T = row.json("settings")?;
        writing.note(Uuid::nil(), Some(&before), None)?;
        writing.commit().await
    }

    /// What we prove ourselves with there.
    pub async fn secret(&self) -> Result<Option<String>, Error> {
        let row = sql::query("SELECT secret FROM sign_in_source WHERE kind = $1")
            .bind(T::KIND)
            .fetch_optional(self.store.readers())
            .await?;
        row.map_or(Ok(None), |row| row.column("secret"))
    }

    /// Keeps a secret in place of the one before, or none any more.
    pub async fn set_secret(&self, secret: Option<&str>) -> Result<(), Error> {
        let mut writing = self.store.begin().await?;
        let kept = sql::query("UPDATE sign_in_source SET secret = $2 WHERE kind = $1")
            .bind(T::KIND)
            .bind(secret)
            .execute(&mut *writing)
            .await?;
        if kept == 0 {
            return Err(Error::NotFound(T::NAME));
        }
        writing.touched(Uuid::nil());
        writing.commit().await
    }
}
