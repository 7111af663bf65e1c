//! The shapes of promised calls, and of places in line that callers keep.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::shapes;
use super::words::{CallbackClosing, Outcome, PlaceEnd};

shapes! {
    /// A promise to call somebody back, and what became of it.
    Callback {
        /// Its identity.
        id: Uuid,
        /// Whom.
        lead: Uuid,
        /// For which campaign.
        campaign: Uuid,
        /// Where, in E.164.
        number: String,
        /// When.
        #[schema(format = DateTime)]
        due_at: String,
        /// The zone in which the time was agreed.
        zone: String,
        /// The agent who is to call.
        owner: Option<Uuid>,
        /// The team that is to call when the owner does not.
        team: Option<Uuid>,
        /// For how long it counts as kept, and whose turn it is when.
        terms: Terms,
        /// What is worth remembering.
        note: String,
        /// When it was made.
        #[schema(format = DateTime)]
        promised_at: String,
        /// The agent who made it; null is an administrator.
        promised_by: Option<Uuid>,
        /// When it was over; null while it is open.
        #[schema(format = DateTime)]
        closed_at: Option<String>,
        /// What became of it.
        closing: Option<CallbackClosing>,
    }
    /// Under which terms callers of a queue may hang up and be called back.
    CallBack {
        /// The key that a caller presses.
        #[schema(required = false, minimum = 1, maximum = 9)]
        digit: u8,
        /// The campaign for which the call is made: whose CLI, trunks, law and record it has.
        campaign: Uuid,
        /// How often a person who does not answer is called.
        #[schema(required = false, minimum = 1, maximum = 10)]
        tries_max: u8,
        /// How long after a try that was not answered the next may be, in s.
        #[schema(required = false, minimum = 30, maximum = 86_400)]
        retry_s: u32,
        /// How long a place is kept, in s.
        #[schema(required = false, minimum = 300, maximum = 604_800)]
        keep_s: u32,
    }
    /// A place in line that a caller kept, and what became of it.
    KeptPlace {
        /// The call whose caller kept it; the place's identity.
        call: Uuid,
        /// In whose line.
        queue: Uuid,
        /// For which campaign the call is made.
        campaign: Uuid,
        /// Who is called, in E.164.
        number: String,
        /// Since when they have been in line.
        #[schema(format = DateTime)]
        arrived_at: String,
        /// When it is given up, whatever was tried.
        #[schema(format = DateTime)]
        until: String,
        /// How often they are called at the most.
        tries_max: u8,
        /// How long after a try the next may be, in s.
        retry_s: u32,
        /// When their caller kept it.
        #[schema(format = DateTime)]
        kept_at: String,
        /// How often they were called.
        tries: u8,
        /// The call that was made last.
        last_call: Option<Uuid>,
        /// When it was over; null while it is kept.
        #[schema(format = DateTime)]
        closed_at: Option<String>,
        /// What became of it.
        closing: Option<PlaceEnd>,
    }
    /// For how long a promise counts as kept, and whose turn it is when; minutes after it was due.
    #[expect(clippy::struct_field_names, reason = "the names are those of `dialer::Terms`")]
    Terms {
        /// The person is to be reached within this.
        #[schema(minimum = 1, maximum = 1440, default = 15)]
        window_min: u16,
        /// The owner's turn ends.
        #[schema(maximum = 1440, default = 5)]
        to_team_after_min: u16,
        /// The team's turn ends; no sooner than the owner's.
        #[schema(maximum = 1440, default = 10)]
        to_anyone_after_min: u16,
        /// Nobody tries any more and the promise is broken; no sooner than the window ends.
        #[schema(minimum = 1, maximum = 10_080, default = 1440)]
        give_up_after_min: u16,
    }
    /// What became of the promises that were due in a time.
    CallbackReport {
        /// Reached within the window.
        kept: u64,
        /// Reached after it.
        late: u64,
        /// Never reached.
        broken: u64,
        /// The customer called first.
        called_in: u64,
        /// Taken back or moved.
        withdrawn: u64,
        /// Not over yet.
        open: u64,
    }
    /// A customer who called and met nobody.
    ReturnedCall {
        /// The call.
        call: Uuid,
        /// Who called.
        calling: String,
        /// When.
        #[schema(format = DateTime)]
        started_at: String,
        /// The queue it waited in.
        queue: Option<Uuid>,
        /// The lead with that number who was dialled last; null when no list knows it.
        lead: Option<Uuid>,
        /// The agent who last spoke to that number.
        agent: Option<Uuid>,
    }
    /// A customer who called and met nobody, as an agent who may call back sees them.
    MissedCaller {
        /// Their latest call.
        call: Uuid,
        /// Their number, in E.164.
        calling: String,
        /// When they called.
        #[schema(format = DateTime)]
        started_at: String,
        /// The name of the queue that they waited in.
        queue: Option<String>,
        /// Why they may have called: how a campaign of the agent's last dialled them before.
        dialled: Option<Dialled>,
        /// When somebody last tried to call them back, and met nobody.
        #[schema(format = DateTime)]
        tried_at: Option<String>,
    }
    /// How a campaign dialled a number.
    Dialled {
        /// The campaign.
        campaign: Uuid,
        /// Its name; null when it is deleted.
        campaign_name: Option<String>,
        /// First and last name of the lead; empty when neither is known.
        name: String,
        /// When.
        #[schema(format = DateTime)]
        at: String,
        /// What came of it; null while it is not over.
        outcome: Option<Outcome>,
    }
}
