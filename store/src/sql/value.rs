//! What a parameter may be: each kind knows its type even where it is nothing, as PostgreSQL asks.

use std::borrow::Cow;

use uuid::Uuid;

/// The value of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A number, a time in microseconds, or a flag as 0 and 1.
    Number(Option<i64>),
    /// A text.
    Text(Option<String>),
    /// Bytes: a hash, a secret.
    Bytes(Option<Vec<u8>>),
    /// An identity.
    Id(Option<Uuid>),
}

macro_rules! from {
    ($($kind:ident: $($given:ty => $stored:expr),+;)+) => { $($(
        impl From<$given> for Value {
            fn from(value: $given) -> Self {
                Self::$kind(Some($stored(value)))
            }
        }

        impl From<Option<$given>> for Value {
            fn from(value: Option<$given>) -> Self {
                Self::$kind(value.map($stored))
            }
        }
    )+)+ };
}

from! {
    Number: i64 => i64::from, i32 => i64::from, u32 => i64::from, u8 => i64::from,
        bool => i64::from;
    Text: String => String::from, &str => str::to_owned, &String => String::clone,
        Cow<'_, str> => Cow::into_owned;
    Bytes: Vec<u8> => Vec::from, &[u8] => <[u8]>::to_vec;
    Id: Uuid => Uuid::from;
}

impl From<&Option<String>> for Value {
    fn from(text: &Option<String>) -> Self {
        Self::Text(text.clone())
    }
}
