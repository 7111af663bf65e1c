//! Header names: the ones this switch reads or writes, with their compact forms.
//!
//! RFC 3261 §20 and the IANA registry of SIP header fields. A name outside this table stays in the
//! message as text and is reached by [`crate::message::Headers::header_named`].

use std::fmt;

macro_rules! names {
    ($($variant:ident $text:literal $compact:literal $shape:ident;)*) => {
        /// A header this switch knows; its text is compared in any case and in compact form.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Name {
            $(#[doc = concat!("`", $text, "`")] $variant,)*
        }

        impl Name {
            /// Every known name, in the order of the enum.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];
            const TEXT: &[(&'static str, &'static str)] = &[$(($text, $compact),)*];
            const SHAPE: &[Shape] = &[$(Shape::$shape,)*];
        }
    };
}

names! {
    Accept "Accept" "" List;
    AcceptEncoding "Accept-Encoding" "" List;
    AcceptLanguage "Accept-Language" "" List;
    AlertInfo "Alert-Info" "" List;
    Allow "Allow" "" List;
    AllowEvents "Allow-Events" "u" List;
    AuthenticationInfo "Authentication-Info" "" Many;
    Authorization "Authorization" "" Many;
    CallId "Call-ID" "i" One;
    CallInfo "Call-Info" "" List;
    Contact "Contact" "m" List;
    ContentDisposition "Content-Disposition" "" One;
    ContentEncoding "Content-Encoding" "e" List;
    ContentLanguage "Content-Language" "" List;
    ContentLength "Content-Length" "l" Many;
    ContentType "Content-Type" "c" One;
    CSeq "CSeq" "" One;
    Date "Date" "" One;
    Diversion "Diversion" "" List;
    ErrorInfo "Error-Info" "" List;
    Event "Event" "o" One;
    Expires "Expires" "" One;
    FlowTimer "Flow-Timer" "" One;
    From "From" "f" One;
    HistoryInfo "History-Info" "" List;
    Identity "Identity" "y" Many;
    InReplyTo "In-Reply-To" "" List;
    MaxForwards "Max-Forwards" "" One;
    MimeVersion "MIME-Version" "" One;
    MinExpires "Min-Expires" "" One;
    MinSe "Min-SE" "" One;
    Organization "Organization" "" One;
    PAccessNetworkInfo "P-Access-Network-Info" "" Many;
    PAssertedIdentity "P-Asserted-Identity" "" List;
    PAssociatedUri "P-Associated-URI" "" List;
    PChargingVector "P-Charging-Vector" "" Many;
    PPreferredIdentity "P-Preferred-Identity" "" List;
    Path "Path" "" List;
    Priority "Priority" "" One;
    Privacy "Privacy" "" Many;
    ProxyAuthenticate "Proxy-Authenticate" "" Many;
    ProxyAuthorization "Proxy-Authorization" "" Many;
    ProxyRequire "Proxy-Require" "" List;
    RAck "RAck" "" One;
    Reason "Reason" "" List;
    RecordRoute "Record-Route" "" List;
    ReferSub "Refer-Sub" "" One;
    ReferTo "Refer-To" "r" One;
    ReferredBy "Referred-By" "b" One;
    RemotePartyId "Remote-Party-ID" "" List;
    Replaces "Replaces" "" One;
    ReplyTo "Reply-To" "" One;
    Require "Require" "" List;
    RetryAfter "Retry-After" "" One;
    Route "Route" "" List;
    RSeq "RSeq" "" One;
    Server "Server" "" One;
    ServiceRoute "Service-Route" "" List;
    SessionExpires "Session-Expires" "x" One;
    Subject "Subject" "s" One;
    SubscriptionState "Subscription-State" "" One;
    Supported "Supported" "k" List;
    TargetDialog "Target-Dialog" "" One;
    Timestamp "Timestamp" "" One;
    To "To" "t" One;
    Unsupported "Unsupported" "" List;
    UserAgent "User-Agent" "" One;
    UserToUser "User-to-User" "" Many;
    Via "Via" "v" List;
    Warning "Warning" "" List;
    WwwAuthenticate "WWW-Authenticate" "" Many;
}

