//! The shapes of what `dialer` keeps of the law: profiles, registers, consent.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::campaigns::{AbandonPolicy, CallingWindow, LockOut};
use super::shapes;
use super::words::{ConnectFrom, ConsentKind, ConsentRule};
use crate::documents::Stamp;

shapes! {
    /// What one country asks of a dialer; campaigns that name it keep to the stricter of both.
    LegalProfile {
        /// What people call it; unique.
        #[schema(min_length = 1, max_length = 100)]
        name: String,
        /// When people may be called, in their own time.
        #[schema(required = false)]
        window: CallingWindow,
        /// How often one number may be dialled, over every campaign.
        #[schema(required = false)]
        caps: NumberCaps,
        /// How long an unanswered call rings at the least, in seconds.
        #[schema(required = false, maximum = 60)]
        ring_min_s: u16,
        /// How long a person who answered may wait for an agent at the most, in ms.
        #[schema(required = false, maximum = 60_000)]
        connect_within_ms: u32,
        /// From when that time counts.
        #[schema(required = false)]
        connect_from: ConnectFrom,
        /// How long a number rests.
        #[schema(required = false)]
        lock_out: LockOut,
        /// The consent that everybody who is dialled must have given.
        #[schema(required = false)]
        consent: ConsentRule,
        /// Whether a call that rings may be given up for want of an agent.
        #[schema(required = false)]
        cancel_ringing: bool,
        /// Whether who hears a message, or the notice of an abandoned call, must be able to refuse
        /// further calls by a key: a campaign without `opt_out_key` is refused every dial.
        #[schema(required = false)]
        opt_out_key: bool,
        /// How abandoned calls are counted; what a campaign of this profile starts with.
        #[schema(required = false)]
        abandon: AbandonPolicy,
        /// Where its rules come from.
        #[schema(required = false, max_items = 100)]
        sources: Vec<Source>,
    }
    /// How often one number may be dialled; null is no limit of this kind.
    #[expect(clippy::struct_field_names, reason = "the API says over which time each counts")]
    NumberCaps {
        /// In any 24 hours.
        #[schema(minimum = 1, maximum = 24)]
        in_24h: Option<u16>,
        /// Between two midnights of the called party.
        #[schema(minimum = 1, maximum = 24)]
        in_day: Option<u16>,
        /// In any seven days.
        #[schema(minimum = 1, maximum = 100)]
        in_7d: Option<u16>,
    }
    /// Where a rule comes from.
    Source {
        /// The field that it is about.
        rule: String,
        /// Statute, statement or standard.
        basis: String,
        /// Whether somebody has compared the value with the text.
        #[schema(required = false)]
        checked: bool,
    }
    /// A do-not-call register that others keep.
    DncRegister {
        /// What people call it; unique.
        #[schema(min_length = 1, max_length = 100)]
        name: String,
        /// The weakest consent by which a person on it may be called; null where none does.
        lifted_by: Option<ConsentKind>,
        /// For how many days an import counts as fresh; null says that nobody asks.
        #[schema(minimum = 1, maximum = 366)]
        fresh_for_days: Option<u16>,
    }
    /// That somebody agreed to be called.
    Consent {
        /// How they agreed.
        kind: ConsentKind,
        /// When.
        #[schema(format = DateTime)]
        given_at: String,
        /// From when on it holds no longer; null says that it stands until it is withdrawn.
        #[schema(format = DateTime)]
        until: Option<String>,
        /// Where the proof of it is.
        #[schema(required = false, max_length = 200)]
        source: String,
    }
}

super::settings::shown! {
    ShownLegalProfile: LegalProfile,
    ShownDncRegister: DncRegister,
}
