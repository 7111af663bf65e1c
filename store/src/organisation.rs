//! The organisation's own settings: one row, made when the database is first set up.

use jiff::Timestamp;
use routing::Organisation;
use uuid::Uuid;

use crate::database::Store;
use crate::documents::{Stored, stored};
use crate::error::Error;
use crate::links::{self, Link, Target};
use crate::row;
use crate::sql;

/// The repository of the organisation's settings.
#[derive(Clone, Debug)]
pub struct OrganisationSettings {
    store: Store,
}

impl OrganisationSettings {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// The settings; [`Error::NotFound`] before the first [`Self::insert`].
    pub async fn find(&self) -> Result<Stored<Organisation>, Error> {
        sql::query("SELECT settings, version, created_at, updated_at FROM organisation")
            .fetch_optional(self.store.readers())
            .await?
            .as_ref()
            .map_or(Err(Error::NotFound("organisation")), stored)
    }

    /// Sets the organisation up; [`Error::Taken`] when it is already.
    pub async fn insert(
        &self,
        value: &Organisation,
        now: Timestamp,
    ) -> Result<Stored<Organisation>, Error> {
        let now = row::whole(now);
        let mut writing = self.store.begin().await?;
        sql::query(
            "INSERT INTO organisation (id, settings, version, created_at, updated_at) \
             VALUES (1, $1, 1, $2, $2)",
        )
        .bind(row::json("organisation", value)?)
        .bind(now.as_microsecond())
        .execute(&mut *writing)
        .await
        .map_err(|error| Error::of_write(error, &["id"], "id"))?;
        links::replace(&mut writing, "organisation", Uuid::nil(), &links_of(value)).await?;
        writing.note(Uuid::nil(), None, Some(value))?;
        writing.commit().await?;
        Ok(Stored { value: value.clone(), version: 1, created_at: now, updated_at: now })
    }

    /// Replaces the settings that were read at `version`.
    pub async fn update(
        &self,
        value: &Organisation,
        version: u64,
        now: Timestamp,
    ) -> Result<Stored<Organisation>, Error> {
        let now = row::whole(now);
        let mut writing = self.store.begin().await?;
        let before =
            sql::query("SELECT settings FROM organisation").fetch_optional(&mut *writing).await?;
        let before = before.map(|row| row.json("settings")).transpose()?;
        let row = sql::query(
            "UPDATE organisation SET settings = $1, version = version + 1, updated_at = $2 \
             WHERE version = $3 RETURNING settings, version, created_at, updated_at",
        )
        .bind(row::json("organisation", value)?)
        .bind(now.as_microsecond())
        .bind(row::signed(version))
        .fetch_optional(&mut *writing)
        .await?;
        let Some(row) = row else {
            drop(writing);
            return Err(Error::Stale { current: self.find().await?.version });
        };
        let updated = stored(&row)?;
        links::replace(&mut writing, "organisation", Uuid::nil(), &links_of(value)).await?;
        writing.note(Uuid::nil(), before.as_ref(), Some(value))?;
        writing.commit().await?;
        Ok(updated)
    }
}

fn links_of(value: &Organisation) -> Vec<Link> {
    value.cli.map(|number| Link::new("cli", Target::Cli(number))).into_iter().collect()
}
