//! The doctor's own end of SIP: one socket, connections as trunks want them, and an endpoint that
//! asks by OPTIONS and takes no call.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use config::{Config, Tls};
use sip::{Endpoint, Event, Flow, Output, PingId, Transport};
use tokio::sync::{mpsc, watch};

use crate::io::certificates::Certificates;
use crate::io::connections::{Connections, Heard};
use crate::io::udp::Udp;
use crate::switch::Resolved;

/// Asks by OPTIONS, over any transport that a trunk may have.
pub(super) struct Line {
    endpoint: Endpoint,
    udp: Udp,
    connections: Connections,
    heard: mpsc::Receiver<Heard>,
    out: Vec<Output>,
    events: VecDeque<Event>,
    /// Ends the connections when dropped.
    _stop: watch::Sender<bool>,
}

impl Line {
    pub(super) fn open(config: &Config) -> anyhow::Result<Self> {
        let (tell, heard) = mpsc::channel(HEARD_MAX);
        let (stop, stopped) = watch::channel(false);
        let client = certificates(config)?.client(config.certificates.trunk_ca.as_deref())?;
        let told = tell.clone();
        let connections =
            Connections::new(tokio::runtime::Handle::current(), stopped, client, move |heard| {
                // Who says that much is not answering a question.
                let _ = told.try_send(heard);
            });
        let v4: SocketAddr = (Ipv4Addr::UNSPECIFIED, 0).into();
        let v6: SocketAddr = (Ipv6Addr::UNSPECIFIED, 0).into();
        // A machine without IPv6 still has a doctor.
        let mut udp = Udp::bind(&[v4, v6]).or_else(|_| Udp::bind(&[v4])).context("no UDP")?;
        udp.receive(move |flow, bytes| {
            let _ = tell.try_send(Heard::Message(flow, bytes));
        })?;
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).context("the system has no randomness")?;
        let endpoint = Endpoint::new(sip::Config::new(config.sip.realm.clone()), seed);
        let (out, events) = (vec![], VecDeque::new());
        Ok(Self { endpoint, udp, connections, heard, out, events, _stop: stop })
    }

    /// The final answer to an OPTIONS; none when nothing came in time.
    pub(super) async fn ask(&mut self, there: Resolved, host: Option<&str>) -> Option<u16> {
        if let Some(name) = host {
            self.connections.name(there.address, name);
        }
        let flow = self.path(there);
        let (endpoint, out) = (&mut self.endpoint, &mut self.out);
        let asked = endpoint.ping(Instant::now(), flow, host, PATIENCE, out);
        self.carry();
        // The question's own timer ends it; this is for a machine that stands still.
        tokio::time::timeout(PATIENCE * 2, self.answer(asked)).await.ok().flatten()
    }

    pub(super) fn close(&mut self) {
        self.udp.stop();
    }

    async fn answer(&mut self, asked: PingId) -> Option<u16> {
        loop {
            while let Some(event) = self.events.pop_front() {
                match event {
                    Event::Pong { ping, code } if ping == asked => return code,
                    _ => {}
                }
            }
            let due = self.endpoint.deadline().unwrap_or_else(|| Instant::now() + PATIENCE);
            let (endpoint, out) = (&mut self.endpoint, &mut self.out);
            tokio::select! {
                heard = self.heard.recv() => match heard? {
                    Heard::Message(flow, bytes) => {
                        endpoint.receive(Instant::now(), flow, bytes, out);
                    }
                    Heard::Unframed(flow, _) | Heard::Closed(flow) => {
                        endpoint.flow_closed(Instant::now(), flow, out);
                    }
                    Heard::Failed(flow) => endpoint.transport_failed(Instant::now(), flow, out),
                },
                () = tokio::time::sleep_until(due.into()) => endpoint.tick(Instant::now(), out),
            }
            self.carry();
        }
    }

    fn carry(&mut self) {
        for output in std::mem::take(&mut self.out) {
            match output {
                Output::Event(event) => self.events.push_back(event),
                Output::Send { flow, bytes } if flow.transport == Transport::Udp => {
                    if self.udp.send(&flow, &bytes).is_err() {
                        let out = &mut self.out;
                        self.endpoint.transport_failed(Instant::now(), flow, out);
                    }
                }
                Output::Send { flow, bytes } => self.connections.send(&flow, bytes),
            }
        }
        let told = std::mem::take(&mut self.out).into_iter().filter_map(|output| match output {
            Output::Event(event) => Some(event),
            Output::Send { .. } => None,
        });
        self.events.extend(told);
    }

    fn path(&self, there: Resolved) -> Flow {
        let family = |local: &SocketAddr| local.is_ipv4() == there.address.is_ipv4();
        let local = self.udp.addresses().find(family);
        let local = local.unwrap_or_else(|| match there.address.ip() {
            IpAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
            IpAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
        });
        let (remote, transport) = (there.address, there.transport);
        Flow { transport, local, remote, connection: 0 }
    }
}

/// What we show to a carrier that asks for a certificate; nothing is made where none is there yet.
fn certificates(config: &Config) -> anyhow::Result<std::sync::Arc<Certificates>> {
    let mut pairs = config.certificates.sip.clone();
    if let (Tls::Files { certificate, key }, true) = (&config.http.tls, pairs.is_empty()) {
        pairs.push(config::KeyPair { certificate: certificate.clone(), key: key.clone() });
    }
    let is_there = |path: &Path| path.exists();
    pairs.retain(|pair| is_there(&pair.certificate) && is_there(&pair.key));
    // What is broken has a finding of its own.
    Certificates::load(pairs).or_else(|_| Certificates::load(vec![]))
}

/// How long whoever is asked may take.
const PATIENCE: Duration = Duration::from_secs(4);

const HEARD_MAX: usize = 64;
