//! What a transaction depends on, read once: RFC 3261 §8.1.1, §8.2 and §18.1.2.

use crate::header::{Contact, Name, Shape};
use crate::message::{Headers, Malformed, Method, Request, Response, Status, limits};
use crate::uri::Scheme;

pub(super) fn request(request: &Request) -> Result<(), Malformed> {
    common(request)?;
    let cseq = request.cseq()?;
    if cseq.method_text != request.method_text() {
        return Err(Malformed::header(Name::CSeq, "the method of the request line"));
    }
    let uri = request.uri()?;
    if uri.scheme() == Scheme::Other {
        let fault = Malformed::message("a sip, sips or tel Request-URI");
        return Err(fault.with_status(Status::UNSUPPORTED_URI_SCHEME));
    }
    for route in request.routes() {
        route?;
    }
    contacts(request)
}

pub(super) fn response(response: &Response) -> Result<(), Malformed> {
    common(response)?;
    response.cseq()?;
    for contact in response.contacts() {
        contact?;
    }
    Ok(())
}

fn common(headers: &Headers) -> Result<(), Malformed> {
    for &name in Name::ALL {
        if name.shape() == Shape::One && headers.count(name) > 1 {
            return Err(Malformed::header(name, "at most one"));
        }
    }
    for name in [Name::Via, Name::Route, Name::RecordRoute, Name::Contact] {
        if headers.headers(name).nth(limits::LIST_VALUES).is_some() {
            return Err(Malformed::header(name, "at most 64 values"));
        }
    }
    headers.top_via()?;
    headers.from()?;
    headers.to()?;
    headers.call_id()?;
    headers.max_forwards()?;
    headers.content_type()?;
    headers.expires()?;
    for route in headers.record_routes() {
        route?;
    }
    Ok(())
}

/// RFC 3261 §10.2.2: the star stands alone, in a REGISTER, with `Expires: 0`.
fn contacts(request: &Request) -> Result<(), Malformed> {
    let mut star = false;
    let mut count = 0;
    for contact in request.contacts() {
        count += 1;
        match contact? {
            Contact::Star => star = true,
            Contact::Address(address) => {
                address.q()?;
                address.expires()?;
            }
        }
    }
    let lawful = count == 1 && request.method() == Method::Register;
    if star && !(lawful && request.expires()? == Some(0)) {
        return Err(Malformed::header(Name::Contact, "* alone in a REGISTER with Expires: 0"));
    }
    Ok(())
}
