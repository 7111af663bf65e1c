//! Do-not-call registers at rest: how each binds, and its numbers.
//!
//! An import is the register as it now is. It is laid beside what is there and only the difference
//! is written, in batches: the additions first, then what is gone. Should the switch die in
//! between, the register forbids too much and never too little; importing again mends it. An import
//! of nothing is none: it would leave everybody on the register to be dialled.

use std::cmp::Ordering;

use dialer::RegisterId;
use dialer::dnc::{Register, RegisterSettings};
use jiff::Timestamp;
use routing::Number;
use serde::Serialize;
use uuid::Uuid;

use crate::database::Store;
use crate::dialect::PARAMETERS_MAX;
use crate::dnc::raise_version;
use crate::documents::{Document, Documents, Value};
use crate::error::Error;
use crate::links::{Link, Target};
use crate::row;
use crate::sql::{self, Connection};

/// The repository of registers, without their numbers.
pub type Registers = Documents<RegisterSettings>;

impl Document for RegisterSettings {
    type Id = RegisterId;
    const TABLE: &'static str = "dnc_register";
    const UNIQUE: &'static [&'static str] = &["name", "lifted_by"];

    fn id(&self) -> RegisterId {
        self.id
    }

    fn unique(&self) -> Vec<Value> {
        let lifted_by = self.lifted_by.map(|kind| kind.as_str().to_owned());
        vec![Value::Text(Some(self.name.clone())), Value::Text(lifted_by)]
    }

    fn search(&self) -> String {
        self.name.clone()
    }

    fn links(&self) -> Vec<Link> {
        Vec::new()
    }

    fn target(&self) -> Option<Target> {
        None
    }
}

/// The repository of registers' numbers.
#[derive(Clone, Debug)]
pub struct RegisterNumbers {
    store: Store,
}

/// What an import changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Numbers on the register now.
    pub numbers: u64,
    /// Of those, new ones.
    pub added: u64,
    /// Numbers that stood there and do no longer.
    pub removed: u64,
}

/// How much of a register there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RegisterState {
    /// The register.
    pub register: RegisterId,
    /// Its numbers.
    pub numbers: u64,
    /// When it was last imported whole; none before the first time.
    pub imported_at: Option<Timestamp>,
}

impl RegisterNumbers {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Makes the register what this import says; the numbers may come in any order.
    ///
    /// [`Error::NotFound`] when there is no such register, [`Error::Empty`] when no number comes.
    pub async fn replace(&self, import: &Register, now: Timestamp) -> Result<Imported, Error> {
        let id = import.settings().id;
        self.state(id).await?;
        if import.is_empty() {
            return Err(Error::Empty("import"));
        }
        let before = self.of(id).await?;
        let (added, removed) = difference(&before, import.numbers());
        let rows = (PARAMETERS_MAX - 1) / 2;
        for part in added.chunks(rows) {
            let mut writing = self.store.begin().await?;
            add(&mut writing, id, part).await?;
            raise_version(&mut writing).await?;
            writing.commit().await?;
        }
        for part in removed.chunks(rows) {
            let mut writing = self.store.begin().await?;
            remove(&mut writing, id, part).await?;
            raise_version(&mut writing).await?;
            writing.commit().await?;
        }
        let mut writing = self.store.begin().await?;
        sql::query("UPDATE dnc_register SET numbers = $2, imported_at = $3 WHERE id = $1")
            .bind(Uuid::from(id))
            .bind(row::signed(import.len()))
            .bind(now.as_microsecond())
            .execute(&mut *writing)
            .await?;
        writing.commit().await?;
        let count = |numbers: usize| u64::try_from(numbers).unwrap_or(u64::MAX);
        Ok(Imported {
            numbers: count(import.len()),
            added: count(added.len()),
            removed: count(removed.len()),
        })
    }

    /// How much there is of one register.
    pub async fn state(&self, id: RegisterId) -> Result<RegisterState, Error> {
        let row = sql::query("SELECT numbers, imported_at FROM dnc_register WHERE id = $1")
            .bind(Uuid::from(id))
            .fetch_optional(self.store.readers())
            .await?
            .ok_or(Error::NotFound("dnc_register"))?;
        let (numbers, imported_at) = (row.count("numbers")?, row.time_maybe("imported_at")?);
        Ok(RegisterState { register: id, numbers, imported_at })
    }

