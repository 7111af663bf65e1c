//! `cordboard pacer --stdio`: the pacer behind protocol 1 of the pacing simulator.
//!
//! JSON lines, one reply line for each request line:
//!
//! ```text
//!  {"type":"init",…}               ▶ {"type":"ready"}
//!  {"type":"step","t","ev","s"}    ▶ {"dial":2} or {"dial":0,"cancel":[17]}
//!  {"type":"end"}                  the reading ends; so does the end of the input
//! ```
//! It is the pacer of production fed with the simulator's events; nothing else decides here. The
//! simulator's clock is the only one, so the same lines in give the same lines out.

use std::io::{self, BufRead, Write};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use dialer::AttemptId;
use dialer::pacer::{Doing, Event, Pacer, Policy, STEPS, Situation};
use routing::AgentId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::cli::Pacing;

/// Answers every request of `input` until it ends.
pub fn run(how: &Pacing, input: impl BufRead, mut output: impl Write) -> anyhow::Result<()> {
    let mut session: Option<Session> = None;
    for (number, line) in input.lines().enumerate() {
        let line = line?;
        let at = || format!("line {}", number + 1);
        let reply = match serde_json::from_str(&line).with_context(at)? {
            Request::Init(init) => {
                if init.protocol != PROTOCOL {
                    bail!("{}: protocol: expected {PROTOCOL}, not {}", at(), init.protocol);
                }
                session = Some(Session::new(how, &init));
                READY.to_owned()
            }
            Request::Step(step) => match &mut session {
                Some(session) => serde_json::to_string(&session.step(&step))?,
                None => bail!("{}: a step before the init", at()),
            },
            Request::End => break,
        };
        writeln!(output, "{reply}")?;
        output.flush()?;
    }
    if let Some(explained) = session.and_then(|session| session.slowest(how)) {
        writeln!(io::stderr(), "{explained}")?;
    }
    Ok(())
}

const PROTOCOL: u32 = 1;
const READY: &str = r#"{"type":"ready"}"#;

/// One campaign of the simulator.
struct Session {
    pacer: Pacer,
    epoch: Instant,
    ends: Duration,
    /// What each decision cost, in ns of the wall clock; never part of a reply.
    costs_ns: Vec<u64>,
}

impl Session {
    fn new(how: &Pacing, init: &Init) -> Self {
        let cap = how.cap_percent.map_or(init.max_abandon, |percent| percent / 100.0);
        let policy = if how.strict { Policy::strict(cap) } else { Policy::of(cap) };
        let give_up_after = (!how.keep_ringing).then(|| Duration::from_millis(init.min_ring_ms));
        let epoch = Instant::now();
        let pacer = Pacer::new(epoch, Policy { give_up_after, ..policy });
        // A strict campaign may be judged at any moment: it has no later answers to borrow from.
        let ends = Duration::from_millis(if how.strict { 0 } else { init.duration_ms });
        Self { pacer, epoch, ends, costs_ns: vec![] }
    }

    fn step(&mut self, step: &Step) -> Reply {
        let at = Duration::from_millis(step.t);
        let now = self.epoch + at;
        for event in step.ev.iter().filter_map(Told::event) {
            self.pacer.handle(now, event);
        }
        let begun = Instant::now();
        let verdict = self.pacer.decide(now, &step.s.situation(self.ends.saturating_sub(at)));
        let cost_ns = begun.elapsed().as_nanos();
        let Some(verdict) = verdict else { return Reply::default() };
        if self.costs_ns.len() < COSTS_MAX {
            self.costs_ns.push(u64::try_from(cost_ns).unwrap_or(u64::MAX));
        }
        let cancel = verdict.give_up.map(number).into_iter().collect();
        Reply { dial: verdict.dial, cancel }
    }

    /// The decisions' cost in one sentence, where it was asked for.
    fn slowest(mut self, how: &Pacing) -> Option<String> {
        self.costs_ns.sort_unstable();
        let last = self.costs_ns.len().checked_sub(1).filter(|_| how.costs)?;
        let us = |share: usize| self.costs_ns[last * share / 1_000] / 1_000;
        let (p50, p99, most) = (us(500), us(990), us(1_000));
        Some(format!("{} decisions: p50 {p50} us, p99 {p99} us, max {most} us", last + 1))
    }
}

/// Decisions whose cost is remembered: a day of them.
const COSTS_MAX: usize = 1_000_000;

/// A request line.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Request {
    Init(Init),
    Step(Box<Step>),
    End,
}

/// What a dialler is configured with; `run` and the rest of the line are not read.
#[derive(Debug, Deserialize)]
struct Init {
    protocol: u32,
    duration_ms: u64,
    max_abandon: f64,
    min_ring_ms: u64,
}

#[derive(Debug, Deserialize)]
struct Step {
    t: u64,
    ev: Vec<Told>,
    s: State,
}

/// One event: `c` is a call, `a` an agent.
#[derive(Debug, Deserialize)]
struct Told {
    e: String,
    #[serde(default)]
    c: u64,
    #[serde(default)]
    a: u64,
    #[serde(default)]
    inbound: bool,
}

