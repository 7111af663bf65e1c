//! A time of day in somebody's zone as a moment: what the agent and the customer agreed on.

use crate::zones::Zone;
use jiff::Timestamp;
use jiff::civil::DateTime;

/// The moment at which a clock in `zone` shows `local`; the earlier one where it shows it twice.
///
/// A time that daylight saving leaps over is refused, because nobody meant another one.
pub fn moment(zone: &str, local: DateTime) -> Result<Timestamp, NoSuchMoment> {
    let Some(zone) = Zone::named(zone) else {
        return Err(NoSuchMoment::Zone { zone: zone.to_owned() });
    };
    let [earlier, later] = zone.instants_of(local);
    let shows = |at: &Timestamp| zone.local(*at) == local;
    [earlier, later].into_iter().find(shows).ok_or_else(|| {
        let opens = zone.local(later);
        NoSuchMoment::LeaptOver { local, zone: zone.name().to_owned(), opens }
    })
}

/// Why a local time is no moment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSuchMoment {
    /// The zone is none.
    #[error("expected an IANA time zone such as Europe/London, found \"{zone}\"")]
    Zone {
        /// What it was.
        zone: String,
    },
    /// Clocks are put forward over it.
    #[error("there is no {local} in {zone}: clocks are put forward; expected {opens} or another")]
    LeaptOver {
        /// The time.
        local: DateTime,
        /// The zone.
        zone: String,
        /// What clocks show instead.
        opens: DateTime,
    },
}
