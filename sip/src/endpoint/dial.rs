//! Where an INVITE of ours goes.

use std::time::Instant;

use super::{Endpoint, Output};
use crate::leg::{Destination, Invite, InviteError, Leg, LegId, Plan};
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
            Destination::Account(user) => Some(user.clone()),
            Destination::Peer { .. } | Destination::Address { .. } => None,
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
            Destination::Account(user) => {
                let binding = self.registrar.bindings(user).first();
                let Some(binding) = binding else {
                    return Err(InviteError::NotRegistered(user.clone()));
                };
                let to = format!("<sip:{}@{}>", escape_user(user), self.config.realm);
                let (uri, routes) = (binding.contact.clone(), binding.path.clone());
                Ok(Plan { uri, to, flow: binding.flow, routes, pinned: true, invite })
            }
            Destination::Peer { user, flow, .. } => {
                let (user, remote, flow) = (escape_user(user), flow.remote, *flow);
                let uri = match flow.transport.parameter() {
                    None => format!("sip:{user}@{remote}"),
                    Some(transport) => format!("sip:{user}@{remote};transport={transport}"),
                };
                let to = format!("<{uri}>");
                Ok(Plan { uri, to, flow, routes: vec![], pinned: false, invite })
            }
            Destination::Address { uri, flow } => {
                let parsed = Uri::parse(uri)
                    .map_err(|bad| InviteError::Malformed { field: "to", why: bad.to_string() })?;
                let (uri, flow) = (parsed.to_buf().without_headers().to_string(), *flow);
                let to = format!("<{uri}>");
                Ok(Plan { uri, to, flow, routes: vec![], pinned: false, invite })
            }
        }
    }
}
