//! Where a trunk's host names lead: RFC 3263 by NAPTR, SRV and A/AAAA, asked again as answers age.
//!
//! ```text
//!  name ──NAPTR──▶ services ──SRV──▶ hosts, ports, weights ──A, AAAA──▶ targets
//!    └── no NAPTR: SRV for UDP, TCP, TLS · transport given: its SRV · port given: A, AAAA alone
//! ```
//! Nothing waits for the DNS: a task for each trunk asks, and tells the brain. Where the DNS fails,
//! the last answer stands for a day (FAULTS F13).

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hickory_resolver::TokioResolver;
use hickory_resolver::proto::rr::{RData, RecordType};
use routing::{Transport, Trunk, TrunkAddress, TrunkId};
use tokio::task::JoinHandle;

use super::brain::Letter;
use super::inbox::{Class, Inbox};
use crate::switch::{Input, Resolved, rank, transport};

/// The DNS servers that this system is configured with.
pub(super) fn of_system() -> Option<TokioResolver> {
    let built = TokioResolver::builder_tokio().and_then(hickory_resolver::ResolverBuilder::build);
    built.inspect_err(|error| tracing::warn!(%error, "no DNS: only IPs are reached")).ok()
}

/// Asks for every trunk with names, and keeps asking.
#[derive(Debug)]
pub struct Names {
    dns: Option<TokioResolver>,
    inbox: Arc<Inbox<Letter>>,
    asking: Mutex<BTreeMap<TrunkId, JoinHandle<()>>>,
}

impl Names {
    /// Asks the servers that this system is configured with.
    #[must_use]
    pub fn of_system(inbox: Arc<Inbox<Letter>>) -> Self {
        Self { dns: of_system(), inbox, asking: Mutex::default() }
    }

    /// A trunk is new or changed: its names are asked for at once.
    pub fn follow(&self, trunk: &Trunk) {
        self.forget(trunk.id);
        let names = trunk.addresses.iter().any(|address| address.socket().is_none());
        let Some(dns) = self.dns.clone().filter(|_| names) else { return };
        let task = tokio::spawn(keep_asking(dns, trunk.clone(), self.inbox.clone()));
        self.asking().insert(trunk.id, task);
    }

    /// A trunk is gone.
    pub fn forget(&self, trunk: TrunkId) {
        if let Some(task) = self.asking().remove(&trunk) {
            task.abort();
        }
    }

    fn asking(&self) -> std::sync::MutexGuard<'_, BTreeMap<TrunkId, JoinHandle<()>>> {
        self.asking.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where the names of a trunk lead now, by the servers that this system is configured with.
pub async fn once(trunk: &Trunk) -> anyhow::Result<Vec<Resolved>> {
    let dns = TokioResolver::builder_tokio().and_then(hickory_resolver::ResolverBuilder::build)?;
    Ok(find(&dns, trunk).await.targets)
}

async fn keep_asking(dns: TokioResolver, trunk: Trunk, inbox: Arc<Inbox<Letter>>) {
    let mut known: Option<Instant> = None;
    loop {
        let found = find(&dns, &trunk).await;
        let wait = if found.targets.is_empty() {
            tracing::warn!(trunk = %trunk.name, "its names lead nowhere; asked again soon");
            if known.is_some_and(|at| at.elapsed() > STALE_MAX) {
                known = None;
                tell(&inbox, &trunk, vec![]);
            }
            AGE_MIN
        } else {
            known = Some(Instant::now());
            tell(&inbox, &trunk, found.targets);
            found.age.clamp(AGE_MIN, AGE_MAX)
        };
        tokio::time::sleep(wait).await;
    }
}

fn tell(inbox: &Inbox<Letter>, trunk: &Trunk, targets: Vec<Resolved>) {
    let letter = Letter::Input(Input::Resolved(trunk.id, targets));
    if inbox.push(Instant::now(), Class::Desk, letter).is_err() {
        tracing::warn!(trunk = %trunk.name, "the switch is too busy to hear its addresses");
    }
}

/// What the names of a trunk led to.
#[derive(Debug)]
struct Found {
    targets: Vec<Resolved>,
    /// How long the shortest-lived answer is good for.
    age: Duration,
}

/// Asks for each of a trunk's names; those that lead nowhere are left out.
async fn find(dns: &TokioResolver, trunk: &Trunk) -> Found {
    let mut search = Search { dns, targets: vec![], age: AGE_MAX };
    for (address, index) in trunk.addresses.iter().zip(0..) {
        if address.socket().is_none() {
            search.address(address, index).await;
        }
    }
    Found { targets: search.targets, age: search.age }
}

struct Search<'a> {
    dns: &'a TokioResolver,
    targets: Vec<Resolved>,
    age: Duration,
}

/// What SRV says, in the order to be tried.
struct Service {
    transport: Transport,
    host: String,
    port: u16,
    /// From 0, in the order that NAPTR and SRV gave.
    order: u16,
    weight: u16,
}

