//! Forks of our INVITE: early dialogs, the one that won, and those that lost (RFC 3261 §13.2.2.4).
//!
//! Every 2xx is acknowledged each time it comes: the ACK for each is kept until its transaction is
//! over.

use bytes::Bytes;

use super::body::SDP;
use super::context::Context;
use super::state::Leg;
use crate::dialog::Dialog;
use crate::endpoint::{Flow, Output};
use crate::header::Name;
use crate::message::{Method, Response, Unprintable};
use crate::transaction::{ClientId, Outgoing, Owner};

#[derive(Debug, Default)]
pub(super) struct Forks {
    /// Early dialogs, by their tags.
    rung: Vec<Early>,
    acks: Vec<Ack>,
    /// The transaction of the first INVITE, and what each of its forks starts from, until it is
    /// over.
    first: Option<(ClientId, Box<Dialog>)>,
}

/// What is known of an early dialog.
#[derive(Debug)]
pub(super) struct Early {
    tag: String,
    /// The dialog, once it has taken a request of ours: a PRACK.
    pub(super) dialog: Option<Box<Dialog>>,
    /// The number of the last reliable response (RFC 3262 §4).
    pub(super) rseq: Option<u32>,
    /// The answer that a reliable response held: a 2xx need not repeat it.
    pub(super) answer: Option<Bytes>,
    /// Whether an UPDATE of theirs has agreed on something newer than that answer.
    pub(super) updated: bool,
}

/// An ACK that has been sent, for when its 2xx comes again.
#[derive(Debug)]
struct Ack {
    client: ClientId,
    tag: Option<String>,
    flow: Flow,
    bytes: Bytes,
}

impl Forks {
    pub(super) fn early(&self) -> usize {
        self.rung.len()
    }

    /// A provisional response opened an early dialog.
    pub(super) fn rang(&mut self, tag: &str, bound: usize) {
        if self.rung.len() < bound && !self.has_rung(tag) {
            let tag = tag.to_owned();
            let early = Early { tag, dialog: None, rseq: None, answer: None, updated: false };
            self.rung.push(early);
        }
    }

    /// The early dialog with this tag.
    pub(super) fn early_mut(&mut self, tag: &str) -> Option<&mut Early> {
        self.rung.iter_mut().find(|early| early.tag == tag)
    }

    /// What an early dialog leaves to the one that it becomes.
    pub(super) fn take(&mut self, tag: &str) -> Option<Early> {
        let place = self.rung.iter().position(|early| early.tag == tag)?;
        Some(self.rung.swap_remove(place))
    }

    /// The highest number that a request of ours had in any early dialog.
    pub(super) fn spent(&self) -> u32 {
        let dialogs = self.rung.iter().filter_map(|early| early.dialog.as_ref());
        dialogs.map(|dialog| dialog.local_cseq).max().unwrap_or(0)
    }

    /// Whether a tag belongs to an early dialog.
    pub(super) fn has_rung(&self, tag: &str) -> bool {
        self.rung.iter().any(|early| early.tag == tag)
    }

    /// The INVITE has its final answer: early dialogs end with it.
    pub(super) fn settle(&mut self) {
        self.rung = vec![];
    }

    /// The first 2xx of the leg has come; later ones with other tags have lost.
    pub(super) fn won(&mut self, client: ClientId, origin: Dialog) {
        self.first = Some((client, Box::new(origin)));
    }

    pub(super) fn forget(&mut self, client: ClientId) {
        self.acks.retain(|ack| ack.client != client);
        if self.first.as_ref().is_some_and(|(first, _)| *first == client) {
            self.first = None;
        }
    }
}

impl Leg {
    /// Sends the ACK for a 2xx and keeps it.
    pub(super) fn acknowledge(
        &mut self,
        context: &mut Context<'_>,
        client: ClientId,
        number: u32,
        sdp: Option<&Bytes>,
        proof: Option<&(Name, String)>,
    ) -> Result<(), Unprintable> {
        let dialog = self.dialog.clone();
        let ack = ack(context, &dialog, client, number, sdp, proof)?;
        self.keep_ack(context, ack);
        Ok(())
    }

    /// A 2xx that is not the first of its INVITE: a retransmission, or a fork that lost.
    pub(super) fn late_success(
        &mut self,
        context: &mut Context<'_>,
        client: ClientId,
        response: &Response,
    ) {
        let tag = response.to().ok().and_then(|to| to.tag().map(str::to_owned));
        let known = |ack: &&Ack| ack.client == client && ack.tag == tag;
        if let Some(ack) = self.forks.acks.iter().find(known) {
            context.send(ack.flow, ack.bytes.clone());
            return;
        }
        let Some((first, origin)) = &self.forks.first else { return };
        // The winner's own 2xx again, while its ACK waits for our answer to the offer in it.
        if *first != client || tag == self.dialog.remote_tag {
            return;
        }
        let Ok(mut loser) = Dialog::from_response(origin, response) else { return };
        let Ok(number) = response.cseq().map(|cseq| cseq.number) else { return };
        if let Ok(ack) = ack(context, &loser, client, number, None, None) {
            self.keep_ack(context, ack);
        }
        bye_to_loser(context, &mut loser);
    }

    fn keep_ack(&mut self, context: &mut Context<'_>, ack: Ack) {
        context.send(ack.flow, ack.bytes.clone());
        // Beyond the bound the oldest is forgotten: a fork's repeated 2xx then gets ACK and BYE
        // anew.
        if self.forks.acks.len() > context.config.bounds.forks {
            self.forks.acks.remove(0);
        }
        self.forks.acks.push(ack);
    }
}

fn ack(
    context: &mut Context<'_>,
    dialog: &Dialog,
    client: ClientId,
    number: u32,
    sdp: Option<&Bytes>,
    proof: Option<&(Name, String)>,
) -> Result<Ack, Unprintable> {
    let branch = context.layer.branch(context.random);
    let mut writer = dialog.numbered(Method::Ack, number, branch, context.config);
    if let Some((name, value)) = proof {
        writer.header(*name, value);
    }
    let bytes = match sdp {
        Some(sdp) => writer.finish_with(SDP, sdp)?,
        None => writer.finish()?,
    };
    Ok(Ack { client, tag: dialog.remote_tag.clone(), flow: dialog.next_hop(), bytes })
}

/// The caller wanted one answer and has it: this fork is hung up at once.
fn bye_to_loser(context: &mut Context<'_>, loser: &mut Dialog) {
    let branch = context.layer.branch(context.random);
    let flow = loser.next_hop();
    let mut writer = loser.request(Method::Bye, branch, context.config);
    let Ok(bytes) = writer.finish() else { return };
    let (method, owner) = (Method::Bye, Owner::Nobody);
    let bye = Outgoing { branch, method, flow, bytes, owner, patience: None };
    let out: &mut Vec<Output> = context.out;
    context.layer.start(context.now, bye, out);
}
