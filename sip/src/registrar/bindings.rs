//! The table of bindings, by account and by expiry.

use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

use super::{Binding, Change};
use crate::endpoint::{Bounds, Flow, RegistrarConfig, Unbound};

/// All bindings of one endpoint.
#[derive(Debug)]
pub(crate) struct Registrar {
    pub(super) config: RegistrarConfig,
    pub(super) bounds: Bounds,
    /// By user; each list sorted by preference, then newest first, and never empty.
    by_user: HashMap<String, Vec<Binding>>,
    /// By expiry and serial.
    expiries: BTreeMap<(Instant, u64), String>,
    serial: u64,
}

impl Registrar {
    pub(crate) fn new(config: RegistrarConfig, bounds: Bounds) -> Self {
        let (by_user, expiries) = (HashMap::new(), BTreeMap::new());
        Self { config, bounds, by_user, expiries, serial: 0 }
    }

    /// An account's contacts, most preferred first.
    pub(crate) fn bindings(&self, user: &str) -> &[Binding] {
        self.by_user.get(user).map(Vec::as_slice).unwrap_or_default()
    }

    /// Bindings of all accounts.
    pub(crate) fn len(&self) -> usize {
        self.expiries.len()
    }

    /// Tells what does not hold: each binding runs out once, and stands before those that are less
    /// preferred or older.
    pub(crate) fn check_invariants(&self) -> Result<(), String> {
        let bound: usize = self.by_user.values().map(Vec::len).sum();
        if bound != self.expiries.len() {
            return Err(format!("{bound} bindings, {} run out", self.expiries.len()));
        }
        for (user, bindings) in &self.by_user {
            if !bindings.is_sorted_by(|a, b| (a.q, a.serial) > (b.q, b.serial)) {
                return Err(format!("the bindings of {user} are not the newest first"));
            }
            let runs_out =
                |one: &Binding| self.expiries.contains_key(&(one.expires_at, one.serial));
            if !bindings.iter().all(runs_out) {
                return Err(format!("a binding of {user} does not run out"));
            }
        }
        Ok(())
    }

    /// When the next binding runs out.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.expiries.first_key_value().map(|((at, _), _)| *at)
    }

    /// Removes what has run out.
    pub(crate) fn expire(&mut self, now: Instant) -> Vec<Change> {
        let mut changes = vec![];
        while let Some(entry) = self.expiries.first_entry() {
            let (at, serial) = *entry.key();
            if at > now {
                break;
            }
            let user = entry.get().clone();
            changes
                .extend(self.remove(&user, Unbound::Expired, |binding| binding.serial == serial));
        }
        changes
    }

    /// Removes the bindings of a stream that closed, in the order of their users.
    pub(crate) fn flow_closed(&mut self, flow: Flow) -> Vec<Change> {
        let on_flow = |binding: &Binding| binding.flow == flow;
        let users = self.by_user.iter().filter(|(_, bindings)| bindings.iter().any(on_flow));
        let mut users: Vec<_> = users.map(|(user, _)| user.clone()).collect();
        users.sort_unstable();
        let closed = users.iter().flat_map(|user| self.remove(user, Unbound::FlowClosed, on_flow));
        closed.collect()
    }

    /// Removes some bindings of one account.
    pub(crate) fn remove(
        &mut self,
        user: &str,
        why: Unbound,
        which: impl Fn(&Binding) -> bool,
    ) -> Vec<Change> {
        let Some(bindings) = self.by_user.get_mut(user) else { return vec![] };
        let removed: Vec<_> = bindings.extract_if(.., |binding| which(binding)).collect();
        if bindings.is_empty() {
            self.by_user.remove(user);
        }
        for binding in &removed {
            self.expiries.remove(&(binding.expires_at, binding.serial));
        }
        let unbound = |binding: Binding| Change::Unbound { user: user.to_owned(), binding, why };
        removed.into_iter().map(unbound).collect()
    }

    /// Adds a binding in its place; at the account's bound the oldest gives way.
    pub(super) fn insert(&mut self, user: &str, mut binding: Binding) -> Vec<Change> {
        self.serial += 1;
        binding.serial = self.serial;
        let mut changes = vec![];
        if self.bindings(user).len() >= self.bounds.bindings_per_account.max(1) {
            let oldest = self.bindings(user).iter().map(|binding| binding.serial).min();
            changes = self.remove(user, Unbound::Displaced, |b| Some(b.serial) == oldest);
        }
        self.expiries.insert((binding.expires_at, binding.serial), user.to_owned());
        let bindings = self.by_user.entry(user.to_owned()).or_default();
        let place = bindings.partition_point(|other| other.q > binding.q);
        bindings.insert(place, binding);
        changes
    }
}
