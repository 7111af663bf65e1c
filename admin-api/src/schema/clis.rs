//! How numbers fare, as the API shows it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::shapes;
use super::words::CliTrouble;

shapes! {
    /// A number that is shown, and how it fares.
    CliHealth {
        /// Which.
        cli: Uuid,
        /// The number, in E.164.
        #[schema(example = "+15550100123")]
        number: String,
        /// Most calls that may show it in one day; null has no bound.
        calls_per_day: Option<u32>,
        /// Calls that have shown it today.
        today: u32,
        /// Its last hundred calls.
        lately: CliRates,
        /// Its last thousands.
        usually: CliRates,
        /// What is wrong with it.
        trouble: Option<CliTrouble>,
    }
    /// Shares of the calls that showed a number, in thousandths.
    CliRates {
        /// How many calls they are of.
        calls: u32,
        /// Answered.
        answered_permille: u16,
        /// Answered, and over within six seconds.
        short_permille: u16,
        /// Blocked by a network: 607, 608, or "603+".
        blocked_permille: u16,
    }
}
