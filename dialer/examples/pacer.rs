//! The pacer behind protocol 1 of the pacing simulator: JSON lines on standard input and output.
//!
//! `dialsim run --policy "ext:target/release/examples/pacer"`; an argument is the cap in percent.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "an example fails by panicking")]

use dialer::AttemptId;
use dialer::pacer::{Doing, Event, Pacer, Policy, Situation};
use routing::AgentId;
use serde_json::{Value, json};
use std::io::{BufRead, Write, stdin, stdout};
use std::time::{Duration, Instant};
use uuid::Uuid;

fn main() {
    let percent: f64 = std::env::args().nth(1).map_or(3.0, |arg| arg.parse().unwrap());
    let explain = std::env::args().nth(2).is_some();
    #[expect(clippy::disallowed_methods, reason = "an epoch for the simulator's clock")]
    let epoch = Instant::now();
    let mut pacer = Pacer::new(epoch, Policy::of(percent / 100.0));
    let (mut out, mut ends) = (stdout().lock(), Duration::ZERO);
    for line in stdin().lock().lines() {
        let request: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let reply = match request["type"].as_str().unwrap() {
            "init" => {
                ends = Duration::from_millis(request["duration_ms"].as_u64().unwrap());
                json!({ "type": "ready" })
            }
            "step" => {
                let at = Duration::from_millis(request["t"].as_u64().unwrap());
                for event in request["ev"].as_array().unwrap().iter().filter_map(read) {
                    pacer.handle(epoch + at, event);
                }
                let situation = situation(&request["s"], ends.saturating_sub(at));
                let verdict = pacer.decide(epoch + at, &situation);
                if let Some(verdict) = verdict.filter(|v| explain && v.dial > 0) {
                    eprintln!("{at:?} {verdict}");
                }
                json!({ "dial": verdict.map_or(0, |verdict| verdict.dial) })
            }
            _ => return,
        };
        writeln!(out, "{reply}").unwrap();
        out.flush().unwrap();
    }
}

fn read(event: &Value) -> Option<Event> {
    let id = |key: &str| Uuid::from_u128(event[key].as_u64().unwrap().into());
    let call = || AttemptId::from(id("c"));
    let agent = |doing| Event::Agent(AgentId::from(id("a")), doing);
    Some(match event["e"].as_str().unwrap() {
        "placed" => Event::Placed(call()),
        "answered" => Event::Answered(call()),
        "live" => Event::Person(call()),
        "machine" => Event::Machine(call()),
        "failed" | "no_answer" => Event::Ended(call()),
        "cancelled" => Event::Cancelled(call()),
        "connected" => Event::Connected(call()),
        "abandoned" => Event::Abandoned(call()),
        "callee_hangup" => Event::HungUp(call()),
        "agent_idle" => agent(Doing::Idle),
        "agent_talk" if event["inbound"] == true => agent(Doing::Inbound),
        "agent_talk" => agent(Doing::Talk),
        "agent_wrap" => agent(Doing::WrapUp),
        "agent_paused" => agent(Doing::Paused),
        "agent_out" => agent(Doing::Out),
        "agent_pending" => Event::Leaving(AgentId::from(id("a"))),
        "in_arrive" => Event::CallerArrived,
        _ => return None,
    })
}

fn situation(state: &Value, window_left: Duration) -> Situation {
    let count = |key: &str| u32::try_from(state[key].as_u64().unwrap()).unwrap();
    let size = |key: &str| usize::try_from(count(key)).unwrap();
    Situation {
        idle: size("idle"),
        waiting: size("waiting"),
        queued: size("inbound_queue"),
        room: size("max_dials"),
        abandoned: count("abandoned"),
        people: count("connected") + count("abandoned") + count("hangups"),
        window_left,
        leads_left: count("leads_left"),
    }
}
