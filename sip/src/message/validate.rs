//! What a transaction depends on, read once: RFC 3261 §8.1.1, §8.2 and §18.1.2.

use crate::header::{Contact, Name, Shape};
use crate::message::{Headers, Malformed, Method, Request, Response, Status, limits};
use crate::uri::Scheme;

pub(super) fn request(request: &Request) -> Result<(), Malformed> {
    common(request)?;
    if request.cseq()?.method_text != request.method_text() {
        return Err(Malformed::header(Name::CSeq, "the method of the request line"));
    }
    within_bounds(Name::Via, request.vias())?;
    within_bounds(Name::Route, request.routes())?;
    let uri = request.uri()?;
    if uri.scheme() == Scheme::Other {
        let fault = Malformed::message("a sip, sips or tel Request-URI");
        return Err(fault.with_status(Status::UNSUPPORTED_URI_SCHEME));
    }
    if uri.headers().next().is_some() {
        return Err(Malformed::message("a Request-URI without headers"));
    }
    contacts(request)
}

pub(super) fn response(response: &Response) -> Result<(), Malformed> {
    common(response)?;
    // RFC 3261 §8.1.3.3: more than ours, and it was meant for somebody else.
    if response.headers(Name::Via).nth(1).is_some() {
        return Err(Malformed::header(Name::Via, "only the one this switch put there"));
    }
    within_bounds(Name::Contact, response.contacts())
}

fn common(headers: &Headers) -> Result<(), Malformed> {
    singles(headers)?;
    headers.top_via()?;
    headers.from()?;
    headers.to()?;
    headers.call_id()?;
    headers.cseq()?;
    headers.max_forwards()?;
    headers.content_type()?;
    headers.expires()?;
    within_bounds(Name::RecordRoute, headers.record_routes())
}

/// RFC 3261 §7.3.1: what is no list stands there once.
fn singles(headers: &Headers) -> Result<(), Malformed> {
    let mut seen = 0_u128;
    for name in headers.spans.iter().filter_map(|span| span.known) {
        let bit = 1 << (name as u8);
        if name.shape() == Shape::One && seen & bit != 0 {
            return Err(Malformed::header(name, "at most one"));
        }
        seen |= bit;
    }
    Ok(())
}

/// One bit a name.
const _: () = assert!(Name::ALL.len() <= 128);

fn within_bounds<T>(
    name: Name,
    values: impl Iterator<Item = Result<T, Malformed>>,
) -> Result<(), Malformed> {
    for (count, value) in values.enumerate() {
        value?;
        if count >= limits::LIST_VALUES {
            return Err(Malformed::header(name, "at most 64 values"));
        }
    }
    Ok(())
}

/// RFC 3261 §10.2.2: the star stands alone, in a REGISTER, with `Expires: 0`.
fn contacts(request: &Request) -> Result<(), Malformed> {
    const STAR: Malformed =
        Malformed::header(Name::Contact, "* alone in a REGISTER with Expires: 0");
    let mut star = false;
    let read = request.contacts().map(|contact| match contact? {
        Contact::Star => {
            star = true;
            Ok(())
        }
        Contact::Address(address) => address.q().and(address.expires()).map(drop),
    });
    within_bounds(Name::Contact, read)?;
    let alone = request.headers(Name::Contact).nth(1).is_none();
    let removes = request.method() == Method::Register && request.expires()? == Some(0);
    if star && !(alone && removes) { Err(STAR) } else { Ok(()) }
}
