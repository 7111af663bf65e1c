//! Texts with places in them for what is known of a call: `{first_name}`, `{field:City}`.
//!
//! The names are these and no others, so that a text which would show a hole is refused when it is
//! saved. `{{` and `}}` are braces. In a web address every value is percent-encoded (RFC 3986
//! §2.1), whatever it holds: a lead's file is written by strangers (FAULTS S11).

use crate::invalid::Invalid;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What fills the places of one call, by name.
pub type Words = BTreeMap<String, String>;

/// The names that a text may use, besides `field:` and a column of the lead's import.
pub const NAMES: [&str; 11] = [
    "first_name",
    "last_name",
    "number",
    "lead_id",
    "call_id",
    "calling",
    "called",
    "agent_name",
    "agent_number",
    "campaign",
    "queue",
];

/// What a column of the lead's import is called by.
pub const FIELD: &str = "field:";

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part<'t> {
    /// As it stands.
    Text(&'t str),
    /// What is known by this name.
    Place(&'t str),
}

/// Reads a text; the error says what is wrong with it.
pub fn parts(text: &str) -> Result<Vec<Part<'_>>, String> {
    let mut found = vec![];
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        if at > 0 {
            found.push(Part::Text(&rest[..at]));
        }
        let here = &rest[at..];
        if here.starts_with("{{") || here.starts_with("}}") {
            found.push(Part::Text(&here[..1]));
            rest = &here[2..];
            continue;
        }
        let inner = here.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        let Some((name, after)) = inner else {
            return Err("must close each { with }, and write {{ or }} for a brace".to_owned());
        };
        if !is_known(name) {
            let known = NAMES.join("}, {");
            return Err(format!("names no such place: {{{name}}}; use {{{known}}} or {{field:…}}"));
        }
        found.push(Part::Place(name));
        rest = after;
    }
    if !rest.is_empty() {
        found.push(Part::Text(rest));
    }
    Ok(found)
}

fn is_known(name: &str) -> bool {
    let column = name.strip_prefix(FIELD);
    let is_column = |column: &str| {
        (1..=FIELD_MAX).contains(&column.chars().count()) && !column.chars().any(char::is_control)
    };
    NAMES.contains(&name) || column.is_some_and(is_column)
}

/// Checks a web address with places: its scheme and host are written out, so that nothing that a
/// lead says leads elsewhere.
pub fn check_address(field: &'static str, address: &str) -> Result<(), Invalid> {
    let wrong = |why: String| Err(Invalid::new(field, why));
    if address.len() > ADDRESS_MAX || !address.bytes().all(|byte| byte.is_ascii_graphic()) {
        return wrong(format!("must be at most {ADDRESS_MAX} of ASCII without spaces"));
    }
    let parts = match parts(address) {
        Ok(parts) => parts,
        Err(why) => return wrong(why),
    };
    let Some(Part::Text(begin)) = parts.first() else {
        return wrong("must begin with https:// and a host".to_owned());
    };
    let whole = origin(begin).filter(|origin| begin.len() > origin.len() || parts.len() == 1);
    if whole.is_none() {
        return wrong("must begin with https://host/, written out without a place".to_owned());
    }
    if strays(address) {
        return wrong("must not have . or .. as a part of its path".to_owned());
    }
    Ok(())
}

/// `https://host:port` of an address; none where it is no web address, or names a user.
#[must_use]
pub fn origin(address: &str) -> Option<&str> {
    let scheme = ["https://", "http://"].into_iter().find(|scheme| address.starts_with(scheme))?;
    let rest = &address[scheme.len()..];
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    is_host(&rest[..end]).then(|| &address[..scheme.len() + end])
}

/// Whether a text is a host as it stands in an address, with or without a port.
#[must_use]
pub fn is_host(text: &str) -> bool {
    let (name, port) = text.split_once(':').map_or((text, None), |(name, port)| (name, Some(port)));
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(fits)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let numbered = |port: &str| !port.starts_with('0') && port.parse::<u16>().is_ok();
    name.len() <= 253 && name.split('.').all(label) && port.is_none_or(numbered)
}

/// Fills an address that [`check_address`] took; none where what is known makes no address of it.
///
/// A name that nothing is known of is empty; of each value the first 256 characters count.
#[must_use]
pub fn fill_address(address: &str, words: &Words) -> Option<String> {
    let mut filled = String::with_capacity(address.len());
    for part in parts(address).ok()? {
        match part {
            Part::Text(text) => filled.push_str(text),
            Part::Place(name) => {
                let value = words.get(name).map_or("", String::as_str);
                value.chars().take(VALUE_MAX).for_each(|c| encode(c, &mut filled));
            }
        }
    }
    // Dots need no encoding, and encoded ones are dots to a browser: `..` would climb the path.
    (!strays(&filled)).then_some(filled)
}

