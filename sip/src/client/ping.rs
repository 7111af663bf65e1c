//! OPTIONS outside a dialog: whether a carrier is there (RFC 3261 §11, INTEROP 25).
//!
//! ```text
//!  ping ──any final answer──▶ Pong { code }
//!     └── none in time, or the path broke ──▶ Pong { code: None }
//! ```
//! Nothing is kept but the transaction, which knows whose question it was.

use std::time::Duration;

use crate::dialog::via;
use crate::endpoint::{Event, Flow};
use crate::header::Name;
use crate::leg::{ALLOW, Context, SDP};
use crate::message::{Method, Unprintable, Writer};
use crate::transaction::{Outgoing, Owner};

/// A question of ours; never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PingId(pub(crate) u64);

/// Asks the far end of `flow`; [`Event::Pong`] follows within `patience`.
pub(crate) fn ask(
    id: PingId,
    flow: Flow,
    host: Option<&str>,
    patience: Duration,
    context: &mut Context<'_>,
) {
    if send(id, flow, host, patience, context).is_err() {
        // A host that cannot be printed answers nobody.
        context.event(Event::Pong { ping: id, code: None });
    }
}

fn send(
    id: PingId,
    flow: Flow,
    host: Option<&str>,
    patience: Duration,
    context: &mut Context<'_>,
) -> Result<(), Unprintable> {
    let branch = context.layer.branch(context.random);
    let there = host.map_or_else(|| flow.remote.to_string(), str::to_owned);
    let uri = match flow.transport.parameter() {
        None => format!("sip:{there}"),
        Some(transport) => format!("sip:{there};transport={transport}"),
    };
    let (tag, call) = (context.random.number(), context.random.number());
    let mut writer = Writer::request(Method::Options, &uri);
    writer.header(Name::Via, via(context.config, flow, branch));
    writer.header(Name::MaxForwards, 70);
    let realm = &context.config.realm;
    writer.header(Name::From, format_args!("<sip:{realm}>;tag={tag:016x}"));
    writer.header(Name::To, format_args!("<{uri}>"));
    writer.header(Name::CallId, format_args!("{call:016x}"));
    writer.header(Name::CSeq, "1 OPTIONS");
    writer.header(Name::Allow, ALLOW);
    writer.header(Name::Accept, SDP);
    writer.header(Name::UserAgent, &context.config.user_agent);
    let bytes = writer.finish()?;
    let (method, owner) = (Method::Options, Owner::Ping(id));
    let question = Outgoing { branch, method, flow, bytes, owner, patience: Some(patience) };
    context.layer.start(context.now, question, context.out);
    Ok(())
}