/// How often a header may appear, and whether a comma separates values inside one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// At most one line, one value.
    One,
    /// Several lines; a comma belongs to the value (digest parameters, tokens of `Privacy`).
    Many,
    /// Several lines, each a comma-separated list: RFC 3261 §7.3.1.
    List,
}

impl Name {
    /// The name a message carries, whatever its case, long or compact; `None` if unknown.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let mut slot = hash(text);
        loop {
            let (index, compact) = SLOTS[slot]?;
            let (long, short) = Self::TEXT[index as usize];
            let candidate = if compact { short } else { long }.as_bytes();
            if candidate == text || candidate.eq_ignore_ascii_case(text) {
                return Some(Self::ALL[index as usize]);
            }
            slot = (slot + 1) % SLOT_COUNT;
        }
    }

    /// The long form, as this switch prints it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        Self::TEXT[self as usize].0
    }

    pub(crate) const fn shape(self) -> Shape {
        Self::SHAPE[self as usize]
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An open-addressed table, filled at compile time: classifying a header costs one comparison.
static SLOTS: [Option<(u8, bool)>; SLOT_COUNT] = fill();
const SLOT_COUNT: usize = 512;

const fn fill() -> [Option<(u8, bool)>; SLOT_COUNT] {
    let mut slots = [None; SLOT_COUNT];
    let mut index = 0u8;
    while (index as usize) < Name::TEXT.len() {
        let (long, short) = Name::TEXT[index as usize];
        insert(&mut slots, long, (index, false));
        if !short.is_empty() {
            insert(&mut slots, short, (index, true));
        }
        index += 1;
    }
    slots
}

const fn insert(slots: &mut [Option<(u8, bool)>; SLOT_COUNT], text: &str, entry: (u8, bool)) {
    let mut slot = hash(text.as_bytes());
    while slots[slot].is_some() {
        slot = (slot + 1) % SLOT_COUNT;
    }
    slots[slot] = Some(entry);
}

/// Length and three letters tell the known names apart well; the comparison settles the rest.
const fn hash(text: &[u8]) -> usize {
    if text.is_empty() {
        return 0;
    }
    let first = (text[0] | 0x20) as usize;
    let middle = (text[text.len() / 2] | 0x20) as usize;
    let last = (text[text.len() - 1] | 0x20) as usize;
    (text.len() * 131 + first * 31 + middle * 7 + last * 61) % SLOT_COUNT
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3261 §7.3.1 and §7.3.3: names compare in any case, compact forms are the same header.
    #[test]
    fn every_name_is_found_in_any_case_and_in_compact_form() {
        for &name in Name::ALL {
            let (long, short) = Name::TEXT[name as usize];
            for text in [long.to_owned(), long.to_lowercase(), long.to_uppercase()] {
                assert_eq!(Name::parse(text.as_bytes()), Some(name), "{text}");
            }
            if !short.is_empty() {
                assert_eq!(Name::parse(short.as_bytes()), Some(name));
                assert_eq!(Name::parse(short.to_uppercase().as_bytes()), Some(name));
            }
        }
    }

    #[test]
    fn unknown_names_are_left_to_the_caller() {
        for text in ["", "X-Foo", "Vi", "Fromm", "z", "Content-Lengt", "\u{e9}"] {
            assert_eq!(Name::parse(text.as_bytes()), None, "{text}");
        }
    }

    /// A crowded slot would cost a comparison for each name in the way.
    #[test]
    fn no_name_is_more_than_a_few_probes_away() {
        let longest = Name::ALL.iter().map(|name| {
            let mut slot = hash(name.as_str().as_bytes());
            let mut probes = 0;
            while SLOTS[slot].is_some_and(|entry| entry != (*name as u8, false)) {
                slot = (slot + 1) % SLOT_COUNT;
                probes += 1;
            }
            probes
        });
        assert!(longest.max() <= Some(4));
    }
}
