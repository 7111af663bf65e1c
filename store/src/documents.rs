//! What all settings have in common: one JSON document a resource, kept by the same five verbs.
//!
//! `insert`, `find`, `list`, `update`, `delete` mean the same for agents, queues, trunks and the
//! others; a resource's own file says only what is unique about it, what it refers to, and what a
//! search finds it by. A version rises with each change and becomes the API's `ETag`: an update
//! that was not made from the newest version is [`Error::Stale`].

mod versions;

use std::marker::PhantomData;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::database::Store;
use crate::error::Error;
use crate::links::{self, Link, Target};
use crate::page::{self, Cursor, Page, Query};
use crate::reach;
use crate::row::{self, Row};
pub use crate::sql::Value;
use crate::sql::{self, Connection};

pub use versions::Kept;

/// A setting that rests as one document.
pub trait Document: Clone + Serialize + DeserializeOwned + Send + Sync + Unpin + 'static {
    /// Its identity.
    type Id: Copy + Send + Sync + Into<Uuid> + From<Uuid>;

    /// The table, and the word for it in an error.
    const TABLE: &'static str;

    /// Columns beside the document, at least one: what no two rows may share, and what SQL reads.
    const UNIQUE: &'static [&'static str];

    /// The table that keeps every version of it, where they are kept.
    const VERSIONS: Option<&'static str> = None;

    /// Its identity.
    fn id(&self) -> Self::Id;

    /// The values of [`Self::UNIQUE`], in that order.
    fn unique(&self) -> Vec<Value>;

    /// What a search finds it by.
    fn search(&self) -> String;

    /// What it refers to.
    fn links(&self) -> Vec<Link>;

    /// As what others refer to it.
    fn target(&self) -> Option<Target>;

    /// Records that would lose their meaning without it: a query for one row of them by its id,
    /// and what they are.
    #[must_use]
    fn records() -> Option<(&'static str, &'static str)> {
        None
    }
}

/// A resource as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stored<T> {
    /// The resource.
    pub value: T,
    /// Rises by one with each change, from 1.
    pub version: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// The repository of one kind of setting.
#[derive(Debug)]
pub struct Documents<T> {
    store: Store,
    kind: PhantomData<fn() -> T>,
}

impl<T> Clone for Documents<T> {
    fn clone(&self) -> Self {
        Self { store: self.store.clone(), kind: PhantomData }
    }
}

impl<T: Document> Documents<T> {
    pub(crate) fn new(store: Store) -> Self {
        Self { store, kind: PhantomData }
    }

    /// Adds one.
    ///
    /// Errors: [`Error::Taken`] names the unique field, [`Error::Unknown`] the field that names
    /// nothing.
    pub async fn insert(&self, value: &T, now: Timestamp) -> Result<Stored<T>, Error> {
        let now = row::whole(now);
        let mut writing = self.store.begin().await?;
        let statement = sql::query(AssertSqlSafe(insert_sql::<T>()))
            .bind(value.id().into())
            .bind(value.search().to_lowercase())
            .bind(row::json(T::TABLE, value)?)
            .bind(now.as_microsecond());
        let statement = bind_unique(statement, value);
        statement.execute(&mut *writing).await.map_err(|error| refused::<T>(error))?;
        links::replace(&mut writing, T::TABLE, value.id().into(), &value.links()).await?;
        versions::keep(&mut writing, value, 1, now).await?;
        writing.note(value.id(), None, Some(value))?;
        writing.commit().await?;
        Ok(Stored { value: value.clone(), version: 1, created_at: now, updated_at: now })
    }

    /// The one with this identity.
    pub async fn find(&self, id: T::Id) -> Result<Stored<T>, Error> {
        let mut connection = self.store.readers().acquire().await?;
        Self::read(&mut connection, id).await
    }

    /// A page of them, the oldest first.
    pub async fn list(&self, query: &Query) -> Result<Page<Stored<T>>, Error> {
        let limit = query.limit();
        let after = query.after.map_or(Uuid::nil(), |cursor| cursor.id);
        let mut sql = sql::Builder::new(select_sql::<T>("WHERE id > "));
        sql.push_bind(after).push(" AND search LIKE ");
        sql.push_bind(page::contains(query.text.as_deref().unwrap_or_default()));
        sql.push(" ESCAPE '\\'");
        if let Some(within) = query.within {
            within.narrow(&mut sql, reach::of_table(T::TABLE));
        }
        sql.push(" ORDER BY id LIMIT ").push_bind(i64::from(limit) + 1);
        let rows = sql.build().fetch_all(self.store.readers()).await?;
        let found = rows.iter().map(stored).collect::<Result<Vec<Stored<T>>, Error>>()?;
        Ok(Page::of(found, limit, |found| Cursor::by_id(found.value.id())))
    }

    /// Every one of them, the oldest first: what the brain loads when it starts.
    pub async fn all(&self) -> Result<Vec<Stored<T>>, Error> {
        let sql = select_sql::<T>("ORDER BY id");
        let rows = sql::query(AssertSqlSafe(sql)).fetch_all(self.store.readers()).await?;
        rows.iter().map(stored).collect()
    }

