//! A dialog as one side of it knows it: RFC 3261 §12, strict and loose routing of §16.12 included.
//!
//! Invariants: our CSeq only rises; a far CSeq that does not rise is refused; the route set never
//! changes once the dialog is confirmed; the remote target does, with every target refresh.

use std::net::{IpAddr, SocketAddr};

use crate::endpoint::{Config, Flow};
use crate::header::{Contact, Name, NameAddr};
use crate::message::{Headers, Malformed, Method, Request, Response, Writer};
use crate::transaction::Branch;
use crate::uri::{Host, Uri};

/// One dialog, early or confirmed.
#[derive(Clone, Debug)]
pub(crate) struct Dialog {
    pub(crate) call_id: String,
    /// Our From or To value, tag and all.
    pub(crate) local: String,
    /// Theirs.
    pub(crate) remote: String,
    /// `None` while a peer of RFC 2543 or a tagless 1xx has told none.
    pub(crate) remote_tag: Option<String>,
    /// The number of the last request we sent.
    pub(crate) local_cseq: u32,
    /// The number of the last request they sent.
    pub(crate) remote_cseq: Option<u32>,
    /// Route values in the order they are visited.
    pub(crate) routes: Vec<String>,
    /// Where they want requests: a URI.
    pub(crate) target: String,
    /// The path last used with them.
    pub(crate) flow: Flow,
    /// Whether requests always take `flow`: what a phone behind a NAT writes in Contact is not
    /// reachable.
    pub(crate) pinned: bool,
    /// User part of our Contact.
    pub(crate) contact_user: String,
}

impl Dialog {
    /// The dialog that `response` to our `invite` makes or confirms (RFC 3261 §12.1.2).
    pub(crate) fn from_response(early: &Self, response: &Response) -> Result<Self, Malformed> {
        let mut dialog = early.clone();
        response.header(Name::To).unwrap_or_default().clone_into(&mut dialog.remote);
        dialog.remote_tag = response.to()?.tag().map(str::to_owned);
        let mut routes: Vec<_> = response.headers(Name::RecordRoute).map(str::to_owned).collect();
        routes.reverse();
        // A dialog without Record-Route keeps the preloaded route of its INVITE (Path, RFC 3327).
        if !routes.is_empty() {
            dialog.routes = routes;
        }
        dialog.refresh(response);
        Ok(dialog)
    }

    /// The dialog that our answer to `invite` will make (RFC 3261 §12.1.1).
    pub(crate) fn from_invite(
        invite: &Request,
        local_tag: &str,
        flow: Flow,
        pinned: bool,
    ) -> Result<Self, Malformed> {
        let to = invite.header(Name::To).unwrap_or_default();
        let target = invite.from()?.uri.as_str().to_owned();
        let mut dialog = Self {
            call_id: invite.call_id()?.to_owned(),
            local: format!("{to};tag={local_tag}"),
            remote: invite.header(Name::From).unwrap_or_default().to_owned(),
            remote_tag: invite.from()?.tag().map(str::to_owned),
            local_cseq: 0,
            remote_cseq: Some(invite.cseq()?.number),
            routes: invite.headers(Name::RecordRoute).map(str::to_owned).collect(),
            target,
            flow,
            pinned,
            contact_user: invite.uri()?.user().unwrap_or_default().to_owned(),
        };
        dialog.refresh(invite);
        Ok(dialog)
    }

    /// Takes over the Contact of a target refresh (RFC 3261 §12.2).
    pub(crate) fn refresh(&mut self, message: &Headers) {
        if let Some(Ok(Contact::Address(contact))) = message.contacts().next() {
            contact.uri.as_str().clone_into(&mut self.target);
        }
    }

    /// Whether a request of the far side belongs here; a missing tag of ours matches any.
    pub(crate) fn matches(&self, request: &Request) -> bool {
        let tag = request.from().ok().and_then(|from| from.tag().map(str::to_owned));
        request.call_id() == Ok(&self.call_id) && tag == self.remote_tag
    }

    /// Accepts the number of a new request of the far side; `false` earns it a 500.
    pub(crate) fn advance(&mut self, number: u32) -> bool {
        let rises = self.remote_cseq.is_none_or(|last| number > last);
        if rises {
            self.remote_cseq = Some(number);
        }
        rises
    }

    /// Starts a request with the next number.
    pub(crate) fn request(&mut self, method: Method, branch: Branch, config: &Config) -> Writer {
        self.local_cseq += 1;
        self.numbered(method, self.local_cseq, branch, config)
    }

