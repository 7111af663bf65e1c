//! What a leg is made of, and its timers.

use std::time::Instant;

use bytes::Bytes;

use super::call::Calling;
use super::context::{Context, Received};
use super::forks::Forks;
use super::invite::Credentials;
use super::probe::Probe;
use super::refer::Referring;
use super::refresh::{Session, USUAL};
use super::reliable::Reliability;
use super::repeat::Repeat;
use super::{LegId, Q850};
use crate::dialog::Dialog;
use crate::endpoint::{Event, Flow, MergeKey, Side};
use crate::header::{Name, Replaces};
use crate::message::{Method, Unprintable, Writer};
use crate::transaction::{ClientId, Outgoing, Owner, ServerId};

/// One leg.
#[derive(Debug)]
pub(crate) struct Leg {
    pub(crate) id: LegId,
    /// Our tag, which leads requests of the far side here.
    pub(super) tag: String,
    pub(super) state: State,
    /// Before the answer to our INVITE: what every fork starts from.
    pub(super) dialog: Dialog,
    pub(super) forks: Forks,
    pub(super) exchange: Exchange,
    /// A question whether the far side is there.
    pub(super) probe: Option<Probe>,
    /// The session timer, once agreed.
    pub(super) session: Option<Session>,
    /// What our INVITE proposes, in seconds.
    pub(super) session_seconds: u32,
    /// The description last agreed on by us, for a refresh by re-INVITE.
    pub(super) local_sdp: Option<Bytes>,
    /// A REFER of the far side.
    pub(super) referring: Option<Referring>,
    /// An offer that waits for the exchange before it.
    pub(super) queued: Option<Bytes>,
    pub(super) credentials: Option<Credentials>,
    /// Whether the INVITE, and with it the Call-ID, is ours.
    pub(super) ours: bool,
    /// Whether a challenge to our BYE has been answered.
    pub(super) bye_proven: bool,
    /// Client transactions of this leg that are not over.
    pub(super) live: usize,
    /// Whether its end has been told.
    pub(super) ended: bool,
    /// The account at the far end, if it is one.
    pub(crate) account: Option<String>,
    /// What copies of their INVITE share.
    pub(crate) merge_key: Option<MergeKey>,
    /// When the endpoint will wake it.
    pub(crate) armed: Option<Instant>,
}

#[derive(Debug)]
pub(super) enum State {
    /// Our INVITE has no final answer.
    Calling(Box<Calling>),
    /// Their INVITE has no final answer.
    Incoming(Box<Incoming>),
    /// Our 2xx waits for its ACK.
    Answered(Box<Answered>),
    Confirmed,
    /// Nothing is sent any more but what answers a late message.
    Over,
}

#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) server: ServerId,
    pub(super) received: Received,
    /// The last provisional response, which is repeated lest a proxy forget the call (I9).
    pub(super) ringing: Option<Ringing>,
    /// What is owed and known of reliable responses.
    pub(super) reliable: Reliability,
}

#[derive(Debug)]
pub(super) struct Ringing {
    pub(super) code: u16,
    pub(super) bytes: Bytes,
    pub(super) again: Instant,
}

#[derive(Debug)]
pub(super) struct Answered {
    pub(super) repeat: Repeat,
    /// Whether our 2xx held an offer, so that the ACK brings the answer.
    pub(super) offered: bool,
    /// Hung up meanwhile: RFC 3261 §15 holds the BYE until the ACK.
    pub(super) bye: Option<HeldBye>,
}

/// A BYE that waits for an ACK.
#[derive(Clone, Copy, Debug)]
pub(super) struct HeldBye {
    pub(super) cause: Option<Q850>,
}

/// The offer and answer in progress within a confirmed dialog.
#[derive(Debug)]
pub(super) enum Exchange {
    Idle,
    /// Their 2xx to our INVITE without an offer holds one; the ACK waits for our answer to it.
    AckOwed {
        client: ClientId,
        number: u32,
        until: Instant,
    },
    /// Our re-INVITE waits for its final answer; at `until` it is cancelled, then given up.
    Offering {
        client: ClientId,
        sdp: Bytes,
        proven: bool,
        until: Instant,
        cancelled: bool,
    },
    /// Their re-INVITE crossed ours; it is sent again later.
    Glare {
        again: Instant,
        sdp: Bytes,
    },
    /// Their re-INVITE or UPDATE waits for our answer.
    Offered {
        server: ServerId,
        received: Box<Received>,
        until: Instant,
    },
    /// Our 2xx to their re-INVITE waits for its ACK.
    Accepting {
        repeat: Repeat,
        offered: bool,
    },
}

impl Leg {
    pub(super) fn new(id: LegId, tag: String, state: State, dialog: Dialog) -> Self {
        Self {
            id,
            tag,
            state,
            dialog,
            forks: Forks::default(),
            exchange: Exchange::Idle,
            probe: None,
            session: None,
            session_seconds: USUAL,
            local_sdp: None,
            referring: None,
            queued: None,
            credentials: None,
            ours: false,
            bye_proven: false,
            live: 0,
            ended: false,
            account: None,
            merge_key: None,
            armed: None,
        }
    }

    pub(crate) fn call_id(&self) -> &str {
        &self.dialog.call_id
    }

