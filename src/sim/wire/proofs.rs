//! Registrations at the switch's mouth: a proof is good once, and for whom it was asked of
//! (RFC 7616 §3.3, §5.5); nobody is believed to be there for longer than they asked (RFC 3261
//! §10.2.1.1).

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, SocketAddr};

use sip::header::Name;
use sip::{Method, Request, Response};

use super::{Key, broken, key_of_request, key_of_response};
use crate::sim::audit::Found;

/// What telephones were asked to prove, and what they proved.
#[derive(Debug, Default)]
pub(super) struct Proofs {
    /// To whom each nonce was given.
    given: HashMap<String, IpAddr>,
    asked: HashMap<(Key, SocketAddr), Proof>,
    /// Nonces with the count that they were good for.
    used: HashSet<(String, String)>,
}

#[derive(Debug)]
struct Proof {
    nonce: String,
    count: String,
    contact: Option<(String, u32)>,
}

impl Proofs {
    /// A request is about to reach the switch.
    pub(super) fn arrives(&mut self, from: SocketAddr, request: &Request) {
        if request.method() != Method::Register {
            return;
        }
        let said = request.header(Name::Authorization).unwrap_or_default();
        let (Some(nonce), Some(key)) = (value(said, "nonce"), key_of_request(request)) else {
            return;
        };
        let count = value(said, "nc").unwrap_or_default();
        let seconds = request.header(Name::Expires).and_then(|text| text.trim().parse().ok());
        let contact = request.contacts().next().and_then(Result::ok);
        let contact = contact.as_ref().and_then(|contact| contact.address());
        let contact = contact.and_then(|address| {
            let own = address.params.value("expires").and_then(|text| text.parse().ok());
            Some((address.uri.as_str().to_owned(), own.or(seconds)?))
        });
        self.asked.insert((key, from), Proof { nonce, count, contact });
    }

    /// The switch answers.
    pub(super) fn answered(&mut self, to: SocketAddr, response: &Response) -> Found {
        let registers = response.cseq().is_ok_and(|cseq| cseq.method == Method::Register);
        let Some(key) = key_of_response(response).filter(|_| registers) else { return Ok(()) };
        let said = response.header(Name::WwwAuthenticate).unwrap_or_default();
        if let Some(nonce) = value(said, "nonce") {
            self.given.insert(nonce, to.ip());
        }
        let Some(proof) = self.asked.remove(&(key, to)) else { return Ok(()) };
        if !response.status().is_success() {
            return Ok(());
        }
        let Proof { nonce, count, contact } = proof;
        if self.given.get(&nonce).is_some_and(|whom| *whom != to.ip()) {
            return broken(format!("{to} is known by what another address was asked"));
        }
        for bound in response.contacts().filter_map(Result::ok) {
            let Some(address) = bound.address() else { continue };
            let told = address.params.value("expires").and_then(|text| text.parse::<u32>().ok());
            let asked = contact.as_ref().filter(|(uri, _)| uri.as_str() == address.uri.as_str());
            if let (Some(told), Some((uri, asked))) = (told, asked)
                && told > *asked
            {
                return broken(format!("{uri} asked for {asked} s, and is kept for {told}"));
            }
        }
        if !self.used.insert((nonce, count)) {
            return broken(format!("{to} is known by a proof that was used before"));
        }
        Ok(())
    }
}

/// A parameter of a challenge or of what answers it.
fn value(text: &str, name: &str) -> Option<String> {
    let parameters = text.split_once(' ')?.1.split(',');
    let mut named = parameters.filter_map(|one| one.trim().split_once('='));
    let (_, value) = named.find(|(own, _)| own.eq_ignore_ascii_case(name))?;
    Some(value.trim_matches('"').to_owned())
}
