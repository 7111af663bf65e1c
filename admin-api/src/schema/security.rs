//! What the organisation asks of those who sign in, as the API shows it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::shapes;

shapes! {
    /// What the organisation asks of passwords, logins and sessions.
    SecurityPolicy {
        /// Characters of a new password.
        #[schema(required = false, minimum = 8, maximum = 64)]
        password_length_min: u8,
        /// Of lower case, upper case, digits and others, how many a new password has.
        #[schema(required = false, minimum = 1, maximum = 4)]
        password_classes_min: u8,
        /// How many of the latest passwords may not come back, the present one among them.
        #[schema(required = false, minimum = 1, maximum = 24)]
        password_history: u8,
        /// Wrong passwords in a row that shut a login; null leaves it to the wait of their source.
        #[schema(minimum = 3, maximum = 100)]
        wrong_passwords_max: Option<u16>,
        /// Days without a login that shut it; null never does.
        #[schema(minimum = 1, maximum = 3650)]
        inactivity_days_max: Option<u16>,
        /// Minutes that a session outlives its last use.
        #[schema(required = false, minimum = 5, maximum = 1440)]
        session_idle_minutes: u16,
        /// Hours that a session lives, however busy it is.
        #[schema(required = false, minimum = 1, maximum = 168)]
        session_hours_max: u16,
        /// Hours in which an invitation can be accepted.
        #[schema(required = false, minimum = 1, maximum = 720)]
        invitation_hours: u16,
        /// Minutes in which a forgotten password can be replaced.
        #[schema(required = false, minimum = 5, maximum = 1440)]
        reset_minutes: u16,
    }
}
