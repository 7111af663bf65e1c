//! For how long audio is kept, and what no rule removes, as the API shows it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::settings::shown;
use super::shapes;
use crate::documents::Stamp;

shapes! {
    /// For how long a campaign's audio, or everybody else's, is kept.
    RetentionRule {
        /// Whose calls; null is the organisation's rule for those without one of their own.
        campaign: Option<Uuid>,
        /// Days that recordings are kept; null keeps them for good.
        #[schema(minimum = 1, maximum = 36500)]
        recordings_days: Option<u16>,
        /// Days that messages of callers are kept; null keeps them for good.
        #[schema(minimum = 1, maximum = 36500)]
        messages_days: Option<u16>,
    }
    /// What must stay, whatever the rules say, and why.
    LegalHold {
        /// What must stay.
        target: HoldTarget,
        /// For whom or for which case.
        #[schema(min_length = 1, max_length = 256)]
        reason: String,
    }
}

/// What a hold is on.
#[derive(Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "of", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum HoldTarget {
    /// Every call of a campaign.
    Campaign {
        /// The campaign.
        campaign: Uuid,
    },
    /// Every call to the leads of a list.
    List {
        /// The list.
        list: Uuid,
    },
    /// One call.
    Call {
        /// The call.
        call: Uuid,
    },
    /// Every call from or to a person.
    Number {
        /// Their number, in E.164.
        #[schema(example = "+15550100123")]
        number: String,
    },
}

shown! {
    ShownRetentionRule: RetentionRule,
    ShownLegalHold: LegalHold,
}