impl Told {
    /// The pacer's event; none for those that it has no use for.
    fn event(&self) -> Option<Event> {
        let call = || AttemptId::from(Uuid::from_u128(self.c.into()));
        let agent = AgentId::from(Uuid::from_u128(self.a.into()));
        let does = |doing| Event::Agent(agent, doing);
        Some(match self.e.as_str() {
            "placed" => Event::Placed(call()),
            "ringing" => Event::Rings(call()),
            "answered" => Event::Answered(call()),
            "live" => Event::Person(call()),
            "machine" => Event::Machine(call()),
            "failed" | "no_answer" => Event::Ended(call()),
            "cancelled" => Event::Cancelled(call()),
            "connected" => Event::Connected(call()),
            "abandoned" => Event::Abandoned(call()),
            "callee_hangup" => Event::HungUp(call()),
            "agent_idle" => does(Doing::Idle),
            "agent_talk" if self.inbound => does(Doing::Inbound),
            "agent_talk" => does(Doing::Talk),
            "agent_wrap" => does(Doing::WrapUp),
            "agent_paused" => does(Doing::Paused),
            "agent_out" => does(Doing::Out),
            "agent_pending" => Event::Leaving(agent),
            "in_arrive" => Event::CallerArrived,
            _ => return None,
        })
    }
}

/// The state that comes with every step.
#[derive(Debug, Deserialize)]
struct State {
    idle: u32,
    waiting: u32,
    inbound_queue: u32,
    max_dials: u32,
    connected: u32,
    abandoned: u32,
    hangups: u32,
    leads_left: u64,
}

impl State {
    fn situation(&self, window_left: Duration) -> Situation {
        let size = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
        Situation {
            idle: size(self.idle),
            waiting: size(self.waiting),
            queued: size(self.inbound_queue),
            room: size(self.max_dials),
            abandoned: self.abandoned.into(),
            people: f64::from(self.connected) + f64::from(self.abandoned + self.hangups),
            charged: 0.0,
            window_left,
            leads_left: u32::try_from(self.leads_left).unwrap_or(u32::MAX),
            rivals: [0.0; STEPS],
        }
    }
}

/// The reply to a step.
#[derive(Debug, Default, Serialize)]
struct Reply {
    dial: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cancel: Vec<u64>,
}

/// The simulator's number of a call.
fn number(call: AttemptId) -> u64 {
    u64::try_from(call.as_uuid().as_u128()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOW: Pacing =
        Pacing { stdio: true, cap_percent: None, strict: false, keep_ringing: false, costs: false };

    const INIT: &str = r#"{"type":"init","protocol":1,"run":"any#1","duration_ms":3600000,
        "max_abandon":0.03,"connect_limit_ms":2000,"ring_timeout_ms":25000,"min_ring_ms":15000,
        "amd":true,"trunks":100,"cps":10.0,"tick_ms":250,"list_size":1000,"inbound":false}"#;

    fn step(t: u64, ev: &str, idle: u32) -> String {
        format!(
            r#"{{"type":"step","t":{t},"ev":[{ev}],"s":{{"t_ms":{t},"idle":{idle},"talking":0,
            "wrapping":0,"paused":0,"logged":{idle},"in_flight":0,"waiting":0,"inbound_queue":0,
            "dials":0,"live":0,"connected":0,"abandoned":0,"hangups":0,"leads_left":1000,
            "max_dials":100,"connected_now":0}}}}"#
        )
    }

    /// Runs a conversation; each request is one line whatever its layout above.
    fn converse(requests: &[String]) -> anyhow::Result<Vec<String>> {
        let lines: Vec<_> = requests.iter().map(|line| line.replace('\n', " ")).collect();
        let mut replies = vec![];
        run(&HOW, lines.join("\n").as_bytes(), &mut replies)?;
        Ok(String::from_utf8(replies)?.lines().map(str::to_owned).collect())
    }

    #[test]
    fn it_is_ready_and_dials_for_the_agents_who_are_idle() {
        let agents = r#"{"e":"agent_idle","a":0},{"e":"agent_idle","a":1}"#;
        let end = r#"{"type":"end"}"#.to_owned();
        let replies = converse(&[INIT.to_owned(), step(0, agents, 2), end]).unwrap();
        assert_eq!(replies[0], r#"{"type":"ready"}"#);
        let dial: serde_json::Value = serde_json::from_str(&replies[1]).unwrap();
        assert!((2..=6).contains(&dial["dial"].as_u64().unwrap()), "{dial}");
        assert_eq!(replies.len(), 2, "an end has no reply");
    }

    /// The same input gives the same output, byte for byte.
    #[test]
    fn the_same_lines_give_the_same_replies() {
        let mut lines = vec![INIT.to_owned(), step(0, r#"{"e":"agent_idle","a":0}"#, 1)];
        for n in 0..200_u64 {
            let events = [
                format!(r#"{{"e":"placed","c":{n}}}"#),
                format!(r#"{{"e":"no_answer","c":{}}}"#, n.saturating_sub(20)),
            ];
            lines.push(step(1_000 * (n + 1), &events.join(","), 1));
        }
        assert_eq!(converse(&lines).unwrap(), converse(&lines).unwrap());
    }

    #[test]
    fn what_is_not_the_protocol_is_refused_by_its_line_and_field() {
        let wrong = INIT.replace(r#""protocol":1"#, r#""protocol":2"#);
        for (requests, expected) in [
            (vec![wrong], "line 1: protocol: expected 1, not 2"),
            (vec![step(0, "", 1)], "line 1: a step before the init"),
            (vec![INIT.to_owned(), "dial!".to_owned()], "line 2"),
            (vec![INIT.replace(r#""min_ring_ms":15000,"#, "")], "line 1"),
        ] {
            let told = converse(&requests).unwrap_err().to_string();
            assert_eq!(told, expected);
        }
    }
}
