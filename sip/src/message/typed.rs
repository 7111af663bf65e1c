//! Typed readings of headers, each made when it is asked for.
//!
//! A header that every message has reads to `Result<T>`, one that may be missing to
//! `Result<Option<T>>`, a list to an iterator of `Result<T>`.

use crate::header::{
    CSeq, Challenge, Contact, ContentType, Credentials, DigestParams, Event, Name, NameAddr, RAck,
    Reason, Replaces, RetryAfter, SessionExpires, Via, decimal,
};
use crate::message::{Headers, Malformed};

impl Headers {
    /// The hop that sent this request, or that this response is for: us.
    pub fn top_via(&self) -> Result<Via<'_>, Malformed> {
        let text = self.headers(Name::Via).next().ok_or(missing(Name::Via))?;
        Via::parse(text)
    }

    /// The whole path, last hop first.
    pub fn vias(&self) -> impl Iterator<Item = Result<Via<'_>, Malformed>> {
        self.headers(Name::Via).map(Via::parse)
    }

    /// Who asks.
    pub fn from(&self) -> Result<NameAddr<'_>, Malformed> {
        NameAddr::parse(Name::From, self.mandatory(Name::From)?)
    }

    /// Who was asked first.
    pub fn to(&self) -> Result<NameAddr<'_>, Malformed> {
        NameAddr::parse(Name::To, self.mandatory(Name::To)?)
    }

    /// The number and method of the request.
    pub fn cseq(&self) -> Result<CSeq<'_>, Malformed> {
        CSeq::parse(self.mandatory(Name::CSeq)?)
    }

    /// The call's name; compares byte for byte.
    pub fn call_id(&self) -> Result<&str, Malformed> {
        let text = self.mandatory(Name::CallId)?;
        let one_word = !text.is_empty() && !text.contains([' ', '\t', ',']);
        if one_word { Ok(text) } else { Err(Malformed::header(Name::CallId, "one word")) }
    }

    /// Where to reach the sender, or what a REGISTER binds.
    pub fn contacts(&self) -> impl Iterator<Item = Result<Contact<'_>, Malformed>> {
        self.headers(Name::Contact).map(Contact::parse)
    }

    /// The hops that may still follow; `None` where the sender put no bound.
    pub fn max_forwards(&self) -> Result<Option<u8>, Malformed> {
        const FAULT: Malformed = Malformed::header(Name::MaxForwards, "a number from 0 to 255");
        let number = |text| decimal(text).and_then(|hops| u8::try_from(hops).ok()).ok_or(FAULT);
        self.header(Name::MaxForwards).map(number).transpose()
    }

    /// The lifetime asked for or granted, in seconds.
    pub fn expires(&self) -> Result<Option<u32>, Malformed> {
        self.seconds(Name::Expires)
    }

    /// The shortest lifetime that a registrar takes, in seconds (with 423).
    pub fn min_expires(&self) -> Result<Option<u32>, Malformed> {
        self.seconds(Name::MinExpires)
    }

    /// The hops this request still has to visit.
    pub fn routes(&self) -> impl Iterator<Item = Result<NameAddr<'_>, Malformed>> {
        self.name_addrs(Name::Route)
    }

    /// The hops that want to stay on the dialog's path.
    pub fn record_routes(&self) -> impl Iterator<Item = Result<NameAddr<'_>, Malformed>> {
        self.name_addrs(Name::RecordRoute)
    }

    /// Who the network says is calling: RFC 3325.
    pub fn p_asserted_identity(&self) -> impl Iterator<Item = Result<NameAddr<'_>, Malformed>> {
        self.name_addrs(Name::PAssertedIdentity)
    }

    /// Any list of addresses: Path, Service-Route, Diversion, History-Info, Remote-Party-ID, …
    pub fn name_addrs(&self, name: Name) -> impl Iterator<Item = Result<NameAddr<'_>, Malformed>> {
        self.headers(name).map(move |text| NameAddr::parse(name, text))
    }

    /// What a 401 asks for, in the server's order of preference (RFC 8760 §2.3).
    pub fn www_authenticate(&self) -> impl Iterator<Item = Result<Challenge<'_>, Malformed>> {
        self.challenges(Name::WwwAuthenticate)
    }

    /// What a 407 asks for.
    pub fn proxy_authenticate(&self) -> impl Iterator<Item = Result<Challenge<'_>, Malformed>> {
        self.challenges(Name::ProxyAuthenticate)
    }

    /// What the request proves itself with to us.
    pub fn authorization(&self) -> impl Iterator<Item = Result<Credentials<'_>, Malformed>> {
        self.credentials(Name::Authorization)
    }

    /// What the request proves itself with to a proxy.
    pub fn proxy_authorization(&self) -> impl Iterator<Item = Result<Credentials<'_>, Malformed>> {
        self.credentials(Name::ProxyAuthorization)
    }

    /// Option tags the receiver must understand.
    pub fn require(&self) -> impl Iterator<Item = &str> {
        self.headers(Name::Require)
    }

    /// Option tags the sender understands.
    pub fn supported(&self) -> impl Iterator<Item = &str> {
        self.headers(Name::Supported)
    }

    /// Methods the sender takes.
    pub fn allow(&self) -> impl Iterator<Item = &str> {
        self.headers(Name::Allow)
    }

    /// Whether the sender takes a body of that type in the answer: RFC 3261 §20.1. Without an
    /// Accept it takes `application/sdp`.
    #[must_use]
    pub fn accepts(&self, kind: &str, subtype: &str) -> bool {
        if self.count(Name::Accept) == 0 {
            return kind.eq_ignore_ascii_case("application") && subtype.eq_ignore_ascii_case("sdp");
        }
        let fits = |range: &str, wanted: &str| range == "*" || range.eq_ignore_ascii_case(wanted);
        self.headers(Name::Accept)
            .filter_map(|text| ContentType::parse(text).ok())
            .any(|range| fits(range.kind, kind) && fits(range.subtype, subtype))
    }

    /// Whether `tag` is listed under `name`, in any case.
    #[must_use]
    pub fn lists(&self, name: Name, tag: &str) -> bool {
        self.headers(name).any(|listed| listed.eq_ignore_ascii_case(tag))
    }

    /// Why this was sent; SIP and Q.850 causes may both be there.
    pub fn reason_header(&self) -> impl Iterator<Item = Result<Reason<'_>, Malformed>> {
        self.headers(Name::Reason).map(Reason::parse)
    }

    /// When to try again.
    pub fn retry_after(&self) -> Result<Option<RetryAfter>, Malformed> {
        self.header(Name::RetryAfter).map(RetryAfter::parse).transpose()
    }

    /// What the body is.
    pub fn content_type(&self) -> Result<Option<ContentType<'_>>, Malformed> {
        self.header(Name::ContentType).map(ContentType::parse).transpose()
    }

    /// Which reliable provisional response is acknowledged.
    pub fn rack(&self) -> Result<Option<RAck<'_>>, Malformed> {
        self.header(Name::RAck).map(RAck::parse).transpose()
    }

    /// The number of a reliable provisional response; at least 1.
    pub fn rseq(&self) -> Result<Option<u32>, Malformed> {
        const FAULT: Malformed = Malformed::header(Name::RSeq, "a number from 1 to 2^32-1");
        let number = |text| decimal(text).filter(|&number| number > 0).ok_or(FAULT);
        self.header(Name::RSeq).map(number).transpose()
    }

    /// The session timer asked for or granted.
    pub fn session_expires(&self) -> Result<Option<SessionExpires>, Malformed> {
        self.header(Name::SessionExpires).map(SessionExpires::parse).transpose()
    }

    /// The shortest session timer that is taken, in seconds.
    pub fn min_se(&self) -> Result<Option<u32>, Malformed> {
        self.seconds(Name::MinSe)
    }

    /// Where a transfer leads; `Replaces` may be a header of its URI.
    pub fn refer_to(&self) -> Result<Option<NameAddr<'_>>, Malformed> {
        self.name_addr(Name::ReferTo)
    }

    /// Who ordered a transfer.
    pub fn referred_by(&self) -> Result<Option<NameAddr<'_>>, Malformed> {
        self.name_addr(Name::ReferredBy)
    }

    /// The dialog that this INVITE takes the place of.
    pub fn replaces(&self) -> Result<Option<Replaces<'_>>, Malformed> {
        self.header(Name::Replaces).map(Replaces::parse).transpose()
    }

    /// What is subscribed to or told of.
    pub fn event(&self) -> Result<Option<Event<'_>>, Malformed> {
        self.header(Name::Event).map(Event::parse).transpose()
    }

    fn mandatory(&self, name: Name) -> Result<&str, Malformed> {
        self.header(name).ok_or(missing(name))
    }

    fn name_addr(&self, name: Name) -> Result<Option<NameAddr<'_>>, Malformed> {
        self.header(name).map(|text| NameAddr::parse(name, text)).transpose()
    }

    /// A number of seconds; one that is too large counts as the largest (RFC 3261 §20.19), and a
    /// decimal fraction or a comment after it does not matter.
    fn seconds(&self, name: Name) -> Result<Option<u32>, Malformed> {
        let read = |text: &str| {
            let end = text.find([' ', '\t', ';']).unwrap_or(text.len());
            let digits = &text[..end];
            let all_digits = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            let fault = Malformed::header(name, "seconds");
            if all_digits { Ok(digits.parse().unwrap_or(u32::MAX)) } else { Err(fault) }
        };
        self.header(name).map(read).transpose()
    }

    fn challenges(&self, name: Name) -> impl Iterator<Item = Result<Challenge<'_>, Malformed>> {
        self.headers(name).map(move |text| DigestParams::parse(name, text).map(Challenge))
    }

    fn credentials(&self, name: Name) -> impl Iterator<Item = Result<Credentials<'_>, Malformed>> {
        self.headers(name).map(move |text| DigestParams::parse(name, text).map(Credentials))
    }
}

fn missing(name: Name) -> Malformed {
    Malformed::header(name, "to be present")
}
