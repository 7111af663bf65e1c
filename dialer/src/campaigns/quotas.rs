//! Attempts by part of the day: who did not answer in the mornings is tried in the evening.

use super::in_range;
use crate::window::Hours;
use routing::Invalid;
use serde::{Deserialize, Serialize};

/// Most counted attempts at one number in a part of its owner's day, within any seven days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    /// The part of the day, in the called party's time.
    pub hours: Hours,
    /// How many, 0..=50.
    pub attempts: u16,
}

/// Most quotas of one campaign.
const QUOTAS_MAX: usize = 16;

pub(super) fn validate(quotas: &[Quota], wrong: &mut Vec<Invalid>) {
    if quotas.len() > QUOTAS_MAX {
        wrong.push(Invalid::new("quotas", format!("must be at most {QUOTAS_MAX}")));
    }
    for (index, quota) in quotas.iter().enumerate() {
        let field = format!("quotas[{index}].attempts");
        in_range(wrong, field, quota.attempts.into(), 0, 50);
        quota.hours.validate_one(&format!("quotas[{index}].hours"), wrong);
    }
}
