//! Figures of this moment and since the start, for whoever watches the machine.

use std::collections::BTreeMap;

use admin_api::metrics::Metric;
use sip::Transport;

use super::{Line, Switch};

/// SIP messages since the start, by what carried them.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    received: BTreeMap<Transport, u64>,
    sent: BTreeMap<Transport, u64>,
}

impl Traffic {
    pub(super) fn received(&mut self, transport: Transport) {
        *self.received.entry(transport).or_default() += 1;
    }

    pub(super) fn sent(&mut self, transport: Transport) {
        *self.sent.entry(transport).or_default() += 1;
    }
}

impl Switch {
    /// Every figure, in a fixed order.
    #[must_use]
    pub fn metrics(&self) -> Vec<Metric> {
        let counts = self.sip.counts();
        let lines_up = self.lines.values().filter(|line| matches!(line, Line::Up { .. })).count();
        let by_transport = |counted: &BTreeMap<Transport, u64>| {
            let named = counted.iter().map(|(transport, count)| (transport.to_string(), *count));
            named.collect::<Vec<_>>()
        };
        let mut states: BTreeMap<&'static str, u64> = BTreeMap::new();
        for agent in self.floor.agents() {
            *states.entry(agent.state().name().as_str()).or_default() += 1;
        }
        let states = states.into_iter().map(|(name, count)| (name.to_owned(), count));
        vec![
            Metric::gauge("calls", "Calls that are live.", self.calls.len()),
            Metric::gauge("attempts", "Attempts that are live.", self.attempts.len()),
            Metric::gauge(
                "dialling_held",
                "1 while journal or overload keep campaigns from dialling.",
                usize::from(self.dialling_held().is_some()),
            ),
            Metric::gauge("agent_lines_up", "Agents' lines that are answered.", lines_up),
            Metric::gauge("agents", "Agents, by state.", 0).by("state", states),
            Metric::gauge("sip_legs", "SIP legs that have not ended.", counts.legs),
            Metric::gauge("sip_dialogs", "SIP dialogs, early and confirmed.", counts.dialogs),
            Metric::gauge(
                "sip_transactions",
                "SIP transactions, client and server.",
                counts.transactions,
            ),
            Metric::gauge("sip_bindings", "Contacts that telephones have bound.", counts.bindings),
            Metric::gauge("rtp_ports", "RTP ports that streams hold.", self.streams.ports_taken()),
            Metric::counter(
                "sip_unanswered_total",
                "Requests of scanners, guessers and strangers that got no answer.",
                self.sip.unanswered(),
            ),
            self.quality_metrics(),
            Metric::counter("sip_received_total", "SIP messages received.", 0)
                .by("transport", by_transport(&self.traffic.received)),
            Metric::counter("sip_sent_total", "SIP messages sent.", 0)
                .by("transport", by_transport(&self.traffic.sent)),
        ]
    }
}
