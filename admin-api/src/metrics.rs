//! `/metrics`: counters and levels of the running switch, as Prometheus reads them.
//!
//! A scraper has no session: it is known by its address, which the configuration lists
//! (`http.metrics_from`). Nothing here names a person or a number.

use std::fmt::Write as _;

use axum::extract::{Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use store::webhooks::outbox::Health;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::control::{Command, Reply};
use crate::identity::gate;
use crate::problem::Problem;
use crate::router::Refusals;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(read))
}

/// One figure, for each set of labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Without the prefix `cordboard_`; a counter's ends in `_total`.
    pub name: &'static str,
    /// What it says.
    pub help: &'static str,
    /// Whether it only rises.
    pub is_counter: bool,
    /// Its values, each with at most one label.
    pub samples: Vec<(Option<(&'static str, String)>, u64)>,
}

impl Metric {
    /// A figure that only rises, since the start.
    #[must_use]
    pub fn counter(name: &'static str, help: &'static str, value: u64) -> Self {
        Self { name, help, is_counter: true, samples: vec![(None, value)] }
    }

    /// A figure of this moment.
    #[must_use]
    pub fn gauge(name: &'static str, help: &'static str, value: usize) -> Self {
        let value = u64::try_from(value).unwrap_or(u64::MAX);
        Self { name, help, is_counter: false, samples: vec![(None, value)] }
    }

    /// The same figure for each value of a label.
    #[must_use]
    pub fn by(self, label: &'static str, values: impl IntoIterator<Item = (String, u64)>) -> Self {
        let samples = values.into_iter().map(|(name, value)| (Some((label, name)), value));
        Self { samples: samples.collect(), ..self }
    }
}

/// Gives the counters of the switch in Prometheus' text format.
#[utoipa::path(get, path = "/metrics", tag = "health", operation_id = "read_metrics",
    security(()),
    responses((status = 200, body = String, content_type = "text/plain"), Refusals))]
async fn read(State(api): State<Api>, request: Request) -> Result<Response, Problem> {
    let (parts, _) = request.into_parts();
    let source = gate::source(&api, &parts).to_canonical();
    if !api.settings().metrics_from.contains(&source) {
        return Err(Problem::not_found("resource"));
    }
    match api.command(Command::Metrics).await? {
        Reply::Metrics(mut metrics) => {
            metrics.extend(of_webhooks(&api).await?);
            let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
            Ok((kind, print(&metrics)).into_response())
        }
        other => Err(Problem::internal(format!("the switch answered {other:?}"))),
    }
}

/// How webhooks fare, all together.
async fn of_webhooks(api: &Api) -> Result<[Metric; 2], Problem> {
    let health = api.store().outbox().health().await?;
    let all = |of: fn(&Health) -> u64| health.values().map(of).sum();
    let deliveries = [
        ("waiting".to_owned(), all(|one| one.waiting)),
        ("dead".to_owned(), all(|one| one.dead)),
        ("lost".to_owned(), all(|one| one.lost)),
    ];
    let paused = health.values().filter(|one| one.paused_at.is_some()).count();
    Ok([
        Metric::gauge("webhook_messages", "Messages of webhooks that are not delivered.", 0)
            .by("state", deliveries),
        Metric::gauge("webhooks_paused", "Webhooks that failed for too long.", paused),
    ])
}

fn print(metrics: &[Metric]) -> String {
    let mut text = String::new();
    // A String takes every write.
    for Metric { name, help, is_counter, samples } in metrics {
        let kind = if *is_counter { "counter" } else { "gauge" };
        let _ = writeln!(text, "# HELP cordboard_{name} {help}");
        let _ = writeln!(text, "# TYPE cordboard_{name} {kind}");
        for (label, value) in samples {
            let _ = match label {
                None => writeln!(text, "cordboard_{name} {value}"),
                Some((label, word)) => {
                    let word = word.replace('\\', r"\\").replace('"', r#"\""#).replace('\n', r"\n");
                    writeln!(text, "cordboard_{name}{{{label}=\"{word}\"}} {value}")
                }
            };
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text format 0.0.4: a label's value escapes backslash, quote and line feed.
    #[test]
    fn figures_are_printed_as_prometheus_reads_them() {
        let metrics = [
            Metric::gauge("calls", "Calls that are live.", 3),
            Metric::counter("sip_messages_total", "SIP messages.", 0)
                .by("transport", [("UDP".to_owned(), 7), ("a\"\\\n".to_owned(), 1)]),
        ];
        let expected = "# HELP cordboard_calls Calls that are live.\n\
            # TYPE cordboard_calls gauge\n\
            cordboard_calls 3\n\
            # HELP cordboard_sip_messages_total SIP messages.\n\
            # TYPE cordboard_sip_messages_total counter\n\
            cordboard_sip_messages_total{transport=\"UDP\"} 7\n\
            cordboard_sip_messages_total{transport=\"a\\\"\\\\\\n\"} 1\n";
        assert_eq!(print(&metrics), expected);
    }
}
