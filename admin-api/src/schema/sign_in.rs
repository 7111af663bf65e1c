//! How users prove who they are, and who is asked elsewhere, as the API shows it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{shapes, vocabulary};

vocabulary! {
    /// How a user proves who they are.
    SignIn {
        /// By a password that is kept here.
        Password,
        /// At the organisation's OpenID provider, and with no password of ours.
        Provider,
    }
}

shapes! {
    /// Where users sign in who have no password here.
    ProviderSettings {
        /// What the button of the sign-in page calls it.
        #[schema(min_length = 1, max_length = 64)]
        name: String,
        /// Its issuer identifier, to the letter.
        #[schema(min_length = 8, max_length = 512, example = "https://id.example.net")]
        issuer: String,
        /// What it knows us by.
        #[schema(min_length = 1, max_length = 255)]
        client_id: String,
        /// What is asked for; `openid` is among it. With nothing given: openid, profile, email.
        #[schema(required = false, min_items = 1, max_items = 16)]
        scopes: Vec<String>,
        /// The claim that names the user at the first sign-in: `email`, if the provider has
        /// verified it, or one that holds a user name. With nothing given: `preferred_username`.
        #[schema(required = false, min_length = 1, max_length = 100)]
        claim: String,
        /// Whether anybody signs in by it.
        #[schema(required = false)]
        enabled: bool,
    }
}