    /// Replaces one that was read at `version`.
    ///
    /// Errors as [`Self::insert`], and [`Error::NotFound`], [`Error::Stale`];
    /// [`Error::Referenced`] when a changed number is still referred to.
    pub async fn update(
        &self,
        value: &T,
        version: u64,
        now: Timestamp,
    ) -> Result<Stored<T>, Error> {
        let now = row::whole(now);
        let mut writing = self.store.begin().await?;
        let found = Self::read(&mut writing, value.id()).await?;
        if found.version != version {
            return Err(Error::Stale { current: found.version });
        }
        if let Some(target) =
            found.value.target().filter(|_| found.value.target() != value.target())
        {
            links::refuse_if_linked(&mut writing, &target).await?;
        }
        let statement = sql::query(AssertSqlSafe(update_sql::<T>()))
            .bind(value.id().into())
            .bind(value.search().to_lowercase())
            .bind(row::json(T::TABLE, value)?)
            .bind(row::signed(version + 1))
            .bind(now.as_microsecond());
        let statement = bind_unique(statement, value);
        statement.execute(&mut *writing).await.map_err(|error| refused::<T>(error))?;
        let links = links::of_update(&mut writing, &found.value.links(), value.links()).await?;
        links::replace(&mut writing, T::TABLE, value.id().into(), &links).await?;
        versions::keep(&mut writing, value, version + 1, now).await?;
        writing.note(value.id(), Some(&found.value), Some(value))?;
        writing.commit().await?;
        Ok(Stored {
            value: value.clone(),
            version: version + 1,
            created_at: found.created_at,
            updated_at: now,
        })
    }

    /// Removes one, if it was read at `version`, and returns it.
    ///
    /// Errors: [`Error::NotFound`], [`Error::Stale`], and [`Error::Referenced`] while other
    /// settings or records refer to it.
    pub async fn delete(&self, id: T::Id, version: u64) -> Result<Stored<T>, Error> {
        let mut writing = self.store.begin().await?;
        let found = Self::read(&mut writing, id).await?;
        if found.version != version {
            return Err(Error::Stale { current: found.version });
        }
        if let Some(target) = found.value.target() {
            links::refuse_if_linked(&mut writing, &target).await?;
        }
        if let Some((query, by)) = T::records()
            && sql::query(query).bind(id.into()).fetch_optional(&mut *writing).await?.is_some()
        {
            return Err(Error::Referenced { by });
        }
        links::remove(&mut writing, id.into()).await?;
        let sql = format!("DELETE FROM {} WHERE id = $1", T::TABLE);
        sql::query(AssertSqlSafe(sql))
            .bind(id.into())
            .execute(&mut *writing)
            .await
            .map_err(|error| Error::of_delete(error, "other settings"))?;
        writing.note(id, Some(&found.value), None)?;
        writing.commit().await?;
        Ok(found)
    }

    /// The one whose unique `column` has this value.
    pub(crate) async fn find_by(
        &self,
        column: &'static str,
        value: Value,
    ) -> Result<Stored<T>, Error> {
        let sql = select_sql::<T>(&format!("WHERE {column} = $1"));
        let row =
            sql::query(AssertSqlSafe(sql)).bind(value).fetch_optional(self.store.readers()).await?;
        row.as_ref().map_or(Err(Error::NotFound(T::TABLE)), stored)
    }

    async fn read(connection: &mut Connection, id: T::Id) -> Result<Stored<T>, Error> {
        let sql = select_sql::<T>("WHERE id = $1");
        let row = sql::query(AssertSqlSafe(sql)).bind(id.into()).fetch_optional(connection).await?;
        row.as_ref().map_or(Err(Error::NotFound(T::TABLE)), stored)
    }
}

fn select_sql<T: Document>(which: &str) -> String {
    format!("SELECT settings, version, created_at, updated_at FROM {} {which}", T::TABLE)
}

fn insert_sql<T: Document>() -> String {
    let places: Vec<_> = (5..).zip(T::UNIQUE).map(|(place, _)| format!("${place}")).collect();
    format!(
        "INSERT INTO {} (id, search, settings, version, created_at, updated_at, {}) \
         VALUES ($1, $2, $3, 1, $4, $4, {})",
        T::TABLE,
        T::UNIQUE.join(", "),
        places.join(", ")
    )
}

fn update_sql<T: Document>() -> String {
    let sets: Vec<_> =
        (6..).zip(T::UNIQUE).map(|(place, column)| format!("{column} = ${place}")).collect();
    format!(
        "UPDATE {} SET search = $2, settings = $3, version = $4, updated_at = $5, {} WHERE id = $1",
        T::TABLE,
        sets.join(", ")
    )
}

fn bind_unique<T: Document>(statement: sql::Statement, value: &T) -> sql::Statement {
    value.unique().into_iter().fold(statement, sql::Statement::bind)
}

fn refused<T: Document>(error: sqlx::Error) -> Error {
    Error::of_write(error, T::UNIQUE, "id")
}

pub(crate) fn stored<T: DeserializeOwned>(row: &Row) -> Result<Stored<T>, Error> {
    Ok(Stored {
        value: row.json("settings")?,
        version: row.count("version")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}
