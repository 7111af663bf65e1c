//! The brain's thread: inputs in, outputs carried to the edges.
//!
//! One pass takes one input, or a tick when a deadline has come, and carries out what the switch
//! wants. Deadlines are looked at before each input, so a flood cannot hold timers back.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use admin_api::live::Hub;
use dialer::LeadId;
use dialer::pacer::HourOfWeek;
use jiff::Timestamp;
use media::Plane;
use routing::{CampaignId, Verdict};
use sip::Transport;
use store::leads::Reconsidered;
use store::{Entry, Journal};
use tokio::sync::{mpsc, oneshot};

use super::connections::Connections;
use super::control::Replies;
use super::inbox::{Class, Inbox};
use super::udp::Udp;
use crate::switch::{Asked, Input, LeftOver, Now, Output, Proof, Refill, Switch};

/// What waits in the brain's inbox.
#[derive(Debug)]
pub enum Letter {
    /// For the switch.
    Input(Input),
    /// A question about the switch itself; the answer goes to whoever asked.
    Inspect(oneshot::Sender<Inspection>),
}

/// What an inspection found.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// The first invariant that does not hold.
    pub fault: Option<String>,
    /// What is alive.
    pub left_over: LeftOver,
}

/// What the store is asked by the brain; the answers come back as letters.
#[derive(Debug)]
pub enum Question {
    /// Leads that a campaign may dial.
    Refill(Refill),
    /// One lead, whose promised call is due.
    Fetch(CampaignId, LeadId),
    /// What a campaign's pacer knew in this hour of another week.
    Recall(CampaignId, HourOfWeek),
    /// Leads that are not to be read for a campaign before their time.
    Defer(CampaignId, Vec<(LeadId, Timestamp)>),
    /// A campaign's leads are to be looked at anew.
    Reconsider(Reconsidered),
}

/// Where the brain's outputs go.
pub struct Edges {
    /// SIP over UDP.
    pub udp: Udp,
    /// SIP over everything else.
    pub connections: Connections,
    /// RTP.
    pub plane: Plane,
    /// What happened.
    pub journal: Journal,
    /// The newest entry that is durable, as the journal's thread says.
    pub durable: Arc<AtomicU64>,
    /// The store.
    pub questions: mpsc::Sender<Question>,
    /// Leads and servers, for calls in workflows.
    pub asking: mpsc::Sender<Asked>,
    /// PINs of agents who call in.
    pub proving: mpsc::Sender<Proof>,
    /// Whoever waits for an answer.
    pub replies: Arc<Replies>,
    /// Whoever watches.
    pub hub: Arc<Hub>,
}

/// Runs the switch until the inbox is closed and empty, then ends the edges it owns.
///
/// `out` is what the switch wanted done while it was set up.
pub fn run(mut switch: Switch, mut out: Vec<Output>, inbox: &Inbox<Letter>, mut edges: Edges) {
    let mut backlog = Backlog::default();
    for output in out.drain(..) {
        edges.carry(output, &mut backlog, inbox);
    }
    let mut durable = 0;
    // After a tick the inbox comes first, so that no deadline however wrong can starve it.
    let mut ticked = false;
    let mut strained = false;
    loop {
        let now = clock();
        let newest = edges.durable.load(Ordering::Acquire);
        let input = if inbox.is_strained(now.at) != strained {
            strained = !strained;
            Some(Input::Strain(strained))
        } else if newest > durable {
            durable = newest;
            Some(Input::Durable(newest))
        } else if !ticked && switch.deadline(now).is_some_and(|at| at <= now.at) {
            ticked = true;
            Some(Input::Tick)
        } else if let Some(news) = backlog.news(&mut edges.journal) {
            Some(news)
        } else {
            ticked = false;
            match inbox.pop(Instant::now, switch.deadline(now)) {
                Some(Letter::Input(input)) => Some(input),
                Some(Letter::Inspect(asked)) => {
                    let fault = switch.check().err();
                    let left_over = switch.left_over();
                    drop(asked.send(Inspection { fault, left_over }));
                    None
                }
                None if inbox.is_drained() => break,
                None => None,
            }
        };
        let Some(input) = input else { continue };
        switch.handle(clock(), input, &mut out);
        for output in out.drain(..) {
            edges.carry(output, &mut backlog, inbox);
        }
    }
    edges.end(backlog);
}