    /// The registers that a number stands in, in the order of their names.
    pub async fn of_number(&self, number: Number) -> Result<Vec<RegisterSettings>, Error> {
        let rows = sql::query(
            "SELECT settings FROM dnc_register WHERE id IN \
             (SELECT register FROM dnc_registered WHERE number = $1) ORDER BY name, id",
        )
        .bind(number.to_string())
        .fetch_all(self.store.readers())
        .await?;
        rows.iter().map(|row| row.json("settings")).collect()
    }

    /// Every register whole: what the gate loads when it starts.
    pub(crate) async fn load(connection: &mut Connection) -> Result<Vec<Register>, Error> {
        let rows = sql::query("SELECT settings FROM dnc_register ORDER BY id")
            .fetch_all(&mut *connection)
            .await?;
        let mut registers = Vec::new();
        for row in &rows {
            let settings: RegisterSettings = row.json("settings")?;
            let numbers = numbers_of(connection, settings.id).await?;
            registers.push(Register::new(settings, numbers));
        }
        Ok(registers)
    }

    async fn of(&self, id: RegisterId) -> Result<Vec<Number>, Error> {
        let mut reading = self.store.readers().acquire().await?;
        let mut numbers = numbers_of(&mut reading, id).await?;
        numbers.sort_unstable();
        Ok(numbers)
    }
}

async fn numbers_of(connection: &mut Connection, id: RegisterId) -> Result<Vec<Number>, Error> {
    let rows = sql::query("SELECT number FROM dnc_registered WHERE register = $1")
        .bind(Uuid::from(id))
        .fetch_all(connection)
        .await?;
    rows.iter().map(|row| row.parsed("number")).collect()
}

async fn add(connection: &mut Connection, id: RegisterId, part: &[Number]) -> Result<(), Error> {
    let mut sql = sql::Builder::new("INSERT INTO dnc_registered (number, register) ");
    sql.push_values(part, |mut row, number| {
        row.push_bind(number.to_string()).push_bind(Uuid::from(id));
    });
    sql.push(" ON CONFLICT DO NOTHING");
    sql.build().execute(connection).await?;
    Ok(())
}

async fn remove(connection: &mut Connection, id: RegisterId, part: &[Number]) -> Result<(), Error> {
    let mut sql = sql::Builder::new("DELETE FROM dnc_registered WHERE register = ");
    sql.push_bind(Uuid::from(id)).push(" AND number IN (");
    let mut numbers = sql.separated(", ");
    for number in part {
        numbers.push_bind(number.to_string());
    }
    sql.push(")");
    sql.build().execute(connection).await?;
    Ok(())
}

/// What is new and what is gone, of two runs in order and without doubles.
fn difference(before: &[Number], after: &[Number]) -> (Vec<Number>, Vec<Number>) {
    let (mut old, mut new) = (before.iter().copied().peekable(), after.iter().copied().peekable());
    let (mut added, mut removed) = (Vec::new(), Vec::new());
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => return (added, removed),
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(old), Some(new)) => old.cmp(new),
        };
        match order {
            Ordering::Less => removed.extend(old.next()),
            Ordering::Greater => added.extend(new.next()),
            Ordering::Equal => {
                old.next();
                new.next();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::number;

    #[test]
    fn only_the_difference_of_two_imports_is_written() {
        let numbers = |all: &[u64]| all.iter().copied().map(number).collect::<Vec<_>>();
        let told = |before: &[u64], after: &[u64]| difference(&numbers(before), &numbers(after));
        assert_eq!(told(&[], &[1, 2]), (numbers(&[1, 2]), numbers(&[])));
        assert_eq!(told(&[1, 3, 5], &[2, 3, 6]), (numbers(&[2, 6]), numbers(&[1, 5])));
        assert_eq!(told(&[1, 2], &[]), (numbers(&[]), numbers(&[1, 2])));
        assert_eq!(told(&[1, 2], &[1, 2]), (numbers(&[]), numbers(&[])));
    }
}
