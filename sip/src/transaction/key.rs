//! How a request finds its server transaction: RFC 3261 §17.2.3.

use crate::message::{Malformed, Method, Request};

/// What two copies of one request have in common, and no other request has.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key(Box<str>);

impl Key {
    /// The key of `request`; an ACK gets that of its INVITE.
    pub(crate) fn of(request: &Request) -> Result<Self, Malformed> {
        let method = match request.method() {
            Method::Ack => "INVITE",
            _ => request.method_text(),
        };
        Self::with_method(request, method)
    }

    /// The key of the INVITE that the CANCEL `request` is about.
    pub(crate) fn of_cancelled(request: &Request) -> Result<Self, Malformed> {
        Self::with_method(request, "INVITE")
    }

    fn with_method(request: &Request, method: &str) -> Result<Self, Malformed> {
        let via = request.top_via()?;
        let (host, port) = (via.host, via.port_or_default());
        let text = match via.branch().filter(|_| via.has_magic_branch()) {
            Some(branch) => format!("{branch}\n{host}:{port}\n{method}"),
            // An RFC 2543 element: no branch to trust, so everything that a copy repeats. The To
            // tag is left out, for an ACK has one where its INVITE had none.
            None => format!(
                "{}\n{}\n{}\n{}\n{via}\n{method}",
                request.uri_text(),
                request.from()?.tag().unwrap_or_default(),
                request.call_id()?,
                request.cseq()?.number,
            ),
        };
        Ok(Self(text.into_boxed_str()))
    }
}