/// RFC 3986 §2.3: all but the unreserved.
fn encode(c: char, out: &mut String) {
    if c.is_ascii_alphanumeric() || "-._~".contains(c) {
        out.push(c);
        return;
    }
    for byte in c.encode_utf8(&mut [0; 4]).bytes() {
        let _ = write!(out, "%{byte:02X}");
    }
}

/// Whether a part of the path is `.` or `..`, which a browser would leave out with the one before;
/// a dot may also be written `%2e` (WHATWG URL, double-dot path segment).
fn strays(address: &str) -> bool {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let dots = |part: &str| matches!(&*part.to_ascii_lowercase().replace("%2e", "."), "." | "..");
    path.split(['/', '\\']).any(dots)
}

/// The longest address with places.
pub const ADDRESS_MAX: usize = 2_048;
const FIELD_MAX: usize = 100;
const VALUE_MAX: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(value: &str) -> Words {
        [("first_name", value), ("field:City", value)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into()
    }

    #[test]
    fn places_are_known_and_braces_are_doubled() {
        let read = parts("Hi {first_name}, {{you}} in {field:City}").unwrap();
        let places = read.iter().filter(|part| matches!(part, Part::Place(_))).count();
        assert_eq!((places, read.len()), (2, 8), "{read:?}");
        for wrong in ["{nobody}", "{first_name", "a } b", "{}", "{field:}", "{First_name}"] {
            assert!(parts(wrong).is_err(), "{wrong}");
        }
        assert!(parts("{nobody}").unwrap_err().contains("{nobody}"));
    }

    #[test]
    fn an_address_names_its_host_before_any_place() {
        for sound in [
            "https://crm.example/lead?n={number}",
            "https://crm.example:8443/{lead_id}",
            "https://crm.example",
            "http://10.0.0.7/x#{call_id}",
        ] {
            assert_eq!(check_address("crm", sound), Ok(()), "{sound}");
        }
        for wrong in [
            "crm.example/",
            "https://{first_name}/",
            "https://crm.example{number}",
            "https://crm.example:{number}/",
            "https://me@crm.example/",
            "javascript:alert(1)",
            "https://crm.example/a/../b",
            "https://crm.example/%2e%2E/",
            "https://crm.example/ x",
            "https://CRM.example/",
            "https:///x",
            "{first_name}",
            "https://crm.example/{oops}",
        ] {
            assert!(check_address("crm", wrong).is_err(), "{wrong}");
        }
    }

    /// FAULTS S11: what strangers write into a file cannot change where an address leads.
    #[test]
    fn a_hostile_value_stays_within_its_place() {
        let address = "https://crm.example/lead/{first_name}/card?city={field:City}";
        let fill = |value: &str| fill_address(address, &words(value));
        assert_eq!(
            fill("a/b?c#d&e=f %\u{0}\"<é>").unwrap(),
            "https://crm.example/lead/a%2Fb%3Fc%23d%26e%3Df%20%25%00%22%3C%C3%A9%3E/card\
             ?city=a%2Fb%3Fc%23d%26e%3Df%20%25%00%22%3C%C3%A9%3E"
        );
        assert_eq!(fill(".."), None, "it would climb the path");
        assert_eq!(fill("%2e%2e").unwrap().matches("%252e").count(), 4);
        let long = fill(&"x".repeat(5_000)).unwrap();
        assert_eq!(long.matches('x').count(), 512 + 1, "one of crm.example");
        assert_eq!(fill_address("https://a/{last_name}", &Words::new()).unwrap(), "https://a/");
        let joined = "https://a/{first_name}{first_name}/x";
        assert_eq!(fill_address(joined, &words(".")), None);
    }

    proptest! {
        /// Whatever a value holds, the address keeps its host, its parts and their number.
        #[test]
        fn no_value_adds_a_part_to_an_address(value in any::<String>()) {
            let address = "https://crm.example/a/{first_name}/b?x={field:City}&y=1";
            if let Some(filled) = fill_address(address, &words(&value)) {
                prop_assert_eq!(origin(&filled), Some("https://crm.example"));
                prop_assert_eq!(filled.matches('/').count(), 5);
                prop_assert_eq!(filled.matches(['?', '#']).count(), 1);
                prop_assert_eq!(filled.matches('&').count(), 1);
                prop_assert!(filled.bytes().all(|byte| byte.is_ascii_graphic()));
            } else {
                prop_assert!(value == "." || value == "..");
            }
        }
    }
}
