//! Stretches of local time on certain days, and the days: of opening hours and calling windows.

use crate::invalid::Invalid;
use jiff::civil::{DateTime, Time, Weekday};
use serde::{Deserialize, Serialize};

/// One stretch of local time on certain days: `from` ≤ local time < `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// The days it holds on.
    pub days: Days,
    /// The first moment inside.
    pub from: Time,
    /// The first moment after it; `00:00:00` is the end of the day.
    pub to: Time,
}

impl Hours {
    /// Hours of whole minutes; a part that is out of its range counts as midnight.
    #[must_use]
    pub fn new(days: Days, from_h: i8, from_min: i8, to_h: i8, to_min: i8) -> Self {
        let time = |h, min| Time::new(h, min, 0, 0).unwrap_or(Time::midnight());
        Self { days, from: time(from_h, from_min), to: time(to_h, to_min) }
    }

    /// Whether a clock that shows `local` is inside.
    #[must_use]
    pub fn contain(&self, local: DateTime) -> bool {
        let before_end = self.to == Time::midnight() || local.time() < self.to;
        self.days.contain(local.weekday()) && self.from <= local.time() && before_end
    }

    /// Names every row of `field` that is wrong.
    pub fn validate(rows: &[Self], field: &str, wrong: &mut Vec<Invalid>) {
        if rows.is_empty() || rows.len() > MAX_HOURS {
            wrong.push(Invalid::new(
                field.to_owned(),
                format!("must be 1 to {MAX_HOURS} rows of hours"),
            ));
        }
        for (index, row) in rows.iter().enumerate() {
            row.validate_one(&format!("{field}[{index}]"), wrong);
        }
    }

    /// Names what is wrong with the row that `field` names.
    pub fn validate_one(&self, field: &str, wrong: &mut Vec<Invalid>) {
        if self.to != Time::midnight() && self.to <= self.from {
            let why = "must be later than `from`, or 00:00:00 for the end of the day";
            wrong.push(Invalid::new(format!("{field}.to"), why));
        }
        if self.days.is_empty() {
            wrong.push(Invalid::new(format!("{field}.days"), "must name at least one day"));
        }
    }
}

/// Most rows of hours in one list.
pub const MAX_HOURS: usize = 21;

/// A set of weekdays; in JSON a list such as `["mon", "tue"]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Days(u8);

impl Days {
    /// Every day.
    pub const ALL: Self = Self(0b111_1111);
    /// Monday to Friday.
    pub const WEEKDAYS: Self = Self(0b001_1111);
    /// Saturday and Sunday.
    pub const WEEKEND: Self = Self(0b110_0000);

    /// These days and no others.
    #[must_use]
    pub fn of(days: &[Weekday]) -> Self {
        Self(days.iter().fold(0, |bits, day| bits | 1 << day.to_monday_zero_offset()))
    }

    /// Whether `day` is one of them.
    #[must_use]
    pub fn contain(self, day: Weekday) -> bool {
        self.0 & (1 << day.to_monday_zero_offset()) != 0
    }

    /// Whether it is no day at all.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

const DAY_NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl TryFrom<Vec<String>> for Days {
    type Error = Invalid;

    fn try_from(names: Vec<String>) -> Result<Self, Self::Error> {
        names.iter().try_fold(Self(0), |days, name| {
            let index = DAY_NAMES.iter().position(|known| known == name);
            let index = index.ok_or_else(|| {
                Invalid::new(
                    "days",
                    format!("must be among {}, not {name:?}", DAY_NAMES.join(", ")),
                )
            })?;
            Ok(Self(days.0 | 1 << index))
        })
    }
}

impl From<Days> for Vec<String> {
    fn from(days: Days) -> Self {
        let named = DAY_NAMES.iter().enumerate().filter(|(index, _)| days.0 & (1 << index) != 0);
        named.map(|(_, name)| (*name).to_owned()).collect()
    }
}