    /// Starts a request with a given number: an ACK has that of its INVITE.
    pub(crate) fn numbered(
        &self,
        method: Method,
        number: u32,
        branch: Branch,
        config: &Config,
    ) -> Writer {
        let hop = self.next_hop();
        let (uri, routes) = self.routing();
        let mut writer = Writer::request(method, uri);
        writer.header(Name::Via, via(config, hop, branch));
        writer.header(Name::MaxForwards, 70);
        for route in routes {
            writer.header(Name::Route, route);
        }
        writer.header(Name::From, &self.local);
        writer.header(Name::To, &self.remote);
        writer.header(Name::CallId, &self.call_id);
        writer.header(Name::CSeq, format_args!("{number} {method}"));
        if matches!(method, Method::Invite | Method::Update | Method::Notify) {
            writer.header(Name::Contact, contact(config, &self.contact_user, hop));
        }
        writer.header(Name::UserAgent, &config.user_agent);
        writer
    }

    /// Request-URI and Route values (RFC 3261 §12.2.1.1): a strict router gets itself as
    /// Request-URI and the target as the last route.
    fn routing(&self) -> (String, Vec<String>) {
        let Some(first) = self.routes.first() else { return (self.target.clone(), vec![]) };
        let Ok(route) = NameAddr::parse(Name::Route, first) else {
            return (self.target.clone(), self.routes.clone());
        };
        if route.uri.is_loose_router() {
            return (self.target.clone(), self.routes.clone());
        }
        let rest = self.routes.iter().skip(1).cloned();
        let target = format!("<{}>", self.target);
        (route.uri.to_buf().without_headers().to_string(), rest.chain([target]).collect())
    }

    /// The path for the next request: the first route or the target where it names an address that
    /// this peer can have, else the path the dialog came by.
    pub(crate) fn next_hop(&self) -> Flow {
        let hop = match self.routes.first() {
            Some(route) => NameAddr::parse(Name::Route, route).ok().map(|route| route.uri),
            None => Uri::parse(&self.target).ok(),
        };
        let address = hop
            .and_then(address)
            .filter(|address| !self.pinned && !is_nat(address.ip(), self.flow.remote.ip()));
        match address {
            Some(remote) if remote != self.flow.remote => {
                Flow { remote, connection: 0, ..self.flow }
            }
            _ => self.flow,
        }
    }
}

/// A literal address; names are not resolved here.
fn address(uri: Uri<'_>) -> Option<SocketAddr> {
    let ip = match uri.host()? {
        Host::V4(ip) => IpAddr::V4(ip),
        Host::V6(ip) => IpAddr::V6(ip),
        Host::Name(_) => return None,
    };
    Some(SocketAddr::new(ip, uri.port().unwrap_or(5060)))
}

/// Whether a peer at `seen` that calls itself `stated` sits behind a NAT or does not know itself.
fn is_nat(stated: IpAddr, seen: IpAddr) -> bool {
    stated.is_unspecified() || (is_private(stated) && !is_private(seen))
}

/// Whether an address means something only near its owner (RFC 1918, RFC 6598, RFC 4193).
#[must_use]
pub fn is_private(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let shared = ip.octets()[0] == 100 && (64..128).contains(&ip.octets()[1]);
            ip.is_private() || ip.is_loopback() || ip.is_link_local() || shared
        }
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

/// Our end of a path as the peer should know it.
pub(crate) fn our_address(config: &Config, flow: Flow) -> SocketAddr {
    // A wildcard listener has no address of its own; a neighbour reaches ours without the NAT.
    let hidden = flow.local.ip().is_unspecified() || !is_private(flow.remote.ip());
    match config.advertised {
        Some(ip) if hidden => SocketAddr::new(ip, flow.local.port()),
        _ => flow.local,
    }
}

/// The Via of a request of ours, asking for `rport` (RFC 3581).
pub(crate) fn via(config: &Config, flow: Flow, branch: Branch) -> String {
    let address = our_address(config, flow);
    format!("SIP/2.0/{} {address};rport;branch={branch}", flow.transport)
}

/// Our Contact on a path.
pub(crate) fn contact(config: &Config, user: &str, flow: Flow) -> String {
    let address = our_address(config, flow);
    let at = if user.is_empty() { "" } else { "@" };
    match flow.transport.parameter() {
        None => format!("<sip:{user}{at}{address}>"),
        Some(transport) => format!("<sip:{user}{at}{address};transport={transport}>"),
    }
}
