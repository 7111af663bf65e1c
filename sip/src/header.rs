//! What headers say: names, and the typed values that [`crate::message::Headers`] reads from them.
//!
//! Every type here borrows the text it was read from, is `Copy` or nearly so, and prints what it
//! read. Reading fails with [`crate::message::Malformed`], which names the header and what was
//! expected in it.

mod address;
mod digest;
mod name;
mod params;
mod simple;
mod text;
mod via;

pub use address::{Contact, NameAddr};
pub use digest::{Challenge, Credentials, DigestParams};
pub use name::Name;
pub use params::Params;
pub use simple::{
    CSeq, ContentType, Event, RAck, Reason, Refresher, Replaces, RetryAfter, SessionExpires,
};
pub use text::{Commas, unquote};
pub use via::{Rport, Transport, Via};

pub(crate) use name::Shape;
pub(crate) use text::{decimal, is_token, trim};