    /// Whether a Replaces header names its dialog.
    pub(crate) fn is_named(&self, replaces: &Replaces<'_>) -> bool {
        let theirs = self.dialog.remote_tag.as_deref() == Some(replaces.from_tag);
        theirs && self.tag == replaces.to_tag && self.dialog.call_id == replaces.call_id
    }

    /// Whether it was answered and has not been hung up.
    pub(crate) fn is_established(&self) -> bool {
        matches!(self.state, State::Answered(_) | State::Confirmed) && !self.ended
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.ended
    }

    /// Client transactions that it waits for.
    pub(crate) fn transactions(&self) -> usize {
        self.live
    }

    /// Whether nothing is owed to the far side any more.
    pub(crate) fn is_done(&self) -> bool {
        self.ended && self.live == 0 && matches!(self.state, State::Over)
    }

    /// Dialogs it holds, early ones and forks counted.
    pub(crate) fn dialogs(&self) -> usize {
        let own = match &self.state {
            State::Calling(_) | State::Over => 0,
            State::Incoming(incoming) => usize::from(incoming.ringing.is_some()),
            State::Answered(_) | State::Confirmed => 1,
        };
        own + self.forks.early()
    }

    /// When [`tick`](Self::tick) is next due.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let state = match &self.state {
            State::Calling(calling) => calling.deadline(),
            State::Incoming(incoming) => incoming.deadline(),
            State::Answered(answered) => Some(answered.repeat.deadline()),
            State::Confirmed | State::Over => None,
        };
        let exchange = match &self.exchange {
            Exchange::Idle => None,
            Exchange::AckOwed { until, .. }
            | Exchange::Offering { until, .. }
            | Exchange::Offered { until, .. } => Some(*until),
            Exchange::Glare { again, .. } => Some(*again),
            Exchange::Accepting { repeat, .. } => Some(repeat.deadline()),
        };
        let probe = self.probe.filter(|_| !self.ended).map(|probe| probe.until);
        let confirmed = matches!(self.state, State::Confirmed);
        let session = self.session.filter(|_| confirmed).map(|session| session.deadline());
        let referral = self.referral_deadline().filter(|_| !self.ended);
        let parts = [state, exchange, probe, session, referral];
        parts.into_iter().flatten().min()
    }

    /// Does what is due.
    pub(crate) fn tick(&mut self, context: &mut Context<'_>) {
        match &mut self.state {
            State::Calling(_) => self.tick_calling(context),
            State::Incoming(_) => self.tick_incoming(context),
            State::Answered(answered) => {
                if !answered.repeat.tick(context) {
                    self.never_acknowledged(context);
                }
            }
            State::Confirmed | State::Over => {}
        }
        self.tick_exchange(context);
        if self.probe.is_some_and(|probe| context.now >= probe.until) {
            self.probe_unanswered(context);
        }
        self.tick_referral(context);
        self.tick_session(context);
    }

    fn tick_exchange(&mut self, context: &mut Context<'_>) {
        let overdue = match &mut self.exchange {
            Exchange::AckOwed { until, .. } => context.now >= *until,
            Exchange::Accepting { repeat, .. } => !repeat.tick(context),
            Exchange::Offering { until, .. } if context.now >= *until => {
                return self.offer_overdue(context);
            }
            Exchange::Offered { until, .. } if context.now >= *until => {
                return self.refuse(context, 488);
            }
            Exchange::Glare { again, .. } if context.now >= *again => {
                return self.offer_again(context);
            }
            _ => false,
        };
        if overdue {
            self.hang_up_as(context, Side::Timeout, None);
        }
    }

    /// Tells what happened, unless the end has been told.
    pub(super) fn event(&self, context: &mut Context<'_>, event: Event) {
        if !self.ended {
            context.event(event);
        }
    }

    /// Sends a request within the dialog; `finish` adds what the method needs.
    pub(super) fn request(
        &mut self,
        context: &mut Context<'_>,
        method: Method,
        proof: Option<&(Name, String)>,
        finish: impl FnOnce(&mut Writer) -> Result<Bytes, Unprintable>,
    ) -> Result<ClientId, Unprintable> {
        let branch = context.layer.branch(context.random);
        let flow = self.dialog.next_hop();
        let mut writer = self.dialog.request(method, branch, context.config);
        if let Some((name, value)) = proof {
            writer.header(*name, value);
        }
        let bytes = finish(&mut writer)?;
        let owner = Owner::Leg(self.id);
        let outgoing = Outgoing { branch, method, flow, bytes, owner, patience: None };
        self.live += 1;
        Ok(context.layer.start(context.now, outgoing, context.out))
    }

    /// Its stream is gone: whoever sends next has to connect.
    pub(crate) fn flow_closed(&mut self, flow: Flow) {
        if self.dialog.flow == flow {
            self.dialog.flow.connection = 0;
        }
    }

    /// The phone of `user` is back by another path than before.
    pub(crate) fn revive(&mut self, user: &str, flow: Flow, moved_from: Option<Flow>) {
        let dead = self.dialog.flow.transport.is_reliable() && self.dialog.flow.connection == 0;
        let left = moved_from == Some(self.dialog.flow);
        if (dead || left) && self.account.as_deref() == Some(user) {
            self.dialog.flow = flow;
        }
    }

    /// One of its client transactions is over.
    pub(crate) fn transaction_gone(&mut self, client: ClientId) {
        self.live = self.live.saturating_sub(1);
        self.forks.forget(client);
    }
}
