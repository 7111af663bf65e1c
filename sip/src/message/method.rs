//! Request methods: RFC 3261 and the extensions this switch answers (INTEROP 1).

use std::fmt;

macro_rules! methods {
    ($($variant:ident $text:literal;)*) => {
        /// What a request asks for. Methods compare byte for byte (RFC 3261 §7.1).
        ///
        /// An unknown one is only ever answered with 405 or 501, so its text stays in the message:
        /// [`crate::message::Request::method_text`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Method {
            $(#[doc = $text] $variant,)*
            /// A method this switch does not implement.
            Other,
        }

        impl Method {
            /// The methods this switch implements, in the order an `Allow` header lists them.
            pub const KNOWN: &[Self] = &[$(Self::$variant,)*];

            /// The method of a token; anything unknown is [`Method::Other`].
            #[must_use]
            pub fn parse(token: &str) -> Self {
                match token {
                    $($text => Self::$variant,)*
                    _ => Self::Other,
                }
            }

            /// The token of a known method; `None` for [`Method::Other`].
            #[must_use]
            pub const fn as_str(self) -> Option<&'static str> {
                match self {
                    $(Self::$variant => Some($text),)*
                    Self::Other => None,
                }
            }
        }
    };
}

methods! {
    Invite "INVITE";
    Ack "ACK";
    Bye "BYE";
    Cancel "CANCEL";
    Options "OPTIONS";
    Register "REGISTER";
    Update "UPDATE";
    Prack "PRACK";
    Refer "REFER";
    Notify "NOTIFY";
    Subscribe "SUBSCRIBE";
    Info "INFO";
    Message "MESSAGE";
}

impl Method {
    /// Whether a 2xx, or a 1xx with a tag, may create a dialog: INVITE, SUBSCRIBE, REFER, NOTIFY.
    #[must_use]
    pub const fn creates_dialog(self) -> bool {
        matches!(self, Self::Invite | Self::Subscribe | Self::Refer | Self::Notify)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str().unwrap_or("(unknown method)"))
    }
}
