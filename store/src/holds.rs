//! Legal holds at rest: what has to be kept for a court or an authority, whatever the rules say.
//!
//! A hold is on a campaign, a list, one call, or a person by number. While it stands, no audio of
//! its calls is removed, by no rule and by nobody, and no campaign or list goes that it names.

use dialer::ListId;
use routing::{CallId, CampaignId, Invalid, Number};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::documents::{Document, Documents, Value};
use crate::error::Error;
use crate::links::{Link, Target};
use crate::sql::{self, Connection};

/// What must stay, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LegalHold {
    /// Its identity.
    pub id: Uuid,
    /// What must stay.
    pub target: Held,
    /// For whom or for which case, 1 to 256 characters.
    pub reason: String,
}

/// What a hold is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case", deny_unknown_fields)]
pub enum Held {
    /// Every call of a campaign.
    Campaign {
        /// The campaign.
        campaign: CampaignId,
    },
    /// Every call to the leads of a list.
    List {
        /// The list.
        list: ListId,
    },
    /// One call.
    Call {
        /// The call.
        call: CallId,
    },
    /// Every call from or to a person.
    Number {
        /// Their number.
        number: Number,
    },
}

/// The repository of holds.
pub type LegalHolds = Documents<LegalHold>;

impl LegalHold {
    /// Checks all that a hold can tell by itself.
    pub fn validate(&self) -> Result<(), Invalid> {
        let length = self.reason.chars().count();
        if self.reason.trim().is_empty() || length > REASON_MAX {
            return Err(Invalid::new("reason", format!("1 to {REASON_MAX} characters")));
        }
        if self.reason.chars().any(char::is_control) {
            return Err(Invalid::new("reason", "one line without control characters"));
        }
        Ok(())
    }
}

const REASON_MAX: usize = 256;

impl Document for LegalHold {
    type Id = Uuid;
    const TABLE: &'static str = "legal_hold";
    const UNIQUE: &'static [&'static str] = &["campaign", "list", "call", "number"];

    fn id(&self) -> Uuid {
        self.id
    }

    fn unique(&self) -> Vec<Value> {
        let (mut campaign, mut list, mut call, mut number) = (None, None, None, None);
        match self.target {
            Held::Campaign { campaign: id } => campaign = Some(id.into()),
            Held::List { list: id } => list = Some(id.into()),
            Held::Call { call: id } => call = Some(id.into()),
            Held::Number { number: of } => number = Some(of.to_string()),
        }
        vec![Value::Id(campaign), Value::Id(list), Value::Id(call), Value::Text(number)]
    }

    fn search(&self) -> String {
        match self.target {
            Held::Number { number } => format!("{} {number}", self.reason),
            _ => self.reason.clone(),
        }
    }

    fn links(&self) -> Vec<Link> {
        match self.target {
            Held::Campaign { campaign } => {
                vec![Link::new("target.campaign", Target::Campaign(campaign))]
            }
            Held::List { list } => vec![Link::new("target.list", Target::List(list))],
            Held::Call { .. } | Held::Number { .. } => vec![],
        }
    }

    fn target(&self) -> Option<Target> {
        None
    }
}

/// Whether a hold stands on the row of `call` that a statement looks at.
pub(crate) const IS_HELD: &str = "EXISTS (SELECT 1 FROM legal_hold AS held \
    WHERE held.call = call.id OR held.campaign = call.campaign \
    OR held.number = call.calling OR held.number = call.called \
    OR held.list = (SELECT attempt.list FROM attempt WHERE attempt.id = call.attempt))";

/// Whether a hold stands on the row of `lead` that a statement looks at.
pub(crate) const LEAD_IS_HELD: &str = "EXISTS (SELECT 1 FROM legal_hold AS held \
    WHERE held.list = lead.list OR held.number = lead.number \
    OR lead.other_numbers LIKE '%\"' || held.number || '\"%')";

/// An error when a hold stands on the call that a message was left in.
pub(crate) async fn refuse_if_held(
    connection: &mut Connection,
    voicemail: Uuid,
) -> Result<(), Error> {
    let mut sql =
        sql::Builder::new("SELECT 1 FROM voicemail JOIN call ON call.id = voicemail.call ");
    sql.push("WHERE voicemail.id = ").push_bind(voicemail).push(" AND ").push(IS_HELD);
    match sql.build().fetch_optional(connection).await? {
        Some(_) => Err(Error::Held),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{id, number};

    #[test]
    fn a_hold_says_why_in_one_line() {
        let target = Held::Number { number: number(1) };
        let hold = |reason: &str| LegalHold { id: id(1), target, reason: reason.to_owned() };
        assert_eq!(hold("Case 17/2026").validate(), Ok(()));
        for wrong in ["", " ", "two\nlines", &"x".repeat(257)] {
            assert_eq!(hold(wrong).validate().unwrap_err().field, "reason", "{wrong:?}");
        }
    }
}