impl Search<'_> {
    /// RFC 3263 §4.1 and §4.2.
    async fn address(&mut self, address: &TrunkAddress, index: u16) {
        let host = address.host.as_str();
        let mut services = vec![];
        if address.port.is_none() {
            let (names, chosen) = self.services(address).await;
            for (transport, name) in names {
                let first = services.last().map_or(0, |last: &Service| last.order + 1);
                services.extend(self.servers(transport, &name, first).await);
                // Where the carrier has not chosen, the first transport with servers is taken.
                if !chosen && !services.is_empty() {
                    break;
                }
            }
        }
        if services.is_empty() {
            let transport = address.transport.unwrap_or_default();
            let port = address.port.unwrap_or(transport.port());
            let host = host.to_owned();
            services.push(Service { transport, host, port, order: 0, weight: 0 });
        }
        for service in services {
            for ip in self.addresses(&service.host).await {
                self.targets.push(Resolved {
                    address: SocketAddr::new(ip, service.port),
                    transport: transport(service.transport),
                    rank: rank(index, service.order, service.weight),
                });
            }
        }
    }

    /// The names to ask for servers, best first, and whether NAPTR told them.
    async fn services(&mut self, address: &TrunkAddress) -> (Vec<(Transport, String)>, bool) {
        let host = address.host.trim_end_matches('.');
        let usual = |transport: Transport| (transport, format!("{}.{host}.", service(transport)));
        if let Some(transport) = address.transport {
            return (vec![usual(transport)], false);
        }
        let mut naptr: Vec<_> = self
            .ask(&format!("{host}."), RecordType::NAPTR)
            .await
            .into_iter()
            .filter_map(|data| match data {
                RData::NAPTR(naptr) => Some(naptr),
                _ => None,
            })
            .filter(|naptr| naptr.flags.eq_ignore_ascii_case(b"s"))
            .collect();
        naptr.sort_by_key(|naptr| (naptr.order, naptr.preference));
        let told: Vec<_> = naptr
            .iter()
            .filter_map(|naptr| Some((offered(&naptr.services)?, naptr.replacement.to_string())))
            .collect();
        if told.is_empty() {
            return ([Transport::Udp, Transport::Tcp, Transport::Tls].map(usual).to_vec(), false);
        }
        (told, true)
    }

    async fn servers(&mut self, transport: Transport, name: &str, first: u16) -> Vec<Service> {
        let mut servers: Vec<_> = self
            .ask(name, RecordType::SRV)
            .await
            .into_iter()
            .filter_map(|data| match data {
                RData::SRV(srv) => Some(srv),
                _ => None,
            })
            // RFC 2782: a lone root says that the service is decidedly not there.
            .filter(|srv| !srv.target.is_root() && srv.port > 0)
            .collect();
        servers.sort_by_key(|srv| srv.priority);
        let mut order = first;
        let mut before = servers.first().map(|srv| srv.priority);
        let service = |srv: hickory_resolver::proto::rr::rdata::SRV| {
            if before != Some(srv.priority) {
                before = Some(srv.priority);
                order += 1;
            }
            let (host, port) = (srv.target.to_string(), srv.port);
            Service { transport, host, port, order, weight: srv.weight }
        };
        servers.into_iter().take(SERVERS_MAX).map(service).collect()
    }

    async fn addresses(&mut self, host: &str) -> Vec<IpAddr> {
        let name = format!("{}.", host.trim_end_matches('.'));
        match self.dns.lookup_ip(name).await {
            Ok(found) => {
                self.note_age(found.valid_until());
                found.iter().collect()
            }
            Err(error) => {
                tracing::warn!(%host, %error, "cannot resolve");
                vec![]
            }
        }
    }

    /// What there is of that type; an answer that says "none" and no answer are the same here.
    async fn ask(&mut self, name: &str, kind: RecordType) -> Vec<RData> {
        match self.dns.lookup(name, kind).await {
            Ok(found) => {
                self.note_age(found.valid_until());
                found.answers().iter().map(|record| record.data.clone()).collect()
            }
            Err(error) => {
                tracing::debug!(%name, %kind, %error, "no such record");
                vec![]
            }
        }
    }

    fn note_age(&mut self, until: Instant) {
        self.age = self.age.min(until.saturating_duration_since(Instant::now()));
    }
}

/// The label of a transport's servers (RFC 3263 §4.1).
fn service(transport: Transport) -> &'static str {
    match transport {
        Transport::Udp => "_sip._udp",
        Transport::Tcp => "_sip._tcp",
        Transport::Tls => "_sips._tcp",
    }
}

/// The transport of a NAPTR's service field.
fn offered(services: &[u8]) -> Option<Transport> {
    let known = [
        (b"SIP+D2U".as_slice(), Transport::Udp),
        (b"SIP+D2T", Transport::Tcp),
        (b"SIPS+D2T", Transport::Tls),
    ];
    known
        .into_iter()
        .find(|(name, _)| services.eq_ignore_ascii_case(name))
        .map(|(_, transport)| transport)
}

/// How long an answer is kept at the least and at the most, whatever its TTL.
const AGE_MIN: Duration = Duration::from_secs(30);
const AGE_MAX: Duration = Duration::from_hours(1);

/// FAULTS F13.
const STALE_MAX: Duration = Duration::from_hours(24);

/// Servers of one service that are looked at.
const SERVERS_MAX: usize = 16;

#[cfg(test)]
mod tests;
