//! A database as one file that others need not stop for: what a backup keeps, and what is put aside
//! before a new version changes the schema.
//!
//! The file is SQLite's whichever database it was taken of: that of a server is copied table by
//! table, as `moving` does, so a backup can be restored to either.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::database::{Place, Store};
use crate::dialect;
use crate::error::Error;
use crate::fold;
use crate::sql::{self, Pool};

/// Copies a database, as it is at one moment, into a SQLite file that is not there yet.
///
/// Errors: the schema is older than this program's; the database or the disk fails.
pub async fn copy(place: &Place, to: &Path) -> Result<(), Error> {
    match place {
        Place::File(path) => {
            let source = dialect::file_to_copy(path).await?;
            let copied = dialect::copy_file(&source, to).await;
            source.close().await;
            copied?;
        }
        Place::Server { .. } => {
            let source = Store::open_to_read(place.clone()).await?;
            let target = Store::open(to).await?;
            let copied = source.copy_to(&target).await;
            source.close().await;
            target.close().await;
            copied?;
        }
    }
    sync(to).map_err(sqlx::Error::Io)?;
    Ok(())
}

impl Store {
    /// Opens a file that nobody writes to, and leaves every byte of it as it is.
    pub async fn open_at_rest(file: &Path) -> Result<Self, Error> {
        Ok(Self::only_reading(dialect::file_at_rest(file).await?))
    }

    /// What the database itself finds wrong with its file, in its own words.
    pub async fn faults(&self) -> Result<Vec<String>, Error> {
        let rows = sql::query("PRAGMA integrity_check").fetch_all(self.readers()).await?;
        let told = rows.iter().map(crate::row::Row::only).collect::<Result<Vec<String>, _>>()?;
        Ok(told.into_iter().filter(|line| line != "ok").collect())
    }

    /// The last journal entry that the records contain.
    pub async fn folded_to(&self) -> Result<u64, Error> {
        fold::position(&mut self.readers().acquire().await.map_err(Error::from)?).await
    }
}

/// Puts a copy of a file aside when migrations are about to change it, beside it and named by the
/// first of them; the oldest of such copies go.
///
/// Errors: the copy cannot be made, and then nothing may be migrated.
pub(crate) async fn before_migration(writer: &Pool, file: &Path) -> Result<(), Error> {
    let Some(first) = dialect::pending(writer).await? else { return Ok(()) };
    let kept = put_aside(file, &format!("{first:04}"));
    let part = put_aside(file, "part");
    let copied = async {
        remove(&part)?;
        dialect::copy_file(writer, &part).await?;
        sync(&part)?;
        // An older one is of an attempt that failed: what is in the database now counts.
        fs::rename(&part, &kept)?;
        prune(file)?;
        Ok::<_, sqlx::Error>(())
    };
    copied.await?;
    tracing::info!(file = %kept.display(), "kept a copy of the database before its migration");
    Ok(())
}

fn put_aside(file: &Path, what: &str) -> PathBuf {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    file.with_file_name(format!("{name}{BEFORE}{what}"))
}

/// Leaves the copies of the newest migrations.
fn prune(file: &Path) -> io::Result<()> {
    let dir = file.parent().unwrap_or(Path::new("."));
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned() + BEFORE;
    let mut kept = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?.file_name();
        let version = entry.to_str().and_then(|found| found.strip_prefix(&name));
        kept.extend(version.and_then(|version| version.parse::<u64>().ok()).zip(Some(entry)));
    }
    kept.sort_unstable_by(|one, other| other.cmp(one));
    for (_, old) in kept.iter().skip(KEPT_MAX) {
        fs::remove_file(dir.join(old))?;
    }
    Ok(())
}

const BEFORE: &str = ".before-";

/// Copies that stay: each is as large as the database.
const KEPT_MAX: usize = 3;

fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn sync(file: &Path) -> io::Result<()> {
    File::open(file)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{everything, furnished_at, lead, rows, start};

    fn aside(dir: &Path) -> Vec<String> {
        let names = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
        names.retain(|name| name.contains(BEFORE));
        names.sort();
        names
    }

    /// As a version of the program that does not know the last migration yet left it.
    async fn aged(store: &Store) -> i64 {
        let last = rows(store, "SELECT max(version) FROM _sqlx_migrations").await;
        let last: i64 = last[0].only().unwrap();
        let Pool::Sqlite(writer) = store.writer() else { panic!("a file") };
        sqlx::query("DELETE FROM _sqlx_migrations WHERE version = $1")
            .bind(last)
            .execute(writer)
            .await
            .unwrap();
        last
    }

    /// Issue 7: with a backup first on SQLite.
    #[tokio::test]
    async fn what_a_migration_is_about_to_change_is_kept_and_a_new_database_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("cordboard.db");
        let store = furnished_at(&file).await;
        store.leads().insert(&[lead(1)], start()).await.unwrap();
        assert_eq!(aside(dir.path()), [""; 0], "nothing was there to be lost");
        let last = aged(&store).await;
        let before = everything(&store).await;
        let Pool::Sqlite(_) = store.writer() else { panic!("a file") };
        before_migration(store.writer(), &file).await.unwrap();
        let name = format!("cordboard.db.before-{last:04}");
        assert_eq!(aside(dir.path()), [name.as_str()]);
        let kept = Store::open_at_rest(&dir.path().join(name)).await.unwrap();
        assert_eq!(kept.faults().await.unwrap(), [""; 0]);
        assert_eq!(everything(&kept).await, before);
    }

    #[tokio::test]
    async fn copies_of_three_migrations_stay_and_the_rest_of_the_folder_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("cordboard.db");
        let store = furnished_at(&file).await;
        for name in ["0001", "0002", "0010", "notes"] {
            fs::write(put_aside(&file, name), b"").unwrap();
        }
        let last = aged(&store).await;
        before_migration(store.writer(), &file).await.unwrap();
        let kept = [
            "cordboard.db.before-0002".to_owned(),
            "cordboard.db.before-0010".to_owned(),
            format!("cordboard.db.before-{last:04}"),
            "cordboard.db.before-notes".to_owned(),
        ];
        assert_eq!(aside(dir.path()), kept);
    }

    /// A backup is taken beside a switch that writes: what is not committed is not in it.
    #[tokio::test]
    async fn a_copy_is_of_one_moment_while_somebody_writes() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("cordboard.db");
        let store = furnished_at(&file).await;
        store.leads().insert(&[lead(1)], start()).await.unwrap();
        let mut writing = store.begin_unnoted().await.unwrap();
        sql::query("DELETE FROM lead").execute(&mut writing).await.unwrap();
        let to = dir.path().join("copy.db");
        copy(&Place::File(file), &to).await.unwrap();
        writing.commit().await.unwrap();
        let copied = Store::open_at_rest(&to).await.unwrap();
        let leads = rows(&copied, "SELECT count(*) FROM lead").await;
        assert_eq!(leads[0].only::<i64>().unwrap(), 1);
        let again = copy(&Place::File(dir.path().join("cordboard.db")), &to).await;
        again.expect_err("a backup writes over nothing");
    }
}