impl Edges {
    fn carry(&mut self, output: Output, backlog: &mut Backlog, inbox: &Inbox<Letter>) {
        match output {
            Output::Send(flow, bytes) => match flow.transport {
                Transport::Udp => {
                    if let Err(error) = self.udp.send(&flow, &bytes) {
                        tracing::debug!(to = %flow.remote, %error, "cannot send SIP");
                        let failed = Letter::Input(Input::FlowFailed(flow));
                        // Full: the transaction times out instead.
                        let _ = inbox.push(Instant::now(), Class::Running, failed);
                    }
                }
                _ => self.connections.send(&flow, bytes),
            },
            Output::Media(command) => self.plane.send(command),
            Output::Journal(entry) => backlog.append(&mut self.journal, entry),
            Output::Refill(refill) => self.ask(Question::Refill(refill)),
            Output::Fetch(campaign, lead) => self.ask(Question::Fetch(campaign, lead)),
            Output::Recall(campaign, hour) => self.ask(Question::Recall(campaign, hour)),
            Output::Defer(campaign, leads) => self.ask(Question::Defer(campaign, leads)),
            Output::Reconsider(campaign) => self.ask(Question::Reconsider(campaign)),
            Output::Ask(asked) => {
                if let Err(refused) = self.asking.try_send(asked) {
                    let (mpsc::error::TrySendError::Full(asked)
                    | mpsc::error::TrySendError::Closed(asked)) = refused;
                    tracing::warn!(call = %asked.call, "a workflow's question has no answer");
                }
            }
            Output::Prove(proof) => {
                let (call, ticket) = (proof.call, proof.ticket);
                if self.proving.try_send(proof).is_err() {
                    tracing::warn!(%call, "too many PINs wait to be proven: this one is not");
                    let none = Input::Proved(call, ticket, Verdict::NotProven);
                    // Full: the caller's time for the proof runs out.
                    let _ = inbox.push(Instant::now(), Class::Running, Letter::Input(none));
                }
            }
            Output::Reply(ticket, reply) => self.replies.answer(ticket, reply),
            Output::Live(event) => drop(self.hub.publish(event)),
            Output::Warn(what) => tracing::warn!("{what}"),
        }
    }

    /// A store that is behind answers later: the campaign asks again by itself.
    fn ask(&self, question: Question) {
        if self.questions.try_send(question).is_err() {
            tracing::warn!("the store is behind: a question was dropped");
        }
    }

    fn end(mut self, mut backlog: Backlog) {
        self.udp.stop();
        self.plane.stop();
        backlog.retry(&mut self.journal);
        if !backlog.entries.is_empty() {
            tracing::error!(lost = backlog.entries.len(), "journal entries were never written");
        }
        // Dropping the journal writes what is queued.
    }
}

/// Entries that the journal could not take; nothing is dialled while there are any.
#[derive(Default)]
struct Backlog {
    entries: VecDeque<Entry>,
    lost: u64,
    told: bool,
}

impl Backlog {
    fn append(&mut self, journal: &mut Journal, entry: Entry) {
        if self.entries.is_empty() && journal.append(&entry).is_ok() {
            return;
        }
        if self.entries.len() < BACKLOG_MAX {
            self.entries.push_back(entry);
        } else {
            self.lost += 1;
            if self.lost.is_power_of_two() {
                tracing::error!(lost = self.lost, "the journal takes nothing: records are lost");
            }
        }
    }

    fn retry(&mut self, journal: &mut Journal) {
        while let Some(entry) = self.entries.front() {
            if journal.append(entry).is_err() {
                return;
            }
            self.entries.pop_front();
        }
    }

    /// What the switch has to be told, when the journal fell behind or caught up.
    fn news(&mut self, journal: &mut Journal) -> Option<Input> {
        self.retry(journal);
        let behind = !self.entries.is_empty();
        if behind == self.told {
            return None;
        }
        self.told = behind;
        Some(Input::JournalTrouble(behind.then(|| "the journal is behind".to_owned())))
    }
}

/// Both clocks at this moment.
#[must_use]
pub fn clock() -> Now {
    Now { at: Instant::now(), wall: Timestamp::now() }
}

/// Entries kept in memory while the journal takes none: minutes of a busy floor.
const BACKLOG_MAX: usize = 1 << 18;
