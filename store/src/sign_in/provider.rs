//! The organisation's OpenID provider (OpenID Connect Core 1.0).

use routing::Invalid;
use serde::{Deserialize, Serialize};

use super::Source;

/// Where users sign in who have no password here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderSettings {
    /// What the button of the sign-in page calls it.
    pub name: String,
    /// Its issuer identifier, to the letter (OpenID Connect Discovery 1.0 §4).
    pub issuer: String,
    /// What it knows us by.
    pub client_id: String,
    /// What is asked for; `openid` is among it.
    #[serde(default = "scopes")]
    pub scopes: Vec<String>,
    /// The claim that names the user: `email`, or one that holds a user name.
    #[serde(default = "claim")]
    pub claim: String,
    /// Whether anybody signs in by it.
    #[serde(default = "yes")]
    pub enabled: bool,
}

fn scopes() -> Vec<String> {
    ["openid", "profile", "email"].map(str::to_owned).into()
}

fn claim() -> String {
    "preferred_username".to_owned()
}

fn yes() -> bool {
    true
}

impl Source for ProviderSettings {
    const KIND: &'static str = "provider";
    const NAME: &'static str = "identity provider";
}

impl ProviderSettings {
    /// Every field that does not hold. `plain` says whether http:// may be asked for: addresses
    /// that it may lead to are the edge's to know.
    #[must_use]
    pub fn faults(&self, plain: bool) -> Vec<Invalid> {
        let mut faults = Vec::new();
        if !is_line(&self.name, 64) {
            faults.push(Invalid::new("name", "one line of 1 to 64 characters"));
        }
        if !is_issuer(&self.issuer, plain) {
            let expected = "https://host/…, of at most 512 characters, without ? # and user name";
            faults.push(Invalid::new("issuer", expected));
        }
        if !is_token(&self.client_id, 255) {
            faults.push(Invalid::new("client_id", "1 to 255 ASCII characters without spaces"));
        }
        let mut scopes = self.scopes.clone();
        scopes.sort_unstable();
        scopes.dedup();
        let sound = self.scopes.iter().all(|scope| is_token(scope, 100));
        let whole = scopes.len() == self.scopes.len() && scopes.len() <= 16;
        if !sound || !whole || !self.scopes.iter().any(|scope| scope == "openid") {
            let expected = "openid and up to 15 others, each once and without spaces";
            faults.push(Invalid::new("scopes", expected));
        }
        if !is_token(&self.claim, 100) {
            faults.push(Invalid::new("claim", "the name of a claim, such as preferred_username"));
        }
        faults
    }
}

/// OpenID Connect Discovery 1.0 §3: no query, no fragment.
fn is_issuer(url: &str, plain: bool) -> bool {
    let rest = url.strip_prefix("https://");
    let rest = rest.or_else(|| url.strip_prefix("http://").filter(|_| plain));
    let host = rest.map(|rest| rest.split('/').next().unwrap_or_default());
    let sound = is_token(url, 512) && !url.contains(['?', '#', '@']);
    sound && host.is_some_and(|host| !host.is_empty())
}

fn is_token(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

pub(super) fn is_line(text: &str, most: usize) -> bool {
    let length = text.chars().count();
    length <= most && !text.trim().is_empty() && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> ProviderSettings {
        ProviderSettings {
            name: "Acme".to_owned(),
            issuer: "https://id.example.net/realms/acme".to_owned(),
            client_id: "cordboard".to_owned(),
            scopes: scopes(),
            claim: claim(),
            enabled: true,
        }
    }

    #[test]
    fn an_issuer_is_https_unless_plain_is_allowed() {
        assert_eq!(settings().faults(false), []);
        let sound = |issuer: &str, plain| {
            ProviderSettings { issuer: issuer.to_owned(), ..settings() }.faults(plain).is_empty()
        };
        assert!(sound("http://10.1.2.3:8080", true));
        assert!(!sound("http://10.1.2.3:8080", false));
        for wrong in ["", "https://", "https://a?b", "https://a/#b", "https://u@a/", "ftp://a"] {
            assert!(!sound(wrong, true), "{wrong}");
        }
    }

    #[test]
    fn every_field_at_fault_is_told() {
        let wild = ProviderSettings {
            name: " ".to_owned(),
            issuer: "id".to_owned(),
            client_id: "a b".to_owned(),
            scopes: vec!["profile".to_owned()],
            claim: String::new(),
            enabled: true,
        };
        assert_eq!(wild.faults(true).len(), 5);
        let twice = vec!["openid".to_owned(); 2];
        assert_eq!(ProviderSettings { scopes: twice, ..settings() }.faults(true).len(), 1);
    }
}
