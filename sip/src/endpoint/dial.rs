//! Where an INVITE of ours goes.

use std::time::Instant;

use super::{Endpoint, Flow, Output, Transport};
use crate::leg::{Destination, Invite, InviteError, Leg, LegId, Plan, UriForm, is_telephone};
use crate::uri::{Uri, escape_user};

impl Endpoint {
    pub(super) fn dial(
        &mut self,
        now: Instant,
        invite: Invite,
        out: &mut Vec<Output>,
    ) -> Result<LegId, InviteError> {
        let bounds = self.config.bounds;
        if self.living >= bounds.legs {
            return Err(InviteError::TooManyLegs(bounds.legs));
        }
        if self.layer.len() >= bounds.transactions {
            return Err(InviteError::TooManyTransactions(bounds.transactions));
        }
        let account = match &invite.to {
            Destination::Account(user) | Destination::Page(user) => Some(user.clone()),
            Destination::Peer { .. }
            | Destination::Carrier { .. }
            | Destination::Address { .. } => None,
        };
        let plan = self.plan(invite)?;
        let id = self.next_leg();
        let mut leg = Leg::call(id, plan, &mut self.context(now, out))?;
        leg.account = account;
        self.legs.insert(id, leg);
        self.living += 1;
        Ok(id)
    }

    fn plan(&self, invite: Invite) -> Result<Plan, InviteError> {
        match &invite.to {
            Destination::Account(user) | Destination::Page(user) => {
                let any = matches!(invite.to, Destination::Account(_));
                let is_page = |flow: Flow| matches!(flow.transport, Transport::Ws | Transport::Wss);
                let mut bindings = self.registrar.bindings(user).iter();
                let Some(binding) = bindings.find(|binding| any || is_page(binding.flow)) else {
                    return Err(InviteError::NotRegistered(user.clone()));
                };
                let to = format!("<sip:{}@{}>", escape_user(user), self.config.realm);
                let (uri, routes) = (binding.contact.clone(), binding.path.clone());
                let (flow, form) = (binding.flow, UriForm::Sip);
                Ok(Plan { uri, to, flow, routes, pinned: true, form, invite })
            }
            Destination::Peer { user, flow, .. } => {
                let (flow, form) = (*flow, UriForm::Sip);
                Ok(straight(carrier_uri(user, None, form, flow), flow, form, invite))
            }
            Destination::Carrier { user, host, form, flow, .. } => {
                let (flow, form) = (*flow, *form);
                let uri = carrier_uri(user, host.as_deref(), form, flow);
                Uri::parse(&uri)
                    .map_err(|bad| InviteError::Malformed { field: "to", why: bad.to_string() })?;
                Ok(straight(uri, flow, form, invite))
            }
            Destination::Address { uri, flow } => {
                let parsed = Uri::parse(uri)
                    .map_err(|bad| InviteError::Malformed { field: "to", why: bad.to_string() })?;
                let (uri, flow) = (parsed.to_buf().without_headers().to_string(), *flow);
                Ok(straight(uri, flow, UriForm::Sip, invite))
            }
        }
    }
}

/// To and Request-URI are the same, and nothing stands between.
fn straight(uri: String, flow: Flow, form: UriForm, invite: Invite) -> Plan {
    let to = format!("<{uri}>");
    Plan { uri, to, flow, routes: vec![], pinned: false, form, invite }
}

/// A number at a carrier; what is no global number cannot be a `tel:` (RFC 3966 §5.1.4).
fn carrier_uri(user: &str, host: Option<&str>, form: UriForm, flow: Flow) -> String {
    if form == UriForm::Tel && is_telephone(user) {
        return format!("tel:{user}");
    }
    let phone = if form == UriForm::Phone { ";user=phone" } else { "" };
    let host = host.map_or_else(|| flow.remote.to_string(), str::to_owned);
    let user = escape_user(user);
    match flow.transport.parameter() {
        None => format!("sip:{user}@{host}{phone}"),
        Some(transport) => format!("sip:{user}@{host};transport={transport}{phone}"),
    }
}
