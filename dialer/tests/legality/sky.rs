//! Local time as the statutes give it, by integer arithmetic alone.
//!
//! US Energy Policy Act of 2005 (second Sunday of March, first of November, 02:00 local), EU
//! Directive 2000/84/EC (last Sundays of March and October, 01:00 UTC), New South Wales (first
//! Sundays of October and April, 02:00 standard), Lord Howe (the same days, half an hour).

/// How clocks run at some place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sky {
    /// Its IANA name, for leads that state it.
    pub(crate) name: &'static str,
    standard_min: i64,
    summer: Summer,
}

#[derive(Clone, Copy, Debug)]
enum Summer {
    Never,
    Us,
    Eu,
    /// It ends at 02:00 standard time less `ends_before_min`.
    South {
        by_min: i64,
        ends_before_min: i64,
    },
}

/// What a clock on the wall shows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Local {
    /// Days since 1 January 1970.
    pub(crate) day: i64,
    /// 0 is Monday.
    pub(crate) weekday: i64,
    pub(crate) micros_of_day: i64,
}

impl Sky {
    pub(crate) fn named(name: &str) -> Option<Self> {
        SKIES.iter().find(|sky| sky.name == name).copied()
    }

    pub(crate) fn local(self, unix_micros: i64) -> Local {
        let minutes = unix_micros.div_euclid(60_000_000);
        let shift = self.standard_min + self.summer_min(minutes);
        let local = unix_micros + shift * 60_000_000;
        let days = local.div_euclid(DAY_MICROS);
        // 1 January 1970 was a Thursday.
        let weekday = (days + 3).rem_euclid(7);
        Local { day: days, weekday, micros_of_day: local.rem_euclid(DAY_MICROS) }
    }

    /// The moment at which the local day began. No clock here changes at midnight.
    pub(crate) fn midnight_before(self, unix_micros: i64) -> i64 {
        let midnight = self.local(unix_micros).day * 1_440;
        let standard = midnight - self.standard_min;
        (standard - self.summer_min(standard)) * 60_000_000
    }

    /// How far clocks are put forward at a minute since the epoch, in UTC.
    fn summer_min(self, minute: i64) -> i64 {
        let year = year_of((minute + self.standard_min).div_euclid(1_440));
        let two_standard = 120 - self.standard_min;
        let (begins, ends, by) = match self.summer {
            Summer::Never => return 0,
            Summer::Us => (
                sunday(year, 3, 2) * 1_440 + two_standard,
                sunday(year, 11, 1) * 1_440 + two_standard - 60,
                60,
            ),
            Summer::Eu => {
                (last_sunday(year, 3) * 1_440 + 60, last_sunday(year, 10) * 1_440 + 60, 60)
            }
            Summer::South { by_min, ends_before_min } => {
                let begins = sunday(year, 10, 1) * 1_440 + two_standard;
                let ends = sunday(year, 4, 1) * 1_440 + two_standard - ends_before_min;
                return if (ends..begins).contains(&minute) { 0 } else { by_min };
            }
        };
        if (begins..ends).contains(&minute) { by } else { 0 }
    }
}

const DAY_MICROS: i64 = 86_400_000_000;

/// The day, since the epoch, of the `nth` Sunday of a month.
fn sunday(year: i64, month: i64, nth: i64) -> i64 {
    let first = days_before(year, month);
    let weekday = (first + 3).rem_euclid(7);
    first + (6 - weekday) + (nth - 1) * 7
}

fn last_sunday(year: i64, month: i64) -> i64 {
    let next = days_before(year, month + 1) - 1;
    next - ((next + 3).rem_euclid(7) + 1) % 7
}

/// Days from the epoch to the first of a month, counted year by year and month by month.
fn days_before(year: i64, month: i64) -> i64 {
    let lengths = [31, 28 + i64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let years: i64 = (1970..year).map(|y| 365 + i64::from(is_leap(y))).sum();
    years + lengths.iter().take(usize::try_from(month - 1).unwrap()).sum::<i64>()
}

fn year_of(day: i64) -> i64 {
    // A year has at most 366 days, so this is never late.
    let least = 1970 + day.div_euclid(366);
    (least..2200).find(|year| days_before(year + 1, 1) > day).unwrap()
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

const fn sky(name: &'static str, standard_min: i64, summer: Summer) -> Sky {
    Sky { name, standard_min, summer }
}

const SKIES: [Sky; 20] = [
    sky("America/New_York", -300, Summer::Us),
    sky("America/Chicago", -360, Summer::Us),
    sky("America/Denver", -420, Summer::Us),
    sky("America/Phoenix", -420, Summer::Never),
    sky("Pacific/Honolulu", -600, Summer::Never),
    sky("America/Anchorage", -540, Summer::Us),
    sky("America/Adak", -600, Summer::Us),
    sky("America/St_Johns", -210, Summer::Us),
    sky("America/Goose_Bay", -240, Summer::Us),
    sky("Europe/London", 0, Summer::Eu),
    sky("Europe/Berlin", 60, Summer::Eu),
    sky("Europe/Madrid", 60, Summer::Eu),
    sky("Atlantic/Canary", 0, Summer::Eu),
    sky("Asia/Kolkata", 330, Summer::Never),
    sky("Asia/Kathmandu", 345, Summer::Never),
    sky("Asia/Tokyo", 540, Summer::Never),
    sky("Australia/Sydney", 600, Summer::South { by_min: 60, ends_before_min: 0 }),
    sky("Australia/Lord_Howe", 630, Summer::South { by_min: 30, ends_before_min: 30 }),
    sky("Australia/Brisbane", 600, Summer::Never),
    sky("America/Sao_Paulo", -180, Summer::Never),
];

/// Prefixes, how many digits follow, the region that they are of, and where they may be.
pub(crate) const PLACES: [(&str, usize, &str, &[&str]); 17] = [
    ("1212", 7, "US-NY", &["America/New_York"]),
    ("1850", 7, "US-FL", &["America/New_York", "America/Chicago"]),
    ("1808", 7, "US-HI", &["Pacific/Honolulu"]),
    ("1602", 7, "US-AZ", &["America/Phoenix"]),
    ("1928", 7, "US-AZ", &["America/Phoenix", "America/Denver"]),
    ("1709", 7, "CA-NL", &["America/St_Johns", "America/Goose_Bay"]),
    ("1907", 7, "US-AK", &["America/Anchorage", "America/Adak"]),
    ("1605", 7, "US-SD", &["America/Chicago", "America/Denver"]),
    ("44", 10, "GB", &["Europe/London"]),
    ("49", 10, "DE", &["Europe/Berlin"]),
    ("34", 9, "ES", &["Europe/Madrid", "Atlantic/Canary"]),
    ("91", 10, "IN", &["Asia/Kolkata"]),
    ("977", 8, "NP", &["Asia/Kathmandu"]),
    ("81", 9, "JP", &["Asia/Tokyo"]),
    ("612", 8, "AU", &["Australia/Sydney", "Australia/Lord_Howe"]),
    ("617", 8, "AU", &["Australia/Brisbane", "Australia/Sydney"]),
    // Satellites: no place at all.
    ("870", 9, "", &[]),
];

/// Where people say they live, and the clocks there.
pub(crate) const ADDRESSES: [(&str, &[&str]); 4] = [
    ("US-FL", &["America/New_York", "America/Chicago"]),
    ("US-HI", &["Pacific/Honolulu"]),
    ("GB", &["Europe/London"]),
    ("DE", &["Europe/Berlin"]),
];
