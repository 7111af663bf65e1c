//! Who calls, as a trunk wants to be told: From, and the headers beside it (INTEROP 46, 47).
//!
//! RFC 3325 (P-Asserted-Identity, P-Preferred-Identity), RFC 3323 (Privacy), RFC 5806 (Diversion),
//! RFC 7044 (History-Info), and Remote-Party-ID as gateways read it.

use super::invite::{Identity, InviteError};
use crate::message::Quoted;
use crate::uri::{Uri, escape_user};

/// The URI that a number becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum UriForm {
    /// `sip:NUMBER@host`.
    #[default]
    Sip,
    /// `sip:NUMBER@host;user=phone` (RFC 3261 §19.1.6).
    Phone,
    /// `tel:NUMBER` (RFC 3966): the host is left out.
    Tel,
}

/// The header in which a caller's number is claimed beside From.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// P-Asserted-Identity: within a domain of trust (RFC 3325 §9.1).
    Asserted,
    /// P-Preferred-Identity: a wish (RFC 3325 §9.2).
    Preferred,
    /// Remote-Party-ID.
    RemoteParty,
}

/// The header that says for whom a call was meant before it was passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum History {
    /// Diversion (RFC 5806).
    Diversion,
    /// History-Info (RFC 7044).
    HistoryInfo,
}

impl Identity {
    /// Nobody: RFC 3323 §4.1.
    #[must_use]
    pub fn anonymous() -> Self {
        Self {
            user: "anonymous".to_owned(),
            display: Some("Anonymous".to_owned()),
            host: "anonymous.invalid".to_owned(),
        }
    }

    /// The header that claims this identity, for [`Invite::headers`](super::Invite); `withheld`
    /// asks that the called party be told nothing.
    pub fn claim(
        &self,
        claim: Claim,
        form: UriForm,
        withheld: bool,
    ) -> Result<(String, String), InviteError> {
        let (name, field) = match claim {
            Claim::Asserted => ("P-Asserted-Identity", "asserted"),
            Claim::Preferred => ("P-Preferred-Identity", "preferred"),
            Claim::RemoteParty => ("Remote-Party-ID", "remote_party"),
        };
        let address = address(field, self, form)?;
        let value = match claim {
            Claim::RemoteParty => {
                let privacy = if withheld { "full" } else { "off" };
                format!("{address};party=calling;screen=yes;privacy={privacy}")
            }
            Claim::Asserted | Claim::Preferred => address,
        };
        Ok((name.to_owned(), value))
    }

    /// The header that says the call was meant for this identity first, and then passed on to
    /// whomever it calls.
    pub fn diverted(
        &self,
        history: History,
        form: UriForm,
    ) -> Result<(String, String), InviteError> {
        let address = address("diverted", self, form)?;
        Ok(match history {
            History::Diversion => {
                ("Diversion".to_owned(), format!("{address};reason=unconditional;counter=1"))
            }
            // RFC 7044 §10.1: entries are numbered along the way.
            History::HistoryInfo => ("History-Info".to_owned(), format!("{address};index=1")),
        })
    }
}

/// The header that asks for the caller's identity to be withheld (RFC 3323, RFC 3325 §9.3).
#[must_use]
pub fn withheld() -> (String, String) {
    ("Privacy".to_owned(), "id".to_owned())
}

/// `"Display" <sip:user@host>`; `field` names the identity in an error.
pub(super) fn address(
    field: &'static str,
    identity: &Identity,
    form: UriForm,
) -> Result<String, InviteError> {
    let user = escape_user(&identity.user);
    let uri = match form {
        UriForm::Sip => format!("sip:{user}@{}", identity.host),
        UriForm::Phone => format!("sip:{user}@{};user=phone", identity.host),
        // Somebody without a number is nobody's telephone.
        UriForm::Tel if !is_telephone(&identity.user) => format!("sip:{user}@{}", identity.host),
        UriForm::Tel => format!("tel:{}", identity.user),
    };
    if let Err(bad) = Uri::parse(&uri) {
        return Err(InviteError::Malformed { field, why: bad.to_string() });
    }
    Ok(match &identity.display {
        Some(display) => format!("{} <{uri}>", Quoted(display)),
        None => format!("<{uri}>"),
    })
}

/// Whether a text is a global number of RFC 3966.
pub(crate) fn is_telephone(user: &str) -> bool {
    let digits = user.strip_prefix('+').unwrap_or_default();
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller() -> Identity {
        Identity {
            user: "+442079460123".to_owned(),
            display: Some("May & Sons".to_owned()),
            host: "carrier.example".to_owned(),
        }
    }

    /// INTEROP 47, one line for each header and form.
    #[test]
    fn an_identity_is_claimed_in_the_header_and_form_a_trunk_wants() {
        let said = |claim, form, withheld| caller().claim(claim, form, withheld).unwrap().1;
        assert_eq!(
            said(Claim::Asserted, UriForm::Sip, false),
            "\"May & Sons\" <sip:+442079460123@carrier.example>"
        );
        assert_eq!(
            said(Claim::Preferred, UriForm::Phone, false),
            "\"May & Sons\" <sip:+442079460123@carrier.example;user=phone>"
        );
        assert_eq!(
            said(Claim::Asserted, UriForm::Tel, false),
            "\"May & Sons\" <tel:+442079460123>"
        );
        assert_eq!(
            said(Claim::RemoteParty, UriForm::Sip, true),
            "\"May & Sons\" <sip:+442079460123@carrier.example>;party=calling;screen=yes;\
             privacy=full"
        );
    }

    /// RFC 5806 §4, RFC 7044 §5.
    #[test]
    fn a_call_that_is_passed_on_says_for_whom_it_was_meant() {
        let said = |history| caller().diverted(history, UriForm::Sip).unwrap();
        let (name, value) = said(History::Diversion);
        assert_eq!(name, "Diversion");
        assert!(value.ends_with("@carrier.example>;reason=unconditional;counter=1"), "{value}");
        let (name, value) = said(History::HistoryInfo);
        assert_eq!(name, "History-Info");
        assert!(value.ends_with(">;index=1"), "{value}");
    }

    /// RFC 3966 has no place for somebody who is not a number.
    #[test]
    fn nobody_is_written_as_a_sip_address_whatever_the_form() {
        let said = address("from", &Identity::anonymous(), UriForm::Tel).unwrap();
        assert_eq!(said, "\"Anonymous\" <sip:anonymous@anonymous.invalid>");
    }

    /// S11: a host that would break out of its header is refused by name.
    #[test]
    fn an_identity_that_is_no_address_is_refused() {
        let bad = Identity { host: "a\r\nb".to_owned(), ..caller() };
        let refused = bad.claim(Claim::Asserted, UriForm::Sip, false).unwrap_err();
        assert!(matches!(refused, InviteError::Malformed { field: "asserted", .. }), "{refused}");
    }
}
